/* nng_kit.h: sessions of nodes over nng as threads of a test: test_chan_nng, test_chan_line and
 * gates (gate_kit.h). */
#ifndef KONSIL_NNG_KIT_H
#define KONSIL_NNG_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/chan_nng.h"

/* What works has all the time that a busy machine may need; what never comes is waited for as long
 * as such a machine may need to learn of what did come. */
enum { PATIENT_MS = 120000, LOST_MS = 3000 };

static char dir[] = "/tmp/konsil-nng-XXXXXX";
static int serial;

/* A session on this machine; each test may change any node's view of it before it opens. */
struct site {
	struct chan_nng_config config;
	struct component component[2];
	struct chan *c;
	struct fault f;
	enum status st;
	unsigned delay_ms;
	void (*then)(struct site *);    /* what the node does once it is open */
	pthread_t thread;
};

static struct identity_secret *identity[N_NODE_MAX];
static char name[N_NODE_MAX][16], endpoint[N_NODE_MAX][128];
static struct site site[N_NODE_MAX];

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
sleep_ms(unsigned ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void
sites_init(unsigned n, int timeout_ms)
{
	serial++;
	memset(site, 0, sizeof site);
	for (unsigned i = 0; i < n; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%d-%u", dir, serial, i);
	for (unsigned i = 0; i < n; i++) {
		struct site *s = &site[i];

		s->config = (struct chan_nng_config){ .me = i, .n = n, .session = "test",
			.secret = identity[i], .components = s->component, .n_components = 2,
			.timeout_ms = timeout_ms };
		strcpy(s->component[0].name, "program");
		strcpy(s->component[1].name, "parameter n");
		for (unsigned k = 0; k < n; k++) {
			s->config.peer[k].name = name[k];
			s->config.peer[k].endpoint = endpoint[k];
			s->config.peer[k].key = &identity[k]->pub;
		}
	}
}

static void *
site_main(void *arg)
{
	struct site *s = arg;

	sleep_ms(s->delay_ms);
	s->st = chan_nng_open(&s->c, &s->config, &s->f);
	if (s->st == ST_OK && s->then != NULL)
		s->then(s);
	return NULL;
}

static void
site_start(unsigned i)
{
	assert_int_equal(pthread_create(&site[i].thread, NULL, site_main, &site[i]), 0);
}

static void
site_join(unsigned i)
{
	pthread_join(site[i].thread, NULL);
}

/* Opens nodes 0..n-1, and waits until all have succeeded or failed. */
static void
open_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		site_start(i);
	for (unsigned i = 0; i < n; i++)
		site_join(i);
}

static inline void
assert_open(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (site[i].st != ST_OK)
			print_message("%s: %s\n", name[i], site[i].f.message);
		assert_int_equal(site[i].st, ST_OK);
	}
}

static void
assert_says(const struct fault *f, enum status st, const char *words)
{
	if (f->st != st || strstr(f->message, words) == NULL)
		print_message("status %d: %s (wanted %d: %s)\n", f->st, f->message, st, words);
	assert_int_equal(f->st, st);
	assert_non_null(strstr(f->message, words));
}

static inline void
close_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		chan_free(site[i].c);
		site[i].c = NULL;
	}
}

/* Every node tells every peer its index in lengths around the limits of records and chunks. */
static inline void
talk(struct site *s)
{
	static const size_t len[] = { 1, 5, 65535, 65536, 65537, 131072, 300000, 1 << 20 };
	size_t max = s->c->n > 4 ? 4 : sizeof len / sizeof len[0];
	uint8_t *buf = mem_alloc(1 << 20);

	for (size_t k = 0; k < max && s->st == ST_OK; k++) {
		memset(buf, (int)s->c->me, len[k]);
		for (unsigned i = 0; i < s->c->n && s->st == ST_OK; i++)
			if (i != s->c->me)
				s->st = chan_post(s->c, i, buf, len[k]);
		for (unsigned i = 0; i < s->c->n && s->st == ST_OK; i++)
			if (i != s->c->me) {
				s->st = chan_wait(s->c, i, buf, len[k]);
				if (buf[0] != i || buf[len[k] - 1] != i)
					s->st = ST_DATA;
			}
	}
	if (s->st == ST_OK)
		s->st = chan_finish(s->c);
	if (s->st != ST_OK)
		s->f = s->c->fault;
	mem_free(buf);
}

static inline void
fails(struct site *s, enum status st)
{
	s->st = st;
	s->f = s->c->fault;
	chan_free(s->c);
	s->c = NULL;
}

static int
set_up(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	for (unsigned i = 0; i < N_NODE_MAX; i++) {
		if (identity_new(&identity[i], NULL) != ST_OK)
			return -1;
		snprintf(name[i], sizeof name[i], "site%u", i);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_NODE_MAX; i++)
		identity_free(identity[i]);
	return rmdir(dir);
}

#endif
