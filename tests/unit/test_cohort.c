/* test_cohort.c: which rows tables have: what makes two of them the same, what does not, and
 * how many differ, against counting by hand. */
#include "table_test.h"

#include <sodium.h>

#include "../../runtime/cohort.h"

static uint8_t key[COHORT_KEY] = { 7 };

/* The rows of files for AGE and LOSS; column: what tells them apart, or NULL. */
static struct cohort
rows_of(const char *column, unsigned n, const char *const name[], const char *const text[])
{
	const char *file[4];
	struct table_set *t = NULL;
	struct fault f = { 0 };
	struct cohort c;

	for (unsigned i = 0; i < n; i++)
		file[i] = put_text(i, name[i], text[i]);
	cohort_init(&c, key, column);
	if (table_read_cohort(&t, &c, all, 2, site, file, n, &f) != ST_OK)
		fail_msg("%s:%d: %s", f.file, f.line, f.message);
	table_free(t);
	for (unsigned i = 0; i < n; i++)
		(void)unlink(file[i]);
	return c;
}

static struct cohort
rows(const char *column, const char *text)
{
	return rows_of(column, 1, (const char *const[]){ "t.csv" }, (const char *const[]){ text });
}

/* Two tables of which `one` rows are in one only; -1: they cannot be compared.  Wipes both. */
static void
expect_apart(struct cohort a, struct cohort b, int one)
{
	struct cohort_overlap o = cohort_compare(a.row, a.n, b.row, b.n);

	assert_int_equal(a.by == b.by, one >= 0);
	if (one >= 0) {
		assert_int_equal(o.one, one);
		assert_int_equal(2 * o.both + o.one, a.n + b.n);
	}
	cohort_fini(&a);
	cohort_fini(&b);
}

static const char base[] = "id,age,wt.loss,note\nA,10,1.5,x\nB,20,,y\nC,30,2,z\nD,40,3,\n";

static void
test_same(void **state)
{
	static const char *const same[] = {
		/* rows in another order; columns; another separator, blanks, CRLF, quotes, a mark */
		"id,age,wt.loss,note\nD,40,3,\nC,30,2,z\nB,20,,y\nA,10,1.5,x\n",
		"note,wt.loss,age,id\nx,1.5,10,A\ny,,20,B\nz,2,30,C\n,3,40,D\n",
		"id;age;wt.loss;note\r\nA; 10;1.5;x\r\nB;20;; y \r\n\"C\";30;2;z\r\nD;40;3;\r\n",
		"\xef\xbb\xbfid\tage\twt.loss\tnote\nA\t10\t1.5\tx\nB\t20\t\ty\nC\t30\t2\tz\nD\t40\t3\t\n",
		/* R's row numbers */
		"\"\",id,age,wt.loss,note\n1,A,10,1.5,x\n2,B,20,,y\n3,C,30,2,z\n9,D,40,3,\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof same / sizeof same[0]; i++)
		expect_apart(rows(NULL, base), rows(NULL, same[i]), 0);
}

static void
test_different(void **state)
{
	static const struct { const char *text; int one; } other[] = {
		{ "id,age,wt.loss,note\nB,20,,y\nC,30,2,z\nD,40,3,\n", 1 },
		{ "id,age,wt.loss,note\nA,10,1.5,x\nB,20,,y\nC,30,2,z\nD,40,3,\nD,40,3,\n", 1 },
		/* a cell that the program does not read; one that moved to the next column */
		{ "id,age,wt.loss,note\nA,10,1.5,w\nB,20,,y\nC,30,2,z\nD,40,3,\n", 2 },
		{ "id,age,wt.loss,note\nA,10,1.5,x\nB,20,,y\nC,30,2,z\nD,40,,3\n", 2 },
		{ "id,age,wt.loss,note\nB,10,1.5,x\nA,20,,y\nC,30,2,z\nD,40,3,\n", 4 },
		{ "id,age,wt.loss,note\n", 4 },
		{ "id,age,wt.loss\nA,10,1.5\nB,20,\nC,30,2\nD,40,3\n", -1 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof other / sizeof other[0]; i++)
		expect_apart(rows(NULL, base), rows(NULL, other[i].text), other[i].one);
	/* The same hashes under another key say nothing about these. */
	struct cohort a = rows(NULL, base);
	key[0] ^= 1;
	expect_apart(a, rows(NULL, base), -1);
	key[0] ^= 1;
}

static void
test_key(void **state)
{
	const char *file;
	struct cohort c;
	struct table_set *t;
	struct fault f = { 0 };

	(void)state;
	/* Other columns, other values: the same people. */
	expect_apart(rows("id", base), rows("id", "age,id,wt.loss\n1,D,\n2,C,\n3,B,\n4,A,\n"), 0);
	expect_apart(rows("id", base), rows("id", "age,id,wt.loss\n1,D,\n2,C,\n3,B,\n4,A,\n5,A,\n"), 1);
	expect_apart(rows("id", base), rows(NULL, base), -1);
	file = put_text(0, "t.csv", "age,wt.loss\n1,2\n");
	cohort_init(&c, key, "id");
	assert_int_equal(table_read_cohort(&t, &c, all, 2, site, &file, 1, &f), ST_DATA);
	assert_non_null(strstr(f.message, "no table has the column \"id\""));
	cohort_fini(&c);
	f = (struct fault){ 0 };
	file = put_text(0, "t.csv", "id,age,wt.loss\nA,1,2\n,1,2\n");
	cohort_init(&c, key, "id");
	assert_int_equal(table_read_cohort(&t, &c, all, 2, site, &file, 1, &f), ST_DATA);
	assert_int_equal(f.line, 3);
	assert_non_null(strstr(f.message, "missing"));
	cohort_fini(&c);
}

/* A row may be in several files, in any order of them; and in files without cells. */
static void
test_files(void **state)
{
	const char *const two[] = { "a.csv", "b.csv" }, *const json[] = { "t.json" };
	const char *const ab[] = { "id,age\nA,1\nB,2\n", "wt.loss\n5\n6\n" };
	const char *const ba[] = { "wt.loss\n5\n6\n", "age,id\n1,A\n2,B\n" };
	const char *const moved[] = { "id,age\nA,1\nB,2\n", "wt.loss\n6\n5\n" };
	const char *const j1[] = { "{\"age\": [1, 2, 3], \"loss\": [5, null, 7]}" };
	const char *const j2[] = { "{\"loss\": [7, 5.0, null], \"age\": [3, 1, 2]}" };
	const char *const j3[] = { "{\"loss\": [7, 5.0, 0], \"age\": [3, 1, 2]}" };

	(void)state;
	expect_apart(rows_of(NULL, 2, two, ab), rows_of(NULL, 2, two, ba), 0);
	expect_apart(rows_of(NULL, 2, two, ab), rows_of(NULL, 2, two, moved), 4);
	expect_apart(rows_of("id", 2, two, ab), rows_of("id", 2, two, ba), 0);
	expect_apart(rows_of(NULL, 1, json, j1), rows_of(NULL, 1, json, j2), 0);
	expect_apart(rows_of(NULL, 1, json, j1), rows_of(NULL, 1, json, j3), 2);
	expect_apart(rows_of(NULL, 1, json, j1), rows_of(NULL, 2, two, ab), -1);
}

/* What fills a table up to [..k] is no row. */
static void
test_hidden(void **state)
{
	struct input in = { .name = loss, .party = site, .type = { .kind = TYPE_FIXED, .optional = true,
	    .frac = 32, .lo = -50 * ONE, .hi = 100 * ONE }, .shape = INPUT_ROWS, .most = 9 };
	const char *file[2];
	struct table_set *t = NULL;
	struct fault f = { 0 };
	struct cohort c;

	(void)state;
	file[0] = put_text(0, "t.csv", "loss\n1\n2\n3\n");
	file[1] = put_text(1, "loss.json", "{\"loss\": [1, 2, 3]}");
	for (unsigned i = 0; i < 2; i++) {
		cohort_init(&c, key, NULL);
		assert_int_equal(table_read_cohort(&t, &c, &in, 1, site, &file[i], 1, &f), ST_OK);
		assert_int_equal(t->rows, 9);
		assert_int_equal(c.n, 3);
		cohort_fini(&c);
		table_free(t);
	}
}

/* To say how many rows there are makes no other rows of them. */
static void
test_arrays(void **state)
{
	static const char *const text[] = { "id,x\nA,1\nB,2\nC,3\n", "id,x\nA,1\nB,2\nD,3\n" };
	struct input in = { .name = x, .party = site, .type = { .kind = TYPE_INT, .hi = 9 },
		.shape = INPUT_ARRAY, .rank = 1, .dims = { 3 } };
	struct cohort c[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const char *file = put_text(0, "t.csv", text[i % 2]);
		struct table_set *t = NULL;
		struct fault f = { 0 };

		in.shape = i < 2 ? INPUT_ARRAY : INPUT_ROWS;
		in.rank = i < 2 ? 1 : 0;
		cohort_init(&c[i], key, NULL);
		assert_int_equal(table_read_cohort(&t, &c[i], &in, 1, site, &file, 1, &f), ST_OK);
		table_free(t);
	}
	assert_int_equal(cohort_compare(c[0].row, c[0].n, c[1].row, c[1].n).one, 2);
	expect_apart(c[0], c[2], 0);
	expect_apart(c[1], c[3], 0);
}

static int
by_number(const void *a, const void *b)
{
	const uint64_t *p = a, *q = b;

	return (*p > *q) - (*p < *q);
}

/* Against a count of each number. */
static void
test_compare(void **state)
{
	enum { MOST = 12, TRIES = 2000 };

	(void)state;
	for (unsigned k = 0; k < TRIES; k++) {
		uint64_t list[2][MOST], n[2];
		unsigned count[2][6] = { { 0 } }, both = 0, one = 0;

		for (unsigned s = 0; s < 2; s++) {
			n[s] = randombytes_uniform(MOST + 1);
			for (uint64_t i = 0; i < n[s]; i++) {
				list[s][i] = randombytes_uniform(6);
				count[s][list[s][i]]++;
			}
			qsort(list[s], n[s], sizeof list[s][0], by_number);
		}
		for (unsigned v = 0; v < 6; v++) {
			unsigned a = count[0][v], b = count[1][v];
			both += a < b ? a : b;
			one += a < b ? b - a : a - b;
		}
		struct cohort_overlap o = cohort_compare(list[0], n[0], list[1], n[1]);
		assert_int_equal(o.both, both);
		assert_int_equal(o.one, one);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same), cmocka_unit_test(test_different), cmocka_unit_test(test_key),
		cmocka_unit_test(test_files), cmocka_unit_test(test_hidden), cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_compare),
	};

	return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, make_folder, drop_folder);
}
