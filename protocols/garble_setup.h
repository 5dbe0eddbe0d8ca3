/* garble_setup.h: brings a garbling session (garble.h) from its Delta to COTs under it.
 *
 * Base OTs of their own (ot_base.h), in which node 0 chooses by the complement of Delta, and the
 * punctured trees of ot_ext.h.
 *   round 1: node 0: choices of the base OTs; node 1: z
 *   round 2: node 1: their challenge, and the trees
 *   round 3: node 0: their answer
 * Both hash the session id, choices and z to the start of the keys of garbling's hash: public, and
 * as fresh as both sides' points.  Sets no phase; calls chan_round three times.  Leaks: nothing. */
#ifndef KONSIL_GARBLE_SETUP_H
#define KONSIL_GARBLE_SETUP_H

#include "garble.h"

enum {
	GARBLE_SETUP_ROUNDS = 3,
	GARBLE_COT_K = 4,               /* of the extension: 32 bits a COT */
};

/* What node `from` sends in all. */
uint64_t garble_setup_bytes(unsigned from);
/* ST_ABORT if the peer's base OTs are not right. */
enum status garble_setup(struct garbling *g, const uint8_t sid[32]) MUST_USE;

#endif
