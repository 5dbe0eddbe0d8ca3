/* json.h: building JSON with cJSON, where any step may lack memory.
 *
 * put and push take the item on every path and stand NULL on either side; so a document is built in
 * one chain of && and looked at once. */
#ifndef KONSIL_JSON_H
#define KONSIL_JSON_H

#include <cjson/cJSON.h>

#include "code/code.h"

bool json_put(cJSON *object, const char *key, cJSON *item);
bool json_push(cJSON *array, cJSON *item);
/* item if it was filled; else it is freed, and NULL. */
cJSON *json_if(cJSON *item, bool filled);
/* An exact whole number. */
cJSON *json_count(uint64_t n);
cJSON *json_names(char *const *name, uint32_t n);
/* The names of the parties in mask. */
struct who;
/* The names of some; of everybody but helpers; of an output's recipients. */
cJSON *json_parties(const struct code *c, const struct who *w);
cJSON *json_all(const struct code *c);
cJSON *json_recipients(const struct code *c, const struct output *o);
/* Text with a newline at the end; frees top, which may be NULL. */
enum status json_text(char **out, cJSON *top) MUST_USE;

#endif
