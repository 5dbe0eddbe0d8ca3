/* test_number.c: decimals against GMP's rationals, both ways, and dates against the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <gmp.h>

#include "../../runtime/number.h"

static void
set_i128(mpz_t z, i128 v)
{
	u128 m = v < 0 ? -(u128)v : (u128)v;

	mpz_set_ui(z, (unsigned long)(m >> 64));
	mpz_mul_2exp(z, z, 64);
	mpz_add_ui(z, z, (unsigned long)m);
	if (v < 0)
		mpz_neg(z, z);
}

/* q = the decimal s, whatever its length. */
static void
exact_value(mpq_t q, const char *s)
{
	char digits[4096];
	size_t n = 0;
	long scale = 0;
	bool behind = false;
	mpz_t ten;

	for (; *s != '\0' && *s != 'e' && *s != 'E'; s++) {
		behind = behind || *s == '.';
		if (*s != '.' && *s != '+')
			digits[n++] = *s;
		scale += behind && *s != '.';
	}
	digits[n] = '\0';
	if (*s != '\0')
		scale -= strtol(s + 1, NULL, 10);
	mpz_init(ten);
	mpz_ui_pow_ui(ten, 10, (unsigned long)labs(scale));
	assert_int_equal(mpz_set_str(mpq_numref(q), digits, 10), 0);
	mpz_set_ui(mpq_denref(q), 1);
	if (scale >= 0)
		mpz_set(mpq_denref(q), ten);
	else
		mpz_mul(mpq_numref(q), mpq_numref(q), ten);
	mpq_canonicalize(q);
	mpz_clear(ten);
}

/* z = q * 2^frac to the nearest, halves to even; true if that is exact. */
static bool
round_even(mpz_t z, const mpq_t q, unsigned frac)
{
	mpz_t num, twice, rest;

	mpz_inits(num, twice, rest, NULL);
	mpz_mul_2exp(num, mpq_numref(q), frac);
	mpz_fdiv_qr(z, rest, num, mpq_denref(q));
	bool exact = mpz_sgn(rest) == 0;
	mpz_mul_2exp(twice, rest, 1);
	int half = mpz_cmp(twice, mpq_denref(q));
	if (half > 0 || (half == 0 && mpz_odd_p(z)))
		mpz_add_ui(z, z, 1);
	mpz_clears(num, twice, rest, NULL);
	return exact;
}

static void
check_read(const char *s, unsigned frac)
{
	mpz_t want, got, limit;
	mpq_t q;
	i128 raw;
	enum number_kind kind = number_read(&raw, s, strlen(s), frac, '.');

	mpz_inits(want, got, limit, NULL);
	mpq_init(q);
	exact_value(q, s);
	bool exact = round_even(want, q, frac);
	mpz_ui_pow_ui(limit, 2, 126);
	if (mpz_cmpabs(want, limit) >= 0) {
		assert_int_equal(kind, NUMBER_HUGE);
		assert_int_equal((int)raw, mpz_sgn(want));
	} else {
		set_i128(got, raw);
		if (mpz_cmp(want, got) != 0 || kind != (exact ? NUMBER_EXACT : NUMBER_ROUNDED))
			fail_msg("%s with %u bits: kind %d", s, frac, (int)kind);
	}
	mpq_clear(q);
	mpz_clears(want, got, limit, NULL);
}

static void
numbers_are_read_exactly(void **state)
{
	static const char *const text[] = {
		"0", "-0", "+5", "1e3", "1E-3", "007", "0.5", "-0.5", "1.5", "2.5", "0.1", ".5",
		    "5.",
		"85070591730234615865843651857942052863", "85070591730234615865843651857942052864",
		"-85070591730234615865843651857942052863.4", "1e38", "1e-38", "1e39", "0e99999",
		"0.1000000000000000055511151231257827021181583404541015625", "1e-400", "1e400",
		"0.00000000011641532182693481445312", "0.000000000116415321826934814453125",
		"0.00000000011641532182693481445312500000000000000000000000000001",
		"123456789012345678.987654321987654321987654321", "9007199254740993",
		"0.000000000000000000000000000000000000000000000000000000000000000000000000001",
		"99999999999999999999999999999999999999999999999999", "1e-60", "9e-61", "5e-37",
	};
	static const unsigned frac[] = { 0, 1, 16, 32, 52, 63, 64, 65, 100, 120 };

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		for (size_t k = 0; k < sizeof frac / sizeof frac[0]; k++)
			check_read(text[i], frac[k]);
}

static void
random_numbers_are_read_exactly(void **state)
{
	uint64_t seed = 42;
	char s[200];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t n = 0;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		unsigned before = (unsigned)(seed >> 60), behind = (unsigned)(seed >> 52) % 45;
		if ((seed >> 40) & 1)
			s[n++] = '-';
		for (unsigned i = 0; i <= before + behind; i++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			if (i == before + 1)
				s[n++] = '.';
			/* Many 5s and 0s: they make ties. */
			s[n++] = (seed >> 61) < 2 ? '5' : (seed >> 61) < 4 ? '0' :
			    (char)('0' + (seed >> 33) % 10);
		}
		s[n] = '\0';
		if ((seed >> 20) % 4 == 0)
			(void)snprintf(s + n, 8, "e%d", (int)((seed >> 24) % 40) - 20);
		check_read(s, (unsigned)(seed >> 8) % 121);
	}
}

static void
ties_go_to_even(void **state)
{
	static const struct { const char *s; int raw; } row[] = {
		{ "0.5", 0 }, { "1.5", 2 }, { "2.5", 2 }, { "-0.5", 0 }, { "-1.5", -2 },
		    { "-2.5", -2 },
		{ "2.50000000000000000000000000000000000001", 3 },
	};
	i128 raw;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		assert_int_equal(number_read(&raw, row[i].s, strlen(row[i].s), 0, '.'),
		    NUMBER_ROUNDED);
		assert_int_equal((int)raw, row[i].raw);
	}
}

static void
what_is_no_number_is_refused(void **state)
{
	static const char *const text[] = {
		"", "+", "-", ".", "e5", "1e", "1e+", "1.2.3", "1,5", "--1", "1 2", " 1", "1 ",
		    "0x10", "nan",
		"inf", "1e5.0", "12a",
	};
	char longest[1200];
	i128 raw = 1;

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		assert_int_equal(number_read(&raw, text[i], strlen(text[i]), 32, '.'), NUMBER_NONE);
		assert_true(raw == 0);
	}
	memset(longest, '1', sizeof longest);
	assert_int_equal(number_read(&raw, longest, sizeof longest, 0, '.'), NUMBER_NONE);
	assert_int_equal(number_read(&raw, "1,5", 3, 1, ','), NUMBER_EXACT);
	assert_true(raw == 3);
}

static void
doubles_are_read_from_their_bits(void **state)
{
	static const unsigned frac[] = { 0, 1, 32, 64, 120 };
	uint64_t seed = 7;
	mpz_t want, got;
	mpq_t q;

	(void)state;
	mpz_inits(want, got, NULL);
	mpq_init(q);
	for (int round = 0; round < 20000; round++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		/* Exponents from about 2^-80 to 2^80. */
		uint64_t bits =
		    (seed & 0x800fffffffffffff) | (uint64_t)(943 + (seed >> 52) % 160) << 52;
		unsigned f = frac[round % 5];
		double x;
		i128 raw;
		memcpy(&x, &bits, sizeof x);
		mpq_set_d(q, x);
		bool exact = round_even(want, q, f);
		enum number_kind kind = number_of_double(&raw, x, f);
		if (mpz_sizeinbase(want, 2) > 126) {
			assert_int_equal(kind, NUMBER_HUGE);
			continue;
		}
		set_i128(got, raw);
		assert_int_equal(mpz_cmp(want, got), 0);
		assert_int_equal(kind, exact ? NUMBER_EXACT : NUMBER_ROUNDED);
	}
	mpq_clear(q);
	mpz_clears(want, got, NULL);
}

static void
odd_doubles(void **state)
{
	i128 raw;

	(void)state;
	assert_int_equal(number_of_double(&raw, 0.0 / strtod("0", NULL), 32), NUMBER_NONE);
	assert_int_equal(number_of_double(&raw, strtod("inf", NULL), 32), NUMBER_HUGE);
	assert_int_equal(number_of_double(&raw, -strtod("inf", NULL), 32), NUMBER_HUGE);
	assert_true(raw == -1);
	assert_int_equal(number_of_double(&raw, 0, 120), NUMBER_EXACT);
	assert_int_equal(number_of_double(&raw, 5e-324, 120), NUMBER_ROUNDED);
	assert_true(raw == 0);
	assert_int_equal(number_of_double(&raw, 2.5, 0), NUMBER_ROUNDED);
	assert_true(raw == 2);
}

static void
dates_are_days(void **state)
{
	static const char *const bad[] = {
		"1900-02-29", "2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-1-01",
		    "2024-01-00",
		"20240101--", "2024/01/01", "2024-01-0a",
	};
	char s[64];
	i128 days;

	(void)state;
	for (int64_t d = -719162; d < 150000; d += 37) {
		time_t t = (time_t)d * 86400;
		struct tm tm;
		assert_non_null(gmtime_r(&t, &tm));
		(void)snprintf(s, sizeof s, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		    tm.tm_mday);
		assert_true(number_date(&days, s, 10));
		assert_int_equal((int64_t)days, d);
	}
	assert_true(number_date(&days, "2024-02-29", 10));
	assert_true(number_date(&days, "1970-01-01", 10) && days == 0);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(number_date(&days, bad[i], 10));
}

static void
decimals_are_written_exactly(void **state)
{
	static const unsigned frac[] = { 0, 1, 32, 63, 64, 119, 120 };
	char s[DECIMAL_MAX];
	uint64_t seed = 3;
	mpq_t q;
	mpz_t want;

	(void)state;
	mpq_init(q);
	mpz_init(want);
	for (int round = 0; round < 20000; round++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		i128 v = (i128)((u128)seed << 64 | seed * 977) >> (seed >> 57);
		unsigned f = frac[round % 7];
		decimal_exact(s, v, f);
		exact_value(q, s);
		set_i128(want, v);
		assert_true(round_even(mpq_numref(q), q, f));
		assert_int_equal(mpz_cmp(mpq_numref(q), want), 0);
		mpq_set_ui(q, 0, 1);
	}
	decimal_exact(s, 0, 32);
	assert_string_equal(s, "0");
	decimal_exact(s, -3, 2);
	assert_string_equal(s, "-0.75");
	decimal_exact(s, (i128)1 << 126, 0);
	assert_string_equal(s, "85070591730234615865843651857942052864");
	decimal_exact(s, -(i128)1, 120);
	assert_int_equal(strlen(s), 123);
	mpq_clear(q);
	mpz_clear(want);
}

static void
decimals_for_people(void **state)
{
	static const struct { double x; unsigned digits, places; const char *s; } row[] = {
		{ 0, 10, 40, "0" }, { 1, 10, 40, "1" }, { -0.75, 10, 40, "-0.75" },
		{ 62.44736842, 4, 40, "62.45" },
		{ 99.996, 4, 40, "100" }, { 0.000123456, 3, 40, "0.000123" }, { 1234567.5, 4, 40, "1234568" },
		{ 0.99996, 4, 40, "1" }, { -9.5, 1, 40, "-10" }, { 0.5, 1, 40, "0.5" },
		{ 1048575.96, 10, 40, "1048575.96" },
		{ 9.4, 1, 40, "9" }, { 19.96, 3, 40, "20" },
		{ 0.5888888887, 10, 9, "0.588888889" }, { -0.4999999998, 10, 9, "-0.5" },
		{ -0.0000000002, 10, 9, "0" }, { 2.25, 10, 1, "2.3" }, { 1234.5678, 6, 9, "1234.57" },
		{ 999.99999999999, 15, 9, "1000" },
	};
	char s[DECIMAL_MAX];
	i128 raw;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		(void)number_of_double(&raw, row[i].x, 40);
		decimal_short(s, raw, 40, row[i].digits, row[i].places);
		assert_string_equal(s, row[i].s);
	}
}

static void
doubles_are_written_shortest(void **state)
{
	uint64_t seed = 11;
	char s[DECIMAL_MAX];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		double x;
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		uint64_t bits =
		    (seed & 0x800fffffffffffff) | (uint64_t)(900 + (seed >> 52) % 250) << 52;
		memcpy(&x, &bits, sizeof x);
		decimal_double(s, x, 17);
		assert_true(strtod(s, NULL) == x);
	}
	decimal_double(s, 0.1, 17);
	assert_string_equal(s, "0.1");
	decimal_double(s, 1e15, 17);
	assert_string_equal(s, "1000000000000000");
	decimal_double(s, -228, 10);
	assert_string_equal(s, "-228");
	decimal_double(s, 62.44736842105263, 10);
	assert_string_equal(s, "62.44736842");
	decimal_double(s, 62.44736842105263, 17);
	assert_string_equal(s, "62.44736842105263");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_exactly),
		cmocka_unit_test(random_numbers_are_read_exactly),
		cmocka_unit_test(ties_go_to_even),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(doubles_are_read_from_their_bits),
		cmocka_unit_test(odd_doubles),
		cmocka_unit_test(dates_are_days),
		cmocka_unit_test(decimals_are_written_exactly),
		cmocka_unit_test(decimals_for_people),
		cmocka_unit_test(doubles_are_written_shortest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
