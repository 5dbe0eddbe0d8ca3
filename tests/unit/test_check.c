/* test_check.c: what the checker makes of programs: ranges, truncations, loops, missing values.
 *
 * The ranges and counts expected here were worked out by hand from the language's rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/check.h"
#include "../../protocols/protocol.h"
#include "../../runtime/base/mem.h"

enum { N_PARTY = 5, N_LONG = 4096 };

static const char head[] =
    "party a\nparty b\nparty site[3]\nparam n : int = 4\n"
    "input x : int in 0..10 [4] from a\ninput z : int in -3..5 [4] from b\n"
    "input f : fixed in -2..2 [4] from a\ninput g : fixed in 0..8 [4] from b\n"
    "input h : fixed<16> in 0..1 from b\ninput p : bool from a\ninput q : bool [4] from b\n"
    "input u : int? in 5..9 [4] from a\n"
    "input c : oneof(\"lo\", \"mid\", \"hi\") [] from site\n"
    "input d : oneof(\"no\", \"yes\")? [] from site\n"
    "input r : int in 0..100 [] from site\n";

struct compiled {
	struct program *program;
	struct code *code;
	char *text;
	struct fault fault;
	enum status st;
};

static struct compiled
compile_with(const char *source, const char *step, uint64_t rows)
{
	static const char *const names[N_PARTY] = { "a", "b", "site[0]", "site[1]", "site[2]" };
	struct compiled r = { .st = ST_OK };
	struct load_options load = { 0 };
	struct party party[N_PARTY];

	r.st = program_load_text(&r.program, "t.ksl", source, strlen(source), &load, &r.fault);
	if (r.st != ST_OK)
		return r;
	for (uint32_t i = 0; i < N_PARTY; i++)
		party[i] = (struct party){ .name = (char *)(uintptr_t)names[i],
			.group = (char *)(uintptr_t)(i < 2 ? names[i] : "site"), .member = i < 2 ? 0 : i - 2,
			.grouped = i >= 2, .rows = i < 2 ? 0 : rows };
	struct compile_options o = { .target = protocol_find("additive")->target,
		.protocol = "additive", .network = "metro", .local = true, .unchecked = true,
		.n_parties = N_PARTY, .party = party, .dump = step, .dump_text = &r.text };
	r.st = program_compile(&r.code, r.program, &o, &r.fault);
	return r;
}

static void
done(struct compiled *r)
{
	code_free(r->code);
	program_free(r->program);
	mem_free(r->text);
}

/* The program's declarations and `lines`; it must compile. */
static struct compiled
compiled(const char *lines, const char *step)
{
	char source[N_LONG];

	(void)snprintf(source, sizeof source, "%s%s\n", head, lines);
	struct compiled r = compile_with(source, step, 5);
	if (r.st != ST_OK)
		fail_msg("%s\n%d:%d: %s\n%s", lines, r.fault.line, r.fault.column, r.fault.message,
		    r.fault.excerpt);
	return r;
}

static unsigned
occurrences(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *s = strstr(text, what); s != NULL; s = strstr(s + 1, what))
		n++;
	return n;
}

/* The range of the first output, in units of 2^-frac. */
static void
expect_range(const char *expr, int64_t lo, int64_t hi, unsigned frac)
{
	char line[N_LONG];

	(void)snprintf(line, sizeof line, "output o = %s to all", expr);
	struct compiled r = compiled(line, NULL);
	const struct type *t = &r.code->output[0].part[0].type;
	if (t->lo != lo * ((i128)1 << frac) || t->hi != hi * ((i128)1 << frac))
		fail_msg("%s: range %lld..%lld, not %lld..%lld (2^-%u)", expr, (long long)(t->lo >> frac),
		    (long long)(t->hi >> frac), (long long)lo, (long long)hi, frac);
	done(&r);
}

static void
ranges_are_interval_arithmetic(void **state)
{
	(void)state;
	expect_range("x + z", -3, 15, 0);
	expect_range("x - z", -5, 13, 0);
	expect_range("x * z", -30, 50, 0);
	expect_range("z ** 2", 0, 25, 0);
	expect_range("z * z", 0, 25, 0);
	expect_range("z ** 3", -75, 125, 0);
	expect_range("-z", -5, 3, 0);
	expect_range("2 * x - 1", -1, 19, 0);
	expect_range("sum(x)", 0, 40, 0);
	expect_range("sum(x * z)", -120, 200, 0);
	expect_range("dot(x, z)", -120, 200, 0);
	expect_range("sum(q)", 0, 4, 0);
	expect_range("sum(x > 3)", 0, 4, 0);
	expect_range("x + f", -2, 12, 32);
	expect_range("f + g", -2, 10, 32);
	expect_range("cumsum(x)", 0, 40, 0);
	expect_range("if p then x else z", -3, 10, 0);
	expect_range("concat(x, z)", -3, 10, 0);
	expect_range("q || p", 0, 1, 0);
	expect_range("q != p", 0, 1, 0);
	expect_range("!q", 0, 1, 0);
	expect_range("counts(c)", 0, 15, 0);
	expect_range("table2(c, d)", 0, 15, 0);
	expect_range("coalesce(u, 20)", 0, 20, 0);
	expect_range("x in 2..3", 2, 3, 0);
}

static void
known_values_are_computed(void **state)
{
	(void)state;
	expect_range("1 + 2 * 3", 7, 7, 0);
	expect_range("-7 // 2", -4, -4, 0);
	expect_range("-7 % 3", 2, 2, 0);
	expect_range("7 % -3", -2, -2, 0);
	expect_range("7 / 2 * 2", 7, 7, 32);
	expect_range("2 ** 40", (int64_t)1 << 40, (int64_t)1 << 40, 0);
	expect_range("round(2.5)", 2, 2, 0);
	expect_range("round(3.5)", 4, 4, 0);
	expect_range("floor(-0.5)", -1, -1, 0);
	expect_range("n * n", 16, 16, 0);
	expect_range("len(x) + n", 8, 8, 0);
	expect_range("site.count", 3, 3, 0);
	expect_range("if n > 3 then 5 else 6", 5, 5, 0);
	expect_range("max(3, 8)", 8, 8, 0);
	expect_range("clamp(3, 4, 5)", 4, 4, 0);
	expect_range("[5, 6, 7][2]", 7, 7, 0);
	expect_range("abs(-4)", 4, 4, 0);
	expect_range("0x10 + 1e2", 116, 116, 0);
}

static void
loops_derive_ranges(void **state)
{
	static const struct {
		const char *lines;
		int64_t lo, hi;
	} cases[] = {
		{ "var s = 0\nfor i in 0..100 { s += x[1] }", 0, 1000 },
		{ "var s = 7\nfor i in 0..10 { s -= x[1] }", -93, 7 },
		{ "var s = 0\nfor i in 0..10 { if p { s += 2 } }", 0, 20 },
		{ "var s = 0\nfor i in 0..4 { for j in 0..3 { s += z[i] } }", -36, 60 },
		{ "var s = 0\nfor i in 0..4 { for j in i..4 { s += 1 } }", 0, 16 },
		{ "var s = 0\nfor v in x { s = max(s, 3) }", 0, 3 },
		{ "var s = 3\nfor i in 0..4 { s = z[i] }", -3, 5 },
		{ "var s = 0\nfor i in 0..4 { if q[i] { s = 5 } else { s += 1 } }", 0, 9 },
		{ "var s : int in 0..50\nfor i in 0..9 { s = 2 * s + 1 }", 0, 50 },
		{ "var w = zeros(4)\nfor i in 0..8 { w[i % 4] += 3 }\nlet s = w[1]", 0, 24 },
		{ "var s = 1\nfor i in 0..1 { s += n }", 5, 5 },
		{ "var s = 1\nfor i in 0..0 { s += n }", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char lines[N_LONG];
		(void)snprintf(lines, sizeof lines, "%s\noutput s to all", cases[i].lines);
		struct compiled r = compiled(lines, "check");
		const struct type *t = &r.code->output[0].part[0].type;
		if (t->lo != cases[i].lo || t->hi != cases[i].hi)
			fail_msg("%s: %lld..%lld", lines, (long long)t->lo, (long long)t->hi);
		done(&r);
	}
}

static void
expect_count(const char *expr, const char *op, unsigned n)
{
	char line[N_LONG], what[64];

	(void)snprintf(line, sizeof line, "output o = %s to all", expr);
	(void)snprintf(what, sizeof what, "= %s", op);
	struct compiled r = compiled(line, "check");
	if (occurrences(r.text, what) != n)
		fail_msg("%s: %u of %s, not %u\n%s", expr, occurrences(r.text, what), op, n, r.text);
	done(&r);
}

static void
products_are_truncated_once(void **state)
{
	(void)state;
	expect_count("f * g", "trunc", 1);
	expect_count("f * g + g * f - f * f", "trunc", 1);
	expect_count("sum(f * g)", "trunc", 1);
	expect_count("f @ g", "trunc", 1);
	expect_count("f * g * f", "trunc", 2);
	expect_count("f * g + f", "trunc", 1);
	expect_count("f * 2 + x * g", "trunc", 0);
	expect_count("f * h", "trunc", 1);
	expect_count("x * f", "trunc", 0);
	expect_count("(f * f) > 1", "trunc", 1);
	expect_count("[v * v for v in f]", "trunc", 1);
	expect_count("f ** 4", "trunc", 2);
	expect_count("f + h", "trunc", 0);
}

static void
what_is_missing_costs_no_product_twice(void **state)
{
	(void)state;
	expect_count("sum(u)", "mul", 0);               /* a missing cell is 0 already */
	expect_count("sum(u.where(q))", "and", 1);      /* presence */
	expect_count("sum(u.where(q))", "mul", 1);      /* value */
	expect_count("count(u)", "mul", 0);
	expect_count("coalesce(u, 3)", "mul", 1);
	expect_count("sum(r.where(c == \"lo\"))", "mul", 1);
	expect_count("count(r.where(c == \"lo\"))", "mul", 0);
	expect_count("sum(x.where(true))", "mul", 0);
	expect_count("sum(c == \"lo\")", "eq", 0);
	expect_count("table2(c, d)", "tnmul", 1);
}

static void
sides_of_an_if_are_merged(void **state)
{
	struct compiled r;

	(void)state;
	r = compiled("var w = x\nif p { w[1] = 3 }\noutput w to all", "check");
	assert_int_equal(occurrences(r.text, "= select"), 1);
	const char *select = strstr(r.text, "= select");        /* of one element */
	assert_memory_equal(strchr(select, ':'), ":  secret", 9);
	done(&r);
	r = compiled("var w = x\nif p { w = z } else { w[0] = 1 }\noutput w to all", "check");
	assert_int_equal(occurrences(r.text, "= select"), 2);
	done(&r);
	r = compiled("var w = 1\nif n == 4 { w = 2 }\noutput w to all", "check");
	assert_int_equal(occurrences(r.text, "= select"), 0);
	assert_true(r.code->output[0].part[0].type.lo == 2);
	done(&r);
}

static void
code_does_not_grow_with_trips(void **state)
{
	static const char *const trips[] = { "10", "1000000" };
	unsigned lines[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		char source[N_LONG];
		(void)snprintf(source, sizeof source, "let k = %s\nvar s = 0\nvar t = zeros(k)\n"
		    "for i in 0..k { s += i * x[1]\nt[i] = s }\noutput t to all\n"
		    "output w = sum([j * j for j in 0..k]) to all", trips[i]);
		struct compiled r = compiled(source, "check");
		lines[i] = occurrences(r.text, "\n");
		assert_int_equal(occurrences(r.text, "= loop"), 2);
		done(&r);
	}
	assert_int_equal(lines[0], lines[1]);
}

static void
outputs_are_cut_and_labelled(void **state)
{
	struct compiled r = compiled("output o = r * 2 to each site\n"
	    "output k = counts(c) to all\noutput t = table2(c, d) to a\n"
	    "output b = [sum(r.where(d == s)) for s in levels(d)] to all\n"
	    "output m = columns(r, twice = r + r) to b\n"
	    "output v = x to all labels [\"p\", \"q\", \"r\", \"s\"]", NULL);
	const struct output *o = r.code->output;

	(void)state;
	assert_int_equal(o[0].n_parts, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(o[0].part[i].each, 2 + i);
		assert_int_equal(o[0].part[i].recipients, 4u << i);
		assert_int_equal(o[0].part[i].dims[0], 5);
	}
	assert_int_equal(o[1].label[0].n, 3);
	assert_string_equal(o[1].label[0].name[1], "mid");
	assert_int_equal(o[2].n_labels, 2);
	assert_string_equal(o[2].label[1].name[1], "yes");
	assert_int_equal(o[2].part[0].recipients, 1);
	assert_string_equal(o[3].label[0].name[0], "no");
	assert_string_equal(o[4].label[1].name[0], "r");
	assert_string_equal(o[4].label[1].name[1], "twice");
	assert_string_equal(o[5].label[0].name[3], "s");
	done(&r);
}

static void
expect_error(const char *lines, const char *message, const char *says)
{
	char source[N_LONG];

	(void)snprintf(source, sizeof source, "%s%s\noutput o = p to all\n", head, lines);
	struct compiled r = compile_with(source, NULL, 5);
	if (r.st != ST_COMPILE || strcmp(r.fault.message, message) != 0)
		fail_msg("%s: %s", lines, r.fault.message);
	if (strstr(r.fault.excerpt, says) == NULL && strstr(r.fault.help, says) == NULL)
		fail_msg("%s: neither here nor there: %s\n%s\n%s", lines, says, r.fault.excerpt,
		    r.fault.help);
	done(&r);
}

static void
a_secret_names_its_origin(void **state)
{
	(void)state;
	expect_error("let k = x[0] + z[1]\nfor i in 0..k { assert true }",
	    "a secret cannot decide how often a loop runs",
	    "^ secret: computed from input \"x\" (line 5)");
	expect_error("let k = sum(r)\nlet y = x[0..k]", "a secret cannot decide how long a slice is",
	    "input \"r\" (line 15)");
	expect_error("var s = 0\nfor i in 0..4 { s += z[i] }\nlet y = zeros(s)",
	    "a size must be known before the program runs, and this is secret",
	    "input \"z\" (line 6)");
	expect_error("let y = x[z[0]]", "this index is secret and may lie outside axis 0, which has 4 "
	    "elements: it is in -3..5", "computed from input \"z\"");
	expect_error("if c[0] == \"lo\" { let y = reveal(x) }",
	    "`reveal` inside an `if`: both sides run, so it would open the value in any case",
	    "reveal before the `if`");
}

static void
indices_stay_inside(void **state)
{
	(void)state;
	expect_error("let y = x[4]", "index 4 is outside axis 0, which has 4 elements", "");
	expect_error("let y = x[-1]", "index -1 is outside axis 0, which has 4 elements",
	    "x[len(x) - 1]");
	expect_error("for i in 0..4 { let y = x[i + 1] }",
	    "index 4 is outside axis 0, which has 4 elements", "");
	expect_error("for i in 0..4 { for j in i..4 { let y = x[j - i - 1] } }",
	    "index -1 is outside axis 0, which has 4 elements", "");
	expect_error("for i in 0..4 { let y = x[0..i] }",
	    "a slice's length may not depend on a loop counter", "x[i..i + 3]");
	struct compiled r = compiled("var s = 0\nfor i in 0..4 { for j in i..4 { s += x[j - i] } }\n"
	    "for i in 0..4 { if i > 0 { s += x[i - 1] } }\noutput s to all", "check");
	assert_int_equal(occurrences(r.text, "= gather"), 1);   /* the clamped one */
	done(&r);
}

static void
functions_are_generic(void **state)
{
	static const char lines[] = "fn twice(v: num) -> num { return v + v }\n"
	    "fn pick(v: int[m], k: int) -> int { if k > 2 { return v[0] }\nreturn m }\n"
	    "output o = twice(x) to all\noutput s = twice(f) to all\noutput w = twice(2) to all\n"
	    "output k = pick(x, 1) to all\noutput l = pick(z, 3) to all\n";
	struct compiled r = compiled(lines, NULL);
	const struct output *o = r.code->output;

	(void)state;
	assert_int_equal(o[0].part[0].dims[0], 4);
	assert_int_equal(o[0].part[0].type.kind, TYPE_INT);
	assert_int_equal(o[1].part[0].type.kind, TYPE_FIXED);
	assert_true(o[2].part[0].type.lo == 4 && o[2].part[0].type.hi == 4);
	assert_true(o[3].part[0].type.lo == 4);
	assert_true(o[4].part[0].type.lo == -3 && o[4].part[0].type.hi == 5);
	done(&r);
	expect_error("fn both(v: int[m], w: int[m]) -> int { return v[0] + w[0] }\n"
	    "let y = both(x, [1, 2])",
	    "both: \"w\" has 2 elements here, but m is 4 by an argument before it", "both(x, [1, 2])");
}

/* Sums about the mean fit a ring for three million rows of 0..4000, with f = 32. */
static void
variances_of_large_tables_fit(void **state)
{
	static const char source[] = "use stats\nparty a\nparty b\nparty site[3]\n"
	    "input t : int in 0..4000 [] from site\ninput s : int in 0..4000 [] from site\n"
	    "output v = var(t) to all\noutput d = sd(s) to all\noutput c = covariance(t, s) to all\n"
	    "output r = correlation(t, s) to all\n";
	struct compiled r = compile_with(source, "check", 1000000);

	(void)state;
	if (r.st != ST_OK)
		fail_msg("%d: %s", r.fault.line, r.fault.message);
	done(&r);
}

static void
builtins_are_listed_once(void **state)
{
	size_t n;
	const char *const *name = check_builtins(&n);

	(void)state;
	assert_true(n >= 40);
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++)
			assert_string_not_equal(name[i], name[k]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_are_interval_arithmetic),
		cmocka_unit_test(known_values_are_computed),
		cmocka_unit_test(loops_derive_ranges),
		cmocka_unit_test(products_are_truncated_once),
		cmocka_unit_test(what_is_missing_costs_no_product_twice),
		cmocka_unit_test(sides_of_an_if_are_merged),
		cmocka_unit_test(code_does_not_grow_with_trips),
		cmocka_unit_test(outputs_are_cut_and_labelled),
		cmocka_unit_test(a_secret_names_its_origin),
		cmocka_unit_test(indices_stay_inside),
		cmocka_unit_test(functions_are_generic),
		cmocka_unit_test(variances_of_large_tables_fit),
		cmocka_unit_test(builtins_are_listed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
