/* session_file.c: see session_file.h
 *
 * inih does not say which line it is at, nor that a section began; so it reads through a reader of
 * ours, which counts lines and looks for brackets. */
#include "session_file.h"

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd.h"
#include "cmd_units.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 190, NAME_BYTES = 48, SITE_NAME_MAX = 64, US_PER_MS = 1000 };

struct parser {
	struct session_file *s;
	struct fault *f;
	const char *at, *end;           /* what was not read yet */
	int line;
	unsigned section;               /* how many began */
	int section_line;
	bool section_used;              /* it had a key */
	unsigned study;                 /* number of the section [study], 0: not seen */
	unsigned party;                 /* number of the last party's section */
	uint32_t room;                  /* for parties */
	int timeout_line;
};

static enum status
fail(struct parser *p, int line, enum status st)
{
	fault_at(p->f, p->s->path, line, 0);
	return st;
}

#define REFUSE(p, line, ...) fail(p, line, fault_set((p)->f, ST_USAGE, __VA_ARGS__))

static bool
section_is_empty(struct parser *p)
{
	if (p->section == 0 || p->section_used)
		return false;
	(void)REFUSE(p, p->section_line, "this section says nothing");
	return true;
}

/* inih cuts names at 50 bytes without a word. */
static bool
line_is_too_long(struct parser *p, const char *s, size_t len)
{
	const char *sign = memchr(s, s[0] == '[' ? ']' : '=', len);

	if (s[0] == '#' || s[0] == ';')
		return false;
	if (len <= LINE_MAX_BYTES && (sign == NULL || sign - s <= NAME_BYTES))
		return false;
	if (len > LINE_MAX_BYTES)
		(void)REFUSE(p, p->line, "a line of more than %d characters", LINE_MAX_BYTES);
	else
		(void)REFUSE(p, p->line, "a name of more than %d characters", NAME_BYTES);
	return true;
}

/* One line for inih, without the blanks in front (which would mean "the value goes on"). */
static char *
next_line(char *out, int room, void *arg)
{
	struct parser *p = arg;

	if (p->f->st != ST_OK || p->at >= p->end)
		return NULL;
	const char *lf = memchr(p->at, '\n', (size_t)(p->end - p->at));
	const char *s = p->at, *end = lf == NULL ? p->end : lf;
	p->at = lf == NULL ? p->end : lf + 1;
	p->line++;
	while (s < end && (*s == ' ' || *s == '\t'))
		s++;
	size_t len = (size_t)(end - s);
	if (len > 0 && line_is_too_long(p, s, len))
		return NULL;
	if (len > LINE_MAX_BYTES)
		len = 0;
	if (len > 0 && *s == '[') {
		if (section_is_empty(p))
			return NULL;
		if (memchr(s, ']', len) == NULL) {
			(void)REFUSE(p, p->line, "a section without its closing bracket");
			return NULL;
		}
		p->section++;
		p->section_line = p->line;
		p->section_used = false;
	}
	(void)snprintf(out, (size_t)room, "%.*s\n", (int)len, s);
	return out;
}

static bool
is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return n > 0 && n <= SITE_NAME_MAX && s[n] == '\0';
}

/* host:port, host being a name, an IPv4 address or an IPv6 address in brackets. */
static bool
is_host_and_port(const char *s)
{
	size_t host = *s == '[' ? strspn(s + 1, "0123456789abcdefABCDEF:.") + 2 :
	    strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
	uint64_t port;

	if (host == 0 || (*s == '[' && (host <= 2 || s[host - 1] != ']')) || s[host] != ':')
		return false;
	return strlen(s + host + 1) <= 5 && units_count(&port, s + host + 1) && port >= 1 &&
	    port <= 65535;
}

static bool
is_endpoint(const char *s)
{
	enum { PATH_MAX_UNIX = 107 };
	const char *rest = s + strlen("tcp://");

	if (strncmp(s, "tcp://", 6) == 0)
		return is_host_and_port(rest);
	return strncmp(s, "ipc://", 6) == 0 && rest[0] != '\0' && strlen(rest) <= PATH_MAX_UNIX;
}

/* Keeps a value, unless the key was there before. */
static enum status
keep(struct parser *p, char **d, const char *key, const char *value)
{
	if (*d != NULL)
		return REFUSE(p, p->line, "\"%s\" is given twice", key);
	if (value[0] == '\0')
		return REFUSE(p, p->line, "\"%s\" has no value", key);
	*d = mem_strdup(value);
	return *d == NULL ? fault_set(p->f, ST_INTERNAL, "no memory for a session file") : ST_OK;
}

static enum status
unknown_key(struct parser *p, const char *key, const char *const *keys, size_t n)
{
	const char *like = closest_name(key, keys, n);
	enum status st = REFUSE(p, p->line, "there is no key \"%s\" in this section", key);

	if (like != NULL)
		fault_help(p->f, "did you mean \"%s\"?", like);
	return st;
}

/* A relative path is one from the session file's folder. */
static enum status
take_program(struct parser *p, const char *value)
{
	const char *slash = strrchr(p->s->path, '/');
	char path[4096];
	int folder = slash == NULL || value[0] == '/' ? 0 : (int)(slash - p->s->path) + 1;

	if (value[0] != '\0')
		(void)snprintf(path, sizeof path, "%.*s%s", folder, p->s->path, value);
	else
		path[0] = '\0';
	p->s->program_line = p->line;
	return keep(p, &p->s->program, "program", path);
}

static enum status
take_timeout(struct parser *p, const char *value)
{
	uint64_t us;

	if (p->timeout_line != 0)
		return REFUSE(p, p->line, "\"timeout\" is given twice");
	p->timeout_line = p->line;
	if (!units_time_us(&us, value) || us < US_PER_MS || us / US_PER_MS > UINT32_MAX) {
		enum status st = REFUSE(p, p->line,
		    "\"timeout\" needs a time of at least a millisecond");
		fault_help(p->f, "120s, 500ms, 5m or 1h, say");
		return st;
	}
	p->s->timeout_ms = us / US_PER_MS;
	return ST_OK;
}

static enum status
take_param(struct parser *p, const char *name, const char *value)
{
	struct session_file *s = p->s;

	for (uint32_t i = 0; i < s->n_params; i++)
		if (strcmp(s->param[i].name, name) == 0)
			return REFUSE(p, p->line, "parameter \"%s\" is given twice", name);
	if (name[0] == '\0')
		return REFUSE(p, p->line, "a parameter without a name");
	if (s->n_params == SESSION_PARAM_MAX)
		return REFUSE(p, p->line, "more than %d parameters", SESSION_PARAM_MAX);
	struct session_param *d = &s->param[s->n_params++];
	enum status st = ST_OK;
	d->line = p->line;
	TRY(keep(p, &d->name, "param", name));
	TRY(keep(p, &d->value, name, value));
out:
	return st;
}

/* Names that are added to those before. */
static enum status
take_more(struct parser *p, char **d, const char *key, const char *value, char between)
{
	char *all;
	size_t len;

	if (*d == NULL || value[0] == '\0')
		return *d == NULL ? keep(p, d, key, value) :
		    REFUSE(p, p->line, "\"%s\" has no value", key);
	len = strlen(*d) + 1 + strlen(value) + 1;
	all = mem_alloc(len);
	if (all == NULL)
		return fault_set(p->f, ST_INTERNAL, "no memory for a session file");
	(void)snprintf(all, len, "%s%c%s", *d, between, value);
	mem_free(*d);
	*d = all;
	return ST_OK;
}

static enum status
take_study(struct parser *p, const char *key, const char *value)
{
	static const char *const keys[] = { "name", "program", "protocol", "network", "timeout",
	    "compute", "policy", "param." };
	struct session_file *s = p->s;

	if (p->study != 0 && p->study != p->section)
		return REFUSE(p, p->section_line, "a second section [study]");
	p->study = p->section;
	if (strcmp(key, "name") == 0)
		return value[0] == '\0' || is_name(value) ? keep(p, &s->name, key, value) :
		    REFUSE(p, p->line, "\"name\" takes letters, digits, `.`, `_` and `-`");
	if (strcmp(key, "program") == 0)
		return take_program(p, value);
	if (strcmp(key, "timeout") == 0)
		return take_timeout(p, value);
	if (strcmp(key, "compute") == 0)
		return take_more(p, &s->compute, key, value, ',');
	if (strcmp(key, "policy") == 0)
		return take_more(p, &s->policy, key, value, '\n');
	if (strncmp(key, "param.", 6) == 0)
		return take_param(p, key + 6, value);
	if (strcmp(key, "protocol") == 0) {
		s->protocol_line = p->line;
		return keep(p, &s->protocol, key, value);
	}
	if (strcmp(key, "network") == 0)
		return value[0] == '\0' || strcmp(value, "lan") == 0 ||
		    strcmp(value, "metro") == 0 ||
		    strcmp(value, "wan") == 0 ? keep(p, &s->network, key, value) :
		    REFUSE(p, p->line, "\"network\" is lan, metro or wan");
	return unknown_key(p, key, keys, sizeof keys / sizeof keys[0]);
}

static enum status
make_room(struct parser *p)
{
	struct session_file *s = p->s;
	struct session_party *more;

	if (s->n_parties < p->room)
		return ST_OK;
	more = mem_realloc(s->party, (2 * p->room + 16) * sizeof *more);
	if (more == NULL)
		return fault_set(p->f, ST_INTERNAL, "no memory for a session file");
	s->party = more;
	p->room = 2 * p->room + 16;
	return ST_OK;
}

/* The party that the current section is about; a new one at its first key. */
static enum status
open_party(struct session_party **out, struct parser *p, const char *name)
{
	struct session_file *s = p->s;
	enum status st;

	*out = NULL;
	if (s->n_parties > 0 && p->party == p->section) {
		*out = &s->party[s->n_parties - 1];
		return ST_OK;
	}
	if (!is_name(name))
		return REFUSE(p, p->section_line,
		    "a party's name takes letters, digits, `.`, `_` and `-`");
	if (s->n_parties == SESSION_PARTY_MAX)
		return REFUSE(p, p->section_line, "more than %d parties", SESSION_PARTY_MAX);
	st = make_room(p);
	if (st != ST_OK)
		return st;
	struct session_party *d = &s->party[s->n_parties];
	*d = (struct session_party){ .line = p->section_line, .name = mem_strdup(name) };
	if (d->name == NULL)
		return fault_set(p->f, ST_INTERNAL, "no memory for a session file");
	s->n_parties++;
	p->party = p->section;
	*out = d;
	return ST_OK;
}

static enum status
take_party(struct parser *p, const char *name, const char *key, const char *value)
{
	static const char *const keys[] = { "is", "key", "endpoint" };
	struct session_party *d;
	enum status st = ST_OK;

	TRY(open_party(&d, p, name));
	if (strcmp(key, "is") == 0) {
		st = value[0] == '\0' || is_name(value) ? keep(p, &d->group, key, value) :
		    REFUSE(p, p->line,
		    "\"is\" takes a party of the program: letters, digits and `_`");
	} else if (strcmp(key, "key") == 0) {
		d->key_line = p->line;
		st = keep(p, &d->key, key, value);
	} else if (strcmp(key, "endpoint") == 0) {
		d->endpoint_line = p->line;
		st = value[0] == '\0' || is_endpoint(value) ? keep(p, &d->endpoint, key, value) :
		    REFUSE(p, p->line, "\"endpoint\" is not tcp://host:port or ipc://path");
	} else {
		st = unknown_key(p, key, keys, sizeof keys / sizeof keys[0]);
	}
out:
	return st;
}

/* 1: go on, 0: an error (inih's convention). */
static int
on_key(void *arg, const char *section, const char *key, const char *value)
{
	struct parser *p = arg;

	if (p->f->st != ST_OK)
		return 0;
	p->section_used = true;
	if (p->section == 0)
		return REFUSE(p, p->line, "\"%s\" stands before the first section", key) == ST_OK;
	if (strcmp(section, "study") == 0)
		return take_study(p, key, value) == ST_OK;
	if (strncmp(section, "party ", 6) == 0)
		return take_party(p, section + 6 + strspn(section + 6, " "), key, value) == ST_OK;
	return REFUSE(p, p->section_line, "there is no section [%s], only [study] and [party NAME]",
	    section) == ST_OK;
}

static enum status
check_study(struct parser *p)
{
	struct session_file *s = p->s;

	if (p->study == 0)
		return REFUSE(p, 0, "no section [study]");
	if (s->name == NULL)
		return REFUSE(p, 0, "[study] has no \"name\"");
	if (s->program == NULL)
		return REFUSE(p, 0, "[study] has no \"program\"");
	if (s->n_parties == 0)
		return REFUSE(p, 0, "no section [party NAME]");
	return ST_OK;
}

static enum status
check_party(struct parser *p, uint32_t i)
{
	const struct session_party *d = &p->s->party[i];

	if (d->key == NULL) {
		enum status st = REFUSE(p, d->line, "party \"%s\" has no \"key\"", d->name);
		fault_help(p->f, "the line in %s.pub, which `konsil keygen` made", d->name);
		return st;
	}
	return ST_OK;
}

/* What no two parties have in common. */
static const char *
unique_name(const struct session_party *d)
{
	return d->name;
}

static const char *
unique_key(const struct session_party *d)
{
	return d->key;
}

static const char *
unique_endpoint(const struct session_party *d)
{
	return d->endpoint;
}

struct told {
	const char *what;
	uint32_t party;
};

static int
by_what(const void *a, const void *b)
{
	const struct told *x = a, *y = b;
	int order = strcmp(x->what, y->what);

	return order != 0 ? order : x->party < y->party ? -1 : x->party > y->party;
}

/* The first party that has what an earlier one has, which is *first; -1: there is none. */
static enum status
find_twin(int *twin, uint32_t *first, struct parser *p,
    const char *(*of)(const struct session_party *))
{
	struct told *list = mem_array(p->s->n_parties, sizeof *list);
	uint32_t n = 0;

	*twin = -1;
	if (list == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < p->s->n_parties; i++)
		if (of(&p->s->party[i]) != NULL)
			list[n++] = (struct told){ of(&p->s->party[i]), i };
	qsort(list, n, sizeof *list, by_what);
	for (uint32_t i = 1; i < n; i++) {
		if (strcmp(list[i - 1].what, list[i].what) != 0 ||
		    (*twin >= 0 && list[i].party > (uint32_t)*twin))
			continue;
		*twin = (int)list[i].party;
		*first = list[i - 1].party;
	}
	mem_free(list);
	return ST_OK;
}

static enum status
check_twins(struct parser *p)
{
	const struct session_party *all = p->s->party;
	uint32_t first = 0;
	enum status st;
	int twin;

	TRY(find_twin(&twin, &first, p, unique_name));
	if (twin >= 0)
		return REFUSE(p, all[twin].line, "a second party \"%s\"", all[twin].name);
	TRY(find_twin(&twin, &first, p, unique_key));
	if (twin >= 0)
		return REFUSE(p, all[twin].key_line, "parties \"%s\" and \"%s\" have the same key",
		    all[first].name, all[twin].name);
	TRY(find_twin(&twin, &first, p, unique_endpoint));
	if (twin >= 0)
		return REFUSE(p, all[twin].endpoint_line,
		    "parties \"%s\" and \"%s\" have the same endpoint", all[first].name,
		    all[twin].name);
out:
	return st;
}

static enum status
fill_in(char **d, const char *value)
{
	if (*d == NULL)
		*d = mem_strdup(value);
	return *d == NULL ? ST_INTERNAL : ST_OK;
}

static enum status
finish(struct parser *p)
{
	struct session_file *s = p->s;
	enum status st = ST_OK;

	TRY(check_study(p));
	for (uint32_t i = 0; i < s->n_parties; i++) {
		TRY(check_party(p, i));
		TRY(fill_in(&s->party[i].group, s->party[i].name));
	}
	TRY(check_twins(p));
	TRY(fill_in(&s->protocol, "additive"));
	TRY(fill_in(&s->network, "metro"));
out:
	return st;
}

static enum status
parse(struct parser *p)
{
	int bad = ini_parse_stream(next_line, p, on_key, p);

	if (p->f->st != ST_OK)
		return p->f->st;
	if (bad > 0)
		return REFUSE(p, bad, "neither [SECTION] nor key = value");
	if (bad < 0)
		return ST_INTERNAL;
	return section_is_empty(p) ? p->f->st : finish(p);
}

enum status
session_file_parse(struct session_file **out, const char *path, const char *text, size_t len,
    struct fault *f)
{
	struct fault none = { 0 };
	size_t mark = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	struct parser p = { .f = f == NULL ? &none : f, .at = text + mark, .end = text + len };
	enum status st = ST_OK;

	*out = NULL;
	p.s = mem_array(1, sizeof *p.s);
	if (p.s == NULL)
		return fault_set(f, ST_INTERNAL, "no memory for a session file");
	p.s->timeout_ms = (uint64_t)TIMEOUT_S_DEFAULT * 1000;
	TRY(fill_in(&p.s->path, path));
	if (len > SESSION_BYTES_MAX) {
		st = REFUSE(&p, 0, "a session file of more than %d bytes", SESSION_BYTES_MAX);
		goto out;
	}
	if (memchr(text, '\0', len) != NULL) {
		st = REFUSE(&p, 0, "this is no text file");
		goto out;
	}
	TRY(parse(&p));
	*out = p.s;
	p.s = NULL;
out:
	session_file_free(p.s);
	return st == ST_OK ? st : fault_set(f, st, "no memory for a session file");
}

enum status
session_file_read(struct session_file **out, const char *path, struct fault *f)
{
	char *text = NULL;
	size_t len = 0;
	enum status st = ST_OK;

	*out = NULL;
	TRY(cmd_read(&text, &len, path, SESSION_BYTES_MAX, f));
	TRY(session_file_parse(out, path, text, len, f));
out:
	mem_free(text);
	return st;
}

void
session_file_free(struct session_file *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->n_params; i++) {
		mem_free(s->param[i].name);
		mem_free(s->param[i].value);
	}
	for (uint32_t i = 0; i < s->n_parties; i++) {
		mem_free(s->party[i].name);
		mem_free(s->party[i].group);
		mem_free(s->party[i].key);
		mem_free(s->party[i].endpoint);
	}
	mem_free(s->path);
	mem_free(s->name);
	mem_free(s->program);
	mem_free(s->protocol);
	mem_free(s->network);
	mem_free(s->policy);
	mem_free(s->compute);
	mem_free(s->party);
	mem_free(s);
}

int
session_file_find(const struct session_file *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_parties; i++)
		if (strcmp(s->party[i].name, name) == 0)
			return (int)i;
	return -1;
}
