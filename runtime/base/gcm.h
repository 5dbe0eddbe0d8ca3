/* gcm.h: AES-256-GCM [NIST SP 800-38D] with 512-bit registers, for long records.
 *
 * OpenSSL before 3.2 has only 128-bit kernels for it, which take most of a channel's time.  The
 * getter returns NULL where the CPU lacks VAES or VPCLMULQDQ: use OpenSSL then.  The bytes are the
 * same.  Nonces of 12 bytes, associated data of 16; len < 2^31.  Constant-time in key and data.
 * Leaks: len. */
#ifndef KONSIL_GCM_H
#define KONSIL_GCM_H

#include <stddef.h>

#include "block.h"

enum { GCM_POWERS = 16 };

/* Secret: the owner wipes it. */
struct gcm_key {
	block rk[15];
	block h[GCM_POWERS];            /* H^16 .. H^1, as POLYVAL has them */
};

struct gcm_kernel {
	void (*expand)(struct gcm_key *k, const uint8_t key[32]);
	/* out is in, or apart from it. */
	void (*seal)(const struct gcm_key *k, uint8_t *out, uint8_t tag[16], const uint8_t *in,
	    size_t len, const uint8_t nonce[12], const uint8_t ad[16]);
	/* Decrypts and gives the tag that is due: the caller compares, and wipes out if it is
	 * another. */
	void (*open)(const struct gcm_key *k, uint8_t *out, uint8_t tag[16], const uint8_t *in,
	    size_t len, const uint8_t nonce[12], const uint8_t ad[16]);
};

const struct gcm_kernel *gcm_vaes(void);

#endif
