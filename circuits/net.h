/* net.h: a Boolean circuit while it is built: a graph of XORs and ANDs that shares what is equal.
 *
 * A wire is a node and a sign, so NOT costs nothing.  Constants are folded; equal gates are one
 * gate; a & b, a & ~b, ~a & b and ~a & ~b cost one AND together (a & ~b = a ^ a & b); sums (XOR)
 * are equal if they have the same terms, in whatever order they were made, and terms cancel.  A sum
 * is recognised by a 64-bit sum of its terms' labels and then compared term by term, so a collision
 * of labels makes nothing wrong; sums of very many terms may stay apart though equal.
 *
 * Memory is the net's; what fails, fails once: net_fail leaves the builder (longjmp) and
 * net_circuit returns the status. */
#ifndef KONSIL_NET_H
#define KONSIL_NET_H

#include "../runtime/code/circuit.h"
#include "family.h"

/* 2 * node + 1 if inverted; node 0 is the constant 0. */
typedef uint32_t wire;
enum { WIRE_0 = 0, WIRE_1 = 1 };

enum { N_NODE_GATE_MAX = 1 << 25 };     /* nodes of a net: wires stay below GATE_NOT */

struct net;

struct build {
	const char *name;
	uint32_t width[3];              /* 0: absent */
	enum goal goal;
	/* Returns the output wires (net_alloc), *n_out of them. */
	const wire *(*run)(struct net *n, const void *arg, uint32_t *n_out);
	const void *arg;
};

/* Runs the builder and lays out what its outputs depend on: layers by AND depth, registers.
 * ST_INTERNAL without memory, ST_DATA beyond a limit (nodes, layers), or what net_fail said. */
enum status net_circuit(struct circuit *out, const struct build *b) MUST_USE;

enum goal net_goal(const struct net *n);
/* Bit i of operand 0, 1 or 2. */
wire net_in(const struct net *n, unsigned operand, uint32_t i);
wire net_xor(struct net *n, wire a, wire b);
wire net_and(struct net *n, wire a, wire b);
wire net_or(struct net *n, wire a, wire b);
/* s ? a : b, one AND. */
wire net_mux(struct net *n, wire s, wire a, wire b);
/* How many ANDs lie one behind the other before a. */
uint32_t net_level(const struct net *n, wire a);

static inline wire
net_not(wire a)
{
	return a ^ 1u;
}

/* Zeroed, until net_circuit returns. */
void *net_alloc(struct net *n, size_t count, size_t size);
_Noreturn void net_fail(struct net *n, enum status st);

#endif
