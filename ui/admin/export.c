/* export: everything of one kind as CSV or JSON lines, page by page in small memory. */
#include <string.h>

#include "core/wire.h"
#include "ui/admin/command.h"

#define PAGE 500

struct export {
    struct box_office *office;
    struct output *out;
    bool jsonl;
    size_t rows;
    int64_t after_number; /* where the next page begins: slot id or journal seq */
    uint64_t after_id;
};

static void put_record(struct export *export, const struct wire_record *record)
{
    if (export->jsonl) {
        wire_put_json(&export->out->text, NULL, record);
        buffer_add_char(&export->out->text, '\n');
    } else {
        if (!export->rows)
            wire_put_csv_header(&export->out->text, record);
        wire_put_csv(&export->out->text, record);
    }
    export->rows++;
}

/* Each of these writes the next page and tells how many rows it had. */
static enum tk_code page_of_slots(struct export *export, size_t *rows, struct tk_error *error)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list page = {0};
    struct wire_record record;
    enum tk_code code;

    query.by_id = query.after_given = true;
    query.after_id = export->after_number;
    query.limit = PAGE;
    code = office_slots(export->office, &query, &page, error);
    for (size_t i = 0; !code && i < page.count; i++) {
        wire_slot(&record, &page.items[i], &export->office->ports.zone);
        put_record(export, &record);
        export->after_number = page.items[i].id;
    }
    *rows = page.count;
    slot_list_release(&page);
    return code;
}

static enum tk_code page_of_tickets(struct export *export, size_t *rows, struct tk_error *error)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_view_list page = {0};
    struct wire_record record;
    enum tk_code code;

    query.after_id = export->after_id;
    query.limit = PAGE;
    code = office_tickets(export->office, &query, &page, error);
    for (size_t i = 0; !code && i < page.count; i++) {
        /* without passes: who has the file could walk in */
        wire_ticket(&record, &page.items[i], NULL, &export->office->ports.zone);
        put_record(export, &record);
        export->after_id = page.items[i].ticket.id;
    }
    *rows = page.count;
    ticket_view_list_release(&page);
    return code;
}

static enum tk_code page_of_customers(struct export *export, size_t *rows, struct tk_error *error)
{
    struct customer_query query = {.after_id = export->after_id, .limit = PAGE};
    struct customer_list page = {0};
    struct wire_record record;
    enum tk_code code = office_customers(export->office, &query, &page, error);

    for (size_t i = 0; !code && i < page.count; i++) {
        wire_customer(&record, &page.items[i], &export->office->ports.zone);
        put_record(export, &record);
        export->after_id = page.items[i].id;
    }
    *rows = page.count;
    customer_list_release(&page);
    return code;
}

static enum tk_code page_of_journal(struct export *export, size_t *rows, struct tk_error *error)
{
    struct journal_query query = {.after_seq = export->after_number, .limit = PAGE};
    struct journal_list page = {0};
    struct wire_record record;
    enum tk_code code = office_journal(export->office, &query, &page, error);

    for (size_t i = 0; !code && i < page.count; i++) {
        wire_journal_entry(&record, &page.items[i], &export->office->ports.zone);
        put_record(export, &record);
        export->after_number = page.items[i].seq;
    }
    *rows = page.count;
    journal_list_release(&page);
    return code;
}

/* The header of an empty CSV file. */
static void put_empty(struct export *export, const char *kind)
{
    struct wire_record record;
    const struct time_zone *zone = &export->office->ports.zone;

    if (strcmp(kind, "slots") == 0)
        wire_slot(&record, &(struct slot){0}, zone);
    else if (strcmp(kind, "tickets") == 0)
        wire_ticket(&record, &(struct ticket_view){0}, NULL, zone);
    else if (strcmp(kind, "customers") == 0)
        wire_customer(&record, &(struct customer){0}, zone);
    else
        wire_journal_entry(&record, &(struct journal_entry){0}, zone);
    wire_put_csv_header(&export->out->text, &record);
}

static enum tk_code write_all(struct export *export, const char *kind, struct tk_error *error)
{
    enum tk_code (*next)(struct export *, size_t *, struct tk_error *) =
        strcmp(kind, "slots") == 0       ? page_of_slots
        : strcmp(kind, "tickets") == 0   ? page_of_tickets
        : strcmp(kind, "customers") == 0 ? page_of_customers
                                         : page_of_journal;
    enum tk_code code;
    size_t rows;

    do {
        code = next(export, &rows, error);
        if (!code && rows)
            progress_show("%zu rows", export->rows);
    } while (!code && rows == PAGE && output_spill(export->out));
    if (!code && !export->rows && !export->jsonl)
        put_empty(export, kind);
    progress_end();
    return code;
}

static void show_written(struct call *call, size_t rows)
{
    struct buffer *out = &call->out.text;
    char place[OUTPUT_PATH_SIZE];
    const char *path = path_shown(call->values[OPT_OUTPUT], place);

    if (!call->json) {
        buffer_addf(out, "%zu %s written to %s.\n", rows, rows == 1 ? "row" : "rows", path);
        return;
    }
    json_put_open(out, NULL, '{');
    json_put_int(out, "rows", (int64_t)rows);
    json_put_text(out, "file", path);
    json_put_close(out, '}');
    buffer_add_char(out, '\n');
}

enum tk_code command_export(struct call *call, struct tk_error *error)
{
    const char *format = call->values[OPT_FORMAT];
    struct export export = {.out = &call->out};
    struct output file;
    enum tk_code code = call_office(call, &export.office, error), ended;

    export.jsonl = format ? strcmp(format, "jsonl") == 0
                          : call->json && !call->values[OPT_OUTPUT];
    if (code || !call->values[OPT_OUTPUT])
        return code ? code : write_all(&export, call->argument, error);
    code = output_open(&file, call->values[OPT_OUTPUT], error);
    if (code)
        return code;
    export.out = &file;
    code = write_all(&export, call->argument, error);
    ended = output_end(&file, code != TK_OK, code ? NULL : error);
    if (!code && !ended)
        show_written(call, export.rows);
    return code ? code : ended;
}
