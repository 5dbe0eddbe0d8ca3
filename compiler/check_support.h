/* check_support.h: how many rows of tables stand behind a number. */
#ifndef KONSIL_CHECK_SUPPORT_H
#define KONSIL_CHECK_SUPPORT_H

#include "../runtime/code/policy.h"
#include "check_impl.h"

struct support_told {
	const char *why;                /* it cannot be told: "values of single rows", ...; or NULL */
	bool extreme;                   /* ... and it is a least or greatest value */
	bool shares;                    /* ... which share of it single rows have */
	bool dominance;                 /* it is asked for shares of the greatest contributions */
	bool rows;                      /* it is asked for how many rows there are */
};

/* Whether enough rows stand behind each element of a secret value, and none of them for too much:
 * a bool of its shape, or IR_NONE, where that is so in any case.  PROMISED: the program has a
 * guard that answers for what functions of the library do with rows where that cannot be told; but
 * neither for what the program does itself, nor for least and greatest values, nor for the shares
 * of rows where the program keeps them from being followed.  Of the columns that it gives to the
 * library each, and all together, must have rows enough.  BY_COLUMNS: that alone answers for the
 * library, and nothing for loops of the program.  OF_MODEL: shares are not asked about.  BY_CELLS:
 * support_cells is asked, too. */
enum { SUPPORT_PROMISED = 1, SUPPORT_OF_MODEL = 2, SUPPORT_BY_COLUMNS = 4, SUPPORT_BY_CELLS = 8 };
ir_id support_of(struct check *, ir_id v, const struct policy *, unsigned flags,
    struct support_told *, struct span);
/* Of what the library says of how many rows are behind each of its elements: are they enough?
 * IR_NONE: it says nothing. */
ir_id support_cells(struct check *, ir_id v, const struct policy *, struct span);
/* The same of a value that each row has, and of which everybody gets that of own rows only: one
 * bool. */
ir_id support_own(struct check *, ir_id v, const struct policy *, bool promised,
    struct support_told *, struct span);
/* Whether a count is enough (or 0, unless the policy withholds that, too), also without the rows of
 * any one member if the policy says so. */
ir_id support_count(struct check *, ir_id count, const struct policy *, unsigned flags,
    struct support_told *, struct span);
/* check_sums.c: is a count one of sums over rows of which something is true, so that of how many
 * rows it is made has nothing to do with how large it is? */
bool support_of_sums(struct check *, ir_id count);
/* check_single.c: are there values of single rows among its elements, in whatever order? */
bool support_single(struct check *, ir_id v, const struct policy *, struct span);
/* Does a true (or false) c tell that some count is at least `least`? */
bool support_promised(struct check *, ir_id c, bool truth, uint32_t least);

#endif
