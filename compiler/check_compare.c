/* check_compare.c: == != < <= > >= of numbers, bools, categories and texts.
 *
 * A comparison with a literal is exact: x < 2.5 of a whole x is x <= 2; of a fixed x it goes by
 * what the literal would be as a cell.  Bools and categories are compared by arithmetic on their
 * bits, which works on shares; numbers by EQ, LT and LE. */
#include <assert.h>
#include <string.h>

#include "check_impl.h"

static struct val
complement_if(struct check *ck, bool yes, struct val x, struct span at)
{
	if (!yes)
		return x;
	x.v = not_(ck, x.v, at_span(ck, at));
	x.masked = false;
	return x;
}

static const char *
levels_text(struct check *ck, const struct val *x)
{
	const char *s = "";

	for (uint32_t i = 0; i < x->n_levels && i < 20; i++)
		s = compile_printf(ck->c, "%s%s\"%s\"", s, i > 0 ? ", " : "", x->level[i]);
	return compile_printf(ck->c, "the levels are %s%s", s, x->n_levels > 20 ? ", ..." : "");
}

/* A category and the name of a level: the level's own bit. */
static struct val
is_level(struct check *ck, const struct val *x, const struct val *text, struct span at)
{
	struct val y;

	if (text->rank != 0)
		compile_fail(ck->c, at, NULL, "write a comprehension: `[x == s for s in ...]`",
		    "a category is compared with one level at a time");
	for (uint32_t i = 0; i < x->n_levels; i++) {
		if (strcmp(x->level[i], text->text[0]) != 0)
			continue;
		y = val_shaped_like(ck, x, V_BOOL, x->plane[i], 0);
		y.masked = x->masked;
		return y;
	}
	const char *near = closest_name(text->text[0], x->level, x->n_levels);
	compile_fail(ck->c, at, NULL,
	    near != NULL ? compile_printf(ck->c, "did you mean \"%s\"? %s", near, levels_text(ck, x)) :
	    levels_text(ck, x), "\"%s\" is not a level of this category", text->text[0]);
}

static struct val
same_level(struct check *ck, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);
	ir_id sum = IR_NONE;

	unify(ck, &a, &b, at);
	struct val r = result_of(ck, &a, &b, IR_NONE, V_BOOL, 0, at);
	for (uint32_t i = 0; i < a.n_levels; i++) {
		ir_id both = and_(ck, a.plane[i], b.plane[i], s);
		sum = i == 0 ? both : xor_(ck, sum, both, s);   /* one of them at most */
	}
	r.v = sum;
	r.masked = (a.p == IR_NONE || a.masked) && (b.p == IR_NONE || b.masked);
	return r;
}

static struct val
compare_texts(struct check *ck, bool differ, const struct val *a, const struct val *b,
    struct span at)
{
	if (a->rank != 0 || b->rank != 0)
		compile_fail(ck->c, at, NULL, NULL, "only single texts are compared");
	return val_bool(ck, (strcmp(a->text[0], b->text[0]) == 0) != differ, at_span(ck, at));
}

static bool
truth(enum binary op, int order)
{
	if (order == 0)
		return op == BIN_EQ || op == BIN_LE || op == BIN_GE;
	if (order < 0)
		return op == BIN_NE || op == BIN_LT || op == BIN_LE;
	return op == BIN_NE || op == BIN_GT || op == BIN_GE;
}

static enum binary
mirrored(enum binary op)
{
	if (op == BIN_LT || op == BIN_LE)
		return op == BIN_LT ? BIN_GT : BIN_GE;
	if (op == BIN_GT || op == BIN_GE)
		return op == BIN_GT ? BIN_LT : BIN_LE;
	return op;
}

/* Does it depend on an assumption that is checked, or maybe, if a loop carries it? */
static bool
may_be_assumed(const struct check *ck, ir_id id)
{
	const struct ir *ir = ck->ir;

	if (ir->n_assumptions == 0 || ir->compile->options->unchecked)
		return false;
	bool *wanted = compile_alloc(ir->compile, id + 1);
	wanted[id] = true;
	for (ir_id i = id + 1; i-- > 0;) {
		const struct ir_value *v = &ir->value[i];
		if (wanted[i] && (v->op == IR_ASSUME || v->op == IR_ARG || v->op == IR_RESULT))
			return true;
		for (uint32_t k = 0; wanted[i] && k < v->n_args; k++) {
			assert(v->args[k] < i);
			wanted[v->args[k]] = true;
		}
	}
	return false;
}

/* What the ranges decide already.  What assumed ones would decide is withheld if they are wrong. */
static int
decided(const struct check *ck, enum binary op, ir_id a, ir_id b)
{
	const struct ir_value *x = &ck->ir->value[a], *y = &ck->ir->value[b];

	if (x->n == 0 || y->n == 0)
		return -1;
	if (mpz_cmp(x->hi, y->lo) < 0)
		return op == BIN_LT || op == BIN_LE || op == BIN_NE;
	if (mpz_cmp(x->lo, y->hi) > 0)
		return op == BIN_GT || op == BIN_GE || op == BIN_NE;
	if (op == BIN_LE && mpz_cmp(x->hi, y->lo) <= 0)
		return 1;
	if (op == BIN_GT && mpz_cmp(x->hi, y->lo) <= 0)
		return 0;
	if (op == BIN_GE && mpz_cmp(x->lo, y->hi) >= 0)
		return 1;
	if (op == BIN_LT && mpz_cmp(x->lo, y->hi) >= 0)
		return 0;
	return -1;
}

static ir_id
with_value(struct check *ck, enum binary op, ir_id a, ir_id b, struct span at)
{
	int known = decided(ck, op, a, b);

	if (known >= 0 && !may_be_assumed(ck, a) && !may_be_assumed(ck, b))
		return const_si(ck, known, at);
	if (op == BIN_EQ)
		return bin(ck, IR_EQ, a, b, 0, at);
	if (op == BIN_NE)
		return not_(ck, bin(ck, IR_EQ, a, b, 0, at), at);
	if (op == BIN_LT || op == BIN_LE)
		return bin(ck, op == BIN_LT ? IR_LT : IR_LE, a, b, 0, at);
	return bin(ck, op == BIN_GT ? IR_LT : IR_LE, b, a, 0, at);
}

/* q * 2^f; of a number with fewer digits than f bits tell apart the nearest whole number, as cells
 * of tables are rounded: 5.8 in a table is the 5.8 of the program. */
static void
on_grid(mpq_t t, const mpq_t q, unsigned f)
{
	mpq_mul_2exp(t, q, f);
	if (f == 0 || mpz_sizeinbase(mpq_denref(q), 2) >= f)
		return;
	nearest_raw(mpq_numref(t), q, f);
	mpz_set_ui(mpq_denref(t), 1);
}

/* x op q, x with f fractional bits: with the whole number below q * 2^f.  x < t is x <= floor(t)
 * and x >= t is x > floor(t), unless t is whole. */
static ir_id
with_rational(struct check *ck, enum binary op, ir_id x, const mpq_t q, struct span at)
{
	unsigned f = ir_frac(ck, x);
	mpz_t bound, end;
	mpq_t t;

	mpq_init(t);
	mpz_inits(bound, end, NULL);
	on_grid(t, q, f);
	bool whole = mpz_cmp_ui(mpq_denref(t), 1) == 0;
	if ((op == BIN_EQ || op == BIN_NE) && !whole)
		return full_like(ck, x, op == BIN_NE, 0, at);
	mpz_fdiv_q(bound, mpq_numref(t), mpq_denref(t));
	/* A bound far outside the range of x need not fit a ring. */
	mpz_add_ui(end, ck->ir->value[x].hi, 1);
	if (mpz_cmp(bound, end) > 0)
		mpz_set(bound, end);
	mpz_sub_ui(end, ck->ir->value[x].lo, 1);
	if (mpz_cmp(bound, end) < 0)
		mpz_set(bound, end);
	if (!whole && op == BIN_LT)
		op = BIN_LE;
	if (!whole && op == BIN_GE)
		op = BIN_GT;
	return with_value(ck, op, x, ir_const(ck->ir, bound, f, at), at);
}

static struct val
compare_numbers(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);
	unsigned f = 0;

	if (a.kind == V_NUMBER && b.kind == V_NUMBER)
		return val_bool(ck, truth(op, mpq_cmp(a.q, b.q)), s);
	if (a.kind == V_NUMBER) {
		struct val t = a;
		a = b;
		b = t;
		op = mirrored(op);
	}
	a = settle(ck, a, at);
	if (b.kind == V_NUMBER) {
		struct val r = val_shaped_like(ck, &a, V_BOOL, with_rational(ck, op, a.v, b.q, s), 0);
		if (r.rank != a.rank)
			r.v = ir_broadcast(ck->ir, r.v, a.rank, a.dims, s);
		val_set_dims(&r, a.rank, a.dims);
		return r;
	}
	b = settle(ck, b, at);
	f = ir_frac(ck, a.v) > ir_frac(ck, b.v) ? ir_frac(ck, a.v) : ir_frac(ck, b.v);
	struct val r = result_of(ck, &a, &b, IR_NONE, V_BOOL, 0, at);
	r.masked = false;
	r.v = with_value(ck, op, align(ck, a.v, f, s), align(ck, b.v, f, s), s);
	if (r.rank > 0)
		r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, s);
	return r;
}

struct val
compare_op(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	bool equality = op == BIN_EQ || op == BIN_NE, ne = op == BIN_NE;

	if (a.kind == V_RECORD || b.kind == V_RECORD)
		compile_fail(ck->c, at, NULL, "take one of them: `r.name`",
		    "several named values cannot be compared");
	if (!equality && (!is_numeric(&a) || !is_numeric(&b)))
		compile_fail(ck->c, at, NULL, NULL, "%s compares numbers, and this is %s", op_text(op),
		    type_text(ck, is_numeric(&a) ? &b : &a));
	if (a.kind == V_STRING && b.kind == V_STRING)
		return compare_texts(ck, ne, &a, &b, at);
	if (a.kind == V_CATEGORY && b.kind == V_STRING)
		return complement_if(ck, ne, is_level(ck, &a, &b, at), at);
	if (b.kind == V_CATEGORY && a.kind == V_STRING)
		return complement_if(ck, ne, is_level(ck, &b, &a, at), at);
	if (a.kind == V_CATEGORY && b.kind == V_CATEGORY)
		return complement_if(ck, ne, same_level(ck, a, b, at), at);
	if (!is_numeric(&a) || !is_numeric(&b))
		compile_fail(ck->c, at, NULL, NULL, "%s and %s cannot be compared", type_text(ck, &a),
		    type_text(ck, &b));
	if (equality && a.kind == V_BOOL && b.kind == V_BOOL) {
		struct val r = result_of(ck, &a, &b, xor_(ck, a.v, b.v, at_span(ck, at)), V_BOOL, 0, at);
		if (r.rank > 0)
			r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, at_span(ck, at));
		return complement_if(ck, !ne, r, at);
	}
	return compare_numbers(ck, op, a, b, at);
}
