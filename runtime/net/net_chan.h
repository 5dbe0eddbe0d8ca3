/* net_chan.h: what the two halves of a channel over nng share: opening and running. */
#ifndef KONSIL_NET_CHAN_H
#define KONSIL_NET_CHAN_H

#include "chan_nng.h"
#include "net_keep.h"
#include "net_link.h"

enum { GRACE_MS = 300 };                /* for others to learn of a failure before we go */

struct chan_nng {
	struct chan base;
	struct net net;
	struct net_link link[N_NODE_MAX];
	struct net_keeper keeper;
	char name[N_NODE_MAX][NODE_NAME_MAX];
	uint64_t timeout_ms;
	uint8_t sid[32];
	unsigned because;               /* which node the fault is due to, or STOP_SELF */
	bool finished, stopped;
};

extern const struct chan_ops net_chan_ops;

/* One message of a type; errors become the channel's fault. */
enum status net_chan_send(struct chan_nng *c, unsigned peer, enum record_type type,
    const void *buf, size_t len) MUST_USE;
enum status net_chan_take(struct chan_nng *c, unsigned peer, enum record_type type, void *buf,
    size_t len) MUST_USE;

/* With the lock held: a link that has failed, best one that says why; n if all are well. */
unsigned net_chan_failed(const struct chan_nng *c);
/* Makes the end of a peer's link the channel's fault: a silent one, if it has not ended. */
enum status net_chan_fault(struct chan_nng *c, unsigned peer);

#endif
