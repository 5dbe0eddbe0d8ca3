/* front.h: a compilation without its later steps, for tests of the lexer and the parser. */
#ifndef KONSIL_TEST_FRONT_H
#define KONSIL_TEST_FRONT_H

#include <string.h>

#include "../../compiler/lex.h"
#include "../../runtime/base/mem.h"

struct front {
	const char *source;
	size_t len;
	char *(*dump)(struct compile *, const struct module *);
	bool parse;
	char *text;                     /* mem_free */
	struct fault fault;
};

static void
front_body(struct compile *c, void *arg)
{
	struct front *f = arg;

	c->module = compile_alloc(c, sizeof *c->module);
	*c->module = (struct module){ .name = "t.ksl", .path = "t.ksl", .source = f->source,
		.len = (uint32_t)f->len };
	c->n_modules = 1;
	if (f->parse)
		parse_module(c, c->module);
	f->text = mem_strdup(f->dump(c, c->module));
	if (f->text == NULL)
		compile_no_memory(c);
}

static enum status
front_run(struct front *f)
{
	struct compile c = { .arena = arena_new() };

	if (c.arena == NULL)
		return ST_INTERNAL;
	enum status st = compile_guarded(&c, &f->fault, front_body, f);
	arena_free(c.arena);
	return st;
}

#endif
