/* bitmatrix.c: see bitmatrix.h */
#include "bitmatrix.h"

#include <stdatomic.h>
#include <string.h>

/* Byte i, bit j and byte j, bit i change places: three rounds of swaps over 1, 2 and 4. */
static uint64_t
transpose8(uint64_t x)
{
	uint64_t t;

	t = (x ^ x >> 7) & 0x00aa00aa00aa00aa;
	x ^= t ^ t << 7;
	t = (x ^ x >> 14) & 0x0000cccc0000cccc;
	x ^= t ^ t << 14;
	t = (x ^ x >> 28) & 0x00000000f0f0f0f0;
	return x ^ t ^ t << 28;
}

void
bitmatrix_ref(block *out, const uint8_t *rows, size_t stride, size_t n)
{
	for (size_t c = 0; c < n; c += 8)
		for (size_t r = 0; r < 128; r += 8) {
			uint64_t x = 0;

			for (size_t i = 0; i < 8; i++)
				x |= (uint64_t)rows[(r + i) * stride + c / 8] << 8 * i;
			x = transpose8(x);
			for (size_t j = 0; j < 8; j++)
				((uint8_t *)&out[c + j])[r / 8] = (uint8_t)(x >> 8 * j);
		}
}

bitmatrix_fn *
bitmatrix_best(void)
{
	static _Atomic(bitmatrix_fn *) best;
	bitmatrix_fn *f = best;

	if (f == NULL) {
		f = bitmatrix_gfni() != NULL ? bitmatrix_gfni() : bitmatrix_sse2();
		best = f = f != NULL ? f : bitmatrix_ref;
	}
	return f;
}
