/* verify_insn.c: each instruction by itself: operands, domains, widths, loops, windows.
 * See verify.h.  requires verify_manifest. */
#include "verify.h"

#include <string.h>

static const char operand_name[4] = { 'd', 'a', 'b', 'c' };

/* What the operands must be; those of a circuit that it does not have are none. */
static void
kinds_of(char kinds[4], const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];

	kinds[0] = t->d;
	kinds[1] = t->a;
	kinds[2] = t->b;
	kinds[3] = t->c;
	for (unsigned k = 2; k < 4; k++)
		if (t->shape == SH_CIRC && x->slot[k] == SLOT_NONE)
			kinds[k] = '-';
}

static void
check_presence(struct verify *v, const struct insn *x, const char kinds[4])
{
	for (unsigned k = 0; v->st == ST_OK && k < 4; k++) {
		if (kinds[k] == '-' && x->slot[k] != SLOT_NONE)
			verify_fail(v, "there is no operand %c", operand_name[k]);
		else if (kinds[k] != '-' && x->slot[k] >= v->c->n_slots)
			verify_fail(v, "operand %c is no slot", operand_name[k]);
	}
	if (v->st != ST_OK || kinds[0] == '-')
		return;
	if (v->c->slot[slot_root(v->c, x->slot[0])].kind == SLOT_CONST)
		verify_fail(v, "slot s%u is constant", x->slot[0]);
}

/* Whether shares are the numbers themselves, so that what works on plain numbers works on them. */
static bool
plain_shares(const struct code *c)
{
	return c->protocol != NULL && strcmp(c->protocol, "clear") == 0;
}

/* An operand of the kind X: public; or, where d is local, local in the same partition; or, where d
 * is a share, a share.  Reductions of CHECK have a partition of their own. */
static bool
fits_x(const struct slot *d, const struct slot *s, const struct insn *x)
{
	if (s->domain == DOM_P || d->domain == DOM_A)
		return s->domain == DOM_P || s->domain == DOM_A;
	return d->domain == DOM_L && s->domain == DOM_L &&
	    (s->part == d->part || insn_table[x->op].shape == SH_CHECK);
}

/* An operand of the kind S: as d; what is opened may go to fewer, and of rows a COPY may take those
 * of one member. */
static bool
fits_s(const struct code *c, const struct slot *d, const struct slot *s, const struct insn *x)
{
	if (s->domain != d->domain)
		return false;
	if (d->domain == DOM_L)
		return s->part == d->part || (x->op == OP_COPY && c->part[d->part].whole && slot_by_rows(c, s));
	if (d->domain == DOM_O || d->domain == DOM_R)
		return recipients_within(&c->roles, d->part, s->part);
	return true;
}

/* Operands of post instructions: whoever computes d has them. */
static bool
fits_opened(const struct code *c, const struct slot *d, const struct slot *s, char kind)
{
	if (kind == 'O' && s->domain == DOM_P)
		return true;
	return s->domain == (kind == 'O' ? DOM_O : DOM_R) &&
	    recipients_within(&c->roles, d->part, s->part);
}

static bool
fits(const struct code *c, char kind, const struct slot *d, const struct slot *s,
    const struct insn *x)
{
	switch (kind) {
	case 'P':
		return s->domain == DOM_P;
	case 'L':
		return s->domain == DOM_L;
	case 'A':
		return s->domain == DOM_A;
	case 'B':
		return s->domain == DOM_B;
	case 'Y':
		return s->domain == DOM_Y;
	case 'X':
		return fits_x(d, s, x);
	case 'S':
		return fits_s(c, d, s, x);
	case 'O':
	case 'R':
		return fits_opened(c, d, s, kind);
	}
	return false;
}

static bool
fits_result(const struct code *c, char kind, const struct slot *d)
{
	switch (kind) {
	case 'P':
		return d->domain == DOM_P;
	case 'L':
		return d->domain == DOM_L;
	case 'A':
		return d->domain == DOM_A;
	case 'B':
		return d->domain == DOM_B;
	case 'Y':
		return d->domain == DOM_Y;
	case 'X':
		return d->domain == DOM_P || d->domain == DOM_L ||
		    (d->domain == DOM_A && plain_shares(c));
	case 'S':
		return true;
	case 'O':
		return d->domain == DOM_O;
	case 'R':
		return d->domain == DOM_R;
	}
	return false;
}

static void
check_domains(struct verify *v, const struct insn *x, const char kinds[4])
{
	const struct slot *slot = v->c->slot, *d = NULL;

	if (kinds[0] != '-') {
		d = &slot[x->slot[0]];
		if (!fits_result(v->c, kinds[0], d))
			verify_fail(v, "slot s%u is of the wrong domain", x->slot[0]);
		else if (v->post && (d->domain == DOM_A || d->domain == DOM_L || slot_of_bits(d)))
			verify_fail(v, "slot s%u is not opened", x->slot[0]);
		else if (!v->post && d->domain == DOM_R)
			verify_fail(v, "slot s%u is real: only after opening", x->slot[0]);
	}
	for (unsigned k = 1; v->st == ST_OK && k < 4; k++)
		if (kinds[k] != '-' && !fits(v->c, kinds[k], d, &slot[x->slot[k]], x))
			verify_fail(v, "slot s%u is of the wrong domain, partition or recipients",
			    x->slot[k]);
}

static void
check_widths(struct verify *v, const struct insn *x, const char kinds[4])
{
	const struct slot *slot = v->c->slot;
	unsigned flags = insn_table[x->op].flags;

	if (kinds[0] == '-' || kinds[1] == '-' || (flags & F_WIDTHS) != 0)
		return;
	unsigned d = slot[x->slot[0]].width, a = slot[x->slot[1]].width;
	if ((flags & F_NARROW) != 0 ? d != 64 || a != 128 : d != a)
		verify_fail(v, "slots s%u and s%u do not fit in width", x->slot[0], x->slot[1]);
	/* An index of bits is a number, of any width. */
	bool any = slot_of_bits(&slot[x->slot[0]]);
	for (unsigned k = 2; v->st == ST_OK && k < 4; k++)
		if (kinds[k] != '-' && !any && slot[x->slot[k]].width != d)
			verify_fail(v, "slots s%u and s%u do not fit in width", x->slot[0],
			    x->slot[k]);
}

/* Windows lie inside for every value that the counters can have here. */
static void
check_window(struct verify *v, const struct insn *x, uint32_t i)
{
	const struct slot *s = &v->c->slot[i];
	int64_t min, max;

	if (s->kind != SLOT_WINDOW)
		return;
	if (slot_of_bits(s) && x->op != OP_COPY)
		verify_fail(v, "slot s%u is a window of bits: they can only be copied", i);
	const struct slot *of = &v->c->slot[s->of];
	if (nest_range(&min, &max, &v->nest, &s->offset) != ST_OK)
		verify_fail(v, "the offset of slot s%u uses a counter that is not there, "
		    "or overflows", i);
	else if (min < 0 || max > (int64_t)(of->n - s->n))
		verify_fail(v, "slot s%u goes outside: elements %lld to %lld of s%u, "
		    "which has %llu", i, (long long)min, (long long)max + (long long)s->n, s->of,
		    (unsigned long long)of->n);
}

static void
check_section(struct verify *v, const struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];

	if (x->file >= v->c->n_sources)
		verify_fail(v, "source %u is not there", x->file);
	else if (!v->post && (t->flags & F_POST) != 0)
		verify_fail(v, "this is for the post section");
	else if (v->post && (t->flags & F_POST) == 0 && (t->rounds[0] != 0 || t->d == '-' ||
	    x->op == OP_TRIP))
		verify_fail(v, "this is not for the post section");
}

static void
check_operands(struct verify *v, const struct insn *x)
{
	char kinds[4];

	kinds_of(kinds, x);
	check_presence(v, x, kinds);
	if (v->st == ST_OK)
		check_domains(v, x, kinds);
	if (v->st == ST_OK)
		check_widths(v, x, kinds);
	for (unsigned k = 0; v->st == ST_OK && k < 4; k++)
		if (kinds[k] != '-')
			check_window(v, x, x->slot[k]);
	if (v->st == ST_OK)
		verify_shape(v, x);
}

static void
check_flow(struct verify *v, const struct insn *x)
{
	if (x->op == OP_LOOP)
		verify_enter(v, x, v->index);
	else if (x->op == OP_END && v->nest.depth == 0)
		verify_fail(v, "there is no loop to end");
	else if (x->op == OP_END && x->imm[0] != v->loop[v->nest.depth - 1])
		verify_fail(v, "this ends the loop at %u", v->loop[v->nest.depth - 1]);
	else if (x->op == OP_END)
		verify_leave(v);
}

void
verify_code(struct verify *v, const struct insn *code, uint32_t n, bool post)
{
	v->post = post;
	v->nest.depth = 0;
	for (uint32_t i = 0; v->st == ST_OK && i < n; i++) {
		v->insn = &code[i];
		v->index = i;
		if (code[i].op >= N_INSN) {
			verify_fail(v, "there is no such instruction");
			return;
		}
		check_section(v, &code[i]);
		if (v->st == ST_OK)
			check_operands(v, &code[i]);
		if (v->st == ST_OK)
			check_flow(v, &code[i]);
	}
	if (v->st == ST_OK && v->nest.depth != 0)
		verify_fail(v, "the loop at %u does not end", v->loop[v->nest.depth - 1]);
	v->insn = NULL;
}
