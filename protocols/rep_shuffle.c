/* rep_shuffle.c: see rep_shuffle.h
 *
 * Security: as protocol replicated.  Orders are drawn by [Fisher, Yates; Knuth, The Art of Computer
 * Programming 2, 3.4.2, Algorithm P] without bias [Lemire 2019].
 * A message has for each group of 64 records the planes of their bits, then those of the places;
 * the last group without gaps. */
#include "rep_shuffle.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <string.h>

enum {
	DRAWN = 1024,                    /* numbers drawn at a time */
};

/* Purposes of streams under REP_PAD: r and s of rep_shuffle.h.  0 is the caller's. */
enum { PAD_ROW_R = 1, PAD_ROW_S, PAD_PLACE_R, PAD_PLACE_S };

/* What a node is in a pass: i, i + 1 or t. */
enum role { FIRST, SECOND, THIRD };

static enum role
role_of(unsigned node, unsigned pass)
{
	return node == pass ? FIRST : node == rep_next(pass) ? SECOND : THIRD;
}

void
rep_put_words(struct parcel *out, unsigned to, const uint64_t *word, size_t n, unsigned lanes)
{
	uint64_t packed[REP_WORDS_MAX];
	size_t len = n * sizeof *word;

	assert(n <= REP_WORDS_MAX);
	if (lanes < GROUP) {
		len = bitplane_packed_bytes(n, lanes);
		bitplane_pack(packed, word, n, lanes);
		word = packed;
	}
	memcpy(out->at[to], word, len);
	out->at[to] += len;
}

void
rep_get_words(uint64_t *word, struct parcel *in, unsigned from, size_t n, unsigned lanes)
{
	uint64_t packed[REP_WORDS_MAX];
	size_t len = n * sizeof *word;

	assert(n <= REP_WORDS_MAX);
	if (lanes < GROUP) {
		len = bitplane_packed_bytes(n, lanes);
		memset(packed, 0, bitplane_packed_words(n, lanes) * sizeof *packed);
		memcpy(packed, in->at[from], len);
		bitplane_unpack(word, packed, n, lanes);
		wipe(packed, len);
	} else {
		memcpy(word, in->at[from], len);
	}
	in->at[from] += len;
}

void
rep_slice(uint64_t *word, unsigned bits, const uint32_t *a)
{
	uint64_t square[GROUP];

	for (unsigned i = 0; i < GROUP; i++)
		square[i] = a[i];
	bitplane_turn_best()(square, square, 1);
	memcpy(word, square, bits * sizeof *word);
	wipe(square, sizeof square);
}

void
rep_join(uint32_t *a, const uint64_t *word, unsigned bits)
{
	uint64_t square[GROUP] = { 0 };

	memcpy(square, word, bits * sizeof *word);
	bitplane_turn_best()(square, square, 1);
	for (unsigned i = 0; i < GROUP; i++)
		a[i] = (uint32_t)square[i];
	wipe(square, sizeof square);
}

static unsigned
bits_below(uint64_t n)
{
	return n < 2 ? 1 : 64 - (unsigned)__builtin_clzll(n - 1);
}

struct records
records_of(const struct operands *x, bool places)
{
	uint64_t rows = (uint64_t)x->imm[0];

	return (struct records){ .n = x->n, .rows = rows, .columns = x->n / rows,
		.room = plane_words(x->n) * GROUP, .width = x->width,
		.place_bits = places ? bits_below(rows) : 0, .limbs = (x->width + 63) / 64 };
}

uint64_t
records_bytes(const struct records *s)
{
	uint64_t places = s->place_bits > 0 ? 4 * sizeof(uint32_t) : 0;

	return s->room * (4 * s->limbs * sizeof(uint64_t) + places + sizeof(uint32_t));
}

void
records_place(struct records *s, void *base)
{
	uint64_t *row = base;
	uint32_t *number = (uint32_t *)(row + 4 * s->room * s->limbs);

	for (unsigned i = 0; i < 4; i++)
		s->row[i / 2][i % 2] = row + i * s->room * s->limbs;
	s->order = number;
	for (unsigned i = 0; i < 4 && s->place_bits > 0; i++)
		s->place[i / 2][i % 2] = number + (1 + i) * s->room;
}

/* Where an element of planes is here; *at goes through them one after another. */
struct turning {
	uint64_t row, column;
};

static struct turning
turning_at(const struct records *s, uint64_t e)
{
	return (struct turning){ e / s->columns, e % s->columns };
}

static uint64_t
turn(const struct records *s, struct turning *at)
{
	uint64_t e = at->column * s->rows + at->row;

	if (++at->column == s->columns) {
		at->column = 0;
		at->row++;
	}
	return e;
}

void
records_load(const struct records *s, const struct operands *x, unsigned k, uint64_t lo,
    uint64_t hi)
{
	const size_t plane = plane_words(s->n), limbs = s->limbs;
	uint64_t word[N_BITS_MAX], group[GROUP];

	for (unsigned part = 0; part < 2; part++) {
		const uint64_t *a = rep_part(x, part).a;
		struct turning at = turning_at(s, lo);

		for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
			struct turning from = at;

			bitplane_gather(word, a, plane, s->width, g, 1);
			for (size_t j = 0; j < limbs; j++) {
				unsigned bits = s->width - j * GROUP < GROUP ?
				    (unsigned)(s->width - j * GROUP) : GROUP;

				at = from;
				bitplane_join(group, 1, word + j * GROUP, bits, false, GROUP);
				for (unsigned i = 0; i < rep_lanes(g, s->n); i++)
					s->row[k][part][turn(s, &at) * limbs + j] = group[i];
			}
		}
	}
	wipe(word, sizeof word);
	wipe(group, sizeof group);
}

void
records_store(const struct records *s, const struct operands *x, unsigned k, uint64_t lo,
    uint64_t hi)
{
	const size_t plane = plane_words(s->n), limbs = s->limbs;
	uint64_t word[N_BITS_MAX], group[GROUP];

	for (unsigned part = 0; part < 2; part++) {
		struct turning at = turning_at(s, lo);

		for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
			struct turning from = at;
			unsigned lanes = rep_lanes(g, s->n);

			for (size_t j = 0; j < limbs; j++) {
				unsigned bits = s->width - j * GROUP < GROUP ?
				    (unsigned)(s->width - j * GROUP) : GROUP;

				at = from;
				for (unsigned i = 0; i < lanes; i++)
					group[i] = s->row[k][part][turn(s, &at) * limbs + j];
				bitplane_slice(word + j * GROUP, bits, group, 1, lanes);
			}
			bitplane_scatter(rep_part(x, part).d, plane, word, s->width, g, 1);
		}
	}
	wipe(word, sizeof word);
	wipe(group, sizeof group);
}

/* Uniform numbers, one after another, of a stream of their own. */
struct draw {
	const struct prg *g;
	uint64_t stream, next;           /* block */
	unsigned at;
	uint32_t word[DRAWN];
};

static uint32_t
draw_word(struct draw *w)
{
	if (w->at == DRAWN) {
		prg_fill(w->g, w->stream, w->next, w->word, sizeof w->word);
		w->next += sizeof w->word / 16;
		w->at = 0;
	}
	return w->word[w->at++];
}

/* Uniform below n, 0 < n < 2^32: of the 2^32 products n * word those whose low half is among the
 * 2^32 mod n lowest are drawn again; then every high half comes from as many words. */
static uint32_t
draw_below(struct draw *w, uint32_t n)
{
	uint64_t m = (uint64_t)draw_word(w) * n;

	if ((uint32_t)m < n) {
		const uint32_t least = (0 - n) % n;

		while ((uint32_t)m < least)
			m = (uint64_t)draw_word(w) * n;
	}
	return (uint32_t)(m >> 32);
}

/* An order of each column, the same at both nodes that have the key. */
static void
draw_orders(const struct records *s, const struct prg *key, uint64_t stream)
{
	struct draw w = { .g = key, .stream = stream, .at = DRAWN };

	for (uint64_t j = 0; j < s->columns; j++) {
		uint32_t *order = s->order + j * s->rows;

		for (uint64_t i = 0; i < s->rows; i++)
			order[i] = (uint32_t)(j * s->rows + i);
		for (uint64_t i = s->rows; i > 1; i--) {
			const uint32_t other = draw_below(&w, (uint32_t)i), x = order[other];

			order[other] = order[i - 1];
			order[i - 1] = x;
		}
	}
	wipe(&w, sizeof w);
}

/* d[i] ^= a[order[i]] (^ b[order[i]]) */
static void
add_rows(uint64_t *d, const uint64_t *a, const uint64_t *b, const uint32_t *order, size_t limbs,
    unsigned n)
{
	for (unsigned i = 0; i < n && limbs == 1; i++)
		d[i] ^= a[order[i]] ^ (b == NULL ? 0 : b[order[i]]);
	for (unsigned i = 0; i < n && limbs > 1; i++) {
		const uint64_t from = order[i] * (uint64_t)limbs;

		for (size_t j = 0; j < limbs; j++)
			d[i * limbs + j] ^= a[from + j] ^ (b == NULL ? 0 : b[from + j]);
	}
}

/* The records of group g: this node's new parts; what t needs to `word`. */
static void
begin_rows(const struct proto *p, const struct records *s, uint64_t seq, unsigned r, enum role role,
    unsigned k, uint64_t g, uint64_t *word)
{
	const struct prg *key = &p->with[role == FIRST ? 1 : 0][REP_PAD];
	const uint64_t at = g * GROUP;
	const size_t len = GROUP * s->limbs;
	uint64_t *masked = s->row[1 - k][role == FIRST ? 0 : 1] + at * s->limbs;
	uint64_t *common = s->row[1 - k][role == FIRST ? 1 : 0] + at * s->limbs;
	const uint64_t *x = s->row[k][1], *y = role == FIRST ? s->row[k][0] : NULL;

	prg_fill(key, rep_stream(seq, r, PAD_ROW_R), g * len / 2, masked, len * sizeof *masked);
	prg_fill(key, rep_stream(seq, r, PAD_ROW_S), g * len / 2, common, len * sizeof *common);
	if (role == SECOND)
		for (size_t i = 0; i < len; i++)
			masked[i] ^= common[i];
	add_rows(masked, x, y, s->order + at, s->limbs, rep_lanes(g, s->n));
	bitplane_slice(word, s->width, masked, s->limbs, rep_lanes(g, s->n));
}

/* The places of group g, likewise. */
static void
begin_places(const struct proto *p, const struct records *s, uint64_t seq, unsigned r,
    enum role role, unsigned k, uint64_t g, bool last, uint64_t *word)
{
	const struct prg *key = &p->with[role == FIRST ? 1 : 0][REP_PAD];
	const uint64_t at = g * GROUP, from = at / 4;
	const uint32_t *order = s->order + at;
	uint32_t masked[GROUP], common[GROUP];

	prg_fill(key, rep_stream(seq, r, PAD_PLACE_R), from, masked, sizeof masked);
	prg_fill(key, rep_stream(seq, r, PAD_PLACE_S), from, common, sizeof common);
	for (unsigned i = 0; i < GROUP; i++)
		masked[i] = role == FIRST ? 0 - masked[i] : masked[i] - (last ? 0 : common[i]);
	for (unsigned i = 0; i < rep_lanes(g, s->n); i++)
		masked[i] += s->place[k][1][order[i]] + (role == FIRST ? s->place[k][0][order[i]] : 0);
	memcpy(s->place[1 - k][role == FIRST || last ? 0 : 1] + at, masked, sizeof masked);
	if (!last)
		memcpy(s->place[1 - k][role == FIRST ? 1 : 0] + at, common, sizeof common);
	rep_slice(word, s->place_bits, masked);
	wipe(masked, sizeof masked);
	wipe(common, sizeof common);
}

unsigned
shuffle_words(const struct records *s, unsigned pass, unsigned from, unsigned to)
{
	if (from == to || role_of(from, pass) == THIRD)
		return 0;
	if (role_of(to, pass) == THIRD)
		return s->width + s->place_bits;
	return pass + 1 == SHUFFLE_PASSES ? s->place_bits : 0;
}

void
shuffle_begin(struct proto *p, const struct records *s, uint64_t seq, unsigned r, unsigned pass,
    unsigned k, uint64_t lo, uint64_t hi, struct parcel *out)
{
	const enum role role = role_of(p->me, pass);
	const bool last = pass + 1 == SHUFFLE_PASSES;
	const unsigned third = rep_prev(pass), other = role == FIRST ? rep_next(pass) : pass;
	uint64_t word[REP_WORDS_MAX];

	if (role == THIRD)
		return;
	if (lo == 0)
		draw_orders(s, &p->with[role == FIRST ? 1 : 0][REP_ORDER], rep_stream(seq, r, 0));
	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		const unsigned lanes = rep_lanes(g, s->n);

		begin_rows(p, s, seq, r, role, k, g, word);
		if (s->place_bits > 0) {
			begin_places(p, s, seq, r, role, k, g, last, word + s->width);
			if (last)
				rep_put_words(out, other, word + s->width, s->place_bits, lanes);
		}
		rep_put_words(out, third, word, s->width + s->place_bits, lanes);
	}
	wipe(word, sizeof word);
}

/* Opened places of group g: what this node has of them and what came. */
static void
open_places(const struct records *s, unsigned k, uint64_t g, const uint64_t *word, bool first)
{
	const uint32_t mask = (uint32_t)bitplane_mask(s->place_bits);
	uint32_t *place = s->place[1 - k][0] + g * GROUP, theirs[GROUP];

	rep_join(theirs, word, s->place_bits);
	for (unsigned i = 0; i < GROUP; i++)
		place[i] = ((first ? 0 : place[i]) + theirs[i]) & mask;
}

/* A group of records from their planes. */
static void
join_rows(const struct records *s, uint64_t *row, const uint64_t *word)
{
	if (s->limbs > 1) {
		bitplane_join(row, s->limbs, word, s->width, false, GROUP);
		return;
	}
	memcpy(row, word, s->width * sizeof *row);
	memset(row + s->width, 0, (GROUP - s->width) * sizeof *row);
	bitplane_turn_best()(row, row, 1);
}

/* From node i or i + 1 at t: its second part, its first. */
static void
end_third(const struct records *s, bool last, unsigned k, uint64_t g, const uint64_t *word,
    bool from_first)
{
	const unsigned part = from_first ? 1 : 0;
	const uint64_t *place = word + s->width;

	join_rows(s, s->row[1 - k][part] + g * GROUP * s->limbs, word);
	if (s->place_bits == 0)
		return;
	if (last)
		open_places(s, k, g, place, from_first);
	else
		rep_join(s->place[1 - k][part] + g * GROUP, place, s->place_bits);
}

void
shuffle_end(struct proto *p, const struct records *s, unsigned pass, unsigned k, uint64_t lo,
    uint64_t hi, struct parcel *in)
{
	const enum role role = role_of(p->me, pass);
	const bool last = pass + 1 == SHUFFLE_PASSES;
	const unsigned other = role == FIRST ? rep_next(pass) : pass;
	uint64_t word[REP_WORDS_MAX];

	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		const unsigned lanes = rep_lanes(g, s->n);

		if (role == THIRD) {
			for (unsigned j = 0; j < 2; j++) {
				rep_get_words(word, in, j == 0 ? pass : rep_next(pass),
				    s->width + s->place_bits, lanes);
				end_third(s, last, k, g, word, j == 0);
			}
		} else if (last && s->place_bits > 0) {
			rep_get_words(word, in, other, s->place_bits, lanes);
			open_places(s, k, g, word, false);
		}
	}
	wipe(word, sizeof word);
}

static struct records
shuffled(const struct operands *x)
{
	struct records s = records_of(x, false);

	records_place(&s, x->scratch);
	return s;
}

static uint64_t
shuf_scratch(const struct operands *x, unsigned n_nodes)
{
	struct records s = records_of(x, false);

	(void)n_nodes;
	return records_bytes(&s);
}

static uint64_t
shuf_units(const struct operands *x)
{
	return x->n;
}

static uint64_t
shuf_step_bytes(const struct operands *x, unsigned n_nodes)
{
	(void)n_nodes;
	return groups_bytes(0, GROUP, x->width);
}

static uint64_t
shuf_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	struct records s = records_of(x, false);

	(void)n_nodes;
	return groups_bytes(lo, hi, shuffle_words(&s, r, from, to));
}

static enum status
shuf_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	struct records s = shuffled(x);

	if (r == 0 && lo == 0)
		records_load(&s, x, 0, 0, s.n);
	shuffle_begin(p, &s, x->seq, r, r, r % 2, lo, hi, out);
	return ST_OK;
}

static enum status
shuf_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	struct records s = shuffled(x);

	shuffle_end(p, &s, r, r % 2, lo, hi, in);
	if (r + 1 == SHUFFLE_PASSES && hi == s.n)
		records_store(&s, x, 1, 0, s.n);
	return ST_OK;
}

const struct proto_row replicated_shuf_b = {
	.rounds = SHUFFLE_PASSES, .scratch = shuf_scratch, .step = REP_STEP, .units = shuf_units,
	.step_bytes = shuf_step_bytes, .bytes = shuf_bytes, .begin = shuf_begin, .end = shuf_end,
};
