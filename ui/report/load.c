#include "ui/report/load.h"

#include <string.h>

#include "core/text.h"

#define PAGE 10000 /* tallies */
#define SLOTS 1000
#define SHIFTS 500
#define WEEK_DAYS 7

/* --- the period --- */

/* So many days on, or back: counted in days of the calendar, not in hours. */
static int64_t days_from(int64_t begin, int days, const struct time_zone *zone)
{
    for (; days > 0; days--)
        begin = report_day_end(begin, zone);
    for (; days < 0; days++)
        begin = report_day_begin(begin - 1, zone);
    return begin;
}

void report_period(const struct box_office *office, struct report_request *request)
{
    const struct time_zone *zone = &office->ports.zone;
    int64_t today = report_day_end(office_now(office), zone), whole = 0;
    bool by_day = request->kind == REPORT_WEEK;

    if (request->from && !request->to) {
        whole = report_day_end(request->from, zone);
        if (by_day)
            whole = days_from(whole, WEEK_DAYS - 1, zone);
        request->to = request->kind == REPORT_DAY || by_day || whole > today ? whole : today;
    }
    if (!request->to)
        request->to = today;
    if (!request->from)
        request->from =
            days_from(report_day_begin(request->to - 1, zone), by_day ? 1 - WEEK_DAYS : 0, zone);
}

/* --- what it is made of --- */

/* Where a list of tallies goes on; borrows from the last page. */
static void go_on(struct tally_query *query, const struct report *report,
                  const struct tally_list *page)
{
    const struct tally *last = &page->items[page->count - 1];

    query->after_given = true;
    query->after_span = last->span_at;
    query->after_actor = last->actor;
    query->after_device = last->device;
    query->after_genre = (int)last->genre;
    query->after_slot = last->slot_id;
    for (size_t i = 0; i < report->count && query->by_slot; i++)
        if (report->items[i].id == last->slot_id)
            query->after_starts_at = report->items[i].at;
}

static enum tk_code load_tallies(struct box_office *office, struct tally_query *query,
                                 struct report *report, struct tk_error *error)
{
    struct tally_list pages[2] = {{0}};
    enum tk_code code;
    int at = 0;
    bool more;

    do {
        struct tally_list *page = &pages[at ^= 1];

        tally_list_release(page);
        query->limit = PAGE;
        code = office_tallies(office, query, page, error);
        for (size_t i = 0; !code && i < page->count; i++)
            if (report_add_tally(report, &page->items[i]))
                code = tk_fail_code(error, TK_NO_MEMORY);
        more = !code && page->count == PAGE;
        if (more)
            go_on(query, report, page);
    } while (more);
    tally_list_release(&pages[0]);
    tally_list_release(&pages[1]);
    return code;
}

static enum tk_code load_slots(struct box_office *office, struct report *report, int64_t slot_id,
                               struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code;
    bool more;

    query.ids = slot_id ? &slot_id : NULL;
    query.id_count = slot_id != 0;
    query.from = report->from;
    query.to = report->to;
    query.limit = SLOTS;
    do {
        slot_list_release(&page);
        code = office_slots(office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++)
            if (report_add_slot(report, &page.items[i]))
                code = tk_fail_code(error, TK_NO_MEMORY);
        more = !code && !slot_id && page.count == SLOTS;
        if (more) {
            query.after_given = true;
            query.after_starts_at = page.items[page.count - 1].starts_at;
            query.after_id = page.items[page.count - 1].id;
        }
    } while (more);
    slot_list_release(&page);
    return code;
}

/* One member's shifts, the latest first, until they are before the period. */
static enum tk_code load_shifts_of(struct box_office *office, int64_t number, struct report *report,
                                   struct tk_error *error)
{
    struct record_query query = {.descending = true, .limit = SHIFTS};
    char prefix[RECORD_KEY_SIZE], after[RECORD_KEY_SIZE];
    struct record_list page = {0};
    struct shift shift = {0};
    enum tk_code code;
    bool more;

    shift_key(prefix, number, 0);
    prefix[strlen(prefix) - 16] = '\0';
    query.prefix = prefix;
    do {
        record_list_release(&page);
        code = office_records(office, &query, &page, error);
        more = !code && page.count == SHIFTS;
        for (size_t i = 0; !code && i < page.count; i++) {
            if (shift_read(&page.items[i], &shift))
                code =
                    tk_fail(error, TK_CORRUPT, "The record %s cannot be read.", page.items[i].key);
            else if (report_add_shift(report, &shift))
                code = tk_fail_code(error, TK_NO_MEMORY);
            more &= shift.closed_at > report->from;
        }
        if (more) {
            text_copy(after, sizeof after, page.items[page.count - 1].key);
            query.after_key = after;
        }
    } while (!code && more);
    record_list_release(&page);
    return code;
}

/* The one that is open, if one is. */
static enum tk_code load_duty(struct box_office *office, int64_t number, struct report *report,
                              struct tk_error *error)
{
    char key[RECORD_KEY_SIZE];
    struct record_query query = {.key = key, .limit = 1};
    struct record_list list = {0};
    struct duty duty = {0};
    enum tk_code code;

    duty_key(key, number);
    code = office_records(office, &query, &list, error);
    if (!code && list.count && !duty_read(&list.items[0], &duty) && duty.opened_at) {
        struct shift shift = {
            .number = number, .opened_at = duty.opened_at, .cancels = duty.cancels};

        text_copy(shift.device, sizeof shift.device, duty.device);
        if (report_add_shift(report, &shift))
            code = tk_fail_code(error, TK_NO_MEMORY);
    }
    record_list_release(&list);
    return code;
}

static enum tk_code load_shifts(struct box_office *office, const struct staff_list *staff,
                                struct report *report, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < staff->count; i++) {
        code = load_shifts_of(office, staff->items[i].number, report, error);
        if (!code)
            code = load_duty(office, staff->items[i].number, report, error);
    }
    return code;
}

static enum tk_code load_counts(struct box_office *office, const struct report_request *request,
                                struct report *report, struct tk_error *error)
{
    struct tally_query query = {.by_slot = report_is_by_slot(report->kind),
                                .slot_id = request->slot_id};

    report_spans(report, &query.from, &query.to);
    return load_tallies(office, &query, report, error);
}

/* By showing its start stands for the period. */
static enum tk_code begin(struct box_office *office, const struct report_request *request,
                          struct report *report, struct tk_error *error)
{
    int64_t from = request->from, to = request->to;
    struct slot slot;
    enum tk_code code = TK_OK;

    if (request->slot_id)
        code = office_slot(office, request->slot_id, &slot, error);
    if (!code && request->slot_id) {
        from = slot.starts_at;
        to = slot.ends_at > from ? slot.ends_at : from + 1;
    }
    return code ? code : report_init(report, request->kind, from, to, &office->ports.zone, error);
}

enum tk_code report_load(struct box_office *office, const struct report_request *request,
                         struct report *report, struct seal_list *seals, struct tk_error *error)
{
    bool of_staff = request->kind == REPORT_CLERK || request->kind == REPORT_SHIFT;
    struct staff_list staff = {0};
    struct report made = {0};
    enum tk_code code = begin(office, request, &made, error);

    if (!code && of_staff)
        code = office_staff(office, &staff, error);
    if (!code && request->kind == REPORT_SHIFT)
        code = load_shifts(office, &staff, &made, error);
    if (!code && request->kind == REPORT_SLOT)
        code = load_slots(office, &made, request->slot_id, error);
    if (!code)
        code = load_counts(office, request, &made, error);
    for (size_t i = 0; !code && i < staff.count; i++)
        report_name_member(&made, staff.items[i].number, staff.items[i].name);
    if (!code && request->kind == REPORT_SHIFT && seals)
        code = office_seals(office, seals, error);
    staff_list_release(&staff);
    if (code) {
        report_release(&made);
        return code;
    }
    report_end(&made);
    *report = made;
    return TK_OK;
}

enum tk_code report_load_today(struct box_office *office, struct report *report,
                               struct tk_error *error)
{
    struct report_request request = {.kind = REPORT_DAY};

    report_period(office, &request);
    return report_load(office, &request, report, NULL, error);
}
