/* test_mutate.c: programs changed at random, in their bytes and in their fields.
 *
 * Whatever the change, the verifier says yes or no, and where it says yes the program is run on an
 * abstract machine, which knows of every element who wrote it, and of every window where it is.
 * It is written for plainness and shares nothing with the verifier. */
#include "verify_kit.h"

enum { N_MUTANTS = 5000, STEPS_MAX = 4000, ARENA_MAX = 1 << 16 };

static uint64_t rng = 88172645463325252u;

static uint64_t
draw(uint64_t n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng % n;
}

/* Of eight bytes of the arena: what was written there last, and by when it is there. */
struct unit {
	uint8_t domain;                 /* + 1; 0: nothing yet */
	uint32_t part;
	uint32_t hot, frozen;           /* round */
};

struct machine {
	const struct code *c;
	struct unit unit[ARENA_MAX / 8];
	int64_t counter[N_LOOP_MAX];
	int64_t until[N_LOOP_MAX];
	uint32_t loop[N_LOOP_MAX];
	unsigned depth;
	uint32_t round, in_flight, steps;
};

static int64_t
affine(const struct machine *m, const struct affine *a)
{
	int64_t x = a->base;

	for (unsigned k = 0; k < N_LOOP_MAX; k++) {
		assert_true(a->coef[k] == 0 || k < m->depth);
		if (k < m->depth)
			x += a->coef[k] * m->counter[k];
	}
	return x;
}

/* Units of an element: words that its bits lie in, one plane after the other, or its own. */
static uint64_t
parts_of(const struct slot *s)
{
	if (s->domain == DOM_B)
		return s->width;
	return s->domain == DOM_Y ? 2 * (uint64_t)s->width : s->width / 64;
}

/* Part k of element i of a slot now; NULL: it is constant. */
static struct unit *
unit_of(struct machine *m, uint32_t slot, uint64_t i, uint64_t k)
{
	const struct slot *s = &m->c->slot[slot], *of = s;
	uint64_t at = k;

	assert_true(i < s->n && k < parts_of(s));
	if (s->kind == SLOT_WINDOW) {
		int64_t offset = affine(m, &s->offset);
		of = &m->c->slot[s->of];
		assert_true(offset >= 0 && (uint64_t)offset + s->n <= of->n);
		i += (uint64_t)offset;
	}
	if (s->domain == DOM_B)
		at = k * ((of->n + 63) / 64) + i / 64;
	else if (s->domain == DOM_Y)
		at = 2 * (k / 2 * of->n + i) + k % 2;
	else
		at += i * parts_of(s);
	if (of->kind == SLOT_CONST) {
		assert_true(of->at + 8 * at + 8 <= m->c->const_bytes);
		return NULL;
	}
	assert_true(of->at + 8 * at + 8 <= m->c->arena_bytes);
	return &m->unit[of->at / 8 + at];
}

/* Public numbers may be taken for anything; everything else only for what it is. */
static void
see(struct machine *m, uint32_t slot)
{
	const struct slot *s = &m->c->slot[slot];

	for (uint64_t i = 0; i < s->n * parts_of(s); i++) {
		const struct unit *u = unit_of(m, slot, i / parts_of(s), i % parts_of(s));
		if (u == NULL)
			continue;
		assert_true(u->hot <= m->round);
		if (u->domain == 0 || u->domain == DOM_P + 1)
			continue;
		assert_int_equal(u->domain, s->domain + 1);
		if (s->domain == DOM_L || s->domain == DOM_O || s->domain == DOM_R)
			assert_int_equal(u->part, s->part);
	}
}

static void
put(struct machine *m, uint32_t slot, uint64_t i)
{
	const struct slot *s = &m->c->slot[slot];

	for (uint64_t k = 0; k < parts_of(s); k++) {
		struct unit *u = unit_of(m, slot, i, k);
		assert_non_null(u);
		assert_true(u->hot <= m->round && u->frozen <= m->round);
		u->domain = (uint8_t)(s->domain + 1);
		u->part = s->part;
	}
}

static uint64_t
party_of(const struct machine *m, const struct slot *s, uint64_t i)
{
	const struct partition *t = &m->c->part[s->part];
	uint64_t p = 0, rows = t->start[m->c->n_parties];

	if (t->whole)
		return t->owner;
	while (t->start[p + 1] * (s->n / rows) <= i)
		p++;
	return p;
}

static void
copy(struct machine *m, const struct insn *x)
{
	const struct view *w = &m->c->view[x->imm[0]];
	const struct slot *d = &m->c->slot[x->slot[0]], *a = &m->c->slot[x->slot[1]];
	uint64_t total = 1;

	for (uint32_t k = 0; k < w->rank; k++)
		total *= w->count[k];
	for (uint64_t i = 0; i < total && m->steps < STEPS_MAX; i++, m->steps++) {
		int64_t s = w->soff, t = w->doff;
		uint64_t left = i;
		for (uint32_t k = w->rank; k-- > 0; left /= w->count[k]) {
			s += (int64_t)(left % w->count[k]) * w->sstride[k];
			t += (int64_t)(left % w->count[k]) * w->dstride[k];
		}
		assert_true(s >= 0 && (uint64_t)s < a->n && t >= 0 && (uint64_t)t < d->n);
		if (d->domain == DOM_L)
			assert_int_equal(party_of(m, a, (uint64_t)s), party_of(m, d, (uint64_t)t));
		put(m, x->slot[0], (uint64_t)t);
	}
}

static void
mark(struct machine *m, const struct insn *x)
{
	uint32_t done = m->round + insn_rounds(m->c, x);

	for (unsigned k = 0; k < 4; k++) {
		const struct slot *s = x->slot[k] == SLOT_NONE ? NULL : &m->c->slot[x->slot[k]];
		for (uint64_t i = 0; s != NULL && i < s->n * parts_of(s); i++) {
			struct unit *u = unit_of(m, x->slot[k], i / parts_of(s), i % parts_of(s));
			if (u == NULL)
				continue;
			u->hot = k == 0 ? done : u->hot;
			u->frozen = k > 0 && done > u->frozen ? done : u->frozen;
		}
	}
	m->in_flight = done > m->in_flight ? done : m->in_flight;
}

static void
step(struct machine *m, const struct insn *x)
{
	for (unsigned k = 1; k < 4; k++)
		if (x->slot[k] != SLOT_NONE)
			see(m, x->slot[k]);
	if (x->op == OP_COPY)
		copy(m, x);
	else if (x->op == OP_PUT)
		put(m, x->slot[0], draw(m->c->slot[x->slot[0]].n));
	else if (x->slot[0] != SLOT_NONE)
		for (uint64_t i = 0; i < m->c->slot[x->slot[0]].n; i++)
			put(m, x->slot[0], i);
	if (insn_rounds(m->c, x) > 0)
		mark(m, x);
}

/* Where the program goes on. */
static uint32_t
flow(struct machine *m, uint32_t i)
{
	const struct insn *x = &m->c->code[i];
	unsigned open = 1;

	assert_true(m->in_flight <= m->round);
	if (x->op == OP_END) {
		if (++m->counter[m->depth - 1] < m->until[m->depth - 1])
			return m->loop[m->depth - 1] + 1;
		m->depth--;
		return i + 1;
	}
	int64_t lo = affine(m, &m->c->affine[x->imm[0]]), hi = affine(m, &m->c->affine[x->imm[1]]);
	if (lo < hi) {
		assert_true(m->depth < N_LOOP_MAX);
		m->loop[m->depth] = i;
		m->counter[m->depth] = lo;
		m->until[m->depth++] = hi;
		return i + 1;
	}
	while (open > 0) {
		i++;
		open += m->c->code[i].op == OP_LOOP;
		open -= m->c->code[i].op == OP_END;
	}
	return i + 1;
}

static void
execute(const struct code *c)
{
	static struct machine m;
	uint32_t i = 0;

	memset(&m, 0, sizeof m);
	m.c = c;
	while (i < c->n_code && m.steps++ < STEPS_MAX) {
		const struct insn *x = &c->code[i];
		if (x->op == OP_ROUND)
			m.round++;
		else if (x->op != OP_LOOP && x->op != OP_END)
			step(&m, x);
		i = x->op == OP_LOOP || x->op == OP_END ? flow(&m, i) : i + 1;
	}
	if (i < c->n_code)
		return;
	assert_true(m.in_flight <= m.round);
	for (uint32_t k = 0; k < c->n_post; k++)
		step(&m, &c->post[k]);
	for (uint32_t k = 0; k < c->n_outputs; k++)
		for (uint32_t j = 0; j < c->output[k].n_parts; j++)
			if (c->output[k].part[j].value != SLOT_NONE)
				see(&m, c->output[k].part[j].value);
}

static unsigned passed;

static void
try_program(struct code *c)
{
	struct fault f = { 0 };
	enum status st = code_verify(c, &f);

	if (st != ST_OK) {
		assert_int_equal(st, ST_DATA);
		assert_true(f.message[0] != '\0');
		return;
	}
	passed++;
	if (c->arena_bytes <= ARENA_MAX)
		execute(c);
}

static struct code *
small_program(const char *here)
{
	char last[16384], text[16384];

	replaced(last, sizeof last, small_text, "here", here);
	replaced(text, sizeof text, last, "there", "");
	struct code *c = assemble(text);
	fit(c);
	return c;
}

static const char *const bodies[] = {
	"mul.a s9, s4, s4\nround\nloop f0, f1\nneg.a s30, s4\nneg.a s9, s30\nend @10",
	"lift s16, s6\nloop f0, f1\nmul.a s42, s16, s16\nmul.a s43, s16, s16\nround\nend @9",
	"neg.a s30, s4\nloop f0, f1\nloop f0, f2\nneg.a s30, s4\nend @10\nend @9\nneg.a s9, s30",
	"copy s14, s0, v1\ncopy s10, s1, v5\nsum.l s15, s14\nshare s4, s15",
	("lift s41, s6\niota s31\niota s18\nput s31, s18, s6, 1\nadd.x s34, s24, s24\n"
	"neg.a s30, s4\nneg.a s33, s41"),
	("lift.b s50, s7, 1\nlift.b s55, s7, 1\ncirc.b s57, s50, s55, _, k0\nlift.b s62, s7, 1\n"
	"circ.b s51, s62, _, _, k1\nround\ncopy s54, s72, v16\nround\nmulb.a s9, s51, s4\n"
	"round\nloop f0, f1\ncopy s68, s72, v17\nend @18\nspread s65, s57"),
	("lift.y s52, s7, 1\nlift.y s70, s6, 1\ncirc.y s58, s52, s70, _, k0\nput s58, s70, s6, 1\n"
	"y.b s62, s58\nb.y s52, s62\nround\ngather s58, s52, s7, 1, 1\ncopy s69, s58, v16\n"
	"split.b s61, s4, 8\nnum.a s9, s62\nround"),
};

enum { N_PROGRAMS = 1 + sizeof bodies / sizeof *bodies };
static uint8_t *program[N_PROGRAMS];
static size_t program_bytes[N_PROGRAMS];

static int
make_programs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_PROGRAMS; i++) {
		struct code *c = i == 0 ? assemble(sample_text) : small_program(bodies[i - 1]);
		assert_int_equal(code_write(&program[i], &program_bytes[i], c), ST_OK);
		code_free(c);
	}
	return 0;
}

static int
free_programs(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_PROGRAMS; i++)
		mem_free(program[i]);
	return 0;
}

static struct code *
read_program(uint64_t i)
{
	struct fault f = { 0 };
	struct code *c;

	assert_int_equal(code_read(&c, program[i], program_bytes[i], &f), ST_OK);
	return c;
}

/* The programs pass as they are. */
static void
unchanged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_PROGRAMS; i++) {
		struct code *c = read_program(i);
		try_program(c);
		assert_int_equal(passed, i + 1);
		code_free(c);
	}
}

static void
bytes(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_MUTANTS; i++) {
		uint64_t which = draw(N_PROGRAMS);
		size_t n = program_bytes[which];
		uint8_t *p = mem_alloc(n);
		struct fault f = { 0 };
		struct code *c;
		memcpy(p, program[which], n);
		for (uint64_t k = draw(3) + 1; k > 0; k--)
			p[draw(n)] = (uint8_t)(draw(2) == 0 ? draw(256) : draw(4));
		if (code_read(&c, p, n, &f) == ST_OK) {
			try_program(c);
			code_free(c);
		}
		mem_free(p);
	}
}

static int64_t
interesting(void)
{
	static const int64_t far[] = { -1, INT64_MAX, INT64_MIN, INT64_C(1) << 40,
		INT64_C(1) << 62, UINT32_MAX };

	return draw(4) == 0 ? far[draw(6)] : (int64_t)draw(12);
}

static void
change_insn(struct code *c, struct insn *x)
{
	uint64_t k = draw(8);

	if (k == 0)
		x->op = (uint16_t)draw(N_INSN);
	else if (k <= 4)
		x->slot[draw(4)] = draw(6) == 0 ? SLOT_NONE : (uint32_t)draw(c->n_slots);
	else
		x->imm[draw(3)] = interesting();
}

static void
change_slot(struct code *c)
{
	struct slot *s = &c->slot[draw(c->n_slots)], other = c->slot[draw(c->n_slots)];

	switch (draw(7)) {
	case 0:
		s->domain = other.domain;
		break;
	case 6:
		s->width = other.width;
		break;
	case 1:
		s->part = draw(2) == 0 ? other.part : (uint32_t)draw(9);
		break;
	case 2:
		s->n = (uint64_t)interesting();
		break;
	case 3:
		s->at = other.at;
		break;
	case 4:
		s->offset.coef[draw(3)] = interesting();
		break;
	default:
		s->offset.base = interesting();
	}
}

static void
change_circuit(struct code *c)
{
	struct circuit *k = &c->circuit[draw(c->n_circuits)];

	switch (draw(5)) {
	case 0:
		k->width[draw(3)] = (uint32_t)draw(12);
		break;
	case 1:
		k->n_layers = (uint32_t)draw(3);
		break;
	case 2:
		k->out[draw(k->n_out)] = (uint32_t)draw(30);
		break;
	case 3:
		k->n_reg = (uint32_t)draw(30);
		break;
	default:
		if (k->n_gates > 0)
			k->gate[draw(k->n_gates)].a = (uint32_t)draw(30);
	}
}

static void
change_rest(struct code *c)
{
	struct view *w = &c->view[draw(c->n_views)];
	uint32_t k = (uint32_t)draw(N_RANK_MAX);

	switch (draw(6)) {
	case 0:
		w->count[k] = (uint64_t)interesting();
		break;
	case 1:
		w->sstride[k] = interesting();
		break;
	case 2:
		w->dstride[k] = interesting();
		break;
	case 3:
		w->doff = interesting();
		break;
	case 4:
		c->affine[draw(c->n_affines)].base = interesting();
		break;
	default:
		c->affine[draw(c->n_affines)].coef[draw(3)] = interesting();
	}
}

/* Two instructions change places. */
static void
change_order(struct code *c)
{
	uint32_t i = (uint32_t)draw(c->n_code), k = (uint32_t)draw(c->n_code);
	struct insn x = c->code[i];

	c->code[i] = c->code[k];
	c->code[k] = x;
}

static void
fields(void **state)
{
	unsigned before = passed;
	(void)state;

	for (unsigned i = 0; i < 5 * N_MUTANTS; i++) {
		struct code *c = read_program(draw(N_PROGRAMS));
		for (uint64_t k = draw(3) + 1; k > 0; k--)
			switch (draw(7)) {
			case 6:
				change_circuit(c);
				break;
			case 0:
			case 1:
				change_insn(c, &c->code[draw(c->n_code)]);
				break;
			case 2:
				change_insn(c, &c->post[draw(c->n_post)]);
				break;
			case 3:
				change_slot(c);
				break;
			case 4:
				change_order(c);
				break;
			default:
				change_rest(c);
			}
		/* The demand is not what this is about. */
		if (code_demand(c) == ST_OK)
			try_program(c);
		code_free(c);
	}
	/* Many must pass, or this says nothing. */
	assert_true(passed - before > N_MUTANTS / 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unchanged),
		cmocka_unit_test(bytes),
		cmocka_unit_test(fields),
	};
	return cmocka_run_group_tests(tests, make_programs, free_programs);
}
