/* cost.c: see cost.h */
#include "cost.h"

#include "json.h"

#include <string.h>

const char *const cost_phase_name[N_COST_PHASE] = { "setup", "offline", "online" };

struct prediction {
	struct tally tally;
	const struct code *code;
	const struct target *target;
};

static void
add_insn(void *arg, const struct insn *x, uint64_t times)
{
	struct prediction *p = arg;

	p->target->cost(&p->tally, p->code, x, times, p->code->n_parties);
}

static void
of_tally(struct cost *out, const struct tally *t)
{
	out->rounds[COST_SETUP] = t->setup_rounds;
	out->rounds[COST_OFFLINE] = t->offline_rounds;
	out->rounds[COST_ONLINE] = t->online_rounds;
	for (unsigned i = 0; i < out->n_nodes; i++) {
		for (unsigned k = 0; k < out->n_nodes; k++) {
			out->bytes[COST_SETUP][i][k] = t->setup[i][k];
			out->bytes[COST_OFFLINE][i][k] = t->offline[i][k];
			out->bytes[COST_ONLINE][i][k] = t->online[i][k];
		}
	}
	out->ots = t->ots;
	out->triples64 = t->triples64;
	out->triples128 = t->triples128;
	out->wraps = t->wraps;
	out->bits64 = t->bits64;
	out->bits128 = t->bits128;
	out->matrices = t->matrices;
}

enum status
cost_predict(struct cost *out, const struct code *c, const struct target *t)
{
	struct prediction p = { .code = c, .target = t };
	enum status st = ST_OK;

	memset(out, 0, sizeof *out);
	out->n_nodes = c->n_parties;
	out->memory_bytes = c->arena_bytes;
	if (t == NULL)
		return ST_OK;
	TRY(code_walk(c, add_insn, &p));
	t->cost_demand(&p.tally, c, c->n_parties);
	of_tally(out, &p.tally);
out:
	return st;
}

void
cost_add(struct cost *c, unsigned node, const struct cost_node *m)
{
	c->metered = true;
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		if (c->rounds[p] < m->rounds[p])
			c->rounds[p] = m->rounds[p];
		if (c->us[p] < m->us[p])
			c->us[p] = m->us[p];
		for (unsigned k = 0; k < c->n_nodes; k++)
			c->bytes[p][node][k] += m->sent[p][k];
	}
	if (c->total_us < m->total_us)
		c->total_us = m->total_us;
	if (c->memory_bytes < m->memory_bytes)
		c->memory_bytes = m->memory_bytes;
}

void
cost_of_meter(struct cost_node *out, const struct meter *m, unsigned n_nodes)
{
	static const enum phase phase[N_COST_PHASE] = { PHASE_SETUP, PHASE_OFFLINE, PHASE_ONLINE };

	memset(out, 0, sizeof *out);
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		out->rounds[p] = m->rounds[phase[p]];
		for (unsigned i = 0; i < n_nodes; i++)
			out->sent[p][i] = m->sent[phase[p]][i];
	}
}

double
cost_seconds(const struct cost *c, const struct link_speed *link)
{
	double s = 0;

	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		uint64_t most = 0;
		for (unsigned i = 0; i < c->n_nodes; i++)
			for (unsigned k = 0; k < c->n_nodes; k++)
				most = c->bytes[p][i][k] > most ? c->bytes[p][i][k] : most;
		s += (double)c->rounds[p] * (double)link->rtt_us * 0.5e-6;
		s += (double)most * 8 / (double)link->bits_per_s;
	}
	return s;
}

static uint64_t
sent_by(const struct cost *c, unsigned node)
{
	uint64_t n = 0;

	for (unsigned p = 0; p < N_COST_PHASE; p++)
		for (unsigned k = 0; k < c->n_nodes; k++)
			n += c->bytes[p][node][k];
	return n;
}

static cJSON *
sent_json(const struct cost *c, const struct code *code)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (unsigned i = 0; i < c->n_nodes && ok; i++)
		ok = json_put(o, code->party[i].name, json_count(sent_by(c, i)));
	return json_if(o, ok);
}

static cJSON *
links_json(const struct cost *c, const struct code *code, unsigned p)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (unsigned i = 0; i < c->n_nodes && ok; i++) {
		cJSON *from = cJSON_CreateObject();
		for (unsigned k = 0; k < c->n_nodes && ok; k++)
			ok = k == i || json_put(from, code->party[k].name,
			    json_count(c->bytes[p][i][k]));
		ok = json_put(o, code->party[i].name, from) && ok;
	}
	return json_if(o, ok);
}

static cJSON *
phase_json(const struct cost *c, const struct code *code, unsigned p)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = json_put(o, "rounds", json_count(c->rounds[p])) &&
	    json_put(o, "bytes", links_json(c, code, p));

	return json_if(o, ok);
}

static cJSON *
randomness_json(const struct cost *c)
{
	const struct { const char *name; uint64_t n; } row[] = {
		{ "triples64", c->triples64 }, { "triples128", c->triples128 },
		    { "matrices", c->matrices },
		{ "wraps", c->wraps }, { "bits64", c->bits64 }, { "bits128", c->bits128 },
		{ "ots", c->ots },
	};
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (size_t i = 0; i < sizeof row / sizeof row[0] && ok; i++)
		ok = json_put(o, row[i].name, json_count(row[i].n));
	return json_if(o, ok);
}

static cJSON *
seconds_json(const struct cost *c)
{
	const struct link_speed *const links[] = { &link_lan, &link_metro, &link_wan };
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (size_t i = 0; i < sizeof links / sizeof links[0] && ok; i++)
		ok = json_put(o, links[i]->name, cJSON_CreateNumber(cost_seconds(c, links[i])));
	return json_if(o, ok);
}

static bool
put_times(cJSON *top, const struct cost *c)
{
	double offline = (double)(c->us[COST_SETUP] + c->us[COST_OFFLINE]) * 1e-6;

	return json_put(top, "offline_s", cJSON_CreateNumber(offline)) &&
	    json_put(top, "online_s", cJSON_CreateNumber((double)c->us[COST_ONLINE] * 1e-6)) &&
	    json_put(top, "total_s", cJSON_CreateNumber((double)c->total_us * 1e-6));
}

cJSON *
cost_json(const struct cost *c, const struct code *code)
{
	cJSON *top = cJSON_CreateObject();
	bool ok = json_put(top, "rounds", json_count(c->rounds[COST_ONLINE])) &&
	    json_put(top, "bytes_sent", sent_json(c, code)) && (!c->metered || put_times(top, c));

	for (unsigned p = 0; p < N_COST_PHASE && ok; p++)
		ok = json_put(top, cost_phase_name[p], phase_json(c, code, p));
	ok = ok && json_put(top, "memory", json_count(c->memory_bytes));
	if (!c->metered)
		ok = ok && json_put(top, "randomness", randomness_json(c)) &&
		    json_put(top, "seconds", seconds_json(c));
	return json_if(top, ok);
}
