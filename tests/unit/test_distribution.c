/* Probabilities and quantiles against R's: tests/vectors/distributions.txt. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../runtime/base/distribution.h"

static double
value_of(const char *name, const double *x)
{
	if (strcmp(name, "dist_pnorm") == 0)
		return dist_pnorm(x[0]);
	if (strcmp(name, "dist_qnorm") == 0)
		return dist_qnorm(x[0]);
	if (strcmp(name, "dist_pt") == 0)
		return dist_pt(x[0], x[1]);
	if (strcmp(name, "dist_qt") == 0)
		return dist_qt(x[0], x[1]);
	if (strcmp(name, "dist_pchisq") == 0)
		return dist_pchisq(x[0], x[1]);
	if (strcmp(name, "dist_pchisq_upper") == 0)
		return dist_pchisq_upper(x[0], x[1]);
	if (strcmp(name, "dist_qchisq") == 0)
		return dist_qchisq(x[0], x[1]);
	if (strcmp(name, "dist_pf") == 0)
		return dist_pf(x[0], x[1], x[2]);
	if (strcmp(name, "dist_pf_upper") == 0)
		return dist_pf_upper(x[0], x[1], x[2]);
	assert_string_equal(name, "dist_qf");
	return dist_qf(x[0], x[1], x[2]);
}

static void
values_are_those_of_r(void **state)
{
	FILE *f = fopen("tests/vectors/distributions.txt", "r");
	char line[256], name[32];
	unsigned n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof line, f) != NULL) {
		double x[4];
		int k = sscanf(line, "%31s %lf %lf %lf %lf", name, &x[0], &x[1], &x[2], &x[3]);
		if (line[0] == '#')
			continue;
		assert_true(k >= 3);
		double got = value_of(name, x), want = x[k - 2];
		if (!(fabs(got - want) <= 1e-10 * fabs(want) + 1e-300)) {
			print_error("%s  got %.17g\n", line, got);
			fail();
		}
		n++;
	}
	assert_int_equal(fclose(f), 0);
	assert_true(n > 190);
}

static void
what_is_not_defined_is_nothing(void **state)
{
	(void)state;
	assert_true(dist_pt(1, 0) == 0 && dist_pchisq(1, -1) == 0 && dist_pf(1, 0, 3) == 0);
	assert_true(dist_pchisq(-1, 3) == 0 && dist_pchisq_upper(-1, 3) == 1);
	assert_true(dist_pf(-1, 3, 3) == 0 && dist_pf_upper(0, 3, 3) == 1);
	assert_true(dist_qnorm(-0.5) == 0 && dist_qnorm(2) == 0 && dist_qt(0.5, 3) == 0);
	assert_true(dist_qnorm(0) == -DIST_FAR || dist_qnorm(0) < -30);
	assert_true(dist_qchisq(0, 3) == 0 && dist_qf(0, 3, 3) == 0);
	assert_true(isnan(dist_pt((double)NAN, 3)) && isnan(dist_qf(0.5, (double)NAN, 3)));
	assert_true(dist_pt(1e200, 3) == 1 && dist_pt(-1e200, 3) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_those_of_r),
		cmocka_unit_test(what_is_not_defined_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
