/* plain_128.c: the kernels of plain.h for 128 bits; see plain_kernels.h. */
#include <stdbool.h>

#include "ring.h"

typedef i128 T;
typedef u128 U;

enum { W = 128 };

#define K(name) plain128_##name

/* A matrix product of plain numbers is one of shares that happen to be public. */
static void
plain128_ring_matmul(T *d, const T *a, const T *b, size_t m, size_t k, size_t n)
{
	ring128_matmul_ps((ashare128 *)d, (const U *)a, (const ashare128 *)b, m, k, n);
}

#include "plain_kernels.h"
