/* check.h: what a program means: from its syntax tree to the IR.
 *
 * The checker is one abstract interpreter over the tree.  It gives every expression a type, a
 * shape, a range and an openness, inlines functions at their calls (they are generic over secrecy,
 * missingness and sizes), keeps loops as loops, and builds the IR on the way.  An error ends the
 * compilation (compile_fail). */
#ifndef KONSIL_CHECK_H
#define KONSIL_CHECK_H

#include "internal.h"
#include "ir.h"

/* Parameters with -D, parties, groups and inputs, which need no row counts: fills study, group and
 * input of struct compile. */
void check_declarations(struct compile *);

/* The whole program, with options->party in session order and their rows.  Every call starts anew,
 * so that one program may be compiled for several sets of row counts. */
struct ir *check_program(struct compile *);

/* Names for "did you mean" and for messages of the resolver: every builtin, n of them. */
const char *const *check_builtins(size_t *n);

#endif
