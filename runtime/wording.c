/* wording.c: see wording.h */
#include "wording.h"

#include "number.h"

#include <string.h>

static void
add_levels(struct text *t, const struct type *type, bool all)
{
	enum { SHOWN = 6 };
	uint32_t shown = all || type->n_levels <= SHOWN ? type->n_levels : SHOWN;

	text_add(t, "one of ");
	for (uint32_t i = 0; i < shown; i++)
		text_add(t, "%s%s", i == 0 ? "" : ", ", type->level[i].name);
	if (shown < type->n_levels)
		text_add(t, ", ... (%u in all)", type->n_levels);
}

void
wording_type(struct text *t, const struct type *type, bool range)
{
	char lo[DECIMAL_MAX], hi[DECIMAL_MAX];
	bool number = type->kind == TYPE_INT || type->kind == TYPE_FIXED;

	switch ((enum type_kind)type->kind) {
	case TYPE_BOOL:
		text_add(t, "bool");
		break;
	case TYPE_INT:
		text_add(t, "int");
		break;
	case TYPE_FIXED:
		text_add(t, "fixed");
		break;
	case TYPE_CATEGORY:
		if (range)
			add_levels(t, type, false);
		else
			text_add(t, "oneof");
		break;
	case TYPE_BITS:
		text_add(t, "bits<%u>", type->bits);
		break;
	case TYPE_ID:
		text_add(t, "id");
		break;
	}
	if (type->optional)
		text_add(t, range && type->kind == TYPE_CATEGORY ? ", may be missing" : "?");
	if (range && number) {
		decimal_exact(lo, type->lo, type->kind == TYPE_FIXED ? type->frac : 0);
		decimal_exact(hi, type->hi, type->kind == TYPE_FIXED ? type->frac : 0);
		text_add(t, " in %s..%s", lo, hi);
	}
}

/* Whether the part that i is of has the same first dimension everywhere. */
static bool
rows_differ(const struct output *o, uint32_t i)
{
	for (uint32_t k = 0; k < o->n_parts; k++)
		if (o->part[k].rank > 0 && o->part[i].rank > 0 &&
		    strcmp(o->part[k].field, o->part[i].field) == 0 &&
		    o->part[k].dims[0] != o->part[i].dims[0])
			return true;
	return false;
}

static void
add_part_type(struct text *t, const struct output *o, uint32_t i)
{
	const struct output_part *p = &o->part[i];
	struct type type = p->type;

	type.optional = type.optional || p->present != SLOT_NONE;
	wording_type(t, &type, false);
	for (uint32_t k = 0; k < p->rank; k++) {
		text_add(t, k == 0 ? "[" : ", ");
		if (k == 0 && rows_differ(o, i))
			text_add(t, "*");
		else
			text_add(t, "%llu", (unsigned long long)p->dims[k]);
	}
	if (p->rank > 0)
		text_add(t, "]");
}

/* Each field once, in the order of the parts. */
static bool
seen_before(const struct output *o, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (strcmp(o->part[k].field, o->part[i].field) == 0)
			return true;
	return false;
}

void
wording_output_type(struct text *t, const struct output *o)
{
	if (o->n_parts == 0)
		return;
	if (o->part[0].field[0] == '\0') {
		add_part_type(t, o, 0);
		return;
	}
	text_add(t, "(");
	for (uint32_t i = 0; i < o->n_parts; i++) {
		if (seen_before(o, i))
			continue;
		text_add(t, "%s%s: ", i == 0 ? "" : ", ", o->part[i].field);
		add_part_type(t, o, i);
	}
	text_add(t, ")");
}

bool
who_has(const struct who *w, uint32_t party)
{
	return (w->bit[party / 64] >> party % 64 & 1) != 0;
}

static void
add_one(struct who *w, uint32_t party)
{
	w->bit[party / 64] |= (uint64_t)1 << party % 64;
}

void
who_add(struct who *w, const struct code *c, uint32_t recipients)
{
	const struct party_set *set = (recipients & RECIPIENTS_SET) == 0 ? NULL :
	    &c->roles.set[recipients & ~RECIPIENTS_SET];

	for (uint32_t i = 0; set != NULL && i < set->n; i++)
		add_one(w, set->party[i]);
	for (uint32_t i = 0; set == NULL && i < code_nodes(c); i++)
		if ((recipients >> i & 1) != 0)
			add_one(w, roles_party(&c->roles, i));
}

void
who_all(struct who *w, const struct code *c)
{
	*w = (struct who){ { 0 } };
	for (uint32_t i = 0; i < c->n_parties; i++)
		if (!c->party[i].helper)
			add_one(w, i);
}

void
who_nodes(struct who *w, const struct code *c)
{
	*w = (struct who){ { 0 } };
	for (uint32_t i = 0; i < code_nodes(c); i++)
		add_one(w, roles_party(&c->roles, i));
}

void
who_guests(struct who *w, const struct code *c)
{
	*w = (struct who){ { 0 } };
	for (uint32_t i = 0; i < c->n_parties; i++)
		if (roles_node(&c->roles, i) < 0)
			add_one(w, i);
}

void
who_helpers(struct who *w, const struct code *c)
{
	*w = (struct who){ { 0 } };
	for (uint32_t i = 0; i < c->n_parties; i++)
		if (c->party[i].helper)
			add_one(w, i);
}

bool
who_any(const struct who *w)
{
	for (size_t i = 0; i < sizeof w->bit / sizeof w->bit[0]; i++)
		if (w->bit[i] != 0)
			return true;
	return false;
}

void
wording_recipients(struct who *w, const struct code *c, const struct output *o)
{
	*w = (struct who){ { 0 } };
	for (uint32_t i = 0; i < o->n_parts; i++)
		who_add(w, c, o->part[i].recipients);
}

enum { NAMES_MAX = 16 };

void
wording_parties(struct text *t, const struct code *c, const struct who *w)
{
	uint32_t all = 0, done = 0;

	for (uint32_t i = 0; i < c->n_parties; i++)
		all += who_has(w, i);
	for (uint32_t i = 0; i < c->n_parties; i++) {
		if (!who_has(w, i))
			continue;
		if (all > NAMES_MAX && done == NAMES_MAX - 1) {
			text_add(t, " and ");
			text_count(t, all - done);
			text_add(t, " more");
			return;
		}
		text_add(t, "%s%s", done == 0 ? "" : done + 1 == all ? " and " : ", ",
		    c->party[i].name);
		done++;
	}
}

/* Where the number of rows is secret, what stands for it is the most that it can be. */
static const char *
up_to(const struct code *c, const char *group)
{
	return code_hides_rows(c, group) ? "up to " : "";
}

static void
rows_of_group(struct text *t, const struct code *c, const char *group)
{
	uint64_t n = 0, least = UINT64_MAX, most = 0, all = 0;

	for (uint32_t i = 0; i < c->n_parties; i++) {
		const uint64_t rows = c->party[i].rows;

		if (strcmp(c->party[i].group, group) != 0)
			continue;
		n++;
		all += rows;
		least = rows < least ? rows : least;
		most = rows > most ? rows : most;
	}
	text_count(t, n);
	text_add(t, n == 1 ? " site of %s with %s" : " sites of %s with %s", group,
	    up_to(c, group));
	text_count(t, least);
	if (least != most) {
		text_add(t, " to ");
		text_count(t, most);
	}
	text_add(t, "%s%s, ", most == 1 ? " row" : " rows", least == most && n > 1 ? " each" : "");
	text_count(t, all);
	text_add(t, " in all");
}

/* Also none at all: that is told as any other number. */
static bool
brings_rows(const struct code *c, const struct party *p)
{
	for (uint32_t i = 0; i < c->n_inputs; i++)
		if (c->input[i].shape == INPUT_ROWS && strcmp(c->input[i].party, p->group) == 0)
			return !p->helper;
	return false;
}

void
wording_rows(struct text *t, const struct code *c)
{
	const bool by_group = c->n_parties > NAMES_MAX;
	bool any = false;

	for (uint32_t i = 0; i < c->n_parties; i++) {
		const struct party *p = &c->party[i];

		if (by_group ? p->member != 0 || p->helper : !brings_rows(c, p))
			continue;
		if (any)
			text_add(t, by_group ? "; " : ", ");
		any = true;
		if (by_group) {
			rows_of_group(t, c, p->group);
			continue;
		}
		text_add(t, "%s %s", p->name, up_to(c, p->group));
		text_count(t, p->rows);
	}
}

const char *
wording_rule(unsigned rule)
{
	switch ((enum rule)rule) {
	case RULE_REQUIRE:
		return "require";
	case RULE_RANGE:
		return "range";
	case RULE_SUPPRESS:
		return "suppress";
	case RULE_WITHHOLD:
		return "withhold";
	case RULE_EITHER:
		return "suppress or withhold";
	case RULE_POLICY:
		return "policy";
	case RULE_DOMINANCE:
		return "dominance";
	case RULE_BINS:
		return "bins";
	case RULE_DIFFERENCE:
		return "difference";
	case RULE_REQUIRE_POLICY:
		return "require or policy";
	case N_RULE:
	case RULE_NONE:
		break;
	}
	return "";
}

void
wording_bits(char out[BITS_TEXT_MAX], const struct type *t, const i128 *v)
{
	unsigned digits = (t->bits + 3) / 4;

	*out++ = '0';
	*out++ = 'x';
	for (unsigned i = digits; i-- > 0;)
		*out++ = "0123456789abcdef"[(u128)v[i / 32] >> 4 * (i % 32) & 15];
	*out = '\0';
}
