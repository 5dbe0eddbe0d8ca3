/* identity.h: who a site is: two key pairs made at the site, in NAME.key and NAME.pub.
 *
 * Ed25519 signs (approvals, receipts), X25519 authenticates channels; they are independent keys.
 * Both files are text of two lines, a header with the version and a token: a prefix and 96
 * characters of URL-safe base64 over the two keys and a checksum.  The public token is what goes
 * into a session file.  NAME.key has mode 0600 and is refused with any other.
 *
 * Faults of files and tokens are ST_USAGE: a person named the wrong file.  Secrets live in
 * mem_secret; decoding is constant-time (libsodium).  Leaks: nothing. */
#ifndef KONSIL_IDENTITY_H
#define KONSIL_IDENTITY_H

#include "../base/status.h"

enum {
	IDENTITY_KEY = 32,              /* bytes of every key but the signing one, which is 64 */
	IDENTITY_TOKEN_MAX = 6 + 96 + 1,
	IDENTITY_PATH_MAX = 4096,
};

struct identity_public {
	uint8_t sign[32];               /* Ed25519 */
	uint8_t dh[32];                 /* X25519 */
};

struct identity_secret {
	struct identity_public pub;
	uint8_t sign[64];               /* Ed25519: seed and public key, as libsodium has it */
	uint8_t dh[32];
};

/* A fresh identity; *out is in mem_secret, to be freed with identity_free. */
enum status identity_new(struct identity_secret **out, struct fault *f) MUST_USE;
void identity_free(struct identity_secret *id);

/* Writes NAME.key and NAME.pub; an existing file is never overwritten. */
enum status identity_save(const struct identity_secret *id, const char *name, struct fault *f)
    MUST_USE;
enum status identity_load(struct identity_secret **out, const char *path, struct fault *f) MUST_USE;
enum status identity_public_load(struct identity_public *out, const char *path, struct fault *f)
    MUST_USE;

/* A key of 32 bytes for a purpose of its own, the same each time, from which nothing follows about
 * the identity's keys nor those for other purposes: BLAKE2b keyed with the signing key's seed. */
void identity_derive(uint8_t out[32], const struct identity_secret *id, const char *purpose);

/* The token that stands for a public key: one word without spaces, quotes or '='. */
void identity_token(char token[IDENTITY_TOKEN_MAX], const struct identity_public *pub);
/* Also refuses keys that no one can own (points of small order). */
enum status identity_parse(struct identity_public *out, const char *token, struct fault *f)
    MUST_USE;

#endif
