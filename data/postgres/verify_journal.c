/* verify_journal: walks what each writer wrote, as he wrote it. */
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "data/postgres/verify.h"

#define WALK_PAGE 1000

/* A row of the table `writer`. */
struct told_writer {
    int64_t id, first, count, entries;
    uint8_t hash[CRYPTO_HASH_SIZE], head[CRYPTO_HASH_SIZE];
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
                                 {0},
                                 {0}};

    (void)store;
    row_bytes(result, row, 4, writer.hash, sizeof writer.hash);
    row_bytes(result, row, 5, writer.head, sizeof writer.head);
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
        return memcmp(walked->head, writer->head, sizeof writer->head) == 0
                   ? TK_OK
                   : verify_report_add(run->report, "journal",
                                       "the entries of node %lld are not all as it wrote them",
                                       (long long)writer->id);
    return verify_report_add(
        run->report, "journal",
        "node %lld wrote %lld entries, %lld are there, or the last is another one: its "
        "end is cut",
        (long long)writer->id, (long long)writer->entries, (long long)walked->entries);
}

/* --- seals --- */

/* The seals of one writer, as they come up on the way. */
struct sealed {
    const struct seal *next, *end;
    bool broken; /* that was told: all that come after do not fit either */
};

/* Those that a key signed which was lost since cannot be checked: what was written before it is told by digest_since. */
static bool is_signed(const struct verify_run *run, const struct told_writer *writer,
                      const struct seal *seal)
{
    static const struct crypto_key none;
    const struct postgres_store *store = run->store;
    uint8_t key[CRYPTO_PUBLIC_KEY_SIZE];

    if (crypto_equal(&store->options.seal_seed, &none, sizeof none) ||
        writer->first + seal->entries <= store->digest_since)
        return true;
    crypto_ed25519_key(key, &store->options.seal_seed);
    return seal_check(seal, store->uuid, key);
}

/* What was signed when so many were there as the walk has come to. */
static enum tk_code check_seals(struct verify_run *run, const struct told_writer *writer,
                                const struct pg_writer *walked, struct sealed *sealed)
{
    enum tk_code code = TK_OK;

    for (; !code && sealed->next < sealed->end && sealed->next->entries <= walked->entries;
         sealed->next++) {
        if (!is_signed(run, writer, sealed->next))
            code = verify_report_add(run->report, "seals",
                                     "the seal of node %lld at its entry %lld was not made with the key of this house",
                                     (long long)writer->id, (long long)sealed->next->entries);
        if (code || sealed->broken || memcmp(sealed->next->head, walked->head, sizeof walked->head) == 0)
            continue;
        sealed->broken = true;
        code = verify_report_add(run->report, "seals",
                                 "the first %lld entries of node %lld are not those that were signed",
                                 (long long)sealed->next->entries, (long long)writer->id);
    }
    return code;
}

static enum tk_code check_last_seal(struct verify_run *run, const struct told_writer *writer,
                                    const struct pg_writer *walked, const struct sealed *sealed)
{
    if (sealed->next == sealed->end)
        return TK_OK;
    return verify_report_add(run->report, "seals",
                             "%lld entries of node %lld were signed, %lld are there: its end is cut",
                             (long long)sealed->end[-1].entries, (long long)writer->id,
                             (long long)walked->entries);
}

static enum tk_code walk(struct verify_run *run, const struct told_writer *writer,
                         struct sealed *sealed)
{
    struct pg_writer walked = {.next_entry = writer->first};
    struct journal_list page = {0};
    enum tk_code code;

    do {
        journal_list_release(&page);
        code = read_page(run, writer, walked.next_entry, &page);
        for (size_t i = 0; !code && i < page.count; i++) {
            code = check_entry(run, &page.items[i], &walked);
            if (!code)
                code = check_seals(run, writer, &walked, sealed);
        }
        if (!code)
            code = check_issued(run, writer, &page);
    } while (!code && page.count == WALK_PAGE);
    if (!code)
        code = check_end(run, writer, &walked);
    if (!code)
        code = check_last_seal(run, writer, &walked, sealed);
    journal_list_release(&page);
    writer_forget(&walked);
    return code;
}

/* Takes the seals of writers up to one; those before it are of no writer that is there. */
static enum tk_code take_seals(struct verify_run *run, const struct seal_list *seals, size_t *at,
                               int64_t writer, struct sealed *sealed)
{
    enum tk_code code = TK_OK;

    for (; !code && *at < seals->count && seals->items[*at].writer < writer; ++*at)
        code = verify_report_add(run->report, "seals",
                                 "%lld entries of node %lld were signed, the node is not there",
                                 (long long)seals->items[*at].entries,
                                 (long long)seals->items[*at].writer);
    *sealed = (struct sealed){.broken = false};
    if (*at < seals->count)
        sealed->next = sealed->end = seals->items + *at;
    while (*at < seals->count && seals->items[*at].writer == writer)
        sealed->end = seals->items + ++*at;
    return code;
}

enum tk_code verify_journal(struct verify_run *run, const struct seal_list *seals)
{
    struct told_writers writers = {0};
    struct sealed sealed;
    size_t at = 0;
    enum tk_code code = verify_rows(run, PG_VERIFY_WRITERS, NULL, add_writer, &writers);

    for (size_t i = 0; !code && i < writers.count; i++) {
        code = take_seals(run, seals, &at, writers.items[i].id, &sealed);
        if (!code)
            code = walk(run, &writers.items[i], &sealed);
    }
    if (!code)
        code = take_seals(run, seals, &at, INT64_MAX, &sealed);
    free(writers.items);
    return code;
}
