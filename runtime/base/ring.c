/* ring.c: see ring.h.  The loops are plain: memory is slower than they are. */
#include "ring.h"

void
ring64_add(ashare64 *d, const ashare64 *a, const ashare64 *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v + b[i].v;
}

void
ring64_sub(ashare64 *d, const ashare64 *a, const ashare64 *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v - b[i].v;
}

void
ring64_neg(ashare64 *d, const ashare64 *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = 0 - a[i].v;
}

void
ring64_mul(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v * p[i];
}

void
ring64_mac(ashare64 *d, const ashare64 *a, const uint64_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v += a[i].v * p[i];
}

void
ring64_scale(ashare64 *d, const ashare64 *a, uint64_t p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v * p;
}

ashare64
ring64_sum(const ashare64 *a, size_t n)
{
	ashare64 s = { 0 };

	for (size_t i = 0; i < n; i++)
		s.v += a[i].v;
	return s;
}

void
ring128_add(ashare128 *d, const ashare128 *a, const ashare128 *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v + b[i].v;
}

void
ring128_sub(ashare128 *d, const ashare128 *a, const ashare128 *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v - b[i].v;
}

void
ring128_neg(ashare128 *d, const ashare128 *a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = 0 - a[i].v;
}

void
ring128_mul(ashare128 *d, const ashare128 *a, const u128 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v * p[i];
}

void
ring128_mac(ashare128 *d, const ashare128 *a, const u128 *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v += a[i].v * p[i];
}

void
ring128_scale(ashare128 *d, const ashare128 *a, u128 p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i].v = a[i].v * p;
}

ashare128
ring128_sum(const ashare128 *a, size_t n)
{
	ashare128 s = { 0 };

	for (size_t i = 0; i < n; i++)
		s.v += a[i].v;
	return s;
}
