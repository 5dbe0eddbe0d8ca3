/* test_gate.c: guests that do as they should, at nodes that do, or that close or lack memory. */
#include "free_ports.h"
#include "gate_kit.h"

/* Forty guests at three nodes at once, half of them before the nodes are there; the nodes meet and
 * talk meanwhile. */
static void
a_crowd_visits(void)
{
	static struct visitor v[N_BUSY];

	for (unsigned i = 0; i < N_BUSY; i++) {
		visitor_init(&v[i], i, 3);
		v[i].len = i % 4 == 0 ? 300000 : 1 + i;
	}
	for (unsigned i = 0; i < N_BUSY / 2; i++)
		visitor_start(&v[i]);
	for (unsigned i = 0; i < 3; i++) {
		house_open(i);
		site[i].then = talk;
		site_start(i);
	}
	for (unsigned i = N_BUSY / 2; i < N_BUSY; i++)
		visitor_start(&v[i]);
	for (unsigned i = 0; i < 3; i++)
		site_join(i);
	assert_open(3);
	for (unsigned i = 0; i < N_BUSY; i++)
		visitor_join(&v[i]);
	close_all(3);
	assert_open_house(N_GUEST - 1);         /* the gate outlives the channel */
	for (unsigned i = 0; i < 3; i++) {
		await_done(&house[i], N_BUSY + (i == 0));
		assert_in_range(atomic_load(&house[i].n_most), 1, N_GATE_WORKER);
	}
	houses_free(3);
}

static void
a_crowd_visits_over_ipc(void **state)
{
	(void)state;
	houses_init(3, PATIENT_MS);
	a_crowd_visits();
}

static void
a_crowd_visits_over_tcp(void **state)
{
	int port[3];

	(void)state;
	houses_init(3, PATIENT_MS);
	free_ports(port, 3);
	for (unsigned i = 0; i < 3; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "tcp://127.0.0.1:%d", port[i]);
	a_crowd_visits();
}

static void
a_thousand_come_one_after_another(void **state)
{
	unsigned n_fd;

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	assert_open_house(0);
	n_fd = n_entries("/proc/self/fd");
	for (unsigned i = 0; i < N_GUEST; i++) {
		struct visitor v;

		visitor_init(&v, i, 1);
		assert_int_equal(visit(&v, 0), ST_OK);
	}
	assert_in_range(n_entries("/proc/self/fd"), 1, n_fd + 4);
	await_done(&house[0], N_GUEST + 1);
	houses_free(1);
}

static void
lengths_around_records(void **state)
{
	static const size_t len[] = { 1, 2, 65535, 65536, 65537, 131072, 131073, ECHO_MAX };

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	for (size_t i = 0; i < sizeof len / sizeof len[0]; i++) {
		struct visitor v;

		visitor_init(&v, 1, 1);
		v.len = len[i];
		assert_int_equal(visit(&v, 0), ST_OK);
	}
	houses_free(1);
}

static void
ids_are_the_same_at_one_connection(void **state)
{
	struct visitor v;
	struct guest_link *l;
	uint8_t id[2][32];

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	for (unsigned k = 0; k < 2; k++) {
		visitor_init(&v, 1, 1);
		assert_int_equal(dial(&v, 0, &l), ST_OK);
		guest_link_id(l, id[k]);
		assert_int_equal(exchange(l, &v, 0), ST_OK);
		guest_link_free(l);
	}
	assert_memory_not_equal(id[0], id[1], 32);
	houses_free(1);
}

static void
names_stand_once(void **state)
{
	struct gate *g;
	struct fault f = { 0 };

	(void)state;
	houses_init(1, PATIENT_MS);
	guests[7].name = "guest9";
	assert_int_equal(gate_open(&g, &house[0].config, &f), ST_USAGE);
	assert_says(&f, ST_USAGE, "guest9");
	assert_null(g);
	guests[7].name = name[0];
	house_open(0);
	open_all(1);
	assert_says(&site[0].f, ST_USAGE, "site0 is a node and a guest");
	houses_free(1);
}

/* A node that takes its time says that it lives; one whose guests all hang is free again when their
 * visits have lasted too long. */
static void
a_busy_node_lives(void **state)
{
	enum { TIMEOUT_MS = 3000 };
	struct visitor v[N_BUSY];

	(void)state;
	houses_init(1, TIMEOUT_MS);
	house[0].hold_ms = 4 * TIMEOUT_MS / 3;
	house_open(0);
	for (unsigned i = 0; i < N_BUSY; i++) {
		visitor_init(&v[i], i, 1);
		v[i].config.timeout_ms = TIMEOUT_MS;
		v[i].len = i % 2 == 0 ? 10 : 200000;
		visitor_start(&v[i]);
	}
	for (unsigned i = 0; i < N_BUSY; i++)
		visitor_join(&v[i]);
	assert_int_equal(atomic_load(&house[0].n_most), N_GATE_WORKER);
	houses_free(1);
}

static void
a_visit_ends(void **state)
{
	struct guest_link *l[N_GATE_WORKER];
	struct visitor v;

	(void)state;
	houses_init(1, PATIENT_MS);
	house[0].config.visit_ms = LOST_MS;
	house_open(0);
	for (unsigned i = 0; i < N_GATE_WORKER; i++) {
		visitor_init(&v, i, 1);
		assert_int_equal(dial(&v, 0, &l[i]), ST_OK);
	}
	assert_open_house(20);
	assert_true(atomic_load(&house[0].n_failed) >= 1);
	for (unsigned i = 0; i < N_GATE_WORKER; i++)
		guest_link_free(l[i]);
	houses_free(1);
}

/* The same guest from many processes: each is served, two at a time. */
static void
one_guest_many_times(void **state)
{
	struct visitor v[8];

	(void)state;
	houses_init(1, PATIENT_MS);
	house[0].hold_ms = 20;
	house_open(0);
	for (unsigned i = 0; i < 8; i++) {
		visitor_init(&v[i], 1, 1);
		visitor_start(&v[i]);
	}
	for (unsigned i = 0; i < 8; i++)
		visitor_join(&v[i]);
	await_done(&house[0], 8);
	assert_in_range(atomic_load(&house[0].n_most), 1, N_VISIT_MAX);
	houses_free(1);
}

/* Closing with grace lets visits end; without, it cuts them. */
static void
a_gate_closes(void **state)
{
	struct visitor v;
	struct guest_link *l;
	uint8_t b[8] = { 0 };
	uint64_t start;

	(void)state;
	houses_init(1, PATIENT_MS);
	house[0].hold_ms = 200;
	house_open(0);
	visitor_init(&v, 1, 1);
	visitor_start(&v);
	while (atomic_load(&house[0].n_begun) == 0)
		sleep_ms(1);
	gate_close(house[0].gate, 10000);
	visitor_join(&v);
	houses_free(1);
	houses_init(1, PATIENT_MS);
	house_open(0);
	visitor_init(&v, 1, 1);
	assert_int_equal(dial(&v, 0, &l), ST_OK);
	start = now_ms();
	gate_close(house[0].gate, 0);
	assert_true(now_ms() - start < PATIENT_MS / 2);
	assert_int_equal(guest_receive(l, b, 8), ST_NET);
	assert_int_equal(atomic_load(&house[0].n_failed), 1);
	guest_link_free(l);
	houses_free(1);
}

/* Whichever allocation fails, at the node or the guest: a status, or another attempt. */
static void
no_memory_is_a_status(void **state)
{
	struct visitor v;
	struct fault f;
	enum status st;
	bool enough = false;

	(void)state;
	for (uint64_t at = 1; !enough; at++) {
		houses_init(1, LOST_MS);
		memset(&f, 0, sizeof f);
		visitor_init(&v, 1, 1);
		v.config.timeout_ms = LOST_MS;
		mem_fail_at(at);
		st = gate_open(&house[0].gate, &house[0].config, &f);
		if (st == ST_OK)
			st = visit(&v, 0);
		gate_free(house[0].gate);
		house[0].gate = NULL;
		enough = mem_count() < at;
		mem_fail_at(0);
		assert_true(st == ST_OK || st == ST_INTERNAL || (!enough && st == ST_NET));
		assert_true(at < 100);
	}
	assert_int_equal(st, ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_visits_over_ipc),
		cmocka_unit_test(a_crowd_visits_over_tcp),
		cmocka_unit_test(a_thousand_come_one_after_another),
		cmocka_unit_test(lengths_around_records),
		cmocka_unit_test(ids_are_the_same_at_one_connection),
		cmocka_unit_test(names_stand_once),
		cmocka_unit_test(a_busy_node_lives),
		cmocka_unit_test(a_visit_ends),
		cmocka_unit_test(one_guest_many_times),
		cmocka_unit_test(a_gate_closes),
		cmocka_unit_test(no_memory_is_a_status),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
