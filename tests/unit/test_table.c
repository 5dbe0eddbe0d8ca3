/* test_table.c: every way in which a CSV may be written, every fault, and splitting. */
#include "table_test.h"

#include <pthread.h>
#include <time.h>

static void
every_variant_of_csv(void **state)
{
	static const char *const text[] = {
		"age,wt.loss,status,smoker\n61,2.5,2,1\n7,NA,1,0\n",
		"age,wt.loss,status,smoker\r\n61,2.5,2,TRUE\r\n7,,1,False\r\n",
		"age,wt.loss,status,smoker\r61,2.5,2,Yes\r7,?,1,no",
		("\xef\xbb\xbf" "age,wt.loss,status,smoker\n61,+2.50,2,1\n7,.,1,0"),
		"age;wt.loss;status;smoker\n61;2,5;2;1\n7;;1;0\n",
		"age;wt.loss;status;smoker\n61;2.5;2;1\n7;NA;1;0\n",
		"age\twt.loss\tstatus\tsmoker\n61\t25e-1\t2\t1\n7\t\t1\t0\n",
		"sep=;\nage;wt.loss;status;smoker\n61;2,5;2;1\n7;;1;0\n",
		"sep=;\r\nage;wt.loss;status;smoker\r\n61;2,5;2;1\r\n7;;1;0\r\n",
		("\"age\",\"wt.loss\",\"status\",\"smoker\"\n"
		    "\"61\",\"2.5\",\"2\",\"1\"\n7,\"NA\",\"1\",0\n"),
		"name,smoker,status,age,wt.loss\n\"Doe, \"\"J\"\"\nJr\",1,2,61,2.5\n\"\",0,1,7,\n",
		"  age , wt.loss,status ,smoker\n 61 , 2.5 , 2 ,\" 1 \"\n 7,  ,1,0 \n",
		"age,wt.loss,status,smoker\n\n61,2.5,2,1\n   \n7,NA,1,0\n\n\n",
		"\"\",age,wt.loss,status,smoker,\"\"\n1,61,2.5,2,1,\n2,7,NA,1,0,\n",
		"age,wt.loss,status,smoker\n6.1e1,2.5,2,1\n7.0,NA,1,0\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
		check_two_rows(read_text("a.csv", text[i], all, N_ALL));
	check_two_rows(read_text("a.data", text[0], all, N_ALL));
	check_two_rows(read_text("a.json",
	    "{\"age\": [61, 7],\n \"loss\": [2.5, null], \"more\": {},\n"
	    " \"status\": [2, \"1\"], \"smoker\": [true, 0]}", all, N_ALL));
	check_two_rows(read_text("pipe", " \n{\"age\": [61, 7], \"loss\": [2.5, \"NA\"],"
	    "\"status\": [\"2\", \"1\"], \"smoker\": [\"yes\", \"0\"]}", all, N_ALL));
}

static void
every_fault_of_csv(void **state)
{
	static const struct { const char *text; int line, column; const char *says; } row[] = {
		{ "", 0, 0, "empty" },
		{ "\n\n", 0, 0, "empty" },
		{ "\xef\xbb\xbf", 0, 0, "empty" },
		{ "agee,wt.loss,status,smoker\n", 1, 0,
		    "no column \"age\"; there are \"agee\", \"wt.loss\"" },
		{ "age,status,age,smoker,wt.loss\n", 1, 3, "two columns are called \"age\"" },
		{ "age,wt.loss,status,smoker\n1,1,1,1\n61,2.5,2\n", 3, 0,
		    "has 3 cells, the header has 4" },
		{ "age,wt.loss,status,smoker\n61,2.5,2,1,9\n", 2, 0,
		    "has 5 cells, the header has 4" },
		{ "age,wt.loss,status,smoker\n6x,2.5,2,1\n", 2, 1,
		    "column \"age\": text, not a whole number "
		    "in 0..120" },
		{ "age,wt.loss,status,smoker\n61.5,2.5,2,1\n", 2, 1, "with a fraction" },
		{ "age,wt.loss,status,smoker\n121,2.5,2,1\n", 2, 1, "a number above the range" },
		{ "age,wt.loss,status,smoker\n-1,2.5,2,1\n", 2, 1, "a number below the range" },
		{ "age,wt.loss,status,smoker\n1e99,2.5,2,1\n", 2, 1, "a number above the range" },
		{ "age,wt.loss,status,smoker\n-1e99,2.5,2,1\n", 2, 1, "a number below the range" },
		{ "age,wt.loss,status,smoker\n1,100.001,2,1\n", 2, 2, "not a number in -50..100" },
		{ "age,wt.loss,status,smoker\n1,\"2,5\",2,1\n", 2, 2, "column \"wt.loss\": text" },
		{ "age,wt.loss,status,smoker\n1,2,2,1\n,2,2,1\n", 3, 1,
		    "column \"age\": a missing cell" },
		{ "age,wt.loss,status,smoker\n1,2,NA,1\n", 2, 3,
		    "a missing cell, not one of \"1\", \"2\"" },
		{ "age,wt.loss,status,smoker\n1,2,3,1\n", 2, 3, "another text" },
		{ "age,wt.loss,status,smoker\n1,2,dead,1\n", 2, 3, "the name of a level" },
		{ "age,wt.loss,status,smoker\n1,2,1,2\n", 2, 4, "not 0 or 1, true or false" },
		{ "age,wt.loss,status,smoker\n1,2,1,\n", 2, 4, "a missing cell" },
		{ "age,wt.loss,status,smoker\n\"a\nb\",2,1,1\n", 2, 1, "text" },
		{ "age,wt.loss,status,smoker\n1,\"\n2\",1,1\n3\n", 2, 2, "text" },
		{ "x,age,wt.loss,status,smoker\n\"a\n\nb\",2,1,1,1\n1,999,1,1,1\n", 5, 2, "above" },
		{ "age,wt.loss,status,smoker\r\n1,2,1,1\r\n1,2,1,x\r\n", 3, 4, "another text" },
		{ "age,wt.loss,status,smoker\r1,2,1,1\r1,2,1,x\r", 3, 4, "another text" },
		{ "sep=;\nage;wt.loss;status;smoker\n1;2;1;x", 3, 4, "another text" },
		{ "age,wt.loss,status,smoker\n1,a\"b,1,1\n", 2, 2, "a quote in the wrong place" },
		{ "age,wt.loss,status,smoker\n1,\"ab\"c,1,1\n", 2, 2,
		    "a quote in the wrong place" },
		{ "age,wt.loss,status,smoker\n1,2,1,\"1\n", 2, 4, "not closed" },
		{ "age;wt.loss;status;smoker\n1;2,5;1;1\n1;2.5;1;1\n", 3, 2,
		    "a decimal point after" },
		{ "age;wt.loss;status;smoker\n1;2.5;1;1\n1;2,5;1;1\n", 3, 2,
		    "a decimal comma after" },
		{ "age;wt.loss;status;smoker\n1;1.002,5;1;1\n", 2, 2, "thousands separators" },
		{ "age,wt.loss,status,smoker\n1,2,1,1\n1,\xe4,1,1\n", 3, 0, "not UTF-8" },
		{ "\xff\xfe" "a,", 1, 0, "UTF-16" },
		{ "PK\3\4\x14\x06\x08", 1, 0, "a spreadsheet" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		expect_fault("a.csv", row[i].text, all, N_ALL, row[i].line, row[i].column,
		    row[i].says);
	struct fault f = fault_bytes("a.csv", "age,wt.loss,status,smoker\n1,2,1,\0\n", 35, all,
	    N_ALL);
	assert_int_equal(f.line, 2);
	f = fault_bytes("a.csv", "Age,wt.loss,status,smoker\n", 26, all, N_ALL);
	assert_non_null(strstr(f.help, "did you mean \"Age\""));
}

/* The first is the fault; the next are named with it, in rows with line breaks, too. */
static void
more_faults_of_csv(void **state)
{
	static const char text[] = "age,wt.loss,status,smoker\n200,1,1,1\n,x,1,1\n\"\n5\",1,1,1\n"
	    "7,1,1,maybe\n1,1,1\n-1,1,1,1\n";
	struct fault f = fault_bytes("a.csv", text, sizeof text - 1, all, N_ALL);

	(void)state;
	assert_int_equal(f.line, 2);
	assert_int_equal(f.column, 1);
	assert_string_equal(f.help, "correct the cell, or declare a wider range; 5 cells of this file "
	    "do not fit; the next: line 3, \"age\": a missing cell; line 3, \"wt.loss\": text; "
	    "line 4, \"age\": text; line 6, \"smoker\": another text");
	f = fault_bytes("a.csv", "age,wt.loss,status,smoker\n200,1,1,1\n\"a\"b,1,1,1\n", 47, all,
	    N_ALL);
	assert_string_equal(f.help, "correct the cell, or declare a wider range");
}

static void
messages_do_not_tell_values(void **state)
{
	static const char *const text[] = {
		"age,wt.loss,status,smoker\n98765,1,1,1\n",
		    "age,wt.loss,status,smoker\n1,98765,1,1\n",
		"age,wt.loss,status,smoker\n1,1,98765,1\n",
		    "age,wt.loss,status,smoker\n1,1,1,98765\n",
		"age,wt.loss,status,smoker\n1,1,1\n98765",
		"age,wt.loss,status,smoker\n1,98765,1,1\n98765,1,98765,98765\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof text / sizeof text[0]; i++) {
		struct fault f = fault_bytes("a.csv", text[i], strlen(text[i]), all, N_ALL);
		assert_null(strstr(f.message, "98765"));
		assert_null(strstr(f.help, "98765"));
	}
}

static void
one_column_tables(void **state)
{
	struct table_set *t = read_text("a.csv", "age\n1\n2\n\n", all, 1);

	(void)state;
	assert_int_equal(t->rows, 2);
	table_free(t);
	expect_fault("a.csv", "age\n1\n\n2\n", all, 1, 4, 0, "an empty line before this one");
	t = read_text("a.csv", "wt.loss\n1\n\"\"\n2\n", &all[LOSS], 1);
	assert_int_equal(t->rows, 3);
	assert_int_equal(t->value[0].present[1], 0);
	table_free(t);
}

static void
only_a_header_is_no_rows(void **state)
{
	struct table_set *t = read_text("a.csv", "age,wt.loss,status,smoker\n", all, N_ALL);
	int64_t none = 5;

	(void)state;
	assert_true(t->has_rows);
	assert_int_equal(t->rows, 0);
	table_part(&none, 64, t, AGE, 0, 0, 0);
	assert_int_equal(none, 5);
	table_free(t);
}

static void
parts_of_an_input(void **state)
{
	struct level three[] = { { level_alive, text_1 }, { level_dead, text_2 }, { age, age } };
	struct input in = { .name = status, .party = site, .shape = INPUT_ROWS,
	    .type = { .kind = TYPE_CATEGORY, .optional = true, .n_levels = 3, .level = three, .hi =
	    2 } };
	struct table_set *t = read_text("a.csv", "status\nage\n1\nNA\n2\n", &in, 1);
	static const int64_t want[5][4] = {
		{ 2, 0, 0, 1 }, { 1, 1, 0, 1 }, { 0, 1, 0, 0 }, { 0, 0, 0, 1 }, { 1, 0, 0, 0 },
	};
	int64_t got[4];
	i128 wide[2];

	(void)state;
	for (uint32_t part = 0; part < 5; part++) {
		table_part(got, 64, t, 0, part, 0, 4);
		assert_memory_equal(got, want[part], sizeof got);
		table_part(wide, 128, t, 0, part, 2, 2);
		assert_true(wide[0] == want[part][2] && wide[1] == want[part][3]);
	}
	table_free(t);
	t = read_text("a.csv", "age\n5\n6\n", all, 1);
	table_part(got, 64, t, 0, 1, 0, 2);
	assert_true(got[0] == 1 && got[1] == 1);
	table_free(t);
}

static void
a_level_may_look_like_missing(void **state)
{
	char dot[] = ".", empty[] = "";
	struct level two[] = { { level_alive, dot }, { level_dead, empty } };
	struct input in = { .name = status, .party = site, .shape = INPUT_ROWS,
	    .type = { .kind = TYPE_CATEGORY, .optional = true, .n_levels = 2, .level = two, .hi =
	    1 } };
	struct table_set *t = read_text("a.csv", "status,x\n.,1\n,1\nNA,1\n", &in, 1);

	(void)state;
	assert_int_equal(at(t, 0, 0), 0);
	assert_int_equal(at(t, 0, 1), 1);
	assert_int_equal(t->value[0].present[1], 1);
	assert_int_equal(t->value[0].present[2], 0);
	table_free(t);
}

static void
dates_and_wide_numbers(void **state)
{
	struct input in[] = {
		{ .name = born, .party = site, .type = { .kind = TYPE_INT, .lo = -100000, .hi =
		    100000 },
		    .shape = INPUT_ROWS },
		{ .name = age, .party = site, .type = { .kind = TYPE_FIXED, .frac = 64, .lo =
		    -((i128)1 << 100),
		    .hi = (i128)1 << 100 }, .shape = INPUT_ROWS },
	};
	struct table_set *t = read_text("a.csv",
	    "born,age\n1970-01-02,0.5\n1989-06-07,-34359738368.25\n"
	    "12,0\n", in, 2);
	i128 wide[3];

	(void)state;
	assert_int_equal(at(t, 0, 0), 1);
	assert_int_equal(at(t, 0, 1), 7097);
	assert_int_equal(at(t, 0, 2), 12);
	assert_true(t->value[1].wide);
	table_part(wide, 128, t, 1, 0, 0, 3);
	assert_true(wide[0] == (i128)1 << 63);
	assert_true(wide[1] == -(((i128)34359738368 << 64) + ((i128)1 << 62)));
	table_free(t);
	expect_fault("a.csv", "born,age\n1970-02-30,1\n", in, 2, 2, 1, "text");
}

static void
matrices_by_name_and_by_order(void **state)
{
	char c_name[] = "c", *named[] = { c_name, a_name };
	struct input in[] = {
		{ .name = y, .party = site, .type = { .kind = TYPE_INT, .hi = 99 }, .shape =
		    INPUT_ROWS },
		{ .name = x, .party = site, .type = { .kind = TYPE_INT, .hi = 99 }, .shape =
		    INPUT_ROWS,
		    .rank = 1, .dims = { 2 } },
		{ .name = b_name, .party = site, .type = { .kind = TYPE_INT, .hi = 99 }, .shape =
		    INPUT_ROWS,
		    .rank = 1, .dims = { 2 }, .n_columns = 2, .column = named },
	};
	struct table_set *t = read_text("a.csv", "p,y,q,a,c\n1,2,3,4,5\n6,7,8,9,10\n", in, 3), *u;
	static const int64_t order[] = { 1, 3, 6, 8 }, by_name[] = { 5, 4, 10, 9 };
	int64_t got[4];

	(void)state;
	assert_true(t->by_order);
	table_part(got, 64, t, 1, 0, 0, 4);
	assert_memory_equal(got, order, sizeof got);
	table_part(got, 64, t, 2, 0, 0, 4);
	assert_memory_equal(got, by_name, sizeof got);
	u = read_text("b.csv", "y,p,a,c,q\n1,2,3,4,5\n", in, 3);
	assert_memory_equal(t->header_hash, u->header_hash, sizeof t->header_hash);
	table_free(u);
	u = read_text("b.csv", "y,q,a,c,p\n1,2,3,4,5\n", in, 3);
	assert_memory_not_equal(t->header_hash, u->header_hash, sizeof t->header_hash);
	table_free(u);
	table_free(t);
	expect_fault("a.csv", "y,a,c,p\n", in, 3, 1, 0,
	    "takes 2 columns in file order; 1 are left");
}

static void
files_that_are_not_there(void **state)
{
	const char *file = "/nonexistent/a.csv", *dir = folder;
	struct fault f = { 0 };
	struct table_set *t;

	(void)state;
	assert_int_equal(table_read(&t, all, N_ALL, site, &file, 1, &f), ST_DATA);
	assert_string_equal(f.file, file);
	f = (struct fault){ 0 };
	assert_int_equal(table_read(&t, all, N_ALL, site, &dir, 1, &f), ST_DATA);
}

static void
files_that_are_too_large(void **state)
{
	const char *file = put_text(0, "a.csv", "");
	struct fault f = { 0 };
	struct table_set *t;

	(void)state;
	assert_int_equal(truncate(file, ((off_t)1 << TABLE_BYTES_MAX_LOG2) + 1), 0);
	assert_int_equal(table_read(&t, all, N_ALL, site, &file, 1, &f), ST_DATA);
	assert_non_null(strstr(f.message, "larger than 8 GiB"));
	(void)unlink(file);
}

enum { PIPED_ROWS = 500000 };

static void *
write_rows(void *arg)
{
	FILE *out = fdopen(*(int *)arg, "w");

	if (out == NULL)
		return NULL;
	(void)fprintf(out, "age\n");
	for (int i = 0; i < PIPED_ROWS; i++)
		(void)fprintf(out, "%d\n", i % 121);
	(void)fclose(out);
	return NULL;
}

/* More than a first buffer, from something that has no length. */
static void
from_a_pipe(void **state)
{
	char name[64];
	const char *file = name;
	struct fault f = { 0 };
	struct table_set *t;
	pthread_t writer;
	int fd[2];

	(void)state;
	assert_int_equal(pipe(fd), 0);
	(void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd[0]);
	assert_int_equal(pthread_create(&writer, NULL, write_rows, &fd[1]), 0);
	assert_int_equal(table_read(&t, all, 1, site, &file, 1, &f), ST_OK);
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_int_equal(close(fd[0]), 0);
	assert_int_equal(t->rows, PIPED_ROWS);
	for (uint64_t i = 0; i < PIPED_ROWS; i++)
		assert_int_equal(at(t, AGE, i), i % 121);
	table_free(t);
}

static void
large_cells_and_many_columns(void **state)
{
	enum { BIG = TABLE_FIELD_MAX + 10, MANY = TABLE_COLUMN_MAX + 1 };
	static char s[BIG + 4];
	struct fault f;

	(void)state;
	memcpy(s, "age\n", 4);
	memset(s + 4, '1', BIG);
	f = fault_bytes("a.csv", s, 4 + BIG, all, 1);
	assert_non_null(strstr(f.message, "a cell of more than"));
	assert_int_equal(f.line, 2);
	memset(s, ',', MANY);
	f = fault_bytes("a.csv", s, MANY, all, 1);
	assert_non_null(strstr(f.message, "more than 16384 columns"));
}

static void
splitting(void **state)
{
	static const char text[] = "age,c\n1,10\n2,9\n3,10\n4,9.0\n5,-1\n";
	static const int64_t want[3][2] = { { 5, 0 }, { 2, 4 }, { 1, 3 } };
	const char *file = put_text(0, "a.csv", text);
	struct table_set **set;
	struct fault f = { 0 };
	uint32_t n;

	(void)state;
	assert_int_equal(table_split(&set, &n, all, 1, site, file, "c", &f), ST_OK);
	assert_int_equal(n, 3);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(set[i]->rows, i == 0 ? 1 : 2);
		for (uint64_t k = 0; k < set[i]->rows; k++)
			assert_int_equal(at(set[i], 0, k), want[i][k]);
		table_free(set[i]);
	}
	mem_free(set);
	assert_int_equal(table_split(&set, &n, all, 1, site, file, "d", &f), ST_DATA);
	assert_non_null(strstr(f.message, "no column \"d\""));
	f = (struct fault){ 0 };
	file = put_text(0, "a.csv", "age,c\n1,b\n2,\n");
	assert_int_equal(table_split(&set, &n, all, 1, site, file, "c", &f), ST_DATA);
	assert_true(f.line == 3 && f.column == 2);
	assert_null(set);
	/* Not all are numbers: as text. */
	file = put_text(0, "a.csv", "age,c\n1,b\n2,10\n3,9\n");
	assert_int_equal(table_split(&set, &n, all, 1, site, file, "c", &f), ST_OK + 0);
	assert_int_equal(n, 3);
	assert_true(at(set[0], 0, 0) == 2 && at(set[1], 0, 0) == 3 && at(set[2], 0, 0) == 1);
	for (uint32_t i = 0; i < n; i++)
		table_free(set[i]);
	mem_free(set);
	(void)unlink(file);
}

static void
splitting_gives_fixed_shapes(void **state)
{
	struct input in = { .name = age, .party = site, .type = { .kind = TYPE_INT, .hi = 120 },
	    .shape = INPUT_SCALAR };
	const char *file = put_text(0, "a.csv", "c,age\nx,1\ny,2\n");
	struct table_set **set;
	struct fault f = { 0 };
	uint32_t n;

	(void)state;
	assert_int_equal(table_split(&set, &n, &in, 1, site, file, "c", &f), ST_OK);
	assert_int_equal(n, 2);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(at(set[i], 0, 0), i + 1);
		table_free(set[i]);
	}
	mem_free(set);
	file = put_text(0, "a.csv", "c,age\nx,1\ny,2\nx,3\n");
	assert_int_equal(table_split(&set, &n, &in, 1, site, file, "c", &f), ST_DATA);
	assert_non_null(strstr(f.message, "takes 1 row, this table has 2"));
	(void)unlink(file);
}

static void
made_up_tables_fit_their_types(void **state)
{
	struct table_set *t, *u;

	(void)state;
	assert_int_equal(table_synthetic(&t, all, N_ALL, site, 500, 7), ST_OK);
	assert_int_equal(table_synthetic(&u, all, N_ALL, site, 500, 7), ST_OK);
	assert_int_equal(t->rows, 500);
	for (uint64_t i = 0; i < 500; i++) {
		assert_in_range(at(t, AGE, i), 0, 120);
		assert_in_range(at(t, STATUS, i), 0, 1);
		assert_int_equal(at(t, LOSS, i), at(u, LOSS, i));
	}
	table_free(t);
	table_free(u);
}

static void
no_memory_is_no_crash(void **state)
{
	static const char text[] = "age,wt.loss,status,smoker\n61,2.5,2,1\n7,NA,1,0\n";
	const char *files[2];
	uint64_t failed = 0;

	(void)state;
	files[0] = put_text(0, "a.csv", text);
	files[1] = put_text(1, "b.json", "{\"other\": 1}");
	for (uint64_t k = 1; k < 200; k++) {
		struct fault f = { 0 };
		struct table_set *t;
		mem_fail_at(k);
		enum status st = table_read(&t, all, N_ALL, site, files, 2, &f);
		mem_fail_at(0);
		/* libcsv asks again for less, so a failure may pass unnoticed. */
		if (st == ST_OK) {
			table_free(t);
			continue;
		}
		assert_int_equal(st, ST_INTERNAL);
		assert_null(t);
		failed++;
	}
	assert_in_range(failed, 10, 100);
	(void)unlink(path[0]);
	(void)unlink(path[1]);
}

static void
a_million_rows_in_about_a_second(void **state)
{
	enum { ROWS = 1000000 };
	static char name[8][3];
	struct input in[8];
	struct timespec begin, end;
	struct fault f = { 0 };
	struct table_set *t;
	const char *file = put_text(0, "a.csv", "");
	FILE *out = fopen(file, "w");
	int64_t sum = 0;

	(void)state;
	assert_non_null(out);
	for (unsigned k = 0; k < 8; k++) {
		(void)snprintf(name[k], sizeof name[k], "c%u", k);
		in[k] = (struct input){ .name = name[k], .party = site, .shape = INPUT_ROWS,
		    .type = { .kind = k < 4 ? TYPE_INT : TYPE_FIXED, .frac = 32, .hi =
		    (i128)1 << 60 } };
		(void)fprintf(out, "%s%s", k == 0 ? "" : ",", name[k]);
	}
	for (unsigned i = 0; i < ROWS; i++)
		(void)fprintf(out, "\n%u,%u,%u,%u,%u.25,0.%u,%u.5,12.125", i, i % 7, i % 97, 3 * i,
		    i % 1000, i, i);
	assert_int_equal(fclose(out), 0);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	assert_int_equal(table_read(&t, in, 8, site, &file, 1, &f), ST_OK);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	assert_int_equal(t->rows, ROWS);
	for (uint64_t i = 0; i < ROWS; i++)
		sum += at(t, 0, i);
	assert_int_equal(sum, (int64_t)ROWS * (ROWS - 1) / 2);
	table_free(t);
	(void)unlink(file);
	double s =
	    (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) * 1e-9;
	print_message("a million rows of 8 columns in %.2f s\n", s);
	assert_true(s < 30);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_variant_of_csv),
		cmocka_unit_test(every_fault_of_csv),
		cmocka_unit_test(more_faults_of_csv),
		cmocka_unit_test(messages_do_not_tell_values),
		cmocka_unit_test(one_column_tables),
		cmocka_unit_test(only_a_header_is_no_rows),
		cmocka_unit_test(parts_of_an_input),
		cmocka_unit_test(a_level_may_look_like_missing),
		cmocka_unit_test(dates_and_wide_numbers),
		cmocka_unit_test(matrices_by_name_and_by_order),
		cmocka_unit_test(files_that_are_not_there),
		cmocka_unit_test(files_that_are_too_large),
		cmocka_unit_test(from_a_pipe),
		cmocka_unit_test(large_cells_and_many_columns),
		cmocka_unit_test(splitting),
		cmocka_unit_test(splitting_gives_fixed_shapes),
		cmocka_unit_test(made_up_tables_fit_their_types),
		cmocka_unit_test(no_memory_is_no_crash),
		cmocka_unit_test(a_million_rows_in_about_a_second),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
