/* report: what was sold, for whoever runs the house. */
#include "ui/report/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/admin/command.h"
#include "ui/report/draw.h"

#define DRAWING_MAX ((size_t)256 * 1024 * 1024)
#define WIDTH_STANDARD 80

enum form { FORM_TEXT, FORM_CSV, FORM_JSON, FORM_SVG, FORM_NONE };

/* By the ending of its name; FORM_NONE: by none that is known. */
static enum form form_of_file(const char *path)
{
    static const char *const endings[] = {
        [FORM_CSV] = ".csv", [FORM_JSON] = ".json", [FORM_SVG] = ".svg"};
    const char *ending = strrchr(path, '.');

    for (int form = FORM_CSV; ending && form <= FORM_SVG; form++)
        if (strcasecmp(ending, endings[form]) == 0)
            return (enum form)form;
    return FORM_NONE;
}

static enum form asked_form(const struct call *call)
{
    const char *format = call->values[OPT_FORMAT];

    if (format)
        return strcmp(format, "csv") == 0    ? FORM_CSV
               : strcmp(format, "json") == 0 ? FORM_JSON
                                             : FORM_TEXT;
    return call->json && !call->values[OPT_OUTPUT] ? FORM_JSON : FORM_TEXT;
}

static enum tk_code check_call(const struct call *call, const struct report_request *request,
                               struct tk_error *error)
{
    const char *plot = call->values[OPT_PLOT];

    if (plot && form_of_file(plot) == FORM_NONE)
        return tk_fail(error, TK_USAGE, "--plot wants a file that ends in .svg, .csv or .json.");
    if (request->slot_id && request->kind != REPORT_SLOT)
        return tk_fail(error, TK_USAGE, "--slot is for the report slot only.");
    if (request->slot_id && (call->values[OPT_FROM] || call->values[OPT_TO]))
        return tk_fail(error, TK_USAGE, "Give either --slot, or --from and --to.");
    return TK_OK;
}

static enum tk_code read_request(const struct call *call, const struct box_office *office,
                                 struct report_request *request, struct tk_error *error)
{
    enum tk_code code = call_day(call, OPT_FROM, office, &request->from, error);

    if (!code)
        code = call_day(call, OPT_TO, office, &request->to, error);
    if (!code)
        report_period(office, request);
    return code;
}

/* Where bars are drawn: the terminal's width, or for a file what most have. */
static struct report_look look_of(const struct output *out)
{
    struct report_look look = {.width = WIDTH_STANDARD, .ascii = !locale_is_utf8()};
    const char *term = getenv("TERM");
    struct winsize size = {0};

    if (!output_is_terminal(out))
        return look;
    if (ioctl(out->fd, TIOCGWINSZ, &size) == 0 && size.ws_col)
        look.width = size.ws_col;
    look.ascii |= !term || strcmp(term, "dumb") == 0;
    return look;
}

static void put_report(struct buffer *out, enum form form, const struct report *report,
                       const struct seal_list *seals, const struct report_look *look)
{
    bool of_shifts = report->kind == REPORT_SHIFT;

    if (form == FORM_SVG) {
        report_put_svg(out, report);
    } else if (form == FORM_CSV) {
        report_put_csv(out, report);
    } else if (form == FORM_JSON) {
        report_put_json(out, report, of_shifts ? seals : NULL);
    } else {
        report_print(out, report, look);
        if (of_shifts && seals->count)
            buffer_add_char(out, '\n');
        report_print_seals(out, seals, &report->zone);
    }
}

static enum tk_code write_file(const char *path, enum form form, const struct report *report,
                               const struct seal_list *seals, struct tk_error *error)
{
    struct report_look look = {.width = WIDTH_STANDARD, .ascii = !locale_is_utf8()};
    struct output file;
    enum tk_code code = output_open(&file, path, error);

    if (code)
        return code;
    file.text.limit = DRAWING_MAX;
    put_report(&file.text, form, report, seals, &look);
    return output_end(&file, false, error);
}

static void show_written(struct call *call, const struct report *report)
{
    struct buffer *out = &call->out.text;
    char place[OUTPUT_PATH_SIZE];
    const char *path = path_shown(call->values[OPT_OUTPUT], place);

    if (!call->json) {
        buffer_addf(out, "Written to %s.\n", path);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_int(out, "rows", (int64_t)report->count);
    json_put_text(out, "file", path);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static enum tk_code show_report(struct call *call, const struct report *report,
                                const struct seal_list *seals, struct tk_error *error)
{
    const char *plot = call->values[OPT_PLOT], *path = call->values[OPT_OUTPUT];
    struct report_look look = look_of(&call->out);
    enum form form = asked_form(call);
    char place[OUTPUT_PATH_SIZE];
    enum tk_code code = TK_OK;

    if (plot)
        code = write_file(plot, form_of_file(plot), report, seals, error);
    if (!code && path)
        code = write_file(path, form, report, seals, error);
    if (code)
        return code;
    if (path)
        show_written(call, report);
    else
        put_report(&call->out.text, form, report, seals, &look);
    if (plot && !call->json) /* what is on standard output stays the report alone */
        fprintf(stderr, "Drawn to %s.\n", path_shown(plot, place));
    return TK_OK;
}

enum tk_code command_report(struct call *call, struct tk_error *error)
{
    struct report_request request = {.kind = REPORT_DAY};
    struct report report = {0};
    struct seal_list seals = {0};
    struct box_office *office;
    enum tk_code code = call_slot_id(call, &request.slot_id, error);

    report_kind_parse(call->argument, &request.kind);
    if (!code)
        code = check_call(call, &request, error);
    if (!code)
        code = call_office(call, &office, error);
    if (!code && !request.slot_id)
        code = read_request(call, office, &request, error);
    if (!code)
        code = report_load(office, &request, &report, &seals, error);
    if (!code)
        code = show_report(call, &report, &seals, error);
    report_release(&report);
    seal_list_release(&seals);
    return code;
}
