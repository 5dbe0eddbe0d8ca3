/* cohort.h: which rows a site brings to a run, as keyed hashes: a ledger compares runs by them.
 *
 * A row is told apart by one column of the table (`key`: a patient's number, say), or else by
 * all its cells, also those that the program does not read, but for columns without a name (R's
 * row numbers move when a row is taken out).  Its hash is 64 bits,
 *     SipHash(k, sum over columns of SipHash(k_column, cell))
 * so that neither the order of columns nor of files matters, and who has the hashes but not the
 * key learns only how many rows are equal (the outer one hides that sums are linear).  A cohort
 * is a multiset: ten rows that are equal are ten.  Of 10^6 rows two different ones collide with
 * a probability of 3 * 10^-8.
 *
 * A cell counts as it is written, without blanks around it: 1 and 1.0 are two.  Of files
 * without cells (JSON, .npy) the values of the program's inputs count.  Tables of which other
 * columns were taken cannot be compared; `by` says so. */
#ifndef KONSIL_COHORT_H
#define KONSIL_COHORT_H

#include "base/status.h"

enum { COHORT_KEY = 32, COHORT_PART_KEY = 16 };

struct cohort {
	uint64_t by;                    /* what rows were told apart by, as a hash */
	uint64_t n;
	uint64_t *row;                  /* ascending, after cohort_finish */
	/* While it is made: */
	uint8_t key[COHORT_KEY];
	const char *column;             /* what tells rows apart; NULL: all cells */
	bool any, found;                /* some table had rows; and that column */
	size_t room;
	/* the CSV that is read */
	uint32_t n_columns;             /* 0: none whose rows count */
	uint8_t (*part)[COHORT_PART_KEY];       /* by column: its key */
	bool *counts;
	uint64_t at, sum;               /* row; sum of its cells so far */
};

/* The column's name stays the caller's. */
void cohort_init(struct cohort *c, const uint8_t key[COHORT_KEY], const char *column);
void cohort_fini(struct cohort *c);

/* A CSV with rows begins, of `most` rows; cells and ends of rows follow. */
enum status cohort_table(struct cohort *c, char *const *name, uint32_t n_columns, uint64_t most)
    MUST_USE;
/* Whether the cell is one that tells rows apart by itself, and so must not be missing. */
bool cohort_is_key(const struct cohort *c, uint32_t column);
void cohort_cell(struct cohort *c, uint32_t column, const char *text, size_t len);
void cohort_row(struct cohort *c);
void cohort_table_end(struct cohort *c);
/* Rows of values instead of texts: some of row i, of the input called name. */
enum status cohort_room(struct cohort *c, uint64_t rows) MUST_USE;
void cohort_input(uint8_t part[COHORT_PART_KEY], struct cohort *c, const char *name);
void cohort_value(struct cohort *c, uint64_t i, const uint8_t part[COHORT_PART_KEY],
    const void *bytes, size_t len);
/* No more will come.  ST_DATA: no table had the column. */
enum status cohort_finish(struct cohort *c, struct fault *f) MUST_USE;

/* How many rows two ascending lists share, and how many are in one of them only. */
struct cohort_overlap {
	uint64_t both, one;
};
struct cohort_overlap cohort_compare(const uint64_t *a, uint64_t n, const uint64_t *b, uint64_t m);

#endif
