/* test_additive.c: protocol additive against clear, with 2, 3 and 5 nodes as threads: every
 * instruction, both rings, extreme values, lengths around every boundary; what it costs against
 * what a meter counts; and what others get to see. */
#include "vm_kit.h"

enum { LEN_MAX = 100000 };

static i128 value_x[LEN_MAX], value_y[LEN_MAX];

/* bits: how large values may be. */
static void
draw(unsigned bits, uint64_t seed)
{
	for (size_t i = 0; i < LEN_MAX; i++) {
		value_x[i] = kit_value(&seed, bits);
		value_y[i] = kit_value(&seed, bits);
	}
}

/* Every node's slot holds what the clear run has; with slack, or up to as many units more. */
static void
expect_slot(const struct kit_node *t, unsigned n, const struct kit_node *clear, int slot, i128 slack)
{
	uint64_t count = clear->k->slot[slot].n;

	for (unsigned p = 0; p < n; p++)
		for (uint64_t i = 0; i < count; i++) {
			i128 want = vm_int(clear->vm, (uint32_t)slot, i);
			i128 got = vm_int(t[p].vm, (uint32_t)slot, i);
			if (got < want || got > want + slack)
				fail_msg("node %u, slot %d, element %zu of %zu differs by %lld", p, slot,
				    (size_t)i, (size_t)count, (long long)(got - want));
		}
}

struct cost_sum {
	struct tally tally;
	const struct code *code;
	unsigned n;
};

static void
add_cost(void *arg, const struct insn *x, uint64_t times)
{
	struct cost_sum *s = arg;

	protocol_additive.target->cost(&s->tally, s->code, x, times, s->n);
}

/* Rounds and bytes of every link are what the cost functions say. */
static void
expect_cost(const struct kit_node *t, const struct kit *k)
{
	struct cost_sum s = { .code = &k->c, .n = k->c.n_parties };
	struct meter m;

	assert_int_equal(code_walk(&k->c, add_cost, &s), ST_OK);
	protocol_additive.target->cost_demand(&s.tally, k->c.demand, k->c.n_demand, s.n);
	for (unsigned i = 0; i < s.n; i++) {
		chan_meter_get(t[i].ch, &m);
		assert_int_equal(m.rounds[PHASE_ONLINE], s.tally.online_rounds);
		assert_int_equal(m.rounds[PHASE_OFFLINE], s.tally.offline_rounds);
		assert_int_equal(m.rounds[PHASE_SETUP], s.tally.setup_rounds);
		assert_int_equal(vm_rounds(t[i].vm), s.tally.online_rounds);
		for (unsigned j = 0; j < s.n; j++) {
			if (i == j)
				continue;
			assert_int_equal(m.sent[PHASE_ONLINE][j], s.tally.online[i][j]);
			assert_int_equal(m.sent[PHASE_OFFLINE][j], s.tally.offline[i][j]);
			assert_int_equal(m.sent[PHASE_SETUP][j], s.tally.setup[i][j]);
		}
	}
}

/* Runs it both ways; compares slots out[0 .. n_out], each with the slack that goes with it. */
static void
compare(struct kit *k, const int *out, const int *slack, unsigned n_out)
{
	struct kit_node clear, t[N_NODE_MAX];
	unsigned n = k->c.n_parties;

	kit_clear(&clear, k);
	kit_ok(&clear, 1);
	kit_run(t, k, &protocol_additive);
	kit_ok(t, n);
	for (unsigned i = 0; i < n_out; i++)
		expect_slot(t, n, &clear, out[i], slack == NULL ? 0 : slack[i]);
	expect_cost(t, k);
	for (unsigned i = 0; i < n; i++)
		kit_node_fini(&t[i]);
	kit_node_fini(&clear);
	kit_fini(k);
}

static int
reveal(struct kit *k, int a)
{
	int d = kit_slot(k, DOM_P, k->slot[a].width, k->slot[a].n, 0);

	KIT_OP(k, REVEAL, d, a);
	return d;
}

static int
share(struct kit *k, int a, unsigned width)
{
	int d = kit_slot(k, DOM_A, width, k->slot[a].n, 0);

	KIT_OP(k, SHARE, d, a);
	return d;
}

/* x from the first party, y row by row from all. */
static void
two_inputs(struct kit *k, unsigned n, unsigned width, uint64_t len, int *x, int *y)
{
	uint64_t rows[N_NODE_MAX];

	kit_init(k, n);
	for (unsigned i = 0; i < n; i++)
		rows[i] = len * (i + 1) / n - len * i / n;
	*x = share(k, kit_input(k, 0, width, len, kit_owner(k, 0), value_x), width);
	*y = share(k, kit_input(k, 1, width, len, kit_rows(k, rows, false), value_y), width);
}

static void
linear(unsigned n, unsigned width, uint64_t len)
{
	struct kit k;
	int x, y, out[16], i = 0, p, one, two;

	two_inputs(&k, n, width, len, &x, &y);
	one = kit_number(&k, width, -12345);
	two = kit_window(&k, x, 1, (int64_t)len - 1, 0);
	p = kit_slot(&k, DOM_P, width, len, 0);
	kit_op(&k, OP_IOTA, p, KIT_NONE, KIT_NONE, KIT_NONE, -5, 77, 0);
#define LINEAR(op, a, b, imm0, count) \
	out[i] = kit_slot(&k, DOM_A, width, count, 0); \
	kit_op(&k, OP_##op, out[i++], a, b, KIT_NONE, imm0, 1, 1)
	LINEAR(ADD_A, x, y, 0, len);
	LINEAR(SUB_A, x, two, 0, len);
	LINEAR(SUB_A, two, y, 0, len);
	LINEAR(NEG_A, x, KIT_NONE, 0, len);
	LINEAR(SHL_A, y, KIT_NONE, 7, len);
	LINEAR(ADDP_A, x, p, 0, len);
	LINEAR(ADDP_A, two, p, 0, len);
	LINEAR(MULP_A, x, one, 0, len);
	LINEAR(MULP_A, two, p, 0, len);
	LINEAR(LIFT, p, KIT_NONE, 0, len);
	out[i] = kit_slot(&k, DOM_A, width, 1, 0);
	kit_op(&k, OP_SUM_A, out[i++], x, KIT_NONE, KIT_NONE, 1, (int64_t)len, 1);
	out[i] = kit_slot(&k, DOM_A, width, len, 0);
	kit_op(&k, OP_CUMSUM_A, out[i++], y, KIT_NONE, KIT_NONE, 1, (int64_t)len, 1);
	out[i] = kit_slot(&k, DOM_A, width, 1, 0);
	kit_op(&k, OP_PMAT_A, out[i++], p, y, KIT_NONE, 1, (int64_t)len, 1);
	out[i] = kit_slot(&k, DOM_A, width, 1, 0);
	kit_op(&k, OP_MATP_A, out[i++], x, p, KIT_NONE, 1, (int64_t)len, 1);
	for (int j = 0; j < i; j++)
		out[j] = reveal(&k, out[j]);
	KIT_ROUND(&k);
	compare(&k, out, NULL, (unsigned)i);
}

static const unsigned nodes[] = { 2, 3, 5 };
static const uint64_t lengths[] = { 1, 63, 64, 65, 1000 };

/* Setting up many pairs takes the time, so more than two nodes have fewer lengths. */
#define EACH_CASE(fn) \
	for (size_t i_ = 0; i_ < 3; i_++) \
		for (size_t l_ = 0; l_ < sizeof lengths / sizeof lengths[0]; l_++) \
			for (unsigned w_ = 64; w_ <= 128; w_ += 64) \
				if (i_ == 0 || lengths[l_] % 64 == 1) \
					fn(nodes[i_], w_, lengths[l_])

static void
test_linear(void **state)
{
	(void)state;
	draw(126, 1);
	EACH_CASE(linear);
}

/* Products with both operands full, and (count > 1) with one or both of one element. */
static void
product_kinds(unsigned n, unsigned width, uint64_t len, int count)
{
	struct kit k;
	int x, y, one, out[4], i;

	two_inputs(&k, n, width, len, &x, &y);
	one = kit_window(&k, y, 1, 0, 0);
	for (i = 0; i < count; i++) {
		out[i] = kit_slot(&k, DOM_A, width, len, 0);
		KIT_OP(&k, MUL_A, out[i], i & 1 ? one : x, i & 2 ? one : y);
	}
	KIT_ROUND(&k);
	for (i = 0; i < count; i++)
		out[i] = reveal(&k, out[i]);
	KIT_ROUND(&k);
	compare(&k, out, NULL, (unsigned)count);
}

static void
products(unsigned n, unsigned width, uint64_t len)
{
	product_kinds(n, width, len < 1000 ? len : 300, 4);
}

static void
test_mul(void **state)
{
	(void)state;
	draw(126, 2);
	EACH_CASE(products);
	product_kinds(2, 64, 100000, 1);
	product_kinds(3, 128, 5000, 1);
}

static void
truncations(unsigned n, unsigned width, uint64_t len)
{
	static const int shift[] = { 1, 32, 61, 64 };
	int x, y, out[4], slack[4];
	struct kit k;

	two_inputs(&k, n, width, len, &x, &y);
	for (int i = 0; i < 4; i++) {
		out[i] = kit_slot(&k, DOM_A, width, len, 0);
		kit_op(&k, OP_TRUNC_A, out[i], i & 1 ? x : y, KIT_NONE, KIT_NONE, shift[i], 0, 0);
		slack[i] = 1;
	}
	KIT_ROUND(&k);
	for (int i = 0; i < 4; i++)
		out[i] = reveal(&k, out[i]);
	KIT_ROUND(&k);
	compare(&k, out, slack, 4);
}

static void
test_trunc(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (unsigned w = 64; w <= 128; w += 64) {
			draw(w - 2, 3 + i);
			if (nodes[i] < 5)
				truncations(nodes[i], w, 1);
			truncations(nodes[i], w, nodes[i] < 5 ? 127 : 65);
			if (nodes[i] == 2)
				truncations(nodes[i], w, 1000);
		}
	draw(62, 9);
	truncations(2, 64, 40000);
}

static void
matrices(unsigned n, unsigned width, uint64_t m, uint64_t inner, uint64_t cols)
{
	int a, b, d, out;
	struct kit k;

	kit_init(&k, n);
	a = share(&k, kit_input(&k, 0, width, m * inner, kit_owner(&k, n - 1), value_x), width);
	b = share(&k, kit_input(&k, 1, width, inner * cols, kit_owner(&k, 0), value_y), width);
	d = kit_slot(&k, DOM_A, width, m * cols, 0);
	kit_op(&k, OP_MATMUL_A, d, a, b, KIT_NONE, (int64_t)m, (int64_t)inner, (int64_t)cols);
	KIT_ROUND(&k);
	out = reveal(&k, d);
	KIT_ROUND(&k);
	compare(&k, &out, NULL, 1);
}

static void
test_matmul(void **state)
{
	(void)state;
	draw(126, 11);
	for (unsigned w = 64; w <= 128; w += 64) {
		matrices(2, w, 1, 1, 1);
		matrices(3, w, 3, 5, 7);
		matrices(2, w, 1, 1000, 1);
		matrices(3, w, 17, 1, 19);
		matrices(2, w, 3, 0, 2);
	}
	matrices(2, 64, 1, 20000, 1);
	matrices(2, 64, 130, 70, 70);
	matrices(2, 64, 40000, 2, 1);
	matrices(5, 64, 9, 8, 7);
}

/* Rings of both widths: 64 into 128 and back, in one program; inputs with zero rows. */
static void
test_rings(void **state)
{
	static const uint64_t rows[3] = { 0, 7, 0 };
	struct kit k;
	int in, wide, narrow, sum, out[2];

	(void)state;
	draw(62, 12);
	kit_init(&k, 3);
	in = kit_input(&k, 0, 64, 7, kit_rows(&k, rows, false), value_x);
	wide = share(&k, in, 128);
	narrow = kit_slot(&k, DOM_A, 64, 7, 0);
	KIT_OP(&k, NARROW, narrow, wide);
	sum = kit_slot(&k, DOM_A, 64, 7, 0);
	KIT_OP(&k, ADD_A, sum, narrow, share(&k, in, 64));
	out[0] = reveal(&k, sum);
	out[1] = reveal(&k, wide);
	KIT_ROUND(&k);
	compare(&k, out, NULL, 2);
}

/* Many instructions of different kinds in one round, in a loop; results move through windows. */
static void
test_loop(void **state)
{
	const uint64_t len = 65, trips = 9;
	int x, y, xw, yw, m, t, acc, out[2], slack[2] = { 9, 0 };
	struct kit k;

	(void)state;
	draw(28, 13);
	two_inputs(&k, 3, 64, len * trips, &x, &y);
	xw = kit_window(&k, x, len, 0, (int64_t)len);
	yw = kit_window(&k, y, len, 0, (int64_t)len);
	m = kit_slot(&k, DOM_A, 64, len, 0);
	t = kit_slot(&k, DOM_A, 64, len, 0);
	acc = kit_slot(&k, DOM_A, 64, len, 0);
	KIT_OP(&k, LIFT, acc, kit_number(&k, 64, 0));
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 0), kit_affine(&k, (int64_t)trips, 0), 0);
	KIT_OP(&k, MUL_A, m, xw, yw);
	KIT_ROUND(&k);
	kit_op(&k, OP_TRUNC_A, t, m, -1, -1, 8, 0, 0);
	KIT_OP(&k, MUL_A, yw, xw, yw);
	KIT_ROUND(&k);
	KIT_OP(&k, ADD_A, acc, acc, t);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	out[0] = reveal(&k, acc);
	out[1] = reveal(&k, y);
	KIT_ROUND(&k);
	compare(&k, out, slack, 2);
}

/* Every kind of exchange in one round, in both rings, more than fits into one bundle; matrix triples
 * are made while nothing else is under way. */
static void
mixed(unsigned n)
{
	const uint64_t len = n == 2 ? 9000 : 500;
	int x, y, wx, wy, a[5], out[7], slack[7] = { 0, 0, 1, 1, 0, 0, 0 };
	struct kit k;

	two_inputs(&k, n, 64, len, &x, &y);
	wx = share(&k, kit_input(&k, 2, 128, 300, kit_owner(&k, 1), value_x), 128);
	wy = share(&k, kit_input(&k, 3, 128, 300, kit_owner(&k, 0), value_y), 128);
	for (int i = 0; i < 4; i++)
		a[i] = kit_slot(&k, DOM_A, i % 2 ? 128 : 64, i % 2 ? 300 : len, 0);
	KIT_OP(&k, MUL_A, a[0], x, y);
	KIT_OP(&k, MUL_A, a[1], wx, wy);
	a[4] = kit_slot(&k, DOM_A, 64, 20 * 15, 0);
	kit_op(&k, OP_MATMUL_A, a[4], kit_window(&k, x, 20 * 14, 0, 0),
	    kit_window(&k, y, 14 * 15, 7, 0), -1, 20, 14, 15);
	out[5] = kit_slot(&k, DOM_O, 64, len, (1u << n) - 1);
	KIT_OP(&k, OPEN, out[5], y);
	kit_op(&k, OP_TRUNC_A, a[2], x, -1, -1, 20, 0, 0);
	out[6] = reveal(&k, wx);
	kit_op(&k, OP_TRUNC_A, a[3], wy, -1, -1, 64, 0, 0);
	KIT_ROUND(&k);
	for (int i = 0; i < 5; i++)
		out[i] = reveal(&k, a[i]);
	KIT_ROUND(&k);
	compare(&k, out, slack, 7);
}

static void
test_mixed(void **state)
{
	(void)state;
	draw(61, 21);
	mixed(2);
	mixed(3);
}

/* As many nodes as there may be. */
static void
test_sixteen(void **state)
{
	struct kit k;
	int x, y, d, out;

	(void)state;
	draw(60, 22);
	two_inputs(&k, 16, 64, 100, &x, &y);
	d = kit_slot(&k, DOM_A, 64, 100, 0);
	KIT_OP(&k, SUB_A, d, x, y);
	out = reveal(&k, d);
	KIT_ROUND(&k);
	compare(&k, &out, NULL, 1);
}

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
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_mul),
		cmocka_unit_test(test_trunc),
		cmocka_unit_test(test_matmul),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_sixteen),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_masks),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_lost_peer),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
