/* test_ot_ext.c: the correlation of extended OTs, by its definition, and what breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/ot_ext.h"
#include "../../runtime/base/random.h"

static struct cot_receiver receiver;
static struct cot_sender sender;
static struct cot_scratch scratch;
static uint8_t msg[COT_TREES * COT_BATCH / 8], choice[COT_BATCH / 8];
static block t[COT_BATCH], q[COT_BATCH], pad[COT_BATCH], pad0[COT_BATCH], pad1[COT_BATCH];

/* Base OTs by a dealer; test_ot_base tests real ones. */
static int
setup(void **state)
{
	(void)state;
	block both[N_BASE_OT][2], one[N_BASE_OT], delta, s;
	uint8_t m[COT_SETUP_BYTES];

	random_bytes(both, sizeof both);
	random_bytes(&delta, sizeof delta);
	random_bytes(&s, sizeof s);
	for (size_t j = 0; j < N_BASE_OT; j++)
		one[j] = both[j][1 - (delta.w[j / 64] >> j % 64 & 1)];
	cot_create_setup(&receiver, m, (const block (*)[2])both, s);
	cot_consume_setup(&sender, m, one, delta, s);
	return 0;
}

static unsigned
chosen(size_t j)
{
	return choice[j / 8] >> j % 8 & 1;
}

static void
test_correlation(void **state)
{
	(void)state;
	const size_t size[] = { 1, 63, 64, 65, 512, 513, 4000, COT_BATCH };

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		size_t n = size[i];

		random_bytes(choice, sizeof choice);
		cot_create_extend(&receiver, &scratch, msg, t, choice, n);
		cot_consume_extend(&sender, &scratch, q, msg, n);
		for (size_t j = 0; j < n; j++) {
			block want = chosen(j) ? block_xor(q[j], sender.delta) : q[j];

			assert_memory_equal(&t[j], &want, sizeof want);
			if (j > 0)
				assert_memory_not_equal(&q[j], &q[j - 1], sizeof want);
		}
	}
}

/* Exactly as many bytes as announced are written, and all of them matter. */
static void
test_message_length(void **state)
{
	(void)state;
	enum { N = 100 };

	assert_int_equal(COT_TREES * 16, cot_bytes(N));
	memset(msg, 0x5a, sizeof msg);
	cot_create_extend(&receiver, &scratch, msg, t, choice, N);
	assert_int_equal(0x5a, msg[cot_bytes(N)]);
	msg[5 * 16 + 3] ^= 1;       /* tree 5, COT 24 */
	cot_consume_extend(&sender, &scratch, q, msg, N);
	for (size_t j = 0; j < N; j++) {
		block want = chosen(j) ? block_xor(q[j], sender.delta) : q[j];
		block mask = { { j == 24 ? 0xfull << 20 : 0, 0 } };

		mask.w[0] &= sender.delta.w[0];
		want = block_xor(want, mask);
		assert_memory_equal(&t[j], &want, sizeof want);
	}
}

static void
test_pads(void **state)
{
	(void)state;
	enum { N = 1000 };

	for (int round = 0; round < 2; round++) {
		block before = pad0[0];

		random_bytes(choice, sizeof choice);
		cot_create_pads(&receiver, &scratch, msg, pad, choice, N);
		cot_consume_pads(&sender, &scratch, pad0, pad1, msg, N);
		for (size_t j = 0; j < N; j++) {
			assert_memory_equal(&pad[j], chosen(j) ? &pad1[j] : &pad0[j], sizeof *pad);
			assert_memory_not_equal(&pad0[j], &pad1[j], sizeof *pad);
		}
		assert_memory_not_equal(&before, &pad0[0], sizeof before);
	}
	/* The number of a COT is its tweak: it only grows, and alike at both sides. */
	assert_int_equal(receiver.next, sender.next);
}

/* The kernels of this CPU and the portable ones make the same bytes. */
static void
test_portable(void **state)
{
	(void)state;
	static struct cot_receiver r;
	static struct cot_sender d;
	static uint8_t want[COT_TREES * COT_BATCH / 8];
	static block want0[COT_BATCH], want1[COT_BATCH];
	enum { N = 700 };

	for (int portable = 0; portable < 2; portable++) {
		r = receiver;
		d = sender;
		scratch.portable = portable;
		cot_create_pads(&r, &scratch, msg, pad, choice, N);
		cot_consume_pads(&d, &scratch, pad0, pad1, msg, N);
		if (portable == 0) {
			memcpy(want, msg, cot_bytes(N));
			memcpy(want0, pad0, sizeof want0);
			memcpy(want1, pad1, sizeof want1);
		}
	}
	assert_memory_equal(want, msg, cot_bytes(N));
	assert_memory_equal(want0, pad0, N * sizeof(block));
	assert_memory_equal(want1, pad1, N * sizeof(block));
	scratch.portable = false;
}

/* Pads of a COT are the hash of q and q ^ Delta under its number over the pair's whole life. */
static void
test_tweak_is_number(void **state)
{
	(void)state;
	block want0, want1;
	uint64_t first = sender.next;

	cot_create_pads(&receiver, &scratch, msg, pad, choice, 10);
	cot_consume_pads(&sender, &scratch, pad0, pad1, msg, 10);
	aes_ref()->hash2(&want0, &want1, &scratch.cot[9], sender.delta, sender.s, first + 9, 1);
	assert_memory_equal(&want0, &pad0[9], sizeof want0);
	assert_memory_equal(&want1, &pad1[9], sizeof want1);
	assert_int_equal(first + 512, sender.next);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_correlation),
		cmocka_unit_test(test_message_length),
		cmocka_unit_test(test_pads),
		cmocka_unit_test(test_portable),
		cmocka_unit_test(test_tweak_is_number),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
