/* test_bytes.c: bounded reading and writing. */
#include "../../runtime/base/bytes.h"
#include "../../runtime/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static void
numbers(void **state)
{
	static const uint8_t expected[] = { 1, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0xff, 0, 0, 0, 0, 0,
		0, 0x80 };
	struct bytes_out out = { 0 };
	(void)state;

	bytes_put_num(&out, 0xff01, 1);
	bytes_put_num(&out, 0x0302, 2);
	bytes_put_num(&out, 0x07060504, 4);
	bytes_put_num(&out, 0x80000000000000ffu, 8);
	assert_false(out.bad);
	assert_int_equal(out.len, sizeof expected);
	assert_memory_equal(out.buf, expected, sizeof expected);
	bytes_patch_num(&out, 1, 0xbbaa, 2);
	struct bytes_in in = { .at = out.buf, .left = out.len };
	assert_int_equal(bytes_take_num(&in, 1), 1);
	assert_int_equal(bytes_take_num(&in, 2), 0xbbaa);
	assert_int_equal(bytes_take_num(&in, 4), 0x07060504);
	assert_int_equal(bytes_take_num(&in, 8), 0x80000000000000ffu);
	assert_true(!in.bad && in.left == 0);
	mem_free(out.buf);
}

/* After the first read beyond the end nothing is read, even if it would fit. */
static void
ends(void **state)
{
	uint8_t b[3] = { 1, 2, 3 };
	struct bytes_in in = { .at = b, .left = sizeof b };
	(void)state;

	assert_ptr_equal(bytes_take(&in, 0), b);
	assert_int_equal(bytes_take_num(&in, 4), 0);
	assert_true(in.bad);
	assert_int_equal(bytes_take_num(&in, 1), 0);
	assert_null(bytes_take(&in, 1));
	assert_int_equal(in.left, 3);
	in.bad = false;
	assert_ptr_equal(bytes_take(&in, 3), b);
	assert_null(bytes_take(&in, SIZE_MAX));
	assert_true(in.bad);
}

static void
grows(void **state)
{
	struct bytes_out out = { 0 };
	uint8_t b[1000];
	(void)state;

	for (unsigned i = 0; i < sizeof b; i++)
		b[i] = (uint8_t)(i * 7);
	for (unsigned i = 0; i < 100; i++)
		bytes_put(&out, b, sizeof b);
	bytes_put(&out, NULL, 0);
	assert_true(!out.bad && out.len == 100000 && out.cap >= out.len);
	for (unsigned i = 0; i < 100; i++)
		assert_memory_equal(out.buf + 1000 * i, b, sizeof b);
	mem_free(out.buf);
}

/* Without memory nothing is written any more; what was there stays the owner's. */
static void
out_of_memory(void **state)
{
	struct bytes_out out = { 0 };
	uint8_t b[300] = { 0 };
	(void)state;

	bytes_put(&out, b, 200);
	mem_fail_at(1);
	bytes_put(&out, b, 300);
	mem_fail_at(0);
	assert_true(out.bad);
	bytes_put(&out, b, 1);
	bytes_patch_num(&out, 1000, 1, 8);
	assert_int_equal(out.len, 200);
	bytes_put(&out, b, SIZE_MAX);
	assert_true(out.bad);
	mem_free(out.buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(ends),
		cmocka_unit_test(grows),
		cmocka_unit_test(out_of_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
