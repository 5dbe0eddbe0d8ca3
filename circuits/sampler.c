/* sampler.c: see sampler.h
 *
 * A uniform number is compared with known thresholds only: digit by digit it is below, equal or
 * above, and what the digits say is put together from the highest: serially, one AND a digit, or in
 * a tree, about two ANDs a digit and few layers.  A digit of one bit costs nothing; of six, which
 * many thresholds share, 57 ANDs once.  The net sees to it that what is equal is there once. */
#include "sampler.h"

#include "word.h"

/* Of a digit: is it below the threshold's, are they equal? */
struct leaf {
	wire below, equal;
};

static unsigned
limb_bit(const uint64_t *threshold, uint32_t i)
{
	return threshold[i / 64] >> (i % 64) & 1;
}

/* Of digits lo .. lo + count, the highest last; their `equal` is made only if it is asked for. */
static struct leaf
combine(struct net *n, const struct leaf *x, uint32_t count, bool equal)
{
	uint32_t low = net_goal(n) == GOAL_SMALL ? count - 1 : count / 2;

	if (count == 1)
		return x[0];
	struct leaf l = combine(n, x, low, equal), h = combine(n, x + low, count - low, true);
	l.below = net_xor(n, h.below, net_and(n, h.equal, l.below));
	l.equal = equal ? net_and(n, h.equal, l.equal) : WIRE_0;
	return l;
}

/* Is the number of bits from..from + uniform below the threshold? */
static wire
bernoulli(struct net *n, uint32_t from, uint32_t uniform, const uint64_t *threshold)
{
	struct leaf *x = net_alloc(n, uniform, sizeof *x);

	for (uint32_t i = 0; i < uniform; i++) {
		wire u = net_in(n, 0, from + i);
		bool one = limb_bit(threshold, i) != 0;
		x[i] = (struct leaf){ one ? net_not(u) : WIRE_0, one ? u : net_not(u) };
	}
	return combine(n, x, uniform, false).below;
}

static const wire *
run_bits(struct net *n, const void *arg, uint32_t *n_out)
{
	const struct sampler_bits *s = arg;
	uint32_t count = s->n + s->two_sided;
	wire *d = net_alloc(n, count + 1u, sizeof *d);

	for (uint32_t j = 0; j < count; j++)
		d[j] = bernoulli(n, j * s->uniform, s->uniform, &s->threshold[j * SAMPLER_LIMBS]);
	for (uint32_t j = 0; s->two_sided && j < s->n; j++)
		d[j] = net_xor(n, d[j], d[s->n]);        /* -1 - g is g, inverted */
	if (s->two_sided)
		d[s->n] = net_not(d[s->n]);
	*n_out = count;
	return d;
}

enum status
sampler_bits_circuit(struct circuit *out, const char *name, const struct sampler_bits *s)
{
	const uint32_t count = s->n + s->two_sided;
	const struct build b = { .name = name, .width = { count * s->uniform }, .goal = s->goal,
	    .run = run_bits, .arg = s };

	*out = (struct circuit){ .name = NULL };
	if (count == 0 || s->uniform == 0 || s->uniform > SAMPLER_UNIFORM_MAX)
		return ST_INTERNAL;
	return net_circuit(out, &b);
}

/* What every digit of u is, one-hot, and whether it is below each value it can have. */
struct digits {
	uint32_t n;
	wire *hot, *below;              /* n times 2^SAMPLER_DIGIT */
};

static struct digits
find_digits(struct net *n, uint32_t uniform)
{
	const uint32_t size = 1u << SAMPLER_DIGIT;
	struct digits d = { .n = uniform / SAMPLER_DIGIT };
	wire a[SAMPLER_DIGIT];

	d.hot = net_alloc(n, (size_t)d.n * size, sizeof *d.hot);
	d.below = net_alloc(n, (size_t)d.n * size, sizeof *d.below);
	for (uint32_t k = 0; k < d.n; k++) {
		for (uint32_t i = 0; i < SAMPLER_DIGIT; i++)
			a[i] = net_in(n, 0, k * SAMPLER_DIGIT + i);
		word_onehot(n, &d.hot[k * size], a, SAMPLER_DIGIT, size);
		d.below[k * size] = WIRE_0;
		for (uint32_t v = 1; v < size; v++)
			d.below[k * size + v] = net_xor(n, d.below[k * size + v - 1], d.hot[k * size + v - 1]);
	}
	return d;
}

static wire
is_below(struct net *n, const struct digits *d, const uint64_t *threshold)
{
	struct leaf x[SAMPLER_UNIFORM_MAX / SAMPLER_DIGIT];

	if (limb_bit(threshold, d->n * SAMPLER_DIGIT) != 0)
		return WIRE_1;
	for (uint32_t k = 0; k < d->n; k++) {
		uint32_t v = 0;
		for (uint32_t i = 0; i < SAMPLER_DIGIT; i++)
			v |= limb_bit(threshold, k * SAMPLER_DIGIT + i) << i;
		x[k] = (struct leaf){ d->below[(k << SAMPLER_DIGIT) + v], d->hot[(k << SAMPLER_DIGIT) + v] };
	}
	return combine(n, x, d->n, false).below;
}

/* above[i], m > i, is 1 for all i < m and 0 for the others: a bit of m is the sum of those above[i]
 * at which it changes when i is counted up, and so is a bit of -m. */
static const wire *
run_table(struct net *n, const void *arg, uint32_t *n_out)
{
	const struct sampler_table *s = arg;
	struct digits u = find_digits(n, s->uniform);
	uint32_t bits = word_log2(s->n + 1);
	wire *d = net_alloc(n, bits + 1u, sizeof *d), sign = net_in(n, 0, s->uniform);
	wire *above = net_alloc(n, s->n, sizeof *above);

	for (uint32_t i = 0; i < s->n; i++)
		above[i] = net_not(is_below(n, &u, &s->threshold[i * SAMPLER_LIMBS]));
	for (uint32_t j = 0; j <= bits; j++) {
		wire plus = WIRE_0, minus = WIRE_0;
		for (uint32_t i = 0; i < s->n; i++) {
			if (((i ^ (i + 1)) >> j & 1) != 0)
				plus = net_xor(n, plus, above[i]);
			if (((-i ^ -(i + 1)) >> j & 1) != 0)
				minus = net_xor(n, minus, above[i]);
		}
		d[j] = net_mux(n, sign, minus, plus);
	}
	d[bits] = net_not(d[bits]);
	*n_out = bits + 1;
	return d;
}

enum status
sampler_table_circuit(struct circuit *out, const char *name, const struct sampler_table *s)
{
	const struct build b = { .name = name, .width = { s->uniform + 1u }, .goal = s->goal,
	    .run = run_table, .arg = s };

	*out = (struct circuit){ .name = NULL };
	if (s->n == 0 || s->uniform == 0 || s->uniform % SAMPLER_DIGIT != 0 ||
	    s->uniform > SAMPLER_UNIFORM_MAX)
		return ST_INTERNAL;
	return net_circuit(out, &b);
}
