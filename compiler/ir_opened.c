/* ir_opened.c: what the roots of ir_post.c open for a part of an output, and what depends on an
 * assumption that is checked. */
#include "internal.h"
#include "ir_const.h"

/* Is b the elements of a in their order? */
bool
ir_same_elements(const struct ir *ir, ir_id a, ir_id b)
{
	const struct ir_value *v = &ir->value[a];
	int64_t s = 1;

	if (a == b)
		return true;
	if (v->op != IR_VIEW || v->args[0] != b || v->n != ir->value[b].n || v->view->offset.n > 0 ||
	    v->view->offset.base != 0)
		return false;
	for (unsigned i = v->rank; i-- > 0; s *= (int64_t)v->dims[i])
		if (v->dims[i] > 1 && v->view->stride[i] != s)
			return false;
	return true;
}

ir_id
ir_shown(const struct ir_part *p)
{
	return p->cells != IR_NONE ? p->cells : p->guard;
}

struct ir_part
ir_guard_part(const struct ir_part *p, ir_id id, bool assumed)
{
	return (struct ir_part){ .field = p->field, .each = p->each, .recipients = p->recipients,
		.value = id, .present = IR_NONE, .guard = IR_NONE, .cells = IR_NONE, .masked = true,
		.assumed = assumed };
}

/* Is the root opened for that part, and as it is, or (guarded) as the part's guards have it? */
static bool
opened_for(const struct ir *ir, const struct ir_root *r, const struct ir_part *part, bool guarded)
{
	if (!recipients_within(&ir->roles, part->recipients, r->recipients) ||
	    (r->assumed && !part->assumed) || (r->part != NULL) != guarded)
		return false;
	return r->part == NULL || r->part == part || (r->mask == IR_NONE &&
	    r->part->guard == part->guard && r->part->cells == part->cells);
}

static bool
opened_in(const struct ir *ir, const struct ir_part *part, bool guarded, ir_id id, uint32_t *root,
    uint64_t *offset)
{
	for (uint32_t i = 0; i < ir->n_roots; i++) {
		const struct ir_root *r = &ir->root[i];
		const struct ir_value *v = &ir->value[r->value];
		*root = i;
		*offset = 0;
		if (!opened_for(ir, r, part, guarded))
			continue;
		if (ir_same_elements(ir, r->value, id))
			return true;
		for (uint32_t k = 0; v->op == IR_CONCAT && k < v->n_args; k++) {
			if (ir_same_elements(ir, v->args[k], id))
				return true;
			*offset += ir->value[v->args[k]].n;
		}
	}
	return false;
}

/* What is opened as it is goes before what a guard may have made 0. */
bool
ir_opened(const struct ir *ir, const struct ir_part *part, ir_id id, uint32_t *root,
    uint64_t *offset)
{
	return opened_in(ir, part, false, id, root, offset) ||
	    opened_in(ir, part, true, id, root, offset);
}

static bool
assumed_block(const struct ir *ir, const struct ir_block *b, uint8_t *assumed)
{
	bool changed = false;

	for (uint32_t i = 0; i < b->n; i++) {
		const struct ir_value *v = &ir->value[b->value[i]];
		uint8_t *t = &assumed[b->value[i]], was = *t;
		if (v->op == IR_LOOP) {
			changed |= assumed_block(ir, v->loop->body, assumed);
			continue;
		}
		if (v->op == IR_ASSUME && !ir->compile->options->unchecked)
			*t = 1;
		for (uint32_t k = 0; k < v->n_args && v->op != IR_RESULT; k++)
			*t |= assumed[v->args[k]];
		if (v->op == IR_RESULT)
			*t |= assumed[ir->value[v->args[0]].loop->arg[v->imm[1]]];
		if (v->op == IR_ARG) {
			const struct ir_value *loop = &ir->value[v->imm[0]];
			*t |= assumed[loop->args[v->imm[1]]] | assumed[loop->loop->yield[v->imm[1]]];
		}
		changed |= *t != was;
	}
	return changed;
}

uint8_t *
ir_assumed(const struct ir *ir)
{
	uint8_t *assumed = compile_alloc(ir->compile, ir->n + 1);

	/* Until nothing changes, for the sake of loops. */
	while (assumed_block(ir, ir->top, assumed))
		;
	return assumed;
}

void
ir_state(struct ir *ir, struct ir_output *o, enum stated_kind kind, const char *text)
{
	struct ir_stated *s = compile_alloc(ir->compile, sizeof *s);

	*s = (struct ir_stated){ .kind = kind, .text = text };
	if (o->stated == NULL)
		o->last_stated = &o->stated;
	*o->last_stated = s;
	o->last_stated = &s->next;
	o->n_stated++;
}
