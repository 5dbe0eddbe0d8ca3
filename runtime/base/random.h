/* random.h: random bytes from the operating system.
 *
 * Nothing is buffered, so a fork duplicates no state.  Everything secret that is not derived from
 * a key starts here.  Ends the process (libsodium does) if the system has no randomness. */
#ifndef KONSIL_RANDOM_H
#define KONSIL_RANDOM_H

#include <stddef.h>

void random_bytes(void *out, size_t len);

#endif
