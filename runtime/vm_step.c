/* vm_step.c: makes instructions ready to run: handlers, kernels, addresses, and which elements of
 * local slots are this node's.  All that does not change while the program runs is settled here. */
#include "vm_state.h"

#include "base/mem.h"
#include "code/plain_op.h"

static vm_exec *const handlers[N_INSN] = {
	[OP_INPUT] = exec_input, [OP_INPUT_A] = exec_input_shares, [OP_INPUT_B] = exec_input_shares,
	 [OP_IOTA] = exec_kernel, [OP_TRIP] = exec_trip,
	[OP_COPY] = exec_copy, [OP_GATHER] = exec_gather, [OP_PUT] = exec_put, [OP_CVT] = exec_cvt,
	[OP_CHECK_X] = exec_check, [OP_ASSERT] = exec_assert,
	[OP_SUM_L] = exec_members, [OP_MINR_L] = exec_members,
	[OP_MAXR_L] = exec_members, [OP_TN_L] = exec_members, [OP_REAL] = exec_real,
	[OP_ROUND] = exec_round, [OP_LOOP] = exec_loop, [OP_END] = exec_end,
};

/* The rest: what touches shares is the protocol's, what has a kernel is that kernel's. */
static vm_exec *
handler_of(const struct insn *x)
{
	if (handlers[x->op] != NULL)
		return handlers[x->op];
	return insn_on_shares(x) ? exec_shares : exec_kernel;
}

/* Moving planes is another matter than moving elements. */
static vm_exec *
bits_handler(enum insn_id op)
{
	return op == OP_COPY ? exec_copy_bits : op == OP_GATHER ? exec_gather_bits :
	    op == OP_PUT ? exec_put_bits : exec_spread;
}

static bool
is_bits(const struct slot *s)
{
	return s->domain == DOM_B || s->domain == DOM_Y;
}

void
slot_part(const struct code *c, const struct slot *s, unsigned p, uint64_t *lo, uint64_t *hi)
{
	*lo = code_owner_lo(c, s, s->n, p);
	*hi = code_owner_lo(c, s, s->n, p + 1);
}

/* The elements of a slot that this node works on: all, unless it is local. */
static void
own_part(const struct vm *vm, const struct slot *s, uint64_t *lo, uint64_t *hi)
{
	uint64_t unused;

	*lo = 0;
	*hi = s->n;
	if (s->domain != DOM_L)
		return;
	slot_part(vm->code, s, vm->first, lo, &unused);
	slot_part(vm->code, s, vm->last, &unused, hi);
}

static bool
is_recipient(const struct vm *vm, const struct slot *s)
{
	if (s->domain != DOM_O && s->domain != DOM_R)
		return true;
	if (vm->env.me == VM_GUEST)
		return recipients_have(&vm->code->roles, s->part, vm->env.guest);
	return vm->env.me == VM_ALL ||
	    (recipients_nodes(&vm->code->roles, s->part) >> vm->env.me & 1) != 0;
}

/* How far a second part of its elements is behind the first; 0: there is none. */
static size_t
part_stride(const struct code *c, const struct slot *s)
{
	const struct slot *root = s->kind == SLOT_WINDOW ? &c->slot[s->of] : s;

	return slot_bytes(c, root) == slot_part_bytes(root) ? 0 : slot_part_bytes(root);
}

static void
resolve_slots(struct vm *vm, struct step *s)
{
	for (unsigned k = 0; k < 4; k++) {
		const struct slot *slot;
		if (s->insn->slot[k] == SLOT_NONE)
			continue;
		slot = s->slot[k] = &vm->code->slot[s->insn->slot[k]];
		s->size[k] = is_bits(slot) ? 0 : slot->width / 8;
		s->part[k] = part_stride(vm->code, slot);
		s->whole[k] = slot->kind == SLOT_WINDOW ? vm->code->slot[slot->of].n : slot->n;
		if (slot->kind == SLOT_WINDOW) {
			s->at[k] = vm->base[slot->of];
			s->moves[k] = &slot->offset;
			s->room[k] = vm->code->slot[slot->of].n - slot->n;
		} else {
			s->at[k] = vm->base[s->insn->slot[k]];
		}
	}
}

static void
advance(struct step *s, unsigned k, uint64_t elements)
{
	if (s->slot[k] != NULL)
		s->at[k] += elements * s->size[k];
}

/* Elementwise: every operand that is no single element begins where d's part begins. */
static void
resolve_each(struct step *s)
{
	size_t *count[4] = { &s->plain.n, &s->plain.na, &s->plain.nb, &s->plain.nc };

	advance(s, 0, s->lo);
	s->plain.n = s->hi - s->lo;
	for (unsigned k = 1; k < 4; k++) {
		if (s->slot[k] == NULL)
			continue;
		*count[k] = s->slot[k]->n == 1 ? 1 : s->plain.n;
		if (s->slot[k]->n != 1)
			advance(s, k, s->lo);
	}
}

/* Reductions, scans and products go over imm0 outer units; a node does the outer units whose
 * results are its own.  False if these are cut in between. */
static bool
resolve_outer(struct step *s)
{
	int64_t *imm = s->plain.imm;
	uint64_t n = s->slot[0]->n, outer = (uint64_t)imm[0], unit = outer == 0 ? 0 : n / outer;
	uint64_t first, units;

	s->plain.n = s->hi - s->lo;
	if (unit == 0 || s->plain.n == n)
		return true;
	if (s->lo % unit != 0 || s->hi % unit != 0)
		return false;
	first = s->lo / unit;
	units = (s->hi - s->lo) / unit;
	advance(s, 0, s->lo);
	advance(s, 1, first * (s->slot[1]->n / outer));
	if (insn_table[s->insn->op].shape == SH_TAKE)
		advance(s, 2, s->lo);
	imm[0] = (int64_t)units;
	return true;
}

/* Rows of imm0 for each element of a. */
static void
resolve_onehot(struct step *s)
{
	uint64_t levels = (uint64_t)s->plain.imm[0];

	s->plain.n = s->hi - s->lo;
	s->plain.na = levels == 0 ? 0 : s->plain.n / levels;
	advance(s, 0, s->lo);
	advance(s, 1, levels == 0 ? 0 : s->lo / levels);
}

/* Whether a node does the outer units of an instruction whose results are its own. */
static bool
by_outer(unsigned shape)
{
	return shape == SH_REDUCE || shape == SH_SCAN || shape == SH_MATMUL || shape == SH_TAKE;
}

/* SHARE: where each node's elements begin. */
static enum status
resolve_owners(struct vm *vm, struct step *s)
{
	const struct code *c = vm->code;
	uint64_t n = s->slot[0]->n;

	s->owner_lo = mem_array(vm->n_nodes + 1, sizeof *s->owner_lo);
	if (s->owner_lo == NULL)
		return ST_INTERNAL;
	for (unsigned p = 0; p < vm->n_nodes; p++)
		s->owner_lo[p] = code_owner_lo(c, s->slot[1], n, p);
	s->owner_lo[vm->n_nodes] = n;
	return ST_OK;
}

static uint64_t
work_of(const struct step *s)
{
	const struct insn_info *info = &insn_table[s->insn->op];
	uint64_t n = s->slot[0] != NULL ? s->slot[0]->n : s->slot[1] != NULL ? s->slot[1]->n : 0;
	uint64_t times = 1, work;

	if (info->shape == SH_MATMUL || info->shape == SH_REDUCE)
		times = (uint64_t)s->insn->imm[1];
	else if (s->circuit != NULL)
		times = s->circuit->n_gates / 16 + 1;
	else if (info->shape == SH_CHECK || info->shape == SH_MEMBERS || info->shape == SH_TN)
		n = s->slot[1]->n;
	if (__builtin_mul_overflow(n, times, &work))
		work = UINT64_MAX / 2;
	return s->rounds > 0 ? work : work / 64;
}

static enum status
resolve(struct vm *vm, struct step *s, const struct insn *x, struct fault *f)
{
	const struct insn_info *info = &insn_table[x->op];

	s->insn = x;
	s->exec = handler_of(x);
	for (unsigned i = 0; i < 3; i++)
		s->plain.imm[i] = x->imm[i];
	s->rounds = insn_rounds(vm->code, x);
	s->circuit = insn_circuit(vm->code, x);
	resolve_slots(vm, s);
	s->work = work_of(s);
	if (s->slot[0] == NULL)
		return ST_OK;
	s->kernel = plain_kernel(x->op, s->slot[0]->width);
	own_part(vm, s->slot[0], &s->lo, &s->hi);
	if (s->exec == exec_shares)
		return info->a == 'L' ? resolve_owners(vm, s) : ST_OK;
	if (info->d == 'S' && is_bits(s->slot[0]))
		s->exec = bits_handler(x->op);
	if (s->lo == s->hi || !is_recipient(vm, s->slot[0]))
		s->exec = exec_nothing;
	if (info->shape == SH_EACH)
		resolve_each(s);
	else if (info->shape == SH_ONEHOT)
		resolve_onehot(s);
	else if (by_outer(info->shape) && s->exec != exec_nothing && !resolve_outer(s)) {
		fault_at(f, vm->code->source[x->file], (int)x->line, 0);
		return fault_set(f, ST_DATA, "%s goes across the rows of several parties",
		    info->name);
	}
	return ST_OK;
}

/* Finds the other end of each loop; loops nest at most N_LOOP_MAX deep. */
static bool
match_loops(struct step *steps, uint32_t n)
{
	uint32_t open[N_LOOP_MAX], depth = 0;

	for (uint32_t i = 0; i < n; i++) {
		if (steps[i].insn->op == OP_LOOP) {
			if (depth == N_LOOP_MAX)
				return false;
			open[depth++] = i;
		} else if (steps[i].insn->op == OP_END) {
			if (depth == 0)
				return false;
			steps[i].match = open[--depth];
			steps[open[depth]].match = i;
		}
	}
	return depth == 0;
}

enum status
steps_new(struct step **out, struct vm *vm, const struct insn *code, uint32_t n, struct fault *f)
{
	struct step *steps = mem_array(n, sizeof *steps);
	enum status st = ST_OK;

	*out = NULL;
	if (steps == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	for (uint32_t i = 0; i < n; i++)
		TRY(resolve(vm, &steps[i], &code[i], f));
	if (!match_loops(steps, n))
		TRY(fault_set(f, ST_DATA, "the loops of the program do not nest"));
	*out = steps;
	steps = NULL;
out:
	steps_free(steps, n);
	return st;
}

void
steps_free(struct step *steps, uint32_t n)
{
	if (steps == NULL)
		return;
	for (uint32_t i = 0; i < n; i++)
		mem_free(steps[i].owner_lo);
	mem_free(steps);
}
