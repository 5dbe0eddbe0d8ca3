/* check_impl.h: what the files of the checker share.
 *
 * A checked value is a type and a shape, and the IR values that compute it.  Of T? there are two:
 * the raw value and the presence; of a category one bool for each level (nothing else of it is ever
 * shared).  A product of fixed-point numbers keeps all its fractional bits ("pending") until
 * settle() truncates it: when it is bound to a name, multiplied again, compared, divided, stored
 * or passed on. */
#ifndef KONSIL_CHECK_IMPL_H
#define KONSIL_CHECK_IMPL_H

#include "check.h"

enum { FRAC_DEFAULT = 32, FRAC_MAX = 60, N_LEVEL_MAX = 4096, N_ARG_MAX = 64 };
enum { N_NUMBER_BITS = 125 };           /* of bits<k> that become a number */

enum val_kind {
	V_BOOL, V_INT, V_FIXED,
	V_NUMBER,               /* a literal: an exact rational, which takes the other side's f */
	V_CATEGORY,
	V_STRING,               /* known text, or a known array of it */
	V_MISSING,              /* the word `missing`, before it has a type */
	V_RECORD,               /* named results */
	V_BITS,
	V_ID,                   /* a number: only ==, != and the library `link` look at it */
};

/* Whose the first axis is: what `to each` and site_of need. */
enum axis { AXIS_FREE, AXIS_ROWS, AXIS_MEMBERS };

struct names {
	uint64_t n;
	const char **name;
};

struct val {
	uint8_t kind;           /* enum val_kind */
	uint8_t frac;           /* FIXED: f of the type; pending bits are the IR's frac above it */
	uint16_t bits;          /* BITS: how many */
	bool decimal;           /* NUMBER: written with a point, or a quotient: a fixed by itself */
	bool masked;            /* v and planes are 0 where p is 0 */
	uint8_t axis;           /* enum axis */
	uint32_t group;         /* axis: of which group */
	ir_id v, p;             /* IR_NONE: no single value (category); all present */
	unsigned rank;
	uint64_t dims[N_RANK_MAX], n;
	mpq_ptr q;              /* NUMBER */
	uint32_t n_levels;
	const char **level;     /* CATEGORY */
	ir_id *plane;
	const char **text;      /* STRING: n of them */
	uint32_t n_fields;      /* RECORD */
	const char **field;
	struct val *of;
	const struct names *label[N_RANK_MAX];
};

/* A type as written, its sizes and ranges evaluated. */
struct spec {
	uint8_t kind;           /* BOOL INT FIXED CATEGORY BITS; NUMBER: num */
	uint8_t frac;           /* FIXED */
	uint16_t bits;          /* BITS; 0: any, in a signature */
	bool any;               /* any kind, in a signature; without axes any shape, too */
	bool any_frac;          /* bare fixed in a signature */
	bool optional, ranged;
	mpz_t lo, hi;           /* ranged: raw */
	bool shaped;            /* n_dims > 0 */
	unsigned rank;
	uint64_t dims[N_RANK_MAX];
	bool open_dim[N_RANK_MAX];      /* [] and [*]: any length */
	uint32_t n_levels;
	const char **level;
};

struct binding {
	const char *name;
	struct val val;
	struct span span;
	bool mutable, loop_counter;
	const struct spec *spec;        /* of a var with a type */
	const char *source;             /* "var h : int in 0..100", for assumptions */
	uint32_t whole_at;              /* at which depth of conditions it was last assigned as a whole */
	struct binding *next;
};

struct scope {
	struct binding *first;
	struct scope *up;               /* NULL: a module's outermost */
};

/* A condition that holds where we are, innermost first. */
struct cond {
	struct val c;                   /* a bool scalar, all present */
	uint32_t depth;                 /* 1: the outermost */
	struct span span;
	struct cond *up;
};

/* A call of a function that is being elaborated. */
struct frame {
	const struct decl *fn;
	struct frame *up;
	uint32_t cond_depth, loop_depth;        /* where the call stands */
	bool returned;                  /* a return has been passed, under `when` */
	struct val when;                /* rank 0 bool; unless always */
	bool always;
	struct val result;
};

struct check {
	struct compile *c;
	struct ir *ir;
	const struct module *module;    /* whose code is being elaborated */
	struct scope **global;          /* of each module */
	struct scope *scope;
	struct cond *cond;
	struct frame *frame;
	uint32_t calls, loop_depth;
	uint32_t elaborated;            /* calls in all: f that calls g twice doubles them */
	uint32_t depth;                 /* of eval and exec_stmt, within calls and all */
	bool declaring;                 /* check_declarations: no rows, no input values */
	bool elementwise;               /* within a scalar function called with arrays */
	mpq_t spent[2];                 /* by noise of outputs so far: epsilon, rho */
	struct differ *differ;          /* see check_differ.h */
	struct support *layouts;        /* check_rows.c: where rows are, of all values so far */
	struct mixed *mixed;            /* see check_mixed.c */
	struct model *model;            /* see check_model.c */
	uint32_t n_models, model_cap;
};

/* check_val.c: making and taking apart values */
struct span at_span(const struct check *, struct span);
struct val val_new(enum val_kind);
/* NULL: it has no such field. */
const struct val *record_field(const struct val *record, const char *name);
struct val val_ir(const struct check *, enum val_kind, ir_id v, unsigned frac);
    /* shape from the IR */
struct val val_number(struct check *, const mpq_t q, bool decimal);
struct val val_int(struct check *, int64_t);
struct val val_bool(struct check *, bool, struct span);
struct val val_strings(struct check *, uint32_t n, const char **text, bool scalar);
struct val val_shaped_like(struct check *, const struct val *like, enum val_kind, ir_id v,
    unsigned frac);
void val_set_dims(struct val *, unsigned rank, const uint64_t *dims);
bool is_numeric(const struct val *);            /* BOOL INT FIXED NUMBER */
enum openness val_open(const struct check *, const struct val *);
unsigned ir_frac(const struct check *, ir_id);
/* A known scalar's exact value. */
bool known_rational(const struct check *, const struct val *, mpq_t q);
bool known_true(const struct check *, ir_id), known_false(const struct check *, ir_id);
const char *type_text(struct check *, const struct val *);      /* "fixed[3]" */
const char *dims_text(struct check *, unsigned rank, const uint64_t *dims);
const char *kind_text(const struct val *);
/* 'secret: computed from input "died" (line 5)', or NULL if it is not secret. */
const char *val_note(struct check *, const struct val *);
/* Applies fn to every IR value of x; the shape and kind are read off again; labels and axis go. */
typedef ir_id (*ir_fn)(struct check *, ir_id, void *arg, struct span);
struct val val_map(struct check *, const struct val *x, ir_fn fn, void *arg, struct span);
struct names *names_new(struct check *, uint64_t n);

/* check_emit.c: IR with constants folded on the spot; operands are broadcast */
ir_id un(struct check *, enum ir_op, ir_id a, int64_t imm, struct span);
ir_id bin(struct check *, enum ir_op, ir_id a, ir_id b, int64_t imm, struct span);
ir_id sel(struct check *, ir_id c, ir_id a, ir_id b, struct span);
ir_id const_si(struct check *, int64_t, struct span);
ir_id full_like(struct check *, ir_id like, int64_t raw, unsigned frac, struct span);
ir_id full(struct check *, const mpz_t raw, unsigned frac, unsigned rank, const uint64_t *dims,
    struct span);
ir_id align(struct check *, ir_id a, unsigned frac, struct span);       /* SHL up to frac */
ir_id not_(struct check *, ir_id, struct span);
ir_id and_(struct check *, ir_id, ir_id, struct span);
ir_id or_(struct check *, ir_id, ir_id, struct span);
ir_id xor_(struct check *, ir_id, ir_id, struct span);
ir_id both_present(struct check *, ir_id p, ir_id q, struct span);      /* IR_NONE: all present */
ir_id nonzero(struct check *, ir_id, struct span);
void refine_si(struct check *, ir_id, int64_t lo, int64_t hi);
ir_id reduce_all(struct check *, enum ir_op, ir_id, struct span);
ir_id reduce_axis(struct check *, enum ir_op, ir_id, unsigned axis, struct span);
ir_id take(struct check *, ir_id a, unsigned axis, int64_t i, struct span);     /* drops the axis */
void broadcast_both(struct check *, ir_id *a, ir_id *b, struct span);   /* that fit; no scalars */
bool common_shape(const struct val *a, const struct val *b, unsigned *rank, uint64_t *dims);

/* check_convert.c */
void nearest_raw(mpz_t d, const mpq_t q, unsigned frac);
    /* the raw number nearest to q * 2^frac, halves up */
struct val settle(struct check *, struct val, struct span);
struct val concrete(struct check *, struct val, struct span);
    /* a literal becomes int or fixed<32> */
struct val to_kind(struct check *, struct val, enum val_kind, unsigned frac, struct span);
struct val to_spec(struct check *, struct val, const struct spec *, const char *source,
    const char *what,
    struct span);
struct val as_spec(struct check *, struct val, const struct spec *, const struct type_expr *,
    struct span);
struct val assume(struct check *, struct val, const mpz_t lo, const mpz_t hi, const char *source,
    struct span);
void unify(struct check *, struct val *a, struct val *b, struct span);
struct val broadcast_to(struct check *, struct val, unsigned rank, const uint64_t *dims,
    struct span);
_Noreturn void fail_shapes(struct check *, const struct val *a, const struct val *b, struct span);
struct val select_val(struct check *, const struct val *c, struct val a, struct val b, struct span);
struct val condition(struct check *, const struct val *, struct span);  /* a bool,
    missing is false */
ir_id masked_value(struct check *, const struct val *, struct span);    /* v, 0 where missing */
/* x as it may be opened: what is missing is 0, so that it tells nothing.  A quotient of sums stays
 * as it is: it is missing where it is 0 divided by 0. */
struct val hide_missing(struct check *, struct val x, struct span);
ir_id category_index(struct check *, const struct val *, struct span);
/* check_table.c: the other way: a bool, or a whole number, says which of n levels it is. */
struct val numbers_as_category(struct check *, struct val, uint32_t n, const char **level,
    const char *source, struct span);
/* A quotient or root of what several parties' data make: recipients compute it, if what it is made
 * of is opened; so it should not be hidden in a loop. */
bool ends_after_opening(struct check *, const struct val *);
struct val stack(struct check *, uint32_t n, struct val *, struct span);

/* check_type.c */
const struct spec *eval_spec(struct check *, const struct type_expr *, bool signature);
int64_t known_int(struct check *, const struct expr *, const char *what);
int64_t known_int_val(struct check *, const struct val *, const char *what, struct span);
void known_range(struct check *, const struct expr *lo, const struct expr *hi, unsigned frac, mpz_t,
    mpz_t);
struct val zero_of(struct check *, const struct spec *, struct span);

/* check_op.c, check_compare.c */
struct val unary_op(struct check *, enum unary, struct val, struct span);
struct val binary_op(struct check *, enum binary, struct val, struct val, struct span);
struct val compare_op(struct check *, enum binary, struct val, struct val, struct span);
struct val matrix_product(struct check *, struct val, struct val, struct span);
struct val divide_parts(struct check *, struct val, struct val, struct span);
/* The product, whose magnitude is known to be at most limit (NULL: nothing is known). */
struct val product_within(struct check *, struct val, struct val, const mpz_t limit, struct span);
const char *op_text(enum binary);
/* Shape, presence, first axis and labels of an elementwise result of a and b; v and kind are the
 * caller's. */
struct val result_of(struct check *, const struct val *a, const struct val *b, ir_id v,
    enum val_kind,
    unsigned frac, struct span);

/* check_bits.c */
/* An operation on bits, with a result of `bits` bits (0: a number); known operands are folded. */
ir_id bits_op(struct check *, enum ir_op, uint32_t n_args, ir_id *args, int64_t imm, unsigned bits,
    struct span);
struct val to_bits(struct check *, struct val, unsigned bits, struct span);     /* implicitly */
struct val as_bits(struct check *, struct val, unsigned bits, struct span);     /* by `as` */
struct val bits_as_int(struct check *, struct val, struct span);
struct val bits_as_bool(struct check *, struct val, struct span);
struct val bits_binary(struct check *, enum binary, struct val, struct val, struct span);
struct val bits_invert(struct check *, struct val, struct span);
/* Of count bits; 0: one bit, a bool. */
struct val bits_slice(struct check *, struct val, uint64_t from, uint64_t count, struct span);
struct val bits_replace(struct check *, struct val, uint64_t from, uint64_t count, struct val y,
    struct span);
struct val bits_apart(struct check *, struct val, struct span);

/* check_expr.c */
struct val eval(struct check *, const struct expr *);
/* Bounds how deep the checker itself recurses: a call within a call within an expression. */
void enter_tree(struct check *, struct span), leave_tree(struct check *);

/* check_index.c */
struct val index_val(struct check *, struct val, const struct expr *);
void assign_index(struct check *, struct binding *, const struct stmt *);
/* x[i] along the first axis, for each element of i. */
struct val index_by(struct check *, struct val x, struct val i, struct span);
ir_id view_slice(struct check *, ir_id a, unsigned axis, const struct ir_affine *from,
    uint64_t count,
    bool drop, struct span);
struct val slice_val(struct check *, const struct val *, unsigned axis,
    const struct ir_affine *from,
    uint64_t count, bool drop, struct span);
/* Least and greatest value of f over the loops around. */
void affine_bounds(struct check *, const struct ir_affine *f, int64_t *least, int64_t *most,
    bool *known);

/* check_loop.c */
void for_stmt(struct check *, const struct stmt *);
struct val comprehension(struct check *, const struct expr *);

/* check_growth.c: the range of a variable carried round a loop of at most `most` trips that only
 * grows by steps from its start, or from a value it is set to; false: it does not. */
bool growing_range(struct check *, ir_id yield, ir_id arg, ir_id start, int64_t most, mpz_t lo,
    mpz_t hi);

/* check.c */
void exec_block(struct check *, const struct block *);
struct binding *bind_name(struct check *, const char *name, struct val, struct span);
struct binding *lookup(struct check *, const char *name);
struct binding *lookup_here(struct check *, const char *name);          /* innermost scope only */
void push_scope(struct check *, struct scope *), pop_scope(struct check *);
void push_cond(struct check *, struct cond *, struct val c, struct span);
uint32_t cond_depth(const struct check *);
/* All conditions deeper than `from`, as one bool. */
struct val conditions_since(struct check *, uint32_t from, struct span);
bool any_secret_condition(const struct check *);
void assign_whole(struct check *, struct binding *, struct val, const char *source, struct span);

/* check_call.c */
struct val call(struct check *, const struct expr *);
/* By parameter; at is where each stands, line 0: left out. */
struct val *evaluate_arguments(struct check *, const struct decl *, const struct expr *,
    struct span *at);

/* check_circuit.c: a copy in the arena; the heap's goes, whatever happens */
const struct circuit *keep_circuit(struct check *, struct circuit *);
void declare_circuits(struct check *);
struct val call_circuit(struct check *, const struct decl *, const struct module *in,
    const struct expr *);

/* check_builtin.c */
struct call_args {
	const struct expr *call;
	uint32_t n;                     /* given in all */
	const struct expr **expr;       /* by parameter; NULL: left out */
	struct val *val;
};
typedef struct val (*builtin_fn)(struct check *, struct call_args *);
bool builtin_call(struct check *, const struct expr *, struct val *out);
int axis_arg(struct check *, const struct call_args *, unsigned i, unsigned rank);  /* -1: none */
struct val numeric_arg(struct check *, const struct call_args *, unsigned i);
int64_t int_arg(struct check *, const struct call_args *, unsigned i, const char *what);
struct val settled_array(struct check *, const struct call_args *, unsigned i);     /* settled */

void library_only(struct check *, const struct call_args *);     /* in check_library.c */

#define B(name, id, params, text, error) \
	struct val builtin_##id(struct check *, struct call_args *);
#include "builtins.def"
#undef B

/* check_stack.c: is it made of the rows of one group, and of nothing summed over them? */
bool of_rows(struct check *, ir_id);

/* check_order.c: ascending along the first axis */
struct val sorted(struct check *, struct val, struct span);
/* What x is ordered by: its number, or the index of its level; behind all others where missing. */
ir_id sort_key(struct check *, const struct val *x, struct span);

/* check_library.c: a column of numbers; fails outside the library */
struct val number_column(struct check *, struct call_args *, unsigned i);
void library_only(struct check *, const struct call_args *);

/* check_dist.c: of each value of the IR, whether degrees of freedom of probabilities in a record
 * are made of it. */
bool *record_degrees(struct check *, const struct val *record);

/* check_table.c: a with one more axis, of length 1 */
ir_id trailing_axis(struct check *, ir_id a, struct span);

/* check_reduce.c: is any of the bools set, along the axis or at all (-1) */
ir_id any_bit(struct check *, ir_id, int axis, struct span);

/* check_noise.c: x, int or bool, plus noise of its shape that nobody knows; rate is epsilon /
 * sensitivity. */
struct val add_laplace(struct check *, struct val x, const mpq_t rate, struct span);
struct val add_gaussian(struct check *, struct val x, const mpq_t variance, struct span);
/* check_noise_guard.c: `noise`: what takes x's place, and in part what it spends. */
void guard_noise(struct check *, const struct decl *, struct val *x, struct ir_part *part);

/* check_guard.c: the guards of an output.  All that it requires in one bool, IR_NONE if that is
 * known to hold; false: known not to. */
bool guard_require(struct check *, const struct decl *, ir_id *guard);
/* What stands for x in the output (noise, rounding), and which of its cells are shown: part's
 * cells.  part's guard is there already.  Is it a count?  DEGREES: guard_degrees has seen to it. */
enum field_kind { FIELD_NONE, FIELD, FIELD_DEGREES };
bool guard_value(struct check *, const struct decl *, struct val *x, enum field_kind,
    struct ir_part *part);
/* x is degrees of freedom of a probability in the same record, which is computed of what is opened:
 * so what withholds x goes into the guard of all its fields.  false: it is not opened as it is. */
bool guard_degrees(struct check *, const struct decl *, const struct val *x, struct ir_part *part);
/* What the sheet is to say of the output's guards. */
void guard_state(struct check *, const struct decl *, struct ir_output *);
/* No value of the output is a count: `suppress below` is refused. */
void guard_suppress_none(struct check *, const struct decl *);

/* Shown where a count is none or at least that much; zeros: where it is that much. */
ir_id guard_enough(struct check *, ir_id count, int64_t least, bool zeros, struct span);
/* check_secondary.c: shown, less what totals of lines would tell of the rest. */
ir_id secondary(struct check *, ir_id count, ir_id shown, struct span);

/* check_rows.c: of what the library is given under a policy: may single rows be in it? */
bool may_have_rows(struct check *, const struct val *);

/* check_count.c: is it a count: a sum of bools, or made of such sums without changing what they
 * count? */
bool is_count(struct check *, ir_id);
/* The same, or less another one. */
bool is_count_difference(struct check *, ir_id);
/* check_policy.c: which cells the policy lets out (IR_NONE: all), and by which rule it withholds
 * the others; counts: x is one */
ir_id policy_shown(struct check *, const struct decl *, const struct val *x,
    const struct ir_part *, bool counts, enum rule *);
/* check_model.c: what the library returns to the program; are the rows enough of a record that is a
 * model, and of all models that any of v is made of?  IR_NONE: there is nothing to ask. */
void model_note(struct check *, const struct val *record);
ir_id model_record(struct check *, const struct val *record, struct span);
ir_id model_enough(struct check *, const ir_id *v, uint32_t n, struct span);
/* check_bins.c: a histogram as a whole, by the part's guard. */
void policy_bins(struct check *, const struct decl *, const struct val *x, struct ir_part *);
/* check_certain.c: which cells are no part of a 0 % or 100 %, if the policy withholds those; if it
 * flags them, IR_NONE, and the part says so. */
ir_id policy_certain(struct check *, const struct decl *, const struct val *x, struct ir_part *,
    bool counts);
/* Named results stand and fall together: what is no count among them, by the part's guard. */
void policy_record(struct check *, const struct decl *, const struct val *record,
    struct ir_part *);
/* One of named results as the policy looks at it: a category is the index of its level. */
struct val policy_field(struct check *, const struct val *field, struct span);
/* Is it a count of rows, so that how large it is says how many are behind it? */
bool policy_counts(struct check *, const struct val *);
/* Do the program's guards, part's among them, promise so many rows? */
bool policy_promised(struct check *, const struct decl *, const struct ir_part *, uint32_t least);
void policy_revealed(struct check *, const struct val *, struct span at);
/* May a count be large though few rows are counted: is something added, or do rows count several
 * times? */
bool count_inflated(struct check *, ir_id);
/* check_asked.c: the condition c, of which it is told whether it holds, where that may be told;
 * promised: the program's guards answer for what cannot be followed. */
ir_id policy_asked(struct check *, const struct decl *, ir_id c, bool promised);
/* Does the policy withhold a count since it is below this? */
bool policy_hides(const struct policy *, const mpz_t least);
/* Does the policy limit what noise spends?  That it is not more in all; at: what spent the last. */
bool policy_limits_noise(const struct check *);
void policy_budget(struct check *, struct span at);
/* What a program draws by itself is not counted. */
void policy_no_draws(struct check *, struct span at);
void policy_base(struct check *, const struct decl *, bool written, mpq_t base);

/* check_output.c, check_decl.c */
/* Marks all that learn some of an output. */
void output_learners(struct check *, const struct decl *, bool *to);
void output_decl(struct check *, const struct decl *);
void declare_params(struct check *), declare_inputs(struct check *);
struct check *check_new(struct compile *);
uint32_t group_index(struct check *, const char *name);         /* UINT32_MAX: none */
uint64_t member_count(struct check *, uint32_t group, bool *known);

/* check_id.c */
void refuse_id(struct check *, const struct val *, struct span);       /* what may not be opened */
struct val to_id(struct check *, struct val, struct span);
struct val id_binary(struct check *, enum binary, struct val, struct val, struct span);

#endif
