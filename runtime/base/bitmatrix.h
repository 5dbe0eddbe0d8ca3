/* bitmatrix.h: turns 128 long rows of bits into blocks, one for each column.
 *
 * Bit c of a row is bit c % 8 of byte c / 8.  Kernels as in aes.h: ref is portable, sse2 and gfni
 * (AVX-512 with GFNI) are NULL where the CPU lacks them.  Constant-time.  Leaks: n. */
#ifndef KONSIL_BITMATRIX_H
#define KONSIL_BITMATRIX_H

#include <stddef.h>

#include "block.h"

/* Row r starts at rows + r * stride; out[c] gets bit c of row r as its bit r, for c < n.
 * n and 8 * stride are multiples of 512, rows is aligned to 64 bytes. */
typedef void bitmatrix_fn(block *out, const uint8_t *rows, size_t stride, size_t n);

bitmatrix_fn bitmatrix_ref;
bitmatrix_fn *bitmatrix_sse2(void);
bitmatrix_fn *bitmatrix_gfni(void);
bitmatrix_fn *bitmatrix_best(void);

#endif
