/* report_cell.h: single cells and labels of results, for those reports that are no JSON. */
#ifndef KONSIL_REPORT_CELL_H
#define KONSIL_REPORT_CELL_H

#include "result.h"
#include "wording.h"

enum { CELL_MAX = BITS_TEXT_MAX };

/* Is there a number in cell i of a part that is here?  Then *x is the nearest double: of a bool 0
 * or 1, of a category the index of its level. */
bool report_number(double *x, const struct result_part *r, const struct type *t, uint64_t i);
/* The rule (enum rule) by which cell i is withheld, or RULE_NONE. */
unsigned report_rule(const struct result_part *r, uint64_t i);
/* Cell i with `digits` significant ones of what is not whole, and fewer than CELL_ALL end where its
 * type's last place does; false: it is missing, or withheld. */
enum { CELL_ALL = 17 };                 /* those of a double */
bool report_cell(char out[CELL_MAX], const struct result_part *r, const struct type *t, uint64_t i,
    unsigned digits);
/* The same, or "missing" or "withheld". */
void report_words(char out[CELL_MAX], const struct result_part *r, const struct type *t, uint64_t i,
    unsigned digits);
/* What place i on an axis is called: its label on one line, or its number. */
void report_place(char out[CELL_MAX], const struct output *o, uint32_t axis, uint64_t i);
/* The label of place i on an axis of part p; NULL: the axis has none. */
const char *report_label(const struct output *o, const struct output_part *p, uint32_t axis,
    uint64_t i);
/* The elements of a part. */
uint64_t report_elements(const struct output_part *p);
/* Are they of one shape? */
bool report_same_shape(const struct output_part *a, const struct output_part *b);

#endif
