/* json.c: see json.h */
#include "json.h"

#include "base/mem.h"
#include "text.h"
#include "wording.h"

#include <stdio.h>
#include <string.h>

bool
json_put(cJSON *object, const char *key, cJSON *item)
{
	if (item == NULL || object == NULL || !cJSON_AddItemToObject(object, key, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

bool
json_push(cJSON *array, cJSON *item)
{
	if (item == NULL || array == NULL || !cJSON_AddItemToArray(array, item)) {
		cJSON_Delete(item);
		return false;
	}
	return true;
}

cJSON *
json_if(cJSON *item, bool filled)
{
	if (filled)
		return item;
	cJSON_Delete(item);
	return NULL;
}

cJSON *
json_count(uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	return cJSON_CreateRaw(text);
}

cJSON *
json_names(char *const *name, uint32_t n)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;

	for (uint32_t i = 0; i < n && ok; i++)
		ok = json_push(a, cJSON_CreateString(name[i]));
	return json_if(a, ok);
}

cJSON *
json_parties(const struct code *c, const struct who *w)
{
	cJSON *a = cJSON_CreateArray();
	bool ok = a != NULL;

	for (uint32_t i = 0; i < c->n_parties && ok; i++)
		if (who_has(w, i))
			ok = json_push(a, cJSON_CreateString(c->party[i].name));
	return json_if(a, ok);
}

cJSON *
json_all(const struct code *c)
{
	struct who w;

	who_all(&w, c);
	return json_parties(c, &w);
}

cJSON *
json_recipients(const struct code *c, const struct output *o)
{
	struct who w;

	wording_recipients(&w, c, o);
	return json_parties(c, &w);
}

enum status
json_text(char **out, cJSON *top)
{
	struct text t = { 0 };
	char *text = top == NULL ? NULL : cJSON_Print(top);

	*out = NULL;
	cJSON_Delete(top);
	if (text == NULL)
		return ST_INTERNAL;
	size_t len = strlen(text);
	text_put(&t, text, len);
	text_put(&t, "\n", 1);
	wipe(text, len);
	cJSON_free(text);
	return text_take(out, &t);
}
