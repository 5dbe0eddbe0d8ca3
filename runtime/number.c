/* number.c: decimals, read exactly; see number.h */
#include "number.h"

#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	RAW_BITS = 126,
	FAST_DIGITS = 18,               /* 10^18 < 2^60 */
	DIGITS_MAX = 1100,              /* a double, written out, has at most 1,075 */
	ZEROS_MAX = 60,                 /* below 10^-60 is below half of 2^-120 */
	EXPONENT_MAX = 100000,
};

/* A decimal, taken apart: 0.d1 d2 ... dn * 10^point, d1 not 0. */
struct parts {
	bool negative;
	int n, point;
	bool too_long;
	uint64_t fast;                  /* the digits as one number, if n <= FAST_DIGITS */
	char digit[DIGITS_MAX];
};

static const uint64_t ten_to[FAST_DIGITS + 1] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
	100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
	10000000000000000, 100000000000000000, 1000000000000000000,
};

static void
add_digit(struct parts *p, char c)
{
	if (p->n == 0 && c == '0')
		return;
	if (p->n < FAST_DIGITS)
		p->fast = p->fast * 10 + (uint64_t)(c - '0');
	if (p->n < DIGITS_MAX)
		p->digit[p->n++] = c;
	else
		p->too_long = true;
}

/* exponent = [+-] digit {digit}; false if s is something else. */
static bool
read_exponent(int *e, const char *s, const char *end)
{
	bool negative = s < end && *s == '-';
	int v = 0;

	if (s < end && (*s == '-' || *s == '+'))
		s++;
	if (s == end)
		return false;
	for (; s < end; s++) {
		if (*s < '0' || *s > '9')
			return false;
		v = v < EXPONENT_MAX ? v * 10 + (*s - '0') : v;
	}
	*e = negative ? -v : v;
	return true;
}

/* Fills p but for digits that were never reached. */
static bool
take_apart(struct parts *p, const char *s, size_t len, char mark)
{
	const char *end = s + len;
	bool some = false, behind = false;
	int e = 0;

	p->negative = s < end && *s == '-';
	p->n = p->point = 0;
	p->too_long = false;
	p->fast = 0;
	if (s < end && (*s == '-' || *s == '+'))
		s++;
	for (; s < end; s++) {
		if (*s >= '0' && *s <= '9') {
			add_digit(p, *s);
			some = true;
			/* Zeros in front count only behind the mark. */
			if (!behind && p->n > 0)
				p->point++;
			else if (behind && p->n == 0)
				p->point--;
		} else if (*s == mark && !behind) {
			behind = true;
		} else {
			break;
		}
	}
	if (!some)
		return false;
	if (s < end && ((*s != 'e' && *s != 'E') || !read_exponent(&e, s + 1, end)))
		return false;
	p->point += e;
	return true;
}

/* q + r/m rounded to the nearest, halves to even. */
static u128
round_even(u128 q, uint64_t r, uint64_t m)
{
	return r > m - r || (r == m - r && (q & 1) != 0) ? q + 1 : q;
}

/* At most 18 digits and as many places; false if this is not such a number. */
static bool
read_fast(u128 *raw, bool *exact, const struct parts *p, unsigned frac)
{
	int places = p->n - p->point;

	if (p->n > FAST_DIGITS || places > FAST_DIGITS || places < -FAST_DIGITS || frac > 64)
		return false;
	*exact = true;
	if (places <= 0) {
		u128 v = (u128)p->fast * ten_to[-places];
		if (v >> (RAW_BITS - frac) != 0)
			return false;
		*raw = v << frac;
		return true;
	}
	uint64_t m = ten_to[places];
	u128 behind = (u128)(p->fast % m) << frac, before = p->fast / m;
	if (before >> (RAW_BITS - frac) != 0)
		return false;
	uint64_t r = (uint64_t)(behind % m);
	*exact = r == 0;
	*raw = round_even((before << frac) + behind / m, r, m);
	return true;
}

/* d = 2 d for n decimal places; returns what carries over the point. */
static unsigned
double_places(char *d, int n)
{
	unsigned carry = 0;

	for (int i = n - 1; i >= 0; i--) {
		unsigned v = 2 * (unsigned)(d[i] - '0') + carry;
		carry = v >= 10;
		d[i] = (char)('0' + v - 10 * carry);
	}
	return carry;
}

/* Compares n places behind the point with a half: -1, 0, 1. */
static int
against_half(const char *d, int n)
{
	if (n == 0 || d[0] != '5')
		return n > 0 && d[0] > '5' ? 1 : -1;
	for (int i = 1; i < n; i++)
		if (d[i] != '0')
			return 1;
	return 0;
}

/* Any number: the part behind the point is doubled frac times; each carry is a bit. */
static enum number_kind
read_slow(u128 *raw, const struct parts *p, unsigned frac)
{
	char d[DIGITS_MAX + ZEROS_MAX];
	enum number_kind kind = NUMBER_EXACT;
	u128 v = 0;
	int n = 0;

	if (p->point > 39)
		return NUMBER_HUGE;
	for (int i = 0; i < p->point; i++) {
		if (v > ((u128)1 << RAW_BITS) / 10)
			return NUMBER_HUGE;
		unsigned digit = i < p->n ? (unsigned)(p->digit[i] - '0') : 0;
		v = v * 10 + digit;
	}
	for (int i = p->point; i < 0 && n < ZEROS_MAX; i++)
		d[n++] = '0';
	if (p->point > -ZEROS_MAX)
		for (int i = p->point > 0 ? p->point : 0; i < p->n; i++)
			d[n++] = p->digit[i];
	if (v >> (RAW_BITS - frac) != 0)
		return NUMBER_HUGE;
	for (unsigned i = 0; i < frac; i++)
		v = v << 1 | double_places(d, n);
	for (int i = 0; i < n; i++)
		if (d[i] != '0')
			kind = NUMBER_ROUNDED;
	if (p->point <= -ZEROS_MAX)
		kind = NUMBER_ROUNDED;
	int half = against_half(d, n);
	*raw = v + (half > 0 || (half == 0 && (v & 1) != 0));
	wipe(d, sizeof d);
	return kind;
}

enum number_kind
number_read(i128 *raw, const char *s, size_t len, unsigned frac, char mark)
{
	struct parts p;
	enum number_kind kind = NUMBER_EXACT;
	bool exact = true;
	u128 v = 0;

	assert(frac <= NUMBER_FRAC_MAX);
	*raw = 0;
	if (!take_apart(&p, s, len, mark))
		return NUMBER_NONE;
	if (p.n > 0) {
		if (p.too_long)
			kind = NUMBER_NONE;
		else if (read_fast(&v, &exact, &p, frac))
			kind = exact ? NUMBER_EXACT : NUMBER_ROUNDED;
		else
			kind = read_slow(&v, &p, frac);
	}
	if (kind == NUMBER_HUGE || v >> RAW_BITS != 0) {
		kind = NUMBER_HUGE;
		v = 1;
	}
	if (kind != NUMBER_NONE)
		*raw = p.negative ? -(i128)v : (i128)v;
	wipe(p.digit, (size_t)p.n);
	return kind;
}

enum number_kind
number_of_double(i128 *raw, double x, unsigned frac)
{
	bool negative = x < 0;
	int e;

	assert(frac <= NUMBER_FRAC_MAX);
	*raw = 0;
	if (isnan(x))
		return NUMBER_NONE;
	if (isinf(x) || fabs(x) >= ldexp(1, RAW_BITS - (int)frac)) {
		*raw = negative ? -1 : 1;
		return NUMBER_HUGE;
	}
	uint64_t m = (uint64_t)ldexp(frexp(fabs(x), &e), 53);
	int shift = e - 53 + (int)frac;
	u128 v = m;
	enum number_kind kind = NUMBER_EXACT;
	if (shift >= 0) {
		v <<= shift;
	} else if (shift < -62) {
		kind = m == 0 ? NUMBER_EXACT : NUMBER_ROUNDED;
		v = 0;
	} else {
		uint64_t unit = (uint64_t)1 << -shift, r = m & (unit - 1);
		kind = r == 0 ? NUMBER_EXACT : NUMBER_ROUNDED;
		v = round_even(m >> -shift, r, unit);
	}
	*raw = negative ? -(i128)v : (i128)v;
	return kind;
}

static bool
two_digits(int *v, const char *s)
{
	*v = (s[0] - '0') * 10 + (s[1] - '0');
	return s[0] >= '0' && s[0] <= '9' && s[1] >= '0' && s[1] <= '9';
}

bool
number_date(i128 *days, const char *s, size_t len)
{
	static const int length[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int century, year, month, day;

	if (len != 10 || s[4] != '-' || s[7] != '-' || !two_digits(&century, s) ||
	    !two_digits(&year, s + 2) || !two_digits(&month, s + 5) || !two_digits(&day, s + 8))
		return false;
	year += 100 * century;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	if (month < 1 || month > 12 || day < 1 || day > length[month - 1] + (leap && month == 2))
		return false;
	int before = day - 1;
	for (int m = 1; m < month; m++)
		before += length[m - 1] + (leap && m == 2);
	/* Days from year 0 to a year's first day; year 0 itself is leap. */
	int y = year - 1;
	*days = year * 365 + (year > 0 ? y / 4 - y / 100 + y / 400 + 1 : 0) + before - 719528;
	return true;
}
