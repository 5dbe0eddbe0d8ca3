/* guest_link.h: a stream of messages between a guest of a session and one of its nodes.
 *
 * A guest is a party that computes nothing: it visits each node for a while, to contribute or to
 * receive.  The guest dials (guest_dial), the node serves it (gate.h); both then hold one end of a
 * struct guest_link, authenticated by the handshake of the nodes with the role bound in, and sealed
 * in records.
 *
 * Everything blocks, until it is done or the other side was silent for timeout_ms (a node that
 * lives is never silent: its gate says so meanwhile).  One side speaks at a time: two that both
 * send more than the line holds would wait for each other until the time is up.  A message has 1
 * byte at least.
 *
 * The first error sticks: after it every call returns the same status, and guest_fault says what
 * happened, naming the other side: ST_AUTH a record that was altered, ST_NET a lost or silent peer
 * or one that gave up, ST_ABORT a message of another length, ST_INTERNAL no memory.  A link belongs
 * to one thread.  Leaks: to whoever sees the line, names, lengths and times. */
#ifndef KONSIL_GUEST_LINK_H
#define KONSIL_GUEST_LINK_H

#include "chan.h"
#include "handshake.h"

enum {
	GUEST_MESSAGE_MAX = CHAN_MSG_MAX,       /* longest message; callers cut what is longer */
};

struct guest_link;

struct guest_dial_config {
	const char *session;
	const char *me;                         /* the guest's name in the session */
	const struct identity_secret *secret;
	const char *node, *endpoint;            /* "tcp://host:port", "ipc:///path" */
	const struct identity_public *key;      /* of the node */
	const struct component *components;     /* the same as at the node */
	size_t n_components;
	int timeout_ms;                         /* for the node to come; then for a sign of life */
};

/* Dials again and again until the node has let this guest in, or until it cannot come to that:
 * ST_AUTH at once if the node has another component, and after the timeout if who answered was not
 * the node or refused this guest; ST_NET if it did not come otherwise; ST_USAGE for an address that
 * is none.  Waits longer only while the node says that it lives, but serves others first.  So visit
 * nodes in the session's order, or be done with one before going to the next: guests that hold one
 * node and wait for another must not wait for each other.  The config is not needed afterwards. */
enum status guest_dial(struct guest_link **out, const struct guest_dial_config *config,
    struct fault *f) MUST_USE;

/* Sends one message of 1 to GUEST_MESSAGE_MAX bytes.  len 0 sends nothing and is not a message. */
enum status guest_send(struct guest_link *l, const void *buf, size_t len) MUST_USE;
/* The next message, of exactly len bytes; buf is zeros after an error.  len 0 returns at once. */
enum status guest_receive(struct guest_link *l, void *buf, size_t len) MUST_USE;
/* The next message, of 1 to max bytes, whose length is for the other side to say. */
enum status guest_receive_upto(struct guest_link *l, void *buf, size_t max, size_t *len) MUST_USE;

/* Closing handshake, which both sides call: ST_OK when the other side has come to its own, and so
 * has taken all that was sent.  What a node has stored before it is acknowledged by it. */
enum status guest_finish(struct guest_link *l) MUST_USE;
/* Gives up and tells the other side why; its calls return ST_NET.  Idempotent, and nothing after
 * guest_finish.  guest_link_free without guest_finish does it with the link's own fault. */
void guest_stop(struct guest_link *l, enum status why);

/* The first error; st is ST_OK if there was none. */
const struct fault *guest_fault(const struct guest_link *l);
/* This connection's id, the same at both sides and in no other connection. */
void guest_link_id(const struct guest_link *l, uint8_t id[32]);

/* Wipes keys.  Takes NULL.  For those that were dialed; a gate frees its own. */
void guest_link_free(struct guest_link *l);

#endif
