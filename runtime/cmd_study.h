/* cmd_study.h: from options to a study, as several subcommands do it. */
#ifndef KONSIL_CMD_STUDY_H
#define KONSIL_CMD_STUDY_H

#include "cmd.h"
#include "study.h"

/* Loads o->file with the options of study_argp. */
enum status cmd_study_load(struct study *s, const struct options *o, struct fault *f) MUST_USE;
/* Parties and rows of --rows; what it does not say is ROWS_DEFAULT for each of the least allowed
 * number of members, three if the group permits. */
enum status cmd_study_rows(struct study *s, const struct options *o, struct fault *f) MUST_USE;
/* The index of the group that an option names; -1 and a fault with a hint if there is none. */
int cmd_study_group(const struct study *s, const char *name, const char *option, struct fault *f);
/* The target for cost predictions: NULL for a protocol that sends nothing. */
const struct target *cmd_study_target(const struct study *s);

#endif
