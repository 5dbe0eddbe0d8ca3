/* check_differ_lines.c: cells of an output that make one set together; see check_differ.h
 *
 * A line along an axis, or all cells: if no row is in two of them, their sum is one over the rows
 * of all that go out. */
#include <string.h>

#include "check_differ_impl.h"

struct lines {
	struct check *ck;
	struct differ *df;
	struct released *r;
	uint32_t *of;                   /* by cell: its set, or UINT32_MAX */
};

/* Cells of which one number, and so one set, is told. */
static void
sets_of_cells(struct lines *l, uint32_t first, uint64_t n)
{
	uint8_t *seen = compile_alloc(l->ck->c, n + 1);

	memset(l->of, 0xff, n * sizeof *l->of);
	for (uint32_t i = first; i < l->df->n; i++) {
		const struct row_set *s = &l->df->set[i];
		uint64_t cell = s->cell - l->r->cell;
		if (s->n_pieces == 0)
			continue;
		l->of[cell] = seen[cell] == 0 && s->known ? i : UINT32_MAX;
		seen[cell] = 1;
	}
}

static bool
adds_up(struct lines *l, const uint32_t *member, uint32_t n, struct form *sum)
{
	const struct row_set *a = &l->df->set[member[0]];
	struct forms *f = l->df->forms;

	*sum = (struct form){ .n = 0 };
	for (uint32_t i = 0; i < n; i++) {
		const struct row_set *b = &l->df->set[member[i]];
		if (b->group != a->group || b->key.n != a->key.n || b->key.many != a->key.many ||
		    memcmp(b->key.input, a->key.input, a->key.n * sizeof *a->key.input) != 0)
			return false;
		struct form common = form_product(f, sum, &b->form);
		*sum = form_add(f, sum, 1, &b->form);
		if (f->full)
			return f->full = false;
		if (common.n > 0)
			return false;
	}
	return true;
}

/* Cells at, at + step, ..., n of them. */
static void
add_line(struct lines *l, uint64_t at, uint64_t step, uint64_t n)
{
	uint32_t *member = compile_alloc(l->ck->c, n * sizeof *member), k = 0;
	struct row_set s;

	for (uint64_t i = 0; i < n; i++)
		if ((member[i] = l->of[at + i * step]) == UINT32_MAX)
			return;
	s = l->df->set[member[0]];
	if (l->r->n_lines == N_LINES || !adds_up(l, member, (uint32_t)n, &s.form))
		return;
	s.n_members = (uint32_t)n;
	s.member = member;
	s.n_pieces = 0;
	for (uint64_t i = 0; i < n; i++)
		s.n_pieces += l->df->set[member[i]].n_pieces;
	struct piece *piece = compile_alloc(l->ck->c, s.n_pieces * sizeof *piece);
	for (uint64_t i = 0; i < n; i++) {
		const struct row_set *b = &l->df->set[member[i]];
		memcpy(&piece[k], b->piece, b->n_pieces * sizeof *piece);
		k += b->n_pieces;
		s.guarded = s.guarded || b->shown != IR_NONE;
	}
	s.piece = piece;
	s.cell = l->df->n_cells++;
	s.shown = IR_NONE;
	l->r->n_lines++;
	differ_add(l->ck, l->df, l->r, &s);
}

void
differ_lines(struct check *ck, struct differ *df, struct released *r, uint32_t first)
{
	const struct ir_value v = ck->ir->value[r->v];
	struct lines l = { .ck = ck, .df = df, .r = r };
	uint64_t below = 1;

	r->first_line = df->n;
	if (v.n < 2 || df->n == first)
		return;
	l.of = compile_alloc(ck->c, v.n * sizeof *l.of);
	sets_of_cells(&l, first, v.n);
	if (v.n <= N_LINE_CELLS)
		add_line(&l, 0, 1, v.n);
	for (unsigned axis = v.rank; v.rank > 1 && axis-- > 0; below *= v.dims[axis])
		for (uint64_t i = 0; i < v.n && v.dims[axis] > 1 && v.dims[axis] <= N_LINE_CELLS; i++)
			if (i / below % v.dims[axis] == 0)
				add_line(&l, i, below, v.dims[axis]);
}
