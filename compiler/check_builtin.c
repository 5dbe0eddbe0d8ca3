/* check_builtin.c: calls of builtins: which argument is which. */
#include <string.h>

#include "check_impl.h"

struct builtin {
	const char *name, *params;
	builtin_fn fn;
};

static const struct builtin builtins[] = {
#define B(name, id, params, text, error) { name, params, builtin_##id },
#include "builtins.def"
#undef B
};

enum { N_BUILTIN = sizeof builtins / sizeof *builtins, NAME_ROOM = 24, N_PARAM = 8 };

const char *const *
check_builtins(size_t *n)
{
	static const char *const names[] = {
#define B(name, id, params, text, error) name,
#include "builtins.def"
#undef B
	};

	*n = N_BUILTIN;
	return names;
}

/* The k-th word of the parameters, without its mark; its mark (0, '?' or '*'); false: no such. */
static bool
parameter(const struct builtin *b, uint32_t k, char name[NAME_ROOM], char *mark)
{
	const char *s = b->params;
	size_t n;

	for (; k > 0; k--) {
		s = strchr(s, ' ');
		if (s == NULL)
			return false;
		s++;
	}
	n = strcspn(s, " ");
	*mark = 0;
	if (s[n - 1] == '?' || s[n - 1] == '*')
		*mark = s[--n];
	if (n >= NAME_ROOM)
		n = NAME_ROOM - 1;
	memcpy(name, s, n);
	name[n] = '\0';
	return true;
}

static const char *
usage(struct check *ck, const struct builtin *b)
{
	const char *s = "";
	char name[NAME_ROOM], mark;

	for (uint32_t k = 0; parameter(b, k, name, &mark); k++)
		s = compile_printf(ck->c, "%s%s%s%s", s, k > 0 ? ", " : "", name, mark == '*' ? ", ..." : mark ==
		    '?' ?
		    " (optional)" : "");
	return compile_printf(ck->c, "it is %s(%s)", b->name, s);
}

/* Which parameter argument i is for; all that follow a `*` are its. */
static uint32_t
place_of(struct check *ck, const struct builtin *b, const struct expr *e, uint32_t i)
{
	const char *want = e->argname != NULL ? e->argname[i] : NULL;
	char name[NAME_ROOM], mark = 0;
	uint32_t k;

	for (k = 0; parameter(b, k, name, &mark); k++) {
		if (mark == '*' && (want == NULL || strcmp(b->name, "columns") == 0 || strcmp(want, name) == 0))
			return i < k ? k : i;
		if (want != NULL ? strcmp(want, name) == 0 : k == i)
			return k;
	}
	if (want != NULL)
		compile_fail(ck->c, e->args[i]->span, NULL, compile_printf(ck->c, "%s; equality is `==`",
		    usage(ck, b)), "%s has no parameter \"%s\"", b->name, want);
	compile_fail(ck->c, e->args[i]->span, NULL, usage(ck, b), "%s takes at most %u argument%s",
	    b->name, k,
	    k == 1 ? "" : "s");
}

static void
collect(struct check *ck, const struct builtin *b, const struct expr *e, struct call_args *a)
{
	char name[NAME_ROOM], mark;

	uint32_t room = e->n_args > N_PARAM ? e->n_args : N_PARAM;
	*a = (struct call_args){ .call = e };
	a->expr = compile_alloc(ck->c, room * sizeof *a->expr);
	a->val = compile_alloc(ck->c, room * sizeof *a->val);
	for (uint32_t i = 0; i < e->n_args; i++) {
		uint32_t k = place_of(ck, b, e, i);
		if (k >= N_ARG_MAX)
			compile_fail(ck->c, e->span, NULL, "put them into an array: `[a, b, ...]`",
			    "%s with more than %d arguments", b->name, N_ARG_MAX);
		if (a->expr[k] != NULL)
			compile_fail(ck->c, e->args[i]->span, NULL, usage(ck, b), "an argument of %s is given twice",
			    b->name);
		a->expr[k] = e->args[i];
		a->val[k] = eval(ck, e->args[i]);
		if (a->val[k].kind == V_RECORD)
			compile_fail(ck->c, e->args[i]->span, NULL, "take one of them: `r.name`",
			    "%s takes one value, and these are several", b->name);
		if (a->n < k + 1)
			a->n = k + 1;
	}
	for (uint32_t k = 0; parameter(b, k, name, &mark); k++)
		if (a->expr[k] == NULL && mark != '?')
			compile_fail(ck->c, e->span, NULL, usage(ck, b), "%s needs \"%s\"", b->name, name);
}

bool
builtin_call(struct check *ck, const struct expr *e, struct val *out)
{
	for (size_t i = 0; i < N_BUILTIN; i++) {
		struct call_args a;
		if (strcmp(builtins[i].name, e->text) != 0)
			continue;
		collect(ck, &builtins[i], e, &a);
		*out = builtins[i].fn(ck, &a);
		return true;
	}
	return false;
}

int
axis_arg(struct check *ck, const struct call_args *a, unsigned i, unsigned rank)
{
	if (a->expr[i] == NULL)
		return -1;
	int64_t k = known_int_val(ck, &a->val[i], "an axis", a->expr[i]->span);
	if (k < 0 || k >= rank)
		compile_fail(ck->c, a->expr[i]->span, NULL, NULL, "axis %lld of an array that has %u",
		    (long long)k, rank);
	return (int)k;
}

struct val
numeric_arg(struct check *ck, const struct call_args *a, unsigned i)
{
	const struct val *x = &a->val[i];

	if (!is_numeric(x))
		compile_fail(ck->c, a->expr[i]->span, NULL, x->kind == V_CATEGORY ?
		    "compare it with a level: `x == \"...\"`, or count it: counts(x)" : NULL,
		    "%s needs numbers, and this is %s", a->call->text, type_text(ck, x));
	return settle(ck, concrete(ck, *x, a->expr[i]->span), a->expr[i]->span);
}

int64_t
int_arg(struct check *ck, const struct call_args *a, unsigned i, const char *what)
{
	return known_int_val(ck, &a->val[i], what, a->expr[i]->span);
}
