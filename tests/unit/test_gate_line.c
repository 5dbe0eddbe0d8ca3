/* test_gate_line.c: gates in bad company: the wrong guests, strangers, garbage, a spoilt line. */
#include <sys/socket.h>
#include <sys/un.h>

#include "gate_kit.h"

/* Whoever is not who the session says is refused, says so after the timeout, and serve is not
 * called. */
static void
the_wrong_ones_are_refused(void **state)
{
	struct visitor v;

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = LOST_MS;
	v.config.secret = identity[3];
	assert_int_equal(visit(&v, 0), ST_AUTH);
	assert_says(&v.f, ST_AUTH, name[0]);
	assert_int_equal(gate_doubt(house[0].gate, 5), GATE_WRONG_CALLER);
	visitor_init(&v, 6, 1);
	v.config.timeout_ms = LOST_MS;
	v.config.session = "another";
	assert_int_equal(visit(&v, 0), ST_AUTH);
	visitor_init(&v, 7, 1);
	v.config.timeout_ms = LOST_MS;
	v.config.me = "nobody";
	assert_int_equal(visit(&v, 0), ST_AUTH);
	assert_int_equal(gate_doubt(house[0].gate, 7), GATE_NO_DOUBT);
	assert_int_equal(atomic_load(&house[0].n_begun), 0);
	assert_open_house(5);
	assert_int_equal(gate_doubt(house[0].gate, 5), GATE_NO_DOUBT);
	houses_free(1);
}

static void
a_wrong_node_is_not_believed(void **state)
{
	struct visitor v;
	struct guest_link *l;

	(void)state;
	houses_init(2, PATIENT_MS);
	house[0].config.secret = identity[1];
	house_open(0);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = LOST_MS;
	assert_int_equal(visit(&v, 0), ST_AUTH);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = LOST_MS;
	assert_int_equal(dial(&v, 1, &l), ST_NET);
	assert_says(&v.f, ST_NET, "site1 did not come");
	visitor_init(&v, 5, 1);
	v.config.endpoint = "nonsense";
	assert_int_equal(dial(&v, 1, &l), ST_USAGE);
	houses_free(2);
}

static void
another_component_is_named_at_once(void **state)
{
	struct component other[2];
	struct visitor v;
	uint64_t start = now_ms();

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	memcpy(other, site[0].component, sizeof other);
	other[1].hash[3] ^= 1;
	visitor_init(&v, 8, 1);
	v.config.components = other;
	assert_int_equal(visit(&v, 0), ST_AUTH);
	assert_says(&v.f, ST_AUTH, "\"parameter n\"");
	assert_true(now_ms() - start < PATIENT_MS / 2);
	while (gate_doubt(house[0].gate, 8) != GATE_DIFFERS)
		sleep_ms(1);
	houses_free(1);
}

/* A node's own key and name do not make it a guest, nor a guest's a node. */
static void
roles_cannot_be_exchanged(void **state)
{
	struct visitor v;

	(void)state;
	houses_init(2, PATIENT_MS);
	house_open(1);
	visitor_init(&v, 5, 1);
	v.config.me = name[0];
	v.config.secret = identity[0];
	v.config.timeout_ms = LOST_MS;
	assert_int_equal(dial(&v, 1, &(struct guest_link *){ NULL }), ST_AUTH);
	/* A guest takes the part of node 0: its name is no node's at node 1. */
	site[0].config.timeout_ms = LOST_MS;
	site[1].config.timeout_ms = 2 * LOST_MS;
	site[0].config.peer[0].name = guest_name[5];
	site[0].config.secret = identity[3 + 5];
	open_all(2);
	assert_says(&site[0].f, ST_AUTH, "refuses");
	assert_says(&site[1].f, ST_NET, name[0]);
	assert_int_equal(atomic_load(&house[1].n_begun), 0);
	houses_free(2);
}

/* Guests that say what a message cannot be. */
static void
say_record(struct guest_link *l, uint32_t len, enum record_type type, bool more)
{
	static const uint8_t bytes[RECORD_MAX];
	const struct record_head h = { len, type, more };
	nng_iov iov = { l->out_buf, len + RECORD_OVERHEAD };

	assert_int_equal(record_seal(&l->out, l->out_buf, &h, bytes), ST_OK);
	nng_aio_set_iov(l->send_aio, 1, &iov);
	nng_aio_set_timeout(l->send_aio, PATIENT_MS);
	nng_stream_send(l->stream, l->send_aio);
	nng_aio_wait(l->send_aio);
}

static void
garbage_is_a_deviation(void **state)
{
	static const struct {
		uint32_t len;
		enum record_type type;
		bool more;
		enum status st;
	} bad[] = {
		{ 0, RECORD_DATA, false, ST_ABORT }, { 0, RECORD_DATA, true, ST_ABORT },
		{ 100, RECORD_DATA, true, ST_ABORT }, { 1001, RECORD_DATA, false, ST_ABORT },
		{ RECORD_MAX, RECORD_DATA, true, ST_ABORT }, { 10, RECORD_CONTROL, false, ST_ABORT },
		{ 0, RECORD_CLOSE, false, ST_ABORT }, { 0, RECORD_CLOSED, false, ST_ABORT },
		{ 3, RECORD_STOP, false, ST_ABORT }, { 2, RECORD_STOP, false, ST_NET },
		{ 0, RECORD_ALIVE, true, ST_ABORT }, { 5, (enum record_type)99, false, ST_ABORT },
	};
	struct visitor v;
	struct guest_link *l;
	uint8_t b;

	(void)state;
	houses_init(1, PATIENT_MS);
	house[0].max = 1000;
	house_open(0);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		visitor_init(&v, 2, 1);
		assert_int_equal(dial(&v, 0, &l), ST_OK);
		say_record(l, bad[i].len, bad[i].type, bad[i].more);
		assert_int_equal(guest_receive(l, &b, 1), ST_NET);
		guest_link_free(l);
		while (atomic_load(&house[0].n_failed) <= i)
			sleep_ms(1);
		assert_int_equal(atomic_load(&house[0].last), bad[i].st);
	}
	assert_open_house(2);
	houses_free(1);
}

static void
a_status_of_a_node_is_told(void **state)
{
	struct visitor v;
	struct guest_link *l;
	uint8_t b[8] = { 0 };

	(void)state;
	houses_init(1, PATIENT_MS);
	house[0].max = 4;
	house_open(0);
	visitor_init(&v, 2, 1);
	assert_int_equal(dial(&v, 0, &l), ST_OK);
	assert_int_equal(guest_send(l, b, 8), ST_OK);
	assert_int_equal(guest_receive(l, b, 8), ST_NET);
	assert_says(guest_fault(l), ST_NET, status_text(ST_ABORT));
	assert_int_equal(guest_send(l, b, 8), ST_NET);
	assert_int_equal(guest_finish(l), ST_NET);
	guest_link_free(l);
	houses_free(1);
}

/* One guest hangs, one says that it goes, one is cut off: each is noticed, and keeps up no one. */
static void
who_hangs_or_leaves_is_noticed(void **state)
{
	struct guest_link *hangs, *leaves, *dies;
	struct visitor v;

	(void)state;
	houses_init(1, LOST_MS);
	house_open(0);
	visitor_init(&v, 1, 1);
	assert_int_equal(dial(&v, 0, &hangs), ST_OK);
	assert_int_equal(dial(&v, 0, &leaves), ST_OK);
	guest_stop(leaves, ST_DATA);
	guest_link_free(leaves);
	while (atomic_load(&house[0].n_failed) < 1)
		sleep_ms(1);
	assert_int_equal(atomic_load(&house[0].last), ST_NET);
	assert_int_equal(dial(&v, 0, &dies), ST_OK);
	guest_cut(dies);
	guest_link_free(dies);
	while (atomic_load(&house[0].n_failed) < 2)
		sleep_ms(1);
	for (unsigned i = 2; i < 20; i++)
		assert_open_house(i);
	while (atomic_load(&house[0].n_failed) < 3)
		sleep_ms(1);
	assert_int_equal(atomic_load(&house[0].last), ST_NET);
	guest_link_free(hangs);
	houses_free(1);
}

static int
stranger(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(a.sun_path, sizeof a.sun_path, "%s/%d-0", dir, serial);
	while (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		sleep_ms(1);
	return fd;
}

/* Two hundred strangers, silent or talking garbage, and guests between them: all threads and
 * descriptors are bounded and none is left. */
static void
strangers_do_no_harm(void **state)
{
	enum { N = 200 };
	static const uint8_t garbage[] = "KNSL\2\0\xff\x3f\1\6\0guest1 and no truth";
	int fd[N];
	unsigned n_thread, n_fd;

	(void)state;
	houses_init(1, PATIENT_MS);
	house_open(0);
	assert_open_house(0);
	n_thread = n_entries("/proc/self/task");
	n_fd = n_entries("/proc/self/fd");
	for (unsigned i = 0; i < N; i++) {
		fd[i] = stranger();
		if (i % 2 == 1)
			(void)send(fd[i], garbage, i % sizeof garbage, MSG_NOSIGNAL);
		if (i % 40 == 0)
			assert_open_house(i);
		assert_in_range(n_entries("/proc/self/task"), 1, n_thread + N_PENDING_MAX + 1);
	}
	assert_open_house(3);
	for (unsigned i = 0; i < N; i++)
		close(fd[i]);
	assert_open_house(4);
	for (unsigned k = 0; k < PATIENT_MS && n_entries("/proc/self/fd") > n_fd + 8; k++)
		sleep_ms(1);
	assert_in_range(n_entries("/proc/self/fd"), 1, n_fd + 8);
	houses_free(1);
}

/* A guest on a line of which one byte is spoilt, or after which nothing comes. */
static struct spoilt {
	int listener;
	char path[100], url[110];
	atomic_uint direction;          /* 0: from the guest */
	atomic_size_t at;
	atomic_bool cut, armed;
	pthread_t thread;
} spoilt;

struct pipe_end {
	int from, to;
	unsigned direction;
};

static void *
pump(void *arg)
{
	struct pipe_end *p = arg;
	uint8_t buf[4096];
	size_t passed = 0;
	ssize_t n;

	while ((n = recv(p->from, buf, sizeof buf, 0)) > 0) {
		size_t len = (size_t)n, at = spoilt.at, off = at - passed;
		bool due = p->direction == spoilt.direction && at >= passed && off < len
		    && atomic_exchange(&spoilt.armed, false);
		bool cut = due && spoilt.cut;

		if (due && !cut)
			buf[off] ^= (uint8_t)(1u << at % 8);
		(void)send(p->to, buf, cut ? off : len, MSG_NOSIGNAL);
		if (cut)
			break;
		passed += len;
	}
	shutdown(p->from, SHUT_RDWR);
	shutdown(p->to, SHUT_RDWR);
	return NULL;
}

static void *
spoilt_main(void *arg)
{
	int fd, to;

	(void)arg;
	while ((fd = accept(spoilt.listener, NULL, NULL)) >= 0) {
		struct pipe_end there, back;
		pthread_t t;

		to = stranger();
		there = (struct pipe_end){ fd, to, 0 };
		back = (struct pipe_end){ to, fd, 1 };
		assert_int_equal(pthread_create(&t, NULL, pump, &back), 0);
		pump(&there);
		pthread_join(t, NULL);
		close(fd);
		close(to);
	}
	return NULL;
}

static void
spoilt_open(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(spoilt.path, sizeof spoilt.path, "%s/spoilt", dir);
	snprintf(spoilt.url, sizeof spoilt.url, "ipc://%s", spoilt.path);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", spoilt.path);
	spoilt.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(spoilt.listener, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(spoilt.listener, 8), 0);
	assert_int_equal(pthread_create(&spoilt.thread, NULL, spoilt_main, NULL), 0);
}

static void
spoilt_close(void)
{
	shutdown(spoilt.listener, SHUT_RDWR);
	pthread_join(spoilt.thread, NULL);
	close(spoilt.listener);
	unlink(spoilt.path);
}

static enum status
visit_spoilt(unsigned guest)
{
	struct visitor v;
	struct guest_link *l;

	visitor_init(&v, guest, 1);
	v.config.endpoint = spoilt.url;
	v.config.timeout_ms = 1000;
	if (dial(&v, 0, &l) == ST_OK) {
		v.st = exchange(l, &v, 0);
		guest_link_free(l);
	}
	return v.st;
}

/* A byte of a visit in one direction after another is spoilt, up to one that is never reached: such
 * a visit succeeds.  Visits have little time, as many must wait for its end; those that a busy
 * machine gave less are begun again. */
static unsigned
spoil_every_byte(unsigned step)
{
	unsigned n_spoilt = 0, n_late = 0;
	enum status st;

	for (spoilt.at = 0;; spoilt.at += step) {
		do {
			atomic_store(&spoilt.armed, true);
			st = visit_spoilt(1 + (unsigned)(spoilt.at % 500));
			assert_true(st == ST_OK || st == ST_AUTH || st == ST_NET || st == ST_ABORT);
		} while (atomic_load(&spoilt.armed) && st != ST_OK && n_late++ < 100);
		if (atomic_load(&spoilt.armed))
			break;
		n_spoilt++;
	}
	assert_int_equal(st, ST_OK);
	return n_spoilt;
}

/* Every byte of a visit flipped, or the end of it: a spoilt handshake is tried again, a spoilt
 * record ends the visit; never does anyone take what was not sent. */
static void
no_byte_can_be_spoilt(void **state)
{
	unsigned n_spoilt = 0;

	(void)state;
	houses_init(1, 300);
	house_open(0);
	spoilt_open();
	for (unsigned k = 0; k < 4; k++) {
		spoilt.direction = k % 2;
		spoilt.cut = k >= 2;
		n_spoilt += spoil_every_byte(spoilt.cut ? 3 : 1);
	}
	/* Three messages of the handshake, welcome, 100 bytes, CLOSE and CLOSED: both ways. */
	assert_true(n_spoilt > 800);
	spoilt_close();
	houses_free(1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_wrong_ones_are_refused),
		cmocka_unit_test(a_wrong_node_is_not_believed),
		cmocka_unit_test(another_component_is_named_at_once),
		cmocka_unit_test(roles_cannot_be_exchanged),
		cmocka_unit_test(garbage_is_a_deviation),
		cmocka_unit_test(a_status_of_a_node_is_told),
		cmocka_unit_test(who_hangs_or_leaves_is_noticed),
		cmocka_unit_test(strangers_do_no_harm),
		cmocka_unit_test(no_byte_can_be_spoilt),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
