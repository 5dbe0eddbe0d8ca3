/* rep_num_128.c: from bits to numbers in Z_2^128; see rep_num.h. */
#include "../runtime/base/ring.h"

typedef ashare128 S;
typedef u128 U;

enum { W = 128 };

#define K(name, what) name##128##what

#include "rep_num_ring.h"
