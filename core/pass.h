/*
 * pass: the text in a ticket's QR.
 *
 * Format (version 1). A pass is 20 characters of Crockford base 32 in upper case:
 *
 *     pass     = ticket mac
 *     ticket   = base32(T, 10)          T: the ticket's 50-bit id
 *     mac      = base32(M, 10)          M: the first 50 bits, most significant first, of
 *                                          BLAKE2b-256(key = slot key, message)
 *     message  = "tkpass01" || be64(T) || be64(S)         24 bytes; S: the slot's id
 *     slot key = BLAKE2b-256(key = site key, "slot-key" || be64(S))
 *
 * The site key of a slot is the one whose generation the slot took with its first ticket, so a door
 * needs one slot key per slot. A pass made in training mode is for no slot and made with a key that
 * everybody knows, so that a real door can say what it is:
 *
 *     mac      = base32(M, 10)          M: the first 50 bits of
 *                                          BLAKE2b-256(key = 32 zero bytes, "tktrain1" || be64(T))
 *
 * be64 is 8 bytes big-endian; base32(x, n) writes the low 5n bits, most significant digit first.
 * BLAKE2b is RFC 7693; the digits are those of https://www.crockford.com/base32.html. Test vectors
 * are in tests/unit/test_pass.c.
 *
 * 20 characters of QR's alphanumeric set make a version-1 code at level M (21 x 21 modules;
 * ISO/IEC 18004 table 7). A door with slot keys alone can say whether a pass is genuine and for
 * which slot; a chance guess passes with a probability of 2^-50 per slot key.
 *
 * Every function here is pure.
 */
#ifndef TK_CORE_PASS_H
#define TK_CORE_PASS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"

#define PASS_LENGTH 20
#define PASS_SIZE (PASS_LENGTH + 1)
#define PASS_GROUPED_SIZE 24 /* "7K3QF 9XW2M AB3DE 12345" */

struct crypto_key pass_slot_key(const struct crypto_key *site_key, int64_t slot_id);
void pass_make(char pass[PASS_SIZE], const struct crypto_key *slot_key, uint64_t ticket_id,
               int64_t slot_id);
/* Reads a pass as typed or scanned (any case, spaces, dashes, O I L); false when it is none. The
   mac is not checked: *ticket_id is what the pass claims. */
bool pass_parse(const char *text, uint64_t *ticket_id, char pass[PASS_SIZE]);
/* Whether the pass is genuine and for this slot; in constant time. `pass` is from pass_parse. */
bool pass_check(const char pass[PASS_SIZE], const struct crypto_key *slot_key, int64_t slot_id);
/* The pass of a ticket in training mode, and whether a pass from pass_parse is one. */
void pass_make_training(char pass[PASS_SIZE], uint64_t ticket_id);
bool pass_is_training(const char pass[PASS_SIZE]);
/* In groups of five, as it is printed, typed and spoken. */
void pass_group(char text[PASS_GROUPED_SIZE], const char pass[PASS_SIZE]);

#endif
