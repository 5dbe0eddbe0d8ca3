/* table_impl.h: what the readers of tables share; see table.h */
#ifndef KONSIL_TABLE_IMPL_H
#define KONSIL_TABLE_IMPL_H

#include "cohort.h"
#include "identifier.h"
#include "number.h"
#include "table.h"

/* A file in memory, terminated; secret. */
struct table_file {
	const char *path;
	char *bytes;
	size_t len, room;
};

/* The reading of one party's files. */
struct table_reader {
	const struct input *input;
	uint32_t n;
	const char *party;
	struct fault *fault;
	struct table_set *set;
	const char **origin;            /* per input: the file that gave it, or NULL */
	uint32_t n_files;
	struct cohort *cohort;          /* which rows there are, or NULL */
};

enum status file_open(struct table_file *t, const char *path, struct fault *f) MUST_USE;
void file_close(struct table_file *t);
/* Refuses bytes that are not UTF-8, and NUL, with the line they are on. */
enum status file_check_text(const struct table_file *t, struct fault *f) MUST_USE;
/* "folder/x.npy" -> is its stem `name`? */
bool file_is_named(const char *path, const char *name);

/* mark is the decimal mark; 0 while a file of either has shown none: then the next one decides. */
struct cell_style {
	bool either;                    /* `;` or tabs: the mark may be a comma */
	char mark;
};

struct cell {
	i128 raw;
	uint64_t limb[N_BITS_MAX / 64]; /* TYPE_BITS, instead: as many as the type has */
	uint8_t part[IDENTIFIER_PART_BYTES];    /* ID: the text, of which others may be joined to it */
	bool present;
	const char *what;               /* of a bad one: "text", "a number above the range", ... */
	const char *help;               /* how to mend that, or NULL */
};

/* False if the text is no value of the type; then c->what and c->help say why. */
bool cell_read(struct cell *c, const struct type *t, const char *s, size_t len,
    struct cell_style *y);
/* A number from elsewhere: checks range and fraction. */
bool cell_number(struct cell *c, const struct type *t, enum number_kind kind, i128 raw);
bool cell_missing(struct cell *c, const struct type *t);
bool cell_is_missing_text(const char *s, size_t len);
/* WHERE: WHAT, not EXPECTED */
enum status cell_fault(struct fault *f, const struct cell *c, const struct type *t,
    const char *where);

/* How an input looks as a table: fields a row, and rows (0: any number). */
uint64_t input_fields(const struct input *in);
uint64_t input_rows(const struct input *in);
bool input_is_of(const struct input *in, const char *party);
/* Whether an input's rows are what a cohort is made of: of a party that brings no tables of any
 * number of rows arrays are, too, lest a program gets around a ledger by saying how many there
 * are. */
bool reader_counts_rows(const struct table_reader *r, uint32_t i);
/* A matrix without `as`, which takes columns in file order. */
bool input_by_order(const struct input *in);
/* An identifier of several columns. */
bool input_joins(const struct input *in);
/* Does a name match a pattern, whose stars stand for any text? */
bool column_like(const char *pattern, const char *name);

enum status value_alloc(struct table_value *v, const struct type *t, uint64_t elements) MUST_USE;
static inline void
value_put(struct table_value *v, uint64_t i, const struct cell *c)
{
	for (uint32_t k = 0; k < v->limbs; k++)
		v->at.v64[i * v->limbs + k] = c->present ? (int64_t)c->limb[k] : 0;
	if (v->limbs == 0 && v->wide)
		v->at.v128[i] = c->raw;
	else if (v->limbs == 0)
		v->at.v64[i] = (int64_t)c->raw;
	if (v->present != NULL)
		v->present[i] = c->present;
}
/* Value i as it was put. */
void value_get(struct cell *c, const struct table_value *v, uint64_t i);
/* v is what the file gives for input i: refuses a second file's. */
enum status reader_claim(struct table_reader *r, uint32_t i, const char *path) MUST_USE;

/* The formats.  Each gives what it has to r->set, with rows and n set, shapes not yet checked. */
struct csv_keys {                       /* --split: the key of each row */
	const char *column;
	char *bytes;                    /* terminated texts */
	size_t len, room;
	uint64_t *at;                   /* where row i's begins */
	uint64_t rows, rows_room;
};
enum status table_csv(struct table_reader *r, const struct table_file *t,
    struct csv_keys *keys) MUST_USE;
enum status table_json(struct table_reader *r, const struct table_file *t) MUST_USE;
enum status table_npy(struct table_reader *r, const struct table_file *t) MUST_USE;

/* table.c, for table_split.c */
enum status reader_init(struct table_reader *r, const struct input *input, uint32_t n,
    const char *party, struct fault *f) MUST_USE;
void reader_fini(struct table_reader *r);
/* Every input of the party is there and has its shape; all rows agree. */
enum status reader_finish(struct table_reader *r) MUST_USE;

#endif
