/* cpu.c: see cpu.h */
#include "cpu.h"

#if defined(__x86_64__)
#include <cpuid.h>

enum { ECX_GFNI = 1 << 8, ECX_VAES = 1 << 9 };

/* Leaf 7, register ecx: features that compilers do not all know by name.  Asked once: a virtual
 * machine takes microseconds to answer. */
static bool
leaf7_ecx(unsigned bit)
{
	static _Atomic unsigned known, ecx;

	if (!known) {
		unsigned a, b, c, d;

		ecx = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 ? c : 0;
		known = 1;
	}
	return (ecx & bit) != 0;
}

bool
cpu_has_aes(void)
{
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("sse4.1");
}

bool
cpu_has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}

bool
cpu_has_avx512(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vbmi");
}

bool
cpu_has_ifma(void)
{
	return cpu_has_avx512() && __builtin_cpu_supports("avx512ifma");
}

bool
cpu_has_vaes(void)
{
	return cpu_has_avx512() && cpu_has_aes() && leaf7_ecx(ECX_VAES);
}

bool
cpu_has_gfni(void)
{
	return cpu_has_avx512() && leaf7_ecx(ECX_GFNI);
}

#else
bool
cpu_has_aes(void)
{
	return false;
}

bool
cpu_has_avx2(void)
{
	return false;
}

bool
cpu_has_avx512(void)
{
	return false;
}

bool
cpu_has_ifma(void)
{
	return false;
}

bool
cpu_has_vaes(void)
{
	return false;
}

bool
cpu_has_gfni(void)
{
	return false;
}
#endif
