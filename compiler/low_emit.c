/* low_emit.c: writes struct code: only the slots that are used, in the order of their use.
 *
 * requires: a schedule, memory. */
#include <string.h>

#include "../runtime/base/mem.h"
#include "../runtime/base/version.h"
#include "ir_const.h"
#include "low.h"

struct emit {
	struct low *l;
	struct compile *c;
	struct code *code;
	uint32_t *slot;                  /* low slot -> slot */
	uint32_t cap_code, cap_affines, cap_slots;
};

static void *
array(struct emit *e, size_t n, size_t size)
{
	void *p = mem_array(n + (n == 0), size);

	if (p == NULL)
		compile_no_memory(e->c);
	return p;
}

static char *
text(struct emit *e, const char *s)
{
	char *p = mem_strdup(s == NULL ? "" : s);

	if (p == NULL)
		compile_no_memory(e->c);
	return p;
}

static void
grow(struct emit *e, void **p, uint32_t n, uint32_t *cap, size_t size)
{
	if (n < *cap)
		return;
	uint32_t next = *cap == 0 ? 64 : *cap * 2;
	void *q = mem_realloc(*p, next * size);
	if (q == NULL)
		compile_no_memory(e->c);
	*p = q;
	*cap = next;
}

static struct affine
affine_of(const struct emit *e, const struct ir_affine *f)
{
	struct affine a;

	memset(&a, 0, sizeof a);
	a.base = f->base;
	for (uint32_t i = 0; i < f->n; i++)
		a.coef[e->l->block[f->term[i].loop]->depth - 1] += f->term[i].coef;
	return a;
}

static uint32_t
slot_of(struct emit *e, low_id id)
{
	if (id == SLOT_NONE)
		return SLOT_NONE;
	if (e->slot[id] != SLOT_NONE)
		return e->slot[id];
	struct slot s = e->l->slot[id].slot;
	if (s.kind == SLOT_WINDOW)
		s.of = slot_of(e, s.of);
	s.offset = affine_of(e, &e->l->slot[id].offset);
	grow(e, (void **)&e->code->slot, e->code->n_slots, &e->cap_slots, sizeof s);
	e->code->slot[e->code->n_slots] = s;
	e->slot[id] = e->code->n_slots++;
	return e->slot[id];
}

static int64_t
affine_index(struct emit *e, const struct ir_affine *f)
{
	struct affine a = affine_of(e, f);

	for (uint32_t i = 0; i < e->code->n_affines; i++)
		if (memcmp(&e->code->affine[i], &a, sizeof a) == 0)
			return i;
	grow(e, (void **)&e->code->affine, e->code->n_affines, &e->cap_affines, sizeof a);
	e->code->affine[e->code->n_affines] = a;
	return e->code->n_affines++;
}

static struct insn *
next(struct emit *e)
{
	struct code *c = e->code;

	if (c->n_code >= N_CODE_MAX)
		compile_fail(e->c, (struct span){ 0 }, NULL, NULL, "the program needs more than %d instructions",
		    N_CODE_MAX);
	grow(e, (void **)&c->code, c->n_code, &e->cap_code, sizeof *c->code);
	memset(&c->code[c->n_code], 0, sizeof *c->code);
	for (int k = 0; k < 4; k++)
		c->code[c->n_code].slot[k] = SLOT_NONE;
	return &c->code[c->n_code++];
}

static void
emit_block(struct emit *e, const struct low_block *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		const struct low_item *it = &b->item[i];
		struct insn in = it->insn;
		if (it->loop) {
			in.imm[0] = affine_index(e, &it->lo);
			in.imm[1] = affine_index(e, &it->hi);
		}
		for (int k = 0; k < 4; k++)
			in.slot[k] = slot_of(e, in.slot[k]);
		uint32_t at = e->code->n_code;
		*next(e) = in;
		if (!it->loop)
			continue;
		emit_block(e, it->body);
		struct insn *end = next(e);
		end->op = OP_END;
		end->line = in.line;
		end->file = in.file;
		end->imm[0] = at;
	}
}

static void
emit_post(struct emit *e)
{
	const struct low_block *b = e->l->post;

	e->code->post = array(e, b->n, sizeof *e->code->post);
	for (uint32_t i = 0; i < b->n; i++) {
		struct insn in = b->item[i].insn;
		for (int k = 0; k < 4; k++)
			in.slot[k] = slot_of(e, in.slot[k]);
		e->code->post[e->code->n_post++] = in;
	}
}

static void
emit_type(struct emit *e, struct type *d, const struct type *s)
{
	*d = *s;
	d->n_levels = 0;
	d->level = NULL;
	if (s->n_levels == 0)
		return;
	d->level = array(e, s->n_levels, sizeof *d->level);
	d->n_levels = s->n_levels;               /* zeroed: what is not there yet is freed as nothing */
	for (uint32_t i = 0; i < s->n_levels; i++) {
		d->level[i].name = text(e, s->level[i].name);
		d->level[i].text = text(e, s->level[i].text);
	}
}

static void
emit_roles(struct emit *e)
{
	const struct roles *r = &e->l->ir->roles;
	struct code *c = e->code;

	c->roles.node = array(e, r->n_nodes, sizeof *c->roles.node);
	if (r->n_nodes > 0)
		memcpy(c->roles.node, r->node, r->n_nodes * sizeof *r->node);
	c->roles.n_nodes = r->n_nodes;
	c->roles.set = array(e, r->n_sets, sizeof *c->roles.set);
	for (; c->roles.n_sets < r->n_sets; c->roles.n_sets++) {
		const struct party_set *s = &r->set[c->roles.n_sets];
		struct party_set *d = &c->roles.set[c->roles.n_sets];
		d->party = array(e, s->n, sizeof *d->party);
		memcpy(d->party, s->party, s->n * sizeof *d->party);
		d->n = s->n;
	}
}

static void
emit_parties(struct emit *e)
{
	const struct ir *ir = e->l->ir;
	struct code *c = e->code;

	c->party = array(e, ir->n_parties, sizeof *c->party);
	for (uint32_t i = 0; i < ir->n_parties; i++) {
		c->party[i] = ir->party[i];
		c->party[i].name = c->party[i].group = NULL;
		c->n_parties++;
		c->party[i].name = text(e, ir->party[i].name);
		c->party[i].group = text(e, ir->party[i].group);
	}
	emit_roles(e);
	c->input = array(e, ir->n_inputs, sizeof *c->input);
	for (uint32_t i = 0; i < ir->n_inputs; i++) {
		const struct input *s = &ir->input[i];
		struct input *d = &c->input[i];
		*d = *s;
		d->name = d->party = NULL;
		d->column = NULL;
		d->n_columns = 0;
		memset(&d->type, 0, sizeof d->type);
		c->n_inputs++;
		d->name = text(e, s->name);
		d->party = text(e, s->party);
		emit_type(e, &d->type, &s->type);
		if (s->n_columns > 0)
			d->column = array(e, s->n_columns, sizeof *d->column);
		for (; d->n_columns < s->n_columns; d->n_columns++)
			d->column[d->n_columns] = text(e, s->column[d->n_columns]);
	}
	c->part = array(e, ir->n_parts, sizeof *c->part);
	if (ir->n_parts > 0)
		memcpy(c->part, ir->part, ir->n_parts * sizeof *c->part);
	c->n_parts = ir->n_parts;
}

static void
emit_part(struct emit *e, struct output_part *d, const struct ir_part *p, const struct low_out *out)
{
	const struct ir_value *v = p->value == IR_NONE ? NULL : &e->l->ir->value[p->value];

	d->field = text(e, p->field);
	d->each = p->each;
	d->recipients = p->recipients;
	d->value = slot_of(e, out->value);
	d->present = slot_of(e, out->present);
	d->guard = slot_of(e, out->guard);
	d->rule = out->rule;
	d->cells = slot_of(e, out->cells);
	d->cell_rule = out->cell_rule;
	d->certain = p->certain;
	d->noise = p->noise;
	memcpy(d->spent, p->spent, sizeof d->spent);
	memcpy(d->sensitivity, p->sensitivity, sizeof d->sensitivity);
	emit_type(e, &d->type, &p->type);
	if (v != NULL) {
		mpz_t most;
		mpz_init_set_ui(most, 1);
		mpz_mul_2exp(most, most, 126);
		d->error = ir_from_mpz(mpz_cmp(v->err, most) < 0 ? v->err : most);
		d->rank = v->rank;
		memcpy(d->dims, v->dims, v->rank * sizeof *d->dims);
	}
}

static void
emit_labels(struct emit *e, struct output *d, const struct ir_output *o)
{
	for (uint32_t k = 0; k < o->n_labels; k++) {
		d->n_labels = k + 1;
		if (o->label[k].n > 0)
			d->label[k].name = array(e, o->label[k].n, sizeof *d->label[k].name);
		for (; d->label[k].n < o->label[k].n; d->label[k].n++)
			d->label[k].name[d->label[k].n] = text(e, o->label[k].name[d->label[k].n]);
	}
}

static void
emit_stated(struct emit *e, struct output *d, const struct ir_output *o)
{
	if (o->n_stated > 0)
		d->stated = array(e, o->n_stated, sizeof *d->stated);
	for (const struct ir_stated *s = o->stated; s != NULL; s = s->next) {
		struct stated *t = &d->stated[d->n_stated++];
		t->kind = (uint8_t)s->kind;
		t->text = text(e, s->text);
	}
}

static void
emit_outputs(struct emit *e)
{
	const struct ir *ir = e->l->ir;
	struct code *c = e->code;
	uint32_t n = 0;

	c->output = array(e, ir->n_outputs, sizeof *c->output);
	for (uint32_t i = 0; i < ir->n_outputs; i++) {
		const struct ir_output *o = &ir->output[i];
		struct output *d = &c->output[c->n_outputs++];
		d->line = o->span.line;
		d->withheld = o->withheld;
		d->to_all = o->to_all;
		d->name = text(e, o->name);
		d->source = text(e, o->source);
		d->part = array(e, o->n_parts, sizeof *d->part);
		for (uint32_t k = 0; k < o->n_parts; k++, n++) {
			d->part[k].value = d->part[k].present = SLOT_NONE;
			d->part[k].guard = d->part[k].cells = SLOT_NONE;
			d->n_parts++;
			emit_part(e, &d->part[k], &o->part[k], &e->l->out[n]);
		}
		emit_stated(e, d, o);
		emit_labels(e, d, o);
	}
}

struct reveals {
	struct emit *e;
	uint32_t cap;
};

/* A reveal that was unrolled stands once: its line, and how often in all. */
static void
emit_reveal(void *arg, const struct insn *in, uint64_t times)
{
	struct reveals *r = arg;
	struct code *c = r->e->code;
	struct compile *co = r->e->c;

	if (in->op != OP_REVEAL && in->op != OP_REVEAL_B)
		return;
	uint64_t n = c->slot[in->slot[1]].n;
	for (uint32_t i = 0; i < c->n_reveals; i++)
		if (c->reveal[i].line == in->line && c->reveal[i].elements == n) {
			c->reveal[i].times += times;
			return;
		}
	grow(r->e, (void **)&c->reveal, c->n_reveals, &r->cap, sizeof *c->reveal);
	struct reveal *d = &c->reveal[c->n_reveals];
	*d = (struct reveal){ .line = in->line, .elements = n, .times = times };
	c->n_reveals++;
	const struct ir *ir = r->e->l->ir;
	struct span span = { 0 };
	for (uint32_t i = 0; i < ir->n; i++)
		if (ir->value[i].op == IR_REVEAL && ir->value[i].span.line == in->line &&
		    ir->value[i].span.file == in->file)
			span = ir->value[i].span;
	d->source = text(r->e, span.end > span.start ? compile_text(co, span) : "reveal");
}

static void
emit_notes(struct emit *e)
{
	const struct ir *ir = e->l->ir;
	struct code *c = e->code;

	c->assumption = array(e, ir->n_assumptions, sizeof *c->assumption);
	for (uint32_t i = 0; i < ir->n_assumptions; i++) {
		c->assumption[i].line = ir->assumption[i].span.line;
		c->assumption[i].checked = ir->assumption[i].checked;
		c->n_assumptions++;
		c->assumption[i].source = text(e, ir->assumption[i].source);
	}
	c->note = array(e, ir->n_notes, sizeof *c->note);
	for (; c->n_notes < ir->n_notes; c->n_notes++)
		c->note[c->n_notes] = text(e, ir->note[c->n_notes]);
	c->source = array(e, e->c->n_modules, sizeof *c->source);
	for (; c->n_sources < e->c->n_modules; c->n_sources++)
		c->source[c->n_sources] = text(e, e->c->module[c->n_sources].name);
}

static void
emit_head(struct emit *e)
{
	const struct compile_options *o = e->c->options;
	struct code *c = e->code;

	c->study = text(e, e->c->study);
	c->protocol = text(e, o->protocol);
	c->network = text(e, o->network);
	c->compiler = text(e, KONSIL_VERSION);
	c->local = o->local && o->target->has_local;
	c->held = o->target->held;
	c->checked = !o->unchecked;
}

static void
emit_circuit(struct emit *e, struct circuit *d, const struct circuit *s)
{
	*d = *s;
	d->name = NULL;
	d->out = NULL;
	d->gate = NULL;
	d->layer = NULL;
	d->name = text(e, s->name);
	d->out = array(e, s->n_out, sizeof *d->out);
	memcpy(d->out, s->out, s->n_out * sizeof *d->out);
	d->gate = array(e, s->n_gates, sizeof *d->gate);
	if (s->n_gates > 0)
		memcpy(d->gate, s->gate, s->n_gates * sizeof *d->gate);
	d->layer = array(e, s->n_bounds, sizeof *d->layer);
	memcpy(d->layer, s->layer, s->n_bounds * sizeof *d->layer);
}

/* Those that an instruction uses, in the order of their use: a version that lost to the other is
 * not carried along. */
static void
emit_circuits(struct emit *e)
{
	struct code *c = e->code;
	uint32_t *index = compile_alloc(e->c, (e->l->c->n_circuits + 1) * sizeof *index);

	c->circuit = array(e, e->l->c->n_circuits, sizeof *c->circuit);
	for (uint32_t i = 0; i < c->n_code; i++) {
		struct insn *x = &c->code[i];
		if (insn_table[x->op].shape != SH_CIRC)
			continue;
		if (index[x->imm[0]] == 0) {
			emit_circuit(e, &c->circuit[c->n_circuits++],
			    low_circuit_at(e->l, (uint32_t)x->imm[0]));
			index[x->imm[0]] = c->n_circuits;
		}
		x->imm[0] = index[x->imm[0]] - 1;
	}
}

struct code *
low_emit(struct low *l)
{
	struct emit e = { .l = l, .c = l->c };
	struct reveals r = { .e = &e };

	e.code = l->c->code = code_new();
	if (e.code == NULL)
		compile_no_memory(l->c);
	e.slot = compile_alloc(l->c, (l->n_slots + 1) * sizeof *e.slot);
	memset(e.slot, 0xff, (l->n_slots + 1) * sizeof *e.slot);
	emit_head(&e);
	emit_parties(&e);
	emit_block(&e, l->top);
	emit_post(&e);
	emit_outputs(&e);
	emit_notes(&e);
	e.code->constant = array(&e, l->n_const, 1);
	if (l->n_const > 0)
		memcpy(e.code->constant, l->constant, l->n_const);
	e.code->const_bytes = l->n_const;
	e.code->view = array(&e, l->n_views, sizeof *e.code->view);
	if (l->n_views > 0)
		memcpy(e.code->view, l->view, l->n_views * sizeof *l->view);
	e.code->n_views = l->n_views;
	emit_circuits(&e);
	e.code->arena_bytes = l->arena_bytes;
	enum status st = code_walk(e.code, emit_reveal, &r);
	if (st == ST_OK)
		st = code_demand(e.code);
	if (st == ST_INTERNAL)
		compile_no_memory(l->c);
	if (st != ST_OK)
		compile_fail(l->c, (struct span){ 0 }, NULL, NULL,
		    "the program runs more instructions than can be counted");
	return e.code;
}
