/* bitplane.c: see bitplane.h */
#include "bitplane.h"

#include "mem.h"

#include <stdatomic.h>
#include <string.h>

/* Halves change places, then quarters within halves, and so on: 32, 16, .. 1. */
void
bitplane_turn_ref(uint64_t *d, const uint64_t *a, size_t n)
{
	memmove(d, a, n * GROUP * sizeof *d);
	for (uint64_t *x = d; x < d + n * GROUP; x += GROUP) {
		uint64_t mask = 0x00000000ffffffff;

		for (unsigned j = 32; j > 0; j /= 2, mask ^= mask << j)
			for (unsigned k = 0; k < GROUP; k = ((k | j) + 1) & ~j) {
				uint64_t t = (x[k] >> j ^ x[k | j]) & mask;

				x[k] ^= t << j;
				x[k | j] ^= t;
			}
	}
}

bitplane_turn_fn *
bitplane_turn_best(void)
{
	static _Atomic(bitplane_turn_fn *) best;
	bitplane_turn_fn *f = best;

	if (f == NULL) {
		f = bitplane_turn_gfni() != NULL ? bitplane_turn_gfni() : bitplane_turn_avx2();
		best = f = f != NULL ? f : bitplane_turn_ref;
	}
	return f;
}

void
bitplane_xor(void *d, const void *a, size_t len)
{
	uint8_t *to = d;
	const uint8_t *from = a;

	for (size_t i = 0; i < len; i++)
		to[i] ^= from[i];
}

void
bitplane_gather(uint64_t *sliced, const uint64_t *planes, size_t plane_words, unsigned width,
    size_t group, size_t n)
{
	for (unsigned i = 0; i < width; i++)
		for (size_t g = 0; g < n; g++)
			sliced[g * width + i] = planes[i * plane_words + group + g];
}

void
bitplane_scatter(uint64_t *planes, size_t plane_words, const uint64_t *sliced, unsigned width,
    size_t group, size_t n)
{
	for (unsigned i = 0; i < width; i++)
		for (size_t g = 0; g < n; g++)
			planes[i * plane_words + group + g] = sliced[g * width + i];
}

/* Limb k of n elements, as a square that bits can be read from after it is turned. */
static void
take_limb(uint64_t square[GROUP], const uint64_t *a, size_t limbs, size_t k, size_t n)
{
	for (size_t i = 0; i < n; i++)
		square[i] = k < limbs ? a[i * limbs + k] :
		    bitplane_spread(a[i * limbs + limbs - 1] >> 63);
	for (size_t i = n; i < GROUP; i++)
		square[i] = 0;
}

void
bitplane_slice(uint64_t *word, unsigned width, const uint64_t *a, size_t limbs, size_t n)
{
	uint64_t square[GROUP];

	for (unsigned from = 0; from < width; from += GROUP) {
		unsigned bits = width - from < GROUP ? width - from : GROUP;

		take_limb(square, a, limbs, from / GROUP, n);
		bitplane_turn_best()(square, square, 1);
		memcpy(word + from, square, bits * sizeof *word);
	}
	wipe(square, sizeof square);
}

void
bitplane_join(uint64_t *d, size_t limbs, const uint64_t *word, unsigned width, bool is_signed,
    size_t n)
{
	const uint64_t above = is_signed ? word[width - 1] : 0;
	uint64_t square[GROUP];

	for (size_t k = 0; k < limbs; k++) {
		for (unsigned i = 0; i < GROUP; i++)
			square[i] = k * GROUP + i < width ? word[k * GROUP + i] : above;
		bitplane_turn_best()(square, square, 1);
		for (size_t i = 0; i < n; i++)
			d[i * limbs + k] = square[i];
	}
	wipe(square, sizeof square);
}

void
bitplane_pack(uint64_t *d, const uint64_t *word, size_t n, unsigned bits)
{
	const uint64_t mask = bitplane_mask(bits);
	uint64_t sum = 0;
	unsigned at = 0;

	for (size_t i = 0; i < n; i++) {
		const uint64_t x = word[i] & mask;

		sum |= x << at;
		at += bits;
		if (at < 64)
			continue;
		*d++ = sum;
		at -= 64;
		sum = at == 0 ? 0 : x >> (bits - at);
	}
	if (at > 0)
		*d = sum;
}

void
bitplane_unpack(uint64_t *word, const uint64_t *packed, size_t n, unsigned bits)
{
	const uint64_t mask = bitplane_mask(bits);

	for (size_t i = 0; i < n; i++) {
		const size_t from = i * bits, w = from / 64;
		const unsigned shift = from % 64;
		uint64_t x = packed[w] >> shift;

		if (shift + bits > 64)
			x |= packed[w + 1] << (64 - shift);
		word[i] = x & mask;
	}
}
