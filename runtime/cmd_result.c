/* cmd_result.c: see cmd_result.h */
#include "cmd_result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "page.h"

enum status
cmd_result_print(const struct result *r, const struct code *c, const struct cost *cost,
    const struct options *o, struct fault *f)
{
	char *text = NULL, *spent = NULL;
	enum status st;

	TRY(o->json ? report_json(&text, r, c, cost) : report_text(&text, r, c,
	    o->has_policy ? &o->policy : NULL));
	TRY(cmd_write("-", text, strlen(text), f));
	if (!o->json) {
		TRY(report_cost(&spent, cost, c));
		(void)fprintf(stderr, "%s", spent);
	}
out:
	if (text != NULL)
		wipe(text, strlen(text));
	mem_free(text);
	mem_free(spent);
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}

/* A view of r with what node `me` receives only; shares r's values. */
static enum status
view_of(struct result *view, const struct result *r, const struct code *c, unsigned me)
{
	*view = *r;
	view->part = mem_array(r->n_parts, sizeof *view->part);
	if (view->part == NULL)
		return ST_INTERNAL;
	if (r->n_parts > 0)
		memcpy(view->part, r->part, r->n_parts * sizeof *view->part);
	for (uint32_t i = 0; i < c->n_outputs; i++)
		for (uint32_t k = 0; k < c->output[i].n_parts; k++)
			if (!recipients_have(&c->roles, c->output[i].part[k].recipients, me))
				view->part[result_index(c, i, k)] = (struct result_part){ 0 };
	return ST_OK;
}

/* The files that a party gets. */
enum file { FILE_JSON, FILE_CSV, N_FILE };

static enum status
report_for(char **text, enum file file, const struct result *r, const struct code *c,
    const struct cost *cost, unsigned me)
{
	struct result view;
	enum status st = view_of(&view, r, c, me);

	if (st == ST_OK)
		st = file == FILE_JSON ? report_json(text, &view, c, cost)
		    : report_csv(text, &view, c);
	mem_free(view.part);
	return st;
}

/* DIR/PARTY.result.json or .csv, and the temporary name beside it. */
static void
paths(char path[4096], char tmp[4112], const char *dir, const struct code *c, unsigned i,
    enum file file)
{
	(void)snprintf(path, 4096, "%.3800s/%.200s.result.%s", dir, c->party[i].name,
	    file == FILE_JSON ? "json" : "csv");
	(void)snprintf(tmp, 4112, "%s.tmp", path);
}

/* A result is its recipient's: nobody else on the machine may read the file. */
enum status
cmd_result_write(const char *path, const char *text, struct fault *f)
{
	mode_t before = umask(S_IRWXG | S_IRWXO);
	enum status st = cmd_write(path, text, strlen(text), f);

	(void)umask(before);
	return st;
}

static enum status
save_temporary(const char *dir, const struct result *r, const struct code *c,
    const struct cost *cost, unsigned i, enum file file, struct fault *f)
{
	char path[4096], tmp[4112], *text = NULL;
	enum status st;

	paths(path, tmp, dir, c, i, file);
	TRY(report_for(&text, file, r, c, cost, i));
	TRY(cmd_result_write(tmp, text, f));
out:
	if (text != NULL)
		wipe(text, strlen(text));
	mem_free(text);
	return st;
}

static enum status
make_folder(const char *dir, struct fault *f)
{
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return fault_set(
		    f, ST_USAGE, "cannot make the directory \"%s\": %s", dir, strerror(errno));
	return ST_OK;
}

/* Whether something can be made in a folder: a directory of a name that nobody else takes. */
static bool
can_write(const char *folder)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof path, "%s/.konsil-XXXXXX", folder) >= sizeof path) {
		errno = ENAMETOOLONG;
		return false;
	}
	return mkdtemp(path) != NULL && rmdir(path) == 0;
}

/* The folder that the last part of a path is in. */
static void
parent_of(char parent[4096], const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	if (len == 0)
		(void)snprintf(parent, 4096, ".");
	else
		(void)snprintf(parent, 4096, "%.*s", (int)len, path);
}

/* Makes and removes nothing of that name: others may be about to write there. */
enum status
cmd_result_folder(const char *dir, struct fault *f)
{
	char parent[4096];
	struct stat s;

	if (dir == NULL)
		return ST_OK;
	if (stat(dir, &s) == 0) {
		if (S_ISDIR(s.st_mode) && can_write(dir))
			return ST_OK;
		return fault_set(f, ST_USAGE, "cannot write to \"%s\": %s", dir,
		    strerror(S_ISDIR(s.st_mode) ? errno : ENOTDIR));
	}
	if (errno == ENOENT && dir[0] != '\0') {
		parent_of(parent, dir);
		if (can_write(parent))
			return ST_OK;
	}
	return fault_set(
	    f, ST_USAGE, "cannot make the directory \"%s\": %s", dir, strerror(errno));
}

enum status
cmd_result_file(const char *path, struct fault *f)
{
	char parent[4096];

	if (path == NULL || strcmp(path, "-") == 0)
		return ST_OK;
	parent_of(parent, path);
	if (path[0] != '\0' && path[strlen(path) - 1] != '/' && can_write(parent))
		return ST_OK;
	return fault_set(f, ST_USAGE, "cannot write the report \"%s\": %s", path,
	    path[0] == '\0' || path[strlen(path) - 1] == '/' ? "it is no file's name" : strerror(errno));
}

enum status
cmd_result_page(const char *path, const struct result *r, const struct study *s,
    const struct cost *cost, int me, struct fault *f)
{
	struct page page = { .sheet = { .code = s->code, .protocol = s->protocol, .me = me,
		.policy = s->has_policy ? &s->policy : NULL },
		.result = r, .cost = cost };
	time_t now = time(NULL);
	char *text = NULL, when[64];
	struct tm utc;
	enum status st;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(when, sizeof when, "%Y-%m-%d %H:%M UTC", &utc) == 0)
		when[0] = '\0';
	page.when = when;
	TRY(page_html(&text, &page));
	TRY(cmd_result_write(path, text, f));
out:
	if (text != NULL)
		wipe(text, strlen(text));
	mem_free(text);
	return st;
}

/* Everybody's, but helpers get nothing; or one's. */
static bool
wanted(const struct code *c, int only, unsigned i)
{
	return only < 0 ? !c->party[i].helper : i == (unsigned)only;
}

enum status
cmd_result_save(const char *dir, const struct result *r, const struct code *c,
    const struct cost *cost, int only, struct fault *f)
{
	char path[4096], tmp[4112];
	enum status st = make_folder(dir, f);

	for (unsigned i = 0; i < N_FILE * c->n_parties && st == ST_OK; i++)
		if (wanted(c, only, i / N_FILE))
			st = save_temporary(dir, r, c, cost, i / N_FILE, i % N_FILE, f);
	for (unsigned i = 0; i < N_FILE * c->n_parties; i++) {
		if (!wanted(c, only, i / N_FILE))
			continue;
		paths(path, tmp, dir, c, i / N_FILE, i % N_FILE);
		if (st == ST_OK && rename(tmp, path) != 0)
			st = fault_set(
			    f, ST_INTERNAL, "cannot write \"%s\": %s", path, strerror(errno));
		if (st != ST_OK)
			(void)unlink(tmp);
	}
	return st == ST_OK ? st : fault_set(f, st, "out of memory");
}
