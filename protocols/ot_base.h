/* ot_base.h: 128 base oblivious transfers of random keys between two nodes, on ristretto255.
 *
 * [Canetti, Sarkar, Wang, "Blazing Fast OT for Three-Round UC OT Extension", PKC 2020, ePrint
 * 2020/110], with challenge, response and answer: secure against a malicious peer under CDH in the
 * observable random oracle model.  A cheating sender may guess choices, each wrong guess aborting;
 * extension bears that, other uses need not.  Symbols and steps as there, for OT i of 128 (the
 * proof wants more than twice the statistical parameter, so they serve up to 63 bits):
 *   1. receiver: seed random, T = RO1(seed), B_i = g^alpha_i T^b_i; sends seed and all B_i
 *   2. sender:   z = g^r, p_{i,0} = RO2(B_i^r), p_{i,1} = RO2((B_i / T)^r),
 *                Chall_i = RO3(p_{i,0}) xor RO3(p_{i,1}), Ans = RO4(all RO3(p_{i,0})),
 *                gamma = RO5(Ans); sends z, all Chall_i and gamma
 *   3. receiver: p_{i,b} = RO2(z^alpha_i), Resp_i = RO3(p_{i,b}) xor b_i Chall_i,
 *                Ans' = RO4(all Resp_i); aborts unless RO5(Ans') = gamma; sends Ans'
 *   4. sender:   aborts unless Ans' = Ans
 * One r, seed and T serve all 128, as in the paper; i is in every hash, so that no two OTs share a
 * key.  As there, the extension's first messages may travel with steps 2 and 3.
 *
 * Departures.
 * - z does not wait for step 1, so that both sides work at once.  A receiver that sees z first
 *   gains nothing: to know both keys it still has to find B_i^r and (B_i / T)^r, thus T^r, for a T
 *   that the oracle gave.  A sender that waits for step 1 is the paper's.
 * - (B_i / T)^r is computed as B_i^r / T^r, the same point for one multiplication less.
 * - RO2 hashes a digest of step 1 and z, too: public, and the same at both sides.
 * - RO5 is an oracle of its own; the paper takes RO3 again.
 * - A sender refuses B_i = T, where an honest receiver would have drawn alpha_i = 0.
 *
 * Every oracle is BLAKE2b over its name, the session id, both nodes' numbers and i.  Points that
 * are the identity or not canonical, wrong challenges and answers are refused (ST_ABORT).
 * create_x and consume_x do no I/O.  Constant-time in choices and keys.  Leaks: nothing. */
#ifndef KONSIL_OT_BASE_H
#define KONSIL_OT_BASE_H

#include "../runtime/base/block.h"
#include "../runtime/base/status.h"

enum {
	N_BASE_OT = 128,
	OT_POINT_BYTES = 32,
	OT_HASH_BYTES = 32,
	OT_SEED_BYTES = 32,
	OT_CHOICE_BYTES = N_BASE_OT * OT_POINT_BYTES + OT_SEED_BYTES,      /* all B_i, seed */
	OT_SENDER_BYTES = OT_POINT_BYTES,                                  /* z */
	OT_CHALLENGE_BYTES = N_BASE_OT * OT_HASH_BYTES + OT_HASH_BYTES,    /* all Chall_i, gamma */
	OT_ANSWER_BYTES = OT_HASH_BYTES,                                   /* Ans' */
};

/* Whose OTs these are; the same at both sides. */
struct ot_base_id {
	uint8_t sid[32];
	uint32_t sender, receiver;
};

/* A side's state from its first create to its last step.  An error wipes it; so does the end. */
struct ot_base_receiver {
	struct ot_base_id id;
	block choice;                           /* bit i is b_i */
	uint8_t alpha[N_BASE_OT][32];
	uint8_t sent[OT_CHOICE_BYTES];
	uint8_t answer[OT_ANSWER_BYTES];
};
struct ot_base_sender {
	struct ot_base_id id;
	uint8_t r[32];
	uint8_t z[OT_SENDER_BYTES];
	uint8_t answer[OT_ANSWER_BYTES];
};

/* Step 1, and z of step 2: neither waits for the other. */
void ot_base_create_choice(struct ot_base_receiver *r, uint8_t msg[OT_CHOICE_BYTES],
    const struct ot_base_id *id, block choice);
void ot_base_create_sender(struct ot_base_sender *s, uint8_t msg[OT_SENDER_BYTES],
    const struct ot_base_id *id);

/* The keys: key[i][b] = p_{i,b} at the sender, key[i] = p_{i,b_i} at the receiver, who must not use
 * it before consume_challenge. */
enum status ot_base_consume_choice(block key[N_BASE_OT][2], struct ot_base_sender *s,
    const uint8_t msg[OT_CHOICE_BYTES]) MUST_USE;
enum status ot_base_consume_sender(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_SENDER_BYTES]) MUST_USE;

/* The rest of step 2, and the check of step 3; on failure the key is wiped. */
void ot_base_create_challenge(struct ot_base_sender *s, uint8_t msg[OT_CHALLENGE_BYTES],
    const block key[N_BASE_OT][2]);
enum status ot_base_consume_challenge(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_CHALLENGE_BYTES]) MUST_USE;

/* Ans' of step 3, and step 4.  Both wipe the state. */
void ot_base_create_answer(struct ot_base_receiver *r, uint8_t msg[OT_ANSWER_BYTES]);
enum status ot_base_consume_answer(struct ot_base_sender *s,
    const uint8_t msg[OT_ANSWER_BYTES]) MUST_USE;

#endif
