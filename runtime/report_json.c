/* report_json.c: results as JSON, by cJSON; see report.h
 *
 * Numbers are written by us, since cJSON's are doubles and results are exact. */
#include "report.h"

#include "base/mem.h"
#include "json.h"
#include "number.h"
#include "report_cell.h"
#include "report_flag.h"
#include "wording.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static cJSON *
real_json(const struct type *t, double v)
{
	char text[DECIMAL_MAX];

	if (!isfinite(v))
		return cJSON_CreateNull();
	if (t->kind == TYPE_BOOL)
		return cJSON_CreateBool(v != 0);
	decimal_double(text, v, 17);
	return cJSON_CreateRaw(text);
}

static cJSON *
whole_json(const struct type *t, const i128 *whole)
{
	i128 v = *whole;
	char text[DECIMAL_MAX], bits[BITS_TEXT_MAX];

	switch ((enum type_kind)t->kind) {
	case TYPE_BOOL:
		return cJSON_CreateBool(v != 0);
	case TYPE_INT:
	case TYPE_FIXED:
		decimal_exact(text, v, t->kind == TYPE_FIXED ? t->frac : 0);
		return cJSON_CreateRaw(text);
	case TYPE_CATEGORY:
		return v >= 0 && v < t->n_levels ? cJSON_CreateString(t->level[v].name) :
		    cJSON_CreateNull();
	case TYPE_BITS:
	case TYPE_ID:                   /* none: code_verify refuses it */
		break;
	}
	wording_bits(bits, t, whole);
	return cJSON_CreateString(bits);
}

static cJSON *
cell_json(const struct result_part *r, const struct type *t, uint64_t i)
{
	if ((r->present != NULL && r->present[i] == 0) || (r->shown != NULL && r->shown[i] == 0))
		return cJSON_CreateNull();
	return r->is_real ? real_json(t, r->real[i]) : whole_json(t, &r->whole[i * r->each]);
}

/* Axis `axis` of the value from element *at on. */
static cJSON *
axis_json(const struct result_part *r, const struct output_part *p, uint32_t axis, uint64_t *at)
{
	if (axis == p->rank)
		return cell_json(r, &p->type, (*at)++);
	cJSON *array = cJSON_CreateArray();
	bool ok = array != NULL;
	for (uint64_t i = 0; i < p->dims[axis] && ok; i++)
		ok = json_push(array, axis_json(r, p, axis + 1, at));
	return json_if(array, ok);
}

static cJSON *
part_json(const struct result_part *r, const struct output_part *p)
{
	uint64_t at = 0;

	return r->state == RESULT_VALUE ? axis_json(r, p, 0, &at) : cJSON_CreateNull();
}

/* The part, or the object of named results, that is for `each` (-1: everything). */
static cJSON *
fields_json(const struct result_part *r, const struct output *o, int32_t each, uint32_t recipients)
{
	cJSON *object = NULL;
	bool ok = true;

	for (uint32_t i = 0; i < o->n_parts && ok; i++) {
		const struct output_part *p = &o->part[i];
		if (p->each != each || p->recipients != recipients ||
		    r[i].state == RESULT_ELSEWHERE)
			continue;
		if (p->field[0] == '\0')
			return part_json(&r[i], p);
		if (object == NULL)
			object = cJSON_CreateObject();
		ok = json_put(object, p->field, part_json(&r[i], p));
	}
	return json_if(object, ok);
}

static bool
has_each(const struct output *o)
{
	for (uint32_t i = 0; i < o->n_parts; i++)
		if (o->part[i].each >= 0)
			return true;
	return false;
}

/* By party, where parties get different values. */
static cJSON *
by_party_json(const struct result_part *r, const struct output *o, const struct code *c)
{
	cJSON *object = cJSON_CreateObject();
	bool ok = object != NULL;

	for (uint32_t i = 0; i < o->n_parts && ok; i++) {
		const struct output_part *p = &o->part[i];
		if (r[i].state == RESULT_ELSEWHERE)
			continue;
		for (uint32_t k = 0; k < c->n_parties && ok; k++) {
			const char *name = c->party[k].name;
			if (!recipients_have(&c->roles, p->recipients, k) ||
			    cJSON_GetObjectItemCaseSensitive(object, name) != NULL)
				continue;
			ok = json_put(object, name, fields_json(r, o, p->each, p->recipients));
		}
	}
	return json_if(object, ok);
}

static cJSON *
value_json(const struct result_part *r, const struct output *o, const struct code *c)
{
	if (has_each(o))
		return by_party_json(r, o, c);
	for (uint32_t i = 0; i < o->n_parts; i++)
		if (r[i].state != RESULT_ELSEWHERE)
			return fields_json(r, o, o->part[i].each, o->part[i].recipients);
	return cJSON_CreateNull();
}

static cJSON *
rule_json(unsigned rule, cJSON *cells)
{
	cJSON *w = cJSON_CreateObject();
	bool ok = cJSON_AddStringToObject(w, "rule", wording_rule(rule)) != NULL;

	return json_if(w, json_put(w, "cells", cells) && ok);
}

/* "all" cells of some part that is withheld as a whole, or how many of all parts. */
static cJSON *
withheld_json(const struct result_part *r, const struct output *o)
{
	uint64_t n = 0;
	unsigned rule = RULE_NONE;

	for (uint32_t i = 0; i < o->n_parts; i++) {
		if (r[i].state == RESULT_WITHHELD)
			return rule_json(r[i].rule, cJSON_CreateString("all"));
		n += result_hidden(&r[i]);
		rule = r[i].shown != NULL ? r[i].cell_rule : rule;
	}
	return n == 0 ? cJSON_CreateNull() : rule_json(rule, cJSON_CreateNumber((double)n));
}

static cJSON *
labels_json(const struct output *o)
{
	cJSON *a;
	bool ok, any = false;

	for (uint32_t i = 0; i < o->n_labels; i++)
		any = any || o->label[i].n > 0;
	if (!any)
		return cJSON_CreateNull();
	a = cJSON_CreateArray();
	ok = a != NULL;
	for (uint32_t i = 0; i < o->n_labels && ok; i++)
		ok = json_push(a, o->label[i].n == 0 ? cJSON_CreateNull() :
		    json_names(o->label[i].name, o->label[i].n));
	return json_if(a, ok);
}

/* {"at": ["b", "died"], "share": 1}: labels, or numbers. */
static cJSON *
flag_json(const struct output *o, const struct output_part *p, uint64_t i, enum flag flag)
{
	cJSON *top = cJSON_CreateObject(), *at = cJSON_CreateArray();
	uint64_t below = report_elements(p);
	bool ok = at != NULL;

	for (uint32_t k = 0; k < p->rank && ok; k++) {
		below /= p->dims[k];
		const char *label = report_label(o, p, k, i / below % p->dims[k]);
		ok = json_push(at, label != NULL ? cJSON_CreateString(label) :
		    cJSON_CreateNumber((double)(i / below % p->dims[k])));
	}
	if (p->field[0] != '\0')
		ok = json_put(top, "field", cJSON_CreateString(p->field)) && ok;
	ok = json_put(top, "at", json_if(at, ok)) && ok;
	return json_if(top, json_put(top, "share", cJSON_CreateNumber(flag == FLAG_EVERYBODY)) && ok);
}

/* Cells that tell everybody's value, if there are any. */
static bool
put_flags(cJSON *top, const struct result_part *r, const struct output *o)
{
	cJSON *a = NULL;
	bool ok = true;

	for (uint32_t k = 0; k < o->n_parts; k++)
		for (uint64_t i = 0; o->part[k].certain != CERTAIN_NONE && i < r[k].n && ok; i++) {
			enum flag flag = report_flag(&o->part[k], &r[k], i);
			if (!report_flag_named(&o->part[k], flag))
				continue;
			if (a == NULL)
				a = cJSON_CreateArray();
			ok = json_push(a, flag_json(o, &o->part[k], i, flag));
		}
	return ok && a == NULL ? true : json_put(top, "flags", json_if(a, ok));
}

static cJSON *
output_json(const struct result_part *r, const struct output *o, const struct code *c)
{
	cJSON *top = cJSON_CreateObject();
	struct text type = { 0 };
	char *text = NULL;
	bool ok;

	wording_output_type(&type, o);
	ok = text_take(&text, &type) == ST_OK &&
	    json_put(top, "name", cJSON_CreateString(o->name)) &&
	    json_put(top, "type", cJSON_CreateString(text)) &&
	    json_put(top, "to", json_recipients(c, o)) &&
	    json_put(top, "value", value_json(r, o, c)) &&
	    json_put(top, "withheld", withheld_json(r, o)) &&
	    json_put(top, "labels", labels_json(o)) && put_flags(top, r, o);
	mem_free(text);
	return json_if(top, ok);
}

static bool
is_here(const struct result_part *r, const struct output *o)
{
	for (uint32_t i = 0; i < o->n_parts; i++)
		if (r[i].state != RESULT_ELSEWHERE)
			return true;
	return false;
}

static cJSON *
outputs_json(const struct result *r, const struct code *c)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;
	uint32_t at = 0;

	for (uint32_t i = 0; i < c->n_outputs && ok; i++) {
		if (is_here(&r->part[at], &c->output[i]))
			ok = json_push(a, output_json(&r->part[at], &c->output[i], c));
		at += c->output[i].n_parts;
	}
	return json_if(a, ok);
}

enum status
report_json(char **out, const struct result *r, const struct code *c, const struct cost *cost)
{
	cJSON *top = cJSON_CreateObject();
	bool ok = json_put(top, "study", cJSON_CreateString(c->study)) &&
	    json_put(top, "protocol", cJSON_CreateString(c->protocol)) &&
	    json_put(top, "parties", json_all(c)) &&
	    json_put(top, "outputs", outputs_json(r, c)) &&
	    (cost == NULL || json_put(top, "cost", cost_json(cost, c)));

	return json_text(out, json_if(top, ok));
}
