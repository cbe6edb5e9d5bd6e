/*
 * id: the numbers by which people and programs name things.
 *
 * Ticket     TKT + 10 characters, customer U + 10 characters: 50 bits in Crockford base 32
 *            (https://www.crockford.com/base32.html), most significant first.
 * Slot       a decimal number of 6 to 15 digits.
 * Operation  128 bits that rise with time: UUID version 7 (RFC 9562), written as one.
 *
 * Invariants
 * 1. A store counts tickets and customers from 1 upward; what people see is that count through a
 *    keyed permutation of the 50-bit numbers, so ids are unique by construction, not guessable,
 *    and tell nothing about sales. 0 is no id.
 * 2. id_number(id_make(n)) = n for every n in 1 … 2^50-1 whose id is not 0.
 *
 * The permutation is a balanced Feistel network of 8 rounds over two 25-bit halves with SipHash-2-4
 * as round function (Luby and Rackoff 1988; Black and Rogaway, "Ciphers with arbitrary finite
 * domains", 2002).
 */
#ifndef TK_CORE_ID_H
#define TK_CORE_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto.h"

#define ID_BITS 50
#define ID_MAX ((UINT64_C(1) << ID_BITS) - 1)
#define ID_DIGITS 10 /* base-32 characters of 50 bits */
#define ID_TEXT_MAX 20
#define SLOT_ID_FIRST INT64_C(100000)
#define SLOT_ID_MAX INT64_C(999999999999999)
#define OP_ID_TEXT_MAX 37

enum id_kind { ID_TICKET, ID_CUSTOMER };

/* The key of the permutation; each kind of id has its own permutation under it. */
struct id_key {
    uint8_t bytes[CRYPTO_SHORT_KEY_SIZE];
};

uint64_t id_make(const struct id_key *key, enum id_kind kind, uint64_t number);
uint64_t id_number(const struct id_key *key, enum id_kind kind, uint64_t id);

/* TKT7K3QF9XW2M, U7K3QF9XW2M; "" for 0. */
void id_print(char text[ID_TEXT_MAX], enum id_kind kind, uint64_t id);
/* Reads an id as people type it: any case, O for 0, I and L for 1, spaces and dashes anywhere; the
   prefix may be left out for a ticket. False when it is none. */
bool id_parse(enum id_kind kind, const char *text, uint64_t *id);
/* A slot's id: 6 to 15 digits. */
bool slot_id_parse(const char *text, int64_t *id);

/* `count` base-32 characters of the low 5 * count bits, with a NUL. */
void base32_print(char *text, uint64_t value, int count);
/* Reads `count` base-32 characters, any case, O, I and L taken for 0, 1, 1. */
bool base32_parse(const char *text, int count, uint64_t *value);
/* Copies the letters and digits of src, upper case, others but space and dash make it fail. */
bool base32_squeeze(char *dst, size_t size, const char *src);

struct op_id {
    uint8_t bytes[16];
};

/* A UUIDv7 from UTC milliseconds and 10 random bytes. */
struct op_id op_id_make(int64_t unix_ms, const uint8_t random[10]);
/* An id for one of several steps of a request: the same for the same request and step. */
struct op_id op_id_derive(const struct op_id *request, uint64_t step);
bool op_id_equal(const struct op_id *a, const struct op_id *b);
bool op_id_is_zero(const struct op_id *id);
void op_id_print(char text[OP_ID_TEXT_MAX], const struct op_id *id);
bool op_id_parse(struct op_id *id, const char *text);

#endif
