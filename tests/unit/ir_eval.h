/* ir_eval.h: the IR by its definition (compiler/ir.def), in whole numbers of any size.
 *
 * For tests of what changes the IR: evaluate, change, evaluate again.  Within compile_guarded;
 * memory is the compilation's. */
#ifndef KONSIL_TEST_IR_EVAL_H
#define KONSIL_TEST_IR_EVAL_H

#include <assert.h>
#include <string.h>

#include "../../compiler/internal.h"
#include "../../compiler/ir_const.h"
#include "../../runtime/code/plain_op.h"

struct ir_eval {
	struct ir *ir;
	/* Fills the n elements (initialised) of an INPUT; NULL: they are random within its range. */
	void (*input)(void *arg, const struct ir_value *, mpz_t *x);
	void *arg;
	uint64_t state;                  /* of random numbers; not 0 */
	bool slack;                      /* TRUNC is sometimes one more, as on shares */
	/* Filled: */
	mpz_t **x;                       /* by id: n elements, as they were computed last */
	int64_t *counter;                /* by loop's id */
	bool asserted;                   /* every ASSERT held */
	bool in_range;                   /* what every ASSUME says was so */
	bool assumed;                    /* every second operand of an ASSUME was 1 */
};

static uint64_t
eval_random(struct ir_eval *e)
{
	e->state ^= e->state >> 12;
	e->state ^= e->state << 25;
	e->state ^= e->state >> 27;
	return e->state * 0x2545f4914f6cdd1du;
}

/* Uniform enough in lo..hi. */
static void
eval_between(struct ir_eval *e, mpz_t x, const mpz_t lo, const mpz_t hi)
{
	mpz_t width;

	mpz_init(width);
	mpz_sub(width, hi, lo);
	mpz_add_ui(width, width, 1);
	mpz_set_ui(x, 0);
	for (size_t bits = 0; bits < mpz_sizeinbase(width, 2) + 32; bits += 64) {
		mpz_mul_2exp(x, x, 64);
		mpz_add_ui(x, x, eval_random(e));
	}
	mpz_mod(x, x, width);
	mpz_add(x, x, lo);
}

static int64_t
eval_affine(const struct ir_eval *e, const struct ir_affine *f)
{
	int64_t at = f->base;

	for (uint32_t i = 0; i < f->n; i++)
		at += f->term[i].coef * e->counter[f->term[i].loop];
	return at;
}

/* Where element i of a view's shape stands in the flat array below. */
static int64_t
eval_place(const struct ir_eval *e, const struct ir_view *w, unsigned rank, const uint64_t *dims,
    uint64_t i)
{
	int64_t at = eval_affine(e, &w->offset);

	for (unsigned k = rank; k-- > 0; i /= dims[k])
		at += (int64_t)(i % dims[k]) * w->stride[k];
	return at;
}

static void
eval_low(mpz_t d, const mpz_t a, unsigned bits)
{
	mpz_fdiv_r_2exp(d, a, bits);
}

static void
eval_round(mpz_t d, const mpz_t a, unsigned k)
{
	mpz_t t;

	mpz_init_set(t, a);
	if (k > 0) {
		mpz_set_ui(d, 1);
		mpz_mul_2exp(d, d, k - 1);
		mpz_add(t, t, d);
	}
	mpz_fdiv_q_2exp(d, t, k);
	if (k > 0 && mpz_divisible_2exp_p(t, k) && mpz_odd_p(d))
		mpz_sub_ui(d, d, 1);
}

static void
eval_quotient(mpz_t d, const mpz_t a, const mpz_t b, unsigned shift)
{
	mpz_t t;

	mpz_init(t);
	if (mpz_sgn(b) == 0) {
		mpz_set_ui(d, 0);
		return;
	}
	mpz_mul_2exp(t, a, shift);
	mpz_fdiv_q(d, t, b);
}

/* Functions of real numbers: the plain kernels, within one unit. */
static void
eval_function(const struct ir_eval *e, const struct ir_value *v, mpz_t d, const mpz_t a)
{
	i128 y;
	bool ok = plain_op(&y, ir_plain_insn(v->op), 128, ir_from_mpz(a), 0, 0, ir_plain_imm(e->ir, v));

	assert(ok);
	(void)ok;
	ir_to_mpz(d, y);
}

static void
eval_sort2(const struct ir_value *v, mpz_t d, const mpz_t a, const mpz_t b)
{
	mpz_t ka, kb;

	mpz_inits(ka, kb, NULL);
	mpz_fdiv_q_2exp(ka, a, (mp_bitcnt_t)v->imm[0]);
	mpz_fdiv_q_2exp(kb, b, (mp_bitcnt_t)v->imm[0]);
	bool swap = mpz_cmp(kb, ka) < 0;
	mpz_mul_2exp(ka, swap ? a : b, v->bits / 2);
	mpz_add(d, ka, swap ? b : a);
}

static void
eval_bits(const struct ir_eval *e, const struct ir_value *v, mpz_t d, mpz_srcptr a, mpz_srcptr b)
{
	unsigned n = v->n_args > 0 ? e->ir->value[v->args[0]].bits : 0;
	mp_bitcnt_t k = (mp_bitcnt_t)v->imm[0];

	switch (v->op) {
	case IR_SHLB:
		mpz_mul_2exp(d, a, k);
		eval_low(d, d, n);
		return;
	case IR_SHRB: case IR_SLICEB:
		mpz_fdiv_q_2exp(d, a, k);
		eval_low(d, d, v->bits);
		return;
	case IR_ROTLB:
		k = (mp_bitcnt_t)((v->imm[0] % (int64_t)n + (int64_t)n) % (int64_t)n);
		mpz_t t;
		mpz_init(t);
		mpz_fdiv_q_2exp(t, a, n - k);
		mpz_mul_2exp(d, a, k);
		mpz_add(d, d, t);
		eval_low(d, d, n);
		return;
	case IR_ADDB:
		mpz_add(d, a, b);
		eval_low(d, d, n);
		return;
	case IR_CATB:
		mpz_mul_2exp(d, b, n);
		mpz_add(d, d, a);
		return;
	case IR_SORT2: eval_sort2(v, d, a, b); return;
	case IR_POPCNT: mpz_set_ui(d, mpz_popcount(a)); return;
	case IR_TOBITS: eval_low(d, a, v->bits); return;
	case IR_BITLEN: mpz_set_ui(d, mpz_sgn(a) == 0 ? 0 : mpz_sizeinbase(a, 2)); return;
	case IR_NORM:
		mpz_set_ui(d, 0);
		if (mpz_sgn(a) != 0)
			mpz_setbit(d, k - mpz_sizeinbase(a, 2));
		return;
	case IR_TONUM:
		mpz_set(d, a);
		return;
	default:
		assert(false && "no operation on bits");
	}
}

static void
eval_bit_op(const struct ir_value *v, mpz_t d, mpz_srcptr a, mpz_srcptr b)
{
	if (v->op == IR_AND) {
		mpz_and(d, a, b);
	} else if (v->op == IR_OR) {
		mpz_ior(d, a, b);
	} else if (v->op == IR_XOR) {
		mpz_xor(d, a, b);
	} else {
		mpz_set_ui(d, 0);
		mpz_setbit(d, v->bits > 0 ? v->bits : 1);
		mpz_sub_ui(d, d, 1);
		mpz_sub(d, d, a);
	}
}

/* One element of what is elementwise: a, b and c are those of the operands. */
static void
eval_one(struct ir_eval *e, const struct ir_value *v, mpz_t d, mpz_srcptr a, mpz_srcptr b,
    mpz_srcptr c)
{
	unsigned k = (unsigned)v->imm[0];

	switch ((enum ir_op)v->op) {
	case IR_NEG: mpz_neg(d, a); return;
	case IR_ADD: mpz_add(d, a, b); return;
	case IR_SUB: mpz_sub(d, a, b); return;
	case IR_MUL: mpz_mul(d, a, b); return;
	case IR_SHL: case IR_SCALE2: mpz_mul_2exp(d, a, k); return;
	case IR_TRUNC:
		mpz_fdiv_q_2exp(d, a, k);
		if (e->slack)
			mpz_add_ui(d, d, eval_random(e) >> 63);
		return;
	case IR_DIV: eval_quotient(d, a, b, k); return;
	case IR_FDIV: eval_quotient(d, a, b, 0); return;
	case IR_MOD:
		mpz_set_ui(d, 0);
		if (mpz_sgn(b) != 0)
			mpz_fdiv_r(d, a, b);
		return;
	case IR_FLOOR: mpz_fdiv_q_2exp(d, a, k); return;
	case IR_ROUND: eval_round(d, a, k); return;
	case IR_ABS: mpz_abs(d, a); return;
	case IR_SIGN: mpz_set_si(d, mpz_sgn(a)); return;
	case IR_SQRT: case IR_EXP: case IR_LOG: case IR_RSQRT: case IR_LOG2: case IR_SIN: case IR_COS:
	case IR_TANH: case IR_SIGMOID: case IR_ERF:
		eval_function(e, v, d, a);
		return;
	case IR_MIN: mpz_set(d, mpz_cmp(a, b) < 0 ? a : b); return;
	case IR_MAX: mpz_set(d, mpz_cmp(a, b) > 0 ? a : b); return;
	case IR_EQ: mpz_set_si(d, mpz_cmp(a, b) == 0); return;
	case IR_LT: mpz_set_si(d, mpz_cmp(a, b) < 0); return;
	case IR_LE: mpz_set_si(d, mpz_cmp(a, b) <= 0); return;
	case IR_NOT: case IR_AND: case IR_OR: case IR_XOR: eval_bit_op(v, d, a, b); return;
	case IR_SELECT: mpz_set(d, mpz_sgn(a) != 0 ? b : c); return;
	case IR_HOME: case IR_REVEAL: case IR_ASSUME: mpz_set(d, a); return;
	default: eval_bits(e, v, d, a, b); return;
	}
}

/* A circuit, bit by bit: its operands are one long number. */
static void
eval_circuit(const struct ir_eval *e, const struct ir_value *v, mpz_t d, uint64_t i)
{
	const struct circuit *c = e->ir->circuit[v->imm[0]];
	uint8_t *reg = compile_alloc(e->ir->compile, c->n_reg + 1);
	uint32_t at = 0;

	for (uint32_t k = 0; k < v->n_args; k++) {
		mpz_srcptr a = e->x[v->args[k]][e->ir->value[v->args[k]].n == 1 ? 0 : i];
		for (uint32_t b = 0; b < c->width[k]; b++)
			reg[at++] = (uint8_t)mpz_tstbit(a, b);
	}
	for (uint32_t r = 0; r <= c->n_layers; r++)
		for (uint32_t g = c->layer[r].linear; g < circuit_end(c, r); g++) {
			const struct gate *q = &c->gate[g];
			if (g >= c->layer[r].and)
				reg[q->d] = reg[q->a] & reg[q->b];
			else
				reg[q->d] = q->b == GATE_NOT ? !reg[q->a] : reg[q->a] ^ reg[q->b];
		}
	mpz_set_ui(d, 0);
	for (uint32_t b = 0; b < c->n_out; b++)
		if (reg[c->out[b]])
			mpz_setbit(d, b);
}

static void
eval_each(struct ir_eval *e, const struct ir_value *v, mpz_t *d)
{
	for (uint64_t i = 0; i < v->n; i++) {
		mpz_srcptr a[3] = { NULL, NULL, NULL };
		for (uint32_t k = 0; k < v->n_args && k < 3; k++)
			a[k] = e->x[v->args[k]][e->ir->value[v->args[k]].n == 1 ? 0 : i];
		if (v->op == IR_CIRCUIT)
			eval_circuit(e, v, d[i], i);
		else
			eval_one(e, v, d[i], a[0], a[1], a[2]);
	}
}

static void
eval_leaf(struct ir_eval *e, const struct ir_value *v, mpz_t *d)
{
	for (uint64_t i = 0; i < v->n; i++)
		if (v->op == IR_CONST)
			mpz_set(d[i], v->data[i]);
		else if (v->op == IR_IOTA)
			mpz_set_si(d[i], v->imm[0] + (int64_t)i * v->imm[1]);
		else if (v->op == IR_COUNTER)
			mpz_set_si(d[i], e->counter[v->imm[0]]);
		else if (v->op == IR_RANDOM || (v->op == IR_INPUT && e->input == NULL))
			eval_between(e, d[i], v->lo, v->hi);
		else if (v->op == IR_SHUFFLE)
			mpz_set_ui(d[i], i);
	for (uint64_t i = v->n; v->op == IR_SHUFFLE && i > 1; i--)
		mpz_swap(d[i - 1], d[eval_random(e) % i]);
	if (v->op == IR_INPUT && e->input != NULL)
		e->input(e->arg, v, d);
}

static void
eval_concat(const struct ir_eval *e, const struct ir_value *v, mpz_t *d)
{
	uint64_t at = 0;

	for (uint32_t k = 0; k < v->n_args; k++)
		for (uint64_t i = 0; i < e->ir->value[v->args[k]].n; i++)
			mpz_set(d[at++], e->x[v->args[k]][i]);
}

static void
eval_view(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a)
{
	for (uint64_t i = 0; i < v->n; i++) {
		int64_t r = eval_place(e, v->view, v->rank, v->dims, i);
		assert(r >= 0 && r < (int64_t)e->ir->value[v->args[0]].n);
		mpz_set(d[i], a[r]);
	}
}

static void
eval_update(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	const struct ir_value *y = &e->ir->value[v->args[1]];

	for (uint64_t i = 0; i < v->n; i++)
		mpz_set(d[i], a[i]);
	for (uint64_t i = 0; i < y->n; i++) {
		int64_t r = eval_place(e, v->view, y->rank, y->dims, i);
		assert(r >= 0 && r < (int64_t)v->n);
		mpz_set(d[r], b[i]);
	}
}

static void
eval_gather(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	uint64_t row = (uint64_t)v->imm[0];
	int64_t rows = row == 0 ? 0 : (int64_t)(e->ir->value[v->args[0]].n / row);

	for (uint64_t i = 0; i < v->n; i++) {
		int64_t r = mpz_get_si(b[i / row]);
		if (v->imm[1] == 1)
			r = r < 0 ? 0 : r >= rows ? rows - 1 : r;
		assert(r >= 0 && r < rows);
		mpz_set(d[i], a[(uint64_t)r * row + i % row]);
	}
}

static void
eval_put(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	uint64_t row = (uint64_t)v->imm[0];
	int64_t r = mpz_get_si(e->x[v->args[2]][0]), rows = row == 0 ? 0 : (int64_t)(v->n / row);
	bool in = r >= 0 && r < rows;

	assert(in || v->imm[1] == 1);
	for (uint64_t i = 0; i < v->n; i++)
		mpz_set(d[i], in && i / row == (uint64_t)r ? b[i % row] : a[i]);
}

/* Sums, running sums and extremes over the middle. */
static void
eval_fold(const struct ir_value *v, mpz_t *d, mpz_t *a)
{
	uint64_t mid = (uint64_t)v->imm[1], inner = (uint64_t)v->imm[2];
	mpz_t acc;

	mpz_init(acc);
	for (uint64_t at = 0; at < (uint64_t)v->imm[0] * inner; at++) {
		uint64_t o = at / inner, j = at % inner;
		mpz_set_ui(acc, 0);
		for (uint64_t i = 0; i < mid; i++) {
			mpz_srcptr x = a[(o * mid + i) * inner + j];
			if (v->op == IR_SUM || v->op == IR_CUMSUM)
				mpz_add(acc, acc, x);
			else if (i == 0 || (v->op == IR_MINR) == (mpz_cmp(x, acc) < 0))
				mpz_set(acc, x);
			if (v->op == IR_CUMSUM)
				mpz_set(d[(o * mid + i) * inner + j], acc);
		}
		if (v->op != IR_CUMSUM)
			mpz_set(d[at], acc);
	}
}

static void
eval_product(const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	bool tn = v->op == IR_TNMUL;
	uint64_t m = (uint64_t)v->imm[tn ? 1 : 0], k = (uint64_t)v->imm[tn ? 0 : 1];
	uint64_t n = (uint64_t)v->imm[2];

	for (uint64_t i = 0; i < m; i++)
		for (uint64_t j = 0; j < n; j++) {
			mpz_set_ui(d[i * n + j], 0);
			for (uint64_t t = 0; t < k; t++)
				mpz_addmul(d[i * n + j], a[tn ? t * m + i : i * k + t], b[t * n + j]);
		}
}

/* Stable: behind all that are less, and behind equals that stand before it. */
static void
eval_order(const struct ir_value *v, mpz_t *d, mpz_t *a)
{
	uint64_t mid = (uint64_t)v->imm[1], inner = (uint64_t)v->imm[2];

	for (uint64_t at = 0; at < v->n; at++) {
		uint64_t o = at / inner / mid, i = at / inner % mid, j = at % inner, before = 0;
		for (uint64_t k = 0; k < mid; k++) {
			int c = mpz_cmp(a[(o * mid + k) * inner + j], a[at]);
			before += c < 0 || (c == 0 && k < i);
		}
		mpz_set_ui(d[(o * mid + before) * inner + j], i);
	}
}

/* Records of bits, each column by itself: behind those with a lower key, and equal ones above; or
 * anywhere. */
static void
eval_records(struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a)
{
	uint64_t rows = (uint64_t)v->imm[0], m = v->n / rows;
	mp_bitcnt_t key = (mp_bitcnt_t)v->imm[1];
	mpz_t x, y;

	mpz_inits(x, y, NULL);
	for (uint64_t at = 0; at < v->n; at++) {
		uint64_t j = at % m, i = at / m, to = v->op == IR_SHUFB ? eval_random(e) % (i + 1) : 0;
		for (uint64_t k = 0; v->op == IR_SORTB && k < rows; k++) {
			mpz_fdiv_q_2exp(x, a[k * m + j], key);
			mpz_fdiv_q_2exp(y, a[at], key);
			to += mpz_cmp(x, y) < 0 || (mpz_cmp(x, y) == 0 && k < i);
		}
		if (v->op == IR_SHUFB)
			mpz_set(d[at], d[to * m + j]);
		mpz_set(d[to * m + j], a[at]);
	}
}

static void
eval_take(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	uint64_t mid = (uint64_t)v->imm[1], inner = (uint64_t)v->imm[2];
	bool rows = e->ir->value[v->args[1]].n != v->n;

	for (uint64_t at = 0; at < v->n; at++) {
		uint64_t o = at / inner / mid, j = at % inner;
		int64_t from = mpz_get_si(b[rows ? at / inner % mid : at]);
		assert(from >= 0 && from < (int64_t)mid);
		mpz_set(d[at], a[(o * mid + (uint64_t)from) * inner + j]);
	}
}

static void
eval_pick(const struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	uint64_t row = (uint64_t)v->imm[0], rows = row == 0 ? 0 : e->ir->value[v->args[0]].n / row;

	for (uint64_t i = 0; i < v->n; i++) {
		mpz_srcptr at = b[i / row];
		bool in = mpz_sgn(at) >= 0 && mpz_cmp_ui(at, rows) < 0;
		if (in)
			mpz_set(d[i], a[mpz_get_ui(at) * row + i % row]);
		else
			mpz_set_ui(d[i], 0);
	}
}

static void eval_block(struct ir_eval *, const struct ir_block *);

static mpz_t *
eval_copy(struct ir_eval *e, mpz_t *x, uint64_t n)
{
	mpz_t *d = compile_alloc(e->ir->compile, (n + 1) * sizeof *d);

	for (uint64_t i = 0; i < n; i++)
		mpz_init_set(d[i], x[i]);
	return d;
}

static void
eval_loop(struct ir_eval *e, ir_id id)
{
	const struct ir_value v = e->ir->value[id];
	const struct ir_loop *l = v.loop;
	int64_t lo = eval_affine(e, &l->lo), hi = eval_affine(e, &l->hi);
	mpz_t **now = compile_alloc(e->ir->compile, (l->n_carried + 1) * sizeof *now);

	for (uint32_t k = 0; k < l->n_carried; k++)
		e->x[l->arg[k]] = eval_copy(e, e->x[v.args[k]], e->ir->value[l->arg[k]].n);
	for (int64_t i = lo; i < hi; i++) {
		e->counter[id] = i;
		eval_block(e, l->body);
		for (uint32_t k = 0; k < l->n_carried; k++)
			now[k] = eval_copy(e, e->x[l->yield[k]], e->ir->value[l->arg[k]].n);
		for (uint32_t k = 0; k < l->n_carried; k++)
			e->x[l->arg[k]] = now[k];
	}
}

static void
eval_flow(struct ir_eval *e, const struct ir_value *v, mpz_t *d)
{
	if (v->op != IR_ASSERT)
		eval_each(e, v, d);
	for (uint64_t i = 0; v->op == IR_ASSERT && i < v->n; i++)
		e->asserted &= mpz_cmp_ui(e->x[v->args[0]][i], 1) == 0;
	if (v->op == IR_ASSUME && v->n_args > 1)
		e->assumed &= mpz_cmp_ui(e->x[v->args[1]][0], 1) == 0;
	for (uint64_t i = 0; v->op == IR_ASSUME && i < v->n; i++)
		e->in_range &= mpz_cmp(d[i], v->lo) >= 0 && mpz_cmp(d[i], v->hi) <= 0;
}

static void
eval_reduce(struct ir_eval *e, const struct ir_value *v, mpz_t *d, mpz_t *a, mpz_t *b)
{
	switch ((enum ir_op)v->op) {
	case IR_MATMUL: case IR_TNMUL: eval_product(v, d, a, b); return;
	case IR_ORDER: eval_order(v, d, a); return;
	case IR_SORTB: case IR_SHUFB: eval_records(e, v, d, a); return;
	case IR_TAKE: eval_take(e, v, d, a, b); return;
	case IR_PICK: eval_pick(e, v, d, a, b); return;
	case IR_ONEHOT:
		for (uint64_t i = 0; i < v->n; i++)
			mpz_set_si(d[i], mpz_cmp_ui(a[i / (uint64_t)v->imm[0]], i % (uint64_t)v->imm[0]) == 0);
		return;
	default: eval_fold(v, d, a); return;
	}
}

static void
eval_value(struct ir_eval *e, ir_id id)
{
	const struct ir_value v = e->ir->value[id];
	mpz_t *d = compile_alloc(e->ir->compile, (v.n + 1) * sizeof *d);
	mpz_t *a = v.n_args > 0 ? e->x[v.args[0]] : NULL, *b = v.n_args > 1 ? e->x[v.args[1]] : NULL;

	for (uint64_t i = 0; i < v.n; i++)
		mpz_init(d[i]);
	if (v.op == IR_RESULT)
		d = e->x[e->ir->value[v.args[0]].loop->arg[v.imm[1]]];
	else if (ir_ops[v.op].class == CLASS_LEAF)
		eval_leaf(e, &v, d);
	else if (ir_ops[v.op].class == CLASS_FLOW)
		eval_flow(e, &v, d);
	else if (ir_ops[v.op].class == CLASS_EACH)
		eval_each(e, &v, d);
	else if (ir_ops[v.op].class == CLASS_REDUCE)
		eval_reduce(e, &v, d, a, b);
	else if (v.op == IR_VIEW)
		eval_view(e, &v, d, a);
	else if (v.op == IR_CONCAT)
		eval_concat(e, &v, d);
	else if (v.op == IR_UPDATE)
		eval_update(e, &v, d, a, b);
	else if (v.op == IR_GATHER)
		eval_gather(e, &v, d, a, b);
	else
		eval_put(e, &v, d, a, b);
	e->x[id] = d;
	/* As long as what was assumed holds, every element lies in the range that was derived. */
	for (uint64_t i = 0; i < v.n && e->in_range; i++)
		assert(mpz_cmp(d[i], v.lo) >= 0 && mpz_cmp(d[i], v.hi) <= 0);
}

static void
eval_block(struct ir_eval *e, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (e->ir->value[b->value[i]].op == IR_LOOP)
			eval_loop(e, b->value[i]);
		else if (e->ir->value[b->value[i]].op != IR_ARG)
			eval_value(e, b->value[i]);
}

/* Evaluates the whole program; ir, input, arg, state and slack are the caller's. */
static void
ir_eval(struct ir_eval *e)
{
	e->x = compile_alloc(e->ir->compile, (e->ir->n + 1) * sizeof *e->x);
	e->counter = compile_alloc(e->ir->compile, (e->ir->n + 1) * sizeof *e->counter);
	e->asserted = e->assumed = e->in_range = true;
	eval_block(e, e->ir->top);
}

#endif
