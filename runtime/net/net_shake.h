/* net_shake.h: a handshake over a connection: straight-line code over blocking calls, each with a
 * deadline.
 *
 * Errors are those of handshake.h, and ST_NET for a line that ended or was too slow. */
#ifndef KONSIL_NET_SHAKE_H
#define KONSIL_NET_SHAKE_H

#include "handshake.h"

#include <nng/nng.h>
#include <pthread.h>

enum { HELLO_MS = 5000 };               /* a handshake is over by then, or is given up */

/* A connection, and the aio through which all goes that its thread waits for.
 *
 * Whoever cancels an operation of nng's, its own thread for timeouts among them, may still be in
 * the connection when the operation has ended.  So a line is closed under its lock, and its aio
 * freed, which waits for timeouts, before its stream. */
struct line {
	pthread_mutex_t lock;           /* for aio and cut */
	nng_stream *stream;
	nng_aio *aio;
	bool cut;
};

/* What came of an attempt with a party's name that failed. */
enum shake_doubt {
	NO_DOUBT,
	WRONG_CALLER,                   /* called with its name, but not with its key */
	WRONG_ANSWER,                   /* what answers at its address is not this party */
	REFUSED,                        /* it does not take us for who we say we are */
};

/* Everything of one handshake, secrets among it: lives in mem_secret. */
struct shake {
	struct handshake hs;
	struct handshake_config config; /* set before a call or an answer; others fill the rest */
	struct link_keys keys;
	uint8_t msg[HANDSHAKE_MAX];
	size_t len;
};

enum status line_init(struct line *l) MUST_USE;
void line_fini(struct line *l);
/* Gets an aio, without a stream yet.  ST_NET if it was cut. */
enum status line_open(struct line *l) MUST_USE;
/* Closes and frees the stream, if there is one, and the aio.  Idempotent. */
void line_close(struct line *l);
/* From any thread: ends what the line's thread waits for, now and later. */
void line_cut(struct line *l);

/* The whole handshake of who dialed.  On ST_OK, shake_keys. */
enum status shake_call(struct shake *s, struct line *l, uint64_t until_ms, enum shake_doubt *doubt)
    MUST_USE;
/* Of who was called: reads a message into msg; then, if it is a hello of someone known, the rest,
 * or a refusal. */
enum status shake_hear(struct shake *s, struct line *l, uint64_t until_ms) MUST_USE;
enum status shake_answer(struct shake *s, struct line *l, uint64_t until_ms,
    enum shake_doubt *doubt) MUST_USE;
void shake_refuse(struct shake *s, struct line *l, uint64_t until_ms);
/* The keys are in keys; ST_AUTH if a component differs: its name is in hs.differs. */
enum status shake_keys(struct shake *s) MUST_USE;

#endif
