/* ot_setup.h: brings every pair of nodes from nothing to extended OTs in both directions.
 *
 * Two rounds: base OTs both ways (ot_base.h), then the punctured trees (ot_ext.h).  Sets neither
 * phase nor anything else of the channel; calls chan_round twice.  Leaks: nothing. */
#ifndef KONSIL_OT_SETUP_H
#define KONSIL_OT_SETUP_H

#include "../runtime/net/chan.h"
#include "ot_ext.h"

/* This node's ends towards one peer. */
struct ot_pair {
	struct cot_sender send;
	struct cot_receiver recv;
};

enum {
	OT_SETUP_ROUNDS = 2,
	/* What a node sends to each peer in all. */
	OT_SETUP_BYTES = OT_CHOICE_BYTES + OT_SENDER_BYTES + COT_SETUP_BYTES,
};

/* pair[i] for peer i; pair[ch->me] is not touched.  All nodes call it with the same sid.  On failure
 * the pairs are wiped; ST_ABORT if a peer sent what is no valid point. */
enum status ot_setup(struct ot_pair *pair, struct chan *ch, const uint8_t sid[32]) MUST_USE;

#endif
