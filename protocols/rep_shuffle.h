/* rep_shuffle.h: records of bits, and numbers beside them, put into an order that no node knows.
 *
 * In a pass two nodes that hold a key in common draw an order from it, put what they hold into that
 * order, and give the third its new parts, which are masked afresh: the third does not learn the
 * order.  After the passes of nodes (0, 1), (1, 2) and (2, 0) each node lacks one of three
 * uniformly random orders, so what all of them make together is uniform to it.
 * [Araki, Furukawa, Ohara, Pinkas, Rosemarin, Tsuchida 2021, 4]; in the notation of replicated.h
 * with i = pass, t = i + 2, order g, uniform r, s of the key of i and i + 1:
 *   node i:      u = x_i + x_(i+1);   y_i = g(u) - r to t;         y_(i+1) = s
 *   node i + 1:  v = x_(i+2);         y_(i+2) = g(v) - s + r to t;   y_(i+1) = s
 * A node sends two elements in three passes; records use XOR.
 *
 * In the last pass places are not shared again but opened to all: g(u) - r to t and node i + 1,
 * g(v) + r to t and node i, each of which learns g(u) + g(v) and nothing beside it (nodes i and
 * i + 1 know r and g).  All three may know the places: of an order that is uniform to each.
 *
 * Records lie one after another, `limbs` words each, what is above their bits without meaning.
 * Columns are sorted and shuffled by themselves: record i of column j is at j * rows + i here, at
 * i * columns + j in planes.  Orders name their numbers by where they come from.
 * Memory is read in the order that the two nodes know; it is they who would learn it from the times
 * that this takes.  Leaks otherwise: all lengths. */
#ifndef KONSIL_REP_SHUFFLE_H
#define KONSIL_REP_SHUFFLE_H

#include "groups.h"
#include "replicated.h"

enum {
	SHUFFLE_PASSES = 3,
	PLACE_BITS_MAX = 32,
	/* Words of a group in a message: a record and its place, or flags as numbers. */
	REP_WORDS_MAX = N_BITS_MAX + PLACE_BITS_MAX,
};

/* The records of an instruction, and where they are kept in its scratch.  What is at [k] goes to
 * [1 - k] in each pass. */
struct records {
	uint64_t n, rows, columns;
	uint64_t room;                   /* whole groups */
	unsigned width, place_bits;      /* 0: there are no places */
	size_t limbs;
	uint64_t *row[2][2];             /* [k][part] */
	uint32_t *place[2][2];
	uint32_t *order;
};

/* Without addresses. */
struct records records_of(const struct operands *, bool places);
/* Bytes of memory; places those within `base`, 64-aligned. */
uint64_t records_bytes(const struct records *);
void records_place(struct records *, void *base);

/* From planes of a into row[k], and from there into planes of d: elements lo .. hi of them. */
void records_load(const struct records *, const struct operands *, unsigned k, uint64_t lo,
    uint64_t hi);
void records_store(const struct records *, const struct operands *, unsigned k, uint64_t lo,
    uint64_t hi);

/* Words a group from node to node in a pass. */
unsigned shuffle_words(const struct records *, unsigned pass, unsigned from, unsigned to);
/* A pass in round r of instruction seq, from [k] to [1 - k].  Places of the last pass: place[1 - k]
 * [0] has them opened. */
void shuffle_begin(struct proto *, const struct records *, uint64_t seq, unsigned r, unsigned pass,
    unsigned k, uint64_t lo, uint64_t hi, struct parcel *out);
void shuffle_end(struct proto *, const struct records *, unsigned pass, unsigned k, uint64_t lo,
    uint64_t hi, struct parcel *in);

/* n words of a group of which `lanes` bits count (64: all) to a node and from it. */
void rep_put_words(struct parcel *out, unsigned to, const uint64_t *word, size_t n, unsigned lanes);
void rep_get_words(uint64_t *word, struct parcel *in, unsigned from, size_t n, unsigned lanes);
/* 64 numbers as words of their lowest bits, and back. */
void rep_slice(uint64_t *word, unsigned bits, const uint32_t *a);
void rep_join(uint32_t *a, const uint64_t *word, unsigned bits);

/* Elements of group g, of n in all. */
static inline unsigned
rep_lanes(uint64_t g, uint64_t n)
{
	return n - g * GROUP < GROUP ? (unsigned)(n - g * GROUP) : GROUP;
}

#endif
