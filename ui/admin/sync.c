/* sync: one exchange with the centre now, and what came of it. */
#include <stdio.h>
#include <stdlib.h>

#include "core/sync.h"
#include "ui/admin/command.h"

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void show_json(struct buffer *out, const struct sync_report *report,
                      const struct sync_status *status)
{
    json_put_open(out, NULL, '{');
    json_put_text(out, "centre", status->centre);
    json_put_int(out, "pushed", (int64_t)report->pushed);
    json_put_int(out, "refused", (int64_t)report->mirror.refused);
    json_put_open(out, "pulled", '{');
    json_put_int(out, "slots", (int64_t)report->mirror.slots);
    json_put_int(out, "tickets", (int64_t)report->mirror.tickets);
    json_put_int(out, "customers", (int64_t)report->mirror.customers);
    json_put_close(out, '}');
    json_put_int(out, "granted", report->granted);
    json_put_int(out, "returned", report->returned);
    json_put_int(out, "lost", (int64_t)report->lost);
    json_put_int(out, "restored", (int64_t)report->restored);
    json_put_int(out, "waiting", status->waiting);
    json_put_int(out, "disputes", status->disputes);
    json_put_text(out, "standing", standing_name(report->standing));
    json_put_int(out, "clockAheadMs", status->clock_ahead / 1000);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void put_clock(struct buffer *out, int64_t ahead)
{
    int64_t tenths = llabs(ahead) / (TIME_SECOND / 10);

    if (!tenths)
        put_field(out, "Clock", "the same");
    else
        put_field(out, "Clock", "%lld.%lld s %s the centre's", (long long)(tenths / 10),
                  (long long)(tenths % 10), ahead > 0 ? "ahead of" : "behind");
}

/* In words; the names are those of the wire. */
static void put_standing(struct buffer *out, const struct box_office *office,
                         const struct sync_status *status)
{
    char bar[TK_MESSAGE_MAX];

    if (office_print_bar(office, status, bar, sizeof bar))
        put_field(out, "Standing", "%s", bar);
    else
        put_field(out, "Standing", "good");
}

static void show_text(struct buffer *out, const struct box_office *office,
                      const struct sync_report *report, const struct sync_status *status)
{
    const struct mirror_report *mirror = &report->mirror;

    put_field(out, "Centre", "%s", status->centre);
    put_field(out, "Sent", "%zu operation%s", report->pushed, plural((int64_t)report->pushed));
    if (mirror->refused)
        put_field(out, "Refused", "%zu of them: see ticketly admin disputes", mirror->refused);
    put_field(out, "Fetched", "%zu showing%s, %zu ticket%s, %zu customer%s", mirror->slots,
              plural((int64_t)mirror->slots), mirror->tickets, plural((int64_t)mirror->tickets),
              mirror->customers, plural((int64_t)mirror->customers));
    if (report->lost)
        put_field(out, "Lost", "%zu sale%s that the centre had lost", report->lost,
                  plural((int64_t)report->lost));
    if (report->restored)
        put_field(out, "Restored", "%zu of them", report->restored);
    put_field(out, "Granted", "%lld place%s", (long long)report->granted, plural(report->granted));
    put_field(out, "Given back", "%lld place%s", (long long)report->returned,
              plural(report->returned));
    put_field(out, "Waiting", "%lld operation%s", (long long)status->waiting,
              plural(status->waiting));
    if (status->disputes)
        put_field(out, "Disputes", "%lld open: see ticketly admin disputes",
                  (long long)status->disputes);
    put_standing(out, office, status);
    put_clock(out, status->clock_ahead);
}

static enum tk_code fail_away(struct tk_error *error)
{
    struct tk_error why = *error;

    return tk_fail(error, TK_UNAVAILABLE, "The centre is away. %.400s", why.message);
}

enum tk_code command_sync(struct call *call, struct tk_error *error)
{
    struct sync_report report = {0};
    struct sync_status status = {0};
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (code)
        return code;
    if (!office->line.sync)
        return tk_fail(error, TK_USAGE,
                       "There is no centre: set central.address or give --central.");
    code = office->line.sync(office->line.context, &report, error);
    if (sync_means_away(code)) /* whatever keeps it away */
        return fail_away(error);
    if (code)
        return code;
    office->line.status(office->line.context, &status);
    if (call->json)
        show_json(&call->out.text, &report, &status);
    else
        show_text(&call->out.text, office, &report, &status);
    return TK_OK;
}
