/* block.h: 128 bits, as AES, labels and oblivious transfer use them.
 *
 * w[0] holds bits 0..63.  In memory a block is 16 little-endian bytes; the machine is assumed to
 * be little-endian, which the assertion in aes.c checks at start. */
#ifndef KONSIL_BLOCK_H
#define KONSIL_BLOCK_H

#include <stdint.h>

typedef struct {
	uint64_t w[2];
} __attribute__((aligned(16))) block;

static inline block
block_xor(block a, block b)
{
	return (block){ { a.w[0] ^ b.w[0], a.w[1] ^ b.w[1] } };
}

/* a if mask is all ones, zero if mask is 0.  Constant time. */
static inline block
block_mask(block a, uint64_t mask)
{
	return (block){ { a.w[0] & mask, a.w[1] & mask } };
}

/* c ? a : b for c in {0, 1}.  Constant time. */
static inline block
block_select(uint64_t c, block a, block b)
{
	return block_xor(b, block_mask(block_xor(a, b), 0 - c));
}

#endif
