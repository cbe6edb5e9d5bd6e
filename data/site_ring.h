/*
 * site_ring: the site's keys as a key ring, for programs that hold the key file.
 *
 * A generation that was added after the file was read is found by reading it again, so a rotation
 * needs no restart of whoever is at work.
 *
 * Invariants
 * 1. What was read once stays: a file whose older keys have changed is refused, not taken over.
 * 2. The keys are wiped by site_ring_close.
 *
 * Threading: any thread, until site_ring_close.
 */
#ifndef TK_DATA_SITE_RING_H
#define TK_DATA_SITE_RING_H

#include "core/box_office.h"
#include "data/keyfile.h"

struct site_ring;

/* Reads the keys, as keyfile_load does. */
enum tk_code site_ring_open(const struct keyfile *file, bool make_new,
                            const struct office_ports *ports, struct site_ring **ring,
                            struct tk_error *error);
/* NULL is fine. */
void site_ring_close(struct site_ring *ring);
/* As keyfile_add: the generation after `known`, or what somebody added already. */
enum tk_code site_ring_add(struct site_ring *ring, int known, const struct office_ports *ports,
                           struct tk_error *error);

/* In all that follows NULL is a ring without keys. */

/* Generations read so far. */
int site_ring_count(struct site_ring *ring);
/* TK_OK when there is a key of that generation, now that the file is read again where needed. */
enum tk_code site_ring_require(struct site_ring *ring, int64_t generation, struct tk_error *error);
/* Generation 1, the root of what else needs a key; zero when there is none. To be wiped. */
struct crypto_key site_ring_root(struct site_ring *ring);
/* The ring as the box office wants it; borrows `ring`. Generation 0 is the newest one read, for a slot
   without tickets has no passes yet. TK_CONFIG with a sentence that names the file for a generation
   that is not in it. */
struct key_ring site_ring_keys(struct site_ring *ring);

#endif
