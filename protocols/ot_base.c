/* ot_base.c: see ot_base.h */
#include "ot_base.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { POINT = OT_POINT_BYTES };

/* The group's own errors are our bugs where all inputs are ours. */
static void
must(int failed)
{
	assert(failed == 0);
	(void)failed;
}

/* A hash that begins with what separates this use from all others. */
static void
hash_begin(crypto_generichash_state *h, size_t out_len, const char *label,
    const struct ot_base_id *id, uint32_t j, uint32_t i)
{
	const uint32_t number[4] = { id->sender, id->receiver, j, i };
	char name[16] = { 0 };

	memcpy(name, label, strlen(label));
	must(crypto_generichash_init(h, NULL, 0, out_len));
	must(crypto_generichash_update(h, (const uint8_t *)name, sizeof name));
	must(crypto_generichash_update(h, id->sid, sizeof id->sid));
	must(crypto_generichash_update(h, (const uint8_t *)number, sizeof number));
}

/* d = H_i(other) for OT j; i may be secret. */
static void
hash_to_point(uint8_t d[POINT], const struct ot_base_id *id, uint32_t j, uint32_t i,
    const uint8_t other[POINT])
{
	crypto_generichash_state h;
	uint8_t wide[64];

	hash_begin(&h, sizeof wide, "konsil ot point", id, j, i);
	must(crypto_generichash_update(&h, other, POINT));
	must(crypto_generichash_final(&h, wide, sizeof wide));
	must(crypto_core_ristretto255_from_hash(d, wide));
	wipe(&h, sizeof h);
	wipe(wide, sizeof wide);
}

/* KDF of OT j: r is r_0 || r_1. */
static block
derive(const struct ot_base_id *id, uint32_t j, uint32_t i, const uint8_t r[2 * POINT],
    const uint8_t s[POINT], const uint8_t shared[POINT])
{
	crypto_generichash_state h;
	block key;

	hash_begin(&h, sizeof key, "konsil ot key", id, j, i);
	must(crypto_generichash_update(&h, r, 2 * POINT));
	must(crypto_generichash_update(&h, s, POINT));
	must(crypto_generichash_update(&h, shared, POINT));
	must(crypto_generichash_final(&h, (uint8_t *)&key, sizeof key));
	wipe(&h, sizeof h);
	return key;
}

/* b ? (x, y) change places : nothing. */
static void
swap_points(uint8_t x[POINT], uint8_t y[POINT], uint32_t b)
{
	uint8_t mask = (uint8_t)(0 - b);

	for (int i = 0; i < POINT; i++) {
		uint8_t t = (uint8_t)((x[i] ^ y[i]) & mask);

		x[i] ^= t;
		y[i] ^= t;
	}
}

static uint32_t
choice_bit(const struct ot_base_receiver *r, uint32_t j)
{
	return (uint32_t)(r->choice.w[j / 64] >> j % 64 & 1);
}

/* Step 1: own starts as r_b, other as r_{1-b}. */
static void
choose_one(struct ot_base_receiver *r, uint32_t j)
{
	uint8_t *own = r->sent + 2 * POINT * j, *other = own + POINT, h[POINT];
	uint32_t b = choice_bit(r, j);

	crypto_core_ristretto255_scalar_random(r->t[j]);
	crypto_core_ristretto255_random(other);
	hash_to_point(h, &r->id, j, b, other);
	must(crypto_scalarmult_ristretto255_base(own, r->t[j]));
	must(crypto_core_ristretto255_sub(own, own, h));
	swap_points(own, other, b);
	wipe(h, sizeof h);
}

void
ot_base_create_choice(struct ot_base_receiver *r, uint8_t msg[OT_CHOICE_BYTES],
    const struct ot_base_id *id, block choice)
{
	must(sodium_init() < 0);
	r->id = *id;
	r->choice = choice;
	for (uint32_t j = 0; j < N_BASE_OT; j++)
		choose_one(r, j);
	memcpy(msg, r->sent, OT_CHOICE_BYTES);
}

void
ot_base_create_sender(struct ot_base_sender *s, uint8_t msg[OT_SENDER_BYTES],
    const struct ot_base_id *id)
{
	must(sodium_init() < 0);
	s->id = *id;
	for (uint32_t j = 0; j < N_BASE_OT; j++) {
		crypto_core_ristretto255_scalar_random(s->s[j]);
		must(crypto_scalarmult_ristretto255_base(s->sent + POINT * j, s->s[j]));
	}
	memcpy(msg, s->sent, OT_SENDER_BYTES);
}

/* The identity's only canonical encoding; libsodium refuses the others where it decodes a point. */
static bool
is_identity(const uint8_t p[POINT])
{
	return sodium_is_zero(p, POINT) == 1;
}

/* Step 2: key_i = KDF(s (r_i + H_i(r_{1-i}))). */
static enum status
sender_key(block *key, const struct ot_base_sender *s, uint32_t j, uint32_t i,
    const uint8_t r[2 * POINT])
{
	uint8_t p[POINT];
	enum status st = ST_OK;

	hash_to_point(p, &s->id, j, i, r + POINT * (1 - i));
	/* The product fails if it is the identity, which only a cheat or unearthly chance makes. */
	if (is_identity(r + POINT * i) || crypto_core_ristretto255_add(p, p, r + POINT * i) != 0 ||
	    crypto_scalarmult_ristretto255(p, s->s[j], p) != 0)
		st = ST_ABORT;
	else
		*key = derive(&s->id, j, i, r, s->sent + POINT * j, p);
	wipe(p, sizeof p);
	return st;
}

enum status
ot_base_consume_choice(block key[N_BASE_OT][2], struct ot_base_sender *s,
    const uint8_t msg[OT_CHOICE_BYTES])
{
	enum status st = ST_OK;

	for (uint32_t j = 0; j < N_BASE_OT; j++) {
		const uint8_t *r = msg + 2 * POINT * j;

		TRY(sender_key(&key[j][0], s, j, 0, r));
		TRY(sender_key(&key[j][1], s, j, 1, r));
	}
out:
	wipe(s, sizeof *s);
	if (st != ST_OK)
		wipe(key, N_BASE_OT * sizeof *key);
	return st;
}

/* Step 3. */
static enum status
receiver_key(block *key, const struct ot_base_receiver *r, uint32_t j, const uint8_t s[POINT])
{
	uint8_t p[POINT];
	enum status st = ST_OK;

	if (is_identity(s) || crypto_scalarmult_ristretto255(p, r->t[j], s) != 0)
		st = ST_ABORT;
	else
		*key = derive(&r->id, j, choice_bit(r, j), r->sent + 2 * POINT * j, s, p);
	wipe(p, sizeof p);
	return st;
}

enum status
ot_base_consume_sender(block key[N_BASE_OT], struct ot_base_receiver *r,
    const uint8_t msg[OT_SENDER_BYTES])
{
	enum status st = ST_OK;

	for (uint32_t j = 0; j < N_BASE_OT; j++)
		TRY(receiver_key(&key[j], r, j, msg + POINT * j));
out:
	wipe(r, sizeof *r);
	if (st != ST_OK)
		wipe(key, N_BASE_OT * sizeof *key);
	return st;
}
