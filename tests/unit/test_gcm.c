/* test_gcm.c: every kernel of AES-256-GCM of this machine against OpenSSL, called directly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "../../runtime/base/gcm.h"
#include "../../runtime/base/random.h"

enum { LEN_MAX = 5000, EDGE = 64, N_KERNEL = 3 };

struct sealed {
	uint8_t body[LEN_MAX], tag[GCM_TAG];
};

struct input {
	uint8_t key[GCM_KEY], iv[GCM_IV], head[GCM_HEAD], text[LEN_MAX];
};

static const struct gcm_kernel *
kernel(int i)
{
	return i == 0 ? gcm_openssl() : i == 1 ? gcm_vaes() : gcm_best();
}

static void
openssl(struct sealed *out, const struct input *in, size_t len)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	assert_non_null(c);
	assert_int_equal(EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, in->key, in->iv), 1);
	assert_int_equal(EVP_EncryptUpdate(c, NULL, &n, in->head, GCM_HEAD), 1);
	assert_int_equal(EVP_EncryptUpdate(c, out->body, &n, in->text, (int)len), 1);
	assert_int_equal(EVP_EncryptFinal_ex(c, out->body + n, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, GCM_TAG, out->tag), 1);
	EVP_CIPHER_CTX_free(c);
}

/* Nothing outside of out[EDGE .. EDGE + len) is written, wherever it lies. */
static void
untouched(const uint8_t *out, size_t len)
{
	for (size_t i = 0; i < EDGE; i++) {
		assert_int_equal(out[i], 0xa5);
		assert_int_equal(out[EDGE + len + i], 0xa5);
	}
}

static void
one_length(const struct gcm_kernel *kern, const struct input *in, size_t len)
{
	uint8_t out[LEN_MAX + 2 * EDGE], back[LEN_MAX + 2 * EDGE], tag[GCM_TAG];
	struct sealed want;
	struct gcm_key k;

	openssl(&want, in, len);
	memset(out, 0xa5, sizeof out);
	memset(back, 0xa5, sizeof back);
	assert_int_equal(kern->init(&k, in->key, true), ST_OK);
	assert_int_equal(kern->seal(&k, out + EDGE, tag, in->iv, in->head, in->text, len), ST_OK);
	kern->fini(&k);
	assert_memory_equal(tag, want.tag, GCM_TAG);
	assert_memory_equal(out + EDGE, want.body, len);
	untouched(out, len);
	assert_int_equal(kern->init(&k, in->key, false), ST_OK);
	assert_int_equal(kern->open(&k, back + EDGE, tag, in->iv, in->head, out + EDGE, len), ST_OK);
	assert_memory_equal(back + EDGE, in->text, len);
	untouched(back, len);
	kern->fini(&k);
	kern->fini(&k);
}

static void
every_length_is_as_openssl_has_it(void **state)
{
	struct input in;

	(void)state;
	for (int i = 0; i < N_KERNEL; i++)
		for (size_t len = 0; kernel(i) != NULL && len <= LEN_MAX; len += len < 1100 ? 1 : 77) {
			random_bytes(&in, sizeof in);
			one_length(kernel(i), &in, len);
		}
}

/* Zeros and ones in keys and text: carries in the schedule, the counter and the product. */
static void
extremes_are_as_openssl_has_them(void **state)
{
	struct input in;

	(void)state;
	for (int i = 0; i < N_KERNEL; i++)
		for (unsigned c = 0; kernel(i) != NULL && c < 16; c++) {
			memset(in.key, c & 1 ? 0xff : 0, sizeof in.key);
			memset(in.iv, c & 2 ? 0xff : 0, sizeof in.iv);
			memset(in.head, c & 4 ? 0xff : 0, sizeof in.head);
			memset(in.text, c & 8 ? 0xff : 0, sizeof in.text);
			one_length(kernel(i), &in, 4096 + c);
		}
}

static void
in_place_is_the_same(void **state)
{
	struct input in;
	struct sealed want;
	struct gcm_key k;
	uint8_t tag[GCM_TAG], copy[LEN_MAX];

	(void)state;
	for (int i = 0; i < N_KERNEL; i++) {
		if (kernel(i) == NULL)
			continue;
		random_bytes(&in, sizeof in);
		openssl(&want, &in, LEN_MAX);
		memcpy(copy, in.text, LEN_MAX);
		assert_int_equal(kernel(i)->init(&k, in.key, true), ST_OK);
		assert_int_equal(kernel(i)->seal(&k, copy, tag, in.iv, in.head, copy, LEN_MAX),
		    ST_OK);
		assert_memory_equal(copy, want.body, LEN_MAX);
		assert_memory_equal(tag, want.tag, GCM_TAG);
		kernel(i)->fini(&k);
	}
}

/* Each bit of the tag, and one of everything else. */
static void
what_was_altered_does_not_open(void **state)
{
	enum { LEN = 700 };
	static const uint8_t zeros[LEN];
	struct input in;
	struct sealed s;
	struct gcm_key k;
	uint8_t out[LEN], *part[] = { in.iv, in.head, s.body, s.body + LEN - 1 };

	(void)state;
	random_bytes(&in, sizeof in);
	openssl(&s, &in, LEN);
	for (int i = 0; i < N_KERNEL; i++) {
		if (kernel(i) == NULL)
			continue;
		assert_int_equal(kernel(i)->init(&k, in.key, false), ST_OK);
		for (unsigned bit = 0; bit < 8 * GCM_TAG + 4; bit++) {
			uint8_t *at = bit < 128 ? &s.tag[bit / 8] : part[bit - 128];

			*at ^= (uint8_t)(1u << bit % 8);
			memset(out, 0xa5, LEN);
			assert_int_equal(kernel(i)->open(&k, out, s.tag, in.iv, in.head, s.body,
			    LEN), ST_AUTH);
			assert_memory_equal(out, zeros, LEN);
			*at ^= (uint8_t)(1u << bit % 8);
		}
		assert_int_equal(kernel(i)->open(&k, out, s.tag, in.iv, in.head, s.body, LEN),
		    ST_OK);
		kernel(i)->fini(&k);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_is_as_openssl_has_it),
		cmocka_unit_test(extremes_are_as_openssl_has_them),
		cmocka_unit_test(in_place_is_the_same),
		cmocka_unit_test(what_was_altered_does_not_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
