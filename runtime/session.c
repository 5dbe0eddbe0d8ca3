/* session.c: see session.h */
#include "session.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "announce.h"
#include "vm.h"

static uint64_t
now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

enum status
session_headers(const struct study *study, const uint8_t header[][32], struct fault *f)
{
	const struct party *p = study->party;

	for (uint32_t i = 0; i < study->n_parties; i++) {
		for (uint32_t k = 0; k < i; k++) {
			if (strcmp(p[i].group, p[k].group) != 0 ||
			    memcmp(header[i], header[k], 32) == 0)
				continue;
			(void)fault_set(f, ST_DATA,
			    "the tables of %s and %s have different columns, and the program "
			    "takes columns in file order",
			    p[k].name, p[i].name);
			fault_help(f,
			    "name the columns in the program (as [\"a\", \"b\"]), or bring the "
			    "tables into "
			    "the same order");
			return ST_DATA;
		}
	}
	return ST_OK;
}

/* Takes over the row counts; *same: they are those that the study was compiled for. */
static void
rows_take(struct study *study, const struct announcement *all, bool *same)
{
	*same = study->code != NULL;
	for (uint32_t i = 0; i < study->n_parties; i++) {
		*same = *same && study->code->party[i].rows == all[i].rows;
		study->party[i].rows = all[i].rows;
	}
}

/* What every node decides in the same way from what all were told. */
static enum status
decide(struct session *s, const struct announcement *all, struct fault *f)
{
	uint8_t header[N_NODE_MAX][32];
	enum status st;
	bool same;

	for (uint32_t i = 0; i < s->study->n_parties; i++)
		memcpy(header[i], all[i].header, sizeof header[i]);
	TRY(session_headers(s->study, (const uint8_t (*)[32])header, f));
	rows_take(s->study, all, &same);
	if (!same)
		TRY(study_compile(s->study, NULL, NULL, f));
out:
	return st;
}

enum status
session_agree(struct session *s, struct fault *f)
{
	struct announcement all[N_NODE_MAX], mine = { .rows = s->study->party[s->me].rows };
	const struct table_set *t = s->table[s->me];
	const char *names[N_NODE_MAX];
	bool common = false;
	enum status st;

	assert(s->ch != NULL && s->me >= 0 && s->study->n_parties <= N_NODE_MAX);
	for (uint32_t i = 0; i < s->study->n_parties; i++)
		names[i] = s->study->party[i].name;
	if (t != NULL && t->by_order)
		memcpy(mine.header, t->header_hash, sizeof mine.header);
	TRY(announce_exchange(all, s->sid, s->ch, &mine, s->h1, names, f));
	common = true;
	TRY(decide(s, all, f));
	common = false;
	st = announce_code(s->ch, s->study->code_hash, names, f);
	common = st == ST_AUTH && s->ch->fault.st == ST_OK;
out:
	/* All fail alike: so they part properly, lest the first to fail cut off the others' last
	 * words. */
	if (st != ST_OK && st != ST_INTERNAL && common)
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

enum status
session_compute(struct result **out, struct session *s, struct fault *f)
{
	const struct code *c = s->study->code;
	const struct protocol *p = s->study->protocol;
	struct vm_env env = {
		.code = c, .protocol = p, .ch = s->ch, .me = s->me, .get = get_input, .get_arg = s,
		.progress = on_progress, .progress_arg = s,
	};
	uint64_t began_us = now_us();
	struct vm *vm = NULL;
	enum status st;

	*out = NULL;
	progress_phase(s->progress, "setting up", 0);
	TRY(proto_open(&env.proto, s, f));
	TRY(vm_new(&vm, &env, f));
	progress_phase(s->progress, "computing", 0);
	TRY(vm_run(vm, f));
	if (s->ch != NULL)
		TRY(chan_finish(s->ch));
	TRY(result_take(out, c, s->me < 0 ? -1 : (int)roles_party(&c->roles, (uint32_t)s->me), slot_of,
	    vm));
	cost_take(&(*out)->cost, s, vm, began_us);
	progress_done(s->progress);
out:
	if (st != ST_OK && f->st == ST_OK && s->ch != NULL && s->ch->fault.st != ST_OK)
		*f = s->ch->fault;
	progress_clear(s->progress);
	vm_free(vm);
	p->close(env.proto);
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}
