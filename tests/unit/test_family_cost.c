/* test_family_cost.c: gates and layers of circuits by name, against a table of what they are today;
 * what constants save; tables; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "family_kit.h"

static uint64_t
ands_of(const struct family_spec *s, const uint64_t *b)
{
	const uint64_t *constant[3] = { NULL, b, NULL };
	struct circuit c;

	assert_int_equal(ST_OK, family_circuit_const(&c, s, constant));
	uint64_t n = circuit_n_ands(&c);
	circuit_fini(&c);
	return n;
}

static void
test_constants_cost_less(void **state)
{
	(void)state;
	struct family_spec s = { .family = FAMILY_MUL, .in = { { 32, false }, { 32, false } },
	    .out = 64 };
	const uint64_t power = 1 << 20, ones = 0xffff, half = UINT64_C(1) << 31;

	assert_int_equal(0, ands_of(&s, &power));
	assert_true(ands_of(&s, &ones) <= 49);
	s.family = FAMILY_LT;
	s.out = 1;
	assert_int_equal(0, ands_of(&s, &half));
	s.family = FAMILY_EQ;
	assert_int_equal(31, ands_of(&s, &half));
	s.family = FAMILY_AND;
	s.out = 32;
	assert_int_equal(0, ands_of(&s, &ones));
}

static void
check_table(unsigned index_width, unsigned n, unsigned width, enum goal goal, unsigned max_ands)
{
	static struct planes in, out;
	uint64_t entry[300 * 2];
	struct circuit c;
	const struct family_table_spec s = { entry, n, (uint16_t)index_width, (uint16_t)width, goal };
	size_t limbs = (width + 63) / 64;
	mpz_t t, z;

	mpz_inits(t, z, NULL);
	assert_true(n * limbs <= 600);
	random_bytes(entry, sizeof entry);
	assert_int_equal(ST_OK, family_table_circuit(&c, &s));
	assert_true(circuit_n_ands(&c) <= max_ands);
	for (unsigned base = 0; base < 2 * n; base += LANES) {
		memset(&in, 0, sizeof in);
		for (unsigned lane = 0; lane < LANES; lane++)
			for (unsigned i = 0; i < index_width; i++)
				in.w[i] |= (uint64_t)((base + lane) >> i & 1) << lane;
		kit_eval(&out, &in, &c);
		for (unsigned lane = 0; lane < LANES; lane++) {
			unsigned j = (base + lane) & ((1u << index_width) - 1);
			kit_get(t, &out, 0, width, lane);
			mpz_import(z, limbs, -1, 8, 0, 0, &entry[j < n ? j * limbs : 0]);
			if (j >= n)
				mpz_set_ui(z, 0);
			mpz_fdiv_r_2exp(z, z, width);
			assert_int_equal(0, mpz_cmp(t, z));
		}
	}
	mpz_clears(t, z, NULL);
	circuit_fini(&c);
}

static void
test_tables(void **state)
{
	(void)state;
	for (int g = GOAL_SMALL; g <= GOAL_SHALLOW; g++) {
		enum goal goal = (enum goal)g;
		check_table(8, 256, 8, goal, 150);
		check_table(8, 256, 1, goal, 40);
		check_table(8, 256, 100, goal, 247);
		check_table(8, 200, 16, goal, 220);
		check_table(12, 100, 16, goal, 160);
		check_table(3, 5, 64, goal, 5);
		check_table(1, 2, 7, goal, 0);
		check_table(1, 1, 7, goal, 7);
		check_table(4, 3, 3, goal, 8);
	}
}

static void
test_refused(void **state)
{
	(void)state;
	struct family_spec s = { .family = FAMILY_ADD, .in = { { 8, false }, { 8, false } }, .out = 8 };
	const uint64_t one = 1, *both[3] = { &one, &one, NULL };
	struct circuit c;

	assert_int_equal(ST_INTERNAL, family_circuit_const(&c, &s, both));
	s.in[1].width = 0;
	assert_int_equal(ST_INTERNAL, family_circuit(&c, &s));
	s = (struct family_spec){ .family = FAMILY_PARTS, .in = { { 8, false } }, .out = 8,
	    .imm = { 3, 3 } };
	assert_int_equal(ST_INTERNAL, family_circuit(&c, &s));
	s = (struct family_spec){ .family = FAMILY_COPY, .in = { { 8, false } } };
	assert_int_equal(ST_INTERNAL, family_circuit(&c, &s));
}

/* Upper bounds of ANDs and layers: what is built today; it may become less. */
static const struct {
	enum family family;
	unsigned width[2];
	bool is_signed;
	unsigned out, imm[2];
	unsigned small_ands, small_layers, shallow_ands, shallow_layers;
} bounds[] = {
	{ FAMILY_ADD, { 32, 32 }, false, 32, { 0 }, 31, 31, 132, 5 },
	{ FAMILY_ADD, { 64, 64 }, false, 64, { 0 }, 63, 63, 304, 6 },
	{ FAMILY_ADD, { 64, 64 }, true, 65, { 0 }, 64, 64, 315, 7 },
	{ FAMILY_SUB, { 64, 64 }, false, 64, { 0 }, 63, 63, 304, 6 },
	{ FAMILY_NEG, { 64, 0 }, true, 64, { 0 }, 62, 62, 168, 6 },
	{ FAMILY_ABS, { 64, 0 }, true, 64, { 0 }, 63, 63, 168, 6 },
	{ FAMILY_SIGN, { 64, 0 }, true, 2, { 0 }, 63, 6, 63, 6 },
	{ FAMILY_LT, { 63, 63 }, false, 1, { 0 }, 63, 63, 151, 6 },
	{ FAMILY_LT, { 64, 64 }, true, 1, { 0 }, 64, 64, 152, 7 },
	{ FAMILY_LE, { 32, 32 }, true, 1, { 0 }, 32, 32, 73, 6 },
	{ FAMILY_EQ, { 64, 64 }, false, 1, { 0 }, 63, 6, 63, 6 },
	{ FAMILY_MIN, { 64, 64 }, true, 64, { 0 }, 128, 65, 216, 8 },
	{ FAMILY_MUX, { 1, 64 }, false, 64, { 0 }, 64, 1, 64, 1 },
	{ FAMILY_AND, { 1, 64 }, false, 64, { 0 }, 64, 1, 64, 1 },
	{ FAMILY_SHR, { 64, 0 }, true, 50, { 14 }, 0, 0, 0, 0 },
	{ FAMILY_ROUND, { 64, 0 }, true, 33, { 32 }, 64, 38, 95, 12 },
	{ FAMILY_MUL, { 32, 32 }, false, 32, { 0 }, 1007, 31, 1089, 12 },
	{ FAMILY_MUL, { 32, 32 }, true, 64, { 0 }, 1785, 63, 2252, 13 },
	{ FAMILY_MUL, { 64, 64 }, false, 64, { 0 }, 3785, 63, 4269, 14 },
	{ FAMILY_MUL, { 64, 64 }, false, 128, { 0 }, 5587, 127, 8670, 15 },
	{ FAMILY_DIV, { 32, 32 }, false, 32, { 0 }, 891, 709, 6804, 92 },
	{ FAMILY_DIV, { 64, 64 }, false, 64, { 0 }, 3323, 2701, 21947, 126 },
	{ FAMILY_MOD, { 64, 64 }, false, 64, { 0 }, 3450, 2765, 21872, 126 },
	{ FAMILY_SQRT, { 64, 0 }, false, 32, { 0 }, 528, 467, 1769, 135 },
	{ FAMILY_POPCOUNT, { 64, 0 }, false, 7, { 0 }, 63, 6, 66, 7 },
	{ FAMILY_BITLEN, { 64, 0 }, false, 7, { 0 }, 63, 63, 168, 6 },
	{ FAMILY_NORM, { 64, 0 }, false, 64, { 64 }, 63, 63, 168, 6 },
	{ FAMILY_ONEHOT, { 8, 0 }, false, 256, { 256 }, 247, 3, 247, 3 },
	{ FAMILY_PARTS, { 128, 0 }, true, 64, { 2, 64 }, 63, 63, 304, 6 },
	{ FAMILY_PARTS, { 1024, 0 }, true, 64, { 16, 64 }, 934, 63, 1172, 10 },
	{ FAMILY_PARTS_NEG, { 128, 0 }, false, 1, { 2, 64 }, 63, 63, 151, 6 },
	{ FAMILY_PARTS_NEG, { 192, 0 }, false, 1, { 3, 64 }, 125, 63, 211, 7 },
	{ FAMILY_PARTS_ZERO, { 128, 0 }, false, 1, { 2, 64 }, 126, 7, 126, 7 },
	{ FAMILY_SORT2, { 64, 64 }, false, 128, { 32 }, 96, 33, 137, 7 },
	{ FAMILY_XOR_ALL, { 128, 0 }, false, 8, { 16, 8 }, 0, 0, 0, 0 },
};

static void
test_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof bounds / sizeof bounds[0]; i++) {
		bool small = i % 2 == 0;
		struct family_spec s = { .family = bounds[i / 2].family, .out =
		    (uint16_t)bounds[i / 2].out, .goal = small ? GOAL_SMALL : GOAL_SHALLOW,
		    .imm = { bounds[i / 2].imm[0], bounds[i / 2].imm[1] } };
		struct circuit c;
		for (unsigned j = 0; j < family_table[s.family].n_inputs; j++) {
			s.in[j].width = (uint16_t)bounds[i / 2].width[j < 2 ? j : 1];
			s.in[j].is_signed = bounds[i / 2].is_signed;
		}
		assert_int_equal(ST_OK, family_circuit(&c, &s));
		unsigned ands = (unsigned)circuit_n_ands(&c);
		unsigned max = small ? bounds[i / 2].small_ands : bounds[i / 2].shallow_ands;
		unsigned deep = small ? bounds[i / 2].small_layers : bounds[i / 2].shallow_layers;
		if (ands > max || c.n_layers > deep)
			fail_msg("%s: %u ANDs in %u layers", c.name, ands, c.n_layers);
		circuit_fini(&c);
	}
}

/* Every allocation fails once. */
static void
test_no_memory(void **state)
{
	(void)state;
	struct family_spec s = { .family = FAMILY_DIV, .in = { { 9, true }, { 7, true } }, .out = 10,
	    .goal = GOAL_SHALLOW };
	struct circuit c;
	uint64_t before = mem_count();

	assert_int_equal(ST_OK, family_circuit(&c, &s));
	circuit_fini(&c);
	uint64_t n = mem_count() - before;
	for (uint64_t i = 1; i <= n; i++) {
		mem_fail_at(i);
		assert_int_equal(ST_INTERNAL, family_circuit(&c, &s));
		assert_null(c.gate);
	}
	mem_fail_at(0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants_cost_less),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
