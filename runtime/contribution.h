/* contribution.h: what a party that does not stay brings: shares of all its inputs.
 *
 * Every input of the party's group becomes items: numbers, shared modulo 2^128 whatever ring the
 * program computes in (a contributor does not know the others' row counts, on which that depends,
 * and narrowing is free), or strings of bits, shared by XOR.  A category is shared as one bit a
 * level, its index follows from these.  All items one after another are the vector.
 *
 * The vector is the sum (XOR) of parts, one for each node (additive: node i holds part i) or three
 * (replicated: node i holds parts i and i + 1).  All parts but one are streams of a PRG, of which
 * the holders get the key; one, which part it is goes round with the party, is the correction: the
 * vector less all streams, and its holders get it in full, and a key for hashing it.  So of n nodes
 * n - 1 get 16 bytes.
 *
 * Security: each part but the correction is a stream under a fresh key, so that any parts but one
 * say nothing about the vector; a node holds one part, or two of three.  Semi-honest contributors;
 * one that gives two holders different parts is found out by their comparing hashes (guests.c) and
 * has brought nothing.  The hash of a correction is keyed by what its holders alone know: the third
 * node has both streams, so that from a hash without a key it could try out what was shared.
 *
 * Leaks: the number of rows, to all. */
#ifndef KONSIL_CONTRIBUTION_H
#define KONSIL_CONTRIBUTION_H

#include "base/prg.h"
#include "study.h"
#include "table.h"

enum {
	CONTRIBUTION_PARTS_MAX = N_NODES_MAX,
	CONTRIBUTION_KEY_BYTES = 16,
	CONTRIBUTION_ID_BYTES = 16,
	CONTRIBUTION_CHUNK = 1 << 18,   /* bytes of a vector made, sent and received at a time */
};

/* Part of an input: numbers (limbs 0), or `limbs` words of 64 bits for each of n strings. */
struct contribution_item {
	uint32_t input, part;
	uint32_t limbs;
	uint64_t n;
	uint64_t at, bytes;             /* where it lies in the vector */
};

struct contribution_plan {
	uint32_t n_items;
	struct contribution_item *item;
	uint64_t bytes;                 /* of the vector */
};

/* Fresh keys, one a part: of its stream, or to hash the correction with; in locked memory.  NULL if
 * there is none; free with mem_secret_free. */
struct contribution_keys {
	uint8_t key[CONTRIBUTION_PARTS_MAX][CONTRIBUTION_KEY_BYTES];
	struct prg prg[CONTRIBUTION_PARTS_MAX];
};
struct contribution_keys *contribution_keys_new(void);

/* What a member of the group with so many rows brings.  ST_DATA if that is too much to count. */
enum status contribution_plan(struct contribution_plan *out, const struct input *input,
    uint32_t n_inputs, const char *group, uint64_t rows) MUST_USE;
void contribution_plan_fini(struct contribution_plan *p);

/* How many parts there are; which of them node `node` holds: its h-th, h < held. */
unsigned contribution_parts(unsigned held, unsigned n_nodes);
unsigned contribution_held(unsigned held, unsigned n_nodes, unsigned node, unsigned h);
/* Which part is the correction of a party. */
unsigned contribution_correction(unsigned parts, uint32_t party);

/* Elements lo .. lo + n of an item of a stream: numbers of 16 bytes, or words. */
void contribution_stream(const struct prg *g, const struct contribution_plan *p, uint32_t item,
    uint64_t lo, uint64_t n, void *out);
/* Bytes at .. at + len of the correction: at and len are multiples of 16, or the end.  key[k] is
 * that of part k; the correction's is not used. */
void contribution_make(void *out, const struct contribution_plan *p, const struct table_set *t,
    const struct prg *key, unsigned parts, unsigned correction, uint64_t at, size_t len);

/* Bytes that a party sends to node `node`, messages' heads included; public. */
uint64_t contribution_bytes(const struct contribution_plan *p, unsigned held, unsigned n_nodes,
    unsigned node, uint32_t party);

#endif
