/* test_policy.c: what a policy lets out.  Each rule with data on both sides of it, against counts
 * made by hand; several policies; sites whose own is stricter. */
#include "policy_kit.h"

/* The value of an output as JSON without blanks. */
static void
expect_json(const struct command *c, const char *name, const char *want)
{
	cJSON *top;
	char *got = cJSON_PrintUnformatted(output_of(&top, c->out, name));

	if (strcmp(got, want) != 0)
		fail_msg("%s is %s, not %s", name, got, want);
	free(got);
	cJSON_Delete(top);
}

static void
test_cells(void **state)
{
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	struct command c;

	(void)state;
	put_program("output kinds = counts(kind) to all\n"
	    "output means = [mean(age.where(kind == k)) for k in levels(kind)] to all\n"
	    "output meals = mean(meal) to all\n"
	    "output rows = len(age) to all\n"
	    "output age_mean = mean(age) to all\n"
	    "output test = welch(age.where(kind != \"b\"), kind == \"c\") to all\n"
	    "output rare = welch(age, kind == \"b\") to all\n"
	    "output own = age + 0 to each site\n");
	for (int i = 0; i < 3; i++) {
		run(&c, protocol[i], "[policy]\ncells = 9\n");
		expect_status(&c, 0);
		expect_json(&c, "kinds", "[11,null,9]");
		expect_json(&c, "meals", "null");
		expect_json(&c, "rows", "22");
		expect_says(c.out, "\"policy\"");
		cJSON *top;
		const cJSON *v = output_of(&top, c.out, "means");
		assert_true(cJSON_IsNumber(cJSON_GetArrayItem(v, 0)));
		assert_true(cJSON_IsNull(cJSON_GetArrayItem(v, 1)));
		cJSON_Delete(top);
		v = output_of(&top, c.out, "test");
		assert_true(cJSON_IsNumber(cJSON_GetObjectItem(v, "p_value")));
		cJSON_Delete(top);
		v = output_of(&top, c.out, "rare");
		assert_true(cJSON_IsNull(cJSON_GetObjectItem(v, "p_value")));
		assert_true(cJSON_IsNull(cJSON_GetObjectItem(v, "df")));
		cJSON_Delete(top);
		command_free(&c);
	}
}

static void
test_rules(void **state)
{
	struct command c;

	(void)state;
	put_program("output kinds = counts(kind) to all\n"
	    "output none = sum(age > 50) to all\n");
	run(&c, "clear", "[policy]\ncells = 3\n");
	expect_json(&c, "kinds", "[11,null,9]");
	expect_json(&c, "none", "0");
	command_free(&c);
	run(&c, "clear", "[policy]\ncells = 3\nzeros = withhold\n");
	expect_json(&c, "none", "null");
	command_free(&c);
	/* Without its first site there are 5 of a and 5 of c; without the second 6 of a. */
	run(&c, "clear", "[policy]\ncells = 5\nwithout_any_site = yes\n");
	expect_json(&c, "kinds", "[11,null,null]");
	command_free(&c);
	run(&c, "additive", "[policy]\ncells = 6\nwithout_any_site = yes\n");
	expect_json(&c, "kinds", "[null,null,null]");
	command_free(&c);
	run(&c, "additive", "[policy]\ncells = 3\nround = 5\n");
	expect_json(&c, "kinds", "[10,null,10]");
	command_free(&c);
	put_program("output kinds = counts(kind) to all suppress below 10 round to 4\n");
	run(&c, "clear", "[policy]\ncells = 3\nround = 2\n");
	expect_json(&c, "kinds", "[12,null,null]");
	command_free(&c);
	run(&c, "clear", "[policy]\nround = 5\n");
	expect_status(&c, 5);
	command_free(&c);
}

/* A model of 2 parameters and 22 rows; a table of which a line has one small cell. */
static void
test_models(void **state)
{
	static const struct { const char *policy; bool out; } rule[] = {
		{ "[policy]\ncells = 9\nmodel_rows = 11\nmodel_df = 20\n", true },
		{ "[policy]\ncells = 9\nmodel_rows = 12\n", false },
		{ "[policy]\ncells = 9\nmodel_df = 21\n", false },
	};
	struct command c;
	cJSON *top;

	(void)state;
	put_program("output fit = linear_regression(age, columns(kind == \"c\")) to all\n"
	    "output kinds = table2(kind, age < 7) to all\n");
	for (size_t i = 0; i < sizeof rule / sizeof rule[0]; i++) {
		run(&c, i == 0 ? "replicated" : "clear", rule[i].policy);
		expect_status(&c, 0);
		const cJSON *fit = output_of(&top, c.out, "fit");
		assert_int_equal(cJSON_IsArray(cJSON_GetObjectItem(fit, "estimate")), rule[i].out);
		assert_int_equal(cJSON_IsNumber(cJSON_GetObjectItem(fit, "nobs")), rule[i].out);
		cJSON_Delete(top);
		command_free(&c);
	}
	/* a: 5 and 6, b: 2 and 0, c: 9 and 0. */
	run(&c, "clear", "[policy]\ncells = 3\n");
	expect_json(&c, "kinds", "[[5,6],[null,0],[9,0]]");
	command_free(&c);
	run(&c, "clear", "[policy]\ncells = 3\nsecondary = yes\n");
	expect_json(&c, "kinds", "[[null,null],[null,null],[9,0]]");
	command_free(&c);
}

/* What is made of a model, as the model: of two parameters and 22 rows, or of one. */
static void
test_made_of_models(void **state)
{
	static const char *const x[] = {
		"linear_regression(age, columns(kind == \"c\")).estimate",
		"2 * fit.estimate[0]",
		"concat(fit.estimate, -fit.estimate)",
		"logistic_regression(age > 7, columns(kind == \"c\")).estimate",
		"cox(age, kind == \"a\", columns(kind == \"c\", age > 9)).estimate",
		"[fit.estimate[0] * (i + 1) for i in 0..3]",
	};
	struct command c;
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
		snprintf(text, sizeof text, "let fit = linear_regression(age, columns(kind == \"c\"))\n"
		    "output x = %s to all require len(age) >= 20\n", x[i]);
		put_program(text);
		run(&c, "clear", "[policy]\ncells = 3\nmodel_rows = 12\n");
		if (c.status != 10)
			fail_msg("%s: %s%s", x[i], c.out, c.err);
		command_free(&c);
		run(&c, i == 1 ? "additive" : "clear", "[policy]\ncells = 3\nmodel_rows = 5\nmodel_df = 5\n");
		if (c.status != 0)
			fail_msg("%s: %s%s", x[i], c.out, c.err);
		command_free(&c);
	}
	/* What is revealed cannot be withheld; the rows are known. */
	put_program("let a = reveal(linear_regression(age, columns(kind == \"c\")).estimate[0])\n"
	    "output x = a to all\n");
	run(&c, "clear", "[policy]\ncells = 3\nmodel_rows = 12\n");
	expect_status(&c, 5);
	command_free(&c);
}

/* Ways to get at the two rows of kind b, or at a single one. */
static void
test_ways_around(void **state)
{
	static const struct { const char *expression, *says; } way[] = {
		/* The program's own guard does not answer for the program's conditions. */
		{ "sum(age.where(kind == \"b\")) to all require len(age) >= 20", NULL },
		{ "median(age.where(kind == \"b\")) to all require len(age) >= 20", NULL },
		{ "mean(age.where(kind == \"b\")) to all require sum(kind == \"a\") >= 5", NULL },
		{ "max(age) to all require len(age) >= 20", "least or greatest" },
		{ "quantile(age, 0) to all require len(age) >= 20", "least or greatest" },
		{ "median(age.where(kind == \"b\")) to all", NULL },
		/* Of two columns the rows that have both: 4 of them here. */
		{ "spearman(age.where(kind == \"a\"), age.where(age > 11)).estimate to all", NULL },
		{ "sd(age.where(kind == \"b\")) to all", NULL },
		{ "var(age.where(kind == \"b\")) * 2 to all", NULL },
		/* Conditions in arithmetic. */
		{ "sum(age * (kind == \"b\")) to all", NULL },
		{ "dot(age, kind == \"b\") to all", NULL },
		{ "sum(age * (1000 - 999 * (kind != \"b\"))) to all", NULL },
		{ "sum(if kind == \"b\" then age else 1) to all", NULL },
		{ "sum(age * (2 - (kind != \"b\"))) - sum(age) to all", NULL },
		{ "sum(age * max(age - 24, 0)) to all", "pick some of them out" },
		{ "sum(age * (clamp(age, 24, 26) - 24)) to all", "pick some of them out" },
		{ "sum(age * exp(-99.0 * abs((age as fixed) - 20))) to all", "pick some of them out" },
		{ "sum(age * age * (age - 1)) to all", "pick some of them out" },
		/* Weights by place. */
		{ "sum(age * concat([1], zeros(21))) to all", NULL },
		{ "dot(age, concat([1], zeros(21))) to all", NULL },
		{ "sum(age * range(22)) to all", "no column of theirs" },
		{ "dot(age, range(22)) to all", "no column of theirs" },
		/* What is missing. */
		{ "sum(meal) to all", NULL }, { "sum(coalesce(meal, 0)) to all", NULL },
		{ "sum(coalesce(meal, 0) * 2 + age) to all", NULL },
		/* Counts that look large. */
		{ "sum(kind == \"b\") + 10 to all", NULL },
		{ "sum(age > 12) - sum(age > 15) to all", NULL },
		{ "-sum(kind == \"b\") to all", NULL },
		{ "sum(concat(age > 23, age > 23, age > 23)) to all", "rows in an order" },
		/* What is revealed cannot be withheld. */
		{ "reveal(sum(age.where(kind == \"b\"))) to all", "be revealed" },
		{ "sum(reveal(age)) to all", "values of single rows" },
	};
	struct command c;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof way / sizeof way[0]; i++) {
		snprintf(text, sizeof text, "output x = %s\n", way[i].expression);
		put_program(text);
		run(&c, "clear", "[policy]\ncells = 5\n");
		if (way[i].says != NULL) {
			expect_status(&c, 5);
			expect_says(c.err, way[i].says);
		} else {
			expect_json(&c, "x", "null");
		}
		command_free(&c);
	}
}

/* The same means, as honest programs want them. */
static void
test_honest(void **state)
{
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	struct command c;

	(void)state;
	put_program("let total = reveal(sum(age))\n"
	    "output t = total to all\n"
	    "output a = sum(age * (kind == \"a\")) to all\n"
	    "output b = sum(if kind == \"a\" then age else -age) to all\n"
	    "output m = round(median(age)) to all require len(age) >= 20\n"
	    "output s = sum(age.where(site_of(age) == 0)) to all\n"
	    "output k = median(age.where(kind == \"a\")) as int to all require len(age) >= 20\n"
	    "output w = kaplan_meier(age // 2, age > 12, [3, 6]).estimate[0] > 0.5 to all\n"
	    "require len(age) >= 20\n"
	    "output l = mean(log(age + 1)) > 2 to all require len(age) >= 20\n"
	    "output c = mann_whitney(concat(age, age), concat(age > 12, age > 12)).statistic > 0 to all\n"
	    "require len(age) >= 20\n"
	    "output o = age - round(mean(age)) to each site\n"
	    "output d = mean(age.where(kind == \"a\")) - mean(age.where(kind == \"c\")) to all\n"
	    "output r = correlation(age, age * 2 + 1) to all\n"
	    "output h = histogram(age, 0, 30, 3) to all\n");
	for (int i = 0; i < 3; i++) {
		run(&c, protocol[i], "[policy]\ncells = 5\n");
		expect_status(&c, 0);
		expect_json(&c, "t", "271");
		expect_json(&c, "a", "86");
		expect_json(&c, "b", "-99");
		expect_json(&c, "m", "12");
		expect_json(&c, "s", "55");
		expect_json(&c, "h", "[10,7,5]");
		command_free(&c);
	}
}

/* What is refused, guarded or not. */
static void
test_refused(void **state)
{
	static const struct { const char *outputs, *policy, *says; } wrong[] = {
		{ "output x = min(age) to all\n", "cells = 3", "least or greatest" },
		{ "output x = age to all\n", "cells = 3", "a value for each row" },
		{ "output x = sort(age)[3] to all\n", "cells = 3", "rows in an order" },
		/* Only a guard answers for loops of the program. */
		{ "var w : fixed in -8..8\nfor i in 0..3 {\n\tw = w - sum(w * age - 1) / 9999\n}\n"
		    "output x = w to all\n", "cells = 10", "what a loop makes" },
		{ "var w : fixed in -8..8\nfor i in 0..3 {\n\tw = w - sum(w * age - 1) / 9999\n}\n"
		    "output x = w to all require all(counts(kind) >= 2)\n", "cells = 3",
		    "what a loop makes" },
		{ "output x = age[3] to all\n", "cells = 3", "single ones" },
		/* A guard does not answer for single rows, in whatever order they come. */
		{ "output x = sort(age) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = sort(age)[3] to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = max(sort(age)) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = age[3] + 1 to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = reverse(age) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = argsort(age) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = sum(sort(age)[2..4]) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = sum(sort(age)[2..4] > 5) to all require count(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = cumsum(concat(age, age)) to all withhold where sum(kind == \"a\") < 10\n",
		    "cells = 3", "the policy does not let" },
		{ "output x = sum(reshape(concat(age, age), 22, 2), axis = 1) to all\n"
		    "require count(age) >= 10\n", "cells = 3", "the policy does not let" },
		{ "output x = min(sort(age)) to all require count(age) >= 10\n",
		    "cells = 3\nextremes = yes", "the policy does not let" },
		{ "var s : int in 0..99 [22]\nvar t : int in 0..99\nfor i in 0..22 {\n\ts[i] = t\n"
		    "\tt = age[i]\n}\noutput x = s to all require len(age) >= 10\n", "cells = 3",
		    "the policy does not let" },
		{ "output x = len(age) to all\n", "sites = 4", "at least 4 sites" },
		{ "output x = len(age) to all\n", "rows = 23", "at least 23 rows" },
	};
	struct command c;
	char policy[128];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		put_program(wrong[i].outputs);
		snprintf(policy, sizeof policy, "[policy]\n%s\n", wrong[i].policy);
		run(&c, "clear", policy);
		expect_status(&c, 5);
		expect_says(c.err, wrong[i].says);
		assert_string_equal(c.out, "");
		command_free(&c);
	}
}

/* What goes out, by itself or with a guard of the program. */
static void
test_let_out(void **state)
{
	static const struct { const char *outputs, *policy; } right[] = {
		{ "output x = min(age) to all\n", "extremes = yes" },
		{ "output x = age to all\n", "single_rows = yes" },
		{ "output x = median(age) to all\n", "cells = 10" },
		{ "output x = quantile(age, [0.1, 0.9]) to all\n", "cells = 10" },
		{ "output x = proportions(table2(age < 12, age < 16)) to all\n", "cells = 3" },
		{ "output x = cox(age, age > 5, columns(age // 8)) to all\n",
		    "cells = 5\nwithout_any_site = yes" },
		{ "output x = spearman(age.where(kind == \"a\"), age.where(age > 10)).estimate to all\n",
		    "cells = 5" },
		{ "output x = median(age) to all require count(age) >= 10\n", "cells = 10" },
		{ "output x = median(age) to all withhold where sum(kind == \"a\") < 10\n", "cells = 10" },
		{ "output x = sort(age)[3] to all require count(age) >= 10\n",
		    "cells = 10\nsingle_rows = yes" },
		{ "output x = unique_count(age) to all require count(age) >= 10\n", "cells = 10" },
		{ "output x = mann_whitney(age, kind == \"a\") to all require count(age) >= 10\n",
		    "cells = 10" },
		{ "output x = median_survival(age, kind == \"a\") to all\n"
		    "require count(age) >= 10\n", "cells = 5" },
		{ "var w : fixed in -8..8\nfor i in 0..3 {\n\tw = w - sum(w * age - 1) / 9999\n}\n"
		    "output x = w to all require len(age) >= 20\n", "cells = 10" },
		{ "output x = len(age) to all\n", "rows = 22\nsites = 3" },
	};
	struct command c;
	char policy[128];

	(void)state;
	for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
		put_program(right[i].outputs);
		snprintf(policy, sizeof policy, "[policy]\n%s\n", right[i].policy);
		run(&c, "clear", policy);
		expect_status(&c, 0);
		command_free(&c);
	}
}

/* The strictest of several, on the sheet and in the hash of the study. */
static void
test_several(void **state)
{
	struct command with, other, without;

	(void)state;
	put_program("output kinds = counts(kind) to all\n");
	put_file("one.ini", "[policy]\ncells = 12   # twelve\nround = 4; four\nextremes = yes\n");
	put_file("two.ini", "[policy]\ncells = 5\nrows = 30\nround = 6\nzeros = withhold\n");
	RUN(&with, "check", "p.ksl", "--policy", "one.ini", "--policy", "two.ini", "--json");
	RUN(&other, "check", "p.ksl", "--policy", "two.ini", "--policy", "one.ini", "--json");
	RUN(&without, "check", "p.ksl", "--json");
	expect_status(&with, 0);
	assert_string_equal(with.out, other.out);
	expect_says(with.out, "\"cells\":\t12");
	expect_says(with.out, "\"rows\":\t30");
	expect_says(with.out, "\"round\":\t12");
	expect_says(with.out, "\"extremes\":\tfalse");
	expect_says(with.out, "\"zeros\":\t\"withhold\"");
	expect_says(without.out, "\"policy\":\tnull");
	assert_true(strcmp(strstr(with.out, "\"hash\"") + 8, strstr(without.out, "\"hash\"") + 8) != 0);
	command_free(&with);
	command_free(&other);
	command_free(&without);
	RUN(&with, "check", "p.ksl", "--policy", "one.ini");
	expect_says(with.out, "Counts from 1 to 11");
	expect_says(with.out, "multiple of 4");
	assert_null(strstr(with.out, "A p value tells"));
	command_free(&with);
	put_program("output test = welch(age, kind == \"c\") to all\n");
	RUN(&with, "check", "p.ksl");
	expect_says(with.out, "A p value tells the statistic");
	command_free(&with);
}

/* A site whose own policy is stricter than the session's does not take part. */
static void
test_session(void **state)
{
	static const char names[3] = { 'a', 'b', 'c' };
	char session[4096], line[512], name[24];
	struct command c;
	size_t at;

	(void)state;
	put_program("output kinds = counts(kind) to all\n");
	put_file("policy.ini", "[policy]\ncells = 10\n");
	at = (size_t)snprintf(session, sizeof session,
	    "[study]\nname = s\nprogram = p.ksl\npolicy = policy.ini\n");
	for (int i = 0; i < 3; i++) {
		char *pub;
		snprintf(name, sizeof name, "%c", names[i]);
		RUN(&c, "keygen", name);
		expect_status(&c, 0);
		command_free(&c);
		snprintf(name, sizeof name, "%c.pub", names[i]);
		pub = get_file(name);
		char *text = strstr(pub, "kpub1.");
		assert_non_null(text);
		text[strcspn(text, "\n")] = '\0';
		snprintf(line, sizeof line, "[party %c]\nis = site\nkey = %s\nendpoint = ipc://%s/%c.s\n",
		    names[i], text, work, names[i]);
		at += (size_t)snprintf(session + at, sizeof session - at, "%s", line);
		free(pub);
	}
	put_file("s.ini", session);
	put_file("own.ini", "[policy]\ncells = 11\n");
	RUN(&c, "join", "s.ini", "--as", "a", "--key", "a.key", "--input", "s0.csv", "--policy",
	    "own.ini");
	expect_status(&c, 5);
	expect_says(c.err, "stricter than the session's: \"cells\"");
	command_free(&c);
	/* As strict as its own: it goes on, and waits for the others. */
	put_file("own.ini", "[policy]\ncells = 10\n");
	RUN(&c, "join", "s.ini", "--as", "a", "--key", "a.key", "--input", "s0.csv", "--policy",
	    "own.ini", "--timeout", "300ms");
	expect_status(&c, 8);
	command_free(&c);
	struct command all[3];
	for (int i = 0; i < 3; i++) {
		char key[16], as[16], in[24];
		snprintf(key, sizeof key, "%c.key", names[i]);
		snprintf(as, sizeof as, "%c", names[i]);
		snprintf(in, sizeof in, "s%d.csv", i);
		START(&all[i], "join", "s.ini", "--as", as, "--key", key, "--input", in, "--json");
	}
	for (int i = 0; i < 3; i++) {
		command_end(&all[i]);
		expect_status(&all[i], 0);
		expect_json(&all[i], "kinds", "[11,null,null]");
		command_free(&all[i]);
	}
}

/* What noise spends in all, whoever learns it; nothing that is not counted. */
static void
test_budgets(void **state)
{
	static const char two[] =
	    "output a = sum(kind == \"a\") to all noise laplace(epsilon = 0.5)\n"
	    "output b = counts(kind) to site[0] noise laplace(epsilon = 3/4)\n"
	    "output c = sum(age) to all noise gaussian(rho = 0.125)\n";
	static const char said[] =
	    "output a = sum(age) to all noise laplace(epsilon = 1/99, sensitivity = 1)\n";
	static const char drawn[] = "use dp\noutput a = laplace(sum(kind == \"a\"), 0.1) to all\n";
	static const struct { const char *outputs, *policy, *says; } row[] = {
		{ two, "epsilon = 1.25\nrho = 0.125", NULL },
		{ two, "epsilon = 2", NULL },
		{ two, "epsilon = 1.249999", "spend epsilon 1.249999 in all, and with this output it "
		    "spends 1.25" },
		{ two, "rho = 0.12", "spend rho 0.12 in all, and with this output it spends 0.125" },
		{ two, "epsilon = 0", "spend epsilon 0 in all" },
		/* One row changes the sum by 99. */
		{ said, "epsilon = 1", NULL },
		{ said, "epsilon = 0.9", "spends 1" },
		{ "output a = sum(age * age) to all noise laplace(epsilon = 1/99, sensitivity = 1)\n"
		    "require len(age) >= 20\n", "epsilon = none", NULL },
		{ drawn, "epsilon = 1", "is not counted" },
		{ drawn, "rho = none", NULL },
	};
	struct command c;
	char policy[128];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
		put_program(row[i].outputs);
		snprintf(policy, sizeof policy, "[policy]\ncells = 3\n%s\n", row[i].policy);
		run(&c, "clear", policy);
		expect_status(&c, row[i].says == NULL ? 0 : 5);
		if (row[i].says != NULL)
			expect_says(c.err, row[i].says);
		command_free(&c);
	}
	put_program(two);
	put_file("one.ini", "[policy]\nepsilon = 2.5\nrho = none\n");
	put_file("two.ini", "[policy]\nepsilon = none\nrho = 0.5\n");
	RUN(&c, "check", "p.ksl", "--policy", "one.ini", "--policy", "two.ini", "--json");
	expect_status(&c, 0);
	expect_says(c.out, "\"epsilon\":\t2.5");
	expect_says(c.out, "\"rho\":\t0.5");
	command_free(&c);
}

/* Of 22 rows 17 are in the last six bins, and 10 of 15 in 0..15. */
static void
test_bins(void **state)
{
	static const struct { const char *x, *rule, *want; } row[] = {
		{ "histogram(age, 0, 30, 3) to all", "bins = 7", "[10,7,5]" },
		{ "histogram(age, 0, 30, 3) to all", "bins = 8", NULL },
		{ "histogram(age.where(kind == \"c\"), 0, 30, 3) to all", "bins = 3", "[4,0,5]" },
		{ "histogram(age.where(kind == \"c\"), 0, 30, 3) to all", "bins = 4", "null" },
		{ "[3 * histogram(age.where(kind == k), 0, 30, 3) for k in levels(kind)] to all",
		    "bins = 3", "null" },
		/* One of many rows does not help another. */
		{ "concat(histogram(age, 0, 30, 1), histogram(age.where(kind == \"c\"), 0, 30, 3)) to all",
		    "bins = 4", "null" },
		{ "[sum(age > 5), sum(age > 10), sum(age > 15)] to all", "bins = 5", "[17,12,7]" },
		{ "[sum(age > 5), sum(age > 10), sum(age > 15)] to all", "bins = 6", "null" },
		{ "table2(kind, age > 10) to all", "bins = 3", "[[6,5],[0,null],[4,5]]" },
		{ "table2(kind, age > 10) to all", "bins = 4", "null" },
		{ "counts(kind) to all", "bins = 100", "[11,null,9]" },
		{ "sum(age > 5) to all", "bins = 100", "17" },
		{ "histogram(age, 0, 30, 3) / len(age) to all", "bins = 8", NULL },
	};
	static const char *const protocol[] = { "clear", "additive", "replicated" };
	struct command c;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (int k = 0; k < (i == 3 ? 3 : 1); k++) {
			snprintf(text, sizeof text, "output x = %s\n", row[i].x);
			put_program(text);
			snprintf(text, sizeof text, "[policy]\ncells = 3\n%s\n", row[i].rule);
			run(&c, protocol[k], text);
			if (row[i].want == NULL) {
				expect_status(&c, 5);
				expect_says(c.err, "8 rows");
			} else {
				expect_json(&c, "x", row[i].want);
				if (strcmp(row[i].want, "null") == 0)
					expect_says(c.out, "\"rule\":\t\"bins\"");
			}
			command_free(&c);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells), cmocka_unit_test(test_rules),
		cmocka_unit_test(test_models), cmocka_unit_test(test_made_of_models),
		cmocka_unit_test(test_ways_around),
		cmocka_unit_test(test_honest), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_let_out),
		cmocka_unit_test(test_several), cmocka_unit_test(test_session),
		cmocka_unit_test(test_budgets), cmocka_unit_test(test_bins),
	};

	return cmocka_run_group_tests(tests, work_make, work_remove);
}
