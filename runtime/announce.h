/* announce.h: what the nodes of a session tell each other before a share leaves.
 *
 * Two exchanges on an authenticated channel, in PHASE_CONTROL: each node announces its row count,
 * the hash of its table's header and a nonce, then all echo a hash of everything that they were
 * told, so that nobody is told two counts.  The echo, fresh by every node's nonce, is the session
 * id.  After each has compiled, a third exchange compares the hashes of the bytecode (H2).
 *
 * Messages are create/consume pairs without I/O; lengths are fixed.  Leaks: row counts and whether
 * headers are equal, to the nodes. */
#ifndef KONSIL_ANNOUNCE_H
#define KONSIL_ANNOUNCE_H

#include "net/chan.h"

enum { ANNOUNCE_BYTES = 8 + 32 + 32, ECHO_BYTES = 32 };

struct announcement {
	uint64_t rows;
	uint8_t header[32];             /* all zero: no columns are taken by their order */
	uint8_t nonce[32];
};

void announce_create(uint8_t msg[ANNOUNCE_BYTES], const struct announcement *a);
enum status announce_consume(struct announcement *a, const uint8_t msg[ANNOUNCE_BYTES]) MUST_USE;
/* The echo of n announcements in the order of the nodes, on the study with hash h1. */
void announce_echo(uint8_t echo[ECHO_BYTES], const struct announcement *all, unsigned n,
    const uint8_t h1[32]);

/* Fills all[0..ch->n) and the session id; mine's nonce is drawn here.  names[i] is node i, for
 * messages.  ST_ABORT if an echo differs. */
enum status announce_exchange(struct announcement *all, uint8_t sid[32], struct chan *ch,
    const struct announcement *mine, const uint8_t h1[32], const char *const names[],
    struct fault *f) MUST_USE;
/* ST_AUTH, naming the node, if one has another hash of the bytecode. */
enum status announce_code(struct chan *ch, const uint8_t h2[32], const char *const names[],
    struct fault *f) MUST_USE;

#endif
