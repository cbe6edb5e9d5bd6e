/*
 * The feed: what changed, by long poll.
 *
 * A slot's counter (seq) rises with every change of it or of one of its tickets, so a client that
 * asks for what is after N never misses any. /v1/heads tells whose counters to look at.
 *
 * Invariants
 * 1. The seq to go on from is never above that of the slot in the same answer, nor is any ticket's:
 *    what happened between the two questions is told the next time, as a whole.
 * 2. The version with the heads is as of before they were read, on all pages that of the first one:
 *    who waits for another one misses nothing.
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

/* Takes off what is newer than the slot: it stands at the end of the list, which goes by seq. */
static void drop_newer(struct ticket_view_list *list, uint64_t seq)
{
    while (list->count && list->items[list->count - 1].ticket.seq > seq)
        list->count--;
}

/* The slot first: a ticket that is changed between the two questions is newer than it. */
static enum tk_code read_changes(struct exchange *x, int64_t slot_id, int64_t after,
                                 uint64_t after_ticket, struct changes *changes,
                                 struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    enum tk_code code = office_slot(&x->office, slot_id, &changes->slot, error);
    int64_t limit = V1_PAGE_MAX;

    if (code || !role_reads(x->role, ROLE_DOOR) || (changes->slot.seq <= (uint64_t)after && !after_ticket))
        return code;
    query.slot_id = slot_id;
    query.after_seq = (uint64_t)after;
    query.after_id = after_ticket;
    query.limit = (size_t)limit + 1;
    code = office_tickets(&x->office, &query, &changes->tickets, error);
    drop_newer(&changes->tickets, changes->slot.seq);
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

    if (last && changes->more) {
        seq = last->seq;
        link_changes(x, changes, last);
    }
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
    x->wait_slot = id;
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

/* What is asked of the heads. */
struct heads_query {
    int64_t after_slot, limit;
    int64_t version; /* of the first page; -1: this is the first */
};

static int compare_heads(const void *a, const void *b)
{
    const struct head *left = a, *right = b;

    return (left->slot_id > right->slot_id) - (left->slot_id < right->slot_id);
}

/* Leaves the first ones by id, one more than a page has. */
static void keep_first(struct head_list *heads, size_t limit)
{
    if (heads->count > 1)
        qsort(heads->items, heads->count, sizeof *heads->items, compare_heads);
    if (heads->count > limit + 1)
        heads->count = limit + 1;
}

static enum tk_code add_heads(struct head_list *heads, const struct slot_list *page,
                              int64_t after_slot)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < page->count; i++) {
        struct head head = {page->items[i].id, page->items[i].seq};

        if (head.slot_id > after_slot && LIST_ADD(heads, &head))
            code = TK_NO_MEMORY;
    }
    return code;
}

/* Looks at all slots that are not expired, in pages of the list by start (which has an index), and
   keeps those of this page of heads: never more than the page and another one of slots. */
static enum tk_code read_heads(struct exchange *x, const struct heads_query *asked,
                               struct head_list *heads, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code = TK_OK;
    bool more = true;

    query.unexpired = true;
    query.limit = V1_PAGE_MAX;
    while (!code && more) {
        slot_list_clear(&page);
        code = office_slots(&x->office, &query, &page, error);
        if (!code && add_heads(heads, &page, asked->after_slot))
            code = tk_fail_code(error, TK_NO_MEMORY);
        keep_first(heads, (size_t)asked->limit);
        more = !code && page.count == query.limit;
        if (more) {
            query.after_given = true;
            query.after_starts_at = page.items[page.count - 1].starts_at;
            query.after_id = page.items[page.count - 1].id;
        }
    }
    slot_list_release(&page);
    return code;
}

static void put_heads(struct buffer *out, const struct head_list *heads, size_t limit)
{
    json_put_open(out, "heads", '[');
    for (size_t i = 0; i < heads->count && i < limit; i++) {
        json_put_open(out, NULL, '{');
        json_put_int(out, "slotId", heads->items[i].slot_id);
        json_put_int(out, "seq", (int64_t)heads->items[i].seq);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
}

static void link_heads(struct exchange *x, const struct heads_query *asked, int64_t version,
                       int64_t last)
{
    struct buffer next;

    buffer_init(&next, HTTP_HEAD_MAX);
    form_put_int(&next, "afterSlot", last);
    form_put_int(&next, "limit", asked->limit);
    form_put_int(&next, "version", version);
    v1_link_next(x, "/v1/heads", &next);
}

static enum tk_code answer_heads(struct exchange *x, const struct heads_query *asked,
                                 struct tk_error *error)
{
    int64_t version = asked->version >= 0 ? asked->version : (int64_t)x->store_version;
    size_t limit = (size_t)asked->limit;
    struct head_list heads = {0};
    struct store_facts facts;
    enum tk_code code = office_facts(&x->office, &facts, error);

    if (!code)
        code = read_heads(x, asked, &heads, error);
    if (!code) {
        json_put_open(exchange_body(x), NULL, '{');
        json_put_text(exchange_body(x), "uuid", facts.uuid);
        json_put_int(exchange_body(x), "era", facts.era);
        json_put_int(exchange_body(x), "version", version);
        put_heads(exchange_body(x), &heads, limit);
        json_put_close(exchange_body(x), '}');
        if (heads.count > limit)
            link_heads(x, asked, version, heads.items[limit - 1].slot_id);
    }
    free(heads.items);
    return code;
}

static bool look_at_heads(struct exchange *x)
{
    struct heads_query asked = {.limit = V1_HEADS_MAX, .version = -1};
    struct tk_error error = {0};
    int64_t after = 0;
    enum tk_code code;

    if (!v1_number(x, "after", INT64_MIN, INT64_MAX, &after) ||
        !v1_number(x, "afterSlot", 0, INT64_MAX, &asked.after_slot) ||
        !v1_number(x, "limit", 1, V1_HEADS_MAX, &asked.limit) ||
        !v1_number(x, "version", 0, INT64_MAX, &asked.version))
        return true;
    if (form_find(&x->form, "after") && (int64_t)x->store_version == after && !x->last_look)
        return false; /* nothing yet */
    code = answer_heads(x, &asked, &error);
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
