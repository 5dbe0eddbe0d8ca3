/* cmd_run.h: a run on this machine; see cmd_run.c */
#ifndef KONSIL_CMD_RUN_H
#define KONSIL_CMD_RUN_H

#include "cmd.h"
#include "result.h"
#include "study.h"
#include "table.h"

struct run {
	struct options o;
	struct study study;             /* compiled */
	struct table_set **table;       /* by party */
	struct result *result;
	struct cost cost;
	struct cost_guest *guest;       /* cost_guests'; what they sent is then metered */
};

/* Plays every party, a process each: nodes stay; those that only contribute, and then those that
 * only receive, come and go, a few at a time.  r->result is everybody's put together, r->cost what
 * all metered.  What several parties got must be the same. */
enum status run_processes(struct run *r, struct fault *f) MUST_USE;

#endif
