/* test_library.c: AES and SHA-256 as circuits against OpenSSL; their gates and layers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "family_kit.h"

static struct planes in, out;

/* A byte string into bits lo ..: its last byte is the lowest. */
static void
put_bytes(uint32_t lo, const uint8_t *p, uint32_t len, unsigned lane)
{
	mpz_t v;

	mpz_init(v);
	mpz_import(v, len, 1, 1, 1, 0, p);
	kit_put(&in, lo, 8 * len, lane, v);
	mpz_clear(v);
}

static void
expect_bytes(const uint8_t *p, uint32_t len, unsigned lane)
{
	mpz_t v, w;

	mpz_inits(v, w, NULL);
	mpz_import(v, len, 1, 1, 1, 0, p);
	kit_get(w, &out, 0, 8 * len, lane);
	assert_int_equal(0, mpz_cmp(v, w));
	mpz_clears(v, w, NULL);
}

static void
encrypt(uint8_t d[16], const uint8_t *key, const uint8_t block[16], uint32_t key_bytes)
{
	EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
	int len;

	assert_int_equal(1, EVP_EncryptInit_ex(x, key_bytes == 16 ? EVP_aes_128_ecb() :
	    EVP_aes_256_ecb(), NULL, key, NULL));
	EVP_CIPHER_CTX_set_padding(x, 0);
	assert_int_equal(1, EVP_EncryptUpdate(x, d, &len, block, 16));
	EVP_CIPHER_CTX_free(x);
}

static void
check_aes(const char *name, uint32_t key_bytes, enum goal goal)
{
	static uint8_t key[LANES][32], block[LANES][16];
	uint8_t want[16];
	struct circuit c;
	bool found;

	random_bytes(key, sizeof key);
	random_bytes(block, sizeof block);
	assert_int_equal(ST_OK, library_circuit(&c, name, goal, &found));
	assert_true(found);
	for (unsigned i = 0; i < LANES; i++) {
		put_bytes(0, key[i], key_bytes, i);
		put_bytes(8 * key_bytes, block[i], 16, i);
	}
	kit_eval(&out, &in, &c);
	for (unsigned i = 0; i < LANES; i++) {
		encrypt(want, key[i], block[i], key_bytes);
		expect_bytes(want, 16, i);
	}
	uint32_t boxes = key_bytes == 16 ? 200 : 276, rounds = key_bytes == 16 ? 10 : 14;
	assert_int_equal(boxes * (goal == GOAL_SMALL ? 32 : 34), circuit_n_ands(&c));
	assert_int_equal(rounds * (goal == GOAL_SMALL ? 6 : 4), c.n_layers);
	circuit_fini(&c);
}

static void
test_aes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum goal goal = i == 0 ? GOAL_SMALL : GOAL_SHALLOW;
		check_aes("aes_128", 16, goal);
		check_aes("aes_256", 32, goal);
	}
}

/* FIPS 197, appendix B. */
static void
test_aes_vector(void **state)
{
	(void)state;
	static const uint8_t key[] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15,
	    0x88, 0x09, 0xcf, 0x4f, 0x3c };
	static const uint8_t block[] = { 0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d, 0x31, 0x31,
	    0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34 };
	static const uint8_t want[] = { 0x39, 0x25, 0x84, 0x1d, 0x02, 0xdc, 0x09, 0xfb, 0xdc, 0x11, 0x85,
	    0x97, 0x19, 0x6a, 0x0b, 0x32 };
	struct circuit c;
	bool found;

	assert_int_equal(ST_OK, library_circuit(&c, "aes_128", GOAL_SMALL, &found));
	put_bytes(0, key, 16, 0);
	put_bytes(128, block, 16, 0);
	kit_eval(&out, &in, &c);
	expect_bytes(want, 16, 0);
	circuit_fini(&c);
}

static void
put_state(const SHA256_CTX *x, uint8_t d[32])
{
	for (unsigned i = 0; i < 32; i++)
		d[i] = (uint8_t)(x->h[i / 4] >> (24 - 8 * (i % 4)));
}

static void
check_sha(const char *name, bool with_state, enum goal goal)
{
	static uint8_t block[LANES][64], before[LANES][32];
	uint8_t want[32];
	SHA256_CTX x;
	struct circuit c;
	bool found;

	random_bytes(block, sizeof block);
	random_bytes(before, sizeof before);
	assert_int_equal(ST_OK, library_circuit(&c, name, goal, &found));
	for (unsigned i = 0; i < LANES; i++) {
		if (with_state)
			put_bytes(0, before[i], 32, i);
		put_bytes(with_state ? 256 : 0, block[i], 64, i);
	}
	kit_eval(&out, &in, &c);
	for (unsigned i = 0; i < LANES; i++) {
		SHA256_Init(&x);
		for (unsigned j = 0; j < 8 && with_state; j++)
			x.h[j] = (uint32_t)before[i][4 * j] << 24 | (uint32_t)before[i][4 * j + 1] << 16 |
			    (uint32_t)before[i][4 * j + 2] << 8 | before[i][4 * j + 3];
		SHA256_Transform(&x, block[i]);
		put_state(&x, want);
		expect_bytes(want, 32, i);
	}
	assert_true(circuit_n_ands(&c) <= (goal == GOAL_SMALL ? 22335 : 46580));
	assert_true(c.n_layers <= (goal == GOAL_SMALL ? 1607 : 496));
	circuit_fini(&c);
}

static void
test_sha(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		enum goal goal = i == 0 ? GOAL_SMALL : GOAL_SHALLOW;
		check_sha("sha_256", false, goal);
		check_sha("sha_256_compress", true, goal);
	}
}

static void
test_names(void **state)
{
	(void)state;
	struct circuit c;
	bool found;

	assert_int_equal(ST_OK, library_circuit(&c, "aes_129", GOAL_SMALL, &found));
	assert_false(found);
	assert_null(library_find("aes"));
	assert_int_equal(512, library_find("sha_256")->width[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aes),
		cmocka_unit_test(test_aes_vector),
		cmocka_unit_test(test_sha),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
