/* wire.c: see wire.h */
#include "wire.h"

#include <string.h>

void
wire_u64_to(uint8_t d[8], uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		d[i] = (uint8_t)(v >> (8 * i));
}

uint64_t
wire_u64_from(const uint8_t s[8])
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)s[i] << (8 * i);
	return v;
}

void
wire_u32_to(uint8_t d[4], uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		d[i] = (uint8_t)(v >> (8 * i));
}

uint32_t
wire_u32_from(const uint8_t s[4])
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v |= (uint32_t)s[i] << (8 * i);
	return v;
}

void
wire_writer_init(struct wire_writer *w, void *buf, size_t room)
{
	*w = (struct wire_writer){ .buf = buf, .room = room };
}

void
wire_put_bytes(struct wire_writer *w, const void *bytes, size_t len)
{
	if (w->full || len > w->room - w->len) {
		w->full = true;
		return;
	}
	if (len > 0)
		memcpy(w->buf + w->len, bytes, len);
	w->len += len;
}

void
wire_put_u8(struct wire_writer *w, uint8_t v)
{
	wire_put_bytes(w, &v, 1);
}

void
wire_put_u16(struct wire_writer *w, uint16_t v)
{
	uint8_t b[2] = { (uint8_t)v, (uint8_t)(v >> 8) };

	wire_put_bytes(w, b, sizeof b);
}

void
wire_put_u32(struct wire_writer *w, uint32_t v)
{
	uint8_t b[4];

	wire_u32_to(b, v);
	wire_put_bytes(w, b, sizeof b);
}

void
wire_put_u64(struct wire_writer *w, uint64_t v)
{
	uint8_t b[8];

	wire_u64_to(b, v);
	wire_put_bytes(w, b, sizeof b);
}

void
wire_put_str(struct wire_writer *w, const char *s)
{
	size_t len = strlen(s);

	if (len > UINT16_MAX) {
		w->full = true;
		return;
	}
	wire_put_u16(w, (uint16_t)len);
	wire_put_bytes(w, s, len);
}

enum status
wire_writer_status(const struct wire_writer *w)
{
	return w->full ? ST_INTERNAL : ST_OK;
}

void
wire_reader_init(struct wire_reader *r, const void *buf, size_t len)
{
	*r = (struct wire_reader){ .buf = buf, .len = len };
}

const uint8_t *
wire_get_span(struct wire_reader *r, size_t len)
{
	const uint8_t *p = r->buf + r->at;

	if (r->overrun || len > r->len - r->at) {
		r->overrun = true;
		return NULL;
	}
	r->at += len;
	return p;
}

void
wire_get_bytes(struct wire_reader *r, void *bytes, size_t len)
{
	const uint8_t *p = wire_get_span(r, len);

	if (len == 0)
		return;
	if (p == NULL)
		memset(bytes, 0, len);
	else
		memcpy(bytes, p, len);
}

uint8_t
wire_get_u8(struct wire_reader *r)
{
	uint8_t b[1];

	wire_get_bytes(r, b, sizeof b);
	return b[0];
}

uint16_t
wire_get_u16(struct wire_reader *r)
{
	uint8_t b[2];

	wire_get_bytes(r, b, sizeof b);
	return (uint16_t)(b[0] | (b[1] << 8));
}

uint32_t
wire_get_u32(struct wire_reader *r)
{
	uint8_t b[4];

	wire_get_bytes(r, b, sizeof b);
	return wire_u32_from(b);
}

uint64_t
wire_get_u64(struct wire_reader *r)
{
	uint8_t b[8];

	wire_get_bytes(r, b, sizeof b);
	return wire_u64_from(b);
}

void
wire_get_str(struct wire_reader *r, char *s, size_t room)
{
	size_t len = wire_get_u16(r);
	const uint8_t *p = wire_get_span(r, len);

	s[0] = '\0';
	if (p == NULL)
		return;
	if (len >= room || memchr(p, '\0', len) != NULL) {
		r->overrun = true;
		return;
	}
	if (len > 0)
		memcpy(s, p, len);
	s[len] = '\0';
}

size_t
wire_left(const struct wire_reader *r)
{
	return r->len - r->at;
}

enum status
wire_reader_status(const struct wire_reader *r, enum status bad)
{
	return r->overrun ? bad : ST_OK;
}

enum status
wire_reader_end(const struct wire_reader *r, enum status bad)
{
	return r->overrun || r->at != r->len ? bad : ST_OK;
}
