/* test_join_ledger.c: sessions one after another at sites that keep a ledger: what is written,
 * what is refused, and what the others hear of it. */
#include "command.h"

enum { NORTH, SOUTH, WEST, N_SITE, N_MORE_MAX = 8 };

static const char *const site_name[N_SITE] = { "north", "south", "west" };
static char token[N_SITE][256];

/* Rows lo .. hi of a site, with a value each. */
static void
put_rows(const char *file, int lo, int hi)
{
	char text[8192] = "pid,age\n";

	for (int i = lo; i < hi; i++) {
		size_t at = strlen(text);
		snprintf(text + at, sizeof text - at, "P%d,%d\n", i, 20 + i % 50);
	}
	put_file(file, text);
}

static void
put_session(const char *program, const char *more, const char *timeout)
{
	static int serial;
	char text[4096];
	size_t at = (size_t)snprintf(text, sizeof text,
	    "[study]\nname = ages-2026\nprogram = %s\ntimeout = %s\n%s", program, timeout, more);

	serial++;
	for (int i = 0; i < N_SITE; i++)
		at += (size_t)snprintf(text + at, sizeof text - at,
		    "[party %s]\nis = site\nkey = %s\nendpoint = ipc://%s/s%d-%d\n", site_name[i],
		    token[i], work, serial, i);
	put_file("s.session", text);
}

/* more: further options, the last NULL; NULL: none. */
static void
start(struct command *c, int i, const char *csv, const char *const *more)
{
	const char *args[N_ARGS_MAX] = { "join", "s.session", "--as", site_name[i], "--key", NULL,
		"--input", csv, "-o", "res.d" };
	char key[32];
	int n = 10;

	snprintf(key, sizeof key, "%s.key", site_name[i]);
	args[5] = key;
	while (more != NULL && *more != NULL)
		args[n++] = *more++;
	args[n] = NULL;
	command_start(c, args);
}

static const char *const ledger[] = { "--ledger", "north.ledger", NULL };

/* North with a table and options; the others as always.  Says what north must end with. */
static void
session(struct command c[N_SITE], const char *csv, const char *const *more, int status)
{
	for (int i = 0; i < N_SITE; i++)
		start(&c[i], i, i == NORTH ? csv : i == SOUTH ? "south.csv" : "west.csv",
		    i == NORTH ? more : NULL);
	for (int i = 0; i < N_SITE; i++)
		command_end(&c[i]);
	expect_status(&c[NORTH], status);
	for (int i = SOUTH; i < N_SITE; i++)
		expect_status(&c[i], status == 0 ? 0 : 8);
	assert_int_equal(entries("res.d"), status == 0 ? 2 * N_SITE : -1);
	(void)!system("rm -rf res.d");
}

static void
free_all(struct command c[N_SITE])
{
	for (int i = 0; i < N_SITE; i++)
		command_free(&c[i]);
}

/* A session of which only north's status is of interest. */
static void
go(const char *csv, const char *const *more, int status, const char *says)
{
	struct command c[N_SITE];

	session(c, csv, more, status);
	expect_says(c[NORTH].err, says);
	free_all(c);
}

/* How many lines of the ledger begin so. */
static int
lines(const char *begin)
{
	char *text = get_file("north.ledger");
	int n = 0;

	for (char *at = text; at != NULL && *at != '\0';) {
		n += strncmp(at, begin, strlen(begin)) == 0;
		at = strchr(at, '\n');
		at = at == NULL ? NULL : at + 1;
	}
	free(text);
	return n;
}

static void
expect_lines(int runs, int cohorts, int ends)
{
	assert_int_equal(lines("{\"run\":"), runs);
	assert_int_equal(lines("{\"cohort\":"), cohorts);
	assert_int_equal(lines("{\"end\":"), ends);
}

static void
test_one_after_another(void **state)
{
	struct command c[N_SITE];

	(void)state;
	put_session("ages.ksl", "", "120s");
	go("north.csv", ledger, 0, "run 1 of north.ledger; no earlier one");
	go("north.csv", ledger, 0, "run 2 of north.ledger; 1 earlier one was");
	put_rows("fewer.csv", 1, 40);
	session(c, "fewer.csv", ledger, 5);
	expect_says(c[NORTH].err, "nearly the same rows as that of run 2 of 20");
	expect_says(c[NORTH].err, "(ages-2026, study hash ");
	for (int i = SOUTH; i < N_SITE; i++) {
		expect_says(c[i].err, "north");  /* which stopped, or because of which another did */
		assert_null(strstr(c[i].err, "rows"));
		assert_null(strstr(c[i].err, "ledger"));
	}
	free_all(c);
	put_rows("fewer.csv", 9, 40);
	go("fewer.csv", ledger, 5, "nearly the same");
	put_rows("fewer.csv", 10, 40);
	go("fewer.csv", ledger, 0, "run 3 of north.ledger; 2 earlier");
	expect_lines(3, 2, 3);
}

/* A session that did not begin costs nothing; one in which a node is lost counts. */
static void
test_failures(void **state)
{
	struct command c[N_SITE];

	(void)state;
	put_session("ages.ksl", "", "3s");
	start(&c[NORTH], NORTH, "north.csv", ledger);
	command_end(&c[NORTH]);
	expect_status(&c[NORTH], 8);
	command_free(&c[NORTH]);
	expect_lines(0, 0, 0);
	put_session("long.ksl", "", "120s");
	for (int i = 0; i < N_SITE; i++)
		start(&c[i], i, i == NORTH ? "north.csv" : i == SOUTH ? "south.csv" : "west.csv",
		    i == NORTH ? ledger : NULL);
	for (int k = 0; k < 12000 && lines("{\"run\":") == 0; k++)
		nap(0.01);
	kill(c[NORTH].pid, SIGKILL);
	for (int i = 0; i < N_SITE; i++)
		command_end(&c[i]);
	expect_status(&c[NORTH], 1000 + SIGKILL);
	free_all(c);
	expect_lines(1, 1, 0);
	put_session("ages.ksl", "", "120s");
	put_rows("fewer.csv", 3, 40);
	go("fewer.csv", ledger, 5, "run 1");
	go("north.csv", ledger, 0, "1 earlier one");
}

static void
test_broken(void **state)
{
	const char *const absent[] = { "--ledger", "south.ledger", NULL };
	struct command c[N_SITE];
	char *text;

	(void)state;
	put_session("ages.ksl", "", "120s");
	session(c, "north.csv", absent, 2);
	expect_says(c[NORTH].err, "touch south.ledger");
	assert_int_equal(access("south.ledger", F_OK), -1);
	free_all(c);
	go("north.csv", ledger, 0, "run 1");
	text = get_file("north.ledger");
	*strstr(text, "ages-2026") = 'A';
	put_file("north.ledger", text);
	free(text);
	session(c, "north.csv", ledger, 4);
	expect_says(c[NORTH].err, "north.ledger:3: error: the ledger is broken");
	expect_says(c[SOUTH].err, "north");
	free_all(c);
}

static void
test_rules(void **state)
{
	const char *const policy[] = { "--policy", "own.ini", NULL };
	const char *const both[] = { "--policy", "own.ini", "--ledger", "north.ledger", NULL };
	struct command c;

	(void)state;
	put_session("ages.ksl", "policy = own.ini\n", "120s");
	put_file("own.ini", "[policy]\ncells = 5\n[ledger]\nruns = 3\nkey = pid\n");
	start(&c, NORTH, "north.csv", policy);
	command_end(&c);
	expect_status(&c, 5);
	expect_says(c.err, "--ledger FILE is missing");
	command_free(&c);
	go("north.csv", both, 0, "run 1");
	/* Other columns: the same people; five others are enough for cells = 5. */
	put_file("own.csv", "age\n10\n");
	put_rows("fewer.csv", 4, 40);
	go("fewer.csv", both, 5, "nearly the same");
	put_rows("fewer.csv", 5, 40);
	go("fewer.csv", both, 0, "run 2");
	/* What is [ledger]'s is no part of the study: the others read the file as it was. */
	go("north.csv", both, 0, "run 3");
	go("north.csv", both, 5, "3 runs about the same rows");
	start(&c, NORTH, "own.csv", both);
	command_end(&c);
	expect_status(&c, 4);
	expect_says(c.err, "no table has the column \"pid\"");
	command_free(&c);
	put_file("own.ini", "[policy]\ncells = 5\n[ledger]\nrun = 3\n");
	start(&c, NORTH, "north.csv", both);
	command_end(&c);
	expect_status(&c, 2);
	expect_says(c.err, "own.ini:4: error: there is no rule \"run\" in [ledger]");
	expect_says(c.err, "did you mean \"runs\"?");
	command_free(&c);
}

/* A site may have rules for its ledger, and none for the study. */
static void
test_ledger_alone(void **state)
{
	const char *const both[] = { "--policy", "own.ini", "--ledger", "north.ledger", NULL };

	(void)state;
	put_session("ages.ksl", "", "120s");
	put_file("own.ini", "[ledger]\nruns = 1\n");
	go("north.csv", both, 0, "run 1");
	go("north.csv", both, 5, "about the same rows");
}

/* Known only when all agreed on row counts. */
static void
test_budget(void **state)
{
	const char *const both[] = { "--policy", "own.ini", "--ledger", "north.ledger", NULL };

	(void)state;
	put_file("own.ini", "[policy]\ncells = 5\n[ledger]\nepsilon = 1.2\n");
	put_session("noisy.ksl", "policy = own.ini\n", "120s");
	go("north.csv", both, 0, "run 1");
	go("north.csv", both, 0, "run 2");
	go("north.csv", both, 5, "towards south; earlier ones about the same rows spent 1, and 1.2");
	put_session("ages.ksl", "policy = own.ini\n", "120s");
	go("north.csv", both, 5, "outputs without noise");
	expect_lines(2, 1, 2);
}

/* A site that does not compute: before it sends anything. */
static void
test_contributor(void **state)
{
	const char *const leave[] = { "--leave", "--ledger", "north.ledger", NULL };
	const char *const collect[] = { "join", "s.session", "--as", "north", "--key", "north.key",
		"--ledger", "north.ledger", "--collect", "--json", NULL };
	struct command c[N_SITE], again;

	(void)state;
	put_session("ages.ksl", "compute = south, west\n", "120s");
	for (int i = 0; i < N_SITE; i++)
		start(&c[i], i, i == NORTH ? "north.csv" : i == SOUTH ? "south.csv" : "west.csv",
		    i == NORTH ? leave : NULL);
	command_end(&c[NORTH]);
	expect_status(&c[NORTH], 0);
	command_run(&again, collect);
	expect_status(&again, 0);
	expect_number(again.out, "rows", 80);
	for (int i = SOUTH; i < N_SITE; i++) {
		command_end(&c[i]);
		expect_status(&c[i], 0);
	}
	command_free(&again);
	free_all(c);
	expect_lines(1, 1, 1);
	put_rows("fewer.csv", 0, 39);
	start(&c[NORTH], NORTH, "fewer.csv", leave);
	command_end(&c[NORTH]);
	expect_status(&c[NORTH], 5);
	command_free(&c[NORTH]);
	expect_lines(1, 1, 1);
}

/* The sheet lists them. */
static void
test_sheet(void **state)
{
	struct command c;
	cJSON *top, *runs;

	(void)state;
	RUN(&c, "check", "ages.ksl", "--ledger", "north.ledger", "--key", "north.key");
	expect_status(&c, 0);
	expect_says(c.out, "None is on the ledger.");
	command_free(&c);
	put_session("noisy.ksl", "", "120s");
	go("north.csv", ledger, 0, "run 1");
	go("north.csv", ledger, 0, "run 2");
	RUN(&c, "check", "ages.ksl", "--ledger", "north.ledger", "--key", "north.key");
	expect_status(&c, 0);
	expect_says(c.out, "EARLIER RUNS OF THIS SITE");
	expect_says(c.out, "  - Run 2, 20");
	expect_says(c.out, "of run 1;");
	expect_says(c.out, "0.5 towards");
	command_free(&c);
	RUN(&c, "check", "ages.ksl", "--ledger", "north.ledger", "--key", "north.key", "--json");
	expect_status(&c, 0);
	top = cJSON_Parse(c.out);
	runs = cJSON_GetObjectItem(top, "earlier_runs");
	assert_int_equal(cJSON_GetArraySize(runs), 2);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(runs, 1), "noise_only")));
	cJSON_Delete(top);
	command_free(&c);
	RUN(&c, "check", "ages.ksl", "--ledger", "north.ledger", "--key", "south.key");
	expect_status(&c, 4);
	expect_says(c.err, "another key");
	command_free(&c);
	RUN(&c, "check", "ages.ksl", "--ledger", "north.ledger");
	expect_status(&c, 2);
	command_free(&c);
}

static int
fresh(void **state)
{
	(void)state;
	(void)!system("rm -rf res.d");
	put_file("ages.ksl", "study \"Ages\"\nparty site[]\ninput age : int in 0..120 [] from site\n"
	    "output total = sum(age) to all require len(age) >= 5\noutput rows = len(age) to all\n");
	put_file("long.ksl", "party site[3]\ninput age : int in 0..120 [] from site\n"
	    "var t = 0\nfor i in 0..20000 {\n"
	    "    t = if age[i % 40] > t then age[40 + i % 40] else age[i % 40]\n}\n"
	    "output t to all\n");
	put_file("noisy.ksl", "party site[]\ninput age : int in 0..120 [] from site\n"
	    "output total = sum(age) to site[1] noise laplace(epsilon = 1/2)\n");
	put_rows("north.csv", 0, 40);
	put_rows("south.csv", 100, 120);
	put_rows("west.csv", 200, 220);
	put_file("north.ledger", "");
	return 0;
}

static int
setup(void **state)
{
	int st = work_make(state);

	for (int i = 0; i < N_SITE; i++) {
		struct command c;

		RUN(&c, "keygen", site_name[i]);
		expect_status(&c, 0);
		snprintf(token[i], sizeof token[i], "%.*s", (int)strcspn(c.out, "\n"), c.out);
		command_free(&c);
	}
	return st;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_after_another, fresh),
		cmocka_unit_test_setup(test_failures, fresh),
		cmocka_unit_test_setup(test_broken, fresh),
		cmocka_unit_test_setup(test_rules, fresh),
		cmocka_unit_test_setup(test_ledger_alone, fresh),
		cmocka_unit_test_setup(test_budget, fresh),
		cmocka_unit_test_setup(test_contributor, fresh),
		cmocka_unit_test_setup(test_sheet, fresh),
	};

	return cmocka_run_group_tests(tests, setup, work_remove);
}
