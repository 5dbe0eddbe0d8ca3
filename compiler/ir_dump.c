/* ir_dump.c: the IR as text, and the check that runs between passes. */
#include <assert.h>
#include <string.h>

#include "buf.h"
#include "ir_build.h"

static void
say_number(struct buf *d, const mpz_t x)
{
	char digits[64];

	if (mpz_sizeinbase(x, 10) > 60)
		buf_printf(d, "(%zu bits)", mpz_sizeinbase(x, 2));
	else
		buf_printf(d, "%s", mpz_get_str(digits, 10, x));
}

static void
say_affine(struct buf *d, const struct ir_affine *f)
{
	buf_printf(d, "%lld", (long long)f->base);
	for (uint32_t i = 0; i < f->n; i++)
		buf_printf(d, "%+lld*i%u", (long long)f->term[i].coef, f->term[i].loop);
}

static void
say_shape(struct buf *d, const struct ir_value *v)
{
	for (unsigned i = 0; i < v->rank; i++)
		buf_printf(d, "%s%llu", i == 0 ? "[" : ", ", (unsigned long long)v->dims[i]);
	buf_printf(d, "%s", v->rank > 0 ? "]" : "");
}

static void
say_extra(struct buf *d, const struct ir_value *v)
{
	if (v->hint != 0)
		buf_printf(d, v->hint & ORDER_MERGE ? " merging" : " in any order");
	if (v->imm[0] != 0 || v->imm[1] != 0 || v->imm[2] != 0)
		buf_printf(d, " {%lld, %lld, %lld}", (long long)v->imm[0], (long long)v->imm[1],
		    (long long)v->imm[2]);
	if (v->view != NULL) {
		buf_add(d, " at ");
		say_affine(d, &v->view->offset);
		buf_add(d, " step");
		for (unsigned i = 0; i < N_RANK_MAX; i++)
			if (i < v->rank || v->view->stride[i] != 0)
				buf_printf(d, " %lld", (long long)v->view->stride[i]);
	}
	if (v->data != NULL && v->n <= 8)
		for (uint64_t i = 0; i < v->n; i++) {
			buf_printf(d, i == 0 ? " = " : ", ");
			say_number(d, v->data[i]);
		}
	if (v->what != NULL)
		buf_printf(d, "   # %s", v->what);
}

static void dump_block(struct buf *, const struct ir *, const struct ir_block *, int indent);

static void
dump_value(struct buf *d, const struct ir *ir, ir_id id, int indent)
{
	static const char domains[] = "PLAORBY", *const opens[] = { "known", "public", "secret" };
	const struct ir_value *v = &ir->value[id];

	buf_printf(d, "%*s%%%u = %s", indent, "", id, ir_ops[v->op].name);
	for (uint32_t i = 0; i < v->n_args; i++)
		buf_printf(d, "%s%%%u", i == 0 ? " " : ", ", v->args[i]);
	if (v->op == IR_LOOP) {
		buf_add(d, " from ");
		say_affine(d, &v->loop->lo);
		buf_add(d, " to ");
		say_affine(d, &v->loop->hi);
		buf_printf(d, "%s%s\n", v->loop->why_sequential != NULL ? "   # sequential: " : "",
		    v->loop->why_sequential != NULL ? v->loop->why_sequential : "");
		dump_block(d, ir, v->loop->body, indent + 4);
		buf_printf(d, "%*syield", indent + 4, "");
		for (uint32_t k = 0; k < v->loop->n_carried; k++)
			buf_printf(d, " %%%u", v->loop->yield[k]);
		buf_add(d, "\n");
		return;
	}
	buf_add(d, " : ");
	say_shape(d, v);
	buf_printf(d, " %s", opens[v->open]);
	if (v->domain < N_DOMAIN && v->domain != DOM_P)
		buf_printf(d, " %c", domains[v->domain]);
	if (v->frac > 0)
		buf_printf(d, " f%u", v->frac);
	if (v->bits > 0)
		buf_printf(d, " b%u", v->bits);
	buf_add(d, " in ");
	say_number(d, v->lo);
	buf_add(d, "..");
	say_number(d, v->hi);
	if (mpz_sgn(v->err) != 0) {
		buf_add(d, " err ");
		say_number(d, v->err);
	}
	say_extra(d, v);
	buf_add(d, "\n");
}

static void
dump_block(struct buf *d, const struct ir *ir, const struct ir_block *b, int indent)
{
	for (uint32_t i = 0; i < b->n; i++)
		dump_value(d, ir, b->value[i], indent);
}

char *
ir_dump(const struct ir *ir)
{
	struct buf d = { .c = ir->compile };

	buf_add(&d, "");

	dump_block(&d, ir, ir->top, 0);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++) {
			const struct ir_part *p = &ir->output[i].part[k];
			buf_printf(&d, "output %s%s%s to 0x%x", ir->output[i].name, p->field[0] ? "." : "", p->field,
			    p->recipients);
			if (p->value != IR_NONE)
				buf_printf(&d, " = %%%u", p->value);
			if (p->present != IR_NONE)
				buf_printf(&d, " if %%%u", p->present);
			if (p->guard != IR_NONE)
				buf_printf(&d, " require %%%u", p->guard);
			if (p->cells != IR_NONE)
				buf_printf(&d, " where %%%u", p->cells);
			buf_printf(&d, "%s\n", p->value_post ? " in post" : ir->output[i].withheld ? " withheld" : "");
		}
	for (uint32_t i = 0; i < ir->n_roots; i++)
		buf_printf(&d, "open %%%u to 0x%x\n", ir->root[i].value, ir->root[i].recipients);
	return d.s;
}

/* The checker between passes: its assertions are about us, never about a program. */
static void
check_args(const struct ir *ir, const bool *seen, ir_id id)
{
	const struct ir_value *v = &ir->value[id];

	assert(ir_ops[v->op].arity < 0 || v->n_args == (uint32_t)ir_ops[v->op].arity);
	assert(v->n <= (uint64_t)1 << N_ELEMENT_MAX_LOG2);
	for (uint32_t i = 0; i < v->n_args; i++) {
		assert(v->args[i] < ir->n && seen[v->args[i]]);
		if (ir_ops[v->op].class == CLASS_EACH)
			assert(ir->value[v->args[i]].rank == 0 || ir->value[v->args[i]].n == v->n);
	}
	if (v->op != IR_LOOP && v->n > 0)
		assert(mpz_cmp(v->lo, v->hi) <= 0);
}

static void
check_block(const struct ir *ir, bool *seen, const struct ir_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		ir_id id = b->value[i];
		const struct ir_value *v = &ir->value[id];
		assert(v->block == b);
		check_args(ir, seen, id);
		seen[id] = true;
		if (v->op != IR_LOOP)
			continue;
		check_block(ir, seen, v->loop->body);
		for (uint32_t k = 0; k < v->loop->n_carried; k++)
			assert(seen[v->loop->yield[k]] && seen[v->loop->arg[k]]);
	}
}

void
ir_check(struct ir *ir, const char *after)
{
	bool *seen = compile_alloc(ir->compile, ir->n + 1);

	(void)after;
	check_block(ir, seen, ir->top);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts && !ir->output[i].withheld; k++)
			assert(seen[ir->output[i].part[k].value]);
}
