/* verify: counts everything again; verify_journal.c walks the journal. */
#include "data/postgres/internal.h"

#include <stdio.h>
#include <stdlib.h>

#include "data/postgres/verify.h"

/* What the first column is: a ticket or genre is what the text begins with, and the format has those after it. */
enum of { OF_NUMBERS, OF_TICKET, OF_GENRE };

/* The checks that are one query each; a row is a problem. %1..%3 are its columns. */
static const struct check {
    enum pg_sql sql;
    const char *name;
    const char *format; /* up to three numbers */
    enum of of;
} checks[] = {
    {PG_VERIFY_TICKET_SLOT, "references", "its showing is not there", OF_TICKET},
    {PG_VERIFY_TICKET_CUSTOMER, "references", "its customer is not there", OF_TICKET},
    {PG_VERIFY_ALLOTMENT_SLOT, "references",
     "a till holds places of showing %lld, which is not there", OF_NUMBERS},
    {PG_VERIFY_EARLY_SLOT, "references", "a door let in to showing %lld, which is not there",
     OF_NUMBERS},
    {PG_VERIFY_KEY_CUSTOMER, "references",
     "customer number %lld can be searched for, and is not there", OF_NUMBERS},
    {PG_VERIFY_BALANCE, "places", "showing %lld: its places do not add up", OF_NUMBERS},
    {PG_VERIFY_SOLD, "sold", "showing %lld says %lld sold, its tickets say %lld", OF_NUMBERS},
    {PG_VERIFY_ADMITTED, "admitted", "showing %lld says %lld are in, its tickets say %lld", OF_NUMBERS},
    {PG_VERIFY_USED, "admitted", "its admission is half told, or it is canceled all the same",
     OF_TICKET},
    {PG_VERIFY_STATUS, "status", "its status and its cancellation disagree", OF_TICKET},
    {PG_VERIFY_LINKS, "reissue", "it replaces a ticket that does not say so", OF_TICKET},
    {PG_VERIFY_LINKS_BACK, "reissue", "it is replaced by a ticket that does not say so", OF_TICKET},
    {PG_VERIFY_CUSTOMERS, "customers", "customer number %lld says %lld tickets, there are %lld",
     OF_NUMBERS},
    {PG_VERIFY_SEQ, "changes", "showing %lld has a ticket changed after its last change", OF_NUMBERS},
    {PG_VERIFY_ALLOTTED, "allotments", "showing %lld says tills hold %lld, they hold %lld", OF_NUMBERS},
    {PG_VERIFY_HELD, "allotments", "showing %lld: what a till holds of it does not add up", OF_NUMBERS},
    {PG_VERIFY_BLOCKS, "numbers", "the numbers from %lld on were given twice, or do not add up",
     OF_NUMBERS},
    {PG_VERIFY_FLOOR, "numbers", "the numbers from %lld on were given to a till and may be again",
     OF_NUMBERS},
    {PG_VERIFY_NUMBERS, "numbers", "its number was given to a till that did not use it", OF_TICKET},
    {PG_VERIFY_WRITER_BLOCKS, "numbers", "the numbers from %lld on were given to two nodes", OF_NUMBERS},
    {PG_VERIFY_WRITER_FLOOR, "numbers",
     "the numbers from %lld on were given to a node and may be again", OF_NUMBERS},
    {PG_VERIFY_TICKET_FLOOR, "numbers", "its number may be given again", OF_TICKET},
    {PG_VERIFY_CUSTOMER_FLOOR, "numbers", "customer number %lld may be given again", OF_NUMBERS},
    {PG_VERIFY_EARLY, "admitted", "it was let in before it was known, and is not in since", OF_TICKET},
    {PG_VERIFY_VOIDED, "journal", "entry %lld was done, though it was voided before", OF_NUMBERS},
    {PG_VERIFY_TALLY_SALES, "tallies",
     "reports count %lld sales, the tickets say %lld", OF_GENRE},
    {PG_VERIFY_TALLY_SOLD, "tallies",
     "reports count %lld tickets sold, the tickets say %lld", OF_GENRE},
    {PG_VERIFY_TALLY_CANCELED, "tallies",
     "reports count %lld tickets canceled, the tickets say %lld", OF_GENRE},
    {PG_VERIFY_TALLY_REISSUED, "tallies",
     "reports count %lld tickets reissued, the tickets say %lld", OF_NUMBERS},
    {PG_VERIFY_WRITERLESS, "journal", "entry %lld is not among those of the node that wrote it",
     OF_NUMBERS},
};

enum tk_code verify_rows(struct verify_run *run, enum pg_sql sql, const struct pg_params *params,
                         pg_query_add *add, void *context)
{
    PGresult *result = NULL;
    enum tk_code code = pg_ask(run->store, sql, params, &result, run->error);

    return code ? code : pg_query_each(run->store, result, add, context, run->error);
}

struct check_run {
    const struct check *check;
    struct verify_report *report;
};

/* "ticket TKT…: " or "Drama: "; "" where the text says it all. */
static void print_subject(const struct postgres_store *store, enum of of, int64_t number,
                          char text[ID_TEXT_MAX + 16])
{
    const char *genre = of == OF_GENRE ? genre_name((enum genre)number) : NULL;
    char id[ID_TEXT_MAX];

    text[0] = '\0';
    if (of == OF_TICKET) {
        id_print(id, ID_TICKET, pg_id(store, ID_TICKET, number));
        snprintf(text, ID_TEXT_MAX + 16, "ticket %s: ", id);
    } else if (of == OF_GENRE) {
        snprintf(text, ID_TEXT_MAX + 16, "%.*s: ", ID_TEXT_MAX, genre ? genre : "no genre");
    }
}

static enum tk_code add_problem(struct postgres_store *store, const PGresult *result, int row,
                                void *context)
{
    const struct check_run *run = context;
    char text[200], subject[ID_TEXT_MAX + 16];
    long long numbers[3] = {0};
    int at = 0, skipped = run->check->of != OF_NUMBERS;

    print_subject(store, run->check->of, row_number(result, row, 0), subject);
    for (int i = skipped; i < PQnfields(result) && at < 3; i++)
        numbers[at++] = row_number(result, row, i);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, run->check->format, numbers[0], numbers[1], numbers[2]);
#pragma GCC diagnostic pop
    return verify_report_add(run->report, run->check->name, "%s%s", subject, text);
}

/* A device whose row cannot be read would be let in as nobody knows what. */
static enum tk_code add_device(struct postgres_store *store, const PGresult *result, int row,
                               void *report)
{
    struct device device;

    (void)store;
    if (row_device(result, row, &device))
        return TK_OK;
    return verify_report_add(report, "devices", "device “%s” has no role or token that can be read",
                             device.name);
}

/* A dispute that cannot be read is one that nobody looks into; whose it was is erased when it is
 * closed. */
static enum tk_code add_dispute(struct postgres_store *store, const PGresult *result, int row,
                                void *report)
{
    struct dispute dispute;

    if (!row_dispute(store, result, row, &dispute))
        return verify_report_add(report, "disputes", "a dispute of %s cannot be read",
                                 dispute.device);
    if (dispute.closed_at && (dispute.customer_name[0] || dispute.customer_phone[0]))
        return verify_report_add(report, "disputes",
                                 "a dispute of %s is closed, and still names its guest",
                                 dispute.device);
    return TK_OK;
}

static enum tk_code add_counts(struct postgres_store *store, const PGresult *result, int row,
                               void *context)
{
    struct verify_report *report = context;

    (void)store;
    report->slots = row_number(result, row, 0);
    report->tickets = row_number(result, row, 1);
    report->customers = row_number(result, row, 2);
    report->entries = row_number(result, row, 3);
    return TK_OK;
}

static enum tk_code run_all(struct verify_run *run)
{
    struct seal_list seals = {0};
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < sizeof checks / sizeof checks[0]; i++) {
        struct check_run checked = {&checks[i], run->report};

        code = verify_rows(run, checks[i].sql, NULL, add_problem, &checked);
    }
    if (!code)
        code = verify_rows(run, PG_LIST_DEVICES, NULL, add_device, run->report);
    if (!code)
        code = verify_rows(run, PG_VERIFY_DISPUTES, NULL, add_dispute, run->report);
    if (!code)
        code = verify_records(run, &seals);
    if (!code)
        code = verify_journal(run, &seals);
    free(seals.items);
    return code ? code : verify_rows(run, PG_VERIFY_COUNTS, NULL, add_counts, run->report);
}

/* Everything as of one moment, so that sales meanwhile do not look like faults. */
enum tk_code postgres_verify(struct store *base, struct verify_report *report,
                             struct tk_error *error)
{
    struct postgres_store *store = (struct postgres_store *)base;
    struct verify_run run = {store, report, error};
    int64_t patience_ms = store->patience_ms;
    PGresult *result = NULL;
    enum tk_code code;

    pg_params(store);
    code = pg_query_ask(store, PG_BEGIN_READ, &result, error);
    PQclear(result);
    if (code)
        return code;
    store->patience_ms = PATIENT_MS;
    result = NULL;
    code = pg_ask(store, PG_SLOWLY, NULL, &result, error);
    PQclear(result);
    if (!code)
        code = run_all(&run);
    store->patience_ms = patience_ms;
    result = NULL;
    if (store->conn && pg_ask(store, PG_ROLLBACK, NULL, &result, NULL))
        pg_drop(store);
    PQclear(result);
    return code;
}
