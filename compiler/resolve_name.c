/* resolve_name.c: the table of visible names; see resolve.h */
#include <string.h>

#include "resolve.h"

/* FNV-1a */
static uint32_t
bucket_of(const char *name)
{
	uint32_t h = 2166136261U;

	for (; *name != '\0'; name++)
		h = (h ^ (uint8_t)*name) * 16777619U;
	return (h ^ h >> 16) % N_BUCKET;
}

struct symbol *
symbol_find(const struct names_table *t, const char *name)
{
	struct symbol *s = t->bucket[bucket_of(name)];

	while (s != NULL && strcmp(s->name, name) != 0)
		s = s->next;
	return s;
}

void
symbol_enter(struct names_table *t)
{
	t->depth++;
}

void
symbol_leave(struct names_table *t)
{
	for (; t->last != NULL && t->last->depth == t->depth; t->last = t->last->before) {
		t->bucket[bucket_of(t->last->name)] = t->last->next;
		t->n--;
	}
	t->depth--;
}

struct symbol *
symbol_add(struct compile *c, struct names_table *t, const char *name, enum symbol_kind kind,
    struct span span)
{
	struct symbol *s = compile_alloc(c, sizeof *s), **b = &t->bucket[bucket_of(name)];

	*s = (struct symbol){ .name = name, .kind = kind, .span = span, .depth = t->depth, .next = *b,
		.before = t->last };
	*b = t->last = s;
	t->n++;
	return s;
}

const char *
symbol_closest(struct compile *c, const struct names_table *t, const char *name)
{
	static const char *const known[] = { "true", "false", "missing" };
	const char **all = compile_alloc(c, (t->n + 3) * sizeof *all);
	size_t n = 0;

	for (const struct symbol *s = t->last; s != NULL; s = s->before)
		all[n++] = s->name;
	for (size_t i = 0; i < 3; i++)
		all[n++] = known[i];
	return closest_name(name, all, n);
}
