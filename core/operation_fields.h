/*
 * operation_fields: the members of each kind of operation, once: for operation_json.c (writing),
 * operation_read.c (reading) and the reference of the service.
 */
#ifndef TK_CORE_OPERATION_FIELDS_H
#define TK_CORE_OPERATION_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/operation.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INT, /* int64_t */
    FIELD_INT32,
    FIELD_TIME, /* int64_t of UTC µs; read from a text as well */
    FIELD_TYPE, /* enum slot_type by name */
    FIELD_GENRE,
    FIELD_SLOT, /* slot id, int64_t */
    FIELD_TICKET,
    FIELD_CUSTOMER,
    FIELD_ROLE, /* enum role by name */
    FIELD_HASH, /* CRYPTO_HASH_SIZE bytes as hexadecimal digits */
    FIELD_OPERATION, /* struct op_id; optional when it may be zero */
    FIELD_BOOL  /* always optional: left out when false */
};

#define OPERATION_FIELDS_MAX 24 /* of an operation with its head, and NULL */

struct field {
    const char *name;
    enum field_type type;
    size_t offset, size;
    bool personal; /* left out of the journal */
    bool optional; /* left out when empty or 0 */
    int64_t fallback; /* what a front door takes when it is not given; 0: it must be given. Always
                         written, so a stored operation says what it meant. FIELD_INT alone */
};

/* Each list ends with a NULL name. */
extern const struct field *const operation_fields[OP_KIND_COUNT];
extern const struct field operation_outcome_fields[];

#endif
