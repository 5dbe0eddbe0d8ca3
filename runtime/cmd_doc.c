/* cmd_doc.c: `konsil doc` prints what the standard library says about itself; see manual.h */
#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd.h"
#include "manual.h"

static error_t
doc_key(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case ARGP_KEY_ARG: return options_file(key, arg, state, "NAME");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp doc_argp = {
	.parser = doc_key,
	.args_doc = "[MODULE | FUNCTION]",
	.doc = "Prints the manual of the standard library: all modules, the functions of one, or one "
	    "function with its arguments, results and edge cases.\v"
	    "Examples:\n  konsil doc\n  konsil doc stats\n  konsil doc stats.welch\n  konsil doc sort\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

/* The part behind the dot is what may be misspelt. */
static enum status
unknown(const char *name, struct fault *f)
{
	const char *dot = strchr(name, '.'), *near;
	char **names = NULL;
	size_t n = 0;
	enum status st = manual_names(&names, &n);

	if (st == ST_OK) {
		st = fault_set(f, ST_USAGE, "there is no module and no function \"%s\"", name);
		near = closest_name(dot != NULL ? dot + 1 : name, (const char *const *)names, n);
		if (foreign_help(FOREIGN_FUNCTION, name) != NULL)
			fault_help(f, "%s", foreign_help(FOREIGN_FUNCTION, name));
		else if (near != NULL)
			fault_help(f, "did you mean `konsil doc %s`?", near);
		else
			fault_help(f, "`konsil doc` lists them");
	}
	for (size_t i = 0; i < n; i++)
		mem_free(names[i]);
	mem_free(names);
	return st;
}

int
cmd_doc(int argc, char **argv)
{
	struct text t = { 0 };
	struct options o;
	char *page = NULL;
	enum status st;

	options_init(&o);
	TRY(options_parse(&o, &doc_argp, "konsil doc", argc, argv));
	if (o.help)
		goto out;
	if (o.file == NULL)
		manual_modules(&t);
	else if (!manual_module(&t, o.file) && !manual_function(&t, o.file))
		TRY(unknown(o.file, &o.fault));
	TRY(text_take(&page, &t));
	TRY(cmd_write("-", page, strlen(page), &o.fault));
out:
	mem_free(page);
	text_fini(&t);
	return cmd_end(&o, st);
}
