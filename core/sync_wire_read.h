/*
 * sync_wire_read: what the readers of requests (sync_wire_request.c) and replies
 * (sync_wire_reply.c) share. Anybody may have sent them: every number has a range, every list a
 * bound, and what is refused is named. All fail with the reading's refusal, or TK_NO_MEMORY.
 */
#ifndef TK_CORE_SYNC_WIRE_READ_H
#define TK_CORE_SYNC_WIRE_READ_H

#include "core/sync.h"

/* An object at hand. */
struct reading {
    const struct json *object;
    enum tk_code refusal; /* of what is not as it should be */
    bool strict;          /* what is missing is refused too; else it is 0, "", false */
    struct tk_error *error;
};

enum tk_code reading_refuse(const struct reading *reading, const char *name, const char *must_be);
/* *value gets the member, NULL when it is missing, which null says as well. */
enum tk_code reading_find(const struct reading *reading, const char *name,
                          const struct json **value);

/* A whole number of 64 bits, signed or not. */
struct whole {
    const char *name;
    size_t offset;
    int64_t least, most;
};

#define WHOLE(type, name, member, least, most)           \
    {                                                    \
        name, offsetof(struct type, member), least, most \
    }

/* Reads them all; the list ends with a NULL name. */
enum tk_code reading_wholes(const struct reading *reading, const struct whole *wholes, void *into);
enum tk_code reading_flag(const struct reading *reading, const char *name, bool *flag);
enum tk_code reading_bytes(const struct reading *reading, const char *name, uint8_t *bytes,
                           size_t size);
/* `text` gets it as it is printed; may be NULL. */
enum tk_code reading_uuid(const struct reading *reading, const char *name, struct op_id *id,
                          char text[OP_ID_TEXT_MAX]);
/* The member deviceName. */
enum tk_code reading_device(const struct reading *reading, char device[DEVICE_SIZE]);

/* A list and how one of its things is read. */
struct items {
    const char *name;
    size_t most;
    enum tk_code (*add)(void *into, const struct json *item, struct tk_error *error);
    void *into;
};

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

enum tk_code reading_lists(const struct reading *reading, const struct items *lists, size_t count);

#endif
