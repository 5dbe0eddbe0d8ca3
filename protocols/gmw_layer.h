/* gmw_layer.h: the gates of a layer, each done on some words of lanes at once.
 *
 * Kernels as in aes.h: ref is portable, avx2 and avx512 are NULL where the CPU lacks them.
 * Constant-time.  Leaks: the circuit, the number of lanes. */
#ifndef KONSIL_GMW_LAYER_H
#define KONSIL_GMW_LAYER_H

#include "lane_regs.h"
#include "pool.h"

#include "../runtime/code/circuit.h"

struct layer_kernel {
	/* XOR and NOT gates in order, on `held` parts of each register; invert is all ones where this
	 * node's share of a NOT is the complement, else 0. */
	void (*linear)(const struct lane_regs *l, unsigned held, const struct gate *g, size_t n,
	    size_t words, uint64_t invert);
	/* What n AND gates x y open, gate after gate: d = x ^ a, e = y ^ b.  d and e need not be
	 * aligned. */
	void (*open)(uint8_t *d, uint8_t *e, const struct lane_regs *l, const struct gate *g,
	    size_t n, size_t words, struct ands t);
	/* d and e of all others together come in; the products go to the gates' registers.  first
	 * is all ones at one node, else 0. */
	void (*close)(const struct lane_regs *l, const struct gate *g, size_t n, size_t words,
	    struct ands t, const uint8_t *d, const uint8_t *e, uint64_t first);
};

extern const struct layer_kernel layer_ref;
const struct layer_kernel *layer_avx2(void);
const struct layer_kernel *layer_avx512(void);
const struct layer_kernel *layer_best(void);

#endif
