/* main.c: the executable `konsil`: finds the subcommand and calls it.  See cmd.h. */
#include <sodium.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../compiler/internal.h"
#include "base/version.h"
#include "cmd.h"

static const struct command {
	const char *name, *text;
	int (*run)(int argc, char **argv);
} commands[] = {
#define C(name, text) { #name, text, cmd_##name },
#include "commands.def"
#undef C
};

enum { N_COMMAND = sizeof commands / sizeof commands[0] };

static void
help(FILE *to)
{
	(void)fprintf(to, "Usage: konsil COMMAND [OPTION...]\n"
	    "Institutions compute together on data that none of them may show the others.\n\n");
	for (size_t i = 0; i < N_COMMAND; i++)
		(void)fprintf(to, "  %-9s %s\n", commands[i].name, commands[i].text);
	(void)fprintf(to,
	    "\n`konsil COMMAND --help` describes a command; the manual is konsil(1).\n"
	    "  konsil check lung.ksl\n"
	    "  konsil run lung.ksl --input site=a.csv --input site=b.csv --input site=c.csv\n");
}

static int
unknown(const char *name)
{
	const char *names[N_COMMAND], *near;
	struct fault f = { 0 };

	for (size_t i = 0; i < N_COMMAND; i++)
		names[i] = commands[i].name;
	near = closest_name(name, names, N_COMMAND);
	(void)fault_set(&f, ST_USAGE, "there is no command \"%s\"", name);
	if (near != NULL)
		fault_help(&f, "did you mean `konsil %s`?", near);
	else
		fault_help(&f, "`konsil --help` lists the commands");
	return cmd_fail(&f, false);
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED __has_feature(address_sanitizer)
#else
#define SANITIZED 0
#endif

/* Shares and keys must not end up in a core dump, or be read by a debugger.  The leak checker is
 * one. */
static void
no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	if (!SANITIZED)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	(void)setrlimit(RLIMIT_CORE, &none);
}

int
main(int argc, char **argv)
{
	struct fault f = { 0 };

	no_core_dumps();
	if (sodium_init() < 0) {
		(void)fault_set(&f, ST_INTERNAL, "libsodium does not start");
		return cmd_fail(&f, false);
	}
	if (argc < 2) {
		help(stderr);
		return ST_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0)
		return printf("konsil %s\n", KONSIL_VERSION) < 0;
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return ST_OK;
	}
	for (size_t i = 0; i < N_COMMAND; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
