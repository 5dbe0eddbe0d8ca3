/* code.h: a compiled program in memory, and the container that carries it.
 *
 * Instructions are of one size and work on slots: vectors whose domain, width and length are
 * known.  A program is: header, manifest (parties, inputs, outputs, reveals), constants, slots,
 * views, partitions, code, post code, source map (the line in each instruction), demand.
 * The order of instructions is the order of execution; an interactive instruction is issued where
 * it stands and its result is there after `rounds` further ROUND instructions; until then its
 * operands stay as they are and d is not touched.  See isa.def and BYTECODE.md. */
#ifndef KONSIL_CODE_H
#define KONSIL_CODE_H

#include "../base/ring.h"
#include "../base/status.h"
#include "circuit.h"
#include "roles.h"

enum insn_id {
#define I(id, name, d, a, b, c, shape, rounds, held2, flags, text) OP_##id,
#include "isa.def"
#undef I
	N_INSN
};

enum insn_flags { F_NARROW = 1, F_WIDTHS = 2, F_POST = 4, F_FLOW = 8, F_DEPTH = 16, F_SORT = 32 };

/* How the lengths of d, a, b, c belong together; n is d's. */
enum shape {
	SH_NONE,        /* no operands */
	SH_EACH,        /* a, b, c have n or 1 elements */
	SH_ONE,         /* n = 1 */
	SH_ONLY_A,      /* no d */
	SH_INPUT,       /* d is as long as that part of the input; INPUT_B: as wide as its bits */
	SH_COPY,        /* every index of view imm0 lies within d and within a */
	SH_GATHER,      /* a is m rows of imm0 elements, b k indices, n = k * imm0 */
	SH_PUT,         /* d is m rows of imm0, a one row, b one index */
	SH_REDUCE,      /* a has imm0*imm1*imm2, n = imm0*imm2 */
	SH_SCAN,        /* a and d have imm0*imm1*imm2 */
	SH_MATMUL,      /* n = imm0*imm2, a imm0*imm1, b imm1*imm2 */
	SH_CHECK,       /* b, c one element; d one element, or one for each member if a is local by rows */
	SH_MEMBERS,     /* a local by rows of `inner` elements, n = members * inner */
	SH_ONEHOT,      /* n = a's * imm0 */
	SH_TAKE,        /* a, b and d have imm0*imm1*imm2 */
	SH_BITS,        /* a has n * imm0 elements: imm0 = 1, or ceil(width of d / 64) of 64 bits */
	SH_OPENED,      /* d has imm0 elements for each of a, as BITS the other way round */
	SH_SPLIT,       /* a has n; d's width is imm0 * split_parts, imm0 at most a's width */
	SH_SPREAD,      /* B or Y: n = a's * width of a, d's width 1 */
	SH_RANDOM,      /* only d */
	SH_SORT,        /* d and a have imm0 rows, and one width; SORT_B: imm1 below it, imm2 at least 1
	                 * and at most N_SORT_DIGIT_MAX */
	SH_CIRC,        /* a, b, c have n or 1 elements and the widths of circuit imm0 */
	SH_TN,          /* a local by imm0 rows of imm1, b of imm2; n = members * imm1 * imm2 */
};

/* One row of the table, for whoever walks it. */
struct insn_info {
	const char *name;
	char d, a, b, c;                /* 'P' 'L' 'A' 'B' 'Y' 'O' 'R' 'X' 'S' or '-' */
	uint8_t shape;
	uint8_t rounds[2];              /* where a node holds one part of a share, and two */
	uint8_t flags;
	const char *text;
};
extern const struct insn_info insn_table[N_INSN];

enum domain { DOM_P, DOM_L, DOM_A, DOM_O, DOM_R, DOM_B, DOM_Y, N_DOMAIN };

enum {
	SLOT_NONE = UINT32_MAX,         /* an operand that is not there */
	N_LOOP_MAX = 8,                 /* nesting of loops: a view's offset has a coefficient for each */
	N_RANK_MAX = 8,
	N_SLOT_MAX = 1 << 20,
	N_CODE_MAX = 1 << 20,
	N_ELEMENT_MAX_LOG2 = 40,        /* elements of a slot */
	N_BITS_MAX = 4096,              /* width of a slot of bits */
	N_CIRCUIT_MAX = 1 << 16,        /* circuits of a program */
	N_HELD_MAX = 2,                 /* parts of a share that a node holds */
	N_SORT_DIGIT_MAX = 6,           /* bits that SORT_B sorts by in a pass */
	N_SORT_PASS_ROUNDS = 5,         /* of a pass, besides code_sort_layers */
	N_SORT_MAX = UINT32_MAX,        /* elements that SORT_B and SHUF_B put in order */
	NAME_MAX_BYTES = 128,
};

/* base + sum over depth k of coef[k] * counter of the loop at depth k (0: the outermost). */
struct affine {
	int64_t base;
	int64_t coef[N_LOOP_MAX];
};

enum slot_kind {
	SLOT_MEMORY,    /* `at` is a byte offset into the arena, a multiple of 64 */
	SLOT_CONST,     /* public; `at` is a byte offset into the constants */
	SLOT_WINDOW,    /* n elements of slot `of`, from element `offset` (affine in the loop counters);
	                 * `of` is no window.  Of a local slot by rows: only whole rows of its own, so no
	                 * window of it is allowed; of a local slot with one owner: as of any other.  Of
	                 * bits (B, Y): only as an operand of COPY, since their elements lie in planes. */
};

/* Slots of bits lie in planes, one for each bit of the width, the lowest first.  B: a plane is
 * plane_words(n) words of 64 bits, element i at bit i % 64 of word i / 64; bits behind n are not
 * specified.  Y: a plane is n labels of 16 bytes. */
static inline uint64_t
plane_words(uint64_t n)
{
	return (n + 63) / 64;
}

/* Memory is reused, so slots may overlap; what the verifier demands of a compiler:
 * - A slot is read only after it was written, itself or through a window of it, and after that no
 *   other slot was written over any of its bytes.
 * - A write that leaves elements out (through a window, by PUT, or by a COPY whose view does not
 *   reach all of d) is allowed where every byte of the whole slot is of its kind already, is
 *   public, or was never written (then it is 0).  Elsewhere write the slot as a whole first.  Of
 *   one kind are slots of one domain, L of one owner and O and R also of one `part`; an L slot that
 *   the members hold row by row is a kind of its own.
 * - In a loop this must hold for the second iteration, too; what is first written in a loop may be
 *   read after it only if the loop runs at least once whatever the outer counters are.
 * - d may be the very same elements as an operand of an EACH instruction of 0 rounds; any other
 *   overlap of d with an operand is refused.
 * - Between issue and result of an interactive instruction nobody touches d or writes operands. */
struct slot {
	uint8_t domain, kind;
	uint16_t width;                 /* P L A O: 64 or 128; R: 64; B Y: 1 to N_BITS_MAX */
	uint32_t part;                  /* L: index of its partition; O, R: recipients, see roles.h */
	uint64_t n;                     /* elements; L: of all members together */
	uint64_t at;
	uint32_t of;                    /* window */
	struct affine offset;           /* window */
};

/* Whose rows are which: node p holds elements start[p]*inner .. start[p+1]*inner of an L slot
 * with n = start[nodes] * inner.  One owner: everything is its.  Slots are allocated in full
 * at every node; a node touches its own part only (pages never touched cost nothing). */
struct partition {
	bool whole;                     /* one owner; start is 0 up to it, 1 after it; n is free */
	bool members;                   /* one row for each member of a group */
	uint16_t owner;                 /* node */
	uint64_t start[17];             /* rows; one entry for each node and one for the end */
};

struct view {                           /* of COPY: nested loops, the outermost first */
	uint32_t rank;
	uint64_t count[N_RANK_MAX];
	int64_t sstride[N_RANK_MAX], dstride[N_RANK_MAX];
	int64_t soff, doff;
};

struct insn {
	uint16_t op;
	uint16_t file;                  /* source: index into code.sources */
	uint32_t line;
	uint32_t slot[4];               /* d, a, b, c */
	int64_t imm[3];
};

/* Types as far as files and results need them. */
enum type_kind { TYPE_BOOL, TYPE_INT, TYPE_FIXED, TYPE_CATEGORY, TYPE_BITS,
	TYPE_ID };                      /* a number of ID_BITS bits, of no output; see identifier.h */

enum { ID_BITS = 80, ID_PARTS_MAX = 16 };     /* of a hash; columns joined to one */

struct level {
	char *name, *text;              /* in the program and in a file */
};

struct type {
	uint8_t kind;
	bool optional;
	uint8_t frac;                   /* FIXED: fractional bits */
	uint32_t bits;                  /* BITS: how many */
	i128 lo, hi;                    /* inclusive, in units of 2^-frac; CATEGORY: 0..n_levels-1 */
	uint32_t n_levels;
	struct level *level;
};

struct party {                          /* in session order */
	char *name;                     /* "site[1]" or a session's name for it */
	char *group;                    /* "site"; the same as name for a single party */
	uint32_t member;                /* index within the group */
	bool grouped;                   /* declared with [] */
	bool helper;                    /* a computing node that is no party of the program */
	uint64_t rows;                  /* of its table, if it has [] or [*, k] inputs */
};

enum input_shape { INPUT_SCALAR, INPUT_ARRAY, INPUT_ROWS };

struct input {
	char *name;
	char *party;                    /* group name */
	struct type type;
	uint8_t shape;                  /* SCALAR, ARRAY: dims each member, ROWS: rows, dims[0] */
	uint32_t rank;                  /* of dims */
	uint64_t dims[N_RANK_MAX];      /* for each member; a ROWS matrix has its columns here */
	uint64_t most;                  /* ROWS, not 0: each member's rows are made up to so many with
	                                 * missing ones, and how many it has is secret */
	bool pattern;                   /* column[0] has stars: all columns like it, in file order */
	uint32_t n_columns;             /* given with `as`; 0: the input's name, or file order.  ID:
	                                 * several are joined to one value */
	char **column;
	uint32_t line;
};

/* One value of an output as one set of recipients gets it. */
struct output_part {
	char *field;                    /* of a named result, else "" */
	int32_t each;                   /* party whose part of the first axis this is, or -1: all of it */
	uint32_t recipients;            /* see roles.h */
	uint32_t value;                 /* slot, O or R or P; or levels: one slot, index */
	uint32_t present;               /* slot of 0/1, or SLOT_NONE: all there.  R: NaN is missing, too */
	/* Slot of one element, or SLOT_NONE: 1 shows the part, 0 withholds it by the rule (enum rule), -1
	 * by RULE_RANGE. */
	uint32_t guard;
	uint8_t rule;
	/* Slot of as many elements as the part has, or SLOT_NONE: 1 shows the cell, 0 withholds it by
	 * cell_rule.  Withheld cells are 0 in what was opened of the value. */
	uint32_t cells;
	uint8_t cell_rule;
	uint8_t certain;                /* enum certain: what reports flag */
	uint8_t noise;                  /* enum noise_kind: added before anything is opened */
	/* Numerator and denominator of epsilon or rho, and of the L1 sensitivity or the square of the L2
	 * sensitivity; without noise 0. */
	i128 spent[2], sensitivity[2];
	struct type type;
	i128 error;                     /* how far from the exact value at most, in units of 2^-frac
	                                 * of type, under any protocol; a real: before rounding */
	uint32_t rank;                  /* 0: a scalar */
	uint64_t dims[N_RANK_MAX];
};

/* Which cells of an output are flagged that tell everybody's value: those of lines of a table with
 * everybody in one cell; cells that are 0 or 1, shares of a whole. */
enum certain { CERTAIN_NONE, CERTAIN_LINE, CERTAIN_CELL, N_CERTAIN };

/* EITHER: by SUPPRESS or WITHHOLD; POLICY: by any rule of a policy, and those behind it by that
 * rule of a policy alone; REQUIRE_POLICY: by REQUIRE or any rule of a policy.  Which of several it
 * was is not said. */
enum rule {
	RULE_NONE, RULE_REQUIRE, RULE_RANGE, RULE_SUPPRESS, RULE_WITHHOLD, RULE_EITHER, RULE_POLICY,
	RULE_DOMINANCE, RULE_BINS, RULE_DIFFERENCE, RULE_REQUIRE_POLICY,
	N_RULE
};

/* What the sheet says of an output's guards; what they do, its parts say. */
enum stated_kind {
	STATED_REQUIRE, STATED_SUPPRESS, STATED_SECONDARY, STATED_WITHHOLD, STATED_ROUND,
	STATED_TOLD,                    /* `text` is another output from which it may be worked out */
	N_STATED,
};

struct stated {
	uint8_t kind;
	char *text;                     /* the condition, threshold or base, as written */
};

/* Circuits that draw noise of which the manifest says nothing have names that begin so. */
#define NOISE_UNCOUNTED "dp"
enum noise_kind { NOISE_NONE, NOISE_LAPLACE, NOISE_GAUSSIAN };

struct output {
	char *name;
	uint32_t line;
	char *source;                   /* the expression and guards as written, for the sheet */
	bool withheld;                  /* known before the run: require is false with these row counts */
	bool to_all;
	uint32_t n_parts;
	struct output_part *part;
	uint32_t n_stated;
	struct stated *stated;
	uint32_t n_labels;              /* axes with labels */
	struct { uint32_t n; char **name; } label[N_RANK_MAX];
};

struct reveal {
	char *source;
	uint32_t line;
	uint64_t elements, times;       /* how many at a time, how often at most */
};

struct assumption {
	char *source;                   /* "var h : int in 0..100000" */
	uint32_t line;
	bool checked;                   /* by a CHECK_X; else --unchecked allowed it */
};

struct named_hash {
	char *name;
	uint8_t hash[32];
};

/* How much of each interactive instruction runs, loops multiplied out; what correlated randomness
 * that is, the protocol's cost says. */
struct demand {
	uint16_t op, width;
	/* MATMUL_A: shape; TRUNC_A: k = imm0; NUM_A, REVEAL_B, OPEN_B: k = width of a; SPLIT_Y: k = imm0;
	 * CIRC_B, CIRC_Y: m = imm0, n = elements at a time; else 0. */
	uint64_t m, k, n;
	uint64_t count;                 /* elements; MATMUL_A: products; CIRC_B, CIRC_Y: executions */
};

struct code {
	char *study;                    /* title */
	char *protocol;
	char *network;
	char *compiler;                 /* version */
	bool local, checked;            /* not --no-local, not --unchecked */
	/* Parts of every share (A, B) that a node holds: 1 (additive), or 2 of three (replicated).
	 * They lie one behind the other, as a slot of each: see slot_part_bytes. */
	uint8_t held;
	uint8_t study_hash[32];         /* H1 without keys: of sources, parameters, ...; see study.h */
	uint32_t n_sources;  char **source;      /* file names, without folders */
	uint32_t n_parties;  struct party *party;
	struct roles roles;
	uint32_t n_inputs;   struct input *input;
	uint32_t n_outputs;  struct output *output;
	uint32_t n_reveals;  struct reveal *reveal;
	uint32_t n_assumptions; struct assumption *assumption;
	uint32_t n_notes;    char **note;        /* for `explain`: a ring, a sequential loop, ... */
	uint64_t const_bytes; uint8_t *constant; /* little-endian, elements of 8 or 16 bytes, 16-aligned */
	uint32_t n_slots;    struct slot *slot;
	uint32_t n_parts;    struct partition *part;
	uint32_t n_views;    struct view *view;
	uint32_t n_circuits; struct circuit *circuit;
	uint32_t n_affines;  struct affine *affine;
	uint32_t n_code;     struct insn *code;
	uint32_t n_post;     struct insn *post;
	uint32_t n_demand;   struct demand *demand;
	uint64_t arena_bytes;
};

/* A new, empty program (all counts 0); NULL if there is no memory.  code_free frees everything that
 * hangs on it; every pointer in it comes from mem_*. */
struct code *code_new(void);
void code_free(struct code *c);

/* Whether the inputs of a group are made up to a number of rows, so that nobody learns theirs. */
bool code_hides_rows(const struct code *c, const char *group);

/* The container.  write allocates *out (mem_free).  read refuses what is cut, too long, of
 * another version or inconsistent in itself (ST_DATA with a reason); it does not verify: see
 * code_verify. */
enum status code_write(uint8_t **out, size_t *len, const struct code *c) MUST_USE;
enum status code_read(struct code **out, const uint8_t *in, size_t len, struct fault *f) MUST_USE;
/* H2: BLAKE2b-256 of the container. */
enum status code_hash(uint8_t hash[32], const struct code *c) MUST_USE;

/* Text and back; asm(disasm(x)) == x to the byte. */
enum status code_disasm(char **out, const struct code *c) MUST_USE;
enum status code_asm(struct code **out, const char *text, const char *file, struct fault *f)
    MUST_USE;

/* Refuses with a reason (ST_DATA; the message names instruction, line and slot) whatever could
 * read or write outside, use what is not there yet, mix domains or widths, overflow a counter,
 * open a secret that the manifest does not list, or differ from its demand section.  What passes is
 * safe to run. */
enum status code_verify(const struct code *c, struct fault *f) MUST_USE;

/* Fills c->demand from c->code: one entry for each (op, width, m, k, n) that runs at all, in that
 * order.  demand_compute leaves c as it is; *out is the caller's (mem_free). */
enum status code_demand(struct code *c) MUST_USE;
enum status demand_compute(struct demand **out, uint32_t *n, const struct code *c) MUST_USE;

/* The entry of one instruction; false if it has none. */
bool insn_demand(struct demand *d, const struct code *c, const struct insn *x, uint64_t times);

/* The circuit that an instruction names; NULL if it is of another shape, or there is none. */
const struct circuit *insn_circuit(const struct code *c, const struct insn *x);
/* Whether it is the protocol's: d or a is A, B or Y by the table. */
bool insn_on_shares(const struct insn *x);
/* Exchanges between issue and result; 0: none. */
unsigned insn_rounds(const struct code *c, const struct insn *x);
/* Exchanges of a SORT_B of keys of `bits` bits, `digit` of them in a pass, the last perhaps of
 * fewer; and those that say which of its values a digit has. */
unsigned code_sort_rounds(unsigned bits, unsigned digit);
unsigned code_sort_layers(unsigned digit);
/* Bits that a node sends for each record of `width` bits, of so many rows; rounded up. */
uint64_t code_sort_bits(uint64_t rows, unsigned width, unsigned bits, unsigned digit);
/* How many numbers known to a node each a share is the sum of, for SPLIT_B and SPLIT_Y: one a node;
 * where a node holds two parts, those two and the third. */
unsigned split_parts(const struct code *c);
/* How many nodes compute. */
static inline uint32_t
code_nodes(const struct code *c)
{
	return roles_nodes(&c->roles, c->n_parties);
}

/* The name of the party that node i is. */
static inline const char *
code_node_name(const struct code *c, uint32_t i)
{
	return c->party[roles_party(&c->roles, i)].name;
}

/* Where the elements of node p begin among n elements that belong to slot a, local, as its do. */
uint64_t code_owner_lo(const struct code *c, const struct slot *a, uint64_t n, unsigned p);
/* Bytes of a slot's memory: of all that a node holds, and of one part of it. */
uint64_t slot_bytes(const struct code *c, const struct slot *s);
uint64_t slot_part_bytes(const struct slot *s);
/* Whether slots of the domain can have this width. */
bool width_ok(enum domain domain, unsigned width);

/* How often each instruction runs, loops multiplied out exactly (inner bounds may be affine; a trip
 * count below 0 is 0): calls fn for each instruction of c->code, in order.  A LOOP counts as often
 * as it is reached, an END as often as its body runs.  ST_DATA if loops do not match, or a count
 * does not fit into 64 bits; fn may have been called before that. */
enum status code_walk(const struct code *c,
    void (*fn)(void *arg, const struct insn *, uint64_t times), void *arg) MUST_USE;

#endif
