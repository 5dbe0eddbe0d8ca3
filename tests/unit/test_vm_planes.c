/* test_vm_planes.c: elements of B and Y are moved as numbers are: the same moves
 * of both give the same. */
#include "bits_kit.h"

/* Labels that say what bit they stand for, for a protocol that has domain Y in the clear. */
static enum status
lift_labels(struct proto *unused, const struct operands *x)
{
	u128 *d = x->d;

	(void)unused;
	for (unsigned j = 0; j < x->width; j++)
		for (size_t i = 0; i < x->n; i++)
			d[j * x->n + i] = (u128)(j * 1000 + i) << 64 |
			    (plain_load(x->a, i, x->awidth) >> j & 1);
	return ST_OK;
}

static enum status
labels_to_bits(struct proto *unused, const struct operands *x)
{
	const u128 *a = x->a;
	uint64_t *d = x->d;

	(void)unused;
	memset(d, 0, x->width * plane_words(x->n) * 8);
	for (unsigned j = 0; j < x->width; j++)
		for (size_t i = 0; i < x->n; i++) {
			u128 bit = a[j * x->n + i] & 1;
			d[j * plane_words(x->n) + i / 64] |= (uint64_t)bit << i % 64;
		}
	return ST_OK;
}

static const struct proto_row lift_row = { .run = lift_labels },
    bits_row = { .run = labels_to_bits };

static void
run_labels(struct kit_node *t, struct kit *k)
{
	static struct protocol p;

	p = protocol_clear;
	p.row[OP_LIFT_Y] = &lift_row;
	p.row[OP_Y_TO_B] = &bits_row;
	memset(t, 0, sizeof *t);
	t->k = k;
	t->protocol = &p;
	t->me = VM_ALL;
	(void)kit_node_main(t);
	kit_ok(t, 1);
}

/* In domain B or Y what is done to numbers; numbers come back of it. */
struct mirror {
	enum domain domain;
	unsigned width;
};

static int
into(struct kit *k, const struct mirror *m, int a)
{
	int d = kit_slot(k, m->domain, m->width, k->slot[a].n, 0);

	kit_op(k, m->domain == DOM_B ? OP_LIFT_B : OP_LIFT_Y, d, a, -1, -1, 1, 0, 0);
	return d;
}

static int
out_of(struct kit *k, const struct mirror *m, int a)
{
	int b = a;

	if (m->domain == DOM_Y) {
		b = kit_slot(k, DOM_B, m->width, k->slot[a].n, 0);
		KIT_OP(k, Y_TO_B, b, a);
	}
	return reveal(k, b, 64, true);
}

/* Views at random that reach d and a within. */
static struct view
random_view(uint64_t nd, uint64_t na)
{
	static const struct view plain = { .rank = 1, .sstride = { 1 }, .dstride = { 1 } };
	uint64_t n = 1 + kit_random(&seed) % (nd < na ? nd : na);
	struct view v = plain;

	v.count[0] = n;
	switch (kit_random(&seed) % 5) {
	case 0:                         /* a stretch */
		v.soff = (int64_t)(kit_random(&seed) % (na - n + 1));
		v.doff = (int64_t)(kit_random(&seed) % (nd - n + 1));
		break;
	case 1:                         /* one element for many */
		v.soff = (int64_t)(kit_random(&seed) % na);
		v.sstride[0] = 0;
		break;
	case 2:                         /* backwards */
		v.soff = (int64_t)n - 1;
		v.sstride[0] = -1;
		break;
	case 3:                         /* every other to every third */
		v.count[0] = 1 + (n - 1) / 3;
		v.sstride[0] = 2;
		v.dstride[0] = 3;
		break;
	default:                        /* turned: rows of 3 */
		v = (struct view){ .rank = 2, .count = { 3, n / 3 }, .sstride = { 1, 3 },
			.dstride = { (int64_t)(n / 3), 1 } };
	}
	return v;
}

static void
copies(const struct mirror *m, uint64_t nd, uint64_t na)
{
	struct kit_node t;
	struct kit k;

	kit_init(&k, 1);
	int a = random_numbers(&k, 64, na), d = random_numbers(&k, 64, nd);
	int p = kit_slot(&k, DOM_P, 64, nd, 0);
	KIT_OP(&k, CVT, p, d);
	int narrow = kit_slot(&k, DOM_P, 64, na, 0);
	kit_op(&k, OP_SHL_X, narrow, a, -1, -1, 64 - m->width, 0, 0);
	kit_op(&k, OP_SHR_X, narrow, narrow, -1, -1, 64 - m->width, 0, 0);
	kit_op(&k, OP_SHL_X, p, p, -1, -1, 64 - m->width, 0, 0);
	kit_op(&k, OP_SHR_X, p, p, -1, -1, 64 - m->width, 0, 0);
	int ab = into(&k, m, narrow), db = into(&k, m, p);
	/* Windows, which are where numbers' windows are. */
	uint64_t wa = 1 + kit_random(&seed) % na, wd = 1 + kit_random(&seed) % nd;
	int64_t oa = (int64_t)(kit_random(&seed) % (na - wa + 1));
	int64_t od = (int64_t)(kit_random(&seed) % (nd - wd + 1));
	for (int i = 0; i < 4; i++) {
		bool whole = i % 2 == 0;
		uint32_t v = kit_view(&k, random_view(whole ? nd : wd, whole ? na : wa));
		kit_op(&k, OP_COPY, whole ? p : kit_window(&k, p, wd, od, 0),
		    whole ? narrow : kit_window(&k, narrow, wa, oa, 0), -1, -1, v, 0, 0);
		kit_op(&k, OP_COPY, whole ? db : kit_window(&k, db, wd, od, 0),
		    whole ? ab : kit_window(&k, ab, wa, oa, 0), -1, -1, v, 0, 0);
	}
	int back = out_of(&k, m, db), from = out_of(&k, m, ab);
	run_labels(&t, &k);
	same(&t, back, p);
	same(&t, from, narrow);
	finish(&t, &k);
}

static void
test_copy(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 400; i++) {
		const struct mirror m = { i % 2 == 0 ? DOM_B : DOM_Y, 1 + i / 2 % 64 };
		copies(&m, sizes[1 + kit_random(&seed) % 5], sizes[1 + kit_random(&seed) % 5]);
	}
}

/* Rows of 1, 5 and 64 elements by public indices; where there is no such row, the nearest. */
static void
test_rows(void **state)
{
	static const uint64_t inner[] = { 1, 5, 64 };

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		const struct mirror m = { i % 2 == 0 ? DOM_B : DOM_Y, 1 + i * 5 };
		uint64_t in = inner[i % 3];
		static const i128 index[] = { 2, 0, -1, 7, 2, 1 };
		struct kit_node t;
		struct kit k;
		kit_init(&k, 1);
		int a = kit_slot(&k, DOM_P, 64, 3 * in, 0), b = kit_const(&k, 64, 6, index);
		kit_op(&k, OP_SHR_X, a, random_numbers(&k, 64, 3 * in), -1, -1, 64 - m.width, 0, 0);
		int d = kit_slot(&k, DOM_P, 64, 6 * in, 0);
		int ab = into(&k, &m, a), db = kit_slot(&k, m.domain, m.width, 6 * in, 0);
		kit_op(&k, OP_GATHER, d, a, b, -1, (int64_t)in, 1, 0);
		kit_op(&k, OP_GATHER, db, ab, b, -1, (int64_t)in, 1, 0);
		int row = kit_slot(&k, DOM_P, 64, in, 0), rowb;
		kit_op(&k, OP_SHR_X, row, random_numbers(&k, 64, in), -1, -1, 64 - m.width, 0, 0);
		rowb = into(&k, &m, row);
		for (int at = -1; at < 7; at += 4) {
			kit_op(&k, OP_PUT, d, row, kit_number(&k, 64, at), -1, (int64_t)in, 1, 0);
			kit_op(&k, OP_PUT, db, rowb, kit_number(&k, 64, at), -1, (int64_t)in, 1, 0);
		}
		int back = out_of(&k, &m, db);
		run_labels(&t, &k);
		same(&t, back, d);
		finish(&t, &k);
	}
}

/* The bits of elements one behind the other, as elements of one bit. */
static void
test_spread(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 24; i++) {
		const struct mirror m = { i % 2 == 0 ? DOM_B : DOM_Y, i < 4 ? 64 : 1 + i };
		const struct mirror bit = { m.domain, 1 };
		uint64_t n = sizes[i / 2 % N_SIZES];
		struct kit_node t;
		struct kit k;
		kit_init(&k, 1);
		int x = random_numbers(&k, 64, n), a = into(&k, &m, x);
		int d = kit_slot(&k, m.domain, 1, n * m.width, 0);
		KIT_OP(&k, SPREAD, d, a);
		int p = out_of(&k, &bit, d);
		run_labels(&t, &k);
		for (uint64_t e = 0; e < n * m.width; e++)
			assert_true((vm_int(t.vm, (uint32_t)p, e) & 1) ==
			    (vm_int(t.vm, (uint32_t)x, e / m.width) >> e % m.width & 1));
		finish(&t, &k);
	}
}

/* An index out of range stops the run where the program does not say what then. */
static void
test_row_fault(void **state)
{
	struct kit_node t;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int b = lift(&k, random_numbers(&k, 64, 8), 7), d = kit_slot(&k, DOM_B, 7, 1, 0);
	kit_op(&k, OP_GATHER, d, b, kit_number(&k, 64, 8), -1, 1, 0, 0);
	kit_clear(&t, &k);
	assert_int_equal(t.st, ST_DATA);
	assert_non_null(strstr(t.fault.message, "an index is outside"));
	finish(&t, &k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_row_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
