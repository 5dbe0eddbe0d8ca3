/* check_bits.c: the type bits<k>: literals, conversions, operators and bits of bits.
 *
 * What is known is computed on the spot, since nothing but shares computes with bits later. */
#include <string.h>

#include "check_impl.h"
#include "ir_build.h"

enum { N_FOLD = 1 << 16, HEX_DIGIT_BITS = 4 };

/* The known elements of a, where they stand; false: it has none. */
static bool
is_known(const struct check *ck, ir_id a)
{
	const struct ir_value *v = &ck->ir->value[a];

	if (v->n > N_FOLD)
		return false;
	if (v->op == IR_VIEW && v->view->offset.n == 0)
		return ck->ir->value[v->args[0]].op == IR_CONST;
	return v->op == IR_CONST;
}

static mpz_srcptr
known_at(const struct check *ck, ir_id a, uint64_t i)
{
	const struct ir_value *v = &ck->ir->value[a];
	int64_t at = (int64_t)i;

	if (v->n == 1)
		i = 0;
	if (v->op == IR_CONST)
		return v->data[v->n == 1 ? 0 : i];
	at = v->view->offset.base;
	for (unsigned k = v->rank; k-- > 0; i /= v->dims[k])
		at += (int64_t)(i % v->dims[k]) * v->view->stride[k];
	return ck->ir->value[v->args[0]].data[at];
}

static void
low_bits(mpz_t d, const mpz_t a, uint64_t bits)
{
	mpz_fdiv_r_2exp(d, a, bits);
}

/* d = op of a and b, of which a has `width` bits; false: this is not computed here. */
static bool
fold_one(mpz_t d, enum ir_op op, mpz_srcptr a, mpz_srcptr b, uint64_t imm, unsigned width,
    unsigned bits)
{
	mpz_t t;

	mpz_init(t);
	switch ((int)op) {
	case IR_NOT: mpz_com(d, a); break;
	case IR_AND: mpz_and(d, a, b); break;
	case IR_OR: mpz_ior(d, a, b); break;
	case IR_XOR: mpz_xor(d, a, b); break;
	case IR_ADDB: mpz_add(d, a, b); break;
	case IR_SHLB: mpz_mul_2exp(d, a, imm); break;
	case IR_SHRB: case IR_SLICEB: mpz_fdiv_q_2exp(d, a, imm); break;
	case IR_ROTLB:
		mpz_mul_2exp(d, a, imm);
		mpz_fdiv_q_2exp(t, a, width - imm);
		mpz_ior(d, d, t);
		break;
	case IR_CATB:
		mpz_mul_2exp(d, b, width);
		mpz_ior(d, d, a);
		break;
	case IR_TOBITS: case IR_TONUM: mpz_set(d, a); break;
	case IR_POPCNT: mpz_set_ui(d, mpz_popcount(a)); return true;
	case IR_EQ: mpz_set_ui(d, mpz_cmp(a, b) == 0); return true;
	default: return false;
	}
	if (bits > 0)
		low_bits(d, d, bits);
	return true;
}

static ir_id
fold(struct check *ck, enum ir_op op, uint32_t n_args, const ir_id *args, int64_t imm,
    unsigned bits, struct span s)
{
	const struct ir_value like = ck->ir->value[args[n_args > 1 &&
	    ck->ir->value[args[1]].rank > 0 ? 1 : 0]];
	mpz_t *x;

	for (uint32_t i = 0; i < n_args; i++)
		if (n_args > 2 || !is_known(ck, args[i]))
			return IR_NONE;
	x = compile_alloc(ck->c, (like.n + 1) * sizeof *x);
	for (uint64_t i = 0; i < like.n; i++) {
		mpz_init(x[i]);
		if (!fold_one(x[i], op, known_at(ck, args[0], i), known_at(ck, args[n_args - 1], i),
		    (uint64_t)imm, ck->ir->value[args[0]].bits, bits))
			return IR_NONE;
	}
	return bits > 0 ? ir_const_bits(ck->ir, x, like.rank, like.dims, bits, s) :
	    like.rank == 0 ? ir_const(ck->ir, x[0], 0, s) :
	    ir_const_array(ck->ir, x, like.rank, like.dims, 0, s);
}

ir_id
bits_op(struct check *ck, enum ir_op op, uint32_t n_args, ir_id *args, int64_t imm, unsigned bits,
    struct span s)
{
	if (n_args == 2)
		broadcast_both(ck, &args[0], &args[1], s);
	ir_id id = fold(ck, op, n_args, args, imm, bits, s);
	return id != IR_NONE ? id : ir_bits(ck->ir, op, n_args, args, imm, bits, s);
}

static ir_id
bits_un(struct check *ck, enum ir_op op, ir_id a, int64_t imm, unsigned bits, struct span s)
{
	return bits_op(ck, op, 1, &a, imm, bits, s);
}

static ir_id
bits_bin(struct check *ck, enum ir_op op, ir_id a, ir_id b, unsigned bits, struct span s)
{
	ir_id args[2] = { a, b };

	return bits_op(ck, op, 2, args, 0, bits, s);
}

static struct val
from_texts(struct check *ck, const struct val *x, unsigned bits, struct span at)
{
	mpz_t *e = compile_alloc(ck->c, (x->n + 1) * sizeof *e);

	for (uint64_t i = 0; i < x->n; i++) {
		const char *s = x->text[i];
		if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
			s += 2;
		mpz_init(e[i]);
		if (s[0] == '\0' || strspn(s, "0123456789abcdefABCDEF") != strlen(s))
			compile_fail(ck->c, at, NULL, "hexadecimal digits, the most significant first: \"0x2b7e\"",
			    "\"%s\" is no bits", x->text[i]);
		if (strlen(s) > N_BITS_MAX / HEX_DIGIT_BITS || mpz_set_str(e[i], s, 16) != 0 ||
		    mpz_sizeinbase(e[i], 2) > bits)
			compile_fail(ck->c, at, NULL, NULL, "\"%s\" does not fit into bits<%u>", x->text[i], bits);
	}
	return val_ir(ck, V_BITS, ir_const_bits(ck->ir, e, x->rank, x->dims, bits, at_span(ck, at)), 0);
}

static struct val
from_number(struct check *ck, const struct val *x, unsigned bits, struct span at)
{
	mpz_t *e = compile_alloc(ck->c, sizeof *e);

	if (mpz_cmp_ui(mpq_denref(x->q), 1) != 0 || mpq_sgn(x->q) < 0)
		compile_fail(ck->c, at, NULL, NULL, "bits are a whole number that is not below 0");
	mpz_init_set(e[0], mpq_numref(x->q));
	if (mpz_sgn(e[0]) > 0 && mpz_sizeinbase(e[0], 2) > bits)
		compile_fail(ck->c, at, NULL, NULL, "this number needs %zu bits, and bits<%u> is needed",
		    mpz_sizeinbase(e[0], 2), bits);
	return val_ir(ck, V_BITS, ir_const_bits(ck->ir, e, 0, NULL, bits, at_span(ck, at)), 0);
}

struct val
to_bits(struct check *ck, struct val x, unsigned bits, struct span at)
{
	struct val y;

	switch ((enum val_kind)x.kind) {
	case V_BITS:
		if (x.bits == bits)
			return x;
		compile_fail(ck->c, at, NULL, x.bits < bits ?
		    compile_printf(ck->c, "`x as bits<%u>` puts zeros in front", bits) :
		    compile_printf(ck->c, "`x[0..%u]` are its low bits", bits),
		    "this is %s, and bits<%u> is needed", type_text(ck, &x), bits);
	case V_NUMBER:
		return from_number(ck, &x, bits, at);
	case V_STRING:
		return from_texts(ck, &x, bits, at);
	case V_MISSING:
		y = val_ir(ck, V_BITS, ir_zero(ck->ir, 0, bits, at_span(ck, at)), 0);
		y.p = const_si(ck, 0, at_span(ck, at));
		y.masked = true;
		return y;
	case V_BOOL: case V_INT: case V_FIXED: case V_CATEGORY: case V_RECORD: case V_ID:
		break;
	}
	compile_fail(ck->c, at, NULL, x.kind == V_BOOL || x.kind == V_INT ?
	    compile_printf(ck->c, "`x as bits<%u>` converts a number that is not below 0", bits) : NULL,
	    "this is %s, and bits<%u> is needed", type_text(ck, &x), bits);
}

/* `x as bits<k>`: a longer string of bits, or a number that surely fits. */
struct val
as_bits(struct check *ck, struct val x, unsigned bits, struct span at)
{
	struct span s = at_span(ck, at);

	if (x.kind == V_BITS && x.bits < bits) {
		x.v = bits_un(ck, IR_SLICEB, x.v, 0, bits, s);
		x.bits = (uint16_t)bits;
	}
	if (x.kind != V_BOOL && x.kind != V_INT)
		return to_bits(ck, x, bits, at);
	const struct ir_value *v = &ck->ir->value[x.v];
	if (v->n > 0 && mpz_sgn(v->lo) < 0)
		compile_fail(ck->c, at, val_note(ck, &x),
		    "bits have no sign: abs(x), or `x as int in 0..n` first",
		    "this number may be below 0");
	if (v->n > 0 && mpz_sgn(v->hi) > 0 && mpz_sizeinbase(v->hi, 2) > bits)
		compile_fail(ck->c, at, val_note(ck, &x),
		    compile_printf(ck->c, "`x %% 2 ** %u` are its low bits", bits),
		    "this number may need %zu bits, more than bits<%u>", mpz_sizeinbase(v->hi, 2), bits);
	x.v = bits_un(ck, IR_TOBITS, x.v, bits, bits, s);
	x.kind = V_BITS;
	x.bits = (uint16_t)bits;
	return x;
}

struct val
bits_as_int(struct check *ck, struct val x, struct span at)
{
	if (x.bits > N_NUMBER_BITS)
		compile_fail(ck->c, at, NULL, "x[0..64] are its low 64 bits",
		    "bits<%u> are too many for a number: at most %d", x.bits, N_NUMBER_BITS);
	x.v = bits_un(ck, IR_TONUM, x.v, 0, 0, at_span(ck, at));
	x.kind = V_INT;
	x.bits = 0;
	return x;
}

static ir_id
equal(struct check *ck, ir_id a, ir_id b, struct span s)
{
	ir_id d = bits_bin(ck, IR_EQ, a, b, 0, s);

	ck->ir->value[d].boolean = true;
	return d;
}

/* Is any bit 1. */
struct val
bits_as_bool(struct check *ck, struct val x, struct span at)
{
	struct span s = at_span(ck, at);

	if (x.bits == 1) {
		x.v = bits_un(ck, IR_TONUM, x.v, 0, 0, s);
		ck->ir->value[x.v].boolean = true;
	} else {
		x.v = not_(ck, equal(ck, x.v, ir_zero(ck->ir, 0, x.bits, s), s), s);
		x.masked = false;
	}
	x.kind = V_BOOL;
	x.bits = 0;
	return x;
}

static int64_t
distance(struct check *ck, const struct val *k, const char *what, struct span at)
{
	int64_t n = known_int_val(ck, k, what, at);

	if (n < 0)
		compile_fail(ck->c, at, NULL, NULL, "%s is not below 0, and this is %lld", what, (long long)n);
	return n;
}

static struct val
shift(struct check *ck, enum binary op, struct val x, const struct val *k, struct span at)
{
	int64_t n = distance(ck, k, "how far bits are shifted", at);
	struct span s = at_span(ck, at);

	if (n >= x.bits)
		x.v = ir_broadcast(ck->ir, ir_zero(ck->ir, 0, x.bits, s), x.rank, x.dims, s);
	else if (n > 0)
		x.v = bits_un(ck, op == BIN_SHL ? IR_SHLB : IR_SHRB, x.v, n, x.bits, s);
	return x;
}

/* An operator of which one side is bits. */
struct val
bits_binary(struct check *ck, enum binary op, struct val a, struct val b, struct span at)
{
	struct span s = at_span(ck, at);
	enum ir_op does = op == BIN_BAND ? IR_AND : op == BIN_BOR ? IR_OR : op == BIN_XOR ? IR_XOR :
	    op == BIN_ADD ? IR_ADDB : IR_EQ;

	if ((op == BIN_SHL || op == BIN_SHR) && a.kind == V_BITS)
		return shift(ck, op, a, &b, at);
	if (does == IR_EQ && op != BIN_EQ && op != BIN_NE)
		compile_fail(ck->c, at, NULL, op == BIN_AND || op == BIN_OR ? "& and | work bit by bit" :
		    "`x as int` is a number", "%s is not for bits, and this is %s", op_text(op),
		    type_text(ck, a.kind == V_BITS ? &a : &b));
	unify(ck, &a, &b, at);
	struct val r = result_of(ck, &a, &b, IR_NONE, does == IR_EQ ? V_BOOL : V_BITS, 0, at);
	r.v = does == IR_EQ ? equal(ck, a.v, b.v, s) : bits_bin(ck, does, a.v, b.v, a.bits, s);
	if (op == BIN_NE)
		r.v = not_(ck, r.v, s);
	if (op == BIN_NE || op == BIN_EQ)
		r.masked = false;
	if (r.rank > 0)
		r.v = ir_broadcast(ck->ir, r.v, r.rank, r.dims, s);
	return r;
}

struct val
bits_invert(struct check *ck, struct val x, struct span at)
{
	x.v = bits_un(ck, IR_NOT, x.v, 0, x.bits, at_span(ck, at));
	x.masked = false;
	return x;
}

/* Bits from..from + count of each element; count 0: bit `from` as a bool. */
struct val
bits_slice(struct check *ck, struct val x, uint64_t from, uint64_t count, struct span at)
{
	struct span s = at_span(ck, at);
	unsigned bits = count == 0 ? 1 : (unsigned)count;

	if (from > 0 || bits != x.bits)
		x.v = bits_un(ck, IR_SLICEB, x.v, (int64_t)from, bits, s);
	x.bits = (uint16_t)bits;
	return count == 0 ? bits_as_bool(ck, x, at) : x;
}

/* Every bit as a bool, along a new last axis. */
struct val
bits_apart(struct check *ck, struct val x, struct span at)
{
	struct val *bit = compile_alloc(ck->c, x.bits * sizeof *bit), y, z;
	uint64_t dims[N_RANK_MAX];
	int64_t stride[N_RANK_MAX], n = 1;
	struct ir_view w = { 0 };

	for (unsigned i = 0; i < x.bits; i++)
		bit[i] = bits_slice(ck, x, i, 0, at);
	y = stack(ck, x.bits, bit, at);
	for (unsigned i = y.rank; i-- > 0; n *= (int64_t)y.dims[i])
		stride[i] = n;
	for (unsigned i = 0; i < y.rank; i++) {
		unsigned from = i + 1 < y.rank ? i + 1 : 0;
		dims[i] = y.dims[from];
		w.stride[i] = stride[from];
	}
	z = val_shaped_like(ck, &x, V_BOOL, ir_view(ck->ir, y.v, y.rank, dims, &w, at_span(ck, at)), 0);
	z.p = x.p == IR_NONE ? IR_NONE : ir_view(ck->ir, y.p, y.rank, dims, &w, at_span(ck, at));
	z.masked = x.masked;
	return z;
}

/* Ones in bits from..from + count of `bits`. */
static ir_id
mask(struct check *ck, unsigned bits, uint64_t from, uint64_t count, struct span s)
{
	mpz_t *m = compile_alloc(ck->c, sizeof *m);

	mpz_init(m[0]);
	mpz_setbit(m[0], count);
	mpz_sub_ui(m[0], m[0], 1);
	mpz_mul_2exp(m[0], m[0], from);
	return ir_const_bits(ck->ir, m, 0, NULL, bits, s);
}

/* x with bits from..from + count replaced by y; count 0: one bit, y a bool. */
struct val
bits_replace(struct check *ck, struct val x, uint64_t from, uint64_t count, struct val y,
    struct span at)
{
	struct span s = at_span(ck, at);
	unsigned k = x.bits;
	ir_id ones = mask(ck, k, from, count == 0 ? 1 : count, s);
	struct val on = x, off = x;

	off.v = bits_bin(ck, IR_AND, x.v, bits_un(ck, IR_NOT, ones, 0, k, s), k, s);
	if (count == 0) {
		if (y.kind == V_BITS && y.bits == 1)
			y = bits_as_bool(ck, y, at);
		if (y.p != IR_NONE)
			compile_fail(ck->c, at, NULL, "coalesce(x, false) fills it", "this bit may be missing");
		y = to_kind(ck, y, V_BOOL, 0, at);
		on.v = bits_bin(ck, IR_OR, x.v, ones, k, s);
		return select_val(ck, &y, on, off, at);
	}
	y = to_bits(ck, y, (unsigned)count, at);
	y.v = bits_un(ck, IR_SLICEB, y.v, 0, k, s);
	y.bits = (uint16_t)k;
	if (from > 0)
		y.v = bits_un(ck, IR_SHLB, y.v, (int64_t)from, k, s);
	return bits_binary(ck, BIN_BOR, off, y, at);
}

static struct val
bits_arg(struct check *ck, struct call_args *a)
{
	if (a->val[0].kind != V_BITS)
		compile_fail(ck->c, a->expr[0]->span, NULL, "`x as bits<k>` converts a number",
		    "%s needs bits, and this is %s", a->call->text, type_text(ck, &a->val[0]));
	return a->val[0];
}

static struct val
rotated(struct check *ck, struct call_args *a, bool left)
{
	struct val x = bits_arg(ck, a);
	int64_t k = int_arg(ck, a, 1, "how far bits are rotated") % x.bits;

	if (k < 0)
		k += x.bits;
	if (!left && k > 0)
		k = x.bits - k;
	if (k > 0)
		x.v = bits_un(ck, IR_ROTLB, x.v, k, x.bits, at_span(ck, a->call->span));
	return x;
}

struct val
builtin_rotl(struct check *ck, struct call_args *a)
{
	return rotated(ck, a, true);
}

struct val
builtin_rotr(struct check *ck, struct call_args *a)
{
	return rotated(ck, a, false);
}

struct val
builtin_popcount(struct check *ck, struct call_args *a)
{
	struct val x = bits_arg(ck, a);

	x.v = bits_un(ck, IR_POPCNT, x.v, 0, 0, at_span(ck, a->call->span));
	x.kind = V_INT;
	x.bits = 0;
	return x;
}
