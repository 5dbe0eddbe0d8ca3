/* bench_study.c: programs made ready, and how long that takes.  See bench.h. */
#include "bench_study.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum status
study_of(struct study *s, const struct study_of *of, struct fault *f)
{
	char text[24];
	struct define d = { .name = "n", .text = text };
	const struct study_options o = {
		.path = "bench.ksl", .source = of->source, .load = { .define = &d, .n_defines = 1 },
		.protocol = of->protocol, .network = of->network, .no_local = of->no_local,
		.unchecked = !of->checked,
	};
	uint32_t members[N_NODE_MAX], groups;
	const struct group *group;
	enum status st;

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)of->n);
	TRY(study_load(s, &o, f));
	group = program_groups(s->program, &groups);
	assert(groups <= N_NODE_MAX);
	for (uint32_t i = 0; i < groups; i++)
		members[i] = group[i].grouped ? of->nodes : 1;
	TRY(study_members(s, members, f));
	for (uint32_t i = 0; i < s->n_parties; i++) {
		const int at = study_group(s, s->party[i].group);
		s->party[i].rows = at < 0 ? 0 : group_rows(&group[at], of->rows);
	}
	TRY(study_compile(s, NULL, NULL, f));
out:
	return st;
}

static enum status
compile_measure(struct bench *b, const char *name, const char *source, struct fault *f)
{
	double v[N_REPEAT_MAX];
	unsigned repeat = b->quick ? 1 : 7;
	const struct study_of of = { .source = source, .protocol = "additive", .n = 1, .nodes = 2 };
	struct study s = { 0 };
	uint8_t *bytes = NULL;
	size_t len = 0;
	char line[56];
	enum status st = ST_OK;

	for (unsigned i = 0; i < repeat; i++) {
		double began = bench_seconds();

		study_fini(&s);
		TRY(study_of(&s, &of, f));
		v[i] = (bench_seconds() - began) * 1e3;
	}
	TRY(code_write(&bytes, &len, s.code));
	bench_add(&b->figures, 0, name, "ms", bench_median(v, repeat));
	(void)snprintf(line, sizeof line, "  bytecode");
	bench_add(&b->figures, 0, line, "B", (double)len);
out:
	mem_free(bytes);
	study_fini(&s);
	return st;
}

enum status
bench_compile(struct bench *b, struct fault *f)
{
	static const char loop[] = "party p[]\nparam n : int = 1\n"
	    "input x : int in 0..9 [1000000] from p\n"
	    "var total : int in 0..10000000 = 0\n"
	    "for i in 0..1000000 { total += x[0][i] * x[1][i] }\n"
	    "output o = total to all\n";
	static const char arrays[] = "party p[]\nparam n : int = 1\n"
	    "input x : int in 0..9 [10000000] from p\n"
	    "output o = sum(x[0] * x[1] + x[0]) to all\n";
	enum status st;

	TRY(compile_measure(b, "compiling a loop of 10^6 iterations", loop, f));
	TRY(compile_measure(b, "compiling over arrays of 10^7 elements", arrays, f));
out:
	return st;
}
