/* cmd_result.h: results of a run or a session: to standard output, and to files, all or none. */
#ifndef KONSIL_CMD_RESULT_H
#define KONSIL_CMD_RESULT_H

#include "cmd.h"
#include "report.h"
#include "study.h"

/* Prints the result (a table, or JSON with --json); the cost goes to standard error, as text. */
enum status cmd_result_print(const struct result *r, const struct code *c, const struct cost *cost,
    const struct options *o, struct fault *f) MUST_USE;
/* Whether the directory of -o is there or can be made (NULL: not wanted).  Asked before a run, lest
 * its result has nowhere to go; leaves nothing behind, since a run that fails writes nothing. */
enum status cmd_result_folder(const char *dir, struct fault *f) MUST_USE;
/* The same of the file of --report. */
enum status cmd_result_file(const char *path, struct fault *f) MUST_USE;
/* The page of --report; me: whose results these are, or -1: everybody's. */
enum status cmd_result_page(const char *path, const struct result *r, const struct study *s,
    const struct cost *cost, int me, struct fault *f) MUST_USE;
/* A file of results, which nobody else on the machine may read. */
enum status cmd_result_write(const char *path, const char *text, struct fault *f) MUST_USE;
/* DIR/PARTY.result.json and .csv of each party, or of party `only`, with what it learns: all files
 * or none. */
enum status cmd_result_save(const char *dir, const struct result *r, const struct code *c,
    const struct cost *cost, int only, struct fault *f) MUST_USE;

#endif
