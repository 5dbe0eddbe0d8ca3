/* explain.h: what a program will cost, before it runs. */
#ifndef KONSIL_EXPLAIN_H
#define KONSIL_EXPLAIN_H

#include "cost.h"

/* Rounds, bytes a link, correlated randomness, memory, estimated seconds on lan, metro and wan, and
 * the compiler's notes.  lines: also rounds and bytes of each source line. */
enum status explain_text(char **out, const struct code *c, const struct target *t, bool lines)
    MUST_USE;
/* {"study", "protocol", "network", "parties", "rows": {party: n},
 * "outputs": [{"name", "type", "to"}], "cost", "notes", "lines"}, with a newline */
enum status explain_json(char **out, const struct code *c, const struct target *t, bool lines)
    MUST_USE;

#endif
