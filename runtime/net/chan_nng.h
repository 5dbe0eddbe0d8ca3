/* chan_nng.h: a channel between nodes over nng_stream (tcp, ipc, abstract).
 *
 * Every node listens at its address, then dials each node of a higher index, again and again until
 * the time is up; so start order does not matter and a pair has one connection.  A connection gets
 * its peer's place after the handshake of handshake.h; others are dropped without harm, each in a
 * thread and with a deadline of its own.  Afterwards everything is sealed in records (record.h).
 *
 * What comes is kept until it is awaited, up to NET_AHEAD_MAX a link, or NET_QUEUE_MAX while the
 * channel's thread waits itself; then the link is not read further until some is: a stream stays
 * no further ahead of who takes it.  In rounds of short messages only what a socket takes is ahead:
 * a link is read when its message is awaited, by the waiting thread, and all are while that waits
 * or posts what is long.  Posting waits for the line when more than NET_SEND_MAX is queued for it,
 * but not for the peer to await anything.
 *
 * After fork, a process that has used nng cannot use it in the child: open after forking.
 * Leaks: to whoever sees the line, names of callers, times and lengths. */
#ifndef KONSIL_CHAN_NNG_H
#define KONSIL_CHAN_NNG_H

#include "chan.h"
#include "handshake.h"

enum {
	NET_QUEUE_MAX = 256 << 20,      /* a link: far more than one side posts before it waits */
	NET_AHEAD_MAX = 16 << 20,       /* the same while the channel's thread is at work elsewhere */
	NET_SEND_MAX = 4 << 20,         /* enough to keep a line busy; fresh memory is slow */
};

struct gate;

struct chan_nng_config {
	unsigned me, n;
	const char *session;
	struct {
		const char *name;
		const char *endpoint;           /* "tcp://host:port", "ipc:///path" */
		const struct identity_public *key;      /* of me: unused */
	} peer[N_NODE_MAX];                     /* in the same order at every node */
	const struct identity_secret *secret;
	const struct component *components;
	size_t n_components;
	int timeout_ms;                         /* for all to come; then for a sign of life */
	const char *listen;                     /* where to listen, if not at one's own endpoint */
	struct gate *gate;                      /* listens for this node (gate.h), or NULL */
};

/* Blocks until all peers are connected and agree, or until it cannot come to that:
 * ST_AUTH at once if a peer has another component, and after the timeout if someone used a missing
 * peer's name but not its key; ST_NET if one is missing otherwise; ST_USAGE for an address that is
 * none.  f names peer and component and says what to do.  The config is not needed afterwards. */
enum status chan_nng_open(struct chan **out, const struct chan_nng_config *config,
    struct fault *f) MUST_USE;

/* The id of a pair's session: both sides', no other run's.  And one that all nodes share, to which
 * each has added randomness. */
void chan_nng_session_id(const struct chan *c, unsigned peer, uint8_t id[32]);
void chan_nng_sid(const struct chan *c, uint8_t sid[32]);

/* Tells all peers that this node gives up, and with which status (they end with ST_NET and name
 * it); nothing else leaves.  The channel has failed afterwards.  chan_free without chan_finish does
 * it with the channel's own fault. */
void chan_nng_abort(struct chan *c, enum status why);

#endif
