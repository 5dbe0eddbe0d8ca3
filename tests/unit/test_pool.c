/* test_pool.c: correlated randomness of several nodes (as threads) is what it should be: shares of
 * all nodes are put together and checked against the definition, and what went over the links is
 * compared with the cost functions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/pool.h"
#include "../../runtime/base/mem.h"

enum { M = 5, K = 3, N = 4, ROUNDS = 2 };

/* What one node does and gets. */
struct node {
	struct chan *ch;
	const uint64_t *demand;
	size_t step;                     /* entries taken at once */
	enum status st;
	struct meter meter;
	u128 *entry[N_CORR][3];          /* all that it took, widened */
	u128 a[ROUNDS][M * K], b[ROUNDS][K * M], c[ROUNDS][M * N];   /* a matrix triple each */
	unsigned cot_k, matrix_bits;
	bool turned;                     /* (N x K) (K x M) instead */
};

static void
widen(u128 *d, const void *s, unsigned bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		d[i] = 0;
		memcpy(&d[i], (const uint8_t *)s + i * bytes, bytes);
	}
}

static void
take_some(struct pool *p, struct node *nd, enum corr kind, size_t at, size_t n)
{
	u128 **d = nd->entry[kind];

	if (kind == CORR_TRIPLE64) {
		struct triples64 t = pool_take_triples64(p, n);
		widen(d[0] + at, t.a, 8, n);
		widen(d[1] + at, t.b, 8, n);
		widen(d[2] + at, t.c, 8, n);
	} else if (kind == CORR_TRIPLE128) {
		struct triples128 t = pool_take_triples128(p, n);
		widen(d[0] + at, t.a, 16, n);
		widen(d[1] + at, t.b, 16, n);
		widen(d[2] + at, t.c, 16, n);
	} else if (kind == CORR_WRAP) {
		struct wraps w = pool_take_wraps(p, n);
		widen(d[0] + at, w.bit, 1, n);
		widen(d[1] + at, w.share, 8, n);
	} else if (kind == CORR_BIT64) {
		widen(d[0] + at, pool_take_bits64(p, n), 8, n);
	} else if (kind == CORR_BIT128) {
		widen(d[0] + at, pool_take_bits128(p, n), 16, n);
	} else if (kind == CORR_AND) {
		struct ands t = pool_take_ands(p, n);
		widen(d[0] + at, t.a, 8, n);
		widen(d[1] + at, t.b, 8, n);
		widen(d[2] + at, t.c, 8, n);
	} else if (kind == CORR_MULB64) {
		struct mulbs64 t = pool_take_mulbs64(p, n);
		widen(d[0] + at, t.r, 8, n);
		widen(d[1] + at, t.y, 8, n);
		widen(d[2] + at, t.z, 8, n);
	} else {
		struct mulbs128 t = pool_take_mulbs128(p, n);
		widen(d[0] + at, t.r, 16, n);
		widen(d[1] + at, t.y, 16, n);
		widen(d[2] + at, t.z, 16, n);
	}
}

static enum status
take_all(struct pool *p, struct node *nd, enum corr kind)
{
	size_t n;
	enum status st = ST_OK;

	for (size_t at = 0; at < nd->demand[kind]; at += n) {
		n = nd->demand[kind] - at < nd->step ? nd->demand[kind] - at : nd->step;
		TRY(pool_ensure(p, kind, n));
		take_some(p, nd, kind, at, n);
	}
	/* What was announced is gone; there is no more. */
	if (pool_available(p, kind) != 0)
		st = ST_INTERNAL;
out:
	return st;
}

static enum status
make_matrix(struct pool *p, struct node *nd, size_t round)
{
	uint8_t a[M * K * 16], b[K * M * 16], c[M * N * 16];
	size_t m = nd->turned ? N : M, n = nd->turned ? M : N;
	unsigned bytes = nd->matrix_bits / 8;
	enum status st;

	TRY(pool_matrix(p, nd->matrix_bits, m, K, n, a, b, c));
	widen(nd->a[round], a, bytes, m * K);
	widen(nd->b[round], b, bytes, K * n);
	widen(nd->c[round], c, bytes, m * n);
out:
	return st;
}

static void *
run_node(void *arg)
{
	static const uint8_t sid[32] = "test session";
	struct node *nd = arg;
	struct pool *p = NULL;
	enum status st;

	TRY(pool_open(&p, nd->ch, sid, nd->demand, nd->cot_k));
	for (enum corr kind = 0; kind < CORR_MATRIX; kind++)
		TRY(take_all(p, nd, kind));
	for (size_t i = 0; i < nd->demand[CORR_MATRIX]; i++)
		TRY(make_matrix(p, nd, i));
	chan_meter_get(nd->ch, &nd->meter);
out:
	nd->st = st;
	pool_close(p);
	return NULL;
}

static struct node node[N_NODE_MAX];

static void
run_nodes(unsigned n, unsigned cot_k, const uint64_t demand[N_CORR], size_t step,
    unsigned matrix_bits, bool turned)
{
	struct chan *ends[N_NODE_MAX];
	pthread_t thread[N_NODE_MAX];

	assert_int_equal(ST_OK, chan_mem_new(ends, n));
	for (unsigned i = 0; i < n; i++) {
		node[i] = (struct node){ .demand = demand, .step = step, .cot_k = cot_k,
			.matrix_bits = matrix_bits, .turned = turned };
		assert_int_equal(ST_OK, chan_meter_new(&node[i].ch, ends[i]));
		for (int k = 0; k < CORR_MATRIX; k++)
			for (int c = 0; c < 3; c++)
				node[i].entry[k][c] = calloc(demand[k] + 1, sizeof(u128));
	}
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(0, pthread_create(&thread[i], NULL, run_node, &node[i]));
	for (unsigned i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(ST_OK, node[i].st);
}

static void
free_nodes(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		chan_free(node[i].ch);
		for (int k = 0; k < CORR_MATRIX; k++)
			for (int c = 0; c < 3; c++)
				free(node[i].entry[k][c]);
	}
}

static u128
modulo(u128 x, unsigned bits)
{
	return bits == 128 ? x : x & (((u128)1 << bits) - 1);
}

/* The sum of all nodes' shares of entry e. */
static u128
together(unsigned n, enum corr kind, int column, size_t e, unsigned bits)
{
	u128 sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += node[i].entry[kind][column][e];
	return modulo(sum, bits);
}

static int
compare(const void *a, const void *b)
{
	u128 x = *(const u128 *)a, y = *(const u128 *)b;

	return x < y ? -1 : x > y;
}

/* No share comes twice, neither in a chunk nor across refills. */
static void
check_distinct(u128 *share, size_t count)
{
	qsort(share, count, sizeof *share, compare);
	for (size_t e = 1; e < count; e++)
		assert_true(share[e - 1] != share[e]);
}

static void
check_triples(unsigned n, enum corr kind, unsigned bits, size_t count)
{
	for (size_t e = 0; e < count; e++) {
		u128 a = together(n, kind, 0, e, bits), b = together(n, kind, 1, e, bits);

		assert_true(together(n, kind, 2, e, bits) == modulo(a * b, bits));
	}
	for (int c = 0; c < 3; c++)
		check_distinct(node[0].entry[kind][c], count);
}

static void
check_wraps(size_t count)
{
	size_t seen[2][2] = { { 0 } };

	for (size_t e = 0; e < count; e++) {
		u128 a = node[0].entry[CORR_WRAP][0][e], b = node[1].entry[CORR_WRAP][0][e];

		assert_true(a <= 1 && b <= 1);
		assert_true(together(2, CORR_WRAP, 1, e, 64) == (a & b));
		seen[a][b]++;
	}
	for (int i = 0; i < 4 && count > 100; i++)
		assert_true(seen[i / 2][i % 2] > count / 8);
}

/* As many ones as uniform bits give: eight standard deviations, of half the root of count, from the
 * half at most.  A fixed part of count would now and then be exceeded where that is small. */
static void
check_even(size_t ones, size_t count)
{
	const size_t far = 2 * ones > count ? 2 * ones - count : count - 2 * ones;

	assert_true(far * far <= 64 * count);
}

static void
check_bits(unsigned n, enum corr kind, unsigned bits, size_t count)
{
	size_t ones = 0;

	for (size_t e = 0; e < count; e++) {
		u128 x = together(n, kind, 0, e, bits);

		assert_true(x <= 1);
		ones += (size_t)x;
	}
	check_even(ones, count);
}

static void
check_ands(unsigned n, size_t count)
{
	size_t ones[3] = { 0 };

	for (size_t e = 0; e < count; e++) {
		uint64_t w[3] = { 0 };

		for (unsigned i = 0; i < n; i++)
			for (int c = 0; c < 3; c++)
				w[c] ^= (uint64_t)node[i].entry[CORR_AND][c][e];
		assert_true(w[2] == (w[0] & w[1]));
		ones[0] += (size_t)__builtin_popcountll(w[0]);
		ones[1] += (size_t)__builtin_popcountll(w[1]);
		ones[2] += (size_t)__builtin_popcountll(w[0] ^ w[1]);
	}
	for (int c = 0; c < 3; c++)
		check_even(ones[c], 64 * count);
	for (unsigned i = 0; i < n; i++)
		for (int c = 0; c < 3; c++)
			check_distinct(node[i].entry[CORR_AND][c], count);
}

static void
check_mulbs(unsigned n, enum corr kind, unsigned bits, size_t count)
{
	size_t ones = 0, own = 0, high = 0;

	for (size_t e = 0; e < count; e++) {
		u128 r = together(n, kind, 0, e, bits), y = together(n, kind, 1, e, bits);

		assert_true(r <= 1);
		assert_true(together(n, kind, 2, e, bits) == r * y);
		ones += (size_t)r;
		own += (size_t)node[0].entry[kind][0][e] & 1;
		high += (size_t)(y >> (bits - 1));
	}
	check_even(ones, count);
	check_even(own, count);
	check_even(high, count);
	for (unsigned i = 0; i < n; i++)
		for (int c = 1; c < 3; c++)
			check_distinct(node[i].entry[kind][c], count);
}

static void
check_matrix(unsigned nodes, size_t round)
{
	size_t m = node[0].turned ? N : M, n = node[0].turned ? M : N;
	u128 a[M * K] = { 0 }, b[K * M] = { 0 }, c[M * N] = { 0 };

	for (unsigned i = 0; i < nodes; i++) {
		for (size_t e = 0; e < m * K; e++)
			a[e] += node[i].a[round][e];
		for (size_t e = 0; e < K * n; e++)
			b[e] += node[i].b[round][e];
		for (size_t e = 0; e < m * n; e++)
			c[e] += node[i].c[round][e];
	}
	for (size_t i = 0; i < m; i++)
		for (size_t j = 0; j < n; j++) {
			u128 want = 0;

			for (size_t l = 0; l < K; l++)
				want += a[i * K + l] * b[l * n + j];
			assert_true(modulo(want - c[i * n + j], node[0].matrix_bits) == 0);
		}
}

/* The meter of every node against the prediction. */
static void
check_cost(unsigned n, unsigned k, const uint64_t demand[N_CORR])
{
	struct pool_cost setup = { 0 }, offline = { 0 };
	bool turned = node[0].turned;

	pool_cost_setup(&setup, k, n, demand);
	for (enum corr kind = 0; kind < CORR_MATRIX; kind++)
		pool_cost_refill(&offline, k, n, kind, demand[kind]);
	for (size_t i = 0; i < demand[CORR_MATRIX]; i++)
		pool_cost_matrix(&offline, k, n, node[0].matrix_bits, turned ? N : M, K,
		    turned ? M : N);
	for (unsigned i = 0; i < n; i++) {
		const struct meter *m = &node[i].meter;

		assert_int_equal(setup.rounds, m->rounds[PHASE_SETUP]);
		assert_int_equal(offline.rounds, m->rounds[PHASE_OFFLINE]);
		assert_int_equal(0, m->rounds[PHASE_ONLINE]);
		for (unsigned j = 0; j < n; j++) {
			assert_int_equal(setup.sent[i][j], m->sent[PHASE_SETUP][j]);
			assert_int_equal(offline.sent[i][j], m->sent[PHASE_OFFLINE][j]);
			assert_int_equal(offline.sent[j][i], m->received[PHASE_OFFLINE][j]);
			assert_int_equal(0, m->sent[PHASE_ONLINE][j]);
		}
	}
}

static void
run_and_check(unsigned n, unsigned cot_k, const uint64_t demand[N_CORR], size_t step,
    unsigned matrix_bits, bool turned)
{
	run_nodes(n, cot_k, demand, step, matrix_bits, turned);
	check_triples(n, CORR_TRIPLE64, 64, demand[CORR_TRIPLE64]);
	check_triples(n, CORR_TRIPLE128, 128, demand[CORR_TRIPLE128]);
	if (n == 2)
		check_wraps(demand[CORR_WRAP]);
	check_bits(n, CORR_BIT64, 64, demand[CORR_BIT64]);
	check_bits(n, CORR_BIT128, 128, demand[CORR_BIT128]);
	check_ands(n, demand[CORR_AND]);
	check_mulbs(n, CORR_MULB64, 64, demand[CORR_MULB64]);
	check_mulbs(n, CORR_MULB128, 128, demand[CORR_MULB128]);
	for (size_t i = 0; i < demand[CORR_MATRIX]; i++)
		check_matrix(n, i);
	check_cost(n, cot_k, demand);
	free_nodes(n);
}

static void
test_two(void **state)
{
	(void)state;
	/* More than two chunks of triples; steps that leave remainders in the store. */
	const uint64_t demand[N_CORR] = { 33000, 8300, 5000, 3000, 3000, 9000, 33000, 1500,
		ROUNDS };

	const uint64_t some[N_CORR] = { 33, 9, 50, 700, 700, 70, 520, 30, 1 };

	run_and_check(2, 4, demand, 777, 64, false);
	run_and_check(2, 2, some, 777, 64, false);
	run_and_check(2, 8, some, 777, 64, false);
}

static void
test_three(void **state)
{
	(void)state;
	const uint64_t demand[N_CORR] = { 100, 33, 0, 5000, 2561, 200, 1400, 1100, ROUNDS };

	run_and_check(3, 2, demand, 40, 128, true);
	run_and_check(3, 4, demand, 100, 64, true);
}

static void
test_four_and_five(void **state)
{
	(void)state;
	const uint64_t demand[N_CORR] = { 65, 1, 0, 1, 65, 65, 1, 65, 1 };

	const uint64_t bits[N_CORR] = { [CORR_AND] = 3, [CORR_MULB64] = 513, [CORR_MULB128] = 2 };

	run_and_check(4, 8, demand, 64, 128, false);
	run_and_check(5, 2, demand, 100, 128, false);
	run_and_check(16, 4, bits, 100, 128, false);
}

/* Programs that need nothing, or one thing, get no more than that. */
static void
test_little(void **state)
{
	(void)state;
	const uint64_t none[N_CORR] = { 0 }, one[N_CORR] = { 1 };
	const uint64_t matrix[N_CORR] = { [CORR_MATRIX] = 1 }, and[N_CORR] = { [CORR_AND] = 1 };

	run_and_check(2, 4, none, 1, 64, false);
	run_and_check(2, 4, one, 1, 64, false);
	run_and_check(3, 4, matrix, 1, 64, false);
	run_and_check(2, 8, and, 1, 64, false);
	run_and_check(16, 4, none, 1, 64, false);
}

/* Bytes and rounds of a million triples, as the literature counts them. */
static void
test_known_cost(void **state)
{
	(void)state;
	struct pool_cost c = { 0 };
	const uint64_t million = 1000000, chunks = (million + 16383) / 16384;

	pool_cost_refill(&c, 4, 2, CORR_TRIPLE64, million);
	assert_int_equal(million * (256 + 288), c.sent[0][1]);
	assert_int_equal(c.sent[0][1], c.sent[1][0]);
	assert_int_equal(2 * chunks, c.rounds);
	assert_int_equal(million * 128, c.ots);
	c = (struct pool_cost){ 0 };
	pool_cost_refill(&c, 4, 3, CORR_BIT64, 64);
	assert_int_equal(64 * 3, c.ots);
	assert_int_equal(3, c.rounds);
	assert_int_equal(0, c.sent[0][0]);
	assert_int_equal(64 * 8, c.sent[0][2]);
	assert_int_equal(64 * 4, c.sent[2][0]);
	/* Two nodes: an OT in each direction for an AND, and nothing else; a correction for a bit. */
	c = (struct pool_cost){ 0 };
	pool_cost_refill(&c, 4, 2, CORR_AND, 4096);
	assert_int_equal(4096 * 2 * (128 - 4), c.sent[0][1]);
	assert_int_equal(c.sent[0][1], c.sent[1][0]);
	assert_int_equal(1, c.rounds);
	c = (struct pool_cost){ 0 };
	pool_cost_refill(&c, 4, 2, CORR_MULB64, 1024);
	assert_int_equal(1024 * (4 + 8), c.sent[0][1]);
	assert_int_equal(1024 * 4, c.sent[1][0]);
	assert_int_equal(2, c.rounds);
}

static void *
ask_too_much(void *arg)
{
	struct node *nd = arg;
	static const uint8_t sid[32] = "test session";
	const uint64_t demand[N_CORR] = { [CORR_TRIPLE64] = 10 };
	struct pool *p = NULL;
	uint64_t a[1], b[1], c[1];

	nd->st = pool_open(&p, nd->ch, sid, demand, 4);
	if (nd->st == ST_OK && pool_ensure(p, CORR_TRIPLE64, 4) != ST_OK)
		nd->st = ST_NET;
	if (nd->st == ST_OK)
		(void)pool_take_triples64(p, 4);
	if (nd->st == ST_OK && nd->turned)
		nd->st = pool_matrix(p, 64, 1, 1, 1, a, b, c);
	else if (nd->st == ST_OK)
		nd->st = pool_ensure(p, CORR_TRIPLE64, 7);
	/* The error sticks. */
	if (pool_ensure(p, CORR_TRIPLE64, 6) != nd->st)
		nd->st = ST_NET;
	pool_close(p);
	return NULL;
}

static void
test_demand_is_the_limit(void **state)
{
	(void)state;

	for (int what = 0; what < 2; what++) {
		struct chan *ends[2];
		struct node nd[2] = { { .turned = what }, { .turned = what } };
		pthread_t thread[2];

		assert_int_equal(ST_OK, chan_mem_new(ends, 2));
		for (unsigned i = 0; i < 2; i++) {
			nd[i].ch = ends[i];
			pthread_create(&thread[i], NULL, ask_too_much, &nd[i]);
		}
		for (unsigned i = 0; i < 2; i++) {
			pthread_join(thread[i], NULL);
			assert_int_equal(ST_INTERNAL, nd[i].st);
		}
		chan_free(ends[0]);
		chan_free(ends[1]);
	}
}

/* Wraps are for two nodes. */
static void
test_wraps_of_three(void **state)
{
	(void)state;
	struct chan *ends[3];
	struct pool *p;
	const uint8_t sid[32] = { 0 };
	const uint64_t demand[N_CORR] = { [CORR_WRAP] = 1 };

	assert_int_equal(ST_OK, chan_mem_new(ends, 3));
	assert_int_equal(ST_INTERNAL, pool_open(&p, ends[0], sid, demand, 4));
	assert_null(p);
	for (int i = 0; i < 3; i++)
		chan_free(ends[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_three),
		cmocka_unit_test(test_four_and_five),
		cmocka_unit_test(test_little),
		cmocka_unit_test(test_known_cost),
		cmocka_unit_test(test_demand_is_the_limit),
		cmocka_unit_test(test_wraps_of_three),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
