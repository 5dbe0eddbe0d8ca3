/* test_vm_bits.c: the VM on bits: numbers into bits and back, circuits, which take as many rounds
 * as they have layers, and memory between rounds; in the clear.  Moves of bits: test_vm_planes.c.
 * */
#include "bits_kit.h"

/* Numbers into bits and back: low bits of them, with and without a sign; to shares, too. */
static void
test_numbers(void **state)
{
	static const unsigned bits[] = { 1, 2, 7, 33, 63, 64, 65, 127, 128 };

	(void)state;
	for (unsigned w = 0; w < sizeof bits / sizeof *bits; w++)
		for (unsigned i = 0; i < N_SIZES; i++) {
			unsigned width = bits[w] > 64 ? 128 : 64;
			struct kit_node t;
			struct kit k;
			kit_init(&k, 1);
			int a = random_numbers(&k, width, sizes[i]);
			int b = lift(&k, a, bits[w]);
			int u = reveal(&k, b, width, false), s = reveal(&k, b, width, true);
			int num = kit_slot(&k, DOM_A, width, sizes[i], 0);
			int back = kit_slot(&k, DOM_P, width, sizes[i], 0);
			kit_op(&k, OP_NUM_A, num, b, -1, -1, 1, 0, 0);
			KIT_ROUND(&k);
			KIT_OP(&k, REVEAL, back, num);
			KIT_ROUND(&k);
			run_clear(&t, &k);
			same(&t, s, back);
			for (uint64_t e = 0; e < sizes[i]; e++) {
				i128 x = vm_int(t.vm, (uint32_t)a, e);
				assert_true(vm_int(t.vm, (uint32_t)u, e) ==
				    low_bits(x, bits[w], bits[w] == width));
				assert_true(vm_int(t.vm, (uint32_t)s, e) ==
				    low_bits(x, bits[w], true));
			}
			finish(&t, &k);
		}
}

/* Strings of bits in limbs: those of each party, in and out. */
static void
test_limbs(void **state)
{
	enum { LIMBS = 4, WIDTH = 200, N = 70 };
	struct kit_node t;
	struct kit k;
	i128 x[N * LIMBS];

	(void)state;
	for (int i = 0; i < N * LIMBS; i++)
		x[i] = (int64_t)kit_random(&seed);
	kit_init(&k, 2);
	const uint64_t rows[2] = { 30, 40 };
	uint32_t part = kit_rows(&k, rows, false);
	int a = kit_input(&k, 0, 64, N * LIMBS, part, x);
	int b = kit_slot(&k, DOM_B, WIDTH, N, 0), p = kit_slot(&k, DOM_P, 64, N * LIMBS, 0);
	kit_op(&k, OP_SHARE_B, b, a, -1, -1, LIMBS, 0, 0);
	kit_op(&k, OP_REVEAL_B, p, b, -1, -1, LIMBS, 0, 0);
	KIT_ROUND(&k);
	run_clear(&t, &k);
	for (uint64_t i = 0; i < N * LIMBS; i++) {
		uint64_t mask = i % LIMBS == LIMBS - 1 ? 0xff : ~(uint64_t)0;
		assert_true((uint64_t)vm_int(t.vm, (uint32_t)p, i) == ((uint64_t)x[i] & mask));
	}
	finish(&t, &k);
}

static void *
copy_of(const void *a, size_t len)
{
	void *p = mem_alloc(len);

	assert_non_null(p);
	memcpy(p, a, len);
	return p;
}

/* a + b + c of one bit each: sum and carry, which is (a and b) xor ((a xor b) and c); the two ANDs
 * could share a layer, and do not here. */
static struct circuit
full_adder(void)
{
	static const struct gate gate[] = {
		{ 3, 0, 1 }, { 4, 0, 1 }, { 5, 3, 2 }, { 6, 3, 2 }, { 7, 4, 6 },
	};
	static const struct layer layer[] = { { 0, 1 }, { 2, 3 }, { 4, 5 } };
	static const uint32_t out[] = { 5, 7 };

	return (struct circuit){ .width = { 1, 1, 1 }, .n_in = 3, .n_reg = 8, .n_out = 2,
		.out = copy_of(out, sizeof out), .n_gates = 5, .gate = copy_of(gate, sizeof gate),
		.n_layers = 2, .n_bounds = 3, .layer = copy_of(layer, sizeof layer) };
}

/* Wires only: three bits turned round. */
static struct circuit
turned(void)
{
	static const struct layer layer[] = { { 0, 0 } };
	static const uint32_t out[] = { 2, 1, 0 };

	return (struct circuit){ .width = { 3 }, .n_in = 3, .n_reg = 3, .n_out = 3,
		.out = copy_of(out, sizeof out), .n_bounds = 1,
		.layer = copy_of(layer, sizeof layer) };
}

/* A circuit's result is there after as many rounds as it has layers, at once if it has none. */
static void
test_circuits(void **state)
{
	struct fault f = { .st = ST_OK };

	(void)state;
	for (unsigned i = 0; i < N_SIZES; i++) {
		uint64_t n = sizes[i];
		struct kit_node t;
		struct kit k;
		kit_init(&k, 1);
		int64_t add = kit_circuit(&k, full_adder()), turn = kit_circuit(&k, turned());
		assert_int_equal(circuit_check(&k.circuit[0], &f), ST_OK);
		assert_int_equal(circuit_check(&k.circuit[1], &f), ST_OK);
		int pa = random_numbers(&k, 64, n), pb = random_numbers(&k, 64, n);
		int a = lift(&k, pa, 1), b = lift(&k, pb, 1);
		int one = lift(&k, kit_number(&k, 64, 1), 1);
		int d = kit_slot(&k, DOM_B, 2, n, 0);
		kit_op(&k, OP_CIRC_B, d, a, b, one, add, 0, 0);
		int three = lift(&k, pa, 3), round = kit_slot(&k, DOM_B, 3, n, 0);
		kit_op(&k, OP_CIRC_B, round, three, -1, -1, turn, 0, 0);
		int r = kit_slot(&k, DOM_P, 64, n, 0), p = kit_slot(&k, DOM_P, 64, n, 0);
		kit_op(&k, OP_REVEAL_B, r, round, -1, -1, 1, 0, 0);
		KIT_ROUND(&k);
		KIT_ROUND(&k);
		kit_op(&k, OP_REVEAL_B, p, d, -1, -1, 1, 0, 0);
		KIT_ROUND(&k);
		run_clear(&t, &k);
		assert_int_equal(k.c.n_demand, n == 0 ? 0 : 3);
		if (n != 0) {
			assert_int_equal(k.c.demand[0].op, OP_CIRC_B);
			assert_int_equal(k.c.demand[0].n, n);
			assert_int_equal(k.c.demand[0].count, 1);
			assert_int_equal(k.c.demand[1].k, 2);
		}
		for (uint64_t e = 0; e < n; e++) {
			i128 x = vm_int(t.vm, (uint32_t)pa, e), y = vm_int(t.vm, (uint32_t)pb, e);
			assert_true(vm_int(t.vm, (uint32_t)p, e) == (x & 1) + (y & 1) + 1);
			assert_true(vm_int(t.vm, (uint32_t)r, e) ==
			    ((x & 1) << 2 | (x & 2) | (x >> 2 & 1)));
		}
		finish(&t, &k);
	}
}

/* A bit times a number, with one of either for all; a number's bits in parts, one a node. */
static void
test_products(void **state)
{
	(void)state;
	for (unsigned width = 64; width <= 128; width += 64) {
		struct kit_node t;
		struct kit k;
		kit_init(&k, 3);
		int x = random_numbers(&k, width, 70), pb = random_numbers(&k, 64, 70);
		int a = kit_slot(&k, DOM_A, width, 70, 0), d[3], p[3];
		KIT_OP(&k, LIFT, a, x);
		int bit = lift(&k, pb, 1), first = kit_slot(&k, DOM_A, width, 1, 0);
		KIT_OP(&k, LIFT, first, kit_number(&k, width, -5));
		int yes = lift(&k, kit_number(&k, 64, 3), 1);
		for (int i = 0; i < 3; i++)
			d[i] = kit_slot(&k, DOM_A, width, 70, 0);
		KIT_OP(&k, MULB_A, d[0], bit, a);
		KIT_OP(&k, MULB_A, d[1], bit, first);
		KIT_OP(&k, MULB_A, d[2], yes, a);
		KIT_ROUND(&k);
		for (int i = 0; i < 3; i++) {
			p[i] = kit_slot(&k, DOM_P, width, 70, 0);
			KIT_OP(&k, REVEAL, p[i], d[i]);
		}
		int parts = kit_slot(&k, DOM_B, 3 * 20, 70, 0), low;
		kit_op(&k, OP_SPLIT_B, parts, a, -1, -1, 20, 0, 0);
		low = reveal(&k, parts, 64, false);
		run_clear(&t, &k);
		for (uint64_t i = 0; i < 70; i++) {
			i128 on = vm_int(t.vm, (uint32_t)pb, i) & 1;
			i128 v = vm_int(t.vm, (uint32_t)x, i);
			assert_true(vm_int(t.vm, (uint32_t)p[0], i) == on * v);
			assert_true(vm_int(t.vm, (uint32_t)p[1], i) == on * -5);
			assert_true(vm_int(t.vm, (uint32_t)p[2], i) == v);
			assert_true(vm_int(t.vm, (uint32_t)low, i) == low_bits(v, 20, false));
		}
		finish(&t, &k);
	}
}

/* 6,400 random bits are neither all the same nor the same twice. */
static void
test_random(void **state)
{
	struct kit_node t;
	struct kit k;
	uint64_t ones = 0, same = 0;

	(void)state;
	kit_init(&k, 1);
	int b = kit_slot(&k, DOM_B, 64, 100, 0), c = kit_slot(&k, DOM_B, 64, 100, 0);
	KIT_OP(&k, RANDOM_B, b, KIT_NONE);
	KIT_OP(&k, RANDOM_B, c, KIT_NONE);
	b = reveal(&k, b, 64, false);
	c = reveal(&k, c, 64, false);
	run_clear(&t, &k);
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t x = (uint64_t)vm_int(t.vm, (uint32_t)b, i);
		ones += (uint64_t)__builtin_popcountll(x);
		same += x == (uint64_t)vm_int(t.vm, (uint32_t)c, i);
	}
	/* Each misses with probability below 2^-60. */
	assert_true(ones > 2800 && ones < 3600 && same == 0);
	finish(&t, &k);
}

/* Instructions on plain numbers take shares where shares are numbers, and nowhere else. */
static void
test_plain_shares(void **state)
{
	struct fault f = { .st = ST_OK };
	struct kit_node t;
	struct kit k;

	(void)state;
	kit_init(&k, 2);
	int x = random_numbers(&k, 64, 10), a = kit_slot(&k, DOM_A, 64, 10, 0);
	int m = kit_slot(&k, DOM_A, 64, 10, 0), p = kit_slot(&k, DOM_P, 64, 10, 0);
	int want = kit_slot(&k, DOM_P, 64, 10, 0), seven = kit_number(&k, 64, 7);
	KIT_OP(&k, LIFT, a, x);
	KIT_OP(&k, MIN_X, m, a, seven);
	KIT_OP(&k, MIN_X, want, x, seven);
	KIT_OP(&k, REVEAL, p, m);
	KIT_ROUND(&k);
	run_clear(&t, &k);
	same(&t, p, want);
	assert_int_equal(vm_check(&k.c, &protocol_additive, &f), ST_COMPILE);
	assert_non_null(strstr(f.message, "min.x"));
	finish(&t, &k);
}

/* Memory between rounds: each instruction has its own, which is there until it is done, and goes to
 * the next one after that. */
static void *seen[64];
static unsigned n_seen;

static uint64_t
wants(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return 5000 * x->n;
}

static enum status
use_scratch(struct proto *unused, const struct operands *x)
{
	(void)unused;
	assert_true((uintptr_t)x->scratch % 64 == 0 && n_seen < 64);
	if (x->n > 0)
		memset(x->scratch, 0xa5, 5000 * x->n);
	seen[n_seen++] = x->scratch;
	return ST_OK;
}

static void
test_scratch(void **state)
{
	static const struct proto_row row = { .run = use_scratch, .scratch = wants };
	struct protocol p = protocol_clear;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	p.row[OP_NUM_A] = p.row[OP_ADD_A] = &row;
	int b = lift(&k, random_numbers(&k, 64, 3), 8);
	int d = kit_slot(&k, DOM_A, 64, 3, 0), e = kit_slot(&k, DOM_A, 64, 3, 0);
	int none = kit_slot(&k, DOM_A, 64, 0, 0);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 0), kit_affine(&k, 9, 0), 0);
	KIT_OP(&k, NUM_A, d, b);
	KIT_OP(&k, NUM_A, e, b);
	KIT_ROUND(&k);
	KIT_OP(&k, ADD_A, d, d, e);
	kit_op(&k, OP_END, -1, -1, -1, -1, 1, 0, 0);
	KIT_OP(&k, ADD_A, none, none, none);
	for (uint64_t fail = 0;; fail++) {
		struct kit_node t = { .k = &k, .protocol = &p, .me = VM_ALL };
		n_seen = 0;
		mem_fail_at(fail);
		(void)kit_node_main(&t);
		bool reached = fail == 0 || mem_count() >= fail;
		mem_fail_at(0);
		if (fail > 0 && reached)
			assert_int_equal(t.st, ST_INTERNAL);
		else
			kit_ok(&t, 1);
		if (t.st == ST_OK) {
			assert_int_equal(n_seen, 28);
			assert_ptr_not_equal(seen[0], seen[1]);
			for (unsigned i = 2; i < 27; i++)
				assert_true(seen[i] == seen[0] || seen[i] == seen[1]);
			assert_null(seen[27]);
			assert_int_equal(vm_scratch_bytes(t.vm), 30000);
		}
		kit_node_fini(&t);
		if (!reached)
			break;
	}
	kit_fini(&k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_limbs),
		cmocka_unit_test(test_circuits),
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_plain_shares),
		cmocka_unit_test(test_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
