/* prg.c: see prg.h */
#include "prg.h"

#include "mem.h"

#include <string.h>

enum { PIECE = 128 };       /* blocks on the stack */

void
prg_init(struct prg *g, const uint8_t key[16])
{
	block k;

	memcpy(&k, key, sizeof k);
	aes_best()->expand(&g->key, k);
	wipe(&k, sizeof k);
}

/* Whole blocks go straight to where they belong, if that is aligned as a block is; the rest takes
 * the way over `piece`. */
void
prg_fill(const struct prg *g, uint64_t seq, uint64_t first, void *out, size_t len)
{
	const struct aes_kernel *aes = aes_best();
	const size_t used = len < sizeof(block[PIECE]) ? len : sizeof(block[PIECE]);
	uint8_t *d = out;
	block piece[PIECE];

	if ((uintptr_t)out % _Alignof(block) == 0) {
		aes->ctr(out, &g->key, seq, first, len / sizeof *piece);
		first += len / sizeof *piece;
		d += len - len % sizeof *piece;
		len %= sizeof *piece;
	}
	while (len > 0) {
		size_t n = len < sizeof piece ? len : sizeof piece;

		aes->ctr(piece, &g->key, seq, first, (n + sizeof *piece - 1) / sizeof *piece);
		memcpy(d, piece, n);
		first += PIECE;
		d += n;
		len -= n;
	}
	wipe(piece, (used + sizeof *piece - 1) / sizeof *piece * sizeof *piece);
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
