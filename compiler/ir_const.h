/* ir_const.h: computing with known values while compiling. */
#ifndef KONSIL_IR_CONST_H
#define KONSIL_IR_CONST_H

#include "ir_build.h"

enum { FOLD_MAX = 4096 };       /* elements; larger known arrays are computed when running */

/* The instruction that does an elementwise operation or reduction on plain numbers, and the one
 * that does it on reals; N_INSN if there is none. */
enum insn_id ir_plain_insn(enum ir_op);
enum insn_id ir_real_insn(enum ir_op);
/* imm0 of that instruction on plain numbers. */
/* A function of real numbers: its frac stays, and its kernel wants to know it. */
bool ir_is_function(unsigned op);
/* Probabilities and quantiles: not on shares, only after opening. */
bool ir_is_distribution(unsigned op);
int64_t ir_plain_imm(const struct ir *, const struct ir_value *);

/* Are all operands known here and small, and the operation one that can be folded?  Then *out is
 * the constant (added at ir->at). */
bool ir_fold_const(struct ir *, enum ir_op, const struct ir_value *like, uint32_t n_args,
    const ir_id *args, ir_id *out);
/* Element i of a known value that ir_known says is known. */
bool ir_known(const struct ir *, ir_id);
i128 ir_known_at(const struct ir *, ir_id, uint64_t i);

i128 ir_from_mpz(const mpz_t);
void ir_to_mpz(mpz_t, i128);

#endif
