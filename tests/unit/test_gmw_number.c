/* test_gmw_number.c: from bits to numbers, and products of both, row by row, in both rings, against
 * values worked out bit by bit: 2, 3 and 16 nodes, lengths around every boundary. */
#include "gmw_kit.h"

/* Bits to numbers of either ring, and products of a bit and a number. */
struct number {
	uint64_t n, na, nb;
	unsigned ring, width;
	bool is_signed;
	uint64_t *planes;               /* in the clear; as shares, all at the last node */
	uint64_t *b;                    /* two words an element */
};

/* Opens d, shares of n numbers of `ring` bits, to two words each. */
static void
open_numbers(struct play *p, unsigned me, uint64_t *out, const void *d, unsigned ring, uint64_t n)
{
	uint64_t *opened = words(2 * n);
	struct operands x = { .d = opened, .a = d, .n = n, .na = n, .width = ring, .awidth = ring };

	play_op(p, me, OP_REVEAL, x);
	for (uint64_t i = 0; i < n; i++) {
		out[2 * i] = opened[ring / 64 * i];
		out[2 * i + 1] = ring == 128 ? opened[2 * i + 1] : 0;
	}
	mem_free(opened);
}

static void
number_script(struct play *p, unsigned me, const void *item)
{
	const struct number *t = item;
	const size_t len = t->width * plane_words(t->n);
	uint64_t *planes = words(len), *d = words(2 * t->n), *got = words(2 * t->n);
	struct operands x = { .d = d, .a = planes, .n = t->n, .na = t->n, .width = t->ring,
		.awidth = t->width, .imm = { t->is_signed } };

	if (me == p->n - 1)
		memcpy(planes, t->planes, len * 8);
	play_op(p, me, OP_NUM_A, x);
	open_numbers(p, me, got, d, t->ring, t->n);
	for (uint64_t i = 0; i < t->n; i++)
		for (unsigned b = 0; b < t->ring; b++) {
			unsigned at = b < t->width ? b : t->width - 1;
			unsigned want = b < t->width || t->is_signed ?
			    bit(t->planes + at * plane_words(t->n), i) : 0;

			play_must(p, me, bit(got + 2 * i, b) == want);
		}
	mem_free(planes);
	mem_free(d);
	mem_free(got);
}

struct numbers {
	unsigned n;
	struct number item[ITEMS_MAX];
	struct demand demand[ITEMS_MAX];
};

static struct number *
add_number(struct numbers *all, enum insn_id op, uint64_t n, unsigned ring, unsigned width)
{
	struct number *t = &all->item[all->n];
	size_t len = width * plane_words(n) + 1;

	assert_true(all->n < ITEMS_MAX);
	all->demand[all->n++] = (struct demand){ .op = (uint16_t)op, .width = (uint16_t)ring,
		.k = width, .count = n };
	*t = (struct number){ .n = n, .nb = n, .na = n, .ring = ring, .width = width,
		.is_signed = all->n % 2, .planes = words(len), .b = words(2 * n + 2) };
	random_bytes(t->planes, len * 8);
	random_bytes(t->b, 16 * n + 16);
	return t;
}

static void
play_numbers(struct numbers *all, unsigned n_nodes,
    void (*script)(struct play *, unsigned, const void *))
{
	struct play p = { .n = n_nodes, .script = script, .item = all->item, .n_items = all->n,
		.size = sizeof all->item[0], .cut = 4,
		.code = { .n_demand = all->n, .demand = all->demand } };

	play(&p);
	for (unsigned i = 0; i < all->n; i++) {
		mem_free(all->item[i].planes);
		mem_free(all->item[i].b);
	}
	all->n = 0;
}

static void
test_number(void **state)
{
	static struct numbers all;

	(void)state;
	for (unsigned n_nodes = 2; n_nodes <= 3; n_nodes++) {
		for (unsigned l = 0; l < N_LENGTHS; l++)
			for (unsigned ring = 64; ring <= 128; ring += 64) {
				const uint64_t n = n_nodes == 2 ? lengths[l] : lengths[l] % 70;

				add_number(&all, OP_NUM_A, n, ring, 1 + l);
				add_number(&all, OP_NUM_A, n, ring, ring);
				add_number(&all, OP_NUM_A, n, ring, ring + 9);
			}
		play_numbers(&all, n_nodes, number_script);
	}
	add_number(&all, OP_NUM_A, 3, 128, 6);
	play_numbers(&all, 16, number_script);
	add_number(&all, OP_NUM_A, 5000, 64, 64);
	play_numbers(&all, 2, number_script);
}

static void
product_script(struct play *p, unsigned me, const void *item)
{
	const struct number *t = item;
	const unsigned size = t->ring / 8;
	uint64_t *planes = words(plane_words(t->na)), *d = words(2 * t->n);
	uint64_t *got = words(2 * t->n), *b = words(2 * t->nb);
	struct operands x = { .d = d, .a = planes, .b = b, .n = t->n,
		.na = t->na, .nb = t->nb,
		.width = t->ring, .awidth = 1 };

	if (me == p->n - 1)
		memcpy(planes, t->planes, plane_words(t->na) * 8);
	for (uint64_t i = 0; i < t->nb && me == 0; i++)
		memcpy((uint8_t *)b + i * size, t->b + 2 * i, size);
	play_op(p, me, OP_MULB_A, x);
	open_numbers(p, me, got, d, t->ring, t->n);
	for (uint64_t i = 0; i < t->n; i++) {
		const uint64_t *want = t->b + (t->nb == 1 ? 0 : 2 * i);
		uint64_t mask = 0 - (uint64_t)bit(t->planes, t->na == 1 ? 0 : i);

		play_must(p, me, got[2 * i] == (want[0] & mask));
		play_must(p, me, t->ring == 64 || got[2 * i + 1] == (want[1] & mask));
	}
	mem_free(planes);
	mem_free(d);
	mem_free(got);
	mem_free(b);
}

static void
test_product(void **state)
{
	static struct numbers all;

	(void)state;
	for (unsigned n_nodes = 2; n_nodes <= 3; n_nodes++) {
		for (unsigned l = 0; l < N_LENGTHS; l++)
			for (unsigned kind = 0; kind < 8; kind++) {
				struct number *t = add_number(&all, OP_MULB_A, lengths[l],
				    kind & 4 ? 64 : 128, 1);

				t->na = kind & 1 ? 1 : t->n;
				t->nb = kind & 2 ? 1 : t->n;
			}
		play_numbers(&all, n_nodes, product_script);
	}
	add_number(&all, OP_MULB_A, 3, 128, 1);
	play_numbers(&all, 16, product_script);
	add_number(&all, OP_MULB_A, 9000, 64, 1);
	play_numbers(&all, 2, product_script);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
