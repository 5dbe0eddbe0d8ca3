/* policy_file.c: see policy_file.h */
#include "policy_file.h"

#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd.h"
#include "cmd_units.h"
#include "text.h"

enum { POLICY_FILE_MAX = 1 << 16, NUMBER_MOST = 1000000000, VALUE_BYTES = 64 };

struct reader {
	struct policy *p;
	struct fault *f;
	unsigned seen;                  /* a bit for each rule */
};

enum rule_kind { RULE_NUMBER, RULE_NUMBER64, RULE_ROUND, RULE_SWITCH, RULE_BUDGET };

static const struct rule_row {
	const char *name;
	enum rule_kind kind;
	size_t at;
	uint64_t least, most;
	const char *yes, *no;
} rules[] = {
	{ "sites", RULE_NUMBER, offsetof(struct policy, sites), 2, NUMBER_MOST, "", "" },
	{ "rows", RULE_NUMBER64, offsetof(struct policy, rows), 1, NUMBER_MOST, "", "" },
	{ "cells", RULE_NUMBER, offsetof(struct policy, cells), POLICY_CELLS_LEAST,
	    POLICY_CELLS_MOST, "", "" },
	{ "zeros", RULE_SWITCH, offsetof(struct policy, zeros), 0, 0, "withhold", "show" },
	{ "round", RULE_ROUND, offsetof(struct policy, round), 2, POLICY_CELLS_MOST, "", "" },
	{ "without_any_site", RULE_SWITCH, offsetof(struct policy, without_any_site), 0, 0, "yes",
	    "no" },
	{ "secondary", RULE_SWITCH, offsetof(struct policy, secondary), 0, 0, "yes", "no" },
	{ "model_rows", RULE_NUMBER, offsetof(struct policy, model_rows), 0, NUMBER_MOST, "", "" },
	{ "model_df", RULE_NUMBER, offsetof(struct policy, model_df), 0, NUMBER_MOST, "", "" },
	{ "extremes", RULE_SWITCH, offsetof(struct policy, extremes), 0, 0, "yes", "no" },
	{ "single_rows", RULE_SWITCH, offsetof(struct policy, single_rows), 0, 0, "yes", "no" },
	{ "epsilon", RULE_BUDGET, offsetof(struct policy, epsilon), 0, NUMBER_MOST, "", "" },
	{ "rho", RULE_BUDGET, offsetof(struct policy, rho), 0, NUMBER_MOST, "", "" },
};

enum { N_RULES = sizeof rules / sizeof rules[0] };

static bool
no_rule(struct reader *r, const char *name)
{
	const char *names[N_RULES];

	for (size_t i = 0; i < N_RULES; i++)
		names[i] = rules[i].name;
	(void)fault_set(r->f, ST_USAGE, "there is no rule \"%s\"", name);
	const char *near = closest_name(name, names, N_RULES);
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
		r->p->round = 0;
	else if (!units_count(&n, value) || n < row->least || n > row->most) {
		(void)fault_set(r->f, ST_USAGE, "%s is a number from %llu to %llu%s, not \"%s\"",
		    row->name, (unsigned long long)row->least, (unsigned long long)row->most,
		    row->kind == RULE_ROUND ? ", or none" : "", value);
		return false;
	} else if (row->kind == RULE_NUMBER64)
		r->p->rows = n;
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
	uint64_t *n = (uint64_t *)(void *)((char *)r->p + row->at);

	if (strcmp(value, "none") == 0) {
		*n = POLICY_ANY_BUDGET;
		return true;
	}
	if (read_budget(n, value))
		return true;
	(void)fault_set(r->f, ST_USAGE, "%s is a number from 0 to %llu with at most six decimals, or "
	    "none, not \"%s\"", row->name, (unsigned long long)row->most, value);
	return false;
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

/* 1: go on (inih). */
static int
on_rule(void *arg, const char *section, const char *name, const char *text)
{
	struct reader *r = arg;
	char value[VALUE_BYTES];
	size_t i = 0;

	without_comment(value, text);
	if (r->f->st != ST_OK)
		return 0;
	if (strcmp(section, "policy") != 0) {
		(void)fault_set(r->f, ST_USAGE, "a policy has one section, [policy]");
		return 0;
	}
	while (i < N_RULES && strcmp(rules[i].name, name) != 0)
		i++;
	if (i == N_RULES)
		return no_rule(r, name);
	if ((r->seen >> i & 1) != 0) {
		(void)fault_set(r->f, ST_USAGE, "\"%s\" is given twice", name);
		return 0;
	}
	r->seen |= 1U << i;
	if (rules[i].kind == RULE_BUDGET)
		return take_budget(r, &rules[i], value);
	return rules[i].kind == RULE_SWITCH ? take_switch(r, &rules[i], value)
	    : take_number(r, &rules[i], value);
}

enum status
policy_read(struct policy *out, const char *path, struct fault *f)
{
	struct reader r = { .p = out, .f = f };
	char *text = NULL;
	size_t len;
	enum status st;
	int bad;

	*out = policy_default();
	TRY(cmd_read(&text, &len, path, POLICY_FILE_MAX, f));
	if (strlen(text) != len) {
		st = fault_set(f, ST_USAGE, "a policy is text, and this has zero bytes");
		goto out;
	}
	bad = ini_parse_string(text, on_rule, &r);
	st = f->st;
	if (bad != 0 && st == ST_OK)
		st = fault_set(f, ST_USAGE, "this line is no rule: `cells = 10`");
	else if (st == ST_OK && r.seen == 0)
		st = fault_set(f, ST_USAGE, "this policy says nothing: [policy] and its rules are missing");
	if (st != ST_OK)
		fault_at(f, path, bad > 0 ? bad : 0, 0);
out:
	mem_free(text);
	return st;
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
	for (size_t i = 0; i < N_RULES; i++) {
		const char *at = (const char *)p + rules[i].at;
		text_add(t, "%s = ", rules[i].name);
		if (rules[i].kind == RULE_SWITCH)
			text_add(t, "%s", *(const bool *)(const void *)at ? rules[i].yes : rules[i].no);
		else if (rules[i].kind == RULE_BUDGET)
			write_budget(t, *(const uint64_t *)(const void *)at);
		else if (rules[i].kind == RULE_ROUND && p->round == 0)
			text_add(t, "none");
		else if (rules[i].kind == RULE_NUMBER64)
			text_add(t, "%llu", (unsigned long long)p->rows);
		else
			text_add(t, "%u", *(const uint32_t *)(const void *)at);
		text_add(t, "\n");
	}
}
