/* test_sheet_noise.c: what the disclosure sheet says of noise, and what it adds up. */
#include "page.h"

static const char noisy[] =
    "use dp\nparty site[3]\nparty owner\n"
    "input age : int in 18..90 [] from site\ninput died : bool [] from site\n"
    "output n = len(age) to all\n"
    "output rows = len(age) to all noise laplace(epsilon = 0.1)\n"
    "output deaths = sum(died) to all noise laplace(epsilon = 0.1)\n"
    "output two = counts(died) to all noise gaussian(rho = 0.5)\n"
    "output total = sum(age) to owner noise laplace(epsilon = 0.25) require sum(died) > 5\n"
    "output best = max(age) to owner noise laplace(epsilon = 2, sensitivity = 72)\n"
    "output sum = sum(age) to owner\n"
    "output own = laplace(sum(age), 0.5, 72) to owner\n";

static void
compile_noisy(struct code **out, const char *text)
{
	struct compile_options o = { .target = protocol_additive.target, .protocol = "additive",
		.network = "metro", .local = true, .n_parties = 4, .party = parties };
	struct load_options none = { 0 };
	struct program *p = NULL;
	struct fault f = { 0 };

	if (program_load_text(&p, "n.ksl", text, strlen(text), &none, &f) != ST_OK ||
	    program_compile(out, p, &o, &f) != ST_OK)
		fail_msg("%s", f.message);
	program_free(p);
}

static void
the_page(void **state)
{
	struct sheet s = { .protocol = &protocol_additive, .me = -1 };
	struct code *c;
	char *text;

	(void)state;
	compile_noisy(&c, noisy);
	s.code = c;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	no_line_is_too_long(text);
	says(text, "deaths: Laplace noise of scale 10 (sensitivity 1, epsilon 0.1), drawn by the "
	    "computing sites together, so that nobody knows it.");
	says(text, "two: Gaussian noise of standard deviation 1.414 (sensitivity 1.41421, rho 0.5)");
	says(text, "total: Laplace noise of scale 288 (sensitivity 72, epsilon 0.25)");
	says(text, "rows: exact, though the program asks for noise.");
	says(text, "Whether its `require` is met is said of the exact values.");
	says(text, "towards north, south and west: epsilon 0.1 and rho 0.5 in all.");
	says(text, "towards owner: epsilon 2.35 and rho 0.5 in all.");
	says(text, "The program draws noise by itself (`use dp`)");
	says(text, "Not covered by noise, and exact: sum, own. If they tell");
	assert_null(strstr(text, "No noise"));
	mem_free(text);
	code_free(c);
}

static void
as_json(void **state)
{
	struct sheet s = { .protocol = &protocol_additive, .me = -1 };
	struct code *c;
	char *text;

	(void)state;
	compile_noisy(&c, noisy);
	s.code = c;
	assert_int_equal(sheet_json(&text, &s), ST_OK);
	cJSON *top = cJSON_Parse(text), *out = cJSON_GetObjectItem(top, "outputs");
	assert_true(cJSON_GetObjectItem(top, "epsilon")->valuedouble == 2.35);
	assert_true(cJSON_GetObjectItem(top, "rho")->valuedouble == 0.5);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(cJSON_GetArrayItem(out, 0), "noise")));
	cJSON *noise = cJSON_GetObjectItem(cJSON_GetArrayItem(out, 4), "noise");
	assert_string_equal(string_of(noise, "kind"), "laplace");
	assert_true(cJSON_GetObjectItem(noise, "scale")->valuedouble == 288);
	noise = cJSON_GetObjectItem(cJSON_GetArrayItem(out, 3), "noise");
	assert_string_equal(string_of(noise, "kind"), "gaussian");
	cJSON_Delete(top);
	mem_free(text);
	code_free(c);
}

/* What no row changes gets no noise and spends nothing. */
static void
nothing_is_spent(void **state)
{
	struct sheet s = { .protocol = &protocol_additive, .me = -1 };
	struct code *c;
	char *text;

	(void)state;
	compile_noisy(&c, "party site[3]\nparty owner\ninput age : int in 0..9 [] from site\n"
	    "output n = len(age) to all noise laplace(epsilon = 1)\n");
	s.code = c;
	assert_int_equal(sheet_text(&text, &s), ST_OK);
	says(text, "No noise is added, so no epsilon is spent.");
	assert_null(strstr(text, "Results for single rows"));
	mem_free(text);
	code_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_page),
		cmocka_unit_test(as_json),
		cmocka_unit_test(nothing_is_spent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
