/* check_stack.c: values of one shape along a new first axis: array literals, stack, expanded
 * comprehensions. */
#include <string.h>

#include "check_impl.h"

enum {
	N_STACKED_MAX = 1 << 22,        /* elements written out in a program or a parameter */
	N_OWNER_FUEL = 256,             /* values looked at to see whose one is */
	N_PEEL = 16,                    /* operations taken out of one vector of scalars */
};

static ir_id
lead_axis(struct check *ck, ir_id a, void *arg, struct span at)
{
	uint64_t dims[N_RANK_MAX] = { 1 };
	unsigned rank = ck->ir->value[a].rank;

	(void)arg;
	if (rank + 1 > N_RANK_MAX)
		compile_fail(ck->c, at, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	memcpy(dims + 1, ck->ir->value[a].dims, rank * sizeof *dims);
	return ir_reshape(ck->ir, a, rank + 1, dims, at_span(ck, at));
}

/* Known elements stay known elements. */
static ir_id
stack_consts(struct check *ck, uint32_t n, const ir_id *a, struct span at)
{
	const struct ir_value *first = &ck->ir->value[a[0]];
	uint64_t dims[N_RANK_MAX] = { n }, size = first->n;

	if (first->rank + 1 > N_RANK_MAX || size * n > N_STACKED_MAX)
		return IR_NONE;
	for (uint32_t i = 0; i < n; i++)
		if (ck->ir->value[a[i]].op != IR_CONST)
			return IR_NONE;
	memcpy(dims + 1, first->dims, first->rank * sizeof *dims);
	mpz_t *data = compile_alloc(ck->c, (size * n + 1) * sizeof *data);
	for (uint64_t i = 0; i < size * n; i++)
		mpz_init_set(data[i], ck->ir->value[a[i / size]].data[i % size]);
	if (first->bits > 0)
		return ir_const_bits(ck->ir, data, first->rank + 1u, dims, first->bits, at_span(ck, at));
	return ir_const_array(ck->ir, data, first->rank + 1u, dims, first->frac, at_span(ck, at));
}

enum { OWNER_NONE = -1, OWNER_ROWS = -2, OWNER_ALL = -3 };

/* Whose a secret is: of nobody (known), one party, the members row by row, or surely of several, so
 * that no party can compute with it alone. */
static int
owner_of(struct check *ck, ir_id id, unsigned *fuel)
{
	const struct ir_value *v = &ck->ir->value[id];
	int owner = OWNER_NONE;

	if (v->open != SECRET)
		return OWNER_NONE;
	if (*fuel == 0 || v->op == IR_ARG || v->op == IR_RESULT)
		return OWNER_ROWS;
	--*fuel;
	if (v->op == IR_INPUT) {
		uint32_t g = group_index(ck, ck->ir->input[v->imm[0]].party);
		return ck->c->group[g].grouped ? OWNER_ROWS : (int)g;
	}
	for (uint32_t i = 0; i < v->n_args && owner != OWNER_ALL; i++) {
		int o = owner_of(ck, v->args[i], fuel);
		if (owner == OWNER_NONE || o == OWNER_ALL)
			owner = o;
		else if (o != OWNER_NONE && o != owner && o != OWNER_ROWS && owner != OWNER_ROWS)
			owner = OWNER_ALL;
		else if (o != OWNER_NONE && o != owner)
			owner = OWNER_ROWS;
	}
	if (owner == OWNER_ROWS && (v->op == IR_SUM || v->op == IR_MATMUL || v->op == IR_TNMUL))
		owner = OWNER_ALL;
	return owner;
}

bool
of_rows(struct check *ck, ir_id id)
{
	unsigned fuel = N_OWNER_FUEL;

	return owner_of(ck, id, &fuel) == OWNER_ROWS && fuel > 0;
}

bool
ends_after_opening(struct check *ck, const struct val *x)
{
	unsigned fuel = N_OWNER_FUEL;

	if (x->v == IR_NONE || x->rank != 0)
		return false;
	const struct ir_value *v = &ck->ir->value[x->v];
	return (v->op == IR_DIV || v->op == IR_SQRT) && owner_of(ck, x->v, &fuel) == OWNER_ALL;
}

/* The same operation on shared scalars is one operation on vectors; a quotient of what another
 * output opens as a vector is then seen to be one. */
static bool
same_operation(struct check *ck, uint32_t n, const ir_id *a)
{
	const struct ir_value *first = &ck->ir->value[a[0]];
	unsigned fuel;

	switch (first->op) {
	case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2: case IR_TRUNC:
	case IR_DIV: case IR_SQRT: case IR_EQ: case IR_MAX: case IR_NOT:
		break;
	default:
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct ir_value *v = &ck->ir->value[a[i]];
		if (v->op != first->op || v->rank != 0 || v->imm[0] != first->imm[0] ||
		    v->imm[1] != first->imm[1])
			return false;
		for (uint32_t k = 0; k < v->n_args; k++)
			if (ir_frac(ck, v->args[k]) != ir_frac(ck, first->args[k]))
				return false;
		fuel = N_OWNER_FUEL;
		if (owner_of(ck, a[i], &fuel) != OWNER_ALL)
			return false;
	}
	return true;
}

static ir_id stack_ids(struct check *, uint32_t n, ir_id *, unsigned depth, struct span);

/* Operand k of all: one scalar if it is the same everywhere. */
static ir_id
stack_operands(struct check *ck, uint32_t n, const ir_id *a, uint32_t k, unsigned depth,
    struct span at)
{
	ir_id *part = compile_alloc(ck->c, n * sizeof *part);
	bool same = true;
	mpz_t x, y;

	mpz_inits(x, y, NULL);
	for (uint32_t i = 0; i < n; i++) {
		part[i] = ck->ir->value[a[i]].args[k];
		same &= part[i] == part[0] || (ir_is_const(ck->ir, part[0], &x) &&
		    ir_is_const(ck->ir, part[i], &y) && mpz_cmp(x, y) == 0);
	}
	return same ? part[0] : stack_ids(ck, n, part, depth + 1, at);
}

static ir_id
stack_operation(struct check *ck, uint32_t n, const ir_id *a, unsigned depth, struct span at)
{
	const struct ir_value first = ck->ir->value[a[0]];
	mpz_t lo, hi;
	ir_id d;

	mpz_init_set(lo, first.lo);
	mpz_init_set(hi, first.hi);
	for (uint32_t i = 1; i < n; i++) {
		const struct ir_value *v = &ck->ir->value[a[i]];
		if (mpz_cmp(v->lo, lo) < 0)
			mpz_set(lo, v->lo);
		if (mpz_cmp(v->hi, hi) > 0)
			mpz_set(hi, v->hi);
	}
	ir_id x = stack_operands(ck, n, a, 0, depth, at);
	if (first.n_args == 1) {
		d = un(ck, (enum ir_op)first.op, x, first.imm[0], at_span(ck, at));
	} else {
		ir_id y = stack_operands(ck, n, a, 1, depth, at);
		d = bin(ck, (enum ir_op)first.op, x, y, first.imm[0], at_span(ck, at));
	}
	if (ck->ir->value[d].op != first.op || ck->ir->value[d].n_args != first.n_args)
		return d;
	ck->ir->value[d].imm[1] |= first.imm[1];
	ck->ir->value[d].boolean |= first.boolean;
	ir_refine(ck->ir, d, lo, hi);
	return d;
}

static ir_id
stack_ids(struct check *ck, uint32_t n, ir_id *a, unsigned depth, struct span at)
{
	ir_id c = stack_consts(ck, n, a, at);

	if (c != IR_NONE)
		return c;
	if (n > 1 && depth < N_PEEL && same_operation(ck, n, a)) {
		c = stack_operation(ck, n, a, depth, at);
		if (ck->ir->value[c].rank == 1)
			return c;
	}
	for (uint32_t i = 0; i < n; i++)
		a[i] = lead_axis(ck, a[i], NULL, at);
	return ir_concat(ck->ir, a, n, at_span(ck, at));
}

/* A new first axis over n values, which get one kind and one shape. */
struct val
stack(struct check *ck, uint32_t n, struct val *x, struct span at)
{
	ir_id *part = compile_alloc(ck->c, n * sizeof *part);
	struct val y;

	for (uint32_t i = 1; i < n; i++)        /* x[0] becomes what fits all; then all become that */
		unify(ck, &x[0], &x[i], at);
	if (x[0].kind == V_RECORD)
		compile_fail(ck->c, at, NULL, x[0].n_fields == 0 ? NULL
		    : compile_printf(ck->c, "take one of them: (...).%s", x[0].field[0]),
		    "an array cannot hold several named values");
	x[0] = settle(ck, concrete(ck, x[0], at), at);
	bool any_p = false, masked = true;
	for (uint32_t i = 0; i < n; i++) {
		unify(ck, &x[0], &x[i], at);
		x[i] = settle(ck, x[i], at);
		if (x[i].rank != x[0].rank || memcmp(x[i].dims, x[0].dims, x[0].rank * sizeof *x->dims) != 0)
			fail_shapes(ck, &x[0], &x[i], at);
		any_p |= x[i].p != IR_NONE;
		masked &= x[i].p == IR_NONE || x[i].masked;
	}
	y = x[0];
	y.masked = masked;
	if (y.v != IR_NONE) {
		for (uint32_t i = 0; i < n; i++)
			part[i] = x[i].v;
		y.v = stack_ids(ck, n, part, 0, at);
	}
	if (any_p) {
		for (uint32_t i = 0; i < n; i++)
			part[i] = x[i].p != IR_NONE ? x[i].p :
			    full_like(ck, x[i].v != IR_NONE ? x[i].v : x[i].plane[0], 1, 0, at_span(ck, at));
		y.p = stack_ids(ck, n, part, 0, at);
	}
	if (y.kind == V_CATEGORY) {
		y.plane = compile_alloc(ck->c, y.n_levels * sizeof *y.plane);
		for (uint32_t j = 0; j < y.n_levels; j++) {
			for (uint32_t i = 0; i < n; i++)
				part[i] = x[i].plane[j];
			y.plane[j] = stack_ids(ck, n, part, 0, at);
		}
	}
	uint64_t dims[N_RANK_MAX] = { n };
	memcpy(dims + 1, x[0].dims, x[0].rank * sizeof *dims);
	memset(y.label, 0, sizeof y.label);
	for (unsigned i = 0; i < x[0].rank; i++)
		y.label[i + 1] = x[0].label[i];
	val_set_dims(&y, x[0].rank + 1, dims);
	y.axis = AXIS_FREE;
	return y;
}
