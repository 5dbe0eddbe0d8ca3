/* rep_trunc_ring.h: the arithmetic of rep_trunc.c, once for each ring.
 *
 * rep_trunc.c includes it with RING = 64 and 128, SHARE and WORD the types of a share and of its
 * number, and F(name) the name with the width appended. */

/* A turn's elements of part k of the operand; one element stands for all. */
static void
F(pick)(SHARE *d, const struct operands *x, unsigned k, const struct turn *t)
{
	const SHARE *a = rep_part(x, k).a;
	const size_t step = x->na == 1 ? 0 : 1;

	a += step * t->i;
	for (size_t i = 0; i < t->n; i++)
		d[i] = a[step * i];
}

/* The turn's numbers of a stream of the key with the node before (k = 0) or behind. */
static void
F(draw)(void *d, const struct proto *p, const struct turn *t, unsigned k, enum rep_use use,
    unsigned purpose)
{
	prg_elements(&p->with[k][use], rep_stream(t->seq, t->r, purpose), t->i, RING, d, t->n);
}

/* Where the turn's elements of part k of the result go. */
static SHARE *
F(result)(const struct operands *x, unsigned k, const struct turn *t)
{
	return (SHARE *)rep_part(x, k).d + t->i;
}

/* d -= w 2^(k-f), d this part of y. */
static void
F(take_off)(SHARE *d, const WORD *w, const struct turn *t)
{
	for (size_t i = 0; i < t->n; i++)
		d[i].v -= w[i] << (RING - t->f);
}

/* 1. of s: the fresh sharing of u >> f; on exit u is msb(u). */
static void
F(share)(SHARE *u, const struct proto *p, const struct operands *x, const struct turn *t,
    struct parcel *out)
{
	SHARE *d0 = F(result)(x, 0, t), *d1 = F(result)(x, 1, t);
	uint8_t **next = &out->at[rep_next(p->me)];

	F(draw)(d0, p, t, 0, REP_SHARE, FRESH);
	for (size_t i = 0; i < t->n; i++) {
		d1[i].v = (u[i].v >> t->f) + 1 - ((WORD)1 << (RING - 2 - t->f)) - d0[i].v;
		u[i].v >>= RING - 1;
	}
	memcpy(*next, d1, t->n * sizeof *d1);
	*next += t->n * sizeof *d1;
}

/* Everything of a turn at s: but for its messages it is done then. */
static void
F(give)(const struct proto *p, const struct operands *x, const struct turn *t, struct parcel *out)
{
	const unsigned to[2] = { rep_next(p->me), rep_prev(p->me) };
	SHARE u[REP_TURN], other[REP_TURN];
	WORD w[REP_TURN], pad[REP_TURN];

	F(pick)(u, x, 0, t);
	F(pick)(other, x, 1, t);
	for (size_t i = 0; i < t->n; i++)
		u[i].v += other[i].v + ((WORD)1 << (RING - 2)) - 1;
	F(share)(u, p, x, t, out);
	for (unsigned k = 0; k < 2; k++) {
		F(draw)(w, p, t, k, REP_SHARE, WRAP);
		F(take_off)(F(result)(x, k, t), w, t);
		F(draw)(pad, p, t, k, REP_PAD, WRAP);
		for (size_t i = 0; i < t->n; i++)
			pad[i] += u[i].v;
		rep_put(&out->at[to[k]], pad, t->n, sizeof *pad, wrap_bytes(t->f));
	}
	wipe(u, sizeof u);
	wipe(other, sizeof other);
	wipe(w, sizeof w);
	wipe(pad, sizeof pad);
}

/* 1 - c of rep_trunc.c as a mask: all ones where msb(v) is 0. */
static inline WORD
F(unless)(SHARE v)
{
	return (v.v >> (RING - 1)) - 1;
}

/* R or T, to the other node that knows v. */
static void
F(tell)(const struct proto *p, const struct operands *x, const struct turn *t, struct parcel *out)
{
	const unsigned k = rep_side(p, t->sender);
	WORD w[REP_TURN], pad[REP_TURN];
	SHARE v[REP_TURN];

	F(pick)(v, x, 1 - k, t);
	F(draw)(w, p, t, k, REP_SHARE, WRAP);
	F(draw)(pad, p, t, k, REP_PAD, WRAP);
	for (size_t i = 0; i < t->n; i++)
		w[i] += pad[i] & F(unless)(v[i]);
	rep_put(&out->at[rep_partner(p, t->sender)], w, t->n, sizeof *w, wrap_bytes(t->f));
	wipe(v, sizeof v);
	wipe(w, sizeof w);
	wipe(pad, sizeof pad);
}

static void
F(trunc, _begin)(const struct proto *p, const struct operands *x, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	for (struct turn t; lo < hi; lo += t.n) {
		t = turn_at(x, r, lo, hi);
		(t.sender == p->me ? F(give) : F(tell))(p, x, &t, out);
	}
}

/* A turn at a node that knows v. */
static void
F(take)(const struct proto *p, const struct operands *x, const struct turn *t, struct parcel *in)
{
	const unsigned k = rep_side(p, t->sender);
	SHARE *known = F(result)(x, k, t), *part = F(result)(x, 1 - k, t), v[REP_TURN];
	uint8_t **from = &in->at[t->sender];
	WORD w[REP_TURN], masked[REP_TURN], other[REP_TURN];

	/* The part that s has, too: what s sent, or what it drew; the one that it lacks: v >> f. */
	if (k == 0) {
		memcpy(known, *from, t->n * sizeof *known);
		*from += t->n * sizeof *known;
	} else {
		F(draw)(known, p, t, k, REP_SHARE, FRESH);
	}
	rep_get(masked, from, t->n, sizeof *masked, wrap_bytes(t->f));
	rep_get(other, &in->at[rep_partner(p, t->sender)], t->n, sizeof *other, wrap_bytes(t->f));
	F(pick)(v, x, 1 - k, t);
	F(draw)(w, p, t, k, REP_SHARE, WRAP);
	F(take_off)(known, w, t);
	for (size_t i = 0; i < t->n; i++) {
		const WORD e = F(unless)(v[i]);
		w[i] = 1 + e + (masked[i] & e) - other[i] - w[i];
		part[i].v = v[i].v >> t->f;
	}
	F(take_off)(part, w, t);
	wipe(v, sizeof v);
	wipe(w, sizeof w);
	wipe(masked, sizeof masked);
	wipe(other, sizeof other);
}

static void
F(trunc, _end)(const struct proto *p, const struct operands *x, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *in)
{
	for (struct turn t; lo < hi; lo += t.n) {
		t = turn_at(x, r, lo, hi);
		if (t.sender != p->me)
			F(take)(p, x, &t, in);
	}
}
