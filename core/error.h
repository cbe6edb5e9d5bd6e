/*
 * error: a code with a full sentence.
 *
 * Functions return the code; the sentence is optional (pass NULL) and untouched on success.
 */
#ifndef TK_CORE_ERROR_H
#define TK_CORE_ERROR_H

#include "core/status.h"

#define TK_MESSAGE_MAX 512

struct tk_error {
    enum tk_code code;
    char message[TK_MESSAGE_MAX];
};

/* Fills *error (which may be NULL) and returns code. The sentence is cut at TK_MESSAGE_MAX. */
enum tk_code tk_fail(struct tk_error *error, enum tk_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with the code's own sentence. */
enum tk_code tk_fail_code(struct tk_error *error, enum tk_code code);

#endif
