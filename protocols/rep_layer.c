/* rep_layer.c: see rep_layer.h */
#include "rep_layer.h"

#include <stdatomic.h>
#include <string.h>

typedef uint64_t word_any __attribute__((aligned(1), may_alias));

#define V word_any
#define TARGET
#define NAME(kernel) ref_##kernel
#include "rep_kernel.h"

const struct rep_kernel rep_layer_ref = { ref_and, ref_place };

const struct rep_kernel *
rep_layer_best(void)
{
	static _Atomic(const struct rep_kernel *) best;
	const struct rep_kernel *k = best;

	if (k == NULL) {
		k = rep_layer_avx512() != NULL ? rep_layer_avx512() : rep_layer_avx2();
		best = k = k != NULL ? k : &rep_layer_ref;
	}
	return k;
}
