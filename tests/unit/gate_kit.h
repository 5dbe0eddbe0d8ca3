/* gate_kit.h: guests of a session at its nodes' gates, as threads of a test: test_gate and
 * test_gate_line. */
#ifndef KONSIL_GATE_KIT_H
#define KONSIL_GATE_KIT_H

#include <dirent.h>
#include <stdatomic.h>

#include "../../runtime/net/net_door.h"
#include "../../runtime/net/net_guest.h"
#include "nng_kit.h"

enum { N_GUEST = 1000, N_BUSY = 40, ECHO_MAX = 1 << 20 };

static char guest_name[N_GUEST][16];
static struct guest guests[N_GUEST];

/* What a node's gate sees; its serve sends back what comes, once, unless told otherwise. */
struct house {
	struct gate *gate;
	struct gate_config config;
	atomic_uint n_begun, n_done, n_failed;
	atomic_uint n_now, n_most;      /* at once */
	atomic_int last;                /* status of the last visit that failed */
	unsigned hold_ms;               /* before the answer */
	size_t max;
};

static struct house house[N_NODE_MAX];

static inline void
note_most(struct house *h)
{
	unsigned now = atomic_fetch_add(&h->n_now, 1) + 1, most = atomic_load(&h->n_most);

	while (now > most && !atomic_compare_exchange_weak(&h->n_most, &most, now))
		continue;
}

static inline void
echo(void *arg, unsigned guest, struct guest_link *l)
{
	struct house *h = arg;
	uint8_t *buf = malloc(h->max);
	size_t len = 0;
	enum status st;

	assert_true(guest < N_GUEST);
	atomic_fetch_add(&h->n_begun, 1);
	note_most(h);
	st = guest_receive_upto(l, buf, h->max, &len);
	sleep_ms(h->hold_ms);
	if (st == ST_OK)
		st = guest_send(l, buf, len);
	if (st == ST_OK)
		st = guest_finish(l);
	free(buf);
	if (st != ST_OK)
		atomic_store(&h->last, (int)st);
	atomic_fetch_sub(&h->n_now, 1);
	atomic_fetch_add(st == ST_OK ? &h->n_done : &h->n_failed, 1);
}

/* Configures gates for nodes 0..n-1; a test may change them before houses_open. */
static inline void
houses_init(unsigned n, int timeout_ms)
{
	sites_init(n, PATIENT_MS);
	for (unsigned i = 0; i < N_GUEST; i++) {
		snprintf(guest_name[i], sizeof guest_name[i], "guest%u", i);
		guests[i] = (struct guest){ guest_name[i], &identity[3 + i % 13]->pub };
	}
	memset(house, 0, sizeof house);
	for (unsigned i = 0; i < n; i++) {
		house[i].max = ECHO_MAX;
		house[i].config = (struct gate_config){ .name = name[i], .listen = endpoint[i],
			.session = "test", .secret = identity[i], .components = site[i].component,
			.n_components = 2, .guest = guests, .n_guests = N_GUEST,
			.timeout_ms = timeout_ms, .serve = echo, .arg = &house[i] };
	}
}

static inline void
house_open(unsigned i)
{
	struct fault f = { 0 };

	if (gate_open(&house[i].gate, &house[i].config, &f) != ST_OK)
		fail_msg("%s", f.message);
	site[i].config.gate = house[i].gate;
}

static inline void
houses_free(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		gate_free(house[i].gate);
		house[i].gate = NULL;
	}
}

/* A guest that visits nodes 0..n-1, one after another. */
struct visitor {
	struct guest_dial_config config;
	unsigned guest, n;
	size_t len;
	enum status st;
	struct fault f;
	pthread_t thread;
};

static inline void
visitor_init(struct visitor *v, unsigned guest, unsigned n)
{
	*v = (struct visitor){ .guest = guest, .n = n, .len = 100 };
	v->config = (struct guest_dial_config){ .session = "test", .me = guest_name[guest],
		.secret = identity[3 + guest % 13], .components = site[0].component,
		.n_components = 2, .timeout_ms = PATIENT_MS };
}

static inline enum status
dial(struct visitor *v, unsigned node, struct guest_link **l)
{
	v->config.node = name[node];
	v->config.key = &identity[node]->pub;
	if (v->config.endpoint == NULL)
		v->config.endpoint = endpoint[node];
	v->st = guest_dial(l, &v->config, &v->f);
	v->config.endpoint = NULL;
	return v->st;
}

/* Sends len bytes and wants them back. */
static inline enum status
exchange(struct guest_link *l, struct visitor *v, unsigned node)
{
	uint8_t *out = malloc(v->len), *in = malloc(v->len);
	enum status st;

	for (size_t i = 0; i < v->len; i++)
		out[i] = (uint8_t)(i * 7 + v->guest + node);
	st = guest_send(l, out, v->len);
	if (st == ST_OK)
		st = guest_receive(l, in, v->len);
	if (st == ST_OK && memcmp(out, in, v->len) != 0)
		st = ST_DATA;
	if (st == ST_OK)
		st = guest_finish(l);
	if (st != ST_OK)
		v->f = *guest_fault(l);
	free(out);
	free(in);
	return st;
}

static inline enum status
visit(struct visitor *v, unsigned node)
{
	struct guest_link *l;

	if (dial(v, node, &l) == ST_OK) {
		v->st = exchange(l, v, node);
		guest_link_free(l);
	}
	return v->st;
}

static inline void *
visitor_main(void *arg)
{
	struct visitor *v = arg;

	for (unsigned i = 0; i < v->n && v->st == ST_OK; i++)
		v->st = visit(v, i);
	return NULL;
}

static inline void
visitor_start(struct visitor *v)
{
	assert_int_equal(pthread_create(&v->thread, NULL, visitor_main, v), 0);
}

static inline void
visitor_join(struct visitor *v)
{
	pthread_join(v->thread, NULL);
	if (v->st != ST_OK)
		print_message("%s: %s\n", guest_name[v->guest], v->f.message);
	assert_int_equal(v->st, ST_OK);
}

/* An honest visit works. */
static inline void
assert_open_house(unsigned guest)
{
	struct visitor v;

	visitor_init(&v, guest, 1);
	visitor_start(&v);
	visitor_join(&v);
}

/* A node knows that a visit is over a moment after the guest does. */
static inline void
await_done(struct house *h, unsigned n)
{
	for (unsigned k = 0; k < PATIENT_MS && atomic_load(&h->n_done) != n; k++)
		sleep_ms(1);
	assert_int_equal(atomic_load(&h->n_done), n);
}

static inline unsigned
n_entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

#endif
