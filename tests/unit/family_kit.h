/* family_kit.h: circuits on big integers, 64 samples at a time. */
#ifndef KONSIL_FAMILY_KIT_H
#define KONSIL_FAMILY_KIT_H

#include <assert.h>
#include <gmp.h>
#include <string.h>

#include "../../circuits/family.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/base/random.h"

enum { LANES = 64, N_PLANE_MAX = 4096 };

struct planes {
	uint64_t w[N_PLANE_MAX];
};

/* Evaluates one word of lanes; the circuit is checked first. */
static inline void
kit_eval(struct planes *out, const struct planes *in, const struct circuit *c)
{
	static const uint64_t *ip[N_PLANE_MAX];
	static uint64_t *op[N_PLANE_MAX];
	struct fault f = { 0 };
	enum status st = circuit_check(c, &f);

	if (st != ST_OK)
		fprintf(stderr, "%s: %s\n", c->name, f.message);
	assert(st == ST_OK && c->n_in <= N_PLANE_MAX && c->n_out <= N_PLANE_MAX);
	for (uint32_t i = 0; i < c->n_in; i++)
		ip[i] = &in->w[i];
	for (uint32_t i = 0; i < c->n_out; i++)
		op[i] = &out->w[i];
	st = circuit_eval(op, ip, c, LANES);
	assert(st == ST_OK);
}

/* Bits lo .. lo + k of one lane as a number without sign. */
static inline void
kit_get(mpz_t d, const struct planes *p, uint32_t lo, uint32_t k, unsigned lane)
{
	mpz_set_ui(d, 0);
	for (uint32_t i = 0; i < k; i++)
		if ((p->w[lo + i] >> lane & 1) != 0)
			mpz_setbit(d, i);
}

static inline void
kit_put(struct planes *p, uint32_t lo, uint32_t k, unsigned lane, const mpz_t v)
{
	for (uint32_t i = 0; i < k; i++) {
		p->w[lo + i] &= ~(UINT64_C(1) << lane);
		p->w[lo + i] |= (uint64_t)mpz_tstbit(v, i) << lane;
	}
}

/* Random bits; of some lanes only the low ones, or nearly all 0 or 1, so that extremes come up. */
static inline void
kit_random(struct planes *p, uint32_t lo, uint32_t k)
{
	uint64_t sparse[2];

	random_bytes(&p->w[lo], k * sizeof p->w[0]);
	for (uint32_t i = 0; i < k; i++) {
		random_bytes(sparse, sizeof sparse);
		uint64_t rare = p->w[lo + i] & sparse[0] & sparse[1] & 0xffff;
		p->w[lo + i] &= ~UINT64_C(0xffffffff);
		p->w[lo + i] |= rare | (~rare << 16 & 0xffff0000);
		random_bytes(sparse, sizeof sparse);
		p->w[lo + i] |= i < k / 2 ? sparse[0] & 0xff00000000 : 0;
		if (i >= k / 2)
			p->w[lo + i] &= ~UINT64_C(0xff00000000);
	}
}

#endif
