/* prg.c: see prg.h */
#include "prg.h"

#include "mem.h"

#include <string.h>

enum { PIECE = 64 };

void
prg_init(struct prg *g, const uint8_t key[16])
{
	block k;

	memcpy(&k, key, sizeof k);
	aes_best()->expand(&g->key, k);
	wipe(&k, sizeof k);
}

void
prg_fill(const struct prg *g, uint64_t seq, uint64_t first, void *out, size_t len)
{
	uint8_t *d = out;
	block piece[PIECE];        /* out need not be aligned as a block is */

	while (len > 0) {
		size_t n = len < sizeof piece ? len : sizeof piece;

		aes_best()->ctr(piece, &g->key, seq, first, (n + 15) / 16);
		memcpy(d, piece, n);
		first += PIECE;
		d += n;
		len -= n;
	}
	wipe(piece, sizeof piece);
}

void
prg_elements(const struct prg *g, uint64_t seq, uint64_t lo, unsigned width, void *out, size_t n)
{
	uint64_t *at = out, pair[2];

	if (width == 128) {
		prg_fill(g, seq, lo, out, n * 16);
		return;
	}
	if (n > 0 && lo % 2 == 1) {
		prg_fill(g, seq, lo / 2, pair, sizeof pair);
		*at++ = pair[1];
		lo++;
		n--;
		wipe(pair, sizeof pair);
	}
	prg_fill(g, seq, lo / 2, at, n * 8);
}

void
prg_fini(struct prg *g)
{
	wipe(g, sizeof *g);
}
