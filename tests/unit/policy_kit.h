/* policy_kit.h: the program's head and tables that tests of policies have in common. */
#ifndef KONSIL_POLICY_KIT_H
#define KONSIL_POLICY_KIT_H

#include "policy_run.h"

static const char head[] =
    "use stats\n"
    "use survival\n"
    "party site[]\n"
    "input age : int in 0..99 [] from site\n"
    "input kind : oneof(\"a\", \"b\", \"c\") [] from site\n"
    "input meal : int? in 0..9 [] from site\n";

/* kind a: 6, 5, 0 of the sites; b: 0, 1, 1; c: 4, 0, 5.  meal is there in 1, 1, 1. */
static const char *const table[3] = {
	"age,kind,meal\n1,a,5\n2,a,\n3,a,\n4,a,\n5,a,\n6,a,\n7,c,\n8,c,\n9,c,\n10,c,\n",
	"age,kind,meal\n11,a,7\n12,a,\n13,a,\n14,a,\n15,a,\n16,b,\n",
	"age,kind,meal\n20,b,9\n21,c,\n22,c,\n23,c,\n24,c,\n25,c,\n",
};

static void
put_program(const char *outputs)
{
	char text[4096];

	for (int i = 0; i < 3; i++) {
		char name[24];
		snprintf(name, sizeof name, "s%d.csv", i);
		put_file(name, table[i]);
	}
	snprintf(text, sizeof text, "%s%s", head, outputs);
	put_file("p.ksl", text);
}

#endif
