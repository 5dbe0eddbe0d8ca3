/* wire.h: bytes on the wire and in files: little-endian, fixed width, bounds checked.
 *
 * A writer fills a buffer of the caller's, a reader walks over one.  Errors stick: after the first
 * put that does not fit or get that is not there, every further one does nothing (a get gives
 * zeros), and wire_status says what it was.  Check it once, at the end. */
#ifndef KONSIL_WIRE_H
#define KONSIL_WIRE_H

#include "../base/status.h"

struct wire_writer {
	uint8_t *buf;
	size_t room, len;               /* len <= room bytes are written */
	bool full;
};

struct wire_reader {
	const uint8_t *buf;
	size_t len, at;                 /* at <= len bytes are read */
	bool overrun;                    /* more was asked for than there is */
};

void wire_writer_init(struct wire_writer *w, void *buf, size_t room);
void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_u16(struct wire_writer *w, uint16_t v);
void wire_put_u32(struct wire_writer *w, uint32_t v);
void wire_put_u64(struct wire_writer *w, uint64_t v);
void wire_put_bytes(struct wire_writer *w, const void *bytes, size_t len);
/* Length (2 bytes), then the bytes of a string of at most 65,535. */
void wire_put_str(struct wire_writer *w, const char *s);
/* Our own messages always fit: ST_INTERNAL if one did not. */
enum status wire_writer_status(const struct wire_writer *w) MUST_USE;

void wire_reader_init(struct wire_reader *r, const void *buf, size_t len);
uint8_t wire_get_u8(struct wire_reader *r);
uint16_t wire_get_u16(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);
void wire_get_bytes(struct wire_reader *r, void *bytes, size_t len);
/* The next len bytes in place, or NULL if they are not there. */
const uint8_t *wire_get_span(struct wire_reader *r, size_t len);
/* Writes a terminated string to s; one that does not fit or has a NUL inside is an error. */
void wire_get_str(struct wire_reader *r, char *s, size_t room);
size_t wire_left(const struct wire_reader *r);
/* ST_OK if everything asked for was there; else `bad`: ST_ABORT for a message of a peer, ST_DATA
 * for a file.  wire_reader_end also wants nothing to be left over. */
enum status wire_reader_status(const struct wire_reader *r, enum status bad) MUST_USE;
enum status wire_reader_end(const struct wire_reader *r, enum status bad) MUST_USE;

/* One number at a known place. */
void wire_u64_to(uint8_t d[8], uint64_t v);
uint64_t wire_u64_from(const uint8_t s[8]);
void wire_u32_to(uint8_t d[4], uint32_t v);
uint32_t wire_u32_from(const uint8_t s[4]);

#endif
