/* plain_op.h: which kernel does which instruction on plain numbers; the VM runs them on vectors,
 * the compiler folds constants with the same ones. */
#ifndef KONSIL_PLAIN_OP_H
#define KONSIL_PLAIN_OP_H

#include "code.h"

#include "../base/plain.h"

/* The kernel of an instruction on P and L (width 64 or 128) or R (64); the linear instructions on
 * shares and the products have that of their *.x relative.  NULL: it has none. */
plain_fn *plain_kernel(enum insn_id op, unsigned width);

/* d = the instruction on one element of each operand that it has.  False, and *d = 0, if it is not
 * elementwise on X. */
bool plain_op(i128 *d, enum insn_id op, unsigned width, i128 a, i128 b, i128 c, int64_t imm0);

#endif
