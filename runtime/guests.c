/* guests.c: see guests.h */
#include "guests_impl.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "delivery.h"

enum { NAMES_MAX = 4 };

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

/* Half of this machine's memory: vectors are moved as they grow, and the VM wants some, too. */
static uint64_t
memory_to_give(void)
{
	const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages < 0 || size < 0 ? UINT64_MAX : (uint64_t)pages * (uint64_t)size / 2;
}

enum status
guests_new(struct guests **out, const struct study *s, unsigned node, struct progress *progress)
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
	g->progress = progress;
	g->n_nodes = roles_nodes(&s->roles, s->n_parties);
	g->held = s->protocol->target->held;
	g->most = memory_to_give();
	g->n = guests_list(party, s);
	g->visitor = mem_array(g->n + 1, sizeof *g->visitor);
	g->stored = mem_map(s->n_parties * sizeof *g->stored);
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
		mem_unmap(g->stored, s->n_parties * sizeof *g->stored);
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
	mem_unmap(g->stored, g->study->n_parties * sizeof *g->stored);
	mem_free(g);
}

/* Contributions, in a thread of the gate. */

enum status
guests_grant(struct guests *g, struct stored *s, uint64_t n)
{
	if (n > g->most - g->taken)
		return ST_DATA;
	g->taken += n;
	s->granted += n;
	return ST_OK;
}

void
guests_drop(struct guests *g, struct stored *s)
{
	g->taken -= s->granted;
	stored_fini(s);
}

/* What came of a part is kept, if there is room. */
static enum status
append(struct guests *g, struct stored *s, unsigned h, const uint8_t *bytes, size_t len)
{
	enum status st;

	(void)pthread_mutex_lock(&g->lock);
	st = guests_grant(g, s, len);
	(void)pthread_mutex_unlock(&g->lock);
	return st == ST_OK ? stored_append(s, h, bytes, len) : st;
}

static enum status
receive_part(struct guests *g, struct stored *s, unsigned h, struct guest_link *l, uint8_t *chunk)
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
		TRY(append(g, s, h, chunk, n));
	}
out:
	wipe(key, sizeof key);
	return st;
}

/* Takes the place of what the party brought before, unless the nodes have agreed.  While they
 * compare, which no guest can prolong, it waits. */
static enum guest_answer
keep(struct guests *g, uint32_t party, struct stored *s)
{
	enum guest_answer answer = GUEST_CLOSED;

	(void)pthread_mutex_lock(&g->lock);
	while (g->comparing)
		(void)pthread_cond_wait(&g->event, &g->lock);
	if (!g->closed) {
		guests_drop(g, &g->stored[party]);
		g->stored[party] = *s;
		*s = (struct stored){ .there = false };
		answer = GUEST_STORED;
		(void)pthread_cond_broadcast(&g->event);
	}
	(void)pthread_mutex_unlock(&g->lock);
	return answer;
}

static enum status
take_contribution(struct guests *g, uint32_t party, const struct guest_head *head,
    struct guest_link *l)
{
	static const uint8_t none[32];
	uint8_t answer[GUEST_ANSWER_BYTES], *chunk = mem_alloc(CONTRIBUTION_CHUNK);
	struct stored s = { .there = false };
	enum status st = ST_OK;

	if (chunk == NULL)
		TRY(ST_INTERNAL);
	TRY(stored_init(&s, g->study, party, head, g->node));
	for (unsigned h = 0; h < g->held; h++)
		TRY(receive_part(g, &s, h, l, chunk));
	stored_done(&s);
	guest_answer_create(answer, keep(g, party, &s), none);
	TRY(guest_send(l, answer, sizeof answer));
	TRY(guest_finish(l));
out:
	(void)pthread_mutex_lock(&g->lock);
	guests_drop(g, &s);
	(void)pthread_mutex_unlock(&g->lock);
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
	if (g->node == 0)
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
	/* Who has nothing to bring has no say in whether all nodes have the same. */
	if (head.purpose == GUEST_CONTRIBUTE && !v->brings)
		TRY(ST_ABORT);
	if (head.purpose == GUEST_CONTRIBUTE)
		TRY(take_contribution(g, v->party, &head, l));
	else
		TRY(give_results(g, v, l));
out:
	if (st != ST_OK)
		guest_stop(l, st);
}

/* The session's thread. */

struct timespec
guests_deadline(int timeout_ms)
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

bool
guests_missing(const struct guests *g, uint32_t i)
{
	return g->visitor[i].brings && !g->stored[g->visitor[i].party].there;
}

static bool
is_waiting(const struct guests *g, uint32_t i)
{
	return g->visitor[i].gets && !g->visitor[i].fetched;
}

uint32_t
guests_names(const struct guests *g, guests_which *fn, char names[256])
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

uint32_t
guests_until(struct guests *g, guests_which *fn, uint32_t all, struct timespec end,
    char names[256])
{
	uint32_t n;
	int waited = 0;

	while ((n = guests_names(g, fn, names)) > 0 && waited != ETIMEDOUT) {
		progress_at(g->progress, all - n, 0);
		waited = pthread_cond_timedwait(&g->event, &g->lock, &end);
	}
	return n;
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
	uint32_t n, get = 0;

	(void)pthread_mutex_lock(&g->lock);
	for (uint32_t i = 0; i < g->n; i++)
		get += g->visitor[i].gets;
	progress_phase(g->progress, "handing out results", get);
	n = guests_until(g, is_waiting, get, guests_deadline(timeout_ms), names);
	(void)pthread_mutex_unlock(&g->lock);
	return n;
}
