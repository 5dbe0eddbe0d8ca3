/* lane_regs.h: where the registers of a circuit are while it is executed, for some words of lanes.
 *
 * Inputs are read where the operands lie, in planes; an operand of one element, and all other
 * registers, in memory of the execution (circ_lanes.h).  So there are four regions: operands a, b
 * and c, and the registers that are written. */
#ifndef KONSIL_LANE_REGS_H
#define KONSIL_LANE_REGS_H

#include "../runtime/base/ring.h"

enum { N_REGION = 4 };

struct region {
	const bshare *at;               /* of the first register the first word */
	uint32_t first;                 /* register */
	size_t stride;                  /* words from a register to the next */
	size_t part;                    /* and from its first part to its second, if it has one */
};

struct lane_regs {
	struct region region[N_REGION];
	bshare *own;                    /* the last region's, to be written */
};

static inline const struct region *
lane_region(const struct lane_regs *l, uint32_t r)
{
	return &l->region[(r >= l->region[1].first) + (r >= l->region[2].first) +
	    (r >= l->region[3].first)];
}

/* Words of register r, which is in region k: of its first part. */
static inline const bshare *
lane_read(const struct region *k, uint32_t r)
{
	return k->at + (r - k->first) * k->stride;
}

static inline bshare *
lane_write(const struct lane_regs *l, uint32_t r)
{
	const struct region *k = &l->region[N_REGION - 1];

	return l->own + (r - k->first) * k->stride;
}

#endif
