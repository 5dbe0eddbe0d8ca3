/* ot_setup.c: see ot_setup.h */
#include "ot_setup.h"

#include "../runtime/base/mem.h"
#include "../runtime/base/random.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

/* What is known of one peer between the messages. */
struct work {
	struct ot_base_receiver receiver;   /* of the leader */
	struct ot_base_sender sender;       /* of the follower */
	uint8_t choice[OT_CHOICE_BYTES];    /* the first round's messages, */
	uint8_t z[OT_SENDER_BYTES];         /* whoever sent them */
	block delta;                        /* this node's */
	block s_first, s_second;            /* starts of the hash's keys, by direction */
	block one[N_BASE_OT], both[N_BASE_OT][2];
};

/* For all peers together. */
struct setup {
	struct chan *ch;
	const uint8_t *sid;
	struct cot_scratch scratch;
	block pad0[COT_BATCH], pad1[COT_BATCH];
	struct work peer[];
};

/* Round 2, from the follower, and round 3, from the leader. */
struct second_message {
	uint8_t challenge[OT_CHALLENGE_BYTES];
	uint8_t trees[COT_SETUP_BYTES];
	uint8_t choices[COT_TREES * N_BASE_OT / 8];
};
struct third_message {
	uint8_t answer[OT_ANSWER_BYTES];
	uint8_t trees[COT_SETUP_BYTES];
};

/* Among many nodes each leads towards about half of them, as leading is more work. */
static bool
leads(unsigned me, unsigned peer)
{
	return (me + peer) % 2 == 1 ? me < peer : me > peer;
}

uint64_t
ot_setup_bytes(unsigned from, unsigned to)
{
	return leads(from, to) ? OT_CHOICE_BYTES + sizeof(struct third_message) :
	    OT_SENDER_BYTES + sizeof(struct second_message);
}

/* The base OTs of a pair: the leader receives. */
static struct ot_base_id
base_id(const struct setup *s, unsigned peer)
{
	bool lead = leads(s->ch->me, peer);
	struct ot_base_id id = { .sender = lead ? peer : s->ch->me,
		.receiver = lead ? s->ch->me : peer };

	memcpy(id.sid, s->sid, sizeof id.sid);
	return id;
}

/* The start of the hash's keys in one direction: public, and as fresh as both sides' points. */
static block
hash_start(const struct setup *s, unsigned peer, uint32_t way)
{
	const struct work *w = &s->peer[peer];
	struct ot_base_id id = base_id(s, peer);
	const uint8_t name[16] = "konsil ot hash";
	const uint32_t number[3] = { id.sender, id.receiver, way };
	crypto_generichash_state h;
	block start;
	int bad = 0;

	bad |= crypto_generichash_init(&h, NULL, 0, sizeof start);
	bad |= crypto_generichash_update(&h, name, sizeof name);
	bad |= crypto_generichash_update(&h, id.sid, sizeof id.sid);
	bad |= crypto_generichash_update(&h, (const uint8_t *)number, sizeof number);
	bad |= crypto_generichash_update(&h, w->choice, sizeof w->choice);
	bad |= crypto_generichash_update(&h, w->z, sizeof w->z);
	bad |= crypto_generichash_final(&h, (uint8_t *)&start, sizeof start);
	assert(bad == 0);
	(void)bad;
	return start;
}

/* The tree's unknown leaf is on Delta's side at every level, so its holder chooses the other. */
static block
complement(block delta)
{
	return (block){ { ~delta.w[0], ~delta.w[1] } };
}

/* Round 1, in two steps: the follower's one point, which the leader's keys wait for, goes first. */
static enum status
post_z(struct setup *s, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct ot_base_id id = base_id(s, peer);

	ot_base_create_sender(&w->sender, w->z, &id);
	return chan_post(s->ch, peer, w->z, sizeof w->z);
}

static enum status
post_choice(struct setup *s, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct ot_base_id id = base_id(s, peer);

	ot_base_create_choice(&w->receiver, w->choice, &id, complement(w->delta));
	return chan_post(s->ch, peer, w->choice, sizeof w->choice);
}

static enum status
wait_base(struct setup *s, unsigned peer)
{
	struct work *w = &s->peer[peer];
	enum status st;

	if (leads(s->ch->me, peer)) {
		TRY(chan_wait(s->ch, peer, w->z, sizeof w->z));
		st = ot_base_consume_sender(w->one, &w->receiver, w->z);
	} else {
		TRY(chan_wait(s->ch, peer, w->choice, sizeof w->choice));
		st = ot_base_consume_choice(w->both, &w->sender, w->choice);
	}
	if (st != ST_OK)
		TRY(fault_set(&s->ch->fault, st, "node %u sent what is no valid point", peer));
	w->s_first = hash_start(s, peer, 0);
	w->s_second = hash_start(s, peer, 1);
out:
	return st;
}

/* Round 2: the follower. */
static enum status
post_first_trees(struct setup *s, struct ot_pair *pair, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct second_message msg;
	block choice = complement(w->delta);

	ot_base_create_challenge(&w->sender, msg.challenge, (const block (*)[2])w->both);
	cot_create_setup(&pair->recv, msg.trees, (const block (*)[2])w->both, w->s_first);
	cot_create_pads(&pair->recv, &s->scratch, msg.choices, s->pad0, (const uint8_t *)&choice,
	    N_BASE_OT);
	memcpy(w->one, s->pad0, sizeof w->one);
	wipe(&choice, sizeof choice);
	return chan_post(s->ch, peer, &msg, sizeof msg);
}

static enum status
wait_first_trees(struct setup *s, struct ot_pair *pair, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct second_message msg;
	enum status st;

	TRY(chan_wait(s->ch, peer, &msg, sizeof msg));
	st = ot_base_consume_challenge(w->one, &w->receiver, msg.challenge);
	if (st != ST_OK)
		TRY(fault_set(&s->ch->fault, st, "node %u sent a wrong base OT challenge", peer));
	cot_consume_setup(&pair->send, msg.trees, w->one, w->delta, w->s_first);
	cot_consume_pads(&pair->send, &s->scratch, s->pad0, s->pad1, msg.choices, N_BASE_OT);
	for (size_t j = 0; j < N_BASE_OT; j++) {
		w->both[j][0] = s->pad0[j];
		w->both[j][1] = s->pad1[j];
	}
out:
	return st;
}

/* Round 3: the leader. */
static enum status
post_second_trees(struct setup *s, struct ot_pair *pair, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct third_message msg;

	ot_base_create_answer(&w->receiver, msg.answer);
	cot_create_setup(&pair->recv, msg.trees, (const block (*)[2])w->both, w->s_second);
	return chan_post(s->ch, peer, &msg, sizeof msg);
}

static enum status
wait_second_trees(struct setup *s, struct ot_pair *pair, unsigned peer)
{
	struct work *w = &s->peer[peer];
	struct third_message msg;
	enum status st;

	TRY(chan_wait(s->ch, peer, &msg, sizeof msg));
	st = ot_base_consume_answer(&w->sender, msg.answer);
	if (st != ST_OK)
		TRY(fault_set(&s->ch->fault, st, "node %u sent a wrong base OT answer", peer));
	cot_consume_setup(&pair->send, msg.trees, w->one, w->delta, w->s_second);
out:
	return st;
}

/* Round 1 in full, with all peers. */
static enum status
base_with_all(struct setup *s)
{
	unsigned me = s->ch->me, n = s->ch->n;
	enum status st = ST_OK;

	for (unsigned i = 0; i < n; i++)
		if (i != me)
			random_bytes(&s->peer[i].delta, sizeof s->peer[i].delta);
	for (unsigned i = 0; i < n; i++)
		if (i != me && !leads(me, i))
			TRY(post_z(s, i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(me, i))
			TRY(post_choice(s, i));
	for (unsigned i = 1; i < n; i++)
		TRY(wait_base(s, (me + i) % n));
	chan_round(s->ch);
out:
	return st;
}

/* Rounds 2 and 3: in each, one node of a pair posts and the other one waits. */
static enum status
trees_with_all(struct setup *s, struct ot_pair *pair)
{
	unsigned me = s->ch->me, n = s->ch->n;
	enum status st = ST_OK;

	for (unsigned i = 0; i < n; i++)
		if (i != me && !leads(me, i))
			TRY(post_first_trees(s, &pair[i], i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(me, i))
			TRY(wait_first_trees(s, &pair[i], i));
	chan_round(s->ch);
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(me, i))
			TRY(post_second_trees(s, &pair[i], i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && !leads(me, i))
			TRY(wait_second_trees(s, &pair[i], i));
	chan_round(s->ch);
out:
	return st;
}

enum status
ot_setup(struct ot_pair *pair, struct chan *ch, const uint8_t sid[32])
{
	size_t len = sizeof(struct setup) + ch->n * sizeof(struct work);
	struct setup *s = mem_map(len);
	enum status st = ST_OK;

	if (s == NULL)
		TRY(ST_INTERNAL);
	s->ch = ch;
	s->sid = sid;
	TRY(base_with_all(s));
	TRY(trees_with_all(s, pair));
out:
	if (s != NULL)
		mem_unmap(s, len);
	if (st != ST_OK)
		wipe(pair, ch->n * sizeof *pair);
	return st;
}
