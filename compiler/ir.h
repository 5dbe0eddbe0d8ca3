/* ir.h: the program between its source and its bytecode.
 *
 * Static single assignment over whole arrays of known shape.  A loop is one value with a block
 * of its own; values of outer blocks may be used inside.  The order of values within a block is
 * a valid order of execution.  Every pass states what it requires, keeps and breaks; ir_check
 * runs between passes. */
#ifndef KONSIL_IR_H
#define KONSIL_IR_H

#include <gmp.h>

#include "../runtime/code/code.h"
#include "arena.h"
#include "ast.h"

typedef uint32_t ir_id;
enum { IR_NONE = UINT32_MAX };

enum ir_op {
#define R(id, name, arity, class, text) IR_##id,
#include "ir.def"
#undef R
	N_IR_OP
};

enum openness { KNOWN, PUBLIC, SECRET };

/* offset or bound: base + sum of coef * counter of loop */
struct ir_affine {
	int64_t base;
	uint32_t n;
	struct { ir_id loop; int64_t coef; } term[N_LOOP_MAX];
};

struct ir_view {
	struct ir_affine offset;
	int64_t stride[N_RANK_MAX];      /* VIEW: of each axis of the result; UPDATE: of b */
};

/* What is known of what is put in order; 0: nothing, and equal ones keep their order. */
enum order_hint {
	ORDER_FREE = 1,         /* equal ones come in any order, or there are none */
	ORDER_MERGE = 2,        /* both halves are ascending; of an even number */
};

/* What a function of the library returns: as long as a column that it got, or not. */
enum given { GIVEN_NOT, GIVEN_WHOLE, GIVEN_ROWS };

/* At either end the least twentieth. */
enum row_place { PLACE_NONE, PLACE_INSIDE, PLACE_END };

struct ir_value {
	uint16_t op;
	uint8_t open;                    /* enum openness */
	uint8_t frac;
	uint8_t rank;
	bool boolean;                    /* 0 or 1: for messages and dumps; the range says it, too */
	bool of_library;                 /* a function of the library made it, not the program */
	uint8_t place;                   /* enum row_place: among the values of rows in their order */
	uint8_t given;                   /* enum given: by the library to the program */
	uint32_t given_group;            /* GIVEN_ROWS: the rows of which group, or UINT32_MAX: unknown */
	bool tells_presence;             /* of a value that the library was given */
	bool few_false;                  /* of an event: rows without one are not told of alone */
	bool withholds;                  /* where `secondary` withholds, which a policy does too */
	ir_id backed;                    /* 1 + how many rows are behind each element; 0: not said */
	ir_id running;                   /* of bools: 1 + how many there are; see check_running.c */
	bool rows_once;                  /* a row counts in one element at most: see ir_sensitivity.c */
	uint8_t hint;                    /* ORDER: enum order_hint */
	uint16_t bits;                   /* a value of type bits<k>: k; its range is 0..2^k-1.  Else 0 */
	uint64_t dims[N_RANK_MAX];
	uint64_t n;                      /* product of dims; rank 0: 1 */
	mpz_t lo, hi;                    /* range of the raw elements, both ends in */
	uint64_t sum_most;               /* not negative, and any of them add up to no more; 0: unknown */
	mpz_t err;                       /* bound of the error, in units of 2^-frac, on any protocol */
	uint32_t n_args;
	ir_id *args;
	int64_t imm[3];
	struct ir_view *view;            /* VIEW, UPDATE */
	mpz_t *data;                     /* CONST: n elements */
	struct ir_loop *loop;            /* LOOP */
	struct ir_block *block;          /* where it stands */
	struct span span;                /* source; `via` the line of the program if that is a library's */
	struct span via;
	const char *what;                /* for messages: `input "died"`, "the variable h", or NULL */
	/* Set by later passes. */
	uint8_t domain;                  /* enum domain */
	uint16_t width;                  /* A: 64 or 128 */
	uint32_t part;                   /* L: partition */
	uint32_t slot;
};

struct ir_block {
	ir_id *value;
	uint32_t n, cap;
	struct ir_block *parent;
	ir_id loop;                      /* the LOOP value this is the body of, or IR_NONE */
	uint32_t depth;                  /* 0: top level */
};

/* for counter in lo..hi, step 1.  lo and hi are affine in the counters of the loops around it. */
struct ir_loop {
	struct ir_affine lo, hi;
	int64_t least, most;             /* bounds of lo and of hi over all outer counters */
	struct ir_block *body;
	uint32_t n_carried;
	ir_id *arg;                      /* ARG values, in body */
	ir_id *yield;                    /* what each becomes at the end of an iteration */
	ir_id counter;                   /* COUNTER value, in body */
	const char *why_sequential;      /* for `explain`; NULL: it is not, or nobody has looked */
	bool settled;                    /* nothing more to be done about it */
};

/* Of a switch; see ir_is_distribution. */
#define DISTRIBUTIONS \
	case IR_PNORM: case IR_QNORM: case IR_PT: case IR_QT: case IR_PCHISQ: case IR_UCHISQ: \
	case IR_QCHISQ: case IR_PF: case IR_UF: case IR_QF:

/* A part of an output: one value for one set of recipients. */
struct ir_part {
	const char *field;               /* of a named result, or "" */
	int32_t each;                    /* party, or -1 */
	uint32_t recipients;             /* see roles.h */
	ir_id value, present;            /* present: IR_NONE if all there */
	uint8_t rule;                    /* enum rule: what the guard is, if it is the policy's alone */
	ir_id guard;                     /* `require`: rank 0, public or secret; IR_NONE: none */
	ir_id cells;                     /* 1 where a cell is shown, 0 all over if guard is; or IR_NONE */
	uint8_t cell_rule;               /* enum rule: what withholds cells */
	uint8_t certain, noise;          /* these as in struct output_part */
	i128 spent[2], sensitivity[2];
	struct type type;
	bool masked;                     /* value is 0 wherever present is; or there is no present */
	bool assumed;                    /* set by the post pass: see ir_assumed */
	bool value_post, present_post;   /* set by the post pass: computed after opening */
};

struct ir_stated {
	struct ir_stated *next;
	enum stated_kind kind;
	const char *text;
};

struct ir_output {
	const char *name;
	struct span span;
	const char *source;
	bool withheld, to_all;
	uint32_t n_parts;
	struct ir_part *part;
	uint32_t n_stated;
	struct ir_stated *stated, **last_stated;
	uint32_t n_labels;
	struct { uint32_t n; const char **name; } label[N_RANK_MAX];
};

/* A secret that is opened for outputs. */
struct ir_root {
	ir_id value;
	uint32_t recipients;
	/* NULL: for any.  Guarded: it is opened multiplied by the part's cells or guard, for this part
	 * and others under the same. */
	const struct ir_part *part;
	ir_id mask;                      /* what it is multiplied by for this part only; or IR_NONE */
	bool assumed;                    /* only for parts that depend on what is assumed */
};

struct ir_assumption {
	const char *source;
	struct span span;
	bool checked;
	ir_id value;                     /* the ASSUME value */
};

struct low;

struct ir {
	struct arena *arena;
	struct compile *compile;         /* messages, sources, options */
	struct ir_value *value;          /* by id; may move when values are added */
	uint32_t n, cap;
	struct ir_block *top;
	struct ir_block *at;             /* where ir_add appends */
	uint32_t n_outputs;      struct ir_output *output;
	uint32_t n_assumptions, cap_assumptions; struct ir_assumption *assumption;
	uint32_t n_roots, cap_roots; struct ir_root *root;
	uint32_t n_notes, cap_notes; const char **note;
	uint32_t n_inputs;       struct input *input;       /* the manifest's */
	uint32_t n_parties;      struct party *party;
	struct roles roles;              /* and room for more sets */
	uint32_t cap_sets;
	uint32_t n_parts, cap_parts; struct partition *part;
	/* Of IR_CIRCUIT; everything in the arena. */
	uint32_t n_circuits, cap_circuits; const struct circuit **circuit;
};

struct ir *ir_new(struct compile *);

/* Building.  Shapes, ranges, error bounds and openness of the result are derived here; a range that
 * no ring can hold (beyond 2^126) is an error at `span` (see compile.h: does not return). */
ir_id ir_const(struct ir *, const mpz_t v, unsigned frac, struct span);             /* rank 0 */
ir_id ir_const_si(struct ir *, int64_t v, unsigned frac, struct span);
ir_id ir_const_array(struct ir *, mpz_t *v, unsigned rank, const uint64_t *dims, unsigned frac,
    struct span);                                                    /* takes v (arena memory) */
ir_id ir_iota(struct ir *, int64_t first, int64_t step, uint64_t n, struct span);
ir_id ir_input(struct ir *, uint32_t input, uint32_t part, unsigned rank, const uint64_t *dims,
    const mpz_t lo, const mpz_t hi, unsigned frac, unsigned bits, struct span);
ir_id ir_unary(struct ir *, enum ir_op, ir_id a, int64_t imm0, struct span);
ir_id ir_binary(struct ir *, enum ir_op, ir_id a, ir_id b, int64_t imm0, struct span);
ir_id ir_select(struct ir *, ir_id c, ir_id a, ir_id b, struct span);
ir_id ir_view(struct ir *, ir_id a, unsigned rank, const uint64_t *dims, const struct ir_view *,
    struct span);
/* Common views. */
/* NumPy's rule */
ir_id ir_broadcast(struct ir *, ir_id a, unsigned rank, const uint64_t *dims, struct span);
ir_id ir_reshape(struct ir *, ir_id a, unsigned rank, const uint64_t *dims, struct span);
ir_id ir_slice(struct ir *, ir_id a, unsigned axis, const struct ir_affine *from, uint64_t count,
    bool drop_axis, struct span);                                   /* drop: count 1, rank falls */
ir_id ir_concat(struct ir *, const ir_id *a, uint32_t n, struct span);       /* along axis 0 */
ir_id ir_update(struct ir *, ir_id a, ir_id b, const struct ir_view *, struct span);
ir_id ir_gather(struct ir *, ir_id a, ir_id index, bool clamp, struct span);
ir_id ir_put(struct ir *, ir_id a, ir_id b, ir_id index, bool quiet, struct span);
/* Reduces `axis` of a (SUM, MINR, MAXR drop it; CUMSUM keeps it). */
ir_id ir_reduce(struct ir *, enum ir_op, ir_id a, unsigned axis, struct span);
/* 2-d and 1-d operands as NumPy's @ */
ir_id ir_matmul(struct ir *, ir_id a, ir_id b, struct span);
ir_id ir_tnmul(struct ir *, ir_id a, ir_id b, struct span);         /* [n,k], [n,m] -> [k,m] */
/* Of type bits<k> a value has `bits` = k.  What computes with bits is SECRET also where all
 * operands are public: it is computed on shares.  Operands of one shape, or rank 0; the result has
 * `bits` bits; 0: it is a number. */
ir_id ir_bits(struct ir *, enum ir_op, uint32_t n_args, const ir_id *args, int64_t imm0,
    unsigned bits, struct span);
ir_id ir_const_bits(struct ir *, mpz_t *x, unsigned rank, const uint64_t *dims, unsigned bits,
    struct span);                                                    /* takes x (arena memory) */
/* Uniform, and nobody knows them. */
ir_id ir_random(struct ir *, unsigned rank, const uint64_t *dims, unsigned bits, struct span);
/* Of a, [n, m]: each column by itself, in stable ascending order of the bits from `key` on,
 * `digit` of them in a pass of SORT_B; or in a random order. */
ir_id ir_sort_bits(struct ir *, ir_id a, unsigned key, unsigned digit, struct span);
ir_id ir_shuffle_bits(struct ir *, ir_id a, struct span);
/* 0, of bits or as a number. */
ir_id ir_zero(struct ir *, unsigned frac, unsigned bits, struct span);
/* The number of a circuit, for IR_CIRCUIT's imm0; c lives in the arena. */
uint32_t ir_add_circuit(struct ir *, const struct circuit *c);
ir_id ir_home(struct ir *, ir_id a, enum domain, struct span);
ir_id ir_onehot(struct ir *, ir_id a, uint64_t k, struct span);     /* along a new last axis */
ir_id ir_pick(struct ir *, ir_id a, ir_id index, struct span);      /* index: rank 0 or 1 */
ir_id ir_order(struct ir *, ir_id a, unsigned axis, struct span);
ir_id ir_order_hinted(struct ir *, ir_id a, unsigned hint, struct span);      /* along axis 0 */
ir_id ir_shuffle(struct ir *, uint64_t n, struct span);
/* order: of a's shape; or for axis 0 of rank 1, which moves whole rows */
ir_id ir_take(struct ir *, ir_id a, ir_id order, unsigned axis, struct span);
/* An order of rows as one of all elements of `like`. */
ir_id ir_rows_order(struct ir *, ir_id order, ir_id like, struct span);
ir_id ir_distribution(struct ir *, enum ir_op, uint32_t n, const ir_id *args, struct span);
ir_id ir_reveal(struct ir *, ir_id a, struct span);
ir_id ir_assume(struct ir *, ir_id a, const mpz_t lo, const mpz_t hi, const char *source,
    struct span);
void ir_assert(struct ir *, ir_id a, struct span);
/* A loop: begin opens its body (ir_add appends there); arg k of the body stands for carried
 * variable k, of init k's shape and frac, with the given range.  end closes it, with the values
 * at the end of an iteration (same shape and frac; they are promised to lie in the given range);
 * result k is then available.  An arg has the openness of its init; where a trial run shows that
 * the body makes it more secret, set value[arg].open after begin (end settles it in any case).
 * abort throws the body away (a trial run for ranges). */
ir_id ir_loop_begin(struct ir *, const struct ir_affine *lo, const struct ir_affine *hi,
    uint32_t n_carried, const ir_id *init, mpz_t *lo_range, mpz_t *hi_range, struct span);
void ir_loop_end(struct ir *, ir_id loop, const ir_id *yield);
void ir_loop_abort(struct ir *, ir_id loop);
ir_id ir_result(struct ir *, ir_id loop, uint32_t k, struct span);

/* Narrows the range of a fresh value to what is known better than intervals say. */
void ir_refine(struct ir *, ir_id a, const mpz_t lo, const mpz_t hi);
/* Known, all elements equal; value may be NULL. */
bool ir_is_const(const struct ir *, ir_id a, mpz_t *value);
/* Is the scalar a an affine function of loop counters?  Then f is it. */
bool ir_affine_of(const struct ir *, ir_id a, struct ir_affine *f);
/* f += k*g; false: a number overflows, or there are too many terms. */
bool ir_affine_add(struct ir_affine *f, const struct ir_affine *g, int64_t k);
/* Is it computed though nothing needs its value: an assertion, the check of a loop's assumption? */
bool ir_is_check(const struct ir_value *);
void ir_note(struct ir *, const char *text);                        /* for `explain`; once each */
/* Recipients that are the parties i for which to[i] is true: at least one. */
uint32_t ir_recipients(struct ir *, const bool *to);
/* Does some party that is no node bring a part of the input?  Then all bring shares of it. */
bool ir_contributed(const struct ir *, uint32_t input);
/* Partition ids: rows of a group or party; members of a group; one owner. */
uint32_t ir_partition_rows(struct ir *, uint32_t input);
/* Of what the members hold by rows, the rows first..last: their one owner, or UINT32_MAX. */
uint32_t ir_partition_of_member(struct ir *, uint32_t rows_part, uint64_t first, uint64_t last);
/* Of what the members hold by rows: one row a member. */
uint32_t ir_partition_members(struct ir *, uint32_t rows_part);

/* Shared values: A, or bits, which are in B or Y: in of[value] if that is not 0, else in `bits`. */
struct homes_choice {
	enum domain bits;
	const uint8_t *of;               /* by value, or NULL */
};

/* Adds to what the sheet says of the output's guards. */
void ir_state(struct ir *, struct ir_output *, enum stated_kind, const char *text);
/* Of an ASSUME: imm1, its check stands elsewhere; imm2, it is such a check. */
enum { ASSUME_ELSEWHERE = 1, ASSUME_KEPT = 1 };

/* Passes, in order; compile.c calls them.  Each is a file of its name, whose head (or its header's)
 * says what it requires, keeps and breaks. */
void ir_fold(struct ir *);                          /* constants, cse, dce */
void ir_loops(struct ir *);                         /* short ones unrolled, others made wide */
void ir_told(struct ir *);                          /* which outputs tell what others withhold */
void ir_domains(struct ir *);                       /* P, L or shared (A); again after changes */
bool ir_defer(struct ir *);                         /* loops' checks behind them; again? */
void ir_post(struct ir *);                          /* what is opened, and computed after opening */
void ir_expand(struct ir *);                        /* what no protocol does by itself */
void ir_homes(struct ir *, const struct homes_choice *);             /* A, B or Y: see choose.h */
struct low *ir_lower(struct ir *, enum domain bits);                 /* instructions on slots */
void low_schedule(struct low *);                    /* rounds */
void low_place(struct low *);                       /* memory */
struct code *low_emit(struct low *);

void ir_check(struct ir *, const char *after);      /* asserts what must hold */
char *ir_dump(const struct ir *);                   /* text, in the arena */
/* Of each value: does it depend on an assumption that is checked? */
uint8_t *ir_assumed(const struct ir *);
/* Is b the elements of a in their order? */
bool ir_same_elements(const struct ir *, ir_id a, ir_id b);
/* After ir_post: do the part's recipients learn a value by a root?  Then where it stands in it. */
bool ir_opened(const struct ir *, const struct ir_part *, ir_id, uint32_t *root, uint64_t *offset);
/* What a part's guards say, as a part that shows it: `id` is its guard or its cells. */
struct ir_part ir_guard_part(const struct ir_part *, ir_id id, bool assumed);
/* What decides, cell by cell or as a whole, whether the part is shown; IR_NONE: it always is. */
ir_id ir_shown(const struct ir_part *);
/* Do the ranges of its operands exclude what has no quotient, root or logarithm? */
bool ir_defined(const struct ir *, const struct ir_value *);

#endif
