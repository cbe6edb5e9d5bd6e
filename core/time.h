/*
 * time: moments as UTC microseconds since 1970, and how people write them.
 *
 * The zone is a port: the core asks it for the offset at a moment and works out the rest, so the
 * skipped and the repeated hour are handled here and tested with made-up zones.
 * Calendar arithmetic: proleptic Gregorian, days from civil after Howard Hinnant,
 * "chrono-Compatible Low-Level Date Algorithms".
 */
#ifndef TK_CORE_TIME_H
#define TK_CORE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define TIME_MILLISECOND INT64_C(1000) /* µs */
#define TIME_SECOND INT64_C(1000000) /* µs */
#define TIME_MINUTE (60 * TIME_SECOND)
#define TIME_HOUR (60 * TIME_MINUTE)
#define TIME_DAY (24 * TIME_HOUR)

/* Moments outside 1970-01-01 … 9999-12-31 are refused. */
#define TIME_MAX INT64_C(253402300799999999)

/* Port: the venue's zone. Returns seconds east of UTC at `utc` (UTC seconds). */
struct time_zone {
    int32_t (*offset_at)(void *context, int64_t utc);
    void *context;
};

struct civil_time {
    int year, month, day, hour, minute, second, microsecond;
    int weekday;    /* 0 = Sunday */
    int32_t offset; /* seconds east of UTC */
};

/* Local calendar of a moment; a NULL zone is UTC. */
struct civil_time time_civil(int64_t moment, const struct time_zone *zone);
/* The moment of a local calendar time. TK_BAD_TIME for one that does not exist, TK_TIME_SKIPPED or
   TK_TIME_REPEATED in the hours that the clocks jump over or show twice; of a repeated time *moment
   is set all the same, to the first of the two. */
enum tk_code time_from_civil(const struct civil_time *civil, const struct time_zone *zone,
                             int64_t *moment);

/*
 * Reads a time as people and programs write it:
 *   2026-11-22 19:45   2026-11-22T19:45:30.5   with Z, +01:00, +0100 or +01 to fix the zone
 *   19:45   today 19:45   tomorrow 19:45   today+3 19:45      days counted from `now`
 * Without an offset it is in `zone`. Fails with a sentence that names the text.
 */
enum tk_code time_parse(const char *text, const struct time_zone *zone, int64_t now,
                        int64_t *moment, struct tk_error *error);

#define TIME_TEXT_MAX 48
/* 2026-11-22T19:45:00+01:00 (RFC 3339, with .ffffff when there are any), in the zone. */
void time_print(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone);
/* For people: "Sun 22 Nov 19:45". */
void time_print_day(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone);
/* For people: "19:45". */
void time_print_clock(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone);
/* For fields that are typed again: "2026-11-22 19:45", with the offset when the time is repeated. */
void time_print_field(char text[TIME_TEXT_MAX], int64_t moment, const struct time_zone *zone);
/* Days since 1970 of the local date: tells one day from another. */
int64_t time_day_number(int64_t moment, const struct time_zone *zone);

#endif
