/* The box office: who works here, who is here, shifts, limits, records. Devices that come with a
 * code are in box_office_devices.c, the words of a refusal in box_office_staff_words.c. */
#include "core/box_office_staff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_internal.h"
#include "core/list.h"
#include "core/text.h"

#define PAGE 500 /* records at a time */

enum tk_code office_records(struct box_office *office, const struct record_query *query,
                            struct record_list *list, struct tk_error *error)
{
    return office->store->ops->list_records(office->store, query, list, error);
}

enum tk_code office_tallies(struct box_office *office, const struct tally_query *query,
                            struct tally_list *list, struct tk_error *error)
{
    return office->store->ops->list_tallies(office->store, query, list, error);
}

enum tk_code office_record(struct box_office *office, const char *key, struct record *record,
                           struct tk_error *error)
{
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    enum tk_code code = office_records(office, &query, &list, error);

    if (!code)
        *record = list.count ? list.items[0] : (struct record){0};
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    return code;
}

/* What cannot be read of a record is told by its key. */
static enum tk_code check_read(enum tk_code code, const char *key, struct tk_error *error)
{
    if (code == TK_CORRUPT)
        return tk_fail(error, code, "The record %s cannot be read: run `ticketly admin verify`.",
                       key);
    return code ? tk_fail_code(error, code) : TK_OK;
}

/* --- who works here --- */

enum tk_code office_is_staffed(struct box_office *office, bool *staffed, struct tk_error *error)
{
    struct record_query query = {.prefix = STAFF_PREFIX, .limit = 1};
    struct record_list list = {0};
    struct tk_error refusal = {0};
    enum tk_code code = office_records(office, &query, &list, &refusal);

    if (!code || code == TK_SIGN_ON) /* a service says so to its device */
        *staffed = code || list.count > 0;
    else if (error)
        *error = refusal;
    if (code == TK_SIGN_ON)
        code = TK_OK;
    if (list.items)
        crypto_wipe(list.items, list.count * sizeof *list.items);
    record_list_release(&list);
    return code;
}

static enum tk_code add_member(const struct record *record, struct staff_list *list,
                               struct tk_error *error)
{
    struct staff staff;
    enum tk_code code = check_read(staff_read(record, &staff), record->key, error);

    if (code)
        return code;
    crypto_wipe(staff.pin, sizeof staff.pin);
    crypto_wipe(staff.password, sizeof staff.password);
    return staff_list_add(list, &staff) ? tk_fail_code(error, TK_NO_MEMORY) : TK_OK;
}

static int compare_members(const void *a, const void *b)
{
    const struct staff *one = a, *other = b;

    return (one->number > other->number) - (one->number < other->number);
}

/* In a store they lie in the order of their keys, "staff/10" before "staff/9". */
enum tk_code office_staff(struct box_office *office, struct staff_list *list,
                          struct tk_error *error)
{
    char after[RECORD_KEY_SIZE] = "";
    struct record_query query = {.prefix = STAFF_PREFIX, .limit = PAGE};
    struct record_list records;
    size_t before = list->count, found;
    enum tk_code code;

    do {
        records = (struct record_list){0};
        query.after_key = after[0] ? after : NULL;
        code = office_records(office, &query, &records, error);
        found = records.count;
        for (size_t i = 0; !code && i < found; i++)
            code = add_member(&records.items[i], list, error);
        if (!code && found)
            text_copy(after, sizeof after, records.items[found - 1].key);
        if (records.items)
            crypto_wipe(records.items, found * sizeof *records.items);
        record_list_release(&records);
    } while (!code && found == PAGE);
    if (list->count > before)
        qsort(list->items + before, list->count - before, sizeof *list->items, compare_members);
    return code;
}

enum tk_code office_member(struct box_office *office, int64_t number, struct staff *staff,
                           struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record record;
    struct staff read;
    enum tk_code code;

    staff_key(key, number);
    code = office_record(office, key, &record, error);
    if (!code && !record.value[0])
        code =
            tk_fail(error, TK_STAFF_NOT_FOUND, "There is no member of staff %" PRId64 ".", number);
    if (!code)
        code = check_read(staff_read(&record, &read), key, error);
    crypto_wipe(&record, sizeof record);
    if (code)
        return code;
    crypto_wipe(read.pin, sizeof read.pin);
    crypto_wipe(read.password, sizeof read.password);
    *staff = read;
    return TK_OK;
}

enum tk_code office_put_staff(struct box_office *office, const struct op_staff *staff,
                              const struct op_id *id, struct tk_error *error)
{
    struct operation operation = {.staff = *staff};
    struct outcome outcome;
    bool staffed;
    enum tk_code code = office_is_staffed(office, &staffed, error);

    if (!code && !staffed && (staff->role != ROLE_ADMIN || staff->left))
        code = tk_fail(error, TK_BAD_ROLE,
                       "The first member of staff is an administrator: give the role admin.");
    return code ? code : office_submit(office, OP_STAFF, id, &operation, &outcome, error);
}

/* "": one that stays. */
static enum tk_code make_verifier(struct box_office *office, enum secret_kind kind, int64_t number,
                                  const char *secret, char verifier[VERIFIER_SIZE],
                                  struct tk_error *error)
{
    enum tk_code code;

    verifier[0] = '\0';
    if (!secret)
        return TK_OK;
    code = secret_check(kind, secret, error);
    if (code)
        return code;
    if (!office->sign_on.make_verifier)
        return tk_fail(error, TK_NOT_IMPLEMENTED,
                       "A PIN is set where the box office is, not from here.");
    return office->sign_on.make_verifier(office->sign_on.context, number, secret, verifier, error);
}

enum tk_code office_set_secrets(struct box_office *office, int64_t number, const char *pin,
                                const char *password, struct tk_error *error)
{
    struct operation operation = {.pin = {.number = number}};
    struct outcome outcome;
    enum tk_code code;

    code = make_verifier(office, SECRET_PIN, number, pin, operation.pin.pin, error);
    if (!code)
        code =
            make_verifier(office, SECRET_PASSWORD, number, password, operation.pin.password, error);
    if (!code)
        code = office_submit(office, OP_PIN, NULL, &operation, &outcome, error);
    crypto_wipe(&operation.pin, sizeof operation.pin);
    return code;
}

/* --- who is here --- */

enum tk_code office_sign_on(struct box_office *office, int64_t number, const char *secret,
                            struct tk_error *error)
{
    struct staff staff;
    enum tk_code code;

    if (!office->sign_on.sign_on)
        return tk_fail(error, TK_NOT_IMPLEMENTED, "Nobody can sign on here.");
    code = office->sign_on.sign_on(office->sign_on.context, number, secret, false, OP_SIGN, &staff,
                                   error);
    if (code)
        return code;
    office_disapprove(office); /* it was for somebody else */
    crypto_wipe(staff.pin, sizeof staff.pin);
    crypto_wipe(staff.password, sizeof staff.password);
    office->member = staff;
    return TK_OK;
}

void office_sign_off(struct box_office *office)
{
    if (!office->member.number)
        return;
    office_disapprove(office);
    if (office->sign_on.sign_off)
        office->sign_on.sign_off(office->sign_on.context, false);
    office->member = (struct staff){0};
}

enum tk_code office_approve(struct box_office *office, int64_t number, const char *secret,
                            enum op_kind kind, struct staff *approver, struct tk_error *error)
{
    struct staff staff;
    enum tk_code code;

    if (!office->sign_on.sign_on)
        return tk_fail(error, TK_NOT_IMPLEMENTED, "Nobody can sign on here.");
    if (!office->member.number)
        return tk_fail_code(error, TK_SIGN_ON);
    office_disapprove(office);
    code =
        office->sign_on.sign_on(office->sign_on.context, number, secret, true, kind, &staff, error);
    if (code)
        return code;
    if (!role_approves(staff.role) || !role_may(staff.role, kind)) {
        if (office->sign_on.sign_off)
            office->sign_on.sign_off(office->sign_on.context, true);
        return tk_fail(error, TK_NOT_APPROVED, "%s is %s and cannot approve this.", staff.name,
                       role_name(staff.role));
    }
    crypto_wipe(staff.pin, sizeof staff.pin);
    crypto_wipe(staff.password, sizeof staff.password);
    office->approver.number = number;
    office->approver.kind = kind;
    if (approver)
        *approver = staff;
    return TK_OK;
}

enum tk_code office_note_sign(struct box_office *office, int64_t number, const char *event,
                              struct tk_error *error)
{
    struct operation operation = {.sign = {.number = number}};
    struct outcome outcome = {0};
    struct staff staff;
    enum tk_code code;

    /* nobody's may be a PIN that was typed in the wrong place */
    if (number < 1 || number > STAFF_NUMBER_MAX ||
        office_member(office, number, &staff, NULL) == TK_STAFF_NOT_FOUND)
        operation.sign.number = 0;
    text_copy(operation.sign.event, sizeof operation.sign.event, event);
    code = office_make(office, OP_SIGN, NULL, &operation, error);
    if (!code && strcmp(event, "on") == 0)
        actor_print(operation.actor, number, 0);
    if (!code)
        code = store_apply(office->store, &operation, 1, &outcome, error);
    return code || !outcome.code ? code : office_refuse(office, &operation, &outcome, error);
}

void office_disapprove(struct box_office *office)
{
    if (!office->approver.number)
        return;
    if (office->sign_on.sign_off)
        office->sign_on.sign_off(office->sign_on.context, true);
    office->approver.number = 0;
}

bool office_may(const struct box_office *office, enum op_kind kind)
{
    return !office->member.number || role_may(office->member.role, kind);
}

/* --- shifts --- */

static enum tk_code require_member(const struct box_office *office, struct tk_error *error)
{
    return office->member.number ? TK_OK : tk_fail_code(error, TK_SIGN_ON);
}

enum tk_code office_duty(struct box_office *office, struct duty *duty, struct tk_error *error)
{
    struct duty read = {.number = office->member.number};
    char key[RECORD_KEY_SIZE];
    struct record record;
    enum tk_code code = require_member(office, error);

    if (code)
        return code;
    duty_key(key, office->member.number);
    code = office_record(office, key, &record, error);
    if (!code && record.value[0])
        code = check_read(duty_read(&record, &read), key, error);
    if (!code)
        *duty = read;
    return code;
}

enum tk_code office_open_shift(struct box_office *office, const struct op_id *id,
                               struct tk_error *error)
{
    struct operation operation = {.kind = OP_SHIFT_OPEN};
    struct outcome outcome;
    enum tk_code code = require_member(office, error);

    return code ? code : office_submit(office, OP_SHIFT_OPEN, id, &operation, &outcome, error);
}

/* The member's last one. */
static enum tk_code last_shift(struct box_office *office, struct shift *shift,
                               struct tk_error *error)
{
    char prefix[RECORD_KEY_SIZE];
    struct record_query query = {.prefix = prefix, .descending = true, .limit = 1};
    struct record_list list = {0};
    enum tk_code code;

    snprintf(prefix, sizeof prefix, SHIFT_PREFIX "%" PRId64 "/", office->member.number);
    code = office_records(office, &query, &list, error);
    if (!code && !list.count)
        code = tk_fail_code(error, TK_NO_SHIFT);
    if (!code)
        code = check_read(shift_read(&list.items[0], shift), list.items[0].key, error);
    record_list_release(&list);
    return code;
}

/* The one that was made last; all zeros when there is none. */
static enum tk_code last_seal(struct box_office *office, struct seal *seal, struct tk_error *error)
{
    struct seal_list list = {0};
    enum tk_code code = office_seals(office, &list, error);

    if (!code)
        *seal = (struct seal){0};
    for (size_t i = 0; !code && i < list.count; i++)
        if (list.items[i].made_at >= seal->made_at)
            *seal = list.items[i];
    seal_list_release(&list);
    return code;
}

enum tk_code office_close_shift(struct box_office *office, const struct effort *keys,
                                const struct effort *seconds, const struct op_id *id,
                                struct shift *shift, struct seal *seal, struct tk_error *error)
{
    struct operation operation = {.kind = OP_SHIFT_CLOSE};
    struct outcome outcome;
    enum tk_code code = require_member(office, error);

    if (code)
        return code;
    effort_print(keys, operation.shift_close.keys); /* a cut one is better than none */
    effort_print(seconds, operation.shift_close.seconds);
    code = office_submit(office, OP_SHIFT_CLOSE, id, &operation, &outcome, error);
    if (code)
        return code;
    if (office->seals.keep)
        office->seals.keep(office->seals.context, office);
    code = last_shift(office, shift, error);
    if (!code && seal)
        code = last_seal(office, seal, error);
    return code ? tk_fail(error, TK_UNKNOWN, "The shift is closed, but cannot be shown (%s).",
                          tk_code_name(code))
                : TK_OK;
}

/* --- limits --- */

enum tk_code office_limits(struct box_office *office, struct limits *limits, struct tk_error *error)
{
    struct record record;
    struct limits read;
    enum tk_code code = office_record(office, LIMITS_KEY, &record, error);

    if (!code)
        code = check_read(limits_read(&record, &read), LIMITS_KEY, error);
    if (!code)
        *limits = read;
    return code;
}

enum tk_code office_set_limit(struct box_office *office, enum limit limit, int64_t value,
                              struct tk_error *error)
{
    struct operation operation = {.limit = {.value = value}};
    struct outcome outcome;
    const char *name = limit_name(limit);

    if (!name || !text_copy(operation.limit.name, sizeof operation.limit.name, name))
        return tk_fail_code(error, TK_BAD_LIMIT);
    if (!limit_fits(limit, value))
        return tk_fail(error, TK_BAD_LIMIT, "%s is %" PRId64 " to %" PRId64 ".", name,
                       limit_least(limit), limit_greatest(limit));
    return office_submit(office, OP_LIMIT, NULL, &operation, &outcome, error);
}

/* --- what happened --- */

void seal_list_release(struct seal_list *list)
{
    free(list->items);
    *list = (struct seal_list){0};
}

/* From the last key on the first of each writer is its latest; behind "seal/WRITER/" the one before
   begins. */
enum tk_code office_seals(struct box_office *office, struct seal_list *list, struct tk_error *error)
{
    char after[RECORD_KEY_SIZE] = "";
    struct record_query query = {.prefix = SEAL_PREFIX, .descending = true, .limit = 1};
    struct record_list records = {0};
    enum tk_code code;
    size_t found;

    do {
        struct seal seal;

        query.after_key = after[0] ? after : NULL;
        code = office_records(office, &query, &records, error);
        found = records.count;
        if (!code && found) {
            code = check_read(seal_read(&records.items[0], &seal), records.items[0].key, error);
            snprintf(after, sizeof after, "%.*s",
                     (int)(strrchr(records.items[0].key, '/') + 1 - records.items[0].key),
                     records.items[0].key);
        }
        if (!code && found && LIST_ADD(list, &seal))
            code = tk_fail_code(error, TK_NO_MEMORY);
        record_list_release(&records);
    } while (!code && found);
    return code;
}

enum tk_code office_seal(struct box_office *office, bool midnight, const struct op_id *id,
                         struct tk_error *error)
{
    struct operation operation = {.seal = {.why = ""}};
    struct outcome outcome;

    text_copy(operation.seal.why, sizeof operation.seal.why, midnight ? "midnight" : "asked");
    return office_submit(office, OP_SEAL, id, &operation, &outcome, error);
}
