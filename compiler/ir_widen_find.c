/* ir_widen_find.c: what of a loop's body needs the iteration before.  See ir_widen.h. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "ir_widen.h"

static void
count_uses(struct widen *w)
{
	const struct ir_block *b = w->l->body;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &w->ir->value[b->value[i]];
		if (!w->rw->live[b->value[i]])
			continue;
		for (uint32_t k = 0; k < v->n_args; k++)
			w->uses[v->args[k]]++;
	}
	for (uint32_t k = 0; k < w->l->n_carried; k++)
		if (w->rw->live[w->l->arg[k]])
			w->uses[w->l->yield[k]]++;
}

static bool
inside(const struct widen *w, ir_id id)
{
	return w->ir->value[id].block == w->l->body;
}

/* yield = arg + e - f ..., each step used by the next only; or with other uses, arg + e alone. */
static bool
find_sum(struct widen *w, uint32_t k, struct carry *c)
{
	const struct ir *ir = w->ir;
	ir_id at = w->l->yield[k], arg = w->l->arg[k];

	c->at = at;
	while (at != arg) {
		const struct ir_value *v = &ir->value[at];
		if (!inside(w, at) || (v->op != IR_ADD && v->op != IR_SUB) || c->n_terms == 8)
			return false;
		bool turned = v->op == IR_ADD && v->args[1] == arg;
		ir_id next = v->args[turned ? 1 : 0];
		if (ir->value[next].rank != v->rank)
			return false;
		c->term[c->n_terms] = v->args[turned ? 0 : 1];
		c->minus[c->n_terms++] = v->op == IR_SUB;
		if (at != w->l->yield[k] && w->uses[at] != 1)
			return false;
		at = next;
	}
	if (c->n_terms == 0 || w->uses[arg] != 1)
		return false;
	c->role = w->uses[c->at] == 1 ? ROLE_SUM : ROLE_SCAN;
	return c->role == ROLE_SUM || c->n_terms == 1;
}

/* Which place is moved to the next by this loop, and further than what is written of it is wide? */
static bool
apart(const struct widen *w, const struct ir_view *view, const struct ir_value *block)
{
	int64_t wide = 0, step = 0;

	for (unsigned i = 0; i < block->rank; i++)
		wide += llabs(view->stride[i]) * (block->dims[i] > 0 ? (int64_t)block->dims[i] - 1 : 0);
	for (uint32_t i = 0; i < view->offset.n; i++)
		if (view->offset.term[i].loop == w->old)
			step = llabs(view->offset.term[i].coef);
	return step > wide;
}

static bool
same_place(const struct ir_view *a, const struct ir_view *b, unsigned rank)
{
	struct ir_affine d = a->offset;

	return ir_affine_add(&d, &b->offset, -1) && d.n == 0 && d.base == 0 &&
	    memcmp(a->stride, b->stride, rank * sizeof *a->stride) == 0;
}

/* All that the body reads of the array is the place that this iteration writes: nobody wrote it
 * before. */
static bool
reads_own_place(const struct widen *w, ir_id arg, const struct ir_value *update)
{
	const struct ir_block *b = w->l->body;
	const struct ir_value *block = &w->ir->value[update->args[1]];
	uint32_t reads = 0;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &w->ir->value[b->value[i]];
		if (w->rw->live[b->value[i]] && v->op == IR_VIEW && v->args[0] == arg && v->rank == block->rank &&
		    v->n == block->n && same_place(v->view, update->view, v->rank))
			reads++;
	}
	return reads + 1 == w->uses[arg] && (reads == 0 || apart(w, update->view, block));
}

static bool
find_array(struct widen *w, uint32_t k, struct carry *c)
{
	const struct ir *ir = w->ir;
	ir_id y = w->l->yield[k];
	const struct ir_value *v = &ir->value[y];

	if (!inside(w, y) || v->op != IR_UPDATE || v->args[0] != w->l->arg[k])
		return false;
	if (w->uses[y] != 1 || !reads_own_place(w, w->l->arg[k], v))
		return false;
	for (uint32_t i = 0; i < v->view->offset.n; i++)
		if (v->view->offset.term[i].loop == w->old) {
			c->role = ROLE_ARRAY;
			c->at = y;
			c->term[0] = v->args[1];
			c->n_terms = 1;
			return true;
		}
	return false;
}

static void
find_role(struct widen *w, uint32_t k)
{
	struct carry *c = &w->carry[k];

	*c = (struct carry){ .role = ROLE_SEQUENTIAL };
	if (w->l->yield[k] == w->l->arg[k]) {
		c->role = ROLE_SAME;
		return;
	}
	if (find_sum(w, k, c))
		return;
	*c = (struct carry){ .role = ROLE_SEQUENTIAL };
	if (find_array(w, k, c))
		return;
	*c = (struct carry){ .role = w->uses[w->l->arg[k]] == 0 ? ROLE_LAST : ROLE_SEQUENTIAL };
}

static bool
steps(const struct widen *w, const struct ir_value *v)
{
	if (v->view == NULL)
		return false;
	for (uint32_t i = 0; i < v->view->offset.n; i++)
		if (v->view->offset.term[i].loop == w->old)
			return true;
	return false;
}

static bool
is_wide(const struct widen *w, ir_id id)
{
	return w->kind[id] == KIND_WIDE;
}

/* Can all trips of this be one operation? */
static bool
widenable(const struct widen *w, const struct ir_value *v)
{
	switch ((enum ir_op)v->op) {
	case IR_GATHER: case IR_PICK:
		return !is_wide(w, v->args[0]) && v->rank + 1 <= N_RANK_MAX;
	case IR_TAKE:
		return w->ir->value[v->args[1]].n == v->n && v->rank + 1 <= N_RANK_MAX;
	case IR_MATMUL:
		return !is_wide(w, v->args[1]) || (v->imm[0] == 1 && v->imm[2] == 1);
	case IR_PUT: case IR_TNMUL: case IR_LOOP: case IR_RESULT: case IR_ARG: case IR_INPUT: case IR_IOTA:
	case IR_CONST: case IR_SHUFFLE: case IR_MINM: case IR_MAXM:
	case IR_SORTB: case IR_SHUFB:
		return false;
	case IR_ORDER: case IR_ONEHOT: case IR_HOME: case IR_CIRCUIT: case IR_RANDOM:
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR:
	case IR_SHLB: case IR_SHRB: case IR_ROTLB: case IR_ADDB: case IR_SLICEB: case IR_TOBITS:
	case IR_CATB: case IR_SORT2:
	case IR_POPCNT: case IR_TONUM: case IR_BITLEN: case IR_NORM:
	DISTRIBUTIONS
	case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS: case IR_TANH: case IR_SIGMOID: case IR_ERF:
	case IR_COUNTER: case IR_NEG: case IR_ADD: case IR_SUB: case IR_MUL: case IR_SHL: case IR_SCALE2:
	case IR_TRUNC: case IR_DIV: case IR_FDIV: case IR_MOD: case IR_FLOOR: case IR_ROUND: case IR_ABS:
	case IR_SIGN: case IR_SQRT: case IR_EXP: case IR_LOG: case IR_MIN: case IR_MAX: case IR_EQ:
	case IR_LT: case IR_LE: case IR_SELECT: case IR_VIEW: case IR_CONCAT: case IR_UPDATE: case IR_SUM:
	case IR_CUMSUM: case IR_MINR: case IR_MAXR: case IR_REVEAL: case IR_ASSUME: case IR_ASSERT:
		return v->rank + 1 <= N_RANK_MAX;
	case N_IR_OP:
		break;
	}
	return false;
}

static enum wide_kind
kind_of(struct widen *w, ir_id id)
{
	const struct ir_value *v = &w->ir->value[id];
	enum wide_kind kind = steps(w, v) || id == w->l->counter ? KIND_WIDE : KIND_INVARIANT;

	if (v->op == IR_RANDOM)                  /* each trip's own bits */
		kind = KIND_WIDE;
	if (v->op == IR_SHUFFLE) {
		w->why = "each iteration draws at random";
		return KIND_SEQUENTIAL;
	}
	for (uint32_t i = 0; i < v->n_args; i++) {
		enum wide_kind a = inside(w, v->args[i]) ? w->kind[v->args[i]] : KIND_OUTER;
		if (a == KIND_SEQUENTIAL)
			return KIND_SEQUENTIAL;
		if (a == KIND_WIDE)
			kind = KIND_WIDE;
	}
	if (kind == KIND_WIDE && !widenable(w, v)) {
		w->why = "an operation in it cannot take all iterations at once";
		return KIND_SEQUENTIAL;
	}
	return kind;
}

static void
mark_chain(struct widen *w, const struct carry *c, uint32_t k)
{
	ir_id at = w->l->yield[k];

	if (c->role == ROLE_ARRAY) {
		w->kind[at] = KIND_CHAIN;
		return;
	}
	for (uint32_t i = 0; i < c->n_terms; i++) {
		const struct ir_value *v = &w->ir->value[at];
		w->kind[at] = KIND_CHAIN;
		at = v->args[0] == c->term[i] ? v->args[1] : v->args[0];
	}
	if (c->role == ROLE_SCAN)
		w->kind[c->at] = KIND_WIDE;
}

static void
find_kinds(struct widen *w)
{
	const struct ir_block *b = w->l->body;

	for (uint32_t i = 0; i < b->n; i++)
		w->kind[b->value[i]] = KIND_OUTER;
	for (uint32_t k = 0; k < w->l->n_carried; k++) {
		struct carry *c = &w->carry[k];
		bool chain = c->role == ROLE_SUM || c->role == ROLE_SCAN || c->role == ROLE_ARRAY;
		w->kind[w->l->arg[k]] = c->role == ROLE_SEQUENTIAL ? KIND_SEQUENTIAL : c->role == ROLE_SAME ?
		    KIND_INVARIANT : KIND_CHAIN;
		if (chain && w->rw->live[w->l->arg[k]])
			mark_chain(w, c, k);
	}
	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		if (w->rw->live[id] && w->kind[id] == KIND_OUTER)
			w->kind[id] = (uint8_t)kind_of(w, id);
	}
}

/* What a carried variable takes up must not itself be sequential. */
static bool
degrade(struct widen *w)
{
	bool changed = false;

	for (uint32_t k = 0; k < w->l->n_carried; k++) {
		struct carry *c = &w->carry[k];
		if (!w->rw->live[w->l->arg[k]] || c->role == ROLE_SEQUENTIAL || c->role == ROLE_SAME)
			continue;
		bool bad = c->role == ROLE_LAST && w->kind[w->l->yield[k]] == KIND_SEQUENTIAL;
		for (uint32_t i = 0; i < c->n_terms; i++)
			if (inside(w, c->term[i]) && w->kind[c->term[i]] == KIND_SEQUENTIAL)
				bad = true;
		if (c->role == ROLE_LAST && inside(w, w->l->yield[k]) && w->kind[w->l->yield[k]] == KIND_CHAIN)
			bad = true;
		if (bad) {
			c->role = ROLE_SEQUENTIAL;
			changed = true;
		}
	}
	return changed;
}

/* Is anything wide worth a pass of its own when a sequential part remains? */
static bool
worth_splitting(const struct widen *w)
{
	const struct ir_block *b = w->l->body;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &w->ir->value[b->value[i]];
		if (!w->rw->live[b->value[i]] || w->kind[b->value[i]] != KIND_WIDE || v->open != SECRET)
			continue;
		if (v->op == IR_MUL || v->op == IR_MATMUL || v->op == IR_TRUNC || v->op == IR_DIV ||
		    v->op == IR_SELECT || v->op == IR_REVEAL)
			return true;
	}
	return false;
}

bool
widen_find(struct widen *w)
{
	const struct ir_block *b = w->l->body;
	bool sequential = false;

	for (uint32_t i = 0; i < b->n; i++)
		if (w->ir->value[b->value[i]].op == IR_LOOP && w->rw->live[b->value[i]]) {
			w->why = "it holds a loop that is sequential itself";
			return false;
		}
	count_uses(w);
	for (uint32_t k = 0; k < w->l->n_carried; k++)
		if (w->rw->live[w->l->arg[k]])
			find_role(w, k);
	do
		find_kinds(w);
	while (degrade(w));
	for (uint32_t k = 0; k < w->l->n_carried; k++)
		if (w->rw->live[w->l->arg[k]] && w->carry[k].role == ROLE_SEQUENTIAL) {
			const char *what = w->ir->value[w->l->arg[k]].what;
			w->why = compile_printf(w->ir->compile, "an iteration needs %s of the one before",
			    what == NULL ? "a value" : what);
			sequential = true;
		}
	for (uint32_t i = 0; i < b->n; i++)
		if (w->rw->live[b->value[i]] && w->kind[b->value[i]] == KIND_SEQUENTIAL)
			sequential = true;
	return !sequential || worth_splitting(w);
}
