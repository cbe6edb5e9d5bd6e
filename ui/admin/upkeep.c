/* upkeep: expire and archive. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ui/admin/command.h"

#define DAYS_MAX 100000 /* more is before all time */
#define PAGE 500

/* How many showings that are not over yet expire as of a time. */
static enum tk_code count_coming(struct box_office *office, int64_t as_of, size_t *count,
                                 struct tk_error *error)
{
    int64_t last_end = as_of - office->rules.expire_after;
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    enum tk_code code = TK_OK;

    *count = 0;
    query.unexpired = true;
    query.ends_after = office_now(office);
    query.to = last_end;
    query.limit = PAGE;
    while (!code && last_end > query.ends_after) {
        slot_list_clear(&page);
        code = office_slots(office, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++)
            *count += page.items[i].ends_at <= last_end;
        if (code || page.count < PAGE)
            break;
        query.after_given = true;
        query.after_starts_at = page.items[page.count - 1].starts_at;
        query.after_id = page.items[page.count - 1].id;
    }
    slot_list_release(&page);
    return code;
}

/* Who sits there is asked; a script knows what it does. */
static enum tk_code ask(const struct call *call, size_t coming, struct tk_error *error)
{
    char answer[16] = "";

    if (!coming || call->json || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return TK_OK;
    fprintf(stderr, "%zu %s not over yet would be closed for good. Type yes to go on: ", coming,
            coming == 1 ? "showing that is" : "showings that are");
    if (fgets(answer, sizeof answer, stdin) && strcmp(answer, "yes\n") == 0)
        return TK_OK;
    return tk_fail(error, TK_NOT_DUE, "Nothing was closed, as you did not type yes.");
}

/* What a till's centre does for itself. */
static bool is_centres(struct call *call)
{
    struct upkeep_result none = {0};

    if (!*call->session->central)
        return false;
    if (call->json)
        show_upkeep(call, &none, "");
    else
        buffer_add_text(&call->out.text, "The centre looks after this by itself.\n");
    return true;
}

enum tk_code command_expire(struct call *call, struct tk_error *error)
{
    struct upkeep_result result = {0};
    struct box_office *office;
    int64_t as_of = 0;
    size_t coming = 0;
    enum tk_code code = call_office(call, &office, error);

    if (!code && is_centres(call))
        return TK_OK;
    if (!code)
        code = call_time(call, OPT_AT, office, &as_of, error);
    if (!code)
        code = count_coming(office, as_of, &coming, error);
    if (!code)
        code = ask(call, coming, error);
    if (!code)
        code = office_expire(office, as_of, &result, error);
    result.slots += call->session->expired.slots; /* opening it was enough for what is over */
    result.tickets += call->session->expired.tickets;
    if (!code && coming)
        fprintf(stderr, "%zu %s not over yet: closed for good.\n", coming,
                coming == 1 ? "showing was" : "showings were");
    if (!code)
        show_upkeep(call, &result, "expired");
    return code;
}

enum tk_code command_archive(struct call *call, struct tk_error *error)
{
    int64_t days = call_number(call, OPT_OLDER_THAN,
                               settings_number(&call->session->settings,
                                               SETTING_upkeep_archive_after));
    struct upkeep_result result = {0};
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code && is_centres(call))
        return TK_OK;
    days = days > DAYS_MAX ? DAYS_MAX : days;
    if (!code)
        code = office_archive(office, days * TIME_DAY, &result, error);
    if (!code)
        show_upkeep(call, &result, "archived");
    return code;
}
