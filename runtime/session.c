/* session.c: see session.h */
#include "session.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "announce.h"
#include "base/mem.h"
#include "vm.h"

enum { GRACE_MS = 500 };         /* for guests to hear that it is over */

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* Members of a group stand next to each other. */
enum status
session_headers(const struct study *study, const uint8_t header[][32], struct fault *f)
{
	const struct party *p = study->party;

	for (uint32_t i = 1; i < study->n_parties; i++) {
		if (strcmp(p[i].group, p[i - 1].group) != 0 ||
		    memcmp(header[i], header[i - 1], 32) == 0)
			continue;
		(void)fault_set(f, ST_DATA, "the tables of %s and %s have different columns, and the "
		    "program takes columns in file order", p[i - 1].name, p[i].name);
		fault_help(f, "name the columns in the program (as [\"a\", \"b\"]), or bring the "
		    "tables into the same order");
		return ST_DATA;
	}
	return ST_OK;
}

/* Takes over a party's row count; *same: it is the one that the study was compiled for. */
static void
rows_take(struct study *study, uint32_t party, uint64_t rows, bool *same)
{
	*same = *same && study->code->party[party].rows == rows;
	study->party[party].rows = rows;
}

/* What every node decides in the same way from what all were told. */
static enum status
decide(struct session *s, const struct announcement *all, struct fault *f)
{
	struct study *study = s->study;
	uint8_t (*header)[32] = mem_array(study->n_parties, sizeof *header);
	bool same = study->code != NULL;
	enum status st = ST_OK;

	if (header == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	for (uint32_t i = 0; i < study->n_parties; i++) {
		const int node = roles_node(&study->roles, i);
		const struct guest_head *guest = node < 0 ? guests_head(s->guests, i) : NULL;

		memcpy(header[i], guest != NULL ? guest->header : all[node].header,
		    sizeof header[i]);
		const uint64_t rows = guest != NULL ? guest->rows : all[node].rows;

		if (!study_rows_ok(study, i, rows)) {
			st = fault_set(f, ST_ABORT, "%s announced a number of rows that the program "
			    "does not allow", study->party[i].name);
			goto out;
		}
		rows_take(study, i, rows, &same);
	}
	TRY(session_headers(study, (const uint8_t (*)[32])header, f));
	if (!same)
		TRY(study_compile(study, NULL, NULL, f));
out:
	mem_free(header);
	return st;
}

static uint32_t
own_party(const struct session *s)
{
	return roles_party(&s->study->roles, (uint32_t)s->me);
}

/* The session's id depends on what guests brought, too. */
static void
mix_guests(struct session *s)
{
	uint8_t hash[32];
	crypto_generichash_state h;

	guests_digest(hash, s->guests);
	(void)crypto_generichash_init(&h, s->sid, sizeof s->sid, sizeof s->sid);
	(void)crypto_generichash_update(&h, hash, sizeof hash);
	(void)crypto_generichash_final(&h, s->sid, sizeof s->sid);
}

enum status
session_agree(struct session *s, struct fault *f)
{
	struct announcement all[N_NODE_MAX], mine = { .rows = s->study->party[own_party(s)].rows };
	const struct table_set *t = s->table[own_party(s)];
	const char *names[N_NODE_MAX];
	bool common = false;
	enum status st;

	assert(s->ch != NULL && s->me >= 0 && s->ch->n <= N_NODE_MAX);
	for (uint32_t i = 0; i < s->ch->n; i++)
		names[i] = s->study->party[roles_party(&s->study->roles, i)].name;
	if (t != NULL && t->by_order)
		memcpy(mine.header, t->header_hash, sizeof mine.header);
	common = s->guests != NULL;
	if (s->guests != NULL)
		TRY(guests_agree(s->guests, s->ch, (int)s->timeout_ms, f));
	common = false;
	TRY(announce_exchange(all, s->sid, s->ch, &mine, s->h1, names, f));
	if (s->guests != NULL)
		mix_guests(s);
	common = true;
	TRY(decide(s, all, f));
	common = false;
	st = announce_code(s->ch, s->study->code_hash, names, f);
	common = st == ST_AUTH && s->ch->fault.st == ST_OK;
out:
	/* All fail alike: so they part properly, lest the first to fail cut off the others' last
	 * words. */
	if (st != ST_OK && st != ST_INTERNAL && common && s->ch->fault.st == ST_OK)
		(void)!chan_finish(s->ch);
	return st;
}

static enum status
get_input(void *arg, uint32_t input, uint32_t part, unsigned party, void *out, size_t n,
    unsigned width, struct fault *f)
{
	const struct session *s = arg;
	const struct table_set *t = s->table[party];

	if (t == NULL || input >= t->n_values || !t->value[input].given ||
	    table_elements(&t->value[input], part, width) < n)
		return fault_set(f, ST_INTERNAL, "the program asks for data that %s has not read",
		    s->study->party[party].name);
	table_part(out, width, t, input, part, 0, n);
	return ST_OK;
}

/* Of everybody's tables, the numbers themselves: protocol clear. */
static enum status
plain_numbers(const struct session *s, uint32_t input, uint32_t part, void *out, size_t n,
    unsigned width, size_t each, struct fault *f)
{
	uint8_t *d = out;
	enum status st = ST_OK;

	for (uint32_t p = 0; p < s->study->n_parties; p++) {
		const struct table_set *t = s->table[p];
		uint64_t count;
		if (t == NULL || !t->value[input].given)
			continue;
		count = table_elements(&t->value[input], part, width);
		assert(count <= n * each - (size_t)(d - (uint8_t *)out) / (width / 8));
		TRY(get_input((void *)(uintptr_t)s, input, part, p, d, count, width, f));
		d += count * (width / 8);
	}
out:
	return st;
}

static enum status
get_shares(void *arg, uint32_t input, uint32_t part, void *out, size_t stride, size_t n,
    unsigned width, bool bits, struct fault *f)
{
	const struct session *s = arg;
	const size_t limbs = bits ? (width + 63) / 64 : 1;
	uint64_t *all;
	enum status st;

	if (s->guests != NULL)
		return guests_shares(s->guests, input, part, out, stride, n, width, bits, f);
	if (!bits)
		return plain_numbers(s, input, part, out, n, width, 1, f);
	all = mem_array(n + 1, limbs * sizeof *all);
	if (all == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	st = plain_numbers(s, input, part, all, n, 64, limbs, f);
	stored_planes(out, width, all, limbs, n);
	wipe(all, n * limbs * sizeof *all);
	mem_free(all);
	return st;
}

static void
on_progress(void *arg, uint64_t done, uint64_t total)
{
	struct session *s = arg;
	struct meter m = { 0 };
	uint64_t bytes = 0;

	if (total != s->total) {
		s->total = total;
		progress_phase(s->progress, "computing", total);
	}
	if (s->meter != NULL)
		chan_meter_get(s->meter, &m);
	for (unsigned p = 0; p < N_PHASE; p++)
		for (unsigned i = 0; i < N_NODE_MAX; i++)
			bytes += m.sent[p][i];
	progress_at(s->progress, done, bytes);
}

static const void *
slot_of(void *arg, uint32_t slot)
{
	return vm_slot(arg, slot);
}

static void
cost_take(struct cost_node *cost, const struct session *s, const struct vm *vm, uint64_t began_us)
{
	struct meter m = { 0 };
	uint64_t us[N_PHASE] = { 0 };

	cost->total_us = now_us() - began_us;
	cost->memory_bytes = s->study->code->arena_bytes + vm_scratch_bytes(vm);
	cost->us[COST_ONLINE] = cost->total_us;
	if (s->meter == NULL)
		return;
	chan_meter_get(s->meter, &m);
	cost_of_meter(cost, &m, code_nodes(s->study->code));
	chan_meter_times(s->meter, us);
	cost->us[COST_SETUP] = us[PHASE_SETUP];
	cost->us[COST_OFFLINE] = us[PHASE_OFFLINE];
	cost->us[COST_ONLINE] = us[PHASE_ONLINE];
	cost->total_us = now_us() - began_us;
	cost->memory_bytes = s->study->code->arena_bytes + vm_scratch_bytes(vm);
}

/* Opens the protocol for this run. */
static enum status
proto_open(struct proto **proto, const struct session *s, struct fault *f)
{
	const struct code *c = s->study->code;
	struct proto_env env = {
		.ch = s->ch, .me = s->me < 0 ? 0 : (unsigned)s->me, .n = code_nodes(c),
		.code = c,
	};
	enum status st;

	memcpy(env.sid, s->sid, sizeof env.sid);
	if (s->ch != NULL)
		chan_phase(s->ch, PHASE_SETUP);
	st = s->study->protocol->open(proto, &env, f);
	if (s->ch != NULL)
		chan_phase(s->ch, PHASE_ONLINE);
	return st;
}

/* Lets guests fetch their results from the VM, until all have or the time is up. */
static void
hand_out(struct session *s, const struct vm *vm)
{
	guests_publish(s->guests, vm);
	if (s->ready != NULL)
		s->ready(s->ready_arg);
	s->left[0] = '\0';
	(void)guests_wait(s->guests, (int)s->timeout_ms, s->left);
}

/* The VM must not go while somebody reads from it. */
static void
close_gate(struct session *s, enum status st)
{
	if (s->guests == NULL)
		return;
	if (st != ST_OK)
		guests_publish(s->guests, NULL);
	gate_close(s->gate, st == ST_OK ? GRACE_MS : 0);
}

enum status
session_compute(struct result **out, struct session *s, struct fault *f)
{
	const struct code *c = s->study->code;
	const struct protocol *p = s->study->protocol;
	struct vm_env env = {
		.code = c, .protocol = p, .ch = s->ch, .me = s->me, .get = get_input, .shares = get_shares,
		.get_arg = s, .progress = on_progress, .progress_arg = s,
	};
	uint64_t began_us = now_us();
	struct vm *vm = NULL;
	enum status st;

	*out = NULL;
	progress_phase(s->progress, "setting up", 0);
	TRY(proto_open(&env.proto, s, f));
	TRY(vm_new(&vm, &env, f));
	progress_phase(s->progress, "computing", 0);
	if (s->guests != NULL)
		TRY(guests_exchange(s->guests, s->ch, s->table[own_party(s)], f));
	TRY(vm_run(vm, f));
	if (s->ch != NULL)
		TRY(chan_finish(s->ch));
	TRY(result_take(out, c, s->me < 0 ? -1 : (int)roles_party(&c->roles, (uint32_t)s->me), slot_of,
	    vm));
	cost_take(&(*out)->cost, s, vm, began_us);
	if (s->guests != NULL)
		hand_out(s, vm);
	progress_done(s->progress);
out:
	if (st != ST_OK && f->st == ST_OK && s->ch != NULL && s->ch->fault.st != ST_OK)
		*f = s->ch->fault;
	progress_clear(s->progress);
	close_gate(s, st);
	vm_free(vm);
	p->close(env.proto);
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}
