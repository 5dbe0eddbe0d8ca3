/* rep_num_ring.h: the arithmetic of rep_num.h, for one ring; included by rep_num_64.c and
 * rep_num_128.c, which define S (a share), U (its number), W (bits), K(name, what). */
#include "rep_num.h"

#include "../runtime/base/mem.h"

#include <string.h>

/* Bits b of the turn's elements, sliced, as numbers 0 and all ones. */
static void
spread(U *d, const struct num *a, unsigned b)
{
	for (size_t i = 0; i < a->n; i++)
		d[i] = 0 - (U)(a->word[i / GROUP * a->bits + b] >> i % GROUP & 1);
}

/* Node s's parts, or the one of a receiver's: [0] those with node me - 1, [1] with node me + 1. */
static void
draw_part(U *d, const struct proto *p, const struct num *a, unsigned k)
{
	prg_elements(&p->with[k][REP_SHARE], rep_stream(a->seq, 0, NUM_PARTS), a->i, W, d, a->n);
}

/* Pads of bit b, addressed by turn, bit and element, however turns are cut. */
static void
draw_pads(U *d, const struct proto *p, const struct num *a, unsigned k, unsigned b)
{
	const uint64_t in = a->i % REP_TURN, turn = (a->i - in) * a->bits;

	prg_elements(&p->with[k][REP_PAD], rep_stream(a->seq, 0, NUM_PADS),
	    turn + b * (uint64_t)REP_TURN + in, W, d, a->n);
}

/* What bit b counts: 2^b, and whether negative. */
static U
negative(const struct num *a, unsigned b)
{
	return 0 - (U)(a->is_signed && b == a->bits - 1);
}

/* 1. and 2. of s, to both receivers. */
static void
send_bits(const struct proto *p, const struct num *a, struct parcel *out)
{
	U bit[REP_TURN], pad[REP_TURN];

	for (unsigned b = 0; b < a->bits; b++) {
		spread(bit, a, b);
		for (unsigned k = 0; k < 2; k++) {
			draw_pads(pad, p, a, k, b);
			for (size_t i = 0; i < a->n; i++)
				pad[i] -= bit[i];
			rep_put(&out->at[k == 0 ? rep_next(p->me) : rep_prev(p->me)], pad, a->n,
			    sizeof *pad, rep_num_bytes(W, b));
		}
	}
	wipe(bit, sizeof bit);
	wipe(pad, sizeof pad);
}

void
K(rep_num, _begin)(const struct proto *p, const struct num *a, void *const d[2],
    struct parcel *out)
{
	const unsigned k = rep_side(p, a->sender);
	U minus[REP_TURN], pad[REP_TURN], sum[REP_TURN];

	if (p->me == a->sender) {
		draw_part(d[0], p, a, 0);
		draw_part(d[1], p, a, 1);
		send_bits(p, a, out);
		return;
	}
	draw_part(sum, p, a, k);
	memcpy(d[k], sum, a->n * sizeof *sum);
	for (unsigned b = 0; b < a->bits; b++) {
		const U flip = negative(a, b);

		spread(minus, a, b);
		draw_pads(pad, p, a, k, b);
		for (size_t i = 0; i < a->n; i++) {
			const U m = minus[i] ^ flip;

			sum[i] += ((pad[i] ^ m) - m) << b;
		}
	}
	rep_put(&out->at[rep_partner(p, a->sender)], sum, a->n, sizeof *sum, W / 8);
	wipe(minus, sizeof minus);
	wipe(pad, sizeof pad);
	wipe(sum, sizeof sum);
}

/* 3. */
void
K(rep_num, _end)(const struct proto *p, const struct num *a, void *const d[2], struct parcel *in)
{
	const unsigned k = rep_side(p, a->sender);
	U minus[REP_TURN], masked[REP_TURN], sum[REP_TURN];
	S *known = d[k], *part = d[1 - k];

	if (p->me == a->sender)
		return;
	rep_get(sum, &in->at[rep_partner(p, a->sender)], a->n, sizeof *sum, W / 8);
	for (size_t i = 0; i < a->n; i++)
		sum[i] = 0 - sum[i] - known[i].v;
	for (unsigned b = 0; b < a->bits; b++) {
		const U flip = negative(a, b);

		spread(minus, a, b);
		rep_get(masked, &in->at[a->sender], a->n, sizeof *masked, rep_num_bytes(W, b));
		for (size_t i = 0; i < a->n; i++) {
			const U m = minus[i] ^ flip, v = (U)0 - minus[i];

			sum[i] += (((masked[i] ^ m) - m) + ((v ^ flip) - flip)) << b;
		}
	}
	memcpy(part, sum, a->n * sizeof *sum);
	wipe(minus, sizeof minus);
	wipe(masked, sizeof masked);
	wipe(sum, sizeof sum);
}
