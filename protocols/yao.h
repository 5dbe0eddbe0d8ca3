/* yao.h: the inside of domain Y, shared by yao*.c and mixed.c only; see yao.c. */
#ifndef KONSIL_YAO_H
#define KONSIL_YAO_H

#include "additive.h"
#include "garble.h"

enum {
	YAO_STEP = 64,                  /* elements: a group of bits is whole words of choices */
	WORD_COTS_BYTES = 128 / GARBLE_COT_K * 8,     /* what node 1 sends for 64 COTs */
};

extern const struct proto_row yao_share, yao_lift, yao_split, yao_from_b, yao_circuit, yao_to_b;

/* COTs for `width` bits each of elements lo .. hi, in words of 64: groups of 64 elements from
 * multiples of 64 on have a word a bit; what is less than a group has its bits without gaps.  So
 * ranges that are cut at multiples of 64 add up. */
uint64_t yao_words(uint64_t lo, uint64_t hi, uint64_t width);

/* Of protocols yao and mixed: additive's, and a garbling session if the program needs one. */
enum status yao_open(struct proto **out, const struct proto_env *, struct fault *) MUST_USE;
void yao_close(struct proto *p);
void yao_cost(struct tally *, const struct code *, const struct insn *, uint64_t times,
    unsigned n_nodes);
void yao_cost_demand(struct tally *, const struct code *, unsigned n_nodes);

#endif
