/* test_identity.c: identities and the files that hold them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "../../runtime/base/mem.h"
#include "../../runtime/net/identity.h"

static char dir[] = "/tmp/konsil-identity-XXXXXX";
static char name[64], key[80], pub[80];

static int
set_up(void **state)
{
	(void)state;
	if (dir[sizeof dir - 2] == 'X' && mkdtemp(dir) == NULL)
		return -1;
	snprintf(name, sizeof name, "%s/north", dir);
	snprintf(key, sizeof key, "%s.key", name);
	snprintf(pub, sizeof pub, "%s.pub", name);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(key);
	unlink(pub);
	return 0;
}

static int
remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static struct identity_secret *
saved(void)
{
	struct identity_secret *id;

	assert_int_equal(identity_new(&id, NULL), ST_OK);
	assert_int_equal(identity_save(id, name, NULL), ST_OK);
	return id;
}

static size_t
read_file(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, room, f);
	fclose(f);
	return n;
}

static void
write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
}

static void
what_is_saved_is_loaded(void **state)
{
	struct identity_secret *id = saved(), *back;
	struct identity_public p;
	struct stat s;

	(void)state;
	assert_int_equal(identity_load(&back, key, NULL), ST_OK);
	assert_memory_equal(back, id, sizeof *id);
	assert_int_equal(identity_public_load(&p, pub, NULL), ST_OK);
	assert_memory_equal(&p, &id->pub, sizeof p);
	assert_int_equal(stat(key, &s), 0);
	assert_int_equal(s.st_mode & 07777, 0600);
	identity_free(back);
	identity_free(id);
}

/* The keys are what libsodium says they are: they sign and agree. */
static void
the_keys_work(void **state)
{
	struct identity_secret *a, *b;
	uint8_t sig[64], ab[32], ba[32];

	(void)state;
	assert_int_equal(identity_new(&a, NULL), ST_OK);
	assert_int_equal(identity_new(&b, NULL), ST_OK);
	crypto_sign_detached(sig, NULL, (const uint8_t *)"x", 1, a->sign);
	assert_int_equal(crypto_sign_verify_detached(sig, (const uint8_t *)"x", 1, a->pub.sign), 0);
	assert_int_equal(crypto_scalarmult(ab, a->dh, b->pub.dh), 0);
	assert_int_equal(crypto_scalarmult(ba, b->dh, a->pub.dh), 0);
	assert_memory_equal(ab, ba, 32);
	assert_memory_not_equal(a, b, sizeof *a);
	identity_free(a);
	identity_free(b);
}

static void
nothing_is_overwritten(void **state)
{
	struct identity_secret *id = saved(), *other;
	struct fault f = { 0 };
	char before[4096], after[4096];
	size_t n = read_file(key, before, sizeof before);

	(void)state;
	assert_int_equal(identity_new(&other, NULL), ST_OK);
	assert_int_equal(identity_save(other, name, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "exists"));
	unlink(pub);
	assert_int_equal(identity_save(other, name, NULL), ST_USAGE);
	assert_int_equal(access(pub, F_OK), -1);
	assert_int_equal(read_file(key, after, sizeof after), n);
	assert_memory_equal(before, after, n);
	identity_free(other);
	identity_free(id);
}

static void
a_key_that_others_may_read_is_refused(void **state)
{
	struct identity_secret *id = saved(), *back;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(chmod(key, 0640), 0);
	assert_int_equal(identity_load(&back, key, &f), ST_USAGE);
	assert_null(back);
	assert_non_null(strstr(f.message, "0640"));
	assert_non_null(strstr(f.help, "chmod 600"));
	assert_string_equal(f.file, key);
	identity_free(id);
}

static void
the_wrong_kind_is_named(void **state)
{
	struct identity_secret *id = saved(), *back;
	struct identity_public p;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(identity_load(&back, pub, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "is a public key, where a secret key is wanted"));
	memset(&f, 0, sizeof f);
	assert_int_equal(identity_public_load(&p, key, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "is a secret key, where a public key is wanted"));
	memset(&f, 0, sizeof f);
	assert_int_equal(identity_load(&back, "/nonexistent/x.key", &f), ST_USAGE);
	assert_non_null(strstr(f.message, "cannot open"));
	identity_free(id);
}

/* Every byte changed, and every cut, of both files is refused, or changes no key (white space). */
static void
damage_is_found(void **state)
{
	struct identity_secret *id = saved(), *back;
	struct identity_public p;
	char text[4096];
	size_t n = read_file(key, text, sizeof text);

	(void)state;
	for (size_t i = 0; i < n - 1; i++) {
		text[i] ^= 1;
		write_file(key, text, n);
		assert_int_equal(identity_load(&back, key, NULL), ST_USAGE);
		text[i] ^= 1;
		write_file(key, text, i);
		assert_int_equal(identity_load(&back, key, NULL), ST_USAGE);
	}
	n = read_file(pub, text, sizeof text);
	for (size_t i = 0; i < n - 1; i++) {
		text[i] ^= 2;
		write_file(pub, text, n);
		assert_int_equal(identity_public_load(&p, pub, NULL), ST_USAGE);
		text[i] ^= 2;
		write_file(pub, text, i);
		assert_int_equal(identity_public_load(&p, pub, NULL), ST_USAGE);
	}
	identity_free(id);
}

static void
another_version_is_named(void **state)
{
	struct identity_public p;
	struct fault f = { 0 };
	const char *text = "konsil-public-key 2\nkpub2.abc\n";

	(void)state;
	write_file(pub, text, strlen(text));
	assert_int_equal(identity_public_load(&p, pub, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "version 2"));
}

/* Mail programs add blanks and carriage returns; people add comments. */
static void
mail_does_no_harm(void **state)
{
	struct identity_secret *id;
	struct identity_public p;
	char token[IDENTITY_TOKEN_MAX], text[256];

	(void)state;
	assert_int_equal(identity_new(&id, NULL), ST_OK);
	identity_token(token, &id->pub);
	snprintf(text, sizeof text, "# from north\r\n\r\nkonsil-public-key 1\r\n%s \r\n", token);
	write_file(pub, text, strlen(text));
	assert_int_equal(identity_public_load(&p, pub, NULL), ST_OK);
	assert_memory_equal(&p, &id->pub, sizeof p);
	identity_free(id);
}

static void
a_token_is_one_plain_word(void **state)
{
	struct identity_secret *id;
	struct identity_public p;
	struct fault f = { 0 };
	char token[IDENTITY_TOKEN_MAX], longer[IDENTITY_TOKEN_MAX + 1];

	(void)state;
	assert_int_equal(identity_new(&id, NULL), ST_OK);
	identity_token(token, &id->pub);
	assert_int_equal(strlen(token), IDENTITY_TOKEN_MAX - 1);
	assert_int_equal(strcspn(token, " \t\"'=;#[]"), strlen(token));
	assert_int_equal(identity_parse(&p, token, NULL), ST_OK);
	assert_memory_equal(&p, &id->pub, sizeof p);
	snprintf(longer, sizeof longer, "%sA", token);
	assert_int_equal(identity_parse(&p, longer, NULL), ST_USAGE);
	token[30] = token[30] == 'A' ? 'B' : 'A';
	assert_int_equal(identity_parse(&p, token, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "damaged"));
	assert_non_null(strstr(f.help, ".pub"));
	identity_free(id);
}

/* The point 0 on Curve25519, with a right checksum. */
static void
nobodys_key_is_refused(void **state)
{
	struct identity_secret *id;
	struct identity_public p;
	struct fault f = { 0 };
	char token[IDENTITY_TOKEN_MAX];

	(void)state;
	assert_int_equal(identity_new(&id, NULL), ST_OK);
	p = id->pub;
	memset(p.dh, 0, 32);
	identity_token(token, &p);
	assert_int_equal(identity_parse(&p, token, &f), ST_USAGE);
	assert_non_null(strstr(f.message, "cannot belong"));
	identity_free(id);
}

static void
no_memory_is_a_status(void **state)
{
	struct identity_secret *id = saved(), *back;

	(void)state;
	mem_fail_at(1);
	assert_int_equal(identity_load(&back, key, NULL), ST_INTERNAL);
	mem_fail_at(2);
	assert_int_equal(identity_load(&back, key, NULL), ST_INTERNAL);
	assert_null(back);
	mem_fail_at(0);
	identity_free(id);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_saved_is_loaded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_keys_work, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_overwritten, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_key_that_others_may_read_is_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(the_wrong_kind_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(another_version_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mail_does_no_harm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_token_is_one_plain_word, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nobodys_key_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_memory_is_a_status, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, remove_dir);
}
