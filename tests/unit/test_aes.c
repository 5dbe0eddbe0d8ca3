/* test_aes.c: every AES kernel of this machine against OpenSSL, and against ref. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "../../runtime/base/aes.h"
#include "../../runtime/base/prg.h"
#include "../../runtime/base/random.h"

enum { N = 75 };

static const struct aes_kernel *
kernel(int i)
{
	return i == 0 ? aes_ref() : i == 1 ? aes_ni() : i == 2 ? aes_vaes() : aes_best();
}

static void
openssl_ecb(block *out, const block *in, block key, size_t n)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int len;

	assert_non_null(c);
	assert_int_equal(1, EVP_EncryptInit_ex(c, EVP_aes_128_ecb(), NULL, (uint8_t *)&key, NULL));
	EVP_CIPHER_CTX_set_padding(c, 0);
	assert_int_equal(1, EVP_EncryptUpdate(c, (uint8_t *)out, &len, (const uint8_t *)in,
	    (int)(16 * n)));
	assert_int_equal(16 * n, len);
	EVP_CIPHER_CTX_free(c);
}

/* FIPS 197, appendix C.1. */
static void
test_fips197(void **state)
{
	(void)state;
	const uint8_t want[16] = { 0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30,
	    0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5, 0x5a };
	uint8_t key[16], in[16];
	block k, x;
	struct aes_key rk;

	for (int i = 0; i < 16; i++) {
		key[i] = (uint8_t)i;
		in[i] = (uint8_t)(17 * i);
	}
	memcpy(&k, key, 16);
	for (int i = 0; i < 4; i++) {
		if (kernel(i) == NULL)
			continue;
		memcpy(&x, in, 16);
		kernel(i)->expand(&rk, k);
		kernel(i)->ecb(&x, &x, &rk, 1);
		assert_memory_equal(&x, want, 16);
	}
}

static void
test_ecb(void **state)
{
	(void)state;
	block in[N], want[N], got[N + 1], key;
	struct aes_key rk;

	random_bytes(in, sizeof in);
	random_bytes(&key, sizeof key);
	openssl_ecb(want, in, key, N);
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= N && kernel(i) != NULL; n++) {
			memset(got, 0x5a, sizeof got);
			kernel(i)->expand(&rk, key);
			kernel(i)->ecb(got, in, &rk, n);
			assert_memory_equal(got, want, 16 * n);
			assert_int_equal(0x5a5a5a5a5a5a5a5a, got[n].w[0]);
		}
}

static void
test_ctr(void **state)
{
	(void)state;
	block in[N], want[N], got[N + 1], key;
	struct aes_key rk;
	/* The counter wraps within the batch, without a carry into seq. */
	uint64_t seq = 0xfedcba9876543210, first = (uint64_t)0 - 30;

	random_bytes(&key, sizeof key);
	for (size_t j = 0; j < N; j++)
		in[j] = (block){ { first + j, seq } };
	openssl_ecb(want, in, key, N);
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= N && kernel(i) != NULL; n++) {
			memset(got, 0x5a, sizeof got);
			kernel(i)->expand(&rk, key);
			kernel(i)->ctr(got, &rk, seq, first, n);
			assert_memory_equal(got, want, 16 * n);
			assert_int_equal(0x5a5a5a5a5a5a5a5a, got[n].w[0]);
		}
}

/* Many keys, a few blocks under each. */
static void
test_ctr_keys(void **state)
{
	(void)state;
	enum { KEYS = 7, BLOCKS = 13 };
	block key[KEYS], in[BLOCKS], want[BLOCKS], got[KEYS * BLOCKS + 1];

	random_bytes(key, sizeof key);
	for (size_t i = 0; i < BLOCKS; i++)
		in[i] = (block){ { 1000 + i, 0 } };
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= BLOCKS && kernel(i) != NULL; n++)
			for (size_t keys = 0; keys <= KEYS; keys++) {
				memset(got, 0x5a, sizeof got);
				kernel(i)->ctr_keys(got, key, keys, 1000, n);
				for (size_t j = 0; j < keys; j++) {
					openssl_ecb(want, in, key[j], BLOCKS);
					assert_memory_equal(got + j * n, want, 16 * n);
				}
				assert_int_equal(0x5a5a5a5a5a5a5a5a, got[keys * n].w[0]);
			}
}

/* H(x, i) by its definition, with OpenSSL's AES. */
static block
hash_by_definition(block x, block s, uint64_t tweak)
{
	block key = s, y = { { x.w[1], x.w[1] ^ x.w[0] } }, z;

	key.w[0] ^= tweak;
	openssl_ecb(&z, &y, key, 1);
	return (block){ { z.w[0] ^ y.w[0], z.w[1] ^ y.w[1] } };
}

static void
test_hash(void **state)
{
	(void)state;
	block in[N], want0[N], want1[N], got0[N + 1], got1[N + 1], s, delta;
	uint64_t tweak = 0xfffffffffffffff3;

	random_bytes(in, sizeof in);
	random_bytes(&s, sizeof s);
	random_bytes(&delta, sizeof delta);
	for (size_t j = 0; j < N; j++) {
		want0[j] = hash_by_definition(in[j], s, tweak + j);
		want1[j] = hash_by_definition((block){ { in[j].w[0] ^ delta.w[0],
		    in[j].w[1] ^ delta.w[1] } }, s, tweak + j);
	}
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= N && kernel(i) != NULL; n++) {
			memset(got0, 0x5a, sizeof got0);
			memset(got1, 0x5a, sizeof got1);
			kernel(i)->hash2(got0, got1, in, delta, s, tweak, n);
			assert_memory_equal(got0, want0, 16 * n);
			assert_memory_equal(got1, want1, 16 * n);
			assert_int_equal(0x5a5a5a5a5a5a5a5a, got1[n].w[0]);
			memcpy(got0, in, sizeof in);
			kernel(i)->hash(got0, got0, s, tweak, n);
			assert_memory_equal(got0, want0, 16 * n);
		}
}

static block
xor_if(block a, block b, uint64_t c)
{
	return (block){ { a.w[0] ^ (c & 1 ? b.w[0] : 0), a.w[1] ^ (c & 1 ? b.w[1] : 0) } };
}

/* Gate i as in figure 2 of Zahur, Rosulek, Evans: j = tweak + 2i, j' = tweak + 2i + 1. */
static void
gate_by_definition(block *w0, block *tg, block *te, block a0, block b0, block delta, block s,
    uint64_t j)
{
	block ha0 = hash_by_definition(a0, s, j);
	block ha1 = hash_by_definition(xor_if(a0, delta, 1), s, j);
	block hb0 = hash_by_definition(b0, s, j + 1);
	block hb1 = hash_by_definition(xor_if(b0, delta, 1), s, j + 1);
	block wg, we;

	*tg = xor_if(xor_if(ha0, ha1, 1), delta, b0.w[0]);
	wg = xor_if(ha0, *tg, a0.w[0]);
	*te = xor_if(xor_if(hb0, hb1, 1), a0, 1);
	we = xor_if(hb0, xor_if(*te, a0, 1), b0.w[0]);
	*w0 = xor_if(wg, we, 1);
}

static void
test_garble(void **state)
{
	(void)state;
	block a[N], b[N], want[N], tg[N], te[N], got[N + 1], table[2 * N + 1], s, delta;
	uint64_t tweak = 0xfffffffffffffff3;

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	random_bytes(&s, sizeof s);
	random_bytes(&delta, sizeof delta);
	delta.w[0] |= 1;
	for (size_t j = 0; j < N; j++)
		gate_by_definition(&want[j], &tg[j], &te[j], a[j], b[j], delta, s, tweak + 2 * j);
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= N && kernel(i) != NULL; n++) {
			memset(got, 0x5a, sizeof got);
			memset(table, 0x5a, sizeof table);
			kernel(i)->garble(got, table, a, b, delta, s, tweak, n);
			assert_memory_equal(got, want, 16 * n);
			assert_int_equal(0x5a5a5a5a5a5a5a5a, got[n].w[0]);
			assert_int_equal(0x5a5a5a5a5a5a5a5a, table[2 * n].w[0]);
			for (size_t j = 0; j < n; j++) {
				size_t first = j / 4 * 4, m = n - first < 4 ? n - first : 4;

				assert_memory_equal(&table[first + j], &tg[j], 16);
				assert_memory_equal(&table[first + m + j], &te[j], 16);
			}
		}
}

/* All four rows of the truth table, in every kernel. */
static void
test_evaluate(void **state)
{
	(void)state;
	block a[N], b[N], d[N], x[N], y[N], got[N + 1], table[2 * N], s, delta;

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	random_bytes(&s, sizeof s);
	random_bytes(&delta, sizeof delta);
	delta.w[0] |= 1;
	for (int i = 0; i < 4; i++)
		for (size_t n = 0; n <= N && kernel(i) != NULL; n++) {
			aes_ref()->garble(d, table, a, b, delta, s, 77, n);
			for (size_t j = 0; j < n; j++) {
				x[j] = xor_if(a[j], delta, j + n);
				y[j] = xor_if(b[j], delta, (j + n) / 2);
			}
			memset(got, 0x5a, sizeof got);
			kernel(i)->evaluate(got, table, x, y, s, 77, n);
			for (size_t j = 0; j < n; j++) {
				block want = xor_if(d[j], delta, (j + n) & (j + n) / 2);

				assert_memory_equal(&got[j], &want, 16);
			}
			assert_int_equal(0x5a5a5a5a5a5a5a5a, got[n].w[0]);
		}
}

/* The same input under two tweaks gives unrelated outputs. */
static void
test_tweaks_differ(void **state)
{
	(void)state;
	block in[2] = { 0 }, out[2], s = { 0 };

	aes_best()->hash(out, in, s, 7, 2);
	assert_memory_not_equal(&out[0], &out[1], 16);
}

static void
test_prg(void **state)
{
	(void)state;
	const uint8_t key[16] = "0123456789abcde";
	struct prg g;
	uint8_t whole[1000], part[40];

	prg_init(&g, key);
	prg_fill(&g, 9, 0, whole, sizeof whole);
	/* Addressed, not running: any piece can be had again, of any length. */
	prg_fill(&g, 9, 3, part, 37);
	assert_memory_equal(part, whole + 48, 37);
	prg_fill(&g, 10, 3, part, 37);
	assert_memory_not_equal(part, whole + 48, 37);

	block in[2] = { { { 3, 9 } }, { { 4, 9 } } }, out[2], k;
	memcpy(&k, key, 16);
	openssl_ecb(out, in, k, 2);
	assert_memory_equal(out, whole + 48, 32);
	prg_fini(&g);
}

/* Any length to any place gives the same bytes, and none beside them; elements begin anywhere. */
static void
test_prg_places(void **state)
{
	(void)state;
	enum { LEN = 5000 };
	const uint8_t key[16] = "0123456789abcde";
	static const size_t len[] = { 0, 1, 8, 15, 16, 17, 48, 1024, 2047, 2048, 2049, 4097 };
	static uint8_t whole[LEN], part[LEN + 32] __attribute__((aligned(64)));
	struct prg g;

	prg_init(&g, key);
	memset(whole, 0, sizeof whole);
	for (size_t i = 0; i < LEN / 16; i++)
		prg_fill(&g, 1, i, whole + 16 * i, 16);
	for (size_t at = 0; at < 24; at++)
		for (size_t i = 0; i < sizeof len / sizeof *len; i++) {
			memset(part, 0xa5, sizeof part);
			prg_fill(&g, 1, 5, part + at, len[i]);
			assert_memory_equal(part + at, whole + 80, len[i]);
			assert_true(part[at + len[i]] == 0xa5 && (at == 0 || part[at - 1] == 0xa5));
		}
	for (size_t lo = 0; lo < 5; lo++)
		for (size_t n = 0; n < 40; n++) {
			memset(part, 0xa5, sizeof part);
			prg_elements(&g, 1, lo, 64, part + 8, n);
			assert_memory_equal(part + 8, whole + 8 * lo, 8 * n);
			assert_int_equal(0xa5, part[8 + 8 * n]);
			prg_elements(&g, 1, lo, 128, part + 16, n);
			assert_memory_equal(part + 16, whole + 16 * lo, 16 * n);
		}
	prg_fini(&g);
}

static void
test_random(void **state)
{
	(void)state;
	uint8_t a[64] = { 0 }, b[64] = { 0 };

	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fips197),
		cmocka_unit_test(test_ecb),
		cmocka_unit_test(test_ctr),
		cmocka_unit_test(test_ctr_keys),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_garble),
		cmocka_unit_test(test_evaluate),
		cmocka_unit_test(test_tweaks_differ),
		cmocka_unit_test(test_prg),
		cmocka_unit_test(test_prg_places),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
