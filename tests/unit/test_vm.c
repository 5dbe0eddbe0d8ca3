/* test_vm.c: the VM itself: local rows and members, moves, loops, checks, faults with their place,
 * post, rounds; in the clear, and at nodes that see their own rows only. */
#include "vm_kit.h"

#include <math.h>

static i128 ramp[4096];

static void
fill_ramp(void)
{
	for (int i = 0; i < 4096; i++)
		ramp[i] = i;
}

static void
run_clear(struct kit_node *t, struct kit *k)
{
	kit_clear(t, k);
	kit_ok(t, 1);
}

static void
expect(const struct kit_node *t, int slot, const int64_t *want, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (vm_int(t->vm, (uint32_t)slot, i) != want[i])
			fail_msg("slot %d, element %zu is %lld, not %lld", slot, (size_t)i,
			    (long long)vm_int(t->vm, (uint32_t)slot, i), (long long)want[i]);
}

static void
finish(struct kit_node *t, struct kit *k)
{
	kit_node_fini(t);
	kit_fini(k);
}

/* Rows 0..2 at a, 3..4 at b, none at c; two columns. */
static const uint64_t rows[3] = { 3, 2, 0 };
static const uint64_t ones[3] = { 1, 1, 1 };

/* Everything that a site does with its own rows, into sums that are shared. */
static void
local_program(struct kit *k, int out[7])
{
	uint32_t by_row, by_member, owner;
	int x, y, z, sum, tn, ok, total, one, p, check;

	kit_init(k, 3);
	by_row = kit_rows(k, rows, false);
	by_member = kit_rows(k, ones, true);
	owner = kit_owner(k, 1);
	x = kit_input(k, 0, 64, 10, by_row, ramp + 1);
	p = kit_slot(k, DOM_P, 64, 10, 0);
	kit_op(k, OP_IOTA, p, -1, -1, -1, 100, 1, 0);
	y = kit_slot(k, DOM_L, 64, 10, by_row);
	KIT_OP(k, ADD_X, y, x, p);
	KIT_OP(k, MUL_X, y, y, kit_number(k, 64, 2));
	/* row sums: within rows, so local */
	z = kit_slot(k, DOM_L, 64, 5, by_row);
	kit_op(k, OP_SUM_X, z, y, -1, -1, 5, 2, 1);
	/* column 1 of y, through a view whose axis is the rows */
	total = kit_slot(k, DOM_L, 64, 5, by_row);
	kit_op(k, OP_COPY, total, y, -1, -1, kit_view(k, (struct view){ .rank = 1, .count = { 5 },
	    .sstride = { 2 }, .dstride = { 1 }, .soff = 1 }), 0, 0);
	KIT_OP(k, SUB_X, total, z, total);      /* so column 0 */
	sum = kit_slot(k, DOM_L, 64, 6, by_member);
	KIT_OP(k, SUM_L, sum, y);
	out[5] = kit_slot(k, DOM_L, 64, 6, by_member);
	KIT_OP(k, MINR_L, out[5], y);
	out[6] = kit_slot(k, DOM_L, 64, 6, by_member);
	KIT_OP(k, MAXR_L, out[6], y);
	tn = kit_slot(k, DOM_L, 64, 6, by_member);
	kit_op(k, OP_TN_L, tn, y, total, -1, 5, 2, 1);
	ok = kit_slot(k, DOM_L, 64, 3, by_member);
	KIT_OP(k, CHECK_X, ok, x, kit_number(k, 64, 1), kit_number(k, 64, 6));
	one = kit_input(k, 1, 64, 4, owner, ramp + 50);
	check = kit_slot(k, DOM_L, 64, 2, owner);
	kit_op(k, OP_GATHER, check, one, kit_const(k, 64, 2, (i128[]){ 3, 0 }), -1, 1, 0, 0);
	out[0] = sum;
	out[1] = tn;
	out[2] = ok;
	out[3] = check;
	out[4] = total;
	for (int i = 0; i < 7; i++) {
		int a = kit_slot(k, DOM_A, 64, k->slot[out[i]].n, 0);
		KIT_OP(k, SHARE, a, out[i]);
		out[i] = kit_slot(k, DOM_P, 64, k->slot[a].n, 0);
		KIT_OP(k, REVEAL, out[i], a);
	}
	KIT_ROUND(k);
}

/* y = 2 (x + p): rows (202,206) (210,214) (218,222) | (226,230) (234,238). */
static const int64_t want_sum[] = { 630, 642, 460, 468, 0, 0 };
static const int64_t want_tn[] = { 202 * 202 + 210 * 210 + 218 * 218,
	206 * 202 + 214 * 210 + 222 * 218, 226 * 226 + 234 * 234, 230 * 226 + 238 * 234, 0, 0 };
static const int64_t want_least[] = { 202, 206, 226, 230, INT64_MAX, INT64_MAX };
static const int64_t want_most[] = { 218, 222, 234, 238, INT64_MIN, INT64_MIN };
static const int64_t want_ok[] = { 1, 0, 1 };
static const int64_t want_gather[] = { 53, 50 };
static const int64_t want_column[] = { 202, 210, 218, 226, 234 };

static void
expect_local(const struct kit_node *t, const int out[7])
{
	expect(t, out[0], want_sum, 6);
	expect(t, out[1], want_tn, 6);
	expect(t, out[2], want_ok, 3);
	expect(t, out[3], want_gather, 2);
	expect(t, out[4], want_column, 5);
	expect(t, out[5], want_least, 6);
	expect(t, out[6], want_most, 6);
}

static void
test_local(void **state)
{
	struct kit_node t[3];
	struct kit k;
	int out[7];

	(void)state;
	local_program(&k, out);
	run_clear(t, &k);
	expect_local(t, out);
	kit_node_fini(t);
	kit_run(t, &k, &protocol_additive);
	kit_ok(t, 3);
	for (int p = 0; p < 3; p++)
		expect_local(&t[p], out);
	/* Nobody has touched another's rows: slot 0 is the input. */
	for (int i = 0; i < 10; i++) {
		assert_true(vm_int(t[0].vm, 0, (uint64_t)i) == (i < 6 ? i + 1 : 0));
		assert_true(vm_int(t[1].vm, 0, (uint64_t)i) == (i < 6 ? 0 : i + 1));
		assert_true(vm_int(t[2].vm, 0, (uint64_t)i) == 0);
	}
	for (int p = 0; p < 3; p++)
		kit_node_fini(&t[p]);
	kit_fini(&k);
}

/* A view with three axes, a reversal, a broadcast, joined axes, nothing, and a single element. */
static void
test_copy(void **state)
{
	static const int64_t turned[] = { 0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11 };
	static const int64_t reversed[] = { 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 };
	static const int64_t repeated[] = { 5, 5, 5, 6, 6, 6 };
	struct kit_node t;
	struct kit k;

	(void)state;
	for (unsigned w = 64; w <= 128; w += 64) {
		kit_init(&k, 1);
		int a = kit_const(&k, w, 12, ramp), d = kit_slot(&k, DOM_P, w, 12, 0);
		int r = kit_slot(&k, DOM_P, w, 12, 0), b = kit_slot(&k, DOM_P, w, 6, 0);
		int same = kit_slot(&k, DOM_P, w, 12, 0), none = kit_slot(&k, DOM_P, w, 1, 0);
		kit_op(&k, OP_COPY, d, a, -1, -1, kit_view(&k, (struct view){ .rank = 2,
		    .count = { 3, 4 }, .sstride = { 1, 3 }, .dstride = { 4, 1 } }), 0, 0);
		kit_op(&k, OP_COPY, r, a, -1, -1, kit_view(&k, (struct view){ .rank = 1,
		    .count = { 12 }, .sstride = { -1 }, .dstride = { 1 }, .soff = 11 }), 0, 0);
		kit_op(&k, OP_COPY, b, a, -1, -1, kit_view(&k, (struct view){ .rank = 2,
		    .count = { 2, 3 }, .sstride = { 1, 0 }, .dstride = { 3, 1 }, .soff = 5 }), 0,
		    0);
		kit_op(&k, OP_COPY, same, d, -1, -1, kit_view(&k, (struct view){ .rank = 3,
		    .count = { 1, 3, 4 }, .sstride = { 99, 4, 1 }, .dstride = { 7, 4, 1 } }), 0, 0);
		kit_op(&k, OP_COPY, none, a, -1, -1, kit_view(&k, (struct view){ .rank = 3,
		    .count = { 2, 7, 0 }, .sstride = { INT64_MAX, INT64_MAX, 1 },
		    .dstride = { INT64_MIN, INT64_MAX, 1 } }), 0, 0);
		kit_op(&k, OP_COPY, none, a, -1, -1, kit_view(&k, (struct view){ .soff = 7 }), 0,
		    0);
		run_clear(&t, &k);
		expect(&t, d, turned, 12);
		expect(&t, r, reversed, 12);
		expect(&t, b, repeated, 6);
		expect(&t, same, turned, 12);
		expect(&t, none, (int64_t[]){ 7 }, 1);
		finish(&t, &k);
	}
}

/* Rows of all parties turned over, and spread out: each party writes its own part of d only. */
static void
test_copy_clips(void **state)
{
	static const struct view views[] = {
		{ .rank = 1, .count = { 10 }, .sstride = { -1 }, .dstride = { -1 }, .soff = 9,
		    .doff = 9 },
		{ .rank = 1, .count = { 5 }, .sstride = { 2 }, .dstride = { 2 }, .soff = 1,
		    .doff = 1 },
		{ .rank = 2, .count = { 2, 5 }, .sstride = { 1, 2 }, .dstride = { 1, 2 } },
		{ .rank = 1, .count = { 3 }, .sstride = { 0 }, .dstride = { 0 }, .soff = 7,
		    .doff = 7 },
	};
	static const int places[] = { 0x3ff, 0x2aa, 0x3ff, 0x80 };
	struct kit_node t[3];

	(void)state;
	for (int v = 0; v < 4; v++) {
		struct kit k;
		kit_init(&k, 3);
		uint32_t part = kit_rows(&k, rows, false);
		int a = kit_input(&k, 0, 64, 10, part, ramp + 1);
		int d = kit_slot(&k, DOM_L, 64, 10, part);
		kit_op(&k, OP_COPY, d, a, -1, -1, kit_view(&k, views[v]), 0, 0);
		run_clear(t, &k);
		for (int i = 0; i < 10; i++)
			assert_true(vm_int(t->vm, (uint32_t)d, (uint64_t)i) ==
			    (places[v] >> i & 1 ? i + 1 : 0));
		kit_node_fini(t);
		kit_run(t, &k, &protocol_additive);
		kit_ok(t, 3);
		for (int p = 0; p < 3; p++)
			for (int i = 0; i < 10; i++)
				assert_true(vm_int(t[p].vm, (uint32_t)d, (uint64_t)i) ==
				    ((places[v] >> i & 1) && (i < 6 ? p == 0 : p == 1) ? i + 1 : 0));
		for (int p = 0; p < 3; p++)
			kit_node_fini(&t[p]);
		kit_fini(&k);
	}
}

static void
test_gather_put(void **state)
{
	struct kit_node t;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int a = kit_const(&k, 128, 6, ramp + 10), d = kit_slot(&k, DOM_P, 128, 8, 0);
	int index = kit_const(&k, 64, 4, (i128[]){ 2, -5, 0, 99 });
	kit_op(&k, OP_GATHER, d, a, index, -1, 2, 1, 0);
	int into = kit_slot(&k, DOM_P, 128, 6, 0), row = kit_const(&k, 128, 2, (i128[]){ 70, 71 });
	kit_op(&k, OP_PUT, into, row, kit_number(&k, 64, 1), -1, 2, 0, 0);
	kit_op(&k, OP_PUT, into, row, kit_number(&k, 64, 3), -1, 2, 1, 0);
	run_clear(&t, &k);
	expect(&t, d, (int64_t[]){ 14, 15, 10, 11, 10, 11, 14, 15 }, 8);
	expect(&t, into, (int64_t[]){ 0, 0, 70, 71, 0, 0 }, 6);
	finish(&t, &k);
}

/* A program of which instruction `at` must stop the run: status 4 and its line. */
static void
expect_stop(struct kit *k, unsigned at, const char *says)
{
	struct kit_node t;

	kit_clear(&t, k);
	assert_int_equal(t.st, ST_DATA);
	assert_int_equal(t.fault.st, ST_DATA);
	assert_int_equal(t.fault.line, 100 + (int)at);
	assert_string_equal(t.fault.file, "kit.ksl");
	assert_non_null(strstr(t.fault.message, says));
	finish(&t, k);
}

static void
test_faults(void **state)
{
	struct kit k;

	(void)state;
	for (int64_t i = -1; i <= 3; i += 4) {
		kit_init(&k, 1);
		int a = kit_const(&k, 64, 6, ramp), d = kit_slot(&k, DOM_P, 64, 2, 0);
		kit_op(&k, OP_IOTA, d, -1, -1, -1, 0, 0, 0);
		kit_op(&k, OP_GATHER, d, a, kit_number(&k, 64, i), -1, 2, 0, 0);
		expect_stop(&k, 1, "index");
		kit_init(&k, 1);
		a = kit_const(&k, 64, 2, ramp);
		d = kit_slot(&k, DOM_P, 64, 6, 0);
		kit_op(&k, OP_PUT, d, a, kit_number(&k, 128, i), -1, 2, 0, 0);
		expect_stop(&k, 0, "index");
	}
	kit_init(&k, 1);
	KIT_OP(&k, ASSERT, -1, kit_const(&k, 64, 2, (i128[]){ 1, 1 }));
	KIT_OP(&k, ASSERT, -1, kit_const(&k, 128, 3, (i128[]){ 1, 0, 1 }));
	expect_stop(&k, 1, "assertion");
}

/* Triangular loops, the counter as a value, windows that move, empty loops. */
static void
test_loops(void **state)
{
	struct kit_node t;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int x = kit_const(&k, 64, 100, ramp), sum = kit_slot(&k, DOM_P, 64, 1, 0);
	int trip = kit_slot(&k, DOM_P, 64, 1, 0), all = kit_slot(&k, DOM_P, 64, 10, 0);
	int here = kit_window(&k, all, 1, 0, 1), w = kit_window(&k, x, 1, 5, 10);
	k.slot[w].offset.coef[1] = 1;
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 2, 0), kit_affine(&k, 2, 0), 0);
	KIT_OP(&k, ADD_X, sum, sum, w);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 0), kit_affine(&k, 3, 0), 0);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 0), kit_affine(&k, 9, 0), 0);
	kit_op(&k, OP_TRIP, trip, -1, -1, -1, 0, 0, 0);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 1), kit_affine(&k, 5, 0), 0);
	KIT_OP(&k, ADD_X, sum, sum, w);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	KIT_OP(&k, ADD_X, here, sum, trip);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	run_clear(&t, &k);
	int64_t want[10] = { 0 }, total = 0;
	for (int64_t i = 0; i < 9; i++) {
		for (int64_t j = i; j < 5; j++)
			total += 5 + 10 * i + j;
		want[i] = total + i;
	}
	expect(&t, all, want, 10);
	assert_int_equal(vm_rounds(t.vm), 0);
	finish(&t, &k);
}

/* Results of interactive instructions come with ROUND, not before. */
static void
test_rounds(void **state)
{
	struct kit_node t;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int x = kit_input(&k, 0, 64, 4, kit_owner(&k, 0), ramp + 3);
	int a = kit_slot(&k, DOM_A, 64, 4, 0);
	int d = kit_slot(&k, DOM_A, 64, 4, 0), before = kit_slot(&k, DOM_A, 64, 4, 0);
	int wide = kit_slot(&k, DOM_A, 128, 4, 0), back = kit_slot(&k, DOM_A, 64, 4, 0);
	KIT_OP(&k, SHARE, a, x);
	KIT_OP(&k, SHARE, wide, x);
	KIT_OP(&k, NARROW, back, wide);
	KIT_OP(&k, MUL_A, d, a, back);
	KIT_OP(&k, ADD_A, before, d, a);
	KIT_ROUND(&k);
	KIT_ROUND(&k);
	run_clear(&t, &k);
	expect(&t, before, (int64_t[]){ 3, 4, 5, 6 }, 4);
	expect(&t, d, (int64_t[]){ 9, 16, 25, 36 }, 4);
	assert_int_equal(vm_rounds(t.vm), 2);
	finish(&t, &k);
}

/* After opening: each recipient computes for itself, in real numbers; others have nothing. */
static void
test_post(void **state)
{
	struct kit_node t[3];
	struct kit k;

	(void)state;
	kit_init(&k, 3);
	int a = kit_slot(&k, DOM_A, 64, 4, 0), o = kit_slot(&k, DOM_O, 64, 4, 6);
	int r = kit_slot(&k, DOM_R, 64, 4, 6), s = kit_slot(&k, DOM_R, 64, 1, 6);
	KIT_OP(&k, SHARE, a, kit_input(&k, 0, 64, 4, kit_owner(&k, 0), ramp + 16));
	KIT_OP(&k, OPEN, o, a);
	KIT_ROUND(&k);
	kit_post(&k, OP_REAL, r, o, -1, -1, 4);
	kit_post(&k, OP_SQRT_R, r, r, -1, -1, 0);
	kit_post(&k, OP_SUM_R, s, r, -1, -1, 1);
	k.post[2].imm[1] = 4;
	k.post[2].imm[2] = 1;
	kit_run(t, &k, &protocol_additive);
	kit_ok(t, 3);
	for (int p = 0; p < 3; p++) {
		double want = 0;
		for (int i = 0; i < 4; i++)
			want += sqrt((16 + i) / 16.0);
		assert_true(vm_real(t[p].vm, (uint32_t)s, 0) == (p == 0 ? 0 : want));
		assert_true(vm_real(t[p].vm, (uint32_t)r, 0) == (p == 0 ? 0 : 1));
	}
	for (int p = 0; p < 3; p++)
		kit_node_fini(&t[p]);
	kit_fini(&k);
}

/* What a protocol cannot do is refused with the instruction and its line, before anything runs. */
static void
test_refusals(void **state)
{
	struct protocol poor = protocol_clear;
	struct fault f = { .st = ST_OK };
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int a = kit_slot(&k, DOM_A, 64, 4, 0);
	KIT_OP(&k, LIFT, a, kit_number(&k, 64, 1));
	KIT_OP(&k, MUL_A, a, a, a);
	assert_int_equal(vm_check(&k.c, &protocol_clear, &f), ST_OK);
	poor.row[OP_MUL_A] = NULL;
	assert_int_equal(vm_check(&k.c, &poor, &f), ST_COMPILE);
	assert_non_null(strstr(f.message, "mul.a"));
	assert_int_equal(f.line, 101);
	memset(&f, 0, sizeof f);
	assert_int_equal(vm_check(&k.c, &protocol_additive, &f), ST_COMPILE);
	assert_non_null(strstr(f.message, "2 to 16"));
	assert_ptr_equal(protocol_find("additive"), &protocol_additive);
	assert_ptr_equal(protocol_find("clear"), &protocol_clear);
	assert_null(protocol_find("nosuch"));
	kit_fini(&k);
}

struct told {
	uint64_t times, last, total;
};

static void
tell(void *arg, uint64_t done, uint64_t total)
{
	struct told *t = arg;

	assert_true(done >= t->last && done <= total);
	t->last = done;
	t->total = total;
	t->times++;
}

static void
test_progress(void **state)
{
	struct told told = { 0, 0, 0 };
	struct fault f = { .st = ST_OK };
	struct proto_env pe = { .n = 1 };
	struct proto *proto;
	struct vm *vm;
	struct kit k;

	(void)state;
	kit_init(&k, 1);
	int a = kit_slot(&k, DOM_A, 64, 1000, 0), p = kit_slot(&k, DOM_P, 64, 1000, 0);
	kit_op(&k, OP_LOOP, -1, -1, -1, -1, kit_affine(&k, 0, 0), kit_affine(&k, 500, 0), 0);
	kit_op(&k, OP_IOTA, p, -1, -1, -1, 0, 1, 0);
	KIT_OP(&k, LIFT, a, p);
	KIT_OP(&k, MUL_A, a, a, a);
	KIT_ROUND(&k);
	kit_op(&k, OP_END, -1, -1, -1, -1, 0, 0, 0);
	assert_int_equal(protocol_clear.open(&proto, &pe, &f), ST_OK);
	struct vm_env ve = { .code = &k.c, .protocol = &protocol_clear, .proto = proto,
	    .me = VM_ALL,
		.progress = tell, .progress_arg = &told };
	assert_int_equal(vm_new(&vm, &ve, &f), ST_OK);
	assert_int_equal(vm_run(vm, &f), ST_OK);
	assert_true(told.times > 100 && told.times < 1100);
	assert_int_equal(told.last, told.total);
	vm_free(vm);
	protocol_clear.close(proto);
	kit_fini(&k);
}

/* The n-th allocation fails, for every n: status 1, nothing lost, and then it works. */
static void
test_no_memory(void **state)
{
	struct kit_node t;
	struct kit k;
	int out[7];

	(void)state;
	local_program(&k, out);
	assert_int_equal(code_demand(&k.c), ST_OK);
	for (uint64_t n = 1;; n++) {
		mem_fail_at(n);
		memset(&t, 0, sizeof t);
		t.k = &k;
		t.protocol = &protocol_clear;
		t.me = VM_ALL;
		(void)kit_node_main(&t);
		bool reached = mem_count() >= n;
		mem_fail_at(0);
		if (!reached)
			break;
		assert_int_equal(t.st, ST_INTERNAL);
		kit_node_fini(&t);
	}
	kit_ok(&t, 1);
	expect_local(&t, out);
	finish(&t, &k);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_clips),
		cmocka_unit_test(test_gather_put),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_no_memory),
	};

	fill_ramp();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
