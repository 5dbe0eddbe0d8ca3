/* mixed.c: protocol mixed: two nodes, numbers as arithmetic shares, bits as XOR shares or as labels
 * of garbled circuits, and conversions between them, as the compiler finds cheapest.
 *
 * Security: semi-honest, static, either node; that of protocols additive (additive.c, gmw.c) and
 * yao (yao.c), whose instructions these are [Demmler, Schneider, Zohner, "ABY", NDSS 2015].  Each
 * conversion turns one node's part of a secret into an input of that node, so it is as secure as an
 * input: SPLIT_B and SPLIT_Y take both nodes' arithmetic shares, B_TO_Y node 1's XOR share (node
 * 0's goes into its label), NUM_A opens bits masked by daBits, Y_TO_B takes the colours.
 * Departure from ABY: arithmetic shares enter circuits as two inputs of k bits that the circuit
 * adds; conversion back is by daBits instead of OTs for each bit. */
#include "yao.h"

static const struct target mixed_target = {
	.name = "mixed",
	.held = 1,
	.and_bits = 66,
	.lone_bit = 1,
	.product = 100,
	.number_bits = 98,
	.has_local = true,
	.has_a = true,
	.has_b = true,
	.has_y = true,
	.cost = yao_cost,
	.cost_demand = yao_cost_demand,
};

const struct protocol protocol_mixed = {
	.name = "mixed",
	.model = "semi-honest, two parties, either of them",
	.assumptions = "Both sites follow the protocol; then neither learns anything but the "
	    "results.",
	.leaves = "It leaves the site only as random shares, or inside a garbled circuit as encrypted "
	    "tables and masked bits; in neither the other site reads anything about it.",
	.safe_even_if = "the other site keeps and studies everything that it saw",
	.unsafe_if = "this site's own computer is broken into, or a site runs other software than "
	    "was agreed on",
	.n_min = 2,
	.n_max = 2,
	.secure = true,
	.target = &mixed_target,
	.row = {
		ADDITIVE_ROWS,
		[OP_SHARE_Y] = &yao_share, [OP_LIFT_Y] = &yao_lift, [OP_SPLIT_Y] = &yao_split,
		[OP_B_TO_Y] = &yao_from_b, [OP_CIRC_Y] = &yao_circuit, [OP_Y_TO_B] = &yao_to_b,
	},
	.open = yao_open,
	.ready = additive_ready,
	.refill = additive_refill,
	.close = yao_close,
};
