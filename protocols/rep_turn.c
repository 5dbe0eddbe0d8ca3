/* rep_turn.c: see rep_turn.h */
#include "rep_turn.h"

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
