/* sampler.h: circuits that turn uniform bits into a sample of a distribution that is known.
 *
 * A probability is a threshold T of `uniform` bits: a uniform number u of so many bits is below T
 * with probability T / 2^uniform, exactly.  Both samplers are exact for their thresholds; what the
 * thresholds leave of the distribution that is meant is the caller's account. */
#ifndef KONSIL_SAMPLER_H
#define KONSIL_SAMPLER_H

#include "family.h"

enum {
	SAMPLER_DIGIT = 6,              /* bits of u that are one-hot together */
	SAMPLER_LIMBS = 2,              /* of a threshold: 64 bits each, the lowest first */
	SAMPLER_UNIFORM_MAX = 126,
};

/* Independent bits: bit j is 1 with probability threshold[j] / 2^uniform, j < n.  The operand is n
 * uniform numbers side by side, and one more if two_sided.  The result is the bits as a number; or,
 * if two_sided, with the last threshold's bit as its sign: g where that is 0 and -1 - g where it is
 * 1, to which 2^n is added: n + 1 bits. */
struct sampler_bits {
	uint32_t n, uniform;
	bool two_sided;
	enum goal goal;
	const uint64_t *threshold;      /* n, or n + 1 if two_sided, of SAMPLER_LIMBS */
};
enum status sampler_bits_circuit(struct circuit *out, const char *name,
    const struct sampler_bits *s) MUST_USE;

/* A magnitude m, of which threshold[i] / 2^uniform is the probability that m <= i, for i < n (m is
 * never above n; a threshold may be 2^uniform), and a sign, + and - equally likely.  The operand is
 * a uniform number and the sign.  The result is the sample and 2^bits, in bits + 1 bits, for the
 * bits that n has. */
struct sampler_table {
	uint32_t n, uniform;            /* uniform: a multiple of SAMPLER_DIGIT */
	enum goal goal;
	const uint64_t *threshold;      /* n of SAMPLER_LIMBS, ascending */
};
enum status sampler_table_circuit(struct circuit *out, const char *name,
    const struct sampler_table *s) MUST_USE;

#endif
