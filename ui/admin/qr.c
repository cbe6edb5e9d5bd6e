/* qr: a ticket's pass, drawn. */
#include "ui/qr/qr.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/admin/command.h"
#include "ui/pass_of.h"

#define QUIET 4
#define QUIET_SHORT 2 /* when rows are few; scanners still read it */
#define DRAWING_MAX ((size_t)1024 * 1024)
#define TEXT_LINES 3 /* the pass under the code, and the prompt */

static bool is_text(enum qr_form form)
{
    return form != QR_PNG && form != QR_SVG;
}

static bool has_colours(void)
{
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

    return !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0;
}

static void terminal_size(int *rows, int *columns)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_row || !size.ws_col)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    *rows = size.ws_row;
    *columns = size.ws_col;
}

/* The quiet zone that rows leave room for. */
static int quiet_for(const struct qr *qr, enum qr_form form, int rows)
{
    return qr_rows(qr, form, QUIET) + TEXT_LINES <= rows ? QUIET : QUIET_SHORT;
}

/* The best form for where it goes, and its quiet zone. */
static void choose_form(const struct qr *qr, const struct output *out, enum qr_form *form,
                        int *quiet)
{
    int rows, columns;

    *quiet = QUIET;
    if (!output_is_terminal(out)) {
        *form = *form == QR_AUTO ? QR_ASCII : *form;
        return;
    }
    terminal_size(&rows, &columns);
    if (*form == QR_AUTO && !has_colours())
        *form = QR_ASCII;
    if (*form == QR_AUTO) {
        *quiet = quiet_for(qr, QR_WIDE, rows);
        *form = qr_rows(qr, QR_WIDE, *quiet) + TEXT_LINES <= rows &&
                        qr_columns(qr, QR_WIDE, *quiet) <= columns
                    ? QR_WIDE
                    : QR_HALF;
    }
    *quiet = is_text(*form) ? quiet_for(qr, *form, rows) : QUIET;
}

static enum tk_code draw(const char *pass, const struct output *out, enum qr_form *form,
                         struct buffer *drawing, struct tk_error *error)
{
    char grouped[PASS_GROUPED_SIZE];
    struct qr qr;
    int quiet;
    enum tk_code code = qr_make(&qr, pass, error);

    if (code)
        return code;
    choose_form(&qr, out, form, &quiet);
    code = qr_draw(&qr, *form, quiet, drawing, error);
    if (!code && is_text(*form)) {
        pass_group(grouped, pass);
        buffer_addf(drawing, "%*s%s\n", quiet, "", grouped);
    }
    return code || !drawing->failed ? code : tk_fail_code(error, TK_NO_MEMORY);
}

static enum tk_code write_drawing(const char *path, const struct buffer *drawing,
                                  struct tk_error *error)
{
    struct output file;
    enum tk_code code = output_open(&file, path, error);

    if (code)
        return code;
    buffer_add(&file.text, buffer_text(drawing), drawing->length);
    return output_end(&file, false, error);
}

static void put_qr_json(struct call *call, const char *ticket, const char *pass,
                        enum qr_form form, const struct buffer *drawing)
{
    struct buffer *out = &call->out.text;
    char place[OUTPUT_PATH_SIZE];

    json_put_open(out, NULL, '{');
    json_put_text(out, "ticketId", ticket);
    json_put_text(out, "pass", pass);
    json_put_text(out, "form", qr_form_name(form));
    if (call->values[OPT_OUTPUT])
        json_put_text(out, "file", path_shown(call->values[OPT_OUTPUT], place));
    else
        json_put_text(out, "text", buffer_text(drawing));
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

/* PNG does not belong on a terminal nor into JSON, nor SVG on a terminal. */
static enum tk_code check_form(const struct call *call, enum qr_form form, struct tk_error *error)
{
    if (call->values[OPT_OUTPUT] || is_text(form) || (call->json && form == QR_SVG))
        return TK_OK;
    if (call->json || output_is_terminal(&call->out))
        return tk_fail(error, TK_USAGE, "Give a file for --form %s: --output FILE.",
                       qr_form_name(form));
    return TK_OK;
}

static enum tk_code load_pass(struct call *call, struct ticket_view *ticket,
                              char pass[PASS_SIZE], struct tk_error *error)
{
    struct box_office *office;
    uint64_t id;
    enum tk_code code = call_office(call, &office, error);

    if (!code)
        code = office_read_ticket(office, call->argument, &id, error);
    if (!code)
        code = office_ticket(office, id, ticket, error);
    if (code)
        return code;
    code = office_check_good(office, &ticket->ticket, error);
    return code ? code : pass_of(office, ticket, pass, error);
}

/* As --form says, else as the ending of the file does. */
static enum qr_form asked_form(const struct call *call)
{
    const char *path = call->values[OPT_OUTPUT], *ending = path ? strrchr(path, '.') : NULL;
    enum qr_form form = QR_AUTO;

    if (call->values[OPT_FORM])
        qr_form_parse(call->values[OPT_FORM], &form);
    else if (ending && strcasecmp(ending, ".png") == 0)
        form = QR_PNG;
    else if (ending && strcasecmp(ending, ".svg") == 0)
        form = QR_SVG;
    return form;
}

enum tk_code command_qr(struct call *call, struct tk_error *error)
{
    struct buffer drawing;
    struct ticket_view ticket;
    enum qr_form form = asked_form(call);
    char pass[PASS_SIZE], id[ID_TEXT_MAX], place[OUTPUT_PATH_SIZE];
    const char *path = call->values[OPT_OUTPUT];
    enum tk_code code;

    buffer_init(&drawing, DRAWING_MAX);
    if (form == QR_AUTO && (path || call->json))
        form = QR_ASCII;
    code = check_form(call, form, error);
    if (!code)
        code = load_pass(call, &ticket, pass, error);
    if (!code)
        code = draw(pass, &call->out, &form, &drawing, error);
    if (!code && path)
        code = write_drawing(path, &drawing, error);
    if (!code && call->json) {
        id_print(id, ID_TICKET, ticket.ticket.id);
        put_qr_json(call, id, pass, form, &drawing);
    } else if (!code && path) {
        buffer_addf(&call->out.text, "Written to %s.\n", path_shown(path, place));
    } else if (!code) {
        buffer_add(&call->out.text, buffer_text(&drawing), drawing.length);
    }
    buffer_release(&drawing);
    return code;
}
