/* check_table.c: builtins of categories.
 *
 * A table of counts is sums of the levels' bits; of two categories the product of two matrices of
 * bits. */
#include <string.h>

#include "check_impl.h"

static struct names *
level_names(struct check *ck, const struct val *x)
{
	struct names *l = names_new(ck, x->kind == V_BOOL ? 2 : x->n_levels);

	if (x->kind == V_CATEGORY) {
		memcpy(l->name, x->level, x->n_levels * sizeof *l->name);
	} else {
		l->name[0] = "false";
		l->name[1] = "true";
	}
	return l;
}

/* A bool as a category of two levels. */
static struct val
category_arg(struct check *ck, const struct call_args *a, unsigned i)
{
	struct val x = a->val[i];
	struct span s = at_span(ck, a->call->span);

	if (x.kind == V_BOOL) {
		ir_id no = not_(ck, x.v, s);
		x.n_levels = 2;
		x.level = level_names(ck, &x)->name;
		x.plane = compile_alloc(ck->c, 2 * sizeof *x.plane);
		x.plane[0] = no;
		x.plane[1] = x.v;
		x.masked = false;
		x.v = IR_NONE;
		x.kind = V_CATEGORY;
	}
	if (x.kind != V_CATEGORY)
		compile_fail(ck->c, a->expr[i]->span, NULL, "declare it as oneof(\"a\" = \"1\", \"b\" = \"2\"), "
		    "names and how they are written; or `x as oneof(\"a\", \"b\")` of 0, 1, ...",
		    "%s counts the levels of categories, and this is %s", a->call->text, type_text(ck, &x));
	return x;
}

struct val
numbers_as_category(struct check *ck, struct val x, uint32_t n, const char **level,
    const char *source, struct span at)
{
	struct span s = at_span(ck, at);
	mpz_t lo, hi;

	if (x.kind == V_NUMBER || x.kind == V_BOOL)
		x = to_kind(ck, x, V_INT, 0, at);
	mpz_init_set_ui(lo, 0);
	mpz_init_set_ui(hi, n - 1);
	x = assume(ck, settle(ck, x, at), lo, hi, source, at);
	mpz_clears(lo, hi, NULL);
	x.n_levels = n;
	x.level = level;
	x.plane = compile_alloc(ck->c, n * sizeof *x.plane);
	for (uint32_t j = 0; j < n; j++)
		x.plane[j] = bin(ck, IR_EQ, x.v, const_si(ck, j, s), 0, s);
	x.masked = false;
	x.v = IR_NONE;
	x.kind = V_CATEGORY;
	return x;
}

static ir_id
level_bits(struct check *ck, const struct val *x, uint32_t j, struct span s)
{
	return x->p == IR_NONE || x->masked ? x->plane[j] : and_(ck, x->plane[j], x->p, s);
}

/* Each row is in one cell at most: no sum of cells is more than there are rows. */
static ir_id
whole_table(struct check *ck, ir_id v, uint64_t rows)
{
	refine_si(ck, v, 0, (int64_t)rows);
	ck->ir->value[v].sum_most = rows;
	return v;
}

struct val
builtin_counts(struct check *ck, struct call_args *a)
{
	struct val x = category_arg(ck, a, 0), y, *part;
	struct span s = at_span(ck, a->call->span);

	part = compile_alloc(ck->c, x.n_levels * sizeof *part);
	for (uint32_t j = 0; j < x.n_levels; j++)
		part[j] = val_ir(ck, V_INT, reduce_all(ck, IR_SUM, level_bits(ck, &x, j, s), s), 0);
	y = stack(ck, x.n_levels, part, a->call->span);
	y.v = whole_table(ck, y.v, x.n);
	y.label[0] = level_names(ck, &x);
	return y;
}

struct val
builtin_table1(struct check *ck, struct call_args *a)
{
	return builtin_counts(ck, a);
}

/* Planes from `from` on side by side: [n, k], rows stay rows. */
static ir_id
bit_matrix(struct check *ck, const struct val *x, uint32_t from, bool masked, struct span s)
{
	uint64_t dims[2] = { x->n, x->n_levels - from };
	mpz_t zero;

	mpz_init(zero);
	ir_id m = full(ck, zero, 0, 2, dims, s);
	for (uint32_t j = from; j < x->n_levels; j++) {
		struct ir_view w = { .offset.base = j - from, .stride = { (int64_t)dims[1] } };
		m = ir_update(ck->ir, m, masked ? level_bits(ck, x, j, s) : x->plane[j], &w, s);
	}
	refine_si(ck, m, 0, 1);
	return m;
}

struct val
builtin_table2(struct check *ck, struct call_args *a)
{
	struct val x = category_arg(ck, a, 0), y = category_arg(ck, a, 1), t;
	struct span s = at_span(ck, a->call->span);

	if (x.rank != 1 || y.rank != 1 || x.n != y.n)
		compile_fail(ck->c, a->call->span, NULL, NULL,
		    "table2 needs two columns of one length, not %s and %s",
		    dims_text(ck, x.rank, x.dims), dims_text(ck, y.rank, y.dims));
	ir_id v = ir_tnmul(ck->ir, bit_matrix(ck, &x, 0, true, s), bit_matrix(ck, &y, 0, true, s), s);
	t = val_ir(ck, V_INT, whole_table(ck, v, x.n), 0);
	t.label[0] = level_names(ck, &x);
	t.label[1] = level_names(ck, &y);
	return t;
}

/* The bits of both, for each pair of levels, side by side: [n, ky * kz]. */
static ir_id
pair_matrix(struct check *ck, const struct val *y, const struct val *z, struct span s)
{
	uint64_t dims[2] = { y->n, (uint64_t)y->n_levels * z->n_levels };
	mpz_t zero;

	mpz_init(zero);
	ir_id m = full(ck, zero, 0, 2, dims, s);
	for (uint32_t j = 0; j < y->n_levels; j++)
		for (uint32_t k = 0; k < z->n_levels; k++) {
			struct ir_view w = { .offset.base = (int64_t)j * z->n_levels + k,
				.stride = { (int64_t)dims[1] } };
			m = ir_update(ck->ir, m, and_(ck, level_bits(ck, y, j, s), level_bits(ck, z, k, s), s), &w, s);
		}
	refine_si(ck, m, 0, 1);
	return m;
}

struct val
builtin_table3(struct check *ck, struct call_args *a)
{
	struct val x = category_arg(ck, a, 0), y = category_arg(ck, a, 1), z = category_arg(ck, a, 2), t;
	struct span s = at_span(ck, a->call->span);
	uint64_t dims[3] = { x.n_levels, y.n_levels, z.n_levels };

	if (x.rank != 1 || y.rank != 1 || z.rank != 1 || x.n != y.n || x.n != z.n)
		compile_fail(ck->c, a->call->span, NULL, NULL,
		    "table3 needs three columns of one length, not %s, %s and %s",
		    dims_text(ck, x.rank, x.dims), dims_text(ck, y.rank, y.dims), dims_text(ck, z.rank, z.dims));
	ir_id v = ir_tnmul(ck->ir, bit_matrix(ck, &x, 0, true, s), pair_matrix(ck, &y, &z, s), s);
	t = val_ir(ck, V_INT, ir_reshape(ck->ir, whole_table(ck, v, x.n), 3, dims, s), 0);
	t.label[0] = level_names(ck, &x);
	t.label[1] = level_names(ck, &y);
	t.label[2] = level_names(ck, &z);
	return t;
}

struct val
builtin_dummies(struct check *ck, struct call_args *a)
{
	struct val x = category_arg(ck, a, 0), y;
	struct span s = at_span(ck, a->call->span);
	struct names *l;

	if (x.rank != 1 || x.n_levels < 2)
		compile_fail(ck->c, a->call->span, NULL, NULL, "dummies needs a column of at least two levels");
	y = val_ir(ck, V_INT, bit_matrix(ck, &x, 1, false, s), 0);
	y.axis = x.axis;
	y.group = x.group;
	y.masked = x.masked;
	if (x.p != IR_NONE) {
		uint64_t column[2] = { x.n, 1 };
		y.p = ir_broadcast(ck->ir, ir_reshape(ck->ir, x.p, 2, column, s), 2, y.dims, s);
	}
	l = names_new(ck, x.n_levels - 1);
	for (uint32_t j = 1; j < x.n_levels; j++)
		l->name[j - 1] = compile_printf(ck->c, "%s%s", compile_text(ck->c, a->expr[0]->span), x.level[j]);
	y.label[1] = l;
	return y;
}

ir_id
trailing_axis(struct check *ck, ir_id a, struct span s)
{
	const struct ir_value *v = &ck->ir->value[a];
	uint64_t dims[N_RANK_MAX] = { 0 };
	unsigned rank = v->rank;

	memcpy(dims, v->dims, rank * sizeof *dims);
	dims[rank] = 1;
	return ir_reshape(ck->ir, a, rank + 1, dims, s);
}

/* Rows may be local, and stay so with a comparison; of others a circuit makes all bools at once. */
static ir_id
onehot(struct check *ck, const struct val *x, uint64_t k, struct span s)
{
	if (val_open(ck, x) == SECRET && x->axis == AXIS_FREE)
		return ir_onehot(ck->ir, x->v, k, s);
	return bin(ck, IR_EQ, trailing_axis(ck, x->v, s), ir_iota(ck->ir, 0, 1, k, s), 0, s);
}

struct val
builtin_onehot(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0], y;
	struct span s = at_span(ck, a->call->span);

	if (x.rank + 1 > N_RANK_MAX)
		compile_fail(ck->c, a->call->span, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	if (x.kind == V_CATEGORY && x.rank == 1) {
		y = val_ir(ck, V_BOOL, bit_matrix(ck, &x, 0, false, s), 0);
		y.label[1] = level_names(ck, &x);
	} else if (x.kind == V_BOOL && x.rank == 1 && a->expr[1] == NULL) {
		struct val c = category_arg(ck, a, 0);
		y = val_ir(ck, V_BOOL, bit_matrix(ck, &c, 0, false, s), 0);
		y.label[1] = level_names(ck, &c);
		x.masked = false;
	} else {
		x = numeric_arg(ck, a, 0);
		if (x.kind == V_FIXED || a->expr[1] == NULL)
			compile_fail(ck->c, a->call->span, NULL, "onehot(x, k) for ints in 0..k-1",
			    "onehot needs a column of categories, or ints and their number");
		int64_t k = int_arg(ck, a, 1, "the number of levels");
		if (k < 1)
			compile_fail(ck->c, a->call->span, NULL, NULL, "onehot of %lld levels", (long long)k);
		y = val_ir(ck, V_BOOL, onehot(ck, &x, (uint64_t)k, s), 0);
	}
	if (x.p != IR_NONE)
		y.p = ir_broadcast(ck->ir, trailing_axis(ck, x.p, s), y.rank, y.dims, s);
	y.axis = x.axis;
	y.group = x.group;
	y.masked = x.kind == V_CATEGORY && x.masked;
	return y;
}

/* The member that brought each row: known, from the row counts. */
struct val
builtin_site_of(struct check *ck, struct call_args *a)
{
	const struct val *x = &a->val[0];
	struct span s = at_span(ck, a->call->span);
	ir_id *part = compile_alloc(ck->c, (ck->ir->n_parties + 1) * sizeof *part);
	uint32_t n = 0;

	if (x->axis == AXIS_FREE)
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "use an input column, or what is computed from it row by row",
		    "the rows of this value are not the rows that the sites brought");
	const char *group = ck->c->group[x->group].name;
	for (uint32_t i = 0; i < ck->ir->n_parties; i++) {
		const struct party *p = &ck->ir->party[i];
		uint64_t rows = x->axis == AXIS_ROWS ? p->rows : 1;
		if (strcmp(p->group, group) != 0)
			continue;
		part[n] = ir_broadcast(ck->ir, const_si(ck, n, s), 1, &rows, s);
		n++;
	}
	struct val y = val_ir(ck, V_INT, n == 1 ? part[0] : ir_concat(ck->ir, part, n, s), 0);
	y.axis = x->axis;
	y.group = x->group;
	return y;
}
