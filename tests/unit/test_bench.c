/* test_bench.c: figures as JSON and back, beside those of another run; and what the command says of
 * files that are none.  How fast anything is, is not tested. */
#include "command.h"

#include "../../runtime/base/mem.h"
#include "../../runtime/bench.h"

/* One figure with one that belongs to it. */
static struct figures *
two_figures(double rate)
{
	struct figures *fs = mem_zalloc(sizeof *fs);

	assert_non_null(fs);
	strcpy(fs->protocol, "yao");
	bench_add(fs, 2, "products", "M/s", rate);
	bench_add(fs, 2, "  bytes of one", "B", 16);
	fs->protocol[0] = '\0';
	bench_add(fs, 0, "compiling", "ms", 1);
	return fs;
}

static void
test_json(void **state)
{
	struct figures *now = two_figures(3), *back = mem_zalloc(sizeof *back);
	struct fault f = { .st = ST_OK };
	cJSON *made = figures_json(now, NULL), *top;
	char *text = cJSON_Print(made);
	const cJSON *list, *part;

	(void)state;
	cJSON_Delete(made);
	top = cJSON_Parse(text);
	list = cJSON_GetObjectItem(top, "figures");
	part = cJSON_GetArrayItem(list, 1);
	assert_non_null(back);
	assert_int_equal(cJSON_GetArraySize(list), 3);
	assert_string_equal(cJSON_GetObjectItem(part, "name")->valuestring, "products: bytes of one");
	assert_string_equal(cJSON_GetObjectItem(part, "protocol")->valuestring, "yao");
	assert_string_equal(cJSON_GetObjectItem(part, "unit")->valuestring, "B");
	assert_true(cJSON_GetObjectItem(part, "value")->valuedouble == 16);
	assert_true(cJSON_GetObjectItem(part, "nodes")->valuedouble == 2);
	assert_null(cJSON_GetObjectItem(part, "ratio"));
	put_file("figures.json", text);
	assert_int_equal(figures_read(back, "figures.json", &f), ST_OK);
	assert_int_equal(back->n, 3);
	for (unsigned i = 0; i < 3; i++)
		assert_true(figure_before(back, now, i) == now->at[i].value);
	cJSON_free(text);
	cJSON_Delete(top);
	mem_free(now);
	mem_free(back);
}

static void
test_ratio(void **state)
{
	struct figures *now = two_figures(3), *was = two_figures(2);
	const cJSON *first;
	cJSON *top;

	(void)state;
	/* Another protocol's figure is another figure. */
	strcpy(was->at[1].protocol, "mixed");
	top = figures_json(now, was);
	first = cJSON_GetArrayItem(cJSON_GetObjectItem(top, "figures"), 0);
	assert_true(cJSON_GetObjectItem(first, "before")->valuedouble == 2);
	assert_true(cJSON_GetObjectItem(first, "ratio")->valuedouble == 1.5);
	assert_null(cJSON_GetObjectItem(first->next, "ratio"));
	cJSON_Delete(top);
	mem_free(now);
	mem_free(was);
}

/* The command itself, on what needs no network: the compiler's figures. */
static void
test_against(void **state)
{
	struct command c;
	const cJSON *o;
	cJSON *top;

	(void)state;
	put_file("before.json", "{\"figures\": [{\"name\": \"compiling a loop of 10^6 iterations: "
	    "bytecode\", \"protocol\": \"\", \"nodes\": 0, \"value\": 1000, \"unit\": \"B\"}]}");
	RUN(&c, "bench", "compiling", "--quick", "--json", "--against", "before.json");
	expect_status(&c, 0);
	top = cJSON_Parse(c.out);
	o = cJSON_GetArrayItem(cJSON_GetObjectItem(top, "figures"), 1);
	assert_true(cJSON_GetObjectItem(o, "before")->valuedouble == 1000);
	assert_true(cJSON_GetObjectItem(o, "ratio")->valuedouble ==
	    cJSON_GetObjectItem(o, "value")->valuedouble / 1000);
	assert_null(cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(top, "figures"), 0),
	    "before"));
	cJSON_Delete(top);
	command_free(&c);
	RUN(&c, "bench", "compiling", "--quick", "--against", "before.json");
	expect_status(&c, 0);
	expect_says(c.out, "before");
	expect_says(c.out, "ratio");
	command_free(&c);
}

static void
test_refused(void **state)
{
	struct command c;

	(void)state;
	RUN(&c, "bench", "compiling", "--quick", "--against", "absent.json");
	expect_status(&c, 2);
	expect_says(c.err, "absent.json");
	command_free(&c);
	put_file("other.json", "{\"cost\": 3}");
	RUN(&c, "bench", "compiling", "--quick", "--against", "other.json");
	expect_status(&c, 4);
	expect_says(c.err, "has no figures of a benchmark");
	command_free(&c);
	put_file("odd.json", "{\"figures\": [{\"name\": \"x\"}]}");
	RUN(&c, "bench", "compiling", "--quick", "--against", "odd.json");
	expect_status(&c, 4);
	command_free(&c);
	RUN(&c, "bench", "compiler");
	expect_status(&c, 2);
	expect_says(c.err, "its parts are");
	command_free(&c);
	RUN(&c, "bench", "examples", "--examples", "nowhere");
	expect_status(&c, 2);
	command_free(&c);
	RUN(&c, "bench", "--net", "fast");
	expect_status(&c, 2);
	command_free(&c);
	RUN(&c, "bench", "--protocol", "clear");
	expect_status(&c, 2);
	command_free(&c);
}

/* One program under one protocol, between processes: the bytes of a product are known. */
static void
test_only(void **state)
{
	struct command c;
	const cJSON *o;
	unsigned found = 0;
	cJSON *top;

	(void)state;
	RUN(&c, "bench", "programs", "--quick", "--json", "--protocol", "replicated", "--only",
	    "products of 64 bits, vec");
	expect_status(&c, 0);
	top = cJSON_Parse(c.out);
	cJSON_ArrayForEach(o, cJSON_GetObjectItem(top, "figures")) {
		const char *name = cJSON_GetObjectItem(o, "name")->valuestring;
		const double value = cJSON_GetObjectItem(o, "value")->valuedouble;

		assert_non_null(strstr(name, "products of 64 bits, vectors of"));
		assert_string_equal(cJSON_GetObjectItem(o, "protocol")->valuestring, "replicated");
		if (strstr(name, "bytes of one from node 0, online") == NULL)
			continue;
		assert_true(value >= 8 && value < 8.5);
		found++;
	}
	assert_int_equal(found, 1);
	cJSON_Delete(top);
	command_free(&c);
}

/* The value of a part of a figure; there must be one. */
static double
part_of(const cJSON *list, const char *name, const char *part, unsigned nodes)
{
	const cJSON *o;
	char full[256];

	(void)snprintf(full, sizeof full, "%s: %s", name, part);
	cJSON_ArrayForEach(o, list)
		if (strcmp(cJSON_GetObjectItem(o, "name")->valuestring, full) == 0 &&
		    cJSON_GetObjectItem(o, "nodes")->valuedouble == nodes)
			return cJSON_GetObjectItem(o, "value")->valuedouble;
	fail_msg("no figure \"%s\"", full);
	return 0;
}

/* Functions of the library that ran: what was predicted of them is what was metered.  Returns how
 * many rows there were. */
static unsigned
library_rows(const char *only, const char *protocol)
{
	struct command c;
	const cJSON *o, *list;
	cJSON *top;
	unsigned n = 0;

	RUN(&c, "bench", "--library", "--quick", "--json", "--only", only, "--protocol", protocol);
	expect_status(&c, 0);
	top = cJSON_Parse(c.out);
	list = cJSON_GetObjectItem(top, "figures");
	cJSON_ArrayForEach(o, list) {
		const char *name = cJSON_GetObjectItem(o, "name")->valuestring;
		const unsigned nodes = (unsigned)cJSON_GetObjectItem(o, "nodes")->valuedouble;

		assert_non_null(strstr(name, only));
		assert_null(strstr(name, ", predicted"));
		assert_string_equal(cJSON_GetObjectItem(o, "protocol")->valuestring, protocol);
		if (strchr(name, ':') != NULL)
			continue;
		assert_string_equal(cJSON_GetObjectItem(o, "unit")->valuestring, "s");
		assert_true(cJSON_GetObjectItem(o, "value")->valuedouble > 0);
		assert_true(part_of(list, name, "rounds", nodes) > 0);
		assert_true(part_of(list, name, "rounds", nodes) ==
		    part_of(list, name, "rounds predicted", nodes));
		assert_true(part_of(list, name, "bytes of all", nodes) ==
		    part_of(list, name, "bytes predicted", nodes));
		assert_true(part_of(list, name, "memory of values", nodes) > 0);
		assert_true(part_of(list, name, "peak memory", nodes) > 0);
		n++;
	}
	cJSON_Delete(top);
	command_free(&c);
	return n;
}

static void
test_library(void **state)
{
	struct command c;

	(void)state;
	assert_int_equal(library_rows("stats.welch", "replicated"), 2);
	assert_int_equal(library_rows("stats.welch", "additive"), 4);
	assert_int_equal(library_rows("link.intersection", "replicated"), 4);
	assert_int_equal(library_rows("ml.forest", "replicated"), 2);
	assert_int_equal(library_rows("federated.", "additive"), 8);
	assert_int_equal(library_rows("Table 1", "replicated"), 1);
	RUN(&c, "bench", "library", "--quick", "--only", "no such function");
	expect_status(&c, 2);
	expect_says(c.err, "nothing that is measured is called so");
	command_free(&c);
	RUN(&c, "bench", "--protocol", "addtive");
	expect_status(&c, 2);
	expect_says(c.err, "additive, replicated, yao or mixed");
	command_free(&c);
	RUN(&c, "bench", "library", "--quick", "--only", "stats.mean_ci");
	expect_status(&c, 0);
	expect_says(c.out, "rounds");
	expect_says(c.out, "stats.mean_ci, 60 rows");
	command_free(&c);
}

/* An example that says what it says at once. */
static void
test_examples(void **state)
{
	struct command c;
	const cJSON *list;
	cJSON *top;

	(void)state;
	assert_int_equal(mkdir("ex", 0700), 0);
	assert_int_equal(mkdir("ex/one", 0700), 0);
	put_file("ex/one/run.sh", "#!/bin/sh\n[ \"$2\" = --network ] && [ \"$4\" = --net ] && "
	    "echo '{\"cost\": {\"predicted_s\": 3, \"total_s\": 4}}'\n");
	assert_int_equal(chmod("ex/one/run.sh", 0700), 0);
	RUN(&c, "bench", "examples", "--examples", "ex", "--quick", "--json");
	expect_status(&c, 0);
	top = cJSON_Parse(c.out);
	list = cJSON_GetObjectItem(top, "figures");
	assert_int_equal(cJSON_GetArraySize(list), 9);
	assert_string_equal(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 2), "name")->valuestring,
	    "one on lan: predicted / measured");
	assert_true(cJSON_GetObjectItem(cJSON_GetArrayItem(list, 2), "value")->valuedouble == 0.75);
	cJSON_Delete(top);
	command_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_against),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_only),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
