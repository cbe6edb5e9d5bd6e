#include "core/operation.h"

#include <string.h>

#include "core/invite.h"
#include "core/limit.h"
#include "core/loyalty.h"
#include "core/shift.h"
#include "core/staff.h"
#include "core/text.h"
#include "core/time.h"

static const char *const kind_names[OP_KIND_COUNT] = {
#define X(kind, member, name) [kind] = name,
    OP_KIND_TABLE(X)
#undef X
};

const char *op_kind_name(enum op_kind kind)
{
    return (unsigned)kind < OP_KIND_COUNT ? kind_names[kind] : NULL;
}

bool op_kind_parse(const char *name, enum op_kind *kind)
{
    for (int i = 0; i < OP_KIND_COUNT; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *kind = (enum op_kind)i;
            return true;
        }
    return false;
}

static const char *const tier_names[TIER_COUNT] = {
#define X(tier, name) [tier] = name,
    TIER_TABLE(X)
#undef X
};

const char *tier_name(enum tier tier)
{
    return (unsigned)tier < TIER_COUNT ? tier_names[tier] : NULL;
}

bool tier_parse(const char *name, enum tier *tier)
{
    for (int i = 0; i < TIER_COUNT; i++)
        if (strcmp(tier_names[i], name) == 0) {
            *tier = (enum tier)i;
            return true;
        }
    return false;
}

/* Cleans a text in place. */
static enum tk_code clean_field(char *field, size_t size, enum tk_code refusal, const char *what,
                                struct tk_error *error)
{
    char cleaned[SLOT_DESCRIPTION_SIZE];
    enum tk_code code = text_clean(cleaned, size, field);

    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    if (code)
        return tk_fail(error, refusal, "The %s is not text, or longer than %zu bytes.", what,
                       size - 1);
    text_copy(field, size, cleaned);
    return TK_OK;
}

static enum tk_code clean_who(struct operation *operation, struct tk_error *error)
{
    enum tk_code code;

    code = clean_field(operation->actor, ACTOR_SIZE, TK_BAD_TEXT, "clerk's name", error);
    if (!code)
        code = clean_field(operation->device, DEVICE_SIZE, TK_BAD_TEXT, "till's name", error);
    return code;
}

static enum tk_code clean_schedule(struct op_schedule *schedule, struct tk_error *error)
{
    enum tk_code code;

    code = clean_field(schedule->name, SLOT_NAME_SIZE, TK_BAD_NAME, "showing's name", error);
    if (!code && !schedule->name[0])
        code = tk_fail(error, TK_BAD_NAME, "The showing needs a name.");
    if (!code)
        code = clean_field(schedule->description, SLOT_DESCRIPTION_SIZE, TK_BAD_TEXT,
                           "description", error);
    if (!code)
        code = clean_field(schedule->screen, SLOT_SCREEN_SIZE, TK_BAD_TEXT, "screen", error);
    return code;
}

static enum tk_code clean_customer(struct op_book *book, struct tk_error *error)
{
    char phone[CUSTOMER_PHONE_SIZE];
    enum tk_code code;

    code = clean_field(book->customer_name, CUSTOMER_NAME_SIZE, TK_BAD_NAME, "customer's name",
                       error);
    if (code)
        return code;
    if (book->customer_phone[0]) {
        code = phone_clean(phone, book->customer_phone);
        if (code)
            return tk_fail_code(error, code);
        text_copy(book->customer_phone, sizeof book->customer_phone, phone);
    }
    if (!book->customer_name[0] != !book->customer_phone[0])
        return tk_fail_code(error, TK_HALF_CUSTOMER);
    return TK_OK;
}

static enum tk_code clean_ref(struct slot_ref *ref, struct tk_error *error)
{
    if (ref->id) {
        ref->name[0] = '\0';
        ref->starts_at = 0;
        return TK_OK;
    }
    return clean_field(ref->name, SLOT_NAME_SIZE, TK_BAD_NAME, "showing's name", error);
}

static enum tk_code clean_device(char *name, struct tk_error *error)
{
    enum tk_code code = clean_field(name, DEVICE_SIZE, TK_BAD_NAME, "device's name", error);

    return !code && !name[0] ? tk_fail(error, TK_BAD_NAME, "The device needs a name.") : code;
}

/* Who acts is a member of staff if it begins with '#', and a device acts in its own name, too. */
static bool is_taken_for_staff(const char *name)
{
    return name[0] == '#';
}

static enum tk_code clean_new_device(char *name, struct tk_error *error)
{
    enum tk_code code = clean_device(name, error);

    return !code && is_taken_for_staff(name)
               ? tk_fail(error, TK_BAD_NAME,
                         "A device's name does not begin with “#”: members of staff are named so.")
               : code;
}

static enum tk_code clean_reason(char *reason, struct tk_error *error)
{
    enum tk_code code = clean_field(reason, DISPUTE_REASON_SIZE, TK_BAD_REASON, "reason", error);

    return !code && !reason[0] ? tk_fail_code(error, TK_BAD_REASON) : code;
}

static enum tk_code clean_staff(struct op_staff *staff, struct tk_error *error)
{
    enum tk_code code = clean_field(staff->name, STAFF_NAME_SIZE, TK_BAD_NAME, "member's name", error);

    return !code && !staff->name[0] ? tk_fail(error, TK_BAD_NAME, "A member of staff needs a name.")
                                    : code;
}

enum tk_code operation_clean(struct operation *operation, struct tk_error *error)
{
    enum tk_code code = clean_who(operation, error);

    if (code)
        return code;
    switch (operation->kind) {
    case OP_SCHEDULE:
        return clean_schedule(&operation->schedule, error);
    case OP_BOOK:
        code = clean_ref(&operation->book.slot, error);
        return code ? code : clean_customer(&operation->book, error);
    case OP_REISSUE:
        return clean_ref(&operation->reissue.slot, error);
    case OP_ENROL:
        return clean_new_device(operation->enrol.name, error);
    case OP_REVOKE:
        return clean_device(operation->revoke.name, error);
    case OP_GRANT:
        return clean_device(operation->grant.holder, error);
    case OP_WRITE_OFF:
        return clean_device(operation->write_off.holder, error);
    case OP_BLOCK:
        return clean_device(operation->block.holder, error);
    case OP_QUARANTINE:
        return clean_device(operation->quarantine.holder, error);
    case OP_CLOSE:
        return clean_reason(operation->settle.reason, error);
    case OP_STAFF:
        return clean_staff(&operation->staff, error);
    case OP_INVITE:
        return clean_new_device(operation->invite.name, error);
    case OP_REDEEM:
        return clean_device(operation->redeem.name, error);
    case OP_TIER:
        return clean_reason(operation->tier.reason, error);
    case OP_ERASE:
        return clean_reason(operation->erase.reason, error);
    default:
        return TK_OK;
    }
}

static enum tk_code check_schedule(const struct op_schedule *schedule)
{
    if (!schedule->name[0] || !text_is_clean(schedule->name))
        return TK_BAD_NAME;
    if (!text_is_clean(schedule->description) || !text_is_clean(schedule->screen))
        return TK_BAD_TEXT;
    if (schedule->starts_at < 0 || schedule->starts_at > TIME_MAX || schedule->ends_at < 0 ||
        schedule->ends_at > TIME_MAX)
        return TK_BAD_TIME;
    if (schedule->ends_at <= schedule->starts_at)
        return TK_END_BEFORE_START;
    if (schedule->ends_at - schedule->starts_at > SLOT_LENGTH_MAX)
        return TK_TOO_LONG;
    if ((unsigned)schedule->type >= SLOT_TYPE_COUNT)
        return TK_BAD_TYPE;
    if ((unsigned)schedule->genre >= GENRE_COUNT)
        return TK_BAD_GENRE;
    if (schedule->capacity < 1 || schedule->capacity > SLOT_CAPACITY_MAX)
        return TK_BAD_CAPACITY;
    return TK_OK;
}

static enum tk_code check_book(const struct op_book *book)
{
    if (!text_is_clean(book->slot.name) || !text_is_clean(book->customer_name))
        return TK_BAD_NAME;
    if (!book->customer_name[0] != !book->customer_phone[0])
        return TK_HALF_CUSTOMER;
    if (book->customer_phone[0] && !phone_is_clean(book->customer_phone))
        return TK_BAD_PHONE;
    return book->count < 1 || book->count > SLOT_CAPACITY_MAX ? TK_BAD_COUNT : TK_OK;
}

/* What a device numbers itself is for one showing, and cut off it numbers all that it issues. */
static enum tk_code check_issued(const struct operation *operation, const struct slot_ref *slot,
                                 uint64_t first)
{
    if (operation->cut_off != (first != 0) && (operation->cut_off || operation->kind != OP_BOOK))
        return TK_BAD_OPERATION;
    return first && (!slot->id || first > ID_MAX) ? TK_BAD_OPERATION : TK_OK;
}

static enum tk_code check_total(int64_t total)
{
    return total < 0 || total > INT32_MAX ? TK_BAD_COUNT : TK_OK;
}

static enum tk_code check_device(const char *name)
{
    return name[0] && text_is_clean(name) ? TK_OK : TK_BAD_NAME;
}

/* Those that are there by such a name stay, and can be revoked. */
static enum tk_code check_new_device(const char *name)
{
    return is_taken_for_staff(name) ? TK_BAD_NAME : check_device(name);
}

static enum tk_code check_enrol(const struct op_enrol *enrol)
{
    enum tk_code code = check_new_device(enrol->name);

    if (!code && (unsigned)enrol->role >= ROLE_COUNT)
        code = TK_BAD_ROLE;
    return code;
}

/* A door without a name could not be told from nobody. */
static enum tk_code check_admit(const struct op_admit *admit, const char *device)
{
    if (!device[0])
        return TK_BAD_NAME;
    return admit->admitted_at < 0 || admit->admitted_at > TIME_MAX ? TK_BAD_TIME : TK_OK;
}

/* A member of staff that is named by the number people type. */
static enum tk_code check_number(int64_t number)
{
    return number >= 1 && number <= STAFF_NUMBER_MAX ? TK_OK : TK_BAD_STAFF;
}

static enum tk_code check_staff(const struct op_staff *staff)
{
    enum tk_code code = check_number(staff->number);

    if (!code && (!staff->name[0] || !text_is_clean(staff->name)))
        code = TK_BAD_NAME;
    return !code && !role_is_for_staff(staff->role) ? TK_BAD_ROLE : code;
}

static enum tk_code check_pin(const struct op_pin *pin)
{
    enum tk_code code = check_number(pin->number);

    return !code && (!text_is_clean(pin->pin) || !text_is_clean(pin->password)) ? TK_BAD_PIN : code;
}

static enum tk_code check_sign(const struct op_sign *sign)
{
    static const char *const events[] = {"on", "off", "locked", "failed", "approved"};

    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (strcmp(sign->event, events[i]) == 0)
            return sign->number >= 0 && sign->number <= STAFF_NUMBER_MAX ? TK_OK : TK_BAD_STAFF;
    return TK_BAD_OPERATION;
}

/* A shift is a member's own. */
static enum tk_code check_shift(const struct operation *operation)
{
    struct effort effort = {{0}};
    int64_t number, approver;

    if (!actor_parse(operation->actor, &number, &approver))
        return TK_BAD_STAFF;
    if (operation->kind == OP_SHIFT_CLOSE && (!effort_read(&effort, operation->shift_close.keys) ||
                                              !effort_read(&effort, operation->shift_close.seconds)))
        return TK_BAD_OPERATION;
    return TK_OK;
}

static enum tk_code check_limit(const struct op_limit *set)
{
    enum limit limit;

    return limit_parse(set->name, &limit) && limit_fits(limit, set->value) ? TK_OK : TK_BAD_LIMIT;
}

static enum tk_code check_invite(const struct op_invite *invite)
{
    enum tk_code code = check_new_device(invite->name);

    if (!code && (unsigned)invite->role >= ROLE_COUNT)
        code = TK_BAD_ROLE;
    return !code && (invite->until < 0 || invite->until > TIME_MAX) ? TK_BAD_TIME : code;
}

static enum tk_code check_reason(const char *reason)
{
    return reason[0] && text_is_clean(reason) ? TK_OK : TK_BAD_REASON;
}

static enum tk_code check_tier(const struct op_tier *choice)
{
    enum tier tier;

    if (!choice->customer_id || choice->customer_id > ID_MAX)
        return TK_BAD_ID;
    return tier_parse(choice->tier, &tier) ? check_reason(choice->reason) : TK_BAD_TIER;
}

static enum tk_code check_erase(const struct op_erase *erase)
{
    return !erase->customer_id || erase->customer_id > ID_MAX ? TK_BAD_ID
                                                              : check_reason(erase->reason);
}

static enum tk_code check_seal(const struct op_seal *seal)
{
    return strcmp(seal->why, "midnight") == 0 || strcmp(seal->why, "asked") == 0 ? TK_OK
                                                                               : TK_BAD_OPERATION;
}

enum tk_code operation_check(const struct operation *operation)
{
    enum tk_code code;

    if (op_id_is_zero(&operation->id) || (unsigned)operation->kind >= OP_KIND_COUNT)
        return TK_BAD_OPERATION;
    if (!actor_is_clean(operation->actor) || !text_is_clean(operation->device))
        return TK_BAD_TEXT;
    if (operation->cut_off && !operation->device[0])
        return TK_BAD_NAME;
    switch (operation->kind) {
    case OP_SCHEDULE:
        return check_schedule(&operation->schedule);
    case OP_BOOK:
        code = check_book(&operation->book);
        return code ? code
                    : check_issued(operation, &operation->book.slot, operation->book.first_ticket);
    case OP_REISSUE:
        code = text_is_clean(operation->reissue.slot.name) ? TK_OK : TK_BAD_NAME;
        return code ? code
                    : check_issued(operation, &operation->reissue.slot,
                                   operation->reissue.new_ticket);
    case OP_JOIN:
        return op_id_is_zero(&operation->join.replica) ? TK_BAD_OPERATION
                                                       : check_device(operation->device);
    case OP_GRANT:
        code = check_device(operation->grant.holder);
        return code ? code : check_total(operation->grant.granted);
    case OP_RETURN:
        code = check_device(operation->device);
        return code ? code : check_total(operation->give_back.returned);
    case OP_WRITE_OFF:
        return check_device(operation->write_off.holder);
    case OP_BLOCK:
        return check_device(operation->block.holder);
    case OP_MARK:
        return operation->mark.seq < 0 ? TK_BAD_OPERATION : check_device(operation->device);
    case OP_QUARANTINE:
        return check_device(operation->quarantine.holder);
    case OP_VOID:
        return op_id_is_zero(&operation->void_.operation) ||
                       op_id_equal(&operation->void_.operation, &operation->id)
                   ? TK_BAD_OPERATION
                   : TK_OK;
    case OP_CLOSE:
        return check_reason(operation->settle.reason);
    case OP_ENROL:
        return check_enrol(&operation->enrol);
    case OP_REVOKE:
        return check_device(operation->revoke.name);
    case OP_ADMIT:
        return check_admit(&operation->admit, operation->device);
    case OP_ROTATE:
        return operation->rotate.generation >= 1 &&
                       operation->rotate.generation <= KEY_GENERATION_MAX
                   ? TK_OK
                   : TK_BAD_GENERATION;
    case OP_STAFF:
        return check_staff(&operation->staff);
    case OP_PIN:
        return check_pin(&operation->pin);
    case OP_SIGN:
        return check_sign(&operation->sign);
    case OP_SHIFT_OPEN:
    case OP_SHIFT_CLOSE:
        return check_shift(operation);
    case OP_LIMIT:
        return check_limit(&operation->limit);
    case OP_INVITE:
        return check_invite(&operation->invite);
    case OP_REDEEM:
        return check_device(operation->redeem.name);
    case OP_TIER:
        return check_tier(&operation->tier);
    case OP_ERASE:
        return check_erase(&operation->erase);
    case OP_SEAL:
        return check_seal(&operation->seal);
    default:
        return TK_OK;
    }
}

enum tk_code operation_digest(const struct operation *operation, const struct crypto_key *key,
                              uint8_t digest[CRYPTO_HASH_SIZE])
{
    struct buffer body;
    enum tk_code code = TK_NO_MEMORY;

    buffer_init(&body, 64 * 1024);
    buffer_addf(&body, "%s ", op_kind_name(operation->kind));
    operation_print(&body, operation, OP_PRINT_BODY);
    if (!body.failed) {
        crypto_digest(digest, key, body.data, body.length);
        code = TK_OK;
    }
    buffer_release(&body);
    return code;
}

uint64_t operation_ticket(const struct operation *operation)
{
    switch (operation->kind) {
    case OP_REISSUE:
        return operation->reissue.ticket_id;
    case OP_CANCEL:
        return operation->cancel.ticket_id;
    case OP_ADMIT:
        return operation->admit.ticket_id;
    case OP_UNADMIT:
        return operation->unadmit.ticket_id;
    case OP_PRINT:
        return operation->copy.ticket_id;
    default:
        return 0;
    }
}

bool operation_is_peoples(enum op_kind kind)
{
    switch (kind) {
    case OP_BOOK:
    case OP_REISSUE:
    case OP_CANCEL:
    case OP_PRINT:
    case OP_ADMIT:
    case OP_UNADMIT:
    case OP_CLOSE:
        return true;
    default:
        return false;
    }
}

/* Those of its own kind. */
static size_t add_records(const struct operation *operation, char keys[][RECORD_KEY_SIZE],
                          size_t count)
{
    switch (operation->kind) {
    case OP_STAFF:
        staff_key(keys[count++], operation->staff.number);
        break;
    case OP_PIN:
        staff_key(keys[count++], operation->pin.number);
        break;
    case OP_INVITE:
        invite_key(keys[count++], operation->invite.code_hash);
        break;
    case OP_REDEEM:
        invite_key(keys[count++], operation->redeem.code_hash);
        device_note_key(keys[count++], operation->redeem.name);
        break;
    case OP_ENROL:
        device_note_key(keys[count++], operation->enrol.name);
        break;
    case OP_TIER:
        tier_key(keys[count++], operation->tier.customer_id);
        break;
    case OP_ERASE:
        tier_key(keys[count++], operation->erase.customer_id);
        break;
    case OP_LIMIT:
        memcpy(keys[count++], LIMITS_KEY, sizeof LIMITS_KEY);
        break;
    default:
        break;
    }
    return count;
}

size_t operation_records(const struct operation *operation,
                         char keys[OPERATION_RECORDS_MAX][RECORD_KEY_SIZE])
{
    int64_t number, approver;
    size_t count = 0;

    if (actor_parse(operation->actor, &number, &approver)) {
        staff_key(keys[count++], number);
        if (approver)
            staff_key(keys[count++], approver);
        duty_key(keys[count++], number);
        if (operation->kind != OP_LIMIT)
            memcpy(keys[count++], LIMITS_KEY, sizeof LIMITS_KEY);
    } else if (operation->cut_off && operation_is_peoples(operation->kind)) {
        device_note_key(keys[count++], operation->device);
    }
    return add_records(operation, keys, count);
}
