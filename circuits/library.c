/* library.c: see family.h */
#include "library.h"

#include <string.h>

enum library {
#define L(name, inputs, a, b, c, out, text) LIBRARY_##name,
#include "library.def"
#undef L
	N_LIBRARY
};

static const struct library_info library_table[N_LIBRARY] = {
#define L(name, inputs, a, b, c, out, text) { #name, inputs, { a, b, c }, out, text },
#include "library.def"
#undef L
};

static library_run *const library_builder[N_LIBRARY] = {
#define L(name, inputs, a, b, c, out, text) library_##name,
#include "library.def"
#undef L
};

const struct library_info *
library_find(const char *name)
{
	for (int i = 0; i < N_LIBRARY; i++)
		if (strcmp(library_table[i].name, name) == 0)
			return &library_table[i];
	return NULL;
}

static const wire *
run(struct net *n, const void *arg, uint32_t *n_out)
{
	const struct library_info *l = arg;
	wire *out = net_alloc(n, l->out, sizeof *out);

	library_builder[l - library_table](n, out);
	*n_out = l->out;
	return out;
}

enum status
library_circuit(struct circuit *out, const char *name, enum goal goal, bool *found)
{
	const struct library_info *l = library_find(name);
	struct build b = { .name = name, .goal = goal, .run = run, .arg = l };

	*out = (struct circuit){ .name = NULL };
	*found = l != NULL;
	if (l == NULL)
		return ST_OK;
	for (unsigned j = 0; j < 3; j++)
		b.width[j] = l->width[j];
	return net_circuit(out, &b);
}
