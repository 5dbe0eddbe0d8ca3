/* cmd_node.c: see cmd_node.h */
#include "cmd_node.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "net/chan_nng.h"

enum status
node_components(struct component *list, size_t *n_list, const struct node *n, struct fault *f)
{
	const uint32_t n_parties = n->study->n_parties;
	char (*token)[IDENTITY_TOKEN_MAX] = mem_array(n_parties, sizeof *token);
	const char **key = mem_array(n_parties, sizeof *key);
	enum status st = ST_INTERNAL;

	if (token == NULL || key == NULL)
		goto out;
	for (uint32_t i = 0; i < n_parties; i++) {
		identity_token(token[i], &n->key[i]);
		key[i] = token[i];
	}
	st = study_components(list, n_list, n->study, key, f);
out:
	mem_free(token);
	mem_free(key);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* A visit may last so many timeouts, for slow links and large tables, but not for ever. */
enum { VISITS = 10, VISIT_MAX_MS = 24 * 3600 * 1000 };

/* What a node has for parties that are none. */
struct host {
	uint32_t *party;
	struct guest *guest;
	struct component *list;
	struct gate_config config;
	struct guests *guests;          /* NULL: there are none */
	struct gate *gate;
};

/* Which node this party is. */
static unsigned
node_number(const struct node *n)
{
	int node = roles_node(&n->study->roles, n->me);

	assert(node >= 0);
	return (unsigned)node;
}

/* The channel itself, without layers. */
static enum status
link_up(struct chan **ch, uint8_t h1[32], const struct node *n, struct gate *gate, struct fault *f)
{
	const struct study *s = n->study;
	struct component *list = mem_array(N_COMPONENT_MAX, sizeof *list);
	struct chan_nng_config c = {
		.me = node_number(n), .n = roles_nodes(&s->roles, s->n_parties),
		.session = n->session, .secret = n->secret, .components = list,
		.timeout_ms = (int)n->timeout_ms, .listen = n->listen,
		.gate = gate,
	};
	enum status st;

	if (list == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	assert(c.n <= N_NODE_MAX);
	for (unsigned i = 0; i < c.n; i++) {
		const uint32_t party = roles_party(&s->roles, i);

		c.peer[i].name = s->party[party].name;
		c.peer[i].endpoint = n->endpoint[party];
		c.peer[i].key = &n->key[party];
	}
	TRY(node_components(list, &c.n_components, n, f));
	study_hash(h1, list, c.n_components);
	TRY(chan_nng_open(ch, &c, f));
out:
	mem_free(list);
	return st;
}

enum status
links_up(struct links *l, const struct node *n, struct gate *gate, struct fault *f)
{
	struct chan *layer;
	enum status st;

	*l = (struct links){ 0 };
	TRY(link_up(&l->net, l->h1, n, gate, f));
	l->top = l->net;
	if (n->rtt_us > 0 || n->bits_per_s > 0) {
		TRY(chan_shape_new(&layer, l->top, n->rtt_us, n->bits_per_s));
		l->top = layer;
	}
	TRY(chan_meter_new(&layer, l->top));
	chan_meter_hash(layer, false);
	l->top = layer;
out:
	if (st != ST_OK)
		links_down(l, st);
	return st;
}

void
links_down(struct links *l, enum status why)
{
	if (why != ST_OK && l->net != NULL)
		chan_nng_abort(l->net, why);
	chan_free(l->top);
	*l = (struct links){ 0 };
}

/* The gate for parties that are no nodes, if there are any. */
static enum status
gate_up(struct host *h, const struct node *n, struct fault *f)
{
	struct gate_config *c = &h->config;
	enum status st = ST_OK;

	h->party = mem_array(N_PARTY_MAX, sizeof *h->party);
	h->list = mem_array(N_COMPONENT_MAX, sizeof *h->list);
	if (h->party == NULL || h->list == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	c->n_guests = guests_list(h->party, n->study);
	if (c->n_guests == 0)
		return ST_OK;
	h->guest = mem_array(c->n_guests, sizeof *h->guest);
	if (h->guest == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	for (uint32_t i = 0; i < c->n_guests; i++)
		h->guest[i] = (struct guest){ n->study->party[h->party[i]].name,
			&n->key[h->party[i]] };
	TRY(node_components(h->list, &c->n_components, n, f));
	TRY(guests_new(&h->guests, n->study, node_number(n), n->progress));
	c->name = n->study->party[n->me].name;
	c->listen = n->listen != NULL ? n->listen : n->endpoint[n->me];
	c->session = n->session;
	c->secret = n->secret;
	c->components = h->list;
	c->guest = h->guest;
	c->timeout_ms = (int)n->timeout_ms;
	c->visit_ms = n->timeout_ms < VISIT_MAX_MS / VISITS ? (int)n->timeout_ms * VISITS : VISIT_MAX_MS;
	c->serve = guests_serve;
	c->arg = h->guests;
	TRY(gate_open(&h->gate, c, f));
out:
	return st;
}

static void
host_fini(struct host *h)
{
	gate_free(h->gate);
	guests_free(h->guests);
	mem_free(h->guest);
	mem_free(h->party);
	mem_free(h->list);
}

enum status
node_run(struct result **out, const struct node *n, struct fault *f)
{
	struct session s = {
		.study = n->study, .me = (int)node_number(n), .table = n->table,
		.progress = n->progress, .timeout_ms = n->timeout_ms, .ready = n->ready,
		.ready_arg = n->ready_arg,
	};
	struct links l = { 0 };
	struct host h = { .gate = NULL };
	enum status st;

	*out = NULL;
	progress_phase(n->progress, "connecting", 0);
	TRY(gate_up(&h, n, f));
	s.guests = h.guests;
	s.gate = h.gate;
	TRY(links_up(&l, n, h.gate, f));
	s.ch = s.meter = l.top;
	memcpy(s.h1, l.h1, sizeof s.h1);
	TRY(session_agree(&s, f));
	if (n->agreed != NULL)
		TRY(n->agreed(n->agreed_arg, f));
	TRY(session_compute(out, &s, f));
	if (n->left != NULL)
		(void)memcpy(n->left, s.left, sizeof s.left);
out:
	if (st != ST_OK && h.guests != NULL)
		guests_publish(h.guests, NULL);
	host_fini(&h);
	links_down(&l, st);
	wipe(s.sid, sizeof s.sid);
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

void
node_decline(const struct node *n, enum status why)
{
	struct fault f = { 0 };
	struct links l;

	if (links_up(&l, n, NULL, &f) == ST_OK)
		links_down(&l, why);
}
