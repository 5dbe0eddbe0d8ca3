/* test_chan_nng.c: nodes over nng, as threads of this process, with honest and other company. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/chan_nng.h"

static char dir[] = "/tmp/konsil-nng-XXXXXX";
static int serial;

/* A session on this machine; each test may change any node's view of it before it opens. */
struct site {
	struct chan_nng_config config;
	struct component component[2];
	struct chan *c;
	struct fault f;
	enum status st;
	unsigned delay_ms;
	void (*then)(struct site *);    /* what the node does once it is open */
	pthread_t thread;
};

static struct identity_secret *identity[N_NODE_MAX];
static char name[N_NODE_MAX][16], endpoint[N_NODE_MAX][128];
static struct site site[N_NODE_MAX];

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
sleep_ms(unsigned ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void
sites_init(unsigned n, int timeout_ms)
{
	serial++;
	memset(site, 0, sizeof site);
	for (unsigned i = 0; i < n; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%d-%u", dir, serial, i);
	for (unsigned i = 0; i < n; i++) {
		struct site *s = &site[i];

		s->config = (struct chan_nng_config){ .me = i, .n = n, .session = "test",
			.secret = identity[i], .components = s->component, .n_components = 2,
			.timeout_ms = timeout_ms };
		strcpy(s->component[0].name, "program");
		strcpy(s->component[1].name, "parameter n");
		for (unsigned k = 0; k < n; k++) {
			s->config.peer[k].name = name[k];
			s->config.peer[k].endpoint = endpoint[k];
			s->config.peer[k].key = &identity[k]->pub;
		}
	}
}

static void *
site_main(void *arg)
{
	struct site *s = arg;

	sleep_ms(s->delay_ms);
	s->st = chan_nng_open(&s->c, &s->config, &s->f);
	if (s->st == ST_OK && s->then != NULL)
		s->then(s);
	return NULL;
}

static void
site_start(unsigned i)
{
	assert_int_equal(pthread_create(&site[i].thread, NULL, site_main, &site[i]), 0);
}

static void
site_join(unsigned i)
{
	pthread_join(site[i].thread, NULL);
}

/* Opens nodes 0..n-1, and waits until all have succeeded or failed. */
static void
open_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		site_start(i);
	for (unsigned i = 0; i < n; i++)
		site_join(i);
}

static void
assert_open(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (site[i].st != ST_OK)
			print_message("%s: %s\n", name[i], site[i].f.message);
		assert_int_equal(site[i].st, ST_OK);
	}
}

static void
assert_says(const struct fault *f, enum status st, const char *words)
{
	if (f->st != st || strstr(f->message, words) == NULL)
		print_message("status %d: %s (wanted %d: %s)\n", f->st, f->message, st, words);
	assert_int_equal(f->st, st);
	assert_non_null(strstr(f->message, words));
}

static void
finish(struct site *s)
{
	s->st = chan_finish(s->c);
}

static void
close_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		chan_free(site[i].c);
		site[i].c = NULL;
	}
}

/* Finishes all, which takes a thread each. */
static void
finish_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		site[i].then = finish;
		assert_int_equal(pthread_create(&site[i].thread, NULL,
		    (void *(*)(void *))(void (*)(void))finish, &site[i]), 0);
	}
	for (unsigned i = 0; i < n; i++) {
		site_join(i);
		assert_int_equal(site[i].st, ST_OK);
	}
}

/* Every node tells every peer its index in lengths around the limits of records and chunks. */
static void
talk(struct site *s)
{
	static const size_t len[] = { 1, 5, 65535, 65536, 65537, 131072, 300000, 1 << 20 };
	size_t max = s->c->n > 4 ? 4 : sizeof len / sizeof len[0];
	uint8_t *buf = mem_alloc(1 << 20);

	for (size_t k = 0; k < max && s->st == ST_OK; k++) {
		memset(buf, (int)s->c->me, len[k]);
		for (unsigned i = 0; i < s->c->n && s->st == ST_OK; i++)
			if (i != s->c->me)
				s->st = chan_post(s->c, i, buf, len[k]);
		for (unsigned i = 0; i < s->c->n && s->st == ST_OK; i++)
			if (i != s->c->me) {
				s->st = chan_wait(s->c, i, buf, len[k]);
				if (buf[0] != i || buf[len[k] - 1] != i)
					s->st = ST_DATA;
			}
	}
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	if (s->st != ST_OK)
		s->f = s->c->fault;
	mem_free(buf);
}

static void
talk_among(unsigned n)
{
	uint8_t sid[2][32], id[2][32];

	for (unsigned i = 0; i < n; i++)
		site[i].then = talk;
	open_all(n);
	assert_open(n);
	for (unsigned i = 1; i < n; i++) {
		chan_nng_sid(site[0].c, sid[0]);
		chan_nng_sid(site[i].c, sid[1]);
		assert_memory_equal(sid[0], sid[1], 32);
		chan_nng_session_id(site[0].c, i, id[0]);
		chan_nng_session_id(site[i].c, 0, id[1]);
		assert_memory_equal(id[0], id[1], 32);
	}
	close_all(n);
}

static void
two_talk_over_ipc(void **state)
{
	(void)state;
	sites_init(2, 10000);
	talk_among(2);
}

static void
three_talk_over_tcp(void **state)
{
	(void)state;
	sites_init(3, 10000);
	for (unsigned i = 0; i < 3; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "tcp://127.0.0.1:%d",
		    21000 + (int)(getpid() % 10000) + (int)i);
	talk_among(3);
}

static void
two_talk_over_abstract_sockets(void **state)
{
	(void)state;
	sites_init(2, 10000);
	for (unsigned i = 0; i < 2; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "abstract://konsil-test-%d-%u",
		    (int)getpid(), i);
	talk_among(2);
}

static void
sixteen_talk(void **state)
{
	(void)state;
	sites_init(N_NODE_MAX, 20000);
	talk_among(N_NODE_MAX);
}

static void
start_order_does_not_matter(void **state)
{
	(void)state;
	sites_init(3, 10000);
	site[0].delay_ms = 100;
	site[2].delay_ms = 50;
	talk_among(3);
}

static void
one_node_is_a_channel_too(void **state)
{
	(void)state;
	sites_init(1, 1000);
	talk_among(1);
}

static void
ids_are_fresh(void **state)
{
	uint8_t sid[2][32], id[2][32];

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		sites_init(2, 10000);
		open_all(2);
		assert_open(2);
		chan_nng_sid(site[0].c, sid[k]);
		chan_nng_session_id(site[0].c, 1, id[k]);
		finish_all(2);
		close_all(2);
	}
	assert_memory_not_equal(sid[0], sid[1], 32);
	assert_memory_not_equal(id[0], id[1], 32);
}

static void
a_missing_peer_is_named_in_time(void **state)
{
	uint64_t start = now_ms();

	(void)state;
	sites_init(3, 300);
	open_all(2);
	assert_in_range(now_ms() - start, 250, 3000);
	for (unsigned i = 0; i < 2; i++) {
		assert_null(site[i].c);
		assert_says(&site[i].f, ST_NET, name[2]);
	}
	assert_true(strstr(site[0].f.message, "did not come within") != NULL
	    || strstr(site[1].f.message, "did not come within") != NULL);
}

static void
another_component_is_named_at_both_sides(void **state)
{
	uint64_t start = now_ms();

	(void)state;
	sites_init(3, 20000);
	site[2].component[1].hash[7] = 1;
	open_all(3);
	assert_true(now_ms() - start < 3000);
	for (unsigned i = 0; i < 3; i++) {
		assert_null(site[i].c);
		assert_says(&site[i].f, ST_AUTH, "\"parameter n\"");
		assert_non_null(strstr(site[i].f.message, i == 2 ? name[0] : name[2]));
		assert_true(site[i].f.help[0] != '\0');
	}
}

/* Node 1 has another key than node 0's session file says: both say so after the timeout. */
static void
a_wrong_key_is_refused_at_both_sides(void **state)
{
	(void)state;
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		sites_init(2, 400);
		site[wrong].config.secret = identity[5];
		open_all(2);
		for (unsigned i = 0; i < 2; i++)
			assert_says(&site[i].f, ST_AUTH, name[1 - i]);
	}
}

static void
another_session_is_refused(void **state)
{
	(void)state;
	sites_init(2, 400);
	site[1].config.session = "another";
	open_all(2);
	assert_says(&site[0].f, ST_AUTH, name[1]);
	assert_says(&site[1].f, ST_AUTH, name[0]);
}

static void
bad_addresses_are_named(void **state)
{
	(void)state;
	sites_init(2, 400);
	site[0].config.peer[1].endpoint = "nonsense";
	open_all(1);
	assert_says(&site[0].f, ST_USAGE, "nonsense");
	sites_init(2, 400);
	site[0].config.listen = "tcp://192.0.2.1:7";
	open_all(1);
	assert_says(&site[0].f, ST_NET, "cannot listen");
}

/* A plain client of a node's listening socket. */
static int
connect_to(unsigned i)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/%d-%u", dir, serial, i);
	for (int k = 0; k < 500; k++) {
		if (connect(fd, (struct sockaddr *)&a, sizeof a) == 0)
			return fd;
		sleep_ms(2);
	}
	fail_msg("nobody listens");
	return -1;
}

static void
write_some(int fd, const void *bytes, size_t len)
{
	if (send(fd, bytes, len, MSG_NOSIGNAL) < 0)
		assert_true(errno == EPIPE || errno == ECONNRESET);
}

/* A hello that claims to be of site0: head, name, and nothing true after it. */
static const uint8_t claim[HEAD_BYTES + 96] = "KNSL\1\0\x60\0\5\0site0 and now something else";

/* Strangers: more than may be pending stay silent, some talk garbage, one claims a name. */
static void
strangers_do_no_harm(void **state)
{
	enum { N = 40 };
	int fd[N + 2];
	uint64_t start;

	(void)state;
	sites_init(2, 10000);
	site[0].then = site[1].then = talk;
	site_start(1);
	for (unsigned i = 0; i < N; i++)
		fd[i] = connect_to(1);
	fd[N] = connect_to(1);
	write_some(fd[N], "GET / HTTP/1.1\r\n\r\n", 18);
	fd[N + 1] = connect_to(1);
	write_some(fd[N + 1], claim, sizeof claim);
	start = now_ms();
	site_start(0);
	site_join(0);
	site_join(1);
	assert_open(2);
	assert_true(now_ms() - start < 2000);
	close_all(2);
	for (unsigned i = 0; i < N + 2; i++)
		close(fd[i]);
}

/* Who uses a missing peer's name without its key turns absence into 7; other strangers do not. */
static void
a_name_without_its_key_is_reported(void **state)
{
	int fd;

	(void)state;
	sites_init(2, 300);
	site_start(1);
	fd = connect_to(1);
	write_some(fd, "garbage garbage garbage", 23);
	site_join(1);
	close(fd);
	assert_says(&site[1].f, ST_NET, name[0]);
	sites_init(2, 300);
	site_start(1);
	fd = connect_to(1);
	write_some(fd, claim, sizeof claim);
	site_join(1);
	close(fd);
	assert_says(&site[1].f, ST_AUTH, name[0]);
}

/* Two processes with node 0's identity: node 1 grants the place to one, and drops the other. */
static void
a_place_is_granted_once(void **state)
{
	int opened;

	(void)state;
	sites_init(2, 1000);
	site[2].config = site[0].config;
	site[2].config.listen = endpoint[2];
	snprintf(endpoint[2], sizeof endpoint[2], "ipc://%s/%d-2", dir, serial);
	open_all(3);
	opened = (site[0].st == ST_OK) + (site[2].st == ST_OK);
	assert_int_equal(site[1].st, ST_OK);
	assert_int_equal(opened, 1);
	assert_says(site[0].st == ST_OK ? &site[2].f : &site[0].f, ST_NET, name[1]);
	close_all(3);
}

/* A line with a will of its own, between node 0, which dials, and node 1: once, at byte `at` of
 * what goes in one direction, it flips a bit, loses, repeats or swaps `len` bytes, or cuts. */
enum line_fault { LINE_FLIP, LINE_LOSE, LINE_REPEAT, LINE_SWAP, LINE_CUT };

static struct line {
	enum line_fault what;
	unsigned direction;             /* 0: from node 0 to node 1 */
	size_t at, len;
	atomic_size_t passed[2];        /* on the present connection */
	atomic_bool armed;
	int listener;
	char path[100], url[110];
	pthread_t thread;
} line;

static size_t
spoil(uint8_t *buf, size_t n, size_t off)
{
	uint8_t copy[4096];

	switch (line.what) {
	case LINE_FLIP:
		buf[off] ^= (uint8_t)(1u << (line.at % 8));
		return n;
	case LINE_LOSE:
		memmove(buf + off, buf + off + line.len, n - off - line.len);
		return n - line.len;
	case LINE_REPEAT:
		memmove(buf + off + line.len, buf + off, n - off);
		return n + line.len;
	case LINE_SWAP:
		memcpy(copy, buf + off, line.len);
		memmove(buf + off, buf + off + line.len, line.len);
		memcpy(buf + off + line.len, copy, line.len);
		return n;
	case LINE_CUT:
		break;
	}
	return off;
}

/* Passes on what came from one side; false when the connection is over. */
static bool
pass_on(int from, int to, unsigned direction)
{
	uint8_t buf[16384];
	ssize_t got = recv(from, buf, 4096, 0);
	size_t n = got > 0 ? (size_t)got : 0, off = line.at - line.passed[direction];
	bool cut = false;

	if (line.armed && direction == line.direction && n > off) {
		line.armed = false;
		while (n < off + 2 * line.len && (got = recv(from, buf + n, 4096, 0)) > 0)
			n += (size_t)got;
		n = spoil(buf, n, off);
		cut = line.what == LINE_CUT;
	}
	line.passed[direction] += n;
	write_some(to, buf, n);
	return got > 0 && !cut;
}

static void *
line_main(void *arg)
{
	int a, b;

	while ((a = accept(line.listener, NULL, NULL)) >= 0) {
		struct pollfd p[2] = { { a, POLLIN, 0 }, { -1, POLLIN, 0 } };
		bool on = true;

		p[1].fd = b = connect_to(1);
		line.passed[0] = line.passed[1] = 0;
		while (on && poll(p, 2, -1) >= 0)
			on = (p[0].revents == 0 || pass_on(a, b, 0))
			    && (p[1].revents == 0 || pass_on(b, a, 1));
		close(a);
		close(b);
	}
	return arg;
}

static void
line_start(enum line_fault what, unsigned direction, size_t at, size_t len)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	memset(&line, 0, sizeof line);
	line.what = what;
	line.direction = direction;
	line.at = at;
	line.len = len;
	snprintf(line.path, sizeof line.path, "%s/%d-line", dir, serial);
	snprintf(line.url, sizeof line.url, "ipc://%s", line.path);
	site[0].config.peer[1].endpoint = line.url;
	snprintf(a.sun_path, sizeof a.sun_path, "%s", line.path);
	line.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(line.listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(line.listener, 8), 0);
	assert_int_equal(pthread_create(&line.thread, NULL, line_main, NULL), 0);
}

static void
line_stop(void)
{
	shutdown(line.listener, SHUT_RDWR);
	pthread_join(line.thread, NULL);
	close(line.listener);
	unlink(line.path);
}

/* Each byte of hello and answer in turn is altered, or the last that comes: the next attempt is
 * clean and succeeds.  (Lengths are left to test_noise: the receiver waits for what they say.) */
static void
a_spoilt_handshake_is_waited_past(void **state)
{
	const enum line_fault what[] = { LINE_FLIP, LINE_CUT };

	(void)state;
	for (unsigned direction = 0; direction < 2; direction++)
		for (size_t at = 0; at < 144; at += at == 5 ? 3 : at == 0 ? 5 : 11)
			for (unsigned k = 0; k < 2; k++) {
				sites_init(2, 4000);
				line_start(what[k], direction, at, 0);
				line.armed = true;
				site[0].then = site[1].then = talk;
				open_all(2);
				assert_open(2);
				assert_false(line.armed);
				close_all(2);
				line_stop();
			}
}

enum { SHORT = 40, SHORT_RECORD = SHORT + RECORD_OVERHEAD };

static void
fails(struct site *s, enum status st)
{
	s->st = st;
	s->f = s->c->fault;
	chan_free(s->c);
	s->c = NULL;
}

/* Node 0 sends three short messages, after the line was armed, and awaits one that never comes. */
static void
send_three(struct site *s)
{
	uint8_t buf[SHORT] = { 0 };

	sleep_ms(2);
	line.at += line.passed[0];
	line.armed = true;
	for (unsigned i = 0; i < 3; i++)
		s->st |= chan_post(s->c, 1, buf, SHORT);
	fails(s, chan_wait(s->c, 1, buf, SHORT));
}

static void
receive_three(struct site *s)
{
	uint8_t buf[SHORT];
	enum status st = ST_OK;

	for (unsigned i = 0; i < 3 && st == ST_OK; i++)
		st = chan_wait(s->c, 0, buf, SHORT);
	fails(s, st);
}

static void
assert_spoilt(enum line_fault what, size_t at, size_t len, enum status wanted)
{
	sites_init(2, 4000);
	line_start(what, 0, at, len);
	site[0].then = send_three;
	site[1].then = receive_three;
	open_all(2);
	line_stop();
	assert_int_equal(site[1].st, wanted);
	assert_says(&site[1].f, wanted, name[0]);
	assert_int_equal(site[0].st, ST_NET);
	assert_says(&site[0].f, ST_NET, name[1]);
}

static void
every_altered_byte_of_a_record_is_refused(void **state)
{
	(void)state;
	for (size_t at = 0; at < SHORT_RECORD; at++)
		assert_spoilt(LINE_FLIP, SHORT_RECORD + at, 0, ST_AUTH);
}

static void
lost_repeated_and_swapped_records_are_refused(void **state)
{
	(void)state;
	for (unsigned what = LINE_LOSE; what <= LINE_SWAP; what++) {
		assert_spoilt(what, 0, SHORT_RECORD, ST_AUTH);
		assert_spoilt(what, SHORT_RECORD, SHORT_RECORD, ST_AUTH);
		assert_spoilt(what, 0, 1, ST_AUTH);
		assert_spoilt(what, 17, 20, ST_AUTH);
	}
}

static void
a_cut_line_is_a_lost_peer(void **state)
{
	(void)state;
	for (size_t at = 0; at < 2 * SHORT_RECORD; at += 13)
		assert_spoilt(LINE_CUT, at, 0, ST_NET);
}

static void
a_dead_peer_ends_the_run_with_its_name(void **state)
{
	uint64_t start;
	uint8_t b[8];

	(void)state;
	sites_init(3, 20000);
	open_all(3);
	assert_open(3);
	start = now_ms();
	chan_free(site[2].c);
	/* Node 0 waits for node 1, and learns of node 2 all the same. */
	assert_int_equal(chan_wait(site[0].c, 1, b, sizeof b), ST_NET);
	assert_true(now_ms() - start < 2000);
	assert_says(&site[0].c->fault, ST_NET, name[2]);
	assert_int_equal(chan_wait(site[1].c, 2, b, sizeof b), ST_NET);
	assert_says(&site[1].c->fault, ST_NET, name[2]);
	assert_int_equal(chan_finish(site[1].c), ST_NET);
	site[2].c = NULL;
	close_all(3);
}

static void
an_abort_says_who_and_why(void **state)
{
	uint8_t b[8];

	(void)state;
	sites_init(2, 20000);
	open_all(2);
	assert_open(2);
	chan_nng_abort(site[1].c, ST_DATA);
	assert_int_equal(chan_post(site[1].c, 0, b, 8), ST_DATA);
	assert_int_equal(chan_wait(site[0].c, 1, b, 8), ST_NET);
	assert_says(&site[0].c->fault, ST_NET, name[1]);
	assert_non_null(strstr(site[0].c->fault.message, status_text(ST_DATA)));
	close_all(2);
}

static void
a_silent_peer_times_out(void **state)
{
	uint64_t start;
	uint8_t b[8];

	(void)state;
	sites_init(2, 300);
	open_all(2);
	assert_open(2);
	start = now_ms();
	assert_int_equal(chan_wait(site[0].c, 1, b, 8), ST_NET);
	assert_in_range(now_ms() - start, 290, 2000);
	assert_says(&site[0].c->fault, ST_NET, "silent");
	assert_int_equal(chan_wait(site[1].c, 0, b, 8), ST_NET);
	close_all(2);
}

static void
another_length_is_a_deviation(void **state)
{
	static uint8_t buf[200000];
	const size_t sent[] = { 8, 100, 65537, 131072, 65536 };
	const size_t due[] = { 7, 101, 65536, 200000, 131072 };

	(void)state;
	for (size_t k = 0; k < sizeof due / sizeof due[0]; k++) {
		sites_init(2, 5000);
		open_all(2);
		assert_open(2);
		memset(buf, 1, sizeof buf);
		assert_int_equal(chan_post(site[0].c, 1, buf, sent[k]), ST_OK);
		assert_int_equal(chan_wait(site[1].c, 0, buf, due[k]), ST_ABORT);
		assert_says(&site[1].c->fault, ST_ABORT, name[0]);
		assert_int_equal(buf[0], 0);
		close_all(2);
	}
}

static void
an_end_before_its_time_is_a_deviation(void **state)
{
	uint8_t b[8] = { 0 };

	(void)state;
	sites_init(2, 5000);
	open_all(2);
	assert_open(2);
	assert_int_equal(pthread_create(&site[0].thread, NULL,
	    (void *(*)(void *))(void (*)(void))finish, &site[0]), 0);
	assert_int_equal(chan_wait(site[1].c, 0, b, 8), ST_ABORT);
	chan_free(site[1].c);
	site[1].c = NULL;
	site_join(0);
	assert_int_equal(site[0].st, ST_NET);
	close_all(2);
}

/* 100 MB each way, all posted before any is awaited. */
static void
post_much(struct site *s)
{
	enum { N = 100, LEN = 1 << 20 };
	uint8_t *buf = mem_alloc(LEN);
	unsigned peer = 1 - s->c->me;

	memset(buf, 3, LEN);
	for (unsigned i = 0; i < N && s->st == ST_OK; i++) {
		buf[LEN - 1] = (uint8_t)i;
		s->st = chan_post(s->c, peer, buf, LEN);
	}
	for (unsigned i = 0; i < N && s->st == ST_OK; i++) {
		s->st = chan_wait(s->c, peer, buf, LEN);
		if (s->st == ST_OK && (buf[0] != 3 || buf[LEN - 1] != (uint8_t)i))
			s->st = ST_DATA;
	}
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	mem_free(buf);
}

static void
much_both_ways_does_not_deadlock(void **state)
{
	(void)state;
	sites_init(2, 20000);
	site[0].then = site[1].then = post_much;
	open_all(2);
	assert_open(2);
	close_all(2);
}

static void
finish_or_fail(struct site *s)
{
	s->st = chan_finish(s->c);
	fails(s, s->st);
}

/* Whichever allocation of either node fails, both end in time with a status. */
static void
no_memory_is_a_status(void **state)
{
	enum status st[2] = { ST_INTERNAL, ST_INTERNAL };

	(void)state;
	for (uint64_t at = 1; at < 100 && (st[0] != ST_OK || st[1] != ST_OK); at++) {
		sites_init(2, 2000);
		site[0].then = site[1].then = finish_or_fail;
		mem_fail_at(at);
		open_all(2);
		for (unsigned i = 0; i < 2; i++) {
			st[i] = mem_count() < at ? site[i].st : ST_INTERNAL;
			assert_true(site[i].st == ST_OK || site[i].st == ST_NET
			    || site[i].st == ST_INTERNAL);
		}
		mem_fail_at(0);
	}
	assert_int_equal(st[0], ST_OK);
	assert_int_equal(st[1], ST_OK);
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	for (unsigned i = 0; i < N_NODE_MAX; i++) {
		if (identity_new(&identity[i], NULL) != ST_OK)
			return -1;
		snprintf(name[i], sizeof name[i], "site%u", i);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		identity_free(identity[i]);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_talk_over_ipc),
		cmocka_unit_test(three_talk_over_tcp),
		cmocka_unit_test(two_talk_over_abstract_sockets),
		cmocka_unit_test(sixteen_talk),
		cmocka_unit_test(start_order_does_not_matter),
		cmocka_unit_test(one_node_is_a_channel_too),
		cmocka_unit_test(ids_are_fresh),
		cmocka_unit_test(a_missing_peer_is_named_in_time),
		cmocka_unit_test(another_component_is_named_at_both_sides),
		cmocka_unit_test(a_wrong_key_is_refused_at_both_sides),
		cmocka_unit_test(another_session_is_refused),
		cmocka_unit_test(bad_addresses_are_named),
		cmocka_unit_test(strangers_do_no_harm),
		cmocka_unit_test(a_name_without_its_key_is_reported),
		cmocka_unit_test(a_place_is_granted_once),
		cmocka_unit_test(a_spoilt_handshake_is_waited_past),
		cmocka_unit_test(every_altered_byte_of_a_record_is_refused),
		cmocka_unit_test(lost_repeated_and_swapped_records_are_refused),
		cmocka_unit_test(a_cut_line_is_a_lost_peer),
		cmocka_unit_test(a_dead_peer_ends_the_run_with_its_name),
		cmocka_unit_test(an_abort_says_who_and_why),
		cmocka_unit_test(a_silent_peer_times_out),
		cmocka_unit_test(another_length_is_a_deviation),
		cmocka_unit_test(an_end_before_its_time_is_a_deviation),
		cmocka_unit_test(much_both_ways_does_not_deadlock),
		cmocka_unit_test(no_memory_is_a_status),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
