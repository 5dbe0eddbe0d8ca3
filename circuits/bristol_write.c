/* bristol_write.c: Bristol Fashion, written; see family.h
 *
 * Values are numbered: inputs first, then what the gates make, in their order, except that the
 * outputs have the last numbers.  An output that is an input, or another output too, is made by
 * EQW.  What the circuit computes is kept, its layers are not: a reader finds them again. */
#include "family.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../runtime/base/bytes.h"
#include "../runtime/base/mem.h"

enum { LINE_BYTES = 96 };

struct writer {
	const struct circuit *c;
	uint32_t *holds;        /* register: its value: an input, or n_in + the gate that wrote it */
	uint32_t *output;       /* value: 1 + the output that it is; 0: none */
	uint32_t *wire;         /* value: its number */
	uint32_t n_copies;
	struct bytes_out to;
};

static void
line(struct writer *w, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
line(struct writer *w, const char *fmt, ...)
{
	char text[LINE_BYTES];
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	bytes_put(&w->to, text, (size_t)len);
}

static void
replay(struct writer *w)
{
	for (uint32_t i = 0; i < w->c->n_in; i++)
		w->holds[i] = i;
	for (uint32_t i = 0; i < w->c->n_gates; i++)
		w->holds[w->c->gate[i].d] = w->c->n_in + i;
}

static void
number_values(struct writer *w)
{
	const struct circuit *c = w->c;
	uint32_t next = 0;

	replay(w);
	for (uint32_t i = 0; i < c->n_out; i++) {
		uint32_t v = w->holds[c->out[i]];
		if (v < c->n_in || w->output[v] != 0)
			w->n_copies++;
		else
			w->output[v] = i + 1;
	}
	uint32_t first_out = c->n_in + c->n_gates - (c->n_out - w->n_copies);
	for (uint32_t v = 0; v < c->n_in + c->n_gates; v++)
		w->wire[v] = w->output[v] != 0 ? first_out + w->output[v] - 1 : next++;
}

static void
write_header(struct writer *w)
{
	const struct circuit *c = w->c;
	unsigned n = 0;

	line(w, "%u %u\n", c->n_gates + w->n_copies, c->n_in + c->n_gates + w->n_copies);
	while (n < 3 && c->width[n] != 0)
		n++;
	line(w, "%u", n);
	for (unsigned j = 0; j < n; j++)
		line(w, " %u", c->width[j]);
	line(w, "\n1 %u\n\n", c->n_out);
}

static void
write_gates(struct writer *w)
{
	const struct circuit *c = w->c;

	for (uint32_t i = 0; i < c->n_in; i++)
		w->holds[i] = i;
	for (uint32_t r = 0; r <= c->n_layers; r++)
		for (uint32_t i = c->layer[r].linear; i < circuit_end(c, r); i++) {
			const struct gate *g = &c->gate[i];
			bool and = i >= c->layer[r].and;
			uint32_t d = w->wire[c->n_in + i], a = w->wire[w->holds[g->a]];
			if (!and && g->b == GATE_NOT)
				line(w, "1 1 %u %u INV\n", a, d);
			else
				line(w, "2 1 %u %u %u %s\n", a, w->wire[w->holds[g->b]], d,
				    and ? "AND" : "XOR");
			w->holds[g->d] = c->n_in + i;
		}
	uint32_t first_out = c->n_in + c->n_gates + w->n_copies - c->n_out;
	for (uint32_t i = 0; i < c->n_out; i++) {
		uint32_t v = w->holds[c->out[i]];
		if (w->output[v] != i + 1)
			line(w, "1 1 %u %u EQW\n", w->wire[v], first_out + i);
	}
}

enum status
bristol_write(char **out, const struct circuit *c)
{
	struct writer w = { .c = c };
	size_t values = (size_t)c->n_in + c->n_gates;
	enum status st = ST_OK;

	*out = NULL;
	w.holds = mem_array(c->n_reg, sizeof *w.holds);
	w.output = mem_array(values, sizeof *w.output);
	w.wire = mem_array(values, sizeof *w.wire);
	if (w.holds == NULL || w.output == NULL || w.wire == NULL)
		TRY(ST_INTERNAL);
	number_values(&w);
	write_header(&w);
	write_gates(&w);
	bytes_put(&w.to, "", 1);
	if (w.to.bad)
		TRY(ST_INTERNAL);
	*out = (char *)w.to.buf;
	w.to.buf = NULL;
out:
	mem_free(w.to.buf);
	mem_free(w.holds);
	mem_free(w.output);
	mem_free(w.wire);
	return st;
}
