/* wire_format.h: every message that two nodes send each other, byte by byte.
 *
 * All numbers are little-endian.  A connection is one stream (tcp, ipc): the three messages of the
 * handshake, then records in both directions until it closes.
 *
 * Handshake, Noise_KK_25519_AESGCM_BLAKE2b [Perrin, The Noise Protocol Framework, rev. 34].  The
 * prologue, which is not sent, is the version (2 bytes), the initiator's role (1) and three strings
 * (2 bytes of length, then bytes): the initiator's name, the responder's, the session's.
 *
 *   head        0  4  "KNSL"
 *               4  2  version (LINK_VERSION)
 *               6  2  length of what follows
 *
 *   1. hello    head; 1 initiator's role (enum link_role); its name (2 bytes of length, bytes);
 *               32 e; components, encrypted; 16 tag            -> e, es, ss
 *   2. answer   head; 32 e; components, encrypted; 16 tag      <- e, ee, se
 *               a length of 0 is a refusal, and says nothing more
 *   3. confirm  head; 1 verdict, encrypted with the key of Split; 16 tag
 *
 *   components  2 their number; for each its name (2 bytes of length, bytes) and 32 bytes of hash
 *   verdict     0 the components are the same, 1 they differ
 *
 * The responder grants the initiator's place after message 3 only, since message 1 could be a
 * replay.  The keys of records are derived from Split's, the handshake hash and one's own
 * components: nodes that differ could not talk even if they overlooked it.
 *
 * Record, numbered from 0 in each direction; the number is not sent:
 *
 *               0  4  len, bytes of plaintext, at most RECORD_MAX
 *               4  1  type (enum record_type)
 *               5  1  1 if the message goes on in the next record, else 0
 *               6  2  0
 *               8  8  SipHash-2-4 of bytes 0..7 and the record's number (8 bytes)
 *              16 len ciphertext, AES-256-GCM; nonce: 4 zero bytes, the number (8 bytes);
 *                     associated data: bytes 0..15
 *          16+len 16  tag
 *
 * The hash of the header lets a receiver refuse an altered length before it waits for that many
 * bytes; the tag covers the header again.
 *
 *   RECORD_DATA     a message, or a piece of one
 *   RECORD_CONTROL  a message of the channel itself (session nonces); to a guest, empty: come in
 *   RECORD_CLOSE    no more messages will come; empty
 *   RECORD_CLOSED   the peer's RECORD_CLOSE has arrived; empty, last record of a clean end
 *   RECORD_STOP     the sender gives up: 1 its status, 1 the node because of which (255: itself)
 *   RECORD_ALIVE    the sender's process lives, though it has had nothing to say; empty */
#ifndef KONSIL_WIRE_FORMAT_H
#define KONSIL_WIRE_FORMAT_H

enum {
	LINK_VERSION = 2,
	HEAD_BYTES = 8,
	HELLO_MAX = 16 << 10,           /* longest handshake message after its head */
	NODE_NAME_MAX = 64,            /* a node's name, with the final NUL */
	N_COMPONENT_MAX = 128,          /* so that a list of the longest names fits HELLO_MAX */

	RECORD_HEAD = 16,
	RECORD_TAG = 16,
	RECORD_OVERHEAD = RECORD_HEAD + RECORD_TAG,
	RECORD_MAX = 64 << 10,          /* GCM is as fast as with longer ones, and stays in cache */
};

/* What a caller wants to be; who is called is always a node. */
enum link_role {
	ROLE_NODE,
	ROLE_GUEST,
};

enum record_type {
	RECORD_DATA = 1,
	RECORD_CONTROL,
	RECORD_CLOSE,
	RECORD_CLOSED,
	RECORD_STOP,
	RECORD_ALIVE,
};

#endif
