/* lex.c: see lex.h */
#include "lex.h"

#include <string.h>
#include <unistr.h>

struct lexer {
	struct compile *c;
	const struct module *m;
	const char *s;
	uint32_t at, len, line, column;
	uint32_t angle;         /* brackets open, plus one, where the < of a type was */
	bool closed;            /* the last token is the > of a type: nothing goes on */
	uint32_t n_open;
	struct token open[N_BRACKET_MAX];
	struct token *tok;
	uint32_t n, cap;
};

static const struct {
	const char *text;
	uint8_t len, kind;
} marks[] = {
#define T(id, text) { text, sizeof text - 1, TOK_##id },
#include "tokens.def"
}, words[] = {
#define K(id, text) { text, sizeof text - 1, TOK_##id },
#include "tokens.def"
};

static const char *const kind_text[N_TOKEN_KIND] = {
	[TOK_END] = "the end of the file",
	[TOK_EOL] = "the end of the line",
	[TOK_NAME] = "a name",
	[TOK_NUMBER] = "a number",
	[TOK_STRING] = "a string",
#define T(id, text) [TOK_##id] = "`" text "`",
#define K(id, text) [TOK_##id] = "`" text "`",
#include "tokens.def"
};

static const struct operator operators[N_TOKEN_KIND] = {
#define B(id, text, op, level, right) [TOK_##id] = { op, -2, level, right },
#define A(id, text, op) [TOK_##id] = { -1, op, 0, false },
#include "tokens.def"
};

const char *
token_text(enum token_kind kind)
{
	return kind_text[kind];
}

const struct operator *
token_operator(enum token_kind kind)
{
	static const struct operator none = { -1, -2, 0, false };
	const struct operator *o = &operators[kind];

	return o->level == 0 && o->assign == 0 && o->binary == 0 ? &none : o;
}

static struct span
here(const struct lexer *x, uint32_t bytes)
{
	return (struct span){ .start = x->at, .end = x->at + bytes, .line = x->line,
		.column = x->column, .file = (uint16_t)(x->m - x->c->module) };
}

static bool
is_letter(char b)
{
	return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_';
}

static bool
is_digit(char b)
{
	return b >= '0' && b <= '9';
}

static bool
is_hex(char b)
{
	return is_digit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
}

static char
peek(const struct lexer *x, uint32_t ahead)
{
	return ahead < x->len - x->at ? x->s[x->at + ahead] : '\0';
}

/* Moves on by n bytes, none of which ends a line. */
static void
skip(struct lexer *x, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		x->column += (x->s[x->at + i] & 0xc0) != 0x80;
	x->at += n;
}

static struct token *
emit(struct lexer *x, enum token_kind kind, struct span at, const char *text)
{
	if (x->n == x->cap) {
		uint32_t cap = x->cap == 0 ? 256 : 2 * x->cap;
		struct token *t = compile_alloc(x->c, cap * sizeof *t);
		if (x->n > 0)
			memcpy(t, x->tok, x->n * sizeof *t);
		x->tok = t;
		x->cap = cap;
	}
	x->closed = false;
	x->tok[x->n] = (struct token){ .kind = (uint8_t)kind, .span = at, .text = text };
	return &x->tok[x->n++];
}

static char *
copy(struct lexer *x, uint32_t from, uint32_t len)
{
	char *s = compile_alloc(x->c, len + 1);

	memcpy(s, x->s + from, len);
	return s;
}

/* Does a line that ends in this token go on? */
static bool
goes_on(enum token_kind kind)
{
	const struct operator *o = token_operator(kind);

	return o->binary >= 0 || o->assign > -2 || kind == TOK_COMMA || kind == TOK_COLON
	    || kind == TOK_ARROW || kind == TOK_DOT || kind == TOK_NOT || kind == TOK_INV
	    || kind == TOK_THEN || kind == TOK_ELSE || kind == TOK_IN;
}

static void
end_line(struct lexer *x)
{
	bool inside = x->n_open > 0 && x->open[x->n_open - 1].kind != TOK_LBRACE;

	if (x->n > 0 && !inside && x->tok[x->n - 1].kind != TOK_EOL
	    && (x->closed || !goes_on(x->tok[x->n - 1].kind)))
		emit(x, TOK_EOL, here(x, 0), NULL);
	x->at++;
	x->line++;
	x->column = 1;
}

static void
comment(struct lexer *x)
{
	struct span at = here(x, 2);

	for (skip(x, 2); !(peek(x, 0) == '*' && peek(x, 1) == '/');) {
		if (x->at == x->len)
			compile_fail(x->c, at, NULL, "end it with */",
			    "this comment is never ended");
		if (peek(x, 0) == '\n') {
			x->at++;
			x->line++;
			x->column = 1;
		} else {
			skip(x, 1);
		}
	}
	skip(x, 2);
}

static void
word(struct lexer *x)
{
	uint32_t n = 1;

	while (is_letter(peek(x, n)) || is_digit(peek(x, n)))
		n++;
	struct span at = here(x, n);
	if (n >= NAME_MAX_BYTES)
		compile_fail(x->c, at, NULL, NULL, "a name has at most %d characters",
		    NAME_MAX_BYTES - 1);
	enum token_kind kind = TOK_NAME;
	const char *text = copy(x, x->at, n);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(text, words[i].text) == 0)
			kind = words[i].kind;
	/* What goes on the line before does not begin a statement. */
	if ((kind == TOK_THEN || kind == TOK_ELSE) && x->n > 0 && x->tok[x->n - 1].kind == TOK_EOL)
		x->n--;
	emit(x, kind, at, text);
	skip(x, n);
}

/* The length of digits of which `is` says that they are; `_` may stand between two. */
static uint32_t
digits(const struct lexer *x, uint32_t from, bool (*is)(char))
{
	uint32_t n = 0;

	while (is(peek(x, from + n)) || (n > 0 && peek(x, from + n) == '_' && is(peek(x, from + n
	    + 1))))
		n++;
	return n;
}

/* exponent = ("e" | "E") ["+" | "-"] digits */
static uint32_t
exponent(struct lexer *x, uint32_t from)
{
	uint32_t n = from, value = 0;

	if (peek(x, n) != 'e' && peek(x, n) != 'E')
		return 0;
	n++;
	if (peek(x, n) == '+' || peek(x, n) == '-')
		n++;
	uint32_t k = digits(x, n, is_digit);
	if (k == 0)
		return 0;
	for (uint32_t i = 0; i < k && value <= N_EXPONENT_MAX; i++)
		if (is_digit(peek(x, n + i)))
			value = 10 * value + (uint32_t)(peek(x, n + i) - '0');
	if (value > N_EXPONENT_MAX)
		compile_fail(x->c, here(x, n + k), NULL, NULL, "an exponent is at most %d",
		    N_EXPONENT_MAX);
	return n + k - from;
}

/* number = "0x" hexdigits | digits ["." digits] [exponent]; 1..2 is a range, not 1. and .2 */
static void
number(struct lexer *x)
{
	uint32_t n;

	if (peek(x, 0) == '0' && (peek(x, 1) == 'x' || peek(x, 1) == 'X')) {
		n = 2 + digits(x, 2, is_hex);
		if (n == 2)
			compile_fail(x->c, here(x, n), NULL, NULL,
			    "hexadecimal digits are missing behind 0x");
	} else {
		n = digits(x, 0, is_digit);
		if (peek(x, n) == '.' && is_digit(peek(x, n + 1)))
			n += 1 + digits(x, n + 1, is_digit);
		n += exponent(x, n);
	}
	struct span at = here(x, n);
	if (n > N_DIGIT_MAX)
		compile_fail(x->c, at, NULL, NULL, "a number has at most %d digits", N_DIGIT_MAX);
	if (is_letter(peek(x, n))) {
		while (is_letter(peek(x, n)) || is_digit(peek(x, n)))
			n++;
		compile_fail(x->c, here(x, n), NULL, "a product needs its `*`: 2 * n",
		    "a name begins with a letter, a number ends in a digit");
	}
	char *text = copy(x, x->at, n);
	uint32_t k = 0;
	for (uint32_t i = 0; i < n; i++)
		if (text[i] != '_')
			text[k++] = text[i];
	text[k] = '\0';
	emit(x, TOK_NUMBER, at, text);
	skip(x, n);
}

static int
hex_value(char b)
{
	return is_digit(b) ? b - '0' : (b | 0x20) - 'a' + 10;
}

/* Text that is shown in another order than it is read would let a reviewer sign something else. */
static bool
hides(ucs4_t uc)
{
	return (uc < ' ' && uc != '\t' && uc != '\n' && uc != '\r') || (uc >= 0x7f && uc < 0xa0)
	    || (uc >= 0x202a && uc <= 0x202e) || (uc >= 0x2066 && uc <= 0x2069) || uc == 0x200e
	    || uc == 0x200f;
}

/* \u{e9}: appends the character in UTF-8. */
static uint32_t
unicode(struct lexer *x, char *out)
{
	ucs4_t uc = 0;
	uint32_t n = 3;

	while (n < 9 && is_hex(peek(x, n)))
		uc = 16 * uc + (ucs4_t)hex_value(peek(x, n++));
	int len = n > 3 && peek(x, 2) == '{' && peek(x, n) == '}' && uc >= ' '
	    ? u8_uctomb((uint8_t *)out, uc, 4) : -1;
	if (len > 0 && hides(uc))
		compile_fail(x->c, here(x, n + 1), NULL, NULL,
		    "the invisible character U+%04X is not allowed in a program", (unsigned)uc);
	if (len <= 0)
		compile_fail(x->c, here(x, n), NULL, "a character is written \\u{e9}",
		    "this is not a character");
	skip(x, n + 1);
	return (uint32_t)len;
}

/* escape = "\" ("n" | "t" | "\" | quote | "u{" hexdigits "}") */
static uint32_t
escape(struct lexer *x, char *out)
{
	static const char from[] = "nt\\\"'", to[] = "\n\t\\\"'";
	char b = peek(x, 1);
	const char *p = b != '\0' ? strchr(from, b) : NULL;

	if (b == 'u')
		return unicode(x, out);
	if (p == NULL)
		compile_fail(x->c, here(x, b == '\0' || b == '\n' ? 1 : 2), NULL,
		    "the escapes are \\n \\t \\\\ \\\" \\' and \\u{...}",
		    "unknown escape in a string");
	*out = to[p - from];
	skip(x, 2);
	return 1;
}

/* string = quote { character | escape } quote, on one line; the quote is " or ' */
static void
string(struct lexer *x)
{
	struct span at = here(x, 1);
	char quote = peek(x, 0);
	uint32_t room = 1, n = 0;

	while (peek(x, room) != quote && peek(x, room) != '\n' && room < x->len - x->at)
		room += peek(x, room) == '\\' ? 2 : 1;
	char *text = compile_alloc(x->c, room + 1);
	skip(x, 1);
	while (peek(x, 0) != quote) {
		if (x->at == x->len || peek(x, 0) == '\n')
			compile_fail(x->c, at, NULL, "end it with the quotation mark that begins "
			    "it",
			    "this string is not ended on its line");
		if (peek(x, 0) == '\\') {
			n += escape(x, text + n);
		} else {
			text[n++] = peek(x, 0);
			skip(x, 1);
		}
	}
	skip(x, 1);
	at.end = x->at;
	emit(x, TOK_STRING, at, text);
}

static void
bracket(struct lexer *x, enum token_kind kind, struct span at)
{
	if (kind == TOK_LPAREN || kind == TOK_LBRACKET || kind == TOK_LBRACE) {
		if (x->n_open == N_BRACKET_MAX)
			compile_fail(x->c, at, NULL, "give parts of it names, with let",
			    "brackets are nested more than %d deep", N_BRACKET_MAX);
		x->open[x->n_open++] = (struct token){ .kind = (uint8_t)kind, .span = at };
	} else if (kind == TOK_RPAREN || kind == TOK_RBRACKET || kind == TOK_RBRACE) {
		if (x->n_open == 0)
			compile_fail(x->c, at, NULL, NULL, "%s closes nothing", token_text(kind));
		const struct token *o = &x->open[--x->n_open];
		/* In the enumeration a closing bracket follows its opening one. */
		if (o->kind + 1U != kind)
			compile_fail(x->c, o->span, NULL, NULL, "%s is not closed: %s of line %u "
			    "comes first",
			    token_text(o->kind), token_text(kind), at.line);
	}
}

/* `bits<8>` at the end of a line ends it, though `>` is an operator. */
static void
angle(struct lexer *x, enum token_kind kind)
{
	const struct token *t = x->n > 1 ? &x->tok[x->n - 2] : NULL;

	if (kind == TOK_LT && t != NULL && t->kind == TOK_NAME
	    && (strcmp(t->text, "bits") == 0 || strcmp(t->text, "fixed") == 0)) {
		x->angle = x->n_open + 1;
	} else if (kind == TOK_GT && x->angle == x->n_open + 1) {
		x->angle = 0;
		x->closed = true;
	} else if (kind == TOK_GE) {
		x->angle = 0;
	}
}

static void
mark(struct lexer *x)
{
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		uint32_t n = marks[i].len;
		if (n > x->len - x->at || memcmp(x->s + x->at, marks[i].text, n) != 0)
			continue;
		enum token_kind kind = marks[i].kind;
		struct span at = here(x, n);
		bracket(x, kind, at);
		if (kind == TOK_DOT && x->n > 0 && x->tok[x->n - 1].kind == TOK_EOL)
			x->n--;
		emit(x, kind, at, NULL);
		angle(x, kind);
		skip(x, n);
		return;
	}
	uint32_t n = 1;
	while ((peek(x, n) & 0xc0) == 0x80)
		n++;
	if (peek(x, 0) == ';')
		compile_fail(x->c, here(x, 1), NULL, "write each statement on a line of its own",
		    "a statement ends at the line's end, not with `;`");
	compile_fail(x->c, here(x, n), NULL, (peek(x, 0) & 0x80) != 0
	    ? "names are made of a to z, A to Z, 0 to 9 and _, so that no two look alike" : NULL,
	    "this character has no meaning here");
}

static void
check_text(struct lexer *x)
{
	ucs4_t uc;

	while (x->at < x->len) {
		int n = u8_mbtoucr(&uc, (const uint8_t *)x->s + x->at, x->len - x->at);
		if (n <= 0)
			compile_fail(x->c, here(x, 1), NULL, "save the file as UTF-8",
			    "this is not UTF-8");
		if (hides(uc) && !(uc == 0xfeff && x->at == 0))
			compile_fail(x->c, here(x, (uint32_t)n), NULL, NULL,
			    "the invisible character U+%04X is not allowed in a program",
			    (unsigned)uc);
		if (uc == '\n') {
			x->at++;
			x->line++;
			x->column = 1;
		} else {
			skip(x, (uint32_t)n);
		}
	}
	x->at = 0;
	x->line = x->column = 1;
}

static void
next(struct lexer *x)
{
	char b = peek(x, 0);

	if (b == '\n') {
		end_line(x);
	} else if (b == ' ' || b == '\t' || b == '\r') {
		skip(x, 1);
	} else if (b == '#') {
		while (x->at < x->len && peek(x, 0) != '\n')
			skip(x, 1);
	} else if (b == '/' && peek(x, 1) == '*') {
		comment(x);
	} else if (is_letter(b)) {
		word(x);
	} else if (is_digit(b)) {
		number(x);
	} else if (b == '"' || b == '\'') {
		string(x);
	} else {
		mark(x);
	}
}

struct token *
lex_module(struct compile *c, const struct module *m, uint32_t *n)
{
	struct lexer *x = compile_alloc(c, sizeof *x);

	*x = (struct lexer){ .c = c, .m = m, .s = m->source, .len = m->len, .line = 1,
		.column = 1 };
	if (m->len > N_SOURCE_MAX) {
		x->len = 0;
		compile_fail(c, here(x, 0), NULL, NULL, "a source file has at most %d bytes",
		    N_SOURCE_MAX);
	}
	check_text(x);
	if (x->len >= 3 && memcmp(x->s, "\xef\xbb\xbf", 3) == 0)
		x->at = 3;
	while (x->at < x->len)
		next(x);
	if (x->n_open > 0)
		compile_fail(c, x->open[x->n_open - 1].span, NULL, NULL, "%s is never closed",
		    token_text(x->open[x->n_open - 1].kind));
	if (x->n > 0 && x->tok[x->n - 1].kind != TOK_EOL)
		emit(x, TOK_EOL, here(x, 0), NULL);
	emit(x, TOK_END, here(x, 0), NULL);
	*n = x->n;
	return x->tok;
}
