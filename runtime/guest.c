/* guest.c: see guest.h */
#include "guest.h"

#include <assert.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/random.h"
#include "delivery.h"
#include "net/guest_link.h"

enum { AGAIN_FIRST_MS = 50, AGAIN_MOST_MS = 5000 };

/* What it takes to dial the nodes. */
struct caller {
	const struct node *n;
	struct component *list;
	size_t n_list;
	unsigned nodes, held;
};

static enum status
caller_init(struct caller *c, const struct node *n, struct fault *f)
{
	*c = (struct caller){ .n = n, .nodes = roles_nodes(&n->study->roles, n->study->n_parties),
		.held = n->study->protocol->target->held };
	c->list = mem_array(N_COMPONENT_MAX, sizeof *c->list);
	if (c->list == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	return node_components(c->list, &c->n_list, n, f);
}

static enum status
dial(struct guest_link **out, const struct caller *c, unsigned node, struct fault *f)
{
	const struct node *n = c->n;
	const uint32_t party = roles_party(&n->study->roles, node);
	const struct guest_dial_config d = {
		.session = n->session, .me = n->study->party[n->me].name, .secret = n->secret,
		.node = n->study->party[party].name, .endpoint = n->endpoint[party],
		.key = &n->key[party], .components = c->list, .n_components = c->n_list,
		.timeout_ms = (int)n->timeout_ms,
	};

	return guest_dial(out, &d, f);
}

/* The link's fault is the cause, if it has one. */
static enum status
told(const struct guest_link *l, enum status st, struct fault *f)
{
	if (st != ST_OK && f->st == ST_OK && l != NULL && guest_fault(l)->st != ST_OK)
		*f = *guest_fault(l);
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

/* Contributing. */

struct giving {
	struct caller caller;
	struct guest_head head;
	struct contribution_plan plan;
	unsigned parts, correction;
	struct contribution_keys *keys;
	uint8_t *chunk;
	uint64_t bytes;
};

static enum status
send_vector(struct giving *v, struct guest_link *l)
{
	const struct node *n = v->caller.n;
	enum status st = ST_OK;

	for (uint64_t at = 0, len; at < v->plan.bytes; at += len) {
		len = v->plan.bytes - at;
		len = len < CONTRIBUTION_CHUNK ? len : CONTRIBUTION_CHUNK;
		contribution_make(v->chunk, &v->plan, n->table[n->me], v->keys->prg, v->parts,
		    v->correction, at, len);
		TRY(guest_send(l, v->chunk, len));
	}
out:
	return st;
}

static enum status
send_parts(struct giving *v, struct guest_link *l, unsigned node)
{
	uint8_t msg[GUEST_HEAD_BYTES];
	enum status st = ST_OK;

	guest_head_create(msg, &v->head);
	TRY(guest_send(l, msg, sizeof msg));
	for (unsigned h = 0; h < v->caller.held; h++) {
		const unsigned part = contribution_held(v->caller.held, v->caller.nodes, node, h);
		TRY(guest_send(l, v->keys->key[part], CONTRIBUTION_KEY_BYTES));
		if (part == v->correction)
			TRY(send_vector(v, l));
	}
	v->bytes += contribution_bytes(&v->plan, v->caller.held, v->caller.nodes, node,
	    v->caller.n->me);
out:
	return st;
}

static enum status
give_to(struct giving *v, unsigned node, struct fault *f)
{
	uint8_t msg[GUEST_ANSWER_BYTES], h2[32];
	struct guest_link *l = NULL;
	enum guest_answer a;
	enum status st = ST_OK;

	TRY(dial(&l, &v->caller, node, f));
	TRY(send_parts(v, l, node));
	TRY(guest_receive(l, msg, sizeof msg));
	TRY(guest_answer_consume(&a, h2, msg));
	if (a != GUEST_STORED)
		TRY(fault_set(f, ST_NET, "the nodes have begun already: what they had from this site "
		    "before, if anything, is what counts"));
	TRY(guest_finish(l));
out:
	st = told(l, st, f);
	guest_link_free(l);
	return st;
}

static enum status
giving_init(struct giving *v, const struct node *n, struct fault *f)
{
	const struct table_set *t = n->table[n->me];
	uint32_t n_inputs;
	const struct input *input = program_inputs(n->study->program, &n_inputs);
	enum status st = ST_OK;

	TRY(caller_init(&v->caller, n, f));
	v->head = (struct guest_head){ .purpose = GUEST_CONTRIBUTE,
		.rows = n->study->party[n->me].rows };
	if (t != NULL && t->by_order)
		memcpy(v->head.header, t->header_hash, sizeof v->head.header);
	random_bytes(v->head.id, sizeof v->head.id);
	v->parts = contribution_parts(v->caller.held, v->caller.nodes);
	v->correction = contribution_correction(v->parts, n->me);
	v->keys = contribution_keys_new();
	v->chunk = mem_alloc(CONTRIBUTION_CHUNK);
	if (v->keys == NULL || v->chunk == NULL)
		TRY(fault_set(f, ST_INTERNAL, "out of memory"));
	TRY(contribution_plan(&v->plan, input, n_inputs, n->study->party[n->me].group,
	    v->head.rows));
out:
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}

enum status
guest_contribute(const struct node *n, uint64_t *bytes, struct fault *f)
{
	struct giving v = { .bytes = 0 };
	enum status st = ST_OK;

	assert(roles_node(&n->study->roles, n->me) < 0);
	if (!study_brings(n->study, n->me))
		goto out;
	TRY(giving_init(&v, n, f));
	for (unsigned i = 0; i < v.caller.nodes; i++)
		TRY(give_to(&v, i, f));
out:
	if (bytes != NULL)
		*bytes = v.bytes;
	if (v.chunk != NULL)
		wipe(v.chunk, CONTRIBUTION_CHUNK);
	mem_free(v.chunk);
	mem_secret_free(v.keys);
	contribution_plan_fini(&v.plan);
	mem_free(v.caller.list);
	return st;
}

/* Collecting. */

struct taking {
	struct caller caller;
	bool nothing;                   /* there is nothing for this party */
	struct delivery plan;
	uint8_t *share[N_NODES_MAX];
	uint8_t seal[N_NODES_MAX][GUEST_SEAL_BYTES];
};

/* Whether the study is compiled for these row counts already. */
static bool
compiled(const struct study *s)
{
	for (uint32_t i = 0; s->code != NULL && i < s->n_parties; i++)
		if (s->code->party[i].rows != s->party[i].rows)
			return false;
	return s->code != NULL;
}

/* Row counts, which node 0 tells: with them this site compiles what the nodes ran. */
static enum status
take_rows(struct taking *k, struct guest_link *l, struct fault *f)
{
	struct study *s = k->caller.n->study;
	uint8_t *msg = mem_alloc(GUEST_ROWS_BYTES_MAX);
	size_t len;
	enum status st = ST_OK;

	if (msg == NULL)
		TRY(ST_INTERNAL);
	TRY(guest_receive_upto(l, msg, GUEST_ROWS_BYTES_MAX, &len));
	TRY(guest_rows_consume(s->party, s->n_parties, msg, len));
	if (!compiled(s))
		TRY(study_compile(s, NULL, NULL, f));
	if (k->caller.n->agreed != NULL)
		TRY(k->caller.n->agreed(k->caller.n->agreed_arg, f));
	TRY(delivery_plan(&k->plan, s->code, k->caller.n->me));
out:
	mem_free(msg);
	return st;
}

/* Each node says what it ran: the same, or row counts are not what all were told. */
static enum status
check_code(const struct taking *k, const uint8_t h2[32], struct fault *f)
{
	if (memcmp(h2, k->caller.n->study->code_hash, 32) == 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "a node ran other bytecode than this site compiles from the same "
	    "study: both need the same build of konsil");
}

static enum status
take_share(struct taking *k, struct guest_link *l, unsigned node)
{
	const uint64_t len = k->plan.bytes + (node == 0 ? k->plan.public_bytes : 0);
	enum status st = ST_OK;

	k->share[node] = mem_alloc(len + 1);
	if (k->share[node] == NULL)
		TRY(ST_INTERNAL);
	for (uint64_t at = 0, n; at < len; at += n) {
		n = len - at < DELIVERY_CHUNK ? len - at : DELIVERY_CHUNK;
		TRY(guest_receive(l, k->share[node] + at, n));
	}
	TRY(guest_receive(l, k->seal[node], GUEST_SEAL_BYTES));
out:
	return st;
}

/* *again: the node has nothing yet. */
static enum status
take_from(struct taking *k, unsigned node, bool *again, struct fault *f)
{
	struct guest_head head = { .purpose = GUEST_COLLECT };
	uint8_t msg[GUEST_HEAD_BYTES], answer[GUEST_ANSWER_BYTES], h2[32];
	struct guest_link *l = NULL;
	enum guest_answer a;
	enum status st = ST_OK;

	*again = false;
	TRY(dial(&l, &k->caller, node, f));
	guest_head_create(msg, &head);
	TRY(guest_send(l, msg, sizeof msg));
	TRY(guest_receive(l, answer, sizeof answer));
	TRY(guest_answer_consume(&a, h2, answer));
	*again = a == GUEST_NOT_YET;
	k->nothing = a == GUEST_NOTHING;
	if (a == GUEST_READY) {
		if (node == 0)
			TRY(take_rows(k, l, f));
		TRY(check_code(k, h2, f));
		TRY(take_share(k, l, node));
	}
	TRY(guest_finish(l));
out:
	st = told(l, st, f);
	guest_link_free(l);
	return st;
}

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void
pause_ms(uint64_t ms)
{
	const struct timespec t = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* From all nodes in turn, asking each again until it has results. */
static enum status
take_all(struct taking *k, struct fault *f)
{
	const uint64_t end = now_ms() + k->caller.n->timeout_ms;
	uint64_t pause = AGAIN_FIRST_MS;
	enum status st = ST_OK;
	bool again;

	for (unsigned i = 0; i < k->caller.nodes && !k->nothing;) {
		TRY(take_from(k, i, &again, f));
		if (!again) {
			i++;
			continue;
		}
		if (now_ms() + pause > end)
			TRY(fault_set(f, ST_NET, "the nodes had no results for this site in time"));
		pause_ms(pause);
		pause = 2 * pause < AGAIN_MOST_MS ? 2 * pause : AGAIN_MOST_MS;
	}
out:
	return st;
}

static const void *
slot_of(void *arg, uint32_t slot)
{
	return vm_slot(arg, slot);
}

static enum status
finish_outputs(struct result **out, struct taking *k, struct fault *f)
{
	const struct study *s = k->caller.n->study;
	const struct vm_env env = { .code = s->code, .protocol = s->protocol, .me = VM_GUEST,
		.guest = k->caller.n->me };
	struct vm *vm = NULL;
	enum status st = ST_OK;

	TRY(vm_new(&vm, &env, f));
	TRY(delivery_take(vm, &k->plan, s->code, k->share, (const void *)k->seal, f));
	TRY(vm_post(vm, f));
	TRY(result_take(out, s->code, (int)k->caller.n->me, slot_of, vm));
out:
	vm_free(vm);
	return st;
}

enum status
guest_collect(struct result **out, const struct node *n, struct fault *f)
{
	struct taking *k = mem_zalloc(sizeof *k);
	enum status st = ST_OK;

	*out = NULL;
	assert(roles_node(&n->study->roles, n->me) < 0);
	if (k == NULL)
		return fault_set(f, ST_INTERNAL, "out of memory");
	TRY(caller_init(&k->caller, n, f));
	TRY(take_all(k, f));
	if (k->nothing)
		TRY(fault_set(f, ST_NET, "the nodes have no results for this site"));
	TRY(finish_outputs(out, k, f));
out:
	for (unsigned i = 0; i < N_NODES_MAX; i++) {
		if (k->share[i] != NULL)
			wipe(k->share[i], k->plan.bytes);
		mem_free(k->share[i]);
	}
	delivery_fini(&k->plan);
	mem_free(k->caller.list);
	mem_free(k);
	return st == ST_OK ? st : fault_set(f, st, "%s", status_text(st));
}
