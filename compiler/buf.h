/* buf.h: text that grows, in the arena. */
#ifndef KONSIL_COMPILER_BUF_H
#define KONSIL_COMPILER_BUF_H

#include "internal.h"

struct buf {
	struct compile *c;
	char *s;                        /* ends in a zero byte once something was added */
	size_t len, cap;
};

void buf_add(struct buf *, const char *text);
void buf_bytes(struct buf *, const char *bytes, size_t n);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A string as it is written in a program, in quotes. */
void buf_quoted(struct buf *, const char *text);

#endif
