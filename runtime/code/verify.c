/* verify.c: whether a program is safe to run; see code_verify in code.h, and verify.h. */
#include "verify.h"

#include <stdarg.h>
#include <stdio.h>

void
verify_fail(struct verify *v, const char *fmt, ...)
{
	char message[FAULT_TEXT_MAX / 2], place[FAULT_TEXT_MAX / 4] = "";
	const struct insn *x = v->insn;
	va_list ap;

	if (v->st != ST_OK)
		return;
	v->st = ST_DATA;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	if (x != NULL)
		(void)snprintf(place, sizeof place, "instruction %s%u (%s, %.100s:%u): ",
		    v->post ? "post " : "", v->index,
		    x->op < N_INSN ? insn_table[x->op].name : "?",
		    x->file < v->c->n_sources ? v->c->source[x->file] : "?", x->line);
	(void)fault_set(v->fault, ST_DATA, "%s%s", place, message);
}

void
verify_no_memory(struct verify *v)
{
	if (v->st != ST_OK)
		return;
	v->st = fault_set(v->fault, ST_INTERNAL, "no memory");
}

void
verify_enter(struct verify *v, const struct insn *x, uint32_t index)
{
	const struct code *c = v->c;
	int64_t min, max;

	if (x->imm[0] < 0 || x->imm[0] >= c->n_affines || x->imm[1] < 0 ||
	    x->imm[1] >= c->n_affines) {
		verify_fail(v, "there is no such affine");
		return;
	}
	const struct affine *lo = &c->affine[x->imm[0]], *hi = &c->affine[x->imm[1]];
	if (v->nest.depth == N_LOOP_MAX)
		verify_fail(v, "loops nest deeper than %u", N_LOOP_MAX);
	else if (nest_range(&min, &max, &v->nest, lo) != ST_OK ||
	    nest_range(&min, &max, &v->nest, hi) != ST_OK ||
	    nest_push(&v->nest, lo, hi) != ST_OK)
		verify_fail(v, "a bound uses a counter that is not outside, or overflows");
	else
		v->loop[v->nest.depth - 1] = index;
}

void
verify_leave(struct verify *v)
{
	v->nest.depth--;
}

enum status
code_verify(const struct code *c, struct fault *f)
{
	struct verify v = { .c = c, .fault = f };

	verify_manifest(&v);
	if (v.st == ST_OK)
		verify_code(&v, c->code, c->n_code, false);
	if (v.st == ST_OK)
		verify_code(&v, c->post, c->n_post, true);
	if (v.st == ST_OK)
		verify_memory(&v);
	if (v.st == ST_OK)
		verify_flow(&v);
	if (v.st == ST_OK)
		verify_guards(&v);
	return v.st;
}
