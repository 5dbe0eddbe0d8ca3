/* test_homes.c: where bits are computed: as the program says, else where the cost model says.
 *
 * Programs are compiled for protocol mixed, which has XOR shares and garbled labels, and the ANDs
 * of their circuits are counted by kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../compiler/compile.h"
#include "../../protocols/protocol.h"

struct ands {
	uint64_t shared, garbled, numbers;
	const struct code *code;
};

static void
count(void *arg, const struct insn *x, uint64_t times)
{
	struct ands *a = arg;

	if (x->op != OP_CIRC_B && x->op != OP_CIRC_Y)
		return;
	uint64_t n = times * circuit_n_ands(&a->code->circuit[x->imm[0]]) *
	    a->code->slot[x->slot[0]].n;
	*(x->op == OP_CIRC_B ? &a->shared : &a->garbled) += n;
}

static void
count_numbers(void *arg, const struct insn *x, uint64_t times)
{
	struct ands *a = arg;

	if (x->op == OP_NUM_A)
		a->numbers += times * a->code->slot[x->slot[0]].n;
}

static struct ands
compiled(const char *text, const char *protocol, const char *network)
{
	static const char head[] = "party a\nparty b\ninput x : int in 0..1000 [500] from a\n"
	    "input y : int in 0..1000 [500] from b\ninput u : int in 0..3 [20000] from a\n"
	    "input v : int in 0..3 [20000] from b\n";
	char source[1024], names[2][2] = { "a", "b" };
	struct party party[2] = { { .name = names[0], .group = names[0] },
		{ .name = names[1], .group = names[1] } };
	struct compile_options o = { .target = protocol_find(protocol)->target, .protocol = protocol,
		.network = network, .local = true, .n_parties = 2, .party = party };
	struct fault f = { .st = ST_OK };
	struct program *p = NULL;
	struct code *code = NULL;

	(void)snprintf(source, sizeof source, "%s%s", head, text);
	if (program_load_text(&p, "t.ksl", source, strlen(source), NULL, &f) != ST_OK ||
	    program_compile(&code, p, &o, &f) != ST_OK)
		fail_msg("%d: %s", f.line, f.message);
	struct ands a = { .code = code };
	assert_int_equal(code_walk(code, count, &a), ST_OK);
	assert_int_equal(code_walk(code, count_numbers, &a), ST_OK);
	program_free(p);
	code_free(code);
	return a;
}

#define DEEP "let t = x // (y + 1)\n"

/* Each network, so that the wish is against the cost model's choice at least once. */
static void
wishes_are_heard(void **state)
{
	static const char *const network[] = { "lan", "metro", "wan" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct ands a = compiled("output o = sum(garbled(x < y)) to all\n", "mixed", network[i]);
		assert_true(a.garbled > 0 && a.shared == 0);
		a = compiled("output o = sum(boolean(x < y)) to all\n", "mixed", network[i]);
		assert_true(a.shared > 0 && a.garbled == 0);
	}
	/* What else uses the value takes it from there.  A quotient has many layers, so that without
	 * the wish it is garbled. */
	struct ands a = compiled(DEEP "output o = t to all\n", "mixed", "wan");
	assert_true(a.garbled > 0 && a.shared == 0);
	a = compiled(DEEP "output o = boolean(t) to all\noutput p = sum(t) to all\n", "mixed", "wan");
	assert_true(a.shared > 0 && a.garbled == 0);
}

/* A protocol without the domain does as it would without the wish. */
static void
wishes_that_cannot_be_are_not(void **state)
{
	(void)state;
	struct ands a = compiled("output o = sum(garbled(x < y)) to all\n", "additive", "wan");
	assert_true(a.shared > 0 && a.garbled == 0);
	a = compiled("output o = sum(boolean(x < y)) to all\n", "yao", "lan");
	assert_true(a.garbled > 0 && a.shared == 0);
}

static void
count_products(void *arg, const struct insn *x, uint64_t times)
{
	unsigned *n = arg;

	n[0] += x->op == OP_MUL_A ? (unsigned)times : 0;
	n[1] += x->op == OP_MULB_A ? (unsigned)times : 0;
	n[2] += x->op == OP_NUM_A ? (unsigned)times : 0;
}

/* Bools that are to be numbers become so once, and are factors then. */
static void
bools_are_numbers_where_wished(void **state)
{
	(void)state;
	struct party party[3] = { { .name = "a", .group = "a" }, { .name = "b", .group = "b" },
		{ .name = "c", .group = "c" } };
	struct compile_options o = { .target = protocol_find("replicated")->target,
		.protocol = "replicated", .network = "lan", .local = true, .n_parties = 3,
		.party = party };
	static const char text[] = "party a\nparty b\nparty c\ninput x : int in 0..9 [5] from a\n"
	    "input y : int in 0..9 [5] from b\nlet d = arithmetic(x < y)\n"
	    "output o = d * x to all\noutput p = d * y to all\n";
	struct program *p = NULL;
	struct code *code = NULL;
	struct fault f = { .st = ST_OK };
	unsigned n[3] = { 0 };

	assert_int_equal(program_load_text(&p, "t.ksl", text, sizeof text - 1, NULL, &f), ST_OK);
	assert_int_equal(program_compile(&code, p, &o, &f), ST_OK);
	assert_int_equal(code_walk(code, count_products, n), ST_OK);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 0);
	assert_int_equal(n[2], 1);
	program_free(p);
	code_free(code);
}

/* A sort has hundreds of layers, many small comparisons have two: on a slow network one wants
 * labels and the other XOR shares, in one program. */
static void
regions_choose_by_themselves(void **state)
{
	(void)state;
	struct ands a = compiled("output s = sort(x + y)[0..3] to all\n"
	    "output c = sum(u < v) to all\n", "mixed", "wan");
	struct ands sort = compiled("output s = sort(x + y)[0..3] to all\n", "mixed", "wan");
	assert_true(a.shared > 0 && a.garbled > 0);
	assert_true(sort.shared == 0);
	assert_int_equal(a.garbled, sort.garbled);
}

/* What is repeated becomes numbers once; what is compared after that stays in bits. */
static void
repeated_numbers_are_made_once(void **state)
{
	(void)state;
	assert_int_equal(compiled("let s = sort(x + y)\n"
	    "output o = sum(reshape(s, 500, 1) * y[..7]) to a\n", "additive", "lan").numbers, 500);
	assert_int_equal(compiled("let s = sort(x + y)\n"
	    "output o = sum(concat(reshape(s, 500, 1) * y[..7], reshape(s[..9], 9, 1) * y[7..14])) to a\n",
	    "additive", "lan").numbers, 500);
	assert_int_equal(compiled("let s = sort(x + y)\n"
	    "output o = sum(s[..9] * y[..9]) to a\n", "additive", "lan").numbers, 9);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wishes_are_heard),
		cmocka_unit_test(wishes_that_cannot_be_are_not),
		cmocka_unit_test(bools_are_numbers_where_wished),
		cmocka_unit_test(regions_choose_by_themselves),
		cmocka_unit_test(repeated_numbers_are_made_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
