/* test_lex.c: tokens, line ends, and the text of messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "front.h"

/* Tokens as words: kinds of marks are their text, a line's end is `;`. */
static void
expect_tokens(const char *source, const char *expected)
{
	struct front f = { .source = source, .len = strlen(source), .dump = lex_dump };
	char got[4096] = "";

	if (front_run(&f) != ST_OK)
		fail_msg("%s: %s", source, f.fault.message);
	for (char *line = f.text; *line != '\0'; line = strchr(line, '\n') + 1) {
		const char *s = strchr(line, ' ') + 1;
		int n = (int)(strchr(line, '\n') - s);
		if (strncmp(s, "the end of the file", 19) == 0)
			break;
		if (strncmp(s, "the end of the line", 19) == 0)
			s = ";", n = 1;
		else if (s[0] == '`')
			s++, n -= 2;
		(void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", got[0] != '\0'
		    ? " " : "", n, s);
	}
	mem_free(f.text);
	assert_string_equal(got, expected);
}

/* The message as it is shown. */
static void
front_message(char *out, size_t room, const struct fault *f)
{
	(void)snprintf(out, room, "%s:%d:%d: error: %s\n%s%s%s%s", f->file, f->line, f->column,
	    f->message,
	    f->excerpt, f->help[0] != '\0' ? "  help: " : "", f->help, f->help[0] != '\0' ? "\n"
	    : "");
}

static void
expect_error(const char *source, size_t len, const char *expected)
{
	struct front f = { .source = source, .len = len, .dump = lex_dump };
	char got[4096];

	assert_int_equal(front_run(&f), ST_COMPILE);
	front_message(got, sizeof got, &f.fault);
	assert_string_equal(got, expected);
}

static void
tokens_are_the_longest(void **state)
{
	(void)state;
	expect_tokens("a**=b//=c<<=d>>=e", "a **= b //= c <<= d >>= e ;");
	expect_tokens("a..b...c", "a .. b .. . c ;");
	expect_tokens("x->y-z!=!w", "x -> y - z != ! w ;");
	expect_tokens("a&&b&c||d|e^~f@g", "a && b & c || d | e ^ ~ f @ g ;");
	expect_tokens("a<=b<c>=d>e==f=g", "a <= b < c >= d > e == f = g ;");
	expect_tokens("let letter inn in", "let letter inn in ;");
}

static void
numbers(void **state)
{
	(void)state;
	expect_tokens("1..2", "1 .. 2 ;");
	expect_tokens("0.5..1.5e3", "0.5 .. 1.5e3 ;");
	expect_tokens("1e-3 2E+4 1_000_000 0xFF_ff", "1e-3 2E+4 1000000 0xFFff ;");
	expect_tokens("x[1].sum()", "x [ 1 ] . sum ( ) ;");
	expect_tokens("123456789012345678901234567890", "123456789012345678901234567890 ;");
}

static void
strings(void **state)
{
	(void)state;
	expect_tokens("\"a b\" 'c'", "\"a b\" \"c\" ;");
	expect_tokens("\"a\\\"b\\\\\\n\\t\\'\"", "\"a\\\"b\\\\\\n\\t'\" ;");
	expect_tokens("\"\\u{e9}\\u{1F600}\"", "\"\xc3\xa9\xf0\x9f\x98\x80\" ;");
	expect_tokens("\"# no /* comment\"", "\"# no /* comment\" ;");
	expect_tokens("\"\"", "\"\" ;");
}

static void
lines_end_statements(void **state)
{
	(void)state;
	expect_tokens("a\nb", "a ; b ;");
	expect_tokens("\n\na\n\n\nb\n\n", "a ; b ;");
	expect_tokens("a +\nb", "a + b ;");
	expect_tokens("a\n+ b", "a ; + b ;");
	expect_tokens("f(a,\n\nb\n)\nc", "f ( a , b ) ; c ;");
	expect_tokens("x[\n1\n]", "x [ 1 ] ;");
	expect_tokens("x\n  .sum()\n  .y", "x . sum ( ) . y ;");
	expect_tokens("if c {\na\n}\nelse {\nb }", "if c { ; a ; } else { ; b } ;");
	expect_tokens("if a\nthen b\nelse c", "if a then b else c ;");
	expect_tokens("a # x\n/* y\n z */ b", "a ; b ;");
	expect_tokens("a /* y\n z */ b", "a b ;");
	expect_tokens("f(x, {\na\nb })", "f ( x , { ; a ; b } ) ;");
	expect_tokens("x :\nint =\n3", "x : int = 3 ;");
	expect_tokens("a\r\nb\r\n", "a ; b ;");
	expect_tokens("", "");
	expect_tokens("\xef\xbb\xbf" "a", "a ;");
}

/* > is an operator, but not where it ends a type. */
static void
types_end_lines(void **state)
{
	(void)state;
	expect_tokens("x as bits<8>\ny", "x as bits < 8 > ; y ;");
	expect_tokens("var w : fixed<16>\ny", "var w : fixed < 16 > ; y ;");
	expect_tokens("a < b >\nc", "a < b > c ;");
}

static void
messages_show_the_place(void **state)
{
	(void)state;
	expect_error("x\n  let y = $3\n", 14, "t.ksl:2:11: error: this character has no meaning "
	    "here\n"
	    "  2 |   let y = $3\n    |           ^\n");
	/* Columns count characters, not bytes; a tab is one, shown as a stop of four. */
	expect_error("\t\"\xc3\xa4\xc3\xb6\" 1x", 10,
	    "t.ksl:1:7: error: a name begins with a letter, a number ends "
	    "in a digit\n  1 |     \"\xc3\xa4\xc3\xb6\" 1x\n    |          ^^\n  help: a product "
	    "needs its `*`: 2 * n\n");
	expect_error("a \"b\n", 5, "t.ksl:1:3: error: this string is not ended on its line\n"
	    "  1 | a \"b\n    |   ^\n  help: end it with the quotation mark that begins it\n");
	/* A wide character takes two columns. */
	expect_error("'\xe6\xb0\xb4' $", 7, "t.ksl:1:5: error: this character has no meaning here\n"
	    "  1 | '\xe6\xb0\xb4' $\n    |      ^\n");
}

static void
long_lines_are_shown_in_part(void **state)
{
	char line[400];
	struct front f = { .source = line, .len = 301, .dump = lex_dump };

	(void)state;
	memset(line, 'a', sizeof line);
	for (int i = 4; i < 300; i += 5)
		line[i] = ' ';
	line[300] = '$';
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_int_equal(f.fault.column, 301);
	const char *second = strchr(f.fault.excerpt, '\n') + 1;
	assert_true(strncmp(f.fault.excerpt, "  1 | ...", 9) == 0);
	assert_int_equal(strchr(f.fault.excerpt, '$') - f.fault.excerpt, strchr(second,
	    '^') - second);
}

static void
broken_text_is_refused(void **state)
{
	static const struct { const char *source, *message; } cases[] = {
		{ "a \xff b", "this is not UTF-8" },
		{ "a \xc3", "this is not UTF-8" },
		{ "\xed\xa0\x80", "this is not UTF-8" },
		{ "a \xe2\x80\xae b", "the invisible character U+202E is not allowed in a "
		    "program" },
		{ "a \x01", "the invisible character U+0001 is not allowed in a program" },
		{ "# \xe2\x81\xa6", "the invisible character U+2066 is not allowed in a program" },
		{ "\xc3\xa4 = 1", "this character has no meaning here" },
		{ "a; b", "a statement ends at the line's end, not with `;`" },
		{ "/* a", "this comment is never ended" },
		{ "f(a", "`(` is never closed" },
		{ "f(a]", "`(` is not closed: `]` of line 1 comes first" },
		{ "f a)", "`)` closes nothing" },
		{ "\"\\q\"", "unknown escape in a string" },
		{ "\"\\u{110000}\"", "this is not a character" },
		{ "\"\\u{d800}\"", "this is not a character" },
		{ "\"\\u{}\"", "this is not a character" },
		{ "\"\\", "unknown escape in a string" },
		{ "0x", "hexadecimal digits are missing behind 0x" },
		{ "1e99999", "an exponent is at most 9999" },
		{ "12ab", "a name begins with a letter, a number ends in a digit" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct front f = { .source = cases[i].source, .len = strlen(cases[i].source),
		    .dump = lex_dump };
		if (front_run(&f) == ST_OK)
			fail_msg("accepted: %s", cases[i].source);
		assert_string_equal(f.fault.message, cases[i].message);
	}
	expect_error("a\0b", 3, "t.ksl:1:2: error: the invisible character U+0000 is not allowed "
	    "in a program\n"
	    "  1 | a?b\n    |  ^\n");
}

static void
limits(void **state)
{
	static char big[70000];
	struct front f = { .source = big, .dump = lex_dump };

	(void)state;
	memset(big, '(', sizeof big);
	f.len = 201;
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_string_equal(f.fault.message, "brackets are nested more than 200 deep");
	memset(big, '7', sizeof big);
	f.fault.st = ST_OK;
	f.len = sizeof big;
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_string_equal(f.fault.message, "a number has at most 2048 digits");
	memset(big, 'q', sizeof big);
	f.fault.st = ST_OK;
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_string_equal(f.fault.message, "a name has at most 127 characters");
}

/* Marks without width must not overrun the excerpt. */
static void
a_line_of_marks(void **state)
{
	static char line[4000];
	struct front f = { .source = line, .dump = lex_dump };

	(void)state;
	line[0] = '"';
	for (f.len = 1; f.len < 3000; f.len += 2)
		memcpy(line + f.len, "\xcc\x81", 2);
	assert_int_equal(front_run(&f), ST_COMPILE);
	assert_string_equal(f.fault.message, "this string is not ended on its line");
	for (f.len = 1; f.len < 3000; f.len += 4)
		memcpy(line + f.len, "\xf0\x9f\x98\x80", 4);
	f.fault = (struct fault){ .st = ST_OK };
	assert_int_equal(front_run(&f), ST_COMPILE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tokens_are_the_longest),
		cmocka_unit_test(numbers),
		cmocka_unit_test(strings),
		cmocka_unit_test(lines_end_statements),
		cmocka_unit_test(types_end_lines),
		cmocka_unit_test(messages_show_the_place),
		cmocka_unit_test(long_lines_are_shown_in_part),
		cmocka_unit_test(broken_text_is_refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(a_line_of_marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
