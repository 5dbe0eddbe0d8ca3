/* test_sheet_roles.c: the disclosure sheet where not every party computes. */
#include "page.h"

/* North and west compute, and a helper; south and owner only contribute and receive. */
static void
compile_roles(struct code **out, const struct protocol *protocol)
{
	static char cloud[] = "cloud";
	const uint32_t node[] = { 0, 2, 4 };
	struct party party[5];
	struct compile_options o = {
		.target = protocol->target, .protocol = protocol->name, .network = "metro",
		.local = true, .n_parties = 5, .party = party, .n_nodes = 3, .node = node,
	};
	struct load_options none = { 0 };
	struct program *p = NULL;
	struct fault f = { 0 };

	memcpy(party, parties, sizeof parties);
	party[4] = (struct party){ .name = cloud, .group = cloud, .helper = true };
	assert_int_equal(program_load_text(&p, "age.ksl", source, strlen(source), &none, &f), ST_OK);
	if (program_compile(out, p, &o, &f) != ST_OK)
		fail_msg("%s", f.message);
	program_free(p);
}

static void
nodes_and_others(void **state)
{
	struct sheet s = { .protocol = &protocol_additive, .me = -1 };
	struct code *roles;
	char *text;

	(void)state;
	compile_roles(&roles, &protocol_additive);
	s.code = roles;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	no_line_is_too_long(text);
	says(text, "Computed by north, west and cloud, each on its own computer. Helpers cloud: only "
	    "computing; puts in nothing and learns no output.");
	says(text, "Others south and owner: not computing;");
	says(text, "sends every computing node one random share of it; fewer than all of these say "
	    "nothing about it. The computing nodes are north, west and cloud.");
	says(text, "Learned by every site but helpers, in full.");
	says(text, "shown to every computing node, and to who learns an output made of it");
	says(text, "Sites that do not compute are told all numbers of rows as well");
	says(text, "A site that computes is safe even if all the other sites");
	says(text, "A site that does not compute is safe from everybody, all other sites together "
	    "included, as long as one of the computing nodes");
	says(text, "Unsafe if all of the computing nodes (north, west and cloud) show each other what "
	    "they saw: they could work out everything that was put in.");
	assert_null(strstr(text, "Nobody else"));
	mem_free(text);
	assert_int_equal(sheet_short(&text, &s), ST_OK);
	no_line_is_too_long(text);
	says(text, "by north, west and cloud others south and owner: not computing");
	mem_free(text);
	code_free(roles);
}

/* Each site reads what holds for its own role. */
static void
a_role_each(void **state)
{
	struct sheet s = { .protocol = &protocol_replicated };
	struct code *roles;
	char *text;

	(void)state;
	compile_roles(&roles, &protocol_replicated);
	s.code = roles;
	s.me = 1;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	says(text, "WHAT THIS SITE (south) PUTS IN");
	says(text, "two of three random parts of it; two say nothing about it.");
	says(text, "as long as no two of the computing nodes show each other what they saw");
	says(text, "Unsafe if two of the computing nodes (north, west and cloud)");
	assert_null(strstr(text, "even if"));
	mem_free(text);
	s.me = 0;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	says(text, "Safe even if any one of the three computing nodes");
	assert_null(strstr(text, "does not compute is safe"));
	mem_free(text);
	s.me = 4;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	says(text, "WHAT THIS SITE (cloud) PUTS IN Nothing: it only computes.");
	mem_free(text);
	code_free(roles);
}

static void
roles_as_json(void **state)
{
	struct sheet s = { .protocol = &protocol_replicated, .me = -1 };
	struct code *roles;
	cJSON *top, *others, *a;
	char *text;

	(void)state;
	compile_roles(&roles, &protocol_replicated);
	s.code = roles;
	assert_int_equal(sheet_json(&text, &s), ST_OK);
	top = cJSON_Parse(text);
	assert_non_null(top);
	others = cJSON_GetObjectItemCaseSensitive(top, "others");
	a = cJSON_GetObjectItemCaseSensitive(others, "parties");
	assert_int_equal(cJSON_GetArraySize(a), 2);
	assert_string_equal(cJSON_GetArrayItem(a, 0)->valuestring, "south");
	a = cJSON_GetObjectItemCaseSensitive(others, "send_to");
	assert_int_equal(cJSON_GetArraySize(a), 3);
	assert_string_equal(string_of(others, "unsafe_if_together"), "two");
	a = cJSON_GetObjectItemCaseSensitive(top, "parties");
	assert_string_equal(string_of(cJSON_GetArrayItem(a, 4), "is"), "helper");
	assert_true(cJSON_IsTrue(
	    cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(a, 4), "computes")));
	assert_true(cJSON_IsFalse(
	    cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(a, 1), "computes")));
	cJSON_Delete(top);
	mem_free(text);
	code_free(roles);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_and_others),
		cmocka_unit_test(a_role_each),
		cmocka_unit_test(roles_as_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
