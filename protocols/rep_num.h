/* rep_num.h: from replicated bits to replicated numbers, and products of both; rep_num*.[ch] only.
 *
 * NUM_A of bits b_i that count c_i (2^i; the highest of two's complement -2^i).  b_i = u_i ^ v_i,
 * where node s knows u_i, the sum of its two parts, and nodes s + 1 and s + 2 both know v_i, the
 * third; with e_i = 1 - 2 v_i, 1 or -1,
 *     d = V + sum of e_i c_i u_i,   V = sum of c_i v_i.
 * Its parts: d_s from the key of s and s + 2, d_(s+1) from that of s and s + 1, d_(s+2) what is
 * left. With pads r_i from the key of s and s + 2, and t_i from that of s and s + 1, in one round
 * 1. s to s + 1: u_i + r_i;      s + 2 to s + 1: R = d_s + sum of e_i c_i r_i
 * 2. s to s + 2: u_i + t_i;      s + 1 to s + 2: T = d_(s+1) + sum of e_i c_i t_i
 * and then
 * 3. d_(s+2) = V + sum of e_i c_i (u_i + r_i) - R - d_(s+1), at s + 1
 *            = V + sum of e_i c_i (u_i + t_i) - T - d_s,     at s + 2.
 * Node s + 1 sees uniform u_i + r_i, and R, which follows from them and its own part d_(s+2),
 * uniform since d_s is; node s + 2 likewise; s gets nothing.  These are w of the products of
 * rep_turn.h with one sum.  u_i + r_i counts modulo 2^(ring - i), and so many whole bytes are sent.
 *
 * MULB_A: the bit as a number, to d, then a product as MUL_A's (rep_product.c). */
#ifndef KONSIL_REP_NUM_H
#define KONSIL_REP_NUM_H

#include "rep_turn.h"

#include "groups.h"

/* Bits that count: those above the ring do not. */
static inline unsigned
rep_num_bits(unsigned ring_bits, unsigned width)
{
	return width < ring_bits ? width : ring_bits;
}

/* Bytes of bit i's message for an element. */
static inline unsigned
rep_num_bytes(unsigned ring_bits, unsigned i)
{
	return (ring_bits - i + 7) / 8;
}

/* Purposes of streams within an instruction. */
enum { NUM_PARTS, NUM_PADS };

/* Elements i .. i + n, of one turn, of `bits` bits each; the highest may count negative. */
struct num {
	uint64_t i, seq;
	size_t n;
	unsigned sender, bits;
	bool is_signed;
	const uint64_t *word;           /* u (at s) or v, sliced: `bits` words a group */
};

/* One turn: begin appends to messages, end consumes them; d: this node's parts, n numbers each. */
typedef void num_turn_fn(const struct proto *p, const struct num *a, void *const d[2],
    struct parcel *parcel);
extern num_turn_fn rep_num64_begin, rep_num128_begin, rep_num64_end, rep_num128_end;

#endif
