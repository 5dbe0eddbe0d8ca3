/* ot_chosen.c: see ot_chosen.h */
#include "ot_chosen.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

void
ot_create_choice(struct cot_receiver *r, struct ot_work *w, uint8_t *msg, block *pad,
    const uint8_t *choice, size_t n)
{
	cot_create_pads(r, &w->cot, msg, pad, choice, n);
}

void
ot_create_answer(struct cot_sender *d, struct ot_work *w, uint8_t *answer, const uint8_t *msg,
    const block *m0, const block *m1, size_t n)
{
	cot_consume_pads(d, &w->cot, w->pad0, w->pad1, msg, n);
	for (size_t j = 0; j < n; j++) {
		const block c[2] = { block_xor(m0[j], w->pad0[j]), block_xor(m1[j], w->pad1[j]) };

		memcpy(answer + j * sizeof c, c, sizeof c);
	}
}

void
ot_consume_answer(block *out, const block *pad, const uint8_t *choice, const uint8_t *answer,
    size_t n)
{
	for (size_t j = 0; j < n; j++) {
		block c[2];

		memcpy(c, answer + j * sizeof c, sizeof c);
		out[j] = block_xor(pad[j], block_select(choice[j / 8] >> j % 8 & 1, c[1], c[0]));
	}
}

/* 1 if a == b, for small numbers, without a branch. */
static uint64_t
equal(uint64_t a, uint64_t b)
{
	return ((a ^ b) - 1) >> 63;
}

/* Step 1; then the sum of F(K_b, x) over b, picked from all F(K_b, y). */
void
otn_create_choice(struct cot_receiver *r, struct ot_work *w, uint8_t *msg, block *key,
    const uint8_t *index, unsigned bits, size_t n)
{
	const size_t many = (size_t)1 << bits;
	block f[OT_BITS_MAX * OT_N_MAX];

	assert(bits >= 1 && bits <= OT_BITS_MAX && n * bits <= COT_BATCH);
	memset(w->index, 0, (n * bits + 7) / 8);
	for (size_t j = 0; j < n * bits; j++)
		w->index[j / 8] |= (uint8_t)((index[j / bits] >> j % bits & 1) << j % 8);
	cot_create_pads(r, &w->cot, msg, w->pad0, w->index, n * bits);
	for (size_t e = 0; e < n; e++) {
		block sum = { { 0, 0 } };

		aes_best()->ctr_keys(f, w->pad0 + e * bits, bits, 0, many);
		for (size_t j = 0; j < bits * many; j++) {
			uint64_t mask = 0 - equal(j % many, index[e]);

			sum.w[0] ^= f[j].w[0] & mask;
			sum.w[1] ^= f[j].w[1] & mask;
		}
		key[e] = sum;
	}
	wipe(f, sizeof f);
}

/* Step 2. */
void
otn_create_answer(struct cot_sender *d, struct ot_work *w, uint8_t *answer, const uint8_t *msg,
    const uint8_t *m, unsigned bits, size_t len, size_t n)
{
	const size_t many = (size_t)1 << bits;
	block f[2][OT_BITS_MAX * OT_N_MAX], sum;

	assert(bits >= 1 && bits <= OT_BITS_MAX && n * bits <= COT_BATCH && len <= sizeof sum);
	cot_consume_pads(d, &w->cot, w->pad0, w->pad1, msg, n * bits);
	for (size_t e = 0; e < n; e++) {
		aes_best()->ctr_keys(f[0], w->pad0 + e * bits, bits, 0, many);
		aes_best()->ctr_keys(f[1], w->pad1 + e * bits, bits, 0, many);
		for (size_t y = 0; y < many; y++) {
			sum = (block){ { 0, 0 } };
			for (size_t b = 0; b < bits; b++)
				sum = block_xor(sum, f[y >> b & 1][b * many + y]);
			for (size_t i = 0; i < len; i++)
				*answer++ = (uint8_t)(*m++ ^ sum.w[i / 8] >> i % 8 * 8);
		}
	}
	wipe(f, sizeof f);
	wipe(&sum, sizeof sum);
}

/* Step 3. */
void
otn_consume_answer(uint8_t *out, const block *key, const uint8_t *index, const uint8_t *answer,
    unsigned bits, size_t len, size_t n)
{
	const size_t many = (size_t)1 << bits;

	for (size_t e = 0; e < n; e++)
		for (size_t i = 0; i < len; i++) {
			uint8_t c = (uint8_t)(key[e].w[i / 8] >> i % 8 * 8);

			for (size_t y = 0; y < many; y++)
				c ^= answer[(e * many + y) * len + i] &
				    (uint8_t)(0 - equal(y, index[e]));
			out[e * len + i] = c;
		}
}
