/* net_internal.h: what a net is, for net.c and net_layout.c */
#ifndef KONSIL_NET_INTERNAL_H
#define KONSIL_NET_INTERNAL_H

#include <setjmp.h>

#include "net.h"

enum node_kind { NODE_INPUT, NODE_XOR, NODE_AND };

struct node {
	wire a, b;              /* XOR: never inverted */
	uint32_t level;         /* ANDs before it, itself included */
	uint32_t kind;
	uint64_t label;         /* XOR: the sum of its terms' labels */
};

/* Open addressing; 0 is empty. */
struct node_table {
	uint32_t *slot;
	uint32_t cap, used;     /* cap is a power of two */
};

struct arena;

struct net {
	const struct build *build;
	struct node *node;
	uint32_t n_nodes, cap_nodes, n_in;
	struct node_table by_label, by_operands;
	struct arena *arena;
	jmp_buf out;
	enum status st;
};

/* net_layout.c: *c gets gates, layers, registers and outputs; what it allocates hangs on c or on
 * the arena. */
void net_layout(struct net *n, struct circuit *c, const wire *out, uint32_t n_out);

#endif
