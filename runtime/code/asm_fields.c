/* asm_fields.c: reads words and fields of the text form.  See asm.h. */
#include "asm.h"

#include "../base/mem.h"

#include <stdarg.h>
#include <stdio.h>

void
asm_fail(struct parser *p, const char *fmt, ...)
{
	char message[FAULT_TEXT_MAX];
	va_list ap;

	if (p->f.st != ST_OK)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	fields_fail(&p->f, ST_DATA, "%s", message);
	fault_at(p->f.fault, p->file, p->line, (int)(p->at - p->line_start) + 1);
}

void
asm_blanks(struct parser *p)
{
	for (;;) {
		if (*p->at == '#')
			p->at += strcspn(p->at, "\n");
		if (*p->at == '\n' && p->depth > 0) {
			p->line++;
			p->line_start = ++p->at;
		} else if (*p->at == ' ' || *p->at == '\t' || *p->at == '\r') {
			p->at++;
		} else {
			return;
		}
	}
}

bool
asm_accept(struct parser *p, char c)
{
	asm_blanks(p);
	if (p->f.st != ST_OK || *p->at != c)
		return false;
	if (c == '[' || c == '{')
		p->depth++;
	if (c == ']' || c == '}')
		p->depth -= p->depth > 0;
	p->at++;
	return true;
}

void
asm_expect(struct parser *p, char c)
{
	if (!asm_accept(p, c))
		asm_fail(p, "expected `%c`", c);
}

size_t
asm_word_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
}

bool
asm_word(struct parser *p, const char *w)
{
	size_t n = strlen(w);

	asm_blanks(p);
	if (p->f.st != ST_OK || asm_word_length(p->at) != n || memcmp(p->at, w, n) != 0)
		return false;
	p->at += n;
	return true;
}

/* Whether the field of that name is there, and enters it; one without a name always is. */
static bool
field(struct parser *p, const char *name)
{
	if (name == NULL)
		return p->f.st == ST_OK;
	asm_blanks(p);
	const char *here = p->at;
	if (asm_word(p, name) && *p->at++ == '=')
		return true;
	p->at = here;
	return false;
}

i128
asm_number(struct parser *p, i128 lo, i128 hi)
{
	bool minus, any = false, wrong = false;
	i128 x = 0;

	asm_blanks(p);
	const char *start = p->at;
	minus = *p->at == '-';
	p->at += minus;
	for (; *p->at >= '0' && *p->at <= '9'; p->at++) {
		any = true;
		wrong = wrong || __builtin_mul_overflow(x, (i128)10, &x) ||
		    __builtin_add_overflow(x, (i128)(minus ? '0' - *p->at : *p->at - '0'), &x);
	}
	if (!any || wrong || x < lo || x > hi) {
		p->at = start;
		asm_fail(p, any ? "this number does not fit" : "expected a number");
		return lo > 0 ? lo : 0;
	}
	return x;
}

static void
read_num(struct fields *f, const char *name, void *out, unsigned size, bool is_signed,
    int64_t usual)
{
	struct parser *p = (struct parser *)f;
	i128 x = usual, lo = 0, hi;
	u128 max = (u128)-1 >> (128 - 8 * size + is_signed);

	hi = size == 16 && !is_signed ? (i128)((u128)-1 >> 1) : (i128)max;
	if (is_signed)
		lo = -hi - 1;
	if (field(p, name))
		x = asm_number(p, lo, hi);
	memcpy(out, &x, size);
}

static void
read_nums(struct fields *f, const char *name, void *out, uint32_t n, bool is_signed)
{
	struct parser *p = (struct parser *)f;

	if (n == 0 || !field(p, name))
		return;
	asm_expect(p, '[');
	for (uint32_t i = 0; i < n; i++)
		read_num(f, NULL, (char *)out + 8 * (size_t)i, 8, is_signed, 0);
	asm_expect(p, ']');
}

static void
read_word(struct fields *f, const char *name, uint8_t *out, const char *const *words, unsigned n)
{
	struct parser *p = (struct parser *)f;

	if (!field(p, name))
		return;
	for (unsigned i = 0; i < n; i++)
		if (asm_word(p, words[i])) {
			*out = (uint8_t)i;
			return;
		}
	asm_fail(p, "there is no such %s", name);
}

/* The end of a string that begins at s, or NULL if its line ends before. */
static const char *
string_end(const char *s)
{
	for (; *s != '"'; s++) {
		if (*s == '\\')
			s++;
		if (*s == '\0' || *s == '\n')
			return NULL;
	}
	return s;
}

static void
read_string(struct parser *p, char **s, size_t max)
{
	asm_blanks(p);
	const char *end = *p->at == '"' ? string_end(p->at + 1) : NULL;
	if (end == NULL)
		asm_fail(p, "expected a string");
	if (p->f.st != ST_OK)
		return;
	char *d = mem_alloc((size_t)(end - p->at));
	if (d == NULL) {
		fields_fail(&p->f, ST_INTERNAL, "no memory");
		return;
	}
	mem_free(*s);
	*s = d;
	for (const char *t = p->at + 1; t < end; t++) {
		if (*t != '\\')
			*d++ = *t;
		else
			*d++ = *++t == 'n' ? '\n' : *t == 't' ? '\t' : *t;
	}
	*d = '\0';
	if (!text_ok(*s, max))
		asm_fail(p, "this is no text, or longer than %zu bytes", max);
	p->at = end + 1;
}

static void
read_text(struct fields *f, const char *name, char **s, size_t max)
{
	struct parser *p = (struct parser *)f;

	if (field(p, name))
		read_string(p, s, max);
	else if (f->st == ST_OK && *s == NULL && (*s = mem_strdup("")) == NULL)
		fields_fail(f, ST_INTERNAL, "no memory");
}

void *
asm_grow(struct parser *p, void *list, uint32_t *n, uint32_t *cap, uint32_t max, size_t size)
{
	char *items = pointer_get(list);

	if (*n >= max)
		asm_fail(p, "more than %u of these are too many", max);
	if (p->f.st != ST_OK)
		return NULL;
	if (*n == *cap || items == NULL) {
		uint32_t more = *cap == 0 ? 8 : 2 * *cap;
		items = mem_realloc(items, more * size);
		if (items == NULL) {
			fields_fail(&p->f, ST_INTERNAL, "no memory");
			return NULL;
		}
		pointer_set(list, items);
		*cap = more;
	}
	memset(items + *n * size, 0, size);
	return items + (*n)++ * size;
}

static void
read_texts(struct fields *f, const char *name, uint32_t *n, char ***s)
{
	struct parser *p = (struct parser *)f;
	uint32_t cap = 0;

	if (!field(p, name))
		return;
	asm_expect(p, '[');
	while (f->st == ST_OK && !asm_accept(p, ']')) {
		char **item = asm_grow(p, s, n, &cap, N_TEXTS_MAX, sizeof **s);
		if (item != NULL)
			read_string(p, item, TEXT_MAX_BYTES);
	}
}

static void
read_list(struct fields *f, const char *name, uint32_t *n, void *items, const struct record *r)
{
	struct parser *p = (struct parser *)f;
	uint32_t cap = 0;

	if (!field(p, name))
		return;
	asm_expect(p, '[');
	while (f->st == ST_OK && !asm_accept(p, ']')) {
		void *item = asm_grow(p, items, n, &cap, N_TEXTS_MAX, r->size);
		asm_expect(p, '{');
		if (f->st == ST_OK)
			r->layout(f, item);
		asm_expect(p, '}');
	}
}

static void
read_tuples(struct fields *f, const char *name, uint32_t *n, void *items, unsigned per,
    uint32_t max)
{
	struct parser *p = (struct parser *)f;
	uint32_t cap = 0;

	if (!field(p, name))
		return;
	asm_expect(p, '[');
	while (f->st == ST_OK && !asm_accept(p, ']')) {
		uint32_t *item = asm_grow(p, items, n, &cap, max, 4 * (size_t)per);
		for (unsigned i = 0; f->st == ST_OK && i < per; i++)
			item[i] = (uint32_t)asm_number(p, 0, UINT32_MAX);
	}
}

static void
read_group(struct fields *f, const char *name, void *out, const struct record *r)
{
	struct parser *p = (struct parser *)f;
	bool here = field(p, name);

	if (here)
		asm_expect(p, '{');
	if (f->st == ST_OK && here)
		r->layout(f, out);
	if (here)
		asm_expect(p, '}');
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void
read_blob(struct fields *f, const char *name, uint8_t *out, size_t n)
{
	struct parser *p = (struct parser *)f;

	if (!field(p, name))
		return;
	for (size_t i = 0; f->st == ST_OK && i < n; i++, p->at += 2) {
		int hi = hex_digit(p->at[0]), lo = hi < 0 ? -1 : hex_digit(p->at[1]);
		if (lo < 0)
			asm_fail(p, "expected %zu hex digits", 2 * n);
		else
			out[i] = (uint8_t)(16 * hi + lo);
	}
}

uint32_t
asm_marked(struct parser *p, char mark)
{
	asm_blanks(p);
	if (*p->at != mark) {
		asm_fail(p, "expected `%c` and a number", mark);
		return 0;
	}
	p->at++;
	return (uint32_t)asm_number(p, 0, UINT32_MAX - 1);
}

static void
read_slot(struct fields *f, const char *name, uint32_t *slot)
{
	struct parser *p = (struct parser *)f;

	*slot = field(p, name) ? asm_marked(p, 's') : SLOT_NONE;
}

/* term = [ "+" | "-" ] ( NUMBER [ "*" "c" DEPTH ] | "c" DEPTH ) */
static bool
affine_term(struct parser *p, struct affine *a)
{
	const int64_t limit = INT64_MAX;
	int64_t x = 1;
	bool minus = *p->at == '-';

	p->at += *p->at == '+' || (minus && p->at[1] == 'c');
	if (*p->at != 'c')
		x = (int64_t)asm_number(p, -(i128)limit - 1, limit);
	else if (minus)
		x = -1;
	if (*p->at == '*')
		p->at++;
	else if (*p->at != 'c') {
		a->base = x;
		return *p->at == '+' || *p->at == '-';
	}
	uint32_t k = asm_marked(p, 'c');
	if (k >= N_LOOP_MAX)
		asm_fail(p, "loops nest to a depth of %u", N_LOOP_MAX);
	else
		a->coef[k] = x;
	return *p->at == '+' || *p->at == '-';
}

static void
read_affine(struct fields *f, const char *name, struct affine *a)
{
	struct parser *p = (struct parser *)f;

	if (!field(p, name))
		return;
	asm_blanks(p);
	while (f->st == ST_OK && affine_term(p, a))
		;
}

static void
read_kind(struct fields *f, uint8_t *domain, uint16_t *width)
{
	struct parser *p = (struct parser *)f;

	asm_blanks(p);
	const char *d = *p->at == '\0' ? NULL : strchr(text_domains, *p->at);
	if (d == NULL || p->at[1] != '.') {
		asm_fail(p, "expected a domain and a width, as in a.64");
		return;
	}
	*domain = (uint8_t)(d - text_domains);
	p->at += 2;
	*width = (uint16_t)asm_number(p, 1, N_BITS_MAX);
	if (!width_ok(*domain, *width))
		asm_fail(p, "no slot of this domain is %u bits wide", *width);
}

static void
read_op(struct fields *f, uint16_t *op)
{
	struct parser *p = (struct parser *)f;

	for (unsigned i = 0; i < N_INSN; i++)
		if (asm_word(p, insn_table[i].name)) {
			*op = (uint16_t)i;
			return;
		}
	asm_fail(p, "there is no such instruction");
}

const struct fields_ops asm_ops = {
	read_num, read_nums, read_word, read_text, read_texts, read_blob, read_slot,
	read_affine, read_kind, read_op, read_group, read_list, asm_insn,
	read_tuples
};
