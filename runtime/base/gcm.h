/* gcm.h: AES-256-GCM [NIST SP 800-38D] for records: nonces of 12 bytes, 16 bytes that are only
 * authenticated, tags of 16.
 *
 * gcm_openssl is there on every processor; gcm_vaes has AES and the carry-less product on 512-bit
 * registers, which Debian 12's OpenSSL (3.0) does not use: twice as fast on long records, and
 * several times on short ones.  A getter returns NULL where the processor lacks the instructions.
 * All give the same bytes, and are constant-time in keys and data.
 *
 * A nonce is used once under a key: the caller's duty.  Leaks: len. */
#ifndef KONSIL_GCM_H
#define KONSIL_GCM_H

#include "block.h"
#include "status.h"

struct evp_cipher_ctx_st;

enum {
	GCM_KEY = 32,
	GCM_IV = 12,
	GCM_HEAD = 16,
	GCM_TAG = 16,
	GCM_LEN_MAX = 1 << 30,          /* far below where the counter of blocks would wrap */
	N_GCM_POWER = 32,               /* blocks that are hashed at a time */
};

/* Of one kernel and one direction. */
struct gcm_key {
	struct evp_cipher_ctx_st *evp;  /* gcm_openssl: all there is */
	block rk[15];
	block power[N_GCM_POWER];       /* H^32 to H, as gcm_vaes.c keeps them */
};

struct gcm_kernel {
	const char *name;
	/* The key may be wiped afterwards.  ST_INTERNAL without memory; k may be passed to fini. */
	enum status (*init)(struct gcm_key *k, const uint8_t key[GCM_KEY], bool seals) MUST_USE;
	/* Idempotent; wipes. */
	void (*fini)(struct gcm_key *k);
	/* Writes len bytes of ciphertext and the tag; out is in, or apart from it. */
	enum status (*seal)(struct gcm_key *k, uint8_t *out, uint8_t tag[GCM_TAG],
	    const uint8_t iv[GCM_IV], const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
	    MUST_USE;
	/* The reverse; ST_AUTH and zeros if the tag is another. */
	enum status (*open)(struct gcm_key *k, uint8_t *out, const uint8_t tag[GCM_TAG],
	    const uint8_t iv[GCM_IV], const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
	    MUST_USE;
};

const struct gcm_kernel *gcm_openssl(void);
const struct gcm_kernel *gcm_vaes(void);
const struct gcm_kernel *gcm_best(void);

#endif
