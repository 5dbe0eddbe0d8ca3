/* gate.c: see gate.h */
#include "gate.h"

#include "../base/mem.h"
#include "net_door.h"
#include "net_guest.h"
#include "net_keep.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { STACK_BYTES = 512 << 10 };

/* A guest's name, sorted, so that whoever calls costs a few comparisons. */
struct entry {
	const char *name;
	unsigned guest;
};

/* A thread that serves one guest after the other, or the one that keeps links alive. */
struct worker {
	struct gate *gate;
	pthread_t thread;
	bool runs;
	struct guest_link *link;        /* being served */
};

struct gate {
	struct gate_config config;
	struct entry *index;
	struct door *door;
	struct net net;                 /* its lock: for all below */
	uint8_t *doubt, *n_served;      /* by guest */
	struct guest_link *waiting;     /* first come, first */
	unsigned n_waiting;
	bool closing, stopping;         /* no one comes in any more; threads are to end */
	struct worker worker[N_GATE_WORKER], keeper;
};

struct door *
gate_door(struct gate *g)
{
	return g->door;
}

static int
entry_order(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static const struct entry *
find_guest(const struct gate *g, const char *name)
{
	const struct entry key = { name, 0 };

	return bsearch(&key, g->index, g->config.n_guests, sizeof key, entry_order);
}

bool
gate_knows(const struct gate *g, const char *name)
{
	return find_guest(g, name) != NULL;
}

enum gate_doubt
gate_doubt(struct gate *g, unsigned guest)
{
	enum gate_doubt d;

	assert(guest < g->config.n_guests);
	(void)pthread_mutex_lock(&g->net.lock);
	d = (enum gate_doubt)g->doubt[guest];
	(void)pthread_mutex_unlock(&g->net.lock);
	return d;
}

static void
note_doubt(struct gate *g, unsigned guest, enum gate_doubt d)
{
	(void)pthread_mutex_lock(&g->net.lock);
	g->doubt[guest] = (uint8_t)d;
	(void)pthread_mutex_unlock(&g->net.lock);
}

/* With the lock held: takes a link out of the queue, whose place `at` is. */
static struct guest_link *
unqueue(struct gate *g, struct guest_link **at)
{
	struct guest_link *l = *at;

	*at = l->next;
	l->next = NULL;
	g->n_waiting--;
	return l;
}

/* With the lock held: how often a guest waits, and the place of its oldest visit. */
static unsigned
n_visits(struct gate *g, unsigned guest, struct guest_link ***oldest)
{
	unsigned n = 0;

	for (struct guest_link **p = &g->waiting; *p != NULL; p = &(*p)->next)
		if ((*p)->guest == guest && n++ == 0)
			*oldest = p;
	return n;
}

/* Takes a link in; what has to go instead is returned, perhaps the link itself. */
static struct guest_link *
enqueue(struct gate *g, struct guest_link *l)
{
	struct guest_link **at = NULL, *out = NULL;

	(void)pthread_mutex_lock(&g->net.lock);
	if (n_visits(g, l->guest, &at) >= N_VISIT_MAX)
		out = unqueue(g, at);
	if (g->n_waiting >= N_GATE_WAITING_MAX) {
		out = l;
	} else {
		for (at = &g->waiting; *at != NULL; at = &(*at)->next)
			continue;
		*at = l;
		g->n_waiting++;
		g->doubt[l->guest] = GATE_NO_DOUBT;
		(void)pthread_cond_broadcast(&g->net.event);
	}
	(void)pthread_mutex_unlock(&g->net.lock);
	return out;
}

/* After an authentic handshake. */
static void
let_in(struct gate *g, struct caller *c, unsigned guest)
{
	struct guest_link *l;

	if (shake_keys(c->shake) != ST_OK) {
		note_doubt(g, guest, GATE_DIFFERS);
		return;
	}
	/* Without memory the guest sees the connection end, and dials again. */
	if (guest_link_new(&l, c->line->stream, &c->shake->keys, c->name, g->config.timeout_ms)
	    != ST_OK)
		return;
	c->line->stream = NULL;
	l->guest = guest;
	guest_link_free(enqueue(g, l));
}

/* See door_host. */
static void
admit(void *arg, struct caller *c)
{
	struct gate *g = arg;
	const struct gate_config *config = &g->config;
	const struct entry *e = find_guest(g, c->name);
	enum shake_doubt d = NO_DOUBT;

	if (e == NULL) {
		shake_refuse(c->shake, c->line, c->until_ms);
		return;
	}
	c->shake->config = (struct handshake_config){
		.role = ROLE_GUEST, .initiator = e->name, .responder = config->name,
		.session = config->session, .secret = config->secret,
		.peer = config->guest[e->guest].key, .components = config->components,
		.n_components = config->n_components,
	};
	if (shake_answer(c->shake, c->line, c->until_ms, &d) == ST_OK)
		let_in(g, c, e->guest);
	if (d == WRONG_CALLER)
		note_doubt(g, e->guest, GATE_WRONG_CALLER);
}

/* With the lock held: whose turn is next. */
static struct guest_link *
next_guest(struct gate *g)
{
	for (struct guest_link **p = &g->waiting; *p != NULL; p = &(*p)->next)
		if (g->n_served[(*p)->guest] < N_VISIT_MAX)
			return unqueue(g, p);
	return NULL;
}

/* Waits for the next guest, whom w serves from then on; false when there will be none. */
static bool
await_guest(struct worker *w)
{
	struct gate *g = w->gate;

	(void)pthread_mutex_lock(&g->net.lock);
	while (!g->stopping && (g->closing || (w->link = next_guest(g)) == NULL))
		(void)pthread_cond_wait(&g->net.event, &g->net.lock);
	if (w->link != NULL)
		g->n_served[w->link->guest]++;
	(void)pthread_mutex_unlock(&g->net.lock);
	return w->link != NULL;
}

static void
serve(struct worker *w)
{
	struct gate *g = w->gate;
	struct guest_link *l = w->link;

	if (guest_begin(l, g->config.visit_ms) == ST_OK && guest_welcome(l) == ST_OK)
		g->config.serve(g->config.arg, l->guest, l);
	guest_stop(l, guest_fault(l)->st);
	(void)pthread_mutex_lock(&g->net.lock);
	w->link = NULL;
	g->n_served[l->guest]--;
	(void)pthread_cond_broadcast(&g->net.event);
	(void)pthread_mutex_unlock(&g->net.lock);
	guest_link_free(l);
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;

	while (await_guest(w))
		serve(w);
	return NULL;
}

/* With the lock held. */
static void
keep_all(struct gate *g)
{
	for (struct guest_link *l = g->waiting; l != NULL; l = l->next)
		guest_keep(l);
	for (unsigned i = 0; i < N_GATE_WORKER; i++)
		if (g->worker[i].link != NULL)
			guest_keep(g->worker[i].link);
}

static void *
keeper_main(void *arg)
{
	struct gate *g = ((struct worker *)arg)->gate;
	uint64_t every = (uint64_t)g->config.timeout_ms / 4, next = 0;

	every = every < 1 ? 1 : every > KEEP_MS_MAX ? KEEP_MS_MAX : every;
	(void)pthread_mutex_lock(&g->net.lock);
	while (!g->stopping) {
		if (net_now_ms() >= next) {
			keep_all(g);
			next = net_now_ms() + every;
		}
		(void)net_wait_until(&g->net, next);
	}
	(void)pthread_mutex_unlock(&g->net.lock);
	return NULL;
}

static enum status
worker_start(struct worker *w, struct gate *g, void *(*run)(void *))
{
	pthread_attr_t a;

	w->gate = g;
	(void)pthread_attr_init(&a);
	(void)pthread_attr_setstacksize(&a, STACK_BYTES);
	w->runs = pthread_create(&w->thread, &a, run, w) == 0;
	(void)pthread_attr_destroy(&a);
	return w->runs ? ST_OK : ST_INTERNAL;
}

static void
worker_join(struct worker *w)
{
	if (w->runs)
		(void)pthread_join(w->thread, NULL);
	w->runs = false;
}

static enum status
check_config(const struct gate_config *c, struct fault *f)
{
	if (c->n_guests > N_GUEST_MAX)
		return fault_set(f, ST_USAGE, "a session has at most %d parties", N_GUEST_MAX);
	if (c->n_components > N_COMPONENT_MAX)
		return fault_set(f, ST_USAGE, "a study has at most %d components to agree on",
		    N_COMPONENT_MAX);
	if (strlen(c->session) > UINT8_MAX)
		return fault_set(f, ST_USAGE, "the session's name is longer than 255 bytes");
	for (unsigned i = 0; i < c->n_guests; i++)
		if (strlen(c->guest[i].name) >= NODE_NAME_MAX)
			return fault_set(f, ST_USAGE, "the name of %s is longer than %d bytes",
			    c->guest[i].name, NODE_NAME_MAX - 1);
	return ST_OK;
}

static enum status
make_index(struct gate *g, struct fault *f)
{
	const unsigned n = g->config.n_guests;

	for (unsigned i = 0; i < n; i++)
		g->index[i] = (struct entry){ g->config.guest[i].name, i };
	qsort(g->index, n, sizeof *g->index, entry_order);
	for (unsigned i = 1; i < n; i++)
		if (entry_order(&g->index[i - 1], &g->index[i]) == 0)
			return fault_set(f, ST_USAGE, "two parties have the name %s",
			    g->index[i].name);
	return ST_OK;
}

/* With the parts that can fail for want of memory in place. */
static enum status
start(struct gate *g, struct fault *f)
{
	const struct door_host host = { admit, g };
	enum status st;

	for (unsigned i = 0; i < N_GATE_WORKER; i++)
		TRY(worker_start(&g->worker[i], g, worker_main));
	TRY(worker_start(&g->keeper, g, keeper_main));
	door_host(g->door, ROLE_GUEST, &host);
	TRY(door_listen(g->door, g->config.name, g->config.listen, f));
out:
	return st;
}

enum status
gate_open(struct gate **out, const struct gate_config *config, struct fault *f)
{
	struct gate *g = NULL;
	enum status st;

	*out = NULL;
	TRY(check_config(config, f));
	g = mem_zalloc(sizeof *g);
	if (g == NULL || sodium_init() < 0 || net_init(&g->net) != ST_OK) {
		mem_free(g);
		return fault_set(f, ST_INTERNAL, "no memory for guests");
	}
	g->config = *config;
	g->index = mem_array(config->n_guests, sizeof *g->index);
	g->doubt = mem_array(config->n_guests, 1);
	g->n_served = mem_array(config->n_guests, 1);
	st = ST_INTERNAL;
	if (g->index == NULL || g->doubt == NULL || g->n_served == NULL
	    || door_new(&g->door) != ST_OK)
		goto out;
	TRY(make_index(g, f));
	TRY(start(g, f));
	*out = g;
	return ST_OK;
out:
	gate_free(g);
	return fault_set(f, st, "no thread or memory for guests");
}

/* With the lock held: whether anyone is being served; and those there are, cut. */
static bool
serves(struct gate *g, bool cut)
{
	bool any = false;

	for (unsigned i = 0; i < N_GATE_WORKER; i++) {
		struct guest_link *l = g->worker[i].link;

		any = any || l != NULL;
		if (l != NULL && cut)
			guest_cut(l);
	}
	return any;
}

static void
end_visits(struct gate *g, int grace_ms)
{
	const uint64_t until = net_now_ms() + (uint64_t)grace_ms;
	bool in_time = true;

	(void)pthread_mutex_lock(&g->net.lock);
	while (serves(g, false) && in_time)
		in_time = net_now_ms() < until && net_wait_until(&g->net, until);
	(void)serves(g, true);
	g->stopping = true;
	(void)pthread_cond_broadcast(&g->net.event);
	(void)pthread_mutex_unlock(&g->net.lock);
	for (unsigned i = 0; i < N_GATE_WORKER; i++)
		worker_join(&g->worker[i]);
	worker_join(&g->keeper);
}

void
gate_close(struct gate *g, int grace_ms)
{
	(void)pthread_mutex_lock(&g->net.lock);
	g->closing = true;
	(void)pthread_mutex_unlock(&g->net.lock);
	door_free(g->door);
	g->door = NULL;
	end_visits(g, grace_ms);
	while (g->waiting != NULL)
		guest_link_free(unqueue(g, &g->waiting));
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	gate_close(g, 0);
	net_fini(&g->net);
	mem_free(g->index);
	mem_free(g->doubt);
	mem_free(g->n_served);
	mem_free(g);
}
