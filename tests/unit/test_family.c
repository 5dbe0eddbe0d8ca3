/* test_family.c: every family against GMP's integers: all small widths, signs and inputs; random
 * ones of large widths; some operands known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "family_kit.h"

/* The inputs of one lane, as numbers and as bits; z is the result. */
static mpz_t v[3], u[3], t, z;

static int
setup(void **state)
{
	(void)state;
	mpz_inits(v[0], v[1], v[2], u[0], u[1], u[2], t, z, NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	mpz_clears(v[0], v[1], v[2], u[0], u[1], u[2], t, z, NULL);
	return 0;
}

static uint32_t
width_of(const struct family_spec *s)
{
	return s->in[0].width + (uint32_t)s->in[1].width + s->in[2].width;
}

static void
nearest_even(unsigned long k)
{
	mpz_fdiv_q_2exp(z, v[0], k);
	mpz_fdiv_r_2exp(t, v[0], k);
	mpz_mul_2exp(t, t, 1);
	mpz_set_ui(u[2], 0);
	mpz_setbit(u[2], k);
	int c = mpz_cmp(t, u[2]);
	if (k > 0 && (c > 0 || (c == 0 && mpz_odd_p(z))))
		mpz_add_ui(z, z, 1);
}

static void
bitwise(enum family f, const struct family_spec *s)
{
	bool wide0 = f == FAMILY_AND && s->in[0].width == 1 && s->in[1].width != 1;
	bool wide1 = f == FAMILY_AND && s->in[1].width == 1 && s->in[0].width != 1;

	if (wide0)
		mpz_set_si(v[0], -(long)mpz_tstbit(u[0], 0));
	if (wide1)
		mpz_set_si(v[1], -(long)mpz_tstbit(u[1], 0));
	(f == FAMILY_AND ? mpz_and : f == FAMILY_OR ? mpz_ior : mpz_xor)(z, v[0], v[1]);
}

static void
sum_parts(const struct family_spec *s, bool as_xor)
{
	unsigned long k = (unsigned long)s->imm[1];

	mpz_set_ui(z, 0);
	for (int64_t j = 0; j < s->imm[0]; j++) {
		mpz_fdiv_q_2exp(t, u[0], (unsigned long)j * k);
		mpz_fdiv_r_2exp(t, t, k);
		(as_xor ? mpz_xor : mpz_add)(z, z, t);
	}
	mpz_fdiv_r_2exp(z, z, k);
}

static void
sort2(const struct family_spec *s)
{
	unsigned long k = s->in[0].width, lo = (unsigned long)s->imm[0];

	mpz_fdiv_q_2exp(t, u[0], lo);
	mpz_fdiv_q_2exp(z, u[1], lo);
	bool swap = mpz_cmp(z, t) < 0;
	mpz_mul_2exp(t, u[swap ? 0 : 1], k);
	mpz_add(z, t, u[swap ? 1 : 0]);
}

static void
bits_of(const struct family_spec *s)
{
	unsigned long k = s->in[0].width, imm = (unsigned long)s->imm[0];
	size_t len = mpz_sgn(u[0]) == 0 ? 0 : mpz_sizeinbase(u[0], 2);

	switch (s->family) {
	case FAMILY_SLICE: mpz_fdiv_q_2exp(z, u[0], imm); break;
	case FAMILY_ROTL:
		mpz_mul_2exp(z, u[0], imm % k);
		mpz_fdiv_q_2exp(t, z, k);
		mpz_add(z, z, t);
		mpz_fdiv_r_2exp(z, z, k);
		break;
	case FAMILY_POPCOUNT: mpz_set_ui(z, mpz_popcount(u[0])); break;
	case FAMILY_ANY: mpz_set_ui(z, mpz_sgn(u[0]) != 0); break;
	case FAMILY_ALL: mpz_set_ui(z, mpz_popcount(u[0]) == k); break;
	case FAMILY_BITLEN: mpz_set_ui(z, len); break;
	case FAMILY_NORM:
		mpz_set_ui(z, 0);
		if (len > 0 && len <= imm)
			mpz_setbit(z, imm - len);
		break;
	case FAMILY_ONEHOT:
		mpz_set_ui(z, 0);
		if (mpz_cmp_ui(u[0], imm) < 0)
			mpz_setbit(z, mpz_get_ui(u[0]));
		break;
	case FAMILY_PAIR:
		mpz_mul_2exp(z, u[2], s->in[1].width);
		mpz_add(z, z, u[1]);
		mpz_mul_2exp(z, z, k);
		mpz_add(z, z, u[0]);
		break;
	case FAMILY_PARTS:
		sum_parts(s, false);
		if (s->in[0].is_signed && mpz_tstbit(z, (unsigned long)s->imm[1] - 1) != 0) {
			mpz_set_ui(t, 0);
			mpz_setbit(t, (unsigned long)s->imm[1]);
			mpz_sub(z, z, t);
		}
		break;
	case FAMILY_PARTS_NEG:
		sum_parts(s, false);
		mpz_set_ui(z, (unsigned long)mpz_tstbit(z, (unsigned long)s->imm[1] - 1));
		break;
	case FAMILY_PARTS_ZERO:
		sum_parts(s, false);
		mpz_set_ui(z, mpz_sgn(z) == 0);
		break;
	case FAMILY_SORT2: sort2(s); break;
	case FAMILY_XOR_ALL: sum_parts(s, true); break;
	default: fail();
	}
}

/* z is what the family means. */
static void
meaning(const struct family_spec *s)
{
	unsigned long imm = (unsigned long)s->imm[0];
	int c = mpz_cmp(v[0], v[1]);

	switch (s->family) {
	case FAMILY_COPY: mpz_set(z, v[0]); break;
	case FAMILY_ADD: mpz_add(z, v[0], v[1]); break;
	case FAMILY_SUB: mpz_sub(z, v[0], v[1]); break;
	case FAMILY_NEG: mpz_neg(z, v[0]); break;
	case FAMILY_MUL: mpz_mul(z, v[0], v[1]); break;
	case FAMILY_SHL: case FAMILY_SHLB: mpz_mul_2exp(z, v[0], imm); break;
	case FAMILY_SHR: mpz_fdiv_q_2exp(z, v[0], imm); break;
	case FAMILY_ROUND: nearest_even(imm); break;
	case FAMILY_DIV:
		mpz_mul_2exp(t, v[0], imm);
		mpz_set_ui(z, 0);
		if (mpz_sgn(v[1]) != 0)
			mpz_fdiv_q(z, t, v[1]);
		break;
	case FAMILY_MOD:
		mpz_set_ui(z, 0);
		if (mpz_sgn(v[1]) != 0)
			mpz_fdiv_r(z, v[0], v[1]);
		break;
	case FAMILY_SQRT:
		mpz_mul_2exp(t, v[0], imm);
		mpz_set_ui(z, 0);
		if (mpz_sgn(t) > 0)
			mpz_sqrt(z, t);
		break;
	case FAMILY_ABS: mpz_abs(z, v[0]); break;
	case FAMILY_SIGN: mpz_set_si(z, mpz_sgn(v[0])); break;
	case FAMILY_MIN: mpz_set(z, v[c < 0 ? 0 : 1]); break;
	case FAMILY_MAX: mpz_set(z, v[c < 0 ? 1 : 0]); break;
	case FAMILY_EQ: mpz_set_ui(z, c == 0); break;
	case FAMILY_LT: mpz_set_ui(z, c < 0); break;
	case FAMILY_LE: mpz_set_ui(z, c <= 0); break;
	case FAMILY_MUX: mpz_set(z, v[mpz_tstbit(u[0], 0) != 0 ? 1 : 2]); break;
	case FAMILY_NOT: mpz_com(z, v[0]); break;
	case FAMILY_AND: case FAMILY_OR: case FAMILY_XOR: bitwise(s->family, s); break;
	default: bits_of(s);
	}
}

static void
load(const struct family_spec *s, const struct planes *in, unsigned lane)
{
	uint32_t at = 0;

	for (unsigned j = 0; j < 3; j++) {
		uint32_t k = s->in[j].width;
		kit_get(u[j], in, at, k, lane);
		mpz_set(v[j], u[j]);
		if (s->in[j].is_signed && k > 0 && mpz_tstbit(u[j], k - 1) != 0) {
			mpz_set_ui(t, 0);
			mpz_setbit(t, k);
			mpz_sub(v[j], u[j], t);
		}
		at += k;
	}
}

/* All lanes of in; c may have fewer operands than s (constants), in2 is what it reads. */
static void
check_lanes(const struct circuit *c, const struct family_spec *s, const struct planes *in,
    const struct planes *in2)
{
	static struct planes out;

	kit_eval(&out, in2, c);
	for (unsigned lane = 0; lane < LANES; lane++) {
		load(s, in, lane);
		meaning(s);
		mpz_fdiv_r_2exp(z, z, s->out);
		kit_get(t, &out, 0, s->out, lane);
		if (mpz_cmp(t, z) != 0) {
			load(s, in, lane);
			meaning(s);
			kit_get(t, &out, 0, s->out, lane);
			gmp_fprintf(stderr, "%s: a %Zd b %Zd c %Zd: want %Zd, got %Zd\n", c->name,
			    v[0], v[1], v[2], z, t);
			fail();
		}
	}
}

static void
check_random(const struct family_spec *s, unsigned times)
{
	static struct planes in;
	struct circuit c;

	assert_int_equal(ST_OK, family_circuit(&c, s));
	for (unsigned i = 0; i < times; i++) {
		uint32_t at = 0;
		for (unsigned j = 0; j < 3; at += s->in[j++].width)
			kit_random(&in, at, s->in[j].width);
		check_lanes(&c, s, &in, &in);
	}
	circuit_fini(&c);
}

static void
check_all(const struct family_spec *s)
{
	static struct planes in;
	struct circuit c;
	uint32_t k = width_of(s);

	assert_int_equal(ST_OK, family_circuit(&c, s));
	for (uint64_t at = 0; at < UINT64_C(1) << k; at += LANES) {
		for (uint32_t i = 0; i < k; i++) {
			in.w[i] = 0;
			for (unsigned lane = 0; lane < LANES; lane++)
				in.w[i] |= ((at + lane) >> i & 1) << lane;
		}
		check_lanes(&c, s, &in, &in);
	}
	circuit_fini(&c);
}

static unsigned
n_inputs(const struct family_spec *s)
{
	return family_table[s->family].n_inputs;
}

static bool
of_parts(enum family f)
{
	return f == FAMILY_PARTS || f == FAMILY_PARTS_NEG || f == FAMILY_PARTS_ZERO ||
	    f == FAMILY_XOR_ALL;
}

/* One choice of widths and signs, with the immediates that go with it. */
static void
small_case(struct family_spec s, unsigned sign)
{
	bool has_imm = s.family == FAMILY_SHL || s.family == FAMILY_SHR || s.family == FAMILY_ROUND ||
	    s.family == FAMILY_DIV || s.family == FAMILY_SQRT || s.family == FAMILY_SLICE ||
	    s.family == FAMILY_SHLB || s.family == FAMILY_ROTL || s.family == FAMILY_NORM ||
	    s.family == FAMILY_ONEHOT || s.family == FAMILY_SORT2;

	for (unsigned j = 0; j < n_inputs(&s); j++)
		s.in[j].is_signed = (sign >> j & 1) != 0;
	for (s.imm[0] = 0; s.imm[0] <= (has_imm ? 5 : 0); s.imm[0]++)
		for (s.out = 1; s.out <= 10; s.out = (uint16_t)(s.out * 2 + 1)) {
			if (s.family == FAMILY_NORM && s.imm[0] < s.in[0].width)
				continue;
			if (s.family == FAMILY_SORT2 && s.imm[0] > s.in[0].width)
				continue;
			s.goal = GOAL_SMALL;
			check_all(&s);
			s.goal = GOAL_SHALLOW;
			check_all(&s);
		}
}

static void
test_small_widths(void **state)
{
	(void)state;
	for (int f = 0; f < N_FAMILY; f++) {
		struct family_spec s = { .family = (enum family)f };
		unsigned n = n_inputs(&s), top = n == 3 ? 3 : 4;
		if (of_parts(s.family))
			continue;
		for (unsigned i = 0; i < 64; i++) {
			unsigned w[3] = { 1 + i % 4, 1 + i / 4 % 4, 1 + i / 16 };
			bool skip = w[0] > top || w[1] > top || w[2] > top ||
			    (n < 2 && w[1] > 1) || (n < 3 && w[2] > 1) ||
			    (f == FAMILY_MUX && w[0] > 1) || (f == FAMILY_SORT2 && w[0] != w[1]);
			for (unsigned j = 0; j < 3; j++)
				s.in[j].width = j < n ? (uint16_t)w[j] : 0;
			for (unsigned sign = 0; !skip && sign < 1u << n; sign++)
				small_case(s, sign);
		}
	}
}

static void
parts_case(enum family f, unsigned parts, unsigned width, unsigned out, unsigned times)
{
	for (unsigned i = 0; i < 4; i++) {
		struct family_spec s = { .family = f, .goal = i % 2 ? GOAL_SHALLOW : GOAL_SMALL,
		    .in = { { (uint16_t)(parts * width), i / 2 == 1 } }, .out = (uint16_t)out,
		    .imm = { parts, width } };
		if (times == 0)
			check_all(&s);
		else
			check_random(&s, times);
	}
}

/* What is random is never 0: the last part is what makes it so. */
static void
zero_sums(unsigned parts, unsigned width)
{
	static struct planes in;
	struct family_spec s = { .family = FAMILY_PARTS_ZERO, .goal = GOAL_SHALLOW,
	    .in = { { (uint16_t)(parts * width), false } }, .out = 1, .imm = { parts, width } };
	struct circuit c;

	assert_int_equal(ST_OK, family_circuit(&c, &s));
	kit_random(&in, 0, parts * width);
	for (unsigned lane = 0; lane < LANES / 2; lane++) {
		kit_get(u[0], &in, 0, (parts - 1) * width, lane);
		sum_parts(&s, false);
		mpz_neg(z, z);
		kit_put(&in, (parts - 1) * width, width, lane, z);
	}
	check_lanes(&c, &s, &in, &in);
	circuit_fini(&c);
}

static void
test_parts(void **state)
{
	(void)state;
	const enum family f[] = { FAMILY_PARTS, FAMILY_PARTS_NEG, FAMILY_PARTS_ZERO, FAMILY_XOR_ALL };

	for (unsigned j = 0; j < 4; j++) {
		for (unsigned parts = 1; parts <= 4; parts++)
			for (unsigned width = 1; parts * width <= 12; width++)
				parts_case(f[j], parts, width, j == 0 ? width + 2 : 3, 0);
		for (unsigned parts = 2; parts <= 16; parts++)
			for (unsigned width = 13; width <= 128; width += 23)
				parts_case(f[j], parts, width, width, 2);
		parts_case(f[j], 2, 64, 64, 8);
	}
	for (unsigned parts = 2; parts <= 16; parts += 7) {
		zero_sums(parts, 64);
		zero_sums(parts, 31);
	}
}

static void
test_large_widths(void **state)
{
	(void)state;
	const unsigned width[] = { 8, 13, 16, 31, 32, 33, 63, 64, 65, 127, 128 };

	for (int f = 0; f < N_FAMILY; f++)
		for (unsigned i = 0; i < 44; i++) {
			struct family_spec s = { .family = (enum family)f,
			    .goal = i % 2 ? GOAL_SHALLOW : GOAL_SMALL };
			unsigned n = n_inputs(&s), a = width[i / 4], b = width[(i * 7 + 3) % 11];
			if (of_parts(s.family))
				continue;
			s.in[0].width = (uint16_t)(f == FAMILY_MUX ? 1 : a);
			s.in[1].width = (uint16_t)(n < 2 ? 0 : i % 3 && f != FAMILY_SORT2 ? b : a);
			s.in[2].width = (uint16_t)(n < 3 ? 0 : b);
			for (unsigned j = 0; j < n; j++)
				s.in[j].is_signed = (i >> j & 2) != 0;
			s.out = (uint16_t)(f == FAMILY_MUL || f == FAMILY_PAIR || f == FAMILY_SORT2 ?
			    a + b : a + 1);
			s.imm[0] = f == FAMILY_NORM ? a : f == FAMILY_ONEHOT ? 37 : i % 5 * 4;
			check_random(&s, 4);
		}
}

/* The operands in mask are constants, the same in all lanes; the circuit reads the others. */
static void
check_const(const struct family_spec *s, unsigned mask)
{
	static struct planes in, in2;
	uint64_t limb[3][4] = { { 0 } };
	const uint64_t *constant[3] = { NULL, NULL, NULL };
	uint32_t at = 0, at2 = 0;
	struct circuit c;

	for (unsigned j = 0; j < 3; j++) {
		uint32_t k = s->in[j].width;
		kit_random(&in, at, k);
		for (uint32_t i = 0; i < k; i++) {
			uint64_t bit = in.w[at + i] >> (mask >> 4) & 1;
			if ((mask >> j & 1) != 0) {
				in.w[at + i] = 0 - bit;
				limb[j][i / 64] |= bit << (i % 64);
			} else {
				in2.w[at2++] = in.w[at + i];
			}
		}
		if ((mask >> j & 1) != 0)
			constant[j] = limb[j];
		at += k;
	}
	assert_int_equal(ST_OK, family_circuit_const(&c, s, constant));
	assert_int_equal(at2, c.n_in);
	check_lanes(&c, s, &in, &in2);
	circuit_fini(&c);
}

static void
test_constants(void **state)
{
	(void)state;
	const unsigned width[] = { 1, 2, 5, 8, 33, 64, 77 };

	for (int f = 0; f < N_FAMILY; f++)
		for (unsigned i = 0; i < 400; i++) {
			struct family_spec s = { .family = (enum family)f,
			    .goal = i % 2 ? GOAL_SHALLOW : GOAL_SMALL };
			unsigned n = n_inputs(&s);
			if (n < 2)
				continue;
			unsigned known = 1 + i / 8 % ((1u << n) - 2);
			for (unsigned j = 0; j < n; j++) {
				s.in[j].width = (uint16_t)width[(i + j * (i / 7)) % 7];
				s.in[j].is_signed = (i >> j & 2) != 0;
			}
			if (f == FAMILY_MUX)
				s.in[0].width = 1;
			if (f == FAMILY_SORT2)
				s.in[1].width = s.in[0].width;
			s.out = (uint16_t)(1 + i % 150);
			s.imm[0] = f == FAMILY_SORT2 ? 0 : i % 3 * 7;
			check_const(&s, known | (i * 5 % 64) << 4);
		}
}

/* a = q b, q b - 1, q b + b - 1: where a quotient that is nearly right would show. */
static void
quotient_lane(struct planes *in, unsigned wa, unsigned wb, unsigned lane)
{
	uint8_t bits[2];

	random_bytes(bits, sizeof bits);
	unsigned lb = 1 + bits[0] % wb, lq = 1 + bits[1] % wa;
	kit_random(in, 0, wa + wb);
	kit_get(v[0], in, 0, lq, lane);
	kit_get(v[1], in, wa, lb, lane);
	mpz_setbit(v[1], lb - 1);
	mpz_mul(t, v[0], v[1]);
	if (lane % 3 == 1)
		mpz_sub_ui(t, t, 1);
	if (lane % 3 == 2) {
		mpz_add(t, t, v[1]);
		mpz_sub_ui(t, t, 1);
	}
	kit_put(in, 0, wa, lane, t);
	kit_put(in, wa, wb, lane, v[1]);
}

static void
test_quotients(void **state)
{
	(void)state;
	static struct planes in, lane_in;
	const unsigned wa[] = { 16, 24, 33, 64, 64, 96, 64, 128, 40 };
	const unsigned wb[] = { 32, 24, 17, 64, 32, 32, 96, 128, 1 };

	for (unsigned i = 0; i < 36; i++) {
		struct family_spec s = { .family = i / 2 % 2 ? FAMILY_MOD : FAMILY_DIV,
		    .goal = i % 2 ? GOAL_SHALLOW : GOAL_SMALL,
		    .in = { { (uint16_t)wa[i / 4], false }, { (uint16_t)wb[i / 4], false } },
		    .out = (uint16_t)(wa[i / 4] + 1) };
		struct circuit c;
		assert_int_equal(ST_OK, family_circuit(&c, &s));
		for (unsigned k = 0; k < 4; k++) {
			for (unsigned lane = 0; lane < LANES; lane++) {
				quotient_lane(&lane_in, wa[i / 4], wb[i / 4], lane);
				kit_get(t, &lane_in, 0, wa[i / 4] + wb[i / 4], lane);
				kit_put(&in, 0, wa[i / 4] + wb[i / 4], lane, t);
			}
			check_lanes(&c, &s, &in, &in);
		}
		circuit_fini(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_widths),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_large_widths),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_quotients),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
