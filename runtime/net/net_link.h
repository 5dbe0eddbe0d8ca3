/* net_link.h: one connection of a channel after its handshake: queues of records each way.
 *
 * nng's threads send what is queued and receive into chunks; the channel's own thread seals into
 * the one queue and opens from the other.  All links of a channel share a struct net: one lock and
 * one condition, signalled whenever anything happens.  Records never straddle two chunks.
 *
 * A link on which short messages are awaited is `brief`: nothing is received ahead of time, but by
 * the channel's thread itself while it waits (net_link_read), which saves a wake-up of another
 * thread in each round.  When that thread waits for long, or for something else, nng's threads
 * receive on brief links, too, so that two sides that both send much do not block each other.
 *
 * Two threads seal: the channel's own, and the one that keeps idle links alive (net_keep.h).  The
 * lock `sealing` makes the order of the numbers the order on the line; it is taken before
 * net->lock, and the channel's thread may hold it as long as the line takes. */
#ifndef KONSIL_NET_LINK_H
#define KONSIL_NET_LINK_H

#include "record.h"

#include <nng/nng.h>
#include <pthread.h>

enum {
	CHUNK_BYTES = 512 << 10,        /* several of the longest records, and fits the cache */
	GATHER_BYTES = 256 << 10,       /* a send of less costs more in wake-ups than in copying */
	WAKE_BYTES = 256 << 10,         /* of a longer message, what is worth waking its reader for */
	SHORT_BYTES = 16 << 10,
	N_SPARE_CHUNK_MAX = 32,         /* kept for reuse by all links of a channel */
	STOP_SELF = 255,                /* in RECORD_STOP: because of no other node */
};

struct chunk {
	struct chunk *next;
	size_t start;                   /* what lies before is done with */
	size_t ready;                   /* receiving: end of the last whole record */
	size_t fill;
	uint8_t bytes[CHUNK_BYTES];
};

struct net {
	pthread_mutex_t lock;
	pthread_cond_t event;           /* on CLOCK_MONOTONIC */
	struct chunk *spare;
	unsigned n_spare;
	int timeout_ms;                 /* for the line to take a short message */
	bool blocked;                   /* the channel's thread waits, for room or for a message */
	bool draining;                  /* it waits until nothing is queued any more */
	nng_aio *own;                   /* it waits in net_link_read: aborted when a link ends */
};

/* How a link ended, if it did. */
enum link_end {
	LINK_OPEN,
	LINK_LOST,                      /* closed or cut by the other side, or by the network */
	LINK_FORGED,                    /* a record that is not the one due */
	LINK_DEVIANT,                   /* authentic and wrong */
	LINK_STOPPED,                   /* the peer gave up and said so */
	LINK_NO_MEMORY,
};

struct net_link {
	struct net *net;
	nng_stream *stream;
	nng_aio *send_aio, *recv_aio;   /* call back in one of nng's threads */
	nng_aio *small_aio, *own_aio;   /* the channel's thread waits for them */
	struct record_dir in;
	uint8_t id[32];

	pthread_mutex_t sealing;        /* for out, sealed_end, n_kept and small */
	struct record_dir out;
	bool sealed_end;                /* CLOSED or STOP was queued, nothing follows */
	uint64_t n_kept;                /* records that had been sealed when net_link_keep last looked */

	uint8_t small[SHORT_BYTES + RECORD_OVERHEAD];

	/* All below under net->lock, but bytes between a chunk's marks belong to one side. */
	enum link_end end;
	bool sending, receiving, closing;
	bool brief;                     /* short messages are due: received as they are awaited */
	bool broken;                    /* a send has failed: none is tried again */
	bool awaited;                   /* the channel's thread waits for a record of this link */
	bool crowded;                   /* it waits for room in this link's queue */
	bool closed_seen;               /* RECORD_CLOSED has come: what follows is no loss */
	struct chunk *out_head, *out_tail, *in_head, *in_tail;
	size_t out_bytes, in_bytes;     /* queued */
	size_t ready_bytes;             /* of in_bytes, those of whole records */
	size_t need;                    /* bytes of the record whose head was checked, or 0 */
	const uint8_t *stop;            /* the peer's RECORD_STOP */
	uint64_t arrival_ms;            /* when bytes last came */
};

enum status net_init(struct net *net) MUST_USE;
void net_fini(struct net *net);
uint64_t net_now_ms(void);
/* With the lock held: waits for an event, at most until then; false if the time is up. */
bool net_wait_until(struct net *net, uint64_t until_ms);

/* Takes the stream on success and begins to receive.  l is zeros before, and once closed. */
enum status net_link_start(struct net_link *l, struct net *net, nng_stream *stream,
    const struct link_keys *keys) MUST_USE;
/* With the lock held, which it gives up if it returns true: receives if that is not under way,
 * since the channel's thread is about to wait, or a long message to come. */
bool net_link_resume(struct net_link *l);
/* With the lock held, which it gives up meanwhile: the channel's thread receives, until something
 * has come, the time is up, or a link has ended.  False, and at once, if another thread does. */
bool net_link_read(struct net_link *l, uint64_t until_ms);
/* Closes at once; what is queued is lost. */
void net_link_close(struct net_link *l);

/* Seals a message into records and queues them; does not wait.  ST_INTERNAL without memory. */
enum status net_link_send(struct net_link *l, enum record_type type, const void *buf, size_t len)
    MUST_USE;

/* Sends RECORD_ALIVE if nothing was sent since the last call and nothing is being sent; never
 * waits, for any thread. */
void net_link_keep(struct net_link *l);

/* With the lock held: the next whole record, or NULL if there is none yet. */
const uint8_t *net_link_peek(struct net_link *l);
/* Without the lock: opens the record that peek gave, and drops it.  out has room for its bytes. */
enum status net_link_take(struct net_link *l, void *out, const uint8_t *record) MUST_USE;
/* After LINK_STOPPED: what the peer said.  ST_AUTH if it is forged. */
enum status net_link_stop_notice(struct net_link *l, enum status *why, unsigned *because) MUST_USE;

#endif
