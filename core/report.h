/*
 * report: what was sold, by hour, day, showing, genre, clerk, till or shift, as rows and series.
 *
 * Made from what a store tells (core/tally, slots, shifts), without asking it: report_init, then
 * everything that belongs to the period with report_add_…, then report_end. Drawing is in
 * ui/report.
 *
 *   day     a row for each hour of a day in the venue's zone: 23 or 25 where the clocks change.
 *           Of a longer period each row is an hour of the clock, summed over its days.
 *   week    a row for each day of the period, whatever it sold
 *   slot    a row for each showing that starts in the period; counts are over all time
 *   genre, clerk, till   a row for each that something was counted of, those that sold most first
 *   shift   a row for each shift that was open at some time in the period, by its opening
 *
 * Invariants
 * 1. The totals are the sums of the rows.
 * 2. A tally counts in one row at most. Of a shift that is the one of the same member that covers
 *    most of the tally's span, the earlier of two alike; tallies of nobody's shift are left out.
 * 3. The order of what is added changes nothing.
 * 4. What is counted is known by quarters of an hour (TALLY_SPAN): a period has those that begin in
 * it.
 */
#ifndef TK_CORE_REPORT_H
#define TK_CORE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/map.h"
#include "core/shift.h"
#include "core/slot.h"
#include "core/tally.h"
#include "core/time.h"

/* X(constant, name, title) */
#define REPORT_KIND_TABLE(X)                   \
    X(REPORT_DAY, "day", "Sales by hour")      \
    X(REPORT_WEEK, "week", "Sales by day")     \
    X(REPORT_SLOT, "slot", "Showings")         \
    X(REPORT_GENRE, "genre", "Sales by genre") \
    X(REPORT_CLERK, "clerk", "Sales by clerk") \
    X(REPORT_TILL, "till", "Sales by till")    \
    X(REPORT_SHIFT, "shift", "Shifts")

enum report_kind {
#define X(kind, name, title) kind,
    REPORT_KIND_TABLE(X)
#undef X
        REPORT_KIND_COUNT
};

#define REPORT_NAME_SIZE SLOT_NAME_SIZE
#define REPORT_ROWS_MAX 1000000

struct report_counts {
#define X(member, name, help) int64_t member;
    TALLY_TABLE(X)
#undef X
};

/* How much work sales were: keys, or seconds. */
struct report_effort {
    int64_t sales;        /* that were measured; 0: nothing is known */
    int64_t median, most; /* 95 of 100 took no more than the latter */
};

struct report_row {
    /* UTC µs: of hour and day begin and end, of a showing start and end, of a shift opening and
       closing (0: still open); 0 for genre, clerk, till and an hour of many days */
    int64_t at, until;
    int64_t id;                  /* showing's or member's number; 0: none */
    int hour;                    /* of the clock, by day */
    char name[REPORT_NAME_SIZE]; /* showing, genre, member, device; "" by day and week */
    struct report_counts counts;
    int64_t places, taken; /* by showing: how many there are, how many have a ticket now */
    /* shift */
    char device[DEVICE_SIZE], closed_device[DEVICE_SIZE];
    int64_t cancels; /* as its limit counts them */
    struct report_effort keys, seconds;
};

struct report {
    enum report_kind kind;
    int64_t from, to; /* UTC µs; begin and end of the period */
    bool summed;      /* by day: over several days */
    struct time_zone zone;
    struct report_row *items; /* owned */
    size_t count, capacity;
    struct report_counts totals;
    int64_t places, taken; /* by showing */
    /* its own */
    struct map found; /* rows by what they are of */
    size_t last;      /* the row that was added to last */
    bool sorted;      /* shifts, by member and time */
};

const char *report_kind_name(enum report_kind kind);
/* For people: "Sales by hour". */
const char *report_kind_title(enum report_kind kind);
bool report_kind_parse(const char *name, enum report_kind *kind);

/* Begin of the local day of a moment, and its end, which is the next day's begin. */
int64_t report_day_begin(int64_t moment, const struct time_zone *zone);
int64_t report_day_end(int64_t moment, const struct time_zone *zone);

/* Makes the rows of hours and days at once. TK_BAD_TIME unless from < to, and within
   REPORT_ROWS_MAX days; TK_NO_MEMORY. Releases nothing that was there. */
enum tk_code report_init(struct report *report, enum report_kind kind, int64_t from, int64_t to,
                         const struct time_zone *zone, struct tk_error *error);
void report_release(struct report *report);

/* Whether the report is made of tallies by showing, and not by span. */
bool report_is_by_slot(enum report_kind kind);
/* The spans whose tallies belong to it: the period, of shifts from the first opening to the end. */
void report_spans(const struct report *report, int64_t *from, int64_t *to);

/* Those outside of the period are left out. All of these: TK_NO_MEMORY. */
enum tk_code report_add_tally(struct report *report, const struct tally *tally);
/* By showing: all slots before the first tally. */
enum tk_code report_add_slot(struct report *report, const struct slot *slot);
/* By shift: all shifts before the first tally. closed_at 0: it is still open. Left out unless it
   was open in the period. */
enum tk_code report_add_shift(struct report *report, const struct shift *shift);
/* A member's name, for clerks and shifts; after the tallies. */
void report_name_member(struct report *report, int64_t number, const char *name);
/* Sorts and sums up. */
void report_end(struct report *report);

/* Of 1000 places how many have a ticket; 0 where there are none. */
int64_t report_share(int64_t taken, int64_t places);
/* What a chart shows of a row: tickets sold; of a showing the share of 1000. */
int64_t report_value(const struct report *report, const struct report_row *row);
/* The greatest of these; 1000 by showing. */
int64_t report_peak(const struct report *report);

#endif
