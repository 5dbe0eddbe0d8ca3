/* test_policy_guarded.c: what goes out behind a guard of the program's own, and to each site. */
#include "policy_kit.h"

/* A guard answers for what the library does with rows, and not for what the program does with them,
 * nor for what it hands over.  What goes to each site may tell of its own rows only. */
static void
test_guarded(void **state)
{
	static const struct { const char *expression, *says; } way[] = {
		{ "age[3] to all require G", "rows in an order" },
		{ "sort(age)[3] to all require G", "rows in an order" },
		{ "sort(age) to all require G", "rows in an order" },
		{ "age[0] * sum(age) to all require G", "rows in an order" },
		{ "sum(age[2..3]) to all require G", "rows in an order" },
		{ "cumsum(age)[1] to all require G", "rows in an order" },
		{ "argsort(age)[0..2] to all require G", "rows in an order" },
		{ "median(age[2..3]) to all require G", "rows in an order" },
		{ "sum(age * (2 * onehot(3, 22))) to all require G", "no column of theirs" },
		{ "age @ (2 * onehot(3, 22)) to all require G", "no column of theirs" },
		{ "sum(age * age * age) to all require G", "pick some of them out" },
		{ "sum(1 / (1 + 99 * age * age)) to all require G", "pick some of them out" },
		{ "spearman(age, 1 / (1 + 99 * age * age)) to all require G", "pick some of them out" },
		{ "median(age.where(kind == \"b\")) to all require G", NULL },
		{ "mann_whitney(age, kind == \"b\") to all require G", NULL },
		{ "mann_whitney(age, !(kind == \"b\")) to all require G", NULL },
		{ "mann_whitney(concat(age, age), concat(kind == \"b\", kind == \"b\")) to all require G",
		    NULL },
		{ "kruskal(age, kind) to all require G", NULL },
		{ "spearman(age, if kind == \"b\" then 5 else 1) to all require G", NULL },
		{ "logistic_regression(age > 12, columns(age > 15, kind == \"b\")) to all require G", NULL },
		{ "age * 0 + age[3] to each site", "rows in an order" },
		{ "age * 0 + age[3] to each site require G", "rows in an order" },
		{ "age + max(age) to each site", "least or greatest" },
		{ "age == age[3] to each site", "rows in an order" },
		{ "age + sum(age.where(kind == \"b\")) to each site", NULL },
	};
	struct command c;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		const char *guard = strchr(way[i].expression, 'G');
		int len = guard == NULL ? (int)strlen(way[i].expression) :
		    (int)(guard - way[i].expression);
		snprintf(text, sizeof text, "fn kruskal(x: int[n], k: any[n]) -> fixed {\n"
		    "  return kruskal_wallis(x, k).statistic\n}\noutput x = %.*s%s\n", len,
		    way[i].expression, guard == NULL ? "" : "count(age) >= 20");
		put_program(text);
		run(&c, "clear", "[policy]\ncells = 5\n");
		if (c.status != (way[i].says != NULL ? 5 : 10))
			fail_msg("%s: status %d\n%s\n%s", way[i].expression, c.status, c.out, c.err);
		expect_says(way[i].says != NULL ? c.err : c.out, way[i].says != NULL ? way[i].says :
		    "policy");
		command_free(&c);
	}
}

/* Whether something is withheld tells that a condition holds: which numbers that is about. */
static void
test_asked(void **state)
{
	static const struct { const char *guard; int status; const char *says; } way[] = {
		{ "require sum(age.where(kind == \"b\")) >= 1", 10, "require" },
		{ "require !(sum(age.where(kind == \"b\")) >= 1000)", 10, "require" },
		{ "require any([sum(age.where(kind == \"b\")) >= 1, true])", 10, "require" },
		{ "withhold where sum(age.where(kind == \"b\")) >= 1000", 10, "withhold" },
		{ "require count(age.where(kind == \"b\")) <= 3", 10, "require" },
		{ "require 5 * count(age.where(kind == \"b\")) <= 100", 10, "require" },
		{ "require count(age.where(kind == \"b\")) >= 1", 0, "22" },
		{ "require count(age.where(kind == \"b\")) < 5", 0, "22" },
		{ "withhold where any(counts(kind) >= 100)", 0, "22" },
		{ "require sum(age) > 1 require median(age) > 1 require count(age) >= 20", 0, "22" },
		{ "require max(age) > 1", 5, "whether it is withheld" },
		{ "withhold where age[3] > 1", 5, "whether it is withheld" },
	};
	struct command c;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		snprintf(text, sizeof text, "output x = sum(age >= 0) to all %s\n", way[i].guard);
		put_program(text);
		run(&c, "clear", "[policy]\ncells = 5\n");
		if (c.status != way[i].status)
			fail_msg("%s: status %d\n%s\n%s", way[i].guard, c.status, c.out, c.err);
		expect_says(way[i].status == 5 ? c.err : c.out, way[i].says);
		command_free(&c);
	}
}

/* A log-rank test's counts of events have the sum of what was expected: where one of them is
 * withheld, so is the rest.  Of the first group 2 have the event, or 5 of either. */
static void
test_observed(void **state)
{
	static const struct { const char *event; int status; const char *says; } way[] = {
		{ "age > 13", 10, "\"expected\":\tnull" },
		{ "age > 10 && age < 24", 0, "\"observed\":\t[5, 5]" },
	};
	struct command c;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		snprintf(text, sizeof text, "output x = log_rank(age, %s, kind == \"a\") to all "
		    "require count(age) >= 20\n", way[i].event);
		put_program(text);
		run(&c, "clear", "[policy]\ncells = 5\n");
		if (c.status != way[i].status)
			fail_msg("%s: status %d\n%s\n%s", way[i].event, c.status, c.out, c.err);
		expect_says(c.out, way[i].says);
		command_free(&c);
	}
}

/* A probability is computed from degrees of freedom that are opened: they go out together, or
 * not. */
static void
test_degrees(void **state)
{
	static const struct { const char *outputs; unsigned cells; bool out; } row[] = {
		{ "output o = mean_ci(age.where(kind == \"a\")) to all\n", 10, true },
		{ "output o = mean_ci(age.where(kind == \"a\")) to all\n", 11, false },
		{ "output o = paired_t(age.where(kind == \"a\"), meal) to all\n", 3, false },
		{ "output o = t_test(age.where(kind != \"b\"), kind == \"c\") to all\n", 9, true },
		{ "output o = anova(age.where(age > 1), kind == \"c\") to all\n", 9, true },
		{ "output o = mean_ci(age.where(kind == \"a\")) to all withhold where count(age) < 9\n", 9,
		    true },
		{ "output o = spearman(age, age.where(kind == \"a\")) to all require count(age) >= 9\n", 9,
		    true },
		{ "output o = spearman(age, age.where(kind == \"a\")) to all suppress below 11 "
		    "require count(age) >= 9\n", 9, true },
		{ "output o = spearman(age, age.where(kind == \"a\")) to all suppress below 12 "
		    "require count(age) >= 9\n", 9, false },
	};
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	struct command c;
	char policy[64];
	cJSON *top;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		put_program(row[i].outputs);
		snprintf(policy, sizeof policy, "[policy]\ncells = %u\n", row[i].cells);
		run(&c, protocol[i % 3], policy);
		expect_status(&c, row[i].out ? 0 : 10);
		const cJSON *o = output_of(&top, c.out, "o");
		assert_int_equal(cJSON_IsNumber(cJSON_GetObjectItem(o, "p_value")), row[i].out);
		assert_int_equal(cJSON_IsNumber(cJSON_GetObjectItem(o, "statistic")), row[i].out);
		cJSON_Delete(top);
		command_free(&c);
	}
	put_program("output o = spearman(age, age.where(kind == \"a\")) to all require count(age) >= 9\n");
	run(&c, "clear", "[policy]\ncells = 9\nround = 5\n");
	expect_status(&c, 5);
	expect_says(c.err, "a probability is computed from the count itself");
	command_free(&c);
}

/* Of 4, 9, 14, 17, 22 rows up to these points: the first are few, the fourth differs by few. */
static void
test_running(void **state)
{
	struct command c;
	cJSON *top;

	(void)state;
	put_program("output x = ecdf(age, [0, 4, 9, 14, 20, 30]) to all\n");
	for (int i = 0; i < 2; i++) {
		run(&c, i == 0 ? "clear" : "replicated", "[policy]\ncells = 5\n");
		expect_status(&c, 0);
		const cJSON *x = output_of(&top, c.out, "x");
		for (int k = 0; k < 6; k++)
			assert_int_equal(cJSON_IsNull(cJSON_GetArrayItem(x, k)), k == 1 || k == 4);
		cJSON_Delete(top);
		command_free(&c);
	}
	/* 10, 17 and 22 rows: 7 and 5 more. */
	put_program("output x = ecdf(age, 10 * range(4)) to all\n");
	run(&c, "clear", "[policy]\ncells = 6\n");
	expect_status(&c, 0);
	const cJSON *x = output_of(&top, c.out, "x");
	for (int k = 0; k < 4; k++)
		assert_int_equal(cJSON_IsNull(cJSON_GetArrayItem(x, k)), k == 2);
	cJSON_Delete(top);
	command_free(&c);
	put_program("output x = ecdf(age, [4, 3]) to all\n");
	run(&c, "clear", "[policy]\ncells = 5\n");
	expect_status(&c, 5);
	expect_says(c.err, "ascending order");
	command_free(&c);
	put_program("output x = ecdf(age, -range(4)) to all\n");
	run(&c, "clear", "[policy]\ncells = 5\n");
	expect_status(&c, 3);
	command_free(&c);
}

/* Which values a file has is nobody's choice: a model of columns one of which misses two values
 * goes out, whatever stands beside it.  Which rows a condition leaves out is. */
static void
test_few_missing(void **state)
{
	static const struct { const char *column; bool out; } row[] = {
		{ "meal", true }, { "meal.where(present(meal))", true },
		{ "meal.where(age != 7)", false }, { "age.where(age != 7)", false },
		{ "age.where(age > 6)", true },
	};
	struct command c;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(text, sizeof text,
		    "output o = cox(age, age < 20, columns(kind == \"a\", %s)) to all "
		    "require sum(kind == \"a\") >= 5\n", row[i].column);
		put_program(text);
		put_file("s0.csv", "age,kind,meal\n1,a,5\n2,a,2\n3,a,1\n4,a,7\n5,a,1\n6,a,2\n7,c,8\n8,c,\n"
		    "9,c,2\n10,c,4\n");
		put_file("s1.csv", "age,kind,meal\n11,a,7\n12,a,1\n13,a,\n14,a,3\n15,a,9\n16,b,4\n");
		put_file("s2.csv", "age,kind,meal\n20,b,9\n21,c,1\n22,c,3\n23,c,2\n24,c,4\n25,c,6\n");
		run(&c, "clear", "[policy]\ncells = 5\nmodel_rows = 1\nmodel_df = 1\n");
		if (c.status != (row[i].out ? 0 : 10))
			fail_msg("%s: status %d\n%s\n%s", row[i].column, c.status, c.out, c.err);
		if (!row[i].out)
			expect_says(c.out, "\"require or policy\"");
		command_free(&c);
	}
}

/* Elements of one result with rows of their own behind each. */
static void
test_elements(void **state)
{
	/* 20, 15, 9 and 4 rows are watched until the times of the grid; 14 and 8 are in the clusters. */
	static const struct { const char *output, *policy; unsigned null; } row[] = {
		{ "kaplan_meier(age, age > 5, [3, 8, 14, 22])", "cells = 5", 1 << 3 },
		{ "kaplan_meier(age, age > 5, [3, 8, 14, 22]).estimate", "cells = 5", 1 << 3 },
		{ "1 - kaplan_meier(age, age > 5, [3, 8, 14, 22]).estimate", "cells = 5", 1 << 3 },
		{ "kaplan_meier(age, age > 5, [3, 8, 14, 22]).conf_low", "cells = 5", 1 << 3 },
		{ "k_means(columns(age), 2, [[5], [25]], 3).centers", "cells = 8", 0 },
		{ "k_means(columns(age), 2, [[5], [25]], 3).centers", "cells = 9", 1 << 1 },
		{ "k_means(columns(age), 2, [[5], [25]], 3).centers", "cells = 9\nwithout_any_site = yes",
		    1 << 1 },
	};
	char text[160], policy[64];
	struct command c;
	cJSON *top;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		snprintf(text, sizeof text, "use ml\noutput x = %s to all\n", row[i].output);
		put_program(text);
		snprintf(policy, sizeof policy, "[policy]\n%s\n", row[i].policy);
		run(&c, i % 2 == 0 ? "clear" : "replicated", policy);
		expect_status(&c, 0);
		const cJSON *x = output_of(&top, c.out, "x");
		if (cJSON_IsObject(x))
			x = cJSON_GetObjectItem(x, "estimate");
		for (int k = 0; k < cJSON_GetArraySize(x); k++) {
			const cJSON *e = cJSON_GetArrayItem(x, k);
			e = cJSON_IsArray(e) ? cJSON_GetArrayItem(e, 0) : e;
			assert_int_equal(cJSON_IsNull(e), (row[i].null >> k) & 1);
		}
		cJSON_Delete(top);
		command_free(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_guarded),
		cmocka_unit_test(test_asked), cmocka_unit_test(test_observed),
		cmocka_unit_test(test_degrees), cmocka_unit_test(test_running),
		cmocka_unit_test(test_few_missing), cmocka_unit_test(test_elements) };

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
