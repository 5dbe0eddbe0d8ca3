/* rep_product_ring.h: the arithmetic of rep_product.c, once for each ring.
 *
 * rep_product.c includes it with RING = 64 and 128, SHARE and WORD the types of a share and of its
 * number, F(name) the name with the width appended, and R(name) a function of the ring. */

/* Part k of n elements of an operand from lo on: where they are, or, where one element stands for
 * all, copies of it in `room`. */
static const SHARE *
F(part)(SHARE *room, const void *a, size_t part, size_t count, uint64_t lo, size_t n)
{
	const SHARE *from = (const void *)((const uint8_t *)a + part);

	if (count != 1)
		return from + lo;
	for (size_t i = 0; i < n; i++)
		room[i] = from[0];
	return room;
}

/* d += alpha, elements from lo on, and d to the node before. */
static void
F(send)(const struct proto *p, uint64_t stream, SHARE *d, uint64_t lo, size_t n, struct parcel *out)
{
	uint8_t **to = &out->at[rep_prev(p->me)];
	SHARE zero[2][REP_BLOCK];

	for (unsigned k = 0; k < 2; k++)
		prg_elements(&p->with[k][REP_ZERO], stream, lo, RING, zero[k], n);
	for (size_t i = 0; i < n; i++)
		d[i].v += zero[0][i].v - zero[1][i].v;
	memcpy(*to, d, n * sizeof *d);
	*to += n * sizeof *d;
	wipe(zero, sizeof zero);
}

static void
F(cross)(SHARE *restrict d, const SHARE *restrict x0, const SHARE *restrict x1,
    const SHARE *restrict y0, const SHARE *restrict y1, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = x0[i].v * (y0[i].v + y1[i].v) + x1[i].v * y0[i].v;
}

/* d may be a. */
static void
F(mul, _begin)(const struct proto *p, const struct operands *x, uint64_t stream, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	SHARE room[4][REP_BLOCK], z[REP_BLOCK], *d = x->d;

	for (uint64_t i = lo; i < hi; i += REP_BLOCK) {
		const size_t n = rep_block(i, hi);
		F(cross)(z, F(part)(room[0], x->a, 0, x->na, i, n),
		    F(part)(room[1], x->a, x->part[1], x->na, i, n),
		    F(part)(room[2], x->b, 0, x->nb, i, n),
		    F(part)(room[3], x->b, x->part[2], x->nb, i, n), n);
		F(send)(p, stream, z, i, n, out);
		memcpy(d + i, z, n * sizeof *d);
	}
	wipe(room, sizeof room);
	wipe(z, sizeof z);
}

/* The same of one row and one column. */
static WORD
F(inner)(const SHARE *x0, const SHARE *x1, const SHARE *y0, const SHARE *y1, size_t n)
{
	WORD sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += x0[i].v * (y0[i].v + y1[i].v) + x1[i].v * y0[i].v;
	return sum;
}

/* Rows row .. end of d = X_0 (Y_0 + Y_1) + X_1 Y_0, which is (X_0 + X_1) Y_0 + X_0 Y_1. */
static void
F(rows)(const struct operands *x, const struct matrices *s, size_t row, size_t end)
{
	const size_t rows = end - row, at = row * s->k;
	const SHARE *x0 = x->a, *x1 = (const void *)((const uint8_t *)x->a + x->part[1]);
	const SHARE *y0 = x->b, *y1 = (const void *)((const uint8_t *)x->b + x->part[2]);
	SHARE *d = x->d, *sum = x->scratch;

	for (size_t i = row; i < end && s->n == 1; i++)
		d[i].v = F(inner)(x0 + i * s->k, x1 + i * s->k, y0, y1, s->k);
	if (s->n == 1 || rows == 0)
		return;
	d += row * s->n;
	memset(d, 0, rows * s->n * sizeof *d);
	if (s->k == 0)
		return;
	if (s->left) {
		R(add)(sum + at, x0 + at, x1 + at, rows * s->k);
		R(matmul_sp)(d, sum + at, (const WORD *)y0, rows, s->k, s->n);
		R(matmul_sp)(d, x0 + at, (const WORD *)y1, rows, s->k, s->n);
		return;
	}
	if (row == 0)
		R(add)(sum, y0, y1, s->k * s->n);
	R(matmul_sp)(d, x0 + at, (const WORD *)sum, rows, s->k, s->n);
	R(matmul_sp)(d, x1 + at, (const WORD *)y0, rows, s->k, s->n);
}

/* A row is worked out when its first element is sent. */
static void
F(matmul, _begin)(const struct proto *p, const struct operands *x, uint64_t stream, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	const struct matrices s = matrices_of(x);
	SHARE *d = x->d;

	F(rows)(x, &s, (lo + s.n - 1) / s.n, (hi + s.n - 1) / s.n);
	for (uint64_t i = lo; i < hi; i += REP_BLOCK)
		F(send)(p, stream, d + i, i, rep_block(i, hi), out);
}
