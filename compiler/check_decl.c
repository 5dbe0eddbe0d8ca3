/* check_decl.c: parameters, parties and inputs. */
#include <string.h>

#include "check_impl.h"

enum { N_GROUP_LIMIT = 4096, INT_BITS = 31, FIXED_BITS = 20 };

uint32_t
group_index(struct check *ck, const char *name)
{
	for (uint32_t i = 0; i < ck->c->n_groups; i++)
		if (strcmp(ck->c->group[i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

uint64_t
member_count(struct check *ck, uint32_t group, bool *known)
{
	const struct group *g = &ck->c->group[group];
	uint64_t n = 0;

	*known = !ck->declaring || g->least == g->most;
	if (ck->declaring)
		return g->least;
	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		n += strcmp(ck->ir->party[i].group, g->name) == 0;
	return n;
}

static void
enter(struct check *ck, uint32_t module)
{
	ck->module = &ck->c->module[module];
	ck->scope = ck->global[module];
}

static void
declare_param(struct check *ck, const struct decl *d)
{
	const struct spec *t;
	struct val x;
	struct span at = d->name_span;

	if (d->value == NULL)
		compile_fail(ck->c, at, NULL, compile_printf(ck->c, "-D %s=...", d->name),
		    "parameter \"%s\" has no default and is not given", d->name);
	t = eval_spec(ck, d->type, false);
	x = eval(ck, d->value);
	if (x.rank == 0 && t->rank > 0 && x.kind != V_STRING && !t->open_dim[0])
		x = broadcast_to(ck, concrete(ck, x, at), t->rank, t->dims, at);
	x = to_spec(ck, x, t, compile_text(ck->c, d->span), compile_printf(ck->c, "parameter \"%s\"",
	    d->name), at);
	bind_name(ck, d->name, concrete(ck, x, at), at);
}

static void
declare_party(struct check *ck, const struct decl *d)
{
	int64_t least = 1, most = d->group ? 0 : 1;

	if (d->least != NULL)
		least = most = known_int(ck, d->least, "how many members a group has");
	if (d->most != NULL)
		most = known_int(ck, d->most, "how many members a group has");
	if (least < 1 || (most != 0 && most < least) || most > N_GROUP_LIMIT)
		compile_fail(ck->c, d->span, NULL, NULL, "a group has 1 to %d members, the smaller number first",
		    N_GROUP_LIMIT);
	/* Only now: sizes are evaluated with the groups that there are. */
	ck->c->group[ck->c->n_groups++] = (struct group){ .name = d->name, .grouped = d->group,
	    .least = (uint32_t)least,
		.most = (uint32_t)most };
}

static uint32_t
count_decls(const struct compile *c, enum decl_kind kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->module[0].n_decls; i++)
		n += c->module[0].decl[i]->kind == kind;
	return n;
}

/* Parameters of all modules; parties of the program; both in source order, since sizes of groups
 * may be parameters. */
void
declare_params(struct check *ck)
{
	struct compile *c = ck->c;

	for (uint32_t m = c->n_modules; m-- > 1;) {
		enter(ck, m);
		for (uint32_t i = 0; i < c->module[m].n_decls; i++)
			if (c->module[m].decl[i]->kind == DE_PARAM)
				declare_param(ck, c->module[m].decl[i]);
	}
	enter(ck, 0);
	c->n_groups = 0;
	c->group = compile_alloc(c, (count_decls(c, DE_PARTY) + 1) * sizeof *c->group);
	for (uint32_t i = 0; i < c->module[0].n_decls; i++) {
		const struct decl *d = c->module[0].decl[i];
		if (d->kind == DE_PARAM)
			declare_param(ck, d);
		else if (d->kind == DE_PARTY)
			declare_party(ck, d);
		else if (d->kind == DE_STUDY)
			c->study = d->name;
	}
	if (c->n_groups == 0)
		compile_fail(c, (struct span){ .line = 1, .column = 1 }, NULL, "`party hospital[]`, say",
		    "a program names the parties that take part");
}

static i128
to_i128(const mpz_t z)
{
	u128 word[1] = { 0 };

	mpz_export(word, NULL, -1, sizeof word, 0, 0, z);
	return mpz_sgn(z) < 0 ? -(i128)word[0] : (i128)word[0];
}

static void
input_range(struct check *ck, const struct decl *d, const struct spec *t, mpz_t lo, mpz_t hi)
{
	mp_bitcnt_t bits = t->kind == V_FIXED ? FIXED_BITS + t->frac : INT_BITS;

	mpz_set_ui(lo, 0);
	mpz_set_ui(hi, 0);
	if (t->kind == V_BOOL)
		mpz_set_ui(hi, 1);
	if (t->kind == V_CATEGORY)
		mpz_set_ui(hi, t->n_levels - 1);
	if (t->kind == V_BITS || t->kind == V_ID) {
		mpz_setbit(hi, t->kind == V_ID ? ID_BITS : t->bits);
		mpz_sub_ui(hi, hi, 1);
	}
	if (t->kind != V_INT && t->kind != V_FIXED)
		return;
	mpz_setbit(hi, bits);
	mpz_neg(lo, hi);
	if (t->kind == V_INT)
		mpz_sub_ui(hi, hi, 1);
	if (t->ranged) {
		mpz_set(lo, t->lo);
		mpz_set(hi, t->hi);
	}
	if (mpz_sizeinbase(lo, 2) > 120 || mpz_sizeinbase(hi, 2) > 120)
		compile_fail(ck->c, d->type->span, NULL, NULL, "the range of an input is less than 2^120 wide");
}

static void
input_type(struct check *ck, const struct decl *d, const struct spec *t, struct type *y)
{
	mpz_t lo, hi;

	mpz_inits(lo, hi, NULL);
	if (t->kind != V_BITS)
		input_range(ck, d, t, lo, hi);
	*y = (struct type){ .kind = t->kind == V_BOOL ? TYPE_BOOL : t->kind == V_INT ? TYPE_INT :
		t->kind == V_FIXED ? TYPE_FIXED : t->kind == V_BITS ? TYPE_BITS :
		t->kind == V_ID ? TYPE_ID : TYPE_CATEGORY,
		.optional = t->optional, .frac = t->frac, .bits = t->bits };
	y->lo = to_i128(lo);
	y->hi = to_i128(hi);
	y->n_levels = t->n_levels;
	y->level = compile_alloc(ck->c, (t->n_levels + 1) * sizeof *y->level);
	for (uint32_t i = 0; i < t->n_levels; i++) {
		const char *text = d->type->level_text != NULL && d->type->level_text[i] != NULL ?
		    d->type->level_text[i] : t->level[i];
		y->level[i].name = compile_printf(ck->c, "%s", t->level[i]);
		y->level[i].text = compile_printf(ck->c, "%s", text);
	}
}

static void
input_columns(struct check *ck, const struct decl *d, struct input *in)
{
	in->n_columns = d->n_columns;
	in->column = compile_alloc(ck->c, (d->n_columns + 1) * sizeof *in->column);
	for (uint32_t i = 0; i < d->n_columns; i++) {
		in->column[i] = compile_printf(ck->c, "%s", d->column[i]);
	}
	in->pattern = d->n_columns == 1 && !d->column_list && strchr(d->column[0], '*') != NULL;
	/* One name for a vector is that of a column; several are those of a row. */
	bool column = in->rank == 0 || (in->shape == INPUT_ARRAY && in->rank == 1 && d->n_columns == 1);
	uint64_t wide = column ? 1 : in->dims[in->rank - 1];
	if (d->n_columns > 0 && d->n_columns != wide && !in->pattern && in->type.kind != TYPE_ID)
		compile_fail(ck->c, d->span, NULL, NULL, "%u name%s for %llu column%s", d->n_columns,
		    d->n_columns == 1 ? "" : "s", (unsigned long long)wide, wide == 1 ? "" : "s");
}

/* Several names of an identifier are joined, so that it is one column. */
static void
check_id(struct check *ck, const struct decl *d, const struct input *in)
{
	if (in->type.kind != TYPE_ID)
		return;
	if (in->shape == INPUT_SCALAR ? in->rank > 0 : in->rank > (in->shape == INPUT_ARRAY))
		compile_fail(ck->c, d->type->span, NULL, "as [\"name\", \"born\"] joins columns to one "
		    "identifier", "an id is one value or a column");
	if (in->n_columns > ID_PARTS_MAX)
		compile_fail(ck->c, d->span, NULL, NULL, "an id joins at most %d columns", ID_PARTS_MAX);
}

/* A table's number of rows is public, or at most k; of one party all inputs agree on that. */
static void
declare_rows(struct check *ck, const struct decl *d, struct input *in, struct group *g)
{
	const struct dim *rows = &d->type->dims[0];

	if (rows->kind == DIM_UPTO) {
		int64_t k = known_int(ck, rows->size, "the most rows that a table has");
		if (k < 1 || k >> N_ELEMENT_MAX_LOG2 != 0)
			compile_fail(ck->c, rows->span, NULL, NULL, "a table of at most %lld rows", (long long)k);
		in->most = (uint64_t)k;
		in->type.optional = true;
	}
	if (g->has_rows && g->hidden != in->most)
		compile_fail(ck->c, rows->span, NULL, "write the same for all inputs of a party",
		    g->hidden == 0 || in->most == 0 ?
		    "an input of %s before this one has a public number of rows, or this one has" :
		    "an input of %s before this one has another limit of rows", g->name);
	g->has_rows = true;
	g->hidden = in->most;
}

/* The declaration as tables and sessions need it. */
static void
declare_input(struct check *ck, const struct decl *d, struct input *in)
{
	uint32_t g = group_index(ck, d->from);
	const struct spec *t;
	bool rows = d->type->n_dims > 0 && d->type->dims[0].kind != DIM_SIZE;

	if (g == UINT32_MAX)
		compile_fail(ck->c, d->from_span, NULL, NULL, "there is no party \"%s\"", d->from);
	if (d->type->name == TY_NUM)
		compile_fail(ck->c, d->type->span, NULL, "write int or fixed", "an input's type is not num");
	t = eval_spec(ck, d->type, false);
	*in = (struct input){ .name = compile_printf(ck->c, "%s", d->name),
		.party = compile_printf(ck->c, "%s", d->from), .line = d->span.line };
	input_type(ck, d, t, &in->type);
	in->shape = rows ? INPUT_ROWS : t->rank > 0 ? INPUT_ARRAY : INPUT_SCALAR;
	for (unsigned i = rows; i < t->rank; i++) {
		if (t->open_dim[i])
			compile_fail(ck->c, d->type->dims[i].span, NULL, NULL,
			    "only the first axis can be the table's rows");
		in->dims[in->rank++] = t->dims[i];
	}
	if (in->rank > N_RANK_MAX - 1)
		compile_fail(ck->c, d->type->span, NULL, NULL, "an input has at most %d axes", N_RANK_MAX - 1);
	if (rows)
		declare_rows(ck, d, in, &ck->c->group[g]);
	input_columns(ck, d, in);
	check_id(ck, d, in);
}

static uint64_t
total_rows(const struct check *ck, const char *group)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < ck->ir->n_parties; i++)
		if (strcmp(ck->ir->party[i].group, group) == 0)
			n += ck->ir->party[i].rows;
	return n;
}

static void
input_shape(struct check *ck, const struct input *in, struct val *x, uint32_t g)
{
	uint64_t dims[N_RANK_MAX] = { 0 };
	bool grouped = ck->c->group[g].grouped, known;
	unsigned rank = 0;

	if (in->shape == INPUT_ROWS)
		dims[rank++] = total_rows(ck, in->party);
	else if (grouped)
		dims[rank++] = member_count(ck, g, &known);
	for (unsigned i = 0; i < in->rank; i++)
		dims[rank++] = in->dims[i];
	val_set_dims(x, rank, dims);
	if (in->shape == INPUT_ROWS || grouped) {
		x->axis = in->shape == INPUT_ROWS ? AXIS_ROWS : AXIS_MEMBERS;
		x->group = g;
	}
}

static ir_id
input_part(struct check *ck, uint32_t k, uint32_t part, const struct val *x, const struct decl *d)
{
	const struct type *t = &ck->c->input[k].type;
	bool number = part == 0 && t->kind != TYPE_BOOL;
	mpz_t lo, hi;

	mpz_init_set_ui(lo, 0);
	mpz_init_set_ui(hi, 1);
	if (number) {
		input_range(ck, d, eval_spec(ck, d->type, false), lo, hi);
		if (t->optional && mpz_sgn(lo) > 0)
			mpz_set_ui(lo, 0);
		if (t->optional && mpz_sgn(hi) < 0)
			mpz_set_ui(hi, 0);
	}
	ir_id id = ir_input(ck->ir, k, part, x->rank, x->dims, lo, hi, number ? t->frac : 0,
	    number ? t->bits : 0, d->span);
	if (!number)
		ck->ir->value[id].boolean = true;
	return id;
}

static void
bind_input(struct check *ck, uint32_t k, const struct decl *d)
{
	static const uint8_t kinds[] = { [TYPE_BOOL] = V_BOOL, [TYPE_INT] = V_INT, [TYPE_FIXED] = V_FIXED,
		[TYPE_CATEGORY] = V_CATEGORY, [TYPE_BITS] = V_BITS, [TYPE_ID] = V_ID };
	const struct input *in = &ck->c->input[k];
	struct val x = val_new((enum val_kind)kinds[in->type.kind]);

	x.frac = in->type.frac;
	x.bits = (uint16_t)in->type.bits;
	input_shape(ck, in, &x, group_index(ck, d->from));
	x.masked = true;
	if (in->type.optional)
		x.p = input_part(ck, k, 1, &x, d);
	if (x.kind == V_CATEGORY) {
		x.n_levels = in->type.n_levels;
		x.level = d->type->level;
		x.plane = compile_alloc(ck->c, x.n_levels * sizeof *x.plane);
		for (uint32_t j = 0; j < x.n_levels; j++)
			x.plane[j] = input_part(ck, k, 2 + j, &x, d);
	} else {
		x.v = input_part(ck, k, 0, &x, d);
	}
	if (in->shape == INPUT_ROWS && in->rank == 1 && d->column_list) {
		struct names *l = names_new(ck, d->n_columns);
		memcpy(l->name, d->column, d->n_columns * sizeof *l->name);
		x.label[1] = l;
	}
	bind_name(ck, d->name, x, d->name_span);
}

void
declare_inputs(struct check *ck)
{
	struct compile *c = ck->c;
	uint32_t k = 0;

	enter(ck, 0);
	c->n_inputs = 0;
	c->input = compile_alloc(c, (count_decls(c, DE_INPUT) + 1) * sizeof *c->input);
	for (uint32_t i = 0; i < c->module[0].n_decls; i++)
		if (c->module[0].decl[i]->kind == DE_INPUT)
			declare_input(ck, c->module[0].decl[i], &c->input[c->n_inputs++]);
	ck->ir->input = c->input;
	ck->ir->n_inputs = c->n_inputs;
	for (uint32_t i = 0; i < c->module[0].n_decls && !ck->declaring; i++)
		if (c->module[0].decl[i]->kind == DE_INPUT)
			bind_input(ck, k++, c->module[0].decl[i]);
}
