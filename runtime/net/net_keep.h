/* net_keep.h: keeps the links of a channel from looking dead while their node computes.
 *
 * A thread sends RECORD_ALIVE on every link on which nothing else was sent for a while; so a peer
 * that waits takes silence for a dead process or host, and for nothing else.  Leaks: that the
 * process lives. */
#ifndef KONSIL_NET_KEEP_H
#define KONSIL_NET_KEEP_H

#include "net_link.h"

enum {
	/* A quarter of the timeout, so that three may be late; but the peer's timeout may be shorter
	 * than ours, so never more than this.  It also keeps a firewall's memory of the connection. */
	KEEP_MS_MAX = 1000,
};

/* Zeros: does not run. */
struct net_keeper {
	struct net_link *link;
	unsigned n;
	uint64_t every_ms;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t event;           /* on CLOCK_MONOTONIC */
	bool runs, stop;
};

/* The links stay as they are, but for what they send, until it was stopped; those that never began
 * are passed over. */
enum status net_keeper_start(struct net_keeper *k, struct net_link *link, unsigned n,
    int timeout_ms) MUST_USE;
/* Idempotent. */
void net_keeper_stop(struct net_keeper *k);

#endif
