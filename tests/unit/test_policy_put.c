/* test_policy_put.c: what a program makes of sums before it lets them out: put into rows again,
 * into named results, into functions; and what stands beside it that must go out all the same.
 * requires: ./konsil is built */
#include "policy_kit.h"

struct row {
	const char *outputs;
	int status;
	bool out;                        /* is there anything to see of o? */
};

/* Is there a number, a truth or a text in it, at any depth? */
static bool
says_something(const cJSON *v)
{
	bool any = v != NULL && !cJSON_IsNull(v) && !cJSON_IsArray(v) && !cJSON_IsObject(v);

	for (const cJSON *x = v != NULL ? v->child : NULL; x != NULL; x = x->next)
		any = any || says_something(x);
	return any;
}

static void
try(const struct row *row, size_t n, const char *policy)
{
	static const char *const protocol[] = { "clear", "clear", "additive", "replicated" };
	struct command c;
	cJSON *top;

	for (size_t i = 0; i < n; i++) {
		put_program(row[i].outputs);
		run(&c, protocol[i % 4], policy);
		if (c.status != row[i].status)
			fail_msg("%s: status %d, %s", row[i].outputs, c.status, c.err);
		if (c.status != 5) {
			const cJSON *o = output_of(&top, c.out, "o");
			if (says_something(o) != row[i].out)
				fail_msg("%s: %s", row[i].outputs, c.out);
			cJSON_Delete(top);
		}
		command_free(&c);
	}
}

#define ONE "sum(age.where(age == 7))"

/* A sum over one row, which is added to all rows or compared with them: whoever sees the sum of
 * those sees the row. */
static void
put_into_rows(void **state)
{
	static const struct row row[] = {
		{ "output o = mean(age + " ONE ") to all\n", 10, false },
		{ "output o = sum(age > " ONE ") to all\n", 10, false },
		{ "output o = mean(age.where(age > 2 * " ONE ")) to all\n", 10, false },
		{ "output o = sum((age - " ONE ") ** 2) to all\n", 10, false },
		{ "output o = dot(age, fill(1, 22) * " ONE ") to all\n", 10, false },
		{ "output o = histogram(age + " ONE ", 0, 40, 2) to all\n", 10, false },
		{ "output o = counts(kind.where(age > " ONE ")) to all\n", 10, false },
		{ "output o = median(age + " ONE ") to all require count(age) >= 10\n", 10, false },
		{ "output o = welch(age + " ONE ", kind == \"a\") to all\n", 10, false },
		{ "output o = linear_regression(age + " ONE ", columns(age)) to all "
		    "require count(age) >= 10\n", 10, false },
		{ "output o = mean(age) to all require sum(age > " ONE ") >= 10\n", 10, false },
		{ "fn twice(x: num[n]) -> num[n] {\nlet s = " ONE "\nreturn x + s\n}\n"
		    "output o = mean(twice(age)) to all\n", 10, false },
		{ "output o = mean(age - mean(age)) to all\n", 0, true },
		{ "output o = sum(age > mean(age)) to all\n", 0, true },
		{ "output o = mean(age.where(age > mean(age.where(kind == \"a\")))) to all\n", 0, true },
		{ "output o = median(age - mean(age)) to all require count(age) >= 10\n", 0, true },
		{ "output o = covariance(age - mean(age), age) to all\n", 0, true },
		{ "let m = median(age)\noutput o = table2(age > m, kind == \"a\") to all "
		    "require count(age) >= 10\n", 0, true },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\nzeros = withhold\n");
}

/* Over all rows but one, of which the sum over all goes out before. */
static void
told_by_differences(void **state)
{
	static const struct row row[] = {
		{ "output a = sum(age) to all\noutput o = mean(age + sum(age.where(age != 7))) to all\n", 0,
		    false },
		{ "output a = sum(kind == \"a\") to all\n"
		    "output o = sqrt(sum(kind == \"a\" && age != 6)) to all\n", 0, false },
		{ "output a = sum(kind == \"a\") to all\n"
		    "output o = sum(kind == \"a\" && age != 6) ** 2 to all\n", 0, false },
		{ "output a = sum(kind == \"a\") to all\n"
		    "output o = (sum(kind == \"a\" && age != 6) > 10) to all\n", 0, false },
		{ "output a = sum(kind == \"a\") to all\noutput o = sqrt(sum(kind == \"a\")) to all\n", 0,
		    true },
		{ "output a = count(meal.where(age > 0)) to all\noutput o = sqrt(var(age)) to all\n", 0, true },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\n");
}

/* A row that a cell counts twice stands out of it, whatever other cells there are. */
static void
counted_twice(void **state)
{
	static const struct row row[] = {
		{ "output o = sum(kind == \"a\") + sum(age == 6) to all\n", 10, false },
		{ "output o = [sum(kind == \"a\") + sum(age == 6), 2] to all\n", 10, false },
		{ "output o = counts(kind != \"a\") to all\n", 0, true },
		{ "output o = [sum(kind == \"a\"), sum(age > 6)] to all\n", 0, true },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\n");
}

/* What each site gets of its own rows tells what was put into them. */
static void
told_by_own_rows(void **state)
{
	static const struct row row[] = {
		{ "output a = sum(age) to all\nlet s = sum(age.where(age != 7))\n"
		    "output o = (age + s) to each site\n", 0, false },
		{ "let s = " ONE "\noutput o = (age + s) to each site\n", 10, false },
		{ "output a = sum(age) to all\nlet s = mean(age)\noutput o = (age - s) to each site\n", 0,
		    true },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\n");
}

#define LITTLE " to all noise laplace(epsilon = 1000)\n"

/* As little noise as the program likes is none, unless the policy says how much there is to be. */
static void
told_by_little_noise(void **state)
{
	static const struct row row[] = {
		{ "output o = 50 + sum(age == 7 && kind == \"c\")" LITTLE, 10, false },
		{ "output o = sum(age.where(age == 7))" LITTLE, 10, false },
		{ "output a = sum(kind == \"a\") to all\noutput o = sum(kind == \"a\" && age != 6)" LITTLE, 0,
		    false },
		{ "output o = 50 + sum(kind == \"a\")" LITTLE, 0, true },
		{ "output o = counts(kind)" LITTLE, 0, true },
	};
	static const struct row noisy[] = {
		{ "output o = 50 + sum(age == 7 && kind == \"c\") to all noise laplace(epsilon = 1)\n", 0,
		    true },
		{ "output o = 50 + sum(age == 7 && kind == \"c\")" LITTLE, 5, false },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\n");
	try(row, 3, "[policy]\ncells = 5\nrho = 1\n");
	try(noisy, 2, "[policy]\ncells = 5\nepsilon = 2\n");
}

/* A category among named results is no count. */
static void
named_categories(void **state)
{
	static const struct row row[] = {
		{ "fn f(x: any[n]) -> (a: any, b: int) { return (a = x[6], b = 3) }\n"
		    "output o = f(kind) to all\n", 5, false },
		{ "fn f(x: any[n]) -> (a: any, b: int) { return (a = x[6], b = 3) }\n"
		    "output o = f((age > 6) as oneof(\"low\", \"high\")) to all\n", 5, false },
		{ "fn f(x: num) -> (a: any, b: int) {\n"
		    "return (a = (x > 6) as oneof(\"low\", \"high\"), b = 3)\n}\n"
		    "output o = f(" ONE ") to all\n", 10, false },
		{ "fn f(x: num) -> (a: any, b: int) {\n"
		    "return (a = (x > 6) as oneof(\"low\", \"high\"), b = 3)\n}\n"
		    "output o = f(sum(age)) to all\n", 0, true },
	};

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 5\n");
}

/* Few groups are no few people; a table's lines are no rows. */
static void
no_people(void **state)
{
	static const struct row row[] = {
		{ "output o = kruskal_wallis(age, kind != \"a\") to all require count(age) >= 10\n", 0, true },
		{ "output o = sum(counts(kind.where(kind != \"b\")) > 3) to all\n", 0, true },
		{ "output o = sum(counts(kind) > 3) to all\n", 10, false },
		{ "output o = proportions(table2(kind != \"a\", age > 6)) to all\n", 0, true },
		{ "output o = proportions(table2(kind != \"a\", age > 6), 1) to all\n", 0, true },
	};
	struct command c;

	(void)state;
	try(row, sizeof row / sizeof *row, "[policy]\ncells = 4\n");
	try(row, 2, "[policy]\ncells = 4\nround = 5\n");
	put_program("output o = five_numbers(age) to all require count(age) >= 10\n");
	run(&c, "clear", "[policy]\ncells = 5\n");
	expect_status(&c, 5);
	expect_says(c.err, "quantile(x, [0.05, 0.95])");
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(put_into_rows),
		cmocka_unit_test(told_by_differences), cmocka_unit_test(told_by_own_rows),
		cmocka_unit_test(counted_twice),
		cmocka_unit_test(told_by_little_noise), cmocka_unit_test(named_categories),
		cmocka_unit_test(no_people) };

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
