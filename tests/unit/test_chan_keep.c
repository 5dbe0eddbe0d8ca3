/* test_chan_keep.c: who computes for long is not taken for dead, and who stands still is.
 *
 * A process that stands still must be one of its own: the test starts itself again with the folder
 * as its argument, as node 1 of a session whose identities lie there. */
#include "nng_kit.h"

#include "../../runtime/net/net_chan.h"

#include <signal.h>
#include <sys/wait.h>

/* A living node says so four times within the timeout, which leaves a busy machine 1.5 seconds. */
enum { TIMEOUT_MS = 2000, LONG_MS = 5 * TIMEOUT_MS / 2 };

static char self[4096];

static void
late(struct site *s)
{
	uint8_t b[8] = { 7 };

	sleep_ms(LONG_MS);
	s->st = chan_post(s->c, 0, b, sizeof b);
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
}

static void
patient(struct site *s)
{
	uint8_t b[8] = { 0 };

	s->st = chan_wait(s->c, 1, b, sizeof b);
	if (s->st == ST_OK && b[0] != 7)
		s->st = ST_DATA;
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	s->f = s->c->fault;
}

static void
only_finish(struct site *s)
{
	s->st = chan_finish(s->c);
	s->f = s->c->fault;
}

static void
a_peer_that_computes_long_is_waited_for(void **state)
{
	(void)state;
	sites_init(2, TIMEOUT_MS);
	site[0].then = patient;
	site[1].then = late;
	open_all(2);
	assert_open(2);
	close_all(2);
}

/* Node 0 is done long before node 1: it waits in the closing handshake. */
static void
an_end_that_comes_late_is_waited_for(void **state)
{
	(void)state;
	sites_init(3, TIMEOUT_MS);
	site[0].then = patient;
	site[1].then = late;
	site[2].then = only_finish;
	open_all(3);
	assert_open(3);
	close_all(3);
}

/* More than its queue holds is posted to a node that does not look at it for long. */
static void
post_more_than_fits(struct site *s)
{
	enum { LEN = 8 << 20, N = (NET_QUEUE_MAX + (64 << 20)) / LEN };
	uint8_t *buf = mem_zalloc(LEN);

	for (unsigned i = 0; i < N && s->st == ST_OK; i++)
		s->st = chan_post(s->c, 1, buf, LEN);
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	s->f = s->c->fault;
	mem_free(buf);
}

static void
read_it_late(struct site *s)
{
	enum { LEN = 8 << 20, N = (NET_QUEUE_MAX + (64 << 20)) / LEN };
	uint8_t *buf = mem_zalloc(LEN);

	sleep_ms(LONG_MS);
	for (unsigned i = 0; i < N && s->st == ST_OK; i++)
		s->st = chan_wait(s->c, 0, buf, LEN);
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	s->f = s->c->fault;
	mem_free(buf);
}

static void
a_full_line_to_a_living_peer_is_waited_for(void **state)
{
	(void)state;
	sites_init(2, TIMEOUT_MS);
	site[0].then = post_more_than_fits;
	site[1].then = read_it_late;
	open_all(2);
	assert_open(2);
	close_all(2);
}

/* Node 1 as a process: opens, and then does nothing. */
static int
child_main(const char *folder)
{
	char path[4200];
	struct identity_public pub;

	snprintf(dir, sizeof dir, "%s", folder);
	snprintf(path, sizeof path, "%s/1.key", dir);
	if (identity_load(&identity[1], path, NULL) != ST_OK)
		return 1;
	snprintf(path, sizeof path, "%s/0.pub", dir);
	if (identity_public_load(&pub, path, NULL) != ST_OK)
		return 1;
	identity[0] = identity[1];
	for (unsigned i = 0; i < 2; i++)
		snprintf(name[i], sizeof name[i], "site%u", i);
	serial = -1;
	sites_init(2, PATIENT_MS);
	site[1].config.peer[0].key = &pub;
	if (chan_nng_open(&site[1].c, &site[1].config, &site[1].f) != ST_OK)
		return 1;
	for (;;)
		pause();
}

static pid_t
start_child(void)
{
	char file[64];
	pid_t pid;

	for (unsigned i = 0; i < 2; i++) {
		snprintf(file, sizeof file, "%s/%u", dir, i);
		assert_int_equal(identity_save(identity[i], file, NULL), ST_OK);
	}
	pid = fork();
	if (pid == 0) {
		execl(self, self, dir, (char *)NULL);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

static void
end_child(pid_t pid)
{
	char file[64];

	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(file, sizeof file, "%s/%u.%s", dir, i / 2, i % 2 == 0 ? "key" : "pub");
		assert_int_equal(unlink(file), 0);
	}
	snprintf(file, sizeof file, "%s/0-1", dir);
	(void)unlink(file);
}

static void
a_process_that_stands_still_is_silent(void **state)
{
	pid_t pid;
	uint64_t start;
	uint8_t b[8];

	(void)state;
	/* Both sides count the sessions from 0. */
	serial = -1;
	sites_init(2, PATIENT_MS);
	pid = start_child();
	open_all(1);
	assert_open(1);
	assert_int_equal(kill(pid, SIGSTOP), 0);
	start = now_ms();
	/* What opening needed time for must not count: a shorter timeout from here on. */
	((struct chan_nng *)site[0].c)->timeout_ms = TIMEOUT_MS;
	assert_int_equal(chan_wait(site[0].c, 1, b, sizeof b), ST_NET);
	assert_in_range(now_ms() - start, TIMEOUT_MS - 10, PATIENT_MS / 2);
	assert_says(&site[0].c->fault, ST_NET, "silent");
	close_all(1);
	end_child(pid);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_that_stands_still_is_silent),
		cmocka_unit_test(a_peer_that_computes_long_is_waited_for),
		cmocka_unit_test(an_end_that_comes_late_is_waited_for),
		cmocka_unit_test(a_full_line_to_a_living_peer_is_waited_for),
	};

	if (argc == 2)
		return child_main(argv[1]);
	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		return 1;
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
