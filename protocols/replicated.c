/* replicated.c: protocol replicated: three nodes, each value the sum of three parts, of which each
 * node holds two.
 *
 * Security: semi-honest, static, one node may be corrupt.  [Araki, Furukawa, Lindell, Nof, Ohara
 * 2016] in the notation of replicated.h: node i holds (x_i, x_(i+1)) where the paper has (x_i,
 * x_(i-1) - x_i); the same scheme as [Mohassel, Rindal 2018].
 *
 * Keys: each of a pair sends the other 32 random bytes over their channel, which is authenticated
 * and encrypted, and all three 32 more; those who shall know a key hash what they have in common
 * with the session id.  Streams are addressed by (instruction number, round, purpose, element), so
 * no address serves twice. */
#include "rep_open.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { HALF_BYTES = 32 };

/* What a node sends to another at the beginning. */
struct halves {
	uint8_t pair[HALF_BYTES];       /* of the keys of this pair */
	uint8_t all[HALF_BYTES];        /* of the key of all three: the same to both */
};

/* K(use) = BLAKE2b-128("konsil replicated", use, session, parts in the order of the nodes) */
static void
derive(struct prg *g, unsigned use, const uint8_t sid[32], const uint8_t *const *part, unsigned n)
{
	static const char label[] = "konsil replicated";
	const uint8_t which[2] = { (uint8_t)use, (uint8_t)n };
	crypto_generichash_state h;
	uint8_t key[16];

	(void)crypto_generichash_init(&h, NULL, 0, sizeof key);
	(void)crypto_generichash_update(&h, (const uint8_t *)label, sizeof label);
	(void)crypto_generichash_update(&h, which, sizeof which);
	(void)crypto_generichash_update(&h, sid, 32);
	for (unsigned i = 0; i < n; i++)
		(void)crypto_generichash_update(&h, part[i], HALF_BYTES);
	(void)crypto_generichash_final(&h, key, sizeof key);
	prg_init(g, key);
	wipe(key, sizeof key);
	wipe(&h, sizeof h);
}

/* [0]: with the node before, [1]: with the node behind. */
static void
derive_all(struct proto *p, const uint8_t sid[32], const struct halves mine[2],
    const struct halves theirs[2])
{
	const unsigned peer[2] = { rep_prev(p->me), rep_next(p->me) };
	const uint8_t *part[REP_NODES];

	for (unsigned k = 0; k < 2; k++) {
		part[p->me < peer[k] ? 0 : 1] = mine[k].pair;
		part[p->me < peer[k] ? 1 : 0] = theirs[k].pair;
		for (unsigned use = 0; use < N_REP_USE; use++)
			derive(&p->with[k][use], use, sid, part, 2);
	}
	part[p->me] = mine[0].all;
	part[peer[0]] = theirs[0].all;
	part[peer[1]] = theirs[1].all;
	derive(&p->all, N_REP_USE, sid, part, REP_NODES);
}

/* One round. */
static enum status
agree_keys(struct proto *p, const uint8_t sid[32])
{
	const unsigned peer[2] = { rep_prev(p->me), rep_next(p->me) };
	struct halves mine[2], theirs[2];
	enum status st = ST_OK;

	random_bytes(mine, sizeof mine);
	memcpy(mine[1].all, mine[0].all, HALF_BYTES);
	chan_phase(p->ch, PHASE_SETUP);
	for (unsigned k = 0; k < 2; k++)
		TRY(chan_post(p->ch, peer[k], &mine[k], sizeof mine[k]));
	for (unsigned k = 0; k < 2; k++)
		TRY(chan_wait(p->ch, peer[k], &theirs[k], sizeof theirs[k]));
	derive_all(p, sid, mine, theirs);
	chan_round(p->ch);
out:
	wipe(mine, sizeof mine);
	wipe(theirs, sizeof theirs);
	return st;
}

static void
replicated_close(struct proto *p)
{
	mem_secret_free(p);
}

static enum status
replicated_start(struct proto **out, const struct proto_env *env, struct fault *f)
{
	struct proto *p = mem_secret(sizeof *p);
	enum status st = ST_OK;

	*out = NULL;
	if (p == NULL)
		return fault_set(f, ST_INTERNAL, "out of locked memory for the keys of a run");
	assert(env->n == REP_NODES);
	p->ch = env->ch;
	p->me = env->me;
	p->code = env->code;
	TRY(agree_keys(p, env->sid));
	rep_open_init(p);
	chan_phase(p->ch, PHASE_ONLINE);
	*out = p;
	p = NULL;
out:
	replicated_close(p);
	return st;
}

/* What the keys take, and what is compared in the end; nothing is prepared. */
static void
cost_demand(struct tally *t, const struct code *code, unsigned n_nodes)
{
	(void)code;
	t->setup_rounds++;
	t->online_rounds = plus_or_full(t->online_rounds, 1);
	t->delays = plus_or_full(t->delays, 1);
	for (unsigned i = 0; i < n_nodes; i++)
		for (unsigned j = 0; j < n_nodes; j++) {
			t->setup[i][j] += i != j ? sizeof(struct halves) : 0;
			t->online[i][j] = plus_or_full(t->online[i][j],
			    j == rep_next(i) ? REP_TAG : 0);
		}
}

static void
cost(struct tally *t, const struct code *c, const struct insn *x, uint64_t times, unsigned n_nodes)
{
	protocol_cost(t, &protocol_replicated, c, x, times, n_nodes);
	rep_cost(t, c, x, times);
}

const struct target replicated_target = {
	.name = "replicated",
	.has_local = true,
	.has_guests = true,
	.has_a = true,
	.has_b = true,
	.held = 2,
	.and_bits = 1,
	.lone_bit = 2,
	.product = 4,
	.number_bits = 43,                /* 32 bytes over six links */
	.has_sort = true,
	.cost = cost,
	.cost_demand = cost_demand,
};

const struct protocol protocol_replicated = {
	.name = "replicated",
	.model = "semi-honest, three nodes of which one may be corrupt",
	.assumptions = "The three nodes follow the protocol and no two of them show each other what they "
	    "saw; then no one of them learns anything but the results.",
	.leaves = "It leaves the site only as random parts; no node but this site's own has more than "
	    "two of the three parts of anything, and two say nothing about it.",
	.safe_even_if = "any one of the three computing nodes shows everybody everything that it saw and "
	    "stored",
	.unsafe_if = "two of the three computing nodes show each other what they saw, or this site's own "
	    "computer is broken into, or a site runs other software than was agreed on",
	.contributes = "A site that does not compute sends every computing node two of three random "
	    "parts of it; two say nothing about it.",
	.safe_as_long_as = "no two of the computing nodes show each other what they saw",
	.together = "two",
	.n_min = REP_NODES,
	.n_max = REP_NODES,
	.secure = true,
	.target = &replicated_target,
	.row = {
		[OP_SHARE] = &replicated_share, [OP_LIFT] = &replicated_lift,
		[OP_NARROW] = &replicated_narrow, [OP_ADD_A] = &replicated_add,
		[OP_SUB_A] = &replicated_sub, [OP_NEG_A] = &replicated_neg,
		[OP_SHL_A] = &replicated_shl, [OP_ADDP_A] = &replicated_addp,
		[OP_MULP_A] = &replicated_mulp, [OP_SUM_A] = &replicated_sum,
		[OP_CUMSUM_A] = &replicated_cumsum, [OP_MATP_A] = &replicated_matp,
		[OP_PMAT_A] = &replicated_pmat, [OP_MUL_A] = &replicated_mul,
		[OP_MATMUL_A] = &replicated_matmul, [OP_TRUNC_A] = &replicated_trunc,
		[OP_REVEAL] = &replicated_open, [OP_OPEN] = &replicated_open,
		[OP_SHARE_B] = &replicated_share_b, [OP_LIFT_B] = &replicated_lift_b,
		[OP_SPLIT_B] = &replicated_split_b, [OP_RANDOM_B] = &replicated_random_b,
		[OP_CIRC_B] = &replicated_circ_b, [OP_REVEAL_B] = &replicated_open_b,
		[OP_OPEN_B] = &replicated_open_b, [OP_NUM_A] = &replicated_num_a,
		[OP_MULB_A] = &replicated_mulb_a,
		[OP_SORT_B] = &replicated_sort_b, [OP_SHUF_B] = &replicated_shuf_b,
	},
	.open = replicated_start,
	.check = rep_check,
	.close = replicated_close,
};
