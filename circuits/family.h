/* family.h: circuits by name and widths (family.def), in a version for few gates or for few layers.
 *
 * Small: fewest ANDs (garbling; XOR shares on a fast network).  Shallow: fewest layers of ANDs, as
 * few gates as that allows (XOR shares, where each layer is a round).  Both share and fold what
 * they can (net.h).  Deterministic. */
#ifndef KONSIL_FAMILY_H
#define KONSIL_FAMILY_H

#include "../runtime/code/circuit.h"

enum family {
#define F(id, name, inputs, text) FAMILY_##id,
#include "family.def"
#undef F
	N_FAMILY
};

enum goal { GOAL_SMALL, GOAL_SHALLOW };

struct family_spec {
	enum family family;
	enum goal goal;
	struct {
		uint16_t width;         /* 0: absent */
		bool is_signed;
	} in[3];
	uint16_t out;                   /* bits of the result */
	int64_t imm[2];
};

struct family_info {
	const char *name;
	unsigned n_inputs;
	const char *text;
};
extern const struct family_info family_table[N_FAMILY];

/* *out is the caller's (circuit_fini).  ST_INTERNAL: no memory, or widths that the family does not
 * have (our own bug). */
enum status family_circuit(struct circuit *out, const struct family_spec *s) MUST_USE;
/* The same with operands that are known: constant[i] is NULL or the limbs of operand i (64 bits
 * each, the lowest first, ceil(width / 64) of them).  The circuit's operands are the others, in
 * their order; one at least is left.  Everything the constants decide is folded away: a product
 * goes by signed digits, a comparison or a choice between constants costs less or nothing. */
enum status family_circuit_const(struct circuit *out, const struct family_spec *s,
    const uint64_t *const constant[3]) MUST_USE;

/* A lookup into a known table: its entry of width bits at index a (unsigned, of index_width bits);
 * 0 if a >= n. */
struct family_table_spec {
	const uint64_t *entry;          /* n entries of ceil(width / 64) limbs */
	uint32_t n;
	uint16_t index_width, width;
	enum goal goal;
};
enum status family_table_circuit(struct circuit *out, const struct family_table_spec *s) MUST_USE;

/* Circuits of the library (library.def). */
struct library_info {
	const char *name;
	unsigned n_inputs;
	uint32_t width[3], out;         /* bits */
	const char *text;
};
/* NULL if there is none of that name. */
const struct library_info *library_find(const char *name);
/* *found says whether there is one of that name; if not, *out is empty and the status ST_OK. */
enum status library_circuit(struct circuit *out, const char *name, enum goal goal, bool *found)
    MUST_USE;

/* Bristol Fashion, with the gates XOR, AND, INV, EQ, EQW and MAND; wire 0 of a value is its lowest
 * bit.  The first two inputs are a and b, all others together are c; outputs stand side by side.
 * ST_DATA with line and reason; what is too large is refused before memory is asked for. */
enum status bristol_read(struct circuit *out, const char *text, size_t len, const char *file,
    struct fault *f) MUST_USE;
/* *out is the caller's (mem_free), and text. */
enum status bristol_write(char **out, const struct circuit *c) MUST_USE;

/* Evaluates in the clear, bit-sliced: plane i of in and out is plane_words(n) words. */
enum status circuit_eval(uint64_t *const *out, const uint64_t *const *in, const struct circuit *c,
    size_t n) MUST_USE;

#endif
