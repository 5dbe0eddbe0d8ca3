/* test_sheet.c: the disclosure sheet, the cost before a run, and progress, of real programs. */
#include "page.h"

#include <time.h>
#include <unistd.h>

#include "../../runtime/explain.h"
#include "../../runtime/progress.h"

static struct code *code;

static int
compile(void **state)
{
	struct compile_options o = {
		.target = protocol_additive.target, .protocol = "additive", .network = "metro",
		    .local = true,
		.n_parties = 4, .party = parties,
	};
	struct load_options none = { 0 };
	struct program *p = NULL;
	struct fault f = { 0 };

	(void)state;
	if (program_load_text(&p, "age.ksl", source, strlen(source), &none, &f) != ST_OK ||
	    program_compile(&code, p, &o, &f) != ST_OK)
		print_error("%s:%d:%d: %s\n", f.file, f.line, f.column, f.message);
	program_free(p);
	for (unsigned i = 0; code != NULL && i < 32; i++)
		code->study_hash[i] = (uint8_t)(0x11 * (i % 16));
	return code == NULL;
}

static int
drop(void **state)
{
	(void)state;
	code_free(code);
	return 0;
}

static char *
sheet(enum status (*fn)(char **, const struct sheet *), int me, bool assumed)
{
	static const char *const address[] = { "tcp://n:1", "tcp://s:1", "tcp://w:1", NULL };
	struct sheet s = { .code = code, .protocol = &protocol_additive, .me = me, .rows_assumed =
	    assumed,
	    .address = assumed ? NULL : address };
	char *text;

	assert_int_equal(fn(&text, &s), ST_OK);
	return text;
}

static void
the_page(void **state)
{
	char *text = sheet(sheet_text, 1, false);

	(void)state;
	no_line_is_too_long(text);
	says(text, "Age at three hospitals, with a title");
	says(text, "0011223344556677 8899aabbccddeeff 0011223344556677 8899aabbccddeeff");
	says(text, "additive: semi-honest, all but one may collude.");
	says(text,
	    "north, south, west and owner, each on its own computer. Nobody else takes part.");
	says(text, "north 60, south 80, west 88 ");
	says(text, "Addresses north tcp://n:1");
	says(text,
	    "WHAT THIS SITE (south) PUTS IN age int in 0..120, one value for each row (column "
	    "\"Age in years\")");
	says(text, "sex one of female, male, may be missing, one value for each row");
	assert_null(strstr(text, "w    fixed"));
	says(text, "only as random shares");
	says(text, "total = sum(age) to all. Learned by every site, in full.");
	says(text,
	    "ages = age to each site. Learned by each of north, south and west, its own rows. "
	    "These are single rows, not a summary.");
	says(text,
	    "few = sum(age) to owner require len(age) >= 1000. Learned by only owner, in full. "
	    "Withheld: with these numbers of rows its `require` is not met.");
	says(text, "`reveal(k)` (line 13) is shown to every site: 1 value, once.");
	says(text, "How many rows each site has");
	says(text, "about the other sites together");
	says(text, "who has many rows answered, in one run or several, can imitate a secret model");
	says(text, "Safe even if all the other sites show each other everything");
	says(text, "Unsafe if this site's own computer is broken into");
	says(text, "No noise is added, so no epsilon is spent.");
	mem_free(text);
}

static void
the_page_of_all(void **state)
{
	char *text = sheet(sheet_text, -1, true);

	(void)state;
	no_line_is_too_long(text);
	says(text, "WHAT EACH SITE PUTS IN");
	says(text, "w fixed in -8..8, an array of 3 by 2, from owner");
	says(text, "k bool, a single value, from owner");
	says(text, "(assumed here; the real numbers are known when it runs)");
	mem_free(text);
}

static void
a_page_is_a_page(void **state)
{
	char *text = sheet(sheet_text, 0, false);
	int lines = 0;

	(void)state;
	for (const char *s = text; *s != '\0'; s++)
		lines += *s == '\n';
	assert_in_range(lines, 30, 80);
	mem_free(text);
}

static void
in_short(void **state)
{
	char *text = sheet(sheet_short, -1, false);
	int lines = 0;

	(void)state;
	no_line_is_too_long(text);
	for (const char *s = text; *s != '\0'; s++)
		lines += *s == '\n';
	assert_in_range(lines, 6, 20);
	says(text, "every site, in full: total, by_sex, shown");
	says(text, "only owner, in full: few, top");
	says(text, "opened `reveal(k)`");
	says(text, "safe even if all the other sites");
	mem_free(text);
}

static void
as_json(void **state)
{
	char *text = sheet(sheet_json, 3, false);
	cJSON *top = cJSON_Parse(text), *a;

	(void)state;
	assert_non_null(top);
	assert_string_equal(string_of(top, "site"), "owner");
	assert_int_equal(strlen(string_of(top, "hash")), 64);
	a = cJSON_GetObjectItemCaseSensitive(top, "inputs");
	assert_int_equal(cJSON_GetArraySize(a), 2);
	assert_string_equal(string_of(cJSON_GetArrayItem(a, 1), "name"), "k");
	a = cJSON_GetObjectItemCaseSensitive(top, "outputs");
	assert_int_equal(cJSON_GetArraySize(a), 6);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(a, 2),
	    "single_rows")));
	assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(a, 0),
	    "single_rows")));
	a = cJSON_GetObjectItemCaseSensitive(top, "reveals");
	assert_string_equal(string_of(cJSON_GetArrayItem(a, 0), "source"), "reveal(k)");
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(top,
	    "learned_besides")), 4);
	cJSON_Delete(top);
	mem_free(text);
}

static void
assumptions_and_the_clear_protocol(void **state)
{
	char first[] = "var h : int in 0..9", second[] = "x as int in 0..5";
	struct assumption assumed[] = { { first, 3, true }, { second, 4, false } };
	struct code c = *code;
	struct sheet s = { .code = &c, .protocol = &protocol_clear, .me = -1 };
	char *text;

	(void)state;
	c.assumption = assumed;
	c.n_assumptions = 2;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	no_line_is_too_long(text);
	says(text,
	    "The range in `var h : int in 0..9` (line 3) is assumed and checked while it runs; what is "
	    "opened on the way is opened even if it is wrong.");
	says(text, "`x as int in 0..5` (line 4) is assumed and NOT checked");
	says(text, "This is a rehearsal without protection");
	says(text, "all in one process on one computer");
	assert_null(strstr(text, "Safe even if"));
	mem_free(text);
	assert_int_equal(sheet_short(&text, &s), ST_OK);
	mem_free(text);
	c.n_reveals = 0;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	says(text, "(line 3) is assumed and checked while it runs. -");
	says(text, "Nothing: no value in between is seen by anybody.");
	mem_free(text);
}

/* Of each protocol: how what is put in leaves a site. */
static void
what_leaves_a_site(void **state)
{
	static const char *const words[] = { "only as random shares, of which fewer",
		"only inside a garbled circuit", "random shares, or inside a garbled circuit",
		"never with real data" };
	const struct protocol *p[] = { &protocol_additive, &protocol_yao, &protocol_mixed,
		&protocol_clear };
	char *text;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct sheet s = { .code = code, .protocol = p[i], .me = -1 };
		assert_int_equal(sheet_text(&text, &s), ST_OK);
		no_line_is_too_long(text);
		says(text, words[i]);
		mem_free(text);
		assert_int_equal(sheet_json(&text, &s), ST_OK);
		cJSON *top = cJSON_Parse(text);
		assert_non_null(strstr(string_of(top, "leaves"), words[i]));
		cJSON_Delete(top);
		mem_free(text);
	}
}

static const char *
age_source(void *arg, uint32_t i, size_t *len)
{
	(void)arg;
	*len = strlen(source);
	return i == 0 ? source : NULL;
}

static void
cost_before_a_run(void **state)
{
	struct explain_lines lines = { .n = 0 };
	struct cost c;
	char *text;
	uint64_t out = 0, in = 0;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_additive.target), ST_OK);
	assert_false(c.metered);
	assert_true(c.rounds[COST_ONLINE] > 0);
	assert_int_equal(c.memory_bytes, code->arena_bytes);
	/* The two factors are the owner's own, so no triple is needed. */
	assert_int_equal(c.tally.triples64 + c.tally.triples128, 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(c.bytes[COST_ONLINE][i][i], 0);
		for (unsigned k = 0; k < 4; k++) {
			out += c.bytes[COST_ONLINE][i][k];
			in += c.bytes[COST_ONLINE][k][i];
		}
	}
	assert_true(out > 0 && out == in);
	assert_true(cost_seconds(&c, &link_wan, 0) > cost_seconds(&c, &link_metro, 0));
	assert_true(cost_seconds(&c, &link_metro, 0) > cost_seconds(&c, &link_lan, 0));
	assert_true(cost_seconds(&c, &link_lan, 1) > cost_seconds(&c, &link_lan, 0));
	assert_int_equal(lines_make(&lines, code, protocol_additive.target, age_source, NULL), ST_OK);
	assert_int_equal(explain_text(&text, code, protocol_additive.target, &lines), ST_OK);
	lines_fini(&lines);
	says(text, "protocol additive, network metro, 4 parties:");
	says(text, "south 80 rows");
	says(text, "age.ksl:8: output total = sum(age) to all");
	says(text, "estimated time on the network");
	mem_free(text);
	assert_int_equal(cost_predict(&c, code, NULL), ST_OK);
	assert_int_equal(c.rounds[COST_ONLINE], 0);
}

static void
cost_as_json(void **state)
{
	struct explain_lines l1 = { .n = 0 };
	struct cost c;
	char *text;
	cJSON *top, *cost, *lines;
	double bytes = 0;

	(void)state;
	assert_int_equal(cost_predict(&c, code, protocol_additive.target), ST_OK);
	assert_int_equal(lines_make(&l1, code, protocol_additive.target, age_source, NULL), ST_OK);
	assert_int_equal(explain_json(&text, code, protocol_additive.target, &l1), ST_OK);
	lines_fini(&l1);
	top = cJSON_Parse(text);
	assert_non_null(top);
	cost = cJSON_GetObjectItemCaseSensitive(top, "cost");
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(cost, "rounds")->valuedouble,
	    c.rounds[COST_ONLINE]);
	assert_int_equal(cJSON_GetObjectItemCaseSensitive(cost, "memory")->valuedouble,
	    code->arena_bytes);
	assert_non_null(cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(cost,
	    "seconds"),
	    "wan"));
	assert_null(cJSON_GetObjectItemCaseSensitive(cost, "total_s"));
	/* What the lines cost is what the whole costs. */
	lines = cJSON_GetObjectItemCaseSensitive(top, "lines");
	const cJSON *l;
	cJSON_ArrayForEach(l, lines)
		bytes += cJSON_GetObjectItemCaseSensitive(l, "bytes")->valuedouble;
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 4; k++)
			bytes -= (double)c.bytes[COST_ONLINE][i][k];
	assert_true(bytes == 0);
	cJSON_Delete(top);
	mem_free(text);
}

static void
wait_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	assert_int_equal(nanosleep(&t, NULL), 0);
}

static void
watch(char *out, size_t room, enum progress_mode mode)
{
	int fd[2];
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	struct progress *p = progress_new(fd[1], mode);
	progress_phase(p, "connecting", 0);
	progress_at(p, 0, 0);
	wait_ms(550);
	progress_phase(p, "computing", 200);
	progress_at(p, 50, 1536000);
	wait_ms(150);
	for (int i = 0; i < 1000; i++)
		progress_at(p, 150, 1536000);
	progress_free(p);
	assert_int_equal(close(fd[1]), 0);
	n = read(fd[0], out, room - 1);
	out[n < 0 ? 0 : n] = '\0';
	assert_int_equal(close(fd[0]), 0);
}

static void
progress_is_shown(void **state)
{
	static char seen[1 << 16];

	(void)state;
	assert_null(progress_new(2, PROGRESS_OFF));
	watch(seen, sizeof seen, PROGRESS_OFF);
	assert_string_equal(seen, "");
	watch(seen, sizeof seen, PROGRESS_AUTO);
	assert_non_null(strstr(seen, "konsil: computing   0 %\n"));
	assert_null(strchr(seen, '\r'));
	watch(seen, sizeof seen, PROGRESS_BAR);
	assert_non_null(strstr(seen,
	    "\r\033[Kcomputing [######################........]  75 %, 1.5 MB sent"));
	assert_string_equal(seen + strlen(seen) - 4, "\r\033[K");
	assert_in_range(strlen(seen), 50, 20000);        /* not every one of the thousand */
}

static void
no_memory_is_no_crash(void **state)
{
	struct explain_lines lines = { .n = 0 };
	struct sheet s = { .code = code, .protocol = &protocol_additive, .me = -1 };
	uint64_t k;

	(void)state;
	for (k = 1; k < 1000; k++) {
		char *text = NULL;
		mem_fail_at(k);
		enum status st = sheet_text(&text, &s);
		mem_free(text);
		text = NULL;
		if (st == ST_OK)
			st = sheet_json(&text, &s);
		mem_free(text);
		text = NULL;
		if (st == ST_OK)
			st = sheet_short(&text, &s);
		mem_free(text);
		text = NULL;
		if (st == ST_OK)
			st = lines_make(&lines, code, protocol_additive.target, age_source, NULL);
		if (st == ST_OK)
			st = explain_text(&text, code, protocol_additive.target, &lines);
		lines_fini(&lines);
		mem_free(text);
		mem_fail_at(0);
		if (st == ST_OK)
			break;
		assert_int_equal(st, ST_INTERNAL);
	}
	assert_in_range(k, 20, 999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page),
		cmocka_unit_test(the_page_of_all),
		cmocka_unit_test(a_page_is_a_page),
		cmocka_unit_test(in_short),
		cmocka_unit_test(as_json),
		cmocka_unit_test(assumptions_and_the_clear_protocol),
		cmocka_unit_test(what_leaves_a_site),
		cmocka_unit_test(cost_before_a_run),
		cmocka_unit_test(cost_as_json),
		cmocka_unit_test(progress_is_shown),
		cmocka_unit_test(no_memory_is_no_crash),
	};

	return cmocka_run_group_tests(tests, compile, drop);
}
