/* table_cell.c: one cell, checked against the type of its input; see table_impl.h
 *
 * A message says what kind of value stands there and what belongs there, never the value. */
#include "table_impl.h"
#include "text.h"

#include <string.h>
#include <strings.h>

static bool
bad(struct cell *c, const char *what, const char *help)
{
	c->raw = 0;
	c->present = false;
	c->what = what;
	c->help = help;
	return false;
}

static bool
good(struct cell *c, i128 raw)
{
	c->raw = raw;
	c->present = true;
	return true;
}

bool
cell_is_missing_text(const char *s, size_t len)
{
	return len == 0 || (len == 1 && (*s == '?' || *s == '.')) ||
	    (len == 2 && s[0] == 'N' && s[1] == 'A');
}

bool
cell_missing(struct cell *c, const struct type *t)
{
	c->raw = 0;
	c->present = false;
	return t->optional || bad(c, "a missing cell",
	    "if values may be missing, write a `?` behind the input's type");
}

bool
cell_number(struct cell *c, const struct type *t, enum number_kind kind, i128 raw)
{
	const char *range = "correct the cell, or declare a wider range";

	if (kind == NUMBER_NONE)
		return bad(c, "text", "a number has no unit and no `<`; what is missing is an empty cell, NA, "
		    "? or `.`; a date is written 2026-05-17");
	if (raw < t->lo || (kind == NUMBER_HUGE && raw < 0))
		return bad(c, "a number below the range", range);
	if (raw > t->hi || kind == NUMBER_HUGE)
		return bad(c, "a number above the range", range);
	if (kind == NUMBER_ROUNDED && t->kind == TYPE_INT)
		return bad(c, "a number with a fraction",
		    "declare the input as fixed, or round the column");
	return good(c, raw);
}

/* The decimal mark of one cell; 0 if it has both. */
static char
mark_of(const char *s, size_t len, const struct cell_style *y)
{
	bool comma = memchr(s, ',', len) != NULL, point = memchr(s, '.', len) != NULL;

	if (!y->either)
		return '.';
	return comma && point ? 0 : comma ? ',' : '.';
}

static bool
read_number(struct cell *c, const struct type *t, const char *s, size_t len, struct cell_style *y)
{
	char mark = mark_of(s, len, y);
	i128 raw;

	if (t->kind == TYPE_INT && len == 10 && number_date(&raw, s, len))
		return cell_number(c, t, NUMBER_EXACT, raw);
	if (mark == 0)
		return bad(c, "a number with thousands separators", NULL);
	enum number_kind kind = number_read(&raw, s, len, t->kind == TYPE_FIXED ? t->frac : 0,
	    mark);
	if (y->either && kind != NUMBER_NONE && memchr(s, mark, len) != NULL) {
		if (y->mark != 0 && y->mark != mark)
			return bad(c, mark == ',' ? "a decimal comma after decimal points" :
			    "a decimal point after decimal commas",
			    "use one decimal mark throughout, and no thousands separators");
		y->mark = mark;
	}
	return cell_number(c, t, kind, raw);
}

static bool
read_bool(struct cell *c, const char *s, size_t len)
{
	static const struct { const char *text; int value; } words[] = {
		{ "0", 0 }, { "1", 1 }, { "true", 1 }, { "false", 0 }, { "yes", 1 }, { "no", 0 },
	};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strlen(words[i].text) == len && strncasecmp(s, words[i].text, len) == 0)
			return good(c, words[i].value);
	return bad(c, "another text", NULL);
}

static bool
find_level(struct cell *c, const struct type *t, const char *s, size_t len)
{
	for (uint32_t i = 0; i < t->n_levels; i++) {
		const char *text = t->level[i].text;
		if (strncmp(text, s, len) == 0 && text[len] == '\0')
			return good(c, i);
	}
	return false;
}

static bool
is_level_name(const struct type *t, const char *s, size_t len)
{
	for (uint32_t i = 0; i < t->n_levels; i++)
		if (strncmp(t->level[i].name, s, len) == 0 && t->level[i].name[len] == '\0')
			return true;
	return false;
}

static unsigned
hex_digit(char s)
{
	unsigned char d = (unsigned char)s, lower = d | 0x20;

	return d >= '0' && d <= '9' ? d - '0' + 0u :
	    lower >= 'a' && lower <= 'f' ? lower - 'a' + 10u : 16;
}

/* Hexadecimal, most significant digit first; zeros may stand before it. */
static bool
read_bits(struct cell *c, const struct type *t, const char *s, size_t len)
{
	if (len >= 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X')) {
		s += 2;
		len -= 2;
	}
	for (size_t i = 0; i < len; i++)
		if (hex_digit(s[i]) == 16)
			return bad(c, "text", NULL);
	if (len == 0)
		return bad(c, "text", NULL);
	memset(c->limb, 0, (t->bits + 63) / 64 * sizeof *c->limb);
	for (size_t at = 0; len > 0; at += 4) {
		uint64_t digit = hex_digit(s[--len]);
		if (digit != 0 && (at >= t->bits || (t->bits - at < 4 && digit >> (t->bits - at) != 0)))
			return bad(c, "too many bits", NULL);
		if (digit != 0)
			c->limb[at / 64] |= digit << at % 64;
	}
	return good(c, 0);
}

static bool
read_id(struct cell *c, const char *s, size_t len)
{
	if (identifier_part(c->part, s, len) != ST_OK)
		return bad(c, "a text that there was no memory for", NULL);
	return good(c, identifier_join(c->part, 1));
}

bool
cell_read(struct cell *c, const struct type *t, const char *s, size_t len, struct cell_style *y)
{
	if (t->kind == TYPE_ID)
		identifier_trim(&s, &len);
	while (len > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		len--;
	}
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (t->kind == TYPE_CATEGORY && find_level(c, t, s, len))
		return true;
	if (cell_is_missing_text(s, len))
		return cell_missing(c, t);
	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
		return read_bool(c, s, len);
	case TYPE_INT:
	case TYPE_FIXED:
		return read_number(c, t, s, len, y);
	case TYPE_BITS:
		return read_bits(c, t, s, len);
	case TYPE_ID:
		return read_id(c, s, len);
	case TYPE_CATEGORY:
		break;
	}
	if (is_level_name(t, s, len))
		return bad(c, "the name of a level, not its text in files",
		    "oneof(\"name\"=\"text\") says what a file has for each level");
	return bad(c, "another text", "add a level to the type, or correct the cell");
}

static void
add_levels(struct text *x, const struct type *t)
{
	enum { SHOWN = 12 };

	text_add(x, "one of ");
	for (uint32_t i = 0; i < t->n_levels && i < SHOWN; i++)
		text_add(x, "%s\"%s\"", i == 0 ? "" : ", ", t->level[i].text);
	if (t->n_levels > SHOWN)
		text_add(x, ", ... (%u levels)", t->n_levels);
}

static void
add_range(struct text *x, const struct type *t)
{
	char lo[DECIMAL_MAX], hi[DECIMAL_MAX];
	unsigned frac = t->kind == TYPE_FIXED ? t->frac : 0;

	decimal_exact(lo, t->lo, frac);
	decimal_exact(hi, t->hi, frac);
	text_add(x, "a %snumber in %s..%s", t->kind == TYPE_INT ? "whole " : "", lo, hi);
}

enum status
cell_fault(struct fault *f, const struct cell *c, const struct type *t, const char *where)
{
	struct text x = { 0 };
	enum status st;

	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
		text_add(&x, "0 or 1, true or false, yes or no");
		break;
	case TYPE_INT:
	case TYPE_FIXED:
		add_range(&x, t);
		break;
	case TYPE_CATEGORY:
		add_levels(&x, t);
		break;
	case TYPE_BITS:
		text_add(&x, "at most %u bits in hexadecimal", t->bits);
		break;
	case TYPE_ID:
		text_add(&x, "an identifier in text");
		break;
	}
	st = fault_set(f, ST_DATA, "%s: %s, not %s", where, c->what,
	    x.failed ? "what the program declares" : x.at);
	if (c->help != NULL)
		fault_help(f, "%s", c->help);
	else if (t->kind == TYPE_BOOL)
		fault_help(f, "other words for it: oneof(\"no\"=\"nein\", \"yes\"=\"ja\") as the "
		    "type, and `x as bool`");
	text_fini(&x);
	return st;
}
