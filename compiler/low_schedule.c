/* low_schedule.c: the order of instructions, and the rounds.
 *
 * Within a block every item gets a level: how many rounds must be over before it.  Local items
 * run at their level in the order they came; interactive ones of a level are issued together and
 * share one ROUND.  A loop is one local item whose rounds are its own: nothing is in flight
 * around it.
 * requires: lowered items.  keeps: the order of reads and writes of each slot.  sets: rounds. */
#include <stdlib.h>
#include <string.h>

#include "low.h"

struct times {
	uint32_t ready, idle;            /* level at which a slot may be read, and be overwritten */
};

struct frame {
	struct low *l;
	struct times *t;                 /* by base slot */
};

static void
raise_to(uint32_t *x, uint32_t y)
{
	if (y > *x)
		*x = y;
}

/* Calls fn for each base slot that an item, or a loop's body, reads (write = false) or writes. */
static void
touch(const struct low *l, const struct low_item *it, void (*fn)(void *, low_id, bool write),
    void *arg)
{
	if (it->loop) {
		for (uint32_t i = 0; i < it->body->n; i++)
			touch(l, &it->body->item[i], fn, arg);
		return;
	}
	for (int k = 1; k < 4; k++)
		if (it->insn.slot[k] != SLOT_NONE)
			fn(arg, low_base(l, it->insn.slot[k]), false);
	if (it->insn.slot[0] != SLOT_NONE)
		fn(arg, low_base(l, it->insn.slot[0]), true);
}

struct visit {
	struct frame *f;
	uint32_t level, rounds;
};

static void
wait_for(void *arg, low_id s, bool write)
{
	struct visit *v = arg;

	raise_to(&v->level, v->f->t[s].ready);
	if (write)
		raise_to(&v->level, v->f->t[s].idle);
}

static void
occupy(void *arg, low_id s, bool write)
{
	struct visit *v = arg;

	if (write)
		v->f->t[s].ready = v->level + v->rounds;
	raise_to(&v->f->t[s].idle, v->level + v->rounds);
}

static bool
interactive(const struct low *l, const struct low_item *it)
{
	return !it->loop && low_rounds(l, &it->insn) > 0;
}

static void
put(struct low *l, struct low_block *b, const struct low_item *it)
{
	b->item = low_grow(l, b->item, b->n, &b->cap, sizeof *b->item);
	b->item[b->n++] = *it;
}

/* One exchange: what is in flight is a round nearer to its end. */
static void
put_round(struct low *l, struct low_block *b, uint32_t *left)
{
	struct low_item round = { .round = true, .insn = { .op = OP_ROUND,
	    .slot = { SLOT_NONE, SLOT_NONE, SLOT_NONE, SLOT_NONE } } };

	put(l, b, &round);
	(*left)--;
}

/* The items anew: level by level, first the local ones, then the interactive ones and a round as
 * long as something is in flight; nothing is at a loop. */
static void
order(struct low *l, struct low_block *b, uint32_t levels)
{
	struct low_block d = { .parent = b->parent, .loop = b->loop, .depth = b->depth };
	uint32_t left = 0;
	uint32_t *start = compile_alloc(l->c, (levels + 2) * sizeof *start);
	uint32_t *sorted = compile_alloc(l->c, (b->n + 1) * sizeof *sorted);

	for (uint32_t i = 0; i < b->n; i++)
		start[b->item[i].level + 1]++;
	for (uint32_t k = 0; k <= levels; k++)
		start[k + 1] += start[k];
	for (uint32_t i = 0; i < b->n; i++)
		sorted[start[b->item[i].level]++] = i;
	for (uint32_t k = 0, from = 0; k <= levels; from = start[k], k++) {
		for (uint32_t i = from; i < start[k]; i++) {
			const struct low_item *it = &b->item[sorted[i]];
			while (it->loop && left > 0)
				put_round(l, &d, &left);
			if (!interactive(l, it))
				put(l, &d, it);
		}
		for (uint32_t i = from; i < start[k]; i++)
			if (interactive(l, &b->item[sorted[i]])) {
				put(l, &d, &b->item[sorted[i]]);
				raise_to(&left, low_rounds(l, &b->item[sorted[i]].insn));
			}
		if (left > 0)
			put_round(l, &d, &left);
	}
	while (left > 0)
		put_round(l, &d, &left);
	*b = d;
}

static void
schedule(struct low *l, struct low_block *b)
{
	struct frame f = { .l = l };
	uint32_t levels = 0;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->item[i].loop)
			schedule(l, b->item[i].body);
	f.t = compile_alloc(l->c, (l->n_slots + 1) * sizeof *f.t);
	for (uint32_t i = 0; i < b->n; i++) {
		struct low_item *it = &b->item[i];
		struct visit v = { .f = &f, .rounds = it->loop ? 0 : low_rounds(l, &it->insn) };
		touch(l, it, wait_for, &v);
		touch(l, it, occupy, &v);
		it->level = v.level;
		raise_to(&levels, v.level);
	}
	order(l, b, levels);
}

void
low_schedule(struct low *l)
{
	schedule(l, l->top);
}
