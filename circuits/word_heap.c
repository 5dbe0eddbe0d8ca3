/* word_heap.c: sums of many numbers, and products; see word.h
 *
 * Bits of one weight are a column.  A full adder takes three bits of a column for one there, which
 * is no deeper than they are, and one in the next, a layer deeper: one AND for every bit that
 * goes.  The shallowest three are taken first [Okl96].  Small: until a column has one bit, the
 * lowest column first, which is a ripple adder in the end.  Shallow: until two are left, which a
 * prefix adder adds; of the last three a deep one is left alone, as else its carry ripples on
 * through the columns.  -x 2^i is put in as ~x 2^i - 2^i. */
#include "word.h"

#include <string.h>

enum {
	KARATSUBA_BITS = 20,            /* narrower products are smaller by rows */
};

struct column {
	wire *w;                        /* the shallowest last */
	uint32_t n, cap;
};

struct heap {
	struct net *net;
	uint32_t out;
	struct column *column;
	bool *constant;                 /* out bits */
};

struct heap *
heap_new(struct net *n, uint32_t out)
{
	struct heap *h = net_alloc(n, 1, sizeof *h);

	*h = (struct heap){ n, out, net_alloc(n, out + 1u, sizeof(struct column)),
	    net_alloc(n, out + 1u, sizeof(bool)) };
	return h;
}

static void
push(struct heap *h, uint32_t place, wire w)
{
	struct column *c = &h->column[place];
	uint32_t level = net_level(h->net, w), lo = 0, hi = c->n;

	if (c->n == c->cap) {
		uint32_t cap = c->cap == 0 ? 8 : 2 * c->cap;
		wire *p = net_alloc(h->net, cap, sizeof *p);
		if (c->n > 0)
			memcpy(p, c->w, c->n * sizeof *p);
		c->w = p;
		c->cap = cap;
	}
	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (net_level(h->net, c->w[mid]) > level)
			lo = mid + 1;
		else
			hi = mid;
	}
	memmove(&c->w[lo + 1], &c->w[lo], (c->n - lo) * sizeof *c->w);
	c->w[lo] = w;
	c->n++;
}

static wire
pop(struct column *c)
{
	return c->w[--c->n];
}

/* Adds 2^place to the constant part, or takes it away. */
static void
count_constant(struct heap *h, uint32_t place, bool down)
{
	bool stop = down;

	for (uint32_t i = place; i < h->out; i++) {
		h->constant[i] = !h->constant[i];
		if (h->constant[i] != stop)
			return;
	}
}

void
heap_add(struct heap *h, uint32_t place, wire w)
{
	if (place >= h->out || w == WIRE_0)
		return;
	if (w == WIRE_1)
		count_constant(h, place, false);
	else
		push(h, place, w);
}

static void
heap_sub(struct heap *h, uint32_t place, wire w)
{
	if (place >= h->out || w == WIRE_0)
		return;
	count_constant(h, place, true);
	heap_add(h, place, net_not(w));
}

void
heap_add_word(struct heap *h, uint32_t place, const struct word *x)
{
	for (uint32_t i = 0; i < x->n; i++)
		if (x->is_signed && i == x->n - 1)
			heap_sub(h, place + i, x->w[i]);
		else
			heap_add(h, place + i, x->w[i]);
}

void
heap_sub_word(struct heap *h, uint32_t place, const struct word *x)
{
	for (uint32_t i = 0; i < x->n; i++)
		if (x->is_signed && i == x->n - 1)
			heap_add(h, place + i, x->w[i]);
		else
			heap_sub(h, place + i, x->w[i]);
}

static void
reduce(struct heap *h, uint32_t place, uint32_t leave)
{
	struct column *c = &h->column[place];
	struct net *n = h->net;

	while (c->n > leave) {
		wire x = pop(c), y = pop(c), z = WIRE_0;
		bool alone = c->n == 1 && leave == 2 && net_level(n, c->w[0]) > net_level(n, y);
		if (c->n > 0 && !alone)
			z = pop(c);
		wire sum = net_xor(n, net_xor(n, x, y), z);
		if (place + 1 < h->out)
			heap_add(h, place + 1, net_xor(n, z, net_and(n, net_xor(n, x, z),
			    net_xor(n, y, z))));
		push(h, place, sum);
	}
}

/* Columns of `leave` bits or fewer. */
static void
compress(struct heap *h, uint32_t leave, wire *row[2])
{
	for (uint32_t r = 0; r < 2; r++)
		row[r] = net_alloc(h->net, h->out + 1u, sizeof **row);
	for (uint32_t i = 0; i < h->out; i++) {
		if (h->constant[i])
			push(h, i, WIRE_1);
		reduce(h, i, leave);
		for (uint32_t r = 0; h->column[i].n > 0; r++)
			row[r][i] = pop(&h->column[i]);
	}
}

const wire *
heap_sum(struct heap *h)
{
	wire *row[2];

	compress(h, net_goal(h->net) == GOAL_SMALL ? 1 : 2, row);
	if (net_goal(h->net) == GOAL_SMALL)
		return row[0];
	struct word x = { row[0], h->out, false }, y = { row[1], h->out, false };
	x = word_add(h->net, &x, &y, h->out);
	return word_bits(h->net, &x, h->out);
}

void
heap_rows(struct heap *h, const wire *row[2])
{
	wire *made[2];

	compress(h, 2, made);
	row[0] = made[0];
	row[1] = made[1];
}

static uint32_t
min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* Digits -1, 0, 1 of a constant, the fewest not 0 [Rei60]; NULL if x is no constant. */
static const int8_t *
signed_digits(struct net *n, const struct word *x)
{
	int8_t *d = net_alloc(n, x->n + 2u, 1);
	int carry = 0;

	for (uint32_t i = 0; i < x->n; i++)
		if (x->w[i] > WIRE_1)
			return NULL;
	for (uint32_t i = 0; i <= x->n; i++) {
		int v = (int)word_bit(x, i) + carry, next = (int)word_bit(x, i + 1);
		d[i] = (int8_t)(v == 1 ? (next != 0 ? -1 : 1) : 0);
		carry = v == 2 || d[i] < 0;
	}
	return d;
}

static struct word
mul_digits(struct net *n, const struct word *a, const int8_t *digit, uint32_t n_digits,
    uint32_t out)
{
	struct heap *h = heap_new(n, out);

	for (uint32_t i = 0; i < n_digits; i++)
		if (digit[i] > 0)
			heap_add_word(h, i, a);
		else if (digit[i] < 0)
			heap_sub_word(h, i, a);
	return (struct word){ heap_sum(h), out, false };
}

/* Row j of a product, from weight 2^drop on. */
static struct word
product_row(struct heap *h, const struct word *a, wire by, uint32_t j, uint32_t drop)
{
	uint32_t k = min_u32(a->n, h->out - j);
	wire *w = net_alloc(h->net, k, sizeof *w);

	for (uint32_t i = drop > j ? drop - j : 0; i < k; i++)
		w[i] = net_and(h->net, a->w[i], by);
	return (struct word){ w, k, a->is_signed && k == a->n };
}

void
heap_add_product(struct heap *h, const struct word *a, const struct word *b, uint32_t drop)
{
	for (uint32_t j = 0; j < b->n && j < h->out; j++) {
		struct word row = product_row(h, a, b->w[j], j, drop);
		if (b->is_signed && j == b->n - 1)
			heap_sub_word(h, j, &row);
		else
			heap_add_word(h, j, &row);
	}
}

void
heap_sub_product(struct heap *h, const struct word *a, const struct word *b)
{
	for (uint32_t j = 0; j < b->n && j < h->out; j++) {
		struct word row = product_row(h, a, b->w[j], j, 0);
		if (b->is_signed && j == b->n - 1)
			heap_add_word(h, j, &row);
		else
			heap_sub_word(h, j, &row);
	}
}

static struct word
mul_rows(struct net *n, const struct word *a, const struct word *b, uint32_t out)
{
	struct heap *h = heap_new(n, out);

	heap_add_product(h, a, b, 0);
	return (struct word){ heap_sum(h), out, false };
}

/* [KO62]: with a = a1 2^h + a0, b likewise, a1 b0 + a0 b1 = (a1 + a0)(b1 + b0) - a1 b1 - a0 b0.
 * If only the low half is wanted, a1 b0 and a0 b1 are made instead, modulo 2^(out - h). */
static struct word
karatsuba(struct net *n, const struct word *a, const struct word *b, uint32_t out)
{
	uint32_t h = (min_u32(a->n, b->n) + 1) / 2;
	struct heap *sum = heap_new(n, out);
	struct word a0 = word_slice(n, a, 0, h, false);
	struct word a1 = word_slice(n, a, h, a->n - h, a->is_signed);
	struct word b0 = word_slice(n, b, 0, h, false);
	struct word b1 = word_slice(n, b, h, b->n - h, b->is_signed);
	struct word z = word_mul(n, &a0, &b0, out);

	heap_add_word(sum, 0, &z);
	if (out <= a->n || out <= b->n) {
		z = word_mul(n, &a1, &b0, out - h);
		heap_add_word(sum, h, &z);
		z = word_mul(n, &a0, &b1, out - h);
		heap_add_word(sum, h, &z);
		z = out > 2 * h ? word_mul(n, &a1, &b1, out - 2 * h) : (struct word){ NULL, 0, false };
		heap_add_word(sum, 2 * h, &z);
		return word_of(heap_sum(sum), out, false);
	}
	heap_sub_word(sum, h, &z);
	z = word_mul(n, &a1, &b1, out);
	heap_add_word(sum, 2 * h, &z);
	heap_sub_word(sum, h, &z);
	a0 = word_add(n, &a0, &a1, out);
	b0 = word_add(n, &b0, &b1, out);
	z = word_mul(n, &a0, &b0, out);
	heap_add_word(sum, h, &z);
	return word_of(heap_sum(sum), out, false);
}

struct word
word_mul(struct net *n, const struct word *a, const struct word *b, uint32_t out)
{
	bool is_signed = a->is_signed || b->is_signed;
	uint32_t k = min_u32(out, a->n + b->n);
	const int8_t *da = signed_digits(n, a), *db = signed_digits(n, b);
	struct word d;

	if (a->n == 0 || b->n == 0)
		return (struct word){ NULL, 0, false };
	if (db != NULL)
		d = mul_digits(n, a, db, b->n + 1, k);
	else if (da != NULL)
		d = mul_digits(n, b, da, a->n + 1, k);
	else if (net_goal(n) == GOAL_SMALL && a->n >= KARATSUBA_BITS && b->n >= KARATSUBA_BITS &&
	    k > KARATSUBA_BITS)
		d = karatsuba(n, a, b, k);
	else
		d = mul_rows(n, a, b, k);
	return word_of(d.w, k, is_signed && k == a->n + b->n);
}
