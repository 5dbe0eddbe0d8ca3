/* Orders under protocol replicated: records sorted by digits of any number of bits are those that a
 * stable sort in the clear gives; shuffled, they are the same in an order that is uniform. */
#include "rep_kit.h"

#include "../../protocols/rep_shuffle.h"

#include <stdlib.h>

enum { SHUFFLES = 2400 };

/* Records of `limbs` words, row after row of m columns. */
struct sorted {
	uint64_t rows, columns;
	unsigned width, limbs, from, digit;
	uint64_t *planes, *want;         /* want: in order; NULL: any order */
};

struct sorteds {
	unsigned n;
	struct sorted item[ITEMS_MAX];
};

static uint64_t
elements(const struct sorted *t)
{
	return t->rows * t->columns;
}

/* The bits from `from` on of two records. */
static int
compare_keys(const uint64_t *a, const uint64_t *b, const struct sorted *t)
{
	for (unsigned i = t->width; i-- > t->from;)
		if (bit(a, i) != bit(b, i))
			return bit(a, i) < bit(b, i) ? -1 : 1;
	return 0;
}

static void
exchange_records(uint64_t *a, uint64_t *b, unsigned limbs)
{
	for (unsigned k = 0; k < limbs; k++) {
		const uint64_t x = a[k];

		a[k] = b[k];
		b[k] = x;
	}
}

/* Insertion, which is stable; each column by itself. */
static void
sort_plain(const struct sorted *t, uint64_t *x)
{
	const uint64_t step = t->columns * t->limbs;

	for (uint64_t end = 1; end < t->rows; end++)
		for (uint64_t j = 0; j < t->columns; j++)
			for (uint64_t i = end; i > 0; i--) {
				uint64_t *a = x + (i - 1) * step + j * t->limbs;

				if (compare_keys(a, a + step, t) <= 0)
					break;
				exchange_records(a, a + step, t->limbs);
			}
}

/* Keys of at most `distinct` values, so that many are equal. */
static void
add_sorted(struct sorteds *all, struct sorted t, uint64_t distinct)
{
	const uint64_t n = elements(&t), groups = plane_words(n);
	uint64_t *x, *word = words(t.width);

	t.limbs = (t.width + 63) / 64;
	x = words(plane_words(n) * GROUP * t.limbs);
	random_bytes(x, n * t.limbs * 8);
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t key = below((uint32_t)distinct);

		for (unsigned b = t.from; b < t.width && distinct < UINT32_MAX; b++) {
			uint64_t *at = x + i * t.limbs + b / 64;

			*at = (*at & ~((uint64_t)1 << b % 64)) |
			    (b - t.from < 64 ? key >> (b - t.from) & 1 : 0) << b % 64;
		}
		if (t.width % 64 != 0)
			x[(i + 1) * t.limbs - 1] &= bitplane_mask(t.width % 64);
	}
	t.planes = words(t.width * groups);
	for (uint64_t g = 0; g < groups; g++) {
		bitplane_slice(word, t.width, x + g * GROUP * t.limbs, t.limbs,
		    n - g * GROUP < GROUP ? n - g * GROUP : GROUP);
		bitplane_scatter(t.planes, groups, word, t.width, g, 1);
	}
	sort_plain(&t, x);
	t.want = x;
	mem_free(word);
	assert_true(all->n < ITEMS_MAX);
	all->item[all->n++] = t;
}

static void
reveal(struct play *p, unsigned me, const struct sorted *t, struct held *h, uint64_t *d)
{
	struct operands out = { .d = d, .a = h->w, .n = elements(t) * t->limbs, .na = elements(t),
		.width = 64, .awidth = t->width, .imm = { t->limbs }, .part = { 0, h->len * 8 } };

	play_op(p, me, OP_REVEAL_B, out);
}

static void
order_records(struct play *p, unsigned me, const struct sorted *t, enum insn_id op, uint64_t *d)
{
	const uint64_t n = elements(t);
	struct held in = held_bits(me, t->planes, t->width * plane_words(n), n);
	struct held out = held_new(in.len);
	struct operands x = { .d = out.w, .a = in.w, .n = n, .na = n, .width = t->width,
		.awidth = t->width, .part = { out.len * 8, in.len * 8 },
		.imm = { (int64_t)t->rows, t->from, t->digit } };

	play_op(p, me, op, x);
	reveal(p, me, t, &out, d);
	held_free(&in);
	held_free(&out);
}

static void
sorted_script(struct play *p, unsigned me, const void *item)
{
	const struct sorted *t = item;
	uint64_t *d = words(elements(t) * t->limbs);

	order_records(p, me, t, OP_SORT_B, d);
	play_must(p, me, memcmp(d, t->want, elements(t) * t->limbs * 8) == 0);
	mem_free(d);
}

static void
play_sorted(struct sorteds *all, uint64_t cut)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = sorted_script,
		.item = all->item, .n_items = all->n, .size = sizeof all->item[0], .cut = cut };

	play(&p);
}

static void
fini_sorted(struct sorteds *all)
{
	for (unsigned i = 0; i < all->n; i++) {
		mem_free(all->item[i].planes);
		mem_free(all->item[i].want);
	}
	all->n = 0;
}

static void
test_sort(void **state)
{
	static const uint64_t rows[] = { 1, 2, 3, 63, 64, 65, 1000, 4097 };
	static struct sorteds all;

	(void)state;
	for (unsigned columns = 1; columns <= 3; columns++)
		for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
			add_sorted(&all, (struct sorted){ .rows = rows[i], .columns = columns,
			    .width = 20 + i, .from = i % 3 * 5, .digit = 1 + (i + columns) % 6 }, 300);
	add_sorted(&all, (struct sorted){ .rows = 1, .width = 3, .digit = 2 }, 2);
	add_sorted(&all, (struct sorted){ .rows = 3, .columns = 1000, .width = 5, .digit = 3 }, 9);
	play_sorted(&all, 1 << 20);
	play_sorted(&all, 3);
	fini_sorted(&all);
}

/* Digits across words of a record, keys of one bit, keys all equal, and keys that are none. */
static void
test_widths(void **state)
{
	static struct sorteds all;

	(void)state;
	for (unsigned digit = 1; digit <= N_SORT_DIGIT_MAX; digit++) {
		add_sorted(&all, (struct sorted){ .rows = 200, .columns = 1, .width = 32,
		    .digit = digit }, UINT32_MAX);
		add_sorted(&all, (struct sorted){ .rows = 130, .columns = 2, .width = 70, .from = 58,
		    .digit = digit }, UINT32_MAX);
		add_sorted(&all, (struct sorted){ .rows = 130, .columns = 1, .width = 129, .from = 128,
		    .digit = digit }, UINT32_MAX);
		add_sorted(&all, (struct sorted){ .rows = 100, .columns = 1, .width = 9, .from = 3,
		    .digit = digit }, 1);
		add_sorted(&all, (struct sorted){ .rows = 100, .columns = 1, .width = 1,
		    .digit = digit }, UINT32_MAX);
	}
	add_sorted(&all, (struct sorted){ .rows = 70, .columns = 1, .width = N_BITS_MAX,
	    .from = N_BITS_MAX - 7, .digit = 4 }, UINT32_MAX);
	play_sorted(&all, 1);
	fini_sorted(&all);
}

static void
test_rounds(void **state)
{
	(void)state;
	assert_int_equal(code_sort_rounds(32, 1), 32 * 5);
	assert_int_equal(code_sort_rounds(32, 2), 16 * 6);
	assert_int_equal(code_sort_rounds(32, 3), 10 * 7 + 6);
	assert_int_equal(code_sort_rounds(32, 4), 8 * 7);
	assert_int_equal(code_sort_rounds(3, 6), 7);
	assert_int_equal(code_sort_rounds(1, 6), 5);
}

/* What the compiler plans with is what is sent, but for bits that fill up bytes. */
static void
test_bits(void **state)
{
	const struct proto_row *row = protocol_replicated.row[OP_SORT_B];

	(void)state;
	for (unsigned digit = 1; digit <= N_SORT_DIGIT_MAX; digit++) {
		struct operands x = { .n = 64 * 300, .na = 64 * 300, .width = 40, .awidth = 40,
			.imm = { 6400, 9, digit } };
		uint64_t bytes = 0;

		for (unsigned r = 0; r < code_sort_rounds(31, digit); r++)
			for (unsigned i = 0; i < 3; i++)
				for (unsigned j = 0; j < 3; j++)
					bytes += row->bytes(&x, 3, r, i, j, 0, x.n);
		assert_in_range(bytes * 8 / 3 / x.n, code_sort_bits(6400, 40, 31, digit) * 96 / 100,
		    code_sort_bits(6400, 40, 31, digit));
	}
}

/* A node that alters a place makes two places one, or one that there is not: all notice. */
static void
wrong_script(struct play *p, unsigned me, const void *item)
{
	const struct proto_row *row = protocol_replicated.row[OP_SORT_B];
	const unsigned rounds = code_sort_rounds(3, 3);
	struct held in = held_new(3), out = held_new(3);
	struct operands x = { .d = out.w, .a = in.w, .n = 50, .na = 50, .width = 3, .awidth = 3,
		.part = { out.len * 8, in.len * 8 }, .imm = { 50, 0, 3 } };
	const size_t len = row->scratch(&x, 3);
	struct records s = records_of(&x, true);

	(void)item;
	x.scratch = mem_map(len);
	records_place(&s, x.scratch);
	for (unsigned r = 0; r + 1 < rounds; r++)
		play_round(p, me, row, &x, r);
	if (me == 0)
		s.place[0][1][7]++;
	play_must(p, me, p->failed[me] == 0);
	play_round(p, me, row, &x, rounds - 1);
	p->failed[me] = !p->failed[me];
	mem_unmap(x.scratch, len);
	held_free(&in);
	held_free(&out);
}

static void
test_wrong(void **state)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = wrong_script,
		.n_items = 1 };

	(void)state;
	play(&p);
}

/* Records shuffled many times: how often each of the 24 orders of 4 records came. */
struct shuffles {
	struct sorted t;
	uint32_t seen[3][256];
};

static struct shuffles shuffles;

static void
shuffled_script(struct play *p, unsigned me, const void *item)
{
	const struct sorted *t = &shuffles.t;
	uint64_t d[8];

	(void)item;
	for (unsigned i = 0; i < SHUFFLES; i++) {
		order_records(p, me, t, OP_SHUF_B, d);
		for (unsigned column = 0; column < 2; column++) {
			unsigned order = 0;

			for (unsigned row = 0; row < 4; row++) {
				play_must(p, me, d[2 * row + column] >> 2 == column);
				order |= (unsigned)(d[2 * row + column] & 3) << 2 * row;
			}
			shuffles.seen[me][order]++;
		}
	}
}

/* Chi-square of 23 degrees of freedom: above 120 once in 10^14 runs. */
static void
test_shuffle_uniform(void **state)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = shuffled_script,
		.n_items = 1 };
	uint64_t planes[3] = { 0xcc, 0xf0, 0xaa };  /* element 2 row + column: row, then column */
	unsigned orders = 0, total = 0;
	double chi = 0;

	(void)state;
	shuffles.t = (struct sorted){ .rows = 4, .columns = 2, .width = 3, .limbs = 1,
		.planes = planes };
	play(&p);
	assert_memory_equal(shuffles.seen[0], shuffles.seen[1], sizeof shuffles.seen[0]);
	assert_memory_equal(shuffles.seen[0], shuffles.seen[2], sizeof shuffles.seen[0]);
	for (unsigned i = 0; i < 256; i++) {
		const double mean = 2 * SHUFFLES / 24.0, off = shuffles.seen[0][i] - mean;

		if (shuffles.seen[0][i] == 0)
			continue;
		orders++;
		total += shuffles.seen[0][i];
		chi += off * off / mean;
		for (unsigned row = 0; row < 4; row++)
			for (unsigned other = 0; other < row; other++)
				assert_int_not_equal(i >> 2 * row & 3, i >> 2 * other & 3);
	}
	assert_int_equal(orders, 24);
	assert_int_equal(total, 2 * SHUFFLES);
	assert_true(chi < 120);
}

/* Any number of records, of any width: the same ones, in another order. */
static int
compare_records(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(uint64_t));
}

static void
same_script(struct play *p, unsigned me, const void *item)
{
	const struct sorted *t = item;
	const uint64_t n = elements(t);
	uint64_t *d = words(n * 2), *want = words(n * 2);

	order_records(p, me, t, OP_SHUF_B, d);
	memcpy(want, t->want, n * 16);
	play_must(p, me, n < 100 || memcmp(d, want, n * 16) != 0);
	qsort(d, n, 16, compare_records);
	qsort(want, n, 16, compare_records);
	play_must(p, me, memcmp(d, want, n * 16) == 0);
	mem_free(d);
	mem_free(want);
}

static void
test_shuffle_same(void **state)
{
	static const uint64_t rows[] = { 1, 2, 63, 64, 65, 1000 };
	static struct sorteds all;
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = same_script,
		.size = sizeof all.item[0] };

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
		add_sorted(&all, (struct sorted){ .rows = rows[i], .columns = 1, .width = 65 + i * 7,
		    .digit = 1 }, UINT32_MAX);
	p.item = all.item;
	p.n_items = all.n;
	play(&p);
	p.cut = 2;
	play(&p);
	fini_sorted(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_shuffle_uniform),
		cmocka_unit_test(test_shuffle_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
