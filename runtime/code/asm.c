/* asm.c: a program from its text; see disasm.c for the other direction and BYTECODE.md for the
 * form.
 *
 * text    = "konsil" "bytecode" NUMBER NEWLINE { line NEWLINE }
 * line    = section [ MARK NUMBER ":" ] { field } | "const" { NUMBER } | "code" | "post"
 *         | [ NUMBER ":" ] insn
 * field   = [ NAME "=" ] value          in the order of layout.c; what is left out is usual
 * insn    = NAME [ operand { "," operand } ] [ ";" SOURCE ":" NUMBER ]
 * Within brackets a line's end is a blank; from `#` to the line's end is a comment. */
#include "asm.h"

#include "../base/mem.h"

#include <inttypes.h>

const char text_domains[N_DOMAIN + 1] = "plaorby";

char
text_imm_mark(unsigned op, unsigned i)
{
	if (op < N_INSN && insn_table[op].shape == SH_COPY && i == 0)
		return 'v';
	if (op == OP_LOOP && i < 2)
		return 'f';
	if (op < N_INSN && insn_table[op].shape == SH_CIRC && i == 0)
		return 'k';
	return op == OP_END && i == 0 ? '@' : '\0';
}

bool
text_plain(const char *s)
{
	if (*s == '\0' || *s == '@')
		return false;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == '#' || *s == ':')
			return false;
	return true;
}

static bool
at_end(struct parser *p)
{
	asm_blanks(p);
	return *p->at == '\n' || *p->at == '\0' || *p->at == ';';
}

static void
read_operands(struct parser *p, struct insn *x)
{
	const struct insn_info *t = &insn_table[x->op];
	const char kinds[4] = { t->d, t->a, t->b, t->c };
	bool first = true;

	for (unsigned i = 0; i < 4; i++) {
		x->slot[i] = SLOT_NONE;
		if (kinds[i] == '-')
			continue;
		if (!first)
			asm_expect(p, ',');
		first = false;
		if (!asm_accept(p, '_'))
			x->slot[i] = asm_marked(p, 's');
	}
	for (unsigned i = 0; i < 3 && !at_end(p); i++) {
		if (!first)
			asm_expect(p, ',');
		first = false;
		char mark = text_imm_mark(x->op, i);
		if (mark != '\0')
			asm_expect(p, mark);
		x->imm[i] = (int64_t)asm_number(p, INT64_MIN, INT64_MAX);
	}
}

/* The source called s[0..n]; n_sources if there is none. */
static uint32_t
find_source(struct parser *p, const char *s, size_t n)
{
	const struct code *c = p->f.code;

	for (uint32_t k = 0; k < c->n_sources; k++) {
		uint32_t i = (p->source + k) % c->n_sources;
		if (strlen(c->source[i]) == n && memcmp(c->source[i], s, n) == 0) {
			/* Of equal names the first is meant. */
			for (uint32_t j = 0; k > 0 && j < i; j++)
				if (strcmp(c->source[j], c->source[i]) == 0)
					i = j;
			p->source = i;
			return i;
		}
	}
	return c->n_sources;
}

static void
read_source(struct parser *p, struct insn *x)
{
	uint32_t file;

	if (!asm_accept(p, ';'))
		return;
	asm_blanks(p);
	if (*p->at == '@') {
		file = asm_marked(p, '@');
	} else {
		size_t n = strcspn(p->at, ":# \t\r\n");
		file = find_source(p, p->at, n);
		if (file == p->f.code->n_sources)
			asm_fail(p, "there is no such source");
		p->at += n;
	}
	if (file > UINT16_MAX)
		asm_fail(p, "there is no such source");
	x->file = (uint16_t)file;
	asm_expect(p, ':');
	x->line = (uint32_t)asm_number(p, 0, UINT32_MAX);
}

void
asm_insn(struct fields *f, struct insn *x)
{
	struct parser *p = (struct parser *)f;

	asm_ops.op(f, &x->op);
	if (f->st != ST_OK)
		return;
	read_operands(p, x);
	read_source(p, x);
}

static void
read_item(struct parser *p, enum section_id id, struct code *c)
{
	const struct section *s = &section_table[id];
	void *list = section_list(s, c);
	uint32_t n = *section_count(s, c), i = n;
	void *item = asm_grow(p, &list, &n, &p->cap[id], s->max, s->record->size);

	section_set(s, c, list, n);
	if (item == NULL)
		return;
	if (s->mark != '\0') {
		if (asm_marked(p, s->mark) != i)
			asm_fail(p, "this is %s %c%" PRIu32, s->name, s->mark, i);
		asm_expect(p, ':');
	}
	if (p->f.st == ST_OK)
		s->record->layout(&p->f, item);
}

static void
read_constants(struct parser *p)
{
	while (p->f.st == ST_OK && !at_end(p)) {
		if (p->constants.len >= CONST_MAX_BYTES)
			asm_fail(p, "these are too many constants");
		bytes_put_num(&p->constants,
		    (uint64_t)asm_number(p, INT64_MIN, UINT64_MAX), 8);
	}
	if (p->constants.bad)
		fields_fail(&p->f, ST_INTERNAL, "no memory");
}

/* Whether a field's name comes after the next word; tells the sections `input` and `reveal` from
 * the instructions. */
static bool
field_follows(const struct parser *p)
{
	const char *s = p->at + asm_word_length(p->at);

	s += strspn(s, " \t");
	return s[asm_word_length(s)] == '=';
}

static enum section_id
which_section(struct parser *p)
{
	for (unsigned i = 0; i < N_SECTION; i++)
		if (asm_word(p, section_table[i].name))
			return (enum section_id)i;
	asm_fail(p, "this is neither a section nor an instruction");
	return N_SECTION;
}

/* Reads one line; *in is the list that instructions are for, or SEC_HEAD. */
static void
read_line(struct parser *p, enum section_id *in, struct code *c)
{
	bool numbered = *p->at >= '0' && *p->at <= '9';

	if (*in != SEC_HEAD && numbered) {
		uint32_t n = *section_count(&section_table[*in], c);
		if (asm_number(p, 0, UINT32_MAX) != n)
			asm_fail(p, "this is instruction %" PRIu32, n);
		asm_expect(p, ':');
		asm_blanks(p);
	}
	struct insn x = { 0 };
	struct parser ahead = { .f.fault = NULL, .at = p->at };
	asm_ops.op(&ahead.f, &x.op);
	if (*in != SEC_HEAD && (numbered || (ahead.f.st == ST_OK && !field_follows(p)))) {
		read_item(p, *in, c);
		return;
	}
	enum section_id id = which_section(p);
	*in = id == SEC_CODE || id == SEC_POST ? id : SEC_HEAD;
	if (p->f.st != ST_OK || *in != SEC_HEAD)
		return;
	if (id == SEC_HEAD)
		head_record.layout(&p->f, c);
	else if (id == SEC_CONST)
		read_constants(p);
	else
		read_item(p, id, c);
}

static void
read_lines(struct parser *p, struct code *c)
{
	enum section_id in = SEC_HEAD;

	if (!asm_word(p, "konsil") || !asm_word(p, "bytecode"))
		asm_fail(p, "expected `konsil bytecode %u`", CODE_VERSION);
	if (p->f.st == ST_OK && asm_number(p, 0, UINT32_MAX) != CODE_VERSION)
		asm_fail(p, "this reads version %u", CODE_VERSION);
	while (p->f.st == ST_OK) {
		asm_blanks(p);
		if (*p->at == '\0')
			return;
		if (*p->at != '\n') {
			asm_fail(p, "this is too much on the line");
			return;
		}
		p->line++;
		p->line_start = ++p->at;
		asm_blanks(p);
		if (*p->at != '\n' && *p->at != '\0')
			read_line(p, &in, c);
	}
}

/* The four strings of the head are there even where no `program` line is. */
static void
complete(struct parser *p, struct code *c)
{
	char **s[] = { &c->study, &c->protocol, &c->network, &c->compiler };

	for (unsigned i = 0; i < 4; i++)
		if (*s[i] == NULL && (*s[i] = mem_strdup("")) == NULL)
			fields_fail(&p->f, ST_INTERNAL, "no memory");
	c->constant = p->constants.buf;
	c->const_bytes = p->constants.len;
}

enum status
code_asm(struct code **out, const char *text, const char *file, struct fault *f)
{
	struct code *c = code_new();
	struct parser p = {
		.f = { .ops = &asm_ops, .fault = f, .code = c },
		.at = text, .line_start = text, .file = file, .line = 1,
	};

	*out = NULL;
	if (c == NULL)
		return fault_set(f, ST_INTERNAL, "no memory");
	read_lines(&p, c);
	if (p.f.st != ST_OK)
		fault_at(f, file, p.line, (int)(p.at - p.line_start) + 1);
	complete(&p, c);
	if (p.f.st != ST_OK)
		code_free(c);
	else
		*out = c;
	return p.f.st;
}
