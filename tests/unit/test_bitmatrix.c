/* test_bitmatrix.c: every transposition kernel against the definition, bit by bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../runtime/base/bitmatrix.h"
#include "../../runtime/base/random.h"

enum { COLUMNS = 1536, STRIDE = COLUMNS / 8 + 64 };

static uint8_t rows[128 * STRIDE] __attribute__((aligned(64)));
static block out[COLUMNS + 1];

static void
check(bitmatrix_fn *f, size_t n)
{
	memset(out, 0x5a, sizeof out);
	f(out, rows, STRIDE, n);
	for (size_t c = 0; c < n; c++)
		for (size_t r = 0; r < 128; r++) {
			unsigned want = rows[r * STRIDE + c / 8] >> c % 8 & 1;

			assert_int_equal(want, out[c].w[r / 64] >> r % 64 & 1);
		}
	assert_int_equal(0x5a5a5a5a5a5a5a5a, out[n].w[0]);
}

static void
test_kernels(void **state)
{
	(void)state;
	bitmatrix_fn *f[] = { bitmatrix_ref, bitmatrix_sse2(), bitmatrix_gfni(), bitmatrix_best() };

	random_bytes(rows, sizeof rows);
	assert_non_null(f[3]);
	for (size_t i = 0; i < sizeof f / sizeof *f; i++)
		for (size_t n = 0; n <= COLUMNS && f[i] != NULL; n += 512)
			check(f[i], n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
