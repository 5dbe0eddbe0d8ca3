/* cmd_inputs.h: from --input, --split and --synthetic to the parties of a run and their tables. */
#ifndef KONSIL_CMD_INPUTS_H
#define KONSIL_CMD_INPUTS_H

#include "cmd.h"
#include "study.h"
#include "table.h"

/* Makes the study's parties (as many members as there are files for) and reads and checks
 * everyone's tables; parties' rows are set.  (*table)[i] is party i's, NULL if it brings nothing;
 * the array is the caller's (cmd_inputs_free), also after a failure. */
enum status cmd_inputs_read(struct study *s, struct table_set ***table, const struct options *o,
    struct fault *f) MUST_USE;
void cmd_inputs_free(struct table_set **table, uint32_t n_parties);
/* All files of --input are party `me`'s (join); cohort: see table.h. */
enum status cmd_inputs_own(struct table_set **table, struct cohort *cohort, struct study *s,
    uint32_t me, const struct options *o, struct fault *f) MUST_USE;

#endif
