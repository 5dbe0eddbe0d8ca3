/* low.h: instructions on slots, before they are in order and in memory.
 *
 * Lowering turns each IR value into instructions on slots of the domain and width that it needs,
 * block by block; loops are items with a block of their own.  Scheduling orders the items of each
 * block by rounds, placing gives slots their memory, emitting writes struct code. */
#ifndef KONSIL_LOW_H
#define KONSIL_LOW_H

#include "../circuits/family.h"
#include "../runtime/code/network.h"
#include "internal.h"
#include "ir_build.h"

typedef uint32_t low_id;                 /* a slot */

struct low_slot {
	struct slot slot;                /* offset, at: filled in when emitted */
	struct ir_affine offset;         /* WINDOW */
	uint64_t first, last;            /* when it lives, in positions of the schedule */
	bool used;
};

struct low_item {
	bool loop, round;
	struct insn insn;                /* operands are low_ids */
	struct ir_affine lo, hi;         /* loop */
	struct low_block *body;
	struct span span;
	uint32_t level;                  /* rounds before it, within its block */
};

struct low_block {
	struct low_item *item;
	uint32_t n, cap;
	struct low_block *parent;
	ir_id loop;
	uint32_t depth;                  /* loops around it */
};

enum { N_VIEW_HASH = 1024 };        /* programs have up to some thousands of views */

struct low {
	struct ir *ir;
	struct compile *c;
	struct low_block *top, *post, *at;
	struct low_block **block;        /* of an IR loop id: its body */
	struct low_slot *slot;
	uint32_t n_slots, cap_slots;
	struct view *view;
	uint32_t n_views, cap_views;
	uint32_t *later_view;            /* of a view: the next of its hash, or 0 */
	uint32_t cap_later, first_view[N_VIEW_HASH];    /* 1 + its place, or 0 */
	uint8_t *constant;
	uint64_t n_const, cap_const;
	uint64_t *last;                  /* of an IR value: position of its last use */
	uint64_t *pos;                   /* of an IR value: its own */
	bool *in_post;                   /* of an IR value: what it needs in post has been seen to */
	low_id (*variant)[8];            /* of an IR value: slot by domain P L A and width, B, Y */
	bool *alias;                     /* of an IR value: its slot is another's, too */
	/* Of a PICK in bits: its slot has a row's elements side by side in one, since only views of single
	 * columns use it. */
	bool *columns;
	uint32_t *bit_uses;              /* of an IR value: how many operations on bits want it */
	uint8_t *tainted;                /* see ir_assumed */
	low_id *flag;                    /* of a partition: 1 as long as its assumptions hold */
	low_id flag_p;
	low_id flag_a, flag_bits;        /* of shared values: under clear, and elsewhere: one bit */
	enum domain bits;                /* where bits are computed with: B or Y */
	low_id ok;                       /* a shared bit: all assumptions hold */
	const struct link_speed *network;
	low_id *root;                    /* O slot of each root */
	struct low_guard *guard;         /* opened flags so far */
	struct low_real *real;           /* reals computed so far */
	struct low_out *out;             /* slots of each output part, in order */
	uint64_t arena_bytes;
};

struct low_out {
	low_id value, present, guard, cells;
	uint8_t rule, cell_rule;
};

/* A list with room for one more than n: old, or a larger copy. */
void *low_grow(struct low *, void *old, uint32_t n, uint32_t *cap, size_t size);

/* Slots. */
low_id low_new(struct low *, enum domain, unsigned width, uint64_t n, uint32_t part);
low_id low_const(struct low *, const i128 *x, uint64_t n, unsigned width);
low_id low_const1(struct low *, i128 x, unsigned width);
low_id low_window(struct low *, low_id of, const struct ir_affine *offset, uint64_t n);
low_id low_base(const struct low *, low_id);             /* what a window shows; itself */

/* Items, appended to a block. */
void low_op(struct low *, struct low_block *, enum insn_id, low_id d, low_id a, low_id b, low_id c,
    const int64_t *imm, struct span);
void low_copy(struct low *, struct low_block *, low_id d, low_id a, struct span);    /* all of it */
/* Fills d with the first element of a: what is then written piece by piece has been written
 * whole, as the verifier wants it of memory that held something else. */
void low_begin(struct low *, struct low_block *, low_id d, low_id a, struct span);
void low_copy_view(struct low *, struct low_block *, low_id d, low_id a, const struct view *,
    struct span);

/* The slot of an IR value in a domain and width; converts where needed, right behind the value.
 * Bits: width 0 is low_bits(). */
low_id low_get(struct low *, ir_id, enum domain, unsigned width);
/* Element i of a slot, by itself. */
low_id low_element(struct low *, struct low_block *, low_id, uint64_t i, struct span);

/* low_bits.c */
unsigned low_bits(const struct ir_value *);              /* width of a value in bits */
bool low_signed(const struct ir_value *);
int64_t low_limbs(const struct ir_value *);              /* elements of it in P, L, O */
/* A circuit for n elements in the better of its two versions; in the program's list. */
uint32_t low_circuit(struct low *, enum domain, const struct family_spec *, uint64_t n,
    struct span);
/* The same where some operands are known: their limbs, else NULL. */
uint32_t low_circuit_const(struct low *, enum domain, const struct family_spec *,
    const uint64_t *const constant[3], uint64_t n, struct span);
uint32_t low_table(struct low *, enum domain, const struct family_table_spec *, struct span);
/* The better of a circuit of the program's own and its version of fewer layers. */
uint32_t low_own_circuit(struct low *, enum domain, const struct circuit *small,
    const struct circuit *shallow, uint64_t n);
const struct circuit *low_circuit_at(const struct low *, uint32_t);
/* Applies a circuit; y and z may be SLOT_NONE. */
low_id low_circ(struct low *, struct low_block *, uint32_t circuit, low_id x, low_id y, low_id z,
    uint64_t n, struct span);
low_id low_resize(struct low *, struct low_block *, low_id x, bool is_signed, unsigned width,
    struct span);
low_id low_split(struct low *, struct low_block *, enum domain to, enum family, low_id a,
    unsigned bits, struct span);
/* Behind the value: from P, L, A, B or Y to bits; from bits to a number. */
low_id low_to_bits(struct low *, const struct ir_value *, low_id from, enum domain to);
low_id low_to_number(struct low *, const struct ir_value *, low_id from, unsigned width);
/* The value as XOR shares, to be opened. */
low_id low_bits_open(struct low *, ir_id);
/* Rounds of an item's instruction. */
unsigned low_rounds(const struct low *, const struct insn *);
struct low_block *low_block_of(struct low *, const struct ir_block *);
unsigned low_width_plain(const struct ir_value *);       /* that its range needs on P or L */
unsigned low_width_ring(const struct ir_value *);

/* Which ring each shared value lives in: the widest that it flows into. */
void low_rings(struct ir *);
unsigned low_compare_width(const struct ir *, const struct ir_value *);
unsigned low_divide_width(const struct ir *, const struct ir_value *);  /* of a shared dividend */
void low_uses(struct low *);

/* One IR value; lower_*.c */
void lower_block(struct low *, const struct ir_block *);
void lower_shared(struct low *, ir_id);
/* A view of one column of a PICK (struct low, columns). */
low_id lower_column(struct low *, const struct ir_value *v, const struct ir_value *rows);
/* An input that the nodes have shares of. */
low_id lower_contributed(struct low *, ir_id);
void lower_bits(struct low *, ir_id);
/* a - b as shares in the ring and length of v. */
low_id lower_difference(struct low *, const struct ir_value *v, ir_id a, ir_id b);
void lower_move(struct low *, ir_id);
void lower_loop(struct low *, ir_id);
void lower_assume(struct low *, ir_id);
void lower_outputs(struct low *);
/* A shared bit: every assumption holds; SLOT_NONE: none is checked. */
low_id lower_ok(struct low *);
/* a where the bit is 1, else 0; in the domain of a.  Either may have one element. */
low_id low_mask(struct low *, struct low_block *, low_id bit, low_id a, struct span);
_Noreturn void lower_refuse(struct low *, ir_id);

char *low_dump(const struct low *);                      /* text, in the arena */
void low_check(const struct low *, const char *after);   /* asserts what must hold between steps */

#endif
