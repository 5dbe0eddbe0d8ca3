/* cmd_join.c: `konsil join` takes part in a session with other sites: one party, its own table, its
 * long-term key, and the session file that all sites share.
 *
 * The own table is checked before anything is sent.  If it is not as the program says, those who
 * already wait are told that this site stops, and not why. */
#include <string.h>
#include <unistd.h>

#include "../compiler/internal.h"
#include "base/mem.h"
#include "cmd_inputs.h"
#include "cmd_join.h"
#include "cmd_result.h"
#include "cmd_study.h"
#include "sheet.h"

enum { KEY_AS = KEY_FIRST_OWN, KEY_KEY, KEY_OWN_INPUT, KEY_TIMEOUT, KEY_LISTEN, KEY_NO_LOCAL,
	KEY_UNCHECKED, KEY_LEAVE, KEY_COLLECT, KEY_REPORT,
	KEY_POLICY, KEY_LEDGER };
enum { DECLINE_MS = 5000, PARAM_FILE_MAX = 256 << 20 };

static error_t
own_input(struct options *o, char *arg)
{
	struct place_arg *more = mem_realloc(o->input.arg, (o->input.n + 1) * sizeof *more);

	if (more == NULL)
		return ENOMEM;
	o->input.arg = more;
	more[o->input.n] = (struct place_arg){ .member = -1, .text = mem_strdup(arg) };
	return more[o->input.n++].text == NULL ? ENOMEM : 0;
}

static error_t
join_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case KEY_AS: o->as = arg; return 0;
	case KEY_KEY: o->key = arg; return 0;
	case KEY_OWN_INPUT: return own_input(o, arg);
	case KEY_TIMEOUT: return options_timeout(o, arg);
	case KEY_LISTEN: ((struct join *)(void *)o)->listen = arg; return 0;
	case KEY_LEAVE: ((struct join *)(void *)o)->leave = true; return 0;
	case KEY_COLLECT: ((struct join *)(void *)o)->collect = true; return 0;
	case KEY_NO_LOCAL: o->no_local = true; return 0;
	case KEY_POLICY: return options_policy(o, arg) == ST_OK ? 0 : EINVAL;
	case KEY_LEDGER: o->ledger = arg; return 0;
	case KEY_UNCHECKED: o->unchecked = true; return 0;
	case 'o': o->out = arg; return 0;
	case KEY_REPORT: o->report = arg; return 0;
	case ARGP_KEY_ARG:
	case ARGP_KEY_NO_ARGS: return options_file(key, arg, state, "SESSION");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp join_argp = {
	.options = (const struct argp_option[]){
		{ "as", KEY_AS, "NAME", 0, "Which [party NAME] of the session this site is", 1 },
		{ "key", KEY_KEY, "FILE", 0, "This site's secret key, made by konsil keygen", 1 },
		{ "input", KEY_OWN_INPUT, "FILE", 0,
		    "This site's data: .csv, .json or .npy (repeats)", 1 },
		{ "output", 'o', "DIR", 0, "Also write the results to DIR/NAME.result.json and .csv", 1 },
		{ "report", KEY_REPORT, "FILE", 0, "Also write a page of tables and plots, in HTML",
		    1 },
		{ "policy", KEY_POLICY, "FILE", 0,
		    "This site's policy: refuse sessions that let more out", 1 },
		{ "ledger", KEY_LEDGER, "FILE", 0,
		    "What this site took part in: refuse runs that tell too much with earlier ones", 1 },
		{ "timeout", KEY_TIMEOUT, "TIME", 0,
		    "How long to wait for the others, instead of the session's", 1 },
		{ "listen", KEY_LISTEN, "URL", 0, "Where to listen, if not at this site's endpoint",
		    1 },
		{ "leave", KEY_LEAVE, NULL, 0,
		    "Of a site that does not compute: contribute, and do not wait for results", 1 },
		{ "collect", KEY_COLLECT, NULL, 0,
		    "Of a site that does not compute: fetch results; it contributed before, or brings "
		    "nothing", 1 },
		{ "no-local", KEY_NO_LOCAL, NULL, 0,
		    "Compute everything on shares; all sites must say so", 2 },
		{ "unchecked", KEY_UNCHECKED, NULL, 0,
		    "Do not check assumptions about ranges; all sites must say so", 2 },
		{ 0 },
	},
	.parser = join_key,
	.args_doc = "SESSION --as NAME --key FILE [--input FILE]",
	.doc =
	    "Takes part in a session with other sites.  Sites may start in any order; each waits "
	    "for the others.  A site that does not compute sends shares of its data and waits for "
	    "its results, or comes back for them.\v"
	    "Examples:\n  konsil join lung.session --as north --key north.key --input north.csv\n"
	    "  konsil join lung.session --as west --key west.key --input west.csv --leave\n"
	    "  konsil join lung.session --as west --key west.key --collect\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

/* A session file may come from somebody else, so it names no file but those that came with it. */
static bool
beside(const char *name)
{
	return name[0] != '/' && strstr(name, "..") == NULL;
}

/* param.n = 20, or @file beside the session file. */
static enum status
param_define(struct options *o, const struct session_file *file, const struct session_param *p)
{
	struct define *more = mem_realloc(o->define, (o->n_defines + 1) * sizeof *more), *d;
	const char *slash = strrchr(file->path, '/');
	int folder = slash == NULL ? 0 : (int)(slash - file->path) + 1;
	char path[4096], *text = NULL, *name;
	size_t len;

	if (more == NULL)
		return ST_INTERNAL;
	o->define = more;
	d = &more[o->n_defines];
	*d = (struct define){ .json = p->value[0] == '@' };
	if (d->json) {
		if (!beside(p->value + 1)) {
			(void)fault_set(&o->fault, ST_USAGE,
			    "param.%s reads a file that is not beside the session file", p->name);
			fault_at(&o->fault, file->path, 0, 0);
			return ST_USAGE;
		}
		(void)snprintf(path, sizeof path, "%.*s%s", folder, file->path, p->value + 1);
		if (cmd_read(&text, &len, path, PARAM_FILE_MAX, &o->fault) != ST_OK)
			return o->fault.st;
	} else {
		text = mem_strdup(p->value);
	}
	name = mem_strdup(p->name);
	d->name = name;
	d->text = text;
	o->n_defines++;
	return name != NULL && text != NULL ? ST_OK : ST_INTERNAL;
}

/* The session's policies, which must be at least as strict as this site's own. */
static enum status
take_policies(struct join *j, struct fault *f)
{
	const struct session_file *s = j->file;
	const char *slash = strrchr(s->path, '/'), *laxer = NULL;
	int folder = slash == NULL ? 0 : (int)(slash - s->path) + 1;
	const struct policy own = j->o.policy;
	const bool has_own = j->o.has_policy;
	const struct ledger_rules rules = j->o.rules;
	char path[4096];

	j->o.has_policy = false;
	for (const char *at = s->policy; at != NULL && *at != '\0';) {
		size_t len = strcspn(at, "\n");
		(void)snprintf(path, sizeof path, "%.*s%.*s", *at == '/' ? 0 : folder, s->path, (int)len,
		    at);
		if (options_policy(&j->o, path) != ST_OK)
			return j->o.fault.st;
		at += len + (at[len] == '\n');
	}
	j->o.rules = rules;             /* of others' ledgers theirs */
	if (has_own)
		laxer = j->o.has_policy ? policy_laxer(&j->o.policy, &own) : "policy";
	if (laxer == NULL)
		return ST_OK;
	(void)fault_set(f, ST_POLICY, !j->o.has_policy ? "the session has no policy, and this site has one"
	    : "this site's policy is stricter than the session's: \"%s\"", laxer);
	fault_at(f, s->path, 0, 0);
	fault_help(f, "add a line `policy = FILE` with this site's policy to [study]");
	return ST_POLICY;
}

/* Who computes must be found by the others. */
static enum status
nodes_listen(const struct join *j, struct fault *f)
{
	const struct study *s = &j->study;

	for (uint32_t i = 0; i < roles_nodes(&s->roles, s->n_parties); i++) {
		const struct session_party *p = &j->file->party[roles_party(&s->roles, i)];

		if (p->endpoint != NULL)
			continue;
		(void)fault_set(f, ST_USAGE, "party \"%s\" has no \"endpoint\"", p->name);
		fault_at(f, j->file->path, p->line, 0);
		fault_help(f, "tcp://host:port, where the others find it: it computes");
		return ST_USAGE;
	}
	return ST_OK;
}

/* The program of the session with its parties under the session's names. */
static enum status
load_program(struct join *j, struct fault *f)
{
	const struct session_file *s = j->file;
	const char **names = mem_array(s->n_parties, sizeof *names);
	const char **groups = mem_array(s->n_parties, sizeof *groups);
	enum status st = ST_INTERNAL;

	if (names == NULL || groups == NULL)
		goto out;

	j->o.file = s->program;
	j->o.protocol = s->protocol;
	j->o.compute = s->compute;
	j->o.network = s->network;
	for (uint32_t i = 0; i < s->n_params; i++)
		TRY(param_define(&j->o, s, &s->param[i]));
	TRY(take_policies(j, f));
	TRY(cmd_study_load(&j->study, &j->o, f));
	if (!j->study.protocol->secure) {
		st = fault_set(f, ST_USAGE,
		    "the protocol %s protects nothing, so no session may use it",
		    j->study.protocol->name);
		fault_help(f, "rehearse with `konsil run --protocol %s`", j->study.protocol->name);
		goto out;
	}
	for (uint32_t i = 0; i < s->n_parties; i++) {
		names[i] = s->party[i].name;
		groups[i] = s->party[i].group;
	}
	TRY(study_sites(&j->study, s->n_parties, names, groups, f));
	TRY(nodes_listen(j, f));
out:
	mem_free(names);
	mem_free(groups);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* A name that no party has. */
static enum status
no_party(const struct join *j, struct fault *f)
{
	const struct session_file *s = j->file;
	const char **names = mem_array(s->n_parties, sizeof *names), *near = NULL;

	(void)fault_set(f, ST_USAGE, "the session has no party \"%s\"", j->o.as);
	for (uint32_t i = 0; names != NULL && i < s->n_parties; i++)
		names[i] = s->party[i].name;
	if (names != NULL)
		near = closest_name(j->o.as, names, s->n_parties);
	if (near != NULL)
		fault_help(f, "did you mean --as %s?", near);
	mem_free(names);
	return ST_USAGE;
}

/* Which party this site is, and that the key is that party's. */
static enum status
find_self(struct join *j, struct fault *f)
{
	const struct session_file *s = j->file;
	int me = session_file_find(s, j->o.as);
	enum status st;

	if (me < 0)
		return no_party(j, f);
	j->node.me = (unsigned)me;
	TRY(identity_load(&j->secret, j->o.key, f));
	if (memcmp(&j->secret->pub, &j->key[me], sizeof j->secret->pub) != 0) {
		st = fault_set(
		    f, ST_AUTH, "%s is not the key that the session has for %s", j->o.key, j->o.as);
		fault_at(f, s->path, s->party[me].key_line, 0);
		fault_help(f, "the line `key` of [party %s] must be what stands in its .pub file",
		    j->o.as);
	}
out:
	return st;
}

static enum status
parse_keys(struct join *j, struct fault *f)
{
	const struct session_file *s = j->file;

	j->endpoint = mem_array(s->n_parties, sizeof *j->endpoint);
	j->key = mem_array(s->n_parties, sizeof *j->key);
	j->table = mem_array(s->n_parties, sizeof *j->table);
	if (j->endpoint == NULL || j->key == NULL || j->table == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	j->node.endpoint = j->endpoint;
	j->node.key = j->key;
	for (uint32_t i = 0; i < s->n_parties; i++) {
		enum status st = identity_parse(&j->key[i], s->party[i].key, f);
		if (st != ST_OK) {
			fault_at(f, s->path, s->party[i].key_line, 0);
			return st;
		}
		j->endpoint[i] = s->party[i].endpoint;
	}
	return ST_OK;
}

void
join_sheet(struct join *j, bool assumed)
{
	struct sheet sheet = {
		.code = j->study.code, .protocol = j->study.protocol, .me = (int)j->node.me,
		.address = j->node.endpoint, .rows_assumed = assumed,
		.policy = j->study.has_policy ? &j->study.policy : NULL,
	};
	char *text = NULL;

	progress_clear(j->node.progress);
	if (!j->o.json && sheet_short(&text, &sheet) == ST_OK)
		(void)fprintf(stderr, "%s\n", text);
	mem_free(text);
}

/* The sheet, as soon as everybody's row counts are known. */
static enum status
on_agreed(void *arg, struct fault *f)
{
	struct join *j = arg;

	join_sheet(j, false);
	return join_ledger_charge(j, f);
}

/* A bad table, or one that the ledger refuses: says so here at once, then tells the others that
 * this site stops. */
static enum status
own_table(struct join *j, struct fault *f)
{
	struct cohort *cohort = j->ledger.active ? &j->ledger.cohort : NULL;
	struct node n = j->node;
	enum status st;
	bool tell;

	st = cmd_inputs_own(&j->table[j->node.me], cohort, &j->study, j->node.me, &j->o, f);
	tell = st == ST_DATA;
	if (st == ST_OK) {
		st = join_ledger_check(j, f);
		tell = st != ST_OK;
	}
	if (!tell || !join_computes(j))
		return st;
	(void)cmd_fail(f, j->o.json);
	(void)fflush(stderr);
	j->told = true;
	n.timeout_ms = n.timeout_ms < DECLINE_MS ? n.timeout_ms : DECLINE_MS;
	node_decline(&n, st);
	return st;
}

static enum status
prepare(struct join *j, struct fault *f)
{
	enum status st;

	if (j->o.as == NULL || j->o.key == NULL)
		return fault_set(
		    f, ST_USAGE, "%s is missing", j->o.as == NULL ? "--as NAME" : "--key FILE");
	TRY(session_file_read(&j->file, j->o.file, f));
	TRY(parse_keys(j, f));
	TRY(find_self(j, f));
	TRY(load_program(j, f));
	TRY(join_guest_check(j, f));
	TRY(cmd_result_folder(j->o.out, f));
	TRY(cmd_result_file(j->o.report, f));
	TRY(join_ledger_begin(j, f));
	j->node.study = &j->study;
	j->node.table = j->table;
	j->node.session = j->file->name;
	j->node.secret = j->secret;
	j->node.listen = j->listen;
	j->node.timeout_ms = j->o.timeout_given ? j->o.timeout_ms : (uint32_t)j->file->timeout_ms;
	j->node.agreed = on_agreed;
	j->node.agreed_arg = j;
out:
	return st;
}

/* What this site metered; what the others sent each other nobody tells it, but the program does,
 * exactly. */
static enum status
whole_cost(struct cost *cost, const struct join *j)
{
	const int me = roles_node(&j->study.roles, j->node.me);
	struct cost said;
	enum status st = cost_predict(&said, j->study.code, j->study.protocol->target);

	if (st != ST_OK)
		return st;
	*cost = (struct cost){ .n_nodes = said.n_nodes, .guest = j->guest };
	if (me >= 0)
		cost_add(cost, (unsigned)me, &j->result->cost);
	else
		cost->metered = true;
	for (unsigned p = 0; p < N_COST_PHASE; p++) {
		if (me < 0)
			cost->rounds[p] = said.rounds[p];
		for (unsigned i = 0; i < cost->n_nodes; i++)
			if ((int)i != me)
				memcpy(cost->bytes[p][i], said.bytes[p][i],
				    sizeof said.bytes[p][i]);
	}
	return ST_OK;
}

enum status
join_results(struct join *j, struct fault *f)
{
	struct cost cost;
	enum status st;

	TRY(cost_guests(&j->guest, j->study.code));
	TRY(whole_cost(&cost, j));
	if (j->o.out != NULL)
		TRY(cmd_result_save(
		    j->o.out, j->result, j->study.code, &cost, (int)j->node.me, f));
	if (j->o.report != NULL)
		TRY(cmd_result_page(j->o.report, j->result, &j->study, &cost, (int)j->node.me, f));
	TRY(cmd_result_print(j->result, j->study.code, &cost, &j->o, f));
	if (result_all_withheld(j->result, j->study.code))
		st = fault_set(f, ST_WITHHELD, "%s", status_text(ST_WITHHELD));
out:
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

/* A node's part. */
static enum status
take_part(struct join *j, struct fault *f)
{
	char left[256] = "";
	enum status st;

	j->node.left = left;
	TRY(node_run(&j->result, &j->node, f));
	if (left[0] != '\0' && !j->o.json)
		(void)fprintf(stderr, "results were not fetched in time by %s\n", left);
	TRY(join_results(j, f));
out:
	j->node.left = NULL;
	return st;
}

static void
join_free(struct join *j)
{
	progress_free(j->node.progress);
	cmd_inputs_free(j->table, j->file == NULL ? 0 : j->file->n_parties);
	join_ledger_fini(&j->ledger);
	result_free(j->result);
	mem_free(j->guest);
	study_fini(&j->study);
	session_file_free(j->file);
	identity_free(j->secret);
	mem_free(j->endpoint);
	mem_free(j->key);
	mem_free(j);
}

int
cmd_join(int argc, char **argv)
{
	struct join *j = mem_zalloc(sizeof *j);
	enum status st;

	if (j == NULL)
		return ST_INTERNAL;
	options_init(&j->o);
	TRY(options_parse(&j->o, &join_argp, "konsil join", argc, argv));
	if (j->o.help)
		goto out;
	TRY(prepare(j, &j->o.fault));
	if (!j->collect)
		st = own_table(j, &j->o.fault);
	if (st == ST_OK && !j->o.json)
		j->node.progress = progress_new(STDERR_FILENO, PROGRESS_AUTO);
	if (st == ST_OK)
		st = (join_computes(j) ? take_part : join_as_guest)(j, &j->o.fault);
out:
	join_ledger_end(j, st);
	if (j->told)
		options_fini(&j->o);
	else
		st = (enum status)cmd_end(&j->o, st);
	join_free(j);
	return (int)st;
}
