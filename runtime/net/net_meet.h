/* net_meet.h: how the nodes of a session come together: dialing, being called, handshakes.
 *
 * One thread dials each peer of a higher index; who calls comes in through a door (net_door.h) with
 * a thread of its own.  All of them are straight-line code over blocking calls with a deadline.
 * What they find out is in the places, under net->lock, and is signalled by net->event. */
#ifndef KONSIL_NET_MEET_H
#define KONSIL_NET_MEET_H

#include "chan_nng.h"
#include "net_link.h"
#include "net_shake.h"

/* Taken: its link is being started. */
enum place_state { PLACE_EMPTY, PLACE_TAKEN, PLACE_GRANTED, PLACE_DIFFERS };

struct place {
	enum place_state state;
	enum shake_doubt doubt;         /* of the last attempt */
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
