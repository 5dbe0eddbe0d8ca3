/* cmd_run_party.c: the processes of a run; see cmd_run.h
 *
 * Keys are made before there are processes, so that those that come late know them; every process
 * wipes the others'. */
#include <assert.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd_launch.h"
#include "cmd_run.h"
#include "delivery.h"
#include "guest.h"

enum { N_AT_ONCE_MIN = 4 };

/* Everybody's keys, and who plays which part. */
struct cast {
	struct run *run;
	struct identity_secret *secret; /* by party */
	struct identity_public *key;
	const char **endpoint;          /* by party, of nodes only */
	unsigned n, n_early, n_late;    /* as in struct launch */
	uint32_t *party;                /* of each process */
	const char **name;
};

static void
cast_free(struct cast *c)
{
	mem_secret_free(c->secret);
	mem_free(c->key);
	mem_free(c->endpoint);
	mem_free(c->party);
	mem_free(c->name);
}

static void
cast_add(struct cast *c, unsigned *kind, uint32_t party)
{
	const unsigned at = c->n + c->n_early + c->n_late;

	c->party[at] = party;
	c->name[at] = c->run->study.party[party].name;
	(*kind)++;
}

static enum status
cast_keys(struct cast *c, struct fault *f)
{
	struct identity_secret *id;
	enum status st = ST_OK;

	for (uint32_t i = 0; i < c->run->study.n_parties; i++) {
		TRY(identity_new(&id, f));
		c->secret[i] = *id;
		c->key[i] = id->pub;
		identity_free(id);
	}
out:
	return st;
}

static enum status
cast_make(struct cast *c, struct fault *f)
{
	const struct study *s = &c->run->study;
	const uint32_t n = s->n_parties, nodes = roles_nodes(&s->roles, n);

	c->secret = mem_secret(n * sizeof *c->secret);
	c->key = mem_array(n, sizeof *c->key);
	c->endpoint = mem_array(n, sizeof *c->endpoint);
	c->party = mem_array(2 * (size_t)n, sizeof *c->party);
	c->name = mem_array(2 * (size_t)n, sizeof *c->name);
	if (c->secret == NULL || c->key == NULL || c->endpoint == NULL || c->party == NULL ||
	    c->name == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	for (uint32_t i = 0; i < nodes; i++)
		cast_add(c, &c->n, roles_party(&s->roles, i));
	for (uint32_t i = 0; i < n; i++)
		if (roles_node(&s->roles, i) < 0 && study_brings(s, i))
			cast_add(c, &c->n_early, i);
	for (uint32_t i = 0; i < n; i++)
		if (roles_node(&s->roles, i) < 0 && delivery_any(s->code, i))
			cast_add(c, &c->n_late, i);
	return cast_keys(c, f);
}

/* In a process: forgets what is others'.  A node frees their tables; those that come and go are
 * many, and their processes short, so they only look away. */
static void
keep_own(struct cast *c, uint32_t party, bool node)
{
	struct run *r = c->run;

	for (uint32_t i = 0; i < r->study.n_parties; i++) {
		if (i == party)
			continue;
		wipe(&c->secret[i], sizeof c->secret[i]);
		if (node)
			table_free(r->table[i]);
		r->table[i] = NULL;
	}
}

static void
on_ready(void *arg)
{
	launch_ready(arg);
}

/* One party's process.  A node brings its result and what it metered; who contributes, how many
 * bytes that took; who receives, its result. */
static enum status
party_body(void *arg, struct launch_child *child, uint8_t **out, size_t *len, struct fault *f)
{
	struct cast *c = arg;
	struct run *r = c->run;
	const uint32_t me = c->party[child->me];
	const bool is_node = child->me < c->n, early = !is_node && child->me < c->n + c->n_early;
	char address[N_NODES_MAX][LAUNCH_DIR_MAX + 16];
	struct node node = {
		.study = &r->study, .me = me, .table = r->table, .session = "run", .key = c->key,
		.endpoint = c->endpoint, .secret = &c->secret[me], .timeout_ms = r->o.timeout_ms,
		.rtt_us = r->o.rtt_us, .bits_per_s = r->o.bits_per_s, .ready = on_ready,
		.ready_arg = child,
	};
	struct result *result = NULL;
	uint64_t bytes = 0;
	enum status st;

	keep_own(c, me, is_node);
	for (unsigned i = 0; i < c->n; i++) {
		(void)snprintf(address[i], sizeof address[i], "ipc://%s/%u", child->dir, i);
		c->endpoint[c->party[i]] = address[i];
	}
	if (child->me == 0 && !r->o.json)
		node.progress = progress_new(STDERR_FILENO, PROGRESS_AUTO);
	if (early) {
		TRY(guest_contribute(&node, &bytes, f));
		*out = mem_alloc(sizeof bytes);
		*len = sizeof bytes;
		st = *out == NULL ? ST_INTERNAL : ST_OK;
		if (st == ST_OK)
			memcpy(*out, &bytes, sizeof bytes);
		goto out;
	}
	TRY(is_node ? node_run(&result, &node, f) : guest_collect(&result, &node, f));
	TRY(result_write(out, len, result));
out:
	wipe(&c->secret[me], sizeof c->secret[me]);
	result_free(result);
	table_free(r->table[me]);
	r->table[me] = NULL;
	progress_free(node.progress);
	return st;
}

/* Puts together what the processes brought; equal outputs must be equal. */
static enum status
merge(const struct cast *c, const struct launch_result *got, struct fault *f)
{
	struct run *r = c->run;
	struct result *one;
	enum status st = ST_OK;

	for (unsigned i = 0; i < got->n; i++) {
		if (i >= c->n && i < c->n + c->n_early) {
			assert(got->len[i] == sizeof r->guest->sent);
			memcpy(&r->guest[c->party[i]].sent, got->bytes[i], got->len[i]);
			continue;
		}
		TRY(result_read(&one, r->study.code, got->bytes[i], got->len[i], f));
		if (i < c->n)
			cost_add(&r->cost, i, &one->cost);
		TRY(result_merge(&r->result, one, r->study.code, c->party[i], f));
	}
out:
	return st;
}

static unsigned
at_once(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < N_AT_ONCE_MIN / 2 ? N_AT_ONCE_MIN : 2 * (unsigned)cpus;
}

enum status
run_processes(struct run *r, struct fault *f)
{
	struct cast c = { .run = r };
	struct launch l = { .at_once = at_once(), .body = party_body, .arg = &c };
	struct launch_result got = { 0 };
	enum status st;
	int sig;

	TRY(cast_make(&c, f));
	l.n = c.n;
	l.n_early = c.n_early;
	l.n_late = c.n_late;
	l.name = c.name;
	(void)fflush(stdout);
	(void)fflush(stderr);
	TRY(launch_run(&got, &l, f));
	TRY(merge(&c, &got, f));
out:
	sig = got.signal;
	launch_fini(&got);
	cast_free(&c);
	if (sig != 0) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
	return st;
}
