/* gmw_layer.c: see gmw_layer.h */
#include "gmw_layer.h"

#include <stdatomic.h>
#include <string.h>

typedef uint64_t word_any __attribute__((aligned(1), may_alias));

#define V word_any
#define TARGET
#define NAME(kernel) ref_##kernel
#include "gmw_kernel.h"

const struct layer_kernel layer_ref = { ref_linear, ref_open, ref_close };

const struct layer_kernel *
layer_best(void)
{
	static _Atomic(const struct layer_kernel *) best;
	const struct layer_kernel *k = best;

	if (k == NULL) {
		k = layer_avx512() != NULL ? layer_avx512() : layer_avx2();
		best = k = k != NULL ? k : &layer_ref;
	}
	return k;
}
