/* check_circuit.c: `circuit` declarations, of the library or in Bristol Fashion, and their calls.
 *
 * A circuit is read once, when the program is loaded, and lives as long as the program.  A file of
 * its name beside the program goes before the library. */
#include <string.h>

#include "../circuits/family.h"
#include "check_impl.h"

enum { N_JOINED = 3 };          /* operands of a circuit; the third is all further inputs */

static void *
arena_copy(struct arena *a, const void *from, size_t n, bool *ok)
{
	void *p = arena_alloc(a, n == 0 ? 1 : n);

	if (p == NULL)
		*ok = false;
	else if (n > 0)
		memcpy(p, from, n);
	return p;
}

const struct circuit *
keep_circuit(struct check *ck, struct circuit *c)
{
	struct arena *a = ck->c->arena;
	bool ok = true;
	struct circuit *d = arena_copy(a, c, sizeof *c, &ok);

	if (ok) {
		d->name = arena_copy(a, c->name, strlen(c->name) + 1, &ok);
		d->out = arena_copy(a, c->out, c->n_out * sizeof *c->out, &ok);
		d->gate = arena_copy(a, c->gate, c->n_gates * sizeof *c->gate, &ok);
		d->layer = arena_copy(a, c->layer, c->n_bounds * sizeof *c->layer, &ok);
	}
	circuit_fini(c);
	if (!ok)
		compile_no_memory(ck->c);
	return d;
}

/* What is wrong with the file stands at its own line. */
static const struct circuit *
from_file(struct check *ck, const struct decl *d)
{
	struct circuit c = { 0 };
	struct fault f = { .st = ST_OK };
	enum status st = bristol_read(&c, d->file_text, d->file_len, d->file, &f);

	if (st == ST_OK)
		return keep_circuit(ck, &c);
	if (st != ST_DATA)
		compile_no_memory(ck->c);
	ck->c->failed = fault_set(ck->c->fault, ST_COMPILE, "%s", f.message);
	fault_at(ck->c->fault, f.file, f.line, f.column);
	longjmp(*ck->c->out, 1);
}

static const struct circuit *
from_library(struct check *ck, const struct decl *d, enum goal goal)
{
	struct circuit c = { 0 };
	bool found;

	if (library_circuit(&c, d->name, goal, &found) != ST_OK)
		compile_no_memory(ck->c);
	if (!found)
		compile_fail(ck->c, d->name_span, NULL,
		    compile_printf(ck->c, "it would be %s.txt beside the program, in Bristol Fashion", d->name),
		    "there is no circuit `%s`", d->name);
	return keep_circuit(ck, &c);
}

static const char *
signature(struct check *ck, const struct circuit *c)
{
	const char *s = "";

	for (int i = 0; i < N_JOINED && c->width[i] > 0; i++)
		s = compile_printf(ck->c, "%s%sbits<%u>", s, i > 0 ? ", " : "", c->width[i]);
	return compile_printf(ck->c, "(%s) -> bits<%u>", s, c->n_out);
}

static void
check_widths(struct check *ck, const struct decl *d, const struct circuit *c)
{
	uint32_t width[N_JOINED] = { 0 };
	bool fits = eval_spec(ck, d->type, false)->bits == c->n_out;

	for (uint32_t i = 0; i < d->n_params; i++)
		width[i < N_JOINED ? i : N_JOINED - 1] += eval_spec(ck, d->param[i].type, false)->bits;
	for (int i = 0; i < N_JOINED; i++)
		fits = fits && width[i] == c->width[i];
	if (fits && (width[N_JOINED - 1] > N_BITS_MAX || c->n_out > N_BITS_MAX))
		compile_fail(ck->c, d->span, NULL, NULL,
		    "the inputs of a circuit behind the second have at most %d bits together", N_BITS_MAX);
	if (!fits)
		compile_fail(ck->c, d->span, NULL, NULL, "the circuit `%s`%s%s is %s", d->name,
		    d->file != NULL ? " of " : " of the library", d->file != NULL ? d->file : "",
		    signature(ck, c));
}

void
declare_circuits(struct check *ck)
{
	struct compile *c = ck->c;

	for (uint32_t m = 0; m < c->n_modules; m++) {
		ck->module = &c->module[m];
		ck->scope = ck->global[m];
		for (uint32_t i = 0; i < c->module[m].n_decls; i++) {
			struct decl *d = c->module[m].decl[i];
			if (d->kind != DE_CIRCUIT)
				continue;
			d->circuit[0] = d->file != NULL ? from_file(ck, d) : from_library(ck, d, GOAL_SMALL);
			d->circuit[1] = d->file != NULL ? d->circuit[0] : from_library(ck, d, GOAL_SHALLOW);
			check_widths(ck, d, d->circuit[0]);
		}
	}
	ck->module = &c->module[0];
	ck->scope = ck->global[0];
}

/* Inputs behind the second are one operand, the first of them lowest. */
static uint32_t
join(struct check *ck, ir_id *arg, uint32_t n, struct span s)
{
	while (n > N_JOINED) {
		ir_id both[2] = { arg[n - 2], arg[n - 1] };
		unsigned bits = ck->ir->value[both[0]].bits + ck->ir->value[both[1]].bits;
		arg[n - 2] = bits_op(ck, IR_CATB, 2, both, 0, bits, s);
		n--;
	}
	return n;
}

/* Its length, as the module that declares the circuit writes it. */
static unsigned
width_of(struct check *ck, const struct module *in, const struct type_expr *t)
{
	const struct module *from = ck->module;
	struct scope *outer = ck->scope;

	ck->module = in;
	ck->scope = ck->global[in - ck->c->module];
	unsigned bits = eval_spec(ck, t, false)->bits;
	ck->module = from;
	ck->scope = outer;
	return bits;
}

/* Arrays are taken element by element. */
struct val
call_circuit(struct check *ck, const struct decl *d, const struct module *in, const struct expr *e)
{
	struct span *at = compile_alloc(ck->c, (d->n_params + 1) * sizeof *at), s = at_span(ck, e->span);
	struct val *x = evaluate_arguments(ck, d, e, at), y;
	ir_id arg[N_PARAM_MAX];
	const struct circuit *c = d->circuit[0];

	for (uint32_t i = 0; i < d->n_params; i++) {
		x[i] = to_bits(ck, x[i], width_of(ck, in, d->param[i].type), at[i]);
		y = i == 0 ? x[0] : result_of(ck, &y, &x[i], IR_NONE, V_BITS, 0, e->span);
	}
	for (uint32_t i = 0; i < d->n_params; i++)
		arg[i] = x[i].rank == 0 ? x[i].v : ir_broadcast(ck->ir, x[i].v, y.rank, y.dims, s);
	uint32_t n = join(ck, arg, d->n_params, s);
	y.v = ir_bits(ck->ir, IR_CIRCUIT, n, arg, ir_add_circuit(ck->ir, c), c->n_out, s);
	ck->ir->value[y.v].imm[1] = ir_add_circuit(ck->ir, d->circuit[1]);
	y.bits = (uint16_t)c->n_out;
	y.masked = false;
	return y;
}
