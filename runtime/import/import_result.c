/* import_result.c: what the client learns of a model's outputs; see graph.h */
#include "graph.h"

#include <stdio.h>
#include <string.h>

static enum status
no_result(struct graph *g, const char *help, const char *what)
{
	(void)fault_set(g->fault, ST_COMPILE, "%s", what);
	fault_help(g->fault, "%s", help);
	return ST_COMPILE;
}

static struct value *
output_value(const struct graph *g, size_t i)
{
	for (uint32_t k = 0; k < g->n_names; k++)
		if (strcmp(g->name[k].name, g->model->graph->output[i]->name) == 0)
			return g->name[k].v;
	return NULL;
}

/* Before softmax, sigmoid, argmax. */
static struct value *
scores_of(struct value *v)
{
	while (v->scores != NULL)
		v = v->scores;
	return v;
}

/* The output that the settings name, or the only one; of a classifier's two, the class. */
static enum status
chosen(struct value **out, struct graph *g)
{
	const Onnx__Graph *p = g->model->graph;
	char names[FAULT_TEXT_MAX / 2] = "";
	size_t len = 0, at = p->n_output == 1 && g->set->take == NULL ? 0 : SIZE_MAX;
	struct value *v = NULL, *w = NULL;

	for (size_t i = 0; i < p->n_output; i++) {
		char clean[CLEAN_MAX];
		clean_text(clean, p->output[i]->name, strlen(p->output[i]->name));
		if (len < sizeof names)
			len += (size_t)snprintf(names + len, sizeof names - len, "%s \"%s\"",
			    i == 0 ? "" : ",", clean);
		if (g->set->take != NULL && strcmp(p->output[i]->name, g->set->take) == 0)
			at = i;
	}
	if (at == SIZE_MAX && p->n_output == 2 && g->set->take == NULL) {
		v = output_value(g, 0);
		w = output_value(g, 1);
		if (v != NULL && w != NULL && v->index != w->index && scores_of(v) == scores_of(w))
			at = v->index ? 0 : 1;
	}
	*out = at == SIZE_MAX ? NULL : output_value(g, at);
	if (at == SIZE_MAX) {
		(void)fault_set(g->fault, ST_COMPILE, g->set->take == NULL ?
		    "the model has %zu outputs; one can be imported" :
		    "none of the model's %zu outputs has that name", p->n_output);
		fault_help(g->fault, "--take NAME chooses one; it has%s", names);
		return ST_COMPILE;
	}
	if (*out == NULL)
		return fault_set(g->fault, ST_DATA, "the model's output is computed nowhere");
	if ((*out)->known != NULL)
		return fault_set(
		    g->fault, ST_COMPILE, "the model's output does not depend on its input");
	return ST_OK;
}

/* A last layer that the model does not have. */
static enum status
add_layer(struct value **v, struct graph *g, enum layer_kind kind, unsigned rank)
{
	struct layer *l;
	enum status st;

	TRY(layer_new(&l, g, NULL, kind, *v, rank, (*v)->dim));
	*v = l->out;
out:
	return st;
}

static enum status
as_argmax(struct value **v, struct graph *g)
{
	struct value *s = scores_of(*v);
	bool single = s->rank == 1 && s->dim[0] == 1;
	enum status st = ST_OK;

	if ((*v)->index)
		return ST_OK;
	if (s->best == NULL && (s->rank != 1 || (single && !(*v)->probability)))
		return no_result(
		    g, "--result scores gives its numbers", "the model does not end in classes");
	if (s->best != NULL) {
		*v = s->best;
		goto out;
	}
	*v = s;
	if (single)                     /* the probability of the second of two classes */
		TRY(add_layer(v, g, LAYER_RESHAPE, 0));
	TRY(add_layer(v, g, single ? LAYER_ABOVE : LAYER_ARGMAX, 0));
	(*v)->index = true;
out:
	return st;
}

static enum status
as_probabilities(struct value **v, struct graph *g)
{
	struct value *s = (*v)->probability ? *v : scores_of(*v);
	enum status st = ST_OK;

	if (s->probabilities != NULL)
		s = s->probabilities;
	else if (!s->probability && s->rank == 1 && s->dim[0] > 1) {
		TRY(add_layer(&s, g, LAYER_SOFTMAX, 1));
		s->probability = true;
	}
	if (!s->probability)
		st = no_result(
		    g, "--result scores gives its numbers", "the model has no probabilities");
	*v = s;
out:
	return st;
}

enum status
graph_result(struct value **out, struct graph *g)
{
	enum status st;

	TRY(chosen(out, g));
	switch (g->set->result) {
	case RESULT_MODEL:
		break;
	case RESULT_SCORES:
		*out = scores_of(*out);
		break;
	case RESULT_PROBABILITIES:
		TRY(as_probabilities(out, g));
		break;
	case RESULT_ARGMAX:
		TRY(as_argmax(out, g));
		break;
	}
out:
	return st;
}
