/* resolve_expr.c: names in expressions and types; see resolve.h */
#include <string.h>

#include "resolve.h"

const char *
note_declared(struct resolver *r, const char *verb, struct span at)
{
	if (at.file != 0)               /* not the program itself */
		return compile_printf(r->c, "%s in %s, line %u", verb, r->c->module[at.file].path,
		    at.line);
	return compile_printf(r->c, "%s in line %u", verb, at.line);
}

/* What else such a name may mean: a level without quotes, an output, another language's word. */
static const char *
name_elsewhere(struct resolver *r, const char *name)
{
	for (uint32_t i = 0; i < r->m->n_decls; i++) {
		const struct decl *d = r->m->decl[i];
		for (uint32_t k = 0; d->kind == DE_INPUT && k < d->type->n_levels; k++)
			if (strcmp(d->type->level[k], name) == 0)
				return compile_printf(r->c, "a level stands in quotes: \"%s\"",
				    name);
		if (d->kind == DE_OUTPUT && strcmp(d->name, name) == 0)
			return compile_printf(r->c, "an output is no value; `let %s = ...` is, and "
			    "`output %s to ...` then puts it out", name, name);
	}
	return foreign_help(FOREIGN_VALUE, name);
}

static _Noreturn void
fail_unknown(struct resolver *r, struct span at, const char *name)
{
	if (find_function(r->c, r->m, name, NULL) != NULL)
		compile_fail(r->c, at, NULL, compile_printf(r->c, "call it: %s(x)", name),
		    "`%s` is a function, not a value", name);
	for (uint32_t i = 0; i < r->m->n_decls; i++) {
		const struct decl *d = r->m->decl[i];
		const struct stmt *s = d->kind == DE_STMT ? d->stmt : NULL;
		bool value = d->kind == DE_INPUT || d->kind == DE_PARAM || d->kind == DE_PARTY
		    || (s != NULL && (s->kind == ST_LET || s->kind == ST_VAR));
		if (value && strcmp(s != NULL ? s->name : d->name, name) == 0 && d->span.start
		    > at.start)
			compile_fail(r->c, at, note_declared(r, "declared", d->span),
			    "move its declaration up",
			    "`%s` is used before it is declared", name);
	}
	const char *close = symbol_closest(r->c, &r->names, name);
	const char *other = name_elsewhere(r, name);
	compile_fail(r->c, at, NULL, other != NULL ? other
	    : close != NULL ? compile_printf(r->c, "did you mean `%s`?", close) : NULL,
	    "there is nothing called `%s` here", name);
}

static void
resolve_name(struct resolver *r, const struct expr *e)
{
	const struct symbol *s = symbol_find(&r->names, e->text);

	if (s == NULL && (strcmp(e->text, "true") == 0 || strcmp(e->text, "false") == 0
	    || strcmp(e->text, "missing") == 0))
		return;
	if (s == NULL)
		fail_unknown(r, e->span, e->text);
	if (s->kind == SYM_PARTY || s->kind == SYM_GROUP)
		compile_fail(r->c, e->span, note_declared(r, "a party, declared", s->span),
		    compile_printf(r->c, "its inputs are values; how many there are of it is "
		    "%s.count", e->text),
		    "`%s` is a party, not a value", e->text);
}

/* p.count of a party, or a field of named results. */
static void
resolve_field(struct resolver *r, const struct expr *e)
{
	const struct expr *of = e->args[0];
	const struct symbol *s = of->kind == EX_NAME ? symbol_find(&r->names, of->text) : NULL;

	if (s == NULL || (s->kind != SYM_PARTY && s->kind != SYM_GROUP)) {
		resolve_expr(r, of);
		return;
	}
	if (strcmp(e->text, "count") != 0)
		compile_fail(r->c, e->name_span, NULL, compile_printf(r->c, "%s.count is its size",
		    of->text),
		    "a party has no `%s`", e->text);
}

static void
resolve_each(struct resolver *r, const struct expr *e)
{
	resolve_expr(r, e->args[1]);
	symbol_enter(&r->names);
	symbol_add(r->c, &r->names, e->text, SYM_EACH, e->span);
	resolve_expr(r, e->args[0]);
	symbol_leave(&r->names);
}

void
resolve_items(struct resolver *r, const struct index_item *item, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		resolve_expr(r, item[i].at);
		resolve_expr(r, item[i].lo);
		resolve_expr(r, item[i].hi);
	}
}

static void
resolve_parts(struct resolver *r, const struct type_expr *t)
{
	if (t == NULL)
		return;
	resolve_expr(r, t->param);
	resolve_expr(r, t->lo);
	resolve_expr(r, t->hi);
	for (uint32_t i = 0; i < t->n_dims; i++)
		resolve_expr(r, t->dims[i].size);
}

void
resolve_type(struct resolver *r, const struct type_expr *t)
{
	if (t != NULL && t->name == TY_ANY)
		compile_fail(r->c, t->span, NULL, "fn f(g: any[n], how: any = \"exact\") { ... }",
		    "`any` stands only in the signature of a fn");
	resolve_signature(r, t);
}

void
resolve_signature(struct resolver *r, const struct type_expr *t)
{
	for (uint32_t i = 0; t != NULL && i < t->n_dims; i++)
		if (t->dims[i].kind == DIM_UPTO)
			compile_fail(r->c, t->dims[i].span, NULL, NULL,
			    "a size [..k] stands only in the type of an input");
	resolve_parts(r, t);
}

void
resolve_input_type(struct resolver *r, const struct type_expr *t)
{
	if (t->name == TY_ANY)
		resolve_type(r, t);
	resolve_parts(r, t);
}

/* EX_IN has a range and no type's name: it is not resolve_type's. */
static void
resolve_range(struct resolver *r, const struct type_expr *t)
{
	resolve_expr(r, t->lo);
	resolve_expr(r, t->hi);
}

void
resolve_expr(struct resolver *r, const struct expr *e)
{
	if (e == NULL)
		return;
	switch (e->kind) {
	case EX_NUMBER: case EX_STRING:
		return;
	case EX_NAME:
		resolve_name(r, e);
		return;
	case EX_FIELD:
		resolve_field(r, e);
		return;
	case EX_EACH:
		resolve_each(r, e);
		return;
	case EX_CALL:
		resolve_call(r, e);
		return;
	case EX_AS:
		resolve_type(r, e->type);
		break;
	case EX_IN:
		resolve_range(r, e->type);
		break;
	case EX_INDEX: case EX_UNARY: case EX_BINARY: case EX_IF: case EX_ARRAY: case EX_RANGE:
	case EX_RESULT:
		break;
	}
	for (uint32_t i = 0; i < e->n_args; i++)
		resolve_expr(r, e->args[i]);
	resolve_items(r, e->items, e->n_items);
}
