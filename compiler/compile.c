/* compile.c: see compile.h
 *
 * The steps, in order; between those that work on the IR its checker runs.  A compilation is
 * left by compile_fail from anywhere; what hangs on it is then freed here. */
#include "compile.h"

#include <errno.h>
#include <string.h>

#include "../runtime/base/mem.h"
#include "check.h"
#include "choose.h"
#include "ir_build.h"
#include "lex.h"
#include "load.h"
#include "low.h"

struct load_arg {
	struct program *p;
	const char *path, *source;      /* path, or name and source */
	size_t len;
	const struct load_options *o;
};

static void
read_main(struct program *p, const struct load_arg *a)
{
	struct module *m = &p->c.module[0];
	const char *slash = strrchr(a->path, '/');
	char *text;

	m->path = compile_printf(&p->c, "%s", a->path);
	m->name = slash != NULL ? m->path + (slash + 1 - a->path) : m->path;
	p->c.n_modules = 1;
	if (a->source != NULL) {
		text = compile_alloc(&p->c, a->len + 1);
		if (a->len > 0)
			memcpy(text, a->source, a->len);
		m->len = a->len <= UINT32_MAX ? (uint32_t)a->len : UINT32_MAX;
	} else {
		p->folder = compile_printf(&p->c, "%.*s", slash != NULL ? (int)(slash + 1 - a->path)
		    : 0, a->path);
		if (!load_file(&p->c, a->path, &text, &m->len)) {
			p->c.failed = fault_set(p->c.fault, errno == ENOMEM ? ST_INTERNAL
			    : ST_USAGE,
			    "cannot read %s: %s", a->path, strerror(errno));
			longjmp(*p->c.out, 1);
		}
	}
	m->source = text;
}

static void
load(struct compile *c, void *arg)
{
	const struct load_arg *a = arg;

	c->module = compile_alloc(c, N_MODULE_MAX * sizeof *c->module);
	read_main(a->p, a);
	load_modules(a->p, a->o);
	resolve_program(c);
	check_declarations(c);
	if (c->study == NULL) {
		size_t n = strlen(c->module[0].name);
		if (n > 4 && strcmp(c->module[0].name + n - 4, ".ksl") == 0)
			n -= 4;
		c->study = compile_printf(c, "%.*s", (int)n, c->module[0].name);
	}
	load_hashes(a->p);
}

static enum status
load_program(struct program **out, struct load_arg *a, struct fault *f)
{
	struct program *p = mem_zalloc(sizeof *p);
	enum status st;

	*out = NULL;
	if (p == NULL || (p->c.arena = arena_new()) == NULL) {
		mem_free(p);
		return fault_set(f, ST_INTERNAL, "no memory");
	}
	a->p = p;
	TRY(compile_guarded(&p->c, f, load, a));
	*out = p;
	p = NULL;
out:
	program_free(p);
	return st;
}

enum status
program_load(struct program **out, const char *path, const struct load_options *o, struct fault *f)
{
	struct load_arg a = { .path = path, .o = o };

	return load_program(out, &a, f);
}

enum status
program_load_text(struct program **out, const char *name, const char *source, size_t len,
    const struct load_options *o, struct fault *f)
{
	struct load_arg a = { .path = name, .source = source, .len = len, .o = o };

	return load_program(out, &a, f);
}

void
program_free(struct program *p)
{
	if (p == NULL)
		return;
	arena_free(p->c.arena);
	mem_free(p);
}

const struct group *
program_groups(const struct program *p, uint32_t *n)
{
	*n = p->c.n_groups;
	return p->c.group;
}

const struct input *
program_inputs(const struct program *p, uint32_t *n)
{
	*n = p->c.n_inputs;
	return p->c.input;
}

const char *
program_study(const struct program *p)
{
	return p->c.study;
}

const char *
program_source(const struct program *p, uint32_t i, const char **name, size_t *len)
{
	if (i >= p->n_files)
		return NULL;
	*name = p->c.module[i].name;
	*len = p->c.module[i].len;
	return p->c.module[i].source;
}

const struct named_hash *
program_hashes(const struct program *p, uint32_t *n)
{
	*n = p->n_hashes;
	return p->hash;
}

static bool
wanted(const struct compile *c, const char *step)
{
	return c->options->dump != NULL && c->options->dump_text != NULL
	    && strcmp(c->options->dump, step) == 0;
}

/* Hands over a copy of arena text. */
static void
dump(struct compile *c, const char *text)
{
	*c->options->dump_text = mem_strdup(text);
	if (*c->options->dump_text == NULL)
		compile_no_memory(c);
}

static void
dump_tree(struct compile *c, const char *step, char *(*to_text)(struct compile *,
    const struct module *))
{
	if (wanted(c, step))
		dump(c, to_text(c, &c->module[0]));
}

static void
after(struct compile *c, struct ir *ir, const char *step)
{
	ir_check(ir, step);
	if (wanted(c, step))
		dump(c, ir_dump(ir));
}

static void
after_low(struct compile *c, const struct low *low, const char *step)
{
	low_check(low, step);
	if (wanted(c, step))
		dump(c, low_dump(low));
}

static void
fail_with(struct compile *c, enum status st)
{
	if (st == ST_OK)
		return;
	c->failed = st;
	longjmp(*c->out, 1);
}

static void
check_step_name(struct compile *c)
{
	static const char *const steps[] = { "lex", "parse", "check", "fold", "loops", "domains",
	    "post", "expand", "homes", "lower", "schedule", "place", "emit" };
	size_t n = sizeof steps / sizeof steps[0];

	if (c->options->dump == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		if (strcmp(steps[i], c->options->dump) == 0)
			return;
	const char *close = closest_name(c->options->dump, steps, n);
	fault_help(c->fault, close != NULL ? "did you mean %s?"
	    : "the steps are lex, parse, check, fold, loops, domains, post, expand, homes, lower, "
	    "schedule, place and emit", close);
	fail_with(c, fault_set(c->fault, ST_USAGE, "there is no step %s to dump",
	    c->options->dump));
}

/* What the verifier refuses is our mistake, not the program's. */
static void
finish(struct compile *c)
{
	struct fault f = { .st = ST_OK };

	if (wanted(c, "emit"))
		fail_with(c, code_disasm(c->options->dump_text, c->code));
	if (code_verify(c->code, &f) != ST_OK)
		fail_with(c, fault_set(c->fault, ST_INTERNAL,
		    "the compiler's code does not verify: %s", f.message));
}

static void
compile_steps(struct compile *c, void *arg)
{
	(void)arg;
	check_step_name(c);
	dump_tree(c, "lex", lex_dump);
	dump_tree(c, "parse", ast_dump);
	struct ir *ir = check_program(c);
	after(c, ir, "check");
	ir_fold(ir);
	after(c, ir, "fold");
	ir_loops(ir);
	after(c, ir, "loops");
	ir_told(ir);
	ir_domains(ir);
	while (ir_defer(ir))
		ir_domains(ir);
	after(c, ir, "domains");
	ir_post(ir);
	after(c, ir, "post");
	ir_expand(ir);
	ir_domains(ir);
	after(c, ir, "expand");
	struct homes_choice bits = choose_bits(c, ir);
	ir_domains(ir);
	ir_homes(ir, &bits);
	after(c, ir, "homes");
	struct low *low = ir_lower(ir, bits.bits);
	after_low(c, low, "lower");
	low_schedule(low);
	after_low(c, low, "schedule");
	low_place(low);
	after_low(c, low, "place");
	c->code = low_emit(low);
	finish(c);
}

enum status
program_compile(struct code **out, struct program *p, const struct compile_options *o,
    struct fault *f)
{
	struct compile c = p->c;
	enum status st;

	*out = NULL;
	c.arena = arena_new();
	c.options = o;
	c.code = NULL;
	if (c.arena == NULL)
		return fault_set(f, ST_INTERNAL, "no memory");
	TRY(compile_guarded(&c, f, compile_steps, NULL));
	*out = c.code;
	c.code = NULL;
out:
	code_free(c.code);
	arena_free(c.arena);
	return st;
}
