/* test_join.c: sessions of several sites, each a `konsil join` of its own, as their people start
 * them.
 *
 * Sites are three: north, south, west.  Every test writes its own session file for each site, so
 * that sites can disagree; normally they share one. */
#include "command.h"
#include "free_ports.h"

#include <arpa/inet.h>
#include <sys/socket.h>

enum { N_SITE = 3 };

static const char *const site_name[N_SITE] = { "north", "south", "west" };

static const char program[] =
    "study \"Ages\"\n"
    "param k : int = 1\n"
    "party site[]\n"
    "input age : int in 0..120 [] from site\n"
    "output total = k * sum(age) to all\n"
    "output squares = sum(age * age) to site[1]\n"
    "output own = age to each site\n";

static char token[4][256];                      /* of north, south, west and a stranger */

/* What a session file says. */
struct plan {
	const char *program, *more;             /* more: further lines of [study] */
	char endpoint[N_SITE][128];
	int key[N_SITE];                        /* whose key each party's line has */
};

static struct plan
plan_ipc(void)
{
	static int serial;
	struct plan p = { .program = "ages.ksl", .more = "", .key = { 0, 1, 2 } };

	serial++;
	for (int i = 0; i < N_SITE; i++)
		snprintf(
		    p.endpoint[i], sizeof p.endpoint[i], "ipc://%s/sock%d-%d", work, serial, i);
	return p;
}

static struct plan
plan_tcp(int port[N_SITE])
{
	struct plan p = plan_ipc();

	free_ports(port, N_SITE);
	for (int i = 0; i < N_SITE; i++)
		snprintf(p.endpoint[i], sizeof p.endpoint[i], "tcp://127.0.0.1:%d", port[i]);
	return p;
}

static void
put_session(const char *file, const struct plan *p, const char *timeout)
{
	char text[4096];
	size_t at;

	at = (size_t)snprintf(text, sizeof text,
	    "[study]\nname = ages-2026\nprogram = %s\ntimeout = %s\n%s", p->program, timeout,
	    p->more);
	for (int i = 0; i < N_SITE; i++)
		at += (size_t)snprintf(text + at, sizeof text - at,
		    "[party %s]\nis = site\nkey = %s\nendpoint = %s\n", site_name[i],
		    token[p->key[i]], p->endpoint[i]);
	put_file(file, text);
}

static void
start_site(struct command *c, int i, const char *session)
{
	char key[32], csv[32];

	snprintf(key, sizeof key, "%s.key", site_name[i]);
	snprintf(csv, sizeof csv, "%s.csv", site_name[i]);
	START(c, "join", session, "--as", site_name[i], "--key", key, "--input", csv, "--json",
	    "-o", "res.d");
}

static void
end_all(struct command c[N_SITE])
{
	for (int i = 0; i < N_SITE; i++)
		command_end(&c[i]);
}

static void
free_all(struct command c[N_SITE])
{
	for (int i = 0; i < N_SITE; i++)
		command_free(&c[i]);
	(void)!system("rm -rf res.d");
}

/* What each site must have got: 10 20 | 30 | 40 41 42. */
static void
expect_results(struct command c[N_SITE])
{
	for (int i = 0; i < N_SITE; i++)
		if (c[i].status != 0)
			print_message("%s: %d %s\n", site_name[i], c[i].status, c[i].err);
	for (int i = 0; i < N_SITE; i++) {
		expect_status(&c[i], 0);
		expect_number(c[i].out, "total", 183);
	}
	expect_number(c[1].out, "squares", 100 + 400 + 900 + 1600 + 1681 + 1764);
	assert_null(strstr(c[0].out, "6445"));
	assert_null(strstr(c[2].out, "6445"));
	assert_int_equal(entries("res.d"), 2 * N_SITE);
}

/* Nothing came out anywhere. */
static void
expect_nothing(struct command c[N_SITE])
{
	for (int i = 0; i < N_SITE; i++)
		assert_string_equal(c[i].out, "");
	assert_int_equal(entries("res.d"), -1);
}

static void
test_any_order(void **state)
{
	static const int order[4][N_SITE] = { { 0, 1, 2 }, { 2, 1, 0 }, { 1, 2, 0 }, { 2, 0, 1 } };
	int port[N_SITE];

	(void)state;
	for (int k = 0; k < 4; k++) {
		struct plan p = k % 2 == 0 ? plan_tcp(port) : plan_ipc();
		struct command c[N_SITE];

		put_session("s.session", &p, "2m");
		for (int i = 0; i < N_SITE; i++) {
			start_site(&c[order[k][i]], order[k][i], "s.session");
			nap(0.15);
		}
		end_all(c);
		expect_results(c);
		free_all(c);
	}
}

/* One site differs; all end with 7, and the message says in what. */
static void
expect_difference(const struct plan *other, const char *says)
{
	struct plan same = *other;
	struct command c[N_SITE];

	same.program = "ages.ksl";
	same.more = "";
	put_session("s.session", &same, "2m");
	put_session("other.session", other, "2m");
	for (int i = 0; i < N_SITE; i++)
		start_site(&c[i], i, i == 1 ? "other.session" : "s.session");
	end_all(c);
	for (int i = 0; i < N_SITE; i++)
		assert_true(c[i].status == 7 || c[i].status == 8);
	expect_status(&c[1], 7);
	expect_says(c[1].err, says);
	assert_true(c[0].status == 7 || c[2].status == 7);
	expect_nothing(c);
	free_all(c);
}

static void
test_differences(void **state)
{
	struct plan p = plan_ipc();

	(void)state;
	put_file("ages2.ksl", program);
	put_file("ages2.ksl", "study \"Ages\"\nparam k : int = 1\nparty site[]\n"
	    "input age : int in 0..120 [] from site\noutput total = k * sum(age) to all\n");
	p.program = "ages2.ksl";
	expect_difference(&p, "program");
	p = plan_ipc();
	p.more = "param.k = 2\n";
	expect_difference(&p, "k");
	p = plan_ipc();
	p.more = "network = lan\n";
	expect_difference(&p, "network");
}

/* The others have a stranger's key for west: it is not let in, and they wait past it. */
static void
test_wrong_key(void **state)
{
	struct plan p = plan_ipc(), wrong = p;
	struct command c[N_SITE];

	(void)state;
	wrong.key[2] = 3;
	put_session("s.session", &p, "5s");
	put_session("other.session", &wrong, "5s");
	for (int i = 0; i < N_SITE; i++)
		start_site(&c[i], i, i == 2 ? "s.session" : "other.session");
	end_all(c);
	expect_status(&c[0], 7);
	expect_status(&c[1], 7);
	assert_true(c[2].status == 7 || c[2].status == 8);
	expect_says(c[0].err, "west");
	expect_nothing(c);
	free_all(c);
}

/* A key that is not the session's for this site is refused at home. */
static void
test_own_key(void **state)
{
	struct plan p = plan_ipc();
	struct command c;

	(void)state;
	put_session("s.session", &p, "5s");
	RUN(&c, "join", "s.session", "--as", "north", "--key", "south.key", "--input", "north.csv");
	expect_status(&c, 7);
	expect_says(c.err, "north");
	command_free(&c);
	RUN(&c, "join", "s.session", "--as", "nort", "--key", "north.key", "--input", "north.csv");
	expect_status(&c, 2);
	expect_says(c.err, "did you mean --as north");
	command_free(&c);
}

/* Connects as soon as somebody listens. */
static int
call(const struct sockaddr_in *at)
{
	double until = seconds() + END_S;
	int fd;

	while ((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0 &&
	    connect(fd, (const struct sockaddr *)at, sizeof *at) != 0) {
		assert_true(seconds() < until);
		close(fd);
		nap(0.01);
	}
	assert_true(fd >= 0);
	return fd;
}

/* Somebody else connects, says something, and hangs on: the session takes no harm. */
static void
test_foreign(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int port[N_SITE], fd[2];
	struct plan p = plan_tcp(port);
	struct command c[N_SITE];

	(void)state;
	put_session("s.session", &p, "2m");
	start_site(&c[2], 2, "s.session");
	at.sin_port = htons((uint16_t)port[2]);
	for (int i = 0; i < 2; i++)
		fd[i] = call(&at);
	assert_true(send(fd[0], "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) > 0);
	start_site(&c[0], 0, "s.session");
	start_site(&c[1], 1, "s.session");
	end_all(c);
	expect_results(c);
	close(fd[0]);
	close(fd[1]);
	free_all(c);
}

/* West never comes: 8 within the timeout, and its name. */
static void
test_stays_away(void **state)
{
	struct plan p = plan_ipc();
	struct command c[2];
	double began = seconds();

	(void)state;
	put_session("s.session", &p, "5s");
	for (int i = 0; i < 2; i++)
		start_site(&c[i], i, "s.session");
	for (int i = 0; i < 2; i++) {
		command_end(&c[i]);
		expect_status(&c[i], 8);
		expect_says(c[i].err, "west");
		assert_string_equal(c[i].out, "");
		command_free(&c[i]);
	}
	assert_true(seconds() - began < 60);
}

/* A session file from somebody else must not make a site read files that are its own. */
static void
test_param_elsewhere(void **state)
{
	static const char *const more[] = { "param.k = @/etc/hostname\n", "param.k = @../k.json\n" };
	struct plan p = plan_ipc();
	struct command c;

	(void)state;
	for (int i = 0; i < 2; i++) {
		p.more = more[i];
		put_session("s.session", &p, "2m");
		start_site(&c, 0, "s.session");
		command_end(&c);
		expect_status(&c, 2);
		expect_says(c.err, "not beside the session file");
		command_free(&c);
	}
}

/* West dies while the others wait for it in the middle of the session. */
static void
test_killed(void **state)
{
	struct plan p = plan_ipc();
	struct command c[N_SITE];
	double began;

	(void)state;
	p.more = "param.k = 3\n";
	put_session("s.session", &p, "30s");
	start_site(&c[2], 2, "s.session");
	start_site(&c[0], 0, "s.session");
	nap(0.5);                               /* connected to each other; south is missing */
	began = seconds();
	kill(c[2].pid, SIGKILL);
	nap(0.1);
	start_site(&c[1], 1, "s.session");
	command_end(&c[0]);
	command_end(&c[1]);
	command_end(&c[2]);
	expect_status(&c[0], 8);
	expect_status(&c[1], 8);
	expect_says(c[0].err, "west");
	assert_true(seconds() - began < 60);
	assert_string_equal(c[0].out, "");
	assert_string_equal(c[1].out, "");
	assert_int_equal(entries("res.d"), -1);
	free_all(c);
}

/* West dies in the middle of the computation: preprocessing of products takes a while. */
static void
test_killed_computing(void **state)
{
	enum { ROWS = 400000 };
	struct plan p = plan_ipc();
	struct command c[N_SITE];
	double began;

	(void)state;
	put_file("long.ksl", "party site[3]\ninput x : int in 0..9 [400000] from site\n"
	    "output o = cumsum(x[0] * x[1] * x[2])[399999] to all\n");
	for (int i = 0; i < N_SITE; i++) {
		char name[32];
		FILE *f;

		snprintf(name, sizeof name, "%s.csv", site_name[i]);
		f = fopen(name, "w");
		assert_non_null(f);
		fprintf(f, "x\n");
		for (int k = 0; k < ROWS; k++)
			fprintf(f, "%d\n", k % 10);
		fclose(f);
	}
	p.program = "long.ksl";
	put_session("s.session", &p, "30s");
	for (int i = 0; i < N_SITE; i++)
		start_site(&c[i], i, "s.session");
	nap(0.6);
	began = seconds();
	kill(c[2].pid, SIGKILL);
	end_all(c);
	assert_true(seconds() - began < 60);
	expect_status(&c[0], 8);
	expect_status(&c[1], 8);
	expect_status(&c[2], 1000 + SIGKILL);
	expect_says(c[0].err, "west");
	expect_says(c[1].err, "west");
	expect_nothing(c);
	free_all(c);
}

/* South's table is bad: 4 there, with the place; 8 elsewhere, naming south and nothing of the
 * table. */
static void
test_bad_table(void **state)
{
	struct plan p = plan_ipc();
	struct command c[N_SITE];

	(void)state;
	put_session("s.session", &p, "2m");
	put_file("bad.csv", "age\n30\n300\n");
	start_site(&c[0], 0, "s.session");
	start_site(&c[2], 2, "s.session");
	nap(0.3);
	START(&c[1], "join", "s.session", "--as", "south", "--key", "south.key", "--input",
	    "bad.csv", "--json");
	end_all(c);
	expect_status(&c[1], 4);
	expect_says(c[1].err, "bad.csv");
	expect_status(&c[0], 8);
	expect_status(&c[2], 8);
	expect_says(c[0].err, "south");
	expect_says(c[2].err, "south");
	assert_null(strstr(c[0].err, "bad.csv"));
	assert_null(strstr(c[0].err, "column \\"));
	expect_nothing(c);
	free_all(c);
}

/* Columns in file order must be the same at all members. */
static void
test_headers(void **state)
{
	struct plan p = plan_ipc();
	struct command c[N_SITE];

	(void)state;
	put_file("wide.ksl",
	    "party site[]\ninput x : int in 0..120 [*, 2] from site\noutput t = sum(x) to all\n");
	put_file("north.csv", "p,q\n1,2\n");
	put_file("south.csv", "q,p\n1,2\n");
	put_file("west.csv", "p,q\n1,2\n3,4\n");
	p.program = "wide.ksl";
	put_session("s.session", &p, "2m");
	for (int i = 0; i < N_SITE; i++)
		start_site(&c[i], i, "s.session");
	end_all(c);
	for (int i = 0; i < N_SITE; i++) {
		expect_status(&c[i], 4);
		expect_says(c[i].err, "south");
	}
	expect_nothing(c);
	free_all(c);
}

static void
test_clear(void **state)
{
	struct plan p = plan_ipc();
	struct command c;

	(void)state;
	p.more = "protocol = clear\n";
	put_session("s.session", &p, "5s");
	RUN(&c, "join", "s.session", "--as", "north", "--key", "north.key", "--input", "north.csv");
	expect_status(&c, 2);
	expect_says(c.err, "clear");
	command_free(&c);
	RUN(&c, "join", "s.session", "--as", "north", "--key", "north.key", "--seed", "1");
	expect_status(&c, 2);
	command_free(&c);
}

static int
put_tables(void **state)
{
	(void)state;
	put_file("ages.ksl", program);
	put_file("north.csv", "age\n10\n20\n");
	put_file("south.csv", "age\n30\n");
	put_file("west.csv", "age\n40\n41\n42\n");
	return 0;
}

static int
setup(void **state)
{
	static const char *const name[4] = { "north", "south", "west", "stranger" };
	int st = work_make(state);

	for (int i = 0; i < 4; i++) {
		struct command c;

		RUN(&c, "keygen", name[i]);
		expect_status(&c, 0);
		assert_true(strlen(c.out) < sizeof token[i]);
		strcpy(token[i], c.out);
		token[i][strcspn(token[i], "\n")] = '\0';
		command_free(&c);
	}
	return st;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_any_order, put_tables),
		cmocka_unit_test_setup(test_differences, put_tables),
		cmocka_unit_test_setup(test_wrong_key, put_tables),
		cmocka_unit_test_setup(test_own_key, put_tables),
		cmocka_unit_test_setup(test_foreign, put_tables),
		cmocka_unit_test_setup(test_stays_away, put_tables),
		cmocka_unit_test_setup(test_param_elsewhere, put_tables),
		cmocka_unit_test_setup(test_killed, put_tables),
		cmocka_unit_test_setup(test_killed_computing, put_tables),
		cmocka_unit_test_setup(test_bad_table, put_tables),
		cmocka_unit_test_setup(test_headers, put_tables),
		cmocka_unit_test_setup(test_clear, put_tables),
	};

	return cmocka_run_group_tests(tests, setup, work_remove);
}
