/* test_join_roles.c: sessions in which not every site computes, each a `konsil join` of its own.
 *
 * North, south and cloud, a helper, compute; west and east contribute and receive, donor only
 * contributes, viewer only receives. */
#include "command.h"

enum { NORTH, SOUTH, WEST, EAST, DONOR, VIEWER, CLOUD, N_SITE };

static const char *const site_name[N_SITE] = { "north", "south", "west", "east", "donor", "viewer",
	"cloud" };
static const char *const site_is[N_SITE] = { "site", "site", "site", "site", "donor", "viewer",
	"helper" };
static char token[N_SITE][256];

static const char program[] =
    "study \"Ages\"\n"
    "party site[]\n"
    "party donor\n"
    "party viewer\n"
    "input age : int in 0..120 [] from site\n"
    "input gift : int in 0..9 from donor\n"
    "output total = sum(age) + gift to site\n"
    "output own = age * gift to each site\n"
    "output most = max(age) to viewer\n";

/* A session file; what is NULL is as it should be. */
struct plan {
	const char *protocol, *compute, *timeout;
	int homeless;                   /* a node whose endpoint is missing, or -1 */
};

static const struct plan usual = { "replicated", "north, south, cloud", "2m", -1 };

static bool
computes(int site)
{
	return site == NORTH || site == SOUTH || site == CLOUD;
}

static void
put_session(const char *file, const struct plan *p)
{
	static int serial;
	char text[4096];
	size_t at = (size_t)snprintf(text, sizeof text,
	    "[study]\nname = ages\nprogram = ages.ksl\nprotocol = %s\ntimeout = %s\n%s%s\n",
	    p->protocol, p->timeout, p->compute == NULL ? "" : "compute = ",
	    p->compute == NULL ? "" : p->compute);

	serial++;
	for (int i = 0; i < N_SITE; i++) {
		at += (size_t)snprintf(text + at, sizeof text - at,
		    "[party %s]\nis = %s\nkey = %s\n", site_name[i], site_is[i], token[i]);
		if (computes(i) && i != p->homeless)
			at += (size_t)snprintf(text + at, sizeof text - at,
			    "endpoint = ipc://%s/s%d-%d\n", work, serial, i);
	}
	put_file(file, text);
}

/* Starts a site with its data, if it brings any, and one more option or NULL. */
static void
start(struct command *c, int i, const char *more)
{
	const char *args[N_ARGS_MAX] = { "join", "s.session", "--as", site_name[i], "--key", NULL,
		"-o", "res.d" };
	char key[32], data[32];
	int n = 8;

	snprintf(key, sizeof key, "%s.key", site_name[i]);
	snprintf(data, sizeof data, "%s.%s", site_name[i], i == DONOR ? "json" : "csv");
	args[5] = key;
	if (more == NULL || strcmp(more, "--collect") != 0) {
		if (i != CLOUD && i != VIEWER) {
			args[n++] = "--input";
			args[n++] = data;
		}
	}
	if (more != NULL)
		args[n++] = more;
	args[n] = NULL;
	command_start(c, args);
}

static void
end(struct command *c, int status)
{
	command_end(c);
	expect_status(c, status);
}

static void
expect_result(int i, const char *name, double want)
{
	char path[64], *text;

	snprintf(path, sizeof path, "res.d/%s.result.json", site_name[i]);
	text = get_file(path);
	expect_number(text, name, want);
	free(text);
}

/* 10 20 | 30 | 40 41 42 | 50, gift 7. */
static void
expect_all(void)
{
	static const int site[] = { NORTH, SOUTH, WEST, EAST };

	for (int i = 0; i < 4; i++)
		expect_result(site[i], "total", 10 + 20 + 30 + 40 + 41 + 42 + 50 + 7);
	expect_result(VIEWER, "most", 50);
}

static void
free_all(struct command *c, int n)
{
	for (int i = 0; i < n; i++)
		command_free(&c[i]);
	(void)!system("rm -rf res.d");
}

/* Whoever comes first waits; east leaves and comes back; the donor gets nothing and goes. */
static void
session(const struct plan *p, bool nodes_first)
{
	struct command c[N_SITE], back;

	put_session("s.session", p);
	for (int i = 0; i < N_SITE; i++) {
		int k = nodes_first ? i : N_SITE - 1 - i;
		start(&c[k], k, k == EAST ? "--leave" : NULL);
	}
	end(&c[DONOR], 0);
	expect_says(c[DONOR].err, "as random shares to north, south and cloud");
	expect_says(c[DONOR].err, "gives donor no output");
	assert_string_equal(c[DONOR].out, "");
	end(&c[EAST], 0);
	expect_says(c[EAST].err, "1 row of east went");
	expect_says(c[EAST].err, "--collect");
	assert_string_equal(c[EAST].out, "");
	end(&c[WEST], 0);
	expect_says(c[WEST].err, "(assumed here");
	expect_says(c[WEST].err, "north 2, south 1, west 3, east 1");
	expect_says(c[WEST].out, "280, 287, 294");
	end(&c[VIEWER], 0);
	assert_null(strstr(c[VIEWER].out, "total"));
	assert_int_equal(waitpid(c[NORTH].pid, NULL, WNOHANG), 0);      /* waits for east */
	start(&back, EAST, "--collect");
	end(&back, 0);
	expect_says(back.out, "350");
	end(&c[NORTH], 0);
	end(&c[SOUTH], 0);
	end(&c[CLOUD], 0);
	assert_null(strstr(c[CLOUD].out, "total"));
	expect_all();
	command_free(&back);
	free_all(c, N_SITE);
}

static void
test_session(void **state)
{
	struct plan p = usual;

	(void)state;
	session(&p, true);
	session(&p, false);
	p.protocol = "additive";
	session(&p, true);
}

/* The first three compute by themselves where nothing is said, but a helper must be named. */
static void
test_files(void **state)
{
	static const struct { struct plan p; const char *says, *place; } wrong[] = {
		{ { "replicated", NULL, "9s", -1 }, "cloud is a helper, but nothing says who", "" },
		{ { "replicated", "north, south, west", "9s", -1 }, "cloud is a helper, but not among",
		    "" },
		{ { "replicated", "north, south, cloud, dusk", "9s", -1 }, "\"dusk\" is to compute",
		    "north, south, west, east and 3 more" },
		{ { "replicated", "north, cloud", "9s", -1 }, "`compute` names 2", "" },
		{ { "mixed", "north, cloud", "9s", -1 }, "leaves out south", "" },
		{ { "replicated", "north, south, cloud", "9s", SOUTH }, "\"south\" has no \"endpoint\"",
		    "s.session:11" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		put_session("s.session", &wrong[i].p);
		start(&c, NORTH, NULL);
		end(&c, 2);
		expect_says(c.err, wrong[i].says);
		expect_says(c.err, wrong[i].place);
		command_free(&c);
	}
}

static void
test_options(void **state)
{
	static const struct { int site; const char *option, *says; } wrong[] = {
		{ NORTH, "--leave", "north computes in this session, so --leave" },
		{ CLOUD, "--collect", "cloud computes" },
		{ VIEWER, "--leave", "brings no data" },
		{ WEST, "--listen=ipc:///tmp/x", "leave out --listen" },
		{ DONOR, "--collect", "gives donor no output" },
	};
	struct command c;

	(void)state;
	put_session("s.session", &usual);
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		start(&c, wrong[i].site, wrong[i].option);
		end(&c, 2);
		expect_says(c.err, wrong[i].says);
		command_free(&c);
	}
	RUN(&c, "join", "s.session", "--as", "west", "--key", "west.key", "--leave", "--collect");
	expect_status(&c, 2);
	expect_says(c.err, "one of the two");
	command_free(&c);
	RUN(&c, "join", "s.session", "--as", "west", "--key", "west.key", "--input", "west.csv",
	    "--collect");
	expect_status(&c, 2);
	expect_says(c.err, "leave out --input");
	command_free(&c);
}

/* East never comes: the nodes end within the time and name it, and whoever waits for results does,
 * too. */
static void
test_stays_away(void **state)
{
	struct plan p = usual;
	struct command c[N_SITE];

	(void)state;
	p.timeout = "8s";
	put_session("s.session", &p);
	for (int i = 0; i < N_SITE; i++)
		if (i != EAST)
			start(&c[i], i, NULL);
	end(&c[DONOR], 0);
	command_free(&c[DONOR]);
	for (int i = 0; i < N_SITE; i++) {
		if (i == EAST || i == DONOR)
			continue;
		end(&c[i], 8);
		assert_string_equal(c[i].out, "");
		if (computes(i))
			expect_says(c[i].err, "east");
		command_free(&c[i]);
	}
	assert_int_equal(entries("res.d"), -1);
}

/* A bad table stays at its site, which may come again with a good one. */
static void
test_bad_table(void **state)
{
	struct command c[N_SITE], bad;

	(void)state;
	put_session("s.session", &usual);
	put_file("bad.csv", "age\n30\n300\n");
	for (int i = 0; i < N_SITE; i++)
		if (i != WEST)
			start(&c[i], i, NULL);
	RUN(&bad, "join", "s.session", "--as", "west", "--key", "west.key", "--input", "bad.csv");
	expect_status(&bad, 4);
	expect_says(bad.err, "bad.csv");
	command_free(&bad);
	start(&c[WEST], WEST, NULL);
	for (int i = 0; i < N_SITE; i++)
		end(&c[i], 0);
	expect_all();
	free_all(c, N_SITE);
}

/* West believes that others compute: it is not let in, and is told what differs. */
static void
test_difference(void **state)
{
	struct command c[3];
	char *text, *at;

	(void)state;
	put_session("s.session", &usual);
	text = get_file("s.session");
	at = strstr(text, "compute = north, south, cloud");
	memcpy(at, "compute = south, cloud, donor", strlen("compute = north, south, cloud"));
	at = strstr(text, "[party viewer]");            /* behind donor's section */
	memmove(at + 27, at, strlen(at) + 1);
	memcpy(at, "endpoint = ipc:///tmp/none\n", 27);
	start(&c[0], NORTH, NULL);
	start(&c[1], SOUTH, NULL);
	put_file("other.session", text);
	RUN(&c[2], "join", "other.session", "--as", "west", "--key", "west.key", "--input",
	    "west.csv", "--timeout", "2m");
	expect_status(&c[2], 7);
	expect_says(c[2].err, "computing nodes");
	command_free(&c[2]);
	free(text);
	for (int i = 0; i < 2; i++) {
		kill(c[i].pid, SIGKILL);
		command_end(&c[i]);
		command_free(&c[i]);
	}
}

static int
setup(void **state)
{
	int st = work_make(state);

	for (int i = 0; i < N_SITE; i++) {
		struct command c;

		RUN(&c, "keygen", site_name[i]);
		expect_status(&c, 0);
		snprintf(token[i], sizeof token[i], "%.200s", c.out);
		token[i][strcspn(token[i], "\n")] = '\0';
		command_free(&c);
	}
	put_file("ages.ksl", program);
	put_file("north.csv", "age\n10\n20\n");
	put_file("south.csv", "age\n30\n");
	put_file("west.csv", "age\n40\n41\n42\n");
	put_file("east.csv", "age\n50\n");
	put_file("donor.json", "{\"gift\": 7}");
	return st;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_stays_away),
		cmocka_unit_test(test_bad_table),
		cmocka_unit_test(test_difference),
	};

	return cmocka_run_group_tests(tests, setup, work_remove);
}
