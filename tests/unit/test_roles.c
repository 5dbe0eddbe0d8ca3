/* test_roles.c: `konsil run` and its kin where not every party computes: who may be named, what
 * comes out, and who is to blame. */
#include "command.h"

enum { N_SITE = 9 };

static const char two[] =
    "study \"Two\"\n"
    "party a\n"
    "party b\n"
    "input x : int in 0..1000 [3] from a\n"
    "input y : int in 0..1000 [3] from b\n"
    "output dot = dot(x, y) to all\n"
    "output mine = sum(x) to a\n"
    "output yours = max(y) to b\n";

static const char sites[] =
    "party site[]\n"
    "party owner\n"
    "input age : int? in 0..120 [] from site\n"
    "input sex : oneof(\"f\", \"m\") [] from site\n"
    "input w : fixed in -8..8 from owner\n"
    "output total = sum(age) to all\n"
    "output women = sum(sex == \"f\") to all\n"
    "output scaled = sum(age) * w to owner\n"
    "output old = max(age) to site[8]\n"
    "output own = age + 1 to each site\n"
    "output few = sum(age) to site[7] require len(age) >= 1000\n";

static void
put_inputs(void)
{
	char name[32], text[512];

	put_file("two.ksl", two);
	put_file("sites.ksl", sites);
	put_file("a.json", "{\"x\": [1, 2, 3]}");
	put_file("b.json", "{\"y\": [10, 20, 30]}");
	put_file("owner.json", "{\"w\": 0.5}");
	for (int i = 0; i < N_SITE; i++) {
		size_t at = (size_t)snprintf(text, sizeof text, "age,sex\n");

		for (int k = 0; k <= i; k++)
			at += (size_t)snprintf(text + at, sizeof text - at, "%d,%c\n", 10 * i + k,
			    k % 2 == 0 ? 'f' : 'm');
		snprintf(name, sizeof name, "s%d.csv", i);
		put_file(name, text);
	}
	put_file("bad.csv", "age,sex\n10,f\n121,f\n");
}

/* Every list of those that compute that cannot be, and what the answer suggests. */
static void
test_wrong_compute(void **state)
{
	static const struct { const char *arg[8]; const char *says, *helps; } wrong[] = {
		{ { "two.ksl", "--compute", "a,,b" }, "no list of parties", "" },
		{ { "two.ksl", "--compute", "" }, "no list of parties", "" },
		{ { "two.ksl", "--compute", "a,b," }, "a name is empty", "" },
		{ { "two.ksl", "--compute", "a, b,a" }, "a is named twice", "" },
		{ { "two.ksl", "--compute", "a,b b" }, "\"b b\" is to compute", "a, b" },
		{ { "two.ksl", "--compute", "a" }, "2 to 16 computing nodes, and `compute` names 1", "" },
		{ { "two.ksl", "--compute", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q" }, "more than 16", "" },
		{ { "group.ksl", "--compute", "site,cloud" }, "no such party",
		    "site[0], site[1], site[2]" },
		{ { "group.ksl", "--compute", "site[0],site[3]" }, "no such party",
		    "did you mean site[0]" },
		{ { "two.ksl", "--protocol", "replicated" }, "for 3 parties, and this study has 2",
		    "--compute a,b,helper" },
		{ { "two.ksl", "--protocol", "replicated", "--compute", "a,b" }, "`compute` names 2", "" },
		{ { "two.ksl", "--protocol", "yao", "--compute", "a,cloud" }, "leaves out b",
		    "additive and replicated" },
		{ { "two.ksl", "--protocol", "mixed", "--compute", "a,b,cloud" }, "names 3", "" },
		{ { "group.ksl", "--rows", "site=1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1" },
		    "2 to 16 parties, and this study has 17", "--compute site[0],site[1],site[2]" },
	};
	const char *arg[10] = { "check" };
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		memcpy(arg + 1, wrong[i].arg, sizeof wrong[i].arg);
		command_run(&c, arg);
		expect_status(&c, 2);
		expect_says(c.err, wrong[i].says);
		expect_says(c.err, wrong[i].helps);
		assert_string_equal(c.out, "");
		command_free(&c);
	}
}

/* Who computes, by the sheet of `check --json`. */
static void
expect_nodes(const char *const *args, const char *nodes)
{
	char line[256];
	struct command c;

	command_run(&c, args);
	expect_status(&c, 0);
	snprintf(line, sizeof line, "Computed by  %s, each", nodes);
	expect_says(c.out, line);
	command_free(&c);
}

static void
test_compute(void **state)
{
	(void)state;
#define NODES(nodes, ...) expect_nodes((const char *const[]){ "check", __VA_ARGS__, NULL }, nodes)
	NODES("a and b", "two.ksl");
	NODES("a and b", "two.ksl", "--compute", "b , a");
	NODES("a and cloud", "two.ksl", "--compute", "cloud,a");
	NODES("a, b and cloud", "two.ksl", "--compute", "a,b,cloud", "--protocol", "replicated");
	NODES("a and cloud", "two.ksl", "--compute", "a,cloud", "--protocol", "additive");
	NODES("site[0], site[1] and site[2]", "group.ksl", "--protocol", "replicated", "--rows",
	    "site=1,2,3,4,5,6");
	NODES("site[1], site[2] and site[5]", "group.ksl", "--protocol", "replicated", "--rows",
	    "site=1,2,3,4,5,6", "--compute", "site[5],site[1],site[2]");
#undef NODES
}

/* run sites.ksl with nine sites and an owner; `more` ends with NULL. */
static void
run_sites(struct command *c, const char *const *more)
{
	static char input[N_SITE][32];
	const char *args[N_ARGS_MAX] = { "run", "sites.ksl", "--input", "owner=owner.json", "--json" };
	int n = 5;

	for (int i = 0; i < N_SITE; i++) {
		snprintf(input[i], sizeof input[i], "site=s%d.csv", i);
		args[n++] = "--input";
		args[n++] = input[i];
	}
	for (int i = 0; more[i] != NULL; i++)
		args[n++] = more[i];
	args[n] = NULL;
	command_run(c, args);
}
#define RUN_SITES(c, ...) run_sites(c, (const char *const[]){ __VA_ARGS__, NULL })

/* The sum of ages over all sites; of site i alone they are 10 i .. 11 i. */
static double
total_age(void)
{
	double sum = 0;

	for (int i = 0; i < N_SITE; i++)
		for (int k = 0; k <= i; k++)
			sum += 10 * i + k;
	return sum;
}

static void
expect_sites(const struct command *c)
{
	const cJSON *own, *mine;
	char name[32];
	cJSON *top;

	expect_status(c, 0);
	expect_number(c->out, "total", total_age());
	expect_number(c->out, "women", 25);
	expect_number(c->out, "scaled", total_age() / 2);
	expect_number(c->out, "old", 88);
	own = output_of(&top, c->out, "own");
	for (int i = 0; i < N_SITE; i++) {
		snprintf(name, sizeof name, "site[%d]", i);
		mine = cJSON_GetObjectItem(own, name);
		assert_int_equal(cJSON_GetArraySize(mine), i + 1);
		for (int k = 0; k <= i; k++)
			assert_true(cJSON_GetArrayItem(mine, k)->valuedouble == 10 * i + k + 1);
	}
	cJSON_Delete(top);
	expect_says(c->out, "\"rule\":\t\"require\"");
}

/* Nodes are first, last, in between, helpers; what comes out is always the same. */
static void
test_sites(void **state)
{
	static const struct { const char *protocol, *compute; } row[] = {
		{ "clear", "site[0],site[4]" },
		{ "additive", NULL },
		{ "additive", "site[0],site[1]" },
		{ "additive", "owner,site[8],site[3]" },
		{ "additive", "cloud,dusk" },
		{ "replicated", NULL },
		{ "replicated", "site[2],site[5],owner" },
		{ "replicated", "site[6],cloud,dusk" },
		{ "replicated", "cloud,dawn,dusk" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		print_message("%s, %s\n", row[i].protocol, row[i].compute);
		RUN_SITES(&c, "--protocol", row[i].protocol,
		    row[i].compute == NULL ? NULL : "--compute", row[i].compute);
		expect_sites(&c);
		assert_string_equal(c.err, "");
		command_free(&c);
	}
	RUN_SITES(&c, "--protocol", "replicated", "--compute", "site[1],owner,cloud", "--no-local");
	expect_sites(&c);
	command_free(&c);
}

/* Files of results: everybody's but helpers', and in each what is its own. */
static void
test_files(void **state)
{
	struct command c;
	char *text;

	(void)state;
	RUN_SITES(&c, "--protocol", "replicated", "--compute", "site[0],owner,cloud", "-o", "res.d");
	expect_status(&c, 0);
	assert_int_equal(entries("res.d"), 2 * (N_SITE + 1));
	text = get_file("res.d/site[8].result.json");
	expect_number(text, "old", 88);
	assert_null(strstr(text, "scaled"));
	assert_null(strstr(text, "site[3]\":\t["));
	free(text);
	text = get_file("res.d/owner.result.json");
	expect_number(text, "scaled", total_age() / 2);
	assert_null(strstr(text, "\"old\""));
	free(text);
	assert_int_equal(access("res.d/cloud.result.json", F_OK), -1);
	command_free(&c);
}

static double
guest_bytes(const char *json, const char *party, const char *what)
{
	cJSON *top = cJSON_Parse(json);
	const cJSON *guests = cJSON_GetObjectItem(cJSON_GetObjectItem(top, "cost"), "guests");
	const cJSON *n = cJSON_GetObjectItem(cJSON_GetObjectItem(guests, party), what);
	double bytes = cJSON_IsNumber(n) ? n->valuedouble : -1;

	cJSON_Delete(top);
	return bytes;
}

/* What those that do not compute send is what was predicted: a key of 16 bytes to each node (two of
 * three under replicated), a head, an answer, and to some the numbers themselves. */
static void
test_bytes(void **state)
{
	static const char *const compute[] = { "a,cloud", "a,cloud,dusk" };
	struct command c, run;

	(void)state;
	for (int i = 0; i < 2; i++) {
		const char *protocol = i == 0 ? "additive" : "replicated";
		double sent;

		RUN(&c, "explain", "two.ksl", "--protocol", protocol, "--compute", compute[i],
		    "--json");
		expect_status(&c, 0);
		RUN(&run, "run", "two.ksl", "--input", "a=a.json", "--input", "b=b.json",
		    "--protocol", protocol, "--compute", compute[i], "--json");
		expect_status(&run, 0);
		sent = guest_bytes(c.out, "b", "sent");
		assert_true(sent > 3 * 16 && sent < 1000);
		assert_true(sent == guest_bytes(run.out, "b", "sent"));
		assert_true(guest_bytes(c.out, "b", "received") > 0);
		assert_true(guest_bytes(c.out, "a", "sent") == -1);
		command_free(&c);
		command_free(&run);
	}
	RUN(&c, "explain", "two.ksl", "--compute", "a,cloud");
	expect_status(&c, 0);
	expect_says(c.out, "3 parties, 2 of which compute");
	expect_says(c.out, "bytes of who computes not");
	command_free(&c);
}

/* A thousand parties: what is said of them fits a page, and is there in JSON. */
static void
test_thousand(void **state)
{
	enum { MANY = 1000 };
	static char rows[8 * MANY] = "site=1000";
	static const char *const command[] = { "check", "explain" };
	struct command c;
	int lines = 0;
	cJSON *top;

	(void)state;
	for (int i = 1; i < MANY; i++)
		strcat(rows, i % 2 == 0 ? ",1000" : ",999");
	for (int i = 0; i < 2; i++, lines = 0) {
		RUN(&c, command[i], "group.ksl", "--rows", rows, "--protocol", "replicated");
		expect_status(&c, 0);
		for (const char *s = c.out; *s != '\0'; s++)
			lines += *s == '\n';
		assert_in_range(lines, 10, 80);
		expect_says(c.out, "1,000 sites of site with 999 to 1,000 rows");
		command_free(&c);
	}
	RUN(&c, "check", "group.ksl", "--rows", rows, "--protocol", "replicated", "--json");
	top = cJSON_Parse(c.out);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(top, "parties")), MANY);
	cJSON_Delete(top);
	command_free(&c);
	RUN(&c, "explain", "group.ksl", "--rows", rows, "--protocol", "replicated", "--json");
	top = cJSON_Parse(c.out);
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(
	    cJSON_GetObjectItem(top, "cost"), "guests")), MANY - 3);
	cJSON_Delete(top);
	command_free(&c);
}

/* A bad table of a party that only contributes: found before anything starts. */
static void
test_bad_table(void **state)
{
	struct command c;

	(void)state;
	RUN(&c, "run", "group.ksl", "--protocol", "replicated", "--compute", "site[0],site[1],cloud",
	    "--input", "site=s1.csv", "--input", "site=s2.csv", "--input", "site=bad.csv");
	expect_status(&c, 4);
	expect_says(c.err, "bad.csv");
	assert_string_equal(c.out, "");
	command_free(&c);
}

/* More parties than processes at a time, and than there may be nodes. */
static void
test_many(void **state)
{
	enum { MANY = 70 };
	char text[MANY * 8 + 64];
	struct command c;
	size_t at = (size_t)snprintf(text, sizeof text, "inst,age\n");
	cJSON *top;

	(void)state;
	for (int i = 0; i < MANY; i++)
		at += (size_t)snprintf(text + at, sizeof text - at, "%d,%d\n", i, i);
	put_file("many.csv", text);
	put_file("many.ksl", "party site[]\ninput age : int in 0..120 [] from site\n"
	    "output total = sum(age) to all\noutput own = age to each site\n");
	RUN(&c, "run", "many.ksl", "--split", "site=many.csv:inst", "--protocol", "replicated",
	    "--json");
	expect_status(&c, 0);
	expect_number(c.out, "total", MANY * (MANY - 1) / 2);
	assert_int_equal(cJSON_GetArraySize(output_of(&top, c.out, "own")), MANY);
	cJSON_Delete(top);
	command_free(&c);
	RUN(&c, "run", "many.ksl", "--split", "site=many.csv:inst", "--protocol", "replicated");
	expect_status(&c, 0);
	expect_says(c.err, "70 sites of site with 1 row each, 70 in all");
	expect_says(c.err, "and 52 more");
	expect_says(c.out, "own (site[39])");
	assert_null(strstr(c.out, "own (site[40])"));
	expect_says(c.out, "... 30 more parties'; -o DIR or --json has them");
	command_free(&c);
}

static int
setup(void **state)
{
	int st = work_make(state);

	put_inputs();
	put_file("group.ksl", "party site[]\ninput age : int in 0..120 [] from site\n"
	    "output total = sum(age) to all\n");
	return st;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_compute),
		cmocka_unit_test(test_compute),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_thousand),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, setup, work_remove);
}
