/* ot_chosen.h: oblivious transfers of messages that the sender chooses, 1 out of 2 and 1 out of N.
 *
 * 1 out of 2, of blocks: pads (ot_ext.h) chosen by the receiver's bits, and both messages under
 * them.  1 out of N = 2^bits, of at most 16 bytes each [Naor, Pinkas, "Oblivious Transfer and
 * Polynomial Evaluation", STOC 1999, protocol 3.1]:
 *   1. receiver: chooses by the bits x_b of its index x in `bits` OTs, gets keys K_b = K_b^{x_b}
 *   2. sender:   sends m_y xor F(K_0^{y_0}, y) xor F(K_1^{y_1}, y) ... for every y < N
 *   3. receiver: takes number x.  For every other y it lacks a key.
 * F is AES-128 under the pad as key, used for nothing else.
 *
 * create_x and consume_x do no I/O.  Semi-honest.  Constant-time in choices and messages.
 * Leaks: sizes. */
#ifndef KONSIL_OT_CHOSEN_H
#define KONSIL_OT_CHOSEN_H

#include "ot_ext.h"

enum { OT_BITS_MAX = 4, OT_N_MAX = 1 << OT_BITS_MAX };

/* Room to work in; holds secrets. */
struct ot_work {
	struct cot_scratch cot;
	block pad0[COT_BATCH], pad1[COT_BATCH];
	uint8_t index[COT_BATCH / 8];
};

/* n <= COT_BATCH transfers of blocks.  The choices take cot_bytes(k, n), the answer 32 bytes each.
 * pad has room for COT_BATCH blocks and is kept between the steps; out may be pad. */
void ot_create_choice(struct cot_receiver *r, struct ot_work *w, uint8_t *msg, block *pad,
    const uint8_t *choice, size_t n);
void ot_create_answer(struct cot_sender *d, struct ot_work *w, uint8_t *answer,
    const uint8_t *msg, const block *m0, const block *m1, size_t n);
void ot_consume_answer(block *out, const block *pad, const uint8_t *choice,
    const uint8_t *answer, size_t n);

/* n transfers of 1 out of 2^bits, 1 <= bits <= OT_BITS_MAX, n * bits <= COT_BATCH.  The choices
 * take cot_bytes(k, n * bits), the answer otn_answer_bytes.  m: messages of len <= 16 bytes, number
 * y of transfer e at (e * 2^bits + y) * len.  key: n blocks, kept between the steps. */
static inline size_t
otn_answer_bytes(unsigned bits, size_t len, size_t n)
{
	return n * len << bits;
}

void otn_create_choice(struct cot_receiver *r, struct ot_work *w, uint8_t *msg, block *key,
    const uint8_t *index, unsigned bits, size_t n);
void otn_create_answer(struct cot_sender *d, struct ot_work *w, uint8_t *answer,
    const uint8_t *msg, const uint8_t *m, unsigned bits, size_t len, size_t n);
void otn_consume_answer(uint8_t *out, const block *key, const uint8_t *index,
    const uint8_t *answer, unsigned bits, size_t len, size_t n);

#endif
