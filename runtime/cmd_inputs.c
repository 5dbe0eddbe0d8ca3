/* cmd_inputs.c: see cmd_inputs.h */
#include "cmd_inputs.h"

#include <string.h>

#include "base/mem.h"
#include "cmd_study.h"
#include "session.h"

enum { N_FILE_MAX = 256 };              /* of one party: .npy files are one an input */

/* A group's members as they are found. */
struct found {
	uint32_t members;
	uint32_t next;                  /* member of the next --input that does not say */
	uint32_t first;                 /* party that is its member 0 */
	struct table_set **split;       /* of --split: one set a member */
	uint32_t n_split;
	bool given;
};

/* Whom each --input is for. */
struct place {
	uint32_t group, member;
};

/* All that is found before tables are read. */
struct inputs {
	struct study *study;
	const struct options *o;
	const struct group *group;
	uint32_t n_groups;
	struct found *found;            /* by group */
	struct place *place;            /* by --input */
	uint32_t *files;                /* --inputs ordered by party, each party's in their order */
	uint32_t *begin;                /* where each party's begin in there; one entry more */
};

static enum status
find_members(struct inputs *in, struct fault *f)
{
	const struct options *o = in->o;

	for (uint32_t k = 0; k < o->input.n; k++) {
		const struct place_arg *arg = &o->input.arg[k];
		int at = cmd_study_group(in->study, arg->party, "--input", f);

		if (at < 0)
			return ST_USAGE;
		struct found *found = &in->found[at];
		const struct group *g = &in->group[at];
		uint32_t m = arg->member >= 0 ? (uint32_t)arg->member :
		    g->grouped ? found->next++ : 0;
		if (!g->grouped && m > 0)
			return fault_set(f, ST_USAGE,
			    "%s is one party, not a group: write --input %s=FILE", g->name, g->name);
		found->given = true;
		if (m >= found->members)
			found->members = m + 1;
		in->place[k] = (struct place){ (uint32_t)at, m };
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

/* Orders --inputs by party, now that there are parties. */
static enum status
sort_files(struct inputs *in)
{
	const uint32_t n = in->o->input.n, n_parties = in->study->n_parties;
	uint32_t at = 0;

	in->files = mem_array(n, sizeof *in->files);
	in->begin = mem_array((size_t)n_parties + 2, sizeof *in->begin);
	if (in->files == NULL || in->begin == NULL)
		return ST_INTERNAL;
	for (uint32_t g = 0; g < in->n_groups; g++) {
		in->found[g].first = at;
		at += in->found[g].members;
	}
	/* A counting sort: begin[i + 2] counts i's, then begin[i + 1] is where the next of i's goes. */
	for (uint32_t k = 0; k < n; k++)
		in->begin[in->found[in->place[k].group].first + in->place[k].member + 2]++;
	for (uint32_t i = 0; i <= n_parties; i++)
		in->begin[i + 1] += in->begin[i];
	for (uint32_t k = 0; k < n; k++)
		in->files[in->begin[in->found[in->place[k].group].first + in->place[k].member + 1]++] =
		    k;
	return ST_OK;
}

static uint32_t
members_default(const struct group *g, const struct options *o)
{
	bool three = g->grouped && g->least <= 3 && (g->most == 0 || g->most >= 3);

	return three && o->synthetic > 0 ? 3 : g->least;
}

/* Reads the files that --input names for party i. */
static enum status
read_files(struct table_set **table, const struct inputs *in, uint32_t i, struct fault *f)
{
	const uint32_t *files = in->files + in->begin[i];
	const uint32_t n_paths = in->begin[i + 1] - in->begin[i];
	const struct party *p = &in->study->party[i];
	const char *path[N_FILE_MAX];
	uint32_t n;
	const struct input *input = program_inputs(in->study->program, &n);

	if (n_paths > N_FILE_MAX)
		return fault_set(
		    f, ST_USAGE, "%s has more than %d files", p->name, (int)N_FILE_MAX);
	if (n_paths == 0) {
		(void)fault_set(f, ST_USAGE, "there is no data for %s", p->name);
		fault_help(f, "--input %s=FILE", p->grouped ? p->group : p->name);
		return ST_USAGE;
	}
	for (uint32_t k = 0; k < n_paths; k++)
		path[k] = in->o->input.arg[files[k]].text;
	return table_read(table, input, n, p->group, path, n_paths, f);
}

/* Party i's table, from wherever it comes. */
static enum status
read_party(struct table_set **table, struct inputs *in, uint32_t i, struct fault *f)
{
	const struct options *o = in->o;
	uint32_t n;
	const struct input *input = program_inputs(in->study->program, &n);
	struct party *p = &in->study->party[i];
	struct found *mine;
	enum status st = ST_OK;

	if (!study_brings(in->study, i))
		return ST_OK;
	mine = &in->found[study_group(in->study, p->group)];
	if (mine->split != NULL) {
		*table = mine->split[p->member];
		mine->split[p->member] = NULL;
	} else if (o->synthetic > 0 && !mine->given) {
		st = table_synthetic(table, input, n, p->group, o->synthetic, o->seed + i);
	} else {
		st = read_files(table, in, i, f);
	}
	if (st == ST_OK)
		p->rows = (*table)->has_rows ? (*table)->rows : 0;
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

static enum status
headers_compare(const struct study *s, struct table_set *const table[], struct fault *f)
{
	uint8_t (*header)[32] = mem_array(s->n_parties, sizeof *header);
	enum status st;

	if (header == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < s->n_parties; i++)
		if (table[i] != NULL && table[i]->by_order)
			memcpy(header[i], table[i]->header_hash, sizeof header[i]);
	st = session_headers(s, (const uint8_t (*)[32])header, f);
	mem_free(header);
	return st;
}

static void
inputs_free(struct inputs *in)
{
	for (uint32_t i = 0; in->found != NULL && i < in->n_groups; i++) {
		for (uint32_t m = 0; m < in->found[i].n_split; m++)
			table_free(in->found[i].split[m]);
		mem_free(in->found[i].split);
	}
	mem_free(in->found);
	mem_free(in->place);
	mem_free(in->files);
	mem_free(in->begin);
}

/* Makes the parties that options name. */
static enum status
make_parties(struct inputs *in, struct fault *f)
{
	const struct options *o = in->o;
	uint32_t *members = mem_array(in->n_groups, sizeof *members);
	enum status st = ST_INTERNAL;

	in->found = mem_array(in->n_groups, sizeof *in->found);
	in->place = mem_array(o->input.n, sizeof *in->place);
	if (members == NULL || in->found == NULL || in->place == NULL)
		goto out;
	TRY(find_members(in, f));
	for (uint32_t k = 0; k < o->split.n; k++)
		TRY(split_one(in->found, in->study, &o->split.arg[k], f));
	for (uint32_t i = 0; i < in->n_groups; i++) {
		if (in->found[i].members == 0)
			in->found[i].members = members_default(&in->group[i], o);
		members[i] = in->found[i].members;
	}
	TRY(study_members(in->study, members, f));
	TRY(sort_files(in));
out:
	mem_free(members);
	return st;
}

enum status
cmd_inputs_read(struct study *s, struct table_set ***table, const struct options *o,
    struct fault *f)
{
	struct inputs in = { .study = s, .o = o };
	enum status st;

	*table = NULL;
	in.group = program_groups(s->program, &in.n_groups);
	TRY(make_parties(&in, f));
	*table = mem_array(s->n_parties, sizeof **table);
	if (*table == NULL) {
		st = ST_INTERNAL;
		goto out;
	}
	for (uint32_t i = 0; i < s->n_parties; i++)
		TRY(read_party(&(*table)[i], &in, i, f));
	TRY(headers_compare(s, *table, f));
out:
	inputs_free(&in);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

void
cmd_inputs_free(struct table_set **table, uint32_t n_parties)
{
	for (uint32_t i = 0; table != NULL && i < n_parties; i++)
		table_free(table[i]);
	mem_free(table);
}

enum status
cmd_inputs_own(struct table_set **table, struct cohort *cohort, struct study *s, uint32_t me,
    const struct options *o, struct fault *f)
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
	st = table_read_cohort(table, cohort, in, n, s->party[me].group, path, o->input.n, f);
	if (st == ST_OK)
		s->party[me].rows = (*table)->has_rows ? (*table)->rows : 0;
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}
