/* The box office: the questions. */
#include "core/box_office.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

#define FIND_CUSTOMERS_MAX 500
#define WALK_PAGE 1000 /* tickets of a customer that are looked through at a time */

enum tk_code office_slot(struct box_office *office, int64_t id, struct slot *slot,
                         struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    enum tk_code code;

    query.ids = &id;
    query.id_count = 1;
    code = office->store->ops->list_slots(office->store, &query, &list, error);
    if (!code && list.count)
        *slot = list.items[0];
    else if (!code)
        code = tk_fail(error, TK_SLOT_NOT_FOUND, "There is no showing %lld.", (long long)id);
    slot_list_release(&list);
    return code;
}

enum tk_code office_slot_by_ref(struct box_office *office, const struct slot_ref *ref,
                                struct slot *slot, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    char name[SLOT_NAME_SIZE];
    enum tk_code code;

    if (ref->id)
        return office_slot(office, ref->id, slot, error);
    if (text_clean(name, sizeof name, ref->name))
        return tk_fail_code(error, TK_BAD_NAME);
    query.name = name;
    query.starts_at_given = true;
    query.starts_at = ref->starts_at;
    query.limit = 1;
    code = office->store->ops->list_slots(office->store, &query, &list, error);
    if (!code && list.count) {
        *slot = list.items[0];
    } else if (!code) {
        char when[TIME_TEXT_MAX];

        time_print_day(when, ref->starts_at, &office->ports.zone);
        code = tk_fail(error, TK_SLOT_NOT_FOUND, "There is no showing of “%.100s” on %s.", name,
                       when);
    }
    slot_list_release(&list);
    return code;
}

enum tk_code office_slots(struct box_office *office, const struct slot_query *query,
                          struct slot_list *list, struct tk_error *error)
{
    return office->store->ops->list_slots(office->store, query, list, error);
}

void office_query_open(const struct box_office *office, struct slot_query *query)
{
    int64_t closed = office_now(office) - office->rules.close_after;

    query->unexpired = true;
    if (office->rules.close_at_start)
        query->starts_after = closed;
    else
        query->ends_after = closed;
}

enum tk_code office_count_open(struct box_office *office, int genre, int64_t *count,
                               struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;

    office_query_open(office, &query);
    query.genre = genre;
    return office->store->ops->count_slots(office->store, &query, count, error);
}

enum tk_code office_ticket(struct box_office *office, uint64_t id, struct ticket_view *ticket,
                           struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list list = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code;

    query.ids = &id;
    query.id_count = 1;
    code = office_tickets(office, &query, &list, error);
    if (!code && list.count) {
        *ticket = list.items[0];
    } else if (!code) {
        id_print(text, ID_TICKET, id);
        code = tk_fail(error, TK_TICKET_NOT_FOUND, "There is no ticket %s.", text);
    }
    ticket_view_list_release(&list);
    return code;
}

/* The slot of a ticket, from the view before it when that is the same one. */
static enum tk_code fill_slot(struct box_office *office, const struct ticket_view_list *list,
                              struct ticket_view *view, struct tk_error *error)
{
    const struct ticket_view *last = list->count ? &list->items[list->count - 1] : NULL;

    if (last && last->slot.id == view->ticket.slot_id) {
        view->slot = last->slot;
        return TK_OK;
    }
    return office_slot(office, view->ticket.slot_id, &view->slot, error);
}

/* *nameless: whoever asks may see tickets, but no customers. */
static enum tk_code fill_customer(struct box_office *office, const struct ticket_view_list *list,
                                  struct ticket_view *view, bool *nameless,
                                  struct tk_error *error)
{
    const struct ticket_view *last = list->count ? &list->items[list->count - 1] : NULL;
    struct customer_query query = {.ids = &view->ticket.customer_id, .id_count = 1};
    struct customer_list found = {0};
    struct tk_error why = {0};
    enum tk_code code;

    if (!view->ticket.customer_id || *nameless)
        return TK_OK;
    if (last && last->customer.id == view->ticket.customer_id) {
        view->customer = last->customer;
        return TK_OK;
    }
    code = office->store->ops->list_customers(office->store, &query, &found, &why);
    *nameless = code == TK_FORBIDDEN;
    if (!code && found.count)
        view->customer = found.items[0];
    customer_list_release(&found);
    return code && !*nameless ? tk_fail(error, code, "%s", why.message) : TK_OK;
}

enum tk_code office_tickets(struct box_office *office, const struct ticket_query *query,
                            struct ticket_view_list *list, struct tk_error *error)
{
    struct ticket_list tickets = {0};
    enum tk_code code = office->store->ops->list_tickets(office->store, query, &tickets, error);
    bool nameless = false;

    for (size_t i = 0; !code && i < tickets.count; i++) {
        struct ticket_view view = {.ticket = tickets.items[i]};

        code = fill_slot(office, list, &view, error);
        if (!code)
            code = fill_customer(office, list, &view, &nameless, error);
        if (!code && LIST_ADD(list, &view))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    ticket_list_release(&tickets);
    return code;
}

static int newest_first(const void *a, const void *b)
{
    const struct ticket_view *left = a, *right = b;

    if (left->ticket.booked_at != right->ticket.booked_at)
        return left->ticket.booked_at < right->ticket.booked_at ? 1 : -1;
    return right->ticket.sale_position - left->ticket.sale_position;
}

static enum tk_code find_by_customer(struct box_office *office, const struct customer_query *query,
                                     size_t limit, struct ticket_view_list *list,
                                     struct tk_error *error)
{
    struct customer_list customers = {0};
    enum tk_code code;

    code = office->store->ops->list_customers(office->store, query, &customers, error);
    for (size_t i = 0; !code && i < customers.count; i++) {
        struct ticket_query tickets = {.status = -1, .newest_first = true, .limit = limit};

        tickets.customer_id = customers.items[i].id;
        code = office_tickets(office, &tickets, list, error);
    }
    customer_list_release(&customers);
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, newest_first);
    if (list->count > limit)
        list->count = limit;
    return code;
}

static bool is_phone_like(const char *text)
{
    size_t digits = 0;

    for (; *text; text++) {
        if (!isdigit((unsigned char)*text) && !strchr("+ -/().", *text))
            return false;
        digits += isdigit((unsigned char)*text) != 0;
    }
    return digits > 0;
}

/* A ticket that may not exist: then the list stays empty. */
static enum tk_code find_ticket(struct box_office *office, uint64_t id,
                                struct ticket_view_list *list, struct tk_error *error)
{
    struct ticket_query query = {.status = -1, .ids = &id, .id_count = 1};

    return office_tickets(office, &query, list, error);
}

enum tk_code office_read_ticket(struct box_office *office, const char *text, uint64_t *id,
                                struct tk_error *error)
{
    struct ticket_view view = {0};
    char pass[PASS_SIZE];
    uint64_t found;
    enum tk_code code;

    if (id_parse(ID_TICKET, text, id))
        return TK_OK;
    if (!pass_parse(text, &found, pass))
        return tk_fail(error, TK_BAD_ID,
                       "“%.40s” is not a ticket's number, such as TKT7K3QF9XW2M.", text);
    code = office_ticket(office, found, &view, error);
    if (!code)
        code = office_check_pass(office, &view, pass, error);
    if (!code)
        *id = found;
    return code;
}

/* Whom a text means that is no ticket's number or pass. */
struct wanted {
    struct customer_query query; /* borrows from the rest */
    uint64_t id;
    char digits[64], words[CUSTOMER_NAME_SIZE];
};

/* False: nobody. */
static bool read_wanted(struct wanted *wanted, const char *text)
{
    size_t used = 0;

    *wanted = (struct wanted){.query = {.newest_first = true}};
    if (id_parse(ID_CUSTOMER, text, &wanted->id)) {
        wanted->query.ids = &wanted->id;
        wanted->query.id_count = 1;
    } else if (is_phone_like(text)) {
        for (; *text && used + 1 < sizeof wanted->digits; text++)
            if (isdigit((unsigned char)*text))
                wanted->digits[used++] = *text;
        wanted->query.phone_end = wanted->digits;
    } else {
        text_display(wanted->words, sizeof wanted->words, text);
        wanted->query.name = wanted->words;
    }
    return !wanted->query.name || wanted->words[0];
}

enum tk_code office_find(struct box_office *office, const char *text, size_t limit,
                         struct ticket_view_list *list, struct tk_error *error)
{
    struct wanted wanted;
    uint64_t id;
    enum tk_code code;

    if (!*text) {
        struct ticket_query all = {.status = -1, .newest_first = true, .limit = limit};

        return office_tickets(office, &all, list, error);
    }
    code = office_read_ticket(office, text, &id, error);
    if (!code)
        code = find_ticket(office, id, list, error);
    if ((code && code != TK_BAD_ID && code != TK_TICKET_NOT_FOUND) || list->count)
        return code;
    if (!read_wanted(&wanted, text))
        return TK_OK;
    wanted.query.limit = FIND_CUSTOMERS_MAX;
    return find_by_customer(office, &wanted.query, limit, list, error);
}

/* --- of some slots --- */

/* How likely it is that somebody at the door means this one. */
static int rank(const struct ticket *ticket)
{
    return ticket->status != TICKET_BOOKED ? 0 : ticket->admitted_at ? 1 : 2;
}

static int good_first(const void *a, const void *b)
{
    const struct ticket_view *left = a, *right = b;
    int better = rank(&right->ticket) - rank(&left->ticket);

    return better ? better : newest_first(a, b);
}

/* All tickets of a customer for the slot, among however many for others. */
static enum tk_code add_tickets_of(struct box_office *office, const struct slot *slot,
                                   const struct customer *customer, struct ticket_view_list *list,
                                   struct tk_error *error)
{
    struct ticket_query query = {.status = -1, .customer_id = customer->id, .limit = WALK_PAGE};
    struct ticket_list page = {0};
    enum tk_code code;
    bool more;

    do {
        ticket_list_release(&page);
        code = office->store->ops->list_tickets(office->store, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++) {
            struct ticket_view view = {page.items[i], *slot, *customer};

            if (view.ticket.slot_id == slot->id && LIST_ADD(list, &view))
                code = tk_fail_code(error, TK_NO_MEMORY);
        }
        more = !code && page.count == WALK_PAGE;
        if (more)
            query.after_id = page.items[page.count - 1].id;
    } while (more);
    ticket_list_release(&page);
    return code;
}

static enum tk_code find_in_slot(struct box_office *office, const struct slot *slot,
                                 const struct wanted *wanted, size_t limit,
                                 struct ticket_view_list *list, struct tk_error *error)
{
    struct customer_query query = wanted->query;
    struct customer_list customers = {0};
    enum tk_code code;

    query.slot_id = slot->id;
    query.limit = limit;
    code = office->store->ops->list_customers(office->store, &query, &customers, error);
    for (size_t i = 0; !code && i < customers.count; i++)
        code = add_tickets_of(office, slot, &customers.items[i], list, error);
    customer_list_release(&customers);
    return code;
}

static const struct slot *slot_of(const struct slot_list *slots, const struct ticket *ticket)
{
    for (size_t i = 0; i < slots->count; i++)
        if (slots->items[i].id == ticket->slot_id)
            return &slots->items[i];
    return NULL;
}

/* The ticket of that number or pass, if it is for one of the slots. */
static enum tk_code find_named(struct box_office *office, const char *text,
                               const struct slot_list *slots, struct ticket_view_list *list,
                               struct tk_error *error)
{
    uint64_t id;
    enum tk_code code = office_read_ticket(office, text, &id, error);

    if (code == TK_BAD_ID || code == TK_TICKET_NOT_FOUND)
        return TK_OK;
    if (!code)
        code = find_ticket(office, id, list, error);
    if (list->count && !slot_of(slots, &list->items[0].ticket))
        list->count = 0;
    return code;
}

static enum tk_code find_here(struct box_office *office, const char *text,
                              const struct slot_list *slots, size_t limit,
                              struct ticket_view_list *list, struct tk_error *error)
{
    struct wanted wanted;
    enum tk_code code = *text ? find_named(office, text, slots, list, error) : TK_OK;
    bool found = list->count > 0, anyone = read_wanted(&wanted, text);

    for (size_t i = 0; !code && !found && i < slots->count; i++) {
        struct ticket_query all = {
            .slot_id = slots->items[i].id, .status = -1, .newest_first = true, .limit = limit};

        if (!*text)
            code = office_tickets(office, &all, list, error);
        else if (anyone)
            code = find_in_slot(office, &slots->items[i], &wanted, limit, list, error);
    }
    return code;
}

enum tk_code office_find_at(struct box_office *office, const char *text, const int64_t *slot_ids,
                            size_t slot_count, size_t limit, struct ticket_view_list *list,
                            struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list slots = {0};
    struct ticket_view_list found = {0};
    enum tk_code code;

    if (!slot_count)
        return TK_OK;
    query.ids = slot_ids;
    query.id_count = slot_count;
    code = office_slots(office, &query, &slots, error);
    if (!code)
        code = find_here(office, text, &slots, limit, &found, error);
    if (!code && found.count > 1)
        qsort(found.items, found.count, sizeof *found.items, good_first);
    for (size_t i = 0; !code && i < found.count && i < limit; i++)
        if (LIST_ADD(list, &found.items[i]))
            code = tk_fail_code(error, TK_NO_MEMORY);
    slot_list_release(&slots);
    ticket_view_list_release(&found);
    return code;
}

enum tk_code office_customer_of(struct box_office *office, uint64_t ticket_id,
                                struct customer *customer, struct tk_error *error)
{
    struct ticket_view view = {0};
    char text[ID_TEXT_MAX];
    enum tk_code code = office_ticket(office, ticket_id, &view, error);

    if (code)
        return code;
    id_print(text, ID_TICKET, ticket_id);
    if (!view.customer.id)
        return tk_fail(error, TK_NO_CUSTOMER, "Ticket %s is a walk-up: it has no customer.", text);
    *customer = view.customer;
    return TK_OK;
}

enum tk_code office_customers(struct box_office *office, const struct customer_query *query,
                              struct customer_list *list, struct tk_error *error)
{
    return office->store->ops->list_customers(office->store, query, list, error);
}

enum tk_code office_journal(struct box_office *office, const struct journal_query *query,
                            struct journal_list *list, struct tk_error *error)
{
    return office->store->ops->list_journal(office->store, query, list, error);
}

enum tk_code office_due(struct box_office *office, const struct due_query *query,
                        struct id_list *list, struct tk_error *error)
{
    return office->store->ops->list_due(office->store, query, list, error);
}

enum tk_code office_count_slots(struct box_office *office, const struct slot_query *query,
                                int64_t *count, struct tk_error *error)
{
    return office->store->ops->count_slots(office->store, query, count, error);
}

enum tk_code office_devices(struct box_office *office, struct device_list *list,
                            struct tk_error *error)
{
    return office->store->ops->list_devices(office->store, &(struct device_query){0}, list, error);
}

enum tk_code office_device_of(struct box_office *office, const uint8_t hash[CRYPTO_HASH_SIZE],
                              struct device *device, struct tk_error *error)
{
    struct device_query query = {.token_hash = hash};
    struct device_list list = {0};
    enum tk_code code = office->store->ops->list_devices(office->store, &query, &list, error);

    if (!code && list.count)
        *device = list.items[0];
    else if (!code)
        code = tk_fail_code(error, TK_NO_TOKEN);
    device_list_release(&list);
    return code;
}

enum tk_code office_touch_device(struct box_office *office, const char *name, int64_t at,
                                 struct tk_error *error)
{
    return office->store->ops->touch_device(office->store, name, at, error);
}

enum tk_code office_version(struct box_office *office, uint64_t *version, struct tk_error *error)
{
    return office->store->ops->version(office->store, version, error);
}

enum tk_code office_verify(struct box_office *office, struct verify_report *report,
                           struct tk_error *error)
{
    return office->store->ops->verify(office->store, report, error);
}

enum tk_code office_backup(struct box_office *office, const char *path,
                           void (*progress)(void *context, int64_t done, int64_t total),
                           void *context, struct tk_error *error)
{
    return office->store->ops->backup(office->store, path, progress, context, error);
}

enum tk_code office_facts(struct box_office *office, struct store_facts *facts,
                          struct tk_error *error)
{
    return office->store->ops->facts(office->store, facts, error);
}

void office_set_watch(struct box_office *office, const struct store_watch *watch)
{
    office->store->ops->set_watch(office->store, watch);
}

