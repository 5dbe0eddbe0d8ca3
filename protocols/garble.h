/* garble.h: garbled circuits between two nodes, elementwise over any number of lanes.
 *
 * Half-gates [Zahur, Rosulek, Evans, "Two Halves Make a Whole", EUROCRYPT 2015] with free XOR
 * [Kolesnikov, Schneider, ICALP 2008] and point-and-permute: 32 bytes an AND, XOR and NOT are free.
 * Node 0 garbles: its label of a wire is W, which stands for 0, and W xor Delta stands for 1; Delta
 * is fresh for every session and its lowest bit is 1.  Node 1 evaluates: its label of the wire is
 * the active one, W xor value * Delta.  The lowest bit of a label is its colour, so the colours of
 * both nodes' labels are XOR shares of the value.
 *
 * Security: semi-honest, in either direction.  Assumption: the hash H of aes.h (MiTCCRH [Guo, Katz,
 * Wang, Weng, Yu, CRYPTO 2020, ePrint 2019/1168], proved there with AES as an ideal cipher) is
 * tweakable circular correlation robust in many instances: H(x xor Delta, i) xor b Delta looks
 * random for any x and b that the adversary chooses, each tweak i with at most two inputs.  That is
 * all that the proof of half-gates uses: given active labels, each block of a table is one such
 * value.  So labels of inputs need not be random as long as Delta is, and what node 0 or everybody
 * knows enters without a message: the active label is 0, node 0's is value * Delta.  (NOT is XOR
 * with such a label of 1.)  Node 1's bits enter by correlated OTs under the same Delta (ot_ext.h):
 * node 0's label is q_j, node 1's is t_j = q_j xor bit * Delta, and node 0 learns nothing.
 *
 * Tweaks are one counter over the whole session: two an AND, in the order in which both nodes walk
 * through circuits, whatever the lanes and the circuits are.
 *
 * Order and memory: lanes are cut into tiles so that a tile's registers stay in the second cache,
 * and a tile goes through the whole circuit.  Of each AND all lanes of the tile are one batch; when
 * they are few, ANDs of one layer are put together.  Tables are garbled into the message and
 * evaluated in it; messages are FLOW_MSG long (flow.h), so one travels while the next is made, and
 * nobody answers.  Constant-time in labels.  Leaks: circuits and n. */
#ifndef KONSIL_GARBLE_H
#define KONSIL_GARBLE_H

#include "../runtime/code/circuit.h"
#include "flow.h"
#include "ot_setup.h"

enum {
	AND_BYTES = 32,
	GARBLE_COT_K = 4,               /* of the extension: an input bit is 4 bytes, next to an AND */
	LANES_FEW = 16,                 /* fewer lanes: gather ANDs */
	GATHER_MAX = 256,               /* ANDs times lanes put together */
	TILE_BYTES = 512 << 10,         /* registers of a tile, with the message in the L2 cache */
	TILE_MIN = 32, TILE_MAX = 4096, /* lanes */
};

/* Room to work in, and this node's end of the COTs under Delta; holds keys and labels. */
struct garble_work {
	struct flow flow;
	union {
		struct cot_sender send;         /* node 0 */
		struct cot_receiver recv;       /* node 1 */
	} cot;
	struct cot_scratch scratch;
	block label[COT_BATCH];
	block a[GATHER_MAX], b[GATHER_MAX], d[GATHER_MAX];
};

/* One node's side of a session. */
struct garbling {
	block delta;                    /* node 0: lowest bit 1; node 1: 0 */
	block s;                        /* start of the hash's keys: public, fresh for the session */
	uint64_t next;                  /* the next tweak */
	const struct aes_kernel *aes;
	struct chan *ch;
	struct garble_work *work;
};

/* Labels of an operand: planes of n labels, one for each bit; n = 1 stands for any number. */
struct labels {
	const block *at;
	size_t n;
};

/* Draws Delta and makes the memory for the work; g itself is the caller's, in locked memory. */
enum status garble_init(struct garbling *g, struct chan *ch) MUST_USE;
/* Base OTs for COTs under Delta, and s: OT_SETUP_ROUNDS rounds; sets no phase.  ST_ABORT as
 * ot_setup. */
enum status garble_setup(struct garbling *g, const uint8_t sid[32]) MUST_USE;
/* What node `from` sends for that. */
uint64_t garble_setup_bytes(unsigned from);
/* Wipes; idempotent. */
void garble_fini(struct garbling *g);

/* Bytes of registers for a circuit over n lanes. */
uint64_t garble_scratch(const struct circuit *c, size_t n);
/* Bytes of tables; UINT64_MAX if they do not fit. */
uint64_t garble_bytes(const struct circuit *c, size_t n);
/* d = c of a, b and c: garbles and posts at node 0, awaits and evaluates at node 1.  d: n_out
 * planes of n labels, apart from the operands.  scratch: 64-aligned. */
enum status garble_circuit(struct garbling *g, const struct circuit *c, block *d, size_t n,
    const struct labels in[3], void *scratch) MUST_USE;

#endif
