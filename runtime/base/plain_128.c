/* plain_128.c: the kernels of plain.h for 128 bits; see plain_kernels.h. */
#include <stdbool.h>

#include "ring_matmul.h"

typedef i128 T;
typedef u128 U;

enum { W = 128 };

#define K(name) plain128_##name

#define RING_MATMUL matmul128

#include "plain_kernels.h"
