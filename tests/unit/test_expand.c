/* test_expand.c: what is made of others computes the same, by the definition of the IR. */
#include "expand_kit.h"

static void
extremes(struct compile *c, void *arg)
{
	(void)arg;
	for (int t = 0; t < N_LENGTHS * N_DRAW * 6; t++) {
		uint64_t n = lengths[t % N_LENGTHS], dims[3] = { 2, 3, 4 };
		struct bench b = bench_new(c, (uint64_t)t + 1);
		unsigned axis = (unsigned)(t / N_LENGTHS % 3);
		dims[axis] = n;
		ir_id x = input(&b, (enum draw)(t / N_LENGTHS / 3 % N_DRAW), 3, dims, -100, 77, 3);
		output(&b, ir_reduce(b.ir, IR_MINR, x, axis, nowhere));
		output(&b, ir_reduce(b.ir, IR_MAXR, x, axis, nowhere));
		compare(&b, targets[t % 2]);
		assert_int_equal(count(&b, IR_MINR) + count(&b, IR_MAXR), 0);
	}
}

static void
test_extremes(void **s)
{
	(void)s;
	run(extremes);
}

/* Sorted, what else is in that order, and the order: of one network. */
static void
sort_all(struct compile *c, uint64_t t, unsigned axis, uint64_t n)
{
	struct bench b = bench_new(c, t + 1);
	uint64_t dims[3] = { 2, 1, 3 };
	enum draw draw = (enum draw)(t % N_DRAW);

	dims[axis] = n;
	ir_id key = input(&b, draw, 3, dims, -5, 200, 2), other = input(&b, DRAW_ANY, 3, dims, 0, 1, 0);
	ir_id order = ir_order(b.ir, key, axis, nowhere);
	output(&b, ir_take(b.ir, key, order, axis, nowhere));
	if (t % 3 > 0)
		output(&b, ir_take(b.ir, other, order, axis, nowhere));
	if (t % 3 > 1)
		output(&b, order);
	compare(&b, targets[t / 7 % 3]);
	assert_true(n == 0 || count(&b, IR_ORDER) + count(&b, IR_TAKE) == 0);
}

static void
sorts(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < N_LENGTHS * N_DRAW * 9; t++)
		sort_all(c, t, (unsigned)(t / N_LENGTHS % 3), lengths[t % N_LENGTHS]);
	sort_all(c, 5, 0, 0);
}

/* What is put in must come out in some order, every time another. */
static void
check_permutation(const struct ir_eval *e, mpz_t *from, ir_id to, ir_id index)
{
	uint64_t n = e->ir->value[to].dims[0], row = n == 0 ? 0 : e->ir->value[to].n / n;
	bool *seen = compile_alloc(e->ir->compile, n + 1);

	for (uint64_t i = 0; i < n; i++) {
		uint64_t k = mpz_get_ui(e->x[index][i]);
		assert_true(k < n && !seen[k]);
		seen[k] = true;
		for (uint64_t j = 0; j < row; j++)
			assert_int_equal(mpz_cmp(e->x[to][i * row + j], from[k * row + j]), 0);
	}
}

/* Rows of many columns, by an order, a shuffle and a permutation. */
static void
sort_rows(struct compile *c, uint64_t t, uint64_t n, uint64_t columns, const struct target *target)
{
	struct bench b = bench_new(c, t + 1);
	uint64_t dims[2] = { n, columns };
	ir_id key = input(&b, DRAW_TIES, 1, dims, -3, 90, 0), x = input(&b, DRAW_ANY, 2, dims, -1, 40, 5);
	ir_id order = ir_order(b.ir, key, 0, nowhere);
	ir_id inverse = ir_order(b.ir, order, 0, nowhere);
	ir_id random = ir_shuffle(b.ir, n, nowhere);
	ir_id some = ir_take(b.ir, order, inverse, 0, nowhere);
	ir_id mixed = ir_take(b.ir, x, random, 0, nowhere);
	ir_id later = ir_take(b.ir, ir_unary(b.ir, IR_NEG, x, 0, nowhere), random, 0, nowhere);

	output(&b, ir_take(b.ir, x, order, 0, nowhere));
	output(&b, ir_take(b.ir, x, inverse, 0, nowhere));
	output(&b, ir_take(b.ir, x, some, 0, nowhere));
	output(&b, ir_take(b.ir, key, ir_order(b.ir, key, 0, nowhere), 0, nowhere));
	output(&b, ir_binary(b.ir, IR_ADD, mixed, later, 0, nowhere));  /* all 0 */
	b.n_same = b.n_out;
	output(&b, mixed);
	output(&b, random);
	compare(&b, target);
	struct ir_eval e = evaluated(&b);
	check_permutation(&e, b.in[1], b.part[5].value, b.part[6].value);
}

static void
rows(struct compile *c, void *arg)
{
	static const uint64_t columns[] = { 1, 2, 3, 7, 12, 40, 700 };

	(void)arg;
	for (uint64_t t = 0; t < 7 * 5; t++)
		sort_rows(c, t, lengths[t % 5], columns[t % 7], targets[t % 3]);
}

static void
test_rows(void **s)
{
	(void)s;
	run(rows);
}

/* The code does not grow with the array but with the square of its logarithm, or not at all. */
static void
large(struct compile *c, const struct target *target, uint32_t most)
{
	struct bench b = bench_new(c, 1);
	uint64_t n = 100000;
	ir_id x = ir_add(b.ir, IR_INPUT, 0, NULL, nowhere);

	ir_shape(b.ir, x, 1, &n);
	b.ir->value[x].open = SECRET;
	mpz_set_ui(b.ir->value[x].hi, 1000000);
	output(&b, ir_take(b.ir, x, ir_order(b.ir, x, 0, nowhere), 0, nowhere));
	expand(&b, target);
	assert_in_range(b.ir->top->n, 1, most);
	assert_in_range(count(&b, IR_SORT2), target->has_sort ? 0 : 17 * 18 / 2,
	    target->has_sort ? 0 : 17 * 18);
	assert_int_equal(count(&b, IR_SORTB), target->has_sort);
}

static void
larges(struct compile *c, void *arg)
{
	(void)arg;
	large(c, &shares, 2500);
	large(c, &sorting, 10);
}

static void
test_large(void **s)
{
	(void)s;
	run(larges);
}

static void
test_sorts(void **s)
{
	(void)s;
	run(sorts);
}

static ir_id
bits_of(struct bench *b, ir_id x, unsigned bits)
{
	return ir_bits(b->ir, IR_TOBITS, 1, &x, bits, bits, nowhere);
}

/* Numbers, bools and bits, by one index and by many, of which some are none. */
static void
pick_all(struct compile *c, uint64_t t, uint64_t n, uint64_t k, int64_t lo, int64_t hi,
    const struct target *target)
{
	struct bench b = bench_new(c, t + 1);
	uint64_t dims[3] = { n, 2, t % 2 + 1 };
	ir_id x = input(&b, DRAW_ANY, 3, dims, -300, (int64_t)(t % 7) * 100 - 200, 4);
	ir_id truth = input(&b, DRAW_ANY, 1, dims, 0, 1, 0);
	ir_id at = input(&b, DRAW_ANY, 1, &k, lo, hi, 0), one = input(&b, DRAW_ANY, 0, NULL, lo, hi, 0);
	ir_id number = input(&b, DRAW_ANY, 1, dims, 0, 250, 0), bits = bits_of(&b, number, 8);

	if (lo < 0 || hi >= (int64_t)n)          /* then there is a 0, too */
		x = input(&b, DRAW_ANY, 3, dims, -300, 5, 4);
	output(&b, ir_pick(b.ir, x, at, nowhere));
	output(&b, ir_pick(b.ir, x, one, nowhere));
	output(&b, ir_pick(b.ir, truth, at, nowhere));
	output(&b, ir_pick(b.ir, bits, at, nowhere));
	compare(&b, target);
	assert_int_equal(count(&b, IR_PICK), 0);
}

static void
picks(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < 4 * N_LENGTHS; t++) {
		uint64_t n = lengths[t % N_LENGTHS];
		pick_all(c, t, n, 1 + t % 5, t % 3 == 0 ? -5 : 0, (int64_t)n + (int64_t)(t % 4) - 1,
		    targets[t / 2 % 2]);
	}
	struct bench b = bench_new(c, 8);
	output(&b, ir_onehot(b.ir, input(&b, DRAW_ENDS, 1, &lengths[3], -1, 4999, 0), 5000, nowhere));
	compare(&b, &shares);
	assert_int_equal(count(&b, IR_ONEHOT), 0);
	pick_all(c, 0, 10000, 2, 0, 9999, &shares);
	pick_all(c, 1, 8192, 2, -1, 8200, &bits_only);
	pick_all(c, 2, 3000, 300, 0, 2999, &shares);
}

static void
test_picks(void **s)
{
	(void)s;
	run(picks);
}

static void
sums(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < N_LENGTHS * 6; t++) {
		struct bench b = bench_new(c, t + 1);
		uint64_t dims[3] = { 2, 3, 4 };
		unsigned axis = (unsigned)(t / N_LENGTHS % 3);
		dims[axis] = lengths[t % N_LENGTHS];
		ir_id x = input(&b, (enum draw)(t % N_DRAW), 3, dims, -100, 77, 3);
		output(&b, ir_reduce(b.ir, IR_SUM, x, axis, nowhere));
		output(&b, ir_reduce(b.ir, IR_CUMSUM, x, axis, nowhere));
		compare(&b, &bits_only);
		assert_int_equal(count(&b, IR_SUM) + count(&b, IR_CUMSUM), 0);
	}
}

static void
test_sums(void **s)
{
	(void)s;
	run(sums);
}

/* Where a bit that becomes a number costs more than ANDs do, or so much that hardly any may. */
static const struct target counting = { .name = "counting", .has_a = true, .has_b = true,
	.and_bits = 1, .number_bits = 43 };
static const struct target dear = { .name = "dear", .has_a = true, .has_b = true,
	.and_bits = 1, .number_bits = 1000000 };

static ir_id
bits(struct bench *b, enum draw draw, unsigned rank, const uint64_t *dims)
{
	ir_id x = input(b, draw, rank, dims, 0, 1, 0);

	return ir_binary(b->ir, IR_XOR, x, input(b, draw, rank, dims, 0, 1, 0), 0, nowhere);
}

/* Bits that become numbers to be added up. */
static uint64_t
converted(const struct bench *b)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->ir->top->n; i++) {
		const struct ir_value *v = &b->ir->value[b->ir->top->value[i]];
		n += v->op == IR_SUM ? b->ir->value[v->args[0]].n : 0;
	}
	return n;
}

static void
count_along(struct compile *c, uint64_t t, unsigned axis, uint64_t n, uint64_t inner)
{
	struct bench b = bench_new(c, t + 1);
	uint64_t dims[3] = { 3, 2, inner };
	enum draw draw = (enum draw)(t % N_DRAW);

	dims[axis] = n;
	ir_id x = bits(&b, draw, 3, dims);
	uint64_t sums = b.ir->value[x].n / n;
	output(&b, ir_reduce(b.ir, IR_SUM, x, axis, nowhere));
	output(&b, ir_reduce(b.ir, IR_SUM, ir_unary(b.ir, IR_NOT, x, 0, nowhere), axis, nowhere));
	compare(&b, &dear);
	/* A few of each weight: two rows, or less than are worth an instruction. */
	assert_true(converted(&b) <= 2 * 14 * (2 * sums > 256 ? 2 * sums : 256));
}

static void
counts(struct compile *c, void *arg)
{
	static const uint64_t n[] = { 1, 2, 3, 4, 7, 100, 500, 2047, 2048, 3000 };

	(void)arg;
	for (uint64_t t = 0; t < 10 * 3; t++)
		count_along(c, t, (unsigned)(t / 10), n[t % 10], t % 20 < 7 ? 60 : 1);
}

/* `sums` sums of n bits, each of what is more than the sum before, if they wait for each other. */
static bool
is_counted(struct compile *c, unsigned sums, uint64_t n, bool wait, bool numbers)
{
	struct bench b = bench_new(c, n);
	ir_id sum = IR_NONE;

	for (unsigned i = 0; i < sums; i++) {
		ir_id x = bits(&b, DRAW_ANY, 1, &n);
		if (wait && sum != IR_NONE)
			x = ir_binary(b.ir, IR_LT, sum, input(&b, DRAW_ANY, 1, &n, 0, 9, 0), 0, nowhere);
		sum = ir_reduce(b.ir, IR_SUM, x, 0, nowhere);
		output(&b, sum);
		if (numbers)
			output(&b, ir_binary(b.ir, IR_ADD, x, x, 0, nowhere));
	}
	expand(&b, &counting);
	return count(&b, IR_SELECT) > 0;
}

/* By the network's price of a round, which is that of about 60,000 bits as numbers; none that are
 * numbers anyway. */
static void
worth(struct compile *c, void *arg)
{
	(void)arg;
	assert_false(is_counted(c, 1, 30000, false, false));
	assert_true(is_counted(c, 1, 150000, false, false));
	assert_true(is_counted(c, 5, 30000, false, false));
	assert_false(is_counted(c, 5, 30000, true, false));
	assert_false(is_counted(c, 1, 150000, false, true));
}

/* In a loop, where the next sum waits for the one before. */
static void
count_in_loop(struct compile *c, void *arg)
{
	struct bench b = bench_new(c, 5);
	uint64_t dims[2] = { 6, 900 };
	struct ir_affine lo = { 0 }, hi = { .base = 6 }, at = { .n = 1, .term = { { 0, 1 } } };
	ir_id x = bits(&b, DRAW_ANY, 2, dims), out = input(&b, DRAW_ANY, 0, NULL, 0, 500, 0);
	mpz_t least, most;

	(void)arg;
	mpz_init_set_si(least, 0);
	mpz_init_set_si(most, 10000);
	ir_id loop = ir_loop_begin(b.ir, &lo, &hi, 1, &out, &least, &most, nowhere);
	ir_id t = b.ir->value[loop].loop->arg[0];
	at.term[0].loop = loop;
	ir_id row = ir_slice(b.ir, x, 0, &at, 1, true, nowhere);
	ir_id over = ir_binary(b.ir, IR_LT, ir_const_si(b.ir, 1500, 0, nowhere), t, 0, nowhere);
	over = ir_broadcast(b.ir, over, 1, dims + 1, nowhere);
	ir_id some = ir_binary(b.ir, IR_XOR, row, over, 0, nowhere);
	out = ir_binary(b.ir, IR_ADD, t, ir_reduce(b.ir, IR_SUM, some, 0, nowhere), 0, nowhere);
	ir_loop_end(b.ir, loop, &out);
	output(&b, ir_result(b.ir, loop, 0, nowhere));
	output(&b, ir_reduce(b.ir, IR_SUM, x, 1, nowhere));
	compare(&b, &dear);
}

static void
test_counts(void **s)
{
	(void)s;
	run(counts);
	run(count_in_loop);
	run(worth);
}

static void
product(struct compile *c, uint64_t m, uint64_t k, uint64_t n, bool turn)
{
	struct bench b = bench_new(c, m + k + n);
	uint64_t left[2] = { m, k }, turned[2] = { k, m }, right[2] = { k, n };
	ir_id y = input(&b, DRAW_ANY, 2, right, -7, 100, 1);

	if (turn)
		output(&b, ir_tnmul(b.ir, input(&b, DRAW_ANY, 2, turned, -9, 20, 2), y, nowhere));
	else
		output(&b, ir_matmul(b.ir, input(&b, DRAW_ANY, 2, left, -9, 20, 2), y, nowhere));
	compare(&b, &bits_only);
	assert_int_equal(count(&b, IR_MATMUL) + count(&b, IR_TNMUL), 0);
}

static void
products(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < 54; t++)
		product(c, lengths[t % 3], lengths[t / 3 % 3 + 2], lengths[t / 9 % 3 + 1], t >= 27);
	product(c, 1, 1100, 960, false);
	product(c, 1100, 960, 1, true);
}

static void
test_products(void **s)
{
	(void)s;
	run(products);
}

/* What is assumed of shared values is found out, on the sides that are open. */
static void
assumed(struct compile *c, int64_t lo, int64_t hi, enum draw draw, uint64_t n, uint32_t comparisons)
{
	struct bench b = bench_new(c, (uint64_t)(lo + 1000) + n);
	ir_id x = input(&b, draw, 1, &n, -100, 100, 0);
	mpz_t least, most;

	mpz_init_set_si(least, lo);
	mpz_init_set_si(most, hi);
	x = ir_assume(b.ir, x, least, most, "x", nowhere);
	output(&b, x);
	struct ir_eval was = evaluated(&b);
	expand(&b, &shares);
	struct ir_eval is = evaluated(&b);
	assert_int_equal(count(&b, IR_LE), comparisons);
	assert_int_equal(is.assumed, comparisons == 0 || was.in_range);
	assert_int_equal(is.in_range, was.in_range);
}

static void
assumptions(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < N_LENGTHS * N_DRAW; t++) {
		assumed(c, -50, 50, (enum draw)(t % N_DRAW), lengths[t / N_DRAW], 2);
		assumed(c, -100, 99, (enum draw)(t % N_DRAW), lengths[t / N_DRAW], 1);
		assumed(c, -99, 200, (enum draw)(t % N_DRAW), lengths[t / N_DRAW], 1);
		assumed(c, -100, 100, (enum draw)(t % N_DRAW), lengths[t / N_DRAW], 0);
	}
	assumed(c, -50, 50, DRAW_ANY, 0, 0);
}

static void
test_assumptions(void **s)
{
	(void)s;
	run(assumptions);
}

/* A sum that one party computes after opening and another is shown a part of: there twice. */
static void
twice(struct compile *c, void *arg)
{
	struct bench b = bench_new(c, 3);
	uint64_t n = 13;
	ir_id x = input(&b, DRAW_ANY, 1, &n, -100, 100, 0), sum = ir_reduce(b.ir, IR_SUM, x, 0, nowhere);

	(void)arg;
	output(&b, x);
	output(&b, sum);
	output(&b, ir_binary(b.ir, IR_MIN, sum, ir_const_si(b.ir, 5, 0, nowhere), 0, nowhere));
	b.part[1].type.kind = TYPE_FIXED;
	b.part[2].recipients = 2;
	compare(&b, &bits_only);
	assert_true(b.part[1].value_post && !b.part[2].value_post);
	assert_int_equal(b.ir->value[b.part[1].value].op, IR_SUM);
	assert_int_equal(count(&b, IR_SUM), 1);
	assert_int_equal(b.ir->n_roots, 2);
	for (uint32_t i = 0; i < 2; i++)
		assert_true(b.ir->root[i].value == b.part[0].value ||
		    b.ir->root[i].value == b.part[2].value);
}

static void
test_twice(void **s)
{
	(void)s;
	run(twice);
}

/* Rows sorted one after another, and columns in an order from outside, in a loop. */
static void
in_loops(struct compile *c, const struct target *target, uint64_t t)
{
	struct bench b = bench_new(c, t + 1);
	uint64_t n = lengths[t % 6], dims[2] = { 4, n };
	ir_id x = input(&b, (enum draw)(t % N_DRAW), 2, dims, -60, 100, 0);
	ir_id y = input(&b, DRAW_ANY, 1, &n, 0, 9, 0);
	ir_id order = ir_order(b.ir, y, 0, nowhere), out[2] = { x, x };
	struct ir_affine lo = { 0 }, hi = { .base = 4 }, at = { .n = 1, .term = { { 0, 1 } } };
	struct ir_view row = { .stride = { 1 } };
	mpz_t least[2], most[2];

	for (unsigned k = 0; k < 2; k++) {
		mpz_init_set_si(least[k], -60);
		mpz_init_set_si(most[k], 100);
	}
	ir_id loop = ir_loop_begin(b.ir, &lo, &hi, 2, out, least, most, nowhere);
	at.term[0].loop = loop;
	assert_true(ir_affine_add(&row.offset, &at, (int64_t)n));
	ir_id now = ir_slice(b.ir, x, 0, &at, 1, true, nowhere);
	ir_id sorted = ir_take(b.ir, now, ir_order(b.ir, now, 0, nowhere), 0, nowhere);
	out[0] = ir_update(b.ir, b.ir->value[loop].loop->arg[0], sorted, &row, nowhere);
	sorted = ir_take(b.ir, now, order, 0, nowhere);
	out[1] = ir_update(b.ir, b.ir->value[loop].loop->arg[1], sorted, &row, nowhere);
	ir_loop_end(b.ir, loop, out);
	output(&b, ir_result(b.ir, loop, 0, nowhere));
	output(&b, ir_result(b.ir, loop, 1, nowhere));
	output(&b, ir_take(b.ir, y, order, 0, nowhere));
	compare(&b, target);
}

static void
loops(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < 24; t++)
		in_loops(c, targets[t % 2], t);
}

static void
test_loops(void **s)
{
	(void)s;
	run(loops);
}

/* Where shares are numbers, what has a kernel stays as it is. */
static void
plain(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < 10; t++) {
		sort_rows(c, t, lengths[t % 5], 3, &clear);
		pick_all(c, t, lengths[t % 6], 4, -1, 20, &clear);
	}
	struct bench b = bench_new(c, 1);
	uint64_t n = 9;
	ir_id x = input(&b, DRAW_ANY, 1, &n, -100, 100, 0), order = ir_order(b.ir, x, 0, nowhere);
	output(&b, ir_reduce(b.ir, IR_MINR, x, 0, nowhere));
	output(&b, ir_take(b.ir, x, order, 0, nowhere));
	uint32_t before = b.ir->top->n;
	compare(&b, &clear);
	assert_int_equal(b.ir->top->n, before);
}

static void
test_plain(void **s)
{
	(void)s;
	run(plain);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extremes),
		cmocka_unit_test(test_sorts),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_picks),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_products),
		cmocka_unit_test(test_assumptions),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
