/* word_prefix.c: carries and prefixes in the fewest layers; see word.h
 *
 * Position 0 is the carry that comes in, at no cost; i > 0 is bit i - 1 with generate g = a & b and
 * propagate p = a ^ b.  A block's carry is g_hi ^ p_hi & g_lo, its propagate p_hi & p_lo.  As p is
 * there one layer before g, a block that holds position 0 is as quick as p is: ceil(log2(k + 1))
 * layers make k carries, and their degree, k + 1, says that fewer cannot.
 * The network is Ladner and Fischer's [LF80]: a block with a layer to spare joins pairs, goes on
 * with half as many, and fills the places between in the end; a block without makes its halves, of
 * which the lower has one to spare, as only its last carry is wanted at once.  The carry out of a
 * single bit is a majority: one AND. */
#include "word.h"

struct cell {
	wire g, p;
	wire a, b;              /* of one bit: g = a & b, p = a ^ b */
	bool single;
};

static wire
majority(struct net *n, wire a, wire b, wire c)
{
	return net_xor(n, c, net_and(n, net_xor(n, a, c), net_xor(n, b, c)));
}

static struct cell
join(struct net *n, const struct cell *hi, const struct cell *lo)
{
	wire g = hi->single ? majority(n, hi->a, hi->b, lo->g) :
	    net_xor(n, hi->g, net_and(n, hi->p, lo->g));

	return (struct cell){ .g = g, .p = net_and(n, hi->p, lo->p) };
}

static void prefixes(struct net *n, struct cell *x, uint32_t count, uint32_t spare);

/* requires at least two cells */
static void
by_pairs(struct net *n, struct cell *x, uint32_t count, uint32_t spare)
{
	uint32_t half = (count + 1) / 2;
	struct cell *y = net_alloc(n, half, sizeof *y);

	for (uint32_t j = 0; j < half; j++)
		y[j] = 2 * j + 1 < count ? join(n, &x[2 * j + 1], &x[2 * j]) : x[2 * j];
	prefixes(n, y, half, spare - 1);
	for (uint32_t j = 0; j < half; j++)
		if (2 * j + 1 < count) {
			x[2 * j + 1] = y[j];
			if (j > 0)
				x[2 * j] = join(n, &x[2 * j], &y[j - 1]);
		} else {
			x[2 * j] = y[j];
		}
}

/* x[i] becomes the join of x[0 .. i], in ceil(log2(count)) + spare layers, the last one without
 * the spare ones.  Recursion: as deep as count has bits. */
static void
prefixes(struct net *n, struct cell *x, uint32_t count, uint32_t spare)
{
	uint32_t depth = word_log2(count);

	if (count < 2)
		return;
	if (spare > 0) {
		by_pairs(n, x, count, spare);
		return;
	}
	uint32_t lower = UINT32_C(1) << (depth - 1), upper = count - lower;
	prefixes(n, x, lower, 1);
	prefixes(n, x + lower, upper, depth - 1 - word_log2(upper));
	for (uint32_t i = lower; i < count; i++)
		x[i] = join(n, &x[i], &x[lower - 1]);
}

static void
shallow_carries(struct net *n, wire *c, const wire *a, const wire *b, uint32_t k)
{
	struct cell *x = net_alloc(n, k + 1u, sizeof *x);

	x[0] = (struct cell){ .g = c[0], .p = WIRE_0 };
	for (uint32_t i = 0; i < k; i++)
		x[i + 1] = (struct cell){ net_and(n, a[i], b[i]), net_xor(n, a[i], b[i]), a[i], b[i],
		    true };
	prefixes(n, x, k + 1, 0);
	for (uint32_t i = 1; i <= k; i++)
		c[i] = x[i].g;
}

void
word_carries(struct net *n, wire *c, const wire *a, const wire *b, uint32_t k, wire carry)
{
	c[0] = carry;
	if (net_goal(n) == GOAL_SHALLOW)
		shallow_carries(n, c, a, b, k);
	else
		for (uint32_t i = 0; i < k; i++)
			c[i + 1] = majority(n, a[i], b[i], c[i]);
}

void
word_prefix_or(struct net *n, wire *d, const wire *w, uint32_t count)
{
	struct cell *x = net_alloc(n, count + 1u, sizeof *x);

	for (uint32_t i = 0; i < count; i++)
		x[i] = (struct cell){ .g = WIRE_0, .p = net_not(w[i]) };
	if (net_goal(n) == GOAL_SHALLOW)
		prefixes(n, x, count, 0);
	else
		for (uint32_t i = 1; i < count; i++)
			x[i] = join(n, &x[i], &x[i - 1]);
	for (uint32_t i = 0; i < count; i++)
		d[i] = net_not(x[i].p);
}
