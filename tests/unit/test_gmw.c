/* test_gmw.c: domain B of protocol additive, row by row, against values worked out bit by bit: 2,
 * 3, 5 and 16 nodes, circuits of many shapes, elements of 1 to 4,096 bits, lengths around every
 * boundary, ranges of any length. */
#include "gmw_kit.h"

#include "../../protocols/gmw_layer.h"

/* Values of `limbs` words from owners row by row or (lift) public, into bits, and out as `to`
 * words. */
struct travel {
	uint64_t n;
	unsigned width, limbs, to;
	bool lift, is_signed;
	uint32_t recipients;
	uint64_t owner_lo[N_NODE_MAX + 1];
	uint64_t *value;
};

static void
travel_script(struct play *p, unsigned me, const void *item)
{
	const struct travel *t = item;
	uint64_t *own = words(t->n * t->limbs), *d = words(t->n * t->to);
	uint64_t *planes = words(t->width * plane_words(t->n));
	struct operands in = { .d = planes, .a = own, .n = t->n, .na = t->n * t->limbs,
		.width = t->width, .awidth = 64, .imm = { t->limbs }, .owner_lo = t->owner_lo };
	struct operands out = { .d = d, .a = planes, .n = t->n * t->to, .na = t->n, .width = 64,
		.awidth = t->width, .imm = { t->to, t->is_signed }, .recipients = t->recipients };
	uint32_t all = (uint32_t)((1u << p->n) - 1);

	random_bytes(own, t->n * t->limbs * 8);
	memcpy(own + t->owner_lo[me] * t->limbs, t->value + t->owner_lo[me] * t->limbs,
	    (t->owner_lo[me + 1] - t->owner_lo[me]) * t->limbs * 8);
	if (t->lift)
		memcpy(own, t->value, t->n * t->limbs * 8);
	play_op(p, me, t->lift ? OP_LIFT_B : OP_SHARE_B, in);
	play_op(p, me, t->recipients == all ? OP_REVEAL_B : OP_OPEN_B, out);
	for (uint64_t i = 0; i < t->n; i++)
		for (unsigned b = 0; b < 64 * t->to; b++) {
			unsigned top = t->width - 1 < 64 * t->limbs ? t->width - 1 :
			    64 * t->limbs - 1;
			unsigned at = b < top ? b : top;
			unsigned want = b < t->width || t->is_signed ?
			    bit(t->value + i * t->limbs, at) : 0;

			if ((t->recipients >> me & 1) == 0)
				want = 0;
			play_must(p, me, bit(d + i * t->to, b) == want);
		}
	mem_free(own);
	mem_free(d);
	mem_free(planes);
}

static void
travel(unsigned n_nodes, uint64_t n, unsigned width, unsigned limbs, unsigned to,
    uint32_t recipients)
{
	static const uint64_t extreme[] = { 0, 1, ~(uint64_t)0, (uint64_t)1 << 63 };
	struct travel t = { .n = n, .width = width, .limbs = limbs, .to = to,
		.recipients = recipients & ((1u << n_nodes) - 1) };
	struct play p = { .n = n_nodes, .script = travel_script, .item = &t, .n_items = 1,
		.size = sizeof t, .cut = 1 + n % 3 };

	t.value = words(n * limbs);
	random_bytes(t.value, n * limbs * 8);
	for (uint64_t i = 0; i < 4 && i < n; i++)
		for (unsigned k = 0; k < limbs; k++)
			t.value[i * limbs + k] = extreme[i];
	for (unsigned i = 1; i <= n_nodes; i++)
		t.owner_lo[i] = n * i / n_nodes;
	for (int kind = 0; kind < 4; kind++) {
		t.lift = kind & 1;
		t.is_signed = kind >> 1;
		play(&p);
	}
	mem_free(t.value);
}

static void
test_travel(void **state)
{
	(void)state;
	for (int l = 0; l < N_LENGTHS; l++) {
		travel(2, lengths[l], 1, 1, 1, 3);
		travel(2, lengths[l], 64, 1, 1, 3);
		travel(3, lengths[l], 33, 1, 2, 7);
		travel(3, lengths[l], 100, 2, 2, 5);
		travel(5, lengths[l], 7, 1, 1, 8);
	}
	travel(2, 65, 4096, 64, 64, 2);
	travel(3, 130, 321, 6, 6, 7);
	travel(16, 100, 12, 1, 1, 0xffff);
}

/* A's shares split: part j of every element is node j's share. */
struct split {
	uint64_t n;
	unsigned k;
	uint64_t *share[N_NODE_MAX];    /* two words an element */
};

static void
split_script(struct play *p, unsigned me, const void *item)
{
	const struct split *t = item;
	const unsigned width = t->k * p->n, limbs = (width + 63) / 64;
	uint64_t *d = words(t->n * limbs), *planes = words(width * plane_words(t->n));
	struct operands in = { .d = planes, .a = t->share[me], .n = t->n, .na = t->n,
		.width = width, .awidth = 128, .imm = { t->k } };
	struct operands out = { .d = d, .a = planes, .n = t->n * limbs, .na = t->n, .width = 64,
		.awidth = width, .imm = { limbs } };

	play_op(p, me, OP_SPLIT_B, in);
	play_op(p, me, OP_REVEAL_B, out);
	for (uint64_t i = 0; i < t->n; i++)
		for (unsigned b = 0; b < width; b++)
			play_must(p, me, bit(d + i * limbs, b) ==
			    bit(t->share[b / t->k] + 2 * i, b % t->k));
	mem_free(d);
	mem_free(planes);
}

static void
split(unsigned n_nodes, uint64_t n, unsigned k)
{
	struct split t = { .n = n, .k = k };
	struct play p = { .n = n_nodes, .script = split_script, .item = &t, .n_items = 1,
		.size = sizeof t };

	for (unsigned i = 0; i < n_nodes; i++) {
		t.share[i] = words(2 * n);
		random_bytes(t.share[i], 16 * n);
	}
	play(&p);
	for (unsigned i = 0; i < n_nodes; i++)
		mem_free(t.share[i]);
}

static void
test_split(void **state)
{
	(void)state;
	for (int l = 0; l < N_LENGTHS; l++) {
		split(2, lengths[l], 1);
		split(2, lengths[l], 64);
		split(3, lengths[l], 33);
		split(2, lengths[l], 128);
	}
	split(16, 70, 20);
}

/* Inputs, each of n elements or of one, through a circuit. */
struct through {
	const struct circuit *c;
	uint64_t n, count[3];
	uint64_t *in[3];                /* planes in the clear */
};

static void
through_script(struct play *p, unsigned me, const void *item)
{
	const struct through *t = item;
	const unsigned limbs = (t->c->n_out + 63) / 64;
	uint64_t *in[3], *d = words(t->n * limbs), *planes = words(t->c->n_out * plane_words(t->n));
	struct operands x = { .d = planes, .n = t->n, .na = t->count[0], .nb = t->count[1],
		.nc = t->count[2], .width = t->c->n_out, .awidth = t->c->width[0],
		.circuit = t->c };
	struct operands out = { .d = d, .a = planes, .n = t->n * limbs, .na = t->n, .width = 64,
		.awidth = t->c->n_out, .imm = { limbs } };
	uint8_t *bits = mem_alloc(t->c->n_in), want[OUT_MAX];

	/* node 0 has the value and noise, node 1 the noise, the others nothing: valid shares */
	for (int k = 0; k < 3; k++) {
		size_t len = t->c->width[k] * plane_words(t->count[k]);

		in[k] = words(len);
		for (size_t i = 0; i < len && me < 2; i++)
			in[k][i] = (i * 0x9e3779b97f4a7c15 ^ len) ^ (me == 0 ? t->in[k][i] : 0);
	}
	x.a = in[0];
	x.b = in[1];
	x.c = in[2];
	play_op(p, me, OP_CIRC_B, x);
	play_op(p, me, OP_REVEAL_B, out);
	for (uint64_t i = 0; i < t->n && (i < 70 || i + 70 > t->n); i++) {
		uint32_t at = 0;

		for (int k = 0; k < 3; k++)
			for (uint32_t b = 0; b < t->c->width[k]; b++)
				bits[at++] = (uint8_t)bit(t->in[k] + b * plane_words(t->count[k]),
				    t->count[k] == 1 ? 0 : i);
		made_eval(t->c, want, bits);
		for (uint32_t b = 0; b < t->c->n_out; b++)
			play_must(p, me, bit(d + i * limbs, b) == want[b]);
	}
	for (int k = 0; k < 3; k++)
		mem_free(in[k]);
	mem_free(d);
	mem_free(planes);
	mem_free(bits);
}

/* Executions of circuits, and what they need. */
struct throughs {
	unsigned n;
	struct through item[ITEMS_MAX];
	struct circuit circuit[ITEMS_MAX];
	struct demand demand[ITEMS_MAX];
};

/* one: which inputs have one element. */
static void
add_through(struct throughs *all, const struct circuit *c, uint64_t n, unsigned one)
{
	struct through *t = &all->item[all->n];

	assert_true(all->n < ITEMS_MAX);
	all->circuit[all->n] = *c;
	all->demand[all->n] = (struct demand){ .op = OP_CIRC_B, .m = all->n, .n = n, .count = 1 };
	*t = (struct through){ .c = &all->circuit[all->n++], .n = n };
	for (int k = 0; k < 3; k++) {
		size_t len;

		t->count[k] = one >> k & 1 ? 1 : n;
		len = c->width[k] * plane_words(t->count[k]);
		t->in[k] = words(len);
		random_bytes(t->in[k], len * 8);
	}
}

static void
play_through(struct throughs *all, unsigned n_nodes, uint64_t cut)
{
	struct play p = { .n = n_nodes, .script = through_script, .item = all->item,
		.n_items = all->n, .size = sizeof all->item[0], .cut = cut,
		.code = { .n_circuits = all->n, .circuit = all->circuit, .n_demand = all->n,
		.demand = all->demand } };

	play(&p);
}

static void
fini_through(struct throughs *all)
{
	for (unsigned i = 0; i < all->n; i++)
		for (int k = 0; k < 3; k++)
			mem_free(all->item[i].in[k]);
	all->n = 0;
}

static void
test_circuit(void **state)
{
	static const uint32_t shape[][7] = {    /* widths, layers, linear, ands, outputs */
		{ 1, 1, 0, 1, 0, 1, 1 }, { 8, 8, 1, 3, 10, 9, 12 }, { 5, 0, 0, 4, 3, 64, 4 },
		{ 70, 3, 9, 2, 200, 65, 130 }, { 4, 4, 4, 0, 20, 0, 30 }, { 9, 0, 0, 0, 0, 0, 20 },
	};
	static struct throughs all;
	struct made *made[6];

	(void)state;
	for (unsigned s = 0; s < 6; s++) {
		made[s] = made_new();
		made_any(made[s], shape[s], shape[s][3], shape[s][4], shape[s][5], shape[s][6]);
		for (unsigned l = 0; l < N_LENGTHS; l++)
			add_through(&all, &made[s]->c, lengths[l], s % 2 == 0 ? 0 : l);
	}
	play_through(&all, 2, 1);
	play_through(&all, 2, 5);
	play_through(&all, 3, 7);
	fini_through(&all);
	for (unsigned s = 0; s < 6; s++)
		mem_free(made[s]);
}

static void
test_circuit_many(void **state)
{
	static const uint32_t width[3] = { 16, 16, 0 };
	static struct throughs all;
	struct made *adder = made_new(), *wide = made_new(), *most = made_new();

	(void)state;
	made_adder(adder, 16);
	assert_int_equal(adder->c.n_layers, 15);
	made_any(wide, width, 2, 100, 300, 20);
	made_any(most, width, 1, 100, N_LAYER_AND_MAX, 40);
	add_through(&all, &adder->c, 1, 0);
	add_through(&all, &adder->c, 2048, 0);
	add_through(&all, &adder->c, 2049, 1);
	play_through(&all, 5, 7);
	add_through(&all, &wide->c, 50001, 0);
	add_through(&all, &most->c, 64, 0);
	add_through(&all, &most->c, 200, 2);
	play_through(&all, 2, 1 << 20);
	fini_through(&all);
	add_through(&all, &adder->c, 100, 0);
	play_through(&all, 16, 1);
	fini_through(&all);
	mem_free(adder);
	mem_free(wide);
	mem_free(most);
}

static void
random_script(struct play *p, unsigned me, const void *item)
{
	(void)item;
	uint64_t planes[10 * 2] = { 0 }, d[100] = { 0 }, or = 0, and = ~(uint64_t)0;
	struct operands x = { .d = planes, .n = 100, .width = 10 };
	struct operands out = { .d = d, .a = planes, .n = 100, .na = 100, .width = 64,
		.awidth = 10, .imm = { 1 } };

	play_op(p, me, OP_RANDOM_B, x);
	play_op(p, me, OP_REVEAL_B, out);
	for (int i = 0; i < 100; i++) {
		or |= d[i];
		and &= d[i];
	}
	play_must(p, me, or == 1023 && and == 0);       /* but once in 2^86 */
}

static void
test_random(void **state)
{
	struct play p = { .n = 3, .script = random_script, .n_items = 1 };

	(void)state;
	play(&p);
}

/* What a node sends to open bits is not its share, and never the same. */
static void
mask_script(struct play *p, unsigned me, const void *item)
{
	uint64_t value[128], planes[8 * 2], d[128], share[2 * 8], sent[3][2 * 8];
	const uint64_t owner_lo[4] = { 0, 128, 128, 128 };
	struct operands in = { .d = planes, .a = value, .n = 128, .na = 128, .width = 8,
		.awidth = 64, .imm = { 1 }, .owner_lo = owner_lo };
	struct operands out = { .d = d, .a = planes, .n = 128, .na = 128, .width = 64,
		.awidth = 8, .imm = { 1 } };

	(void)item;
	for (uint64_t i = 0; i < 128; i++)
		value[i] = i;
	play_op(p, me, OP_SHARE_B, in);
	bitplane_gather(share, planes, 2, 8, 0, 2);
	for (int i = 0; i < 3; i++) {
		play_op(p, me, OP_REVEAL_B, out);
		memcpy(sent[i], p->message[me][0] + (me == 0 ? PARCEL_MAX : 0), sizeof sent[i]);
	}
	for (int w = 0; w < 16; w++) {
		play_must(p, me, sent[0][w] != share[w] && sent[1][w] != share[w]);
		play_must(p, me, sent[0][w] != sent[1][w] && sent[1][w] != sent[2][w]);
	}
}

static void
test_mask(void **state)
{
	struct play p = { .n = 3, .script = mask_script, .n_items = 1 };

	(void)state;
	play(&p);
}

/* Every kernel of gates gives what ref gives, whatever the number of words. */
enum { REGS = 40, GATES = 60, WORDS_MAX = 40 };

/* Five inputs of a, four of b, none of c; all registers in one row. */
static struct lane_regs
regs_at(bshare *reg, size_t stride)
{
	return (struct lane_regs){ .region = { { reg, 0, stride, 0 },
		{ reg + 5 * stride, 5, stride, 0 }, { reg + 9 * stride, 9, stride, 0 },
		{ reg + 9 * stride, 9, stride, 0 } }, .own = reg + 9 * stride };
}

static void
check_kernel(const struct layer_kernel *k)
{
	static bshare reg[2][REGS * WORDS_MAX], t[3][GATES * WORDS_MAX];
	static uint8_t d[2][GATES * WORDS_MAX * 8 + 1], e[2][GATES * WORDS_MAX * 8 + 1];
	struct gate linear[GATES], and[GATES];
	const struct ands ands = { t[0], t[1], t[2] };

	if (k == NULL)
		return;
	for (size_t n = 1; n <= WORDS_MAX; n++) {
		const size_t stride = n + below((uint32_t)(WORDS_MAX - n + 1)), len = GATES * n * 8;

		for (int i = 0; i < GATES; i++) {
			linear[i] = (struct gate){ 9 + below(REGS - 9), below(REGS),
				below(4) == 0 ? GATE_NOT : below(REGS) };
			and[i] = (struct gate){ 20 + below(20), below(20), below(20) };
		}
		random_bytes(reg[0], sizeof reg[0]);
		random_bytes(t, sizeof t);
		random_bytes(d[0], sizeof d[0]);
		random_bytes(e[0], sizeof e[0]);
		memcpy(reg[1], reg[0], sizeof reg[0]);
		memcpy(d[1], d[0], sizeof d[0]);
		memcpy(e[1], e[0], sizeof e[0]);
		for (int i = 0; i < 2; i++) {
			const struct layer_kernel *use = i == 0 ? &layer_ref : k;
			const uint64_t first = bitplane_spread(n % 2);

			const struct lane_regs l = regs_at(reg[i], stride);

			use->linear(&l, 1, linear, GATES, n, first);
			use->close(&l, and, GATES, n, ands, d[i] + 1, e[i] + 1, first);
			use->open(d[i] + 1, e[i] + 1, &l, and, GATES, n, ands);
		}
		assert_memory_equal(reg[0], reg[1], sizeof reg[0]);
		assert_memory_equal(d[0], d[1], len + 1);
		assert_memory_equal(e[0], e[1], len + 1);
	}
}

static void
test_kernels(void **state)
{
	(void)state;
	check_kernel(layer_avx2());
	check_kernel(layer_avx512());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_travel),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_circuit),
		cmocka_unit_test(test_circuit_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
