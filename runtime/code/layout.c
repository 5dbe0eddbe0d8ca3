/* layout.c: the fields of every record, for container and text alike.  See fields.h. */
#include "fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistr.h>

#define SIGNED(x) ((__typeof__(x))-1 < 1)
#define NUM(name, x) f->ops->num(f, name, &(x), sizeof(x), SIGNED(x), 0)
#define NAME(name, x) f->ops->text(f, name, &(x), NAME_MAX_BYTES)
#define TEXT(name, x) f->ops->text(f, name, &(x), TEXT_MAX_BYTES)
#define WORD(name, x, words) f->ops->word(f, name, &(x), words, sizeof(words) / sizeof *(words))
#define LIST(name, n, items, record) f->ops->list(f, name, &(n), &(items), record)
#define BOOL(name, x) f->ops->word(f, name, (uint8_t *)&(x), no_yes, 2)

static const char *const no_yes[] = { "no", "yes" };

void
fields_fail(struct fields *f, enum status st, const char *fmt, ...)
{
	char message[FAULT_TEXT_MAX];
	va_list ap;

	if (f->st != ST_OK)
		return;
	f->st = st;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	if (f->fault != NULL)
		(void)fault_set(f->fault, st, "%s", message);
}

/* Control characters, also U+0080 to U+009F, and those that turn the direction of what is beside
 * them. */
static bool
hides(ucs4_t uc)
{
	return (uc < 0x20 && uc != '\n' && uc != '\t') || (uc >= 0x7f && uc < 0xa0) ||
	    (uc >= 0x202a && uc <= 0x202e) || (uc >= 0x2066 && uc <= 0x2069) || uc == 0x200e ||
	    uc == 0x200f;
}

bool
text_ok(const char *s, size_t max)
{
	size_t n = strnlen(s, max + 1);

	if (n > max || u8_check((const uint8_t *)s, n) != NULL)
		return false;
	for (size_t i = 0; i < n;) {
		ucs4_t uc;
		i += (size_t)u8_mbtouc(&uc, (const uint8_t *)s + i, n - i);
		if (hides(uc))
			return false;
	}
	return true;
}

/* A number that says how many of something follow; what it returns is never beyond max. */
static uint32_t
bounded(struct fields *f, const char *name, uint32_t *n, uint32_t max)
{
	f->ops->num(f, name, n, sizeof *n, false, 0);
	if (f->st == ST_OK && *n > max)
		fields_fail(f, ST_DATA, "%s is %u, more than %u", name, *n, max);
	return f->st == ST_OK ? *n : 0;
}

static void
layout_head(struct fields *f, void *p)
{
	struct code *c = p;

	TEXT("study", c->study);
	NAME("protocol", c->protocol);
	NAME("network", c->network);
	NAME("compiler", c->compiler);
	BOOL("local", c->local);
	BOOL("checked", c->checked);
	f->ops->num(f, "held", &c->held, sizeof c->held, false, 1);
	NUM("arena", c->arena_bytes);
	f->ops->blob(f, "hash", c->study_hash, sizeof c->study_hash);
}

/* Records that are nothing but a string. */
static void
layout_text(struct fields *f, void *p)
{
	char **s = p;

	TEXT(NULL, *s);
}

static void
layout_level(struct fields *f, void *p)
{
	struct level *l = p;

	TEXT("name", l->name);
	TEXT("text", l->text);
}

static const struct record level_record = { sizeof(struct level), 8, layout_level };

static void
layout_type(struct fields *f, void *p)
{
	static const char *const kinds[] = { "bool", "int", "fixed", "category", "bits", "id" };
	struct type *t = p;

	WORD("kind", t->kind, kinds);
	BOOL("optional", t->optional);
	NUM("frac", t->frac);
	NUM("bits", t->bits);
	NUM("lo", t->lo);
	NUM("hi", t->hi);
	LIST("levels", t->n_levels, t->level, &level_record);
}

static const struct record type_record = { sizeof(struct type), 43, layout_type };

static void
layout_party(struct fields *f, void *p)
{
	struct party *y = p;

	NAME("name", y->name);
	NAME("group", y->group);
	NUM("member", y->member);
	BOOL("grouped", y->grouped);
	BOOL("helper", y->helper);
	NUM("rows", y->rows);
}

static void
layout_input(struct fields *f, void *p)
{
	static const char *const shapes[] = { "scalar", "array", "rows" };
	struct input *in = p;

	NAME("name", in->name);
	NAME("party", in->party);
	f->ops->group(f, "type", &in->type, &type_record);
	WORD("shape", in->shape, shapes);
	f->ops->nums(f, "dims", in->dims, bounded(f, "rank", &in->rank, N_RANK_MAX), false);
	NUM("most", in->most);
	BOOL("pattern", in->pattern);
	f->ops->texts(f, "columns", &in->n_columns, &in->column);
	NUM("line", in->line);
}

static void
layout_output_part(struct fields *f, void *p)
{
	static const char *const rules[] = { "none", "require", "range", "suppress", "withhold",
		"either", "policy", "dominance", "bins", "difference", "require_policy" };
	static const char *const flags[] = { "none", "line", "cell" };
	static const char *const noises[] = { "none", "laplace", "gaussian" };
	struct output_part *o = p;

	NAME("field", o->field);
	f->ops->num(f, "each", &o->each, sizeof o->each, true, -1);
	NUM("to", o->recipients);
	f->ops->slot(f, "value", &o->value);
	f->ops->slot(f, "present", &o->present);
	f->ops->slot(f, "guard", &o->guard);
	WORD("rule", o->rule, rules);
	f->ops->slot(f, "cells", &o->cells);
	WORD("cell_rule", o->cell_rule, rules);
	WORD("certain", o->certain, flags);
	WORD("noise", o->noise, noises);
	NUM("spent", o->spent[0]);
	NUM("spent_per", o->spent[1]);
	NUM("sensitivity", o->sensitivity[0]);
	NUM("sensitivity_per", o->sensitivity[1]);
	f->ops->group(f, "type", &o->type, &type_record);
	NUM("error", o->error);
	f->ops->nums(f, "dims", o->dims, bounded(f, "rank", &o->rank, N_RANK_MAX), false);
}

static const struct record output_part_record = {
	sizeof(struct output_part), 159, layout_output_part
};

static void
layout_stated(struct fields *f, void *p)
{
	static const char *const kinds[] = { "require", "suppress", "secondary", "withhold", "round",
		"told" };
	struct stated *s = p;

	WORD("kind", s->kind, kinds);
	TEXT("text", s->text);
}

static const struct record stated_record = { sizeof(struct stated), 5, layout_stated };

static void
layout_output(struct fields *f, void *p)
{
	static const char *const names[N_RANK_MAX] = { "label0", "label1", "label2", "label3",
		"label4", "label5", "label6", "label7" };
	struct output *o = p;

	NAME("name", o->name);
	NUM("line", o->line);
	TEXT("source", o->source);
	BOOL("withheld", o->withheld);
	BOOL("to_all", o->to_all);
	LIST("parts", o->n_parts, o->part, &output_part_record);
	LIST("stated", o->n_stated, o->stated, &stated_record);
	uint32_t n_labels = bounded(f, "labels", &o->n_labels, N_RANK_MAX);
	for (uint32_t i = 0; i < n_labels; i++)
		f->ops->texts(f, names[i], &o->label[i].n, &o->label[i].name);
}

static void
layout_reveal(struct fields *f, void *p)
{
	struct reveal *r = p;

	TEXT("source", r->source);
	NUM("line", r->line);
	NUM("elements", r->elements);
	NUM("times", r->times);
}

static void
layout_assumption(struct fields *f, void *p)
{
	struct assumption *a = p;

	TEXT("source", a->source);
	NUM("line", a->line);
	BOOL("checked", a->checked);
}

static void
layout_part(struct fields *f, void *p)
{
	struct partition *t = p;

	BOOL("whole", t->whole);
	BOOL("members", t->members);
	NUM("owner", t->owner);
	f->ops->nums(f, "start", t->start, code_nodes(f->code) + 1, false);
}

/* A node is the number of a party. */
static void
layout_node(struct fields *f, void *p)
{
	uint32_t *party = p;

	NUM("party", *party);
}

static void
layout_set(struct fields *f, void *p)
{
	struct party_set *s = p;

	f->ops->tuples(f, "parties", &s->n, &s->party, 1, N_PARTY_MAX);
}

static void
layout_slot(struct fields *f, void *p)
{
	static const char *const kinds[] = { "memory", "const", "window" };
	struct slot *s = p;

	f->ops->kind(f, &s->domain, &s->width);
	WORD("kind", s->kind, kinds);
	NUM("part", s->part);
	NUM("n", s->n);
	if (s->kind == SLOT_WINDOW) {
		f->ops->slot(f, "of", &s->of);
		f->ops->affine(f, "offset", &s->offset);
	} else {
		NUM("at", s->at);
	}
}

static void
layout_view(struct fields *f, void *p)
{
	struct view *v = p;

	uint32_t rank = bounded(f, "rank", &v->rank, N_RANK_MAX);
	f->ops->nums(f, "count", v->count, rank, false);
	f->ops->nums(f, "sstride", v->sstride, rank, true);
	f->ops->nums(f, "dstride", v->dstride, rank, true);
	NUM("soff", v->soff);
	NUM("doff", v->doff);
}

static void
layout_affine(struct fields *f, void *p)
{
	f->ops->affine(f, NULL, p);
}

static void
layout_circuit(struct fields *f, void *p)
{
	struct circuit *c = p;

	NAME("name", c->name);
	NUM("a", c->width[0]);
	NUM("b", c->width[1]);
	NUM("c", c->width[2]);
	NUM("in", c->n_in);
	NUM("reg", c->n_reg);
	NUM("layers", c->n_layers);
	f->ops->tuples(f, "out", &c->n_out, &c->out, 1, N_BITS_MAX);
	f->ops->tuples(f, "bounds", &c->n_bounds, &c->layer, 2, N_CIRCUIT_LAYER_MAX + 1);
	f->ops->tuples(f, "gates", &c->n_gates, &c->gate, 3, N_CIRCUIT_GATE_MAX);
}

static void
layout_insn(struct fields *f, void *p)
{
	f->ops->insn(f, p);
}

static void
layout_demand(struct fields *f, void *p)
{
	struct demand *d = p;

	f->ops->op(f, &d->op);
	NUM("width", d->width);
	NUM("m", d->m);
	NUM("k", d->k);
	NUM("n", d->n);
	NUM("count", d->count);
}

const struct record head_record = { sizeof(struct code), 59, layout_head };

static const struct record text_record = { sizeof(char *), 4, layout_text },
    party_record = { sizeof(struct party), 22, layout_party },
    input_record = { sizeof(struct input), 73, layout_input },
    output_record = { sizeof(struct output), 26, layout_output },
    reveal_record = { sizeof(struct reveal), 24, layout_reveal },
    assumption_record = { sizeof(struct assumption), 9, layout_assumption },
    node_record = { sizeof(uint32_t), 4, layout_node },
    set_record = { sizeof(struct party_set), 4, layout_set },
    part_record = { sizeof(struct partition), 12, layout_part },
    slot_record = { sizeof(struct slot), 24, layout_slot },
    view_record = { sizeof(struct view), 20, layout_view },
    affine_record = { sizeof(struct affine), 9, layout_affine },
    circuit_record = { sizeof(struct circuit), 40, layout_circuit },
    insn_record = { sizeof(struct insn), 48, layout_insn },
    demand_record = { sizeof(struct demand), 36, layout_demand };

#define AT(count, list) offsetof(struct code, count), offsetof(struct code, list)

const struct section section_table[N_SECTION] = {
	[SEC_HEAD] = { .name = "program" },
	[SEC_SOURCE] = { "source", 0, AT(n_sources, source), 4096, &text_record },
	[SEC_PARTY] = { "party", 0, AT(n_parties, party), N_PARTY_MAX, &party_record },
	[SEC_NODE] = { "node", 0, AT(roles.n_nodes, roles.node), 16, &node_record },
	[SEC_SET] = { "set", 0, AT(roles.n_sets, roles.set), N_SET_MAX, &set_record },
	[SEC_INPUT] = { "input", 0, AT(n_inputs, input), 1 << 16, &input_record },
	[SEC_OUTPUT] = { "output", 0, AT(n_outputs, output), 1 << 16, &output_record },
	[SEC_REVEAL] = { "reveal", 0, AT(n_reveals, reveal), 1 << 16, &reveal_record },
	[SEC_ASSUMPTION] = { "assumption", 0, AT(n_assumptions, assumption), 1 << 16,
	    &assumption_record },
	[SEC_NOTE] = { "note", 0, AT(n_notes, note), 1 << 16, &text_record },
	[SEC_CONST] = { .name = "const" },
	[SEC_PART] = { "part", 'p', AT(n_parts, part), 1 << 16, &part_record },
	[SEC_SLOT] = { "slot", 's', AT(n_slots, slot), N_SLOT_MAX, &slot_record },
	[SEC_VIEW] = { "view", 'v', AT(n_views, view), N_CODE_MAX, &view_record },
	[SEC_AFFINE] = { "affine", 'f', AT(n_affines, affine), N_CODE_MAX, &affine_record },
	[SEC_CIRCUIT] = { "circuit", 'k', AT(n_circuits, circuit), N_CIRCUIT_MAX, &circuit_record },
	[SEC_CODE] = { "code", 0, AT(n_code, code), N_CODE_MAX, &insn_record },
	[SEC_POST] = { "post", 0, AT(n_post, post), N_CODE_MAX, &insn_record },
	[SEC_DEMAND] = { "demand", 0, AT(n_demand, demand), N_CODE_MAX, &demand_record },
};

uint32_t *
section_count(const struct section *s, struct code *c)
{
	return (uint32_t *)(void *)((char *)c + s->count_at);
}

void *
section_list(const struct section *s, const struct code *c)
{
	return pointer_get((const char *)c + s->list_at);
}

void
section_set(const struct section *s, struct code *c, void *list, uint32_t n)
{
	pointer_set((char *)c + s->list_at, list);
	*section_count(s, c) = n;
}

void *
section_item(const struct section *s, const struct code *c, uint32_t i)
{
	return (char *)section_list(s, c) + (size_t)i * s->record->size;
}
