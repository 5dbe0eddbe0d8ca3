/* internal.h: what the compiler's steps share. */
#ifndef KONSIL_COMPILER_INTERNAL_H
#define KONSIL_COMPILER_INTERNAL_H

#include <gmp.h>
#include <setjmp.h>

#include "arena.h"
#include "ast.h"
#include "compile.h"

struct compile {
	struct arena *arena;
	struct fault *fault;
	jmp_buf *out;                    /* where compile_fail goes */
	enum status failed;              /* with which status it went */
	uint32_t n_modules;
	struct module *module;           /* module 0 is the program */
	const struct compile_options *options;
	/* While a library's function is elaborated: the call in the program, where messages then
	 * stand.  line 0: none. */
	struct span via;
	struct code *code;               /* what low_emit works on: freed if the compilation fails */
	/* low_bits.c: circuits made so far; a program that is lowered more than once uses them again. */
	struct low_circuit *circuit;
	uint32_t n_circuits, cap_circuits;
	/* Filled by check_declarations. */
	const char *study;               /* the title, or NULL */
	uint32_t n_groups;  struct group *group;
	uint32_t n_inputs;  struct input *input;
};

/* Runs body(c, arg) so that compile_fail comes back here; GMP's memory is c's meanwhile. */
enum status compile_guarded(struct compile *c, struct fault *f,
    void (*body)(struct compile *, void *), void *arg) MUST_USE;

/* Ends the compilation with a message at span: "FILE:LINE:COL: error: ..." with the source line and
 * carets.  `note` (may be NULL) is printed behind the carets: 'secret: computed from input "died"
 * (line 5)'; help may be NULL. */
_Noreturn void compile_fail(struct compile *, struct span, const char *note, const char *help,
    const char *fmt, ...) PRINTF_LIKE(5, 6);
/* The same for what a policy forbids: ST_POLICY. */
_Noreturn void compile_forbid(struct compile *, struct span, const char *help, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
_Noreturn void compile_no_memory(struct compile *);

/* Arena memory; never NULL. */
void *compile_alloc(struct compile *, size_t n);
char *compile_printf(struct compile *, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The text of a span, on one line. */
char *compile_text(struct compile *, struct span);

/* GMP's memory comes from the arena of the compilation that runs in this thread. */
void compile_gmp_enter(struct compile *);
void compile_gmp_leave(void);

/* lex.c, parse*.c */
void parse_module(struct compile *, struct module *);
/* A value alone: m is the text of -D. */
struct expr *parse_define(struct compile *, struct module *m);
/* ast_dump.c: the tree as text, canonical; arena memory. */
char *ast_dump(struct compile *, const struct module *);
char *ast_dump_expr(struct compile *, const struct expr *);
/* resolve.c: names, arity of declarations, recursion, misplaced statements; needs no types. */
void resolve_program(struct compile *);
/* The fn or circuit that a call from `from` means: the module's own first, then those of what it
 * uses; NULL: a builtin, or unknown.  A value of parameters given with -D is in decl->value
 * already. */
const struct decl *find_function(const struct compile *, const struct module *from,
    const char *name, const struct module **in);
/* "did you mean": the closest of n names to `name` or NULL. */
const char *closest_name(const char *name, const char *const *names, size_t n);
/* foreign.c: how that is said here which other languages call by this word, or NULL. */
enum foreign_kind { FOREIGN_FUNCTION, FOREIGN_VALUE, FOREIGN_TYPE, FOREIGN_MARK };
const char *foreign_help(enum foreign_kind, const char *word);

#endif
