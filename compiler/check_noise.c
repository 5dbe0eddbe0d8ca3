/* check_noise.c: noise for differential privacy: whole numbers that nobody knows.
 *
 * A sample is a circuit on uniform bits that are drawn where it stands and used for nothing else,
 * so that two calls never share one.  Parameters are exact rationals; the circuits come from
 * discrete.h. */
#include <string.h>

#include "../runtime/code/code.h"
#include "check_impl.h"
#include "discrete.h"

/* What is to be drawn: how many, and by which circuits. */
struct draw {
	unsigned rank;
	const uint64_t *dims;
	struct span span;
	bool guard;                      /* of an output: the sheet counts what it spends */
	const char *name;
	const struct circuit *circuit[2];        /* small, shallow */
};

/* "dp.laplace.1.2.0": circuits of one name are one. */
static const char *
sampler_name(struct check *ck, const struct draw *d, const char *kind, const mpq_t q,
    unsigned part)
{
	const char *by = d->guard ? "guard" : NOISE_UNCOUNTED;
	const char *s = compile_printf(ck->c, "%s.%s.%s.%s.%u", by, kind,
	    mpz_get_str(NULL, 10, mpq_numref(q)), mpz_get_str(NULL, 10, mpq_denref(q)), part);

	return strlen(s) < NAME_MAX_BYTES ? s :
	    compile_printf(ck->c, "%s.%s.%u", by, kind, ck->ir->n_circuits);
}

static bool
is_there(const struct check *ck, struct draw *d)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < ck->ir->n_circuits && n < 2; i++)
		if (strcmp(ck->ir->circuit[i]->name, d->name) == 0)
			d->circuit[n++] = ck->ir->circuit[i];
	return n == 2;
}

/* The circuit's result for each element, as a number. */
static ir_id
sample(struct check *ck, const struct draw *d)
{
	struct ir *ir = ck->ir;
	const struct circuit *c = d->circuit[0];
	ir_id id = ir_random(ir, d->rank, d->dims, c->n_in, d->span);
	uint32_t small = ir_add_circuit(ir, c), shallow = ir_add_circuit(ir, d->circuit[1]);

	id = ir_bits(ir, IR_CIRCUIT, 1, &id, small, c->n_out, d->span);
	ir->value[id].imm[1] = shallow;
	return ir_bits(ir, IR_TONUM, 1, &id, 0, 0, d->span);
}

static void
make_bits(struct check *ck, struct draw *d, const struct geometric *g, bool two_sided)
{
	struct sampler_bits s = { .n = g->n, .uniform = DISCRETE_UNIFORM, .two_sided = two_sided,
		.threshold = g->threshold[0] };
	struct circuit c;

	if (is_there(ck, d))
		return;
	for (unsigned i = 0; i < 2; i++) {
		s.goal = i == 0 ? GOAL_SMALL : GOAL_SHALLOW;
		if (sampler_bits_circuit(&c, d->name, &s) != ST_OK)
			compile_no_memory(ck->c);
		d->circuit[i] = keep_circuit(ck, &c);
	}
}

static void
make_table(struct check *ck, struct draw *d, const struct gaussian_part *p)
{
	struct sampler_table s = { .n = p->n, .uniform = DISCRETE_UNIFORM,
		.threshold = p->threshold[0] };
	struct circuit c;

	if (is_there(ck, d))
		return;
	for (unsigned i = 0; i < 2; i++) {
		s.goal = i == 0 ? GOAL_SMALL : GOAL_SHALLOW;
		if (sampler_table_circuit(&c, d->name, &s) != ST_OK)
			compile_no_memory(ck->c);
		d->circuit[i] = keep_circuit(ck, &c);
	}
}

/* x - offset, which is in lo..hi. */
static ir_id
shifted(struct check *ck, ir_id x, unsigned offset_bit, const mpz_t lo, const mpz_t hi,
    struct span s)
{
	mpz_t offset;

	mpz_init(offset);
	mpz_setbit(offset, offset_bit);
	x = bin(ck, IR_SUB, x, ir_const(ck->ir, offset, 0, s), 0, s);
	ir_refine(ck->ir, x, lo, hi);
	return x;
}

static ir_id
no_noise(struct check *ck, const struct draw *d)
{
	mpz_t zero;

	mpz_init(zero);
	return full(ck, zero, 0, d->rank, d->dims, d->span);
}

static ir_id
draw_geometric(struct check *ck, struct draw *d, const mpq_t rate, bool two_sided)
{
	struct geometric *g = compile_alloc(ck->c, sizeof *g);
	mpz_t lo, hi;

	if (!discrete_geometric(g, rate))
		compile_fail(ck->c, d->span, NULL, NULL,
		    "sensitivity / epsilon is too large: noise would have more than %d bits",
		    N_GEOMETRIC_MAX);
	if (g->n == 0)
		return no_noise(ck, d);
	d->name = sampler_name(ck, d, two_sided ? "laplace" : "geometric", rate, 0);
	make_bits(ck, d, g, two_sided);
	ir_id z = sample(ck, d);
	if (!two_sided)
		return z;
	mpz_inits(lo, hi, NULL);
	mpz_setbit(hi, g->n);
	mpz_neg(lo, hi);
	mpz_sub_ui(hi, hi, 1);
	return shifted(ck, z, g->n, lo, hi, d->span);
}

/* It is always 0. */
static bool
is_nothing(const struct gaussian *g)
{
	return g->n == 1 && g->part[0].n == 1 &&
	    (g->part[0].threshold[0][DISCRETE_UNIFORM / 64] >> DISCRETE_UNIFORM % 64 & 1) != 0;
}

static ir_id
draw_part(struct check *ck, struct draw *d, const struct gaussian_part *p)
{
	mpz_t lo, hi;

	make_table(ck, d, p);
	mpz_init_set_ui(hi, p->n);
	mpz_init(lo);
	mpz_neg(lo, hi);
	ir_id z = sample(ck, d);
	z = shifted(ck, z, d->circuit[0]->n_out - 1, lo, hi, d->span);
	return bin(ck, IR_MUL, z, ir_const(ck->ir, p->times, 0, d->span), 0, d->span);
}

static ir_id
draw_gaussian(struct check *ck, struct draw *d, const mpq_t variance)
{
	struct gaussian *g = compile_alloc(ck->c, sizeof *g);
	ir_id sum = IR_NONE;

	if (!discrete_gaussian(g, variance))
		compile_fail(ck->c, d->span, NULL, NULL, "sensitivity^2 / rho is too large");
	if (is_nothing(g))
		return no_noise(ck, d);
	for (uint32_t i = 0; i < g->n; i++) {
		d->name = sampler_name(ck, d, "gaussian", variance, i);
		ir_id z = draw_part(ck, d, &g->part[i]);
		sum = sum == IR_NONE ? z : bin(ck, IR_ADD, sum, z, 0, d->span);
	}
	return sum;
}

/* A known number above 0. */
static void
positive_arg(struct check *ck, const struct call_args *a, unsigned i, const char *what, mpq_t q)
{
	struct span at = a->expr[i]->span;

	if (!known_rational(ck, &a->val[i], q))
		compile_fail(ck->c, at, val_note(ck, &a->val[i]), NULL,
		    "%s must be a number that is known before the program runs", what);
	if (mpq_sgn(q) <= 0)
		compile_fail(ck->c, at, NULL, NULL, "%s must be above 0", what);
}

static struct draw
draw_of(struct check *ck, const struct val *x, struct span at)
{
	return (struct draw){ .rank = x->rank, .dims = x->dims, .span = at_span(ck, at) };
}

/* The value to be made noisy: whole numbers. */
static struct val
whole_arg(struct check *ck, const struct call_args *a)
{
	struct val x = numeric_arg(ck, a, 0);

	if (x.kind == V_FIXED)
		compile_fail(ck->c, a->expr[0]->span, NULL,
		    "say of which whole number it is a multiple: round(x * 1000), and divide the result",
		    "noise is whole numbers, and this is %s", type_text(ck, &x));
	return x;
}

static struct val
noise_like(struct check *ck, const struct val *x, ir_id z)
{
	struct val y = val_shaped_like(ck, x, V_INT, z, 0);

	y.p = IR_NONE;
	return y;
}

static struct val
geometric(struct check *ck, struct call_args *a, bool two_sided)
{
	struct val x = whole_arg(ck, a);
	struct draw d = draw_of(ck, &x, a->call->span);
	mpq_t rate, sensitivity;

	policy_no_draws(ck, a->call->span);
	mpq_inits(rate, sensitivity, NULL);
	positive_arg(ck, a, 1, "epsilon", rate);
	positive_arg(ck, a, 2, "a sensitivity", sensitivity);
	mpq_div(rate, rate, sensitivity);
	return noise_like(ck, &x, draw_geometric(ck, &d, rate, two_sided));
}

struct val
builtin_laplace_noise(struct check *ck, struct call_args *a)
{
	return geometric(ck, a, true);
}

struct val
builtin_geometric_noise(struct check *ck, struct call_args *a)
{
	return geometric(ck, a, false);
}

struct val
builtin_gaussian_noise(struct check *ck, struct call_args *a)
{
	struct val x = whole_arg(ck, a);
	struct draw d = draw_of(ck, &x, a->call->span);
	mpq_t rho, v;

	policy_no_draws(ck, a->call->span);
	mpq_inits(rho, v, NULL);
	positive_arg(ck, a, 1, "rho", rho);
	positive_arg(ck, a, 2, "a sensitivity", v);
	mpq_mul(v, v, v);
	mpq_div(v, v, rho);
	mpq_div_2exp(v, v, 1);
	return noise_like(ck, &x, draw_gaussian(ck, &d, v));
}

struct val
add_laplace(struct check *ck, struct val x, const mpq_t rate, struct span at)
{
	struct draw d = draw_of(ck, &x, at);

	d.guard = true;
	return binary_op(ck, BIN_ADD, x, noise_like(ck, &x, draw_geometric(ck, &d, rate, true)), at);
}

struct val
add_gaussian(struct check *ck, struct val x, const mpq_t variance, struct span at)
{
	struct draw d = draw_of(ck, &x, at);

	d.guard = true;
	return binary_op(ck, BIN_ADD, x, noise_like(ck, &x, draw_gaussian(ck, &d, variance)), at);
}
