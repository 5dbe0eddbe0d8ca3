/* rep_open.c: REVEAL and OPEN of protocol replicated, and what is compared of them: see rep_open.h.
 *
 * Recipients that are no nodes get parts from several nodes, so these are masked first, by a
 * sharing of zero that all three nodes know, and nobody else: A and B are added to parts 0 and 1,
 * A + B taken off part 2.  A recipient that colludes with a node learns by that what the node
 * could have worked out: the third part.
 *
 * To a recipient i, node i+1 sends its second part, x_(i+2), which i lacks.  Nothing masks it: it
 * is what the value and i's own parts leave, so that i could have worked it out from the value. */
#include "rep_open.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/plain.h"

#include <string.h>

void
rep_open_init(struct proto *p)
{
	crypto_onetimeauth_state *const state[2] = { &p->heard, &p->vouched };
	uint8_t key[crypto_onetimeauth_KEYBYTES];

	/* The key with the node before is unknown to the next one, who sends what is heard. */
	for (unsigned k = 0; k < 2; k++) {
		prg_fill(&p->with[k][REP_CHECK], 0, 0, key, sizeof key);
		(void)crypto_onetimeauth_init(state[k], key);
	}
	wipe(key, sizeof key);
}

void
rep_vouch(struct proto *p, uint32_t recipients, const void *first, size_t len)
{
	if ((recipients >> rep_next(p->me) & 1) != 0)
		(void)crypto_onetimeauth_update(&p->vouched, first, len);
}

void
rep_heard(struct proto *p, const void *from_next, size_t len)
{
	(void)crypto_onetimeauth_update(&p->heard, from_next, len);
}

enum status
rep_check(struct proto *p, struct fault *f)
{
	const unsigned before = rep_prev(p->me), behind = rep_next(p->me);
	uint8_t mine[REP_TAG], theirs[REP_TAG];
	enum status st = ST_OK;

	(void)crypto_onetimeauth_final(&p->vouched, mine);
	TRY(chan_post(p->ch, behind, mine, sizeof mine));
	TRY(chan_wait(p->ch, before, theirs, sizeof theirs));
	(void)crypto_onetimeauth_final(&p->heard, mine);
	if (sodium_memcmp(mine, theirs, sizeof mine) != 0)
		TRY(fault_set(f, ST_ABORT, "%s and %s differ in what was opened: one of the two deviated "
		    "from the protocol", code_node_name(p->code, behind), code_node_name(p->code, before)));
	chan_round(p->ch);
out:
	wipe(mine, sizeof mine);
	wipe(theirs, sizeof theirs);
	return st;
}

static uint64_t
open_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return REP_STEP * (x->width / 8);
}

static uint64_t
open_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	(void)n_nodes;
	(void)r;
	if (to != rep_prev(from) || (x->recipients >> to & 1) == 0)
		return 0;
	return (hi - lo) * (x->width / 8);
}

union piece {
	u128 aligned;
	uint8_t at[REP_BLOCK * 16];
};

/* n elements from lo on of part k of the operand; one element stands for all. */
static void
pick(union piece *d, const struct operands *x, unsigned k, uint64_t lo, size_t n)
{
	const size_t size = x->width / 8;
	const uint8_t *a = (const uint8_t *)x->a + (k == 0 ? 0 : x->part[1]);

	plain_move(d->at, 1, a + (x->na == 1 ? 0 : lo * size), x->na == 1 ? 0 : 1, n, x->width);
}

/* d += a */
static void
add(void *d, const void *a, size_t n, unsigned width)
{
	if (width == 64)
		ring64_add(d, d, a, n);
	else
		ring128_add(d, d, a, n);
}

/* n elements of the mask of part i: stream 0, stream 1, or minus both. */
static void
mask(union piece *d, const struct proto *p, unsigned i, uint64_t seq, unsigned width, uint64_t lo,
    size_t n)
{
	union piece other;

	prg_elements(&p->all, rep_stream(seq, 0, i == 1 ? 1 : 0), lo, width, d->at, n);
	if (i < 2)
		return;
	prg_elements(&p->all, rep_stream(seq, 0, 1), lo, width, other.at, n);
	if (width == 64) {
		ring64_add((ashare64 *)d, (ashare64 *)d, (ashare64 *)&other, n);
		ring64_neg((ashare64 *)d, (ashare64 *)d, n);
	} else {
		ring128_add((ashare128 *)d, (ashare128 *)d, (ashare128 *)&other, n);
		ring128_neg((ashare128 *)d, (ashare128 *)d, n);
	}
	wipe(&other, sizeof other);
}

/* Both parts, masked, for recipients that are no nodes. */
static void
put_box(const struct proto *p, const struct operands *x, uint64_t lo, size_t n)
{
	union piece part, zero;

	for (unsigned k = 0; k < 2 && x->box != NULL; k++) {
		pick(&part, x, k, lo, n);
		mask(&zero, p, (p->me + k) % REP_NODES, x->seq, x->width, lo, n);
		add(part.at, zero.at, n, x->width);
		memcpy((uint8_t *)x->box + k * x->box_bytes + lo * (x->width / 8), part.at,
		    n * (x->width / 8));
	}
	wipe(&part, sizeof part);
	wipe(&zero, sizeof zero);
}

static enum status
open_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const unsigned to = rep_prev(p->me);
	const size_t size = x->width / 8;
	union piece part;

	(void)r;
	for (uint64_t i = lo; i < hi; i += REP_BLOCK) {
		const size_t n = rep_block(i, hi);
		put_box(p, x, i, n);
		pick(&part, x, 0, i, n);
		rep_vouch(p, x->recipients, part.at, n * size);
		if ((x->recipients >> to & 1) == 0)
			continue;
		pick(&part, x, 1, i, n);
		memcpy(out->at[to], part.at, n * size);
		out->at[to] += n * size;
	}
	wipe(&part, sizeof part);
	return ST_OK;
}

static enum status
open_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const size_t size = x->width / 8;
	uint8_t **from = &in->at[rep_next(p->me)];
	union piece part;

	(void)r;
	if ((x->recipients >> p->me & 1) == 0)
		return ST_OK;
	for (uint64_t i = lo; i < hi; i += REP_BLOCK) {
		const size_t n = rep_block(i, hi);
		uint8_t *d = (uint8_t *)x->d + i * size;
		memcpy(d, *from, n * size);
		*from += n * size;
		rep_heard(p, d, n * size);
		for (unsigned k = 0; k < 2; k++) {
			pick(&part, x, k, i, n);
			add(d, part.at, n, x->width);
		}
	}
	wipe(&part, sizeof part);
	return ST_OK;
}

const struct proto_row replicated_open = {
	.rounds = 1, .step = REP_STEP, .units = rep_units, .step_bytes = open_step_bytes,
	.bytes = open_bytes, .begin = open_begin, .end = open_end,
};
