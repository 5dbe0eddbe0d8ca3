/* library_aes.c: AES-128 and AES-256 of a key and a block [FIPS 197].
 *
 * S-box by Boyar and Peralta: small, 32 ANDs in 6 layers [BP10]; shallow, the same linear layers
 * around an inversion in GF(2^4) of 7 ANDs in 2 layers, 34 ANDs in 4 [BP11].  Names of wires are
 * the papers': x0 and s0 are the highest bits. */
#include "library.h"

struct byte {
	wire b[8];              /* the lowest first */
};

struct aes {
	struct net *n;
	struct byte key[60][4]; /* expanded, by words */
	struct byte state[16];
	unsigned key_words, rounds;
};

#define X(a, b) net_xor(n, a, b)
#define A(a, b) net_and(n, a, b)

/* The top linear layer's sums; y[0] is x7, which the multiplications read, too. */
static void
sbox_top(struct net *n, wire y[22], const wire x[8])
{
	wire t0 = X(x[1], x[2]), t1;

	y[0] = x[7];
	y[14] = X(x[3], x[5]);
	y[13] = X(x[0], x[6]);
	y[9] = X(x[0], x[3]);
	y[8] = X(x[0], x[5]);
	y[1] = X(t0, x[7]);
	y[4] = X(y[1], x[3]);
	y[12] = X(y[13], y[14]);
	y[2] = X(y[1], x[0]);
	y[5] = X(y[1], x[6]);
	y[3] = X(y[5], y[8]);
	t1 = X(x[4], y[12]);
	y[15] = X(t1, x[5]);
	y[20] = X(t1, x[1]);
	y[6] = X(y[15], x[7]);
	y[10] = X(y[15], t0);
	y[11] = X(y[20], y[9]);
	y[7] = X(x[7], y[11]);
	y[17] = X(y[10], y[11]);
	y[19] = X(y[10], y[8]);
	y[16] = X(t0, y[11]);
	y[21] = X(y[13], y[16]);
	y[18] = X(x[0], y[16]);
}

/* t21 .. t24: the element of GF(2^4) to be inverted, in u[0..4]. */
static void
sbox_norm(struct net *n, wire u[4], const wire y[22])
{
	wire t2 = A(y[12], y[15]), t7 = A(y[13], y[16]), t12 = A(y[9], y[11]);
	wire t4 = X(A(y[3], y[6]), t2), t6 = X(A(y[4], y[0]), t2);
	wire t9 = X(A(y[5], y[1]), t7), t11 = X(A(y[2], y[7]), t7);
	wire t14 = X(A(y[14], y[17]), t12), t16 = X(A(y[8], y[10]), t12);

	u[0] = X(X(t4, t14), y[20]);
	u[1] = X(X(t6, t16), y[19]);
	u[2] = X(X(t9, t14), y[21]);
	u[3] = X(X(t11, t16), y[18]);
}

/* t29, t33, t37, t40: the inverse; 5 ANDs in 4 layers. */
static void
invert_small(struct net *n, wire v[4], const wire u[4])
{
	wire t25 = X(u[0], u[1]), t26 = A(u[0], u[2]), t27 = X(u[3], t26);
	wire t29 = X(A(t25, t27), u[1]), t30 = X(u[2], u[3]), t31 = X(u[1], t26);
	wire t33 = X(A(t31, t30), u[3]), t34 = X(u[2], t33), t35 = X(t27, t33);
	wire t36 = A(u[3], t35), t38 = X(t27, t36);

	v[0] = t29;
	v[1] = t33;
	v[2] = X(t36, t34);
	v[3] = X(t25, A(t29, t38));
}

/* The same functions multiplied out, with ab for a & b:
 * v0 = u1 ^ (u0 ^ u1) u3 ^ u0 u2 ~u1       v1 = u3 ^ (u2 ^ u3) u1 ^ u0 u2 ~u3
 * v2 = u2 ^ u3 ^ u0 u2 ^ (u2 ^ u3) u1 ~u3  v3 = u0 ^ u1 ^ u0 u2 ^ (u0 ^ u1) u3 ~u1 */
static void
invert_shallow(struct net *n, wire v[4], const wire u[4])
{
	wire t01 = X(u[0], u[1]), t23 = X(u[2], u[3]);
	wire p = A(u[0], u[2]), q = A(t01, u[3]), r = A(t23, u[1]);

	v[0] = X(X(u[1], q), A(p, net_not(u[1])));
	v[1] = X(X(u[3], r), A(p, net_not(u[3])));
	v[2] = X(X(t23, p), A(r, net_not(u[3])));
	v[3] = X(X(t01, p), A(q, net_not(u[1])));
}

/* z0 .. z17 */
static void
sbox_products(struct net *n, wire z[18], const wire v[4], const wire y[22])
{
	static const uint8_t first[9] = { 15, 6, 0, 16, 1, 7, 11, 17, 10 };
	static const uint8_t second[9] = { 12, 3, 4, 13, 5, 2, 9, 14, 8 };
	wire t41 = X(v[3], v[2]), t42 = X(v[0], v[1]), t43 = X(v[0], v[3]), t44 = X(v[1], v[2]);
	const wire by[9] = { t44, v[2], v[1], t43, v[3], v[0], t42, X(t42, t41), t41 };

	for (unsigned i = 0; i < 9; i++) {
		z[i] = A(by[i], y[first[i]]);
		z[9 + i] = A(by[i], y[second[i]]);
	}
}

static void
sbox_bottom(struct net *n, wire s[8], const wire z[18])
{
	wire t46 = X(z[15], z[16]), t47 = X(z[10], z[11]), t48 = X(z[5], z[13]);
	wire t49 = X(z[9], z[10]), t50 = X(z[2], z[12]), t51 = X(z[2], z[5]);
	wire t52 = X(z[7], z[8]), t53 = X(z[0], z[3]), t54 = X(z[6], z[7]);
	wire t55 = X(z[16], z[17]), t56 = X(z[12], t48), t57 = X(t50, t53);
	wire t58 = X(z[4], t46), t59 = X(z[3], t54), t60 = X(t46, t57);
	wire t61 = X(z[14], t57), t62 = X(t52, t58), t63 = X(t49, t58);
	wire t64 = X(z[4], t59), t65 = X(t61, t62), t66 = X(z[1], t63);

	s[0] = X(t59, t63);
	s[6] = net_not(X(t56, t62));
	s[7] = net_not(X(t48, t60));
	s[3] = X(t53, t66);
	s[4] = X(t51, t66);
	s[5] = X(t47, t65);
	s[1] = net_not(X(t64, s[3]));
	s[2] = net_not(X(t55, X(t64, t65)));
}

static struct byte
sbox(struct net *n, struct byte in)
{
	wire x[8], y[22], u[4], v[4], z[18], s[8];
	struct byte d;

	for (unsigned i = 0; i < 8; i++)
		x[i] = in.b[7 - i];
	sbox_top(n, y, x);
	sbox_norm(n, u, y);
	if (net_goal(n) == GOAL_SMALL)
		invert_small(n, v, u);
	else
		invert_shallow(n, v, u);
	sbox_products(n, z, v, y);
	sbox_bottom(n, s, z);
	for (unsigned i = 0; i < 8; i++)
		d.b[i] = s[7 - i];
	return d;
}

static struct byte
byte_xor(struct net *n, struct byte a, struct byte b)
{
	for (unsigned i = 0; i < 8; i++)
		a.b[i] = X(a.b[i], b.b[i]);
	return a;
}

/* x a in GF(2^8) */
static struct byte
xtime(struct net *n, struct byte a)
{
	struct byte d;

	for (unsigned i = 0; i < 8; i++)
		d.b[i] = (0x1b >> i & 1) != 0 ? X(i > 0 ? a.b[i - 1] : WIRE_0, a.b[7]) : a.b[i - 1];
	return d;
}

/* Byte i of an operand of n_bytes: the first is the most significant. */
static struct byte
input_byte(const struct net *n, unsigned operand, unsigned n_bytes, unsigned i)
{
	struct byte d;

	for (unsigned k = 0; k < 8; k++)
		d.b[k] = net_in(n, operand, 8 * (n_bytes - 1 - i) + k);
	return d;
}

/* KeyExpansion */
static void
expand_key(struct aes *a)
{
	uint8_t round_constant = 1;
	unsigned nk = a->key_words;

	for (unsigned i = 0; i < nk; i++)
		for (unsigned j = 0; j < 4; j++)
			a->key[i][j] = input_byte(a->n, 0, 4 * nk, 4 * i + j);
	for (unsigned i = nk; i < 4 * (a->rounds + 1); i++) {
		for (unsigned j = 0; j < 4; j++) {
			struct byte t = a->key[i - 1][i % nk == 0 ? (j + 1) % 4 : j];
			if (i % nk == 0 || (nk == 8 && i % nk == 4))
				t = sbox(a->n, t);
			for (unsigned k = 0; k < 8 && i % nk == 0 && j == 0; k++)
				t.b[k] ^= (wire)(round_constant >> k & 1);
			a->key[i][j] = byte_xor(a->n, a->key[i - nk][j], t);
		}
		if (i % nk == 0)
			round_constant = (uint8_t)(round_constant << 1 ^ (round_constant >> 7) * 0x1b);
	}
}

/* MixColumns of one column: 2 a0 + 3 a1 + a2 + a3 = a0 + 2 (a0 + a1) + all four. */
static void
mix_column(struct net *n, struct byte c[4])
{
	struct byte a[4] = { c[0], c[1], c[2], c[3] };
	struct byte all = byte_xor(n, byte_xor(n, a[0], a[1]), byte_xor(n, a[2], a[3]));

	for (unsigned j = 0; j < 4; j++) {
		c[j] = xtime(n, byte_xor(n, a[j], a[(j + 1) % 4]));
		c[j] = byte_xor(n, byte_xor(n, c[j], a[j]), all);
	}
}

static void
add_round_key(struct aes *a, unsigned round)
{
	for (unsigned i = 0; i < 16; i++)
		a->state[i] = byte_xor(a->n, a->state[i], a->key[4 * round + i / 4][i % 4]);
}

/* SubBytes, ShiftRows, MixColumns but in the last round, AddRoundKey */
static void
cipher_round(struct aes *a, unsigned round)
{
	struct byte t[16];

	for (unsigned i = 0; i < 16; i++)
		t[i] = sbox(a->n, a->state[(i + 4 * (i % 4)) % 16]);
	for (unsigned i = 0; i < 16; i += 4)
		if (round < a->rounds)
			mix_column(a->n, &t[i]);
	for (unsigned i = 0; i < 16; i++)
		a->state[i] = t[i];
	add_round_key(a, round);
}

static void
aes(struct net *n, wire *out, unsigned key_words)
{
	struct aes *a = net_alloc(n, 1, sizeof *a);

	a->n = n;
	a->key_words = key_words;
	a->rounds = key_words + 6;
	expand_key(a);
	for (unsigned i = 0; i < 16; i++)
		a->state[i] = input_byte(n, 1, 16, i);
	add_round_key(a, 0);
	for (unsigned r = 1; r <= a->rounds; r++)
		cipher_round(a, r);
	for (unsigned i = 0; i < 128; i++)
		out[i] = a->state[15 - i / 8].b[i % 8];
}

void
library_aes_128(struct net *n, wire *out)
{
	aes(n, out, 4);
}

void
library_aes_256(struct net *n, wire *out)
{
	aes(n, out, 8);
}
