/* net_meet.c: see net_meet.h */
#include "net_meet.h"

#include "../base/mem.h"
#include "net_door.h"
#include "net_guest.h"

#include <string.h>

enum {
	DIAL_PAUSE_MS = 2,              /* between the first attempts; doubles up to the maximum */
	DIAL_PAUSE_MAX_MS = 200,
	STACK_BYTES = 512 << 10,
};

/* Dials one peer. */
struct worker {
	struct meet *meet;
	pthread_t thread;
	struct line line;
	nng_stream_dialer *dialer;
	unsigned peer;
	bool busy;                      /* its thread must be joined */
};

struct meet {
	const struct chan_nng_config *config;
	struct net *net;
	struct net_link *links;
	struct place place[N_NODE_MAX];
	struct door *door;              /* the gate's, or ours */
	bool stopping;
	struct worker worker[N_NODE_MAX];
};

const struct place *
meet_places(const struct meet *m)
{
	return m->place;
}

static bool
is_stopping(struct meet *m)
{
	bool b;

	(void)pthread_mutex_lock(&m->net->lock);
	b = m->stopping;
	(void)pthread_mutex_unlock(&m->net->lock);
	return b;
}

/* Waits unless the meeting ends before. */
static void
pause_ms(struct meet *m, uint64_t ms)
{
	uint64_t until = net_now_ms() + ms;

	(void)pthread_mutex_lock(&m->net->lock);
	while (!m->stopping && net_wait_until(m->net, until))
		continue;
	(void)pthread_mutex_unlock(&m->net->lock);
}

static void
prepare(struct meet *m, struct shake *s, bool initiator, unsigned peer)
{
	const struct chan_nng_config *c = m->config;

	s->config = (struct handshake_config){
		.role = ROLE_NODE,
		.initiator = c->peer[initiator ? c->me : peer].name,
		.responder = c->peer[initiator ? peer : c->me].name,
		.session = c->session,
		.secret = c->secret,
		.peer = c->peer[peer].key,
		.components = c->components,
		.n_components = c->n_components,
	};
}

static void
note_doubt(struct meet *m, unsigned peer, enum shake_doubt d)
{
	if (d == NO_DOUBT)
		return;
	(void)pthread_mutex_lock(&m->net->lock);
	m->place[peer].doubt = d;
	(void)pthread_mutex_unlock(&m->net->lock);
}

/* After an authentic handshake: grants the place, or notes what differs.  A place is granted once;
 * another connection for it is dropped. */
static void
settle(struct meet *m, struct line *l, struct shake *s, unsigned peer)
{
	struct place *p = &m->place[peer];
	bool agrees = shake_keys(s) == ST_OK;
	bool ours;
	enum status st = ST_AUTH;

	(void)pthread_mutex_lock(&m->net->lock);
	ours = p->state == PLACE_EMPTY && !m->stopping;
	if (ours)
		p->state = PLACE_TAKEN;
	(void)pthread_mutex_unlock(&m->net->lock);
	if (!ours)
		return;
	if (agrees) {
		st = net_link_start(&m->links[peer], m->net, l->stream, &s->keys);
		if (st == ST_OK)
			l->stream = NULL;
	}
	(void)pthread_mutex_lock(&m->net->lock);
	p->state = !agrees ? PLACE_DIFFERS : st == ST_OK ? PLACE_GRANTED : PLACE_EMPTY;
	memcpy(p->differs, s->hs.differs, sizeof p->differs);
	(void)pthread_cond_broadcast(&m->net->event);
	(void)pthread_mutex_unlock(&m->net->lock);
}

/* The side that dials. */
static void
call(struct worker *w, struct shake *s)
{
	enum shake_doubt d = NO_DOUBT;

	prepare(w->meet, s, true, w->peer);
	if (shake_call(s, &w->line, net_now_ms() + HELLO_MS, &d) == ST_OK)
		settle(w->meet, &w->line, s, w->peer);
	note_doubt(w->meet, w->peer, d);
	handshake_fini(&s->hs);
}

/* Which node may call with this name: one of a lower index. */
static bool
find_caller(const struct chan_nng_config *c, const char *name, unsigned *peer)
{
	for (unsigned i = 0; i < c->me; i++)
		if (strcmp(c->peer[i].name, name) == 0) {
			*peer = i;
			return true;
		}
	return false;
}

/* The side that was called; see door_host. */
static void
admit(void *arg, struct caller *c)
{
	struct meet *m = arg;
	enum shake_doubt d = NO_DOUBT;
	unsigned peer = 0;

	if (!find_caller(m->config, c->name, &peer)) {
		shake_refuse(c->shake, c->line, c->until_ms);
		return;
	}
	prepare(m, c->shake, false, peer);
	if (shake_answer(c->shake, c->line, c->until_ms, &d) == ST_OK)
		settle(m, c->line, c->shake, peer);
	note_doubt(m, peer, d);
}

static bool
is_vacant(struct meet *m, unsigned peer)
{
	bool b;

	(void)pthread_mutex_lock(&m->net->lock);
	b = m->place[peer].state == PLACE_EMPTY;
	(void)pthread_mutex_unlock(&m->net->lock);
	return b;
}

static void
dial_once(struct worker *w)
{
	struct shake *s = mem_secret(sizeof *s);

	if (s == NULL || line_open(&w->line) != ST_OK)
		goto out;
	nng_aio_set_timeout(w->line.aio, HELLO_MS);
	nng_stream_dialer_dial(w->dialer, w->line.aio);
	nng_aio_wait(w->line.aio);
	if (nng_aio_result(w->line.aio) != 0)
		goto out;
	w->line.stream = nng_aio_get_output(w->line.aio, 0);
	call(w, s);
out:
	line_close(&w->line);
	mem_secret_free(s);
}

static void *
dial_main(void *arg)
{
	struct worker *w = arg;
	uint64_t pause = DIAL_PAUSE_MS;

	while (!is_stopping(w->meet)) {
		dial_once(w);
		if (!is_vacant(w->meet, w->peer))
			break;
		pause_ms(w->meet, pause);
		pause = pause * 2 < DIAL_PAUSE_MAX_MS ? pause * 2 : DIAL_PAUSE_MAX_MS;
	}
	return NULL;
}

static enum status
worker_start(struct worker *w)
{
	pthread_attr_t a;

	if (line_init(&w->line) != ST_OK)
		return ST_INTERNAL;
	(void)pthread_attr_init(&a);
	(void)pthread_attr_setstacksize(&a, STACK_BYTES);
	w->busy = pthread_create(&w->thread, &a, dial_main, w) == 0;
	(void)pthread_attr_destroy(&a);
	if (!w->busy)
		line_fini(&w->line);
	return w->busy ? ST_OK : ST_INTERNAL;
}

static void
worker_stop(struct worker *w)
{
	if (!w->busy)
		return;
	line_cut(&w->line);
	(void)pthread_join(w->thread, NULL);
	line_fini(&w->line);
	w->busy = false;
}

/* Hears from the door about callers: it is the gate's, or one of our own. */
static enum status
start_hosting(struct meet *m, struct fault *f)
{
	const struct chan_nng_config *c = m->config;
	const char *url = c->listen != NULL ? c->listen : c->peer[c->me].endpoint;
	const struct door_host host = { admit, m };
	enum status st = ST_OK;

	if (c->gate != NULL)
		m->door = gate_door(c->gate);
	else
		TRY(door_new(&m->door));
	door_host(m->door, ROLE_NODE, &host);
	if (c->gate == NULL)
		TRY(door_listen(m->door, c->peer[c->me].name, url, f));
out:
	return st;
}

static enum status
start_dialing(struct meet *m, unsigned peer, struct fault *f)
{
	const char *url = m->config->peer[peer].endpoint;
	struct worker *w = &m->worker[peer];

	if (url == NULL || nng_stream_dialer_alloc(&w->dialer, url) != 0)
		return door_bad_address(f, m->config->peer[peer].name, url);
	(void)nng_stream_dialer_set_bool(w->dialer, NNG_OPT_TCP_NODELAY, true);
	w->peer = peer;
	return worker_start(w);
}

enum status
meet_start(struct meet **out, const struct chan_nng_config *config, struct net *net,
    struct net_link links[], struct fault *f)
{
	struct meet *m = mem_zalloc(sizeof *m);
	enum status st;

	*out = NULL;
	if (m == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory for connections");
	m->config = config;
	m->net = net;
	m->links = links;
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		m->worker[i].meet = m;
	TRY(start_hosting(m, f));
	for (unsigned i = config->me + 1; i < config->n; i++)
		TRY(start_dialing(m, i, f));
	*out = m;
	return ST_OK;
out:
	meet_free(m);
	return fault_set(f, st, "no thread or memory for connections");
}

void
meet_stop(struct meet *m)
{
	(void)pthread_mutex_lock(&m->net->lock);
	m->stopping = true;
	(void)pthread_cond_broadcast(&m->net->event);
	(void)pthread_mutex_unlock(&m->net->lock);
	if (m->door != NULL)
		door_leave(m->door, ROLE_NODE);
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		worker_stop(&m->worker[i]);
}

void
meet_free(struct meet *m)
{
	if (m == NULL)
		return;
	meet_stop(m);
	if (m->config->gate == NULL)
		door_free(m->door);
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		if (m->worker[i].dialer != NULL) {
			nng_stream_dialer_close(m->worker[i].dialer);
			nng_stream_dialer_free(m->worker[i].dialer);
		}
	mem_free(m);
}
