/* plain_real.c: the kernels of the post section, in IEEE double; see plain.h.
 *
 * Only values that were opened come here, so libm may be used: each recipient computes by itself.
 * NaN is missing and stays missing, also through comparisons and choices. */
#include "distribution.h"
#include "each.h"

#include <math.h>
#include <string.h>

static inline double
missing_or(double x, double y, double r)
{
	return isnan(x) || isnan(y) ? (double)NAN : r;
}

EACH1(real_neg, double, double, -x)
EACH1(real_abs, double, double, fabs(x))
EACH1(real_sign, double, double, isnan(x) ? x : (double)((x > 0) - (x < 0)))
EACH1(real_floor, double, double, floor(x))
EACH1(real_round, double, double, nearbyint(x))
EACH1(real_sqrt, double, double, x < 0 ? (double)NAN : sqrt(x))
EACH1(real_exp, double, double, exp(x))
EACH1(real_log, double, double, x <= 0 ? (double)NAN : log(x))
EACH1(real_rsqrt, double, double, x <= 0 ? (double)NAN : 1 / sqrt(x))
EACH1(real_log2, double, double, x <= 0 ? (double)NAN : log2(x))
EACH1(real_sin, double, double, sin(x))
EACH1(real_cos, double, double, cos(x))
EACH1(real_tanh, double, double, tanh(x))
EACH1(real_sigm, double, double, 1 / (1 + exp(-x)))
EACH1(real_erf, double, double, erf(x))
EACH1(real_pnorm, double, double, dist_pnorm(x))
EACH1(real_qnorm, double, double, dist_qnorm(x))
EACH2(real_pt, double, double, dist_pt(x, y))
EACH2(real_qt, double, double, dist_qt(x, y))
EACH2(real_pchisq, double, double, dist_pchisq(x, y))
EACH2(real_uchisq, double, double, dist_pchisq_upper(x, y))
EACH2(real_qchisq, double, double, dist_qchisq(x, y))
EACH3(real_pf, double, double, dist_pf(x, y, z))
EACH3(real_uf, double, double, dist_pf_upper(x, y, z))
EACH3(real_qf, double, double, dist_qf(x, y, z))
EACH2(real_add, double, double, x + y)
EACH2(real_sub, double, double, x - y)
EACH2(real_mul, double, double, x * y)
EACH2(real_div, double, double, y == 0 ? (double)NAN : x / y)
EACH2(real_mod, double, double, y == 0 ? (double)NAN : x - y * floor(x / y))
EACH2(real_min, double, double, missing_or(x, y, x < y ? x : y))
EACH2(real_max, double, double, missing_or(x, y, x > y ? x : y))
EACH2(real_eq, double, double, missing_or(x, y, x == y))
EACH2(real_lt, double, double, missing_or(x, y, x < y))
EACH2(real_le, double, double, missing_or(x, y, x <= y))
EACH3(real_sel, double, double, isnan(x) ? x : x != 0 ? y : z)

void
real_sum(const struct plain *p)
{
	size_t outer = (size_t)p->imm[0], mid = (size_t)p->imm[1], inner = (size_t)p->imm[2];
	const double *a = p->a;
	double *d = p->d;

	for (size_t i = 0; i < outer; i++)
		for (size_t j = 0; j < inner; j++) {
			double s = 0;
			for (size_t k = 0; k < mid; k++)
				s += a[(i * mid + k) * inner + j];
			d[i * inner + j] = s;
		}
}

void
real_cumsum(const struct plain *p)
{
	size_t outer = (size_t)p->imm[0], mid = (size_t)p->imm[1], inner = (size_t)p->imm[2];
	const double *a = p->a;
	double *d = p->d;

	for (size_t i = 0; i < outer; i++)
		for (size_t j = 0; j < inner; j++) {
			double s = 0;
			for (size_t k = 0; k < mid; k++) {
				s += a[(i * mid + k) * inner + j];
				d[(i * mid + k) * inner + j] = s;
			}
		}
}

void
real_matmul(const struct plain *p)
{
	size_t m = (size_t)p->imm[0], k = (size_t)p->imm[1], n = (size_t)p->imm[2];
	const double *a = p->a, *b = p->b;
	double *d = p->d;

	memset(d, 0, m * n * sizeof *d);
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l++)
			for (size_t j = 0; j < n; j++)
				d[i * n + j] += a[i * k + l] * b[l * n + j];
}

/* x * 2^-s rounded once.  128 bits become a double by way of two halves that round the same way:
 * the compiler's conversion does that. */
void
real_of(const struct plain *p, unsigned a_width)
{
	int s = p->imm[0] > 4096 ? -4096 : -(int)p->imm[0];
	double *d = p->d;

	for (size_t i = p->n; i-- > 0;)
		d[i] = ldexp((double)plain_load(p->a, p->na == 1 ? 0 : i, a_width), s);
}
