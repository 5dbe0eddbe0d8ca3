/* ot_ext.h: correlated OTs (COTs) from 128 base OTs, as many as wanted.
 *
 * SoftSpokenOT [Roy, ePrint 2022/192] with the repetition code, semi-honest: without the
 * consistency check that a malicious receiver would call for.  The sender holds Delta; for each COT
 * the receiver has r_j, and
 *     t_j = q_j xor r_j Delta.
 * For each of 128 / k groups of k bits of Delta the receiver has the 2^k leaves of a GGM tree and
 * the sender all but leaf Delta_i (a punctured pseudo-random function).  A leaf is an AES key, its
 * stream addressed by the number of the COT.  Both sides XOR the leaves' streams together so that
 * they differ by a product of k bits of Delta and a random row u_i; the receiver sends u_i xor r,
 * 128 / k bits a COT.  k = 2, 4 or 8 trades bytes for AES: 2^k / k blocks a COT.
 *
 * A receiver that wants random r takes it to be u_0, which then need not be sent: the sender lacks
 * one of the streams in it.
 *
 * A COT is not an OT: pads are H(t_j, j), H(q_j, j) and H(q_j xor Delta, j) by the hash of aes.h,
 * with j counting over the whole life of the pair, so that no tweak comes twice.
 *
 * Departure: the sender stores leaf x at x xor Delta_i, so that the unknown one is always number 0
 * and nothing is indexed by Delta.  create_x and consume_x do no I/O.  Constant-time in choices,
 * Delta and keys.  Leaks: n. */
#ifndef KONSIL_OT_EXT_H
#define KONSIL_OT_EXT_H

#include "ot_base.h"
#include "ot_fold.h"

enum {
	COT_KEYS_MAX = 16 << 8,                   /* leaves of all trees, for k = 8 */
	/* Two blocks a level below the first. */
	COT_SETUP_MAX = 16 * 7 * 2 * 16,
	COT_BATCH = 8 * FOLD_ROW,                 /* COTs at once: what fits the L2 cache */
	COT_ROUND = 512,                          /* internally a batch is padded to this */
	COT_MSG_MAX = 64 * FOLD_ROW,              /* a batch's message, for k = 2 */
};

static inline size_t
cot_setup_bytes(unsigned k)
{
	return 128 / k * (k - 1) * 2 * 16;
}

/* Bytes that the receiver sends for n <= COT_BATCH COTs, with choices of its own or random ones. */
static inline size_t
cot_bytes(unsigned k, size_t n)
{
	return 128 / k * ((n + 63) / 64 * 8);
}

static inline size_t
rot_bytes(unsigned k, size_t n)
{
	return (128 / k - 1) * ((n + 63) / 64 * 8);
}

struct cot_sender {
	unsigned k;
	block delta, s;                               /* s: start of the hash's keys */
	uint64_t next;                                /* number of the next COT */
	/* Leaf x xor Delta_i of tree i is number (i << k) + x; number i << k is not known. */
	struct aes_key leaf[COT_KEYS_MAX];
};
struct cot_receiver {
	unsigned k;
	block s;
	uint64_t next;
	struct aes_key leaf[COT_KEYS_MAX];            /* leaf x of tree i: (i << k) + x */
};

/* Room to work in, one for any number of pairs; holds secrets, so wipe it in the end. */
struct cot_scratch {
	bool portable;                                /* for tests: nothing that needs this CPU */
	uint8_t rows[128][FOLD_ROW] __attribute__((aligned(64)));
	uint8_t row[FOLD_ROW] __attribute__((aligned(64)));
	uint8_t choice[FOLD_ROW] __attribute__((aligned(64)));
	block cot[COT_BATCH] __attribute__((aligned(64)));
};

/* Set-up, cot_setup_bytes(k).  key comes from base OTs in which the receiver of the COTs was the
 * sender; the sender of the COTs chose with the complement of delta, bit by bit.  s is public,
 * fresh for the session and the same at both sides. */
void cot_create_setup(struct cot_receiver *r, unsigned k, uint8_t *msg,
    const block key[N_BASE_OT][2], block s);
void cot_consume_setup(struct cot_sender *d, unsigned k, const uint8_t *msg,
    const block key[N_BASE_OT], block delta, block s);

/* The next n <= COT_BATCH COTs, cot_bytes(k, n).  choice: bit j % 8 of byte j / 8; bits behind n do
 * not matter.  t and q have room for COT_BATCH blocks. */
void cot_create_extend(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *t,
    const uint8_t *choice, size_t n);
void cot_consume_extend(struct cot_sender *d, struct cot_scratch *w, block *q, const uint8_t *msg,
    size_t n);

/* The same, with the correlation broken: pad[j] = choice_j ? pad1[j] : pad0[j], uniform otherwise.
 * Room for COT_BATCH blocks each. */
void cot_create_pads(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *pad,
    const uint8_t *choice, size_t n);
void cot_consume_pads(struct cot_sender *d, struct cot_scratch *w, block *pad0, block *pad1,
    const uint8_t *msg, size_t n);

/* Random OTs: pads with choices that come out, (n + 7) / 8 bytes of them; rot_bytes(k, n). */
void rot_create_pads(struct cot_receiver *r, struct cot_scratch *w, uint8_t *msg, block *pad,
    uint8_t *choice, size_t n);
void rot_consume_pads(struct cot_sender *d, struct cot_scratch *w, block *pad0, block *pad1,
    const uint8_t *msg, size_t n);

#endif
