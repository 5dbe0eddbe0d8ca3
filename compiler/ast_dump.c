/* ast_dump.c: a syntax tree as canonical source: every pair of parentheses, no method calls.
 *
 * What it prints can be parsed, and means the same; two programs that print alike are alike. */
#include "buf.h"

static void dump_expr(struct buf *b, const struct expr *e);

static const char *const binary_text[] = {
	[BIN_ADD] = "+", [BIN_SUB] = "-", [BIN_MUL] = "*", [BIN_DIV] = "/", [BIN_FDIV] = "//",
	[BIN_MOD] = "%", [BIN_POW] = "**", [BIN_MAT] = "@", [BIN_EQ] = "==", [BIN_NE] = "!=",
	[BIN_LT] = "<", [BIN_LE] = "<=", [BIN_GT] = ">", [BIN_GE] = ">=", [BIN_AND] = "&&",
	[BIN_OR] = "||", [BIN_BAND] = "&", [BIN_BOR] = "|", [BIN_XOR] = "^", [BIN_SHL] = "<<",
	[BIN_SHR] = ">>",
};
static const char *const unary_text[] = { [UN_NEG] = "-", [UN_NOT] = "!", [UN_INV] = "~" };
static const char *const type_text[] = {
	[TY_BOOL] = "bool", [TY_INT] = "int", [TY_FIXED] = "fixed", [TY_NUM] = "num",
	[TY_BITS] = "bits", [TY_ONEOF] = "oneof", [TY_ID] = "id", [TY_ANY] = "any",
};

static void
dump_args(struct buf *b, const struct expr *e)
{
	for (uint32_t i = 0; i < e->n_args; i++) {
		if (i > 0)
			buf_add(b, ", ");
		if (e->argname != NULL && e->argname[i] != NULL) {
			buf_add(b, e->argname[i]);
			buf_add(b, " = ");
		}
		dump_expr(b, e->args[i]);
	}
}

static void
dump_items(struct buf *b, const struct index_item *item, uint32_t n)
{
	buf_add(b, "[");
	for (uint32_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add(b, ", ");
		if (item[i].at != NULL) {
			dump_expr(b, item[i].at);
			continue;
		}
		dump_expr(b, item[i].lo);
		buf_add(b, "..");
		dump_expr(b, item[i].hi);
	}
	buf_add(b, "]");
}

static void
dump_levels(struct buf *b, const struct type_expr *t)
{
	buf_add(b, "(");
	for (uint32_t i = 0; i < t->n_levels; i++) {
		if (i > 0)
			buf_add(b, ", ");
		buf_quoted(b, t->level[i]);
		buf_add(b, "=");
		buf_quoted(b, t->level_text[i]);
	}
	buf_add(b, ")");
}

static void
dump_range(struct buf *b, const struct type_expr *t)
{
	buf_add(b, " in ");
	dump_expr(b, t->lo);
	buf_add(b, "..");
	dump_expr(b, t->hi);
}

static void
dump_dims(struct buf *b, const struct type_expr *t)
{
	buf_add(b, " [");
	for (uint32_t i = 0; i < t->n_dims; i++) {
		if (i > 0)
			buf_add(b, ", ");
		if (t->dims[i].kind == DIM_STAR)
			buf_add(b, "*");
		if (t->dims[i].kind == DIM_UPTO)
			buf_add(b, "..");
		dump_expr(b, t->dims[i].size);
	}
	buf_add(b, "]");
}

static void
dump_type(struct buf *b, const struct type_expr *t)
{
	buf_add(b, type_text[t->name]);
	if (t->param != NULL) {
		buf_add(b, "<");
		dump_expr(b, t->param);
		buf_add(b, ">");
	}
	if (t->name == TY_ONEOF)
		dump_levels(b, t);
	if (t->optional)
		buf_add(b, "?");
	if (t->lo != NULL)
		dump_range(b, t);
	if (t->n_dims > 0)
		dump_dims(b, t);
}

static void
dump_operator(struct buf *b, const struct expr *e)
{
	buf_add(b, "(");
	if (e->kind == EX_UNARY) {
		buf_add(b, unary_text[e->op]);
	} else {
		dump_expr(b, e->args[0]);
		buf_printf(b, " %s ", binary_text[e->op]);
	}
	dump_expr(b, e->args[e->n_args - 1]);
	buf_add(b, ")");
}

static void
dump_if(struct buf *b, const struct expr *e)
{
	buf_add(b, "(if ");
	dump_expr(b, e->args[0]);
	buf_add(b, " then ");
	dump_expr(b, e->args[1]);
	buf_add(b, " else ");
	dump_expr(b, e->args[2]);
	buf_add(b, ")");
}

static void
dump_each(struct buf *b, const struct expr *e)
{
	buf_add(b, "[");
	dump_expr(b, e->args[0]);
	buf_printf(b, " for %s in ", e->text);
	dump_expr(b, e->args[1]);
	buf_add(b, "]");
}

static void
dump_converted(struct buf *b, const struct expr *e)
{
	buf_add(b, "(");
	dump_expr(b, e->args[0]);
	if (e->kind == EX_AS) {
		buf_add(b, " as ");
		dump_type(b, e->type);
	} else {
		dump_range(b, e->type);
	}
	buf_add(b, ")");
}

static void
dump_list(struct buf *b, const struct expr *e)
{
	bool array = e->kind == EX_ARRAY;

	if (e->kind == EX_CALL)
		buf_add(b, e->text);
	buf_add(b, array ? "[" : "(");
	dump_args(b, e);
	buf_add(b, array ? "]" : ")");
}

/* Nothing, of NULL. */
static void
dump_expr(struct buf *b, const struct expr *e)
{
	if (e == NULL)
		return;
	switch (e->kind) {
	case EX_NUMBER: case EX_NAME:
		buf_add(b, e->text);
		break;
	case EX_STRING:
		buf_quoted(b, e->text);
		break;
	case EX_CALL: case EX_ARRAY: case EX_RESULT:
		dump_list(b, e);
		break;
	case EX_FIELD:
		dump_expr(b, e->args[0]);
		buf_add(b, ".");
		buf_add(b, e->text);
		break;
	case EX_INDEX:
		dump_expr(b, e->args[0]);
		dump_items(b, e->items, e->n_items);
		break;
	case EX_UNARY: case EX_BINARY:
		dump_operator(b, e);
		break;
	case EX_IF:
		dump_if(b, e);
		break;
	case EX_EACH:
		dump_each(b, e);
		break;
	case EX_RANGE:
		dump_expr(b, e->args[0]);
		buf_add(b, "..");
		dump_expr(b, e->args[1]);
		break;
	case EX_AS: case EX_IN:
		dump_converted(b, e);
		break;
	}
}

static void dump_stmt(struct buf *b, const struct stmt *s, uint32_t depth);

static void
dump_block(struct buf *b, const struct block *block, uint32_t depth)
{
	buf_add(b, " {\n");
	for (uint32_t i = 0; i < block->n; i++)
		dump_stmt(b, block->stmt[i], depth + 1);
	for (uint32_t i = 0; i < depth; i++)
		buf_add(b, "\t");
	buf_add(b, "}");
}

static void
dump_value(struct buf *b, const char *before, const struct expr *e)
{
	if (e == NULL)
		return;
	buf_add(b, before);
	dump_expr(b, e);
}

static void
dump_let(struct buf *b, const struct stmt *s)
{
	buf_add(b, s->kind == ST_LET ? "let " : "var ");
	buf_add(b, s->name);
	if (s->type != NULL) {
		buf_add(b, " : ");
		dump_type(b, s->type);
	}
	dump_value(b, " = ", s->value);
}

static void
dump_stmt(struct buf *b, const struct stmt *s, uint32_t depth)
{
	for (uint32_t i = 0; i < depth; i++)
		buf_add(b, "\t");
	switch (s->kind) {
	case ST_LET: case ST_VAR:
		dump_let(b, s);
		break;
	case ST_ASSIGN:
		buf_add(b, s->name);
		if (s->n_items > 0)
			dump_items(b, s->items, s->n_items);
		buf_printf(b, " %s= ", s->op < 0 ? "" : binary_text[s->op]);
		dump_expr(b, s->value);
		break;
	case ST_FOR:
		buf_printf(b, "for %s in ", s->name);
		dump_expr(b, s->value);
		dump_block(b, &s->body, depth);
		break;
	case ST_IF:
		dump_value(b, "if ", s->value);
		dump_block(b, &s->body, depth);
		if (s->other.n > 0) {
			buf_add(b, " else");
			dump_block(b, &s->other, depth);
		}
		break;
	case ST_RETURN:
		dump_value(b, "return ", s->value);
		break;
	case ST_ASSERT:
		dump_value(b, "assert ", s->value);
		break;
	case ST_EXPR:
		dump_expr(b, s->value);
		break;
	}
	buf_add(b, "\n");
}

static void
dump_params(struct buf *b, const struct fn_param *p, uint32_t n)
{
	buf_add(b, "(");
	for (uint32_t i = 0; i < n; i++) {
		buf_printf(b, "%s%s: ", i > 0 ? ", " : "", p[i].name);
		dump_type(b, p[i].type);
		if (p[i].value != NULL)
			dump_value(b, " = ", p[i].value);
	}
	buf_add(b, ")");
}

static void
dump_fn(struct buf *b, const struct decl *d)
{
	buf_printf(b, "%s %s", d->kind == DE_FN ? "fn" : "circuit", d->name);
	dump_params(b, d->param, d->n_params);
	if (d->n_results > 0) {
		buf_add(b, " -> ");
		dump_params(b, d->result, d->n_results);
	} else if (d->type != NULL) {
		buf_add(b, " -> ");
		dump_type(b, d->type);
	}
	if (d->kind == DE_FN)
		dump_block(b, &d->body, 0);
}

static void
dump_party(struct buf *b, const struct decl *d)
{
	buf_printf(b, "party %s", d->name);
	if (!d->group)
		return;
	buf_add(b, "[");
	dump_expr(b, d->least);
	if (d->most != d->least)
		dump_value(b, "..", d->most);
	buf_add(b, "]");
}

static void
dump_input(struct buf *b, const struct decl *d)
{
	buf_printf(b, "input %s : ", d->name);
	dump_type(b, d->type);
	buf_printf(b, " from %s", d->from);
	if (d->n_columns == 0)
		return;
	buf_add(b, d->column_list ? " as [" : " as ");
	for (uint32_t i = 0; i < d->n_columns; i++) {
		buf_add(b, i > 0 ? ", " : "");
		buf_quoted(b, d->column[i]);
	}
	buf_add(b, d->column_list ? "]" : "");
}

static void
dump_guard(struct buf *b, const struct guard *g)
{
	static const char *const before[] = {
		[GUARD_REQUIRE] = " require ", [GUARD_LAPLACE] = " noise laplace(epsilon = ",
		[GUARD_GAUSSIAN] = " noise gaussian(rho = ", [GUARD_SUPPRESS] = " suppress below ",
		[GUARD_WITHHOLD] = " withhold where ", [GUARD_ROUND] = " round to ",
	};

	dump_value(b, before[g->kind], g->value);
	dump_value(b, ", sensitivity = ", g->sensitivity);
	if (g->kind == GUARD_LAPLACE || g->kind == GUARD_GAUSSIAN)
		buf_add(b, ")");
}

static void
dump_output(struct buf *b, const struct decl *d)
{
	buf_printf(b, "output %s", d->name);
	dump_value(b, " = ", d->value);
	for (uint32_t i = 0; i < d->n_to; i++) {
		buf_add(b, i == 0 ? " to " : ", ");
		buf_add(b, d->to[i].kind == TO_ALL ? "all" : d->to[i].kind == TO_EACH ? "each "
		    : "");
		buf_add(b, d->to[i].kind == TO_ALL ? "" : d->to[i].name);
		dump_value(b, "[", d->to[i].member);
		buf_add(b, d->to[i].member != NULL ? "]" : "");
	}
	for (uint32_t i = 0; i < d->n_guards; i++)
		dump_guard(b, &d->guard[i]);
	for (uint32_t i = 0; i < d->n_labels; i++)
		dump_value(b, i == 0 ? " labels " : ", ", d->label[i]);
}

static void
dump_decl(struct buf *b, const struct decl *d)
{
	switch (d->kind) {
	case DE_STUDY:
		buf_add(b, "study ");
		buf_quoted(b, d->name);
		break;
	case DE_USE:
		buf_printf(b, "use %s", d->name);
		break;
	case DE_PARAM:
		buf_printf(b, "param %s : ", d->name);
		dump_type(b, d->type);
		dump_value(b, " = ", d->value);
		break;
	case DE_PARTY:
		dump_party(b, d);
		break;
	case DE_INPUT:
		dump_input(b, d);
		break;
	case DE_OUTPUT:
		dump_output(b, d);
		break;
	case DE_FN: case DE_CIRCUIT:
		dump_fn(b, d);
		break;
	case DE_STMT:
		dump_stmt(b, d->stmt, 0);
		return;
	}
	buf_add(b, "\n");
}

char *
ast_dump(struct compile *c, const struct module *m)
{
	struct buf b = { .c = c };

	buf_add(&b, "");
	for (uint32_t i = 0; i < m->n_decls; i++)
		dump_decl(&b, m->decl[i]);
	return b.s;
}

char *
ast_dump_expr(struct compile *c, const struct expr *e)
{
	struct buf b = { .c = c };

	buf_add(&b, "");
	dump_expr(&b, e);
	return b.s;
}
