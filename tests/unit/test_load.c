/* test_load.c: how a program's files and parameters come together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unistd.h>

#include "../../compiler/compile.h"
#include "../../runtime/base/mem.h"

static char folder[] = "/tmp/konsil-load-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[300];

	(void)snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static enum status
load(struct program **p, const char *text, const struct load_options *o, struct fault *f)
{
	*f = (struct fault){ .st = ST_OK };
	return program_load_text(p, "t.ksl", text, strlen(text), o, f);
}

static void
expect_refusal(const char *text, const struct load_options *o, enum status st, const char *message)
{
	struct program *p;
	struct fault f;

	assert_int_equal(load(&p, text, o, &f), st);
	assert_null(p);
	assert_int_equal(f.st, st);
	assert_string_equal(f.message, message);
}

static void
modules_lie_beside_the_program(void **state)
{
	struct program *p;
	struct fault f = { .st = ST_OK };
	const char *name;
	size_t len;

	(void)state;
	put("main.ksl", "use helper\nparty a\ninput x : int in 0..9 from a\noutput q = twice(x) to "
	    "all\n");
	put("helper.ksl", "use other\nfn twice(v: int) -> int { return id2(v) + v }\n");
	put("other.ksl", "use helper\nfn id2(v: int) -> int { return v }\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_OK);
	assert_non_null(program_source(p, 0, &name, &len));
	assert_string_equal(name, "main.ksl");
	assert_non_null(program_source(p, 1, &name, &len));
	assert_string_equal(name, "helper.ksl");
	assert_memory_equal(program_source(p, 2, &name, &len), "use helper\nfn", 13);
	assert_null(program_source(p, 3, &name, &len));
	assert_string_equal(program_study(p), "main");
	program_free(p);
}

/* A function of a module that the program does not name is not there; recursion is found across
 * files. */
static void
modules_are_apart(void **state)
{
	struct program *p;
	struct fault f = { .st = ST_OK };

	(void)state;
	put("main.ksl", "use helper\nlet y = id2(3)\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.message, "there is no function `id2`");
	f = (struct fault){ .st = ST_OK };
	put("main.ksl", "use helper\nparty a\nlet y = 3\n");
	put("other.ksl", "use helper\nfn id2(v: int) -> int { return twice(v) }\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.file, path_of("other.ksl"));
	assert_string_equal(f.message, "`twice` calls itself: there is no recursion");
	assert_non_null(strstr(f.excerpt, "twice calls id2 calls twice"));
	f = (struct fault){ .st = ST_OK };
	put("other.ksl", "party b\nfn id2(v: int) -> int { return v }\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.file, path_of("other.ksl"));
	assert_string_equal(f.message, "a module has only fn, circuit, use and let");
	f = (struct fault){ .st = ST_OK };
	put("other.ksl", "fn id2(v: int -> int { return v }\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.file, path_of("other.ksl"));
	assert_int_equal(f.line, 1);
}

/* It is a part of the study like a module; what is wrong with it stands in its own line. */
static void
circuits_lie_beside_the_program(void **state)
{
	struct program *p;
	struct fault f = { .st = ST_OK };
	const struct named_hash *h;
	uint32_t n;

	(void)state;
	put("main.ksl", "circuit nor2(a: bits<1>, b: bits<1>) -> bits<1>\nparty a\n");
	put("nor2.txt", "4 6\n2 1 1\n1 1\n\n1 1 0 2 INV\n1 1 1 3 INV\n2 1 2 3 4 AND\n1 1 4 5 EQW\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_OK);
	h = program_hashes(p, &n);
	assert_int_equal(n, 2);
	assert_string_equal(h[1].name, "circuit nor2");
	program_free(p);
	put("nor2.txt", "1 3\n2 1 1\n1 1\n\n2 1 0 1 2 NAND\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.file, path_of("nor2.txt"));
	assert_int_equal(f.line, 5);
	assert_string_equal(f.message, "there is no gate NAND");
}

static void
files_that_cannot_be_read(void **state)
{
	struct program *p;
	struct fault f = { .st = ST_OK };

	(void)state;
	assert_int_equal(program_load(&p, path_of("nothing.ksl"), NULL, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "nothing.ksl: No such file"));
	f = (struct fault){ .st = ST_OK };
	assert_int_equal(program_load(&p, folder, NULL, &f), ST_USAGE);
	f = (struct fault){ .st = ST_OK };
	put("main.ksl", "use helped\n");
	assert_int_equal(program_load(&p, path_of("main.ksl"), NULL, &f), ST_COMPILE);
	assert_string_equal(f.message, "there is no module `helped`");
	assert_string_equal(f.help, "it would be helped.ksl beside the program");
}

static const char with_params[] = "party a\nparam n : int = 10\nparam w : fixed [2] = [1.5, "
    "-2]\nlet y = n\n";

static void
values_from_outside(void **state)
{
	struct define d[2] = { { .name = "n", .text = "20" }, { .name = "w",
	    .text = "[0.5,\n -1e-3]", .json = true } };
	struct load_options o = { .define = d, .n_defines = 2 };
	struct program *p;
	struct fault f;

	(void)state;
	assert_int_equal(load(&p, with_params, &o, &f), ST_OK);
	program_free(p);
	d[1] = (struct define){ .name = "m", .text = "3" };
	expect_refusal(with_params, &o, ST_USAGE, "-D m: the program has no such param, or it is "
	    "given twice");
	d[1] = d[0];
	expect_refusal(with_params, &o, ST_USAGE, "-D n: the program has no such param, or it is "
	    "given twice");
	static const struct { const char *text, *message; } wrong[] = {
		{ "1 +", "expected an expression, found the end of the line" },
		{ "n", "this is not a value" },
		{ "1 2", "expected the end of the value, found a number" },
		{ "[[1], f(2)]", "this is not a value" },
		{ "", "expected an expression, found the end of the file" },
		{ "[1", "`[` is never closed" },
	};
	o.n_defines = 1;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		d[0].text = wrong[i].text;
		expect_refusal(with_params, &o, ST_COMPILE, wrong[i].message);
	}
	assert_int_equal(load(&p, with_params, &o, &f), ST_COMPILE);
	assert_string_equal(f.file, "-D n");
}

static void
hashes_of(struct named_hash h[3], const char *text, const struct load_options *o)
{
	struct program *p;
	struct fault f;
	uint32_t n;

	assert_int_equal(load(&p, text, o, &f), ST_OK);
	const struct named_hash *got = program_hashes(p, &n);
	assert_int_equal(n, 3);
	assert_string_equal(got[0].name, "program");
	assert_string_equal(got[1].name, "parameter n");
	assert_string_equal(got[2].name, "parameter w");
	for (unsigned i = 0; i < 3; i++) {
		memcpy(h[i].hash, got[i].hash, sizeof h[i].hash);
		h[i].name = NULL;
	}
	program_free(p);
}

/* A value is hashed as what it is: how it was given and spaced does not matter. */
static void
each_part_has_its_hash(void **state)
{
	struct define d[2] = { { .name = "n", .text = " 10" }, { .name = "w",
	    .text = "[ 1.5 ,-2 ]\n" } };
	struct load_options o = { .define = d, .n_defines = 2 };
	struct named_hash a[3], b[3];

	(void)state;
	hashes_of(a, with_params, NULL);
	hashes_of(b, with_params, &o);
	assert_memory_equal(a, b, sizeof a);
	d[1].text = "[1.5, -2.5]";
	hashes_of(b, with_params, &o);
	assert_memory_equal(a, b, 2 * sizeof a[0]);
	assert_memory_not_equal(&a[2], &b[2], sizeof a[0]);
	char text[200];
	(void)snprintf(text, sizeof text, "%s# changed\n", with_params);
	hashes_of(b, text, NULL);
	assert_memory_not_equal(&a[0], &b[0], sizeof a[0]);
	assert_memory_equal(&a[1], &b[1], 2 * sizeof a[0]);
}

static void
calls_have_a_depth(void **state)
{
	static char text[20000];
	struct program *p;
	struct fault f;

	(void)state;
	for (int depth = 63; depth <= 64; depth++) {
		size_t n = (size_t)snprintf(text, sizeof text,
		    "party a\nfn f0(v: int) -> int { return v }\n");
		for (int i = 1; i <= depth; i++)
			n += (size_t)snprintf(text + n, sizeof text - n,
			    "fn f%d(v: int) -> int { return f%d(v) }\n", i, i - 1);
		assert_int_equal(load(&p, text, NULL, &f), depth == 63 ? ST_OK : ST_COMPILE);
		if (depth == 64)
			assert_string_equal(f.message, "functions call one another more than 64 "
			    "deep");
		program_free(p);
	}
}

/* The order of functions does not change what is found. */
static void
calls_have_a_depth_in_any_order(void **state)
{
	static char text[20000];
	size_t n = 0;

	(void)state;
	for (int i = 64; i > 0; i--)
		n += (size_t)snprintf(text + n, sizeof text - n,
		    "fn f%d(v: int) -> int { return f%d(v) }\n", i, i - 1);
	(void)snprintf(text + n, sizeof text - n, "fn f0(v: int) -> int { return v }\n");
	expect_refusal(text, NULL, ST_COMPILE, "functions call one another more than 64 deep");
}

static void
memory_may_end_anywhere(void **state)
{
	static const char text[] = "use stats\nparam n : int = 3\nparty a[2]\ninput x : int in "
	    "0..9 [n] from a\n"
	    "fn f(v: int[k]) -> int[k] { return v + 1 }\noutput q = f(x) to all\n";
	struct program *p;
	struct fault f;
	uint64_t i;

	(void)state;
	for (i = 1;; i++) {
		mem_fail_at(i);
		enum status st = load(&p, text, NULL, &f);
		bool reached = mem_count() >= i;
		mem_fail_at(0);
		if (!reached) {
			assert_int_equal(st, ST_OK);
			program_free(p);
			break;
		}
		assert_int_equal(st, ST_INTERNAL);
		assert_string_equal(f.message, "no memory");
		assert_null(p);
	}
	assert_true(i > 3);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "main.ksl", "helper.ksl", "other.ksl",
	    "nor2.txt" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)unlink(path_of(names[i]));
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modules_lie_beside_the_program),
		cmocka_unit_test(modules_are_apart),
		cmocka_unit_test(circuits_lie_beside_the_program),
		cmocka_unit_test(files_that_cannot_be_read),
		cmocka_unit_test(values_from_outside),
		cmocka_unit_test(each_part_has_its_hash),
		cmocka_unit_test(calls_have_a_depth),
		cmocka_unit_test(calls_have_a_depth_in_any_order),
		cmocka_unit_test(memory_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
