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
	uint8_t buf[FLOW_MSG];
};

void flow_begin(struct flow *f, struct chan *ch, unsigned peer, uint64_t total);
/* More than the total is our own bug. */
enum status flow_put(struct flow *f, const void *in, size_t len) MUST_USE;
enum status flow_get(struct flow *f, void *out, size_t len) MUST_USE;

#endif
