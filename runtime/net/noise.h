/* noise.h: Noise_KK_25519_AESGCM_BLAKE2b, without I/O.
 *
 * [Noise] T. Perrin, The Noise Protocol Framework, revision 34, 2018; names and steps as there.
 * Both static keys are known beforehand.  Message 1 alone can be replayed and is not forward
 * secret against the responder's key; what follows message 2 is both (section 7.7).
 *
 * Functions give ST_AUTH for what does not authenticate, ST_ABORT for a message of impossible
 * length.  After an error the state is wiped and every call gives ST_AUTH.  Leaks: lengths. */
#ifndef KONSIL_NOISE_H
#define KONSIL_NOISE_H

#include "../base/status.h"

enum {
	NOISE_HASH = 64,                /* HASHLEN of BLAKE2b */
	NOISE_DH = 32,
	NOISE_TAG = 16,
	NOISE_HANDSHAKE = NOISE_DH + NOISE_TAG, /* what a handshake message adds to its payload */
};

enum noise_step { NOISE_DEAD, NOISE_MESSAGE_1, NOISE_MESSAGE_2, NOISE_SPLIT };

/* Keep it in mem_secret, or wipe it. */
struct noise {
	bool initiator;
	enum noise_step step;
	uint64_t n;
	uint8_t s[32], e[32], e_pub[32], rs[32], re[32];
	uint8_t ck[NOISE_HASH], h[NOISE_HASH], k[32];
};

/* e is this run's ephemeral secret key: fresh random bytes, from the caller so that test vectors
 * can be run.  s_pub belongs to s. */
void noise_init(struct noise *z, bool initiator, const void *prologue, size_t prologue_len,
    const uint8_t s[32], const uint8_t s_pub[32], const uint8_t rs[32], const uint8_t e[32]);

/* Writes len + NOISE_HANDSHAKE bytes: message 1 of the initiator or 2 of the responder. */
enum status noise_create(struct noise *z, uint8_t *out, const void *payload, size_t len) MUST_USE;
/* Reads a message of len bytes; the payload has len - NOISE_HANDSHAKE bytes. */
enum status noise_consume(struct noise *z, void *payload, const uint8_t *in, size_t len) MUST_USE;

/* After message 2: the key of each direction, and the handshake hash is final in z->h. */
enum status noise_split(struct noise *z, uint8_t to_responder[32], uint8_t to_initiator[32])
    MUST_USE;

/* AES-256-GCM as Noise uses it (nonce: 4 zero bytes, n big-endian); out has len + NOISE_TAG bytes,
 * or len - NOISE_TAG. */
enum status noise_seal(const uint8_t k[32], uint64_t n, const void *ad, size_t ad_len, uint8_t *out,
    const void *in, size_t len) MUST_USE;
enum status noise_open(const uint8_t k[32], uint64_t n, const void *ad, size_t ad_len, void *out,
    const uint8_t *in, size_t len) MUST_USE;

/* HMAC with BLAKE2b-512: what HKDF is made of. */
void noise_hmac(uint8_t out[NOISE_HASH], const void *key, size_t key_len, const void *in,
    size_t len);

#endif
