/* manual.c: see manual.h */
#include "manual.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../circuits/std.h"
#include "base/mem.h"

enum { MANUAL_LINES = 3 };

/* A function in the source of a file of the library. */
struct entry {
	const struct std_module *file;
	const char *name;               /* name_len bytes */
	size_t name_len;
	const char *comment, *signature;        /* where they begin; the comment ends there */
	size_t signature_len;
};

static const struct builtin_text {
	const char *name, *params, *text, *error;
} builtins[] = {
#define B(name, id, params, text, error) { name, params, text, error },
#define L(name, id, params, text, error)
#include "../compiler/builtins.def"
#undef B
};

static const char *
whole_of(const struct std_module *m)
{
	return m->part_of != NULL ? m->part_of : m->name;
}

static const char *
line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));

	return lf == NULL ? end : lf;
}

/* Of a fn up to its brace, of a circuit the line. */
static size_t
signature_length(const char *at, const char *end, bool circuit)
{
	const char *stop = circuit ? line_end(at, end) : memchr(at, '{', (size_t)(end - at));

	if (stop == NULL)
		stop = end;
	while (stop > at && isspace((unsigned char)stop[-1]))
		stop--;
	return (size_t)(stop - at);
}

/* The next function from *at on; false: there is no more. */
static bool
next_entry(struct entry *e, const struct std_module *m, const char **at)
{
	const char *end = m->source + m->len, *comment = NULL;

	while (*at < end) {
		const char *line = *at, *stop = line_end(line, end);
		*at = stop < end ? stop + 1 : end;
		bool circuit = strncmp(line, "circuit ", 8) == 0;
		if (*line == '#') {
			comment = comment == NULL ? line : comment;
			continue;
		}
		if (!circuit && strncmp(line, "fn ", 3) != 0) {
			comment = NULL;
			continue;
		}
		*e = (struct entry){ .file = m, .signature = line, .comment = comment,
			.name = line + (circuit ? 8 : 3) };
		e->name_len = strcspn(e->name, "(");
		e->signature_len = signature_length(line, end, circuit);
		if (comment == NULL)
			e->comment = line;
		return true;
	}
	return false;
}

/* Is its comment a manual, not a note for the reader of the source? */
static bool
is_for_users(const struct entry *e)
{
	unsigned lines = 0;

	for (const char *at = e->comment; at < e->signature; at++)
		lines += *at == '\n';
	if (strncmp(e->signature, "circuit ", 8) == 0)
		return true;
	return lines >= MANUAL_LINES && strncmp(e->comment, "# Inside:", 9) != 0;
}

static bool
is_named(const struct entry *e, const char *name)
{
	return strlen(name) == e->name_len && memcmp(e->name, name, e->name_len) == 0;
}

/* The comment without its marks. */
static void
put_comment(struct text *t, const struct entry *e)
{
	for (const char *at = e->comment; at < e->signature;) {
		const char *stop = line_end(at, e->signature);
		const char *from = at + (*at == '#') + (stop > at + 1 && at[1] == ' ');
		if (stop > from)
			text_put(t, from, (size_t)(stop - from));
		text_put(t, "\n", 1);
		at = stop + 1;
	}
}

/* On one line, however it was broken. */
static void
put_signature(struct text *t, const struct entry *e)
{
	struct text one = { 0 };
	bool blank = false;

	for (size_t i = 0; i < e->signature_len; i++) {
		char c = e->signature[i];
		if (isspace((unsigned char)c)) {
			blank = true;
			continue;
		}
		if (blank)
			text_put(&one, " ", 1);
		text_put(&one, &c, 1);
		blank = false;
	}
	if (one.at != NULL)
		text_wrap(t, one.at, 0, 4);
	t->failed = t->failed || one.failed;
	text_fini(&one);
}

/* The first sentence of a comment. */
static void
put_sentence(struct text *t, const struct entry *e)
{
	for (const char *at = e->comment + 1; at < e->signature; at++) {
		if (*at == '\n' && at[1] != '#')
			return;
		if (*at == '\n' || *at == '#') {
			if (*at == '\n')
				text_put(t, " ", 1);
			at += *at == '\n' ? 2 : 0;
			continue;
		}
		if (at == e->comment + 1 && *at == ' ')
			continue;
		text_put(t, at, 1);
		if ((*at == '.' || *at == '?') && (at[1] == '\n' || at[1] == ' '))
			return;
	}
}

/* The first sentence of a file: "# stats: descriptive statistics, ..." */
static void
put_purpose(struct text *t, const struct std_module *m)
{
	const char *at = m->source, *end = line_end(at, m->source + m->len);

	at += strspn(at, "# ");
	const char *colon = memchr(at, ':', (size_t)(end - at));
	if (colon != NULL)
		at = colon + 1 + strspn(colon + 1, " ");
	text_put(t, at, (size_t)(end - at));
}

void
manual_modules(struct text *t)
{
	size_t n;
	const struct std_module *m = std_modules(&n);

	text_add(t, "Modules of the standard library:\n");
	for (size_t i = 0; i < n; i++) {
		if (m[i].part_of != NULL)
			continue;
		text_add(t, "  %-10s ", m[i].name);
		put_purpose(t, &m[i]);
		text_put(t, "\n", 1);
	}
	text_add(t, "\n`konsil doc stats` lists a module's functions, `konsil doc stats.welch` tells "
	    "one.\nFunctions that are there without a module:\n");
	struct text names = { 0 };
	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
		text_add(&names, "%s%s", i > 0 ? " " : "", builtins[i].name);
	text_add(t, "  ");
	text_wrap(t, names.at != NULL ? names.at : "", 2, 2);
	text_fini(&names);
}

bool
manual_module(struct text *t, const char *module)
{
	size_t n;
	const struct std_module *m = std_modules(&n), *main = std_find(module);

	if (main == NULL)
		return false;
	text_add(t, "%s: ", module);
	put_purpose(t, main);
	text_add(t, "\n\n");
	for (size_t i = 0; i < n; i++) {
		const char *at = m[i].source;
		struct entry e;
		if (strcmp(whole_of(&m[i]), module) != 0)
			continue;
		while (next_entry(&e, &m[i], &at)) {
			struct text sentence = { 0 };
			if (!is_for_users(&e))
				continue;
			text_add(t, "  %.*s%*s ", (int)e.name_len, e.name,
			    e.name_len < 20 ? (int)(20 - e.name_len) : 0, "");
			put_sentence(&sentence, &e);
			text_wrap(t, sentence.at != NULL ? sentence.at : "",
			    e.name_len < 20 ? 23 : e.name_len + 3, 23);
			text_fini(&sentence);
		}
	}
	return true;
}

static bool
manual_builtin(struct text *t, const char *name)
{
	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++) {
		const struct builtin_text *b = &builtins[i];
		bool first = true;
		if (strcmp(b->name, name) != 0)
			continue;
		text_add(t, "%s(", b->name);
		for (const char *at = b->params; *at != '\0';) {
			size_t len = strcspn(at, " "), word = strcspn(at, " ?*");
			text_add(t, at[word] == '?' && word < len ? "%s[%.*s]" :
			    at[word] == '*' && word < len ? "%s%.*s, ..." : "%s%.*s", first ? "" : ", ",
			    (int)word, at);
			first = false;
			at += len + (at[len] == ' ');
		}
		text_add(t, ")\n\n%s\n", b->text);
		if (strcmp(b->error, "exact") != 0)
			text_add(t, "Error beyond its arguments', in units of the last place: %s\n", b->error);
		return true;
	}
	return false;
}

bool
manual_function(struct text *t, const char *name)
{
	const char *dot = strchr(name, '.');
	size_t n, len = dot == NULL ? 0 : (size_t)(dot - name);
	const struct std_module *m = std_modules(&n);
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const char *at = m[i].source, *whole = whole_of(&m[i]);
		struct entry e;
		if (dot != NULL && (strlen(whole) != len || memcmp(whole, name, len) != 0))
			continue;
		while (next_entry(&e, &m[i], &at)) {
			if (!is_named(&e, dot != NULL ? dot + 1 : name))
				continue;
			text_add(t, "%suse %s\n\n", any ? "\n" : "", whole);
			put_signature(t, &e);
			text_put(t, "\n", 1);
			put_comment(t, &e);
			any = true;
		}
	}
	return any || (dot == NULL && manual_builtin(t, name));
}

static enum status
add_name(char ***names, size_t *n, const char *text, size_t len)
{
	char **more = mem_realloc(*names, (*n + 1) * sizeof *more);

	if (more == NULL)
		return ST_INTERNAL;
	*names = more;
	more[*n] = mem_alloc(len + 1);
	if (more[*n] == NULL)
		return ST_INTERNAL;
	memcpy(more[*n], text, len);
	more[(*n)++][len] = '\0';
	return ST_OK;
}

enum status
manual_names(char ***names, size_t *n)
{
	size_t n_files;
	const struct std_module *m = std_modules(&n_files);
	enum status st = ST_OK;

	*names = NULL;
	*n = 0;
	for (size_t i = 0; i < n_files; i++) {
		const char *at = m[i].source;
		struct entry e;
		TRY(add_name(names, n, m[i].name, strlen(m[i].name)));
		while (next_entry(&e, &m[i], &at))
			if (is_for_users(&e))
				TRY(add_name(names, n, e.name, e.name_len));
	}
	for (size_t i = 0; i < sizeof builtins / sizeof builtins[0]; i++)
		TRY(add_name(names, n, builtins[i].name, strlen(builtins[i].name)));
out:
	return st;
}
