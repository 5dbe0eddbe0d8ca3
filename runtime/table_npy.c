/* table_npy.c: an array of NumPy's, in its .npy format (versions 1 to 3); see table.h
 *
 * Bools, integers and IEEE floats, little-endian, C order.  Floats are exact binary fractions and
 * are rounded to the input's type from their bits, not by floating point.
 * Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "number.h"
#include "table_impl.h"

#include "base/mem.h"
#include "net/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEADER_MAX = 1 << 16, MAGIC_BYTES = 6 };

struct npy {
	char kind;                      /* b i u f */
	unsigned size;                  /* bytes an element */
	uint32_t rank;
	uint64_t shape[N_RANK_MAX];
	const uint8_t *data;
	size_t len;
};

static enum status
refuse(struct table_reader *r, const struct table_file *t, const char *what, const char *help)
{
	enum status st = fault_set(r->fault, ST_DATA, "%s", what);

	fault_at(r->fault, t->path, 0, 0);
	if (help != NULL)
		fault_help(r->fault, "%s", help);
	return st;
}

/* The value of 'key' in the header, a Python dict that NumPy wrote; NULL if there is none. */
static const char *
dict_value(const char *header, const char *key)
{
	char quoted[32];

	(void)snprintf(quoted, sizeof quoted, "'%s':", key);
	const char *s = strstr(header, quoted);
	if (s == NULL)
		return NULL;
	s += strlen(quoted);
	return s + strspn(s, " ");
}

/* shape = "(" {number [","]} ")" */
static bool
read_shape(struct npy *a, const char *s)
{
	if (*s++ != '(')
		return false;
	for (s += strspn(s, " "); *s != ')'; s += strspn(s, " ,")) {
		char *end;
		if (*s < '0' || *s > '9' || a->rank == N_RANK_MAX)
			return false;
		a->shape[a->rank] = strtoull(s, &end, 10);
		if (a->shape[a->rank] >> N_ELEMENT_MAX_LOG2 != 0)
			return false;
		a->rank++;
		s = end;
	}
	return true;
}

/* descr = "'" order kind size "'" */
static bool
read_type(struct npy *a, const char *s)
{
	if (s[0] != '\'' || strchr("<|=>", s[1]) == NULL || s[1] == '\0' || s[2] == '\0')
		return false;
	a->kind = s[2];
	a->size = s[3] >= '1' && s[3] <= '8' && s[4] == '\'' ? (unsigned)(s[3] - '0') : 0;
	if (s[1] == '>' && a->size > 1)
		return false;
	switch (a->kind) {
	case 'b':
		return a->size == 1;
	case 'i':
	case 'u':
		return a->size == 1 || a->size == 2 || a->size == 4 || a->size == 8;
	case 'f':
		return a->size == 4 || a->size == 8;
	}
	return false;
}

static enum status
read_header(struct npy *a, struct table_reader *r, const struct table_file *t, const char *header)
{
	const char *descr = dict_value(header, "descr"), *shape = dict_value(header, "shape");
	const char *order = dict_value(header, "fortran_order");
	uint64_t n = 1;

	if (descr == NULL || shape == NULL || order == NULL)
		return refuse(r, t, "this .npy file has no valid header", NULL);
	if (!read_type(a, descr))
		return refuse(r, t, "elements of this type cannot be read from .npy",
		    "bool, integers and floats of 4 or 8 bytes, little-endian: x.astype(\"<f8\")");
	if (strncmp(order, "False", 5) != 0)
		return refuse(r, t, "this .npy file is in Fortran order",
		    "np.ascontiguousarray(x)");
	if (!read_shape(a, shape))
		return refuse(r, t, "this .npy file has no shape that can be read", NULL);
	for (uint32_t k = 0; k < a->rank; k++) {
		n = a->shape[k] == 0 ? 0 : n;
		if (n > 0 && n > ((uint64_t)1 << N_ELEMENT_MAX_LOG2) / a->shape[k])
			return refuse(r, t, "this array is too large", NULL);
		n *= a->shape[k];
	}
	if (n * a->size != a->len)
		return refuse(r, t, "this .npy file is shorter or longer than its header says",
		    NULL);
	return ST_OK;
}

static enum status
open_npy(struct npy *a, struct table_reader *r, const struct table_file *t)
{
	struct wire_reader w;
	char *header = NULL;
	enum status st = ST_OK;

	memset(a, 0, sizeof *a);
	if (t->len < MAGIC_BYTES || memcmp(t->bytes, "\x93NUMPY", MAGIC_BYTES) != 0)
		return refuse(r, t, t->len == 0 ? "this file is empty" : "this is no .npy file",
		    NULL);
	wire_reader_init(&w, t->bytes, t->len);
	(void)wire_get_span(&w, MAGIC_BYTES);
	uint8_t version = wire_get_u8(&w);
	(void)wire_get_u8(&w);
	size_t len = version == 1 ? wire_get_u16(&w) : wire_get_u32(&w);
	const uint8_t *s = len > HEADER_MAX ? NULL : wire_get_span(&w, len);
	if (s == NULL || version < 1 || version > 3)
		return refuse(r, t, "this .npy file has no valid header", NULL);
	a->len = wire_left(&w);
	a->data = wire_get_span(&w, a->len);
	header = mem_zalloc(len + 1);
	if (header == NULL)
		return ST_INTERNAL;
	memcpy(header, s, len);
	st = read_header(a, r, t, header);
	mem_free(header);
	return st;
}

/* Element i as an integer (wide enough for both signs) or a double. */
static i128
whole_at(const struct npy *a, uint64_t i)
{
	uint64_t v = 0;

	memcpy(&v, a->data + i * a->size, a->size);
	if (a->kind != 'i')
		return (i128)v;
	unsigned shift = 64 - 8 * a->size;
	return (int64_t)(v << shift) >> shift;
}

static double
real_at(const struct npy *a, uint64_t i)
{
	double d;
	float f;

	if (a->size == 8) {
		memcpy(&d, a->data + i * 8, 8);
		return d;
	}
	memcpy(&f, a->data + i * 4, 4);
	return (double)f;
}

/* As a number, for int and fixed. */
static bool
number_at(struct cell *c, const struct type *t, const struct npy *a, uint64_t i)
{
	unsigned frac = t->kind == TYPE_FIXED ? t->frac : 0;
	enum number_kind kind = NUMBER_EXACT;
	i128 raw;

	if (a->kind == 'f') {
		kind = number_of_double(&raw, real_at(a, i), frac);
		if (kind == NUMBER_NONE)
			return cell_missing(c, t);
	} else {
		raw = whole_at(a, i);
		if (frac > 60 && raw >> (125 - frac) != 0 && raw >> (125 - frac) != -1) {
			kind = NUMBER_HUGE;
			raw = raw < 0 ? -1 : 1;
		} else {
			raw = (i128)((u128)raw << frac);
		}
	}
	return cell_number(c, t, kind, raw);
}

/* As text, for levels, truth values and bits: 2 and 2.0 are "2". */
static bool
text_at(struct cell *c, const struct type *t, const struct npy *a, uint64_t i)
{
	struct cell_style style = { .mark = '.' };
	char text[DECIMAL_MAX];
	enum number_kind kind = NUMBER_EXACT;
	i128 raw;

	if (a->kind == 'f')
		kind = number_of_double(&raw, real_at(a, i), 0);
	else
		raw = whole_at(a, i);
	if (kind == NUMBER_NONE)
		return cell_missing(c, t);
	if (kind == NUMBER_EXACT && t->kind == TYPE_BITS && raw >= 0)
		(void)snprintf(text, sizeof text, "%llx", (unsigned long long)raw);
	else if (kind == NUMBER_EXACT)
		decimal_exact(text, raw, 0);
	else
		(void)snprintf(text, sizeof text, "a fraction");
	return cell_read(c, t, text, strlen(text), &style);
}

static enum status
fill(struct table_reader *r, const struct table_file *t, const struct npy *a, uint32_t i)
{
	const struct input *in = &r->input[i];
	struct table_value *v = &r->set->value[i];
	bool number = in->type.kind == TYPE_INT || in->type.kind == TYPE_FIXED;
	char where[NAME_MAX_BYTES + 64];
	struct cell c = { 0 };

	for (uint64_t k = 0; k < v->n; k++) {
		bool ok = number ? number_at(&c, &in->type, a, k) : text_at(&c, &in->type, a, k);
		if (!ok) {
			(void)snprintf(where, sizeof where,
			    "input \"%.*s\", element %llu in C order",
			    NAME_MAX_BYTES, in->name, (unsigned long long)k);
			enum status st = cell_fault(r->fault, &c, &in->type, where);
			fault_at(r->fault, t->path, 0, 0);
			return st;
		}
		value_put(v, k, &c);
	}
	return ST_OK;
}

/* Whether the array has the input's shape; [1] will do for a scalar. */
static bool
shape_fits(const struct npy *a, const struct input *in)
{
	uint32_t skip = in->shape == INPUT_ROWS ? 1 : 0;

	if (in->shape == INPUT_SCALAR)
		return a->rank == 0 || (a->rank == 1 && a->shape[0] == 1);
	if (a->rank != in->rank + skip)
		return false;
	for (uint32_t k = 0; k < in->rank; k++)
		if (a->shape[k + skip] != in->dims[k])
			return false;
	return true;
}

static enum status
wrong_shape(struct table_reader *r, const struct table_file *t, const struct npy *a, uint32_t i)
{
	const struct input *in = &r->input[i];
	bool rows = in->shape == INPUT_ROWS;
	char have[200] = "", want[200] = "";
	size_t h = 0, w = 0;

	for (uint32_t k = 0; k < a->rank && h < sizeof have; k++)
		h += (size_t)snprintf(have + h, sizeof have - h, "%s%llu", k == 0 ? "" : ", ",
		    (unsigned long long)a->shape[k]);
	if (rows)
		w += (size_t)snprintf(want, sizeof want, "*%s", in->rank > 0 ? ", " : "");
	for (uint32_t k = 0; in->shape != INPUT_SCALAR && k < in->rank && w < sizeof want; k++)
		w += (size_t)snprintf(want + w, sizeof want - w, "%s%llu", k == 0 ? "" : ", ",
		    (unsigned long long)in->dims[k]);
	enum status st = fault_set(r->fault, ST_DATA,
	    "input \"%s\" has shape [%s], this array has [%s]",
	    in->name, want, have);
	fault_at(r->fault, t->path, 0, 0);
	return st;
}

static enum status
no_such_input(struct table_reader *r, const struct table_file *t)
{
	enum status st = fault_set(r->fault, ST_DATA,
	    "a .npy file is named for its input, and %s has no "
	    "input of this name", r->party);

	fault_at(r->fault, t->path, 0, 0);
	for (uint32_t i = 0; i < r->n; i++)
		if (input_is_of(&r->input[i], r->party))
			fault_help(r->fault, "rename it: %s.npy for input \"%s\", say",
			    r->input[i].name,
			    r->input[i].name);
	return st;
}

enum status
table_npy(struct table_reader *r, const struct table_file *t)
{
	enum status st = ST_OK;
	struct npy a;
	uint32_t i = 0;

	while (i < r->n && !(input_is_of(&r->input[i], r->party) &&
	    file_is_named(t->path, r->input[i].name)))
		i++;
	if (i == r->n)
		return no_such_input(r, t);
	TRY(open_npy(&a, r, t));
	if (r->input[i].type.kind == TYPE_ID) {
		st = fault_set(r->fault, ST_DATA,
		    "input \"%s\" is of text, which .npy files do not hold", r->input[i].name);
		fault_at(r->fault, t->path, 0, 0);
		fault_help(r->fault, "bring identifiers in a CSV or JSON file");
		return st;
	}
	if (!shape_fits(&a, &r->input[i]))
		return wrong_shape(r, t, &a, i);
	TRY(reader_claim(r, i, t->path));
	struct table_value *v = &r->set->value[i];
	v->n = a.len / a.size;
	v->rows = r->input[i].shape == INPUT_ROWS ? a.shape[0] : input_rows(&r->input[i]);
	TRY(value_alloc(v, &r->input[i].type, v->n));
	TRY(fill(r, t, &a, i));
out:
	return st == ST_OK ? st : fault_set(r->fault, st, "no memory for \"%s\"", t->path);
}
