#include "core/staff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/record_json.h"
#include "core/text.h"

void staff_key(char key[RECORD_KEY_SIZE], int64_t number)
{
    snprintf(key, RECORD_KEY_SIZE, STAFF_PREFIX "%" PRId64, number);
}

enum tk_code staff_print(const struct staff *staff, struct record *record)
{
    struct buffer json;
    enum tk_code code;

    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_int(&json, "number", staff->number);
    json_put_text(&json, "name", staff->name);
    json_put_text(&json, "role", role_name(staff->role));
    json_put_text(&json, "pin", staff->pin);
    json_put_text(&json, "password", staff->password);
    json_put_int(&json, "since", staff->since);
    json_put_int(&json, "leftAt", staff->left_at);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code staff_read(const struct record *record, struct staff *staff)
{
    struct json *document = NULL;
    struct staff read = {0};
    enum tk_code code = record_get(record, &document);
    const char *role = json_text(json_member(document, "role"));

    if (!code && (!json_whole(json_member(document, "number"), &read.number) || !role ||
                  !role_parse(role, &read.role) ||
                  !json_copy(document, "name", read.name, sizeof read.name) ||
                  !json_copy(document, "pin", read.pin, sizeof read.pin) ||
                  !json_copy(document, "password", read.password, sizeof read.password) ||
                  !json_whole(json_member(document, "since"), &read.since) ||
                  !json_whole(json_member(document, "leftAt"), &read.left_at)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *staff = read;
    crypto_wipe(&read, sizeof read);
    return code;
}

enum tk_code staff_blank(struct record *record)
{
    struct staff staff;
    enum tk_code code;

    if (strncmp(record->key, STAFF_PREFIX, sizeof STAFF_PREFIX - 1) != 0 || !record->value[0])
        return TK_OK;
    code = staff_read(record, &staff);
    crypto_wipe(record->value, sizeof record->value);
    if (code)
        return code;
    crypto_wipe(staff.pin, sizeof staff.pin);
    crypto_wipe(staff.password, sizeof staff.password);
    return staff_print(&staff, record);
}

/* Reads "#NUMBER", and moves *text behind it. */
static bool member_parse(const char **text, int64_t *number)
{
    const char *at = *text;
    int64_t value = 0;
    int digits = 0;

    if (*at++ != '#' || *at == '0')
        return false;
    for (; *at >= '0' && *at <= '9' && digits < 9; at++, digits++)
        value = value * 10 + (*at - '0');
    if (value < 1 || value > STAFF_NUMBER_MAX)
        return false;
    *text = at;
    *number = value;
    return true;
}

bool actor_parse(const char *actor, int64_t *number, int64_t *approver)
{
    int64_t doer = 0, other = 0;

    if (!member_parse(&actor, &doer))
        return false;
    if (*actor == '+') {
        actor++;
        if (!member_parse(&actor, &other))
            return false;
    }
    if (*actor)
        return false;
    *number = doer;
    *approver = other;
    return true;
}

void actor_print(char actor[ACTOR_SIZE], int64_t number, int64_t approver)
{
    if (approver)
        snprintf(actor, ACTOR_SIZE, "#%" PRId64 "+#%" PRId64, number, approver);
    else
        snprintf(actor, ACTOR_SIZE, "#%" PRId64, number);
}

bool actor_is_clean(const char *actor)
{
    int64_t number, approver;

    return text_is_clean(actor) && (actor[0] != '#' || actor_parse(actor, &number, &approver));
}

void actor_doer(char doer[ACTOR_SIZE], const char *actor)
{
    int64_t number, approver;

    if (actor_parse(actor, &number, &approver))
        actor_print(doer, number, 0);
    else
        text_copy(doer, ACTOR_SIZE, actor);
}

enum tk_code staff_list_add(struct staff_list *list, const struct staff *staff)
{
    return LIST_ADD(list, staff);
}

void staff_list_release(struct staff_list *list)
{
    if (list->items)
        crypto_wipe(list->items, list->capacity * sizeof *list->items);
    free(list->items);
    *list = (struct staff_list){0};
}
