/* vm.c: the life of a virtual machine and its main loop; see vm.h */
#include "vm_state.h"

#include "base/mem.h"

#include <string.h>

enum { TELL_TIMES = 1000 };

/* What touches shares has a row; on plain numbers only a protocol whose shares are such numbers
 * computes with shares. */
static bool
can_run(const struct code *c, const struct insn *x, const struct protocol *p)
{
	const struct insn_info *info = &insn_table[x->op];

	if (info->d == 'X')
		return c->slot[x->slot[0]].domain != DOM_A || p->target->plain_shares;
	return !insn_on_shares(x) || p->row[x->op] != NULL || x->op == OP_INPUT_A ||
	    x->op == OP_INPUT_B;
}

enum status
vm_check(const struct code *c, const struct protocol *p, struct fault *f)
{
	if (code_nodes(c) < p->n_min || code_nodes(c) > p->n_max)
		return fault_set(f, ST_COMPILE, "protocol %s is for %u to %u nodes, not %u",
		    p->name, p->n_min, p->n_max, code_nodes(c));
	if (c->held != p->target->held)
		return fault_set(f, ST_COMPILE, "the program is for %u parts of each share, and protocol "
		    "%s has %u", c->held, p->name, p->target->held);
	for (uint32_t i = 0; i < c->n_code; i++) {
		const struct insn *x = &c->code[i];
		if (can_run(c, x, p))
			continue;
		fault_at(f, c->source[x->file], (int)x->line, 0);
		return fault_set(f, ST_COMPILE, "protocol %s has no instruction %s", p->name,
		    insn_table[x->op].name);
	}
	return ST_OK;
}

/* Where each slot that is no window begins. */
static enum status
place(struct vm *vm, struct fault *f)
{
	const struct code *c = vm->code;

	vm->base = mem_array(c->n_slots, sizeof *vm->base);
	vm->arena = mem_map(c->arena_bytes);
	if (vm->base == NULL || vm->arena == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory for an arena of %llu bytes",
		    (unsigned long long)c->arena_bytes);
	for (uint32_t i = 0; i < c->n_slots; i++) {
		const struct slot *s = &c->slot[i];
		if (s->kind == SLOT_MEMORY)
			vm->base[i] = vm->arena + s->at;
		else if (s->kind == SLOT_CONST)
			vm->base[i] = c->constant + s->at;
	}
	if (vm->env.ch == NULL)
		return ST_OK;
	vm->out = mem_map((size_t)PARCEL_MAX * vm->n_nodes);
	vm->in = mem_map((size_t)PARCEL_MAX * vm->n_nodes);
	if (vm->out == NULL || vm->in == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory for messages");
	return ST_OK;
}

bool
vm_boxes(const struct code *c, const struct insn *x)
{
	return (x->op == OP_OPEN || x->op == OP_OPEN_B) &&
	    recipients_outside(&c->roles, c->slot[x->slot[0]].part);
}

uint64_t
vm_box_bytes(const struct code *c, const struct insn *x)
{
	const struct slot *a = &c->slot[x->slot[1]];

	return a->domain == DOM_B ? plane_words(a->n) * a->width * 8 : a->n * (a->width / 8);
}

/* Room for what nodes hand to guests. */
static enum status
boxes_new(struct vm *vm, struct fault *f)
{
	const struct code *c = vm->code;

	vm->box = mem_array(c->n_slots, sizeof *vm->box);
	if (vm->box == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	for (uint32_t i = 0; i < c->n_code && vm->env.me >= 0; i++) {
		const struct insn *x = &c->code[i];
		if (!vm_boxes(c, x) || vm->box[x->slot[0]] != NULL)
			continue;
		if (c->slot[x->slot[0]].kind != SLOT_MEMORY)
			return fault_set(f, ST_COMPILE, "what is opened to a party that is no node is "
			    "opened as a whole");
		vm->box[x->slot[0]] = mem_map(vm_box_bytes(c, x) * c->held);
		if (vm->box[x->slot[0]] == NULL)
			return fault_set(f, ST_INTERNAL, "out of memory for results");
	}
	return ST_OK;
}

static void
boxes_free(struct vm *vm)
{
	const struct code *c = vm->code;

	for (uint32_t i = 0; vm->box != NULL && i < c->n_code; i++) {
		const struct insn *x = &c->code[i];
		if (!vm_boxes(c, x) || vm->box[x->slot[0]] == NULL)
			continue;
		mem_unmap(vm->box[x->slot[0]], vm_box_bytes(c, x) * c->held);
		vm->box[x->slot[0]] = NULL;
	}
	mem_free(vm->box);
}

const void *
vm_box(const struct vm *vm, uint32_t slot)
{
	assert(vm->box[slot] != NULL);
	return vm->box[slot];
}

void *
vm_fill(struct vm *vm, uint32_t slot)
{
	assert(vm->env.me == VM_GUEST && vm->code->slot[slot].kind == SLOT_MEMORY);
	return vm->base[slot];
}

static void
add_work(void *arg, const struct insn *x, uint64_t times)
{
	struct vm *vm = arg;
	uint64_t work;

	if (__builtin_mul_overflow(vm->code_step[x - vm->code->code].work + 1, times, &work) ||
	    __builtin_add_overflow(vm->total, work, &vm->total))
		vm->total = UINT64_MAX / 2;
}

enum status
vm_new(struct vm **out, const struct vm_env *env, struct fault *f)
{
	const struct code *c = env->code;
	struct vm *vm = NULL;
	enum status st = ST_OK;

	*out = NULL;
	TRY(vm_check(c, env->protocol, f));
	assert((env->me < 0) == (env->ch == NULL));
	assert(env->me < 0 || (env->me >= 0 && (unsigned)env->me < code_nodes(c)));
	vm = mem_zalloc(sizeof *vm);
	if (vm == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	vm->env = *env;
	vm->code = c;
	vm->n_nodes = code_nodes(c);
	vm->first = env->me < 0 ? 0 : (unsigned)env->me;
	vm->last = env->me < 0 ? vm->n_nodes - 1 : (unsigned)env->me;
	TRY(place(vm, f));
	TRY(boxes_new(vm, f));
	TRY(steps_new(&vm->code_step, vm, c->code, c->n_code, f));
	TRY(steps_new(&vm->post_step, vm, c->post, c->n_post, f));
	if (code_walk(c, add_work, vm) != ST_OK)
		TRY(fault_set(f, ST_DATA, "the loops of the program do not nest"));
	vm->tell_at = vm->total / TELL_TIMES;
	*out = vm;
	vm = NULL;
out:
	vm_free(vm);
	return st;
}

void
vm_tell(struct vm *vm)
{
	uint64_t done = vm->done < vm->total ? vm->done : vm->total;

	vm->tell_at = vm->done + vm->total / TELL_TIMES + 1;
	if (vm->env.progress != NULL)
		vm->env.progress(vm->env.progress_arg, done, vm->total);
}

/* Says what went wrong: a check of the program's own with its place, or what the channel says. */
static enum status
explain(const struct vm *vm, const struct insn *x, enum status st, struct fault *f)
{
	if (vm->fault.st != ST_OK) {
		if (f != NULL && f->st == ST_OK)
			*f = vm->fault;
		fault_at(f, vm->code->source[x->file], (int)x->line, 0);
		return st;
	}
	if (vm->env.ch != NULL && vm->env.ch->fault.st != ST_OK && f != NULL && f->st == ST_OK)
		*f = vm->env.ch->fault;
	return fault_set(f, st, "%s failed: %s", insn_table[x->op].name, status_text(st));
}

static enum status
run(struct vm *vm, const struct step *steps, uint32_t n, struct fault *f)
{
	vm->pc = 0;
	while (vm->pc < n) {
		const struct step *s = &steps[vm->pc++];
		enum status st = s->exec(vm, s);
		if (st != ST_OK)
			return explain(vm, s->insn, st, f);
		vm_progress(vm, s->rounds > 0 ? 1 : s->work + 1);
	}
	return ST_OK;
}

/* Whether the protocol stands by what it opened. */
static enum status
check(struct vm *vm, struct fault *f)
{
	const struct chan *ch = vm->env.ch;
	enum status st;

	if (vm->env.protocol->check == NULL)
		return ST_OK;
	st = vm->env.protocol->check(vm->env.proto, f);
	if (st != ST_OK && ch->fault.st != ST_OK && f != NULL && f->st == ST_OK)
		*f = ch->fault;
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

enum status
vm_run(struct vm *vm, struct fault *f)
{
	enum status st = ST_OK;

	if (vm->env.ch != NULL)
		chan_phase(vm->env.ch, PHASE_ONLINE);
	TRY(run(vm, vm->code_step, vm->code->n_code, f));
	assert(vm->n_pending == 0 && vm->depth == 0);
	TRY(check(vm, f));
	TRY(run(vm, vm->post_step, vm->code->n_post, f));
	vm->done = vm->total;
	vm_tell(vm);
out:
	return st;
}

enum status
vm_post(struct vm *vm, struct fault *f)
{
	assert(vm->env.me == VM_GUEST);
	return run(vm, vm->post_step, vm->code->n_post, f);
}

const struct code *
vm_code(const struct vm *vm)
{
	return vm->code;
}

uint64_t
vm_rounds(const struct vm *vm)
{
	return vm->rounds;
}

uint64_t
vm_scratch_bytes(const struct vm *vm)
{
	return vm->scratch.peak;
}

const void *
vm_slot(const struct vm *vm, uint32_t slot)
{
	const struct slot *s = &vm->code->slot[slot];

	if (s->kind != SLOT_WINDOW)
		return vm->base[slot];
	assert((uint64_t)s->offset.base <= vm->code->slot[s->of].n - s->n);
	return vm->base[s->of] + (uint64_t)s->offset.base * (s->width / 8);
}

i128
vm_int(const struct vm *vm, uint32_t slot, uint64_t i)
{
	return plain_load(vm_slot(vm, slot), i, vm->code->slot[slot].width);
}

double
vm_real(const struct vm *vm, uint32_t slot, uint64_t i)
{
	return ((const double *)vm_slot(vm, slot))[i];
}

void
vm_free(struct vm *vm)
{
	if (vm == NULL)
		return;
	for (uint32_t i = 0; i < vm->n_pending; i++)
		scratch_give(&vm->scratch, vm->pending[i].ops.scratch, vm->pending[i].scratch);
	scratch_fini(&vm->scratch);
	boxes_free(vm);
	steps_free(vm->code_step, vm->code->n_code);
	steps_free(vm->post_step, vm->code->n_post);
	mem_unmap(vm->arena, vm->code->arena_bytes);
	mem_unmap(vm->out, (size_t)PARCEL_MAX * vm->n_nodes);
	mem_unmap(vm->in, (size_t)PARCEL_MAX * vm->n_nodes);
	mem_free(vm->base);
	mem_free(vm->pending);
	wipe(vm, sizeof *vm);
	mem_free(vm);
}
