/* session_file.h: the INI file that all sites of a study share.
 *
 *     [study]
 *     name     = lung-2026            letters, digits, . _ -
 *     program  = lung.ksl             beside the session file, unless absolute
 *     protocol = additive             default: additive
 *     compute  = a, b, c              parties that compute; default: all, or as the protocol
 *                                     has it; may stand several times, which adds names
 *     param.n  = 20                   as -D n=20
 *     network  = metro                lan, metro or wan; default: metro
 *     policy   = policy.ini           beside the session file: what may be released; may stand
 *                                     several times: the strictest rule of each kind holds
 *     timeout  = 120s                 ms, s, m or h; default: 120s
 *     [party north]                   order in the file is order in the session; members of a
 *                                     group stand next to each other
 *     is       = site                 group or party of the program, default: the name; or helper:
 *                                     none, it only computes
 *     key      = ...                  the line in north.pub
 *     endpoint = tcp://host:port      or ipc://path; only of parties that compute
 *
 * Lines have at most 190 characters; `#` or `;` begin a comment.  Every fault is ST_USAGE with the
 * line it is on; unknown keys are faults. */
#ifndef KONSIL_SESSION_FILE_H
#define KONSIL_SESSION_FILE_H

#include "base/status.h"

enum { SESSION_BYTES_MAX = 8 << 20, SESSION_PARTY_MAX = 4096, SESSION_PARAM_MAX = 256 };

struct session_param {
	char *name, *value;
	int line;
};

struct session_party {
	char *name, *group;
	char *key;                      /* text, not decoded here */
	char *endpoint;                 /* or NULL */
	int line;                       /* of its [party NAME] */
	int key_line, endpoint_line;
};

struct session_file {
	char *path;                     /* for messages */
	char *name, *protocol, *network;
	char *compute;                  /* "a, b, c", or NULL */
	char *policy;                   /* file names, a line each, or NULL */
	char *program;                  /* as a path that opens from here */
	int program_line, protocol_line; /* 0: not given */
	uint64_t timeout_ms;
	uint32_t n_params;
	struct session_param param[SESSION_PARAM_MAX];
	uint32_t n_parties;
	struct session_party *party;
};

enum status session_file_read(struct session_file **out, const char *path,
    struct fault *f) MUST_USE;
/* The same from memory; `path` is for messages and for the program's folder. */
enum status session_file_parse(struct session_file **out, const char *path, const char *text,
    size_t len, struct fault *f) MUST_USE;
void session_file_free(struct session_file *s);
/* Index of the party of that name, or -1. */
int session_file_find(const struct session_file *s, const char *name);

#endif
