/* test_functions.c: functions of real numbers on shares, as they are expanded, against the kernels
 * that compute them in the clear: on grids, at the ends of ranges, at powers of two and at random,
 * where every truncation is sometimes one more.  The evaluation also asserts that every value lies
 * in the range that the compiler derived or was promised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "../../compiler/ir_expand.h"
#include "../../runtime/base/fixmath.h"
#include "ir_eval.h"

static const struct span nowhere;

enum { N_POINT = 400 };

/* An operand's range, as numbers with `frac` fractional bits times 2^-scale. */
struct operand {
	int64_t lo, hi;
	unsigned scale;
};

struct trial {
	enum ir_op op;
	unsigned frac;
	struct operand a, b;             /* b: the divisor */
	unsigned b_frac;
	bool known;                      /* to one party: the divisor */
	uint64_t state;
	mpz_t *x[2];
};

static void
given(void *arg, const struct ir_value *v, mpz_t *x)
{
	const struct trial *t = arg;

	for (uint64_t i = 0; i < v->n; i++)
		mpz_set(x[i], t->x[v->imm[1]][i]);
}

static void
set_end(mpz_t x, int64_t end, const struct operand *o, unsigned frac)
{
	mpz_set_si(x, end);
	mpz_mul_2exp(x, x, frac);
	mpz_fdiv_q_2exp(x, x, o->scale);
}

/* A point of the range: its ends, about 0, about powers of two, a grid, and random ones of every
 * size. */
static void
draw(struct ir_eval *e, mpz_t x, const struct ir_value *v, uint64_t i)
{
	mpz_t t;

	mpz_init(t);
	if (i < 8) {
		mpz_set(x, i < 4 ? v->lo : v->hi);
		if (i < 4)
			mpz_add_ui(x, x, i);
		else
			mpz_sub_ui(x, x, i - 4);
	} else if (i < 16) {
		mpz_set_si(x, (int64_t)i - 12);
	} else if (i < 100) {
		mpz_sub(t, v->hi, v->lo);
		mpz_mul_ui(t, t, i - 16);
		mpz_fdiv_q_ui(t, t, 84);
		mpz_add(x, v->lo, t);
	} else {
		eval_between(e, x, v->lo, v->hi);
		mpz_fdiv_q_2exp(x, x, i % 2 ? 0 : eval_random(e) % 64);
		if (i % 5 == 0) {
			bool minus = mpz_sgn(x) < 0;
			unsigned bits = (unsigned)mpz_sizeinbase(x, 2);
			mpz_set_si(x, (int64_t)(eval_random(e) % 3) - 1);
			mpz_setbit(t, bits);
			mpz_add(x, x, t);
			if (minus)
				mpz_neg(x, x);
		}
	}
	if (mpz_cmp(x, v->lo) < 0)
		mpz_set(x, v->lo);
	if (mpz_cmp(x, v->hi) > 0)
		mpz_set(x, v->hi);
}

static ir_id
operand(struct ir *ir, struct trial *t, unsigned k)
{
	const struct operand *o = k == 0 ? &t->a : &t->b;
	unsigned frac = k == 0 ? t->frac : t->b_frac;
	const uint64_t n = N_POINT;
	struct ir_eval e = { .state = t->state + k + 1 };
	ir_id id = ir_add(ir, IR_INPUT, 0, NULL, nowhere);

	ir_shape(ir, id, 1, &n);
	struct ir_value *v = &ir->value[id];
	v->open = SECRET;
	v->frac = (uint8_t)frac;
	v->imm[1] = k;
	set_end(v->lo, o->lo, o, frac);
	set_end(v->hi, o->hi, o, frac);
	t->x[k] = compile_alloc(ir->compile, n * sizeof(mpz_t));
	for (uint64_t i = 0; i < n; i++) {
		mpz_init(t->x[k][i]);
		/* Not the same point of both operands. */
		draw(&e, t->x[k][i], v, k == 0 ? i : i * 173 % n);
	}
	return id;
}

/* Is the result said? */
static bool
defined(const struct trial *t, uint64_t i)
{
	switch (t->op) {
	case IR_SQRT: return mpz_sgn(t->x[0][i]) >= 0;
	case IR_LOG: case IR_LOG2: return mpz_sgn(t->x[0][i]) > 0;
	default: return true;
	}
}

static void
check_result(struct trial *t, struct ir *ir, ir_id old, ir_id fresh, struct ir_eval *e)
{
	const struct ir_value *v = &ir->value[old];
	mpz_t d, bound, loss;

	mpz_inits(d, bound, loss, NULL);
	assert_int_equal(ir->value[fresh].frac, v->frac);
	for (uint64_t i = 0; i < N_POINT; i++) {
		if (!defined(t, i))
			continue;
		mpz_sub(d, e->x[fresh][i], e->x[old][i]);
		mpz_set_ui(bound, t->op == IR_DIV ? 2 : 1);
		mpz_abs(loss, e->x[old][i]);
		mpz_fdiv_q_2exp(loss, loss, 54);
		mpz_add(bound, bound, loss);
		if (mpz_cmpabs(d, bound) > 0) {
			gmp_printf("%s frac %u a %Zd b %Zd: %Zd, not %Zd\n", ir_ops[t->op].name, t->frac,
			    t->x[0][i], t->op == IR_DIV ? t->x[1][i] : t->x[0][i], e->x[fresh][i],
			    e->x[old][i]);
			fail();
		}
		if (mpz_cmp(e->x[fresh][i], v->lo) < 0 || mpz_cmp(e->x[fresh][i], v->hi) > 0) {
			gmp_printf("%s frac %u a %Zd: %Zd outside %Zd..%Zd\n", ir_ops[t->op].name, t->frac,
			    t->x[0][i], e->x[fresh][i], v->lo, v->hi);
			fail();
		}
	}
}

static void
run_trial(struct compile *c, void *arg)
{
	struct trial *t = arg;
	struct ir *ir = ir_new(c);
	ir_id a = operand(ir, t, 0), b = IR_NONE, old;

	if (t->op == IR_DIV) {
		b = operand(ir, t, 1);
		ir->value[b].domain = t->known ? DOM_L : DOM_A;
		old = ir_binary(ir, IR_DIV, a, b, t->b_frac, nowhere);
	} else {
		old = ir_unary(ir, t->op, a, 0, nowhere);
	}
	struct ir_value v = ir->value[old];
	ir_id fresh = function_expand(ir, &v, a, b, nowhere);
	for (int round = 0; round < 3; round++) {
		struct ir_eval e = { .ir = ir, .input = given, .arg = t, .state = t->state + 99,
			.slack = round > 0 };
		e.state += (uint64_t)round;
		ir_eval(&e);
		check_result(t, ir, old, fresh, &e);
	}
}

static void
run_under(const struct target *target, struct trial t)
{
	struct compile_options o = { .target = target };
	struct compile c = { .arena = arena_new(), .options = &o };
	struct fault f = { 0 };

	assert_non_null(c.arena);
	t.state = 7 + t.op + 1000 * t.frac;
	enum status st = compile_guarded(&c, &f, run_trial, &t);
	arena_free(c.arena);
	if (st != ST_OK)
		fail_msg("%s frac %u in %lld..%lld / 2^%u, %s: %s", ir_ops[t.op].name, t.frac,
		    (long long)t.a.lo, (long long)t.a.hi, t.a.scale, target->name, f.message);
}

/* What costs what decides between few wide intervals and many narrow ones, and how the rows of a
 * table are picked. */
static void
run(struct trial t)
{
	static const struct target apart = { .name = "dear products", .has_a = true, .has_b = true,
		.and_bits = 66, .lone_bit = 1, .product = 100 };
	static const struct target together = { .name = "dear lone bits", .has_a = true,
		.has_b = true, .and_bits = 1, .lone_bit = 2, .product = 4 };
	static const struct target bits_only = { .name = "bits only", .has_y = true, .and_bits = 66,
		.lone_bit = 1, .product = 100 };

	if (t.frac % 16 != 0) {
		run_under(&bits_only, t);
	} else {
		run_under(&apart, t);
		run_under(&together, t);
	}
}

static const unsigned fracs[] = { 1, 4, 8, 16, 24, 32, 40 };

static void
run_all(const enum ir_op *op, size_t n_ops, const struct operand *o, size_t n)
{
	for (size_t j = 0; j < n_ops; j++)
		for (size_t k = 0; k < sizeof fracs / sizeof *fracs; k++)
			for (size_t i = 0; i < n; i++)
				run((struct trial){ .op = op[j], .frac = fracs[k], .a = o[i] });
}

#define N_OF(x) (sizeof(x) / sizeof *(x))

static void
test_roots(void **state)
{
	static const enum ir_op op[] = { IR_SQRT, IR_RSQRT, IR_LOG, IR_LOG2 };
	static const struct operand o[] = { { 0, 1, 0 }, { 1, 100, 0 }, { 1, 2000, 6 }, { -8, 8, 0 },
		{ 0, 1 << 20, 0 }, { -(1 << 20), 1 << 20, 0 }, { 3, 4, 2 }, { 5, 5, 0 }, { 0, 1, 7 },
		{ -3, -1, 0 }, { 1 << 10, 1 << 20, 0 } };

	(void)state;
	run_all(op, N_OF(op), o, N_OF(o));
}

static void
test_exp(void **state)
{
	static const enum ir_op op[] = { IR_EXP };
	static const struct operand o[] = { { 0, 1, 0 }, { -8, 8, 0 }, { -18, 8, 0 }, { -100, 0, 0 },
		{ -1, 20, 0 }, { -(1 << 20), 1, 0 }, { 3, 4, 0 }, { -1, 1, 5 }, { -50, -40, 0 } };

	(void)state;
	run_all(op, N_OF(op), o, N_OF(o));
}

static void
test_bounded(void **state)
{
	static const enum ir_op op[] = { IR_SIGMOID, IR_TANH, IR_ERF };
	static const struct operand o[] = { { -8, 8, 0 }, { 0, 1, 0 }, { -100, 100, 0 },
		{ -(1 << 20), 1 << 20, 0 }, { 2, 3, 0 }, { -1, 1, 6 }, { 40, 60, 0 }, { -1, 1 << 20, 0 } };

	(void)state;
	run_all(op, N_OF(op), o, N_OF(o));
}

static void
test_waves(void **state)
{
	static const enum ir_op op[] = { IR_SIN, IR_COS };
	static const struct operand o[] = { { -8, 18, 0 }, { 0, 1, 0 }, { -100, 100, 0 },
		{ -(1 << 20), 1 << 20, 0 }, { 2, 3, 0 }, { -1, 1, 6 }, { 1000, 1001, 0 },
		{ -(1 << 30), 1 << 30, 0 } };

	(void)state;
	run_all(op, N_OF(op), o, N_OF(o));
}

/* As fine as the widest ring has room for. */
static void
test_fine(void **state)
{
	static const enum ir_op op[] = { IR_SQRT, IR_LOG, IR_LOG2, IR_EXP, IR_SIN, IR_COS, IR_TANH,
		IR_SIGMOID, IR_ERF };

	(void)state;
	for (size_t j = 0; j < N_OF(op); j++)
		for (unsigned f = 46; f <= 50; f += 2)
			run((struct trial){ .op = op[j], .frac = f, .a = { -8, 8, 0 } });
}

static void
test_quotients(void **state)
{
	static const struct operand a[] = { { -8, 8, 0 }, { 0, 1, 0 }, { -(1 << 20), 1 << 20, 0 },
		{ 1, 100, 0 } };
	static const struct operand b[] = { { 1, 10, 0 }, { 1, 640, 6 }, { -8, 8, 0 }, { 0, 100, 0 },
		{ -20, -1, 0 }, { -(1 << 20), 1 << 20, 0 }, { 1, 1, 0 }, { -5, 0, 0 } };

	(void)state;
	for (size_t k = 0; k < N_OF(fracs); k++)
		for (size_t i = 0; i < N_OF(a); i++)
			for (size_t j = 0; j < N_OF(b); j++) {
				if (fracs[k] < 40 || (i != 2 && j != 5))
					run((struct trial){ .op = IR_DIV, .frac = fracs[k], .a = a[i], .b = b[j],
						.b_frac = fracs[k] });
				run((struct trial){ .op = IR_DIV, .frac = fracs[k], .a = a[i], .b = b[j],
					.b_frac = 0 });
				run((struct trial){ .op = IR_DIV, .frac = fracs[k], .a = a[i], .b = b[j],
					.b_frac = 0, .known = true });
				run((struct trial){ .op = IR_DIV, .frac = 16, .a = a[i], .b = b[j],
					.b_frac = fracs[k], .known = true });
			}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_exp),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_waves),
		cmocka_unit_test(test_fine),
		cmocka_unit_test(test_quotients),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
