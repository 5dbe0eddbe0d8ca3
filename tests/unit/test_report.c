/* test_report.c: from slots to results, through a pipe, and as people and programs read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/report.h"

static char empty[] = "", a_name[] = "a", b_name[] = "b", study[] = "Two sites", additive[] =
    "additive";
static char male[] = "male", female[] = "female", no[] = "no", yes[] = "yes";
static char *sexes[] = { male, female }, *answers[] = { no, yes };
static struct level sex_levels[] = { { male, male }, { female, female } };
static struct party parties[] = { { .name = a_name, .group = a_name },
    { .name = b_name, .group = b_name } };

enum { S_COUNT, S_MEAN, S_TABLE, S_CUBE, S_OWN, S_SEX, S_HERE, S_BITS, S_GUARD, S_TRUTH, N_SLOTS };
static struct slot slots[N_SLOTS] = {
	[S_COUNT] = { .domain = DOM_O, .width = 64, .n = 1 },
	[S_MEAN] = { .domain = DOM_R, .width = 64, .n = 3 },
	[S_TABLE] = { .domain = DOM_O, .width = 128, .n = 4 },
	[S_CUBE] = { .domain = DOM_P, .width = 64, .n = 8 },
	[S_OWN] = { .domain = DOM_O, .width = 64, .n = 2 },
	[S_SEX] = { .domain = DOM_O, .width = 64, .n = 2 },
	[S_HERE] = { .domain = DOM_O, .width = 64, .n = 2 },
	[S_BITS] = { .domain = DOM_O, .width = 64, .n = 1 },
	[S_GUARD] = { .domain = DOM_P, .width = 64, .n = 1 },
	[S_TRUTH] = { .domain = DOM_R, .width = 64, .n = 2 },
};

static int64_t count[] = { -228 }, cube[] = { 0, 1, 2, 3, 4, 5, 6, 7 }, own[] = { 3, 5 };
static int64_t sex[] = { 1, 0 }, here[] = { 1, 0 }, bits[] = { 0xab }, guard[] = { 0 };
static double mean[] = { 62.44736842105263, 0, 1e300 }, truth[] = { 1, 0 };
static i128 table[4];
static const void *slot_data[N_SLOTS] = {
	count, mean, table, cube, own, sex, here, bits, guard, truth,
};

#define PART(s, t, m, ...) { .field = empty, .each = -1, .recipients = m, .value = s, \
	.present = SLOT_NONE, .guard = SLOT_NONE, .cells = SLOT_NONE, .type = { .kind = t }, __VA_ARGS__ }

static struct output_part count_part[] = { PART(S_COUNT, TYPE_INT, 3, .rank = 0) };
static struct output_part mean_part[] = { PART(S_MEAN, TYPE_FIXED, 3, .rank = 1, .dims = { 3 }) };
static struct output_part table_part_[] = {
	PART(S_TABLE, TYPE_FIXED, 3, .rank = 2, .dims = { 2, 2 }),
};
static struct output_part cube_part[] = { PART(S_CUBE, TYPE_INT, 2, .rank = 3, .dims =
    { 2, 2, 2 }) };
static struct output_part each_part[] = {
	PART(S_OWN, TYPE_INT, 1, .rank = 1, .dims = { 2 }),
	PART(S_COUNT, TYPE_INT, 2, .rank = 1, .dims = { 1 }),
};
static struct output_part sex_part[] = { PART(S_SEX, TYPE_CATEGORY, 3, .rank = 1, .dims = { 2 }) };
static struct output_part fields_part[] = {
	PART(S_COUNT, TYPE_INT, 3, .rank = 0), PART(S_TRUTH, TYPE_BOOL, 3, .rank = 1, .dims =
	    { 2 }),
};
static struct output_part bits_part[] = { PART(S_BITS, TYPE_BITS, 3, .rank = 0) };
static struct output_part guarded_part[] = { PART(S_COUNT, TYPE_INT, 3, .rank = 0) };
static struct output_part never_part[] = { PART(S_COUNT, TYPE_INT, 3, .rank = 0) };

static char n_n[] = "n", n_mean[] = "mean", n_table[] = "by_sex", n_cube[] = "cube", n_each[] =
    "mine";
static char n_sex[] = "sex", n_fit[] = "fit", n_bits[] = "hash", n_small[] = "small", n_few[] =
    "few";
static char f_t[] = "t", f_ok[] = "ok";
static struct output outputs[] = {
	{ .name = n_n, .to_all = true, .n_parts = 1, .part = count_part },
	{ .name = n_mean, .to_all = true, .n_parts = 1, .part = mean_part },
	{ .name = n_table, .to_all = true, .n_parts = 1, .part = table_part_, .n_labels = 2,
	    .label = { { 2, sexes }, { 2, answers } } },
	{ .name = n_cube, .n_parts = 1, .part = cube_part },
	{ .name = n_each, .n_parts = 2, .part = each_part },
	{ .name = n_sex, .to_all = true, .n_parts = 1, .part = sex_part, .n_labels = 1,
	    .label = { { 2, answers } } },
	{ .name = n_fit, .to_all = true, .n_parts = 2, .part = fields_part },
	{ .name = n_bits, .to_all = true, .n_parts = 1, .part = bits_part },
	{ .name = n_small, .to_all = true, .n_parts = 1, .part = guarded_part },
	{ .name = n_few, .to_all = true, .withheld = true, .n_parts = 1, .part = never_part },
};

static struct code code = {
	.study = study, .protocol = additive, .n_parties = 2, .party = parties, .n_slots = N_SLOTS,
	.slot = slots, .n_outputs = sizeof outputs / sizeof outputs[0], .output = outputs,
};

static int
set_up(void **state)
{
	(void)state;
	mean[1] = strtod("nan", NULL);
	table[0] = (i128)5 << 31;
	table[1] = -1;
	table[2] = (i128)1 << 100;
	table[3] = 0;
	table_part_[0].type.frac = 32;
	mean_part[0].type.frac = 32;
	each_part[0].each = 0;
	each_part[1].each = 1;
	sex_part[0].type.n_levels = 2;
	sex_part[0].type.level = sex_levels;
	sex_part[0].present = S_HERE;
	fields_part[0].field = f_t;
	fields_part[1].field = f_ok;
	bits_part[0].type.bits = 10;
	guarded_part[0].guard = S_GUARD;
	guarded_part[0].rule = RULE_RANGE;
	return 0;
}

static const void *
slot_at(void *arg, uint32_t s)
{
	uint32_t *asked = arg;

	assert_in_range(s, 0, N_SLOTS - 1);
	if (asked != NULL)
		*asked |= 1u << s;
	return slot_data[s];
}

static struct result *
take(int me, uint32_t *asked)
{
	struct result *r;

	assert_int_equal(result_take(&r, &code, me, slot_at, asked), ST_OK);
	return r;
}

static void
recipients_get_theirs(void **state)
{
	uint32_t asked = 0;
	struct result *r = take(0, &asked);

	(void)state;
	assert_int_equal(r->n_parts, 12);
	assert_true((asked >> S_CUBE & 1) == 0);
	assert_int_equal(r->part[result_index(&code, 3, 0)].state, RESULT_ELSEWHERE);
	assert_int_equal(r->part[result_index(&code, 4, 0)].state, RESULT_VALUE);
	assert_int_equal(r->part[result_index(&code, 4, 1)].state, RESULT_ELSEWHERE);
	assert_true(r->part[0].whole[0] == -228);
	assert_true(r->part[2].whole[2] == (i128)1 << 100);
	assert_int_equal(r->part[10].state, RESULT_WITHHELD);
	assert_int_equal(r->part[10].rule, RULE_RANGE);
	assert_int_equal(r->part[11].rule, RULE_REQUIRE);
	result_free(r);
	r = take(1, NULL);
	assert_int_equal(r->part[3].state, RESULT_VALUE);
	assert_int_equal(r->part[4].state, RESULT_ELSEWHERE);
	result_free(r);
	result_free(NULL);
}

static const char want_json[] =
    "{\"study\":\"Two sites\",\"protocol\":\"additive\",\"parties\":[\"a\",\"b\"],\"outputs\":["
    "{\"name\":\"n\",\"type\":\"int\",\"to\":[\"a\",\"b\"],\"value\":-228,\"withheld\":null,"
    "\"labels\":null},"
    "{\"name\":\"mean\",\"type\":\"fixed[3]\",\"to\":[\"a\",\"b\"],"
    "\"value\":[62.44736842105263,null,1e+300],\"withheld\":null,\"labels\":null},"
    "{\"name\":\"by_sex\",\"type\":\"fixed[2,2]\",\"to\":[\"a\",\"b\"],"
    "\"value\":[[2.5,-0.00000000023283064365386962890625],[295147905179352825856,0]],"
    "\"withheld\":null,\"labels\":[[\"male\",\"female\"],[\"no\",\"yes\"]]},"
    "{\"name\":\"cube\",\"type\":\"int[2,2,2]\",\"to\":[\"b\"],"
    "\"value\":[[[0,1],[2,3]],[[4,5],[6,7]]],\"withheld\":null,\"labels\":null},"
    "{\"name\":\"mine\",\"type\":\"int[*]\",\"to\":[\"a\",\"b\"],"
    "\"value\":{\"a\":[3,5],\"b\":[-228]},\"withheld\":null,\"labels\":null},"
    "{\"name\":\"sex\",\"type\":\"oneof?[2]\",\"to\":[\"a\",\"b\"],\"value\":[\"female\",null],"
    "\"withheld\":null,\"labels\":[[\"no\",\"yes\"]]},"
    "{\"name\":\"fit\",\"type\":\"(t:int,ok:bool[2])\",\"to\":[\"a\",\"b\"],"
    "\"value\":{\"t\":-228,\"ok\":[true,false]},\"withheld\":null,\"labels\":null},"
    "{\"name\":\"hash\",\"type\":\"bits<10>\",\"to\":[\"a\",\"b\"],\"value\":\"0x0ab\","
    "\"withheld\":null,\"labels\":null},"
    "{\"name\":\"small\",\"type\":\"int\",\"to\":[\"a\",\"b\"],\"value\":null,"
    "\"withheld\":{\"rule\":\"range\",\"cells\":\"all\"},\"labels\":null},"
    "{\"name\":\"few\",\"type\":\"int\",\"to\":[\"a\",\"b\"],\"value\":null,"
    "\"withheld\":{\"rule\":\"require\",\"cells\":\"all\"},\"labels\":null}]}";

/* Without blanks, but those that are in the study's title. */
static char *
squeezed(char *s)
{
	char *d = s;

	for (const char *p = s; *p != '\0'; p++)
		if ((*p != ' ' && *p != '\n' && *p != '\t') || strncmp(p, " sites", 6) == 0)
			*d++ = *p;
	*d = '\0';
	return s;
}

static void
as_json(void **state)
{
	struct result *r = take(-1, NULL);
	char *text;

	(void)state;
	assert_int_equal(report_json(&text, r, &code, NULL), ST_OK);
	assert_string_equal(squeezed(text), want_json);
	mem_free(text);
	result_free(r);
}

static void
a_site_is_told_only_its_own(void **state)
{
	struct result *r = take(0, NULL);
	char *text;

	(void)state;
	assert_int_equal(report_json(&text, r, &code, NULL), ST_OK);
	assert_null(strstr(text, "cube"));
	assert_non_null(strstr(squeezed(text), "\"value\":{\"a\":[3,5]}"));
	mem_free(text);
	assert_int_equal(report_text(&text, r, &code, NULL), ST_OK);
	assert_null(strstr(text, "cube"));
	assert_null(strstr(text, "mine (b)"));
	mem_free(text);
	result_free(r);
}

static void
as_a_table(void **state)
{
	struct result *r = take(-1, NULL);
	char *text;

	(void)state;
	assert_int_equal(report_text(&text, r, &code, NULL), ST_OK);
	assert_string_equal(text,
	    "Two sites\n"
	    "\n"
	    "n            -228\n"
	    "mean         62.44736842, missing, 1e+300\n"
	    "by_sex                                  no  yes\n"
	    "             male                      2.5    0\n"
	    "             female  295147905179352825856    0\n"
	    "cube (to b)  [0]\n"
	    "             0  1\n"
	    "             2  3\n"
	    "             [1]\n"
	    "             4  5\n"
	    "             6  7\n"
	    "mine (a)     3, 5\n"
	    "mine (b)     -228\n"
	    "sex          no    female\n"
	    "             yes  missing\n"
	    "fit.t        -228\n"
	    "fit.ok       true, false\n"
	    "hash         0x0ab\n"
	    "small        withheld (range)\n"
	    "few          withheld (require)\n"
	    "\n"
	    "Withheld (require): the program's `require` is not met\n"
	    "Withheld (range): an assumption of the program turned out to be wrong\n");
	mem_free(text);
	result_free(r);
}

static void
through_a_pipe(void **state)
{
	struct result *r = take(0, NULL), *back, *all = NULL;
	struct fault f = { 0 };
	uint8_t *bytes;
	size_t len;
	char *text;

	(void)state;
	r->cost.rounds[COST_ONLINE] = 7;
	r->cost.sent[COST_OFFLINE][1] = 1ull << 40;
	r->cost.total_us = 12;
	assert_int_equal(result_write(&bytes, &len, r), ST_OK);
	assert_int_equal(result_read(&back, &code, bytes, len, &f), ST_OK);
	assert_memory_equal(&back->cost, &r->cost, sizeof r->cost);
	result_free(r);
	mem_free(bytes);
	assert_int_equal(result_merge(&all, back, &code, 0, &f), ST_OK);
	assert_int_equal(result_merge(&all, take(1, NULL), &code, 1, &f), ST_OK);
	assert_int_equal(report_json(&text, all, &code, NULL), ST_OK);
	assert_string_equal(squeezed(text), want_json);
	assert_false(result_all_withheld(all, &code));
	mem_free(text);
	result_free(all);
}

static void
another_value_elsewhere_is_noticed(void **state)
{
	(void)state;
	for (unsigned what = 0; what < 4; what++) {
		struct result *all = take(0, NULL), *other = take(1, NULL);
		struct fault f = { 0 };
		if (what == 0)
			other->part[0].whole[0]++;
		else if (what == 1)
			other->part[1].real[1] = 0;
		else if (what == 2)
			other->part[6].present[1] = 1;
		else
			other->part[10].state = RESULT_ELSEWHERE + RESULT_VALUE;
		assert_int_equal(result_merge(&all, other, &code, 1, &f), ST_INTERNAL);
		assert_non_null(strstr(f.message, "b got another value of output"));
		result_free(all);
	}
}

static void
bytes_that_are_no_result(void **state)
{
	struct result *r = take(-1, NULL), *back;
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_int_equal(result_write(&bytes, &len, r), ST_OK);
	for (size_t cut = 0; cut < len; cut++) {
		struct fault f = { 0 };
		assert_int_equal(result_read(&back, &code, bytes, cut, &f), ST_DATA);
		assert_null(back);
	}
	/* Whatever a byte becomes, it is refused or a result of the right shape. */
	for (size_t i = 0; i < len; i++) {
		struct fault f = { 0 };
		bytes[i] ^= 0xff;
		if (result_read(&back, &code, bytes, len, &f) == ST_OK) {
			char *text;
			assert_int_equal(report_json(&text, back, &code, NULL), ST_OK);
			mem_free(text);
			assert_int_equal(report_text(&text, back, &code, NULL), ST_OK);
			mem_free(text);
			result_free(back);
		}
		bytes[i] ^= 0xff;
	}
	mem_free(bytes);
	result_free(r);
}

static void
everything_withheld(void **state)
{
	struct code few = code;
	struct result *r;

	(void)state;
	few.output = &outputs[8];
	few.n_outputs = 2;
	assert_int_equal(result_take(&r, &few, 0, slot_at, NULL), ST_OK);
	assert_true(result_all_withheld(r, &few));
	result_free(r);
	few.n_outputs = 0;
	assert_int_equal(result_take(&r, &few, 0, slot_at, NULL), ST_OK);
	assert_false(result_all_withheld(r, &few));
	result_free(r);
}

static void
costs(void **state)
{
	struct cost c = { .n_nodes = 2 };
	struct cost_node a = { .rounds = { 1, 2, 3 }, .sent = { { 0, 10 }, { 0, 20 }, { 0, 30 } },
	    .us = { 100, 200, 300 }, .total_us = 1000000, .memory_bytes = 64 };
	struct cost_node b = { .rounds = { 1, 2, 3 }, .sent = { { 1 }, { 2 }, { 3 } },
	    .us = { 400, 100, 100 }, .total_us = 900000 };
	struct result *r = take(-1, NULL);
	char *text;

	(void)state;
	cost_add(&c, 0, &a);
	cost_add(&c, 1, &b);
	assert_int_equal(report_json(&text, r, &code, &c), ST_OK);
	assert_non_null(strstr(squeezed(text),
	    "\"cost\":{\"rounds\":3,\"bytes_sent\":{\"a\":60,\"b\":6},"
	    "\"offline_s\":0.0006,\"online_s\":0.0003,\"total_s\":1,"
	    "\"setup\":{\"rounds\":1,\"bytes\":{\"a\":{\"b\":10},\"b\":{\"a\":1}}},"
	    "\"offline\":{\"rounds\":2,\"bytes\":{\"a\":{\"b\":20},\"b\":{\"a\":2}}},"
	    "\"online\":{\"rounds\":3,\"bytes\":{\"a\":{\"b\":30},\"b\":{\"a\":3}}},"
	    "\"memory\":64}"));
	mem_free(text);
	assert_int_equal(report_cost(&text, &c, &code), ST_OK);
	assert_string_equal(text,
	    "3 online rounds; 66 B sent in all, at most 60 B by one party; 1 s "
	    "(preparing 0.6 ms, computing 0.3 ms)\n");
	mem_free(text);
	result_free(r);
}

static void
long_results_are_cut(void **state)
{
	static int64_t many[5000];
	struct output_part part = PART(S_COUNT, TYPE_INT, 3, .rank = 1, .dims = { 5000 });
	struct output o = { .name = n_n, .to_all = true, .n_parts = 1, .part = &part };
	struct code c = code;
	struct result *r;
	char *text;

	(void)state;
	c.output = &o;
	c.n_outputs = 1;
	slots[S_COUNT].n = 5000;
	slot_data[S_COUNT] = many;
	assert_int_equal(result_take(&r, &c, 0, slot_at, NULL), ST_OK);
	assert_int_equal(report_text(&text, r, &c, NULL), ST_OK);
	assert_non_null(strstr(text, "... 4600 more values"));
	mem_free(text);
	part.rank = 2;
	part.dims[0] = 50;
	part.dims[1] = 100;
	assert_int_equal(report_text(&text, r, &c, NULL), ST_OK);
	assert_non_null(strstr(text, "... 36 more columns"));
	assert_non_null(strstr(text, "... 10 more rows"));
	mem_free(text);
	result_free(r);
	slots[S_COUNT].n = 1;
	slot_data[S_COUNT] = count;
}

static void
no_memory_is_no_crash(void **state)
{
	uint64_t k;

	(void)state;
	for (k = 1; k < 1000; k++) {
		struct result *r = NULL;
		char *text = NULL;
		mem_fail_at(k);
		enum status st = result_take(&r, &code, -1, slot_at, NULL);
		if (st == ST_OK)
			st = report_json(&text, r, &code, NULL);
		mem_free(text);
		text = NULL;
		if (st == ST_OK)
			st = report_text(&text, r, &code, NULL);
		mem_fail_at(0);
		mem_free(text);
		result_free(r);
		if (st == ST_OK)
			break;
		assert_int_equal(st, ST_INTERNAL);
	}
	assert_in_range(k, 10, 999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recipients_get_theirs),
		cmocka_unit_test(as_json),
		cmocka_unit_test(a_site_is_told_only_its_own),
		cmocka_unit_test(as_a_table),
		cmocka_unit_test(through_a_pipe),
		cmocka_unit_test(another_value_elsewhere_is_noticed),
		cmocka_unit_test(bytes_that_are_no_result),
		cmocka_unit_test(everything_withheld),
		cmocka_unit_test(costs),
		cmocka_unit_test(long_results_are_cut),
		cmocka_unit_test(no_memory_is_no_crash),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
