/* vm_bits.c: instructions that move elements of B and Y, which lie in planes: each plane is moved
 * the same way.  A plane of B is words of 64 elements, of Y labels (code.h, struct slot). */
#include "vm_state.h"

#include "base/bitplane.h"
#include "base/mem.h"

#include <string.h>

enum { LABEL_BYTES = 16 };

/* 64 bits from bit `at` on; those behind the `words` words are 0. */
static uint64_t
bits_at(const uint64_t *a, uint64_t at, uint64_t words)
{
	uint64_t i = at / 64, shift = at % 64;
	uint64_t lo = a[i] >> shift;

	return shift == 0 || i + 1 == words ? lo : lo | a[i + 1] << (64 - shift);
}

/* Sets n (1 to 64) bits from bit `at` on, within one word. */
static void
set_bits(uint64_t *d, uint64_t at, uint64_t n, uint64_t bits)
{
	uint64_t mask = (n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1) << at % 64;

	d[at / 64] = (d[at / 64] & ~mask) | (bits << at % 64 & mask);
}

/* n whole words from bit a_at on; the bits of the last one are there. */
static void
copy_words(uint64_t *restrict d, const uint64_t *restrict a, uint64_t a_at, uint64_t n)
{
	const unsigned shift = a_at % 64;

	a += a_at / 64;
	if (shift == 0) {
		memcpy(d, a, n * sizeof *d);
		return;
	}
	for (uint64_t i = 0; i < n; i++)
		d[i] = a[i] >> shift | a[i + 1] << (64 - shift);
}

/* n bits in one stretch: where words of d are whole, without masks. */
static void
copy_bits(uint64_t *d, uint64_t d_at, const uint64_t *a, uint64_t a_at, uint64_t n, uint64_t words)
{
	while (n > 0) {
		if (d_at % 64 == 0 && n >= 64) {
			copy_words(d + d_at / 64, a, a_at, n / 64);
			d_at += n / 64 * 64;
			a_at += n / 64 * 64;
			n %= 64;
			continue;
		}
		uint64_t part = 64 - d_at % 64;
		part = part < n ? part : n;
		set_bits(d, d_at, part, bits_at(a, a_at, words));
		d_at += part;
		a_at += part;
		n -= part;
	}
}

static void
fill_bits(uint64_t *d, uint64_t d_at, uint64_t bit, uint64_t n)
{
	while (n > 0) {
		uint64_t part = 64 - d_at % 64;
		part = part < n ? part : n;
		set_bits(d, d_at, part, 0 - bit);
		d_at += part;
		n -= part;
	}
}

/* Bit by bit; those that go to one word are written together. */
static void
copy_strided(uint64_t *d, const uint64_t *a, const struct run *r)
{
	uint64_t to = (uint64_t)r->d_at, from = (uint64_t)r->s_at, word = to / 64;
	uint64_t mask = 0, bits = 0;

	for (uint64_t i = 0; i < r->n; i++) {
		uint64_t bit = (uint64_t)1 << to % 64;
		if (to / 64 != word) {
			d[word] = (d[word] & ~mask) | bits;
			word = to / 64;
			mask = bits = 0;
		}
		mask |= bit;
		bits = (bits & ~bit) | (a[from / 64] >> from % 64 & 1) << to % 64;
		to += (uint64_t)r->d_stride;
		from += (uint64_t)r->s_stride;
	}
	d[word] = (d[word] & ~mask) | bits;
}

static void
run_bits(uint64_t *d, const uint64_t *a, uint64_t words, const struct run *r)
{
	uint64_t to = (uint64_t)r->d_at, from = (uint64_t)r->s_at;

	if (r->n == 0)
		return;
	if (r->d_stride == 1 && r->s_stride == 1)
		copy_bits(d, to, a, from, r->n, words);
	else if (r->d_stride == 1 && r->s_stride == 0)
		fill_bits(d, to, a[from / 64] >> from % 64 & 1, r->n);
	else
		copy_strided(d, a, r);
}

/* A stretch within one word of a plane of dw words, from one or two of a plane of aw words: the
 * same in every plane. */
static void
run_in_word(uint64_t *d, uint64_t dw, const uint64_t *a, uint64_t aw, unsigned width,
    const struct run *r)
{
	uint64_t shift = (uint64_t)r->d_at % 64, mask = bitplane_mask(r->n) << shift;
	uint64_t from = (uint64_t)r->s_at % 64;
	bool two = from + r->n > 64;

	d += r->d_at / 64;
	a += r->s_at / 64;
	for (unsigned j = 0; j < width; j++, d += dw, a += aw) {
		uint64_t x = a[0] >> from;
		if (two)
			x |= a[1] << (64 - from);
		*d = (*d & ~mask) | (x << shift & mask);
	}
}

/* What is behind the elements of each plane of d becomes 0: it may be left from other contents of
 * that memory, and words are sent as a whole. */
static void
clear_tails(const struct step *s)
{
	uint64_t n = s->whole[0], words = plane_words(n);

	if (s->slot[0]->domain == DOM_Y || n % 64 == 0)
		return;
	for (unsigned k = 0; k < step_parts(s); k++) {
		uint64_t *d = (uint64_t *)(void *)(s->at[0] + k * s->part[0]);
		for (unsigned j = 0; j < s->slot[0]->width; j++)
			set_bits(d + j * words, n, 64 - n % 64, 0);
	}
}

/* Moves the run in every plane of a part; places count from the beginning of the whole slots. */
static void
run_part(const struct step *s, uint8_t *d, const uint8_t *a, const struct run *r)
{
	bool labels = s->slot[0]->domain == DOM_Y;
	uint64_t dw = plane_words(s->whole[0]), aw = plane_words(s->whole[1]);

	if (!labels && r->n > 0 && r->d_stride == 1 && r->s_stride == 1 &&
	    (uint64_t)r->d_at % 64 + r->n <= 64) {
		run_in_word((uint64_t *)(void *)d, dw, (const uint64_t *)(const void *)a, aw,
		    s->slot[0]->width, r);
		return;
	}
	for (unsigned j = 0; j < s->slot[0]->width; j++) {
		if (labels)
			plain_move(d + (j * s->whole[0] + (uint64_t)r->d_at) * LABEL_BYTES,
			    r->d_stride, a + (j * s->whole[1] + (uint64_t)r->s_at) * LABEL_BYTES,
			    r->s_stride, r->n, 8 * LABEL_BYTES);
		else
			run_bits((uint64_t *)(void *)d + j * dw,
			    (const uint64_t *)(const void *)a + j * aw, aw, r);
	}
}

static void
run_planes(const struct step *s, uint8_t *d, const uint8_t *a, const struct run *r)
{
	for (unsigned k = 0; k < step_parts(s); k++)
		run_part(s, d + k * s->part[0], a + k * s->part[1], r);
}

struct window {
	uint8_t *base;
	uint64_t offset;
};

static void
copy_run(const struct step *s, void *d, const void *a, const struct run *all)
{
	const struct window *to = d, *from = a;
	struct run r = *all;

	r.d_at += (int64_t)to->offset;
	r.s_at += (int64_t)from->offset;
	run_planes(s, to->base, from->base, &r);
}

enum status
exec_copy_bits(struct vm *vm, const struct step *s)
{
	struct window d = { s->at[0], step_offset(vm, s, 0) };
	struct window a = { s->at[1], step_offset(vm, s, 1) };

	clear_tails(s);
	move_runs(vm, s, &d, &a, copy_run);
	return ST_OK;
}

enum status
exec_gather_bits(struct vm *vm, const struct step *s)
{
	const uint8_t *b = step_at(vm, s, 2);
	uint64_t inner = (uint64_t)s->insn->imm[0], row;
	enum status st = ST_OK;

	if (inner == 0)
		return ST_OK;
	clear_tails(s);
	for (uint64_t i = 0; i < s->slot[0]->n / inner && st == ST_OK; i++) {
		i128 index = plain_load(b, i, s->slot[2]->width);
		if (!move_row(vm, s, index, s->slot[1]->n / inner, true, &row, &st))
			continue;
		const struct run r = { (int64_t)(i * inner), (int64_t)(row * inner), 1, 1, inner };
		run_planes(s, s->at[0], s->at[1], &r);
	}
	return st;
}

enum status
exec_put_bits(struct vm *vm, const struct step *s)
{
	uint64_t inner = (uint64_t)s->insn->imm[0], row;
	enum status st = ST_OK;

	if (inner == 0 || !move_row(vm, s, plain_load(step_at(vm, s, 2), 0, s->slot[2]->width),
	    s->slot[0]->n / inner, false, &row, &st))
		return st;
	const struct run r = { (int64_t)(row * inner), 0, 1, 1, inner };
	run_planes(s, s->at[0], s->at[1], &r);
	return st;
}

/* The bits of 64 elements are turned into rows of words, which then stand one behind the other. */
static void
spread_bits(uint64_t *d, const uint64_t *a, unsigned width, uint64_t n)
{
	uint64_t word[N_BITS_MAX], row[GROUP * N_BITS_MAX / 64];
	uint64_t words = plane_words(n), limbs = (width + 63) / 64;

	for (uint64_t g = 0; g < words; g++) {
		uint64_t part = n - g * GROUP < GROUP ? n - g * GROUP : GROUP;
		bitplane_gather(word, a, words, width, g, 1);
		bitplane_join(row, limbs, word, width, false, part);
		for (uint64_t i = 0; i < part; i++)
			copy_bits(d, (g * GROUP + i) * width, row + i * limbs, 0, width, limbs);
	}
	wipe(word, width * sizeof *word);
	wipe(row, GROUP * limbs * sizeof *row);
}

enum status
exec_spread(struct vm *vm, const struct step *s)
{
	unsigned width = s->slot[1]->width;
	uint64_t n = s->slot[1]->n;

	(void)vm;
	clear_tails(s);
	for (unsigned k = 0; k < step_parts(s) && s->slot[0]->domain == DOM_B; k++)
		spread_bits((uint64_t *)(void *)(s->at[0] + k * s->part[0]),
		    (const uint64_t *)(void *)(s->at[1] + k * s->part[1]), width, n);
	if (s->slot[0]->domain == DOM_B)
		return ST_OK;
	for (unsigned j = 0; j < width; j++)
		plain_move(s->at[0] + j * LABEL_BYTES, width, s->at[1] + j * n * LABEL_BYTES, 1, n,
		    8 * LABEL_BYTES);
	return ST_OK;
}
