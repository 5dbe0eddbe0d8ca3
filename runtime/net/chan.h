/* chan.h: channels between the nodes of a run.
 *
 * A struct chan is one node's end of all its links.  A message is posted to a peer and awaited by
 * that peer, in order; both sides know every length beforehand, since lengths are functions of the
 * program.  Implementations: chan_mem (nodes as threads of one process), chan_nng (authenticated,
 * encrypted nng_stream), and the layers chan_meter, chan_shape, chan_fault over another channel.
 *
 * The first error sticks: after it every call returns the same status, and the member fault
 * says what happened.  A channel belongs to one thread.  Leaks: lengths and times of messages. */
#ifndef KONSIL_CHAN_H
#define KONSIL_CHAN_H

#include "../base/status.h"

enum {
	N_NODE_MAX = 16,                /* all-to-all links: messages grow with its square */
	CHAN_MSG_MAX = 16 << 20,        /* longest message; callers cut what is longer */
};

/* What traffic is for; the meter counts each apart. */
enum phase { PHASE_CONTROL, PHASE_SETUP, PHASE_OFFLINE, PHASE_ONLINE, N_PHASE };

struct chan;

struct chan_ops {
	/* Hands len bytes to the link towards peer.  Copies (or encrypts) buf before it returns;
	 * does not wait for the peer.  len 0 sends nothing and is not a message. */
	enum status (*post)(struct chan *, unsigned peer, const void *buf, size_t len) MUST_USE;
	/* Blocks until the next message of peer is here and copies it to buf.  A message of another
	 * length is ST_ABORT; a lost or silent peer ST_NET; a forged record ST_AUTH.  len 0 returns
	 * at once. */
	enum status (*wait)(struct chan *, unsigned peer, void *buf, size_t len) MUST_USE;
	/* Marks what follows as belonging to a phase; passes down through layers. */
	void (*phase)(struct chan *, enum phase);
	/* One communication round is over (for meter and shape); passes down. */
	void (*round)(struct chan *);
	/* Closing handshake: returns ST_OK when all peers have received all that was posted. */
	enum status (*finish)(struct chan *) MUST_USE;
	/* Tears down at once; peers see a cut connection unless finish came before.  Wipes keys. */
	void (*free)(struct chan *);
};

struct chan {
	const struct chan_ops *ops;
	unsigned me, n;                 /* this node, how many nodes; peers are 0..n-1 except me */
	struct fault fault;             /* the first error, with the peer's name in its message */
};

static inline MUST_USE enum status
chan_post(struct chan *c, unsigned peer, const void *buf, size_t len)
{
	return c->ops->post(c, peer, buf, len);
}

static inline MUST_USE enum status
chan_wait(struct chan *c, unsigned peer, void *buf, size_t len)
{
	return c->ops->wait(c, peer, buf, len);
}

static inline void
chan_phase(struct chan *c, enum phase p)
{
	c->ops->phase(c, p);
}

static inline void
chan_round(struct chan *c)
{
	c->ops->round(c);
}

static inline MUST_USE enum status
chan_finish(struct chan *c)
{
	return c->ops->finish(c);
}

static inline void
chan_free(struct chan *c)
{
	if (c != NULL)
		c->ops->free(c);
}

/* n nodes as threads of one process: ends[i] is node i's end.  For tests; no encryption. */
enum status chan_mem_new(struct chan *ends[], unsigned n) MUST_USE;

/* What the meter counts, by phase and peer. */
struct meter {
	uint64_t sent[N_PHASE][N_NODE_MAX];      /* payload bytes to each peer */
	uint64_t received[N_PHASE][N_NODE_MAX];
	uint64_t messages[N_PHASE];              /* sent */
	uint64_t rounds[N_PHASE];                /* calls of chan_round */
	uint8_t transcript[32];         /* BLAKE2b of all that was sent and received */
};

/* A layer that counts.  Owns under (freed with it).  get fills m with the counts so far. */
enum status chan_meter_new(struct chan **out, struct chan *under) MUST_USE;
void chan_meter_get(struct chan *meter, struct meter *m);
/* How long the channel was in each phase, in microseconds. */
void chan_meter_times(struct chan *meter, uint64_t us[N_PHASE]);
/* Whether messages are hashed into the transcript (at first they are): it costs 1.5 ns a byte. */
void chan_meter_hash(struct chan *meter, bool on);

/* A layer that makes each directed link slower: half of rtt_us is added to each message, and
 * bytes leave at bits_per_s (0: unlimited).  It is the receiver that waits.  Owns under. */
enum status chan_shape_new(struct chan **out, struct chan *under, uint64_t rtt_us,
    uint64_t bits_per_s) MUST_USE;

/* A layer for tests: at byte `at` of what is sent to `peer`, do `what`.  Owns under. */
enum chan_fault_kind { FAULT_CUT, FAULT_FLIP, FAULT_DELAY, FAULT_DROP };
enum status chan_fault_new(struct chan **out, struct chan *under, enum chan_fault_kind what,
    unsigned peer, uint64_t at) MUST_USE;

#endif
