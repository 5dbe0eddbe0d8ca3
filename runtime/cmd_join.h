/* cmd_join.h: a site's part of a session; see cmd_join.c.
 *
 * A site that computes stays from beginning to end.  One that does not (cmd_join_guest.c) sends
 * shares of what it puts in, and fetches what it learns, then or later. */
#ifndef KONSIL_CMD_JOIN_H
#define KONSIL_CMD_JOIN_H

#include "cmd.h"
#include "cmd_node.h"
#include "session_file.h"

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

/* Refuses options that do not go with whether the site computes: ST_USAGE. */
enum status join_guest_check(const struct join *j, struct fault *f) MUST_USE;
/* The part of a site that does not compute. */
enum status join_as_guest(struct join *j, struct fault *f) MUST_USE;

#endif
