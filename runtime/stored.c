/* stored.c: see stored.h */
#include "stored.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/bitplane.h"
#include "base/mem.h"

enum { BLOCK = 512 };           /* elements worked on at a time */

static unsigned
node_count(const struct study *s)
{
	return roles_nodes(&s->roles, s->n_parties);
}

enum status
stored_init(struct stored *s, const struct study *study, uint32_t party,
    const struct guest_head *head, unsigned node)
{
	const unsigned held = study->protocol->target->held, nodes = node_count(study);
	const unsigned parts = contribution_parts(held, nodes);
	uint32_t n;
	const struct input *input = program_inputs(study->program, &n);

	*s = (struct stored){ .head = *head };
	if (!study_rows_ok(study, party, head->rows))
		return ST_DATA;
	for (unsigned h = 0; h < held; h++)
		s->part[h].stream = contribution_held(held, nodes, node, h) !=
		    contribution_correction(parts, party);
	return contribution_plan(&s->plan, input, n, study->party[party].group, head->rows);
}

void
stored_fini(struct stored *s)
{
	for (unsigned h = 0; h < N_HELD_MAX; h++) {
		struct stored_part *p = &s->part[h];
		prg_fini(&p->prg);
		wipe(p->key, sizeof p->key);
		mem_unmap(p->vector, p->room);
	}
	contribution_plan_fini(&s->plan);
	*s = (struct stored){ .there = false };
}

void
stored_key(struct stored *s, unsigned h, const uint8_t key[CONTRIBUTION_KEY_BYTES])
{
	struct stored_part *p = &s->part[h];

	memcpy(p->key, key, sizeof p->key);
	if (p->stream)
		prg_init(&p->prg, key);
}

/* Grows with what has come, so that nobody takes memory by saying how much will. */
enum status
stored_append(struct stored *s, unsigned h, const void *bytes, size_t len)
{
	struct stored_part *p = &s->part[h];
	uint8_t *more;
	uint64_t room;

	assert(!p->stream && len <= s->plan.bytes - p->len);
	if (p->len + len > p->room) {
		room = 2 * p->room + len < s->plan.bytes ? 2 * p->room + len : s->plan.bytes;
		more = mem_map(room);
		if (more == NULL)
			return ST_INTERNAL;
		if (p->len > 0)
			memcpy(more, p->vector, p->len);
		mem_unmap(p->vector, p->room);
		p->vector = more;
		p->room = room;
	}
	memcpy(p->vector + p->len, bytes, len);
	p->len += len;
	return ST_OK;
}

void
stored_done(struct stored *s)
{
	for (unsigned h = 0; h < N_HELD_MAX; h++) {
		struct stored_part *p = &s->part[h];
		(void)crypto_generichash(p->hash, sizeof p->hash, p->vector, p->len, p->key,
		    sizeof p->key);
	}
	s->there = true;
}

static uint32_t
find_item(const struct contribution_plan *p, uint32_t input, uint32_t part)
{
	for (uint32_t i = 0; i < p->n_items; i++)
		if (p->item[i].input == input && p->item[i].part == part)
			return i;
	return UINT32_MAX;
}

/* Words lo .. lo + n of an item of part h. */
static void
words_of(uint64_t *out, const struct stored *s, unsigned h, uint32_t item, uint64_t lo, uint64_t n)
{
	const struct stored_part *p = &s->part[h];
	const struct contribution_item *x = &s->plan.item[item];

	if (p->stream)
		prg_elements(&p->prg, item, lo, 64, out, n);
	else
		memcpy(out, p->vector + x->at + lo * 8, n * 8);
}

/* d += k * what an item has of elements lo .. lo + n, in the width. */
static void
add_item(void *d, unsigned width, const struct stored *s, unsigned h, uint32_t item, uint64_t k,
    uint64_t lo, uint64_t n)
{
	uint64_t word[2 * BLOCK];

	words_of(word, s, h, item, 2 * lo, 2 * n);
	for (uint64_t i = 0; i < n; i++) {
		const u128 x = (u128)word[2 * i + 1] << 64 | word[2 * i];

		if (width == 64)
			((ashare64 *)d)[i].v += (uint64_t)x * k;
		else
			((ashare128 *)d)[i].v += x * k;
	}
	wipe(word, sizeof word);
}

void
stored_numbers(void *out, unsigned width, const struct stored *s, unsigned h, uint32_t input,
    uint32_t part, uint64_t n)
{
	uint32_t item = find_item(&s->plan, input, part), levels = 1, first = 0;

	if (item == UINT32_MAX) {        /* the index of a category: its levels say it */
		first = find_item(&s->plan, input, 2);
		assert(part == 0 && first != UINT32_MAX);
		for (levels = 0; find_item(&s->plan, input, 2 + levels) != UINT32_MAX; levels++)
			;
	}
	memset(out, 0, n * (width / 8));
	for (uint64_t lo = 0; lo < n; lo += BLOCK) {
		const uint64_t count = n - lo < BLOCK ? n - lo : BLOCK;
		uint8_t *d = (uint8_t *)out + lo * (width / 8);

		for (uint32_t j = 0; j < levels; j++)
			add_item(d, width, s, h, item != UINT32_MAX ? item : first + j,
			    item != UINT32_MAX ? 1 : j, lo, count);
	}
}

void
stored_limbs(uint64_t *out, const struct stored *s, unsigned h, uint32_t input, uint64_t n)
{
	const uint32_t item = find_item(&s->plan, input, 0);

	assert(item != UINT32_MAX);
	words_of(out, s, h, item, 0, n * s->plan.item[item].limbs);
}

void
stored_planes(uint64_t *planes, unsigned width, const uint64_t *a, size_t limbs, uint64_t n)
{
	uint64_t word[N_BITS_MAX];

	for (uint64_t g = 0; g * GROUP < n; g++) {
		const uint64_t count = n - g * GROUP < GROUP ? n - g * GROUP : GROUP;

		bitplane_slice(word, width, a + g * GROUP * limbs, limbs, count);
		bitplane_scatter(planes, plane_words(n), word, width, g, 1);
	}
	wipe(word, width * sizeof *word);
}
