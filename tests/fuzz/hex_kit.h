/* hex_kit.h: seeds of binary messages as text, so that a corpus can be read.
 *
 * A seed that begins with "hex:" is pairs of hexadecimal digits; what is none of these is skipped,
 * and so is everything from a # to the line's end. */
#ifndef KONSIL_HEX_KIT_H
#define KONSIL_HEX_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline int
hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Writes the bytes that the text stands for, at most room of them, and returns how many. */
static inline size_t
hex_bytes(uint8_t *out, size_t room, const uint8_t *text, size_t len)
{
	bool comment = false;
	int high = -1;
	size_t n = 0;

	for (size_t i = 0; i < len && n < room; i++) {
		int digit = hex_digit(text[i]);

		comment = text[i] == '#' || (comment && text[i] != '\n');
		if (comment || digit < 0)
			continue;
		if (high >= 0)
			out[n++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	return n;
}

/* If it is such text, makes *data and *len the bytes that it stands for. */
static inline void
hex_seed(const uint8_t **data, size_t *len, uint8_t *room_at, size_t room)
{
	if (*len < 4 || memcmp(*data, "hex:", 4) != 0)
		return;
	*len = hex_bytes(room_at, room, *data + 4, *len - 4);
	*data = room_at;
}

#endif
