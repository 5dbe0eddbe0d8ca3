/* asm.h: the parts of the assembler: its place in the text, what reads one word, and the table that
 * reads fields (asm_fields.c).  asm.c has instructions and lines. */
#ifndef KONSIL_ASM_H
#define KONSIL_ASM_H

#include "fields.h"
#include "code_text.h"

#include "../base/bytes.h"

struct parser {
	struct fields f;
	const char *at, *line_start;
	const char *file;
	int line;
	unsigned depth;                 /* brackets that are open */
	uint32_t cap[N_SECTION];        /* items that there is room for */
	struct bytes_out constants;
	uint32_t source;                /* of the last instruction: looked at first */
};

extern const struct fields_ops asm_ops;

/* Records a fault at the place where the parser stands. */
void asm_fail(struct parser *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Skips blanks and comments; within brackets also the ends of lines. */
void asm_blanks(struct parser *p);
/* The character, or the word and nothing that goes on after it, if it is next. */
bool asm_accept(struct parser *p, char c);
void asm_expect(struct parser *p, char c);
bool asm_word(struct parser *p, const char *w);
size_t asm_word_length(const char *s);
/* A decimal number within lo..hi; one behind a mark, as in s14. */
i128 asm_number(struct parser *p, i128 lo, i128 hi);
uint32_t asm_marked(struct parser *p, char mark);

/* Makes room for one more item, zeroed; list is the address of the pointer to the items. */
void *asm_grow(struct parser *p, void *list, uint32_t *n, uint32_t *cap, uint32_t max, size_t size);

/* An instruction: NAME [ operand { "," operand } ] [ ";" SOURCE ":" NUMBER ] */
void asm_insn(struct fields *f, struct insn *x);

#endif
