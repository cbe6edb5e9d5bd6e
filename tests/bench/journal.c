/* A journal of a million entries held against its hashes and seals, as `ticketly admin journal
 * verify` does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office_staff.h"
#include "core/journal.h"
#include "core/text.h"
#include "data/sqlite/sqlite_store.h"
#include "tests/bench/bench.h"

#define ENTRIES 1000000
#define PAGE 2000
#define TILLS 8
#define LIMIT_SECONDS 5.0

/* Operations that touch nothing but the journal: tickets that nobody has are canceled at many
 * tills. */
static enum tk_code write_journal(struct bench *bench, struct till *till, size_t entries,
                                  struct tk_error *error)
{
    struct operation *operations = calloc(OP_BATCH_MAX, sizeof *operations);
    struct outcome *outcomes = calloc(OP_BATCH_MAX, sizeof *outcomes);
    enum tk_code code = operations && outcomes ? TK_OK : tk_fail_code(error, TK_NO_MEMORY);

    for (size_t at = 0; !code && at < entries; at += OP_BATCH_MAX) {
        size_t count = entries - at < OP_BATCH_MAX ? entries - at : OP_BATCH_MAX;

        for (size_t i = 0; i < count; i++) {
            operations[i].cancel.ticket_id = 1 + bench_random_below(bench, ID_MAX);
            office_stamp(&till->office, OP_CANCEL, &operations[i]);
            operations[i].id = office_make_id(&till->office);
            snprintf(operations[i].device, DEVICE_SIZE, "till-%zu", i % TILLS);
        }
        code = store_apply(till->store, operations, count, outcomes, error);
        if (!code)
            code = bench_check_time(bench, error);
    }
    free(operations);
    free(outcomes);
    return code;
}

static enum tk_code read_seals(struct till *till, struct journal_check *check,
                               struct tk_error *error)
{
    struct record_query query = {.prefix = SEAL_PREFIX};
    struct record_list list = {0};
    enum tk_code code = office_records(&till->office, &query, &list, error);

    for (size_t i = 0; !code && i < list.count; i++) {
        struct seal seal;

        code = seal_read(&list.items[i], &seal);
        if (!code)
            code = journal_check_seal(check, &seal, false);
    }
    record_list_release(&list);
    return code;
}

/* *reading: seconds in the store alone. */
static enum tk_code check_journal(struct till *till, struct journal_check *check, double *reading,
                                  struct tk_error *error)
{
    struct journal_query query = {.limit = PAGE};
    struct journal_list page = {0};
    enum tk_code code = read_seals(till, check, error);
    size_t found = PAGE;

    *reading = 0;
    while (!code && found == PAGE) {
        int64_t start = bench_clock();

        code = office_journal(&till->office, &query, &page, error);
        *reading += bench_seconds_since(start);
        found = page.count;
        for (size_t i = 0; !code && i < found; i++)
            code = journal_check_entry(check, &page.items[i]);
        if (found)
            query.after_seq = page.items[found - 1].seq;
        journal_list_release(&page);
    }
    return code ? code : journal_check_end(check);
}

static enum tk_code verify(struct till *till, int64_t entries, struct tk_error *error)
{
    struct crypto_key seed = seal_seed(&till->site_key);
    uint8_t key[CRYPTO_PUBLIC_KEY_SIZE];
    struct store_facts facts = {0};
    struct journal_check *check;
    int64_t start = bench_clock();
    double reading = 0, took;
    enum tk_code code = office_facts(&till->office, &facts, error);

    crypto_ed25519_key(key, &seed);
    check = code ? NULL : journal_check_new(facts.uuid, key);
    if (!code)
        code =
            check ? check_journal(till, check, &reading, error) : tk_fail_code(error, TK_NO_MEMORY);
    took = bench_seconds_since(start);
    if (!code && (journal_check_found(check) || journal_check_entries(check) != entries ||
                  journal_check_seals(check) < entries / (2 * SEAL_EVERY)))
        code =
            tk_fail(error, TK_INTERNAL, "%lld problems in %lld entries with %lld seals.",
                    (long long)journal_check_found(check), (long long)journal_check_entries(check),
                    (long long)journal_check_seals(check));
    if (!code) {
        bench_figure("journal_verify", took, "s", LIMIT_SECONDS, took / LIMIT_SECONDS);
        bench_say("of which %.2f s are the store's", reading);
    }
    journal_check_free(check);
    return code;
}

enum tk_code bench_journal(struct bench *bench, struct tk_error *error)
{
    size_t entries = bench_rows(bench, ENTRIES);
    char path[BENCH_PATH_SIZE];
    struct till till = {0};
    int64_t start = bench_clock();
    enum tk_code code;

    bench_path(bench, path, "journal.db");
    code = till_open(&till, path, error);
    if (!code)
        code = write_journal(bench, &till, entries, error);
    if (!code)
        bench_say("%zu entries written in %.1f s", entries, bench_seconds_since(start));
    if (!code)
        code = verify(&till, (int64_t)entries, error);
    till_close(&till);
    return code;
}
