/* test_gilboa.c: products of two nodes' numbers, both nodes in one thread: no step waits for what
 * the other has not posted in the step before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/gilboa.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"

static struct chan *ends[2], *meters[2];
static struct ot_pair pair[2];
static struct gilboa_work work;

/* Base OTs by a dealer, node `from` having Delta. */
static void
deal(struct cot_sender *d, struct cot_receiver *r)
{
	block both[N_BASE_OT][2], one[N_BASE_OT], delta, s;
	uint8_t m[COT_SETUP_MAX];

	random_bytes(both, sizeof both);
	random_bytes(&delta, sizeof delta);
	random_bytes(&s, sizeof s);
	for (size_t j = 0; j < N_BASE_OT; j++)
		one[j] = both[j][1 - (delta.w[j / 64] >> j % 64 & 1)];
	cot_create_setup(r, 4, m, (const block (*)[2])both, s);
	cot_consume_setup(d, 4, m, one, delta, s);
}

static int
setup(void **state)
{
	(void)state;
	deal(&pair[0].send, &pair[1].recv);
	deal(&pair[1].send, &pair[0].recv);
	return 0;
}

static void
open_links(void)
{
	assert_int_equal(ST_OK, chan_mem_new(ends, 2));
	for (int i = 0; i < 2; i++)
		assert_int_equal(ST_OK, chan_meter_new(&meters[i], ends[i]));
}

/* Each node has sent so much. */
static void
close_links(uint64_t sent0, uint64_t sent1)
{
	struct meter m;

	chan_meter_get(meters[0], &m);
	assert_int_equal(sent0, m.sent[PHASE_CONTROL][1]);
	chan_meter_get(meters[1], &m);
	assert_int_equal(sent1, m.sent[PHASE_CONTROL][0]);
	chan_free(meters[0]);
	chan_free(meters[1]);
}

static void
run_cross(const struct cross job[2])
{
	uint64_t terms = job[0].hi - job[0].lo, s = job[0].s, sent;

	open_links();
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ST_OK, gilboa_choose(&job[i], &pair[i], &work, meters[i], 1 - i));
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ST_OK, gilboa_correct(&job[i], &pair[i], &work, meters[i], 1 - i));
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ST_OK, gilboa_finish(&job[i], &work, meters[i], 1 - i));
	sent = gilboa_choose_bytes(4, job[0].ring_bits, terms) +
	    gilboa_correct_bytes(job[0].ring_bits, terms, s);
	close_links(sent, sent);
}

enum { TERMS = 150 };

/* Extreme numbers first, then random ones. */
static void
fill64(uint64_t *x, size_t n)
{
	random_bytes(x, n * sizeof *x);
	x[0] = 0;
	x[1] = UINT64_MAX;
	x[2] = (uint64_t)1 << 63;
}

static void
test_elements64(void **state)
{
	(void)state;
	uint64_t x[2][TERMS], y[2][TERMS], out[2][TERMS] = { { 0 } };
	struct cross job[2];

	for (int i = 0; i < 2; i++) {
		fill64(x[i], TERMS);
		fill64(y[i], TERMS);
		job[i] = (struct cross){ .ring_bits = 64, .hi = TERMS, .s = 1, .x = x[i], .y = y[i],
			.out = out[i] };
	}
	x[0][1] = y[1][1] = UINT64_MAX;
	run_cross(job);
	for (size_t e = 0; e < TERMS; e++)
		assert_int_equal(x[0][e] * y[1][e] + x[1][e] * y[0][e], out[0][e] + out[1][e]);
	assert_int_equal(288, gilboa_correct_bytes(64, 1, 1));
	assert_int_equal(256, gilboa_choose_bytes(4, 64, 1));
}

static void
test_elements128(void **state)
{
	(void)state;
	u128 x[2][TERMS], y[2][TERMS], out[2][TERMS] = { { 0 } };
	struct cross job[2];

	random_bytes(x, sizeof x);
	random_bytes(y, sizeof y);
	x[0][0] = x[1][0] = y[0][0] = y[1][0] = ~(u128)0;
	for (int i = 0; i < 2; i++)
		job[i] = (struct cross){ .ring_bits = 128, .hi = TERMS, .s = 1, .x = x[i],
			.y = y[i], .out = out[i] };
	run_cross(job);
	for (size_t e = 0; e < TERMS; e++)
		assert_true(x[0][e] * y[1][e] + x[1][e] * y[0][e] == out[0][e] + out[1][e]);
	assert_int_equal(1088, gilboa_correct_bytes(128, 1, 1));
}

/* A dot product: one row of x, one column of y, one number out. */
static void
test_dot(void **state)
{
	(void)state;
	uint64_t x[2][TERMS], y[2][TERMS], out[2] = { 0 }, want = 0;
	struct cross job[2];

	random_bytes(x, sizeof x);
	random_bytes(y, sizeof y);
	for (int i = 0; i < 2; i++)
		job[i] = (struct cross){ .ring_bits = 64, .hi = TERMS, .k = TERMS, .s = 1,
			.x = x[i], .y = y[i], .out = &out[i] };
	run_cross(job);
	for (size_t e = 0; e < TERMS; e++)
		want += x[0][e] * y[1][e] + x[1][e] * y[0][e];
	assert_int_equal(want, out[0] + out[1]);
}

/* Rows longer than a segment, and only a part of the terms: rows of 3 x 2 times 2 x S. */
enum { S = GILBOA_SEGMENT * 2 + 9 };

static void
test_rows64(void **state)
{
	(void)state;
	static uint64_t x[2][6], y[2][2 * S], out[2][3 * S];
	struct cross job[2];

	random_bytes(x, sizeof x);
	random_bytes(y, sizeof y);
	memset(out, 0, sizeof out);
	for (int i = 0; i < 2; i++)
		job[i] = (struct cross){ .ring_bits = 64, .lo = 1, .hi = 6, .k = 2, .s = S,
			.x = x[i], .y = y[i], .out = out[i] };
	run_cross(job);
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < S; j++) {
			uint64_t want = 0;

			for (size_t l = 0; l < 2; l++)
				if (i * 2 + l >= 1)
					want += x[0][i * 2 + l] * y[1][l * S + j] +
					    x[1][i * 2 + l] * y[0][l * S + j];
			assert_int_equal(want, out[0][i * S + j] + out[1][i * S + j]);
		}
}

static void
test_rows128(void **state)
{
	(void)state;
	static u128 x[2][2], y[2][S], out[2][2 * S];
	struct cross job[2];

	random_bytes(x, sizeof x);
	random_bytes(y, sizeof y);
	memset(out, 0, sizeof out);
	for (int i = 0; i < 2; i++)
		job[i] = (struct cross){ .ring_bits = 128, .hi = 2, .k = 1, .s = S, .x = x[i],
			.y = y[i], .out = out[i] };
	run_cross(job);
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < S; j++)
			assert_true(x[0][i] * y[1][j] + x[1][i] * y[0][j] ==
			    out[0][i * S + j] + out[1][i * S + j]);
}

static void
check_bitmul(unsigned ring_bits, size_t n)
{
	static u128 y[6000], out[2][6000];
	static uint8_t bit[6000 / 8 + 1];

	random_bytes(y, sizeof y);
	random_bytes(bit, sizeof bit);
	memset(out, 0, sizeof out);
	open_links();
	assert_int_equal(ST_OK, bitmul_choose(ring_bits, out[1], bit, n, &pair[1], &work,
	    meters[1], 0));
	assert_int_equal(ST_OK, bitmul_correct(ring_bits, out[0], y, n, &pair[0], &work,
	    meters[0], 1));
	assert_int_equal(ST_OK, bitmul_finish(ring_bits, out[1], bit, n, &work, meters[1], 0));
	close_links(bitmul_correct_bytes(ring_bits, n), bitmul_choose_bytes(4, n));
	for (size_t i = 0; i < n; i++) {
		uint64_t b = bit[i / 8] >> i % 8 & 1;

		if (ring_bits == 64)
			assert_int_equal(b * ((uint64_t *)y)[i],
			    ((uint64_t *)out[0])[i] + ((uint64_t *)out[1])[i]);
		else
			assert_true(b * y[i] == out[0][i] + out[1][i]);
	}
}

static void
test_bitmul(void **state)
{
	(void)state;
	const size_t n[] = { 1, 64, 100, 2560, 2561, 6000 };

	for (size_t i = 0; i < sizeof n / sizeof *n; i++) {
		check_bitmul(64, n[i]);
		check_bitmul(128, n[i]);
	}
}

/* A stream longer than a message, written and read in different pieces. */
static void
test_flow(void **state)
{
	(void)state;
	enum { TOTAL = 2 * FLOW_MSG + 12345 };
	static uint8_t sent[TOTAL], got[TOTAL];
	struct meter m;
	size_t n;

	random_bytes(sent, sizeof sent);
	open_links();
	flow_begin(&work.out, meters[0], 1, TOTAL);
	for (size_t at = 0; at < TOTAL; at += n) {
		n = TOTAL - at < 10007 ? TOTAL - at : 10007;
		assert_int_equal(ST_OK, flow_put(&work.out, sent + at, n));
	}
	chan_meter_get(meters[0], &m);
	assert_int_equal(3, m.messages[PHASE_CONTROL]);
	flow_begin(&work.in, meters[1], 0, TOTAL);
	for (size_t at = 0; at < TOTAL; at += n) {
		n = TOTAL - at < 300001 ? TOTAL - at : 300001;
		assert_int_equal(ST_OK, flow_get(&work.in, got + at, n));
	}
	assert_memory_equal(sent, got, TOTAL);
	close_links(TOTAL, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow),
		cmocka_unit_test(test_elements64),
		cmocka_unit_test(test_elements128),
		cmocka_unit_test(test_dot),
		cmocka_unit_test(test_rows64),
		cmocka_unit_test(test_rows128),
		cmocka_unit_test(test_bitmul),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
