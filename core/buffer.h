/*
 * buffer: text that grows up to a limit given by its user.
 *
 * An append that would pass the limit or finds no memory sets `failed` and changes nothing more,
 * so a run of appends is checked once at its end. The text always ends with NUL.
 */
#ifndef TK_CORE_BUFFER_H
#define TK_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    char *data; /* owned; NULL until the first append */
    size_t length;
    size_t capacity;
    size_t limit; /* bytes of text at most */
    bool failed;
};

void buffer_init(struct buffer *buffer, size_t limit);
void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer);
/* The text so far, "" when empty; borrowed until the next call. */
const char *buffer_text(const struct buffer *buffer);

void buffer_add(struct buffer *buffer, const char *text, size_t length);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_char(struct buffer *buffer, char c);
void buffer_addf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A writer of compact JSON (RFC 8259) into a buffer. Names may be NULL inside arrays. Commas are
 * put by looking at the byte before.
 */
void json_put_open(struct buffer *buffer, const char *name, char bracket);
void json_put_close(struct buffer *buffer, char bracket);
void json_put_text(struct buffer *buffer, const char *name, const char *value);
void json_put_int(struct buffer *buffer, const char *name, int64_t value);
void json_put_bool(struct buffer *buffer, const char *name, bool value);
void json_put_null(struct buffer *buffer, const char *name);
/* Appends text that is JSON already. */
void json_put_raw(struct buffer *buffer, const char *name, const char *json);

#endif
