/* gmw_64.c: from bits to numbers in Z_2^64; see gmw_ring.h. */
#include "pool.h"

typedef ashare64 S;
typedef uint64_t U;

enum { W = 64 };

#define K(name, what) name##64##what
#define R(name) ring64_##name
#define TAKE_BITS pool_take_bits64
#define TAKEN_BITS bits64
#define KIND_BITS CORR_BIT64
#define MULBS struct mulbs64
#define TAKE_MULBS pool_take_mulbs64
#define TAKEN_MULBS m64
#define KIND_MULBS CORR_MULB64

#include "gmw_ring.h"
