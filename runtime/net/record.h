/* record.h: the records that carry messages over a connection, without I/O.
 *
 * Layout in wire_format.h.  Sealing numbers records from 0; opening insists on the next number, so
 * that a record altered, left out, repeated, moved or sent back to its sender does not open.  A
 * receiver looks at a head before it has the rest (record_head_check, own counter), so that one
 * thread can find records in the stream while another opens them.
 *
 * ST_AUTH: not the record that is due.  ST_ABORT: authentic, but not a record of this version.
 * After 2^48 records a direction gives ST_INTERNAL: far below what GCM allows for one key.
 * Leaks: lengths and types. */
#ifndef KONSIL_RECORD_H
#define KONSIL_RECORD_H

#include "handshake.h"

struct evp_cipher_ctx_st;

struct record_head {
	uint32_t len;                   /* bytes of plaintext */
	enum record_type type;
	bool more;                      /* the message goes on in the next record */
};

/* One direction's state, of a sender or of a receiver. */
struct record_dir {
	struct evp_cipher_ctx_st *gcm;
	uint8_t head_key[16];
	uint64_t n_head, n_body;        /* next record of record_head_check, and of seal or open */
};

/* The key schedule is kept in the context; keys may be wiped afterwards. */
enum status record_init(struct record_dir *d, const struct record_keys *keys, bool seals) MUST_USE;
void record_fini(struct record_dir *d);

/* Writes h->len + RECORD_OVERHEAD bytes. */
enum status record_seal(struct record_dir *d, uint8_t *out, const struct record_head *h,
    const void *in) MUST_USE;

/* Checks the head of the next record: its hash, then that it is one that this version knows. */
enum status record_head_check(struct record_dir *d, struct record_head *h,
    const uint8_t head[RECORD_HEAD]) MUST_USE;
/* What a checked head says. */
void record_head_get(struct record_head *h, const uint8_t head[RECORD_HEAD]);

/* Opens the next record, len + RECORD_OVERHEAD bytes whose head was checked, into out (len bytes;
 * zeros after an error). */
enum status record_open(struct record_dir *d, void *out, const uint8_t *record) MUST_USE;

#endif
