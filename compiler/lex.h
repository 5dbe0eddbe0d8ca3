/* lex.h: source text to tokens.
 *
 * All tokens of a module are made at once.  Line ends that end a statement are tokens (TOK_EOL);
 * those inside ( ) and [ ], behind an operator and before a line that begins with `.` are gone.
 * Brackets match: a parser need not check it.  Leaks nothing: a program is public. */
#ifndef KONSIL_LEX_H
#define KONSIL_LEX_H

#include "internal.h"

enum token_kind {
	TOK_END,                /* of the source */
	TOK_EOL,
	TOK_NAME,
	TOK_NUMBER,             /* text: digits without _ */
	TOK_STRING,             /* text: what it stands for */
#define T(id, text) TOK_##id,
#define K(id, text) TOK_##id,
#include "tokens.def"
	N_TOKEN_KIND
};

struct token {
	uint8_t kind;
	struct span span;
	const char *text;       /* NAME, NUMBER, STRING and reserved words; else NULL */
};

enum {
	N_SOURCE_MAX = 8 << 20, /* bytes of a file: positions fit 32 bits, and nobody writes more */
	N_BRACKET_MAX = 200,    /* nested brackets */
	N_DIGIT_MAX = 2048,     /* of a number: bits<4096> in hexadecimal needs 1024 */
	N_EXPONENT_MAX = 9999,
};

/* The tokens of m, the last being TOK_END. */
struct token *lex_module(struct compile *, const struct module *m, uint32_t *n);

/* The token as a message names it: `+=`, "a number", "the end of the line". */
const char *token_text(enum token_kind kind);

/* Its row in tokens.def: is it a binary operator, or does it assign? */
struct operator {
	int8_t binary, assign;  /* enum binary or -1; assign: -2 if it does not, -1 for `=` */
	uint8_t level;
	bool right;
};
const struct operator *token_operator(enum token_kind kind);

/* The tokens as text, one a line. */
char *lex_dump(struct compile *, const struct module *m);

#endif
