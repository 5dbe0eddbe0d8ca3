/* check_growth.c: the range of a variable that grows by bounded steps, round after round.
 *
 * The steps are read off the IR of one elaboration: v + e, v - e, one of these or v itself by a
 * condition, for elements of arrays, and within inner loops.  The ranges of the steps were derived
 * with some range of v; if what comes out lies within that one, it holds by induction. */
#include "check_impl.h"

enum { N_FUEL = 2000 };

/* v' = v * 2^shift + [lo, hi], or one of the values reset_lo..reset_hi. */
struct growth {
	mpz_t lo, hi, reset_lo, reset_hi;
	bool reset;
	int64_t shift;
};

static void
growth_join(struct growth *g, const struct growth *h)
{
	if (mpz_cmp(h->lo, g->lo) < 0)
		mpz_set(g->lo, h->lo);
	if (mpz_cmp(h->hi, g->hi) > 0)
		mpz_set(g->hi, h->hi);
	if (h->reset && (!g->reset || mpz_cmp(h->reset_lo, g->reset_lo) < 0))
		mpz_set(g->reset_lo, h->reset_lo);
	if (h->reset && (!g->reset || mpz_cmp(h->reset_hi, g->reset_hi) > 0))
		mpz_set(g->reset_hi, h->reset_hi);
	g->reset |= h->reset;
}

static void
growth_init(struct growth *g)
{
	mpz_inits(g->lo, g->hi, g->reset_lo, g->reset_hi, NULL);
	g->reset = false;
	g->shift = 0;
}

/* The step e is added or taken off. */
static bool
growth_step(struct growth *g, const struct ir_value *e, bool down)
{
	if (down) {
		mpz_sub(g->lo, g->lo, e->hi);
		mpz_sub(g->hi, g->hi, e->lo);
	} else {
		mpz_add(g->lo, g->lo, e->lo);
		mpz_add(g->hi, g->hi, e->hi);
	}
	return !g->reset;
}

static bool grows(struct check *, ir_id id, ir_id arg, struct growth *, unsigned *fuel);

/* Either side may be v and its growth, or a value of its own. */
static bool
grows_either(struct check *ck, ir_id a, ir_id b, ir_id arg, struct growth *g, unsigned *fuel)
{
	struct growth h[2];
	ir_id id[2] = { a, b };
	bool ok[2];

	for (int i = 0; i < 2; i++) {
		growth_init(&h[i]);
		ok[i] = grows(ck, id[i], arg, &h[i], fuel) && h[i].shift == 0;
	}
	if (!ok[0] && !ok[1])
		return false;
	for (int i = 0; i < 2; i++) {
		if (!ok[i]) {
			growth_init(&h[i]);
			h[i].reset = true;
			mpz_set(h[i].reset_lo, ck->ir->value[id[i]].lo);
			mpz_set(h[i].reset_hi, ck->ir->value[id[i]].hi);
		}
		growth_join(g, &h[i]);
	}
	return true;
}

static void
clip_times(mpz_t lo, mpz_t hi, int64_t n)
{
	if (mpz_sgn(lo) > 0)
		mpz_set_ui(lo, 0);
	if (mpz_sgn(hi) < 0)
		mpz_set_ui(hi, 0);
	mpz_mul_si(lo, lo, n);
	mpz_mul_si(hi, hi, n);
}

static int64_t
loop_most(struct check *ck, ir_id loop)
{
	const struct ir_loop *l = ck->ir->value[loop].loop;
	struct ir_affine d = l->hi;
	int64_t least, most = 0;
	bool known = ir_affine_add(&d, &l->lo, -1);

	if (known)
		affine_bounds(ck, &d, &least, &most, &known);
	return known && most > 0 ? most : known ? 0 : INT64_MAX;
}

/* What an inner loop adds to the variable. */
static bool
grows_inside(struct check *ck, const struct ir_value *v, ir_id arg, struct growth *g,
    unsigned *fuel)
{
	ir_id loop = v->args[0];
	uint32_t k = (uint32_t)v->imm[1];
	const struct ir_loop *l = ck->ir->value[loop].loop;
	struct growth in;

	growth_init(&in);
	if (!grows(ck, ck->ir->value[loop].args[k], arg, g, fuel) || g->shift != 0)
		return false;
	if (!grows(ck, l->yield[k], l->arg[k], &in, fuel) || in.shift != 0)
		return false;
	clip_times(in.lo, in.hi, loop_most(ck, loop));
	mpz_add(g->lo, g->lo, in.lo);
	mpz_add(g->hi, g->hi, in.hi);
	mpz_set_ui(in.lo, 0);
	mpz_set_ui(in.hi, 0);
	growth_join(g, &in);
	return true;
}

static bool
grows(struct check *ck, ir_id id, ir_id arg, struct growth *g, unsigned *fuel)
{
	const struct ir_value *v = &ck->ir->value[id];

	if (id == arg)
		return true;
	if ((*fuel) == 0 || v->n_args == 0)
		return false;
	--*fuel;
	switch (v->op) {
	case IR_ADD: case IR_SUB:
		for (uint32_t i = 0; i < (v->op == IR_ADD ? 2u : 1u); i++) {
			const struct ir_value *e = &ck->ir->value[v->args[1 - i]];
			if (grows(ck, v->args[i], arg, g, fuel))
				return growth_step(g, e, v->op == IR_SUB);
		}
		return false;
	case IR_SHL:
		if (!grows(ck, v->args[0], arg, g, fuel) || g->reset)
			return false;
		mpz_mul_2exp(g->lo, g->lo, (mp_bitcnt_t)v->imm[0]);
		mpz_mul_2exp(g->hi, g->hi, (mp_bitcnt_t)v->imm[0]);
		g->shift += v->imm[0];
		return true;
	case IR_TRUNC:
		if (!grows(ck, v->args[0], arg, g, fuel) || g->reset || g->shift < v->imm[0])
			return false;
		mpz_fdiv_q_2exp(g->lo, g->lo, (mp_bitcnt_t)v->imm[0]);
		mpz_fdiv_q_2exp(g->hi, g->hi, (mp_bitcnt_t)v->imm[0]);
		mpz_add_ui(g->hi, g->hi, 1);
		g->shift -= v->imm[0];
		return true;
	case IR_VIEW: case IR_GATHER:
		return grows(ck, v->args[0], arg, g, fuel);
	case IR_SELECT:
		return grows_either(ck, v->args[1], v->args[2], arg, g, fuel);
	case IR_MIN: case IR_MAX: case IR_UPDATE: case IR_PUT:
		return grows_either(ck, v->args[0], v->args[1], arg, g, fuel);
	case IR_RESULT:
		return grows_inside(ck, v, arg, g, fuel);
	default:
		return false;
	}
}

bool
growing_range(struct check *ck, ir_id yield, ir_id arg, ir_id start, int64_t most, mpz_t lo,
    mpz_t hi)
{
	unsigned fuel = N_FUEL;
	struct growth g;

	growth_init(&g);
	if (!grows(ck, yield, arg, &g, &fuel) || g.shift != 0)
		return false;
	clip_times(g.lo, g.hi, most);
	mpz_set(lo, ck->ir->value[start].lo);
	mpz_set(hi, ck->ir->value[start].hi);
	if (g.reset && mpz_cmp(g.reset_lo, lo) < 0)
		mpz_set(lo, g.reset_lo);
	if (g.reset && mpz_cmp(g.reset_hi, hi) > 0)
		mpz_set(hi, g.reset_hi);
	mpz_add(lo, lo, g.lo);
	mpz_add(hi, hi, g.hi);
	return true;
}
