/* test_ot_chosen.c: the receiver gets the message it chose, and its keys open no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../protocols/ot_chosen.h"
#include "../../runtime/base/random.h"

static struct cot_receiver receiver;
static struct cot_sender sender;
static struct ot_work work;
static uint8_t msg[COT_MSG_MAX];
static block pad[COT_BATCH];

static void
deal(unsigned k)
{
	block both[N_BASE_OT][2], one[N_BASE_OT], delta, s;
	uint8_t m[COT_SETUP_MAX];

	random_bytes(both, sizeof both);
	random_bytes(&delta, sizeof delta);
	random_bytes(&s, sizeof s);
	for (size_t j = 0; j < N_BASE_OT; j++)
		one[j] = both[j][1 - (delta.w[j / 64] >> j % 64 & 1)];
	cot_create_setup(&receiver, k, m, (const block (*)[2])both, s);
	cot_consume_setup(&sender, k, m, one, delta, s);
}

static void
test_one_of_two(void **state)
{
	(void)state;
	enum { N = 1000 };
	static block m[2][N], out[N];
	static uint8_t answer[32 * N];
	uint8_t choice[N / 8];

	for (unsigned k = 2; k <= 8; k *= 2) {
		deal(k);
		random_bytes(m, sizeof m);
		random_bytes(choice, sizeof choice);
		ot_create_choice(&receiver, &work, msg, pad, choice, N);
		ot_create_answer(&sender, &work, answer, msg, m[0], m[1], N);
		ot_consume_answer(out, pad, choice, answer, N);
		for (size_t j = 0; j < N; j++)
			assert_memory_equal(&m[choice[j / 8] >> j % 8 & 1][j], &out[j], 16);
		/* The other messages stay under the other pads. */
		for (size_t j = 0; j < N / 8; j++)
			choice[j] = (uint8_t)~choice[j];
		ot_consume_answer(out, pad, choice, answer, N);
		for (size_t j = 0; j < N; j++)
			assert_memory_not_equal(&m[choice[j / 8] >> j % 8 & 1][j], &out[j], 16);
	}
}

static void
one_of(unsigned bits, size_t len, size_t n)
{
	static uint8_t m[COT_BATCH * 16 * 8], answer[sizeof m], out[COT_BATCH * 16];
	static uint8_t index[COT_BATCH];
	size_t many = (size_t)1 << bits;

	random_bytes(m, n * many * len);
	random_bytes(index, n);
	for (size_t e = 0; e < n; e++)
		index[e] &= (uint8_t)(many - 1);
	memset(answer, 0, sizeof answer);
	otn_create_choice(&receiver, &work, msg, pad, index, bits, n);
	otn_create_answer(&sender, &work, answer, msg, m, bits, len, n);
	assert_int_equal(0, answer[otn_answer_bytes(bits, len, n)]);
	otn_consume_answer(out, pad, index, answer, bits, len, n);
	for (size_t e = 0; e < n; e++)
		assert_memory_equal(m + (e * many + index[e]) * len, out + e * len, len);
	if (len < 16)
		return;
	/* The key of one message opens no other. */
	for (size_t e = 0; e < n; e++)
		index[e] ^= (uint8_t)(1 + e % (many - 1));
	otn_consume_answer(out, pad, index, answer, bits, len, n);
	for (size_t e = 0; e < n; e++)
		assert_memory_not_equal(m + (e * many + index[e]) * len, out + e * len, len);
}

static void
test_one_of_many(void **state)
{
	(void)state;

	for (unsigned k = 2; k <= 8; k *= 2) {
		deal(k);
		for (unsigned bits = 1; bits <= OT_BITS_MAX; bits++) {
			one_of(bits, 1, 1);
			one_of(bits, 3, 65);
			one_of(bits, 16, COT_BATCH / bits);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_of_two),
		cmocka_unit_test(test_one_of_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
