/* plain_kernels.h: the kernels of plain.h for one width; included by plain_64.c and plain_128.c,
 * which define T, U (the signed and unsigned type), W (the width), K(name) and RING_MATMUL, the
 * product of matrices.  A sum of products is the same with signs and without. */
#include "distribution.h"
#include "each.h"
#include "fixmath.h"

#include <math.h>
#include <string.h>

#define T_MAX ((T)((~(U)0) >> 1))
#define T_MIN (-T_MAX - 1)

static inline T
saturate(i128 x)
{
	return x > T_MAX ? T_MAX : x < T_MIN ? T_MIN : (T)x;
}

/* x with f fractional bits. */
static inline T
nearest(double x, unsigned f)
{
	const double most = ldexp(1, W - 1), y = nearbyint(ldexp(x, (int)f));

	return y >= most ? T_MAX : y < -most ? T_MIN : (T)y;
}

static inline T
floor_mod(T x, T y)
{
	if (y == 0 || y == -1)
		return 0;
	T r = x % y;
	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

static inline T
shift_right(T x, uint64_t s)
{
	return s < W ? x >> s : x < 0 ? -1 : 0;
}

static inline T
shift_left(T x, uint64_t s)
{
	return s < W ? (T)((U)x << s) : 0;
}

static inline unsigned
frac_of(const struct plain *p)
{
	return p->imm[0] < 0 ? 0 : p->imm[0] > FIX_FRAC_MAX ? FIX_FRAC_MAX : (unsigned)p->imm[0];
}

/* A shift of imm0; what is beyond 255 is as good as 255. */
static inline unsigned
shift_of(const struct plain *p)
{
	return p->imm[0] < 0 ? 0 : p->imm[0] > 255 ? 255 : (unsigned)p->imm[0];
}

void
K(iota)(const struct plain *p)
{
	T *d = p->d;
	const U step = (U)(T)p->imm[1];
	U x = (U)(T)p->imm[0];

	for (size_t i = 0; i < p->n; i++, x += step)
		d[i] = (T)x;
}

EACH1(K(neg), T, T, (T)(0 - (U)x))
EACH1(K(abs), T, T, x < 0 ? (T)(0 - (U)x) : x)
EACH1(K(sign), T, T, (T)((x > 0) - (x < 0)))
EACH1(K(shl), T, T, shift_left(x, shift_of(p)))
EACH1(K(shr), T, T, shift_right(x, shift_of(p)))
EACH1(K(round), T, T, (T)fix_round(x, shift_of(p)))
/* These saturate. */
EACH1(K(sqrt), T, T, saturate(fix_sqrt(x, frac_of(p))))
EACH1(K(exp), T, T, saturate(fix_exp(x, frac_of(p))))
EACH1(K(log), T, T, saturate(fix_log(x, frac_of(p))))
EACH1(K(rsqrt), T, T, saturate(fix_rsqrt(x, frac_of(p))))
EACH1(K(log2), T, T, saturate(fix_log2(x, frac_of(p))))
EACH1(K(sin), T, T, saturate(fix_sin(x, frac_of(p))))
EACH1(K(cos), T, T, saturate(fix_cos(x, frac_of(p))))
EACH1(K(tanh), T, T, saturate(fix_tanh(x, frac_of(p))))
EACH1(K(sigm), T, T, saturate(fix_sigmoid(x, frac_of(p))))
EACH1(K(erf), T, T, saturate(fix_erf(x, frac_of(p))))
/* Of opened and known values only: in IEEE double, with libm. */
static inline double
real_at(const struct plain *p, const void *x, size_t n, size_t i)
{
	return ldexp((double)((const T *)x)[n == 1 ? 0 : i], -(int)frac_of(p));
}

#define REAL_A real_at(p, p->a, p->na, i)
#define REAL_B real_at(p, p->b, p->nb, i)
#define REAL_C real_at(p, p->c, p->nc, i)
#define DISTRIBUTION(name, value) \
void \
K(name)(const struct plain *p) \
{ \
	T *d = p->d; \
	for (size_t i = 0; i < p->n; i++) \
		d[i] = nearest((value), frac_of(p)); \
}
DISTRIBUTION(pnorm, dist_pnorm(REAL_A))
DISTRIBUTION(qnorm, dist_qnorm(REAL_A))
DISTRIBUTION(pt, dist_pt(REAL_A, REAL_B))
DISTRIBUTION(qt, dist_qt(REAL_A, REAL_B))
DISTRIBUTION(pchisq, dist_pchisq(REAL_A, REAL_B))
DISTRIBUTION(uchisq, dist_pchisq_upper(REAL_A, REAL_B))
DISTRIBUTION(qchisq, dist_qchisq(REAL_A, REAL_B))
DISTRIBUTION(pf, dist_pf(REAL_A, REAL_B, REAL_C))
DISTRIBUTION(uf, dist_pf_upper(REAL_A, REAL_B, REAL_C))
DISTRIBUTION(qf, dist_qf(REAL_A, REAL_B, REAL_C))

EACH2(K(add), T, T, (T)((U)x + (U)y))
EACH2(K(sub), T, T, (T)((U)x - (U)y))
EACH2(K(mul), T, T, (T)((U)x * (U)y))
EACH2(K(mod), T, T, floor_mod(x, y))
EACH2(K(min), T, T, x < y ? x : y)
EACH2(K(max), T, T, x > y ? x : y)
EACH2(K(eq), T, T, x == y)
EACH2(K(lt), T, T, x < y)
EACH2(K(le), T, T, x <= y)
/* Bools. */
EACH1(K(not), T, T, (T)(1 - (U)x))
EACH2(K(and), T, T, x & y)
EACH2(K(or), T, T, x | y)
EACH2(K(xor), T, T, x ^ y)
EACH3(K(sel), T, T, x != 0 ? y : z)

/* Saturates. */
void
K(div)(const struct plain *p)
{
	const T *a = p->a, *b = p->b;
	const T a0 = a[0], b0 = b[0];
	unsigned s = shift_of(p);
	T *d = p->d;

	for (size_t i = 0; i < p->n; i++)
		d[i] = saturate(fix_div(p->na == 1 ? a0 : a[i], p->nb == 1 ? b0 : b[i], s));
}

/* The three extents of a reduction, a scan or a product. */
static void
shape_of(const struct plain *p, size_t *outer, size_t *mid, size_t *inner)
{
	*outer = (size_t)p->imm[0];
	*mid = (size_t)p->imm[1];
	*inner = (size_t)p->imm[2];
}

static T
sum_run(const T *a, size_t n)
{
	U s = 0;

	for (size_t i = 0; i < n; i++)
		s += (U)a[i];
	return (T)s;
}

static void
add_run(T *restrict d, const T *restrict a, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i] = (T)((U)d[i] + (U)a[i]);
}

void
K(sum)(const struct plain *p)
{
	size_t outer, mid, inner;
	const T *a = p->a;
	T *d = p->d;

	shape_of(p, &outer, &mid, &inner);
	for (size_t i = 0; i < outer; i++, d += inner, a += mid * inner) {
		if (inner == 1) {
			d[0] = sum_run(a, mid);
			continue;
		}
		memset(d, 0, inner * sizeof *d);
		for (size_t k = 0; k < mid; k++)
			add_run(d, a + k * inner, inner);
	}
}

/* The least (least: whether) or greatest over the middle; of nothing, the end of the range. */
static void
extreme(const struct plain *p, bool least)
{
	size_t outer, mid, inner;
	const T *a = p->a;
	T *d = p->d;

	shape_of(p, &outer, &mid, &inner);
	for (size_t i = 0; i < outer; i++, d += inner, a += mid * inner) {
		for (size_t j = 0; j < inner; j++)
			d[j] = least ? T_MAX : T_MIN;
		for (size_t k = 0; k < mid; k++)
			for (size_t j = 0; j < inner; j++) {
				T x = a[k * inner + j];
				d[j] = (least ? x < d[j] : x > d[j]) ? x : d[j];
			}
	}
}

void
K(minr)(const struct plain *p)
{
	extreme(p, true);
}

void
K(maxr)(const struct plain *p)
{
	extreme(p, false);
}

static void
cumsum_run(T *d, const T *a, size_t n)
{
	U s = 0;

	for (size_t i = 0; i < n; i++)
		d[i] = (T)(s += (U)a[i]);
}

/* d = a + what lies one row before d; d may be a. */
static void
add_row_before(T *d, const T *before, const T *a, size_t n)
{
	EACH_LOOP
	for (size_t i = 0; i < n; i++)
		d[i] = (T)((U)before[i] + (U)a[i]);
}

void
K(cumsum)(const struct plain *p)
{
	size_t outer, mid, inner;
	const T *a = p->a;
	T *d = p->d;

	shape_of(p, &outer, &mid, &inner);
	for (size_t i = 0; i < outer; i++, d += mid * inner, a += mid * inner) {
		if (inner == 1) {
			cumsum_run(d, a, mid);
			continue;
		}
		if (mid > 0)
			memmove(d, a, inner * sizeof *d);
		for (size_t k = 1; k < mid; k++)
			add_row_before(d + k * inner, d + (k - 1) * inner, a + k * inner, inner);
	}
}

void
K(matmul)(const struct plain *p)
{
	size_t m, k, n;

	shape_of(p, &m, &k, &n);
	memset(p->d, 0, m * n * sizeof(T));
	RING_MATMUL(p->d, p->a, p->b, m, k, n, false);
}

/* n is d's: rows of imm0. */
void
K(onehot)(const struct plain *p)
{
	const size_t levels = (size_t)p->imm[0];
	const T *a = p->a;
	T *d = p->d;

	for (size_t i = 0; i < p->n; i += levels, a++)
		for (size_t j = 0; j < levels; j++)
			*d++ = *a >= 0 && (U)*a == j;
}

/* Whether a[i] comes before a[j]: no two are equal, so every sort of them is stable. */
static inline bool
comes_before(const T *a, size_t step, T i, T j)
{
	T x = a[(size_t)i * step], y = a[(size_t)j * step];

	return x < y || (x == y && i < j);
}

/* Lets d[i] sink into the heap of n indices below it: the last of them is on top. */
static void
sink(T *d, const T *a, size_t step, size_t i, size_t n)
{
	T x = d[i * step];

	for (size_t j = 2 * i + 1; j < n; i = j, j = 2 * i + 1) {
		if (j + 1 < n && comes_before(a, step, d[j * step], d[(j + 1) * step]))
			j++;
		if (!comes_before(a, step, x, d[j * step]))
			break;
		d[i * step] = d[j * step];
	}
	d[i * step] = x;
}

/* Indices of n elements, every step-th, in ascending order.  A heap wants no memory beside d, so
 * that there is nothing to fail. */
static void
order_run(T *d, const T *a, size_t step, size_t n)
{
	for (size_t i = 0; i < n; i++)
		d[i * step] = (T)i;
	for (size_t i = n / 2; i-- > 0;)
		sink(d, a, step, i, n);
	for (size_t i = n; i-- > 1;) {
		T last = d[i * step];
		d[i * step] = d[0];
		d[0] = last;
		sink(d, a, step, 0, i);
	}
}

void
K(order)(const struct plain *p)
{
	size_t outer, mid, inner;
	const T *a = p->a;
	T *d = p->d;

	shape_of(p, &outer, &mid, &inner);
	for (size_t i = 0; i < outer; i++, d += mid * inner, a += mid * inner)
		for (size_t j = 0; j < inner; j++)
			order_run(d + j, a + j, inner, mid);
}

void
K(take)(const struct plain *p)
{
	size_t outer, mid, inner;
	const T *a = p->a, *b = p->b;
	T *d = p->d;

	shape_of(p, &outer, &mid, &inner);
	for (size_t i = 0; i < outer; i++, d += mid * inner, a += mid * inner, b += mid * inner)
		for (size_t k = 0; k < mid * inner; k++) {
			bool in = b[k] >= 0 && (U)b[k] < mid;
			d[k] = in ? a[(size_t)b[k] * inner + k % inner] : 0;
		}
}

/* d[0] = whether b <= a[i] <= c for all n elements of a. */
void
K(check)(const struct plain *p)
{
	const T *a = p->a, lo = *(const T *)p->b, hi = *(const T *)p->c;
	T ok = 1;

	for (size_t i = 0; i < p->n; i++)
		ok &= a[i] >= lo && a[i] <= hi;
	*(T *)p->d = ok;
}

/* d[0] = whether all n elements of a are 1. */
void
K(all)(const struct plain *p)
{
	const T *a = p->a;
	T ok = 1;

	for (size_t i = 0; i < p->n; i++)
		ok &= a[i] == 1;
	*(T *)p->d = ok;
}

/* d[imm1, imm2] = transpose(a[imm0, imm1]) @ b[imm0, imm2] */
void
K(tn)(const struct plain *p)
{
	size_t rows, m, n;

	shape_of(p, &rows, &m, &n);
	memset(p->d, 0, m * n * sizeof(T));
	RING_MATMUL(p->d, p->a, p->b, m, rows, n, true);
}
