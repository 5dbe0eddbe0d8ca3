/* test_bristol.c: Bristol Fashion: what each gate does, what is refused and where, written and read
 * again; files of others, if KONSIL_BRISTOL_DIR names a folder that has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "family_kit.h"

static struct planes in, out, out2;

static struct circuit
parse(const char *text, size_t len)
{
	struct fault f = { .st = ST_OK };
	struct circuit c;

	if (bristol_read(&c, text, len, "test", &f) != ST_OK)
		fail_msg("line %d: %s", f.line, f.message);
	assert_int_equal(ST_OK, f.st);
	return c;
}

/* Lane i has input bits i. */
static void
all_inputs(uint32_t k)
{
	for (uint32_t i = 0; i < k; i++) {
		in.w[i] = 0;
		for (unsigned lane = 0; lane < LANES; lane++)
			in.w[i] |= ((uint64_t)lane >> i & 1) << lane;
	}
}

static void
test_gates(void **state)
{
	(void)state;
	static const char text[] = "8 15\n2 2 2\n3 4 2 4\n\n"
	    "2 1 0 1 4 XOR\n2 1 0 1 5 AND\r\n1 1 0 6 INV\n1 1 3 7 EQW\n\n"
	    "1 1 0 8 EQ\n 1 1  1 9 EQ\n4 2 0 1 2 3 10 11 MAND\n"
	    "6 3 0 4 5 1 2 3 12 13 14 MAND";
	struct circuit c = parse(text, sizeof text - 1);

	assert_int_equal(2, c.width[0]);
	assert_int_equal(2, c.width[1]);
	assert_int_equal(10, c.n_out);
	all_inputs(4);
	kit_eval(&out, &in, &c);
	for (unsigned i = 0; i < 16; i++) {
		unsigned b[4] = { i & 1, i >> 1 & 1, i >> 2 & 1, i >> 3 }, x = b[0] ^ b[1];
		const unsigned want[10] = { b[0] & b[1], !b[0], b[3], 0, 1, b[0] & b[2], b[1] & b[3],
		    b[0] & b[1], x & b[2], b[0] & b[1] & b[3] };
		for (unsigned k = 0; k < 10; k++)
			assert_int_equal(want[k], out.w[k] >> i & 1);
	}
	circuit_fini(&c);
}

/* More than three inputs: the third and all after it are c. */
static void
test_many_inputs(void **state)
{
	(void)state;
	static const char text[] = "1 11\n5 1 2 3 3 1\n1 2\n2 1 0 9 10 AND\n";
	struct circuit c = parse(text, sizeof text - 1);

	assert_int_equal(1, c.width[0]);
	assert_int_equal(2, c.width[1]);
	assert_int_equal(7, c.width[2]);
	memset(&in, 0, sizeof in);
	in.w[0] = 6;
	in.w[9] = 5;
	kit_eval(&out, &in, &c);
	assert_int_equal(5, out.w[0]);
	assert_int_equal(4, out.w[1]);
	circuit_fini(&c);
}

static void
refused(const char *text, int at_line, const char *message)
{
	struct fault f = { .st = ST_OK };
	struct circuit c;

	assert_int_equal(ST_DATA, bristol_read(&c, text, strlen(text), "test.txt", &f));
	assert_string_equal(message, f.message);
	assert_string_equal("test.txt", f.file);
	assert_int_equal(at_line, f.line);
	assert_null(c.gate);
}

static void
test_refused_headers(void **state)
{
	(void)state;
	refused("", 1, "the file is empty");
	refused("\n \n", 3, "the file is empty");
	refused("x", 1, "the number of gates is missing");
	refused("1x 3", 1, "the number of gates is no number");
	refused("1", 1, "the number of wires is missing");
	refused("99999999999999999999 3", 1, "the number of gates is above 16777216");
	refused("1 3 4\n", 1, "the line goes on after what belongs there");
	refused("1 3\n", 2, "the file ends before its inputs");
	refused("1 3\n1 2\n", 3, "the file ends before its outputs");
	refused("1 3\n0\n1 1\n", 2, "there is no input");
	refused("1 3\n1 2\n0\n", 3, "there is no output");
	refused("1 3\n1 0\n1 1\n", 2, "input 1 has no bits");
	refused("1 3\n2 2\n1 1\n", 2, "a width is missing");
	refused("1 3\n3 9999999 9999999 1\n1 1\n", 2, "the inputs have more than 16777216 bits");
	refused("1 3\n9999 1\n1 1\n", 2, "the number of inputs is above 4096");
	refused("1 3\n1 4\n1 1\n", 3, "there are 3 wires, fewer than inputs or outputs have");
	refused("1 9999999\n1 2\n1 1\n2 1 0 1 2 XOR\n", 3,
	    "the file is too short for 9999999 wires");
}

static void
test_refused_gates(void **state)
{
	(void)state;
	refused("2 4\n1 2\n1 1\n2 1 0 1 2 XOR\n", 5, "the file ends after 1 gates of 2");
	refused("1 3\n1 2\n1 1\n2 1 0 1 2 XOR\n2 1 0 1 2 XOR\n", 5,
	    "the file goes on after 1 gates");
	refused("1 3\n1 2\n1 1\n2 1 0 1 2 NAND\n", 4, "there is no gate NAND");
	refused("1 3\n1 2\n1 1\n2 1 0 1 2 ABCDEFGHIJKLMNOPQ\n", 4, "there is no gate ABCDEFGHIJKL");
	refused("1 3\n1 2\n1 1\n\n2 1 0 2 2 XOR\n", 5, "wire 2 is read before it is written");
	refused("1 3\n1 2\n1 1\n2 1 0 3 2 XOR\n", 4, "there is no wire 3");
	refused("1 3\n1 2\n1 1\n2 1 0 1 3 XOR\n", 4, "there is no wire 3");
	refused("1 3\n1 2\n1 1\n2 1 0 1 1 XOR\n", 4, "wire 1 is written twice");
	refused("1 3\n1 2\n1 1\n1 1 0 2 XOR\n", 4, "XOR does not take 1 wires for 1");
	refused("1 3\n1 2\n1 1\n2 1 0 1 2 INV\n", 4, "INV does not take 2 wires for 1");
	refused("1 4\n1 2\n1 1\n4 2 0 1 2 3 2 XOR\n", 4, "XOR does not take 4 wires for 2");
	refused("1 4\n1 2\n1 1\n0 0 MAND\n", 4, "MAND does not take 0 wires for 0");
	refused("1 3\n1 2\n1 1\n1 1 2 2 EQ\n", 4, "EQ takes 0 or 1");
	refused("1 3\n1 2\n1 1\n2 1 0 1 XOR\n", 4, "a wire is missing");
	refused("1 3\n1 2\n1 1\n2 1 0 1 2 3 XOR\n", 4, "the line has more than 3 wires");
	refused("1 3\n1 2\n1 1\n2 1 0 -1 2 XOR\n", 4, "a wire is missing");
	refused("1 3\n1 2\n1 1\n40000 20000 1 MAND\n", 4, "the line is too short for 60000 wires");
	refused("1 4\n1 2\n1 2\n2 1 0 1 2 XOR\n", 5, "wire 3 is an output and never written");
}

/* A chain of ANDs that is deeper than circuits may be. */
static void
test_too_deep(void **state)
{
	(void)state;
	enum { N = N_CIRCUIT_LAYER_MAX + 1, LINE = 64 };
	char *text = mem_alloc((N + 2) * LINE);
	struct fault f = { .st = ST_OK };
	struct circuit c;

	int len = snprintf(text, LINE, "%d %d\n1 %d\n1 1\n", N, 2 * N + 1, N + 1);
	for (int i = 0; i < N; i++)
		len += snprintf(text + len, LINE, "2 1 %d %d %d AND\n", i == 0 ? N : N + i, i, N + 1 + i);
	assert_int_equal(ST_DATA, bristol_read(&c, text, (size_t)len, "deep", &f));
	assert_string_equal("the circuit is too large", f.message);
	mem_free(text);
}

static void
same(const struct circuit *c, const struct circuit *d)
{
	assert_int_equal(c->n_in, d->n_in);
	assert_int_equal(c->n_out, d->n_out);
	assert_memory_equal(c->width, d->width, sizeof c->width);
	kit_random(&in, 0, c->n_in);
	kit_eval(&out, &in, c);
	kit_eval(&out2, &in, d);
	assert_memory_equal(out.w, out2.w, c->n_out * sizeof out.w[0]);
}

static void
write_and_read(const struct circuit *c)
{
	char *text;

	assert_int_equal(ST_OK, bristol_write(&text, c));
	struct circuit d = parse(text, strlen(text));
	same(c, &d);
	assert_true(circuit_n_ands(&d) <= circuit_n_ands(c));
	circuit_fini(&d);
	mem_free(text);
}

static void
test_written(void **state)
{
	(void)state;
	struct circuit c;
	bool found;

	for (int f = 0; f < N_FAMILY; f++) {
		struct family_spec s = { .family = (enum family)f, .goal = GOAL_SHALLOW, .out = 20 };
		unsigned n = family_table[f].n_inputs;
		for (unsigned j = 0; j < n; j++) {
			s.in[j].width = f == FAMILY_MUX && j == 0 ? 1 : 12;
			s.in[j].is_signed = j == 1;
		}
		s.imm[0] = s.imm[1] = 3;
		if (f == FAMILY_PARTS || f == FAMILY_PARTS_NEG || f == FAMILY_PARTS_ZERO ||
		    f == FAMILY_XOR_ALL)
			s.imm[0] = 4;
		assert_int_equal(ST_OK, family_circuit(&c, &s));
		write_and_read(&c);
		circuit_fini(&c);
	}
	assert_int_equal(ST_OK, library_circuit(&c, "aes_128", GOAL_SMALL, &found));
	write_and_read(&c);
	circuit_fini(&c);
}

static bool
load(struct circuit *c, const char *name)
{
	const char *folder = getenv("KONSIL_BRISTOL_DIR");
	char path[4096];
	struct fault f = { .st = ST_OK };

	if (folder == NULL)
		return false;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return false;
	enum { CAP = 1 << 24 };
	char *text = mem_alloc(CAP);
	size_t len = fread(text, 1, CAP, file);
	fclose(file);
	if (bristol_read(c, text, len, name, &f) != ST_OK)
		fail_msg("%s: line %d: %s", name, f.line, f.message);
	mem_free(text);
	return true;
}

static void
equal_to(const char *name, struct circuit *d)
{
	struct circuit c;

	if (load(&c, name)) {
		for (unsigned i = 0; i < 8; i++)
			same(&c, d);
		circuit_fini(&c);
	}
	circuit_fini(d);
}

static void
test_of_others(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		enum family family;
	} t[] = { { "adder64.txt", FAMILY_ADD }, { "sub64.txt", FAMILY_SUB },
	    { "mult64.txt", FAMILY_MUL } };
	struct circuit c;
	bool found;

	if (getenv("KONSIL_BRISTOL_DIR") == NULL)
		skip();
	for (unsigned i = 0; i < 3; i++) {
		struct family_spec s = { .family = t[i].family, .in = { { 64, false }, { 64, false } },
		    .out = 64 };
		assert_int_equal(ST_OK, family_circuit(&c, &s));
		equal_to(t[i].file, &c);
	}
	assert_int_equal(ST_OK, library_circuit(&c, "aes_128", GOAL_SMALL, &found));
	equal_to("aes_128.txt", &c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gates),
		cmocka_unit_test(test_many_inputs),
		cmocka_unit_test(test_refused_headers),
		cmocka_unit_test(test_refused_gates),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
