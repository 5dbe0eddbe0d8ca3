/* check_support_impl.h: where rows are in a value, for check_support.c. */
#ifndef KONSIL_CHECK_SUPPORT_IMPL_H
#define KONSIL_CHECK_SUPPORT_IMPL_H

#include "check_support.h"
#include "ir_build.h"

enum { SUPPORT_DEPTH = 2000, SUPPORT_DEGREE = 2, SUPPORT_APART = 16 };

/* Where the rows are among the elements of a value: element e is of row e / stride % rows. */
struct layout {
	uint8_t state;                  /* 0: not asked; else enum layout_state */
	uint8_t degree;                 /* of how many numbers of a row it is a product; of bools 0 */
	uint8_t picks;                  /* enum layout_picks: may it tell few rows from the rest? */
	uint32_t group;
	uint64_t stride, rows;
};

enum layout_state { LAYOUT_NONE = 1, LAYOUT_ROWS, LAYOUT_MIXED };

/* No; but it is no sum or product, as a logarithm is not; in steps, as whole months of days are; it
 * may be about 0 in all rows but a few. */
enum layout_picks { PICKS_NONE, PICKS_BENT, PICKS_STEPS, PICKS_FEW };

struct support {
	struct check *ck;
	const struct policy *policy;
	struct support_told told;
	bool of_model;                  /* shares are not asked about: see policy_record */
	bool by_cells;                  /* nor how many rows are behind single elements */
	bool by_library;                /* what looks at the value that is asked about */
	bool promised;                  /* what the library does with rows need not be followed */
	bool by_columns;                /* ... though no guard of the program answers for it */
	struct span at;
	uint32_t n, depth;              /* values that there were when it began */
	uint32_t n_apart;               /* of the value whose rows are counted, for each ... */
	ir_id apart[SUPPORT_APART];     /* ... the rest of the rows could be told from these */
	uint32_t n_layouts;
	struct layout *layout;
	uint8_t *known;
	ir_id *ok;
	uint8_t *taken, *own;           /* check_taken.c: what it has seen ... */
	ir_id besides;                  /* ... and what it asks for: one bool, or IR_NONE */
	ir_id *all_of;                  /* by group: rows that have all columns taken; IR_NONE: all */
	struct row_terms **terms;           /* by value; see check_terms.c */
};

enum { N_TERM_MAX = 16 };

/* A product of what differs by row; IR_NONE: of nothing. */
struct row_term {
	ir_id mask, num;
	ir_id of[2];                    /* num is the product of these, unless IR_NONE */
	bool magnitude;                 /* of a column that is no bool */
};

struct row_terms {
	uint32_t n;
	struct row_term term[N_TERM_MAX];   /* of the value's shape */
	ir_id rest;                     /* what all that are no magnitudes add up to; IR_NONE: 0 */
};

/* Of an element of a sum over rows: in which rows each factor counts, as bools of the operand's
 * shape (IR_NONE: in all), from which of these the rest of the rows could be told, and how many
 * count: of the sum's shape, or all `rows`. */
struct summands {
	ir_id counted[2], count;
	uint32_t n_apart, left;         /* the first `left` of them in counted[0] */
	ir_id apart[SUPPORT_APART];
	uint32_t group;
	uint64_t rows;
};

/* false: the value is no sum over rows, or it cannot be told which rows count. */
bool support_summands(struct support *, ir_id sum, struct summands *out);
struct support support_begin(struct check *, const struct policy *, struct span at);
/* The first reason sticks; IR_NONE. */
ir_id support_never(struct support *, const char *why);
/* The same, unless the library made value id and the program's guard answers for that: then what it
 * is made of has been taken. */
ir_id support_cannot(struct support *, ir_id id, const char *why);
/* Enough rows behind each element: bools, or IR_NONE: always. */
ir_id support_behind(struct support *, ir_id id);
/* In which rows id, of the layout of rows, counts: bools of its shape; IR_NONE: in all.  What else
 * it tells apart is left in s->apart. */
ir_id support_rows(struct support *, ir_id id);
/* Are those of a count enough?  zeros: none are not, if the policy says so. */
ir_id support_enough(struct support *, ir_id count, bool zeros);
/* Are those of a count enough, also without any one site if the policy says so? */
ir_id support_many(struct support *, ir_id count);
/* Are all rows of a table enough? */
ir_id support_all(struct support *, struct layout);
/* Does a loop of the program only sum up smooth functions of rows, all with one weight? */
bool support_loop_follows(struct support *, ir_id loop);
/* Asks for enough rows of each column that the program gives to what the library made of id. */
void support_taken(struct support *, ir_id id);

/* check_running.c: of each of running counts: may it go out beside the others? */
ir_id support_between(struct support *, ir_id upto, ir_id all);
/* Whether those of a count are enough, none are not. */
ir_id support_some(struct support *, ir_id count);
/* Asks for enough rows that have all of the columns taken so far. */
void support_all_columns(struct support *);
/* Asks for all of ok, whatever else is asked; IR_NONE: nothing. */
void support_demand(struct support *, ir_id ok);
/* check_mixed.c: asks for enough rows of each number that is put into rows that id is made of. */
void support_mixed(struct support *, ir_id id);
/* Which numbers these are, and how many. */
uint32_t mixed_sums(struct check *, ir_id id, const ir_id **sum);

/* check_rows.c.  A value of mixed layout has rows in it, but not in places that can be followed. */
struct layout layout_of(struct support *, ir_id);
/* Whose layouts are kept through the program: for those who only ask for these. */
struct support *support_layouts(struct check *);
/* The same before the library gave the value to the program. */
struct layout layout_within(struct support *, ir_id);
/* Is the middle axis of a reduction of an operand of that layout the rows? */
bool rows_summed(const struct ir_value *, struct layout);
/* Is it the same in all rows of a value of that layout, and of its shape? */
bool rows_alike(const struct support *, ir_id, const struct ir_value *of, struct layout);
/* Does a product sum over the rows of this operand?  left: of a in a @ b. */
bool rows_contracted(const struct ir_value *, struct layout, bool left);

/* check_without.c: v, a product over rows, of a and b over rows from..from + count only. */
ir_id support_product_part(struct support *, const struct ir_value *v, ir_id a, ir_id b,
    uint64_t from, uint64_t count);
/* A count without these rows of a group; IR_NONE: it cannot be told. */
ir_id support_without(struct support *, ir_id count, uint32_t group, uint64_t from, uint64_t n);

/* check_terms.c; false: it cannot be told, and told says why.  Of a value of rows; of one that is
 * not (alike: it is the same in all rows); of products. */
bool terms_of(struct support *, ir_id, struct row_terms *);
bool terms_plain(struct support *, ir_id, bool alike, struct row_terms *);
bool terms_product(struct support *, const struct row_terms *, const struct row_terms *,
    struct row_terms *);
ir_id terms_value(struct support *, const struct row_term *);
typedef ir_id terms_move(struct support *, ir_id, const void *arg);
void terms_map(struct support *, struct row_terms *, terms_move *, const void *arg);

/* check_dominance.c: of a sum over rows, and a product that sums over them: are its contributions
 * as even as the policy asks?  Bools of its shape; IR_NONE: there is nothing to ask. */
ir_id dominance_of_sum(struct support *, const struct ir_value *);
ir_id dominance_of_product(struct support *, const struct ir_value *);

#endif
