/* cmd_bench.c: `konsil bench` measures what the machine and the protocols give.  See bench.h. */
#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../protocols/protocol.h"
#include "base/mem.h"
#include "bench.h"
#include "cmd.h"
#include "cmd_launch.h"

enum { KEY_PROTO = KEY_FIRST_OWN, KEY_QUICK };

static error_t
bench_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case KEY_PROTO: o->protocol = arg; return 0;
	case KEY_QUICK: o->quick = true; return 0;
	case ARGP_KEY_ARG:
		(void)fault_set(&o->fault, ST_USAGE, "what is \"%s\"?", arg);
		return EINVAL;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp bench_argp = {
	.options = (const struct argp_option[]){
		{ "protocol", KEY_PROTO, "P", 0, "Which protocol to measure (default additive)",
		    1 },
		{ "quick", KEY_QUICK, NULL, 0,
		    "Small sizes: shows that everything works, not how fast it is", 1 },
		{ 0 },
	},
	.parser = bench_key,
	.doc = "Measures rates, bytes and rounds of the primitives on this machine: medians, "
	    "with 2 and 3 processes over ipc.  Takes some minutes.\v"
	    "Examples:\n  konsil bench\n  konsil bench --json > figures.json\n",
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

struct launched {
	const struct bench *bench;
	bench_body *body;
};

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
	*len = sizeof *fs;
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

	if (st == ST_OK && got.len[0] == sizeof *fs)
		memcpy(fs, got.bytes[0], sizeof *fs);
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
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* Prints figures from number `from` on. */
static void
print_figures(const struct figures *fs, unsigned from)
{
	for (unsigned i = from; i < fs->n; i++) {
		const struct figure *g = &fs->at[i];

		if (g->nodes == 0)
			(void)printf("%-50s  -  %16.6g %s\n", g->name, g->value, g->unit);
		else
			(void)printf(
			    "%-50s  %u  %16.6g %s\n", g->name, g->nodes, g->value, g->unit);
	}
	(void)fflush(stdout);
}

static enum status
print_json(const struct figures *fs)
{
	cJSON *top = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(top, "figures"), *o;
	char *text;

	for (unsigned i = 0; i < fs->n; i++) {
		const struct figure *g = &fs->at[i];

		o = cJSON_CreateObject();
		(void)cJSON_AddStringToObject(o, "name", g->name);
		(void)cJSON_AddNumberToObject(o, "nodes", g->nodes);
		(void)cJSON_AddNumberToObject(o, "value", g->value);
		(void)cJSON_AddStringToObject(o, "unit", g->unit);
		(void)cJSON_AddItemToArray(list, o);
	}
	text = cJSON_Print(top);
	if (text != NULL)
		(void)printf("%s\n", text);
	cJSON_Delete(top);
	if (text == NULL)
		return ST_INTERNAL;
	cJSON_free(text);
	return ST_OK;
}

static enum status
measure(struct bench *b, const struct options *o, struct fault *f)
{
	static enum status (*const part[])(struct bench *, struct fault *) = {
		bench_pool, bench_garble, bench_links, bench_studies, bench_compile, bench_commands,
	};
	enum status st = ST_OK;

	if (!o->json)
		(void)printf("%-50s nodes %14s\n", "figure", "median");
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		unsigned from = b->figures.n;

		TRY(part[i](b, f));
		if (!o->json)
			print_figures(&b->figures, from);
	}
	if (o->json)
		TRY(print_json(&b->figures));
out:
	return st;
}

int
cmd_bench(int argc, char **argv)
{
	struct bench *b = mem_zalloc(sizeof *b);
	struct options o;
	const struct protocol *p;
	enum status st;
	int code;

	if (b == NULL)
		return ST_INTERNAL;
	options_init(&o);
	TRY(options_parse(&o, &bench_argp, "konsil bench", argc, argv));
	if (o.help)
		goto out;
	b->quick = o.quick;
	b->protocol = o.protocol != NULL ? o.protocol : "additive";
	p = protocol_find(b->protocol);
	if (p == NULL || !p->secure)
		st = fault_set(
		    &o.fault, ST_USAGE, "there is no protocol \"%s\" to measure", b->protocol);
	else
		st = measure(b, &o, &o.fault);
out:
	code = cmd_end(&o, st);
	mem_free(b);
	return code;
}
