/* slots: schedule and list showings. */
#include "ui/admin/command.h"

#define PAGE 500

enum tk_code command_schedule(struct call *call, struct tk_error *error)
{
    struct op_schedule schedule = {.capacity = call_number(call, OPT_CAPACITY,
                                                           SLOT_CAPACITY_DEFAULT)};
    struct box_office *office;
    struct slot slot;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = call_text(call, OPT_NAME, schedule.name, sizeof schedule.name, TK_BAD_NAME,
                         "showing's name", error);
    if (!code)
        code = call_text(call, OPT_DESCRIPTION, schedule.description,
                         sizeof schedule.description, TK_BAD_TEXT, "description", error);
    if (!code)
        code = call_text(call, OPT_SCREEN, schedule.screen, sizeof schedule.screen, TK_BAD_TEXT,
                         "screen", error);
    if (!code)
        code = call_time(call, OPT_START, office, &schedule.starts_at, error);
    if (!code)
        code = call_time(call, OPT_END, office, &schedule.ends_at, error);
    if (!code)
        code = slot_type_require(call->values[OPT_TYPE], &schedule.type, error);
    if (!code)
        code = genre_require(call->values[OPT_GENRE], &schedule.genre, error);
    if (!code)
        code = office_schedule(office, &schedule, NULL, &slot, error);
    if (!code)
        show_slot(call, office, &slot);
    return code;
}

static enum tk_code read_slot_query(const struct call *call, const struct box_office *office,
                                    struct slot_query *query, struct tk_error *error)
{
    enum slot_type type;
    enum genre genre;
    enum tk_code code = TK_OK;

    *query = SLOT_QUERY_ALL;
    query->contains = call->values[OPT_NAME];
    if (call->values[OPT_GENRE]) {
        code = genre_require(call->values[OPT_GENRE], &genre, error);
        query->genre = code ? -1 : (int)genre;
    }
    if (!code && call->values[OPT_TYPE]) {
        code = slot_type_require(call->values[OPT_TYPE], &type, error);
        query->type = code ? -1 : (int)type;
    }
    if (!code)
        code = call_day(call, OPT_AFTER, office, &query->from, error);
    if (!code)
        code = call_day(call, OPT_BEFORE, office, &query->to, error);
    if (call->values[OPT_OPEN]) {
        office_query_open(office, query);
        query->with_room = true;
    }
    return code;
}

/* Goes through the slots of a query page by page, `limit` of them at most. */
static enum tk_code list_pages(struct listing *listing, struct box_office *office,
                               struct slot_query *query, int64_t limit, struct tk_error *error)
{
    struct slot_list page = {0};
    enum tk_code code = TK_OK;
    bool more = limit > 0;

    while (!code && more) {
        query->limit = limit < PAGE ? (size_t)limit : PAGE;
        slot_list_clear(&page);
        code = office_slots(office, query, &page, error);
        if (code || !page.count)
            break;
        limit -= (int64_t)page.count;
        more = page.count == query->limit && limit > 0;
        query->after_given = true;
        query->after_starts_at = page.items[page.count - 1].starts_at;
        query->after_id = page.items[page.count - 1].id;
        more = listing_add_slots(listing, &page) && more;
    }
    slot_list_release(&page);
    return code;
}

enum tk_code command_slots(struct call *call, struct tk_error *error)
{
    struct slot_query query;
    struct listing listing;
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (code)
        return code;
    listing_init(&listing, call, office, LIST_SLOTS);
    code = read_slot_query(call, office, &query, error);
    if (!code)
        code = list_pages(&listing, office, &query, call_number(call, OPT_LIMIT, INT64_MAX),
                          error);
    listing_end(&listing, code != TK_OK, "There are no such showings.");
    return code;
}
