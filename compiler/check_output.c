/* check_output.c: who learns what.
 *
 * An output becomes one part for each set of recipients, and for each field of named results.  `to
 * each g` cuts the first axis into the members' own rows. */
#include <assert.h>
#include <string.h>

#include "check_impl.h"
#include "ir_const.h"

/* Marks the members of a group; NULL: everybody but helpers. */
static void
add_members(struct check *ck, const char *group, bool *to)
{
	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		to[i] |= group == NULL ? !ck->ir->party[i].helper :
		    strcmp(ck->ir->party[i].group, group) == 0;
}

static void
add_member(struct check *ck, const struct recipient *r, bool *to)
{
	int64_t k = known_int(ck, r->member, "which member it is");
	uint32_t g = group_index(ck, r->name);

	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		if (strcmp(ck->ir->party[i].group, r->name) == 0 && ck->ir->party[i].member == k) {
			to[i] = true;
			return;
		}
	bool grouped = ck->c->group[g].grouped;
	compile_fail(ck->c, r->span, NULL, grouped ? "members count from 0" : NULL, "%s%s", grouped ?
	    "there is no such member of " :
	    "no group, and so without members: ", r->name);
}

/* All recipients that get the whole value; 0: there are none. */
static uint32_t
recipients(struct check *ck, const struct decl *d, bool *to_all)
{
	bool *to = compile_alloc(ck->c, (ck->ir->n_parties + 1) * sizeof *to), any = false;

	if (d->n_to == 0)
		compile_fail(ck->c, d->span, NULL, "`to all`, `to` a party, or `to each` group",
		    "this output does not say to whom it goes");
	for (uint32_t i = 0; i < d->n_to; i++) {
		const struct recipient *r = &d->to[i];
		if (r->kind == TO_ALL) {
			*to_all = true;
			add_members(ck, NULL, to);
			continue;
		}
		if (group_index(ck, r->name) == UINT32_MAX)
			compile_fail(ck->c, r->span, NULL, NULL, "there is no party \"%s\"", r->name);
		if (r->kind == TO_PARTY && r->member != NULL)
			add_member(ck, r, to);
		else if (r->kind == TO_PARTY)
			add_members(ck, r->name, to);
	}
	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		any |= to[i];
	return any ? ir_recipients(ck->ir, to) : 0;
}

void
output_learners(struct check *ck, const struct decl *d, bool *to)
{
	for (uint32_t i = 0; i < d->n_to; i++) {
		const struct recipient *r = &d->to[i];
		if (r->kind == TO_PARTY && r->member != NULL)
			add_member(ck, r, to);
		else
			add_members(ck, r->kind == TO_ALL ? NULL : r->name, to);
	}
}

static i128
to_i128(const mpz_t z)
{
	u128 word[1] = { 0 };

	mpz_export(word, NULL, -1, sizeof word, 0, 0, z);
	return mpz_sgn(z) < 0 ? -(i128)word[0] : (i128)word[0];
}

static void
part_type(struct check *ck, const struct val *x, struct type *t)
{
	const struct ir_value *v = &ck->ir->value[x->v];

	*t = (struct type){ .optional = x->p != IR_NONE, .frac = x->kind == V_FIXED ? x->frac : 0 };
	t->kind = x->kind == V_BOOL ? TYPE_BOOL : x->kind == V_FIXED ? TYPE_FIXED :
	    x->n_levels > 0 ? TYPE_CATEGORY : x->kind == V_BITS ? TYPE_BITS : TYPE_INT;
	t->bits = x->bits;
	if (x->kind != V_BITS) {
		t->lo = to_i128(v->lo);
		t->hi = to_i128(v->hi);
	}
	t->n_levels = x->n_levels;
	t->level = compile_alloc(ck->c, (x->n_levels + 1) * sizeof *t->level);
	for (uint32_t i = 0; i < x->n_levels; i++) {
		t->level[i].name = compile_printf(ck->c, "%s", x->level[i]);
		t->level[i].text = t->level[i].name;
	}
}

/* A value as it goes out: int, fixed or bool numbers, or the index of a level. */
static struct val
outgoing(struct check *ck, struct val x, struct span at)
{
	if (x.kind == V_STRING)
		compile_fail(ck->c, at, NULL, "texts name the axes of an output: `labels ...`",
		    "an output is numbers, bools or categories, and this is %s", type_text(ck, &x));
	refuse_id(ck, &x, at);
	x = settle(ck, concrete(ck, x, at), at);
	if (x.kind == V_CATEGORY) {
		x.v = category_index(ck, &x, at);
		x.kind = V_INT;
	}
	if (x.p != IR_NONE && ir_is_const(ck->ir, x.p, NULL) && known_true(ck, x.p))
		x.p = IR_NONE;
	return hide_missing(ck, x, at);
}

static void
add_part(struct check *ck, struct ir_output *o, uint32_t room, const struct ir_part *p,
    const struct val *x)
{
	if (o->part == NULL)
		o->part = compile_alloc(ck->c, room * sizeof *o->part);
	struct ir_part *to = &o->part[o->n_parts++];
	*to = *p;
	to->value = x->v;
	to->present = x->p;
	to->masked = x->p == IR_NONE || x->masked;
	part_type(ck, x, &to->type);
}

static void
check_each(struct check *ck, const struct recipient *r, const struct val *x)
{
	uint32_t g = group_index(ck, r->name);

	if (!ck->c->group[g].grouped)
		compile_fail(ck->c, r->span, NULL, compile_printf(ck->c, "`to %s`", r->name),
		    "\"%s\" is one party, no group", r->name);
	if (x->axis == AXIS_FREE || x->group != g)
		compile_fail(ck->c, r->span, NULL,
		    "rows stay rows through + - * / comparisons, where, if and slices of other axes; "
		    "sorting, concatenation and indices of the first axis lose them",
		    "the first axis of this value is not the rows or members of \"%s\", so it cannot be "
		    "cut up among them",
		    r->name);
}

/* Each member's own rows, or its own element. */
static void
each_parts(struct check *ck, struct ir_output *o, uint32_t room, const struct ir_part *like,
    const struct recipient *r, const struct val *x)
{
	struct ir_affine from = { 0 };

	check_each(ck, r, x);
	bool *to = compile_alloc(ck->c, (ck->ir->n_parties + 1) * sizeof *to);

	for (uint32_t i = 0; i < ck->ir->n_parties; i++) {
		const struct party *p = &ck->ir->party[i];
		struct ir_part part = *like;
		if (strcmp(p->group, r->name) != 0)
			continue;
		uint64_t n = x->axis == AXIS_ROWS ? p->rows : 1;
		bool member = x->axis == AXIS_MEMBERS;
		struct val own = slice_val(ck, x, 0, &from, n, member, r->span);
		if (like->cells != IR_NONE)
			part.cells = ir_slice(ck->ir, like->cells, 0, &from, n, member,
			    at_span(ck, r->span));
		part.each = (int32_t)i;
		to[i] = true;
		part.recipients = ir_recipients(ck->ir, to);
		to[i] = false;
		add_part(ck, o, room, &part, &own);
		from.base += (int64_t)n;
	}
}

/* Is it a count?  Beside secret fields there is nothing to withhold of what everybody knows, as of
 * the grid of a curve: its cells then say which others are withheld. */
static bool
value_parts(struct check *ck, const struct decl *d, struct ir_output *o, uint32_t room,
    struct ir_part like, struct val x, enum field_kind kind)
{
	bool to_all = false, counts = false;

	x = outgoing(ck, x, d->value != NULL ? d->value->span : d->span);
	if (!o->withheld && !(kind != FIELD_NONE && val_open(ck, &x) == KNOWN))
		counts = guard_value(ck, d, &x, kind, &like);
	like.recipients = recipients(ck, d, &to_all);
	like.each = -1;
	if (like.recipients != 0)
		add_part(ck, o, room, &like, &x);
	for (uint32_t i = 0; i < d->n_to; i++)
		if (d->to[i].kind == TO_EACH)
			each_parts(ck, o, room, &like, &d->to[i], &x);
	return counts;
}

static const struct names *
label_names(struct check *ck, const struct expr *e)
{
	struct val x = eval(ck, e);
	struct names *l;

	if (x.kind == V_STRING && x.rank == 1) {
		l = names_new(ck, x.n);
		memcpy(l->name, x.text, x.n * sizeof *l->name);
		return l;
	}
	if (x.kind == V_CATEGORY) {
		l = names_new(ck, x.n_levels);
		memcpy(l->name, x.level, x.n_levels * sizeof *l->name);
		return l;
	}
	if (x.rank != 1 || !is_numeric(&x) || !ir_known(ck->ir, x.v))
		compile_fail(ck->c, e->span, NULL, NULL,
		    "labels are a category, texts or numbers that are known, and this is %s", type_text(ck, &x));
	l = names_new(ck, x.n);
	for (uint64_t i = 0; i < x.n; i++) {
		mpq_t q;
		mpq_init(q);
		ir_to_mpz(mpq_numref(q), ir_known_at(ck->ir, x.v, i));
		mpq_div_2exp(q, q, ir_frac(ck, x.v));
		l->name[i] = compile_printf(ck->c, "%.10g", mpq_get_d(q));
	}
	return l;
}

static void
set_label(struct ir_output *o, unsigned axis, const struct names *l)
{
	o->label[axis].n = (uint32_t)l->n;
	o->label[axis].name = l->name;
	if (o->n_labels < axis + 1)
		o->n_labels = axis + 1;
}

static void
labels(struct check *ck, const struct decl *d, struct ir_output *o, const struct val *x)
{
	for (unsigned i = 0; i < x->rank; i++)
		if (x->label[i] != NULL && x->label[i]->n == x->dims[i])
			set_label(o, i, x->label[i]);
	if (d->n_labels > x->rank)
		compile_fail(ck->c, d->label[x->rank]->span, NULL, NULL,
		    "labels for %u axes of a value that has %u",
		    d->n_labels, x->rank);
	for (unsigned i = 0; i < d->n_labels; i++) {
		const struct names *l = label_names(ck, d->label[i]);
		if (l->n != x->dims[i])
			compile_fail(ck->c, d->label[i]->span, NULL, NULL, "%llu labels for an axis of %llu elements",
			    (unsigned long long)l->n, (unsigned long long)x->dims[i]);
		set_label(o, i, l);
	}
}

/* Named results share their labels: those of the first that has any. */
static void
field_labels(struct check *ck, const struct decl *d, struct ir_output *o, const struct val *x)
{
	for (unsigned i = 0; i < x->rank; i++)
		if (x->label[i] != NULL && x->label[i]->n == x->dims[i] &&
		    (i >= o->n_labels || o->label[i].n == 0))
			set_label(o, i, x->label[i]);
	for (unsigned i = 0; i < d->n_labels && i < x->rank; i++) {
		const struct names *l = label_names(ck, d->label[i]);
		if (l->n == x->dims[i])
			set_label(o, i, l);
	}
}

static struct ir_output *
new_output(struct check *ck, const struct decl *d)
{
	struct ir *ir = ck->ir;
	uint32_t n = 0;

	if (ir->output == NULL) {
		for (uint32_t m = 0; m < ck->c->n_modules; m++)
			n += ck->c->module[m].n_decls;
		ir->output = compile_alloc(ck->c, (n + 1) * sizeof *ir->output);
	}
	struct ir_output *o = &ir->output[ir->n_outputs++];
	*o = (struct ir_output){ .name = d->name, .span = d->span, .source = compile_text(ck->c,
	    d->span) };
	return o;
}

static ir_id
harmless_fn(struct check *ck, ir_id a, void *arg, struct span at)
{
	const struct ir_value *v = &ck->ir->value[a];
	uint64_t dims[N_RANK_MAX];
	mpz_t z;

	(void)arg;
	mpz_init(z);
	if (v->n > 0 && (mpz_sgn(v->lo) > 0 || mpz_sgn(v->hi) < 0))
		mpz_set(z, v->lo);
	memcpy(dims, v->dims, sizeof dims);
	if (v->bits > 0)
		return ir_broadcast(ck->ir, ir_zero(ck->ir, 0, v->bits, at_span(ck, at)), v->rank, dims,
		    at_span(ck, at));
	return full(ck, z, v->frac, v->rank, dims, at_span(ck, at));
}

/* The value of an output that is withheld before the run: elaborated for its type, and thrown
 * away. */
static struct val
withheld_value(struct check *ck, const struct expr *e)
{
	struct ir_affine lo = { 0 }, hi = { .base = 1 };
	ir_id loop = ir_loop_begin(ck->ir, &lo, &hi, 0, NULL, NULL, NULL, e->span);
	struct val x = eval(ck, e);

	if (x.kind != V_RECORD)
		x = settle(ck, concrete(ck, x, e->span), e->span);
	for (uint32_t i = 0; i < x.n_fields; i++)
		x.of[i] = settle(ck, concrete(ck, x.of[i], e->span), e->span);
	ir_loop_abort(ck->ir, loop);
	for (uint32_t i = 0; i < x.n_fields; i++) {
		uint8_t axis = x.of[i].axis;
		x.of[i] = val_map(ck, &x.of[i], harmless_fn, NULL, e->span);
		x.of[i].axis = axis;
	}
	if (x.kind == V_RECORD)
		return x;
	struct val y = val_map(ck, &x, harmless_fn, NULL, e->span);
	y.axis = x.axis;
	return y;
}

/* What is withheld of named results as a whole, into like's guard; of each field, its kind. */
static enum field_kind *
record_guard(struct check *ck, const struct decl *d, const struct ir_output *o,
    const struct val *record, struct ir_part *like)
{
	enum field_kind *kind = compile_alloc(ck->c, (record->n_fields + 1) * sizeof *kind);
	const bool *degrees = record_degrees(ck, record);
	const ir_id n = ck->ir->n;

	if (!o->withheld)
		policy_record(ck, d, record, like);
	for (uint32_t i = 0; i < record->n_fields; i++) {
		const struct val *x = &record->of[i];
		kind[i] = FIELD;
		if (!o->withheld && x->kind == V_INT && x->rank == 0 && x->v != IR_NONE && x->v < n &&
		    degrees[x->v] && val_open(ck, x) == SECRET && guard_degrees(ck, d, x, like))
			kind[i] = FIELD_DEGREES;
	}
	return kind;
}

/* output = "output" name ["=" expr] "to" recipients [guards] */
void
output_decl(struct check *ck, const struct decl *d)
{
	struct ir_part like = { .field = "", .each = -1, .guard = IR_NONE, .cells = IR_NONE };
	struct ir_output *o = new_output(ck, d);
	uint32_t room;
	bool counts = false;

	(void)recipients(ck, d, &o->to_all);
	o->withheld = !guard_require(ck, d, &like.guard);
	guard_state(ck, d, o);
	struct expr same = { .kind = EX_NAME, .span = d->name_span, .text = d->name };
	const struct expr *e = d->value != NULL ? d->value : &same;
	struct val x = o->withheld ? withheld_value(ck, e) : eval(ck, e);
	if (x.kind != V_RECORD) {
		room = ck->ir->n_parties * d->n_to + 1;
		labels(ck, d, o, &x);
		counts = value_parts(ck, d, o, room, like, x, FIELD_NONE);
	} else {
		room = (ck->ir->n_parties * d->n_to + 1) * x.n_fields;
		enum field_kind *kind = record_guard(ck, d, o, &x, &like);
		for (uint32_t i = 0; i < x.n_fields; i++) {
			like.field = x.field[i];
			field_labels(ck, d, o, &x.of[i]);
			counts |= value_parts(ck, d, o, room, like, x.of[i], kind[i]);
		}
	}
	if (!counts && !o->withheld)
		guard_suppress_none(ck, d);
}
