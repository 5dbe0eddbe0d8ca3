/* low.c: slots, items and conversions.  See low.h. */
#include "low.h"

#include <assert.h>
#include <string.h>

#include "ir_const.h"

void *
low_grow(struct low *l, void *old, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return old;
	uint32_t next = *cap == 0 ? 64 : *cap * 2;
	void *p = compile_alloc(l->c, next * size);
	if (n > 0)
		memcpy(p, old, n * size);
	*cap = next;
	return p;
}

low_id
low_new(struct low *l, enum domain domain, unsigned width, uint64_t n, uint32_t part)
{
	l->slot = low_grow(l, l->slot, l->n_slots, &l->cap_slots, sizeof *l->slot);
	if (l->n_slots >= N_SLOT_MAX - 1)
		compile_fail(l->c, (struct span){ 0 }, NULL, NULL, "the program needs more than %d slots",
		    N_SLOT_MAX);
	l->slot[l->n_slots] = (struct low_slot){ .slot = { .domain = (uint8_t)domain,
	    .width = (uint16_t)width, .kind = SLOT_MEMORY, .n = n, .part = part, .of = SLOT_NONE } };
	if (domain != DOM_L && domain != DOM_O && domain != DOM_R)
		l->slot[l->n_slots].slot.part = 0;
	return l->n_slots++;
}

static uint64_t
const_bytes(struct low *l, const uint8_t *bytes, uint64_t len)
{
	uint64_t padded = (len + 15) / 16 * 16;

	if (len == 0)
		return 0;
	for (uint64_t at = 0; len <= 16 && at + padded <= l->n_const; at += 16)
		if (memcmp(l->constant + at, bytes, len) == 0)
			return at;
	if (l->n_const + padded > l->cap_const) {
		uint64_t cap = 2 * (l->n_const + padded) + 256;
		uint8_t *p = compile_alloc(l->c, cap);
		if (l->n_const > 0)
			memcpy(p, l->constant, l->n_const);
		l->constant = p;
		l->cap_const = cap;
	}
	memcpy(l->constant + l->n_const, bytes, len);
	l->n_const += padded;
	return l->n_const - padded;
}

low_id
low_const(struct low *l, const i128 *x, uint64_t n, unsigned width)
{
	size_t each = width / 8;
	uint8_t *bytes = compile_alloc(l->c, n * each + 16);
	low_id id = low_new(l, DOM_P, width, n, 0);

	for (uint64_t i = 0; i < n; i++)
		for (size_t b = 0; b < each; b++)
			bytes[i * each + b] = (uint8_t)((u128)x[i] >> (8 * b));
	l->slot[id].slot.kind = SLOT_CONST;
	l->slot[id].slot.at = const_bytes(l, bytes, n * each);
	return id;
}

low_id
low_const1(struct low *l, i128 x, unsigned width)
{
	return low_const(l, &x, 1, width);
}

low_id
low_base(const struct low *l, low_id id)
{
	return l->slot[id].slot.kind == SLOT_WINDOW ? l->slot[id].slot.of : id;
}

low_id
low_window(struct low *l, low_id of, const struct ir_affine *offset, uint64_t n)
{
	struct ir_affine f = *offset;
	low_id base = low_base(l, of);

	if (l->slot[of].slot.kind == SLOT_WINDOW) {
		bool ok = ir_affine_add(&f, &l->slot[of].offset, 1);
		assert(ok);
		(void)ok;
	}
	if (f.n == 0 && f.base == 0 && n == l->slot[base].slot.n)
		return base;
	/* Constants are aligned to 16 bytes; what is not is a window. */
	if (l->slot[base].slot.kind == SLOT_CONST && f.n == 0 &&
	    (uint64_t)f.base * l->slot[base].slot.width / 8 % 16 == 0) {
		low_id id = low_new(l, DOM_P, l->slot[base].slot.width, n, 0);
		l->slot[id].slot.kind = SLOT_CONST;
		l->slot[id].slot.at = l->slot[base].slot.at + (uint64_t)f.base * l->slot[base].slot.width / 8;
		return id;
	}
	low_id id = low_new(l, l->slot[base].slot.domain, l->slot[base].slot.width, n,
	    l->slot[base].slot.part);
	l->slot[id].slot.kind = SLOT_WINDOW;
	l->slot[id].slot.of = base;
	l->slot[id].offset = f;
	return id;
}

static struct low_item *
append(struct low *l, struct low_block *b)
{
	b->item = low_grow(l, b->item, b->n, &b->cap, sizeof *b->item);
	memset(&b->item[b->n], 0, sizeof *b->item);
	return &b->item[b->n++];
}

void
low_op(struct low *l, struct low_block *b, enum insn_id op, low_id d, low_id a, low_id bb, low_id c,
    const int64_t *imm, struct span span)
{
	struct low_item *it = append(l, b);

	it->span = span;
	it->insn = (struct insn){ .op = (uint16_t)op, .file = span.file, .line = span.line,
		.slot = { d, a, bb, c } };
	if (imm != NULL)
		memcpy(it->insn.imm, imm, sizeof it->insn.imm);
}

static unsigned
view_hash(const struct view *v)
{
	uint64_t h = (uint64_t)v->soff * 0x9e3779b97f4a7c15u ^ (uint64_t)v->doff;

	for (uint32_t k = 0; k < v->rank; k++) {
		h = (h ^ v->count[k]) * 0x9e3779b97f4a7c15u ^ h >> 29;
		h = (h ^ (uint64_t)v->sstride[k]) * 0x9e3779b97f4a7c15u ^ (uint64_t)v->dstride[k];
	}
	return (unsigned)(h >> 32) % N_VIEW_HASH;
}

/* The place of a view like v, which is added if there is none. */
static uint32_t
view_like(struct low *l, const struct view *v)
{
	uint32_t *first = &l->first_view[view_hash(v)];

	for (uint32_t i = *first; i > 0; i = l->later_view[i - 1])
		if (memcmp(&l->view[i - 1], v, sizeof *v) == 0)
			return i - 1;
	l->view = low_grow(l, l->view, l->n_views, &l->cap_views, sizeof *l->view);
	l->later_view = low_grow(l, l->later_view, l->n_views, &l->cap_later, sizeof *l->later_view);
	l->view[l->n_views] = *v;
	l->later_view[l->n_views] = *first;
	*first = ++l->n_views;
	return l->n_views - 1;
}

void
low_copy_view(struct low *l, struct low_block *b, low_id d, low_id a, const struct view *v,
    struct span span)
{
	const int64_t imm[3] = { view_like(l, v), 0, 0 };

	low_op(l, b, OP_COPY, d, a, SLOT_NONE, SLOT_NONE, imm, span);
}

void
low_copy(struct low *l, struct low_block *b, low_id d, low_id a, struct span span)
{
	struct view v;
	const struct slot *s = &l->slot[d].slot;
	bool rows = s->domain == DOM_L && !l->ir->part[s->part].whole;

	memset(&v, 0, sizeof v);
	v.rank = 1;
	v.count[0] = s->n;
	v.sstride[0] = l->slot[a].slot.n == 1 && s->n > 1 ? 0 : 1;
	v.dstride[0] = 1;
	if (rows) {
		uint64_t n = l->ir->part[s->part].start[16], inner = n == 0 ? 1 : s->n / n;
		v.rank = 2;
		v.count[0] = n;
		v.count[1] = inner;
		v.sstride[0] = v.dstride[0] = (int64_t)inner;
		v.sstride[1] = v.dstride[1] = 1;
	}
	low_copy_view(l, b, d, a, &v, span);
}

void
low_begin(struct low *l, struct low_block *b, low_id d, low_id a, struct span span)
{
	struct view v;

	memset(&v, 0, sizeof v);
	v.rank = 1;
	v.count[0] = l->slot[d].slot.n;
	v.dstride[0] = 1;
	low_copy_view(l, b, d, a, &v, span);
}

static unsigned
width_of(const struct ir_value *v, size_t bits, bool far)
{
	return !far && mpz_sizeinbase(v->lo, 2) <= bits && mpz_sizeinbase(v->hi, 2) <= bits ? 64 : 128;
}

/* A shift by 63 bits and more needs a wide word, however small its result is. */
unsigned
low_width_plain(const struct ir_value *v)
{
	return width_of(v, 63, (v->op == IR_SHL || v->op == IR_DIV) && v->imm[0] > 62);
}

unsigned
low_width_ring(const struct ir_value *v)
{
	return width_of(v, 62, v->op == IR_SHL && v->imm[0] > 62);
}

struct low_block *
low_block_of(struct low *l, const struct ir_block *b)
{
	return b == NULL || b->loop == IR_NONE ? l->top : l->block[b->loop];
}

static unsigned
variant_of(enum domain d, unsigned width)
{
	if (d == DOM_B || d == DOM_Y)
		return d == DOM_B ? 6 : 7;
	return (d == DOM_P ? 0u : d == DOM_L ? 2u : 4u) + (width == 128);
}

static low_id
convert(struct low *l, const struct ir_value *v, low_id from, enum domain to, unsigned width)
{
	struct low_block *b = low_block_of(l, v->block);
	enum domain home = (enum domain)l->slot[from].slot.domain;

	if (to == DOM_B || to == DOM_Y)
		return low_to_bits(l, v, from, to);
	if (home == DOM_B || home == DOM_Y)
		return low_to_number(l, v, from, width);
	enum insn_id op = v->domain == DOM_L ? OP_SHARE : v->domain == DOM_P ? OP_LIFT : OP_NARROW;

	if (to == DOM_P || to == DOM_L)
		op = OP_CVT;
	assert(!(to == DOM_P && v->domain != DOM_P) && !(to == DOM_L && v->domain != DOM_L));
	if (op == OP_NARROW && l->c->options->target->plain_shares)
		op = OP_CVT;
	assert(op != OP_NARROW || (l->slot[from].slot.width == 128 && width == 64));
	if (op == OP_CVT && v->op == IR_CONST) {
		i128 *x = compile_alloc(l->c, (v->n + 1) * sizeof *x);
		for (uint64_t i = 0; i < v->n; i++)
			x[i] = ir_from_mpz(v->data[i]);
		return low_const(l, x, v->n, width);
	}
	low_id d = low_new(l, to, width, v->n, v->part);
	low_op(l, b, op, d, from, SLOT_NONE, SLOT_NONE, NULL, v->span);
	return d;
}

low_id
low_get(struct low *l, ir_id id, enum domain domain, unsigned width)
{
	const struct ir_value *v = &l->ir->value[id];
	low_id *slot = &l->variant[id][variant_of(domain, width)];
	bool bits = domain == DOM_B || domain == DOM_Y;
	low_id d;

	assert(v->slot != SLOT_NONE);
	if (v->domain == domain && (bits || l->slot[v->slot].slot.width == width)) {
		d = v->slot;
	} else {
		if (*slot == SLOT_NONE)
			*slot = convert(l, v, v->slot, domain, width);
		d = *slot;
	}
	if (bits && width != 0 && l->slot[d].slot.width != width)
		d = low_resize(l, low_block_of(l, v->block), d, low_signed(v), width, v->span);
	return d;
}

/* Backwards until nothing changes: a ring operation computes modulo its own ring, so what flows
 * into it must live in no narrower one. */
static bool
ring_up(struct ir *ir, ir_id id, unsigned width)
{
	struct ir_value *v = &ir->value[id];

	if (v->domain != DOM_A || v->width >= width)
		return false;
	v->width = (uint16_t)width;
	return true;
}

static bool
rings_block(struct ir *ir, const struct ir_block *b)
{
	bool changed = false;

	for (uint32_t i = b->n; i-- > 0;) {
		struct ir_value *v = &ir->value[b->value[i]];
		if (v->op == IR_RESULT)
			changed |= ring_up(ir, ir->value[v->args[0]].loop->arg[v->imm[1]], v->width);
		if (v->op == IR_LOOP) {
			struct ir_loop *p = v->loop;
			for (uint32_t k = 0; k < p->n_carried; k++)
				changed |= ring_up(ir, p->yield[k], ir->value[p->arg[k]].width);
			changed |= rings_block(ir, p->body);
			for (uint32_t k = 0; k < p->n_carried; k++)
				changed |= ring_up(ir, v->args[k], ir->value[p->arg[k]].width);
			continue;
		}
		if (v->domain == DOM_A && v->op == IR_DIV)
			changed |= ring_up(ir, v->args[0], low_divide_width(ir, v));
		if (v->domain == DOM_A)
			for (uint32_t k = 0; k < v->n_args; k++)
				changed |= ring_up(ir, v->args[k], v->width);
		else if (v->op == IR_EQ || v->op == IR_LT || v->op == IR_LE)
			for (uint32_t k = 0; k < v->n_args; k++)
				changed |= ring_up(ir, v->args[k], low_compare_width(ir, v));
	}
	return changed;
}

/* A mask is multiplied with what it hides. */
static bool
rings_masks(struct ir *ir)
{
	bool changed = false;

	for (uint32_t i = 0; i < ir->n_roots; i++) {
		const struct ir_root *r = &ir->root[i];
		const struct ir_value *v = &ir->value[r->value];
		ir_id shown = r->part == NULL ? IR_NONE : ir_shown(r->part);
		unsigned width = v->domain == DOM_A ? v->width : low_width_ring(v);
		if (r->mask != IR_NONE)
			changed |= ring_up(ir, r->mask, width);
		if (shown != IR_NONE)
			changed |= ring_up(ir, shown, width);
	}
	return changed;
}

static void
rings_start(struct ir *ir, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		struct ir_value *v = &ir->value[b->value[i]];
		v->width = (uint16_t)(v->domain == DOM_A ? low_width_ring(v) : low_width_plain(v));
		if (v->op == IR_LOOP)
			rings_start(ir, v->loop->body);
	}
}

static const struct ir_value *
first_wide(const struct ir *ir, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &ir->value[b->value[i]];
		if (v->op == IR_LOOP && first_wide(ir, v->loop->body) != NULL)
			return first_wide(ir, v->loop->body);
		if (v->op != IR_LOOP && v->domain == DOM_A && low_width_ring(v) == 128)
			return v;
	}
	return NULL;
}

void
low_rings(struct ir *ir)
{
	const struct ir_value *wide = first_wide(ir, ir->top);

	rings_start(ir, ir->top);
	while (rings_block(ir, ir->top) || rings_masks(ir))
		;
	if (wide != NULL) {
		size_t bits = mpz_sizeinbase(wide->lo, 2), hb = mpz_sizeinbase(wide->hi, 2);
		ir_note(ir, compile_printf(ir->compile, "line %u needs Z_2^128: a shared value of %zu bits",
		    wide->span.line, bits > hb ? bits : hb));
	}
}

/* Positions in order of execution, and where each value is used last: within a loop that it was not
 * made in, at the loop's end; through views of it; never, if an output shows it. */
static uint64_t
number_block(struct low *l, const struct ir_block *b, uint64_t at)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &l->ir->value[b->value[i]];
		l->pos[b->value[i]] = ++at;
		if (v->op == IR_LOOP)
			at = number_block(l, v->loop->body, at) + 1;
	}
	return at;
}

static uint64_t
end_of(const struct low *l, ir_id loop)
{
	const struct ir_block *b = l->ir->value[loop].loop->body;
	uint64_t end = l->pos[loop];

	if (b->n > 0) {
		ir_id last = b->value[b->n - 1];
		end = l->ir->value[last].op == IR_LOOP ? end_of(l, last) : l->pos[last];
	}
	return end + 1;
}

static void
use(struct low *l, ir_id id, const struct ir_block *from, uint64_t at)
{
	const struct ir_block *home = l->ir->value[id].block;

	for (const struct ir_block *b = from; b != NULL && b != home; b = b->parent)
		if (b->loop != IR_NONE)
			at = end_of(l, b->loop);
	if (at > l->last[id])
		l->last[id] = at;
}

static void
uses_block(struct low *l, const struct ir_block *b)
{
	for (uint32_t i = b->n; i-- > 0;) {
		ir_id id = b->value[i];
		const struct ir_value *v = &l->ir->value[id];
		uint64_t at = l->pos[id];
		if (l->last[id] == 0 && v->op != IR_LOOP && !ir_is_check(v))
			continue;                /* not computed: it uses nothing */
		if (v->op == IR_LOOP) {
			for (uint32_t k = 0; k < v->loop->n_carried; k++)
				use(l, v->loop->yield[k], v->loop->body, end_of(l, id));
			uses_block(l, v->loop->body);
		}
		if ((v->op == IR_VIEW || v->op == IR_ASSUME) && l->last[id] > at)
			at = l->last[id];
		for (uint32_t k = 0; k < v->n_args; k++)
			use(l, v->args[k], b, at);
	}
}

/* What is computed after opening needs the known and public values that it is made with. */
static void
use_in_post(struct low *l, ir_id id)
{
	const struct ir_value *v = &l->ir->value[id];

	if (v->open != SECRET) {
		l->last[id] = UINT64_MAX;
		return;
	}
	if (l->in_post[id])
		return;
	l->in_post[id] = true;
	for (uint32_t i = 0; i < l->ir->n_roots; i++)
		if (l->ir->root[i].value == id)
			return;
	for (uint32_t i = 0; i < v->n_args; i++)
		use_in_post(l, v->args[i]);
}

static void
use_output(struct low *l, ir_id id, bool in_post)
{
	if (id != IR_NONE && in_post)
		use_in_post(l, id);
	else if (id != IR_NONE)
		l->last[id] = UINT64_MAX;
}

void
low_uses(struct low *l)
{
	(void)number_block(l, l->ir->top, 0);
	for (uint32_t i = 0; i < l->ir->n_roots; i++) {
		l->last[l->ir->root[i].value] = UINT64_MAX;
		use_output(l, l->ir->root[i].mask, false);
	}
	for (uint32_t i = 0; i < l->ir->n_outputs; i++)
		for (uint32_t k = 0; k < l->ir->output[i].n_parts; k++) {
			const struct ir_part *p = &l->ir->output[i].part[k];
			use_output(l, p->value, p->value_post);
			use_output(l, p->present, p->present_post);
			use_output(l, p->guard, false);
			use_output(l, p->cells, false);
		}
	uses_block(l, l->ir->top);
}
