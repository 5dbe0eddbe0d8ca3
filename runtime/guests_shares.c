/* guests_shares.c: what parties contributed, as the program's instructions want it; nodes that are
 * parties share their inputs with each other.  See guests.h */
#include "guests_impl.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"

/* Inputs of nodes. */

/* Keys of the parts that node `to` holds, then, if the correction is one of them, its bytes. */
static enum status
post_own(const struct guests *g, struct chan *ch, unsigned to, const struct stored *mine,
    const struct contribution_keys *k, const struct table_set *table, uint8_t *chunk)
{
	const unsigned parts = contribution_parts(g->held, g->n_nodes);
	const uint32_t party = roles_party(&g->study->roles, g->node);
	const unsigned correction = contribution_correction(parts, party);
	enum status st = ST_OK;

	for (unsigned h = 0; h < g->held; h++) {
		const unsigned part = contribution_held(g->held, g->n_nodes, to, h);
		TRY(chan_post(ch, to, k->key[part], sizeof k->key[part]));
		for (uint64_t at = 0, n; part == correction && at < mine->plan.bytes; at += n) {
			n = mine->plan.bytes - at;
			n = n < CONTRIBUTION_CHUNK ? n : CONTRIBUTION_CHUNK;
			contribution_make(chunk, &mine->plan, table, k->prg, parts, correction, at,
			    n);
			TRY(chan_post(ch, to, chunk, n));
		}
	}
out:
	return st;
}

/* The same of node `from`; or, of this node's own, from itself. */
static enum status
take_own(struct guests *g, struct chan *ch, unsigned from, const struct contribution_keys *k,
    const struct table_set *table, uint8_t *chunk)
{
	const unsigned parts = contribution_parts(g->held, g->n_nodes);
	const uint32_t party = roles_party(&g->study->roles, from);
	const unsigned correction = contribution_correction(parts, party);
	struct stored *s = &g->stored[party];
	uint8_t key[CONTRIBUTION_KEY_BYTES];
	enum status st = ST_OK;

	for (unsigned h = 0; h < g->held; h++) {
		const unsigned part = contribution_held(g->held, g->n_nodes, g->node, h);
		if (from == g->node)
			memcpy(key, k->key[part], sizeof key);
		else
			TRY(chan_wait(ch, from, key, sizeof key));
		stored_key(s, h, key);
		for (uint64_t at = 0, n; part == correction && at < s->plan.bytes; at += n) {
			n = s->plan.bytes - at;
			n = n < CONTRIBUTION_CHUNK ? n : CONTRIBUTION_CHUNK;
			if (from == g->node)
				contribution_make(chunk, &s->plan, table, k->prg, parts, correction,
				    at, n);
			else
				TRY(chan_wait(ch, from, chunk, n));
			TRY(stored_append(s, h, chunk, n));
		}
	}
	stored_done(s);
out:
	wipe(key, sizeof key);
	return st;
}

/* Whether node i is a party whose inputs are shared as those of guests. */
static bool
shares_too(const struct guests *g, unsigned i)
{
	const uint32_t party = roles_party(&g->study->roles, i);

	return study_brings(g->study, party) &&
	    guests_contribute(g->study, g->study->party[party].group);
}

static enum status
prepare_own(struct guests *g)
{
	enum status st = ST_OK;

	for (unsigned i = 0; i < g->n_nodes; i++) {
		const uint32_t party = roles_party(&g->study->roles, i);
		const struct guest_head head = { .purpose = GUEST_CONTRIBUTE,
			.rows = g->study->party[party].rows };
		if (shares_too(g, i))
			TRY(stored_init(&g->stored[party], g->study, party, &head, g->node));
	}
out:
	return st;
}

enum status
guests_exchange(struct guests *g, struct chan *ch, const struct table_set *table, struct fault *f)
{
	const uint32_t me = roles_party(&g->study->roles, g->node);
	struct contribution_keys *k = contribution_keys_new();
	uint8_t *chunk = mem_alloc(CONTRIBUTION_CHUNK);
	enum status st = ST_OK;

	if (k == NULL || chunk == NULL)
		TRY(ST_INTERNAL);
	TRY(prepare_own(g));
	chan_phase(ch, PHASE_SETUP);
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node && shares_too(g, g->node))
			TRY(post_own(g, ch, i, &g->stored[me], k, table, chunk));
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (shares_too(g, i))
			TRY(take_own(g, ch, i, k, table, chunk));
	chan_round(ch);
out:
	if (chunk != NULL)
		wipe(chunk, CONTRIBUTION_CHUNK);
	mem_free(chunk);
	mem_secret_free(k);
	if (f->st == ST_OK && st != ST_OK)
		*f = ch->fault;
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* How many values a party brought of an input. */
static uint64_t
values_of(const struct guests *g, const struct input *in, uint32_t party)
{
	uint64_t n = in->shape == INPUT_ROWS ? g->study->party[party].rows : 1;

	for (uint32_t k = 0; k < in->rank; k++)
		n *= in->dims[k];
	return n;
}

/* All parties' strings of bits, one after another, to planes. */
static enum status
shares_of_bits(const struct guests *g, const struct input *in, uint32_t input, void *out,
    size_t stride, size_t n, unsigned width)
{
	const size_t limbs = (width + 63) / 64;
	uint64_t *all = mem_array(n + 1, limbs * sizeof *all);

	if (all == NULL)
		return ST_INTERNAL;
	for (unsigned h = 0; h < g->held; h++) {
		uint64_t at = 0;
		for (uint32_t p = 0; p < g->study->n_parties; p++) {
			if (strcmp(g->study->party[p].group, in->party) != 0)
				continue;
			stored_limbs(all + at * limbs, &g->stored[p], h, input,
			    values_of(g, in, p));
			at += values_of(g, in, p);
		}
		assert(at == n);
		stored_planes((uint64_t *)(void *)((uint8_t *)out + h * stride), width, all, limbs,
		    n);
	}
	wipe(all, n * limbs * sizeof *all);
	mem_free(all);
	return ST_OK;
}

enum status
guests_shares(const struct guests *g, uint32_t input, uint32_t part, void *out, size_t stride,
    size_t n, unsigned width, bool bits, struct fault *f)
{
	uint32_t n_inputs;
	const struct input *in = &program_inputs(g->study->program, &n_inputs)[input];

	assert(input < n_inputs);
	if (bits)
		return shares_of_bits(g, in, input, out, stride, n, width) == ST_OK ? ST_OK :
		    fault_set(f, ST_INTERNAL, "out of memory");
	for (unsigned h = 0; h < g->held; h++) {
		uint8_t *d = (uint8_t *)out + h * stride;
		size_t left = n;
		for (uint32_t p = 0; p < g->study->n_parties; p++) {
			uint64_t count;
			if (strcmp(g->study->party[p].group, in->party) != 0)
				continue;
			count = values_of(g, in, p);
			assert(count <= left);
			stored_numbers(d, width, &g->stored[p], h, input, part, count);
			d += count * (width / 8);
			left -= count;
		}
		assert(left == 0);
	}
	return ST_OK;
}
