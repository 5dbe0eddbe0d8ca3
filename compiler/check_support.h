/* check_support.h: how many rows of tables stand behind a number. */
#ifndef KONSIL_CHECK_SUPPORT_H
#define KONSIL_CHECK_SUPPORT_H

#include "../runtime/code/policy.h"
#include "check_impl.h"

/* Whether enough rows stand behind each element of a secret value: a bool of its shape, or
 * IR_NONE, where that is so in any case.  *why becomes the reason if it cannot be told, else NULL:
 * "values of single rows", ...  promised: the program has a guard that answers for what cannot be
 * told, and for which rows functions of the library take; but not for the conditions that the
 * program itself puts on rows, nor for least and greatest values. */
ir_id support_of(struct check *, ir_id v, const struct policy *, bool promised, const char **why,
    struct span);
/* Whether a count is enough (or 0, unless the policy withholds that, too), also without the rows of
 * any one member if the policy says so; *why as above. */
ir_id support_count(struct check *, ir_id count, const struct policy *, const char **why,
    struct span);
/* check_single.c: are there values of single rows among its elements, in whatever order? */
bool support_single(struct check *, ir_id v, const struct policy *, struct span);
/* Does a true (or false) c tell that some count is at least `least`? */
bool support_promised(struct check *, ir_id c, bool truth, uint32_t least);

#endif
