/* rep_layer.h: the AND gates of a layer on replicated shares, some words of lanes at once.
 *
 * Kernels as in aes.h: ref is portable, avx2 and avx512 are NULL where the CPU lacks them.
 * Constant-time.  Leaks: the circuit, the number of lanes. */
#ifndef KONSIL_REP_LAYER_H
#define KONSIL_REP_LAYER_H

#include "lane_regs.h"

#include "../runtime/code/circuit.h"

struct rep_kernel {
	/* The first parts of n products, to their registers and to out, gate after gate:
	 *     z0 = x0 y0 ^ x0 y1 ^ x1 y0 ^ zero0 ^ zero1
	 * out need not be aligned. */
	void (*and)(uint8_t *out, const struct lane_regs *l, const struct gate *g, size_t n,
	    size_t words, const bshare *zero0, const bshare *zero1);
	/* What came, to the n products' second parts.  in need not be aligned. */
	void (*place)(const struct lane_regs *l, const struct gate *g, size_t n, size_t words,
	    const uint8_t *in);
};

extern const struct rep_kernel rep_layer_ref;
const struct rep_kernel *rep_layer_avx2(void);
const struct rep_kernel *rep_layer_avx512(void);
const struct rep_kernel *rep_layer_best(void);

#endif
