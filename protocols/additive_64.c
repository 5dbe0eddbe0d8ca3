/* additive_64.c: protocol additive in Z_2^64; see additive_ring.h. */
#include "pool.h"

typedef ashare64 S;
typedef uint64_t U;

enum { W = 64 };

#define K(name, what) name##64##what
#define R(name) ring64_##name
#define TRIPLES struct triples64
#define TAKE pool_take_triples64
#define TAKEN t64
#define KIND CORR_TRIPLE64
#define TAKE_BITS pool_take_bits64
#define TAKEN_BITS bits64
#define KIND_BITS CORR_BIT64

#include "additive_ring.h"
