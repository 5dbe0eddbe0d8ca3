/* test_rep_bits.c: domain B of protocol replicated, row by row, against values worked out bit by
 * bit: circuits of many shapes, elements of 1 to 4,096 bits, lengths around every boundary, ranges
 * of any length; kernels against ref. */
#include "rep_kit.h"

#include "../../protocols/rep_layer.h"

/* Values of `limbs` words from owners row by row or (lift) public, into bits, and out as `to`
 * words. */
struct travel {
	uint64_t n;
	unsigned width, limbs, to;
	bool lift, is_signed;
	uint32_t recipients;
	uint64_t owner_lo[4];
	uint64_t *value;
};

/* Bit b of number i of `width` bits, given as limbs that are as long or longer. */
static unsigned
bit_of(const struct travel *t, uint64_t i, unsigned b)
{
	const unsigned last = t->width - 1, at = b <= last ? b : last;

	if (b > last && !t->is_signed)
		return 0;
	if (at >= 64 * t->limbs)
		return bit(t->value + i * t->limbs, 64 * t->limbs - 1);
	return bit(t->value + i * t->limbs, at);
}

static void
travel_script(struct play *p, unsigned me, const void *item)
{
	const struct travel *t = item;
	struct held h = held_new(t->width * plane_words(t->n));
	uint64_t *own = words(t->n * t->limbs), *d = words(t->n * t->to);
	struct operands in = { .d = h.w, .a = own, .n = t->n, .na = t->n * t->limbs,
		.width = t->width, .awidth = 64, .imm = { t->limbs }, .owner_lo = t->owner_lo,
		.part = { h.len * 8 } };
	struct operands out = { .d = d, .a = h.w, .n = t->n * t->to, .na = t->n, .width = 64,
		.awidth = t->width, .imm = { t->to, t->is_signed }, .recipients = t->recipients,
		.part = { 0, h.len * 8 } };

	random_bytes(own, t->n * t->limbs * 8);
	random_bytes(h.w, 2 * h.len * 8);
	memcpy(own + t->owner_lo[me] * t->limbs, t->value + t->owner_lo[me] * t->limbs,
	    (t->owner_lo[me + 1] - t->owner_lo[me]) * t->limbs * 8);
	if (t->lift)
		memcpy(own, t->value, t->n * t->limbs * 8);
	play_op(p, me, t->lift ? OP_LIFT_B : OP_SHARE_B, in);
	play_op(p, me, t->recipients == REP_ALL ? OP_REVEAL_B : OP_OPEN_B, out);
	for (uint64_t i = 0; i < t->n; i++)
		for (unsigned b = 0; b < 64 * t->to; b++) {
			unsigned want = t->recipients >> me & 1 ? bit_of(t, i, b) : 0;

			play_must(p, me, bit(d + i * t->to, b) == want);
		}
	held_free(&h);
	mem_free(own);
	mem_free(d);
}

static void
travel(uint64_t n, unsigned width, unsigned limbs, unsigned to, uint32_t recipients, uint64_t cut)
{
	struct travel t = { .n = n, .width = width, .limbs = limbs, .to = to,
		.recipients = recipients, .value = words(n * limbs) };
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = travel_script,
		.item = &t, .n_items = 1, .size = sizeof t, .cut = cut };

	for (unsigned kind = 0; kind < 8; kind++) {
		t.lift = (kind & 1) != 0;
		t.is_signed = (kind & 2) != 0;
		for (unsigned i = 0; i <= 3; i++)
			t.owner_lo[i] = kind & 4 ? (i > n % 3 ? n : 0) : n * i * i / 9;
		random_bytes(t.value, n * limbs * 8);
		play(&p);
	}
	mem_free(t.value);
}

static void
test_travel(void **state)
{
	(void)state;
	for (int l = 0; l < N_LENGTHS; l++) {
		travel(lengths[l], 1, 1, 1, REP_ALL, 0);
		travel(lengths[l], 64, 1, 1, REP_ALL, 1);
		travel(lengths[l], 33, 1, 2, 5, 3);
		travel(lengths[l], 100, 2, 2, 2, 0);
	}
	travel(5000, 20, 1, 1, 1, 0);
	travel(65, 4096, 64, 64, 4, 0);
	travel(130, 321, 6, 6, REP_ALL, 1);
}

/* A number as bits of two summands. */
struct split {
	uint64_t n;
	unsigned k, ring;
	uint64_t *value;                /* two words an element */
};

/* The sum of both summands is the value, modulo 2^k. */
static bool
sums_up(const struct split *t, const uint64_t *d, uint64_t i)
{
	unsigned carry = 0, sum;

	for (unsigned b = 0; b < t->k; b++) {
		sum = bit(d, b) + bit(d, t->k + b) + carry;
		if ((sum & 1) != bit(t->value + 2 * i, b))
			return false;
		carry = sum >> 1;
	}
	return true;
}

static void
split_script(struct play *p, unsigned me, const void *item)
{
	const struct split *t = item;
	const unsigned width = 2 * t->k, limbs = (width + 63) / 64;
	struct held a = held_numbers(me, t->value, t->n, t->ring, t->k);
	struct held h = held_new(width * plane_words(t->n));
	uint64_t *d = words(t->n * limbs);
	struct operands in = { .d = h.w, .a = a.w, .n = t->n, .na = t->n, .width = width,
		.awidth = t->ring, .imm = { t->k }, .part = { h.len * 8, a.len * 8 } };
	struct operands out = { .d = d, .a = h.w, .n = t->n * limbs, .na = t->n, .width = 64,
		.awidth = width, .imm = { limbs }, .part = { 0, h.len * 8 } };

	random_bytes(h.w, 2 * h.len * 8);
	play_op(p, me, OP_SPLIT_B, in);
	play_op(p, me, OP_REVEAL_B, out);
	for (uint64_t i = 0; i < t->n; i++)
		play_must(p, me, sums_up(t, d + i * limbs, i));
	held_free(&a);
	held_free(&h);
	mem_free(d);
}

static void
split(uint64_t n, unsigned k, unsigned ring, uint64_t cut)
{
	struct split t = { .n = n, .k = k, .ring = ring, .value = words(2 * n) };
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = split_script,
		.item = &t, .n_items = 1, .size = sizeof t, .cut = cut };

	random_bytes(t.value, 16 * n);
	if (n > 2) {
		memset(t.value, 0, 16);
		memset(t.value + 2, 0xff, 16);
	}
	play(&p);
	mem_free(t.value);
}

static void
test_split(void **state)
{
	(void)state;
	for (int l = 0; l < N_LENGTHS; l++) {
		split(lengths[l], 1, 64, 0);
		split(lengths[l], 64, 64, 1);
		split(lengths[l], 33, 128, 3);
		split(lengths[l], 128, 128, 0);
	}
	split(5000, 64, 64, 5);
	split(1500, 20, 64, 0);
}

/* Inputs, each of n elements or of one, through a circuit. */
struct through {
	const struct circuit *c;
	uint64_t n, count[3];
	uint64_t *in[3];                /* planes in the clear */
};

static void
check_outputs(struct play *p, unsigned me, const struct through *t, const uint64_t *d)
{
	const unsigned limbs = (t->c->n_out + 63) / 64;
	uint8_t *bits = mem_alloc(t->c->n_in), want[OUT_MAX];

	for (uint64_t i = 0; i < t->n; i = i == 70 && t->n > 200 ? t->n - 70 : i + 1) {
		uint32_t at = 0;

		for (int k = 0; k < 3; k++)
			for (uint32_t b = 0; b < t->c->width[k]; b++)
				bits[at++] = (uint8_t)bit(t->in[k] + b * plane_words(t->count[k]),
				    t->count[k] == 1 ? 0 : i);
		made_eval(t->c, want, bits);
		for (uint32_t b = 0; b < t->c->n_out; b++)
			play_must(p, me, bit(d + i * limbs, b) == want[b]);
	}
	mem_free(bits);
}

static void
through_script(struct play *p, unsigned me, const void *item)
{
	const struct through *t = item;
	const unsigned limbs = (t->c->n_out + 63) / 64;
	uint64_t *d = words(t->n * limbs);
	struct held in[3], h = held_new(t->c->n_out * plane_words(t->n));
	struct operands x = { .d = h.w, .n = t->n, .na = t->count[0], .nb = t->count[1],
		.nc = t->count[2], .width = t->c->n_out, .awidth = t->c->width[0],
		.circuit = t->c, .part = { h.len * 8 } };
	struct operands out = { .d = d, .a = h.w, .n = t->n * limbs, .na = t->n, .width = 64,
		.awidth = t->c->n_out, .imm = { limbs }, .part = { 0, h.len * 8 } };

	for (unsigned k = 0; k < 3; k++) {
		in[k] = held_bits(me, t->in[k], t->c->width[k] * plane_words(t->count[k]), k);
		x.part[k + 1] = in[k].len * 8;
	}
	x.a = in[0].w;
	x.b = in[1].w;
	x.c = in[2].w;
	play_op(p, me, OP_CIRC_B, x);
	play_op(p, me, OP_REVEAL_B, out);
	check_outputs(p, me, t, d);
	for (int k = 0; k < 3; k++)
		held_free(&in[k]);
	held_free(&h);
	mem_free(d);
}

struct throughs {
	unsigned n;
	struct through item[ITEMS_MAX];
};

/* one: which inputs have one element. */
static void
add_through(struct throughs *all, const struct circuit *c, uint64_t n, unsigned one)
{
	struct through *t = &all->item[all->n++];

	assert_true(all->n <= ITEMS_MAX);
	*t = (struct through){ .c = c, .n = n };
	for (int k = 0; k < 3; k++) {
		size_t len;

		t->count[k] = one >> k & 1 ? 1 : n;
		len = c->width[k] * plane_words(t->count[k]);
		t->in[k] = words(len);
		random_bytes(t->in[k], len * 8);
	}
}

static void
play_through(struct throughs *all, uint64_t cut)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = through_script,
		.item = all->item, .n_items = all->n, .size = sizeof all->item[0], .cut = cut };

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
	play_through(&all, 1);
	play_through(&all, 5);
	play_through(&all, 1 << 20);
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
	made_any(wide, width, 2, 100, 301, 20);
	made_any(most, width, 1, 100, N_LAYER_AND_MAX, 40);
	add_through(&all, &adder->c, 2048, 0);
	add_through(&all, &adder->c, 2049, 1);
	add_through(&all, &wide->c, 5000, 0);
	play_through(&all, 7);
	add_through(&all, &wide->c, 50001, 0);
	add_through(&all, &most->c, 64, 0);
	add_through(&all, &most->c, 200, 2);
	play_through(&all, 1 << 20);
	fini_through(&all);
	mem_free(adder);
	mem_free(wide);
	mem_free(most);
}

/* All of them are uniform, and the three parts are as good as independent. */
static void
random_script(struct play *p, unsigned me, const void *item)
{
	struct held h = held_new(20);
	uint64_t d[100] = { 0 }, or = 0, and = ~(uint64_t)0;
	struct operands x = { .d = h.w, .n = 100, .width = 10, .part = { h.len * 8 } };
	struct operands out = { .d = d, .a = h.w, .n = 100, .na = 100, .width = 64,
		.awidth = 10, .imm = { 1 }, .part = { 0, h.len * 8 } };

	(void)item;
	play_op(p, me, OP_RANDOM_B, x);
	play_op(p, me, OP_REVEAL_B, out);
	for (int i = 0; i < 100; i++) {
		or |= d[i];
		and &= d[i];
	}
	play_must(p, me, or == 1023 && and == 0);       /* but once in 2^86 */
	for (size_t i = 0; i < h.len; i++)
		play_must(p, me, h.w[i] != h.w[h.len + i]);
	held_free(&h);
}

static void
test_random(void **state)
{
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = random_script,
		.n_items = 1 };

	(void)state;
	play(&p);
}

/* What a node receives is uniform, whatever the values: here all are 0, and so are all parts, so
 * that only what masks them is seen; and never the same again. */
enum { VIEW_N = 6000, VIEW_BYTES = 1 << 19 };

static void
look(struct play *p, unsigned me, unsigned from, size_t len, uint8_t *last)
{
	const uint8_t *seen = p->message[me][1] + (size_t)from * PARCEL_MAX;
	uint64_t w[2], ones = 0, same = 0;

	assert_true(len <= VIEW_BYTES);
	for (size_t i = 0; i < len / 8; i++) {
		memcpy(&w[0], seen + 8 * i, 8);
		memcpy(&w[1], last + 8 * i, 8);
		ones += (unsigned)__builtin_popcountll(w[0]);
		same += w[0] == w[1];
	}
	/* 8 standard deviations, of half the root of the bits: but once in 2^50. */
	const uint64_t bits = len / 8 * 64, far = ones > bits / 2 ? ones - bits / 2 : bits / 2 - ones;
	play_must(p, me, far * far <= 16 * bits && same == 0);
	memcpy(last, seen, len);
}

/* A row on zeros, twice; what of it is looked at is its last round's. */
static void
look_at(struct play *p, unsigned me, enum insn_id op, struct operands x)
{
	const struct proto_row *row = protocol_replicated.row[op];
	const unsigned r = insn_table[op].rounds[1] - 1;
	const size_t len = x.width * plane_words(VIEW_N) * 64;
	uint8_t *last = mem_zalloc((size_t)3 * VIEW_BYTES);

	x.d = mem_map(2 * len);
	x.part[0] = len;
	for (int again = 0; again < 2; again++) {
		play_op(p, me, op, x);
		for (unsigned from = 0; from < 3; from++)
			look(p, me, from, row->bytes(&x, 3, r, from, me, 0, VIEW_N),
			    last + (size_t)from * VIEW_BYTES);
	}
	mem_unmap(x.d, 2 * len);
	mem_free(last);
}

static void
view_script(struct play *p, unsigned me, const void *item)
{
	const uint64_t owner_lo[4] = { 0, VIEW_N / 3, VIEW_N / 2, VIEW_N };
	const struct through *t = item;
	const size_t len = 16 * VIEW_N;
	void *zero = mem_map(2 * len);
	struct operands x = { .a = zero, .b = zero, .n = VIEW_N, .na = VIEW_N, .nb = VIEW_N,
		.part = { 0, len, len }, .awidth = 64, .width = 20, .imm = { 1 },
		.owner_lo = owner_lo };

	look_at(p, me, OP_SHARE_B, x);
	x.imm[0] = 10;
	look_at(p, me, OP_SPLIT_B, x);
	x.circuit = t->c;
	x.awidth = t->c->width[0];
	x.width = t->c->n_out;
	look_at(p, me, OP_CIRC_B, x);
	x.circuit = NULL;
	x.width = 64;
	x.awidth = 3;
	x.imm[0] = 1;
	look_at(p, me, OP_NUM_A, x);
	x.awidth = 1;
	look_at(p, me, OP_MULB_A, x);
	x.width = 128;
	look_at(p, me, OP_MULB_A, x);
	mem_unmap(zero, 2 * len);
}

static void
test_view(void **state)
{
	static const uint32_t width[3] = { 4, 4, 0 };
	struct made *made = made_new();
	struct through t = { .c = &made->c };
	struct play p = { .protocol = &protocol_replicated, .n = 3, .script = view_script,
		.item = &t, .n_items = 1, .size = sizeof t };

	(void)state;
	made_any(made, width, 1, 3, 77, 5);
	play(&p);
	mem_free(made);
}

/* Every kernel of gates gives what ref gives, whatever the number of words. */
enum { REGS = 40, GATES = 60, WORDS_MAX = 40 };

/* Five inputs of a, four of b, none of c; all registers in one row. */
static struct lane_regs
regs_at(bshare *reg, size_t part)
{
	const size_t stride = 2 * part;

	return (struct lane_regs){ .region = { { reg, 0, stride, part },
		{ reg + 5 * stride, 5, stride, part }, { reg + 9 * stride, 9, stride, part },
		{ reg + 9 * stride, 9, stride, part } }, .own = reg + 9 * stride };
}

static void
check_kernel(const struct rep_kernel *k)
{
	static bshare reg[2][2 * REGS * WORDS_MAX], zero[2][GATES * WORDS_MAX];
	static uint8_t out[2][GATES * WORDS_MAX * 8 + 1];
	struct gate and[GATES];

	if (k == NULL)
		return;
	for (size_t n = 1; n <= WORDS_MAX; n++) {
		const size_t part = n + below((uint32_t)(WORDS_MAX - n + 1));

		for (int i = 0; i < GATES; i++)
			and[i] = (struct gate){ 20 + below(20), below(20), below(20) };
		random_bytes(reg[0], sizeof reg[0]);
		random_bytes(zero, sizeof zero);
		random_bytes(out[0], sizeof out[0]);
		memcpy(reg[1], reg[0], sizeof reg[0]);
		memcpy(out[1], out[0], sizeof out[0]);
		for (int i = 0; i < 2; i++) {
			const struct rep_kernel *use = i == 0 ? &rep_layer_ref : k;

			const struct lane_regs l = regs_at(reg[i], part);

			use->and(out[i] + 1, &l, and, GATES, n, zero[0], zero[1]);
			use->place(&l, and, GATES, n, out[i]);
		}
		assert_memory_equal(reg[0], reg[1], sizeof reg[0]);
		assert_memory_equal(out[0], out[1], sizeof out[0]);
	}
}

static void
test_kernels(void **state)
{
	(void)state;
	check_kernel(rep_layer_avx2());
	check_kernel(rep_layer_avx512());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_travel),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_circuit),
		cmocka_unit_test(test_circuit_many),
		cmocka_unit_test(test_view),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
