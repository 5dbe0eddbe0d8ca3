/* cmd_inputs.c: see cmd_inputs.h */
#include "cmd_inputs.h"

#include <string.h>

#include "base/mem.h"
#include "cmd_study.h"
#include "session.h"

enum { N_FILE_MAX = 256 };              /* of one party: .npy files are one an input */

/* A group's members as they are found. */
struct found {
	uint32_t members, next;
	struct table_set **split;       /* of --split: one set a member */
	uint32_t n_split;
	bool given;
};

/* The member that input k of the options is for. */
static uint32_t
member_of(const struct options *o, const struct group *g, uint32_t k)
{
	uint32_t next = 0;

	if (o->input.arg[k].member >= 0)
		return (uint32_t)o->input.arg[k].member;
	if (!g->grouped)
		return 0;
	for (uint32_t i = 0; i < k; i++)
		next += o->input.arg[i].member < 0 && strcmp(o->input.arg[i].party, g->name) == 0;
	return next;
}

static enum status
find_members(struct found *found, const struct study *s, const struct options *o, struct fault *f)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);

	for (uint32_t k = 0; k < o->input.n; k++) {
		int at = cmd_study_group(s, o->input.arg[k].party, "--input", f);
		uint32_t m;

		if (at < 0)
			return ST_USAGE;
		m = member_of(o, &g[at], k);
		if (!g[at].grouped && m > 0)
			return fault_set(f, ST_USAGE,
			    "%s is one party, not a group: write --input %s=FILE", g[at].name,
			    g[at].name);
		found[at].given = true;
		if (m >= found[at].members)
			found[at].members = m + 1;
	}
	return ST_OK;
}

/* --split GROUP=FILE:COLUMN */
static enum status
split_one(struct found *found, const struct study *s, const struct place_arg *a, struct fault *f)
{
	int at = cmd_study_group(s, a->party, "--split", f);
	uint32_t n;
	const struct input *in = program_inputs(s->program, &n);
	char *colon = strrchr(a->text, ':');
	enum status st;

	if (at < 0)
		return ST_USAGE;
	if (colon == NULL || colon == a->text || colon[1] == '\0' || a->member >= 0)
		return fault_set(f, ST_USAGE, "--split wants GROUP=FILE:COLUMN, not \"%s=%s\"",
		    a->party, a->text);
	if (found[at].given)
		return fault_set(f, ST_USAGE,
		    "the data of %s is given twice: by --split and otherwise", a->party);
	*colon = '\0';
	st = table_split(
	    &found[at].split, &found[at].n_split, in, n, a->party, a->text, colon + 1, f);
	*colon = ':';
	found[at].members = found[at].n_split;
	found[at].given = true;
	return st;
}

static uint32_t
members_default(const struct group *g, const struct options *o)
{
	bool three = g->grouped && g->least <= 3 && (g->most == 0 || g->most >= 3);

	return three && o->synthetic > 0 ? 3 : g->least;
}

/* Reads the files that --input names for party i. */
static enum status
read_files(struct table_set **table, const struct study *s, uint32_t i, const struct options *o,
    struct fault *f)
{
	uint32_t n, n_groups, n_paths = 0;
	const struct input *in = program_inputs(s->program, &n);
	const struct group *g = program_groups(s->program, &n_groups);
	const struct party *p = &s->party[i];
	const char *path[N_FILE_MAX];

	for (uint32_t k = 0; k < o->input.n; k++) {
		if (strcmp(o->input.arg[k].party, p->group) != 0 ||
		    member_of(o, &g[study_group(s, p->group)], k) != p->member)
			continue;
		if (n_paths == N_FILE_MAX)
			return fault_set(
			    f, ST_USAGE, "%s has more than %d files", p->name, (int)N_FILE_MAX);
		path[n_paths++] = o->input.arg[k].text;
	}
	if (n_paths == 0) {
		(void)fault_set(f, ST_USAGE, "there is no data for %s", p->name);
		fault_help(f, "--input %s=FILE", p->grouped ? p->group : p->name);
		return ST_USAGE;
	}
	return table_read(table, in, n, p->group, path, n_paths, f);
}

/* Party i's table, from wherever it comes. */
static enum status
read_party(struct table_set **table, struct study *s, uint32_t i, struct found *found,
    const struct options *o, struct fault *f)
{
	uint32_t n;
	const struct input *in = program_inputs(s->program, &n);
	struct party *p = &s->party[i];
	struct found *mine = &found[study_group(s, p->group)];
	enum status st = ST_OK;

	if (!study_brings(s, i))
		return ST_OK;
	if (mine->split != NULL) {
		*table = mine->split[p->member];
		mine->split[p->member] = NULL;
	} else if (o->synthetic > 0 && !mine->given) {
		st = table_synthetic(table, in, n, p->group, o->synthetic, o->seed + i);
	} else {
		st = read_files(table, s, i, o, f);
	}
	if (st == ST_OK)
		p->rows = (*table)->has_rows ? (*table)->rows : 0;
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

static enum status
headers_compare(const struct study *s, struct table_set *const table[], struct fault *f)
{
	uint8_t header[N_NODE_MAX][32] = { { 0 } };

	for (uint32_t i = 0; i < s->n_parties; i++)
		if (table[i] != NULL && table[i]->by_order)
			memcpy(header[i], table[i]->header_hash, sizeof header[i]);
	return session_headers(s, (const uint8_t (*)[32])header, f);
}

static void
found_free(struct found *found, uint32_t n)
{
	for (uint32_t i = 0; found != NULL && i < n; i++) {
		for (uint32_t m = 0; m < found[i].n_split; m++)
			table_free(found[i].split[m]);
		mem_free(found[i].split);
	}
	mem_free(found);
}

enum status
cmd_inputs_read(struct study *s, struct table_set *table[N_NODE_MAX], const struct options *o,
    struct fault *f)
{
	uint32_t n, *members;
	const struct group *g = program_groups(s->program, &n);
	struct found *found = mem_array(n, sizeof *found);
	enum status st = ST_INTERNAL;

	members = mem_array(n, sizeof *members);
	if (found == NULL || members == NULL)
		goto out;
	TRY(find_members(found, s, o, f));
	for (uint32_t k = 0; k < o->split.n; k++)
		TRY(split_one(found, s, &o->split.arg[k], f));
	for (uint32_t i = 0; i < n; i++)
		members[i] = found[i].members > 0 ? found[i].members : members_default(&g[i], o);
	TRY(study_members(s, members, f));
	for (uint32_t i = 0; i < s->n_parties; i++)
		TRY(read_party(&table[i], s, i, found, o, f));
	TRY(headers_compare(s, table, f));
out:
	found_free(found, n);
	mem_free(members);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

enum status
cmd_inputs_own(struct table_set **table, struct study *s, uint32_t me, const struct options *o,
    struct fault *f)
{
	uint32_t n;
	const struct input *in = program_inputs(s->program, &n);
	const char *path[N_FILE_MAX];
	enum status st;

	*table = NULL;
	if (o->input.n > N_FILE_MAX)
		return fault_set(f, ST_USAGE, "more than %d files", (int)N_FILE_MAX);
	if (!study_brings(s, me) && o->input.n > 0)
		return fault_set(f, ST_USAGE, "%s brings no data in this study: leave out --input",
		    s->party[me].name);
	if (!study_brings(s, me))
		return ST_OK;
	if (o->input.n == 0)
		return fault_set(f, ST_USAGE, "there is no data for %s: --input FILE is missing",
		    s->party[me].name);
	for (uint32_t k = 0; k < o->input.n; k++)
		path[k] = o->input.arg[k].text;
	st = table_read(table, in, n, s->party[me].group, path, o->input.n, f);
	if (st == ST_OK)
		s->party[me].rows = (*table)->has_rows ? (*table)->rows : 0;
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}
