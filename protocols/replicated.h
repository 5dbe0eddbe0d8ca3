/* replicated.h: the inside of protocol replicated, shared by replicated.c and rep_*.c.
 *
 * Nodes 0, 1, 2; a value is the sum (A: modulo 2^64 or 2^128; B: XOR) of parts x_0, x_1, x_2.
 * Node i holds x_i, its first part, and x_(i+1), its second, which lies operands.part[k] bytes
 * behind the first.  So part i is held by nodes i and i - 1, and node i lacks x_(i-1).  Indices
 * are modulo 3. */
#ifndef KONSIL_REPLICATED_H
#define KONSIL_REPLICATED_H

#include "protocol.h"

#include "../runtime/base/bitplane.h"
#include "../runtime/base/prg.h"

#include <sodium.h>

enum {
	REP_NODES = 3,
	REP_STEP = GROUP,               /* elements: ranges do not share words of planes */
	REP_BLOCK = 512,                /* elements worked on at a time, in the first cache */
};

/* What streams of common randomness are for; each use has keys of its own. */
enum rep_use {
	REP_SHARE,                      /* parts of fresh sharings */
	REP_ZERO,                       /* sharings of zero */
	REP_PAD,                        /* one-time pads of messages */
	REP_ORDER,                      /* random orders */
	REP_CHECK,                      /* the key of what is compared: rep_open.h */
	N_REP_USE
};

struct proto {
	struct chan *ch;
	unsigned me;
	/* What both holders of a part know and the third node does not: [0] with node me - 1, who
	 * holds this node's first part, too; [1] with node me + 1, who holds its second. */
	struct prg with[2][N_REP_USE];
	struct prg all;                 /* what all three know, and nobody else */
	/* rep_open.h: over what the next node lacks of what was opened to it, and over what this one
	 * lacked and was sent. */
	crypto_onetimeauth_state vouched, heard;
	const struct code *code;        /* for names */
};

static inline unsigned
rep_next(unsigned node)
{
	return node == REP_NODES - 1 ? 0 : node + 1;
}

static inline unsigned
rep_prev(unsigned node)
{
	return node == 0 ? REP_NODES - 1 : node - 1;
}

/* The number of a stream: round r of instruction seq, its k-th purpose there. */
static inline uint64_t
rep_stream(uint64_t seq, unsigned r, unsigned k)
{
	return seq << 20 | (uint64_t)r << 4 | k;
}

/* The operands with part k, 0 or 1, of every share. */
static inline struct operands
rep_part(const struct operands *x, unsigned k)
{
	struct operands y = *x;

	if (k == 0)
		return y;
	y.d = (uint8_t *)x->d + x->part[0];
	y.a = x->part[1] == 0 ? x->a : (const uint8_t *)x->a + x->part[1];
	y.b = x->part[2] == 0 ? x->b : (const uint8_t *)x->b + x->part[2];
	y.c = x->part[3] == 0 ? x->c : (const uint8_t *)x->c + x->part[3];
	return y;
}

/* How many of elements i .. hi are worked on at a time. */
static inline size_t
rep_block(uint64_t i, uint64_t hi)
{
	return hi - i < REP_BLOCK ? (size_t)(hi - i) : REP_BLOCK;
}

/* For .units: the elements of the result. */
uint64_t rep_units(const struct operands *x);

/* rep_cost.c: adds what `times` executions of an instruction compute. */
void rep_cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times);

extern const struct target replicated_target;

/* rep_local.c, rep_product.c, rep_trunc.c, rep_open.c */
extern const struct proto_row replicated_share, replicated_lift, replicated_narrow, replicated_add,
    replicated_sub, replicated_neg, replicated_shl, replicated_addp, replicated_mulp,
    replicated_sum, replicated_cumsum, replicated_matp, replicated_pmat, replicated_mul,
    replicated_matmul, replicated_trunc, replicated_open;
/* rep_circ.c, rep_bits_*.c, rep_num.c */
extern const struct proto_row replicated_circ_b, replicated_share_b, replicated_lift_b,
    replicated_random_b, replicated_split_b, replicated_open_b, replicated_num_a,
    replicated_mulb_a;
/* rep_sort.c, rep_shuffle.c */
extern const struct proto_row replicated_sort_b, replicated_shuf_b;

#endif
