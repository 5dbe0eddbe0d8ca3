/* ir_make.c: see ir_make.h */
#include "ir_make.h"

#include <assert.h>
#include <string.h>

#include "internal.h"
#include "../runtime/code/target.h"

enum {
	TRUNC_MAX = 60,                  /* bits that one truncation takes off, in any ring */
	N_BLOCK = 8,                     /* of public coefficients, four each */
};

ir_id
make_add(const struct make *m, ir_id a, ir_id b)
{
	return ir_binary(m->ir, IR_ADD, a, b, 0, m->at);
}

ir_id
make_sub(const struct make *m, ir_id a, ir_id b)
{
	return ir_binary(m->ir, IR_SUB, a, b, 0, m->at);
}

ir_id
make_mul(const struct make *m, ir_id a, ir_id b)
{
	return ir_binary(m->ir, IR_MUL, a, b, 0, m->at);
}

ir_id
make_const(const struct make *m, const mpz_t x, unsigned frac)
{
	return ir_const(m->ir, x, frac, m->at);
}

ir_id
make_power(const struct make *m, unsigned k, unsigned frac)
{
	mpz_t x;

	mpz_init(x);
	mpz_setbit(x, k);
	return make_const(m, x, frac);
}

ir_id
make_trunc(const struct make *m, ir_id a, unsigned k)
{
	if (k > TRUNC_MAX) {
		a = ir_unary(m->ir, IR_TRUNC, a, k - TRUNC_MAX, m->at);
		k = TRUNC_MAX;
	}
	return k == 0 ? a : ir_unary(m->ir, IR_TRUNC, a, k, m->at);
}

ir_id
make_label(const struct make *m, ir_id a, unsigned up)
{
	return up == 0 ? a : make_mul(m, a, make_power(m, 0, up));
}

ir_id
make_scaled(const struct make *m, ir_id a, int shift, unsigned frac)
{
	int up = (int)frac - m->ir->value[a].frac + (shift < 0 ? -shift : 0);

	assert(up >= 0);
	if (shift >= 0)
		return shift == 0 && up == 0 ? a :
		    make_mul(m, a, make_power(m, (unsigned)shift, (unsigned)up));
	return make_trunc(m, make_label(m, a, (unsigned)up), (unsigned)-shift);
}

ir_id
make_within(const struct make *m, ir_id a, const mpz_t lo, const mpz_t hi)
{
	ir_refine(m->ir, a, lo, hi);
	return a;
}

ir_id
make_within_power(const struct make *m, ir_id a, int64_t lo, unsigned k)
{
	mpz_t l, h;

	mpz_init_set_si(l, lo);
	mpz_init(h);
	mpz_setbit(h, k);
	return make_within(m, a, l, h);
}

/* Rows of a public table.  Each bit that becomes a number costs something: those of the picked row,
 * or those of the one-hot index, whose product with the table is free. */
static ir_id
pick_rows(const struct make *m, ir_id table, ir_id index, unsigned width)
{
	struct ir *ir = m->ir;
	const struct target *t = ir->compile->options->target;
	const struct ir_value *v = &ir->value[table];
	uint64_t rows = v->dims[0], bits = v->dims[1] * width;

	if (t->has_a && rows * t->lone_bit <= bits)
		return ir_matmul(ir, ir_onehot(ir, index, rows, m->at), table, m->at);
	return ir_pick(ir, table, index, m->at);
}

void
make_pick(const struct make *m, ir_id *column, mpz_t *table, uint64_t rows, uint64_t n,
    unsigned frac, ir_id index)
{
	struct ir *ir = m->ir;
	const uint64_t size[2] = { rows, n }, flat = ir->value[index].n;
	unsigned rank = ir->value[index].rank, width;
	uint64_t dims[N_RANK_MAX];

	memcpy(dims, ir->value[index].dims, sizeof dims);
	if (rank != 1)
		index = ir_reshape(ir, index, 1, &flat, m->at);
	ir_id all = ir_const_array(ir, table, 2, size, frac, m->at);
	mpz_srcptr least = ir->value[all].lo, most = ir->value[all].hi;
	width = 1 + (unsigned)mpz_sizeinbase(mpz_cmpabs(least, most) > 0 ? least : most, 2);
	ir_id row = pick_rows(m, all, index, width);
	ir_refine(ir, row, ir->value[all].lo, ir->value[all].hi);
	for (uint64_t k = 0; k < n; k++) {
		struct ir_affine from = { .base = (int64_t)k };
		mpz_srcptr lo = table[k], hi = table[k];
		for (uint64_t i = 1; i < rows; i++) {
			mpz_srcptr x = table[i * n + k];
			lo = mpz_cmp(x, lo) < 0 ? x : lo;
			hi = mpz_cmp(x, hi) > 0 ? x : hi;
		}
		column[k] = ir_slice(ir, row, 1, &from, 1, true, m->at);
		ir_refine(ir, column[k], lo, hi);
		if (rank != 1)
			column[k] = ir_reshape(ir, column[k], rank, dims, m->at);
	}
}

/* Blocks of four coefficients, each a sum of public multiples of s, s^2 and s^3, are the
 * coefficients of powers of s^4 [Paterson and Stockmeyer 1973]; these are added by pairs.  Sums
 * keep 2 frac bits until they are factors. */
enum { BLOCK = 4 };

static ir_id
block(const struct make *m, mpz_t *c, unsigned n, const ir_id *power, unsigned frac)
{
	mpz_t first;

	mpz_init(first);
	mpz_mul_2exp(first, c[0], frac);
	ir_id sum = make_const(m, first, 2 * frac);
	for (unsigned i = 1; i < n; i++)
		sum = make_add(m, sum, make_mul(m, power[i], make_const(m, c[i], frac)));
	return sum;
}

ir_id
make_public_polynomial(const struct make *m, mpz_t *c, unsigned n, ir_id s, unsigned frac)
{
	ir_id power[BLOCK + 1] = { IR_NONE, s }, q[N_BLOCK];
	unsigned count = (n + BLOCK - 1) / BLOCK;

	assert(count <= N_BLOCK && m->ir->value[s].frac == frac);
	for (unsigned i = 2; i <= BLOCK && i < n; i++)
		power[i] = make_trunc(m, make_mul(m, power[i - i / 2], power[i / 2]), frac);
	for (unsigned i = 0; i < count; i++) {
		unsigned rest = n - i * BLOCK;
		q[i] = block(m, &c[i * BLOCK], rest < BLOCK ? rest : BLOCK, power, frac);
	}
	for (ir_id t = power[BLOCK]; count > 1; count = (count + 1) / 2) {
		for (unsigned i = 0; i < count / 2; i++)
			q[i] = make_add(m, q[2 * i], make_mul(m, make_trunc(m, q[2 * i + 1], frac), t));
		if (count % 2 == 1)
			q[count / 2] = q[count - 1];
		if (count > 2)
			t = make_trunc(m, make_mul(m, t, t), frac);
	}
	return make_trunc(m, q[0], frac);
}

/* From so many elements on the wide ring costs more than a round. */
enum { NARROW_MIN = 256 };

/* Would a 2^k need the wide ring where b does not? */
static bool
widens(const struct ir_value *a, unsigned k, const struct ir_value *b)
{
	const size_t ring = 62, lo = mpz_sizeinbase(a->lo, 2), hi = mpz_sizeinbase(a->hi, 2);

	return (lo > hi ? lo : hi) + k > ring && mpz_sizeinbase(b->lo, 2) <= ring &&
	    mpz_sizeinbase(b->hi, 2) <= ring;
}

/* a + b t, where b and t are secret; the sum has `frac` of a, and is cut to `out`: in one step, but
 * for many elements not if that would need the wide ring. */
static ir_id
pair(const struct make *m, ir_id a, ir_id b, ir_id t, unsigned out)
{
	unsigned frac = m->ir->value[a].frac, tf = m->ir->value[t].frac;
	ir_id product = make_mul(m, b, t);
	const struct ir_value *v = &m->ir->value[product];

	if (out == frac || (v->n >= NARROW_MIN && widens(&m->ir->value[a], tf, v)))
		return make_trunc(m, make_add(m, make_trunc(m, product, tf), a), frac - out);
	a = ir_unary(m->ir, IR_SHL, a, tf, m->at);
	return make_trunc(m, make_add(m, product, a), frac + tf - out);
}

ir_id
make_polynomial(const struct make *m, ir_id *q, unsigned n, ir_id t, unsigned frac, unsigned out)
{
	assert(n >= 2);
	while (n > 1) {
		unsigned tf = m->ir->value[t].frac;
		for (unsigned i = 0; i < n / 2; i++)
			q[i] = pair(m, q[2 * i], q[2 * i + 1], t, n == 2 ? out : frac);
		if (n % 2 == 1)
			q[n / 2] = q[n - 1];
		n = (n + 1) / 2;
		if (n == 1)
			break;
		t = make_mul(m, t, t);
		if (2 * tf >= frac)
			t = make_trunc(m, t, 2 * tf - frac);
		else
			t = ir_unary(m->ir, IR_SHL, t, frac - 2 * tf, m->at);
	}
	return q[0];
}
