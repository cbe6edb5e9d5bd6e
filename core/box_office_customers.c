/* The box office: customers who come again. */
#include <string.h>

#include "core/box_office_internal.h"
#include "core/id.h"
#include "core/list.h"
#include "core/text.h"

#define PAGE 1000 /* tickets at a time */

enum tk_code office_customer(struct box_office *office, uint64_t id, struct customer *customer,
                             struct tk_error *error)
{
    struct customer_query query = {.ids = &id, .id_count = 1};
    struct customer_list list = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code = office_customers(office, &query, &list, error);

    if (!code && list.count) {
        *customer = list.items[0];
    } else if (!code) {
        id_print(text, ID_CUSTOMER, id);
        code = tk_fail(error, TK_CUSTOMER_NOT_FOUND, "There is no customer %s.", text);
    }
    customer_list_release(&list);
    return code;
}

/* All tickets, whatever their number, newest first. */
static enum tk_code list_all(struct box_office *office, uint64_t customer_id,
                             struct ticket_list *list, struct tk_error *error)
{
    struct ticket_query query = {
        .status = -1, .customer_id = customer_id, .newest_first = true, .limit = PAGE};
    size_t before;
    enum tk_code code;

    do {
        before = list->count;
        code = office->store->ops->list_tickets(office->store, &query, list, error);
        if (!code && list->count > before)
            query.after_id = list->items[list->count - 1].id;
    } while (!code && list->count - before == PAGE);
    return code;
}

enum tk_code office_history(struct box_office *office, uint64_t customer_id,
                            struct ticket_view_list *list, struct tk_error *error)
{
    struct ticket_query query = {
        .status = -1, .customer_id = customer_id, .newest_first = true, .limit = PAGE};
    size_t before;
    enum tk_code code;

    do {
        before = list->count;
        code = office_tickets(office, &query, list, error);
        if (!code && list->count > before)
            query.after_id = list->items[list->count - 1].ticket.id;
    } while (!code && list->count - before == PAGE);
    return code;
}

enum tk_code office_tier_choice(struct box_office *office, uint64_t customer_id,
                                struct tier_choice *choice, struct tk_error *error)
{
    struct tier_choice read = {.customer_id = customer_id, .tier = TIER_COUNTED};
    char key[RECORD_KEY_SIZE];
    struct record record;
    enum tk_code code;

    tier_key(key, customer_id);
    code = office_record(office, key, &record, error);
    if (!code && record.value[0] && tier_read(&record, &read))
        code = tk_fail(error, TK_CORRUPT, "The record %s cannot be read.", key);
    if (!code)
        *choice = read;
    return code;
}

enum tk_code office_loyalty(struct box_office *office, uint64_t customer_id,
                            struct loyalty *loyalty, struct tk_error *error)
{
    struct ticket_list tickets = {0};
    struct tier_choice choice;
    struct limits limits;
    enum tk_code code = office_tier_choice(office, customer_id, &choice, error);

    if (!code)
        code = office_limits(office, &limits, error);
    if (!code)
        code = list_all(office, customer_id, &tickets, error);
    if (!code && loyalty_count(&tickets, &choice, &limits, office_now(office), loyalty))
        code = tk_fail_code(error, TK_NO_MEMORY);
    ticket_list_release(&tickets);
    return code;
}

enum tk_code office_choose_tier(struct box_office *office, uint64_t customer_id, enum tier tier,
                                const char *reason, struct tk_error *error)
{
    struct operation operation = {.tier = {.customer_id = customer_id}};
    const char *name = tier_name(tier);
    struct outcome outcome;

    if (!name || !text_copy(operation.tier.tier, sizeof operation.tier.tier, name))
        return tk_fail_code(error, TK_BAD_TIER);
    if (!text_copy(operation.tier.reason, sizeof operation.tier.reason, reason))
        return tk_fail_code(error, TK_BAD_REASON);
    return office_submit(office, OP_TIER, NULL, &operation, &outcome, error);
}

/* Whoever is forgotten cannot be asked for his name at the door. */
static enum tk_code check_settled(struct box_office *office, uint64_t customer_id,
                                  struct tk_error *error)
{
    struct ticket_query query = {
        .status = TICKET_BOOKED, .customer_id = customer_id, .limit = PAGE};
    struct ticket_list list = {0};
    char ticket[ID_TEXT_MAX];
    enum tk_code code = office->store->ops->list_tickets(office->store, &query, &list, error);

    if (!code && list.count) {
        id_print(ticket, ID_TICKET, list.items[0].id);
        code = tk_fail(error, TK_CUSTOMER_EXPECTED,
                       list.count == 1
                           ? "Ticket %s is still good: cancel it first, or wait until it is over."
                           : "Ticket %s and others are still good: cancel them first, or wait "
                             "until they are over.",
                       ticket);
    }
    ticket_list_release(&list);
    return code;
}

enum tk_code office_erase_customer(struct box_office *office, uint64_t customer_id,
                                   const char *reason, struct tk_error *error)
{
    struct operation operation = {.erase = {.customer_id = customer_id}};
    struct outcome outcome;
    enum tk_code code = TK_OK;

    if (!text_copy(operation.erase.reason, sizeof operation.erase.reason, reason))
        code = tk_fail_code(error, TK_BAD_REASON);
    if (!code)
        code = check_settled(office, customer_id, error);
    if (!code)
        code = office_submit(office, OP_ERASE, NULL, &operation, &outcome, error);
    return code;
}
