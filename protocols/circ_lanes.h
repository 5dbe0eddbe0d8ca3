/* circ_lanes.h: where the registers of a CIRC_B execution lie, under protocols with one part of a
 * share at each node and with two.
 *
 * A unit is an element.  Inputs are read where they are (lane_regs.h), but of an operand of one
 * element each bit is spread over some words first.  Between the rounds of an execution the other
 * registers are in `scratch`, behind those: blocks of LANES_BLOCK words of lanes (the last one: of
 * those that are left), within a block register after register, of each its first part and then its
 * second one.  A range is whole words of lanes, so no two touch the same.  It is done piece by
 * piece: the words of a block that are in it, or the last n % 64 elements.  Constant-time.  Leaks:
 * the circuit, all lengths and positions. */
#ifndef KONSIL_CIRC_LANES_H
#define KONSIL_CIRC_LANES_H

#include "groups.h"
#include "lane_regs.h"
#include "protocol.h"

enum {
	/* Words of each register that lie together: a register is 256 bytes a part, and the few
	 * hundred registers of a comparison stay in the second cache. */
	LANES_BLOCK = 32,
};

/* Some words of lanes within a block. */
struct piece {
	struct lane_regs regs;
	unsigned held;                  /* parts of a share that a node holds */
	size_t words;
	uint64_t at;                    /* of a plane: the first word */
	unsigned rest;                  /* 0: whole words; else one word, of so many lanes */
};

/* Spreads operands of one element; before the first pieces of a range in round 0. */
void lanes_spread(const struct operands *x, unsigned held);
/* The next piece of units up to hi, from word *at on; false after the last. */
bool piece_next(struct piece *p, const struct operands *x, unsigned held, uint64_t *at,
    uint64_t hi);
/* The linear gates of layer r; invert is all ones where this node complements its parts for a NOT,
 * else 0. */
void piece_linear(const struct piece *p, const struct operands *x, uint32_t r, uint64_t invert);
/* Copies the outputs to d. */
void piece_store(const struct piece *p, const struct operands *x);
/* All of a circuit without ANDs, with scratch for one block. */
void lanes_run(const struct operands *x, unsigned held, uint64_t invert);

/* For rows of CIRC_B. */
uint64_t lanes_scratch(const struct operands *x, unsigned held);
uint64_t lanes_units(const struct operands *x);
/* ANDs of the layer that has most. */
uint64_t lanes_most_ands(const struct circuit *c);

#endif
