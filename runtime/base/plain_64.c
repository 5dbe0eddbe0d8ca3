/* plain_64.c: the kernels of plain.h for 64 bits; see plain_kernels.h. */
#include <stdbool.h>

#include "ring_matmul.h"

typedef int64_t T;
typedef uint64_t U;

enum { W = 64 };

#define K(name) plain64_##name

#define RING_MATMUL matmul64

#include "plain_kernels.h"
