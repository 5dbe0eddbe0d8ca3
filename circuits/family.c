/* family.c: see family.h */
#include "family.h"

#include <stdio.h>
#include <string.h>

#include "word.h"

const struct family_info family_table[N_FAMILY] = {
#define F(id, name, inputs, text) { name, inputs, text },
#include "family.def"
#undef F
};

enum { NAME_BYTES = 128 };

/* What a builder is asked for. */
struct ask {
	const struct family_spec *s;
	const uint64_t *const *constant;
	struct word a, b, c;
	uint32_t out, imm[2];
	uint32_t width[3];              /* as the caller said: constants may be narrower */
};

typedef struct word build_fn(struct net *n, const struct ask *q);

static struct word
bit_word(struct net *n, wire w)
{
	wire *d = net_alloc(n, 1, sizeof *d);

	d[0] = w;
	return word_of(d, 1, false);
}

static wire
sign_of(const struct word *x)
{
	return x->is_signed ? x->w[x->n - 1] : WIRE_0;
}

/* The bits of a as the caller sees them, without their sign. */
static struct word
raw(struct net *n, const struct ask *q)
{
	return word_slice(n, &q->a, 0, q->width[0], false);
}

static struct word
build_copy(struct net *n, const struct ask *q)
{
	(void)n;
	return q->a;
}

static struct word
build_add(struct net *n, const struct ask *q)
{
	return word_add(n, &q->a, &q->b, q->out);
}

static struct word
build_sub(struct net *n, const struct ask *q)
{
	return word_sub(n, &q->a, &q->b, q->out);
}

static struct word
build_neg(struct net *n, const struct ask *q)
{
	return word_neg_if(n, &q->a, WIRE_1, q->out);
}

static struct word
build_mul(struct net *n, const struct ask *q)
{
	return word_mul(n, &q->a, &q->b, q->out);
}

static struct word
build_shl(struct net *n, const struct ask *q)
{
	return word_shl(n, &q->a, q->imm[0], q->out);
}

static struct word
build_shr(struct net *n, const struct ask *q)
{
	uint32_t by = q->imm[0];

	if (by >= q->a.n)
		return word_slice(n, &q->a, q->a.n, 1, q->a.is_signed);
	return word_slice(n, &q->a, by, q->a.n - by, q->a.is_signed);
}

/* Up if the bit behind the point is 1 and, with only zeros after it, the quotient is odd. */
static struct word
build_round(struct net *n, const struct ask *q)
{
	uint32_t by = q->imm[0];
	struct word d = build_shr(n, q);
	wire *rest = net_alloc(n, by + 1u, sizeof *rest);

	if (by == 0)
		return d;
	for (uint32_t i = 0; i + 1 < by; i++)
		rest[i] = word_bit(&q->a, i);
	rest[by - 1] = word_bit(&d, 0);
	wire up = net_and(n, word_bit(&q->a, by - 1), word_any(n, rest, by));
	return word_inc(n, &d, up, q->out);
}

static struct word
build_div(struct net *n, const struct ask *q)
{
	struct word a = word_shl(n, &q->a, q->imm[0], UINT32_MAX), d;

	word_divmod(n, &d, NULL, &a, &q->b);
	return d;
}

static struct word
build_mod(struct net *n, const struct ask *q)
{
	struct word d;

	word_divmod(n, NULL, &d, &q->a, &q->b);
	return d;
}

static struct word
build_sqrt(struct net *n, const struct ask *q)
{
	wire positive = net_not(sign_of(&q->a));
	struct word a = word_slice(n, &q->a, 0, q->a.n - q->a.is_signed, false);

	a = word_shl(n, &a, q->imm[0], UINT32_MAX);
	a = word_sqrt(n, &a);
	return word_mask(n, positive, &a, q->out);
}

static struct word
build_abs(struct net *n, const struct ask *q)
{
	return word_neg_if(n, &q->a, sign_of(&q->a), q->out);
}

static struct word
build_sign(struct net *n, const struct ask *q)
{
	wire *d = net_alloc(n, 2, sizeof *d), *w = word_bits(n, &q->a, q->a.n);

	d[0] = word_any(n, w, q->a.n);
	d[1] = sign_of(&q->a);
	return word_of(d, 2, true);
}

static struct word
build_min(struct net *n, const struct ask *q)
{
	return word_mux(n, word_lt(n, &q->b, &q->a), &q->b, &q->a, q->out);
}

static struct word
build_max(struct net *n, const struct ask *q)
{
	return word_mux(n, word_lt(n, &q->b, &q->a), &q->a, &q->b, q->out);
}

static struct word
build_eq(struct net *n, const struct ask *q)
{
	return bit_word(n, word_eq(n, &q->a, &q->b));
}

static struct word
build_lt(struct net *n, const struct ask *q)
{
	return bit_word(n, word_lt(n, &q->a, &q->b));
}

static struct word
build_le(struct net *n, const struct ask *q)
{
	return bit_word(n, net_not(word_lt(n, &q->b, &q->a)));
}

static struct word
build_mux(struct net *n, const struct ask *q)
{
	return word_mux(n, word_bit(&q->a, 0), &q->b, &q->c, q->out);
}

static struct word
build_not(struct net *n, const struct ask *q)
{
	wire *w = word_bits(n, &q->a, q->out);

	for (uint32_t i = 0; i < q->out; i++)
		w[i] = net_not(w[i]);
	return (struct word){ w, q->out, false };
}

/* One bit stands for as many as are needed. */
static struct word
spread(struct net *n, const struct ask *q, unsigned operand)
{
	const struct word *x = operand == 0 ? &q->a : &q->b;

	if (q->width[operand] != 1 || q->width[1 - operand] == 1)
		return *x;
	wire *w = net_alloc(n, 1, sizeof *w);
	w[0] = word_bit(x, 0);
	return word_of(w, 1, true);
}

static struct word
build_and(struct net *n, const struct ask *q)
{
	struct word a = spread(n, q, 0), b = spread(n, q, 1);
	wire *d = net_alloc(n, q->out, sizeof *d);

	for (uint32_t i = 0; i < q->out; i++)
		d[i] = net_and(n, word_bit(&a, i), word_bit(&b, i));
	return (struct word){ d, q->out, false };
}

static struct word
build_or(struct net *n, const struct ask *q)
{
	wire *d = net_alloc(n, q->out, sizeof *d);

	for (uint32_t i = 0; i < q->out; i++)
		d[i] = net_or(n, word_bit(&q->a, i), word_bit(&q->b, i));
	return (struct word){ d, q->out, false };
}

static struct word
build_xor(struct net *n, const struct ask *q)
{
	wire *d = net_alloc(n, q->out, sizeof *d);

	for (uint32_t i = 0; i < q->out; i++)
		d[i] = net_xor(n, word_bit(&q->a, i), word_bit(&q->b, i));
	return (struct word){ d, q->out, false };
}

static struct word
build_slice(struct net *n, const struct ask *q)
{
	struct word a = raw(n, q);

	return word_slice(n, &a, q->imm[0], q->out, false);
}

static struct word
build_rotl(struct net *n, const struct ask *q)
{
	uint32_t k = q->width[0], by = q->imm[0] % k;
	wire *d = net_alloc(n, k, sizeof *d);

	for (uint32_t i = 0; i < k; i++)
		d[(i + by) % k] = word_bit(&q->a, i);
	return word_of(d, k, false);
}

static struct word
build_popcount(struct net *n, const struct ask *q)
{
	struct word a = raw(n, q);
	uint32_t k = 0;

	while (k < 32 && a.n >> k != 0)
		k++;
	struct heap *h = heap_new(n, k);
	for (uint32_t i = 0; i < a.n; i++)
		heap_add(h, 0, a.w[i]);
	return word_of(heap_sum(h), k, false);
}

static struct word
build_any(struct net *n, const struct ask *q)
{
	return bit_word(n, word_any(n, word_bits(n, &q->a, q->width[0]), q->width[0]));
}

static struct word
build_all(struct net *n, const struct ask *q)
{
	return bit_word(n, word_all(n, word_bits(n, &q->a, q->width[0]), q->width[0]));
}

/* d[i] = 1 if bit i is the highest 1 of a. */
static wire *
highest_one(struct net *n, const struct word *a)
{
	uint32_t k = a->n;
	wire *down = net_alloc(n, k + 1u, sizeof *down), *d = net_alloc(n, k + 1u, sizeof *d);

	for (uint32_t i = 0; i < k; i++)
		down[i] = a->w[k - 1 - i];
	word_prefix_or(n, down, down, k);
	for (uint32_t i = 0; i < k; i++)
		d[k - 1 - i] = net_xor(n, down[i], i > 0 ? down[i - 1] : WIRE_0);
	return d;
}

static struct word
build_bitlen(struct net *n, const struct ask *q)
{
	struct word a = raw(n, q);
	wire *top = highest_one(n, &a), *d = net_alloc(n, 32, sizeof *d);

	for (uint32_t i = 0; i < a.n; i++)
		for (uint32_t j = 0; j < 32; j++)
			if (((i + 1) >> j & 1) != 0)
				d[j] = net_xor(n, d[j], top[i]);
	return word_of(d, 32, false);
}

static struct word
build_norm(struct net *n, const struct ask *q)
{
	struct word a = raw(n, q);
	wire *top = highest_one(n, &a), *d = net_alloc(n, q->imm[0] + 1u, sizeof *d);

	for (uint32_t i = 0; i < a.n && i < q->imm[0]; i++)
		d[q->imm[0] - 1 - i] = top[i];
	return word_of(d, q->imm[0], false);
}

static struct word
build_onehot(struct net *n, const struct ask *q)
{
	struct word a = raw(n, q);
	uint32_t k = q->imm[0] < q->out ? q->imm[0] : q->out;
	wire *d = net_alloc(n, k + 1u, sizeof *d);

	word_onehot(n, d, a.w, a.n, k);
	return word_of(d, k, false);
}

static struct word
build_pair(struct net *n, const struct ask *q)
{
	const struct word *x[3] = { &q->a, &q->b, &q->c };
	uint32_t k = 0;
	wire *d = net_alloc(n, q->width[0] + q->width[1] + q->width[2] + 1u, sizeof *d);

	for (unsigned j = 0; j < 3; j++)
		for (uint32_t i = 0; i < q->width[j]; i++)
			d[k++] = word_bit(x[j], i);
	return word_of(d, k, false);
}

static struct word
part(struct net *n, const struct ask *q, uint32_t j)
{
	return word_slice(n, &q->a, j * q->imm[1], q->imm[1], false);
}

static struct word
build_parts(struct net *n, const struct ask *q)
{
	struct heap *h = heap_new(n, q->imm[1]);

	for (uint32_t j = 0; j < q->imm[0]; j++) {
		struct word x = part(n, q, j);
		heap_add_word(h, 0, &x);
	}
	return word_of(heap_sum(h), q->imm[1], q->s->in[0].is_signed);
}

static struct word
build_parts_neg(struct net *n, const struct ask *q)
{
	struct word sum = build_parts(n, q);

	return bit_word(n, word_bit(&sum, q->imm[1] - 1));
}

static struct word
build_parts_zero(struct net *n, const struct ask *q)
{
	struct heap *h = heap_new(n, q->imm[1]);
	const wire *row[2];

	for (uint32_t j = 0; j < q->imm[0]; j++) {
		struct word x = part(n, q, j);
		heap_add_word(h, 0, &x);
	}
	heap_rows(h, row);
	return bit_word(n, word_cancels(n, row[0], row[1], q->imm[1]));
}

static struct word
build_sort2(struct net *n, const struct ask *q)
{
	uint32_t k = q->width[0], lo = q->imm[0] < k ? q->imm[0] : k;
	struct word ka = word_slice(n, &q->a, lo, k - lo, false);
	struct word kb = word_slice(n, &q->b, lo, k - lo, false);
	wire s = word_lt(n, &kb, &ka), *d = net_alloc(n, 2 * (size_t)k, sizeof *d);

	for (uint32_t i = 0; i < k; i++) {
		wire x = word_bit(&q->a, i), y = word_bit(&q->b, i);
		wire t = net_and(n, s, net_xor(n, x, y));
		d[i] = net_xor(n, x, t);
		d[k + i] = net_xor(n, y, t);
	}
	return word_of(d, 2 * k, false);
}

static struct word
build_xor_all(struct net *n, const struct ask *q)
{
	uint32_t k = q->imm[1];
	wire *d = net_alloc(n, k, sizeof *d);

	for (uint32_t i = 0; i < q->imm[0] * k; i++)
		d[i % k] = net_xor(n, d[i % k], word_bit(&q->a, i));
	return word_of(d, k, false);
}

static build_fn *const builder[N_FAMILY] = {
	[FAMILY_COPY] = build_copy, [FAMILY_ADD] = build_add, [FAMILY_SUB] = build_sub,
	[FAMILY_NEG] = build_neg, [FAMILY_MUL] = build_mul, [FAMILY_SHL] = build_shl,
	[FAMILY_SHR] = build_shr, [FAMILY_ROUND] = build_round, [FAMILY_DIV] = build_div,
	[FAMILY_MOD] = build_mod, [FAMILY_SQRT] = build_sqrt, [FAMILY_ABS] = build_abs,
	[FAMILY_SIGN] = build_sign, [FAMILY_MIN] = build_min, [FAMILY_MAX] = build_max,
	[FAMILY_EQ] = build_eq, [FAMILY_LT] = build_lt, [FAMILY_LE] = build_le,
	[FAMILY_MUX] = build_mux, [FAMILY_NOT] = build_not, [FAMILY_AND] = build_and,
	[FAMILY_OR] = build_or, [FAMILY_XOR] = build_xor, [FAMILY_SLICE] = build_slice,
	[FAMILY_SHLB] = build_shl, [FAMILY_ROTL] = build_rotl, [FAMILY_POPCOUNT] = build_popcount,
	[FAMILY_ANY] = build_any, [FAMILY_ALL] = build_all, [FAMILY_BITLEN] = build_bitlen,
	[FAMILY_NORM] = build_norm, [FAMILY_ONEHOT] = build_onehot, [FAMILY_PAIR] = build_pair,
	[FAMILY_PARTS] = build_parts, [FAMILY_PARTS_NEG] = build_parts_neg,
	[FAMILY_PARTS_ZERO] = build_parts_zero, [FAMILY_SORT2] = build_sort2,
	[FAMILY_XOR_ALL] = build_xor_all,
};

/* Input j as a word: a constant, or operand `from` of the net. */
static struct word
operand(struct net *n, const struct ask *q, unsigned j, unsigned *from)
{
	uint32_t k = q->width[j];
	wire *w;

	if (k == 0)
		return (struct word){ NULL, 0, false };
	if (q->constant != NULL && q->constant[j] != NULL)
		return word_const(n, q->constant[j], k, q->s->in[j].is_signed);
	w = net_alloc(n, k, sizeof *w);
	for (uint32_t i = 0; i < k; i++)
		w[i] = net_in(n, *from, i);
	++*from;
	return word_of(w, k, q->s->in[j].is_signed);
}

static const wire *
run(struct net *n, const void *arg, uint32_t *n_out)
{
	struct ask q = *(const struct ask *)arg;
	unsigned from = 0;

	q.a = operand(n, &q, 0, &from);
	q.b = operand(n, &q, 1, &from);
	q.c = operand(n, &q, 2, &from);
	struct word d = builder[q.s->family](n, &q);
	*n_out = q.out;
	return word_bits(n, &d, q.out);
}

/* name.goal.widths.out.imms, as "add.small.32.32s.33.0.0"; s: signed, k: known. */
static void
make_name(char *name, const struct family_spec *s, const uint64_t *const *constant)
{
	int at = snprintf(name, NAME_BYTES, "%s.%s", family_table[s->family].name,
	    s->goal == GOAL_SMALL ? "small" : "shallow");

	for (unsigned j = 0; j < 3 && s->in[j].width != 0; j++)
		at += snprintf(name + at, (size_t)(NAME_BYTES - at), ".%u%s%s", s->in[j].width,
		    s->in[j].is_signed ? "s" : "",
		    constant != NULL && constant[j] != NULL ? "k" : "");
	snprintf(name + at, (size_t)(NAME_BYTES - at), ".%u.%lld.%lld", s->out,
	    (long long)s->imm[0], (long long)s->imm[1]);
}

/* What the family asks of widths and immediates. */
static bool
fits(const struct family_spec *s)
{
	const struct family_info *f = &family_table[s->family];

	for (unsigned j = 0; j < 3; j++)
		if (s->family != FAMILY_PAIR && (j < f->n_inputs) != (s->in[j].width != 0))
			return false;
	if (s->out == 0 || s->in[0].width == 0 || s->imm[0] < 0 || s->imm[1] < 0 ||
	    s->imm[0] > UINT16_MAX || s->imm[1] > UINT16_MAX)
		return false;
	if (s->family == FAMILY_PARTS || s->family == FAMILY_PARTS_NEG ||
	    s->family == FAMILY_PARTS_ZERO || s->family == FAMILY_XOR_ALL)
		return s->imm[1] > 0 && s->imm[0] * s->imm[1] == s->in[0].width;
	if (s->family == FAMILY_SORT2)
		return s->in[0].width == s->in[1].width;
	return s->family != FAMILY_MUX || s->in[0].width == 1;
}

enum status
family_circuit_const(struct circuit *out, const struct family_spec *s,
    const uint64_t *const constant[3])
{
	struct ask q = { .s = s, .constant = constant, .out = s->out };
	char name[NAME_BYTES];
	struct build b = { .name = name, .goal = s->goal, .run = run, .arg = &q };
	unsigned left = 0;

	*out = (struct circuit){ .name = NULL };
	if (!fits(s))
		return ST_INTERNAL;
	for (unsigned j = 0; j < 3; j++) {
		q.width[j] = s->in[j].width;
		if (q.width[j] > 0 && (constant == NULL || constant[j] == NULL))
			b.width[left++] = q.width[j];
	}
	if (left == 0)
		return ST_INTERNAL;
	q.imm[0] = (uint32_t)s->imm[0];
	q.imm[1] = (uint32_t)s->imm[1];
	make_name(name, s, constant);
	enum status st = net_circuit(out, &b);
	return st == ST_OK ? ST_OK : ST_INTERNAL;
}

enum status
family_circuit(struct circuit *out, const struct family_spec *s)
{
	return family_circuit_const(out, s, NULL);
}
