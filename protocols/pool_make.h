/* pool_make.h: how the entries of a pool are made, kind by kind.  pool.c keeps them, and calls
 * these with room for n of them.  All nodes call the same function with the same n; each calls
 * chan_round as often as pool_cost.c says, and sets no phase.  On failure what was made is
 * worthless: the pool is dead.  Leaks: n. */
#ifndef KONSIL_POOL_MAKE_H
#define KONSIL_POOL_MAKE_H

#include "gilboa.h"
#include "pool.h"

struct maker {
	struct chan *ch;
	unsigned cot_k;
	struct ot_pair *pair;           /* [peer] */
	struct gilboa_work *work;
	/* This node's own bits, packed, and its shares of products with them. */
	uint8_t *bit;
	uint8_t *product;
	size_t bit_len, product_len;
};

/* Peers in the order me + 1, me + 2, ...: not all nodes begin with the same one. */
static inline unsigned
peer_at(const struct chan *ch, unsigned i)
{
	return (ch->me + i) % ch->n;
}

/* Adds to c->out, over all pairs and both directions, this node's shares of x y: two rounds. */
enum status make_cross(struct maker *m, const struct cross *c) MUST_USE;

/* Rows of a, b, c and so on: ashare64 or ashare128. */
enum status make_triples(struct maker *m, unsigned ring_bits, void *a, void *b, void *c,
    size_t n) MUST_USE;
enum status make_wraps(struct maker *m, ashare64 *share, sbit *bit, size_t n) MUST_USE;
enum status make_bits(struct maker *m, unsigned ring_bits, void *x, size_t n) MUST_USE;
enum status make_ands(struct maker *m, bshare *a, bshare *b, bshare *c, size_t n) MUST_USE;
enum status make_mulbs(struct maker *m, unsigned ring_bits, void *r, void *y, void *z,
    size_t n) MUST_USE;

/* Bytes that node `from` sends to node `to` in make_ands and make_mulbs, for this k (ot_ext.h). */
uint64_t ands_bytes(unsigned k, unsigned n_nodes, unsigned from, unsigned to, uint64_t n);
uint64_t mulbs_bytes(unsigned k, unsigned ring_bits, unsigned from, unsigned to,
    uint64_t n);

#endif
