/* page.h: a program of four parties, and what a disclosure sheet of it says, for tests. */
#ifndef KONSIL_TEST_PAGE_H
#define KONSIL_TEST_PAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "../../compiler/compile.h"
#include "../../runtime/base/mem.h"
#include "../../runtime/sheet.h"
#include "../../runtime/text.h"

static const char source[] =
    "study \"Age at three hospitals, with a title that is long enough to be broken into lines\"\n"
    "party site[3]\n"
    "party owner\n"
    "input age : int in 0..120 [] from site as \"Age in years\"\n"
    "input sex : oneof(\"female\"=\"f\", \"male\"=\"m\")? [] from site\n"
    "input w : fixed in -8..8 [3, 2] from owner\n"
    "input k : bool from owner\n"
    "output total = sum(age) to all\n"
    "output by_sex = counts(sex) to all\n"
    "output ages = age to each site\n"
    "output few = sum(age) to owner require len(age) >= 1000\n"
    "output top = w[0, 0] * w[1, 1] to owner\n"
    "output shown = if reveal(k) then 1 else 0 to all\n";

static char north[] = "north", south[] = "south", west[] = "west", site[] = "site", owner[] =
    "owner";
static struct party parties[] = {
	{ .name = north, .group = site, .grouped = true, .rows = 60 },
	{ .name = south, .group = site, .member = 1, .grouped = true, .rows = 80 },
	{ .name = west, .group = site, .member = 2, .grouped = true, .rows = 88 },
	{ .name = owner, .group = owner },
};

static void
no_line_is_too_long(const char *text)
{
	char line[400];

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		assert_in_range(n, 0, sizeof line - 1);
		(void)snprintf(line, sizeof line, "%.*s", (int)n, text);
		if (text_width(line) > TEXT_COLUMNS)
			fail_msg("too long: %s", line);
		if (n > 0 && line[n - 1] == ' ')
			fail_msg("ends in a blank: %s", line);
		text += n + (text[n] == '\n');
	}
}

/* Line breaks and runs of blanks do not matter to what a page says. */
static void
says(const char *text, const char *words)
{
	char flat[16384];
	size_t n = 0;

	for (; *text != '\0' && n + 1 < sizeof flat; text++) {
		char c = *text == '\n' ? ' ' : *text;
		if (c != ' ' || n == 0 || flat[n - 1] != ' ')
			flat[n++] = c;
	}
	flat[n] = '\0';
	if (strstr(flat, words) == NULL)
		fail_msg("does not say \"%s\":\n%s", words, flat);
}

static const char *
string_of(const cJSON *o, const char *key)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(o, key);

	assert_true(cJSON_IsString(s));
	return s->valuestring;
}

#endif
