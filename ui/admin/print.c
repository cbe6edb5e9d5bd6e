/* print: a ticket onto paper, or the printer's bytes into a file. */
#include "ui/print/print.h"

#include <inttypes.h>
#include <string.h>

#include "ui/admin/command.h"
#include "ui/print/printer.h"

/* Where it goes. */
struct target {
    char where[PRINTER_WHERE_SIZE]; /* "" for standard output */
    bool is_file;                   /* --output: then it stands behind "file:" */
};

/* Standard output holds the bytes or the JSON, and a terminal is no printer. */
static enum tk_code check_stdout(const struct call *call, struct tk_error *error)
{
    if (call->json)
        return tk_fail(error, TK_USAGE, "--output - and --json both want standard output.");
    if (output_is_terminal(&call->out))
        return tk_fail(error, TK_USAGE,
                       "These bytes are for a printer: send them into a file or a pipe.");
    return TK_OK;
}

static enum tk_code find_output(const struct call *call, struct target *target,
                                struct tk_error *error)
{
    const char *path = call->values[OPT_OUTPUT];

    target->is_file = true;
    if (call->values[OPT_PRINTER])
        return tk_fail(error, TK_USAGE, "Give either --printer or --output.");
    if (strcmp(path, "-") == 0)
        return check_stdout(call, error);
    if (snprintf(target->where, sizeof target->where, "file:%s", path) >=
        (int)sizeof target->where)
        return tk_fail(error, TK_USAGE, "The name of the file is too long.");
    return TK_OK;
}

/* Before a copy is counted: it is clear where it goes. */
static enum tk_code find_target(const struct call *call, struct target *target,
                                struct tk_error *error)
{
    const struct settings *settings = &call->session->settings;
    const char *where = call->values[OPT_PRINTER];

    *target = (struct target){0};
    if (call->values[OPT_OUTPUT])
        return find_output(call, target, error);
    if (!where) {
        enum tk_code code = print_check_where(settings, error);

        if (code)
            return code;
        where = print_where(settings);
    } else if (printer_check(where, error)) {
        return error->code = TK_USAGE;
    }
    snprintf(target->where, sizeof target->where, "%s", where);
    return TK_OK;
}

/* The copy is counted: whatever fails now, the ticket is sold and may be printed again. */
static enum tk_code deliver(struct call *call, const struct target *target,
                            const struct buffer *bytes, int32_t copy, struct tk_error *error)
{
    struct printer_job job = {.where = target->where,
                              .bytes = bytes->data,
                              .size = bytes->length,
                              .timeout_ms = print_timeout_ms(&call->session->settings),
                              .pause_ms = print_timeout_ms(&call->session->settings)};
    struct tk_error failure = {0};
    char told[TK_MESSAGE_MAX];
    enum tk_code code;

    if (!*target->where) {
        buffer_add(&call->out.text, bytes->data, bytes->length);
        return TK_OK;
    }
    code = printer_print(&job, &failure);
    if (!code)
        return TK_OK;
    print_tell(told, sizeof told, &failure);
    return tk_fail(error, code == TK_DISK_FULL ? TK_DISK_FULL : TK_PRINTER,
                   "%.350s The ticket stays sold; printed again it will say COPY %" PRId32 ".", told,
                   copy + 1);
}

static void put_json(struct buffer *out, const char *id, int32_t copy, const struct target *target)
{
    char place[OUTPUT_PATH_SIZE];
    const char *where = target->where + (target->is_file ? strlen("file:") : 0);

    json_put_open(out, NULL, '{');
    json_put_text(out, "ticketId", id);
    json_put_int(out, "copy", copy);
    json_put_text(out, target->is_file ? "file" : "printer", path_shown(where, place));
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

static void show_printed(struct call *call, uint64_t ticket_id, int32_t copy,
                         const struct target *target)
{
    struct buffer *out = &call->out.text;
    char id[ID_TEXT_MAX], place[OUTPUT_PATH_SIZE];

    id_print(id, ID_TICKET, ticket_id);
    if (call->json) {
        put_json(out, id, copy, target);
        return;
    }
    if (!*target->where)
        return;
    buffer_addf(out, "%s %s", target->is_file ? "Written:" : "Printed", id);
    if (copy > 1)
        buffer_addf(out, ", COPY %" PRId32, copy);
    if (target->is_file)
        buffer_addf(out, ", to %s", path_shown(target->where + strlen("file:"), place));
    buffer_add_text(out, ".\n");
}

enum tk_code command_print(struct call *call, struct tk_error *error)
{
    struct box_office *office;
    struct buffer bytes;
    struct target target;
    uint64_t id;
    int32_t copy = 0;
    enum tk_code code = find_target(call, &target, error);

    buffer_init(&bytes, RECEIPT_BYTES_MAX);
    if (!code)
        code = call_office(call, &office, error);
    if (!code)
        code = office_read_ticket(office, call->argument, &id, error);
    if (!code)
        code = print_ticket(office, &call->session->settings, id, &bytes, &copy, error);
    if (!code)
        code = deliver(call, &target, &bytes, copy, error);
    if (!code)
        show_printed(call, id, copy, &target);
    buffer_release(&bytes);
    return code;
}
