/* low_place.c: where each slot lies in the arena.
 *
 * A slot lives from the first item that touches it to the last: to the end of every loop that it
 * was begun before and is used in, to the round that ends an interactive item, and to the end of
 * the program if an output shows it, or if parties that are no nodes will ask for it.  Slots that
 * do not live at once share memory: first fit.
 * requires: a schedule.  sets: slot.at, used, arena_bytes. */
#include <stdlib.h>
#include <string.h>

#include "low.h"

enum { ALIGN_BYTES = 64 };

struct walk {
	struct low *l;
	uint64_t at;                     /* position */
	struct flight {
		low_id slot;             /* an operand of what is in flight */
		uint32_t left;           /* rounds until it is done */
	} *open;
	uint32_t n_open;
};

static void
touch(struct walk *w, low_id id)
{
	if (id == SLOT_NONE)
		return;
	w->l->slot[id].used = true;
	struct low_slot *s = &w->l->slot[low_base(w->l, id)];
	if (!s->used || s->first == 0)
		s->first = w->at;
	s->used = true;
	s->last = w->at;
}

/* What is in flight lives. */
static void
end_round(struct walk *w)
{
	uint32_t n = 0;

	for (uint32_t k = 0; k < w->n_open; k++) {
		touch(w, w->open[k].slot);
		if (--w->open[k].left > 0)
			w->open[n++] = w->open[k];
	}
	w->n_open = n;
}

static void walk(struct walk *, const struct low_block *);

static void
walk_loop(struct walk *w, const struct low_item *it)
{
	uint64_t begin = w->at;

	walk(w, it->body);
	uint64_t end = ++w->at;
	for (low_id i = 0; i < w->l->n_slots; i++) {
		struct low_slot *s = &w->l->slot[i];
		if (s->used && s->first < begin && s->last >= begin)
			s->last = end;
	}
}

static void
walk(struct walk *w, const struct low_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct low_item *it = &b->item[i];
		w->at++;
		if (it->loop) {
			walk_loop(w, it);
			continue;
		}
		for (int k = 0; k < 4; k++)
			touch(w, it->insn.slot[k]);
		uint32_t rounds = low_rounds(w->l, &it->insn);
		for (int k = 0; k < 4 && rounds > 0; k++)
			w->open[w->n_open++] = (struct flight){ it->insn.slot[k], rounds };
		if (it->round)
			end_round(w);
	}
}

static uint32_t
count_items(const struct low_block *b)
{
	uint32_t n = b->n;

	for (uint32_t i = 0; i < b->n; i++)
		if (b->item[i].loop)
			n += count_items(b->item[i].body);
	return n;
}

static void
keep_outputs(struct walk *w)
{
	const struct ir *ir = w->l->ir;
	uint32_t n = 0;

	w->at++;
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++, n++) {
			touch(w, w->l->out[n].value);
			touch(w, w->l->out[n].present);
			touch(w, w->l->out[n].guard);
			touch(w, w->l->out[n].cells);
		}
}

/* Parties that are no nodes fetch what is public when all is over, and run post code on it. */
static void
keep_public(struct walk *w)
{
	const struct ir *ir = w->l->ir;
	const struct low_block *post = w->l->post;

	for (uint32_t i = 0; i < post->n && roles_outside(&ir->roles, ir->n_parties); i++)
		for (int k = 1; k < 4; k++) {
			const low_id id = post->item[i].insn.slot[k];
			if (id != SLOT_NONE && w->l->slot[id].slot.domain == DOM_P)
				touch(w, id);
		}
}

static uint64_t
bytes_of(const struct low *l, const struct low_slot *s)
{
	bool twice = s->slot.domain == DOM_A || s->slot.domain == DOM_B;
	uint64_t n = slot_part_bytes(&s->slot) * (twice ? l->c->options->target->held : 1);

	n = (n + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
	return n == 0 ? ALIGN_BYTES : n;
}

struct held {
	uint64_t at, end, last;
};

/* The lowest gap that is wide enough between what lives now; held is sorted by address. */
static uint64_t
fit(const struct low *l, struct held *held, uint32_t *n, const struct low_slot *s)
{
	uint64_t size = bytes_of(l, s), at = 0;
	uint32_t live = 0, where;

	for (uint32_t i = 0; i < *n; i++)
		if (held[i].last >= s->first)
			held[live++] = held[i];
	*n = live;
	for (where = 0; where < live && held[where].at - at < size; where++)
		at = held[where].end;
	memmove(&held[where + 1], &held[where], (live - where) * sizeof *held);
	held[where] = (struct held){ at, at + size, s->last };
	(*n)++;
	return at;
}

struct order {
	uint64_t first;
	low_id id;
};

static int
by_first(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

void
low_place(struct low *l)
{
	struct walk w = { .l = l };
	struct order *order = compile_alloc(l->c, (l->n_slots + 1) * sizeof *order);
	struct held *held = compile_alloc(l->c, (l->n_slots + 2) * sizeof *held);
	uint32_t n = 0, live = 0;

	w.open = compile_alloc(l->c, (4 * (size_t)count_items(l->top) + 4) * sizeof *w.open);
	walk(&w, l->top);
	walk(&w, l->post);
	keep_outputs(&w);
	keep_public(&w);
	for (low_id i = 0; i < l->n_slots; i++)
		if (l->slot[i].used && l->slot[i].slot.kind == SLOT_MEMORY)
			order[n++] = (struct order){ l->slot[i].first, i };
	qsort(order, n, sizeof *order, by_first);
	for (uint32_t i = 0; i < n; i++) {
		struct low_slot *s = &l->slot[order[i].id];
		s->slot.at = fit(l, held, &live, s);
		if (s->slot.at + bytes_of(l, s) > l->arena_bytes)
			l->arena_bytes = s->slot.at + bytes_of(l, s);
	}
}
