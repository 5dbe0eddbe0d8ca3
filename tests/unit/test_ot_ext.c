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
static uint8_t msg[COT_MSG_MAX + 1], choice[COT_BATCH / 8];
static block t[COT_BATCH], q[COT_BATCH], pad[COT_BATCH], pad0[COT_BATCH], pad1[COT_BATCH];

/* Base OTs by a dealer; test_ot_base tests real ones. */
static void
deal(unsigned k)
{
	block both[N_BASE_OT][2], one[N_BASE_OT], delta, s;
	uint8_t m[COT_SETUP_MAX + 1];

	random_bytes(both, sizeof both);
	random_bytes(&delta, sizeof delta);
	random_bytes(&s, sizeof s);
	for (size_t j = 0; j < N_BASE_OT; j++)
		one[j] = both[j][1 - (delta.w[j / 64] >> j % 64 & 1)];
	memset(m, 0x5a, sizeof m);
	cot_create_setup(&receiver, k, m, (const block (*)[2])both, s);
	assert_int_equal(0x5a, m[cot_setup_bytes(k)]);
	cot_consume_setup(&sender, k, m, one, delta, s);
}

static const unsigned all_k[] = { 2, 4, 8 };

/* Calls a test for each k. */
static void
for_all_k(void (*test)(unsigned k))
{
	for (int i = 0; i < 3; i++) {
		deal(all_k[i]);
		test(all_k[i]);
	}
}

static unsigned
chosen(size_t j)
{
	return choice[j / 8] >> j % 8 & 1;
}

static void
correlation(unsigned k)
{
	const size_t size[] = { 1, 63, 64, 65, 512, 513, 4000, COT_BATCH };

	for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
		size_t n = size[i];

		random_bytes(choice, sizeof choice);
		msg[cot_bytes(k, n)] = 0x5a;
		cot_create_extend(&receiver, &scratch, msg, t, choice, n);
		assert_int_equal(0x5a, msg[cot_bytes(k, n)]);
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
message_length(unsigned k)
{
	enum { N = 100 };

	assert_int_equal(128 / k * 16, cot_bytes(k, N));
	memset(msg, 0x5a, sizeof msg);
	cot_create_extend(&receiver, &scratch, msg, t, choice, N);
	assert_int_equal(0x5a, msg[cot_bytes(k, N)]);
	msg[5 * 16 + 3] ^= 1;       /* tree 5, that is bits 5 k .. 5 k + k - 1 of Delta, COT 24 */
	cot_consume_extend(&sender, &scratch, q, msg, N);
	for (size_t j = 0; j < N; j++) {
		block want = chosen(j) ? block_xor(q[j], sender.delta) : q[j];
		block mask = { { j == 24 ? ((1ull << k) - 1) << 5 * k : 0, 0 } };

		mask.w[0] &= sender.delta.w[0];
		want = block_xor(want, mask);
		assert_memory_equal(&t[j], &want, sizeof want);
	}
}

static void
pads(unsigned k)
{
	(void)k;
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
portable(unsigned k)
{
	static struct cot_receiver r;
	static struct cot_sender d;
	static uint8_t want[COT_MSG_MAX];
	static block want0[COT_BATCH], want1[COT_BATCH];
	enum { N = 700 };

	for (int portable = 0; portable < 2; portable++) {
		r = receiver;
		d = sender;
		scratch.portable = portable;
		cot_create_pads(&r, &scratch, msg, pad, choice, N);
		cot_consume_pads(&d, &scratch, pad0, pad1, msg, N);
		if (portable == 0) {
			memcpy(want, msg, cot_bytes(k, N));
			memcpy(want0, pad0, sizeof want0);
			memcpy(want1, pad1, sizeof want1);
		}
	}
	assert_memory_equal(want, msg, cot_bytes(k, N));
	assert_memory_equal(want0, pad0, N * sizeof(block));
	assert_memory_equal(want1, pad1, N * sizeof(block));
	scratch.portable = false;
}

/* Choices come out, uniform and new each time; a row less is sent. */
static void
random_choices(unsigned k)
{
	enum { N = 1001 };
	size_t ones = 0;

	assert_int_equal((128 / k - 1) * 16 * 8, rot_bytes(k, N));
	for (int round = 0; round < 2; round++) {
		uint8_t before[N / 8];

		memcpy(before, choice, sizeof before);
		memset(msg, 0x5a, sizeof msg);
		memset(choice, 0, sizeof choice);
		rot_create_pads(&receiver, &scratch, msg, pad, choice, N);
		assert_int_equal(0x5a, msg[rot_bytes(k, N)]);
		rot_consume_pads(&sender, &scratch, pad0, pad1, msg, N);
		assert_memory_not_equal(before, choice, sizeof before);
		for (size_t j = 0; j < N; j++) {
			assert_memory_equal(&pad[j], chosen(j) ? &pad1[j] : &pad0[j], sizeof *pad);
			assert_memory_not_equal(&pad0[j], &pad1[j], sizeof *pad);
			ones += chosen(j);
		}
	}
	/* Eleven standard deviations, which are the root of N / 2. */
	assert_in_range(ones, N - N / 4, N + N / 4);
	assert_int_equal(receiver.next, sender.next);
}

/* Every kernel of sums over leaves against the definition. */
static void
folds(unsigned k)
{
	static uint8_t v[FOLD_K_MAX][FOLD_ROW] __attribute__((aligned(64)));
	static uint8_t u[FOLD_ROW] __attribute__((aligned(64)));
	static uint8_t sum[FOLD_ROW] __attribute__((aligned(64)));
	fold_fn *const kernel[] = { fold_ref, fold_portable, fold_best() };

	for (size_t i = 0; i < 3 * 9; i++) {
		struct fold_job job = { .k = k, .leaf = receiver.leaf, .punctured = i / 3 % 2,
			.first = 77, .len = i / 3 * 64, .u = u, .v = v, .sum = sum };
		block want[FOLD_K_MAX + 1][FOLD_ROW / 16] = { 0 }, x[FOLD_ROW / 16];

		random_bytes(u, sizeof u);
		for (unsigned b = 0; b < k; b++)
			job.mask[b] = b % 3 == 0 ? UINT64_MAX : 0;
		kernel[i % 3](&job);
		for (size_t y = 0; y < (size_t)1 << k; y++) {
			aes_ref()->ctr(x, &receiver.leaf[y], 0, 77, job.len / 16);
			for (unsigned b = 0; b <= k; b++)
				for (size_t c = 0; c < job.len / 16 && (b == k || y >> b & 1); c++)
					want[b][c] = block_xor(want[b][c], x[c]);
		}
		memcpy(x, u, sizeof x);
		for (unsigned b = 0; b <= k; b++)
			for (size_t c = 0; c < job.len / 16 && (b == k || b % 3 == 0); c++)
				want[b][c] = block_xor(want[b][c], x[c]);
		for (unsigned b = 0; b < k; b++)
			assert_memory_equal(v[b], want[b], job.len);
		if (!job.punctured)
			assert_memory_equal(sum, want[k], job.len);
	}
}

/* Pads of a COT are the hash of q and q ^ Delta under its number over the pair's whole life. */
static void
tweak_is_number(unsigned k)
{
	(void)k;
	block want0, want1;
	uint64_t first = sender.next;

	cot_create_pads(&receiver, &scratch, msg, pad, choice, 10);
	cot_consume_pads(&sender, &scratch, pad0, pad1, msg, 10);
	aes_ref()->hash2(&want0, &want1, &scratch.cot[9], sender.delta, sender.s, first + 9, 1);
	assert_memory_equal(&want0, &pad0[9], sizeof want0);
	assert_memory_equal(&want1, &pad1[9], sizeof want1);
	assert_int_equal(first + 512, sender.next);
}

static void
test_correlation(void **state)
{
	(void)state;
	for_all_k(correlation);
}

static void
test_message_length(void **state)
{
	(void)state;
	for_all_k(message_length);
}

static void
test_pads(void **state)
{
	(void)state;
	for_all_k(pads);
}

static void
test_random_choices(void **state)
{
	(void)state;
	for_all_k(random_choices);
}

static void
test_portable(void **state)
{
	(void)state;
	for_all_k(portable);
}

static void
test_tweak_is_number(void **state)
{
	(void)state;
	for_all_k(tweak_is_number);
}

static void
test_folds(void **state)
{
	(void)state;
	for_all_k(folds);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_correlation),
		cmocka_unit_test(test_message_length),
		cmocka_unit_test(test_pads),
		cmocka_unit_test(test_random_choices),
		cmocka_unit_test(test_portable),
		cmocka_unit_test(test_tweak_is_number),
		cmocka_unit_test(test_folds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
