/* load.c: see load.h */
#include "load.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "../circuits/std.h"
#include "lex.h"

bool
load_file(struct compile *c, const char *path, char **text, uint32_t *len)
{
	FILE *f = fopen(path, "rb");
	char *s = NULL;
	size_t n = 0, cap = 0;
	bool ok = false;

	if (f == NULL)
		return false;
	for (;;) {
		if (n == cap) {
			char *bigger = arena_alloc(c->arena, cap = cap == 0 ? 16384 : 4 * cap);
			errno = ENOMEM;
			if (bigger == NULL)
				break;
			if (n > 0)
				memcpy(bigger, s, n);
			s = bigger;
		}
		errno = EIO;
		size_t k = fread(s + n, 1, cap - n, f);
		n += k;
		if (k == 0)
			ok = ferror(f) == 0;
		else if (n > N_SOURCE_MAX)
			errno = EFBIG;
		if (k == 0 || n > N_SOURCE_MAX)
			break;
	}
	int e = errno;
	(void)fclose(f);
	errno = e;
	*text = s;
	*len = (uint32_t)n;
	return ok;
}

static struct module *
add_module(struct program *p, struct span at)
{
	if (p->c.n_modules == N_MODULE_MAX)
		compile_fail(&p->c, at, NULL, NULL, "a program has at most %d modules and "
		    "parameters",
		    N_MODULE_MAX);
	return &p->c.module[p->c.n_modules++];
}

/* NAME.ksl beside the program; a library's module uses only the library. */
static bool
find_beside(struct program *p, const struct module *from, const char *name, struct module *m)
{
	char *text;

	if (p->folder == NULL || from->embedded)
		return false;
	char *path = compile_printf(&p->c, "%s%s.ksl", p->folder, name);
	/* A program that is called as a module of the library is means the library's. */
	if (std_find(name) != NULL && strcmp(p->c.module[0].path, path) == 0)
		return false;
	if (!load_file(&p->c, path, &text, &m->len)) {
		if (errno == ENOENT)
			return false;
		compile_fail(&p->c, (struct span){ .line = 1, .column = 1 }, NULL, NULL,
		    "cannot read %s: %s", path,
		    strerror(errno));
	}
	m->source = text;
	m->path = path;
	m->name = compile_printf(&p->c, "%s.ksl", name);
	return true;
}

static struct module
embedded(struct compile *c, const struct std_module *s)
{
	return (struct module){ .source = s->source, .len = (uint32_t)s->len, .name = s->name,
		.path = compile_printf(c, "std/%s.ksl", s->name), .embedded = true };
}

static bool
find_embedded(struct compile *c, const char *name, struct module *m)
{
	const struct std_module *s = std_find(name);

	if (s != NULL)
		*m = embedded(c, s);
	return s != NULL;
}

static _Noreturn void
fail_no_module(struct program *p, const struct decl *d)
{
	size_t n;
	const struct std_module *m = std_modules(&n);
	const char **names = compile_alloc(&p->c, n * sizeof *names), *help = NULL, *close;

	for (size_t i = 0; i < n; i++)
		names[i] = m[i].name;
	close = closest_name(d->name, names, n);
	if (close != NULL)
		help = compile_printf(&p->c, "did you mean `%s`?", close);
	else if (p->folder != NULL)
		help = compile_printf(&p->c, "it would be %s.ksl beside the program", d->name);
	compile_fail(&p->c, d->name_span, NULL, help, "there is no module `%s`", d->name);
}

/* Its index; it is loaded at most once, from one place. */
static uint32_t
keep_module(struct program *p, const struct module *m, struct span at)
{
	for (uint32_t i = 0; i < p->c.n_modules; i++)
		if (strcmp(p->c.module[i].path, m->path) == 0)
			return i;
	*add_module(p, at) = *m;
	return p->c.n_modules - 1;
}

/* Brings module k in; false: it is in already, or m itself. */
static bool
bring_in(struct program *p, struct module *m, uint32_t k)
{
	for (uint32_t j = 0; j < m->n_uses; j++)
		if (m->use[j] == k)
			return false;
	if (&p->c.module[k] == m)
		return false;
	m->use[m->n_uses++] = k;
	return true;
}

/* `use NAME`, and with a module of the library all its parts. */
static void
use_module(struct program *p, struct module *m, const struct decl *d)
{
	struct module found = { .name = NULL };
	size_t n;
	const struct std_module *s = std_modules(&n);

	if (!find_beside(p, m, d->name, &found) && !find_embedded(&p->c, d->name, &found))
		fail_no_module(p, d);
	uint32_t k = keep_module(p, &found, d->span);
	if (!bring_in(p, m, k) && !m->embedded)
		compile_fail(&p->c, d->span, NULL, NULL, &p->c.module[k] == m
		    ? "module `%s` uses itself" : "module `%s` is used twice", d->name);
	for (size_t i = 0; found.embedded && i < n; i++)
		if (s[i].part_of != NULL && strcmp(s[i].part_of, d->name) == 0) {
			struct module part = embedded(&p->c, &s[i]);
			(void)bring_in(p, m, keep_module(p, &part, d->span));
		}
}

static void
load_uses(struct program *p, struct module *m)
{
	uint32_t n = 0;
	size_t n_std;

	(void)std_modules(&n_std);
	for (uint32_t i = 0; i < m->n_decls; i++)
		n += m->decl[i]->kind == DE_USE;
	m->use = compile_alloc(&p->c, (n + n_std) * sizeof *m->use);
	for (uint32_t i = 0; i < m->n_decls; i++)
		if (m->decl[i]->kind == DE_USE)
			use_module(p, m, m->decl[i]);
}

/* Numbers, truth values, strings, and arrays of them. */
static void
check_literal(struct compile *c, const struct expr *e)
{
	bool name = e->kind == EX_NAME
	    && (strcmp(e->text, "true") == 0 || strcmp(e->text, "false") == 0);

	if (e->kind == EX_NUMBER || e->kind == EX_STRING || name
	    || (e->kind == EX_UNARY && e->op == UN_NEG && e->args[0]->kind == EX_NUMBER))
		return;
	if (e->kind != EX_ARRAY)
		compile_fail(c, e->span, NULL, "a number, true, false, \"text\", or an array of "
		    "them",
		    "this is not a value");
	for (uint32_t i = 0; i < e->n_args; i++)
		check_literal(c, e->args[i]);
}

static _Noreturn void
fail_usage(struct program *p, const char *name, const char *close)
{
	if (close != NULL)
		fault_help(p->c.fault, "did you mean `-D %s=...`?", close);
	p->c.failed = fault_set(p->c.fault, ST_USAGE,
	    "-D %s: the program has no such param, or it is given twice",
	    name);
	longjmp(*p->c.out, 1);
}

/* A shell takes quotes away: -D name=text is a level's name as it stands. */
static struct expr *
bare_level(struct program *p, const struct decl *d, const struct module *m)
{
	struct expr *e;

	if (d->type->name != TY_ONEOF || d->type->n_dims > 0 || m->len == 0
	    || m->source[0] == '"' || m->source[0] == '\'')
		return NULL;
	e = compile_alloc(&p->c, sizeof *e);
	e->kind = EX_STRING;
	e->text = m->source;
	e->span = (struct span){ .end = m->len, .line = 1, .column = 1,
	    .file = (uint16_t)(m - p->c.module) };
	return e;
}

/* Puts the value of -D into the param's declaration. */
static void
define(struct program *p, const struct define *f, const char **taken, uint32_t n_taken)
{
	struct module *main = p->c.module, *m;
	const char **names = compile_alloc(&p->c, (main->n_decls + 1) * sizeof *names);
	struct decl *d = NULL;
	size_t n = 0;

	for (uint32_t i = 0; i < main->n_decls; i++) {
		if (main->decl[i]->kind != DE_PARAM)
			continue;
		names[n++] = main->decl[i]->name;
		if (strcmp(main->decl[i]->name, f->name) == 0)
			d = main->decl[i];
	}
	for (uint32_t i = 0; i < n_taken; i++)
		if (strcmp(taken[i], f->name) == 0)
			d = NULL;
	if (d == NULL)
		fail_usage(p, f->name, closest_name(f->name, names, n));
	m = add_module(p, d->span);
	m->name = m->path = compile_printf(&p->c, "-D %s", f->name);
	m->source = compile_printf(&p->c, "%s", f->text);
	m->len = (uint32_t)strlen(m->source);
	d->value = bare_level(p, d, m);
	if (d->value == NULL)
		d->value = parse_define(&p->c, m);
	check_literal(&p->c, d->value);
}

/* Variables to show are outputs behind the program's last line. */
static void
add_shown(struct compile *c, const struct load_options *o)
{
	struct module *main = c->module;

	for (uint32_t i = 0; i < o->n_shown; i++) {
		main->source = compile_printf(c, "%.*s\noutput %s to all\n", (int)main->len,
		    main->source, o->shown[i]);
		main->len = (uint32_t)strlen(main->source);
	}
}

/* A circuit of the file NAME.txt beside the program, if there is one. */
static void
load_circuit(struct program *p, struct decl *d)
{
	char *text, *path = compile_printf(&p->c, "%s%s.txt", p->folder, d->name);

	if (load_file(&p->c, path, &text, &d->file_len)) {
		d->file = path;
		d->file_text = text;
		p->n_circuits++;
	} else if (errno != ENOENT) {
		compile_fail(&p->c, d->name_span, NULL, NULL, "cannot read %s: %s", path,
		    strerror(errno));
	}
}

static void
load_circuits(struct program *p, const struct module *m)
{
	for (uint32_t i = 0; i < m->n_decls && !m->embedded && p->folder != NULL; i++)
		if (m->decl[i]->kind == DE_CIRCUIT)
			load_circuit(p, m->decl[i]);
}

void
load_modules(struct program *p, const struct load_options *o)
{
	struct compile *c = &p->c;

	if (o != NULL)
		add_shown(c, o);
	for (uint32_t i = 0; i < c->n_modules; i++) {
		parse_module(c, &c->module[i]);
		load_uses(p, &c->module[i]);
		load_circuits(p, &c->module[i]);
	}
	p->n_files = c->n_modules;
	uint32_t n = o != NULL ? o->n_defines : 0;
	const char **taken = compile_alloc(c, n * sizeof *taken);
	for (uint32_t i = 0; i < n; i++) {
		define(p, &o->define[i], taken, i);
		taken[i] = o->define[i].name;
	}
}

static void
add_hash(struct program *p, const char *kind, const char *name, const char *text, size_t len)
{
	struct named_hash *h = &p->hash[p->n_hashes++];

	h->name = compile_printf(&p->c, "%s%s%s", kind, name[0] != '\0' ? " " : "", name);
	int failed = crypto_generichash(h->hash, sizeof h->hash, (const uint8_t *)text, len, NULL,
	    0);
	if (failed != 0)
		compile_no_memory(&p->c);
}

/* A parameter's value is hashed in canonical form: how a site writes it does not matter. */
void
load_hashes(struct program *p)
{
	const struct module *main = p->c.module;
	uint32_t n = p->n_files + p->n_circuits;

	for (uint32_t i = 0; i < main->n_decls; i++)
		n += main->decl[i]->kind == DE_PARAM;
	p->hash = compile_alloc(&p->c, n * sizeof *p->hash);
	for (uint32_t i = 0; i < p->n_files; i++)
		add_hash(p, i == 0 ? "program" : "module", i == 0 ? "" : p->c.module[i].name,
		    p->c.module[i].source, p->c.module[i].len);
	for (uint32_t i = 0; i < p->n_files; i++)
		for (uint32_t k = 0; k < p->c.module[i].n_decls; k++) {
			const struct decl *d = p->c.module[i].decl[k];
			if (d->file != NULL)
				add_hash(p, "circuit", d->name, d->file_text, d->file_len);
		}
	for (uint32_t i = 0; i < main->n_decls; i++) {
		const struct decl *d = main->decl[i];
		if (d->kind != DE_PARAM)
			continue;
		const char *value = ast_dump_expr(&p->c, d->value);
		add_hash(p, "parameter", d->name, value, strlen(value));
	}
}
