/* parse.h: what the files of the parser share.
 *
 * Recursive descent over the tokens of a module, with precedence climbing for operators; one token
 * decides what comes, two where a name may be an argument's or a target's.  Nothing is parsed
 * twice.  Depth is bounded by N_DEPTH_MAX. */
#ifndef KONSIL_PARSE_H
#define KONSIL_PARSE_H

#include "lex.h"

struct parser {
	struct compile *c;
	struct module *m;
	struct token *tok;
	uint32_t at;
	uint32_t depth;
	bool dims_follow;       /* inside a type's range: a `[` begins the type's size, no index */
};

/* The token here, and the one after it. */
const struct token *tok_here(const struct parser *p);
const struct token *tok_next(const struct parser *p);
bool tok_is(const struct parser *p, enum token_kind kind);
/* A name with this text: a word that means something by where it stands. */
bool tok_is_word(const struct parser *p, const char *word);
/* Moves on past the token here, which it returns. */
const struct token *tok_take(struct parser *p);
bool tok_accept(struct parser *p, enum token_kind kind);
bool tok_accept_word(struct parser *p, const char *word);
/* What must be here; `what` names it in the message: "expected WHAT, found ...". */
const struct token *tok_expect(struct parser *p, enum token_kind kind, const char *what,
    const char *help);
/* A string that stands on sheets and in results: one that breaks a line could look like more. */
const char *tok_shown(struct parser *p, const char *what, const char *help);
void tok_expect_word(struct parser *p, const char *word, const char *help);
const char *tok_name(struct parser *p, const char *what);
_Noreturn void fail_expected(struct parser *p, const char *what, const char *help);
/* From the first token of a thing to the last one that was taken. */
struct span span_from(const struct parser *p, struct span first);

void parse_enter(struct parser *p);
void parse_leave(struct parser *p);

/* Pointers, one after another. */
struct list {
	void **item;
	uint32_t n, cap;
};
void list_add(struct compile *c, struct list *l, void *item);
/* Adds a new, zeroed thing. */
void *list_new(struct compile *c, struct list *l, size_t size);
/* The things themselves, one after another. */
void *list_flat(struct compile *c, const struct list *l, size_t size);

struct expr *parse_expr(struct parser *p);
/* One that binds tighter than comparisons: bounds, sizes. */
struct expr *parse_bound(struct parser *p);
/* What a loop goes over: expr [".." expr] */
struct expr *parse_domain(struct parser *p);
struct expr *expr_new(struct parser *p, enum expr_kind kind, struct span first, uint32_t n_args);
/* Counts the height of e over its parts, which are there. */
struct expr *expr_done(struct parser *p, struct expr *e);
/* "(" name "=" expr { "," name "=" expr } ")" */
struct expr *parse_result(struct parser *p);

struct type_expr *parse_type(struct parser *p);
/* Without size: behind `as`. */
struct type_expr *parse_scalar_type(struct parser *p);
/* "in" lo ".." hi, into t; dims_follow: a `[` behind hi is no index */
void parse_range(struct parser *p, struct type_expr *t, bool dims_follow);

struct stmt *parse_stmt(struct parser *p);
struct block parse_block(struct parser *p);
/* A statement or declaration ends here: at the line's end, or before a }. */
void parse_end(struct parser *p);

#endif
