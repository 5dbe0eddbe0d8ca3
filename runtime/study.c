/* study.c: see study.h */
#include "study.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/version.h"
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

	*s = (struct study){ .local = !o->no_local, .unchecked = o->unchecked };
	s->protocol = protocol_find(name);
	if (s->protocol == NULL)
		return no_protocol(f, name);
	s->network = mem_strdup(o->network != NULL ? o->network : "metro");
	if (s->network == NULL)
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

/* "a, b and 14 more" */
static void
party_list(char out[256], const struct study *s)
{
	size_t at = 0;

	for (uint32_t i = 0; i < s->n_parties; i++) {
		if (i == 4 && s->n_parties > 5) {
			(void)snprintf(out + at, 256 - at, " and %u more", s->n_parties - i);
			return;
		}
		at += (size_t)snprintf(
		    out + at, 256 - at, "%s%.40s", i == 0 ? "" : ", ", s->party[i].name);
	}
}

static enum status
protocol_check(const struct study *s, struct fault *f)
{
	const struct protocol *p = s->protocol, *other;
	char names[256] = "", able[160] = "", most[16] = "";
	size_t at = 0;

	if (s->n_parties >= p->n_min && s->n_parties <= p->n_max)
		return ST_OK;
	party_list(names, s);
	if (p->n_max > p->n_min)
		(void)snprintf(most, sizeof most, " to %u", p->n_max);
	(void)fault_set(f, ST_USAGE,
	    "the protocol %s is for %u%s parties, and this study has %u: %s", p->name, p->n_min,
	    most, s->n_parties, names);
	for (unsigned i = 0; (other = protocol_at(i)) != NULL && at < sizeof able; i++)
		if (s->n_parties >= other->n_min && s->n_parties <= other->n_max)
			at += (size_t)snprintf(able + at, sizeof able - at, "%s%s%s",
			    at == 0 ? "" : ", ", other->name,
			    other->secure ? "" : " (protects nothing: for tests)");
	if (at > 0)
		fault_help(f, "with %u: %s", s->n_parties, able);
	else
		fault_help(f, "no protocol is for %u parties", s->n_parties);
	return ST_USAGE;
}

static enum status
party_add(struct study *s, const char *name, const struct group *g, uint32_t member)
{
	struct party *more = mem_realloc(s->party, (s->n_parties + 1) * sizeof *more), *p;

	if (more == NULL)
		return ST_INTERNAL;
	s->party = more;
	p = &more[s->n_parties];
	*p = (struct party){ .member = member, .grouped = g->grouped };
	p->name = mem_strdup(name);
	p->group = mem_strdup(g->name);
	s->n_parties++;
	return p->name != NULL && p->group != NULL ? ST_OK : ST_INTERNAL;
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
			(void)snprintf(name, sizeof name, g[i].grouped ? "%.*s[%u]" : "%.*s",
			    NAME_MAX_BYTES, g[i].name, m);
			TRY(party_add(s, name, &g[i], m));
		}
	}
	TRY(protocol_check(s, f));
out:
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

enum status
study_sites(struct study *s, uint32_t n, const char *const names[], const char *const groups[],
    struct fault *f)
{
	uint32_t n_groups;
	const struct group *g = program_groups(s->program, &n_groups);
	enum status st = ST_OK;
	int which;

	parties_free(s);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t member = 0;

		which = study_group(s, groups[i]);
		if (which < 0) {
			st = fault_set(f, ST_USAGE,
			    "the session has a party \"%s\", but the program has no party %s",
			    names[i], groups[i]);
			fault_help(f,
			    "`is = NAME` in [party %s] says which party of the program it is",
			    names[i]);
			goto out;
		}
		for (uint32_t k = 0; k < i; k++)
			member += strcmp(groups[k], groups[i]) == 0;
		TRY(party_add(s, names[i], &g[which], member));
	}
	for (uint32_t i = 0; i < n_groups; i++) {
		uint32_t count = 0;

		for (uint32_t k = 0; k < n; k++)
			count += strcmp(groups[k], g[i].name) == 0;
		TRY(group_check(&g[i], count, f));
	}
	TRY(protocol_check(s, f));
out:
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* What the sheet shows, before keys are known: H1 as it would be without them. */
static enum status
hash_without_keys(struct study *s, struct fault *f)
{
	struct component list[N_COMPONENT_MAX];
	const char *key[N_NODE_MAX];
	enum status st;
	size_t n;

	for (unsigned i = 0; i < N_NODE_MAX; i++)
		key[i] = "";
	TRY(study_components(list, &n, s, key, f));
	study_hash(s->code->study_hash, list, n);
out:
	return st;
}

enum status
study_compile(struct study *s, const char *dump, char **dump_text, struct fault *f)
{
	struct compile_options o = {
		.target = s->protocol->target, .protocol = s->protocol->name, .network = s->network,
		.local = s->local && s->protocol->target->has_local, .unchecked = s->unchecked,
		.n_parties = s->n_parties, .party = s->party, .n_nodes = s->roles.n_nodes,
		.node = s->roles.node, .dump = dump, .dump_text = dump_text,
	};
	enum status st;

	code_free(s->code);
	s->code = NULL;
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
component(struct component *list, size_t *n, const char *name, const void *text, size_t len)
{
	struct component *c = &list[*n];
	crypto_generichash_state h;

	if (*n == N_COMPONENT_MAX)
		return ST_USAGE;
	(void)snprintf(c->name, sizeof c->name, "%s", name);
	(void)crypto_generichash_init(&h, NULL, 0, sizeof c->hash);
	(void)crypto_generichash_update(&h, (const uint8_t *)name, strlen(name) + 1);
	(void)crypto_generichash_update(&h, text, len);
	(void)crypto_generichash_final(&h, c->hash, sizeof c->hash);
	(*n)++;
	return ST_OK;
}

static enum status
text_component(struct component *list, size_t *n, const char *name, const char *text)
{
	return component(list, n, name, text, strlen(text));
}

static enum status
party_components(struct component *list, size_t *n, const struct study *s, const char *const key[])
{
	char name[NAME_MAX_BYTES + 16], text[1024];
	enum status st = ST_OK;

	for (uint32_t i = 0; i < s->n_parties && st == ST_OK; i++) {
		const struct party *p = &s->party[i];

		(void)snprintf(name, sizeof name, "party %.*s", NAME_MAX_BYTES, p->name);
		(void)snprintf(
		    text, sizeof text, "%u %s %s %u %s", i, p->name, p->group, p->member, key[i]);
		st = text_component(list, n, name, text);
	}
	return st;
}

enum status
study_components(struct component list[N_COMPONENT_MAX], size_t *n, const struct study *s,
    const char *const key[], struct fault *f)
{
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
	TRY(text_component(list, n, "policy", "none"));
	TRY(party_components(list, n, s, key));
out:
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
