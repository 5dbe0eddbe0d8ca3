/* cmd_node.h: one party's process, as `run` and `join` have it: connect, agree, compute. */
#ifndef KONSIL_CMD_NODE_H
#define KONSIL_CMD_NODE_H

#include "net/identity.h"
#include "session.h"

struct node {
	struct study *study;
	unsigned me;
	struct table_set *const *table;         /* by party; only one's own is there */
	const char *session;
	const char *endpoint[N_NODE_MAX];
	struct identity_public key[N_NODE_MAX];
	const struct identity_secret *secret;
	const char *listen;                     /* NULL: at one's own endpoint */
	uint32_t timeout_ms;
	uint64_t rtt_us, bits_per_s;            /* 0: links are not shaped */
	struct progress *progress;
	/* Called when all agree, before anything secret leaves; may be NULL. */
	void (*agreed)(void *arg);
	void *agreed_arg;
};

/* A node's channel: layers over the network. */
struct links {
	struct chan *net;                       /* the lowest layer */
	struct chan *top;                       /* the highest, which meters; owns those below */
	uint8_t h1[32];                         /* the study hash that all agreed on */
};

/* Connects to everybody.  links_down gives up with a status, if it is not ST_OK, and frees all. */
enum status links_up(struct links *l, const struct node *n, struct fault *f) MUST_USE;
void links_down(struct links *l, enum status why);
/* Connects, agrees and computes. */
enum status node_run(struct result **out, const struct node *n, struct fault *f) MUST_USE;
/* A fault of this site alone: tells those who already wait that it stops.  Waits timeout_ms at
 * most. */
void node_decline(const struct node *n, enum status why);

#endif
