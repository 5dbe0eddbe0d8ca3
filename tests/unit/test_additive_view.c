/* test_additive_view.c: what nodes of protocol additive get to see of each other: openings reach
 * their recipients only and are masked, shares look random; and nodes that fail take no other with
 * them into a hang. */
#include "additive_kit.h"

/* What is opened to one node reaches no other: nothing is sent to them, and their memory has not
 * got it. */
static void
test_open(void **state)
{
	const uint64_t len = 200;
	struct kit_node t[4];
	struct meter m;
	struct kit k;
	int x, y, o;

	(void)state;
	draw(60, 14);
	two_inputs(&k, 4, 64, len, &x, &y);
	o = kit_slot(&k, DOM_O, 64, len, 1u << 2);
	KIT_OP(&k, OPEN, o, x);
	KIT_ROUND(&k);
	kit_run(t, &k, &protocol_additive);
	kit_ok(t, 4);
	expect_cost(t, &k);
	for (unsigned i = 0; i < 4; i++) {
		chan_meter_get(t[i].ch, &m);
		for (unsigned j = 0; j < 4; j++)
			assert_int_equal(m.sent[PHASE_ONLINE][j], i != 2 && j == 2 ? len * 8 : 0);
		for (uint64_t e = 0; e < len; e++)
			assert_true(vm_int(t[i].vm, (uint32_t)o, e) == (i == 2 ? value_x[e] : 0));
	}
	for (unsigned i = 0; i < 4; i++)
		kit_node_fini(&t[i]);
	kit_fini(&k);
}

/* A channel that keeps what was last posted online to each peer. */
struct tap {
	struct chan base;
	struct chan *under;
	bool online;
	unsigned n_kept;
	uint8_t kept[8][1024];          /* messages to the next node, in order */
};

static enum status
tap_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	struct tap *t = (struct tap *)c;

	if (t->online && peer == (c->me + 1) % c->n && t->n_kept < 8 && len <= 1024)
		memcpy(t->kept[t->n_kept++], buf, len);
	return chan_post(t->under, peer, buf, len);
}

static enum status
tap_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	return chan_wait(((struct tap *)c)->under, peer, buf, len);
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
	chan_free(((struct tap *)c)->under);
}

static const struct chan_ops tap_ops = { tap_post, tap_wait, tap_phase, tap_round, tap_finish,
	tap_free };

/* What a node sends to open a value is not its share, and not the same when it is opened again: of
 * a sum of local results the share would be the site's own. */
static void
test_masks(void **state)
{
	const uint64_t len = 100, rows[3] = { 40, 60, 0 };
	struct kit_node t[3];
	struct tap tap[3];
	struct chan *end[3];
	pthread_t thread[3];
	struct kit k;

	(void)state;
	draw(20, 16);
	kit_init(&k, 3);
	int x = share(&k, kit_input(&k, 0, 64, len, kit_rows(&k, rows, false), value_x), 64);
	for (int i = 0; i < 2; i++) {
		(void)reveal(&k, x);
		KIT_ROUND(&k);
	}
	int o = kit_slot(&k, DOM_O, 64, len, 7);
	KIT_OP(&k, OPEN, o, x);
	KIT_ROUND(&k);
	assert_int_equal(chan_mem_new(end, 3), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		memset(&tap[i], 0, sizeof tap[i]);
		tap[i].base = (struct chan){ .ops = &tap_ops, .me = i, .n = 3 };
		tap[i].under = end[i];
		t[i] = (struct kit_node){ .k = &k, .protocol = &protocol_additive,
			.ch = &tap[i].base, .me = (int)i };
		assert_int_equal(pthread_create(&thread[i], NULL, kit_node_main, &t[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	kit_ok(t, 3);
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *own = vm_slot(t[i].vm, (uint32_t)x);
		assert_int_equal(tap[i].n_kept, 3);
		for (size_t e = 0; e < len; e++)
			for (unsigned a = 0; a < 3; a++) {
				const uint8_t *sent = tap[i].kept[a] + e * 8;
				assert_memory_not_equal(sent, own + e * 8, 8);
				for (unsigned b = 0; b < a; b++)
					assert_memory_not_equal(sent, tap[i].kept[b] + e * 8, 8);
			}
	}
	for (unsigned i = 0; i < 3; i++)
		kit_node_fini(&t[i]);
	kit_fini(&k);
}

/* How often each value of the top and of the bottom byte occurs among shares of a constant: like
 * random, with 255 degrees of freedom (mean 255, deviation 23), at every node. */
static void
expect_uniform(const struct kit_node *t, uint32_t slot)
{
	const struct slot *s = &t->k->slot[slot];
	const uint8_t *at = vm_slot(t->vm, slot);
	size_t size = s->width / 8;

	for (size_t byte = 0; byte < size; byte += size - 1) {
		uint64_t count[256] = { 0 };
		double expect = (double)s->n / 256, chi = 0;
		for (uint64_t i = 0; i < s->n; i++)
			count[at[i * size + byte]]++;
		for (int v = 0; v < 256; v++)
			chi += ((double)count[v] - expect) * ((double)count[v] - expect) / expect;
		assert_true(chi < 255 + 8 * 23 && chi > 255 - 8 * 23);
	}
}

static void
test_uniform(void **state)
{
	const uint64_t len = 50000;
	struct kit_node t[3];
	struct kit k;
	int x, y, product, lift;

	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		for (uint64_t i = 0; i < len; i++) {
			value_x[i] = 0;
			value_y[i] = 1;
		}
		two_inputs(&k, 3, w, len, &x, &y);
		lift = kit_slot(&k, DOM_A, w, len, 0);
		KIT_OP(&k, ADD_A, lift, x, y);
		product = kit_slot(&k, DOM_A, w, 10000, 0);
		KIT_OP(&k, MUL_A, product, kit_window(&k, x, 10000, 0, 0), kit_window(&k, y, 10000, 0, 0));
		KIT_ROUND(&k);
		kit_run(t, &k, &protocol_additive);
		kit_ok(t, 3);
		for (unsigned i = 0; i < 3; i++) {
			expect_uniform(&t[i], (uint32_t)x);
			expect_uniform(&t[i], (uint32_t)y);
			expect_uniform(&t[i], (uint32_t)lift);
			expect_uniform(&t[i], (uint32_t)product);
		}
		for (unsigned i = 0; i < 3; i++)
			kit_node_fini(&t[i]);
		kit_fini(&k);
	}
}

/* A node that goes away in the middle: the others stop with status 8, and nobody hangs. */
static void
test_lost_peer(void **state)
{
	struct kit_node t[3];
	struct kit k;
	int x, y, d;

	(void)state;
	draw(30, 15);
	two_inputs(&k, 3, 64, 10, &x, &y);
	d = kit_slot(&k, DOM_A, 64, 10, 0);
	KIT_OP(&k, MUL_A, d, x, y);
	KIT_ROUND(&k);
	(void)reveal(&k, d);
	KIT_ROUND(&k);
	assert_int_equal(code_demand(&k.c), ST_OK);
	k.c.demand[0].op = OP_REVEAL;   /* so that no triples are made where they are needed */
	struct chan *end[3];
	pthread_t thread[3];
	assert_int_equal(chan_mem_new(end, 3), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		t[i] = (struct kit_node){ .k = &k, .protocol = &protocol_additive, .ch = end[i],
			.me = (int)i };
		assert_int_equal(pthread_create(&thread[i], NULL, kit_node_main, &t[i]), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_true(t[i].st == ST_INTERNAL || t[i].st == ST_NET);
		assert_string_not_equal(t[i].fault.message, "");
		kit_node_fini(&t[i]);
	}
	kit_fini(&k);
}

/* One allocation fails at one of the nodes, whichever comes n-th: that one stops with status 1, the
 * others with 1 or 8; nothing hangs, nothing is lost. */
static void
test_no_memory(void **state)
{
	struct kit_node t[2];
	bool reached = true;

	(void)state;
	draw(30, 23);
	for (uint64_t n = 1; reached && n < 500; n++) {
		struct kit k;
		int x, y, d, m;
		two_inputs(&k, 2, 64, 20, &x, &y);
		d = kit_slot(&k, DOM_A, 64, 20, 0);
		m = kit_slot(&k, DOM_A, 64, 20, 0);
		KIT_OP(&k, MUL_A, d, x, y);
		kit_op(&k, OP_MATMUL_A, m, x, kit_window(&k, y, 1, 0, 0), -1, 20, 1, 1);
		KIT_ROUND(&k);
		(void)reveal(&k, d);
		KIT_ROUND(&k);
		kit_run_failing(t, &k, &protocol_additive, n);
		reached = mem_count() >= n;
		mem_fail_at(0);
		assert_true(!reached || t[0].st == ST_INTERNAL || t[1].st == ST_INTERNAL);
		for (unsigned i = 0; i < 2; i++) {
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
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_lost_peer),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
