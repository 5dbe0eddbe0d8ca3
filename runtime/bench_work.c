/* bench_work.c: see bench_work.h */
#include "bench_work.h"

#include <stddef.h>
#include <string.h>

#define TWO "party p[]\nparam n : int = 1\ninput x : "
/* One party has the model, one the data; the third only computes. */
#define THREE "party model\nparty clinic\nparty helper\nparam n : int = 1\n"
#define HISTOGRAM \
	"use stats\nparty p[]\nparam n : int = 10\ninput x : int in 0..1000 [] from p\n" \
	"output m = mean(x) to all\noutput v = var(x) to all\n" \
	"output h = histogram(x, 0, 1000, 10) to all\n"
#define NETWORK \
	"input w1 : fixed<16> in -1..1 [784, 128] from model\n" \
	"input b1 : fixed<16> in -1..1 [128] from model\n" \
	"input w2 : fixed<16> in -1..1 [128, 128] from model\n" \
	"input b2 : fixed<16> in -1..1 [128] from model\n" \
	"input w3 : fixed<16> in -1..1 [128, 10] from model\n" \
	"input b3 : fixed<16> in -1..1 [10] from model\n" \
	"input x : fixed<16> in 0..1 [n, 784] from clinic\n" \
	"let h1 = relu(x @ w1 + b1)\nlet h2 = relu(h1 @ w2 + b2)\n" \
	"output o = h2 @ w3 + b3 to clinic\n"

static const struct work primitives[] = {
	{ "products of 64 bits", "M/s", 1e-6, 1, WORK_RATE, 1000000, 20000, 1000000, 0, false,
	    TWO "int in -1000000..1000000 [n] from p\n"
	    "output o = cumsum(x[0] * x[1])[n - 1] to all\n" },
	{ "products of 64 bits, vectors of 100,000", "M/s", 1e-6, 1e5, WORK_RATE, 0, 0, 200, 0, false,
	    TWO "int in -1..1 [100000] from p\nvar y : int in -1..1 [100000] = x[0]\n"
	    "for i in 0..n { y = y * x[1] }\noutput o = sum(y) to all\n" },
	{ "products of fixed<16>, vectors of 100,000", "M/s", 1e-6, 1e5, WORK_RATE, 0, 0, 100, 0,
	    false, TWO "fixed<16> in -1..1 [100000] from p\n"
	    "var y : fixed<16> in -1..1 [100000] = x[0]\n"
	    "for i in 0..n { y = y * x[1] }\noutput o = sum(y) to all\n" },
	{ "truncations", "M/s", 1e-6, 2, WORK_RATE, 100000, 0, 1000000, 0, false,
	    TWO "fixed in -1000..1000 [n] from p\n"
	    "output o = cumsum((x[0] + x[1]) / 3 + (x[0] - x[1]) / 7)[n - 1] to all\n" },
	{ "products of matrices 64 x 64", "k/s", 1e-3, 1.0 / 64, WORK_RATE, 64, 0, 64, 0, false,
	    TWO "int in -1000..1000 [n, n] from p\n"
	    "output o = sum(x[0] @ x[1] + x[1]) to all\n" },
	{ "product of matrices 256 x 256 of fixed<16>", "ms", 1e3, 1, WORK_EACH, 0, 0, 16, 0, false,
	    TWO "fixed<16> in -1..1 [256, 256] from p\n"
	    "var y : fixed<16> in -256..256 [256, 256] = x[0]\n"
	    "for i in 0..n { y = y @ x[1] }\noutput o = sum(y) to all\n" },
	{ "comparisons of numbers of 64 bits", "k/s", 1e-3, 1, WORK_RATE, 1000000, 100000, 1000000, 0,
	    false, TWO "int in -2000000000000000000..2000000000000000000 [n] from p\n"
	    "output o = sum(x[0] - x[1] < 0) to all\n" },
	{ "comparisons of 64 bits, vectors of 100,000", "M/s", 1e-6, 1e5, WORK_RATE, 0, 0, 50, 0,
	    false, TWO "int in -2000000000000000000..2000000000000000000 [100000] from p\n"
	    "var y : int in -2000000000000000000..2000000000000001000 [100000] = x[0]\n"
	    "for i in 0..n { y = y + (y - x[1] < 0) }\noutput o = y[0] to all\n" },
	{ "comparisons of inputs of 64 bits", "k/s", 1e-3, 1, WORK_RATE, 1000000, 100000, 1000000, 0,
	    false, TWO "int in -4000000000000000000..4000000000000000000 [n] from p\n"
	    "output o = sum(x[0] < x[1]) to all\n" },
	{ "equality of inputs of 64 bits", "k/s", 1e-3, 1, WORK_RATE, 1000000, 100000, 1000000, 0,
	    false, TWO "int in -4000000000000000000..4000000000000000000 [n] from p\n"
	    "output o = sum(x[0] == x[1]) to all\n" },
	{ "ANDs of strings of 64 bits", "M/s", 1e-6, 64, WORK_RATE, 400000, 100000, 1000000, 0, false,
	    TWO "bits<64> [n] from p\noutput o = x[0] & x[1] to p[0]\n" },
	{ "ANDs of 6,400,000 bits", "M/s", 1e-6, 6.4e6, WORK_RATE, 0, 0, 200, 0, false,
	    TWO "bits<64> [100000] from p\nvar y : bits<64> [100000] = x[0]\n"
	    "for i in 0..n { y = y & x[1] }\noutput o = y[0] to all\n" },
	{ "bits to numbers", "M/s", 1e-6, 1, WORK_RATE, 1000000, 100000, 1000000, 0, false,
	    TWO "bool [n] from p\noutput o = sum(x[0] ^ x[1]) to all\n" },
	{ "numbers by bits", "M/s", 1e-6, 1, WORK_RATE, 1000000, 20000, 1000000, 0, false,
	    TWO "int in -1000000000..1000000000 [n] from p\n"
	    "input q : bool [n] from p\noutput o = sum(if q[0] then x[1] else 0) to all\n" },
	{ "quotients of integers of 32 bits", "k/s", 1e-3, 1, WORK_RATE, 20000, 20000, 20000, 0, false,
	    TWO "int in 1..2000000000 [n] from p\noutput o = sum(x[0] // x[1]) to all\n" },
	{ "quotients of fixed numbers", "k/s", 1e-3, 1, WORK_RATE, 20000, 20000, 20000, 0, false,
	    TWO "fixed in 1..1000 [n] from p\noutput o = sum(x[0] / x[1]) to all\n" },
	{ "square roots", "k/s", 1e-3, 1, WORK_RATE, 20000, 20000, 20000, 0, false,
	    TWO "fixed in 0..1000 [n] from p\noutput o = sum(sqrt(x[0] + x[1])) to all\n" },
	{ "exponentials", "k/s", 1e-3, 1, WORK_RATE, 20000, 1000, 20000, 0, false,
	    TWO "fixed in -4..4 [n] from p\noutput o = sum(exp(x[0] + x[1])) to all\n" },
	{ "elements of 32 bits sorted", "k/s", 1e-3, 1, WORK_RATE, 10000, 10000, 100000, 0, false,
	    TWO "int in 0..2147483647 [n] from p\noutput o = sort(x[0] + x[1])[n // 2] to all\n" },
	{ "AES-128 blocks", "k/s", 1e-3, 1, WORK_RATE, 1000, 1000, 10000, 0, false,
	    TWO "bits<128> [n] from p\n"
	    "circuit aes_128(key: bits<128>, block: bits<128>) -> bits<128>\n"
	    "output o = aes_128(x[0], x[1]) to all\n" },
	{ "logistic regression, inference, 10,000 x 30", "ms", 1e3, 1, WORK_WHOLE, 0, 0, 10000, 0,
	    false, THREE "input w : fixed<16> in -1..1 [30] from model\n"
	    "input b : fixed<16> in -1..1 from model\n"
	    "input x : fixed<16> in -4..4 [n, 30] from clinic\n"
	    "output o = sigmoid(x @ w + b) to clinic\n" },
	{ "network 784-128-128-10 with ReLU, 1 image", "ms", 1e3, 1, WORK_WHOLE, 0, 0, 1, 0, false,
	    THREE NETWORK },
	{ "network 784-128-128-10 with ReLU, 100 images", "ms", 1e3, 1, WORK_WHOLE, 0, 0, 100, 0,
	    false, THREE NETWORK },
	{ "mean, variance, histogram of 100,000 rows a site", "s", 1, 1, WORK_TOTAL, 10, 10, 10,
	    100000, false, HISTOGRAM },
	{ "the same with --no-local", "s", 1, 1, WORK_TOTAL, 10, 0, 10, 100000, true, HISTOGRAM },
};

const struct work *
bench_work(unsigned i)
{
	return i < sizeof primitives / sizeof primitives[0] ? &primitives[i] : NULL;
}

uint64_t
work_n(const struct work *w, const char *protocol)
{
	if (strcmp(protocol, "yao") == 0)
		return w->n_yao;
	return strcmp(protocol, "replicated") == 0 ? w->n_replicated : w->n;
}
