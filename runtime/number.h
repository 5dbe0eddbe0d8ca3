/* number.h: decimals, read and written exactly, without floating point.
 *
 * A number x with f fractional bits stands as the integer x * 2^f, |x * 2^f| < 2^126.
 * Times depend on the values: for a party's own cells and for results, never for shares. */
#ifndef KONSIL_NUMBER_H
#define KONSIL_NUMBER_H

#include "base/ring.h"
#include "base/status.h"

enum { NUMBER_FRAC_MAX = 120 };

enum number_kind {
	NUMBER_EXACT,                   /* *raw is x */
	NUMBER_ROUNDED,                 /* *raw is x to the nearest, halves to even */
	NUMBER_HUGE,                    /* out of what is representable; *raw is its sign,
	    1 or -1 */
	NUMBER_NONE,                    /* not a number; *raw is 0 */
};

/* [+-] digits [mark digits] [e [+-] digits], at least one digit before the e. */
enum number_kind number_read(i128 *raw, const char *s, size_t len, unsigned frac, char mark);
/* A finite double; NaN is NUMBER_NONE, infinities are NUMBER_HUGE. */
enum number_kind number_of_double(i128 *raw, double x, unsigned frac);
/* YYYY-MM-DD as days since 1970-01-01; false if it is no date of the calendar. */
bool number_date(i128 *days, const char *s, size_t len);

/* v * 2^-frac as an exact decimal without needless zeros: "-0.75".  DECIMAL_MAX holds any. */
enum { DECIMAL_MAX = 176 };
void decimal_exact(char out[DECIMAL_MAX], i128 v, unsigned frac);
/* For people: at most `digits` significant ones and `places` behind the point (halves away from
 * zero), but all of those before it. */
void decimal_short(char out[DECIMAL_MAX], i128 v, unsigned frac, unsigned digits, unsigned places);
/* The shortest decimal that reads back as the same double, or the one of `digits` significant
 * ones, at most 17, if that is shorter.  Not for NaN and infinities. */
void decimal_double(char out[DECIMAL_MAX], double v, unsigned digits);

#endif
