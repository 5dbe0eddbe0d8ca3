/* clear_bits.c: see clear_bits.h.  Security: none, as of all of protocol clear. */
#include "clear_bits.h"

#include "../circuits/family.h"
#include "../runtime/base/bitplane.h"
#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <string.h>

/* Elements of `limbs` words into planes; those beyond `width` bits of planes get nothing. */
static void
into_planes(uint64_t *d, const void *a, size_t n, size_t limbs, unsigned width)
{
	const uint64_t *x = a;
	uint64_t word[N_BITS_MAX];
	size_t words = plane_words(n);

	for (size_t g = 0; g < words; g++) {
		size_t part = n - g * GROUP < GROUP ? n - g * GROUP : GROUP;
		bitplane_slice(word, width, x + g * GROUP * limbs, limbs, part);
		for (unsigned i = 0; i < width; i++)
			d[i * words + g] = word[i];
	}
}

static enum status
into_bits(struct proto *unused, const struct operands *x)
{
	(void)unused;
	into_planes(x->d, x->a, x->n, (size_t)x->imm[0] * (x->awidth / 64), x->width);
	return ST_OK;
}

static enum status
split_bits(struct proto *unused, const struct operands *x)
{
	size_t words = plane_words(x->n), bits = (size_t)x->imm[0];
	uint64_t *d = x->d;

	(void)unused;
	into_planes(d, x->a, x->n, x->awidth / 64, (unsigned)bits);
	memset(d + bits * words, 0, (x->width - bits) * words * sizeof *d);
	return ST_OK;
}

static enum status
random_bits(struct proto *unused, const struct operands *x)
{
	(void)unused;
	random_bytes(x->d, x->width * plane_words(x->n) * sizeof(uint64_t));
	return ST_OK;
}

static void
from_planes(const struct operands *x, size_t limbs, bool is_signed)
{
	size_t words = plane_words(x->na);
	const uint64_t *a = x->a;
	uint64_t *d = x->d, word[N_BITS_MAX];

	for (size_t g = 0; g < words; g++) {
		size_t part = x->na - g * GROUP < GROUP ? x->na - g * GROUP : GROUP;
		for (unsigned i = 0; i < x->awidth; i++)
			word[i] = a[i * words + g];
		bitplane_join(d + g * GROUP * limbs, limbs, word, x->awidth, is_signed, part);
	}
}

static enum status
from_bits(struct proto *unused, const struct operands *x)
{
	(void)unused;
	from_planes(x, (size_t)x->imm[0] * (x->width / 64), x->imm[1] == 1);
	return ST_OK;
}

static enum status
number_of_bits(struct proto *unused, const struct operands *x)
{
	(void)unused;
	from_planes(x, x->width / 64, x->imm[0] == 1);
	return ST_OK;
}

static enum status
mul_bit(struct proto *unused, const struct operands *x)
{
	const uint64_t *bit = x->a, *b = x->b;
	size_t limbs = x->width / 64;
	uint64_t *d = x->d;

	(void)unused;
	for (size_t i = 0; i < x->n; i++) {
		size_t at = x->na == 1 ? 0 : i;
		uint64_t all = bitplane_spread(bit[at / 64] >> at % 64);
		for (size_t k = 0; k < limbs; k++)
			d[i * limbs + k] = all & b[(x->nb == 1 ? 0 : i) * limbs + k];
	}
	return ST_OK;
}

/* The planes of an operand as circuit_eval wants them: those of one element stand for all, so they
 * are spread into *spread, which the caller frees. */
static enum status
operand_planes(const uint64_t **plane, uint64_t **spread, const uint64_t *a, size_t na, size_t n,
    unsigned width)
{
	size_t words = plane_words(n);

	if (width == 0 || na != 1 || n == 1) {
		for (unsigned i = 0; i < width; i++)
			plane[i] = a + i * words;
		return ST_OK;
	}
	*spread = mem_array(width * words, sizeof **spread);
	if (*spread == NULL)
		return ST_INTERNAL;
	for (unsigned i = 0; i < width; i++) {
		uint64_t *to = *spread + i * words;
		for (size_t k = 0; k < words; k++)
			to[k] = bitplane_spread(a[i]);
		plane[i] = to;
	}
	return ST_OK;
}

static enum status
circuit(struct proto *unused, const struct operands *x)
{
	const struct circuit *c = x->circuit;
	const void *const from[3] = { x->a, x->b, x->c };
	const size_t count[3] = { x->na, x->nb, x->nc };
	const uint64_t **in = mem_array(c->n_in, sizeof *in), **at = in;
	uint64_t **out = mem_array(c->n_out, sizeof *out), *spread[3] = { NULL, NULL, NULL };
	enum status st = in == NULL || out == NULL ? ST_INTERNAL : ST_OK;

	(void)unused;
	for (unsigned k = 0; k < 3 && st == ST_OK; at += c->width[k++])
		st = operand_planes(at, &spread[k], from[k], count[k], x->n, c->width[k]);
	for (uint32_t i = 0; i < c->n_out && st == ST_OK; i++)
		out[i] = (uint64_t *)x->d + i * plane_words(x->n);
	if (st == ST_OK)
		st = circuit_eval(out, in, c, x->n);
	for (unsigned k = 0; k < 3; k++)
		mem_free(spread[k]);
	mem_free(in);
	mem_free(out);
	return st;
}

const struct proto_row clear_into_bits = { .run = into_bits },
    clear_split_bits = { .run = split_bits }, clear_random_bits = { .run = random_bits },
    clear_circuit = { .run = circuit }, clear_from_bits = { .run = from_bits },
    clear_number_of_bits = { .run = number_of_bits }, clear_mul_bit = { .run = mul_bit };
