/* test_chan_nng.c: nodes over nng, as threads of this process, that do as they should, or fail. */
#include "free_ports.h"
#include "nng_kit.h"

static void
finish(struct site *s)
{
	s->st = chan_finish(s->c);
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
	sites_init(2, PATIENT_MS);
	talk_among(2);
}

static void
three_talk_over_tcp(void **state)
{
	int port[3];

	(void)state;
	sites_init(3, PATIENT_MS);
	free_ports(port, 3);
	for (unsigned i = 0; i < 3; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "tcp://127.0.0.1:%d", port[i]);
	talk_among(3);
}

static void
two_talk_over_abstract_sockets(void **state)
{
	(void)state;
	sites_init(2, PATIENT_MS);
	for (unsigned i = 0; i < 2; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "abstract://konsil-test-%d-%u",
		    (int)getpid(), i);
	talk_among(2);
}

static void
sixteen_talk(void **state)
{
	(void)state;
	sites_init(N_NODE_MAX, PATIENT_MS);
	talk_among(N_NODE_MAX);
}

static void
start_order_does_not_matter(void **state)
{
	(void)state;
	sites_init(3, PATIENT_MS);
	site[0].delay_ms = 100;
	site[2].delay_ms = 50;
	talk_among(3);
}

static void
one_node_is_a_channel_too(void **state)
{
	(void)state;
	sites_init(1, PATIENT_MS);
	talk_among(1);
}

static void
ids_are_fresh(void **state)
{
	uint8_t sid[2][32], id[2][32];

	(void)state;
	for (unsigned k = 0; k < 2; k++) {
		sites_init(2, PATIENT_MS);
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
	sites_init(3, LOST_MS);
	open_all(2);
	assert_in_range(now_ms() - start, LOST_MS - 50, PATIENT_MS / 2);
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
	sites_init(3, PATIENT_MS);
	site[2].component[1].hash[7] = 1;
	open_all(3);
	assert_true(now_ms() - start < PATIENT_MS / 2);
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
		sites_init(2, LOST_MS);
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
	sites_init(2, LOST_MS);
	site[1].config.session = "another";
	open_all(2);
	assert_says(&site[0].f, ST_AUTH, name[1]);
	assert_says(&site[1].f, ST_AUTH, name[0]);
}

static void
bad_addresses_are_named(void **state)
{
	(void)state;
	sites_init(2, LOST_MS);
	site[0].config.peer[1].endpoint = "nonsense";
	open_all(1);
	assert_says(&site[0].f, ST_USAGE, "nonsense");
	sites_init(2, LOST_MS);
	site[0].config.listen = "tcp://192.0.2.1:7";
	open_all(1);
	assert_says(&site[0].f, ST_NET, "cannot listen");
}

static void
a_dead_peer_ends_the_run_with_its_name(void **state)
{
	uint64_t start;
	uint8_t b[8];

	(void)state;
	sites_init(3, PATIENT_MS);
	open_all(3);
	assert_open(3);
	start = now_ms();
	chan_free(site[2].c);
	/* Node 0 waits for node 1, and learns of node 2 all the same. */
	assert_int_equal(chan_wait(site[0].c, 1, b, sizeof b), ST_NET);
	assert_true(now_ms() - start < PATIENT_MS / 2);
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
	sites_init(2, PATIENT_MS);
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
another_length_is_a_deviation(void **state)
{
	static uint8_t buf[200000];
	const size_t sent[] = { 8, 100, 65537, 131072, 65536 };
	const size_t due[] = { 7, 101, 65536, 200000, 131072 };

	(void)state;
	for (size_t k = 0; k < sizeof due / sizeof due[0]; k++) {
		sites_init(2, PATIENT_MS);
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
	sites_init(2, PATIENT_MS);
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

/* n messages of len bytes each way, all posted before any is awaited. */
static void
post_many(struct site *s, unsigned n, size_t len)
{
	uint8_t *buf = mem_alloc(len);
	unsigned peer = 1 - s->c->me;

	memset(buf, 3, len);
	for (unsigned i = 0; i < n && s->st == ST_OK; i++) {
		buf[len - 1] = (uint8_t)i;
		s->st = chan_post(s->c, peer, buf, len);
	}
	for (unsigned i = 0; i < n && s->st == ST_OK; i++) {
		s->st = chan_wait(s->c, peer, buf, len);
		if (s->st == ST_OK && (buf[0] != 3 || buf[len - 1] != (uint8_t)i))
			s->st = ST_DATA;
	}
	mem_free(buf);
}

/* 60 MB in messages so short that they are received as they are awaited, and 100 MB in long
 * ones. */
static void
post_much(struct site *s)
{
	post_many(s, 1500, 40000);
	post_many(s, 100, 1 << 20);
	post_many(s, 1, 8);
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
}

static void
much_both_ways_does_not_deadlock(void **state)
{
	(void)state;
	sites_init(2, PATIENT_MS);
	site[0].then = site[1].then = post_much;
	open_all(2);
	assert_open(2);
	close_all(2);
}

/* Rounds of all lengths, short after long and long after short, to all or round the ring. */
static void
take_turns(struct site *s)
{
	static const size_t length[] = { 1, 8, 65536, 40000, 65537, 16384, 300000, 16385, 2 << 20 };
	uint8_t *buf = mem_alloc(2 << 20);
	unsigned n = s->c->n, me = s->c->me;

	for (unsigned r = 0; r < 400 && s->st == ST_OK; r++) {
		size_t len = length[r * r % 23 % 9];
		unsigned reach = r % 3 == 0 ? 1 : n - 1;

		memset(buf, (int)(r + me), len);
		for (unsigned k = 1; k <= reach && s->st == ST_OK; k++)
			s->st = chan_post(s->c, (me + n - k) % n, buf, len);
		for (unsigned k = 1; k <= reach && s->st == ST_OK; k++) {
			s->st = chan_wait(s->c, (me + k) % n, buf, len);
			if (s->st == ST_OK && (buf[0] != buf[len - 1]
			    || buf[0] != (uint8_t)(r + (me + k) % n)))
				s->st = ST_DATA;
		}
	}
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	mem_free(buf);
}

static void
rounds_of_all_lengths(void **state)
{
	(void)state;
	sites_init(3, PATIENT_MS);
	for (unsigned i = 0; i < 3; i++)
		site[i].then = take_turns;
	open_all(3);
	assert_open(3);
	close_all(3);
}

/* Nothing is awaited of the peer: posting to it fails in the end, and still says why it stopped. */
static void
who_only_posts_learns_why(void **state)
{
	uint64_t start;
	uint8_t b[8] = { 0 };
	enum status st = ST_OK;

	(void)state;
	sites_init(2, PATIENT_MS);
	open_all(2);
	assert_open(2);
	chan_nng_abort(site[1].c, ST_DATA);
	chan_free(site[1].c);
	site[1].c = NULL;
	for (start = now_ms(); st == ST_OK && now_ms() - start < PATIENT_MS / 2;)
		st = chan_post(site[0].c, 1, b, sizeof b);
	assert_int_equal(st, ST_NET);
	assert_says(&site[0].c->fault, ST_NET, name[1]);
	assert_non_null(strstr(site[0].c->fault.message, status_text(ST_DATA)));
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
		sites_init(2, LOST_MS);
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
		cmocka_unit_test(a_dead_peer_ends_the_run_with_its_name),
		cmocka_unit_test(an_abort_says_who_and_why),
		cmocka_unit_test(another_length_is_a_deviation),
		cmocka_unit_test(an_end_before_its_time_is_a_deviation),
		cmocka_unit_test(much_both_ways_does_not_deadlock),
		cmocka_unit_test(rounds_of_all_lengths),
		cmocka_unit_test(who_only_posts_learns_why),
		cmocka_unit_test(no_memory_is_a_status),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
