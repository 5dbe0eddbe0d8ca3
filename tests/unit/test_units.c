/* test_units.c: times and bandwidths as people write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../runtime/cmd_units.h"

static void
test_time(void **state)
{
	static const struct { const char *text; uint64_t us;
	} good[] = {
		{ "120s", 120000000 },
		{ "500ms", 500000 },
		{ "20us", 20 },
		{ "2m", 120000000 },
		{ "3", 3000000 },
		{ "1.5s", 1500000 },
		{ "1h", 3600000000 },
		{ "0", 0 },
	};
	static const char *const bad[] = { "", "s", "-1s", "1 s", "1x", "1e400s", "nan", "inf",
		"1e30h" };
	uint64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(units_time_us(&us, good[i].text));
		assert_int_equal(us, good[i].us);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(units_time_us(&us, bad[i]));
}

static void
test_net(void **state)
{
	uint64_t us, bits;

	(void)state;
	assert_true(units_net(&us, &bits, "20ms,100mbit"));
	assert_int_equal(us, 20000);
	assert_int_equal(bits, 100000000);
	assert_true(units_net(&us, &bits, "1.5Gbit"));
	assert_int_equal(us, 0);
	assert_int_equal(bits, 1500000000);
	assert_true(units_net(&us, &bits, "20ms"));
	assert_int_equal(us, 20000);
	assert_int_equal(bits, 0);
	assert_true(units_net(&us, &bits, "0,100mbit"));
	assert_false(units_net(&us, &bits, "20"));
	assert_false(units_net(&us, &bits, "20,100mbit"));
	assert_false(units_net(&us, &bits, "fast"));
	assert_false(units_net(&us, &bits, "20ms,"));
	assert_false(units_net(&us, &bits, ",100mbit"));
	assert_false(units_net(&us, &bits, "100mbit,20ms"));
}

static void
test_count(void **state)
{
	uint64_t n;

	(void)state;
	assert_true(units_count(&n, "18446744073709551615"));
	assert_int_equal(n, UINT64_MAX);
	assert_false(units_count(&n, "18446744073709551616"));
	assert_false(units_count(&n, "-1"));
	assert_false(units_count(&n, "1x"));
	assert_false(units_count(&n, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
