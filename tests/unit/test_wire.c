/* test_wire.c: the bounded reader and writer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/net/wire.h"

static void
writer_and_reader_agree(void **state)
{
	uint8_t buf[32], bytes[3] = { 7, 8, 9 }, back[3];
	const uint8_t want[] = { 1, 3, 2, 7, 6, 5, 4, 15, 14, 13, 12, 11, 10, 9, 8, 2, 0, 'a', 'b',
		7, 8, 9 };
	struct wire_writer w;
	struct wire_reader r;
	char s[3];

	(void)state;
	wire_writer_init(&w, buf, sizeof buf);
	wire_put_u8(&w, 1);
	wire_put_u16(&w, 0x0203);
	wire_put_u32(&w, 0x04050607);
	wire_put_u64(&w, 0x08090a0b0c0d0e0f);
	wire_put_str(&w, "ab");
	wire_put_bytes(&w, bytes, 3);
	assert_int_equal(wire_writer_status(&w), ST_OK);
	assert_int_equal(w.len, sizeof want);
	assert_memory_equal(buf, want, sizeof want);
	wire_reader_init(&r, buf, w.len);
	assert_int_equal(wire_get_u8(&r), 1);
	assert_int_equal(wire_get_u16(&r), 0x0203);
	assert_int_equal(wire_get_u32(&r), 0x04050607);
	assert_int_equal(wire_get_u64(&r), 0x08090a0b0c0d0e0f);
	wire_get_str(&r, s, sizeof s);
	assert_string_equal(s, "ab");
	wire_get_bytes(&r, back, 3);
	assert_memory_equal(back, bytes, 3);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_OK);
}

static void
errors_of_the_reader_stick(void **state)
{
	const uint8_t buf[] = { 1, 0, 'a', 5 };
	struct wire_reader r;
	char s[1];

	(void)state;
	wire_reader_init(&r, buf, sizeof buf);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_DATA);
	assert_int_equal(wire_get_u64(&r), 0);
	assert_int_equal(wire_get_u8(&r), 0);
	assert_int_equal(wire_reader_status(&r, ST_ABORT), ST_ABORT);
	wire_reader_init(&r, buf, sizeof buf);
	wire_get_str(&r, s, sizeof s);
	assert_string_equal(s, "");
	assert_int_equal(wire_get_u8(&r), 0);
	assert_int_equal(wire_reader_status(&r, ST_DATA), ST_DATA);
}

static void
a_full_writer_writes_no_further(void **state)
{
	uint8_t buf[5] = { 0, 0, 0, 0, 77 };
	struct wire_writer w;

	(void)state;
	wire_writer_init(&w, buf, 4);
	wire_put_u16(&w, 1);
	wire_put_u32(&w, 0xffffffff);
	wire_put_u8(&w, 1);
	assert_int_equal(wire_writer_status(&w), ST_INTERNAL);
	assert_int_equal(w.len, 2);
	assert_int_equal(buf[4], 77);
}

/* A string with a NUL inside, or one that fills its room, is an error; an empty one is not. */
static void
strings_are_checked(void **state)
{
	const uint8_t inner[] = { 3, 0, 'a', 0, 'b' }, full[] = { 3, 0, 'a', 'b', 'c' };
	const uint8_t empty[] = { 0, 0 };
	struct wire_reader r;
	char s[4];

	(void)state;
	wire_reader_init(&r, inner, sizeof inner);
	wire_get_str(&r, s, sizeof s);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_DATA);
	wire_reader_init(&r, full, sizeof full);
	wire_get_str(&r, s, 3);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_DATA);
	wire_reader_init(&r, full, sizeof full);
	wire_get_str(&r, s, 4);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_OK);
	assert_string_equal(s, "abc");
	wire_reader_init(&r, empty, sizeof empty);
	wire_get_str(&r, s, 1);
	assert_int_equal(wire_reader_end(&r, ST_DATA), ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writer_and_reader_agree),
		cmocka_unit_test(errors_of_the_reader_stick),
		cmocka_unit_test(a_full_writer_writes_no_further),
		cmocka_unit_test(strings_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
