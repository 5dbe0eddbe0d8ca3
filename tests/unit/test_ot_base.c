/* test_ot_base.c: both sides of the base OT agree, and what is no point is refused. */
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

static void
test_keys_agree(void **state)
{
	(void)state;
	const struct ot_base_id id = { "a session", 2, 5 };
	block choice = begin(&id, &id);

	assert_int_equal(ST_OK, ot_base_consume_choice(both, &sender, choice_msg));
	assert_int_equal(ST_OK, ot_base_consume_sender(one, &receiver, sender_msg));
	for (unsigned j = 0; j < N_BASE_OT; j++) {
		assert_memory_equal(&one[j], &both[j][bit(choice, j)], 16);
		assert_memory_not_equal(&one[j], &both[j][1 - bit(choice, j)], 16);
	}
	/* What was consumed is gone. */
	assert_true(sodium_is_zero((uint8_t *)&sender, sizeof sender));
	assert_true(sodium_is_zero((uint8_t *)&receiver, sizeof receiver));
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

		assert_int_equal(ST_OK, ot_base_consume_choice(both, &sender, choice_msg));
		assert_int_equal(ST_OK, ot_base_consume_sender(one, &receiver, sender_msg));
		for (unsigned j = 0; j < N_BASE_OT; j++)
			assert_memory_not_equal(&one[j], &both[j][bit(choice, j)], 16);
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
		memcpy(sender_msg + 32 * (30 + i), bad_point[i], 32);
		assert_int_equal(ST_ABORT, ot_base_consume_choice(both, &sender, choice_msg));
		assert_int_equal(ST_ABORT, ot_base_consume_sender(one, &receiver, sender_msg));
		assert_true(sodium_is_zero((uint8_t *)both, sizeof both));
		assert_true(sodium_is_zero((uint8_t *)one, sizeof one));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_agree),
		cmocka_unit_test(test_identity_binds),
		cmocka_unit_test(test_bad_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
