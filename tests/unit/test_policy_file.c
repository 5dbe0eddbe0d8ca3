/* test_policy_file.c: what stands in a policy's file, and what is said of one that is wrong.
 * requires: ./konsil is built */
#include "policy_kit.h"

static void
test_files(void **state)
{
	static const struct { const char *text, *says; } wrong[] = {
		{ "", "says nothing" },
		{ "cells = 10\n", "the sections [policy] and [ledger]" },
		{ "[policy]\ncell = 10\n", "did you mean \\\"cells\\\"?" },
		{ "[policy]\ncells = ten\n", "not \\\"ten\\\"" },
		{ "[policy]\ncells = 2\n", "from 3 to 100" },
		{ "[policy]\nrows = 20\nzeros = maybe\n", "\\\"show\\\" or \\\"withhold\\\"" },
		{ "[policy]\ncells = 10\ncells = 11\n", "given twice" },
		{ "[policy]\nrules = strict\n", "rules is \\\"standard\\\"" },
		{ "[policy]\ncells = 10\nrules = standard\n", "the first key" },
		{ "[policy]\nrules = standard\nrules = standard\n", "the first key" },
		{ "[policy]\nrule = standard\n", "did you mean \\\"rules\\\"?" },
		{ "[ledger]\nrules = standard\n", "no rule \\\"rules\\\" in [ledger]" },
		{ "[policy]\nwhat is this\n", "\"line\":2" },
		{ "[policy]\nepsilon = 1/2\n", "at most six decimals" },
		{ "[policy]\nrho = 0.1234567\n", "at most six decimals" },
		{ "[policy]\nrho = .\n", "at most six decimals" },
		{ "[policy]\ncells = 5\nruns = 3\n", "no rule \\\"runs\\\" in [policy]" },
		{ "[policy]\ncells = 5\n[ledger]\ncells = 3\n", "no rule \\\"cells\\\" in [ledger]" },
		{ "[policy]\ncells = 5\n[ledger]\nruns = 0\n", "from 1 to" },
		{ "[policy]\ncells = 5\n[ledger]\nepsilon = -1\n", "at most six decimals" },
		{ "[policy]\ncells = 5\n[ledger]\nkey =\n", "name of a column" },
		{ "[policy]\ncells = 5\n[ledger]\nkey = a\nkey = b\n", "given twice" },
	};
	struct command c;

	(void)state;
	put_program("output n = len(age) to all\n");
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		run(&c, "clear", wrong[i].text);
		expect_status(&c, 2);
		expect_says(c.err, wrong[i].says);
		command_free(&c);
	}
	RUN(&c, "check", "p.ksl", "--policy", "nowhere.ini");
	expect_status(&c, 2);
	expect_says(c.err, "nowhere.ini");
	command_free(&c);
}

/* `rules = standard` is the same policy as all that it stands for, and what follows changes it. */
static void
test_standard(void **state)
{
	static const char spelled[] = "[policy]\nsites = 3\nrows = 20\ncells = 10\nsecondary = yes\n"
	    "extremes = no\nsingle_rows = no\ndominance = 90%\np_ratio = 10%\ncertain = flag\n"
	    "bins = 3\nround = none\n";
	struct command preset, all, changed;

	(void)state;
	put_program("output kinds = counts(kind) to all\n");
	put_file("standard.ini", "[policy]\nrules = standard   # what is common\n");
	put_file("all.ini", spelled);
	put_file("changed.ini", "[policy]\nrules = standard\ncells = 5\nbins = none\nround = 5\n");
	RUN(&preset, "check", "p.ksl", "--policy", "standard.ini", "--json");
	RUN(&all, "check", "p.ksl", "--policy", "all.ini", "--json");
	RUN(&changed, "check", "p.ksl", "--policy", "changed.ini", "--json");
	expect_status(&preset, 0);
	expect_status(&changed, 0);
	assert_string_equal(preset.out, all.out);
	expect_says(preset.out, "\"p_ratio\":\t10");
	expect_says(changed.out, "\"cells\":\t5");
	expect_says(changed.out, "\"round\":\t5");
	expect_says(changed.out, "\"dominance\":\t90");
	command_free(&preset);
	command_free(&all);
	command_free(&changed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_files),
		cmocka_unit_test(test_standard) };

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
