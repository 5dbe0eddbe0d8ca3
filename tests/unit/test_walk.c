/* test_walk.c: how often instructions run, against loops that are really run. */
#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"
#include "../../runtime/code/nest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

/* A generator for shapes of loops; its quality does not matter, its repeatability does. */
static uint64_t rng = 1;

static int64_t
draw(int64_t lo, int64_t hi)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return lo + (int64_t)((rng >> 33) % (uint64_t)(hi - lo + 1));
}

/* The oracle: run the loops, count bodies, and take the extremes of an affine on the way. */
struct run {
	const struct nest *v;
	const struct affine *probe;
	int64_t counter[N_LOOP_MAX];
	uint64_t bodies;
	int64_t min, max;
};

static int64_t
value(const struct affine *a, const int64_t *counter)
{
	int64_t x = a->base;

	for (unsigned k = 0; k < N_LOOP_MAX; k++)
		x += a->coef[k] * counter[k];
	return x;
}

static void
run(struct run *r, unsigned k)
{
	if (k == r->v->depth) {
		int64_t x = value(r->probe, r->counter);
		r->min = r->bodies == 0 || x < r->min ? x : r->min;
		r->max = r->bodies == 0 || x > r->max ? x : r->max;
		r->bodies++;
		return;
	}
	int64_t hi = value(&r->v->hi[k], r->counter);
	for (int64_t i = value(&r->v->lo[k], r->counter); i < hi; i++) {
		r->counter[k] = i;
		run(r, k + 1);
	}
	r->counter[k] = 0;
}

static struct affine
draw_affine(unsigned depth, int64_t base_max)
{
	struct affine a = { .base = draw(-3, base_max) };

	for (unsigned k = 0; k < depth; k++)
		if (draw(0, 2) == 0)
			a.coef[k] = draw(-2, 2);
	return a;
}

static void
random_nests(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct nest v = { 0 };
		unsigned depth = (unsigned)draw(1, 4);
		for (unsigned k = 0; k < depth; k++) {
			struct affine lo = draw_affine(k, 3), hi = draw_affine(k, 7);
			assert_int_equal(nest_push(&v, &lo, &hi), ST_OK);
		}
		struct affine probe = draw_affine(depth, 9);
		struct run r = { .v = &v, .probe = &probe };
		run(&r, 0);
		uint64_t times, work = NEST_WORK_MAX;
		assert_int_equal(nest_count(&times, &v, &work), ST_OK);
		assert_int_equal(times, r.bodies);
		int64_t min, max;
		assert_int_equal(nest_range(&min, &max, &v, &probe), ST_OK);
		if (r.bodies > 0)
			assert_true(min <= r.min && max >= r.max);
	}
}

static struct affine
at(int64_t base, int64_t c0, int64_t c1)
{
	return (struct affine){ .base = base, .coef = { c0, c1 } };
}

static void
push(struct nest *v, struct affine lo, struct affine hi)
{
	assert_int_equal(nest_push(v, &lo, &hi), ST_OK);
}

/* Triangles and tiles of sizes that nobody could run. */
static void
large_nests(void **state)
{
	uint64_t times, work = NEST_WORK_MAX;
	int64_t n = 1000000000, min, max;
	struct nest tri = { 0 }, tile = { 0 };
	(void)state;

	push(&tri, at(0, 0, 0), at(n, 0, 0));
	push(&tri, at(0, 1, 0), at(n, 0, 0));
	assert_int_equal(nest_count(&times, &tri, &work), ST_OK);
	assert_int_equal(times, (uint64_t)n * (uint64_t)(n + 1) / 2);
	/* j - i over i <= j < n is never negative: no interval of i and of j alone would say so. */
	struct affine d = at(0, -1, 1);
	assert_int_equal(nest_range(&min, &max, &tri, &d), ST_OK);
	assert_int_equal(min, 0);
	assert_int_equal(max, n - 1);
	push(&tile, at(0, 0, 0), at(n, 0, 0));
	push(&tile, at(0, 64, 0), at(64, 64, 0));
	assert_int_equal(nest_count(&times, &tile, &work), ST_OK);
	assert_int_equal(times, (uint64_t)n * 64);
	assert_int_equal(work, NEST_WORK_MAX);
}

static void
refusals(void **state)
{
	uint64_t times, work = NEST_WORK_MAX;
	int64_t big = INT64_C(1) << 40, min, max;
	struct nest v = { 0 };
	struct affine lo = at(0, 0, 0), hi = at(big, 0, 0), own = at(0, 1, 0);
	(void)state;

	assert_int_equal(nest_push(&v, &lo, &own), ST_DATA);
	assert_int_equal(nest_range(&min, &max, &v, &own), ST_DATA);
	push(&v, lo, hi);
	push(&v, lo, hi);
	assert_int_equal(nest_count(&times, &v, &work), ST_DATA);
	/* Three triangles within each other are counted one by one, so they must be small. */
	v.depth = 1;
	push(&v, lo, at(0, 1, 0));
	push(&v, lo, at(0, 0, 1));
	assert_int_equal(nest_count(&times, &v, &work), ST_DATA);
	for (v.depth = 0; v.depth < N_LOOP_MAX;)
		push(&v, lo, lo);
	assert_int_equal(nest_push(&v, &lo, &lo), ST_DATA);
	/* Offsets that leave 62 bits. */
	v.depth = 0;
	push(&v, lo, hi);
	struct affine far = at(0, INT64_C(1) << 40, 0);
	assert_int_equal(nest_range(&min, &max, &v, &far), ST_DATA);
}

/* A program by hand: mul in a triangle, truncations before and inside, one loop that never runs. */
static struct code *
sample(void)
{
	struct code *c = code_new();

	c->n_affines = 4;
	c->affine = mem_array(4, sizeof *c->affine);
	c->affine[1] = at(100, 0, 0);
	c->affine[2] = at(0, 1, 0);
	c->affine[3] = at(-5, 0, 0);
	c->n_slots = 2;
	c->slot = mem_array(2, sizeof *c->slot);
	c->slot[0] = (struct slot){ .domain = DOM_A, .width = 64, .n = 10 };
	c->slot[1] = (struct slot){ .domain = DOM_A, .width = 128, .n = 6 };
	static const struct insn text[] = {
		{ .op = OP_TRUNC_A, .imm = { 20 } },
		{ .op = OP_LOOP, .imm = { 0, 1 } },
		{ .op = OP_TRUNC_A, .imm = { 20 } },
		{ .op = OP_TRUNC_A, .imm = { 21 } },
		{ .op = OP_LOOP, .imm = { 2, 1 } },
		{ .op = OP_MATMUL_A, .slot = { 1 }, .imm = { 2, 9, 3 } },
		{ .op = OP_ADD_A },
		{ .op = OP_END, .imm = { 4 } },
		{ .op = OP_END, .imm = { 1 } },
		{ .op = OP_LOOP, .imm = { 0, 3 } },
		{ .op = OP_MUL_A },
		{ .op = OP_END, .imm = { 9 } },
	};
	c->n_code = sizeof text / sizeof *text;
	c->code = mem_array(c->n_code, sizeof *c->code);
	memcpy(c->code, text, sizeof text);
	return c;
}

static void
note(void *arg, const struct insn *x, uint64_t times)
{
	(void)x;
	uint64_t **out = arg;
	*(*out)++ = times;
}

static void
walk(void **state)
{
	static const uint64_t expected[] = { 1, 1, 100, 100, 100, 5050, 5050, 5050, 100, 1, 0, 0 };
	struct code *c = sample();
	uint64_t got[12], *p = got;
	(void)state;

	assert_int_equal(code_walk(c, note, &p), ST_OK);
	assert_memory_equal(got, expected, sizeof got);
	c->n_code--;
	p = got;
	assert_int_equal(code_walk(c, note, &p), ST_DATA);
	c->code[0].op = OP_END;
	p = got;
	assert_int_equal(code_walk(c, note, &p), ST_DATA);
	code_free(c);
}

static void
check_entry(const struct demand *d, unsigned op, unsigned width, uint64_t k, uint64_t count)
{
	assert_int_equal(d->op, op);
	assert_int_equal(d->width, width);
	assert_int_equal(d->k, k);
	assert_int_equal(d->count, count);
}

static void
demand(void **state)
{
	struct code *c = sample();
	(void)state;

	assert_int_equal(code_demand(c), ST_OK);
	assert_int_equal(c->n_demand, 3);
	check_entry(&c->demand[0], OP_MATMUL_A, 128, 9, 5050);
	assert_int_equal(c->demand[0].m, 2);
	assert_int_equal(c->demand[0].n, 3);
	check_entry(&c->demand[1], OP_TRUNC_A, 64, 20, 10 + 1000);
	check_entry(&c->demand[2], OP_TRUNC_A, 64, 21, 1000);
	c->slot[0].n = UINT64_MAX / 50;
	assert_int_equal(code_demand(c), ST_DATA);
	c->code[0].slot[0] = 2;
	assert_int_equal(code_demand(c), ST_DATA);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_nests),
		cmocka_unit_test(large_nests),
		cmocka_unit_test(refusals),
		cmocka_unit_test(walk),
		cmocka_unit_test(demand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
