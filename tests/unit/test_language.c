/* test_language.c: the programs of tests/language, whose results were computed by other means.
 *
 * Each file begins with lines that say how it is run, and what comes out:
 *   #: input PARTY=- A,B         a table with this header; the next one is the next member's
 *   #: row PARTY 1,2             a row of the party's last table
 *   #: json PARTY {...}          values as JSON
 *   #: protocol clear            instead of clear, additive and replicated
 *   #: also --no-local           once more with this, except in the clear
 *   #: args -D n=3               with every run
 *   #: status 4                  the exit status, 0 if not said
 *   #: says TEXT                 a part of what is printed
 *   #: expect NAME JSON [REL]    an output, exactly; with REL, numbers within it, relatively, and
 *                                absolutely below 1
 * For protocol replicated, which has three nodes, one or two parties get company that has no input;
 * of more the first three compute. */
#include "command.h"

#include <ctype.h>
#include <math.h>

enum { N_INPUT = 16, N_TABLE_ROW = 64, N_EXPECT = 96, N_WORD = 16, LINE_MAX_BYTES = 1 << 12 };

struct word_list {
	char *word[N_WORD];
	int n;
};

struct feed {
	char *party, *text;
	bool table;
};

struct program_test {
	const char *name;
	char *source;
	struct feed feed[N_INPUT];
	int n_feeds;
	struct word_list protocols, args, also;
	struct word_list says;
	char *expect[N_EXPECT];
	int n_expects, status;
};

static const char folder[] = "tests/language";
static char top[PATH_BYTES];

static char *
copy(const char *from, size_t n)
{
	char *s = strndup(from, n);

	assert_non_null(s);
	return s;
}

static void
add_words(struct word_list *w, const char *s)
{
	while (*s != '\0') {
		size_t n = strcspn(s, " ");
		if (n > 0) {
			assert_true(w->n < N_WORD);
			w->word[w->n++] = copy(s, n);
		}
		s += n + (s[n] == ' ');
	}
}

static void
add_feed(struct program_test *t, const char *rest, char end, bool table)
{
	size_t n = strcspn(rest, (char[]){ end, '\0' });
	const char *text = rest + n + (table ? 3 : 1);
	size_t room = table ? (size_t)N_TABLE_ROW * LINE_MAX_BYTES : strlen(text) + 1;

	assert_true(t->n_feeds < N_INPUT && rest[n] == end);
	t->feed[t->n_feeds].party = copy(rest, n);
	t->feed[t->n_feeds].text = calloc(1, room);
	t->feed[t->n_feeds].table = table;
	assert_non_null(t->feed[t->n_feeds].text);
	strcpy(t->feed[t->n_feeds].text, text);
	t->n_feeds++;
}

static void
add_row(struct program_test *t, const char *rest)
{
	size_t n = strcspn(rest, " ");
	int i = t->n_feeds - 1;

	while (i >= 0 && !(t->feed[i].table && strlen(t->feed[i].party) == n &&
	    strncmp(t->feed[i].party, rest, n) == 0))
		i--;
	assert_true(i >= 0);
	strcat(t->feed[i].text, "\n");
	strcat(t->feed[i].text, rest + n + (rest[n] == ' '));
}

static void
read_line(struct program_test *t, const char *line)
{
	static const char *const keys[] = { "input ", "row ", "json ", "protocol ", "also ", "args ",
		"status ", "says ", "expect " };
	size_t k = 0;

	while (k < sizeof keys / sizeof keys[0] && strncmp(line, keys[k], strlen(keys[k])) != 0)
		k++;
	if (k == sizeof keys / sizeof keys[0])
		fail_msg("%s: what does `%s` mean?", t->name, line);
	const char *rest = line + strlen(keys[k]);
	switch (k) {
	case 0: add_feed(t, rest, '=', true); break;
	case 1: add_row(t, rest); break;
	case 2: add_feed(t, rest, ' ', false); break;
	case 3: add_words(&t->protocols, rest); break;
	case 4: add_words(&t->also, rest); break;
	case 5: add_words(&t->args, rest); break;
	case 6: t->status = atoi(rest); break;
	case 7: t->says.word[t->says.n++] = copy(rest, strlen(rest)); break;
	default:
		assert_true(t->n_expects < N_EXPECT);
		t->expect[t->n_expects++] = copy(rest, strlen(rest));
	}
	assert_true(t->says.n < N_WORD);
}

static void
read_program(struct program_test *t, const char *name)
{
	char path[2 * PATH_BYTES];

	memset(t, 0, sizeof *t);
	t->name = name;
	snprintf(path, sizeof path, "%s/%s/%s", top, folder, name);
	t->source = get_file(path);
	for (const char *s = t->source; strncmp(s, "#: ", 3) == 0;) {
		size_t n = strcspn(s, "\n");
		char *line = copy(s + 3, n - 3);
		read_line(t, line);
		free(line);
		s += n + (s[n] == '\n');
	}
	if (t->protocols.n == 0) {
		add_words(&t->protocols, "clear");
		add_words(&t->protocols, "additive");
		add_words(&t->protocols, "replicated");
	}
}

static void
free_words(struct word_list *w)
{
	for (int i = 0; i < w->n; i++)
		free(w->word[i]);
}

static void
free_program(struct program_test *t)
{
	for (int i = 0; i < t->n_feeds; i++) {
		free(t->feed[i].party);
		free(t->feed[i].text);
	}
	for (int i = 0; i < t->n_expects; i++)
		free(t->expect[i]);
	free_words(&t->protocols);
	free_words(&t->args);
	free_words(&t->also);
	free_words(&t->says);
	free(t->source);
}

static const char *
skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static bool
is_number(const char *s)
{
	return *s == '-' || isdigit((unsigned char)*s);
}

/* One number of each text; moves both behind it. */
static bool
same_number(const char **got, const char **want, double rel)
{
	static const char digits[] = "+-.eE0123456789";
	size_t n = strspn(*got, digits), m = strspn(*want, digits);
	double x = strtod(*got, NULL), y = strtod(*want, NULL), size = fmax(fabs(x), fabs(y));
	bool whole = strcspn(*want, ".eE") >= m && (strcspn(*got, ".eE") >= n || size > 0x1p53);
	bool same = rel > 0 ? fabs(x - y) <= rel * fmax(size, 1)
	    : whole ? n == m && strncmp(*got, *want, n) == 0 : x == y;

	*got += n;
	*want += m;
	return same;
}

/* Does the JSON text got begin with the value want, which is a whole text? */
static bool
same_json(const char *got, const char *want, double rel)
{
	for (;;) {
		got = skip_space(got);
		want = skip_space(want);
		if (*want == '\0')
			return true;
		if (is_number(got) && is_number(want)) {
			if (!same_number(&got, &want, rel))
				return false;
		} else if (*got != *want) {
			return false;
		} else if (*got == '"') {
			size_t n = strcspn(got + 1, "\"") + 2;
			if (strncmp(got, want, n) != 0)
				return false;
			got += n;
			want += n;
		} else {
			got++;
			want++;
		}
	}
}

/* The text of an output's value in the result, or NULL. */
static const char *
value_text(const char *out, const char *name, size_t n)
{
	for (const char *s = out; (s = strstr(s, "\"name\":")) != NULL;) {
		s = skip_space(s + 7);
		if (*s == '"' && strncmp(s + 1, name, n) == 0 && s[1 + n] == '"') {
			s = strstr(s, "\"value\":");
			return s == NULL ? NULL : skip_space(s + 8);
		}
	}
	return NULL;
}

/* NAME JSON [REL]: a tolerance stands behind the value's last bracket or word. */
static bool
as_expected(const char *out, const char *expect, const char **got)
{
	size_t n = strcspn(expect, " ");
	const char *want = expect + n + 1, *end = NULL;
	const cJSON *parsed = cJSON_ParseWithOpts(want, &end, false);
	bool same = false;

	assert_non_null(parsed);
	cJSON_Delete((cJSON *)(uintptr_t)parsed);
	char *value = copy(want, (size_t)(end - want));
	*got = value_text(out, expect, n);
	if (*got != NULL)
		same = same_json(*got, value, *skip_space(end) != '\0' ? strtod(end, NULL) : 0);
	free(value);
	return same;
}

static unsigned
check_run(const struct program_test *t, const char *how, const struct command *c)
{
	unsigned bad = 0;

	if (c->status != t->status) {
		print_error("%s %s: status %d, not %d\n%s\n", t->name, how, c->status, t->status, c->err);
		return 1;
	}
	for (int i = 0; i < t->says.n; i++)
		if (strstr(c->err, t->says.word[i]) == NULL && strstr(c->out, t->says.word[i]) == NULL) {
			print_error("%s %s: does not say %s\n%s\n", t->name, how, t->says.word[i], c->err);
			bad++;
		}
	for (int i = 0; i < t->n_expects; i++) {
		const char *got;
		if (!as_expected(c->out, t->expect[i], &got)) {
			print_error("%s %s: expected %s\n  got %.200s\n", t->name, how, t->expect[i],
			    got == NULL ? "nothing" : got);
			bad++;
		}
	}
	return bad;
}

/* The parties that the program says: each stands at the beginning of a line, and of a group there
 * are as many as have tables. */
static int
count_parties(const struct program_test *t)
{
	int n = 0;

	for (const char *s = t->source; s != NULL; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (strncmp(s, "party ", 6) != 0)
			continue;
		size_t len = strcspn(s + 6, "[ \n");
		bool group = s[6 + len] == '[';
		n += !group;
		for (int i = 0; group && i < t->n_feeds; i++)
			n += strncmp(t->feed[i].party, s + 6, len) == 0 &&
			    (t->feed[i].party[len] == '\0' || t->feed[i].party[len] == '[');
	}
	return n;
}

/* The program with others who have no input, in place of its first line, which is a comment, or
 * behind the last. */
static char *
with_company(const struct program_test *t, int others, bool first)
{
	static const char *const company[] = { "", "party third", "party third\nparty second" };
	const char *rest = t->source + strcspn(t->source, "\n");
	size_t room = strlen(t->source) + 64;
	char *s = malloc(room);

	assert_non_null(s);
	if (others == 1 && first)
		(void)snprintf(s, room, "%s%s", company[1], rest);
	else
		(void)snprintf(s, room, "%s\n%s\n", t->source, company[others]);
	return s;
}

static void
put_program(const struct program_test *t, const char *protocol)
{
	int others = strcmp(protocol, "replicated") == 0 ? 3 - count_parties(t) : 0;
	char *s = with_company(t, others < 0 ? 0 : others, strlen(t->name) % 2 == 1);

	assert_true(others <= 2);
	put_file("program.ksl", s);
	free(s);
}

static unsigned
run_once(const struct program_test *t, const char *protocol, const char *also)
{
	static char file[N_INPUT][64], input[N_INPUT][256];
	const char *args[N_ARGS_MAX] = { "run", "program.ksl", "--json", "--protocol", protocol };
	int n = 5;
	struct command c;

	put_program(t, protocol);
	for (int i = 0; i < t->n_feeds; i++) {
		snprintf(file[i], sizeof file[i], "%d.%s", i, t->feed[i].table ? "csv" : "json");
		put_file(file[i], t->feed[i].text);
		snprintf(input[i], sizeof input[i], "%s=%s", t->feed[i].party, file[i]);
		args[n++] = "--input";
		args[n++] = input[i];
	}
	for (int i = 0; i < t->args.n; i++)
		args[n++] = t->args.word[i];
	if (also != NULL)
		args[n++] = also;
	assert_true(n < N_ARGS_MAX);
	command_run(&c, args);
	unsigned bad = check_run(t, also == NULL ? protocol : also, &c);
	remove(c.out_path);
	remove(c.err_path);
	command_free(&c);
	return bad;
}

static unsigned
run_program(const char *name)
{
	static struct program_test t;
	unsigned bad = 0;

	read_program(&t, name);
	for (int i = 0; i < t.protocols.n; i++) {
		bad += run_once(&t, t.protocols.word[i], NULL);
		for (int k = 0; k < t.also.n && strcmp(t.protocols.word[i], "clear") != 0; k++)
			bad += run_once(&t, t.protocols.word[i], t.also.word[k]);
	}
	free_program(&t);
	return bad;
}

static void
results_are_right(void **state)
{
	struct dirent **names;
	char path[2 * PATH_BYTES];
	unsigned bad = 0, seen = 0;

	(void)state;
	snprintf(path, sizeof path, "%s/%s", top, folder);
	int n = scandir(path, &names, NULL, alphasort);
	assert_true(n > 0);
	for (int i = 0; i < n; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		if (dot != NULL && strcmp(dot, ".ksl") == 0) {
			bad += run_program(names[i]->d_name);
			seen++;
		}
		free(names[i]);
	}
	free(names);
	assert_int_equal(bad, 0);
	assert_true(seen >= 40);
}

/* The comparison itself must be able to fail. */
static void
differences_are_seen(void **state)
{
	static const char out[] = "{\"outputs\": [{\"name\": \"a\", \"value\": [1, 2.5, null]},"
	    "{\"name\": \"ab\",\n\"value\": {\"p[0]\": true}}]}";
	const char *got;

	(void)state;
	assert_true(as_expected(out, "a [1,2.5,null]", &got));
	assert_false(as_expected(out, "a [1,2.5]", &got));
	assert_false(as_expected(out, "a [1,2.5,0]", &got));
	assert_false(as_expected(out, "a [1,2.6,null]", &got));
	assert_true(as_expected(out, "a [1,2.6,null] 0.1", &got));
	assert_true(as_expected(out, "ab {\"p[0]\": true}", &got));
	assert_false(as_expected(out, "ab {\"p[1]\": true}", &got));
	assert_false(as_expected(out, "ab {\"p[0]\": false}", &got));
	assert_false(as_expected(out, "b 1", &got));
	assert_false(as_expected("{\"name\":\"x\",\"value\":12345678901234567891}",
	    "x 12345678901234567890", &got));
}

static int
start(void **state)
{
	assert_non_null(getcwd(top, sizeof top));
	return work_make(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences_are_seen),
		cmocka_unit_test(results_are_right),
	};

	return cmocka_run_group_tests(tests, start, work_remove);
}
