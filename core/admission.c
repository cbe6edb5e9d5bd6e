#include "core/admission.h"

#include <string.h>

static const struct {
    const char *name, *word, *advice;
    enum tk_code code;
} verdicts[VERDICT_COUNT] = {
#define X(verdict, name, code, word, advice) [verdict] = {name, word, advice, code},
    VERDICT_TABLE(X)
#undef X
};

const char *verdict_name(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].name : NULL;
}

const char *verdict_word(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].word : NULL;
}

const char *verdict_advice(enum verdict verdict)
{
    return (unsigned)verdict < VERDICT_COUNT ? verdicts[verdict].advice : NULL;
}

bool verdict_parse(const char *name, enum verdict *verdict)
{
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(verdicts[i].name, name) == 0) {
            *verdict = (enum verdict)i;
            return true;
        }
    return false;
}

enum verdict verdict_of(enum tk_code code)
{
    if (code == TK_TICKET_ARCHIVED)
        return VERDICT_EXPIRED;
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (verdicts[i].code == code)
            return (enum verdict)i;
    return VERDICT_COUNT;
}
