/* guests_agree.c: the nodes agree that all of them have the same of every guest; see guests.h
 *
 * Nodes tell each other ten times a second whether they have something of everybody; when all have,
 * they compare.  Only then do contributions wait, and no node waits for a guest then: so a guest
 * that was cut off between two nodes can come again to the first. */
#include "guests_impl.h"

#include <sodium.h>
#include <string.h>

#include "base/mem.h"

enum { AGAIN_MS = 100 };

static bool
is_not_whole(const struct guests *g, uint32_t i)
{
	return !g->visitor[i].whole;
}

/* What two nodes that hold the same of a guest agree about. */
struct entry {
	uint8_t head[16];               /* hash of its head */
	uint8_t part[N_HELD_MAX][16];
};

static void
entry_of(struct entry *e, const struct guests *g, const struct stored *s)
{
	uint8_t msg[GUEST_HEAD_BYTES];

	memset(e, 0, sizeof *e);
	if (!s->there)
		return;
	guest_head_create(msg, &s->head);
	(void)crypto_generichash(e->head, sizeof e->head, msg, sizeof msg, NULL, 0);
	for (unsigned h = 0; g->held == N_HELD_MAX && h < N_HELD_MAX; h++)
		memcpy(e->part[h], s->part[h].hash, sizeof e->part[h]);
}

/* What a node tells the others: an entry for each guest. */
static struct entry *
entries_of(const struct guests *g, struct entry *all, unsigned node)
{
	return all + (size_t)node * g->n;
}

/* Node i's message of len bytes is the i-th of all. */
static enum status
exchange(const struct guests *g, struct chan *ch, void *all, size_t len)
{
	uint8_t *at = all;
	enum status st = ST_OK;

	chan_phase(ch, PHASE_CONTROL);
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node)
			TRY(chan_post(ch, i, at + g->node * len, len));
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node)
			TRY(chan_wait(ch, i, at + i * len, len));
	chan_round(ch);
out:
	return st;
}

static bool
same_heads(const struct guests *g, struct entry *all, uint32_t k)
{
	bool same = true;

	for (unsigned i = 1; i < g->n_nodes; i++)
		same = same && memcmp(entries_of(g, all, i)[k].head, entries_of(g, all, 0)[k].head,
		    sizeof all->head) == 0;
	return same;
}

/* Where each node holds two parts: node i's second is node i + 1's first. */
static bool
same_parts(const struct guests *g, struct entry *all, uint32_t k)
{
	bool same = true;

	for (unsigned i = 0; i < g->n_nodes && g->held == N_HELD_MAX; i++)
		same = same && memcmp(entries_of(g, all, i)[k].part[1],
		    entries_of(g, all, (i + 1) % g->n_nodes)[k].part[0], sizeof all->part[0]) == 0;
	return same;
}

static bool
is_there(const struct entry *e)
{
	static const uint8_t none[16];

	return memcmp(e->head, none, sizeof none) != 0;
}

/* One attempt: closed if all have the same of all.  Of one contribution of which two nodes were
 * told different things it is as if it had not come. */
static void
settle(struct guests *g, struct entry *all)
{
	bool ok = true;

	for (uint32_t k = 0; k < g->n; k++) {
		struct visitor *v = &g->visitor[k];
		const bool heads = same_heads(g, all, k), parts = same_parts(g, all, k);

		v->whole = heads && parts && (!v->brings || is_there(&all[k]));
		ok = ok && v->whole;
		if (heads && !parts)
			guests_drop(g, &g->stored[v->party]);
	}
	g->closed = ok;
}

/* Contributions go on, unless the nodes have agreed, or no longer can. */
static void
compared(struct guests *g, enum status st)
{
	g->comparing = false;
	g->closed = g->closed || st != ST_OK;
	(void)pthread_cond_broadcast(&g->event);
}

static enum status
compare(struct guests *g, struct chan *ch, struct entry *all)
{
	struct entry *mine = entries_of(g, all, g->node);
	enum status st;

	(void)pthread_mutex_lock(&g->lock);
	g->comparing = true;
	for (uint32_t k = 0; k < g->n; k++)
		entry_of(&mine[k], g, &g->stored[g->visitor[k].party]);
	(void)pthread_mutex_unlock(&g->lock);
	st = exchange(g, ch, all, g->n * sizeof *all);
	(void)pthread_mutex_lock(&g->lock);
	if (st == ST_OK)
		settle(g, all);
	compared(g, st);
	(void)pthread_mutex_unlock(&g->lock);
	return st;
}

/* What nodes tell each other until they compare. */
struct news {
	uint8_t ready, over;            /* has something of all guests; its time is up */
};

/* On exit: whether all are ready, whether the time of any is up. */
static enum status
tell(const struct guests *g, struct chan *ch, struct news *n)
{
	struct news all[N_NODES_MAX];
	enum status st = ST_OK;

	all[g->node] = *n;
	TRY(exchange(g, ch, all, sizeof *all));
	for (unsigned i = 0; i < g->n_nodes; i++) {
		n->ready = n->ready != 0 && all[i].ready != 0;
		n->over = n->over != 0 || all[i].over != 0;
	}
out:
	return st;
}

static void
pause_ms(int ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

static bool
is_over(struct timespec end)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec);
}

static enum status
say_missing(struct guests *g, struct fault *f)
{
	char names[256];

	(void)pthread_mutex_lock(&g->lock);
	(void)guests_names(g, is_not_whole, names);
	(void)pthread_mutex_unlock(&g->lock);
	(void)fault_set(f, ST_NET, "no whole input came from %s within the timeout", names);
	fault_help(f, "nothing was computed; who contributed must do so again when all start anew");
	return ST_NET;
}

/* Waits a moment for guests that are missing, of `all`; then what there is to tell. */
static struct news
await_guests(struct guests *g, uint32_t all, struct timespec end)
{
	const struct timespec soon = guests_deadline(AGAIN_MS);
	const bool first = soon.tv_sec < end.tv_sec ||
	    (soon.tv_sec == end.tv_sec && soon.tv_nsec < end.tv_nsec);
	struct news n;
	char names[256];

	(void)pthread_mutex_lock(&g->lock);
	n.ready = guests_until(g, guests_missing, all, first ? soon : end, names) == 0;
	(void)pthread_mutex_unlock(&g->lock);
	n.over = is_over(end);
	return n;
}

enum status
guests_agree(struct guests *g, struct chan *ch, int timeout_ms, struct fault *f)
{
	const struct timespec end = guests_deadline(timeout_ms);
	struct entry *all = mem_array((size_t)g->n_nodes * (g->n + 1), sizeof *all);
	uint32_t bring = 0;
	enum status st = ST_OK;

	if (all == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	for (uint32_t i = 0; i < g->n; i++)
		bring += g->visitor[i].brings;
	progress_phase(g->progress, "collecting inputs", bring);
	while (!g->closed) {
		struct news n = await_guests(g, bring, end);

		TRY(tell(g, ch, &n));
		if (n.ready || n.over)
			TRY(compare(g, ch, all));
		if (!g->closed && n.over)
			TRY(say_missing(g, f));
		if (!g->closed && n.ready)
			pause_ms(AGAIN_MS);
	}
out:
	mem_free(all);
	if (f->st == ST_OK && st != ST_OK)
		*f = ch->fault;
	return st;
}

const struct guest_head *
guests_head(const struct guests *g, uint32_t party)
{
	return &g->stored[party].head;
}

void
guests_digest(uint8_t hash[32], const struct guests *g)
{
	crypto_generichash_state h;
	struct entry e;

	(void)crypto_generichash_init(&h, NULL, 0, 32);
	for (uint32_t k = 0; k < g->n; k++) {
		entry_of(&e, g, &g->stored[g->visitor[k].party]);
		(void)crypto_generichash_update(&h, e.head, sizeof e.head);
	}
	(void)crypto_generichash_final(&h, hash, 32);
}
