#include "core/limit.h"

#include <string.h>

#include "core/record_json.h"

static const struct {
    const char *name, *help;
    int64_t standard, least, greatest;
} table[LIMIT_COUNT] = {
#define X(limit, name, standard, least, greatest, help) \
    [limit] = {name, help, standard, least, greatest},
    LIMIT_TABLE(X)
#undef X
};

const char *limit_name(enum limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? table[limit].name : NULL;
}

const char *limit_help(enum limit limit)
{
    return (unsigned)limit < LIMIT_COUNT ? table[limit].help : NULL;
}

bool limit_parse(const char *name, enum limit *limit)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (strcmp(table[i].name, name) == 0) {
            *limit = (enum limit)i;
            return true;
        }
    return false;
}

bool limit_fits(enum limit limit, int64_t value)
{
    return (unsigned)limit < LIMIT_COUNT && value >= table[limit].least &&
           value <= table[limit].greatest;
}

int64_t limit_least(enum limit limit)
{
    return table[limit].least;
}

int64_t limit_greatest(enum limit limit)
{
    return table[limit].greatest;
}

void limits_init(struct limits *limits)
{
    for (int i = 0; i < LIMIT_COUNT; i++)
        limits->values[i] = table[i].standard;
}

enum tk_code limits_print(const struct limits *limits, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    for (int i = 0; i < LIMIT_COUNT; i++)
        json_put_int(&json, table[i].name, limits->values[i]);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code limits_read(const struct record *record, struct limits *limits)
{
    struct json *document = NULL;
    enum tk_code code = TK_OK;

    limits_init(limits);
    if (record->value[0])
        code = record_get(record, &document);
    for (int i = 0; !code && document && i < LIMIT_COUNT; i++) {
        const struct json *value = json_member(document, table[i].name);
        int64_t number;

        if (!value)
            continue;
        if (!json_whole(value, &number) || !limit_fits((enum limit)i, number))
            code = TK_CORRUPT;
        else
            limits->values[i] = number;
    }
    json_free(document);
    return code;
}
