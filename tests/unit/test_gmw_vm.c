/* test_gmw_vm.c: programs on bits under protocol additive, with 2, 3 and 5 nodes, against clear;
 * and what they cost against what a meter counts. */
#include "additive_kit.h"
#include "gmw_kit.h"

#include "../../circuits/family.h"

static int
wires(struct kit *k, struct made *m, int a, uint32_t from, uint32_t width)
{
	int d = kit_slot(k, DOM_B, width, k->slot[a].n, 0);

	made_init(m, k->slot[a].width, 0, 0);
	made_linear(m);
	made_ands(m);
	for (uint32_t i = 0; i < width; i++)
		made_out(m, from + i);
	made_done(m);
	kit_op(k, OP_CIRC_B, d, a, KIT_NONE, KIT_NONE, kit_circuit(k, made_copy(m)), 0, 0);
	return d;
}

/* d = a + b; as many rounds as there are layers. */
static int
add_bits(struct kit *k, int64_t adder, int a, int b)
{
	int d = kit_slot(k, DOM_B, k->slot[a].width, k->slot[a].n, 0);

	kit_op(k, OP_CIRC_B, d, a, b, KIT_NONE, adder, 0, 0);
	for (uint32_t i = 0; i < k->circuit[adder].n_layers; i++)
		KIT_ROUND(k);
	return d;
}

/* Numbers to bits and back: a number's low bits, of all nodes' shares, added up. */
static void
convert(unsigned n, unsigned ring, unsigned bits, uint64_t len)
{
	struct made *m = made_new();
	int x, y, sum, parts, out[4];
	int64_t adder;
	struct kit k;

	two_inputs(&k, n, ring, len, &x, &y);
	made_adder(m, bits);
	adder = kit_circuit(&k, made_copy(m));
	parts = kit_slot(&k, DOM_B, bits * n, len, 0);
	kit_op(&k, OP_SPLIT_B, parts, y, KIT_NONE, KIT_NONE, bits, 0, 0);
	sum = wires(&k, m, parts, 0, bits);
	for (unsigned i = 1; i < n; i++)
		sum = add_bits(&k, adder, sum, wires(&k, m, parts, i * bits, bits));
	for (int i = 0; i < 2; i++) {
		int number = kit_slot(&k, DOM_A, ring, len, 0);

		out[i] = kit_slot(&k, DOM_P, ring, len, 0);
		kit_op(&k, OP_REVEAL_B, out[i], sum, KIT_NONE, KIT_NONE, 1, i, 0);
		kit_op(&k, OP_NUM_A, number, sum, KIT_NONE, KIT_NONE, i, 0, 0);
		KIT_ROUND(&k);
		out[2 + i] = reveal(&k, number);
	}
	KIT_ROUND(&k);
	compare(&k, out, NULL, 4);
	mem_free(m);
}

static void
test_convert(void **state)
{
	(void)state;
	draw(126, 11);
	convert(2, 64, 8, 1);
	convert(2, 64, 17, 65);
	convert(2, 128, 64, 130);
	convert(3, 64, 9, 63);
	convert(3, 128, 3, 1000);
	convert(5, 64, 4, 64);
}

/* Owners' bits and public ones through a circuit, in a loop; products with numbers. */
static void
looped(unsigned n, uint64_t len, int64_t trips)
{
	struct made *m = made_new();
	int64_t adder, zero, count;
	int x, y, bx, by, one, out[3], product, bit;
	uint64_t rows[N_NODE_MAX];
	struct kit k;

	kit_init(&k, n);
	for (unsigned i = 0; i < n; i++)
		rows[i] = len * (i + 1) / n - len * i / n;
	x = kit_input(&k, 0, 64, len, kit_owner(&k, 1), value_x);
	y = kit_input(&k, 1, 64, len, kit_rows(&k, rows, false), value_y);
	made_adder(m, 11);
	adder = kit_circuit(&k, made_copy(m));
	bx = kit_slot(&k, DOM_B, 11, len, 0);
	by = kit_slot(&k, DOM_B, 11, len, 0);
	one = kit_slot(&k, DOM_B, 11, 1, 0);
	kit_op(&k, OP_SHARE_B, bx, x, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(&k, OP_SHARE_B, by, y, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(&k, OP_LIFT_B, one, kit_number(&k, 64, 1), KIT_NONE, KIT_NONE, 1, 0, 0);
	zero = kit_affine(&k, 0, 0);
	count = kit_affine(&k, trips, 0);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, zero, count, 0);
	zero = k.c.n_code - 1;
	x = add_bits(&k, adder, bx, by);
	kit_op(&k, OP_CIRC_B, by, x, one, KIT_NONE, adder, 0, 0);
	for (uint32_t i = 0; i < k.circuit[adder].n_layers; i++)
		KIT_ROUND(&k);
	kit_op(&k, OP_END, -1, -1, -1, -1, zero, 0, 0);
	bit = wires(&k, m, by, 3, 1);
	y = share(&k, y, 64);
	product = kit_slot(&k, DOM_A, 64, len, 0);
	KIT_OP(&k, MULB_A, product, bit, y);
	KIT_ROUND(&k);
	out[0] = reveal(&k, product);
	out[1] = kit_slot(&k, DOM_P, 64, len, 0);
	kit_op(&k, OP_REVEAL_B, out[1], by, KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_ROUND(&k);
	compare(&k, out, NULL, 2);
	mem_free(m);
}

static void
test_looped(void **state)
{
	(void)state;
	draw(62, 12);
	looped(2, 1, 3);
	looped(2, 64, 1);
	looped(2, 20000, 2);
	looped(3, 65, 5);
	looped(5, 100, 2);
}

/* d = a circuit of the library of a and b, as many bits as it says; a round a layer. */
static int
apply(struct kit *k, struct circuit c, int a, int b)
{
	int d = kit_slot(k, DOM_B, c.n_out, k->slot[a].n, 0);
	unsigned layers = c.n_layers;

	kit_op(k, OP_CIRC_B, d, a, b, KIT_NONE, kit_circuit(k, c), 0, 0);
	while (layers-- > 0)
		KIT_ROUND(k);
	return d;
}

static int
parts_of(struct kit *k, enum family family, enum goal goal, int parts, unsigned bits, unsigned out)
{
	struct family_spec spec = { .family = family, .goal = goal, .out = (uint16_t)out,
		.imm = { k->c.n_parties, bits } };
	struct circuit c;

	spec.in[0].width = k->slot[parts].width;
	assert_int_equal(family_circuit(&c, &spec), ST_OK);
	return apply(k, c, parts, KIT_NONE);
}

/* Sign and zero test of differences, and the differences as bits, from arithmetic shares. */
static void
compared(unsigned n, unsigned ring, unsigned bits, uint64_t len, enum goal goal)
{
	int x, y, diff, parts, out[3];
	struct kit k;

	for (uint64_t i = 0; i < len; i += 3)
		value_y[i] = value_x[i];
	two_inputs(&k, n, ring, len, &x, &y);
	diff = kit_slot(&k, DOM_A, ring, len, 0);
	KIT_OP(&k, SUB_A, diff, x, y);
	parts = kit_slot(&k, DOM_B, bits * n, len, 0);
	kit_op(&k, OP_SPLIT_B, parts, diff, KIT_NONE, KIT_NONE, bits, 0, 0);
	out[0] = parts_of(&k, FAMILY_PARTS, goal, parts, bits, bits);
	out[1] = parts_of(&k, FAMILY_PARTS_NEG, goal, parts, bits, 1);
	out[2] = parts_of(&k, FAMILY_PARTS_ZERO, goal, parts, bits, 1);
	for (int i = 0; i < 3; i++) {
		int p = kit_slot(&k, DOM_P, 64, len, 0);

		kit_op(&k, OP_REVEAL_B, p, out[i], KIT_NONE, KIT_NONE, 1, i == 0, 0);
		out[i] = p;
	}
	KIT_ROUND(&k);
	compare(&k, out, NULL, 3);
}

static void
test_compared(void **state)
{
	(void)state;
	draw(19, 13);
	compared(2, 64, 20, 1, GOAL_SHALLOW);
	compared(2, 64, 64, 1000, GOAL_SHALLOW);
	compared(2, 128, 33, 65, GOAL_SMALL);
	compared(3, 64, 20, 100, GOAL_SHALLOW);
	compared(5, 64, 20, 64, GOAL_SHALLOW);
}

/* Circuits of many layers and of few, with products and openings beside them, more than fits into
 * one bundle; each is there when its rounds are over. */
static void
mixed(unsigned n, uint64_t len)
{
	struct made *m = made_new();
	int x, y, bits[2], low, d[3], a[3], out[7];
	int64_t deep, flat;
	struct kit k;

	two_inputs(&k, n, 64, len, &x, &y);
	made_adder(m, 6);
	deep = kit_circuit(&k, made_copy(m));
	made_any(m, (const uint32_t[]){ 20, 20, 0 }, 1, 30, 500, 9);
	flat = kit_circuit(&k, made_copy(m));
	for (int i = 0; i < 2; i++) {
		bits[i] = kit_slot(&k, DOM_B, i == 0 ? 6 : 20, len, 0);
		kit_op(&k, OP_SHARE_B, bits[i], kit_input(&k, (unsigned)i + 2, 64, len,
		    kit_owner(&k, (unsigned)i), value_x), KIT_NONE, KIT_NONE, 1, 0, 0);
		a[i] = kit_slot(&k, DOM_A, i == 0 ? 64 : 128, len, 0);
	}
	low = wires(&k, m, bits[1], 7, 1);
	a[2] = kit_slot(&k, DOM_A, 64, len, 0);
	d[0] = kit_slot(&k, DOM_B, 6, len, 0);
	d[1] = kit_slot(&k, DOM_B, 9, len, 0);
	d[2] = kit_slot(&k, DOM_B, 9, len, 0);
	for (int i = 0; i < 4; i++)
		out[i] = kit_slot(&k, DOM_P, 64, len, 0);
	kit_op(&k, OP_CIRC_B, d[0], bits[0], bits[0], KIT_NONE, deep, 0, 0);
	KIT_OP(&k, MUL_A, a[0], x, y);
	kit_op(&k, OP_CIRC_B, d[1], bits[1], bits[1], KIT_NONE, flat, 0, 0);
	kit_op(&k, OP_NUM_A, a[1], bits[1], KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_ROUND(&k);
	kit_op(&k, OP_REVEAL_B, out[0], d[1], KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_OP(&k, MULB_A, a[2], low, y);
	KIT_ROUND(&k);
	kit_op(&k, OP_CIRC_B, d[2], bits[1], bits[1], KIT_NONE, flat, 0, 0);
	for (int i = 2; i < 5; i++)
		KIT_ROUND(&k);
	kit_op(&k, OP_REVEAL_B, out[1], d[0], KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(&k, OP_REVEAL_B, out[2], d[2], KIT_NONE, KIT_NONE, 1, 1, 0);
	kit_op(&k, OP_REVEAL_B, out[3], low, KIT_NONE, KIT_NONE, 1, 0, 0);
	for (int i = 0; i < 3; i++)
		out[4 + i] = reveal(&k, a[i]);
	KIT_ROUND(&k);
	compare(&k, out, NULL, 7);
	mem_free(m);
}

static void
test_mixed(void **state)
{
	(void)state;
	draw(62, 15);
	mixed(2, 30000);
	mixed(3, 700);
}

/* One block of AES, and 70. */
static void
test_aes(void **state)
{
	static const uint64_t blocks[] = { 1, 70 };

	(void)state;
	draw(126, 14);
	for (int i = 0; i < 2; i++) {
		int bits[2], d, p;
		struct circuit c;
		struct kit k;
		bool found;

		kit_init(&k, 2);
		for (int j = 0; j < 2; j++) {
			int x = kit_input(&k, (unsigned)j, 128, blocks[i],
			    kit_owner(&k, (unsigned)j), j == 0 ? value_x : value_y);

			bits[j] = kit_slot(&k, DOM_B, 128, blocks[i], 0);
			kit_op(&k, OP_SHARE_B, bits[j], x, KIT_NONE, KIT_NONE, 1, 0, 0);
		}
		assert_int_equal(library_circuit(&c, "aes_128", GOAL_SHALLOW, &found), ST_OK);
		assert_true(found);
		d = apply(&k, c, bits[0], bits[1]);
		p = kit_slot(&k, DOM_P, 128, blocks[i], 0);
		kit_op(&k, OP_REVEAL_B, p, d, KIT_NONE, KIT_NONE, 1, 0, 0);
		KIT_ROUND(&k);
		compare(&k, &p, NULL, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_looped),
		cmocka_unit_test(test_compared),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_aes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
