/* family_table.c: lookups into known tables; see family.h
 *
 * The index is split: with h high bits one-hot (2^h - h - 1 ANDs) and l low bits one-hot
 * (2^l - l - 1), every row of the table is a sum of the low ones' wires, free, and the rows are
 * chosen by the high ones, one AND a bit and row: width (2^h - 1), the last row being what is left.
 * h is what makes the sum of the three least.  A bit that is the same in all rows costs nothing. */
#include "family.h"

#include <string.h>

#include "word.h"

static uint64_t
cost(uint32_t k, uint32_t h, uint32_t width)
{
	return (UINT64_C(1) << h) + (UINT64_C(1) << (k - h)) + width * ((UINT64_C(1) << h) - 1);
}

static bool
entry_bit(const struct family_table_spec *s, uint64_t index, uint32_t bit)
{
	size_t limbs = (s->width + 63u) / 64;

	return index < s->n && (s->entry[index * limbs + bit / 64] >> (bit % 64) & 1) != 0;
}

/* Bit `bit` of the table's row `high`, as a function of the low index. */
static wire
row_bit(struct net *n, const struct family_table_spec *s, const wire *lo, uint32_t n_lo,
    uint64_t high, uint32_t bit)
{
	wire d = WIRE_0;

	for (uint32_t j = 0; j < n_lo; j++)
		if (entry_bit(s, high * n_lo + j, bit))
			d = net_xor(n, d, lo[j]);
	return d;
}

static const wire *
run(struct net *n, const void *arg, uint32_t *n_out)
{
	const struct family_table_spec *s = arg;
	uint32_t k = 0, h = 0;
	wire *a = net_alloc(n, s->index_width, sizeof *a), *d = net_alloc(n, s->width, sizeof *d);

	while (k < s->index_width && (s->n - 1) >> k != 0)
		k++;
	for (uint32_t i = 0; i < s->index_width; i++)
		a[i] = net_in(n, 0, i);
	for (uint32_t i = 1; i <= k; i++)
		if (cost(k, i, s->width) < cost(k, h, s->width))
			h = i;
	uint32_t n_lo = UINT32_C(1) << (k - h), n_hi = UINT32_C(1) << h;
	wire *lo = net_alloc(n, n_lo, sizeof *lo), *hi = net_alloc(n, n_hi, sizeof *hi);
	word_onehot(n, lo, a, k - h, n_lo);
	word_onehot(n, hi, a + (k - h), h, n_hi);
	wire inside = net_not(word_any(n, a + k, s->index_width - k));
	for (uint32_t bit = 0; bit < s->width; bit++) {
		wire last = row_bit(n, s, lo, n_lo, n_hi - 1, bit);
		d[bit] = last;
		for (uint32_t i = 0; i + 1 < n_hi; i++) {
			wire row = row_bit(n, s, lo, n_lo, i, bit);
			d[bit] = net_xor(n, d[bit], net_and(n, hi[i], net_xor(n, row, last)));
		}
		d[bit] = net_and(n, inside, d[bit]);
	}
	*n_out = s->width;
	return d;
}

enum status
family_table_circuit(struct circuit *out, const struct family_table_spec *s)
{
	const struct build b = { .name = "table", .width = { s->index_width }, .goal = s->goal,
	    .run = run, .arg = s };

	*out = (struct circuit){ .name = NULL };
	if (s->n == 0 || s->width == 0 || s->index_width == 0)
		return ST_INTERNAL;
	return net_circuit(out, &b);
}
