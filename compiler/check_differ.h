/* check_differ.h: what differences of released numbers tell, under a policy.
 *
 * Two sums of one thing, each over rows enough, differ by the sum over the rows that are in one of
 * them only: sum(x) and sum(x.where(c)) by that of !c, count(age > 60) and count(age > 61) by how
 * many are 61.  So of every number that goes out the sets of rows are noted that it is a sum over,
 * and it is withheld if, beside a number that went out before to one of its recipients, from 1 to
 * T - 1 rows are in just one of two sets (T: the policy's `cells`; with `zeros = withhold` none,
 * too, where both are counts).  That is decided on shares, before anything is opened, and counts as
 * the policy's rule.  It is the later one that is withheld, cell by cell, if the earlier one goes
 * out; of cells of one output this rule itself is not taken into account for that, nor where one
 * decision would wait for several others.
 *
 * What is looked at: sums over rows, whatever adds up, negates, scales or moves them, their
 * quotients (of the library, such as means: what they divide), other functions of sums that are all
 * of one column (variances), and those that the program makes itself, of whatever it makes them.
 * Within one number of the program's own its sums are compared with each other, and what is left
 * where one is subtracted has to be enough rows by itself: sum(x.where(c)) - sum(x).
 * Named results (records) stand and fall together, but for their counts.  What is compared:
 *   - sums of the same product of columns: always, but where no row can be in both, or it is seen
 *     that the sets are the same;
 *   - counts: where it is seen that one set contains the other (conditions that are and-ed, known
 *     bounds of one number, levels and presence of one column), and where conditions are about the
 *     same column, but in ways that are not seen to be related.
 * Cells of an output that have no row in common, along an axis or all of them, are compared as one
 * set, too (check_differ_lines.c): with what is left of them where some are withheld, so that a
 * total does not tell the few that are in those.  Of such a line it is the last cell that is
 * withheld, of those that go out and are not empty: the others then tell only at least T rows more.
 * Sets with a bound (x <= 60) are also compared with others' bounds of the same number, since
 * cells of two histograms tell together how many are between any two of their bounds.
 *
 * Sets are compared as polynomials of conditions (ir_forms.h), so that it does not matter how they
 * were written; where that cannot be told, as their rows are.  Within one output the cells of one
 * function of the library, with conditions of its own, are left to its own `suppress` and to
 * `secondary`; running counts to check_running.c.
 * A sum that is put into rows again (mean(x - mean(x.where(c)))) is compared as if it went out.
 *
 * What it proves: no difference of two such numbers, or of a number and all cells of a line that go
 * out, is a sum over 1 to T - 1 rows.  What it does not: other combinations of three or more, such
 * as a total less parts that are several outputs, are for ir_told.c to warn of.
 * Counts of unrelated columns may differ by anything.  Order statistics, fitted models, tests and
 * what else the library makes of several columns are not sums, and not compared; noisy ones need
 * not be.
 * Several runs are not compared.  The number of rows in all is public and is no output. */
#ifndef KONSIL_CHECK_DIFFER_H
#define KONSIL_CHECK_DIFFER_H

#include "check_impl.h"

/* Which cells of v, which goes out where `shown` is true (IR_NONE: always), may go out beside what
 * did before: bools of its shape, or IR_NONE: all. */
ir_id differ_cells(struct check *, const struct decl *, ir_id v, ir_id shown);
/* The same of named results, which go out together: one bool. */
ir_id differ_record(struct check *, const struct decl *, const struct val *record, ir_id shown);
/* The same of a value of rows, of which each site gets its own: of the sums that are put into it;
 * one bool. */
ir_id differ_rows(struct check *, const struct decl *, ir_id v, ir_id shown);
/* What is revealed cannot be withheld: it is refused where it would have to be. */
void differ_revealed(struct check *, ir_id v, struct span at);

#endif
