/* rep_digit.h: where records go that are sorted by a digit of few bits; the inside of rep_sort.c.
 *
 * Numbers are modulo 2^places: a place needs no more bits.  [Chida, Hamada, Ikarashi, Kikuchi,
 * Kiribuchi, Pinkas 2019, 4]; notation of replicated.h.
 * 1. Flags: that digit e of a record is v, for v = 1 .. 2^c - 1: products of the digit's bits, in
 *    ceil(log2 c) layers of ANDs, and sums of these.
 * 2. Flags as numbers, one round, by rep_turn.h, with another s for each group: s knows u = the
 *    sum of its parts of a flag, the others the part v that s lacks; u xor v = v + (1 - 2v) u.
 *    Four numbers of each flag are sent.
 * 3. place = S_0 + sum over v of flag_v (S_v - S_0), where S_v is how many digits are less than v,
 *    or equal and further up: a dot product, one number sent.
 * Leaks: all lengths, and how many bits digits have. */
#ifndef KONSIL_REP_DIGIT_H
#define KONSIL_REP_DIGIT_H

#include "rep_shuffle.h"

enum { DIGIT_VALUES_MAX = 1 << N_SORT_DIGIT_MAX };

/* Running sums of flags in a column. */
struct counts {
	uint32_t before[2][DIGIT_VALUES_MAX];   /* [part][v]: flags further up */
	uint32_t first[2][DIGIT_VALUES_MAX];    /* digits that are less */
};

struct digit {
	struct records rec;
	unsigned at, bits;               /* of the records */
	uint64_t groups;                 /* words of a plane */
	uint64_t *bit[2];                /* [part]: planes of products, then flags, by v */
	uint32_t *flag[2];               /* [part]: as numbers, by v - 1, rec.room each */
	struct counts *counts;
};

static inline unsigned
digit_values(const struct digit *d)
{
	return 1u << d->bits;
}

/* The digits of records lo .. hi of row[0], as bits. */
void digit_load(const struct digit *, uint64_t lo, uint64_t hi);

/* 1.  ANDs of a layer; a layer in round r of instruction seq. */
unsigned digit_ands(const struct digit *, unsigned layer);
void digit_and_begin(struct proto *, const struct digit *, uint64_t seq, unsigned r, unsigned layer,
    uint64_t lo, uint64_t hi, struct parcel *out);
void digit_and_end(struct proto *, const struct digit *, unsigned layer, uint64_t lo, uint64_t hi,
    struct parcel *in);

/* 2.  Words that go from node to node for group g; digit_flags first. */
unsigned digit_number_words(const struct digit *, unsigned from, unsigned to, uint64_t g);
void digit_flags(const struct digit *, uint64_t lo, uint64_t hi);
void digit_number_begin(struct proto *, const struct digit *, uint64_t seq, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out);
void digit_number_end(struct proto *, const struct digit *, uint64_t lo, uint64_t hi,
    struct parcel *in);

/* 3.  Places to rec.place[0]; ranges come in order. */
void digit_place_begin(struct proto *, const struct digit *, uint64_t seq, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out);
void digit_place_end(struct proto *, const struct digit *, uint64_t lo, uint64_t hi,
    struct parcel *in);

#endif
