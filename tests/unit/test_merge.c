/* test_merge.c: two ascending lists become one, by the definition of the IR. */
#include "expand_kit.h"

/* Ascending numbers, no two of them equal: x * n + index, in order. */
static ir_id
ascending(struct bench *b, uint64_t n)
{
	ir_id x = input(b, DRAW_ANY, 1, &n, 0, 40, 0);
	ir_id size = ir_const_si(b->ir, (int64_t)n, 0, nowhere);

	x = ir_binary(b->ir, IR_MUL, x, ir_broadcast(b->ir, size, 1, &n, nowhere), 0, nowhere);
	x = ir_binary(b->ir, IR_ADD, x, ir_iota(b->ir, 0, 1, n, nowhere), 0, nowhere);
	return ir_take(b->ir, x, ir_order(b->ir, x, 0, nowhere), 0, nowhere);
}

/* Two lists of one length, the second with odd numbers only, merged: what else is in that order. */
static void
merge_halves(struct compile *c, uint64_t t, uint64_t n)
{
	struct bench b = bench_new(c, t + 1);
	const uint64_t all = 2 * n;
	ir_id half[2] = { ascending(&b, n), ascending(&b, n) }, two[2];
	ir_id other = input(&b, DRAW_ANY, 1, &all, 0, 99, 0);

	for (unsigned k = 0; k < 2; k++) {
		ir_id twice = ir_binary(b.ir, IR_ADD, half[k], half[k], 0, nowhere);
		ir_id odd = ir_broadcast(b.ir, ir_const_si(b.ir, k, 0, nowhere), 1, &n, nowhere);
		two[k] = ir_binary(b.ir, IR_ADD, twice, odd, 0, nowhere);
	}
	ir_id key = ir_concat(b.ir, two, 2, nowhere);
	ir_id order = ir_order_hinted(b.ir, key, ORDER_FREE | ORDER_MERGE, nowhere);
	output(&b, ir_take(b.ir, key, order, 0, nowhere));
	if (t % 3 > 0)
		output(&b, ir_take(b.ir, other, order, 0, nowhere));
	if (t % 3 > 1)
		output(&b, order);
	compare(&b, targets[t / 7 % 3]);
	assert_int_equal(count(&b, IR_ORDER) + count(&b, IR_TAKE), 0);
}

static void
merges(struct compile *c, void *arg)
{
	(void)arg;
	for (uint64_t t = 0; t < 40; t++)
		merge_halves(c, t, t + 1);
	for (uint64_t t = 0; t < N_LENGTHS * 9; t++)
		merge_halves(c, t, lengths[t % N_LENGTHS]);
}

static void
test_merges(void **s)
{
	(void)s;
	run(merges);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
