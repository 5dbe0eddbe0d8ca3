/* rep_sort.c: SORT_B of protocol replicated: records in stable ascending order of a key.
 *
 * Security: as protocol replicated.  Radix sort, lowest digit first, as [Chida, Hamada, Ikarashi,
 * Kikuchi, Kiribuchi, Pinkas 2019] and [Asharov, Hamada, Ikarashi, Kikuchi, Nof, Pinkas, Takahashi,
 * Tomida 2022].  A pass of c bits of the key, ceil(log2 c) + 5 rounds:
 * 1.-3. shares of each record's place in the stable order of its digit (rep_digit.h);
 * 4. records and places are shuffled together; the last of three passes opens the places
 *    (rep_shuffle.h), in an order that is fresh and uniform: they say nothing;
 * 5. each node puts the records where their places say.
 * A node sends for each record 4/3 (2^c - 1) + 11/3 numbers of as many bits as places have, twice
 * the record, and 2^c - c - 1 bits.
 * Departures: records go along as a whole, where the papers keep an order and apply it to the next
 * digit; places are opened while they are shuffled.
 *
 * Units are records as they lie in columns (rep_shuffle.h). */
#include "rep_digit.h"

#include <assert.h>
#include <string.h>

/* What round r does. */
enum work { AND_LAYER, NUMBERS, PLACES, SHUFFLE };

struct sorting {
	struct digit digit;
	enum work work;
	unsigned layer, shuffle;         /* which of them */
	bool first, begins, last;        /* round of all; of a pass; of all passes */
};

static unsigned
key_bits(const struct operands *x)
{
	return x->width - (unsigned)x->imm[1];
}

/* The pass that round r is of, and what is to be done in it. */
static struct sorting
sorting_at(const struct operands *x, unsigned r)
{
	const unsigned bits = key_bits(x), c = (unsigned)x->imm[2];
	const unsigned each = code_sort_rounds(c, c), pass = r / each < bits / c ? r / each : bits / c;
	const unsigned in = r - pass * each, digit = bits - pass * c < c ? bits - pass * c : c;
	const unsigned layers = code_sort_layers(digit);
	struct sorting s = { .digit = { .rec = records_of(x, true),
		.at = (unsigned)x->imm[1] + pass * c, .bits = digit, .groups = plane_words(x->n) } };

	s.work = in < layers ? AND_LAYER : in == layers ? NUMBERS : in == layers + 1 ? PLACES : SHUFFLE;
	s.layer = in;
	s.shuffle = s.work == SHUFFLE ? in - layers - 2 : 0;
	s.first = r == 0;
	s.begins = in == 0;
	s.last = r + 1 == code_sort_rounds(bits, c);
	return s;
}

static unsigned
most_values(const struct operands *x)
{
	return 1u << (key_bits(x) < (unsigned)x->imm[2] ? key_bits(x) : (unsigned)x->imm[2]);
}

static uint64_t
sort_scratch(const struct operands *x, unsigned n_nodes)
{
	const struct records s = records_of(x, true);
	const uint64_t values = most_values(x);

	(void)n_nodes;
	return records_bytes(&s) + 2 * values * plane_words(x->n) * sizeof(uint64_t) +
	    2 * (values - 1) * s.room * sizeof(uint32_t) + sizeof(struct counts);
}

/* Where everything is. */
static struct sorting
sorting_in(const struct operands *x, unsigned r)
{
	struct sorting s = sorting_at(x, r);
	struct digit *d = &s.digit;
	uint8_t *at = x->scratch;
	const uint64_t values = most_values(x);

	records_place(&d->rec, at);
	at += records_bytes(&d->rec);
	for (unsigned part = 0; part < 2; part++, at += values * d->groups * sizeof *d->bit[0])
		d->bit[part] = (uint64_t *)(void *)at;
	for (unsigned part = 0; part < 2; part++, at += (values - 1) * d->rec.room * sizeof *d->flag[0])
		d->flag[part] = (uint32_t *)(void *)at;
	d->counts = (struct counts *)(void *)at;
	return s;
}

static uint64_t
sort_units(const struct operands *x)
{
	return x->n;
}

/* Words of group g from node to node. */
static unsigned
group_words(const struct sorting *s, unsigned from, unsigned to, uint64_t g)
{
	switch (s->work) {
	case AND_LAYER:
		return to == rep_prev(from) ? digit_ands(&s->digit, s->layer) : 0;
	case NUMBERS:
		return digit_number_words(&s->digit, from, to, g);
	case PLACES:
		return to == rep_prev(from) ? s->digit.rec.place_bits : 0;
	case SHUFFLE:
		return shuffle_words(&s->digit.rec, s->shuffle, from, to);
	}
	return 0;
}

static uint64_t
sort_bytes(const struct operands *x, unsigned n_nodes, unsigned r, unsigned from, unsigned to,
    uint64_t lo, uint64_t hi)
{
	const struct sorting s = sorting_at(x, r);
	const struct groups all = groups_of(lo, hi);
	const uint64_t end = all.first + all.whole;
	uint64_t bytes = 0;

	(void)n_nodes;
	/* It depends on g modulo 3 at most. */
	for (uint64_t g = all.first; g < all.first + REP_NODES && g < end; g++)
		bytes += (end - g + REP_NODES - 1) / REP_NODES * group_words(&s, from, to, g) * 8;
	return bytes + bitplane_packed_bytes(group_words(&s, from, to, end), all.rest);
}

static uint64_t
sort_step_bytes(const struct operands *x, unsigned n_nodes)
{
	const struct records s = records_of(x, true);
	const uint64_t numbers = (most_values(x) - 1) * s.place_bits;
	const uint64_t shuffle = s.width + s.place_bits;

	(void)n_nodes;
	return (numbers > shuffle ? numbers : shuffle) * 8;
}

static_assert(DIGIT_VALUES_MAX * PLACE_BITS_MAX <= REP_WORDS_MAX &&
    (uint64_t)REP_WORDS_MAX * 8 <= PARCEL_MAX, "a group has room");

static enum status
sort_begin(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *out)
{
	const struct sorting s = sorting_in(x, r);
	const struct digit *d = &s.digit;

	if (s.first && lo == 0)
		records_load(&d->rec, x, 0, 0, x->n);
	if (s.begins)
		digit_load(d, lo, hi);
	switch (s.work) {
	case AND_LAYER:
		digit_and_begin(p, d, x->seq, r, s.layer, lo, hi, out);
		break;
	case NUMBERS:
		digit_flags(d, lo, hi);
		digit_number_begin(p, d, x->seq, r, lo, hi, out);
		break;
	case PLACES:
		digit_place_begin(p, d, x->seq, r, lo, hi, out);
		break;
	case SHUFFLE:
		shuffle_begin(p, &d->rec, x->seq, r, s.shuffle, s.shuffle % 2, lo, hi, out);
		break;
	}
	return ST_OK;
}

/* 5.  Places outside or taken twice, which no honest nodes open, are refused; `order` says which
 * are taken. */
static enum status
place_records(const struct records *s)
{
	const uint32_t *place = s->place[1][0];

	memset(s->order, 0, s->n * sizeof *s->order);
	for (uint64_t j = 0; j < s->columns; j++)
		for (uint64_t i = j * s->rows; i < (j + 1) * s->rows; i++) {
			const uint64_t to = j * s->rows + place[i];

			if (place[i] >= s->rows || s->order[to] != 0)
				return ST_ABORT;
			s->order[to] = 1;
			for (unsigned part = 0; part < 2; part++)
				for (size_t k = 0; k < s->limbs; k++)
					s->row[0][part][to * s->limbs + k] =
					    s->row[1][part][i * s->limbs + k];
		}
	return ST_OK;
}

static enum status
sort_end(struct proto *p, const struct operands *x, unsigned r, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const struct sorting s = sorting_in(x, r);
	const struct digit *d = &s.digit;
	enum status st = ST_OK;

	switch (s.work) {
	case AND_LAYER:
		digit_and_end(p, d, s.layer, lo, hi, in);
		break;
	case NUMBERS:
		digit_number_end(p, d, lo, hi, in);
		break;
	case PLACES:
		digit_place_end(p, d, lo, hi, in);
		break;
	case SHUFFLE:
		shuffle_end(p, &d->rec, s.shuffle, s.shuffle % 2, lo, hi, in);
		if (s.shuffle + 1 == SHUFFLE_PASSES && hi == x->n)
			TRY(place_records(&d->rec));
		break;
	}
	if (s.last && hi == x->n)
		records_store(&d->rec, x, 0, 0, x->n);
out:
	return st;
}

const struct proto_row replicated_sort_b = {
	.rounds = 1, .scratch = sort_scratch, .step = REP_STEP, .units = sort_units,
	.step_bytes = sort_step_bytes, .bytes = sort_bytes, .begin = sort_begin, .end = sort_end,
};
