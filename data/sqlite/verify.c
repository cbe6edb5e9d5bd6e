/* verify: counts everything again; verify_records.c and verify_journal.c have the rest. */
#include "data/sqlite/verify_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a check holds: a till's copy has tickets without the customers, the older ones and the newer
   ones that belong to them, and its slots' rows are ahead of their tickets while it is pulled. */
enum where { EVERYWHERE, AT_THE_CENTRE, IN_A_COPY };

/* The checks that are one query each; a row is a problem. %1..%3 are its columns. */
static const struct check {
    enum sql sql;
    const char *name;
    const char *format; /* up to three numbers */
    bool ticket;        /* the first column is a ticket's number */
    enum where where;
} checks[] = {
    {SQL_VERIFY_BALANCE, "places", "showing %lld: its places do not add up", false, EVERYWHERE},
    {SQL_VERIFY_SOLD, "sold", "showing %lld says %lld sold, its tickets say %lld", false,
     AT_THE_CENTRE},
    {SQL_VERIFY_ADMITTED, "admitted", "showing %lld says %lld are in, its tickets say %lld", false,
     AT_THE_CENTRE},
    {SQL_VERIFY_USED, "admitted", "its admission is half told, or it is canceled all the same", true,
     EVERYWHERE},
    {SQL_VERIFY_STATUS, "status", "its status and its cancellation disagree", true, EVERYWHERE},
    {SQL_VERIFY_LINKS, "reissue", "it replaces a ticket that does not say so", true, AT_THE_CENTRE},
    {SQL_VERIFY_LINKS_BACK, "reissue", "it is replaced by a ticket that does not say so", true,
     AT_THE_CENTRE},
    {SQL_VERIFY_CUSTOMERS, "customers", "customer number %lld says %lld tickets, there are %lld",
     false, AT_THE_CENTRE},
    {SQL_VERIFY_SEQ, "changes", "showing %lld has a ticket changed after its last change", false,
     AT_THE_CENTRE}, /* a copy's row is as it was read, and what belongs to it may be newer */
    {SQL_VERIFY_ALLOTTED, "allotments", "showing %lld says tills hold %lld, they hold %lld", false,
     AT_THE_CENTRE},
    {SQL_VERIFY_HELD, "allotments", "showing %lld: what a till holds of it does not add up", false,
     EVERYWHERE},
    {SQL_VERIFY_HERE, "allotments", "showing %lld says this till holds %lld, it holds %lld", false,
     IN_A_COPY},
    {SQL_VERIFY_BLOCKS, "numbers", "the numbers from %lld on were given twice, or do not add up",
     false, EVERYWHERE},
    {SQL_VERIFY_FLOOR, "numbers", "the numbers from %lld on were given to a till and may be again",
     false, AT_THE_CENTRE},
    {SQL_VERIFY_NUMBERS, "numbers", "its number was given to a till that did not use it", true,
     AT_THE_CENTRE},
    {SQL_VERIFY_EARLY, "admitted", "it was let in before it was known, and is not in since", true,
     AT_THE_CENTRE},
    {SQL_VERIFY_TALLIES, "tallies", "%lld tickets were sold, reissued ones aside; the tallies say %lld",
     false, AT_THE_CENTRE},
    {SQL_VERIFY_RECORD_SEQ, "records", "change %lld of the records is told twice, or before its time",
     false, AT_THE_CENTRE},
    {SQL_VERIFY_WRITERS, "journal", "writer %lld says %lld entries, there are %lld", false,
     AT_THE_CENTRE},
    {SQL_VERIFY_VOIDED, "journal", "entry %lld was done, though it was voided before", false,
     AT_THE_CENTRE},
};

static enum tk_code run_check(struct sqlite_store *store, const struct check *check,
                              struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, check->sql);
    char text[200], id[ID_TEXT_MAX];
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        if (check->ticket) {
            id_print(id, ID_TICKET,
                     id_make(&store->id_key, ID_TICKET, (uint64_t)sqlite3_column_int64(s, 0)));
            snprintf(text, sizeof text, "ticket %s: %s", id, check->format);
        } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(text, sizeof text, check->format, (long long)sqlite3_column_int64(s, 0),
                     (long long)sqlite3_column_int64(s, 1), (long long)sqlite3_column_int64(s, 2));
#pragma GCC diagnostic pop
        }
        code = verify_report_add(report, check->name, "%s", text);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

/* SQLite's own checks; "ok" is fine. */
static enum tk_code run_pragma(struct sqlite_store *store, enum sql sql, const char *name,
                               struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, sql);
    enum tk_code code;
    bool row;

    for (;;) {
        const char *text;

        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        text = (const char *)sqlite3_column_text(s, 0);
        if (!text || strcmp(text, "ok") != 0)
            code = verify_report_add(report, name, "%.180s", text ? text : "?");
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

/* A device whose row cannot be read would be let in as nobody knows what. */
static enum tk_code check_devices(struct sqlite_store *store, struct verify_report *report,
                                  struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_ACCESS_LIST);
    struct device device;
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        if (!read_device(s, &device))
            code = verify_report_add(report, "devices",
                                     "device “%s” has no role or token that can be read",
                                     device.name);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

/* A dispute that cannot be read is one that nobody looks into; whose it was is erased when it is closed. */
static enum tk_code check_disputes(struct sqlite_store *store, struct verify_report *report,
                                   struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_DISPUTES);
    struct dispute dispute;
    enum tk_code code;
    bool row;

    for (;;) {
        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        if (!read_dispute(store, s, &dispute))
            code = verify_report_add(report, "disputes", "a dispute of %s cannot be read",
                                     dispute.device);
        else if (dispute.closed_at && (dispute.customer_name[0] || dispute.customer_phone[0]))
            code = verify_report_add(report, "disputes", "a dispute of %s is closed, and still names "
                                     "its guest", dispute.device);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

static enum tk_code run_checks(struct sqlite_store *store, struct verify_report *report,
                               struct tk_error *error)
{
    enum where elsewhere = store->options.mirror ? AT_THE_CENTRE : IN_A_COPY;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < sizeof checks / sizeof checks[0]; i++)
        if (checks[i].where != elsewhere)
            code = run_check(store, &checks[i], report, error);
    return code;
}

enum tk_code sqlite_verify(struct store *base, struct verify_report *report,
                           struct tk_error *error)
{
    struct sqlite_store *store = (struct sqlite_store *)base;
    enum tk_code code = connection_require(store, error);
    struct known_seals seals = {0};
    sqlite3_stmt *s;
    bool row;

    if (!code)
        code = connection_prepare(store, SQL_VERIFY_FIRST, SQL_MIRROR_FIRST, error);
    if (code)
        return code;
    /* one read transaction, so that sales meanwhile do not look like faults */
    if (sqlite3_exec(store->db, SQL_BEGIN_READ, NULL, NULL, NULL))
        return sqlite_fail(store, sqlite3_errcode(store->db), error);
    code = run_pragma(store, SQL_VERIFY_INTEGRITY, "file", report, error);
    if (!code && !store->options.mirror)
        code = run_pragma(store, SQL_VERIFY_FOREIGN, "references", report, error);
    if (!code)
        code = run_checks(store, report, error);
    if (!code)
        code = check_devices(store, report, error);
    if (!code)
        code = check_disputes(store, report, error);
    if (!code)
        code = sqlite_verify_records(store, &seals, report, error);
    if (!code)
        code = sqlite_verify_journal(store, &seals, report, error);
    free(seals.items);
    s = statement_take(store, SQL_COUNT_ALL);
    if (!code)
        code = statement_step(store, s, &row, error);
    if (!code) {
        report->slots = sqlite3_column_int64(s, 0);
        report->tickets = sqlite3_column_int64(s, 1);
        report->customers = sqlite3_column_int64(s, 2);
        report->entries = sqlite3_column_int64(s, 3);
    }
    statement_done(s);
    statement_run(store, statement_take(store, SQL_COMMIT), NULL);
    return code;
}
