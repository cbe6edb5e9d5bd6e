/*
 * invite: how a device is let in by a one-time code.
 *
 *            invite                redeem, within INVITE_LASTS
 *   (none) ─────────▶ invited ─────────────────────────────────▶ used; the device is enrolled
 *                        │ after INVITE_LASTS: of no use
 *
 * The code is 50 random bits, ten characters of Crockford base 32, of which the store keeps the
 * digest alone. An administrator makes it, the device sends it with a token that it made itself: so
 * what was sent again because the answer was lost is the same, and nobody else ever had the token.
 */
#ifndef TK_CORE_INVITE_H
#define TK_CORE_INVITE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto.h"
#include "core/device.h"
#include "core/error.h"
#include "core/record.h"

#define INVITE_PREFIX "invite/"
#define DEVICE_NOTE_PREFIX "device/"
#define INVITE_LASTS (10 * TIME_MINUTE)
#define INVITE_CODE_SIZE 12 /* "7K3QF-9XW2M" with the NUL */

struct invitation {
    char name[DEVICE_SIZE];
    enum role role;
    bool attended; /* people sign on at it: by itself it syncs, and does nothing that a person does
                    */
    int64_t until; /* UTC µs */
    int64_t used_at; /* UTC µs; 0: not yet */
};

/* What is said of an enrolled device beyond its token. */
struct device_note {
    bool attended;
};

/* The code that these random bits (the low 50) make, and its digest; people type it in any case,
   with or without the dash. False when it is not of a code's form. */
void invite_code_print(char code[INVITE_CODE_SIZE], uint64_t random);
bool invite_code_hash(const char *code, uint8_t hash[CRYPTO_HASH_SIZE]);

void invite_key(char key[RECORD_KEY_SIZE], const uint8_t code_hash[CRYPTO_HASH_SIZE]);
enum tk_code invite_print(const struct invitation *invitation, struct record *record);
enum tk_code invite_read(const struct record *record, struct invitation *invitation);

void device_note_key(char key[RECORD_KEY_SIZE], const char *name);
enum tk_code device_note_print(const struct device_note *note, struct record *record);
/* A record that is gone says nothing: not attended. */
enum tk_code device_note_read(const struct record *record, struct device_note *note);

#endif
