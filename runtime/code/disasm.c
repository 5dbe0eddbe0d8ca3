/* disasm.c: a program as text, which asm.c reads back to the same bytes.
 *
 * A line is a record, its fields as name=value in the order of layout.c; what has its usual value
 * (0, "", no slot) is left out.  Instructions stand in the form that BYTECODE.md shows. */
#include "fields.h"
#include "code_text.h"

#include "../base/bytes.h"
#include "../base/mem.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

struct printer {
	struct fields f;
	struct bytes_out out;
	unsigned depth;                 /* brackets around records in records */
	bool *named;                    /* sources whose name says which one it is */
};

static void print(struct printer *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
print(struct printer *w, const char *fmt, ...)
{
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n > 0)
		bytes_put(&w->out, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* " name=", or " " for a field without one. */
static struct printer *
begin(struct fields *f, const char *name)
{
	struct printer *w = (struct printer *)f;

	print(w, name == NULL ? " " : " %s=", name == NULL ? "" : name);
	return w;
}

static i128
load(const void *p, unsigned size, bool is_signed)
{
	i128 x = 0;
	unsigned up = 8 * (16 - size);

	memcpy(&x, p, size);
	if (up == 0)
		return x;
	u128 y = (u128)x << up;
	return is_signed ? (i128)y >> up : (i128)(y >> up);
}

static void
print_i128(struct printer *w, i128 x)
{
	char digits[48], *p = digits + sizeof digits - 1;
	u128 y = x < 0 ? -(u128)x : (u128)x;

	*p = '\0';
	do
		*--p = (char)('0' + (int)(y % 10));
	while ((y /= 10) != 0);
	print(w, "%s%s", x < 0 ? "-" : "", p);
}

static void
print_num(struct fields *f, const char *name, void *p, unsigned size, bool is_signed,
    int64_t usual)
{
	i128 x = load(p, size, is_signed);

	if (x != usual)
		print_i128(begin(f, name), x);
}

static void
print_nums(struct fields *f, const char *name, void *p, uint32_t n, bool is_signed)
{
	if (n == 0)
		return;
	struct printer *w = begin(f, name);
	for (uint32_t i = 0; i < n; i++) {
		print(w, i == 0 ? "[" : " ");
		print_i128(w, load((char *)p + 8 * (size_t)i, 8, is_signed));
	}
	print(w, "]");
}

static void
print_word(struct fields *f, const char *name, uint8_t *p, const char *const *words, unsigned n)
{
	if (*p >= n)
		fields_fail(f, ST_DATA, "%s: there is no %u", name, *p);
	else if (*p != 0)
		print(begin(f, name), "%s", words[*p]);
}

static void
print_string(struct fields *f, const char *s, size_t max)
{
	struct printer *w = (struct printer *)f;

	if (!text_ok(s, max)) {
		fields_fail(f, ST_DATA, "a string is no text, or longer than %zu bytes", max);
		return;
	}
	print(w, "\"");
	for (; *s != '\0'; s++)
		switch (*s) {
		case '\n':
			print(w, "\\n");
			break;
		case '\t':
			print(w, "\\t");
			break;
		case '"':
		case '\\':
			print(w, "\\");
			/* fallthrough */
		default:
			bytes_put(&w->out, s, 1);
		}
	print(w, "\"");
}

static void
print_text(struct fields *f, const char *name, char **s, size_t max)
{
	const char *t = *s == NULL ? "" : *s;

	if (name != NULL && *t == '\0')
		return;
	begin(f, name);
	print_string(f, t, max);
}

static void
print_texts(struct fields *f, const char *name, uint32_t *n, char ***s)
{
	if (*n == 0)
		return;
	struct printer *w = begin(f, name);
	for (uint32_t i = 0; f->st == ST_OK && i < *n; i++) {
		print(w, i == 0 ? "[" : " ");
		print_string(f, (*s)[i] == NULL ? "" : (*s)[i], TEXT_MAX_BYTES);
	}
	print(w, "]");
}

static void
print_blob(struct fields *f, const char *name, uint8_t *p, size_t n)
{
	bool zero = true;

	for (size_t i = 0; i < n; i++)
		zero = zero && p[i] == 0;
	if (zero)
		return;
	struct printer *w = begin(f, name);
	for (size_t i = 0; i < n; i++)
		print(w, "%02x", p[i]);
}

static void
print_slot(struct fields *f, const char *name, uint32_t *slot)
{
	if (*slot != SLOT_NONE)
		print(begin(f, name), "s%" PRIu32, *slot);
}

static void
print_affine(struct fields *f, const char *name, struct affine *a)
{
	struct printer *w = begin(f, name);
	bool first = a->base == 0;

	if (!first)
		print(w, "%" PRId64, a->base);
	for (unsigned k = 0; k < N_LOOP_MAX; k++) {
		if (a->coef[k] == 0)
			continue;
		print(w, "%s", first || a->coef[k] < 0 ? "" : "+");
		if (a->coef[k] == 1)
			print(w, "c%u", k);
		else
			print(w, "%" PRId64 "*c%u", a->coef[k], k);
		first = false;
	}
	if (first)
		print(w, "0");
}

static void
print_kind(struct fields *f, uint8_t *domain, uint16_t *width)
{
	if (*domain >= N_DOMAIN)
		fields_fail(f, ST_DATA, "there is no domain %u", *domain);
	else
		print(begin(f, NULL), "%c.%u", text_domains[*domain], *width);
}

static void
print_op(struct fields *f, uint16_t *op)
{
	if (*op >= N_INSN)
		fields_fail(f, ST_DATA, "there is no instruction %u", *op);
	else
		print(begin(f, NULL), "%s", insn_table[*op].name);
}

static void
print_group(struct fields *f, const char *name, void *p, const struct record *r)
{
	struct printer *w = begin(f, name);

	print(w, "{");
	r->layout(f, p);
	print(w, " }");
}

static void
print_list(struct fields *f, const char *name, uint32_t *n, void *items, const struct record *r)
{
	char *item = pointer_get(items);

	if (*n == 0)
		return;
	struct printer *w = begin(f, name);
	print(w, "[");
	w->depth++;
	for (uint32_t i = 0; f->st == ST_OK && i < *n; i++) {
		print(w, "\n%*s{", (int)(4 * w->depth), "");
		r->layout(f, item + i * r->size);
		print(w, " }");
	}
	w->depth--;
	print(w, "]");
}

/* Operands that the table names, and as many immediate operands as say something. */
static void
print_operands(struct printer *w, const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];
	const char kinds[4] = { t->d, t->a, t->b, t->c };
	const char *comma = "";
	unsigned n_imm = 3;

	for (unsigned i = 0; i < 4; i++) {
		if (kinds[i] == '-') {
			if (x->slot[i] != SLOT_NONE)
				fields_fail(&w->f, ST_DATA, "%s has an operand too many", t->name);
			continue;
		}
		if (x->slot[i] == SLOT_NONE)
			print(w, "%s_", comma);
		else
			print(w, "%ss%" PRIu32, comma, x->slot[i]);
		comma = ", ";
	}
	while (n_imm > 0 && x->imm[n_imm - 1] == 0 && text_imm_mark(x->op, n_imm - 1) == '\0')
		n_imm--;
	for (unsigned i = 0; i < n_imm; i++) {
		const char mark[2] = { text_imm_mark(x->op, i), '\0' };
		print(w, "%s%s%" PRId64, comma, mark, x->imm[i]);
		comma = ", ";
	}
}

static void
print_insn(struct fields *f, struct insn *x)
{
	struct printer *w = (struct printer *)f;

	if (x->op >= N_INSN) {
		fields_fail(f, ST_DATA, "there is no instruction %u", x->op);
		return;
	}
	print(w, " %-10s ", insn_table[x->op].name);
	size_t start = w->out.len;
	print_operands(w, x);
	if (x->file == 0 && x->line == 0) {
		while (w->out.len > 0 && w->out.buf[w->out.len - 1] == ' ')
			w->out.len--;
		return;
	}
	size_t used = w->out.len - start;
	print(w, "%*s ; ", used < 24 ? (int)(24 - used) : 0, "");
	if (x->file < f->code->n_sources && w->named[x->file])
		bytes_put(&w->out, f->code->source[x->file], strlen(f->code->source[x->file]));
	else
		print(w, "@%u", x->file);
	print(w, ":%" PRIu32, x->line);
}

static void
print_tuples(struct fields *f, const char *name, uint32_t *n, void *items, unsigned per,
    uint32_t max)
{
	const uint32_t *p = pointer_get(items);

	if (*n > max)
		fields_fail(f, ST_DATA, "%s: %u are too many", name, *n);
	if (*n == 0 || f->st != ST_OK)
		return;
	struct printer *w = begin(f, name);
	print(w, "[");
	for (size_t i = 0; i < (size_t)*n * per; i++)
		print(w, "%s%" PRIu32, i == 0 ? "" : i % (6 * (size_t)per) == 0 ? "\n    " : " ",
		    p[i]);
	print(w, "]");
}

static const struct fields_ops print_ops = {
	print_num, print_nums, print_word, print_text, print_texts, print_blob, print_slot,
	print_affine, print_kind, print_op, print_group, print_list, print_insn,
	print_tuples
};

static void
print_constants(struct printer *w, const struct code *c)
{
	if (c->const_bytes % 8 != 0 || c->const_bytes > CONST_MAX_BYTES)
		fields_fail(&w->f, ST_DATA, "the constants are too long, or cut");
	for (uint64_t at = 0; w->f.st == ST_OK && at < c->const_bytes; at += 8) {
		if (at % 64 == 0)
			print(w, at == 0 ? "const" : "\nconst");
		print(w, " ");
		print_i128(w, load(c->constant + at, 8, true));
	}
	if (c->const_bytes > 0)
		print(w, "\n");
}

/* The first few values of a constant, as a comment. */
static void
print_values(struct printer *w, const struct code *c, const struct slot *s)
{
	unsigned size = s->width / 8;

	if (s->kind != SLOT_CONST || (size != 8 && size != 16) || s->n > N_SHOWN_MAX ||
	    s->at > c->const_bytes || s->n * size > c->const_bytes - s->at)
		return;
	print(w, "  #");
	for (uint64_t i = 0; i < s->n; i++) {
		print(w, " ");
		print_i128(w, load(c->constant + s->at + i * size, size, true));
	}
}

static void
print_section(struct printer *w, enum section_id id, struct code *c)
{
	const struct section *s = &section_table[id];
	bool is_code = id == SEC_CODE || id == SEC_POST;
	uint32_t n = *section_count(s, c);

	if (n > s->max)
		fields_fail(&w->f, ST_DATA, "%s: %u are too many", s->name, n);
	if (is_code && n > 0)
		print(w, "%s\n", s->name);
	for (uint32_t i = 0; w->f.st == ST_OK && i < n; i++) {
		void *item = section_item(s, c, i);
		if (is_code)
			print(w, "%6" PRIu32 ":", i);
		else if (s->mark != '\0')
			print(w, "%s %c%" PRIu32 ":", s->name, s->mark, i);
		else
			print(w, "%s", s->name);
		s->record->layout(&w->f, item);
		if (id == SEC_SLOT)
			print_values(w, c, item);
		print(w, "\n");
	}
}

/* A source is named in the text if its name reads back as its own. */
static enum status
find_names(struct printer *w, const struct code *c)
{
	w->named = mem_zalloc(c->n_sources);
	if (w->named == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < c->n_sources; i++) {
		w->named[i] = c->source[i] != NULL && text_plain(c->source[i]);
		for (uint32_t j = 0; w->named[i] && j < i; j++)
			w->named[i] = c->source[j] == NULL ||
			    strcmp(c->source[i], c->source[j]) != 0;
	}
	return ST_OK;
}

static void
print_program(struct printer *w, struct code *c)
{
	print(w, "konsil bytecode %u\nprogram", CODE_VERSION);
	head_record.layout(&w->f, c);
	print(w, "\n");
	for (unsigned i = SEC_HEAD + 1; w->f.st == ST_OK && i < N_SECTION; i++)
		if (i == SEC_CONST)
			print_constants(w, c);
		else
			print_section(w, (enum section_id)i, c);
	bytes_put(&w->out, "", 1);
	if (w->out.bad)
		fields_fail(&w->f, ST_INTERNAL, "no memory");
}

/* Layouts take pointers that they may write through; with print_ops they do not. */
enum status
code_disasm(char **out, const struct code *c)
{
	struct printer w = { .f = { .ops = &print_ops, .code = c } };
	enum status st;

	TRY(c->n_sources > section_table[SEC_SOURCE].max ? ST_DATA : ST_OK);
	TRY(find_names(&w, c));
	print_program(&w, (struct code *)(uintptr_t)c);
	TRY(w.f.st);
	*out = (char *)w.out.buf;
	w.out.buf = NULL;
out:
	mem_free(w.out.buf);
	mem_free(w.named);
	return st;
}
