/* data: a report for programs and spreadsheets. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/wire.h"
#include "ui/report/draw.h"

static struct wire_field *add(struct wire_record *record, const char *name, enum wire_type type)
{
    struct wire_field *field = &record->fields[record->count++];

    *field = (struct wire_field){.name = name, .type = type};
    return field;
}

static void add_number(struct wire_record *record, const char *name, int64_t number)
{
    add(record, name, WIRE_NUMBER)->number = number;
}

static void add_text(struct wire_record *record, const char *name, const char *text)
{
    add(record, name, *text ? WIRE_TEXT : WIRE_NULL)->text = text;
}

/* 0 is none. */
static void add_time(struct wire_record *record, const char *name, int64_t at,
                     const struct time_zone *zone)
{
    struct wire_field *field = add(record, name, at ? WIRE_TEXT : WIRE_NULL);

    if (at)
        time_print(field->own, at, zone);
}

/* Per cent with one digit behind the point. */
static void add_share(struct wire_record *record, int64_t taken, int64_t places)
{
    struct wire_field *field = add(record, "occupancy", places ? WIRE_JSON : WIRE_NULL);
    int64_t share = report_share(taken, places);

    snprintf(field->own, sizeof field->own, "%" PRId64 ".%" PRId64, share / 10, share % 10);
}

static void add_effort(struct wire_record *record, const char *median, const char *most,
                       const struct report_effort *effort)
{
    add(record, median, effort->sales ? WIRE_NUMBER : WIRE_NULL)->number = effort->median;
    add(record, most, effort->sales ? WIRE_NUMBER : WIRE_NULL)->number = effort->most;
}

static void add_counts(struct wire_record *record, const struct report *report,
                       const struct report_counts *counts)
{
    if (report->kind != REPORT_SLOT) /* reissued tickets stay in the sale, which may be of two */
        add_number(record, "sales", counts->sales);
    add_number(record, "sold", counts->sold);
    add_number(record, "canceled", counts->canceled);
    add_number(record, "reissued", counts->reissued);
    add_number(record, "admitted", counts->admitted);
}

static void add_member(struct wire_record *record, const struct report_row *row)
{
    add(record, "staffNumber", row->id ? WIRE_NUMBER : WIRE_NULL)->number = row->id;
    add_text(record, "clerk", row->name);
}

/* What the row is of. */
static void add_subject(struct wire_record *record, const struct report *report,
                        const struct report_row *row)
{
    const struct time_zone *zone = &report->zone;

    switch (report->kind) {
    case REPORT_DAY:
        add_number(record, "hour", row->hour);
        add_time(record, "from", row->at, zone);
        add_time(record, "to", row->until, zone);
        break;
    case REPORT_WEEK:
        add_time(record, "from", row->at, zone);
        add_time(record, "to", row->until, zone);
        break;
    case REPORT_SLOT:
        add_number(record, "slotId", row->id);
        add_text(record, "slotName", row->name);
        add_time(record, "startTime", row->at, zone);
        add_time(record, "endTime", row->until, zone);
        add_number(record, "places", row->places);
        add_number(record, "taken", row->taken);
        add_share(record, row->taken, row->places);
        break;
    case REPORT_GENRE:
        add_text(record, "genre", row->name);
        break;
    case REPORT_CLERK:
        add_member(record, row);
        break;
    case REPORT_TILL:
        add_text(record, "deviceName", row->name);
        break;
    default:
        add_member(record, row);
        add_time(record, "openedAt", row->at, zone);
        add_time(record, "closedAt", row->until, zone);
        add_text(record, "openedOn", row->device);
        add_text(record, "closedOn", row->closed_device);
        add_number(record, "cancels", row->cancels);
        add_number(record, "measuredSales", row->keys.sales);
        add_effort(record, "keysMedian", "keys95", &row->keys);
        add_effort(record, "secondsMedian", "seconds95", &row->seconds);
    }
}

static void fill(struct wire_record *record, const struct report *report,
                 const struct report_row *row)
{
    record->count = 0;
    add_subject(record, report, row);
    add_counts(record, report, &row->counts);
}

void report_put_csv(struct buffer *out, const struct report *report)
{
    struct wire_record record;

    fill(&record, report, &(struct report_row){0});
    wire_put_csv_header(out, &record);
    for (size_t i = 0; i < report->count; i++) {
        fill(&record, report, &report->items[i]);
        wire_put_csv(out, &record);
    }
}

static void put_seals(struct buffer *out, const struct seal_list *seals,
                      const struct time_zone *zone)
{
    json_put_open(out, "journal", '[');
    for (size_t i = 0; i < seals->count; i++) {
        const struct seal *seal = &seals->items[i];
        char head[2 * CRYPTO_HASH_SIZE + 1], when[TIME_TEXT_MAX];

        for (size_t byte = 0; byte < CRYPTO_HASH_SIZE; byte++)
            snprintf(head + 2 * byte, 3, "%02x", seal->head[byte]);
        time_print(when, seal->made_at, zone);
        json_put_open(out, NULL, '{');
        json_put_int(out, "writer", seal->writer);
        json_put_int(out, "entries", seal->entries);
        json_put_text(out, "head", head);
        json_put_text(out, "madeAt", when);
        json_put_text(out, "why", seal->why);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
}

void report_put_json(struct buffer *out, const struct report *report, const struct seal_list *seals)
{
    struct wire_record record = {.count = 0};
    char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

    time_print(from, report->from, &report->zone);
    time_print(to, report->to, &report->zone);
    json_put_open(out, NULL, '{');
    json_put_text(out, "report", report_kind_name(report->kind));
    json_put_text(out, "from", from);
    json_put_text(out, "to", to);
    json_put_open(out, "rows", '[');
    for (size_t i = 0; i < report->count; i++) {
        fill(&record, report, &report->items[i]);
        wire_put_json(out, NULL, &record);
    }
    json_put_close(out, ']');
    record.count = 0;
    if (report->kind == REPORT_SLOT) {
        add_number(&record, "places", report->places);
        add_number(&record, "taken", report->taken);
        add_share(&record, report->taken, report->places);
    }
    add_counts(&record, report, &report->totals);
    wire_put_json(out, "totals", &record);
    if (seals)
        put_seals(out, seals, &report->zone);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}
