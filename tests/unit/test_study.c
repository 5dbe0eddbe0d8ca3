/* test_study.c: a study's parties, who of them computes, and what sites compare (H1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/sheet.h"
#include "../../runtime/study.h"

static const char program[] =
    "party site[]\n"
    "party owner\n"
    "input age : int in 0..120 [] from site\n"
    "output total = sum(age) to owner\n";

static enum status
load(struct study *s, const char *protocol, const char *compute, struct fault *f)
{
	const struct study_options o = { .path = "t.ksl", .source = program, .protocol = protocol,
		.compute = compute };

	*f = (struct fault){ 0 };
	return study_load(s, &o, f);
}

/* Members and an owner. */
static enum status
members(struct study *s, const char *protocol, const char *compute, uint32_t n, struct fault *f)
{
	enum status st = load(s, protocol, compute, f);

	return st == ST_OK ? study_members(s, (const uint32_t[]){ n, 1 }, f) : st;
}

static void
expect_nodes(const char *protocol, const char *compute, uint32_t n, uint32_t n_nodes,
    const uint32_t *node)
{
	struct study s = { 0 };
	struct fault f;

	if (members(&s, protocol, compute, n, &f) != ST_OK)
		fail_msg("%s", f.message);
	assert_int_equal(s.roles.n_nodes, n_nodes);
	for (uint32_t i = 0; i < n_nodes; i++)
		assert_int_equal(s.roles.node[i], node[i]);
	study_fini(&s);
}

/* Nodes stand in the parties' order, whatever the list's; where all compute, none is named. */
static void
test_nodes(void **state)
{
	static const uint32_t first[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

	(void)state;
	expect_nodes("additive", NULL, 15, 0, NULL);
	expect_nodes("additive", "owner,site[1]", 2, 2, (const uint32_t[]){ 1, 2 });
	expect_nodes("additive", "owner,site[1],site[0]", 2, 0, NULL);
	expect_nodes("additive", "owner,cloud,site[0],site[1]", 2, 0, NULL);
	expect_nodes("additive", "cloud,site[3]", 4, 2, (const uint32_t[]){ 3, 5 });
	expect_nodes("replicated", NULL, 2, 0, NULL);
	expect_nodes("replicated", NULL, 3, 3, first);
	expect_nodes("replicated", NULL, 4000, 3, first);
	expect_nodes("clear", NULL, 15, 0, NULL);
	expect_nodes("clear", NULL, 16, 16, first);
	expect_nodes("clear", "site[7]", 16, 1, (const uint32_t[]){ 7 });
}

/* Where a program hides how many rows there are, nobody may announce another number. */
static void
test_hidden_rows(void **state)
{
	static const char text[] = "party a\nparty b\nparty c\ninput x : bool [..4] from a\n"
	    "input y : bool [] from b\noutput n = count(x) + len(y) to all\n";
	const struct study_options o = { .path = "t.ksl", .source = text, .protocol = "replicated",
		.compute = "b,c,helper" };
	static const struct { uint32_t party; uint64_t rows; bool ok; } row[] = {
		{ 0, 4, true }, { 0, 3, false }, { 0, 0, false }, { 0, 5, false },
		{ 1, 4, true }, { 1, 0, true }, { 2, 0, true }, { 2, 4, false }, { 3, 0, true },
		{ 3, 1, false },
	};
	struct study s = { 0 };
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(study_load(&s, &o, &f), ST_OK);
	assert_int_equal(study_members(&s, (const uint32_t[]){ 1, 1, 1 }, &f), ST_OK);
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		assert_int_equal(study_rows_ok(&s, row[i].party, row[i].rows), row[i].ok);
	assert_true(study_hides_rows(&s, 0));
	assert_false(study_hides_rows(&s, 1));
	s.party[0].rows = 3;
	assert_int_not_equal(study_compile(&s, NULL, NULL, &f), ST_OK);
	s.party[0].rows = 4;
	f = (struct fault){ 0 };
	assert_int_equal(study_compile(&s, NULL, NULL, &f), ST_OK);
	const struct sheet page = { .code = s.code, .protocol = s.protocol, .me = -1 };
	char *sheet;
	assert_int_equal(sheet_text(&sheet, &page), ST_OK);
	assert_non_null(strstr(sheet, "a up to 4"));
	assert_non_null(strstr(sheet, "How many rows each site has, and of some only the most"));
	assert_null(strstr(sheet, "Row counts are public"));
	mem_free(sheet);
	study_fini(&s);
}

static void
test_helpers(void **state)
{
	struct study s = { 0 };
	struct fault f;

	(void)state;
	assert_int_equal(members(&s, "replicated", "dusk,site[0],cloud", 2, &f), ST_OK);
	assert_int_equal(s.n_parties, 5);
	assert_string_equal(s.party[3].name, "dusk");
	assert_string_equal(s.party[4].name, "cloud");
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(s.party[i].helper, i >= 3);
		assert_int_equal(study_brings(&s, i), i < 2);
	}
	study_fini(&s);
	assert_int_equal(members(&s, "replicated", NULL, 4096, &f), ST_USAGE);
	assert_string_equal(f.message, "more than 4096 parties");
	study_fini(&s);
}

/* Of a session. */
static void
test_sites(void **state)
{
	static const char *const name[] = { "n", "s", "w", "o", "cloud" };
	static const char *const is[] = { "site", "site", "site", "owner", "helper" };
	static const char *const apart[] = { "site", "owner", "site", "helper", "helper" };
	static const char *const site[] = { "n", "s", "w", "o", "site" };
	struct study s = { 0 };
	struct fault f;

	(void)state;
	assert_int_equal(load(&s, "replicated", "cloud,o,w", &f), ST_OK);
	assert_int_equal(study_sites(&s, 5, name, is, &f), ST_OK);
	assert_int_equal(s.party[2].member, 2);
	assert_true(s.party[4].helper);
	assert_int_equal(s.roles.n_nodes, 3);
	assert_int_equal(study_sites(&s, 5, name, apart, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "site do not stand next to each other"));
	f = (struct fault){ 0 };
	assert_int_equal(study_sites(&s, 5, site, is, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "has the name of a party of the program"));
	study_fini(&s);
}

enum { MANY = 150 };

static size_t
components(struct component list[N_COMPONENT_MAX], const char *compute, uint32_t n,
    uint32_t other_key)
{
	const char *key[MANY + 1];
	struct study s = { 0 };
	struct fault f;
	size_t n_list;

	for (uint32_t i = 0; i <= MANY; i++)
		key[i] = i == other_key ? "other" : "key";
	assert_int_equal(members(&s, "replicated", compute, n, &f), ST_OK);
	assert_int_equal(study_components(list, &n_list, &s, key, &f), ST_OK);
	study_fini(&s);
	return n_list;
}

/* The one component that differs. */
static const char *
difference(const struct component *a, const struct component *b, size_t n)
{
	const char *name = "";

	for (size_t i = 0; i < n; i++) {
		assert_string_equal(a[i].name, b[i].name);
		if (memcmp(a[i].hash, b[i].hash, sizeof a[i].hash) == 0)
			continue;
		assert_string_equal(name, "");
		name = a[i].name;
	}
	return name;
}

/* A difference has a name: the party's or, of many, which of them it is among. */
static void
test_components(void **state)
{
	static struct component a[N_COMPONENT_MAX], b[N_COMPONENT_MAX];
	size_t few = components(a, NULL, 63, UINT32_MAX), n;

	(void)state;
	assert_int_equal(components(b, NULL, 63, 63), few);
	assert_string_equal(difference(a, b, few), "party owner");
	assert_int_equal(components(b, NULL, 63, 5), few);
	assert_string_equal(difference(a, b, few), "party site[5]");
	assert_int_equal(components(b, "site[0],site[1],owner", 63, UINT32_MAX), few);
	assert_string_equal(difference(a, b, few), "computing nodes");

	n = components(a, NULL, MANY, UINT32_MAX);
	assert_int_equal(n, few - 64 + 3);
	for (uint32_t i = 0; i <= MANY; i++) {
		assert_int_equal(components(b, NULL, MANY, i), n);
		assert_string_equal(difference(a, b, n), i < 64 ? "parties number 1 to 64" :
		    i < 128 ? "parties number 65 to 128" : "parties number 129 to 192");
	}
}

static void
test_no_memory(void **state)
{
	uint64_t k;

	(void)state;
	for (k = 1; k < 2000; k++) {
		struct study s = { 0 };
		struct fault f;
		enum status st;

		mem_fail_at(k);
		st = members(&s, "replicated", "site[0],site[2],cloud", 3, &f);
		mem_fail_at(0);
		study_fini(&s);
		if (st == ST_OK)
			break;
		assert_int_equal(st, ST_INTERNAL);
	}
	assert_in_range(k, 10, 1999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_hidden_rows),
		cmocka_unit_test(test_sites),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
