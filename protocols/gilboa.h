/* gilboa.h: shares of products of one node's numbers with another's, from correlated OTs.
 *
 * [Gilboa, CRYPTO 1999, section 4]: x = sum 2^i x_i is the receiver's and chooses in one OT a bit;
 * the sender's y is the difference of the two messages.  From pads h0, h1 (ot_ext.h):
 *   1. receiver: chooses by x_i, gets h = h0 or h1; its share begins as sum 2^i h
 *   2. sender:   sends c_i = h0 + y - h1; its share is - sum 2^i h0
 *   3. receiver: adds sum 2^i x_i c_i
 * Of c_i only the lowest w - i bits count in Z_2^w, rounded up to bytes: bits 8g..8g+7 carry
 * w/8 - g bytes each, 288 bytes a product of 64 bits and 1,088 of 128.  Where y is a row of
 * numbers, x_i chooses for all of it at once, and the pad is expanded by AES in counter mode.
 *
 * Semi-honest.  Each step is called by all nodes for all their peers, in both roles, before the
 * next step; what a step sends to a peer is exactly what the functions of bytes say.  Constant-time
 * in x, y.  Leaks: sizes. */
#ifndef KONSIL_GILBOA_H
#define KONSIL_GILBOA_H

#include "../runtime/base/ring.h"
#include "flow.h"
#include "ot_setup.h"

/* Terms lo..hi of sums of products.  Term e multiplies number e of x by a row of y, s numbers, and
 * adds to a row of out, with k > 0: rows e % k of y and e / k of out, so that out += x y for an
 * x of k columns; with k == 0: rows e of both. */
struct cross {
	unsigned ring_bits;             /* 64 or 128; x, y, out are ashare64 or ashare128 */
	size_t lo, hi, k, s;
	const void *x, *y;              /* this node's, also towards peers: it is x to them and y */
	void *out;
};

enum {
	GILBOA_SEGMENT = 256,           /* blocks of a row that are worked on at once, */
	GILBOA_KEYS = 4,                /* for so many bits of x: one register of keys */
	GILBOA_PACK = 40 << 10,         /* corrections of one batch or segment, and some slack */
};

/* Room to work in; one a pool.  Holds secrets. */
struct gilboa_work {
	struct cot_scratch cot;
	block pad0[COT_BATCH], pad1[COT_BATCH];
	block row0[GILBOA_KEYS * GILBOA_SEGMENT], row1[GILBOA_KEYS * GILBOA_SEGMENT];
	uint8_t msg[COT_MSG_MAX];
	uint8_t pack[GILBOA_PACK];
	struct flow in, out;
};

/* Steps 1 to 3 towards or from one peer.  1 posts the choices for this node's x; 2 waits for the
 * peer's choices and posts corrections for this node's y; 3 waits for corrections. */
enum status gilboa_choose(const struct cross *c, struct ot_pair *pair, struct gilboa_work *w,
    struct chan *ch, unsigned peer) MUST_USE;
enum status gilboa_correct(const struct cross *c, struct ot_pair *pair, struct gilboa_work *w,
    struct chan *ch, unsigned peer) MUST_USE;
enum status gilboa_finish(const struct cross *c, struct gilboa_work *w, struct chan *ch,
    unsigned peer) MUST_USE;

/* Bytes of step 1, with this k of the extension, and step 2, and COTs, for this many terms. */
uint64_t gilboa_choose_bytes(unsigned k, unsigned ring_bits, uint64_t terms);
uint64_t gilboa_correct_bytes(unsigned ring_bits, uint64_t terms, uint64_t s);
uint64_t gilboa_cots(unsigned ring_bits, uint64_t terms);

/* Products of n bits, one node's, with n numbers y of the other's; one COT each, and a whole number
 * as correction.  bit: bit i % 8 of byte i / 8.  The steps are as above, but each node has one
 * role.  choose and finish: out += share; correct: out = share. */
enum status bitmul_choose(unsigned ring_bits, void *out, const uint8_t *bit, size_t n,
    struct ot_pair *pair, struct gilboa_work *w, struct chan *ch, unsigned peer) MUST_USE;
enum status bitmul_correct(unsigned ring_bits, void *out, const void *y, size_t n,
    struct ot_pair *pair, struct gilboa_work *w, struct chan *ch, unsigned peer) MUST_USE;
enum status bitmul_finish(unsigned ring_bits, void *out, const uint8_t *bit, size_t n,
    struct gilboa_work *w, struct chan *ch, unsigned peer) MUST_USE;

uint64_t bitmul_choose_bytes(unsigned k, uint64_t n);
uint64_t bitmul_correct_bytes(unsigned ring_bits, uint64_t n);

#endif
