/* test_errors.c: programs that must not compile, and what is said about them.
 *
 * Each file of tests/errors begins with
 *   #: error LINE:COLUMN TEXT      the place, and the message exactly
 *   #: says TEXT                   a part of the excerpt or the help; any number of them
 *   #: define NAME=TEXT            -D
 * and is compiled for the protocol `additive`, three members a group, five rows a table. */
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

enum { N_PARTY = 16, N_SAYS = 8, N_DEFINE = 8 };
static const char folder[] = "tests/errors";

struct expectation {
	char text[16384];               /* the file, cut into lines */
	int line, column;
	const char *message;
	const char *says[N_SAYS];
	unsigned n_says;
	struct define define[N_DEFINE];
	unsigned n_defines;
};

static void
read_line(struct expectation *e, char *line)
{
	int at = 0;

	if (sscanf(line, "#: error %d:%d %n", &e->line, &e->column, &at) == 2 && at > 0) {
		e->message = line + at;
	} else if (strncmp(line, "#: says ", 8) == 0 && e->n_says < N_SAYS) {
		e->says[e->n_says++] = line + 8;
	} else if (strncmp(line, "#: define ", 10) == 0 && e->n_defines < N_DEFINE) {
		char *equals = strchr(line, '=');
		assert_non_null(equals);
		*equals = '\0';
		e->define[e->n_defines++] = (struct define){ .name = line + 10, .text = equals
		    + 1 };
	}
}

static void
read_expectation(struct expectation *e, const char *path)
{
	FILE *f = fopen(path, "rb");

	memset(e, 0, sizeof *e);
	assert_non_null(f);
	e->text[fread(e->text, 1, sizeof e->text - 1, f)] = '\0';
	(void)fclose(f);
	for (char *line = e->text, *end; strncmp(line, "#:", 2) == 0; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		read_line(e, line);
	}
	if (e->message == NULL)
		fail_msg("%s expects nothing", path);
}

/* Three members of each group, if it may have so many. */
static uint32_t
take_part(struct party *party, char names[][NAME_MAX_BYTES], const struct program *p)
{
	uint32_t n_groups, n = 0;
	const struct group *g = program_groups(p, &n_groups);

	for (uint32_t i = 0; i < n_groups; i++) {
		uint32_t members = !g[i].grouped ? 1 : g[i].most > 0 && g[i].most < 3 ? g[i].most
		    : g[i].least > 3 ? g[i].least : 3;
		for (uint32_t k = 0; k < members && n < N_PARTY; k++, n++) {
			(void)snprintf(names[n], NAME_MAX_BYTES, g[i].grouped ? "%.100s[%u]"
			    : "%.100s", g[i].name, k);
			party[n] = (struct party){ .name = names[n],
			    .group = (char *)(uintptr_t)g[i].name,
				.member = k, .grouped = g[i].grouped, .rows = group_rows(&g[i], 5) };
		}
	}
	return n;
}

static enum status
compile(const char *path, const struct expectation *e, struct fault *f)
{
	char names[N_PARTY][NAME_MAX_BYTES];
	struct party party[N_PARTY];
	struct load_options load = { .define = e->define, .n_defines = e->n_defines };
	struct program *p = NULL;
	struct code *code = NULL;
	enum status st = program_load(&p, path, &load, f);

	if (st == ST_OK) {
		struct compile_options o = { .target = protocol_find("additive")->target,
		    .protocol = "additive",
			.network = "metro", .local = true, .party = party,
			    .n_parties = take_part(party, names, p) };
		st = program_compile(&code, p, &o, f);
	}
	code_free(code);
	program_free(p);
	return st;
}

static unsigned
check(const char *path)
{
	static struct expectation e;
	struct fault f = { .st = ST_OK };
	unsigned bad = 0;

	read_expectation(&e, path);
	enum status st = compile(path, &e, &f);
	if (st != ST_COMPILE) {
		print_error("%s: status %s, not compile: %s\n", path, status_name(st), f.message);
		return 1;
	}
	if (f.line != e.line || f.column != e.column || strcmp(f.message, e.message) != 0
	    || strcmp(f.file, path) != 0) {
		print_error("%s: expected %d:%d %s\n  got %s:%d:%d %s\n%s", path, e.line, e.column,
		    e.message,
		    f.file, f.line, f.column, f.message, f.excerpt);
		bad = 1;
	}
	for (unsigned i = 0; i < e.n_says; i++) {
		if (strstr(f.excerpt, e.says[i]) == NULL && strstr(f.help, e.says[i]) == NULL) {
			print_error("%s: does not say: %s\n%s  help: %s\n", path, e.says[i],
			    f.excerpt, f.help);
			bad = 1;
		}
	}
	return bad;
}

static void
errors_are_told(void **state)
{
	struct dirent **names;
	int n = scandir(folder, &names, NULL, alphasort);
	unsigned bad = 0, seen = 0;

	(void)state;
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		char path[512];
		(void)snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
		if (dot != NULL && strcmp(dot, ".ksl") == 0) {
			bad += check(path);
			seen++;
		}
		free(names[i]);
	}
	free(names);
	assert_int_equal(bad, 0);
	assert_true(seen >= 80);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(errors_are_told) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
