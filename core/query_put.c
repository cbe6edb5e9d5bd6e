/* Queries as query strings: the other direction of query.c. */
#include <stdio.h>
#include <string.h>

#include "core/id.h"
#include "core/query_places.h"

/* Ids as they stand, a comma between them: no escape is needed. */
static void put_ids(struct buffer *out, const struct query_place *place, const void *query)
{
    const char *base = query;
    const void *list;
    size_t count;

    memcpy(&list, base + place->member, sizeof list);
    memcpy(&count, base + place->companion, sizeof count);
    if (!list)
        return;
    form_put(out, place->name, "");
    for (size_t i = 0; i < count; i++) {
        char text[ID_TEXT_MAX] = "";

        if (place->kind == KIND_SLOT_IDS)
            snprintf(text, sizeof text, "%lld", (long long)((const int64_t *)list)[i]);
        else
            id_print(text, place->kind == KIND_TICKET_IDS ? ID_TICKET : ID_CUSTOMER,
                     ((const uint64_t *)list)[i]);
        buffer_addf(out, "%s%s", i ? "," : "", text);
    }
}

/* One of the names of a kind, when one is given. */
static void put_name(struct buffer *out, const struct query_place *place, int number)
{
    const char *name = place->kind == KIND_GENRE  ? genre_name((enum genre)number)
                       : place->kind == KIND_TYPE ? slot_type_name((enum slot_type)number)
                                                  : ticket_status_name((enum ticket_status)number);

    if (number >= 0 && name)
        form_put(out, place->name, name);
    else if (number >= 0) /* no such thing: whoever reads it says so */
        form_put_int(out, place->name, number);
}

static void put_id(struct buffer *out, const struct query_place *place, uint64_t id)
{
    char text[ID_TEXT_MAX];

    id_print(text, place->kind == KIND_TICKET ? ID_TICKET : ID_CUSTOMER, id);
    if (id)
        form_put(out, place->name, text);
}

static void put_slot_after(struct buffer *out, const char *name, const struct slot_query *query)
{
    char text[2 * QUERY_ITEM_MAX];

    if (!query->after_given)
        return;
    snprintf(text, sizeof text, "%lld.%lld", (long long)query->after_starts_at,
             (long long)query->after_id);
    form_put(out, name, query->by_id ? strchr(text, '.') + 1 : text);
}

static void put_tally_after(struct buffer *out, const char *name, const struct tally_query *query)
{
    char text[2 * QUERY_ITEM_MAX];

    if (query->by_slot && (query->after_starts_at || query->after_slot)) {
        snprintf(text, sizeof text, "%lld.%lld", (long long)query->after_starts_at,
                 (long long)query->after_slot);
        form_put(out, name, text);
    } else if (!query->by_slot && query->after_given) {
        form_put_int(out, name, query->after_span);
    }
}

static void put_value(struct buffer *out, const struct query_place *place, const void *query)
{
    const char *member = (const char *)query + place->member;
    const char *companion = (const char *)query + place->companion;
    const char *text = NULL;
    int64_t number = 0;
    int choice = 0;

    switch (place->kind) {
    case KIND_TEXT:
    case KIND_OP:
        memcpy(&text, member, sizeof text);
        if (text)
            form_put(out, place->name, text);
        break;
    case KIND_FLAG:
        if (*member)
            form_put(out, place->name, "true");
        break;
    case KIND_GENRE:
    case KIND_TYPE:
    case KIND_STATUS:
        memcpy(&choice, member, sizeof choice);
        put_name(out, place, choice);
        break;
    case KIND_ORDER:
        if (*member)
            form_put(out, place->name, query_orders[1]);
        break;
    case KIND_SLOT_ORDER:
        if (*companion || *member)
            form_put(out, place->name, query_slot_orders[*companion ? 2 : 1]);
        break;
    case KIND_SLOT_AFTER:
        put_slot_after(out, place->name, query);
        break;
    case KIND_TALLY_AFTER:
        put_tally_after(out, place->name, query);
        break;
    case KIND_GENRE_AFTER:
        memcpy(&choice, member, sizeof choice);
        if (*companion && genre_name((enum genre)choice))
            form_put(out, place->name, genre_name((enum genre)choice));
        break;
    case KIND_SLOT_IDS:
    case KIND_TICKET_IDS:
    case KIND_CUSTOMER_IDS:
        put_ids(out, place, query);
        break;
    case KIND_TICKET:
    case KIND_CUSTOMER:
        memcpy(&number, member, sizeof number);
        put_id(out, place, (uint64_t)number);
        break;
    case KIND_MOMENT:
        memcpy(&number, member, sizeof number);
        if (*companion)
            form_put_int(out, place->name, number);
        break;
    default: /* a number; 0: not given */
        memcpy(&number, member, sizeof number);
        if (number)
            form_put_int(out, place->name, number);
    }
}

static void put_query(struct buffer *out, const struct query_place *places, const void *query)
{
    for (; places->name; places++)
        put_value(out, places, query);
}

void query_put_slots(struct buffer *out, const struct slot_query *query)
{
    put_query(out, query_slot_places, query);
}

void query_put_tickets(struct buffer *out, const struct ticket_query *query)
{
    put_query(out, query_ticket_places, query);
}

void query_put_customers(struct buffer *out, const struct customer_query *query)
{
    put_query(out, query_customer_places, query);
}

void query_put_journal(struct buffer *out, const struct journal_query *query)
{
    put_query(out, query_journal_places, query);
}

void query_put_due(struct buffer *out, const struct due_query *query)
{
    put_query(out, query_due_places, query);
}

void query_put_records(struct buffer *out, const struct record_query *query)
{
    put_query(out, query_record_places, query);
}

void query_put_tallies(struct buffer *out, const struct tally_query *query)
{
    put_query(out, query_tally_places, query);
}
