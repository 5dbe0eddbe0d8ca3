/* ledger_line.c: the lines of a ledger, made and read; see ledger.h.  Only lines whose seal
 * holds come to the reader; it trusts them no more for that. */
#include <math.h>
#include <sodium.h>
#include <string.h>

#include "base/mem.h"
#include "cohort.h"
#include "json.h"
#include "ledger.h"
#include "text.h"

enum { VERSION = 1, BASE64 = sodium_base64_VARIANT_ORIGINAL, N_PEERS_MAX = 4096 };

static const char *const noise_name[N_LEDGER_NOISE] = { "counted", "exact", "unknown" };

/* Making. */

static cJSON *
hex(const uint8_t *bytes, size_t len)
{
	char text[2 * 32 + 1];

	return cJSON_CreateString(sodium_bin2hex(text, sizeof text, bytes, len));
}

/* On one line, with a newline; frees top, which may be NULL. */
static enum status
line_text(char **out, cJSON *top)
{
	char *text = top == NULL ? NULL : cJSON_PrintUnformatted(top);
	struct text t = { 0 };

	*out = NULL;
	cJSON_Delete(top);
	if (text == NULL)
		return ST_INTERNAL;
	text_put(&t, text, strlen(text));
	text_put(&t, "\n", 1);
	cJSON_free(text);
	return text_take(out, &t);
}

enum status
ledger_line_head(char **out)
{
	cJSON *top = cJSON_CreateObject();

	return line_text(out, json_if(top, json_put(top, "ledger", json_count(VERSION))));
}

/* Rows are little-endian in the file, as all else that Konsil writes, and on the machines it
 * runs on. */
static cJSON *
rows_json(const struct cohort *c)
{
	const size_t room = sodium_base64_encoded_len(c->n * sizeof *c->row, BASE64);
	char *text = mem_alloc(room);
	cJSON *item = NULL;

	if (text != NULL)
		item = cJSON_CreateString(sodium_bin2base64(text, room, (const uint8_t *)c->row,
		    c->n * sizeof *c->row, BASE64));
	mem_free(text);
	return item;
}

enum status
ledger_line_cohort(char **out, uint64_t number, const struct cohort *c)
{
	cJSON *top = cJSON_CreateObject();
	bool ok = json_put(top, "cohort", json_count(number)) &&
	    json_put(top, "by", hex((const uint8_t *)&c->by, sizeof c->by)) &&
	    json_put(top, "rows", json_count(c->n)) && json_put(top, "hashes", rows_json(c));

	return line_text(out, json_if(top, ok));
}

static cJSON *
peers_json(const struct ledger_run *run)
{
	cJSON *list = cJSON_CreateArray();
	bool ok = list != NULL;

	for (uint32_t i = 0; ok && i < run->n_peers; i++) {
		const struct ledger_peer *p = &run->peer[i];
		cJSON *o = cJSON_CreateObject();

		ok = json_put(o, "name", cJSON_CreateString(p->name)) &&
		    json_put(o, "key", hex(p->key, sizeof p->key)) &&
		    (p->epsilon == 0 || json_put(o, "epsilon", cJSON_CreateNumber(p->epsilon))) &&
		    (p->rho == 0 || json_put(o, "rho", cJSON_CreateNumber(p->rho)));
		ok = json_push(list, json_if(o, ok));
	}
	return json_if(list, ok);
}

enum status
ledger_line_run(char **out, const struct ledger_run *run)
{
	cJSON *top = cJSON_CreateObject();
	bool ok = json_put(top, "run", json_count(run->number)) &&
	    json_put(top, "at", cJSON_CreateString(run->at)) &&
	    json_put(top, "study", cJSON_CreateString(run->study)) &&
	    json_put(top, "hash", hex(run->hash, sizeof run->hash)) &&
	    json_put(top, "protocol", cJSON_CreateString(run->protocol)) &&
	    json_put(top, "rows", json_count(run->rows)) &&
	    json_put(top, "cohort", json_count(run->cohort)) &&
	    json_put(top, "noise", cJSON_CreateString(noise_name[run->noise])) &&
	    json_put(top, "to", peers_json(run));

	return line_text(out, json_if(top, ok));
}

enum status
ledger_line_end(char **out, uint64_t run, const char *at, enum status st)
{
	cJSON *top = cJSON_CreateObject();
	bool ok = json_put(top, "end", json_count(run)) &&
	    json_put(top, "at", cJSON_CreateString(at)) &&
	    json_put(top, "status", json_count((uint64_t)st));

	return line_text(out, json_if(top, ok));
}

/* Reading. */

static bool
get_count(uint64_t *n, const cJSON *o, const char *name)
{
	const cJSON *x = cJSON_GetObjectItemCaseSensitive(o, name);

	*n = 0;
	if (!cJSON_IsNumber(x) || !(x->valuedouble >= 0 && x->valuedouble < 0x1p53) ||
	    x->valuedouble != floor(x->valuedouble))
		return false;
	*n = (uint64_t)x->valuedouble;
	return true;
}

static const char *
get_text(const cJSON *o, const char *name)
{
	const char *s = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s == NULL ? "" : s;
}

static bool
get_hex(uint8_t *d, size_t len, const cJSON *o, const char *name)
{
	const char *s = get_text(o, name);
	size_t got = 0;

	return strlen(s) == 2 * len &&
	    sodium_hex2bin(d, len, s, 2 * len, NULL, &got, NULL) == 0 && got == len;
}

/* Of noise that was spent: 0 if it is not said. */
static bool
get_spent(double *d, const cJSON *o, const char *name)
{
	const cJSON *x = cJSON_GetObjectItemCaseSensitive(o, name);

	*d = x == NULL ? 0 : cJSON_IsNumber(x) ? x->valuedouble : -1;
	return *d >= 0;
}

static enum status
take_cohort(struct ledger *l, const cJSON *o, uint64_t at, uint64_t len)
{
	struct ledger_cohort c = { .at = at, .len = len }, *more;
	uint64_t number;

	if (!get_count(&number, o, "cohort") || number != l->n_cohorts + 1 ||
	    !get_count(&c.rows, o, "rows") || !get_hex((uint8_t *)&c.by, sizeof c.by, o, "by"))
		return ST_DATA;
	more = mem_realloc(l->cohort, number * sizeof *more);
	if (more == NULL)
		return ST_INTERNAL;
	l->cohort = more;
	l->cohort[l->n_cohorts++] = c;
	return ST_OK;
}

static enum status
take_peers(struct ledger_run *run, const cJSON *list)
{
	const int n = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;
	const cJSON *o;

	if (n < 0 || n > N_PEERS_MAX)
		return ST_DATA;
	run->peer = mem_array((size_t)n, sizeof *run->peer);
	if (run->peer == NULL)
		return ST_INTERNAL;
	cJSON_ArrayForEach(o, list) {
		struct ledger_peer *p = &run->peer[run->n_peers];

		p->name = mem_strdup(get_text(o, "name"));
		if (p->name == NULL)
			return ST_INTERNAL;
		run->n_peers++;
		if (!get_hex(p->key, sizeof p->key, o, "key") ||
		    !get_spent(&p->epsilon, o, "epsilon") || !get_spent(&p->rho, o, "rho"))
			return ST_DATA;
	}
	return ST_OK;
}

static bool
get_noise(enum ledger_noise *d, const cJSON *o)
{
	const char *s = get_text(o, "noise");
	unsigned i = 0;

	while (i < N_LEDGER_NOISE && strcmp(s, noise_name[i]) != 0)
		i++;
	*d = i < N_LEDGER_NOISE ? (enum ledger_noise)i : LEDGER_UNKNOWN;
	return i < N_LEDGER_NOISE;
}

static enum status
fill_run(struct ledger_run *run, const struct ledger *l, const cJSON *o)
{
	const char *at = get_text(o, "at");

	if (!get_count(&run->number, o, "run") || run->number != l->n_runs + 1 ||
	    strlen(at) != LEDGER_AT - 1 || !get_hex(run->hash, sizeof run->hash, o, "hash") ||
	    !get_count(&run->rows, o, "rows") || !get_count(&run->cohort, o, "cohort") ||
	    run->cohort > l->n_cohorts || !get_noise(&run->noise, o))
		return ST_DATA;
	memcpy(run->at, at, LEDGER_AT);
	run->study = mem_strdup(get_text(o, "study"));
	run->protocol = mem_strdup(get_text(o, "protocol"));
	if (run->study == NULL || run->protocol == NULL)
		return ST_INTERNAL;
	return take_peers(run, cJSON_GetObjectItemCaseSensitive(o, "to"));
}

static enum status
take_run(struct ledger *l, const cJSON *o)
{
	struct ledger_run run = { .ended = -1 }, *more;
	enum status st;

	TRY(fill_run(&run, l, o));
	more = mem_realloc(l->run, run.number * sizeof *more);
	if (more == NULL)
		TRY(ST_INTERNAL);
	l->run = more;
	l->run[l->n_runs++] = run;
out:
	if (st != ST_OK)
		ledger_run_fini(&run);
	return st;
}

static enum status
take_end(struct ledger *l, const cJSON *o)
{
	uint64_t number, how;

	if (!get_count(&number, o, "end") || number == 0 || number > l->n_runs ||
	    !get_count(&how, o, "status") || how > UINT8_MAX)
		return ST_DATA;
	l->run[number - 1].ended = (int)how;
	return ST_OK;
}

enum status
ledger_line_take(struct ledger *l, uint64_t at, uint64_t len)
{
	cJSON *o = cJSON_ParseWithLength(l->text + at, len);
	uint64_t version;
	enum status st = ST_DATA;

	if (!cJSON_IsObject(o))
		goto out;
	if (at == 0)
		st = get_count(&version, o, "ledger") && version == VERSION ? ST_OK : ST_DATA;
	else if (cJSON_HasObjectItem(o, "cohort") && cJSON_HasObjectItem(o, "hashes"))
		st = take_cohort(l, o, at, len);
	else if (cJSON_HasObjectItem(o, "run"))
		st = take_run(l, o);
	else
		st = take_end(l, o);
out:
	cJSON_Delete(o);
	return st;
}

enum status
ledger_rows(uint64_t **row, const struct ledger *l, uint64_t k, struct fault *f)
{
	const struct ledger_cohort *c = &l->cohort[k - 1];
	const size_t room = (c->rows + 1) * sizeof **row;
	cJSON *o = cJSON_ParseWithLength(l->text + c->at, c->len);
	const char *text = get_text(o, "hashes");
	size_t got = 0;
	enum status st = ST_INTERNAL;

	*row = o == NULL || c->rows > c->len ? NULL : mem_map(room);
	if (*row != NULL && (sodium_base642bin((uint8_t *)*row, room, text, strlen(text), NULL, &got,
	    NULL, BASE64) != 0 || got != c->rows * sizeof **row)) {
		mem_unmap(*row, room);
		*row = NULL;
		st = fault_set(f, ST_DATA, "cohort %llu of the ledger %s is not as it was written",
		    (unsigned long long)k, l->path);
	} else if (*row != NULL) {
		st = ST_OK;
	}
	cJSON_Delete(o);
	return st == ST_OK ? st : fault_set(f, st, "no memory for the ledger");
}
