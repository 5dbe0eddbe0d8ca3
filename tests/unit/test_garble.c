/* test_garble.c: garbled circuits against the same circuits in the clear. */
#include "circuit_kit.h"

#include <pthread.h>

#include "../../protocols/garble.h"
#include "../../runtime/net/chan.h"

/* One node of a run of one circuit. */
struct side {
	struct garbling g;
	const struct circuit *c;
	size_t n, times;
	struct labels in[3];
	block *d;
	enum status st;
};

static const struct aes_kernel *
kernel(int i)
{
	return i == 0 ? aes_ref() : i == 1 ? aes_ni() : aes_vaes();
}

static void *
side_main(void *arg)
{
	struct side *s = arg;
	size_t len = garble_scratch(s->c, s->n);
	void *scratch = mem_map(len);

	assert_non_null(scratch);
	for (size_t i = 0; i < s->times && s->st == ST_OK; i++)
		s->st = garble_circuit(&s->g, s->c, s->d, s->n, s->in, scratch);
	mem_unmap(scratch, len);
	return NULL;
}

/* A two-sided run; in_bits: one byte an input bit and lane, at [bit * n + lane]; few: operand 1 is
 * one element. */
struct job {
	const struct circuit *c;
	size_t n, times;
	bool one[3];
	int kernel[2];
	struct meter meter;
};

static block *
blocks(size_t n)
{
	block *p = mem_array(n + 1, sizeof *p);

	assert_non_null(p);
	return p;
}

/* Labels of all operands: node 0's random, node 1's after the bits. */
static void
make_inputs(struct side s[2], const struct job *j, uint8_t *bit, block *zero, block *active)
{
	size_t at = 0;

	for (unsigned k = 0; k < 3; k++) {
		size_t n = j->one[k] ? 1 : j->n, len = j->c->width[k] * n;

		s[0].in[k] = (struct labels){ zero + at, n };
		s[1].in[k] = (struct labels){ active + at, n };
		for (size_t i = 0; i < len; i++)
			active[at + i] = block_xor(zero[at + i],
			    block_mask(s[0].g.delta, 0 - (uint64_t)(bit[at + i] & 1)));
		at += len;
	}
}

static void
run(struct side s[2])
{
	pthread_t t[2];

	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, side_main, &s[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
}

static void
check_lane(const struct side s[2], const struct job *j, const uint8_t *bit, size_t lane)
{
	uint8_t in[MADE_REGS], out[MADE_OUT];
	size_t at = 0, r = 0;

	for (unsigned k = 0; k < 3; k++) {
		size_t n = j->one[k] ? 1 : j->n;

		for (size_t i = 0; i < j->c->width[k]; i++)
			in[r++] = bit[at + i * n + (n == 1 ? 0 : lane)] & 1;
		at += j->c->width[k] * n;
	}
	made_eval(j->c, out, in);
	for (size_t i = 0; i < j->c->n_out; i++) {
		block w = s[0].d[i * j->n + lane], a = s[1].d[i * j->n + lane];
		block want = block_xor(w, block_mask(s[0].g.delta, 0 - (uint64_t)out[i]));

		assert_memory_equal(&a, &want, sizeof want);
	}
}

static void
run_job(struct job *j)
{
	struct chan *end[2], *metered[2];
	struct side s[2] = { 0 };
	size_t total = j->c->n_in * (j->n + 1);
	block *zero = blocks(total), *active = blocks(total), key;
	uint8_t *bit = (uint8_t *)blocks(total);

	random_bytes(zero, total * sizeof *zero);
	random_bytes(bit, total);
	random_bytes(&key, sizeof key);
	assert_int_equal(chan_mem_new(end, 2), ST_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(chan_meter_new(&metered[i], end[i]), ST_OK);
		assert_int_equal(garble_init(&s[i].g, metered[i]), ST_OK);
		assert_int_equal(s[i].g.delta.w[0] & 1, 1 - i);
		s[i].g.s = key;
		s[i].g.aes = kernel(j->kernel[i]);
		s[i].c = j->c;
		s[i].n = j->n;
		s[i].times = j->times;
		s[i].d = blocks(j->c->n_out * j->n);
	}
	make_inputs(s, j, bit, zero, active);
	run(s);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(s[i].st, ST_OK);
		assert_int_equal(s[i].g.next, 2 * j->times * j->n * circuit_n_ands(j->c));
	}
	for (size_t lane = 0; lane < j->n; lane++)
		check_lane(s, j, bit, lane);
	chan_meter_get(metered[0], &j->meter);
	for (unsigned i = 0; i < 2; i++) {
		garble_fini(&s[i].g);
		assert_true(s[i].g.delta.w[0] == 0 && s[i].g.work == NULL);
		garble_fini(&s[i].g);
		chan_free(metered[i]);
		mem_free(s[i].d);
	}
	mem_free(zero);
	mem_free(active);
	mem_free(bit);
}

static struct made m;

static void
test_adders(void **state)
{
	(void)state;
	for (int g = 0; g < 3; g++)
		for (int e = 0; e < 3; e++)
			for (size_t n = 0; n <= 70 && kernel(g) != NULL && kernel(e) != NULL;
			    n += n < 20 ? 1 : 11) {
				struct job j = { .c = &m.c, .n = n, .times = 1,
					.kernel = { g, e } };

				made_adder(&m, 9);
				run_job(&j);
				assert_int_equal(8 * n * AND_BYTES, garble_bytes(&m.c, n));
			}
}

/* That the circuits of this test add: lanes in the clear against numbers. */
static void
test_adder_in_the_clear(void **state)
{
	(void)state;
	uint8_t in[64], out[32];

	made_adder(&m, 32);
	for (int t = 0; t < 1000; t++) {
		uint32_t x[3];

		random_bytes(x, sizeof x);
		for (unsigned i = 0; i < 32; i++) {
			in[i] = x[0] >> i & 1;
			in[32 + i] = x[1] >> i & 1;
		}
		made_eval(&m.c, out, in);
		x[2] = 0;
		for (unsigned i = 0; i < 32; i++)
			x[2] |= (uint32_t)out[i] << i;
		assert_int_equal(x[2], (uint32_t)(x[0] + x[1]));
	}
}

/* Registers written again, NOTs, wide layers, operands of one element. */
static void
test_random_circuits(void **state)
{
	(void)state;
	static const size_t lanes[] = { 1, 2, 3, 5, 15, 16, 17, 63, 64, 65, 200 };

	for (size_t i = 0; i < 3 * sizeof lanes / sizeof *lanes; i++) {
		struct job j = { .c = &m.c, .n = lanes[i / 3], .times = 2,
			.one = { i % 2 == 0, i % 3 == 0, i % 5 == 0 }, .kernel = { 0, 0 } };

		for (int k = 0; k < 3; k++)
			if (kernel(k) != NULL && i % 3 != 0)
				j.kernel[i % 2] = k;
		made_random(&m, 1 + made_draw(12), made_draw(20), 1 + made_draw(30),
		    1 + made_draw(40));
		run_job(&j);
		assert_int_equal(j.meter.sent[PHASE_CONTROL][1],
		    2 * garble_bytes(&m.c, j.n));
	}
}

/* No ANDs: nothing travels. */
static void
test_linear(void **state)
{
	(void)state;
	struct job j = { .c = &m.c, .n = 77, .times = 1 };

	made_random(&m, 0, 50, 0, 20);
	run_job(&j);
	assert_int_equal(j.meter.messages[PHASE_CONTROL], 0);
}

/* Many tiles and many messages, whose ends fall within gates. */
static void
test_chunks(void **state)
{
	(void)state;
	struct job j = { .c = &m.c, .n = 3 * TILE_MAX + 5, .times = 1, .kernel = { 1, 1 } };

	if (kernel(1) == NULL)
		j.kernel[0] = j.kernel[1] = 0;
	made_adder(&m, 6);
	run_job(&j);
	assert_int_equal(j.meter.sent[PHASE_CONTROL][1], garble_bytes(&m.c, j.n));
	assert_int_equal(j.meter.messages[PHASE_CONTROL],
	    (garble_bytes(&m.c, j.n) + FLOW_MSG - 1) / FLOW_MSG);
}

/* Memory for lanes is bounded, whatever their number. */
static void
test_scratch(void **state)
{
	(void)state;
	made_adder(&m, 32);
	assert_true(garble_scratch(&m.c, 1) < 8192);
	assert_true(garble_scratch(&m.c, (size_t)1 << 40) <= TILE_BYTES + 4096);
	assert_int_equal(garble_bytes(&m.c, (size_t)1 << 60), UINT64_MAX);
}

/* A peer that stops. */
static void
test_broken_channel(void **state)
{
	(void)state;
	struct chan *end[2];
	struct side s = { .c = &m.c, .n = 1, .times = 1 };
	block in[18] = { 0 }, d[9];

	made_adder(&m, 9);
	assert_int_equal(chan_mem_new(end, 2), ST_OK);
	chan_free(end[0]);
	assert_int_equal(garble_init(&s.g, end[1]), ST_OK);
	s.in[0] = (struct labels){ in, 1 };
	s.in[1] = (struct labels){ in + 9, 1 };
	s.d = d;
	(void)side_main(&s);
	assert_int_equal(s.st, ST_NET);
	garble_fini(&s.g);
	chan_free(end[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adder_in_the_clear),
		cmocka_unit_test(test_adders),
		cmocka_unit_test(test_random_circuits),
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_chunks),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_broken_channel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
