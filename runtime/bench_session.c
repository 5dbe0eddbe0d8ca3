/* bench_session.c: see bench_session.h
 *
 * Times are those of a node, from the agreement on the program to its result. */
#include "bench_session.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd_launch.h"
#include "cmd_node.h"
#include "table.h"

struct session_run {
	struct study *study;
	const struct bench *bench;
};

/* What a process brings back. */
struct node_cost {
	struct cost_node cost;
	double peak_mib, cpu_s;
};

static enum status
note_cpu(void *arg, struct fault *f)
{
	(void)f;
	*(double *)arg = bench_cpu_s();
	return ST_OK;
}

static enum status
session_body(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	struct session_run *r = arg;
	char endpoint[N_NODE_MAX][LAUNCH_DIR_MAX + 16];
	struct table_set *table[N_NODE_MAX] = { NULL };
	const char *address[N_NODE_MAX];
	struct identity_public key[N_NODE_MAX];
	struct identity_secret *id = NULL;
	double before = 0;
	struct node node = {
		.study = r->study, .me = c->me, .table = table, .session = "bench",
		.endpoint = address, .key = key,
		.agreed = note_cpu, .agreed_arg = &before, .timeout_ms = 120000,
		.rtt_us = r->bench->rtt_us, .bits_per_s = r->bench->bits_per_s,
	};
	const struct party *me = &r->study->party[c->me];
	struct result *result = NULL;
	struct node_cost *cost;
	uint32_t n;
	const struct input *in = program_inputs(r->study->program, &n);
	enum status st;

	for (unsigned i = 0; i < c->n; i++) {
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%u", c->dir, i);
		address[i] = endpoint[i];
	}
	TRY(table_synthetic(&table[c->me], in, n, me->group, me->rows, c->me));
	TRY(identity_new(&id, f));
	TRY(launch_gather(c, key, &id->pub, sizeof id->pub, f));
	node.secret = id;
	TRY(node_run(&result, &node, f));
	cost = mem_alloc(sizeof *cost);
	if (cost == NULL) {
		st = ST_INTERNAL;
		goto out;
	}
	*cost = (struct node_cost){ result->cost, bench_peak_mib(), bench_cpu_s() - before };
	*out = (uint8_t *)cost;
	*len = sizeof *cost;
out:
	result_free(result);
	identity_free(id);
	table_free(table[c->me]);
	return st;
}

enum status
bench_session(
    struct session_cost *cost, const struct bench *b, struct study *s, struct fault *f)
{
	static const char *const name[] = { "0", "1", "2" };
	struct session_run r = { s, b };
	struct launch l = { .n = s->n_parties, .name = name, .body = session_body, .arg = &r };
	struct launch_result got;
	enum status st = launch_run(&got, &l, f);

	memset(cost, 0, sizeof *cost);
	cost->all.n_nodes = s->n_parties;
	for (unsigned i = 0; i < got.n && st == ST_OK; i++) {
		struct node_cost of;

		memcpy(&of, got.bytes[i], sizeof of);
		if (i == 0) {
			cost->first = of.cost;
			cost->first_peak_mib = of.peak_mib;
		}
		cost_add(&cost->all, i, &of.cost);
		cost->peak_mib = of.peak_mib > cost->peak_mib ? of.peak_mib : cost->peak_mib;
		cost->cpu_s += of.cpu_s;
	}
	launch_fini(&got);
	return st;
}
