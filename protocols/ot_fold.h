/* ot_fold.h: the sums over the leaves of a tree that SoftSpoken extension is made of.
 *
 * For a tree of 2^k leaves x, each an AES key with its stream G_x = AES_x(first), AES_x(first + 1)
 * ..., and rows u of len bytes:
 *     v[b] = u mask[b] xor the sum of G_x over x with bit b set,   b < k
 *     sum  = u xor the sum of all G_x
 * Kernels as in aes.h: portable is made of aes_best's or aes_ref's streams, vaes (AVX-512) never
 * stores them.  Constant-time in keys, u and mask.  Leaks: sizes. */
#ifndef KONSIL_OT_FOLD_H
#define KONSIL_OT_FOLD_H

#include <stdbool.h>

#include "../runtime/base/aes.h"

enum {
	FOLD_K_MAX = 8,
	FOLD_ROW = 512,                 /* bytes of a row: what fits the caches with all the others */
};

struct fold_job {
	unsigned k;                     /* 2, 4 or 8 */
	const struct aes_key *leaf;     /* 2^k */
	bool punctured;                 /* leaf 0 is not known, and sum not wanted */
	uint64_t first;
	size_t len;                     /* a multiple of 64, at most FOLD_ROW */
	const uint8_t *u;               /* this and the others aligned to 64 bytes */
	uint64_t mask[FOLD_K_MAX];      /* all ones or zero */
	uint8_t (*v)[FOLD_ROW];         /* k rows */
	uint8_t *sum;                   /* may be u */
};

typedef void fold_fn(const struct fold_job *j);

fold_fn fold_ref;                       /* nothing that needs this CPU */
fold_fn fold_portable;                  /* but for AES */
fold_fn *fold_vaes(void);
fold_fn *fold_best(void);

#endif
