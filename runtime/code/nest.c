/* nest.c: counting and bounding affine loops.  See nest.h.
 *
 * To count, every loop is shifted to start at 0, which leaves trip counts that are affine in the
 * outer (shifted) counters, clamped at 0.  A loop on which no inner trip count depends is a factor;
 * one on which exactly one does, while the inner ones are factors of each other, is an arithmetic
 * series; what is left is tried counter by counter, within a budget. */
#include "nest.h"

/* Counters, offsets and what is made of them stay within 62 bits, so that sums of two fit. */
static const int64_t nest_max = (int64_t)1 << 62;

static bool
fits(i128 x)
{
	return x >= -nest_max && x <= nest_max;
}

enum status
affine_sub(struct affine *d, const struct affine *a, const struct affine *b)
{
	i128 x = (i128)a->base - b->base;

	if (!fits(x))
		return ST_DATA;
	d->base = (int64_t)x;
	for (unsigned k = 0; k < N_LOOP_MAX; k++) {
		x = (i128)a->coef[k] - b->coef[k];
		if (!fits(x))
			return ST_DATA;
		d->coef[k] = (int64_t)x;
	}
	return ST_OK;
}

/* Whether a uses no counter from depth k on. */
static bool
uses_only(const struct affine *a, unsigned k)
{
	for (; k < N_LOOP_MAX; k++)
		if (a->coef[k] != 0)
			return false;
	return true;
}

/* a with the counter at depth k replaced by b + plus. */
static enum status
substitute(struct affine *a, unsigned k, const struct affine *b, int64_t plus)
{
	i128 f = a->coef[k], x;

	a->coef[k] = 0;
	if (__builtin_mul_overflow(f, (i128)b->base + plus, &x) ||
	    __builtin_add_overflow(x, (i128)a->base, &x) || !fits(x))
		return ST_DATA;
	a->base = (int64_t)x;
	for (unsigned j = 0; j < k; j++) {
		if (__builtin_mul_overflow(f, (i128)b->coef[j], &x) ||
		    __builtin_add_overflow(x, (i128)a->coef[j], &x) || !fits(x))
			return ST_DATA;
		a->coef[j] = (int64_t)x;
	}
	return ST_OK;
}

static enum status
bound(int64_t *out, const struct nest *v, struct affine a, bool upper)
{
	enum status st = ST_OK;

	if (!uses_only(&a, v->depth) || !fits(a.base))
		return ST_DATA;
	for (unsigned k = v->depth; k-- > 0;) {
		if (a.coef[k] == 0)
			continue;
		if ((a.coef[k] > 0) == upper)
			TRY(substitute(&a, k, &v->hi[k], -1));
		else
			TRY(substitute(&a, k, &v->lo[k], 0));
	}
	*out = a.base;
out:
	return st;
}

enum status
nest_range(int64_t *min, int64_t *max, const struct nest *v, const struct affine *a)
{
	enum status st;

	TRY(bound(min, v, *a, false));
	TRY(bound(max, v, *a, true));
out:
	return st;
}

enum status
nest_push(struct nest *v, const struct affine *lo, const struct affine *hi)
{
	if (v->depth == N_LOOP_MAX || !uses_only(lo, v->depth) || !uses_only(hi, v->depth))
		return ST_DATA;
	v->lo[v->depth] = *lo;
	v->hi[v->depth] = *hi;
	v->depth++;
	return ST_OK;
}

/* The state of a count: the trip count at depth k in terms of the shifted counters outside, and the
 * counters fixed so far. */
struct count {
	unsigned depth;
	struct affine trip[N_LOOP_MAX];
	int64_t counter[N_LOOP_MAX];
	uint64_t *work;
};

/* a with the counter at depth k replaced by b + counter, that is, shifted to start at b. */
static enum status
shift(struct affine *a, unsigned k, const struct affine *b)
{
	int64_t keep = a->coef[k];
	enum status st = substitute(a, k, b, 0);

	a->coef[k] = keep;
	return st;
}

static enum status
count_init(struct count *c, const struct nest *v)
{
	struct affine lo[N_LOOP_MAX];
	enum status st = ST_OK;

	c->depth = v->depth;
	for (unsigned k = 0; k < v->depth; k++) {
		lo[k] = v->lo[k];
		TRY(affine_sub(&c->trip[k], &v->hi[k], &v->lo[k]));
		for (unsigned j = k; j-- > 0;) {
			TRY(shift(&lo[k], j, &v->lo[j]));
			TRY(shift(&c->trip[k], j, &v->lo[j]));
		}
	}
out:
	return st;
}

/* a at the counters of depth < k, the later ones left out. */
static enum status
evaluate(i128 *out, const struct affine *a, const int64_t *counter, unsigned k)
{
	i128 sum = a->base;

	for (unsigned j = 0; j < k; j++) {
		i128 x;
		if (__builtin_mul_overflow((i128)a->coef[j], (i128)counter[j], &x) ||
		    __builtin_add_overflow(sum, x, &sum))
			return ST_DATA;
	}
	if (!fits(sum))
		return ST_DATA;
	*out = sum;
	return ST_OK;
}

static enum status
mul_u64(uint64_t *d, uint64_t a, uint64_t b)
{
	return __builtin_mul_overflow(a, b, d) ? ST_DATA : ST_OK;
}

/* Sum of max(0, f + g*i) for i in 0..n; |f|, |g|, n <= 2^62.  The terms that count are one run from
 * i = a to i = b: half of (first + last) times how many. */
static enum status
series(uint64_t *out, i128 f, i128 g, int64_t n)
{
	i128 a = 0, b = (i128)n - 1, sum;

	*out = 0;
	if (g > 0 && f <= 0)
		a = -f / g + 1;
	if (g < 0 && f > 0 && (f - 1) / -g < b)
		b = (f - 1) / -g;
	if ((g <= 0 && f <= 0) || a > b)
		return ST_OK;
	if (__builtin_mul_overflow(2 * f + g * (a + b), b - a + 1, &sum) || sum / 2 > UINT64_MAX)
		return ST_DATA;
	*out = (uint64_t)(sum / 2);
	return ST_OK;
}

/* How many of the loops inside depth k have a trip count that depends on counter k. */
static unsigned
dependents(const struct count *c, unsigned k)
{
	unsigned n = 0;

	for (unsigned i = k + 1; i < c->depth; i++)
		n += c->trip[i].coef[k] != 0;
	return n;
}

/* Whether no loop inside depth k depends on another one inside depth k. */
static bool
factors_inside(const struct count *c, unsigned k)
{
	for (unsigned j = k + 1; j < c->depth; j++)
		if (dependents(c, j) != 0)
			return false;
	return true;
}

static enum status rest(uint64_t *out, struct count *c, unsigned k);

/* Trip counts inside depth k multiplied, but for the one that depends on counter k: its sum. */
static enum status
sum_closed(uint64_t *out, struct count *c, unsigned k, int64_t n)
{
	enum status st = ST_OK;
	uint64_t product = 1, x;
	i128 trip;

	for (unsigned i = k + 1; i < c->depth; i++) {
		TRY(evaluate(&trip, &c->trip[i], c->counter, k));
		if (c->trip[i].coef[k] != 0)
			TRY(series(&x, trip, c->trip[i].coef[k], n));
		else
			x = trip > 0 ? (uint64_t)trip : 0;
		TRY(mul_u64(&product, product, x));
	}
	*out = product;
out:
	return st;
}

static enum status
sum_tried(uint64_t *out, struct count *c, unsigned k, int64_t n)
{
	enum status st = ST_OK;
	uint64_t sum = 0, x;

	for (int64_t i = 0; i < n; i++) {
		if (*c->work == 0)
			return ST_DATA;
		--*c->work;
		c->counter[k] = i;
		TRY(rest(&x, c, k + 1));
		if (__builtin_add_overflow(sum, x, &sum))
			return ST_DATA;
	}
	*out = sum;
out:
	return st;
}

/* How often the body runs for the counters fixed outside depth k.  Recursion: N_LOOP_MAX deep. */
static enum status
rest(uint64_t *out, struct count *c, unsigned k)
{
	enum status st = ST_OK;
	i128 trip;
	uint64_t x;

	*out = 1;
	if (k == c->depth)
		return ST_OK;
	*out = 0;
	TRY(evaluate(&trip, &c->trip[k], c->counter, k));
	if (trip <= 0)
		goto out;
	c->counter[k] = 0;
	if (dependents(c, k) == 0) {
		TRY(rest(&x, c, k + 1));
		TRY(mul_u64(out, x, (uint64_t)trip));
	} else if (dependents(c, k) == 1 && factors_inside(c, k)) {
		TRY(sum_closed(out, c, k, (int64_t)trip));
	} else {
		TRY(sum_tried(out, c, k, (int64_t)trip));
	}
out:
	return st;
}

enum status
nest_count(uint64_t *times, const struct nest *v, uint64_t *work)
{
	struct count c = { .work = work };
	enum status st;

	TRY(count_init(&c, v));
	TRY(rest(times, &c, 0));
out:
	return st;
}
