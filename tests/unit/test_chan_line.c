/* test_chan_line.c: nodes over nng in bad company: strangers that call, a line that is spoilt. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "nng_kit.h"

/* A plain client of a node's listening socket. */
static int
connect_to(unsigned i)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/%d-%u", dir, serial, i);
	for (int k = 0; k < PATIENT_MS / 2; k++) {
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

/* A hello that claims to be of site0: head, role, name, and nothing true after it. */
static const uint8_t claim[HEAD_BYTES + 96] = "KNSL\2\0\x60\0\0\5\0site0 and now something else";

/* Strangers: more than may be pending stay silent, some talk garbage, one claims a name. */
static void
strangers_do_no_harm(void **state)
{
	enum { N = 40 };
	int fd[N + 2];
	uint64_t start;

	(void)state;
	sites_init(2, PATIENT_MS);
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
	assert_true(now_ms() - start < PATIENT_MS / 2);
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
	sites_init(2, LOST_MS);
	site_start(1);
	fd = connect_to(1);
	write_some(fd, "garbage garbage garbage", 23);
	site_join(1);
	close(fd);
	assert_says(&site[1].f, ST_NET, name[0]);
	sites_init(2, LOST_MS);
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
	sites_init(2, LOST_MS);
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
				sites_init(2, PATIENT_MS);
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
	sites_init(2, PATIENT_MS);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strangers_do_no_harm),
		cmocka_unit_test(a_name_without_its_key_is_reported),
		cmocka_unit_test(a_place_is_granted_once),
		cmocka_unit_test(a_spoilt_handshake_is_waited_past),
		cmocka_unit_test(every_altered_byte_of_a_record_is_refused),
		cmocka_unit_test(lost_repeated_and_swapped_records_are_refused),
		cmocka_unit_test(a_cut_line_is_a_lost_peer),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
