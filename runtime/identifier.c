/* identifier.c: see identifier.h */
#include "identifier.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "base/mem.h"

/* Of BLAKE2b: what is hashed. */
static const uint8_t of_part[] = "konsil id part 1", of_whole[] = "konsil id hash 1";

static void
hash(uint8_t *out, size_t out_len, const uint8_t *in, size_t len, const uint8_t *what)
{
	const int bad = crypto_generichash_blake2b_salt_personal(out, out_len, in, len, NULL, 0,
	    NULL, what);

	assert(bad == 0);
	(void)bad;
}

void
identifier_trim(const char **s, size_t *len)
{
	const uint8_t *at = (const uint8_t *)*s, *end = at + *len, *last = NULL;
	const uint8_t *first = NULL;

	while (at < end) {
		ucs4_t c;
		int n = u8_mbtouc(&c, at, (size_t)(end - at));

		if (!uc_is_property_white_space(c)) {
			first = first == NULL ? at : first;
			last = at + n;
		}
		at += n;
	}
	*len = first == NULL ? 0 : (size_t)(last - first);
	*s = first == NULL ? *s : (const char *)first;
}

static bool
is_ascii(const char *s, size_t len)
{
	unsigned char all = 0;

	for (size_t i = 0; i < len; i++)
		all |= (unsigned char)s[i];
	return all < 0x80;
}

enum status
identifier_part(uint8_t part[IDENTIFIER_PART_BYTES], const char *s, size_t len)
{
	uint8_t *normal;
	size_t n = 0;

	identifier_trim(&s, &len);
	if (is_ascii(s, len)) {
		hash(part, IDENTIFIER_PART_BYTES, (const uint8_t *)s, len, of_part);
		return ST_OK;
	}
	normal = u8_normalize(UNINORM_NFC, (const uint8_t *)s, len, NULL, &n);
	if (normal == NULL) {
		memset(part, 0, IDENTIFIER_PART_BYTES);
		return ST_INTERNAL;
	}
	hash(part, IDENTIFIER_PART_BYTES, normal, n, of_part);
	wipe(normal, n);
	free(normal);
	return ST_OK;
}

i128
identifier_join(const uint8_t *parts, size_t n)
{
	uint8_t h[crypto_generichash_blake2b_BYTES_MIN];
	i128 x = 0;

	hash(h, sizeof h, parts, n * IDENTIFIER_PART_BYTES, of_whole);
	for (unsigned i = ID_BITS / 8; i-- > 0;)
		x = x << 8 | h[i];
	wipe(h, sizeof h);
	return x;
}
