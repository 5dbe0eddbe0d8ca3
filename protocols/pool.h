/* pool.h: the correlated randomness of one node.
 *
 * Security: semi-honest, all nodes but one may collude, no dealer.  Everything is made between
 * each pair of nodes by oblivious transfer: base OTs (ot_base.h), SoftSpoken extension (ot_ext.h),
 * Gilboa multiplication (gilboa.h), AND triples (pool_and.c), bit-triples (pool_mulb.c).
 *
 * A pool holds a store of fixed size for each kind, which all nodes refill in lockstep: in full
 * chunks, and at the end of the announced demand in one chunk that is the exact remainder.  So the
 * number of entries ever made is exactly the demand.  All nodes must call pool_open, pool_ensure
 * and pool_matrix in the same order with the same numbers; whether a call talks to the peers
 * depends on public numbers only.  Entries are handed out once and wiped after use.
 *
 * Messages go over the channel given to pool_open, in the phases PHASE_SETUP and PHASE_OFFLINE;
 * every call that talks sets the phase, calls chan_round() after each exchange, and leaves the
 * phase PHASE_ONLINE behind.  A pool belongs to one thread.  Leaks: kinds, numbers and shapes. */
#ifndef KONSIL_POOL_H
#define KONSIL_POOL_H

#include "../runtime/base/ring.h"
#include "../runtime/base/status.h"
#include "../runtime/net/chan.h"

enum corr {
	CORR_TRIPLE64, CORR_TRIPLE128,   /* shares of a, b and a * b, a and b uniform */
	CORR_WRAP,                       /* two nodes: a bit of each and shares of their product */
	/* Shares of a uniform bit that nobody knows.  Their lowest bits are XOR shares of it: a daBit. */
	CORR_BIT64, CORR_BIT128,
	CORR_AND,                        /* 64 AND triples: XOR shares of words a, b and a & b */
	CORR_MULB64, CORR_MULB128,       /* shares of a bit r (a daBit), a uniform y, and r * y */
	CORR_MATRIX,                     /* number of calls of pool_matrix; nothing is stored */
	N_CORR
};

/* A secret bit, 0 or 1. */
typedef struct {
	uint8_t v;
} sbit;

/* n entries, structure of arrays. */
struct triples64 {
	const ashare64 *a, *b, *c;
};
struct triples128 {
	const ashare128 *a, *b, *c;
};
/* bit[i] is this node's own uniform bit; share[0] + share[1] = bit[0] * bit[1] modulo 2^64 (over
 * the two nodes); for fewer bits take it modulo 2^f. */
struct wraps {
	const sbit *bit;
	const ashare64 *share;
};
struct ands {
	const bshare *a, *b, *c;
};
struct mulbs64 {
	const ashare64 *r, *y, *z;
};
struct mulbs128 {
	const ashare128 *r, *y, *z;
};

struct pool;

/* Makes the base OTs with every peer (three rounds, PHASE_SETUP), unless the demand is all zero:
 * then it sends nothing.  sid: session id, the same at all nodes and fresh for every run.
 * demand[kind]: how many entries this run will take altogether, exactly (CORR_MATRIX: calls of
 * pool_matrix).  CORR_WRAP must be 0 unless there are two nodes.  cot_k: 2, 4 or 8, see ot_ext.h.
 * The channel stays the caller's.  On failure *out is NULL; ST_ABORT: a peer sent what is no valid
 * point. */
enum status pool_open(struct pool **out, struct chan *ch, const uint8_t sid[32],
    const uint64_t demand[N_CORR], unsigned cot_k) MUST_USE;

/* The cot_k for "lan", "metro" or "wan" (NULL: any): few bytes where they cost more than AES. */
unsigned pool_cot_k(const char *network);

/* How many entries one pool_ensure may ask for: some chunks. */
size_t pool_capacity(enum corr kind);

/* Makes at least n entries of a kind available, in as few chunks as that takes; keeps what is left.
 * Pointers from an earlier pool_take of this kind become invalid.  ST_INTERNAL if n exceeds the
 * capacity or what is left of the demand. */
enum status pool_ensure(struct pool *p, enum corr kind, size_t n) MUST_USE;

/* How many entries are made and not taken. */
size_t pool_available(const struct pool *p, enum corr kind);

/* The next n entries, marked as used; valid until the next pool_ensure of that kind.  That they are
 * available (pool_ensure) is the caller's duty and asserted. */
struct triples64 pool_take_triples64(struct pool *p, size_t n);
struct triples128 pool_take_triples128(struct pool *p, size_t n);
struct wraps pool_take_wraps(struct pool *p, size_t n);
struct ands pool_take_ands(struct pool *p, size_t n);
struct mulbs64 pool_take_mulbs64(struct pool *p, size_t n);
struct mulbs128 pool_take_mulbs128(struct pool *p, size_t n);
const ashare64 *pool_take_bits64(struct pool *p, size_t n);
const ashare128 *pool_take_bits128(struct pool *p, size_t n);

/* Makes one matrix triple C = A B now (PHASE_OFFLINE): a is m x k, b is k x n, c is m x n,
 * row-major, shares of ring_bits (64 or 128) bits: ashare64 * or ashare128 *.  m, k, n > 0.
 * ST_INTERNAL if demand[CORR_MATRIX] is used up.  On failure a, b, c are zero. */
enum status pool_matrix(struct pool *p, unsigned ring_bits, size_t m, size_t k, size_t n,
    void *a, void *b, void *c) MUST_USE;

/* Wipes and frees; NULL is fine.  Sends nothing. */
void pool_close(struct pool *p);

/* What it costs, exactly: payload bytes over each directed link, rounds (calls of chan_round), and
 * correlated OTs over all pairs.  Each function adds to *cost. */
struct pool_cost {
	uint64_t sent[N_NODE_MAX][N_NODE_MAX];   /* [from][to] */
	uint64_t rounds;
	uint64_t ots;
};

/* pool_open with this demand.  PHASE_SETUP. */
void pool_cost_setup(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes,
    const uint64_t demand[N_CORR]);
/* All refills of a kind for a total demand of count (not CORR_MATRIX).  PHASE_OFFLINE. */
void pool_cost_refill(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes, enum corr kind,
    uint64_t count);
/* One call of pool_matrix.  PHASE_OFFLINE. */
void pool_cost_matrix(struct pool_cost *cost, unsigned cot_k, unsigned n_nodes, unsigned ring_bits,
    size_t m, size_t k, size_t n);

#endif
