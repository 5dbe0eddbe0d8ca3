/* test_ot_base.c: both sides of the base OT agree, keys are what the paper says, and what is no
 * point, no challenge or no answer is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

#include "../../protocols/ot_base.h"
#include "../../runtime/base/random.h"

static struct ot_base_receiver receiver;
static struct ot_base_sender sender;
static uint8_t choice_msg[OT_CHOICE_BYTES], sender_msg[OT_SENDER_BYTES];
static uint8_t challenge_msg[OT_CHALLENGE_BYTES], answer_msg[OT_ANSWER_BYTES];
static block both[N_BASE_OT][2], one[N_BASE_OT];

static block
begin(const struct ot_base_id *at_receiver, const struct ot_base_id *at_sender)
{
	block choice;

	random_bytes(&choice, sizeof choice);
	ot_base_create_choice(&receiver, choice_msg, at_receiver, choice);
	ot_base_create_sender(&sender, sender_msg, at_sender);
	return choice;
}

static unsigned
bit(block b, unsigned j)
{
	return (unsigned)(b.w[j / 64] >> j % 64 & 1);
}

/* Everything up to the receiver's check. */
static void
make_keys(void)
{
	assert_int_equal(ST_OK, ot_base_consume_choice(both, &sender, choice_msg));
	assert_int_equal(ST_OK, ot_base_consume_sender(one, &receiver, sender_msg));
	ot_base_create_challenge(&sender, challenge_msg, (const block (*)[2])both);
}

static int
distinct_keys(void)
{
	int n = 0;

	for (unsigned i = 0; i < 2 * N_BASE_OT; i++) {
		unsigned j = 0;

		while (j < i && memcmp(&both[i / 2][i % 2], &both[j / 2][j % 2], 16) != 0)
			j++;
		n += j == i;
	}
	return n;
}

static void
test_keys_agree(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 2, 5 };
	block choice = begin(&id, &id);

	make_keys();
	assert_true(sodium_is_zero(sender.r, sizeof sender.r));
	assert_true(sodium_is_zero((uint8_t *)receiver.alpha, sizeof receiver.alpha));
	assert_int_equal(ST_OK, ot_base_consume_challenge(one, &receiver, challenge_msg));
	ot_base_create_answer(&receiver, answer_msg);
	assert_int_equal(ST_OK, ot_base_consume_answer(&sender, answer_msg));
	for (unsigned j = 0; j < N_BASE_OT; j++) {
		assert_memory_equal(&one[j], &both[j][bit(choice, j)], 16);
		assert_memory_not_equal(&one[j], &both[j][1 - bit(choice, j)], 16);
	}
	assert_int_equal(2 * N_BASE_OT, distinct_keys());
	/* What was consumed is gone. */
	assert_true(sodium_is_zero((uint8_t *)&sender, sizeof sender));
	assert_true(sodium_is_zero((uint8_t *)&receiver, sizeof receiver));
}

/* The receiver stops, and neither its keys nor an answer are left. */
static void
refuse_challenge(void)
{
	assert_int_equal(ST_ABORT, ot_base_consume_challenge(one, &receiver, challenge_msg));
	assert_true(sodium_is_zero((uint8_t *)&receiver, sizeof receiver));
	assert_true(sodium_is_zero((uint8_t *)one, sizeof one));
}

/* Session and names are in the keys: two sides that differ in one of them share nothing. */
static void
test_identity_binds(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 2, 5 };
	const struct ot_base_id wrong[] = {
		{ "b session", 2, 5 }, { "a session", 3, 5 }, { "a session", 2, 6 },
	};

	for (size_t i = 0; i < 3; i++) {
		block choice = begin(&id, &wrong[i]);

		make_keys();
		for (unsigned j = 0; j < N_BASE_OT; j++)
			assert_memory_not_equal(&one[j], &both[j][bit(choice, j)], 16);
		refuse_challenge();
	}
}

/* Encodings that are not the canonical one of a point other than the identity: zero, a field
 * element that is not reduced (p = 2^255 - 19), a negative one, one that is on no curve. */
static const uint8_t bad_point[][32] = {
	{ 0 },
	{ 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	  0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
	{ 1 },
	/* RFC 9496, appendix A.2: non-square x^2 */
	{ 0x26, 0x94, 0x8d, 0x35, 0xca, 0x62, 0xe6, 0x43, 0xe2, 0x6a, 0x83,
	  0x17, 0x73, 0x32, 0xe6, 0xb6, 0xaf, 0xeb, 0x9d, 0x08, 0xe4, 0x26,
	  0x8b, 0x65, 0x0f, 0x1f, 0x5b, 0xbd, 0x8d, 0x81, 0xd3, 0x71 },
};

static void
test_bad_points(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };

	for (size_t i = 0; i < sizeof bad_point / sizeof *bad_point; i++) {
		(void)begin(&id, &id);
		memcpy(choice_msg + 32 * (i == 0 ? 0 : 77 + i), bad_point[i], 32);
		memcpy(sender_msg, bad_point[i], 32);
		assert_int_equal(ST_ABORT, ot_base_consume_choice(both, &sender, choice_msg));
		assert_int_equal(ST_ABORT, ot_base_consume_sender(one, &receiver, sender_msg));
		assert_true(sodium_is_zero((uint8_t *)both, sizeof both));
		assert_true(sodium_is_zero((uint8_t *)one, sizeof one));
	}
}

/* B_i = g^alpha_i for choice 0 and g^alpha_i T for choice 1, for one T. */
static void
test_choices_are_points(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };
	block choice = begin(&id, &id);
	uint8_t g[32], t[32], found[32] = { 0 };

	for (unsigned j = 0; j < N_BASE_OT; j++) {
		assert_int_equal(0, crypto_scalarmult_ristretto255_base(g, receiver.alpha[j]));
		assert_int_equal(0, crypto_core_ristretto255_sub(t, choice_msg + 32 * j, g));
		if (bit(choice, j) == 1 && sodium_is_zero(found, 32))
			memcpy(found, t, 32);
		assert_int_equal(bit(choice, j) == 0, sodium_is_zero(t, 32));
		assert_true(bit(choice, j) == 0 || memcmp(t, found, 32) == 0);
	}
}

/* B_i = T would make the second key one that everybody knows. */
static void
test_known_key(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };
	block choice = begin(&id, &id);
	uint8_t g[32], t[32];
	unsigned j = 0;

	while (bit(choice, j) == 0)
		j++;
	assert_int_equal(0, crypto_scalarmult_ristretto255_base(g, receiver.alpha[j]));
	assert_int_equal(0, crypto_core_ristretto255_sub(t, choice_msg + 32 * j, g));
	memcpy(choice_msg + 32 * 100, t, 32);
	assert_int_equal(ST_ABORT, ot_base_consume_choice(both, &sender, choice_msg));
	assert_true(sodium_is_zero((uint8_t *)both, sizeof both));
	assert_true(sodium_is_zero((uint8_t *)&sender, sizeof sender));
}

/* Every part of each message changed on its way: points that are valid but others, the seed, and
 * gamma make the receiver's check fail, whatever it chose. */
static void
test_changed_messages(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };

	(void)begin(&id, &id);
	memcpy(choice_msg, choice_msg + 32, 32);
	make_keys();
	refuse_challenge();
	(void)begin(&id, &id);
	choice_msg[OT_CHOICE_BYTES - 1] ^= 1;
	make_keys();
	refuse_challenge();
	(void)begin(&id, &id);
	memcpy(sender_msg, choice_msg, 32);
	make_keys();
	refuse_challenge();
	(void)begin(&id, &id);
	make_keys();
	challenge_msg[OT_CHALLENGE_BYTES - 1] ^= 128;
	refuse_challenge();
}

/* A sender that guesses: a changed Chall_i is seen by receivers with b_i = 1, and only by them. */
static void
test_changed_challenge(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };
	const block choice = { { 0x00ff3333f0f05555, 0x123456789abcdef0 } };

	for (unsigned i = 0; i < 16; i++) {
		unsigned j = 8 * i + i % 8;

		ot_base_create_choice(&receiver, choice_msg, &id, choice);
		ot_base_create_sender(&sender, sender_msg, &id);
		make_keys();
		challenge_msg[32 * j + i] ^= 1;
		if (bit(choice, j) == 1) {
			refuse_challenge();
		} else {
			assert_int_equal(
			    ST_OK, ot_base_consume_challenge(one, &receiver, challenge_msg));
			ot_base_create_answer(&receiver, answer_msg);
			assert_int_equal(ST_OK, ot_base_consume_answer(&sender, answer_msg));
		}
	}
}

static void
test_changed_answer(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 0, 1 };

	for (unsigned i = 0; i < OT_ANSWER_BYTES; i += 31) {
		(void)begin(&id, &id);
		make_keys();
		assert_int_equal(ST_OK, ot_base_consume_challenge(one, &receiver, challenge_msg));
		ot_base_create_answer(&receiver, answer_msg);
		answer_msg[i] ^= 16;
		assert_int_equal(ST_ABORT, ot_base_consume_answer(&sender, answer_msg));
		assert_true(sodium_is_zero((uint8_t *)&sender, sizeof sender));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_agree),
		cmocka_unit_test(test_identity_binds),
		cmocka_unit_test(test_bad_points),
		cmocka_unit_test(test_choices_are_points),
		cmocka_unit_test(test_known_key),
		cmocka_unit_test(test_changed_messages),
		cmocka_unit_test(test_changed_challenge),
		cmocka_unit_test(test_changed_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
