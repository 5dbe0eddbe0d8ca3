/* test_bit_strings.c: strings of bits from files into limbs, and from what was opened into
 * results. */
#include "table_test.h"

#include "../../runtime/result.h"
#include "../../runtime/wording.h"

static struct input
bits_input(uint32_t bits, bool optional)
{
	return (struct input){ .name = x, .party = site, .shape = INPUT_ROWS,
		.type = { .kind = TYPE_BITS, .bits = bits, .optional = optional } };
}

/* Hexadecimal digits, the highest first; limbs, the lowest first. */
static void
from_files(void **state)
{
	const struct input in = bits_input(200, true);
	struct table_set *t = read_text("a.csv",
	    "x\n0xc0ffee00112233445566778899aabbccddeeff0102030405ab\n5\n"
	    "NA\n0000000000000000000000000000000000000000000000000000000001\n"
	    "8000000000000000\n10000000000000000\n", &in, 1);
	static const uint64_t want[6][4] = {
		{ 0xeeff0102030405ab, 0x66778899aabbccdd, 0xffee001122334455, 0xc0 }, { 5 }, { 0 }, { 1 },
		{ 0x8000000000000000 }, { 0, 1 },
	};
	uint64_t got[6][4];
	int64_t here[6];
	(void)state;

	assert_int_equal(t->value[0].n, 6);
	assert_int_equal(table_elements(&t->value[0], 0, 64), 24);
	assert_int_equal(table_elements(&t->value[0], 1, 64), 6);
	table_part(got, 64, t, 0, 0, 0, 24);
	assert_memory_equal(got, want, sizeof want);
	table_part(here, 64, t, 0, 1, 0, 6);
	assert_true(here[0] == 1 && here[2] == 0 && here[5] == 1);
	table_free(t);
}

/* Up to 128 bits they may be asked for in one element, too. */
static void
one_element(void **state)
{
	const struct input in = bits_input(100, false);
	struct table_set *t = read_text("a.json",
	    "{\"x\": [\"0xfedcba9876543210f0f0f0f0f\", \"0\"]}", &in, 1);
	i128 got[2];
	uint64_t limb[4];
	(void)state;

	table_part(got, 128, t, 0, 0, 0, 2);
	assert_true(got[0] == ((i128)0xfedcba987 << 64 | (i128)0x6543210f0f0f0f0f));
	assert_true(got[1] == 0);
	table_part(limb, 64, t, 0, 0, 0, 4);
	assert_true(limb[0] == 0x6543210f0f0f0f0f && limb[1] == 0xfedcba987);
	table_free(t);
}

static void
refused(void **state)
{
	const struct input narrow = bits_input(5, false), wide = bits_input(130, false);
	(void)state;

	table_free(read_text("a.csv", "x\n1f\n0x001F\n", &narrow, 1));
	expect_fault("a.csv", "x\n1f\n20\n", &narrow, 1, 3, 1,
	    "too many bits, not at most 5 bits in hexadecimal");
	expect_fault("a.csv", "x\n0x\n", &narrow, 1, 2, 1, "text, not at most 5 bits");
	expect_fault("a.csv", "x\n1g\n", &narrow, 1, 2, 1, "text, not at most 5 bits");
	expect_fault("a.csv", "x\n-1\n", &narrow, 1, 2, 1, "text, not at most 5 bits");
	expect_fault("a.csv", "x\nNA\n", &narrow, 1, 2, 1, "a missing cell");
	table_free(read_text("a.csv", "x\n3ffffffffffffffffffffffffffffffff\n", &wide, 1));
	expect_fault("a.csv", "x\n4ffffffffffffffffffffffffffffffff\n", &wide, 1, 2, 1,
	    "too many bits");
	expect_fault("a.csv", "x\n1000000000000000000000000000000000\n", &wide, 1, 2, 1,
	    "too many bits");
}

/* Made-up strings have no bits too many, and some in every limb. */
static void
synthetic(void **state)
{
	const struct input in = bits_input(131, true);
	struct table_set *t, *u;
	uint64_t seen[3] = { 0, 0, 0 };
	(void)state;

	assert_int_equal(table_synthetic(&t, &in, 1, site, 200, 7), ST_OK);
	assert_int_equal(table_synthetic(&u, &in, 1, site, 200, 7), ST_OK);
	for (unsigned i = 0; i < 600; i++) {
		assert_true(t->value[0].at.v64[i] == u->value[0].at.v64[i]);
		assert_true(t->value[0].present[i / 3] != 0 || t->value[0].at.v64[i] == 0);
		seen[i % 3] |= (uint64_t)t->value[0].at.v64[i];
	}
	assert_true(seen[0] == UINT64_MAX && seen[1] == UINT64_MAX && seen[2] == 7);
	table_free(t);
	table_free(u);
}

/* A table that is split takes its limbs along. */
static void
split(void **state)
{
	struct input in[] = { bits_input(70, false) };
	const char *file = put_text(0, "s.csv", "k,x\n2,3fffffffffffffffff\n1,2\n2,15\n");
	struct table_set **t;
	struct fault f = { 0 };
	uint32_t members;
	uint64_t got[4];
	(void)state;

	assert_int_equal(table_split(&t, &members, in, 1, site, file, "k", &f), ST_OK);
	assert_int_equal(members, 2);
	table_part(got, 64, t[1], 0, 0, 0, 4);
	assert_true(got[0] == UINT64_MAX && got[1] == 0x3f && got[2] == 0x15 && got[3] == 0);
	table_free(t[0]);
	table_free(t[1]);
	mem_free(t);
	(void)unlink(file);
}

enum { S_LONG, S_ONE, S_SHORT, N_SLOTS };
static const uint64_t long_data[] = { 1, 2, 0xfff, 0xa, 0xb, 0xc };
static const i128 one_data[] = { -1 };
static const uint64_t short_data[] = { 0xffffffffffffffff };

static const void *
slot_at(void *arg, uint32_t s)
{
	static const void *const data[] = { long_data, one_data, short_data };

	(void)arg;
	return data[s];
}

#define PART(s, b, ...) { .each = -1, .recipients = 1, .value = s, .present = SLOT_NONE, \
	.guard = SLOT_NONE, .cells = SLOT_NONE, .type = { .kind = TYPE_BITS, .bits = b }, __VA_ARGS__ }

/* Limbs, one element of 128 bits, and elements whose highest bits mean nothing. */
static void
results(void **state)
{
	static struct slot slot[] = {
		[S_LONG] = { .domain = DOM_O, .width = 64, .n = 6 },
		[S_ONE] = { .domain = DOM_P, .width = 128, .n = 1 },
		[S_SHORT] = { .domain = DOM_O, .width = 64, .n = 1 },
	};
	static struct output_part part[] = {
		PART(S_LONG, 137, .rank = 1, .dims = { 2 }), PART(S_ONE, 125, .rank = 0),
		PART(S_SHORT, 10, .rank = 0),
	};
	static struct output out[] = { { .name = x, .n_parts = 3, .part = part } };
	static struct party party[] = { { .name = site, .group = site } };
	struct code c = { .n_slots = N_SLOTS, .slot = slot, .n_outputs = 1, .output = out,
		.n_parties = 1, .party = party };
	struct result *r, *back;
	struct fault f = { 0 };
	char text[BITS_TEXT_MAX];
	uint8_t *bytes;
	size_t len;
	(void)state;

	assert_int_equal(result_take(&r, &c, -1, slot_at, NULL), ST_OK);
	assert_int_equal(result_write(&bytes, &len, r), ST_OK);
	assert_int_equal(result_read(&back, &c, bytes, len, &f), ST_OK);
	assert_int_equal(back->part[0].each, 2);
	wording_bits(text, &part[0].type, &back->part[0].whole[0]);
	assert_string_equal(text, "0x1ff00000000000000020000000000000001");
	wording_bits(text, &part[0].type, &back->part[0].whole[2]);
	assert_string_equal(text, "0x00c000000000000000b000000000000000a");
	wording_bits(text, &part[1].type, &back->part[1].whole[0]);
	assert_string_equal(text, "0x1fffffffffffffffffffffffffffffff");
	wording_bits(text, &part[2].type, &back->part[2].whole[0]);
	assert_string_equal(text, "0x3ff");
	/* Any cut of it is refused. */
	for (size_t i = 0; i < len; i++) {
		struct result *none;
		assert_int_equal(result_read(&none, &c, bytes, i, &f), ST_DATA);
		assert_null(none);
	}
	assert_int_equal(result_merge(&r, back, &c, 0, &f), ST_OK);
	assert_int_equal(result_read(&back, &c, bytes, len, &f), ST_OK);
	back->part[0].whole[3]++;
	f = (struct fault){ .st = ST_OK };
	assert_int_equal(result_merge(&r, back, &c, 0, &f), ST_INTERNAL);
	mem_free(bytes);
	result_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from_files),
		cmocka_unit_test(one_element),
		cmocka_unit_test(refused),
		cmocka_unit_test(synthetic),
		cmocka_unit_test(split),
		cmocka_unit_test(results),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
