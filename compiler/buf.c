/* buf.c: see buf.h */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
buf_bytes(struct buf *b, const char *bytes, size_t n)
{
	if (b->cap - b->len < n + 1) {
		size_t cap = 2 * (b->len + n) + 256;
		char *bigger = compile_alloc(b->c, cap);
		if (b->len > 0)
			memcpy(bigger, b->s, b->len);
		b->s = bigger;
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->s + b->len, bytes, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void
buf_add(struct buf *b, const char *text)
{
	buf_bytes(b, text, strlen(text));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_bytes(b, text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

void
buf_quoted(struct buf *b, const char *text)
{
	buf_add(b, "\"");
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_add(b, "\\n");
		else if (*text == '\t')
			buf_add(b, "\\t");
		else if (*text == '"' || *text == '\\')
			buf_bytes(b, (const char[]){ '\\', *text }, 2);
		else
			buf_bytes(b, text, 1);
	}
	buf_add(b, "\"");
}
