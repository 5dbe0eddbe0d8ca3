/* report_flag.h: cells that tell the value of each of the people in them: 0 % and 100 %.
 *
 * Only from numbers that were released: a line with a cell that is withheld or missing has no
 * flags.  Which outputs are looked at, the program says: see enum certain. */
#ifndef KONSIL_REPORT_FLAG_H
#define KONSIL_REPORT_FLAG_H

#include "result.h"
#include "text.h"

enum flag { FLAG_NONE, FLAG_NOBODY, FLAG_EVERYBODY };

/* Of cell i of a part; NOBODY: another cell of its line has everybody, or it is a proportion
 * of 0. */
enum flag report_flag(const struct output_part *o, const struct result_part *r, uint64_t i);
/* "0 %", "100 %"; NONE: "". */
const char *report_flag_text(enum flag);
/* Is it one to name: of a line only the cell that has everybody? */
bool report_flag_named(const struct output_part *o, enum flag);
bool report_any_flag(const struct result *r, const struct code *c);
/* "by_ward (b, died), risk.estimate": the first of them. */
void report_flags(struct text *t, const struct result *r, const struct code *c);

#endif
