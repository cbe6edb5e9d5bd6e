/* upkeep: expire and archive. */
#include "ui/admin/command.h"

#define DAYS_MAX 100000 /* more is before all time */

enum tk_code command_expire(struct call *call, struct tk_error *error)
{
    struct upkeep_result result = {0};
    struct box_office *office;
    int64_t as_of = 0;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = call_time(call, OPT_AT, office, &as_of, error);
    if (!code)
        code = office_expire(office, as_of, &result, error);
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

    days = days > DAYS_MAX ? DAYS_MAX : days;
    if (!code)
        code = office_archive(office, days * TIME_DAY, &result, error);
    if (!code)
        show_upkeep(call, &result, "archived");
    return code;
}
