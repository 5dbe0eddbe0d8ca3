/* word_table.c: lookups into known tables; see word.h
 *
 * The index is split: with h high bits one-hot (2^h - h - 1 ANDs) and l low bits one-hot
 * (2^l - l - 1), every row of the table is a sum of the low ones' wires, free, and the rows are
 * chosen by the high ones, one AND a bit and row: width (2^h - 1), the last row being what is left.
 * h is what makes the sum of the three least.  A bit that is the same in all rows costs nothing. */
#include "word.h"

struct table {
	const uint64_t *entry;
	uint32_t count, width;
	const wire *lo;                 /* one-hot low index */
	uint32_t n_lo;
};

static uint64_t
cost(uint32_t k, uint32_t h, uint32_t width)
{
	return (UINT64_C(1) << h) + (UINT64_C(1) << (k - h)) + width * ((UINT64_C(1) << h) - 1);
}

static bool
entry_bit(const struct table *t, uint64_t index, uint32_t bit)
{
	size_t limbs = (t->width + 63u) / 64;

	return index < t->count && (t->entry[index * limbs + bit / 64] >> (bit % 64) & 1) != 0;
}

/* Bit `bit` of the table's row `high`, as a function of the low index. */
static wire
row_bit(struct net *n, const struct table *t, uint64_t high, uint32_t bit)
{
	wire d = WIRE_0;

	for (uint32_t j = 0; j < t->n_lo; j++)
		if (entry_bit(t, high * t->n_lo + j, bit))
			d = net_xor(n, d, t->lo[j]);
	return d;
}

void
word_table(struct net *n, wire *d, const wire *a, uint32_t k, const uint64_t *entry, uint32_t count,
    uint32_t width)
{
	struct table t = { .entry = entry, .count = count, .width = width };
	uint32_t used = 0, h = 0;

	while (used < k && (count - 1) >> used != 0)
		used++;
	for (uint32_t i = 1; i <= used; i++)
		if (cost(used, i, width) < cost(used, h, width))
			h = i;
	t.n_lo = UINT32_C(1) << (used - h);
	uint32_t n_hi = UINT32_C(1) << h;
	wire *lo = net_alloc(n, t.n_lo, sizeof *lo), *hi = net_alloc(n, n_hi, sizeof *hi);
	wire *above = net_alloc(n, k + 1u, sizeof *above);
	word_onehot(n, lo, a, used - h, t.n_lo);
	word_onehot(n, hi, a + (used - h), h, n_hi);
	t.lo = lo;
	for (uint32_t i = used; i < k; i++)
		above[i - used] = a[i];
	wire inside = net_not(word_any(n, above, k - used));
	for (uint32_t bit = 0; bit < width; bit++) {
		wire last = row_bit(n, &t, n_hi - 1, bit), sum = last;
		for (uint32_t i = 0; i + 1 < n_hi; i++) {
			wire row = row_bit(n, &t, i, bit);
			sum = net_xor(n, sum, net_and(n, hi[i], net_xor(n, row, last)));
		}
		d[bit] = net_and(n, inside, sum);
	}
}
