/* test_report_record.c: which named results stand side by side, and how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"
#include "../../runtime/report_record.h"

enum { N_PART = 5, N_MANY = 40 };

static char estimate_[] = "estimate", p_value[] = "p_value", nobs[] = "nobs", size[] = "size",
    other[] = "other", one[] = "(Intercept)", two[] = "age";
static char *terms[] = { one, two };
static double estimates[] = { 2551.99405593, -0.5 }, p_values[] = { 9.234197843e-11, 0.4325338210 };
static i128 rows[] = { 189 }, sizes[] = { 7, (i128)1 << 32 };
static uint8_t shown[] = { 0, 1 };

static struct output_part parts[N_PART] = {
	{ .field = estimate_, .each = -1, .rank = 1, .dims = { 2 }, .type = { .kind = TYPE_FIXED } },
	{ .field = p_value, .each = -1, .rank = 1, .dims = { 2 }, .type = { .kind = TYPE_FIXED } },
	{ .field = nobs, .each = -1, .type = { .kind = TYPE_INT } },
	{ .field = size, .each = -1, .rank = 1, .dims = { 2 },
	    .type = { .kind = TYPE_FIXED, .frac = 32 } },
	{ .field = other, .each = -1, .rank = 1, .dims = { 2 }, .recipients = 1,
	    .type = { .kind = TYPE_INT } },
};
static struct output output = { .n_parts = N_PART, .part = parts, .n_labels = 1,
    .label = { { 2, terms } } };
static struct result_part results[N_PART] = {
	{ .state = RESULT_VALUE, .is_real = true, .n = 2, .each = 1, .real = estimates },
	{ .state = RESULT_VALUE, .is_real = true, .n = 2, .each = 1, .real = p_values },
	{ .state = RESULT_VALUE, .n = 1, .each = 1, .whole = rows },
	{ .state = RESULT_VALUE, .n = 2, .each = 1, .whole = sizes, .shown = shown,
	    .cell_rule = RULE_POLICY },
	{ .state = RESULT_VALUE, .n = 2, .each = 1, .whole = sizes },
};

static void
expect_text(const struct record *x, uint64_t most, const char *want)
{
	struct text t = { 0 };
	char *got;

	record_text(&t, x, most);
	assert_int_equal(text_take(&got, &t), ST_OK);
	assert_string_equal(got, want);
	mem_free(got);
}

static void
side_by_side(void **state)
{
	struct record x;

	(void)state;
	record_find(&x, results, &output, 1);
	assert_int_equal(x.n, 3);               /* not nobs, and not what others learn */
	expect_text(&x, 40,
	    "               estimate       p_value      size\n"
	    "  (Intercept)  2551.994  9.234198e-11  withheld\n"
	    "  age              -0.5     0.4325338         1\n");
	expect_text(&x, 1,
	    "               estimate       p_value      size\n"
	    "  (Intercept)  2551.994  9.234198e-11  withheld\n"
	    "  ... 1 more rows; -o DIR or --json has them\n");
	record_find(&x, results, &output, 2);
	assert_int_equal(x.n, 0);
	record_find(&x, results, &output, 4);
	assert_int_equal(x.n, 1);
}

/* Of more fields than a table has columns none is lost: those behind stand alone. */
static void
very_many(void **state)
{
	struct output_part part[N_MANY];
	struct result_part r[N_MANY];
	struct output o = { .n_parts = N_MANY, .part = part };
	struct record x;

	(void)state;
	for (uint32_t k = 0; k < N_MANY; k++) {
		part[k] = parts[0];
		r[k] = results[0];
	}
	for (uint32_t k = 0; k < N_MANY; k++) {
		record_find(&x, r, &o, k);
		assert_int_equal(x.n, k < RECORD_COLUMNS_MAX ? RECORD_COLUMNS_MAX : 0);
	}
}

static void
withheld_as_a_whole(void **state)
{
	struct result_part r[N_PART];
	struct output o = output;

	(void)state;
	o.n_parts = N_PART - 1;
	memcpy(r, results, sizeof r);
	assert_false(record_withheld(r, &o));
	for (uint32_t k = 0; k < o.n_parts; k++)
		r[k] = (struct result_part){ .state = RESULT_WITHHELD, .rule = RULE_REQUIRE };
	assert_true(record_withheld(r, &o));
	r[1].rule = RULE_POLICY;
	assert_false(record_withheld(r, &o));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(side_by_side), cmocka_unit_test(very_many),
		cmocka_unit_test(withheld_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
