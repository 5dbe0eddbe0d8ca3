/* test_replicated_view.c: what nodes of protocol replicated get to see of each other: openings
 * reach their recipients only, parts and messages look random; that a wrong opening is noticed and
 * who is named; and that nodes that fail take no other with them into a hang. */
#include "replicated_kit.h"

/* What is opened to one node reaches it by one message of one node, and no other has it. */
static void
test_open(void **state)
{
	const uint64_t len = 200;
	struct kit_node t[3];
	struct meter m;
	struct kit k;
	int x, y, o;

	(void)state;
	draw(60, 14);
	for (unsigned to = 0; to < 3; to++) {
		three_inputs(&k, 64, len, &x, &y);
		o = kit_slot(&k, DOM_O, 64, len, 1u << to);
		KIT_OP(&k, OPEN, o, x);
		KIT_ROUND(&k);
		kit_run(t, &k, &protocol_replicated);
		kit_ok(t, 3);
		expect_cost(t, &k);
		for (unsigned i = 0; i < 3; i++) {
			/* Inputs: x of node 0, a third of y of each node. */
			uint64_t shared = (i == 0 ? len : 0) + (len * (i + 1) / 3 - len * i / 3);
			chan_meter_get(t[i].ch, &m);
			assert_int_equal(m.sent[PHASE_ONLINE][(i + 1) % 3], 8 * shared + 16);
			assert_int_equal(m.sent[PHASE_ONLINE][(i + 2) % 3],
			    i == (to + 1) % 3 ? len * 8 : 0);
			for (uint64_t e = 0; e < len; e++)
				assert_true(vm_int(t[i].vm, (uint32_t)o, e) ==
				    (i == to ? value_x[e] : 0));
		}
		for (unsigned i = 0; i < 3; i++)
			kit_node_fini(&t[i]);
		kit_fini(&k);
	}
}

/* How often each value of the top and of the bottom byte occurs among n numbers: like random, with
 * 255 degrees of freedom (mean 255, deviation 23). */
static void
expect_uniform(const uint8_t *at, size_t size, uint64_t n)
{
	for (size_t byte = 0; byte < size; byte += size - 1) {
		uint64_t count[256] = { 0 };
		double expect = (double)n / 256, chi = 0;
		for (uint64_t i = 0; i < n; i++)
			count[at[i * size + byte]]++;
		for (int v = 0; v < 256; v++)
			chi += ((double)count[v] - expect) * ((double)count[v] - expect) / expect;
		assert_true(chi < 255 + 8 * 23 && chi > 255 - 8 * 23);
	}
}

/* Each of a node's parts alone, and their sum: what it has of the value without the third. */
static void
expect_hidden(const struct kit_node *t, int slot)
{
	const struct slot *s = &t->k->slot[slot];
	const size_t size = s->width / 8;
	const uint8_t *at = vm_slot(t->vm, (uint32_t)slot);
	uint8_t *sum = mem_alloc(s->n * size);

	assert_non_null(sum);
	expect_uniform(at, size, s->n);
	expect_uniform(at + s->n * size, size, s->n);
	if (s->width == 64)
		ring64_add((ashare64 *)(void *)sum, (const void *)at, (const void *)(at + s->n * size), s->n);
	else
		ring128_add((ashare128 *)(void *)sum, (const void *)at,
		    (const void *)(at + s->n * size), s->n);
	expect_uniform(sum, size, s->n);
	mem_free(sum);
}

/* Constants go in; what comes of them is hidden from each node. */
static void
test_uniform(void **state)
{
	const uint64_t len = 50000;
	struct kit_node t[3];
	struct kit k;
	int x[3], sum, product, lift, known, trunc, matrix;

	(void)state;
	for (uint64_t i = 0; i < LEN_MAX; i++) {
		value_x[i] = 5;
		value_y[i] = 1;
	}
	for (unsigned w = 64; w <= 128; w += 64) {
		replicated_init(&k);
		for (unsigned p = 0; p < 3; p++)
			x[p] = share(&k, kit_input(&k, p, w, len, kit_owner(&k, p), value_x), w);
		KIT_ROUND(&k);
		sum = kit_slot(&k, DOM_A, w, len, 0);
		KIT_OP(&k, ADD_A, sum, x[0], x[1]);
		KIT_OP(&k, ADD_A, sum, sum, x[2]);
		product = kit_slot(&k, DOM_A, w, len, 0);
		KIT_OP(&k, MUL_A, product, x[0], x[1]);
		/* Of numbers whose parts are no secret, only the sharing of zero hides the product's. */
		lift = kit_slot(&k, DOM_A, w, len, 0);
		KIT_OP(&k, LIFT, lift, kit_number(&k, w, 7));
		known = kit_slot(&k, DOM_A, w, len, 0);
		KIT_OP(&k, MUL_A, known, lift, lift);
		trunc = kit_slot(&k, DOM_A, w, len, 0);
		kit_op(&k, OP_TRUNC_A, trunc, sum, -1, -1, 8, 0, 0);
		matrix = kit_slot(&k, DOM_A, w, 200 * 250, 0);
		kit_op(&k, OP_MATMUL_A, matrix, kit_window(&k, x[0], 200, 0, 0),
		    kit_window(&k, x[1], 250, 0, 0), -1, 200, 1, 250);
		KIT_ROUND(&k);
		kit_run(t, &k, &protocol_replicated);
		kit_ok(t, 3);
		for (unsigned i = 0; i < 3; i++) {
			expect_hidden(&t[i], sum);
			expect_hidden(&t[i], product);
			expect_hidden(&t[i], known);
			expect_hidden(&t[i], matrix);
			expect_hidden(&t[i], trunc);
			kit_node_fini(&t[i]);
		}
		kit_fini(&k);
	}
}

/* A channel that keeps what it posts online to each peer, and flips a bit of it at some byte. */
enum { KEPT_MAX = 1 << 20 };

struct tap {
	struct chan base;
	struct chan *under;
	bool online;
	unsigned flip_peer;
	uint64_t flip_at;               /* counted among all online bytes to that peer */
	size_t len[3];
	uint8_t *kept[3];
};

static enum status
tap_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct tap *t = (struct tap *)c;
	uint8_t *copy;
	enum status st;

	if (!t->online)
		return chan_post(t->under, peer, buf, len);
	assert_true(t->len[peer] + len <= KEPT_MAX);
	copy = t->kept[peer] + t->len[peer];
	memcpy(copy, buf, len);
	if (peer == t->flip_peer && t->flip_at - t->len[peer] < len)
		copy[t->flip_at - t->len[peer]] ^= 4;
	st = chan_post(t->under, peer, copy, len);
	t->len[peer] += len;
	return st;
}

static enum status
tap_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	struct tap *t = (struct tap *)c;
	enum status st = chan_wait(t->under, peer, buf, len);

	c->fault = t->under->fault;
	return st;
}

static void
tap_phase(struct chan *c, enum phase p)
{
	((struct tap *)c)->online = p == PHASE_ONLINE;
}

static void
tap_round(struct chan *c)
{
	(void)c;
}

static enum status
tap_finish(struct chan *c)
{
	return chan_finish(((struct tap *)c)->under);
}

static void
tap_free(struct chan *c)
{
	struct tap *t = (struct tap *)c;

	chan_free(t->under);
	for (unsigned i = 0; i < 3; i++) {
		mem_free(t->kept[i]);
		t->kept[i] = NULL;
	}
}

static const struct chan_ops tap_ops = { tap_post, tap_wait, tap_phase, tap_round, tap_finish,
	tap_free };

/* Runs it with taps; node `from` flips byte `at` of what it sends to node `to`. */
static void
run_tapped(struct kit_node t[3], struct tap tap[3], struct kit *k, unsigned from, unsigned to,
    uint64_t at)
{
	static char name[3][8] = { "alpha", "beta", "gamma" };
	struct chan *end[3];
	pthread_t thread[3];

	mem_free(k->c.demand);
	k->c.demand = NULL;
	assert_int_equal(code_demand(&k->c), ST_OK);
	assert_int_equal(chan_mem_new(end, 3), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		k->party[i].name = name[i];
		tap[i] = (struct tap){ .base = { .ops = &tap_ops, .me = i, .n = 3 },
			.under = end[i], .flip_peer = i == from ? to : i, .flip_at = at };
		for (unsigned j = 0; j < 3; j++)
			assert_non_null(tap[i].kept[j] = mem_alloc(KEPT_MAX));
		t[i] = (struct kit_node){ .k = k, .protocol = &protocol_replicated,
			.ch = &tap[i].base, .me = (int)i };
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, kit_node_main, &t[i]), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
}

static void
fini_tapped(struct kit_node t[3], struct kit *k)
{
	for (unsigned i = 0; i < 3; i++)
		kit_node_fini(&t[i]);
	kit_fini(k);
}

/* Messages of constants look random, whoever reads them. */
static void
test_messages(void **state)
{
	const uint64_t len = 20000;
	struct kit_node t[3];
	struct tap tap[3];
	struct kit k;
	int x, y, d;

	(void)state;
	memset(value_x, 0, sizeof value_x);
	memset(value_y, 0, sizeof value_y);
	three_inputs(&k, 64, len, &x, &y);
	d = kit_slot(&k, DOM_A, 64, len, 0);
	KIT_OP(&k, MUL_A, d, x, x);
	kit_op(&k, OP_TRUNC_A, kit_slot(&k, DOM_A, 64, len, 0), y, -1, -1, 16, 0, 0);
	KIT_ROUND(&k);
	run_tapped(t, tap, &k, 0, 0, 0);
	kit_ok(t, 3);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned j = 0; j < 3; j++)
			if (i != j)
				expect_uniform(tap[i].kept[j], 2, tap[i].len[j] / 2);
	fini_tapped(t, &k);
}

/* A node that opens something else, in the first or the last byte, is noticed by who was told so,
 * and it and the node that knows better are named; and the same if that one's tag is wrong. */
static void
test_noticed(void **state)
{
	static const char *const name[3] = { "alpha", "beta", "gamma" };
	const uint64_t len = 700;
	struct kit_node t[3];
	struct tap tap[3];
	struct kit k;
	int x, y;

	(void)state;
	draw(60, 41);
	for (unsigned to = 0; to < 3; to++)
		for (unsigned how = 0; how < 4; how++) {
			/* Of nothing but openings, a node's bytes to the one before it are all opened, and to
			 * the one behind it the tag is last, behind what it shares. */
			const unsigned sender = (to + 1) % 3, witness = (to + 2) % 3;
			const bool lies = how < 2;
			three_inputs(&k, 64, len, &x, &y);
			(void)reveal(&k, x);
			KIT_OP(&k, OPEN, kit_slot(&k, DOM_O, 64, len, 1u << to), y);
			KIT_ROUND(&k);
			const uint64_t shared = (witness == 0 ? len : 0) +
			    (len * (witness + 1) / 3 - len * witness / 3);
			run_tapped(t, tap, &k, lies ? sender : witness, to,
			    lies ? how * (len * 16 - 1) : shared * 8 + (how - 2) * 15);
			assert_int_equal(t[to].st, ST_ABORT);
			assert_non_null(strstr(t[to].fault.message, name[sender]));
			assert_non_null(strstr(t[to].fault.message, name[witness]));
			assert_null(strstr(t[to].fault.message, name[to]));
			for (unsigned i = 0; i < 3; i++)
				if (i != to)
					assert_true(t[i].st == ST_NET || t[i].st == ST_OK);
			fini_tapped(t, &k);
		}
}

/* A node that goes away in the middle: the others stop with status 8, and nobody hangs.  One
 * allocation fails, whichever comes n-th. */
static void
test_no_memory(void **state)
{
	struct kit_node t[3];
	bool reached = true;

	(void)state;
	draw(30, 23);
	for (uint64_t n = 1; reached && n < 500; n++) {
		struct kit k;
		int x, y, d, m;
		three_inputs(&k, 64, 20, &x, &y);
		d = kit_slot(&k, DOM_A, 64, 20, 0);
		m = kit_slot(&k, DOM_A, 64, 400, 0);
		KIT_OP(&k, MUL_A, d, x, y);
		kit_op(&k, OP_MATMUL_A, m, x, y, -1, 20, 1, 20);
		KIT_ROUND(&k);
		(void)reveal(&k, d);
		KIT_ROUND(&k);
		kit_run_failing(t, &k, &protocol_replicated, n);
		reached = mem_count() >= n;
		mem_fail_at(0);
		for (unsigned i = 0; i < 3; i++) {
			assert_true(t[i].st == ST_INTERNAL || t[i].st == (reached ? ST_NET : ST_OK));
			kit_node_fini(&t[i]);
		}
		kit_fini(&k);
	}
	assert_false(reached);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_noticed),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
