/* test_gcm.c: runtime/base/gcm_vaes.c against OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "../../runtime/base/gcm.h"
#include "../../runtime/base/random.h"

enum { LONGEST = (64 << 10) + 300, EDGE = 32 };

struct message {
	uint8_t key[32], nonce[12], ad[16], tag[16];
	uint8_t in[LONGEST], out[LONGEST];
};

static void
openssl_seal(struct message *m, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	uint8_t none[16];
	int n = 0;

	assert_non_null(c);
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, m->key, m->nonce), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, m->ad, sizeof m->ad), 1);
	if (len > 0)
		assert_int_equal(EVP_EncryptUpdate(c, m->out, &n, m->in, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, none, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, 16, m->tag), 1);
	EVP_CIPHER_CTX_free(c);
}

/* Both directions, at odd addresses, and nothing written beyond the end. */
static void
check_length(const struct gcm_kernel *g, struct message *m, size_t len)
{
	uint8_t *got = malloc(len + EDGE + 1), *back = malloc(len + EDGE + 1), tag[16];
	struct gcm_key k;

	assert_non_null(got);
	assert_non_null(back);
	random_bytes(m, sizeof *m);
	memset(got, 0xa5, len + EDGE + 1);
	memset(back, 0xa5, len + EDGE + 1);
	openssl_seal(m, len);
	g->expand(&k, m->key);
	g->seal(&k, got + 1, tag, m->in, len, m->nonce, m->ad);
	assert_memory_equal(got + 1, m->out, len);
	assert_memory_equal(tag, m->tag, 16);
	memset(tag, 0, sizeof tag);
	g->open(&k, back + 1, tag, got + 1, len, m->nonce, m->ad);
	assert_memory_equal(back + 1, m->in, len);
	assert_memory_equal(tag, m->tag, 16);
	for (size_t i = 0; i < EDGE; i++) {
		assert_int_equal(got[1 + len + i], 0xa5);
		assert_int_equal(back[1 + len + i], 0xa5);
	}
	/* In place. */
	g->open(&k, got + 1, tag, got + 1, len, m->nonce, m->ad);
	assert_memory_equal(got + 1, m->in, len);
	free(got);
	free(back);
}

static void
agrees_with_openssl(void **state)
{
	const struct gcm_kernel *g = gcm_vaes();
	struct message *m = malloc(sizeof *m);

	(void)state;
	if (g == NULL) {
		free(m);
		skip();
	}
	assert_non_null(m);
	for (size_t len = 0; len <= 600; len++)
		check_length(g, m, len);
	for (size_t len = (64 << 10) - 17; len <= LONGEST; len += 11)
		check_length(g, m, len);
	free(m);
}

/* Every bit of what is sealed changes the tag. */
static void
tag_covers_everything(void **state)
{
	const struct gcm_kernel *g = gcm_vaes();
	uint8_t key[32], nonce[12], ad[16], in[300], out[300], due[16], tag[16];
	struct gcm_key k;

	(void)state;
	if (g == NULL)
		skip();
	random_bytes(key, sizeof key);
	random_bytes(nonce, sizeof nonce);
	random_bytes(ad, sizeof ad);
	random_bytes(in, sizeof in);
	g->expand(&k, key);
	g->open(&k, out, due, in, sizeof in, nonce, ad);
	for (size_t i = 0; i < 8 * (sizeof in + sizeof ad + sizeof nonce); i++) {
		uint8_t *p = i < 8 * sizeof in ? in + i / 8 :
		    i < 8 * (sizeof in + sizeof ad) ? ad + (i / 8 - sizeof in) :
		    nonce + (i / 8 - sizeof in - sizeof ad);

		*p = (uint8_t)(*p ^ 1u << i % 8);
		g->open(&k, out, tag, in, sizeof in, nonce, ad);
		*p = (uint8_t)(*p ^ 1u << i % 8);
		assert_memory_not_equal(tag, due, 16);
	}
	g->open(&k, out, tag, in, sizeof in - 1, nonce, ad);
	assert_memory_not_equal(tag, due, 16);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_openssl),
		cmocka_unit_test(tag_covers_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
