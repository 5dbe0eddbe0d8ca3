/* study.c: see study.h */
#include "study.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
#include "policy_file.h"
#include "text.h"
#include "vm.h"

static enum status
no_protocol(struct fault *f, const char *name)
{
	char list[256] = "";
	const struct protocol *p;
	size_t at = 0;

	for (unsigned i = 0; (p = protocol_at(i)) != NULL && at < sizeof list; i++)
		at += (size_t)snprintf(
		    list + at, sizeof list - at, "%s%s", i == 0 ? "" : ", ", p->name);
	(void)fault_set(f, ST_USAGE, "there is no protocol \"%s\"", name);
	fault_help(f, "there are: %s", list);
	return ST_USAGE;
}

enum status
study_load(struct study *s, const struct study_options *o, struct fault *f)
{
	const char *name = o->protocol != NULL ? o->protocol : "additive";

	*s = (struct study){ .local = !o->no_local, .unchecked = o->unchecked,
		.has_policy = o->policy != NULL };
	if (o->policy != NULL)
		s->policy = *o->policy;
	s->protocol = protocol_find(name);
	if (s->protocol == NULL)
		return no_protocol(f, name);
	s->network = mem_strdup(o->network != NULL ? o->network : "metro");
	s->compute = o->compute == NULL ? NULL : mem_strdup(o->compute);
	if (s->network == NULL || (o->compute != NULL && s->compute == NULL))
		return fault_set(f, ST_INTERNAL, "out of memory");
	if (o->source != NULL)
		return program_load_text(
		    &s->program, o->path, o->source, strlen(o->source), &o->load, f);
	return program_load(&s->program, o->path, &o->load, f);
}

static void
parties_free(struct study *s)
{
	for (uint32_t i = 0; i < s->n_parties; i++) {
		mem_free(s->party[i].name);
		mem_free(s->party[i].group);
	}
	mem_free(s->party);
	mem_free(s->roles.node);
	s->roles = (struct roles){ .n_nodes = 0 };
	s->party = NULL;
	s->n_parties = 0;
}

void
study_fini(struct study *s)
{
	parties_free(s);
	code_free(s->code);
	if (s->program != NULL)
		program_free(s->program);
	mem_free(s->network);
	mem_free(s->compute);
	*s = (struct study){ 0 };
}

int
study_group(const struct study *s, const char *name)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);

	for (uint32_t i = 0; i < n; i++)
		if (strcmp(g[i].name, name) == 0)
			return (int)i;
	return -1;
}

bool
study_hides_rows(const struct study *s, uint32_t i)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);
	const int at = study_group(s, s->party[i].group);

	return at >= 0 && g[at].hidden != 0;
}

bool
study_rows_ok(const struct study *s, uint32_t i, uint64_t rows)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);
	const int at = study_group(s, s->party[i].group);

	return rows == (at < 0 ? 0 : group_rows(&g[at], rows));
}

bool
study_brings(const struct study *s, uint32_t i)
{
	uint32_t n;
	const struct input *in = program_inputs(s->program, &n);

	for (uint32_t k = 0; k < n; k++)
		if (strcmp(in[k].party, s->party[i].group) == 0)
			return true;
	return false;
}

/* How many members a group may have, in words. */
static void
count_text(char out[64], const struct group *g)
{
	if (g->most == 0)
		(void)snprintf(out, 64, "at least %u", g->least);
	else if (g->most == g->least)
		(void)snprintf(out, 64, "exactly %u", g->least);
	else
		(void)snprintf(out, 64, "%u to %u", g->least, g->most);
}

static enum status
group_check(const struct group *g, uint32_t n, struct fault *f)
{
	char want[64];

	if (n >= g->least && (g->most == 0 || n <= g->most))
		return ST_OK;
	count_text(want, g);
	(void)fault_set(f, ST_USAGE, "the group %s has %u member%s, but the program wants %s",
	    g->name, n, n == 1 ? "" : "s", want);
	fault_help(f, "each --input %s=FILE is one member, in order; check, explain and compile take "
	    "--rows %s=N,N,...", g->name, g->name);
	return ST_USAGE;
}

static enum status
party_add(struct study *s, const char *name, const char *group, const struct party *as,
    struct fault *f)
{
	struct party *more, *p;

	if (s->n_parties == N_PARTY_MAX)
		return fault_set(f, ST_USAGE, "more than %d parties", (int)N_PARTY_MAX);
	more = mem_realloc(s->party, (s->n_parties + 1) * sizeof *more);
	if (more == NULL)
		return ST_INTERNAL;
	s->party = more;
	p = &more[s->n_parties];
	*p = *as;
	p->name = mem_strdup(name);
	p->group = mem_strdup(group);
	s->n_parties++;
	return p->name != NULL && p->group != NULL ? ST_OK : ST_INTERNAL;
}

enum status
study_add_helper(struct study *s, const char *name, struct fault *f)
{
	return party_add(s, name, name, &(struct party){ .helper = true }, f);
}

enum status
study_members(struct study *s, const uint32_t members[], struct fault *f)
{
	uint32_t n;
	const struct group *g = program_groups(s->program, &n);
	char name[NAME_MAX_BYTES + 16];
	enum status st = ST_OK;

	parties_free(s);
	for (uint32_t i = 0; i < n; i++) {
		TRY(group_check(&g[i], members[i], f));
		for (uint32_t m = 0; m < members[i]; m++) {
			const struct party as = { .member = m, .grouped = g[i].grouped };

			(void)snprintf(name, sizeof name, g[i].grouped ? "%.*s[%u]" : "%.*s",
			    NAME_MAX_BYTES, g[i].name, m);
			TRY(party_add(s, name, g[i].name, &as, f));
		}
	}
	TRY(study_add_helpers(s, f));
	TRY(study_choose(s, f));
out:
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

static enum status
no_group(const char *name, const char *group, struct fault *f)
{
	(void)fault_set(f, ST_USAGE,
	    "the session has a party \"%s\", but the program has no party %s", name, group);
	fault_help(f, "`is = NAME` in [party %s] says which party of the program it is; "
	    "`is = " SITE_HELPER "`, that it only computes", name);
	return ST_USAGE;
}

enum status
study_sites(struct study *s, uint32_t n, const char *const names[], const char *const groups[],
    struct fault *f)
{
	uint32_t n_groups, *members;
	const struct group *g = program_groups(s->program, &n_groups);
	enum status st = ST_INTERNAL;

	parties_free(s);
	members = mem_array(n_groups, sizeof *members);
	if (members == NULL)
		goto out;
	for (uint32_t i = 0; i < n; i++) {
		const int at = study_group(s, groups[i]);

		if (at < 0 && strcmp(groups[i], SITE_HELPER) != 0) {
			st = no_group(names[i], groups[i], f);
			goto out;
		}
		if (at < 0 && study_group(s, names[i]) >= 0) {
			st = fault_set(f, ST_USAGE,
			    "the helper %s has the name of a party of the program", names[i]);
			goto out;
		}
		if (at < 0) {
			TRY(study_add_helper(s, names[i], f));
			continue;
		}
		if (members[at] > 0 && strcmp(groups[i - 1], groups[i]) != 0) {
			st = fault_set(f, ST_USAGE,
			    "the members of %s do not stand next to each other in the session", groups[i]);
			fault_help(f, "move [party %s] to the others that have `is = %s`", names[i],
			    groups[i]);
			goto out;
		}
		const struct party as = { .member = members[at]++, .grouped = g[at].grouped };
		TRY(party_add(s, names[i], g[at].name, &as, f));
	}
	for (uint32_t i = 0; i < n_groups; i++)
		TRY(group_check(&g[i], members[i], f));
	TRY(study_choose(s, f));
out:
	mem_free(members);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* What the sheet shows, before keys are known: H1 as it would be without them. */
static enum status
hash_without_keys(struct study *s, struct fault *f)
{
	struct component list[N_COMPONENT_MAX];
	enum status st;
	size_t n;

	TRY(study_components(list, &n, s, NULL, f));
	study_hash(s->code->study_hash, list, n);
out:
	return st;
}

/* Do enough sites take part, with enough rows? */
static enum status
cohort(const struct study *s, struct fault *f)
{
	uint32_t n_groups, sites = 0;
	const struct group *g = program_groups(s->program, &n_groups);

	if (!s->has_policy)
		return ST_OK;
	for (uint32_t i = 0; i < s->n_parties; i++)
		sites += study_brings(s, i);
	if (sites < s->policy.sites)
		return fault_set(f, ST_POLICY, "the policy asks for at least %u sites that put in data, "
		    "and there are %u", s->policy.sites, sites);
	for (uint32_t k = 0; k < n_groups; k++) {
		uint64_t rows = 0;
		for (uint32_t i = 0; i < s->n_parties; i++)
			rows += strcmp(s->party[i].group, g[k].name) == 0 ? s->party[i].rows : 0;
		if (g[k].has_rows && rows < s->policy.rows)
			return fault_set(f, ST_POLICY, "the policy asks for at least %llu rows in all, and "
			    "%s has %llu", (unsigned long long)s->policy.rows, g[k].name,
			    (unsigned long long)rows);
	}
	return ST_OK;
}

enum status
study_compile(struct study *s, const char *dump, char **dump_text, struct fault *f)
{
	struct compile_options o = {
		.target = s->protocol->target, .protocol = s->protocol->name, .network = s->network,
		.local = s->local && s->protocol->target->has_local, .unchecked = s->unchecked,
		.policy = s->has_policy ? &s->policy : NULL,
		.n_parties = s->n_parties, .party = s->party, .n_nodes = s->roles.n_nodes,
		.node = s->roles.node, .dump = dump, .dump_text = dump_text,
	};
	enum status st;

	code_free(s->code);
	s->code = NULL;
	TRY(cohort(s, f));
	TRY(program_compile(&s->code, s->program, &o, f));
	TRY(hash_without_keys(s, f));
	TRY(code_verify(s->code, f));
	TRY(vm_check(s->code, s->protocol, f));
	TRY(code_hash(s->code_hash, s->code));
out:
	return st;
}

/* A component's name says what it is and may be cut; the hash is over the full name and text. */
static enum status
component_begin(crypto_generichash_state *h, struct component *list, const size_t *n,
    const char *name)
{
	if (*n == N_COMPONENT_MAX)
		return ST_USAGE;
	(void)snprintf(list[*n].name, sizeof list[*n].name, "%s", name);
	(void)crypto_generichash_init(h, NULL, 0, sizeof list[*n].hash);
	(void)crypto_generichash_update(h, (const uint8_t *)name, strlen(name) + 1);
	return ST_OK;
}

static void
component_end(crypto_generichash_state *h, struct component *list, size_t *n)
{
	(void)crypto_generichash_final(h, list[*n].hash, sizeof list[*n].hash);
	(*n)++;
}

static enum status
component(struct component *list, size_t *n, const char *name, const void *text, size_t len)
{
	crypto_generichash_state h;
	enum status st;

	TRY(component_begin(&h, list, n, name));
	(void)crypto_generichash_update(&h, text, len);
	component_end(&h, list, n);
out:
	return st;
}

static enum status
text_component(struct component *list, size_t *n, const char *name, const char *text)
{
	return component(list, n, name, text, strlen(text));
}

static enum status
nodes_component(struct component *list, size_t *n, const struct study *s)
{
	crypto_generichash_state h;
	enum status st;

	TRY(component_begin(&h, list, n, "computing nodes"));
	for (uint32_t i = 0; i < roles_nodes(&s->roles, s->n_parties); i++) {
		const char *name = s->party[roles_party(&s->roles, i)].name;

		(void)crypto_generichash_update(&h, (const uint8_t *)name, strlen(name) + 1);
	}
	component_end(&h, list, n);
out:
	return st;
}

/* Of a few parties one component each, of many one for so many at a time. */
enum { N_SINGLE = 64, N_TOGETHER = 64 };

static enum status
party_components(struct component *list, size_t *n, const struct study *s, const char *const key[])
{
	const uint32_t step = s->n_parties <= N_SINGLE ? 1 : N_TOGETHER;
	char name[NAME_MAX_BYTES + 32], text[1024];
	crypto_generichash_state h;
	enum status st = ST_OK;

	for (uint32_t i = 0; i < s->n_parties; i++) {
		const struct party *p = &s->party[i];

		if (step == 1)
			(void)snprintf(name, sizeof name, "party %.*s", NAME_MAX_BYTES, p->name);
		else
			(void)snprintf(
			    name, sizeof name, "parties number %u to %u", i + 1, i + step);
		if (i % step == 0)
			TRY(component_begin(&h, list, n, name));
		(void)snprintf(text, sizeof text, "%u %s %s %u %s %s\n", i, p->name, p->group,
		    p->member, p->helper ? SITE_HELPER : "", key == NULL ? "" : key[i]);
		(void)crypto_generichash_update(&h, (const uint8_t *)text, strlen(text));
		if (i % step == step - 1 || i + 1 == s->n_parties)
			component_end(&h, list, n);
	}
out:
	return st;
}

enum status
study_components(struct component list[N_COMPONENT_MAX], size_t *n, const struct study *s,
    const char *const key[], struct fault *f)
{
	struct text rules = { 0 };
	uint32_t n_sources;
	const struct named_hash *h = program_hashes(s->program, &n_sources);
	enum status st;

	*n = 0;
	for (uint32_t i = 0; i < n_sources; i++)
		TRY(component(list, n, h[i].name, h[i].hash, sizeof h[i].hash));
	TRY(text_component(list, n, "version of konsil", KONSIL_VERSION));
	TRY(text_component(list, n, "protocol", s->protocol->name));
	TRY(text_component(list, n, "network", s->network));
	TRY(text_component(list, n, "option --no-local", s->local ? "" : "yes"));
	TRY(text_component(list, n, "option --unchecked", s->unchecked ? "yes" : ""));
	if (s->has_policy)
		policy_write(&rules, &s->policy);
	TRY(text_component(list, n, "policy", rules.at != NULL ? rules.at : "none"));
	TRY(nodes_component(list, n, s));
	TRY(party_components(list, n, s, key));
out:
	text_fini(&rules);
	if (st != ST_OK)
		(void)fault_set(f, st, "the study has more than %d modules, parameters and parties",
		    (int)N_COMPONENT_MAX);
	return st;
}

void
study_hash(uint8_t hash[32], const struct component *list, size_t n)
{
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, 32);
	for (size_t i = 0; i < n; i++)
		(void)crypto_generichash_update(&h, list[i].hash, sizeof list[i].hash);
	(void)crypto_generichash_final(&h, hash, 32);
}
