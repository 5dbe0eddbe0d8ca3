/* test_parse.c: syntax trees, as the canonical text of ast_dump. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front.h"

static char *
parsed(const char *source)
{
	struct front f = { .source = source, .len = strlen(source), .dump = ast_dump,
	    .parse = true };

	if (front_run(&f) != ST_OK)
		fail_msg("%s\n%s\n%s", source, f.fault.message, f.fault.excerpt);
	return f.text;
}

/* The text is also what parses to itself. */
static void
expect_tree(const char *source, const char *expected)
{
	char *once = parsed(source), *twice;

	assert_string_equal(once, expected);
	twice = parsed(once);
	assert_string_equal(twice, expected);
	mem_free(once);
	mem_free(twice);
}

static void
expect_expr(const char *source, const char *expected)
{
	char text[1024], tree[1024];

	(void)snprintf(text, sizeof text, "let z = %s\n", source);
	(void)snprintf(tree, sizeof tree, "let z = %s\n", expected);
	expect_tree(text, tree);
}

static void
operators_bind_as_in_python(void **state)
{
	(void)state;
	expect_expr("a + b * c", "(a + (b * c))");
	expect_expr("a - b - c", "((a - b) - c)");
	expect_expr("a ** b ** c", "(a ** (b ** c))");
	expect_expr("-a ** 2", "(-(a ** 2))");
	expect_expr("(-a) ** 2", "((-a) ** 2)");
	expect_expr("2 ** -1", "(2 ** (-1))");
	expect_expr("2 ** -a ** b", "(2 ** (-(a ** b)))");
	expect_expr("a || b && c", "(a || (b && c))");
	expect_expr("!a == b", "(!(a == b))");
	expect_expr("!a && b", "((!a) && b)");
	expect_expr("a && !b || c", "((a && (!b)) || c)");
	expect_expr("a + !b", "(a + (!b))");
	expect_expr("!!a", "(!(!a))");
	expect_expr("a < b + 1", "(a < (b + 1))");
	expect_expr("a | b ^ c & d << 1", "(a | (b ^ (c & (d << 1))))");
	expect_expr("a & b == c", "((a & b) == c)");
	expect_expr("a / b // c % d @ e", "((((a / b) // c) % d) @ e)");
	expect_expr("~a + -b * +c", "((~a) + ((-b) * c))");
	expect_expr("- - a", "(-(-a))");
	expect_expr("-x[0].y", "(-x[0].y)");
}

static void
conversions_bind_loosely(void **state)
{
	(void)state;
	expect_expr("a + b as fixed", "((a + b) as fixed)");
	expect_expr("a as int in 0..5", "(a as int in 0..5)");
	expect_expr("a / b in 0..1000", "((a / b) in 0..1000)");
	expect_expr("(a / b) in 0..n * 2", "((a / b) in 0..(n * 2))");
	expect_expr("a == b as int", "(a == (b as int))");
	expect_expr("a as bool && b", "((a as bool) && b)");
	expect_expr("a in 0..5 == b", "((a in 0..5) == b)");
	expect_expr("(a as fixed<16>) < 3", "((a as fixed<16>) < 3)");
	expect_expr("a in lo[0]..hi[1]", "(a in lo[0]..hi[1])");
	expect_expr("a as int?", "(a as int?)");
}

static void
calls_and_indices(void **state)
{
	(void)state;
	expect_expr("x.sum()", "sum(x)");
	expect_expr("x.where(c).mean()", "mean(where(x, c))");
	expect_expr("(x + 0 * y).sum()", "sum((x + (0 * y)))");
	expect_expr("x\n  .where(a)\n  .sum()", "sum(where(x, a))");
	expect_expr("var(x)", "var(x)");
	expect_expr("x.var()", "var(x)");
	expect_expr("f(a, lo = 0, hi = b == c,)", "f(a, lo = 0, hi = (b == c))");
	expect_expr("f()", "f()");
	expect_expr("r.t + p.count", "(r.t + p.count)");
	expect_expr("x[0]", "x[0]");
	expect_expr("x[a..b, 2, .., i.., ..j]", "x[a..b, 2, .., i.., ..j]");
	expect_expr("x[1][2]", "x[1][2]");
	expect_expr("f(x)[0].y", "f(x)[0].y");
	expect_expr("[1, 2,]", "[1, 2]");
	expect_expr("[f(v) for v in xs]", "[f(v) for v in xs]");
	expect_expr("[[x[i] * y[j] for j in i..2] for i in 0..n]",
	    "[[(x[i] * y[j]) for j in i..2] for i in 0..n]");
	expect_expr("if a then b else c + 1", "(if a then b else (c + 1))");
	expect_expr("1 + if a then b else if c then d else e",
	    "(1 + (if a then b else (if c then d else e)))");
	expect_expr("\"a\\\"b\" == 'c'", "(\"a\\\"b\" == \"c\")");
	expect_expr("aes(0xFF, key = 1_0.5e3)", "aes(0xFF, key = 10.5e3)");
}

/* Words that mean something by where they stand are names elsewhere. */
static void
words_are_names_elsewhere(void **state)
{
	(void)state;
	expect_expr("to + from * all", "(to + (from * all))");
	expect_expr("round(x) + labels", "(round(x) + labels)");
	expect_tree("var noise = 1\nnoise = noise + 1\n", "var noise = 1\nnoise = (noise + 1)\n");
	expect_tree("output x to all\nround = 3\nto += 1\n",
	    "output x = x to all\nround = 3\nto += 1\n");
}

static void
declarations(void **state)
{
	(void)state;
	expect_tree("study \"A\"\nuse stats\nparam n : int = 10\nparam w : fixed [3]\n",
	    "study \"A\"\nuse stats\nparam n : int = 10\nparam w : fixed [3]\n");
	expect_tree("party a\nparty b[]\nparty c[3]\nparty d[2..8]\n",
	    "party a\nparty b[]\nparty c[3]\nparty d[2..8]\n");
	expect_tree("input a : int in 0..120 [] from site\n",
	    "input a : int in 0..120 [] from site\n");
	expect_tree("input a : int? in lo[0]..n [] from p\n",
	    "input a : int? in lo[0]..n [] from p\n");
	expect_tree("input w : fixed<16> in -8..8 [16, 30] from p\n",
	    "input w : fixed<16> in (-8)..8 [16, 30] from p\n");
	expect_tree("input g : oneof(\"a\", \"b\"=\"2\")? [*, 3] from p as [\"x\", \"y\", \"z\"]\n",
	    "input g : oneof(\"a\"=\"a\", \"b\"=\"2\")? [*, 3] from p as [\"x\", \"y\", \"z\"]\n");
	expect_tree("input k : bits<128> [..k] from p as \"rs*\"\n",
	    "input k : bits<128> [..k] from p as \"rs*\"\n");
	expect_tree("input k : id [] from p\n", "input k : id [] from p\n");
	expect_tree("circuit f(a: bits<8>) -> bits<8>\noutput x to all\n",
	    "circuit f(a: bits<8>) -> bits<8>\noutput x = x to all\n");
}

static void
outputs(void **state)
{
	(void)state;
	expect_tree("output x to all\n", "output x = x to all\n");
	expect_tree("output q = a to b, each c, d[1]\n", "output q = a to b, each c, d[1]\n");
	expect_tree("output q = a\n  to all\n  require n > 3\n  labels s, [\"a\"]\n",
	    "output q = a to all require (n > 3) labels s, [\"a\"]\n");
	expect_tree("output q = a suppress below 10 to all round to 5 withhold where c < 10\n",
	    "output q = a to all suppress below 10 round to 5 withhold where (c < 10)\n");
	expect_tree("output q = a to all noise laplace(epsilon = 1, sensitivity = 2)\n  require "
	    "c\n",
	    "output q = a to all noise laplace(epsilon = 1, sensitivity = 2) require c\n");
	expect_tree("output q = a to all noise gaussian(rho = 0.5)\n",
	    "output q = a to all noise gaussian(rho = 0.5)\n");
	expect_tree("output q = a to each\n", "output q = a to each\n");
}

static void
functions(void **state)
{
	(void)state;
	expect_tree("fn f(x: fixed[n], g: bool[n]) -> fixed { return x.mean() }\n",
	    "fn f(x: fixed [n], g: bool [n]) -> fixed {\n\treturn mean(x)\n}\n");
	expect_tree("fn f(a: num) -> (t: fixed, df: num[2]) {\n  let u = a\n  return (t = u, df = "
	    "[a, 1])\n}\n",
	    "fn f(a: num) -> (t: fixed, df: num [2]) {\n\tlet u = a\n\treturn (t = u, df = [a, "
	    "1])\n}\n");
	expect_tree("fn f() { return (1) }\n", "fn f() {\n\treturn 1\n}\n");
}

static void
statements(void **state)
{
	(void)state;
	expect_tree("var h : int in 0..100 [6]\nh[2, ..] += 1\nh **= 2\n",
	    "var h : int in 0..100 [6]\nh[2, ..] += 1\nh **= 2\n");
	expect_tree("var h : bits<8>= 3\n", "var h : bits<8> = 3\n");
	expect_tree("for i in 0..3 { for v in xs { s += v } }\n",
	    "for i in 0..3 {\n\tfor v in xs {\n\t\ts += v\n\t}\n}\n");
	expect_tree("if a { x = 1 } else if b { x = 2 }\nelse { x = 3 }\n",
	    "if a {\n\tx = 1\n} else {\n\tif b {\n\t\tx = 2\n\t} else {\n\t\tx = 3\n\t}\n}\n");
	expect_tree("assert n > 2 && m < 3\nf(x)\n", "assert ((n > 2) && (m < 3))\nf(x)\n");
	expect_tree("let a : fixed = 1 +\n  2\n", "let a : fixed = (1 + 2)\n");
}

static void
depth_is_bounded(void **state)
{
	static char text[9000];
	struct front f = { .source = text, .dump = ast_dump, .parse = true };

	(void)state;
	/* A chain of operators is a deep tree, though the parser does not go deep. */
	size_t n = (size_t)snprintf(text, sizeof text, "let z = 1");
	for (int i = 0; i < 300; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, " + 1");
	f.len = n;
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_string_equal(f.fault.message, "this expression is nested more than 200 deep");
	static const char *const deep[] = { "-", "2**", "if a then ", "!", "f(", "x.y(" };
	for (size_t k = 0; k < sizeof deep / sizeof deep[0]; k++) {
		n = (size_t)snprintf(text, sizeof text, "let z = ");
		for (int i = 0; i < 500; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s", deep[k]);
		f = (struct front){ .source = text, .len = n, .dump = ast_dump, .parse = true };
		assert_int_equal(front_run(&f), ST_COMPILE);
		assert_non_null(strstr(f.fault.message, "more than 200 deep"));
	}
	for (n = 0; n < 8000;)
		n += (size_t)snprintf(text + n, sizeof text - n, "if a {} else ");
	f = (struct front){ .source = text, .len = n, .dump = ast_dump, .parse = true };
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_non_null(strstr(f.fault.message, "more than 200 deep"));
}

/* Wherever memory ends, the answer is a status, and nothing is lost (the sanitizer would tell). */
static void
memory_may_end_anywhere(void **state)
{
	static char text[40000];
	size_t n = 0;

	(void)state;
	while (n < sizeof text - 100)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "let z%zu = [f(v, \"t\") for v in 0..3]\n", n);
	for (uint64_t i = 1;; i++) {
		struct front f = { .source = text, .len = n, .dump = ast_dump, .parse = true };
		mem_fail_at(i);
		enum status st = front_run(&f);
		bool reached = mem_count() >= i;
		mem_fail_at(0);
		mem_free(f.text);
		if (!reached) {
			assert_int_equal(st, ST_OK);
			assert_true(i > 5);
			break;
		}
		assert_int_equal(st, ST_INTERNAL);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_bind_as_in_python),
		cmocka_unit_test(conversions_bind_loosely),
		cmocka_unit_test(calls_and_indices),
		cmocka_unit_test(words_are_names_elsewhere),
		cmocka_unit_test(declarations),
		cmocka_unit_test(outputs),
		cmocka_unit_test(functions),
		cmocka_unit_test(statements),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(memory_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
