/* check_val.c: making values of the checker, and saying what they are. */
#include <stdio.h>
#include <string.h>

#include "check_impl.h"

enum { N_TRACE = 4096 };        /* values looked at to find where a secret came from */

/* What later steps say about a library's line, they say about the call in the program. */
struct span
at_span(const struct check *ck, struct span at)
{
	return ck->c->module[at.file].embedded && ck->c->via.line > 0 ? ck->c->via : at;
}

unsigned
ir_frac(const struct check *ck, ir_id id)
{
	return ck->ir->value[id].frac;
}

struct val
val_new(enum val_kind kind)
{
	return (struct val){ .kind = (uint8_t)kind, .v = IR_NONE, .p = IR_NONE, .n = 1 };
}

void
val_set_dims(struct val *x, unsigned rank, const uint64_t *dims)
{
	uint64_t n = 1;

	memset(x->dims, 0, sizeof x->dims);
	for (unsigned i = 0; i < rank; i++) {
		x->dims[i] = dims[i];
		n *= dims[i];
	}
	x->rank = rank;
	x->n = n;
}

struct val
val_ir(const struct check *ck, enum val_kind kind, ir_id v, unsigned frac)
{
	struct val x = val_new(kind);

	x.v = v;
	x.frac = (uint8_t)frac;
	x.bits = ck->ir->value[v].bits;
	val_set_dims(&x, ck->ir->value[v].rank, ck->ir->value[v].dims);
	return x;
}

struct val
val_number(struct check *ck, const mpq_t q, bool decimal)
{
	struct val x = val_new(V_NUMBER);

	x.q = compile_alloc(ck->c, sizeof *x.q);
	mpq_init(x.q);
	mpq_set(x.q, q);
	x.decimal = decimal;
	return x;
}

struct val
val_int(struct check *ck, int64_t i)
{
	mpq_t q;

	mpq_init(q);
	mpq_set_si(q, i, 1);
	return val_number(ck, q, false);
}

struct val
val_bool(struct check *ck, bool b, struct span at)
{
	return val_ir(ck, V_BOOL, const_si(ck, b, at), 0);
}

struct val
val_strings(struct check *ck, uint32_t n, const char **text, bool scalar)
{
	struct val x = val_new(V_STRING);
	uint64_t dim = n;

	(void)ck;
	x.text = text;
	if (!scalar)
		val_set_dims(&x, 1, &dim);
	return x;
}

struct val
val_shaped_like(struct check *ck, const struct val *like, enum val_kind kind, ir_id v,
    unsigned frac)
{
	struct val x = val_ir(ck, kind, v, frac);

	x.p = like->p;
	x.axis = like->axis;
	x.group = like->group;
	memcpy(x.label, like->label, sizeof x.label);
	return x;
}

struct names *
names_new(struct check *ck, uint64_t n)
{
	struct names *l = compile_alloc(ck->c, sizeof *l);

	l->n = n;
	l->name = compile_alloc(ck->c, (n + 1) * sizeof *l->name);
	return l;
}

bool
is_numeric(const struct val *x)
{
	return x->kind == V_BOOL || x->kind == V_INT || x->kind == V_FIXED || x->kind == V_NUMBER;
}

enum openness
val_open(const struct check *ck, const struct val *x)
{
	enum openness o = KNOWN;
	const struct ir_value *value = ck->ir->value;

	if (x->v != IR_NONE)
		o = value[x->v].open;
	if (x->p != IR_NONE && value[x->p].open > o)
		o = value[x->p].open;
	for (uint32_t i = 0; x->kind == V_CATEGORY && i < x->n_levels; i++)
		if (value[x->plane[i]].open > o)
			o = value[x->plane[i]].open;
	for (uint32_t i = 0; i < x->n_fields; i++)
		if (val_open(ck, &x->of[i]) > o)
			o = val_open(ck, &x->of[i]);
	return o;
}

bool
known_rational(const struct check *ck, const struct val *x, mpq_t q)
{
	if (x->kind == V_NUMBER) {
		mpq_set(q, x->q);
		return true;
	}
	if (!is_numeric(x) || x->rank != 0 || x->v == IR_NONE || ck->ir->value[x->v].op != IR_CONST)
		return false;
	mpq_set_z(q, ck->ir->value[x->v].data[0]);
	mpq_div_2exp(q, q, ir_frac(ck, x->v));
	return true;
}

const char *
kind_text(const struct val *x)
{
	switch ((enum val_kind)x->kind) {
	case V_BOOL: return "bool";
	case V_INT: return "int";
	case V_FIXED: return "fixed";
	case V_NUMBER: return x->decimal ? "fixed" : "int";
	case V_CATEGORY: return "category";
	case V_STRING: return "text";
	case V_MISSING: return "missing";
	case V_RECORD: return "several named values";
	case V_BITS: return "bits";
	case V_ID: return "id";
	}
	return "";
}

const char *
dims_text(struct check *ck, unsigned rank, const uint64_t *dims)
{
	const char *s = "[";

	for (unsigned i = 0; i < rank; i++)
		s = compile_printf(ck->c, "%s%s%llu", s, i > 0 ? ", " : "", (unsigned long long)dims[i]);
	return compile_printf(ck->c, "%s]", s);
}

const char *
type_text(struct check *ck, const struct val *x)
{
	const char *shape = x->rank == 0 ? "" : dims_text(ck, x->rank, x->dims);
	const char *kind = x->kind == V_BITS ? compile_printf(ck->c, "bits<%u>", x->bits) : kind_text(x);

	return compile_printf(ck->c, "%s%s%s%s", kind, x->p != IR_NONE ? "?" : "",
	    x->rank > 0 ? " " : "", shape);
}

/* The first secret input from which id is computed, by depth. */
static const struct ir_value *
secret_source(struct check *ck, ir_id id, unsigned *left)
{
	const struct ir *ir = ck->ir;
	const struct ir_value *v = &ir->value[id];

	if (v->open != SECRET || *left == 0)
		return NULL;
	--*left;
	if (v->op == IR_INPUT)
		return v;
	if (v->op == IR_ARG) {
		const struct ir_value *loop = &ir->value[v->imm[0]];
		return secret_source(ck, loop->args[v->imm[1]], left);
	}
	if (v->op == IR_RESULT) {
		const struct ir_value *loop = &ir->value[v->args[0]];
		const struct ir_value *s = secret_source(ck, loop->args[v->imm[1]], left);
		return s != NULL ? s : secret_source(ck, loop->loop->yield[v->imm[1]], left);
	}
	for (uint32_t i = 0; i < v->n_args; i++) {
		const struct ir_value *s = secret_source(ck, v->args[i], left);
		if (s != NULL)
			return s;
	}
	return NULL;
}

static const char *
secret_note(struct check *ck, ir_id id)
{
	unsigned left = N_TRACE;

	if (id == IR_NONE || ck->ir->value[id].open != SECRET)
		return NULL;
	const struct ir_value *s = secret_source(ck, id, &left);
	if (s == NULL)
		return "secret: computed from the parties' inputs";
	return compile_printf(ck->c, "secret: %s%s (line %u)", s == &ck->ir->value[id] ? "" :
	    "computed from ",
	    s->what, s->span.line);
}

const char *
val_note(struct check *ck, const struct val *x)
{
	const char *note = secret_note(ck, x->v);

	if (note == NULL)
		note = secret_note(ck, x->p);
	for (uint32_t i = 0; note == NULL && x->kind == V_CATEGORY && i < x->n_levels; i++)
		note = secret_note(ck, x->plane[i]);
	return note;
}

struct val
val_map(struct check *ck, const struct val *x, ir_fn fn, void *arg, struct span at)
{
	struct val y = *x;
	ir_id like = IR_NONE;

	if (x->v != IR_NONE)
		like = y.v = fn(ck, x->v, arg, at);
	if (x->p != IR_NONE)
		y.p = fn(ck, x->p, arg, at);
	if (x->kind == V_CATEGORY) {
		y.plane = compile_alloc(ck->c, x->n_levels * sizeof *y.plane);
		for (uint32_t i = 0; i < x->n_levels; i++)
			like = y.plane[i] = fn(ck, x->plane[i], arg, at);
	}
	val_set_dims(&y, ck->ir->value[like].rank, ck->ir->value[like].dims);
	y.axis = AXIS_FREE;
	memset(y.label, 0, sizeof y.label);
	return y;
}

const struct val *
record_field(const struct val *record, const char *name)
{
	for (uint32_t i = 0; i < record->n_fields; i++)
		if (strcmp(record->field[i], name) == 0)
			return &record->of[i];
	return NULL;
}
