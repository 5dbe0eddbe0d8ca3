/* rep_num_64.c: from bits to numbers in Z_2^64; see rep_num.h. */
#include "../runtime/base/ring.h"

typedef ashare64 S;
typedef uint64_t U;

enum { W = 64 };

#define K(name, what) name##64##what

#include "rep_num_ring.h"
