/* cmd_run.c: `konsil run` plays all parties of a program on this machine, a process each, with
 * fresh keys, over the same channels as a real session; with --protocol clear, in this process
 * without any.
 *
 * Everything that can be wrong with program and tables is found before a process starts. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd_inputs.h"
#include "cmd_result.h"
#include "cmd_run.h"
#include "cmd_study.h"
#include "cmd_units.h"
#include "session.h"
#include "sheet.h"
#include "vm.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

enum { KEY_NET = KEY_FIRST_OWN, KEY_TIMEOUT, KEY_SEED, KEY_SYNTHETIC, KEY_SHOW, KEY_REPORT };

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
	case KEY_REPORT: o->report = arg; return 0;
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
		    "Also write each party's results to DIR/PARTY.result.json and .csv", 3 },
		{ "report", KEY_REPORT, "FILE", 0, "Also write a page of tables and plots, in HTML",
		    3 },
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
	struct sheet sheet = { .code = r->study.code, .protocol = r->study.protocol, .me = -1,
		.policy = r->study.has_policy ? &r->study.policy : NULL };
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
	TRY(cmd_result_file(r->o.report, f));
	TRY(sheet_show(r));
	TRY(cost_guests(&r->guest, r->study.code));
	r->cost.guest = r->guest;
	r->cost.n_nodes = roles_nodes(&r->study.roles, r->study.n_parties);
	TRY(r->study.protocol->secure ? run_processes(r, f) : run_clear(r, f));
	TRY(predict(r));
	if (r->o.out != NULL)
		TRY(cmd_result_save(r->o.out, r->result, r->study.code, &r->cost, -1, f));
	if (r->o.report != NULL)
		TRY(cmd_result_page(r->o.report, r->result, &r->study, &r->cost, -1, f));
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
	mem_free(r->guest);
	study_fini(&r->study);
	code = cmd_end(&r->o, st);
	mem_free(r);
	return code;
}
