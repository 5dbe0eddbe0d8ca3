/* distribution.h: the normal, t, chi-squared and F distributions, in IEEE double.
 *
 * For values that were opened, or are known: nothing here takes the same time for all of them.
 * dist_p* is the probability to be at most x, dist_*_upper to be more, each computed by itself, so
 * that small ones keep their digits; dist_q* is the x whose probability is p.  Degrees of freedom
 * need not be whole.  About 12 digits are right, for up to 10^6 degrees of freedom.
 * What is not defined (df <= 0, p outside 0..1) is 0; the least and greatest quantiles where they
 * are infinite are -DIST_FAR and DIST_FAR.  NaN gives NaN.
 *
 * Source: the incomplete gamma and beta functions by series and continued fractions, modified
 * Lentz (Press et al., Numerical Recipes, 3rd ed., 6.2 and 6.4); their common factors without
 * cancellation by C. Loader, Fast and accurate computation of binomial probabilities, 2000. */
#ifndef KONSIL_DISTRIBUTION_H
#define KONSIL_DISTRIBUTION_H

#define DIST_FAR 1e18

double dist_pnorm(double x), dist_qnorm(double p);
double dist_pt(double x, double df), dist_qt(double p, double df);
double dist_pchisq(double x, double df), dist_pchisq_upper(double x, double df);
double dist_qchisq(double p, double df);
double dist_pf(double x, double df1, double df2), dist_pf_upper(double x, double df1, double df2);
double dist_qf(double p, double df1, double df2);

#endif
