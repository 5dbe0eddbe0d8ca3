/* check_differ_impl.h: sets of rows behind released numbers, for check_differ.c. */
#ifndef KONSIL_CHECK_DIFFER_IMPL_H
#define KONSIL_CHECK_DIFFER_IMPL_H

#include "check_differ.h"
#include "check_support_impl.h"
#include "ir_forms.h"

enum {
	N_KEY_MAX = 8,                  /* columns in a product */
	N_PIECE_MAX = 1024,             /* sums that a number is made of */
	N_STEP_MAX = 1 << 14,           /* from a number back to sums; more is none, if it is no sum */
	N_CELL_MAX = 4096,              /* of an output */
	N_ROW_SET_MAX = 1 << 14,        /* of a program */
	N_SUMS_KEPT = 64,               /* sums whose rows are not asked about again */
	N_PAIR_MAX = 1 << 13,           /* of an output with what went before */
	N_MEET_MAX = 1 << 10,           /* of these, pairs whose common rows must be counted */
	N_ATOM_SEEN = 64,               /* conditions that a set is made of */
	N_WAIT_MAX = 1,                 /* each takes rounds; after so many it is as if all went out */
	N_LEVEL_SUM = 16,               /* levels that are seen to add up to what is present */
	N_LINE_CELLS = 64, N_LINES = 256,       /* cells that are looked at for adding up */
};

/* Elements of a bool, one for each row; IR_NONE: all rows. */
struct rows_line {
	ir_id id;
	int64_t offset, stride;
};

/* Rows that are in both lines, and how many: an element of `count`, or all. */
struct piece {
	int sign;
	struct rows_line line[2];
	ir_id count;
	uint64_t at, rows;
};

/* Which columns are multiplied and summed: none, it is a count. */
struct row_key {
	uint32_t n, input[N_KEY_MAX];   /* ascending */
	bool many;                      /* and more */
};

/* Rows that a released number is a sum over: what its pieces add up to, or (n_pieces is 0) its form
 * says. */
struct row_set {
	const struct decl *d;           /* NULL: it was revealed */
	const bool *to;                 /* by party */
	uint64_t cell;                  /* numbers that go out are counted through the program */
	uint32_t group;
	uint64_t n_rows;                /* of the group */
	struct row_key key;
	uint32_t n_pieces;
	const struct piece *piece;
	bool known, by_library;
	struct form form;               /* known: the set as a polynomial of conditions */
	const struct form *bound_of;    /* what is not above a bound of this set; or NULL */
	uint32_t n_atoms, atom[N_ATOM_SEEN];
	struct row_key columns;         /* not known: the conditions' */
	ir_id shown;                    /* where it goes out: an element of it, or IR_NONE: always */
	uint64_t shown_at;
	uint32_t depth;                 /* how many decisions one after another that waits for */
	uint32_t n_members;             /* a line: what its cells, these sets, make together */
	const uint32_t *member;
	bool guarded;                   /* a line: some cells may be withheld */
	ir_id size, rows;               /* made when they are asked for: how many, and 0 or 1 a row */
	uint64_t size_at;
	ir_id left;                     /* a line: how many rows are in the cells that go out */
};

struct summed {
	ir_id sum;
	bool asked, fine;
	struct summands rows;
};

struct differ {
	struct support support;
	struct forms *forms;
	struct leaf *leaf;
	struct summed *summed;
	struct row_key **columns;       /* of each atom that was asked about */
	uint64_t n_cells;
	uint32_t n, cap;
	struct row_set *set;
};

/* What is the same for all sets of an output. */
struct released {
	const struct decl *d;
	const bool *to;
	ir_id v, shown;
	uint64_t cell;                  /* the number of its first */
	bool together;                  /* cells stand and fall together */
	const ir_id *put;               /* into rows that v is made of: see check_mixed.c */
	uint32_t n_put;
	uint32_t n_lines, first_line;
	struct span at;
};

struct leaf {
	ir_id sum;
	uint64_t at;
	int sign;
};

/* LEFT, RIGHT: `before`, or `later`, is a line within the other, of which what goes out counts.
 * ALONE: `before` is `later`, which is told by itself. */
enum relation { REL_SAME, REL_APART, REL_INSIDE, REL_AROUND, REL_CROSSING, REL_LEFT, REL_RIGHT,
	REL_ALONE };

/* A number that may have to be withheld, and one that went out before. */
struct pair {
	uint32_t later, before;
	enum relation how;
};

/* Elements of several arrays as those of one. */
struct pool {
	uint32_t n, cap;
	ir_id *id;
	uint64_t *from, length;
};

struct pairs {
	struct check *ck;
	struct differ *df;
	const struct released *r;
	struct span at;
	uint32_t n, cap, n_meets;
	struct pair *pair;
	struct pool sizes;
};

/* check_differ_guard.c: which of n cells go out: of which no pair tells too few; and all but the
 * last of each line of which one does, not counting what is empty or withheld. */
ir_id differ_cells_guard(struct pairs *, uint64_t n);
ir_id differ_lines_guard(struct pairs *, uint64_t n);

/* What a number that goes out is made of. */
struct differ_walk {
	struct check *ck;
	struct differ *df;
	const struct released *r;
	bool apart;                     /* pieces are not only added */
	bool bent;                      /* another function than sums and quotients */
	bool own;                       /* ... of the program's own */
	uint32_t n, depth, steps;       /* n: of the leaves in df */
};

/* check_differ_walk.c: finds the leaves of element i of a value. */
void differ_walk(struct differ_walk *, ir_id, uint64_t i);
/* check_differ_sets.c: does a leaf only count rows? */
bool differ_is_count(struct differ_walk *, const struct leaf *);
/* Notes the sets behind cell i of r->v. */
void differ_note(struct check *, struct differ *, const struct released *, uint64_t i);
/* The columns that an atom is made of. */
const struct row_key *differ_columns(struct check *, struct differ *, uint32_t atom);
/* Notes one more, unless it is there. */
void differ_add(struct check *, struct differ *, const struct released *, struct row_set *);
/* check_differ_lines.c: notes the lines of r->v, whose sets are those from `first` on. */
void differ_lines(struct check *, struct differ *, struct released *, uint32_t first);
_Noreturn void differ_too_many(struct check *, const struct released *);

#endif
