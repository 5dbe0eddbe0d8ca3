/* test_import.c: `konsil import` and import.h, on the models that fuzzing begins with.
 *
 * What programs compute that were imported is compared with plain Python in tests/onnx/run.py,
 * which also has the refusals, one by one. */
#include "command.h"

#include <cjson/cJSON.h>

#include "../../compiler/compile.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/import/import.h"

enum { N_MODEL = 48, MODEL_BYTES = 1 << 14, N_MUTATION = 3000 };

struct model {
	char name[256];
	uint8_t bytes[MODEL_BYTES];
	size_t len;
};

static struct model model[N_MODEL];
static int n_models;
static char corpus[PATH_BYTES];

static const struct import_settings settings = { .file = "m.onnx", .owner = "owner",
	.client = "client", .grouped = true, .frac = 16, .lo = -(1 << 20), .hi = 1 << 20 };

static int
models_read(void **state)
{
	DIR *d;

	assert_non_null(getcwd(corpus, sizeof corpus - 32));
	strcat(corpus, "/tests/fuzz/corpus/onnx");
	d = opendir(corpus);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL && n_models < N_MODEL;) {
		char path[PATH_BYTES + 256];
		struct model *m = &model[n_models];
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", corpus, e->d_name);
		snprintf(m->name, sizeof m->name, "%s", e->d_name);
		FILE *f = fopen(path, "rb");
		assert_non_null(f);
		m->len = fread(m->bytes, 1, MODEL_BYTES, f);
		fclose(f);
		n_models++;
	}
	closedir(d);
	assert_true(n_models > 8);
	return work_make(state);
}

static const struct model *
model_called(const char *name)
{
	for (int i = 0; i < n_models; i++)
		if (strcmp(model[i].name, name) == 0)
			return &model[i];
	fail_msg("no %s in %s", name, corpus);
	return NULL;
}

/* A program that was made must load; whatever is refused must say why. */
static enum status
import(const uint8_t *bytes, size_t len, const struct import_settings *set)
{
	struct fault f = { .st = ST_OK };
	struct program *p = NULL;
	struct imported in;
	enum status st = import_onnx(&in, bytes, len, set, &f);

	if (st == ST_OK) {
		assert_int_equal(
		    program_load_text(&p, "m.ksl", in.program, strlen(in.program), NULL, &f), ST_OK);
		program_free(p);
		assert_true(in.n_weights > 0);
	} else {
		assert_int_equal(f.st, st);
		assert_true(f.message[0] != '\0');
		for (const char *s = f.message; *s != '\0'; s++)
			assert_true(*s >= ' ' && *s < 127);
		assert_null(in.program);
		assert_null(in.weights);
	}
	import_fini(&in);
	return st;
}

static void
all_models_are_imported(void **state)
{
	(void)state;
	for (int i = 0; i < n_models; i++)
		assert_int_equal(import(model[i].bytes, model[i].len, &settings), ST_OK);
}

/* xorshift64* from a fixed start. */
static uint64_t
next(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1du;
}

static void
mutants_are_imported_or_refused(void **state)
{
	static uint8_t b[MODEL_BYTES];
	uint64_t s = 0x6f6e6e78;
	int good = 0, bad = 0;

	(void)state;
	for (int i = 0; i < N_MUTATION; i++) {
		const struct model *m = &model[next(&s) % (unsigned)n_models];
		size_t len = m->len;
		memcpy(b, m->bytes, len);
		for (uint64_t k = next(&s) % 4 + 1; k > 0; k--)
			b[next(&s) % len] = (uint8_t)(next(&s) % 3 == 0 ? 255 : next(&s));
		if (next(&s) % 4 == 0)
			len = next(&s) % len;
		enum status st = import(b, len, &settings);
		assert_true(st == ST_OK || st == ST_DATA || st == ST_COMPILE);
		good += st == ST_OK;
		bad += st != ST_OK;
	}
	assert_true(good > 100 && bad > 100);
}

static void
every_allocation_may_fail(void **state)
{
	(void)state;
	for (int i = 0; i < n_models; i++)
		for (uint64_t k = 1;; k++) {
			struct fault f = { .st = ST_OK };
			struct imported in;
			mem_fail_at(k);
			enum status st = import_onnx(&in, model[i].bytes, model[i].len, &settings, &f);
			mem_fail_at(0);
			import_fini(&in);
			if (st == ST_OK)
				break;
			/* Within protobuf-c it looks like a file that cannot be read. */
			assert_true(st == ST_INTERNAL || st == ST_DATA);
			assert_true(k < 100000);
		}
}

/* The declared range of an input in the program. */
static void
expect_declared(const char *program, const char *line)
{
	if (strstr(program, line) == NULL)
		fail_msg("no line \"%s\" in\n%s", line, program);
}

static void
ranges_are_powers_of_two(void **state)
{
	const struct model *m = model_called("matmul_add.onnx");
	struct import_settings set = settings;
	struct fault f = { .st = ST_OK };
	struct imported in;

	(void)state;
	set.frac = 20;
	set.lo = -(5 << 19);
	set.hi = 3 << 20;
	set.owner = "lab";
	set.client = "ward";
	set.grouped = false;
	assert_int_equal(import_onnx(&in, m->bytes, m->len, &set, &f), ST_OK);
	expect_declared(in.program, "\ninput w1 : fixed<20> in -1..1 [3, 5] from lab\n");
	expect_declared(in.program, "\ninput b1 : fixed<20> in -1..1 [3] from lab\n");
	expect_declared(in.program, "\ninput x : fixed<20> in -2.5..3 [*, 5] from ward");
	expect_declared(in.program, "\nlet h1 = dense(x, w1, b1)");
	expect_declared(in.program, "\noutput scores = h1 to ward\n");
	import_fini(&in);
}

/* Thresholds of trees have the data's range, so that they tell nothing; features are indices. */
static void
trees_are_complete(void **state)
{
	const struct model *m = model_called("boosted_binary.onnx");
	struct import_settings set = settings;
	struct fault f = { .st = ST_OK };
	struct imported in;

	(void)state;
	set.whole = true;
	assert_int_equal(import_onnx(&in, m->bytes, m->len, &set, &f), ST_OK);
	expect_declared(in.program, "\ninput feature1 : int in 0..3 [5, 7] from owner\n");
	expect_declared(in.program, "\ninput threshold1 : int in -17..16 [5, 7] from owner\n");
	expect_declared(in.program, " [5, 8] from owner\n");
	expect_declared(in.program, "# class 0 is 7\n# class 1 is 8\n");
	import_fini(&in);
}

static void
names_of_parties(void **state)
{
	(void)state;
	assert_true(import_party_name("ward_3"));
	assert_false(import_party_name("3ward"));
	assert_false(import_party_name("let"));
	assert_false(import_party_name("all"));
	assert_false(import_party_name(""));
	assert_false(import_party_name("a b"));
	assert_false(import_party_name("a\nparty b"));
}

static void
put_model(const char *name)
{
	const struct model *m = model_called(name);
	FILE *f = fopen("m.onnx", "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(m->bytes, 1, m->len, f), m->len);
	fclose(f);
}

static size_t
put_varint(uint8_t *to, uint64_t v)
{
	size_t n = 0;

	for (; v >= 128; v >>= 7)
		to[n++] = (uint8_t)(v | 128);
	to[n++] = (uint8_t)v;
	return n;
}

/* Two bytes an input, of which each is compared with every name: refused before that. */
static void
inputs_are_few(void **state)
{
	enum { N_INPUTS = (1 << 16) + 1 };
	static uint8_t bytes[2 * N_INPUTS + 32];
	const size_t node = 2 * N_INPUTS;
	struct imported in;
	struct fault f = { 0 };
	uint8_t head[16];
	size_t n = 0, len;

	(void)state;
	/* ModelProto.graph { node { input: "" ... } } */
	len = 1 + put_varint(head, node);
	bytes[n++] = 7 << 3 | 2;
	n += put_varint(bytes + n, node + len);
	bytes[n++] = 1 << 3 | 2;
	n += put_varint(bytes + n, node);
	for (size_t i = 0; i < N_INPUTS; i++, n += 2)
		bytes[n] = 1 << 3 | 2;
	assert_int_equal(import_onnx(&in, bytes, n, &settings, &f), ST_COMPILE);
	assert_non_null(strstr(f.message, "nodes with more than 65536 inputs together"));
	import_fini(&in);
}

static void
nothing_is_overwritten(void **state)
{
	struct command c;
	char *text;

	(void)state;
	put_model("matmul_add.onnx");
	put_file("m.json", "mine");
	RUN(&c, "import", "m.onnx");
	expect_status(&c, 2);
	expect_says(c.err, "\"m.json\" is already there");
	expect_says(c.err, "--force");
	command_free(&c);
	text = get_file("m.json");
	assert_string_equal(text, "mine");
	free(text);
	assert_int_not_equal(access("m.ksl", F_OK), 0);

	RUN(&c, "import", "m.onnx", "--force", "--json");
	expect_status(&c, 0);
	assert_string_equal(c.out, "{\"program\":\"m.ksl\",\"weights\":\"m.json\",\"count\":18}\n");
	/* A secret of its owner's, also where a file that all could read stood before. */
	struct stat mode;
	assert_int_equal(stat("m.json", &mode), 0);
	assert_int_equal(mode.st_mode & 077, 0);
	command_free(&c);
	text = get_file("m.json");
	expect_says(text, "\"w1\": [[");
	free(text);
	RUN(&c, "check", "m.ksl");
	expect_status(&c, 0);
	expect_says(c.out, "DISCLOSURE SHEET");
	command_free(&c);
}

static void
both_files_or_none(void **state)
{
	struct command c;

	(void)state;
	put_model("matmul_add.onnx");
	assert_int_equal(mkdir("half.ksl", 0700), 0);
	RUN(&c, "import", "m.onnx", "-o", "half", "--force");
	assert_int_not_equal(c.status, 0);
	expect_says(c.err, "half.ksl");
	command_free(&c);
	assert_int_not_equal(access("half.json", F_OK), 0);
	RUN(&c, "import", "m.onnx", "-o", "no/where");
	expect_status(&c, 2);
	command_free(&c);
	RUN(&c, "import", "nothing.onnx", "--json");
	expect_status(&c, 2);
	expect_says(c.err, "\"error\":{\"status\":2");
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_models_are_imported),
		cmocka_unit_test(mutants_are_imported_or_refused),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(ranges_are_powers_of_two),
		cmocka_unit_test(trees_are_complete),
		cmocka_unit_test(names_of_parties),
		cmocka_unit_test(inputs_are_few),
		cmocka_unit_test(nothing_is_overwritten),
		cmocka_unit_test(both_files_or_none),
	};

	return cmocka_run_group_tests_name("import", tests, models_read, work_remove);
}
