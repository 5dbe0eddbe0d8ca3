/* rep_kit.h: bits and numbers as three nodes of protocol replicated hold them, for tests that call
 * its rows directly. */
#ifndef KONSIL_REP_KIT_H
#define KONSIL_REP_KIT_H

#include "gmw_kit.h"

enum { REP_ALL = 7 };

/* A share of `len` words a part at one node. */
struct held {
	uint64_t *w;                    /* both parts */
	size_t len;
};

static inline struct held
held_new(size_t len)
{
	return (struct held){ words(2 * len), len };
}

static inline void
held_free(struct held *h)
{
	mem_free(h->w);
}

/* Noise that all nodes know: word i of part k of a sharing with this salt. */
static inline uint64_t
held_noise(uint64_t salt, unsigned k, size_t i)
{
	uint64_t x = (i + 1) * 0x9e3779b97f4a7c15 ^ (salt * 3 + k) * 0xbf58476d1ce4e5b9;

	x = (x ^ x >> 31) * 0x94d049bb133111eb;
	return x ^ x >> 29;
}

/* Node me's parts of bits in the clear: parts 0 and 1 are noise. */
static inline struct held
held_bits(unsigned me, const uint64_t *clear, size_t len, uint64_t salt)
{
	struct held h = held_new(len);

	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < len; i++) {
			const unsigned part = (me + k) % 3;
			const uint64_t a = held_noise(salt, 0, i), b = held_noise(salt, 1, i);

			h.w[k * len + i] = part == 0 ? a : part == 1 ? b : clear[i] ^ a ^ b;
		}
	return h;
}

/* Node me's parts of numbers of `ring` bits, each two words in the clear. */
static inline struct held
held_numbers(unsigned me, const uint64_t *clear, size_t n, unsigned ring, uint64_t salt)
{
	const size_t limbs = ring / 64;
	struct held h = held_new(n * limbs);

	for (unsigned k = 0; k < 2; k++)
		for (size_t i = 0; i < n; i++) {
			const unsigned part = (me + k) % 3;
			unsigned __int128 v[3];

			for (unsigned j = 0; j < 2; j++)
				v[j] = (unsigned __int128)held_noise(salt, j, 2 * i) << 64 |
				    held_noise(salt, j, 2 * i + 1);
			v[2] = ((unsigned __int128)clear[2 * i + 1] << 64 | clear[2 * i]) - v[0] -
			    v[1];
			memcpy(h.w + (k * n + i) * limbs, &v[part], limbs * 8);
		}
	return h;
}

#endif
