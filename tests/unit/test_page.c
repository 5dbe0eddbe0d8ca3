/* test_page.c: results as a tidy table (result.csv) and as a page (--report): what is released is
 * there, what is withheld is not, and nothing on the page comes from elsewhere or is markup of the
 * program's own. */
#include "command.h"

static const char program[] =
    "study \"Ages <b>of</b> \\\"two\\\" & sites\"\n"
    "use stats\n"
    "party site[]\n"
    "input age : int in 0..99 [] from site\n"
    "input kind : oneof(\"a,b\", \"c \\\"d\\\"\", \"<e>\")? [] from site\n"
    "output n = len(age) to all\n"
    "output mean_age = mean(age) to all\n"
    "output kinds = counts(kind) to all suppress below 3\n"
    "output ages = histogram(age, 0, 80, 4) to all\n"
    "output small = sum(age) to all require sum(age > 90) > 5\n"
    "fn curve(x: num[n]) -> (time: int[3], n_risk: int[3], estimate: fixed[3],\n"
    "    conf_low: fixed[3], conf_high: fixed[3]) {\n"
    "  let a = sum(x) * 0\n"
    "  return (time = [1, 5, 9], n_risk = [6, 4, 2] + a, estimate = [0.75, 0.5, 0.25] + a,\n"
    "      conf_low = [0.5, 0.25, 0.125] + a, conf_high = [1, 0.875, 0.5] + a)\n"
    "}\n"
    "output survived = curve(age) to all\n"
    "fn ratios(x: num[n]) -> (estimate: fixed[2], std_error: fixed[2], p_value: fixed[2],\n"
    "    conf_low: fixed[2], conf_high: fixed[2], nobs: int) {\n"
    "  let a = sum(x) * 0\n"
    "  return (estimate = [1.5, 0.5] + a, std_error = [0.25, 0.125] + a,\n"
    "      p_value = [0.5, 0.00006103515625] + a, conf_low = [0.75, 0.25] + a,\n"
    "      conf_high = [2, 0.75] + a, nobs = n)\n"
    "}\n"
    "output odds_ratio = ratios(age) to all labels [\"x\", \"y\"]\n"
    "output own = age + 0 to each site\n";

static void
put_inputs(void)
{
	put_file("p.ksl", program);
	put_file("s0.csv", "age,kind\n10,\"a,b\"\n20,\"a,b\"\n30,NA\n");
	put_file("s1.csv", "age,kind\n41,\"a,b\"\n42,\"c \"\"d\"\"\"\n79,<e>\n");
}

static void
test_csv(void **state)
{
	static const char want[] =
	    "output,party,term,column,value,time,n.risk,estimate,conf.low,conf.high,std.error,p.value,"
	    "nobs,withheld\n"
	    "n,,,,6,,,,,,,,,\n"
	    "mean_age,,,,37,,,,,,,,,\n"
	    "kinds,,\"a,b\",,3,,,,,,,,,\n"
	    "kinds,,\"c \"\"d\"\"\",,,,,,,,,,,suppress\n"
	    "kinds,,<e>,,,,,,,,,,,suppress\n"
	    "ages,,\"[0, 20]\",,2,,,,,,,,,\n"
	    "ages,,\"(20, 40]\",,1,,,,,,,,,\n"
	    "ages,,\"(40, 60]\",,2,,,,,,,,,\n"
	    "ages,,\"(60, 80]\",,1,,,,,,,,,\n"
	    "small,,,,,,,,,,,,,require\n"
	    "survived,,0,,,1,6,0.75,0.5,1,,,,\n"
	    "survived,,1,,,5,4,0.5,0.25,0.875,,,,\n"
	    "survived,,2,,,9,2,0.25,0.125,0.5,,,,\n"
	    "odds_ratio,,x,,,,,1.5,0.75,2,0.25,0.5,,\n"
	    "odds_ratio,,y,,,,,0.5,0.25,0.75,0.125,0.00006103515625,,\n"
	    "odds_ratio,,,,,,,,,,,,6,\n"
	    "own,site[0],0,,10,,,,,,,,,\n"
	    "own,site[0],1,,20,,,,,,,,,\n"
	    "own,site[0],2,,30,,,,,,,,,\n";
	struct command c;
	char *csv;

	(void)state;
	put_inputs();
	RUN(&c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "-o", "d");
	expect_status(&c, 0);
	command_free(&c);
	csv = get_file("d/site[0].result.csv");
	assert_string_equal(csv, want);
	free(csv);
}

/* Labels that a spreadsheet would run, those that it would not, and one longer than any line. */
static void
test_formulas(void **state)
{
	char text[2048], longest[301];
	struct command c;
	char *csv;

	(void)state;
	memset(longest, 'l', sizeof longest - 1);
	longest[sizeof longest - 1] = '\0';
	(void)snprintf(text, sizeof text, "party a[2]\n"
	    "input k : oneof(\"=cmd|' /C calc'!A0\"=\"0\", \"-ve\"=\"1\", \"+1+cmd|'x'!A\"=\"2\", "
	    "\"%s\"=\"3\") [] from a\ninput s : oneof(\"@SUM(1,2)\"=\"0\", \"-1\"=\"1\") [] from a\n"
	    "output t = table2(k, s) to all\noutput most = argmax([sum(k == g) for g in levels(k)]) "
	    "to all\n", longest);
	put_file("f.ksl", text);
	put_file("f.csv", "k,s\n0,0\n1,1\n2,1\n3,0\n");
	RUN(&c, "run", "f.ksl", "--input", "a=f.csv", "--input", "a=f.csv", "-o", "f");
	expect_status(&c, 0);
	command_free(&c);
	csv = get_file("f/a[0].result.csv");
	expect_says(csv, "\nt,'=cmd|' /C calc'!A0,\"'@SUM(1,2)\",2,\n");
	expect_says(csv, "\nt,-ve,-1,2,\n");
	expect_says(csv, "\nt,'+1+cmd|'x'!A,-1,2,\n");
	(void)snprintf(text, sizeof text, "\nt,%s,\"'@SUM(1,2)\",2,\n", longest);
	expect_says(csv, text);
	free(csv);
}

static void
test_page(void **state)
{
	static const char *const there[] = {
		"<title>Ages &lt;b&gt;of&lt;/b&gt; &quot;two&quot; &amp; sites</title>", "At a glance",
		"c &quot;d&quot;", "&lt;e&gt;", "(60, 80]", "aria-label=\"histogram\"",
		"aria-label=\"bars\"", "aria-label=\"survival curve with its confidence band\"",
		"aria-label=\"estimates with their confidence intervals\"", "&lt; 0.0001", "0.875",
		"title=\"rule: require\">withheld",
		"<li>require: the program's `require` is not met</li>",
		"<li>suppress: the count is below the program's threshold</li>", "How it ran", "</html>",
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';",
	};
	static const char *const absent[] = { "<script", "http:", "https", "url(", "@import", "<b>", "<e>",
		"nan", "inf",
		"src=", "href" };
	struct command c;
	struct stat s;
	char *page;

	(void)state;
	put_inputs();
	RUN(&c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--protocol",
	    "clear", "--report", "p.html");
	expect_status(&c, 0);
	command_free(&c);
	page = get_file("p.html");
	for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
		expect_says(page, there[i]);
	for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
		if (strstr(page, absent[i]) != NULL)
			fail_msg("the page has \"%s\"", absent[i]);
	assert_int_equal(stat("p.html", &s), 0);
	assert_int_equal(s.st_mode & 077, 0);
	free(page);
}

/* Where it cannot go is said before anything runs. */
static void
test_nowhere(void **state)
{
	struct command c;

	(void)state;
	put_inputs();
	RUN(&c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--report",
	    "none/p.html");
	expect_status(&c, 2);
	expect_says(c.err, "cannot write the report \"none/p.html\": No such file or directory");
	assert_string_equal(c.out, "");
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv), cmocka_unit_test(test_page), cmocka_unit_test(test_nowhere),
		cmocka_unit_test(test_formulas),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
