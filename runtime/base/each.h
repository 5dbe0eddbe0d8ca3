/* each.h: the loops of elementwise kernels.  E is the element type of the operands, D of the
 * result; expr is in x, y, z.  An operand that stands for many is read once, before the loop, so
 * that the rest is a plain loop, which the compiler turns into vectors.  d may be a, b or c: no
 * iteration depends on another. */
#ifndef KONSIL_EACH_H
#define KONSIL_EACH_H

#include "plain.h"

/* clang needs no hint: it checks for overlap at run time. */
#ifdef __clang__
#define EACH_LOOP
#else
#define EACH_LOOP _Pragma("GCC ivdep")
#endif

#define EACH1(fn, D, E, expr) \
void \
fn(const struct plain *p) \
{ \
	D *d = p->d; \
	const E *a = p->a; \
	if (p->na == 1) { \
		const E x = a[0]; \
		const D r = (expr); \
		for (size_t i = 0; i < p->n; i++) \
			d[i] = r; \
		return; \
	} \
	EACH_LOOP \
	for (size_t i = 0; i < p->n; i++) { \
		const E x = a[i]; \
		d[i] = (expr); \
	} \
}

/* Expands fn first, so that it may be a macro. */
#define EACH2(fn, D, E, expr) EACH2_(fn, D, E, expr)
#define EACH2_(fn, D, E, expr) \
static void \
fn##_left(D *d, const E x, const E *b, size_t n) \
{ \
	EACH_LOOP \
	for (size_t i = 0; i < n; i++) { \
		const E y = b[i]; \
		d[i] = (expr); \
	} \
} \
static void \
fn##_right(D *d, const E *a, const E y, size_t n) \
{ \
	EACH_LOOP \
	for (size_t i = 0; i < n; i++) { \
		const E x = a[i]; \
		d[i] = (expr); \
	} \
} \
void \
fn(const struct plain *p) \
{ \
	D *d = p->d; \
	const E *a = p->a, *b = p->b; \
	if (p->na == 1 && p->nb == 1) { \
		const E x = a[0], y = b[0]; \
		const D r = (expr); \
		for (size_t i = 0; i < p->n; i++) \
			d[i] = r; \
		return; \
	} \
	if (p->na == 1) { \
		fn##_left(d, a[0], b, p->n); \
		return; \
	} \
	if (p->nb == 1) { \
		fn##_right(d, a, b[0], p->n); \
		return; \
	} \
	EACH_LOOP \
	for (size_t i = 0; i < p->n; i++) { \
		const E x = a[i], y = b[i]; \
		d[i] = (expr); \
	} \
}

/* Three operands: strides of 0 or 1, the operands that stand for many copied first. */
#define EACH3(fn, D, E, expr) \
void \
fn(const struct plain *p) \
{ \
	D *d = p->d; \
	const E x0 = ((const E *)p->a)[0], y0 = ((const E *)p->b)[0], z0 = ((const E *)p->c)[0]; \
	const size_t sa = p->na != 1, sb = p->nb != 1, sc = p->nc != 1; \
	const E *a = sa ? p->a : &x0, *b = sb ? p->b : &y0, *c = sc ? p->c : &z0; \
	for (size_t i = 0; i < p->n; i++) { \
		const E x = a[i * sa], y = b[i * sb], z = c[i * sc]; \
		d[i] = (expr); \
	} \
}

#endif
