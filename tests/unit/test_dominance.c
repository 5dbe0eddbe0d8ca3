/* test_dominance.c: sums of which one or two rows make up most.  Shares are counted by hand, and
 * the limits are tried on both sides; so are ways to make an uneven sum look even. */
#include "policy_run.h"

static const char head[] =
    "use stats\n"
    "party site[]\n"
    "input pay : int in 0..9999 [] from site\n"
    "input kind : oneof(\"a\", \"b\", \"c\") [] from site\n"
    "input loss : int? in -9999..9999 [] from site\n"
    "input even : int in 0..9999 [] from site\n"
    "let a = kind == \"a\"\n";

/* Two greatest and all: of a 930 of 960, of b 30 of 60, of c 1000 of 1010, in all 1400 of 2030; of
 * loss 1200 of 1227.  All but two, and the greatest: of a 30 and 900, of b 30 and 15, of c 10 and
 * 500. */
static const char *const table[3] = {
	"pay,kind,loss,even\n10,a,5,4000\n20,a,-900,4001\n30,a,7,4002\n900,a,3,4003\n",
	"pay,kind,loss,even\n15,b,,4000\n15,b,4,4001\n15,b,4,4002\n15,b,,4000\n",
	"pay,kind,loss,even\n5,c,,4000\n5,c,4,4001\n500,c,300,4002\n500,c,,4000\n",
};

static const char by_kind[] = "[sum(pay.where(kind == k)) for k in levels(kind)] to all";

static void
run_program(struct command *c, const char *outputs, const char *protocol, const char *rules)
{
	char text[4096], name[24];

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "s%d.csv", i);
		put_file(name, table[i]);
	}
	snprintf(text, sizeof text, "%s%s\n", head, outputs);
	put_file("p.ksl", text);
	snprintf(text, sizeof text, "[policy]\ncells = 3\nrows = 3\nmodel_rows = 1\nmodel_df = 1\n%s\n",
	    rules);
	run(c, protocol, text);
}

static void
expect_json(const struct command *c, const char *what, const char *want)
{
	cJSON *top;
	char *got = cJSON_PrintUnformatted(output_of(&top, c->out, "x"));

	if (strcmp(got, want) != 0)
		fail_msg("%s: %s, not %s", what, got, want);
	free(got);
	cJSON_Delete(top);
}

static void
run_x(struct command *c, const char *x, const char *protocol, const char *rules)
{
	char text[1024];

	snprintf(text, sizeof text, "output x = %s", x);
	run_program(c, text, protocol, rules);
}

static void
test_limits(void **state)
{
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	static const struct { const char *x, *rules, *want; } row[] = {
		{ by_kind, "dominance = 90%", "[null,60,null]" },
		{ by_kind, "dominance = 100%", "[960,60,1010]" },
		{ by_kind, "dominance = 97%", "[960,60,null]" },
		{ by_kind, "dominance = 96%", "[null,60,null]" },
		{ by_kind, "dominance = 50%", "[null,60,null]" },
		{ by_kind, "dominance = 49%", "[null,null,null]" },
		{ by_kind, "p_ratio = 2%", "[960,60,1010]" },
		{ by_kind, "p_ratio = 3%", "[960,60,null]" },
		{ by_kind, "p_ratio = 4%", "[null,60,null]" },
		{ by_kind, "dominance = 97%\np_ratio = 4%", "[null,60,null]" },
		{ by_kind, "dominance = none\np_ratio = none", "[960,60,1010]" },
		{ "sum(pay) to all", "dominance = 69%", "2030" },
		{ "sum(pay) to all", "dominance = 68%", "null" },
		{ "sum(loss) to all", "dominance = 98%", "-573" },
		{ "sum(loss) to all", "dominance = 97%", "null" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (int k = 0; k < (i < 2 || i > 12 ? 3 : 1); k++) {
			run_x(&c, row[i].x, protocol[k], row[i].rules);
			expect_json(&c, row[i].rules, row[i].want);
			command_free(&c);
		}
}

/* None of them may tell the 960 of kind a, or what makes it. */
static void
test_ways_around(void **state)
{
	static const struct { const char *x, *want; } way[] = {
		/* What is the same in all rows, or counts. */
		{ "sum((pay + 100000).where(a)) to all", "null" },
		{ "mean(pay.where(a) * 3 + 100000) to all", "null" },
		{ "mean(100000 - pay.where(a)) to all", "null" },
		{ "sum((pay + 5000 * a + 7 * (kind != \"b\")).where(a)) to all", "null" },
		{ "sum(if a then pay else 500) to all", "null" },
		{ "sum(if a then pay + 900 else -900) to all", "null" },
		{ "dot(pay + 1000, a) to all", "null" },
		{ "sum((pay - mean(even)).where(a)) to all", "null" },
		/* Another column, of which the rows are even. */
		{ "sum((even * 1000 + pay).where(a)) to all", "null" },
		{ "sum((even * even + pay).where(a)) to all", "null" },
		{ "sum(even) + sum(pay.where(a)) to all", "null" },
		{ "sum(if a then pay else even) to all", "null" },
		{ "sum(even * (2 - a) + (pay - even) * a) to all", "null" },
		{ "[sum(pay.where(a) / 2), sum((pay / 2).where(a))] to all", "[null,null]" },
		/* Contributions that nearly cancel. */
		{ "sum((pay + even).where(a)) - sum(even.where(a)) to all", "null" },
		/* Squares about something far away. */
		{ "sum(((pay + 9999) * (pay + 9999)).where(a)) to all", "null" },
		{ "sd(pay.where(a)) to all", "null" },
		{ "correlation(pay.where(a), even) to all", "null" },
		{ "covariance_matrix(columns(pay, even).where(reshape(a, 12, 1))) to all",
		    "[[null,null],[null,31.01666666667]]" },
		/* Matrices, and columns side by side. */
		{ "sum(columns(even, pay).where(reshape(a, 12, 1)), axis = 0) to all", "[16006,null]" },
		{ "transpose(columns(even, pay + 9999)) @ a to all", "[16006,null]" },
		{ "sum(columns(a, pay.where(a)), axis = 0) to all", "[4,null]" },
		/* Functions of rows that the program answers for: what it adds is taken off again. */
		{ "sum(abs(pay + 9999).where(a)) to all require len(pay) >= 12", "null" },
		{ "sum(clamp(pay + 9999, 9999, 99999).where(a)) to all require len(pay) >= 12", "null" },
		{ "sum(sqrt(pay + 99999).where(a)) to all require len(pay) >= 12", "null" },
		{ "sum((pay + 9999) // 2 * a) to all require len(pay) >= 12", "null" },
		{ "sum(max(pay, even - 4000) * a + 9999 * a) to all require len(pay) >= 12", "null" },
	};
	static const char *const refused[] = {
		"sum(sort(pay.where(a))) to all require len(pay) >= 12",
		"dot(pay.where(a), reverse(even * 0 + 1)) to all require len(pay) >= 12",
		"s to all require len(pay) >= 12",
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		run_x(&c, way[i].x, "clear", "dominance = 90%");
		if (strstr(way[i].want, "31.0") == NULL)
			expect_json(&c, way[i].x, way[i].want);
		else
			expect_says(c.out, "null");
		command_free(&c);
	}
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		char text[512];
		snprintf(text, sizeof text, "var s : int in 0..99999\nfor i in 0..2 {\n"
		    "\ts = s + sum(pay.where(a))\n}\noutput x = %s\n", refused[i]);
		run_program(&c, text, "clear", "dominance = 90%");
		expect_status(&c, 5);
		assert_string_equal(c.out, "");
		command_free(&c);
	}
}

/* What is no sum of magnitudes, or even. */
static void
test_honest(void **state)
{
	static const struct { const char *x, *want; } row[] = {
		{ "mean(even) to all", "4001" },
		{ "sum(even.where(a)) to all", "16006" },
		{ "counts(kind) to all", "[4,4,4]" },
		{ "histogram(pay, 0, 1000, 2) to all", "[11,null]" },
		{ "median(pay) to all require len(pay) >= 12", "15" },
		{ "sum(a * 1000 + 1) to all", "4012" },
		{ "sum(if a then even else -even) to all", "-16000" },
		{ "round(mean(clamp(pay, 0, 20))) to all require len(pay) >= 12", "15" },
	};
	static const char *const protocol[] = { "clear", "replicated" };
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (int k = 0; k < 2; k++) {
			run_x(&c, row[i].x, protocol[k], "dominance = 90%\np_ratio = 10%");
			expect_json(&c, row[i].x, row[i].want);
			command_free(&c);
		}
	/* Of fitted models it is not asked. */
	run_x(&c, "linear_regression(pay, columns(even)) to all", "clear", "dominance = 20%");
	expect_says(c.out, "\"withheld\":\tnull");
	command_free(&c);
}

/* The rule is named if it alone can be the reason; never by how much. */
static void
test_rule(void **state)
{
	struct command c;

	(void)state;
	run_x(&c, "sum(pay) to all", "clear", "dominance = 60%");
	expect_status(&c, 10);
	expect_says(c.out, "\"rule\":\t\"dominance\"");
	command_free(&c);
	run_x(&c, by_kind, "clear", "p_ratio = 10%");
	expect_says(c.out, "\"rule\":\t\"policy\"");
	command_free(&c);
	run_x(&c, "mean_ci(pay) to all", "replicated", "dominance = 60%");
	expect_says(c.out, "\"rule\":\t\"dominance\"");
	command_free(&c);
}

static void
test_files(void **state)
{
	static const struct { const char *rule, *says; } wrong[] = {
		{ "dominance = 101%", "from 1% to 100%, or none" },
		{ "dominance = 0%", "from 1% to 100%, or none" },
		{ "p_ratio = ten", "not \\\"ten\\\"" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		run_x(&c, "sum(pay) to all", "clear", wrong[i].rule);
		expect_status(&c, 2);
		expect_says(c.err, wrong[i].says);
		command_free(&c);
	}
	put_file("one.ini", "[policy]\ndominance = 85%\np_ratio = none\n");
	put_file("two.ini", "[policy]\ndominance = none\np_ratio = 12\n");
	put_file("three.ini", "[policy]\ndominance = 90%\np_ratio = 10%\n");
	RUN(&c, "check", "p.ksl", "--policy", "one.ini", "--policy", "two.ini", "--policy", "three.ini",
	    "--json");
	expect_status(&c, 0);
	expect_says(c.out, "\"dominance\":\t85");
	expect_says(c.out, "\"p_ratio\":\t12");
	command_free(&c);
	RUN(&c, "check", "p.ksl", "--policy", "one.ini");
	expect_says(c.out, "85%");
	expect_says(c.out, "fitted models");
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits), cmocka_unit_test(test_ways_around),
		cmocka_unit_test(test_honest), cmocka_unit_test(test_rule), cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
