#include "core/shift.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/record_json.h"

void duty_key(char key[RECORD_KEY_SIZE], int64_t number)
{
    snprintf(key, RECORD_KEY_SIZE, DUTY_PREFIX "%" PRId64, number);
}

enum tk_code duty_print(const struct duty *duty, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_int(&json, "number", duty->number);
    json_put_int(&json, "openedAt", duty->opened_at);
    json_put_text(&json, "device", duty->device);
    json_put_int(&json, "cancels", duty->cancels);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code duty_read(const struct record *record, struct duty *duty)
{
    struct json *document = NULL;
    struct duty read = {0};
    enum tk_code code = record_get(record, &document);

    if (!code && (!json_whole(json_member(document, "number"), &read.number) ||
                  !json_whole(json_member(document, "openedAt"), &read.opened_at) ||
                  !json_copy(document, "device", read.device, sizeof read.device) ||
                  !json_whole(json_member(document, "cancels"), &read.cancels)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *duty = read;
    return code;
}

void shift_key(char key[RECORD_KEY_SIZE], int64_t number, int64_t opened_at)
{
    snprintf(key, RECORD_KEY_SIZE, SHIFT_PREFIX "%" PRId64 "/%016" PRId64, number, opened_at);
}

enum tk_code shift_print(const struct shift *shift, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_int(&json, "number", shift->number);
    json_put_int(&json, "openedAt", shift->opened_at);
    json_put_int(&json, "closedAt", shift->closed_at);
    json_put_text(&json, "device", shift->device);
    json_put_text(&json, "closedDevice", shift->closed_device);
    json_put_int(&json, "cancels", shift->cancels);
    json_put_text(&json, "keys", shift->keys);
    json_put_text(&json, "seconds", shift->seconds);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code shift_read(const struct record *record, struct shift *shift)
{
    struct json *document = NULL;
    struct shift read = {0};
    enum tk_code code = record_get(record, &document);

    if (!code &&
        (!json_whole(json_member(document, "number"), &read.number) ||
         !json_whole(json_member(document, "openedAt"), &read.opened_at) ||
         !json_whole(json_member(document, "closedAt"), &read.closed_at) ||
         !json_copy(document, "device", read.device, sizeof read.device) ||
         !json_copy(document, "closedDevice", read.closed_device, sizeof read.closed_device) ||
         !json_whole(json_member(document, "cancels"), &read.cancels) ||
         !json_copy(document, "keys", read.keys, sizeof read.keys) ||
         !json_copy(document, "seconds", read.seconds, sizeof read.seconds)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *shift = read;
    return code;
}

void effort_add(struct effort *effort, int64_t value)
{
    effort->counts[value < 0 ? 0 : value > SHIFT_EFFORT_MAX ? SHIFT_EFFORT_MAX : value]++;
}

bool effort_print(const struct effort *effort, char text[SHIFT_EFFORT_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (int value = 0; value <= SHIFT_EFFORT_MAX; value++) {
        char one[48];
        int length;

        if (!effort->counts[value])
            continue;
        length = snprintf(one, sizeof one, "%s%d:%" PRId64, used ? " " : "", value,
                          effort->counts[value]);
        if (length < 0 || used + (size_t)length >= SHIFT_EFFORT_SIZE)
            return false;
        memcpy(text + used, one, (size_t)length + 1);
        used += (size_t)length;
    }
    return true;
}

/* A whole number without a sign, of which *text is moved behind. */
static bool read_number(const char **text, int64_t greatest, int64_t *number)
{
    const char *at = *text;

    for (*number = 0; *at >= '0' && *at <= '9' && *number <= greatest; at++)
        *number = *number * 10 + (*at - '0');
    if (at == *text || *number > greatest)
        return false;
    *text = at;
    return true;
}

bool effort_read(struct effort *effort, const char *text)
{
    struct effort read = *effort;
    int64_t last = -1;

    while (*text) {
        int64_t value, count;

        if (last >= 0 && *text++ != ' ')
            return false;
        if (!read_number(&text, SHIFT_EFFORT_MAX, &value) || value <= last || *text++ != ':' ||
            !read_number(&text, INT32_MAX, &count) || !count)
            return false;
        read.counts[value] += count;
        last = value;
    }
    *effort = read;
    return true;
}

int64_t effort_total(const struct effort *effort)
{
    int64_t total = 0;

    for (int value = 0; value <= SHIFT_EFFORT_MAX; value++)
        total += effort->counts[value];
    return total;
}

int64_t effort_percentile(const struct effort *effort, int percent)
{
    int64_t rank = (effort_total(effort) * percent + 99) / 100, seen = 0;

    for (int value = 0; value <= SHIFT_EFFORT_MAX; value++) {
        seen += effort->counts[value];
        if (seen && seen >= rank)
            return value;
    }
    return 0;
}
