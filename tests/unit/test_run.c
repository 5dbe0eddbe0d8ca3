/* test_run.c: the executable as a user meets it: help, errors and statuses, `run` and its files. */
#include "command.h"

static const char two[] =
    "study \"Two\"\n"
    "party a\n"
    "party b\n"
    "input x : int in 0..1000 [3] from a\n"
    "input y : int in 0..1000 [3] from b\n"
    "output dot = dot(x, y) to all\n"
    "output mine = sum(x) to a\n";

static const char sites[] =
    "party site[]\n"
    "input age : int in 0..120 [] from site\n"
    "output total = sum(age) to all\n"
    "output n = len(age) to all\n";

static void
put_inputs(void)
{
	put_file("two.ksl", two);
	put_file("sites.ksl", sites);
	put_file("a.json", "{\"x\": [1, 2, 3]}");
	put_file("b.json", "{\"y\": [10, 20, 30]}");
	put_file("s0.csv", "age\n10\n20\n");
	put_file("s1.csv", "age\n30\n");
	put_file("s2.csv", "age\n40\n41\n42\n");
	put_file("bad.csv", "age\n10\n121\n");
}

static void
test_help(void **state)
{
	static const char *const name[] = { "run", "join", "check", "explain", "compile", "disasm",
		"asm", "keygen", "bench" };
	struct command c;
	char usage[64];

	(void)state;
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++) {
		RUN(&c, name[i], "--help");
		expect_status(&c, 0);
		snprintf(usage, sizeof usage, "Usage: konsil %s", name[i]);
		expect_says(c.out, usage);
		expect_says(c.out, "Example");
		assert_string_equal(c.err, "");
		command_free(&c);
	}
	RUN(&c, "--help");
	expect_status(&c, 0);
	for (size_t i = 0; i < sizeof name / sizeof name[0]; i++)
		expect_says(c.out, name[i]);
	command_free(&c);
	RUN(&c, "--version");
	expect_status(&c, 0);
	assert_true(strncmp(c.out, "konsil ", 7) == 0);
	command_free(&c);
}

/* Every way to use the command line wrongly, and what the answer suggests. */
static void
test_usage(void **state)
{
	static const struct { const char *arg[6]; const char *says; } wrong[] = {
		{ { "rnu" }, "konsil run" },
		{ { "run", "--protcol", "clear" }, "--protocol" },
		{ { "run", "two.ksl", "--protocol" }, "wants a value" },
		{ { "run", "two.ksl", "--protocol", "addtive" }, "additive" },
		{ { "run", "two.ksl", "--json=yes" }, "takes no value" },
		{ { "run", "two.ksl", "-x" }, "no option" },
		{ { "run" }, "PROGRAM is missing" },
		{ { "run", "two.ksl", "sites.ksl" }, "sites.ksl" },
		{ { "run", "two.ksl", "--input", "c=a.json" }, "no party \"c\"" },
		{ { "run", "two.ksl", "--input", "a.json" }, "PARTY=" },
		{ { "run", "two.ksl", "--input", "a=a.json" }, "no data for b" },
		{ { "run", "two.ksl", "-D", "n" }, "NAME=VALUE" },
		{ { "run", "two.ksl", "--net", "fast" }, "20ms,100mbit" },
		{ { "run", "two.ksl", "--network", "moon" }, "lan, metro or wan" },
		{ { "run", "two.ksl", "--timeout", "soon" }, "120s" },
		{ { "run", "two.ksl", "--seed", "1" }, "--protocol clear only" },
		{ { "run", "two.ksl", "--synthetic", "5" }, "--protocol clear only" },
		{ { "check", "sites.ksl", "--rows", "sit=5" }, "did you mean site" },
		{ { "check", "sites.ksl", "--rows", "site=5,x" }, "no number of rows" },
		{ { "compile", "two.ksl" }, "-o F.kbc" },
		{ { "join", "two.ksl" }, "--as NAME is missing" },
		{ { "disasm", "none.kbc" }, "none.kbc" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		command_run(&c, wrong[i].arg);
		expect_status(&c, 2);
		expect_says(c.err, wrong[i].says);
		assert_string_equal(c.out, "");
		command_free(&c);
	}
	RUN(&c, "run", "two.ksl", "--protocol", "clear", "--synthetic", "2", "-o", "two.ksl/x");
	expect_status(&c, 2);
	expect_says(c.err, "cannot make the directory");
	assert_null(strstr(c.err, "computed"));
	command_free(&c);
	RUN(&c, "run", "two.ksl", "--jsn", "--json");
	expect_status(&c, 2);
	assert_true(strncmp(c.err, "{\"error\"", 8) == 0);
	command_free(&c);
}

static void
test_too_many(void **state)
{
	const char *args[N_ARGS_MAX] = { "run", "sites.ksl" };
	struct command c;
	int n = 2;

	(void)state;
	RUN(&c, "run", "sites.ksl", "--input", "site=s0.csv");
	expect_status(&c, 2);
	expect_says(c.err, "2 to 16 parties");
	expect_says(c.err, "site[0]");
	expect_says(c.err, "clear");
	command_free(&c);
	for (int i = 0; i < 17; i++) {
		args[n++] = "--input";
		args[n++] = "site=s0.csv";
	}
	args[n] = NULL;
	command_run(&c, args);
	expect_status(&c, 2);
	expect_says(c.err, "2 to 16 parties, and this study has 17");
	command_free(&c);
}

static void
test_two(void **state)
{
	static const char *const protocol[] = { "clear", "additive", "mixed" };
	struct command c;

	(void)state;
	for (int local = 0; local < 2; local++) {
		for (int i = 0; i < 3; i++) {
			RUN(&c, "run", "two.ksl", "--input", "a=a.json", "--input", "b=b.json",
			    "--protocol", protocol[i], "--json", local ? NULL : "--no-local");
			expect_status(&c, 0);
			expect_number(c.out, "dot", 140);
			expect_number(c.out, "mine", 6);
			assert_string_equal(c.err, "");
			command_free(&c);
		}
		RUN(&c, "run", "two.ksl", "--input", "a=a.json", "--input", "b=b.json", "--json",
		    "--protocol", "replicated", "--compute", "a,b,helper", local ? NULL : "--no-local");
		expect_status(&c, 0);
		expect_number(c.out, "dot", 140);
		expect_number(c.out, "mine", 6);
		command_free(&c);
	}
}

/* Text for people: the result on standard output, everything else on standard error. */
static void
test_text(void **state)
{
	struct command c;

	(void)state;
	RUN(&c, "run", "sites.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--input",
	    "site=s2.csv");
	expect_status(&c, 0);
	expect_says(c.out, "total");
	expect_says(c.out, "183");
	assert_null(strstr(c.out, "rounds"));
	expect_says(c.err, "round");
	command_free(&c);
}

static void
test_split(void **state)
{
	struct command c;

	(void)state;
	put_file("all.csv", "inst,age\n10,1\n9,2\n10,3\n9,4\n100,5\n");
	RUN(&c, "run", "sites.ksl", "--split", "site=all.csv:inst", "--json");
	expect_status(&c, 0);
	expect_number(c.out, "total", 15);
	expect_says(c.out, "site[2]");
	command_free(&c);
	put_file("hole.csv", "inst,age\n10,1\n,2\n");
	RUN(&c, "run", "sites.ksl", "--split", "site=hole.csv:inst", "--json");
	expect_status(&c, 4);
	command_free(&c);
}

static void
test_compile_error(void **state)
{
	struct command c;
	cJSON *top, *e;

	(void)state;
	put_file(
	    "wrong.ksl", "party a\nparty b\ninput x : int from a\noutput o = x + nope to all\n");
	RUN(&c, "check", "wrong.ksl");
	expect_status(&c, 3);
	expect_says(c.err, "wrong.ksl:4:16: error: ");
	expect_says(c.err, "^^^^");
	command_free(&c);
	RUN(&c, "check", "wrong.ksl", "--json");
	expect_status(&c, 3);
	top = cJSON_Parse(c.err);
	e = cJSON_GetObjectItem(top, "error");
	assert_int_equal(cJSON_GetObjectItem(e, "status")->valueint, 3);
	assert_int_equal(cJSON_GetObjectItem(e, "line")->valueint, 4);
	assert_int_equal(cJSON_GetObjectItem(e, "column")->valueint, 16);
	assert_non_null(cJSON_GetObjectItem(e, "message")->valuestring);
	cJSON_Delete(top);
	command_free(&c);
}

/* What a message quotes may come from another site's file: nothing in it steers a terminal. */
static void
test_terminal(void **state)
{
	struct command c;

	(void)state;
	put_file("odd.session", "[study]\nprogram = sites.ksl\n"
	    "k\033]0;x\007\302\233\342\200\256\377y = 2\n");
	put_file("odd.key", "");
	for (int json = 0; json < 2; json++) {
		RUN(&c, "join", "odd.session", "--as", "a", "--key", "odd.key",
		    json ? "--json" : "--collect");
		expect_status(&c, 2);
		expect_says(c.err, "\"k?]0;x???????y");
		command_free(&c);
	}
}

/* A bad table is found before a process starts, and leaves no file. */
static void
test_bad_table(void **state)
{
	struct command c;

	(void)state;
	RUN(&c, "run", "sites.ksl", "--input", "site=s0.csv", "--input", "site=bad.csv", "-o",
	    "bad.d");
	expect_status(&c, 4);
	expect_says(c.err, "bad.csv:3");
	assert_null(strstr(c.err, "121"));
	assert_string_equal(c.out, "");
	assert_int_equal(entries("bad.d"), -1);
	command_free(&c);
}

static void
test_withheld(void **state)
{
	struct command c;

	(void)state;
	put_file("strict.ksl", "party site[]\ninput age : int in 0..120 [] from site\n"
	    "output total = sum(age) to all require len(age) >= 20\n");
	RUN(&c, "run", "strict.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--json");
	expect_status(&c, 10);
	expect_says(c.out, "require");
	command_free(&c);
}

/* Each party's file has what that party learns, and nothing else. */
static void
test_files(void **state)
{
	struct command c;
	char *a, *b;

	(void)state;
	RUN(&c, "run", "two.ksl", "--input", "a=a.json", "--input", "b=b.json", "-o", "res.d",
	    "--json");
	expect_status(&c, 0);
	assert_int_equal(entries("res.d"), 4);        /* each has JSON and CSV */
	a = get_file("res.d/a.result.json");
	b = get_file("res.d/b.result.json");
	expect_number(a, "dot", 140);
	expect_number(a, "mine", 6);
	expect_number(b, "dot", 140);
	assert_null(strstr(b, "\"value\":6"));
	assert_null(strstr(b, "\"value\": 6"));
	free(b);
	b = get_file("res.d/b.result.csv");
	assert_string_equal(b, "output,term,column,value,withheld\ndot,,,140,\n");
	free(a);
	free(b);
	command_free(&c);
}

static void
test_synthetic(void **state)
{
	struct command c, d;

	(void)state;
	RUN(&c, "run", "sites.ksl", "--protocol", "clear", "--synthetic", "7", "--seed", "3",
	    "--json");
	expect_status(&c, 0);
	expect_number(c.out, "n", 21);
	RUN(&d, "run", "sites.ksl", "--protocol", "clear", "--synthetic", "7", "--seed", "4",
	    "--json");
	expect_status(&d, 0);
	assert_string_not_equal(c.out, d.out);
	command_free(&c);
	command_free(&d);
}

/* A variable on the way is shown in the clear only. */
static void
test_show(void **state)
{
	struct command c;

	(void)state;
	put_file("steps.ksl", "party site[]\ninput age : int in 0..120 [] from site\n"
	    "let half = sum(age) * 3\noutput total = half + 1 to all\n");
	RUN(&c, "run", "steps.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv",
	    "--protocol", "clear", "--show", "half", "--json");
	expect_status(&c, 0);
	expect_number(c.out, "half", 180);
	expect_number(c.out, "total", 181);
	command_free(&c);
	RUN(&c, "run", "steps.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--show",
	    "half");
	expect_status(&c, 2);
	command_free(&c);
	RUN(&c, "run", "steps.ksl", "--protocol", "clear", "--show", "half to all");
	expect_status(&c, 2);
	command_free(&c);
}

/* Without --rows a group has three members, or as many as the protocol has places for. */
static void
test_rows_not_said(void **state)
{
	struct command c;

	(void)state;
	RUN(&c, "check", "sites.ksl");
	expect_status(&c, 0);
	expect_says(c.out, "site[2] 1,000");
	command_free(&c);
	RUN(&c, "check", "sites.ksl", "--protocol", "yao");
	expect_status(&c, 0);
	expect_says(c.out, "site[0] 1,000, site[1] 1,000 (assumed");
	command_free(&c);
}

static void
test_bytecode(void **state)
{
	struct command c;
	char *x, *y;

	(void)state;
	RUN(&c, "compile", "sites.ksl", "--rows", "site=2,1,3", "-o", "s.kbc");
	expect_status(&c, 0);
	command_free(&c);
	RUN(&c, "disasm", "s.kbc");
	expect_status(&c, 0);
	expect_says(c.out, "sum.l");
	put_file("s.txt", c.out);
	command_free(&c);
	RUN(&c, "asm", "s.txt", "-o", "t.kbc");
	expect_status(&c, 0);
	command_free(&c);
	x = get_file("s.kbc");
	y = get_file("t.kbc");
	assert_memory_equal(x, y, OUT_MAX);
	x[40] ^= 0x55;
	put_file("u.kbc", "KONSIL?");
	RUN(&c, "disasm", "u.kbc");
	expect_status(&c, 4);
	command_free(&c);
	free(x);
	free(y);
}

static void
test_keygen(void **state)
{
	struct command c;
	struct stat st;

	(void)state;
	RUN(&c, "keygen", "north");
	expect_status(&c, 0);
	assert_int_equal(stat("north.key", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat("north.pub", &st), 0);
	command_free(&c);
	RUN(&c, "keygen", "north");
	expect_status(&c, 2);
	command_free(&c);
}

/* What explain predicts is what a run meters: rounds and bytes of every phase and link, memory. */
static void
expect_predicted(const char *protocol, const char *compute)
{
	static const char *const same[] = { "rounds", "bytes_sent", "setup", "offline", "online",
		"memory" };
	struct command c, d;
	cJSON *said, *was;
	const cJSON *x, *y;

	RUN(&c, "explain", "fixed.ksl", "--json", "--protocol", protocol, "--compute", compute);
	expect_status(&c, 0);
	RUN(&d, "run", "fixed.ksl", "--input", "p=x.json", "--input", "p=x.json", "--input",
	    "p=x.json", "--json", "--protocol", protocol, "--compute", compute);
	expect_status(&d, 0);
	said = cJSON_Parse(c.out);
	was = cJSON_Parse(d.out);
	x = cJSON_GetObjectItem(said, "cost");
	y = cJSON_GetObjectItem(was, "cost");
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		assert_non_null(cJSON_GetObjectItem(x, same[i]));
		if (!cJSON_Compare(
		        cJSON_GetObjectItem(x, same[i]), cJSON_GetObjectItem(y, same[i]), true))
			fail_msg("%s differs\n%s\n%s", same[i], c.out, d.out);
	}
	assert_true(cJSON_GetObjectItem(x, "rounds")->valueint > 0);
	cJSON_Delete(said);
	cJSON_Delete(was);
	command_free(&c);
	command_free(&d);
}

/* Also where a node shares its own inputs because another of its group does not compute. */
static void
test_explain(void **state)
{
	(void)state;
	put_file("fixed.ksl", "party p[]\ninput x : fixed in -8..8 [50] from p\n"
	    "output o = (x[0] * x[1] + x[2]) / 3 to all\noutput m = sum(x[0] * x[2]) to p[1]\n"
	    "output c = sum(x[0] < x[2]) to all\n");
	put_file("x.json",
	    "{\"x\": [1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,"
	    "1,2,3,4,5,6,7,8,1,2,3,4,5,6,7,8,1.5,-2.25]}");
	expect_predicted("additive", "p[0],p[1],p[2]");
	expect_predicted("additive", "p[0],p[2],helper");
	expect_predicted("replicated", "p[0],p[1],p[2]");
	expect_predicted("replicated", "p[0],p[2],helper");
}

/* Several files of one party, a member named out of order, a parameter from a file. */
static void
test_input_forms(void **state)
{
	struct command c;

	(void)state;
	put_file("forms.ksl",
	    "param w : int[2]\nparty a\nparty site[]\ninput k : int in 0..9 from a\n"
	    "input j : int in 0..9 from a\ninput age : int in 0..120 [] from site\n"
	    "output o = w[0] * k + w[1] * j to all\noutput ages = age to all\n");
	put_file("w.json", "[10, 3]");
	put_file("k.json", "{\"k\": 4}");
	put_file("j.json", "{\"j\": 5}");
	RUN(&c, "run", "forms.ksl", "-D", "w=@w.json", "--input", "a=k.json", "--input",
	    "site[1]=s0.csv", "--input", "a=j.json", "--input", "site[0]=s1.csv", "--json");
	expect_status(&c, 0);
	expect_number(c.out, "o", 55);
	expect_says(c.out, "[30, 10, 20]");
	command_free(&c);
}

/* The processes that a run has started: its children in /proc. */
static int
children_of(pid_t pid, pid_t child[16])
{
	char path[64], *text, *at;
	int n = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	text = get_file(path);
	for (at = strtok(text, " "); at != NULL && n < 16; at = strtok(NULL, " "))
		child[n++] = (pid_t)atoi(at);
	free(text);
	return n;
}

/* A run over slow links, seen when its parties have started. */
static void
start_slow(struct command *c, pid_t child[16])
{
	double until = seconds() + END_S;

	START(c, "run", "two.ksl", "--input", "a=a.json", "--input", "b=b.json", "--net", "20s",
	    "-o", "slow.d", "--no-local");
	while (children_of(c->pid, child) < 2 && seconds() < until)
		nap(0.005);
	assert_true(children_of(c->pid, child) == 2);
	nap(0.3);
}

static void
test_killed_child(void **state)
{
	struct command c;
	pid_t child[16];

	(void)state;
	for (int which = 0; which < 2; which++) {
		start_slow(&c, child);
		assert_int_equal(kill(child[which], SIGKILL), 0);
		command_end(&c);
		expect_status(&c, 8);
		expect_says(c.err, which == 0 ? "process of a " : "process of b ");
		assert_string_equal(c.out, "");
		assert_int_equal(entries("slow.d"), -1);
		command_free(&c);
	}
}

/* Interrupted: the children are gone, and so is the private directory. */
static void
test_interrupt(void **state)
{
	struct command c;
	pid_t child[16];
	char tmp[PATH_BYTES];

	(void)state;
	snprintf(tmp, sizeof tmp, "%s/tmp", work);
	assert_int_equal(mkdir(tmp, 0700), 0);
	assert_int_equal(setenv("TMPDIR", tmp, 1), 0);
	start_slow(&c, child);
	assert_int_equal(entries(tmp), 1);
	assert_int_equal(kill(c.pid, SIGINT), 0);
	command_end(&c);
	expect_status(&c, 1000 + SIGINT);
	assert_int_equal(entries(tmp), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(kill(child[i], 0), -1);
	assert_int_equal(unsetenv("TMPDIR"), 0);
	command_free(&c);
}

static int
setup(void **state)
{
	int st = work_make(state);

	put_inputs();
	return st;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_compile_error),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_withheld),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_synthetic),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_rows_not_said),
		cmocka_unit_test(test_bytecode),
		cmocka_unit_test(test_keygen),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_input_forms),
		cmocka_unit_test(test_killed_child),
		cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests(tests, setup, work_remove);
}
