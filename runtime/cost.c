/* cost.c: see cost.h */
#include "cost.h"

#include "flight.h"
#include "json.h"

#include <string.h>

const char *const cost_phase_name[N_COST_PHASE] = { "setup", "offline", "online" };

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
	out->tally = *t;
}

enum status
cost_predict(struct cost *out, const struct code *c, const struct target *t)
{
	const struct protocol *p = protocol_find(c->protocol);
	struct tally tally;
	uint64_t scratch = 0;
	enum status st = ST_OK;

	memset(out, 0, sizeof *out);
	out->n_nodes = code_nodes(c);
	if (p != NULL)
		TRY(flight_walk(&scratch, c, p, NULL, NULL));
	out->memory_bytes = c->arena_bytes + scratch;
	if (t == NULL)
		return ST_OK;
	TRY(tally_code(&tally, c, t));
	TRY(cost_nodes_inputs(&tally, c));
	of_tally(out, &tally);
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
cost_seconds(const struct cost *c, const struct link_speed *link, unsigned cpus)
{
	struct estimate e;

	estimate(&e, &c->tally, link, c->n_nodes, cpus);
	return (double)e.us * 1e-6;
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
		ok = json_put(o, code_node_name(code, i), json_count(sent_by(c, i)));
	for (uint32_t i = 0; c->guest != NULL && i < code->n_parties && ok; i++)
		ok = roles_node(&code->roles, i) >= 0 ||
		    json_put(o, code->party[i].name, json_count(c->guest[i].sent));
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
			ok = k == i || json_put(from, code_node_name(code, k),
			    json_count(c->bytes[p][i][k]));
		ok = json_put(o, code_node_name(code, i), from) && ok;
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

unsigned
cost_counts(struct cost_count out[N_COST_COUNT], const struct cost *c)
{
	const struct tally *t = &c->tally;
	const struct cost_count all[N_COST_COUNT] = {
		{ "ands", "AND gates on XOR shares", t->ands },
		{ "garbled", "AND gates, garbled", t->garbled },
		{ "triples64", "triples (64 bits)", t->triples64 },
		{ "triples128", "triples (128 bits)", t->triples128 },
		{ "matrices", "matrix triples", t->matrices },
		{ "wraps", "truncations (2 parties)", t->wraps },
		{ "mulbs64", "bits times numbers (64 bits)", t->mulbs64 },
		{ "mulbs128", "bits times numbers (128 bits)", t->mulbs128 },
		{ "bits64", "random bits (64 bits)", t->bits64 },
		{ "bits128", "random bits (128 bits)", t->bits128 },
		{ "ots", "oblivious transfers", t->ots },
	};

	memcpy(out, all, sizeof all);
	return N_COST_COUNT;
}

static cJSON *
randomness_json(const struct cost *c)
{
	struct cost_count row[N_COST_COUNT];
	unsigned n = cost_counts(row, c);
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (unsigned i = 0; i < n && ok; i++)
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
		ok = json_put(o, links[i]->name, cJSON_CreateNumber(cost_seconds(c, links[i], 0)));
	return json_if(o, ok);
}

static bool
put_times(cJSON *top, const struct cost *c)
{
	double offline = (double)(c->us[COST_SETUP] + c->us[COST_OFFLINE]) * 1e-6;

	if (c->predicted_s > 0 &&
	    !json_put(top, "predicted_s", cJSON_CreateNumber(c->predicted_s)))
		return false;
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
	ok = ok && json_put(top, "memory", json_count(c->memory_bytes)) && (c->guest == NULL ||
	    json_put(top, "guests", cost_guests_json(c->guest, code)));
	if (!c->metered)
		ok = ok && json_put(top, "randomness", randomness_json(c)) &&
		    json_put(top, "seconds", seconds_json(c));
	return json_if(top, ok);
}
