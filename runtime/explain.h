/* explain.h: what a program will cost, before it runs. */
#ifndef KONSIL_EXPLAIN_H
#define KONSIL_EXPLAIN_H

#include "cost.h"
#include "explain_lines.h"

/* Rounds, bytes a link, gates and correlated randomness, memory, estimated seconds on lan, metro
 * and wan, outputs' error bounds, and the compiler's notes.  lines, if not NULL: also what each
 * source line costs. */
enum status explain_text(char **out, const struct code *c, const struct target *t,
    const struct explain_lines *lines) MUST_USE;
/* {"study", "protocol", "network", "parties", "nodes", "rows": {party: n},
 * "outputs": [{"name", "type", "to", "error"}], "cost", "notes", "lines"}, with a newline */
enum status explain_json(char **out, const struct code *c, const struct target *t,
    const struct explain_lines *lines) MUST_USE;

#endif
