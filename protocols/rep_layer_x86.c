/* rep_layer_x86.c: the kernels of rep_layer.h with AVX2 and AVX-512 (whose compiler makes VPTERNLOG
 * of their sums of products). */
#include "rep_layer.h"

#include "../runtime/base/cpu.h"

#if defined(__x86_64__)
#include <string.h>

typedef uint64_t words4 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint64_t words8 __attribute__((vector_size(64), aligned(1), may_alias));

#define V words4
#define TARGET __attribute__((target("avx2")))
#define NAME(kernel) avx2_##kernel
#include "rep_kernel.h"
#undef V
#undef TARGET
#undef NAME

#define V words8
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define NAME(kernel) avx512_##kernel
#include "rep_kernel.h"

const struct rep_kernel *
rep_layer_avx2(void)
{
	static const struct rep_kernel k = { avx2_and, avx2_place };

	return cpu_has_avx2() ? &k : NULL;
}

const struct rep_kernel *
rep_layer_avx512(void)
{
	static const struct rep_kernel k = { avx512_and, avx512_place };

	return cpu_has_avx512() ? &k : NULL;
}

#else
const struct rep_kernel *
rep_layer_avx2(void)
{
	return NULL;
}

const struct rep_kernel *
rep_layer_avx512(void)
{
	return NULL;
}
#endif
