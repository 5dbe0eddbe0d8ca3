/* ir_build.h: what the files that build and change the IR share. */
#ifndef KONSIL_IR_BUILD_H
#define KONSIL_IR_BUILD_H

#include "ir.h"

enum ir_class { CLASS_LEAF, CLASS_EACH, CLASS_MOVE, CLASS_REDUCE, CLASS_FLOW };

struct ir_op_info {
	const char *name;
	int arity;
	enum ir_class class;
};
extern const struct ir_op_info ir_ops[N_IR_OP];

/* A value at the end of ir->at; openness is the operands' most secret; shape and range to
 * follow. */
ir_id ir_add(struct ir *, enum ir_op, uint32_t n_args, const ir_id *args, struct span);
void ir_append(struct ir *, struct ir_block *, ir_id);
void ir_shape(struct ir *, ir_id, unsigned rank, const uint64_t *dims);

/* Derives range and error from the operands' (ir_range fails the compilation beyond 2^126). */
void ir_range(struct ir *, ir_id);
void ir_range_check(struct ir *, ir_id);
/* What mends a range that is too wide: where it comes from, if a column has none. */
const char *ir_range_help(const struct ir *, ir_id);
/* What moves or chooses among bits gives bits of the same length; else 0. */
uint16_t ir_inherited_bits(const struct ir *, const struct ir_value *);
/* Openness, of the operands' and of what is computed. */
void ir_derive_open(struct ir *, ir_id);
/* d += units + |of| / 2^bits: what a result on shares, of so many significant bits, can be off
 * by. */
enum { SIGNIFICANT_BITS = 54 };
void ir_add_slack(mpz_t d, const mpz_t of, unsigned bits, unsigned long units);
/* The same for the function d of a. */
void ir_range_function(struct ir_value *d, const struct ir_value *a);
void ir_error_function(struct ir_value *d, const struct ir_value *a);
/* The same of probabilities and quantiles. */
void ir_range_distribution(struct ir_value *d);
void ir_error_distribution(const struct ir *, struct ir_value *d);
enum { DIST_FAR_BITS = 60 };            /* DIST_FAR < 2^60 */
/* Derives openness and error, not the range, anew. */
void ir_derive(struct ir *, ir_id);

/* How many trips a loop makes if that is the same whenever it runs; else -1. */
int64_t ir_trips(const struct ir *, ir_id loop);
/* A list with room for one more than n: old, or a larger copy in the arena. */
void *ir_grow(struct compile *, void *old, uint32_t *cap, uint32_t n, size_t size);
uint32_t ir_partition(struct ir *, const struct partition *);

/* Is it a sum over all rows that members hold, so that each adds up its own before anything is
 * shared?  After ir_domains. */
bool ir_sum_of_members(const struct ir *, const struct ir_value *);

#endif
