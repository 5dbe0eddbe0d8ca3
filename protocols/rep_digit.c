/* rep_digit.c: see rep_digit.h */
#include "rep_digit.h"

#include "rep_turn.h"

#include "../runtime/base/mem.h"

#include <string.h>

void
digit_load(const struct digit *d, uint64_t lo, uint64_t hi)
{
	const struct records *s = &d->rec;
	const size_t limb = d->at / 64;
	const unsigned shift = d->at % 64;
	uint64_t square[GROUP];

	for (unsigned part = 0; part < 2; part++)
		for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
			const uint64_t *row = s->row[0][part] + g * GROUP * s->limbs + limb;

			for (unsigned i = 0; i < GROUP; i++, row += s->limbs) {
				square[i] = row[0] >> shift;
				if (shift + d->bits > 64)
					square[i] |= row[1] << (64 - shift);
			}
			bitplane_turn_best()(square, square, 1);
			for (unsigned b = 0; b < d->bits; b++)
				d->bit[part][((uint64_t)1 << b) * d->groups + g] = square[b];
		}
	wipe(square, sizeof square);
}

/* Products of 2^layer + 1 .. 2^(layer + 1) bits are made in a layer: of the lowest 2^layer of them
 * and the others.  v says which bits; 0: v is none of this layer's. */
static unsigned
lower_factor(unsigned v, unsigned layer)
{
	unsigned n = (unsigned)__builtin_popcount(v), low = v;

	if (n <= 1u << layer || n > 2u << layer)
		return 0;
	for (unsigned i = 1u << layer; i > 0; i--)
		low &= low - 1;
	return v ^ low;
}

unsigned
digit_ands(const struct digit *d, unsigned layer)
{
	unsigned n = 0;

	for (unsigned v = 1; v < digit_values(d); v++)
		n += lower_factor(v, layer) != 0 ? 1 : 0;
	return n;
}

/* This node's words of a sharing of zero. */
static void
zero_words(const struct proto *p, uint64_t stream, uint64_t at, uint64_t *word, size_t n)
{
	uint64_t other[DIGIT_VALUES_MAX];

	prg_elements(&p->with[0][REP_ZERO], stream, at, 64, word, n);
	prg_elements(&p->with[1][REP_ZERO], stream, at, 64, other, n);
	for (size_t i = 0; i < n; i++)
		word[i] ^= other[i];
	wipe(other, sizeof other);
}

void
digit_and_begin(struct proto *p, const struct digit *d, uint64_t seq, unsigned r, unsigned layer,
    uint64_t lo, uint64_t hi, struct parcel *out)
{
	const unsigned n = digit_ands(d, layer);
	uint64_t word[DIGIT_VALUES_MAX];

	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		const uint64_t *x = d->bit[0] + g, *y = d->bit[1] + g;
		unsigned i = 0;

		zero_words(p, rep_stream(seq, r, 0), g * n, word, n);
		for (unsigned v = 1; v < digit_values(d); v++) {
			const size_t a = lower_factor(v, layer) * d->groups, b = v * d->groups - a;

			if (a == 0)
				continue;
			word[i] ^= (x[a] & (x[b] ^ y[b])) ^ (y[a] & x[b]);
			d->bit[0][v * d->groups + g] = word[i++];
		}
		rep_put_words(out, rep_prev(p->me), word, n, rep_lanes(g, d->rec.n));
	}
	wipe(word, sizeof word);
}

void
digit_and_end(struct proto *p, const struct digit *d, unsigned layer, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	const unsigned n = digit_ands(d, layer);
	uint64_t word[DIGIT_VALUES_MAX];

	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		unsigned i = 0;

		rep_get_words(word, in, rep_next(p->me), n, rep_lanes(g, d->rec.n));
		for (unsigned v = 1; v < digit_values(d); v++)
			if (lower_factor(v, layer) != 0)
				d->bit[1][v * d->groups + g] = word[i++];
	}
	wipe(word, sizeof word);
}

/* Flag v is the sum of the products of v's bits and any others. */
void
digit_flags(const struct digit *d, uint64_t lo, uint64_t hi)
{
	const uint64_t from = lo / GROUP, n = plane_words(hi) - from;

	for (unsigned part = 0; part < 2; part++)
		for (unsigned b = 1; b < digit_values(d); b *= 2)
			for (unsigned v = 1; v < digit_values(d); v++) {
				uint64_t *to = d->bit[part] + v * d->groups + from;

				for (uint64_t i = 0; (v & b) == 0 && i < n; i++)
					to[i] ^= to[b * d->groups + i];
			}
}

/* s of group g. */
static unsigned
sender_of(uint64_t g)
{
	return (unsigned)(g % REP_NODES);
}

unsigned
digit_number_words(const struct digit *d, unsigned from, unsigned to, uint64_t g)
{
	if (from == to || to == sender_of(g))
		return 0;
	return (digit_values(d) - 1) * d->rec.place_bits;
}

/* What the key of s and another node gives for a flag: the part that both have, and a pad. */
struct pads {
	uint32_t part[GROUP], pad[GROUP];
};

/* with: whose key it is, as in struct proto. */
static void
make_pads(struct pads *t, const struct proto *p, unsigned with, const struct digit *d,
    uint64_t stream, uint64_t g, unsigned v)
{
	const uint64_t use = g * (digit_values(d) - 1) + v - 1;

	prg_fill(&p->with[with][REP_PAD], stream, use * sizeof *t / 16, t, sizeof *t);
}

/* (1 - 2 bit i of v) x */
static inline uint32_t
signed_by(uint64_t v, unsigned i, uint32_t x)
{
	const uint32_t bit = (uint32_t)(v >> i & 1);

	return (x ^ (0 - bit)) + bit;
}

static uint32_t *
flags_at(const struct digit *d, unsigned part, unsigned v, uint64_t g)
{
	return d->flag[part] + (v - 1) * d->rec.room + g * GROUP;
}

/* s: its parts are of its keys; to s - 1 goes u under the pad that it has with s + 1, and the other
 * way round. */
static void
send_group(struct proto *p, const struct digit *d, uint64_t stream, uint64_t g, struct parcel *out)
{
	const unsigned bits = d->rec.place_bits;
	uint64_t word[2][REP_WORDS_MAX];
	uint32_t number[GROUP];
	struct pads t;
	size_t n = 0;

	for (unsigned v = 1; v < digit_values(d); v++, n += bits) {
		const size_t at = v * d->groups + g;
		const uint64_t u = d->bit[0][at] ^ d->bit[1][at];

		for (unsigned with = 0; with < 2; with++) {
			make_pads(&t, p, with, d, stream, g, v);
			memcpy(flags_at(d, with, v, g), t.part, sizeof t.part);
			for (unsigned i = 0; i < GROUP; i++)
				number[i] = (uint32_t)(u >> i & 1) + t.pad[i];
			rep_slice(word[with] + n, bits, number);
		}
	}
	rep_put_words(out, rep_next(p->me), word[0], n, rep_lanes(g, d->rec.n));
	rep_put_words(out, rep_prev(p->me), word[1], n, rep_lanes(g, d->rec.n));
	wipe(word[0], n * sizeof word[0][0]);
	wipe(word[1], n * sizeof word[1][0]);
	wipe(number, sizeof number);
	wipe(&t, sizeof t);
}

/* Another node, whose flags' part `side` is of the key that it has with s: R or T of rep_turn.h. */
static void
help_group(struct proto *p, const struct digit *d, uint64_t stream, uint64_t g, unsigned side,
    struct parcel *out)
{
	const unsigned bits = d->rec.place_bits;
	uint64_t word[REP_WORDS_MAX];
	uint32_t number[GROUP];
	struct pads t;
	size_t n = 0;

	for (unsigned v = 1; v < digit_values(d); v++, n += bits) {
		const uint64_t lacks = d->bit[1 - side][v * d->groups + g];

		make_pads(&t, p, side, d, stream, g, v);
		memcpy(flags_at(d, side, v, g), t.part, sizeof t.part);
		for (unsigned i = 0; i < GROUP; i++)
			number[i] = t.part[i] + signed_by(lacks, i, t.pad[i]);
		rep_slice(word + n, bits, number);
	}
	rep_put_words(out, rep_partner(p, sender_of(g)), word, n, rep_lanes(g, d->rec.n));
	wipe(word, n * sizeof *word);
	wipe(number, sizeof number);
	wipe(&t, sizeof t);
}

void
digit_number_begin(struct proto *p, const struct digit *d, uint64_t seq, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	const uint64_t stream = rep_stream(seq, r, 0);

	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++)
		if (p->me == sender_of(g))
			send_group(p, d, stream, g, out);
		else
			help_group(p, d, stream, g, rep_side(p, sender_of(g)), out);
}

/* The part that s lacks: v + (1 - 2v)(u + pad), less what the third node sent, less its own. */
static void
receive_group(struct proto *p, const struct digit *d, uint64_t g, unsigned side, struct parcel *in)
{
	const unsigned bits = d->rec.place_bits, lanes = rep_lanes(g, d->rec.n), s = sender_of(g);
	const size_t n = (digit_values(d) - 1) * bits;
	uint64_t word[2][REP_WORDS_MAX];
	uint32_t padded[GROUP], less[GROUP];

	rep_get_words(word[0], in, s, n, lanes);
	rep_get_words(word[1], in, rep_partner(p, s), n, lanes);
	for (unsigned v = 1; v < digit_values(d); v++) {
		const uint64_t lacks = d->bit[1 - side][v * d->groups + g];
		const uint32_t *own = flags_at(d, side, v, g);
		uint32_t *flag = flags_at(d, 1 - side, v, g);

		rep_join(padded, word[0] + (v - 1) * bits, bits);
		rep_join(less, word[1] + (v - 1) * bits, bits);
		for (unsigned i = 0; i < GROUP; i++)
			flag[i] = (uint32_t)(lacks >> i & 1) + signed_by(lacks, i, padded[i]) -
			    less[i] - own[i];
	}
	wipe(word[0], n * sizeof word[0][0]);
	wipe(word[1], n * sizeof word[1][0]);
	wipe(padded, sizeof padded);
	wipe(less, sizeof less);
}

void
digit_number_end(struct proto *p, const struct digit *d, uint64_t lo, uint64_t hi,
    struct parcel *in)
{
	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++)
		if (p->me != sender_of(g))
			receive_group(p, d, g, rep_side(p, sender_of(g)), in);
}

/* Whether this node's part is x_0, which takes what is public. */
static uint32_t
is_part_0(const struct proto *p, unsigned part)
{
	return (p->me + part) % REP_NODES == 0 ? 1 : 0;
}

/* A column begins at element e: how many digits are less than v = the rows without those that have
 * v or more. */
static void
count_column(const struct proto *p, const struct digit *d, uint64_t e)
{
	struct counts *c = d->counts;

	for (unsigned part = 0; part < 2; part++) {
		uint32_t less = (uint32_t)d->rec.rows * is_part_0(p, part);

		for (unsigned v = digit_values(d) - 1; v > 0; v--) {
			const uint32_t *flag = d->flag[part] + (v - 1) * d->rec.room + e;

			for (uint64_t i = 0; i < d->rec.rows; i++)
				less -= flag[i];
			c->first[part][v] = less;
			c->before[part][v] = 0;
		}
	}
}

/* Terms of a group's places. */
struct terms {
	uint32_t above[2][DIGIT_VALUES_MAX][GROUP];     /* [part][v]: S_v; 0: S_0 */
};

/* S_v for the n elements from e on, all of one column, lanes at .. at + n. */
static void
count_run(const struct proto *p, const struct digit *d, struct terms *t, uint64_t e, unsigned at,
    unsigned n)
{
	struct counts *c = d->counts;
	const uint64_t row = e % d->rec.rows;

	if (row == 0)
		count_column(p, d, e);
	for (unsigned part = 0; part < 2; part++) {
		uint32_t *zero = t->above[part][0] + at;

		for (unsigned i = 0; i < n; i++)
			zero[i] = (uint32_t)(row + i) * is_part_0(p, part);
		for (unsigned v = 1; v < digit_values(d); v++) {
			const uint32_t *flag = d->flag[part] + (v - 1) * d->rec.room + e;
			uint32_t *above = t->above[part][v] + at, sum = c->before[part][v];

			for (unsigned i = 0; i < n; i++) {
				above[i] = sum + c->first[part][v];
				zero[i] -= sum;
				sum += flag[i];
			}
			c->before[part][v] = sum;
		}
	}
}

/* z_i of each place: z += x_i y_i + x_i y_(i+1) + x_(i+1) y_i over v. */
static void
add_products(uint32_t *z, const struct digit *d, const struct terms *t, uint64_t g)
{
	const uint32_t *zero0 = t->above[0][0], *zero1 = t->above[1][0];

	for (unsigned i = 0; i < GROUP; i++)
		z[i] += zero0[i];
	for (unsigned v = 1; v < digit_values(d); v++) {
		const uint32_t *x0 = flags_at(d, 0, v, g), *x1 = flags_at(d, 1, v, g);
		const uint32_t *y0 = t->above[0][v], *y1 = t->above[1][v];

		for (unsigned i = 0; i < GROUP; i++) {
			const uint32_t a = y0[i] - zero0[i], b = y1[i] - zero1[i];

			z[i] += x0[i] * (a + b) + x1[i] * a;
		}
	}
}

static void
zero_numbers(const struct proto *p, uint64_t stream, uint64_t g, uint32_t *z)
{
	uint32_t other[GROUP];

	prg_fill(&p->with[0][REP_ZERO], stream, g * GROUP / 4, z, sizeof other);
	prg_fill(&p->with[1][REP_ZERO], stream, g * GROUP / 4, other, sizeof other);
	for (unsigned i = 0; i < GROUP; i++)
		z[i] -= other[i];
	wipe(other, sizeof other);
}

void
digit_place_begin(struct proto *p, const struct digit *d, uint64_t seq, unsigned r, uint64_t lo,
    uint64_t hi, struct parcel *out)
{
	const struct records *s = &d->rec;
	uint64_t word[PLACE_BITS_MAX];
	struct terms t;

	memset(&t, 0, sizeof t);
	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		uint32_t *z = s->place[0][0] + g * GROUP;
		const unsigned lanes = rep_lanes(g, s->n);

		for (unsigned at = 0, n; at < lanes; at += n) {
			const uint64_t e = g * GROUP + at, left = s->rows - e % s->rows;

			n = left < lanes - at ? (unsigned)left : lanes - at;
			count_run(p, d, &t, e, at, n);
		}
		zero_numbers(p, rep_stream(seq, r, 0), g, z);
		add_products(z, d, &t, g);
		rep_slice(word, s->place_bits, z);
		rep_put_words(out, rep_prev(p->me), word, s->place_bits, lanes);
	}
	wipe(word, sizeof word);
	wipe(&t, sizeof t);
}

void
digit_place_end(struct proto *p, const struct digit *d, uint64_t lo, uint64_t hi, struct parcel *in)
{
	const struct records *s = &d->rec;
	uint64_t word[PLACE_BITS_MAX];

	for (uint64_t g = lo / GROUP; g * GROUP < hi; g++) {
		rep_get_words(word, in, rep_next(p->me), s->place_bits, rep_lanes(g, s->n));
		rep_join(s->place[0][1] + g * GROUP, word, s->place_bits);
	}
	wipe(word, sizeof word);
}
