/* ir_expand_network.c: records of bits in ascending order, by a network or by an instruction.
 *
 * Batcher's merge exchange [Knuth, The Art of Computer Programming 3, 5.2.2, Algorithm M]: any n,
 * every comparator puts the lower record at the lower place, and those of a layer are one strided
 * view against the same view further on.  n = 2^t takes t(t+1)/2 layers,
 * (t^2 - t + 4) 2^(t-2) - 1 comparators; one with a key of k bits in a record of w takes k ANDs to
 * compare and w to exchange.
 * Where the protocol has an instruction for it, that sorts by digits of as many bits as are sooner
 * done on the network that the program is compiled for. */
#include "internal.h"
#include "ir_expand.h"

#include "../runtime/code/network.h"

/* What a node has to send is made and used at this rate, about. */
#define NODE_BITS_PER_S UINT64_C(1000000000)

struct network {
	struct ir *ir;
	struct span span;
	uint64_t n, m;                   /* n records to be sorted, m times, as [n, m] */
	unsigned width, key;             /* of a record; where its key begins */
	uint64_t comparators;            /* counted as they are made, each for m records */
	unsigned layers;
};

/* The records from + a*step + b, for a < rows, b < cols. */
static struct ir_view
places(const struct network *w, uint64_t from, uint64_t step)
{
	int64_t m = (int64_t)w->m;

	return (struct ir_view){ .offset = { .base = (int64_t)from * m },
		.stride = { (int64_t)step * m, m, 1 } };
}

/* One view of comparators (i, i + d): both places, sorted. */
struct pairs {
	uint64_t from, step, rows, cols;
};

static ir_id
sort_pairs(const struct network *w, ir_id x, const struct pairs *p, uint64_t d)
{
	uint64_t dims[3] = { p->rows, p->cols, w->m };
	struct ir_view low = places(w, p->from, p->step), high = places(w, p->from + d, p->step);
	ir_id args[2];

	args[0] = ir_view(w->ir, x, 3, dims, &low, w->span);
	args[1] = ir_view(w->ir, x, 3, dims, &high, w->span);
	return ir_bits(w->ir, IR_SORT2, 2, args, w->key, 2 * w->width, w->span);
}

static ir_id
put_pairs(const struct network *w, ir_id x, const struct pairs *p, uint64_t d, ir_id sorted)
{
	for (unsigned k = 0; k < 2; k++) {
		struct ir_view at = places(w, p->from + k * d, p->step);
		ir_id half = ir_bits(w->ir, IR_SLICEB, 1, &sorted, k * w->width, w->width, w->span);
		x = ir_update(w->ir, x, half, &at, w->span);
	}
	return x;
}

/* All i < n - d whose bit p is r's, with i + d: whole runs of p, and what is left of one. */
static ir_id
layer(struct network *w, ir_id x, uint64_t p, uint64_t d, uint64_t r)
{
	uint64_t end = w->n - d, runs = end >= r + p ? (end - r - p) / (2 * p) + 1 : 0;
	uint64_t rest = r + 2 * p * runs;
	struct pairs whole = { r, 2 * p, runs, p };
	struct pairs part = { rest, 0, 1, rest < end ? end - rest : 0 };
	ir_id a = IR_NONE, b = IR_NONE;

	w->comparators += runs * p + part.cols;
	w->layers++;
	if (runs > 0)
		a = sort_pairs(w, x, &whole, d);
	if (part.cols > 0)
		b = sort_pairs(w, x, &part, d);
	if (a != IR_NONE)
		x = put_pairs(w, x, &whole, d, a);
	if (b != IR_NONE)
		x = put_pairs(w, x, &part, d, b);
	return x;
}

/* Algorithm M.  x: [n, m]. */
static ir_id
sort_network(struct network *w, ir_id x)
{
	uint64_t top = 1;

	if (w->n < 2)
		return x;
	while (2 * top < w->n)
		top *= 2;
	for (uint64_t p = top; p > 0; p /= 2) {
		x = layer(w, x, p, p, 0);
		for (uint64_t q = top; q != p; q /= 2)
			x = layer(w, x, p, q - p, p);
	}
	return x;
}

/* Comparators of the n records of half[0] from `from` on with those of half[1] from `to` on. */
static void
sort_across(struct network *w, ir_id half[2], uint64_t from, uint64_t to, uint64_t n)
{
	const uint64_t row[2] = { from, to };
	ir_id args[2], sorted;

	for (unsigned k = 0; k < 2; k++)
		args[k] = expand_part(w->ir, half[k], row[k], n, w->span);
	sorted = ir_bits(w->ir, IR_SORT2, 2, args, w->key, 2 * w->width, w->span);
	for (unsigned k = 0; k < 2; k++) {
		struct ir_view at = { .offset = { .base = (int64_t)(row[k] * w->m) },
			.stride = { (int64_t)w->m, 1 } };
		ir_id part = ir_bits(w->ir, IR_SLICEB, 1, &sorted, k * w->width, w->width, w->span);
		half[k] = n == w->n / 2 ? part : ir_update(w->ir, half[k], part, &at, w->span);
	}
	w->comparators += n;
	w->layers++;
}

/* The last pass of Algorithm M, p = 1, merges what stands at even and at odd places: first half
 * and second.  They stay apart until the end, as even[i] meets odd[i] and odd[i] meets
 * even[i + q/2]: in a layer, all that is compared lies side by side. */
static ir_id
merge_network(struct network *w, ir_id x)
{
	const uint64_t h = w->n / 2;
	uint64_t dims[3] = { h, 2, w->m }, flat[2] = { w->n, w->m }, top = 1;
	const int64_t m = (int64_t)w->m;
	struct ir_view in_turn = { .stride = { m, m * (int64_t)h, 1 } };
	ir_id half[2];

	if (w->n < 2)
		return x;
	while (2 * top < w->n)
		top *= 2;
	for (unsigned k = 0; k < 2; k++)
		half[k] = expand_part(w->ir, x, k * h, h, w->span);
	sort_across(w, half, 0, 0, h);
	for (uint64_t q = top; q > 1; q /= 2) {
		ir_id odd_even[2] = { half[1], half[0] };
		if (q / 2 >= h)
			continue;
		sort_across(w, odd_even, 0, q / 2, h - q / 2);
		half[0] = odd_even[1];
		half[1] = odd_even[0];
	}
	x = ir_concat(w->ir, half, 2, w->span);
	return ir_reshape(w->ir, ir_view(w->ir, x, 3, dims, &in_turn, w->span), 2, flat, w->span);
}

bool
expand_shuffles(const struct ir *ir, uint64_t records)
{
	return ir->compile->options->target->has_sort && records <= N_SORT_MAX;
}

static unsigned
log2_up(uint64_t n)
{
	return n < 2 ? 0 : 64 - (unsigned)__builtin_clzll(n - 1);
}

u128
expand_us(const struct ir *ir, uint64_t rounds, u128 bits)
{
	const struct link_speed *net = network_find(ir->compile->options->network);

	if (net == NULL)
		net = &link_metro;
	return (u128)rounds * exchange_us(net) + bits * 1000000 / net->bits_per_s +
	    bits * 1000000 / NODE_BITS_PER_S;
}

/* By an instruction: records of `width` bits in m columns of n, by `key` bits, c at a time. */
static u128
time_of_digits(const struct ir *ir, uint64_t n, uint64_t m, unsigned width, unsigned key,
    unsigned c)
{
	return expand_us(ir, code_sort_rounds(key, c),
	    (u128)n * m * code_sort_bits(n, width, key, c));
}

/* Bits of a digit: what takes the least time. */
static unsigned
choose_digit(const struct ir *ir, uint64_t n, uint64_t m, unsigned width, unsigned key)
{
	unsigned best = 1;

	for (unsigned c = 2; c <= N_SORT_DIGIT_MAX && c <= key; c++)
		if (time_of_digits(ir, n, m, width, key, c) <
		    time_of_digits(ir, n, m, width, key, best))
			best = c;
	return best;
}

/* By a network whose records have the index in their key: t(t+1)/2 layers of comparators, each of a
 * tree of 2k ANDs, log2 k deep, and k ANDs to exchange.  A merge takes t of them, and no index. */
static u128
time_of_network(const struct ir *ir, uint64_t n, uint64_t m, unsigned key, bool merging)
{
	const unsigned t = log2_up(n), k = merging ? key : key + t;
	const unsigned layers = merging ? t : t * (t + 1) / 2;

	return expand_us(ir, (uint64_t)layers * (log2_up(k) + 2), (u128)layers * (n / 2) * m * 3 * k);
}

bool
expand_sorts(const struct ir *ir, uint64_t n, uint64_t m, unsigned key, bool merging)
{
	unsigned c;

	if (n < 2 || key == 0 || !expand_shuffles(ir, n * m))
		return expand_shuffles(ir, n * m);
	c = choose_digit(ir, n, m, key, key);
	return time_of_digits(ir, n, m, key, key, c) <= time_of_network(ir, n, m, key, merging);
}

static ir_id
sort_digits(struct ir *ir, ir_id x, unsigned key, struct span span)
{
	const struct ir_value v = ir->value[x];
	unsigned bits = v.bits - key;
	unsigned digit = choose_digit(ir, v.dims[0], v.n / v.dims[0], v.bits, bits);

	ir_note(ir, compile_printf(ir->compile, "line %u: %llu records of %u bits are put in order by "
	    "%u bits, %u at a time, in %u rounds", span.line, (unsigned long long)v.n, v.bits, bits,
	    digit, code_sort_rounds(bits, digit)));
	return ir_sort_bits(ir, x, key, digit, span);
}

ir_id
expand_sorted(struct ir *ir, ir_id x, unsigned key, bool by_digits, bool merging,
    struct span span)
{
	const struct ir_value *v = &ir->value[x];
	struct network w = { .ir = ir, .span = span, .n = v->dims[0], .m = v->dims[1],
		.width = v->bits, .key = key };

	if (by_digits)
		return w.n < 2 || key == w.width ? x : sort_digits(ir, x, key, span);
	x = merging ? merge_network(&w, x) : sort_network(&w, x);
	ir_note(ir, compile_printf(ir->compile, "line %u: %llu comparators of %u bits in %u layers put "
	    "%llu in order", span.line, (unsigned long long)(w.comparators * w.m), w.width, w.layers,
	    (unsigned long long)w.n));
	return x;
}

ir_id
expand_shuffled(struct ir *ir, ir_id x, struct span span)
{
	const struct ir_value *v = &ir->value[x];

	ir_note(ir, compile_printf(ir->compile, "line %u: %llu records of %u bits are shuffled", span.line,
	    (unsigned long long)v->n, v->bits));
	return ir_shuffle_bits(ir, x, span);
}
