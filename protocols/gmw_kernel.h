/* gmw_kernel.h: the kernels of gmw_layer.h for one instruction set; included by gmw_layer.c and
 * gmw_layer_x86.c, which define V (a vector of words, not aligned), TARGET, and NAME(kernel).
 *
 * Words of a register are done a vector at a time, then one by one: a register's words lie beside
 * those of another one, so none may be overrun. */

#define LANES (sizeof(V) / sizeof(uint64_t))
#define AT(p) (*(V *)(p))
#define FROM(p) (*(const V *)(p))

TARGET static void
NAME(linear)(const struct lane_regs *l, unsigned held, const struct gate *g, size_t n,
    size_t words, uint64_t invert)
{
	const size_t part = l->region[N_REGION - 1].part;

	for (const struct gate *end = g + n; g < end; g++) {
		const bool unary = g->b == GATE_NOT;
		const uint32_t second = unary ? g->a : g->b;
		const struct region *ka = lane_region(l, g->a), *kb = lane_region(l, second);
		const bshare *a = lane_read(ka, g->a), *b = lane_read(kb, second);
		const uint64_t keep = unary ? 0 : ~(uint64_t)0, flip = unary ? invert : 0;
		bshare *d = lane_write(l, g->d);

		for (unsigned k = 0; k < held; k++) {
			size_t w = 0;

			for (; w + LANES <= words; w += LANES)
				AT(d + w) = FROM(a + w) ^ (FROM(b + w) & keep) ^ flip;
			for (; w < words; w++)
				d[w].w = a[w].w ^ (b[w].w & keep) ^ flip;
			d += part;
			a += ka->part;
			b += kb->part;
		}
	}
}

TARGET static void
NAME(open)(uint8_t *d, uint8_t *e, const struct lane_regs *l, const struct gate *g, size_t n,
    size_t words, struct ands t)
{
	for (const struct gate *end = g + n; g < end; g++) {
		const bshare *x = lane_read(lane_region(l, g->a), g->a);
		const bshare *y = lane_read(lane_region(l, g->b), g->b);
		size_t w = 0;

		for (; w + LANES <= words; w += LANES) {
			AT(d + 8 * w) = FROM(x + w) ^ FROM(t.a + w);
			AT(e + 8 * w) = FROM(y + w) ^ FROM(t.b + w);
		}
		for (; w < words; w++) {
			const uint64_t dw = x[w].w ^ t.a[w].w, ew = y[w].w ^ t.b[w].w;

			memcpy(d + 8 * w, &dw, sizeof dw);
			memcpy(e + 8 * w, &ew, sizeof ew);
		}
		d += 8 * words;
		e += 8 * words;
		t.a += words;
		t.b += words;
	}
}

/* xy = c ^ d b ^ e a ^ d e, where d and e are opened. */
TARGET static void
NAME(close)(const struct lane_regs *l, const struct gate *g, size_t n, size_t words, struct ands t,
    const uint8_t *d, const uint8_t *e, uint64_t first)
{
	for (const struct gate *end = g + n; g < end; g++) {
		const bshare *x = lane_read(lane_region(l, g->a), g->a);
		const bshare *y = lane_read(lane_region(l, g->b), g->b);
		bshare *z = lane_write(l, g->d);
		size_t w = 0;

		for (; w + LANES <= words; w += LANES) {
			const V a = FROM(t.a + w), b = FROM(t.b + w);
			const V dv = FROM(d + 8 * w) ^ FROM(x + w) ^ a;
			const V ev = FROM(e + 8 * w) ^ FROM(y + w) ^ b;

			AT(z + w) = FROM(t.c + w) ^ (dv & (b ^ (ev & first))) ^ (ev & a);
		}
		for (; w < words; w++) {
			uint64_t dw, ew;

			memcpy(&dw, d + 8 * w, sizeof dw);
			memcpy(&ew, e + 8 * w, sizeof ew);
			dw ^= x[w].w ^ t.a[w].w;
			ew ^= y[w].w ^ t.b[w].w;
			z[w].w = t.c[w].w ^ (dw & (t.b[w].w ^ (ew & first))) ^ (ew & t.a[w].w);
		}
		d += 8 * words;
		e += 8 * words;
		t.a += words;
		t.b += words;
		t.c += words;
	}
}

#undef LANES
#undef AT
#undef FROM
