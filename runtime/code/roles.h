/* roles.h: parties of a program and computing nodes, which are two things.
 *
 * By default every party computes.  A session may name fewer nodes: the other parties only share
 * their inputs with the nodes and receive their outputs.  Parties are counted in session order;
 * node i is the party node[i], and nodes stand in the order of the parties that they are.
 *
 * Recipients of an opened value are a mask of nodes; or, where some recipients are no nodes,
 * RECIPIENTS_SET and the index of a set of parties. */
#ifndef KONSIL_ROLES_H
#define KONSIL_ROLES_H

#include <stdbool.h>
#include <stdint.h>

enum { N_PARTY_MAX = 4096, N_NODES_MAX = 16, N_SET_MAX = 1 << 16 };
#define RECIPIENTS_SET UINT32_C(0x80000000)

/* Parties, ascending, each once. */
struct party_set {
	uint32_t n;
	uint32_t *party;
};

struct roles {
	uint32_t n_nodes;        uint32_t *node;         /* 0 nodes: each of the n_parties is one */
	uint32_t n_sets;         struct party_set *set;
};

/* How many nodes there are among n_parties; whether some parties are none. */
uint32_t roles_nodes(const struct roles *r, uint32_t n_parties);
bool roles_outside(const struct roles *r, uint32_t n_parties);
/* Which party node i is; which node a party is, or -1. */
uint32_t roles_party(const struct roles *r, uint32_t node);
int roles_node(const struct roles *r, uint32_t party);

/* Of recipients: is the party one of them; which nodes are; is any of them no node. */
bool recipients_have(const struct roles *r, uint32_t recipients, uint32_t party);
uint32_t recipients_nodes(const struct roles *r, uint32_t recipients);
bool recipients_outside(const struct roles *r, uint32_t recipients);
/* Whether all of a are of b, too. */
bool recipients_within(const struct roles *r, uint32_t a, uint32_t b);

#endif
