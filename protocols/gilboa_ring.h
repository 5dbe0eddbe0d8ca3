/* gilboa_ring.h: the arithmetic of gilboa.c, once for each ring.
 *
 * gilboa.c includes it with RING = 64 and 128, WORD the unsigned type of that width and F(name) the
 * name with the width appended. */

enum {
	F(BYTES) = RING / 8,                            /* of a number */
	F(TERM) = RING / 8 * (RING / 8 + 1) / 2 * 8,    /* of one term's corrections */
	F(TERMS) = COT_BATCH / RING,                    /* terms in a batch */
	F(SEGMENT) = GILBOA_SEGMENT * 16 / (RING / 8),  /* numbers in a segment of a row */
};

static inline WORD
F(word)(const block *b)
{
	WORD v;

	memcpy(&v, b, sizeof v);
	return v;
}

/* Number j of an expanded row. */
static inline WORD
F(number)(const block *row, size_t j)
{
	WORD v;

	memcpy(&v, (const uint8_t *)row + j * sizeof v, sizeof v);
	return v;
}

/* One term with s = 1.  Step 1: the receiver's share of it before corrections. */
static WORD
F(sum_pads)(const block pad[RING])
{
	WORD sum = 0;

	for (unsigned i = 0; i < RING; i++)
		sum += F(word)(&pad[i]) << i;
	return sum;
}

/* Step 2: packs the corrections and returns the sender's share.  Each store is a whole number; the
 * next one overwrites the bytes that do not count. */
static WORD
F(pack_term)(uint8_t *p, const block pad0[RING], const block pad1[RING], WORD y)
{
	WORD share = 0;

	for (unsigned g = 0; g < F(BYTES); g++)
		for (unsigned i = 8 * g; i < 8 * g + 8; i++) {
			WORD h0 = F(word)(&pad0[i]), c = h0 + y - F(word)(&pad1[i]);

			memcpy(p, &c, sizeof c);
			p += F(BYTES) - g;
			share -= h0 << i;
		}
	return share;
}

/* Step 3.  What the load takes from behind the correction is shifted out. */
static WORD
F(unpack_term)(const uint8_t *p, WORD x)
{
	WORD sum = 0;

	for (unsigned g = 0; g < F(BYTES); g++)
		for (unsigned i = 8 * g; i < 8 * g + 8; i++) {
			WORD c;

			memcpy(&c, p, sizeof c);
			p += F(BYTES) - g;
			sum += (c & (0 - (x >> i & 1))) << i;
		}
	return sum;
}

/* Numbers of a row: n of them, at bit i.  Sums and bytes are loops apart: the former become
 * vectors. */
static void
F(add_row)(WORD *restrict out, const block *restrict row, size_t n, unsigned i)
{
	for (size_t j = 0; j < n; j++)
		out[j] += F(number)(row, j) << i;
}

static void
F(pack_row)(uint8_t *restrict p, WORD *restrict out, const block *restrict row0,
    const block *restrict row1, const WORD *restrict y, size_t n, unsigned i)
{
	const size_t step = F(BYTES) - i / 8;

	for (size_t j = 0; j < n; j++, p += step) {
		WORD c = F(number)(row0, j) + y[j] - F(number)(row1, j);

		memcpy(p, &c, sizeof c);
	}
	for (size_t j = 0; j < n; j++)
		out[j] -= F(number)(row0, j) << i;
}

static void
F(unpack_row)(WORD *restrict out, const uint8_t *restrict p, WORD choice, size_t n, unsigned i)
{
	const size_t step = F(BYTES) - i / 8;

	for (size_t j = 0; j < n; j++, p += step) {
		WORD c;

		memcpy(&c, p, sizeof c);
		out[j] += (c & (0 - choice)) << i;
	}
}

/* Rows of y and out that belong to term e. */
static const WORD *
F(y_row)(const struct cross *c, size_t e)
{
	return (const WORD *)c->y + (c->k > 0 ? e % c->k : e) * c->s;
}

static WORD *
F(out_row)(const struct cross *c, size_t e)
{
	return (WORD *)c->out + (c->k > 0 ? e / c->k : e) * c->s;
}

/* Rows are worked on in pieces: GILBOA_KEYS bits of x together, a segment of the row for each, one
 * bit after the other.  How many numbers the piece at number j of a row has: */
static size_t
F(piece)(const struct cross *c, size_t j)
{
	return c->s - j < F(SEGMENT) ? c->s - j : F(SEGMENT);
}

/* Blocks that m numbers take. */
static size_t
F(blocks)(size_t m)
{
	return (m * F(BYTES) + 15) / 16;
}

/* Step 1 for one term of rows. */
static void
F(take_row)(const struct cross *c, struct gilboa_work *w, const block *pad, WORD *out)
{
	for (unsigned i = 0; i < RING; i += GILBOA_KEYS)
		for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
			size_t m = F(piece)(c, j), len = F(blocks)(m);

			expand_pads(w->row0, pad + i, j / F(SEGMENT), len);
			for (unsigned b = 0; b < GILBOA_KEYS; b++)
				F(add_row)(out + j, w->row0 + b * len, m, i + b);
		}
}

/* Step 1 for terms e..e+n of a batch whose pads are in w->pad0. */
static void
F(take_pads)(const struct cross *c, struct gilboa_work *w, size_t e, size_t n)
{
	for (size_t t = 0; t < n; t++) {
		const block *pad = w->pad0 + t * RING;
		WORD *out = F(out_row)(c, e + t);

		if (c->s == 1)
			*out += F(sum_pads)(pad);
		else
			F(take_row)(c, w, pad, out);
	}
}

/* Step 2 for one term of rows. */
static enum status
F(correct_row)(const struct cross *c, struct gilboa_work *w, size_t e, const block *pad0,
    const block *pad1)
{
	const WORD *y = F(y_row)(c, e);
	WORD *out = F(out_row)(c, e);
	enum status st = ST_OK;

	for (unsigned i = 0; i < RING; i += GILBOA_KEYS)
		for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
			size_t m = F(piece)(c, j), len = F(blocks)(m);
			size_t bytes = m * (F(BYTES) - i / 8);

			expand_pads(w->row0, pad0 + i, j / F(SEGMENT), len);
			expand_pads(w->row1, pad1 + i, j / F(SEGMENT), len);
			for (unsigned b = 0; b < GILBOA_KEYS; b++)
				F(pack_row)(w->pack + b * bytes, out + j, w->row0 + b * len,
				    w->row1 + b * len, y + j, m, i + b);
			TRY(flow_put(&w->out, w->pack, GILBOA_KEYS * bytes));
		}
out:
	return st;
}

static enum status
F(correct_batch)(const struct cross *c, struct gilboa_work *w, size_t e, size_t n)
{
	enum status st = ST_OK;

	for (size_t t = 0; t < n; t++) {
		const block *pad0 = w->pad0 + t * RING, *pad1 = w->pad1 + t * RING;

		if (c->s == 1)
			*F(out_row)(c, e + t) += F(pack_term)(w->pack + t * F(TERM), pad0, pad1,
			    *F(y_row)(c, e + t));
		else
			TRY(F(correct_row)(c, w, e + t, pad0, pad1));
	}
	if (c->s == 1)
		TRY(flow_put(&w->out, w->pack, n * F(TERM)));
out:
	return st;
}

static enum status
F(finish_row)(const struct cross *c, struct gilboa_work *w, size_t e)
{
	WORD x = ((const WORD *)c->x)[e], *out = F(out_row)(c, e);
	enum status st = ST_OK;

	for (unsigned i = 0; i < RING; i += GILBOA_KEYS)
		for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
			size_t m = F(piece)(c, j), bytes = m * (F(BYTES) - i / 8);

			TRY(flow_get(&w->in, w->pack, GILBOA_KEYS * bytes));
			for (unsigned b = 0; b < GILBOA_KEYS; b++)
				F(unpack_row)(out + j, w->pack + b * bytes, x >> (i + b) & 1, m,
				    i + b);
		}
out:
	return st;
}

static enum status
F(finish_batch)(const struct cross *c, struct gilboa_work *w, size_t e, size_t n)
{
	const WORD *x = c->x;
	enum status st = ST_OK;

	if (c->s == 1)
		TRY(flow_get(&w->in, w->pack, n * F(TERM)));
	for (size_t t = 0; t < n; t++) {
		if (c->s == 1)
			*F(out_row)(c, e + t) += F(unpack_term)(w->pack + t * F(TERM), x[e + t]);
		else
			TRY(F(finish_row)(c, w, e + t));
	}
out:
	return st;
}

/* Products of bits with numbers: n in a batch. */
static void
F(bit_pads)(WORD *out, const block *pad, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] += F(word)(&pad[i]);
}

static void
F(bit_correct)(struct gilboa_work *w, WORD *out, const WORD *y, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		WORD h0 = F(word)(&w->pad0[i]), c = h0 + y[i] - F(word)(&w->pad1[i]);

		memcpy(w->pack + i * sizeof c, &c, sizeof c);
		out[i] = 0 - h0;
	}
}

static void
F(bit_finish)(WORD *out, const uint8_t *p, const uint8_t *bit, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		WORD c, b = bit[i / 8] >> i % 8 & 1;

		memcpy(&c, p + i * sizeof c, sizeof c);
		out[i] += c & (0 - b);
	}
}
