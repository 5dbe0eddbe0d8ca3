/* cmd_keygen.c: `konsil keygen NAME` makes a site's long-term keys.  See net/identity.h. */
#include "cmd.h"
#include "net/identity.h"

static error_t
keygen_key(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_INIT)
		return options_children(state, 1), 0;
	if (key == ARGP_KEY_ARG || key == ARGP_KEY_NO_ARGS)
		return options_file(key, arg, state, "NAME");
	return ARGP_ERR_UNKNOWN;
}

static const struct argp keygen_argp = {
	.parser = keygen_key,
	.args_doc = "NAME",
	.doc = "Makes a site's keys: NAME.key, which stays secret at the site, and NAME.pub, which "
	    "goes to the others.  The public key is printed, as it stands in a session file.\v"
	    "Example:\n  konsil keygen north\n",
	.children = (const struct argp_child[]){ { .argp = &common_argp }, { 0 } },
};

int
cmd_keygen(int argc, char **argv)
{
	struct options o;
	struct identity_secret *id = NULL;
	char token[IDENTITY_TOKEN_MAX];
	enum status st;

	options_init(&o);
	TRY(options_parse(&o, &keygen_argp, "konsil keygen", argc, argv));
	if (o.help)
		goto out;
	TRY(identity_new(&id, &o.fault));
	TRY(identity_save(id, o.file, &o.fault));
	identity_token(token, &id->pub);
	(void)printf(o.json ? "{\"key\": \"%s\"}\n" : "%s\n", token);
out:
	identity_free(id);
	return cmd_end(&o, st);
}
