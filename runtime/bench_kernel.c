/* bench_kernel.c: what one core does with numbers in memory.  See bench.h. */
#include "base/mem.h"
#include "base/prg.h"
#include "base/random.h"
#include "base/ring.h"
#include "bench.h"

enum {
	SIDE = 256,             /* of square matrices */
	LONG = 1 << 16,         /* of dot products: they stay in the second cache */
	N_REPEAT = 9,
};

/* Factors and result, wide enough for both rings. */
struct kernel_job {
	ashare128 *a, *b, *d;
	struct prg g;
};

enum { JOB_ELEMENTS = LONG };
_Static_assert(SIDE * SIDE <= JOB_ELEMENTS, "a matrix fits");

static void
square64(struct kernel_job *j)
{
	ring64_matmul_sp((ashare64 *)j->d, (ashare64 *)j->a, (uint64_t *)j->b, SIDE, SIDE, SIDE);
}

static void
square128(struct kernel_job *j)
{
	ring128_matmul_sp(j->d, j->a, (u128 *)j->b, SIDE, SIDE, SIDE);
}

static void
dot64(struct kernel_job *j)
{
	ring64_matmul_sp((ashare64 *)j->d, (ashare64 *)j->a, (uint64_t *)j->b, 1, LONG, 1);
}

static void
dot128(struct kernel_job *j)
{
	ring128_matmul_sp(j->d, j->a, (u128 *)j->b, 1, LONG, 1);
}

static void
stream(struct kernel_job *j)
{
	prg_elements(&j->g, 0, 0, 128, j->d, LONG);
}

static const struct {
	const char *name, *unit;
	void (*run)(struct kernel_job *);
	double work;            /* of one run, in 10^9 */
} kernels[] = {
	{ "matrix products in Z_2^64, 256 x 256 x 256", "G mac/s", square64,
	    1e-9 * SIDE * SIDE * SIDE },
	{ "matrix products in Z_2^128, 256 x 256 x 256", "G mac/s", square128,
	    1e-9 * SIDE * SIDE * SIDE },
	{ "dot products in Z_2^64 of 65,536", "G mac/s", dot64, 1e-9 * LONG },
	{ "dot products in Z_2^128 of 65,536", "G mac/s", dot128, 1e-9 * LONG },
	{ "pseudo-random numbers", "GB/s", stream, 1e-9 * LONG * 16 },
};

/* Runs until it has had the processor for some time. */
static double
rate(struct kernel_job *j, void (*run)(struct kernel_job *), double work, double least_s)
{
	double began = bench_cpu_s(), took;
	unsigned times = 0;

	do {
		run(j);
		times++;
		took = bench_cpu_s() - began;
	} while (took < least_s);
	return work * times / took;
}

enum status
bench_kernels(struct bench *b, struct fault *f)
{
	const size_t len = JOB_ELEMENTS * sizeof(ashare128);
	struct kernel_job j = { .a = mem_map(len), .b = mem_map(len), .d = mem_map(len) };
	uint8_t key[16];
	double v[N_REPEAT];
	enum status st = ST_OK;

	if (j.a == NULL || j.b == NULL || j.d == NULL) {
		st = fault_set(f, ST_INTERNAL, "no memory");
		goto out;
	}
	random_bytes(j.a, len);
	random_bytes(j.b, len);
	random_bytes(key, sizeof key);
	prg_init(&j.g, key);
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
		for (unsigned r = 0; r < N_REPEAT; r++)
			v[r] = rate(&j, kernels[i].run, kernels[i].work, b->quick ? 0 : 0.02);
		bench_add(&b->figures, 0, kernels[i].name, kernels[i].unit,
		    bench_median(v, N_REPEAT));
	}
out:
	mem_unmap(j.a, len);
	mem_unmap(j.b, len);
	mem_unmap(j.d, len);
	return st;
}
