/* bitplane.h: bits of many elements side by side.
 *
 * n elements of `width` bits lie in `width` planes, the lowest bit first; element i is bit i % 64
 * of word i / 64 of each plane, and bits behind n are not specified.  A group is 64 elements: one
 * word of each plane.  Group after group, the words of its planes one after another, is "sliced"
 * order: what goes over links, and what is turned into numbers.
 *
 * Kernels as in aes.h: ref is portable, avx2 and gfni (AVX-512 with GFNI) are NULL where the CPU
 * lacks them.  Constant-time.  Leaks: all lengths, widths and positions. */
#ifndef KONSIL_BITPLANE_H
#define KONSIL_BITPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GROUP = 64 };

/* n squares of 64 x 64 bits: bit j of d[64 s + i] is bit i of a[64 s + j].  d may be a. */
typedef void bitplane_turn_fn(uint64_t *d, const uint64_t *a, size_t n);
bitplane_turn_fn bitplane_turn_ref;
bitplane_turn_fn *bitplane_turn_avx2(void);
bitplane_turn_fn *bitplane_turn_gfni(void);
bitplane_turn_fn *bitplane_turn_best(void);

/* d ^= a, bytes that need not be aligned. */
void bitplane_xor(void *d, const void *a, size_t len);

/* 64 times the bit (0 or 1). */
static inline uint64_t
bitplane_spread(uint64_t bit)
{
	return 0 - (bit & 1);
}

/* The lowest n bits, n <= 64. */
static inline uint64_t
bitplane_mask(uint64_t n)
{
	return n >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1;
}

/* Words group .. group + n of `width` planes of plane_words words into sliced order, and back. */
void bitplane_gather(uint64_t *sliced, const uint64_t *planes, size_t plane_words, unsigned width,
    size_t group, size_t n);
void bitplane_scatter(uint64_t *planes, size_t plane_words, const uint64_t *sliced, unsigned width,
    size_t group, size_t n);

/* One group: word[i], i < width, gets bit i of n <= 64 elements of `limbs` words each (two's
 * complement: bits beyond them are their highest); elements from n on count as 0. */
void bitplane_slice(uint64_t *word, unsigned width, const uint64_t *a, size_t limbs, size_t n);
/* The other way round: what is above `width` bits becomes 0, or (is_signed) the highest bit. */
void bitplane_join(uint64_t *d, size_t limbs, const uint64_t *word, unsigned width, bool is_signed,
    size_t n);

/* The lowest `bits` (1 to 64) bits of n words without gaps, lowest first, in whole words; what is
 * left of the last one is 0; d may be word.  unpack gives 0 above `bits`. */
void bitplane_pack(uint64_t *d, const uint64_t *word, size_t n, unsigned bits);
void bitplane_unpack(uint64_t *word, const uint64_t *packed, size_t n, unsigned bits);
/* Words that n * bits bits take; and bytes. */
static inline size_t
bitplane_packed_words(size_t n, unsigned bits)
{
	return (n * bits + 63) / 64;
}

static inline size_t
bitplane_packed_bytes(size_t n, unsigned bits)
{
	return (n * bits + 7) / 8;
}

#endif
