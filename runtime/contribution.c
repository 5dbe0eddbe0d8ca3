/* contribution.c: see contribution.h */
#include "contribution.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"
#include "guest_wire.h"

enum { BLOCK = 512 };           /* elements worked on at a time */

struct contribution_keys *
contribution_keys_new(void)
{
	struct contribution_keys *k = mem_secret(sizeof *k);

	if (k == NULL)
		return NULL;
	random_bytes(k->key, sizeof k->key);
	for (unsigned i = 0; i < CONTRIBUTION_PARTS_MAX; i++)
		prg_init(&k->prg[i], k->key[i]);
	return k;
}

/* Values that a member brings of an input. */
static bool
count_of(uint64_t *n, const struct input *in, uint64_t rows)
{
	bool over = false;

	*n = in->shape == INPUT_ROWS ? rows : 1;
	for (uint32_t k = 0; k < in->rank; k++)
		over = over || __builtin_mul_overflow(*n, in->dims[k], n);
	return !over && *n >> N_ELEMENT_MAX_LOG2 == 0;
}

/* How many items an input is. */
static uint32_t
items_of(const struct input *in)
{
	const uint32_t values = in->type.kind == TYPE_CATEGORY ? in->type.n_levels : 1;

	return values + (in->type.optional ? 1 : 0);
}

static void
add_item(struct contribution_plan *p, uint32_t input, uint32_t part, uint32_t limbs, uint64_t n)
{
	struct contribution_item *x = &p->item[p->n_items++];

	*x = (struct contribution_item){ .input = input, .part = part, .limbs = limbs, .n = n,
		.at = p->bytes, .bytes = n * (limbs > 0 ? limbs * 8 : 16) };
	x->bytes = (x->bytes + 15) / 16 * 16;
	p->bytes += x->bytes;
}

static void
add_input(struct contribution_plan *p, const struct input *in, uint32_t i, uint64_t n)
{
	const struct type *t = &in->type;

	for (uint32_t j = 0; t->kind == TYPE_CATEGORY && j < t->n_levels; j++)
		add_item(p, i, 2 + j, 0, n);
	if (t->kind != TYPE_CATEGORY)
		add_item(p, i, 0, t->kind == TYPE_BITS ? (t->bits + 63) / 64 : 0, n);
	if (t->optional)
		add_item(p, i, 1, 0, n);
}

enum status
contribution_plan(struct contribution_plan *out, const struct input *input, uint32_t n_inputs,
    const char *group, uint64_t rows)
{
	uint32_t items = 0;
	uint64_t n;

	*out = (struct contribution_plan){ .n_items = 0 };
	for (uint32_t i = 0; i < n_inputs; i++)
		items += strcmp(input[i].party, group) == 0 ? items_of(&input[i]) : 0;
	out->item = mem_array(items + 1, sizeof *out->item);
	if (out->item == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < n_inputs; i++) {
		if (strcmp(input[i].party, group) != 0)
			continue;
		if (!count_of(&n, &input[i], rows)) {
			contribution_plan_fini(out);
			return ST_DATA;
		}
		add_input(out, &input[i], i, n);
	}
	return ST_OK;
}

void
contribution_plan_fini(struct contribution_plan *p)
{
	mem_free(p->item);
	*p = (struct contribution_plan){ .n_items = 0 };
}

unsigned
contribution_parts(unsigned held, unsigned n_nodes)
{
	return held == N_HELD_MAX ? 3 : n_nodes;
}

unsigned
contribution_held(unsigned held, unsigned n_nodes, unsigned node, unsigned h)
{
	return (node + h) % contribution_parts(held, n_nodes);
}

unsigned
contribution_correction(unsigned parts, uint32_t party)
{
	return party % parts;
}

void
contribution_stream(const struct prg *g, const struct contribution_plan *p, uint32_t item,
    uint64_t lo, uint64_t n, void *out)
{
	const struct contribution_item *x = &p->item[item];

	if (x->limbs > 0)
		prg_elements(g, item, lo * x->limbs, 64, out, n * x->limbs);
	else
		prg_elements(g, item, lo, 128, out, n);
}

/* Words lo .. lo + n of an item: of the values, or of a stream. */
static void
words_of(uint64_t *out, const struct contribution_plan *p, const struct table_set *t,
    uint32_t item, uint64_t lo, uint64_t n)
{
	const struct contribution_item *x = &p->item[item];
	const uint64_t all = x->limbs > 0 ? x->n * x->limbs : x->n * 2;
	const uint64_t have = lo >= all ? 0 : n < all - lo ? n : all - lo;

	memset(out, 0, n * sizeof *out);
	if (have > 0 && x->limbs > 0)
		table_part(out, 64, t, x->input, x->part, lo, have);
	else if (have > 0)
		table_part(out, 128, t, x->input, x->part, lo / 2, have / 2);
}

/* d = d - s of an item's kind, n words. */
static void
take_off(uint64_t *d, const uint64_t *s, bool bits, uint64_t n)
{
	for (uint64_t i = 0; bits && i < n; i++)
		d[i] ^= s[i];
	for (uint64_t i = 0; !bits && i < n; i += 2) {
		const u128 x = (u128)d[i + 1] << 64 | d[i], y = (u128)s[i + 1] << 64 | s[i];
		const u128 z = x - y;

		d[i] = (uint64_t)z;
		d[i + 1] = (uint64_t)(z >> 64);
	}
}

/* The item that byte `at` of the vector lies in. */
static uint32_t
item_at(const struct contribution_plan *p, uint64_t at)
{
	uint32_t i = 0;

	while (at >= p->item[i].at + p->item[i].bytes)
		i++;
	return i;
}

void
contribution_make(void *out, const struct contribution_plan *p, const struct table_set *t,
    const struct prg *key, unsigned parts, unsigned correction, uint64_t at, size_t len)
{
	uint64_t d[2 * BLOCK], s[2 * BLOCK];
	uint8_t *to = out;

	assert(at % 16 == 0 && len % 16 == 0 && at + len <= p->bytes);
	while (len > 0) {
		const uint32_t i = item_at(p, at);
		const struct contribution_item *x = &p->item[i];
		const uint64_t lo = (at - x->at) / 8, left = (x->at + x->bytes - at) / 8;
		uint64_t n = len / 8 < left ? len / 8 : left;

		n = n < 2 * BLOCK ? n : 2 * BLOCK;
		words_of(d, p, t, i, lo, n);
		for (unsigned k = 0; k < parts; k++) {
			if (k == correction)
				continue;
			prg_elements(&key[k], i, lo, 64, s, n);
			take_off(d, s, x->limbs > 0, n);
		}
		memcpy(to, d, n * 8);
		to += n * 8;
		at += n * 8;
		len -= n * 8;
	}
	wipe(d, sizeof d);
	wipe(s, sizeof s);
}

uint64_t
contribution_bytes(const struct contribution_plan *p, unsigned held, unsigned n_nodes,
    unsigned node, uint32_t party)
{
	const unsigned parts = contribution_parts(held, n_nodes);
	uint64_t bytes = GUEST_HEAD_BYTES;

	for (unsigned h = 0; h < held; h++)
		bytes += CONTRIBUTION_KEY_BYTES + (contribution_held(held, n_nodes, node, h) ==
		    contribution_correction(parts, party) ? p->bytes : 0);
	return bytes;
}
