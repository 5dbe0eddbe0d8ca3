/* check_quantile.c: quantiles by R's type 7, for the library `stats`.
 *
 * Of n values in order and h = (n - 1) p, the quantile is what lies between the values at floor(h)
 * and floor(h) + 1 in proportion.  A column of few different whole numbers that sites hold is not
 * sorted: each site counts how often it has each number, and the value at place k is how many of
 * the running counts are at most k.  If rows may be missing n is secret, and so are places and
 * proportion.
 */
#include <string.h>

#include "check_impl.h"

enum {
	N_COUNTED_AT_ONCE = 16,         /* so many numbers are each compared with all rows */
	N_COMPARED_AT_ONCE = 128,       /* so many running counts are compared with each place */
	BLOCK_BITS = 6,
	BLOCK = 1 << BLOCK_BITS,        /* more are counted by two digits, this many of the lower one */
	N_NUMBERS_MAX = 1 << 14,
	N_PRODUCT_MAX = 1 << 27,        /* rows times numbers: a tenth of a second at a site */
	N_DENOMINATOR_SMALL = 1000, N_DENOMINATOR_MAX = 1000000000,
	N_DENOMINATOR_BITS = 33,
	PART_FRAC = 50,
};

/* p = a / b of each quantile. */
struct parts {
	uint64_t n;
	int64_t *a, *b;
};

/* What was written before it was rounded to q = r / 2^f, if it is a fraction of a denominator up to
 * 1000 or has up to nine decimals. */
static void
as_written(mpq_t q, unsigned f)
{
	mpq_t off, half, t;

	mpq_inits(off, half, t, NULL);
	mpq_set_ui(half, 1, 1);
	mpq_div_2exp(half, half, f);
	for (unsigned long b = 1; b <= N_DENOMINATOR_MAX; b = b < N_DENOMINATOR_SMALL ? b + 1 : b * 10) {
		mpz_mul_ui(mpq_numref(t), mpq_numref(q), 2 * b);
		mpz_add(mpq_numref(t), mpq_numref(t), mpq_denref(q));
		mpz_fdiv_q(mpq_numref(t), mpq_numref(t), mpq_denref(q));
		mpz_fdiv_q_2exp(mpq_numref(t), mpq_numref(t), 1);
		mpz_set_ui(mpq_denref(t), b);
		mpq_canonicalize(t);
		mpq_sub(off, t, q);
		mpq_abs(off, off);
		if (mpq_cmp(off, half) <= 0) {
			mpq_set(q, t);
			return;
		}
	}
}

static struct parts
parts_of(struct check *ck, const struct val *p, struct span at)
{
	struct parts r = { .n = p->rank == 0 ? 1 : p->n };
	mpq_t q;

	mpq_init(q);
	r.a = compile_alloc(ck->c, (r.n + 1) * sizeof *r.a);
	r.b = compile_alloc(ck->c, (r.n + 1) * sizeof *r.b);
	if (p->rank > 1 || !is_numeric(p) || (p->kind != V_NUMBER &&
	    ck->ir->value[p->v].op != IR_CONST))
		compile_fail(ck->c, at, val_note(ck, p), "quantile(x, 0.25), quantile(x, [0.05, 0.95])",
		    "which quantile must be known before the program runs");
	for (uint64_t i = 0; i < r.n; i++) {
		if (p->kind == V_NUMBER) {
			mpq_set(q, p->q);
		} else {
			unsigned f = ir_frac(ck, p->v);
			mpq_set_z(q, ck->ir->value[p->v].data[i]);
			mpq_div_2exp(q, q, f);
			as_written(q, f);
		}
		if (mpq_sgn(q) < 0 || mpq_cmp_ui(q, 1, 1) > 0 ||
		    mpz_sizeinbase(mpq_denref(q), 2) > N_DENOMINATOR_BITS)
			compile_fail(ck->c, at, NULL, "the 90th percentile is quantile(x, 0.9)",
			    "a quantile is of a probability from 0 to 1");
		r.a[i] = mpz_get_si(mpq_numref(q));
		r.b[i] = mpz_get_si(mpq_denref(q));
	}
	return r;
}

/* Do those who compute hold the column's rows? */
static bool
at_sites(struct check *ck, const struct val *x)
{
	const char *group = ck->c->group[x->group].name;

	if (x->axis != AXIS_ROWS || !ck->c->options->local || !of_rows(ck, x->v))
		return false;
	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		if (strcmp(ck->ir->party[i].group, group) == 0 && roles_node(&ck->ir->roles, i) < 0)
			return false;
	return true;
}

/* How many numbers the range of whole numbers has; 0: too many to count each. */
static uint64_t
n_numbers(struct check *ck, const struct val *x)
{
	const struct ir_value *v = &ck->ir->value[x->v];
	mpz_t w;

	if (x->kind != V_INT || !at_sites(ck, x))
		return 0;
	mpz_init(w);
	mpz_sub(w, v->hi, v->lo);
	if (mpz_cmp_ui(w, N_NUMBERS_MAX) >= 0)
		return 0;
	uint64_t n = mpz_get_ui(w) + 1;
	return n * (x->n + 1) > N_PRODUCT_MAX ? 0 : n;
}

/* Is it each of k numbers from `from` on, row by row? */
static ir_id
digits(struct check *ck, ir_id a, uint64_t k, ir_id p, struct span s)
{
	ir_id is = bin(ck, IR_EQ, trailing_axis(ck, a, s), ir_iota(ck->ir, 0, 1, k, s), 0, s);

	return p == IR_NONE ? is : and_(ck, is, trailing_axis(ck, p, s), s);
}

/* Of each number of x's range (and some above) how many rows have it or less. */
static ir_id
running_counts(struct check *ck, const struct val *x, uint64_t numbers, struct span s)
{
	ir_id least = ir_const(ck->ir, ck->ir->value[x->v].lo, 0, s), counts;
	ir_id y = bin(ck, IR_SUB, x->v, least, 0, s);

	if (numbers <= N_COUNTED_AT_ONCE) {
		counts = ir_reduce(ck->ir, IR_SUM, digits(ck, y, numbers, x->p, s), 0, s);
	} else {
		ir_id block = const_si(ck, BLOCK, s);
		ir_id high = digits(ck, bin(ck, IR_FDIV, y, block, 0, s), (numbers + BLOCK - 1) / BLOCK, x->p, s);
		ir_id low = digits(ck, bin(ck, IR_MOD, y, block, 0, s), BLOCK, IR_NONE, s);
		counts = ir_tnmul(ck->ir, high, low, s);
	}
	uint64_t flat = ck->ir->value[counts].n;
	counts = ir_reduce(ck->ir, IR_CUMSUM, ir_reshape(ck->ir, counts, 1, &flat, s), 0, s);
	refine_si(ck, counts, 0, (int64_t)x->n);
	return counts;
}

static ir_id
column(struct check *ck, ir_id a, uint64_t rows, uint64_t n, struct span s)
{
	const uint64_t dims[2] = { rows, n };

	return ir_reshape(ck->ir, a, 2, dims, s);
}

/* How many of each row of `counts` are at most k: [q, n] and [q], or [n] for all k. */
static ir_id
at_most(struct check *ck, ir_id counts, ir_id k, uint64_t n, struct span s)
{
	ir_id rows = column(ck, counts, ck->ir->value[counts].n / n, n, s);
	ir_id is = bin(ck, IR_LE, rows, trailing_axis(ck, k, s), 0, s);

	return ir_reduce(ck->ir, IR_SUM, is, 1, s);
}

/* Running counts grow: of many, the block in which they pass k is looked for first, and taken by a
 * product. */
static ir_id
n_at_most(struct check *ck, ir_id counts, ir_id k, struct span s)
{
	uint64_t n = ck->ir->value[counts].n, blocks = n / BLOCK, q = ck->ir->value[k].n;
	struct ir_affine first = { .base = 0 }, last = { .base = BLOCK - 1 };

	if (n <= N_COMPARED_AT_ONCE || n % BLOCK != 0)
		return at_most(ck, counts, k, n, s);
	ir_id table = column(ck, counts, blocks, BLOCK, s);
	ir_id ends = column(ck, ir_slice(ck->ir, table, 1, &last, 1, true, s), blocks, 1, s);
	ir_id passed = bin(ck, IR_LE, ends, column(ck, k, 1, q, s), 0, s);
	const uint64_t one[2] = { 1, q };
	ir_id part[2] = { ir_broadcast(ck->ir, const_si(ck, 1, s), 2, one, s),
		ir_slice(ck->ir, passed, 0, &first, blocks - 1, false, s) };
	ir_id is = bin(ck, IR_SUB, ir_concat(ck->ir, part, 2, s), passed, 0, s);
	refine_si(ck, is, 0, 1);
	ir_id block = ir_tnmul(ck->ir, is, table, s);
	mpz_t zero;
	mpz_init(zero);
	ir_refine(ck->ir, block, zero, ck->ir->value[counts].hi);
	ir_id below = un(ck, IR_SCALE2, ir_reduce(ck->ir, IR_SUM, passed, 0, s), BLOCK_BITS, s);
	return bin(ck, IR_ADD, below, at_most(ck, block, k, BLOCK, s), 0, s);
}

/* The values at places k of x in order, k in 0..n - 1 or where it does not matter what they are. */
static struct val
values_at(struct check *ck, const struct val *x, struct val k, struct span at)
{
	struct span s = at_span(ck, at);
	uint64_t numbers = n_numbers(ck, x);
	struct call_args a = { .val = compile_alloc(ck->c, sizeof *a.val) };

	if (numbers > 0) {
		ir_id least = ir_const(ck->ir, ck->ir->value[x->v].lo, 0, s);
		ir_id above = n_at_most(ck, running_counts(ck, x, numbers, s), k.v, s);
		ir_id d = ir_binary(ck->ir, IR_ADD, least, above, 0, s);
		ck->ir->value[d].place = PLACE_INSIDE;
		return val_ir(ck, V_INT, d, 0);
	}
	/* Missing ones are one more than the greatest and stand behind, where no place is that matters:
	 * so what is sorted is its own key, and records hold nothing else. */
	struct val y = *x;
	y.v = sort_key(ck, x, at);
	y.p = IR_NONE;
	return index_by(ck, sorted(ck, y, at), k, at);
}

static struct val
known_ints(struct check *ck, uint64_t n, const int64_t *x, struct span at)
{
	mpz_t *data = compile_alloc(ck->c, (n + 1) * sizeof *data);

	for (uint64_t i = 0; i < n; i++)
		mpz_init_set_si(data[i], x[i]);
	return val_ir(ck, V_INT, ir_const_array(ck->ir, data, 1, &n, 0, at_span(ck, at)), 0);
}

/* floor((n - 1) a / b), what remains of (n - 1) a, and the greater of the two places. */
struct places {
	struct val floor, rest, next;
};

static struct places
places_of(struct check *ck, const struct val *x, const struct parts *r, struct span at)
{
	struct val last = val_int(ck, (int64_t)x->n - 1), b = known_ints(ck, r->n, r->b, at);
	struct places y;

	if (x->p != IR_NONE) {
		struct val n = val_ir(ck, V_INT, reduce_all(ck, IR_SUM, x->p, at_span(ck, at)), 0);
		last = binary_op(ck, BIN_SUB, n, val_int(ck, 1), at);
		last.v = bin(ck, IR_MAX, last.v, const_si(ck, 0, at_span(ck, at)), 0, at_span(ck, at));
	}
	struct val h = binary_op(ck, BIN_MUL, last, known_ints(ck, r->n, r->a, at), at);
	y.floor = binary_op(ck, BIN_FDIV, h, b, at);
	y.rest = binary_op(ck, BIN_MOD, h, b, at);
	if (ck->ir->value[y.floor.v].op != IR_CONST)
		refine_si(ck, y.floor.v, 0, (int64_t)x->n - 1);
	y.next = binary_op(ck, BIN_ADD, y.floor, val_int(ck, 1), at);
	y.next.v = bin(ck, IR_MIN, y.next.v, const_si(ck, (int64_t)x->n - 1, at_span(ck, at)), 0,
	    at_span(ck, at));
	return y;
}

/* To how many bits 1 / b is taken: exactly, of powers of two, so that places of medians and
 * quartiles need no wider numbers than the column. */
static unsigned
part_frac(const struct parts *r)
{
	int64_t all = 1;
	unsigned frac = 0;

	for (uint64_t i = 0; i < r->n; i++)
		all |= r->b[i];
	for (uint64_t i = 0; i < r->n; i++)
		if ((r->b[i] & (r->b[i] - 1)) != 0)
			return PART_FRAC;
	while (all >> frac > 1)
		frac++;
	return frac;
}

/* 1 / b, to so many bits: times a rest of 0 it is 0. */
static ir_id
inverses(struct check *ck, const struct parts *r, unsigned frac, struct span s)
{
	mpz_t *data = compile_alloc(ck->c, (r->n + 1) * sizeof *data);

	for (uint64_t i = 0; i < r->n; i++) {
		mpz_init(data[i]);
		mpz_setbit(data[i], frac);
		mpz_add_ui(data[i], data[i], (unsigned long)r->b[i] / 2);
		mpz_fdiv_q_ui(data[i], data[i], (unsigned long)r->b[i]);
	}
	return ir_const_array(ck->ir, data, 1, &r->n, frac, s);
}

/* The lower value, and the next one in proportion. */
static struct val
between(struct check *ck, const struct val *x, const struct parts *r, struct span at)
{
	struct places k = places_of(ck, x, r, at);
	struct span s = at_span(ck, at);
	ir_id both[2] = { k.floor.v, k.next.v };
	struct ir_affine low = { .base = 0 }, high = { .base = (int64_t)r->n };

	struct val all = values_at(ck, x, val_ir(ck, V_INT, ir_concat(ck->ir, both, 2, s), 0), at);
	struct val y = slice_val(ck, &all, 0, &low, r->n, false, at);
	struct val z = slice_val(ck, &all, 0, &high, r->n, false, at);
	const unsigned frac = part_frac(r);
	ir_id part = bin(ck, IR_MUL, k.rest.v, inverses(ck, r, frac, s), 0, s);
	refine_si(ck, part, 0, (int64_t)1 << frac);
	ir_id more = bin(ck, IR_MUL, binary_op(ck, BIN_SUB, z, y, at).v, part, 0, s);
	z = settle(ck, val_ir(ck, V_FIXED, more, x->kind == V_FIXED ? x->frac : FRAC_DEFAULT), at);
	return binary_op(ck, BIN_ADD, y, z, at);
}

/* Is any of them at an end of the order? */
static enum row_place
place_of(const struct parts *r)
{
	for (uint64_t i = 0; i < r->n; i++)
		if (20 * (i128)r->a[i] < r->b[i] || 20 * (i128)r->a[i] > 19 * (i128)r->b[i])
			return PLACE_END;
	return PLACE_INSIDE;
}

/* As R has them: 25%. */
static struct names *
part_names(struct check *ck, const struct parts *r)
{
	struct names *l = names_new(ck, r->n);

	for (uint64_t i = 0; i < r->n; i++)
		l->name[i] = compile_printf(ck->c, "%.7g%%", 100.0 * (double)r->a[i] / (double)r->b[i]);
	return l;
}

struct val
builtin_quantile_at(struct check *ck, struct call_args *a)
{
	struct span at = a->call->span, s = at_span(ck, at);
	struct val x = number_column(ck, a, 0), y;
	struct parts r = parts_of(ck, &a->val[1], a->expr[1]->span);
	ir_id p = x.p == IR_NONE ? IR_NONE : nonzero(ck, reduce_all(ck, IR_SUM, x.p, s), s);

	library_only(ck, a);
	if (x.n == 0) {
		y = val_ir(ck, V_FIXED, ir_broadcast(ck->ir, ir_const_si(ck->ir, 0, FRAC_DEFAULT, s), 1, &r.n, s),
		    FRAC_DEFAULT);
		p = const_si(ck, 0, s);
	} else {
		y = between(ck, &x, &r, at);
		ck->ir->value[y.v].place = (uint8_t)place_of(&r);
	}
	y.masked = false;
	y.axis = AXIS_FREE;
	y.p = p == IR_NONE ? IR_NONE : ir_broadcast(ck->ir, p, 1, &r.n, s);
	if (a->val[1].rank > 0) {
		y.label[0] = part_names(ck, &r);
		return y;
	}
	struct ir_affine only = { 0 };
	return slice_val(ck, &y, 0, &only, 1, true, at);
}
