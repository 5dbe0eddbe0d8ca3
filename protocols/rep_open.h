/* rep_open.h: protocol replicated checks what it opens.
 *
 * A recipient i lacks x_(i-1).  Node i+1 sends it; node i-1 holds it, too, and vouches for it:
 * both i and i-1 authenticate all that was opened to i in this way, in order, under a key that
 * node i+1 does not know (Poly1305, of which a key serves one run: its universal hashing is all
 * that is used [Bernstein 2005]), and at the end of the run i-1 sends 16 bytes, which i compares.
 * So a node that sends something else is noticed, but for a chance of about 2^-103 times the
 * number of 16-byte blocks opened.  What is told names the two nodes of which one deviated.
 *
 * Leaks: lengths. */
#ifndef KONSIL_REP_OPEN_H
#define KONSIL_REP_OPEN_H

#include "replicated.h"

/* Before the first opening. */
void rep_open_init(struct proto *p);
/* A row that opens says what goes into its messages: in begin, this node's own first part of what
 * is opened to `recipients`; in end, at a recipient, what came from the next node.  Calls at the
 * one are in the order of those at the other; how the bytes are cut does not matter. */
void rep_vouch(struct proto *p, uint32_t recipients, const void *first, size_t len);
void rep_heard(struct proto *p, const void *from_next, size_t len);

enum { REP_TAG = 16 };

/* Compares, in one round of REP_TAG bytes from each node to the next; ends all use of the above.
 * ST_ABORT naming two nodes. */
enum status rep_check(struct proto *p, struct fault *f) MUST_USE;

#endif
