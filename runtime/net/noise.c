/* noise.c: see noise.h.  Function names are the specification's, in our spelling. */
#include "noise.h"

#include "../base/mem.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

enum { BLOCK = 128 };                   /* BLOCKLEN of BLAKE2b */

static const char protocol_name[] = "Noise_KK_25519_AESGCM_BLAKE2b";

static void
nonce_of(uint8_t iv[12], uint64_t n)
{
	memset(iv, 0, 4);
	for (unsigned i = 0; i < 8; i++)
		iv[4 + i] = (uint8_t)(n >> (56 - 8 * i));
}

enum status
noise_seal(const uint8_t k[32], uint64_t n, const void *ad, size_t ad_len, uint8_t *out,
    const void *in, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t iv[12];
	int done = 0;
	enum status st = ST_INTERNAL;

	assert(len <= UINT16_MAX && ad_len <= UINT16_MAX);
	nonce_of(iv, n);
	if (c != NULL && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, k, iv) == 1
	    && EVP_EncryptUpdate(c, NULL, &done, ad, (int)ad_len) == 1
	    && EVP_EncryptUpdate(c, out, &done, in, (int)len) == 1
	    && EVP_EncryptFinal_ex(c, out + len, &done) == 1
	    && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, NOISE_TAG, out + len) == 1)
		st = ST_OK;
	EVP_CIPHER_CTX_free(c);
	return st;
}

enum status
noise_open(const uint8_t k[32], uint64_t n, const void *ad, size_t ad_len, void *out,
    const uint8_t *in, size_t len)
{
	EVP_CIPHER_CTX *c;
	uint8_t iv[12], tag[NOISE_TAG], none[1];
	uint8_t *to = len == NOISE_TAG ? none : out;
	int done = 0;
	enum status st = ST_AUTH;

	if (len < NOISE_TAG || len > UINT16_MAX || ad_len > UINT16_MAX)
		return ST_ABORT;
	len -= NOISE_TAG;
	memcpy(tag, in + len, NOISE_TAG);
	nonce_of(iv, n);
	c = EVP_CIPHER_CTX_new();
	if (c == NULL)
		return ST_INTERNAL;
	if (EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, k, iv) == 1
	    && EVP_DecryptUpdate(c, NULL, &done, ad, (int)ad_len) == 1
	    && EVP_DecryptUpdate(c, to, &done, in, (int)len) == 1
	    && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, NOISE_TAG, tag) == 1
	    && EVP_DecryptFinal_ex(c, none, &done) == 1)
		st = ST_OK;
	if (st != ST_OK)
		wipe(out, len);
	EVP_CIPHER_CTX_free(c);
	return st;
}

/* One pass of HMAC: BLAKE2b of the padded key and the input. */
static void
hmac_pass(uint8_t out[NOISE_HASH], const uint8_t key[BLOCK], uint8_t pad, const void *in,
    size_t len)
{
	uint8_t block[BLOCK];
	crypto_generichash_state s;

	for (unsigned i = 0; i < BLOCK; i++)
		block[i] = key[i] ^ pad;
	(void)crypto_generichash_init(&s, NULL, 0, NOISE_HASH);
	(void)crypto_generichash_update(&s, block, BLOCK);
	(void)crypto_generichash_update(&s, in, len);
	(void)crypto_generichash_final(&s, out, NOISE_HASH);
	wipe(block, sizeof block);
	wipe(&s, sizeof s);
}

void
noise_hmac(uint8_t out[NOISE_HASH], const void *key, size_t key_len, const void *in, size_t len)
{
	uint8_t padded[BLOCK] = { 0 }, inner[NOISE_HASH];

	assert(key_len <= BLOCK);
	memcpy(padded, key, key_len);
	hmac_pass(inner, padded, 0x36, in, len);
	hmac_pass(out, padded, 0x5c, inner, sizeof inner);
	wipe(padded, sizeof padded);
	wipe(inner, sizeof inner);
}

/* HKDF(ck, input) with two outputs. */
static void
hkdf(uint8_t out1[NOISE_HASH], uint8_t out2[NOISE_HASH], const uint8_t ck[NOISE_HASH],
    const void *in, size_t len)
{
	uint8_t temp[NOISE_HASH], more[NOISE_HASH + 1];

	noise_hmac(temp, ck, NOISE_HASH, in, len);
	more[0] = 1;
	noise_hmac(out1, temp, sizeof temp, more, 1);
	memcpy(more, out1, NOISE_HASH);
	more[NOISE_HASH] = 2;
	noise_hmac(out2, temp, sizeof temp, more, sizeof more);
	wipe(temp, sizeof temp);
	wipe(more, sizeof more);
}

static void
mix_hash(struct noise *z, const void *data, size_t len)
{
	crypto_generichash_state s;

	(void)crypto_generichash_init(&s, NULL, 0, NOISE_HASH);
	(void)crypto_generichash_update(&s, z->h, NOISE_HASH);
	(void)crypto_generichash_update(&s, data, len);
	(void)crypto_generichash_final(&s, z->h, NOISE_HASH);
}

/* MixKey(DH(secret, point)); a point of small order authenticates nobody. */
static enum status
mix_dh(struct noise *z, const uint8_t secret[32], const uint8_t point[32])
{
	uint8_t shared[32], temp[NOISE_HASH], ck[NOISE_HASH];
	int r = crypto_scalarmult(shared, secret, point);

	hkdf(ck, temp, z->ck, shared, sizeof shared);
	memcpy(z->ck, ck, sizeof ck);
	memcpy(z->k, temp, sizeof z->k);
	z->n = 0;
	wipe(shared, sizeof shared);
	wipe(temp, sizeof temp);
	wipe(ck, sizeof ck);
	return r == 0 ? ST_OK : ST_AUTH;
}

static enum status
encrypt_and_hash(struct noise *z, uint8_t *out, const void *payload, size_t len)
{
	enum status st = noise_seal(z->k, z->n++, z->h, NOISE_HASH, out, payload, len);

	if (st == ST_OK)
		mix_hash(z, out, len + NOISE_TAG);
	return st;
}

static enum status
decrypt_and_hash(struct noise *z, void *payload, const uint8_t *in, size_t len)
{
	enum status st = noise_open(z->k, z->n++, z->h, NOISE_HASH, payload, in, len);

	if (st == ST_OK)
		mix_hash(z, in, len);
	return st;
}

void
noise_init(struct noise *z, bool initiator, const void *prologue, size_t prologue_len,
    const uint8_t s[32], const uint8_t s_pub[32], const uint8_t rs[32], const uint8_t e[32])
{
	*z = (struct noise){ .initiator = initiator, .step = NOISE_MESSAGE_1 };
	memcpy(z->h, protocol_name, sizeof protocol_name - 1);
	memcpy(z->ck, z->h, sizeof z->ck);
	mix_hash(z, prologue, prologue_len);
	memcpy(z->s, s, 32);
	memcpy(z->rs, rs, 32);
	memcpy(z->e, e, 32);
	(void)crypto_scalarmult_base(z->e_pub, z->e);
	/* -> s, <- s: the static keys, the initiator's first */
	mix_hash(z, initiator ? s_pub : rs, 32);
	mix_hash(z, initiator ? rs : s_pub, 32);
}

/* The tokens of a message after its e, as this side computes them. */
static enum status
mix_tokens(struct noise *z)
{
	enum status st;

	if (z->step == NOISE_MESSAGE_1) {
		/* es, ss */
		TRY(z->initiator ? mix_dh(z, z->e, z->rs) : mix_dh(z, z->s, z->re));
		TRY(mix_dh(z, z->s, z->rs));
	} else {
		/* ee, se */
		TRY(mix_dh(z, z->e, z->re));
		TRY(z->initiator ? mix_dh(z, z->s, z->re) : mix_dh(z, z->e, z->rs));
	}
out:
	return st;
}

static enum status
step_done(struct noise *z, enum status st)
{
	if (st != ST_OK)
		wipe(z, sizeof *z);
	else
		z->step++;
	return st;
}

enum status
noise_create(struct noise *z, uint8_t *out, const void *payload, size_t len)
{
	enum status st;

	if (z->step == NOISE_DEAD)
		return ST_AUTH;
	assert(z->step == (z->initiator ? NOISE_MESSAGE_1 : NOISE_MESSAGE_2));
	memcpy(out, z->e_pub, NOISE_DH);
	mix_hash(z, z->e_pub, NOISE_DH);
	TRY(mix_tokens(z));
	TRY(encrypt_and_hash(z, out + NOISE_DH, payload, len));
out:
	return step_done(z, st);
}

enum status
noise_consume(struct noise *z, void *payload, const uint8_t *in, size_t len)
{
	enum status st = ST_ABORT;

	if (z->step == NOISE_DEAD)
		return ST_AUTH;
	assert(z->step == (z->initiator ? NOISE_MESSAGE_2 : NOISE_MESSAGE_1));
	if (len < NOISE_HANDSHAKE)
		goto out;
	memcpy(z->re, in, NOISE_DH);
	mix_hash(z, z->re, NOISE_DH);
	TRY(mix_tokens(z));
	TRY(decrypt_and_hash(z, payload, in + NOISE_DH, len - NOISE_DH));
out:
	return step_done(z, st);
}

enum status
noise_split(struct noise *z, uint8_t to_responder[32], uint8_t to_initiator[32])
{
	uint8_t a[NOISE_HASH], b[NOISE_HASH];

	if (z->step == NOISE_DEAD)
		return ST_AUTH;
	assert(z->step == NOISE_SPLIT);
	hkdf(a, b, z->ck, "", 0);
	memcpy(to_responder, a, 32);
	memcpy(to_initiator, b, 32);
	wipe(a, sizeof a);
	wipe(b, sizeof b);
	return ST_OK;
}
