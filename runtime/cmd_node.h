/* cmd_node.h: one party's process, as `run` and `join` have it: connect, agree, compute.
 *
 * A party that computes nothing is described by the same struct, see guest.h. */
#ifndef KONSIL_CMD_NODE_H
#define KONSIL_CMD_NODE_H

#include "net/identity.h"
#include "session.h"

struct node {
	struct study *study;
	unsigned me;                            /* party */
	struct table_set *const *table;         /* by party; only one's own is there */
	const char *session;
	const char *const *endpoint;            /* by party; of those that compute none is NULL */
	const struct identity_public *key;      /* by party */
	const struct identity_secret *secret;
	const char *listen;                     /* NULL: at one's own endpoint */
	uint32_t timeout_ms;
	uint64_t rtt_us, bits_per_s;            /* 0: links are not shaped */
	struct progress *progress;
	/* Called when all agree, before anything secret leaves; may be NULL.  A failure ends the run,
	 * and the others are told its status. */
	enum status (*agreed)(void *arg, struct fault *f);
	void *agreed_arg;
	/* Called when those that only receive can fetch their outputs; may be NULL. */
	void (*ready)(void *arg);
	void *ready_arg;
	char *left;                             /* 256 bytes: who had not fetched its outputs in time */
};

/* The study's components, with everybody's key; list has room for N_COMPONENT_MAX. */
enum status node_components(struct component *list, size_t *n_list, const struct node *n,
    struct fault *f) MUST_USE;

/* A node's channel: layers over the network. */
struct links {
	struct chan *net;                       /* the lowest layer */
	struct chan *top;                       /* the highest, which meters; owns those below */
	uint8_t h1[32];                         /* the study hash that all agreed on */
};

/* Connects to the other nodes; the gate, if there is one, listens.  links_down gives up with a
 * status, if it is not ST_OK, and frees all. */
enum status links_up(struct links *l, const struct node *n, struct gate *gate, struct fault *f)
    MUST_USE;
void links_down(struct links *l, enum status why);
/* Connects, agrees and computes; `me` is a node.  Then serves those that only receive. */
enum status node_run(struct result **out, const struct node *n, struct fault *f) MUST_USE;
/* A fault of this site alone: tells those who already wait that it stops.  Waits timeout_ms at
 * most. */
void node_decline(const struct node *n, enum status why);

#endif
