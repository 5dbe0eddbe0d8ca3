/* ot_base.h: 128 base oblivious transfers of random keys between two nodes, on ristretto255.
 *
 * [Masny, Rindal, "Endemic Oblivious Transfer", CCS 2019, from Diffie-Hellman].  Secure
 * against a malicious peer in the endemic sense: a cheating side may choose its own keys, which is
 * all that extension needs.  The two messages do not depend on each other, so both travel in one
 * round.  For OT j, choice b_j, and random oracles H_0, H_1 into the group:
 *   1. receiver: r_{1-b} random, r_b = t G - H_b(r_{1-b}); sends (r_0, r_1)
 *   2. sender:   S = s G, sends S; key_i = KDF(s (r_i + H_i(r_{1-i}))) for i = 0, 1
 *   3. receiver: key_b = KDF(t S)
 * Both H and KDF are BLAKE2b over the session id, both nodes' numbers, j and i; KDF takes all of
 * r_0, r_1 and S, too.  Points that are the identity or not canonical are refused (ST_ABORT).
 *
 * create_x and consume_x do no I/O.  Constant-time in choices and keys.  Leaks: nothing. */
#ifndef KONSIL_OT_BASE_H
#define KONSIL_OT_BASE_H

#include "../runtime/base/block.h"
#include "../runtime/base/status.h"

enum {
	N_BASE_OT = 128,
	OT_POINT_BYTES = 32,
	OT_CHOICE_BYTES = N_BASE_OT * 2 * OT_POINT_BYTES,  /* from the receiver */
	OT_SENDER_BYTES = N_BASE_OT * OT_POINT_BYTES,      /* from the sender */
};

/* Whose OTs these are; the same at both sides. */
struct ot_base_id {
	uint8_t sid[32];
	uint32_t sender, receiver;
};

/* A side's state between create and consume; consume wipes it. */
struct ot_base_receiver {
	struct ot_base_id id;
	block choice;                                   /* bit j is the choice of OT j */
	uint8_t t[N_BASE_OT][32];
	uint8_t sent[OT_CHOICE_BYTES];
};
struct ot_base_sender {
	struct ot_base_id id;
	uint8_t s[N_BASE_OT][32];
	uint8_t sent[OT_SENDER_BYTES];
};

void ot_base_create_choice(struct ot_base_receiver *r, uint8_t msg[OT_CHOICE_BYTES],
    const struct ot_base_id *id, block choice);
void ot_base_create_sender(struct ot_base_sender *s, uint8_t msg[OT_SENDER_BYTES],
    const struct ot_base_id *id);

/* key[j][i] is the key of OT j for choice i. */
enum status ot_base_consume_choice(block key[N_BASE_OT][2], struct ot_base_sender *s,
    const uint8_t msg[OT_CHOICE_BYTES]) MUST_USE;
/* key[j] is the key of OT j for this side's choice. */
enum status ot_base_consume_sender(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_SENDER_BYTES]) MUST_USE;

#endif
