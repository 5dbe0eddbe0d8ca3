/* vm_plain.c: instructions on public, local and real values, and the flow of control. */
#include "vm_state.h"

enum status
exec_nothing(struct vm *vm, const struct step *s)
{
	(void)vm;
	(void)s;
	return ST_OK;
}

/* Fills in where the operands are now. */
static struct plain
plain_now(const struct vm *vm, const struct step *s)
{
	struct plain p = s->plain;

	p.d = step_at(vm, s, 0);
	p.a = step_at(vm, s, 1);
	p.b = step_at(vm, s, 2);
	p.c = step_at(vm, s, 3);
	return p;
}

enum status
exec_kernel(struct vm *vm, const struct step *s)
{
	struct plain p = plain_now(vm, s);

	s->kernel(&p);
	return ST_OK;
}

enum status
exec_cvt(struct vm *vm, const struct step *s)
{
	struct plain p = plain_now(vm, s);

	plain_cvt(&p, s->slot[0]->width, s->slot[1]->width);
	return ST_OK;
}

enum status
exec_real(struct vm *vm, const struct step *s)
{
	struct plain p = plain_now(vm, s);

	real_of(&p, s->slot[1]->width);
	return ST_OK;
}

enum status
exec_trip(struct vm *vm, const struct step *s)
{
	assert((uint64_t)s->insn->imm[0] < vm->depth);
	plain_store(step_at(vm, s, 0), 0, s->slot[0]->width, vm->counter[s->insn->imm[0]]);
	return ST_OK;
}

/* Each party that this node plays checks the elements that it has; of a public a there is one. */
enum status
exec_check(struct vm *vm, const struct step *s)
{
	struct plain p = plain_now(vm, s);
	uint8_t *d = p.d;
	const uint8_t *a = p.a;
	uint64_t dlo, dhi, alo, ahi;

	if (s->slot[0]->domain != DOM_L) {
		p.n = s->slot[1]->n;
		s->kernel(&p);
		return ST_OK;
	}
	for (unsigned i = vm->first; i <= vm->last; i++) {
		slot_part(vm->code, s->slot[0], i, &dlo, &dhi);
		if (dlo == dhi)
			continue;
		slot_part(vm->code, s->slot[1], i, &alo, &ahi);
		p.d = d + dlo * s->size[0];
		p.a = a + alo * s->size[1];
		p.n = ahi - alo;
		s->kernel(&p);
	}
	return ST_OK;
}

/* SUM_L, MINR_L, MAXR_L, TN_L: each member reduces the rows that it holds into its row of d. */
enum status
exec_members(struct vm *vm, const struct step *s)
{
	struct plain p = plain_now(vm, s);
	uint8_t *d = p.d;
	const uint8_t *a = p.a, *b = p.b;
	bool tn = s->insn->op == OP_TN_L;
	uint64_t dlo, dhi, alo, ahi, inner, rows;

	for (unsigned i = vm->first; i <= vm->last; i++) {
		slot_part(vm->code, s->slot[0], i, &dlo, &dhi);
		if (dlo == dhi)
			continue;
		slot_part(vm->code, s->slot[1], i, &alo, &ahi);
		inner = tn ? (uint64_t)s->insn->imm[1] : dhi - dlo;
		rows = (ahi - alo) / inner;
		p.d = d + dlo * s->size[0];
		p.a = a + alo * s->size[1];
		if (tn)
			p.b = b + alo / inner * (uint64_t)s->insn->imm[2] * s->size[2];
		p.n = dhi - dlo;
		p.imm[0] = tn ? (int64_t)rows : 1;
		p.imm[1] = tn ? s->insn->imm[1] : (int64_t)rows;
		p.imm[2] = tn ? s->insn->imm[2] : (int64_t)inner;
		s->kernel(&p);
	}
	return ST_OK;
}

enum status
exec_assert(struct vm *vm, const struct step *s)
{
	int64_t ok[2] = { 0, 0 };
	plain_fn *all = s->slot[1]->width == 64 ? plain64_all : plain128_all;
	const struct plain p = { .d = ok, .a = step_at(vm, s, 1), .n = s->slot[1]->n };

	all(&p);
	if (ok[0] == 1)
		return ST_OK;
	return fault_set(&vm->fault, ST_DATA, "the assertion does not hold");
}

enum status
exec_loop(struct vm *vm, const struct step *s)
{
	int64_t lo = affine_now(vm, &vm->code->affine[s->insn->imm[0]]);
	int64_t hi = affine_now(vm, &vm->code->affine[s->insn->imm[1]]);

	if (lo >= hi) {
		vm->pc = s->match + 1;
		return ST_OK;
	}
	assert(vm->n_pending == 0);
	vm->counter[vm->depth] = lo;
	vm->until[vm->depth] = hi;
	vm->depth++;
	return ST_OK;
}

enum status
exec_end(struct vm *vm, const struct step *s)
{
	assert(vm->n_pending == 0);
	if (++vm->counter[vm->depth - 1] < vm->until[vm->depth - 1])
		vm->pc = s->match + 1;
	else
		vm->depth--;
	return ST_OK;
}
