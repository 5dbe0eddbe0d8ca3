/* check_link.c: what the library `link` is made of: keys in which identifiers of two tables are
 * compared, orders of them, and marks that spread among equal ones. */
#include <string.h>

#include "check_impl.h"

enum { KEY_BITS_MAX = N_NUMBER_BITS - 3 };

static struct val
keyed_arg(struct check *ck, const struct call_args *a, unsigned i)
{
	struct val x = a->val[i];
	struct span at = a->expr[i]->span;

	if (x.kind == V_STRING || x.kind == V_MISSING || x.kind == V_RECORD || x.rank != 1)
		compile_fail(ck->c, at, NULL, NULL, "identifiers are a column, and this is %s",
		    type_text(ck, &x));
	x = concrete(ck, x, at);
	if (x.kind == V_FIXED)
		compile_fail(ck->c, at, NULL, NULL, "identifiers are of type id, or whole numbers, bits or "
		    "categories, and this is %s", type_text(ck, &x));
	return x;
}

/* A number of each element, 0 where it is missing. */
static ir_id
number_of(struct check *ck, const struct val *x, struct span at)
{
	struct val y = *x;

	if (x->kind == V_CATEGORY) {
		y = val_shaped_like(ck, x, V_INT, category_index(ck, x, at), 0);
		y.masked = x->masked;
	} else if (x->kind == V_BITS) {
		y = bits_as_int(ck, *x, at);
	}
	return masked_value(ck, &y, at);
}

/* Where the numbers of both begin, and how many bits they take from there. */
static unsigned
common_range(struct check *ck, const ir_id number[2], mpz_t lo, struct span at)
{
	mpz_t width;

	mpz_init(width);
	for (int i = 0; i < 2; i++) {
		const struct ir_value *v = &ck->ir->value[number[i]];
		if (i == 0 || mpz_cmp(v->lo, lo) < 0)
			mpz_set(lo, v->lo);
		if (i == 0 || mpz_cmp(v->hi, width) > 0)
			mpz_set(width, v->hi);
	}
	mpz_sub(width, width, lo);
	size_t bits = mpz_sizeinbase(width, 2);
	if (bits > KEY_BITS_MAX)
		compile_fail(ck->c, at, NULL, "an id is made of any text", "identifiers have at most %d bits, "
		    "and these %zu", KEY_BITS_MAX, bits);
	return (unsigned)bits;
}

/* 2^bits + tag, which no number of theirs is. */
static ir_id
outside(struct check *ck, unsigned bits, unsigned tag, struct span s)
{
	mpz_t z;

	mpz_init_set_ui(z, tag);
	mpz_setbit(z, bits);
	return ir_const(ck->ir, z, 0, s);
}

/* `rows` of 2 * number + tag.  What is missing differs from all numbers, and from what is missing
 * in the other table; rows that are added stand last, with tag 1. */
struct val
builtin_link_key(struct check *ck, struct call_args *a)
{
	struct val x = keyed_arg(ck, a, 0), y = keyed_arg(ck, a, 1);
	const unsigned tag = int_arg(ck, a, 2, "a tag") != 0;
	const uint64_t rows = (uint64_t)int_arg(ck, a, 3, "a number of rows");
	struct span at = a->call->span, s = at_span(ck, at);
	mpz_t lo;

	library_only(ck, a);
	unify(ck, &x, &y, at);
	x = settle(ck, x, at);
	y = settle(ck, y, at);
	mpz_init(lo);
	const ir_id number[2] = { number_of(ck, &x, at), number_of(ck, &y, at) };
	const unsigned bits = common_range(ck, number, lo, at);
	ir_id key = bin(ck, IR_SUB, number[0], ir_const(ck->ir, lo, 0, s), 0, s);
	if (x.p != IR_NONE)
		key = sel(ck, x.p, key, outside(ck, bits, tag, s), s);
	key = un(ck, IR_SCALE2, key, 1, s);
	if (tag != 0)
		key = bin(ck, IR_ADD, key, const_si(ck, 1, s), 0, s);
	if (rows > x.n) {
		uint64_t more = rows - x.n;
		ir_id last = bin(ck, IR_ADD, un(ck, IR_SCALE2, outside(ck, bits, 1, s), 1, s),
		    const_si(ck, 1, s), 0, s);
		ir_id both[2] = { key, ir_broadcast(ck->ir, last, 1, &more, s) };
		key = ir_concat(ck->ir, both, 2, s);
	}
	return val_ir(ck, V_INT, key, 0);
}

/* What is left to look at of the values that something is computed of. */
struct origin {
	const struct ir *ir;
	uint8_t *needed;                /* by value */
	const char *party;              /* that one input is of, or NULL */
};

/* Whether value i is of the party, or of none. */
static bool
same_party(struct check *ck, struct origin *o, ir_id i)
{
	const struct ir_value *v = &o->ir->value[i];
	const struct input *in;

	for (uint32_t k = 0; k < v->n_args; k++)
		o->needed[v->args[k]] = 1;
	if (v->op != IR_INPUT)
		return v->bits == 0 && v->op != IR_LOOP && v->op != IR_ARG && v->op != IR_RESULT &&
		    v->op != IR_RANDOM && v->op != IR_SHUFFLE;
	in = &o->ir->input[v->imm[0]];
	if (ck->c->group[group_index(ck, in->party)].grouped || v->bits > 0 ||
	    ir_contributed(o->ir, (uint32_t)v->imm[0]) ||
	    (o->party != NULL && strcmp(o->party, in->party) != 0))
		return false;
	o->party = in->party;
	return true;
}

static void
need(struct origin *o, ir_id i)
{
	if (i != IR_NONE)
		o->needed[i] = 1;
}

/* Does all that x is computed of stand in one party's table, at a node that may look into it? */
static bool
is_local(struct check *ck, const struct val *x)
{
	const struct compile_options *opt = ck->c->options;
	struct origin o = { .ir = ck->ir, .needed = compile_alloc(ck->c, (size_t)ck->ir->n + 1) };
	bool one = opt->local && opt->target->has_local;

	memset(o.needed, 0, (size_t)ck->ir->n + 1);
	need(&o, x->v);
	need(&o, x->p);
	for (uint32_t k = 0; x->kind == V_CATEGORY && k < x->n_levels; k++)
		need(&o, x->plane[k]);
	for (ir_id i = ck->ir->n; one && i-- > 0;)
		if (o.needed[i] && ck->ir->value[i].open == SECRET)
			one = same_party(ck, &o, i);
	return one;
}

struct val
builtin_of_one_party(struct check *ck, struct call_args *a)
{
	struct val x = keyed_arg(ck, a, 0);

	library_only(ck, a);
	return val_bool(ck, is_local(ck, &x), at_span(ck, a->call->span));
}

static struct val
hinted(struct check *ck, struct call_args *a, unsigned hint)
{
	struct val x = keyed_arg(ck, a, 0);
	struct span at = a->call->span;

	library_only(ck, a);
	return val_ir(ck, V_INT, ir_order_hinted(ck->ir, x.v, hint, at_span(ck, at)), 0);
}

struct val
builtin_order_of_halves(struct check *ck, struct call_args *a)
{
	return hinted(ck, a, ORDER_FREE | ORDER_MERGE);
}

struct val
builtin_any_order(struct check *ck, struct call_args *a)
{
	return hinted(ck, a, ORDER_FREE);
}

/* Elements from .. from + n. */
static ir_id
part(struct check *ck, ir_id x, uint64_t from, uint64_t n, struct span at)
{
	struct ir_affine f = { .base = (int64_t)from };

	return view_slice(ck, x, 0, &f, n, false, at);
}

static ir_id
behind(struct check *ck, ir_id a, ir_id b, struct span at)
{
	ir_id both[2] = { a, b };

	return ir_concat(ck->ir, both, 2, at_span(ck, at));
}

/* Of runs of equal ones, of which the first are marked or none, all are marked: in steps of 1, 2,
 * 4, ...  "same": as the one before. */
struct val
builtin_spread_marks(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];
	struct span at = a->call->span, s = at_span(ck, at);
	ir_id mark = x.v, same = a->val[1].v;

	library_only(ck, a);
	for (uint64_t d = 1; d < x.n; d *= 2) {
		uint64_t rest = x.n - d;
		ir_id tied = part(ck, same, d, rest, at);
		ir_id spread = sel(ck, tied, part(ck, mark, 0, rest, at), part(ck, mark, d, rest, at), s);
		ck->ir->value[spread].boolean = true;
		mark = behind(ck, part(ck, mark, 0, d, at), spread, at);
		/* Before element d there is no run as long as that. */
		tied = and_(ck, tied, part(ck, same, 0, rest, at), s);
		same = behind(ck, full_like(ck, part(ck, same, 0, d, at), 0, 0, s), tied, at);
	}
	return val_ir(ck, V_BOOL, mark, 0);
}
