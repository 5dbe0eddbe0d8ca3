/* ir_bits.c: building operations on bits, on secret indices and on orders.  See ir.h. */
#include <assert.h>
#include <string.h>

#include "internal.h"
#include "ir_build.h"

uint16_t
ir_inherited_bits(const struct ir *ir, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_VIEW: case IR_CONCAT: case IR_UPDATE: case IR_GATHER: case IR_PUT: case IR_PICK:
	case IR_TAKE: case IR_HOME: case IR_REVEAL:
		return ir->value[v->args[0]].bits;
	case IR_SELECT:
		return ir->value[v->args[1]].bits;
	default:
		return 0;
	}
}

/* Does it compute with bits?  Then it is done on shares, and secret. */
static bool
computes_bits(const struct ir *ir, const struct ir_value *v)
{
	bool any = v->bits > 0;

	for (uint32_t i = 0; i < v->n_args; i++)
		any |= ir->value[v->args[i]].bits > 0;
	return any && v->op != IR_CONST && v->op != IR_REVEAL && v->op != IR_ARG && v->op != IR_LOOP &&
	    v->op != IR_RESULT;
}

void
ir_derive_open(struct ir *ir, ir_id id)
{
	struct ir_value *v = &ir->value[id];

	v->open = computes_bits(ir, v) ? SECRET : KNOWN;
	for (uint32_t i = 0; i < v->n_args; i++)
		if (ir->value[v->args[i]].open > v->open)
			v->open = ir->value[v->args[i]].open;
}

/* Elementwise: the shape of the operand that is no scalar. */
static void
shape_of_args(struct ir *ir, ir_id id)
{
	const struct ir_value *v = &ir->value[id], *like = &ir->value[v->args[0]];
	uint64_t dims[N_RANK_MAX];

	for (uint32_t i = 1; i < v->n_args; i++)
		if (ir->value[v->args[i]].rank > like->rank)
			like = &ir->value[v->args[i]];
	memcpy(dims, like->dims, sizeof dims);
	ir_shape(ir, id, like->rank, dims);
}

ir_id
ir_const_bits(struct ir *ir, mpz_t *x, unsigned rank, const uint64_t *dims, unsigned bits,
    struct span span)
{
	ir_id id = ir_add(ir, IR_CONST, 0, NULL, span);

	assert(bits > 0 && bits <= N_BITS_MAX);
	ir_shape(ir, id, rank, dims);
	struct ir_value *v = &ir->value[id];
	v->bits = (uint16_t)bits;
	v->data = x;
	for (uint64_t i = 0; i < v->n; i++)
		assert(mpz_sgn(x[i]) >= 0 && mpz_sizeinbase(x[i], 2) <= bits);
	mpz_setbit(v->hi, bits);
	mpz_sub_ui(v->hi, v->hi, 1);
	return id;
}

ir_id
ir_zero(struct ir *ir, unsigned frac, unsigned bits, struct span span)
{
	mpz_t *x;

	if (bits == 0)
		return ir_const_si(ir, 0, frac, span);
	x = compile_alloc(ir->compile, sizeof *x);
	mpz_init(x[0]);
	return ir_const_bits(ir, x, 0, NULL, bits, span);
}

ir_id
ir_bits(struct ir *ir, enum ir_op op, uint32_t n_args, const ir_id *args, int64_t imm0,
    unsigned bits, struct span span)
{
	ir_id id = ir_add(ir, op, n_args, args, span);

	assert(ir_ops[op].class == CLASS_EACH && bits <= N_BITS_MAX);
	shape_of_args(ir, id);
	ir->value[id].imm[0] = imm0;
	ir->value[id].bits = (uint16_t)bits;
	ir->value[id].boolean = op == IR_EQ;
	ir_derive_open(ir, id);
	ir_range(ir, id);
	return id;
}

ir_id
ir_random(struct ir *ir, unsigned rank, const uint64_t *dims, unsigned bits, struct span span)
{
	ir_id id = ir_add(ir, IR_RANDOM, 0, NULL, span);

	ir_shape(ir, id, rank, dims);
	ir->value[id].bits = (uint16_t)bits;
	ir->value[id].open = SECRET;
	ir_range(ir, id);
	return id;
}

/* Records of bits, [n, m], in another order. */
static ir_id
reordered(struct ir *ir, enum ir_op op, ir_id a, struct span span)
{
	ir_id id = ir_add(ir, op, 1, &a, span);
	struct ir_value *v = &ir->value[id];

	shape_of_args(ir, id);
	v->imm[0] = (int64_t)v->dims[0];
	v->bits = ir->value[a].bits;
	ir_derive_open(ir, id);
	ir_range(ir, id);
	return id;
}

ir_id
ir_sort_bits(struct ir *ir, ir_id a, unsigned key, unsigned digit, struct span span)
{
	ir_id id = reordered(ir, IR_SORTB, a, span);

	ir->value[id].imm[1] = key;
	ir->value[id].imm[2] = digit;
	return id;
}

ir_id
ir_shuffle_bits(struct ir *ir, ir_id a, struct span span)
{
	return reordered(ir, IR_SHUFB, a, span);
}

uint32_t
ir_add_circuit(struct ir *ir, const struct circuit *c)
{
	for (uint32_t i = 0; i < ir->n_circuits; i++)
		if (ir->circuit[i] == c)
			return i;
	ir->circuit = ir_grow(ir->compile, ir->circuit, &ir->cap_circuits, ir->n_circuits,
	    sizeof *ir->circuit);
	ir->circuit[ir->n_circuits] = c;
	return ir->n_circuits++;
}

ir_id
ir_home(struct ir *ir, ir_id a, enum domain domain, struct span span)
{
	ir_id id = ir_add(ir, IR_HOME, 1, &a, span);

	shape_of_args(ir, id);
	ir->value[id].imm[0] = domain;
	ir->value[id].frac = ir->value[a].frac;
	ir->value[id].boolean = ir->value[a].boolean;
	ir->value[id].what = ir->value[a].what;
	ir_range(ir, id);
	return id;
}

ir_id
ir_onehot(struct ir *ir, ir_id a, uint64_t k, struct span span)
{
	uint64_t dims[N_RANK_MAX];
	unsigned rank = ir->value[a].rank;

	assert(rank < N_RANK_MAX && ir->value[a].frac == 0);
	memcpy(dims, ir->value[a].dims, sizeof dims);
	dims[rank] = k;
	ir_id id = ir_add(ir, IR_ONEHOT, 1, &a, span);
	ir_shape(ir, id, rank + 1, dims);
	ir->value[id].imm[0] = (int64_t)k;
	ir->value[id].boolean = true;
	ir_range(ir, id);
	return id;
}

ir_id
ir_pick(struct ir *ir, ir_id a, ir_id index, struct span span)
{
	ir_id args[2] = { a, index };
	uint64_t dims[N_RANK_MAX];
	unsigned rank = 0;
	int64_t row = 1;
	const struct ir_value *v = &ir->value[a], *x = &ir->value[index];

	assert(v->rank >= 1 && x->rank <= 1 && x->frac == 0 && x->bits == 0);
	if (x->rank == 1)
		dims[rank++] = x->n;
	for (unsigned i = 1; i < v->rank; i++) {
		dims[rank++] = v->dims[i];
		row *= (int64_t)v->dims[i];
	}
	ir_id id = ir_add(ir, IR_PICK, 2, args, span);
	ir_shape(ir, id, rank, dims);
	struct ir_value *d = &ir->value[id];
	d->imm[0] = row;
	d->frac = ir->value[a].frac;
	d->boolean = ir->value[a].boolean;
	d->what = ir->value[a].what;
	ir_range(ir, id);
	return id;
}

/* a's elements as imm0 x imm1 x imm2 about the axis. */
static void
about_axis(struct ir *ir, ir_id id, ir_id a, unsigned axis)
{
	struct ir_value *d = &ir->value[id];
	const struct ir_value *v = &ir->value[a];

	assert(axis < v->rank);
	d->imm[0] = d->imm[1] = d->imm[2] = 1;
	for (unsigned i = 0; i < v->rank; i++)
		d->imm[i < axis ? 0 : i == axis ? 1 : 2] *= (int64_t)v->dims[i];
}

ir_id
ir_order(struct ir *ir, ir_id a, unsigned axis, struct span span)
{
	ir_id id = ir_add(ir, IR_ORDER, 1, &a, span);

	assert(ir->value[a].bits == 0);
	shape_of_args(ir, id);
	about_axis(ir, id, a, axis);
	ir_range(ir, id);
	return id;
}

ir_id
ir_order_hinted(struct ir *ir, ir_id a, unsigned hint, struct span span)
{
	ir_id id = ir_order(ir, a, 0, span);

	assert((hint & ORDER_MERGE) == 0 || ir->value[a].dims[0] % 2 == 0);
	ir->value[id].hint = (uint8_t)hint;
	return id;
}

ir_id
ir_shuffle(struct ir *ir, uint64_t n, struct span span)
{
	ir_id id = ir_add(ir, IR_SHUFFLE, 0, NULL, span);

	ir_shape(ir, id, 1, &n);
	ir->value[id].imm[0] = (int64_t)n;
	ir->value[id].open = SECRET;
	ir_range(ir, id);
	return id;
}

ir_id
ir_take(struct ir *ir, ir_id a, ir_id order, unsigned axis, struct span span)
{
	ir_id args[2] = { a, order };
	ir_id id = ir_add(ir, IR_TAKE, 2, args, span);
	const struct ir_value *v = &ir->value[a], *x = &ir->value[order];

	assert(x->frac == 0 && (x->n == v->n || (axis == 0 && x->rank == 1 && x->n == v->dims[0])));
	(void)x;
	uint64_t dims[N_RANK_MAX];
	memcpy(dims, v->dims, sizeof dims);
	ir_shape(ir, id, v->rank, dims);
	about_axis(ir, id, a, axis);
	struct ir_value *d = &ir->value[id];
	d->frac = ir->value[a].frac;
	d->boolean = ir->value[a].boolean;
	d->what = ir->value[a].what;
	ir_range(ir, id);
	return id;
}

ir_id
ir_rows_order(struct ir *ir, ir_id order, ir_id like, struct span span)
{
	const struct ir_value *v = &ir->value[like];
	struct ir_view w = { .stride = { 1 } };
	uint64_t dims[N_RANK_MAX];

	memcpy(dims, v->dims, sizeof dims);
	return ir->value[order].n == v->n ? order : ir_view(ir, order, v->rank, dims, &w, span);
}
