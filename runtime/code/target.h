/* target.h: what a protocol tells the compiler and the cost model, as data. */
#ifndef KONSIL_TARGET_H
#define KONSIL_TARGET_H

#include "code.h"

enum {
	N_TARGET_NODES = 16,
	PARCEL_MAX = 1 << 20,            /* bytes over a link that go at once: protocol.h */
};

/* What a run costs; every number is exact. */
struct tally {
	uint64_t online_rounds, offline_rounds, setup_rounds;
	uint64_t online[N_TARGET_NODES][N_TARGET_NODES];   /* payload bytes from, to */
	uint64_t offline[N_TARGET_NODES][N_TARGET_NODES];
	uint64_t setup[N_TARGET_NODES][N_TARGET_NODES];
	uint64_t ots;                                      /* correlated OTs, over all pairs */
	uint64_t triples64, triples128, wraps, bits64, bits128, matrices;
	uint64_t ands;                   /* AND gates on XOR shares, and their triples */
	uint64_t garbled;                /* AND gates garbled */
	uint64_t mulbs64, mulbs128;      /* products of a bit and a number */
	uint64_t matrix_bytes;           /* of offline: for triples of matrices, over all links */
	/* Of replicated: 64-bit numbers made of what two nodes know and of what the third knows (of
	 * truncations, of bits); 64-bit numbers turned into planes; records of a pass of sorting. */
	uint64_t turns, planes, sorted;
	/* Beside what the target says, see estimate.h: */
	uint64_t delays;                 /* half round trips online */
	uint64_t insns, elements;        /* instructions executed; elements that they work on */
	uint64_t functions;              /* elements of functions and divisions in the clear */
	uint64_t macs;                   /* multiplications and additions of products of matrices */
	uint64_t memory;                 /* bytes of values */
	uint64_t gates, gates_y;         /* of circuits: words of XOR shares; labels */
};

struct target {
	const char *name;
	bool has_local;                  /* domain L is sound here */
	bool has_guests;                 /* there may be parties that are no nodes: INPUT_A, INPUT_B */
	/* Where secrets can be computed with: numbers in A, bits in B, bits in Y.  yao has B only to
	 * open what was computed in Y. */
	bool has_a, has_b, has_y;
	uint8_t held;                    /* parts of a share that a node holds; struct code */
	bool has_sort;                   /* SORT_B and SHUF_B: sorting costs less than a network */
	/* Bits over a link that an AND on XOR shares costs, its preparation included: whether a circuit
	 * with fewer layers and more ANDs is better. */
	unsigned and_bits;
	/* Where a bit of several that become one number costs 1: what a bit that becomes a number by
	 * itself costs, and what a product of numbers and its truncation cost. */
	unsigned lone_bit, product;
	/* In the measure of and_bits, what a bit costs that becomes a number of 64 bits by itself. */
	unsigned number_bits;
	bool plain_shares;               /* clear: instructions on X work on A as well */
	/* Adds `times` executions of an instruction on d of n elements. */
	void (*cost)(struct tally *, const struct code *, const struct insn *, uint64_t times,
	    unsigned n_nodes);
	/* Adds what the demand as a whole costs: set-up and preprocessing. */
	void (*cost_demand)(struct tally *, const struct code *, unsigned n_nodes);
};

#endif
