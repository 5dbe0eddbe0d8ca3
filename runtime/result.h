/* result.h: what came out, at one node or put together from several.
 *
 * A node's run makes a struct result from the slots that its outputs name; `konsil run` passes each
 * party's to the parent through a pipe and merges them.  Values are results, so not secret at their
 * recipients; they are wiped all the same. */
#ifndef KONSIL_RESULT_H
#define KONSIL_RESULT_H

#include "code/code.h"
#include "cost.h"

enum result_state { RESULT_ELSEWHERE, RESULT_VALUE, RESULT_WITHHELD };

struct result_part {
	uint8_t state;                  /* enum result_state; ELSEWHERE: not this node's */
	uint8_t rule;                   /* WITHHELD: enum rule */
	bool is_real;
	uint64_t n;                     /* elements, row-major; 0 unless VALUE */
	i128 *whole;                    /* raw: units of 2^-frac; of bits `each` a value, lowest first */
	uint32_t each;                  /* ceil(k / 128) of bits<k>, else 1 */
	double *real;                   /* NaN: missing */
	uint8_t *present;               /* 0/1 each, or NULL: all there */
	uint8_t *shown;                 /* 0/1 each, 0: withheld by cell_rule; or NULL: all shown */
	uint8_t cell_rule;
};

struct result {
	uint32_t n_parts;               /* of all outputs, one after another */
	struct result_part *part;
	struct cost_node cost;          /* what this node metered; all 0 if nothing was */
};

/* Elements of slot s, as the VM holds them: int64_t or i128 by its width, double for R. */
typedef const void *(*result_slot)(void *arg, uint32_t s);

/* Takes the outputs that are node `me`'s; with me = -1 all of them (protocol clear). */
enum status result_take(struct result **out, const struct code *c, int me, result_slot slot,
    void *arg) MUST_USE;
void result_free(struct result *r);

/* Through a pipe: write allocates *out (mem_free); read refuses what does not fit the program. */
enum status result_write(uint8_t **out, size_t *len, const struct result *r) MUST_USE;
enum status result_read(struct result **out, const struct code *c, const uint8_t *in, size_t len,
    struct fault *f) MUST_USE;

/* Adds node's results to *into (NULL at first; then it takes over r).  What both have must be
 * equal, else ST_INTERNAL naming the output.  Frees r. */
enum status result_merge(struct result **into, struct result *r, const struct code *c,
    unsigned node,
    struct fault *f) MUST_USE;

/* How many cells of it are withheld by themselves. */
uint64_t result_hidden(const struct result_part *p);
/* Whether there are outputs and every one that is here was withheld: exit status 10. */
bool result_all_withheld(const struct result *r, const struct code *c);
/* Index of part `part` of output `output` among all. */
uint32_t result_index(const struct code *c, uint32_t output, uint32_t part);

#endif
