/* The rules: who may do it, within which limits; staff, shifts, limits, devices that come with a
 * code, tiers, what is forgotten, what is signed and counted. */
#include "core/plan_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/loyalty.h"
#include "core/shift.h"
#include "core/staff.h"
#include "core/text.h"

/* --- records --- */

/* The record that was loaded; NULL when it is not there, or gone. */
static struct record_row *find_record(const struct plan_context *c, const char *key)
{
    struct record_row *row = working_set_record(c->set, key);

    return row && !row->absent && row->record.value[0] ? row : NULL;
}

/* Writes a record whose key and value are set. */
static enum tk_code put_record(struct plan_context *c, const struct record *record)
{
    struct record_row *row = working_set_record(c->set, record->key);

    if (!row) {
        if (working_set_miss_record(c->set, record->key))
            return TK_NO_MEMORY;
        row = working_set_record(c->set, record->key);
    }
    free(row->parsed);
    row->parsed = NULL;
    if (row->absent)
        row->state = ROW_NEW;
    else if (row->state == ROW_LOADED)
        row->state = ROW_CHANGED;
    row->absent = false;
    memcpy(row->record.value, record->value, sizeof row->record.value);
    row->record.changed_at = c->now;
    if (record_is_shared(record->key)) {
        row->record.seq = ++c->set->ids.record_seq;
        c->set->ids.recorded = true;
    }
    return TK_OK;
}

/* Records are read once in a batch. */
static enum tk_code find_staff(struct plan_context *c, int64_t number, const struct staff **staff)
{
    struct record_row *row;
    char key[RECORD_KEY_SIZE];
    enum tk_code code;

    staff_key(key, number);
    row = find_record(c, key);
    if (!row)
        return TK_STAFF_NOT_FOUND;
    if (!row->parsed) {
        struct staff *read = calloc(1, sizeof *read);

        code = read ? staff_read(&row->record, read) : TK_NO_MEMORY;
        if (code) {
            free(read);
            return code == TK_NO_MEMORY ? code : TK_INTERNAL;
        }
        row->parsed = read;
    }
    *staff = row->parsed;
    return TK_OK;
}

static enum tk_code find_limits(struct plan_context *c, const struct limits **limits)
{
    struct record_row *row = find_record(c, LIMITS_KEY);
    enum tk_code code;

    *limits = NULL;
    if (!row)
        return TK_OK;
    if (!row->parsed) {
        struct limits *read = calloc(1, sizeof *read);

        code = read ? limits_read(&row->record, read) : TK_NO_MEMORY;
        if (code) {
            free(read);
            return code == TK_NO_MEMORY ? code : TK_INTERNAL;
        }
        row->parsed = read;
    }
    *limits = row->parsed;
    return TK_OK;
}

/* Off duty when nothing is known of it. */
static enum tk_code read_duty(const struct plan_context *c, int64_t number, struct duty *duty)
{
    struct record_row *row;
    char key[RECORD_KEY_SIZE];

    duty_key(key, number);
    row = find_record(c, key);
    *duty = (struct duty){.number = number};
    return !row || !duty_read(&row->record, duty) ? TK_OK : TK_INTERNAL;
}

static enum tk_code put_duty(struct plan_context *c, const struct duty *duty)
{
    struct record record = {.seq = 0};
    enum tk_code code;

    duty_key(record.key, duty->number);
    code = duty_print(duty, &record);
    return code ? code : put_record(c, &record);
}

/* --- who may --- */

/* Whether he worked here when it was done. */
static enum tk_code check_works(const struct plan_context *c, const struct staff *staff)
{
    if (!staff->left_at || (c->operation->cut_off && plan_done_at(c) < staff->left_at))
        return TK_OK;
    return TK_STAFF_LEFT;
}

static enum tk_code check_cancel(struct plan_context *c, int64_t number,
                                 const struct limits *limits)
{
    const struct ticket_row *row = working_set_ticket(c->set, c->operation->cancel.ticket_id);
    int64_t most = limits->values[LIMIT_SHIFT_CANCELS];
    struct duty duty;
    enum tk_code code;

    if (!row || ticket_check_booked(&row->ticket))
        return TK_OK; /* there is more to say against it */
    if (limits->values[LIMIT_OWN_CANCELS] && row->ticket.seller != number)
        return TK_NOT_OWN_SALE;
    code = read_duty(c, number, &duty);
    return !code && most && duty.cancels >= most ? TK_CANCEL_LIMIT : code;
}

static enum tk_code check_reissue(const struct plan_context *c, const struct limits *limits)
{
    const struct ticket_row *row = working_set_ticket(c->set, c->operation->reissue.ticket_id);
    const struct slot_row *slot = row ? working_set_slot(c->set, row->ticket.slot_id) : NULL;

    return slot && !limits->values[LIMIT_LATE_REISSUE] && slot->slot.starts_at <= plan_done_at(c)
               ? TK_REISSUE_LATE
               : TK_OK;
}

static enum tk_code check_limits(struct plan_context *c, int64_t number)
{
    const struct limits *set;
    struct limits limits;
    enum tk_code code = find_limits(c, &set);

    if (code)
        return code;
    limits_init(&limits);
    if (set)
        limits = *set;
    switch (c->operation->kind) {
    case OP_BOOK:
        return limits.values[LIMIT_SALE_TICKETS] &&
                       c->operation->book.count > limits.values[LIMIT_SALE_TICKETS]
                   ? TK_SALE_LIMIT
                   : TK_OK;
    case OP_CANCEL:
        return check_cancel(c, number, &limits);
    case OP_REISSUE:
        return check_reissue(c, &limits);
    default:
        return TK_OK;
    }
}

/* What was done by nobody while a device was cut off at which people sign on (others are held to that where
   they come in). */
static enum tk_code check_attended(const struct plan_context *c)
{
    struct device_note note = {false};
    const struct record_row *row;
    char key[RECORD_KEY_SIZE];

    if (!c->operation->cut_off || !operation_is_peoples(c->operation->kind))
        return TK_OK;
    device_note_key(key, c->operation->device);
    row = find_record(c, key);
    if (row && device_note_read(&row->record, &note))
        return TK_INTERNAL;
    return note.attended ? TK_SIGN_ON : TK_OK;
}

/* What was done while a device was cut off was held to the limits there: the guest has his ticket. */
enum tk_code plan_check_actor(struct plan_context *c)
{
    const struct staff *staff, *approver = NULL;
    bool held = !c->operation->cut_off || c->set->partial;
    int64_t number, other;
    enum tk_code code;

    if (!actor_parse(c->operation->actor, &number, &other))
        return check_attended(c);
    code = find_staff(c, number, &staff);
    if (!code)
        code = check_works(c, staff);
    if (!code && other)
        code = find_staff(c, other, &approver);
    if (!code && other)
        code = check_works(c, approver);
    if (code)
        return code;
    if (approver && !role_approves(approver->role))
        return TK_NOT_APPROVED;
    if (!role_may(staff->role, c->operation->kind) &&
        !(approver && role_may(approver->role, c->operation->kind)))
        return approver ? TK_NOT_APPROVED : TK_NOT_PERMITTED;
    return approver || !held || !role_is_limited(staff->role) ? TK_OK : check_limits(c, number);
}

int64_t plan_seller(const struct plan_context *c)
{
    int64_t number, approver;

    return actor_parse(c->operation->actor, &number, &approver) ? number : 0;
}

/* --- what happened --- */

static enum tk_code add_tally(struct plan_context *c, struct tally *tally)
{
    const struct slot_row *slot = working_set_slot(c->set, c->outcome->slot_id);

    if (!slot)
        return TK_OK;
    tally->span_at = tally_span(plan_done_at(c));
    tally->genre = slot->slot.genre;
    actor_doer(tally->actor, c->operation->actor);
    memcpy(tally->device, c->operation->device, sizeof tally->device);
    return working_set_add_tally(c->set, tally);
}

static enum tk_code count_cancel(struct plan_context *c)
{
    int64_t number = plan_seller(c);
    struct duty duty;
    enum tk_code code;

    if (!number)
        return TK_OK;
    code = read_duty(c, number, &duty);
    duty.cancels++;
    return code ? code : put_duty(c, &duty);
}

/* Only TK_NO_MEMORY and TK_INTERNAL, which end the batch. */
enum tk_code plan_count(struct plan_context *c)
{
    struct tally tally = {0};
    enum tk_code code = TK_OK;

    switch (c->operation->kind) {
    case OP_BOOK:
        tally.sales = 1;
        tally.sold = c->outcome->count;
        break;
    case OP_CANCEL:
        tally.canceled = 1;
        code = count_cancel(c);
        break;
    case OP_REISSUE:
        tally.reissued = 1;
        break;
    case OP_ADMIT:
        tally.admitted = 1;
        break;
    case OP_UNADMIT:
        tally.admitted = -c->outcome->count; /* of a door that was cut off: he was out already */
        break;
    case OP_VOID:
        if (c->voided == OP_ADMIT)
            tally.admitted = -c->outcome->count;
        else
            tally.canceled = c->outcome->count;
        break;
    default:
        return TK_OK;
    }
    return code || c->set->partial || !c->outcome->count ? code : add_tally(c, &tally);
}

/* --- the kinds --- */

enum tk_code plan_staff(struct plan_context *c)
{
    const struct op_staff *wanted = &c->operation->staff;
    const struct staff *known = NULL;
    struct staff staff = {.since = c->now};
    struct record record = {.seq = 0};
    enum tk_code code = find_staff(c, wanted->number, &known);

    if (code && code != TK_STAFF_NOT_FOUND)
        return code;
    if (known)
        staff = *known;
    if (known && plan_seller(c) == wanted->number && (wanted->left || wanted->role != known->role))
        return TK_OWN_ROLE;
    staff.number = wanted->number;
    staff.role = wanted->role;
    memcpy(staff.name, wanted->name, sizeof staff.name);
    if (!wanted->left)
        staff.left_at = 0;
    else if (!staff.left_at)
        staff.left_at = c->now;
    staff_key(record.key, staff.number);
    code = staff_print(&staff, &record);
    return code ? code : put_record(c, &record);
}

enum tk_code plan_pin(struct plan_context *c)
{
    const struct op_pin *given = &c->operation->pin;
    const struct staff *known, *doer = NULL;
    struct record record = {.seq = 0};
    struct staff staff;
    int64_t number = plan_seller(c);
    enum tk_code code = find_staff(c, given->number, &known);

    if (!code && number)
        code = find_staff(c, number, &doer);
    if (code)
        return code;
    if (doer && doer->number != given->number && !role_does(doer->role, ROLE_ADMIN))
        return TK_NOT_PERMITTED;
    staff = *known;
    if (given->pin[0])
        memcpy(staff.pin, given->pin, sizeof staff.pin);
    if (given->password[0])
        memcpy(staff.password, given->password, sizeof staff.password);
    staff_key(record.key, staff.number);
    code = staff_print(&staff, &record);
    return code ? code : put_record(c, &record);
}

enum tk_code plan_sign(struct plan_context *c)
{
    (void)c;
    return TK_OK;
}

enum tk_code plan_shift_open(struct plan_context *c)
{
    struct duty duty;
    enum tk_code code = read_duty(c, plan_seller(c), &duty);

    if (!code && duty.opened_at)
        code = TK_SHIFT_IS_OPEN;
    if (code)
        return code;
    duty.opened_at = c->now;
    duty.cancels = 0;
    memcpy(duty.device, c->operation->device, sizeof duty.device);
    return put_duty(c, &duty);
}

enum tk_code plan_shift_close(struct plan_context *c)
{
    struct record record = {.seq = 0};
    struct shift shift = {.closed_at = c->now};
    struct duty duty;
    enum tk_code code = read_duty(c, plan_seller(c), &duty);

    if (!code && !duty.opened_at)
        code = TK_NO_SHIFT;
    if (code)
        return code;
    shift.number = duty.number;
    shift.opened_at = duty.opened_at;
    shift.cancels = duty.cancels;
    memcpy(shift.device, duty.device, sizeof shift.device);
    memcpy(shift.closed_device, c->operation->device, sizeof shift.closed_device);
    memcpy(shift.keys, c->operation->shift_close.keys, sizeof shift.keys);
    memcpy(shift.seconds, c->operation->shift_close.seconds, sizeof shift.seconds);
    shift_key(record.key, shift.number, shift.opened_at);
    code = shift_print(&shift, &record);
    if (!code)
        code = put_record(c, &record);
    if (code)
        return code;
    duty = (struct duty){.number = shift.number};
    c->set->seal = "shift";
    return put_duty(c, &duty);
}

enum tk_code plan_limit(struct plan_context *c)
{
    const struct limits *known;
    struct record record = {.key = LIMITS_KEY};
    struct limits limits;
    enum limit limit;
    enum tk_code code = find_limits(c, &known);

    if (code)
        return code;
    limits_init(&limits);
    if (known)
        limits = *known;
    if (!limit_parse(c->operation->limit.name, &limit))
        return TK_BAD_LIMIT;
    limits.values[limit] = c->operation->limit.value;
    code = limits_print(&limits, &record);
    return code ? code : put_record(c, &record);
}

enum tk_code plan_invite(struct plan_context *c)
{
    const struct op_invite *wanted = &c->operation->invite;
    const struct device_row *row = working_set_device(c->set, wanted->name);
    struct invitation invitation = {.role = wanted->role, .attended = wanted->attended};
    struct record record = {.seq = 0};
    enum tk_code code;

    invite_key(record.key, wanted->code_hash);
    if ((row && !row->device.revoked_at) || find_record(c, record.key))
        return TK_DEVICE_KNOWN;
    memcpy(invitation.name, wanted->name, sizeof invitation.name);
    invitation.until =
        wanted->until < c->now + INVITE_LASTS ? wanted->until : c->now + INVITE_LASTS;
    code = invite_print(&invitation, &record);
    return code ? code : put_record(c, &record);
}

enum tk_code plan_redeem(struct plan_context *c)
{
    const struct op_redeem *redeem = &c->operation->redeem;
    struct record record = {.seq = 0}, note = {.seq = 0};
    struct invitation invitation;
    const struct record_row *row;
    struct device device = {.enrolled_at = c->now};
    enum tk_code code;

    invite_key(record.key, redeem->code_hash);
    row = find_record(c, record.key);
    if (!row || invite_read(&row->record, &invitation) || invitation.used_at ||
        c->now >= invitation.until || strcmp(invitation.name, redeem->name) != 0)
        return TK_BAD_CODE;
    device.role = invitation.role;
    memcpy(device.name, redeem->name, sizeof device.name);
    memcpy(device.token_hash, redeem->token_hash, sizeof device.token_hash);
    code = plan_put_device(c, &device);
    if (code)
        return code;
    invitation.used_at = c->now;
    device_note_key(note.key, device.name);
    code = invite_print(&invitation, &record);
    if (!code)
        code = device_note_print(&(struct device_note){invitation.attended}, &note);
    if (!code)
        code = put_record(c, &record);
    return code ? code : put_record(c, &note);
}

enum tk_code plan_forget_note(struct plan_context *c, const char *device)
{
    struct record note = {.seq = 0};

    device_note_key(note.key, device);
    return find_record(c, note.key) ? put_record(c, &note) : TK_OK;
}

enum tk_code plan_tier(struct plan_context *c)
{
    const struct op_tier *wanted = &c->operation->tier;
    const struct customer_row *row = working_set_customer(c->set, wanted->customer_id);
    struct tier_choice choice = {.customer_id = wanted->customer_id, .at = c->now};
    struct record record = {.seq = 0};
    enum tk_code code;

    if (!row || row->customer.erased_at)
        return TK_CUSTOMER_NOT_FOUND;
    if (!tier_parse(wanted->tier, &choice.tier))
        return TK_BAD_TIER;
    c->outcome->customer_id = wanted->customer_id;
    memcpy(choice.reason, wanted->reason, sizeof choice.reason);
    memcpy(choice.by, c->operation->actor, sizeof choice.by);
    tier_key(record.key, wanted->customer_id);
    code = tier_print(&choice, &record);
    return code ? code : put_record(c, &record);
}

enum tk_code plan_erase(struct plan_context *c)
{
    struct customer_row *row = working_set_customer(c->set, c->operation->erase.customer_id);
    struct record record = {.seq = 0};

    if (!row || row->customer.erased_at)
        return TK_CUSTOMER_NOT_FOUND;
    c->outcome->customer_id = row->customer.id;
    plan_forget_customer(c, row);
    tier_key(record.key, row->customer.id);
    return find_record(c, record.key) ? put_record(c, &record) : TK_OK;
}

enum tk_code plan_seal(struct plan_context *c)
{
    c->set->seal = strcmp(c->operation->seal.why, "midnight") == 0 ? "midnight" : "asked";
    return TK_OK;
}
