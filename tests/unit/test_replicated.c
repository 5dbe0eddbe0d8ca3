/* test_replicated.c: the arithmetic of protocol replicated against clear: every instruction, both
 * rings, extreme values, lengths around every boundary; and what it costs against what a meter
 * counts.  What nodes get to see, and what is noticed: test_replicated_view.c. */
#include "replicated_kit.h"

#include "../../protocols/rep_turn.h"

static i128 value_small[LEN_MAX];
static const uint64_t lengths[] = { 1, 63, 64, 65, 1000, 1600 };

#define EACH_CASE(fn) \
	for (unsigned w_ = 64; w_ <= 128; w_ += 64) \
		for (size_t l_ = 0; l_ < sizeof lengths / sizeof lengths[0]; l_++) \
			fn(w_, lengths[l_])

static void
linear(unsigned width, uint64_t len)
{
	struct kit k;
	int x, y, out[16], i = 0, p, one, two;

	three_inputs(&k, width, len, &x, &y);
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
	LINEAR(ADDP_A, y, one, 0, len);
	LINEAR(MULP_A, x, one, 0, len);
	LINEAR(MULP_A, two, p, 0, len);
	LINEAR(LIFT, p, KIT_NONE, 0, len);
	LINEAR(LIFT, one, KIT_NONE, 0, len);
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
	compare_replicated(&k, out, NULL, (unsigned)i);
}

static void
test_linear(void **state)
{
	(void)state;
	draw(126, 1);
	EACH_CASE(linear);
}

/* In place: d is an operand. */
static void
test_in_place(void **state)
{
	struct kit k;
	int x, y, out[2];

	(void)state;
	draw(126, 31);
	for (unsigned w = 64; w <= 128; w += 64) {
		three_inputs(&k, w, 65, &x, &y);
		KIT_OP(&k, ADD_A, x, x, y);
		KIT_OP(&k, SUB_A, y, x, y);
		KIT_OP(&k, NEG_A, x, x);
		KIT_OP(&k, ADDP_A, x, x, kit_number(&k, w, 5));
		out[0] = reveal(&k, x);
		out[1] = reveal(&k, y);
		KIT_ROUND(&k);
		compare_replicated(&k, out, NULL, 2);
	}
}

/* Inputs of each owner and of all, one element for many, and into the wider ring. */
static void
shares(unsigned width, uint64_t len)
{
	struct kit k;
	int out[8], i = 0, one;

	replicated_init(&k);
	for (unsigned owner = 0; owner < 3; owner++)
		out[i++] = share(&k, kit_input(&k, owner, width, len, kit_owner(&k, owner), value_x),
		    width);
	one = kit_input(&k, 3, width, 1, kit_owner(&k, 2), value_y);
	out[i] = kit_slot(&k, DOM_A, width, len, 0);
	KIT_OP(&k, SHARE, out[i++], one);
	out[i++] = share(&k, kit_input(&k, 4, 64, len, kit_owner(&k, 1), value_small), 128);
	KIT_ROUND(&k);
	for (int j = 0; j < i; j++)
		out[j] = reveal(&k, out[j]);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, (unsigned)i);
}

static void
test_share(void **state)
{
	uint64_t seed = 77;

	(void)state;
	draw(126, 32);
	for (size_t i = 0; i < LEN_MAX; i++)
		value_small[i] = kit_value(&seed, 62);
	EACH_CASE(shares);
}

/* Products with both operands full, and (count > 1) with one or both of one element. */
static void
product_kinds(unsigned width, uint64_t len, int count)
{
	struct kit k;
	int x, y, one, out[4], i;

	three_inputs(&k, width, len, &x, &y);
	one = kit_window(&k, y, 1, 0, 0);
	for (i = 0; i < count; i++) {
		out[i] = kit_slot(&k, DOM_A, width, len, 0);
		KIT_OP(&k, MUL_A, out[i], i & 1 ? one : x, i & 2 ? one : y);
	}
	KIT_ROUND(&k);
	for (i = 0; i < count; i++)
		out[i] = reveal(&k, out[i]);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, (unsigned)count);
}

static void
products(unsigned width, uint64_t len)
{
	product_kinds(width, len, 4);
}

static void
test_mul(void **state)
{
	(void)state;
	draw(126, 2);
	EACH_CASE(products);
	product_kinds(64, 100000, 1);
	product_kinds(128, 100000, 1);
}

enum { N_SHIFT = 10 };
static const int shift[N_SHIFT] = { 1, 2, 7, 8, 16, 33, 56, 61, 62, 64 };

static void
truncations(unsigned width, uint64_t len)
{
	int x, y, one, out[N_SHIFT + 1], slack[N_SHIFT + 1];
	struct kit k;

	three_inputs(&k, width, len, &x, &y);
	one = kit_window(&k, y, 1, 0, 0);
	for (int i = 0; i <= N_SHIFT; i++) {
		out[i] = kit_slot(&k, DOM_A, width, len, 0);
		kit_op(&k, OP_TRUNC_A, out[i], i == N_SHIFT ? one : i & 1 ? x : y, KIT_NONE, KIT_NONE,
		    i == N_SHIFT ? 20 : shift[i], 0, 0);
		slack[i] = 1;
	}
	KIT_ROUND(&k);
	for (int i = 0; i <= N_SHIFT; i++)
		out[i] = reveal(&k, out[i]);
	KIT_ROUND(&k);
	compare_replicated(&k, out, slack, N_SHIFT + 1);
}

static void
test_trunc(void **state)
{
	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		draw(w - 2, 3);
		for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++)
			truncations(w, lengths[l]);
		truncations(w, 9000);
	}
}

/* What lies right beside the edges, of the range and of multiples of 2^f. */
static void
test_trunc_edges(void **state)
{
	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		const i128 end = ((i128)1 << (w - 2)) - 1;
		for (size_t i = 0; i < LEN_MAX; i++) {
			const i128 step = (i128)1 << (i % (w - 3)), off = (i128)(i / 7 % 5) - 2;
			i128 v = i % 3 == 0 ? end - (i128)(i % 5) : i % 3 == 1 ? step + off : off;
			v = v > end ? end : v < -end ? -end : v;
			value_x[i] = i % 2 == 0 ? v : -v;
			value_y[i] = -value_x[i];
		}
		truncations(w, 5000);
	}
}

/* What 2^f divides, 0 among it, is divided exactly; small shifts would show a unit more. */
static void
test_trunc_whole(void **state)
{
	int x, y, out[4];
	struct kit k;

	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		draw(w - 11, 5);
		for (size_t i = 0; i < LEN_MAX; i++) {
			value_x[i] = i % 9 == 0 ? 0 : value_x[i] * ((i128)1 << 8);
			value_y[i] *= (i128)1 << 8;
		}
		three_inputs(&k, w, 5000, &x, &y);
		for (int i = 0; i < 4; i++) {
			out[i] = kit_slot(&k, DOM_A, w, 5000, 0);
			kit_op(&k, OP_TRUNC_A, out[i], i & 1 ? x : y, KIT_NONE, KIT_NONE, shift[i],
			    0, 0);
		}
		KIT_ROUND(&k);
		for (int i = 0; i < 4; i++)
			out[i] = reveal(&k, out[i]);
		KIT_ROUND(&k);
		compare_replicated(&k, out, NULL, 4);
	}
}

static void
matrices(unsigned width, uint64_t m, uint64_t inner, uint64_t cols)
{
	int a, b, d, out;
	struct kit k;

	replicated_init(&k);
	a = share(&k, kit_input(&k, 0, width, m * inner, kit_owner(&k, 2), value_x), width);
	b = share(&k, kit_input(&k, 1, width, inner * cols, kit_owner(&k, 0), value_y), width);
	KIT_ROUND(&k);
	d = kit_slot(&k, DOM_A, width, m * cols, 0);
	kit_op(&k, OP_MATMUL_A, d, a, b, KIT_NONE, (int64_t)m, (int64_t)inner, (int64_t)cols);
	KIT_ROUND(&k);
	out = reveal(&k, d);
	KIT_ROUND(&k);
	compare_replicated(&k, &out, NULL, 1);
}

static void
test_matmul(void **state)
{
	(void)state;
	draw(126, 11);
	for (unsigned w = 64; w <= 128; w += 64) {
		matrices(w, 1, 1, 1);
		matrices(w, 3, 5, 7);
		matrices(w, 7, 5, 3);
		matrices(w, 1, 100000, 1);
		matrices(w, 100, 1000, 1);
		matrices(w, 1, 1000, 100);
		matrices(w, 17, 1, 19);
		matrices(w, 3, 0, 2);
		matrices(w, 0, 4, 2);
		matrices(w, 4, 2, 0);
		matrices(w, 70, 33, 65);
	}
	/* More than goes into a bundle, in whole rows and in parts of rows. */
	matrices(64, 600, 3, 500);
	matrices(64, 500, 2, 600);
	matrices(64, 3, 1, 99999);
	matrices(128, 3, 2, 50000);
	matrices(64, 50000, 2, 3);
}

/* Rings of both widths: 64 into 128 and back, in one program; inputs with zero rows. */
static void
test_rings(void **state)
{
	static const uint64_t rows[3] = { 0, 7, 0 };
	struct kit k;
	int in, wide, small, narrow, sum, out[2];

	(void)state;
	draw(62, 12);
	replicated_init(&k);
	in = kit_input(&k, 0, 64, 7, kit_rows(&k, rows, false), value_x);
	wide = share(&k, in, 128);
	small = share(&k, in, 64);
	KIT_ROUND(&k);
	narrow = kit_slot(&k, DOM_A, 64, 7, 0);
	KIT_OP(&k, NARROW, narrow, wide);
	sum = kit_slot(&k, DOM_A, 64, 7, 0);
	KIT_OP(&k, ADD_A, sum, narrow, small);
	out[0] = reveal(&k, sum);
	out[1] = reveal(&k, wide);
	KIT_ROUND(&k);
	compare_replicated(&k, out, NULL, 2);
}

/* Nothing at all, of everything. */
static void
test_nothing(void **state)
{
	struct kit k;
	int x, d, o;

	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		replicated_init(&k);
		x = share(&k, kit_input(&k, 0, w, 0, kit_owner(&k, 0), value_x), w);
		KIT_ROUND(&k);
		d = kit_slot(&k, DOM_A, w, 0, 0);
		KIT_OP(&k, ADD_A, d, x, x);
		KIT_OP(&k, LIFT, kit_slot(&k, DOM_A, w, 0, 0), kit_slot(&k, DOM_P, w, 0, 0));
		KIT_OP(&k, ADDP_A, kit_slot(&k, DOM_A, w, 0, 0), x, kit_number(&k, w, 3));
		kit_op(&k, OP_SUM_A, kit_slot(&k, DOM_A, w, 2, 0), x, -1, -1, 2, 0, 1);
		KIT_OP(&k, MUL_A, kit_slot(&k, DOM_A, w, 0, 0), x, x);
		kit_op(&k, OP_TRUNC_A, kit_slot(&k, DOM_A, w, 0, 0), x, -1, -1, 8, 0, 0);
		o = reveal(&k, d);
		KIT_ROUND(&k);
		compare_replicated(&k, &o, NULL, 1);
	}
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
	three_inputs(&k, 64, len * trips, &x, &y);
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
	KIT_ROUND(&k);
	KIT_OP(&k, ADD_A, acc, acc, t);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	out[0] = reveal(&k, acc);
	out[1] = reveal(&k, y);
	KIT_ROUND(&k);
	compare_replicated(&k, out, slack, 2);
}

/* Every kind of exchange in one round, in both rings, more than fits into one bundle, so that
 * ranges begin and end inside turns of truncations and rows of matrices. */
static void
test_mixed(void **state)
{
	const uint64_t len = 60000;
	int x, y, wx, wy, a[5], out[7], slack[7] = { 0, 0, 1, 1, 0, 0, 0 };
	struct kit k;

	(void)state;
	draw(61, 21);
	three_inputs(&k, 64, len, &x, &y);
	wx = share(&k, kit_input(&k, 2, 128, 30000, kit_owner(&k, 1), value_x), 128);
	wy = share(&k, kit_input(&k, 3, 128, 30000, kit_owner(&k, 0), value_y), 128);
	KIT_ROUND(&k);
	for (int i = 0; i < 4; i++)
		a[i] = kit_slot(&k, DOM_A, i % 2 ? 128 : 64, i % 2 ? 30000 : len, 0);
	KIT_OP(&k, MUL_A, a[0], x, y);
	KIT_OP(&k, MUL_A, a[1], wx, wy);
	a[4] = kit_slot(&k, DOM_A, 64, 200 * 150, 0);
	kit_op(&k, OP_MATMUL_A, a[4], kit_window(&k, x, 200 * 14, 0, 0),
	    kit_window(&k, y, 14 * 150, 7, 0), -1, 200, 14, 150);
	out[5] = kit_slot(&k, DOM_O, 64, len, 7);
	KIT_OP(&k, OPEN, out[5], y);
	kit_op(&k, OP_TRUNC_A, a[2], x, -1, -1, 20, 0, 0);
	out[6] = reveal(&k, wx);
	kit_op(&k, OP_TRUNC_A, a[3], wy, -1, -1, 64, 0, 0);
	KIT_ROUND(&k);
	for (int i = 0; i < 5; i++)
		out[i] = reveal(&k, a[i]);
	KIT_ROUND(&k);
	compare_replicated(&k, out, slack, 7);
}

/* Turns go round, and are counted as they are taken. */
static void
test_turns(void **state)
{
	static const uint64_t end[] = { 0, 1, 64, 511, 512, 513, 1024, 1536, 1600, 3000, 4608, 10000 };

	(void)state;
	for (size_t a = 0; a < sizeof end / sizeof *end; a++)
		for (size_t b = a; b < sizeof end / sizeof *end; b++) {
			uint64_t count[REP_NODES] = { 0 };
			for (uint64_t i = end[a]; i < end[b]; i++)
				count[rep_sender(i)]++;
			for (unsigned s = 0; s < REP_NODES; s++)
				assert_int_equal(rep_turns(s, end[a], end[b]), count[s]);
			for (uint64_t i = end[a]; i < end[b]; i += rep_turn(i, end[b]))
				assert_int_equal(rep_sender(i),
				    rep_sender(i + rep_turn(i, end[b]) - 1));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linear),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_share),
		cmocka_unit_test(test_mul),
		cmocka_unit_test(test_trunc),
		cmocka_unit_test(test_trunc_edges),
		cmocka_unit_test(test_trunc_whole),
		cmocka_unit_test(test_matmul),
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_loop),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
