/* test_ot_setup.c: from nothing to correlated OTs: both directions between three nodes, and one
 * direction under a given Delta, also next to the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/ot_setup.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"

enum { N = 3, N_COT = 200 };

struct node {
	struct chan *ch;
	unsigned k, sender;
	bool one;                       /* ot_setup_one, after ot_setup of both ways if k is 4 */
	block delta;
	struct ot_pair *pair;
	struct cot_sender *send;
	struct cot_receiver *recv;
	struct meter meter;
	enum status st;
};

static void *
run_node(void *arg)
{
	static const uint8_t sid[32] = "set-up";
	struct node *nd = arg;
	enum status st = ST_OK;

	chan_phase(nd->ch, PHASE_SETUP);
	if (!nd->one || nd->k == 4)
		TRY(ot_setup(nd->pair, nd->ch, sid, nd->k));
	chan_phase(nd->ch, PHASE_OFFLINE);
	if (nd->one)
		TRY(ot_setup_one(nd->send, nd->recv, nd->ch, sid, "test", nd->k, nd->sender,
		    nd->ch->me == nd->sender ? &nd->delta : NULL));
	chan_meter_get(nd->ch, &nd->meter);
out:
	nd->st = st;
	if (st != ST_OK) {
		chan_free(nd->ch);              /* a peer that still waits must notice */
		nd->ch = NULL;
	}
	return NULL;
}

static struct node node[N];

static void
prepare(struct chan *ends[N], unsigned n, unsigned k, bool one, unsigned sender)
{
	assert_int_equal(ST_OK, chan_mem_new(ends, n));
	for (unsigned i = 0; i < n; i++) {
		node[i] = (struct node){ .k = k, .one = one, .sender = sender,
			.pair = mem_map(n * sizeof *node[i].pair),
			.send = mem_map(sizeof *node[i].send),
			.recv = mem_map(sizeof *node[i].recv) };
		random_bytes(&node[i].delta, sizeof node[i].delta);
		node[i].delta.w[0] |= 1;
	}
}

static void
run(unsigned n)
{
	pthread_t thread[N];

	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, pthread_create(&thread[i], NULL, run_node, &node[i]));
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

static void
start(unsigned n, unsigned k, bool one, unsigned sender)
{
	struct chan *ends[N];

	prepare(ends, n, k, one, sender);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(ST_OK, chan_meter_new(&node[i].ch, ends[i]));
	run(n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(ST_OK, node[i].st);
}

static void
finish(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		chan_free(node[i].ch);
		mem_unmap(node[i].pair, n * sizeof *node[i].pair);
		mem_unmap(node[i].send, sizeof *node[i].send);
		mem_unmap(node[i].recv, sizeof *node[i].recv);
	}
}

static void
check_correlated(struct cot_sender *send, struct cot_receiver *recv)
{
	static struct cot_scratch w;
	static uint8_t msg[COT_MSG_MAX];
	static block t[COT_BATCH], q[COT_BATCH];
	uint8_t choice[N_COT / 8];

	random_bytes(choice, sizeof choice);
	cot_create_extend(recv, &w, msg, t, choice, N_COT);
	cot_consume_extend(send, &w, q, msg, N_COT);
	for (size_t j = 0; j < N_COT; j++) {
		bool bit = choice[j / 8] >> j % 8 & 1;
		block want = bit ? block_xor(q[j], send->delta) : q[j];

		assert_memory_equal(&want, &t[j], sizeof want);
	}
}

static void
test_both_ways(void **state)
{
	(void)state;

	for (unsigned k = 2; k <= 8; k *= 2) {
		start(N, k, false, 0);
		for (unsigned i = 0; i < N; i++)
			for (unsigned j = 0; j < N; j++) {
				if (i == j)
					continue;
				check_correlated(&node[i].pair[j].send, &node[j].pair[i].recv);
				assert_int_equal(ot_setup_bytes(k, i, j),
				    node[i].meter.sent[PHASE_SETUP][j]);
			}
		assert_int_equal(OT_SETUP_ROUNDS, node[0].meter.rounds[PHASE_SETUP]);
		finish(N);
	}
}

/* Delta is what was given; base OTs and hashes differ from those of both ways. */
static void
test_given_delta(void **state)
{
	(void)state;

	for (unsigned k = 2; k <= 8; k *= 2)
		for (unsigned from = 0; from < 2; from++) {
			struct cot_sender *send;

			start(2, k, true, from);
			send = node[from].send;
			check_correlated(send, node[1 - from].recv);
			assert_memory_equal(&node[from].delta, &send->delta, sizeof(block));
			assert_memory_equal(&send->s, &node[1 - from].recv->s, sizeof(block));
			for (unsigned i = 0; i < 2; i++)
				assert_int_equal(ot_setup_one_bytes(k, from, i),
				    node[i].meter.sent[PHASE_OFFLINE][1 - i]);
			assert_int_equal(OT_SETUP_ROUNDS, node[0].meter.rounds[PHASE_OFFLINE]);
			if (k == 4)
				assert_memory_not_equal(&send->s, &node[from].pair[1 - from].send.s,
				    sizeof(block));
			finish(2);
		}
}

/* Node `liar` sends wrong base OTs; the other one notices, and keeps nothing. */
static void
refused(unsigned liar, uint64_t at)
{
	struct chan *ends[N], *faulty;
	const block none = { { 0, 0 } };

	prepare(ends, 2, 8, true, 0);
	assert_int_equal(ST_OK, chan_fault_new(&faulty, ends[liar], FAULT_FLIP, 1 - liar, at));
	assert_int_equal(ST_OK, chan_meter_new(&node[liar].ch, faulty));
	assert_int_equal(ST_OK, chan_meter_new(&node[1 - liar].ch, ends[1 - liar]));
	run(2);
	assert_int_equal(ST_ABORT, node[1 - liar].st);
	assert_memory_equal(&none, liar == 0 ? &node[1].recv->leaf[1].rk[0] :
	    &node[0].send->leaf[1].rk[0], sizeof none);
	finish(2);
}

static void
test_wrong_base(void **state)
{
	(void)state;

	refused(0, 0);                                          /* a point */
	refused(0, OT_CHOICE_BYTES);                            /* the answer */
	refused(1, 0);                                          /* z */
	refused(1, OT_SENDER_BYTES + OT_CHALLENGE_BYTES - 1);   /* the challenge */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_given_delta),
		cmocka_unit_test(test_wrong_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
