/* verify_bits.c: circuits, and lengths, widths and immediate operands of instructions on bits.  See
 * verify.h.  requires operands of the right domains (verify_insn.c). */
#include "verify.h"

static void
check_circuit(struct verify *v, uint32_t i)
{
	const struct circuit *k = &v->c->circuit[i];
	struct fault f = { .st = ST_OK };
	enum status st;

	if (k->name == NULL)
		verify_fail(v, "circuit k%u has no name", i);
	for (unsigned j = 0; v->st == ST_OK && j < 3; j++)
		if (k->width[j] > N_BITS_MAX || (j == 0 && k->width[j] == 0))
			verify_fail(v, "circuit k%u has operands of no width", i);
	if (v->st == ST_OK && (k->n_out == 0 || k->n_out > N_BITS_MAX))
		verify_fail(v, "circuit k%u has %u bits as its result", i, k->n_out);
	if (v->st != ST_OK)
		return;
	st = circuit_check(k, &f);
	if (st == ST_INTERNAL)
		verify_no_memory(v);
	else if (st != ST_OK)
		verify_fail(v, "circuit k%u: %s", i, f.message);
}

void
verify_circuits(struct verify *v)
{
	for (uint32_t i = 0; v->st == ST_OK && i < v->c->n_circuits; i++)
		check_circuit(v, i);
}

uint64_t
value_elements(const struct type *t, const struct slot *s)
{
	if (t->kind != TYPE_BITS || t->bits <= s->width)
		return 1;
	return s->width == 64 ? (t->bits + 63) / 64 : 0;
}

/* n numbers of `limbs` elements each in `s`, which hold `width` bits each: one element where that
 * is enough, or as many of 64 bits as it takes. */
static bool
fits_limbs(struct verify *v, int64_t limbs, unsigned width, const struct slot *s, uint64_t n)
{
	if (limbs == 1 ? s->width < width : s->width != 64 || limbs != (width + 63) / 64)
		verify_fail(v, "%u bits are not %lld elements of %u", width, (long long)limbs,
		    s->width);
	return v->st == ST_OK && (u128)n * (u128)limbs == s->n;
}

void
shape_bits(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (!fits_limbs(v, x->imm[0], d->width, a, d->n)) {
		verify_length(v, x, 1);
		return;
	}
	/* A number is not cut in two by where a party's rows end. */
	uint64_t rows = slot_by_rows(v->c, a) ? part_rows(v->c, &v->c->part[a->part]) : 1;
	if (rows != 0 && d->n % rows != 0)
		verify_fail(v, "this goes across the rows of several parties");
}

static void
check_sign(struct verify *v, int64_t sign)
{
	if (sign != 0 && sign != 1)
		verify_fail(v, "a number is of two's complement or not, not %lld", (long long)sign);
}

void
shape_opened(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (!fits_limbs(v, x->imm[0], a->width, d, a->n))
		verify_length(v, x, 0);
	check_sign(v, x->imm[1]);
}

void
shape_split(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (a->n != d->n)
		verify_length(v, x, 1);
	else if (x->imm[0] < 1 || x->imm[0] > a->width)
		verify_fail(v, "%lld bits are not within 1..%u", (long long)x->imm[0], a->width);
	else if (d->width != (uint64_t)x->imm[0] * split_parts(v->c))
		verify_fail(v, "slot s%u has not %lld bits for each summand", x->slot[0],
		    (long long)x->imm[0]);
}

void
shape_spread(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (!slot_of_bits(d) || d->width != 1)
		verify_fail(v, "slot s%u is not of single bits", x->slot[0]);
	else if (a->n * a->width != d->n)
		verify_length(v, x, 0);
}

void
shape_sort(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (d->width != a->width)
		verify_fail(v, "slots s%u and s%u do not fit in width", x->slot[0], x->slot[1]);
	else if (a->n != d->n)
		verify_length(v, x, 1);
	else if (x->imm[0] < 1 || d->n % (uint64_t)x->imm[0] != 0 || d->n > N_SORT_MAX)
		verify_length(v, x, 0);
	else if (x->op == OP_SORT_B && (x->imm[1] < 0 || x->imm[1] >= d->width || x->imm[2] < 1 ||
	    x->imm[2] > N_SORT_DIGIT_MAX))
		verify_fail(v, "there is no key to sort by, %lld bits at a time",
		    (long long)x->imm[2]);
}

void
shape_circ(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0);
	const struct circuit *k = insn_circuit(v->c, x);

	if (k == NULL) {
		verify_fail(v, "there is no such circuit");
		return;
	}
	if (d->width != k->n_out)
		verify_fail(v, "slot s%u has %u bits, the circuit's result %u", x->slot[0],
		    d->width, k->n_out);
	for (unsigned j = 0; v->st == ST_OK && j < 3; j++) {
		const struct slot *s = operand(v, x, j + 1);
		unsigned width = s == NULL ? 0 : s->width;
		if (width != k->width[j])
			verify_fail(v, "operand %c has %u bits, the circuit's %u", "abc"[j], width,
			    k->width[j]);
		else if (s != NULL && s->n != d->n && s->n != 1)
			verify_length(v, x, j + 1);
	}
}

void
verify_bit_widths(struct verify *v, const struct insn *x)
{
	const struct slot *d = operand(v, x, 0), *a = operand(v, x, 1);

	if (x->op == OP_NUM_A) {
		if (a->width > d->width)
			verify_fail(v, "slot s%u has no room for %u bits", x->slot[0], a->width);
		check_sign(v, x->imm[0]);
	} else if (x->op == OP_MULB_A) {
		if (a->width != 1)
			verify_fail(v, "slot s%u is not of single bits", x->slot[1]);
		else if (operand(v, x, 2)->width != d->width)
			verify_fail(v, "slots s%u and s%u do not fit in width", x->slot[0],
			    x->slot[2]);
	}
}
