/*
 * load: a report (core/report) out of a box office, page by page.
 *
 * What may be asked for is the store's to say: TK_FORBIDDEN and its like come through.
 */
#ifndef TK_UI_REPORT_LOAD_H
#define TK_UI_REPORT_LOAD_H

#include "core/box_office_staff.h"
#include "core/report.h"

struct report_request {
    enum report_kind kind;
    int64_t from, to; /* UTC µs; 0: as report_period says */
    int64_t slot_id;  /* by showing: just this one; 0: those of the period */
};

/* Puts what is missing of the period: today; by day the last 7 days with today. From a time given
   alone: that day, by day 7 days, else up to the end of today. Up to one: the day before it, by day
   7 days. */
void report_period(const struct box_office *office, struct report_request *request);

/* The report of a request with a period, ready to be drawn; the caller releases it. `seals` (may be
   NULL) gets the heads of the journal for a report of shifts. TK_SLOT_NOT_FOUND, TK_BAD_TIME, and
   whatever the store fails with. */
enum tk_code report_load(struct box_office *office, const struct report_request *request,
                         struct report *report, struct seal_list *seals, struct tk_error *error);
/* Today's sales by hour, for the counter. */
enum tk_code report_load_today(struct box_office *office, struct report *report,
                               struct tk_error *error);

#endif
