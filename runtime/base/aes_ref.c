/* aes_ref.c: portable AES-128, bit-sliced: no table is indexed by a secret.  [FIPS 197]
 *
 * Four blocks at a time are 64 bytes; plane b holds bit b of each, byte i at bit position i.  The
 * S-box is the inverse x^254 in GF(2^8), computed by four products and some squarings, and an
 * affine map.  Slow and plain: the other kernels are tested against it.  See aes.h. */
#include "aes.h"

#include "mem.h"

#include <string.h>

enum { LANES = 4 };

struct planes {
	uint64_t p[8];
};

static void
slice(struct planes *s, const block in[LANES])
{
	uint8_t byte[16 * LANES];

	memcpy(byte, in, sizeof byte);
	memset(s, 0, sizeof *s);
	for (int b = 0; b < 8; b++)
		for (int i = 0; i < 16 * LANES; i++)
			s->p[b] |= (uint64_t)(byte[i] >> b & 1) << i;
	wipe(byte, sizeof byte);
}

static void
unslice(block out[LANES], const struct planes *s)
{
	uint8_t byte[16 * LANES] = { 0 };

	for (int b = 0; b < 8; b++)
		for (int i = 0; i < 16 * LANES; i++)
			byte[i] = (uint8_t)(byte[i] | (s->p[b] >> i & 1) << b);
	memcpy(out, byte, sizeof byte);
	wipe(byte, sizeof byte);
}

/* x^8 = x^4 + x^3 + x + 1: fold the coefficients 8..14 down, highest first. */
static void
reduce(struct planes *d, uint64_t t[15])
{
	for (int i = 14; i >= 8; i--) {
		t[i - 4] ^= t[i];
		t[i - 5] ^= t[i];
		t[i - 7] ^= t[i];
		t[i - 8] ^= t[i];
	}
	memcpy(d->p, t, sizeof d->p);
}

static void
field_mul(struct planes *d, const struct planes *a, const struct planes *b)
{
	uint64_t t[15] = { 0 };

	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++)
			t[i + j] ^= a->p[i] & b->p[j];
	reduce(d, t);
}

static void
field_square(struct planes *d, const struct planes *a)
{
	uint64_t t[15] = { 0 };

	for (int i = 0; i < 8; i++)
		t[2 * i] = a->p[i];
	reduce(d, t);
}

/* S(x) = A x^254 + 0x63, with x^254 = x^240 x^12 x^2. */
static void
sub_bytes(struct planes *s)
{
	struct planes x2, x3, x12, x240, y;

	field_square(&x2, s);
	field_mul(&x3, &x2, s);
	field_square(&x12, &x3);
	field_square(&x12, &x12);
	field_mul(&x240, &x12, &x3);
	for (int i = 0; i < 4; i++)
		field_square(&x240, &x240);
	field_mul(&y, &x240, &x12);
	field_mul(&y, &y, &x2);
	for (int b = 0; b < 8; b++) {
		s->p[b] = y.p[b] ^ y.p[(b + 4) % 8] ^ y.p[(b + 5) % 8] ^ y.p[(b + 6) % 8] ^
		    y.p[(b + 7) % 8];
		if (0x63 >> b & 1)
			s->p[b] = ~s->p[b];
	}
}

/* Byte r + 4c of each block comes from column c + r: row r turns by 4r bits within its 16. */
static void
shift_rows(struct planes *s)
{
	const uint64_t row = 0x1111111111111111, lane = 0x0001000100010001;

	for (int b = 0; b < 8; b++) {
		uint64_t y = s->p[b] & row;

		for (int r = 1; r < 4; r++) {
			uint64_t z = s->p[b] & row << r, low = lane * ((1u << 4 * r) - 1);

			y |= (z & ~low) >> 4 * r | (z & low) << (16 - 4 * r);
		}
		s->p[b] = y;
	}
}

/* Byte r of each column becomes what byte r + 1 was. */
static uint64_t
turn(uint64_t x)
{
	const uint64_t first = 0x1111111111111111;

	return (x >> 1 & ~(first << 3)) | (x & first) << 3;
}

/* b_r = 2 (a_r + a_{r+1}) + a_{r+1} + a_{r+2} + a_{r+3} */
static void
mix_columns(struct planes *s)
{
	struct planes t, u;

	for (int b = 0; b < 8; b++) {
		uint64_t r1 = turn(s->p[b]), r2 = turn(r1);

		t.p[b] = s->p[b] ^ r1;
		u.p[b] = r1 ^ r2 ^ turn(r2);
	}
	for (int b = 0; b < 8; b++) {
		uint64_t high = b == 1 || b == 3 || b == 4 ? t.p[7] : 0;

		s->p[b] = u.p[b] ^ (b == 0 ? t.p[7] : t.p[b - 1]) ^ high;
	}
}

static void
add_key(struct planes *s, const struct planes *k)
{
	for (int b = 0; b < 8; b++)
		s->p[b] ^= k->p[b];
}

/* Round keys of four lanes, sliced. */
struct schedule {
	struct planes rk[11];
};

static void
encrypt(struct planes *s, const struct schedule *k)
{
	add_key(s, &k->rk[0]);
	for (int r = 1; r < 10; r++) {
		sub_bytes(s);
		shift_rows(s);
		mix_columns(s);
		add_key(s, &k->rk[r]);
	}
	sub_bytes(s);
	shift_rows(s);
	add_key(s, &k->rk[10]);
}

static uint32_t
word(const block *k, int i)
{
	return (uint32_t)(k->w[i / 2] >> 32 * (i % 2));
}

/* One step of the key schedule in each lane: w4 = w0 ^ S(rot(w3)) ^ rcon, w5 = w1 ^ w4, ... */
static void
next_round_key(block k[LANES], uint8_t rcon)
{
	block t[LANES];
	struct planes s;

	for (int i = 0; i < LANES; i++) {
		uint32_t w = word(&k[i], 3);

		t[i] = (block){ { w >> 8 | w << 24, 0 } };
	}
	slice(&s, t);
	sub_bytes(&s);
	unslice(t, &s);
	for (int i = 0; i < LANES; i++) {
		uint32_t w0 = word(&k[i], 0) ^ word(&t[i], 0) ^ rcon, w1 = word(&k[i], 1) ^ w0;
		uint32_t w2 = word(&k[i], 2) ^ w1, w3 = word(&k[i], 3) ^ w2;

		k[i] = (block){ { w0 | (uint64_t)w1 << 32, w2 | (uint64_t)w3 << 32 } };
	}
	wipe(t, sizeof t);
	wipe(&s, sizeof s);
}

static const uint8_t rcon[10] = { 1, 2, 4, 8, 16, 32, 64, 128, 27, 54 };

/* A schedule for four keys; wipes them. */
static void
schedule_keys(struct schedule *d, block k[LANES])
{
	slice(&d->rk[0], k);
	for (int r = 1; r <= 10; r++) {
		next_round_key(k, rcon[r - 1]);
		slice(&d->rk[r], k);
	}
	wipe(k, LANES * sizeof *k);
}

static void
ref_expand(struct aes_key *d, block key)
{
	block k[LANES] = { key };

	d->rk[0] = key;
	for (int r = 1; r <= 10; r++) {
		next_round_key(k, rcon[r - 1]);
		d->rk[r] = k[0];
	}
	wipe(k, sizeof k);
}

static void
schedule_same(struct schedule *d, const struct aes_key *k)
{
	for (int r = 0; r <= 10; r++) {
		block same[LANES] = { k->rk[r], k->rk[r], k->rk[r], k->rk[r] };

		slice(&d->rk[r], same);
		wipe(same, sizeof same);
	}
}

static void
encrypt_blocks(block x[LANES], const struct schedule *k)
{
	struct planes s;

	slice(&s, x);
	encrypt(&s, k);
	unslice(x, &s);
	wipe(&s, sizeof s);
}

static void
ref_ecb(block *out, const block *in, const struct aes_key *k, size_t n)
{
	struct schedule rk;
	block x[LANES] = { 0 };

	schedule_same(&rk, k);
	for (size_t i = 0; i < n; i += LANES) {
		size_t m = n - i < LANES ? n - i : LANES;

		memcpy(x, in + i, m * sizeof *x);
		encrypt_blocks(x, &rk);
		memcpy(out + i, x, m * sizeof *x);
	}
	wipe(x, sizeof x);
	wipe(&rk, sizeof rk);
}

static void
ref_ctr(block *out, const struct aes_key *k, uint64_t seq, uint64_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (block){ { first + i, seq } };
	ref_ecb(out, out, k, n);
}

static void
ref_ctr_keys(block *out, const block *key, size_t n_keys, uint64_t first, size_t n)
{
	struct aes_key k;

	for (size_t j = 0; j < n_keys; j++) {
		ref_expand(&k, key[j]);
		ref_ctr(out + j * n, &k, 0, first, n);
	}
	wipe(&k, sizeof k);
}

/* n of the four lanes; out1 may be NULL. */
static void
hash_lanes(block *out0, block *out1, const block *in, block delta, block s, uint64_t tweak,
    size_t n)
{
	struct schedule rk;
	block k[LANES], x[LANES] = { 0 }, y[LANES] = { 0 }, z[LANES];

	for (size_t j = 0; j < LANES; j++)
		k[j] = block_xor(s, (block){ { tweak + j, 0 } });
	schedule_keys(&rk, k);
	for (size_t j = 0; j < n; j++) {
		x[j] = block_sigma(in[j]);
		y[j] = block_sigma(block_xor(in[j], delta));
	}
	memcpy(z, x, sizeof z);
	encrypt_blocks(z, &rk);
	for (size_t j = 0; j < n; j++)
		out0[j] = block_xor(z[j], x[j]);
	if (out1 != NULL) {
		memcpy(z, y, sizeof z);
		encrypt_blocks(z, &rk);
		for (size_t j = 0; j < n; j++)
			out1[j] = block_xor(z[j], y[j]);
	}
	wipe(&rk, sizeof rk);
	wipe(x, sizeof x);
	wipe(y, sizeof y);
	wipe(z, sizeof z);
}

static void
ref_hash2(block *out0, block *out1, const block *in, block delta, block s, uint64_t tweak,
    size_t n)
{
	for (size_t i = 0; i < n; i += LANES)
		hash_lanes(out0 + i, out1 == NULL ? NULL : out1 + i, in + i, delta, s, tweak + i,
		    n - i < LANES ? n - i : LANES);
}

static void
ref_hash(block *out, const block *in, block s, uint64_t tweak, size_t n)
{
	ref_hash2(out, NULL, in, (block){ { 0, 0 } }, s, tweak, n);
}

/* All ones if the label's colour is 1. */
static uint64_t
colour(block x)
{
	return 0 - (x.w[0] & 1);
}

/* m <= 4 gates; the halves' inputs side by side, as their tweaks are. */
static void
garble_group(block *d, block *table, const block *a, const block *b, block delta, block s,
    uint64_t tweak, size_t m)
{
	block in[2 * LANES] = { 0 }, h0[2 * LANES], h1[2 * LANES];

	for (size_t i = 0; i < m; i++) {
		in[2 * i] = a[i];
		in[2 * i + 1] = b[i];
	}
	ref_hash2(h0, h1, in, delta, s, tweak, 2 * m);
	for (size_t i = 0; i < m; i++) {
		block tg = block_xor(block_xor(h0[2 * i], h1[2 * i]), block_mask(delta, colour(b[i])));
		block te = block_xor(h0[2 * i + 1], h1[2 * i + 1]);
		block wg = block_xor(h0[2 * i], block_mask(tg, colour(a[i])));
		block we = block_xor(h0[2 * i + 1], block_mask(te, colour(b[i])));

		table[i] = tg;
		table[m + i] = block_xor(te, a[i]);
		d[i] = block_xor(wg, we);
	}
	wipe(in, sizeof in);
	wipe(h0, sizeof h0);
	wipe(h1, sizeof h1);
}

static void
ref_garble(block *d, block *table, const block *a, const block *b, block delta, block s,
    uint64_t tweak, size_t n)
{
	for (size_t i = 0; i < n; i += LANES)
		garble_group(d + i, table + 2 * i, a + i, b + i, delta, s, tweak + 2 * i,
		    n - i < LANES ? n - i : LANES);
}

static void
evaluate_group(block *d, const block *table, const block *a, const block *b, block s,
    uint64_t tweak, size_t m)
{
	block in[2 * LANES] = { 0 }, h[2 * LANES];

	for (size_t i = 0; i < m; i++) {
		in[2 * i] = a[i];
		in[2 * i + 1] = b[i];
	}
	ref_hash(h, in, s, tweak, 2 * m);
	for (size_t i = 0; i < m; i++) {
		block wg = block_xor(h[2 * i], block_mask(table[i], colour(a[i])));
		block we = block_mask(block_xor(table[m + i], a[i]), colour(b[i]));

		d[i] = block_xor(wg, block_xor(h[2 * i + 1], we));
	}
	wipe(in, sizeof in);
	wipe(h, sizeof h);
}

static void
ref_evaluate(block *d, const block *table, const block *a, const block *b, block s,
    uint64_t tweak, size_t n)
{
	for (size_t i = 0; i < n; i += LANES)
		evaluate_group(d + i, table + 2 * i, a + i, b + i, s, tweak + 2 * i,
		    n - i < LANES ? n - i : LANES);
}

const struct aes_kernel *
aes_ref(void)
{
	static const struct aes_kernel k = {
		"ref", ref_expand, ref_ecb, ref_ctr, ref_ctr_keys, ref_hash, ref_hash2,
		ref_garble, ref_evaluate,
	};

	return &k;
}
