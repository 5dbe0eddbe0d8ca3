/* policy_file.c: see policy_file.h */
#include "policy_file.h"

#include <ini.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd.h"
#include "cmd_units.h"
#include "text.h"

enum { POLICY_FILE_MAX = 1 << 16, NUMBER_MOST = 1000000000, VALUE_BYTES = 64 };

struct reader {
	struct policy_file *p;
	struct fault *f;
	unsigned seen;                  /* a bit for each rule */
	bool seen_policy;
};

enum rule_kind { RULE_NUMBER, RULE_NUMBER64, RULE_ROUND, RULE_SWITCH, RULE_CERTAINTY, RULE_BUDGET,
	RULE_SHARE, RULE_AMOUNT, RULE_TEXT };
enum section { SECTION_POLICY, SECTION_LEDGER };

static const char *const section_name[] = { "policy", "ledger" };

#define POLICY(m) offsetof(struct policy_file, policy.m)
#define LEDGER(m) offsetof(struct policy_file, ledger.m)

static const struct rule_row {
	const char *name;
	enum rule_kind kind;
	size_t at;
	uint64_t least, most;
	const char *yes, *no;
} rules[] = {
	{ "sites", RULE_NUMBER, POLICY(sites), 2, NUMBER_MOST, "", "" },
	{ "rows", RULE_NUMBER64, POLICY(rows), 1, NUMBER_MOST, "", "" },
	{ "cells", RULE_NUMBER, POLICY(cells), POLICY_CELLS_LEAST,
	    POLICY_CELLS_MOST, "", "" },
	{ "zeros", RULE_SWITCH, POLICY(zeros), 0, 0, "withhold", "show" },
	{ "round", RULE_ROUND, POLICY(round), 2, POLICY_CELLS_MOST, "", "" },
	{ "without_any_site", RULE_SWITCH, POLICY(without_any_site), 0, 0, "yes",
	    "no" },
	{ "secondary", RULE_SWITCH, POLICY(secondary), 0, 0, "yes", "no" },
	{ "model_rows", RULE_NUMBER, POLICY(model_rows), 0, NUMBER_MOST, "", "" },
	{ "model_df", RULE_NUMBER, POLICY(model_df), 0, NUMBER_MOST, "", "" },
	{ "extremes", RULE_SWITCH, POLICY(extremes), 0, 0, "yes", "no" },
	{ "single_rows", RULE_SWITCH, POLICY(single_rows), 0, 0, "yes", "no" },
	{ "dominance", RULE_SHARE, POLICY(dominance), 1, 100, "", "" },
	{ "p_ratio", RULE_SHARE, POLICY(p_ratio), 1, 100, "", "" },
	{ "bins", RULE_ROUND, POLICY(bins), 1, POLICY_CELLS_MOST, "", "" },
	{ "certain", RULE_CERTAINTY, POLICY(certain), 0, 0, "", "" },
	{ "epsilon", RULE_BUDGET, POLICY(epsilon), 0, NUMBER_MOST, "", "" },
	{ "rho", RULE_BUDGET, POLICY(rho), 0, NUMBER_MOST, "", "" },
	{ "cohort", RULE_NUMBER, LEDGER(cohort), 1, NUMBER_MOST, "", "" },
	{ "runs", RULE_NUMBER, LEDGER(runs), 1, NUMBER_MOST, "", "" },
	{ "epsilon", RULE_AMOUNT, LEDGER(epsilon), 0, NUMBER_MOST, "", "" },
	{ "rho", RULE_AMOUNT, LEDGER(rho), 0, NUMBER_MOST, "", "" },
	{ "exact", RULE_SWITCH, LEDGER(exact), 0, 0, "yes", "no" },
	{ "key", RULE_TEXT, LEDGER(key), 0, 0, "", "" },
};

enum { N_RULES = sizeof rules / sizeof rules[0] };

static enum section
section_of(const struct rule_row *row)
{
	return row->at < offsetof(struct policy_file, ledger) ? SECTION_POLICY : SECTION_LEDGER;
}

static bool
no_rule(struct reader *r, enum section section, const char *name)
{
	const char *names[N_RULES + 1];
	unsigned n = 0;

	if (section == SECTION_POLICY)
		names[n++] = "rules";
	for (size_t i = 0; i < N_RULES; i++)
		if (section_of(&rules[i]) == section)
			names[n++] = rules[i].name;
	(void)fault_set(r->f, ST_USAGE, "there is no rule \"%s\" in [%s]", name, section_name[section]);
	const char *near = closest_name(name, names, n);
	if (near != NULL)
		fault_help(r->f, "did you mean \"%s\"?", near);
	return false;
}

static bool
take_switch(struct reader *r, const struct rule_row *row, const char *value)
{
	bool *d = (bool *)(void *)((char *)r->p + row->at);

	*d = strcmp(value, row->yes) == 0;
	if (*d || strcmp(value, row->no) == 0)
		return true;
	(void)fault_set(r->f, ST_USAGE, "%s is \"%s\" or \"%s\", not \"%s\"", row->name, row->no,
	    row->yes, value);
	return false;
}

static bool
take_number(struct reader *r, const struct rule_row *row, const char *value)
{
	uint64_t n = 0;

	if (row->kind == RULE_ROUND && strcmp(value, "none") == 0)
		*(uint32_t *)(void *)((char *)r->p + row->at) = 0;
	else if (!units_count(&n, value) || n < row->least || n > row->most) {
		(void)fault_set(r->f, ST_USAGE, "%s is a number from %llu to %llu%s, not \"%s\"",
		    row->name, (unsigned long long)row->least, (unsigned long long)row->most,
		    row->kind == RULE_ROUND ? ", or none" : "", value);
		return false;
	} else if (row->kind == RULE_NUMBER64)
		r->p->policy.rows = n;
	else
		*(uint32_t *)(void *)((char *)r->p + row->at) = (uint32_t)n;
	return true;
}

/* "1.25" in millionths: exact, so that no budget is larger than it was written. */
static bool
read_budget(uint64_t *n, const char *value)
{
	uint64_t unit = POLICY_BUDGET_UNIT, whole = 0;
	const char *p = value;

	for (; *p >= '0' && *p <= '9' && whole <= NUMBER_MOST; p++)
		whole = 10 * whole + (uint64_t)(*p - '0');
	if (p == value || whole > NUMBER_MOST)
		return false;
	*n = whole * unit;
	if (*p == '.' && p[1] != '\0')
		for (p++; *p >= '0' && *p <= '9' && unit > 1; p++) {
			unit /= 10;
			*n += (uint64_t)(*p - '0') * unit;
		}
	return *p == '\0';
}

static bool
take_budget(struct reader *r, const struct rule_row *row, const char *value)
{
	void *at = (char *)r->p + row->at;
	uint64_t n = POLICY_ANY_BUDGET;

	if (strcmp(value, "none") != 0 && !read_budget(&n, value)) {
		(void)fault_set(r->f, ST_USAGE, "%s is a number from 0 to %llu with at most six decimals, "
		    "or none, not \"%s\"", row->name, (unsigned long long)row->most, value);
		return false;
	}
	if (row->kind == RULE_BUDGET) {
		*(uint64_t *)at = n;
		return true;
	}
	*(double *)at = n == POLICY_ANY_BUDGET ? INFINITY : (double)n / POLICY_BUDGET_UNIT;
	r->p->ledger.noise = true;
	return true;
}

static bool
take_text(struct reader *r, const struct rule_row *row, const char *value)
{
	char *d = (char *)r->p + row->at;

	if (value[0] != '\0' && strlen(value) < VALUE_BYTES - 1) {
		(void)snprintf(d, LEDGER_COLUMN_MAX, "%s", value);
		return true;
	}
	(void)fault_set(r->f, ST_USAGE, "%s is the name of a column, of at most %d bytes", row->name,
	    VALUE_BYTES - 2);
	return false;
}

static bool
take_certain(struct reader *r, const char *value)
{
	for (unsigned i = 0; i < N_POLICY_CERTAIN; i++)
		if (strcmp(value, policy_certain_word(i)) == 0) {
			r->p->policy.certain = i;
			return true;
		}
	(void)fault_set(r->f, ST_USAGE, "certain is \"flag\", \"withhold\" or \"no\", not \"%s\"", value);
	return false;
}

/* "90%" */
static bool
take_share(struct reader *r, const struct rule_row *row, const char *value)
{
	uint32_t *d = (uint32_t *)(void *)((char *)r->p + row->at);
	char number[VALUE_BYTES];
	size_t len = strlen(value);
	uint64_t n = 0;

	*d = 0;
	if (strcmp(value, "none") == 0)
		return true;
	(void)snprintf(number, sizeof number, "%.*s",
	    (int)(len > 0 && value[len - 1] == '%' ? len - 1 : len), value);
	if (units_count(&n, number) && n >= row->least && n <= row->most) {
		*d = (uint32_t)n;
		return true;
	}
	(void)fault_set(r->f, ST_USAGE, "%s is a number from %llu%% to %llu%%, or none, not \"%s\"",
	    row->name, (unsigned long long)row->least, (unsigned long long)row->most, value);
	return false;
}

static bool
take_rule(struct reader *r, const struct rule_row *row, const char *value)
{
	switch (row->kind) {
	case RULE_SWITCH:
		return take_switch(r, row, value);
	case RULE_BUDGET: case RULE_AMOUNT:
		return take_budget(r, row, value);
	case RULE_SHARE:
		return take_share(r, row, value);
	case RULE_CERTAINTY:
		return take_certain(r, value);
	case RULE_TEXT:
		return take_text(r, row, value);
	case RULE_NUMBER: case RULE_NUMBER64: case RULE_ROUND:
		break;
	}
	return take_number(r, row, value);
}

/* Up to a comment, which may follow a value: inih knows ` ;` only. */
static void
without_comment(char out[VALUE_BYTES], const char *value)
{
	size_t len = strcspn(value, "#;");

	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	(void)snprintf(out, VALUE_BYTES, "%.*s", (int)(len < VALUE_BYTES ? len : VALUE_BYTES - 1), value);
}

/* `rules = standard` stands for many rules; what follows changes single ones. */
static bool
take_preset(struct reader *r, const char *value)
{
	if (strcmp(value, "standard") != 0)
		(void)fault_set(r->f, ST_USAGE, "rules is \"standard\", not \"%s\"", value);
	else if (r->seen_policy)
		(void)fault_set(r->f, ST_USAGE, "\"rules\" is the first key of [policy], since it stands "
		    "for rules that those behind it change");
	else
		r->p->policy = policy_standard();
	r->seen_policy = true;
	return r->f->st == ST_OK;
}

/* 1: go on (inih). */
static int
on_rule(void *arg, const char *section, const char *name, const char *text)
{
	struct reader *r = arg;
	const enum section in = strcmp(section, section_name[SECTION_LEDGER]) == 0 ? SECTION_LEDGER :
	    SECTION_POLICY;
	char value[VALUE_BYTES];
	size_t i = 0;

	without_comment(value, text);
	if (r->f->st != ST_OK)
		return 0;
	if (strcmp(section, section_name[in]) != 0) {
		(void)fault_set(r->f, ST_USAGE, "a policy has the sections [policy] and [ledger]");
		return 0;
	}
	if (in == SECTION_POLICY && strcmp(name, "rules") == 0)
		return take_preset(r, value);
	while (i < N_RULES && (section_of(&rules[i]) != in || strcmp(rules[i].name, name) != 0))
		i++;
	if (i == N_RULES)
		return no_rule(r, in, name);
	if ((r->seen >> i & 1) != 0) {
		(void)fault_set(r->f, ST_USAGE, "\"%s\" is given twice", name);
		return 0;
	}
	r->seen |= 1U << i;
	r->seen_policy = r->seen_policy || in == SECTION_POLICY;
	r->p->ledger.given = r->p->ledger.given || in == SECTION_LEDGER;
	return take_rule(r, &rules[i], value);
}

enum status
policy_read(struct policy_file *out, const char *path, struct fault *f)
{
	struct reader r = { .p = out, .f = f };
	char *text = NULL;
	size_t len;
	enum status st;
	int bad;

	*out = (struct policy_file){ .policy = policy_default() };
	TRY(cmd_read(&text, &len, path, POLICY_FILE_MAX, f));
	if (strlen(text) != len) {
		st = fault_set(f, ST_USAGE, "a policy is text, and this has zero bytes");
		goto out;
	}
	bad = ini_parse_string(text, on_rule, &r);
	st = f->st;
	if (bad != 0 && st == ST_OK)
		st = fault_set(f, ST_USAGE, "this line is no rule: `cells = 10`");
	else if (st == ST_OK && !r.seen_policy && !out->ledger.given)
		st = fault_set(f, ST_USAGE, "this policy says nothing: [policy] and its rules are missing");
	out->has_policy = r.seen_policy;
	if (st != ST_OK)
		fault_at(f, path, bad > 0 ? bad : 0, 0);
out:
	mem_free(text);
	return st;
}

static void
write_share(struct text *t, uint32_t n)
{
	if (n == 0)
		text_add(t, "none");
	else
		text_add(t, "%u%%", n);
}

static void
write_budget(struct text *t, uint64_t n)
{
	if (n == POLICY_ANY_BUDGET)
		text_add(t, "none");
	else
		text_add(t, "%llu.%06llu", (unsigned long long)(n / POLICY_BUDGET_UNIT),
		    (unsigned long long)(n % POLICY_BUDGET_UNIT));
}

void
policy_write(struct text *t, const struct policy *p)
{
	for (size_t i = 0; i < N_RULES && section_of(&rules[i]) == SECTION_POLICY; i++) {
		const char *at = (const char *)p + (rules[i].at - offsetof(struct policy_file, policy));
		text_add(t, "%s = ", rules[i].name);
		if (rules[i].kind == RULE_SWITCH)
			text_add(t, "%s", *(const bool *)(const void *)at ? rules[i].yes : rules[i].no);
		else if (rules[i].kind == RULE_BUDGET)
			write_budget(t, *(const uint64_t *)(const void *)at);
		else if (rules[i].kind == RULE_CERTAINTY)
			text_add(t, "%s", policy_certain_word(p->certain));
		else if (rules[i].kind == RULE_SHARE)
			write_share(t, *(const uint32_t *)(const void *)at);
		else if (rules[i].kind == RULE_ROUND && *(const uint32_t *)(const void *)at == 0)
			text_add(t, "none");
		else if (rules[i].kind == RULE_NUMBER64)
			text_add(t, "%llu", (unsigned long long)p->rows);
		else
			text_add(t, "%u", *(const uint32_t *)(const void *)at);
		text_add(t, "\n");
	}
}
