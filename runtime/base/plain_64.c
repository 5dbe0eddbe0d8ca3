/* plain_64.c: the kernels of plain.h for 64 bits; see plain_kernels.h. */
#include <stdbool.h>

#include "ring.h"

typedef int64_t T;
typedef uint64_t U;

enum { W = 64 };

#define K(name) plain64_##name

/* A matrix product of plain numbers is one of shares that happen to be public. */
static void
plain64_ring_matmul(T *d, const T *a, const T *b, size_t m, size_t k, size_t n)
{
	ring64_matmul_ps((ashare64 *)d, (const U *)a, (const ashare64 *)b, m, k, n);
}

#include "plain_kernels.h"
