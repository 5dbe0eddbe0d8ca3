/* explain_lines.c: see explain_lines.h */
#include "explain_lines.h"

#include "base/mem.h"
#include "flight.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct link_speed *const explain_links[N_LINK_SPEED] = { &link_lan, &link_metro, &link_wan };

/* What a line costs, while it is summed up. */
struct sum {
	uint16_t file;
	uint32_t line;
	uint64_t instructions, rounds;
	uint32_t domains;
	uint32_t round;                 /* the last that it was in flight in */
	double delays;
	struct tally tally;
};

struct summing {
	const struct code *code;
	const struct target *target;
	struct sum **at;
	uint32_t n, room, round;
	bool failed;
};

static struct sum *
sum_new(struct summing *s, const struct insn *x)
{
	struct sum *new = mem_zalloc(sizeof *new);

	if (s->n == s->room) {
		uint32_t room = 2 * s->room + 64;
		struct sum **more = mem_realloc(s->at, room * sizeof *more);
		if (more != NULL) {
			s->at = more;
			s->room = room;
		}
	}
	if (new == NULL || s->n == s->room) {
		mem_free(new);
		s->failed = true;
		return NULL;
	}
	new->file = x->file;
	new->line = x->line;
	return s->at[s->n++] = new;
}

/* The line of an instruction; NULL: no memory. */
static struct sum *
sum_of(struct summing *s, const struct insn *x)
{
	for (uint32_t i = s->n; i > 0; i--)
		if (s->at[i - 1]->line == x->line && s->at[i - 1]->file == x->file)
			return s->at[i - 1];
	return sum_new(s, x);
}

/* A round: its lines, each once, share the delay. */
static void
sum_round(struct summing *s, const struct flight *f, uint64_t times, unsigned delay)
{
	unsigned lines = 0;

	s->round++;
	for (uint32_t i = 0; i < f->n; i++) {
		struct sum *l = sum_of(s, f->at[i].insn);
		if (l == NULL || l->round == s->round)
			continue;
		l->round = s->round;
		l->rounds += times;
		lines++;
	}
	for (uint32_t i = 0; i < s->n && lines > 0; i++)
		if (s->at[i]->round == s->round)
			s->at[i]->delays += (double)delay * (double)times / lines;
}

/* What the instruction needs prepared, by itself. */
static void
sum_demand(struct summing *s, struct sum *l, const struct insn *x, uint64_t times)
{
	struct code alone = *s->code;
	struct demand d;

	if (!insn_demand(&d, s->code, x, times))
		return;
	alone.demand = &d;
	alone.n_demand = 1;
	s->target->cost_demand(&l->tally, &alone, code_nodes(s->code));
}

static void
sum_insn(void *arg, const struct flight *f, const struct insn *x, uint64_t times, unsigned delay)
{
	struct summing *s = arg;
	const bool flow = (insn_table[x->op].flags & F_FLOW) != 0;
	struct sum *l;

	if (x->op == OP_ROUND)
		sum_round(s, f, times, delay);
	if (flow || s->failed)
		return;
	l = sum_of(s, x);
	if (l == NULL)
		return;
	tally_insn(&l->tally, s->code, s->target, x, times);
	sum_demand(s, l, x, times);
	l->instructions += times;
	l->delays += (double)delay * (double)times;
	for (unsigned k = 0; k < 2; k++) {
		const uint32_t slot = x->slot[k];
		if (slot != SLOT_NONE && insn_on_shares(x))
			l->domains |= 1u << s->code->slot[slot].domain;
	}
}

static uint64_t
all_bytes(const uint64_t bytes[N_TARGET_NODES][N_TARGET_NODES])
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < N_TARGET_NODES; i++)
		for (unsigned k = 0; k < N_TARGET_NODES; k++)
			sum += bytes[i][k];
	return sum;
}

/* Rounds are given as a share, and setting up is nobody's. */
static double
seconds_of(const struct sum *s, const struct link_speed *link, unsigned n_nodes)
{
	enum { MANY = 1000 };
	const struct tally waits = { .delays = MANY };
	struct tally t = s->tally;
	struct estimate e, one;

	memset(t.setup, 0, sizeof t.setup);
	t.setup_rounds = t.offline_rounds = t.delays = 0;
	estimate(&e, &t, link, n_nodes, 0);
	estimate(&one, &waits, link, n_nodes, 0);
	return (double)e.us * 1e-6 + s->delays * (double)one.us * 1e-6 / MANY;
}

/* Line `line` of a source, without what stands before and behind it; NULL: it is not there. */
static char *
line_text(const char *at, size_t len, uint32_t line)
{
	const char *end = at + len, *stop;
	char *text;

	for (uint32_t i = 1; i < line && at != NULL; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at == NULL ? NULL : at + 1;
	}
	if (at == NULL || at >= end || line == 0)
		return NULL;
	stop = memchr(at, '\n', (size_t)(end - at));
	stop = stop == NULL ? end : stop;
	while (at < stop && (*at == ' ' || *at == '\t'))
		at++;
	while (at < stop && (stop[-1] == ' ' || stop[-1] == '\r'))
		stop--;
	text = mem_zalloc((size_t)(stop - at) + 1);
	if (text != NULL)
		memcpy(text, at, (size_t)(stop - at));
	return text;
}

static void
line_of(struct line_cost *out, const struct sum *s, unsigned n_nodes)
{
	*out = (struct line_cost){ .file = s->file, .line = s->line,
		.instructions = s->instructions, .rounds = s->rounds,
		.bytes = all_bytes(s->tally.online), .offline_bytes = all_bytes(s->tally.offline),
		.ands = s->tally.ands, .garbled = s->tally.garbled, .domains = s->domains,
		.delays = s->delays };
	for (unsigned i = 0; i < N_LINK_SPEED; i++)
		out->seconds[i] = seconds_of(s, explain_links[i], n_nodes);
}

static int
in_order(const void *a, const void *b)
{
	const struct sum *x = *(struct sum *const *)a, *y = *(struct sum *const *)b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static enum status
take(struct explain_lines *l, const struct summing *s, line_source *source, void *arg)
{
	l->at = mem_array(s->n, sizeof *l->at);
	if (l->at == NULL)
		return ST_INTERNAL;
	for (uint32_t i = 0; i < s->n; i++) {
		struct line_cost *x = &l->at[l->n++];
		size_t len = 0;
		const char *text = source == NULL ? NULL : source(arg, s->at[i]->file, &len);

		line_of(x, s->at[i], code_nodes(s->code));
		if (text != NULL)
			x->text = line_text(text, len, x->line);
	}
	return ST_OK;
}

enum status
lines_make(struct explain_lines *l, const struct code *c, const struct target *t,
    line_source *source, void *arg)
{
	const struct protocol *p = protocol_find(c->protocol);
	struct summing s = { .code = c, .target = t };
	uint64_t peak;
	enum status st = ST_OK;

	l->code = c;
	if (p == NULL)
		return ST_INTERNAL;
	TRY(flight_walk(&peak, c, p, sum_insn, &s));
	TRY(s.failed ? ST_INTERNAL : ST_OK);
	qsort(s.at, s.n, sizeof(struct sum *), in_order);
	st = take(l, &s, source, arg);
out:
	for (uint32_t i = 0; i < s.n; i++)
		mem_free(s.at[i]);
	mem_free(s.at);
	return st;
}

void
lines_fini(struct explain_lines *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		mem_free(l->at[i].text);
	mem_free(l->at);
	*l = (struct explain_lines){ .n = 0 };
}

static const struct {
	enum domain domain;
	const char *name;
} domain_name[] = { { DOM_A, "numbers" }, { DOM_B, "bits" }, { DOM_Y, "garbled" } };
enum { N_DOMAIN_NAME = sizeof domain_name / sizeof domain_name[0] };

static const char *
file_name(const struct code *c, uint16_t file)
{
	return file < c->n_sources ? c->source[file] : "?";
}

/* Seconds are those of the network that the program was compiled for. */
static unsigned
link_of(const struct code *c)
{
	for (unsigned i = 0; i < N_LINK_SPEED; i++)
		if (strcmp(explain_links[i]->name, c->network) == 0)
			return i;
	return 1;
}

static void
add_domains(char out[32], uint32_t domains)
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < N_DOMAIN_NAME; i++)
		if ((domains >> domain_name[i].domain & 1) != 0)
			len += (size_t)snprintf(out + len, 32 - len, "%s%s", len > 0 ? "," : "",
			    domain_name[i].name);
}

void
lines_text(struct text *t, const struct explain_lines *l)
{
	const unsigned link = link_of(l->code);

	text_add(t, "\nBy source line (rounds and bytes online, bytes of what is prepared, seconds "
	    "on %s)\n  %8s %12s %12s %12s %10s  %-16s %s\n", explain_links[link]->name, "rounds",
	    "bytes", "prepared", "AND gates", "seconds", "shares", "line");
	for (uint32_t i = 0; i < l->n; i++) {
		const struct line_cost *x = &l->at[i];
		char domains[32];

		add_domains(domains, x->domains);
		text_add(t, "  %8llu %12llu %12llu %12llu %10.4f  %-16s %s:%u", (unsigned long long)
		    x->rounds, (unsigned long long)x->bytes, (unsigned long long)x->offline_bytes,
		    (unsigned long long)(x->ands + x->garbled), x->seconds[link], domains,
		    file_name(l->code, x->file), x->line);
		if (x->text != NULL)
			text_add(t, ": %s", x->text);
		text_put(t, "\n", 1);
	}
}

static cJSON *
domains_json(uint32_t domains)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;

	for (unsigned i = 0; i < N_DOMAIN_NAME && ok; i++)
		if ((domains >> domain_name[i].domain & 1) != 0)
			ok = json_push(a, cJSON_CreateString(domain_name[i].name));
	return json_if(a, ok);
}

static cJSON *
seconds_json(const struct line_cost *x)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = o != NULL;

	for (unsigned i = 0; i < N_LINK_SPEED && ok; i++)
		ok = json_put(o, explain_links[i]->name, cJSON_CreateNumber(x->seconds[i]));
	return json_if(o, ok);
}

static cJSON *
line_json(const struct line_cost *x, const struct code *c)
{
	cJSON *o = cJSON_CreateObject();
	bool ok = json_put(o, "file", cJSON_CreateString(file_name(c, x->file))) &&
	    json_put(o, "line", json_count(x->line)) &&
	    (x->text == NULL || json_put(o, "text", cJSON_CreateString(x->text))) &&
	    json_put(o, "instructions", json_count(x->instructions)) &&
	    json_put(o, "rounds", json_count(x->rounds)) &&
	    json_put(o, "bytes", json_count(x->bytes)) &&
	    json_put(o, "offline_bytes", json_count(x->offline_bytes)) &&
	    json_put(o, "ands", json_count(x->ands)) &&
	    json_put(o, "garbled", json_count(x->garbled)) &&
	    json_put(o, "domains", domains_json(x->domains)) &&
	    json_put(o, "seconds", seconds_json(x));

	return json_if(o, ok);
}

cJSON *
lines_json(const struct explain_lines *l)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;

	for (uint32_t i = 0; i < l->n && ok; i++)
		ok = json_push(a, line_json(&l->at[i], l->code));
	return json_if(a, ok);
}
