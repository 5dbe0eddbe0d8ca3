/* fuzz_record.c: any bytes as a stream of records.
 *
 * The first byte chooses: even, the rest is taken as it is; odd, heads get their right hash, so
 * that what lies behind that check is reached, too.  Seeds are text (hex_kit.h). */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "../../runtime/net/record.h"
#include "../../runtime/net/wire.h"
#include "hex_kit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const struct record_keys keys = { { 1 }, { 2 } };

static void
forge_hash(uint8_t head[RECORD_HEAD], uint64_t n)
{
	uint8_t in[16];

	memcpy(in, head, 8);
	wire_u64_to(in + 8, n);
	(void)crypto_shorthash(head + 8, in, sizeof in, keys.head);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[RECORD_MAX], bytes[1 << 16];
	struct record_dir d;
	struct record_head h;
	uint8_t head[RECORD_HEAD];
	size_t at = 1;
	enum status st = record_init(&d, &keys, false);

	hex_seed(&data, &len, bytes, sizeof bytes);
	while (st == ST_OK && len > at && len - at >= RECORD_HEAD) {
		memcpy(head, data + at, sizeof head);
		if (data[0] % 2 == 1)
			forge_hash(head, d.n_head);
		st = record_head_check(&d, &h, head);
		if (st != ST_OK || len - at < h.len + RECORD_OVERHEAD)
			break;
		assert(h.len <= RECORD_MAX);
		st = record_open(&d, out, data + at);
		at += h.len + RECORD_OVERHEAD;
	}
	record_fini(&d);
	return 0;
}
