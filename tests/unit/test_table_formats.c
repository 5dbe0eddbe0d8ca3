/* test_table_formats.c: inputs from JSON and .npy, shapes, and several files together. */
#include "table_test.h"

static void
shapes(void **state)
{
	char *row_names[] = { a_name, b_name };
	struct type small = { .kind = TYPE_INT, .hi = 99 };
	struct input in[] = {
		{ .name = x, .party = site, .type = small, .shape = INPUT_SCALAR },
		{ .name = y, .party = site, .type = small, .shape = INPUT_ARRAY, .rank = 1, .dims =
		    { 3 } },
		{ .name = born, .party = site, .type = small, .shape = INPUT_ARRAY, .rank = 2,
		    .dims = { 2, 2 }, .n_columns = 2, .column = row_names },
		{ .name = age, .party = site, .type = small, .shape = INPUT_ARRAY, .rank = 1,
		    .dims = { 2 },
		    .n_columns = 2, .column = row_names },
	};
	struct table_set *t = read_text("a.csv", "z,x\n1,2\n", &in[0], 1);

	(void)state;
	assert_false(t->has_rows);
	assert_int_equal(at(t, 0, 0), 2);
	table_free(t);
	t = read_text("a.csv", "y\n5\n6\n7\n", &in[1], 1);
	assert_int_equal(at(t, 0, 2), 7);
	table_free(t);
	t = read_text("a.csv", "b,a\n1,2\n3,4\n", &in[2], 1);
	assert_true(at(t, 0, 0) == 2 && at(t, 0, 1) == 1 && at(t, 0, 3) == 3);
	table_free(t);
	t = read_text("a.csv", "b,a\n1,2\n", &in[3], 1);
	assert_true(at(t, 0, 0) == 2 && at(t, 0, 1) == 1);
	table_free(t);
	t = read_text("a.json",
	    "{\"x\": 9, \"y\": [1, 2, 3], \"born\": [[1, 2], [3, 4]], \"age\": [5, 6]}",
	    in, 4);
	assert_true(at(t, 0, 0) == 9 && at(t, 1, 2) == 3 && at(t, 2, 2) == 3 && at(t, 3, 1) == 6);
	table_free(t);
	expect_fault("a.csv", "x\n1\n2\n", &in[0], 1, 0, 0, "takes 1 row, this table has 2");
	expect_fault("a.csv", "y\n1\n2\n", &in[1], 1, 0, 0, "takes 3 rows, this table has 2");
	expect_fault("a.json", "{\"y\": [1, 2]}", &in[1], 1, 1, 2, "input \"y\": 2 values, not 3");
	expect_fault("a.json", "{\"y\": 1}", &in[1], 1, 1, 2, "one value, not an array");
	expect_fault("a.json", "{\"x\": [1]}", &in[0], 1, 1, 2, "an array, not a whole number");
	expect_fault("a.json", "{\n \"born\": [[1, 2], [3]]}", &in[2], 1, 2, 2,
	    "\"born\"[1]: 1 values");
}

static void
every_fault_of_json(void **state)
{
	static const struct { const char *text; int line, column; const char *says; } row[] = {
		{ "", 1, 0, "this is not JSON: the file is empty" },
		{ "{", 1, 0, "a bracket" },
		{ "{\"age\": [1],\n}", 2, 0, "a bracket" },
		{ "{\"age\": [1]} 1", 1, 0, "a bracket" },
		{ "[1]", 1, 0, "no object" },
		{ "{\"age\":\n [1, NaN]}", 2, 6, "no value begins like this" },
		{ "{\"age\": [\"1]}", 1, 10, "a string does not end" },
		{ "{\"age\": [\"1\n\"]}", 1, 10, "a string does not end" },
		{ "{\"agee\": [1], \"b\": 2}", 0, 0,
		    "no value for \"age\"; there are \"agee\", \"b\"" },
		{ "{\"age\": [1],\n\"age\": [1]}", 2, 1, "two values are called" },
		{ "{\"age\": [1,\n  200]}", 2, 3, "input \"age\"[1]: a number above the range" },
		{ "{\"age\": [1, null]}", 1, 13, "a missing cell" },
		{ "{\"age\": [1, true]}", 1, 13, "text" },
		{ "{\"age\": [1, 1.5]}", 1, 13, "with a fraction" },
		{ "{\"age\": [1, {}]}", 1, 2, "an object, not" },
		{ "{\"age\": [1, [2]]}", 1, 2, "an array, not" },
		{ "{\"age\": [1-2]}", 1, 10, "text" },
		{ "{\"age\": \xff}", 1, 0, "not UTF-8" },
	};
	char deep[3000];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		expect_fault("a.json", row[i].text, all, 1, row[i].line, row[i].column,
		    row[i].says);
	memset(deep, '[', sizeof deep - 1);
	deep[sizeof deep - 1] = '\0';
	expect_fault("a.json", deep, all, 1, 1, 0, "a bracket");
}

static void
json_numbers_are_exact(void **state)
{
	struct input in = { .name = x, .party = site, .type = { .kind = TYPE_INT, .lo = INT64_MIN,
	    .hi = INT64_MAX }, .shape = INPUT_ROWS };
	struct input fine = { .name = x, .party = site, .type = { .kind = TYPE_FIXED, .frac = 100,
	    .lo = -((i128)1 << 110), .hi = (i128)1 << 110 }, .shape = INPUT_ROWS };
	struct table_set *t = read_text("a.json", "{\"x\": [9223372036854775807, 9007199254740993, "
	    "-9223372036854775808, 1e3]}", &in, 1);
	i128 v;

	(void)state;
	assert_true(at(t, 0, 0) == INT64_MAX && at(t, 0, 1) == 9007199254740993 &&
	    at(t, 0, 2) == INT64_MIN && at(t, 0, 3) == 1000);
	table_free(t);
	/* 2^-100, which no sum of doubles near 1 would keep. */
	t = read_text("a.json",
	    "{\"x\": [1.0000000000000000000000000000007888609052210118054117285652827862"
	    "296732064351090230047702789306640625]}", &fine, 1);
	table_part(&v, 128, t, 0, 0, 0, 1);
	assert_true(v == ((i128)1 << 100) + 1);
	table_free(t);
}

/* A .npy file of version 1 (or more), as NumPy writes it. */
static size_t
make_npy(uint8_t *out, int version, const char *descr, const char *order, const char *shape,
    const void *data, size_t len)
{
	size_t head = version == 1 ? 10 : 12, n;

	memcpy(out, "\x93NUMPY", 6);
	out[6] = (uint8_t)version;
	out[7] = 0;
	n = (size_t)sprintf((char *)out + head,
	    "{'descr': '%s', 'fortran_order': %s, 'shape': (%s), }",
	    descr, order, shape);
	while ((head + n + 1) % 64 != 0)
		out[head + n++] = ' ';
	out[head + n++] = '\n';
	memset(out + 8, 0, head - 8);
	out[8] = (uint8_t)n;
	out[9] = (uint8_t)(n >> 8);
	if (len > 0)
		memcpy(out + head + n, data, len);
	return head + n + len;
}

static void
every_type_of_npy(void **state)
{
	struct input in = { .name = x, .party = site, .type = { .kind = TYPE_FIXED, .frac = 32,
	    .lo = -((i128)1 << 60), .hi = (i128)1 << 60 }, .shape = INPUT_ROWS };
	static const int8_t i1[] = { -5, 7 };
	static const uint8_t u1[] = { 251, 7 };
	static const int16_t i2[] = { -500, 7 };
	static const uint32_t u4[] = { 4000000000u >> 4, 7 };
	static const int64_t i8[] = { -70000, 7 };
	static const float f4[] = { -0.25f, 7 };
	static const double f8[] = { -0.25, 7 };
	static const struct {
		const char *descr;
		const void *data;
		size_t len;
		double first;
	} row[] = {
		{ "|i1", i1, sizeof i1, -5 }, { "|u1", u1, sizeof u1, 251 },
		    { "<i2", i2, sizeof i2, -500 },
		{ "<u4", u4, sizeof u4, 250000000 }, { "<i8", i8, sizeof i8, -70000 },
		{ "<f4", f4, sizeof f4, -0.25 }, { "<f8", f8, sizeof f8, -0.25 },
	};
	uint8_t file[4096];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t n = make_npy(file, 1 + (int)i % 3, row[i].descr, "False", "2,", row[i].data,
		    row[i].len);
		struct table_set *t = read_bytes("x.npy", file, n, &in, 1);
		assert_int_equal(t->rows, 2);
		assert_int_equal(at(t, 0, 0), (int64_t)(row[i].first * 4294967296.0));
		assert_int_equal(at(t, 0, 1), 7 * (int64_t)ONE);
		table_free(t);
	}
}

static void
npy_of_levels_truths_and_matrices(void **state)
{
	struct input in[] = {
		{ .name = status, .party = site, .type = { .kind = TYPE_CATEGORY, .n_levels = 2,
		    .level = levels, .hi = 1 }, .shape = INPUT_ROWS },
		{ .name = smoker, .party = site, .type = { .kind = TYPE_BOOL, .hi = 1 }, .shape =
		    INPUT_ROWS },
		{ .name = x, .party = site, .type = { .kind = TYPE_INT, .optional = true, .hi = 9 },
		    .shape = INPUT_ARRAY, .rank = 2, .dims = { 2, 2 } },
		{ .name = y, .party = site, .type = { .kind = TYPE_INT, .hi = 9 }, .shape =
		    INPUT_SCALAR },
	};
	double two[] = { 2, 1 }, matrix[] = { 1, 2, 0, 4 };
	uint8_t bools[] = { 1, 0 }, file[4096];
	struct table_set *t;

	(void)state;
	matrix[2] = strtod("nan", NULL);
	t = read_bytes("status.npy", file, make_npy(file, 1, "<f8", "False", "2,", two, 16), &in[0],
	    1);
	assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 0);
	table_free(t);
	t = read_bytes("smoker.npy", file, make_npy(file, 1, "|b1", "False", "2,", bools, 2),
	    &in[1], 1);
	assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 0);
	table_free(t);
	t = read_bytes("x.npy", file, make_npy(file, 2, "<f8", "False", "2, 2", matrix, 32), &in[2],
	    1);
	assert_true(at(t, 0, 1) == 2 && at(t, 0, 3) == 4 && t->value[0].present[2] == 0);
	table_free(t);
	t = read_bytes("y.npy", file, make_npy(file, 1, "<f8", "False", "", two, 8), &in[3], 1);
	assert_int_equal(at(t, 0, 0), 2);
	table_free(t);
}

static void
every_fault_of_npy(void **state)
{
	struct input in = { .name = x, .party = site, .type = { .kind = TYPE_INT, .hi = 9 },
	    .shape = INPUT_ROWS };
	static const double data[] = { 1, 2, 3, 4 }, half[] = { 1, 0.5 };
	static const struct {
		const char *descr, *order, *shape;
		const void *data;
		size_t len;
		const char *says;
	} row[] = {
		{ ">f8", "False", "2,", data, 16, "elements of this type" },
		{ "<c16", "False", "2,", data, 32, "elements of this type" },
		{ "|O", "False", "2,", data, 16, "elements of this type" },
		{ "<f2", "False", "2,", data, 4, "elements of this type" },
		{ "<f8", "True", "2,", data, 16, "Fortran" },
		{ "<f8", "False", "2,", data, 24, "shorter or longer" },
		{ "<f8", "False", "3,", data, 16, "shorter or longer" },
		{ "<f8", "False", "99999999, 99999999", data, 16, "too large" },
		{ "<f8", "False", "-2,", data, 16, "no shape" },
		{ "<f8", "False", "1,1,1,1,1,1,1,1,1", data, 8, "no shape" },
		{ "<f8", "False", "2, 1", data, 16, "has shape [*], this array has [2, 1]" },
		{ "<f8", "False", "2,", half, 16,
		    "element 1 in C order: a number with a fraction" },
	};
	uint8_t file[4096];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		size_t n = make_npy(file, 1, row[i].descr, row[i].order, row[i].shape, row[i].data,
		    row[i].len);
		struct fault f = fault_bytes("x.npy", file, n, &in, 1);
		if (strstr(f.message, row[i].says) == NULL)
			fail_msg("%s; not %s", f.message, row[i].says);
	}
	size_t n = make_npy(file, 1, "<f8", "False", "2,", data, 16);
	struct fault f = fault_bytes("z.npy", file, n, &in, 1);
	assert_non_null(strstr(f.message, "no input of this name"));
	for (size_t cut = 0; cut < n; cut++)
		f = fault_bytes("x.npy", file, cut, &in, 1);
	file[6] = 9;
	f = fault_bytes("x.npy", file, n, &in, 1);
	assert_non_null(strstr(f.message, "no valid header"));
}

static void
several_files(void **state)
{
	const char *files[3];
	struct fault f = { 0 };
	struct table_set *t;
	uint8_t npy[4096];
	static const double ages[] = { 61, 7 };

	(void)state;
	files[0] = put_text(0, "a.csv", "status,smoker,age2\n2,1,1\n1,0,1\n");
	files[1] = put_text(1, "b.json", "{\"loss\": [2.5, null]}");
	files[2] = put_file(2, "age.npy", npy, make_npy(npy, 1, "<f8", "False", "2,", ages, 16));
	assert_int_equal(table_read(&t, all, N_ALL, site, files, 3, &f), ST_OK);
	check_two_rows(t);
	assert_int_equal(table_read(&t, all, N_ALL, site, files, 2, &f), ST_DATA);
	assert_non_null(strstr(f.message, "none of the files of site has \"age\""));
	f = (struct fault){ 0 };
	files[1] = put_text(1, "b.json", "{\"loss\": [2.5]}");
	assert_int_equal(table_read(&t, all, N_ALL, site, files, 3, &f), ST_DATA);
	assert_non_null(strstr(f.message, "input \"loss\" has 1 rows, \"age\" has 2"));
	f = (struct fault){ 0 };
	files[1] = put_text(1, "b.json", "{\"loss\": [2.5, 1], \"age\": [1, 2]}");
	assert_int_equal(table_read(&t, all, N_ALL, site, files, 3, &f), ST_DATA);
	assert_non_null(strstr(f.message, "is in this file and in "));
	f = (struct fault){ 0 };
	assert_int_equal(table_read(&t, all, N_ALL, site, NULL, 0, &f), ST_DATA);
	assert_non_null(strstr(f.message, "nothing was given for site"));
	assert_int_equal(table_read(&t, all, N_ALL, "nobody", NULL, 0, &f), ST_OK);
	assert_false(t->has_rows);
	table_free(t);
	for (unsigned k = 0; k < 3; k++)
		(void)unlink(path[k]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),
		cmocka_unit_test(every_fault_of_json),
		cmocka_unit_test(json_numbers_are_exact),
		cmocka_unit_test(every_type_of_npy),
		cmocka_unit_test(npy_of_levels_truths_and_matrices),
		cmocka_unit_test(every_fault_of_npy),
		cmocka_unit_test(several_files),
	};

	return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
