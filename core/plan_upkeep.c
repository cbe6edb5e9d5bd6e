/* The rules: books that are closed, what is put away, devices, keys. */
#include "core/plan_internal.h"

#include <string.h>

enum tk_code plan_expire(struct plan_context *c)
{
    const struct op_expire *expire = &c->operation->expire;
    struct slot_row *row = working_set_slot(c->set, expire->slot_id);

    if (!row)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = row->slot.id;
    if (row->slot.expired_at)
        return TK_SLOT_EXPIRED;
    if (expire->as_of < row->slot.ends_at ||
        expire->as_of - row->slot.ends_at < c->rules->expire_after)
        return TK_NOT_DUE;
    c->outcome->count = row->slot.sold;
    row->slot.lost += row->slot.available + row->slot.allotted;
    row->slot.available = row->slot.allotted = 0;
    row->slot.expired_at = c->now;
    slot_touch(row);
    row->expire_tickets = true;
    row->expired_seq = row->slot.seq;
    for (size_t i = 0; i < c->set->ticket_count; i++) {
        struct ticket_row *ticket = &c->set->tickets[i];

        if (ticket->ticket.slot_id != row->slot.id || ticket->ticket.status != TICKET_BOOKED)
            continue;
        ticket->ticket.status = TICKET_EXPIRED;
        ticket->ticket.changed_at = c->now;
        ticket_touch(ticket, row->slot.seq);
    }
    return TK_OK;
}

void plan_forget_customer(const struct plan_context *c, struct customer_row *row)
{
    customer_touch(row);
    memset(row->customer.name, 0, sizeof row->customer.name);
    memset(row->customer.phone, 0, sizeof row->customer.phone);
    row->customer.erased_at = c->now;
}

/* Counts a ticket of the customer as gone and forgets the customer with the last one. */
static void customer_lose_ticket(const struct plan_context *c, struct customer_row *row)
{
    customer_touch(row);
    if (--row->customer.tickets <= 0 && !row->customer.erased_at)
        plan_forget_customer(c, row);
}

static bool is_settled(const struct ticket *ticket, int64_t slot_id, int64_t before)
{
    return ticket->slot_id == slot_id && ticket->changed_at <= before &&
           (ticket->status == TICKET_EXPIRED || ticket->status == TICKET_CANCELED);
}

enum tk_code plan_archive(struct plan_context *c)
{
    const struct op_archive *archive = &c->operation->archive;
    struct slot_row *row = working_set_slot(c->set, archive->slot_id);
    bool whole;

    if (!row)
        return TK_SLOT_NOT_FOUND;
    c->outcome->slot_id = row->slot.id;
    whole =
        row->slot.expired_at && row->slot.expired_at <= archive->before && !row->slot.archived_at;
    for (size_t i = 0; i < c->set->ticket_count; i++) {
        struct ticket_row *ticket = &c->set->tickets[i];
        struct customer_row *customer;

        if (!is_settled(&ticket->ticket, archive->slot_id, archive->before))
            continue;
        if (c->outcome->count++ == 0)
            slot_touch(row);
        ticket->ticket.status = TICKET_ARCHIVED;
        ticket->ticket.changed_at = c->now;
        ticket_touch(ticket, row->slot.seq);
        customer = working_set_customer(c->set, ticket->ticket.customer_id);
        if (customer)
            customer_lose_ticket(c, customer);
    }
    if (!c->outcome->count && !whole)
        return TK_NOT_DUE;
    if (whole) {
        if (!c->outcome->count)
            slot_touch(row);
        row->slot.archived_at = c->now;
    }
    return TK_OK;
}

/* A token opens one door: while a device has it, no other may be enrolled with it. */
static bool is_token_taken(const struct working_set *set, const uint8_t hash[CRYPTO_HASH_SIZE])
{
    for (size_t i = 0; i < set->device_count; i++) {
        const struct device *device = &set->devices[i].device;

        if (!device->revoked_at && memcmp(device->token_hash, hash, CRYPTO_HASH_SIZE) == 0)
            return true;
    }
    return false;
}

enum tk_code plan_put_device(struct plan_context *c, const struct device *device)
{
    struct device_row *row = working_set_device(c->set, device->name);

    if ((row && !row->device.revoked_at) || is_token_taken(c->set, device->token_hash))
        return TK_DEVICE_KNOWN;
    if (row) {
        row->device = *device;
        device_touch(row);
        return TK_OK;
    }
    if (working_set_add_device(c->set, device))
        return TK_NO_MEMORY;
    c->set->devices[c->set->device_count - 1].state = ROW_NEW;
    return TK_OK;
}

enum tk_code plan_enrol(struct plan_context *c)
{
    const struct op_enrol *enrol = &c->operation->enrol;
    struct device device = {.role = enrol->role, .enrolled_at = c->now};
    enum tk_code code;

    memcpy(device.name, enrol->name, sizeof device.name);
    memcpy(device.token_hash, enrol->token_hash, sizeof device.token_hash);
    code = plan_put_device(c, &device);
    return code ? code : plan_forget_note(c, device.name);
}

enum tk_code plan_revoke(struct plan_context *c)
{
    struct device_row *row = working_set_device(c->set, c->operation->revoke.name);

    if (!row || row->device.revoked_at)
        return TK_DEVICE_NOT_FOUND;
    row->device.revoked_at = c->now;
    device_touch(row);
    return TK_OK;
}

enum tk_code plan_rotate(struct plan_context *c)
{
    struct id_supply *ids = &c->set->ids;

    if (c->operation->rotate.generation != ids->key_generation + 1)
        return TK_BAD_GENERATION;
    ids->key_generation++;
    ids->rotated = true;
    c->outcome->count = (int32_t)ids->key_generation;
    return TK_OK;
}
