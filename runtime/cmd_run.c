/* cmd_run.c: `konsil run` plays all parties of a program on this machine, a process each, with
 * fresh keys, over the same channels as a real session; with --protocol clear, in this process
 * without any.
 *
 * Everything that can be wrong with program and tables is found before a process starts. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd_inputs.h"
#include "cmd_launch.h"
#include "cmd_node.h"
#include "cmd_result.h"
#include "cmd_study.h"
#include "cmd_units.h"
#include "sheet.h"
#include "vm.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

enum { KEY_NET = KEY_FIRST_OWN, KEY_TIMEOUT, KEY_SEED, KEY_SYNTHETIC, KEY_SHOW };

struct run {
	struct options o;
	struct study study;
	struct table_set **table;       /* by party */
	struct result *result;
	struct cost cost;
};

static error_t
show_add(struct options *o, const char *name)
{
	if (o->n_shown == N_SHOWN_MAX || !isalpha((unsigned char)name[0]) ||
	    name[strspn(name, NAME_CHARACTERS)] != '\0') {
		(void)fault_set(&o->fault, ST_USAGE,
		    "--show wants the name of a variable, not \"%s\"", name);
		return EINVAL;
	}
	o->shown[o->n_shown++] = name;
	return 0;
}

static error_t
run_key(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 3), 0;
	case 'o': o->out = arg; return 0;
	case KEY_NET:
		if (units_net(&o->rtt_us, &o->bits_per_s, arg))
			return 0;
		(void)fault_set(
		    &o->fault, ST_USAGE, "--net: \"%s\" is no round trip and bandwidth", arg);
		fault_help(&o->fault, "write --net 20ms,100mbit");
		return EINVAL;
	case KEY_TIMEOUT: return options_timeout(o, arg);
	case KEY_SEED:
	case KEY_SYNTHETIC:
		if (!units_count(key == KEY_SEED ? &o->seed : &o->synthetic, arg)) {
			(void)fault_set(&o->fault, ST_USAGE, "\"%s\" is no number", arg);
			return EINVAL;
		}
		o->seeded = o->seeded || key == KEY_SEED;
		return 0;
	case KEY_SHOW: return show_add(o, arg);
	case ARGP_KEY_ARG:
	case ARGP_KEY_NO_ARGS: return options_file(key, arg, state, "PROGRAM");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp run_argp = {
	.options = (const struct argp_option[]){
		{ "output", 'o', "DIR", 0,
		    "Also write each party's results to DIR/PARTY.result.json", 3 },
		{ "net", KEY_NET, "RTT,RATE", 0,
		    "Slow the links down, to feel a network: 20ms,100mbit", 3 },
		{ "timeout", KEY_TIMEOUT, "TIME", 0, "How long to wait for a party (default 120s)",
		    3 },
		{ "synthetic", KEY_SYNTHETIC, "ROWS", 0,
		    "With --protocol clear: invented data of ROWS rows each", 4 },
		{ "show", KEY_SHOW, "NAME", 0,
		    "With --protocol clear: also print a variable of the program (repeats)", 4 },
		{ "seed", KEY_SEED, "S", 0, "With --synthetic: other data for another seed", 4 },
		{ 0 },
	},
	.parser = run_key,
	.args_doc = "PROGRAM",
	.doc = "Runs a program with every party on this machine, one process each, over the same "
	    "encrypted channels as a session of several sites.  Results go to standard output.\v"
	    "Examples:\n"
	    "  konsil run lung.ksl --input site=a.csv --input site=b.csv --input site=c.csv\n"
	    "  konsil run lung.ksl --split site=lung.csv:site --json\n"
	    "  konsil run lung.ksl --protocol clear --synthetic 100 --show n\n",
	.children = (const struct argp_child[]){
		{ .argp = &study_argp }, { .argp = &inputs_argp }, { .argp = &common_argp }, { 0 },
	},
};

static enum status
clear_only(const struct run *r, struct fault *f)
{
	bool clear = !r->study.protocol->secure;
	const struct options *o = &r->o;

	if (!clear && (o->seeded || o->synthetic > 0 || o->n_shown > 0)) {
		(void)fault_set(f, ST_USAGE, "%s goes with --protocol clear only",
		    o->n_shown > 0 ? "--show" : o->synthetic > 0 ? "--synthetic" : "--seed");
		fault_help(f, "what protects data shows outputs only, and takes its randomness from "
		    "the system");
		return ST_USAGE;
	}
	if (clear && (o->rtt_us > 0 || o->bits_per_s > 0))
		return fault_set(
		    f, ST_USAGE, "--net has no meaning with --protocol clear: nothing is sent");
	return ST_OK;
}

static enum status
sheet_show(const struct run *r)
{
	struct sheet sheet = { .code = r->study.code, .protocol = r->study.protocol, .me = -1 };
	char *text = NULL;
	enum status st = ST_OK;

	if (r->o.json)
		return ST_OK;
	st = sheet_short(&text, &sheet);
	if (st == ST_OK)
		(void)fprintf(stderr, "%s\n", text);
	mem_free(text);
	return st;
}

/* One party's process: keeps its own table only. */
static enum status
party_body(void *arg, struct launch_child *c, uint8_t **out, size_t *len, struct fault *f)
{
	struct run *r = arg;
	struct node node = {
		.study = &r->study, .me = c->me, .table = r->table, .session = "run",
		.timeout_ms = r->o.timeout_ms, .rtt_us = r->o.rtt_us, .bits_per_s = r->o.bits_per_s,
	};
	char endpoint[N_NODE_MAX][LAUNCH_DIR_MAX + 16];
	const char *address[N_NODE_MAX];
	struct identity_public key[N_NODE_MAX];
	struct identity_secret *id = NULL;
	struct result *result = NULL;
	enum status st;

	node.endpoint = address;
	node.key = key;
	for (unsigned i = 0; i < c->n; i++) {
		if (i != c->me) {
			table_free(r->table[i]);
			r->table[i] = NULL;
		}
		(void)snprintf(endpoint[i], sizeof endpoint[i], "ipc://%s/%u", c->dir, i);
		address[i] = endpoint[i];
	}
	if (c->me == 0 && !r->o.json)
		node.progress = progress_new(STDERR_FILENO, PROGRESS_AUTO);
	TRY(identity_new(&id, f));
	TRY(launch_gather(c, key, &id->pub, sizeof id->pub, f));
	node.secret = id;
	TRY(node_run(&result, &node, f));
	TRY(result_write(out, len, result));
out:
	identity_free(id);
	result_free(result);
	table_free(r->table[c->me]);
	r->table[c->me] = NULL;
	progress_free(node.progress);
	return st;
}

/* Puts together what the parties' processes brought; equal outputs must be equal. */
static enum status
merge(struct run *r, const struct launch_result *got, struct fault *f)
{
	struct result *one;
	enum status st = ST_OK;

	for (unsigned i = 0; i < got->n; i++) {
		TRY(result_read(&one, r->study.code, got->bytes[i], got->len[i], f));
		cost_add(&r->cost, i, &one->cost);
		TRY(result_merge(&r->result, one, r->study.code, i, f));
	}
out:
	return st;
}

/* What explain would have said of links like these, all parties sharing this machine. */
static enum status
predict(struct run *r)
{
	const struct link_speed link = { "net", r->o.rtt_us, r->o.bits_per_s };
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct cost said;
	enum status st = ST_OK;

	if (link.rtt_us == 0 && link.bits_per_s == 0)
		return ST_OK;
	TRY(cost_predict(&said, r->study.code, r->study.protocol->target));
	r->cost.predicted_s = cost_seconds(&said, &link, cpus < 1 ? 1 : (unsigned)cpus);
out:
	return st;
}

static enum status
run_parties(struct run *r, struct fault *f)
{
	if (r->study.roles.n_nodes > 0)
		return fault_set(f, ST_USAGE, "run lets every party compute so far");
	const char *name[N_NODE_MAX];
	struct launch l = { .n = r->study.n_parties, .name = name, .body = party_body, .arg = r };
	struct launch_result got;
	enum status st;
	int sig;

	for (unsigned i = 0; i < l.n; i++)
		name[i] = r->study.party[i].name;
	(void)fflush(stdout);
	(void)fflush(stderr);
	st = launch_run(&got, &l, f);
	if (st == ST_OK)
		st = merge(r, &got, f);
	sig = got.signal;
	launch_fini(&got);
	if (sig != 0) {
		(void)signal(sig, SIG_DFL);
		(void)raise(sig);
	}
	return st;
}

static enum status
run_clear(struct run *r, struct fault *f)
{
	struct session s = { .study = &r->study, .me = VM_ALL, .table = r->table };
	enum status st;

	if (!r->o.json)
		s.progress = progress_new(STDERR_FILENO, PROGRESS_AUTO);
	st = session_compute(&r->result, &s, f);
	progress_free(s.progress);
	if (st == ST_OK)
		cost_add(&r->cost, 0, &r->result->cost);
	return st;
}

static enum status
run_all(struct run *r, struct fault *f)
{
	enum status st;

	TRY(cmd_study_load(&r->study, &r->o, f));
	TRY(clear_only(r, f));
	TRY(cmd_inputs_read(&r->study, &r->table, &r->o, f));
	TRY(study_compile(&r->study, NULL, NULL, f));
	TRY(cmd_result_folder(r->o.out, f));
	TRY(sheet_show(r));
	r->cost.n_nodes = roles_nodes(&r->study.roles, r->study.n_parties);
	TRY(r->study.protocol->secure ? run_parties(r, f) : run_clear(r, f));
	TRY(predict(r));
	if (r->o.out != NULL)
		TRY(cmd_result_save(r->o.out, r->result, r->study.code, &r->cost, -1, f));
	TRY(cmd_result_print(r->result, r->study.code, &r->cost, &r->o, f));
	if (result_all_withheld(r->result, r->study.code))
		st = fault_set(f, ST_WITHHELD, "%s", status_text(ST_WITHHELD));
out:
	return st;
}

int
cmd_run(int argc, char **argv)
{
	struct run *r = mem_zalloc(sizeof *r);
	enum status st;
	int code;

	if (r == NULL)
		return ST_INTERNAL;
	options_init(&r->o);
	TRY(options_parse(&r->o, &run_argp, "konsil run", argc, argv));
	if (!r->o.help)
		st = run_all(r, &r->o.fault);
out:
	cmd_inputs_free(r->table, r->study.n_parties);
	result_free(r->result);
	study_fini(&r->study);
	code = cmd_end(&r->o, st);
	mem_free(r);
	return code;
}
