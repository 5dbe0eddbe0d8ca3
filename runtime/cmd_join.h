/* cmd_join.h: a site's part of a session; see cmd_join.c.
 *
 * A site that computes stays from beginning to end.  One that does not (cmd_join_guest.c) sends
 * shares of what it puts in, and fetches what it learns, then or later. */
#ifndef KONSIL_CMD_JOIN_H
#define KONSIL_CMD_JOIN_H

#include "cmd.h"
#include "cmd_node.h"
#include "session_file.h"

/* What this run is to the site's ledger (--ledger); see cmd_join_ledger.c. */
struct join_ledger {
	bool active;                    /* there is one, and the site brings data */
	uint8_t key[LEDGER_KEY];
	struct cohort cohort;
	uint64_t run;                   /* as which it was written; 0: not yet */
};

struct join {
	struct options o;
	const char *listen;
	bool leave, collect;
	struct session_file *file;
	struct study study;
	struct identity_secret *secret;
	struct table_set **table;       /* by party; only this site's is there */
	const char **endpoint;          /* by party */
	struct identity_public *key;
	struct node node;
	struct result *result;
	struct join_ledger ledger;
	bool told;                      /* its fault was told already */
	struct cost_guest *guest;
};

static inline bool
join_computes(const struct join *j)
{
	return roles_node(&j->study.roles, j->node.me) >= 0;
}

/* Shows the sheet; assumed: row counts but the site's own are guesses. */
void join_sheet(struct join *j, bool assumed);
/* Prints and saves j->result. */
enum status join_results(struct join *j, struct fault *f) MUST_USE;

/* Before the table is read: options and keys. */
enum status join_ledger_begin(struct join *j, struct fault *f) MUST_USE;
/* When it is read, before others are called: may these rows take part? */
enum status join_ledger_check(struct join *j, struct fault *f) MUST_USE;
/* When all agreed: looks again, also at noise, and writes the run.  Does nothing a second time. */
enum status join_ledger_charge(struct join *j, struct fault *f) MUST_USE;
/* How it ended. */
void join_ledger_end(struct join *j, enum status st);
void join_ledger_fini(struct join_ledger *l);

/* Refuses options that do not go with whether the site computes: ST_USAGE. */
enum status join_guest_check(const struct join *j, struct fault *f) MUST_USE;
/* The part of a site that does not compute. */
enum status join_as_guest(struct join *j, struct fault *f) MUST_USE;

#endif
