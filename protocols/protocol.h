/* protocol.h: what a protocol is: data about it, and a row for each instruction that it can do.
 *
 * The VM does everything on public, local and real values itself, and moves shares about (COPY,
 * GATHER, PUT: an element of a share is as wide as one of its ring).  It calls the protocol for the
 * other instructions that touch shares (d or a is A, B or Y).  A NULL row means that the protocol
 * cannot do it; the loader refuses such a program before a byte is sent.
 *
 * To write one: a struct protocol in a file of its own, entered in registry.c; rows for what
 * isa.def says of the domains that it has; a target, from which the compiler learns which domains
 * those are and `explain` what each instruction costs.  Elements lie as BYTECODE.md says: A in
 * two's complement, B and Y in planes.  clear.c is the shortest whole protocol; additive.c has
 * messages, and what they need prepared beforehand; replicated.c holds two parts of every share.
 * tests/unit/test_matrix.c runs every program
 * under every protocol against clear, and wants predicted rounds and bytes to be those that were
 * measured. */
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
	/* Of d, a, b, c: bytes from a node's first part of a share (A, B) to its second; 0 if it has one
	 * part (struct code, held), and elsewhere. */
	size_t part[4];
	size_t n;                        /* elements of d */
	size_t na, nb, nc;               /* elements of a, b, c; 1 stands for as many as needed */
	unsigned width;                  /* of d */
	unsigned awidth;                 /* of a */
	const struct circuit *circuit;   /* CIRC_B, CIRC_Y */
	void *scratch;                   /* scratch(...) bytes, 64-aligned, kept until d is there */
	int64_t imm[3];
	uint64_t seq;                    /* of this execution; the same at all nodes, used once */
	/* SHARE: elements owner_lo[p] .. owner_lo[p+1] of d are node p's; n_nodes + 1 entries. */
	const uint64_t *owner_lo;
	/* OPEN: mask of nodes that learn d.  REVEAL: all. */
	uint32_t recipients;
	/* OPEN, OPEN_B: where begin also leaves what this node will hand to recipients that are no nodes,
	 * or NULL: its share, re-randomised; with two parts, the second box_bytes behind the first.  Of
	 * OPEN elements as in a, of OPEN_B groups in sliced order (bitplane.h), whole ones.  The sum (XOR)
	 * of all nodes' first parts is the value. */
	void *box;
	size_t box_bytes;
};

/* Bytes towards or from each peer, in order; begin appends, end consumes, and both move `at`. */
struct parcel {
	uint8_t *at[N_NODE_MAX];
};

/* An interactive instruction has units (elements; MATMUL_A: tiles).  The VM cuts them into ranges
 * lo..hi at multiples of `step` units, puts ranges of all pending instructions into bundles of at
 * most PARCEL_MAX bytes a link, and for each bundle calls prepare for every range, refill if not
 * ready, then begin for every range, and later end for every range in the same order.  At most two
 * bundles are between begin and end, and none is during refill.  All of it happens in the same
 * order at all nodes.  PARCEL_MAX: target.h. */
struct proto_row {
	/* 0: run does it, at ROUND if the instruction has rounds; else begin and end do, in each of
	 * the insn_rounds() rounds.  run may stream to a peer and from it, without being answered. */
	unsigned rounds;
	/* Bytes of memory to work in from issue to result; NULL: none. */
	uint64_t (*scratch)(const struct operands *, unsigned n_nodes);
	enum status (*run)(struct proto *, const struct operands *) MUST_USE;
	uint64_t step;
	uint64_t (*units)(const struct operands *);
	/* What `step` units send over one link in one round at most; at most PARCEL_MAX. */
	uint64_t (*step_bytes)(const struct operands *, unsigned n_nodes);
	/* Exact payload of units lo..hi in round r from node `from` to node `to`; public. */
	uint64_t (*bytes)(const struct operands *, unsigned n_nodes, unsigned r, unsigned from,
	    unsigned to, uint64_t lo, uint64_t hi);
	/* Announces the correlated randomness that units lo..hi need in this bundle, in round r; returns
	 * up to where there is room for it, a multiple of step or hi; lo: none.  A bundle of one range
	 * always has room for one step.  NULL: nothing is needed. */
	uint64_t (*prepare)(struct proto *, const struct operands *, unsigned r, uint64_t lo,
	    uint64_t hi);
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
	const struct code *code;         /* the program: its demand, its circuits */
};

struct protocol {
	const char *name;                /* "additive" */
	const char *model;               /* "semi-honest, all but one may collude": for the sheet */
	const char *assumptions;         /* one sentence for the sheet */
	const char *leaves;              /* another: how what a site puts in leaves it */
	const char *safe_even_if, *unsafe_if;    /* for the sheet: "Safe even if ...", "Unsafe if ..." */
	/* Of parties that are no nodes, for the sheet; NULL where there are none: how what they put in
	 * leaves them; "Safe as long as ..."; how many of the nodes together could work out everything
	 * ("Unsafe if %s of the computing nodes ..."). */
	const char *contributes, *safe_as_long_as, *together;
	unsigned n_min, n_max;
	bool secure;                     /* false: for tests and rehearsal, in one process */
	const struct target *target;
	const struct proto_row *row[N_INSN];
	/* Sets up (PHASE_SETUP).  On failure *out is NULL; what a peer did: the channel's fault. */
	enum status (*open)(struct proto **out, const struct proto_env *, struct fault *) MUST_USE;
	/* Whether what was prepared is there; if not, refill makes it, in lockstep at all nodes and
	 * in PHASE_OFFLINE.  NULL: nothing is ever missing. */
	bool (*ready)(const struct proto *);
	enum status (*refill)(struct proto *) MUST_USE;
	/* After all code ran and before results are used: whether what was opened may be believed.
	 * ST_ABORT with who deviated; or what the channel says.  NULL: nothing is checked. */
	enum status (*check)(struct proto *, struct fault *) MUST_USE;
	void (*close)(struct proto *);   /* wipes; NULL is fine; before the channel goes */
};

/* Costs add up to at most UINT64_MAX. */
static inline uint64_t
times_or_full(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_mul_overflow(a, b, &r) ? UINT64_MAX : r;
}

static inline uint64_t
plus_or_full(uint64_t a, uint64_t b)
{
	uint64_t r;

	return __builtin_add_overflow(a, b, &r) ? UINT64_MAX : r;
}

/* An instruction's operands as far as lengths depend on them: no addresses.  owner_lo: room for
 * n_nodes + 1 entries, which *x then refers to. */
void protocol_shape(struct operands *x, uint64_t owner_lo[N_NODE_MAX + 1], const struct code *c,
    const struct insn *insn, unsigned n_nodes);
/* For target.cost: the online bytes of an instruction with rounds, by its row; rounds of ROUND. */
void protocol_cost(struct tally *t, const struct protocol *p, const struct code *c,
    const struct insn *x, uint64_t times, unsigned n_nodes);

extern const struct protocol protocol_clear, protocol_additive, protocol_yao, protocol_mixed,
    protocol_replicated;
/* NULL if there is none of that name. */
const struct protocol *protocol_find(const char *name);
const struct protocol *protocol_at(unsigned i);  /* NULL after the last */

#endif
