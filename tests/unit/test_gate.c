/* test_gate.c: guests of a session at its nodes' gates, as threads of this process. */
#include <dirent.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../runtime/net/net_door.h"
#include "../../runtime/net/net_guest.h"
#include "nng_kit.h"

enum { N_GUEST = 1000, N_BUSY = 40, ECHO_MAX = 1 << 20 };

static char guest_name[N_GUEST][16];
static struct guest guests[N_GUEST];

/* What a node's gate sees; its serve sends back what comes, once, unless told otherwise. */
struct house {
	struct gate *gate;
	struct gate_config config;
	atomic_uint n_begun, n_done, n_failed;
	atomic_uint n_now, n_most;      /* at once */
	atomic_int last;                /* status of the last visit that failed */
	unsigned hold_ms;               /* before the answer */
	size_t max;
};

static struct house house[N_NODE_MAX];

static void
note_most(struct house *h)
{
	unsigned now = atomic_fetch_add(&h->n_now, 1) + 1, most = atomic_load(&h->n_most);

	while (now > most && !atomic_compare_exchange_weak(&h->n_most, &most, now))
		continue;
}

static void
echo(void *arg, unsigned guest, struct guest_link *l)
{
	struct house *h = arg;
	uint8_t *buf = malloc(h->max);
	size_t len = 0;
	enum status st;

	assert_true(guest < N_GUEST);
	atomic_fetch_add(&h->n_begun, 1);
	note_most(h);
	st = guest_receive_upto(l, buf, h->max, &len);
	sleep_ms(h->hold_ms);
	if (st == ST_OK)
		st = guest_send(l, buf, len);
	if (st == ST_OK)
		st = guest_finish(l);
	free(buf);
	if (st != ST_OK)
		atomic_store(&h->last, (int)st);
	atomic_fetch_sub(&h->n_now, 1);
	atomic_fetch_add(st == ST_OK ? &h->n_done : &h->n_failed, 1);
}

/* Configures gates for nodes 0..n-1; a test may change them before houses_open. */
static void
houses_init(unsigned n, int timeout_ms)
{
	sites_init(n, 20000);
	for (unsigned i = 0; i < N_GUEST; i++) {
		snprintf(guest_name[i], sizeof guest_name[i], "guest%u", i);
		guests[i] = (struct guest){ guest_name[i], &identity[3 + i % 13]->pub };
	}
	memset(house, 0, sizeof house);
	for (unsigned i = 0; i < n; i++) {
		house[i].max = ECHO_MAX;
		house[i].config = (struct gate_config){ .name = name[i], .listen = endpoint[i],
			.session = "test", .secret = identity[i], .components = site[i].component,
			.n_components = 2, .guest = guests, .n_guests = N_GUEST,
			.timeout_ms = timeout_ms, .serve = echo, .arg = &house[i] };
	}
}

static void
house_open(unsigned i)
{
	struct fault f = { 0 };

	if (gate_open(&house[i].gate, &house[i].config, &f) != ST_OK)
		fail_msg("%s", f.message);
	site[i].config.gate = house[i].gate;
}

static void
houses_free(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		gate_free(house[i].gate);
		house[i].gate = NULL;
	}
}

/* A guest that visits nodes 0..n-1, one after another. */
struct visitor {
	struct guest_dial_config config;
	unsigned guest, n;
	size_t len;
	enum status st;
	struct fault f;
	pthread_t thread;
};

static void
visitor_init(struct visitor *v, unsigned guest, unsigned n)
{
	*v = (struct visitor){ .guest = guest, .n = n, .len = 100 };
	v->config = (struct guest_dial_config){ .session = "test", .me = guest_name[guest],
		.secret = identity[3 + guest % 13], .components = site[0].component,
		.n_components = 2, .timeout_ms = 20000 };
}

static enum status
dial(struct visitor *v, unsigned node, struct guest_link **l)
{
	v->config.node = name[node];
	v->config.key = &identity[node]->pub;
	if (v->config.endpoint == NULL)
		v->config.endpoint = endpoint[node];
	v->st = guest_dial(l, &v->config, &v->f);
	v->config.endpoint = NULL;
	return v->st;
}

/* Sends len bytes and wants them back. */
static enum status
exchange(struct guest_link *l, struct visitor *v, unsigned node)
{
	uint8_t *out = malloc(v->len), *in = malloc(v->len);
	enum status st;

	for (size_t i = 0; i < v->len; i++)
		out[i] = (uint8_t)(i * 7 + v->guest + node);
	st = guest_send(l, out, v->len);
	if (st == ST_OK)
		st = guest_receive(l, in, v->len);
	if (st == ST_OK && memcmp(out, in, v->len) != 0)
		st = ST_DATA;
	if (st == ST_OK)
		st = guest_finish(l);
	if (st != ST_OK)
		v->f = *guest_fault(l);
	free(out);
	free(in);
	return st;
}

static enum status
visit(struct visitor *v, unsigned node)
{
	struct guest_link *l;

	if (dial(v, node, &l) == ST_OK) {
		v->st = exchange(l, v, node);
		guest_link_free(l);
	}
	return v->st;
}

static void *
visitor_main(void *arg)
{
	struct visitor *v = arg;

	for (unsigned i = 0; i < v->n && v->st == ST_OK; i++)
		v->st = visit(v, i);
	return NULL;
}

static void
visitor_start(struct visitor *v)
{
	assert_int_equal(pthread_create(&v->thread, NULL, visitor_main, v), 0);
}

static void
visitor_join(struct visitor *v)
{
	pthread_join(v->thread, NULL);
	if (v->st != ST_OK)
		print_message("%s: %s\n", guest_name[v->guest], v->f.message);
	assert_int_equal(v->st, ST_OK);
}

/* An honest visit works. */
static void
assert_open_house(unsigned guest)
{
	struct visitor v;

	visitor_init(&v, guest, 1);
	visitor_start(&v);
	visitor_join(&v);
}

/* A node knows that a visit is over a moment after the guest does. */
static void
await_done(struct house *h, unsigned n)
{
	for (unsigned k = 0; k < 10000 && atomic_load(&h->n_done) != n; k++)
		sleep_ms(1);
	assert_int_equal(atomic_load(&h->n_done), n);
}

static unsigned
n_entries(const char *path)
{
	DIR *d = opendir(path);
	unsigned n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

/* Forty guests at three nodes at once, half of them before the nodes are there; the nodes meet and
 * talk meanwhile. */
static void
a_crowd_visits(void)
{
	static struct visitor v[N_BUSY];

	for (unsigned i = 0; i < N_BUSY; i++) {
		visitor_init(&v[i], i, 3);
		v[i].len = i % 4 == 0 ? 300000 : 1 + i;
	}
	for (unsigned i = 0; i < N_BUSY / 2; i++)
		visitor_start(&v[i]);
	for (unsigned i = 0; i < 3; i++) {
		house_open(i);
		site[i].then = talk;
		site_start(i);
	}
	for (unsigned i = N_BUSY / 2; i < N_BUSY; i++)
		visitor_start(&v[i]);
	for (unsigned i = 0; i < 3; i++)
		site_join(i);
	assert_open(3);
	for (unsigned i = 0; i < N_BUSY; i++)
		visitor_join(&v[i]);
	close_all(3);
	assert_open_house(N_GUEST - 1);         /* the gate outlives the channel */
	for (unsigned i = 0; i < 3; i++) {
		await_done(&house[i], N_BUSY + (i == 0));
		assert_in_range(atomic_load(&house[i].n_most), 1, N_GATE_WORKER);
	}
	houses_free(3);
}

static void
a_crowd_visits_over_ipc(void **state)
{
	(void)state;
	houses_init(3, 20000);
	a_crowd_visits();
}

static void
a_crowd_visits_over_tcp(void **state)
{
	(void)state;
	houses_init(3, 20000);
	for (unsigned i = 0; i < 3; i++)
		snprintf(endpoint[i], sizeof endpoint[i], "tcp://127.0.0.1:%d",
		    11000 + (int)(getpid() % 3000) * 3 + (int)i);
	a_crowd_visits();
}

static void
a_thousand_come_one_after_another(void **state)
{
	unsigned n_fd;

	(void)state;
	houses_init(1, 20000);
	house_open(0);
	assert_open_house(0);
	n_fd = n_entries("/proc/self/fd");
	for (unsigned i = 0; i < N_GUEST; i++) {
		struct visitor v;

		visitor_init(&v, i, 1);
		assert_int_equal(visit(&v, 0), ST_OK);
	}
	assert_in_range(n_entries("/proc/self/fd"), 1, n_fd + 4);
	await_done(&house[0], N_GUEST + 1);
	houses_free(1);
}

static void
lengths_around_records(void **state)
{
	static const size_t len[] = { 1, 2, 65535, 65536, 65537, 131072, 131073, ECHO_MAX };

	(void)state;
	houses_init(1, 20000);
	house_open(0);
	for (size_t i = 0; i < sizeof len / sizeof len[0]; i++) {
		struct visitor v;

		visitor_init(&v, 1, 1);
		v.len = len[i];
		assert_int_equal(visit(&v, 0), ST_OK);
	}
	houses_free(1);
}

static void
ids_are_the_same_at_one_connection(void **state)
{
	struct visitor v;
	struct guest_link *l;
	uint8_t id[2][32];

	(void)state;
	houses_init(1, 20000);
	house_open(0);
	for (unsigned k = 0; k < 2; k++) {
		visitor_init(&v, 1, 1);
		assert_int_equal(dial(&v, 0, &l), ST_OK);
		guest_link_id(l, id[k]);
		assert_int_equal(exchange(l, &v, 0), ST_OK);
		guest_link_free(l);
	}
	assert_memory_not_equal(id[0], id[1], 32);
	houses_free(1);
}

/* Whoever is not who the session says is refused, says so after the timeout, and serve is not
 * called. */
static void
the_wrong_ones_are_refused(void **state)
{
	struct visitor v;

	(void)state;
	houses_init(1, 20000);
	house_open(0);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = 300;
	v.config.secret = identity[3];
	assert_int_equal(visit(&v, 0), ST_AUTH);
	assert_says(&v.f, ST_AUTH, name[0]);
	assert_int_equal(gate_doubt(house[0].gate, 5), GATE_WRONG_CALLER);
	visitor_init(&v, 6, 1);
	v.config.timeout_ms = 300;
	v.config.session = "another";
	assert_int_equal(visit(&v, 0), ST_AUTH);
	visitor_init(&v, 7, 1);
	v.config.timeout_ms = 300;
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
	houses_init(2, 20000);
	house[0].config.secret = identity[1];
	house_open(0);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = 300;
	assert_int_equal(visit(&v, 0), ST_AUTH);
	visitor_init(&v, 5, 1);
	v.config.timeout_ms = 300;
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
	houses_init(1, 20000);
	house_open(0);
	memcpy(other, site[0].component, sizeof other);
	other[1].hash[3] ^= 1;
	visitor_init(&v, 8, 1);
	v.config.components = other;
	assert_int_equal(visit(&v, 0), ST_AUTH);
	assert_says(&v.f, ST_AUTH, "\"parameter n\"");
	assert_true(now_ms() - start < 5000);
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
	houses_init(2, 20000);
	house_open(1);
	visitor_init(&v, 5, 1);
	v.config.me = name[0];
	v.config.secret = identity[0];
	v.config.timeout_ms = 300;
	assert_int_equal(dial(&v, 1, &(struct guest_link *){ NULL }), ST_AUTH);
	/* A guest takes the part of node 0: its name is no node's at node 1. */
	site[0].config.timeout_ms = 300;
	site[1].config.timeout_ms = 600;
	site[0].config.peer[0].name = guest_name[5];
	site[0].config.secret = identity[3 + 5];
	open_all(2);
	assert_says(&site[0].f, ST_AUTH, "refuses");
	assert_says(&site[1].f, ST_NET, name[0]);
	assert_int_equal(atomic_load(&house[1].n_begun), 0);
	houses_free(2);
}

static void
names_stand_once(void **state)
{
	struct gate *g;
	struct fault f = { 0 };

	(void)state;
	houses_init(1, 20000);
	guests[7].name = "guest9";
	assert_int_equal(gate_open(&g, &house[0].config, &f), ST_USAGE);
	assert_says(&f, ST_USAGE, "guest9");
	assert_null(g);
	guests[7].name = name[0];
	house_open(0);
	open_all(1);
	assert_says(&site[0].f, ST_USAGE, "site0 is a node and a guest");
	houses_free(1);
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
	nng_aio_set_timeout(l->send_aio, 10000);
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
	houses_init(1, 5000);
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
	houses_init(1, 5000);
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
	houses_init(1, 700);
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

/* A node that takes its time says that it lives; one whose guests all hang is free again when their
 * visits have lasted too long. */
static void
a_busy_node_lives(void **state)
{
	struct visitor v[N_BUSY];

	(void)state;
	houses_init(1, 20000);
	house[0].config.timeout_ms = 400;
	house[0].hold_ms = 900;
	house_open(0);
	for (unsigned i = 0; i < N_BUSY; i++) {
		visitor_init(&v[i], i, 1);
		v[i].config.timeout_ms = 400;
		v[i].len = i % 2 == 0 ? 10 : 200000;
		visitor_start(&v[i]);
	}
	for (unsigned i = 0; i < N_BUSY; i++)
		visitor_join(&v[i]);
	assert_int_equal(atomic_load(&house[0].n_most), N_GATE_WORKER);
	houses_free(1);
}

static void
a_visit_ends(void **state)
{
	struct guest_link *l[N_GATE_WORKER];
	struct visitor v;

	(void)state;
	houses_init(1, 20000);
	house[0].config.visit_ms = 500;
	house_open(0);
	for (unsigned i = 0; i < N_GATE_WORKER; i++) {
		visitor_init(&v, i, 1);
		assert_int_equal(dial(&v, 0, &l[i]), ST_OK);
	}
	assert_open_house(20);
	assert_true(atomic_load(&house[0].n_failed) >= 1);
	for (unsigned i = 0; i < N_GATE_WORKER; i++)
		guest_link_free(l[i]);
	houses_free(1);
}

/* The same guest from many processes: each is served, two at a time. */
static void
one_guest_many_times(void **state)
{
	struct visitor v[8];

	(void)state;
	houses_init(1, 20000);
	house[0].hold_ms = 20;
	house_open(0);
	for (unsigned i = 0; i < 8; i++) {
		visitor_init(&v[i], 1, 1);
		visitor_start(&v[i]);
	}
	for (unsigned i = 0; i < 8; i++)
		visitor_join(&v[i]);
	await_done(&house[0], 8);
	assert_in_range(atomic_load(&house[0].n_most), 1, N_VISIT_MAX);
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
	houses_init(1, 20000);
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
	for (unsigned k = 0; k < 5000 && n_entries("/proc/self/fd") > n_fd + 8; k++)
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

/* Every byte of a visit flipped, or the end of it: a spoilt handshake is tried again, a spoilt
 * record ends the visit; never does anyone take what was not sent. */
static void
no_byte_can_be_spoilt(void **state)
{
	unsigned n_spoilt = 0;
	struct visitor v;
	struct guest_link *l;

	(void)state;
	houses_init(1, 300);
	house_open(0);
	spoilt_open();
	for (unsigned k = 0; k < 4; k++) {
		spoilt.direction = k % 2;
		spoilt.cut = k >= 2;
		for (spoilt.at = 0;; spoilt.at += spoilt.cut ? 3 : 1) {
			atomic_store(&spoilt.armed, true);
			visitor_init(&v, 1 + (unsigned)(spoilt.at % 500), 1);
			v.config.endpoint = spoilt.url;
			v.config.timeout_ms = 1000;
			if (dial(&v, 0, &l) == ST_OK) {
				v.st = exchange(l, &v, 0);
				guest_link_free(l);
			}
			assert_true(v.st == ST_OK || v.st == ST_AUTH || v.st == ST_NET
			    || v.st == ST_ABORT);
			if (atomic_load(&spoilt.armed))
				break;
			n_spoilt++;
		}
		assert_int_equal(v.st, ST_OK);
	}
	/* Three messages of the handshake, welcome, 100 bytes, CLOSE and CLOSED: both ways. */
	assert_true(n_spoilt > 800);
	assert_open_house(1);
	spoilt_close();
	houses_free(1);
}

/* Closing with grace lets visits end; without, it cuts them. */
static void
a_gate_closes(void **state)
{
	struct visitor v;
	struct guest_link *l;
	uint8_t b[8] = { 0 };
	uint64_t start;

	(void)state;
	houses_init(1, 20000);
	house[0].hold_ms = 200;
	house_open(0);
	visitor_init(&v, 1, 1);
	visitor_start(&v);
	while (atomic_load(&house[0].n_begun) == 0)
		sleep_ms(1);
	gate_close(house[0].gate, 10000);
	visitor_join(&v);
	houses_free(1);
	houses_init(1, 20000);
	house_open(0);
	visitor_init(&v, 1, 1);
	assert_int_equal(dial(&v, 0, &l), ST_OK);
	start = now_ms();
	gate_close(house[0].gate, 0);
	assert_true(now_ms() - start < 5000);
	assert_int_equal(guest_receive(l, b, 8), ST_NET);
	assert_int_equal(atomic_load(&house[0].n_failed), 1);
	guest_link_free(l);
	houses_free(1);
}

/* Whichever allocation fails, at the node or the guest: a status, or another attempt. */
static void
no_memory_is_a_status(void **state)
{
	struct visitor v;
	struct fault f;
	enum status st;
	bool enough = false;

	(void)state;
	for (uint64_t at = 1; !enough; at++) {
		houses_init(1, 2000);
		memset(&f, 0, sizeof f);
		visitor_init(&v, 1, 1);
		v.config.timeout_ms = 2000;
		mem_fail_at(at);
		st = gate_open(&house[0].gate, &house[0].config, &f);
		if (st == ST_OK)
			st = visit(&v, 0);
		gate_free(house[0].gate);
		house[0].gate = NULL;
		enough = mem_count() < at;
		mem_fail_at(0);
		assert_true(st == ST_OK || st == ST_INTERNAL || (!enough && st == ST_NET));
		assert_true(at < 100);
	}
	assert_int_equal(st, ST_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_visits_over_ipc),
		cmocka_unit_test(a_crowd_visits_over_tcp),
		cmocka_unit_test(a_thousand_come_one_after_another),
		cmocka_unit_test(lengths_around_records),
		cmocka_unit_test(ids_are_the_same_at_one_connection),
		cmocka_unit_test(the_wrong_ones_are_refused),
		cmocka_unit_test(a_wrong_node_is_not_believed),
		cmocka_unit_test(another_component_is_named_at_once),
		cmocka_unit_test(roles_cannot_be_exchanged),
		cmocka_unit_test(names_stand_once),
		cmocka_unit_test(garbage_is_a_deviation),
		cmocka_unit_test(a_status_of_a_node_is_told),
		cmocka_unit_test(who_hangs_or_leaves_is_noticed),
		cmocka_unit_test(a_busy_node_lives),
		cmocka_unit_test(a_visit_ends),
		cmocka_unit_test(one_guest_many_times),
		cmocka_unit_test(strangers_do_no_harm),
		cmocka_unit_test(no_byte_can_be_spoilt),
		cmocka_unit_test(a_gate_closes),
		cmocka_unit_test(no_memory_is_a_status),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
