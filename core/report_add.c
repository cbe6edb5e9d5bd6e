/* report: what is added to the rows. */
#include "core/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/list.h"
#include "core/staff.h"
#include "core/text.h"

/* 64 bits of a text: enough to tell a house's clerks and tills apart. */
static uint64_t text_key(const char *text)
{
    uint8_t hash[CRYPTO_HASH_SIZE];
    uint64_t key;

    crypto_digest(hash, NULL, text, strlen(text));
    memcpy(&key, hash, sizeof key);
    return key;
}

/* The row of that name, made when there is none; most often it is the one of before. */
static enum tk_code named_row(struct report *report, const char *name, size_t *at)
{
    struct report_row row = {0};
    uint64_t key;
    enum tk_code code;

    if (report->last < report->count && strcmp(report->items[report->last].name, name) == 0) {
        *at = report->last;
        return TK_OK;
    }
    key = text_key(name);
    *at = map_find(&report->found, key);
    if (*at != MAP_NONE)
        return TK_OK;
    text_copy(row.name, sizeof row.name, name);
    if (report->count >= REPORT_ROWS_MAX)
        return TK_NO_MEMORY;
    *at = report->count;
    code = map_add(&report->found, key, *at);
    if (!code)
        code = LIST_ADD(report, &row);
    return code;
}

/* The last row that begins at that time or before. */
static size_t row_at(const struct report *report, int64_t at)
{
    size_t low = 0, high = report->count;

    if (report->last < report->count && report->items[report->last].at <= at &&
        at < report->items[report->last].until)
        return report->last;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (report->items[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static int64_t overlap(const struct report_row *shift, int64_t span_at)
{
    int64_t from = shift->at > span_at ? shift->at : span_at;
    int64_t until = span_at + TALLY_SPAN;

    if (shift->until && shift->until < until)
        until = shift->until;
    /* a shift of no time at all has its span, too */
    return until - from + (from < span_at + TALLY_SPAN && until >= span_at);
}

static int by_member(const void *a, const void *b)
{
    const struct report_row *left = a, *right = b;

    if (left->id != right->id)
        return left->id < right->id ? -1 : 1;
    return (left->at > right->at) - (left->at < right->at);
}

/* How many rows are of lesser members, or of this one and began before `at`. */
static size_t shifts_before(const struct report *report, int64_t number, int64_t at)
{
    const struct report_row wanted = {.id = number, .at = at};
    size_t low = 0, high = report->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_member(&report->items[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* MAP_NONE: nobody's shift. A member's shifts follow each other, so that few are looked at. */
static size_t shift_of(struct report *report, const struct tally *tally)
{
    int64_t number, approver, most = 0;
    size_t found = MAP_NONE;

    if (!actor_parse(tally->actor, &number, &approver))
        return MAP_NONE;
    if (!report->sorted && report->count)
        qsort(report->items, report->count, sizeof *report->items, by_member);
    report->sorted = true;
    for (size_t i = shifts_before(report, number, tally->span_at + TALLY_SPAN); i > 0; i--) {
        const struct report_row *row = &report->items[i - 1];
        int64_t here = overlap(row, tally->span_at);

        if (row->id != number || (row->until && row->until < tally->span_at))
            break;
        if (here && here >= most) {
            most = here;
            found = i - 1;
        }
    }
    return found;
}

static enum tk_code find_row(struct report *report, const struct tally *tally, size_t *at)
{
    int64_t approver;
    enum tk_code code = TK_OK;

    switch (report->kind) {
    case REPORT_DAY:
    case REPORT_WEEK:
        *at = report->summed ? (size_t)time_civil(tally->span_at, &report->zone).hour
                             : row_at(report, tally->span_at);
        return TK_OK;
    case REPORT_GENRE:
        return named_row(report, genre_name(tally->genre) ? genre_name(tally->genre) : "", at);
    case REPORT_TILL:
        return named_row(report, tally->device, at);
    case REPORT_CLERK:
        code = named_row(report, tally->actor, at);
        if (!code && !report->items[*at].id)
            actor_parse(tally->actor, &report->items[*at].id, &approver);
        return code;
    case REPORT_SHIFT:
        *at = shift_of(report, tally);
        return TK_OK;
    default:
        *at = map_find(&report->found, (uint64_t)tally->slot_id);
        return TK_OK;
    }
}

void report_spans(const struct report *report, int64_t *from, int64_t *to)
{
    *from = report->from;
    *to = report->to;
    for (size_t i = 0; report->kind == REPORT_SHIFT && i < report->count; i++) {
        const struct report_row *row = &report->items[i];

        if (tally_span(row->at) < *from)
            *from = tally_span(row->at);
        if (!row->until)
            *to = TIME_MAX;
        else if (row->until >= *to)
            *to = row->until + 1;
    }
}

enum tk_code report_add_tally(struct report *report, const struct tally *tally)
{
    struct report_counts *counts;
    size_t at = 0;
    enum tk_code code;

    if (report->kind < REPORT_SHIFT && !report_is_by_slot(report->kind) &&
        (tally->span_at < report->from || tally->span_at >= report->to))
        return TK_OK;
    code = find_row(report, tally, &at);
    if (code || at >= report->count)
        return code;
    report->last = at;
    counts = &report->items[at].counts;
#define X(member, name, help) counts->member += tally->member;
    TALLY_TABLE(X)
#undef X
    return TK_OK;
}

enum tk_code report_add_slot(struct report *report, const struct slot *slot)
{
    struct report_row row = {.at = slot->starts_at,
                             .until = slot->ends_at,
                             .id = slot->id,
                             .places = slot->capacity,
                             .taken = slot->sold};
    enum tk_code code;

    if (slot->starts_at < report->from || slot->starts_at >= report->to ||
        map_find(&report->found, (uint64_t)slot->id) != MAP_NONE)
        return TK_OK;
    if (report->count >= REPORT_ROWS_MAX)
        return TK_NO_MEMORY;
    text_copy(row.name, sizeof row.name, slot->name);
    code = map_add(&report->found, (uint64_t)slot->id, report->count);
    if (!code)
        code = LIST_ADD(report, &row);
    return code;
}

static void read_effort(const char *text, struct report_effort *result)
{
    struct effort effort = {{0}};

    if (!effort_read(&effort, text))
        return;
    result->sales = effort_total(&effort);
    result->median = effort_percentile(&effort, 50);
    result->most = effort_percentile(&effort, 95);
}

enum tk_code report_add_shift(struct report *report, const struct shift *shift)
{
    struct report_row row = {.at = shift->opened_at,
                             .until = shift->closed_at,
                             .id = shift->number,
                             .cancels = shift->cancels};

    if (shift->opened_at >= report->to || (shift->closed_at && shift->closed_at <= report->from))
        return TK_OK;
    actor_print(row.name, shift->number, 0);
    text_copy(row.device, sizeof row.device, shift->device);
    text_copy(row.closed_device, sizeof row.closed_device, shift->closed_device);
    read_effort(shift->keys, &row.keys);
    read_effort(shift->seconds, &row.seconds);
    report->sorted = false;
    if (report->count >= REPORT_ROWS_MAX)
        return TK_NO_MEMORY;
    return LIST_ADD(report, &row);
}

void report_name_member(struct report *report, int64_t number, const char *name)
{
    if (report->kind != REPORT_CLERK && report->kind != REPORT_SHIFT)
        return;
    for (size_t i = 0; i < report->count; i++)
        if (report->items[i].id == number && *name)
            text_copy(report->items[i].name, sizeof report->items[i].name, name);
}
