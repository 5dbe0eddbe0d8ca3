/* estimate.c: see estimate.h */
#include "estimate.h"

enum {
	PS_PER_US = 1000000,
	LABEL_GATES = 40,               /* as many free gates take as long as making a label */
};

/* What a unit takes, in picoseconds: processor time of a node, from runs of programs that do little
 * else (those of `konsil bench programs`) on the machine that README.md names, with AVX-512 and
 * VAES; set-up and waking up from the times of examples there.  Other machines differ; what
 * matters to the compiler is the proportion to the network. */
enum unit {
	U_BASE_OT,      /* set-up of OTs with a peer, both directions */
	U_WAKE,         /* an exchange: system calls, and until the other process runs */
	U_BYTE,         /* sent or received: encryption, copies */
	U_TRIPLE64, U_TRIPLE128, U_WRAP, U_BIT64, U_BIT128, U_AND_TRIPLE, U_MULB64, U_MULB128,
	                /* preprocessing, with each peer */
	U_MATRIX_BYTE,  /* of a message for a triple of matrices */
	U_AND,          /* on XOR shares, online */
	U_GATE,         /* of 64 XOR shares */
	U_GARBLED,      /* an AND at the slower of garbler and evaluator */
	U_LABEL,        /* a gate without a table */
	U_TURN, U_PLANE, U_SORTED,      /* of replicated: see struct tally */
	U_INSN, U_ELEMENT, U_FUNCTION,
	U_MAC,          /* in products of matrices */
	U_MEMORY,       /* a byte that is used for the first time: the system clears it */
	N_UNIT
};

static const uint64_t unit_ps[N_UNIT] = {
	[U_BASE_OT] = UINT64_C(20000000000),
	[U_WAKE] = (uint64_t)EXCHANGE_US * PS_PER_US,
	[U_BYTE] = 500,
	[U_TRIPLE64] = 2000000,
	[U_TRIPLE128] = 5000000,
	[U_WRAP] = 70000,
	[U_BIT64] = 32000,
	[U_BIT128] = 34000,
	[U_AND_TRIPLE] = 25000,
	[U_MULB64] = 220000,
	[U_MULB128] = 300000,
	[U_MATRIX_BYTE] = 1200,
	[U_AND] = 1000,
	[U_GATE] = 3000,
	[U_GARBLED] = 18000,
	[U_LABEL] = 600,
	[U_INSN] = 200000,
	[U_ELEMENT] = 1500,
	[U_FUNCTION] = 60000,
	[U_TURN] = 14000,
	[U_PLANE] = 8000,
	[U_SORTED] = 120000,
	[U_MAC] = 150,
	[U_MEMORY] = 400,
};

static void
add(uint64_t *sum, uint64_t a, uint64_t b)
{
	uint64_t x;

	if (__builtin_mul_overflow(a, b, &x) || __builtin_add_overflow(*sum, x, sum))
		*sum = UINT64_MAX;
}

unsigned
delay_step(struct delay *d, const struct code *c, const struct insn *x)
{
	const struct circuit *k = insn_circuit(c, x);
	bool tables = x->op == OP_CIRC_Y && k != NULL && k->n_layers > 0;

	if (x->op == OP_ROUND) {
		d->streaming = false;
		return 1;
	}
	if (!tables || d->streaming)
		return 0;
	d->streaming = true;
	return 1;
}

/* Whether it takes long for each element: isa.def has these between sqrt.x and qf.x. */
static bool
is_function(enum insn_id op)
{
	return (op >= OP_SQRT_X && op <= OP_QF_X) || op == OP_DIV_X || op == OP_MOD_X ||
	    op == OP_ORDER_X;
}

/* Numbers, words of XOR shares or labels in a slot. */
static uint64_t
slot_elements(const struct slot *s)
{
	uint64_t n = 0;

	add(&n, s->domain == DOM_B ? plane_words(s->n) : s->n,
	    s->domain == DOM_B || s->domain == DOM_Y ? s->width : 1);
	return n;
}

/* How many elements an instruction works on, at a node: of local rows, those of one node. */
static uint64_t
elements_of(const struct code *c, const struct insn *x)
{
	const unsigned shape = insn_table[x->op].shape;
	const uint32_t at = x->slot[0] != SLOT_NONE ? x->slot[0] : x->slot[1];
	const struct slot *s;
	uint64_t n = 0;

	if (at == SLOT_NONE)
		return 0;
	s = &c->slot[at];
	add(&n, slot_elements(s), shape == SH_REDUCE ? (uint64_t)x->imm[1] : 1);
	if ((shape == SH_MEMBERS || shape == SH_TN) && x->slot[1] != SLOT_NONE)
		n = c->slot[x->slot[1]].n;
	return s->domain == DOM_L && code_nodes(c) > 1 ? n / code_nodes(c) + 1 : n;
}

/* Whether labels come into being: for some of them an OT, for the others a hash. */
static bool
makes_labels(const struct insn *x)
{
	return x->op == OP_SHARE_Y || x->op == OP_SPLIT_Y || x->op == OP_B_TO_Y;
}

/* Of each part of a share that a node holds, and twice the work for numbers of twice the width. */
static void
tally_matmul(struct tally *t, const struct code *c, const struct insn *x, uint64_t times)
{
	const struct slot *s = &c->slot[x->slot[0]];
	uint64_t n = 0;

	add(&n, elements_of(c, x), (uint64_t)x->imm[1]);
	add(&t->macs, n, times * c->held * (s->width / 64));
}

static void
tally_circuit(struct tally *t, const struct code *c, const struct insn *x, uint64_t times)
{
	const struct circuit *k = insn_circuit(c, x);
	uint64_t n = c->slot[x->slot[0]].n, all = 0;

	if (k == NULL)
		return;
	add(&all, k->n_gates, x->op == OP_CIRC_Y ? n : plane_words(n));
	add(x->op == OP_CIRC_Y ? &t->gates_y : &t->gates, all, times);
}

void
tally_insn(struct tally *t, const struct code *c, const struct target *target,
    const struct insn *x, uint64_t times)
{
	target->cost(t, c, x, times, code_nodes(c));
	add(&t->insns, 1, times);
	if (insn_table[x->op].shape == SH_MATMUL)
		tally_matmul(t, c, x, times);
	if (insn_table[x->op].shape == SH_CIRC)
		tally_circuit(t, c, x, times);
	else if (is_function(x->op))
		add(&t->functions, elements_of(c, x), times);
	else
		add(&t->elements, elements_of(c, x), times);
	if (makes_labels(x))
		add(&t->gates_y, LABEL_GATES * slot_elements(&c->slot[x->slot[0]]), times);
}

struct tallying {
	struct tally *tally;
	const struct code *code;
	const struct target *target;
	struct delay delay;
};

static void
add_insn(void *arg, const struct insn *x, uint64_t times)
{
	struct tallying *s = arg;

	tally_insn(s->tally, s->code, s->target, x, times);
	if (times > 0)
		add(&s->tally->delays, delay_step(&s->delay, s->code, x), times);
}

enum status
tally_code(struct tally *t, const struct code *c, const struct target *target)
{
	struct tallying s = { .tally = t, .code = c, .target = target };
	enum status st;

	*t = (struct tally){ .ots = 0 };
	st = code_walk(c, add_insn, &s);
	if (st != ST_OK)
		return st;
	target->cost_demand(t, c, code_nodes(c));
	t->memory = c->arena_bytes;
	for (uint32_t i = 0; i < c->n_post; i++) {
		add(&t->insns, 1, 1);
		add(&t->elements, elements_of(c, &c->post[i]), 1);
	}
	return ST_OK;
}

/* Of one phase: the bytes of the link that carries most, and what a node sends and receives. */
static void
busiest(uint64_t *link, uint64_t *node, const uint64_t bytes[N_TARGET_NODES][N_TARGET_NODES],
    unsigned n_nodes)
{
	*link = *node = 0;
	for (unsigned i = 0; i < n_nodes; i++) {
		uint64_t sum = 0;
		for (unsigned k = 0; k < n_nodes; k++) {
			*link = bytes[i][k] > *link ? bytes[i][k] : *link;
			add(&sum, bytes[i][k], 1);
			add(&sum, bytes[k][i], 1);
		}
		*node = sum > *node ? sum : *node;
	}
}

struct term {
	enum unit unit;
	uint64_t n;
};

static u128
ps_of(const struct term *term, size_t n)
{
	u128 sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (u128)unit_ps[term[i].unit] * term[i].n;
	return sum;
}

static u128
offline_ps(const struct tally *t, uint64_t peers)
{
	const struct term with_each[] = {
		{ U_TRIPLE64, t->triples64 }, { U_TRIPLE128, t->triples128 }, { U_WRAP, t->wraps },
		{ U_BIT64, t->bits64 }, { U_BIT128, t->bits128 }, { U_AND_TRIPLE, t->ands },
		{ U_MULB64, t->mulbs64 }, { U_MULB128, t->mulbs128 },
	};
	const struct term matrix = { U_MATRIX_BYTE, t->matrix_bytes / (peers + 1) * 2 };

	return ps_of(with_each, sizeof with_each / sizeof with_each[0]) * peers + ps_of(&matrix, 1);
}

/* What is computed while messages travel. */
static u128
exchange_ps(const struct tally *t, uint64_t node_bytes)
{
	const struct term term[] = {
		{ U_BYTE, node_bytes }, { U_AND, t->ands }, { U_GATE, t->gates },
		{ U_GARBLED, t->garbled }, { U_LABEL, t->gates_y }, { U_TURN, t->turns },
		{ U_PLANE, t->planes }, { U_SORTED, t->sorted }, { U_MAC, t->macs },
	};

	return ps_of(term, sizeof term / sizeof term[0]);
}

/* And what in between. */
static u128
local_ps(const struct tally *t)
{
	const struct term term[] = {
		{ U_INSN, t->insns }, { U_ELEMENT, t->elements }, { U_FUNCTION, t->functions },
		{ U_MEMORY, t->memory },
	};

	return ps_of(term, sizeof term / sizeof term[0]);
}

static uint64_t
us_of(u128 ps)
{
	u128 us = ps / PS_PER_US;

	return us > UINT64_MAX / 8 ? UINT64_MAX / 8 : (uint64_t)us;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Of the shorter of transfer and computing, what is not beside the other. */
static uint64_t
alone(uint64_t us, uint64_t rounds, uint64_t bytes)
{
	const u128 parcels = (u128)rounds * PARCEL_MAX;

	return parcels >= bytes ? us : (uint64_t)(us * parcels / bytes);
}

/* What a phase computes, in picoseconds: while messages travel, and between exchanges. */
struct work {
	u128 beside, between;
};

/* Latency, transfer and computing of a phase; adds to the whole. */
static void
phase(struct estimate *e, enum estimate_phase p, const struct link_speed *link, uint64_t rounds,
    uint64_t bytes, const struct work *w)
{
	const u128 bits = (u128)bytes * 8, most = (u128)UINT64_MAX / 8;
	u128 late = (u128)rounds * ((u128)link->rtt_us * PS_PER_US / 2 + unit_ps[U_WAKE]);
	u128 moved = link->bits_per_s == 0 ? 0 : bits * 1000000 / link->bits_per_s;
	const uint64_t beside = us_of(w->beside);
	uint64_t less;

	e->latency_us[p] = us_of(late);
	e->transfer_us[p] = (uint64_t)(moved > most ? most : moved);
	e->computing_us[p] = us_of(w->beside + w->between);
	less = least(e->transfer_us[p], beside);
	add(&e->us, 1, e->latency_us[p]);
	add(&e->us, 1, e->transfer_us[p]);
	add(&e->us, 1, e->computing_us[p] - less);
	add(&e->us, 1, p == ESTIMATE_ONLINE ? alone(less, rounds, bytes) : 0);
}

void
estimate(struct estimate *e, const struct tally *t, const struct link_speed *link,
    unsigned n_nodes, unsigned cpus)
{
	const bool crowded = cpus > 0 && cpus < n_nodes;
	const unsigned share = crowded ? cpus : 1, of = crowded ? n_nodes : 1;
	const uint64_t peers = n_nodes > 0 ? n_nodes - 1 : 0;
	struct work w = { 0 };
	uint64_t most, node;

	*e = (struct estimate){ .us = 0 };
	/* One round of set-up is the keys'; three each are a set-up of OTs. */
	w.beside = (u128)unit_ps[U_BASE_OT] * (t->setup_rounds / 3) * peers * of / share;
	busiest(&most, &node, t->setup, n_nodes);
	phase(e, ESTIMATE_SETUP, link, t->setup_rounds, most, &w);
	busiest(&most, &node, t->offline, n_nodes);
	w.beside = offline_ps(t, peers) * of / share;
	phase(e, ESTIMATE_OFFLINE, link, t->offline_rounds, most, &w);
	busiest(&most, &node, t->online, n_nodes);
	w = (struct work){ exchange_ps(t, node) * of / share, local_ps(t) * of / share };
	phase(e, ESTIMATE_ONLINE, link, t->delays, most, &w);
}
