/* check_stack.c: values of one shape along a new first axis: array literals, stack, expanded
 * comprehensions. */
#include <string.h>

#include "check_impl.h"

enum { N_STACKED_MAX = 1 << 22 };       /* elements written out in a program or a parameter */

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
	return ir_const_array(ck->ir, data, first->rank + 1u, dims, first->frac, at_span(ck, at));
}

static ir_id
stack_ids(struct check *ck, uint32_t n, ir_id *a, struct span at)
{
	ir_id c = stack_consts(ck, n, a, at);

	if (c != IR_NONE)
		return c;
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
		compile_fail(ck->c, at, NULL, NULL, "an array cannot hold several named values");
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
		y.v = stack_ids(ck, n, part, at);
	}
	if (any_p) {
		for (uint32_t i = 0; i < n; i++)
			part[i] = x[i].p != IR_NONE ? x[i].p :
			    full_like(ck, x[i].v != IR_NONE ? x[i].v : x[i].plane[0], 1, 0, at_span(ck, at));
		y.p = stack_ids(ck, n, part, at);
	}
	if (y.kind == V_CATEGORY) {
		y.plane = compile_alloc(ck->c, y.n_levels * sizeof *y.plane);
		for (uint32_t j = 0; j < y.n_levels; j++) {
			for (uint32_t i = 0; i < n; i++)
				part[i] = x[i].plane[j];
			y.plane[j] = stack_ids(ck, n, part, at);
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
