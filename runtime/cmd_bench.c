/* cmd_bench.c: `konsil bench` measures what the machine and the protocols give.  See bench.h. */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../protocols/protocol.h"
#include "base/mem.h"
#include "bench.h"
#include "cmd.h"
#include "cmd_launch.h"
#include "cmd_units.h"
#include "json.h"

enum { KEY_PROTO = KEY_FIRST_OWN, KEY_QUICK, KEY_AGAINST, KEY_EXAMPLES, KEY_NET, KEY_ONLY,
	KEY_LIBRARY };

/* What can be measured by itself. */
static const struct part {
	const char *name;
	enum status (*measure)(struct bench *, struct fault *);
} parts[] = {
	{ "kernels", bench_kernels }, { "ot", bench_pool }, { "garbling", bench_garble },
	{ "links", bench_links }, { "programs", bench_programs }, { "compiling", bench_compile },
	{ "commands", bench_commands }, { "examples", bench_examples }, { "library", bench_library },
};
enum { N_PART = sizeof parts / sizeof parts[0] };

static error_t
choose_part(struct options *o, const char *arg)
{
	for (unsigned i = 0; i < N_PART; i++)
		if (strcmp(parts[i].name, arg) == 0) {
			o->parts |= 1u << i;
			return 0;
		}
	(void)fault_set(&o->fault, ST_USAGE, "what is \"%s\"?", arg);
	fault_help(&o->fault, "its parts are kernels, ot, garbling, links, programs, compiling, "
	    "commands, examples and library");
	return EINVAL;
}

static error_t
bench_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case KEY_PROTO: o->protocol = arg; return 0;
	case KEY_QUICK: o->quick = true; return 0;
	case KEY_AGAINST: o->against = arg; return 0;
	case KEY_ONLY: o->only = arg; return 0;
	case KEY_LIBRARY: return choose_part(o, "library");
	case KEY_EXAMPLES: o->examples = arg; return 0;
	case KEY_NET:
		if (units_net(&o->rtt_us, &o->bits_per_s, arg))
			return 0;
		(void)fault_set(&o->fault, ST_USAGE, "--net: \"%s\" is no round trip and bandwidth",
		    arg);
		fault_help(&o->fault, "write --net 20ms,100mbit");
		return EINVAL;
	case ARGP_KEY_ARG: return choose_part(o, arg);
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp bench_argp = {
	.options = (const struct argp_option[]){
		{ "protocol", KEY_PROTO, "P", 0,
		    "Measure programs under this protocol only: additive, replicated, yao "
		    "or mixed", 1 },
		{ "only", KEY_ONLY, "TEXT", 0,
		    "Measure programs, or functions, with TEXT in their names only", 1 },
		{ "library", KEY_LIBRARY, NULL, 0,
		    "Every function of the standard library at 300, 3,000 and 30,000 rows, under "
		    "replicated or P: the part library", 1 },
		{ "net", KEY_NET, "RTT,RATE", 0,
		    "Slow the links down, to measure on a network: 20ms,100mbit", 1 },
		{ "examples", KEY_EXAMPLES, "DIR", 0,
		    "Where the examples are (default ./examples, if it is there)", 1 },
		{ "against", KEY_AGAINST, "FILE", 0,
		    "Beside an earlier run: what `konsil bench --json` wrote, and the ratios", 1 },
		{ "quick", KEY_QUICK, NULL, 0,
		    "Small sizes: shows that everything works, not how fast it is", 1 },
		{ 0 },
	},
	.parser = bench_key,
	.args_doc = "[PART...]",
	.doc = "Measures rates, bytes and rounds of the primitives on this machine: medians, "
	    "with 2 and 3 processes over ipc, by protocol; and the times of the examples beside "
	    "what was predicted.  PART is kernels, ot, garbling, links, programs, compiling, "
	    "commands, examples or library; without, all but library, which takes many minutes.\v"
	    "Examples:\n  konsil bench\n  konsil bench --json > figures.json\n"
	    "  konsil bench programs --protocol yao --against figures.json\n"
	    "  konsil bench --library --only stats. --protocol additive\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

void
bench_add(struct figures *fs, unsigned nodes, const char *name, const char *unit, double value)
{
	struct figure *g;

	if (fs->n == N_FIGURE_MAX)
		return;
	g = &fs->at[fs->n++];
	*g = (struct figure){ .nodes = nodes, .value = value };
	memcpy(g->protocol, fs->protocol, sizeof g->protocol);
	(void)snprintf(g->name, sizeof g->name, "%s", name);
	(void)snprintf(g->unit, sizeof g->unit, "%s", unit);
}

static int
ascending(const void *a, const void *b)
{
	double x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

double
bench_median(double *v, unsigned n)
{
	if (n == 0)
		return 0;
	qsort(v, n, sizeof *v, ascending);
	return v[n / 2];
}

double
bench_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

double
bench_peak_mib(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) == 0 ? (double)u.ru_maxrss / 1024 : 0;
}

double
bench_cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void
bench_tell(struct bench *b)
{
	if (!b->quiet)
		figures_print(&b->figures, b->told, b->before);
	b->told = b->figures.n;
}

void
bench_note(const struct bench *b, const char *format, ...)
{
	va_list args;

	if (b->quiet)
		return;
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
}

const char *
bench_network(const struct bench *b)
{
	/* From half way between the profiles' round trips on. */
	return b->rtt_us >= 20000 ? "wan" : b->rtt_us >= 2000 ? "metro" : "lan";
}

struct launched {
	const struct bench *bench;
	bench_body *body;
};

/* Of those that are there, not of the room for more. */
static size_t
figures_bytes(const struct figures *fs)
{
	return offsetof(struct figures, at) + fs->n * sizeof fs->at[0];
}

static enum status
launched_body(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	const struct launched *l = arg;
	struct figures *fs = mem_zalloc(sizeof *fs);
	enum status st;

	if (fs == NULL)
		return ST_INTERNAL;
	st = l->body(l->bench, c, fs, f);
	*out = (uint8_t *)fs;
	*len = figures_bytes(fs);
	return st;
}

/* One repetition; *fs are node 0's figures. */
static enum status
launch_once(
    struct figures *fs, const struct bench *b, unsigned nodes, bench_body *body, struct fault *f)
{
	static const char *const name[] = { "0", "1", "2" };
	struct launched arg = { b, body };
	struct launch l = { .n = nodes, .name = name, .body = launched_body, .arg = &arg };
	struct launch_result got;
	enum status st = launch_run(&got, &l, f);

	if (st == ST_OK)
		memcpy(fs, got.bytes[0], got.len[0] < sizeof *fs ? got.len[0] : sizeof *fs);
	launch_fini(&got);
	return st;
}

enum status
bench_launch(struct bench *b, unsigned nodes, bench_body *body, unsigned repeat, struct fault *f)
{
	struct figures *fs = mem_array(repeat, sizeof *fs);
	enum status st = fs == NULL ? ST_INTERNAL : ST_OK;
	double v[N_REPEAT_MAX];

	if (b->quick)
		repeat = 1;
	for (unsigned i = 0; i < repeat && st == ST_OK; i++)
		st = launch_once(&fs[i], b, nodes, body, f);
	for (unsigned k = 0; st == ST_OK && k < fs[0].n; k++) {
		for (unsigned i = 0; i < repeat; i++)
			v[i] = fs[i].at[k].value;
		bench_add(&b->figures, nodes, fs[0].at[k].name, fs[0].at[k].unit,
		    bench_median(v, repeat));
	}
	mem_free(fs);
	return st == ST_OK ? st : fault_set(f, st, "a measurement failed");
}

static enum status
print_json(const struct figures *fs, const struct figures *before)
{
	char *text = NULL;
	enum status st = json_text(&text, figures_json(fs, before));

	if (st == ST_OK)
		(void)fputs(text, stdout);
	mem_free(text);
	return st;
}

/* All parts but the library, or those that were named; the examples by themselves only if they are
 * there. */
static bool
wanted(const struct options *o, unsigned i)
{
	if (o->parts != 0)
		return (o->parts >> i & 1) != 0;
	if (parts[i].measure == bench_library)
		return false;
	return parts[i].measure != bench_examples || o->examples != NULL ||
	    access("examples", R_OK) == 0;
}

/* Its table has a head of its own. */
static bool
only_library(const struct options *o)
{
	for (unsigned i = 0; i < N_PART; i++)
		if (wanted(o, i) && parts[i].measure != bench_library)
			return false;
	return o->against == NULL;
}

static enum status
measure(struct bench *b, const struct options *o, struct fault *f)
{
	enum status st = ST_OK;

	if (!o->json && !only_library(o))
		(void)printf("%-48s %-10s %2s %12s %-9s%s\n", "figure", "protocol", "of", "median", "",
		    b->before == NULL ? "" : "       before    ratio");
	for (unsigned i = 0; i < N_PART; i++) {
		if (!wanted(o, i))
			continue;
		TRY(parts[i].measure(b, f));
		bench_tell(b);
	}
	if (o->json)
		TRY(print_json(&b->figures, b->before));
out:
	return st;
}

static enum status
bench_run(struct bench *b, struct options *o)
{
	const struct protocol *p = o->protocol == NULL ? NULL : protocol_find(o->protocol);
	struct figures *before = NULL;
	enum status st = ST_OK;

	*b = (struct bench){ .protocol = o->protocol, .only = o->only, .rtt_us = o->rtt_us,
		.bits_per_s = o->bits_per_s, .quick = o->quick, .quiet = o->json,
		.examples = o->examples != NULL ? o->examples : "examples" };
	if (o->protocol != NULL && (p == NULL || !p->secure)) {
		(void)fault_set(&o->fault, ST_USAGE, "there is no protocol \"%s\" to measure", o->protocol);
		fault_help(&o->fault, "additive, replicated, yao or mixed");
		return ST_USAGE;
	}
	if (o->against != NULL) {
		before = mem_zalloc(sizeof *before);
		if (before == NULL)
			return ST_INTERNAL;
		TRY(figures_read(before, o->against, &o->fault));
	}
	b->before = before;
	TRY(measure(b, o, &o->fault));
	if (o->only != NULL && b->figures.n == 0) {
		st = fault_set(&o->fault, ST_USAGE, "--only %s: nothing that is measured is called so", o->only);
		fault_help(&o->fault, "names are as `konsil bench --quick` and `konsil bench --library --quick` "
		    "print them");
	}
out:
	mem_free(before);
	return st;
}

int
cmd_bench(int argc, char **argv)
{
	struct bench *b = mem_zalloc(sizeof *b);
	struct options o;
	enum status st;
	int code;

	if (b == NULL)
		return ST_INTERNAL;
	options_init(&o);
	TRY(options_parse(&o, &bench_argp, "konsil bench", argc, argv));
	if (!o.help)
		st = bench_run(b, &o);
out:
	code = cmd_end(&o, st);
	mem_free(b);
	return code;
}
