/* rep_ot.h: three-party oblivious transfer for protocol replicated: a fresh sharing of m_c.
 *
 * Node s, the sender, knows numbers m_0 and m_1; nodes s+1 and s+2 both know the choice bit c,
 * which comes from the part that s lacks.  In one round they make parts of m_c [three-party OT of
 * Mohassel, Rindal 2018, section 5.4.1, run towards both receivers at once]:
 *
 *   d_s from the key of s and s+2, d_(s+1) from that of s and s+1, and d_(s+2) = M_c, where
 *   M_j = m_j - d_s - d_(s+1):
 *   1. s to s+1: M_0 + p_0, M_1 + p_1, pads p from the key of s and s+2;   s+2 to s+1: p_c
 *   2. s to s+2: M_0 + q_0, M_1 + q_1, pads q from the key of s and s+1;   s+1 to s+2: q_c
 *
 * Each receiver can take the pad off M_c only, and M_c is uniform to it: it does not know one of
 * d_s and d_(s+1).  s gets nothing.
 *
 * Numbers count modulo 2^(8 bytes): what a link carries of one are its `bytes` lowest bytes, and of
 * the parts' sum no more is right.  So what is to be multiplied by a power of two can be sent
 * shorter.  To load all links alike the sender changes every REP_TURN elements.
 *
 * Semi-honest, one of three.  Constant-time in numbers and choices.  Leaks: sizes. */
#ifndef KONSIL_REP_OT_H
#define KONSIL_REP_OT_H

#include "replicated.h"

enum { REP_TURN = REP_BLOCK };

/* The sender for element i; and how many elements from i up to hi are of one turn. */
static inline unsigned
rep_sender(uint64_t i)
{
	return (unsigned)(i / REP_TURN % REP_NODES);
}

static inline size_t
rep_turn(uint64_t i, uint64_t hi)
{
	const uint64_t left = REP_TURN - i % REP_TURN;

	return (size_t)(hi - i < left ? hi - i : left);
}

/* Of elements lo .. hi, those for which `node` is the sender. */
uint64_t rep_turns(unsigned node, uint64_t lo, uint64_t hi);

/* Some elements of one turn. */
struct rep_ot {
	unsigned sender;
	unsigned bytes;                 /* of a number that count: 1 to 8 (rep_ot64), 16 (rep_ot128) */
	/* Addresses of what is drawn, used once: a rep_stream of the instruction, and the number
	 * of the first element. */
	uint64_t stream, first;
	size_t n;                       /* at most REP_TURN */
};

/* What an element of this sender costs from one node to another. */
static inline uint64_t
rep_ot_bytes(unsigned sender, unsigned bytes, unsigned from, unsigned to)
{
	if (from == to || to == sender)
		return 0;
	return from == sender ? 2 * bytes : bytes;
}

/* begin appends messages, end consumes them.  d: this node's two parts, n numbers each; the
 * sender's are there after begin, the others' after end.  m0, m1: at the sender only, elsewhere
 * NULL.  choice: bit i % 64 of word i / 64 is element i's; at the receivers only. */
void rep_ot64_begin(const struct proto *p, const struct rep_ot *o, ashare64 *const d[2],
    const ashare64 *m0, const ashare64 *m1, const uint64_t *choice, struct parcel *out);
void rep_ot64_end(const struct proto *p, const struct rep_ot *o, ashare64 *const d[2],
    const uint64_t *choice, struct parcel *in);
void rep_ot128_begin(const struct proto *p, const struct rep_ot *o, ashare128 *const d[2],
    const ashare128 *m0, const ashare128 *m1, const uint64_t *choice, struct parcel *out);
void rep_ot128_end(const struct proto *p, const struct rep_ot *o, ashare128 *const d[2],
    const uint64_t *choice, struct parcel *in);

#endif
