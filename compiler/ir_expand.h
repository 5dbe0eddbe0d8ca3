/* ir_expand.h: operations that no protocol does by itself on shares, made of others.
 *
 * requires: domains, roots.  keeps: ranges, errors, roots, and what is computed after opening.
 * breaks: domains (derive them again).
 * Only what is shared (domain A) and computed before opening is replaced.  Under a target whose
 * shares are plain numbers (clear) only what has no plain kernel is.  A replacement has
 * O(log^2 n) operations at most, whatever n is. */
#ifndef KONSIL_IR_EXPAND_H
#define KONSIL_IR_EXPAND_H

#include "ir_rewrite.h"

struct order_key;

struct expand {
	const struct target *target;
	bool *shared;                    /* of old values: needed before opening, on shares */
	bool *taken;                     /* of an old order: something is taken in it */
	bool *shown;                     /* of an old order: its indices are used as numbers, too */
	struct order_key **key;          /* of an old order: what is sorted for it */
	uint8_t *layers;                 /* of an old sum of bits: as what it is counted; see below */
};

/* Each builds the replacement of the old value v on its new operands, at the end of ir->at; v is
 * a copy. */

/* MINR, MAXR: ceil(log2 n) levels, each ceil(n / 2) comparisons wide.  Of all rows that members
 * hold each member finds its own first. */
ir_id expand_extreme(struct ir *, const struct ir_value *v, ir_id a);

/* EQ of a sum of bools with 0: none of them is true; where a sum takes ANDs, too, nothing is added
 * up. */
bool expand_is_none(const struct ir *, const struct ir_value *v);
ir_id expand_none(struct ir *, const struct ir_value *v, const int64_t imm[3], ir_id bools);

/* Is it a bit already, where it is made? */
bool expand_made_of_bits(const struct ir *, ir_id);

/* SUM of bits, where a bit that becomes a number costs more than ANDs do: counted as bits in so
 * many layers of ANDs, or 0 of them, as the protocol's prices and the network say; not where bits
 * may be labels, of which an AND is dear.  Sums that do not wait for each other share the rounds of
 * their layers.  Each layer halves what becomes numbers. */
void expand_plan_counts(const struct ir *, struct expand *);
ir_id expand_count(struct ir *, const struct ir_value *v, ir_id a, unsigned layers);

/* MAX of a number that arithmetic makes with 0: its sign times it, so that it becomes no bits. */
bool expand_is_relu(const struct ir *, const struct ir_value *v);
ir_id expand_relu(struct ir *, const struct ir_value *v, ir_id a);

/* ORDER, SHUFFLE: first the key, then, if the indices are shown, these.  TAKE.  All that is taken
 * in one order in one block is sorted together; the others are then in rw->map, too. */
void expand_order_key(struct rewrite *, struct expand *, ir_id old);
ir_id expand_order(struct rewrite *, struct expand *, ir_id old);
ir_id expand_take(struct rewrite *, struct expand *, ir_id old);
/* Records of bits [n, m], each column by itself: in ascending order of the bits from `key` on, and
 * in a random order.  Does an instruction shuffle so many?  Is sorting by digits of a key of so
 * many bits the better way?  It is stable; a network is not. */
bool expand_shuffles(const struct ir *, uint64_t records);
bool expand_sorts(const struct ir *, uint64_t n, uint64_t m, unsigned key, bool merging);
ir_id expand_sorted(struct ir *, ir_id x, unsigned key, bool by_digits, bool merging, struct span);
ir_id expand_shuffled(struct ir *, ir_id x, struct span);
/* SHUFFLE where numbers are ordered by an instruction. */
ir_id expand_shuffle_plain(struct ir *, const struct ir_value *v);
/* TAKE where numbers are moved by an instruction; and does it do all? */
ir_id expand_take_plain(struct ir *, const struct ir_value *v, ir_id a, ir_id order);
bool expand_take_is_plain(const struct ir *, const struct ir_value *v);

/* PICK; and may it stay, because a circuit holds the table? */
ir_id expand_pick(struct ir *, const struct target *, const struct ir_value *v, ir_id a,
    ir_id index);
bool expand_pick_known(const struct target *, const struct ir_value *a, const struct ir_value *v);
/* ONEHOT of more than N_BITS_MAX. */
ir_id expand_onehot(struct ir *, const struct ir_value *v, ir_id a);

/* How a value of the program is written as bits in the order of its numbers, and read again:
 * x - lo for its least value or 0, or, if x is a number that bits make, those. */
struct coding {
	uint16_t bits;                   /* of its type; 0: a number */
	uint8_t frac;
	unsigned width;                  /* of the bits */
	mpz_t lo;
};
struct coding coding_of(const struct ir *, ir_id x);
/* The bits that x is or is a number of; or IR_NONE. */
ir_id coding_below(const struct ir *, ir_id x);
/* Of x, moved or not; or of coding_below of it. */
ir_id coding_bits(struct ir *, ir_id x, const struct coding *, struct span);
ir_id coding_value(struct ir *, ir_id bits, const struct coding *, struct span);

/* ASSUME with what has to be checked, if anything: for each element and each side that its
 * operand's range leaves open a comparison, all of them one bool. */
ir_id expand_assume(struct rewrite *, ir_id old);

/* What was promised of the old value holds of its replacement, too. */
ir_id expand_keep(struct rewrite *, ir_id old, ir_id fresh);

/* ADD, AND, XOR ... over axis 0: halves together until one is left. */
ir_id expand_tree(struct ir *, enum ir_op, ir_id x, struct span);

/* fn for 0, tile, 2 tile, ... as long as there are `count`: in a loop, and what is left over
 * behind it.  fn returns out with its part written; out's range must hold all that is written. */
enum { EXPAND_TILE = 1 << 20 };  /* elements that are computed with at once */
typedef ir_id expand_tile_fn(void *arg, ir_id out, const struct ir_affine *at, uint64_t count);
ir_id expand_tiles(struct ir *, uint64_t count, uint64_t tile, ir_id out, expand_tile_fn *fn,
    void *arg, struct span);

/* Where everything is bits.  SUM: n - 1 additions in ceil(log2 n) levels.  CUMSUM: 2n in 2 log2 n.
 * MATMUL, TNMUL: products in tiles, and sums of them. */
ir_id expand_sum(struct ir *, const struct ir_value *v, ir_id a);
ir_id expand_cumsum(struct ir *, const struct ir_value *v, ir_id a);
ir_id expand_matmul(struct ir *, const struct ir_value *v, ir_id a, ir_id b);

/* Functions of real numbers, and the quotient of a by a secret b.  Within one unit of the last
 * place of what is computed in the clear, quotients within two; beyond 2^54 units the result has 54
 * significant bits, a quotient as many as ir_range says.  Where a function is missing (the
 * logarithm of 0, the root of less) the result is any number of the range. */
ir_id function_expand(struct ir *, const struct ir_value *v, ir_id a, ir_id b, struct span);

/* For the files of expansions: a with the middle of imm[0] x imm[1] x imm[2] in front. */
ir_id expand_front(struct ir *, ir_id a, const int64_t imm[3], struct span);
/* Elements from, from + 1, ... of axis 0. */
ir_id expand_part(struct ir *, ir_id a, uint64_t from, uint64_t count, struct span);
/* Micro-seconds of so many rounds and bits over a link, as far as a choice depends on them. */
u128 expand_us(const struct ir *, uint64_t rounds, u128 bits);

#endif
