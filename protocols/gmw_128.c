/* gmw_128.c: from bits to numbers in Z_2^128; see gmw_ring.h. */
#include "pool.h"

typedef ashare128 S;
typedef u128 U;

enum { W = 128 };

#define K(name, what) name##128##what
#define R(name) ring128_##name
#define TAKE_BITS pool_take_bits128
#define TAKEN_BITS bits128
#define KIND_BITS CORR_BIT128
#define MULBS struct mulbs128
#define TAKE_MULBS pool_take_mulbs128
#define TAKEN_MULBS m128
#define KIND_MULBS CORR_MULB128

#include "gmw_ring.h"
