/* ir_same.c: values that are computed in the same way from the same.
 *
 * ir_fold makes one of them, but the checker asks before that.  What has a state of its own, draws
 * something at random or stands in a loop is the same as nothing else. */
#include <string.h>

#include "internal.h"
#include "ir_forms.h"

static uint64_t
mix(uint64_t h, uint64_t x)
{
	return (h ^ x) * UINT64_C(0x100000001b3);
}

static bool
is_plain(const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_RANDOM: case IR_SHUFFLE: case IR_SHUFB: case IR_LOOP: case IR_ARG: case IR_COUNTER:
	case IR_ASSERT: case IR_ASSUME: case IR_REVEAL:
		return false;
	default:
		return true;
	}
}

static uint64_t
hash(const struct forms *f, const struct ir_value *v)
{
	uint64_t h = mix(UINT64_C(0xcbf29ce484222325), v->op);

	for (uint32_t i = 0; i < v->n_args; i++)
		h = mix(h, f->same[v->args[i]]);
	for (unsigned i = 0; i < 3; i++)
		h = mix(h, (uint64_t)v->imm[i]);
	h = mix(mix(h, v->n), v->frac);
	if (v->op == IR_CONST && v->n > 0)
		h = mix(h, mpz_get_ui(v->data[0]));
	return h ^ h >> 29;
}

static bool
same_view(const struct ir_view *a, const struct ir_view *b, unsigned rank)
{
	return a == b || (a != NULL && b != NULL && a->offset.n == 0 && b->offset.n == 0 &&
	    a->offset.base == b->offset.base &&
	    memcmp(a->stride, b->stride, rank * sizeof *a->stride) == 0);
}

static bool
is_same(const struct forms *f, const struct ir_value *a, const struct ir_value *b)
{
	if (a->op != b->op || a->n_args != b->n_args || a->rank != b->rank || a->frac != b->frac ||
	    a->bits != b->bits || memcmp(a->imm, b->imm, sizeof a->imm) != 0 ||
	    memcmp(a->dims, b->dims, a->rank * sizeof *a->dims) != 0)
		return false;
	for (uint32_t i = 0; i < a->n_args; i++)
		if (f->same[a->args[i]] != f->same[b->args[i]])
			return false;
	for (uint64_t i = 0; a->op == IR_CONST && i < a->n; i++)
		if (mpz_cmp(a->data[i], b->data[i]) != 0)
			return false;
	/* Of an update it is the second operand that the view has the axes of. */
	return same_view(a->view, b->view, a->op == IR_UPDATE ? f->ir->value[a->args[1]].rank : a->rank);
}

/* Of value id, whose operands are known already; it takes a slot if it is the first. */
static ir_id
find(struct forms *f, ir_id id)
{
	const struct ir_value *v = &f->ir->value[id];

	if (!is_plain(v) || v->block->depth > 0)
		return id;
	for (uint64_t h = hash(f, v);; h++) {
		ir_id *slot = &f->slot[h & (f->n_slots - 1)];
		if (*slot == 0)
			*slot = id + 1;
		if (*slot == id + 1 || is_same(f, &f->ir->value[*slot - 1], v))
			return *slot - 1;
	}
}

static void
more_slots(struct forms *f)
{
	f->n_slots = 1024;
	while (f->n_slots < 4 * f->ir->n)
		f->n_slots *= 2;
	f->slot = compile_alloc(f->ir->compile, f->n_slots * sizeof *f->slot);
	f->same = compile_alloc(f->ir->compile, f->n_slots * sizeof *f->same);
	f->n_same = 0;
}

ir_id
forms_same(struct forms *f, ir_id id)
{
	if (id >= f->n_same && f->ir->n > f->n_slots / 2)
		more_slots(f);
	while (f->n_same <= id) {
		f->same[f->n_same] = find(f, f->n_same);
		f->n_same++;
	}
	return f->same[id];
}
