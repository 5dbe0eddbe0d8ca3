/* bristol.c: Bristol Fashion, read; see family.h
 *
 *   gates wires                     one number each
 *   n width ...                     inputs, then outputs likewise; input wires come first, output
 *   n width ...                     wires last
 *   2 1 a b d XOR | AND             then a gate a line: how many wires it reads and writes, which
 *   1 1 a d INV | EQW               they are, what it is
 *   1 1 0|1 d EQ
 *   2n n a.. b.. d.. MAND           d = a & b, wire by wire
 *
 * Every wire is written once, before it is read.  What is read goes through a net, so it is folded,
 * shared and laid out like a circuit of our own. */
#include "family.h"

#include <inttypes.h>
#include <string.h>

#include "net.h"

enum {
	N_WIRE_MAX = 1 << 24,           /* a bound on memory: 64 MiB of names */
	N_VALUE_MAX = 1 << 12,          /* inputs, outputs */
	WORD_BYTES = 12,                /* of a word that is shown in a message */
};

struct reader {
	const char *at, *end;
	const char *file;
	int line;
	struct fault *f;
	enum status st;                 /* of the first failure */
	uint64_t gates, wires, n_in, n_out;
	uint32_t width[3];
	wire *wire;                     /* 1 + the net's; 0: not written yet */
};

#define FAIL(r, ...) do { \
	(r)->st = fault_set((r)->f, ST_DATA, __VA_ARGS__); \
	fault_at((r)->f, (r)->file, (r)->line, 0); \
	return 0; \
} while (0)

static void
skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

/* To the next line that holds anything; false at the end. */
static bool
next_line(struct reader *r)
{
	for (skip_blanks(r); r->at < r->end && *r->at == '\n'; skip_blanks(r)) {
		r->at++;
		r->line++;
	}
	return r->at < r->end;
}

static uint64_t
number(struct reader *r, uint64_t max, const char *what)
{
	uint64_t v = 0;
	const char *begin;

	if (r->st != ST_OK)
		return 0;
	skip_blanks(r);
	for (begin = r->at; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		v = 10 * v + (uint64_t)(*r->at - '0');
		if (v > max)
			FAIL(r, "%s is above %" PRIu64, what, max);
	}
	if (r->at == begin)
		FAIL(r, "%s is missing", what);
	if (r->at < r->end && (unsigned char)*r->at > ' ')
		FAIL(r, "%s is no number", what);
	return v;
}

static bool
end_of_line(struct reader *r)
{
	if (r->st != ST_OK)
		return false;
	skip_blanks(r);
	if (r->at < r->end && *r->at != '\n')
		FAIL(r, "the line goes on after what belongs there");
	return true;
}

/* "n width ..."; the widths' sum.  Inputs are kept: two by themselves, the rest together. */
static uint64_t
values(struct reader *r, const char *what, uint32_t *width)
{
	uint64_t n, sum = 0;

	if (r->st == ST_OK && !next_line(r))
		FAIL(r, "the file ends before its %ss", what);
	n = number(r, N_VALUE_MAX, strcmp(what, "input") == 0 ? "the number of inputs" :
	    "the number of outputs");
	for (uint64_t i = 0; i < n && r->st == ST_OK; i++) {
		uint64_t k = number(r, N_WIRE_MAX, "a width");
		if (r->st == ST_OK && k == 0)
			FAIL(r, "%s %" PRIu64 " has no bits", what, i + 1);
		sum += k;
		if (sum > N_WIRE_MAX)
			FAIL(r, "the %ss have more than %d bits", what, N_WIRE_MAX);
		if (width != NULL)
			width[i < 2 ? i : 2] += (uint32_t)k;
	}
	if (end_of_line(r) && sum == 0)
		FAIL(r, "there is no %s", what);
	return sum;
}

/* A wire takes at least two bytes of the file, so a short file cannot ask for much memory. */
static bool
header(struct reader *r)
{
	if (!next_line(r))
		FAIL(r, "the file is empty");
	r->gates = number(r, N_WIRE_MAX, "the number of gates");
	r->wires = number(r, N_WIRE_MAX, "the number of wires");
	if (!end_of_line(r))
		return false;
	r->n_in = values(r, "input", r->width);
	r->n_out = values(r, "output", NULL);
	if (r->st != ST_OK)
		return false;
	if (r->n_in > r->wires || r->n_out > r->wires)
		FAIL(r, "there are %" PRIu64 " wires, fewer than inputs or outputs have", r->wires);
	if (r->wires - r->n_in > (uint64_t)(r->end - r->at))
		FAIL(r, "the file is too short for %" PRIu64 " wires", r->wires);
	return true;
}

/* A wire that is read. */
static wire
from(struct reader *r, uint64_t i)
{
	if (r->st != ST_OK)
		return 0;
	if (i >= r->wires)
		FAIL(r, "there is no wire %" PRIu64, i);
	if (r->wire[i] == 0)
		FAIL(r, "wire %" PRIu64 " is read before it is written", i);
	return r->wire[i] - 1;
}

static bool
into(struct reader *r, uint64_t i, wire w)
{
	if (r->st != ST_OK)
		return false;
	if (i >= r->wires)
		FAIL(r, "there is no wire %" PRIu64, i);
	if (r->wire[i] != 0)
		FAIL(r, "wire %" PRIu64 " is written twice", i);
	r->wire[i] = w + 1;
	return true;
}

static bool
word_is(const char *w, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(w, name, len) == 0;
}

/* How many wires a gate reads for each that it writes; 0 if there is no such gate. */
static unsigned
gate_inputs(const char *w, size_t len)
{
	if (word_is(w, len, "XOR") || word_is(w, len, "AND") || word_is(w, len, "MAND"))
		return 2;
	return word_is(w, len, "INV") || word_is(w, len, "EQ") || word_is(w, len, "EQW");
}

/* The word that ends the line. */
static size_t
last_word(struct reader *r, const char **w)
{
	const char *end = memchr(r->at, '\n', (size_t)(r->end - r->at)), *begin;

	if (end == NULL)
		end = r->end;
	while (end > r->at && (unsigned char)end[-1] <= ' ')
		end--;
	for (begin = end; begin > r->at && (unsigned char)begin[-1] > ' '; begin--)
		;
	*w = begin;
	return (size_t)(end - begin);
}

static bool
one_gate(struct reader *r, struct net *n, const char *w, size_t len, const uint64_t *x, uint64_t k)
{
	for (uint64_t i = 0; i < k && r->st == ST_OK; i++) {
		uint64_t a = x[i], b = gate_inputs(w, len) == 2 ? x[k + i] : 0;
		wire d;
		if (word_is(w, len, "EQ") && a > 1)
			FAIL(r, "EQ takes 0 or 1");
		if (word_is(w, len, "EQ"))
			d = (wire)a;
		else if (word_is(w, len, "EQW"))
			d = from(r, a);
		else if (word_is(w, len, "INV"))
			d = net_not(from(r, a));
		else if (word_is(w, len, "XOR"))
			d = net_xor(n, from(r, a), from(r, b));
		else
			d = net_and(n, from(r, a), from(r, b));
		if (!into(r, x[gate_inputs(w, len) * k + i], d))
			return false;
	}
	return r->st == ST_OK;
}

static bool
gate(struct reader *r, struct net *n)
{
	const char *w;
	size_t len = last_word(r, &w);
	unsigned each = gate_inputs(w, len);
	uint64_t in = number(r, N_WIRE_MAX, "the number of a gate's inputs");
	uint64_t out = number(r, N_WIRE_MAX, "the number of a gate's outputs");

	if (r->st != ST_OK)
		return false;
	if (each == 0)
		FAIL(r, "there is no gate %.*s", len < WORD_BYTES ? (int)len : WORD_BYTES, w);
	if (out == 0 || in != each * out || (out != 1 && !word_is(w, len, "MAND")))
		FAIL(r, "%.*s does not take %" PRIu64 " wires for %" PRIu64, (int)len, w, in, out);
	if (in + out > (uint64_t)(w - r->at))
		FAIL(r, "the line is too short for %" PRIu64 " wires", in + out);
	uint64_t few[3], *x = in + out <= 3 ? few : net_alloc(n, in + out, sizeof *x);
	for (uint64_t i = 0; i < in + out; i++)
		x[i] = number(r, N_WIRE_MAX, "a wire");
	skip_blanks(r);
	if (r->st == ST_OK && r->at != w)
		FAIL(r, "the line has more than %" PRIu64 " wires", in + out);
	r->at = w + len;
	return one_gate(r, n, w, len, x, out) && end_of_line(r);
}

static bool
gates(struct reader *r, struct net *n)
{
	for (uint64_t i = 0; i < r->gates; i++) {
		if (!next_line(r))
			FAIL(r, "the file ends after %" PRIu64 " gates of %" PRIu64, i, r->gates);
		if (!gate(r, n))
			return false;
	}
	if (next_line(r))
		FAIL(r, "the file goes on after %" PRIu64 " gates", r->gates);
	for (uint64_t i = r->wires - r->n_out; i < r->wires; i++)
		if (r->wire[i] == 0)
			FAIL(r, "wire %" PRIu64 " is an output and never written", i);
	return true;
}

static const wire *
run(struct net *n, const void *arg, uint32_t *n_out)
{
	struct reader *r = *(struct reader *const *)arg;
	wire *out = net_alloc(n, r->n_out, sizeof *out);
	uint32_t i = 0;

	r->wire = net_alloc(n, r->wires, sizeof *r->wire);
	for (uint32_t k = 0; k < 3; k++)
		for (uint32_t j = 0; j < r->width[k]; j++)
			r->wire[i++] = net_in(n, k, j) + 1;
	if (!gates(r, n))
		net_fail(n, r->st);
	for (i = 0; i < r->n_out; i++)
		out[i] = from(r, r->wires - r->n_out + i);
	*n_out = (uint32_t)r->n_out;
	return out;
}

enum status
bristol_read(struct circuit *out, const char *text, size_t len, const char *file, struct fault *f)
{
	struct reader r = { .at = text, .end = text + len, .file = file, .line = 1, .f = f };
	struct reader *const arg = &r;
	enum status st = ST_OK;

	*out = (struct circuit){ .name = NULL };
	if (!header(&r))
		return r.st;
	struct build b = { .name = file, .width = { r.width[0], r.width[1], r.width[2] },
	    .goal = GOAL_SMALL, .run = run, .arg = &arg };
	TRY(net_circuit(out, &b));
out:
	if (st == ST_DATA) {
		fault_set(f, ST_DATA, "the circuit is too large");
		fault_at(f, file, 1, 0);
	}
	return st;
}
