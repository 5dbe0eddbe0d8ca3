/* fields.h: each record of a program is described once (layout.c), as a sequence of fields; what
 * is done with a field is up to one of four tables: written to or read from the container
 * (container.c), written to or read from text (disasm.c, asm.c).
 *
 * Errors stick in `st`; after one, fields are left as they are, or zero. */
#ifndef KONSIL_FIELDS_H
#define KONSIL_FIELDS_H

#include "code.h"

#include <string.h>

struct fields;

/* A kind of record: its size in memory, the least size in a container, and its fields. */
struct record {
	size_t size, least;
	void (*layout)(struct fields *, void *);
};

struct fields_ops {
	/* An integer of 1, 2, 4, 8 or 16 bytes; text leaves out one that equals usual. */
	void (*num)(struct fields *, const char *name, void *p, unsigned size, bool is_signed,
	    int64_t usual);
	/* n integers of 8 bytes; n is known from fields before. */
	void (*nums)(struct fields *, const char *name, void *p, uint32_t n, bool is_signed);
	/* One of n words. */
	void (*word)(struct fields *, const char *name, uint8_t *p, const char *const *words,
	    unsigned n);
	/* A string of at most max bytes; NULL is written as "", "" is read. */
	void (*text)(struct fields *, const char *name, char **s, size_t max);
	void (*texts)(struct fields *, const char *name, uint32_t *n, char ***s);
	void (*blob)(struct fields *, const char *name, uint8_t *p, size_t n);
	void (*slot)(struct fields *, const char *name, uint32_t *slot);
	void (*affine)(struct fields *, const char *name, struct affine *a);
	/* Domain and width of a slot. */
	void (*kind)(struct fields *, uint8_t *domain, uint16_t *width);
	/* The number of an instruction in the table. */
	void (*op)(struct fields *, uint16_t *op);
	/* A record in a record. */
	void (*group)(struct fields *, const char *name, void *p, const struct record *r);
	/* items is the address of the pointer to the records. */
	void (*list)(struct fields *, const char *name, uint32_t *n, void *items,
	    const struct record *r);
	/* A whole instruction. */
	void (*insn)(struct fields *, struct insn *x);
	/* Records of nothing but `per` integers of 4 bytes, at most max of them. */
	void (*tuples)(struct fields *, const char *name, uint32_t *n, void *items, unsigned per,
	    uint32_t max);
};

struct fields {
	const struct fields_ops *ops;
	enum status st;
	struct fault *fault;            /* may be NULL */
	const struct code *code;        /* what belongs to all records: parties, sources */
};

/* The lists of a program, in the order of the container; the head (everything that is no list)
 * and the constants stand apart. */
struct section {
	const char *name;
	char mark;                      /* text numbers the items: s0, s1, ...; 0: not */
	size_t count_at, list_at;       /* offsets in struct code */
	uint32_t max;
	const struct record *record;
};

enum section_id {
	SEC_HEAD, SEC_SOURCE, SEC_PARTY, SEC_NODE, SEC_SET, SEC_INPUT, SEC_OUTPUT, SEC_REVEAL,
	SEC_ASSUMPTION,
	SEC_NOTE, SEC_CONST, SEC_PART, SEC_SLOT, SEC_VIEW, SEC_AFFINE, SEC_CIRCUIT, SEC_CODE,
	SEC_POST, SEC_DEMAND, N_SECTION
};

extern const struct section section_table[N_SECTION];
extern const struct record head_record;

uint32_t *section_count(const struct section *s, struct code *c);
void *section_list(const struct section *s, const struct code *c);
void section_set(const struct section *s, struct code *c, void *list, uint32_t n);
/* The item's place in memory. */
void *section_item(const struct section *s, const struct code *c, uint32_t i);

/* A pointer to records of some kind, which is kept at `at`. */
static inline void *
pointer_get(const void *at)
{
	void *p;

	memcpy(&p, at, sizeof p);
	return p;
}

static inline void
pointer_set(void *at, void *p)
{
	memcpy(at, &p, sizeof p);
}

enum {
	CODE_VERSION = 1,
	TEXT_MAX_BYTES = 1 << 16,       /* an expression, a note, a level's text */
	N_TEXTS_MAX = 1 << 16,          /* levels, columns, labels of an axis */
	CONST_MAX_BYTES = 1 << 28,
};

/* Whether s may stand in a program: UTF-8 of at most max bytes without control characters other
 * than newline and tab, and without any that change the order in which text is shown (a sheet or an
 * error prints it on somebody's terminal). */
bool text_ok(const char *s, size_t max);

/* Records a fault (ST_DATA unless memory is what lacks) and makes it stick. */
void fields_fail(struct fields *f, enum status st, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
