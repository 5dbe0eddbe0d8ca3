/* test_pool_fault.c: what a pool does when memory, a link or a peer fails: an error at every node,
 * never a hang, and the failure of one is told apart from the loss of the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/ot_setup.h"
#include "../../protocols/pool.h"
#include "../../runtime/base/mem.h"

static const uint64_t demand[N_CORR] = { 100, 10, 10, 70, 70, 5, 70, 70, 1 };

struct node {
	struct chan *ch;
	enum status st;
	char message[FAULT_TEXT_MAX];
};

/* Everything once, then the channel goes: a peer that still waits must notice. */
static void *
run_node(void *arg)
{
	static const uint8_t sid[32] = "faults";
	struct node *nd = arg;
	struct pool *p = NULL;
	uint64_t a[6], b[6], c[4];
	enum status st;

	TRY(pool_open(&p, nd->ch, sid, demand, 4));
	for (enum corr kind = 0; kind < CORR_MATRIX; kind++)
		TRY(pool_ensure(p, kind, demand[kind]));
	TRY(pool_matrix(p, 64, 2, 3, 2, a, b, c));
out:
	nd->st = st;
	memcpy(nd->message, nd->ch->fault.message, sizeof nd->message);
	pool_close(p);
	chan_free(nd->ch);
	return NULL;
}

static void
run_two(struct node nd[2])
{
	pthread_t thread[2];

	for (int i = 0; i < 2; i++)
		assert_int_equal(0, pthread_create(&thread[i], NULL, run_node, &nd[i]));
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
}

/* Node `who` does something wrong at byte `at` of what it sends to the other one. */
static void
run_faulty(struct node nd[2], unsigned who, enum chan_fault_kind what, uint64_t at)
{
	struct chan *ends[2];

	memset(nd, 0, 2 * sizeof *nd);
	assert_int_equal(ST_OK, chan_mem_new(ends, 2));
	assert_int_equal(ST_OK, chan_fault_new(&nd[who].ch, ends[who], what, 1 - who, at));
	nd[1 - who].ch = ends[1 - who];
	run_two(nd);
}

static void
test_cut(void **state)
{
	(void)state;
	struct node nd[2];
	/* In the base OTs, their answer, the trees, the choices, and the corrections. */
	const uint64_t setup = ot_setup_bytes(4, 0, 1);
	const uint64_t at[] = { 0, OT_CHOICE_BYTES, OT_CHOICE_BYTES + OT_ANSWER_BYTES, setup,
		setup + 30000, setup + 70000 };

	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		run_faulty(nd, 0, FAULT_CUT, at[i]);
		assert_int_equal(ST_NET, nd[0].st);
		assert_int_equal(ST_NET, nd[1].st);
	}
}

static void
refused_by(unsigned who, uint64_t at, const char *what)
{
	struct node nd[2];
	unsigned other = 1 - who;

	run_faulty(nd, other, FAULT_FLIP, at);
	assert_int_equal(ST_ABORT, nd[who].st);
	assert_non_null(strstr(nd[who].message, other == 0 ? "node 0" : "node 1"));
	assert_non_null(strstr(nd[who].message, what));
	assert_int_equal(ST_NET, nd[other].st);
}

/* Node 0 leads: it sends choices and the answer, node 1 sends z and the challenge.  A point with
 * its lowest bit flipped is none, as that makes the number negative; a seed can be any. */
static void
test_wrong_base(void **state)
{
	(void)state;

	refused_by(1, 0, "point");
	refused_by(1, OT_CHOICE_BYTES - OT_SEED_BYTES - OT_POINT_BYTES, "point");
	refused_by(0, 0, "point");
	refused_by(0, OT_SENDER_BYTES + OT_CHALLENGE_BYTES - 1, "challenge");
	refused_by(1, OT_CHOICE_BYTES, "answer");
	refused_by(1, OT_CHOICE_BYTES + OT_ANSWER_BYTES - 1, "answer");
}

/* Fails the n-th allocation until none is left to fail. */
static void
test_no_memory(void **state)
{
	(void)state;
	int failed = 0;

	for (uint64_t n = 1;; n++) {
		struct node nd[2] = { 0 };
		struct chan *ends[2];

		assert_int_equal(ST_OK, chan_mem_new(ends, 2));
		nd[0].ch = ends[0];
		nd[1].ch = ends[1];
		mem_fail_at(n);
		run_two(nd);
		mem_fail_at(0);
		if (nd[0].st == ST_OK && nd[1].st == ST_OK)
			break;
		for (int i = 0; i < 2; i++)
			assert_true(nd[i].st == ST_INTERNAL || nd[i].st == ST_NET ||
			    nd[i].st == ST_OK);
		assert_true(nd[0].st == ST_INTERNAL || nd[1].st == ST_INTERNAL);
		failed++;
	}
	assert_true(failed >= 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_wrong_base),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
