/* vm.h: executes a program at one node.
 *
 * The code must have passed code_verify.  Public, local and real values are the VM's own work; what
 * touches shares is the protocol's.  A node computes its own rows of local (L) slots only; with
 * me = VM_ALL (protocol clear) one process computes everyone's.  Instructions with rounds wait
 * until ROUND, which exchanges all that is pending in bundles; while one travels the next is made.
 *
 * A guest (me = VM_GUEST), a party that is no node, runs the post section only, on what the nodes
 * opened to it: what vm_box is at the nodes, combined, is written to vm_fill; then vm_post.
 *
 * Leaks to peers: what the program reveals, and lengths, which are functions of the program. */
#ifndef KONSIL_VM_H
#define KONSIL_VM_H

#include "../protocols/protocol.h"

enum { VM_ALL = -1, VM_GUEST = -2 };

struct vm;

/* Writes the n elements of part `part` (0 value, 1 presence, 2+j level j) of an input that `party`
 * brings, as int64_t (width 64) or i128 (128). */
typedef enum status vm_get(void *arg, uint32_t input, uint32_t part, unsigned party, void *out,
    size_t n, unsigned width, struct fault *f);

/* Writes this node's shares of a part of an input, of all its parties, one part of them every
 * `stride` bytes (0: there is one): n numbers of `width` bits; or, of bits, `width` planes. */
typedef enum status vm_shares(void *arg, uint32_t input, uint32_t part, void *out, size_t stride,
    size_t n, unsigned width, bool bits, struct fault *f);

struct vm_env {
	const struct code *code;
	const struct protocol *protocol;
	struct proto *proto;             /* opened by the caller, who closes it */
	struct chan *ch;                 /* NULL with VM_ALL and VM_GUEST */
	int me;                          /* this node, or VM_ALL, or VM_GUEST */
	uint32_t guest;                  /* VM_GUEST: the party */
	vm_get *get;
	vm_shares *shares;               /* for INPUT_A and INPUT_B; with get_arg, too */
	void *get_arg;
	/* Called now and then from vm_run; may be NULL.  done <= total. */
	void (*progress)(void *arg, uint64_t done, uint64_t total);
	void *progress_arg;
};

/* Whether the protocol can run the program with its number of nodes: ST_COMPILE, with the
 * instruction's name and source line, if not.  vm_new asks, too. */
enum status vm_check(const struct code *c, const struct protocol *p, struct fault *f) MUST_USE;

/* Makes the arena and resolves the code.  env is copied; what it points to must outlive the VM. */
enum status vm_new(struct vm **out, const struct vm_env *env, struct fault *f) MUST_USE;

/* Runs code, has the protocol check what was opened, and runs post code.  ST_DATA with file and
 * line for what the program's own checks stop; otherwise what the channel or the protocol says. */
enum status vm_run(struct vm *vm, struct fault *f) MUST_USE;

/* Whether an instruction opens something to parties that are no nodes. */
bool vm_boxes(const struct code *c, const struct insn *x);
/* Bytes of one part of what a node hands to them. */
uint64_t vm_box_bytes(const struct code *c, const struct insn *x);
/* After a run: what this node hands to the recipients of slot d of such an instruction. */
const void *vm_box(const struct vm *vm, uint32_t slot);
/* At a guest: where the contents of a slot go; then the post section. */
void *vm_fill(struct vm *vm, uint32_t slot);
enum status vm_post(struct vm *vm, struct fault *f) MUST_USE;

/* What it runs. */
const struct code *vm_code(const struct vm *vm);
/* How many ROUND instructions ran. */
uint64_t vm_rounds(const struct vm *vm);

/* The most memory, beside the arena, that instructions worked in between rounds so far. */
uint64_t vm_scratch_bytes(const struct vm *vm);

/* After a run: the elements of a slot (of a window: where it stands outside loops), int64_t or i128
 * by its width, double for R; valid until vm_free.  Meant for slots of outputs. */
const void *vm_slot(const struct vm *vm, uint32_t slot);
i128 vm_int(const struct vm *vm, uint32_t slot, uint64_t i);
double vm_real(const struct vm *vm, uint32_t slot, uint64_t i);

/* Wipes and frees; NULL is fine. */
void vm_free(struct vm *vm);

#endif
