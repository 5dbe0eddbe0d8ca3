/* table_test.h: tables that tests write, the inputs they are for, and what is expected of them. */
#ifndef KONSIL_TABLE_TEST_H
#define KONSIL_TABLE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/table.h"

#define ONE ((i128)1 << 32)

static char level_alive[] = "alive", level_dead[] = "dead", text_1[] = "1", text_2[] = "2";
static struct level levels[] = { { level_alive, text_1 }, { level_dead, text_2 } };
static char site[] = "site", age[] = "age", loss[] = "loss", wt_loss[] = "wt.loss";
__attribute__((unused)) static char status[] = "status", smoker[] = "smoker", born[] = "born";
static char *loss_column[] = { wt_loss };

/* What the tables of most tests are for. */
enum { AGE, LOSS, STATUS, SMOKER, N_ALL };
__attribute__((unused)) static const struct input all[N_ALL] = {
	{ .name = age, .party = site, .type = { .kind = TYPE_INT, .lo = 0, .hi = 120 },
	    .shape = INPUT_ROWS },
	{ .name = loss, .party = site, .type = { .kind = TYPE_FIXED, .optional = true, .frac = 32,
	    .lo = -50 * ONE, .hi = 100 * ONE }, .shape = INPUT_ROWS, .n_columns = 1, .column =
	    loss_column },
	{ .name = status, .party = site, .type = { .kind = TYPE_CATEGORY, .n_levels = 2, .level =
	    levels,
	    .hi = 1 }, .shape = INPUT_ROWS },
	{ .name = smoker, .party = site, .type = { .kind = TYPE_BOOL, .hi = 1 }, .shape =
	    INPUT_ROWS },
};

static char folder[64], path[4][128];

static inline const char *
put_file(unsigned k, const char *name, const void *bytes, size_t len)
{
	(void)snprintf(path[k], sizeof path[k], "%s/%s", folder, name);
	FILE *f = fopen(path[k], "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
	return path[k];
}

static inline const char *
put_text(unsigned k, const char *name, const char *text)
{
	return put_file(k, name, text, strlen(text));
}

static inline int
make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/konsil-table-XXXXXX");
	return mkdtemp(folder) == NULL;
}

static inline int
drop_folder(void **state)
{
	(void)state;
	for (unsigned k = 0; k < 4; k++)
		(void)unlink(path[k]);
	return rmdir(folder);
}

static inline struct table_set *
read_bytes(const char *name, const void *bytes, size_t len, const struct input *in, uint32_t n)
{
	const char *file = put_file(0, name, bytes, len);
	struct fault f = { 0 };
	struct table_set *t = NULL;
	enum status st = table_read(&t, in, n, site, &file, 1, &f);

	(void)unlink(file);
	if (st != ST_OK)
		fail_msg("%s:%d:%d: %s", f.file, f.line, f.column, f.message);
	return t;
}

static inline struct table_set *
read_text(const char *name, const char *text, const struct input *in, uint32_t n)
{
	return read_bytes(name, text, strlen(text), in, n);
}

/* The fault of a table that is refused. */
static inline struct fault
fault_bytes(const char *name, const void *bytes, size_t len, const struct input *in, uint32_t n)
{
	const char *file = put_file(0, name, bytes, len);
	struct fault f = { 0 };
	struct table_set *t = NULL;

	assert_int_equal(table_read(&t, in, n, site, &file, 1, &f), ST_DATA);
	assert_null(t);
	assert_int_equal(f.st, ST_DATA);
	assert_string_equal(f.file, file);
	(void)unlink(file);
	return f;
}

static inline void
expect_fault(const char *name, const char *text, const struct input *in, uint32_t n, int line,
    int column, const char *says)
{
	struct fault f = fault_bytes(name, text, strlen(text), in, n);

	if (f.line != line || f.column != column || strstr(f.message, says) == NULL)
		fail_msg("%d:%d: %s; not %d:%d: %s", f.line, f.column, f.message, line, column,
		    says);
}

static inline int64_t
at(const struct table_set *t, uint32_t input, uint64_t i)
{
	int64_t v;

	table_part(&v, 64, t, input, 0, i, 1);
	return v;
}

static inline void
check_two_rows(struct table_set *t)
{
	assert_true(t->has_rows);
	assert_int_equal(t->rows, 2);
	assert_int_equal(at(t, AGE, 0), 61);
	assert_int_equal(at(t, AGE, 1), 7);
	assert_int_equal(at(t, LOSS, 0), (int64_t)(5 * ONE / 2));
	assert_int_equal(at(t, LOSS, 1), 0);
	assert_int_equal(t->value[LOSS].present[0], 1);
	assert_int_equal(t->value[LOSS].present[1], 0);
	assert_int_equal(at(t, STATUS, 0), 1);
	assert_int_equal(at(t, STATUS, 1), 0);
	assert_int_equal(at(t, SMOKER, 0), 1);
	assert_int_equal(at(t, SMOKER, 1), 0);
	table_free(t);
}

__attribute__((unused)) static char x[] = "x", y[] = "y", a_name[] = "a", b_name[] = "b";

#endif
