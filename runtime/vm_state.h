/* vm_state.h: the inside of the VM, shared by vm*.c only. */
#ifndef KONSIL_VM_STATE_H
#define KONSIL_VM_STATE_H

#include "vm.h"

#include "base/plain.h"

#include <assert.h>

struct vm;
struct step;

typedef enum status vm_exec(struct vm *, const struct step *);

/* An instruction made ready: what can be resolved before the run is. */
struct step {
	vm_exec *exec;
	plain_fn *kernel;               /* or NULL */
	const struct insn *insn;
	const struct slot *slot[4];     /* NULL: absent */
	uint8_t *at[4];                 /* first element that this node works on */
	const struct affine *moves[4];  /* a window's offset from there, or NULL */
	uint64_t room[4];               /* the most that this may be */
	size_t part[4];                 /* bytes from a node's first part of a share to its second, or 0 */
	uint32_t size[4];               /* bytes of an element; of bits 0 */
	uint64_t whole[4];              /* of bits: elements of the slot that it is, or is a window of */
	struct plain plain;             /* d, a, b, c filled in at execution */
	uint64_t lo, hi;                /* elements of d that are this node's (L), or all */
	uint64_t work;                  /* about how many elements it touches, for progress */
	uint32_t match;                 /* LOOP, END: index of the other */
	unsigned rounds;                /* of this instruction with its circuit */
	const struct circuit *circuit;  /* CIRC_B, CIRC_Y */
	uint64_t *owner_lo;             /* SHARE, SHARE_B, SHARE_Y */
};

struct pending {
	const struct step *step;
	const struct proto_row *row;
	struct operands ops;
	uint64_t units;
	unsigned round;                 /* done so far */
	uint64_t scratch;               /* bytes behind ops.scratch */
};

/* Memory that instructions work in from issue to result: blocks of powers of two, which go from one
 * to the next through a list for each size. */
enum { N_SCRATCH = 48, SCRATCH_LEAST_LOG2 = 12 };

struct scratch {
	struct scratch *next;
	void *block;
};

struct scratches {
	struct scratch *idle[N_SCRATCH];    /* blocks of 2^i bytes */
	struct scratch *spare;              /* entries without a block */
	uint64_t now, peak;                 /* bytes of all blocks in use */
};

/* A range of units of a pending instruction; a bundle is what goes in one message a link. */
struct range {
	uint32_t item;
	uint64_t lo, hi;
};

enum { BUNDLE_RANGES = 1024 };

struct bundle {
	uint32_t n;
	struct range range[BUNDLE_RANGES];
};

struct vm {
	struct vm_env env;
	const struct code *code;
	unsigned n_nodes;
	unsigned first, last;           /* parties that this node plays: first .. last */
	uint8_t *arena;
	uint8_t **base;                 /* of each slot that is no window */
	uint8_t **box;                  /* of each slot: what guests will fetch, or NULL; see vm_box */
	struct step *code_step, *post_step;
	uint32_t pc, depth;
	int64_t counter[N_LOOP_MAX], until[N_LOOP_MAX];
	uint64_t seq, rounds;
	uint32_t n_pending, room_pending;
	struct pending *pending;
	struct bundle bundle[2];
	struct scratches scratch;
	uint8_t *out, *in;              /* PARCEL_MAX bytes for each node */
	uint64_t done, total, tell_at;     /* progress */
	struct fault fault;             /* of a check of the program's own */
};

/* vm_step.c: makes steps of instructions; free undoes it. */
enum status steps_new(struct step **out, struct vm *vm, const struct insn *code, uint32_t n,
    struct fault *f) MUST_USE;
void steps_free(struct step *steps, uint32_t n);
/* Elements of slot s that party p brings: lo .. hi. */
void slot_part(const struct code *c, const struct slot *s, unsigned p, uint64_t *lo, uint64_t *hi);

/* Handlers; isa.def says what they do. */
vm_exec exec_nothing, exec_kernel, exec_trip, exec_copy, exec_gather, exec_put, exec_cvt,
    exec_input, exec_input_shares, exec_check, exec_assert, exec_members, exec_real,
    exec_shares, exec_round,
    exec_loop, exec_end, exec_copy_bits, exec_gather_bits, exec_put_bits,
    exec_spread;

/* vm_move.c: a COPY as straight runs, and a public index into n rows, for vm_bits.c, too. */

/* n elements from s_at to d_at in strides. */
struct run {
	int64_t d_at, s_at, d_stride, s_stride;
	uint64_t n;
};

typedef void run_fn(const struct step *s, void *d, const void *a, const struct run *r);

void move_runs(const struct vm *vm, const struct step *s, void *d, const void *a, run_fn *fn);
/* false if there is nothing to do; a fault in *st if it is out of range and the program does not
 * say what then. */
bool move_row(struct vm *vm, const struct step *s, i128 i, uint64_t n, bool nearest, uint64_t *row,
    enum status *st);

/* vm_scratch.c: bytes for an instruction, 64-aligned; NULL: no memory.  What comes back is not
 * wiped before the next one has it; fini wipes all. */
void *scratch_take(struct scratches *s, uint64_t bytes);
void scratch_give(struct scratches *s, void *block, uint64_t bytes);
void scratch_fini(struct scratches *s);

/* The value of an affine at this moment. */
static inline int64_t
affine_now(const struct vm *vm, const struct affine *a)
{
	int64_t x = a->base;

	for (uint32_t i = 0; i < vm->depth; i++)
		x += a->coef[i] * vm->counter[i];
	return x;
}

/* How far into the slot that it is a window of operand k is now, in elements. */
static inline uint64_t
step_offset(const struct vm *vm, const struct step *s, unsigned k)
{
	uint64_t at = s->moves[k] == NULL ? 0 : (uint64_t)affine_now(vm, s->moves[k]);

	assert(at <= s->room[k]);       /* the verifier saw to it */
	return at;
}

/* Where operand k of the step is now; of bits, where the slot begins: see step_offset. */
static inline uint8_t *
step_at(const struct vm *vm, const struct step *s, unsigned k)
{
	if (s->moves[k] == NULL)
		return s->at[k];
	return s->at[k] + step_offset(vm, s, k) * s->size[k];
}

/* Parts of d that this node holds; what moves elements moves those of each part. */
static inline unsigned
step_parts(const struct step *s)
{
	return s->part[0] > 0 ? N_HELD_MAX : 1;
}

void vm_tell(struct vm *vm);

/* Adds to what is done, and tells about a thousand times a run. */
static inline void
vm_progress(struct vm *vm, uint64_t done)
{
	vm->done += done;
	if (vm->done >= vm->tell_at)
		vm_tell(vm);
}

#endif
