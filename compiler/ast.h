/* ast.h: a program as written.
 *
 * Nodes live in the arena of one compilation.  Every node knows where it stands, so that a
 * message can point at it.  Method calls are calls already (x.sum() is sum(x)); nothing else is
 * rewritten. */
#ifndef KONSIL_AST_H
#define KONSIL_AST_H

#include <stdbool.h>
#include <stdint.h>

/* How deep expressions, and blocks, may be nested, and functions may call one another. */
enum { N_DEPTH_MAX = 200, N_CALL_MAX = 64 };
/* Parameters of a function; named results, too. */
enum { N_PARAM_MAX = 64 };

/* A stretch of source: bytes start..end of file `file`, which begins at line, column (from 1). */
struct span {
	uint32_t start, end;
	uint32_t line, column;
	uint16_t file;
};

enum unary { UN_NEG, UN_NOT, UN_INV };  /* - ! ~ */

enum binary {
	BIN_ADD, BIN_SUB, BIN_MUL, BIN_DIV, BIN_FDIV, BIN_MOD, BIN_POW, BIN_MAT,
	BIN_EQ, BIN_NE, BIN_LT, BIN_LE, BIN_GT, BIN_GE,
	BIN_AND, BIN_OR, BIN_BAND, BIN_BOR, BIN_XOR, BIN_SHL, BIN_SHR,
};

enum expr_kind {
	EX_NUMBER,      /* text: digits as written, "0x1f", "1e-3" */
	EX_STRING,      /* text, unescaped */
	EX_NAME,        /* text; includes true, false, missing */
	EX_CALL,        /* text(args), argname[i] or NULL; method: args[0] stood before the dot */
	EX_FIELD,       /* args[0].text */
	EX_INDEX,       /* args[0][items] */
	EX_UNARY,       /* op args[0] */
	EX_BINARY,      /* args[0] op args[1] */
	EX_IF,          /* if args[0] then args[1] else args[2] */
	EX_ARRAY,       /* [args...] */
	EX_EACH,        /* [args[0] for text in args[1]] ; args[1] may be EX_RANGE */
	EX_RANGE,       /* args[0]..args[1], half-open; only in for, comprehensions and slices */
	EX_AS,          /* args[0] as type */
	EX_IN,          /* args[0] in type.lo..type.hi: an assumption about a range */
	EX_RESULT,      /* (name = e, ...) of a return: argname, args */
};

/* One item of an index: e, or lo..hi with either end absent (".." alone is all). */
struct index_item {
	struct expr *at;                /* NULL for a slice */
	struct expr *lo, *hi;           /* NULL: from the start, to the end */
	struct span span;
};

struct expr {
	enum expr_kind kind;
	struct span span;
	struct span name_span;          /* CALL, FIELD: of the name alone */
	const char *text;
	uint8_t op;                     /* enum unary, enum binary */
	bool method;
	uint16_t height;                /* of this tree: bounded, so that it may be walked by recursion */
	uint32_t n_args;
	struct expr **args;
	const char **argname;           /* CALL, RESULT; NULL if no argument is named */
	uint32_t n_items;
	struct index_item *items;
	struct type_expr *type;         /* AS, IN */
};

enum type_name { TY_BOOL, TY_INT, TY_FIXED, TY_NUM, TY_BITS, TY_ONEOF, TY_ID, TY_ANY };

/* [], *, an expression, ..k */
enum dim_kind { DIM_ROWS, DIM_STAR, DIM_SIZE, DIM_UPTO };

struct dim {
	enum dim_kind kind;
	struct expr *size;              /* SIZE, UPTO; in a signature a bare name binds */
	struct span span;
};

/* int? in 0..5 [3, n] */
struct type_expr {
	enum type_name name;
	struct span span;
	bool optional;
	struct expr *param;             /* fixed<f>, bits<k>; NULL: default, or any in a signature */
	struct expr *lo, *hi;           /* NULL if no range is written */
	uint32_t n_levels;
	const char **level, **level_text;   /* oneof: name, text in a file */
	uint32_t n_dims;
	struct dim *dims;               /* n_dims 0: a scalar */
};

enum stmt_kind { ST_LET, ST_VAR, ST_ASSIGN, ST_FOR, ST_IF, ST_RETURN, ST_ASSERT, ST_EXPR };

struct block {
	uint32_t n;
	struct stmt **stmt;
};

struct stmt {
	enum stmt_kind kind;
	struct span span, name_span;
	const char *name;               /* LET, VAR, ASSIGN target, FOR variable */
	struct type_expr *type;         /* LET, VAR; may be NULL */
	uint32_t n_items;               /* ASSIGN to name[items] */
	struct index_item *items;
	int op;                         /* ASSIGN: -1 for =, else the enum binary of += -= *= ... */
	struct expr *value;             /* LET VAR ASSIGN RETURN ASSERT EXPR; IF: condition; FOR: what */
	struct block body, other;       /* FOR, IF */
};

enum decl_kind {
	DE_STUDY, DE_USE, DE_PARAM, DE_PARTY, DE_INPUT, DE_OUTPUT, DE_FN, DE_CIRCUIT, DE_STMT,
};

enum to_kind { TO_ALL, TO_PARTY, TO_EACH };

struct recipient {
	enum to_kind kind;
	const char *name;               /* PARTY, EACH */
	struct expr *member;            /* to site[0]; may be NULL */
	struct span span;
};

enum guard_kind {
	GUARD_REQUIRE, GUARD_LAPLACE, GUARD_GAUSSIAN, GUARD_SUPPRESS, GUARD_WITHHOLD, GUARD_ROUND,
};

struct guard {
	enum guard_kind kind;
	struct expr *value;             /* condition, epsilon or rho, threshold, mask, base */
	struct expr *sensitivity;       /* noise; may be NULL */
	struct span span;
};

struct fn_param {
	const char *name;
	struct type_expr *type;
	struct expr *value;             /* of a parameter that may be left out; else NULL */
	struct span span;
};

struct decl {
	enum decl_kind kind;
	uint32_t index;                 /* among the declarations of its module */
	struct span span, name_span;
	const char *name;               /* STUDY: the title */
	struct type_expr *type;         /* PARAM, INPUT; FN, CIRCUIT: result, or NULL */
	struct expr *value;             /* PARAM default; OUTPUT expression */
	/* PARTY */
	bool group;
	struct expr *least, *most;      /* p[3]: both the same; p[]: both NULL */
	/* INPUT */
	const char *from;
	struct span from_span;
	uint32_t n_columns;
	const char **column;
	bool column_list;               /* as ["a", "b"] */
	/* OUTPUT */
	uint32_t n_to;
	struct recipient *to;
	uint32_t n_guards;
	struct guard *guard;
	uint32_t n_labels;
	struct expr **label;
	/* FN, CIRCUIT */
	uint32_t n_params;
	struct fn_param *param;
	uint32_t n_results;             /* named results: name and type of each */
	struct fn_param *result;
	struct block body;
	/* CIRCUIT: NAME.txt beside the program, or NULL: of the library */
	const char *file, *file_text;
	uint32_t file_len;
	/* Few gates, few layers: maybe the same; set by check_declarations. */
	const struct circuit *circuit[2];
	/* STMT */
	struct stmt *stmt;
};

/* One file. */
struct module {
	const char *name;               /* "lung.ksl", "stats" */
	const char *path;               /* as given, for messages; "stats" for the embedded library */
	const char *source;
	uint32_t len;
	bool embedded;
	uint32_t n_decls;
	struct decl **decl;
	uint32_t n_uses;
	uint32_t *use;                  /* indices of the modules that it brings in, in their order */
};

#endif
