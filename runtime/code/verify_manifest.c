/* verify_manifest.c: parties, partitions, slots, views, inputs and outputs.  See verify.h. */
#include "verify.h"

#include "../base/mem.h"
#include "fields.h"

#include <stdlib.h>
#include <string.h>

static const u128 n_max = (u128)1 << N_ELEMENT_MAX_LOG2;

static void
check_counts(struct verify *v)
{
	for (unsigned i = 0; i < N_SECTION; i++) {
		const struct section *s = &section_table[i];
		if (s->record == NULL)
			continue;
		uint32_t n = *section_count(s, (struct code *)(uintptr_t)v->c);
		if (n > s->max)
			verify_fail(v, "%s: %u are too many", s->name, n);
	}
	if (v->c->n_parties == 0)
		verify_fail(v, "there is no party");
	if (v->c->const_bytes > CONST_MAX_BYTES || v->c->const_bytes % 8 != 0)
		verify_fail(v, "the constants are too long, or cut");
}

static bool
same_text(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* Members of a group stand next to each other, counted from 0. */
static void
check_party(struct verify *v, uint32_t i)
{
	const struct party *p = &v->c->party[i], *before = p - 1;
	bool first = i == 0 || !same_text(before->group, p->group);

	if (p->name == NULL || p->group == NULL || !text_ok(p->name, NAME_MAX_BYTES) ||
	    !text_ok(p->group, NAME_MAX_BYTES))
		verify_fail(v, "party %u has no name", i);
	else if (p->rows > (uint64_t)1 << N_ROW_MAX_LOG2)
		verify_fail(v, "party %u has too many rows", i);
	else if (p->member != (first ? 0 : before->member + 1) ||
	    (!first && (!p->grouped || !before->grouped)))
		verify_fail(v, "party %u is not the next member of its group", i);
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Of n texts, which must all be there, whether two are the same; sorts them. */
static bool
any_twice(const char **text, uint32_t n)
{
	bool twice = false;

	if (n > 1)
		qsort(text, n, sizeof *text, by_text);
	for (uint32_t i = 1; i < n; i++)
		twice = twice || strcmp(text[i], text[i - 1]) == 0;
	return twice;
}

/* Names differ, and no group goes on after another has begun. */
static void
check_parties(struct verify *v)
{
	const struct code *c = v->c;
	const char **text = mem_array(c->n_parties, sizeof *text);
	uint32_t groups = 0;

	for (uint32_t i = 0; v->st == ST_OK && i < c->n_parties; i++)
		check_party(v, i);
	if (text == NULL)
		verify_no_memory(v);
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_parties; i++)
		text[i] = c->party[i].name;
	if (v->st == ST_OK && any_twice(text, c->n_parties))
		verify_fail(v, "a party is there twice");
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_parties; i++)
		if (c->party[i].member == 0)
			text[groups++] = c->party[i].group;
	if (v->st == ST_OK && any_twice(text, groups))
		verify_fail(v, "a group is there twice");
	mem_free(text);
}

static void
check_whole(struct verify *v, uint32_t i)
{
	const struct partition *t = &v->c->part[i];

	if (t->members || t->owner >= code_nodes(v->c))
		verify_fail(v, "partition p%u has no owner", i);
	for (uint32_t p = 0; v->st == ST_OK && p <= code_nodes(v->c); p++)
		if (t->start[p] != (p > t->owner))
			verify_fail(v, "partition p%u does not fit its owner", i);
}

/* Each party has all its rows or none; or, where they are the members of a group, one or none. */
static void
check_partition(struct verify *v, uint32_t i)
{
	const struct code *c = v->c;
	const struct partition *t = &c->part[i];

	if (t->whole) {
		check_whole(v, i);
		return;
	}
	if (t->start[0] != 0 || t->owner != 0)
		verify_fail(v, "partition p%u does not begin at 0", i);
	for (uint32_t p = 0; v->st == ST_OK && p < code_nodes(c); p++) {
		uint64_t rows = t->start[p + 1] - t->start[p];
		if (t->start[p + 1] < t->start[p])
			verify_fail(v, "partition p%u runs backwards", i);
		else if (rows != 0 && rows != (t->members ? 1 : c->party[roles_party(&c->roles, p)].rows))
			verify_fail(v, "partition p%u has not the rows of node %u", i, p);
	}
}

/* A mask of nodes that there are, at least one; or a set. */
static bool
recipients_ok(const struct code *c, uint32_t r)
{
	if ((r & RECIPIENTS_SET) != 0)
		return (r & ~RECIPIENTS_SET) < c->roles.n_sets;
	return r != 0 && (r & ~(uint32_t)((1u << code_nodes(c)) - 1)) == 0;
}

/* Nodes in the order of their parties; parties of a set likewise. */
static void
check_roles(struct verify *v)
{
	const struct code *c = v->c;
	const struct roles *r = &c->roles;

	if (code_nodes(c) > N_NODES_MAX)
		verify_fail(v, "%u nodes are too many", code_nodes(c));
	for (uint32_t i = 0; i < r->n_nodes; i++)
		if (r->node[i] >= c->n_parties || (i > 0 && r->node[i] <= r->node[i - 1]))
			verify_fail(v, "node %u is no party, or out of order", i);
	for (uint32_t i = 0; v->st == ST_OK && i < r->n_sets; i++) {
		const struct party_set *s = &r->set[i];
		if (s->n == 0)
			verify_fail(v, "set %u is of no parties", i);
		for (uint32_t k = 0; k < s->n; k++)
			if (s->party[k] >= c->n_parties || (k > 0 && s->party[k] <= s->party[k - 1]))
				verify_fail(v, "set %u has a party that is not there, or out of order", i);
	}
}

static bool
needs_part(const struct slot *s)
{
	return s->domain == DOM_L;
}

static void
check_kind(struct verify *v, uint32_t i)
{
	const struct code *c = v->c;
	const struct slot *s = &c->slot[i];

	if (s->domain >= N_DOMAIN || s->kind > SLOT_WINDOW)
		verify_fail(v, "slot s%u is of no kind", i);
	else if (!width_ok(s->domain, s->width) || (s->domain == DOM_R && s->width != 64))
		verify_fail(v, "slot s%u has width %u", i, s->width);
	else if (s->n > n_max)
		verify_fail(v, "slot s%u is too long", i);
	else if (needs_part(s) && s->part >= c->n_parts)
		verify_fail(v, "slot s%u has no partition", i);
	else if ((s->domain == DOM_O || s->domain == DOM_R) &&
	    !recipients_ok(c, s->part))
		verify_fail(v, "slot s%u has no recipients, or some that are not there", i);
	if (v->st != ST_OK || !slot_by_rows(c, s))
		return;
	uint64_t rows = part_rows(c, &c->part[s->part]);
	if (rows == 0 ? s->n != 0 : s->n % rows != 0)
		verify_fail(v, "slot s%u is not made of rows of its partition", i);
}

static void
check_window(struct verify *v, uint32_t i)
{
	const struct code *c = v->c;
	const struct slot *s = &c->slot[i], *of;

	if (s->of >= c->n_slots || c->slot[s->of].kind == SLOT_WINDOW) {
		verify_fail(v, "slot s%u is a window of no slot", i);
		return;
	}
	of = &c->slot[s->of];
	if (s->domain != of->domain || s->width != of->width || s->part != of->part)
		verify_fail(v, "slot s%u is of another kind than s%u", i, s->of);
	else if (s->n > of->n)
		verify_fail(v, "slot s%u is longer than s%u", i, s->of);
	else if (of->domain == DOM_L && of->part < c->n_parts && slot_by_rows(c, of))
		verify_fail(v, "slot s%u is a window of rows that several parties hold", i);
}

static void
check_slot(struct verify *v, uint32_t i, uint64_t *end)
{
	const struct code *c = v->c;
	const struct slot *s = &c->slot[i];

	check_kind(v, i);
	if (v->st != ST_OK)
		return;
	u128 to = (u128)slot_bytes(c, s) + s->at;
	if (s->kind == SLOT_WINDOW)
		check_window(v, i);
	else if (s->kind == SLOT_CONST && s->domain != DOM_P)
		verify_fail(v, "slot s%u is constant, but not public", i);
	else if (s->kind == SLOT_CONST && (s->at % 16 != 0 || to > c->const_bytes))
		verify_fail(v, "slot s%u is not within the constants", i);
	else if (s->kind == SLOT_MEMORY && (s->at % 64 != 0 || to > c->arena_bytes))
		verify_fail(v, "slot s%u is not within the arena", i);
	/* An empty slot may have a place of its own, too. */
	to += s->n == 0 && to < c->arena_bytes;
	if (s->kind == SLOT_MEMORY && v->st == ST_OK && to > *end)
		*end = (uint64_t)to;
}

static void
check_slots(struct verify *v)
{
	uint64_t end = 0;

	for (uint32_t i = 0; v->st == ST_OK && i < v->c->n_slots; i++)
		check_slot(v, i, &end);
	if (v->st == ST_OK && v->c->arena_bytes - end > 64)
		verify_fail(v, "the arena is larger than the slots need");
}

static void
check_type(struct verify *v, const struct type *t, const char *what, uint32_t i)
{
	if (t->kind > TYPE_ID || t->frac > 126)
		verify_fail(v, "%s %u is of no type", what, i);
	else if ((t->kind == TYPE_INT || t->kind == TYPE_FIXED) && t->lo > t->hi)
		verify_fail(v, "%s %u has an empty range", what, i);
	else if (t->kind == TYPE_CATEGORY && (t->n_levels == 0 || t->n_levels > N_TEXTS_MAX))
		verify_fail(v, "%s %u has no levels", what, i);
	else if (t->kind == TYPE_ID && (t->lo != 0 || t->hi != ((i128)1 << ID_BITS) - 1))
		verify_fail(v, "%s %u is no identifier", what, i);
	else if (t->kind == TYPE_BITS && (t->bits == 0 || t->bits > N_BITS_MAX))
		verify_fail(v, "%s %u has %u bits", what, i, t->bits);
	for (uint32_t k = 0; v->st == ST_OK && k < t->n_levels; k++)
		if (t->level[k].name == NULL || t->level[k].text == NULL)
			verify_fail(v, "%s %u has a level without a name", what, i);
}

/* The product of dims, at most 2^40. */
static void
check_dims(struct verify *v, const uint64_t *dims, uint32_t rank, const char *what, uint32_t i)
{
	u128 n = 1;

	if (rank > N_RANK_MAX)
		verify_fail(v, "%s %u has rank %u", what, i, rank);
	for (uint32_t k = 0; v->st == ST_OK && k < rank; k++)
		if (dims[k] > n_max || (n *= dims[k]) > n_max)
			verify_fail(v, "%s %u is too long", what, i);
}

/* Cells of one row of a table: with names for more than one, a vector is a row. */
static u128
cells_of(const struct input *in)
{
	if (in->rank == 0)
		return 1;
	if (in->shape == INPUT_ROWS || in->rank >= 2 || in->n_columns > 1)
		return in->dims[in->rank - 1];
	return 1;
}

/* One name, or a pattern, may stand for all columns of a matrix; those of an id are joined. */
static bool
names_fit(const struct input *in)
{
	if (in->pattern)
		return in->n_columns == 1;
	return in->n_columns == 0 || in->type.kind == TYPE_ID || in->n_columns == cells_of(in);
}

/* Where the number of rows is secret, they are made up to it, and what is made up is missing. */
static bool
rows_fit(const struct code *c, const struct input *in)
{
	bool fit = in->most == 0 || (in->shape == INPUT_ROWS && in->type.optional);

	for (uint32_t p = 0; fit && in->most != 0 && p < c->n_parties; p++)
		fit = !same_text(c->party[p].group, in->party) || c->party[p].rows == in->most;
	return fit;
}

static void
check_input(struct verify *v, uint32_t i)
{
	const struct code *c = v->c;
	const struct input *in = &c->input[i];
	bool found = false;

	for (uint32_t p = 0; p < c->n_parties; p++)
		found = found || same_text(c->party[p].group, in->party);
	if (in->name == NULL || !found)
		verify_fail(v, "input %u comes from nobody", i);
	check_type(v, &in->type, "input", i);
	check_dims(v, in->dims, in->rank, "input", i);
	if (in->shape > INPUT_ROWS || (in->shape == INPUT_SCALAR && in->rank != 0) ||
	    (in->shape == INPUT_ARRAY && in->rank == 0) ||
	    (in->shape == INPUT_ROWS && in->rank > 1))
		verify_fail(v, "input %u has no shape", i);
	else if (in->n_columns > N_TEXTS_MAX || !names_fit(in))
		verify_fail(v, "input %u has not as many columns as names for them", i);
	else if (!rows_fit(c, in))
		verify_fail(v, "input %u has not as many rows as it is made up to", i);
	for (uint32_t k = 0; v->st == ST_OK && k < in->n_columns; k++)
		if (in->column[k] == NULL)
			verify_fail(v, "input %u has a column without a name", i);
}

/* Whether a window is at one place, inside n elements. */
static bool
stands_within(const struct slot *s, uint64_t n)
{
	static const struct affine zero;

	return memcmp(s->offset.coef, zero.coef, sizeof zero.coef) == 0 && s->offset.base >= 0 &&
	    (uint64_t)s->offset.base <= n - s->n;
}

/* A slot that recipients read when all is over: opened to them, or public. */
static void
check_result(struct verify *v, uint32_t i, const struct output_part *o, uint32_t slot, u128 n)
{
	const struct code *c = v->c;

	if (slot >= c->n_slots) {
		verify_fail(v, "output %u has no slot s%u", i, slot);
		return;
	}
	const struct slot *s = &c->slot[slot];
	if (s->domain == DOM_A || s->domain == DOM_L || slot_of_bits(s))
		verify_fail(v, "output %u: slot s%u is not opened", i, slot);
	else if (s->domain != DOM_P && !recipients_within(&c->roles, o->recipients, s->part))
		verify_fail(v, "output %u: slot s%u is not opened to all its recipients", i, slot);
	else if (s->n != n)
		verify_fail(v, "output %u: slot s%u has not its length", i, slot);
	else if (s->kind == SLOT_WINDOW && !stands_within(s, c->slot[s->of].n))
		verify_fail(v, "output %u: slot s%u is a window that moves, or is outside", i,
		    slot);
}

/* Elements of an output's slot for each of its values. */
static uint64_t
limbs_of(struct verify *v, uint32_t i, const struct output_part *o)
{
	const struct code *c = v->c;
	uint64_t each = o->value >= c->n_slots ? 1 : value_elements(&o->type, &c->slot[o->value]);

	if (o->type.kind == TYPE_ID)
		verify_fail(v, "output %u is an identifier", i);
	if (each == 0 || (o->type.kind == TYPE_BITS && o->value < c->n_slots &&
	    c->slot[o->value].domain == DOM_R))
		verify_fail(v, "output %u: slot s%u has no room for its bits", i, o->value);
	return each;
}

static bool
noise_ok(const struct output_part *o)
{
	const i128 *a = o->spent, *b = o->sensitivity;

	if (o->noise == NOISE_NONE)
		return a[0] == 0 && a[1] == 0 && b[0] == 0 && b[1] == 0;
	return o->noise <= NOISE_GAUSSIAN && o->type.kind == TYPE_INT && a[0] > 0 && a[1] > 0 &&
	    b[0] > 0 && b[1] > 0;
}

static void
check_part(struct verify *v, uint32_t i, const struct output *out, const struct output_part *o)
{
	const struct code *c = v->c;
	u128 n = 1;

	check_type(v, &o->type, "output", i);
	check_dims(v, o->dims, o->rank, "output", i);
	if (!recipients_ok(c, o->recipients))
		verify_fail(v, "output %u has no recipients, or some that are not there", i);
	else if (o->each < -1 || o->each >= (int64_t)c->n_parties)
		verify_fail(v, "output %u is the part of no party", i);
	else if (o->rule >= N_RULE || (o->guard != SLOT_NONE && o->rule == RULE_NONE) ||
	    o->cell_rule >= N_RULE || (o->cells != SLOT_NONE && o->cell_rule < RULE_SUPPRESS))
		verify_fail(v, "output %u is guarded by no rule", i);
	else if (o->certain >= N_CERTAIN || (o->certain != CERTAIN_NONE &&
	    o->type.kind != TYPE_INT && o->type.kind != TYPE_FIXED))
		verify_fail(v, "output %u has flags that it cannot have", i);
	else if (!noise_ok(o))
		verify_fail(v, "output %u has noise that is none", i);
	if (out->withheld && o->value == SLOT_NONE) {
		if (o->present != SLOT_NONE || o->guard != SLOT_NONE || o->cells != SLOT_NONE)
			verify_fail(v, "output %u is withheld, but not all of it", i);
		return;
	}
	if (v->st != ST_OK)
		return;
	for (uint32_t k = 0; k < o->rank; k++)
		n *= o->dims[k];
	check_result(v, i, o, o->value, n * limbs_of(v, i, o));
	if (o->present != SLOT_NONE)
		check_result(v, i, o, o->present, n);
	if (o->guard != SLOT_NONE)
		check_result(v, i, o, o->guard, 1);
	if (o->cells != SLOT_NONE)
		check_result(v, i, o, o->cells, n);
}

static void
check_output(struct verify *v, uint32_t i)
{
	const struct output *o = &v->c->output[i];

	if (o->name == NULL || o->source == NULL || o->n_parts > N_TEXTS_MAX)
		verify_fail(v, "output %u has no name", i);
	if (o->n_stated > N_TEXTS_MAX)
		verify_fail(v, "output %u has %u guards", i, o->n_stated);
	for (uint32_t k = 0; v->st == ST_OK && k < o->n_stated; k++)
		if (o->stated[k].kind >= N_STATED || o->stated[k].text == NULL)
			verify_fail(v, "output %u has a guard that is none", i);
	if (o->n_labels > N_RANK_MAX)
		verify_fail(v, "output %u has labels for %u axes", i, o->n_labels);
	for (uint32_t k = 0; v->st == ST_OK && k < o->n_labels; k++)
		for (uint32_t j = 0; v->st == ST_OK && j < o->label[k].n; j++)
			if (o->label[k].name[j] == NULL)
				verify_fail(v, "output %u lacks a label", i);
	for (uint32_t k = 0; v->st == ST_OK && k < o->n_parts; k++)
		check_part(v, i, o, &o->part[k]);
}

static void
check_views(struct verify *v)
{
	for (uint32_t i = 0; v->st == ST_OK && i < v->c->n_views; i++)
		check_dims(v, v->c->view[i].count, v->c->view[i].rank, "view", i);
}

void
verify_manifest(struct verify *v)
{
	const struct code *c = v->c;

	check_counts(v);
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_sources; i++)
		if (c->source[i] == NULL)
			verify_fail(v, "source %u has no name", i);
	if (v->st == ST_OK)
		check_parties(v);
	if (v->st == ST_OK)
		check_roles(v);
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_parts; i++)
		check_partition(v, i);
	if (v->st == ST_OK)
		check_slots(v);
	if (v->st == ST_OK)
		check_views(v);
	if (v->st == ST_OK)
		verify_circuits(v);
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_inputs; i++)
		check_input(v, i);
	for (uint32_t i = 0; v->st == ST_OK && i < c->n_outputs; i++)
		check_output(v, i);
}
