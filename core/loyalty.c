#include "core/loyalty.h"

#include <stdlib.h>
#include <string.h>

#include "core/id.h"
#include "core/record_json.h"

void tier_key(char key[RECORD_KEY_SIZE], uint64_t customer_id)
{
    memcpy(key, TIER_PREFIX, sizeof TIER_PREFIX);
    id_print(key + sizeof TIER_PREFIX - 1, ID_CUSTOMER, customer_id);
}

enum tk_code tier_print(const struct tier_choice *choice, struct record *record)
{
    char id[ID_TEXT_MAX];
    struct buffer json;
    enum tk_code code;

    id_print(id, ID_CUSTOMER, choice->customer_id);
    buffer_init(&json, sizeof record->value - 1);
    json_put_open(&json, NULL, '{');
    json_put_text(&json, "userId", id);
    json_put_text(&json, "tier", tier_name(choice->tier));
    json_put_text(&json, "reason", choice->reason);
    json_put_text(&json, "by", choice->by);
    json_put_int(&json, "at", choice->at);
    json_put_close(&json, '}');
    code = record_put(record, &json);
    buffer_release(&json);
    return code;
}

enum tk_code tier_read(const struct record *record, struct tier_choice *choice)
{
    struct json *document = NULL;
    struct tier_choice read = {0};
    enum tk_code code = record_get(record, &document);
    const char *id = json_text(json_member(document, "userId"));
    const char *tier = json_text(json_member(document, "tier"));

    if (!code && (!id || !id_parse(ID_CUSTOMER, id, &read.customer_id) || !tier ||
                  !tier_parse(tier, &read.tier) ||
                  !json_copy(document, "reason", read.reason, sizeof read.reason) ||
                  !json_copy(document, "by", read.by, sizeof read.by) ||
                  !json_whole(json_member(document, "at"), &read.at)))
        code = TK_CORRUPT;
    json_free(document);
    if (!code)
        *choice = read;
    return code;
}

static int compare_ids(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

enum tk_code loyalty_count(const struct ticket_list *tickets, const struct tier_choice *choice,
                           const struct limits *limits, int64_t now, struct loyalty *loyalty)
{
    int64_t *slots = calloc(tickets->count ? tickets->count : 1, sizeof *slots);
    struct loyalty found = {0};
    size_t used = 0;

    if (!slots)
        return TK_NO_MEMORY;
    for (size_t i = 0; i < tickets->count; i++) {
        const struct ticket *ticket = &tickets->items[i];

        if (!ticket->admitted_at)
            continue;
        slots[used++] = ticket->slot_id;
        if (ticket->admitted_at > found.last_visit_at)
            found.last_visit_at = ticket->admitted_at;
        if (ticket->admitted_at > now - LOYALTY_YEAR)
            found.tickets++;
    }
    qsort(slots, used, sizeof *slots, compare_ids);
    for (size_t i = 0; i < used; i++)
        if (i == 0 || slots[i] != slots[i - 1])
            found.visits++;
    free(slots);
    found.counted = found.tickets >= limits->values[LIMIT_PLATINUM_TICKETS] ? TIER_PLATINUM
                    : found.tickets >= limits->values[LIMIT_GOLD_TICKETS]   ? TIER_GOLD
                                                                            : TIER_SILVER;
    found.chosen = choice && choice->tier != TIER_COUNTED;
    found.tier = found.chosen ? choice->tier : found.counted;
    *loyalty = found;
    return TK_OK;
}
