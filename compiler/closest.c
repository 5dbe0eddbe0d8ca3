/* closest.c: the name that was probably meant.
 *
 * The distance counts letters that are missing, added, wrong or swapped with their neighbour; large
 * and small ones are the same. */
#include <ctype.h>
#include <string.h>

#include "internal.h"

enum { N_LETTERS = 40 };                /* longer names are not compared */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static bool
same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned
distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned d[3][N_LETTERS + 1];

	for (unsigned j = 0; j <= lb; j++)
		d[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *row = d[i % 3], *up = d[(i + 2) % 3], *upup = d[(i + 1) % 3];
		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			row[j] = least(least(row[j - 1], up[j]) + 1, up[j - 1]
			    + !same(a[i - 1], b[j - 1]));
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = least(row[j], upup[j - 2] + 1);
		}
	}
	return d[la % 3][lb];
}

const char *
closest_name(const char *name, const char *const *names, size_t n)
{
	size_t len = strlen(name);
	unsigned best = len < 4 ? 2 : 3;        /* one letter of a short name, two of a long one */
	const char *found = NULL;

	if (len > N_LETTERS)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(names[i]);
		if (other > N_LETTERS || (other > len ? other - len : len - other) >= best)
			continue;
		unsigned d = distance(name, len, names[i], other);
		/* Nothing of a name of one letter is left when that is wrong. */
		if (d < best && d < len) {
			best = d;
			found = names[i];
		}
	}
	return found;
}
