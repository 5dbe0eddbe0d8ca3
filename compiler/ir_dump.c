/* ir_dump.c: the IR as text, and the check that runs between passes. */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../runtime/base/mem.h"
#include "internal.h"
#include "ir_build.h"

struct dump {
	char *text;
	size_t len, cap;
	bool failed;
};

static void say(struct dump *, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(struct dump *d, const char *fmt, ...)
{
	va_list ap;
	char line[512];

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	if (n < 0 || d->failed)
		return;
	size_t len = (size_t)n < sizeof line ? (size_t)n : sizeof line - 1;
	if (d->len + len + 1 > d->cap) {
		size_t cap = 2 * (d->cap + len) + 256;
		char *p = mem_realloc(d->text, cap);
		if (p == NULL) {
			d->failed = true;
			return;
		}
		d->text = p;
		d->cap = cap;
	}
	memcpy(d->text + d->len, line, len + 1);
	d->len += len;
}

static void
say_number(struct dump *d, const mpz_t x)
{
	char digits[64];

	if (mpz_sizeinbase(x, 10) > 60)
		say(d, "(%zu bits)", mpz_sizeinbase(x, 2));
	else
		say(d, "%s", mpz_get_str(digits, 10, x));
}

static void
say_affine(struct dump *d, const struct ir_affine *f)
{
	say(d, "%lld", (long long)f->base);
	for (uint32_t i = 0; i < f->n; i++)
		say(d, "%+lld*i%u", (long long)f->term[i].coef, f->term[i].loop);
}

static void
say_shape(struct dump *d, const struct ir_value *v)
{
	for (unsigned i = 0; i < v->rank; i++)
		say(d, "%s%llu", i == 0 ? "[" : ", ", (unsigned long long)v->dims[i]);
	say(d, "%s", v->rank > 0 ? "]" : "");
}

static void
say_extra(struct dump *d, const struct ir_value *v)
{
	if (v->imm[0] != 0 || v->imm[1] != 0 || v->imm[2] != 0)
		say(d, " {%lld, %lld, %lld}", (long long)v->imm[0], (long long)v->imm[1],
		    (long long)v->imm[2]);
	if (v->view != NULL) {
		say(d, " at ");
		say_affine(d, &v->view->offset);
		say(d, " step");
		for (unsigned i = 0; i < N_RANK_MAX; i++)
			if (i < v->rank || v->view->stride[i] != 0)
				say(d, " %lld", (long long)v->view->stride[i]);
	}
	if (v->data != NULL && v->n <= 8)
		for (uint64_t i = 0; i < v->n; i++) {
			say(d, i == 0 ? " = " : ", ");
			say_number(d, v->data[i]);
		}
	if (v->what != NULL)
		say(d, "   # %s", v->what);
}

static void dump_block(struct dump *, const struct ir *, const struct ir_block *, int indent);

static void
dump_value(struct dump *d, const struct ir *ir, ir_id id, int indent)
{
	static const char domains[] = "PLAOR", *const opens[] = { "known", "public", "secret" };
	const struct ir_value *v = &ir->value[id];

	say(d, "%*s%%%u = %s", indent, "", id, ir_ops[v->op].name);
	for (uint32_t i = 0; i < v->n_args; i++)
		say(d, "%s%%%u", i == 0 ? " " : ", ", v->args[i]);
	if (v->op == IR_LOOP) {
		say(d, " from ");
		say_affine(d, &v->loop->lo);
		say(d, " to ");
		say_affine(d, &v->loop->hi);
		say(d, "%s%s\n", v->loop->why_sequential != NULL ? "   # sequential: " : "",
		    v->loop->why_sequential != NULL ? v->loop->why_sequential : "");
		dump_block(d, ir, v->loop->body, indent + 4);
		say(d, "%*syield", indent + 4, "");
		for (uint32_t k = 0; k < v->loop->n_carried; k++)
			say(d, " %%%u", v->loop->yield[k]);
		say(d, "\n");
		return;
	}
	say(d, " : ");
	say_shape(d, v);
	say(d, " %s", opens[v->open]);
	if (v->domain < N_DOMAIN && v->domain != DOM_P)
		say(d, " %c", domains[v->domain]);
	if (v->frac > 0)
		say(d, " f%u", v->frac);
	say(d, " in ");
	say_number(d, v->lo);
	say(d, "..");
	say_number(d, v->hi);
	if (mpz_sgn(v->err) != 0) {
		say(d, " err ");
		say_number(d, v->err);
	}
	say_extra(d, v);
	say(d, "\n");
}

static void
dump_block(struct dump *d, const struct ir *ir, const struct ir_block *b, int indent)
{
	for (uint32_t i = 0; i < b->n; i++)
		dump_value(d, ir, b->value[i], indent);
}

char *
ir_dump(const struct ir *ir)
{
	struct dump d = { 0 };

	dump_block(&d, ir, ir->top, 0);
	for (uint32_t i = 0; i < ir->n_outputs; i++)
		for (uint32_t k = 0; k < ir->output[i].n_parts; k++) {
			const struct ir_part *p = &ir->output[i].part[k];
			say(&d, "output %s%s%s to 0x%x", ir->output[i].name, p->field[0] ? "." : "", p->field,
			    p->recipients);
			if (p->value != IR_NONE)
				say(&d, " = %%%u", p->value);
			if (p->present != IR_NONE)
				say(&d, " if %%%u", p->present);
			if (p->guard != IR_NONE)
				say(&d, " require %%%u", p->guard);
			say(&d, "%s\n", p->value_post ? " in post" : ir->output[i].withheld ? " withheld" : "");
		}
	for (uint32_t i = 0; i < ir->n_roots; i++)
		say(&d, "open %%%u to 0x%x\n", ir->root[i].value, ir->root[i].recipients);
	if (d.failed) {
		mem_free(d.text);
		return NULL;
	}
	return d.text == NULL ? mem_strdup("") : d.text;
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
