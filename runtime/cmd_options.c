/* cmd_options.c: the options that subcommands share, and what a wrong one is answered.
 *
 * argp parses and prints the help pages.  It would also print errors of its own and exit, so
 * unknown and incomplete options are found before argp sees them, and get a suggestion.
 * See cmd.h. */
#include "cmd.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd_units.h"
#include "policy_file.h"

enum { N_OPTION_MAX = 64, DEFINE_FILE_MAX = 256 << 20 };

enum {
	KEY_PROTOCOL = 0x100, KEY_COMPUTE, KEY_NETWORK, KEY_NO_LOCAL, KEY_UNCHECKED,
	KEY_INPUT, KEY_SPLIT, KEY_ROWS, KEY_JSON, KEY_HELP, KEY_POLICY,
};

static error_t PRINTF_LIKE(2, 3)
refuse(struct options *o, const char *fmt, ...)
{
	char message[FAULT_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	(void)fault_set(&o->fault, ST_USAGE, "%s", message);
	return EINVAL;
}

/* PARTY=TEXT or PARTY[member]=TEXT */
static error_t
place_add(struct options *o, struct place_args *list, const char *option, const char *arg)
{
	const char *eq = strchr(arg, '=');
	const char *bracket = memchr(arg, '[', eq == NULL ? 0 : (size_t)(eq - arg));
	struct place_arg one = { .member = -1 }, *more;
	char number[24];
	uint64_t member;

	if (eq == NULL || eq == arg || eq[1] == '\0')
		return refuse(o, "%s wants PARTY=..., not \"%s\"", option, arg);
	if (bracket != NULL) {
		size_t len = (size_t)(eq - bracket);
		if (len < 3 || len > sizeof number || eq[-1] != ']')
			return refuse(o, "\"%s\" is no party; a member is written site[0]", arg);
		(void)snprintf(number, sizeof number, "%.*s", (int)(len - 2), bracket + 1);
		if (!units_count(&member, number) || member >= N_ARG_MAX)
			return refuse(
			    o, "\"%s\" is no member's number; the first is site[0]", number);
		one.member = (int64_t)member;
	}
	if (list->n == N_ARG_MAX)
		return refuse(o, "%s repeats more than %d times", option, (int)N_ARG_MAX);
	more = mem_realloc(list->arg, (list->n + 1) * sizeof *more);
	one.party = mem_strdup(arg);
	one.text = mem_strdup(eq + 1);
	if (more != NULL)
		list->arg = more;
	if (more == NULL || one.party == NULL || one.text == NULL) {
		mem_free(one.party);
		mem_free(one.text);
		return refuse(o, "out of memory");
	}
	one.party[(bracket != NULL ? bracket : eq) - arg] = '\0';
	list->arg[list->n++] = one;
	return 0;
}

/* NAME=value or NAME=@file */
static error_t
define_add(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct define *more, one = { .json = eq != NULL && eq[1] == '@' };
	char *name, *text = NULL;
	size_t len;

	if (eq == NULL || eq == arg)
		return refuse(o, "-D wants NAME=VALUE, not \"%s\"", arg);
	if (o->n_defines == N_ARG_MAX)
		return refuse(o, "-D repeats more than %d times", (int)N_ARG_MAX);
	if (one.json && cmd_read(&text, &len, eq + 2, DEFINE_FILE_MAX, &o->fault) != ST_OK)
		return EINVAL;
	if (!one.json)
		text = mem_strdup(eq + 1);
	name = mem_strdup(arg);
	more = mem_realloc(o->define, (o->n_defines + 1) * sizeof *more);
	if (more != NULL)
		o->define = more;
	if (more == NULL || name == NULL || text == NULL) {
		mem_free(name);
		mem_free(text);
		return refuse(o, "out of memory");
	}
	name[eq - arg] = '\0';
	one.name = name;
	one.text = text;
	o->define[o->n_defines++] = one;
	return 0;
}

enum status
options_policy(struct options *o, const char *path)
{
	struct policy_file p;
	enum status st;

	TRY(policy_read(&p, path, &o->fault));
	if (p.has_policy && o->has_policy)
		policy_both(&o->policy, &p.policy);
	else if (p.has_policy)
		o->policy = p.policy;
	o->has_policy = o->has_policy || p.has_policy;
	ledger_rules_both(&o->rules, &p.ledger);
out:
	return st;
}

static error_t
study_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_PROTOCOL: o->protocol = arg; return 0;
	case KEY_COMPUTE: o->compute = arg; return 0;
	case KEY_NO_LOCAL: o->no_local = true; return 0;
	case KEY_UNCHECKED: o->unchecked = true; return 0;
	case KEY_POLICY: return options_policy(o, arg) == ST_OK ? 0 : EINVAL;
	case 'D': return define_add(o, arg);
	case KEY_NETWORK:
		o->network = arg;
		if (strcmp(arg, "lan") != 0 && strcmp(arg, "metro") != 0 && strcmp(arg, "wan") != 0)
			return refuse(
			    o, "there is no network \"%s\"; it is lan, metro or wan", arg);
		return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp study_argp = {
	.options = (const struct argp_option[]){
		{ "define", 'D', "NAME=VALUE", 0,
		    "A parameter's value, or @FILE with JSON (repeats)", 1 },
		{ "protocol", KEY_PROTOCOL, "P", 0,
		    "How to compute: additive (default), replicated, yao, mixed or clear", 1 },
		{ "compute", KEY_COMPUTE, "NAME,...", 0,
		    "Who computes; the other parties only contribute and receive.  A name that is no "
		    "party's is a helper, which only computes.  Without it every party computes, "
		    "and of many under replicated the first three",
		    1 },
		{ "network", KEY_NETWORK, "N", 0, "What to plan for: lan, metro (default) or wan",
		    1 },
		{ "no-local", KEY_NO_LOCAL, NULL, 0,
		    "Compute everything on shares, also what one party could do alone", 1 },
		{ "policy", KEY_POLICY, "FILE", 0,
		    "What a site's data protection officer lets out (repeats: the strictest rules)", 1 },
		{ "unchecked", KEY_UNCHECKED, NULL, 0,
		    "Do not check assumptions about ranges; the sheet names them", 1 },
		{ 0 },
	},
	.parser = study_key,
};

static error_t
inputs_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_INPUT: return place_add(o, &o->input, "--input", arg);
	case KEY_SPLIT: return place_add(o, &o->split, "--split", arg);
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp inputs_argp = {
	.options = (const struct argp_option[]){
		{ "input", KEY_INPUT, "PARTY=FILE", 0,
		    "A party's data: .csv, .json or .npy; of a group the next member's, "
		    "or site[1]=FILE (repeats)",
		    2 },
		{ "split", KEY_SPLIT, "GROUP=FILE:COLUMN", 0,
		    "One table, divided among a group's members by a column", 2 },
		{ 0 },
	},
	.parser = inputs_key,
};

static error_t
rows_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	return key == KEY_ROWS ? place_add(o, &o->rows, "--rows", arg) : ARGP_ERR_UNKNOWN;
}

const struct argp rows_argp = {
	.options = (const struct argp_option[]){
		{ "rows", KEY_ROWS, "PARTY=N,...", 0,
		    "Rows of a party's table, or of each member of a group (repeats); "
		    "1000 each if not said, of a group three members if it can have them",
		    2 },
		{ 0 },
	},
	.parser = rows_key,
};

static error_t
common_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	(void)arg;
	switch (key) {
	case KEY_JSON: o->json = true; return 0;
	case KEY_HELP: o->help = true; return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

const struct argp common_argp = {
	.options = (const struct argp_option[]){
		{ "json", KEY_JSON, NULL, 0, "Results and errors as JSON", 9 },
		{ "help", KEY_HELP, NULL, 0, "Print this page", 9 },
		{ 0 },
	},
	.parser = common_key,
};

void
options_init(struct options *o)
{
	*o = (struct options){ .timeout_ms = TIMEOUT_S_DEFAULT * 1000 };
}

static void
places_fini(struct place_args *list)
{
	for (uint32_t i = 0; i < list->n; i++) {
		mem_free(list->arg[i].party);
		mem_free(list->arg[i].text);
	}
	mem_free(list->arg);
	*list = (struct place_args){ 0 };
}

void
options_fini(struct options *o)
{
	for (uint32_t i = 0; i < o->n_defines; i++) {
		mem_free((char *)(uintptr_t)o->define[i].name);
		mem_free((char *)(uintptr_t)o->define[i].text);
	}
	mem_free(o->define);
	o->define = NULL;
	o->n_defines = 0;
	places_fini(&o->input);
	places_fini(&o->split);
	places_fini(&o->rows);
}

void
options_children(struct argp_state *state, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		state->child_inputs[i] = state->input;
}

error_t
options_file(int key, char *arg, struct argp_state *state, const char *what)
{
	struct options *o = state->input;

	if (key == ARGP_KEY_NO_ARGS && !o->help)
		return refuse(o, "%s is missing", what);
	if (key == ARGP_KEY_ARG && o->file != NULL)
		return refuse(o, "one %s is enough; what is \"%s\"?", what, arg);
	if (key == ARGP_KEY_ARG)
		o->file = arg;
	return 0;
}

error_t
options_timeout(struct options *o, const char *arg)
{
	uint64_t us;

	if (!units_time_us(&us, arg) || us < 1000 || us / 1000 > UINT32_MAX)
		return refuse(o, "\"%s\" is no time to wait; write 120s, say", arg);
	o->timeout_ms = (uint32_t)(us / 1000);
	o->timeout_given = true;
	return 0;
}

/* All options of an argp and of its children, in one list. */
static uint32_t
options_of(const struct argp_option *list[], uint32_t n, const struct argp *a)
{
	for (const struct argp_option *p = a->options;
	     p != NULL && (p->name != NULL || p->key != 0); p++)
		if (n < N_OPTION_MAX)
			list[n++] = p;
	for (const struct argp_child *c = a->children; c != NULL && c->argp != NULL; c++)
		n = options_of(list, n, c->argp);
	return n;
}

/* The option that "--text" means: its name, or a beginning that only it has. */
static const struct argp_option *
long_option(const struct argp_option *const list[], uint32_t n, const char *text, size_t len)
{
	const struct argp_option *found = NULL;

	for (uint32_t i = 0; i < n; i++) {
		if (list[i]->name == NULL || strncmp(list[i]->name, text, len) != 0)
			continue;
		if (list[i]->name[len] == '\0')
			return list[i];
		if (found != NULL)
			return NULL;
		found = list[i];
	}
	return found;
}

static enum status
unknown_option(struct options *o, const struct argp_option *const list[], uint32_t n,
    const char *name, const char *text, size_t len)
{
	const char *names[N_OPTION_MAX], *near;
	char wanted[64];
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++)
		if (list[i]->name != NULL)
			names[k++] = list[i]->name;
	(void)snprintf(wanted, sizeof wanted, "%.*s", (int)(len < 60 ? len : 60), text);
	near = closest_name(wanted, names, k);
	(void)refuse(o, "%s has no option --%s", name, wanted);
	if (near != NULL)
		fault_help(&o->fault, "did you mean --%s?  %s --help lists all", near, name);
	else
		fault_help(&o->fault, "%s --help lists all", name);
	return ST_USAGE;
}

/* Checks argv[i]; *skip: the next argument is its value. */
static enum status
option_check(struct options *o, const struct argp_option *const list[], uint32_t n,
    const char *name, const char *arg, bool last, bool *skip)
{
	const struct argp_option *p = NULL;
	size_t len = strcspn(arg + 2, "=");
	bool is_long = arg[1] == '-';

	if (is_long) {
		p = long_option(list, n, arg + 2, len);
		if (p == NULL)
			return unknown_option(o, list, n, name, arg + 2, len);
		if (p->arg == NULL && arg[2 + len] == '=')
			return refuse(o, "--%s takes no value", p->name), ST_USAGE;
	} else {
		for (uint32_t i = 0; i < n; i++)
			if (list[i]->key == arg[1] && isalnum((unsigned char)arg[1]) != 0)
				p = list[i];
		if (p == NULL)
			return unknown_option(o, list, n, name, arg + 1, 1);
	}
	*skip = p->arg != NULL && (is_long ? arg[2 + len] : arg[2]) == '\0';
	if (!*skip || !last)
		return ST_OK;
	(void)refuse(o, "%.*s wants a value: %s", (int)(is_long ? 2 + len : 2), arg, p->arg);
	return ST_USAGE;
}

static enum status
options_check(struct options *o, const struct argp *a, const char *name, int argc, char **argv)
{
	const struct argp_option *list[N_OPTION_MAX];
	uint32_t n = options_of(list, 0, a);
	enum status st = ST_OK;

	for (int i = 1; i < argc && st == ST_OK; i++) {
		bool skip = false;

		if (strcmp(argv[i], "--") == 0)
			break;
		if (strcmp(argv[i], "--json") == 0)
			o->json = true;         /* so that also an error before it is JSON */
		if (argv[i][0] == '-' && argv[i][1] != '\0')
			st = option_check(o, list, n, name, argv[i], i + 1 == argc, &skip);
		i += skip;
	}
	return st;
}

enum status
options_parse(struct options *o, const struct argp *a, const char *name, int argc, char **argv)
{
	enum status st;
	error_t err;

	for (int i = 1; i < argc; i++)
		o->json = o->json || strcmp(argv[i], "--json") == 0;
	TRY(options_check(o, a, name, argc, argv));
	err = argp_parse(a, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS, NULL, o);
	if (o->help) {
		argp_help(
		    a, stdout, ARGP_HELP_STD_HELP & ~ARGP_HELP_EXIT_OK, (char *)(uintptr_t)name);
		return ST_OK;
	}
	if (err == ENOMEM)
		st = fault_set(&o->fault, ST_INTERNAL, "out of memory");
	else if (err != 0)
		st = fault_set(&o->fault, ST_USAGE, "the command line is wrong");
out:
	if (st == ST_USAGE)
		fault_help(&o->fault, "%s --help shows how it is used", name);
	return st;
}
