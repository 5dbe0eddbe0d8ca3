/* test_yao.c: domain Y under protocols yao and mixed against numbers, and what it costs against
 * what a meter counts. */
#include "vm_kit.h"

#include "../../circuits/family.h"
#include "../../protocols/yao.h"
#include "../../runtime/base/random.h"

enum { N_MAX = 5000 };

static i128 value_x[N_MAX], value_y[N_MAX];
static const uint64_t sizes[] = { 0, 1, 2, 15, 16, 63, 64, 65, 200 };
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* Numbers of so many bits, with a sign; the ends come first. */
static void
draw(i128 *v, unsigned bits)
{
	u128 x;

	for (size_t i = 0; i < N_MAX; i++) {
		random_bytes(&x, sizeof x);
		v[i] = (i128)(x << (128 - bits)) >> (128 - bits);
	}
	v[0] = (i128)((u128)1 << 127) >> (128 - bits);
	v[1] = -1;
	v[2] = 0;
	v[3] = -(v[0] + 1);
}

/* x modulo 2^bits, with a sign. */
static i128
wrap(i128 x, unsigned bits)
{
	return (i128)((u128)x << (128 - bits)) >> (128 - bits);
}

static int64_t
circuit(struct kit *k, enum family family, unsigned wa, unsigned wb, unsigned wc, unsigned out,
    int64_t imm0, int64_t imm1)
{
	struct family_spec s = { .family = family, .goal = GOAL_SMALL,
		.in = { { (uint16_t)wa, true }, { (uint16_t)wb, wb > 0 }, { (uint16_t)wc, wc > 0 } },
		.out = (uint16_t)out, .imm = { imm0, imm1 } };
	struct circuit c;

	assert_int_equal(family_circuit(&c, &s), ST_OK);
	return kit_circuit(k, c);
}

static int
apply(struct kit *k, int64_t c, uint64_t n, int a, int b)
{
	int d = kit_slot(k, DOM_Y, k->circuit[c].n_out, n, 0);

	kit_op(k, OP_CIRC_Y, d, a, b, KIT_NONE, c, 0, 0);
	return d;
}

static int
into(struct kit *k, enum insn_id op, int a, unsigned bits)
{
	int d = kit_slot(k, op == OP_SHARE_B ? DOM_B : DOM_Y, bits, k->slot[a].n, 0);

	kit_op(k, op, d, a, KIT_NONE, KIT_NONE, 1, 0, 0);
	return d;
}

static int
to_b(struct kit *k, int a, uint64_t n)
{
	int d = kit_slot(k, DOM_B, k->slot[a].width, n, 0);

	KIT_OP(k, Y_TO_B, d, a);
	return d;
}

/* Opened to a mask of nodes; all of them: revealed. */
static int
open_to(struct kit *k, int a, uint32_t to)
{
	bool all = to == 3;
	unsigned width = k->slot[a].width > 64 ? 128 : 64;
	int d = kit_slot(k, all ? DOM_P : DOM_O, width, k->slot[a].n, all ? 0 : to);

	kit_op(k, all ? OP_REVEAL_B : OP_OPEN_B, d, a, KIT_NONE, KIT_NONE, 1, 1, 0);
	return d;
}

struct cost_sum {
	struct tally tally;
	const struct code *code;
	const struct protocol *protocol;
};

static void
add_cost(void *arg, const struct insn *x, uint64_t times)
{
	struct cost_sum *s = arg;

	s->protocol->target->cost(&s->tally, s->code, x, times, 2);
}

static void
expect_cost(const struct kit_node *t, const struct kit *k, const struct protocol *protocol)
{
	struct cost_sum s = { .code = &k->c, .protocol = protocol };
	struct meter m;

	assert_int_equal(code_walk(&k->c, add_cost, &s), ST_OK);
	protocol->target->cost_demand(&s.tally, &k->c, 2);
	for (unsigned i = 0; i < 2; i++) {
		chan_meter_get(t[i].ch, &m);
		assert_int_equal(m.rounds[PHASE_ONLINE], s.tally.online_rounds);
		assert_int_equal(m.rounds[PHASE_OFFLINE], s.tally.offline_rounds);
		assert_int_equal(m.rounds[PHASE_SETUP], s.tally.setup_rounds);
		assert_int_equal(m.sent[PHASE_ONLINE][1 - i], s.tally.online[i][1 - i]);
		assert_int_equal(m.sent[PHASE_OFFLINE][1 - i], s.tally.offline[i][1 - i]);
		assert_int_equal(m.sent[PHASE_SETUP][1 - i], s.tally.setup[i][1 - i]);
		if (t[i].proto->y != NULL)
			assert_int_equal(t[i].proto->y->next, 2 * s.tally.garbled);
	}
}

/* Runs it; every recipient's slot out[j] has want[j][i]. */
static void
run(struct kit *k, const struct protocol *protocol, const int *out, i128 *const *want,
    unsigned n_out)
{
	struct kit_node t[N_NODE_MAX];

	kit_run(t, k, protocol);
	kit_ok(t, 2);
	for (unsigned j = 0; j < n_out; j++)
		for (unsigned p = 0; p < 2; p++)
			for (uint64_t i = 0; i < k->slot[out[j]].n; i++) {
				const struct slot *s = &k->slot[out[j]];

				if (s->domain == DOM_O && (s->part >> p & 1) == 0)
					continue;
				if (vm_int(t[p].vm, (uint32_t)out[j], i) != want[j][i])
					fail_msg("node %u, output %u, element %zu of %zu", p, j,
					    (size_t)i, (size_t)s->n);
			}
	expect_cost(t, k, protocol);
	for (unsigned p = 0; p < 2; p++)
		kit_node_fini(&t[p]);
	kit_fini(k);
}

static const struct protocol *
either(unsigned i)
{
	return i % 2 == 0 ? &protocol_yao : &protocol_mixed;
}

/* Both parties' numbers, added and compared; every way of ownership, every recipient. */
static void
test_sum_and_less(void **state)
{
	static const unsigned widths[] = { 2, 7, 32, 64, 100 };
	static i128 sum[N_MAX], less[N_MAX];

	(void)state;
	for (unsigned i = 0; i < 3 * N_SIZES; i++) {
		uint64_t n = sizes[i / 3], half[2] = { n / 3, n - n / 3 };
		unsigned w = widths[i % 5], ring = w > 64 ? 128 : 64;
		struct kit k;

		kit_init(&k, 2);
		draw(value_x, w);
		draw(value_y, w);
		int x = kit_input(&k, 0, ring, n, kit_owner(&k, i % 2), value_x);
		int y = kit_input(&k, 1, ring, n, kit_rows(&k, half, false), value_y);
		int bx = into(&k, OP_SHARE_Y, x, w), by = into(&k, OP_SHARE_Y, y, w);
		KIT_ROUND(&k);
		int s = apply(&k, circuit(&k, FAMILY_ADD, w, w, 0, w, 0, 0), n, bx, by);
		int l = apply(&k, circuit(&k, FAMILY_LT, w, w, 0, 2, 0, 0), n, bx, by);
		int os = open_to(&k, to_b(&k, s, n), 1 + i % 3);
		int ol = open_to(&k, to_b(&k, l, n), 1 + (i + 1) % 3);
		KIT_ROUND(&k);
		for (uint64_t e = 0; e < n; e++) {
			sum[e] = wrap(value_x[e] + value_y[e], w);
			less[e] = value_x[e] < value_y[e];
		}
		run(&k, either(i), (const int[]){ os, ol }, (i128 *const[]){ sum, less }, 2);
	}
}

/* Public values, and one element for many: in circuits and on the way out. */
static void
test_public_and_one(void **state)
{
	static i128 want[N_MAX], same[N_MAX];

	(void)state;
	for (unsigned i = 0; i < N_SIZES; i++) {
		uint64_t n = sizes[i];
		struct kit k;

		kit_init(&k, 2);
		draw(value_x, 20);
		int x = kit_input(&k, 0, 64, n, kit_owner(&k, 1), value_x);
		int bx = into(&k, OP_SHARE_Y, x, 20);
		int c = into(&k, OP_LIFT_Y, kit_number(&k, 64, -12345), 20);
		KIT_ROUND(&k);
		int64_t add = circuit(&k, FAMILY_MUL, 20, 20, 0, 40, 0, 0);
		int p = apply(&k, add, n, bx, c), q = apply(&k, add, 1, c, c);
		int op = open_to(&k, to_b(&k, p, n), 3);
		int oq = open_to(&k, to_b(&k, q, n), 3);
		KIT_ROUND(&k);
		for (uint64_t e = 0; e < n; e++) {
			want[e] = value_x[e] * -12345;
			same[e] = 12345 * 12345;
		}
		run(&k, either(i), (const int[]){ op, oq }, (i128 *const[]){ want, same }, 2);
	}
}

/* Long strings of bits, in limbs, of both parties. */
static void
test_limbs(void **state)
{
	enum { LIMBS = 4, WIDTH = 200, N = 70 };
	static i128 want[N * LIMBS];
	const uint64_t rows[2] = { 30, 40 };
	struct kit k;

	(void)state;
	kit_init(&k, 2);
	draw(value_x, 64);
	draw(value_y, 64);
	uint32_t part = kit_rows(&k, rows, false);
	int x = kit_input(&k, 0, 64, N * LIMBS, part, value_x);
	int y = kit_const(&k, 64, N * LIMBS, value_y);
	int a = kit_slot(&k, DOM_Y, WIDTH, N, 0), b = kit_slot(&k, DOM_Y, WIDTH, N, 0);
	kit_op(&k, OP_SHARE_Y, a, x, -1, -1, LIMBS, 0, 0);
	kit_op(&k, OP_LIFT_Y, b, y, -1, -1, LIMBS, 0, 0);
	KIT_ROUND(&k);
	int d = apply(&k, circuit(&k, FAMILY_AND, WIDTH, WIDTH, 0, WIDTH, 0, 0), N, a, b);
	int p = kit_slot(&k, DOM_P, 64, N * LIMBS, 0);
	kit_op(&k, OP_REVEAL_B, p, to_b(&k, d, N), -1, -1, LIMBS, 0, 0);
	KIT_ROUND(&k);
	for (int i = 0; i < N * LIMBS; i++)
		want[i] = (int64_t)(value_x[i] & value_y[i] & (i % LIMBS == LIMBS - 1 ? 0xff : -1));
	run(&k, &protocol_yao, (const int[]){ p }, (i128 *const[]){ want }, 1);
}

/* Numbers to labels by their shares, to XOR shares, and back to numbers. */
static void
test_conversions(void **state)
{
	static const unsigned bits[] = { 1, 5, 33, 64, 70, 128 };
	static i128 want[N_MAX], twice[N_MAX];

	(void)state;
	for (unsigned i = 0; i < 2 * N_SIZES; i++) {
		uint64_t n = sizes[i / 2], half[2] = { n - n / 4, n / 4 };
		unsigned w = bits[i % 6], ring = w > 64 ? 128 : 64;
		struct kit k;

		kit_init(&k, 2);
		draw(value_x, w);
		int x = kit_input(&k, 0, ring, n, kit_rows(&k, half, false), value_x);
		int a = kit_slot(&k, DOM_A, ring, n, 0), y = kit_slot(&k, DOM_Y, 2 * w, n, 0);
		KIT_OP(&k, SHARE, a, x);
		kit_op(&k, OP_SPLIT_Y, y, a, -1, -1, w, 0, 0);
		KIT_ROUND(&k);
		int s = apply(&k, circuit(&k, FAMILY_PARTS, 2 * w, 0, 0, w, 2, w), n, y, -1);
		int b = to_b(&k, s, n), num = kit_slot(&k, DOM_A, ring, n, 0);
		kit_op(&k, OP_NUM_A, num, b, -1, -1, 1, 0, 0);
		int again = kit_slot(&k, DOM_Y, w, n, 0);
		KIT_OP(&k, B_TO_Y, again, b);
		KIT_ROUND(&k);
		int r = kit_slot(&k, DOM_P, ring, n, 0);
		KIT_OP(&k, REVEAL, r, num);
		int sum = apply(&k, circuit(&k, FAMILY_ADD, w, w, 0, w, 0, 0), n, again, s);
		int o = open_to(&k, to_b(&k, sum, n), 3);
		KIT_ROUND(&k);
		for (uint64_t e = 0; e < n; e++) {
			want[e] = value_x[e];
			twice[e] = wrap((i128)((u128)value_x[e] << 1), w);
		}
		run(&k, &protocol_mixed, (const int[]){ r, o }, (i128 *const[]){ want, twice }, 2);
	}
}

/* One XOR-shared element for many labels. */
static void
test_one_for_many(void **state)
{
	static i128 want[N_MAX];

	(void)state;
	for (unsigned i = 1; i < N_SIZES; i++) {
		struct kit k;

		kit_init(&k, 2);
		draw(value_x, 9);
		int x = kit_input(&k, 0, 64, 1, kit_owner(&k, i % 2), value_x + i);
		int b = into(&k, OP_SHARE_B, x, 9), y = kit_slot(&k, DOM_Y, 9, sizes[i], 0);
		KIT_OP(&k, B_TO_Y, y, b);
		KIT_ROUND(&k);
		int o = open_to(&k, to_b(&k, y, sizes[i]), 1 + i % 3);
		KIT_ROUND(&k);
		for (uint64_t e = 0; e < sizes[i]; e++)
			want[e] = value_x[i];
		run(&k, &protocol_mixed, (const int[]){ o }, (i128 *const[]){ want }, 1);
	}
}

/* Inputs of several bundles, circuits of several tiles and messages. */
static void
test_large(void **state)
{
	static i128 want[N_MAX];
	const uint64_t n = N_MAX, rows[2] = { 1111, n - 1111 };
	struct kit k;

	(void)state;
	kit_init(&k, 2);
	draw(value_x, 64);
	draw(value_y, 64);
	uint32_t part = kit_rows(&k, rows, false);
	int x = into(&k, OP_SHARE_Y, kit_input(&k, 0, 64, n, part, value_x), 64);
	int y = into(&k, OP_SHARE_Y, kit_input(&k, 1, 64, n, part, value_y), 64);
	KIT_ROUND(&k);
	int d = apply(&k, circuit(&k, FAMILY_MAX, 64, 64, 0, 64, 0, 0), n, x, y);
	int o = open_to(&k, to_b(&k, d, n), 3);
	KIT_ROUND(&k);
	for (uint64_t e = 0; e < n; e++)
		want[e] = value_x[e] > value_y[e] ? value_x[e] : value_y[e];
	run(&k, &protocol_yao, (const int[]){ o }, (i128 *const[]){ want }, 1);
}

/* The formula of COTs against counting groups, and cuts at multiples of 64. */
static void
test_words(void **state)
{
	(void)state;
	for (uint64_t lo = 0; lo < 140; lo += 3)
		for (uint64_t hi = 0; hi < 300; hi += 7)
			for (uint64_t w = 1; w < 130; w += 31) {
				uint64_t sum = 0, cut = 0;

				for (uint64_t g = 0; g < 5; g++) {
					uint64_t a = lo > 64 * g ? lo : 64 * g;
					uint64_t b = hi < 64 * g + 64 ? hi : 64 * g + 64;

					sum += b > a ? (w * (b - a) + 63) / 64 : 0;
					cut += yao_words(a, b, w);
				}
				assert_int_equal(sum, yao_words(lo, hi, w));
				assert_int_equal(sum, cut);
			}
}

/* What has no bit of node 1 and no gate needs no base OTs; what neither node knows of the other's
 * labels is gone when it is closed. */
static void
test_no_session(void **state)
{
	static i128 want[1];
	struct kit k;

	(void)state;
	kit_init(&k, 2);
	want[0] = 77;
	int y = into(&k, OP_LIFT_Y, kit_number(&k, 64, 77), 8);
	int o = open_to(&k, to_b(&k, y, 1), 2);
	KIT_ROUND(&k);
	run(&k, &protocol_yao, (const int[]){ o }, (i128 *const[]){ want }, 1);
}

/* A program with a bit of each node and an AND. */
static void
small(struct kit *k)
{
	kit_init(k, 2);
	int x = into(k, OP_SHARE_Y, kit_input(k, 0, 64, 3, kit_owner(k, 0), value_x), 8);
	int y = into(k, OP_SHARE_Y, kit_input(k, 1, 64, 3, kit_owner(k, 1), value_y), 8);
	KIT_ROUND(k);
	int d = apply(k, circuit(k, FAMILY_LT, 8, 8, 0, 1, 0, 0), 3, x, y);
	(void)open_to(k, to_b(k, d, 3), 3);
	KIT_ROUND(k);
}

/* Delta is node 0's alone, and every run has its own; the hash's start is common, and every run's
 * own as well.  Node 0 sends nothing for its inputs. */
static void
test_fresh(void **state)
{
	struct garbling was = { .next = 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct kit_node t[2];
		struct kit k;

		small(&k);
		kit_run(t, &k, either((unsigned)i));
		kit_ok(t, 2);
		const struct garbling *g = t[0].proto->y, *e = t[1].proto->y;
		assert_int_equal(g->delta.w[0] & 1, 1);
		assert_true(e->delta.w[0] == 0 && e->delta.w[1] == 0);
		assert_memory_equal(&g->s, &e->s, sizeof g->s);
		assert_memory_not_equal(&g->delta, &was.delta, sizeof g->delta);
		assert_memory_not_equal(&g->s, &was.s, sizeof g->s);
		was = *g;
		for (unsigned p = 0; p < 2; p++)
			kit_node_fini(&t[p]);
		kit_fini(&k);
	}
}

/* One allocation fails at one of the nodes, whichever comes n-th: that one stops with status 1;
 * nothing hangs. */
static void
test_no_memory(void **state)
{
	bool reached = true;

	(void)state;
	for (uint64_t n = 1; reached && n < 500; n++) {
		struct kit_node t[2];
		struct kit k;

		small(&k);
		kit_run_failing(t, &k, &protocol_mixed, n);
		reached = mem_count() >= n;
		mem_fail_at(0);
		assert_true(!reached || t[0].st == ST_INTERNAL || t[1].st == ST_INTERNAL);
		for (unsigned p = 0; p < 2; p++) {
			assert_true(t[p].st == ST_OK || t[p].st == ST_INTERNAL ||
			    t[p].st == ST_NET);
			kit_node_fini(&t[p]);
		}
		kit_fini(&k);
	}
	assert_false(reached);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_no_session),
		cmocka_unit_test(test_fresh),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_sum_and_less),
		cmocka_unit_test(test_public_and_one),
		cmocka_unit_test(test_limbs),
		cmocka_unit_test(test_conversions),
		cmocka_unit_test(test_one_for_many),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
