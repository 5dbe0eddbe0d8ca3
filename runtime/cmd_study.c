/* cmd_study.c: see cmd_study.h */
#include "cmd_study.h"

#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd_units.h"

enum { N_GROUP_NAMES = 64 };

enum status
cmd_study_load(struct study *s, const struct options *o, struct fault *f)
{
	struct study_options so = {
		.path = o->file,
		.load = { .define = o->define, .n_defines = o->n_defines, .shown = o->shown,
		    .n_shown = o->n_shown },
		.protocol = o->protocol, .network = o->network, .compute = o->compute,
		.no_local = o->no_local, .unchecked = o->unchecked,
		.policy = o->has_policy ? &o->policy : NULL,
	};

	return study_load(s, &so, f);
}

const struct target *
cmd_study_target(const struct study *s)
{
	return s->protocol->secure ? s->protocol->target : NULL;
}

int
cmd_study_group(const struct study *s, const char *name, const char *option, struct fault *f)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);
	const char *names[N_GROUP_NAMES], *near;
	int at = study_group(s, name);

	if (at >= 0)
		return at;
	if (n > N_GROUP_NAMES)
		n = N_GROUP_NAMES;
	for (uint32_t i = 0; i < n; i++)
		names[i] = g[i].name;
	near = closest_name(name, names, n);
	(void)fault_set(f, ST_USAGE, "%s: the program has no party \"%s\"", option, name);
	if (near != NULL)
		fault_help(f, "did you mean %s?", near);
	else if (n == 1)
		fault_help(f, "its party is %s", names[0]);
	return -1;
}

/* Members counted so far of each group, and the rows of each. */
struct counts {
	uint32_t members;
	bool said;
	uint64_t *rows;                 /* NULL: ROWS_DEFAULT each */
};

/* "60,80,88" */
static enum status
counts_add(struct counts *c, const char *text, struct fault *f)
{
	uint32_t more = 1;
	uint64_t *rows;
	char number[24];

	for (const char *at = text; *at != '\0'; at++)
		more += *at == ',';
	if (more > N_PARTY_MAX - c->members)
		return fault_set(f, ST_USAGE, "--rows: at most %d members", (int)N_PARTY_MAX);
	rows = mem_realloc(c->rows, (c->members + more) * sizeof *rows);
	if (rows == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	c->rows = rows;
	c->said = true;
	for (const char *at = text;; at++) {
		size_t len = strcspn(at, ",");

		(void)snprintf(number, sizeof number, "%.*s", (int)(len < 23 ? len : 23), at);
		if (!units_count(&c->rows[c->members], number) || c->rows[c->members] >> 40 != 0)
			return fault_set(
			    f, ST_USAGE, "--rows: \"%s\" is no number of rows", number);
		c->members++;
		at += len;
		if (*at == '\0')
			return ST_OK;
	}
}

/* Three members, or as near to that as the program allows and the protocol has places for, where
 * the other parties take as few as they can. */
static void
counts_default(struct counts *c, const struct group *g, uint32_t others, uint32_t places)
{
	uint32_t n = places >= others + 3 ? 3 : places > others ? places - others : 0;

	if (g->most != 0 && n > g->most)
		n = g->most;
	c->members = g->grouped && n > g->least ? n : g->least;
}

/* Of a party that is there; a helper has none. */
static uint64_t
rows_of(const struct study *s, const struct counts *count, const struct party *p)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);
	const int at = study_group(s, p->group);

	if (at < 0)
		return 0;
	return group_rows(&g[at], count[at].rows == NULL ? ROWS_DEFAULT : count[at].rows[p->member]);
}

static void
counts_free(struct counts *count, uint32_t n)
{
	for (uint32_t i = 0; count != NULL && i < n; i++)
		mem_free(count[i].rows);
	mem_free(count);
}

enum status
cmd_study_rows(struct study *s, const struct options *o, struct fault *f)
{
	uint32_t n, least = 0, *members = NULL;
	const struct group *g = program_groups(s->program, &n);
	struct counts *count = mem_array(n, sizeof *count);
	enum status st = ST_INTERNAL;
	int at;

	members = mem_array(n, sizeof *members);
	if (count == NULL || members == NULL)
		goto out;
	for (uint32_t i = 0; i < o->rows.n; i++) {
		st = ST_USAGE;
		at = cmd_study_group(s, o->rows.arg[i].party, "--rows", f);
		if (at < 0)
			goto out;
		if (g[at].hidden != 0) {
			(void)fault_set(f, ST_USAGE, "--rows: the program has up to %llu rows of %s, and "
			    "hides how many", (unsigned long long)g[at].hidden, g[at].name);
			fault_help(f, "leave it out");
			goto out;
		}
		TRY(counts_add(&count[at], o->rows.arg[i].text, f));
	}
	for (uint32_t i = 0; i < n; i++)
		least += g[i].least;
	for (uint32_t i = 0; i < n; i++) {
		if (!count[i].said)
			counts_default(&count[i], &g[i], least - g[i].least, study_places(s));
		members[i] = count[i].members;
	}
	TRY(study_members(s, members, f));
	for (uint32_t i = 0; i < s->n_parties; i++)
		s->party[i].rows = rows_of(s, count, &s->party[i]);
out:
	counts_free(count, n);
	mem_free(members);
	return st;
}
