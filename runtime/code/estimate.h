/* estimate.h: how long a program will take, from what it costs.
 *
 * In integers, since the compiler chooses between versions of a program by it, and all sites must
 * come to the same bytecode.  A run is latency, transfer and computing:
 *
 *   latency    half a round trip for each exchange, and for garbled circuits before the next one;
 *              and what it takes to wake a process up
 *   transfer   the bytes of the link that carries most, at the rate of one direction
 *   computing  what a node does, counted in units of which estimate.c has the time
 *
 * Messages travel while the next ones are made, so of transfer and what is computed on the way the
 * longer one counts in each phase, and of the other one what nothing travels beside: of a round in
 * k parcels, 1/k.  What is computed between exchanges is added.  Reading tables and
 * connecting are not in it. */
#ifndef KONSIL_ESTIMATE_H
#define KONSIL_ESTIMATE_H

#include "network.h"
#include "target.h"

enum estimate_phase { ESTIMATE_SETUP, ESTIMATE_OFFLINE, ESTIMATE_ONLINE, N_ESTIMATE_PHASE };

struct estimate {
	uint64_t latency_us[N_ESTIMATE_PHASE], transfer_us[N_ESTIMATE_PHASE];
	uint64_t computing_us[N_ESTIMATE_PHASE];
	uint64_t us;                    /* of the whole */
};

/* Whether tables of garbled circuits are under way to node 1 since the last exchange, for which it
 * waits once; starts as zero. */
struct delay {
	bool streaming;
};

/* How many half round trips later the run is after an instruction: 1 for ROUND and for the first
 * garbled circuit after it, 0 for all else. */
unsigned delay_step(struct delay *d, const struct code *c, const struct insn *x);

/* Adds `times` executions of an instruction: what the target says, and computing beside it. */
void tally_insn(struct tally *t, const struct code *c, const struct target *target,
    const struct insn *x, uint64_t times);
/* All of a program.  ST_DATA: its loops do not match, or run too often to be counted. */
enum status tally_code(struct tally *t, const struct code *c, const struct target *target)
    MUST_USE;

/* cpus: 0 if every node has a machine of its own, else how many processors all nodes share. */
void estimate(struct estimate *e, const struct tally *t, const struct link_speed *link,
    unsigned n_nodes, unsigned cpus);
#endif
