/* text.c: see text.h */
#include "text.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>
#include <uniwidth.h>

static bool
room_for(struct text *t, size_t more)
{
	if (t->failed)
		return false;
	if (t->room - t->len > more)
		return true;
	size_t room = 2 * (t->len + more) + 256;
	char *at = mem_alloc(room);
	if (at == NULL) {
		t->failed = true;
		return false;
	}
	/* What is left behind may be a secret: weights, or a result. */
	if (t->at != NULL) {
		memcpy(at, t->at, t->len + 1);
		wipe(t->at, t->len);
	}
	mem_free(t->at);
	t->at = at;
	t->room = room;
	return true;
}

void
text_put(struct text *t, const char *s, size_t len)
{
	if (!room_for(t, len))
		return;
	memcpy(t->at + t->len, s, len);
	t->len += len;
	t->at[t->len] = '\0';
}

void
text_pad(struct text *t, char c, size_t n)
{
	if (!room_for(t, n))
		return;
	memset(t->at + t->len, c, n);
	t->len += n;
	t->at[t->len] = '\0';
}

void
text_left(struct text *t, const char *s, size_t width)
{
	size_t w = text_width(s);

	text_put(t, s, strlen(s));
	text_pad(t, ' ', width > w ? width - w : 0);
}

void
text_right(struct text *t, const char *s, size_t width)
{
	size_t w = text_width(s);

	text_pad(t, ' ', width > w ? width - w : 0);
	text_put(t, s, strlen(s));
}

void
text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !room_for(t, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(t->at + t->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->len += (size_t)n;
}

enum status
text_take(char **out, struct text *t)
{
	*out = NULL;
	text_put(t, "", 0);
	if (t->failed) {
		text_fini(t);
		return ST_INTERNAL;
	}
	*out = t->at;
	memset(t, 0, sizeof *t);
	return ST_OK;
}

void
text_fini(struct text *t)
{
	if (t->at != NULL)
		wipe(t->at, t->len);
	mem_free(t->at);
	memset(t, 0, sizeof *t);
}

void
text_harmless(char *s)
{
	size_t len = strlen(s);
	ucs4_t uc;

	for (size_t i = 0; i < len;) {
		size_t n = (size_t)u8_mbtouc(&uc, (const uint8_t *)s + i, len - i);
		if ((uc < 0x20 && uc != '\n' && uc != '\t') || (uc >= 0x7f && uc < 0xa0) ||
		    uc == 0xfffd || (uc >= 0x200e && uc <= 0x200f) || (uc >= 0x202a && uc <= 0x202e) ||
		    (uc >= 0x2066 && uc <= 0x2069))
			memset(s + i, '?', n);
		i += n;
	}
}

size_t
text_width(const char *s)
{
	int n = u8_width((const uint8_t *)s, strlen(s), "UTF-8");

	return n < 0 ? strlen(s) : (size_t)n;
}

void
text_wrap(struct text *t, const char *s, size_t at, size_t indent)
{
	static const char white[] = " \n\t";
	char word[TEXT_COLUMNS * 4];
	bool first = true;

	while (*s != '\0') {
		size_t n = strcspn(s, white);
		(void)snprintf(word, sizeof word, "%.*s", (int)n, s);
		size_t width = n < sizeof word ? text_width(word) : n;
		if (!first && at + 1 + width > TEXT_COLUMNS) {
			text_put(t, "\n", 1);
			text_pad(t, ' ', indent);
			at = indent;
		} else if (!first) {
			text_put(t, " ", 1);
			at++;
		}
		text_put(t, s, n);
		at += width;
		first = false;
		s += n;
		s += strspn(s, white);
	}
	text_put(t, "\n", 1);
}

void
text_count(struct text *t, uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			text_put(t, ",", 1);
		text_put(t, &digits[i], 1);
	}
}

void
text_bytes(struct text *t, uint64_t n)
{
	static const char *const unit[] = { "kB", "MB", "GB", "TB", "PB" };
	double v = (double)n / 1000;
	size_t u = 0;

	if (n < 1000) {
		text_add(t, "%llu B", (unsigned long long)n);
		return;
	}
	while (v >= 999.5 && u + 1 < sizeof unit / sizeof unit[0]) {
		v /= 1000;
		u++;
	}
	text_add(t, v < 9.95 ? "%.1f %s" : "%.0f %s", v, unit[u]);
}
