#include "ui/dispute_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* X(kind, name, what was done); %s is "2 tickets" */
#define DEEDS(X)                                                                                   \
    X(OP_BOOK, "a sale of %s", "sold %s")                                                          \
    X(OP_REISSUE, "a reissue of %s", "reissued %s")                                                \
    X(OP_CANCEL, "a cancellation of %s", "canceled %s")                                            \
    X(OP_ADMIT, "an admission", "let %s in")                                                       \
    X(OP_UNADMIT, "an admission taken back", "took back that %s was let in")                       \
    X(OP_PRINT, "a copy of a ticket", "printed %s")                                                \
    X(OP_RETURN, "places given back", "gave places back")

static const struct {
    enum op_kind kind;
    const char *name, *deed;
} deeds[] = {
#define X(kind, name, deed) {kind, name, deed},
    DEEDS(X)
#undef X
};

/* `form` with its one %s, if it has one, filled. */
static void fill(char *text, size_t size, const char *form, int32_t count)
{
    const char *gap = strstr(form, "%s");
    char tickets[32];

    if (count == 1)
        snprintf(tickets, sizeof tickets, "a ticket");
    else
        snprintf(tickets, sizeof tickets, "%d tickets", count);
    if (gap)
        snprintf(text, size, "%.*s%s%s", (int)(gap - form), form, tickets, gap + strlen("%s"));
    else
        snprintf(text, size, "%s", form);
}

void dispute_name(const struct dispute *dispute, char *text, size_t size)
{
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (deeds[i].kind == dispute->kind) {
            fill(text, size, deeds[i].name, dispute->count);
            return;
        }
    snprintf(text, size, "%s", op_kind_name(dispute->kind));
}

void dispute_tell_ours(const struct dispute *dispute, const struct time_zone *zone, char *text,
                       size_t size)
{
    char deed[80] = "did something", when[TIME_TEXT_MAX];
    char guest[CUSTOMER_NAME_SIZE + CUSTOMER_PHONE_SIZE + 8] = "";

    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++)
        if (deeds[i].kind == dispute->kind)
            fill(deed, sizeof deed, deeds[i].deed, dispute->count);
    time_print_day(when, dispute->at, zone);
    if (dispute->customer_name[0])
        snprintf(guest, sizeof guest, " to %s (%s)", dispute->customer_name, dispute->customer_phone);
    snprintf(text, size, "%s %s%s at %s, %s, while the box office was away.", dispute->actor, deed,
             guest, dispute->device, when);
}

/* "Door North let the ticket in, Sun 22 Nov 19:40." */
static void tell_other(const struct dispute *dispute, const struct time_zone *zone, char *text,
                       size_t size)
{
    char when[TIME_TEXT_MAX];

    text[0] = '\0';
    if (!dispute->other_at)
        return;
    time_print_day(when, dispute->other_at, zone);
    if (!dispute->other[0])
        snprintf(text, size, " The ticket was changed last on %s.", when);
    else if (dispute->ticket_id && dispute->kind != OP_BOOK)
        snprintf(text, size, " %s had let the ticket in, %s.", dispute->other, when);
    else
        snprintf(text, size, " %s had written this till's places off, %s.", dispute->other, when);
}

void dispute_tell_theirs(const struct dispute *dispute, const struct time_zone *zone, char *text,
                         size_t size)
{
    char when[TIME_TEXT_MAX], other[200];

    time_print_day(when, dispute->found_at, zone);
    tell_other(dispute, zone, other, sizeof other);
    snprintf(text, size, "The box office refused it, %s: %s%s", when,
             tk_code_sentence(dispute->code), other);
}

void dispute_tell_end(const struct dispute *dispute, const struct time_zone *zone, char *text,
                      size_t size)
{
    char when[TIME_TEXT_MAX];

    text[0] = '\0';
    if (!dispute->closed_at)
        return;
    time_print_day(when, dispute->closed_at, zone);
    snprintf(text, size, "Closed by %s, %s: %s", dispute->closed_by, when, dispute->reason);
}

static int compare(const void *left, const void *right)
{
    const struct dispute *a = left, *b = right;

    if (!a->closed_at != !b->closed_at)
        return a->closed_at ? 1 : -1;
    if (a->found_at != b->found_at)
        return a->found_at < b->found_at ? 1 : -1;
    return memcmp(&b->id, &a->id, sizeof a->id);
}

void dispute_list_sort(struct dispute_list *list)
{
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, compare);
}

enum tk_code slots_by_ids(struct box_office *office, const struct id_list *ids,
                          struct slot_list *slots, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;

    query.ids = ids->items;
    query.id_count = ids->count;
    return ids->count ? office_slots(office, &query, slots, error) : TK_OK;
}

enum tk_code dispute_slots(struct box_office *office, const struct dispute_list *list,
                           struct slot_list *slots, struct tk_error *error)
{
    struct id_list ids = {0};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < list->count; i++) {
        int64_t id = list->items[i].slot_id;
        bool known = id == 0;

        for (size_t k = 0; !known && k < ids.count; k++)
            known = ids.items[k] == id;
        if (!known && id_list_add(&ids, id))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    if (!code)
        code = slots_by_ids(office, &ids, slots, error);
    id_list_release(&ids);
    return code;
}

const struct slot *slot_list_find(const struct slot_list *slots, int64_t id)
{
    for (size_t i = 0; i < slots->count; i++)
        if (slots->items[i].id == id)
            return &slots->items[i];
    return NULL;
}
