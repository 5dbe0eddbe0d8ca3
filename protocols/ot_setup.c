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
	uint8_t sid[32];
	unsigned k;
	unsigned only;                      /* who leads in its one direction, or NO_NODE */
	struct cot_scratch scratch;
	block pad0[COT_BATCH], pad1[COT_BATCH];
	struct work peer[];
};

enum { NO_NODE = N_NODE_MAX };

/* Round 2, from the follower, and round 3, from the leader: at the ends of these come the trees,
 * and in round 2 the choices. */
enum {
	TREES_2 = OT_CHALLENGE_BYTES,
	TREES_3 = OT_ANSWER_BYTES,
	SECOND_MAX = TREES_2 + COT_SETUP_MAX + 64 * N_BASE_OT / 8,
	THIRD_MAX = TREES_3 + COT_SETUP_MAX,
};

static size_t
second_bytes(unsigned k, bool both_ways)
{
	return TREES_2 + cot_setup_bytes(k) + (both_ways ? cot_bytes(k, N_BASE_OT) : 0);
}

static size_t
third_bytes(unsigned k, bool both_ways)
{
	return TREES_3 + (both_ways ? cot_setup_bytes(k) : 0);
}

/* Among many nodes each leads towards about half of them, as leading is more work. */
static bool
leads_by_number(unsigned me, unsigned peer)
{
	return (me + peer) % 2 == 1 ? me < peer : me > peer;
}

static bool
leads(const struct setup *s, unsigned me, unsigned peer)
{
	return s->only == NO_NODE ? leads_by_number(me, peer) : me == s->only;
}

uint64_t
ot_setup_bytes(unsigned k, unsigned from, unsigned to)
{
	return leads_by_number(from, to) ? OT_CHOICE_BYTES + third_bytes(k, true) :
	    OT_SENDER_BYTES + second_bytes(k, true);
}

uint64_t
ot_setup_one_bytes(unsigned k, unsigned sender, unsigned from)
{
	return from == sender ? OT_CHOICE_BYTES + third_bytes(k, false) :
	    OT_SENDER_BYTES + second_bytes(k, false);
}

/* The base OTs of a pair: the leader receives. */
static struct ot_base_id
base_id(const struct setup *s, unsigned peer)
{
	bool lead = leads(s, s->ch->me, peer);
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

	if (leads(s, s->ch->me, peer)) {
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
post_first_trees(struct setup *s, struct cot_receiver *recv, unsigned peer)
{
	struct work *w = &s->peer[peer];
	bool both_ways = s->only == NO_NODE;
	uint8_t msg[SECOND_MAX];
	block choice = complement(w->delta);

	ot_base_create_challenge(&w->sender, msg, (const block (*)[2])w->both);
	cot_create_setup(recv, s->k, msg + TREES_2, (const block (*)[2])w->both, w->s_first);
	if (both_ways) {
		cot_create_pads(recv, &s->scratch, msg + TREES_2 + cot_setup_bytes(s->k), s->pad0,
		    (const uint8_t *)&choice, N_BASE_OT);
		memcpy(w->one, s->pad0, sizeof w->one);
	}
	wipe(&choice, sizeof choice);
	return chan_post(s->ch, peer, msg, second_bytes(s->k, both_ways));
}

static enum status
wait_first_trees(struct setup *s, struct cot_sender *send, unsigned peer)
{
	struct work *w = &s->peer[peer];
	bool both_ways = s->only == NO_NODE;
	uint8_t msg[SECOND_MAX];
	enum status st;

	TRY(chan_wait(s->ch, peer, msg, second_bytes(s->k, both_ways)));
	st = ot_base_consume_challenge(w->one, &w->receiver, msg);
	if (st != ST_OK)
		TRY(fault_set(&s->ch->fault, st, "node %u sent a wrong base OT challenge", peer));
	cot_consume_setup(send, s->k, msg + TREES_2, w->one, w->delta, w->s_first);
	if (!both_ways)
		goto out;
	cot_consume_pads(send, &s->scratch, s->pad0, s->pad1,
	    msg + TREES_2 + cot_setup_bytes(s->k), N_BASE_OT);
	for (size_t j = 0; j < N_BASE_OT; j++) {
		w->both[j][0] = s->pad0[j];
		w->both[j][1] = s->pad1[j];
	}
out:
	return st;
}

/* Round 3: the leader; recv is NULL where there is one direction. */
static enum status
post_second_trees(struct setup *s, struct cot_receiver *recv, unsigned peer)
{
	struct work *w = &s->peer[peer];
	uint8_t msg[THIRD_MAX];

	ot_base_create_answer(&w->receiver, msg);
	if (recv != NULL)
		cot_create_setup(recv, s->k, msg + TREES_3, (const block (*)[2])w->both,
		    w->s_second);
	return chan_post(s->ch, peer, msg, third_bytes(s->k, recv != NULL));
}

static enum status
wait_second_trees(struct setup *s, struct cot_sender *send, unsigned peer)
{
	struct work *w = &s->peer[peer];
	uint8_t msg[THIRD_MAX];
	enum status st;

	TRY(chan_wait(s->ch, peer, msg, third_bytes(s->k, send != NULL)));
	st = ot_base_consume_answer(&w->sender, msg);
	if (st != ST_OK)
		TRY(fault_set(&s->ch->fault, st, "node %u sent a wrong base OT answer", peer));
	if (send != NULL)
		cot_consume_setup(send, s->k, msg + TREES_3, w->one, w->delta, w->s_second);
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
		if (i != me && !leads(s, me, i))
			TRY(post_z(s, i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(s, me, i))
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
		if (i != me && !leads(s, me, i))
			TRY(post_first_trees(s, &pair[i].recv, i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(s, me, i))
			TRY(wait_first_trees(s, &pair[i].send, i));
	chan_round(s->ch);
	for (unsigned i = 0; i < n; i++)
		if (i != me && leads(s, me, i))
			TRY(post_second_trees(s, &pair[i].recv, i));
	for (unsigned i = 0; i < n; i++)
		if (i != me && !leads(s, me, i))
			TRY(wait_second_trees(s, &pair[i].send, i));
	chan_round(s->ch);
out:
	return st;
}

static size_t
setup_bytes(const struct chan *ch)
{
	return sizeof(struct setup) + ch->n * sizeof(struct work);
}

enum status
ot_setup(struct ot_pair *pair, struct chan *ch, const uint8_t sid[32], unsigned k)
{
	struct setup *s = mem_map(setup_bytes(ch));
	enum status st = ST_OK;

	if (s == NULL)
		TRY(ST_INTERNAL);
	s->ch = ch;
	s->k = k;
	s->only = NO_NODE;
	memcpy(s->sid, sid, sizeof s->sid);
	for (unsigned i = 0; i < ch->n; i++)
		random_bytes(&s->peer[i].delta, sizeof s->peer[i].delta);
	TRY(base_with_all(s));
	TRY(trees_with_all(s, pair));
out:
	mem_unmap(s, setup_bytes(ch));
	if (st != ST_OK)
		wipe(pair, ch->n * sizeof *pair);
	return st;
}

/* A session id for one purpose. */
static void
named_sid(uint8_t out[32], const uint8_t sid[32], const char *name)
{
	uint8_t label[64] = "konsil ot one";
	int bad;

	assert(strlen(name) <= 32);
	memcpy(label + 32, name, strlen(name));
	bad = crypto_generichash(out, 32, label, sizeof label, sid, 32);
	assert(bad == 0);
	(void)bad;
}

/* Rounds 2 and 3 in one direction. */
static enum status
trees_of_one(struct setup *s, struct cot_sender *send, struct cot_receiver *recv)
{
	bool lead = s->ch->me == s->only;
	unsigned peer = 1 - s->ch->me;
	enum status st;

	TRY(lead ? wait_first_trees(s, send, peer) : post_first_trees(s, recv, peer));
	chan_round(s->ch);
	TRY(lead ? post_second_trees(s, NULL, peer) : wait_second_trees(s, NULL, peer));
	chan_round(s->ch);
out:
	return st;
}

enum status
ot_setup_one(struct cot_sender *send, struct cot_receiver *recv, struct chan *ch,
    const uint8_t sid[32], const char *name, unsigned k, unsigned sender, const block *delta)
{
	struct setup *s = mem_map(setup_bytes(ch));
	enum status st = ST_OK;

	assert(ch->n == 2 && sender < 2);
	if (s == NULL)
		TRY(ST_INTERNAL);
	s->ch = ch;
	s->k = k;
	s->only = sender;
	named_sid(s->sid, sid, name);
	if (ch->me == sender)
		s->peer[1 - sender].delta = *delta;
	TRY(base_with_all(s));
	TRY(trees_of_one(s, send, recv));
out:
	mem_unmap(s, setup_bytes(ch));
	if (st != ST_OK && ch->me == sender)
		wipe(send, sizeof *send);
	else if (st != ST_OK)
		wipe(recv, sizeof *recv);
	return st;
}
