/* rep_ot.c: see rep_ot.h */
#include "rep_ot.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

/* Of the elements below `end`. */
static uint64_t
turns_below(unsigned node, uint64_t end)
{
	const uint64_t cycle = REP_NODES * REP_TURN, rest = end % cycle, begin = node * REP_TURN;
	const uint64_t last = rest < begin ? 0 : rest - begin;

	return end / cycle * REP_TURN + (last < REP_TURN ? last : REP_TURN);
}

uint64_t
rep_turns(unsigned node, uint64_t lo, uint64_t hi)
{
	return turns_below(node, hi) - turns_below(node, lo);
}

#define RING 64
#define SHARE ashare64
#define WORD uint64_t
#define F(name, ...) name##64##__VA_ARGS__
#include "rep_ot_ring.h"
#undef RING
#undef SHARE
#undef WORD
#undef F

#define RING 128
#define SHARE ashare128
#define WORD u128
#define F(name, ...) name##128##__VA_ARGS__
#include "rep_ot_ring.h"
