/* aes.h: AES-128 in batches, as garbling and oblivious transfer need it.
 *
 * One table of functions a kernel: aes_ref is portable and bit-sliced, aes_ni has the AES
 * instructions, aes_vaes 512-bit ones.  A getter returns NULL where the CPU lacks them; aes_best
 * picks once.  All give the same bytes and all are constant-time in keys and data.
 *
 * The hash is MiTCCRH [Guo, Katz, Wang, Weng, Yu, ePrint 2019/1168]:
 *     H(x, i) = AES_{s xor i}(sigma(x)) xor sigma(x),   sigma(L || R) = (L xor R) || L
 * with one AES key a tweak.  L is w[1], R is w[0].  It is tweakable correlation robust as long as
 * no tweak i is used with more than two inputs under one s: the caller's duty.
 *
 * On top of it half-gates [Zahur, Rosulek, Evans 2015] over many independent AND gates at once:
 * gate i has the tweaks tweak + 2i for its first half and tweak + 2i + 1 for its second one, so a
 * key sees two inputs.  Its table is 32 bytes; the tables of each four gates (the last ones: fewer)
 * are the first halves' blocks, then the second halves'.  What is garbled in one call is evaluated
 * in one call.
 *
 * Leaks: n. */
#ifndef KONSIL_AES_H
#define KONSIL_AES_H

#include <stddef.h>

#include "block.h"

struct aes_key {
	block rk[11] __attribute__((aligned(64)));
};

struct aes_kernel {
	const char *name;
	void (*expand)(struct aes_key *k, block key);
	/* out[i] = AES_k(in[i]); out may be in. */
	void (*ecb)(block *out, const block *in, const struct aes_key *k, size_t n);
	/* out[i] = AES_k(first + i in w[0], seq in w[1]); w[0] wraps without a carry. */
	void (*ctr)(block *out, const struct aes_key *k, uint64_t seq, uint64_t first, size_t n);
	/* out[j * n + i] = AES_{key[j]}(first + i in w[0], 0 in w[1]): keys that are used once. */
	void (*ctr_keys)(block *out, const block *key, size_t n_keys, uint64_t first, size_t n);
	/* out[i] = H(in[i], tweak + i); out may be in. */
	void (*hash)(block *out, const block *in, block s, uint64_t tweak, size_t n);
	/* out0[i] = H(in[i], tweak + i), out1[i] = H(in[i] xor delta, tweak + i); one may be in. */
	void (*hash2)(block *out0, block *out1, const block *in, block delta, block s,
	    uint64_t tweak, size_t n);
	/* Garbles n AND gates: a and b are labels of 0, and so becomes d; delta's lowest bit is 1.
	 * table: 2 n blocks.  d is neither a nor b, or the same elements. */
	void (*garble)(block *d, block *table, const block *a, const block *b, block delta, block s,
	    uint64_t tweak, size_t n);
	/* Evaluates them: from the active labels of a and b to that of d. */
	void (*evaluate)(block *d, const block *table, const block *a, const block *b, block s,
	    uint64_t tweak, size_t n);
};

const struct aes_kernel *aes_ref(void);
const struct aes_kernel *aes_ni(void);
const struct aes_kernel *aes_vaes(void);
const struct aes_kernel *aes_best(void);

/* sigma of the hash. */
static inline block
block_sigma(block x)
{
	return (block){ { x.w[1], x.w[0] ^ x.w[1] } };
}

#endif
