/* net_meet.c: see net_meet.h */
#include "net_meet.h"

#include "../base/mem.h"

#include <string.h>

enum {
	DIAL_PAUSE_MS = 2,              /* between the first attempts; doubles up to the maximum */
	DIAL_PAUSE_MAX_MS = 200,
	ACCEPT_PAUSE_MS = 20,           /* after a failed accept (out of descriptors, say) */
	STACK_BYTES = 512 << 10,
	N_WORKER = 1 + N_NODE_MAX + N_PENDING_MAX,
};

/* A thread and the connection that it is about.  All that it waits for goes through its aio, so
 * that nng_aio_stop ends it. */
struct worker {
	struct meet *meet;
	pthread_t thread;
	nng_aio *aio;
	nng_stream *stream;
	bool busy;                      /* the slot is taken, and its thread must be joined */
	bool done;                      /* the thread is about to end */
	uint64_t since_ms;
	unsigned peer;                  /* of a dialing worker */
};

struct meet {
	const struct chan_nng_config *config;
	struct net *net;
	struct net_link *links;
	struct place place[N_NODE_MAX];
	nng_stream_listener *listener;
	nng_stream_dialer *dialer[N_NODE_MAX];
	bool stopping;
	uint64_t until_ms;
	struct worker worker[N_WORKER]; /* accept, one a peer, callers */
};

enum { WORKER_ACCEPT = 0, WORKER_DIAL = 1, WORKER_CALLER = 1 + N_NODE_MAX };

/* Everything of one handshake, secrets among it: lives in mem_secret. */
struct shake {
	struct handshake hs;
	struct handshake_config config;
	struct link_keys keys;
	uint8_t msg[HANDSHAKE_MAX];
	size_t len;
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

/* Moves exactly len bytes, or fails by the deadline. */
static enum status
move_all(struct worker *w, void *buf, size_t len, uint64_t until_ms,
    void (*submit)(nng_stream *, nng_aio *))
{
	uint8_t *p = buf;

	while (len > 0) {
		uint64_t now = net_now_ms();
		nng_iov iov = { p, len };
		size_t n;

		if (now >= until_ms)
			return ST_NET;
		nng_aio_set_timeout(w->aio, (nng_duration)(until_ms - now));
		(void)nng_aio_set_iov(w->aio, 1, &iov);
		submit(w->stream, w->aio);
		nng_aio_wait(w->aio);
		if (nng_aio_result(w->aio) != 0)
			return ST_NET;
		n = nng_aio_count(w->aio);
		p += n;
		len -= n;
	}
	return ST_OK;
}

static enum status
send_message(struct worker *w, struct shake *s, uint64_t until_ms)
{
	return move_all(w, s->msg, s->len, until_ms, nng_stream_send);
}

/* Receives a whole handshake message; a body of no bytes is for the caller to judge. */
static enum status
receive_message(struct worker *w, struct shake *s, uint64_t until_ms)
{
	size_t body;
	enum status st;

	TRY(move_all(w, s->msg, HEAD_BYTES, until_ms, nng_stream_recv));
	TRY(handshake_head(&body, s->msg));
	TRY(move_all(w, s->msg + HEAD_BYTES, body, until_ms, nng_stream_recv));
	s->len = HEAD_BYTES + body;
out:
	return st;
}

static void
prepare(struct worker *w, struct shake *s, bool initiator, unsigned peer)
{
	const struct chan_nng_config *c = w->meet->config;

	s->config = (struct handshake_config){
		.initiator = c->peer[initiator ? c->me : peer].name,
		.responder = c->peer[initiator ? peer : c->me].name,
		.session = c->session,
		.secret = c->secret,
		.peer = c->peer[peer].key,
		.components = c->components,
		.n_components = c->n_components,
	};
	handshake_init(&s->hs, initiator, &s->config);
}

static void
doubt(struct meet *m, unsigned peer, enum place_doubt d)
{
	(void)pthread_mutex_lock(&m->net->lock);
	m->place[peer].doubt = d;
	(void)pthread_mutex_unlock(&m->net->lock);
}

/* After an authentic handshake: grants the place, or notes what differs.  A place is granted once;
 * another connection for it is dropped. */
static enum status
settle(struct worker *w, struct shake *s, unsigned peer)
{
	struct meet *m = w->meet;
	struct place *p = &m->place[peer];
	bool agrees = handshake_keys(&s->hs, &s->keys) == ST_OK;
	bool ours;
	enum status st = ST_AUTH;

	(void)pthread_mutex_lock(&m->net->lock);
	ours = p->state == PLACE_EMPTY && !m->stopping;
	if (ours)
		p->state = PLACE_TAKEN;
	(void)pthread_mutex_unlock(&m->net->lock);
	if (!ours)
		return ST_NET;
	if (agrees) {
		st = net_link_start(&m->links[peer], m->net, w->stream, &s->keys);
		if (st == ST_OK)
			w->stream = NULL;
	}
	(void)pthread_mutex_lock(&m->net->lock);
	p->state = !agrees ? PLACE_DIFFERS : st == ST_OK ? PLACE_GRANTED : PLACE_EMPTY;
	memcpy(p->differs, s->hs.differs, sizeof p->differs);
	(void)pthread_cond_broadcast(&m->net->event);
	(void)pthread_mutex_unlock(&m->net->lock);
	return st;
}

/* The side that dials. */
static void
shake_as_initiator(struct worker *w, struct shake *s)
{
	uint64_t until = net_now_ms() + HELLO_MS;
	enum status st;

	prepare(w, s, true, w->peer);
	TRY(handshake_create_hello(&s->hs, s->msg, &s->len));
	TRY(send_message(w, s, until));
	st = receive_message(w, s, until);
	if (st == ST_NET)
		goto out;
	if (st == ST_OK && s->len == HEAD_BYTES) {
		doubt(w->meet, w->peer, REFUSED);
		goto out;
	}
	if (st == ST_OK)
		st = handshake_consume_answer(&s->hs, s->msg, s->len);
	if (st != ST_OK) {
		doubt(w->meet, w->peer, WRONG_ANSWER);
		goto out;
	}
	TRY(handshake_create_confirm(&s->hs, s->msg, &s->len));
	TRY(send_message(w, s, until));
	TRY(settle(w, s, w->peer));
out:
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

static void
refuse(struct worker *w, struct shake *s, uint64_t until_ms)
{
	handshake_create_refusal(s->msg);
	s->len = HEAD_BYTES;
	(void)send_message(w, s, until_ms);
}

/* The side that was called. */
static void
shake_as_responder(struct worker *w, struct shake *s)
{
	uint64_t until = net_now_ms() + HELLO_MS;
	char name[NODE_NAME_MAX];
	unsigned peer = 0;
	enum status st;

	TRY(receive_message(w, s, until));
	TRY(handshake_caller(name, s->msg, s->len));
	if (!find_caller(w->meet->config, name, &peer)) {
		refuse(w, s, until);
		goto out;
	}
	prepare(w, s, false, peer);
	st = handshake_consume_hello(&s->hs, s->msg, s->len);
	if (st != ST_OK) {
		doubt(w->meet, peer, WRONG_CALLER);
		refuse(w, s, until);
		goto out;
	}
	TRY(handshake_create_answer(&s->hs, s->msg, &s->len));
	TRY(send_message(w, s, until));
	st = receive_message(w, s, until);
	if (st == ST_OK)
		st = handshake_consume_confirm(&s->hs, s->msg, s->len);
	if (st == ST_AUTH || st == ST_ABORT)
		doubt(w->meet, peer, WRONG_CALLER);
	TRY(st);
	TRY(settle(w, s, peer));
out:
	handshake_fini(&s->hs);
}

static void
with_stream(struct worker *w, void (*shake)(struct worker *, struct shake *))
{
	struct shake *s = mem_secret(sizeof *s);

	if (s != NULL) {
		shake(w, s);
		mem_secret_free(s);
	}
	if (w->stream != NULL) {
		nng_stream_close(w->stream);
		nng_stream_free(w->stream);
		w->stream = NULL;
	}
}

/* The last thing that a worker does; its slot is free once it was joined. */
static void
worker_ends(struct worker *w)
{
	(void)pthread_mutex_lock(&w->meet->net->lock);
	w->done = true;
	(void)pthread_cond_broadcast(&w->meet->net->event);
	(void)pthread_mutex_unlock(&w->meet->net->lock);
}

static void *
caller_main(void *arg)
{
	struct worker *w = arg;

	with_stream(w, shake_as_responder);
	worker_ends(w);
	return NULL;
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
	nng_aio_set_timeout(w->aio, HELLO_MS);
	nng_stream_dialer_dial(w->meet->dialer[w->peer], w->aio);
	nng_aio_wait(w->aio);
	if (nng_aio_result(w->aio) != 0)
		return;
	w->stream = nng_aio_get_output(w->aio, 0);
	with_stream(w, shake_as_initiator);
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
	worker_ends(w);
	return NULL;
}

static enum status
worker_start(struct worker *w, void *(*run)(void *))
{
	pthread_attr_t a;
	int failed;

	if (nng_aio_alloc(&w->aio, NULL, NULL) != 0)
		return ST_INTERNAL;
	w->since_ms = net_now_ms();
	w->done = false;
	(void)pthread_attr_init(&a);
	(void)pthread_attr_setstacksize(&a, STACK_BYTES);
	failed = pthread_create(&w->thread, &a, run, w);
	(void)pthread_attr_destroy(&a);
	if (failed) {
		nng_aio_free(w->aio);
		w->aio = NULL;
		return ST_INTERNAL;
	}
	w->busy = true;
	return ST_OK;
}

static void
worker_join(struct worker *w)
{
	(void)pthread_join(w->thread, NULL);
	nng_aio_free(w->aio);
	w->aio = NULL;
	w->busy = false;
}

/* Only the accepting thread touches callers' slots while it runs. */
static struct worker *
free_caller(struct meet *m)
{
	struct worker *oldest = NULL;

	for (unsigned i = WORKER_CALLER; i < N_WORKER; i++) {
		struct worker *w = &m->worker[i];
		bool done;

		(void)pthread_mutex_lock(&m->net->lock);
		done = w->done;
		(void)pthread_mutex_unlock(&m->net->lock);
		if (w->busy && done)
			worker_join(w);
		if (!w->busy)
			return w;
		if (oldest == NULL || w->since_ms < oldest->since_ms)
			oldest = w;
	}
	nng_aio_stop(oldest->aio);
	worker_join(oldest);
	return oldest;
}

static void
accept_caller(struct meet *m, nng_stream *stream)
{
	struct worker *w = free_caller(m);

	w->meet = m;
	w->stream = stream;
	if (worker_start(w, caller_main) == ST_OK)
		return;
	nng_stream_close(stream);
	nng_stream_free(stream);
	w->stream = NULL;
}

static void *
accept_main(void *arg)
{
	struct worker *w = arg;

	nng_aio_set_timeout(w->aio, NNG_DURATION_INFINITE);
	while (!is_stopping(w->meet)) {
		nng_stream_listener_accept(w->meet->listener, w->aio);
		nng_aio_wait(w->aio);
		if (nng_aio_result(w->aio) == 0)
			accept_caller(w->meet, nng_aio_get_output(w->aio, 0));
		else
			pause_ms(w->meet, ACCEPT_PAUSE_MS);
	}
	worker_ends(w);
	return NULL;
}

static enum status
bad_address(struct fault *f, const char *name, const char *url)
{
	(void)fault_set(f, ST_USAGE, "the endpoint of %s is not an address: %s", name,
	    url == NULL || url[0] == '\0' ? "(none)" : url);
	fault_help(f, "write tcp://HOST:PORT");
	return ST_USAGE;
}

static enum status
start_listening(struct meet *m, struct fault *f)
{
	const struct chan_nng_config *c = m->config;
	const char *url = c->listen != NULL ? c->listen : c->peer[c->me].endpoint;
	int r;

	if (url == NULL || nng_stream_listener_alloc(&m->listener, url) != 0)
		return bad_address(f, c->peer[c->me].name, url);
	(void)nng_stream_listener_set_bool(m->listener, NNG_OPT_TCP_NODELAY, true);
	r = nng_stream_listener_listen(m->listener);
	if (r != 0) {
		(void)fault_set(f, ST_NET, "cannot listen at %s: %s", url, nng_strerror(r));
		fault_help(f, r == NNG_EADDRINUSE ? "another program, perhaps another run, uses it"
		    : "this site's own endpoint must be an address of this machine");
		return ST_NET;
	}
	return worker_start(&m->worker[WORKER_ACCEPT], accept_main);
}

static enum status
start_dialing(struct meet *m, unsigned peer, struct fault *f)
{
	const char *url = m->config->peer[peer].endpoint;
	struct worker *w = &m->worker[WORKER_DIAL + peer];

	if (url == NULL || nng_stream_dialer_alloc(&m->dialer[peer], url) != 0)
		return bad_address(f, m->config->peer[peer].name, url);
	(void)nng_stream_dialer_set_bool(m->dialer[peer], NNG_OPT_TCP_NODELAY, true);
	w->peer = peer;
	return worker_start(w, dial_main);
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
	for (unsigned i = 0; i < N_WORKER; i++)
		m->worker[i].meet = m;
	TRY(start_listening(m, f));
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
	/* The accepting thread first: after it no caller comes. */
	for (unsigned i = 0; i < N_WORKER; i++)
		if (m->worker[i].busy) {
			nng_aio_stop(m->worker[i].aio);
			worker_join(&m->worker[i]);
		}
}

void
meet_free(struct meet *m)
{
	if (m == NULL)
		return;
	meet_stop(m);
	if (m->listener != NULL) {
		nng_stream_listener_close(m->listener);
		nng_stream_listener_free(m->listener);
	}
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		if (m->dialer[i] != NULL) {
			nng_stream_dialer_close(m->dialer[i]);
			nng_stream_dialer_free(m->dialer[i]);
		}
	mem_free(m);
}
