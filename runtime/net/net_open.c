/* net_open.c: how a channel over nng comes to be, or why it does not; see chan_nng.h.
 *
 * Meeting the peers is in net_meet.c; here is what is made of its outcome, and the session's id. */
#include "net_chan.h"

#include "../base/mem.h"
#include "net_guest.h"
#include "net_meet.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

enum { NONCE = 32, DIFFER_MS = 2000 };         /* for the others to differ, too, or to come */

static enum status
check_config(const struct chan_nng_config *config, struct fault *f)
{
	assert(config->n >= 1 && config->n <= N_NODE_MAX && config->me < config->n);
	if (config->n_components > N_COMPONENT_MAX)
		return fault_set(f, ST_USAGE, "a study has at most %d components to agree on",
		    N_COMPONENT_MAX);
	if (strlen(config->session) > UINT8_MAX)
		return fault_set(f, ST_USAGE, "the session's name is longer than 255 bytes");
	for (unsigned i = 0; i < config->n; i++)
		if (strlen(config->peer[i].name) >= NODE_NAME_MAX)
			return fault_set(f, ST_USAGE, "the name of %s is longer than %d bytes",
			    config->peer[i].name, NODE_NAME_MAX - 1);
		else if (config->gate != NULL && gate_knows(config->gate, config->peer[i].name))
			return fault_set(f, ST_USAGE, "%s is a node and a guest at once",
			    config->peer[i].name);
	return ST_OK;
}

/* With the lock held: how many nodes are still to come; a failure shortens the time for that. */
static unsigned
n_missing(const struct chan_nng *c, const struct place *place, bool *hopeless)
{
	unsigned n = 0;

	*hopeless = net_chan_failed(c) < c->base.n;
	for (unsigned i = 0; i < c->base.n; i++) {
		if (i == c->base.me)
			continue;
		n += place[i].state == PLACE_EMPTY || place[i].state == PLACE_TAKEN;
		*hopeless = *hopeless || place[i].state == PLACE_DIFFERS;
	}
	return n;
}

/* With the lock held: waits until all are there or the time is up.  When one differs or has failed,
 * the others get a moment still, so that each learns its own reason. */
static void
await_all(struct chan_nng *c, const struct place *place)
{
	uint64_t until = net_now_ms() + c->timeout_ms, moment;
	bool hopeless, shortened = false, in_time = true;

	while (in_time && n_missing(c, place, &hopeless) > 0) {
		moment = net_now_ms() + DIFFER_MS;
		if (hopeless && !shortened && moment < until)
			until = moment;
		shortened = shortened || hopeless;
		in_time = net_wait_until(&c->net, until);
	}
}

static enum status
fault_differs(struct chan_nng *c, unsigned peer, const struct place *p)
{
	struct fault *f = &c->base.fault;

	c->because = peer;
	(void)fault_set(f, ST_AUTH, "%s runs another %s (component \"%s\" differs)", c->name[peer],
	    p->differs, p->differs);
	fault_help(f, "this site and %s must use the same; compare what konsil check prints at "
	    "both, agree, and start again", c->name[peer]);
	return f->st;
}

static enum status
fault_doubt(struct chan_nng *c, unsigned peer, const struct place *p)
{
	struct fault *f = &c->base.fault;
	const char *name = c->name[peer];

	c->because = peer;
	switch (p->doubt) {
	case NO_DOUBT:
		break;
	case WRONG_CALLER:
		(void)fault_set(f, ST_AUTH, "someone called as %s, but has not its key", name);
		fault_help(f, "compare the key of %s in the session file with its .pub file, and "
		    "the session's name and the parties' names at both sites", name);
		break;
	case WRONG_ANSWER:
		(void)fault_set(f, ST_AUTH, "who answers at the endpoint of %s has not its key",
		    name);
		fault_help(f, "compare endpoint and key of %s in the session file with what %s "
		    "says", name, name);
		break;
	case REFUSED:
		(void)fault_set(f, ST_AUTH,
		    "%s refuses this site: it has another key or name for it", name);
		fault_help(f, "compare this site's key in the session file of %s with this site's "
		    ".pub file, and the session's name and the parties' names at both sites", name);
		break;
	}
	return f->st;
}

/* Nothing worse than absence. */
static enum status
fault_missing(struct chan_nng *c, const struct place *place)
{
	char list[N_NODE_MAX * (NODE_NAME_MAX + 2)] = "";
	size_t len = 0;

	for (unsigned i = 0; i < c->base.n; i++)
		if (i != c->base.me && place[i].state == PLACE_EMPTY) {
			len += (size_t)snprintf(list + len, sizeof list - len, "%s%s",
			    len == 0 ? "" : ", ", c->name[i]);
			c->because = i;
		}
	(void)fault_set(&c->base.fault, ST_NET, "%s did not come within %llu s", list,
	    (unsigned long long)c->timeout_ms / 1000);
	fault_help(&c->base.fault, "start every site within the session's timeout; check that the "
	    "endpoints can be reached from each other");
	return c->base.fault.st;
}

/* With all attempts over: what came of them.  Differences first, as they are certain; then the
 * absent, with what may explain it; then those that came and went. */
static enum status
judge(struct chan_nng *c, const struct place *place)
{
	bool missing = false;
	unsigned failed;

	for (unsigned i = 0; i < c->base.n; i++)
		if (place[i].state == PLACE_DIFFERS)
			return fault_differs(c, i, &place[i]);
	for (unsigned i = 0; i < c->base.n; i++) {
		bool absent = i != c->base.me && place[i].state == PLACE_EMPTY;

		if (absent && place[i].doubt != NO_DOUBT)
			return fault_doubt(c, i, &place[i]);
		missing = missing || absent;
	}
	(void)pthread_mutex_lock(&c->net.lock);
	failed = net_chan_failed(c);
	(void)pthread_mutex_unlock(&c->net.lock);
	if (failed < c->base.n)
		return net_chan_fault(c, failed);
	return missing ? fault_missing(c, place) : ST_OK;
}

static enum status
meet_all(struct chan_nng *c, const struct chan_nng_config *config)
{
	struct place place[N_NODE_MAX];
	struct meet *m = NULL;
	enum status st;

	if (c->base.n == 1)
		return ST_OK;
	TRY(meet_start(&m, config, &c->net, c->link, &c->base.fault));
	(void)pthread_mutex_lock(&c->net.lock);
	await_all(c, meet_places(m));
	(void)pthread_mutex_unlock(&c->net.lock);
	meet_stop(m);
	memcpy(place, meet_places(m), sizeof place);
	st = judge(c, place);
out:
	meet_free(m);
	return st;
}

/* The hash of all nodes' nonces, the session, who takes part and what was agreed on. */
static void
hash_session(uint8_t sid[32], const struct chan_nng_config *config, uint8_t nonce[][NONCE])
{
	static const char label[] = "konsil session 1";
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, 32);
	(void)crypto_generichash_update(&h, (const uint8_t *)label, sizeof label);
	(void)crypto_generichash_update(&h, (const uint8_t *)config->session,
	    strlen(config->session) + 1);
	for (unsigned i = 0; i < config->n; i++) {
		(void)crypto_generichash_update(&h, (const uint8_t *)config->peer[i].name,
		    strlen(config->peer[i].name) + 1);
		(void)crypto_generichash_update(&h, nonce[i], NONCE);
	}
	for (size_t i = 0; i < config->n_components; i++) {
		const struct component *k = &config->components[i];

		(void)crypto_generichash_update(&h, (const uint8_t *)k->name, strlen(k->name) + 1);
		(void)crypto_generichash_update(&h, k->hash, sizeof k->hash);
	}
	(void)crypto_generichash_final(&h, sid, 32);
}

/* Everyone's nonce goes to everyone, then everyone's hash of them all, which must be the same. */
static enum status
agree_on_sid(struct chan_nng *c, const struct chan_nng_config *config)
{
	uint8_t nonce[N_NODE_MAX][NONCE], theirs[32];
	unsigned n = c->base.n, me = c->base.me;
	enum status st = ST_OK;

	randombytes_buf(nonce[me], NONCE);
	for (unsigned i = 0; i < n; i++)
		if (i != me)
			TRY(net_chan_send(c, i, RECORD_CONTROL, nonce[me], NONCE));
	for (unsigned i = 0; i < n; i++)
		if (i != me)
			TRY(net_chan_take(c, i, RECORD_CONTROL, nonce[i], NONCE));
	hash_session(c->sid, config, nonce);
	for (unsigned i = 0; i < n; i++)
		if (i != me)
			TRY(net_chan_send(c, i, RECORD_CONTROL, c->sid, sizeof c->sid));
	for (unsigned i = 0; i < n; i++) {
		if (i == me)
			continue;
		TRY(net_chan_take(c, i, RECORD_CONTROL, theirs, sizeof theirs));
		if (sodium_memcmp(theirs, c->sid, sizeof theirs) != 0) {
			c->because = i;
			st = fault_set(&c->base.fault, ST_ABORT,
			    "%s was told something else than this site", c->name[i]);
			goto out;
		}
	}
out:
	return st;
}

enum status
chan_nng_open(struct chan **out, const struct chan_nng_config *config, struct fault *f)
{
	struct chan_nng *c = NULL;
	enum status st;

	*out = NULL;
	TRY(check_config(config, f));
	c = mem_zalloc(sizeof *c);
	if (c == NULL || sodium_init() < 0 || net_init(&c->net) != ST_OK) {
		mem_free(c);
		return fault_set(f, ST_INTERNAL, "out of memory for a channel");
	}
	c->base = (struct chan){ .ops = &net_chan_ops, .me = config->me, .n = config->n };
	c->timeout_ms = (uint64_t)config->timeout_ms;
	c->net.timeout_ms = config->timeout_ms;
	c->because = STOP_SELF;
	for (unsigned i = 0; i < config->n; i++)
		(void)snprintf(c->name[i], NODE_NAME_MAX, "%s", config->peer[i].name);
	TRY(meet_all(c, config));
	TRY(net_keeper_start(&c->keeper, c->link, config->n, config->timeout_ms));
	TRY(agree_on_sid(c, config));
	*out = &c->base;
	return ST_OK;
out:
	if (c != NULL) {
		if (f != NULL && f->st == ST_OK)
			*f = c->base.fault;
		chan_free(&c->base);
	}
	return st;
}
