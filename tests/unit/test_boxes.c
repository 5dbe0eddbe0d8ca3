/* test_boxes.c: what nodes keep for a recipient that is no node: it adds up to the values and to
 * nothing else; what two nodes have in common is the same at both; and it is not what the nodes
 * have of the values themselves, also where these are constants or are opened twice. */
#include "additive_kit.h"
#include "gmw_kit.h"

enum { OUTSIDE = 9, BITS = 13 };

static uint32_t outside_party = OUTSIDE, node_party[] = { 0, 1, 2, 3 };
static struct party_set outside = { 1, &outside_party };

static const uint64_t *
box_of(const struct kit_node *t, int slot, unsigned part, uint64_t words)
{
	return (const uint64_t *)vm_box(t->vm, (uint32_t)slot) + part * words;
}

/* The sum of all nodes' first parts, words of 64 bits; second parts are the next node's first. */
static void
add_boxes(uint64_t *sum, const struct kit_node *t, unsigned n, int slot, uint64_t words, bool bits)
{
	memset(sum, 0, words * sizeof *sum);
	for (unsigned i = 0; i < n; i++) {
		const uint64_t *box = box_of(&t[i], slot, 0, words);

		for (uint64_t w = 0; w < words; w++)
			sum[w] = bits ? sum[w] ^ box[w] : sum[w] + box[w];
		if (t[i].k->c.held == N_HELD_MAX)
			assert_memory_equal(box_of(&t[i], slot, 1, words),
			    box_of(&t[(i + 1) % n], slot, 0, words), words * 8);
	}
}

/* About half of the bits are 1: eight deviations away at most. */
static void
expect_random(const uint64_t *at, uint64_t words)
{
	double ones = 0, n = 64.0 * (double)words;

	for (uint64_t w = 0; w < words; w++)
		ones += __builtin_popcountll(at[w]);
	assert_true((ones - n / 2) * (ones - n / 2) <= 64 * n / 4);
}

struct opened {
	int number, again, bits, both, zero;
};

static struct opened
program(struct kit *k, unsigned n, uint64_t len, uint8_t held)
{
	const uint32_t set = RECIPIENTS_SET;
	struct opened o;
	int x, b, zero;

	kit_init(k, n);
	k->c.held = held;
	x = share(k, kit_input(k, 0, 64, len, kit_owner(k, 0), value_x), 64);
	b = kit_slot(k, DOM_B, BITS, len, 0);
	zero = kit_slot(k, DOM_A, 64, len, 0);
	kit_op(k, OP_SHARE_B, b, kit_input(k, 1, 64, len, kit_owner(k, 1), value_y), KIT_NONE,
	    KIT_NONE, 1, 0, 0);
	if (held == N_HELD_MAX)
		KIT_ROUND(k);
	KIT_OP(k, SUB_A, zero, x, x);
	o.number = kit_slot(k, DOM_O, 64, len, set);
	o.again = kit_slot(k, DOM_O, 64, len, set);
	o.bits = kit_slot(k, DOM_O, 64, len, set);
	o.both = kit_slot(k, DOM_O, 64, len, set);
	o.zero = kit_slot(k, DOM_O, 64, len, set);
	KIT_OP(k, OPEN, o.number, x);
	KIT_OP(k, OPEN, o.again, x);
	KIT_OP(k, OPEN, o.zero, zero);
	kit_op(k, OP_OPEN_B, o.bits, b, KIT_NONE, KIT_NONE, 1, 0, 0);
	kit_op(k, OP_OPEN_B, o.both, b, KIT_NONE, KIT_NONE, 1, 0, 0);
	KIT_ROUND(k);
	k->c.roles = (struct roles){ .n_nodes = n, .node = node_party, .n_sets = 1, .set = &outside };
	return o;
}

static void
expect_values(const struct kit_node *t, unsigned n, const struct opened *o, uint64_t len)
{
	const uint64_t words = plane_words(len) * BITS;
	uint64_t *sum = mem_array(len + words, sizeof *sum);

	add_boxes(sum, t, n, o->number, len, false);
	for (uint64_t i = 0; i < len; i++)
		assert_true(sum[i] == (uint64_t)value_x[i]);
	add_boxes(sum, t, n, o->zero, len, false);
	for (uint64_t i = 0; i < len; i++)
		assert_true(sum[i] == 0);
	/* Behind the last element there is nothing. */
	add_boxes(sum, t, n, o->bits, words, true);
	for (uint64_t i = 0; i < plane_words(len) * GROUP; i++)
		for (unsigned b = 0; b < BITS; b++)
			assert_int_equal(sum[i / GROUP * BITS + b] >> i % GROUP & 1,
			    i < len ? (uint64_t)value_y[i] >> b & 1 : 0);
	mem_free(sum);
}

static void
expect_hidden(const struct kit_node *t, const struct opened *o, uint64_t len)
{
	const uint64_t words = len / GROUP * BITS;

	expect_random(box_of(t, o->number, 0, len), len);
	expect_random(box_of(t, o->zero, 0, len), len);
	expect_random(box_of(t, o->bits, 0, len), words);
	assert_memory_not_equal(box_of(t, o->number, 0, len), box_of(t, o->again, 0, len), 8);
	assert_memory_not_equal(box_of(t, o->bits, 0, len), box_of(t, o->both, 0, len), 8);
}

static void
run(const struct protocol *protocol, unsigned n, uint64_t len)
{
	struct kit_node t[N_NODE_MAX];
	struct kit k;
	const struct opened o = program(&k, n, len, protocol->target->held);

	kit_run(t, &k, protocol);
	kit_ok(t, n);
	expect_values(t, n, &o, len);
	for (unsigned i = 0; i < n && len >= GROUP; i++)
		expect_hidden(&t[i], &o, len);
	for (unsigned i = 0; i < n; i++)
		kit_node_fini(&t[i]);
	k.c.roles = (struct roles){ .n_nodes = 0 };
	kit_fini(&k);
}

static void
boxes(void **state)
{
	static const uint64_t len[] = { 1, 63, 64, 65, 200, 1000 };

	(void)state;
	draw(60, 14);
	for (unsigned i = 0; i < sizeof len / sizeof *len; i++) {
		run(&protocol_replicated, 3, len[i]);
		run(&protocol_additive, 2, len[i]);
		run(&protocol_additive, 4, len[i]);
	}
}

/* Constants: what the nodes' parts look like must not show. */
static void
boxes_of_constants(void **state)
{
	(void)state;
	memset(value_x, 0, sizeof value_x);
	memset(value_y, 0, sizeof value_y);
	run(&protocol_replicated, 3, 1000);
	run(&protocol_additive, 3, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes),
		cmocka_unit_test(boxes_of_constants),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
