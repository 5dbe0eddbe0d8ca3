/* policy_run.h: a program of three sites, whose tables are there, under a policy. */
#ifndef KONSIL_POLICY_RUN_H
#define KONSIL_POLICY_RUN_H

#include "command.h"

static void
run(struct command *c, const char *protocol, const char *policy)
{
	put_file("policy.ini", policy);
	RUN(c, "run", "p.ksl", "--input", "site=s0.csv", "--input", "site=s1.csv", "--input",
	    "site=s2.csv", "--protocol", protocol, "--policy", "policy.ini", "--json");
}

#endif
