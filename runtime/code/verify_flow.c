/* verify_flow.c: what is opened is what the manifest says: reveals, openings for outputs, and the
 * demand for correlated randomness.  See verify.h.  requires verify_manifest, verify_code. */
#include "verify.h"

#include "../base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Reveals of one line and length, over the whole manifest. */
struct allowance {
	uint32_t line;
	uint64_t elements, times;
};

struct flow {
	struct verify *v;
	struct allowance *allowance;
	uint32_t n;
	uint64_t *reach;                /* of each slot: the parties that outputs show it to, a bit each */
	size_t words;                   /* that they take */
	uint64_t *shown;                /* of each slot: how many elements they show one party */
	uint32_t party;                 /* that one */
};

/* A program that needs more is refused: a bit for each slot and party, 128 MiB. */
enum { REACH_WORDS_MAX = 1 << 24 };

static int
by_place(const void *a, const void *b)
{
	const struct allowance *x = a, *y = b;

	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->elements < y->elements ? -1 : x->elements > y->elements;
}

/* Gathers the manifest's reveals; those of one place add up. */
static void
gather_reveals(struct flow *f)
{
	const struct code *c = f->v->c;
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->n_reveals; i++)
		f->allowance[i] = (struct allowance){ c->reveal[i].line, c->reveal[i].elements,
			c->reveal[i].times };
	qsort(f->allowance, c->n_reveals, sizeof *f->allowance, by_place);
	for (uint32_t i = 0; i < c->n_reveals; i++) {
		struct allowance *last = &f->allowance[n == 0 ? 0 : n - 1];
		if (n == 0 || by_place(last, &f->allowance[i]) != 0)
			f->allowance[n++] = f->allowance[i];
		else if (__builtin_add_overflow(last->times, f->allowance[i].times, &last->times))
			last->times = UINT64_MAX;
	}
	f->n = n;
}

static void
spend_reveal(void *arg, const struct insn *x, uint64_t times)
{
	struct flow *f = arg;

	if ((x->op != OP_REVEAL && x->op != OP_REVEAL_B) || f->v->st != ST_OK)
		return;
	struct allowance key = { .line = x->line, .elements = f->v->c->slot[x->slot[1]].n }, *a;
	a = f->n == 0 ? NULL : bsearch(&key, f->allowance, f->n, sizeof key, by_place);
	f->v->insn = x;
	f->v->index = (uint32_t)(x - f->v->c->code);
	if (a == NULL && times > 0)
		verify_fail(f->v, "the manifest lists no such reveal");
	else if (a != NULL && a->times < times)
		verify_fail(f->v, "this reveals more often than the manifest says");
	else if (a != NULL)
		a->times -= times;
	f->v->insn = NULL;
}

static void
check_reveals(struct flow *f)
{
	gather_reveals(f);
	if (code_walk(f->v->c, spend_reveal, f) != ST_OK)
		verify_fail(f->v, "the loops run too often to be counted");
}

static uint64_t *
reach_of(const struct flow *f, uint32_t slot)
{
	return &f->reach[slot_root(f->v->c, slot) * f->words];
}

static bool
reaches(const struct flow *f, uint32_t slot, uint32_t party)
{
	return (reach_of(f, slot)[party / 64] >> party % 64 & 1) != 0;
}

static void
reach_slot(struct flow *f, uint32_t slot, uint32_t recipients)
{
	if (slot == SLOT_NONE)
		return;
	for (uint32_t p = 0; p < f->v->c->n_parties; p++)
		if (recipients_have(&f->v->c->roles, recipients, p))
			reach_of(f, slot)[p / 64] |= (uint64_t)1 << p % 64;
}

/* Whether every recipient of the slot is reached. */
static bool
all_reached(const struct flow *f, uint32_t slot)
{
	const struct code *c = f->v->c;

	for (uint32_t p = 0; p < c->n_parties; p++)
		if (recipients_have(&c->roles, c->slot[slot].part, p) && !reaches(f, slot, p))
			return false;
	return true;
}

/* What an opened slot is computed from is shown to whom it is shown.  Backwards, since what uses a
 * slot comes after what writes it. */
static void
reach_back(struct flow *f, const struct insn *code, uint32_t n)
{
	const struct code *c = f->v->c;

	while (n-- > 0) {
		const struct insn *x = &code[n];
		if (x->slot[0] == SLOT_NONE)
			continue;
		uint8_t domain = c->slot[x->slot[0]].domain;
		if (domain != DOM_O && domain != DOM_R)
			continue;
		for (unsigned k = 1; k < 4; k++)
			for (size_t w = 0; w < f->words && x->slot[k] != SLOT_NONE; w++)
				reach_of(f, x->slot[k])[w] |= reach_of(f, x->slot[0])[w];
	}
}

static void
check_openings(struct flow *f)
{
	const struct code *c = f->v->c;

	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
			const struct output_part *o = &c->output[i].part[k];
			reach_slot(f, o->value, o->recipients);
			reach_slot(f, o->present, o->recipients);
			reach_slot(f, o->guard, o->recipients);
			reach_slot(f, o->cells, o->recipients);
		}
	reach_back(f, c->post, c->n_post);
	/* Once for what a loop carries from one iteration to the next. */
	for (unsigned pass = 0; pass <= N_LOOP_MAX; pass++)
		reach_back(f, c->code, c->n_code);
	for (uint32_t i = 0; f->v->st == ST_OK && i < c->n_code; i++) {
		const struct insn *x = &c->code[i];
		if (x->op != OP_OPEN && x->op != OP_OPEN_B)
			continue;
		f->v->insn = x;
		f->v->index = i;
		if (!all_reached(f, x->slot[0]))
			verify_fail(f->v, "slot s%u is opened to a party that no output shows it to",
			    x->slot[0]);
		f->v->insn = NULL;
	}
}

static void
check_opened_outside(struct flow *f, const struct insn *x, unsigned depth)
{
	const struct code *c = f->v->c;
	const uint32_t slot = x->slot[0];

	if (slot == SLOT_NONE || c->slot[slot].domain != DOM_O ||
	    !recipients_outside(&c->roles, c->slot[slot].part))
		return;
	if (x->op != OP_OPEN && x->op != OP_OPEN_B)
		verify_fail(f->v, "slot s%u is for a party that is no node, and is not opened to it", slot);
	else if (c->slot[slot].kind != SLOT_MEMORY || depth > 0 || f->shown[slot]++ > 0)
		verify_fail(f->v, "slot s%u is not opened as a whole, once, to a party that is no node",
		    slot);
}

/* Parties that are no nodes get what is opened to them and run post code: of all else they know
 * nothing.  So that is opened as a whole, once, and not moved before; and post code, which they run
 * on public numbers as they are in the end, changes none. */
static void
check_outside(struct flow *f)
{
	const struct code *c = f->v->c;
	unsigned depth = 0;

	for (uint32_t i = 0; f->v->st == ST_OK && i < c->n_code; i++) {
		depth += c->code[i].op == OP_LOOP;
		depth -= c->code[i].op == OP_END;
		f->v->insn = &c->code[i];
		f->v->index = i;
		check_opened_outside(f, &c->code[i], depth);
	}
	f->v->post = true;
	for (uint32_t i = 0; f->v->st == ST_OK && i < c->n_post; i++) {
		f->v->insn = &c->post[i];
		f->v->index = i;
		if (c->slot[c->post[i].slot[0]].domain == DOM_P)
			verify_fail(f->v, "slot s%u is public, and parties that are no nodes have it before",
			    c->post[i].slot[0]);
	}
	f->v->post = false;
	f->v->insn = NULL;
}

/* n more elements of a slot; in the end it has no more than it has. */
static void
show(struct flow *f, uint32_t slot, uint64_t n)
{
	uint32_t root = slot_root(f->v->c, slot);
	uint64_t most = f->v->c->slot[root].n, *s = &f->shown[root];

	*s = n < most - *s ? *s + n : most;
}

/* What is computed from a slot and shown shows all of it. */
static void
show_operands(struct flow *f, const struct insn *code, uint32_t n)
{
	const struct code *c = f->v->c;

	for (uint32_t i = 0; i < n; i++) {
		const struct insn *x = &code[i];
		if (x->slot[0] == SLOT_NONE || !reaches(f, x->slot[0], f->party))
			continue;
		for (unsigned k = 1; k < 4; k++)
			if (x->slot[k] != SLOT_NONE)
				show(f, x->slot[k], c->slot[slot_root(c, x->slot[k])].n);
	}
}

/* No more is opened to the party than it is shown: each element once, however often it runs. */
static void
spend_shown(void *arg, const struct insn *x, uint64_t times)
{
	struct flow *f = arg;
	const struct code *c = f->v->c;
	uint64_t n, *left;

	if ((x->op != OP_OPEN && x->op != OP_OPEN_B) || f->v->st != ST_OK || times == 0 ||
	    !recipients_have(&c->roles, c->slot[x->slot[0]].part, f->party))
		return;
	left = &f->shown[slot_root(c, x->slot[0])];
	f->v->insn = x;
	f->v->index = (uint32_t)(x - c->code);
	if (__builtin_mul_overflow(c->slot[x->slot[0]].n, times, &n) || n > *left)
		verify_fail(f->v, "more is opened to party %u than outputs show it", f->party);
	else
		*left -= n;
	f->v->insn = NULL;
}

/* Whether the party is shown all that the one before is, and nothing else. */
static bool
same_as_before(const struct roles *r, uint32_t party)
{
	bool same = party > 0 && roles_node(r, party) < 0 && roles_node(r, party - 1) < 0;

	for (uint32_t i = 0; i < r->n_sets && same; i++)
		same = recipients_have(r, RECIPIENTS_SET | i, party) ==
		    recipients_have(r, RECIPIENTS_SET | i, party - 1);
	return same;
}

static void
check_amounts(struct flow *f)
{
	const struct code *c = f->v->c;

	for (f->party = 0; f->party < c->n_parties && f->v->st == ST_OK; f->party++) {
		if (same_as_before(&c->roles, f->party))
			continue;
		memset(f->shown, 0, c->n_slots * sizeof *f->shown);
		for (uint32_t i = 0; i < c->n_outputs; i++)
			for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
				const struct output_part *o = &c->output[i].part[k];
				const uint32_t slot[] = { o->value, o->present, o->guard, o->cells };
				for (unsigned j = 0; j < 4; j++)
					if (slot[j] != SLOT_NONE &&
					    recipients_have(&c->roles, o->recipients, f->party))
						show(f, slot[j], c->slot[slot[j]].n);
			}
		show_operands(f, c->code, c->n_code);
		show_operands(f, c->post, c->n_post);
		if (code_walk(c, spend_shown, f) != ST_OK)
			verify_fail(f->v, "the loops run too often to be counted");
	}
}

static bool
same_demand(const struct demand *a, const struct demand *b)
{
	return a->op == b->op && a->width == b->width && a->m == b->m && a->k == b->k &&
	    a->n == b->n && a->count == b->count;
}

static void
check_demand(struct verify *v)
{
	struct demand *d = NULL;
	uint32_t n = 0;
	enum status st = demand_compute(&d, &n, v->c);

	if (st == ST_INTERNAL)
		verify_no_memory(v);
	else if (st != ST_OK)
		verify_fail(v, "the demand does not fit into 64 bits");
	else if (n != v->c->n_demand)
		verify_fail(v, "the demand section is not what the code needs");
	for (uint32_t i = 0; v->st == ST_OK && i < n; i++)
		if (!same_demand(&d[i], &v->c->demand[i]))
			verify_fail(v, "the demand section is not what the code needs");
	mem_free(d);
}

void
verify_flow(struct verify *v)
{
	struct flow f = { .v = v };

	v->post = false;
	f.allowance = mem_array(v->c->n_reveals, sizeof *f.allowance);
	f.words = (v->c->n_parties + 63) / 64;
	if (v->c->n_slots > REACH_WORDS_MAX / f.words)
		verify_fail(v, "the program has too many slots for so many parties");
	else
		f.reach = mem_array(v->c->n_slots * f.words, sizeof *f.reach);
	f.shown = mem_array(v->c->n_slots, sizeof *f.shown);
	if (v->st == ST_OK && (f.allowance == NULL || f.reach == NULL || f.shown == NULL))
		verify_no_memory(v);
	if (v->st == ST_OK)
		check_reveals(&f);
	if (v->st == ST_OK)
		check_openings(&f);
	if (v->st == ST_OK && roles_outside(&v->c->roles, v->c->n_parties))
		check_outside(&f);
	if (v->st == ST_OK)
		check_amounts(&f);
	if (v->st == ST_OK)
		check_demand(v);
	mem_free(f.allowance);
	mem_free(f.reach);
	mem_free(f.shown);
}
