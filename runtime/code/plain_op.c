/* plain_op.c: see plain_op.h */
#include "plain_op.h"

#define BOTH(name) { plain64_##name, plain128_##name }
#define ONE(name) { real_##name, NULL }

static plain_fn *const kernels[N_INSN][2] = {
	[OP_IOTA] = BOTH(iota),
	[OP_NEG_X] = BOTH(neg), [OP_ABS_X] = BOTH(abs), [OP_SIGN_X] = BOTH(sign),
	[OP_SHL_X] = BOTH(shl), [OP_SHR_X] = BOTH(shr), [OP_ROUND_X] = BOTH(round),
	[OP_SQRT_X] = BOTH(sqrt), [OP_EXP_X] = BOTH(exp), [OP_LOG_X] = BOTH(log),
	[OP_RSQRT_X] = BOTH(rsqrt), [OP_LOG2_X] = BOTH(log2), [OP_SIN_X] = BOTH(sin),
	[OP_COS_X] = BOTH(cos), [OP_TANH_X] = BOTH(tanh), [OP_SIGM_X] = BOTH(sigm),
	[OP_ERF_X] = BOTH(erf),
	[OP_PNORM_X] = BOTH(pnorm), [OP_QNORM_X] = BOTH(qnorm), [OP_PT_X] = BOTH(pt),
	[OP_QT_X] = BOTH(qt), [OP_PCHISQ_X] = BOTH(pchisq), [OP_UCHISQ_X] = BOTH(uchisq),
	[OP_QCHISQ_X] = BOTH(qchisq), [OP_PF_X] = BOTH(pf), [OP_UF_X] = BOTH(uf),
	[OP_QF_X] = BOTH(qf),
	[OP_ADD_X] = BOTH(add), [OP_SUB_X] = BOTH(sub), [OP_MUL_X] = BOTH(mul),
	[OP_DIV_X] = BOTH(div), [OP_MOD_X] = BOTH(mod), [OP_MIN_X] = BOTH(min),
	[OP_MAX_X] = BOTH(max), [OP_EQ_X] = BOTH(eq), [OP_LT_X] = BOTH(lt),
	[OP_NOT_X] = BOTH(not), [OP_AND_X] = BOTH(and), [OP_OR_X] = BOTH(or),
	[OP_XOR_X] = BOTH(xor), [OP_ONEHOT_X] = BOTH(onehot), [OP_ORDER_X] = BOTH(order),
	[OP_TAKE_X] = BOTH(take),
	[OP_LE_X] = BOTH(le), [OP_SEL_X] = BOTH(sel), [OP_SUM_X] = BOTH(sum),
	[OP_MINR_X] = BOTH(minr), [OP_MAXR_X] = BOTH(maxr), [OP_CUMSUM_X] = BOTH(cumsum),
	[OP_MATMUL_X] = BOTH(matmul), [OP_SUM_L] = BOTH(sum), [OP_TN_L] = BOTH(tn),
	[OP_MINR_L] = BOTH(minr), [OP_MAXR_L] = BOTH(maxr),
	[OP_CHECK_X] = BOTH(check), [OP_ASSERT] = BOTH(all),
	[OP_ADD_A] = BOTH(add), [OP_SUB_A] = BOTH(sub), [OP_NEG_A] = BOTH(neg),
	[OP_SHL_A] = BOTH(shl), [OP_ADDP_A] = BOTH(add), [OP_MULP_A] = BOTH(mul),
	[OP_SUM_A] = BOTH(sum), [OP_CUMSUM_A] = BOTH(cumsum), [OP_MATP_A] = BOTH(matmul),
	[OP_PMAT_A] = BOTH(matmul), [OP_MUL_A] = BOTH(mul), [OP_MATMUL_A] = BOTH(matmul),
	[OP_TRUNC_A] = BOTH(shr),
	[OP_ADD_R] = ONE(add), [OP_SUB_R] = ONE(sub), [OP_MUL_R] = ONE(mul), [OP_DIV_R] = ONE(div),
	[OP_MOD_R] = ONE(mod), [OP_NEG_R] = ONE(neg), [OP_ABS_R] = ONE(abs),
	[OP_SIGN_R] = ONE(sign),
	[OP_FLOOR_R] = ONE(floor), [OP_ROUND_R] = ONE(round), [OP_SQRT_R] = ONE(sqrt),
	[OP_EXP_R] = ONE(exp), [OP_LOG_R] = ONE(log), [OP_RSQRT_R] = ONE(rsqrt),
	[OP_LOG2_R] = ONE(log2), [OP_SIN_R] = ONE(sin), [OP_COS_R] = ONE(cos),
	[OP_TANH_R] = ONE(tanh), [OP_SIGM_R] = ONE(sigm), [OP_ERF_R] = ONE(erf),
	[OP_PNORM_R] = ONE(pnorm), [OP_QNORM_R] = ONE(qnorm), [OP_PT_R] = ONE(pt),
	[OP_QT_R] = ONE(qt), [OP_PCHISQ_R] = ONE(pchisq), [OP_UCHISQ_R] = ONE(uchisq),
	[OP_QCHISQ_R] = ONE(qchisq), [OP_PF_R] = ONE(pf), [OP_UF_R] = ONE(uf), [OP_QF_R] = ONE(qf),
	[OP_MIN_R] = ONE(min), [OP_MAX_R] = ONE(max),
	[OP_EQ_R] = ONE(eq), [OP_LT_R] = ONE(lt), [OP_LE_R] = ONE(le), [OP_SEL_R] = ONE(sel),
	[OP_SUM_R] = ONE(sum), [OP_CUMSUM_R] = ONE(cumsum), [OP_MATMUL_R] = ONE(matmul),
};

plain_fn *
plain_kernel(enum insn_id op, unsigned width)
{
	return op < N_INSN ? kernels[op][width == 128] : NULL;
}

bool
plain_op(i128 *d, enum insn_id op, unsigned width, i128 a, i128 b, i128 c, int64_t imm0)
{
	struct { i128 d, a, b, c; } x = { .d = 0 };
	struct plain p = { .d = &x.d, .a = &x.a, .b = &x.b, .c = &x.c, .n = 1, .na = 1, .nb = 1,
		.nc = 1, .imm = { imm0 } };
	plain_fn *fn = plain_kernel(op, width);

	*d = 0;
	if (fn == NULL || insn_table[op].shape != SH_EACH || insn_table[op].a != 'X')
		return false;
	plain_store(&x.a, 0, width, a);
	plain_store(&x.b, 0, width, b);
	plain_store(&x.c, 0, width, c);
	fn(&p);
	*d = plain_load(&x.d, 0, width);
	return true;
}
