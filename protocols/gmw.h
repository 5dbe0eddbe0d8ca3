/* gmw.h: the inside of domain B of protocol additive, shared by gmw*.c only; see gmw.c. */
#ifndef KONSIL_GMW_H
#define KONSIL_GMW_H

#include "additive.h"

#include "../runtime/base/bitplane.h"

enum {
	GMW_STEP = GROUP,               /* elements: ranges do not share words of planes */
	/* Words of each register that lie together: a register is 256 bytes, and the few hundred
	 * registers of a comparison stay in the second cache. */
	GMW_BLOCK = 32,
	/* Words in sliced order that are worked on at a time: one group of the widest element. */
	GMW_SLICED = N_BITS_MAX,
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
gmw_bytes(uint64_t lo, uint64_t hi, uint64_t width)
{
	const struct groups g = groups_of(lo, hi);

	return g.whole * width * 8 + bitplane_packed_bytes(width, g.rest);
}

/* AND triples, 64 to an entry, that a layer of n_ands gates takes for lanes lo .. hi. */
uint64_t gmw_triples(uint64_t n_ands, uint64_t lo, uint64_t hi);

/* Groups of `width` words each that GMW_SLICED words hold, `left` at most. */
static inline size_t
gmw_groups(unsigned width, uint64_t left)
{
	return left < GMW_SLICED / width ? (size_t)left : GMW_SLICED / width;
}

/* Groups first .. first + n of the lowest `width` planes of a, in sliced order; a has n_a elements,
 * and one stands for as many as needed. */
void gmw_load(uint64_t *sliced, const void *a, uint64_t n_a, uint64_t n_d, unsigned width,
    uint64_t first, size_t n);
/* The same len bytes to all of the recipients but this node. */
void gmw_put(const struct proto *p, struct parcel *out, uint32_t recipients, const void *from,
    size_t len);
/* The XOR of the next len bytes from every other node; they are altered where they lie. */
const uint8_t *gmw_xor_from_all(const struct proto *p, struct parcel *in, size_t len);

/* Bits that NUM_A opens of each element: those above the ring do not count. */
static inline unsigned
gmw_num_bits(unsigned ring_bits, unsigned width)
{
	return width < ring_bits ? width : ring_bits;
}

/* gmw_ring.h, for each width. */
add_begin num64_begin, num64_end, num128_begin, num128_end, mulb64_begin, mulb64_end,
    mulb128_begin, mulb128_end;

#endif
