/* diagnose.c: how a compilation is entered, ends with a message, and where its memory comes from.
 *
 * A message shows the line that it is about, with carets under the part that is meant.  What is
 * shown is a window of bounded width, so that a line of any length fits. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

#include "internal.h"

enum {
	N_WINDOW = 90,          /* columns of source shown */
	N_BEFORE = 50,          /* of which at most so many before the carets,
	    if the line is longer */
	TAB_COLUMNS = 4,
	CELL_BYTES = 4,         /* a character in UTF-8 */
};

struct excerpt {
	char text[N_WINDOW * CELL_BYTES + 8];
	char carets[N_WINDOW + 8];
	size_t n_text, n_carets;
	int first;              /* the first column of the line that is shown */
};

/* What is not text, or would change how a terminal shows the rest. */
static bool
hidden(ucs4_t uc)
{
	return uc < ' ' || (uc >= 0x7f && uc < 0xa0) || uc == 0xfffd || (uc >= 0x200e && uc
	    <= 0x200f)
	    || (uc >= 0x202a && uc <= 0x202e) || (uc >= 0x2066 && uc <= 0x2069);
}

/* The columns that character uc takes, if it begins at `column`. */
static int
columns_of(ucs4_t uc, int column)
{
	if (uc == '\t')
		return TAB_COLUMNS - column % TAB_COLUMNS;
	int w = hidden(uc) ? 1 : uc_width(uc, "UTF-8");
	return w < 0 ? 1 : w;
}

static void
excerpt_add(struct excerpt *x, const char *s, int bytes, ucs4_t uc, int columns, bool before,
    bool marked)
{
	if (!hidden(uc)) {
		memcpy(x->text + x->n_text, s, (size_t)bytes);
		x->n_text += (size_t)bytes;
	}
	for (int i = 0; i < columns; i++) {
		if (hidden(uc))
			x->text[x->n_text++] = uc == '\t' ? ' ' : '?';
		if (before || marked)
			x->carets[x->n_carets++] = marked ? '^' : ' ';
	}
}

/* Fills x with the line that begins at s, its characters from..to marked. */
static void
excerpt_line(struct excerpt *x, const char *s, size_t len, size_t from, size_t to)
{
	int column = 0, at = 0;
	ucs4_t uc;

	for (size_t i = 0; i < from && i < len;) {
		i += (size_t)u8_mbtouc(&uc, (const uint8_t *)s + i, len - i);
		at += columns_of(uc, at);
	}
	x->first = at > N_BEFORE + 10 ? at - N_BEFORE : 0;
	for (size_t i = 0; i < len;) {
		int bytes = u8_mbtouc(&uc, (const uint8_t *)s + i, len - i);
		int w = columns_of(uc, column);
		/* Marks that take no column of their own could fill a line without end. */
		if (column + w > x->first + N_WINDOW || x->n_text > (N_WINDOW - 1) * CELL_BYTES)
			break;
		if (column >= x->first)
			excerpt_add(x, s + i, bytes, uc, w, i < from, i >= from && i < to);
		column += w;
		i += (size_t)bytes;
	}
	if (from >= len || to <= from)
		x->carets[x->n_carets++] = '^';
}

/* "  7 | the line\n    |     ^^^^ note\n" */
static void
show(char *out, size_t room, const struct module *m, struct span at, const char *note)
{
	struct excerpt x = { .n_text = 0 };
	uint32_t a = at.start, e;
	char number[16];

	if (at.line == 0 || at.start > m->len)
		return;
	while (a > 0 && m->source[a - 1] != '\n')
		a--;
	for (e = at.start; e < m->len && m->source[e] != '\n';)
		e++;
	if (e > a && m->source[e - 1] == '\r')
		e--;
	uint32_t end = at.end < e ? at.end : e;
	excerpt_line(&x, m->source + a, e - a, at.start - a, end < a ? 0 : end - a);
	int w = snprintf(number, sizeof number, "%u", at.line);
	(void)snprintf(out, room, "  %s | %s%.*s\n  %*s | %s%.*s%s%s\n", number, x.first > 0 ? "..."
	    : "",
	    (int)x.n_text, x.text, w, "", x.first > 0 ? "   " : "", (int)x.n_carets, x.carets,
	    note != NULL ? " " : "", note != NULL ? note : "");
}

/* A message about the library's own text stands at the call that led there, if that is known. */
static void
place(struct compile *c, struct span at, const char *note)
{
	struct fault *f = c->fault;
	char where[FAULT_TEXT_MAX / 2];

	if (c->module[at.file].embedded && c->via.line > 0) {
		(void)snprintf(where, sizeof where, "in %s, line %u%s%s", c->module[at.file].path,
		    at.line,
		    note != NULL ? ": " : "", note != NULL ? note : "");
		note = where;
		at = c->via;
	}
	const struct module *m = &c->module[at.file];
	fault_at(f, m->path, (int)at.line, (int)at.column);
	show(f->excerpt, sizeof f->excerpt, m, at, note);
}

static _Noreturn void
end_with(struct compile *c, enum status st, struct span at, const char *note, const char *help,
    const char *text)
{
	if (c->fault != NULL && c->fault->st == ST_OK) {
		fault_set(c->fault, st, "%s", text);
		if (help != NULL)
			fault_help(c->fault, "%s", help);
		place(c, at, note);
	}
	c->failed = st;
	longjmp(*c->out, 1);
}

_Noreturn void
compile_fail(struct compile *c, struct span at, const char *note, const char *help, const char *fmt,
    ...)
{
	char text[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	end_with(c, ST_COMPILE, at, note, help, text);
}

_Noreturn void
compile_forbid(struct compile *c, struct span at, const char *help, const char *fmt, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	end_with(c, ST_POLICY, at, NULL, help, text);
}

_Noreturn void
compile_no_memory(struct compile *c)
{
	c->failed = fault_set(c->fault, ST_INTERNAL, "no memory");
	longjmp(*c->out, 1);
}

void *
compile_alloc(struct compile *c, size_t n)
{
	void *p = arena_alloc(c->arena, n);

	if (p == NULL)
		compile_no_memory(c);
	return p;
}

char *
compile_printf(struct compile *c, const char *fmt, ...)
{
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		n = 0;
	char *s = compile_alloc(c, (size_t)n + 1);
	(void)vsnprintf(s, (size_t)n + 1, fmt, again);
	va_end(again);
	return s;
}

char *
compile_text(struct compile *c, struct span at)
{
	const struct module *m = &c->module[at.file];
	uint32_t end = at.end <= m->len ? at.end : m->len;
	char *s = compile_alloc(c, (at.start < end ? end - at.start : 0) + 1);
	size_t n = 0;
	bool space = false, comment = false;

	for (uint32_t i = at.start; i < end; i++) {
		unsigned char b = (unsigned char)m->source[i];
		comment = b == '#' ? true : comment && b != '\n';
		if (b <= ' ' || comment) {
			space = n > 0;
			continue;
		}
		if (space)
			s[n++] = ' ';
		space = false;
		s[n++] = (char)b;
	}
	s[n] = '\0';
	return s;
}

enum status
compile_guarded(struct compile *c, struct fault *f, void (*body)(struct compile *, void *),
    void *arg)
{
	struct fault unused = { .st = ST_OK };
	jmp_buf out;

	c->fault = f != NULL ? f : &unused;
	c->out = &out;
	c->failed = ST_OK;
	compile_gmp_enter(c);
	if (setjmp(out) == 0)
		body(c, arg);
	compile_gmp_leave();
	c->fault = NULL;
	c->out = NULL;
	return c->failed;
}
