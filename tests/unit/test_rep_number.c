/* test_rep_number.c: from replicated bits to numbers, and products of both, row by row, in both
 * rings, against values worked out bit by bit: widths up to beyond the ring, both signs, lengths
 * around every boundary, ranges of any length.  The parts that the nodes end up with fit
 * together. */
#include "rep_kit.h"

typedef unsigned __int128 num128;

struct number {
	uint64_t n, na, nb;
	unsigned ring, width;
	bool is_signed;
	uint64_t *planes;               /* in the clear */
	uint64_t *b;                    /* two words an element */
	uint64_t *got[3];               /* each node's parts */
};

static size_t
limbs_of(const struct number *t)
{
	return t->ring / 64;
}

/* Keeps what node me has. */
static void
keep(const struct number *t, unsigned me, const struct held *h)
{
	memcpy(t->got[me], h->w, 2 * h->len * 8);
}

static num128
part_of(const struct number *t, unsigned node, unsigned k, uint64_t i)
{
	num128 v = 0;

	memcpy(&v, t->got[node] + (k * t->n + i) * limbs_of(t), limbs_of(t) * 8);
	return v;
}

static num128
cut_to(const struct number *t, num128 v)
{
	return t->ring == 64 ? (uint64_t)v : v;
}

/* The number, if node i's second part is always node i + 1's first. */
static num128
sum_of(const struct number *t, uint64_t i)
{
	num128 sum = 0;

	for (unsigned node = 0; node < 3; node++) {
		sum += part_of(t, node, 0, i);
		assert_true(part_of(t, node, 1, i) == part_of(t, (node + 1) % 3, 0, i));
	}
	return cut_to(t, sum);
}

static void
number_script(struct play *p, unsigned me, const void *item)
{
	const struct number *t = item;
	struct held a = held_bits(me, t->planes, t->width * plane_words(t->na), t->n);
	struct held d = held_new(t->n * limbs_of(t));
	struct operands x = { .d = d.w, .a = a.w, .n = t->n, .na = t->na, .width = t->ring,
		.awidth = t->width, .imm = { t->is_signed },
		.part = { d.len * 8, a.len * 8 } };

	random_bytes(d.w, 2 * d.len * 8);
	play_op(p, me, OP_NUM_A, x);
	keep(t, me, &d);
	held_free(&a);
	held_free(&d);
}

static void
product_script(struct play *p, unsigned me, const void *item)
{
	const struct number *t = item;
	struct held a = held_bits(me, t->planes, plane_words(t->na), t->n);
	struct held b = held_numbers(me, t->b, t->nb, t->ring, 9);
	struct held d = held_new(t->n * limbs_of(t));
	struct operands x = { .d = d.w, .a = a.w, .b = b.w, .n = t->n, .na = t->na, .nb = t->nb,
		.width = t->ring, .awidth = 1, .part = { d.len * 8, a.len * 8, b.len * 8 } };

	random_bytes(d.w, 2 * d.len * 8);
	play_op(p, me, OP_MULB_A, x);
	keep(t, me, &d);
	held_free(&a);
	held_free(&b);
	held_free(&d);
}

struct numbers {
	unsigned n;
	struct number item[ITEMS_MAX];
};

static struct number *
add_number(struct numbers *all, uint64_t n, unsigned ring, unsigned width)
{
	struct number *t = &all->item[all->n++];
	size_t len = width * plane_words(n) + 1;

	assert_true(all->n <= ITEMS_MAX);
	*t = (struct number){ .n = n, .nb = n, .na = n, .ring = ring, .width = width,
		.is_signed = all->n % 2, .planes = words(len), .b = words(2 * n + 2) };
	for (unsigned k = 0; k < 3; k++)
		t->got[k] = words(4 * n);
	random_bytes(t->planes, len * 8);
	random_bytes(t->b, 16 * n + 16);
	return t;
}

/* The number whose bits those of element i are. */
static num128
wanted(const struct number *t, uint64_t i)
{
	num128 v = 0;

	for (unsigned b = 0; b < 128; b++) {
		const unsigned at = b < t->width ? b : t->width - 1;
		const bool there = b < t->width || t->is_signed;

		if (there && bit(t->planes + at * plane_words(t->na), t->na == 1 ? 0 : i))
			v |= (num128)1 << b;
	}
	return cut_to(t, v);
}

static num128
product(const struct number *t, uint64_t i)
{
	const uint64_t *b = t->b + (t->nb == 1 ? 0 : 2 * i);

	if (bit(t->planes, t->na == 1 ? 0 : i) == 0)
		return 0;
	return cut_to(t, (num128)b[1] << 64 | b[0]);
}

static void
play_numbers(struct numbers *all, uint64_t cut, bool products)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3,
		.script = products ? product_script : number_script, .item = all->item,
		.n_items = all->n, .size = sizeof all->item[0], .cut = cut };

	play(&p);
	for (unsigned k = 0; k < all->n; k++) {
		struct number *t = &all->item[k];

		for (uint64_t i = 0; i < t->n; i++)
			assert_true(sum_of(t, i) == (products ? product(t, i) : wanted(t, i)));
		mem_free(t->planes);
		mem_free(t->b);
		for (unsigned node = 0; node < 3; node++)
			mem_free(t->got[node]);
	}
	all->n = 0;
}

static void
test_number(void **state)
{
	static struct numbers all;

	(void)state;
	for (uint64_t cut = 1; cut <= 1000; cut *= 10) {
		for (unsigned l = 0; l < N_LENGTHS; l++)
			for (unsigned ring = 64; ring <= 128; ring += 64) {
				add_number(&all, lengths[l], ring, 1 + l);
				add_number(&all, lengths[l], ring, ring);
				add_number(&all, lengths[l], ring, ring + 9);
			}
		play_numbers(&all, cut, false);
	}
	for (unsigned width = 1; width <= 128; width++) {
		add_number(&all, 65, width % 2 == 0 ? 64 : 128, width);
		if (all.n == ITEMS_MAX)
			play_numbers(&all, 0, false);
	}
	add_number(&all, 100, 64, 1)->na = 1;
	add_number(&all, 600, 128, 40)->na = 1;
	add_number(&all, 5000, 64, 64);
	add_number(&all, 5000, 128, 1);
	play_numbers(&all, 0, false);
}

static void
test_product(void **state)
{
	static struct numbers all;

	(void)state;
	for (uint64_t cut = 1; cut <= 100; cut *= 10) {
		for (unsigned l = 0; l < N_LENGTHS; l++)
			for (unsigned kind = 0; kind < 8; kind++) {
				struct number *t = add_number(&all, lengths[l], kind & 4 ? 64 : 128,
				    1);

				t->is_signed = false;
				t->na = kind & 1 ? 1 : t->n;
				t->nb = kind & 2 ? 1 : t->n;
			}
		play_numbers(&all, cut, true);
	}
	add_number(&all, 9000, 64, 1);
	play_numbers(&all, 0, true);
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
