/*
 * pydantic: values of a query string, read as FastAPI 0.92 with pydantic 1.10 read them, so that
 * the clients of the replaced API get the same answers to the same texts, right or wrong.
 *
 * Sources: pydantic 1.10 (fields, validators.py, datetime_parse.py, errors.py), FastAPI 0.92
 * (request_params_to_args), Python's int(), float(), re and datetime.
 *
 * Invariants
 * 1. A value that is refused leads to one error object: {"loc":["query",NAME],"msg":…,"type":…} and
 *    perhaps "ctx":{…}, in this order, as FastAPI lists them under "detail".
 * 2. Pure: no clock, no zone, no store. What the box office's rules say about a value is said
 *    elsewhere.
 */
#ifndef TK_UI_HTTP_PYDANTIC_H
#define TK_UI_HTTP_PYDANTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/form.h"
#include "core/time.h"

enum pydantic_type { PYDANTIC_STR, PYDANTIC_INT, PYDANTIC_DATETIME, PYDANTIC_ENUM };

/* A parameter; all are required. */
struct pydantic_field {
    const char *name;
    enum pydantic_type type;
    bool bounded; /* PYDANTIC_INT: is `least` or more (Query(ge=…)) */
    int64_t least;
    const char *schema;         /* PYDANTIC_ENUM: the name of the class in the reference … */
    const char *const *choices; /* … and its values, NULL-ended */
};

/* What Python's datetime holds: years 1 to 9999. civil.offset counts with has_offset only. */
struct pydantic_datetime {
    struct civil_time civil;
    bool has_offset;
};

/* The member that the field's type says. */
struct pydantic_value {
    const char *text; /* PYDANTIC_STR; borrowed from the form; ends with NUL … */
    size_t length;    /* … and may hold others */
    int64_t number;
    struct pydantic_datetime time;
    size_t choice; /* index into choices */
};

/* Reads the last value of that name. False when it is missing or refused: the error object is then
   appended to errors, with a comma before it unless a '[' stands there. */
bool pydantic_read(const struct form *form, const struct pydantic_field *field,
                   struct pydantic_value *value, struct buffer *errors);
/* Appends an error object without ctx, for rules that come after reading. */
void pydantic_put_error(struct buffer *errors, const char *name, const char *message,
                        const char *type);

/* int(text): any length; beyond int64 the least or greatest one. False where Python raises. */
bool pydantic_int(const char *text, size_t length, int64_t *value);
/* float(text) likewise, infinities and NaN included. Numbers of more than 16000 characters are
   refused, which no head of a request holds. */
bool pydantic_float(const char *text, size_t length, double *value);

enum pydantic_refusal { PYDANTIC_FINE, PYDANTIC_NO_DATETIME, PYDANTIC_NAN };

/* parse_datetime(text): a number is seconds since 1970 or, beyond 2e10 either way, milliseconds. */
enum pydantic_refusal pydantic_datetime(const char *text, size_t length,
                                        struct pydantic_datetime *time);

#define PYDANTIC_ISO_SIZE 40
/* datetime.isoformat(): 2020-11-01T12:22:00, microseconds when there are any, then the offset when
   there is one. */
void pydantic_isoformat(char text[PYDANTIC_ISO_SIZE], const struct pydantic_datetime *time);

#endif
