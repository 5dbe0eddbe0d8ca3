/* cmd_import.c: `konsil import MODEL.onnx` makes a program of a trained model, and a file with its
 * weights for the owner.  See import/import.h.
 *
 * The program is compiled before anything is written; then both files are there, or neither. */
#include <cjson/cJSON.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd.h"
#include "cmd_result.h"
#include "cmd_units.h"
#include "import/import.h"
#include "study.h"

enum {
	KEY_FORCE = KEY_FIRST_OWN,
	KEY_RESULT,
	KEY_RANGE,
	KEY_WHOLE,
	KEY_OWNER,
	KEY_CLIENT,
	KEY_TAKE
};
enum { NAME_BYTES = 1024, FRAC_DEFAULT = 16 };

/* struct options comes first: options_parse and the argps of other commands know only that. */
struct import_options {
	struct options o;
	struct import_settings set;
	const char *range;
	char client[NAME_BYTES];
	bool force;
};

static error_t
wrong(struct import_options *p, const char *option, const char *arg, const char *want)
{
	(void)fault_set(&p->o.fault, ST_USAGE, "%s \"%.100s\": %s", option, arg, want);
	return EINVAL;
}

static error_t
take_frac(struct import_options *p, const char *arg)
{
	uint64_t n;

	if (!units_count(&n, arg) || n < 1 || n > IMPORT_FRAC_MAX)
		return wrong(p, "--fraction", arg, "a number of bits from 1 to 40 is meant");
	p->set.frac = (unsigned)n;
	return 0;
}

static error_t
take_result(struct import_options *p, const char *arg)
{
	static const char *const names[] = { "model", "scores", "probabilities", "argmax" };

	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(arg, names[i]) == 0) {
			p->set.result = (enum import_result)i;
			return 0;
		}
	return wrong(p, "--result", arg, "scores, probabilities or argmax is meant");
}

/* NAME or NAME[] */
static error_t
take_client(struct import_options *p, const char *arg)
{
	size_t len = strlen(arg);

	p->set.grouped = len > 2 && strcmp(arg + len - 2, "[]") == 0;
	if ((size_t)snprintf(p->client, sizeof p->client, "%s", arg) >= sizeof p->client)
		return wrong(p, "--client", arg, "that is too long");
	if (p->set.grouped)
		p->client[len - 2] = '\0';
	p->set.client = p->client;
	return 0;
}

static error_t
import_key(int key, char *arg, struct argp_state *state)
{
	struct import_options *p = state->input;

	switch (key) {
	case ARGP_KEY_INIT: return options_children(state, 1), 0;
	case 'o': p->o.out = arg; return 0;
	case 'f': return take_frac(p, arg);
	case KEY_FORCE: p->force = true; return 0;
	case KEY_RESULT: return take_result(p, arg);
	case KEY_RANGE: p->range = arg; return 0;
	case KEY_WHOLE: p->set.whole = true; return 0;
	case KEY_OWNER: p->set.owner = arg; return 0;
	case KEY_CLIENT: return take_client(p, arg);
	case KEY_TAKE: p->set.take = arg; return 0;
	case ARGP_KEY_ARG:
	case ARGP_KEY_NO_ARGS: return options_file(key, arg, state, "MODEL.onnx");
	default: return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp import_argp = {
	.options = (const struct argp_option[]){
		{ "output", 'o', "NAME", 0,
		    "Write NAME.ksl and NAME.json (default: the model's name, here)", 1 },
		{ "force", KEY_FORCE, NULL, 0, "Write over files that are there", 1 },
		{ "result", KEY_RESULT, "KIND", 0,
		    "What the clients learn: scores, probabilities or argmax "
		    "(default: what the model ends in)", 2 },
		{ "take", KEY_TAKE, "NAME", 0, "Which of the model's outputs, if it has several", 2 },
		{ "range", KEY_RANGE, "A..B", 0, "Between what the data lie (default: -16..16)", 3 },
		{ "whole", KEY_WHOLE, NULL, 0, "The data are whole numbers", 3 },
		{ "fraction", 'f', "BITS", 0, "Fractional bits of weights and data (default: 16)", 3 },
		{ "owner", KEY_OWNER, "PARTY", 0, "Who has the model (default: owner)", 4 },
		{ "client", KEY_CLIENT, "PARTY", 0,
		    "Who brings data and learns results; with [] a group (default: client[])", 4 },
		{ 0 },
	},
	.parser = import_key,
	.args_doc = "MODEL.onnx",
	.doc = "Makes a Konsil program of a trained model in an ONNX file: NAME.ksl, which all "
	    "parties agree on, and NAME.json with the weights, which stays with the model's owner.\v"
	    "Example:\n  konsil import digits.onnx --range 0..16 --whole --result argmax\n"
	    "  konsil run digits.ksl --input owner=digits.json --input client=images.csv\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

/* A..B, as numbers with the fractional bits that were chosen. */
static enum status
read_range(struct import_options *p)
{
	const char *s = p->range == NULL ? "-16..16" : p->range, *dots = strstr(s, "..");
	unsigned frac = p->set.frac;
	i128 most = (i128)1 << (frac + 40), one = (i128)1 << frac;

	if (dots == NULL ||
	    number_read(&p->set.lo, s, (size_t)(dots - s), frac, '.') != NUMBER_EXACT ||
	    number_read(&p->set.hi, dots + 2, strlen(dots + 2), frac, '.') != NUMBER_EXACT ||
	    p->set.lo >= p->set.hi || p->set.lo < -most || p->set.hi > most ||
	    (p->set.whole && (p->set.lo % one != 0 || p->set.hi % one != 0))) {
		(void)wrong(
		    p, "--range", s, "two numbers are meant, as in -2.5..2.5, the lower one first");
		fault_help(&p->o.fault,
		    "with --whole they are whole; with --fraction %u they are multiples of "
		    "1/2^%u, at most 2^40",
		    frac, frac);
		return ST_USAGE;
	}
	return ST_OK;
}

static enum status
check_names(struct import_options *p)
{
	const char *bad = !import_party_name(p->set.owner) ? p->set.owner :
	    !import_party_name(p->set.client) ? p->set.client : NULL;

	if (bad != NULL)
		return fault_set(
		    &p->o.fault, ST_USAGE, "\"%.100s\" cannot be the name of a party", bad);
	if (strcmp(p->set.owner, p->set.client) == 0)
		return fault_set(&p->o.fault, ST_USAGE, "owner and client are two parties");
	return ST_OK;
}

/* NAME of NAME.ksl. */
static enum status
base_name(char out[NAME_BYTES], const struct import_options *p, struct fault *f)
{
	const char *from = p->o.out != NULL ? p->o.out : p->o.file, *slash = strrchr(from, '/');
	size_t len;

	if (p->o.out == NULL && slash != NULL)
		from = slash + 1;
	len = strlen(from);
	if (len > 5 && p->o.out == NULL && strcmp(from + len - 5, ".onnx") == 0)
		len -= 5;
	if (len > 4 && p->o.out != NULL && strcmp(from + len - 4, ".ksl") == 0)
		len -= 4;
	if (len == 0 || len > NAME_BYTES - 8)
		return fault_set(f, ST_USAGE, "-o NAME is missing, or too long");
	(void)snprintf(out, NAME_BYTES, "%.*s", (int)len, from);
	return ST_OK;
}

/* Compiles the program for two parties, so that ranges that fit no ring are found here. */
static enum status
check_program(const char *path, const char *text, struct fault *f)
{
	struct study_options o = { .path = path, .source = text };
	const uint32_t members[] = { 1, 1 };
	struct study s = { 0 };
	enum status st;

	TRY(study_load(&s, &o, f));
	TRY(study_members(&s, members, f));
	for (uint32_t i = 0; i < s.n_parties; i++)
		s.party[i].rows = 1;
	TRY(study_compile(&s, NULL, NULL, f));
out:
	study_fini(&s);
	if (st != ST_OK) {
		char why[FAULT_TEXT_MAX];
		memcpy(why, f->help, sizeof why);
		f->help[0] = '\0';
		fault_help(f,
		    "%s%snothing was written, as the program made of the model does not compile; a "
		    "narrower --range or a smaller --fraction may mend it",
		    why, why[0] == '\0' ? "" : "; ");
	}
	return st;
}

static void
print_json(const char *program, const char *weights, uint64_t n)
{
	cJSON *top = cJSON_CreateObject();
	char *text;

	(void)cJSON_AddStringToObject(top, "program", program);
	(void)cJSON_AddStringToObject(top, "weights", weights);
	(void)cJSON_AddNumberToObject(top, "count", (double)n);
	text = cJSON_PrintUnformatted(top);
	if (text != NULL)
		(void)printf("%s\n", text);
	cJSON_free(text);
	cJSON_Delete(top);
}

/* Weights first: a program without them is of no use, and they go again if it cannot be written. */
static enum status
write_both(const struct import_options *p, const char *name, const struct imported *in,
    struct fault *f)
{
	char program[NAME_BYTES + 8], weights[NAME_BYTES + 8];
	const char *path[] = { program, weights };
	bool there[2];
	struct stat s;
	enum status st;

	(void)snprintf(program, sizeof program, "%s.ksl", name);
	(void)snprintf(weights, sizeof weights, "%s.json", name);
	TRY(check_program(program, in->program, f));
	for (unsigned i = 0; i < 2; i++) {
		there[i] = lstat(path[i], &s) == 0;
		if (there[i] && !p->force) {
			st = fault_set(f, ST_USAGE, "\"%.300s\" is already there", path[i]);
			fault_help(f, "--force writes over it; -o NAME writes elsewhere");
			goto out;
		}
	}
	TRY(cmd_result_write(weights, in->weights, f));  /* nobody else may read it */
	st = cmd_write(program, in->program, strlen(in->program), f);
	if (st != ST_OK && !there[1])
		(void)unlink(weights);
	if (st == ST_OK && !p->o.json)
		(void)printf("%s  for all parties\n%s  for %s alone: %llu weights\n", program,
		    weights, p->set.owner, (unsigned long long)in->n_weights);
	else if (st == ST_OK)
		print_json(program, weights, in->n_weights);
out:
	return st;
}

static enum status
import_file(struct import_options *p)
{
	struct fault *f = &p->o.fault;
	struct imported in = { 0 };
	char name[NAME_BYTES], *bytes = NULL;
	const char *slash;
	size_t len = 0;
	enum status st;

	TRY(read_range(p));
	TRY(check_names(p));
	TRY(base_name(name, p, f));
	TRY(cmd_read(&bytes, &len, p->o.file, IMPORT_BYTES_MAX, f));
	slash = strrchr(p->o.file, '/');
	p->set.file = slash == NULL ? p->o.file : slash + 1;
	st = import_onnx(&in, (const uint8_t *)bytes, len, &p->set, f);
	if (st != ST_OK) {
		fault_at(f, p->o.file, 0, 0);
		goto out;
	}
	TRY(write_both(p, name, &in, f));
out:
	import_fini(&in);
	if (bytes != NULL)
		wipe(bytes, len);
	mem_free(bytes);
	return st;
}

int
cmd_import(int argc, char **argv)
{
	struct import_options p = {
		.set = { .owner = "owner",
		    .client = "client",
		    .grouped = true,
		    .frac = FRAC_DEFAULT },
	};
	enum status st;

	options_init(&p.o);
	TRY(options_parse(&p.o, &import_argp, "konsil import", argc, argv));
	if (!p.o.help)
		TRY(import_file(&p));
out:
	return cmd_end(&p.o, st);
}
