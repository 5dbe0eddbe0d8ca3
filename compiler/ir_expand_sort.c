/* ir_expand_sort.c: orders and permutations that nobody knows, by sorting records of bits.
 *
 * A record has payloads below, then the index, then the key (ir_expand_network.c).  A network is
 * not stable: where equal keys can be told apart there, the index is part of the key.  Where the
 * protocol has an instruction that sorts, that is stable, and the index goes along only if somebody
 * asks for it; and what is shuffled needs no key.
 * Whatever uses one order in one block, and is there in time, is sorted together; so is a part of
 * what is there. */
#include <string.h>

#include "internal.h"
#include "ir_expand.h"

enum {
	RECORD_BITS_MAX = N_BITS_MAX / 2,       /* SORT2 makes two of them */
	N_TAKEN_MAX = 64,                       /* values sorted together */
};

static unsigned
bits_for(uint64_t n)
{
	return n < 2 ? 1 : 64 - (unsigned)__builtin_clzll(n - 1);
}

/* x about the middle of imm as bits of shape [n, m], and such bits in x's shape. */
static ir_id
encode(struct ir *ir, ir_id x, struct coding *c, const int64_t imm[3], struct span span)
{
	uint64_t dims[2] = { (uint64_t)imm[1], (uint64_t)(imm[0] * imm[2]) };
	ir_id raw = coding_below(ir, x);

	*c = coding_of(ir, x);
	x = ir_reshape(ir, expand_front(ir, raw != IR_NONE ? raw : x, imm, span), 2, dims, span);
	return coding_bits(ir, x, c, span);
}

static ir_id
in_shape(struct ir *ir, ir_id x, const struct ir_value *v)
{
	uint64_t dims[3] = { (uint64_t)v->imm[0], (uint64_t)v->imm[1], (uint64_t)v->imm[2] };
	struct ir_view w = { .stride = { v->imm[2], v->imm[0] * v->imm[2], 1 } };

	return ir_reshape(ir, ir_view(ir, x, 3, dims, &w, v->span), v->rank, v->dims, v->span);
}

static ir_id
beside(struct ir *ir, ir_id low, ir_id high, struct span span)
{
	ir_id args[2] = { low, high };

	if (low == IR_NONE || high == IR_NONE)
		return low == IR_NONE ? high : low;
	return ir_bits(ir, IR_CATB, 2, args, 0, ir->value[low].bits + ir->value[high].bits, span);
}

/* c bit strings for each of n, as [c, n], side by side in one for each: halves beside each other,
 * and what is odd behind. */
static ir_id
pack(struct ir *ir, ir_id x, struct span span)
{
	uint64_t c = ir->value[x].dims[0], n = ir->value[x].dims[1], column[2] = { n, 1 };
	ir_id odd = IR_NONE;

	for (; c > 1; c /= 2) {
		ir_id half = expand_part(ir, x, 0, c / 2, span);
		if (c % 2 == 1)
			odd = beside(ir, ir_reshape(ir, expand_part(ir, x, c - 1, 1, span), 2, column, span), odd,
			    span);
		x = beside(ir, half, expand_part(ir, x, c / 2, c / 2, span), span);
	}
	return beside(ir, ir_reshape(ir, x, 2, column, span), odd, span);
}

static ir_id
slice_bits(struct ir *ir, ir_id x, uint64_t from, uint64_t bits, struct span span)
{
	if (from == 0 && bits == ir->value[x].bits)
		return x;
	return ir_bits(ir, IR_SLICEB, 1, &x, (int64_t)from, (unsigned)bits, span);
}

/* What pack made of c strings of `each` bits, as [c, n] again: the steps of pack backwards. */
static ir_id
unpack(struct ir *ir, ir_id x, uint64_t c, unsigned each, struct span span)
{
	uint64_t row[2] = { 1, ir->value[x].n };
	ir_id all = ir_reshape(ir, x, 2, row, span), part[3];
	unsigned level = 63 - (unsigned)__builtin_clzll(c);

	x = slice_bits(ir, all, 0, (uint64_t)each << level, span);
	while (level-- > 0) {
		uint64_t w = (uint64_t)each << level, odd = (c >> level) & 1;
		part[0] = slice_bits(ir, x, 0, w, span);
		part[1] = slice_bits(ir, x, w, w, span);
		if (odd != 0)
			part[2] = slice_bits(ir, all, ((c >> level) - 1) * w, w, span);
		x = ir_concat(ir, part, 2 + (uint32_t)odd, span);
	}
	return x;
}

/* Of an order: what is sorted. */
struct order_key {
	ir_id bits;                      /* [n, m]; IR_NONE: nothing, the order is random */
	ir_id order;                     /* the indices in this order, if they are there; or IR_NONE */
	uint64_t n, m;
	struct coding coding;
	bool distinct;                   /* no two are equal, or nearly never (see SHUFFLE), or it
	                                  * does not matter */
	bool merging;                    /* both halves are ascending */
};

/* What is sorted at once. */
struct sorting {
	struct ir *ir;
	struct span span;
	const struct order_key *key;
	bool index;                      /* records hold the index */
	bool stable;                     /* without the index as part of the key */
	unsigned width;                  /* of a record so far */
	uint32_t n_items;
	struct {
		ir_id take;              /* old; IR_NONE: none */
		ir_id bits;              /* before, and after sorting, [n, m]; IR_NONE: the key is it */
		struct coding coding;
	} item[N_TAKEN_MAX];
};

static struct sorting
sorting_of(struct ir *ir, const struct order_key *key, struct span span)
{
	const unsigned bits = key->bits == IR_NONE ? 0 : ir->value[key->bits].bits;

	return (struct sorting){ .ir = ir, .span = span, .key = key, .width = bits,
		.stable = expand_sorts(ir, key->n, key->m, bits, key->merging) };
}

static unsigned
index_bits(const struct sorting *g)
{
	return bits_for(g->key->n);
}

/* The index beside the key: records, [n, m]. */
static ir_id
indices(const struct sorting *g)
{
	uint64_t dims[2] = { g->key->n, g->key->m };
	struct ir_view w = { .stride = { 1 } };
	ir_id i = ir_iota(g->ir, 0, 1, dims[0], g->span);

	i = ir_view(g->ir, i, 2, dims, &w, g->span);
	return ir_bits(g->ir, IR_TOBITS, 1, &i, index_bits(g), index_bits(g), g->span);
}

/* The records: payloads, index, key (if it is there).  *key: where what is sorted by begins. */
static ir_id
make_records(const struct sorting *g, unsigned *key)
{
	struct ir *ir = g->ir;
	ir_id x = IR_NONE;

	for (uint32_t i = 0; i < g->n_items; i++)
		if (g->item[i].bits != IR_NONE)
			x = beside(ir, x, g->item[i].bits, g->span);
	*key = x == IR_NONE ? 0 : ir->value[x].bits;
	if (g->index)
		x = beside(ir, x, indices(g), g->span);
	if (g->stable && x != IR_NONE)
		*key = ir->value[x].bits;
	return g->key->bits == IR_NONE ? x : beside(ir, x, g->key->bits, g->span);
}

/* The items' bits are then those of records x.  Returns the indices there, or IR_NONE. */
static ir_id
read_records(struct sorting *g, ir_id x)
{
	struct ir *ir = g->ir;
	unsigned key = g->key->bits == IR_NONE ? 0 : ir->value[g->key->bits].bits, at = 0;

	for (uint32_t i = 0; i < g->n_items; i++) {
		bool own = g->item[i].bits != IR_NONE;
		unsigned bits = own ? ir->value[g->item[i].bits].bits : key;
		g->item[i].bits = slice_bits(ir, x, own ? at : ir->value[x].bits - key, bits, g->span);
		at += own ? bits : 0;
	}
	return g->index ? slice_bits(ir, x, at, index_bits(g), g->span) : IR_NONE;
}

/* Sorts; the items' bits are then in order.  Returns the indices in that order, or IR_NONE. */
static ir_id
sort_records(struct sorting *g)
{
	unsigned key;
	ir_id x = make_records(g, &key);

	return read_records(g, expand_sorted(g->ir, x, key, g->stable, g->key->merging, g->span));
}

/* Likewise, in a random order. */
static ir_id
shuffle_records(struct sorting *g)
{
	unsigned none;
	ir_id x = make_records(g, &none);

	return read_records(g, expand_shuffled(g->ir, x, g->span));
}

/* Is the old value there already? */
static bool
available(const struct rewrite *rw, ir_id old)
{
	const struct ir_value *v = &rw->ir->value[old];

	return v->op == IR_RESULT ? rw->result[v->args[0]] != NULL : rw->map[old] != IR_NONE;
}

/* Likewise, or is it a part of what is there, and now so, too? */
static bool
brought(struct rewrite *rw, ir_id old)
{
	const struct ir_value *v = &rw->ir->value[old];

	if (available(rw, old))
		return true;
	if (v->op != IR_VIEW || !rw->live[old] || !available(rw, v->args[0]))
		return false;
	rw->map[old] = rw->visit(rw, old);
	return true;
}

/* Whole rows move: all of one are one payload. */
static bool
by_rows(const struct ir *ir, const struct ir_value *take)
{
	return ir->value[take->args[1]].n != take->n;
}

/* Does the TAKE take what its ORDER orders, or the bits that this is a number of? */
static bool
takes_key(const struct ir *ir, const struct ir_value *take)
{
	const struct ir_value *o = &ir->value[take->args[1]];

	if (o->op != IR_ORDER || by_rows(ir, take))
		return false;
	const struct ir_value *key = &ir->value[o->args[0]];
	return o->args[0] == take->args[0] || (key->op == IR_TONUM && key->args[0] == take->args[0]);
}

/* The columns from, from + 1, ... of a's rows side by side, [n, 1]. */
static ir_id
encode_rows(struct ir *ir, ir_id x, struct coding *c, const struct ir_value *take, uint64_t from,
    uint64_t count)
{
	uint64_t dims[2] = { count, (uint64_t)take->imm[1] };
	struct ir_view turned = { .offset = { .base = (int64_t)from }, .stride = { 1, take->imm[2] } };
	ir_id raw = coding_below(ir, x);

	*c = coding_of(ir, x);
	x = ir_view(ir, raw != IR_NONE ? raw : x, 2, dims, &turned, take->span);
	return pack(ir, coding_bits(ir, x, c, take->span), take->span);
}

/* Columns [count, n] as rows in the TAKE's shape. */
static ir_id
in_rows(struct ir *ir, ir_id x, const struct ir_value *take)
{
	uint64_t dims[2] = { (uint64_t)take->imm[1], (uint64_t)take->imm[2] };
	struct ir_view turned = { .stride = { 1, take->imm[1] } };

	return ir_reshape(ir, ir_view(ir, x, 2, dims, &turned, take->span), take->rank, take->dims,
	    take->span);
}

/* Takes a TAKE along if there is room, and what it takes is there in time. */
static bool
join(struct sorting *g, struct rewrite *rw, ir_id take)
{
	struct ir *ir = g->ir;
	struct ir_value t = ir->value[take];
	bool key = takes_key(ir, &t), rows = by_rows(ir, &t);

	if (g->n_items == N_TAKEN_MAX || !brought(rw, t.args[0]))
		return false;
	ir_id x = rw_get(rw, t.args[0]);
	bool index = !key && !g->key->distinct && !g->stable && !g->index;
	uint64_t bits = key ? 0 : coding_of(ir, x).width * (rows ? (uint64_t)t.imm[2] : 1);
	bits += g->width + (index ? index_bits(g) : 0);
	if (bits > RECORD_BITS_MAX)
		return false;
	g->width = (unsigned)bits;
	g->index |= index;
	uint32_t k = g->n_items++;
	g->item[k].take = take;
	g->item[k].bits = IR_NONE;
	g->item[k].coding = g->key->coding;
	g->item[k].coding.bits = ir->value[x].bits;
	if (!key && rows)
		g->item[k].bits = encode_rows(ir, x, &g->item[k].coding, &t, 0, (uint64_t)t.imm[2]);
	else if (!key)
		g->item[k].bits = encode(ir, x, &g->item[k].coding, t.imm, t.span);
	return true;
}

/* All that is taken in this order in a block of the old program, as far as it can be. */
static void
gather(struct sorting *g, struct rewrite *rw, const struct expand *e, ir_id order,
    const struct ir_block *b)
{
	ir_id first = g->n_items > 0 ? g->item[0].take : IR_NONE;

	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		const struct ir_value *v = &rw->ir->value[id];
		if (v->op == IR_TAKE && v->args[1] == order && e->shared[id] && v->domain == DOM_A &&
		    rw->map[id] == IR_NONE && id != first)
			(void)join(g, rw, id);
	}
}

/* The values of all that was taken. */
static void
settle(struct sorting *g, struct rewrite *rw)
{
	struct ir *ir = g->ir;

	for (uint32_t k = 0; k < g->n_items; k++) {
		struct ir_value t = ir->value[g->item[k].take];
		const struct coding *c = &g->item[k].coding;
		ir_id x = g->item[k].bits;
		if (by_rows(ir, &t)) {
			x = unpack(ir, x, (uint64_t)t.imm[2], c->width, t.span);
			x = in_rows(ir, coding_value(ir, x, c, t.span), &t);
		} else {
			x = coding_value(ir, in_shape(ir, x, &t), c, t.span);
		}
		rw->map[g->item[k].take] = expand_keep(rw, g->item[k].take, x);
	}
}

/* Bits that are too many for one record beside their key: in several, each sorted by itself. */
static ir_id
sort_long(struct ir *ir, const struct order_key *key, ir_id x, struct span span)
{
	unsigned all = ir->value[x].bits;
	ir_id out = IR_NONE;

	for (unsigned at = 0; at < all;) {
		struct sorting g = sorting_of(ir, key, span);
		g.index = !key->distinct && !g.stable;
		unsigned room = RECORD_BITS_MAX - g.width - (g.index ? index_bits(&g) : 0);
		unsigned bits = all - at < room ? all - at : room;
		g.n_items = 1;
		g.item[0].bits = slice_bits(ir, x, at, bits, span);
		(void)sort_records(&g);
		out = beside(ir, out, g.item[0].bits, span);
		at += bits;
	}
	return out;
}

static ir_id
take_long(struct rewrite *rw, const struct order_key *key, const struct ir_value *t)
{
	struct ir *ir = rw->ir;
	ir_id x = rw_get(rw, t->args[0]), out = IR_NONE, part[2];
	struct coding c;

	if (!by_rows(ir, t)) {
		ir_id bits = encode(ir, x, &c, t->imm, t->span);
		return coding_value(ir, in_shape(ir, sort_long(ir, key, bits, t->span), t), &c, t->span);
	}
	uint64_t each = coding_of(ir, x).width, most = RECORD_BITS_MAX / 2 / each;
	uint64_t all = (uint64_t)t->imm[2];

	for (uint64_t at = 0, n; at < all; at += n) {
		n = most == 0 ? 1 : all - at < most ? all - at : most;
		ir_id bits = encode_rows(ir, x, &c, t, at, n);
		part[0] = out;
		part[1] = unpack(ir, sort_long(ir, key, bits, t->span), n, c.width, t->span);
		out = out == IR_NONE ? part[1] : ir_concat(ir, part, 2, t->span);
	}
	return in_rows(ir, coding_value(ir, out, &c, t->span), t);
}

static struct order_key
key_of(const struct ir *ir, ir_id bits, bool distinct)
{
	const struct ir_value *v = &ir->value[bits];

	return (struct order_key){ .bits = bits, .order = IR_NONE, .n = v->dims[0], .m = v->dims[1],
		.distinct = distinct };
}

/* Of a permutation [n, m] as bits: sorting by it says where each index is. */
static struct order_key
inverse_of(struct ir *ir, ir_id bits, struct span span)
{
	struct order_key p = key_of(ir, bits, true);
	struct sorting g = sorting_of(ir, &p, span);

	g.index = true;
	return key_of(ir, sort_records(&g), true);
}

/* A permutation that is no order: where each index is is the order in which to take. */
static struct order_key
inverse_key(struct rewrite *rw, const struct ir_value *t)
{
	struct ir *ir = rw->ir;
	const int64_t rows[3] = { 1, t->imm[1], 1 };
	struct coding c;

	return inverse_of(ir, encode(ir, rw_get(rw, t->args[1]), &c, by_rows(ir, t) ? rows : t->imm,
	    t->span), t->span);
}

/* 40 bits and twice as many as an index has: that two of n keys are equal, and the order so not
 * uniform, happens once in 2^41 runs. */
static struct order_key
random_key(struct ir *ir, const struct ir_value *v)
{
	uint64_t dims[2] = { v->n, 1 };

	return key_of(ir, ir_random(ir, 2, dims, 40 + 2 * bits_for(v->n), v->span), true);
}

/* Is anything else taken in the old order? */
static bool
takes_left(const struct sorting *g, const struct rewrite *rw, const struct expand *e, ir_id order)
{
	uint32_t n = 0;

	for (ir_id id = order; id < rw->n; id++) {
		const struct ir_value *v = &rw->ir->value[id];
		if (v->op == IR_TAKE && v->args[1] == order && e->shared[id] && v->domain == DOM_A)
			n++;
	}
	return n > g->n_items;
}

/* SHUFFLE: what is there to be taken is shuffled, with the indices if anybody asks for them; what
 * is taken later, by a key that gives the same order. */
static struct order_key
shuffle_key(struct rewrite *rw, struct expand *e, ir_id old)
{
	struct ir *ir = rw->ir;
	const struct ir_value v = ir->value[old];
	struct order_key k = { .bits = IR_NONE, .order = IR_NONE, .n = v.n, .m = 1, .distinct = true };
	struct sorting g = sorting_of(ir, &k, v.span);

	g.index = true;
	g.width += index_bits(&g);
	gather(&g, rw, e, old, v.block);
	bool left = takes_left(&g, rw, e, old);
	g.index = left || e->shown[old];
	k.order = shuffle_records(&g);
	settle(&g, rw);
	if (left)
		k.bits = inverse_of(ir, k.order, v.span).bits;
	return k;
}

void
expand_order_key(struct rewrite *rw, struct expand *e, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value v = ir->value[old];
	struct order_key *k = compile_alloc(ir->compile, sizeof *k);

	if (v.n == 0)
		return;
	if (v.op == IR_SHUFFLE) {
		*k = v.n > 1 && expand_shuffles(ir, v.n) ? shuffle_key(rw, e, old) : random_key(ir, &v);
	} else {
		enum ir_op of = ir->value[v.args[0]].op;
		struct coding c;
		ir_id bits = encode(ir, rw_get(rw, v.args[0]), &c, v.imm, v.span);
		*k = key_of(ir, bits, of == IR_ORDER || of == IR_SHUFFLE || v.hint != 0);
		k->merging = (v.hint & ORDER_MERGE) != 0;
		k->coding = c;
	}
	e->key[old] = k;
}

ir_id
expand_shuffle_plain(struct ir *ir, const struct ir_value *v)
{
	struct order_key k = random_key(ir, v);
	uint64_t n = v->n;
	ir_id x = ir_reshape(ir, k.bits, 1, &n, v->span);

	return ir_order(ir, ir_bits(ir, IR_TONUM, 1, &x, 0, 0, v->span), 0, v->span);
}

static ir_id
all_zero(struct ir *ir, const struct ir_value *v)
{
	return ir_broadcast(ir, ir_const_si(ir, 0, 0, v->span), v->rank, v->dims, v->span);
}

ir_id
expand_order(struct rewrite *rw, struct expand *e, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value v = ir->value[old];

	if (v.op == IR_SHUFFLE) {
		v.imm[0] = v.imm[2] = 1;
		v.imm[1] = (int64_t)v.n;
	}
	if (v.imm[1] < 2 || v.n == 0)
		return all_zero(ir, &v);
	struct sorting g = sorting_of(ir, e->key[old], v.span);
	g.index = true;
	g.width += index_bits(&g);
	ir_id x = e->key[old]->order;
	if (x == IR_NONE) {
		gather(&g, rw, e, old, v.block);
		x = sort_records(&g);
		settle(&g, rw);
	}
	return ir_bits(ir, IR_TONUM, 1, (ir_id[]){ in_shape(ir, x, &v) }, 0, 0, v.span);
}

ir_id
expand_take(struct rewrite *rw, struct expand *e, ir_id old)
{
	struct ir *ir = rw->ir;
	struct ir_value v = ir->value[old];

	if (v.imm[1] < 2 || v.n == 0)
		return rw_get(rw, v.args[0]);
	if (ir->value[v.args[1]].op != IR_ORDER && ir->value[v.args[1]].op != IR_SHUFFLE) {
		struct order_key inverse = inverse_key(rw, &v);
		return take_long(rw, &inverse, &v);
	}
	struct sorting g = sorting_of(ir, e->key[v.args[1]], v.span);
	if (!join(&g, rw, old))
		return take_long(rw, e->key[v.args[1]], &v);
	gather(&g, rw, e, v.args[1], v.block);
	(void)sort_records(&g);
	settle(&g, rw);
	return rw->map[old];
}
