/* verify: counts everything again and walks the journal. */
#include "data/sqlite/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

#define WALK_PAGE 1000

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

/* --- the journal --- */

struct chain_head {
    char device[DEVICE_SIZE];
    int64_t seq;
    uint8_t hash[CRYPTO_HASH_SIZE];
};

struct chain_heads {
    struct chain_head *items;
    size_t count, capacity;
};

/* Through the journal: the entries of a writer stand together, and each has chains of its own. */
struct walk {
    struct chain_heads heads; /* of the writer at hand */
    int64_t seq, writer;
    uint8_t hash[CRYPTO_HASH_SIZE]; /* of the last entry */
};

static struct chain_head *find_head(struct chain_heads *heads, const char *device)
{
    struct chain_head head = {0};

    for (size_t i = 0; i < heads->count; i++)
        if (strcmp(heads->items[i].device, device) == 0)
            return &heads->items[i];
    text_copy(head.device, sizeof head.device, device);
    return LIST_ADD(heads, &head) ? NULL : &heads->items[heads->count - 1];
}

/* A sale or reissue that was acknowledged must have its tickets. */
static enum tk_code check_issued(struct sqlite_store *store, const struct journal_entry *entry,
                                 struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_ISSUED);
    struct outcome outcome;
    enum tk_code code;
    bool row;

    code = outcome_parse(entry->outcome, strlen(entry->outcome), &outcome);
    if (code == TK_NO_MEMORY)
        return tk_fail_code(error, code);
    if (code)
        return verify_report_add(report, "journal", "entry %lld has an unreadable outcome",
                                 (long long)entry->seq);
    if (outcome.code || (entry->kind != OP_BOOK && entry->kind != OP_REISSUE) ||
        store->options.mirror) /* they may be forgotten there */
        return TK_OK;
    sqlite3_bind_int64(s, 1, (sqlite3_int64)ticket_number(store, outcome.ticket_id));
    sqlite3_bind_int64(s, 2, outcome.count);
    code = statement_step(store, s, &row, error);
    if (!code && sqlite3_column_int64(s, 0) != outcome.count)
        code = verify_report_add(report, "tickets",
                                 "entry %lld sold %d tickets, %lld of them are there",
                                 (long long)entry->seq, outcome.count,
                                 (long long)sqlite3_column_int64(s, 0));
    statement_done(s);
    return code;
}

/* The end of what another than this file wrote is what its row says. */
static enum tk_code check_writer(struct sqlite_store *store, const struct walk *walk,
                                 struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_WRITER);
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, walk->writer);
    code = statement_step(store, s, &row, error);
    if (!code && (!row || sqlite3_column_bytes(s, 0) != CRYPTO_HASH_SIZE ||
                  memcmp(sqlite3_column_blob(s, 0), walk->hash, CRYPTO_HASH_SIZE) != 0))
        code = verify_report_add(report, "journal", "the end of what writer %lld wrote is cut",
                                 (long long)walk->writer);
    statement_done(s);
    return code;
}

/* Comes to the next writer, where there is another one. */
static enum tk_code turn_to_writer(struct sqlite_store *store, struct walk *walk, int64_t writer,
                                   struct verify_report *report, struct tk_error *error)
{
    enum tk_code code = TK_OK;

    if (writer == walk->writer)
        return TK_OK;
    if (walk->seq && walk->writer != store->writer)
        code = check_writer(store, walk, report, error);
    walk->writer = writer;
    walk->heads.count = 0;
    return code;
}

static enum tk_code check_entry(struct sqlite_store *store, const struct journal_entry *entry,
                                struct walk *walk, struct verify_report *report,
                                struct tk_error *error)
{
    int64_t seq = walk->seq + 1;
    struct chain_head *head;
    uint8_t hash[CRYPTO_HASH_SIZE];
    enum tk_code code = turn_to_writer(store, walk, entry->writer, report, error);

    if (code)
        return code;
    head = find_head(&walk->heads, entry->device);
    if (!head || journal_hash(entry, head->hash, hash))
        return tk_fail_code(error, TK_NO_MEMORY);
    if (entry->seq != seq)
        code = verify_report_add(report, "journal", "entry %lld is missing", (long long)seq);
    if (!code && (entry->device_seq != head->seq + 1 ||
                  memcmp(hash, entry->hash, sizeof hash) != 0))
        code = verify_report_add(report, "journal",
                                 "entry %lld (%s) breaks the chain of its till",
                                 (long long)entry->seq, entry->device);
    head->seq = entry->device_seq;
    memcpy(head->hash, entry->hash, sizeof head->hash);
    walk->seq = entry->seq;
    memcpy(walk->hash, entry->hash, sizeof walk->hash);
    return code ? code : check_issued(store, entry, report, error);
}

static enum tk_code check_heads(struct sqlite_store *store, struct chain_heads *heads,
                                struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_DEVICES);
    enum tk_code code;
    bool row;

    for (;;) {
        struct chain_head *head;
        char device[DEVICE_SIZE];

        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        read_text(s, 0, device, sizeof device);
        head = find_head(heads, device);
        if (!head) {
            code = tk_fail_code(error, TK_NO_MEMORY);
            break;
        }
        if (head->seq != sqlite3_column_int64(s, 1) ||
            sqlite3_column_bytes(s, 2) != CRYPTO_HASH_SIZE ||
            memcmp(head->hash, sqlite3_column_blob(s, 2), CRYPTO_HASH_SIZE) != 0)
            code = verify_report_add(report, "journal", "the end of the chain of till %s is cut",
                                     head->device);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

static enum tk_code check_journal(struct sqlite_store *store, struct verify_report *report,
                                  struct tk_error *error)
{
    struct journal_query query = {.limit = WALK_PAGE};
    struct journal_list page = {0};
    struct walk walk = {.writer = store->writer};
    enum tk_code code;

    do {
        journal_list_release(&page);
        query.after_seq = walk.seq;
        code = sqlite_list_journal(&store->store, &query, &page, error);
        for (size_t i = 0; !code && i < page.count; i++)
            code = check_entry(store, &page.items[i], &walk, report, error);
    } while (!code && page.count == WALK_PAGE);
    if (!code)
        code = turn_to_writer(store, &walk, store->writer, report, error);
    if (!code)
        code = check_heads(store, &walk.heads, report, error);
    journal_list_release(&page);
    free(walk.heads.items);
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
        code = check_journal(store, report, error);
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
