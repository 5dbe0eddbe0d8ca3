/* circuit.h: a Boolean circuit as data: gates on registers, in layers by AND depth.
 *
 * Registers 0 .. n_in-1 are the input bits (those of a, then b, then c, the lowest first); they are
 * never written.  The others are written in the order of the gates, maybe more than once, and are
 * no more than there are gates.
 * Layer r, for r = 0 .. n_layers: linear gates (XOR, NOT), then AND gates; the last layer has no
 * ANDs.  The ANDs of one layer do not read what another of them writes and do not write what
 * another of them reads, so that all of them can be done at once, in any order.
 * Output bit i is register out[i] after the last gate. */
#ifndef KONSIL_CIRCUIT_H
#define KONSIL_CIRCUIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../base/status.h"

enum {
	GATE_NOT = UINT32_MAX,          /* as operand b of a linear gate: d = not a */
	N_CIRCUIT_GATE_MAX = 1 << 26,
	N_LAYER_AND_MAX = 1 << 16,      /* ANDs of one layer */
	N_CIRCUIT_LAYER_MAX = 1 << 16,
};

/* d = a xor b, d = not a, or d = a and b, depending on where it stands. */
struct gate {
	uint32_t d, a, b;
};

struct layer {
	uint32_t linear, and;           /* index of the first linear gate, of the first AND */
};

struct circuit {
	char *name;                     /* "add.32.32", "aes_128": for people */
	uint32_t width[3];              /* bits of a, b, c; 0: absent */
	uint32_t n_in;                  /* their sum */
	uint32_t n_reg;                 /* registers, inputs included */
	uint32_t n_out;   uint32_t *out;
	uint32_t n_gates; struct gate *gate;
	uint32_t n_layers;              /* AND depth; layer[] has n_layers + 1 entries */
	uint32_t n_bounds; struct layer *layer;   /* n_bounds = n_layers + 1 */
};

/* Where layer r's ANDs end: where the next one's linear gates begin. */
static inline uint32_t
circuit_end(const struct circuit *c, uint32_t r)
{
	return r < c->n_layers ? c->layer[r + 1].linear : c->n_gates;
}

static inline uint32_t
circuit_ands(const struct circuit *c, uint32_t r)
{
	return circuit_end(c, r) - c->layer[r].and;
}

/* ANDs of all layers. */
uint64_t circuit_n_ands(const struct circuit *c);
/* Refuses, with a reason, what does not hold of the above (ST_DATA). */
enum status circuit_check(const struct circuit *c, struct fault *f) MUST_USE;
/* Frees what hangs on it (mem_free), not itself. */
void circuit_fini(struct circuit *c);

#endif
