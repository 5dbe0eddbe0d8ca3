/* rep_ot_ring.h: the arithmetic of rep_ot.c, once for each ring.
 *
 * rep_ot.c includes it with RING = 64 and 128, SHARE and WORD the types of a share and of its
 * number, and F(name) the name with the width appended. */

enum {
	F(BYTES) = RING / 8,
	F(WIRE) = (REP_TURN + 1) * RING / 8,    /* numbers of a message; whole ones reach beyond it */
};

/* Appends the lowest bytes of n numbers.  Each store is a whole number; the next one overwrites
 * what does not count. */
static void
F(put)(uint8_t **to, const WORD *v, size_t n, unsigned bytes)
{
	uint8_t wire[F(WIRE)];

	for (size_t i = 0; i < n && bytes < F(BYTES); i++)
		memcpy(wire + i * bytes, &v[i], sizeof *v);
	memcpy(*to, bytes < F(BYTES) ? (const void *)wire : v, n * bytes);
	*to += n * bytes;
}

/* The other way round; what is above `bytes` bytes is not specified. */
static void
F(get)(WORD *v, uint8_t **from, size_t n, unsigned bytes)
{
	uint8_t wire[F(WIRE)];

	if (bytes == F(BYTES)) {
		memcpy(v, *from, n * sizeof *v);
	} else {
		memcpy(wire, *from, n * bytes);
		memset(wire + n * bytes, 0, sizeof *v);
		for (size_t i = 0; i < n; i++)
			memcpy(&v[i], wire + i * bytes, sizeof *v);
	}
	*from += n * bytes;
}

/* d = c ? b : a, elementwise. */
static void
F(choose)(WORD *d, const WORD *a, const WORD *b, const uint64_t *choice, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const WORD c = 0 - (WORD)(choice[i / 64] >> i % 64 & 1);

		d[i] = a[i] ^ ((a[i] ^ b[i]) & c);
	}
}

/* p_0 and p_1, or q_0 and q_1: of two keys, those of the part that is the first or the second
 * here. */
static void
F(pads)(const struct proto *p, const struct rep_ot *o, unsigned k, WORD pad[2 * REP_TURN])
{
	prg_elements(&p->with[k][REP_PAD], o->stream, 2 * o->first, RING, pad, 2 * o->n);
}

/* M_j + p_j for both j: to the receiver that does not know these pads. */
static void
F(send_pair)(const WORD *pad, const struct rep_ot *o, SHARE *const d[2], const SHARE *const m[2],
    uint8_t **to)
{
	WORD masked[REP_TURN];

	for (unsigned j = 0; j < 2; j++, pad += o->n) {
		for (size_t i = 0; i < o->n; i++)
			masked[i] = m[j][i].v - d[0][i].v - d[1][i].v + pad[i];
		F(put)(to, masked, o->n, o->bytes);
	}
}

void
F(rep_ot, _begin)(const struct proto *p, const struct rep_ot *o, SHARE *const d[2], const SHARE *m0,
    const SHARE *m1, const uint64_t *choice, struct parcel *out)
{
	const unsigned to[2] = { rep_next(o->sender), rep_prev(o->sender) };
	const SHARE *const m[2] = { m0, m1 };
	WORD pad[2 * REP_TURN], chosen[REP_TURN];

	assert(o->n <= REP_TURN && o->bytes > 0 && o->bytes <= F(BYTES));
	if (p->me == o->sender) {
		for (unsigned k = 0; k < 2; k++)
			prg_elements(&p->with[k][REP_SHARE], o->stream, o->first, RING, d[k], o->n);
		for (unsigned k = 0; k < 2; k++) {
			F(pads)(p, o, k, pad);
			F(send_pair)(pad, o, d, m, &out->at[to[k]]);
		}
	} else {
		/* What this receiver has a key for with the sender goes to the other one. */
		F(pads)(p, o, p->me == to[0] ? 0 : 1, pad);
		F(choose)(chosen, pad, pad + o->n, choice, o->n);
		F(put)(&out->at[p->me == to[0] ? to[1] : to[0]], chosen, o->n, o->bytes);
		wipe(chosen, sizeof chosen);
	}
	wipe(pad, sizeof pad);
}

void
F(rep_ot, _end)(const struct proto *p, const struct rep_ot *o, SHARE *const d[2],
    const uint64_t *choice, struct parcel *in)
{
	const unsigned me = p->me, next = rep_next(o->sender), known = me == next ? 0 : 1;
	const WORD mask = ~(WORD)0 >> (RING - 8 * o->bytes);
	WORD pair[2][REP_TURN], pad[REP_TURN];

	if (me == o->sender)
		return;
	for (unsigned j = 0; j < 2; j++)
		F(get)(pair[j], &in->at[o->sender], o->n, o->bytes);
	F(get)(pad, &in->at[me == next ? rep_prev(o->sender) : next], o->n, o->bytes);
	F(choose)(pair[0], pair[0], pair[1], choice, o->n);
	for (size_t i = 0; i < o->n; i++)
		d[1 - known][i].v = (pair[0][i] - pad[i]) & mask;
	prg_elements(&p->with[known][REP_SHARE], o->stream, o->first, RING, d[known], o->n);
	wipe(pair, sizeof pair);
	wipe(pad, sizeof pad);
}
