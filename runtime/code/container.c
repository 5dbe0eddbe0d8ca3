/* container.c: a program as bytes.
 *
 * Magic, version, number of sections, length; a table with (id, items, offset, length) of each
 * section; the sections, in order and without gaps.  There is one way to write a program, and the
 * reader accepts no other, so that equal programs are equal bytes and have one hash (H2).
 * Integers are little-endian and of fixed width, strings are a length and UTF-8.  Whatever says how
 * many of something follow is checked against the bytes that are left, before memory is taken.
 * BYTECODE.md has the layout for readers without this file. */
#include "fields.h"

#include "../base/bytes.h"
#include "../base/mem.h"

#include <sodium.h>
#include <string.h>

static const uint8_t magic[8] = { 'k', 'o', 'n', 's', 'i', 'l', 'b', 'c' };

enum {
	HEADER_BYTES = 8 + 4 + 4 + 8,
	ENTRY_BYTES = 4 + 4 + 8 + 8,
	SECTIONS_AT = HEADER_BYTES + N_SECTION * ENTRY_BYTES,
};

struct writer {
	struct fields f;
	struct bytes_out out;
};

struct reader {
	struct fields f;
	struct bytes_in in;
};

static void
put(struct fields *f, uint64_t x, unsigned size)
{
	struct writer *w = (struct writer *)f;

	bytes_put_num(&w->out, x, size);
	if (w->out.bad)
		fields_fail(f, ST_INTERNAL, "no memory");
}

static uint64_t
take(struct fields *f, unsigned size)
{
	struct reader *r = (struct reader *)f;
	uint64_t x = bytes_take_num(&r->in, size);

	if (r->in.bad)
		fields_fail(f, ST_DATA, "the bytecode is cut short");
	return x;
}

/* Reads how many items of at least `least` bytes follow; 0 after an error. */
static uint32_t
take_count(struct fields *f, const char *name, uint32_t max, size_t least)
{
	struct reader *r = (struct reader *)f;
	uint32_t n = (uint32_t)take(f, 4);

	if (f->st == ST_OK && (n > max || n > r->in.left / least))
		fields_fail(f, ST_DATA, "%s: %u are too many", name, n);
	return f->st == ST_OK ? n : 0;
}

static void
write_num(struct fields *f, const char *name, void *p, unsigned size, bool is_signed,
    int64_t usual)
{
	(void)name, (void)is_signed, (void)usual;
	uint8_t b[16];

	memcpy(b, p, size);
	for (unsigned i = 0; i < size; i += 8) {
		uint64_t x = 0;
		memcpy(&x, b + i, size < 8 ? size : 8);
		put(f, x, size < 8 ? size : 8);
	}
}

static void
read_num(struct fields *f, const char *name, void *p, unsigned size, bool is_signed,
    int64_t usual)
{
	(void)name, (void)is_signed, (void)usual;
	for (unsigned i = 0; i < size; i += 8) {
		uint64_t x = take(f, size < 8 ? size : 8);
		memcpy((uint8_t *)p + i, &x, size < 8 ? size : 8);
	}
}

static void
write_nums(struct fields *f, const char *name, void *p, uint32_t n, bool is_signed)
{
	for (uint32_t i = 0; i < n; i++)
		write_num(f, name, (uint8_t *)p + 8 * (size_t)i, 8, is_signed, 0);
}

static void
read_nums(struct fields *f, const char *name, void *p, uint32_t n, bool is_signed)
{
	for (uint32_t i = 0; i < n; i++)
		read_num(f, name, (uint8_t *)p + 8 * (size_t)i, 8, is_signed, 0);
}

static void
write_word(struct fields *f, const char *name, uint8_t *p, const char *const *words, unsigned n)
{
	(void)words;
	if (*p >= n)
		fields_fail(f, ST_DATA, "%s: there is no %u", name, *p);
	put(f, *p, 1);
}

static void
read_word(struct fields *f, const char *name, uint8_t *p, const char *const *words, unsigned n)
{
	(void)words;
	uint64_t x = take(f, 1);

	if (x >= n)
		fields_fail(f, ST_DATA, "%s: there is no %u", name, (unsigned)x);
	else
		*p = (uint8_t)x;
}

static void
write_text(struct fields *f, const char *name, char **s, size_t max)
{
	struct writer *w = (struct writer *)f;
	const char *t = *s == NULL ? "" : *s;

	if (!text_ok(t, max)) {
		fields_fail(f, ST_DATA, "%s is no text, or longer than %zu bytes", name, max);
		return;
	}
	put(f, strlen(t), 4);
	bytes_put(&w->out, t, strlen(t));
}

static void
read_text(struct fields *f, const char *name, char **s, size_t max)
{
	struct reader *r = (struct reader *)f;
	uint32_t n = take_count(f, name, (uint32_t)max, 1);

	if (f->st != ST_OK)
		return;
	const uint8_t *p = bytes_take(&r->in, n);
	if ((*s = mem_alloc((size_t)n + 1)) == NULL) {
		fields_fail(f, ST_INTERNAL, "no memory");
		return;
	}
	if (n > 0)
		memcpy(*s, p, n);
	(*s)[n] = '\0';
	if (strlen(*s) != n || !text_ok(*s, max))
		fields_fail(f, ST_DATA, "%s is no text", name);
}

static void
write_texts(struct fields *f, const char *name, uint32_t *n, char ***s)
{
	if (*n > N_TEXTS_MAX)
		fields_fail(f, ST_DATA, "%s: %u are too many", name, *n);
	put(f, *n, 4);
	for (uint32_t i = 0; f->st == ST_OK && i < *n; i++)
		write_text(f, name, &(*s)[i], TEXT_MAX_BYTES);
}

static void
read_texts(struct fields *f, const char *name, uint32_t *n, char ***s)
{
	uint32_t count = take_count(f, name, N_TEXTS_MAX, 4);

	if (f->st != ST_OK)
		return;
	if ((*s = mem_array(count, sizeof **s)) == NULL) {
		fields_fail(f, ST_INTERNAL, "no memory");
		return;
	}
	*n = count;
	for (uint32_t i = 0; f->st == ST_OK && i < count; i++)
		read_text(f, name, &(*s)[i], TEXT_MAX_BYTES);
}

static void
write_blob(struct fields *f, const char *name, uint8_t *p, size_t n)
{
	(void)name;
	bytes_put(&((struct writer *)f)->out, p, n);
}

static void
read_blob(struct fields *f, const char *name, uint8_t *p, size_t n)
{
	(void)name;
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)take(f, 1);
}

static void
write_slot(struct fields *f, const char *name, uint32_t *slot)
{
	(void)name;
	put(f, *slot, 4);
}

static void
read_slot(struct fields *f, const char *name, uint32_t *slot)
{
	(void)name;
	*slot = (uint32_t)take(f, 4);
}

static unsigned
n_coefs(const struct affine *a)
{
	unsigned n = N_LOOP_MAX;

	while (n > 0 && a->coef[n - 1] == 0)
		n--;
	return n;
}

static void
write_affine(struct fields *f, const char *name, struct affine *a)
{
	unsigned n = n_coefs(a);

	write_num(f, name, &a->base, 8, true, 0);
	put(f, n, 1);
	write_nums(f, name, a->coef, n, true);
}

static void
read_affine(struct fields *f, const char *name, struct affine *a)
{
	read_num(f, name, &a->base, 8, true, 0);
	uint64_t n = take(f, 1);
	if (n > N_LOOP_MAX)
		fields_fail(f, ST_DATA, "an affine has %u counters", (unsigned)n);
	if (f->st != ST_OK)
		return;
	read_nums(f, name, a->coef, (uint32_t)n, true);
	if (n_coefs(a) != n)
		fields_fail(f, ST_DATA, "an affine ends in a zero");
}

static void
write_kind(struct fields *f, uint8_t *domain, uint16_t *width)
{
	put(f, *domain, 1);
	put(f, *width, 2);
}

static void
read_kind(struct fields *f, uint8_t *domain, uint16_t *width)
{
	*domain = (uint8_t)take(f, 1);
	*width = (uint16_t)take(f, 2);
	if (f->st == ST_OK && (*domain >= N_DOMAIN || !width_ok(*domain, *width)))
		fields_fail(f, ST_DATA, "there is no domain %u of width %u", *domain, *width);
}

static void
write_op(struct fields *f, uint16_t *op)
{
	put(f, *op, 2);
}

static void
read_op(struct fields *f, uint16_t *op)
{
	uint64_t x = take(f, 2);

	if (x >= N_INSN)
		fields_fail(f, ST_DATA, "there is no instruction %u", (unsigned)x);
	else
		*op = (uint16_t)x;
}

static void
write_insn(struct fields *f, struct insn *x)
{
	put(f, x->op, 2);
	put(f, x->file, 2);
	put(f, x->line, 4);
	for (unsigned i = 0; i < 4; i++)
		put(f, x->slot[i], 4);
	write_nums(f, "imm", x->imm, 3, true);
}

static void
read_insn(struct fields *f, struct insn *x)
{
	read_op(f, &x->op);
	x->file = (uint16_t)take(f, 2);
	x->line = (uint32_t)take(f, 4);
	for (unsigned i = 0; i < 4; i++)
		read_slot(f, NULL, &x->slot[i]);
	read_nums(f, "imm", x->imm, 3, true);
	const struct insn_info *t = &insn_table[x->op];
	const char kinds[4] = { t->d, t->a, t->b, t->c };
	for (unsigned i = 0; f->st == ST_OK && i < 4; i++)
		if (kinds[i] == '-' && x->slot[i] != SLOT_NONE)
			fields_fail(f, ST_DATA, "%s has an operand too many", t->name);
}

static void
group(struct fields *f, const char *name, void *p, const struct record *r)
{
	(void)name;
	if (f->st == ST_OK)
		r->layout(f, p);
}

static void
write_items(struct fields *f, void *items, uint32_t n, const struct record *r)
{
	for (uint32_t i = 0; f->st == ST_OK && i < n; i++)
		r->layout(f, (char *)items + i * r->size);
}

static void
write_list(struct fields *f, const char *name, uint32_t *n, void *items, const struct record *r)
{
	if (*n > N_TEXTS_MAX)
		fields_fail(f, ST_DATA, "%s: %u are too many", name, *n);
	put(f, *n, 4);
	write_items(f, pointer_get(items), *n, r);
}

static void
read_list(struct fields *f, const char *name, uint32_t *n, void *items, const struct record *r)
{
	uint32_t count = take_count(f, name, N_TEXTS_MAX, r->least);
	char *p;

	if (f->st != ST_OK)
		return;
	if ((p = mem_array(count, r->size)) == NULL) {
		fields_fail(f, ST_INTERNAL, "no memory");
		return;
	}
	pointer_set(items, p);
	*n = count;
	for (uint32_t i = 0; f->st == ST_OK && i < count; i++)
		r->layout(f, p + i * r->size);
}

static void
write_tuples(struct fields *f, const char *name, uint32_t *n, void *items, unsigned per,
    uint32_t max)
{
	const uint32_t *p = pointer_get(items);

	if (*n > max)
		fields_fail(f, ST_DATA, "%s: %u are too many", name, *n);
	put(f, *n, 4);
	for (size_t i = 0; f->st == ST_OK && i < (size_t)*n * per; i++)
		put(f, p[i], 4);
}

static void
read_tuples(struct fields *f, const char *name, uint32_t *n, void *items, unsigned per,
    uint32_t max)
{
	uint32_t count = take_count(f, name, max, (size_t)4 * per);
	uint32_t *p;

	if (f->st != ST_OK)
		return;
	if ((p = mem_array(count, (size_t)4 * per)) == NULL) {
		fields_fail(f, ST_INTERNAL, "no memory");
		return;
	}
	pointer_set(items, p);
	*n = count;
	for (size_t i = 0; i < (size_t)count * per; i++)
		p[i] = (uint32_t)take(f, 4);
}

static const struct fields_ops write_ops = {
	write_num, write_nums, write_word, write_text, write_texts, write_blob, write_slot,
	write_affine, write_kind, write_op, group, write_list, write_insn,
	write_tuples
};

static const struct fields_ops read_ops = {
	read_num, read_nums, read_word, read_text, read_texts, read_blob, read_slot,
	read_affine, read_kind, read_op, group, read_list, read_insn,
	read_tuples
};

/* Layouts take pointers that they may write through; with write_ops they do not. */
static void
write_section(struct writer *w, enum section_id id, struct code *c)
{
	const struct section *s = &section_table[id];
	size_t entry = HEADER_BYTES + (size_t)id * ENTRY_BYTES, start = w->out.len;
	uint32_t n = 1;

	if (id == SEC_HEAD) {
		head_record.layout(&w->f, c);
	} else if (id == SEC_CONST) {
		bytes_put(&w->out, c->constant, c->const_bytes);
		if (c->const_bytes > CONST_MAX_BYTES || c->const_bytes % 8 != 0)
			fields_fail(&w->f, ST_DATA, "the constants are too long, or cut");
	} else {
		n = *section_count(s, c);
		if (n > s->max)
			fields_fail(&w->f, ST_DATA, "%s: %u are too many", s->name, n);
		write_items(&w->f, section_list(s, c), n, s->record);
	}
	bytes_patch_num(&w->out, entry, id, 4);
	bytes_patch_num(&w->out, entry + 4, n, 4);
	bytes_patch_num(&w->out, entry + 8, start, 8);
	bytes_patch_num(&w->out, entry + 16, w->out.len - start, 8);
}

enum status
code_write(uint8_t **out, size_t *len, const struct code *c)
{
	static const uint8_t empty[SECTIONS_AT];
	struct writer w = { .f = { .ops = &write_ops, .code = c } };

	bytes_put(&w.out, empty, sizeof empty);
	for (unsigned i = 0; w.f.st == ST_OK && i < N_SECTION; i++)
		write_section(&w, (enum section_id)i, (struct code *)(uintptr_t)c);
	if (w.out.bad)
		fields_fail(&w.f, ST_INTERNAL, "no memory");
	if (w.f.st != ST_OK) {
		mem_free(w.out.buf);
		return w.f.st;
	}
	memcpy(w.out.buf, magic, sizeof magic);
	bytes_patch_num(&w.out, 8, CODE_VERSION, 4);
	bytes_patch_num(&w.out, 12, N_SECTION, 4);
	bytes_patch_num(&w.out, 16, w.out.len, 8);
	*out = w.out.buf;
	*len = w.out.len;
	return ST_OK;
}

static void
read_constants(struct reader *r, struct code *c)
{
	size_t n = r->in.left;

	if (n > CONST_MAX_BYTES || n % 8 != 0) {
		fields_fail(&r->f, ST_DATA, "the constants are too long, or cut");
	} else if ((c->constant = mem_alloc(n)) == NULL) {
		fields_fail(&r->f, ST_INTERNAL, "no memory");
	} else {
		c->const_bytes = n;
		const uint8_t *p = bytes_take(&r->in, n);
		if (n > 0)
			memcpy(c->constant, p, n);
	}
}

static void
read_items(struct reader *r, const struct section *s, uint32_t n, struct code *c)
{
	if (n > s->max || n > r->in.left / s->record->least) {
		fields_fail(&r->f, ST_DATA, "%s: %u are too many", s->name, n);
		return;
	}
	void *list = mem_array(n, s->record->size);
	if (list == NULL) {
		fields_fail(&r->f, ST_INTERNAL, "no memory");
		return;
	}
	section_set(s, c, list, n);
	for (uint32_t i = 0; r->f.st == ST_OK && i < n; i++)
		s->record->layout(&r->f, section_item(s, c, i));
}

/* Reads the section whose table entry is next in `table`, and which must begin at *at. */
static void
read_section(struct reader *r, struct bytes_in *table, enum section_id id, uint64_t *at,
    struct code *c)
{
	struct bytes_in all = r->in;
	uint64_t number = bytes_take_num(table, 4), n = bytes_take_num(table, 4);
	uint64_t offset = bytes_take_num(table, 8), len = bytes_take_num(table, 8);

	if (number != id || offset != *at || len > all.left) {
		fields_fail(&r->f, ST_DATA, "section %u is not where it belongs", (unsigned)id);
		return;
	}
	r->in.left = (size_t)len;
	if ((id == SEC_HEAD || id == SEC_CONST) && n != 1)
		fields_fail(&r->f, ST_DATA, "section %u is there %u times", id, (unsigned)n);
	else if (id == SEC_HEAD)
		head_record.layout(&r->f, c);
	else if (id == SEC_CONST)
		read_constants(r, c);
	else
		read_items(r, &section_table[id], (uint32_t)n, c);
	if (r->f.st == ST_OK && r->in.left != 0)
		fields_fail(&r->f, ST_DATA, "%s: bytes are left over", section_table[id].name);
	r->in = (struct bytes_in){ .at = all.at + len, .left = all.left - (size_t)len };
	*at += len;
}

static void
read_header(struct reader *r, size_t len)
{
	const uint8_t *m = bytes_take(&r->in, sizeof magic);

	if (m == NULL || memcmp(m, magic, sizeof magic) != 0) {
		fields_fail(&r->f, ST_DATA, "this is no Konsil bytecode");
		return;
	}
	uint64_t version = take(&r->f, 4), n = take(&r->f, 4), total = take(&r->f, 8);
	if (r->f.st == ST_OK && version != CODE_VERSION)
		fields_fail(&r->f, ST_DATA, "the bytecode is of version %u, this is for %u",
		    (unsigned)version, CODE_VERSION);
	if (r->f.st == ST_OK && total != len)
		fields_fail(&r->f, ST_DATA, "the bytecode is cut short, or too long");
	if (r->f.st == ST_OK && n != N_SECTION)
		fields_fail(&r->f, ST_DATA, "the bytecode has %u sections", (unsigned)n);
}

enum status
code_read(struct code **out, const uint8_t *in, size_t len, struct fault *fault)
{
	struct code *c = code_new();
	struct reader r = {
		.f = { .ops = &read_ops, .fault = fault, .code = c }, .in = { in, len, false }
	};
	uint64_t at = SECTIONS_AT;

	*out = NULL;
	if (c == NULL)
		return fault_set(fault, ST_INTERNAL, "no memory");
	read_header(&r, len);
	struct bytes_in table = { .at = r.in.at, .left = N_SECTION * ENTRY_BYTES };
	if (r.f.st == ST_OK && bytes_take(&r.in, N_SECTION * ENTRY_BYTES) == NULL)
		fields_fail(&r.f, ST_DATA, "the bytecode is cut short");
	for (unsigned i = 0; r.f.st == ST_OK && i < N_SECTION; i++)
		read_section(&r, &table, (enum section_id)i, &at, c);
	if (r.f.st == ST_OK && r.in.left != 0)
		fields_fail(&r.f, ST_DATA, "bytes follow the last section");
	if (r.f.st != ST_OK)
		code_free(c);
	else
		*out = c;
	return r.f.st;
}

enum status
code_hash(uint8_t hash[32], const struct code *c)
{
	uint8_t *p = NULL;
	size_t len;
	enum status st;

	TRY(code_write(&p, &len, c));
	if (crypto_generichash(hash, 32, p, len, NULL, 0) != 0)
		st = ST_INTERNAL;
out:
	mem_free(p);
	return st;
}
