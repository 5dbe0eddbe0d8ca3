/* gcm_openssl.c: see gcm.h.  The key schedule stays in the context, a record sets only the nonce. */
#include "gcm.h"
#include "mem.h"

#include <assert.h>
#include <openssl/evp.h>

static void
openssl_fini(struct gcm_key *k)
{
	EVP_CIPHER_CTX_free(k->evp);    /* wipes the key schedule */
	wipe(k, sizeof *k);
}

static enum status
openssl_init(struct gcm_key *k, const uint8_t key[GCM_KEY], bool seals)
{
	*k = (struct gcm_key){ .evp = EVP_CIPHER_CTX_new() };
	if (k->evp != NULL
	    && EVP_CipherInit_ex(k->evp, EVP_aes_256_gcm(), NULL, key, NULL, seals) == 1)
		return ST_OK;
	openssl_fini(k);
	return ST_INTERNAL;
}

static enum status
openssl_seal(struct gcm_key *k, uint8_t *out, uint8_t tag[GCM_TAG], const uint8_t iv[GCM_IV],
    const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
{
	uint8_t none[1];
	int n = 0;

	assert(len <= GCM_LEN_MAX);
	if (EVP_EncryptInit_ex(k->evp, NULL, NULL, NULL, iv) == 1
	    && EVP_EncryptUpdate(k->evp, NULL, &n, head, GCM_HEAD) == 1
	    && (len == 0 || EVP_EncryptUpdate(k->evp, out, &n, in, (int)len) == 1)
	    && EVP_EncryptFinal_ex(k->evp, none, &n) == 1
	    && EVP_CIPHER_CTX_ctrl(k->evp, EVP_CTRL_GCM_GET_TAG, GCM_TAG, tag) == 1)
		return ST_OK;
	wipe(out, len);
	return ST_INTERNAL;
}

static enum status
openssl_open(struct gcm_key *k, uint8_t *out, const uint8_t tag[GCM_TAG],
    const uint8_t iv[GCM_IV], const uint8_t head[GCM_HEAD], const uint8_t *in, size_t len)
{
	uint8_t none[1];
	int n = 0;

	assert(len <= GCM_LEN_MAX);
	if (EVP_DecryptInit_ex(k->evp, NULL, NULL, NULL, iv) == 1
	    && EVP_DecryptUpdate(k->evp, NULL, &n, head, GCM_HEAD) == 1
	    && (len == 0 || EVP_DecryptUpdate(k->evp, out, &n, in, (int)len) == 1)
	    && EVP_CIPHER_CTX_ctrl(k->evp, EVP_CTRL_GCM_SET_TAG, GCM_TAG,
	        (void *)(uintptr_t)tag) == 1
	    && EVP_DecryptFinal_ex(k->evp, none, &n) == 1)
		return ST_OK;
	wipe(out, len);
	return ST_AUTH;
}

const struct gcm_kernel *
gcm_openssl(void)
{
	static const struct gcm_kernel k = {
		"openssl", openssl_init, openssl_fini, openssl_seal, openssl_open,
	};

	return &k;
}

const struct gcm_kernel *
gcm_best(void)
{
	return gcm_vaes() != NULL ? gcm_vaes() : gcm_openssl();
}
