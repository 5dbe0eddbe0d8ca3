/* protocol.h: what a protocol is: data about it, and a row for each instruction that it can do.
 *
 * The VM does everything on public, local and real values itself and calls the protocol for the
 * instructions that touch shares (d or a is A).  A NULL row means that the protocol cannot do it;
 * the loader refuses such a program before a byte is sent. */
#ifndef KONSIL_PROTOCOL_H
#define KONSIL_PROTOCOL_H

#include "../runtime/code/code.h"
#include "../runtime/code/target.h"
#include "../runtime/net/chan.h"

struct proto;                            /* a protocol's state for one run at one node */

/* An instruction with its operands resolved for this execution. */
struct operands {
	void *d;
	const void *a, *b, *c;           /* NULL if absent */
	size_t n;                        /* elements of d */
	size_t na, nb;                   /* elements of a and b; 1 stands for as many as needed */
	unsigned width;                  /* of d: 64 or 128 */
	unsigned awidth;                 /* of a */
	int64_t imm[3];
	uint64_t seq;                    /* number of this execution, the same at every node, never reused */
	/* SHARE: elements owner_lo[p] .. owner_lo[p+1] of a belong to node p. */
	const uint64_t *owner_lo;
	/* OPEN: mask of nodes that learn d.  REVEAL: all. */
	uint32_t recipients;
};

/* Bytes towards or from each peer, in order; appended by begin, consumed by end. */
struct parcel {
	uint8_t *at[N_NODE_MAX];         /* where the next byte goes, or comes from */
};

struct proto_row {
	unsigned rounds;                 /* 0: local, and run does it */
	enum status (*run)(struct proto *, const struct operands *) MUST_USE;
	/* How many units the instruction has; the VM cuts it into ranges lo..hi of them (elements, in
	 * multiples of 64 unless the last; MATMUL_A: tiles) of at most unit_max. */
	uint64_t (*units)(const struct operands *);
	uint64_t unit_max;
	/* Exact payload of units lo..hi in round r from node `from` to node `to`; public. */
	uint64_t (*bytes)(const struct operands *, unsigned n_nodes, unsigned r, unsigned from,
	    unsigned to, uint64_t lo, uint64_t hi);
	/* Announces the correlated randomness that units lo..hi need; then `refill` is called once for
	 * all instructions of a bundle before any begin. */
	enum status (*prepare)(struct proto *, const struct operands *, uint64_t lo, uint64_t hi) MUST_USE;
	/* Appends what this node sends in round r for units lo..hi; consumes what came. */
	enum status (*begin)(struct proto *, const struct operands *, unsigned r, uint64_t lo,
	    uint64_t hi, struct parcel *out) MUST_USE;
	enum status (*end)(struct proto *, const struct operands *, unsigned r, uint64_t lo,
	    uint64_t hi, struct parcel *in) MUST_USE;
};

struct proto_env {
	struct chan *ch;                 /* NULL for a protocol of one process (clear) */
	unsigned me, n;                  /* this node, number of nodes */
	uint8_t sid[32];                 /* session id, common to all nodes, fresh for each run */
	const struct demand *demand;     /* of the program */
	uint32_t n_demand;
};

struct protocol {
	const char *name;                /* "additive" */
	const char *model;               /* "semi-honest, all but one may collude": for the sheet */
	const char *assumptions;         /* one sentence for the sheet */
	unsigned n_min, n_max;
	bool secure;                     /* false: only for tests and rehearsal (clear) */
	const struct target *target;
	const struct proto_row *row[N_INSN];
	enum status (*open)(struct proto **, const struct proto_env *, struct fault *) MUST_USE;
	/* Makes what was prepared; runs in lockstep at all nodes, in PHASE_OFFLINE. */
	enum status (*refill)(struct proto *) MUST_USE;
	void (*close)(struct proto *);   /* wipes; idempotent; NULL is fine */
};

extern const struct protocol protocol_clear, protocol_additive;
/* NULL if there is none of that name. */
const struct protocol *protocol_find(const char *name);
const struct protocol *protocol_at(unsigned i);  /* NULL after the last */

#endif
