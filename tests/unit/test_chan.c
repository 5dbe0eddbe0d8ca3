/* test_chan.c: the channel of threads, and the layers over any channel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/chan.h"

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void
free_all(struct chan *c[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		chan_free(c[i]);
}

static void
messages_keep_their_order(void **state)
{
	struct chan *c[2];
	uint32_t v;

	(void)state;
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(chan_post(c[0], 1, &i, sizeof i), ST_OK);
	assert_int_equal(chan_post(c[0], 1, &v, 0), ST_OK);
	assert_int_equal(chan_wait(c[1], 0, &v, 0), ST_OK);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(chan_wait(c[1], 0, &v, sizeof v), ST_OK);
		assert_int_equal(v, i);
	}
	free_all(c, 2);
}

static void
another_length_aborts_and_sticks(void **state)
{
	struct chan *c[3];
	uint64_t v = 1;

	(void)state;
	assert_int_equal(chan_mem_new(c, 3), ST_OK);
	assert_int_equal(chan_post(c[2], 0, &v, 8), ST_OK);
	assert_int_equal(chan_post(c[1], 0, &v, 8), ST_OK);
	assert_int_equal(chan_wait(c[0], 2, &v, 7), ST_ABORT);
	assert_non_null(strstr(c[0]->fault.message, "node 2"));
	assert_int_equal(chan_wait(c[0], 1, &v, 8), ST_ABORT);
	assert_int_equal(chan_post(c[0], 1, &v, 8), ST_ABORT);
	assert_int_equal(chan_finish(c[0]), ST_ABORT);
	free_all(c, 3);
}

static void
a_freed_end_is_noticed(void **state)
{
	struct chan *c[2];
	uint64_t v = 7;

	(void)state;
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	assert_int_equal(chan_post(c[1], 0, &v, 8), ST_OK);
	chan_free(c[1]);
	v = 0;
	assert_int_equal(chan_wait(c[0], 1, &v, 8), ST_OK);
	assert_int_equal(v, 7);
	assert_int_equal(chan_wait(c[0], 1, &v, 8), ST_NET);
	assert_non_null(strstr(c[0]->fault.message, "node 1"));
	chan_free(c[0]);
}

static void *
free_later(void *arg)
{
	const struct timespec pause = { 0, 20000000 };

	nanosleep(&pause, NULL);
	chan_free(arg);
	return NULL;
}

static void
a_waiting_end_wakes_when_the_peer_goes(void **state)
{
	struct chan *c[2];
	pthread_t t;
	uint8_t b;

	(void)state;
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	assert_int_equal(pthread_create(&t, NULL, free_later, c[1]), 0);
	assert_int_equal(chan_finish(c[0]), ST_NET);
	assert_int_equal(chan_wait(c[0], 1, &b, 1), ST_NET);
	pthread_join(t, NULL);
	chan_free(c[0]);
}

struct all_to_all {
	struct chan *c;
	enum status st;
	bool right;
};

/* Each node tells every peer its number in messages of growing length, then finishes. */
static void *
talk_to_all(void *arg)
{
	struct all_to_all *a = arg;
	uint8_t out[512], in[512];

	a->right = true;
	memset(out, (int)a->c->me, sizeof out);
	for (size_t len = 1; len <= sizeof out && a->st == ST_OK; len *= 2) {
		for (unsigned i = 0; i < a->c->n; i++)
			if (i != a->c->me && a->st == ST_OK)
				a->st = chan_post(a->c, i, out, len);
		for (unsigned i = 0; i < a->c->n; i++)
			if (i != a->c->me && a->st == ST_OK) {
				a->st = chan_wait(a->c, i, in, len);
				a->right = a->right && in[0] == i && in[len - 1] == i;
			}
		chan_round(a->c);
	}
	if (a->st == ST_OK)
		a->st = chan_finish(a->c);
	return NULL;
}

static void
run_all(struct chan *c[], unsigned n)
{
	struct all_to_all a[N_NODE_MAX] = { 0 };
	pthread_t t[N_NODE_MAX];

	for (unsigned i = 0; i < n; i++) {
		a[i].c = c[i];
		assert_int_equal(pthread_create(&t[i], NULL, talk_to_all, &a[i]), 0);
	}
	for (unsigned i = 0; i < n; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(a[i].st, ST_OK);
		assert_true(a[i].right);
	}
}

static void
sixteen_threads_talk(void **state)
{
	struct chan *c[N_NODE_MAX];

	(void)state;
	assert_int_equal(chan_mem_new(c, N_NODE_MAX), ST_OK);
	run_all(c, N_NODE_MAX);
	free_all(c, N_NODE_MAX);
}

static void
an_unread_message_is_no_clean_end(void **state)
{
	struct chan *c[2];
	uint8_t b = 0;

	(void)state;
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	assert_int_equal(chan_post(c[1], 0, &b, 1), ST_OK);
	assert_int_equal(chan_finish(c[0]), ST_ABORT);
	free_all(c, 2);
}

static void
the_meter_counts_by_phase_and_peer(void **state)
{
	struct chan *c[3];
	struct meter m;

	(void)state;
	assert_int_equal(chan_mem_new(c, 3), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(chan_meter_new(&c[i], c[i]), ST_OK);
		chan_phase(c[i], PHASE_ONLINE);
	}
	run_all(c, 3);
	chan_meter_get(c[1], &m);
	assert_int_equal(m.sent[PHASE_ONLINE][0], 1023);
	assert_int_equal(m.sent[PHASE_ONLINE][1], 0);
	assert_int_equal(m.received[PHASE_ONLINE][2], 1023);
	assert_int_equal(m.messages[PHASE_ONLINE], 20);
	assert_int_equal(m.rounds[PHASE_ONLINE], 10);
	assert_int_equal(m.sent[PHASE_CONTROL][0], 0);
	free_all(c, 3);
}

/* Builds the transcript of one message each way by hand. */
static void
expect_transcript(uint8_t out[32], const char *sent, const char *received)
{
	uint8_t all[4 * 32], framed[64] = { 0 };

	crypto_generichash(all, 32, NULL, 0, NULL, 0);
	crypto_generichash(all + 32, 32, NULL, 0, NULL, 0);
	framed[0] = (uint8_t)strlen(sent);
	memcpy(framed + 8, sent, strlen(sent));
	crypto_generichash(all + 64, 32, framed, 8 + strlen(sent), NULL, 0);
	framed[0] = (uint8_t)strlen(received);
	memcpy(framed + 8, received, strlen(received));
	crypto_generichash(all + 96, 32, framed, 8 + strlen(received), NULL, 0);
	crypto_generichash(out, 32, all, sizeof all, NULL, 0);
}

static void
the_meter_hashes_what_passes(void **state)
{
	struct chan *c[2];
	struct meter m;
	char in[8];
	uint8_t want[32];

	(void)state;
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	assert_int_equal(chan_meter_new(&c[0], c[0]), ST_OK);
	assert_int_equal(chan_post(c[0], 1, "hello", 5), ST_OK);
	assert_int_equal(chan_post(c[1], 0, "world!", 6), ST_OK);
	assert_int_equal(chan_wait(c[0], 1, in, 6), ST_OK);
	chan_meter_get(c[0], &m);
	expect_transcript(want, "hello", "world!");
	assert_memory_equal(m.transcript, want, 32);
	chan_meter_hash(c[0], false);
	assert_int_equal(chan_post(c[0], 1, "more", 4), ST_OK);
	chan_meter_get(c[0], &m);
	assert_memory_equal(m.transcript, want, 32);
	assert_int_equal(m.sent[PHASE_CONTROL][1], 9);
	free_all(c, 2);
}

/* 10 ms there, 50 kB at 40 Mbit/s another 10 ms, two in a row: at 20 and at 30 ms, never earlier.
 * Says whether it was not later either. */
static bool
shape_is_prompt(void)
{
	static uint8_t buf[50000];
	struct chan *c[2];
	uint64_t start, posted, first, second;

	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(chan_shape_new(&c[i], c[i], 20000, 40000000), ST_OK);
	start = now_us();
	assert_int_equal(chan_post(c[0], 1, buf, sizeof buf), ST_OK);
	assert_int_equal(chan_post(c[0], 1, buf, sizeof buf), ST_OK);
	posted = now_us() - start;
	assert_int_equal(chan_wait(c[1], 0, buf, sizeof buf), ST_OK);
	first = now_us() - start;
	assert_int_equal(chan_wait(c[1], 0, buf, sizeof buf), ST_OK);
	second = now_us() - start;
	assert_true(first >= 20000 && second >= 30000);
	free_all(c, 2);
	return posted < 10000 && first < 30000 && second < 60000;
}

/* A busy machine is prompt now and then. */
static void
the_shape_takes_its_time(void **state)
{
	unsigned k = 0;

	(void)state;
	while (!shape_is_prompt())
		assert_true(++k < 1000);
}

static struct chan *
faulty_pair(struct chan *c[2], enum chan_fault_kind what, uint64_t at)
{
	assert_int_equal(chan_mem_new(c, 2), ST_OK);
	assert_int_equal(chan_fault_new(&c[0], c[0], what, 1, at), ST_OK);
	return c[0];
}

static void
a_flip_changes_one_bit_of_one_byte(void **state)
{
	struct chan *c[2];
	char in[5] = "";

	(void)state;
	faulty_pair(c, FAULT_FLIP, 6);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_OK);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_OK);
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_OK);
	assert_string_equal(in, "abcd");
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_OK);
	assert_string_equal(in, "abbd");
	free_all(c, 2);
}

static void
a_cut_ends_both_sides(void **state)
{
	struct chan *c[2];
	char in[4];

	(void)state;
	faulty_pair(c, FAULT_CUT, 4);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_OK);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_NET);
	assert_int_equal(chan_wait(c[0], 1, in, 4), ST_NET);
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_OK);
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_NET);
	free_all(c, 2);
}

static void
a_drop_loses_one_message(void **state)
{
	struct chan *c[2];
	char in[5] = "";

	(void)state;
	faulty_pair(c, FAULT_DROP, 0);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_OK);
	assert_int_equal(chan_post(c[0], 1, "efgh", 4), ST_OK);
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_OK);
	assert_string_equal(in, "efgh");
	free_all(c, 2);
}

static void
a_delay_changes_nothing_else(void **state)
{
	struct chan *c[2];
	char in[5] = "";
	uint64_t start = now_us();

	(void)state;
	faulty_pair(c, FAULT_DELAY, 3);
	assert_int_equal(chan_post(c[0], 1, "abcd", 4), ST_OK);
	assert_int_equal(chan_wait(c[1], 0, in, 4), ST_OK);
	assert_string_equal(in, "abcd");
	assert_true(now_us() - start >= 100000);
	free_all(c, 2);
}

/* Makes each allocation of a set-up fail in turn; the last pass has none left to fail. */
static void
no_memory_is_a_status(void **state)
{
	struct chan *c[3];
	uint64_t at = 0;
	enum status st;

	(void)state;
	do {
		mem_fail_at(++at);
		st = chan_mem_new(c, 3);
		if (st == ST_OK) {
			st = chan_post(c[0], 1, "x", 1);
			free_all(c, 3);
		}
		assert_true(st == ST_OK || st == ST_INTERNAL);
	} while (st != ST_OK);
	mem_fail_at(0);
	assert_int_equal(at, 6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_keep_their_order),
		cmocka_unit_test(another_length_aborts_and_sticks),
		cmocka_unit_test(a_freed_end_is_noticed),
		cmocka_unit_test(a_waiting_end_wakes_when_the_peer_goes),
		cmocka_unit_test(sixteen_threads_talk),
		cmocka_unit_test(an_unread_message_is_no_clean_end),
		cmocka_unit_test(the_meter_counts_by_phase_and_peer),
		cmocka_unit_test(the_meter_hashes_what_passes),
		cmocka_unit_test(the_shape_takes_its_time),
		cmocka_unit_test(a_flip_changes_one_bit_of_one_byte),
		cmocka_unit_test(a_cut_ends_both_sides),
		cmocka_unit_test(a_drop_loses_one_message),
		cmocka_unit_test(a_delay_changes_nothing_else),
		cmocka_unit_test(no_memory_is_a_status),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
