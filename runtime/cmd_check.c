/* cmd_check.c: `konsil check` prints the disclosure sheet, `explain` the cost, `compile` writes the
 * bytecode: three views of one compilation, none of which needs data. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd_study.h"
#include "explain.h"
#include "net/identity.h"
#include "sheet.h"

enum { KEY_DUMP = KEY_FIRST_OWN, KEY_LINES, KEY_LEDGER, KEY_KEY };

static error_t
check_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 3), 0;
	case KEY_DUMP: o->dump = arg; return 0;
	case KEY_LINES: o->lines = true; return 0;
	case KEY_LEDGER: o->ledger = arg; return 0;
	case KEY_KEY: o->key = arg; return 0;
	case 'o': o->out = arg; return 0;
	case ARGP_KEY_ARG:
	case ARGP_KEY_NO_ARGS: return options_file(key, arg, state, "PROGRAM");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {
	{ .argp = &study_argp }, { .argp = &rows_argp }, { .argp = &common_argp }, { 0 },
};

#define DUMP_OPTION \
	{ "dump", KEY_DUMP, "STEP", 0, "Print the program after that step of the compiler", 3 }

static const struct argp check_argp = {
	.options = (const struct argp_option[]){
		{ "ledger", KEY_LEDGER, "FILE", 0,
		    "Also the runs that a site took part in before, from its ledger", 3 },
		{ "key", KEY_KEY, "FILE", 0, "That site's secret key, which the ledger was made with", 3 },
		DUMP_OPTION, { 0 },
	},
	.parser = check_key,
	.args_doc = "PROGRAM",
	.doc = "Checks a program's types, ranges and shapes, and prints its disclosure sheet: who "
	    "puts in what, who learns what, and what can be worked out from it.\v"
	    "Examples:\n  konsil check lung.ksl\n  konsil check lung.ksl --rows site=60,80,88\n",
	.children = children,
};

static const struct argp explain_argp = {
	.options = (const struct argp_option[]){
		{ "lines", KEY_LINES, NULL, 0, "Also what each line of the program costs", 3 },
		{ 0 },
	},
	.parser = check_key,
	.args_doc = "PROGRAM",
	.doc = "Says what a program will cost before it runs: rounds, bytes on each link, "
	    "correlated randomness, memory, and seconds on three kinds of network.\v"
	    "Example:\n  konsil explain lung.ksl --rows site=60,80,88 --lines\n",
	.children = children,
};

static const struct argp compile_argp = {
	.options = (const struct argp_option[]){
		{ "output", 'o', "F.kbc", 0, "Where to write the bytecode", 3 }, DUMP_OPTION, { 0 },
	},
	.parser = check_key,
	.args_doc = "PROGRAM -o F.kbc",
	.doc = "Compiles a program to bytecode for the given numbers of rows.\v"
	    "Examples:\n  konsil compile lung.ksl --rows site=60,80,88 -o lung.kbc\n"
	    "  konsil compile lung.ksl --dump=lower\n",
	.children = children,
};

/* What the sheet says besides, on standard error, since it may want another program. */
static void
warn(const struct code *c)
{
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_stated; k++)
			if (c->output[i].stated[k].kind == STATED_TOLD)
				(void)fprintf(stderr, "konsil: warning: a withheld cell of `%s` can be "
				    "worked out from those that are shown and %s\n",
				    c->output[i].name, c->output[i].stated[k].text);
}

/* NULL: none was named. */
static enum status
read_ledger(struct ledger **out, struct options *o)
{
	struct identity_secret *id = NULL;
	uint8_t key[LEDGER_KEY] = { 0 };
	enum status st = ST_OK;

	*out = NULL;
	if ((o->ledger == NULL) != (o->key == NULL))
		return fault_set(&o->fault, ST_USAGE, "--ledger FILE and the --key FILE that it was made "
		    "with go together");
	if (o->ledger == NULL)
		return ST_OK;
	TRY(identity_load(&id, o->key, &o->fault));
	identity_derive(key, id, LEDGER_PURPOSE);
	TRY(ledger_open(out, o->ledger, key, false, &o->fault));
out:
	wipe(key, sizeof key);
	identity_free(id);
	return st;
}

static enum status
check_output(const struct study *s, struct options *o, char **text)
{
	struct sheet sheet = {
		.code = s->code, .protocol = s->protocol, .me = -1, .rows_assumed = true,
		.policy = s->has_policy ? &s->policy : NULL,
	};
	struct ledger *ledger = NULL;
	enum status st;

	TRY(read_ledger(&ledger, o));
	sheet.ledger = ledger;
	if (!o->json)
		warn(s->code);
	st = o->json ? sheet_json(text, &sheet) : sheet_text(text, &sheet);
out:
	ledger_close(ledger);
	return st;
}

static const char *
source_of(void *arg, uint32_t i, size_t *len)
{
	const struct study *s = arg;
	const char *name;

	return program_source(s->program, i, &name, len);
}

static enum status
explain_output(const struct study *s, struct options *o, char **text)
{
	const struct target *t = cmd_study_target(s);
	struct explain_lines lines = { .n = 0 };
	const bool by_line = o->lines && t != NULL;
	enum status st = ST_OK;

	if (by_line)
		TRY(lines_make(&lines, s->code, t, source_of, (void *)(uintptr_t)s));
	st = (o->json ? explain_json : explain_text)(text, s->code, t, by_line ? &lines : NULL);
out:
	lines_fini(&lines);
	return st;
}

static enum status
compile_output(const struct study *s, struct options *o, char **text)
{
	uint8_t *bytes = NULL;
	size_t len;
	enum status st;

	*text = NULL;
	if (o->out == NULL)
		return fault_set(
		    &o->fault, ST_USAGE, "-o F.kbc is missing: bytecode is not for a terminal");
	TRY(code_write(&bytes, &len, s->code));
	TRY(cmd_write(o->out, bytes, len, &o->fault));
out:
	mem_free(bytes);
	return st;
}

static int
view(int argc, char **argv, const struct argp *argp, const char *name,
    enum status (*output)(const struct study *, struct options *, char **))
{
	struct study s = { 0 };
	struct options o;
	char *text = NULL;
	enum status st;

	options_init(&o);
	TRY(options_parse(&o, argp, name, argc, argv));
	if (o.help)
		goto out;
	TRY(cmd_study_load(&s, &o, &o.fault));
	TRY(cmd_study_rows(&s, &o, &o.fault));
	st = study_compile(&s, o.dump, &text, &o.fault);
	if (st == ST_OK && o.dump == NULL)
		st = output(&s, &o, &text);
	/* A dump is wanted most where a later step fails. */
	if (text != NULL) {
		enum status written = cmd_write("-", text, strlen(text), &o.fault);
		st = st == ST_OK ? written : st;
	}
out:
	mem_free(text);
	study_fini(&s);
	return cmd_end(&o, st);
}

int
cmd_check(int argc, char **argv)
{
	return view(argc, argv, &check_argp, "konsil check", check_output);
}

int
cmd_explain(int argc, char **argv)
{
	return view(argc, argv, &explain_argp, "konsil explain", explain_output);
}

int
cmd_compile(int argc, char **argv)
{
	return view(argc, argv, &compile_argp, "konsil compile", compile_output);
}
