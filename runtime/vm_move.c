/* vm_move.c: inputs, and instructions that move elements of any domain. */
#include "vm_state.h"

#include <string.h>

enum status
exec_input(struct vm *vm, const struct step *s)
{
	uint8_t *d = step_at(vm, s, 0);
	uint64_t lo, hi;
	enum status st = ST_OK;

	for (unsigned p = vm->first; p <= vm->last; p++) {
		slot_part(vm->code, s->slot[0], p, &lo, &hi);
		if (lo == hi)
			continue;
		TRY(vm->env.get(vm->env.get_arg, (uint32_t)s->insn->imm[0],
		    (uint32_t)s->insn->imm[1], roles_party(&vm->code->roles, p),
		    d + lo * s->size[0], hi - lo, s->slot[0]->width, &vm->fault));
	}
out:
	return st;
}

enum status
exec_input_shares(struct vm *vm, const struct step *s)
{
	const struct slot *d = s->slot[0];

	if (vm->env.shares == NULL)
		return fault_set(&vm->fault, ST_DATA, "no shares of inputs were brought");
	return vm->env.shares(vm->env.get_arg, (uint32_t)s->insn->imm[0],
	    (uint32_t)s->insn->imm[1], step_at(vm, s, 0), s->part[0], d->n, d->width,
	    d->domain == DOM_B, &vm->fault);
}

/* Cuts the run to those elements whose place in d lies in lo .. hi. */
static void
clip(struct run *r, int64_t lo, int64_t hi)
{
	int64_t step = r->d_stride, first = 0, end = (int64_t)r->n;

	if (step == 0) {
		if (r->d_at < lo || r->d_at >= hi)
			r->n = 0;
		return;
	}
	if (step < 0) {         /* the same places, from the other end */
		r->d_at += (end - 1) * step;
		r->s_at += (end - 1) * r->s_stride;
		r->d_stride = step = -step;
		r->s_stride = -r->s_stride;
	}
	if (r->d_at < lo)
		first = (lo - r->d_at + step - 1) / step;
	if (r->d_at + (end - 1) * step >= hi)
		end = hi <= r->d_at ? 0 : (hi - r->d_at + step - 1) / step;
	r->n = first < end ? (uint64_t)(end - first) : 0;
	r->d_at += first * step;
	r->s_at += first * r->s_stride;
}

static void
copy_run(const struct step *s, void *d, const void *a, const struct run *all)
{
	int64_t size = (int64_t)s->size[0];
	struct run r = *all;

	if (r.n > 0 && s->slot[0]->domain == DOM_L)
		clip(&r, (int64_t)s->lo, (int64_t)s->hi);
	plain_move((uint8_t *)d + r.d_at * size, r.d_stride, (const uint8_t *)a + r.s_at * size,
	    r.s_stride, r.n, s->slot[0]->width);
}

/* A view without axes of one element, adjacent axes that go in one stride joined. */
static struct view
joined(const struct view *v)
{
	struct view j = { .soff = v->soff, .doff = v->doff };

	for (uint32_t i = 0; i < v->rank; i++) {
		uint32_t k = j.rank;
		int64_t n = (int64_t)v->count[i];
		if (n == 1)
			continue;
		if (k > 0 && j.sstride[k - 1] == n * v->sstride[i] &&
		    j.dstride[k - 1] == n * v->dstride[i]) {
			j.count[k - 1] *= v->count[i];
			j.sstride[k - 1] = v->sstride[i];
			j.dstride[k - 1] = v->dstride[i];
			continue;
		}
		j.count[k] = v->count[i];
		j.sstride[k] = v->sstride[i];
		j.dstride[k] = v->dstride[i];
		j.rank++;
	}
	return j;
}

/* Strides of a view that moves nothing may be anything. */
static struct view
view_of(const struct vm *vm, const struct step *s)
{
	const struct view *v = &vm->code->view[s->insn->imm[0]];

	for (uint32_t i = 0; i < v->rank; i++)
		if (v->count[i] == 0)
			return (struct view){ .rank = 1 };
	return joined(v);
}

void
move_runs(const struct vm *vm, const struct step *s, void *d, const void *a, run_fn *fn)
{
	const struct view v = view_of(vm, s);
	uint32_t last = v.rank == 0 ? 0 : v.rank - 1, axis;
	struct run r = { v.doff, v.soff, 0, 0, 1 };
	uint64_t at[N_RANK_MAX] = { 0 };

	if (v.rank > 0)
		r = (struct run){ v.doff, v.soff, v.dstride[last], v.sstride[last], v.count[last] };
	for (uint32_t i = 0; i < v.rank; i++)
		if (v.count[i] == 0)
			return;
	for (;;) {
		fn(s, d, a, &r);
		for (axis = last; axis > 0; axis--) {
			uint32_t k = axis - 1;
			r.d_at += v.dstride[k];
			r.s_at += v.sstride[k];
			if (++at[k] < v.count[k])
				break;
			r.d_at -= (int64_t)v.count[k] * v.dstride[k];
			r.s_at -= (int64_t)v.count[k] * v.sstride[k];
			at[k] = 0;
		}
		if (axis == 0)
			return;
	}
}

enum status
exec_copy(struct vm *vm, const struct step *s)
{
	for (unsigned k = 0; k < step_parts(s); k++)
		move_runs(vm, s, step_at(vm, s, 0) + k * s->part[0],
		    step_at(vm, s, 1) + k * s->part[1], copy_run);
	return ST_OK;
}

/* see vm_state.h */
bool
move_row(struct vm *vm, const struct step *s, i128 i, uint64_t n, bool nearest, uint64_t *row,
    enum status *st)
{
	if (i >= 0 && i < (i128)n) {
		*row = (uint64_t)i;
		return true;
	}
	if (s->insn->imm[1] != 1) {
		*st = fault_set(&vm->fault, ST_DATA, "an index is outside 0..%llu",
		    (unsigned long long)n);
		return false;
	}
	*row = i < 0 ? 0 : n - 1;
	return nearest && n > 0;
}

enum status
exec_gather(struct vm *vm, const struct step *s)
{
	uint8_t *d = step_at(vm, s, 0);
	const uint8_t *a = step_at(vm, s, 1), *b = step_at(vm, s, 2);
	uint64_t inner = (uint64_t)s->insn->imm[0], len = inner * s->size[0], rows, row;
	enum status st = ST_OK;

	if (inner == 0)
		return ST_OK;
	rows = s->slot[1]->n / inner;
	for (uint64_t i = s->lo / inner; i < s->hi / inner && st == ST_OK; i++) {
		i128 index = plain_load(b, i, s->slot[2]->width);
		if (!move_row(vm, s, index, rows, true, &row, &st))
			continue;
		for (unsigned k = 0; k < step_parts(s); k++)
			memcpy(d + k * s->part[0] + i * len, a + k * s->part[1] + row * len, len);
	}
	return st;
}

enum status
exec_put(struct vm *vm, const struct step *s)
{
	uint8_t *d = step_at(vm, s, 0);
	const uint8_t *a = step_at(vm, s, 1), *b = step_at(vm, s, 2);
	uint64_t inner = (uint64_t)s->insn->imm[0], len = inner * s->size[0], row;
	enum status st = ST_OK;

	if (inner == 0 || !move_row(vm, s, plain_load(b, 0, s->slot[2]->width),
	    s->slot[0]->n / inner, false, &row, &st))
		return st;
	if (row * inner < s->lo || (row + 1) * inner > s->hi)
		return st;
	for (unsigned k = 0; k < step_parts(s); k++)
		memmove(d + k * s->part[0] + row * len, a + k * s->part[1], len);
	return st;
}
