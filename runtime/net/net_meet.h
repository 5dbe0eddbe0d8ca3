/* net_meet.h: how the nodes of a session come together: listening, dialing, handshakes.
 *
 * One thread accepts, one dials each peer of a higher index, one runs the handshake of each
 * connection that came in; all of them are straight-line code over blocking calls with a deadline.
 * What they find out is in the places, under net->lock, and is signalled by net->event. */
#ifndef KONSIL_NET_MEET_H
#define KONSIL_NET_MEET_H

#include "chan_nng.h"
#include "net_link.h"

enum {
	HELLO_MS = 5000,                /* a caller's handshake is over by then, or is dropped */
	N_PENDING_MAX = 32,             /* callers at a time; the oldest makes room */
};

/* Taken: its link is being started. */
enum place_state { PLACE_EMPTY, PLACE_TAKEN, PLACE_GRANTED, PLACE_DIFFERS };

/* What came of an attempt with the peer's name that failed. */
enum place_doubt {
	NO_DOUBT,
	WRONG_CALLER,                   /* called with its name, but not with its key */
	WRONG_ANSWER,                   /* what answers at its address is not this peer */
	REFUSED,                        /* it does not take us for who we say we are */
};

struct place {
	enum place_state state;
	enum place_doubt doubt;         /* of the last attempt */
	char differs[COMPONENT_NAME];
};

struct meet;

/* Begins to listen and to dial; links[i] is started when i's place is granted.  Both config and
 * links outlive the meet.  ST_USAGE or ST_NET, with f, if it cannot listen. */
enum status meet_start(struct meet **out, const struct chan_nng_config *config, struct net *net,
    struct net_link links[], struct fault *f) MUST_USE;
/* With net->lock held: what is known about each node. */
const struct place *meet_places(const struct meet *m);
/* Ends all attempts and threads; granted links stay, and places change no more. */
void meet_stop(struct meet *m);
/* Stops if that was not done; takes NULL. */
void meet_free(struct meet *m);

#endif
