#include "core/status.h"

#include <string.h>

static const struct status {
    const char *name;
    int http;
    int exit;
    const char *sentence;
} statuses[TK_CODE_COUNT] = {
#define X(code, name, http, exit, sentence) [code] = {name, http, exit, sentence},
    TK_STATUS_TABLE(X)
#undef X
};

static const struct status *status_get(enum tk_code code)
{
    return &statuses[(unsigned)code < TK_CODE_COUNT ? code : TK_INTERNAL];
}

const char *tk_code_name(enum tk_code code)
{
    return status_get(code)->name;
}

const char *tk_code_sentence(enum tk_code code)
{
    return status_get(code)->sentence;
}

int tk_code_http(enum tk_code code)
{
    return status_get(code)->http;
}

int tk_code_exit(enum tk_code code)
{
    return status_get(code)->exit;
}

enum tk_code tk_code_parse(const char *name)
{
    for (int i = 0; i < TK_CODE_COUNT; i++)
        if (strcmp(statuses[i].name, name) == 0)
            return (enum tk_code)i;
    return TK_CODE_COUNT;
}

int tk_code_is_refusal(enum tk_code code)
{
    return tk_code_exit(code) == 1;
}

int tk_code_is_shut_out(enum tk_code code)
{
    return code == TK_NO_TOKEN || code == TK_TOKEN_REVOKED;
}
