/* expand_kit.h: programs of the IR that are expanded, and must compute the same. */
#ifndef KONSIL_EXPAND_KIT_H
#define KONSIL_EXPAND_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../compiler/ir_expand.h"
#include "ir_eval.h"

static const struct span nowhere;

__attribute__((unused))
static const struct target shares = { .name = "shares", .has_a = true, .has_b = true };
__attribute__((unused))
static const struct target clear = { .name = "clear", .has_local = true, .has_a = true,
	.has_b = true, .plain_shares = true };
__attribute__((unused))
static const struct target sorting = { .name = "sorting", .has_a = true, .has_b = true,
	.has_sort = true };
__attribute__((unused))
static const struct target bits_only = { .name = "bits only", .has_y = true };

/* A program of inputs, each with its elements, and outputs. */
struct bench {
	struct compile *c;
	struct ir *ir;
	mpz_t *in[16];
	uint32_t n_in;
	uint64_t state;
	struct ir_output out[16];
	struct ir_part part[16];
	uint32_t n_out;
	uint32_t n_same;                 /* of so many the elements are compared; 0: of all */
};

__attribute__((unused))
static const struct target *const targets[] = { &shares, &bits_only, &sorting };

static inline struct bench
bench_new(struct compile *c, uint64_t state)
{
	struct bench b = { .c = c, .ir = ir_new(c), .state = state };

	return b;
}

/* How elements are drawn: a few ties or many, all equal, only the ends. */
enum draw { DRAW_ANY, DRAW_TIES, DRAW_EQUAL, DRAW_ENDS, N_DRAW };

static inline ir_id
input(struct bench *b, enum draw draw, unsigned rank, const uint64_t *dims, int64_t lo, int64_t hi,
    unsigned frac)
{
	struct ir_eval e = { .state = b->state };
	ir_id id = ir_add(b->ir, IR_INPUT, 0, NULL, nowhere);

	ir_shape(b->ir, id, rank, dims);
	struct ir_value *v = &b->ir->value[id];
	v->open = SECRET;
	v->frac = (uint8_t)frac;
	v->imm[1] = b->n_in;
	mpz_set_si(v->lo, lo);
	mpz_set_si(v->hi, hi);
	mpz_t *x = b->in[b->n_in++] = compile_alloc(b->c, (v->n + 1) * sizeof *x);
	for (uint64_t i = 0; i < v->n; i++) {
		mpz_init(x[i]);
		eval_between(&e, x[i], v->lo, v->hi);
		if (draw == DRAW_TIES)
			mpz_set_si(x[i], lo + (int64_t)(eval_random(&e) % 4) * ((hi - lo) / 4));
		else if (draw == DRAW_EQUAL && i > 0)
			mpz_set(x[i], x[0]);
		else if (draw == DRAW_ENDS)
			mpz_set(x[i], eval_random(&e) >> 63 ? v->lo : v->hi);
	}
	b->state = e.state;
	return id;
}

static inline void
given(void *arg, const struct ir_value *v, mpz_t *x)
{
	const struct bench *b = arg;

	for (uint64_t i = 0; i < v->n; i++)
		mpz_set(x[i], b->in[v->imm[1]][i]);
}

static inline void
output(struct bench *b, ir_id id)
{
	uint32_t k = b->n_out++;

	b->part[k] = (struct ir_part){ .field = "", .each = -1, .recipients = 1, .value = id,
		.present = IR_NONE, .guard = IR_NONE,
		.cells = IR_NONE, .masked = true, .type = { .kind = TYPE_INT } };
	b->out[k] = (struct ir_output){ .name = "x", .n_parts = 1, .part = &b->part[k] };
	b->ir->output = b->out;
	b->ir->n_outputs = b->n_out;
}

static inline struct ir_eval
evaluated(struct bench *b)
{
	struct ir_eval e = { .ir = b->ir, .input = given, .arg = b, .state = b->state };

	ir_eval(&e);
	return e;
}

static inline void
expand(struct bench *b, const struct target *t)
{
	struct compile_options *o = compile_alloc(b->c, sizeof *o);

	o->target = t;
	o->network = "metro";
	b->c->options = o;
	ir_check(b->ir, "built");
	ir_domains(b->ir);
	ir_post(b->ir);
	ir_expand(b->ir);
	ir_domains(b->ir);
	ir_check(b->ir, "expand");
}

static inline uint32_t
count(const struct bench *b, enum ir_op op)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->ir->top->n; i++)
		n += b->ir->value[b->ir->top->value[i]].op == op;
	return n;
}

/* All outputs before and after; nothing gets wider or less exact. */
static inline void
compare(struct bench *b, const struct target *t)
{
	ir_id before[16];

	for (uint32_t k = 0; k < b->n_out; k++)
		before[k] = b->part[k].value;
	struct ir_eval was = evaluated(b);
	expand(b, t);
	struct ir_eval is = evaluated(b);
	for (uint32_t k = 0; k < b->n_out; k++) {
		const struct ir_value *o = &b->ir->value[before[k]], *v = &b->ir->value[b->part[k].value];
		assert_int_equal(o->n, v->n);
		assert_int_equal(o->frac, v->frac);
		assert_int_equal(o->bits, v->bits);
		assert_true(mpz_cmp(v->lo, o->lo) >= 0 && mpz_cmp(v->hi, o->hi) <= 0);
		assert_true(mpz_cmp(v->err, o->err) <= 0);
		for (uint64_t i = 0; i < v->n && (b->n_same == 0 || k < b->n_same); i++)
			if (mpz_cmp(was.x[before[k]][i], is.x[b->part[k].value][i]) != 0)
				fail_msg("output %u, element %d: %s instead of %s", k, (int)i,
				    mpz_get_str(NULL, 10, is.x[b->part[k].value][i]),
				    mpz_get_str(NULL, 10, was.x[before[k]][i]));
	}
}

static inline void
run(void (*body)(struct compile *, void *))
{
	struct compile c = { .arena = arena_new() };
	struct fault f = { 0 };

	assert_non_null(c.arena);
	enum status st = compile_guarded(&c, &f, body, NULL);
	arena_free(c.arena);
	if (st != ST_OK)
		fail_msg("%s", f.message);
}

__attribute__((unused)) static const uint64_t lengths[] = { 1, 2, 3, 5, 8, 13, 64, 100 };
enum { N_LENGTHS = sizeof lengths / sizeof *lengths };

#endif
