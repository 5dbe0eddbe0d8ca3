/* net_door.c: see net_door.h */
#include "net_door.h"

#include "../base/mem.h"
#include "net_link.h"

#include <string.h>

enum {
	ACCEPT_PAUSE_MS = 20,           /* after a failed accept (out of descriptors, say) */
	STACK_BYTES = 512 << 10,
};

/* A thread and the connection that it is about. */
struct worker {
	struct door *door;
	pthread_t thread;
	struct line line;
	uint64_t since_ms;
	bool busy;                      /* the thread must be joined, the line finished */
	bool done;                      /* the thread is about to end */
	bool hosted;                    /* the host of role has it */
	enum link_role role;
};

struct door {
	struct net net;                 /* its lock: for hosts, stopping, and done to role */
	struct door_host host[N_ROLE];
	nng_stream_listener *listener;
	bool stopping;
	struct worker accept, caller[N_PENDING_MAX];
};

enum status
door_new(struct door **out)
{
	struct door *d = *out = mem_zalloc(sizeof *d);

	if (d == NULL)
		return ST_INTERNAL;
	d->accept.door = d;
	for (unsigned i = 0; i < N_PENDING_MAX; i++)
		d->caller[i].door = d;
	if (net_init(&d->net) == ST_OK)
		return ST_OK;
	mem_free(d);
	*out = NULL;
	return ST_INTERNAL;
}

void
door_host(struct door *d, enum link_role role, const struct door_host *host)
{
	(void)pthread_mutex_lock(&d->net.lock);
	d->host[role] = *host;
	(void)pthread_mutex_unlock(&d->net.lock);
}

/* With the lock held: one of a host's calls that has not returned. */
static struct worker *
hosted(struct door *d, enum link_role role)
{
	for (unsigned i = 0; i < N_PENDING_MAX; i++)
		if (d->caller[i].hosted && d->caller[i].role == role)
			return &d->caller[i];
	return NULL;
}

void
door_leave(struct door *d, enum link_role role)
{
	struct worker *w;

	(void)pthread_mutex_lock(&d->net.lock);
	d->host[role].admit = NULL;
	/* What it waits for ends; no callback wants the lock. */
	while ((w = hosted(d, role)) != NULL) {
		line_cut(&w->line);
		(void)pthread_cond_wait(&d->net.event, &d->net.lock);
	}
	(void)pthread_mutex_unlock(&d->net.lock);
}

/* Gives a caller to the host of its role, if there is one. */
static void
hand_over(struct worker *w, struct caller *c)
{
	struct door *d = w->door;
	struct door_host host;

	(void)pthread_mutex_lock(&d->net.lock);
	host = d->host[w->role];
	w->hosted = host.admit != NULL;
	(void)pthread_mutex_unlock(&d->net.lock);
	if (host.admit == NULL)
		return;
	host.admit(host.arg, c);
	handshake_fini(&c->shake->hs);
	(void)pthread_mutex_lock(&d->net.lock);
	w->hosted = false;
	(void)pthread_cond_broadcast(&d->net.event);
	(void)pthread_mutex_unlock(&d->net.lock);
}

static void
hear_caller(struct worker *w, struct shake *s)
{
	struct caller c = { &w->line, s, "", w->since_ms + HELLO_MS };
	enum status st;

	TRY(shake_hear(s, c.line, c.until_ms));
	TRY(handshake_caller(&w->role, c.name, s->msg, s->len));
	hand_over(w, &c);
out:
	return;
}

static void *
caller_main(void *arg)
{
	struct worker *w = arg;
	struct shake *s = mem_secret(sizeof *s);

	if (s != NULL)
		hear_caller(w, s);
	mem_secret_free(s);
	line_close(&w->line);
	(void)pthread_mutex_lock(&w->door->net.lock);
	w->done = true;
	(void)pthread_cond_broadcast(&w->door->net.event);
	(void)pthread_mutex_unlock(&w->door->net.lock);
	return NULL;
}

/* Takes the stream on success. */
static enum status
worker_start(struct worker *w, nng_stream *stream, void *(*run)(void *))
{
	pthread_attr_t a;
	enum status st;

	TRY(line_init(&w->line));
	(void)pthread_mutex_lock(&w->door->net.lock);
	w->since_ms = net_now_ms();
	w->done = w->hosted = false;
	(void)pthread_mutex_unlock(&w->door->net.lock);
	st = line_open(&w->line);
	if (st == ST_OK) {
		w->line.stream = stream;
		(void)pthread_attr_init(&a);
		(void)pthread_attr_setstacksize(&a, STACK_BYTES);
		w->busy = pthread_create(&w->thread, &a, run, w) == 0;
		(void)pthread_attr_destroy(&a);
	}
	if (!w->busy) {
		w->line.stream = NULL;
		line_fini(&w->line);
		st = ST_INTERNAL;
	}
out:
	return st;
}

/* Makes the thread end, and waits for it. */
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

/* With the lock held: when a caller may be dropped to make room; 0: it has gone by itself. */
static uint64_t
may_go_ms(const struct worker *w)
{
	if (!w->busy || w->done)
		return 0;
	return w->since_ms + (w->hosted ? SHAKE_MS : CALLER_MS);
}

/* With the lock held: the first slot to be free. */
static struct worker *
best_slot(struct door *d)
{
	struct worker *best = &d->caller[0];

	for (unsigned i = 1; i < N_PENDING_MAX && may_go_ms(best) > 0; i++)
		if (may_go_ms(&d->caller[i]) < may_go_ms(best))
			best = &d->caller[i];
	return best;
}

/* A slot for the next caller. */
static struct worker *
make_room(struct door *d)
{
	struct worker *w;

	(void)pthread_mutex_lock(&d->net.lock);
	while (w = best_slot(d), may_go_ms(w) > net_now_ms() && !d->stopping)
		(void)net_wait_until(&d->net, may_go_ms(w));
	(void)pthread_mutex_unlock(&d->net.lock);
	worker_stop(w);
	return w;
}

static void
accept_caller(struct door *d, nng_stream *stream)
{
	if (worker_start(make_room(d), stream, caller_main) == ST_OK)
		return;
	nng_stream_close(stream);
	nng_stream_free(stream);
}

/* Waits a little, unless all ends before; false if it does. */
static bool
goes_on(struct door *d, uint64_t pause_ms)
{
	uint64_t until = net_now_ms() + pause_ms;
	bool b;

	(void)pthread_mutex_lock(&d->net.lock);
	while (pause_ms > 0 && !d->stopping && net_wait_until(&d->net, until))
		continue;
	b = !d->stopping;
	(void)pthread_mutex_unlock(&d->net.lock);
	return b;
}

static void *
accept_main(void *arg)
{
	struct worker *w = arg;
	struct door *d = w->door;
	uint64_t pause = 0;

	nng_aio_set_timeout(w->line.aio, NNG_DURATION_INFINITE);
	while (goes_on(d, pause)) {
		nng_stream_listener_accept(d->listener, w->line.aio);
		nng_aio_wait(w->line.aio);
		pause = nng_aio_result(w->line.aio) == 0 ? 0 : ACCEPT_PAUSE_MS;
		if (pause == 0)
			accept_caller(d, nng_aio_get_output(w->line.aio, 0));
	}
	return NULL;
}

enum status
door_bad_address(struct fault *f, const char *name, const char *url)
{
	(void)fault_set(f, ST_USAGE, "the endpoint of %s is not an address: %s", name,
	    url == NULL || url[0] == '\0' ? "(none)" : url);
	fault_help(f, "write tcp://HOST:PORT");
	return ST_USAGE;
}

enum status
door_listen(struct door *d, const char *name, const char *url, struct fault *f)
{
	int r;

	if (url == NULL || nng_stream_listener_alloc(&d->listener, url) != 0)
		return door_bad_address(f, name, url);
	(void)nng_stream_listener_set_bool(d->listener, NNG_OPT_TCP_NODELAY, true);
	r = nng_stream_listener_listen(d->listener);
	if (r != 0) {
		(void)fault_set(f, ST_NET, "cannot listen at %s: %s", url, nng_strerror(r));
		fault_help(f, r == NNG_EADDRINUSE ? "another program, perhaps another run, uses it"
		    : "this site's own endpoint must be an address of this machine");
		return ST_NET;
	}
	if (worker_start(&d->accept, NULL, accept_main) != ST_OK)
		return fault_set(f, ST_INTERNAL, "no thread or memory for connections");
	return ST_OK;
}

void
door_free(struct door *d)
{
	if (d == NULL)
		return;
	(void)pthread_mutex_lock(&d->net.lock);
	d->stopping = true;
	(void)pthread_cond_broadcast(&d->net.event);
	(void)pthread_mutex_unlock(&d->net.lock);
	/* The accepting thread first: after it no caller comes. */
	worker_stop(&d->accept);
	for (unsigned i = 0; i < N_PENDING_MAX; i++)
		worker_stop(&d->caller[i]);
	if (d->listener != NULL) {
		nng_stream_listener_close(d->listener);
		nng_stream_listener_free(d->listener);
	}
	net_fini(&d->net);
	mem_free(d);
}
