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

/* What x is ordered by: its number, or the index of its level; behind all others where missing. */
static ir_id
key_of(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);
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
builtin_sort(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;

	if (x.dims[0] < 2)
		return x;
	return in_order(ck, &x, ir_order(ck->ir, key_of(ck, &x, at), 0, at_span(ck, at)), at);
}

struct val
builtin_argsort(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0);
	struct span at = a->call->span;

	return val_ir(ck, V_INT, ir_order(ck->ir, key_of(ck, &x, at), 0, at_span(ck, at)), 0);
}

struct val
builtin_sort_by(struct check *ck, struct call_args *a)
{
	struct val x = array_arg(ck, a, 0), key = array_arg(ck, a, 1);
	struct span at = a->call->span;

	if (key.rank != 1 || key.dims[0] != x.dims[0])
		compile_fail(ck->c, a->expr[1]->span, NULL, NULL,
		    "sort_by needs one key for each of the %llu rows, and this has shape %s",
		    (unsigned long long)x.dims[0], dims_text(ck, key.rank, key.dims));
	if (x.dims[0] < 2)
		return x;
	return in_order(ck, &x, ir_order(ck->ir, key_of(ck, &key, at), 0, at_span(ck, at)), at);
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
	ir_id key = key_of(ck, x, at);
	ir_id sorted = ir_take(ck->ir, key, ir_order(ck->ir, key, 0, s), 0, s);
	ir_id a = view_slice(ck, sorted, 0, &first, x->n - 1, false, at);
	ir_id b = view_slice(ck, sorted, 0, &second, x->n - 1, false, at);
	ir_id n = reduce_all(ck, IR_SUM, not_(ck, bin(ck, IR_EQ, a, b, 0, s), s), s);

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

	if (x.rank != 1)
		compile_fail(ck->c, a->expr[0]->span, NULL, "flatten(x) has one axis",
		    "unique_count needs an array of one axis");
	if (x.n == 0)
		return to_kind(ck, val_int(ck, 0), V_INT, 0, at);
	ir_id n = x.kind == V_BOOL || x.kind == V_CATEGORY ? kinds_seen(ck, &x, at) :
	    changes(ck, &x, at);
	refine_si(ck, n, 0, (int64_t)x.n);
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
