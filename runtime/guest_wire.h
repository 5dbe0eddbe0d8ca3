/* guest_wire.h: what a guest and a node say to each other on a guest_link.
 *
 *     guest: head                   what it comes for; fixed length
 *  CONTRIBUTE
 *     guest: for each part that the node holds: a key; of the correction, the vector in chunks, too
 *     node:  answer                 STORED or CLOSED
 *  COLLECT
 *     node:  answer                 READY, NOT_YET or NOTHING
 *     node:  row counts             if READY, from node 0: of all parties, as varints
 *     node:  its share              in chunks of DELIVERY_CHUNK; see delivery.h
 *     node:  seal                   hashes of what other nodes send
 *
 * Messages are create/consume pairs without I/O.  Leaks: row counts. */
#ifndef KONSIL_GUEST_WIRE_H
#define KONSIL_GUEST_WIRE_H

#include "contribution.h"

enum guest_purpose { GUEST_CONTRIBUTE = 1, GUEST_COLLECT = 2 };
enum guest_answer { GUEST_STORED = 1, GUEST_CLOSED, GUEST_READY, GUEST_NOT_YET, GUEST_NOTHING };

enum {
	GUEST_HEAD_BYTES = 1 + 8 + 32 + CONTRIBUTION_ID_BYTES,
	GUEST_ANSWER_BYTES = 1 + 32,
	GUEST_SEAL_BYTES = 64,
	GUEST_ROWS_BYTES_MAX = N_PARTY_MAX * 6,
	DELIVERY_CHUNK = 1 << 20,
};

struct guest_head {
	enum guest_purpose purpose;
	uint64_t rows;                  /* of its table */
	uint8_t header[32];             /* all zero: no columns are taken by their order */
	uint8_t id[CONTRIBUTION_ID_BYTES];      /* of this contribution, the same at all nodes */
};

void guest_head_create(uint8_t msg[GUEST_HEAD_BYTES], const struct guest_head *h);
enum status guest_head_consume(struct guest_head *h, const uint8_t msg[GUEST_HEAD_BYTES]) MUST_USE;

/* h2: of the program that ran, if READY. */
void guest_answer_create(uint8_t msg[GUEST_ANSWER_BYTES], enum guest_answer a,
    const uint8_t h2[32]);
enum status guest_answer_consume(enum guest_answer *a, uint8_t h2[32],
    const uint8_t msg[GUEST_ANSWER_BYTES]) MUST_USE;

/* Row counts of n parties, seven bits a byte, the lowest first; returns the length. */
size_t guest_rows_create(uint8_t msg[GUEST_ROWS_BYTES_MAX], const struct party *p, uint32_t n);
enum status guest_rows_consume(struct party *p, uint32_t n, const uint8_t *msg, size_t len)
    MUST_USE;

#endif
