/* gilboa_ring.h: the arithmetic of gilboa.c, once for each ring: gilboa.c includes it with RING = 64 and
 * 128, WORD the unsigned type of that width and F(name) the name with the width appended. */

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

/* Numbers of a row: n of them, at bit i. */
static void
F(add_row)(WORD *out, const block *row, size_t n, unsigned i)
{
	for (size_t j = 0; j < n; j++)
		out[j] += F(number)(row, j) << i;
}

static void
F(pack_row)(uint8_t *p, WORD *out, const block *row0, const block *row1, const WORD *y, size_t n,
    unsigned i)
{
	for (size_t j = 0; j < n; j++) {
		WORD h0 = F(number)(row0, j), c = h0 + y[j] - F(number)(row1, j);

		memcpy(p, &c, sizeof c);
		p += F(BYTES) - i / 8;
		out[j] -= h0 << i;
	}
}

static void
F(unpack_row)(WORD *out, const uint8_t *p, WORD choice, size_t n, unsigned i)
{
	for (size_t j = 0; j < n; j++) {
		WORD c;

		memcpy(&c, p, sizeof c);
		p += F(BYTES) - i / 8;
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

/* Step 1 for terms e..e+n of a batch whose pads are in w->pad0. */
static void
F(take_pads)(const struct cross *c, struct gilboa_work *w, size_t e, size_t n)
{
	for (size_t t = 0; t < n; t++) {
		const block *pad = w->pad0 + t * RING;
		WORD *out = F(out_row)(c, e + t);

		if (c->s == 1) {
			*out += F(sum_pads)(pad);
			continue;
		}
		for (unsigned i = 0; i < RING; i++)
			for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
				size_t m = c->s - j < F(SEGMENT) ? c->s - j : F(SEGMENT);

				expand_pad(w->row0, pad[i], j / F(SEGMENT), m * F(BYTES));
				F(add_row)(out + j, w->row0, m, i);
			}
	}
}

/* Step 2 for one term of a row: corrections of each bit and segment go out one after the other. */
static enum status
F(correct_row)(const struct cross *c, struct gilboa_work *w, size_t e, const block *pad0,
    const block *pad1)
{
	const WORD *y = F(y_row)(c, e);
	WORD *out = F(out_row)(c, e);
	enum status st = ST_OK;

	for (unsigned i = 0; i < RING; i++)
		for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
			size_t m = c->s - j < F(SEGMENT) ? c->s - j : F(SEGMENT);

			expand_pad(w->row0, pad0[i], j / F(SEGMENT), m * F(BYTES));
			expand_pad(w->row1, pad1[i], j / F(SEGMENT), m * F(BYTES));
			F(pack_row)(w->pack, out + j, w->row0, w->row1, y + j, m, i);
			TRY(flow_put(&w->out, w->pack, m * (F(BYTES) - i / 8)));
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

	for (unsigned i = 0; i < RING; i++)
		for (size_t j = 0; j < c->s; j += F(SEGMENT)) {
			size_t m = c->s - j < F(SEGMENT) ? c->s - j : F(SEGMENT);

			TRY(flow_get(&w->in, w->pack, m * (F(BYTES) - i / 8)));
			F(unpack_row)(out + j, w->pack, x >> i & 1, m, i);
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
F(bit_correct)(uint8_t *p, WORD *out, const WORD *y, const block *pad0, const block *pad1, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		WORD h0 = F(word)(&pad0[i]), c = h0 + y[i] - F(word)(&pad1[i]);

		memcpy(p + i * sizeof c, &c, sizeof c);
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
