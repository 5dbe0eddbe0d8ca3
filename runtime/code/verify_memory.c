/* verify_memory.c: what is read was written before, by its own slot; what is in flight stays as it
 * is.  See verify.h.  requires verify_manifest, verify_code.
 *
 * The arena is cut into cells, at every byte where a slot begins or ends.  A cell knows its owner,
 * the slot through which it was last written, and of what kind its contents may be.  The rules are
 * those in code.h, above struct slot:
 * - a slot is read where it owns all its cells;
 * - a write of all elements makes it the owner of its cells; one that leaves elements out does so
 *   where the cells hold nothing, public numbers or its own kind.  The kind of L, O and R includes
 *   whose it is; that of an L slot which several parties hold row by row is the slot itself.
 * At the head of a loop a cell is what it was before or what the body makes of it: where these
 * differ nobody owns it.  That state is the same after one more pass, so one pass is enough.
 *
 * Nothing is in flight where a loop begins or ends, so what overlaps is compared within one
 * iteration: windows of one slot by the difference of their offsets. */
#include "verify.h"

#include "../base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { NOBODY = UINT32_MAX };           /* owner of cells that must not be read */
enum { KIND_NONE, KIND_MIXED };         /* never written; of several kinds */

struct cell {
	uint32_t owner, kind;
	uint32_t hot_until;             /* round when what is being computed here is there */
	uint32_t frozen_until;          /* round until which an operand in flight needs it */
};

struct flight {
	uint32_t insn, done;            /* index; round when it is done */
};

struct memory {
	struct verify *v;
	uint64_t *edge;                 /* n_cells + 1 offsets into the arena */
	uint32_t n_cells;
	uint32_t *first;                /* of each slot: its first cell; of windows: unused */
	struct cell *cell;
	struct cell *saved[N_LOOP_MAX]; /* before the loop at that depth; NULL: it runs for sure */
	struct flight *flight;
	uint32_t n_flight;
	uint32_t now;                   /* rounds passed in the order of the code */
	uint64_t work;
};

static int
by_value(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static uint64_t
slot_end(const struct code *c, const struct slot *s)
{
	return s->at + slot_bytes(c, s);
}

static bool
in_arena(const struct slot *s)
{
	return s->kind == SLOT_MEMORY && s->n > 0;
}

static uint32_t
find_cell(const struct memory *m, uint64_t at)
{
	const uint64_t *e = bsearch(&at, m->edge, m->n_cells + 1, sizeof at, by_value);

	return (uint32_t)(e - m->edge);
}

static void
cut(struct memory *m)
{
	const struct code *c = m->v->c;
	uint32_t n = 0, edges = 0;

	for (uint32_t i = 0; i < c->n_slots; i++)
		if (in_arena(&c->slot[i])) {
			m->edge[n++] = c->slot[i].at;
			m->edge[n++] = slot_end(c, &c->slot[i]);
		}
	qsort(m->edge, n, sizeof *m->edge, by_value);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || m->edge[i] != m->edge[edges - 1])
			m->edge[edges++] = m->edge[i];
	m->n_cells = edges == 0 ? 0 : edges - 1;
	for (uint32_t i = 0; i < c->n_slots; i++)
		if (in_arena(&c->slot[i]))
			m->first[i] = find_cell(m, c->slot[i].at);
}

static void
memory_init(struct memory *m, struct verify *v)
{
	uint32_t n = v->c->n_slots;

	*m = (struct memory){ .v = v, .now = 1, .work = VERIFY_WORK_MAX };
	m->edge = mem_array(2 * (size_t)n + 1, sizeof *m->edge);
	m->first = mem_array(n, sizeof *m->first);
	m->flight = mem_array(v->c->n_code, sizeof *m->flight);
	if (m->edge != NULL && m->first != NULL) {
		cut(m);
		m->cell = mem_array(m->n_cells, sizeof *m->cell);
	}
	if (m->cell == NULL || m->flight == NULL) {
		verify_no_memory(v);
		return;
	}
	for (uint32_t i = 0; i < m->n_cells; i++)
		m->cell[i].owner = NOBODY;
}

static void
memory_fini(struct memory *m)
{
	for (unsigned k = 0; k < N_LOOP_MAX; k++)
		mem_free(m->saved[k]);
	mem_free(m->edge);
	mem_free(m->first);
	mem_free(m->flight);
	mem_free(m->cell);
}

static void
spend(struct memory *m, uint64_t n)
{
	if (n > m->work)
		verify_fail(m->v, "the program is too large to be verified");
	m->work -= n > m->work ? m->work : n;
}

/* The kind of what a slot holds; of public numbers always the same. */
static uint32_t
kind_of(const struct code *c, uint32_t i)
{
	const struct slot *s = &c->slot[i];
	uint32_t which = s->domain == DOM_P || s->domain == DOM_A ? 0 : s->part;

	if (slot_by_rows(c, s))
		return (uint32_t)(N_DOMAIN + 1) << 24 | i;
	return (uint32_t)(s->domain + 1) << 24 | which;
}

enum { KIND_PUBLIC = (DOM_P + 1) << 24 };

/* The cells of a slot (of a window: of all that it may move over); false if it has none. */
static bool
cells_of(struct memory *m, uint32_t slot, uint32_t *lo, uint32_t *hi)
{
	const struct code *c = m->v->c;
	uint32_t root = slot_root(c, slot);

	if (!in_arena(&c->slot[root]) || m->v->st != ST_OK)
		return false;
	uint64_t end = slot_end(c, &c->slot[root]);
	*lo = *hi = m->first[root];
	while (*hi < m->n_cells && m->edge[*hi] < end)
		++*hi;
	spend(m, *hi - *lo);
	return m->v->st == ST_OK;
}

static void
check_read(struct memory *m, uint32_t slot)
{
	uint32_t lo, hi, root = slot_root(m->v->c, slot);

	if (!cells_of(m, slot, &lo, &hi))
		return;
	for (uint32_t i = lo; i < hi; i++) {
		if (m->cell[i].owner == root)
			continue;
		if (m->cell[i].kind == KIND_NONE)
			verify_fail(m->v, "slot s%u is read before it is written", slot);
		else if (m->cell[i].owner == NOBODY)
			verify_fail(m->v, "slot s%u is read where it may not have been written",
			    slot);
		else
			verify_fail(m->v, "slot s%u is read after slot s%u went over it", slot,
			    m->cell[i].owner);
		return;
	}
}

/* Whether an instruction writes every element of the slot that its d belongs to. */
static bool
writes_all(const struct code *c, const struct insn *x)
{
	const struct slot *d = &c->slot[x->slot[0]];

	if (d->n != c->slot[slot_root(c, x->slot[0])].n || x->op == OP_PUT)
		return false;
	return x->op != OP_COPY || view_covers(&c->view[x->imm[0]], d->n);
}

static void
write_cells(struct memory *m, const struct insn *x)
{
	const struct code *c = m->v->c;
	uint32_t lo, hi, root = slot_root(c, x->slot[0]), kind = kind_of(c, root);
	bool all = writes_all(c, x);

	if (!cells_of(m, x->slot[0], &lo, &hi))
		return;
	for (uint32_t i = lo; i < hi; i++) {
		struct cell *e = &m->cell[i];
		if (!all && e->kind != KIND_NONE && e->kind != KIND_PUBLIC && e->kind != kind) {
			verify_fail(m->v, "slot s%u is written in part over data of another kind",
			    x->slot[0]);
			return;
		}
		e->owner = root;
		e->kind = kind;
	}
}

/* Whether slots p and q overlap in the present iteration; *same: they are the same elements. */
static bool
overlap(struct memory *m, uint32_t p, uint32_t q, bool *same)
{
	static const struct affine zero;
	const struct code *c = m->v->c;
	uint32_t proot = slot_root(c, p), qroot = slot_root(c, q);
	const struct slot *ps = &c->slot[p], *qs = &c->slot[q];
	const struct slot *pr = &c->slot[proot], *qr = &c->slot[qroot];
	struct affine diff;
	int64_t min, max;

	*same = false;
	if (!in_arena(pr) || !in_arena(qr) || ps->n == 0 || qs->n == 0)
		return false;
	if (proot != qroot)
		return pr->at < slot_end(c, qr) && qr->at < slot_end(c, pr);
	if (affine_sub(&diff, p == proot ? &zero : &ps->offset, q == qroot ? &zero : &qs->offset) !=
	    ST_OK || nest_range(&min, &max, &m->v->nest, &diff) != ST_OK)
		return true;
	*same = min == 0 && max == 0 && ps->n == qs->n;
	return min < (int64_t)qs->n && max > -(int64_t)ps->n;
}

/* The instruction against one that is in flight: its d is not touched, its operands not written. */
static void
check_one_flight(struct memory *m, const struct insn *x, const struct insn *y)
{
	bool same;

	for (unsigned k = 0; k < 4; k++) {
		if (x->slot[k] == SLOT_NONE)
			continue;
		if (overlap(m, x->slot[k], y->slot[0], &same))
			verify_fail(m->v, "slot s%u is used before the round that completes it",
			    x->slot[k]);
		for (unsigned j = 1; k == 0 && j < 4; j++)
			if (y->slot[j] != SLOT_NONE && overlap(m, x->slot[0], y->slot[j], &same))
				verify_fail(m->v, "slot s%u is written while an instruction in "
				    "flight needs it", x->slot[0]);
	}
}

/* Whether the cells of a slot have to do with something in flight; its elements may not. */
static bool
touches_flight(struct memory *m, uint32_t slot, bool written)
{
	uint32_t lo, hi;

	if (!cells_of(m, slot, &lo, &hi))
		return false;
	for (uint32_t i = lo; i < hi; i++)
		if (m->cell[i].hot_until > m->now ||
		    (written && m->cell[i].frozen_until > m->now))
			return true;
	return false;
}

static void
check_flight(struct memory *m, const struct insn *x)
{
	bool touched = false;

	for (unsigned k = 0; k < 4; k++)
		touched = touched || (x->slot[k] != SLOT_NONE &&
		    touches_flight(m, x->slot[k], k == 0));
	for (uint32_t i = 0; touched && m->v->st == ST_OK && i < m->n_flight; i++) {
		spend(m, 16);
		check_one_flight(m, x, &m->v->c->code[m->flight[i].insn]);
	}
}

/* d over its own operands. */
static void
check_own_overlap(struct memory *m, const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];
	const struct code *c = m->v->c;
	bool same;

	for (unsigned k = 1; k < 4; k++) {
		if (x->slot[0] == SLOT_NONE || x->slot[k] == SLOT_NONE ||
		    !overlap(m, x->slot[0], x->slot[k], &same))
			continue;
		if (!same || t->shape != SH_EACH || insn_rounds(c, x) != 0)
			verify_fail(m->v, "slot s%u overlaps the operand s%u", x->slot[0],
			    x->slot[k]);
	}
}

static void
mark(struct memory *m, uint32_t slot, uint32_t until, bool hot)
{
	uint32_t lo, hi;

	if (!cells_of(m, slot, &lo, &hi))
		return;
	for (uint32_t i = lo; i < hi; i++) {
		uint32_t *e = hot ? &m->cell[i].hot_until : &m->cell[i].frozen_until;
		*e = *e > until ? *e : until;
	}
}

static void
take_off(struct memory *m, const struct insn *x)
{
	uint32_t done = m->now + insn_rounds(m->v->c, x);

	m->flight[m->n_flight++] = (struct flight){ m->v->index, done };
	for (unsigned k = 0; k < 4; k++)
		if (x->slot[k] != SLOT_NONE)
			mark(m, x->slot[k], done, k == 0);
}

static void
next_round(struct memory *m)
{
	uint32_t n = 0;

	m->now++;
	spend(m, m->n_flight);
	for (uint32_t i = 0; i < m->n_flight; i++)
		if (m->flight[i].done > m->now)
			m->flight[n++] = m->flight[i];
	m->n_flight = n;
}

static void
data(struct memory *m, const struct insn *x)
{
	for (unsigned k = 1; k < 4; k++)
		if (x->slot[k] != SLOT_NONE)
			check_read(m, x->slot[k]);
	check_own_overlap(m, x);
	check_flight(m, x);
	/* PUT keeps the rows that it does not write. */
	if (x->op == OP_PUT)
		check_read(m, x->slot[0]);
	if (m->v->st != ST_OK)
		return;
	if (x->slot[0] != SLOT_NONE)
		write_cells(m, x);
	if (insn_rounds(m->v->c, x) > 0)
		take_off(m, x);
}

static void
join(struct cell *e, uint32_t owner, uint32_t kind)
{
	if (e->owner != owner)
		e->owner = NOBODY;
	if (e->kind == KIND_NONE)
		e->kind = kind;
	else if (kind != KIND_NONE && e->kind != kind)
		e->kind = KIND_MIXED;
}

/* What the body of the loop at LOOP `index` may have left, joined with what is there now. */
static void
join_body(struct memory *m, uint32_t index)
{
	const struct code *c = m->v->c;
	unsigned depth = 0;

	for (uint32_t i = index; i < c->n_code && m->v->st == ST_OK; i++) {
		const struct insn *x = &c->code[i];
		uint32_t lo, hi;
		depth += x->op == OP_LOOP;
		depth -= x->op == OP_END;
		if (depth == 0)
			return;
		spend(m, 1);
		if (x->slot[0] == SLOT_NONE || !cells_of(m, x->slot[0], &lo, &hi))
			continue;
		uint32_t root = slot_root(c, x->slot[0]);
		for (uint32_t k = lo; k < hi; k++)
			join(&m->cell[k], root, kind_of(c, root));
	}
}

/* Whether the loop that begins with x runs at least once each time that it is reached. */
static bool
runs(const struct verify *v, const struct insn *x)
{
	struct affine trips;
	int64_t min, max;

	return affine_sub(&trips, &v->c->affine[x->imm[1]], &v->c->affine[x->imm[0]]) == ST_OK &&
	    nest_range(&min, &max, &v->nest, &trips) == ST_OK && min > 0;
}

static void
enter(struct memory *m, const struct insn *x)
{
	struct verify *v = m->v;
	unsigned depth = v->nest.depth;

	if (m->n_flight != 0)
		verify_fail(v, "an instruction is in flight");
	if (!runs(v, x)) {
		spend(m, m->n_cells);
		m->saved[depth] = mem_array(m->n_cells, sizeof *m->cell);
		if (m->saved[depth] == NULL)
			verify_no_memory(v);
		else
			memcpy(m->saved[depth], m->cell, m->n_cells * sizeof *m->cell);
	}
	join_body(m, v->index);
	if (v->st == ST_OK)
		verify_enter(v, x, v->index);
}

static void
leave(struct memory *m)
{
	struct verify *v = m->v;

	if (m->n_flight != 0)
		verify_fail(v, "an instruction is in flight");
	verify_leave(v);
	struct cell *before = m->saved[v->nest.depth];
	if (before == NULL)
		return;
	spend(m, m->n_cells);
	for (uint32_t i = 0; i < m->n_cells; i++)
		join(&m->cell[i], before[i].owner, before[i].kind);
	mem_free(before);
	m->saved[v->nest.depth] = NULL;
}

static void
scan(struct memory *m, const struct insn *code, uint32_t n, bool post)
{
	struct verify *v = m->v;

	v->post = post;
	v->nest.depth = 0;
	for (uint32_t i = 0; v->st == ST_OK && i < n; i++) {
		v->insn = &code[i];
		v->index = i;
		if (code[i].op == OP_ROUND)
			next_round(m);
		else if (code[i].op == OP_LOOP)
			enter(m, &code[i]);
		else if (code[i].op == OP_END)
			leave(m);
		else
			data(m, &code[i]);
	}
	if (m->n_flight != 0)
		verify_fail(v, "an instruction is in flight at the end");
	v->insn = NULL;
}

/* What the outputs show is there at the end. */
static void
check_outputs(struct memory *m)
{
	const struct code *c = m->v->c;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; m->v->st == ST_OK && k < c->output[i].n_parts; k++) {
			const struct output_part *o = &c->output[i].part[k];
			const uint32_t slot[] = { o->value, o->present, o->guard, o->cells };
			for (unsigned j = 0; j < 4; j++)
				if (slot[j] != SLOT_NONE)
					check_read(m, slot[j]);
		}
}

/* Parties that are no nodes run post code, too, when it is over at the nodes: what is public and
 * read by it is still there. */
static void
check_handed_out(struct memory *m)
{
	const struct code *c = m->v->c;

	for (uint32_t i = 0; i < c->n_post && roles_outside(&c->roles, c->n_parties); i++)
		for (unsigned k = 1; k < 4 && m->v->st == ST_OK; k++) {
			const uint32_t s = c->post[i].slot[k];
			if (s != SLOT_NONE && c->slot[s].domain == DOM_P)
				check_read(m, s);
		}
}

void
verify_memory(struct verify *v)
{
	struct memory m;

	memory_init(&m, v);
	if (v->st == ST_OK)
		scan(&m, v->c->code, v->c->n_code, false);
	if (v->st == ST_OK)
		scan(&m, v->c->post, v->c->n_post, true);
	if (v->st == ST_OK)
		check_outputs(&m);
	if (v->st == ST_OK)
		check_handed_out(&m);
	memory_fini(&m);
}
