/* word_div.c: quotients and square roots; see word.h
 *
 * Both go bit by bit, without restoring [Rob58]: the remainder r stays in [-b, b), b is added to it
 * if it is negative and taken away if not (b ^ ~s, with ~s carried in: one addition, no choice),
 * and the quotient's bit says that the new one is not negative.  Long shallow quotients go by
 * word_newton.c; square roots do not. */
#include "word.h"

struct div {
	struct net *n;
	struct word b;
	wire *q;                /* of a's width */
	struct word r;
	wire s;                 /* r is negative */
};

/* While r has few bits it is smaller to subtract and to choose: 2 j ANDs rather than b's width, and
 * b's high bits need only be looked at.  above: is any bit of b from j on 1. */
static void
restoring_step(struct div *d, uint32_t place, const wire *above)
{
	uint32_t j = d->r.n;
	struct word low = word_slice(d->n, &d->b, 0, j, false);
	struct word less = word_sub(d->n, &d->r, &low, j + 1);
	wire fits = net_not(word_bit(&less, j));

	if (j < d->b.n)
		fits = net_and(d->n, fits, net_not(above[d->b.n - 1 - j]));
	less = word_slice(d->n, &less, 0, j, false);
	d->q[place] = fits;
	d->r = word_mux(d->n, fits, &less, &d->r, j);
}

static void
step(struct div *d, uint32_t place)
{
	uint32_t k = d->b.n + 1;
	wire add = d->s;
	wire *x = word_bits(d->n, &d->b, k), *y = word_bits(d->n, &d->r, k);
	wire *c = net_alloc(d->n, k + 1u, sizeof *c), *r = net_alloc(d->n, k, sizeof *r);

	for (uint32_t i = 0; i < k; i++)
		x[i] = net_xor(d->n, x[i], net_not(add));
	word_carries(d->n, c, x, y, k - 1, net_not(add));
	for (uint32_t i = 0; i < k; i++)
		r[i] = net_xor(d->n, net_xor(d->n, x[i], y[i]), c[i]);
	d->s = r[k - 1];
	d->r = word_of(r, k, true);
	d->q[place] = net_not(d->s);
}

/* 2 r + bit, of n_bits + 1 bits. */
static void
take_bit(struct div *d, wire bit, uint32_t n_bits)
{
	wire *w = net_alloc(d->n, n_bits + 1u, sizeof *w);

	w[0] = bit;
	for (uint32_t i = 0; i < n_bits; i++)
		w[i + 1] = word_bit(&d->r, i);
	d->r = (struct word){ w, n_bits + 1, d->r.is_signed };
}

/* a and b without sign, b not 0. */
static void
divide(struct div *d, const struct word *a)
{
	uint32_t place = a->n, w = d->b.n;
	wire *above = net_alloc(d->n, w + 1u, sizeof *above);

	for (uint32_t i = 0; i < w; i++)
		above[i] = d->b.w[w - 1 - i];
	word_prefix_or(d->n, above, above, w);
	for (uint32_t j = 1; place > 0 && 2 * j < w; j++) {
		take_bit(d, a->w[--place], j - 1);
		restoring_step(d, place, above);
	}
	d->s = WIRE_0;
	while (place > 0) {
		take_bit(d, a->w[--place], d->r.n);
		step(d, place);
	}
	struct word fix = word_mask(d->n, d->s, &d->b, w);
	d->r = word_add(d->n, &d->r, &fix, w);
}

/* s ? ~x : x, of k bits and a sign. */
static struct word
flip(struct net *n, const struct word *x, wire s, uint32_t k)
{
	wire *w = word_bits(n, x, k + 1);

	for (uint32_t i = 0; i <= k; i++)
		w[i] = net_xor(n, w[i], s);
	return word_of(w, k + 1, true);
}

static wire
sign_of(const struct word *x)
{
	return x->is_signed ? x->w[x->n - 1] : WIRE_0;
}

/* floor(a / b) = floor(-a / -b), which makes b positive; then, for a < 0,
 * floor(a / b) = ~floor(~a / b) and the remainder is b - 1 less that of ~a. */
void
word_divmod(struct net *n, struct word *q, struct word *r, const struct word *a,
    const struct word *b)
{
	wire sb = sign_of(b), *w = word_bits(n, b, b->n);
	wire nonzero = word_any(n, w, b->n);
	struct word x = word_neg_if(n, a, sb, a->n + 1);
	wire sa = sign_of(&x);
	struct div d = { .n = n, .b = word_neg_if(n, b, sb, b->n + 1) };

	/* |b| and |a| or ~a have no sign; b's own width holds |b|. */
	d.b = word_slice(n, &d.b, 0, b->n, false);
	uint32_t n_a = x.is_signed ? x.n - 1 : x.n;
	x = flip(n, &x, sa, n_a);
	x = word_slice(n, &x, 0, n_a, false);
	d.q = net_alloc(n, x.n + 1u, sizeof *d.q);
	if (d.b.n > 0 && net_goal(n) == GOAL_SHALLOW && word_newton_pays(&x, &d.b))
		word_divide_newton(n, d.q, &d.r, &x, &d.b);
	else if (d.b.n > 0)
		divide(&d, &x);
	if (q != NULL) {
		struct word y = { d.q, x.n, false };
		y = flip(n, &y, sa, x.n);
		*q = word_mask(n, nonzero, &y, x.n + 1);
	}
	if (r != NULL) {
		struct word fix = word_mask(n, sa, &d.b, d.b.n);
		struct word y = flip(n, &d.r, sa, d.b.n);
		y = word_add(n, &y, &fix, d.b.n);
		y = word_mask(n, nonzero, &y, d.b.n);
		*r = word_neg_if(n, &y, sb, d.b.n + 1);
	}
}

/* Two bits of a at a time: r = 4 r + bits, less (4 q + 1) if r >= 0, plus (4 q + 3) if not; q is
 * the root of what went before.  The low two bits of what is added are 11 in both cases. */
struct word
word_sqrt(struct net *n, const struct word *a)
{
	uint32_t steps = (a->n + 1) / 2;
	wire *q = net_alloc(n, steps + 1u, sizeof *q), s = WIRE_0;
	struct word r = { NULL, 0, false };

	for (uint32_t j = 0; j < steps; j++) {
		uint32_t k = j + 3, lo = 2 * (steps - 1 - j);
		wire *x = net_alloc(n, k, sizeof *x), *y = net_alloc(n, k, sizeof *y);
		wire *c = net_alloc(n, k + 1u, sizeof *c), *d = net_alloc(n, k, sizeof *d);
		for (uint32_t i = 0; i < k; i++) {
			x[i] = i < 2 ? word_bit(a, lo + i) : word_bit(&r, i - 2);
			y[i] = net_not(s);
			if (i < 2)
				y[i] = WIRE_1;
			else if (i - 2 < j)
				y[i] = net_xor(n, y[i], q[steps - j + i - 2]);
		}
		word_carries(n, c, x, y, k - 1, WIRE_0);
		for (uint32_t i = 0; i < k; i++)
			d[i] = net_xor(n, net_xor(n, x[i], y[i]), c[i]);
		s = d[k - 1];
		q[steps - 1 - j] = net_not(s);
		r = word_of(d, k, true);
	}
	return word_of(q, steps, false);
}
