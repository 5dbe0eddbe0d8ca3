/* resolve_call.c: functions, who calls them, and that none reaches itself; see resolve.h */
#include <stdio.h>
#include <string.h>

#include "../circuits/std.h"
#include "check.h"
#include "resolve.h"

static const struct decl *
own_function(const struct module *m, const char *name)
{
	for (uint32_t i = 0; i < m->n_decls; i++) {
		const struct decl *d = m->decl[i];
		if ((d->kind == DE_FN || d->kind == DE_CIRCUIT) && strcmp(d->name, name) == 0)
			return d;
	}
	return NULL;
}

const struct decl *
find_function(const struct compile *c, const struct module *from, const char *name,
    const struct module **in)
{
	const struct decl *d = own_function(from, name);
	const struct module *m = from;

	for (uint32_t i = 0; d == NULL && i < from->n_uses; i++) {
		m = &c->module[from->use[i]];
		d = own_function(m, name);
	}
	if (in != NULL)
		*in = d != NULL ? m : NULL;
	return d;
}

struct fn_node *
node_of(const struct resolver *r, const struct module *m, const struct decl *d)
{
	return &r->node[m - r->c->module][d->index];
}

/* Every function that a call from here can mean. */
static const char *
closest_function(struct resolver *r, const char *name)
{
	size_t n_builtins, n = 0, room = r->m->n_decls;
	const char *const *builtin = check_builtins(&n_builtins);

	for (uint32_t i = 0; i < r->m->n_uses; i++)
		room += r->c->module[r->m->use[i]].n_decls;
	const char **all = compile_alloc(r->c, (room + n_builtins) * sizeof *all);
	for (uint32_t u = 0; u <= r->m->n_uses; u++) {
		const struct module *m = u == 0 ? r->m : &r->c->module[r->m->use[u - 1]];
		for (uint32_t i = 0; i < m->n_decls; i++)
			if (m->decl[i]->kind == DE_FN || m->decl[i]->kind == DE_CIRCUIT)
				all[n++] = m->decl[i]->name;
	}
	for (size_t i = 0; i < n_builtins; i++)
		all[n++] = builtin[i];
	return closest_name(name, all, n);
}

/* The module of the standard library that has a function of this name, or NULL. */
static const char *
library_with(const char *name)
{
	char text[NAME_MAX_BYTES + 8];
	size_t n;
	const struct std_module *m = std_modules(&n);
	int len = snprintf(text, sizeof text, "\nfn %s(", name);

	for (size_t i = 0; len > 0 && i < n; i++)
		for (size_t k = 0; k + (size_t)len <= m[i].len; k++)
			if (memcmp(m[i].source + k, text, (size_t)len) == 0)
				return m[i].part_of != NULL ? m[i].part_of : m[i].name;
	return NULL;
}

/* What R or Python calls so: `t.test(x)` is read as the function `test` of a value `t`. */
static const char *
foreign_function(struct resolver *r, const struct expr *e, const char **name)
{
	const struct expr *of = e->method ? e->args[0] : NULL;
	const char *help = NULL;

	*name = e->text;
	if (of != NULL && of->kind == EX_NAME && symbol_find(&r->names, of->text) == NULL) {
		const char *whole = compile_printf(r->c, "%s.%s", of->text, e->text);
		help = foreign_help(FOREIGN_FUNCTION, whole);
		if (help != NULL)
			*name = whole;
	}
	return help != NULL ? help : foreign_help(FOREIGN_FUNCTION, e->text);
}

static _Noreturn void
fail_unknown_function(struct resolver *r, const struct expr *e)
{
	const struct symbol *s = symbol_find(&r->names, e->text);
	struct span at = e->name_span;
	const char *name, *help = NULL, *module = library_with(e->text);
	const char *foreign = foreign_function(r, e, &name);

	if (s != NULL && !e->method)
		compile_fail(r->c, at, note_declared(r, "declared", s->span),
		    "an element is x[i], a product x * y",
		    "`%s` is a value, not a function", e->text);
	if (module != NULL) {
		help = compile_printf(r->c, "`use %s` brings it in", module);
	} else if (foreign != NULL) {
		help = foreign;
	} else {
		const char *close = closest_function(r, e->text);
		if (close != NULL)
			help = compile_printf(r->c, "did you mean `%s`?", close);
	}
	compile_fail(r->c, at, NULL, help, "there is no function `%s`", name);
}

/* How f is called. */
static const char *
signature(struct resolver *r, const struct decl *f)
{
	const char *s = compile_printf(r->c, "it is %s(", f->name);

	for (uint32_t i = 0; i < f->n_params; i++)
		s = compile_printf(r->c, "%s%s%s%s", s, i > 0 ? ", " : "", f->param[i].name,
		    f->param[i].value != NULL ? " (optional)" : "");
	return compile_printf(r->c, "%s)", s);
}

/* Named or not, each parameter gets one argument. */
static void
check_arguments(struct resolver *r, const struct expr *e, const struct decl *f)
{
	bool given[N_PARAM_MAX] = { false };

	if (e->n_args > f->n_params)
		compile_fail(r->c, e->span, note_declared(r, "declared", f->span),
		    signature(r, f), "`%s` takes %u argument%s, not %u", f->name, f->n_params,
		    f->n_params == 1 ? "" : "s", e->n_args);
	for (uint32_t i = 0; i < e->n_args; i++) {
		uint32_t k = i;
		const char *name = e->argname != NULL ? e->argname[i] : NULL;
		for (k = name != NULL ? 0 : i; name != NULL && k < f->n_params; k++)
			if (strcmp(f->param[k].name, name) == 0)
				break;
		if (k == f->n_params)
			compile_fail(r->c, e->args[i]->span, NULL, signature(r, f),
			    "`%s` has no parameter `%s`", f->name, name);
		if (given[k])
			compile_fail(r->c, e->args[i]->span, NULL, NULL, "`%s` is given twice",
			    f->param[k].name);
		given[k] = true;
	}
	for (uint32_t k = 0; k < f->n_params; k++)
		if (!given[k] && f->param[k].value == NULL)
			compile_fail(r->c, e->span, note_declared(r, "declared", f->span),
			    signature(r, f), "the argument `%s` of `%s` is missing", f->param[k].name, f->name);
}

static void
add_call(struct resolver *r, struct fn_node *to, struct span at)
{
	struct fn_node *f = r->fn;

	if (f->n_calls == f->cap) {
		uint32_t cap = f->cap == 0 ? 8 : 2 * f->cap;
		struct fn_call *bigger = compile_alloc(r->c, cap * sizeof *bigger);
		if (f->n_calls > 0)
			memcpy(bigger, f->call, f->n_calls * sizeof *bigger);
		f->call = bigger;
		f->cap = cap;
	}
	f->call[f->n_calls++] = (struct fn_call){ .to = to, .span = at };
}

static bool
is_builtin(const char *name)
{
	size_t n;
	const char *const *builtin = check_builtins(&n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(builtin[i], name) == 0)
			return true;
	return false;
}

void
resolve_call(struct resolver *r, const struct expr *e)
{
	const struct module *in;
	const struct decl *f = find_function(r->c, r->m, e->text, &in);

	if (f == NULL && !is_builtin(e->text))
		fail_unknown_function(r, e);
	if (f != NULL) {
		check_arguments(r, e, f);
		if (r->fn != NULL)
			add_call(r, node_of(r, in, f), e->span);
	}
	for (uint32_t i = 0; i < e->n_args; i++)
		resolve_expr(r, e->args[i]);
}

/* The functions on the way round, "f calls g calls f". */
static const char *
circle(struct resolver *r, struct fn_node *const *path, uint32_t n, const struct fn_node *to)
{
	const char *text = "";
	uint32_t i = n;

	while (i > 0 && path[i - 1] != to)
		i--;
	for (i = i > 0 ? i - 1 : 0; i < n; i++)
		text = compile_printf(r->c, "%s%s calls ", text, path[i]->decl->name);
	return compile_printf(r->c, "%s%s", text, to->decl->name);
}

static void
walk(struct resolver *r, struct fn_node *f, struct fn_node **path, uint32_t n)
{
	path[n++] = f;
	f->state = 1;
	for (uint32_t i = 0; i < f->n_calls; i++) {
		struct fn_node *to = f->call[i].to;
		if (to->state == 1)
			compile_fail(r->c, f->call[i].span, circle(r, path, n, to),
			    "a loop with a known bound does it: "
			    "for i in 0..n { ... }", "`%s` calls itself: there is no recursion",
			    to->decl->name);
		if (to->state == 2 ? n + to->height >= N_CALL_MAX : n == N_CALL_MAX)
			compile_fail(r->c, f->call[i].span, NULL, NULL,
			    "functions call one another more than %d deep",
			    N_CALL_MAX);
		if (to->state == 0)
			walk(r, to, path, n);
		if (to->height + 1 > f->height)
			f->height = to->height + 1;
	}
	f->state = 2;
}

void
resolve_recursion(struct resolver *r)
{
	struct fn_node *path[N_CALL_MAX + 1];

	for (uint32_t m = 0; m < r->c->n_modules; m++)
		for (uint32_t i = 0; i < r->c->module[m].n_decls; i++)
			if (r->node[m][i].decl != NULL && r->node[m][i].state == 0)
				walk(r, &r->node[m][i], path, 0);
}
