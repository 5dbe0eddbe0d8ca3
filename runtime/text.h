/* text.h: text that grows, for whatever is written to people or as JSON.
 *
 * Errors stick: once there was no memory, further calls do nothing and text_take says so.  Nothing
 * here prints; a command takes the text and writes it. */
#ifndef KONSIL_TEXT_H
#define KONSIL_TEXT_H

#include "base/status.h"

struct text {
	char *at;                       /* NULL while empty */
	size_t len, room;
	bool failed;
};

void text_add(struct text *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
void text_put(struct text *t, const char *s, size_t len);
void text_pad(struct text *t, char c, size_t n);
/* s at the left or the right end of so many columns, or of as many as it takes. */
void text_left(struct text *t, const char *s, size_t width);
void text_right(struct text *t, const char *s, size_t width);
/* Gives the terminated text to the caller (mem_free) and empties t. */
enum status text_take(char **out, struct text *t) MUST_USE;
void text_fini(struct text *t);        /* wipes, as growing does: results and weights are secrets */

/* How many columns of a terminal a UTF-8 string takes. */
size_t text_width(const char *s);
/* Puts ? for what is not UTF-8 and for whatever might steer a terminal, in place: control
 * characters but newline and tab, and those that change the order in which text is shown. */
void text_harmless(char *s);
/* Paragraph s, its words divided by spaces, tabs and newlines, which begins at column `at`
 * (already written), wrapped at TEXT_COLUMNS; further lines are indented by `indent`.  Ends the
 * last line. */
enum { TEXT_COLUMNS = 80 };
void text_wrap(struct text *t, const char *s, size_t at, size_t indent);
/* 1234567 -> "1,234,567"; 1536000 -> "1.5 MB". */
void text_count(struct text *t, uint64_t n);
void text_bytes(struct text *t, uint64_t n);

#endif
