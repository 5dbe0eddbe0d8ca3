/* verify_guard.c: what a guard may withhold is 0 in what is opened wherever the guard is.  See
 * verify.h.  requires verify_manifest, verify_code, verify_memory.
 *
 * What is opened to a party must be shown to it by a part without a guard, or be a guard's bits, or
 * be a product one of whose factors is the very guard of a part that shows it.  Factors are found
 * by their form, backwards from what is opened: products on shares, circuits that are nothing but
 * ANDs with one bit, and moves between the domains, all of them outside of loops.  Two slots are
 * the same number if they are the same elements, written by the same instruction last. */
#include "verify.h"

#include "../base/mem.h"

#include <string.h>

enum {
	NEVER = UINT32_MAX,             /* no instruction writes it */
	PRODUCT_DEPTH_MAX = 16,         /* of conditions that a guard is the product of */
};

/* A slot as the instruction `at` reads it. */
struct share {
	uint32_t slot, at;
};

struct guards {
	struct verify *v;
	uint32_t *first, *writer;       /* of each root slot, in order; those in post code: + n_code */
	uint8_t *in_loop;               /* instructions */
	uint32_t *stack, *seen, stamp;  /* of slots or instructions */
	uint32_t *opened, n_opened;     /* root slots that a part is computed from */
	uint64_t *allowed;              /* of each slot: parties, a bit each */
	size_t words;
	uint64_t work;
};

static const struct insn *
insn_at(const struct code *c, uint32_t i)
{
	return i < c->n_code ? &c->code[i] : &c->post[i - c->n_code];
}

static bool
is_open(const struct insn *x)
{
	return x->op == OP_OPEN || x->op == OP_OPEN_B;
}

static void
list_writers(struct guards *g)
{
	const struct code *c = g->v->c;
	const uint32_t n = c->n_code + c->n_post;
	uint32_t depth = 0;

	for (uint32_t i = 0; i < n; i++)
		if (insn_at(c, i)->slot[0] != SLOT_NONE)
			g->first[slot_root(c, insn_at(c, i)->slot[0]) + 2]++;
	for (uint32_t s = 0; s < c->n_slots; s++)
		g->first[s + 2] += g->first[s + 1];
	for (uint32_t i = 0; i < n; i++)
		if (insn_at(c, i)->slot[0] != SLOT_NONE)
			g->writer[g->first[slot_root(c, insn_at(c, i)->slot[0]) + 1]++] = i;
	for (uint32_t i = 0; i < c->n_code; i++) {
		depth -= c->code[i].op == OP_END;
		g->in_loop[i] = depth > 0;
		depth += c->code[i].op == OP_LOOP;
	}
}

static bool
spend(struct guards *g)
{
	if (g->work == 0)
		verify_fail(g->v, "the program is too large to be verified");
	else
		g->work--;
	return g->v->st == ST_OK;
}

/* The instruction that wrote it last, or NEVER. */
static uint32_t
written(const struct guards *g, struct share s)
{
	uint32_t root = slot_root(g->v->c, s.slot), lo = g->first[root], hi = g->first[root + 1];

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		if (g->writer[mid] < s.at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == g->first[root] ? NEVER : g->writer[lo - 1];
}

/* Whether a window is at one place. */
static bool
stands_still(const struct slot *s)
{
	static const struct affine zero;

	return memcmp(s->offset.coef, zero.coef, sizeof zero.coef) == 0;
}

static bool
same_place(const struct code *c, uint32_t a, uint32_t b)
{
	const struct slot *x = &c->slot[a], *y = &c->slot[b];
	int64_t from = x->kind == SLOT_WINDOW ? x->offset.base : 0;
	int64_t of = y->kind == SLOT_WINDOW ? y->offset.base : 0;

	return a == b || (slot_root(c, a) == slot_root(c, b) && x->n == y->n && from == of &&
	    (x->kind != SLOT_WINDOW || stands_still(x)) && (y->kind != SLOT_WINDOW || stands_still(y)));
}

static bool
same_share(struct guards *g, struct share a, struct share b)
{
	return same_place(g->v->c, a.slot, b.slot) && written(g, a) == written(g, b);
}

/* Whether an element of known numbers is 0; the last one stands for those behind it. */
static bool
zero_at(const struct code *c, uint32_t slot, uint64_t i)
{
	const struct slot *s = &c->slot[slot], *root = &c->slot[slot_root(c, slot)];
	uint64_t bytes = s->width / 8, first = s->kind == SLOT_WINDOW ? (uint64_t)s->offset.base : 0;
	const uint8_t *p = c->constant + root->at + (first + (i < s->n ? i : s->n - 1)) * bytes;

	for (uint64_t k = 0; k < bytes; k++)
		if (p[k] != 0)
			return false;
	return true;
}

/* Known numbers, at one place. */
static bool
is_known(const struct code *c, uint32_t slot)
{
	const struct slot *s = &c->slot[slot];

	return c->slot[slot_root(c, slot)].kind == SLOT_CONST && s->n > 0 &&
	    (s->kind != SLOT_WINDOW || stands_still(s));
}

/* Of known numbers: whether a is 0 wherever b is. */
static bool
known_zero_with(struct guards *g, uint32_t a, uint32_t b)
{
	const struct code *c = g->v->c;
	uint64_t n;

	if (!is_known(c, a) || !is_known(c, b))
		return false;
	n = c->slot[a].n > c->slot[b].n ? c->slot[a].n : c->slot[b].n;
	if (c->slot[a].n != c->slot[b].n && c->slot[a].n != 1 && c->slot[b].n != 1)
		return false;
	for (uint64_t i = 0; i < n && spend(g); i++)
		if (zero_at(c, b, i) && !zero_at(c, a, i))
			return false;
	return g->v->st == ST_OK;
}

/* Whether it is known to be nowhere 0: then it withholds nothing. */
static bool
never_zero(struct guards *g, uint32_t slot)
{
	bool any = !is_known(g->v->c, slot);

	for (uint64_t i = 0; !any && i < g->v->c->slot[slot].n && spend(g); i++)
		any = zero_at(g->v->c, slot, i);
	return !any;
}

/* The instruction that made all of it, outside of loops; NULL: there is none. */
static const struct insn *
made_by(const struct guards *g, struct share s)
{
	const struct code *c = g->v->c;
	uint32_t w = written(g, s);

	if (w >= c->n_code || g->in_loop[w] || !same_place(c, c->code[w].slot[0], s.slot))
		return NULL;
	return &c->code[w];
}

/* Whether all that a circuit gives is 0 where its operand is: ANDs with bits of it, no more. */
static bool
ands_with(const struct circuit *k, unsigned operand)
{
	uint32_t lo = 0, hi;

	if (k == NULL || k->width[operand] == 0 || circuit_n_ands(k) != k->n_gates ||
	    k->n_gates > N_BITS_MAX)
		return false;
	for (unsigned i = 0; i < operand; i++)
		lo += k->width[i];
	hi = lo + k->width[operand];
	for (uint32_t i = 0; i < k->n_gates; i++)
		if ((k->gate[i].a < lo || k->gate[i].a >= hi) && (k->gate[i].b < lo || k->gate[i].b >= hi))
			return false;
	for (uint32_t i = 0; i < k->n_out; i++)
		if (k->out[i] < k->n_in)
			return false;
	return true;
}

/* Whether it makes bits of a share again, of those that the nodes' shares were split into. */
static bool
joins_split(const struct guards *g, const struct insn *x)
{
	const struct insn *y;

	if ((x->op != OP_CIRC_B && x->op != OP_CIRC_Y) || x->slot[2] != SLOT_NONE)
		return false;
	y = made_by(g, (struct share){ x->slot[1], (uint32_t)(x - g->v->c->code) });
	return y != NULL && (y->op == OP_SPLIT_B || y->op == OP_SPLIT_Y);
}

static bool
is_move(const struct guards *g, const struct insn *x)
{
	static const uint16_t moves[] = { OP_CVT, OP_SHARE, OP_LIFT, OP_NUM_A, OP_SHARE_B, OP_LIFT_B,
		OP_SHARE_Y, OP_LIFT_Y, OP_B_TO_Y, OP_Y_TO_B, OP_SPLIT_B, OP_SPLIT_Y };

	for (unsigned i = 0; i < sizeof moves / sizeof *moves; i++)
		if (x->op == moves[i])
			return true;
	return joins_split(g, x);
}

/* Whether d is 0 wherever operand k is. */
static bool
is_factor(const struct guards *g, const struct insn *x, unsigned k)
{
	if (x->slot[k] == SLOT_NONE)
		return false;
	if (x->op == OP_MUL_A || x->op == OP_MULB_A || x->op == OP_MULP_A)
		return true;
	if (x->op == OP_CIRC_B || x->op == OP_CIRC_Y)
		return ands_with(insn_circuit(g->v->c, x), k - 1) || joins_split(g, x);
	return k == 1 && (is_move(g, x) || x->op == OP_NARROW);
}

/* Whether s is surely 0 wherever m is: m is one of the factors of s, or of these, and so on. */
static bool
zero_with(struct guards *g, struct share s, struct share m)
{
	const struct insn *x;
	uint32_t n = 0;

	if (same_share(g, s, m))
		return true;
	g->stamp++;
	for (x = made_by(g, s); x != NULL && spend(g);
	    x = n == 0 ? NULL : &g->v->c->code[g->stack[--n]])
		for (unsigned k = 1; k < 4; k++) {
			struct share t = { x->slot[k], (uint32_t)(x - g->v->c->code) };
			if (!is_factor(g, x, k))
				continue;
			if (same_share(g, t, m) || known_zero_with(g, t.slot, m.slot))
				return true;
			const struct insn *y = made_by(g, t);
			if (y == NULL || g->seen[y - g->v->c->code] == g->stamp)
				continue;
			g->seen[y - g->v->c->code] = g->stamp;
			g->stack[n++] = (uint32_t)(y - g->v->c->code);
		}
	return false;
}

/* Whether it is the AND of two bits, or the product of two numbers. */
static bool
is_product(const struct guards *g, const struct insn *x)
{
	const struct circuit *k;

	if (x->op != OP_CIRC_B && x->op != OP_CIRC_Y)
		return x->op == OP_MUL_A || x->op == OP_MULB_A || x->op == OP_MULP_A;
	k = insn_circuit(g->v->c, x);
	return ands_with(k, 0) && ands_with(k, 1) && k->width[0] == 1 && k->width[1] == 1 &&
	    k->n_gates == 1;
}

/* Whether s is surely 0 wherever the guard m is: m itself is a factor, or what it was moved from,
 * or all that it is the product of. */
static bool
hidden_by(struct guards *g, struct share s, struct share m, unsigned depth)
{
	const struct insn *x;

	if (never_zero(g, m.slot) || zero_with(g, s, m))
		return true;
	x = made_by(g, m);
	if (x == NULL || depth == PRODUCT_DEPTH_MAX || !spend(g))
		return false;
	const struct share a = { x->slot[1], (uint32_t)(x - g->v->c->code) }, b = { x->slot[2], a.at };
	if (is_product(g, x))
		return hidden_by(g, s, a, depth + 1) && hidden_by(g, s, b, depth + 1);
	return is_move(g, x) && hidden_by(g, s, a, depth + 1);
}

static void
visit(struct guards *g, uint32_t slot, uint32_t *n)
{
	uint32_t root;

	if (slot == SLOT_NONE || g->seen[root = slot_root(g->v->c, slot)] == g->stamp)
		return;
	g->seen[root] = g->stamp;
	g->stack[(*n)++] = root;
}

/* Adds to opened[] what was opened that a slot of a part is computed from. */
static void
gather_opened(struct guards *g, uint32_t slot)
{
	const struct code *c = g->v->c;
	uint32_t n = 0;

	g->stamp++;
	visit(g, slot, &n);
	while (n > 0 && spend(g)) {
		uint32_t root = g->stack[--n];
		bool opened = false;
		if (c->slot[root].domain != DOM_O && c->slot[root].domain != DOM_R)
			continue;
		for (uint32_t i = g->first[root]; i < g->first[root + 1] && spend(g); i++) {
			const struct insn *x = insn_at(c, g->writer[i]);
			opened = opened || is_open(x);
			for (unsigned k = 1; k < 4 && !is_open(x); k++)
				visit(g, x->slot[k], &n);
		}
		if (opened)
			g->opened[g->n_opened++] = root;
	}
}

static void
allow(struct guards *g, uint32_t root, uint32_t recipients)
{
	const struct code *c = g->v->c;

	for (uint32_t p = 0; p < c->n_parties; p++)
		if (recipients_have(&c->roles, recipients, p))
			g->allowed[root * g->words + p / 64] |= (uint64_t)1 << p % 64;
}

/* Whether all that is opened into a slot is 0 wherever m is. */
static bool
all_hidden_by(struct guards *g, uint32_t root, struct share m)
{
	const struct code *c = g->v->c;

	for (uint32_t i = g->first[root]; i < g->first[root + 1]; i++) {
		const struct insn *x = insn_at(c, g->writer[i]);
		const struct share s = { x->slot[1], g->writer[i] };
		if (is_open(x) && (g->in_loop[g->writer[i]] || !hidden_by(g, s, m, 0)))
			return false;
	}
	return true;
}

/* Whether what is opened into a slot is 0 wherever a guard's slot says so: it is public, or itself
 * opened, or computed of several that are. */
static bool
guarded(struct guards *g, uint32_t root, uint32_t guard, const uint32_t *bits, uint32_t n_bits)
{
	const struct code *c = g->v->c;

	if (n_bits == 0)
		return all_hidden_by(g, root, (struct share){ guard, c->n_code });
	for (uint32_t i = 0; i < n_bits; i++)
		for (uint32_t k = g->first[bits[i]]; k < g->first[bits[i] + 1]; k++) {
			const struct insn *x = insn_at(c, g->writer[k]);
			if (is_open(x) &&
			    !all_hidden_by(g, root, (struct share){ x->slot[1], g->writer[k] }))
				return false;
		}
	return true;
}

static void
check_part(struct guards *g, const struct output_part *o)
{
	const uint32_t guard = o->cells != SLOT_NONE ? o->cells : o->guard;
	uint32_t n_bits, n_guards;

	g->n_opened = 0;
	gather_opened(g, guard);
	n_bits = g->n_opened;
	gather_opened(g, o->cells != SLOT_NONE ? o->guard : SLOT_NONE);
	n_guards = g->n_opened;
	for (uint32_t i = 0; i < n_guards; i++)
		allow(g, g->opened[i], o->recipients);
	gather_opened(g, o->value);
	gather_opened(g, o->present);
	for (uint32_t i = n_guards; i < g->n_opened && g->v->st == ST_OK; i++)
		if (guard == SLOT_NONE || guarded(g, g->opened[i], guard, g->opened, n_bits))
			allow(g, g->opened[i], o->recipients);
}

static void
check_allowed(struct guards *g)
{
	const struct code *c = g->v->c;

	for (uint32_t i = 0; i < c->n_code && g->v->st == ST_OK; i++) {
		const struct insn *x = &c->code[i];
		if (!is_open(x))
			continue;
		const uint32_t slot = x->slot[0], root = slot_root(c, slot);
		g->v->insn = x;
		g->v->index = i;
		for (uint32_t p = 0; p < c->n_parties; p++)
			if (recipients_have(&c->roles, c->slot[slot].part, p) &&
			    (g->allowed[root * g->words + p / 64] >> p % 64 & 1) == 0)
				verify_fail(g->v, "slot s%u is opened to party %u whatever its guard says",
				    slot, p);
		g->v->insn = NULL;
	}
}

void
verify_guards(struct verify *v)
{
	const struct code *c = v->c;
	const size_t n = (size_t)c->n_code + c->n_post;
	struct guards g = { .v = v, .words = (c->n_parties + 63) / 64, .work = VERIFY_WORK_MAX };

	g.first = mem_array((size_t)c->n_slots + 2, sizeof *g.first);
	g.writer = mem_array(n, sizeof *g.writer);
	g.in_loop = mem_array(n, sizeof *g.in_loop);
	g.stack = mem_array(c->n_slots > n ? c->n_slots : n, sizeof *g.stack);
	g.seen = mem_array(c->n_slots > n ? c->n_slots : n, sizeof *g.seen);
	g.opened = mem_array(4 * (size_t)c->n_slots, sizeof *g.opened);
	g.allowed = mem_array(c->n_slots * g.words, sizeof *g.allowed);
	if (g.first == NULL || g.writer == NULL || g.in_loop == NULL || g.stack == NULL ||
	    g.seen == NULL || g.opened == NULL || g.allowed == NULL) {
		verify_no_memory(v);
	} else {
		list_writers(&g);
		for (uint32_t i = 0; i < c->n_outputs && v->st == ST_OK; i++)
			for (uint32_t k = 0; k < c->output[i].n_parts && v->st == ST_OK; k++)
				check_part(&g, &c->output[i].part[k]);
		check_allowed(&g);
	}
	mem_free(g.first);
	mem_free(g.writer);
	mem_free(g.in_loop);
	mem_free(g.stack);
	mem_free(g.seen);
	mem_free(g.opened);
	mem_free(g.allowed);
}
