/* ot_base.c: see ot_base.h */
#include "ot_base.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { POINT = OT_POINT_BYTES, HASH = OT_HASH_BYTES };

/* Where the parts of messages lie: B_i and Chall_i from 0 on, seed and gamma behind them. */
enum { AT_SEED = N_BASE_OT * POINT, AT_GAMMA = N_BASE_OT * HASH };

/* The group's own errors are our bugs where all inputs are ours. */
static void
must(int failed)
{
	assert(failed == 0);
	(void)failed;
}

/* An oracle's hash begins with what separates it from all others. */
static void
hash_begin(crypto_generichash_state *h, size_t out_len, const char *label,
    const struct ot_base_id *id, uint32_t i)
{
	const uint32_t number[3] = { id->sender, id->receiver, i };
	char name[16] = { 0 };

	memcpy(name, label, strlen(label));
	must(crypto_generichash_init(h, NULL, 0, out_len));
	must(crypto_generichash_update(h, (const uint8_t *)name, sizeof name));
	must(crypto_generichash_update(h, id->sid, sizeof id->sid));
	must(crypto_generichash_update(h, (const uint8_t *)number, sizeof number));
}

/* d = oracle(in). */
static void
hash_bytes(uint8_t *d, size_t out_len, const char *label, const struct ot_base_id *id, uint32_t i,
    const void *in, size_t len)
{
	crypto_generichash_state h;

	hash_begin(&h, out_len, label, id, i);
	must(crypto_generichash_update(&h, in, len));
	must(crypto_generichash_final(&h, d, out_len));
	wipe(&h, sizeof h);
}

/* T = RO1(seed): public, and nobody knows its logarithm. */
static void
oracle_1(uint8_t t[POINT], const struct ot_base_id *id, const uint8_t seed[OT_SEED_BYTES])
{
	uint8_t wide[64];

	hash_bytes(wide, sizeof wide, "konsil ot point", id, 0, seed, OT_SEED_BYTES);
	must(crypto_core_ristretto255_from_hash(t, wide));
}

/* Digest of both sides' points, which every key depends on. */
static void
bind_points(uint8_t d[HASH], const struct ot_base_id *id, const uint8_t choice[OT_CHOICE_BYTES],
    const uint8_t z[POINT])
{
	crypto_generichash_state h;

	hash_begin(&h, HASH, "konsil ot bind", id, 0);
	must(crypto_generichash_update(&h, choice, OT_CHOICE_BYTES));
	must(crypto_generichash_update(&h, z, POINT));
	must(crypto_generichash_final(&h, d, HASH));
}

/* RO2. */
static block
oracle_2(const struct ot_base_id *id, uint32_t i, const uint8_t bound[HASH],
    const uint8_t shared[POINT])
{
	crypto_generichash_state h;
	block key;

	hash_begin(&h, sizeof key, "konsil ot key", id, i);
	must(crypto_generichash_update(&h, bound, HASH));
	must(crypto_generichash_update(&h, shared, POINT));
	must(crypto_generichash_final(&h, (uint8_t *)&key, sizeof key));
	wipe(&h, sizeof h);
	return key;
}

/* RO3. */
static void
oracle_3(uint8_t d[HASH], const struct ot_base_id *id, uint32_t i, block key)
{
	hash_bytes(d, HASH, "konsil ot chall", id, i, &key, sizeof key);
	wipe(&key, sizeof key);
}

/* Ans = RO4(resp), and gamma = RO5(Ans). */
static void
oracles_4_5(uint8_t answer[HASH], uint8_t gamma[HASH], const struct ot_base_id *id,
    const uint8_t resp[N_BASE_OT][HASH])
{
	hash_bytes(answer, HASH, "konsil ot answer", id, 0, resp, N_BASE_OT * HASH);
	hash_bytes(gamma, HASH, "konsil ot gamma", id, 0, answer, HASH);
}

/* d = b ? d xor y : d.  Constant time. */
static void
xor_if(uint8_t d[32], const uint8_t y[32], uint32_t b)
{
	uint8_t mask = (uint8_t)(0 - b);

	for (int k = 0; k < 32; k++)
		d[k] ^= y[k] & mask;
}

static uint32_t
choice_bit(const struct ot_base_receiver *r, uint32_t i)
{
	return (uint32_t)(r->choice.w[i / 64] >> i % 64 & 1);
}

/* The identity's only canonical encoding; libsodium refuses the others where it decodes a point. */
static bool
is_identity(const uint8_t p[POINT])
{
	return sodium_is_zero(p, POINT) == 1;
}

/* B_i = g^alpha_i T^b_i, with both candidates computed. */
static void
choose_one(struct ot_base_receiver *r, uint32_t i, const uint8_t t[POINT])
{
	uint8_t *b_i = r->sent + POINT * i, other[POINT];

	crypto_core_ristretto255_scalar_random(r->alpha[i]);
	must(crypto_scalarmult_ristretto255_base(b_i, r->alpha[i]));
	must(crypto_core_ristretto255_add(other, b_i, t));
	xor_if(other, b_i, 1);
	xor_if(b_i, other, choice_bit(r, i));
	wipe(other, sizeof other);
}

void
ot_base_create_choice(struct ot_base_receiver *r, uint8_t msg[OT_CHOICE_BYTES],
    const struct ot_base_id *id, block choice)
{
	uint8_t t[POINT];

	must(sodium_init() < 0);
	r->id = *id;
	r->choice = choice;
	random_bytes(r->sent + AT_SEED, OT_SEED_BYTES);
	oracle_1(t, id, r->sent + AT_SEED);
	for (uint32_t i = 0; i < N_BASE_OT; i++)
		choose_one(r, i, t);
	memcpy(msg, r->sent, OT_CHOICE_BYTES);
}

void
ot_base_create_sender(struct ot_base_sender *s, uint8_t msg[OT_SENDER_BYTES],
    const struct ot_base_id *id)
{
	must(sodium_init() < 0);
	s->id = *id;
	crypto_core_ristretto255_scalar_random(s->r);
	must(crypto_scalarmult_ristretto255_base(s->z, s->r));
	memcpy(msg, s->z, OT_SENDER_BYTES);
}

/* p_{i,0} and p_{i,1} from B_i and T^r.  The points fail if one is the identity or no point. */
static enum status
sender_keys(block key[2], const struct ot_base_sender *s, uint32_t i, const uint8_t bound[HASH],
    const uint8_t b_i[POINT], const uint8_t t_r[POINT])
{
	uint8_t p0[POINT], p1[POINT];
	enum status st = ST_OK;

	if (is_identity(b_i) || crypto_scalarmult_ristretto255(p0, s->r, b_i) != 0)
		TRY(ST_ABORT);
	must(crypto_core_ristretto255_sub(p1, p0, t_r));
	if (is_identity(p1))
		TRY(ST_ABORT);
	key[0] = oracle_2(&s->id, i, bound, p0);
	key[1] = oracle_2(&s->id, i, bound, p1);
out:
	wipe(p0, sizeof p0);
	wipe(p1, sizeof p1);
	return st;
}

enum status
ot_base_consume_choice(block key[N_BASE_OT][2], struct ot_base_sender *s,
    const uint8_t msg[OT_CHOICE_BYTES])
{
	uint8_t t[POINT], t_r[POINT], bound[HASH];
	enum status st = ST_OK;

	oracle_1(t, &s->id, msg + AT_SEED);
	must(crypto_scalarmult_ristretto255(t_r, s->r, t));
	bind_points(bound, &s->id, msg, s->z);
	for (uint32_t i = 0; i < N_BASE_OT; i++)
		TRY(sender_keys(key[i], s, i, bound, msg + POINT * i, t_r));
out:
	wipe(t_r, sizeof t_r);
	wipe(s->r, sizeof s->r);
	if (st != ST_OK) {
		wipe(s, sizeof *s);
		wipe(key, N_BASE_OT * sizeof *key);
	}
	return st;
}

/* p_{i,b} from z. */
static enum status
receiver_key(block *key, const struct ot_base_receiver *r, uint32_t i, const uint8_t bound[HASH],
    const uint8_t z[POINT])
{
	uint8_t p[POINT];
	enum status st = ST_OK;

	if (is_identity(z) || crypto_scalarmult_ristretto255(p, r->alpha[i], z) != 0)
		st = ST_ABORT;
	else
		*key = oracle_2(&r->id, i, bound, p);
	wipe(p, sizeof p);
	return st;
}

enum status
ot_base_consume_sender(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_SENDER_BYTES])
{
	uint8_t bound[HASH];
	enum status st = ST_OK;

	bind_points(bound, &r->id, r->sent, msg);
	for (uint32_t i = 0; i < N_BASE_OT; i++)
		TRY(receiver_key(&key[i], r, i, bound, msg));
out:
	wipe(r->alpha, sizeof r->alpha);
	if (st != ST_OK) {
		wipe(r, sizeof *r);
		wipe(key, N_BASE_OT * sizeof *key);
	}
	return st;
}

void
ot_base_create_challenge(struct ot_base_sender *s, uint8_t msg[OT_CHALLENGE_BYTES],
    const block key[N_BASE_OT][2])
{
	uint8_t resp[N_BASE_OT][HASH];

	for (uint32_t i = 0; i < N_BASE_OT; i++) {
		uint8_t *chall = msg + HASH * i;

		oracle_3(resp[i], &s->id, i, key[i][0]);
		oracle_3(chall, &s->id, i, key[i][1]);
		xor_if(chall, resp[i], 1);
	}
	oracles_4_5(s->answer, msg + AT_GAMMA, &s->id, resp);
	wipe(resp, sizeof resp);
}

enum status
ot_base_consume_challenge(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_CHALLENGE_BYTES])
{
	uint8_t resp[N_BASE_OT][HASH], gamma[HASH];
	enum status st = ST_OK;

	for (uint32_t i = 0; i < N_BASE_OT; i++) {
		oracle_3(resp[i], &r->id, i, key[i]);
		xor_if(resp[i], msg + HASH * i, choice_bit(r, i));
	}
	oracles_4_5(r->answer, gamma, &r->id, resp);
	if (sodium_memcmp(gamma, msg + AT_GAMMA, HASH) != 0) {
		wipe(r, sizeof *r);
		wipe(key, N_BASE_OT * sizeof *key);
		st = ST_ABORT;
	}
	wipe(resp, sizeof resp);
	wipe(gamma, sizeof gamma);
	return st;
}

void
ot_base_create_answer(struct ot_base_receiver *r, uint8_t msg[OT_ANSWER_BYTES])
{
	memcpy(msg, r->answer, OT_ANSWER_BYTES);
	wipe(r, sizeof *r);
}

enum status
ot_base_consume_answer(struct ot_base_sender *s, const uint8_t msg[OT_ANSWER_BYTES])
{
	enum status st = sodium_memcmp(s->answer, msg, OT_ANSWER_BYTES) == 0 ? ST_OK : ST_ABORT;

	wipe(s, sizeof *s);
	return st;
}
