/* walk.c: how often each instruction runs, and what of the interactive ones that makes in all.
 * See code.h; the counting itself is nest.c's. */
#include "code.h"
#include "nest.h"

#include "../base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Enters the loop that x begins; its bounds must be affines of the program. */
static enum status
enter(struct nest *v, const struct code *c, const struct insn *x)
{
	if (x->imm[0] < 0 || x->imm[0] >= c->n_affines || x->imm[1] < 0 ||
	    x->imm[1] >= c->n_affines)
		return ST_DATA;
	return nest_push(v, &c->affine[x->imm[0]], &c->affine[x->imm[1]]);
}

enum status
code_walk(const struct code *c, void (*fn)(void *arg, const struct insn *, uint64_t times),
    void *arg)
{
	uint64_t times[N_LOOP_MAX + 1] = { 1 }, work = NEST_WORK_MAX;
	struct nest v = { 0 };
	enum status st = ST_OK;

	for (uint32_t i = 0; i < c->n_code; i++) {
		const struct insn *x = &c->code[i];
		fn(arg, x, times[v.depth]);
		if (x->op == OP_LOOP) {
			TRY(enter(&v, c, x));
			TRY(nest_count(&times[v.depth], &v, &work));
		} else if (x->op == OP_END) {
			if (v.depth == 0)
				return ST_DATA;
			v.depth--;
		}
	}
	if (v.depth != 0)
		st = ST_DATA;
out:
	return st;
}

/* What one walk gathers: one entry an instruction at first, merged afterwards. */
struct gather {
	const struct code *code;
	struct demand *entry;
	uint32_t n;
	enum status st;
};

/* Whether it takes messages: what has rounds, and circuits that are garbled. */
static bool
interactive(const struct code *c, const struct insn *x)
{
	const struct circuit *k = insn_circuit(c, x);

	return insn_rounds(c, x) > 0 || (x->op == OP_CIRC_Y && k != NULL && k->n_layers > 0);
}

/* The entry of an interactive instruction; false if a slot or its circuit is not there. */
static bool
demand_of(struct demand *d, const struct code *c, const struct insn *x, uint64_t times)
{
	if (x->slot[0] >= c->n_slots)
		return false;
	const struct slot *s = &c->slot[x->slot[0]];
	*d = (struct demand){ .op = x->op, .width = s->width };
	if (x->op == OP_MATMUL_A) {
		d->m = (uint64_t)x->imm[0];
		d->k = (uint64_t)x->imm[1];
		d->n = (uint64_t)x->imm[2];
		d->count = times;
		return true;
	}
	if (insn_table[x->op].shape == SH_CIRC) {
		d->m = (uint64_t)x->imm[0];
		d->n = s->n;
		d->count = s->n == 0 ? 0 : times;
		return insn_circuit(c, x) != NULL;
	}
	if (x->op == OP_TRUNC_A || x->op == OP_SPLIT_Y) {
		d->k = (uint64_t)x->imm[0];
	} else if (x->op == OP_NUM_A || x->op == OP_REVEAL_B || x->op == OP_OPEN_B) {
		if (x->slot[1] >= c->n_slots)
			return false;
		d->k = c->slot[x->slot[1]].width;
	}
	return !__builtin_mul_overflow(s->n, times, &d->count);
}

bool
insn_demand(struct demand *d, const struct code *c, const struct insn *x, uint64_t times)
{
	return interactive(c, x) && demand_of(d, c, x, times) && d->count != 0;
}

static void
gather_insn(void *arg, const struct insn *x, uint64_t times)
{
	struct gather *g = arg;

	if (g->st != ST_OK || x->op >= N_INSN || !interactive(g->code, x))
		return;
	if (!demand_of(&g->entry[g->n], g->code, x, times))
		g->st = ST_DATA;
	else if (g->entry[g->n].count != 0)
		g->n++;
}

static int
by_key(const void *a, const void *b)
{
	const struct demand *x = a, *y = b;

	if (x->op != y->op)
		return x->op < y->op ? -1 : 1;
	if (x->width != y->width)
		return x->width < y->width ? -1 : 1;
	if (x->m != y->m)
		return x->m < y->m ? -1 : 1;
	if (x->k != y->k)
		return x->k < y->k ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* Adds up neighbours of one key. */
static enum status
merge(struct gather *g)
{
	uint32_t n = 0;

	qsort(g->entry, g->n, sizeof *g->entry, by_key);
	for (uint32_t i = 0; i < g->n; i++) {
		struct demand *last = n > 0 ? &g->entry[n - 1] : NULL;
		if (last == NULL || by_key(last, &g->entry[i]) != 0)
			g->entry[n++] = g->entry[i];
		else if (__builtin_add_overflow(last->count, g->entry[i].count, &last->count))
			return ST_DATA;
	}
	g->n = n;
	return ST_OK;
}

enum status
demand_compute(struct demand **out, uint32_t *n, const struct code *c)
{
	struct gather g = { .code = c, .st = ST_OK };
	enum status st;

	g.entry = mem_array(c->n_code, sizeof *g.entry);
	if (g.entry == NULL)
		return ST_INTERNAL;
	TRY(code_walk(c, gather_insn, &g));
	TRY(g.st);
	TRY(merge(&g));
	*out = g.entry;
	*n = g.n;
	g.entry = NULL;
out:
	mem_free(g.entry);
	return st;
}

enum status
code_demand(struct code *c)
{
	struct demand *d;
	uint32_t n;
	enum status st;

	TRY(demand_compute(&d, &n, c));
	mem_free(c->demand);
	c->demand = d;
	c->n_demand = n;
out:
	return st;
}
