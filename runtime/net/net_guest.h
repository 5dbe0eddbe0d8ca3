/* net_guest.h: what the two halves of a guest's link and the gate share.
 *
 * A link is blocking: whoever uses it seals and opens in its own thread and waits through the
 * link's aios, so that guest_cut ends all of it.  Beside it only the gate's keeper sends on it
 * (RECORD_ALIVE), under `sealing`, which makes the order of the numbers the order on the line. */
#ifndef KONSIL_NET_GUEST_H
#define KONSIL_NET_GUEST_H

#include "gate.h"
#include "net_link.h"
#include "net_shake.h"

#include <stdatomic.h>

struct guest_link {
	nng_stream *stream;
	nng_aio *send_aio, *recv_aio, *keep_aio;
	struct record_dir in, out;
	uint8_t id[32];
	char peer[NODE_NAME_MAX];
	struct fault fault;
	uint64_t timeout_ms;
	uint64_t end_ms;                /* of the visit; 0: none */
	bool finished, stopped;         /* stopped: by either side */
	atomic_bool cut;
	uint8_t *out_buf, *in_buf;      /* a record each; from guest_begin on */
	size_t start, fill;             /* of in_buf: what has come and is not done with */

	pthread_mutex_t sealing;        /* for out and what follows */
	bool sealed_end;                /* CLOSED or STOP was sealed, nothing follows */
	uint64_t n_kept;                /* records that were sealed when guest_keep last looked */
	uint8_t alive[RECORD_OVERHEAD];
	size_t n_alive;                 /* bytes of it that have not gone out */
	atomic_bool keeping;            /* keep_aio is under way */

	/* The gate's, under its lock. */
	struct guest_link *next;
	unsigned guest;
};

/* Takes the stream on success. */
enum status guest_link_new(struct guest_link **out, nng_stream *stream,
    const struct link_keys *keys, const char *peer, int timeout_ms) MUST_USE;
/* Before the first message: gets buffers.  visit_ms from now the link ends; 0: never. */
enum status guest_begin(struct guest_link *l, int visit_ms) MUST_USE;
/* The node's first record, which says that the guest's turn has come; a guest waits for it. */
enum status guest_welcome(struct guest_link *l) MUST_USE;
enum status guest_await_welcome(struct guest_link *l) MUST_USE;

/* Sends RECORD_ALIVE if nothing was sent since the last call and no one is sending; never waits,
 * for any thread. */
void guest_keep(struct guest_link *l);
/* Ends all that anyone waits for on the link, now and later; from any thread while l exists. */
void guest_cut(struct guest_link *l);

/* Through which a gate hears of callers; the meeting of the nodes is its other host. */
struct door *gate_door(struct gate *g);
/* Whether a guest has this name. */
bool gate_knows(const struct gate *g, const char *name);

#endif
