/* guest_wire.c: see guest_wire.h */
#include "guest_wire.h"

#include <assert.h>

#include "net/wire.h"

enum { ROWS_MAX_LOG2 = 40, ROWS_BYTES_MAX = 6 };

void
guest_head_create(uint8_t msg[GUEST_HEAD_BYTES], const struct guest_head *h)
{
	struct wire_writer w;

	wire_writer_init(&w, msg, GUEST_HEAD_BYTES);
	wire_put_u8(&w, (uint8_t)h->purpose);
	wire_put_u64(&w, h->rows);
	wire_put_bytes(&w, h->header, sizeof h->header);
	wire_put_bytes(&w, h->id, sizeof h->id);
}

enum status
guest_head_consume(struct guest_head *h, const uint8_t msg[GUEST_HEAD_BYTES])
{
	struct wire_reader r;
	uint8_t purpose;

	wire_reader_init(&r, msg, GUEST_HEAD_BYTES);
	purpose = wire_get_u8(&r);
	h->rows = wire_get_u64(&r);
	wire_get_bytes(&r, h->header, sizeof h->header);
	wire_get_bytes(&r, h->id, sizeof h->id);
	if ((purpose != GUEST_CONTRIBUTE && purpose != GUEST_COLLECT) ||
	    h->rows >> ROWS_MAX_LOG2 != 0)
		return ST_ABORT;
	h->purpose = (enum guest_purpose)purpose;
	return wire_reader_end(&r, ST_ABORT);
}

void
guest_answer_create(uint8_t msg[GUEST_ANSWER_BYTES], enum guest_answer a, const uint8_t h2[32])
{
	struct wire_writer w;

	wire_writer_init(&w, msg, GUEST_ANSWER_BYTES);
	wire_put_u8(&w, (uint8_t)a);
	wire_put_bytes(&w, h2, 32);
}

enum status
guest_answer_consume(enum guest_answer *a, uint8_t h2[32], const uint8_t msg[GUEST_ANSWER_BYTES])
{
	struct wire_reader r;
	uint8_t answer;

	wire_reader_init(&r, msg, GUEST_ANSWER_BYTES);
	answer = wire_get_u8(&r);
	wire_get_bytes(&r, h2, 32);
	if (answer < GUEST_STORED || answer > GUEST_NOTHING)
		return ST_ABORT;
	*a = (enum guest_answer)answer;
	return wire_reader_end(&r, ST_ABORT);
}

size_t
guest_rows_create(uint8_t msg[GUEST_ROWS_BYTES_MAX], const struct party *p, uint32_t n)
{
	size_t len = 0;

	assert(n <= N_PARTY_MAX);
	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = p[i].rows;

		assert(x >> ROWS_MAX_LOG2 == 0);
		for (; x >= 128; x >>= 7)
			msg[len++] = (uint8_t)(x | 128);
		msg[len++] = (uint8_t)x;
	}
	return len;
}

enum status
guest_rows_consume(struct party *p, uint32_t n, const uint8_t *msg, size_t len)
{
	size_t at = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = 0;
		unsigned k = 0;
		uint8_t b;

		do {
			if (at == len || k == ROWS_BYTES_MAX)
				return ST_ABORT;
			b = msg[at++];
			x |= (uint64_t)(b & 127) << 7 * k++;
		} while (b >= 128);
		if (x >> ROWS_MAX_LOG2 != 0)
			return ST_ABORT;
		p[i].rows = x;
	}
	return at == len ? ST_OK : ST_ABORT;
}
