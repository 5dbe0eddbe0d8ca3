/* prg.h: a pseudo-random generator that is addressed, never run.
 *
 * Block i of stream seq is AES-128 under the key of (i, seq).  Parties that hold the same key get
 * the same bytes for the same address, whatever they asked for before, so none can drift apart.
 * The caller's duty is that no address serves two purposes.  Leaks: seq, first, len. */
#ifndef KONSIL_PRG_H
#define KONSIL_PRG_H

#include "aes.h"

struct prg {
	struct aes_key key;
};

void prg_init(struct prg *g, const uint8_t key[16]);
/* len bytes from block `first` of stream seq; a block is 16 bytes. */
void prg_fill(const struct prg *g, uint64_t seq, uint64_t first, void *out, size_t len);
/* Elements lo .. lo + n of stream seq, of `width` bits, 64 or 128, each. */
void prg_elements(const struct prg *g, uint64_t seq, uint64_t lo, unsigned width, void *out,
    size_t n);
/* Wipes; idempotent. */
void prg_fini(struct prg *g);

#endif
