/* test_code.c: the container: what is written is read back, and nothing else is read. */
#include "../../runtime/base/bytes.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"
#include "../../runtime/code/fields.h"

#include "bytecode_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static struct code *
sample(void)
{
	struct fault f = { 0 };
	struct code *c;

	if (code_asm(&c, sample_text, "sample", &f) != ST_OK)
		fail_msg("%s:%d:%d: %s", f.file, f.line, f.column, f.message);
	return c;
}

static void
write(uint8_t **p, size_t *n, const struct code *c)
{
	assert_int_equal(code_write(p, n, c), ST_OK);
}

static void
round_trip(void **state)
{
	struct code *c = sample(), *d;
	struct fault f = { 0 };
	uint8_t *p, *q;
	size_t n, m;
	char *text;
	(void)state;

	write(&p, &n, c);
	assert_int_equal(code_read(&d, p, n, &f), ST_OK);
	write(&q, &m, d);
	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	/* The text was checked field by field in test_asm; here it says that all of it is there. */
	assert_int_equal(code_disasm(&text, d), ST_OK);
	assert_string_equal(text, sample_text);
	mem_free(text);
	mem_free(p);
	mem_free(q);
	code_free(c);
	code_free(d);
}

/* The layout that BYTECODE.md describes, read with nothing of container.c. */
static void
layout(void **state)
{
	struct code *c = code_new();
	uint8_t *p;
	size_t n;
	(void)state;

	c->study = mem_strdup("abc");
	c->local = true;
	c->arena_bytes = 0x1122334455667788;
	c->n_affines = 1;
	c->affine = mem_array(1, sizeof *c->affine);
	c->affine[0] = (struct affine){ .base = -2, .coef = { 0, 5 } };
	write(&p, &n, c);
	static const uint8_t head[] = { 'k', 'o', 'n', 's', 'i', 'l', 'b', 'c', 1, 0, 0, 0, 19 };
	assert_memory_equal(p, head, sizeof head);
	assert_int_equal(p[16] + 256 * p[17], n);
	/* Section 0 begins behind the table and has three bytes of text more than the least. */
	const uint8_t *s0 = p + 24, *s14 = p + 24 + 14 * 24;
	size_t at = 24 + 19 * 24;
	assert_int_equal(s0[8] + 256 * s0[9], at);
	assert_int_equal(s0[16], 62);
	static const uint8_t program[] = { 3, 0, 0, 0, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 1, 0, 1, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 };
	assert_memory_equal(p + at, program, sizeof program);
	assert_int_equal(s14[0], 14);
	assert_int_equal(s14[4], 1);
	assert_int_equal(s14[16], 25);
	static const uint8_t affine[] = { 0xfe, 255, 255, 255, 255, 255, 255, 255, 2,
		0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0 };
	assert_int_equal(n, at + 62 + sizeof affine);
	assert_memory_equal(p + at + 62, affine, sizeof affine);
	mem_free(p);
	code_free(c);
}

/* The least sizes, by which the reader bounds its memory, are those of empty records. */
static void
least_sizes(void **state)
{
	struct code *c = code_new();
	uint8_t *p;
	size_t empty, n;
	(void)state;

	write(&p, &empty, c);
	assert_int_equal(empty, 24 + 19 * 24 + head_record.least);
	mem_free(p);
	for (unsigned i = 0; i < N_SECTION; i++) {
		const struct section *s = &section_table[i];
		if (s->record == NULL)
			continue;
		section_set(s, c, mem_array(1, s->record->size), 1);
		write(&p, &n, c);
		assert_int_equal(n, empty + s->record->least);
		mem_free(p);
		mem_free(section_list(s, c));
		section_set(s, c, NULL, 0);
	}
	code_free(c);
}

static void
lists_within(void **state)
{
	struct code *c = code_new();
	uint8_t *p;
	size_t n, m;
	(void)state;

	c->n_outputs = 1;
	c->output = mem_array(1, sizeof *c->output);
	write(&p, &n, c);
	mem_free(p);
	c->output[0].n_parts = 1;
	c->output[0].part = mem_array(1, sizeof *c->output[0].part);
	write(&p, &m, c);
	mem_free(p);
	assert_int_equal(m - n, 159);
	c->output[0].part[0].type.n_levels = 1;
	c->output[0].part[0].type.level = mem_array(1, sizeof(struct level));
	write(&p, &n, c);
	mem_free(p);
	assert_int_equal(n - m, 8);
	code_free(c);
}

static void
refused(const uint8_t *p, size_t n, const char *message)
{
	struct fault f = { 0 };
	struct code *c;

	assert_int_equal(code_read(&c, p, n, &f), ST_DATA);
	assert_null(c);
	if (strstr(f.message, message) == NULL)
		fail_msg("\"%s\" is not \"%s\"", f.message, message);
}

/* Cut anywhere, and one byte too long. */
static void
cut(void **state)
{
	struct code *c = sample();
	uint8_t *p;
	size_t n;
	(void)state;

	write(&p, &n, c);
	p = mem_realloc(p, n + 1);
	p[n] = 0;
	for (size_t i = 0; i < n; i++) {
		/* An own copy, so that the sanitizer sees a read behind the end. */
		uint8_t *q = mem_alloc(i);
		if (i > 0)
			memcpy(q, p, i);
		refused(q, i, i < 8 ? "no Konsil bytecode" : "cut short");
		mem_free(q);
	}
	refused(p, n + 1, "cut short, or too long");
	mem_free(p);
	code_free(c);
}

/* One byte of the empty program changed. */
static void
patched(size_t at, uint8_t value, const char *message)
{
	struct code *c = code_new();
	uint8_t *p;
	size_t n;

	write(&p, &n, c);
	p[at] = value;
	refused(p, n, message);
	mem_free(p);
	code_free(c);
}

static void
wrong_headers(void **state)
{
	size_t first = 24 + 19 * 24;
	(void)state;

	patched(0, 'K', "no Konsil bytecode");
	patched(8, 2, "of version 2");
	patched(12, 20, "20 sections");
	patched(16, 1, "cut short, or too long");
	patched(24, 1, "section 0 is not where it belongs");
	patched(28, 2, "section 0 is there 2 times");
	patched(32, 1, "section 0 is not where it belongs");
	patched(40, 58, "cut short");
	patched(40, 60, "section 0 is not where it belongs");
	patched(24 + 24 + 4, 1, "source: 1 are too many");
	patched(24 + 2 * 24 + 7, 255, "party: 4278190080 are too many");
	patched(first, 1, "text");
	patched(first, 255, "too many");
	patched(first + 16, 2, "local: there is no 2");
}

/* A change of the sample program, written without being checked, is refused when it is read. */
static void
wrong_program(void (*spoil)(struct code *), const char *message)
{
	struct code *c = sample();
	uint8_t *p;
	size_t n;

	spoil(c);
	write(&p, &n, c);
	refused(p, n, message);
	mem_free(p);
	code_free(c);
}

static void
spoil_op(struct code *c)
{
	c->code[3].op = N_INSN;
}

static void
spoil_operand(struct code *c)
{
	c->code[4].slot[2] = 0;
}

static void
spoil_domain(struct code *c)
{
	c->slot[0].domain = N_DOMAIN;
}

static void
spoil_width(struct code *c)
{
	c->slot[0].width = 32;
}

static void
wrong_programs(void **state)
{
	(void)state;
	wrong_program(spoil_op, "there is no instruction");
	wrong_program(spoil_operand, "share has an operand too many");
	wrong_program(spoil_domain, "there is no domain 7 of width 64");
	wrong_program(spoil_width, "there is no domain 1 of width 32");
}

/* What cannot be read back is not written. */
static void
unwritable(void **state)
{
	struct code *c = sample();
	uint8_t *p;
	size_t n;
	(void)state;

	c->const_bytes = 12;
	assert_int_equal(code_write(&p, &n, c), ST_DATA);
	c->const_bytes = 64;
	c->view[0].rank = N_RANK_MAX + 1;
	assert_int_equal(code_write(&p, &n, c), ST_DATA);
	c->view[0].rank = 2;
	c->input[0].shape = 3;
	assert_int_equal(code_write(&p, &n, c), ST_DATA);
	c->input[0].shape = 0;
	c->note[0][0] = '\x1b';
	assert_int_equal(code_write(&p, &n, c), ST_DATA);
	c->note[0][0] = 'n';
	write(&p, &n, c);
	mem_free(p);
	code_free(c);
}

static void
hash(void **state)
{
	struct code *c = sample();
	uint8_t a[32], b[32], *p;
	size_t n;
	(void)state;

	assert_int_equal(code_hash(a, c), ST_OK);
	write(&p, &n, c);
	assert_int_equal(crypto_generichash(b, sizeof b, p, n, NULL, 0), 0);
	assert_memory_equal(a, b, sizeof a);
	c->code[4].line++;
	assert_int_equal(code_hash(b, c), ST_OK);
	assert_memory_not_equal(a, b, sizeof a);
	mem_free(p);
	code_free(c);
}

static void
out_of_memory(void **state)
{
	struct code *c = sample(), *d;
	struct fault f = { 0 };
	uint8_t *p, *q;
	size_t n, m;
	(void)state;

	mem_fail_at(0);
	write(&p, &n, c);
	uint64_t writes = mem_count();
	for (uint64_t i = 1; i <= writes; i++) {
		mem_fail_at(i);
		assert_int_equal(code_write(&q, &m, c), ST_INTERNAL);
	}
	mem_fail_at(0);
	assert_int_equal(code_read(&d, p, n, &f), ST_OK);
	code_free(d);
	uint64_t reads = mem_count();
	assert_true(reads > 50);
	for (uint64_t i = 1; i <= reads; i++) {
		memset(&f, 0, sizeof f);
		mem_fail_at(i);
		assert_int_equal(code_read(&d, p, n, &f), ST_INTERNAL);
		assert_null(d);
	}
	mem_fail_at(0);
	mem_free(p);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(layout),
		cmocka_unit_test(least_sizes),
		cmocka_unit_test(lists_within),
		cmocka_unit_test(cut),
		cmocka_unit_test(wrong_headers),
		cmocka_unit_test(wrong_programs),
		cmocka_unit_test(unwritable),
		cmocka_unit_test(hash),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
