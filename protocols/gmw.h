/* gmw.h: the inside of domain B of protocol additive, shared by gmw*.c only; see gmw.c. */
#ifndef KONSIL_GMW_H
#define KONSIL_GMW_H

#include "additive.h"
#include "groups.h"

/* AND triples, 64 to an entry, that a layer of n_ands gates takes for lanes lo .. hi. */
uint64_t gmw_triples(uint64_t n_ands, uint64_t lo, uint64_t hi);

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
