/* net_door.h: listens at a node's address and asks everyone who calls for a hello.
 *
 * One thread accepts; each caller has a thread until it is let in or dropped.  A caller's hello
 * says in which role it comes, and who hosts that role goes on with it: the meeting of the nodes
 * (net_meet.h), a gate for guests (gate.h).  Where no one does, it is dropped without a word.
 *
 * Who is slow is dropped after HELLO_MS, or earlier to make room for others: but whoever has said
 * nothing yet not before CALLER_MS, and whoever has said hello not before SHAKE_MS.  A crowd that
 * calls at once waits at the line meanwhile, and must not throw itself out. */
#ifndef KONSIL_NET_DOOR_H
#define KONSIL_NET_DOOR_H

#include "net_shake.h"

enum {
	N_PENDING_MAX = 64,             /* callers at a time */
	CALLER_MS = 200,                /* to a hello across a continent */
	SHAKE_MS = 3000,                /* to the end of a handshake with a busy machine */
	N_ROLE = ROLE_GUEST + 1,
};

/* Someone who has said hello. */
struct caller {
	struct line *line;              /* who takes the stream leaves NULL */
	struct shake *shake;            /* msg is its hello; no handshake has begun */
	char name[NODE_NAME_MAX];       /* as it says */
	uint64_t until_ms;
};

struct door_host {
	/* In the caller's thread; waits through c->line and not beyond until_ms. */
	void (*admit)(void *arg, struct caller *c);
	void *arg;
};

struct door;

enum status door_new(struct door **out) MUST_USE;
/* From now on, callers of a role are the host's. */
void door_host(struct door *d, enum link_role role, const struct door_host *host);
/* Ends all calls of the host's, and waits until they have returned.  Idempotent. */
void door_leave(struct door *d, enum link_role role);
/* Begins to listen; name is the node's.  ST_USAGE or ST_NET, with f, if that cannot be. */
enum status door_listen(struct door *d, const char *name, const char *url, struct fault *f)
    MUST_USE;
/* Ends everything; takes NULL. */
void door_free(struct door *d);

/* The fault of an address that is none. */
enum status door_bad_address(struct fault *f, const char *name, const char *url) MUST_USE;

#endif
