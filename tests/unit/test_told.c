/* test_told.c: which outputs tell what another one withholds: of programs for which it is plain. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <string.h>

#include "../../runtime/study.h"

static const char head[] =
    "use stats\nparty site[2]\nparty a\ninput w : int in 0..9 from a\n"
    "input x : int in 1..100 [] from site\ninput d : bool [] from site\n"
    "input g : oneof(\"u\", \"v\") [] from site\n"
    "input h : oneof(\"p\", \"q\", \"r\")? [] from site\n";

/* What is said of output `s`, or "". */
static void
expect(const char *text, uint32_t rows, const char *said)
{
	char source[4096];
	struct study_options o = { .path = "t.ksl", .source = source, .protocol = "additive" };
	struct fault f = { 0 };
	struct study s;
	const char *got = "";

	(void)snprintf(source, sizeof source, "%s%s", head, text);
	if (study_load(&s, &o, &f) != ST_OK)
		fail_msg("%s", f.message);
	assert_int_equal(study_members(&s, (const uint32_t[]){ 2, 1 }, &f), ST_OK);
	s.party[0].rows = s.party[1].rows = rows;
	if (study_compile(&s, NULL, NULL, &f) != ST_OK)
		fail_msg("%s", f.message);
	for (uint32_t i = 0; i < s.code->n_outputs; i++)
		for (uint32_t k = 0; k < s.code->output[i].n_stated; k++)
			if (strcmp(s.code->output[i].name, "s") == 0 &&
			    s.code->output[i].stated[k].kind == STATED_TOLD)
				got = s.code->output[i].stated[k].text;
	if (strcmp(got, said) != 0)
		fail_msg("\"%s\", not \"%s\", with %u rows of:\n%s", got, said, rows, text);
	study_fini(&s);
}

#define S "suppress below 10\n"

static void
totals_tell(void **state)
{
	static const char *const program[][2] = {
		{ "output s = counts(g) to all " S, "the numbers of rows" },
		{ "output s = counts(h) to all " S, "" },
		{ "output s = counts(h) to all " S "output n = count(h) to all\n", "`n`" },
		{ "output s = counts(h) to all " S "output n = mean(present(h)) to all\n", "`n`" },
		{ "output s = counts(h) to site " S "output n = count(h) to a\n", "" },
		{ "output s = counts(h) to a " S "output n = count(h) to a, site[0]\n", "`n`" },
		{ "output s = sum(d) to all " S, "" },
		{ "output s = sum(d) to all " S "output n = sum(!d) to all\n", "`n`" },
		{ "output s = sum(d) to all " S "output n = mean(d) to all\n", "`n`" },
		{ "output s = sum(d) to all " S "output n = sum(d) > 50 to all\n", "" },
		{ "output s = sum(d) to all " S
		    "output n = [sum(d.where(g == k)) for k in levels(g)] to all\n", "`n`" },
		{ "output s = sum(d && g == \"u\") to all " S "output n = sum(d) to all\n", "" },
		{ "output s = sum(d && g == \"u\") to all " S "output n = sum(d) to all\n"
		    "output m = sum(d && g == \"v\") to all\n", "the other outputs together" },
		{ "output s = table2(g, h) to all " S, "" },
		{ "output s = table2(g, h) to all " S "output n = counts(g) to all\n", "" },
		{ "output s = table2(g, h) to all " S "output n = counts(h) to all\n", "`n`" },
		{ "output s = table2(g, h) to all " S "output n = counts(h) to all " S, "`n`" },
		{ "output s = table2(g, h) to all " S
		    "output n = counts(g.where(present(h))) to all\n", "`n`" },
		{ "output s = table2(g, h) to all " S "output n = table2(h, g) to all\n"
		    "output m = counts(h) to all\n", "`n` or `m`" },
		{ "output s = histogram(x, 0, 40, 4) to all " S, "" },
		{ "output s = histogram(x, 0, 40, 4) to all " S "output n = sum(x <= 40) to all\n", "`n`" },
		{ "output s = histogram(x, 0, 40, 4) to all " S "output n = sum(x > 40) to all\n", "`n`" },
		{ "output s = histogram(x, 0, 40, 4) to all " S "output n = sum(x > 30) to all\n", "`n`" },
		{ "output s = histogram(x, 0, 40, 4) to all " S "output n = sum(x > 35) to all\n", "" },
		{ "output s = histogram(x, 0, 40, 4) to all " S
		    "output n = histogram(x, 0, 40, 2) to all\n", "`n`" },
		{ "output s = counts(h) to all " S "output n = count(h) to all round to 5\n", "" },
		{ "output s = counts(h) to all require w > 3\noutput n = count(h) to all\n", "" },
		{ "output s = [sum(x.where(g == k)) for k in levels(g)] to all"
		    " withhold where counts(g) < 10\n", "" },
		{ "output s = [sum(x.where(g == k)) for k in levels(g)] to all"
		    " withhold where counts(g) < 10\noutput n = mean(x) to all\n", "`n`" },
		{ "output s = [mean(x.where(g == k)) for k in levels(g)] to all"
		    " withhold where counts(g) < 10\n", "" },
		{ "output s = [mean(x.where(g == k)) for k in levels(g)] to all"
		    " withhold where counts(g) < 10\noutput n = mean(x) to all\n", "`n`" },
		{ "output s = [mean(x.where(h == k)) for k in levels(h)] to all"
		    " withhold where counts(h) < 10\noutput n = mean(x.where(present(h))) to all\n", "`n`" },
		{ "output s = sum(x.where(d)) to all withhold where sum(d) < 10\n"
		    "output n = sum(x) to all\n", "" },
		{ "output s = sum(x.where(d)) to all withhold where sum(d) < 10\n"
		    "output n = mean(x) to all\noutput m = mean(x.where(!d)) to all\n",
		    "the other outputs together" },
		{ "output s = [sum(x.where(x > 40 && x <= 60))] to all withhold where sum(x > 60) < 10\n"
		    "output n = sum(x.where(x > 40)) to all\noutput m = sum(x.where(60 < x)) to all\n",
		    "the other outputs together" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof program / sizeof *program; i++) {
		expect(program[i][0], 1000, program[i][1]);
		expect(program[i][0], 7, program[i][1]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
