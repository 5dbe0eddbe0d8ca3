/* sheet_json.c: the disclosure sheet as an object; see sheet.h */
#include "sheet_impl.h"

#include "base/mem.h"
#include "json.h"
#include "wording.h"

/* Takes and empties t. */
static cJSON *
words(struct text *t)
{
	char *s = NULL;
	cJSON *item = text_take(&s, t) == ST_OK ? cJSON_CreateString(s) : NULL;

	mem_free(s);
	return item;
}

static cJSON *
sentences(const struct sheet *s, bool (*sentence)(struct text *, const struct sheet *, unsigned))
{
	cJSON *a = cJSON_CreateArray();
	struct text t = { 0 };
	bool ok = a != NULL;

	for (unsigned i = 0; ok && sentence(&t, s, i); i++)
		ok = json_push(a, words(&t));
	return json_if(a, ok);
}

static cJSON *
party_json(const struct sheet *s, uint32_t i)
{
	const struct party *p = &s->code->party[i];
	const char *address = s->address == NULL ? NULL : s->address[i];
	cJSON *o = cJSON_CreateObject();
	bool ok = json_put(o, "name", cJSON_CreateString(p->name)) &&
	    json_put(o, "is", cJSON_CreateString(p->helper ? "helper" : p->group)) &&
	    json_put(o, "computes", cJSON_CreateBool(roles_node(&s->code->roles, i) >= 0)) &&
	    json_put(o, "rows", json_count(p->rows)) &&
	    json_put(o, "rows_hidden", cJSON_CreateBool(code_hides_rows(s->code, p->group))) &&
	    json_put(o, "address", address == NULL ? cJSON_CreateNull() :
	    cJSON_CreateString(address));

	return json_if(o, ok);
}

static cJSON *
input_json(const struct input *in)
{
	cJSON *o = cJSON_CreateObject();
	struct text t = { 0 };

	sheet_input(&t, in);
	bool ok = json_put(o, "name", cJSON_CreateString(in->name)) &&
	    json_put(o, "from", cJSON_CreateString(in->party)) && json_put(o, "what", words(&t));
	text_fini(&t);
	return json_if(o, ok);
}

/* null: none. */
static cJSON *
noise_json(const struct output *out)
{
	static const char *const kinds[] = { NULL, "laplace", "gaussian" };
	struct noise_figures f = { 0 };
	cJSON *o;

	for (uint32_t k = 0; k < out->n_parts && f.noise == NOISE_NONE; k++)
		f = sheet_noise_of(&out->part[k]);
	if (f.noise == NOISE_NONE)
		return cJSON_CreateNull();
	o = cJSON_CreateObject();
	bool ok = json_put(o, "kind", cJSON_CreateString(kinds[f.noise])) &&
	    json_put(o, f.noise == NOISE_LAPLACE ? "epsilon" : "rho", cJSON_CreateNumber(f.spent)) &&
	    json_put(o, "sensitivity", cJSON_CreateNumber(f.sensitivity)) &&
	    json_put(o, f.noise == NOISE_LAPLACE ? "scale" : "standard_deviation",
	    cJSON_CreateNumber(f.scale));
	return json_if(o, ok);
}

/* The most that is spent towards one party. */
static bool
put_budget(cJSON *top, const struct code *c)
{
	struct budget *b = sheet_budgets(c), most = { 0, 0 };
	bool ok = b != NULL;

	for (uint32_t i = 0; i < c->n_parties && ok; i++) {
		most.epsilon = b[i].epsilon > most.epsilon ? b[i].epsilon : most.epsilon;
		most.rho = b[i].rho > most.rho ? b[i].rho : most.rho;
	}
	mem_free(b);
	return ok && json_put(top, "epsilon", cJSON_CreateNumber(most.epsilon)) &&
	    json_put(top, "rho", cJSON_CreateNumber(most.rho));
}

static cJSON *
output_json(const struct sheet *s, const struct output *out)
{
	cJSON *o = cJSON_CreateObject();
	struct text who = { 0 }, when = { 0 };

	sheet_recipients(&who, s, out);
	sheet_withheld(&when, s->code, out);
	bool ok = json_put(o, "name", cJSON_CreateString(out->name)) &&
	    json_put(o, "source", cJSON_CreateString(out->source)) &&
	    json_put(o, "line", json_count(out->line)) &&
	    json_put(o, "to", json_recipients(s->code, out)) &&
	    json_put(o, "learned_by", words(&who)) && json_put(o, "withheld_when", words(&when)) &&
	    json_put(o, "noise", noise_json(out)) &&
	    json_put(o, "single_rows", cJSON_CreateBool(sheet_is_rowwise(s, out)));
	text_fini(&who);
	text_fini(&when);
	return json_if(o, ok);
}

static cJSON *
reveal_json(const struct reveal *r)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = json_put(o, "source", cJSON_CreateString(r->source)) &&
	    json_put(o, "line", json_count(r->line)) &&
	    json_put(o, "values", json_count(r->elements)) &&
	    json_put(o, "times", json_count(r->times));

	return json_if(o, ok);
}

static cJSON *
assumption_json(const struct assumption *a)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = json_put(o, "source", cJSON_CreateString(a->source)) &&
	    json_put(o, "line", json_count(a->line)) &&
	    json_put(o, "checked", cJSON_CreateBool(a->checked));

	return json_if(o, ok);
}

static bool
put_lists(cJSON *top, const struct sheet *s)
{
	const struct code *c = s->code;
	cJSON *party = cJSON_CreateArray(), *in = cJSON_CreateArray(), *out = cJSON_CreateArray();
	cJSON *reveal = cJSON_CreateArray(), *assumed = cJSON_CreateArray();
	bool ok = true;

	for (uint32_t i = 0; i < c->n_parties && ok; i++)
		ok = json_push(party, party_json(s, i));
	for (uint32_t i = 0; i < c->n_inputs && ok; i++)
		ok = !sheet_is_mine(s, &c->input[i]) || json_push(in, input_json(&c->input[i]));
	for (uint32_t i = 0; i < c->n_outputs && ok; i++)
		ok = json_push(out, output_json(s, &c->output[i]));
	for (uint32_t i = 0; i < c->n_reveals && ok; i++)
		ok = json_push(reveal, reveal_json(&c->reveal[i]));
	for (uint32_t i = 0; i < c->n_assumptions && ok; i++)
		ok = json_push(assumed, assumption_json(&c->assumption[i]));
	ok = json_put(top, "parties", party) && ok;
	ok = json_put(top, "inputs", in) && ok;
	ok = json_put(top, "outputs", out) && ok;
	ok = json_put(top, "reveals", reveal) && ok;
	return json_put(top, "assumptions", assumed) && ok;
}

static cJSON *
string_or_null(const char *s)
{
	return s == NULL ? cJSON_CreateNull() : cJSON_CreateString(s);
}

/* What holds for parties that do not compute; null: there are none. */
static cJSON *
others_json(const struct sheet *s)
{
	struct who guests, nodes;
	cJSON *o;
	bool ok;

	if (!sheet_has_guests(s))
		return cJSON_CreateNull();
	o = cJSON_CreateObject();
	who_guests(&guests, s->code);
	who_nodes(&nodes, s->code);
	ok = json_put(o, "parties", json_parties(s->code, &guests)) &&
	    json_put(o, "send_to", json_parties(s->code, &nodes)) &&
	    json_put(o, "leaves", cJSON_CreateString(s->protocol->contributes)) &&
	    json_put(o, "safe_as_long_as", cJSON_CreateString(s->protocol->safe_as_long_as)) &&
	    json_put(o, "unsafe_if_together", cJSON_CreateString(s->protocol->together));
	return json_if(o, ok);
}

/* In units, null: there is no limit. */
static cJSON *
limit_json(uint64_t millionths)
{
	return millionths == POLICY_ANY_BUDGET ? cJSON_CreateNull() :
	    cJSON_CreateNumber((double)millionths / POLICY_BUDGET_UNIT);
}

static cJSON *
policy_json(const struct policy *p)
{
	cJSON *top;
	bool ok;

	if (p == NULL)
		return cJSON_CreateNull();
	top = cJSON_CreateObject();
	ok = json_put(top, "sites", json_count(p->sites)) && json_put(top, "rows", json_count(p->rows)) &&
	    json_put(top, "cells", json_count(p->cells)) &&
	    json_put(top, "zeros", cJSON_CreateString(p->zeros ? "withhold" : "show")) &&
	    json_put(top, "round", p->round > 0 ? json_count(p->round) : cJSON_CreateNull()) &&
	    json_put(top, "without_any_site", cJSON_CreateBool(p->without_any_site)) &&
	    json_put(top, "secondary", cJSON_CreateBool(p->secondary)) &&
	    json_put(top, "model_rows", json_count(p->model_rows)) &&
	    json_put(top, "model_df", json_count(p->model_df)) &&
	    json_put(top, "extremes", cJSON_CreateBool(p->extremes)) &&
	    json_put(top, "single_rows", cJSON_CreateBool(p->single_rows)) &&
	    json_put(top, "dominance", p->dominance > 0 ? json_count(p->dominance) :
	    cJSON_CreateNull()) &&
	    json_put(top, "p_ratio", p->p_ratio > 0 ? json_count(p->p_ratio) : cJSON_CreateNull()) &&
	    json_put(top, "bins", p->bins > 0 ? json_count(p->bins) : cJSON_CreateNull()) &&
	    json_put(top, "certain", cJSON_CreateString(policy_certain_word(p->certain))) &&
	    json_put(top, "epsilon", limit_json(p->epsilon)) &&
	    json_put(top, "rho", limit_json(p->rho));
	return json_if(top, ok);
}

static cJSON *
run_json(const struct ledger_run *run)
{
	cJSON *o = cJSON_CreateObject(), *to = cJSON_CreateArray();
	struct text hash = { 0 };
	bool ok = to != NULL;

	for (unsigned i = 0; i < sizeof run->hash; i++)
		text_add(&hash, "%02x", run->hash[i]);
	for (uint32_t i = 0; i < run->n_peers && ok; i++) {
		cJSON *p = cJSON_CreateObject();

		ok = json_put(p, "name", cJSON_CreateString(run->peer[i].name)) &&
		    json_put(p, "epsilon", cJSON_CreateNumber(run->peer[i].epsilon)) &&
		    json_put(p, "rho", cJSON_CreateNumber(run->peer[i].rho));
		ok = json_push(to, json_if(p, ok));
	}
	to = json_if(to, ok);
	ok = json_put(o, "to", to);
	ok = ok && json_put(o, "run", json_count(run->number)) &&
	    json_put(o, "at", cJSON_CreateString(run->at)) &&
	    json_put(o, "study", cJSON_CreateString(run->study)) && json_put(o, "hash", words(&hash)) &&
	    json_put(o, "rows", json_count(run->rows)) && json_put(o, "cohort", json_count(run->cohort)) &&
	    json_put(o, "noise_only", cJSON_CreateBool(run->noise == LEDGER_COUNTED)) &&
	    json_put(o, "ended", run->ended < 0 ? cJSON_CreateNull() :
	    cJSON_CreateNumber(run->ended));
	text_fini(&hash);
	return json_if(o, ok);
}

/* null: no ledger. */
static cJSON *
earlier_json(const struct ledger *l)
{
	cJSON *list;
	bool ok;

	if (l == NULL)
		return cJSON_CreateNull();
	list = cJSON_CreateArray();
	ok = list != NULL;
	for (uint64_t i = 0; i < l->n_runs && ok; i++)
		ok = json_push(list, run_json(&l->run[i]));
	return json_if(list, ok);
}

enum status
sheet_json(char **out, const struct sheet *s)
{
	cJSON *top = cJSON_CreateObject();
	struct text hash = { 0 };
	bool ok;

	for (unsigned i = 0; i < sizeof s->code->study_hash; i++)
		text_add(&hash, "%02x", s->code->study_hash[i]);
	ok = json_put(top, "study", cJSON_CreateString(s->code->study)) &&
	    json_put(top, "hash", words(&hash)) &&
	    json_put(top, "protocol", cJSON_CreateString(s->code->protocol)) &&
	    json_put(top, "model", cJSON_CreateString(s->protocol->model)) &&
	    json_put(top, "leaves", cJSON_CreateString(s->protocol->leaves)) &&
	    json_put(top, "site", s->me < 0 ? cJSON_CreateNull() :
	    cJSON_CreateString(s->code->party[s->me].name)) &&
	    json_put(top, "rows_assumed", cJSON_CreateBool(s->rows_assumed)) && put_lists(top, s) &&
	    json_put(top, "learned_besides", sentences(s, sheet_learned)) &&
	    json_put(top, "can_be_worked_out", sentences(s, sheet_inference)) &&
	    json_put(top, "safe_even_if", string_or_null(s->protocol->safe_even_if)) &&
	    json_put(top, "unsafe_if", string_or_null(s->protocol->unsafe_if)) &&
	    json_put(top, "others", others_json(s)) &&
	    put_budget(top, s->code) && json_put(top, "policy", policy_json(s->policy)) &&
	    json_put(top, "earlier_runs", earlier_json(s->ledger));
	text_fini(&hash);
	return json_text(out, json_if(top, ok));
}
