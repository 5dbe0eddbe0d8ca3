/* test_record.c: records against every fault of a line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/record.h"

enum { LEN = 40, WHOLE = LEN + RECORD_OVERHEAD };

static const struct record_keys keys = { { 1, 2, 3 }, { 4, 5, 6 } };
static const struct record_keys other_keys = { { 1, 2, 4 }, { 4, 5, 6 } };
static const char text[LEN] = "a message of forty bytes, no more of it";

static void
seal(struct record_dir *d, uint8_t *out, enum record_type type, bool more)
{
	const struct record_head h = { LEN, type, more };

	assert_int_equal(record_seal(d, out, &h, text), ST_OK);
}

/* As a receiver does: head first, then the body. */
static enum status
open_one(struct record_dir *d, struct record_head *h, uint8_t out[LEN], const uint8_t *record)
{
	enum status st;

	memset(out, 0xee, LEN);
	TRY(record_head_check(d, h, record));
	TRY(h->len == LEN ? ST_OK : ST_AUTH);
	TRY(record_open(d, out, record));
out:
	return st;
}

static enum status
open_fresh(const struct record_keys *k, const uint8_t *record)
{
	struct record_dir d;
	struct record_head h;
	uint8_t out[LEN];
	enum status st;

	assert_int_equal(record_init(&d, k, false), ST_OK);
	st = open_one(&d, &h, out, record);
	if (st == ST_OK)
		assert_memory_equal(out, text, LEN);
	else
		assert_memory_not_equal(out, text, LEN);
	record_fini(&d);
	return st;
}

static void
what_is_sealed_opens(void **state)
{
	struct record_dir out, in;
	struct record_head h;
	uint8_t record[WHOLE], back[LEN];

	(void)state;
	assert_int_equal(record_init(&out, &keys, true), ST_OK);
	assert_int_equal(record_init(&in, &keys, false), ST_OK);
	for (unsigned i = 0; i < 5; i++) {
		seal(&out, record, i == 3 ? RECORD_CONTROL : RECORD_DATA, i % 2 == 0);
		assert_int_equal(open_one(&in, &h, back, record), ST_OK);
		assert_memory_equal(back, text, LEN);
		assert_int_equal(h.type, i == 3 ? RECORD_CONTROL : RECORD_DATA);
		assert_int_equal(h.more, i % 2 == 0);
	}
	record_fini(&out);
	record_fini(&in);
}

static void
an_empty_record_opens(void **state)
{
	struct record_dir out, in;
	struct record_head h = { 0, RECORD_CLOSE, false };
	uint8_t record[RECORD_OVERHEAD], none[1];

	(void)state;
	assert_int_equal(record_init(&out, &keys, true), ST_OK);
	assert_int_equal(record_init(&in, &keys, false), ST_OK);
	assert_int_equal(record_seal(&out, record, &h, NULL), ST_OK);
	assert_int_equal(record_head_check(&in, &h, record), ST_OK);
	assert_int_equal(h.type, RECORD_CLOSE);
	assert_int_equal(record_open(&in, none, record), ST_OK);
	record_fini(&out);
	record_fini(&in);
}

/* The layout of wire_format.h, computed with OpenSSL and libsodium directly, for record 1. */
static void
records_are_as_documented(void **state)
{
	struct record_dir d;
	uint8_t record[WHOLE], want[WHOLE] = { LEN, 0, 0, 0, RECORD_DATA, 1 };
	uint8_t hashed[16] = { LEN, 0, 0, 0, RECORD_DATA, 1, 0, 0, 1 }, iv[12] = { 0, 0, 0, 0, 1 };
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	int n;

	(void)state;
	assert_int_equal(record_init(&d, &keys, true), ST_OK);
	seal(&d, record, RECORD_DATA, true);
	seal(&d, record, RECORD_DATA, true);
	crypto_shorthash(want + 8, hashed, sizeof hashed, keys.head);
	EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, keys.aes, iv);
	EVP_EncryptUpdate(c, NULL, &n, want, RECORD_HEAD);
	EVP_EncryptUpdate(c, want + RECORD_HEAD, &n, (const uint8_t *)text, LEN);
	EVP_EncryptFinal_ex(c, want + RECORD_HEAD + LEN, &n);
	EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, RECORD_TAG, want + RECORD_HEAD + LEN);
	assert_memory_equal(record, want, WHOLE);
	EVP_CIPHER_CTX_free(c);
	record_fini(&d);
}

static void
every_flipped_bit_is_refused(void **state)
{
	struct record_dir d;
	uint8_t record[WHOLE];

	(void)state;
	assert_int_equal(record_init(&d, &keys, true), ST_OK);
	seal(&d, record, RECORD_DATA, false);
	assert_int_equal(open_fresh(&keys, record), ST_OK);
	for (size_t i = 0; i < WHOLE * 8; i++) {
		record[i / 8] ^= (uint8_t)(1u << (i % 8));
		assert_int_equal(open_fresh(&keys, record), ST_AUTH);
		record[i / 8] ^= (uint8_t)(1u << (i % 8));
	}
	assert_int_equal(open_fresh(&other_keys, record), ST_AUTH);
	record_fini(&d);
}

/* A stream that lacks a piece goes on with bytes of the next record: refused wherever it begins. */
static void
every_missing_piece_is_refused(void **state)
{
	struct record_dir d;
	uint8_t two[2 * WHOLE], cut[2 * WHOLE];

	(void)state;
	assert_int_equal(record_init(&d, &keys, true), ST_OK);
	seal(&d, two, RECORD_DATA, false);
	seal(&d, two + WHOLE, RECORD_DATA, false);
	for (size_t from = 0; from < WHOLE; from++) {
		memcpy(cut, two, from);
		memcpy(cut + from, two + from + 1, 2 * WHOLE - from - 1);
		assert_int_equal(open_fresh(&keys, cut), ST_AUTH);
	}
	assert_int_equal(open_fresh(&keys, two + WHOLE), ST_AUTH);
	record_fini(&d);
}

static void
replayed_and_swapped_records_are_refused(void **state)
{
	struct record_dir out, in;
	struct record_head h;
	uint8_t r[3][WHOLE], back[LEN];

	(void)state;
	assert_int_equal(record_init(&out, &keys, true), ST_OK);
	assert_int_equal(record_init(&in, &keys, false), ST_OK);
	for (unsigned i = 0; i < 3; i++)
		seal(&out, r[i], RECORD_DATA, false);
	assert_int_equal(open_one(&in, &h, back, r[0]), ST_OK);
	assert_int_equal(record_head_check(&in, &h, r[0]), ST_AUTH);
	assert_int_equal(record_head_check(&in, &h, r[2]), ST_AUTH);
	/* The tag binds the number, too, should the head's hash be forged. */
	assert_int_equal(record_open(&in, back, r[2]), ST_AUTH);
	record_fini(&out);
	record_fini(&in);
}

static void
an_authentic_head_of_another_version_aborts(void **state)
{
	uint8_t head[RECORD_HEAD];
	struct record_dir d;
	struct record_head h;
	const uint8_t bad[][8] = {
		{ 1, 0, 1, 0, RECORD_DATA }, { 1, 0, 0, 0, 0 }, { 0, 0, 0, 0, RECORD_ALIVE + 1 },
		{ 1, 0, 0, 0, RECORD_ALIVE }, { 0, 0, 0, 0, RECORD_ALIVE, 1 },
		{ 1, 0, 0, 0, RECORD_DATA, 2 }, { 1, 0, 0, 0, RECORD_DATA, 0, 1 },
		{ 1, 0, 0, 0, RECORD_DATA, 0, 0, 1 }, { 0, 0, 0, 1, RECORD_DATA },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint8_t hashed[16] = { 0 };

		memcpy(hashed, bad[i], 8);
		memcpy(head, bad[i], 8);
		crypto_shorthash(head + 8, hashed, sizeof hashed, keys.head);
		assert_int_equal(record_init(&d, &keys, false), ST_OK);
		assert_int_equal(record_head_check(&d, &h, head), ST_ABORT);
		record_fini(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_sealed_opens),
		cmocka_unit_test(an_empty_record_opens),
		cmocka_unit_test(records_are_as_documented),
		cmocka_unit_test(every_flipped_bit_is_refused),
		cmocka_unit_test(every_missing_piece_is_refused),
		cmocka_unit_test(replayed_and_swapped_records_are_refused),
		cmocka_unit_test(an_authentic_head_of_another_version_aborts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
