/* test_differ.c: what differences of released numbers tell: programs that get at few rows by
 * several outputs, and honest ones like them.  Two of 120 patients are of each age from 20 to 79;
 * half of them are women, 80 are in arm a, and 24 died. */
#include "policy_run.h"

static const char head[] =
    "use stats\n"
    "party site[]\n"
    "input age : int in 0..99 [] from site\n"
    "input wt : int? in 0..200 [] from site\n"
    "input sex : oneof(\"f\", \"m\") [] from site\n"
    "input arm : oneof(\"a\", \"b\") [] from site\n"
    "input ecog : oneof(\"0\", \"1\", \"2\", \"3\") [] from site\n"
    "input died : bool [] from site\n";

static void
put_study(const char *outputs)
{
	char text[8192], name[24];

	for (int i = 0; i < 3; i++) {
		size_t at = (size_t)snprintf(text, sizeof text, "age,wt,sex,arm,ecog,died\n");
		for (int k = 40 * i; k < 40 * i + 40; k++) {
			char wt[12];
			snprintf(wt, sizeof wt, "%d", 50 + k % 37);
			at += (size_t)snprintf(text + at, sizeof text - at, "%d,%s,%s,%s,%d,%d\n", 20 + k % 60,
			    k % 40 == 0 ? "" : wt, k % 2 != 0 ? "f" : "m", k % 3 != 0 ? "a" : "b", k % 4,
			    k % 5 == 0);
		}
		snprintf(name, sizeof name, "s%d.csv", i);
		put_file(name, text);
	}
	snprintf(text, sizeof text, "%s%s", head, outputs);
	put_file("p.ksl", text);
}

/* How many numbers of an output are withheld, or of a record fields. */
static int
withheld(const struct command *c, const char *name)
{
	cJSON *top;
	const cJSON *v = output_of(&top, c->out, name), *e;
	int n = cJSON_IsNull(v) ? 1 : 0;

	cJSON_ArrayForEach(e, v) {
		const cJSON *x;
		n += cJSON_IsNull(e) ? 1 : 0;
		if (cJSON_IsArray(e))
			cJSON_ArrayForEach(x, e)
				n += cJSON_IsNull(x) ? 1 : 0;
	}
	cJSON_Delete(top);
	return n;
}

struct ways {
	const char *outputs;
	int a, b;                       /* how many cells of a and of b are withheld */
};

static void
expect_ways(const struct ways *w, size_t n, const char *protocol, const char *policy)
{
	struct command c;

	for (size_t i = 0; i < n; i++) {
		put_study(w[i].outputs);
		run(&c, protocol, policy);
		if (c.status != 0)
			fail_msg("%s%s", w[i].outputs, c.err);
		if (withheld(&c, "a") != w[i].a || withheld(&c, "b") != w[i].b)
			fail_msg("with %s, withheld are %d of a and %d of b:\n%s", protocol, withheld(&c, "a"),
			    withheld(&c, "b"), w[i].outputs);
		command_free(&c);
	}
}

/* The two who are 20, 21, 61 or 79. */
static const struct ways attacks[] = {
	{ "output a = sum(wt) to all\noutput b = sum(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt.where(age > 20)) to all\noutput b = sum(wt) to all\n", 0, 1 },
	{ "output a = mean(wt) to all\noutput b = mean(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = mean(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sd(wt) to all\noutput b = var(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = sum(wt * (age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = sum(if age > 20 then wt else 0) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = dot(coalesce(wt, 0), age > 20) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = sum(wt.where(!(age == 20))) to all\n", 0, 1 },
	/* In other words. */
	{ "output a = sum(wt) to all\n"
	    "output b = 1000 - 3 * sum(wt.where(age > 20)) / 7 to all\n", 0, 1 },
	{ "output a = sum(wt) to all\noutput b = sum(2 * wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\n"
	    "output b = sum(wt.where(age > 20)) + sum(age) to all\n", 0, 1 },
	{ "output a = sum(wt + age) to all\noutput b = sum(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) - sum(wt.where(age <= 40)) to all\n"
	    "output b = sum(wt.where(age > 41)) to all\n", 0, 1 },
	{ "output a = sum([sum(age.where(sex == k)) for k in levels(sex)]) to all\n"
	    "output b = sum(age.where(age * age > 400)) to all\n", 0, 1 },
	/* Within a group; two sets of which none contains the other. */
	{ "output a = sum(wt.where(sex == \"f\")) to all\n"
	    "output b = sum(wt.where(sex == \"f\" && age > 22)) to all\n", 0, 1 },
	{ "output a = sum(wt.where(age > 20)) to all\n"
	    "output b = sum(wt.where(age < 79)) to all\n", 0, 1 },
	/* In one number. */
	{ "output a = sum(wt) to all\noutput b = sum(age) - sum(age.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\n"
	    "output b = sum(age.where(age > 20)) - sum(age.where(age < 79)) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\n"
	    "output b = 2 * sum(age.where(age > 20)) - 2 * sum(age) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\n"
	    "output b = sum(age.where(age <= 40)) + sum(age.where(age >= 42)) - sum(age) to all\n", 0, 1 },
	{ "output a = sum(wt) to all\n"
	    "output b = sum(age.where(age > 20)) / sum(age) to all\n", 0, 1 },
	/* In a function of it and another one. */
	{ "output a = sum(age) to all\n"
	    "output b = sum(age.where(age > 20)) * sum(wt) to all\n", 0, 1 },
	{ "output a = sum(age) to all\n"
	    "output b = if sum(wt) > 5 then sum(age.where(age > 20)) else 0 to all\n", 0, 1 },
	{ "output a = sum(age) to all\n"
	    "output b = sum(wt) / sum(age.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(age) to all\n"
	    "output b = max(sum(age.where(age > 20)), sum(wt)) to all\n", 0, 1 },
	{ "output a = sum(age) to all\n"
	    "output b = sort([sum(age.where(age > 20)), 1]) to all\n", 0, 2 },
	{ "output a = sum(age) to all\n"
	    "output b = argmax([sum(age.where(age > 20)) - 900, 1]) to all\n", 0, 1 },
	/* In what a guard compares. */
	{ "output a = sum(age) to all\n"
	    "output b = count(age) to all require sum(age.where(age > 20)) > 1\n", 0, 1 },
	/* Counts. */
	{ "output a = sum(age > 60) to all\noutput b = sum(age > 61) to all\n", 0, 1 },
	{ "output a = count(age.where(age > 60)) to all\noutput b = sum(61 < age) to all\n", 0, 1 },
	{ "output a = sum(age > 60) to all\noutput b = sum(age + 3 >= 65) to all\n", 0, 1 },
	{ "output a = sum(age > 60) to all\noutput b = sum((age as fixed) > 61.5) to all\n", 0, 1 },
	{ "output a = sum(age > 60) to all\noutput b = sum(2 * age > 123) to all\n", 0, 1 },
	{ "output a = sum(age > 60) to all\noutput b = sum(age * age > 3721) to all\n", 0, 1 },
	{ "output a = sum(died) to all\noutput b = sum(died && age > 20) to all\n", 0, 1 },
	{ "output a = mean(died) to all\noutput b = mean(died.where(age > 20)) to all\n", 0, 1 },
	{ "output a = counts(sex) to all\noutput b = counts(sex.where(age > 20)) to all\n", 0, 1 },
	{ "output a = table2(sex, arm) to all\n"
	    "output b = table2(sex.where(age > 20), arm) to all\n", 0, 1 },
	{ "output a = counts(sex) to all\n"
	    "output b = sum(table2(sex.where(age > 20), arm), 1) to all\n",
	    0, 1 },
	{ "output a = sum(sex == \"m\") to all\n"
	    "output b = sum(sex == \"m\" && !(arm == \"a\" && age > 75))"
	    " to all\n", 0, 1 },
	{ "output a = histogram(age, 0, 100, 5) to all\n"
	    "output b = histogram(age, 1, 101, 5) to all\n", 1, 4 },
	{ "output a = histogram(age, 0, 80, 4) to all\n"
	    "output b = histogram(age, 0, 82, 2) to all\n", 1, 2 },
	/* All cells together; of which one is withheld. */
	{ "output a = [sum(wt.where(sex == k)) for k in levels(sex)] to all\n"
	    "output b = sum(wt.where(age > 20)) to all\n", 0, 1 },
	{ "output a = sum(wt.where(age > 20)) to all\n"
	    "output b = [sum(wt.where(sex == k)) for k in levels(sex)] to all\n", 0, 1 },
	{ "output a = [sum(wt.where(sex == k)) for k in levels(sex)] to all\n"
	    "output b = [sum(wt.where(age > 20 && arm == k)) for k in levels(arm)] to all\n", 0, 1 },
	{ "output a = [sum(age.where(age < 25)), sum(age.where(age >= 25 && age < 70)),"
	    " sum(age.where(age >= 70 && age < 74)), sum(age.where(age >= 74))] to all\n"
	    "output b = sum(age) to all\n", 1, 1 },
	{ "output a = [sum(age < 25), sum(age >= 25 && age < 70), sum(age >= 70 && age < 74),"
	    " sum(age >= 74)] to all\noutput b = count(age.where(age < 200)) to all\n", 1, 0 },
	{ "output a = table2(arm, died && age < 30) to all\noutput b = counts(arm) to all\n", 2, 2 },
	{ "output a = table2(arm, died && age < 30) to all\noutput b = table2(arm, sex) to all\n", 2, 2 },
	/* All of one output; a program's own thresholds. */
	{ "output a = [sum(wt.where(age > 20)), sum(wt.where(age > 21)), sum(wt.where(age > 30))] to all\n"
	    "output b = sum(died) to all\n", 1, 0 },
	{ "output a = [sum(age > 60), sum(age > 61), sum(age > 62)] to all\n"
	    "output b = sum(died) to all\n", 2, 0 },
	/* To those who get both; what is revealed goes to all. */
	{ "output a = sum(wt) to site[0]\n"
	    "output b = sum(wt.where(age > 20)) to site[0], site[1]\n", 0, 1 },
	{ "let t = reveal(sum(age))\noutput a = t to all\n"
	    "output b = sum(age.where(age > 20)) to all\n", 0, 1 },
};

static const struct ways honest[] = {
	{ "output a = [mean(wt.where(arm == k)) for k in levels(arm)] to all\n"
	    "output b = mean(wt) to all\n",
	    0, 0 },
	{ "output a = table2(sex, ecog) to all\noutput b = counts(sex) to all\n", 0, 0 },
	{ "output a = histogram(age, 20, 80, 6) to all\noutput b = count(age) to all\n", 0, 0 },
	{ "output a = histogram(age, 20, 80, 6) to all\n"
	    "output b = histogram(age, 20, 80, 3) to all\n", 0, 0 },
	{ "output a = mean(age) to all\n"
	    "output b = [mean(age.where(sex == k)) for k in levels(sex)] to all\n",
	    0, 0 },
	{ "output a = [mean(age.where(arm == k)) for k in levels(arm)] to all\n"
	    "output b = [mean(age.where(sex == k)) for k in levels(sex)] to all\n", 0, 0 },
	/* 3 have no weight: of another number it tells nothing. */
	{ "output a = mean(wt) to all\noutput b = mean(age) to all\n", 0, 0 },
	{ "output a = count(wt) to all\noutput b = sum(died) to all\n", 0, 0 },
	{ "output a = correlation(age, wt) to all\n"
	    "output b = [mean(age), mean(wt)] to all\n", 0, 0 },
	{ "output a = sd(wt) to all\noutput b = mean(wt) to all\n", 0, 0 },
	{ "output a = sum(age > 40) to all\noutput b = sum(wt.where(age > 41)) to all\n", 0, 0 },
	{ "output a = sum(age > 40) to all\noutput b = sum(age > 44) to all\n", 0, 1 },
	{ "output a = sum(age > 40) to all\noutput b = sum(age > 45) to all\n", 0, 0 },
	{ "output a = sum(wt) to site[0]\noutput b = sum(wt.where(age > 20)) to site[1]\n", 0, 0 },
	{ "output a = sum(wt) to all\noutput b = sum(wt) to all\n", 0, 0 },
	/* What is withheld anyway is no neighbour: 2 of 120. */
	{ "output a = sum(wt.where(age > 78)) to all\n"
	    "output b = sum(wt.where(age > 74)) to all\n", 1, 0 },
	{ "output a = [sum(wt), sum(wt.where(age > 20)), sum(wt.where(age > 21))] to all\n"
	    "output b = sum(wt.where(age > 25)) to all\n", 2, 0 },
	/* As tables of a study have them. */
	{ "output n = counts(arm) to all\noutput m = mean(wt) to all\noutput s = sd(wt) to all\n"
	    "output a = [mean(wt.where(arm == k)) for k in levels(arm)] to all\n"
	    "output b = [sd(wt.where(arm == k)) for k in levels(arm)] to all\n"
	    "output e = table2(arm, ecog) to all\noutput t = counts(ecog) to all\n", 0, 0 },
	{ "output n = counts(arm) to all\noutput a = table2(arm, sex) to all\n"
	    "output b = table2(arm, ecog) to all\n", 0, 0 },
	{ "output a = welch(age, arm == \"a\") to all\noutput b = mean(age) to all\n", 0, 0 },
};

static void
test_attacks(void **state)
{
	(void)state;
	expect_ways(attacks, sizeof attacks / sizeof *attacks, "clear", "[policy]\ncells = 10\n");
}

static void
test_honest(void **state)
{
	(void)state;
	expect_ways(honest, sizeof honest / sizeof *honest, "clear", "[policy]\ncells = 10\n");
}

/* Several at once, on shares. */
static void
test_shares(void **state)
{
	static const struct ways all[] = {
		{ "output t = sum(wt) to all\noutput a = sum(wt.where(age > 20)) to all\n"
		    "output n = sum(age > 60) to all\noutput b = sum(age > 61) to all\n", 1, 1 },
		{ "output a = histogram(age, 20, 80, 3) to all\n"
	    "output b = histogram(age, 21, 81, 3) to all\n",
		    0, 3 },
		{ "output a = table2(arm, died && age < 30) to all\noutput b = table2(arm, sex) to all\n", 2, 2 },
		{ "output m = mean(age) to all\noutput a = mean(age.where(age < 79)) to all\n"
		    "output b = [mean(age.where(arm == k)) for k in levels(arm)] to all\n", 1, 0 },
	};
	static const char *const protocol[] = { "clear", "additive", "replicated" };

	(void)state;
	for (size_t i = 0; i < sizeof protocol / sizeof *protocol; i++)
		expect_ways(all, sizeof all / sizeof *all, protocol[i], "[policy]\ncells = 10\n");
}

/* Thresholds, and what differs by none. */
static void
test_policies(void **state)
{
	static const struct ways two = { "output a = sum(age > 60) to all\n"
	    "output b = sum(age > 62) to all\n",
		0, 0 };
	static const struct ways one = { "output a = sum(age > 60) to all\n"
	    "output b = sum(age > 61) to all\n",
		0, 1 };
	static const struct ways none = { "output a = sum(age > 79) + sum(died) to all\n"
		"output b = sum(died && age < 90) to all\n", 0, 0 };
	static const struct ways empty = { "output a = sum(died) to all\n"
		"output b = sum(died && age < 90) to all\n", 0, 1 };

	(void)state;
	expect_ways(&two, 1, "clear", "[policy]\ncells = 4\n");
	expect_ways(&one, 1, "clear", "[policy]\ncells = 3\n");
	expect_ways(&none, 1, "clear", "[policy]\ncells = 10\n");
	expect_ways(&empty, 1, "clear", "[policy]\ncells = 10\nzeros = withhold\n");
}

static void
test_refused(void **state)
{
	static const struct { const char *outputs, *says; } wrong[] = {
		{ "output a = sum(age.where(age > 20)) to all\nlet t = reveal(sum(age))\n"
	    "output b = t to all\n",
		    "beside what went out before" },
		{ "output a = [sum(wt.where(age > t)) for t in 0..100] to all\n", "cannot be told how many" },
		{ "output a = [sum(age > t) for t in 0..100] to all\n", "" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		put_study(wrong[i].outputs);
		run(&c, "clear", "[policy]\ncells = 10\n");
		expect_status(&c, 5);
		expect_says(c.err, wrong[i].says);
		command_free(&c);
	}
}

/* The rule is named where no other can be it: wt may be missing, so that `cells` can. */
static void
test_rule(void **state)
{
	static const struct { const char *outputs, *rule, *says; } row[] = {
		{ "output a = sum(age.where(age > 20)) to all\noutput b = sum(age) to all\n",
		    "difference", "fewer than 10 rows are behind its difference to an earlier output" },
		{ "output a = mean(age.where(age > 20)) to all\noutput b = mean_ci(age) to all\n",
		    "difference", "fewer than 10 rows are behind its difference to an earlier output" },
		{ "output a = sum(wt.where(age > 20)) to all\noutput b = sum(wt) to all\n",
		    "policy", "fewer than 10 rows are behind it or its difference" },
		{ "output a = sum(age > 60) to all\noutput b = sum(age > 61) to all\n",
		    "policy", "fewer than 10 rows are behind it or its difference" },
	};
	struct command c;

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		for (int json = 0; json < 2; json++) {
			char says[64];
			put_study(row[i].outputs);
			put_file("policy.ini", "[policy]\ncells = 10\n");
			RUN(&c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--input",
			    "site=s2.csv", "--policy", "policy.ini", "--protocol",
			    i == 1 ? "additive" : "clear", json ? "--json" : "--no-local");
			expect_status(&c, 0);
			snprintf(says, sizeof says, json ? "\"rule\":\t\"%s\"" : "Withheld (%s): ", row[i].rule);
			expect_says(c.out, says);
			if (!json)
				expect_says(c.out, row[i].says);
			command_free(&c);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attacks), cmocka_unit_test(test_honest), cmocka_unit_test(test_shares),
		cmocka_unit_test(test_policies), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_rule),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
