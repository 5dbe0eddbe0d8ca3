/* test_session_file.c: what a session file may say, and every fault with its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/session_file.h"

#define STUDY "[study]\nname=s\nprogram=p.ksl\n"
#define PARTY(n, k, e) "[party " n "]\nkey=" k "\nendpoint=" e "\n"

static struct session_file *
parse(const char *text)
{
	struct session_file *s = NULL;
	struct fault f = { 0 };

	if (session_file_parse(&s, "dir/a.session", text, strlen(text), &f) != ST_OK)
		fail_msg("line %d: %s", f.line, f.message);
	return s;
}

static void
everything_that_may_be_said(void **state)
{
	struct session_file *s = parse("\xef\xbb\xbf; a comment\n[study]\r\n"
	    "  name     = lung-2026\n\tprogram=sub/lung.ksl ; here\nprotocol : clear\n\n"
	    "param.n = 20\nparam.w = @file.json\nnetwork = wan\ntimeout = 2m\n# more\n"
	    "[party north]\nis = site\nkey = abc-DEF_1=\nendpoint = tcp://mpc.north.example:7700\n"
	    "[party  south.2]\nkey = xyz\nendpoint = ipc:///tmp/s\n"
	    "[party v6]\nkey = uvw\nendpoint = tcp://[2001:db8::1]:1");

	(void)state;
	assert_string_equal(s->name, "lung-2026");
	assert_string_equal(s->program, "dir/sub/lung.ksl");
	assert_string_equal(s->protocol, "clear");
	assert_string_equal(s->network, "wan");
	assert_int_equal(s->timeout_ms, 120000);
	assert_int_equal(s->n_params, 2);
	assert_string_equal(s->param[1].name, "w");
	assert_string_equal(s->param[1].value, "@file.json");
	assert_int_equal(s->n_parties, 3);
	assert_string_equal(s->party[0].name, "north");
	assert_string_equal(s->party[0].group, "site");
	assert_string_equal(s->party[0].key, "abc-DEF_1=");
	assert_string_equal(s->party[0].endpoint, "tcp://mpc.north.example:7700");
	assert_int_equal(s->party[0].line, 12);
	assert_string_equal(s->party[1].group, "south.2");
	assert_int_equal(session_file_find(s, "v6"), 2);
	assert_int_equal(session_file_find(s, "site"), -1);
	session_file_free(s);
}

/* `compute` may stand several times, since lines are short; who computes nothing needs no
 * address. */
static void
who_computes(void **state)
{
	struct session_file *s = parse("[study]\nname=s\nprogram=p.ksl\ncompute = a, cloud\n"
	    "compute=b ; too\n" PARTY("a", "k", "ipc://x") "[party b]\nkey=l\n[party c]\nkey=m\n"
	    "[party cloud]\nis=helper\nkey=n\nendpoint=ipc://y\n");

	(void)state;
	assert_string_equal(s->compute, "a, cloud,b");
	assert_int_equal(s->n_parties, 4);
	assert_null(s->party[1].endpoint);
	assert_null(s->party[2].endpoint);
	assert_string_equal(s->party[3].group, "helper");
	session_file_free(s);
}

static void
what_is_not_said(void **state)
{
	struct session_file *s = parse("[study]\nname=s\nprogram=/abs/p.ksl\n" PARTY("a", "k",
	    "ipc://x"));

	(void)state;
	assert_string_equal(s->program, "/abs/p.ksl");
	assert_string_equal(s->protocol, "additive");
	assert_string_equal(s->network, "metro");
	assert_null(s->compute);
	assert_int_equal(s->timeout_ms, 120000);
	assert_string_equal(s->party[0].group, "a");
	session_file_free(s);
	session_file_free(NULL);
}

static void
times_have_units(void **state)
{
	static const struct { const char *text; uint64_t ms; } row[] = {
		{ "120s", 120000 }, { "500ms", 500 }, { "1.5s", 1500 }, { "5m", 300000 },
		    { "1h", 3600000 },
		{ "7", 7000 },
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		(void)snprintf(text, sizeof text, STUDY "timeout = %s\n" PARTY("a", "k", "ipc://x"),
		    row[i].text);
		struct session_file *s = parse(text);
		assert_int_equal(s->timeout_ms, row[i].ms);
		session_file_free(s);
	}
}

#define LONG_50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
static const struct { const char *text; int line; const char *says; } faults[] = {
	{ "", 0, "no section [study]" },
	{ "name = x\n", 1, "before the first section" },
	{ "[study]\n", 1, "this section says nothing" },
	{ "[study]\n[party a]\n", 1, "this section says nothing" },
	{ STUDY, 0, "no section [party NAME]" },
	{ STUDY "[party a]\n", 4, "this section says nothing" },
	{ "[study]\nprogram=p\n" PARTY("a", "k", "ipc://x"), 0, "[study] has no \"name\"" },
	{ "[study]\nname=n\n" PARTY("a", "k", "ipc://x"), 0, "[study] has no \"program\"" },
	{ STUDY "name=t\n", 4, "\"name\" is given twice" },
	{ STUDY "program=t\n", 4, "\"program\" is given twice" },
	{ STUDY "timeout=1s\ntimeout=2s\n", 5, "\"timeout\" is given twice" },
	{ STUDY "param.a=1\nparam.a=2\n", 5, "parameter \"a\" is given twice" },
	{ STUDY "param.=1\n", 4, "without a name" },
	{ STUDY "param.a=\n", 4, "has no value" },
	{ "[study]\nname=\n", 2, "\"name\" has no value" },
	{ "[study]\nname=a b\n", 2, "\"name\" takes letters" },
	{ STUDY "nme=t\n", 4, "there is no key \"nme\"" },
	{ STUDY "compute=\n", 4, "\"compute\" has no value" },
	{ STUDY "compute=t\ncompute=\n", 5, "\"compute\" has no value" },
	{ STUDY "network=moon\n", 4, "lan, metro or wan" },
	{ STUDY "timeout=0s\n", 4, "needs a time" },
	{ STUDY "timeout=5 days\n", 4, "needs a time" },
	{ STUDY "timeout=9999999h\n", 4, "needs a time" },
	{ STUDY "hello\n", 4, "neither [SECTION] nor key = value" },
	{ STUDY "[party a\n", 4, "closing bracket" },
	{ STUDY "[parties]\nkey=k\n", 4, "there is no section [parties]" },
	{ STUDY "[party ]\nkey=k\n", 4, "a party's name" },
	{ STUDY "[party a b]\nkey=k\n", 4, "a party's name" },
	{ STUDY PARTY("a", "k", "ipc://x") "[study]\nname=q\n", 7, "a second section [study]" },
	{ STUDY PARTY("a", "k", "ipc://x") PARTY("a", "l", "ipc://y"), 7, "a second party \"a\"" },
	{ STUDY PARTY("a", "k", "ipc://x") PARTY("b", "k", "ipc://y"), 8, "have the same key" },
	{ STUDY PARTY("c", "m", "ipc://x") PARTY("b", "k", "ipc://y") PARTY("a", "k", "ipc://z")
	    PARTY("d", "m", "ipc://u"), 11, "\"b\" and \"a\" have the same key" },
	{ STUDY PARTY("a", "k", "ipc://x") PARTY("b", "l", "ipc://x"), 9,
	    "have the same endpoint" },
	{ STUDY "[party a]\nendpoint=ipc://x\n", 4, "party \"a\" has no \"key\"" },
	{ STUDY "[party a]\nkey=k\nkey=l\n", 6, "\"key\" is given twice" },
	{ STUDY "[party a]\nis=x y\n", 5, "\"is\" takes a party" },
	{ STUDY "[party a]\nrows=5\n", 5, "there is no key \"rows\"" },
	{ STUDY PARTY("a", "k", "http://x:1"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x:"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://:1"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x:0"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x:65536"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x:1/y"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://x y:1"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://[]:1"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "tcp://[::1:1"), 6, "is not tcp://host:port" },
	{ STUDY PARTY("a", "k", "ipc://"), 6, "is not tcp://host:port" },
	{ STUDY LONG_50 "=1\n", 4, "a name of more than" },
	{ STUDY "[party " LONG_50 "]\n", 4, "a name of more than" },
	{ STUDY "param.a=" LONG_50 LONG_50 LONG_50 LONG_50 "\n", 4, "a line of more than" },
};

static void
every_fault_has_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
		struct session_file *s = NULL;
		struct fault f = { 0 };
		enum status st = session_file_parse(&s, "a.session", faults[i].text,
		    strlen(faults[i].text), &f);
		assert_int_equal(st, ST_USAGE);
		assert_null(s);
		assert_string_equal(f.file, "a.session");
		if (f.line != faults[i].line || strstr(f.message, faults[i].says) == NULL)
			fail_msg("%d: %s; not %d: %s", f.line, f.message, faults[i].line,
			    faults[i].says);
	}
}

static void
too_many_and_too_large(void **state)
{
	enum { ROOM = 1 << 20 };
	char *text = mem_zalloc(ROOM);
	size_t n = (size_t)snprintf(text, ROOM, STUDY);
	struct session_file *s = NULL;
	struct fault f = { 0 };
	char *big = mem_zalloc(SESSION_BYTES_MAX + 1);

	(void)state;
	for (int i = 0; i <= SESSION_PARTY_MAX; i++) {
		if (i == SESSION_PARTY_MAX) {
			s = parse(text);
			assert_int_equal(s->n_parties, SESSION_PARTY_MAX);
			assert_string_equal(s->party[4095].name, "p4095");
			session_file_free(s);
		}
		n += (size_t)snprintf(text + n, ROOM - n,
		    "[party p%d]\nkey=k%d\nendpoint=ipc://%d\n", i, i, i);
	}
	assert_int_equal(session_file_parse(&s, "a", text, n, &f), ST_USAGE);
	assert_string_equal(f.message, "more than 4096 parties");
	assert_int_equal(f.line, 4 + 3 * 4096);
	mem_free(text);
	f = (struct fault){ 0 };
	assert_int_equal(session_file_parse(&s, "a", big, 5, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "no text file"));
	f = (struct fault){ 0 };
	assert_int_equal(session_file_parse(&s, "a", big, SESSION_BYTES_MAX + 1, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "more than"));
	f = (struct fault){ 0 };
	assert_int_equal(session_file_read(&s, "/nonexistent/x", &f), ST_USAGE);
	mem_free(big);
}

static void
from_a_file(void **state)
{
	static const char text[] = STUDY PARTY("a", "k", "ipc://x");
	char path[] = "/tmp/konsil-session-XXXXXX";
	int fd = mkstemp(path);
	struct session_file *s = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(session_file_read(&s, path, &f), ST_OK);
	assert_string_equal(s->program, "/tmp/p.ksl");
	session_file_free(s);
	(void)unlink(path);
}

static void
no_memory_is_no_crash(void **state)
{
	static const char text[] = STUDY "param.a=1\ncompute=a\ncompute=b\n"
	    PARTY("a", "k", "ipc://x") PARTY("b", "l", "ipc://y");
	uint64_t k;

	(void)state;
	for (k = 1; k < 100; k++) {
		struct session_file *s = NULL;
		struct fault f = { 0 };
		mem_fail_at(k);
		enum status st = session_file_parse(&s, "a", text, strlen(text), &f);
		mem_fail_at(0);
		if (st == ST_OK) {
			session_file_free(s);
			break;
		}
		assert_int_equal(st, ST_INTERNAL);
		assert_null(s);
	}
	assert_in_range(k, 10, 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_may_be_said),
		cmocka_unit_test(who_computes),
		cmocka_unit_test(what_is_not_said),
		cmocka_unit_test(times_have_units),
		cmocka_unit_test(every_fault_has_its_line),
		cmocka_unit_test(too_many_and_too_large),
		cmocka_unit_test(from_a_file),
		cmocka_unit_test(no_memory_is_no_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
