/* word_newton.c: a quotient in few layers, by the divisor's reciprocal; see word.h
 *
 * With L the bit length of b and y = b 2^-L, in [1/2, 1), x near 1/y comes from a table and from
 * Newton's steps x' = x + x (1 - y x), each of as many bits as it makes right.  With e = 1 - y x,
 * |e| <= 2^-k, and with y, 1 - y x and x' cut to m = k' + 4, t = k' + 3 and f' = k' + 3 bits behind
 * the point (the last product also by the columns that do not matter, another 2^-f' at most):
 *   |e'| <= e^2 + |y x| max(2^(1-m), 2^-t) + 2 * 2^-f' < 2^-(k' + 1) + 0.4 * 2^-k' < 2^-k'
 * for 2 k - 1 >= k' >= 8.  The last x is made less by 2^(1-P), P its k: so x <= 1/y, and less than
 * 4 * 2^-P below.  R = floor(x 2^(K-L)) is then below 2^K / b by less than 2^(K+1-P) + 1 (L >= 1),
 * and for a < 2^n, K = n + 2 and P = n + 3, a R 2^-K is below a / b by less than 1/2.  The product
 * a R without columns that add up to less than 2^(K-1) is below by less than 1: its floor is the
 * quotient or one less, and the remainder says which.
 *
 * A 64-bit quotient takes about 100 layers; bit by bit it is 64 additions, over 400. */
#include "word.h"

enum {
	TABLE_BITS = 10,                /* right bits of the first x, at most */
	MARGIN = 3,                     /* P = n + MARGIN */
};

/* d[i] = x[i + r by] for the r < count whose choose[r] is 1: one layer. */
static void
shift_stage(struct net *n, wire *d, const wire *x, uint32_t len, const wire *choose, uint32_t count,
    uint32_t by)
{
	for (uint32_t i = 0; i < len; i++) {
		uint64_t end = i + (uint64_t)(count - 1) * by;
		wire last = end < len ? x[end] : WIRE_0;
		d[i] = last;
		for (uint32_t r = 0; r + 1 < count; r++) {
			uint64_t at = i + (uint64_t)r * by;
			wire w = at < len ? x[at] : WIRE_0;
			d[i] = net_xor(n, d[i], net_and(n, choose[r], net_xor(n, w, last)));
		}
	}
}

/* x shifted down by the j whose by[j] is 1, in two stages: j's low half of bits, then the high. */
static const wire *
shift_down(struct net *n, const wire *x, uint32_t len, const wire *by, uint32_t count)
{
	uint32_t low = UINT32_C(1) << word_log2(count) / 2, high = (count + low - 1) / low;
	wire *choose = net_alloc(n, low + high, sizeof *choose);
	wire *y = net_alloc(n, len, sizeof *y), *z = net_alloc(n, len, sizeof *z);

	for (uint32_t j = 0; j < count; j++) {
		choose[j % low] = net_xor(n, choose[j % low], by[j]);
		choose[low + j / low] = net_xor(n, choose[low + j / low], by[j]);
	}
	shift_stage(n, y, x, len, choose, low, 1);
	shift_stage(n, z, y, len, choose + low, high, low);
	return z;
}

/* The first x, of k bits behind the point: the k bits of y behind its leading 1 choose the
 * reciprocal of the middle of what they leave open. */
static struct word
first_guess(struct net *n, const struct word *y, uint32_t y_bits, uint32_t k)
{
	uint64_t entry[1 << TABLE_BITS];
	wire *index = net_alloc(n, k, sizeof *index), *x = net_alloc(n, k + 1u, sizeof *x);

	for (uint32_t i = 0; i < UINT32_C(1) << k; i++) {
		uint64_t middle = (UINT64_C(2) << k) + 2 * (uint64_t)i + 1;
		entry[i] = ((UINT64_C(8) << 2 * k) / middle + 1) / 2;
	}
	for (uint32_t i = 0; i < k; i++)
		index[k - 1 - i] = y_bits >= 2 + i ? word_bit(y, y_bits - 2 - i) : WIRE_0;
	word_table(n, x, index, k, entry, UINT32_C(1) << k, k + 1);
	return word_of(x, k + 1, false);
}

/* One step from k right bits and f bits behind the point to k2 right bits and k2 + 3; less is taken
 * off in the end. */
static struct word
newton_step(struct net *n, const struct word *x, uint32_t f, uint32_t k, const struct word *y,
    uint32_t y_bits, uint32_t k2, const struct word *less)
{
	uint32_t m = k2 + 4, t = k2 + 3, f2 = k2 + 3, e_bits = m + f - k + 3;
	struct word yt = m < y_bits ? word_slice(n, y, y_bits - m, m, false) :
	    word_shl(n, y, m - y_bits, m), e;
	struct heap *h = heap_new(n, e_bits);

	/* 1 - y x, of m + f bits behind the point; modulo 2^e_bits, four times what |e| needs, where
	 * the 1 is 0. */
	heap_sub_product(h, &yt, x);
	e = word_of(heap_sum(h), e_bits, true);
	e = word_slice(n, &e, m + f - t, e_bits - (m + f - t), true);

	/* x + x e, of f + t bits behind the point: f more than are kept. */
	uint32_t guard = 1 + word_log2(f2 + 2);
	h = heap_new(n, f + f2 + 2);
	heap_add_word(h, t, x);
	heap_sub_word(h, f, less);
	heap_add_product(h, x, &e, f > guard ? f - guard : 0);
	struct word sum = word_of(heap_sum(h), f + f2 + 2, false);
	return word_slice(n, &sum, f, f2 + 2, false);
}

/* 2^P / y, less than 4 too small, with 3 bits more: f = P + 3. */
static struct word
reciprocal(struct net *n, const struct word *y, uint32_t y_bits, uint32_t p)
{
	uint32_t k = p, steps = 0;
	const wire sixteen[5] = { WIRE_0, WIRE_0, WIRE_0, WIRE_0, WIRE_1 };
	struct word none = { NULL, 0, false }, less = word_of(sixteen, 5, false);

	for (; k > TABLE_BITS; k = (k + 2) / 2)
		steps++;
	struct word x = first_guess(n, y, y_bits, k);
	for (uint32_t f = k; steps > 0; steps--) {
		uint32_t k2 = p;
		for (uint32_t i = 1; i < steps; i++)
			k2 = (k2 + 2) / 2;
		x = newton_step(n, &x, f, k, y, y_bits, k2, steps == 1 ? &less : &none);
		k = k2;
		f = k2 + 3;
	}
	return x;
}

/* rem = a - q b is in [0, 2 b): one more if it is not below b. */
static void
correct(struct net *n, wire *q, struct word *r, const struct word *a, const struct word *guess,
    const struct word *b, uint32_t n_q)
{
	struct heap *h = heap_new(n, b->n + 1);
	const wire one[1] = { WIRE_1 };
	struct word next = word_of(one, 1, false), rem, less;

	heap_add_word(h, 0, a);
	heap_sub_product(h, guess, b);
	rem = word_of(heap_sum(h), b->n + 1, false);
	less = word_sub(n, &rem, b, b->n + 2);
	wire fits = net_not(word_bit(&less, b->n + 1));
	next = word_add(n, guess, &next, n_q);
	for (uint32_t i = 0; i < n_q; i++)
		q[i] = net_mux(n, fits, word_bit(&next, i), word_bit(guess, i));
	*r = word_mux(n, fits, &less, &rem, b->n);
}

bool
word_newton_pays(const struct word *a, const struct word *b)
{
	return a->n >= 12 && a->n * word_log2(b->n + 1) > 80;
}

void
word_divide_newton(struct net *n, wire *q, struct word *r, const struct word *a,
    const struct word *b)
{
	uint32_t w = b->n < a->n ? b->n : a->n, k = a->n + 2, p = a->n + MARGIN;
	struct word low = { b->w, w, false }, x, guess;
	wire *up = net_alloc(n, w, sizeof *up), *by = net_alloc(n, w, sizeof *by);
	wire *high = net_alloc(n, b->n, sizeof *high), *y = net_alloc(n, w, sizeof *y);

	/* by[j] = 1 if b has j leading zeros in w bits: b up by j is y. */
	for (uint32_t i = 0; i < w; i++)
		up[i] = word_bit(b, w - 1 - i);
	word_prefix_or(n, by, up, w);
	for (uint32_t j = w - 1; j > 0; j--)
		by[j] = net_xor(n, by[j], by[j - 1]);
	const wire *down = shift_down(n, up, w, by, w);
	for (uint32_t i = 0; i < w; i++)
		y[i] = down[w - 1 - i];
	struct word divisor = { y, w, false };
	x = reciprocal(n, &divisor, w, p);

	/* R = x down by p + 3 - k + L, L = w - j. */
	for (uint32_t j = 0; j < w; j++)
		up[w - 1 - j] = by[j];
	const wire *shifted = shift_down(n, word_bits(n, &x, p + 5), p + 5, up, w);
	struct word down_by = { shifted, p + 5, false };
	struct word recip = word_slice(n, &down_by, p + 3 - k + 1, k + 1, false);
	struct heap *h = heap_new(n, k + a->n);
	heap_add_product(h, a, &recip, k - 1 - word_log2(k + 1));
	struct word product = word_of(heap_sum(h), k + a->n, false);
	guess = word_slice(n, &product, k, a->n, false);
	correct(n, q, r, a, &guess, &low, a->n);

	/* b beyond a's width: the quotient is 0. */
	for (uint32_t i = w; i < b->n; i++)
		high[i - w] = b->w[i];
	wire above = word_any(n, high, b->n - w);
	for (uint32_t i = 0; i < a->n; i++)
		q[i] = net_and(n, q[i], net_not(above));
	*r = word_mux(n, above, a, r, b->n);
}
