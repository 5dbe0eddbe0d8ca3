/* guest.h: what a party does that is no node: shares its inputs with the nodes and leaves; fetches
 * its outputs later.  See guests.h for the nodes' side.
 *
 * What travels: guest_wire.h.  Leaks: to nodes and the line, the number of rows; when it came. */
#ifndef KONSIL_GUEST_H
#define KONSIL_GUEST_H

#include "cmd_node.h"

/* Shares this party's inputs (n->table[n->me]) with every node and leaves when all have stored
 * them. *bytes: what was sent, to all together; may be NULL.  ST_NET if a node does not come, or
 * has begun without this party. */
enum status guest_contribute(const struct node *n, uint64_t *bytes, struct fault *f) MUST_USE;

/* Fetches what this party receives, waiting until the nodes have it, n->timeout_ms at most;
 * compiles the study with the row counts that the nodes tell, and finishes the outputs.  Calls
 * n->agreed when these are known.  ST_NET if there is nothing to be had in time, ST_ABORT if two
 * nodes do not agree about the results. */
enum status guest_collect(struct result **out, const struct node *n, struct fault *f) MUST_USE;

#endif
