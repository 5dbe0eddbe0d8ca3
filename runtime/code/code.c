/* code.c: making and freeing a program in memory.  See code.h.
 *
 * The lists that hang on a program are freed here and nowhere else; every one may be NULL while
 * its count is not 0, so that a reader may fail between the two. */
#include "code.h"

#include "../base/mem.h"

#include <string.h>

struct code *
code_new(void)
{
	struct code *c = mem_zalloc(sizeof *c);

	if (c != NULL)
		c->held = 1;
	return c;
}

static void
strings_free(char **s, uint32_t n)
{
	for (uint32_t i = 0; s != NULL && i < n; i++)
		mem_free(s[i]);
	mem_free(s);
}

static void
type_fini(struct type *t)
{
	for (uint32_t i = 0; t->level != NULL && i < t->n_levels; i++) {
		mem_free(t->level[i].name);
		mem_free(t->level[i].text);
	}
	mem_free(t->level);
}

static void
parties_free(struct party *p, uint32_t n)
{
	for (uint32_t i = 0; p != NULL && i < n; i++) {
		mem_free(p[i].name);
		mem_free(p[i].group);
	}
	mem_free(p);
}

static void
inputs_free(struct input *in, uint32_t n)
{
	for (uint32_t i = 0; in != NULL && i < n; i++) {
		mem_free(in[i].name);
		mem_free(in[i].party);
		type_fini(&in[i].type);
		strings_free(in[i].column, in[i].n_columns);
	}
	mem_free(in);
}

static void
output_fini(struct output *o)
{
	mem_free(o->name);
	mem_free(o->source);
	for (uint32_t i = 0; o->part != NULL && i < o->n_parts; i++) {
		mem_free(o->part[i].field);
		type_fini(&o->part[i].type);
	}
	mem_free(o->part);
	for (uint32_t i = 0; o->stated != NULL && i < o->n_stated; i++)
		mem_free(o->stated[i].text);
	mem_free(o->stated);
	for (uint32_t i = 0; i < N_RANK_MAX; i++)
		strings_free(o->label[i].name, o->label[i].n);
}

static void
manifest_free(struct code *c)
{
	parties_free(c->party, c->n_parties);
	inputs_free(c->input, c->n_inputs);
	for (uint32_t i = 0; c->output != NULL && i < c->n_outputs; i++)
		output_fini(&c->output[i]);
	mem_free(c->output);
	for (uint32_t i = 0; c->reveal != NULL && i < c->n_reveals; i++)
		mem_free(c->reveal[i].source);
	mem_free(c->reveal);
	for (uint32_t i = 0; c->assumption != NULL && i < c->n_assumptions; i++)
		mem_free(c->assumption[i].source);
	mem_free(c->assumption);
	strings_free(c->note, c->n_notes);
}

static void
circuits_free(struct circuit *k, uint32_t n)
{
	for (uint32_t i = 0; k != NULL && i < n; i++)
		circuit_fini(&k[i]);
	mem_free(k);
}

void
code_free(struct code *c)
{
	if (c == NULL)
		return;
	mem_free(c->study);
	mem_free(c->protocol);
	mem_free(c->network);
	mem_free(c->compiler);
	strings_free(c->source, c->n_sources);
	manifest_free(c);
	mem_free(c->roles.node);
	for (uint32_t i = 0; c->roles.set != NULL && i < c->roles.n_sets; i++)
		mem_free(c->roles.set[i].party);
	mem_free(c->roles.set);
	mem_free(c->constant);
	mem_free(c->slot);
	mem_free(c->part);
	mem_free(c->view);
	mem_free(c->affine);
	circuits_free(c->circuit, c->n_circuits);
	mem_free(c->code);
	mem_free(c->post);
	mem_free(c->demand);
	mem_free(c);
}

bool
code_hides_rows(const struct code *c, const char *group)
{
	for (uint32_t i = 0; i < c->n_inputs; i++)
		if (c->input[i].most != 0 && strcmp(c->input[i].party, group) == 0)
			return true;
	return false;
}
