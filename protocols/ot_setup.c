/* ot_setup.c: see ot_setup.h */
#include "ot_setup.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* The first message between two nodes: as receiver of one direction, and as sender of the other. */
struct hello {
	uint8_t choice[OT_CHOICE_BYTES];
	uint8_t sender[OT_SENDER_BYTES];
};

/* What is known of one peer between the messages. */
struct work {
	struct ot_base_receiver receiver;
	struct ot_base_sender sender;
	struct hello mine, theirs;
	block delta, delta_s, s;            /* delta_s: start of the hash where this node has Delta */
	block one[N_BASE_OT], both[N_BASE_OT][2];
};

static struct ot_base_id
direction(const uint8_t sid[32], unsigned sender, unsigned receiver)
{
	struct ot_base_id id = { .sender = sender, .receiver = receiver };

	memcpy(id.sid, sid, sizeof id.sid);
	return id;
}

static enum status
say_hello(struct work *w, struct chan *ch, unsigned peer, const uint8_t sid[32])
{
	struct ot_base_id as_receiver = direction(sid, peer, ch->me);
	struct ot_base_id as_sender = direction(sid, ch->me, peer);

	random_bytes(&w->delta, sizeof w->delta);
	/* The tree's unknown leaf is on Delta's side at every level, so choose the other. */
	ot_base_create_choice(&w->receiver, w->mine.choice, &as_receiver,
	    (block){ { ~w->delta.w[0], ~w->delta.w[1] } });
	ot_base_create_sender(&w->sender, w->mine.sender, &as_sender);
	return chan_post(ch, peer, &w->mine, sizeof w->mine);
}

/* The start of the hash's keys in the direction of these base OTs: public, and as fresh as both
 * sides' points. */
static block
hash_start(const uint8_t sid[32], unsigned sender, unsigned receiver,
    const uint8_t choice[OT_CHOICE_BYTES], const uint8_t from_sender[OT_SENDER_BYTES])
{
	const uint8_t name[16] = "konsil ot hash";
	const uint32_t number[2] = { sender, receiver };
	crypto_generichash_state h;
	block s;
	int bad = 0;

	bad |= crypto_generichash_init(&h, NULL, 0, sizeof s);
	bad |= crypto_generichash_update(&h, name, sizeof name);
	bad |= crypto_generichash_update(&h, sid, 32);
	bad |= crypto_generichash_update(&h, (const uint8_t *)number, sizeof number);
	bad |= crypto_generichash_update(&h, choice, OT_CHOICE_BYTES);
	bad |= crypto_generichash_update(&h, from_sender, OT_SENDER_BYTES);
	bad |= crypto_generichash_final(&h, (uint8_t *)&s, sizeof s);
	assert(bad == 0);
	(void)bad;
	return s;
}

static enum status
hear_hello(struct work *w, struct chan *ch, unsigned peer, const uint8_t sid[32])
{
	enum status st;

	TRY(chan_wait(ch, peer, &w->theirs, sizeof w->theirs));
	st = ot_base_consume_choice(w->both, &w->sender, w->theirs.choice);
	if (st == ST_OK)
		st = ot_base_consume_sender(w->one, &w->receiver, w->theirs.sender);
	if (st != ST_OK)
		st = fault_set(&ch->fault, st, "node %u sent what is no valid point", peer);
	w->delta_s = hash_start(sid, peer, ch->me, w->mine.choice, w->theirs.sender);
	w->s = hash_start(sid, ch->me, peer, w->theirs.choice, w->mine.sender);
out:
	return st;
}

static enum status
post_trees(struct ot_pair *pair, struct work *w, struct chan *ch, unsigned peer)
{
	uint8_t msg[COT_SETUP_BYTES];

	cot_create_setup(&pair->recv, msg, (const block (*)[2])w->both, w->s);
	return chan_post(ch, peer, msg, sizeof msg);
}

static enum status
wait_trees(struct ot_pair *pair, struct work *w, struct chan *ch, unsigned peer)
{
	uint8_t msg[COT_SETUP_BYTES];
	enum status st;

	TRY(chan_wait(ch, peer, msg, sizeof msg));
	cot_consume_setup(&pair->send, msg, w->one, w->delta, w->delta_s);
out:
	return st;
}

enum status
ot_setup(struct ot_pair *pair, struct chan *ch, const uint8_t sid[32])
{
	enum status st = ST_OK;
	struct work *w = mem_array(ch->n, sizeof *w);

	if (w == NULL)
		TRY(ST_INTERNAL);
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(say_hello(&w[i], ch, i, sid));
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(hear_hello(&w[i], ch, i, sid));
	chan_round(ch);
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(post_trees(&pair[i], &w[i], ch, i));
	for (unsigned i = 0; i < ch->n; i++)
		if (i != ch->me)
			TRY(wait_trees(&pair[i], &w[i], ch, i));
	chan_round(ch);
out:
	if (w != NULL)
		wipe(w, ch->n * sizeof *w);
	mem_free(w);
	if (st != ST_OK)
		wipe(pair, ch->n * sizeof *pair);
	return st;
}
