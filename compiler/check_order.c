/* check_order.c: sorting, shuffling and permuting along the first axis, and where values are
 * computed.
 *
 * An order is a list of indices; what is ordered by it is taken in it.  What is missing stands
 * last. */
#include <string.h>

#include "check_impl.h"

/* An array, or its texts' refusal. */
static struct val
array_arg(struct check *ck, struct call_args *a, unsigned i)
{
	struct val x = a->val[i];
	struct span at = a->expr[i]->span;

	if (x.kind == V_STRING || x.kind == V_MISSING)
		compile_fail(ck->c, at, NULL, NULL, "%s needs values, and this is %s", a->call->text,
		    type_text(ck, &x));
	x = settle(ck, concrete(ck, x, at), at);
	if (x.rank == 0)
		compile_fail(ck->c, at, NULL, NULL, "%s needs an array, and this is %s", a->call->text,
		    type_text(ck, &x));
	return x;
}

ir_id
sort_key(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);

	if (x->kind == V_ID)
		compile_fail(ck->c, at, NULL, "`use link` finds those that two tables share",
		    "identifiers have no order");
	ir_id key = x->kind == V_CATEGORY ? category_index(ck, x, at) :
	    x->kind == V_BITS ? bits_as_int(ck, *x, at).v : x->v;
	mpz_t last;

	if (x->p == IR_NONE)
		return key;
	mpz_init(last);
	mpz_add_ui(last, ck->ir->value[key].hi, 1);
	return sel(ck, x->p, key, ir_const(ck->ir, last, ir_frac(ck, key), s), s);
}

static ir_id
take_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	ir_id order = *(ir_id *)arg;
	const struct ir_value *v = &ck->ir->value[a];

	if (v->op == IR_VIEW && ck->ir->value[v->args[0]].n == 1)
		return a;                        /* all rows are alike */
	if (ck->ir->value[a].open != SECRET && ck->ir->value[order].open != SECRET)
		order = ir_rows_order(ck->ir, order, a, at_span(ck, at));
	return ir_take(ck->ir, a, order, 0, at_span(ck, at));
}

static struct val
in_order(struct check *ck, const struct val *x, ir_id order, struct span at)
{
	if (x->dims[0] < 2)
		return *x;
	struct val y = val_map(ck, x, take_fn, &order, at);

	for (unsigned i = 1; i < x->rank; i++)
		y.label[i] = x->label[i];
	return y;
}

struct val
sorted(struct check *ck, struct val x, struct span at)
{
	if (x.dims[0] < 2)
		return x;
	return in_order(ck, &x, ir_order(ck->ir, sort_key(ck, &x, at), 0, at_span(ck, at)), at);
}

struct val
builtin_sort(struct check *ck, struct call_args *a)
{
	return sorted(ck, array_arg(ck, a, 0), a->call->span);
}

struct val
builtin_argsort(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;

	return val_ir(ck, V_INT, ir_order(ck->ir, sort_key(ck, &x, at), 0, at_span(ck, at)), 0);
}

/* How many fractional bits the raw numbers of all keys are written with. */
static unsigned
keys_frac(struct check *ck, uint32_t n, const ir_id *key)
{
	unsigned f = 0;

	for (uint32_t i = 0; i < n; i++)
		f = ir_frac(ck, key[i]) > f ? ir_frac(ck, key[i]) : f;
	return f;
}

/* One number that is ordered as the keys are, the first before the second and so on: each has the
 * digits that its range needs.  The scale of a raw number does not matter to an order. */
static ir_id
joint_key(struct check *ck, uint32_t n, const ir_id *key, struct span at)
{
	struct span s = at_span(ck, at);
	unsigned f = keys_frac(ck, n, key);
	ir_id all = IR_NONE;

	for (uint32_t i = 0; i < n; i++) {
		ir_id k = key[i], unit = ir_const_si(ck->ir, 1, f - ir_frac(ck, key[i]), s);
		mpz_t least, size;
		mpz_init_set(least, ck->ir->value[k].lo);
		mpz_init(size);
		mpz_sub(size, ck->ir->value[k].hi, least);
		mpz_add_ui(size, size, 1);
		k = bin(ck, IR_SUB, k, ir_const(ck->ir, least, ir_frac(ck, k), s), 0, s);
		k = ir_frac(ck, k) < f ? bin(ck, IR_MUL, k, unit, 0, s) : k;
		if (all != IR_NONE) {
			all = bin(ck, IR_MUL, all, ir_const(ck->ir, size, 0, s), 0, s);
			k = bin(ck, IR_ADD, all, k, 0, s);
		}
		all = k;
	}
	return all;
}

/* Whole rows of all that x is made of, in the orders of the runs [start[i], start[i + 1]). */
struct runs {
	uint64_t n;
	const uint64_t *start;
	const ir_id *order;
};

static ir_id
take_runs_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct runs *r = arg;
	ir_id *part = compile_alloc(ck->c, r->n * sizeof *part);

	for (uint64_t i = 0; i < r->n; i++) {
		struct ir_affine from = { .base = (int64_t)r->start[i] };
		ir_id order = r->order[i];
		part[i] = view_slice(ck, a, 0, &from, r->start[i + 1] - r->start[i], false, at);
		if (order != IR_NONE)
			part[i] = take_fn(ck, part[i], &order, at);
	}
	return r->n == 1 ? part[0] : ir_concat(ck->ir, part, (uint32_t)r->n, at_span(ck, at));
}

/* Element i of a known array: constants, one value spread, and such one after another; NULL: it is
 * made in another way. */
static mpz_srcptr
known_element(const struct ir *ir, ir_id id, uint64_t i)
{
	const struct ir_value *v = &ir->value[id];
	const struct ir_value *of = v->op == IR_VIEW ? &ir->value[v->args[0]] : v;

	for (uint32_t k = 0; v->op == IR_CONCAT && k < v->n_args; k++) {
		uint64_t n = ir->value[v->args[k]].n;
		if (i < n)
			return known_element(ir, v->args[k], i);
		i -= n;
	}
	if (of->op != IR_CONST || (of != v && of->n != 1))
		return NULL;
	return of->data[of != v ? 0 : i];
}

/* Where runs of one value begin in a known first key, if it never falls; false: it does, or is not
 * known.  Each run is then ordered by itself, which takes less than all rows together. */
static bool
runs_of(struct check *ck, const struct val *key, struct runs *r)
{
	uint64_t n = key->n, *start = compile_alloc(ck->c, (n + 1) * sizeof *start);

	*r = (struct runs){ .start = start };
	for (uint64_t i = 0; i < n; i++) {
		mpz_srcptr x = key->v == IR_NONE || key->p != IR_NONE ? NULL : known_element(ck->ir, key->v, i);
		mpz_srcptr before = x != NULL && i > 0 ? known_element(ck->ir, key->v, i - 1) : x;
		if (x == NULL || mpz_cmp(before, x) > 0)
			return false;
		if (mpz_cmp(before, x) < 0)
			start[++r->n] = i;
	}
	start[++r->n] = n;
	return true;
}

static void
sort_by_key_checked(struct check *ck, const struct call_args *a, uint32_t i, uint64_t rows)
{
	const struct val *key = &a->val[i];

	if (key->rank != 1 || key->dims[0] != rows)
		compile_fail(ck->c, a->expr[i]->span, NULL, NULL,
		    "sort_by needs one key for each of the %llu rows, and this has shape %s",
		    (unsigned long long)rows, dims_text(ck, key->rank, key->dims));
}

struct val
builtin_sort_by(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;
	ir_id key[N_ARG_MAX], *order;
	uint32_t n = a->n - 1;
	struct runs r;

	for (uint32_t i = 1; i <= n; i++) {
		a->val[i] = array_arg(ck, a, i);
		sort_by_key_checked(ck, a, i, x.dims[0]);
		key[i - 1] = sort_key(ck, &a->val[i], at);
	}
	if (x.dims[0] < 2)
		return x;
	if (n == 1 || !runs_of(ck, &a->val[1], &r))
		return in_order(ck, &x, ir_order(ck->ir, joint_key(ck, n, key, at), 0, at_span(ck, at)), at);
	ir_id within = joint_key(ck, n - 1, key + 1, at);
	order = compile_alloc(ck->c, r.n * sizeof *order);
	for (uint64_t i = 0; i < r.n; i++) {
		struct ir_affine from = { .base = (int64_t)r.start[i] };
		uint64_t rows = r.start[i + 1] - r.start[i];
		ir_id k = view_slice(ck, within, 0, &from, rows, false, at);
		order[i] = rows < 2 ? IR_NONE : ir_order(ck->ir, k, 0, at_span(ck, at));
	}
	r.order = order;
	struct val y = val_map(ck, &x, take_runs_fn, &r, at);
	for (unsigned i = 1; i < x.rank; i++)
		y.label[i] = x.label[i];
	return y;
}

struct val
builtin_shuffle(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;

	if (x.dims[0] < 2)
		return x;
	return in_order(ck, &x, ir_shuffle(ck->ir, x.dims[0], at_span(ck, at)), at);
}

/* Every index once, for sure. */
static bool
is_order(const struct check *ck, ir_id id)
{
	const struct ir_value *v = &ck->ir->value[id];

	return v->rank == 1 && (v->op == IR_ORDER || v->op == IR_SHUFFLE ||
	    (v->op == IR_TAKE && is_order(ck, v->args[0])));
}

/* x[p[i]].  The order of the order of a permutation is the permutation; of other numbers it is one,
 * too, so that moving by it is safe whatever they are. */
struct val
builtin_permute(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0), p = array_arg(ck, a, 1);
	struct span at = a->call->span, s = at_span(ck, at);

	if (p.kind != V_INT || p.rank != 1 || p.dims[0] != x.dims[0])
		compile_fail(ck->c, a->expr[1]->span, NULL, NULL,
		    "permute needs one index for each of the %llu rows, and this is %s",
		    (unsigned long long)x.dims[0], type_text(ck, &p));
	if (val_open(ck, &p) != SECRET || p.p != IR_NONE)
		return index_by(ck, x, p, a->expr[1]->span);
	if (x.dims[0] < 2)
		return x;
	if (!is_order(ck, p.v))
		p.v = ir_order(ck->ir, ir_order(ck->ir, p.v, 0, s), 0, s);
	return in_order(ck, &x, p.v, at);
}

/* Sorted, those that differ from the one before; what is missing stands last and does not count. */
static ir_id
changes(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);
	struct ir_affine first = { 0 }, second = { .base = 1 };
	ir_id key = sort_key(ck, x, at);
	ir_id sorted = ir_take(ck->ir, key, ir_order(ck->ir, key, 0, s), 0, s);
	ir_id a = view_slice(ck, sorted, 0, &first, x->n - 1, false, at);
	ir_id b = view_slice(ck, sorted, 0, &second, x->n - 1, false, at);
	ir_id n = reduce_all(ck, IR_SUM, not_(ck, bin(ck, IR_EQ, a, b, 0, s), s), s);

	ck->ir->value[n].of_library = true;      /* a statistic of rows in an order, as theirs are */
	n = bin(ck, IR_ADD, n, const_si(ck, 1, s), 0, s);
	if (x->p != IR_NONE)
		n = bin(ck, IR_SUB, n, any_bit(ck, not_(ck, x->p, s), -1, at), 0, s);
	return n;
}

/* How many of the bools each IR value holds are true somewhere. */
static ir_id
kinds_seen(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);
	ir_id n = const_si(ck, 0, s);

	for (uint32_t j = 0; j < (x->kind == V_BOOL ? 2 : x->n_levels); j++) {
		ir_id is = x->kind == V_CATEGORY ? x->plane[j] : j == 0 ? not_(ck, x->v, s) : x->v;
		if (x->p != IR_NONE)
			is = and_(ck, is, x->p, s);
		n = bin(ck, IR_ADD, n, any_bit(ck, is, -1, at), 0, s);
	}
	return n;
}

struct val
builtin_unique_count(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;
	ir_id first = ck->ir->n;

	if (x.rank != 1)
		compile_fail(ck->c, a->expr[0]->span, NULL, "flatten(x) has one axis",
		    "unique_count needs an array of one axis");
	if (x.n == 0)
		return to_kind(ck, val_int(ck, 0), V_INT, 0, at);
	ir_id n = x.kind == V_BOOL || x.kind == V_CATEGORY ? kinds_seen(ck, &x, at) :
	    changes(ck, &x, at);
	refine_si(ck, n, 0, (int64_t)x.n);
	/* Of rows in an order, but a statistic: as if the library had made it. */
	for (ir_id i = first; i < ck->ir->n; i++)
		ck->ir->value[i].of_library = true;
	ck->ir->value[n].given = GIVEN_WHOLE;
	return val_ir(ck, V_INT, n, 0);
}

static ir_id
home_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	if (ck->ir->value[a].open != SECRET)
		return a;
	return ir_home(ck->ir, a, *(enum domain *)arg, at_span(ck, at));
}

static bool
has_domain(const struct check *ck, enum domain domain)
{
	const struct target *t = ck->c->options->target;

	return domain == DOM_A ? t->has_a : domain == DOM_B ? t->has_b && t->has_a : t->has_y;
}

/* The value itself, with a wish where it is computed. */
static struct val
at_home(struct check *ck, struct call_args *a, enum domain domain)
{
	struct val x = a->val[0], y;

	if (x.kind == V_STRING || x.kind == V_MISSING || x.kind == V_NUMBER)
		return x;
	if (!has_domain(ck, domain))
		ir_note(ck->ir, compile_printf(ck->c, "line %u: `%s` has no effect under this protocol",
		    at_span(ck, a->call->span).line, a->call->text));
	x = settle(ck, x, a->call->span);
	y = val_map(ck, &x, home_fn, &domain, a->call->span);
	memcpy(y.label, x.label, sizeof y.label);
	y.axis = x.axis;
	y.group = x.group;
	return y;
}

struct val
builtin_arithmetic(struct check *ck, struct call_args *a)
{
	return at_home(ck, a, DOM_A);
}

struct val
builtin_boolean(struct check *ck, struct call_args *a)
{
	return at_home(ck, a, DOM_B);
}

struct val
builtin_garbled(struct check *ck, struct call_args *a)
{
	return at_home(ck, a, DOM_Y);
}

/* Rows of v from d on take what stands d rows above where nothing has come down to them yet, which
 * is where `has` is 0. */
static ir_id
carry_step(struct check *ck, ir_id v, ir_id has, uint64_t d, struct span at)
{
	struct ir_affine zero = { 0 }, from = { .base = (int64_t)d };
	struct span s = at_span(ck, at);
	uint64_t n = ck->ir->value[v].dims[0];
	ir_id above = view_slice(ck, v, 0, &zero, n - d, false, at);
	ir_id low = view_slice(ck, v, 0, &from, n - d, false, at);
	ir_id set = view_slice(ck, has, 0, &from, n - d, false, at);

	if (ck->ir->value[v].rank > 1)
		set = trailing_axis(ck, set, at);
	low = bin(ck, IR_ADD, above, bin(ck, IR_MUL, set, bin(ck, IR_SUB, low, above, 0, s), 0, s), 0, s);
	ir_refine(ck->ir, low, ck->ir->value[v].lo, ck->ir->value[v].hi);
	ir_id part[2] = { view_slice(ck, v, 0, &zero, d, false, at), low };
	return ir_concat(ck->ir, part, 2, s);
}

/* Row k: where something has come down from up to 2^k - 1 rows above; as numbers, so that they can
 * be used often. */
static ir_id
carry_steps(struct check *ck, ir_id has, struct span at)
{
	struct span s = at_span(ck, at);
	uint64_t n = ck->ir->value[has].dims[0], row[2] = { 1, n };
	ir_id step[64];
	uint32_t k = 0;

	for (uint64_t d = 1; k == 0 || d / 2 < n; d *= 2) {
		struct ir_affine zero = { 0 }, from = { .base = (int64_t)d };
		step[k++] = ir_reshape(ck->ir, has, 2, row, s);
		if (d >= n)
			break;
		ir_id part[2] = { view_slice(ck, has, 0, &zero, d, false, at), or_(ck,
			view_slice(ck, has, 0, &from, n - d, false, at),
			view_slice(ck, has, 0, &zero, n - d, false, at), s) };
		has = ir_concat(ck->ir, part, 2, s);
	}
	ir_id all = ir_concat(ck->ir, step, k, s);
	return ck->ir->value[all].open == SECRET && ck->c->options->target->has_a ?
	    ir_home(ck->ir, all, DOM_A, s) : all;
}

struct val
builtin_carry_steps(struct check *ck, struct call_args *a)
{
	struct val c = condition(ck, &a->val[0], a->expr[0]->span);

	if (c.rank != 1)
		compile_fail(ck->c, a->call->span, NULL, NULL, "carry_steps needs bools of one axis");
	return val_ir(ck, V_INT, carry_steps(ck, c.v, a->call->span), 0);
}

/* What is carried is within x's range, or 0 above the first; log2(n) steps of a product each. */
struct val
builtin_carried_down(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0), c = a->val[1], y;
	struct span at = a->call->span, s = at_span(ck, at);
	bool steps = c.kind == V_INT && c.rank == 2 && c.p == IR_NONE;

	if (x.kind == V_BOOL)
		x = to_kind(ck, x, V_INT, 0, at);
	if (!steps)
		c = condition(ck, &c, a->expr[1]->span);
	if (!is_numeric(&x) || x.p != IR_NONE || x.rank > 2 || c.rank != (steps ? 2u : 1u) ||
	    c.dims[steps] != x.dims[0])
		compile_fail(ck->c, at, NULL, NULL,
		    "carried_down needs rows of numbers, all present, and a condition for each, not %s and %s",
		    type_text(ck, &x), type_text(ck, &c));
	ir_id all = steps ? c.v : carry_steps(ck, c.v, at), has = take(ck, all, 0, 0, at), v = x.v;
	v = sel(ck, x.rank > 1 ? trailing_axis(ck, has, at) : has, v,
	    full_like(ck, v, 0, ir_frac(ck, v), s), s);
	for (uint64_t d = 1, k = 0; d < x.dims[0]; d *= 2, k++)
		v = carry_step(ck, v, take(ck, all, 0, (int64_t)k, at), d, at);
	y = val_ir(ck, (enum val_kind)x.kind, v, x.frac);
	for (unsigned i = 1; i < x.rank; i++)
		y.label[i] = x.label[i];
	return y;
}

/* Do the nodes hold enough of each other's shares that a sum of products costs as one product? */
struct val
builtin_cheap_sums(struct check *ck, struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);
	const struct target *t = ck->c->options->target;

	library_only(ck, a);
	return val_bool(ck, t->has_a && t->held > 1 && ck->ir->value[x.v].open == SECRET,
	    at_span(ck, a->call->span));
}

/* Rows from .. from + n, columns 0 .. k. */
static ir_id
block_of(struct check *ck, ir_id x, uint64_t from, uint64_t n, uint64_t k, struct span at)
{
	struct ir_affine zero = { 0 }, first = { .base = (int64_t)from };

	ir_id rows = view_slice(ck, x, 0, &first, n, false, at);

	return view_slice(ck, rows, 1, &zero, k, false, at);
}

/* A product of matrices a block; where a row of s has a 1, and only one, it picks a row of x. */
struct val
builtin_picked_in_blocks(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0), s = array_arg(ck, a, 1);
	struct span at = a->call->span;

	library_only(ck, a);
	if (!is_numeric(&x) || !is_numeric(&s) || x.p != IR_NONE || s.p != IR_NONE || x.rank != 2 ||
	    s.rank != 2 || x.dims[0] != s.dims[0] || s.dims[1] == 0 || x.n == 0)
		compile_fail(ck->c, at, NULL, NULL, "picked_in_blocks needs two matrices of as many rows");
	uint64_t block = s.dims[1], n = x.dims[0], m = (n + block - 1) / block;
	ir_id *part = compile_alloc(ck->c, m * sizeof *part);
	mpz_t lo, hi;
	mpz_init_set(lo, ck->ir->value[x.v].lo);
	mpz_init_set(hi, ck->ir->value[x.v].hi);
	if (mpz_sgn(lo) > 0)
		mpz_set_ui(lo, 0);
	if (mpz_sgn(hi) < 0)
		mpz_set_ui(hi, 0);
	for (uint64_t i = 0; i < m; i++) {
		uint64_t rows = n - i * block < block ? n - i * block : block;
		part[i] = ir_matmul(ck->ir, block_of(ck, s.v, i * block, rows, rows, at),
		    block_of(ck, x.v, i * block, rows, x.dims[1], at), at_span(ck, at));
		ir_refine(ck->ir, part[i], lo, hi);
	}
	return val_ir(ck, (enum val_kind)x.kind, ir_concat(ck->ir, part, (uint32_t)m, at_span(ck, at)),
	    x.frac);
}
