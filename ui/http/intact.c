#include "ui/http/intact.h"

#include <string.h>

/* Reads on from `at`, never past `end`. */
struct walk {
    const char *at, *end;
};

static bool walk_skip(struct walk *walk, size_t count)
{
    if (count > (size_t)(walk->end - walk->at))
        return false;
    walk->at += count;
    return true;
}

static bool walk_zeros(struct walk *walk, size_t count)
{
    const char *from = walk->at;

    if (!walk_skip(walk, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (from[i])
            return false;
    return true;
}

/* A part begins here, holds `length` bytes, none of them NUL. */
static bool walk_part(struct walk *walk, const char *part, size_t length)
{
    const char *from = walk->at;

    return (uintptr_t)part == (uintptr_t)from && walk_skip(walk, length) &&
           !memchr(from, '\0', length);
}

static bool walk_field(struct walk *walk, const struct http_gate_field *field)
{
    if (!walk_part(walk, field->name, field->name_length) || !walk_zeros(walk, 1))
        return false;
    while (walk->at < walk->end && (*walk->at == ' ' || *walk->at == '\t'))
        walk->at++;
    if (!walk_part(walk, field->value, field->value_length))
        return false;
    /* a parser may have cut blanks off the end */
    while (walk->at < walk->end && (*walk->at == ' ' || *walk->at == '\t'))
        walk->at++;
    return walk_zeros(walk, 2);
}

bool intact_check(const struct intact_head *head)
{
    struct walk walk = {head->method, head->method + head->length};

    /* The target itself was changed in place: its length before that is what counts. */
    if (!walk_skip(&walk, strnlen(head->method, head->length)) || !walk_zeros(&walk, 1) ||
        (uintptr_t)head->target != (uintptr_t)walk.at || !walk_skip(&walk, head->target_length) ||
        !walk_zeros(&walk, 1) || !walk_part(&walk, head->version, strlen("HTTP/1.1")) ||
        !walk_zeros(&walk, 2))
        return false;
    for (size_t i = 0; i < head->field_count; i++)
        if (!walk_field(&walk, &head->fields[i]))
            return false;
    return walk_zeros(&walk, 2) && walk.at == walk.end;
}
