/* additive.h: the inside of protocol additive, shared by additive*.c and by what extends it:
 * gmw*.c, yao*.c, mixed.c.  See additive.c. */
#ifndef KONSIL_ADDITIVE_H
#define KONSIL_ADDITIVE_H

#include <assert.h>

#include "linear.h"
#include "pool.h"

#include "../runtime/base/prg.h"

enum {
	ADD_STEP = 64,                  /* elements: a range of bits is whole bytes */
	ADD_BLOCK = 512,                /* elements worked on at a time, in the first cache */
	TAKEN_MAX = 1 << 12,            /* ranges between begin and end; the VM has two bundles */
	TILES_MAX = 16,                 /* matrix triples in a bundle, to bound memory */
};

/* Correlated randomness that begin took and end will use. */
union taken {
	struct triples64 t64;
	struct triples128 t128;
	struct wraps wraps;
	const ashare64 *bits64;
	const ashare128 *bits128;
	struct ands ands;
	struct mulbs64 m64;
	struct mulbs128 m128;
};

/* A matrix triple, announced by prepare, made by refill, used up by end.  e and f are what was
 * opened: E = A - X (m x k), F = B - Y (k x n). */
struct tile {
	size_t m, k, n;
	unsigned width;
	uint8_t *mem;                   /* NULL: not made yet */
	size_t len;
	void *x, *y, *z, *e, *f;
};

struct garbling;

struct proto {
	/* Shared with each peer: shares of inputs come from these, and sharings of zero. */
	struct prg share[N_NODE_MAX], zero[N_NODE_MAX];
	struct chan *ch;
	unsigned me, n;
	struct pool *pool;
	size_t need[N_CORR];            /* announced and not taken */
	union taken *taken;             /* a ring of TAKEN_MAX */
	uint64_t n_put, n_got;
	/* Rings, too: tiles up to announced are asked for, up to made are there. */
	struct tile tile[2 * TILES_MAX];
	uint64_t announced, made, opening, used;
	struct garbling *y;             /* yao.c; NULL under protocol additive */
};

/* Announces up to (hi - lo) * each entries of a kind; see prepare in protocol.h. */
uint64_t additive_announce(struct proto *p, enum corr kind, uint64_t each, uint64_t lo,
    uint64_t hi);
/* The next range's place in the ring, for begin; and for end, in the same order. */
union taken *additive_put(struct proto *p);
union taken *additive_got(struct proto *p);

/* How MATMUL_A is cut: a pure function of its shape, of which costs are made, too.  Tiles are
 * numbered along k first, then n, then m. */
struct tiling {
	uint64_t m, k, n;               /* of a full tile */
	uint64_t gm, gk, gn;            /* how many in each direction */
};
struct tiling additive_tiling(uint64_t m, uint64_t k, uint64_t n);
/* Tile u: its corner (m, k, n) and extent. */
struct extent {
	uint64_t m0, k0, n0, m, k, n;
};
struct extent additive_extent(const struct operands *x, uint64_t u);
/* Makes the triples of all tiles that were announced. */
enum status additive_make_tiles(struct proto *p) MUST_USE;

/* How much of each kind of correlated randomness a program's demand needs. */
void additive_need(uint64_t need[N_CORR], const struct code *c, unsigned n_nodes);
enum { SEED_HALF = 32 };                /* bytes that each of a pair contributes to its keys */

extern const struct target additive_target;
extern const struct proto_row additive_share, additive_lift, additive_narrow, additive_add,
    additive_sub, additive_neg, additive_shl, additive_addp, additive_mulp, additive_sum,
    additive_cumsum, additive_matp, additive_pmat, additive_mul, additive_matmul, additive_trunc,
    additive_open;
/* gmw*.c */
extern const struct proto_row additive_share_b, additive_lift_b, additive_split_b,
    additive_random_b, additive_circ_b, additive_num_a, additive_mulb_a, additive_open_b;

/* For .row of whichever protocol has them all. */
#define ADDITIVE_ROWS \
	[OP_SHARE] = &additive_share, [OP_LIFT] = &additive_lift, \
	[OP_NARROW] = &additive_narrow, [OP_ADD_A] = &additive_add, \
	[OP_SUB_A] = &additive_sub, [OP_NEG_A] = &additive_neg, [OP_SHL_A] = &additive_shl, \
	[OP_ADDP_A] = &additive_addp, [OP_MULP_A] = &additive_mulp, \
	[OP_SUM_A] = &additive_sum, [OP_CUMSUM_A] = &additive_cumsum, \
	[OP_MATP_A] = &additive_matp, [OP_PMAT_A] = &additive_pmat, \
	[OP_MUL_A] = &additive_mul, [OP_MATMUL_A] = &additive_matmul, \
	[OP_TRUNC_A] = &additive_trunc, [OP_REVEAL] = &additive_open, \
	[OP_OPEN] = &additive_open, [OP_SHARE_B] = &additive_share_b, \
	[OP_LIFT_B] = &additive_lift_b, [OP_SPLIT_B] = &additive_split_b, \
	[OP_RANDOM_B] = &additive_random_b, [OP_CIRC_B] = &additive_circ_b, \
	[OP_NUM_A] = &additive_num_a, [OP_MULB_A] = &additive_mulb_a, \
	[OP_REVEAL_B] = &additive_open_b, [OP_OPEN_B] = &additive_open_b

bool additive_ready(const struct proto *p);
enum status additive_refill(struct proto *p) MUST_USE;

/* additive_ring.h, for each width: the work of begin and end. */
typedef void add_begin(struct proto *, const struct operands *, uint64_t lo, uint64_t hi,
    struct parcel *);
/* Begin or end of an instruction, by the width of its ring. */
#define ADDITIVE_BY_WIDTH(name, when) \
static enum status \
name##_##when(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi, \
    struct parcel *parcel) \
{ \
	assert(r == 0); \
	(x->width == 64 ? name##64_##when : name##128_##when)(p, x, lo, hi, parcel); \
	return ST_OK; \
}
/* For .units: the elements of the result. */
uint64_t additive_units(const struct operands *x);

add_begin open64_begin, open64_end, open128_begin, open128_end, mul64_begin, mul64_end,
    mul128_begin, mul128_end, trunc64_begin, trunc64_end, trunc128_begin, trunc128_end;
void tile64_begin(struct proto *, const struct operands *, uint64_t u, struct parcel *);
void tile64_end(struct proto *, const struct operands *, uint64_t u, struct parcel *);
void tile128_begin(struct proto *, const struct operands *, uint64_t u, struct parcel *);
void tile128_end(struct proto *, const struct operands *, uint64_t u, struct parcel *);

#endif
