/* test_rep_circ.c: programs on bits under protocol replicated against clear, and what they cost
 * against what a meter counts: every family of circuits, many pending at once, conversions and
 * products, loops. */
#include "gmw_kit.h"
#include "replicated_kit.h"

#include "../../circuits/family.h"

/* x and y as bits: x of the first party, y row by row. */
static void
two_bits(struct kit *k, unsigned wx, unsigned wy, uint64_t len, int *x, int *y)
{
	const uint64_t rows[3] = { len / 3, len * 2 / 3 - len / 3, len - len * 2 / 3 };
	const unsigned width[2] = { wx, wy };
	int *d[2] = { x, y };

	for (unsigned i = 0; i < 2; i++) {
		const uint32_t part = i == 0 || len < 3 ? kit_owner(k, i) : kit_rows(k, rows, false);
		const int a = kit_input(k, 4 + i, 64, len, part, i == 0 ? value_x : value_y);

		*d[i] = kit_slot(k, DOM_B, width[i], len, 0);
		kit_op(k, OP_SHARE_B, *d[i], a, KIT_NONE, KIT_NONE, 1, 0, 0);
	}
}

static int
reveal_bits(struct kit *k, int a, bool is_signed)
{
	int d = kit_slot(k, DOM_P, 64, k->slot[a].n, 0);

	kit_op(k, OP_REVEAL_B, d, a, KIT_NONE, KIT_NONE, 1, is_signed, 0);
	return d;
}

static bool
of_parts(enum family f)
{
	return f == FAMILY_PARTS || f == FAMILY_PARTS_NEG || f == FAMILY_PARTS_ZERO ||
	    f == FAMILY_XOR_ALL;
}

static struct family_spec
spec_of(enum family f, unsigned a, unsigned b, bool is_signed)
{
	const unsigned n = family_table[f].n_inputs;
	struct family_spec s = { .family = f, .out = (uint16_t)(a + 1) };

	s.in[0].width = (uint16_t)(f == FAMILY_MUX ? 1 : a);
	s.in[1].width = (uint16_t)(n < 2 ? 0 : f == FAMILY_SORT2 ? a : b);
	s.in[2].width = (uint16_t)(n < 3 ? 0 : b);
	for (unsigned j = 0; j < n; j++)
		s.in[j].is_signed = is_signed;
	if (f == FAMILY_MUL || f == FAMILY_PAIR || f == FAMILY_SORT2)
		s.out = (uint16_t)(2 * a);
	s.imm[0] = f == FAMILY_NORM ? a : f == FAMILY_ONEHOT ? 37 : of_parts(f) ? 2 : 4;
	s.imm[1] = a / 2;
	return s;
}

/* d = low `width` bits of a. */
static int
low_bits(struct kit *k, struct made *m, int a, uint32_t width)
{
	int d = kit_slot(k, DOM_B, width, k->slot[a].n, 0);

	made_init(m, k->slot[a].width, 0, 0);
	made_linear(m);
	made_ands(m);
	for (uint32_t i = 0; i < width; i++)
		made_out(m, i);
	made_done(m);
	kit_op(k, OP_CIRC_B, d, a, KIT_NONE, KIT_NONE, kit_circuit(k, made_copy(m)), 0, 0);
	return d;
}

/* A family in both versions, which are pending together; operand b has one element or as many. */
static void
family(enum family f, unsigned a, unsigned b, uint64_t len, bool one)
{
	struct made *m = made_new();
	int x, y, z, in[3], d[2], out[2];
	unsigned rounds = 0;
	struct kit k;

	replicated_init(&k);
	two_bits(&k, a, a > b ? a : b, len, &x, &y);
	z = kit_slot(&k, DOM_B, a > b ? a : b, 1, 0);
	kit_op(&k, OP_LIFT_B, z, kit_number(&k, 64, 0x123456789), KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_ROUND(&k);
	for (int i = 0; i < 2; i++) {
		struct family_spec s = spec_of(f, a, b, (a + b) % 2 == 0);
		struct circuit c;

		s.goal = i == 0 ? GOAL_SMALL : GOAL_SHALLOW;
		assert_int_equal(family_circuit(&c, &s), ST_OK);
		in[0] = low_bits(&k, m, x, s.in[0].width);
		in[1] = s.in[1].width == 0 ? KIT_NONE :
		    low_bits(&k, m, one ? z : y, s.in[1].width);
		in[2] = s.in[2].width == 0 ? KIT_NONE : low_bits(&k, m, y, s.in[2].width);
		d[i] = kit_slot(&k, DOM_B, c.n_out, len, 0);
		rounds = c.n_layers > rounds ? c.n_layers : rounds;
		kit_op(&k, OP_CIRC_B, d[i], in[0], in[1], in[2], kit_circuit(&k, c), 0, 0);
	}
	while (rounds-- > 0)
		KIT_ROUND(&k);
	for (int i = 0; i < 2; i++)
		out[i] = reveal_bits(&k, d[i], i == 0);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, 2);
	mem_free(m);
}

static void
test_families(void **state)
{
	static const uint64_t len[] = { 1, 63, 64, 65, 1000 };

	(void)state;
	draw(62, 31);
	for (int f = 0; f < N_FAMILY; f++) {
		family((enum family)f, 8, 8, len[f % 5], false);
		family((enum family)f, 10, 7, len[(f + 2) % 5], f % 2 == 0);
	}
	family(FAMILY_LT, 64, 64, 5000, false);
	family(FAMILY_MUL, 32, 32, 65, false);
	family(FAMILY_PARTS_NEG, 60, 60, 1000, false);
	family(FAMILY_MUX, 8, 32, 5000, true);
	family(FAMILY_ADD, 32, 32, 0, false);
}

/* Numbers to bits of two summands, added up, and back; and a bit times a number. */
static void
convert(unsigned ring, unsigned bits, uint64_t len)
{
	struct family_spec s = { .family = FAMILY_PARTS, .goal = GOAL_SHALLOW, .out = (uint16_t)bits,
		.in = { { (uint16_t)(2 * bits), true } }, .imm = { 2, bits } };
	struct made *m = made_new();
	int x, y, parts, sum, number, product, out[4];
	struct circuit c;
	struct kit k;

	three_inputs(&k, ring, len, &x, &y);
	parts = kit_slot(&k, DOM_B, 2 * bits, len, 0);
	sum = kit_slot(&k, DOM_B, bits, len, 0);
	number = kit_slot(&k, DOM_A, ring, len, 0);
	product = kit_slot(&k, DOM_A, ring, len, 0);
	kit_op(&k, OP_SPLIT_B, parts, x, KIT_NONE, KIT_NONE, bits, 0, 0);
	KIT_ROUND(&k);
	assert_int_equal(family_circuit(&c, &s), ST_OK);
	kit_op(&k, OP_CIRC_B, sum, parts, KIT_NONE, KIT_NONE, kit_circuit(&k, c), 0, 0);
	for (uint32_t i = 0; i < c.n_layers; i++)
		KIT_ROUND(&k);
	kit_op(&k, OP_NUM_A, number, sum, KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_OP(&k, MULB_A, product, low_bits(&k, m, sum, 1), y);
	out[0] = kit_slot(&k, DOM_P, ring, len, 0);
	out[1] = kit_slot(&k, DOM_O, ring, len, 7);
	kit_op(&k, OP_REVEAL_B, out[0], sum, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(&k, OP_OPEN_B, out[1], sum, KIT_NONE, KIT_NONE, 1, 1, 0);
	KIT_ROUND(&k);
	out[2] = reveal(&k, number);
	KIT_ROUND(&k);
	out[3] = reveal(&k, product);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, 4);
	mem_free(m);
}

static void
test_convert(void **state)
{
	(void)state;
	draw(62, 32);
	convert(64, 1, 1);
	convert(64, 64, 63);
	convert(64, 20, 65);
	convert(128, 64, 600);
	convert(128, 33, 5000);
	convert(64, 64, 1000);
	convert(64, 7, 0);
}

/* More than fits into one bundle, of circuits of different depth, beside openings and products. */
static void
test_pending(void **state)
{
	const uint64_t len = 30000;
	struct made *m = made_new();
	int x, y, ax, ay, d[6], product, out[7];
	struct kit k;

	(void)state;
	draw(62, 33);
	three_inputs(&k, 64, len, &ax, &ay);
	two_bits(&k, 20, 20, len, &x, &y);
	KIT_ROUND(&k);
	for (uint32_t i = 0; i < 6; i++) {
		made_any(m, (const uint32_t[]){ 20, 20, 0 }, i, 30, 200 * i + 1, 9);
		d[i] = kit_slot(&k, DOM_B, 9, len, 0);
		kit_op(&k, OP_CIRC_B, d[i], x, y, KIT_NONE, kit_circuit(&k, made_copy(m)), 0, 0);
	}
	product = kit_slot(&k, DOM_A, 64, len, 0);
	KIT_OP(&k, MUL_A, product, ax, ay);
	out[6] = reveal_bits(&k, x, true);
	for (uint32_t i = 0; i < 6; i++) {
		out[i] = reveal_bits(&k, d[i], false);
		KIT_ROUND(&k);
	}
	compare_replicated(&k, out, NULL, 7);
	mem_free(m);
}

/* Additions in a loop, with a public one; addresses of masks differ from trip to trip. */
static void
test_loop(void **state)
{
	const uint64_t len = 130;
	int x, y, one, out[2];
	struct made *m = made_new();
	int64_t adder, from, until;
	uint32_t loop;
	struct kit k;

	(void)state;
	draw(62, 34);
	replicated_init(&k);
	two_bits(&k, 11, 11, len, &x, &y);
	one = kit_slot(&k, DOM_B, 11, 1, 0);
	kit_op(&k, OP_LIFT_B, one, kit_number(&k, 64, 1), KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_ROUND(&k);
	made_adder(m, 11);
	adder = kit_circuit(&k, made_copy(m));
	from = kit_affine(&k, 0, 0);
	until = kit_affine(&k, 5, 0);
	loop = k.c.n_code;
	kit_op(&k, OP_LOOP, KIT_NONE, KIT_NONE, KIT_NONE, KIT_NONE, from, until, 0);
	for (int i = 0; i < 2; i++) {
		int d = kit_slot(&k, DOM_B, 11, len, 0);

		kit_op(&k, OP_CIRC_B, d, i == 0 ? x : y, i == 0 ? y : one, KIT_NONE, adder, 0, 0);
		for (uint32_t j = 0; j < k.circuit[adder].n_layers; j++)
			KIT_ROUND(&k);
		made_init(m, 11, 0, 0);
		made_linear(m);
		made_ands(m);
		for (uint32_t j = 0; j < 11; j++)
			made_out(m, j);
		made_done(m);
		kit_op(&k, OP_CIRC_B, i == 0 ? x : y, d, KIT_NONE, KIT_NONE,
		    kit_circuit(&k, made_copy(m)), 0, 0);
	}
	kit_op(&k, OP_END, KIT_NONE, KIT_NONE, KIT_NONE, KIT_NONE, loop, 0, 0);
	out[0] = reveal_bits(&k, x, false);
	out[1] = reveal_bits(&k, y, true);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, 2);
	mem_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_convert),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
