/* replicated_kit.h: running a program under protocol replicated and in the clear. */
#ifndef KONSIL_REPLICATED_KIT_H
#define KONSIL_REPLICATED_KIT_H

#include "additive_kit.h"

static inline void
replicated_init(struct kit *k)
{
	kit_init(k, 3);
	k->c.held = protocol_replicated.target->held;
}

/* x from the first party, y row by row from all; shared in a round. */
static inline void
three_inputs(struct kit *k, unsigned width, uint64_t len, int *x, int *y)
{
	const uint64_t rows[3] = { len / 3, len * 2 / 3 - len / 3, len - len * 2 / 3 };

	replicated_init(k);
	*x = share(k, kit_input(k, 0, width, len, kit_owner(k, 0), value_x), width);
	*y = share(k, kit_input(k, 1, width, len, kit_rows(k, rows, false), value_y), width);
	KIT_ROUND(k);
}

static inline void
compare_replicated(struct kit *k, const int *out, const int *slack, unsigned n_out)
{
	compare_under(&protocol_replicated, k, out, slack, n_out);
}

#endif
