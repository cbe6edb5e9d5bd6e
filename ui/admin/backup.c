/* backup: a copy of the box office file, and verify. */
#include <sys/stat.h>

#include "ui/admin/command.h"

static void show_progress(void *context, int64_t done, int64_t total)
{
    (void)context;
    if (total > 0)
        progress_show("%lld of %lld pages copied", (long long)done, (long long)total);
}

enum tk_code command_backup(struct call *call, struct tk_error *error)
{
    struct buffer *out = &call->out.text;
    struct box_office *office;
    struct stat info = {0};
    char place[OUTPUT_PATH_SIZE], key_place[OUTPUT_PATH_SIZE], key[SESSION_PATH_SIZE];
    const char *path = path_shown(call->argument, place);
    enum tk_code code = call_office(call, &office, error);

    if (!code) {
        code = office_backup(office, call->argument, show_progress, NULL, error);
        progress_end();
    }
    if (code)
        return code;
    stat(call->argument, &info);
    if (call->json) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "file", path);
        json_put_int(out, "bytes", info.st_size);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
        return TK_OK;
    }
    buffer_addf(out, "Copied to %s (%lld bytes).\n", path, (long long)info.st_size);
    if (call->session->kind == SESSION_REMOTE)
        buffer_addf(out, "The key that makes passes is not in it: keep the %s's key file apart and "
                         "safe.\n",
                    call->session->central[0] ? "centre" : "service");
    else
        buffer_addf(out, "The key that makes passes is not in it: keep %s apart and safe.\n",
                    path_shown(session_key_path(call->session, key), key_place));
    return TK_OK;
}

static void put_report_json(struct buffer *out, const struct verify_report *report)
{
    json_put_open(out, NULL, '{');
    json_put_bool(out, "ok", report->found == 0);
    json_put_int(out, "slots", report->slots);
    json_put_int(out, "tickets", report->tickets);
    json_put_int(out, "customers", report->customers);
    json_put_int(out, "entries", report->entries);
    json_put_int(out, "found", report->found);
    json_put_open(out, "problems", '[');
    for (size_t i = 0; i < report->count; i++) {
        json_put_open(out, NULL, '{');
        json_put_text(out, "check", report->items[i].check);
        json_put_text(out, "text", report->items[i].text);
        json_put_close(out, '}');
    }
    json_put_close(out, ']');
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void put_report_text(struct call *call, const struct verify_report *report)
{
    struct buffer *out = &call->out.text;
    char place[OUTPUT_PATH_SIZE];

    for (size_t i = 0; i < report->count; i++)
        buffer_addf(out, "%s: %s\n", report->items[i].check, report->items[i].text);
    buffer_addf(out,
                "%lld showings, %lld tickets, %lld customers and %lld journal entries counted.\n",
                (long long)report->slots, (long long)report->tickets,
                (long long)report->customers, (long long)report->entries);
    if (*call->session->central)
        buffer_add_text(out, "That is this till's copy, not the box office itself.\n");
    if (!report->found)
        buffer_add_text(out, "Everything adds up. Whether the journal's seals are the house's, "
                             "`ticketly admin journal verify` tells.\n");
    if (call->session->keyless)
        buffer_addf(out, "%s.key is not there, so whether the key fits was not looked at.\n",
                    path_shown(call->session->store_path, place));
}

enum tk_code command_verify(struct call *call, struct tk_error *error)
{
    struct verify_report report = {0};
    struct box_office *office;
    enum tk_code code = session_look(call->session, &office, error);

    if (!code)
        code = office_verify(office, &report, error);
    if (!code && call->json)
        put_report_json(&call->out.text, &report);
    else if (!code)
        put_report_text(call, &report);
    if (!code && report.found)
        code = tk_fail(error, TK_NOT_VERIFIED,
                       "The box office does not add up: %lld %s found. Keep the file as it is and "
                       "restore a backup beside it.",
                       (long long)report.found,
                       report.found == 1 ? "problem was" : "problems were");
    verify_report_release(&report);
    return code;
}
