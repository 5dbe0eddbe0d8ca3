/* check_shape.c: builtins that make, move and join arrays. */
#include <string.h>

#include "check_impl.h"

static struct val
known_ints(struct check *ck, uint64_t n, const uint64_t *x, struct span at)
{
	mpz_t *data = compile_alloc(ck->c, (n + 1) * sizeof *data);

	for (uint64_t i = 0; i < n; i++)
		mpz_init_set_ui(data[i], x[i]);
	return val_ir(ck, V_INT, ir_const_array(ck->ir, data, 1, &n, 0, at_span(ck, at)), 0);
}

struct val
builtin_len(struct check *ck, struct call_args *a)
{
	const struct val *x = &a->val[0];

	if (x->rank == 0)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "len needs an array, and this is %s",
		    type_text(ck, x));
	return val_int(ck, (int64_t)x->dims[0]);
}

struct val
builtin_shape(struct check *ck, struct call_args *a)
{
	return known_ints(ck, a->val[0].rank, a->val[0].dims, a->call->span);
}

/* Lengths as arguments, or as one array; one may be -1 if `total` is known. */
static unsigned
shape_args(struct check *ck, const struct call_args *a, unsigned from, uint64_t *dims,
    const uint64_t *total)
{
	const struct val *x = &a->val[from];
	unsigned rank = a->n - from, open = N_RANK_MAX;
	uint64_t rest = 1;
	bool list = rank == 1 && x->rank == 1 && x->kind == V_INT;

	if (list)
		rank = (unsigned)x->n;
	if (rank > N_RANK_MAX)
		compile_fail(ck->c, a->call->span, NULL, NULL, "an array of more than %d axes", N_RANK_MAX);
	for (unsigned i = 0; i < rank; i++) {
		struct val e = list ? val_ir(ck, V_INT, take(ck, x->v, 0, i, a->call->span), 0) :
		    a->val[from + i];
		int64_t n = known_int_val(ck, &e, "a size", a->expr[list ? from : from + i]->span);
		if (n == -1 && total != NULL && open == N_RANK_MAX)
			open = i;
		else if (n < 0)
			compile_fail(ck->c, a->call->span, NULL, NULL, "a size of %lld", (long long)n);
		dims[i] = n < 0 ? 1 : (uint64_t)n;
		if (__builtin_mul_overflow(rest, dims[i], &rest))
			compile_fail(ck->c, a->call->span, NULL, NULL, "an array of too many elements");
	}
	if (open != N_RANK_MAX)
		dims[open] = rest == 0 ? 0 : *total / rest;
	return rank;
}

struct shape_arg {
	unsigned rank;
	uint64_t dims[N_RANK_MAX];
};

static ir_id
reshape_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct shape_arg *s = arg;

	return ir_reshape(ck->ir, a, s->rank, s->dims, at_span(ck, at));
}

struct val
settled_array(struct check *ck, const struct call_args *a, unsigned i)
{
	const struct val *x = &a->val[i];

	if (x->kind == V_STRING || x->kind == V_MISSING)
		compile_fail(ck->c, a->expr[i]->span, NULL, NULL, "%s needs an array, and this is %s",
		    a->call->text,
		    type_text(ck, x));
	return settle(ck, concrete(ck, *x, a->expr[i]->span), a->expr[i]->span);
}

static struct val
reshape(struct check *ck, const struct val *x, const struct shape_arg *s, struct span at)
{
	struct shape_arg to = *s;
	struct val y = val_map(ck, x, reshape_fn, &to, at);

	if (x->rank > 0 && s->rank > 0 && x->dims[0] == s->dims[0]) {
		y.axis = x->axis;
		y.group = x->group;
	}
	return y;
}

struct val
builtin_reshape(struct check *ck, struct call_args *a)
{
	struct val x = settled_array(ck, a, 0);
	struct shape_arg s = { 0 };
	uint64_t n = 1;

	s.rank = shape_args(ck, a, 1, s.dims, &x.n);
	for (unsigned i = 0; i < s.rank; i++)
		n *= s.dims[i];
	if (n != x.n)
		compile_fail(ck->c, a->call->span, NULL, NULL, "an array of %llu elements does not fit shape %s",
		    (unsigned long long)x.n, dims_text(ck, s.rank, s.dims));
	return reshape(ck, &x, &s, a->call->span);
}

struct val
builtin_flatten(struct check *ck, struct call_args *a)
{
	struct val x = settled_array(ck, a, 0);
	struct shape_arg s = { .rank = 1, .dims = { x.n } };

	return reshape(ck, &x, &s, a->call->span);
}

static ir_id
reverse_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	uint64_t dims[N_RANK_MAX];
	struct ir_view w = { 0 };
	int64_t stride = 1;

	(void)arg;
	memcpy(dims, v->dims, sizeof dims);
	for (unsigned i = v->rank; i-- > 0;) {
		w.stride[i] = i == 0 ? -stride : stride;
		if (i > 0)
			stride *= (int64_t)v->dims[i];
	}
	w.offset.base = stride * ((int64_t)v->dims[0] - 1);
	return ir_view(ck->ir, a, v->rank, dims, &w, at_span(ck, at));
}

struct val
builtin_reverse(struct check *ck, struct call_args *a)
{
	struct val x = a->val[0];

	if (x.kind == V_STRING && x.rank == 1) {
		const char **text = compile_alloc(ck->c, (x.n + 1) * sizeof *text);
		for (uint64_t i = 0; i < x.n; i++)
			text[i] = x.text[x.n - 1 - i];
		return val_strings(ck, (uint32_t)x.n, text, false);
	}
	x = settled_array(ck, a, 0);
	if (x.rank == 0)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "reverse needs an array");
	return x.dims[0] < 2 ? x : val_map(ck, &x, reverse_fn, NULL, a->call->span);
}

struct val
builtin_stack(struct check *ck, struct call_args *a)
{
	for (uint32_t i = 0; i < a->n; i++)
		a->val[i] = settled_array(ck, a, i);
	return stack(ck, a->n, a->val, a->call->span);
}

static struct val
concat_texts(struct check *ck, struct call_args *a)
{
	uint64_t n = 0, at = 0;
	const char **text;

	for (uint32_t i = 0; i < a->n; i++) {
		if (a->val[i].kind != V_STRING)
			compile_fail(ck->c, a->expr[i]->span, NULL, NULL, "texts and %s do not go together",
			    type_text(ck, &a->val[i]));
		n += a->val[i].n;
	}
	text = compile_alloc(ck->c, (n + 1) * sizeof *text);
	for (uint32_t i = 0; i < a->n; i++)
		for (uint64_t k = 0; k < a->val[i].n; k++)
			text[at++] = a->val[i].text[k];
	return val_strings(ck, (uint32_t)n, text, false);
}

/* All get one kind, at least one axis, and the same further axes. */
static void
concat_fit(struct check *ck, struct call_args *a)
{
	struct shape_arg one = { .rank = 1, .dims = { 1 } };
	struct val *x = a->val;

	for (uint32_t i = 0; i < a->n; i++) {
		x[i] = settled_array(ck, a, i);
		if (x[i].rank == 0)
			x[i] = reshape(ck, &x[i], &one, a->call->span);
		if (i > 0)
			unify(ck, &x[0], &x[i], a->call->span);
	}
	for (uint32_t i = 1; i < a->n; i++) {
		unify(ck, &x[0], &x[i], a->call->span);
		if (x[i].rank != x[0].rank ||
		    memcmp(x[i].dims + 1, x[0].dims + 1, (x[0].rank - 1) * sizeof *x->dims) != 0)
			compile_fail(ck->c, a->expr[i]->span, NULL, NULL,
			    "shapes %s and %s do not fit behind one another", dims_text(ck, x[0].rank, x[0].dims),
			    dims_text(ck, x[i].rank, x[i].dims));
	}
}

/* Known lists of one axis: a shape is put together of some. */
static ir_id
concat_known(struct check *ck, uint32_t n, const ir_id *id, struct span at)
{
	mpz_t *data = compile_alloc(ck->c, N_RANK_MAX * sizeof *data);
	uint64_t total = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct ir_value *v = &ck->ir->value[id[i]];
		if (v->op != IR_CONST || v->rank != 1 || v->bits > 0 || total + v->n > N_RANK_MAX)
			return IR_NONE;
		for (uint64_t k = 0; k < v->n; k++)
			mpz_init_set(data[total++], v->data[k]);
	}
	return ir_const_array(ck->ir, data, 1, &total, ck->ir->value[id[0]].frac, at_span(ck, at));
}

static ir_id
concat_ids(struct check *ck, uint32_t n, const ir_id *id, struct span at)
{
	ir_id d = n == 1 ? id[0] : concat_known(ck, n, id, at);

	return d != IR_NONE ? d : ir_concat(ck->ir, id, n, at_span(ck, at));
}

struct val
builtin_concat(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span;
	struct val y;
	ir_id id[N_ARG_MAX];
	bool any_p = false, masked = true;
	uint64_t rows = 0, dims[N_RANK_MAX];

	if (a->val[0].kind == V_STRING)
		return concat_texts(ck, a);
	concat_fit(ck, a);
	for (uint32_t i = 0; i < a->n; i++) {
		any_p |= a->val[i].p != IR_NONE;
		masked &= a->val[i].p == IR_NONE || a->val[i].masked;
		rows += a->val[i].dims[0];
	}
	y = a->val[0];
	memcpy(dims, y.dims, sizeof dims);
	dims[0] = rows;
	for (uint32_t i = 0; i < a->n && y.v != IR_NONE; i++)
		id[i] = a->val[i].v;
	if (y.v != IR_NONE)
		y.v = concat_ids(ck, a->n, id, at);
	for (uint32_t i = 0; i < a->n && any_p; i++)
		id[i] = a->val[i].p != IR_NONE ? a->val[i].p : full_like(ck,
		    a->val[i].v != IR_NONE ? a->val[i].v : a->val[i].plane[0], 1, 0, at_span(ck, at));
	if (any_p)
		y.p = concat_ids(ck, a->n, id, at);
	if (y.kind == V_CATEGORY)
		y.plane = compile_alloc(ck->c, y.n_levels * sizeof *y.plane);
	for (uint32_t j = 0; y.kind == V_CATEGORY && j < y.n_levels; j++) {
		for (uint32_t i = 0; i < a->n; i++)
			id[i] = a->val[i].plane[j];
		y.plane[j] = concat_ids(ck, a->n, id, at);
	}
	val_set_dims(&y, y.rank, dims);
	y.masked = masked;
	y.label[0] = NULL;
	if (a->n > 1)
		y.axis = AXIS_FREE;
	return y;
}

static struct val
filled(struct check *ck, struct call_args *a, unsigned from, struct val x)
{
	uint64_t dims[N_RANK_MAX] = { 0 };
	unsigned rank = shape_args(ck, a, from, dims, NULL);

	x = settle(ck, concrete(ck, x, a->call->span), a->call->span);
	return broadcast_to(ck, x, rank, dims, a->call->span);
}

struct val
builtin_zeros(struct check *ck, struct call_args *a)
{
	return filled(ck, a, 0, val_int(ck, 0));
}

struct val
builtin_ones(struct check *ck, struct call_args *a)
{
	return filled(ck, a, 0, val_int(ck, 1));
}

struct val
builtin_fill(struct check *ck, struct call_args *a)
{
	if (a->val[0].kind == V_STRING || a->val[0].rank != 0)
		compile_fail(ck->c, a->expr[0]->span, NULL, NULL, "fill needs one value, and this is %s",
		    type_text(ck, &a->val[0]));
	return filled(ck, a, 1, a->val[0]);
}

struct val
builtin_range(struct check *ck, struct call_args *a)
{
	int64_t first = 0, end = int_arg(ck, a, 0, "an end of a range"), step = 1;

	if (a->expr[1] != NULL) {
		first = end;
		end = int_arg(ck, a, 1, "an end of a range");
	}
	if (a->expr[2] != NULL)
		step = int_arg(ck, a, 2, "the step of a range");
	if (step == 0)
		compile_fail(ck->c, a->expr[2]->span, NULL, NULL, "with a step of 0 no end is reached");
	uint64_t way = step > 0 ? (uint64_t)end - (uint64_t)first : (uint64_t)first - (uint64_t)end;
	uint64_t by = step > 0 ? (uint64_t)step : 0 - (uint64_t)step;
	uint64_t n = (step > 0 ? end > first : end < first) ? (way - 1) / by + 1 : 0;
	return val_ir(ck, V_INT, ir_iota(ck->ir, first, step, n, at_span(ck, a->call->span)), 0);
}

/* A column, or several side by side. */
static struct val
column_arg(struct check *ck, struct call_args *a, uint32_t i)
{
	struct val x = a->val[i];
	struct span at = a->expr[i]->span;

	if (x.kind == V_CATEGORY)
		compile_fail(ck->c, at, NULL, "dummies(x) makes columns of 0 and 1",
		    "columns needs numbers, and this is %s", type_text(ck, &x));
	x = numeric_arg(ck, a, i);
	if (x.rank != 1 && x.rank != 2)
		compile_fail(ck->c, at, NULL, NULL, "columns needs columns of one length, and this is %s",
		    type_text(ck, &x));
	if (x.rank == 1) {
		struct shape_arg s = { .rank = 2, .dims = { x.n, 1 } };
		const char *name = a->call->argname != NULL && a->call->argname[i] != NULL ? a->call->argname[i] :
		    compile_text(ck->c, at);
		struct names *l = names_new(ck, 1);
		l->name[0] = name;
		x = reshape(ck, &x, &s, at);
		x.label[1] = l;
	}
	return x;
}

/* Writes b to columns from.. of a. */
static ir_id
put_columns(struct check *ck, ir_id a, ir_id b, uint64_t from, struct span at)
{
	struct ir_view w = { 0 };

	w.offset.base = (int64_t)from;
	w.stride[0] = (int64_t)ck->ir->value[a].dims[1];
	w.stride[1] = 1;
	return ir_update(ck->ir, a, b, &w, at_span(ck, at));
}

/* Dummies times a column have the names of the dummies beside which they stand: then what they are
 * made of is said, too.  Of very many columns nobody reads the names. */
static void
tell_apart(struct check *ck, struct names *l, uint64_t from, uint64_t to, struct span at)
{
	enum { N_COMPARED = 1024 };

	for (uint64_t k = from; k < to && to <= N_COMPARED; k++)
		for (uint64_t i = 0; i < from; i++)
			if (strcmp(l->name[i], l->name[k]) == 0) {
				l->name[k] = compile_printf(ck->c, "%s (%s)", l->name[k], compile_text(ck->c, at));
				break;
			}
}

static const struct names *
column_names(struct check *ck, const struct call_args *a, uint64_t wide)
{
	struct names *l = names_new(ck, wide);
	uint64_t at = 0;

	for (uint32_t i = 0; i < a->n; i++) {
		uint64_t from = at;
		for (uint64_t k = 0; k < a->val[i].dims[1]; k++)
			l->name[at++] = a->val[i].label[1] != NULL ? a->val[i].label[1]->name[k] :
			    compile_printf(ck->c, "%s[%llu]", compile_text(ck->c, a->expr[i]->span),
			    (unsigned long long)k);
		tell_apart(ck, l, from, at, a->expr[i]->span);
	}
	return l;
}

struct val
builtin_columns(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span;
	struct val y;
	uint64_t dims[2] = { 0, 0 }, from = 0;
	bool any_p = false, masked = true;
	mpz_t zero, one;

	mpz_init_set_ui(zero, 0);
	mpz_init_set_ui(one, 1);
	for (uint32_t i = 0; i < a->n; i++) {
		a->val[i] = column_arg(ck, a, i);
		if (i > 0 && a->val[i].dims[0] != a->val[0].dims[0])
			compile_fail(ck->c, a->expr[i]->span, NULL, NULL, "a column of %llu rows beside one of %llu",
			    (unsigned long long)a->val[i].dims[0], (unsigned long long)a->val[0].dims[0]);
		if (a->val[i].kind == V_BOOL)
			a->val[i] = to_kind(ck, a->val[i], V_INT, 0, at);
		if (i > 0)
			unify(ck, &a->val[0], &a->val[i], at);
		dims[1] += a->val[i].dims[1];
	}
	dims[0] = a->val[0].dims[0];
	for (uint32_t i = 0; i < a->n; i++) {
		unify(ck, &a->val[0], &a->val[i], at);
		any_p |= a->val[i].p != IR_NONE;
		masked &= a->val[i].p == IR_NONE || a->val[i].masked;
	}
	y = a->val[0];
	ir_id v = full(ck, zero, ir_frac(ck, y.v), 2, dims, at_span(ck, at));
	ir_id p = any_p ? full(ck, one, 0, 2, dims, at_span(ck, at)) : IR_NONE;
	for (uint32_t i = 0; i < a->n; i++) {
		const struct val *x = &a->val[i];
		v = put_columns(ck, v, x->v, from, at);
		if (x->p != IR_NONE)
			p = put_columns(ck, p, x->p, from, at);
		from += x->dims[1];
	}
	y.v = v;
	y.p = p;
	y.masked = masked;
	val_set_dims(&y, 2, dims);
	y.label[0] = NULL;
	y.label[1] = column_names(ck, a, dims[1]);
	return y;
}
