/* stored.h: what a node has of one party's contribution: its shares of all that party's inputs. */
#ifndef KONSIL_STORED_H
#define KONSIL_STORED_H

#include "contribution.h"
#include "guest_wire.h"

struct stored_part {
	bool stream;                    /* else the correction */
	uint8_t key[CONTRIBUTION_KEY_BYTES];    /* of the stream; or to hash the correction with */
	struct prg prg;
	uint8_t *vector;
	uint64_t len, room;
	uint8_t hash[16];               /* equal at both holders; says nothing to the third node */
};

/* Secret; stored_fini wipes. */
struct stored {
	bool there;
	struct guest_head head;
	struct contribution_plan plan;
	struct stored_part part[N_HELD_MAX];
	uint64_t granted;               /* bytes of vectors that may come: guests_impl.h */
};

/* Room for a contribution of a party; part h is a stream unless it is the correction. */
enum status stored_init(struct stored *s, const struct study *study, uint32_t party,
    const struct guest_head *head, unsigned node) MUST_USE;
void stored_fini(struct stored *s);

/* Part h: its key; of the correction, the next bytes.  done: all of it is there. */
void stored_key(struct stored *s, unsigned h, const uint8_t key[CONTRIBUTION_KEY_BYTES]);
enum status stored_append(struct stored *s, unsigned h, const void *bytes, size_t len) MUST_USE;
void stored_done(struct stored *s);

/* Part h of part `part` of an input, as n numbers of `width` bits, or as limbs of strings of
 * bits. */
void stored_numbers(void *out, unsigned width, const struct stored *s, unsigned h, uint32_t input,
    uint32_t part, uint64_t n);
void stored_limbs(uint64_t *out, const struct stored *s, unsigned h, uint32_t input, uint64_t n);

/* n strings of bits, of `limbs` words each, to planes. */
void stored_planes(uint64_t *planes, unsigned width, const uint64_t *a, size_t limbs, uint64_t n);

#endif
