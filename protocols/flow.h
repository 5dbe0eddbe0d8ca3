/* flow.h: a stream of bytes of known length to or from one peer, cut into messages.
 *
 * Every message is FLOW_MSG bytes, but the last, which is what is left.  Writer and reader begin
 * with the same total and put and get in pieces of any length, so neither needs the other's pieces.
 * The last message leaves when the total is reached.  Leaks: the total. */
#ifndef KONSIL_FLOW_H
#define KONSIL_FLOW_H

#include "../runtime/net/chan.h"

enum { FLOW_MSG = 256 << 10 };      /* few system calls, and still in the cache when it is read */

struct flow {
	struct chan *ch;
	unsigned peer;
	uint64_t left;                  /* bytes of the total not yet posted, or not yet awaited */
	size_t at, len;                 /* writer: at bytes in buf; reader: at..len are unread */
	uint8_t buf[FLOW_MSG] __attribute__((aligned(64)));
};

void flow_begin(struct flow *f, struct chan *ch, unsigned peer, uint64_t total);
/* More than the total is our own bug. */
enum status flow_put(struct flow *f, const void *in, size_t len) MUST_USE;
enum status flow_get(struct flow *f, void *out, size_t len) MUST_USE;

/* The same without a copy.  room: how many of the next len bytes the writer may put at *p; then
 * done with as many.  peek: how many of the next len bytes are at *p to be read; then skip as many.
 * If all pieces are multiples of a power of two up to FLOW_MSG, so is what room and peek give. */
size_t flow_room(struct flow *f, uint8_t **p, size_t len);
enum status flow_done(struct flow *f, size_t len) MUST_USE;
enum status flow_peek(struct flow *f, const uint8_t **p, size_t *got, size_t len) MUST_USE;
void flow_skip(struct flow *f, size_t len);

#endif
