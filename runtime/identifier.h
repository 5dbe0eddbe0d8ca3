/* identifier.h: what inputs of type id are made of.
 *
 * A text is trimmed of white space and brought into Unicode's normal form C (UAX #15), so that
 * "Zoe\u0308" and " Zo\u00eb " are one; case, punctuation and spaces within stay.  Each text
 * gives a part of 256 bits, BLAKE2b with a personalisation of its own; an identifier is 80 bits of
 * BLAKE2b over its parts one after another.  Parts are of one length, so "ab", "c" and "a", "bc"
 * differ.
 *
 * There is no key: hashes leave a site as random shares only, so nobody could look one up; and
 * contributors, who never meet, must come to the same hash.  Of n identifiers, two that differ have
 * one hash with a probability of n^2 / 2^81: 2^-43 for a million. */
#ifndef KONSIL_IDENTIFIER_H
#define KONSIL_IDENTIFIER_H

#include "code/code.h"

enum { IDENTIFIER_PART_BYTES = 32 };

/* *len bytes from *s on are s without white space on either side. */
void identifier_trim(const char **s, size_t *len);
/* s is UTF-8.  ST_INTERNAL if there is no memory. */
enum status identifier_part(uint8_t part[IDENTIFIER_PART_BYTES], const char *s, size_t len)
    MUST_USE;
/* The identifier of n parts, one behind the other. */
i128 identifier_join(const uint8_t *parts, size_t n);

#endif
