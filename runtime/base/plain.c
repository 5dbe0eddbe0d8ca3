/* plain.c: what does not depend on one width; see plain.h */
#include "plain.h"

#include <string.h>

static void
widen(i128 *d, const int64_t *a, size_t n, size_t step)
{
	int64_t first = n > 0 ? a[0] : 0;

	for (size_t i = 0; i < n; i++)
		d[i] = step == 0 ? first : a[i];
}

static void
shorten(int64_t *d, const i128 *a, size_t n, size_t step)
{
	int64_t first = n > 0 ? (int64_t)(uint64_t)a[0] : 0;

	for (size_t i = 0; i < n; i++)
		d[i] = step == 0 ? first : (int64_t)(uint64_t)a[i];
}

void
plain_cvt(const struct plain *p, unsigned d_width, unsigned a_width)
{
	size_t step = p->na == 1 ? 0 : 1;

	if (d_width == a_width)
		plain_move(p->d, 1, p->a, (int64_t)step, p->n, d_width);
	else if (d_width == 128)
		widen(p->d, p->a, p->n, step);
	else
		shorten(p->d, p->a, p->n, step);
}

static void
move64(uint64_t *d, int64_t ds, const uint64_t *a, int64_t as, size_t n)
{
	for (size_t i = 0; i < n; i++, d += ds, a += as)
		*d = *a;
}

static void
move128(u128 *d, int64_t ds, const u128 *a, int64_t as, size_t n)
{
	for (size_t i = 0; i < n; i++, d += ds, a += as)
		*d = *a;
}

void
plain_move(void *d, int64_t dstride, const void *a, int64_t astride, size_t n, unsigned width)
{
	if (n == 0)
		return;
	if (dstride == 1 && astride == 1)
		memmove(d, a, n * (width / 8));
	else if (width == 64)
		move64(d, dstride, a, astride, n);
	else
		move128(d, dstride, a, astride, n);
}

i128
plain_load(const void *a, size_t i, unsigned width)
{
	return width == 64 ? ((const int64_t *)a)[i] : ((const i128 *)a)[i];
}

void
plain_store(void *d, size_t i, unsigned width, i128 x)
{
	if (width == 64)
		((int64_t *)d)[i] = (int64_t)(uint64_t)x;
	else
		((i128 *)d)[i] = x;
}
