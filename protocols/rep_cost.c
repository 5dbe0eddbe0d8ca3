/* rep_cost.c: what protocol replicated computes, in the units of struct tally. */
#include "replicated.h"

/* 64-bit words that numbers of a slot take. */
static uint64_t
words(const struct slot *s)
{
	return times_or_full(s->n, (s->width + 63u) / 64);
}

/* Passes over the records of SORT_B and SHUF_B, which has no digits. */
static uint64_t
passes(const struct code *c, const struct insn *x)
{
	const uint64_t key = (uint64_t)c->slot[x->slot[1]].width - (uint64_t)x->imm[1];
	const uint64_t bits = (uint64_t)x->imm[2];

	return x->op == OP_SHUF_B || bits == 0 ? 1 : (key + bits - 1) / bits;
}

void
rep_cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times)
{
	const struct slot *d = x->slot[0] == SLOT_NONE ? NULL : &c->slot[x->slot[0]];
	const struct circuit *k = insn_circuit(c, x);

	if (x->op == OP_TRUNC_A)
		t->turns = plus_or_full(t->turns, times_or_full(words(d), times));
	else if (x->op == OP_MULB_A)
		t->turns = plus_or_full(t->turns, times_or_full(words(d), times));
	else if (x->op == OP_NUM_A)
		t->turns = plus_or_full(t->turns,
		    times_or_full(times_or_full(words(d), c->slot[x->slot[1]].width), times));
	else if (x->op == OP_SPLIT_B || x->op == OP_SHARE_B)
		t->planes = plus_or_full(t->planes, times_or_full(words(d), times));
	else if (x->op == OP_SORT_B || x->op == OP_SHUF_B)
		t->sorted = plus_or_full(t->sorted,
		    times_or_full(times_or_full(d->n, passes(c, x)), times));
	else if (x->op == OP_CIRC_B && k != NULL)
		/* Of the second part; the first is counted for every protocol. */
		t->gates = plus_or_full(t->gates, times_or_full(
		    times_or_full(plane_words(d->n), k->n_gates), times));
}
