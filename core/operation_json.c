/*
 * Operations and outcomes as JSON: the tables, which serve printing and reading (operation_read.c)
 * alike, and printing.
 */
#include <string.h>

#include "core/operation_fields.h"

#define AT(type, member) offsetof(struct type, member), sizeof(((struct type *)0)->member)
#define CUT_OFF                                                                                    \
    {                                                                                              \
        "cutOff", FIELD_BOOL, AT(operation, cut_off), false, true, 0                               \
    }

static const struct field schedule_fields[] = {
    {"slotName", FIELD_TEXT, AT(operation, schedule.name), false, false, 0},
    {"slotDescription", FIELD_TEXT, AT(operation, schedule.description), false, true, 0},
    {"screen", FIELD_TEXT, AT(operation, schedule.screen), false, true, 0},
    {"startTime", FIELD_TIME, AT(operation, schedule.starts_at), false, false, 0},
    {"endTime", FIELD_TIME, AT(operation, schedule.ends_at), false, false, 0},
    {"slotType", FIELD_TYPE, AT(operation, schedule.type), false, false, 0},
    {"genre", FIELD_GENRE, AT(operation, schedule.genre), false, false, 0},
    {"capacity", FIELD_INT, AT(operation, schedule.capacity), false, false,
     SLOT_CAPACITY_DEFAULT},
    {0},
};

static const struct field book_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, book.slot.id), false, true, 0},
    {"slotName", FIELD_TEXT, AT(operation, book.slot.name), false, true, 0},
    {"startTime", FIELD_TIME, AT(operation, book.slot.starts_at), false, true, 0},
    {"numTickets", FIELD_INT, AT(operation, book.count), false, false, BOOK_COUNT_DEFAULT},
    {"userName", FIELD_TEXT, AT(operation, book.customer_name), true, true, 0},
    {"phoneNumber", FIELD_TEXT, AT(operation, book.customer_phone), true, true, 0},
    {"firstTicketId", FIELD_TICKET, AT(operation, book.first_ticket), false, true, 0},
    CUT_OFF,
    {0},
};

static const struct field reissue_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, reissue.ticket_id), false, false, 0},
    {"slotId", FIELD_SLOT, AT(operation, reissue.slot.id), false, true, 0},
    {"slotName", FIELD_TEXT, AT(operation, reissue.slot.name), false, true, 0},
    {"startTime", FIELD_TIME, AT(operation, reissue.slot.starts_at), false, true, 0},
    {"newTicketId", FIELD_TICKET, AT(operation, reissue.new_ticket), false, true, 0},
    CUT_OFF,
    {0},
};

static const struct field cancel_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, cancel.ticket_id), false, false, 0},
    CUT_OFF,
    {0},
};

static const struct field expire_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, expire.slot_id), false, false, 0},
    {"asOf", FIELD_TIME, AT(operation, expire.as_of), false, false, 0},
    {0},
};

static const struct field archive_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, archive.slot_id), false, false, 0},
    {"before", FIELD_TIME, AT(operation, archive.before), false, false, 0},
    {0},
};

static const struct field enrol_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, enrol.name), false, false, 0},
    {"role", FIELD_ROLE, AT(operation, enrol.role), false, false, 0},
    {"tokenHash", FIELD_HASH, AT(operation, enrol.token_hash), true, false, 0},
    {0},
};

static const struct field revoke_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, revoke.name), false, false, 0},
    {0},
};

static const struct field admit_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, admit.ticket_id), false, false, 0},
    {"slotId", FIELD_SLOT, AT(operation, admit.slot_id), false, true, 0},
    {"admittedAt", FIELD_TIME, AT(operation, admit.admitted_at), false, true, 0},
    CUT_OFF,
    {0},
};

static const struct field unadmit_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, unadmit.ticket_id), false, false, 0},
    CUT_OFF,
    {0},
};

static const struct field copy_fields[] = {
    {"ticketId", FIELD_TICKET, AT(operation, copy.ticket_id), false, false, 0},
    CUT_OFF,
    {0},
};

static const struct field rotate_fields[] = {
    {"generation", FIELD_INT, AT(operation, rotate.generation), false, false, 0},
    {0},
};

static const struct field join_fields[] = {
    {"replicaId", FIELD_OPERATION, AT(operation, join.replica), false, false, 0},
    {"replacesId", FIELD_OPERATION, AT(operation, join.replaces), false, true, 0},
    {0},
};

static const struct field grant_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, grant.slot_id), false, false, 0},
    {"deviceName", FIELD_TEXT, AT(operation, grant.holder), false, false, 0},
    {"granted", FIELD_INT, AT(operation, grant.granted), false, false, 0},
    {0},
};

static const struct field give_back_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, give_back.slot_id), false, false, 0},
    {"returned", FIELD_INT, AT(operation, give_back.returned), false, false, 0},
    CUT_OFF,
    {0},
};

static const struct field write_off_fields[] = {
    {"slotId", FIELD_SLOT, AT(operation, write_off.slot_id), false, true, 0},
    {"deviceName", FIELD_TEXT, AT(operation, write_off.holder), false, false, 0},
    {0},
};

static const struct field block_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, block.holder), false, false, 0},
    {0},
};

static const struct field mark_fields[] = {
    {"replicaId", FIELD_OPERATION, AT(operation, mark.replica), false, false, 0},
    {"seq", FIELD_INT, AT(operation, mark.seq), false, false, 0},
    {"hash", FIELD_HASH, AT(operation, mark.hash), false, false, 0},
    {0},
};

static const struct field quarantine_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, quarantine.holder), false, false, 0},
    {0},
};

static const struct field void__fields[] = {
    {"operationId", FIELD_OPERATION, AT(operation, void_.operation), false, false, 0},
    {0},
};

static const struct field settle_fields[] = {
    {"operationId", FIELD_OPERATION, AT(operation, settle.dispute), false, false, 0},
    {"reason", FIELD_TEXT, AT(operation, settle.reason), false, false, 0},
    {0},
};

static const struct field staff_fields[] = {
    {"number", FIELD_INT, AT(operation, staff.number), false, false, 0},
    {"name", FIELD_TEXT, AT(operation, staff.name), true, false, 0},
    {"role", FIELD_ROLE, AT(operation, staff.role), false, false, 0},
    {"left", FIELD_BOOL, AT(operation, staff.left), false, true, 0},
    {0},
};

static const struct field pin_fields[] = {
    {"number", FIELD_INT, AT(operation, pin.number), false, false, 0},
    {"pin", FIELD_TEXT, AT(operation, pin.pin), true, true, 0},
    {"password", FIELD_TEXT, AT(operation, pin.password), true, true, 0},
    {0},
};

static const struct field sign_fields[] = {
    {"number", FIELD_INT, AT(operation, sign.number), false, true, 0},
    {"event", FIELD_TEXT, AT(operation, sign.event), false, false, 0},
    CUT_OFF,
    {0},
};

static const struct field shift_open_fields[] = {
    {0},
};

static const struct field shift_close_fields[] = {
    {"keys", FIELD_TEXT, AT(operation, shift_close.keys), false, true, 0},
    {"seconds", FIELD_TEXT, AT(operation, shift_close.seconds), false, true, 0},
    {0},
};

static const struct field limit_fields[] = {
    {"name", FIELD_TEXT, AT(operation, limit.name), false, false, 0},
    {"value", FIELD_INT, AT(operation, limit.value), false, true, 0},
    {0},
};

static const struct field invite_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, invite.name), false, false, 0},
    {"role", FIELD_ROLE, AT(operation, invite.role), false, false, 0},
    {"attended", FIELD_BOOL, AT(operation, invite.attended), false, true, 0},
    {"codeHash", FIELD_HASH, AT(operation, invite.code_hash), true, false, 0},
    {"until", FIELD_TIME, AT(operation, invite.until), false, false, 0},
    {0},
};

static const struct field redeem_fields[] = {
    {"deviceName", FIELD_TEXT, AT(operation, redeem.name), false, false, 0},
    {"codeHash", FIELD_HASH, AT(operation, redeem.code_hash), true, false, 0},
    {"tokenHash", FIELD_HASH, AT(operation, redeem.token_hash), true, false, 0},
    {0},
};

static const struct field tier_fields[] = {
    {"userId", FIELD_CUSTOMER, AT(operation, tier.customer_id), false, false, 0},
    {"tier", FIELD_TEXT, AT(operation, tier.tier), false, false, 0},
    {"reason", FIELD_TEXT, AT(operation, tier.reason), false, false, 0},
    {0},
};

static const struct field erase_fields[] = {
    {"userId", FIELD_CUSTOMER, AT(operation, erase.customer_id), false, false, 0},
    {"reason", FIELD_TEXT, AT(operation, erase.reason), false, false, 0},
    {0},
};

static const struct field seal_fields[] = {
    {"why", FIELD_TEXT, AT(operation, seal.why), false, false, 0},
    {0},
};

const struct field *const operation_fields[OP_KIND_COUNT] = {
#define X(kind, member, name) [kind] = member##_fields,
    OP_KIND_TABLE(X)
#undef X
};

const struct field operation_outcome_fields[] = {
    {"slotId", FIELD_SLOT, AT(outcome, slot_id), false, true, 0},
    {"ticketId", FIELD_TICKET, AT(outcome, ticket_id), false, true, 0},
    {"count", FIELD_INT32, AT(outcome, count), false, true, 0},
    {"available", FIELD_INT32, AT(outcome, available), false, true, 0},
    {"oldTicketId", FIELD_TICKET, AT(outcome, old_ticket_id), false, true, 0},
    {"userId", FIELD_CUSTOMER, AT(outcome, customer_id), false, true, 0},
    {0},
};

/* A name; the number where there is no name for it. */
static void name_print(struct buffer *json, const struct field *field, const char *name,
                       int64_t number)
{
    if (name)
        json_put_text(json, field->name, name);
    else
        json_put_int(json, field->name, number);
}

static void field_print(struct buffer *json, const struct field *field, const void *object)
{
    const char *at = (const char *)object + field->offset;
    char id[ID_TEXT_MAX];
    char hash[2 * CRYPTO_HASH_SIZE + 1], operation[OP_ID_TEXT_MAX];
    int64_t number = 0;

    if (field->type == FIELD_TEXT) {
        if (*at || !field->optional)
            json_put_text(json, field->name, at);
        return;
    }
    if (field->type == FIELD_HASH) {
        hex_print(hash, (const uint8_t *)at, CRYPTO_HASH_SIZE);
        json_put_text(json, field->name, hash);
        return;
    }
    if (field->type == FIELD_OPERATION) {
        if (field->optional && op_id_is_zero((const struct op_id *)at))
            return;
        op_id_print(operation, (const struct op_id *)at);
        json_put_text(json, field->name, operation);
        return;
    }
    if (field->type == FIELD_BOOL) {
        if (*(const bool *)at)
            json_put_raw(json, field->name, "true");
        return;
    }
    if (field->size == sizeof(int32_t)) {
        int32_t narrow;

        memcpy(&narrow, at, sizeof narrow);
        number = narrow;
    } else {
        memcpy(&number, at, sizeof number);
    }
    if (!number && field->optional)
        return;
    switch (field->type) {
    case FIELD_TYPE:
        name_print(json, field, slot_type_name((enum slot_type)number), number);
        break;
    case FIELD_ROLE:
        name_print(json, field, role_name((enum role)number), number);
        break;
    case FIELD_GENRE:
        name_print(json, field, genre_name((enum genre)number), number);
        break;
    case FIELD_TICKET:
    case FIELD_CUSTOMER:
        id_print(id, field->type == FIELD_TICKET ? ID_TICKET : ID_CUSTOMER, (uint64_t)number);
        json_put_text(json, field->name, id);
        break;
    default:
        json_put_int(json, field->name, number);
    }
}

static void fields_print(struct buffer *json, const struct field *fields, const void *object,
                         bool journal)
{
    for (; fields->name; fields++)
        if (!journal || !fields->personal)
            field_print(json, fields, object);
}

void operation_print(struct buffer *json, const struct operation *operation, enum op_print what)
{
    char id[OP_ID_TEXT_MAX];

    if ((unsigned)operation->kind >= OP_KIND_COUNT) {
        json_put_raw(json, NULL, "{}");
        return;
    }
    json_put_open(json, NULL, '{');
    if (what == OP_PRINT_WHOLE) {
        op_id_print(id, &operation->id);
        json_put_text(json, "id", id);
        json_put_text(json, "operation", op_kind_name(operation->kind));
        json_put_text(json, "actor", operation->actor);
        json_put_text(json, "device", operation->device);
        json_put_int(json, "at", operation->at);
    }
    fields_print(json, operation_fields[operation->kind], operation, what == OP_PRINT_JOURNAL);
    json_put_close(json, '}');
}

void outcome_print(struct buffer *json, const struct outcome *outcome)
{
    json_put_open(json, NULL, '{');
    json_put_text(json, "code", tk_code_name(outcome->code));
    fields_print(json, operation_outcome_fields, outcome, false);
    json_put_close(json, '}');
}
