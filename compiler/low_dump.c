/* low_dump.c: items and slots as text, after lowering, scheduling and placing; and the check that
 * runs between these steps.
 *
 *   mul.a  %7:a.64[3] <- %2:a.64[3], %5:a.64[3]      ; line 5
 * A slot is its number, domain, width and length; after placing also where it lies. */
#include <assert.h>

#include "buf.h"
#include "low.h"

static void
dump_affine(struct buf *b, const struct ir_affine *f)
{
	buf_printf(b, "%lld", (long long)f->base);
	for (uint32_t i = 0; i < f->n; i++)
		buf_printf(b, "%+lld*i%u", (long long)f->term[i].coef, f->term[i].loop);
}

static void
dump_slot(struct buf *b, const struct low *l, low_id id)
{
	static const char domains[] = "plaorby";
	const struct low_slot *s = &l->slot[id];

	buf_printf(b, "%%%u:%c.%u[%llu]", id, domains[s->slot.domain], s->slot.width,
	    (unsigned long long)s->slot.n);
	if (s->slot.kind == SLOT_CONST)
		buf_add(b, " const");
	if (s->slot.kind == SLOT_WINDOW) {
		buf_printf(b, " of %%%u from ", s->slot.of);
		dump_affine(b, &s->offset);
	}
	if (s->slot.kind == SLOT_MEMORY && l->arena_bytes > 0)
		buf_printf(b, " at %llu", (unsigned long long)s->slot.at);
}

static void
dump_insn(struct buf *b, const struct low *l, const struct insn *x)
{
	const struct insn_info *info = &insn_table[x->op];

	buf_printf(b, "%-9s", info->name);
	if (x->slot[0] != SLOT_NONE) {
		buf_add(b, " ");
		dump_slot(b, l, x->slot[0]);
	}
	for (int k = 1; k < 4; k++)
		if (x->slot[k] != SLOT_NONE) {
			buf_add(b, k == 1 ? " <- " : ", ");
			dump_slot(b, l, x->slot[k]);
		}
	if (x->imm[0] != 0 || x->imm[1] != 0 || x->imm[2] != 0)
		buf_printf(b, " {%lld, %lld, %lld}", (long long)x->imm[0], (long long)x->imm[1],
		    (long long)x->imm[2]);
	if (x->line > 0)
		buf_printf(b, "      ; line %u", x->line);
	buf_add(b, "\n");
}

static void
dump_block(struct buf *b, const struct low *l, const struct low_block *block, int indent)
{
	for (uint32_t i = 0; i < block->n; i++) {
		const struct low_item *it = &block->item[i];
		buf_printf(b, "%*s", indent, "");
		if (!it->loop) {
			dump_insn(b, l, &it->insn);
			continue;
		}
		buf_printf(b, "loop i%u from ", it->body->loop);
		dump_affine(b, &it->lo);
		buf_add(b, " to ");
		dump_affine(b, &it->hi);
		buf_add(b, "\n");
		dump_block(b, l, it->body, indent + 4);
	}
}

char *
low_dump(const struct low *l)
{
	struct buf b = { .c = l->c };

	buf_add(&b, "");
	dump_block(&b, l, l->top, 0);
	if (l->post->n > 0)
		buf_add(&b, "post\n");
	dump_block(&b, l, l->post, 0);
	return b.s;
}

/* Operands exist, and their domains are what the table asks for; the verifier does the rest. */
static void
check_insn(const struct low *l, const struct insn *x)
{
	const struct insn_info *info = &insn_table[x->op];
	const char want[4] = { info->d, info->a, info->b, info->c };

	assert(x->op < N_INSN);
	for (int k = 0; k < 4; k++) {
		bool absent = info->shape == SH_CIRC && k > 1 && x->slot[k] == SLOT_NONE;
		assert(absent || (want[k] == '-') == (x->slot[k] == SLOT_NONE));
		if (want[k] == '-' || absent)
			continue;
		assert(x->slot[k] < l->n_slots && low_base(l, x->slot[k]) < l->n_slots);
		uint8_t d = l->slot[x->slot[k]].slot.domain;
		bool any = want[k] == 'S' || (want[k] == 'X' && l->c->options->target->plain_shares);
		assert(any || (d == DOM_A) == (want[k] == 'A'));
	}
}

static void
check_block(const struct low *l, const struct low_block *b)
{
	for (uint32_t i = 0; i < b->n; i++)
		if (b->item[i].loop)
			check_block(l, b->item[i].body);
		else
			check_insn(l, &b->item[i].insn);
}

void
low_check(const struct low *l, const char *after)
{
	(void)after;
	check_block(l, l->top);
	check_block(l, l->post);
}
