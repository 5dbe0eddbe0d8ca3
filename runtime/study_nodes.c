/* study_nodes.c: which parties of a study compute; see study.h
 *
 * A list of names comes from --compute or from a session's `compute`.  In a run a name that is no
 * party's becomes a helper; in a session helpers have sections of their own. */
#include "study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../compiler/internal.h"
#include "base/mem.h"

#define NAME_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

enum { LIST_TEXT = 256 };

/* What is named as computing. */
struct chosen {
	uint32_t n;
	char name[N_NODES_MAX][NAME_MAX_BYTES + 16];
};

/* Whether the first parties compute where nobody says who does. */
static bool
first_compute(const struct protocol *p)
{
	return p->target->has_guests && (p->n_min == p->n_max || !p->secure);
}

static bool
fits(const struct protocol *p, uint32_t n)
{
	return n >= p->n_min && (n <= p->n_max || first_compute(p));
}

uint32_t
study_places(const struct study *s)
{
	const struct protocol *p = s->protocol;

	if (p->target->has_guests && s->compute != NULL)
		return N_PARTY_MAX - N_NODES_MAX;
	return first_compute(p) ? N_PARTY_MAX : p->n_max;
}

static enum status
names_read(struct chosen *c, const char *list, struct fault *f)
{
	for (const char *at = list;; at++) {
		at += strspn(at, " \t");
		size_t len = strcspn(at, ","), used = len;
		while (used > 0 && strchr(" \t", at[used - 1]) != NULL)
			used--;
		if (used == 0 || used >= sizeof c->name[0])
			return fault_set(f, ST_USAGE,
			    "\"%s\" is no list of parties that compute: a name is %s", list,
			    used == 0 ? "empty" : "too long");
		if (c->n == N_NODES_MAX)
			return fault_set(f, ST_USAGE, "more than %d parties are to compute",
			    (int)N_NODES_MAX);
		(void)snprintf(c->name[c->n], sizeof c->name[0], "%.*s", (int)used, at);
		for (uint32_t i = 0; i < c->n; i++)
			if (strcmp(c->name[i], c->name[c->n]) == 0)
				return fault_set(f, ST_USAGE,
				    "%s is named twice among those that compute", c->name[i]);
		c->n++;
		at += len;
		if (*at == '\0')
			return ST_OK;
	}
}

static int
party_of(const struct study *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_parties; i++)
		if (strcmp(s->party[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* "a, b and 14 more" */
static void
party_list(char out[LIST_TEXT], const struct study *s)
{
	size_t at = 0;

	for (uint32_t i = 0; i < s->n_parties; i++) {
		if (i == 4 && s->n_parties > 5) {
			(void)snprintf(
			    out + at, LIST_TEXT - at, " and %u more", s->n_parties - i);
			return;
		}
		at += (size_t)snprintf(
		    out + at, LIST_TEXT - at, "%s%.40s", i == 0 ? "" : ", ", s->party[i].name);
	}
}

/* A name that is no party's, and cannot be a helper's either. */
static enum status
no_party(const struct study *s, const char *name, struct fault *f)
{
	const char **names = mem_array(s->n_parties, sizeof *names), *near = NULL;
	char list[LIST_TEXT] = "";

	(void)fault_set(f, ST_USAGE, "\"%s\" is to compute, but there is no such party", name);
	for (uint32_t i = 0; names != NULL && i < s->n_parties; i++)
		names[i] = s->party[i].name;
	if (names != NULL)
		near = closest_name(name, names, s->n_parties);
	party_list(list, s);
	if (near != NULL && study_group(s, name) < 0)
		fault_help(f, "did you mean %s?", near);
	else
		fault_help(f, "the parties are %s", list);
	mem_free(names);
	return ST_USAGE;
}

enum status
study_add_helpers(struct study *s, struct fault *f)
{
	struct chosen c = { 0 };
	enum status st;

	if (s->compute == NULL)
		return ST_OK;
	TRY(names_read(&c, s->compute, f));
	for (uint32_t i = 0; i < c.n; i++) {
		const char *name = c.name[i];

		if (party_of(s, name) >= 0)
			continue;
		if (name[strspn(name, NAME_CHARACTERS)] != '\0' || study_group(s, name) >= 0 ||
		    strlen(name) >= NODE_NAME_MAX)
			return no_party(s, name, f);
		TRY(study_add_helper(s, name, f));
	}
out:
	return st;
}

/* "additive, clear (protects nothing: for tests)": protocols for as many parties as there are. */
static void
protocols_for(char out[LIST_TEXT], const struct study *s)
{
	const struct protocol *p;
	size_t at = 0;

	for (unsigned i = 0; (p = protocol_at(i)) != NULL && at < LIST_TEXT; i++)
		if (fits(p, s->n_parties))
			at += (size_t)snprintf(out + at, LIST_TEXT - at, "%s%s%s",
			    at == 0 ? "" : ", ", p->name,
			    p->secure ? "" : " (protects nothing: for tests)");
}

/* Too few or too many compute, where nothing was said about it. */
static enum status
wrong_number(const struct study *s, struct fault *f)
{
	const struct protocol *p = s->protocol;
	char names[LIST_TEXT] = "", able[LIST_TEXT] = "", most[16] = "";

	party_list(names, s);
	protocols_for(able, s);
	if (p->n_max > p->n_min)
		(void)snprintf(most, sizeof most, " to %u", p->n_max);
	(void)fault_set(f, ST_USAGE,
	    "the protocol %s is for %u%s parties, and this study has %u: %s", p->name, p->n_min,
	    most, s->n_parties, names);
	if (p->target->has_guests && s->n_parties > p->n_max)
		fault_help(f, "say who computes, at most %u, and the others only contribute and "
		    "receive: --compute %.40s,%.40s,%.40s, or `compute = ...` in a session file; "
		    "with %u parties as they are: %s", p->n_max, s->party[0].name,
		    s->party[1].name, s->party[2].name, s->n_parties, able);
	else if (p->target->has_guests)
		fault_help(f, "add a helper, which computes and is nothing else: --compute "
		    "%.40s,%.40s%shelper; with %u as they are: %s",
		    s->n_parties > 0 ? s->party[0].name : "",
		    s->n_parties > 1 ? s->party[1].name : "", s->n_parties > 1 ? "," : "",
		    s->n_parties, able);
	else if (able[0] != '\0')
		fault_help(f, "with %u: %s", s->n_parties, able);
	else
		fault_help(f, "no protocol is for %u parties", s->n_parties);
	return ST_USAGE;
}

/* The first n parties; all of them: none is named. */
static enum status
take_first(struct study *s, uint32_t n)
{
	if (n == s->n_parties)
		return ST_OK;
	s->roles.node = mem_array(n, sizeof *s->roles.node);
	if (s->roles.node == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < n; i++)
		s->roles.node[i] = i;
	s->roles.n_nodes = n;
	return ST_OK;
}

static enum status
choose_by_default(struct study *s, struct fault *f)
{
	const struct protocol *p = s->protocol;

	for (uint32_t i = 0; i < s->n_parties; i++) {
		if (!s->party[i].helper)
			continue;
		(void)fault_set(f, ST_USAGE,
		    "%s is a helper, but nothing says who computes", s->party[i].name);
		fault_help(f, "add a line `compute = ...` to [study], with %s among the names",
		    s->party[i].name);
		return ST_USAGE;
	}
	if (!fits(p, s->n_parties))
		return wrong_number(s, f);
	return take_first(s, s->n_parties < p->n_max ? s->n_parties : p->n_max);
}

static int
ascending(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* What a list may not say. */
static enum status
nodes_check(const struct study *s, struct fault *f)
{
	const struct protocol *p = s->protocol;
	const uint32_t n = s->roles.n_nodes;
	char most[16] = "";

	if (p->n_max > p->n_min)
		(void)snprintf(most, sizeof most, " to %u", p->n_max);
	if (n < p->n_min || n > p->n_max) {
		(void)fault_set(f, ST_USAGE, "the protocol %s is for %u%s computing nodes, and "
		    "`compute` names %u", p->name, p->n_min, most, n);
		return ST_USAGE;
	}
	for (uint32_t i = 0; i < s->n_parties; i++) {
		if (roles_node(&s->roles, i) >= 0)
			continue;
		if (s->party[i].helper) {
			(void)fault_set(f, ST_USAGE,
			    "%s is a helper, but not among those that compute", s->party[i].name);
			fault_help(f, "a helper does nothing else: add it to `compute`, or leave it "
			    "out");
			return ST_USAGE;
		}
		if (!p->target->has_guests) {
			(void)fault_set(f, ST_USAGE,
			    "under the protocol %s every party computes, and `compute` leaves out %s",
			    p->name, s->party[i].name);
			fault_help(f, "additive and replicated have parties that only contribute and "
			    "receive");
			return ST_USAGE;
		}
	}
	return ST_OK;
}

enum status
study_choose(struct study *s, struct fault *f)
{
	struct chosen c = { 0 };
	struct roles *r = &s->roles;
	enum status st;

	if (s->compute == NULL)
		return choose_by_default(s, f);
	TRY(names_read(&c, s->compute, f));
	r->node = mem_array(c.n, sizeof *r->node);
	if (r->node == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < c.n; i++) {
		int party = party_of(s, c.name[i]);

		if (party < 0)
			return no_party(s, c.name[i], f);
		r->node[r->n_nodes++] = (uint32_t)party;
	}
	qsort(r->node, r->n_nodes, sizeof *r->node, ascending);
	TRY(nodes_check(s, f));
	if (r->n_nodes == s->n_parties)
		r->n_nodes = 0;
out:
	return st;
}
