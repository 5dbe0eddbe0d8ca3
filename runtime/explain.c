/* explain.c: see explain.h */
#include "explain.h"

#include "../protocols/protocol.h"
#include "base/mem.h"
#include "json.h"
#include "number.h"
#include "text.h"
#include "wording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of many parties, what wording_rows says of groups, and who computes. */
static void
add_groups(struct text *t, const struct code *c)
{
	struct text w = { 0 };
	struct who nodes;

	wording_rows(&w, c);
	text_add(&w, "; ");
	who_nodes(&nodes, c);
	wording_parties(&w, c, &nodes);
	text_add(&w, code_nodes(c) == 1 ? " computes" : " compute");
	text_add(t, "  ");
	text_wrap(t, w.failed ? "" : w.at, 2, 2);
	t->failed = t->failed || w.failed;
	text_fini(&w);
}

static void
add_head(struct text *t, const struct code *c)
{
	enum { LINES_MAX = 16 };
	const bool guests = code_nodes(c) < c->n_parties;

	text_add(t, "%s\nprotocol %s, network %s, ", c->study, c->protocol, c->network);
	text_count(t, c->n_parties);
	text_add(t, c->n_parties == 1 ? " party" : " parties");
	if (guests)
		text_add(t, ", %u of which compute", code_nodes(c));
	text_add(t, ":\n");
	if (c->n_parties > LINES_MAX) {
		add_groups(t, c);
		return;
	}
	for (uint32_t i = 0; i < c->n_parties; i++)
		text_add(t, "  %-24s %llu rows%s\n", c->party[i].name,
		    (unsigned long long)c->party[i].rows, c->party[i].helper ? ", a helper" :
		    guests && roles_node(&c->roles, i) >= 0 ? ", computes" : "");
}

/* Who could work out everything that was put in, if they wanted to. */
static void
add_colluders(struct text *t, const struct code *c)
{
	const struct protocol *p = protocol_find(c->protocol);
	struct text w = { 0 };
	struct who nodes;

	if (p == NULL || p->together == NULL)
		return;
	who_nodes(&nodes, c);
	text_add(&w, "%s of ", p->together);
	wording_parties(&w, c, &nodes);
	text_add(&w, " together could work out everything that was put in; fewer learn the outputs only");
	text_add(t, "  ");
	text_wrap(t, w.failed ? "" : w.at, 2, 2);
	t->failed = t->failed || w.failed;
	text_fini(&w);
}

static void
add_phases(struct text *t, const struct cost *cost)
{
	static const char *const what[N_COST_PHASE] = {
		"set-up", "offline (randomness)", "online",
	};

	text_add(t, "\n  %-24s %12s %16s %16s\n", "phase", "rounds", "bytes in all",
	    "busiest link");
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		uint64_t all = 0, most = 0;
		for (unsigned i = 0; i < cost->n_nodes; i++) {
			for (unsigned k = 0; k < cost->n_nodes; k++) {
				all += cost->bytes[p][i][k];
				most = cost->bytes[p][i][k] > most ? cost->bytes[p][i][k] : most;
			}
		}
		text_add(t, "  %-24s %12llu %16llu %16llu\n", what[p],
		    (unsigned long long)cost->rounds[p],
		    (unsigned long long)all, (unsigned long long)most);
	}
}

static void
add_links(struct text *t, const struct cost *cost, const struct code *c)
{
	text_add(t, "\n  %-24s", "bytes from, to");
	for (unsigned k = 0; k < cost->n_nodes; k++)
		text_add(t, " %14.14s", code_node_name(c, k));
	text_put(t, "\n", 1);
	for (unsigned i = 0; i < cost->n_nodes; i++) {
		text_add(t, "  %-24s", code_node_name(c, i));
		for (unsigned k = 0; k < cost->n_nodes; k++) {
			uint64_t n = 0;
			for (unsigned p = 0; p < N_COST_PHASE; p++)
				n += cost->bytes[p][i][k];
			if (k == i)
				text_add(t, " %14s", "-");
			else
				text_add(t, " %14llu", (unsigned long long)n);
		}
		text_put(t, "\n", 1);
	}
}

static void
add_counts(struct text *t, const struct cost *c)
{
	struct cost_count row[N_COST_COUNT];
	unsigned n = cost_counts(row, c);
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		if (row[i].n == 0)
			continue;
		if (!any)
			text_add(t, "\nbeyond linear arithmetic\n");
		any = true;
		text_add(t, "  %-32s %20llu\n", row[i].text, (unsigned long long)row[i].n);
	}
}

static void
add_estimates(struct text *t, const struct cost *cost)
{
	const struct link_speed *const links[] = { &link_lan, &link_metro, &link_wan };

	text_add(t, "\nestimated time on the network\n");
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++)
		text_add(t, "  %-6s %7.1f ms round trip, %6llu Mbit/s %10.3f s\n", links[i]->name,
		    (double)links[i]->rtt_us / 1000,
		    (unsigned long long)(links[i]->bits_per_s / 1000000),
		    cost_seconds(cost, links[i], 0));
}

/* Does the bound say more than the range of the result does? */
static bool
is_bound(const struct output_part *p)
{
	return (double)p->error < ((double)p->type.hi - (double)p->type.lo) / 2;
}

/* The part of field `field` with the largest error bound, or NULL. */
static const struct output_part *
worst_part(const struct output *o, const char *field)
{
	const struct output_part *worst = NULL;

	for (uint32_t i = 0; i < o->n_parts; i++)
		if (strcmp(o->part[i].field, field) == 0 &&
		    (worst == NULL || o->part[i].error > worst->error))
			worst = &o->part[i];
	return worst;
}

/* An exact decimal. */
static void
exact_error(char out[DECIMAL_MAX], const struct output *o, const char *field)
{
	const struct output_part *p = worst_part(o, field);

	decimal_exact(out, p == NULL ? 0 : p->error,
	    p != NULL && p->type.kind == TYPE_FIXED ? p->type.frac : 0);
}

/* For people. */
static void
error_text(char out[DECIMAL_MAX], const struct output *o, const char *field)
{
	const struct output_part *p = worst_part(o, field);

	exact_error(out, o, field);
	if (strcmp(out, "0") == 0)
		(void)snprintf(out, DECIMAL_MAX, "exact");
	else if (!is_bound(p))
		(void)snprintf(out, DECIMAL_MAX, "depends on the data");
	else if (strlen(out) > 12)
		(void)snprintf(out, DECIMAL_MAX, "%.2g", strtod(out, NULL));
}

/* The parts of an output that stand for a field each: the first of each name. */
static bool
is_first_of_field(const struct output *o, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (strcmp(o->part[k].field, o->part[i].field) == 0)
			return false;
	return true;
}

static void
add_outputs(struct text *t, const struct code *c)
{
	char error[DECIMAL_MAX], name[64];

	text_add(t, "\n  %-32s %s\n", "output", "largest error of fixed-point "
	    "arithmetic, whatever the data");
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		const struct output *o = &c->output[i];
		for (uint32_t k = 0; k < o->n_parts; k++) {
			const char *field = o->part[k].field;
			if (!is_first_of_field(o, k))
				continue;
			(void)snprintf(name, sizeof name, "%.30s%s%.30s", o->name,
			    field[0] == '\0' ? "" : ".", field);
			error_text(error, o, field);
			text_add(t, "  %-32s %s\n", name, error);
		}
	}
}

static void
add_notes(struct text *t, const struct code *c)
{
	if (c->n_notes > 0)
		text_add(t, "\nnotes\n");
	for (uint32_t i = 0; i < c->n_notes; i++) {
		text_add(t, "  - ");
		text_wrap(t, c->note[i], 4, 4);
	}
}

enum status
explain_text(char **out, const struct code *c, const struct target *target,
    const struct explain_lines *lines)
{
	struct text t = { 0 };
	struct cost_guest *guest = NULL;
	struct cost cost;
	enum status st = ST_OK;

	*out = NULL;
	TRY(cost_predict(&cost, c, target));
	TRY(cost_guests(&guest, c));
	add_head(&t, c);
	add_colluders(&t, c);
	add_phases(&t, &cost);
	if (target != NULL)
		add_links(&t, &cost, c);
	cost_guests_text(&t, guest, c);
	add_counts(&t, &cost);
	text_add(&t, guest == NULL ? "\nmemory of each party: " : "\nmemory of each node: ");
	text_bytes(&t, cost.memory_bytes);
	text_add(&t, " (values, and what circuits work in); %u instructions, %u after opening\n",
	    c->n_code, c->n_post);
	add_estimates(&t, &cost);
	add_outputs(&t, c);
	add_notes(&t, c);
	if (lines != NULL)
		lines_text(&t, lines);
	TRY(text_take(out, &t));
out:
	text_fini(&t);
	mem_free(guest);
	return st;
}

static cJSON *
nodes_json(const struct code *c)
{
	struct who nodes;

	who_nodes(&nodes, c);
	return json_parties(c, &nodes);
}

static cJSON *
rows_json(const struct code *c)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (uint32_t i = 0; i < c->n_parties && ok; i++)
		ok = json_put(o, c->party[i].name, json_count(c->party[i].rows));
	return json_if(o, ok);
}

/* A number, or an object of numbers by field. */
static cJSON *
error_json(const struct output *o)
{
	char error[DECIMAL_MAX];

	exact_error(error, o, "");
	if (o->n_parts == 0 || o->part[0].field[0] == '\0')
		return cJSON_CreateRaw(error);
	cJSON *object = cJSON_CreateObject();
	bool ok = object != NULL;
	for (uint32_t i = 0; i < o->n_parts && ok; i++) {
		exact_error(error, o, o->part[i].field);
		ok = !is_first_of_field(o, i) ||
		    json_put(object, o->part[i].field, cJSON_CreateRaw(error));
	}
	return json_if(object, ok);
}

static cJSON *
output_json(const struct output *o, const struct code *c)
{
	cJSON *top = cJSON_CreateObject();
	struct text type = { 0 };
	char *text = NULL;
	bool ok;

	wording_output_type(&type, o);
	ok = text_take(&text, &type) == ST_OK && json_put(top, "name",
	    cJSON_CreateString(o->name)) &&
	    json_put(top, "type", cJSON_CreateString(text)) &&
	    json_put(top, "to", json_recipients(c, o)) &&
	    json_put(top, "error", error_json(o));
	mem_free(text);
	return json_if(top, ok);
}

static cJSON *
outputs_json(const struct code *c)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;

	for (uint32_t i = 0; i < c->n_outputs && ok; i++)
		ok = json_push(a, output_json(&c->output[i], c));
	return json_if(a, ok);
}

enum status
explain_json(char **out, const struct code *c, const struct target *target,
    const struct explain_lines *lines)
{
	struct cost_guest *guest = NULL;
	struct cost cost;
	cJSON *top = NULL;
	enum status st = ST_OK;
	bool ok;

	*out = NULL;
	TRY(cost_predict(&cost, c, target));
	TRY(cost_guests(&guest, c));
	cost.guest = guest;
	top = cJSON_CreateObject();
	ok = json_put(top, "study", cJSON_CreateString(c->study)) &&
	    json_put(top, "protocol", cJSON_CreateString(c->protocol)) &&
	    json_put(top, "network", cJSON_CreateString(c->network)) &&
	    json_put(top, "parties", json_all(c)) && json_put(top, "nodes", nodes_json(c)) &&
	    json_put(top, "rows", rows_json(c)) && json_put(top, "outputs", outputs_json(c)) &&
	    json_put(top, "cost", cost_json(&cost, c)) &&
	    json_put(top, "notes", json_names(c->note, c->n_notes)) &&
	    (lines == NULL || json_put(top, "lines", lines_json(lines)));
	st = json_text(out, json_if(top, ok));
out:
	mem_free(guest);
	return st;
}
