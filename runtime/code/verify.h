/* verify.h: the parts of the verifier.  code_verify (verify.c) runs them in this order; each may
 * rely on what those before it have found to hold, and on nothing else.
 *
 *   verify_manifest.c  parties, partitions, slots, views, inputs, outputs: in range and consistent
 *   verify_insn.c      each instruction: operands, domains, widths, loops, windows
 *   verify_shape.c     each instruction: lengths and immediate operands (called by verify_insn.c)
 *   verify_bits.c      the same of instructions on bits; circuits (called by verify_manifest.c)
 *   verify_memory.c    what is read was written, by the right owner; nothing in flight is touched
 *   verify_flow.c      reveals and openings are those that the manifest lists; demand
 *   verify_guard.c     what a guard may withhold is opened as a product with it
 *
 * The rules for readers are in BYTECODE.md. */
#ifndef KONSIL_VERIFY_H
#define KONSIL_VERIFY_H

#include "code.h"
#include "nest.h"

struct verify {
	const struct code *c;
	struct fault *fault;
	enum status st;                 /* the first failure sticks */
	const struct insn *insn;        /* where we are, for messages; NULL: not in code */
	uint32_t index;
	bool post;
	struct nest nest;               /* the loops around it */
	uint32_t loop[N_LOOP_MAX];      /* indices of their LOOP instructions */
};

enum {
	N_ROW_MAX_LOG2 = 40,            /* rows of a party */
	VERIFY_WORK_MAX = 1 << 28,      /* steps of the memory check: a second */
};

/* Refuses the program: ST_DATA, with the place where we are. */
void verify_fail(struct verify *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
void verify_no_memory(struct verify *v);

/* The slot that memory belongs to: itself, or what it is a window of. */
static inline uint32_t
slot_root(const struct code *c, uint32_t i)
{
	return c->slot[i].kind == SLOT_WINDOW ? c->slot[i].of : i;
}

/* Whether the members hold it row by row. */
static inline bool
slot_by_rows(const struct code *c, const struct slot *s)
{
	return s->domain == DOM_L && !c->part[s->part].whole;
}

static inline uint64_t
part_rows(const struct code *c, const struct partition *p)
{
	return p->start[code_nodes(c)];
}

/* Whether its elements lie in planes. */
static inline bool
slot_of_bits(const struct slot *s)
{
	return s->domain == DOM_B || s->domain == DOM_Y;
}

/* Operand k (0: d), or NULL. */
static inline const struct slot *
operand(const struct verify *v, const struct insn *x, unsigned k)
{
	return x->slot[k] == SLOT_NONE ? NULL : &v->c->slot[x->slot[k]];
}

void verify_manifest(struct verify *v);
void verify_code(struct verify *v, const struct insn *code, uint32_t n, bool post);
void verify_shape(struct verify *v, const struct insn *x);
/* Operand k is of the wrong length. */
void verify_length(struct verify *v, const struct insn *x, unsigned k);
void verify_circuits(struct verify *v);
/* Shapes of instructions on bits. */
void shape_bits(struct verify *v, const struct insn *x);
void shape_opened(struct verify *v, const struct insn *x);
void shape_split(struct verify *v, const struct insn *x);
void shape_spread(struct verify *v, const struct insn *x);
void shape_sort(struct verify *v, const struct insn *x);
void shape_circ(struct verify *v, const struct insn *x);
/* Widths of elementwise instructions between bits and numbers. */
void verify_bit_widths(struct verify *v, const struct insn *x);
/* How many elements of a slot one value of a type is: 1, or as many as it has limbs; 0: none. */
uint64_t value_elements(const struct type *t, const struct slot *s);
void verify_memory(struct verify *v);
void verify_flow(struct verify *v);
void verify_guards(struct verify *v);

/* Enters and leaves loops: x is a LOOP or an END at `index`. */
void verify_enter(struct verify *v, const struct insn *x, uint32_t index);
void verify_leave(struct verify *v);

/* Whether the view of a COPY writes every element of n. */
bool view_covers(const struct view *w, uint64_t n);

#endif
