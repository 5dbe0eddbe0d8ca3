/* rep_trunc_ring.h: the arithmetic of rep_trunc.c, once for each ring.
 *
 * rep_trunc.c includes it with RING = 64 and 128, SHARE and WORD the types of a share and of its
 * number, and F(name) the name with the width appended. */

/* n elements of part k of the operand from lo on; one element stands for all. */
static void
F(pick)(SHARE *d, const struct operands *x, unsigned k, uint64_t lo, size_t n)
{
	const SHARE *a = rep_part(x, k).a;
	const size_t step = x->na == 1 ? 0 : 1;

	a += step * lo;
	for (size_t i = 0; i < n; i++)
		d[i] = a[step * i];
}

/* u, of which the sender knows both parts. */
static void
F(sum)(SHARE *u, const struct operands *x, uint64_t lo, size_t n)
{
	SHARE second[REP_TURN];

	F(pick)(u, x, 0, lo, n);
	F(pick)(second, x, 1, lo, n);
	for (size_t i = 0; i < n; i++)
		u[i].v += second[i].v + ((WORD)1 << (RING - 2));
	wipe(second, sizeof second);
}

/* d = y - w 2^(k-f), both parts. */
static void
F(finish)(const struct operands *x, uint64_t lo, SHARE *const y[2], SHARE *const w[2], size_t n)
{
	const unsigned up = RING - (unsigned)x->imm[0];

	for (unsigned k = 0; k < 2; k++) {
		SHARE *d = (SHARE *)rep_part(x, k).d + lo;
		for (size_t i = 0; i < n; i++)
			d[i].v = y[k][i].v - (w[k][i].v << up);
	}
}

/* One turn of this node's, as a sender: everything but its message is done afterwards. */
static void
F(give)(const struct proto *p, const struct operands *x, const struct rep_ot *o, unsigned r,
    struct parcel *out)
{
	const unsigned f = (unsigned)x->imm[0], next = rep_next(p->me);
	SHARE u[REP_TURN], fresh[REP_TURN], m[2][REP_TURN], w[2][REP_TURN];
	SHARE *const parts[2] = { w[0], w[1] }, *const y[2] = { fresh, u };

	F(sum)(u, x, o->first, o->n);
	prg_elements(&p->with[0][REP_SHARE], rep_stream(x->seq, r, FRESH), o->first, RING, fresh,
	    o->n);
	for (size_t i = 0; i < o->n; i++) {
		m[0][i].v = u[i].v >> (RING - 1);
		m[1][i].v = 1;
		u[i].v = (u[i].v >> f) + 1 - ((WORD)1 << (RING - 2 - f)) - fresh[i].v;
	}
	memcpy(out->at[next], u, o->n * sizeof *u);
	out->at[next] += o->n * sizeof *u;
	F(rep_ot, _begin)(p, o, parts, m[0], m[1], NULL, out);
	F(finish)(x, o->first, y, parts, o->n);
	wipe(u, sizeof u);
	wipe(fresh, sizeof fresh);
	wipe(m, sizeof m);
	wipe(w, sizeof w);
}

/* v, which both receivers know, and the bits msb(v). */
static void
F(lacked)(const struct proto *p, const struct operands *x, const struct rep_ot *o, SHARE *v,
    uint64_t choice[REP_TURN / 64])
{
	F(pick)(v, x, p->me == rep_next(o->sender) ? 1 : 0, o->first, o->n);
	memset(choice, 0, REP_TURN / 8);
	for (size_t i = 0; i < o->n; i++)
		choice[i / 64] |= (uint64_t)(v[i].v >> (RING - 1)) << i % 64;
}

static void
F(trunc, _begin)(const struct proto *p, const struct operands *x, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	uint64_t choice[REP_TURN / 64];
	SHARE v[REP_TURN];

	for (struct rep_ot o; lo < hi; lo += o.n) {
		o = wrap_of(x, r, lo, hi);
		if (o.sender == p->me) {
			F(give)(p, x, &o, r, out);
			continue;
		}
		F(lacked)(p, x, &o, v, choice);
		F(rep_ot, _begin)(p, &o, (SHARE *const[2]){ NULL, NULL }, NULL, NULL, choice, out);
	}
	wipe(v, sizeof v);
	wipe(choice, sizeof choice);
}

/* One turn of another one's. */
static void
F(take)(const struct proto *p, const struct operands *x, const struct rep_ot *o, unsigned r,
    struct parcel *in)
{
	const bool next = p->me == rep_next(o->sender);
	uint64_t choice[REP_TURN / 64];
	SHARE v[REP_TURN], fresh[REP_TURN], w[2][REP_TURN];
	SHARE *const parts[2] = { w[0], w[1] };
	SHARE *const y[2] = { next ? fresh : v, next ? v : fresh };

	F(lacked)(p, x, o, v, choice);
	if (next) {
		memcpy(fresh, in->at[o->sender], o->n * sizeof *fresh);
		in->at[o->sender] += o->n * sizeof *fresh;
	} else {
		prg_elements(&p->with[1][REP_SHARE], rep_stream(x->seq, r, FRESH), o->first, RING,
		    fresh, o->n);
	}
	F(rep_ot, _end)(p, o, parts, choice, in);
	for (size_t i = 0; i < o->n; i++)
		v[i].v >>= x->imm[0];
	F(finish)(x, o->first, y, parts, o->n);
	wipe(v, sizeof v);
	wipe(fresh, sizeof fresh);
	wipe(w, sizeof w);
	wipe(choice, sizeof choice);
}

static void
F(trunc, _end)(const struct proto *p, const struct operands *x, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *in)
{
	for (struct rep_ot o; lo < hi; lo += o.n) {
		o = wrap_of(x, r, lo, hi);
		if (o.sender != p->me)
			F(take)(p, x, &o, r, in);
	}
}
