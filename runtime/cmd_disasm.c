/* cmd_disasm.c: `konsil disasm F.kbc` prints bytecode as text, `konsil asm F.txt -o F.kbc` makes
 * bytecode of text; one is the exact inverse of the other.  See code/BYTECODE.md. */
#include <string.h>

#include "base/mem.h"
#include "cmd.h"
#include "code/code.h"

enum { KBC_MAX = 256 << 20, TEXT_MAX = 1 << 30 };

static error_t
code_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case 'o': o->out = arg; return 0;
	case ARGP_KEY_ARG:
	case ARGP_KEY_NO_ARGS: return options_file(key, arg, state, "FILE");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp disasm_argp = {
	.options = (const struct argp_option[]){
		{ "output", 'o', "FILE", 0, "Where to write the text (default: standard output)",
		    3 },
		{ 0 },
	},
	.parser = code_key,
	.args_doc = "F.kbc",
	.doc = "Prints bytecode as text, which `konsil asm` turns into the same bytes.\v"
	    "Example:\n  konsil disasm lung.kbc\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

static const struct argp asm_argp = {
	.options = (const struct argp_option[]){
		{ "output", 'o', "F.kbc", 0, "Where to write the bytecode", 3 }, { 0 },
	},
	.parser = code_key,
	.args_doc = "F.txt -o F.kbc",
	.doc = "Makes bytecode of the text that `konsil disasm` prints, and verifies it.\v"
	    "Example:\n  konsil asm lung.txt -o lung.kbc\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

static enum status
disasm_file(struct options *o)
{
	struct code *code = NULL;
	char *bytes = NULL, *text = NULL;
	size_t len;
	enum status st;

	TRY(cmd_read(&bytes, &len, o->file, KBC_MAX, &o->fault));
	st = code_read(&code, (const uint8_t *)bytes, len, &o->fault);
	if (st != ST_OK) {
		fault_at(&o->fault, o->file, 0, 0);
		goto out;
	}
	TRY(code_disasm(&text, code));
	TRY(cmd_write(o->out == NULL ? "-" : o->out, text, strlen(text), &o->fault));
out:
	mem_free(bytes);
	mem_free(text);
	code_free(code);
	return st;
}

static enum status
asm_file(struct options *o)
{
	struct code *code = NULL;
	char *text = NULL;
	uint8_t *bytes = NULL;
	size_t len;
	enum status st;

	if (o->out == NULL)
		return fault_set(
		    &o->fault, ST_USAGE, "-o F.kbc is missing: bytecode is not for a terminal");
	TRY(cmd_read(&text, &len, o->file, TEXT_MAX, &o->fault));
	if (strlen(text) != len) {
		st =
		    fault_set(&o->fault, ST_DATA, "\"%s\" is no text: it has a zero byte", o->file);
		goto out;
	}
	TRY(code_asm(&code, text, o->file, &o->fault));
	TRY(code_verify(code, &o->fault));
	TRY(code_write(&bytes, &len, code));
	TRY(cmd_write(o->out, bytes, len, &o->fault));
out:
	mem_free(text);
	mem_free(bytes);
	code_free(code);
	return st;
}

static int
convert(int argc, char **argv, const struct argp *argp, const char *name,
    enum status (*file)(struct options *))
{
	struct options o;
	enum status st;

	options_init(&o);
	TRY(options_parse(&o, argp, name, argc, argv));
	if (!o.help)
		TRY(file(&o));
out:
	return cmd_end(&o, st);
}

int
cmd_disasm(int argc, char **argv)
{
	return convert(argc, argv, &disasm_argp, "konsil disasm", disasm_file);
}

int
cmd_asm(int argc, char **argv)
{
	return convert(argc, argv, &asm_argp, "konsil asm", asm_file);
}
