/* fuzz_guest.c: any bytes as what a guest and a node say to each other (guest_wire.h).
 *
 * The first byte chooses the message: head, answer, or row counts.  What is accepted must be
 * written again as it was read.  Seeds are text (hex_kit.h). */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../../runtime/guest_wire.h"
#include "hex_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PARTIES_MAX = 64 };

static void
head(const uint8_t *data, size_t len)
{
	uint8_t msg[GUEST_HEAD_BYTES] = { 0 }, again[GUEST_HEAD_BYTES];
	struct guest_head h;

	memcpy(msg, data, len < sizeof msg ? len : sizeof msg);
	if (guest_head_consume(&h, msg) != ST_OK)
		return;
	guest_head_create(again, &h);
	assert(memcmp(msg, again, sizeof msg) == 0);
}

static void
answer(const uint8_t *data, size_t len)
{
	uint8_t msg[GUEST_ANSWER_BYTES] = { 0 }, again[GUEST_ANSWER_BYTES], h2[32];
	enum guest_answer a;

	memcpy(msg, data, len < sizeof msg ? len : sizeof msg);
	if (guest_answer_consume(&a, h2, msg) != ST_OK)
		return;
	guest_answer_create(again, a, h2);
	assert(memcmp(msg, again, sizeof msg) == 0);
}

/* The next byte says how many parties. */
static void
rows(const uint8_t *data, size_t len)
{
	static uint8_t again[GUEST_ROWS_BYTES_MAX];
	struct party p[PARTIES_MAX] = { { 0 } }, q[PARTIES_MAX] = { { 0 } };
	uint32_t n = len == 0 ? 0 : data[0] % PARTIES_MAX;

	if (len == 0 || guest_rows_consume(p, n, data + 1, len - 1) != ST_OK)
		return;
	/* A count may have been said in more bytes than it takes: then it is the same count. */
	assert(guest_rows_create(again, p, n) <= len - 1);
	assert(guest_rows_consume(q, n, again, guest_rows_create(again, p, n)) == ST_OK);
	for (uint32_t i = 0; i < n; i++)
		assert(p[i].rows == q[i].rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t text[1 << 12];

	hex_seed(&data, &len, text, sizeof text);
	if (len == 0)
		return 0;
	if (data[0] % 3 == 0)
		head(data + 1, len - 1);
	else if (data[0] % 3 == 1)
		answer(data + 1, len - 1);
	else
		rows(data + 1, len - 1);
	return 0;
}
