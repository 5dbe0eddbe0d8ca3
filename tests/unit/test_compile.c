/* test_compile.c: from source to code: steps, determinism, memory, and that neither code nor work
 * grows with trip counts and sizes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>

#include "../../compiler/compile.h"
#include "../../protocols/protocol.h"
#include "../../runtime/base/mem.h"

enum { N_PARTY = 16 };
static const char folder[] = "tests/fuzz/corpus/parse";

struct setting {
	const char *dump;
	char **dump_text;
	uint64_t rows;
	bool no_local, unchecked;
};

/* The least number of members of each group. */
static uint32_t
take_part(struct party *party, char names[][NAME_MAX_BYTES], const struct program *p, uint64_t rows)
{
	uint32_t n_groups, n = 0;
	const struct group *g = program_groups(p, &n_groups);

	for (uint32_t i = 0; i < n_groups; i++)
		for (uint32_t k = 0; k < g[i].least && n < N_PARTY; k++, n++) {
			(void)snprintf(names[n], NAME_MAX_BYTES, g[i].grouped ? "%.100s[%u]" : "%.100s",
			    g[i].name, k);
			party[n] = (struct party){ .name = names[n], .member = k,
				.group = (char *)(uintptr_t)g[i].name, .grouped = g[i].grouped,
				.rows = group_rows(&g[i], rows) };
		}
	return n;
}

static enum status
compile_for(struct code **code, struct program *p, const struct setting *s, struct fault *f)
{
	char names[N_PARTY][NAME_MAX_BYTES];
	struct party party[N_PARTY];
	struct compile_options o = { .target = protocol_find("additive")->target,
		.protocol = "additive", .network = "metro", .local = !s->no_local,
		.unchecked = s->unchecked, .party = party, .dump = s->dump,
		.dump_text = s->dump_text };

	o.n_parties = take_part(party, names, p, s->rows > 0 ? s->rows : 5);
	return program_compile(code, p, &o, f);
}

/* Loads and compiles; fails the test with the message. */
static struct code *
compiled(const char *name, const char *text, const struct setting *s)
{
	struct fault f = { .st = ST_OK };
	struct program *p = NULL;
	struct code *code = NULL;
	enum status st = text != NULL ? program_load_text(&p, name, text, strlen(text), NULL, &f)
	    : program_load(&p, name, NULL, &f);

	if (st == ST_OK)
		st = compile_for(&code, p, s, &f);
	if (st != ST_OK)
		fail_msg("%s:%d:%d: %s\n%s", name, f.line, f.column, f.message, f.excerpt);
	program_free(p);
	return code;
}

static size_t
container(uint8_t **bytes, const struct code *code)
{
	size_t len;

	assert_int_equal(code_write(bytes, &len, code), ST_OK);
	return len;
}

/* Twice, the same bytes; also without domain L. */
static void
compile_twice(const char *path)
{
	for (unsigned no_local = 0; no_local < 2; no_local++) {
		struct setting s = { .no_local = no_local == 1, .unchecked = true };
		struct code *a = compiled(path, NULL, &s), *b = compiled(path, NULL, &s);
		uint8_t *x, *y;
		size_t n = container(&x, a);
		assert_int_equal(container(&y, b), n);
		assert_memory_equal(x, y, n);
		mem_free(x);
		mem_free(y);
		code_free(a);
		code_free(b);
	}
}

static void
programs_compile_to_the_same_bytes(void **state)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort), seen = 0;

	(void)state;
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		char path[512];
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (dot != NULL && strcmp(dot, ".ksl") == 0) {
			compile_twice(path);
			seen++;
		}
		free(names[i]);
	}
	free(names);
	assert_true(seen >= 5);
}

static const char small[] = "use stats\nparty a[2]\nparam k : int = 3\n"
    "input x : int? in 0..9 [] from a\ninput g : oneof(\"u\", \"v\") [] from a\n"
    "var s : int in 0..1000000 = 0\nfor i in 0..k { s = s + sum(x) }\n"
    "output m = sum(x.where(g == \"u\")) to all\noutput s to all require len(x) > 3\n"
    "output v = x[0] * 3 to a[0]\noutput y = x * 2 to each a\n";

static void
every_step_can_be_shown(void **state)
{
	static const struct { const char *step, *part; } steps[] = {
		{ "lex", "11:8 y\n" }, { "parse", "output y = (x * 2) to each a\n" },
		{ "check", "input" }, { "fold", "input" }, { "loops", "input" }, { "domains", "input" },
		{ "post", "output y" }, { "emit", "input" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		char *text = NULL;
		struct setting s = { .dump = steps[i].step, .dump_text = &text };
		code_free(compiled("t.ksl", small, &s));
		assert_non_null(text);
		if (strstr(text, steps[i].part) == NULL)
			fail_msg("--dump=%s has no \"%s\":\n%s", steps[i].step, steps[i].part, text);
		mem_free(text);
	}
}

static void
an_unknown_step_is_refused(void **state)
{
	struct setting s = { .dump = "folds" };
	struct fault f = { .st = ST_OK };
	struct program *p;
	struct code *code;

	(void)state;
	assert_int_equal(program_load_text(&p, "t.ksl", small, strlen(small), NULL, &f), ST_OK);
	assert_int_equal(compile_for(&code, p, &s, &f), ST_USAGE);
	assert_null(code);
	assert_string_equal(f.help, "did you mean fold?");
	program_free(p);
}

/* One program may be compiled for one set of row counts after another. */
static void
rows_may_change(void **state)
{
	struct fault f = { .st = ST_OK };
	struct program *p;
	uint8_t *first = NULL, *bytes;

	(void)state;
	assert_int_equal(program_load_text(&p, "t.ksl", small, strlen(small), NULL, &f), ST_OK);
	for (unsigned i = 0; i < 3; i++) {
		struct setting s = { .rows = i == 1 ? 800 : 8 };
		struct code *code;
		assert_int_equal(compile_for(&code, p, &s, &f), ST_OK);
		size_t n = container(&bytes, code);
		if (i == 0)
			first = bytes;
		if (i == 2)
			assert_memory_equal(first, bytes, n);
		if (i > 0)
			mem_free(bytes);
		code_free(code);
	}
	mem_free(first);
	program_free(p);
}

/* Each allocation in turn fails: a status, nothing lost, and the program can be compiled again. */
static void
memory_may_end_anywhere(void **state)
{
	struct fault f = { .st = ST_OK };
	struct setting s = { .rows = 8 };
	struct program *p;
	struct code *code;
	uint64_t i;

	(void)state;
	assert_int_equal(program_load_text(&p, "t.ksl", small, strlen(small), NULL, &f), ST_OK);
	for (i = 1;; i++) {
		f = (struct fault){ .st = ST_OK };
		mem_fail_at(i);
		enum status st = compile_for(&code, p, &s, &f);
		bool reached = mem_count() >= i;
		mem_fail_at(0);
		if (!reached) {
			assert_int_equal(st, ST_OK);
			code_free(code);
			break;
		}
		assert_null(code);
		if (st != ST_INTERNAL)
			fail_msg("allocation %llu: %s", (unsigned long long)i, f.message);
	}
	assert_true(i > 10);
	program_free(p);
}

struct cost {
	uint64_t allocations, insns;
	size_t bytes;
};

static struct cost
cost_of(const char *format, unsigned long n)
{
	char text[1024];
	struct setting s = { .unchecked = true };
	struct cost cost;
	uint8_t *bytes;

	(void)snprintf(text, sizeof text, format, n, n, n, n);
	mem_fail_at(0);
	struct code *code = compiled("t.ksl", text, &s);
	cost.allocations = mem_count();
	cost.insns = code->n_code;
	cost.bytes = container(&bytes, code);
	mem_free(bytes);
	code_free(code);
	return cost;
}

/* Ten times as much to do: the same code, up to the digits of numbers, and the same work. */
static void
expect_constant(const char *format, unsigned long n)
{
	struct cost a = cost_of(format, n), b = cost_of(format, 10 * n);

	assert_int_equal(a.insns, b.insns);
	assert_true(b.bytes < 8192);
	assert_true(b.bytes <= a.bytes + 64);
	assert_true(b.allocations <= a.allocations + 2);
}

static void
work_does_not_grow_with_sizes(void **state)
{
	(void)state;
	/* carried: stays a loop */
	expect_constant("party a\nparty b\ninput x : int in 0..9 [4] from a\n"
	    "input y : int in 0..9 from b\n"
	    "var h : int in 0..100 = 0\nfor i in 0..%lu { h = y + x[0] - h }\n"
	    "output q = h to all\n", 1000000);
	/* independent, and reductions: wide */
	expect_constant("party a\nparty b\ninput x : int in 0..9 [%lu] from a\n"
	    "input y : int in 0..9 [%lu] from b\nvar s : int in 0..1000000000 = 0\n"
	    "for i in 0..%lu { s += x[i] * y[i] }\noutput s to all\n", 1000000);
	expect_constant("party a\nparty b\ninput x : int in 0..9 [%lu] from a\n"
	    "input y : int in 0..9 [%lu] from b\noutput z = sum((x + 1) * y + x) to all\n", 1000000);
}

static void
count_products(void *arg, const struct insn *x, uint64_t times)
{
	uint64_t *n = arg;

	if (x->op == OP_MUL_A || x->op == OP_MATMUL_A || x->op == OP_CIRC_B)
		*n += times;
}

/* What each member can do with its own rows costs no product of shares. */
static void
rows_stay_where_they_are(void **state)
{
	static const char text[] = "use stats\nparty a[2]\n"
	    "input x : fixed in -4..4 [*, 3] from a\ninput y : fixed? in 0..9 [] from a\n"
	    "input g : oneof(\"u\", \"v\")? [] from a\ninput h : bool [] from a\n"
	    "let z = coalesce(columns(x, y, dummies(g)).where(reshape(present(y), len(y), 1)), 0)\n"
	    "output s = transpose(z) @ z to all\noutput t = table2(g, h) to all\n"
	    "output u = table3(h, g, x[.., 1] > 2) to all\n";
	struct setting s = { .unchecked = true };
	struct code *code = compiled("rows.ksl", text, &s);
	uint64_t n = 0;

	(void)state;
	assert_int_equal(code_walk(code, count_products, &n), ST_OK);
	assert_int_equal(n, 0);
	code_free(code);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_compile_to_the_same_bytes),
		cmocka_unit_test(every_step_can_be_shown),
		cmocka_unit_test(an_unknown_step_is_refused),
		cmocka_unit_test(rows_may_change),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(work_does_not_grow_with_sizes),
		cmocka_unit_test(rows_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
