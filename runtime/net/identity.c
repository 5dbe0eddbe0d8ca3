/* identity.c: see identity.h */
#include "identity.h"

#include "../base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	KEYS = 64,                      /* two keys of 32 bytes */
	CHECK = 8,
	FILE_MAX = 4096,                /* a key file is 130 bytes; comments may be added */
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

/* What tells the two kinds of file and token apart. */
struct kind {
	const char *header, *prefix, *is;
};

static const struct kind public_kind = { "konsil-public-key", "kpub1.", "a public key" };
static const struct kind secret_kind = { "konsil-secret-key", "ksec1.", "a secret key" };
enum { PREFIX = 6, VERSION = 1 };

/* The checksum finds typing errors; it authenticates nothing. */
static void
checksum(uint8_t out[CHECK], const struct kind *k, const uint8_t keys[KEYS])
{
	uint8_t hash[32];
	crypto_generichash_state h;

	(void)crypto_generichash_init(&h, NULL, 0, sizeof hash);
	(void)crypto_generichash_update(&h, (const uint8_t *)k->prefix, PREFIX);
	(void)crypto_generichash_update(&h, keys, KEYS);
	(void)crypto_generichash_final(&h, hash, sizeof hash);
	memcpy(out, hash, CHECK);
	wipe(hash, sizeof hash);
	wipe(&h, sizeof h);
}

static void
encode(char token[IDENTITY_TOKEN_MAX], const struct kind *k, const uint8_t keys[KEYS])
{
	uint8_t all[KEYS + CHECK];

	memcpy(all, keys, KEYS);
	checksum(all + KEYS, k, keys);
	memcpy(token, k->prefix, PREFIX);
	(void)sodium_bin2base64(token + PREFIX, IDENTITY_TOKEN_MAX - PREFIX, all, sizeof all,
	    BASE64);
	wipe(all, sizeof all);
}

static enum status
decode(uint8_t keys[KEYS], const struct kind *k, const char *token, struct fault *f)
{
	const struct kind *other = k == &public_kind ? &secret_kind : &public_kind;
	uint8_t all[KEYS + CHECK], check[CHECK];
	size_t len = 0;
	const char *end = NULL;
	enum status st = ST_OK;

	memset(keys, 0, KEYS);
	if (strncmp(token, other->prefix, PREFIX) == 0) {
		st = fault_set(f, ST_USAGE, "this is %s, where %s is wanted", other->is, k->is);
	} else if (strncmp(token, k->prefix, PREFIX) != 0) {
		st = fault_set(f, ST_USAGE, "this is not %s of Konsil: it does not begin with %s",
		    k->is, k->prefix);
	} else if (sodium_base642bin(all, sizeof all, token + PREFIX, strlen(token) - PREFIX, NULL,
	    &len, &end, BASE64) != 0 || len != sizeof all || *end != '\0') {
		st = fault_set(f, ST_USAGE, "the key is damaged: it is not %d characters of base64",
		    IDENTITY_TOKEN_MAX - PREFIX - 1);
	} else {
		checksum(check, k, all);
		if (sodium_memcmp(check, all + KEYS, CHECK) != 0)
			st = fault_set(f, ST_USAGE,
			    "the key is damaged: its checksum does not match");
		else
			memcpy(keys, all, KEYS);
	}
	if (st != ST_OK)
		fault_help(f, "copy it again from the .%s file that konsil keygen wrote",
		    k == &public_kind ? "pub" : "key");
	wipe(all, sizeof all);
	wipe(check, sizeof check);
	return st;
}

void
identity_token(char token[IDENTITY_TOKEN_MAX], const struct identity_public *pub)
{
	uint8_t keys[KEYS];

	memcpy(keys, pub->sign, 32);
	memcpy(keys + 32, pub->dh, 32);
	encode(token, &public_kind, keys);
}

/* A product with a point of small order is zero, which libsodium reports. */
static bool
dh_is_usable(const uint8_t point[32])
{
	uint8_t scalar[32] = { 8 }, product[32];

	return crypto_scalarmult(product, scalar, point) == 0;
}

enum status
identity_parse(struct identity_public *out, const char *token, struct fault *f)
{
	uint8_t keys[KEYS];
	enum status st;

	memset(out, 0, sizeof *out);
	if (sodium_init() < 0)
		return fault_set(f, ST_INTERNAL, "libsodium does not start");
	TRY(decode(keys, &public_kind, token, f));
	if (crypto_core_ed25519_is_valid_point(keys) != 1 || !dh_is_usable(keys + 32)) {
		st = fault_set(f, ST_USAGE, "this public key cannot belong to anyone");
		goto out;
	}
	memcpy(out->sign, keys, 32);
	memcpy(out->dh, keys + 32, 32);
out:
	return st;
}

/* Derives everything from the seed of the signing key and the channel's secret key. */
static void
expand(struct identity_secret *id, const uint8_t keys[KEYS])
{
	(void)crypto_sign_seed_keypair(id->pub.sign, id->sign, keys);
	memcpy(id->dh, keys + 32, 32);
	(void)crypto_scalarmult_base(id->pub.dh, id->dh);
}

static enum status
identity_from(struct identity_secret **out, const uint8_t keys[KEYS], struct fault *f)
{
	*out = mem_secret(sizeof **out);
	if (*out == NULL)
		return fault_set(f, ST_INTERNAL, "no locked memory for a key");
	expand(*out, keys);
	return ST_OK;
}

enum status
identity_new(struct identity_secret **out, struct fault *f)
{
	uint8_t keys[KEYS];
	enum status st;

	*out = NULL;
	if (sodium_init() < 0)
		return fault_set(f, ST_INTERNAL, "libsodium does not start");
	randombytes_buf(keys, sizeof keys);
	st = identity_from(out, keys, f);
	wipe(keys, sizeof keys);
	return st;
}

void
identity_free(struct identity_secret *id)
{
	if (id != NULL)
		mem_secret_free(id);
}

void
identity_derive(uint8_t out[32], const struct identity_secret *id, const char *purpose)
{
	(void)crypto_generichash(out, 32, (const uint8_t *)purpose, strlen(purpose), id->sign, 32);
}

/* Writes a new file; one that exists already is a fault. */
static enum status
write_new(const char *path, mode_t mode, const struct kind *k, const char *token, struct fault *f)
{
	char text[64 + IDENTITY_TOKEN_MAX];
	int n = snprintf(text, sizeof text, "%s %d\n%s\n", k->header, VERSION, token);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	enum status st = ST_OK;

	if (fd < 0) {
		st = fault_set(f, ST_USAGE, "cannot write %s: %s", path, strerror(errno));
		if (errno == EEXIST)
			fault_help(f, "choose another name, or move the old identity away first: "
			    "who has its public key cannot reach this site under a new one");
	} else if (fchmod(fd, mode) != 0 || write(fd, text, (size_t)n) != n || fsync(fd) != 0) {
		st = fault_set(f, ST_USAGE, "cannot write %s: %s", path, strerror(errno));
		(void)unlink(path);
	}
	if (fd >= 0)
		(void)close(fd);
	wipe(text, sizeof text);
	return st;
}

enum status
identity_save(const struct identity_secret *id, const char *name, struct fault *f)
{
	char key[IDENTITY_PATH_MAX], pub[IDENTITY_PATH_MAX], token[IDENTITY_TOKEN_MAX];
	uint8_t keys[KEYS];
	enum status st;

	if (snprintf(key, sizeof key, "%s.key", name) >= (int)sizeof key)
		return fault_set(f, ST_USAGE, "the name of the identity is too long");
	(void)snprintf(pub, sizeof pub, "%s.pub", name);
	identity_token(token, &id->pub);
	TRY(write_new(pub, 0644, &public_kind, token, f));
	memcpy(keys, id->sign, 32);
	memcpy(keys + 32, id->dh, 32);
	encode(token, &secret_kind, keys);
	st = write_new(key, 0600, &secret_kind, token, f);
	if (st != ST_OK)
		(void)unlink(pub);
out:
	wipe(keys, sizeof keys);
	wipe(token, sizeof token);
	return st;
}

/* A key that others may read is no secret. */
static enum status
check_mode(const struct stat *s, const char *path, struct fault *f)
{
	if ((s->st_mode & 077) == 0)
		return ST_OK;
	(void)fault_set(f, ST_USAGE, "%s may be read by others (mode %04o)", path,
	    (unsigned)s->st_mode & 07777);
	fault_help(f, "run: chmod 600 %s; if others had access, make a new identity", path);
	return ST_USAGE;
}

static enum status
read_text(char text[FILE_MAX], struct stat *s, const char *path, struct fault *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	size_t len = 0;
	enum status st = ST_OK;

	if (fd < 0)
		return fault_set(f, ST_USAGE, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, s) != 0 || !S_ISREG(s->st_mode))
		TRY(fault_set(f, ST_USAGE, "%s is not a file", path));
	while (len < FILE_MAX - 1 && (n = read(fd, text + len, FILE_MAX - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	if (n < 0)
		st = fault_set(f, ST_USAGE, "cannot read %s: %s", path, strerror(errno));
	else if (len == FILE_MAX - 1 || strlen(text) != len)
		st = fault_set(f, ST_USAGE, "%s is not a key file", path);
out:
	(void)close(fd);
	return st;
}

/* The next line that says something, terminated in place, without blanks at its end; or NULL. */
static char *
next_line(char **rest)
{
	while (**rest != '\0') {
		char *line = *rest;
		size_t len = strcspn(line, "\n");

		*rest += len + (line[len] == '\n');
		while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
			len--;
		line[len] = '\0';
		if (len > 0 && line[0] != '#')
			return line;
	}
	return NULL;
}

static enum status
check_header(const char *line, const struct kind *k, const char *path, struct fault *f)
{
	const struct kind *other = k == &public_kind ? &secret_kind : &public_kind;
	size_t len = strlen(k->header);

	if (line != NULL && strncmp(line, other->header, strlen(other->header)) == 0) {
		(void)fault_set(f, ST_USAGE, "%s is %s, where %s is wanted", path, other->is,
		    k->is);
		fault_help(f, "NAME.key stays at the site; NAME.pub is for the others");
		return ST_USAGE;
	}
	if (line == NULL || strncmp(line, k->header, len) != 0 || line[len] != ' ')
		return fault_set(f, ST_USAGE, "%s is not %s of Konsil", path, k->is);
	if (strcmp(line + len + 1, "1") != 0)
		return fault_set(f, ST_USAGE,
		    "%s has version %.16s, and this Konsil reads version %d", path,
		    line + len + 1, VERSION);
	return ST_OK;
}

/* Reads a key file down to its token, which points into text. */
static enum status
read_token(char **token, char text[FILE_MAX], const char *path, const struct kind *k,
    struct fault *f)
{
	char *rest = text;
	struct stat s;
	enum status st;

	TRY(read_text(text, &s, path, f));
	TRY(check_header(next_line(&rest), k, path, f));
	if (k == &secret_kind)
		TRY(check_mode(&s, path, f));
	*token = next_line(&rest);
	if (*token == NULL || next_line(&rest) != NULL)
		st = fault_set(f, ST_USAGE, "%s is damaged: it has not exactly one key", path);
out:
	if (st != ST_OK)
		fault_at(f, path, 0, 0);
	return st;
}

enum status
identity_load(struct identity_secret **out, const char *path, struct fault *f)
{
	char *text = NULL, *token = NULL;
	uint8_t keys[KEYS];
	enum status st;

	*out = NULL;
	text = mem_secret(FILE_MAX);
	if (text == NULL)
		return fault_set(f, ST_INTERNAL, "no locked memory for a key");
	st = read_token(&token, text, path, &secret_kind, f);
	if (st == ST_OK)
		st = decode(keys, &secret_kind, token, f);
	if (st == ST_OK)
		st = identity_from(out, keys, f);
	if (st != ST_OK)
		fault_at(f, path, 0, 0);
	wipe(keys, sizeof keys);
	mem_secret_free(text);
	return st;
}

enum status
identity_public_load(struct identity_public *out, const char *path, struct fault *f)
{
	char text[FILE_MAX], *token = NULL;
	enum status st;

	memset(out, 0, sizeof *out);
	TRY(read_token(&token, text, path, &public_kind, f));
	TRY(identity_parse(out, token, f));
out:
	if (st != ST_OK)
		fault_at(f, path, 0, 0);
	return st;
}
