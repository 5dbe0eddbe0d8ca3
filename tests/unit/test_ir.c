/* test_ir.c: what the IR derives (ranges, errors, views) against brute force, and what its passes
 * make of loops and rounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../compiler/ir_const.h"
#include "../../compiler/internal.h"
#include "../../protocols/protocol.h"
#include "../../runtime/code/plain_op.h"

static uint64_t state;

static int64_t
between(int64_t lo, int64_t hi)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return lo + (int64_t)((state * 0x2545f4914f6cdd1du >> 1) % (uint64_t)(hi - lo + 1));
}

static const struct span nowhere;

/* A secret value of a given range and error, of n elements. */
static ir_id
leaf(struct ir *ir, int64_t lo, int64_t hi, int64_t err, unsigned frac, uint64_t n)
{
	ir_id id = ir_add(ir, IR_IOTA, 0, NULL, nowhere);

	ir_shape(ir, id, n == 1 ? 0 : 1, &n);
	struct ir_value *v = &ir->value[id];
	v->op = IR_INPUT;
	v->open = SECRET;
	v->frac = (uint8_t)frac;
	mpz_set_si(v->lo, lo);
	mpz_set_si(v->hi, hi);
	mpz_set_si(v->err, err);
	return id;
}

static void
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

static const enum ir_op binary_ops[] = { IR_ADD, IR_SUB, IR_MUL, IR_DIV, IR_FDIV, IR_MOD, IR_MIN,
	IR_MAX, IR_EQ, IR_LT, IR_LE };
static const enum ir_op unary_ops[] = { IR_NEG, IR_SHL, IR_SCALE2, IR_TRUNC, IR_FLOOR, IR_ROUND,
	IR_ABS, IR_SIGN, IR_SQRT, IR_EXP, IR_LOG, IR_RSQRT, IR_LOG2, IR_SIN, IR_COS, IR_TANH,
	IR_SIGMOID, IR_ERF };

/* imm0 says how far a quotient is shifted, that a product lies within 2^imm0 (0: nothing is said),
 * or how far a unary operation shifts. */
static int64_t
some_imm(enum ir_op op)
{
	if (op == IR_MUL)
		return between(0, 1) * between(8, 11);
	return op == IR_DIV ? between(0, 8) : between(1, 4);
}

static bool
known_within(const struct ir_value *product, i128 x)
{
	i128 most = (i128)1 << product->imm[0];

	return product->imm[0] == 0 || (x >= -most && x <= most);
}

/* Computes op on exact and on shifted operands: both must be in the range, and no further apart
 * than the error says.  Operands whose product is greater than is said of it are no case. */
static void
check_once(struct ir *ir, enum ir_op op, bool two)
{
	int64_t lo[2], hi[2], err[2], imm = some_imm(op);
	ir_id a[2];

	for (int k = 0; k < 2; k++) {
		lo[k] = between(-40, 30);
		hi[k] = between(lo[k], 45);
		err[k] = between(0, 1) * between(0, 3);
		a[k] = leaf(ir, lo[k], hi[k], err[k], 8, 1);
	}
	ir_id d = two ? ir_binary(ir, op, a[0], a[1], imm, nowhere) : ir_unary(ir, op, a[0], imm, nowhere);
	const struct ir_value *v = &ir->value[d];
	i128 least = ir_from_mpz(v->lo), most = ir_from_mpz(v->hi), bound = ir_from_mpz(v->err);
	for (int t = 0; t < 50; t++) {
		i128 x[2], y[2], p, q;
		for (int k = 0; k < 2; k++) {
			x[k] = between(lo[k], hi[k]);
			y[k] = x[k] + between(-err[k], err[k]);
			y[k] = y[k] < lo[k] ? lo[k] : y[k] > hi[k] ? hi[k] : y[k];
		}
		assert_true(plain_op(&p, ir_plain_insn(op), 128, x[0], x[1], 0, ir_plain_imm(ir, v)));
		assert_true(plain_op(&q, ir_plain_insn(op), 128, y[0], y[1], 0, ir_plain_imm(ir, v)));
		if (op == IR_MUL && (!known_within(v, p) || !known_within(v, q)))
			continue;
		if (p < least || p > most || q < least || q > most)
			fail_msg("op %d: %d outside %d..%d", (int)op, (int)p, (int)least, (int)most);
		bool by_zero = two && (x[1] == 0 || y[1] == 0);
		if (!by_zero && (p - q > bound || q - p > bound))
			fail_msg("op %d: %d and %d, error %d", (int)op, (int)p, (int)q, (int)bound);
	}
}

static void
ranges(struct compile *c, void *arg)
{
	(void)arg;
	for (int t = 0; t < 400; t++) {
		struct ir *ir = ir_new(c);
		for (size_t i = 0; i < sizeof binary_ops / sizeof *binary_ops; i++)
			check_once(ir, binary_ops[i], true);
		for (size_t i = 0; i < sizeof unary_ops / sizeof *unary_ops; i++)
			check_once(ir, unary_ops[i], false);
	}
}

static void
test_ranges(void **s)
{
	(void)s;
	state = 11;
	run(ranges);
}

/* A view by the definition, element by element, next to the builder's, which folds views of
 * views. */
struct model {
	unsigned rank;
	uint64_t dims[N_RANK_MAX];
	int64_t *x;
	uint64_t n;
};

static struct model
apply(struct compile *c, const struct model *m, unsigned rank, const uint64_t *dims, int64_t offset,
    const int64_t *stride)
{
	struct model d = { .rank = rank, .n = 1 };

	for (unsigned i = 0; i < rank; i++) {
		d.dims[i] = dims[i];
		d.n *= dims[i];
	}
	d.x = compile_alloc(c, (d.n + 1) * sizeof *d.x);
	for (uint64_t i = 0; i < d.n; i++) {
		int64_t at = offset;
		uint64_t r = i;
		for (unsigned k = rank; k-- > 0; r /= dims[k])
			at += (int64_t)(r % dims[k]) * stride[k];
		assert_true(at >= 0 && at < (int64_t)m->n);
		d.x[i] = m->x[at];
	}
	return d;
}

/* A random slice, transposition, reversal, broadcast or reshape. */
static ir_id
random_step(struct compile *c, struct ir *ir, ir_id id, struct model *m)
{
	uint64_t dims[N_RANK_MAX];
	int64_t stride[N_RANK_MAX], flat[N_RANK_MAX], s = 1, offset = 0;
	struct ir_view w = { 0 };
	unsigned rank = m->rank, k = (unsigned)between(0, rank - 1);

	for (unsigned i = rank; i-- > 0; s *= (int64_t)m->dims[i])
		flat[i] = s;
	memcpy(dims, m->dims, sizeof dims);
	memcpy(stride, flat, sizeof stride);
	switch (between(0, 4)) {
	case 0:
		offset = between(0, (int64_t)dims[k] - 1);
		dims[k] = (uint64_t)between(1, (int64_t)dims[k] - offset);
		offset *= flat[k];
		break;
	case 1: {
		unsigned j = (unsigned)between(0, rank - 1);
		uint64_t d = dims[k];
		dims[k] = dims[j];
		dims[j] = d;
		stride[k] = flat[j];
		stride[j] = flat[k];
		break;
	}
	case 2:
		offset = (int64_t)(dims[k] - 1) * flat[k];
		stride[k] = -flat[k];
		break;
	case 3:
		if (rank < 4) {
			memmove(dims + 1, dims, rank * sizeof *dims);
			memmove(stride + 1, stride, rank * sizeof *stride);
			dims[0] = 2;
			stride[0] = 0;
			rank++;
		}
		break;
	default:
		dims[0] = m->n;
		stride[0] = 1;
		rank = 1;
		break;
	}
	w.offset.base = offset;
	memcpy(w.stride, stride, sizeof stride);
	*m = apply(c, m, rank, dims, offset, stride);
	return ir_view(ir, id, rank, dims, &w, nowhere);
}

static void
views(struct compile *c, void *arg)
{
	(void)arg;
	for (int t = 0; t < 3000; t++) {
		struct ir *ir = ir_new(c);
		struct model m = { .rank = 2, .n = 1 };
		for (unsigned i = 0; i < 2; i++) {
			m.dims[i] = (uint64_t)between(1, 4);
			m.n *= m.dims[i];
		}
		m.x = compile_alloc(c, m.n * sizeof *m.x);
		mpz_t *data = compile_alloc(c, m.n * sizeof *data);
		for (uint64_t i = 0; i < m.n; i++) {
			m.x[i] = (int64_t)i + 1;
			mpz_init_set_si(data[i], m.x[i]);
		}
		ir_id id = ir_const_array(ir, data, 2, m.dims, 0, nowhere);
		for (int64_t k = between(1, 5); k > 0; k--)
			id = random_step(c, ir, id, &m);
		/* What did not fold into one view is looked at through all of them. */
		const struct ir_value *v = &ir->value[id];
		assert_int_equal(v->n, m.n);
		if (!ir_known(ir, id))
			continue;
		for (uint64_t i = 0; i < m.n; i++)
			assert_int_equal((int64_t)ir_known_at(ir, id, i), m.x[i]);
	}
}

static void
test_views(void **s)
{
	(void)s;
	state = 12;
	run(views);
}

static void
affines(struct compile *c, void *arg)
{
	struct ir *ir = ir_new(c);
	struct ir_affine f = { .base = INT64_MAX }, g = { .base = 1 }, lo = { 0 }, hi = { .base = 9 };
	ir_id loop = ir_loop_begin(ir, &lo, &hi, 0, NULL, NULL, NULL, nowhere);
	ir_id i = ir->value[loop].loop->counter;

	(void)arg;
	assert_false(ir_affine_add(&f, &g, 1));
	ir_id e = ir_binary(ir, IR_SUB, ir_const_si(ir, 7, 0, nowhere),
	    ir_binary(ir, IR_MUL, i, ir_const_si(ir, 3, 0, nowhere), 0, nowhere), 0, nowhere);
	assert_true(ir_affine_of(ir, e, &f));
	assert_int_equal(f.base, 7);
	assert_int_equal(f.n, 1);
	assert_int_equal(f.term[0].coef, -3);
	assert_false(ir_affine_of(ir, ir_binary(ir, IR_MUL, i, i, 0, nowhere), &f));
	assert_true(ir_affine_add(&f, &f, -1));
	assert_int_equal(f.n, 0);
	ir_loop_end(ir, loop, NULL);
}

static void
test_affines(void **s)
{
	(void)s;
	run(affines);
}

/* Programs through all steps. */
struct counts {
	uint32_t insns, loops;
	uint64_t rounds;
};

static void
count_rounds(void *arg, const struct insn *x, uint64_t times)
{
	*(uint64_t *)arg += x->op == OP_ROUND ? times : 0;
}

static struct counts
compile_counts(const char *source, bool local)
{
	struct party party[2] = { { .name = (char[]){ "a" }, .group = (char[]){ "a" } },
		{ .name = (char[]){ "b" }, .group = (char[]){ "b" } } };
	struct compile_options o = { .target = protocol_additive.target, .protocol = "additive",
		.network = "metro", .local = local, .unchecked = true, .n_parties = 2, .party = party };
	struct load_options load = { 0 };
	struct program *p = NULL;
	struct code *code = NULL;
	struct fault f = { 0 };
	struct counts n = { 0 };

	if (program_load_text(&p, "t.ksl", source, strlen(source), &load, &f) != ST_OK ||
	    program_compile(&code, p, &o, &f) != ST_OK)
		fail_msg("%d: %s", f.line, f.message);
	n.insns = code->n_code;
	for (uint32_t i = 0; i < code->n_code; i++)
		n.loops += code->code[i].op == OP_LOOP;
	assert_int_equal(code_walk(code, count_rounds, &n.rounds), ST_OK);
	code_free(code);
	program_free(p);
	return n;
}

#define HEAD "party a\nparty b\ninput x : int in 0..9 [1000000] from a\n" \
	"input y : int in 0..9 [1000000] from b\n"

static void
test_wide(void **s)
{
	(void)s;
	/* A million products in 15 tiles of 65,536 and a rest: the tiles' round, the rest's, the
	 * output's. */
	struct counts n = compile_counts(HEAD "var s = 0\nfor i in 0..1000000 { s += x[i] * y[i] }\n"
	    "output s to all\n", true);
	assert_int_equal(n.loops, 1);
	assert_int_equal(n.rounds, 15 + 1 + 1);
	assert_in_range(n.insns, 1, 60);
	n = compile_counts(HEAD "var r : int in 0..99 [100]\n"
	    "for i in 0..100 { r[99 - i] = x[i] * y[i + 5] }\n"
	    "output r to all\n", true);
	assert_int_equal(n.loops, 0);
	assert_int_equal(n.rounds, 2);
	/* Sequential: a product in each of 50 iterations. */
	n = compile_counts(HEAD "var h : int in 0..100 = 1\nfor i in 0..50 { h = h * y[i] }\n"
	    "output h to all\n", false);
	assert_int_equal(n.loops, 1);
	assert_int_equal(n.rounds, 50 + 1);
}

static void
test_rounds(void **s)
{
	(void)s;
	/* Independent products share a round, dependent ones do not. */
	struct counts n = compile_counts("party a\nparty b\ninput x : int in 0..9 [4] from a\n"
	    "input y : int in 0..9 [4] from b\nlet p = x * y\nlet q = x[0] * y[1]\n"
	    "output o = p * q + dot(x, y) to all\noutput d = q to a\n", true);
	assert_int_equal(n.rounds, 3);
	n = compile_counts("party a\nparty b\ninput x : int in 0..9 [4] from a\n"
	    "input y : int in 0..9 [4] from b\noutput o = sum(x) + 3 * sum(y) to all\n", true);
	assert_int_equal(n.rounds, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_views),
		cmocka_unit_test(test_affines),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_rounds),
	};

	return cmocka_run_group_tests_name("ir", tests, NULL, NULL);
}
