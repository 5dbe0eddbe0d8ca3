/* table.h: what one party brings, read from its files and checked against the program's inputs.
 *
 * Files are CSV (RFC 4180 with a header; also `;` or tab, decimal comma, CRLF, BOM), JSON
 * {"input name": value}, and NAME.npy.  Every cell is checked (type, range, level, missing)
 * before anything is sent.  Every fault is ST_DATA with file, line, column (of a CSV: the number
 * of the field in its row) and what kind of value stands there, never the value itself.  Such a
 * message names columns and lines, so it stays at the site.
 *
 * Numbers are read exactly, without floating point: the nearest multiple of 2^-frac, halves to
 * even.
 * Missing is an empty cell, NA, ? or . (JSON: null; npy: NaN), unless a level has that text.
 * In a file with `;` or tabs the decimal mark is a comma or a point, but one of them throughout.
 *
 * A CSV may hold more columns than are asked for.  Columns are found by name: the input's, or what
 * `as` says.  A matrix without `as` takes the columns that no other input names, in file order.
 * Time and memory accesses depend on the party's own values: it is its own machine. */
#ifndef KONSIL_TABLE_H
#define KONSIL_TABLE_H

#include "code/code.h"

enum {
	TABLE_COLUMN_MAX = 1 << 14,     /* of a CSV; wider ones are matrices in .npy */
	TABLE_FIELD_MAX = 1 << 16,      /* bytes of one cell */
	TABLE_BYTES_MAX_LOG2 = 33,      /* of a CSV or .npy file; a JSON file: */
	TABLE_JSON_BYTES_MAX = 256 << 20,
};

/* One input at one party; everything 0 if the input is another party's. */
struct table_value {
	bool given;
	bool wide;                      /* v128 instead of v64 */
	uint64_t rows;                  /* INPUT_ROWS: rows; else 1 */
	uint64_t n;                     /* values, row-major */
	uint32_t limbs;                 /* TYPE_BITS: elements of 64 bits a value, the lowest first */
	union {
		int64_t *v64;           /* raw: units of 2^-frac, 0/1,
		    index of level, limbs; 0 where missing */
		i128 *v128;
	} at;
	uint8_t *present;               /* 0/1 each; NULL if the type is not optional */
	size_t room;                    /* values that the memory was made for */
};

/* Secret; table_free wipes. */
struct table_set {
	uint32_t n_values;              /* one for each input of the program, in its order */
	struct table_value *value;
	bool has_rows;                  /* the party has INPUT_ROWS inputs */
	uint64_t rows;                  /* their common number of rows */
	bool by_order;                  /* some columns were taken in file order: */
	uint8_t header_hash[32];        /* hash of the names of these,
	    else 0; equal at all members */
};

/* Reads the files of one member of group `party` for those of the n inputs that are the group's. */
enum status table_read(struct table_set **out, const struct input *input, uint32_t n,
    const char *party, const char *const *path, uint32_t n_paths, struct fault *f) MUST_USE;

/* The same, and which rows they have (cohort.h), unless cohort is NULL; of inputs [..k] without
 * those that fill up. */
struct cohort;
enum status table_read_cohort(struct table_set **out, struct cohort *cohort,
    const struct input *input, uint32_t n, const char *party, const char *const *path,
    uint32_t n_paths, struct fault *f) MUST_USE;

/* Splits one CSV by the ascending value of a column (as numbers if all are) into members: *out is
 * an array of *members sets (table_free each, then mem_free).  An empty key is a fault. */
enum status table_split(struct table_set ***out, uint32_t *members, const struct input *input,
    uint32_t n, const char *party, const char *path, const char *column, struct fault *f) MUST_USE;

void table_free(struct table_set *t);

/* How many elements a part of an input is, in that width: as many as it has values, or limbs. */
uint64_t table_elements(const struct table_value *v, uint32_t part, unsigned width);
/* What the instruction INPUT wants: elements lo .. lo+n of part 0 (values), 1 (presence) or 2+j
 * (whether it is level j) of an input, into int64_t (width 64; bits: limbs) or i128 (width 128). */
void table_part(void *out, unsigned width, const struct table_set *t, uint32_t input, uint32_t part,
    uint64_t lo, uint64_t n);

/* A random but plausible party for `run --protocol clear --synthetic ROWS`: values are drawn from
 * their types, the same for the same seed. */
enum status table_synthetic(struct table_set **out, const struct input *input, uint32_t n,
    const char *party, uint64_t rows, uint64_t seed) MUST_USE;

#endif
