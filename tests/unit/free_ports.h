/* free_ports.h: TCP ports of this machine that nobody listens at. */
#ifndef KONSIL_FREE_PORTS_H
#define KONSIL_FREE_PORTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* n ports as the system gives them, all held until it gave the last, so that none comes twice. */
static void
free_ports(int *port, unsigned n)
{
	int fd[16];

	assert_true(n <= sizeof fd / sizeof fd[0]);
	for (unsigned i = 0; i < n; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET,
			.sin_addr = { htonl(INADDR_LOOPBACK) } };
		socklen_t len = sizeof at;

		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(bind(fd[i], (struct sockaddr *)&at, sizeof at), 0);
		assert_int_equal(getsockname(fd[i], (struct sockaddr *)&at, &len), 0);
		port[i] = ntohs(at.sin_port);
	}
	for (unsigned i = 0; i < n; i++)
		close(fd[i]);
}

#endif
