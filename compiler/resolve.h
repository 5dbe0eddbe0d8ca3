/* resolve.h: what the files of the resolver share.
 *
 * Values and functions have names apart.  A value is there from its declaration to the end of its
 * block; a declaration may hide one of an outer block, but not one of its own.  Functions are there
 * throughout their module. */
#ifndef KONSIL_RESOLVE_H
#define KONSIL_RESOLVE_H

#include "internal.h"

enum symbol_kind {
	SYM_PARTY, SYM_GROUP, SYM_PARAM, SYM_INPUT, SYM_LET, SYM_VAR, SYM_LOOP, SYM_EACH, SYM_ARG,
	    SYM_SIZE,
};

struct symbol {
	const char *name;
	enum symbol_kind kind;
	struct span span;
	uint32_t depth;                 /* of the block it is declared in; 0: the top level */
	bool in_fn;
	struct symbol *next;            /* in its bucket: the innermost first */
	struct symbol *before;          /* declared before it, of any name */
};

enum { N_BUCKET = 1024 };

struct names_table {
	struct symbol *bucket[N_BUCKET];
	struct symbol *last;
	uint32_t depth, n;
};

struct symbol *symbol_find(const struct names_table *, const char *name);
/* Opens and closes a block; what it declared is gone. */
void symbol_enter(struct names_table *);
void symbol_leave(struct names_table *);
struct symbol *symbol_add(struct compile *, struct names_table *, const char *name,
    enum symbol_kind,
    struct span);
/* The closest visible name, or NULL. */
const char *symbol_closest(struct compile *, const struct names_table *, const char *name);

/* One function and what it calls. */
struct fn_node {
	const struct decl *decl;
	const struct module *module;
	uint32_t n_calls, cap;
	struct fn_call { struct fn_node *to; struct span span; } *call;
	uint8_t state;                  /* 0: not seen; 1: being walked; 2: done */
	uint32_t height;                /* of the calls below it */
};

struct resolver {
	struct compile *c;
	const struct module *m;
	struct names_table names;
	struct names_table outputs;
	struct fn_node **node;          /* by module, then by declaration */
	struct fn_node *fn;             /* whose body we are in, or NULL */
	bool returns;
	bool study;
};

/* resolve_expr.c */
void resolve_expr(struct resolver *, const struct expr *);
void resolve_items(struct resolver *, const struct index_item *, uint32_t n);
void resolve_type(struct resolver *, const struct type_expr *);
void resolve_input_type(struct resolver *, const struct type_expr *);
/* The same, of a parameter or result of a fn, which may be `any`. */
void resolve_signature(struct resolver *, const struct type_expr *);

/* resolve_call.c */
void resolve_call(struct resolver *, const struct expr *);
/* No function may reach itself, and none calls deeper than N_CALL_MAX. */
void resolve_recursion(struct resolver *);
struct fn_node *node_of(const struct resolver *, const struct module *, const struct decl *);


/* A note "declared in line 3". */
const char *note_declared(struct resolver *, const char *verb, struct span);

#endif
