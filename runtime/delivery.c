/* delivery.c: see delivery.h */
#include "delivery.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "../protocols/groups.h"
#include "base/mem.h"

static uint32_t
root_of(const struct code *c, uint32_t slot)
{
	return c->slot[slot].kind == SLOT_WINDOW ? c->slot[slot].of : slot;
}

/* A slot that is public, computed while the program ran. */
static bool
is_public(const struct code *c, uint32_t slot)
{
	return slot != SLOT_NONE && c->slot[slot].domain == DOM_P &&
	    c->slot[root_of(c, slot)].kind == SLOT_MEMORY;
}

static void
mark(uint8_t *wanted, const struct code *c, uint32_t slot)
{
	if (is_public(c, slot))
		wanted[root_of(c, slot)] = 1;
}

/* What outputs of the party and its part of the post section read that is public: the party learns
 * no more of it than its own outputs are made of. */
static void
mark_public(uint8_t *wanted, const struct code *c, uint32_t party)
{
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++) {
			const struct output_part *p = &c->output[i].part[k];
			if (!recipients_have(&c->roles, p->recipients, party))
				continue;
			mark(wanted, c, p->value);
			mark(wanted, c, p->present);
			mark(wanted, c, p->guard);
			mark(wanted, c, p->cells);
		}
	/* What it computes is never public: verify_flow.c. */
	for (uint32_t i = 0; i < c->n_post; i++) {
		if (!recipients_have(&c->roles, c->slot[c->post[i].slot[0]].part, party))
			continue;
		for (unsigned k = 1; k < 4; k++)
			mark(wanted, c, c->post[i].slot[k]);
	}
}

static bool
is_for(const struct code *c, const struct insn *x, uint32_t party)
{
	return vm_boxes(c, x) && recipients_have(&c->roles, c->slot[x->slot[0]].part, party);
}

static void
add(struct delivery *d, const struct insn *x, uint32_t slot, uint64_t bytes)
{
	const uint64_t at = d->bytes + d->public_bytes;

	d->item[d->n++] = (struct delivery_item){ x, slot, at, bytes };
	*(x != NULL ? &d->bytes : &d->public_bytes) += (bytes + 15) / 16 * 16;
}

enum status
delivery_plan(struct delivery *out, const struct code *c, uint32_t party)
{
	uint8_t *wanted = mem_array(c->n_slots + 1, 1);
	uint32_t n = 0;

	*out = (struct delivery){ .n = 0 };
	if (wanted == NULL)
		return ST_INTERNAL;
	mark_public(wanted, c, party);
	for (uint32_t i = 0; i < c->n_code; i++)
		n += is_for(c, &c->code[i], party);
	for (uint32_t i = 0; i < c->n_slots; i++)
		n += wanted[i];
	out->item = mem_array(n + 1, sizeof *out->item);
	for (uint32_t i = 0; i < c->n_code && out->item != NULL; i++)
		if (is_for(c, &c->code[i], party))
			add(out, &c->code[i], c->code[i].slot[0], vm_box_bytes(c, &c->code[i]));
	for (uint32_t i = 0; i < c->n_slots && out->item != NULL; i++)
		if (wanted[i])
			add(out, NULL, i, slot_part_bytes(&c->slot[i]));
	mem_free(wanted);
	return out->item == NULL ? ST_INTERNAL : ST_OK;
}

void
delivery_fini(struct delivery *d)
{
	mem_free(d->item);
	*d = (struct delivery){ .n = 0 };
}

bool
delivery_any(const struct code *c, uint32_t party)
{
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			if (recipients_have(&c->roles, c->output[i].part[k].recipients, party))
				return true;
	return false;
}

uint64_t
delivery_bytes(const struct delivery *d, const struct code *c, unsigned node)
{
	uint8_t rows[GUEST_ROWS_BYTES_MAX];
	const uint64_t each = GUEST_ANSWER_BYTES + d->bytes + GUEST_SEAL_BYTES;

	if (node != 0)
		return each;
	return each + guest_rows_create(rows, c->party, c->n_parties) + d->public_bytes;
}

void
delivery_gather(uint8_t *out, const struct delivery *d, const struct vm *vm, unsigned h,
    bool public)
{
	memset(out, 0, d->bytes + (public ? d->public_bytes : 0));
	for (uint32_t i = 0; i < d->n; i++) {
		const struct delivery_item *x = &d->item[i];

		if (x->insn != NULL)
			memcpy(out + x->at, (const uint8_t *)vm_box(vm, x->slot) + h * x->bytes,
			    x->bytes);
		else if (public)
			memcpy(out + x->at, vm_slot(vm, x->slot), x->bytes);
	}
}

enum status
delivery_seal(uint8_t seal[GUEST_SEAL_BYTES], const struct delivery *d, const struct vm *vm)
{
	const bool two = vm_code(vm)->held == N_HELD_MAX;
	uint8_t *all = mem_alloc(d->bytes + d->public_bytes + 1);

	memset(seal, 0, GUEST_SEAL_BYTES);
	if (all == NULL)
		return ST_INTERNAL;
	delivery_gather(all, d, vm, two ? 1 : 0, true);
	if (two)
		(void)crypto_generichash(seal, 32, all, d->bytes, NULL, 0);
	(void)crypto_generichash(seal + 32, 32, all + d->bytes, d->public_bytes, NULL, 0);
	wipe(all, d->bytes + d->public_bytes);
	mem_free(all);
	return ST_OK;
}

static enum status
differ(const struct code *c, unsigned i, unsigned k, struct fault *f)
{
	return fault_set(f, ST_ABORT, "%s and %s do not agree about this site's results: one of them "
	    "deviated", code_node_name(c, i), code_node_name(c, k));
}

/* Every node vouches for the second part that it holds, and for what is public. */
static enum status
check_seals(const struct delivery *d, const struct code *c, uint8_t *const share[],
    const uint8_t seal[][GUEST_SEAL_BYTES], struct fault *f)
{
	const unsigned n = code_nodes(c);
	uint8_t hash[32];

	for (unsigned i = 0; i < n; i++) {
		const unsigned next = (i + 1) % n;

		(void)crypto_generichash(hash, sizeof hash, share[next], d->bytes, NULL, 0);
		if (c->held == N_HELD_MAX && memcmp(hash, seal[i], sizeof hash) != 0)
			return differ(c, i, next, f);
		(void)crypto_generichash(hash, sizeof hash, share[0] + d->bytes, d->public_bytes,
		    NULL, 0);
		if (memcmp(hash, seal[i] + 32, sizeof hash) != 0)
			return differ(c, 0, i, f);
	}
	return ST_OK;
}

static void
add_share(uint8_t *sum, const uint8_t *share, const struct delivery_item *x, const struct code *c)
{
	const struct slot *a = &c->slot[x->insn->slot[1]];

	if (a->domain == DOM_B)
		bitplane_xor(sum, share, x->bytes);
	for (uint64_t i = 0; a->domain == DOM_A && i < a->n; i++) {
		u128 s = (u128)plain_load(sum, i, a->width) + (u128)plain_load(share, i, a->width);
		plain_store(sum, i, a->width, (i128)s);
	}
}

static void
fill(struct vm *vm, const struct delivery_item *x, const struct code *c, const uint8_t *sum)
{
	const struct slot *a = &c->slot[x->insn->slot[1]], *d = &c->slot[x->slot];
	const int64_t *imm = x->insn->imm;

	if (a->domain == DOM_A) {
		memcpy(vm_fill(vm, x->slot), sum, x->bytes);
		return;
	}
	groups_join(vm_fill(vm, x->slot), imm[0] == 1 ? d->width / 64 : (size_t)imm[0],
	    (const uint64_t *)(const void *)sum, a->width, imm[1] == 1, a->n);
}

enum status
delivery_take(struct vm *vm, const struct delivery *d, const struct code *c,
    uint8_t *const share[], const uint8_t seal[][GUEST_SEAL_BYTES], struct fault *f)
{
	enum status st = check_seals(d, c, share, seal, f);

	for (uint32_t i = 0; i < d->n && st == ST_OK; i++) {
		const struct delivery_item *x = &d->item[i];
		uint8_t *sum = share[0] + x->at;

		if (x->insn == NULL) {
			memcpy(vm_fill(vm, x->slot), sum, x->bytes);
			continue;
		}
		for (unsigned k = 1; k < code_nodes(c); k++)
			add_share(sum, share[k] + x->at, x, c);
		fill(vm, x, c, sum);
	}
	return st;
}
