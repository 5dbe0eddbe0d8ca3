/* bytes.h: little-endian, fixed-width reading and writing within bounds.
 *
 * Errors stick: after a read beyond the end (or a failed allocation when writing) `bad` is set,
 * every later read gives zeros, every later write does nothing, and the caller looks once at the
 * end.  Nothing here branches on what the bytes are. */
#ifndef KONSIL_BYTES_H
#define KONSIL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes_in {
	const uint8_t *at;
	size_t left;
	bool bad;
};

/* The next n bytes, which stay where they are; NULL if there are not so many. */
const uint8_t *bytes_take(struct bytes_in *in, size_t n);
/* The next size (1, 2, 4 or 8) bytes as a number; 0 if there are not so many. */
uint64_t bytes_take_num(struct bytes_in *in, unsigned size);

/* Grows as needed; buf is the owner's, to be freed with mem_free.  Zeroed = empty. */
struct bytes_out {
	uint8_t *buf;
	size_t len, cap;
	bool bad;
};

void bytes_put(struct bytes_out *out, const void *p, size_t n);
/* The lowest size (1, 2, 4 or 8) bytes of x. */
void bytes_put_num(struct bytes_out *out, uint64_t x, unsigned size);
/* Overwrites size bytes at `at`, which were written before. */
void bytes_patch_num(struct bytes_out *out, size_t at, uint64_t x, unsigned size);

#endif
