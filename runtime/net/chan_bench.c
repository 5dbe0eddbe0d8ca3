/* chan_bench.c: see chan_bench.h
 *
 * Node 0 sends and times; node 1 is a thread that receives and answers.  The bare stream is used
 * as straightforwardly as nng allows: one operation at a time, waited for. */
#include "chan_bench.h"

#include "../base/mem.h"
#include "chan_nng.h"

#include <nng/nng.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	MESSAGE = 1 << 20,
	PING = 8,
	N_PING = 400,
	N_OPEN = 5,
	TIMEOUT_MS = 20000,
	URL_MAX = 512,
};

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_value);
	return v[n / 2];
}

/* One end of either kind: what is measured is written over these. */
struct end {
	enum status (*send)(struct end *, void *buf, size_t len);
	enum status (*receive)(struct end *, void *buf, size_t len);
	struct chan *c;
	nng_stream *stream;
	nng_aio *aio;
	uint8_t *buf;                   /* MESSAGE bytes */
	unsigned n;                     /* messages of a throughput */
	enum status st;
	struct chan_nng_config *config;
	struct fault *f;
};

static enum status
chan_send(struct end *e, void *buf, size_t len)
{
	return chan_post(e->c, 1 - e->c->me, buf, len);
}

static enum status
chan_receive(struct end *e, void *buf, size_t len)
{
	return chan_wait(e->c, 1 - e->c->me, buf, len);
}

static enum status
stream_all(struct end *e, uint8_t *p, size_t len, void (*submit)(nng_stream *, nng_aio *))
{
	while (len > 0) {
		nng_iov iov = { p, len };

		(void)nng_aio_set_iov(e->aio, 1, &iov);
		submit(e->stream, e->aio);
		nng_aio_wait(e->aio);
		if (nng_aio_result(e->aio) != 0)
			return ST_NET;
		p += nng_aio_count(e->aio);
		len -= nng_aio_count(e->aio);
	}
	return ST_OK;
}

static enum status
raw_send(struct end *e, void *buf, size_t len)
{
	return stream_all(e, buf, len, nng_stream_send);
}

static enum status
raw_receive(struct end *e, void *buf, size_t len)
{
	return stream_all(e, buf, len, nng_stream_recv);
}

/* Node 1: answers the pings, swallows the messages, and answers once more at the end. */
static enum status
answer(struct end *e)
{
	uint8_t ping[PING];
	enum status st;

	for (unsigned i = 0; i < N_PING; i++) {
		TRY(e->receive(e, ping, PING));
		TRY(e->send(e, ping, PING));
	}
	for (unsigned i = 0; i < e->n; i++)
		TRY(e->receive(e, e->buf, MESSAGE));
	TRY(e->send(e, ping, PING));
out:
	return st;
}

static enum status
measure(struct end *e, double *bytes_per_s, double *round_trip_us)
{
	uint8_t ping[PING] = { 0 };
	double took[N_PING], start;
	enum status st;

	for (unsigned i = 0; i < N_PING; i++) {
		start = now_s();
		TRY(e->send(e, ping, PING));
		TRY(e->receive(e, ping, PING));
		took[i] = 1e6 * (now_s() - start);
	}
	*round_trip_us = median(took, N_PING);
	start = now_s();
	for (unsigned i = 0; i < e->n; i++)
		TRY(e->send(e, e->buf, MESSAGE));
	TRY(e->receive(e, ping, PING));
	*bytes_per_s = (double)e->n * MESSAGE / (now_s() - start);
out:
	return st;
}

static void *
answer_main(void *arg)
{
	struct end *e = arg;

	e->st = answer(e);
	return NULL;
}

static enum status
measure_pair(struct end e[2], double *bytes_per_s, double *round_trip_us)
{
	pthread_t t;
	enum status st;

	if (pthread_create(&t, NULL, answer_main, &e[1]) != 0)
		return ST_INTERNAL;
	st = measure(&e[0], bytes_per_s, round_trip_us);
	if (st != ST_OK && e[0].stream != NULL)
		nng_stream_close(e[0].stream);
	(void)pthread_join(t, NULL);
	return st != ST_OK ? st : e[1].st;
}

static enum status
raw_connect(struct end e[2], nng_stream_listener *l, nng_stream_dialer *d)
{
	for (unsigned i = 0; i < 2; i++) {
		if (nng_aio_alloc(&e[i].aio, NULL, NULL) != 0)
			return ST_INTERNAL;
		nng_aio_set_timeout(e[i].aio, TIMEOUT_MS);
	}
	if (nng_stream_listener_listen(l) != 0)
		return ST_NET;
	nng_stream_listener_accept(l, e[1].aio);
	nng_stream_dialer_dial(d, e[0].aio);
	for (unsigned i = 0; i < 2; i++) {
		nng_aio_wait(e[i].aio);
		if (nng_aio_result(e[i].aio) != 0)
			return ST_NET;
		e[i].stream = nng_aio_get_output(e[i].aio, 0);
	}
	return ST_OK;
}

static enum status
bench_raw(struct chan_bench *out, struct end e[2], const char *url)
{
	nng_stream_listener *l = NULL;
	nng_stream_dialer *d = NULL;
	enum status st = ST_USAGE;

	for (unsigned i = 0; i < 2; i++) {
		e[i].send = raw_send;
		e[i].receive = raw_receive;
	}
	if (nng_stream_listener_alloc(&l, url) != 0 || nng_stream_dialer_alloc(&d, url) != 0)
		goto out;
	TRY(raw_connect(e, l, d));
	TRY(measure_pair(e, &out->raw_bytes_per_s, &out->raw_round_trip_us));
out:
	for (unsigned i = 0; i < 2; i++) {
		if (e[i].stream != NULL)
			nng_stream_free(e[i].stream);
		if (e[i].aio != NULL)
			nng_aio_free(e[i].aio);
		e[i].stream = NULL;
	}
	if (l != NULL)
		nng_stream_listener_free(l);
	if (d != NULL)
		nng_stream_dialer_free(d);
	return st;
}

static void *
open_main(void *arg)
{
	struct end *e = arg;

	e->st = chan_nng_open(&e->c, e->config, e->f);
	return NULL;
}

static void *
finish_main(void *arg)
{
	struct end *e = arg;

	e->st = chan_finish(e->c);
	return NULL;
}

/* Runs both ends at once. */
static enum status
both(struct end e[2], void *(*run)(void *))
{
	pthread_t t;

	if (pthread_create(&t, NULL, run, &e[1]) != 0)
		return ST_INTERNAL;
	(void)run(&e[0]);
	(void)pthread_join(t, NULL);
	return e[0].st != ST_OK ? e[0].st : e[1].st;
}

static enum status
open_both(struct end e[2], double *ms)
{
	double start = now_s();
	enum status st = both(e, open_main);

	*ms = 1e3 * (now_s() - start);
	return st;
}

static void
close_both(struct end e[2])
{
	for (unsigned i = 0; i < 2; i++) {
		chan_free(e[i].c);
		e[i].c = NULL;
	}
}

static enum status
bench_chan(struct chan_bench *out, struct end e[2])
{
	double ms[N_OPEN];
	enum status st = ST_OK;

	for (unsigned i = 0; i < 2; i++) {
		e[i].send = chan_send;
		e[i].receive = chan_receive;
	}
	for (unsigned i = 0; i < N_OPEN; i++) {
		TRY(open_both(e, &ms[i]));
		if (i + 1 == N_OPEN)
			TRY(measure_pair(e, &out->bytes_per_s, &out->round_trip_us));
		TRY(both(e, finish_main));
		close_both(e);
	}
	out->open_ms = median(ms, N_OPEN);
out:
	close_both(e);
	return st;
}

/* The endpoint beside the first one. */
static void
second_url(char out[URL_MAX], const char *url)
{
	const char *port = strrchr(url, ':');

	if (strncmp(url, "tcp://", 6) == 0)
		(void)snprintf(out, URL_MAX, "%.*s:%ld", (int)(port - url), url,
		    strtol(port + 1, NULL, 10) + 1);
	else
		(void)snprintf(out, URL_MAX, "%s2", url);
}

static enum status
bench_both(struct chan_bench *out, struct end e[2], const char *url, struct fault *f)
{
	struct identity_secret *id[2] = { NULL, NULL };
	struct chan_nng_config config[2];
	char second[URL_MAX];
	enum status st;

	second_url(second, url);
	for (unsigned i = 0; i < 2; i++)
		TRY(identity_new(&id[i], f));
	for (unsigned i = 0; i < 2; i++) {
		config[i] = (struct chan_nng_config){
			.me = i, .n = 2, .session = "bench", .secret = id[i],
			.timeout_ms = TIMEOUT_MS,
			.peer = { { "one", url, &id[0]->pub }, { "two", second, &id[1]->pub } },
		};
		e[i].config = &config[i];
	}
	TRY(bench_chan(out, e));
	TRY(bench_raw(out, e, url));
out:
	for (unsigned i = 0; i < 2; i++)
		identity_free(id[i]);
	return st;
}

enum status
chan_bench_run(struct chan_bench *out, const char *endpoint, unsigned mib, struct fault *f)
{
	struct end e[2] = { { .n = mib }, { .n = mib } };
	struct fault faults[2] = { { .st = ST_OK }, { .st = ST_OK } };
	enum status st = ST_OK;

	*out = (struct chan_bench){ .open_ms = 0 };
	for (unsigned i = 0; i < 2; i++) {
		e[i].buf = mem_zalloc(MESSAGE);
		e[i].f = &faults[i];
		if (e[i].buf == NULL)
			st = fault_set(f, ST_INTERNAL, "out of memory for a benchmark");
	}
	if (st == ST_OK)
		st = bench_both(out, e, endpoint, f);
	if (st != ST_OK)
		(void)fault_set(f, st, "the benchmark of channels failed: %s%s", faults[0].message,
		    faults[1].message);
	for (unsigned i = 0; i < 2; i++)
		mem_free(e[i].buf);
	return st;
}

struct moment {
	double wall_s, cpu_s;
};

static struct moment
moment_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (struct moment){ now_s(), (double)t.tv_sec + 1e-9 * (double)t.tv_nsec };
}

/* n messages of len bytes round the ring, one or two under way. */
static enum status
ring(struct chan *c, uint8_t *out, uint8_t *in, size_t len, unsigned n, unsigned ahead)
{
	const unsigned to = (c->me + c->n - 1) % c->n, from = (c->me + 1) % c->n;
	enum status st = ST_OK;

	for (unsigned i = 0; i < n + ahead; i++) {
		if (i < n)
			TRY(chan_post(c, to, out, len));
		if (i >= ahead)
			TRY(chan_wait(c, from, in, len));
	}
out:
	return st;
}

enum status
chan_bench_ring(struct chan_ring *out, struct chan *c, unsigned mib, unsigned n_rounds)
{
	uint8_t *buf = mem_zalloc((size_t)2 * MESSAGE);
	struct moment start, end;
	enum status st = ST_INTERNAL;

	*out = (struct chan_ring){ .round_us = 0 };
	if (buf == NULL)
		goto out;
	TRY(ring(c, buf, buf + MESSAGE, MESSAGE, mib / 8 + 1, 1));
	start = moment_now();
	TRY(ring(c, buf, buf + MESSAGE, MESSAGE, mib, 1));
	end = moment_now();
	out->bytes_per_s = c->n * (double)mib * MESSAGE / (end.wall_s - start.wall_s);
	out->cpu_ns_per_byte = 1e9 * (end.cpu_s - start.cpu_s) / ((double)mib * MESSAGE);
	TRY(ring(c, buf, buf + MESSAGE, PING, n_rounds / 8 + 1, 0));
	start = moment_now();
	TRY(ring(c, buf, buf + MESSAGE, PING, n_rounds, 0));
	end = moment_now();
	out->round_us = 1e6 * (end.wall_s - start.wall_s) / n_rounds;
	out->round_cpu_us = 1e6 * (end.cpu_s - start.cpu_s) / n_rounds;
out:
	mem_free(buf);
	return st;
}
