/* test_bitplane.c: planes of bits: every kernel against bits picked one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../runtime/base/bitplane.h"
#include "../../runtime/base/random.h"

static unsigned
bit_of(const uint64_t *a, size_t i)
{
	return a[i / 64] >> (i % 64) & 1;
}

static void
check_turn(bitplane_turn_fn *turn)
{
	uint64_t a[3 * GROUP], d[3 * GROUP];

	if (turn == NULL)
		return;
	for (int round = 0; round < 20; round++) {
		random_bytes(a, sizeof a);
		memset(d, 0x5a, sizeof d);
		turn(d, a, 3);
		for (size_t s = 0; s < 3; s++)
			for (size_t i = 0; i < GROUP; i++)
				for (size_t j = 0; j < GROUP; j++)
					assert_int_equal(d[s * GROUP + i] >> j & 1,
					    a[s * GROUP + j] >> i & 1);
		turn(d, d, 3);
		assert_memory_equal(d, a, sizeof a);
	}
}

static void
test_turn(void **state)
{
	(void)state;
	check_turn(bitplane_turn_ref);
	check_turn(bitplane_turn_avx2());
	check_turn(bitplane_turn_gfni());
}

static void
test_xor(void **state)
{
	uint8_t a[201], d[201], want[201];

	(void)state;
	for (size_t len = 0; len <= 200; len++) {
		random_bytes(a, sizeof a);
		random_bytes(d, sizeof d);
		for (size_t i = 0; i < sizeof d; i++)
			want[i] = (uint8_t)(i >= 1 && i <= len ? d[i] ^ a[i - 1] : d[i]);
		bitplane_xor(d + 1, a, len);
		assert_memory_equal(d, want, sizeof d);
	}
}

static void
test_gather(void **state)
{
	enum { WORDS = 11, WIDTH = 70 };
	uint64_t planes[WIDTH * WORDS], copy[WIDTH * WORDS], sliced[4 * WIDTH];

	(void)state;
	random_bytes(planes, sizeof planes);
	memcpy(copy, planes, sizeof planes);
	bitplane_gather(sliced, planes, WORDS, WIDTH, 6, 4);
	for (size_t g = 0; g < 4; g++)
		for (size_t i = 0; i < WIDTH; i++)
			assert_int_equal(sliced[g * WIDTH + i], planes[i * WORDS + 6 + g]);
	for (size_t i = 0; i < WIDTH; i++)
		memset(planes + i * WORDS + 6, 0, 4 * sizeof *planes);
	bitplane_scatter(planes, WORDS, sliced, WIDTH, 6, 4);
	assert_memory_equal(planes, copy, sizeof planes);
}

/* Elements of 1 to 3 words to bits and back, for every width and many lengths. */
static void
test_slice(void **state)
{
	static const size_t lengths[] = { 0, 1, 2, 63, 64 };
	uint64_t a[3 * GROUP], d[3 * GROUP], word[3 * GROUP + 8];

	(void)state;
	for (size_t limbs = 1; limbs <= 3; limbs++)
		for (unsigned width = 1; width <= 192; width++)
			for (size_t l = 0; l < 5; l++) {
				size_t n = lengths[l];

				random_bytes(a, sizeof a);
				memset(word, 0xee, sizeof word);
				bitplane_slice(word, width, a, limbs, n);
				for (size_t i = 0; i < GROUP; i++)
					for (unsigned b = 0; b < width; b++) {
						size_t at = b < 64 * limbs ? b : 64 * limbs - 1;
						unsigned want = i < n ?
						    bit_of(a + i * limbs, at) : 0;
						assert_int_equal(word[b] >> i & 1, want);
					}
				assert_int_equal(word[width], 0xeeeeeeeeeeeeeeee);
				for (int sign = 0; sign < 2; sign++) {
					memset(d, 0xdd, sizeof d);
					bitplane_join(d, limbs, word, width, sign, n);
					for (size_t i = 0; i < n; i++)
						for (unsigned b = 0; b < 64 * limbs; b++) {
							unsigned top = (unsigned)(word[width - 1] >> i & 1);
							unsigned want = b < width ?
							    (unsigned)(word[b] >> i & 1) : sign ? top : 0;
							assert_int_equal(bit_of(d + i * limbs, b),
							    want);
						}
					if (n < GROUP)
						assert_int_equal(d[n * limbs], 0xdddddddddddddddd);
				}
			}
}

static void
test_pack(void **state)
{
	uint64_t word[67], packed[68], back[67];

	(void)state;
	for (unsigned bits = 1; bits <= 64; bits++)
		for (size_t n = 0; n <= 67; n++) {
			size_t words = bitplane_packed_words(n, bits);

			random_bytes(word, sizeof word);
			memset(packed, 0x77, sizeof packed);
			bitplane_pack(packed, word, n, bits);
			for (size_t i = 0; i < 64 * words; i++)
				assert_int_equal(bit_of(packed, i), i < n * bits ?
				    bit_of(word + i / bits, i % bits) : 0);
			assert_int_equal(packed[words], 0x7777777777777777);
			bitplane_unpack(back, packed, n, bits);
			for (size_t i = 0; i < n; i++)
				assert_int_equal(back[i], word[i] & bitplane_mask(bits));
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_xor),
		cmocka_unit_test(test_gather),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_pack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
