#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>

enum tk_code tk_fail(struct tk_error *error, enum tk_code code, const char *format, ...)
{
    va_list args;

    if (!error)
        return code;
    error->code = code;
    va_start(args, format);
    vsnprintf(error->message, sizeof error->message, format, args);
    va_end(args);
    return code;
}

enum tk_code tk_fail_code(struct tk_error *error, enum tk_code code)
{
    return tk_fail(error, code, "%s", tk_code_sentence(code));
}
