/* replay.c: runs a fuzz target without a fuzzer: on every file of a corpus, and on a fixed
 * number of mutations of them from a fixed seed.
 *
 * usage: replay_NAME CORPUS_FOLDER */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { FILE_BYTES_MAX = 1 << 16, N_FILE_MAX = 512, N_MUTATION = 2000 };

struct sample {
	uint8_t *data;
	size_t len;
};

static struct sample sample[N_FILE_MAX];
static size_t n_samples;

/* xorshift64*: the sequence is the same on every machine. */
static uint64_t
next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

static void
read_sample(const char *folder, const char *name)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL || n_samples == N_FILE_MAX) {
		if (f != NULL)
			fclose(f);
		return;
	}
	struct sample *s = &sample[n_samples];
	s->data = malloc(FILE_BYTES_MAX);
	if (s->data != NULL) {
		s->len = fread(s->data, 1, FILE_BYTES_MAX, f);
		n_samples++;
	}
	fclose(f);
}

static size_t
mutate(uint8_t *d, const struct sample *s, uint64_t *state)
{
	size_t len = s->len;
	uint64_t edits = 1 + next(state) % 8;

	memcpy(d, s->data, len);
	for (uint64_t i = 0; i < edits && len > 0; i++) {
		size_t at = next(state) % len;
		switch (next(state) % 4) {
		case 0:
			d[at] = (uint8_t)next(state);
			break;
		case 1:
			d[at] ^= (uint8_t)(1u << (next(state) % 8));
			break;
		case 2:
			memmove(d + at, d + at + 1, len - at - 1);
			len--;
			break;
		default:
			len = len > 16 && next(state) % 4 == 0 ? at : len;
			break;
		}
	}
	return len;
}

int
main(int argc, char **argv)
{
	static uint8_t buf[FILE_BYTES_MAX];
	uint64_t state = 0x4b6f6e73696c2121u;
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			read_sample(argv[1], e->d_name);
	if (dir != NULL)
		closedir(dir);
	if (n_samples == 0) {
		fprintf(stderr, "usage: %s CORPUS_FOLDER (with at least one file)\n", argv[0]);
		return 2;
	}
	(void)LLVMFuzzerTestOneInput(buf, 0);
	for (size_t i = 0; i < n_samples; i++)
		(void)LLVMFuzzerTestOneInput(sample[i].data, sample[i].len);
	for (size_t i = 0; i < N_MUTATION; i++) {
		size_t len = mutate(buf, &sample[next(&state) % n_samples], &state);
		(void)LLVMFuzzerTestOneInput(buf, len);
	}
	for (size_t i = 0; i < n_samples; i++)
		free(sample[i].data);
	printf("%zu files, %d mutations\n", n_samples, N_MUTATION);
	return 0;
}
