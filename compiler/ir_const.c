/* ir_const.c: see ir_const.h.  Constants are folded with the kernels that the VM runs. */
#include "ir_const.h"

#include <assert.h>
#include <string.h>

#include "../runtime/code/plain_op.h"
#include "internal.h"

static const struct {
	uint16_t plain, real;
} insns[N_IR_OP] = {
#define NONE { N_INSN, N_INSN }
	[IR_CONST] = NONE, [IR_IOTA] = NONE, [IR_INPUT] = NONE, [IR_COUNTER] = NONE, [IR_ARG] = NONE,
	[IR_RESULT] = NONE, [IR_VIEW] = NONE, [IR_CONCAT] = NONE, [IR_UPDATE] = NONE, [IR_GATHER] = NONE,
	[IR_PUT] = NONE, [IR_REVEAL] = NONE, [IR_ASSUME] = NONE, [IR_ASSERT] = NONE, [IR_LOOP] = NONE,
	[IR_TNMUL] = NONE, [IR_RANDOM] = NONE, [IR_SHUFFLE] = NONE, [IR_SHLB] = NONE, [IR_SHRB] = NONE,
	[IR_ROTLB] = NONE, [IR_ADDB] = NONE, [IR_SLICEB] = NONE, [IR_CATB] = NONE,
	[IR_SORT2] = NONE, [IR_SORTB] = NONE, [IR_SHUFB] = NONE, [IR_POPCNT] = NONE,
	[IR_TOBITS] = NONE, [IR_TONUM] = NONE, [IR_CIRCUIT] = NONE, [IR_BITLEN] = NONE,
	[IR_NORM] = NONE, [IR_HOME] = NONE, [IR_PICK] = NONE,
#undef NONE
	[IR_NEG] = { OP_NEG_X, OP_NEG_R }, [IR_ADD] = { OP_ADD_X, OP_ADD_R },
	[IR_SUB] = { OP_SUB_X, OP_SUB_R }, [IR_MUL] = { OP_MUL_X, OP_MUL_R },
	[IR_SHL] = { OP_SHL_X, N_INSN }, [IR_SCALE2] = { OP_SHL_X, N_INSN },
	[IR_TRUNC] = { OP_SHR_X, N_INSN }, [IR_DIV] = { OP_DIV_X, OP_DIV_R },
	[IR_FDIV] = { OP_DIV_X, N_INSN }, [IR_MOD] = { OP_MOD_X, OP_MOD_R },
	[IR_FLOOR] = { OP_SHR_X, OP_FLOOR_R }, [IR_ROUND] = { OP_ROUND_X, OP_ROUND_R },
	[IR_ABS] = { OP_ABS_X, OP_ABS_R }, [IR_SIGN] = { OP_SIGN_X, OP_SIGN_R },
	[IR_SQRT] = { OP_SQRT_X, OP_SQRT_R }, [IR_EXP] = { OP_EXP_X, OP_EXP_R },
	[IR_LOG] = { OP_LOG_X, OP_LOG_R }, [IR_MIN] = { OP_MIN_X, OP_MIN_R },
	[IR_MAX] = { OP_MAX_X, OP_MAX_R }, [IR_EQ] = { OP_EQ_X, OP_EQ_R },
	[IR_LT] = { OP_LT_X, OP_LT_R }, [IR_LE] = { OP_LE_X, OP_LE_R },
	[IR_RSQRT] = { OP_RSQRT_X, OP_RSQRT_R }, [IR_LOG2] = { OP_LOG2_X, OP_LOG2_R },
	[IR_SIN] = { OP_SIN_X, OP_SIN_R }, [IR_COS] = { OP_COS_X, OP_COS_R },
	[IR_TANH] = { OP_TANH_X, OP_TANH_R }, [IR_SIGMOID] = { OP_SIGM_X, OP_SIGM_R },
	[IR_ERF] = { OP_ERF_X, OP_ERF_R }, [IR_NOT] = { OP_NOT_X, N_INSN },
	[IR_PNORM] = { OP_PNORM_X, OP_PNORM_R }, [IR_QNORM] = { OP_QNORM_X, OP_QNORM_R },
	[IR_PT] = { OP_PT_X, OP_PT_R }, [IR_QT] = { OP_QT_X, OP_QT_R },
	[IR_PCHISQ] = { OP_PCHISQ_X, OP_PCHISQ_R }, [IR_UCHISQ] = { OP_UCHISQ_X, OP_UCHISQ_R },
	[IR_QCHISQ] = { OP_QCHISQ_X, OP_QCHISQ_R }, [IR_PF] = { OP_PF_X, OP_PF_R },
	[IR_UF] = { OP_UF_X, OP_UF_R }, [IR_QF] = { OP_QF_X, OP_QF_R },
	[IR_AND] = { OP_AND_X, OP_MUL_R }, [IR_OR] = { OP_OR_X, OP_MAX_R },
	[IR_XOR] = { OP_XOR_X, N_INSN },
	[IR_ONEHOT] = { OP_ONEHOT_X, N_INSN }, [IR_ORDER] = { OP_ORDER_X, N_INSN },
	[IR_TAKE] = { OP_TAKE_X, N_INSN },
	[IR_SELECT] = { OP_SEL_X, OP_SEL_R }, [IR_SUM] = { OP_SUM_X, OP_SUM_R },
	[IR_CUMSUM] = { OP_CUMSUM_X, OP_CUMSUM_R }, [IR_MINR] = { OP_MINR_X, N_INSN },
	[IR_MAXR] = { OP_MAXR_X, N_INSN },
	[IR_MINM] = { OP_MINR_L, N_INSN }, [IR_MAXM] = { OP_MAXR_L, N_INSN },
	[IR_MATMUL] = { OP_MATMUL_X, OP_MATMUL_R },
};

enum insn_id
ir_plain_insn(enum ir_op op)
{
	return insns[op].plain;
}

enum insn_id
ir_real_insn(enum ir_op op)
{
	return insns[op].real;
}

bool
ir_is_function(unsigned op)
{
	return op == IR_SQRT || op == IR_EXP || op == IR_LOG || op == IR_RSQRT || op == IR_LOG2 ||
	    op == IR_SIN || op == IR_COS || op == IR_TANH || op == IR_SIGMOID || op == IR_ERF;
}

bool
ir_is_distribution(unsigned op)
{
	return op >= IR_PNORM && op <= IR_QF;
}

int64_t
ir_plain_imm(const struct ir *ir, const struct ir_value *v)
{
	if (v->op == IR_FDIV || v->op == IR_MUL)
		return 0;
	if (ir_is_function(v->op) || ir_is_distribution(v->op))
		return ir->value[v->args[0]].frac;
	return v->imm[0];
}

i128
ir_from_mpz(const mpz_t x)
{
	uint64_t w[2] = { 0, 0 };

	assert(mpz_sizeinbase(x, 2) <= 127);
	mpz_export(w, NULL, -1, 8, 0, 0, x);
	i128 v = (i128)(((u128)w[1] << 64) | w[0]);
	return mpz_sgn(x) < 0 ? -v : v;
}

void
ir_to_mpz(mpz_t d, i128 x)
{
	u128 m = x < 0 ? -(u128)x : (u128)x;
	uint64_t w[2] = { (uint64_t)m, (uint64_t)(m >> 64) };

	mpz_import(d, 2, -1, 8, 0, 0, w);
	if (x < 0)
		mpz_neg(d, d);
}

bool
ir_known(const struct ir *ir, ir_id id)
{
	const struct ir_value *v = &ir->value[id];

	if (v->n > FOLD_MAX)
		return false;
	if (v->op == IR_VIEW && v->view->offset.n == 0)
		return ir->value[v->args[0]].op == IR_CONST || ir->value[v->args[0]].op == IR_IOTA;
	return v->op == IR_CONST || v->op == IR_IOTA;
}

i128
ir_known_at(const struct ir *ir, ir_id id, uint64_t i)
{
	const struct ir_value *v = &ir->value[id];

	if (v->op == IR_VIEW) {
		int64_t at = v->view->offset.base;
		for (unsigned k = v->rank; k-- > 0;) {
			at += (int64_t)(i % v->dims[k]) * v->view->stride[k];
			i /= v->dims[k];
		}
		return ir_known_at(ir, v->args[0], (uint64_t)at);
	}
	if (v->op == IR_IOTA)
		return v->imm[0] + (i128)i * v->imm[1];
	return ir_from_mpz(v->data[i]);
}

static i128
operand(const struct ir *ir, uint32_t n_args, const ir_id *args, uint32_t k, uint64_t i)
{
	if (k >= n_args)
		return 0;
	return ir_known_at(ir, args[k], ir->value[args[k]].n == 1 ? 0 : i);
}

static void
fold_each(struct ir *ir, const struct ir_value *like, uint32_t n_args, const ir_id *args,
    mpz_t *out)
{
	int64_t imm0 = ir_is_function(like->op) || ir_is_distribution(like->op)
	    ? ir->value[args[0]].frac : like->op == IR_FDIV ? 0 : like->imm[0];

	for (uint64_t i = 0; i < like->n; i++) {
		i128 d;
		bool ok = plain_op(&d, ir_plain_insn(like->op), 128, operand(ir, n_args, args, 0, i),
		    operand(ir, n_args, args, 1, i), operand(ir, n_args, args, 2, i), imm0);
		assert(ok);
		(void)ok;
		ir_to_mpz(out[i], d);
	}
}

static void
fold_reduce(struct ir *ir, const struct ir_value *like, const ir_id *args, mpz_t *out)
{
	uint64_t mid = (uint64_t)like->imm[1], inner = (uint64_t)like->imm[2];

	for (uint64_t o = 0; o < (uint64_t)like->imm[0]; o++)
		for (uint64_t j = 0; j < inner; j++) {
			i128 acc = 0;
			for (uint64_t i = 0; i < mid; i++) {
				i128 x = ir_known_at(ir, args[0], (o * mid + i) * inner + j);
				if (like->op == IR_SUM || like->op == IR_CUMSUM)
					acc += x;
				else if (i == 0 || (like->op == IR_MINR ? x < acc : x > acc))
					acc = x;
				if (like->op == IR_CUMSUM)
					ir_to_mpz(out[(o * mid + i) * inner + j], acc);
			}
			if (like->op != IR_CUMSUM)
				ir_to_mpz(out[o * inner + j], acc);
		}
}

static void
fold_concat(struct ir *ir, uint32_t n_args, const ir_id *args, mpz_t *out)
{
	uint64_t at = 0;

	for (uint32_t k = 0; k < n_args; k++)
		for (uint64_t i = 0; i < ir->value[args[k]].n; i++)
			ir_to_mpz(out[at++], ir_known_at(ir, args[k], i));
}

static bool
fold_update(struct ir *ir, const struct ir_value *like, const ir_id *args, mpz_t *out)
{
	const struct ir_value *b = &ir->value[args[1]];

	if (like->view->offset.n > 0)
		return false;
	for (uint64_t i = 0; i < like->n; i++)
		ir_to_mpz(out[i], ir_known_at(ir, args[0], i));
	for (uint64_t i = 0; i < b->n; i++) {
		int64_t at = like->view->offset.base;
		uint64_t r = i;
		for (unsigned k = b->rank; k-- > 0;) {
			at += (int64_t)(r % b->dims[k]) * like->view->stride[k];
			r /= b->dims[k];
		}
		ir_to_mpz(out[at], ir_known_at(ir, args[1], i));
	}
	return true;
}

static bool
fold_gather(struct ir *ir, const struct ir_value *like, const ir_id *args, mpz_t *out)
{
	uint64_t row = (uint64_t)like->imm[0], n = row == 0 ? 0 : like->n / row;
	uint64_t rows = row == 0 ? 0 : ir->value[args[0]].n / row;

	for (uint64_t i = 0; i < n; i++) {
		i128 at = ir_known_at(ir, args[1], i);
		if (like->imm[1] != 0 && rows > 0)
			at = at < 0 ? 0 : at >= (i128)rows ? (i128)rows - 1 : at;
		if (at < 0 || at >= (i128)rows)
			return false;
		for (uint64_t j = 0; j < row; j++)
			ir_to_mpz(out[i * row + j], ir_known_at(ir, args[0], (uint64_t)at * row + j));
	}
	return true;
}

static void
fold_matmul(struct ir *ir, const struct ir_value *like, const ir_id *args, mpz_t *out)
{
	uint64_t m = (uint64_t)like->imm[0], k = (uint64_t)like->imm[1], n = (uint64_t)like->imm[2];

	for (uint64_t i = 0; i < m; i++)
		for (uint64_t j = 0; j < n; j++) {
			i128 acc = 0;
			for (uint64_t t = 0; t < k; t++)
				acc += ir_known_at(ir, args[0], i * k + t) * ir_known_at(ir, args[1], t * n + j);
			ir_to_mpz(out[i * n + j], acc);
		}
}

bool
ir_fold_const(struct ir *ir, enum ir_op op, const struct ir_value *like, uint32_t n_args,
    const ir_id *args, ir_id *out)
{
	bool reduce = op == IR_SUM || op == IR_CUMSUM || op == IR_MINR || op == IR_MAXR;
	bool each = ir_ops[op].class == CLASS_EACH;
	bool move = op == IR_CONCAT || op == IR_UPDATE || op == IR_GATHER;
	uint64_t work = like->n;
	bool ok = true;

	if (!(reduce || each || move || op == IR_MATMUL) || like->n > FOLD_MAX || like->bits > 0)
		return false;
	if (each && ir_plain_insn(op) == N_INSN)
		return false;
	for (uint32_t i = 0; i < n_args; i++)
		if (!ir_known(ir, args[i]) || ir->value[args[i]].bits > 0)
			return false;
	if (op == IR_MATMUL && (__builtin_mul_overflow(work, (uint64_t)like->imm[1], &work) ||
	    work > 64 * FOLD_MAX))
		return false;
	mpz_t *data = compile_alloc(ir->compile, (like->n + 1) * sizeof *data);
	for (uint64_t i = 0; i < like->n; i++)
		mpz_init(data[i]);
	if (each)
		fold_each(ir, like, n_args, args, data);
	else if (reduce)
		fold_reduce(ir, like, args, data);
	else if (op == IR_CONCAT)
		fold_concat(ir, n_args, args, data);
	else if (op == IR_UPDATE)
		ok = fold_update(ir, like, args, data);
	else if (op == IR_GATHER)
		ok = fold_gather(ir, like, args, data);
	else
		fold_matmul(ir, like, args, data);
	if (!ok)
		return false;
	*out = ir_const_array(ir, data, like->rank, like->dims, like->frac, like->span);
	ir->value[*out].boolean = like->boolean;
	return true;
}
