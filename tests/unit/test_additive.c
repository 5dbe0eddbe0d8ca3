/* test_additive.c: protocol additive against clear, with 2, 3, 5 and 16 nodes as threads: every
 * instruction, both rings, extreme values, lengths around every boundary; and what it costs against
 * what a meter counts.  What others get to see: test_additive_view.c. */
#include "additive_kit.h"

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

/* What 2^f divides, 0 among it, is divided exactly; small shifts would show a unit more. */
static void
whole_quotients(unsigned n, unsigned width, uint64_t len)
{
	static const int shift[] = { 1, 2, 4, 20 };
	int x, y, out[4];
	struct kit k;

	two_inputs(&k, n, width, len, &x, &y);
	for (int i = 0; i < 4; i++) {
		out[i] = kit_slot(&k, DOM_A, width, len, 0);
		kit_op(&k, OP_TRUNC_A, out[i], i & 1 ? x : y, KIT_NONE, KIT_NONE, shift[i], 0, 0);
	}
	KIT_ROUND(&k);
	for (int i = 0; i < 4; i++)
		out[i] = reveal(&k, out[i]);
	KIT_ROUND(&k);
	compare(&k, out, NULL, 4);
}

static void
test_trunc_whole(void **state)
{
	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		draw(w - 23, 4);
		for (size_t i = 0; i < LEN_MAX; i++) {
			value_x[i] = i % 9 == 0 ? 0 : value_x[i] * ((i128)1 << 20);
			value_y[i] *= (i128)1 << 20;
		}
		whole_quotients(2, w, 1000);
		whole_quotients(3, w, 100);
	}
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

/* Every kind of exchange in one round, in both rings, more than fits into one bundle; matrix
 * triples are made while nothing else is under way. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_mul),
		cmocka_unit_test(test_trunc),
		cmocka_unit_test(test_trunc_whole),
		cmocka_unit_test(test_matmul),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_sixteen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
