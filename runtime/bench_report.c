/* bench_report.c: figures as a table, as JSON, and beside those of another run.  See bench.h. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "bench.h"
#include "cmd.h"
#include "json.h"

enum { REPORT_BYTES_MAX = 16 << 20 };

void
figure_name(char out[FIGURE_NAME_MAX], const struct figures *fs, unsigned i)
{
	const char *name = fs->at[i].name;
	unsigned k = i;

	while (k > 0 && strncmp(fs->at[k].name, "  ", 2) == 0)
		k--;
	if (k == i)
		(void)snprintf(out, FIGURE_NAME_MAX, "%s", name);
	else
		(void)snprintf(out, FIGURE_NAME_MAX, "%.62s: %.60s", fs->at[k].name, name + 2);
}

double
figure_before(const struct figures *before, const struct figures *fs, unsigned i)
{
	char mine[FIGURE_NAME_MAX], its[FIGURE_NAME_MAX];
	const struct figure *x = &fs->at[i];

	figure_name(mine, fs, i);
	for (unsigned k = 0; k < before->n; k++) {
		const struct figure *y = &before->at[k];

		if (strcmp(x->protocol, y->protocol) != 0 || strcmp(x->unit, y->unit) != 0 ||
		    x->nodes != y->nodes)
			continue;
		figure_name(its, before, k);
		if (strcmp(mine, its) == 0)
			return y->value;
	}
	return 0;
}

/* What belongs to figure i, in one line beneath it. */
static unsigned
print_parts(const struct figures *fs, unsigned i)
{
	unsigned k = i + 1;

	for (; k < fs->n && strncmp(fs->at[k].name, "  ", 2) == 0; k++)
		(void)printf("%s%s %.5g%s%s", k == i + 1 ? "      " : "; ", fs->at[k].name + 2,
		    fs->at[k].value, fs->at[k].unit[0] == '\0' ? "" : " ", fs->at[k].unit);
	if (k > i + 1)
		(void)printf("\n");
	return k;
}

static void
print_figure(const struct figures *fs, unsigned i)
{
	const struct figure *g = &fs->at[i];
	char nodes[12] = "-";

	if (g->nodes > 0)
		(void)snprintf(nodes, sizeof nodes, "%u", g->nodes);
	(void)printf("%-48s %-10s %2s %12.6g %-9s", g->name, g->protocol, nodes, g->value, g->unit);
}

void
figures_print(const struct figures *fs, unsigned from, const struct figures *before)
{
	for (unsigned i = from; i < fs->n && before == NULL;) {
		print_figure(fs, i);
		(void)printf("\n");
		i = print_parts(fs, i);
	}
	for (unsigned i = from; i < fs->n && before != NULL; i++) {
		const double was = figure_before(before, fs, i);
		print_figure(fs, i);
		if (was > 0)
			(void)printf(" %12.6g %8.2f\n", was, fs->at[i].value / was);
		else
			(void)printf(" %12s %8s\n", "-", "-");
	}
	(void)fflush(stdout);
}

static cJSON *
figure_json(const struct figures *fs, unsigned i, const struct figures *before)
{
	const struct figure *g = &fs->at[i];
	double was = before == NULL ? 0 : figure_before(before, fs, i);
	char name[FIGURE_NAME_MAX];
	cJSON *o = cJSON_CreateObject();
	bool ok;

	figure_name(name, fs, i);
	ok = json_put(o, "name", cJSON_CreateString(name)) &&
	    json_put(o, "protocol", cJSON_CreateString(g->protocol)) &&
	    json_put(o, "nodes", json_count(g->nodes)) &&
	    json_put(o, "value", cJSON_CreateNumber(g->value)) &&
	    json_put(o, "unit", cJSON_CreateString(g->unit));
	if (was > 0)
		ok = ok && json_put(o, "before", cJSON_CreateNumber(was)) &&
		    json_put(o, "ratio", cJSON_CreateNumber(g->value / was));
	return json_if(o, ok);
}

cJSON *
figures_json(const struct figures *fs, const struct figures *before)
{
	cJSON *top = cJSON_CreateObject(), *list = cJSON_CreateArray();
	bool ok = list != NULL;

	for (unsigned i = 0; i < fs->n && ok; i++)
		ok = json_push(list, figure_json(fs, i, before));
	ok = json_put(top, "figures", list) && ok;
	return json_if(top, ok);
}

/* False if it is no figure. */
static bool
take_figure(struct figures *fs, const cJSON *o)
{
	const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "name"));
	const char *unit = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "unit"));
	const char *protocol = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, "protocol"));
	const cJSON *nodes = cJSON_GetObjectItemCaseSensitive(o, "nodes");
	const cJSON *value = cJSON_GetObjectItemCaseSensitive(o, "value");

	if (name == NULL || unit == NULL || !cJSON_IsNumber(nodes) || !cJSON_IsNumber(value) ||
	    fs->n == N_FIGURE_MAX || nodes->valuedouble < 0 || nodes->valuedouble > 16)
		return false;
	(void)snprintf(fs->protocol, sizeof fs->protocol, "%s", protocol == NULL ? "" : protocol);
	bench_add(fs, (unsigned)nodes->valuedouble, name, unit, value->valuedouble);
	return true;
}

enum status
figures_read(struct figures *fs, const char *path, struct fault *f)
{
	const cJSON *list, *o;
	cJSON *top = NULL;
	char *text = NULL;
	size_t len;
	bool ok;
	enum status st;

	*fs = (struct figures){ .n = 0 };
	TRY(cmd_read(&text, &len, path, REPORT_BYTES_MAX, f));
	top = cJSON_Parse(text);
	list = cJSON_GetObjectItemCaseSensitive(top, "figures");
	ok = cJSON_IsArray(list);
	cJSON_ArrayForEach(o, list)
		ok = ok && take_figure(fs, o);
	if (!ok) {
		(void)fault_set(f, ST_DATA, "\"%s\" has no figures of a benchmark", path);
		fault_help(f, "write it with `konsil bench --json > %s`", path);
		st = ST_DATA;
	}
out:
	cJSON_Delete(top);
	mem_free(text);
	return st;
}
