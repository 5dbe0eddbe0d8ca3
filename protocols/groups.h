/* groups.h: elements of bits in groups of 64, as protocols send them and work on them.
 *
 * A message of `width` bits of each of some elements is the words of whole groups in sliced order
 * (bitplane.h), then the last n % 64 elements as bits without gaps.  Constant-time.  Leaks: all
 * lengths, widths and positions. */
#ifndef KONSIL_GROUPS_H
#define KONSIL_GROUPS_H

#include "../runtime/base/bitplane.h"
#include "../runtime/code/code.h"

enum {
	GROUPS_STEP = GROUP,            /* elements: ranges do not share words of planes */
	/* Words in sliced order that are worked on at a time: one group of the widest element. */
	GROUPS_SLICED = N_BITS_MAX,
};

/* Whole groups and the elements of the last, cut one in units lo .. hi, where lo begins a group. */
struct groups {
	uint64_t first, whole;
	unsigned rest;                  /* 0: there is none */
};

static inline struct groups
groups_of(uint64_t lo, uint64_t hi)
{
	return (struct groups){ lo / GROUP, hi / GROUP - lo / GROUP, (unsigned)(hi % GROUP) };
}

/* Bytes that `width` bits of each unit take: groups as words, the rest without gaps. */
static inline uint64_t
groups_bytes(uint64_t lo, uint64_t hi, uint64_t width)
{
	const struct groups g = groups_of(lo, hi);

	return g.whole * width * 8 + bitplane_packed_bytes(width, g.rest);
}

/* Groups of `width` words each that GROUPS_SLICED words hold, `left` at most. */
static inline size_t
groups_at_once(unsigned width, uint64_t left)
{
	return left < GROUPS_SLICED / width ? (size_t)left : GROUPS_SLICED / width;
}

/* Groups first .. first + n of the lowest `width` planes of a, in sliced order; a has n_a elements,
 * and one stands for as many as needed. */
void groups_load(uint64_t *sliced, const void *a, uint64_t n_a, uint64_t n_d, unsigned width,
    uint64_t first, size_t n);

/* Elements lo .. hi, which may begin and end within a group: how many groups from g on, where lo or
 * the last call's groups ended, can be done together: whole ones, or one of which a part is
 * meant. */
size_t groups_run(unsigned width, uint64_t lo, uint64_t hi, uint64_t g);
/* Bits of groups g .. g + n: of numbers lo .. hi of a, of `limbs` words each; of others 0. */
void groups_slice(uint64_t *sliced, unsigned width, const uint64_t *a, size_t limbs, uint64_t lo,
    uint64_t hi, uint64_t g, size_t n);
/* Groups g .. g + n to planes of `plane` words: elements lo .. hi only. */
void groups_store(uint64_t *planes, uint64_t plane, const uint64_t *sliced, unsigned width,
    uint64_t lo, uint64_t hi, uint64_t g, size_t n);
/* Groups in sliced order to n numbers of `limbs` words, from d on. */
void groups_join(uint64_t *d, size_t limbs, const uint64_t *sliced, unsigned width, bool is_signed,
    uint64_t n);

#endif
