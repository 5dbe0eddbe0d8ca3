/* check_convert.c: from one type to another: bool to int to fixed, T to T?, literals to what they
 * meet; and the values that need two types made one (branches, arrays, assignments). */
#include <string.h>

#include "check_impl.h"

/* see check_impl.h */
void
nearest_raw(mpz_t d, const mpq_t q, unsigned frac)
{
	mpz_t num;

	mpz_init(num);
	mpz_mul_2exp(num, mpq_numref(q), frac + 1);
	mpz_add(num, num, mpq_denref(q));
	mpz_mul_2exp(d, mpq_denref(q), 1);
	mpz_fdiv_q(d, num, d);
}

static ir_id
shift_up(struct check *ck, ir_id a, void *arg, struct span at)
{
	return un(ck, IR_SHL, a, *(int64_t *)arg, at);
}

struct val
settle(struct check *ck, struct val x, struct span at)
{
	if (x.kind != V_FIXED || ir_frac(ck, x.v) <= x.frac)
		return x;
	x.v = un(ck, IR_TRUNC, x.v, (int64_t)ir_frac(ck, x.v) - x.frac, at_span(ck, at));
	return x;
}

static struct val
number_to(struct check *ck, const struct val *x, enum val_kind kind, unsigned frac, struct span at)
{
	mpz_t raw;

	mpz_init(raw);
	if (kind == V_INT && mpz_cmp_ui(mpq_denref(x->q), 1) != 0)
		compile_fail(ck->c, at, NULL, "round(...) or floor(...) makes it whole",
		    "an int is needed, and this is no whole number");
	nearest_raw(raw, x->q, kind == V_FIXED ? frac : 0);
	return val_ir(ck, kind, ir_const(ck->ir, raw, kind == V_FIXED ? frac : 0, at_span(ck, at)),
	    kind == V_FIXED ? frac : 0);
}

struct val
concrete(struct check *ck, struct val x, struct span at)
{
	if (x.kind == V_NUMBER)
		return number_to(ck, &x, x.decimal ? V_FIXED : V_INT, FRAC_DEFAULT, at);
	if (x.kind == V_MISSING)
		compile_fail(ck->c, at, NULL, "write its type: `let x : int? = missing`",
		    "`missing` has no type by itself");
	return x;
}

static struct val
missing_of(struct check *ck, enum val_kind kind, unsigned frac, struct span at)
{
	ir_id zero = ir_const_si(ck->ir, 0, kind == V_FIXED ? frac : 0, at_span(ck, at));
	struct val y = val_ir(ck, kind, zero, frac);

	y.p = const_si(ck, 0, at_span(ck, at));
	y.masked = true;
	return y;
}

static struct val
fixed_to(struct check *ck, struct val x, unsigned frac, struct span at)
{
	int64_t up;

	/* Of a product that is not truncated yet the bits that the new f has room for stay; it is
	 * truncated once. */
	up = (int64_t)frac - ir_frac(ck, x.v);
	if (up >= 0)
		x.v = shift_up(ck, x.v, &up, at_span(ck, at));
	else
		x.v = un(ck, IR_TRUNC, x.v, -up, at_span(ck, at));
	x.frac = (uint8_t)frac;
	x.kind = V_FIXED;
	return x;
}

/* Widens: bool to int to fixed; fixed to another f. */
struct val
to_kind(struct check *ck, struct val x, enum val_kind kind, unsigned frac, struct span at)
{
	if (x.kind == V_MISSING)
		return missing_of(ck, kind, frac, at);
	if (x.kind == V_NUMBER && (kind == V_INT || kind == V_FIXED))
		return number_to(ck, &x, kind, frac, at);
	if (kind == V_FIXED && is_numeric(&x))
		return fixed_to(ck, x, frac, at);
	if (kind == V_INT && (x.kind == V_BOOL || x.kind == V_INT)) {
		x.kind = V_INT;
		return x;
	}
	if (kind == x.kind)
		return x;
	compile_fail(ck->c, at, NULL,
	    x.kind == V_FIXED && kind == V_INT ? "floor(...) or round(...) makes an int of it" :
	    kind == V_BOOL && is_numeric(&x) ? "compare it: `... != 0`" :
	    x.kind == V_CATEGORY ? "x == \"level\" is a bool; counts(x) and table2(x, y) count "
	    "levels" : NULL,
	    "this is %s, and %s is needed", type_text(ck, &x),
	    kind_text(&(struct val){ .kind = (uint8_t)kind }));
}

static bool
is_level(const char *text, uint32_t n, const char **level)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(text, level[i]) == 0)
			return true;
	return false;
}

/* Known texts, or what is missing: is each of them this level? */
static ir_id
level_plane(struct check *ck, const struct val *x, const char *level, struct span at)
{
	mpz_t *is = compile_alloc(ck->c, (x->n + 1) * sizeof *is);

	if (x->kind == V_MISSING)
		return const_si(ck, 0, at_span(ck, at));
	for (uint64_t k = 0; k < x->n; k++)
		mpz_init_set_ui(is[k], strcmp(x->text[k], level) == 0);
	return x->rank == 0 ? ir_const(ck->ir, is[0], 0, at_span(ck, at))
	    : ir_const_array(ck->ir, is, x->rank, x->dims, 0, at_span(ck, at));
}

/* A category of the given levels: from levels' names, or one that has the same levels. */
static struct val
to_category(struct check *ck, struct val x, uint32_t n, const char **level, struct span at)
{
	struct val y = val_new(V_CATEGORY);

	if (x.kind == V_CATEGORY) {
		bool same = x.n_levels == n;
		for (uint32_t i = 0; same && i < n; i++)
			same = strcmp(x.level[i], level[i]) == 0;
		if (!same)
			compile_fail(ck->c, at, NULL, NULL, "these categories have different levels");
		return x;
	}
	if (x.kind != V_STRING && x.kind != V_MISSING)
		compile_fail(ck->c, at, NULL, NULL, "this is %s, and a category's level is needed",
		    type_text(ck, &x));
	for (uint64_t k = 0; x.kind == V_STRING && k < x.n; k++)
		if (!is_level(x.text[k], n, level))
			compile_fail(ck->c, at, NULL, NULL, "\"%s\" is none of the levels", x.text[k]);
	val_set_dims(&y, x.rank, x.dims);
	y.n_levels = n;
	y.level = level;
	y.plane = compile_alloc(ck->c, n * sizeof *y.plane);
	for (uint32_t i = 0; i < n; i++)
		y.plane[i] = level_plane(ck, &x, level[i], at);
	if (x.kind == V_MISSING)
		y.p = const_si(ck, 0, at_span(ck, at));
	y.masked = true;
	return y;
}

static ir_id
broadcast_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct val *like = arg;

	return ir_broadcast(ck->ir, a, like->rank, like->dims, at_span(ck, at));
}

struct val
broadcast_to(struct check *ck, struct val x, unsigned rank, const uint64_t *dims, struct span at)
{
	struct val like = val_new(V_INT);
	struct val y;

	if (x.rank == rank && memcmp(x.dims, dims, rank * sizeof *dims) == 0)
		return x;
	val_set_dims(&like, rank, dims);
	bool fits = rank >= x.rank;
	for (unsigned i = 0; fits && i < x.rank; i++)
		fits = x.dims[i] == dims[rank - x.rank + i] || x.dims[i] == 1;
	if (!fits)
		compile_fail(ck->c, at, NULL, NULL, "this has shape %s, and %s is needed",
		    dims_text(ck, x.rank, x.dims), dims_text(ck, rank, dims));
	y = val_map(ck, &x, broadcast_fn, &like, at);
	if (x.rank == rank && rank > 0 && x.dims[0] == dims[0]) {
		y.axis = x.axis;
		y.group = x.group;
	}
	return y;
}

static unsigned
frac_max(const struct val *a, const struct val *b)
{
	unsigned fa = a->kind == V_FIXED ? a->frac : 0, fb = b->kind == V_FIXED ? b->frac : 0;

	return fa == 0 && fb == 0 ? FRAC_DEFAULT : fa > fb ? fa : fb;
}

static void
unify_records(struct check *ck, struct val *a, struct val *b, struct span at)
{
	bool same = a->kind == b->kind && a->n_fields == b->n_fields;

	for (uint32_t i = 0; same && i < a->n_fields; i++)
		same = strcmp(a->field[i], b->field[i]) == 0;
	if (!same)
		compile_fail(ck->c, at, NULL, NULL, "the two sides do not have the same named values");
	struct val *x = compile_alloc(ck->c, a->n_fields * sizeof *x);
	struct val *y = compile_alloc(ck->c, a->n_fields * sizeof *y);
	for (uint32_t i = 0; i < a->n_fields; i++) {
		x[i] = a->of[i];
		y[i] = b->of[i];
		unify(ck, &x[i], &y[i], at);
	}
	a->of = x;
	b->of = y;
}

/* Makes both of one kind and one f. */
void
unify(struct check *ck, struct val *a, struct val *b, struct span at)
{
	if (a->kind == V_RECORD || b->kind == V_RECORD) {
		unify_records(ck, a, b, at);
		return;
	}
	if (a->kind == V_MISSING && b->kind == V_MISSING)
		concrete(ck, *a, at);
	if (a->kind == V_CATEGORY || b->kind == V_CATEGORY) {
		const struct val *l = a->kind == V_CATEGORY ? a : b;
		*a = to_category(ck, *a, l->n_levels, l->level, at);
		*b = to_category(ck, *b, l->n_levels, l->level, at);
		return;
	}
	if (a->kind == V_ID || b->kind == V_ID) {
		*a = to_id(ck, *a, at);
		*b = to_id(ck, *b, at);
		return;
	}
	if (a->kind == V_BITS || b->kind == V_BITS) {
		unsigned bits = a->kind == V_BITS ? a->bits : b->bits;
		*a = to_bits(ck, *a, bits, at);
		*b = to_bits(ck, *b, bits, at);
		return;
	}
	if ((!is_numeric(a) && a->kind != V_MISSING) || (!is_numeric(b) && b->kind != V_MISSING))
		compile_fail(ck->c, at, NULL, a->kind == V_STRING && b->kind == V_STRING
		    ? "a category of two levels is: c as oneof(\"if false\", \"if true\")" : NULL,
		    "%s and %s do not go together", type_text(ck, a),
		    type_text(ck, b));
	enum val_kind kind = V_BOOL;
	for (int i = 0; i < 2; i++) {
		const struct val *x = i == 0 ? a : b;
		if (x->kind == V_FIXED || (x->kind == V_NUMBER && x->decimal))
			kind = V_FIXED;
		else if (kind == V_BOOL && (x->kind == V_INT || x->kind == V_NUMBER))
			kind = V_INT;
	}
	unsigned frac = kind == V_FIXED ? frac_max(a, b) : 0;
	*a = to_kind(ck, *a, kind, frac, at);
	*b = to_kind(ck, *b, kind, frac, at);
}

/* c, a known to be of one rank or scalars: c ? a : b of each part. */
static ir_id
select_presence(struct check *ck, const struct val *c, ir_id p, ir_id q, struct span at)
{
	ir_id one = const_si(ck, 1, at);

	if (p == IR_NONE && q == IR_NONE)
		return IR_NONE;
	return sel(ck, c->v, p == IR_NONE ? one : p, q == IR_NONE ? one : q, at);
}

static struct val
select_record(struct check *ck, const struct val *c, struct val a, const struct val *b,
    struct span at)
{
	struct val *of = compile_alloc(ck->c, a.n_fields * sizeof *of);

	for (uint32_t i = 0; i < a.n_fields; i++)
		of[i] = select_val(ck, c, a.of[i], b->of[i], at);
	a.of = of;
	return a;
}

_Noreturn void
fail_shapes(struct check *ck, const struct val *a, const struct val *b, struct span at)
{
	compile_fail(ck->c, at, NULL, NULL, "shapes %s and %s do not fit together",
	    dims_text(ck, a->rank, a->dims), dims_text(ck, b->rank, b->dims));
}

struct val
select_val(struct check *ck, const struct val *c, struct val a, struct val b, struct span at)
{
	uint64_t dims[N_RANK_MAX];
	unsigned rank;
	struct val y;

	if (c->rank == 0 && known_true(ck, c->v) && a.kind != V_MISSING)
		return a;
	if (c->rank == 0 && known_false(ck, c->v) && b.kind != V_MISSING)
		return b;
	if (a.kind == V_NUMBER && b.kind == V_NUMBER && a.decimal == b.decimal && mpq_equal(a.q, b.q))
		return a;
	unify(ck, &a, &b, at);
	if (a.kind == V_RECORD)
		return select_record(ck, c, a, &b, at);
	if (!common_shape(&a, &b, &rank, dims))
		fail_shapes(ck, &a, &b, at);
	struct val ab = val_new(V_INT);
	val_set_dims(&ab, rank, dims);
	if (!common_shape(c, &ab, &rank, dims))
		fail_shapes(ck, c, &ab, at);
	a = broadcast_to(ck, a, rank, dims, at);
	b = broadcast_to(ck, b, rank, dims, at);
	struct span s = at_span(ck, at);
	y = result_of(ck, &a, &b, IR_NONE, a.kind, a.frac, at);
	if (c->rank == rank && rank > 0 && y.axis == AXIS_FREE && c->dims[0] == dims[0]) {
		y.axis = c->axis;
		y.group = c->group;
	}
	y.p = select_presence(ck, c, a.p, b.p, s);
	y.masked = (a.p == IR_NONE || a.masked) && (b.p == IR_NONE || b.masked);
	if (a.v != IR_NONE)
		y.v = sel(ck, c->v, a.v, b.v, s);
	if (a.kind == V_CATEGORY) {
		y.n_levels = a.n_levels;
		y.level = a.level;
		y.plane = compile_alloc(ck->c, a.n_levels * sizeof *y.plane);
		for (uint32_t i = 0; i < a.n_levels; i++)
			y.plane[i] = sel(ck, c->v, a.plane[i], b.plane[i], s);
	}
	return y;
}

/* A bool that says "present and true". */
struct val
condition(struct check *ck, const struct val *x, struct span at)
{
	struct val c = *x;

	if (x->kind != V_BOOL)
		compile_fail(ck->c, at, NULL, is_numeric(x) ? "compare it: `... != 0`" :
		    x->kind == V_CATEGORY ? "compare it with a level: `x == \"...\"`" : NULL,
		    "a condition is a bool, and this is %s", type_text(ck, x));
	c.v = masked_value(ck, x, at);
	c.p = IR_NONE;
	c.masked = false;
	return c;
}

ir_id
masked_value(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);

	if (x->p == IR_NONE || x->masked)
		return x->v;
	if (x->kind == V_BITS)
		return sel(ck, x->p, x->v, ir_zero(ck->ir, 0, x->bits, s), s);
	return ck->ir->value[x->v].boolean ? and_(ck, x->v, x->p, s) : bin(ck, IR_MUL, x->v, x->p, 0, s);
}

ir_id
category_index(struct check *ck, const struct val *x, struct span at)
{
	struct span s = at_span(ck, at);
	ir_id sum = full_like(ck, x->plane[0], 0, 0, s);

	for (uint32_t j = 1; j < x->n_levels; j++) {
		ir_id k = const_si(ck, j, s);
		ir_id term = bin(ck, IR_MUL, x->plane[j], k, 0, s);
		sum = bin(ck, IR_ADD, sum, term, 0, s);
	}
	refine_si(ck, sum, 0, x->n_levels - 1);
	return sum;
}

static _Noreturn void
never_inside(struct check *ck, const struct val *x, const char *source, struct span at)
{
	mpq_t q;

	mpq_init(q);
	if (known_rational(ck, x, q))
		compile_fail(ck->c, at, NULL, NULL, "%.10g is not in the range of `%s`", mpq_get_d(q), source);
	compile_fail(ck->c, at, val_note(ck, x), NULL, "this can never be in the range of `%s`", source);
}

/* x, said to be in lo..hi (raw); what is missing is exempt, and what stands under a condition that
 * does not hold is, too. */
struct val
assume(struct check *ck, struct val x, const mpz_t lo, const mpz_t hi, const char *source,
    struct span at)
{
	const struct ir_value *v = &ck->ir->value[x.v];
	struct span s = at_span(ck, at);
	mpz_t c;

	if (v->n == 0 || (mpz_cmp(v->lo, lo) >= 0 && mpz_cmp(v->hi, hi) <= 0))
		return x;
	if (mpz_cmp(v->hi, lo) < 0 || mpz_cmp(v->lo, hi) > 0)
		never_inside(ck, &x, source, at);
	mpz_init(c);
	if (mpz_sgn(lo) > 0)
		mpz_set(c, lo);
	else if (mpz_sgn(hi) < 0)
		mpz_set(c, hi);
	ir_id harmless = ir_const(ck->ir, c, ir_frac(ck, x.v), s);
	if (x.p != IR_NONE && !(x.masked && mpz_sgn(c) == 0)) {
		x.v = sel(ck, x.p, x.v, harmless, s);
		x.masked = mpz_sgn(c) == 0;
	}
	if (cond_depth(ck) > 0) {
		struct val w = conditions_since(ck, 0, at);
		if (w.rank == 0 || (w.rank == x.rank && memcmp(w.dims, x.dims, w.rank * sizeof *w.dims) == 0))
			x.v = sel(ck, w.v, x.v, harmless, s);
	}
	if (s.file != at.file)          /* a library's variable says nothing to readers of the sheet */
		source = compile_text(ck->c, s);
	x.v = ir_assume(ck->ir, x.v, lo, hi, source, s);
	return x;
}

/* "[*, 3]": what may have any length is a star. */
static const char *
declared_dims(struct check *ck, const struct spec *t)
{
	const char *s = "[";

	if (t->rank == 0)
		return "[] (one value)";
	for (unsigned i = 0; i < t->rank; i++)
		s = t->open_dim[i] ? compile_printf(ck->c, "%s%s*", s, i > 0 ? ", " : "")
		    : compile_printf(ck->c, "%s%s%llu", s, i > 0 ? ", " : "", (unsigned long long)t->dims[i]);
	return compile_printf(ck->c, "%s]", s);
}

static void
check_shape(struct check *ck, const struct val *x, const struct spec *t, const char *what,
    struct span at)
{
	const bool table = t->rank == 2 && t->open_dim[0] && t->open_dim[1] && x->label[0] != NULL;
	bool fits = x->rank == t->rank;

	for (unsigned i = 0; fits && i < t->rank; i++)
		fits = t->open_dim[i] || t->dims[i] == x->dims[i];
	if (!fits)
		compile_fail(ck->c, at, NULL, x->rank == 0 && t->rank == 1 ? "[x] is an array of one" :
		    x->rank != 1 || t->rank != 2 || !is_numeric(x) ? NULL : table ?
		    "table2(x, y) makes a table of rows and columns" :
		    "columns(x) makes a matrix of one column, columns(x, y) of two",
		    "%s is declared with shape %s, and this has %s", what,
		    declared_dims(ck, t),
		    x->rank == 0 ? "none: it is one value" : dims_text(ck, x->rank, x->dims));
}

/* Implicit conversion to a written type. */
struct val
to_spec(struct check *ck, struct val x, const struct spec *t, const char *source, const char *what,
    struct span at)
{
	if (t->any) {
		if (!t->shaped)
			return x;
	} else if (t->kind == V_CATEGORY) {
		x = to_category(ck, x, t->n_levels, t->level, at);
	} else if (t->kind == V_BITS) {
		if (t->bits == 0 && x.kind != V_BITS)
			compile_fail(ck->c, at, NULL, "write how many: `0xff as bits<8>`",
			    "%s takes bits, and this is %s", what, type_text(ck, &x));
		if (t->bits > 0)
			x = to_bits(ck, x, t->bits, at);
	} else if (t->kind == V_ID) {
		x = to_id(ck, x, at);
	} else if (t->kind == V_NUMBER) {
		if (!is_numeric(&x))
			compile_fail(ck->c, at, NULL, NULL, "%s takes a number, and this is %s", what,
			    type_text(ck, &x));
		if (x.kind == V_BOOL)
			x = to_kind(ck, x, V_INT, 0, at);
	} else if (t->kind == V_FIXED && t->any_frac && (x.kind == V_FIXED || x.kind == V_NUMBER)) {
		if (x.kind == V_NUMBER)
			x.decimal = true;
		x = settle(ck, x, at);
	} else {
		x = to_kind(ck, x, (enum val_kind)t->kind, t->frac, at);
	}
	x = settle(ck, x, at);
	check_shape(ck, &x, t, what, at);
	if (t->ranged && x.kind != V_CATEGORY)
		x = assume(ck, to_kind(ck, x, (enum val_kind)t->kind, t->frac, at), t->lo, t->hi, source, at);
	return x;
}

/* Towards zero, as in Python, R and Rust. */
static struct val
fixed_as_int(struct check *ck, struct val x, struct span at)
{
	struct span s = at_span(ck, at);

	x = settle(ck, x, at);
	ir_id v = x.v;
	int64_t f = ir_frac(ck, v);
	if (mpz_sgn(ck->ir->value[v].lo) >= 0) {
		x.v = un(ck, IR_FLOOR, v, f, s);
	} else {
		ir_id zero = ir_const_si(ck->ir, 0, (unsigned)f, s);
		ir_id below = bin(ck, IR_LT, v, zero, 0, s);
		ir_id up = un(ck, IR_NEG, un(ck, IR_FLOOR, un(ck, IR_NEG, v, 0, s), f, s), 0, s);
		x.v = sel(ck, below, up, un(ck, IR_FLOOR, v, f, s), s);
	}
	x.kind = V_INT;
	x.frac = 0;
	return x;
}

static struct val
as_bool(struct check *ck, struct val x, struct span at)
{
	if (x.kind == V_CATEGORY) {
		if (x.n_levels != 2)
			compile_fail(ck->c, at, NULL, "compare it with a level: `x == \"...\"`",
			    "only a category of two levels converts to bool; this has %u", x.n_levels);
		struct val y = val_shaped_like(ck, &x, V_BOOL, x.plane[1], 0);
		y.masked = x.masked;
		return y;
	}
	x = concrete(ck, x, at);
	if (x.kind == V_BITS)
		return bits_as_bool(ck, x, at);
	if (!is_numeric(&x))
		compile_fail(ck->c, at, NULL, NULL, "%s does not convert to bool", type_text(ck, &x));
	x = settle(ck, x, at);
	x.v = nonzero(ck, x.v, at_span(ck, at));
	x.kind = V_BOOL;
	x.frac = 0;
	return x;
}

/* `x as T`. */
struct val
as_spec(struct check *ck, struct val x, const struct spec *t, const struct type_expr *type,
    struct span at)
{
	const char *source = compile_text(ck->c, at);
	struct spec plain = *t;

	if (x.kind == V_ID && t->kind != V_ID)
		compile_fail(ck->c, at, NULL, "compare it with ==, or `use link`",
		    "an id does not convert to anything");
	(void)type;
	if (t->kind == V_BITS) {
		x = as_bits(ck, x, t->bits, at);
	} else if (t->kind == V_INT && x.kind == V_BITS) {
		x = bits_as_int(ck, x, at);
	} else if (t->kind == V_BOOL) {
		x = as_bool(ck, x, at);
	} else if (t->kind == V_INT && x.kind == V_CATEGORY) {
		struct val y = val_shaped_like(ck, &x, V_INT, category_index(ck, &x, at), 0);
		y.masked = x.masked;
		x = y;
	} else if (t->kind == V_CATEGORY && (x.kind == V_INT || x.kind == V_BOOL
	    || (x.kind == V_NUMBER && !x.decimal))) {
		x = numbers_as_category(ck, x, t->n_levels, t->level, source, at);
	} else if (t->kind == V_INT && (x.kind == V_FIXED || (x.kind == V_NUMBER && x.decimal))) {
		x = fixed_as_int(ck, concrete(ck, x, at), at);
	}
	if (!t->shaped) {
		plain.rank = x.rank;
		memcpy(plain.dims, x.dims, sizeof plain.dims);
	}
	x = concrete(ck, x.kind == V_STRING || x.kind == V_MISSING ?
	    to_spec(ck, x, &plain, source, "the type", at) : x, at);
	return to_spec(ck, x, &plain, source, "the type", at);
}
