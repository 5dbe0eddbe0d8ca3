/* bench_library.c: every function of the standard library at several numbers of rows, and whole
 * studies beside their aims; the programs are of bench_library.def.  See bench.h.
 *
 * What would take too long, or too much memory, is predicted and not run; its name says so. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench_session.h"
#include "text.h"

enum {
	N_LIBRARY_RUN = 3,              /* of what is short: */
	LIBRARY_SHORT_S = 2,
	LIBRARY_MAX_S = 20,             /* what is expected to take longer is predicted */
};
static const uint64_t library_memory_max = 3ull << 30;  /* the same, of a node */

enum where { SITES, MODEL, PAIR };

/* A function, or a whole study, then with a text. */
struct item {
	enum where where;
	const char *name;               /* NULL: the function's */
	const char *module, *call, *inputs, *text;
	uint64_t rows;
	unsigned aim_ms;
};

static const struct item items[] = {
#define L(where, module, call, inputs) { where, NULL, module, call, inputs, NULL, 0, 0 },
#define V(where, name, module, call, inputs) { where, name, module, call, inputs, NULL, 0, 0 },
#define A(where, name, rows, aim_ms, inputs, text) \
	{ where, name, NULL, NULL, inputs, text, rows, aim_ms },
#include "bench_library.def"
};

/* One item at one size. */
struct sample {
	const struct item *item;
	const char *protocol;
	unsigned nodes;
	uint64_t rows;
	struct cost said, took;         /* took: if it ran */
	bool ran;
	double predicted_s, seconds, cpu_s, compile_s, peak_mib;
};

static uint64_t
rounds_of(const struct cost *c)
{
	uint64_t sum = 0;

	for (unsigned p = 0; p < N_COST_PHASE; p++)
		sum += c->rounds[p];
	return sum;
}

static uint64_t
bytes_of(const struct cost *c)
{
	uint64_t sum = 0;

	for (unsigned p = 0; p < N_COST_PHASE; p++)
		for (unsigned i = 0; i < c->n_nodes; i++)
			for (unsigned k = 0; k < c->n_nodes; k++)
				sum += c->bytes[p][i][k];
	return sum;
}

static enum status
program_text(char **out, const struct sample *s)
{
	const struct item *x = s->item;
	struct text t = { 0 };

	text_add(&t, "param n : int = 1\n");
	if (x->text == NULL)
		text_add(&t, "use %s\n", x->module);
	if (x->where == SITES)
		text_add(&t, "party site[]\n");
	else
		text_add(&t, "party a\nparty b\n%s", s->nodes == 3 ? "party helper\n" : "");
	text_add(&t, "%s", x->inputs);
	if (x->text != NULL)
		text_add(&t, "%s", x->text);
	else
		text_add(&t, "output o = %s to all\n", x->call);
	return text_take(out, &t);
}

/* "stats.welch", or a study's name. */
static void
put_item_name(struct text *t, const struct item *x)
{
	if (x->name != NULL)
		text_add(t, "%s", x->name);
	else
		text_add(t, "%s.%.*s", x->module, (int)strcspn(x->call, "("), x->call);
}

static enum status
sample_name(char **out, const struct sample *s)
{
	struct text t = { 0 };

	put_item_name(&t, s->item);
	text_add(&t, s->item->where == PAIR ? ", 2 x " : ", ");
	text_count(&t, s->rows);
	text_add(&t, " rows%s", s->ran ? "" : ", predicted");
	return text_take(out, &t);
}

/* now / before; 0 if there is nothing before. */
static double
growth(double now, double before)
{
	return before > 0 ? now / before : 0;
}

static double
seconds_of(const struct sample *s)
{
	return s->ran ? s->seconds : s->predicted_s;
}

static void
sample_figures(struct figures *fs, const char *name, const struct sample *s,
    const struct sample *before)
{
	const struct cost *c = s->ran ? &s->took : &s->said;
	const double mib = 1 << 20, bytes = (double)bytes_of(c);
	const double was = (double)bytes_of(before->ran ? &before->took : &before->said);
	const double then = before->ran == s->ran ? seconds_of(before) : 0;

	bench_add(fs, s->nodes, name, "s", seconds_of(s));
	bench_add(fs, s->nodes, "  rounds", "", (double)rounds_of(c));
	bench_add(fs, s->nodes, "  rounds predicted", "", (double)rounds_of(&s->said));
	bench_add(fs, s->nodes, "  bytes of all", "B", bytes);
	bench_add(fs, s->nodes, "  bytes predicted", "B", (double)bytes_of(&s->said));
	bench_add(fs, s->nodes, "  predicted", "s", s->predicted_s);
	bench_add(fs, s->nodes, "  processor time of all", "s", s->cpu_s);
	bench_add(fs, s->nodes, "  growth of time", "", growth(seconds_of(s), then));
	bench_add(fs, s->nodes, "  growth of bytes", "", growth(bytes, was));
	bench_add(fs, s->nodes, "  memory of values", "MiB", (double)c->memory_bytes / mib);
	bench_add(fs, s->nodes, "  peak memory", "MiB", s->peak_mib);
	bench_add(fs, s->nodes, "  compiling", "s", s->compile_s);
	if (s->item->aim_ms > 0 && strcmp(s->protocol, "replicated") == 0)
		bench_add(fs, s->nodes, "  aim", "s", s->item->aim_ms * 1e-3);
}

/* In JSON only: it is as metered, or wrong. */
static bool
is_beside(const struct figure *g)
{
	return strcmp(g->name, "  rounds predicted") == 0 ||
	    strcmp(g->name, "  bytes predicted") == 0;
}

/* A line with what belongs to a figure beside it, under a head. */
static void
tell_sample(struct bench *b)
{
	const struct figures *fs = &b->figures;

	if (b->quiet || b->before != NULL) {
		bench_tell(b);
		return;
	}
	for (unsigned i = b->told; i < fs->n; i++) {
		const struct figure *g = &fs->at[i];

		if (strncmp(g->name, "  ", 2) != 0)
			(void)printf("%s%-52s %-10s %2u %9.4g", i == b->told ? "" : "\n", g->name,
			    g->protocol, g->nodes, g->value);
		else if (is_beside(g))
			continue;
		else if (g->value == 0)
			(void)printf(" %9s", "-");
		else
			(void)printf(" %9.4g", g->value);
	}
	(void)printf("\n");
	(void)fflush(stdout);
	b->told = fs->n;
}

static void
tell_head(const struct bench *b)
{
	if (b->quiet || b->before != NULL)
		return;
	(void)printf("%-52s %-10s %2s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "", "", "", "",
	    "", "bytes", "seconds", "processor", "time", "bytes", "values", "peak", "compiling", "");
	(void)printf("%-52s %-10s %2s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "function",
	    "protocol", "of", "seconds", "rounds", "of all", "predicted", "s, all", "x before",
	    "x before", "MiB", "MiB", "s", "aim s");
}

/* Compiles, and predicts. */
static enum status
sample_predict(struct bench *b, struct study *study, struct sample *s, struct fault *f)
{
	const struct link_speed link = { "bench", b->rtt_us, b->bits_per_s };
	const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	const double began = bench_seconds();
	struct study_of o = { .protocol = s->protocol, .network = bench_network(b), .n = s->rows,
		.rows = s->item->where == SITES ? s->rows / s->nodes : s->rows,
		.nodes = s->nodes, .checked = true };
	char *text = NULL;
	enum status st;

	TRY(program_text(&text, s));
	o.source = text;
	TRY(study_of(study, &o, f));
	s->compile_s = bench_seconds() - began;
	TRY(cost_predict(&s->said, study->code, study->protocol->target));
	s->predicted_s = cost_seconds(&s->said, &link, cpus < 1 ? 1 : (unsigned)cpus);
out:
	mem_free(text);
	return st;
}

/* Whether it should run, by what was predicted and how the size before came out. */
static bool
affordable(const struct sample *s, const struct sample *before)
{
	const double off = before->ran && before->predicted_s > 0 ?
	    before->seconds / before->predicted_s : 1;

	return s->predicted_s * (off > 1 ? off : 1) <= LIBRARY_MAX_S &&
	    s->said.memory_bytes <= library_memory_max;
}

static enum status
sample_run(const struct bench *b, struct study *study, struct sample *s, struct fault *f)
{
	const double began = bench_seconds();
	double v[N_LIBRARY_RUN], cpu[N_LIBRARY_RUN];
	struct session_cost c;
	unsigned n = 0;
	enum status st = ST_OK;

	do {
		TRY(bench_session(&c, b, study, f));
		cpu[n] = c.cpu_s;
		v[n++] = (double)c.all.total_us * 1e-6;
	} while (n < N_LIBRARY_RUN && !b->quick && bench_seconds() - began < LIBRARY_SHORT_S);
	s->ran = true;
	s->seconds = bench_median(v, n);
	s->cpu_s = bench_median(cpu, n);
	s->took = c.all;
	s->peak_mib = c.peak_mib;
out:
	return st;
}

/* *s is left as it is if the program is refused. */
static enum status
sample_measure(struct bench *b, struct sample *s, const struct sample *before, struct fault *f)
{
	struct study study = { 0 };
	struct fault refused = { .st = ST_OK };
	char *name = NULL;
	enum status st = sample_predict(b, &study, s, &refused);

	if (st == ST_COMPILE) {
		TRY(sample_name(&name, s));
		bench_note(b, "%s: not under %s: %s", name, s->protocol, refused.message);
		goto out;
	}
	if (st != ST_OK) {
		*f = refused;
		goto out;
	}
	if (affordable(s, before))
		TRY(sample_run(b, &study, s, f));
	TRY(sample_name(&name, s));
	(void)snprintf(b->figures.protocol, sizeof b->figures.protocol, "%s", s->protocol);
	sample_figures(&b->figures, name, s, before);
	b->figures.protocol[0] = '\0';
	tell_sample(b);
out:
	mem_free(name);
	study_fini(&study);
	return st;
}

static enum status
item_measure(struct bench *b, const struct item *x, const char *protocol, unsigned nodes,
    struct fault *f)
{
	static const uint64_t full[] = { 300, 3000, 30000 }, quick[] = { 30, 60 };
	const uint64_t *size = b->quick ? quick : full, own = b->quick ? quick[0] : x->rows;
	const unsigned n = x->text != NULL ? 1 : b->quick ? 2 : 3;
	struct sample before = { .item = x };
	enum status st = ST_OK;

	for (unsigned i = 0; i < n; i++) {
		struct sample s = { .item = x, .protocol = protocol, .nodes = nodes,
			.rows = x->text != NULL ? own : size[i] };

		TRY(sample_measure(b, &s, &before, f));
		before = s;
	}
out:
	return st;
}

static bool
is_wanted(const struct bench *b, const struct item *x)
{
	struct text t = { 0 };
	char *name = NULL;
	bool wanted;

	put_item_name(&t, x);
	if (text_take(&name, &t) != ST_OK)
		return false;
	wanted = b->only == NULL || strstr(name, b->only) != NULL;
	mem_free(name);
	return wanted;
}

enum status
bench_library(struct bench *b, struct fault *f)
{
	static const struct {
		const char *protocol;
		unsigned nodes;
	} under[] = { { "replicated", 3 }, { "additive", 2 }, { "additive", 3 }, { "yao", 2 },
		{ "mixed", 2 } };
	const char *protocol = b->protocol == NULL ? "replicated" : b->protocol;
	enum status st = ST_OK;

	tell_head(b);
	for (size_t k = 0; k < sizeof under / sizeof under[0]; k++)
		for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
			if (strcmp(under[k].protocol, protocol) == 0 && is_wanted(b, &items[i]))
				TRY(item_measure(b, &items[i], under[k].protocol, under[k].nodes, f));
out:
	return st;
}
