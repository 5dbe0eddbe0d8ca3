/* check_index.h: what an index is made of, for reading and for assignments. */
#ifndef KONSIL_CHECK_INDEX_H
#define KONSIL_CHECK_INDEX_H

#include "check_impl.h"

struct item {
	bool slice, affine;
	struct ir_affine from;
	uint64_t count;                 /* slice */
	struct val at;
	bool clamp, secret;
	struct span span;
};

/* Of an array's axes; and of the axes and, at last, the bits of an array of bits. */
struct item *parse_items(struct check *, const struct val *x, uint32_t n,
    const struct index_item *in, struct span);
struct item *parse_bit_items(struct check *, const struct val *x, uint32_t n,
    const struct index_item *in, struct span);
struct val read_items(struct check *, struct val x, uint32_t n, const struct item *);

#endif
