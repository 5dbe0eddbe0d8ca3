/* rep_layer.h: the AND gates of a layer on replicated shares, some words of lanes at once.
 *
 * Register r of a circuit has the words of its first part at reg + r * stride and those of its
 * second `part` words behind.  Kernels as in aes.h: ref is portable, avx2 and avx512 are NULL where
 * the CPU lacks them.  Constant-time.  Leaks: the circuit, the number of lanes. */
#ifndef KONSIL_REP_LAYER_H
#define KONSIL_REP_LAYER_H

#include "../runtime/base/ring.h"
#include "../runtime/code/circuit.h"

struct rep_kernel {
	/* The first parts of n products, to their registers and to out, gate after gate:
	 *     z0 = x0 y0 ^ x0 y1 ^ x1 y0 ^ zero0 ^ zero1
	 * out need not be aligned. */
	void (*and)(uint8_t *out, bshare *reg, size_t part, size_t stride, const struct gate *g,
	    size_t n, size_t words, const bshare *zero0, const bshare *zero1);
	/* What came, to the n products' parts at reg + r * stride.  in need not be aligned. */
	void (*place)(bshare *reg, size_t stride, const struct gate *g, size_t n, size_t words,
	    const uint8_t *in);
};

extern const struct rep_kernel rep_layer_ref;
const struct rep_kernel *rep_layer_avx2(void);
const struct rep_kernel *rep_layer_avx512(void);
const struct rep_kernel *rep_layer_best(void);

#endif
