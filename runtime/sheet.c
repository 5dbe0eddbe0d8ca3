/* sheet.c: the disclosure sheet as a page; see sheet.h */
#include "sheet_impl.h"

#include "wording.h"

#include <string.h>

enum { LABEL = 13, NAME_MOST = 24 };

/* One point: "  - " and a paragraph. */
static void
point(struct text *t, struct text *words)
{
	text_add(t, "  - ");
	text_wrap(t, words->failed || words->at == NULL ? "" : words->at, 4, 4);
	t->failed = t->failed || words->failed;
	text_fini(words);
}

/* "name        paragraph", the paragraph indented by `indent`. */
static void
labelled(struct text *t, const char *label, size_t indent, struct text *words)
{
	size_t width = text_width(label);

	text_add(t, "  %s", label);
	if (width + 4 > indent) {
		text_put(t, "\n", 1);
		width = 0;
		text_pad(t, ' ', indent);
	} else {
		text_pad(t, ' ', indent - 2 - width);
	}
	text_wrap(t, words->failed || words->at == NULL ? "" : words->at, indent, indent);
	t->failed = t->failed || words->failed;
	text_fini(words);
}

/* "a, b and c", of those that compute. */
static void
nodes_of(struct text *t, const struct sheet *s)
{
	struct who w;

	if (s->protocol->secure)
		who_nodes(&w, s->code);
	else
		who_all(&w, s->code);
	wording_parties(t, s->code, &w);
}

/* Those that compute and nothing else, and those that do not. */
static void
other_roles(struct text *t, const struct sheet *s)
{
	struct text w = { 0 };
	struct who who;

	who_helpers(&who, s->code);
	if (who_any(&who)) {
		wording_parties(&w, s->code, &who);
		text_add(&w, ": only computing; puts in nothing and learns no output.");
		labelled(t, "Helpers", LABEL + 2, &w);
	}
	if (!sheet_has_guests(s))
		return;
	who_guests(&who, s->code);
	wording_parties(&w, s->code, &who);
	text_add(&w, ": not computing; they send shares of what they put in, fetch what they learn, "
	    "and need not stay in between.");
	labelled(t, "Others", LABEL + 2, &w);
}

static void
head(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 };

	text_add(t, "DISCLOSURE SHEET\n");
	text_wrap(t, c->study, 0, 0);
	text_put(t, "\n", 1);
	text_add(&w, "%s", c->n_sources > 0 ? c->source[0] : "");
	labelled(t, "Program", LABEL + 2, &w);
	sheet_hash(&w, c->study_hash);
	labelled(t, "Hash", LABEL + 2, &w);
	text_add(&w, "%s: %s. %s", c->protocol, s->protocol->model, s->protocol->assumptions);
	if (sheet_has_guests(s))
		text_add(&w, " About sites that do not compute see SAFE, AND UNSAFE.");
	labelled(t, "Protocol", LABEL + 2, &w);
	nodes_of(&w, s);
	text_add(&w, !s->protocol->secure ? ", all in one process on one computer." :
	    sheet_has_guests(s) ? ", each on its own computer." :
	    ", each on its own computer. Nobody else takes part.");
	labelled(t, "Computed by", LABEL + 2, &w);
	other_roles(t, s);
}

static void
rows_of(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 };
	bool first = true;

	wording_rows(&w, c);
	if (w.len == 0)
		text_add(&w, "no tables with rows");
	if (sheet_assumes_rows(s))
		text_add(&w, " (assumed here; the real numbers are known when it runs)");
	labelled(t, "Rows", LABEL + 2, &w);
	for (uint32_t i = 0; s->address != NULL && i < code_nodes(c); i++) {
		const uint32_t party = roles_party(&c->roles, i);

		if (s->address[party] == NULL)
			continue;
		text_add(&w, "%s %s", c->party[party].name, s->address[party]);
		labelled(t, first ? "Addresses" : "", LABEL + 2, &w);
		first = false;
	}
}

static size_t
name_indent(size_t longest)
{
	return 4 + (longest > NAME_MOST ? NAME_MOST : longest);
}

static void
inputs(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	size_t longest = 0;
	struct text w = { 0 };

	for (uint32_t i = 0; i < c->n_inputs; i++)
		if (text_width(c->input[i].name) > longest)
			longest = text_width(c->input[i].name);
	if (s->me >= 0)
		text_add(t, "\nWHAT THIS SITE (%s) PUTS IN\n", c->party[s->me].name);
	else
		text_add(t, "\nWHAT EACH SITE PUTS IN\n");
	for (uint32_t i = 0; i < c->n_inputs; i++) {
		if (!sheet_is_mine(s, &c->input[i]))
			continue;
		sheet_input(&w, &c->input[i]);
		if (s->me < 0)
			text_add(&w, ", from %s", c->input[i].party);
		labelled(t, c->input[i].name, name_indent(longest), &w);
	}
	if (s->me >= 0 && c->party[s->me].helper) {
		text_add(t, "  Nothing: it only computes.\n");
		return;
	}
	if (sheet_for_nodes(s)) {
		text_add(&w, "%s", s->protocol->leaves);
		point(t, &w);
	}
	if (sheet_for_guests(s)) {
		text_add(&w, "%s The computing nodes are ", s->protocol->contributes);
		nodes_of(&w, s);
		text_add(&w, ".");
		point(t, &w);
	}
}

static void
outputs(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 };

	text_add(t, "\nWHO LEARNS WHAT\n");
	if (c->n_outputs == 0)
		text_add(t, "  Nobody learns anything.\n");
	for (uint32_t i = 0; i < c->n_outputs; i++) {
		const struct output *o = &c->output[i];
		sheet_output(&w, o);
		text_add(&w, ". Learned by ");
		sheet_recipients(&w, s, o);
		text_add(&w, ".");
		if (sheet_is_rowwise(s, o))
			text_add(&w, " These are single rows, not a summary.");
		size_t before = w.len;
		text_add(&w, " ");
		sheet_withheld(&w, c, o);
		if (w.len == before + 1)
			w.at[--w.len] = '\0';
		point(t, &w);
	}
}

static void
opened(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 };

	text_add(t, "\nWHAT IS OPENED ON THE WAY\n");
	if (c->n_reveals == 0) {
		text_add(&w, "Nothing: no value in between is seen by anybody.");
		point(t, &w);
	}
	for (uint32_t i = 0; i < c->n_reveals; i++) {
		sheet_reveal(&w, s, &c->reveal[i]);
		point(t, &w);
	}
}

static void
sentences(struct text *t, const struct sheet *s, const char *title,
    bool (*sentence)(struct text *, const struct sheet *, unsigned))
{
	struct text w = { 0 };

	text_add(t, "\n%s\n", title);
	for (unsigned i = 0; sentence(&w, s, i); i++)
		point(t, &w);
}

/* Of sites that compute; then of those that do not. */
static void
safety(struct text *t, const struct sheet *s)
{
	const char *whose = sheet_has_guests(s) && s->me < 0 ? "A site that computes is safe" : "Safe";
	const char *not = sheet_has_guests(s) && s->me < 0 ? "It is unsafe" : "Unsafe";
	struct text w = { 0 };

	text_add(t, "\nSAFE, AND UNSAFE\n");
	if (sheet_for_nodes(s) && s->protocol->safe_even_if != NULL) {
		text_add(&w, "%s even if %s.", whose, s->protocol->safe_even_if);
		point(t, &w);
	}
	if (sheet_for_nodes(s) && s->protocol->unsafe_if != NULL) {
		text_add(&w, "%s if %s.", not, s->protocol->unsafe_if);
		point(t, &w);
	}
	if (!sheet_for_guests(s))
		return;
	text_add(&w, "A site that does not compute is safe from everybody, all other sites together "
	    "included, as long as %s.", s->protocol->safe_as_long_as);
	point(t, &w);
	text_add(&w, "Unsafe if %s of the computing nodes (", s->protocol->together);
	nodes_of(&w, s);
	text_add(&w, ") show each other what they saw: they could work out everything that was put "
	    "in. And if its own computer is broken into.");
	point(t, &w);
}

static void
assumptions(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 };

	text_add(t, "\nASSUMPTIONS, NOISE, POLICY\n");
	for (uint32_t i = 0, n; i < c->n_assumptions; i += n) {
		const struct assumption *a = &c->assumption[i];
		n = sheet_alike(c, i);
		text_add(&w, n == 1 ? "The range in" : "%u ranges in", n);
		text_add(&w, " `%s` (line %u) %s assumed %s", a->source, a->line, n == 1 ? "is" : "are",
		    !a->checked ? "and NOT checked: if it is wrong, results may be, too." :
		    c->n_reveals == 0 ? "and checked while it runs." :
		    "and checked while it runs; what is opened on the way is opened even if it is "
		    "wrong.");
		point(t, &w);
	}
	if (c->n_assumptions == 0) {
		text_add(&w, "No range is assumed; all follow from those declared for the inputs.");
		point(t, &w);
	}
	for (unsigned i = 0; sheet_noise(&w, s, i); i++)
		point(t, &w);
	sheet_policy(&w, s->policy);
	point(t, &w);
}

enum status
sheet_text(char **out, const struct sheet *s)
{
	struct text t = { 0 };

	head(&t, s);
	rows_of(&t, s);
	inputs(&t, s);
	outputs(&t, s);
	opened(&t, s);
	sentences(&t, s, "WHAT EVERYBODY LEARNS BESIDES", sheet_learned);
	sentences(&t, s, "WHAT RECIPIENTS CAN WORK OUT", sheet_inference);
	safety(&t, s);
	assumptions(&t, s);
	if (s->ledger != NULL)
		sentences(&t, s, "EARLIER RUNS OF THIS SITE", sheet_earlier);
	return text_take(out, &t);
}

/* Outputs with the same recipients in one line. */
static void
short_outputs(struct text *t, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text w = { 0 }, names = { 0 }, other = { 0 };

	for (uint32_t i = 0; i < c->n_outputs; i++) {
		sheet_recipients(&w, s, &c->output[i]);
		bool done = false;
		for (uint32_t k = 0; k < i && !done && !w.failed; k++) {
			sheet_recipients(&other, s, &c->output[k]);
			done = !other.failed && other.at != NULL && w.at != NULL &&
			    strcmp(w.at, other.at) == 0;
			text_fini(&other);
		}
		for (uint32_t k = i; k < c->n_outputs && !done; k++) {
			sheet_recipients(&other, s, &c->output[k]);
			if (!other.failed && other.at != NULL && w.at != NULL &&
			    strcmp(w.at, other.at) == 0)
				text_add(&names, "%s%s", k == i ? "" : ", ", c->output[k].name);
			text_fini(&other);
		}
		if (!done) {
			text_add(&w, ": %s", names.failed || names.at == NULL ? "" : names.at);
			labelled(t, "learned by", LABEL + 2, &w);
		}
		text_fini(&names);
		text_fini(&w);
	}
}

enum status
sheet_short(char **out, const struct sheet *s)
{
	const struct code *c = s->code;
	struct text t = { 0 }, w = { 0 };
	struct who guests;

	text_wrap(&t, c->study, 0, 0);
	text_add(&w, "%s (%s) by ", c->protocol, s->protocol->model);
	nodes_of(&w, s);
	labelled(&t, "computed", LABEL + 2, &w);
	if (sheet_has_guests(s)) {
		who_guests(&guests, c);
		wording_parties(&w, c, &guests);
		text_add(&w, ": not computing, only contributing and receiving");
		labelled(&t, "others", LABEL + 2, &w);
	}
	rows_of(&t, s);
	short_outputs(&t, s);
	if (c->n_reveals == 0)
		text_add(&w, "nothing");
	for (uint32_t i = 0; i < c->n_reveals; i++)
		text_add(&w, "%s`%s`", i == 0 ? "" : ", ", c->reveal[i].source);
	labelled(&t, "opened", LABEL + 2, &w);
	bool safe = s->protocol->safe_even_if != NULL;
	text_add(&w, "%s %s", safe ? "even if" : "if",
	    safe ? s->protocol->safe_even_if : s->protocol->unsafe_if);
	if (sheet_for_nodes(s))
		labelled(&t, safe ? "safe" : "unsafe", LABEL + 2, &w);
	else
		text_fini(&w);
	if (sheet_for_guests(s)) {
		text_add(&w, "as long as %s", s->protocol->safe_as_long_as);
		labelled(&t, s->me < 0 ? "others safe" : "safe", LABEL + 2, &w);
	}
	return text_take(out, &t);
}
