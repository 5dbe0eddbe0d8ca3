/* verify_kit.h: programs with one piece replaced, and what the verifier says of them.
 *
 * The text as it is passes, so that the piece is what a refusal is about. */
#ifndef KONSIL_VERIFY_KIT_H
#define KONSIL_VERIFY_KIT_H

#include "../../runtime/base/mem.h"
#include "../../runtime/code/code.h"

#include "bytecode_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

/* What a test may leave to be worked out. */
enum { AS_IT_IS, FIT };

/* Arena and demand as the slots and the code need them. */
static inline void
fit(struct code *c)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < c->n_slots; i++) {
		const struct slot *s = &c->slot[i];
		uint64_t to = s->at + slot_bytes(c, s);
		if (s->kind == SLOT_MEMORY && s->n < 1000000 && to > end)
			end = to;
	}
	c->arena_bytes = end;
	if (code_demand(c) != ST_OK)
		c->n_demand = 0;
}

/* The piece that is being tried, for messages. */
static const char *trying = "";

static inline struct code *
assemble(const char *text)
{
	struct fault f = { 0 };
	struct code *c;

	if (code_asm(&c, text, "test", &f) != ST_OK)
		fail_msg("%s:%d:%d: %s; trying \"%s\"", f.file, f.line, f.column, f.message,
		    trying);
	return c;
}

/* text with the first `from` replaced by `to`; every change is meant to hit something. */
static inline void
replaced(char *out, size_t size, const char *text, const char *from, const char *to)
{
	const char *p = strstr(text, from);

	if (p == NULL)
		fail_msg("\"%s\" is not in the program", from);
	int n = snprintf(out, size, "%.*s%s%s", (int)(p - text), text, to, p + strlen(from));
	assert_true(n > 0 && (size_t)n < size);
}

/* message NULL: the program passes. */
static inline void
judge(const char *text, int mode, const char *message)
{
	struct code *c = assemble(text);
	struct fault f = { 0 };

	if (mode == FIT)
		fit(c);
	enum status st = code_verify(c, &f);
	if (message == NULL && st != ST_OK)
		fail_msg("refused: %s; trying \"%s\"", f.message, trying);
	if (message != NULL && st != ST_DATA)
		fail_msg("\"%s\" was expected of \"%s\"", message, trying);
	if (message != NULL && strstr(f.message, message) == NULL)
		fail_msg("\"%s\" is not \"%s\"; trying \"%s\"", f.message, message, trying);
	code_free(c);
}

/* The program at `base` with a piece replaced. */
static const char *base;

static inline void
change(const char *from, const char *to, const char *message)
{
	static char text[16384];

	trying = to;
	replaced(text, sizeof text, base, from, to);
	judge(text, base == sample_text ? AS_IT_IS : FIT, message);
}

/* The small program with something done in it, or after it. */
static inline void
try(const char *what, const char *message)
{
	static char text[16384];
	char last[16384];

	replaced(last, sizeof last, small_text, "here", what);
	replaced(text, sizeof text, last, "there", "");
	trying = what;
	judge(text, FIT, message);
}

static inline void
try_post(const char *what, const char *message)
{
	static char text[16384];
	char last[16384];

	replaced(last, sizeof last, small_text, "here", "");
	replaced(text, sizeof text, last, "there", what);
	trying = what;
	judge(text, FIT, message);
}

/* A change elsewhere in the small program. */
static inline void
alter(const char *from, const char *to, const char *message)
{
	static char bare[16384];
	char last[16384];

	replaced(last, sizeof last, small_text, "here\n", "");
	replaced(bare, sizeof bare, last, "there\n", "");
	base = bare;
	change(from, to, message);
}

static inline void
refused(const struct code *c, const char *message)
{
	struct fault f = { 0 };

	assert_int_equal(code_verify(c, &f), ST_DATA);
	if (strstr(f.message, message) == NULL)
		fail_msg("\"%s\" is not \"%s\"", f.message, message);
}

#endif
