/* gate.h: a node's gate: it listens at the node's address and lets in the guests of a session.
 *
 * A gate lives as long as its session: before the nodes meet, while they compute, and after.  It
 * listens for the node's channel, too (chan_nng_config.gate): callers in the role of a node go to
 * the meeting of the nodes, callers in the role of a guest are authenticated by the same handshake,
 * wait for their turn and are served by a thread of the gate's.  The role is part of what is
 * authenticated: neither can take the other's place.
 *
 * Bounds: N_PENDING_MAX callers in a handshake, each with a deadline (net_door.h);
 * N_GATE_WAITING_MAX guests that wait for their turn; N_GATE_WORKER that are served, each for
 * visit_ms at most and never silent for more than timeout_ms.  One guest is served N_VISIT_MAX
 * times at once at most, and as often may wait (its oldest visit makes room), so that it keeps out
 * no other.  Whoever finds no room is dropped and dials again.  Who came first is served first.
 *
 * The channel knows nothing of all this, and its thread takes no part.
 * Leaks: to whoever sees the line, names of callers, times and lengths. */
#ifndef KONSIL_GATE_H
#define KONSIL_GATE_H

#include "guest_link.h"

enum {
	N_GUEST_MAX = 4096,
	N_GATE_WORKER = 16,
	N_GATE_WAITING_MAX = 256,       /* 8 kB each */
	N_VISIT_MAX = 2,                /* one that hangs and one that came after it */
};

struct gate;

struct guest {
	const char *name;
	const struct identity_public *key;
};

struct gate_config {
	const char *name, *listen;              /* this node's, and the address where it listens */
	const char *session;
	const struct identity_secret *secret;
	const struct component *components;     /* the same as at the guests */
	size_t n_components;
	const struct guest *guest;              /* all names differ */
	unsigned n_guests;
	int timeout_ms;                         /* a guest's silence */
	int visit_ms;                           /* a whole visit from its first turn; 0: no limit */
	/* Serves a guest, by its index, in a thread of the gate's (stack: 512 KiB), several at once
	 * and the same guest perhaps twice.  Calls guest_finish when all is well; the link is the
	 * gate's and ends with the call. */
	void (*serve)(void *arg, unsigned guest, struct guest_link *link);
	void *arg;
};

/* Listens and serves from now on.  All that config points to outlives the gate.  ST_USAGE for an
 * address that is none, too many guests, or a name that stands twice; ST_NET if it cannot listen.
 */
enum status gate_open(struct gate **out, const struct gate_config *config, struct fault *f)
    MUST_USE;

/* What came of the last attempt of a guest that failed before its visit. */
enum gate_doubt {
	GATE_NO_DOUBT,                  /* there was none, or it was let in since */
	GATE_WRONG_CALLER,              /* called with its name, but not with its key */
	GATE_DIFFERS,                   /* has another component */
};
enum gate_doubt gate_doubt(struct gate *g, unsigned guest);

/* Lets no one in any more, gives visits grace_ms to end, then cuts them, and waits until every call
 * of serve has returned: a serve that waits for something else than its link must be woken before.
 * Not while a channel is being opened with it; one that is open needs no gate.  Idempotent. */
void gate_close(struct gate *g, int grace_ms);
/* Closes without grace if that was not done; takes NULL. */
void gate_free(struct gate *g);

#endif
