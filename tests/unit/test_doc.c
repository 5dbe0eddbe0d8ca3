/* test_doc.c: `konsil doc`: every module, every function for users, every builtin has a page. */
#include "command.h"

#include "../../circuits/std.h"

static void
test_pages(void **state)
{
	static const struct { const char *name, *says; } page[] = {
		{ "stats", "welch" }, { "stats", "Mantel and Haenszel" }, { "survival", "kaplan_meier" },
		{ "ml", "conv2d" }, { "crypto", "sha_256" }, { "stats.welch", "use stats" },
		{ "stats.welch", "conf_high: fixed)" }, { "welch", "R: t.test(x ~ g)" },
		{ "crypto.aes_128", "circuit aes_128(key: bits<128>" }, { "sort", "ascending" },
		{ "min", "min(x, [y], [axis])" }, { "concat", "concat(x, ...)" },
		{ "stats.var", "R: var(x, na.rm = TRUE)" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof page / sizeof page[0]; i++) {
		RUN(&c, "doc", page[i].name);
		expect_status(&c, 0);
		expect_says(c.out, page[i].says);
		command_free(&c);
	}
}

/* What the overview lists has a page; no module is left out. */
static void
test_overview(void **state)
{
	size_t n;
	const struct std_module *m = std_modules(&n);
	struct command all, one;

	(void)state;
	RUN(&all, "doc");
	expect_status(&all, 0);
	for (size_t i = 0; i < n; i++) {
		if (m[i].part_of != NULL)
			continue;
		expect_says(all.out, m[i].name);
		RUN(&one, "doc", m[i].name);
		expect_status(&one, 0);
		assert_true(strlen(one.out) > 60);
		command_free(&one);
	}
	command_free(&all);
}

static void
test_unknown(void **state)
{
	static const struct { const char *name, *says; } wrong[] = {
		{ "stats.wlch", "konsil doc welch" }, { "sirvival", "konsil doc survival" },
		{ "stats.sort", "no module and no function" }, { "nothing.like.this", "lists them" },
		{ "ml.welch", "no function" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		RUN(&c, "doc", wrong[i].name);
		expect_status(&c, 2);
		expect_says(c.err, wrong[i].says);
		assert_string_equal(c.out, "");
		command_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages), cmocka_unit_test(test_overview),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
