/* rep_trunc.c: TRUNC_A of protocol replicated, in one round.
 *
 * Of x with |x| < 2^(k-2), k bits in the ring, by f bits: x' = x + 2^(k-2) - 1 is in
 * 0 .. 2^(k-1).  The sender s of an element (rep_turn.h) knows u = x_s + x_(s+1) + 2^(k-2) - 1, and
 * nodes s+1 and s+2 know v = x_(s+2).  So u + v = x' + w 2^k, and as msb(x') = 0, the wrap is
 * w = msb(u) or msb(v) [MSB-to-wrap of SIRNN, Rathee et al. 2021], and
 *
 *     y = (u >> f) + (v >> f) + 1 - w 2^(k-f) - 2^(k-2-f)
 *
 * is x / 2^f, rounded down or up, and exact where 2^f divides x: that is what the -1 is for, as the
 * low bits of x' are then all ones, to which those of u and v add up without a carry.  The parts of
 * y are sums of three sharings:
 * 1. (u >> f) + 1 - 2^(k-2-f), which s shares as in SHARE;
 * 2. v >> f as part s+2, which those two nodes know, and 0 as the others;
 * 3. w modulo 2^f, times -2^(k-f).  With a = msb(u) and c = msb(v), w = c + (1 - c) a, as in
 *    rep_turn.h.  Of these numbers f bits count, and so many whole bytes are sent.
 *
 * Rounded up is what has x' mod 2^f at least u mod 2^f: see SECURITY.md. */
#include "linear.h"
#include "rep_turn.h"

#include "../runtime/base/mem.h"

enum { FRESH, WRAP };                   /* purposes of streams */

/* Elements i .. i + n, of one turn. */
struct turn {
	uint64_t i, seq;
	size_t n;
	unsigned sender, f, r;
};

static struct turn
turn_at(const struct operands *x, unsigned r, uint64_t i, uint64_t hi)
{
	return (struct turn){ .i = i, .seq = x->seq, .n = rep_turn(i, hi), .sender = rep_sender(i),
		.f = (unsigned)x->imm[0], .r = r };
}

static unsigned
wrap_bytes(unsigned f)
{
	return (f + 7) / 8;
}

#define RING 64
#define SHARE ashare64
#define WORD uint64_t
#define F(name, ...) name##64##__VA_ARGS__
#include "rep_trunc_ring.h"
#undef RING
#undef SHARE
#undef WORD
#undef F

#define RING 128
#define SHARE ashare128
#define WORD u128
#define F(name, ...) name##128##__VA_ARGS__
#include "rep_trunc_ring.h"

static enum status
begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	if (!trunc_is_zero(x->width, x->imm[0]))
		(x->width == 64 ? trunc64_begin : trunc128_begin)(p, x, r, lo, hi, out);
	return ST_OK;
}

static enum status
end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const size_t size = x->width / 8;

	if (!trunc_is_zero(x->width, x->imm[0])) {
		(x->width == 64 ? trunc64_end : trunc128_end)(p, x, r, lo, hi, in);
		return ST_OK;
	}
	for (unsigned k = 0; k < 2; k++)
		memset((uint8_t *)rep_part(x, k).d + lo * size, 0, (hi - lo) * size);
	return ST_OK;
}

/* What an element with this sender takes. */
static uint64_t
each(const struct operands *x, unsigned sender, unsigned from, unsigned to)
{
	if (trunc_is_zero(x->width, x->imm[0]) || from == to || to == sender)
		return 0;
	return wrap_bytes((unsigned)x->imm[0]) +
	    (from == sender && to == rep_next(sender) ? x->width / 8 : 0);
}

static uint64_t
step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return REP_STEP * each(x, 0, 0, 1);
}

static uint64_t
bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	uint64_t sum = 0;

	(void)n_nodes;
	(void)r;
	for (unsigned sender = 0; sender < REP_NODES; sender++)
		sum += rep_turns(sender, lo, hi) * each(x, sender, from, to);
	return sum;
}

const struct proto_row replicated_trunc = {
	.rounds = 1, .step = REP_STEP, .units = rep_units, .step_bytes = step_bytes, .bytes = bytes,
	.begin = begin, .end = end,
};
