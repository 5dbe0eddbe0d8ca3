/* test_announce.c: row counts told to all, and what happens to one who tells two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "../../runtime/announce.h"

enum { N = 3 };

struct node {
	struct chan *ch;
	uint64_t rows;
	uint8_t h1[32], h2[32], sid[32];
	struct announcement all[N];
	enum status st;
	struct fault f;
	pthread_t thread;
	bool liar;
};

static const char *const names[N] = { "north", "south", "west" };

static void *
honest(void *arg)
{
	struct node *n = arg;
	struct announcement mine = { .rows = n->rows };

	n->st = announce_exchange(n->all, n->sid, n->ch, &mine, n->h1, names, &n->f);
	if (n->st == ST_OK)
		n->st = announce_code(n->ch, n->h2, names, &n->f);
	chan_free(n->ch);
	return NULL;
}

/* Tells each peer another count, then echoes what it likes. */
static void *
liar(void *arg)
{
	struct node *n = arg;
	uint8_t msg[ANNOUNCE_BYTES], echo[ECHO_BYTES] = { 0 };
	struct announcement a = { 0 };

	for (unsigned i = 0; i < N; i++) {
		if (i == n->ch->me)
			continue;
		a.rows = 100 + i;
		announce_create(msg, &a);
		n->st = chan_post(n->ch, i, msg, sizeof msg);
	}
	for (unsigned i = 0; i < N; i++)
		if (i != n->ch->me)
			n->st = chan_post(n->ch, i, echo, sizeof echo);
	return NULL;
}

static void
run(struct node node[N])
{
	struct chan *end[N];

	assert_int_equal(chan_mem_new(end, N), ST_OK);
	for (unsigned i = 0; i < N; i++) {
		node[i].ch = end[i];
		assert_int_equal(
		    pthread_create(&node[i].thread, NULL, node[i].liar ? liar : honest, &node[i]),
		    0);
	}
	for (unsigned i = 0; i < N; i++) {
		pthread_join(node[i].thread, NULL);
		if (node[i].liar)
			chan_free(end[i]);
	}
}

static void
test_agree(void **state)
{
	struct node node[N] = { { .rows = 5 }, { .rows = 0 }, { .rows = 1234567 } }, again[N];

	(void)state;
	memcpy(again, node, sizeof node);
	run(node);
	run(again);
	for (unsigned i = 0; i < N; i++) {
		assert_int_equal(node[i].st, ST_OK);
		assert_int_equal(node[i].all[0].rows, 5);
		assert_int_equal(node[i].all[1].rows, 0);
		assert_int_equal(node[i].all[2].rows, 1234567);
		assert_memory_equal(node[i].sid, node[0].sid, 32);
	}
	assert_memory_not_equal(node[0].sid, again[0].sid, 32);
}

static void
test_two_counts(void **state)
{
	struct node node[N] = { { .rows = 5 }, { .liar = true }, { .rows = 7 } };

	(void)state;
	run(node);
	assert_int_equal(node[0].st, ST_ABORT);
	assert_int_equal(node[2].st, ST_ABORT);
	assert_non_null(strstr(node[0].f.message, "two different"));
}

static void
test_other_study(void **state)
{
	struct node node[N] = { { .rows = 5 }, { .h1 = { 1 } }, { .rows = 7 } };

	(void)state;
	run(node);
	assert_int_equal(node[0].st, ST_ABORT);
	assert_int_equal(node[1].st, ST_ABORT);
}

static void
test_other_code(void **state)
{
	struct node node[N] = { { .rows = 5 }, { .rows = 6 }, { .h2 = { 1 } } };

	(void)state;
	run(node);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(node[i].st, ST_AUTH);
	assert_non_null(strstr(node[0].f.message, "west"));
	assert_non_null(strstr(node[2].f.message, "north"));
}

static void
test_impossible(void **state)
{
	struct announcement a = { .rows = UINT64_C(1) << 40 }, b;
	uint8_t msg[ANNOUNCE_BYTES];

	(void)state;
	announce_create(msg, &a);
	assert_int_equal(announce_consume(&b, msg), ST_ABORT);
	a.rows--;
	announce_create(msg, &a);
	assert_int_equal(announce_consume(&b, msg), ST_OK);
	assert_int_equal(b.rows, a.rows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_two_counts),
		cmocka_unit_test(test_other_study),
		cmocka_unit_test(test_other_code),
		cmocka_unit_test(test_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
