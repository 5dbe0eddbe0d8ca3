/* distribution.c: see distribution.h */
#include "distribution.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>

enum { TERMS_MAX = 20000, HALVINGS_MAX = 200 };

static const double two_pi = 6.283185307179586476925286766559;

/* log(n!) - log(sqrt(2 pi n) (n / e)^n): Loader's stirlerr, by its asymptotic series. */
static double
stirling_error(double n)
{
	static const double term[] = { 1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
		-691.0 / 360360, 1.0 / 156, -3617.0 / 122400 };
	double r = 0, n2 = n * n;
	int sign;

	if (n < 16)
		return lgamma_r(n + 1, &sign) - (n + 0.5) * log(n) + n - 0.5 * log(two_pi);
	for (int i = 8; i-- > 0;)
		r = r / n2 + term[i];
	return r / n;
}

/* x log(x / m) + m - x, also where x is close to m: Loader's bd0. */
static double
deviance(double x, double m)
{
	double v = (x - m) / (x + m), s = (x - m) * v, e = 2 * x * v;

	if (fabs(x - m) > 0.1 * (x + m))
		return x * log(x / m) + m - x;
	for (int j = 1; j < 1000; j++) {
		double before = s;
		e *= v * v;
		s += e / (2 * j + 1);
		if (s == before)
			break;
	}
	return s;
}

/* x^a e^-x / Gamma(a + 1) */
static double
gamma_factor(double a, double x)
{
	return exp(-stirling_error(a) - deviance(a, x)) / sqrt(two_pi * a);
}

/* The regularised incomplete gamma function P(a, x), or 1 - it. */
static double
incomplete_gamma(double a, double x, bool upper)
{
	const double tiny = DBL_MIN / DBL_EPSILON;
	double factor, r;

	if (x <= 0)
		return upper;
	factor = gamma_factor(a, x);
	if (x < a + 1) {
		double term = 1, n = a;
		r = 1;
		for (int i = 0; i < TERMS_MAX && term > r * DBL_EPSILON / 4; i++) {
			term *= x / ++n;
			r += term;
		}
		return upper ? 1 - factor * r : factor * r;
	}
	double b = x + 1 - a, c = 1 / tiny, d = 1 / b;
	r = d;
	for (int i = 1; i < TERMS_MAX; i++) {
		double an = -i * (i - a);
		b += 2;
		d = an * d + b;
		d = fabs(d) < tiny ? 1 / tiny : 1 / d;
		c = b + an / c;
		c = fabs(c) < tiny ? tiny : c;
		r *= d * c;
		if (fabs(d * c - 1) < DBL_EPSILON)
			break;
	}
	return upper ? a * factor * r : 1 - a * factor * r;
}

/* The continued fraction of the incomplete beta function. */
static double
beta_fraction(double a, double b, double x)
{
	const double tiny = DBL_MIN / DBL_EPSILON;
	double c = 1, d = 1 - (a + b) * x / (a + 1), r;

	d = 1 / (fabs(d) < tiny ? tiny : d);
	r = d;
	for (int m = 1; m < TERMS_MAX; m++) {
		double num[2] = { m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
			-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)) };
		double last = 0;
		for (int i = 0; i < 2; i++) {
			d = 1 + num[i] * d;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = 1 + num[i] / c;
			c = fabs(c) < tiny ? tiny : c;
			last = d * c;
			r *= last;
		}
		if (fabs(last - 1) < DBL_EPSILON)
			break;
	}
	return r;
}

/* The regularised incomplete beta function I_x(a, b), where y is 1 - x. */
static double
incomplete_beta(double a, double b, double x, double y)
{
	double n = a + b, factor;

	if (x <= 0 || y <= 0)
		return x > 0;
	/* x^a y^b / B(a, b) */
	factor = exp(stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x)
	    - deviance(b, n * y)) * sqrt(a * b / (two_pi * n));
	return x < (a + 1) / (n + 2) ? factor * beta_fraction(a, b, x) / a
	    : 1 - factor * beta_fraction(b, a, y) / b;
}

double
dist_pnorm(double x)
{
	return 0.5 * erfc(-x / sqrt(2));
}

/* What lies beyond |x|, on one side. */
static double
t_tail(double x, double df)
{
	double x2 = x * x;

	if (isinf(x2))
		return 0;
	return 0.5 * incomplete_beta(0.5 * df, 0.5, df / (df + x2), x2 / (df + x2));
}

double
dist_pt(double x, double df)
{
	if (isnan(x) || isnan(df))
		return (double)NAN;
	if (df <= 0)
		return 0;
	return x > 0 ? 1 - t_tail(x, df) : t_tail(x, df);
}

static double
chisq(double x, double df, bool upper)
{
	if (isnan(x) || isnan(df))
		return (double)NAN;
	return df <= 0 ? 0 : incomplete_gamma(0.5 * df, 0.5 * x, upper);
}

double
dist_pchisq(double x, double df)
{
	return chisq(x, df, false);
}

double
dist_pchisq_upper(double x, double df)
{
	return chisq(x, df, true);
}

static double
f_side(double x, double df1, double df2, bool upper)
{
	double a = df1 * x, n = a + df2;

	if (isnan(n))
		return (double)NAN;
	if (df1 <= 0 || df2 <= 0)
		return 0;
	if (x <= 0)
		return upper;
	return upper ? incomplete_beta(0.5 * df2, 0.5 * df1, df2 / n, a / n)
	    : incomplete_beta(0.5 * df1, 0.5 * df2, a / n, df2 / n);
}

double
dist_pf(double x, double df1, double df2)
{
	return f_side(x, df1, df2, false);
}

double
dist_pf_upper(double x, double df1, double df2)
{
	return f_side(x, df1, df2, true);
}

/* A probability that falls as x grows, from above p at 0: where it is p, by halving. */
typedef double upper_fn(double x, double df1, double df2);

static double
where(upper_fn *upper, double p, double df1, double df2)
{
	double lo = 0, hi = 1;

	while (upper(hi, df1, df2) > p && hi < DIST_FAR) {
		lo = hi;
		hi *= 2;
	}
	if (hi >= DIST_FAR)
		return DIST_FAR;
	while (lo == 0 && upper(hi / 2, df1, df2) <= p && hi > DBL_MIN)
		hi /= 2;
	for (int i = 0; i < HALVINGS_MAX; i++) {
		double mid = lo + (hi - lo) / 2;
		if (mid <= lo || mid >= hi)
			break;
		if (upper(mid, df1, df2) > p)
			lo = mid;
		else
			hi = mid;
	}
	return lo + (hi - lo) / 2;
}

static double
normal_upper(double x, double df1, double df2)
{
	(void)df1, (void)df2;
	return dist_pnorm(-x);
}

static double
t_upper(double x, double df1, double df2)
{
	(void)df2;
	return t_tail(x, df1);
}

static double
chisq_upper(double x, double df1, double df2)
{
	(void)df2;
	return dist_pchisq_upper(x, df1);
}

/* The same of what falls from 1 to 0 when 1 - p would lose digits: of the lower side. */
static double
chisq_lower(double x, double df1, double df2)
{
	(void)df2;
	return 1 - dist_pchisq(x, df1);
}

static double
f_lower(double x, double df1, double df2)
{
	return 1 - dist_pf(x, df1, df2);
}

/* Of a distribution that is its own mirror image. */
static double
symmetric(upper_fn *upper, double p, double df)
{
	if (isnan(p) || isnan(df))
		return (double)NAN;
	if (p < 0 || p > 1 || p == 0.5 || df <= 0)
		return 0;
	return p < 0.5 ? -where(upper, p, df, 0) : where(upper, 1 - p, df, 0);
}

double
dist_qnorm(double p)
{
	return symmetric(normal_upper, p, 1);
}

double
dist_qt(double p, double df)
{
	return symmetric(t_upper, p, df);
}

static double
positive(upper_fn *upper, upper_fn *lower, double p, double df1, double df2)
{
	if (isnan(p) || isnan(df1) || isnan(df2))
		return (double)NAN;
	if (p <= 0 || p > 1 || df1 <= 0 || df2 <= 0)
		return 0;
	return where(p > 0.5 ? upper : lower, 1 - p, df1, df2);
}

double
dist_qchisq(double p, double df)
{
	return positive(chisq_upper, chisq_lower, p, df, 1);
}

double
dist_qf(double p, double df1, double df2)
{
	return positive(dist_pf_upper, f_lower, p, df1, df2);
}
