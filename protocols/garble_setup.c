/* garble_setup.c: see garble_setup.h */
#include "garble_setup.h"

#include "../runtime/base/mem.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

struct second {
	uint8_t challenge[OT_CHALLENGE_BYTES];
	uint8_t trees[128 / GARBLE_COT_K * (GARBLE_COT_K - 1) * 2 * 16];
};

/* Both roles' states; a node uses its own. */
struct work {
	struct ot_base_id id;
	struct ot_base_receiver receiver;
	struct ot_base_sender sender;
	uint8_t choice[OT_CHOICE_BYTES], z[OT_SENDER_BYTES], answer[OT_ANSWER_BYTES];
	struct second second;
	block one[N_BASE_OT], both[N_BASE_OT][2];
	block s;
};

uint64_t
garble_setup_bytes(unsigned from)
{
	return from == 0 ? OT_CHOICE_BYTES + OT_ANSWER_BYTES :
	    OT_SENDER_BYTES + sizeof(struct second);
}

/* out = BLAKE2b(name, session id, choices, z); base OTs have the first two alone. */
static void
derive(void *out, size_t len, const char name[16], const uint8_t sid[32], const struct work *w)
{
	crypto_generichash_state h;
	int bad = 0;

	bad |= crypto_generichash_init(&h, NULL, 0, len);
	bad |= crypto_generichash_update(&h, (const uint8_t *)name, 16);
	bad |= crypto_generichash_update(&h, sid, 32);
	if (w != NULL) {
		bad |= crypto_generichash_update(&h, w->choice, sizeof w->choice);
		bad |= crypto_generichash_update(&h, w->z, sizeof w->z);
	}
	bad |= crypto_generichash_final(&h, out, len);
	assert(bad == 0);
	(void)bad;
}

static enum status
with_peer(struct chan *ch, enum status st, const char *what)
{
	return st == ST_OK ? ST_OK : fault_set(&ch->fault, st, "node %u sent %s", 1 - ch->me, what);
}

/* The tree's unknown leaf is on Delta's side at every level, so node 0 chooses the other. */
static enum status
setup_garbler(struct garbling *g, struct work *w)
{
	block choice = { { ~g->delta.w[0], ~g->delta.w[1] } };
	enum status st = ST_OK;

	ot_base_create_choice(&w->receiver, w->choice, &w->id, choice);
	TRY(chan_post(g->ch, 1, w->choice, sizeof w->choice));
	TRY(chan_wait(g->ch, 1, w->z, sizeof w->z));
	chan_round(g->ch);
	TRY(with_peer(g->ch, ot_base_consume_sender(w->one, &w->receiver, w->z),
	    "what is no valid point"));
	TRY(chan_wait(g->ch, 1, &w->second, sizeof w->second));
	chan_round(g->ch);
	TRY(with_peer(g->ch,
	    ot_base_consume_challenge(w->one, &w->receiver, w->second.challenge),
	    "a wrong base OT challenge"));
	ot_base_create_answer(&w->receiver, w->answer);
	TRY(chan_post(g->ch, 1, w->answer, sizeof w->answer));
	chan_round(g->ch);
	cot_consume_setup(&g->work->cot.send, GARBLE_COT_K, w->second.trees, w->one, g->delta,
	    w->s);
out:
	wipe(&choice, sizeof choice);
	return st;
}

static enum status
setup_evaluator(struct garbling *g, struct work *w)
{
	enum status st = ST_OK;

	ot_base_create_sender(&w->sender, w->z, &w->id);
	TRY(chan_post(g->ch, 0, w->z, sizeof w->z));
	TRY(chan_wait(g->ch, 0, w->choice, sizeof w->choice));
	chan_round(g->ch);
	TRY(with_peer(g->ch, ot_base_consume_choice(w->both, &w->sender, w->choice),
	    "what is no valid point"));
	ot_base_create_challenge(&w->sender, w->second.challenge,
	    (const block (*)[2])w->both);
	cot_create_setup(&g->work->cot.recv, GARBLE_COT_K, w->second.trees,
	    (const block (*)[2])w->both, w->s);
	TRY(chan_post(g->ch, 0, &w->second, sizeof w->second));
	chan_round(g->ch);
	TRY(chan_wait(g->ch, 0, w->answer, sizeof w->answer));
	chan_round(g->ch);
	TRY(with_peer(g->ch, ot_base_consume_answer(&w->sender, w->answer),
	    "a wrong base OT answer"));
out:
	return st;
}

enum status
garble_setup(struct garbling *g, const uint8_t sid[32])
{
	struct work *w = mem_map(sizeof *w);
	enum status st = ST_OK;

	if (w == NULL)
		return ST_INTERNAL;
	assert(sizeof w->second.trees == cot_setup_bytes(GARBLE_COT_K));
	w->id = (struct ot_base_id){ .sender = 1, .receiver = 0 };
	derive(w->id.sid, sizeof w->id.sid, "garbling base OT", sid, NULL);
	TRY(g->ch->me == 0 ? setup_garbler(g, w) : setup_evaluator(g, w));
	/* The extension's own hash stays unused: its COTs are the labels. */
	derive(&g->s, sizeof g->s, "garbling's gates", sid, w);
out:
	mem_unmap(w, sizeof *w);
	return st;
}
