/* bytes.c: see bytes.h */
#include "bytes.h"

#include "mem.h"

#include <assert.h>
#include <string.h>

const uint8_t *
bytes_take(struct bytes_in *in, size_t n)
{
	const uint8_t *p = in->at;

	if (in->bad || n > in->left) {
		in->bad = true;
		return NULL;
	}
	in->at += n;
	in->left -= n;
	return p;
}

uint64_t
bytes_take_num(struct bytes_in *in, unsigned size)
{
	const uint8_t *p = bytes_take(in, size);
	uint64_t x = 0;

	for (unsigned i = 0; p != NULL && i < size; i++)
		x |= (uint64_t)p[i] << (8 * i);
	return x;
}

enum { OUT_FIRST = 256 };

static bool
reserve(struct bytes_out *out, size_t n)
{
	size_t cap = out->cap == 0 ? OUT_FIRST : out->cap;

	while (!out->bad && cap - out->len < n) {
		if (cap > SIZE_MAX / 2)
			out->bad = true;
		cap *= 2;
	}
	if (out->bad || (cap == out->cap && out->buf != NULL))
		return !out->bad;
	uint8_t *p = mem_realloc(out->buf, cap);
	if (p == NULL) {
		out->bad = true;
		return false;
	}
	out->buf = p;
	out->cap = cap;
	return true;
}

void
bytes_put(struct bytes_out *out, const void *p, size_t n)
{
	if (n == 0 || !reserve(out, n))
		return;
	memcpy(out->buf + out->len, p, n);
	out->len += n;
}

void
bytes_patch_num(struct bytes_out *out, size_t at, uint64_t x, unsigned size)
{
	if (out->bad)
		return;
	assert(at + size <= out->len);
	for (unsigned i = 0; i < size; i++)
		out->buf[at + i] = (uint8_t)(x >> (8 * i));
}

void
bytes_put_num(struct bytes_out *out, uint64_t x, unsigned size)
{
	uint8_t b[8];

	for (unsigned i = 0; i < size; i++)
		b[i] = (uint8_t)(x >> (8 * i));
	bytes_put(out, b, size);
}
