/* library.h: the builders behind library.def: out has as many wires as the table says. */
#ifndef KONSIL_LIBRARY_H
#define KONSIL_LIBRARY_H

#include "net.h"

typedef void library_run(struct net *n, wire *out);

library_run library_aes_128, library_aes_256, library_sha_256, library_sha_256_compress;

#endif
