/* resolve.c: every name means something, and every declaration stands where it may.
 *
 * Walks all modules once, before anything has a type, so that also what is never called is looked
 * at. */
#include <string.h>

#include "resolve.h"

static void resolve_block(struct resolver *r, const struct block *b);

/* Adds a name to the innermost block, where it must be new. */
static void
declare(struct resolver *r, const char *name, enum symbol_kind kind, struct span at)
{
	const struct symbol *s = symbol_find(&r->names, name);

	if (s != NULL && s->depth == r->names.depth) {
		const char *help = "choose another name: a value keeps its name";
		if (s->kind == SYM_VAR)
			help = compile_printf(r->c, "to change it, write %s = ...", name);
		compile_fail(r->c, at, note_declared(r, "declared already,", s->span), help,
		    "`%s` is declared twice", name);
	}
	symbol_add(r->c, &r->names, name, kind, at)->in_fn = r->fn != NULL;
}

static void
resolve_assign(struct resolver *r, const struct stmt *s)
{
	const struct symbol *v = symbol_find(&r->names, s->name);

	resolve_items(r, s->items, s->n_items);
	resolve_expr(r, s->value);
	if (v == NULL) {
		const char *close = symbol_closest(r->c, &r->names, s->name);
		compile_fail(r->c, s->name_span, NULL, close != NULL
		    ? compile_printf(r->c, "did you mean `%s`? a new variable is: var %s = ...",
		    close, s->name)
		    : compile_printf(r->c, "a new variable is: var %s = ...", s->name),
		    "there is no variable `%s`", s->name);
	}
	if (v->kind != SYM_VAR)
		compile_fail(r->c, s->name_span, note_declared(r, "declared", v->span),
		    v->kind == SYM_LET ? "declare it with `var` instead of `let`"
		    : "copy it: var v = ...",
		    "`%s` is no variable: it cannot change", s->name);
	if (r->fn != NULL && !v->in_fn)
		compile_fail(r->c, s->name_span, note_declared(r, "declared outside,", v->span),
		    "return the new value instead", "a function cannot change `%s`", s->name);
}

static void
resolve_return(struct resolver *r, const struct stmt *s)
{
	if (r->fn == NULL)
		compile_fail(r->c, s->span, NULL, "a result leaves by `output NAME = EXPR to ...`",
		    "`return` stands outside of a function");
	r->returns = true;
	resolve_expr(r, s->value);
	const struct decl *f = r->fn->decl;
	if (s->value->kind != EX_RESULT)
		return;
	for (uint32_t i = 0; i < s->value->n_args; i++) {
		uint32_t k = 0;
		while (k < f->n_results && strcmp(f->result[k].name, s->value->argname[i]) != 0)
			k++;
		if (k == f->n_results && f->n_results > 0)
			compile_fail(r->c, s->value->args[i]->span, note_declared(r,
			    "results declared", f->span), NULL,
			    "`%s` has no result `%s`", f->name, s->value->argname[i]);
	}
}

static void
resolve_loop(struct resolver *r, const struct stmt *s)
{
	resolve_expr(r, s->value);
	symbol_enter(&r->names);
	declare(r, s->name, SYM_LOOP, s->name_span);
	resolve_block(r, &s->body);
	symbol_leave(&r->names);
}

static void
resolve_stmt(struct resolver *r, const struct stmt *s)
{
	switch (s->kind) {
	case ST_LET: case ST_VAR:
		resolve_type(r, s->type);
		resolve_expr(r, s->value);
		declare(r, s->name, s->kind == ST_LET ? SYM_LET : SYM_VAR, s->name_span);
		break;
	case ST_ASSIGN:
		resolve_assign(r, s);
		break;
	case ST_FOR:
		resolve_loop(r, s);
		break;
	case ST_IF:
		resolve_expr(r, s->value);
		resolve_block(r, &s->body);
		resolve_block(r, &s->other);
		break;
	case ST_RETURN:
		resolve_return(r, s);
		break;
	case ST_ASSERT:
		resolve_expr(r, s->value);
		break;
	case ST_EXPR:
		resolve_expr(r, s->value);
		if (s->value->kind != EX_CALL)
			compile_fail(r->c, s->value->span, NULL, "let x = ... keeps it, output x = "
			    "... to ... gives it away",
			    "nothing is done with this value");
		break;
	}
}

static void
resolve_block(struct resolver *r, const struct block *b)
{
	symbol_enter(&r->names);
	for (uint32_t i = 0; i < b->n; i++)
		resolve_stmt(r, b->stmt[i]);
	symbol_leave(&r->names);
}

/* A bare name in a signature's type is bound by the call, unless it is a parameter itself. */
static void
bind_size(struct resolver *r, const struct expr *e)
{
	const struct symbol *s;

	if (e == NULL || e->kind != EX_NAME)
		return;
	s = symbol_find(&r->names, e->text);
	if (s == NULL || s->depth < r->names.depth)
		symbol_add(r->c, &r->names, e->text, SYM_SIZE, e->span)->in_fn = true;
}

static void
resolve_fn(struct resolver *r, const struct decl *d)
{
	r->fn = node_of(r, r->m, d);
	r->returns = false;
	symbol_enter(&r->names);
	for (uint32_t i = 0; i < d->n_params; i++)
		declare(r, d->param[i].name, SYM_ARG, d->param[i].span);
	for (uint32_t i = 0; i < d->n_params; i++) {
		bind_size(r, d->param[i].type->param);
		for (uint32_t k = 0; k < d->param[i].type->n_dims; k++)
			bind_size(r, d->param[i].type->dims[k].size);
	}
	for (uint32_t i = 0; i < d->n_params; i++) {
		resolve_signature(r, d->param[i].type);
		resolve_expr(r, d->param[i].value);
	}
	resolve_signature(r, d->type);
	for (uint32_t i = 0; i < d->n_results; i++)
		resolve_signature(r, d->result[i].type);
	resolve_block(r, &d->body);
	symbol_leave(&r->names);
	r->fn = NULL;
	if (!r->returns)
		compile_fail(r->c, d->name_span, NULL, "end it with: return ...",
		    "`%s` returns nothing", d->name);
}

/* One type, as a circuit has it. */
static void
resolve_wires(struct resolver *r, const struct type_expr *t)
{
	if (t->name != TY_BITS || t->n_dims > 0 || t->optional)
		compile_fail(r->c, t->span, NULL, "circuit f(a: bits<8>, b: bits<8>) -> bits<8>",
		    "a circuit takes and gives bits<k>");
	resolve_type(r, t);
}

static void
resolve_circuit(struct resolver *r, const struct decl *d)
{
	if (d->n_params == 0)
		compile_fail(r->c, d->name_span, NULL, NULL, "a circuit has an input");
	for (uint32_t i = 0; i < d->n_params; i++)
		resolve_wires(r, d->param[i].type);
	resolve_wires(r, d->type);
}

static void
resolve_party(struct resolver *r, const struct decl *d)
{
	if (strcmp(d->name, "all") == 0 || strcmp(d->name, "each") == 0)
		compile_fail(r->c, d->name_span, NULL, NULL,
		    "no party may be called `%s`: recipients use the word",
		    d->name);
	resolve_expr(r, d->least);
	if (d->most != d->least)
		resolve_expr(r, d->most);
	declare(r, d->name, d->group ? SYM_GROUP : SYM_PARTY, d->name_span);
}

static const struct symbol *
find_party(struct resolver *r, const char *name, struct span at)
{
	const struct symbol *s = symbol_find(&r->names, name);

	if (s != NULL && (s->kind == SYM_PARTY || s->kind == SYM_GROUP))
		return s;
	const char **all = compile_alloc(r->c, (r->names.n + 1) * sizeof *all);
	size_t n = 0;
	for (const struct symbol *p = r->names.last; p != NULL; p = p->before)
		if (p->kind == SYM_PARTY || p->kind == SYM_GROUP)
			all[n++] = p->name;
	const char *close = closest_name(name, all, n);
	compile_fail(r->c, at, NULL, close != NULL ? compile_printf(r->c, "did you mean `%s`?",
	    close)
	    : n == 0 ? "declare it first: party a"
	    : compile_printf(r->c, "it is all, or a party: %s", all[n - 1]),
	    "there is no party `%s`", name);
}

static void
resolve_input(struct resolver *r, const struct decl *d)
{
	(void)find_party(r, d->from, d->from_span);
	resolve_input_type(r, d->type);
	for (uint32_t i = 0; i < d->n_columns; i++)
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(d->column[i], d->column[k]) == 0)
				compile_fail(r->c, d->span, NULL, NULL,
				    "column \"%s\" is named twice", d->column[i]);
	declare(r, d->name, SYM_INPUT, d->name_span);
}

static void
resolve_recipient(struct resolver *r, const struct recipient *to)
{
	if (to->kind == TO_ALL)
		return;
	const struct symbol *s = find_party(r, to->name, to->span);
	if (s->kind == SYM_PARTY && (to->kind == TO_EACH || to->member != NULL))
		compile_fail(r->c, to->span, note_declared(r, "declared", s->span),
		    compile_printf(r->c, "to %s", to->name), "`%s` is one party, not a group",
		    to->name);
	resolve_expr(r, to->member);
}

static void
resolve_output(struct resolver *r, const struct decl *d)
{
	const struct symbol *s = symbol_find(&r->outputs, d->name);

	if (s != NULL)
		compile_fail(r->c, d->name_span, note_declared(r, "the first is", s->span), NULL,
		    "two outputs are called \"%s\"", d->name);
	symbol_add(r->c, &r->outputs, d->name, SYM_LET, d->name_span);
	resolve_expr(r, d->value);
	for (uint32_t i = 0; i < d->n_to; i++)
		resolve_recipient(r, &d->to[i]);
	for (uint32_t i = 0; i < d->n_guards; i++) {
		resolve_expr(r, d->guard[i].value);
		resolve_expr(r, d->guard[i].sensitivity);
	}
	for (uint32_t i = 0; i < d->n_labels; i++)
		resolve_expr(r, d->label[i]);
}

/* Only the program itself says who takes part and what is done. */
static void
refuse_in_module(struct resolver *r, const struct decl *d)
{
	if (r->m == r->c->module || d->kind == DE_FN || d->kind == DE_CIRCUIT || d->kind == DE_USE
	    || (d->kind == DE_STMT && d->stmt->kind == ST_LET))
		return;
	compile_fail(r->c, d->span, NULL, NULL, "a module has only fn, circuit, use and let");
}

static void
resolve_decl(struct resolver *r, const struct decl *d)
{
	refuse_in_module(r, d);
	switch (d->kind) {
	case DE_STUDY:
		if (r->study)
			compile_fail(r->c, d->span, NULL, NULL, "a program has one study");
		r->study = true;
		break;
	case DE_USE:
		break;
	case DE_PARAM:
		resolve_type(r, d->type);
		/* A value from -D is of another file, and a literal: no names in it. */
		resolve_expr(r, d->value);
		declare(r, d->name, SYM_PARAM, d->name_span);
		break;
	case DE_PARTY:
		resolve_party(r, d);
		break;
	case DE_INPUT:
		resolve_input(r, d);
		break;
	case DE_OUTPUT:
		resolve_output(r, d);
		break;
	case DE_FN:
		resolve_fn(r, d);
		break;
	case DE_CIRCUIT:
		resolve_circuit(r, d);
		break;
	case DE_STMT:
		resolve_stmt(r, d->stmt);
		break;
	}
}

/* A node for each function; names of functions are unique in a module. */
static void
list_functions(struct resolver *r, const struct module *m)
{
	struct names_table *seen = compile_alloc(r->c, sizeof *seen);
	struct fn_node *node = compile_alloc(r->c, m->n_decls * sizeof *node);

	r->node[m - r->c->module] = node;
	for (uint32_t i = 0; i < m->n_decls; i++) {
		const struct decl *d = m->decl[i];
		if (d->kind != DE_FN && d->kind != DE_CIRCUIT)
			continue;
		const struct symbol *s = symbol_find(seen, d->name);
		if (s != NULL)
			compile_fail(r->c, d->name_span, note_declared(r, "declared already,",
			    s->span), NULL,
			    "function `%s` is declared twice", d->name);
		symbol_add(r->c, seen, d->name, SYM_LET, d->name_span);
		node[i].decl = d;
		node[i].module = m;
	}
}

void
resolve_program(struct compile *c)
{
	struct resolver *r = compile_alloc(c, sizeof *r);

	r->c = c;
	r->node = compile_alloc(c, c->n_modules * sizeof *r->node);
	for (uint32_t i = 0; i < c->n_modules; i++)
		list_functions(r, &c->module[i]);
	for (uint32_t i = 0; i < c->n_modules; i++) {
		r->m = &c->module[i];
		memset(&r->names, 0, sizeof r->names);
		for (uint32_t k = 0; k < r->m->n_decls; k++)
			resolve_decl(r, r->m->decl[k]);
	}
	resolve_recursion(r);
}
