/* report_why.h: why something is withheld, in words: which rule, and what of it is public. */
#ifndef KONSIL_REPORT_WHY_H
#define KONSIL_REPORT_WHY_H

#include "code/policy.h"
#include "result.h"
#include "text.h"

/* Is something that is here withheld by that rule (enum rule)? */
bool report_has_rule(const struct result *r, unsigned rule);
/* "fewer than 10 rows are behind it"; p: the policy, or NULL. */
void report_why(struct text *t, unsigned rule, const struct policy *p);

#endif
