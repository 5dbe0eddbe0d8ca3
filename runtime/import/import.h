/* import.h: a trained model, written by another tool, becomes a Konsil program.
 *
 * The model's owner keeps the weights: they become inputs of one party, and the program has only
 * their shapes and a power of two that bounds them.  The other party, or a group, brings rows of
 * data and alone learns the result.  What the model says and Konsil cannot do is refused
 * (ST_COMPILE, naming the operator and the node); what is no such file or contradicts itself is
 * ST_DATA.  Nothing of a model is left out silently. */
#ifndef KONSIL_IMPORT_H
#define KONSIL_IMPORT_H

#include "../number.h"

enum import_result {
	RESULT_MODEL,                   /* what the model's output is */
	RESULT_SCORES,                  /* without a last softmax, sigmoid or argmax */
	RESULT_PROBABILITIES,
	RESULT_ARGMAX,                  /* the index of the best class */
};

enum { IMPORT_FRAC_MAX = 40, IMPORT_BYTES_MAX = 128 << 20 };

struct import_settings {
	const char *file;               /* the model's name, for the title and comments */
	const char *owner, *client;     /* parties */
	bool grouped;                   /* client is a group */
	unsigned frac;                  /* fractional bits, 1 to IMPORT_FRAC_MAX */
	bool whole;                     /* the data are whole numbers */
	i128 lo, hi;                    /* bounds of the data, with frac fractional bits */
	enum import_result result;
	const char *take;               /* which of the model's outputs; NULL: the only one */
};

/* What came of it; text is allocated (import_fini). */
struct imported {
	char *program, *weights;        /* NAME.ksl, and NAME.json for the owner */
	uint64_t n_weights;
};

/* bytes: an ONNX file, trusted in nothing. */
enum status import_onnx(struct imported *out, const uint8_t *bytes, size_t len,
    const struct import_settings *, struct fault *) MUST_USE;
void import_fini(struct imported *);

/* Whether text may name a party of the program that is written. */
bool import_party_name(const char *text);

#endif
