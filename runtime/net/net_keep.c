/* net_keep.c: see net_keep.h */
#include "net_keep.h"

#include <time.h>

enum { STACK_BYTES = 256 << 10, MS_PER_S = 1000, NS_PER_MS = 1000000 };

/* With the lock held: until then, or until it is to stop. */
static void
sleep_until(struct net_keeper *k, uint64_t ms)
{
	const struct timespec t = {
		(time_t)(ms / MS_PER_S), (long)(ms % MS_PER_S) * NS_PER_MS,
	};

	while (!k->stop && pthread_cond_timedwait(&k->event, &k->lock, &t) == 0)
		continue;
}

static void *
keeper_main(void *arg)
{
	struct net_keeper *k = arg;

	(void)pthread_mutex_lock(&k->lock);
	for (;;) {
		sleep_until(k, net_now_ms() + k->every_ms);
		if (k->stop)
			break;
		(void)pthread_mutex_unlock(&k->lock);
		for (unsigned i = 0; i < k->n; i++)
			net_link_keep(&k->link[i]);
		(void)pthread_mutex_lock(&k->lock);
	}
	(void)pthread_mutex_unlock(&k->lock);
	return NULL;
}

static enum status
locks_init(struct net_keeper *k)
{
	pthread_condattr_t a;
	bool failed;

	if (pthread_condattr_init(&a) != 0)
		return ST_INTERNAL;
	failed = pthread_condattr_setclock(&a, CLOCK_MONOTONIC) != 0
	    || pthread_cond_init(&k->event, &a) != 0;
	(void)pthread_condattr_destroy(&a);
	return failed || pthread_mutex_init(&k->lock, NULL) != 0 ? ST_INTERNAL : ST_OK;
}

static void
locks_fini(struct net_keeper *k)
{
	(void)pthread_cond_destroy(&k->event);
	(void)pthread_mutex_destroy(&k->lock);
}

enum status
net_keeper_start(struct net_keeper *k, struct net_link *link, unsigned n, int timeout_ms)
{
	uint64_t quarter = timeout_ms < 4 ? 1 : (uint64_t)timeout_ms / 4;
	pthread_attr_t a;
	enum status st;

	*k = (struct net_keeper){ .link = link, .n = n,
		.every_ms = quarter < KEEP_MS_MAX ? quarter : KEEP_MS_MAX };
	TRY(locks_init(k));
	(void)pthread_attr_init(&a);
	(void)pthread_attr_setstacksize(&a, STACK_BYTES);
	k->runs = pthread_create(&k->thread, &a, keeper_main, k) == 0;
	(void)pthread_attr_destroy(&a);
	if (!k->runs) {
		locks_fini(k);
		st = ST_INTERNAL;
	}
out:
	return st;
}

void
net_keeper_stop(struct net_keeper *k)
{
	if (!k->runs)
		return;
	(void)pthread_mutex_lock(&k->lock);
	k->stop = true;
	(void)pthread_cond_signal(&k->event);
	(void)pthread_mutex_unlock(&k->lock);
	(void)pthread_join(k->thread, NULL);
	locks_fini(k);
	k->runs = false;
}
