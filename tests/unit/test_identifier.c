/* test_identifier.c: identifiers, columns by a pattern, and tables of which nobody learns how many
 * rows they have.
 *
 * Hashes are of Python: hashlib.blake2b (32 bytes, person "konsil id part 1") of each text after
 * strip() and unicodedata.normalize("NFC"), and of these one after another (16 bytes, person
 * "konsil id hash 1", of which 10 count). */
#include "table_test.h"

#include "../../runtime/identifier.h"
#include "../../runtime/table_impl.h"

static const struct {
	const char *text[2];            /* NULL: only one */
	uint64_t low, high;
} known[] = {
	{ { "a" }, 0x852425bec97bdaaa, 0x0900 },
	{ { " Anna Muster\t" }, 0xd3278f6daab0cfe7, 0xadc5 },
	{ { "Zoe\xcc\x88" }, 0x454862b93263b559, 0x5a7f },
	{ { "\xe2\x80\x83Zo\xc3\xab\xc2\xa0" }, 0x454862b93263b559, 0x5a7f },
	{ { "\xe2\x84\xab" }, 0x40c61cc7e61410cb, 0x9ac4 },             /* the sign angstrom */
	{ { "A\xcc\x8a" }, 0x40c61cc7e61410cb, 0x9ac4 },
	{ { "q\xcc\x87\xcc\xa3" }, 0x2639bd34baa0831d, 0x5db4 },        /* marks are put in order */
	{ { "q\xcc\xa3\xcc\x87" }, 0x2639bd34baa0831d, 0x5db4 },
	{ { "\xe1\xba\x9b\xcc\xa3" }, 0xc776cc7903e79187, 0x97fe },
	{ { "\xea\xb0\x81" }, 0x6e583761d648e537, 0x657b },             /* hangul */
	{ { "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8" }, 0x6e583761d648e537, 0x657b },
	{ { "ab", "c" }, 0x6e8ba73810fc10ae, 0xb655 },
	{ { "a", "bc" }, 0xbf89695607d9cfb4, 0x1d3b },
	{ { "abc" }, 0x6c7049c010f3f56c, 0xa35e },
	{ { "Zo\xc3\xab", "1970-01-01" }, 0xa6a95d202128ce3b, 0x5144 },
	{ { "1970-01-01", "Zoe\xcc\x88" }, 0x64dc01110c12ac36, 0xdc34 },
};

static i128
whole(size_t i)
{
	return (i128)known[i].high << 64 | known[i].low;
}

static void
hashes_of_python(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		uint8_t part[2][IDENTIFIER_PART_BYTES];
		size_t n = 0;

		for (; n < 2 && known[i].text[n] != NULL; n++)
			assert_int_equal(identifier_part(part[n], known[i].text[n],
			    strlen(known[i].text[n])), ST_OK);
		if (identifier_join(part[0], n) != whole(i))
			fail_msg("%s", known[i].text[0]);
	}
}

static void
white_space(void **state)
{
	static const struct { const char *text, *is; } row[] = {
		{ "", "" }, { " \t\r\n", "" }, { "a", "a" }, { " a b ", "a b" },
		{ "\xc2\xa0x\xe3\x80\x80", "x" }, { "\xe2\x80\x8b", "\xe2\x80\x8b" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		const char *s = row[i].text;
		size_t n = strlen(s);

		identifier_trim(&s, &n);
		assert_int_equal(n, strlen(row[i].is));
		assert_memory_equal(s, row[i].is, n);
	}
}

static char who[] = "who", first[] = "first", second[] = "second";
static char *both[] = { second, first };
#define ID_MOST (((i128)1 << ID_BITS) - 1)
#define ID { .kind = TYPE_ID, .hi = ID_MOST }
#define ID_MISSING { .kind = TYPE_ID, .hi = ID_MOST, .optional = true }
static const struct type id = ID;
static const struct input of_one = { .name = who, .party = site, .type = ID, .shape = INPUT_ROWS };
static const struct input of_two = { .name = who, .party = site, .type = ID_MISSING,
	.shape = INPUT_ROWS, .n_columns = 2, .column = both };

static void
expect_id(const struct table_set *t, uint64_t i, unsigned k)
{
	i128 v;

	table_part(&v, 128, t, 0, 0, i, 1);
	assert_true(v == whole(k));
}

static void
identifiers_of_files(void **state)
{
	struct input array = of_two;
	struct table_set *t;

	(void)state;
	t = read_text("a.csv", "x,who\n1,Anna Muster \n2,\"Zoe\xcc\x88\"\n", &of_one, 1);
	expect_id(t, 0, 1);
	expect_id(t, 1, 2);
	table_free(t);
	t = read_text("a.json", "{\"who\": [\"abc\", \" Zo\\u00eb\"]}", &of_one, 1);
	expect_id(t, 0, 13);
	expect_id(t, 1, 2);
	table_free(t);
	/* In the order of `as`, not of the file; missing if one of them is. */
	t = read_text("a.csv", "first,second\nc,ab\n,ab\nbc,a \nc,NA\n", &of_two, 1);
	expect_id(t, 0, 11);
	expect_id(t, 2, 12);
	assert_memory_equal(t->value[0].present, "\1\0\1\0", 4);
	assert_true(t->value[0].at.v128[1] == 0);
	table_free(t);
	t = read_text("a.json", "{\"who\": [[\"ab\", \"c\"], [null, \"c\"], null, [\"a\", \"bc\"]]}",
	    &of_two, 1);
	expect_id(t, 0, 11);
	expect_id(t, 3, 12);
	assert_memory_equal(t->value[0].present, "\1\0\0\1", 4);
	table_free(t);
	array.shape = INPUT_ARRAY;
	array.rank = 1;
	array.dims[0] = 2;
	t = read_text("a.csv", "first,second\nc,ab\nbc,a\n", &array, 1);
	expect_id(t, 1, 12);
	table_free(t);
}

static void
faults_of_identifiers(void **state)
{
	struct input strict = of_two;

	(void)state;
	strict.type = id;
	expect_fault("a.csv", "who\n \xc2\xa0 \nx\n", &of_one, 1, 2, 1, "a missing cell");
	expect_fault("a.csv", "first,second\nc,\n", &strict, 1, 2, 2, "a missing cell");
	expect_fault("a.csv", "first\nc\n", &of_two, 1, 1, 0, "no column \"second\"");
	expect_fault("a.json", "{\"who\": [12]}", &of_one, 1, 1, 10, "a number, not an identifier");
	expect_fault("a.json", "{\"who\": [true]}", &of_one, 1, 1, 10, "true or false");
	expect_fault("a.json", "{\"who\": [[\"a\"]]}", &of_two, 1, 1, 2, "not as many texts");
	expect_fault("a.json", "{\"who\": [[\"a\", 1]]}", &of_two, 1, 1, 16, "a number");
	expect_fault("a.json", "{\"who\": [[\"a\", null]]}", &strict, 1, 1, 16, "a missing cell");
}

static void
likeness(void **state)
{
	static const struct { const char *pattern, *name; bool like; } row[] = {
		{ "rs*", "rs1", true }, { "rs*", "rs", true }, { "rs*", "r", false },
		{ "rs*", "xrs1", false }, { "*", "", true }, { "*", "x", true },
		{ "*_t", "a_t_t", true }, { "*_t", "a_tt", false }, { "a*b*c", "abbc", true },
		{ "a*b*c", "acb", false }, { "**a", "ba", true }, { "a*", "A1", false },
		{ "*ab", "aab", true }, { "a*a", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		assert_int_equal(column_like(row[i].pattern, row[i].name), row[i].like);
}

static void
no_identifiers_in_npy(void **state)
{
	char bytes[81];
	struct fault f;

	(void)state;
	(void)snprintf(bytes, sizeof bytes, "\x93NUMPY\1%c\x46%c%-69s\n", 0, 0,
	    "{'descr': '<i8', 'fortran_order': False, 'shape': (0,)}");
	f = fault_bytes("who.npy", bytes, sizeof bytes - 1, &of_one, 1);
	assert_non_null(strstr(f.message, "is of text, which .npy files do not hold"));
}

static char snps[] = "snps", like_rs[] = "rs*", other[] = "other";
static char *rs[] = { like_rs };
static const struct type small = { .kind = TYPE_INT, .hi = 9 };

static void
columns_like(void **state)
{
	struct input in[] = {
		{ .name = snps, .party = site, .type = small, .shape = INPUT_ROWS, .rank = 1,
		    .dims = { 2 }, .pattern = true, .n_columns = 1, .column = rs },
		{ .name = other, .party = site, .type = small, .shape = INPUT_ROWS, .rank = 1,
		    .dims = { 1 } },
	};
	struct table_set *t, *u;

	(void)state;
	t = read_text("a.csv", "rs7,x,rs1\n1,2,3\n4,5,6\n", in, 2);
	assert_true(at(t, 0, 0) == 1 && at(t, 0, 1) == 3 && at(t, 0, 2) == 4 && at(t, 0, 3) == 6);
	assert_true(at(t, 1, 0) == 2 && at(t, 1, 1) == 5);
	assert_true(t->by_order);
	u = read_text("a.csv", "rs1,x,rs7\n1,2,3\n", in, 1);
	assert_memory_not_equal(t->header_hash, u->header_hash, 32);
	table_free(u);
	u = read_text("a.csv", "x,rs7,z,rs1\n1,2,3,4\n", in, 1);
	table_free(t);
	t = read_text("a.csv", "rs7,y,rs1\n1,2,3\n", in, 1);
	assert_memory_equal(t->header_hash, u->header_hash, 32);
	table_free(t);
	table_free(u);
	expect_fault("a.csv", "rs1,x\n1,2\n", in, 1, 1, 0,
	    "takes 2 columns like \"rs*\", this table has 1");
	expect_fault("a.csv", "rs1,rs2,rs3\n1,2,3\n", in, 1, 1, 0, "this table has 3");
}

static const struct input hidden[] = {
	{ .name = a_name, .party = site, .type = { .kind = TYPE_INT, .hi = 9, .optional = true },
		.shape = INPUT_ROWS, .most = 3 },
	{ .name = b_name, .party = site, .type = ID_MISSING, .shape = INPUT_ROWS, .most = 3 },
};

/* However many rows there are, what is announced and sent is three. */
static void
hidden_rows(void **state)
{
	static const char *const text[] = { "a,b\n", "a,b\n1,x\n", "a,b\n1,x\n,y\n9,z\n" };
	static const char present[] = "\0\0\0" "\1\0\0" "\1\0\1";

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct table_set *t = read_text("a.csv", text[i], hidden, 2);

		assert_true(t->has_rows && t->rows == 3);
		for (unsigned k = 0; k < 2; k++) {
			assert_int_equal(t->value[k].rows, 3);
			assert_int_equal(t->value[k].n, 3);
		}
		assert_memory_equal(t->value[0].present, present + (size_t)3 * i, 3);
		assert_int_equal(at(t, 0, 0), i == 0 ? 0 : 1);
		assert_int_equal(at(t, 0, 2), i == 2 ? 9 : 0);
		table_free(t);
	}
	struct table_set *t = read_text("a.json", "{\"a\": [4, null], \"b\": [\"u\", \"v\"]}", hidden, 2);
	assert_int_equal(t->rows, 3);
	assert_memory_equal(t->value[0].present, "\1\0\0", 3);
	assert_memory_equal(t->value[1].present, "\1\1\0", 3);
	table_free(t);
	expect_fault("a.csv", "a,b\n1,x\n1,x\n1,x\n1,x\n", hidden, 2, 0, 0,
	    "takes at most 3 rows, this table has 4");
	expect_fault("a.json", "{\"a\": [4], \"b\": [\"u\", \"v\"]}", hidden, 2, 0, 0,
	    "has 2 rows, \"a\" has 1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_python),
		cmocka_unit_test(white_space),
		cmocka_unit_test_setup_teardown(identifiers_of_files, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(faults_of_identifiers, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(no_identifiers_in_npy, make_folder, drop_folder),
		cmocka_unit_test(likeness),
		cmocka_unit_test_setup_teardown(columns_like, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(hidden_rows, make_folder, drop_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
