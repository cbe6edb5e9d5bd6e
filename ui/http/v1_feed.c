/*
 * The feed: what changed, by long poll.
 *
 * A slot's counter (seq) rises with every change of it or of one of its tickets, so a client that
 * asks for what is after N never misses any. /v1/heads tells whose counters to look at.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/list.h"
#include "ui/http/v1.h"

/* --- /v1/slots/{slotId}/changes --- */

struct changes {
    struct slot slot;
    struct ticket_view_list tickets;
    bool more;
};

/* The slot first: what is sold between the two questions is told too, by the tickets' own seqs. */
static enum tk_code read_changes(struct exchange *x, int64_t slot_id, int64_t after,
                                 uint64_t after_ticket, struct changes *changes,
                                 struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    enum tk_code code = office_slot(&x->office, slot_id, &changes->slot, error);
    int64_t limit = V1_PAGE_MAX;

    if (code || (changes->slot.seq <= (uint64_t)after && !after_ticket))
        return code;
    query.slot_id = slot_id;
    query.after_seq = (uint64_t)after;
    query.after_id = after_ticket;
    query.limit = (size_t)limit + 1;
    code = office_tickets(&x->office, &query, &changes->tickets, error);
    changes->more = changes->tickets.count > (size_t)limit;
    if (changes->more)
        changes->tickets.count = (size_t)limit;
    return code;
}

/* A page may end amid the tickets of one seq: then the next one continues after the ticket. */
static void link_changes(struct exchange *x, const struct changes *changes,
                         const struct ticket *last)
{
    char path[64], ticket[ID_TEXT_MAX];
    struct buffer next;

    snprintf(path, sizeof path, "/v1/slots/%lld/changes", (long long)changes->slot.id);
    id_print(ticket, ID_TICKET, last->id);
    buffer_init(&next, HTTP_HEAD_MAX);
    form_put_int(&next, "after", (int64_t)last->seq);
    form_put(&next, "afterTicket", ticket);
    v1_link_next(x, path, &next);
}

static void put_changes(struct exchange *x, const struct changes *changes)
{
    const struct ticket_view_list *list = &changes->tickets;
    const struct ticket *last = list->count ? &list->items[list->count - 1].ticket : NULL;
    uint64_t seq = changes->slot.seq;

    if (last && (changes->more || last->seq > seq))
        seq = last->seq;
    if (last && changes->more)
        link_changes(x, changes, last);
    json_put_open(exchange_body(x), NULL, '{');
    v1_put_slot(x, "slot", &changes->slot);
    json_put_open(exchange_body(x), "tickets", '[');
    for (size_t i = 0; i < list->count; i++)
        v1_put_ticket(x, NULL, &list->items[i], false);
    json_put_close(exchange_body(x), ']');
    json_put_int(exchange_body(x), "seq", (int64_t)seq);
    json_put_bool(exchange_body(x), "more", changes->more);
    json_put_close(exchange_body(x), '}');
}

static bool look_at_changes(struct exchange *x)
{
    struct changes changes = {.more = false};
    struct tk_error error = {0};
    const char *text = NULL;
    uint64_t ticket = 0;
    int64_t id, after = 0;
    enum tk_code code;

    if (!v1_path_slot(x, &id) || !v1_number(x, "after", 0, INT64_MAX, &after) ||
        !v1_text(x, "afterTicket", &text))
        return true;
    if (text && !id_parse(ID_TICKET, text, &ticket))
        code = tk_fail(&error, TK_BAD_ID, "The parameter “afterTicket” is not a ticket's number.");
    else
        code = read_changes(x, id, after, ticket, &changes, &error);
    if (!code && !changes.tickets.count && changes.slot.seq <= (uint64_t)after && !x->last_look)
        return false; /* nothing yet */
    if (code) {
        exchange_fail(x, code, &error);
    } else {
        put_changes(x, &changes);
        exchange_answer(x, 200);
    }
    ticket_view_list_release(&changes.tickets);
    return true;
}

void v1_get_changes(struct exchange *x)
{
    int64_t until_us;

    if (v1_accepts(x) && v1_wait_until(x, &until_us))
        exchange_wait(x, look_at_changes, until_us);
}

/* --- /v1/heads --- */

struct head {
    int64_t slot_id;
    uint64_t seq;
};

struct head_list {
    struct head *items; /* owned */
    size_t count, capacity;
};

static int compare_heads(const void *a, const void *b)
{
    const struct head *left = a, *right = b;

    return (left->slot_id > right->slot_id) - (left->slot_id < right->slot_id);
}

/* All slots that are not expired, in pages of the list by start (which has an index), then sorted. */
static enum tk_code read_heads(struct exchange *x, struct head_list *heads, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code = TK_OK;
    bool more = true;

    query.unexpired = true;
    query.limit = V1_PAGE_MAX;
    while (!code && more && heads->count < STORE_LIST_MAX) {
        slot_list_clear(&page);
        code = office_slots(&x->office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++) {
            struct head head = {page.items[i].id, page.items[i].seq};

            if (LIST_ADD(heads, &head))
                code = tk_fail_code(error, TK_NO_MEMORY);
        }
        more = page.count == query.limit;
        if (!page.count)
            break;
        query.after_given = true;
        query.after_starts_at = page.items[page.count - 1].starts_at;
        query.after_id = page.items[page.count - 1].id;
    }
    slot_list_release(&page);
    if (heads->count > 1)
        qsort(heads->items, heads->count, sizeof *heads->items, compare_heads);
    return code;
}

/* Puts `limit` heads after a slot; the id of the last one when there are more, else 0. */
static int64_t put_heads(struct buffer *out, const struct head_list *heads, int64_t after_slot,
                         size_t limit)
{
    size_t put = 0;
    int64_t last = 0;

    json_put_open(out, "heads", '[');
    for (size_t i = 0; i < heads->count; i++) {
        if (heads->items[i].slot_id <= after_slot)
            continue;
        if (put++ == limit) {
            json_put_close(out, ']');
            return last;
        }
        last = heads->items[i].slot_id;
        json_put_open(out, NULL, '{');
        json_put_int(out, "slotId", last);
        json_put_int(out, "seq", (int64_t)heads->items[i].seq);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    return 0;
}

static enum tk_code answer_heads(struct exchange *x, int64_t after_slot, size_t limit,
                                 struct tk_error *error)
{
    struct head_list heads = {0};
    struct store_facts facts;
    struct buffer next;
    int64_t last = 0;
    enum tk_code code = office_facts(&x->office, &facts, error);

    if (!code)
        code = read_heads(x, &heads, error);
    if (!code) {
        json_put_open(exchange_body(x), NULL, '{');
        json_put_text(exchange_body(x), "uuid", facts.uuid);
        json_put_int(exchange_body(x), "era", facts.era);
        json_put_int(exchange_body(x), "version", (int64_t)x->store_version);
        last = put_heads(exchange_body(x), &heads, after_slot, limit);
        json_put_close(exchange_body(x), '}');
    }
    if (last) {
        buffer_init(&next, HTTP_HEAD_MAX);
        form_put_int(&next, "afterSlot", last);
        form_put_int(&next, "limit", (int64_t)limit);
        v1_link_next(x, "/v1/heads", &next);
    }
    free(heads.items);
    return code;
}

static bool look_at_heads(struct exchange *x)
{
    int64_t after = 0, after_slot = 0, limit = V1_HEADS_MAX;
    struct tk_error error = {0};
    enum tk_code code;

    if (!v1_number(x, "after", INT64_MIN, INT64_MAX, &after) ||
        !v1_number(x, "afterSlot", 0, INT64_MAX, &after_slot) ||
        !v1_number(x, "limit", 1, V1_HEADS_MAX, &limit))
        return true;
    if (form_find(&x->form, "after") && (int64_t)x->store_version == after && !x->last_look)
        return false; /* nothing yet */
    code = answer_heads(x, after_slot, (size_t)limit, &error);
    if (code)
        exchange_fail(x, code, &error);
    else
        exchange_answer(x, 200);
    return true;
}

void v1_get_heads(struct exchange *x)
{
    int64_t until_us;

    if (v1_accepts(x) && v1_wait_until(x, &until_us))
        exchange_wait(x, look_at_heads, until_us);
}
