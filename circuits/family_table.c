/* family_table.c: lookups into known tables; see family.h */
#include "family.h"

#include "word.h"

static const wire *
run(struct net *n, const void *arg, uint32_t *n_out)
{
	const struct family_table_spec *s = arg;
	wire *a = net_alloc(n, s->index_width, sizeof *a), *d = net_alloc(n, s->width, sizeof *d);

	for (uint32_t i = 0; i < s->index_width; i++)
		a[i] = net_in(n, 0, i);
	word_table(n, d, a, s->index_width, s->entry, s->n, s->width);
	*n_out = s->width;
	return d;
}

enum status
family_table_circuit(struct circuit *out, const struct family_table_spec *s)
{
	const struct build b = { .name = "table", .width = { s->index_width }, .goal = s->goal,
	    .run = run, .arg = s };

	*out = (struct circuit){ .name = NULL };
	if (s->n == 0 || s->width == 0 || s->index_width == 0)
		return ST_INTERNAL;
	return net_circuit(out, &b);
}
