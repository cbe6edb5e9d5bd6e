/* verify_journal: walks what each writer wrote, as he wrote it. */
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "data/postgres/verify.h"

#define WALK_PAGE 1000

/* A row of the table `writer`. */
struct told_writer {
    int64_t id, first, count, entries;
    uint8_t hash[CRYPTO_HASH_SIZE];
};

struct told_writers {
    struct told_writer *items; /* owned */
    size_t count, capacity;
};

static enum tk_code add_writer(struct postgres_store *store, const PGresult *result, int row,
                               void *context)
{
    struct told_writers *writers = context;
    struct told_writer writer = {row_number(result, row, 0),
                                 row_number(result, row, 1),
                                 row_number(result, row, 2),
                                 row_number(result, row, 3),
                                 {0}};

    (void)store;
    row_bytes(result, row, 4, writer.hash, sizeof writer.hash);
    return LIST_ADD(writers, &writer);
}

/* --- what was sold --- */

static enum tk_code add_unsold(struct postgres_store *store, const PGresult *result, int row,
                               void *report)
{
    (void)store;
    return verify_report_add(
        report, "tickets", "entry %lld sold %lld tickets, %lld of them are there",
        (long long)row_number(result, row, 0), (long long)row_number(result, row, 1),
        (long long)row_number(result, row, 2));
}

/* Numbers come from the writer's block, unless a till had issued the tickets. */
static bool has_own_numbers(const struct journal_entry *entry, const struct told_writer *writer,
                            int64_t number)
{
    return (number >= writer->first && number < writer->first + writer->count) ||
           strstr(entry->body, "\"firstTicketId\":") || strstr(entry->body, "\"newTicketId\":");
}

/* A sale or reissue that was acknowledged must have its tickets: adds it to those that are asked
 * for. */
static enum tk_code put_issued(struct verify_run *run, const struct told_writer *writer,
                               const struct journal_entry *entry)
{
    struct pg_rows *rows = &run->store->rows;
    struct outcome outcome;
    enum tk_code code = outcome_parse(entry->outcome, strlen(entry->outcome), &outcome);
    int64_t number;

    if (code == TK_NO_MEMORY)
        return tk_fail_code(run->error, code);
    if (code)
        return verify_report_add(run->report, "journal", "entry %lld has an unreadable outcome",
                                 (long long)entry->seq);
    if (outcome.code || (entry->kind != OP_BOOK && entry->kind != OP_REISSUE))
        return TK_OK;
    number = (int64_t)pg_ticket_number(run->store, outcome.ticket_id);
    rows_number(rows, entry->seq);
    rows_number(rows, number);
    rows_number(rows, outcome.count);
    if (has_own_numbers(entry, writer, number))
        return TK_OK;
    return verify_report_add(run->report, "numbers",
                             "entry %lld sold with numbers that are not of the node that wrote it",
                             (long long)entry->seq);
}

static enum tk_code check_issued(struct verify_run *run, const struct told_writer *writer,
                                 const struct journal_list *page)
{
    enum tk_code code = TK_OK;

    rows_begin(&run->store->rows, "nnn");
    for (size_t i = 0; !code && i < page->count; i++)
        code = put_issued(run, writer, &page->items[i]);
    if (code || !rows_count(&run->store->rows))
        return code;
    rows_put(&run->store->rows, pg_params(run->store));
    return verify_rows(run, PG_VERIFY_ISSUED, &run->store->params, add_unsold, run->report);
}

/* --- chains --- */

/* `walked` writes what the writer wrote: it has his chains as they stood before the entry. */
static enum tk_code check_entry(struct verify_run *run, const struct journal_entry *entry,
                                struct pg_writer *walked)
{
    struct pg_chain *chain = writer_chain(walked, entry->device);
    uint8_t hash[CRYPTO_HASH_SIZE];
    enum tk_code code = TK_OK;

    if (!chain || journal_hash(entry, chain->hash, hash))
        return tk_fail_code(run->error, TK_NO_MEMORY);
    if (entry->seq != walked->next_entry)
        code = verify_report_add(run->report, "journal", "entry %lld is missing",
                                 (long long)walked->next_entry);
    if (!code &&
        (entry->device_seq != chain->seq + 1 || memcmp(hash, entry->hash, sizeof hash) != 0))
        code = verify_report_add(run->report, "journal",
                                 "entry %lld (%s) breaks the chain of its till",
                                 (long long)entry->seq, entry->device);
    writer_move(walked, chain, entry);
    walked->next_entry = entry->seq + 1;
    return code;
}

static enum tk_code read_page(struct verify_run *run, const struct told_writer *writer,
                              int64_t next, struct journal_list *page)
{
    struct pg_params *params = pg_params(run->store);

    params_number(params, next - 1);
    params_number(params, writer->first + writer->count);
    params_number(params, writer->id);
    params_number(params, WALK_PAGE);
    return verify_rows(run, PG_VERIFY_JOURNAL, params, pg_query_add_entry, page);
}

/* The end of a chain leaves no gap when it is cut, but the writer's row knows of it. */
static enum tk_code check_end(struct verify_run *run, const struct told_writer *writer,
                              const struct pg_writer *walked)
{
    if (walked->entries == writer->entries &&
        memcmp(walked->hash, writer->hash, sizeof writer->hash) == 0)
        return TK_OK;
    return verify_report_add(
        run->report, "journal",
        "node %lld wrote %lld entries, %lld are there, or the last is another one: its "
        "end is cut",
        (long long)writer->id, (long long)writer->entries, (long long)walked->entries);
}

static enum tk_code walk(struct verify_run *run, const struct told_writer *writer)
{
    struct pg_writer walked = {.next_entry = writer->first};
    struct journal_list page = {0};
    enum tk_code code;

    do {
        journal_list_release(&page);
        code = read_page(run, writer, walked.next_entry, &page);
        for (size_t i = 0; !code && i < page.count; i++)
            code = check_entry(run, &page.items[i], &walked);
        if (!code)
            code = check_issued(run, writer, &page);
    } while (!code && page.count == WALK_PAGE);
    if (!code)
        code = check_end(run, writer, &walked);
    journal_list_release(&page);
    writer_forget(&walked);
    return code;
}

enum tk_code verify_journal(struct verify_run *run)
{
    struct told_writers writers = {0};
    enum tk_code code = verify_rows(run, PG_VERIFY_WRITERS, NULL, add_writer, &writers);

    for (size_t i = 0; !code && i < writers.count; i++)
        code = walk(run, &writers.items[i]);
    free(writers.items);
    return code;
}
