/* cmd.h: what the subcommands share: their options, and how an error is told.
 *
 * A subcommand is cmd_NAME(argc, argv), argv[0] being its name; it returns the exit status.  Only
 * cmd_*.c and main.c print; standard output carries results only. */
#ifndef KONSIL_CMD_H
#define KONSIL_CMD_H

#include <argp.h>
#include <stdio.h>

#include "../compiler/compile.h"
#include "base/status.h"
#include "ledger_judge.h"

#define C(name, text) int cmd_##name(int argc, char **argv);
#include "commands.def"
#undef C

enum {
	N_ARG_MAX = 4096,               /* how often an option may repeat: one a site */
	N_SHOWN_MAX = 64,
	TIMEOUT_S_DEFAULT = 120,
	ROWS_DEFAULT = 1000,            /* of each member, where nothing is said */
};

/* NAME=TEXT or NAME[member]=TEXT of --input and --split, NAME=COUNTS of --rows. */
struct place_arg {
	char *party;
	int64_t member;                 /* -1: not written */
	char *text;
};

struct place_args {
	uint32_t n;
	struct place_arg *arg;
};

/* Everything that any subcommand takes; each one's argp says which it allows.  Zeroed, then
 * options_init. */
struct options {
	struct fault fault;
	bool help, json;
	const char *file;               /* PROGRAM, SESSION, F.kbc, F.txt or NAME */
	/* study_argp */
	const char *protocol, *network, *compute;
	bool no_local, unchecked, has_policy;
	struct policy policy;           /* the strictest of all of --policy */
	struct ledger_rules rules;      /* and of their [ledger] sections */
	const char *ledger;             /* --ledger */
	uint32_t n_defines;
	struct define *define;          /* name and text allocated */
	/* data_argp */
	struct place_args input, split, rows;
	/* of single subcommands */
	const char *out, *report;       /* -o, --report */
	const char *as, *key, *dump;
	uint32_t n_shown;
	const char *shown[N_SHOWN_MAX]; /* --show */
	uint64_t rtt_us, bits_per_s;    /* --net; 0: not shaped */
	uint32_t timeout_ms;
	bool timeout_given, lines, quick, seeded;
	const char *against, *examples, *only; /* bench */
	uint32_t parts;                 /* bench: a bit each; 0: all */
	uint64_t seed, synthetic;
};

/* Options that belong together, for an argp's children. */
extern const struct argp study_argp, inputs_argp, rows_argp, common_argp;
enum { KEY_FIRST_OWN = 0x200 };         /* option keys from here on belong to single subcommands */

void options_init(struct options *);
void options_fini(struct options *);

/* Parses; a wrong option is ST_USAGE with a suggestion in o->fault.  If --help was among them, the
 * page is on standard output and o->help is set: then the subcommand returns 0. */
enum status options_parse(struct options *, const struct argp *, const char *name, int argc,
    char **argv) MUST_USE;
/* Gives every child of an argp the same input; for ARGP_KEY_INIT. */
void options_children(struct argp_state *, unsigned n);
/* One positional argument, for ARGP_KEY_ARG and ARGP_KEY_NO_ARGS. */
error_t options_file(int key, char *arg, struct argp_state *, const char *what);
/* Reads a policy and adds it to those that were read before. */
enum status options_policy(struct options *, const char *path) MUST_USE;
/* "120s", "500ms", "2m"; a bare number is seconds. */
error_t options_timeout(struct options *, const char *arg);

/* Prints a fault to standard error, as text or JSON, and returns its status as an exit status. */
int cmd_fail(const struct fault *, bool json);
/* The end of a subcommand: tells o->fault if st is an error, and frees the options. */
int cmd_end(struct options *, enum status st);
/* Writes len bytes to path by way of a temporary file beside it, so that the file is there in full
 * or not at all; "-" is standard output. */
enum status cmd_write(const char *path, const void *bytes, size_t len, struct fault *) MUST_USE;
/* Reads a whole file of at most most bytes; *text is terminated (mem_free). */
enum status cmd_read(
    char **text, size_t *len, const char *path, size_t most, struct fault *) MUST_USE;

#endif
