/* guests.c: see guests.h */
#include "guests.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/random.h"
#include "delivery.h"

enum { NAMES_MAX = 4, AGAIN_MS = 100 };

struct visitor {
	uint32_t party;
	bool brings, gets;              /* inputs; outputs, known when the program is compiled */
	bool fetched;
	bool whole;                     /* all nodes have the same of it */
};

struct guests {
	const struct study *study;
	unsigned node, n_nodes, held;
	pthread_mutex_t lock;
	pthread_cond_t event;
	uint32_t n;
	struct visitor *visitor;
	struct stored *stored;          /* by party; of nodes, too */
	bool closed;                    /* contributions are no longer taken */
	bool failed;                    /* no results will come */
	const struct vm *vm;            /* results; NULL: not yet */
};

uint32_t
guests_list(uint32_t party[N_PARTY_MAX], const struct study *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->n_parties; i++)
		if (roles_node(&s->roles, i) < 0)
			party[n++] = i;
	return n;
}

bool
guests_contribute(const struct study *s, const char *group)
{
	for (uint32_t i = 0; i < s->n_parties; i++)
		if (roles_node(&s->roles, i) < 0 && strcmp(s->party[i].group, group) == 0)
			return true;
	return false;
}

enum status
guests_new(struct guests **out, const struct study *s, unsigned node)
{
	struct guests *g = mem_zalloc(sizeof *g);
	uint32_t *party = mem_array(N_PARTY_MAX, sizeof *party);
	pthread_condattr_t attr;
	enum status st = ST_INTERNAL;

	*out = NULL;
	if (g == NULL || party == NULL)
		goto out;
	g->study = s;
	g->node = node;
	g->n_nodes = roles_nodes(&s->roles, s->n_parties);
	g->held = s->protocol->target->held;
	g->n = guests_list(party, s);
	g->visitor = mem_array(g->n + 1, sizeof *g->visitor);
	g->stored = mem_array(s->n_parties, sizeof *g->stored);
	if (g->visitor == NULL || g->stored == NULL)
		goto out;
	for (uint32_t i = 0; i < g->n; i++)
		g->visitor[i] = (struct visitor){ party[i], study_brings(s, party[i]), false, false, false };
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&g->event, &attr);
	(void)pthread_condattr_destroy(&attr);
	*out = g;
	g = NULL;
	st = ST_OK;
out:
	if (g != NULL) {
		mem_free(g->visitor);
		mem_free(g->stored);
		mem_free(g);
	}
	mem_free(party);
	return st;
}

void
guests_free(struct guests *g)
{
	if (g == NULL)
		return;
	for (uint32_t i = 0; i < g->study->n_parties; i++)
		stored_fini(&g->stored[i]);
	(void)pthread_mutex_destroy(&g->lock);
	(void)pthread_cond_destroy(&g->event);
	mem_free(g->visitor);
	mem_free(g->stored);
	mem_free(g);
}

/* Contributions, in a thread of the gate. */

static enum status
receive_part(struct stored *s, unsigned h, struct guest_link *l, uint8_t *chunk)
{
	uint8_t key[CONTRIBUTION_KEY_BYTES];
	enum status st = ST_OK;

	TRY(guest_receive(l, key, sizeof key));
	stored_key(s, h, key);
	if (s->part[h].stream)
		goto out;
	for (uint64_t at = 0, n; at < s->plan.bytes; at += n) {
		n = s->plan.bytes - at < CONTRIBUTION_CHUNK ? s->plan.bytes - at :
		    CONTRIBUTION_CHUNK;
		TRY(guest_receive(l, chunk, n));
		TRY(stored_append(s, h, chunk, n));
	}
out:
	wipe(key, sizeof key);
	return st;
}

/* Takes the place of what the party brought before, unless the nodes have agreed. */
static enum guest_answer
keep(struct guests *g, uint32_t party, struct stored *s)
{
	enum guest_answer answer = GUEST_CLOSED;
	struct stored old = { .there = false };

	(void)pthread_mutex_lock(&g->lock);
	if (!g->closed) {
		old = g->stored[party];
		g->stored[party] = *s;
		*s = (struct stored){ .there = false };
		answer = GUEST_STORED;
		(void)pthread_cond_broadcast(&g->event);
	}
	(void)pthread_mutex_unlock(&g->lock);
	stored_fini(&old);
	return answer;
}

static bool
is_closed(struct guests *g)
{
	bool closed;

	(void)pthread_mutex_lock(&g->lock);
	closed = g->closed;
	(void)pthread_mutex_unlock(&g->lock);
	return closed;
}

static enum status
take_contribution(struct guests *g, uint32_t party, const struct guest_head *head,
    struct guest_link *l)
{
	static const uint8_t none[32];
	uint8_t answer[GUEST_ANSWER_BYTES], *chunk = mem_alloc(CONTRIBUTION_CHUNK);
	struct stored s = { .there = false };
	enum guest_answer a = GUEST_CLOSED;
	enum status st = ST_OK;

	if (chunk == NULL)
		TRY(ST_INTERNAL);
	TRY(stored_init(&s, g->study, party, head, g->node));
	for (unsigned h = 0; h < g->held; h++)
		TRY(receive_part(&s, h, l, chunk));
	stored_done(&s);
	if (!is_closed(g))
		a = keep(g, party, &s);
	guest_answer_create(answer, a, none);
	TRY(guest_send(l, answer, sizeof answer));
	TRY(guest_finish(l));
out:
	stored_fini(&s);
	if (chunk != NULL)
		wipe(chunk, CONTRIBUTION_CHUNK);
	mem_free(chunk);
	return st;
}

/* Results, in a thread of the gate. */

static enum status
send_results(const struct guests *g, uint32_t party, struct guest_link *l)
{
	const struct code *c = g->study->code;
	const bool public = g->node == 0;
	uint8_t seal[GUEST_SEAL_BYTES], *rows = mem_alloc(GUEST_ROWS_BYTES_MAX), *all = NULL;
	struct delivery d = { .n = 0 };
	uint64_t len = 0;
	enum status st = ST_OK;

	if (rows == NULL)
		TRY(ST_INTERNAL);
	TRY(guest_send(l, rows, guest_rows_create(rows, c->party, c->n_parties)));
	TRY(delivery_plan(&d, c, party));
	len = d.bytes + (public ? d.public_bytes : 0);
	all = mem_alloc(len + 1);
	if (all == NULL)
		TRY(ST_INTERNAL);
	delivery_gather(all, &d, g->vm, 0, public);
	for (uint64_t at = 0, n; at < len; at += n) {
		n = len - at < DELIVERY_CHUNK ? len - at : DELIVERY_CHUNK;
		TRY(guest_send(l, all + at, n));
	}
	TRY(delivery_seal(seal, &d, g->vm));
	TRY(guest_send(l, seal, sizeof seal));
	TRY(guest_finish(l));
out:
	if (all != NULL)
		wipe(all, len);
	mem_free(all);
	mem_free(rows);
	delivery_fini(&d);
	return st;
}

static enum status
give_results(struct guests *g, struct visitor *v, struct guest_link *l)
{
	static const uint8_t none[32];
	uint8_t answer[GUEST_ANSWER_BYTES];
	enum guest_answer a = GUEST_NOT_YET;
	enum status st = ST_OK;

	(void)pthread_mutex_lock(&g->lock);
	if (g->failed || (g->vm != NULL && !v->gets))
		a = GUEST_NOTHING;
	else if (g->vm != NULL)
		a = GUEST_READY;
	(void)pthread_mutex_unlock(&g->lock);
	guest_answer_create(answer, a, a == GUEST_READY ? g->study->code_hash : none);
	TRY(guest_send(l, answer, sizeof answer));
	if (a != GUEST_READY)
		return guest_finish(l);
	TRY(send_results(g, v->party, l));
	(void)pthread_mutex_lock(&g->lock);
	v->fetched = true;
	(void)pthread_cond_broadcast(&g->event);
	(void)pthread_mutex_unlock(&g->lock);
out:
	return st;
}

void
guests_serve(void *arg, unsigned guest, struct guest_link *l)
{
	struct guests *g = arg;
	struct visitor *v = &g->visitor[guest];
	uint8_t msg[GUEST_HEAD_BYTES];
	struct guest_head head;
	enum status st = ST_OK;

	assert(guest < g->n);
	TRY(guest_receive(l, msg, sizeof msg));
	TRY(guest_head_consume(&head, msg));
	if (head.purpose == GUEST_CONTRIBUTE)
		TRY(take_contribution(g, v->party, &head, l));
	else
		TRY(give_results(g, v, l));
out:
	if (st != ST_OK)
		guest_stop(l, st);
}

/* The session's thread. */

static struct timespec
deadline(int timeout_ms)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += timeout_ms / 1000;
	t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool
is_missing(const struct guests *g, uint32_t i)
{
	return g->visitor[i].brings && !g->stored[g->visitor[i].party].there;
}

static bool
is_not_whole(const struct guests *g, uint32_t i)
{
	return !g->visitor[i].whole;
}

static bool
is_waiting(const struct guests *g, uint32_t i)
{
	return g->visitor[i].gets && !g->visitor[i].fetched;
}

/* How many guests are as fn says; the first names. */
static uint32_t
name_some(const struct guests *g, bool (*fn)(const struct guests *, uint32_t), char names[256])
{
	uint32_t n = 0;
	size_t at = 0;

	names[0] = '\0';
	for (uint32_t i = 0; i < g->n; i++) {
		if (!fn(g, i))
			continue;
		if (n++ < NAMES_MAX && at < 256)
			at += (size_t)snprintf(names + at, 256 - at, "%s%.48s", n == 1 ? "" : ", ",
			    g->study->party[g->visitor[i].party].name);
	}
	if (n > NAMES_MAX && at < 256)
		(void)snprintf(names + at, 256 - at, " and %u more", n - NAMES_MAX);
	return n;
}

/* Until none is as fn says, or the time is up; with the lock held. */
static uint32_t
wait_until(struct guests *g, bool (*fn)(const struct guests *, uint32_t), struct timespec end,
    char names[256])
{
	uint32_t n;

	while ((n = name_some(g, fn, names)) > 0)
		if (pthread_cond_timedwait(&g->event, &g->lock, &end) == ETIMEDOUT)
			return name_some(g, fn, names);
	return n;
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

/* What a node tells the others: an entry for each guest, and one whether its time is up. */
static struct entry *
entries_of(const struct guests *g, struct entry *all, unsigned node)
{
	return all + (size_t)node * (g->n + 1);
}

static enum status
exchange(const struct guests *g, struct chan *ch, struct entry *all)
{
	const size_t len = (g->n + 1) * sizeof *all;
	enum status st = ST_OK;

	chan_phase(ch, PHASE_CONTROL);
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node)
			TRY(chan_post(ch, i, entries_of(g, all, g->node), len));
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node)
			TRY(chan_wait(ch, i, entries_of(g, all, i), len));
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

/* One attempt: closed if all have the same of all.  Of one contribution of which two nodes were told
 * different things it is as if it had not come. */
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
			stored_fini(&g->stored[v->party]);
	}
	g->closed = ok;
}

/* *over: some node's time is up. */
static enum status
compare(struct guests *g, struct chan *ch, struct entry *all, bool *over)
{
	struct entry *mine = entries_of(g, all, g->node);
	enum status st = ST_OK;

	(void)pthread_mutex_lock(&g->lock);
	for (uint32_t k = 0; k < g->n; k++)
		entry_of(&mine[k], g, &g->stored[g->visitor[k].party]);
	memset(&mine[g->n], 0, sizeof *mine);
	mine[g->n].head[0] = *over;
	g->closed = true;
	(void)pthread_mutex_unlock(&g->lock);
	TRY(exchange(g, ch, all));
	for (unsigned i = 0; i < g->n_nodes; i++)
		*over = *over || entries_of(g, all, i)[g->n].head[0] != 0;
	(void)pthread_mutex_lock(&g->lock);
	settle(g, all);
	(void)pthread_mutex_unlock(&g->lock);
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
	(void)name_some(g, is_not_whole, names);
	(void)pthread_mutex_unlock(&g->lock);
	(void)fault_set(f, ST_NET, "no whole input came from %s within the timeout", names);
	fault_help(f, "nothing was computed; who contributed must do so again when all start anew");
	return ST_NET;
}

enum status
guests_agree(struct guests *g, struct chan *ch, int timeout_ms, struct fault *f)
{
	const struct timespec end = deadline(timeout_ms);
	struct entry *all = mem_array((size_t)g->n_nodes * (g->n + 1), sizeof *all);
	char names[256];
	bool over;
	enum status st = ST_OK;

	if (all == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	while (!g->closed) {
		(void)pthread_mutex_lock(&g->lock);
		over = wait_until(g, is_missing, end, names) > 0 || is_over(end);
		(void)pthread_mutex_unlock(&g->lock);
		TRY(compare(g, ch, all, &over));
		if (!g->closed && over)
			TRY(say_missing(g, f));
		if (!g->closed)
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

void
guests_publish(struct guests *g, const struct vm *vm)
{
	(void)pthread_mutex_lock(&g->lock);
	for (uint32_t i = 0; vm != NULL && i < g->n; i++)
		g->visitor[i].gets = delivery_any(vm_code(vm), g->visitor[i].party);
	g->vm = vm;
	g->failed = vm == NULL;
	(void)pthread_mutex_unlock(&g->lock);
}

uint32_t
guests_wait(struct guests *g, int timeout_ms, char names[256])
{
	uint32_t n;

	(void)pthread_mutex_lock(&g->lock);
	n = wait_until(g, is_waiting, deadline(timeout_ms), names);
	(void)pthread_mutex_unlock(&g->lock);
	return n;
}

void
guests_count(struct guests *g, uint32_t *done, uint32_t *all)
{
	*done = *all = 0;
	(void)pthread_mutex_lock(&g->lock);
	for (uint32_t i = 0; i < g->n; i++) {
		const struct visitor *v = &g->visitor[i];
		bool counts = g->vm != NULL ? v->gets : v->brings;
		*all += counts;
		*done += counts && !(g->vm != NULL ? is_waiting(g, i) : is_missing(g, i));
	}
	(void)pthread_mutex_unlock(&g->lock);
}

/* Inputs of nodes. */

/* The streams' keys of a party's parts, and the correction's. */
struct keys {
	uint8_t key[CONTRIBUTION_PARTS_MAX][CONTRIBUTION_KEY_BYTES];
	struct prg prg[CONTRIBUTION_PARTS_MAX];
};

/* Keys of the parts that node `to` holds, then, if the correction is one of them, its bytes. */
static enum status
post_own(const struct guests *g, struct chan *ch, unsigned to, const struct stored *mine,
    const struct keys *k, const struct table_set *table, uint8_t *chunk)
{
	const unsigned parts = contribution_parts(g->held, g->n_nodes);
	const uint32_t party = roles_party(&g->study->roles, g->node);
	const unsigned correction = contribution_correction(parts, party);
	enum status st = ST_OK;

	for (unsigned h = 0; h < g->held; h++) {
		const unsigned part = contribution_held(g->held, g->n_nodes, to, h);
		TRY(chan_post(ch, to, k->key[part], sizeof k->key[part]));
		for (uint64_t at = 0, n; part == correction && at < mine->plan.bytes; at += n) {
			n = mine->plan.bytes - at;
			n = n < CONTRIBUTION_CHUNK ? n : CONTRIBUTION_CHUNK;
			contribution_make(chunk, &mine->plan, table, k->prg, parts, correction, at,
			    n);
			TRY(chan_post(ch, to, chunk, n));
		}
	}
out:
	return st;
}

/* The same of node `from`; or, of this node's own, from itself. */
static enum status
take_own(struct guests *g, struct chan *ch, unsigned from, const struct keys *k,
    const struct table_set *table, uint8_t *chunk)
{
	const unsigned parts = contribution_parts(g->held, g->n_nodes);
	const uint32_t party = roles_party(&g->study->roles, from);
	const unsigned correction = contribution_correction(parts, party);
	struct stored *s = &g->stored[party];
	uint8_t key[CONTRIBUTION_KEY_BYTES];
	enum status st = ST_OK;

	for (unsigned h = 0; h < g->held; h++) {
		const unsigned part = contribution_held(g->held, g->n_nodes, g->node, h);
		if (from == g->node)
			memcpy(key, k->key[part], sizeof key);
		else
			TRY(chan_wait(ch, from, key, sizeof key));
		stored_key(s, h, key);
		for (uint64_t at = 0, n; part == correction && at < s->plan.bytes; at += n) {
			n = s->plan.bytes - at;
			n = n < CONTRIBUTION_CHUNK ? n : CONTRIBUTION_CHUNK;
			if (from == g->node)
				contribution_make(chunk, &s->plan, table, k->prg, parts, correction,
				    at, n);
			else
				TRY(chan_wait(ch, from, chunk, n));
			TRY(stored_append(s, h, chunk, n));
		}
	}
	stored_done(s);
out:
	wipe(key, sizeof key);
	return st;
}

/* Whether node i is a party whose inputs are shared as those of guests. */
static bool
shares_too(const struct guests *g, unsigned i)
{
	const uint32_t party = roles_party(&g->study->roles, i);

	return study_brings(g->study, party) &&
	    guests_contribute(g->study, g->study->party[party].group);
}

static enum status
prepare_own(struct guests *g)
{
	enum status st = ST_OK;

	for (unsigned i = 0; i < g->n_nodes; i++) {
		const uint32_t party = roles_party(&g->study->roles, i);
		const struct guest_head head = { .purpose = GUEST_CONTRIBUTE,
			.rows = g->study->party[party].rows };
		if (shares_too(g, i))
			TRY(stored_init(&g->stored[party], g->study, party, &head, g->node));
	}
out:
	return st;
}

enum status
guests_exchange(struct guests *g, struct chan *ch, const struct table_set *table, struct fault *f)
{
	const uint32_t me = roles_party(&g->study->roles, g->node);
	struct keys *k = mem_secret(sizeof *k);
	uint8_t *chunk = mem_alloc(CONTRIBUTION_CHUNK);
	enum status st = ST_OK;

	if (k == NULL || chunk == NULL)
		TRY(ST_INTERNAL);
	random_bytes(k->key, sizeof k->key);
	for (unsigned i = 0; i < CONTRIBUTION_PARTS_MAX; i++)
		prg_init(&k->prg[i], k->key[i]);
	TRY(prepare_own(g));
	chan_phase(ch, PHASE_CONTROL);
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (i != g->node && shares_too(g, g->node))
			TRY(post_own(g, ch, i, &g->stored[me], k, table, chunk));
	for (unsigned i = 0; i < g->n_nodes; i++)
		if (shares_too(g, i))
			TRY(take_own(g, ch, i, k, table, chunk));
	chan_round(ch);
out:
	if (chunk != NULL)
		wipe(chunk, CONTRIBUTION_CHUNK);
	mem_free(chunk);
	mem_secret_free(k);
	if (f->st == ST_OK && st != ST_OK)
		*f = ch->fault;
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* How many values a party brought of an input. */
static uint64_t
values_of(const struct guests *g, const struct input *in, uint32_t party)
{
	uint64_t n = in->shape == INPUT_ROWS ? g->study->party[party].rows : 1;

	for (uint32_t k = 0; k < in->rank; k++)
		n *= in->dims[k];
	return n;
}

/* All parties' strings of bits, one after another, to planes. */
static enum status
shares_of_bits(const struct guests *g, const struct input *in, uint32_t input, void *out,
    size_t stride, size_t n, unsigned width)
{
	const size_t limbs = (width + 63) / 64;
	uint64_t *all = mem_array(n + 1, limbs * sizeof *all);

	if (all == NULL)
		return ST_INTERNAL;
	for (unsigned h = 0; h < g->held; h++) {
		uint64_t at = 0;
		for (uint32_t p = 0; p < g->study->n_parties; p++) {
			if (strcmp(g->study->party[p].group, in->party) != 0)
				continue;
			stored_limbs(all + at * limbs, &g->stored[p], h, input,
			    values_of(g, in, p));
			at += values_of(g, in, p);
		}
		assert(at == n);
		stored_planes((uint64_t *)(void *)((uint8_t *)out + h * stride), width, all, limbs,
		    n);
	}
	wipe(all, n * limbs * sizeof *all);
	mem_free(all);
	return ST_OK;
}

enum status
guests_shares(const struct guests *g, uint32_t input, uint32_t part, void *out, size_t stride,
    size_t n, unsigned width, bool bits, struct fault *f)
{
	uint32_t n_inputs;
	const struct input *in = &program_inputs(g->study->program, &n_inputs)[input];

	assert(input < n_inputs);
	if (bits)
		return shares_of_bits(g, in, input, out, stride, n, width) == ST_OK ? ST_OK :
		    fault_set(f, ST_INTERNAL, "out of memory");
	for (unsigned h = 0; h < g->held; h++) {
		uint8_t *d = (uint8_t *)out + h * stride;
		size_t left = n;
		for (uint32_t p = 0; p < g->study->n_parties; p++) {
			uint64_t count;
			if (strcmp(g->study->party[p].group, in->party) != 0)
				continue;
			count = values_of(g, in, p);
			assert(count <= left);
			stored_numbers(d, width, &g->stored[p], h, input, part, count);
			d += count * (width / 8);
			left -= count;
		}
		assert(left == 0);
	}
	return ST_OK;
}
