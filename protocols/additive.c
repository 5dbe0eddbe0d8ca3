/* additive.c: protocol additive: n nodes, each value the sum of one share a node, modulo 2^64 or
 * 2^128.
 *
 * Security: semi-honest, static, all nodes but one may collude; no dealer.  Products by
 * multiplication triples [Beaver 1991], which the nodes make by oblivious transfer (pool.h); the
 * whole is the passive part of SPDZ2k [Cramer, Damgaard, Escudero, Scholl, Xing 2018] without MACs.
 * Departures: inputs and masks come from keys that two nodes share instead of sent shares
 * (additive_local.c); everything opened is masked by a fresh sharing of zero first, so that an
 * opened value tells no single node's share (which, of a local sum, would be that site's number).
 * Invariant: the sum over nodes of d[i].v is the value.
 *
 * Keys: each of a pair sends the other 32 random bytes over their channel, which is authenticated
 * and encrypted; both hash them with the session id.  Streams are addressed by (instruction number,
 * element), so no address serves twice. */
#include "additive.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

uint64_t
additive_announce(struct proto *p, enum corr kind, uint64_t each, uint64_t lo, uint64_t hi)
{
	uint64_t room = (pool_capacity(kind) - p->need[kind]) / each;

	if (p->n_put - p->n_got >= TAKEN_MAX)
		return lo;
	if (hi - lo > room)
		hi = lo + room / ADD_STEP * ADD_STEP;
	p->need[kind] += (hi - lo) * each;
	return hi;
}

union taken *
additive_put(struct proto *p)
{
	assert(p->n_put - p->n_got < TAKEN_MAX);
	return &p->taken[p->n_put++ % TAKEN_MAX];
}

union taken *
additive_got(struct proto *p)
{
	assert(p->n_got < p->n_put);
	return &p->taken[p->n_got++ % TAKEN_MAX];
}

/* K(label) = BLAKE2b-128(label, session, lower node's half, upper node's half, both numbers) */
static void
pair_key(struct prg *g, const char *label, const uint8_t sid[32], const uint8_t *lower,
    const uint8_t *upper, unsigned i, unsigned j)
{
	const uint8_t nodes[2] = { (uint8_t)(i < j ? i : j), (uint8_t)(i < j ? j : i) };
	crypto_generichash_state h;
	uint8_t key[16];

	(void)crypto_generichash_init(&h, NULL, 0, sizeof key);
	(void)crypto_generichash_update(&h, (const uint8_t *)label, strlen(label) + 1);
	(void)crypto_generichash_update(&h, sid, 32);
	(void)crypto_generichash_update(&h, lower, SEED_HALF);
	(void)crypto_generichash_update(&h, upper, SEED_HALF);
	(void)crypto_generichash_update(&h, nodes, sizeof nodes);
	(void)crypto_generichash_final(&h, key, sizeof key);
	prg_init(g, key);
	wipe(key, sizeof key);
	wipe(&h, sizeof h);
}

/* One round: halves to all, halves from all. */
static enum status
agree_keys(struct proto *p, const uint8_t sid[32])
{
	uint8_t mine[N_NODE_MAX][SEED_HALF], theirs[SEED_HALF];
	enum status st = ST_OK;

	random_bytes(mine, sizeof mine);
	chan_phase(p->ch, PHASE_SETUP);
	for (unsigned j = 0; j < p->n; j++)
		if (j != p->me)
			TRY(chan_post(p->ch, j, mine[j], SEED_HALF));
	for (unsigned j = 0; j < p->n; j++) {
		const uint8_t *lower = p->me < j ? mine[j] : theirs;
		const uint8_t *upper = p->me < j ? theirs : mine[j];
		if (j == p->me)
			continue;
		TRY(chan_wait(p->ch, j, theirs, SEED_HALF));
		pair_key(&p->share[j], "konsil additive share", sid, lower, upper, p->me, j);
		pair_key(&p->zero[j], "konsil additive zero", sid, lower, upper, p->me, j);
	}
	chan_round(p->ch);
out:
	wipe(mine, sizeof mine);
	wipe(theirs, sizeof theirs);
	return st;
}

static void
additive_close(struct proto *p)
{
	if (p == NULL)
		return;
	pool_close(p->pool);
	for (unsigned i = 0; i < 2 * TILES_MAX; i++)
		if (p->tile[i].mem != NULL)
			mem_unmap(p->tile[i].mem, p->tile[i].len);
	mem_free(p->taken);
	mem_secret_free(p);
}

static enum status
additive_start(struct proto **out, const struct proto_env *env, struct fault *f)
{
	struct proto *p = mem_secret(sizeof *p);
	uint64_t need[N_CORR];
	enum status st = ST_OK;

	*out = NULL;
	if (p == NULL)
		return fault_set(f, ST_INTERNAL, "out of locked memory for the keys of a run");
	p->ch = env->ch;
	p->me = env->me;
	p->n = env->n;
	p->taken = mem_array(TAKEN_MAX, sizeof *p->taken);
	if (p->taken == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	TRY(agree_keys(p, env->sid));
	additive_need(need, env->code, env->n);
	TRY(pool_open(&p->pool, env->ch, env->sid, need, pool_cot_k(env->code->network)));
	chan_phase(p->ch, PHASE_ONLINE);
	*out = p;
	p = NULL;
out:
	additive_close(p);
	return st;
}

bool
additive_ready(const struct proto *p)
{
	for (enum corr kind = 0; kind < N_CORR; kind++)
		if (p->need[kind] > 0 && p->need[kind] > pool_available(p->pool, kind))
			return false;
	return p->made == p->announced;
}

enum status
additive_refill(struct proto *p)
{
	enum status st = ST_OK;

	for (enum corr kind = 0; kind < N_CORR; kind++)
		if (p->need[kind] > 0)
			TRY(pool_ensure(p->pool, kind, p->need[kind]));
	TRY(additive_make_tiles(p));
out:
	return st;
}

const struct protocol protocol_additive = {
	.name = "additive",
	.model = "semi-honest, all but one may collude",
	.assumptions = "Every site follows the protocol; then even all others together learn "
	    "nothing but the results.",
	.leaves = "It leaves the site only as random shares, of which fewer than all say nothing about "
	    "it.",
	.safe_even_if = "all the other sites show each other everything that they saw and stored",
	.unsafe_if = "this site's own computer is broken into, or a site runs other software than was "
	    "agreed on",
	.contributes = "A site that does not compute sends every computing node one random share of it; "
	    "fewer than all of these say nothing about it.",
	.safe_as_long_as = "one of the computing nodes follows the protocol and keeps to itself what it "
	    "saw",
	.together = "all",
	.n_min = 2,
	.n_max = N_NODE_MAX,
	.secure = true,
	.target = &additive_target,
	.row = {
		ADDITIVE_ROWS,
	},
	.open = additive_start,
	.ready = additive_ready,
	.refill = additive_refill,
	.close = additive_close,
};
