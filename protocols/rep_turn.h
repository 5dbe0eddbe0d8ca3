/* rep_turn.h: protocol replicated: instructions in which one node, s, knows a number u and the
 * other two know another one, v: of a value, the sum of the two parts that s holds, and the part
 * that it lacks.
 *
 * Where s multiplies its number a by one that the others know, e, all three get parts of c + e a, c
 * known to those two as well, in one round.  d_s is drawn from the key of s and s+2, d_(s+1) from
 * that of s and s+1, d_(s+2) is what is left; r and t are pads from these two keys:
 *   1. s to s+1: a + r;    s+2 to s+1: R = d_s + e r
 *   2. s to s+2: a + t;    s+1 to s+2: T = d_(s+1) + e t
 *   3. d_(s+2) = c + e (a + r) - R - d_(s+1) at s+1, and c + e (a + t) - T - d_s at s+2
 * Node s+1 sees a + r, uniform, and R, which follows from that, c, e and its own two parts of the
 * result, of which d_(s+2) is uniform to it since d_s is; node s+2 likewise; s gets nothing.  This
 * does what the three-party OT of [Mohassel, Rindal 2018, section 5.4.1] does with messages
 * c + e a, in four numbers instead of six: the receivers' own parts take the place of two pads.
 *
 * To load all links alike, s changes every REP_TURN elements. */
#ifndef KONSIL_REP_TURN_H
#define KONSIL_REP_TURN_H

#include "replicated.h"

#include <assert.h>
#include <string.h>

enum { REP_TURN = REP_BLOCK };

/* s for element i; and how many elements from i up to hi are of one turn. */
static inline unsigned
rep_sender(uint64_t i)
{
	return (unsigned)(i / REP_TURN % REP_NODES);
}

static inline size_t
rep_turn(uint64_t i, uint64_t hi)
{
	const uint64_t left = REP_TURN - i % REP_TURN;

	return (size_t)(hi - i < left ? hi - i : left);
}

/* Of elements lo .. hi, those for which s is `node`. */
uint64_t rep_turns(unsigned node, uint64_t lo, uint64_t hi);

/* At the other two: with which of its neighbours it has a key that s has, too: 0, the node before,
 * which is s then; or 1, the node behind.  The other one is the other of the two. */
static inline unsigned
rep_side(const struct proto *p, unsigned sender)
{
	return sender == rep_prev(p->me) ? 0 : 1;
}

/* The other one of the two. */
static inline unsigned
rep_partner(const struct proto *p, unsigned sender)
{
	return REP_NODES - sender - p->me;
}

/* Appends the lowest `bytes` bytes of n numbers of `size` bytes, at most REP_TURN.  Each store is a
 * whole number; the next one overwrites what does not count. */
static inline void
rep_put(uint8_t **to, const void *v, size_t n, size_t size, unsigned bytes)
{
	uint8_t wire[(REP_TURN + 1) * 16];
	const uint8_t *from = v;

	assert(n <= REP_TURN && bytes <= size);
	for (size_t i = 0; i < n && bytes < size; i++)
		memcpy(wire + i * bytes, from + i * size, size);
	memcpy(*to, bytes < size ? wire : from, n * bytes);
	*to += n * bytes;
}

/* The other way round; what is above `bytes` bytes is not specified. */
static inline void
rep_get(void *v, uint8_t **from, size_t n, size_t size, unsigned bytes)
{
	uint8_t wire[(REP_TURN + 1) * 16], *to = v;

	assert(n <= REP_TURN && bytes <= size);
	if (bytes == size) {
		memcpy(v, *from, n * size);
	} else {
		memcpy(wire, *from, n * bytes);
		memset(wire + n * bytes, 0, size);
		for (size_t i = 0; i < n; i++)
			memcpy(to + i * size, wire + i * bytes, size);
	}
	*from += n * bytes;
}

#endif
