/* word_tree.c: trees of ANDs; see word.h */
#include "word.h"

#include <stdlib.h>
#include <string.h>

static int
by_wire(const void *a, const void *b)
{
	wire x = *(const wire *)a, y = *(const wire *)b;

	return x < y ? -1 : x > y;
}

/* Each wire once. */
static uint32_t
unique(wire *w, uint32_t count)
{
	uint32_t k = 0;

	if (count > 1)
		qsort(w, count, sizeof *w, by_wire);
	for (uint32_t i = 0; i < count; i++)
		if (k == 0 || w[k - 1] != w[i])
			w[k++] = w[i];
	return k;
}

/* The shallowest wires that pair up come first: Huffman's tree for depths, by level. */
wire
word_all(struct net *n, wire *w, uint32_t count)
{
	uint32_t level = 0, next;

	count = unique(w, count);
	while (count > 1) {
		uint32_t k = 0, pending = UINT32_MAX;
		next = UINT32_MAX;
		for (uint32_t i = 0; i < count; i++) {
			uint32_t l = net_level(n, w[i]);
			if (l > level) {
				next = l < next ? l : next;
				w[k++] = w[i];
			} else if (pending == UINT32_MAX) {
				pending = k;
				w[k++] = w[i];
			} else {
				w[pending] = net_and(n, w[pending], w[i]);
				next = level + 1 < next ? level + 1 : next;
				pending = UINT32_MAX;
			}
		}
		count = k;
		level = next == UINT32_MAX ? level : next;
	}
	return count == 0 ? WIRE_1 : w[0];
}

wire
word_any(struct net *n, wire *w, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		w[i] = net_not(w[i]);
	return net_not(word_all(n, w, count));
}

/* Every product of one of hi and one of lo, `count` of them.  lo is one-hot, so that the product
 * with its last is hi's wire less (XOR) the others; the same in a column if all n_hi rows are
 * there. */
static void
outer(struct net *n, wire *d, const wire *hi, uint32_t n_hi, const wire *lo, uint32_t n_lo,
    uint32_t count)
{
	for (uint32_t i = 0; i < n_hi && i * n_lo < count; i++) {
		uint32_t row = count - i * n_lo < n_lo ? count - i * n_lo : n_lo;
		wire *e = d + (size_t)i * n_lo, rest = hi[i];
		for (uint32_t j = 0; j < row; j++) {
			wire below = lo[j];
			if (j == n_lo - 1) {
				e[j] = rest;
				continue;
			}
			for (uint32_t r = 0; r < i && i == n_hi - 1; r++)
				below = net_xor(n, below, d[(size_t)r * n_lo + j]);
			e[j] = i == n_hi - 1 ? below : net_and(n, hi[i], lo[j]);
			rest = net_xor(n, rest, e[j]);
		}
	}
}

/* How many bits count - 1 has. */
static uint32_t
index_bits(uint32_t count)
{
	uint32_t k = 0;

	while (k < 32 && (count - 1) >> k != 0)
		k++;
	return k;
}

void
word_onehot(struct net *n, wire *d, const wire *a, uint32_t k, uint32_t count)
{
	uint32_t used = count == 0 ? 0 : index_bits(count), half;
	wire none = WIRE_1;

	if (used > k) {
		for (uint32_t j = UINT32_C(1) << k; j < count; j++)
			d[j] = WIRE_0;
		count = UINT32_C(1) << k;
		used = k;
	} else if (used < k) {
		wire *above = net_alloc(n, k - used, sizeof *above);
		memcpy(above, a + used, (k - used) * sizeof *above);
		none = net_not(word_any(n, above, k - used));
	}
	if (count > 0)
		d[0] = used == 0 ? none : net_and(n, none, net_not(a[0]));
	if (used == 1)
		d[1] = net_and(n, none, a[0]);
	if (used <= 1)
		return;
	half = used / 2;
	uint32_t n_lo = UINT32_C(1) << half, n_hi = (count + n_lo - 1) / n_lo;
	wire *lo = net_alloc(n, n_lo, sizeof *lo), *hi = net_alloc(n, n_hi, sizeof *hi);
	word_onehot(n, lo, a, half, n_lo);
	word_onehot(n, hi, a + half, used - half, n_hi);
	for (uint32_t i = 0; i < n_hi; i++)
		hi[i] = net_and(n, none, hi[i]);
	bool whole = none == WIRE_1 && n_hi == UINT32_C(1) << (used - half);
	outer(n, d, hi, whole ? n_hi : n_hi + 1, lo, n_lo, count);
}
