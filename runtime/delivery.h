/* delivery.h: what a party that is no node gets when the program has run.
 *
 * Every node sends its share of all that was opened to the party, one slot after another in the
 * order of the code: its box (vm_box), first part; the sum (XOR) over nodes is the values.  Where
 * nodes hold two parts (replicated), each sends a hash of its second, which the receiver compares
 * with the copy that came from its other holder.  Then what is public and needed for results: node
 * 0 sends it, the others a hash.  The receiver runs the post section itself.
 *
 * Leaks: which outputs there are, and how long; which was withheld, to its recipients. */
#ifndef KONSIL_DELIVERY_H
#define KONSIL_DELIVERY_H

#include "guest_wire.h"
#include "base/plain.h"
#include "vm.h"

/* Opened: by an instruction, as the nodes have it.  Public: the slot itself. */
struct delivery_item {
	const struct insn *insn;        /* NULL: public */
	uint32_t slot;
	uint64_t at, bytes;
};

struct delivery {
	uint32_t n;
	struct delivery_item *item;     /* opened ones first */
	uint64_t bytes;                 /* of all opened: every node sends as much */
	uint64_t public_bytes;          /* behind them, from node 0 */
};

enum status delivery_plan(struct delivery *out, const struct code *c, uint32_t party) MUST_USE;
void delivery_fini(struct delivery *d);
/* Whether the party gets anything at all. */
bool delivery_any(const struct code *c, uint32_t party);
/* Bytes that node `node` sends to the party, messages' heads included; public. */
uint64_t delivery_bytes(const struct delivery *d, const struct code *c, unsigned node);

/* At a node: first part (h = 0) or second of what it has for the party; public values behind it, if
 * they are wanted. */
void delivery_gather(uint8_t *out, const struct delivery *d, const struct vm *vm, unsigned h,
    bool public);
/* seal: hash of the second part (zeros if there is none), then of the public values. */
enum status delivery_seal(uint8_t seal[GUEST_SEAL_BYTES], const struct delivery *d,
    const struct vm *vm) MUST_USE;

/* At the receiver: checks the shares of n nodes against their seals; then combines them into the
 * VM's slots.  share[0] has the public values behind it; all are altered.  ST_ABORT, naming two
 * nodes whose copies differ. */
enum status delivery_take(struct vm *vm, const struct delivery *d, const struct code *c,
    uint8_t *const share[], const uint8_t seal[][GUEST_SEAL_BYTES], struct fault *f) MUST_USE;

#endif
