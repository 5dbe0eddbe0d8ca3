/* additive_128.c: protocol additive in Z_2^128; see additive_ring.h. */
#include "pool.h"

typedef ashare128 S;
typedef u128 U;

enum { W = 128 };

#define K(name, what) name##128##what
#define R(name) ring128_##name
#define TRIPLES struct triples128
#define TAKE pool_take_triples128
#define TAKEN t128
#define KIND CORR_TRIPLE128
#define TAKE_BITS pool_take_bits128
#define TAKEN_BITS bits128
#define KIND_BITS CORR_BIT128

#include "additive_ring.h"
