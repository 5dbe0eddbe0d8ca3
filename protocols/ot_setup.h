/* ot_setup.h: brings every pair of nodes from nothing to extended OTs in both directions.
 *
 * Points are what is slow, so a pair makes base OTs (ot_base.h) in one direction only; 128 extended
 * OTs of that direction serve as base OTs of the other.  That is sound for semi-honest nodes;
 * against malicious ones the second direction would need base OTs of its own, or the extension's
 * check.
 * In each pair one node leads: it has Delta in the first direction.
 *   round 1: leader: choices of the base OTs; follower: z
 *   round 2: follower: their challenge, punctured trees (ot_ext.h), and choices of 128 COTs
 *   round 3: leader: their answer, and punctured trees of the other direction
 * With one direction only the leader is who sends COTs, and neither COTs nor trees follow.
 * A node checks challenge or answer before it touches what came with it.
 * Sets no phase; calls chan_round three times.  Leaks: nothing. */
#ifndef KONSIL_OT_SETUP_H
#define KONSIL_OT_SETUP_H

#include "../runtime/net/chan.h"
#include "ot_ext.h"

/* This node's ends towards one peer. */
struct ot_pair {
	struct cot_sender send;
	struct cot_receiver recv;
};

enum { OT_SETUP_ROUNDS = 3 };

/* What node `from` sends to node `to` in all, for extension with this k (ot_ext.h). */
uint64_t ot_setup_bytes(unsigned k, unsigned from, unsigned to);

/* pair[i] for peer i; pair[ch->me] is not touched.  All nodes call it with the same sid and k.  On
 * failure the pairs are wiped; ST_ABORT, naming the peer, if its base OTs are not right. */
enum status ot_setup(struct ot_pair *pair, struct chan *ch, const uint8_t sid[32],
    unsigned k) MUST_USE;

/* Between two nodes, COTs of node `sender` under a Delta that it gives; s at node `sender`, r at
 * the other one, the other arguments are not used.  Base OTs and hash are apart from those of
 * ot_setup and of other names under the same sid, so it can come in addition.  name: what for, at
 * most 32 bytes.  Failure as above. */
enum status ot_setup_one(struct cot_sender *s, struct cot_receiver *r, struct chan *ch,
    const uint8_t sid[32], const char *name, unsigned k, unsigned sender,
    const block *delta) MUST_USE;
uint64_t ot_setup_one_bytes(unsigned k, unsigned sender, unsigned from);

#endif
