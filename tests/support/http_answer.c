#include "tests/support/http.h"

#include <strings.h>

/* The next header line of that name at or after `at`; NULL when there is none. */
static const char *find_header(const char *at, const char *name)
{
    size_t length = strlen(name);

    while (at && (at = strstr(at, "\r\n"))) {
        at += 2;
        if (strncasecmp(at, name, length) == 0 && at[length] == ':')
            return at;
    }
    return NULL;
}

const char *answer_header(struct answer *answer, const char *name)
{
    const char *line = find_header(answer->head, name), *value;
    size_t length;

    if (!line)
        return NULL;
    value = line + strlen(name) + 1;
    value += strspn(value, " \t");
    length = strcspn(value, "\r");
    while (length && (value[length - 1] == ' ' || value[length - 1] == '\t'))
        length--;
    snprintf(answer->found, sizeof answer->found, "%.*s", (int)length, value);
    return answer->found;
}

size_t answer_header_count(const struct answer *answer, const char *name)
{
    size_t count = 0;

    for (const char *at = answer->head; (at = find_header(at, name));)
        count++;
    return count;
}

struct json *answer_json(struct answer *answer)
{
    if (!answer->json && answer->body)
        json_read(answer->body, answer->body_length, &answer->json, NULL);
    return answer->json;
}

struct json *answer_value(struct answer *answer, const char *path)
{
    struct json *value = answer_json(answer);

    while (value && *path) {
        size_t length = strcspn(path, ".");
        char step[128];

        snprintf(step, sizeof step, "%.*s", (int)length, path);
        value = json_is_array(value) ? json_item(value, strtoul(step, NULL, 10))
                                     : json_member(value, step);
        path += length + (path[length] == '.');
    }
    return value;
}

const char *answer_text(struct answer *answer, const char *path)
{
    const char *text = json_text(answer_value(answer, path));

    return text ? text : "";
}

int64_t answer_number(struct answer *answer, const char *path)
{
    int64_t number = -1;

    json_whole(answer_value(answer, path), &number);
    return number;
}

void answer_release(struct answer *answer)
{
    json_free(answer->json);
    free(answer->head);
    free(answer->body);
    *answer = (struct answer){0};
}
