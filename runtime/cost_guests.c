/* cost_guests.c: what parties that are no nodes send and get; see cost.h */
#include "cost.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "contribution.h"
#include "delivery.h"
#include "guest_wire.h"
#include "json.h"
#include "text.h"

static bool
brings(const struct code *c, const char *group)
{
	for (uint32_t i = 0; i < c->n_inputs; i++)
		if (strcmp(c->input[i].party, group) == 0)
			return true;
	return false;
}

static bool
has_guest(const struct code *c, const char *group)
{
	for (uint32_t i = 0; i < c->n_parties; i++)
		if (roles_node(&c->roles, i) < 0 && strcmp(c->party[i].group, group) == 0)
			return true;
	return false;
}

/* Node i's own inputs, as guests_exchange sends them. */
static enum status
cost_of_node(struct tally *t, const struct code *c, unsigned i)
{
	const uint32_t party = roles_party(&c->roles, i);
	const struct party *p = &c->party[party];
	struct contribution_plan plan = { .n_items = 0 };
	enum status st = ST_OK;

	if (!brings(c, p->group) || !has_guest(c, p->group))
		return ST_OK;
	TRY(contribution_plan(&plan, c->input, c->n_inputs, p->group, p->rows));
	for (unsigned k = 0; k < code_nodes(c); k++)
		if (k != i)
			t->setup[i][k] += contribution_bytes(&plan, c->held, code_nodes(c), k, party) -
			    GUEST_HEAD_BYTES;
out:
	contribution_plan_fini(&plan);
	return st;
}

enum status
cost_nodes_inputs(struct tally *t, const struct code *c)
{
	enum status st = ST_OK;

	if (code_nodes(c) == c->n_parties)
		return ST_OK;
	t->setup_rounds++;
	for (unsigned i = 0; i < code_nodes(c); i++)
		TRY(cost_of_node(t, c, i));
out:
	return st;
}

static enum status
cost_of(struct cost_guest *g, const struct code *c, uint32_t party)
{
	const struct party *p = &c->party[party];
	struct contribution_plan plan = { .n_items = 0 };
	struct delivery d = { .n = 0 };
	enum status st = ST_OK;

	if (brings(c, p->group)) {
		TRY(contribution_plan(&plan, c->input, c->n_inputs, p->group, p->rows));
		for (unsigned k = 0; k < code_nodes(c); k++)
			g->sent += contribution_bytes(&plan, c->held, code_nodes(c), k, party);
	}
	if (delivery_any(c, party)) {
		TRY(delivery_plan(&d, c, party));
		for (unsigned k = 0; k < code_nodes(c); k++)
			g->got += delivery_bytes(&d, c, k);
	}
out:
	contribution_plan_fini(&plan);
	delivery_fini(&d);
	return st;
}

enum status
cost_guests(struct cost_guest **out, const struct code *c)
{
	const struct protocol *p = protocol_find(c->protocol);
	struct cost_guest *all;
	enum status st = ST_OK;

	*out = NULL;
	if (code_nodes(c) == c->n_parties || p == NULL || !p->secure)
		return ST_OK;
	all = mem_array(c->n_parties, sizeof *all);
	if (all == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < c->n_parties && st == ST_OK; i++)
		if (roles_node(&c->roles, i) < 0)
			st = cost_of(&all[i], c, i);
	if (st == ST_OK)
		*out = all;
	else
		mem_free(all);
	return st;
}

void
cost_guests_total(struct cost_guest *sum, const struct cost_guest *all, const struct code *c)
{
	*sum = (struct cost_guest){ 0 };
	for (uint32_t i = 0; all != NULL && i < c->n_parties; i++) {
		sum->sent = plus_or_full(sum->sent, all[i].sent);
		sum->got = plus_or_full(sum->got, all[i].got);
	}
}

static void
add_range(struct text *t, uint64_t least, uint64_t most)
{
	struct text w = { 0 };

	text_count(&w, least);
	if (least != most) {
		text_add(&w, " to ");
		text_count(&w, most);
	}
	text_add(t, " %27s", w.failed || w.at == NULL ? "" : w.at);
	t->failed = t->failed || w.failed;
	text_fini(&w);
}

/* Members of one group that are no nodes, in a line: the least and the most of them. */
static void
group_line(struct text *t, const struct code *c, const struct cost_guest *all, uint32_t first)
{
	const char *group = c->party[first].group;
	struct cost_guest least = { UINT64_MAX, UINT64_MAX }, most = { 0 };
	char name[64];
	uint32_t n = 0;

	for (uint32_t i = first; i < c->n_parties; i++) {
		const struct cost_guest *g = &all[i];

		if (roles_node(&c->roles, i) >= 0 || strcmp(c->party[i].group, group) != 0)
			continue;
		n++;
		least.sent = g->sent < least.sent ? g->sent : least.sent;
		least.got = g->got < least.got ? g->got : least.got;
		most.sent = g->sent > most.sent ? g->sent : most.sent;
		most.got = g->got > most.got ? g->got : most.got;
	}
	if (n == 1)
		(void)snprintf(name, sizeof name, "%.60s", c->party[first].name);
	else
		(void)snprintf(name, sizeof name, "each of %u of %.40s", n, group);
	text_add(t, "  %-24s", name);
	add_range(t, least.sent, most.sent);
	add_range(t, least.got, most.got);
	text_put(t, "\n", 1);
}

/* Whether a party before this one is of its group and no node, either. */
static bool
seen(const struct code *c, uint32_t party)
{
	for (uint32_t i = 0; i < party && c->party[party].member > 0; i++)
		if (roles_node(&c->roles, i) < 0 &&
		    strcmp(c->party[i].group, c->party[party].group) == 0)
			return true;
	return false;
}

void
cost_guests_text(struct text *t, const struct cost_guest *all, const struct code *c)
{
	enum { LINES_MAX = 16 };
	struct cost_guest sum;
	uint32_t n = 0;

	if (all == NULL)
		return;
	for (uint32_t i = 0; i < c->n_parties; i++)
		n += roles_node(&c->roles, i) < 0;
	text_add(t, "\n  %-24s %27s %27s\n", "bytes of who computes not", "sent to the nodes",
	    "received from them");
	for (uint32_t i = 0; i < c->n_parties; i++) {
		if (roles_node(&c->roles, i) >= 0)
			continue;
		if (n > LINES_MAX && seen(c, i))
			continue;
		if (n > LINES_MAX) {
			group_line(t, c, all, i);
			continue;
		}
		text_add(t, "  %-24s", c->party[i].name);
		add_range(t, all[i].sent, all[i].sent);
		add_range(t, all[i].got, all[i].got);
		text_put(t, "\n", 1);
	}
	cost_guests_total(&sum, all, c);
	text_add(t, "  %-24s", "all of them");
	add_range(t, sum.sent, sum.sent);
	add_range(t, sum.got, sum.got);
	text_put(t, "\n", 1);
}

cJSON *
cost_guests_json(const struct cost_guest *all, const struct code *c)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (uint32_t i = 0; i < c->n_parties && ok; i++) {
		cJSON *one;

		if (roles_node(&c->roles, i) >= 0)
			continue;
		one = cJSON_CreateObject();
		ok = json_put(one, "sent", json_count(all[i].sent)) &&
		    json_put(one, "received", json_count(all[i].got));
		ok = json_put(o, c->party[i].name, json_if(one, ok)) && ok;
	}
	return json_if(o, ok);
}
