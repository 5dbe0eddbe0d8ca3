/* decimal.c: numbers written as decimals; see number.h */
#include "number.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
put_whole(char *out, u128 v)
{
	char tmp[40];
	size_t n = 0;

	do {
		tmp[n++] = (char)('0' + (int)(v % 10));
		v /= 10;
	} while (v > 0);
	for (size_t i = 0; i < n; i++)
		out[i] = tmp[n - 1 - i];
	return n;
}

void
decimal_exact(char out[DECIMAL_MAX], i128 v, unsigned frac)
{
	u128 m = v < 0 ? -(u128)v : (u128)v;
	u128 rest = frac == 0 ? 0 : m & (((u128)1 << frac) - 1);
	size_t n = 0;

	assert(frac <= NUMBER_FRAC_MAX);
	if (v < 0)
		out[n++] = '-';
	n += put_whole(out + n, m >> frac);
	if (rest != 0)
		out[n++] = '.';
	while (rest != 0) {
		rest *= 10;
		out[n++] = (char)('0' + (int)(rest >> frac));
		rest &= ((u128)1 << frac) - 1;
	}
	out[n] = '\0';
}

/* Keeps the first `keep` characters of s, a number without sign, and rounds by what follows; s[-1]
 * is writable and becomes a 1 if a carry runs out in front.  Returns where the number begins. */
static char *
round_text(char *s, size_t keep)
{
	bool up = s[keep] == '.' ? s[keep + 1] >= '5' : s[keep] >= '5';
	size_t n = keep;

	s[keep] = '\0';
	for (size_t i = keep; up && i > 0; i--) {
		if (s[i - 1] == '.')
			continue;
		up = s[i - 1] == '9';
		s[i - 1] = up ? '0' : (char)(s[i - 1] + 1);
	}
	if (strchr(s, '.') != NULL) {
		while (s[n - 1] == '0')
			s[--n] = '\0';
		if (s[n - 1] == '.')
			s[n - 1] = '\0';
	}
	if (up)
		*--s = '1';
	return s;
}

void
decimal_short(char out[DECIMAL_MAX], i128 v, unsigned frac, unsigned digits, unsigned places)
{
	char text[DECIMAL_MAX + 1], *s = text + 1;

	decimal_exact(s, v, frac);
	bool negative = *s == '-';
	s += negative;
	size_t before = strcspn(s, "."), keep = before;
	if (s[0] == '0')
		keep = strspn(s, "0.") + digits;
	else if (digits > before)
		keep = digits + 1;
	if (keep > before + 1 + places)
		keep = places > 0 ? before + 1 + places : before;
	if (keep < strlen(s))
		s = round_text(s, keep);
	(void)snprintf(out, DECIMAL_MAX, "%s%s", negative && strcmp(s, "0") != 0 ? "-" : "", s);
}

void
decimal_double(char out[DECIMAL_MAX], double v, unsigned digits)
{
	assert(isfinite(v));
	if (v == trunc(v) && fabs(v) < 9007199254740992.0) {
		(void)snprintf(out, DECIMAL_MAX, "%lld", (long long)v);
		return;
	}
	for (int p = 1; p <= (int)digits; p++) {
		(void)snprintf(out, DECIMAL_MAX, "%.*g", p, v);
		if (strtod(out, NULL) == v)
			return;
	}
}
