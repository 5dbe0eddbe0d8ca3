/* test_chan_bench.c: the measurement of channels runs, and its figures are of this world. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/net/chan_bench.h"

static void
figures_are_plausible(void **state)
{
	struct chan_bench b;
	struct fault f = { 0 };
	char url[64];

	(void)state;
	snprintf(url, sizeof url, "abstract://konsil-bench-%d-", (int)getpid());
	assert_int_equal(chan_bench_run(&b, url, 16, &f), ST_OK);
	assert_true(b.bytes_per_s > 1e3 && b.bytes_per_s < 1e12);
	assert_true(b.raw_bytes_per_s > 1e3 && b.raw_bytes_per_s < 1e12);
	assert_true(b.round_trip_us > 0.1 && b.round_trip_us < 1e8);
	assert_true(b.raw_round_trip_us > 0.1 && b.raw_round_trip_us < 1e8);
	assert_true(b.open_ms > 0.01 && b.open_ms < 1e5);
}

struct node {
	struct chan *c;
	struct chan_ring figures;
	enum status st;
};

static void *
node_main(void *arg)
{
	struct node *n = arg;

	n->st = chan_bench_ring(&n->figures, n->c, 5, 20);
	return NULL;
}

static void
a_ring_closes(void **state)
{
	struct chan *end[3];
	struct node node[3];
	pthread_t t[3];

	(void)state;
	assert_int_equal(chan_mem_new(end, 3), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		node[i] = (struct node){ .c = end[i] };
		assert_int_equal(pthread_create(&t[i], NULL, node_main, &node[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(node[i].st, ST_OK);
		assert_true(node[i].figures.bytes_per_s > 1e3);
		assert_true(node[i].figures.cpu_ns_per_byte > 0);
		assert_true(node[i].figures.round_us > 0);
		assert_true(node[i].figures.round_cpu_us > 0);
	}
	for (unsigned i = 0; i < 3; i++)
		chan_free(end[i]);
}

static void
a_bad_address_is_a_fault(void **state)
{
	struct chan_bench b;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(chan_bench_run(&b, "nonsense", 1, &f), ST_USAGE);
	assert_true(f.message[0] != '\0');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_plausible),
		cmocka_unit_test(a_ring_closes),
		cmocka_unit_test(a_bad_address_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
