/* chan_layer.h: what the channels that lie over another one share. */
#ifndef KONSIL_CHAN_LAYER_H
#define KONSIL_CHAN_LAYER_H

#include "chan.h"

/* Takes over the fault of the channel below; st passes through. */
static inline MUST_USE enum status
layer_status(struct chan *c, const struct chan *under, enum status st)
{
	if (st != ST_OK && c->fault.st == ST_OK)
		c->fault = under->fault;
	return st;
}

#endif
