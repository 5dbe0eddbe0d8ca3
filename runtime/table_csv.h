/* table_csv.h: what the reading of a CSV and the choice of its columns share. */
#ifndef KONSIL_TABLE_CSV_H
#define KONSIL_TABLE_CSV_H

#include "table_impl.h"
#include "text.h"

/* A file's column feeds some inputs: field j of input i. */
struct use {
	uint32_t input, j;
	uint32_t next;                  /* of the same column, or NO_USE */
};

enum { NO_USE = UINT32_MAX, NO_COLUMN = UINT32_MAX };

/* The texts of a row that make an identifier, as far as they were read. */
struct joining {
	uint8_t part[ID_PARTS_MAX][IDENTIFIER_PART_BYTES];
	uint32_t seen;
	bool missing;                   /* one of them */
};

struct csv {
	struct table_reader *r;
	const struct table_file *file;
	struct csv_keys *keys;
	uint32_t key_column;
	struct cell_style style;
	enum status st;
	bool surveying;                 /* a cell was refused; the others are looked at, not kept */
	uint32_t n_bad;                 /* cells that were refused */
	struct text also;               /* the next of them */
	int line;                       /* where the row begins */
	char delimiter;
	const char *body;               /* header and rows, behind mark and preface */
	int body_line;
	bool in_row;                    /* some of it was handed over */
	bool blank_seen;                /* an empty line, in a table of one column */
	bool header_done;
	uint32_t column;                /* next field of the row */
	uint64_t row, most;             /* rows so far; there cannot be more than that */
	uint32_t n_columns, room;
	char **name;                    /* header */
	uint32_t *first;                /* by column: its uses */
	struct use *use;
	uint32_t n_uses;
	bool *named;                    /* by column: some input names it */
	struct joining *joining;        /* by input */
};

/* Takes the fault that was set, at this column of the row; returns st. */
enum status csv_fail(struct csv *c, uint32_t column, enum status st);
/* By name; NO_COLUMN if there is none. */
uint32_t csv_column(const struct csv *c, const char *name);
/* Fills first, use and named from the header. */
enum status csv_plan(struct csv *c) MUST_USE;

#endif
