/* handshake.h: how two nodes make sure of each other before a place is granted, without I/O.
 *
 * Layouts are in wire_format.h, the cryptography in noise.h.  The initiator creates hello and
 * confirm, the responder answer; each call takes or gives one whole message with its head.
 *
 * Beside their keys two nodes compare components: named hashes of all that must be the same at
 * both (program, parameters, compiler, ...).  They travel encrypted, so that a difference has a
 * name, and enter the keys of the records.  A difference found in hello is only believed once
 * confirm has shown that the caller is alive: hello could be an old one, sent again.  The
 * initiator's role is in the prologue: no hello is good for another role.
 *
 * ST_AUTH: not the peer, or damaged; ST_ABORT: malformed.  After an error all is wiped and every
 * call gives the same status.  Leaks: the initiator's name, lengths, whether components differ. */
#ifndef KONSIL_HANDSHAKE_H
#define KONSIL_HANDSHAKE_H

#include "identity.h"
#include "noise.h"
#include "wire_format.h"

enum {
	HANDSHAKE_MAX = HEAD_BYTES + HELLO_MAX,
	COMPONENT_NAME = 64,            /* with its NUL */
};

struct component {
	char name[COMPONENT_NAME];      /* as a noun: "program", "parameter n" */
	uint8_t hash[32];
};

struct handshake_config {
	enum link_role role;            /* of the initiator */
	const char *initiator, *responder, *session;
	const struct identity_secret *secret;
	const struct identity_public *peer;
	const struct component *components;
	size_t n_components;            /* at most N_COMPONENT_MAX */
};

/* What a direction's records are sealed with. */
struct record_keys {
	uint8_t aes[32], head[16];
};

struct link_keys {
	struct record_keys out, in;
	uint8_t id[32];                 /* the pair's session id: of the handshake hash */
};

/* Allocate with mem_secret.  config must outlive it. */
struct handshake {
	const struct handshake_config *config;
	struct noise noise;
	bool initiator;
	enum status st;                 /* sticks */
	uint8_t to_responder[32], to_initiator[32];
	char differs[COMPONENT_NAME];   /* first component that differs, or "" */
};

/* Begins a handshake with fresh keys. */
void handshake_init(struct handshake *hs, bool initiator, const struct handshake_config *config);
void handshake_fini(struct handshake *hs);

/* Of a head: how many bytes follow.  ST_AUTH if it is not a head of this version. */
enum status handshake_head(size_t *body_len, const uint8_t head[HEAD_BYTES]) MUST_USE;
/* Of a hello: the role and the name that the caller claims. */
enum status handshake_caller(enum link_role *role, char name[NODE_NAME_MAX], const uint8_t *msg,
    size_t len) MUST_USE;

/* out has room for HANDSHAKE_MAX bytes; *len is what was written. */
enum status handshake_create_hello(struct handshake *hs, uint8_t *out, size_t *len) MUST_USE;
enum status handshake_consume_hello(struct handshake *hs, const uint8_t *msg, size_t len) MUST_USE;
enum status handshake_create_answer(struct handshake *hs, uint8_t *out, size_t *len) MUST_USE;
enum status handshake_consume_answer(struct handshake *hs, const uint8_t *msg, size_t len) MUST_USE;
enum status handshake_create_confirm(struct handshake *hs, uint8_t *out, size_t *len) MUST_USE;
enum status handshake_consume_confirm(struct handshake *hs, const uint8_t *msg, size_t len)
    MUST_USE;
/* An answer that refuses; HEAD_BYTES long. */
void handshake_create_refusal(uint8_t out[HEAD_BYTES]);

/* After confirm: the keys, if nothing differs; else ST_AUTH and hs->differs names the component. */
enum status handshake_keys(struct handshake *hs, struct link_keys *keys) MUST_USE;

#endif
