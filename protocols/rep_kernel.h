/* rep_kernel.h: the kernels of rep_layer.h for one instruction set; included by rep_layer.c and
 * rep_layer_x86.c, which define V (a vector of words, not aligned), TARGET, and NAME(kernel).
 *
 * Words are done a vector at a time, then one by one, as in gmw_kernel.h. */

#define LANES (sizeof(V) / sizeof(uint64_t))
#define AT(p) (*(V *)(p))
#define FROM(p) (*(const V *)(p))

TARGET static void
NAME(and)(uint8_t *out, bshare *reg, size_t part, size_t stride, const struct gate *g, size_t n,
    size_t words, const bshare *zero0, const bshare *zero1)
{
	for (const struct gate *end = g + n; g < end; g++) {
		const bshare *x = reg + g->a * stride, *y = reg + g->b * stride;
		bshare *z = reg + g->d * stride;
		size_t w = 0;

		for (; w + LANES <= words; w += LANES) {
			const V y0 = FROM(y + w), y1 = FROM(y + part + w);
			const V v = (FROM(x + w) & (y0 ^ y1)) ^ (FROM(x + part + w) & y0) ^
			    FROM(zero0 + w) ^ FROM(zero1 + w);

			AT(z + w) = v;
			AT(out + 8 * w) = v;
		}
		for (; w < words; w++) {
			const uint64_t v = (x[w].w & (y[w].w ^ y[part + w].w)) ^
			    (x[part + w].w & y[w].w) ^ zero0[w].w ^ zero1[w].w;

			z[w].w = v;
			memcpy(out + 8 * w, &v, sizeof v);
		}
		out += 8 * words;
		zero0 += words;
		zero1 += words;
	}
}

TARGET static void
NAME(place)(bshare *reg, size_t stride, const struct gate *g, size_t n, size_t words,
    const uint8_t *in)
{
	for (const struct gate *end = g + n; g < end; g++) {
		bshare *z = reg + g->d * stride;
		size_t w = 0;

		for (; w + LANES <= words; w += LANES)
			AT(z + w) = FROM(in + 8 * w);
		for (; w < words; w++)
			memcpy(z + w, in + 8 * w, sizeof *z);
		in += 8 * words;
	}
}

#undef LANES
#undef AT
#undef FROM
