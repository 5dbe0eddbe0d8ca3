/* test_certain.c: what is 0 % or 100 % of a group, flagged or withheld.  Of ward a 8 people live,
 * of b 3 and 3 have died, of c 9 have died; d has two people, who live.  Everybody is `here`. */
#include "command.h"

static const char head[] =
    "use stats\n"
    "party site[]\n"
    "input ward : oneof(\"a\", \"b\", \"c\", \"d\") [] from site\n"
    "input died : bool [] from site\n"
    "input here : bool [] from site\n"
    "input age : int in 0..99 [] from site\n"
    "let in_a = died.where(ward == \"a\")\n"
    "let in_b = died.where(ward == \"b\")\n"
    "let ratio = [mean(died.where(ward == w)) for w in levels(ward)]\n";

static void
put_tables(void)
{
	static const struct { char ward; int died, n; } rows[] = {
		{ 'a', 0, 8 }, { 'b', 0, 3 }, { 'b', 1, 3 }, { 'c', 1, 9 }, { 'd', 0, 2 },
	};
	char text[3][1024], name[24];
	size_t at[3];
	int n = 0;

	for (int i = 0; i < 3; i++)
		at[i] = (size_t)snprintf(text[i], sizeof text[i], "ward,died,here,age\n");
	for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
		for (int i = 0; i < rows[k].n; i++, n++)
			at[n % 3] += (size_t)snprintf(text[n % 3] + at[n % 3], sizeof text[0] - at[n % 3],
			    "%c,%d,1,%d\n", rows[k].ward, rows[k].died, 20 + (int)k * 10 + i);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof name, "s%d.csv", i);
		put_file(name, text[i]);
	}
}

static void
run_x(struct command *c, const char *x, const char *protocol, const char *rule, const char *how)
{
	char text[2048];

	put_tables();
	snprintf(text, sizeof text, "%soutput x = %s\n", head, x);
	put_file("p.ksl", text);
	snprintf(text, sizeof text, "[policy]\ncells = 3\nrows = 3\n%s\n", rule);
	put_file("policy.ini", text);
	RUN(c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--input",
	    "site=s2.csv", "--protocol", protocol, "--policy", "policy.ini", how);
}

/* The value of x, and what is flagged of it, without blanks. */
static void
expect_x(const struct command *c, const char *x, const char *value, const char *flags)
{
	cJSON *top = NULL;

	if (c->status != 0 && c->status != 10)
		fail_msg("%s: %s", x, c->err);
	(void)output_of(&top, c->out, "x");
	const cJSON *o = cJSON_GetArrayItem(cJSON_GetObjectItem(top, "outputs"), 0);
	char *got = cJSON_PrintUnformatted(cJSON_GetObjectItem(o, "value"));
	const cJSON *all = cJSON_GetObjectItem(o, "flags");
	char *flagged = all == NULL ? NULL : cJSON_PrintUnformatted(all);
	if (value != NULL && strcmp(got, value) != 0)
		fail_msg("%s: %s, not %s", x, got, value);
	if (strcmp(flagged == NULL ? "" : flagged, flags) != 0)
		fail_msg("%s: flags %s, not %s", x, flagged, flags);
	free(got);
	free(flagged);
	cJSON_Delete(top);
}

static const struct {
	const char *x, *flag, *flags, *withhold;
} row[] = {
	/* d has a withheld cell: nothing is said of it, nor of the column that it is in. */
	{ "table2(ward, died) to all", "[[8,0],[3,3],[0,9],[null,0]]",
	    "[{\"at\":[\"a\",\"false\"],\"share\":1},{\"at\":[\"c\",\"true\"],\"share\":1}]",
	    "[[null,null],[3,3],[null,null],[null,null]]" },
	/* The other way round. */
	{ "table2(died, ward) to all", "[[8,3,0,null],[0,3,9,0]]",
	    "[{\"at\":[\"false\",\"a\"],\"share\":1},{\"at\":[\"true\",\"c\"],\"share\":1}]",
	    "[[null,3,null,null],[null,3,null,null]]" },
	{ "transpose(table2(ward, died)) to all", "[[8,3,0,null],[0,3,9,0]]",
	    "[{\"at\":[\"false\",\"a\"],\"share\":1},{\"at\":[\"true\",\"c\"],\"share\":1}]",
	    "[[null,3,null,null],[null,3,null,null]]" },
	/* One axis. */
	{ "counts(died) to all", "[13,12]", "", "[13,12]" },
	{ "counts(in_a) to all", "[8,0]", "[{\"at\":[\"false\"],\"share\":1}]", "[null,null]" },
	{ "counts(in_b) to all", "[3,3]", "", "[3,3]" },
	{ "counts(in_a) / 8 to all", "[1,0]", "[{\"at\":[\"false\"],\"share\":1}]", "[null,null]" },
	{ "histogram(age.where(ward == \"a\"), 0, 90, 3) to all", "[8,0,0]",
	    "[{\"at\":[\"[0, 30]\"],\"share\":1}]", "[null,null,null]" },
	/* Of three: in each line that has a whole ward. */
	{ "table3(here, ward, died)[1] to all", "[[8,0],[3,3],[0,9],[null,0]]",
	    "[{\"at\":[\"a\",\"false\"],\"share\":1},{\"at\":[\"c\",\"true\"],\"share\":1}]",
	    "[[null,null],[3,3],[null,null],[null,null]]" },
	/* Proportions. */
	{ "ratio to all", "[0,0.5,1,null]",
	    "[{\"at\":[\"a\"],\"share\":0},{\"at\":[\"c\"],\"share\":1}]", "[null,0.5,null,null]" },
	{ "mean(here) to all", "1", "[{\"at\":[],\"share\":1}]", "null" },
	{ "proportion(in_a).estimate to all", "0", "[{\"at\":[],\"share\":0}]", "null" },
	{ "proportion(in_b).estimate to all", "0.5", "", "0.5" },
	{ "proportion(in_a) to all", NULL, "[{\"field\":\"estimate\",\"at\":[],\"share\":0}]", NULL },
	/* Sums that are no tables, numbers that are no counts, noise. */
	{ "[sum(died), sum(died && ward == \"a\")] to all", "[12,0]", "", "[12,0]" },
	{ "mean(age) > 10 to all", "true", "", "true" },
};

static void
test_flags(void **state)
{
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		run_x(&c, row[i].x, i % 3 == 0 ? "additive" : "clear", "", "--json");
		expect_x(&c, row[i].x, i % 3 == 0 && row[i].x[0] == 'r' ? NULL : row[i].flag, row[i].flags);
		command_free(&c);
		run_x(&c, row[i].x, "clear", "certain = no", "--json");
		expect_x(&c, row[i].x, row[i].flag, "");
		command_free(&c);
	}
}

static void
test_withheld(void **state)
{
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (size_t k = 0; k < (i % 5 == 0 ? 3 : 1); k++) {
			run_x(&c, row[i].x, protocol[k], "certain = withhold", "--json");
			expect_x(&c, row[i].x, row[i].withhold, "");
			command_free(&c);
		}
	/* Named results stand and fall together. */
	run_x(&c, "proportion(in_a) to all", "clear", "certain = withhold", "--json");
	expect_status(&c, 10);
	expect_says(c.out, "\"cells\":\t\"all\"");
	command_free(&c);
	run_x(&c, "mean(here) to all", "clear", "certain = withhold", "--no-local");
	expect_says(c.out, "difference to an earlier output, 0 % or 100 %, or another rule");
	command_free(&c);
}

static void
test_reports(void **state)
{
	struct command c;
	char *text;

	(void)state;
	run_x(&c, "table2(ward, died) to all", "clear", "", "--no-local");
	expect_says(c.out,
	    "0 % or 100 % (tells the value of everybody in it): x (a, false), x (c, true)\n");
	command_free(&c);
	RUN(&c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--input",
	    "site=s2.csv", "--policy", "policy.ini", "-o", "d", "--report", "p.html");
	expect_status(&c, 0);
	command_free(&c);
	text = get_file("d/site[0].result.csv");
	assert_string_equal(text, "output,term,column,value,withheld,flag\n"
	    "x,a,false,8,,100 %\nx,a,true,0,,0 %\nx,b,false,3,,\nx,b,true,3,,\nx,c,false,0,,0 %\n"
	    "x,c,true,9,,100 %\nx,d,false,,policy,\nx,d,true,0,,\n");
	free(text);
	text = get_file("p.html");
	expect_says(text, "These tell the value of everybody in them: x (a, false), x (c, true).");
	free(text);
}

static void
test_files(void **state)
{
	struct command c;

	(void)state;
	run_x(&c, "counts(died) to all", "clear", "certain = yes", "--json");
	expect_status(&c, 2);
	expect_says(c.err, "certain is \\\"flag\\\", \\\"withhold\\\" or \\\"no\\\", not \\\"yes\\\"");
	command_free(&c);
	/* The strictest. */
	put_file("a.ini", "[policy]\ncertain = no\n");
	put_file("b.ini", "[policy]\ncertain = withhold\n");
	RUN(&c, "check", "p.ksl", "--policy", "a.ini", "--policy", "b.ini", "--json");
	expect_says(c.out, "\"certain\":\t\"withhold\"");
	command_free(&c);
	RUN(&c, "check", "p.ksl", "--policy", "a.ini");
	assert_null(strstr(c.out, "0 % or 100 %"));
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags), cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_reports), cmocka_unit_test(test_files),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
