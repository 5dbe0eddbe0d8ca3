/* clear_bits.h: the rows of protocol clear (clear.c) for instructions on bits: planes that hold the
 * bits themselves. */
#ifndef KONSIL_CLEAR_BITS_H
#define KONSIL_CLEAR_BITS_H

#include "protocol.h"

/* SHARE_B, LIFT_B; SPLIT_B: the first part is the value, the others are 0; RANDOM_B; CIRC_B;
 * NUM_A, REVEAL_B, OPEN_B; MULB_A. */
extern const struct proto_row clear_into_bits, clear_split_bits, clear_random_bits,
    clear_circuit, clear_from_bits, clear_number_of_bits, clear_mul_bit;

#endif
