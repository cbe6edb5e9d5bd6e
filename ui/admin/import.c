/* import: a programme from a CSV file. */
#include "ui/import.h"

#include "ui/admin/command.h"

static void show_progress(void *context, size_t checked, size_t applied)
{
    (void)context;
    if (applied)
        progress_show("%zu showings put in", applied);
    else
        progress_show("%zu rows checked", checked);
}

enum tk_code command_import(struct call *call, struct tk_error *error)
{
    bool dry_run = call->values[OPT_DRY_RUN];
    struct import_result result = {0};
    struct buffer *out = &call->out.text;
    struct box_office *office;
    enum tk_code code = call_office(call, &office, error);

    if (!code) {
        code = import_programme(office, call->argument, dry_run, show_progress, NULL, &result,
                                error);
        progress_end();
    }
    if (code)
        return code;
    if (call->json) {
        json_put_open(out, NULL, '{');
        json_put_int(out, "added", (int64_t)result.added);
        json_put_int(out, "known", (int64_t)result.known);
        json_put_bool(out, "dryRun", dry_run);
        json_put_close(out, '}');
        buffer_add_char(out, '\n');
    } else if (dry_run) {
        buffer_addf(out, "The file is fine: %zu showings to be added, %zu known already. Nothing was "
                         "changed.\n",
                    result.added, result.known);
    } else {
        buffer_addf(out, "%zu showings added, %zu known already.\n", result.added, result.known);
    }
    return TK_OK;
}
