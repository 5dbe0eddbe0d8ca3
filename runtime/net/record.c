/* record.c: see record.h */
#include "record.h"

#include "../base/mem.h"
#include "wire.h"

#include <assert.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>

#define N_RECORD_MAX ((uint64_t)1 << 48)

_Static_assert(crypto_shorthash_KEYBYTES == sizeof ((struct record_dir *)0)->head_key,
    "the key of SipHash-2-4");

enum status
record_init(struct record_dir *d, const struct record_keys *keys, bool seals)
{
	int ok;

	*d = (struct record_dir){ .gcm = EVP_CIPHER_CTX_new() };
	if (d->gcm == NULL)
		return ST_INTERNAL;
	memcpy(d->head_key, keys->head, sizeof d->head_key);
	ok = seals ? EVP_EncryptInit_ex(d->gcm, EVP_aes_256_gcm(), NULL, keys->aes, NULL)
	    : EVP_DecryptInit_ex(d->gcm, EVP_aes_256_gcm(), NULL, keys->aes, NULL);
	if (ok == 1)
		return ST_OK;
	record_fini(d);
	return ST_INTERNAL;
}

void
record_fini(struct record_dir *d)
{
	EVP_CIPHER_CTX_free(d->gcm);    /* wipes the key schedule */
	wipe(d, sizeof *d);
}

static void
head_hash(uint8_t out[8], const struct record_dir *d, const uint8_t head[8], uint64_t n)
{
	uint8_t in[16];

	memcpy(in, head, 8);
	wire_u64_to(in + 8, n);
	(void)crypto_shorthash(out, in, sizeof in, d->head_key);
}

static void
nonce_of(uint8_t iv[12], uint64_t n)
{
	memset(iv, 0, 4);
	wire_u64_to(iv + 4, n);
}

enum status
record_seal(struct record_dir *d, uint8_t *out, const struct record_head *h, const void *in)
{
	uint8_t iv[12], none[1];
	uint8_t *body = out + RECORD_HEAD;
	int len = 0;

	assert(h->len <= RECORD_MAX);
	if (d->n_body >= N_RECORD_MAX)
		return ST_INTERNAL;
	wire_u32_to(out, h->len);
	out[4] = (uint8_t)h->type;
	out[5] = h->more;
	out[6] = out[7] = 0;
	head_hash(out + 8, d, out, d->n_body);
	nonce_of(iv, d->n_body++);
	if (EVP_EncryptInit_ex(d->gcm, NULL, NULL, NULL, iv) != 1
	    || EVP_EncryptUpdate(d->gcm, NULL, &len, out, RECORD_HEAD) != 1
	    || (h->len > 0 && EVP_EncryptUpdate(d->gcm, body, &len, in, (int)h->len) != 1)
	    || EVP_EncryptFinal_ex(d->gcm, none, &len) != 1
	    || EVP_CIPHER_CTX_ctrl(d->gcm, EVP_CTRL_GCM_GET_TAG, RECORD_TAG, body + h->len) != 1)
		return ST_INTERNAL;
	return ST_OK;
}

void
record_head_get(struct record_head *h, const uint8_t head[RECORD_HEAD])
{
	h->len = wire_u32_from(head);
	h->type = (enum record_type)head[4];
	h->more = head[5] == 1;
}

enum status
record_head_check(struct record_dir *d, struct record_head *h, const uint8_t head[RECORD_HEAD])
{
	uint8_t hash[8];

	head_hash(hash, d, head, d->n_head);
	if (d->n_head >= N_RECORD_MAX || sodium_memcmp(hash, head + 8, sizeof hash) != 0)
		return ST_AUTH;
	d->n_head++;
	record_head_get(h, head);
	if (h->len > RECORD_MAX || head[4] < RECORD_DATA || head[4] > RECORD_ALIVE || head[5] > 1
	    || head[6] != 0 || head[7] != 0
	    || (head[4] == RECORD_ALIVE && (h->len != 0 || h->more)))
		return ST_ABORT;
	return ST_OK;
}

enum status
record_open(struct record_dir *d, void *out, const uint8_t *record)
{
	uint8_t iv[12], tag[RECORD_TAG], none[1];
	const uint8_t *body = record + RECORD_HEAD;
	struct record_head h;
	int len = 0;

	record_head_get(&h, record);
	assert(h.len <= RECORD_MAX);
	memcpy(tag, body + h.len, sizeof tag);
	nonce_of(iv, d->n_body++);
	if (EVP_DecryptInit_ex(d->gcm, NULL, NULL, NULL, iv) == 1
	    && EVP_DecryptUpdate(d->gcm, NULL, &len, record, RECORD_HEAD) == 1
	    && (h.len == 0 || EVP_DecryptUpdate(d->gcm, out, &len, body, (int)h.len) == 1)
	    && EVP_CIPHER_CTX_ctrl(d->gcm, EVP_CTRL_GCM_SET_TAG, RECORD_TAG, tag) == 1
	    && EVP_DecryptFinal_ex(d->gcm, none, &len) == 1)
		return ST_OK;
	wipe(out, h.len);
	return ST_AUTH;
}
