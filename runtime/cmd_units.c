/* cmd_units.c: see cmd_units.h */
#include "cmd_units.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct unit {
	const char *name;
	double scale;
};

/* A number that is not negative, and what stands behind it.  Locale: C, since nothing sets one. */
static bool
split(double *v, const char **rest, const char *text)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '.')
		return false;
	errno = 0;
	*v = strtod(text, &end);
	*rest = end;
	return errno == 0 && end != text && isfinite(*v);
}

static bool
scaled(uint64_t *out, const char *text, const struct unit *unit, size_t n)
{
	const char *rest;
	double v;

	if (!split(&v, &rest, text))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (strcasecmp(rest, unit[i].name) == 0 && v * unit[i].scale < 1e18) {
			*out = (uint64_t)llround(v * unit[i].scale);
			return true;
		}
	}
	return false;
}

bool
units_time_us(uint64_t *us, const char *text)
{
	static const struct unit unit[] = {
		{ "", 1e6 },
		{ "us", 1 },
		{ "ms", 1e3 },
		{ "s", 1e6 },
		{ "m", 60e6 },
		{ "min", 60e6 },
		{ "h", 3600e6 },
	};

	return scaled(us, text, unit, sizeof unit / sizeof unit[0]);
}

bool
units_bandwidth(uint64_t *bits_per_s, const char *text)
{
	static const struct unit unit[] = {
		{ "bit", 1 }, { "kbit", 1e3 }, { "mbit", 1e6 }, { "gbit", 1e9 },
	};

	return scaled(bits_per_s, text, unit, sizeof unit / sizeof unit[0]);
}

/* A round trip without a unit would be seconds, which nobody means. */
static bool
round_trip(uint64_t *us, const char *text)
{
	return units_time_us(us, text) && (*us == 0 || isalpha((unsigned char)text[strlen(text) - 1]));
}

bool
units_net(uint64_t *rtt_us, uint64_t *bits_per_s, const char *text)
{
	const char *comma = strchr(text, ',');
	char first[64];

	*rtt_us = *bits_per_s = 0;
	if (comma == NULL)
		return units_bandwidth(bits_per_s, text) || round_trip(rtt_us, text);
	if ((size_t)(comma - text) >= sizeof first)
		return false;
	(void)snprintf(first, sizeof first, "%.*s", (int)(comma - text), text);
	return round_trip(rtt_us, first) && units_bandwidth(bits_per_s, comma + 1);
}

bool
units_count(uint64_t *n, const char *text)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *end == '\0';
}
