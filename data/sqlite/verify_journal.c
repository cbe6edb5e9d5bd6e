/*
 * verify_journal: walks the journal once, entry by entry.
 *
 * Each entry is chained to the one before it of its device, all entries of a writer make his head,
 * and seals say what the head was at their entries (core/seal). A row that was changed breaks its
 * chain; one that was taken out, put in or moved breaks the count, the chain or the head; an end
 * that was cut off is missed by the ends of the chains, by the head that was kept, and by the
 * seals.
 */
#include "data/sqlite/verify_internal.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/text.h"

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
    struct journal_end end;         /* of the writer at hand, up to here */
    struct known_seals *seals;
    size_t seal;  /* the next one of the writer at hand */
    bool differs; /* a seal of his has said so: those after it would say the same */
    bool signs;   /* with public_key */
    uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE];
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
        code = verify_report_add(
            report, "tickets", "entry %lld sold %d tickets, %lld of them are there",
            (long long)entry->seq, outcome.count, (long long)sqlite3_column_int64(s, 0));
    statement_done(s);
    return code;
}

/* --- seals --- */

/* Those of a writer that sign up to the entry at hand. Whose key is lost signed what came before it
   was changed: of these the head alone tells. */
static enum tk_code check_seal(const struct sqlite_store *store, struct walk *walk,
                               struct known_seal *known, struct verify_report *report)
{
    const struct seal *seal = &known->seal;
    enum tk_code code = TK_OK;

    known->met = true;
    if (walk->signs && walk->seq >= store->digest_since &&
        !seal_check(seal, store->uuid, walk->public_key))
        code =
            verify_report_add(report, "seals",
                              "the seal of %lld entries (up to entry %lld) is not signed with the "
                              "key of this box office",
                              (long long)seal->entries, (long long)walk->seq);
    if (!code && !walk->differs && memcmp(seal->head, walk->end.head, sizeof walk->end.head) != 0) {
        walk->differs = true;
        code =
            verify_report_add(report, "seals",
                              "the journal up to entry %lld is not what the seal of %lld entries "
                              "signed",
                              (long long)walk->seq, (long long)seal->entries);
    }
    return code;
}

static enum tk_code meet_seals(const struct sqlite_store *store, struct walk *walk,
                               struct verify_report *report)
{
    struct known_seals *seals = walk->seals;
    enum tk_code code = TK_OK;

    while (!code && walk->seal < seals->count &&
           seals->items[walk->seal].seal.writer == walk->writer &&
           seals->items[walk->seal].seal.entries <= walk->end.entries)
        code = check_seal(store, walk, &seals->items[walk->seal++], report);
    return code;
}

static void seek_seals(struct walk *walk)
{
    walk->seal = 0;
    while (walk->seal < walk->seals->count &&
           walk->seals->items[walk->seal].seal.writer != walk->writer)
        walk->seal++;
}

/* What signs more than there is. */
static enum tk_code check_unmet(const struct walk *walk, struct verify_report *report)
{
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < walk->seals->count; i++)
        if (!walk->seals->items[i].met)
            code = verify_report_add(report, "seals",
                                     "the end of the journal is cut: a seal signs %lld entries of "
                                     "writer %lld, which are not there",
                                     (long long)walk->seals->items[i].seal.entries,
                                     (long long)walk->seals->items[i].seal.writer);
    return code;
}

/* --- writers --- */

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
    else if (!code && (sqlite3_column_bytes(s, 1) != CRYPTO_HASH_SIZE ||
                       memcmp(sqlite3_column_blob(s, 1), walk->end.head, CRYPTO_HASH_SIZE) != 0))
        code =
            verify_report_add(report, "journal", "what writer %lld wrote is not what its head says",
                              (long long)walk->writer);
    statement_done(s);
    return code;
}

/* The same of this file's own. */
static enum tk_code check_end(struct sqlite_store *store, const struct walk *walk,
                              struct verify_report *report, struct tk_error *error)
{
    struct journal_end end;
    enum tk_code code = load_journal_end(store, &end, error);

    if (!code && end.entries != walk->end.entries)
        code =
            verify_report_add(report, "journal", "the journal has %lld entries, its head says %lld",
                              (long long)walk->end.entries, (long long)end.entries);
    else if (!code && memcmp(end.head, walk->end.head, sizeof end.head) != 0)
        code = verify_report_add(report, "journal", "the journal is not what its head says");
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
    walk->end = (struct journal_end){0};
    walk->differs = false;
    seek_seals(walk);
    return code;
}

/* --- entries --- */

/* Whether the row has nothing that the entry, as it was read, lacks. */
static bool is_whole(sqlite3_stmt *row, const struct journal_entry *entry)
{
    return sqlite3_column_bytes(row, 1) == (int)strlen(entry->device) &&
           sqlite3_column_bytes(row, 3) == (int)sizeof entry->id.bytes &&
           entry->kind != OP_KIND_COUNT &&
           sqlite3_column_bytes(row, 4) == (int)strlen(op_kind_name(entry->kind)) &&
           sqlite3_column_bytes(row, 5) == (int)strlen(entry->actor) &&
           sqlite3_column_bytes(row, 8) == (int)strlen(entry->body) &&
           sqlite3_column_bytes(row, 9) == (int)strlen(entry->outcome) &&
           sqlite3_column_bytes(row, 10) == CRYPTO_HASH_SIZE &&
           sqlite3_column_bytes(row, 12) == CRYPTO_HASH_SIZE;
}

static enum tk_code check_entry(struct sqlite_store *store, const struct journal_entry *entry,
                                bool whole, struct walk *walk, struct verify_report *report,
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
    if (!code && (!whole || entry->device_seq != head->seq + 1 ||
                  memcmp(hash, entry->hash, sizeof hash) != 0))
        code = verify_report_add(report, "journal", "entry %lld (%s) breaks the chain of its till",
                                 (long long)entry->seq, entry->device);
    head->seq = entry->device_seq;
    memcpy(head->hash, entry->hash, sizeof head->hash);
    walk->seq = entry->seq;
    memcpy(walk->hash, entry->hash, sizeof walk->hash);
    seal_head_add(walk->end.head, entry->hash, entry->digest);
    walk->end.entries++;
    if (!code)
        code = meet_seals(store, walk, report);
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

static enum tk_code walk_entries(struct sqlite_store *store, struct walk *walk,
                                 struct verify_report *report, struct tk_error *error)
{
    sqlite3_stmt *s = statement_take(store, SQL_VERIFY_JOURNAL);
    struct journal_entry entry;
    enum tk_code code;
    bool row;

    sqlite3_bind_int64(s, 1, 0);
    for (;;) {
        code = statement_step(store, s, &row, error);
        if (code || !row)
            break;
        read_entry(s, &entry);
        code = check_entry(store, &entry, is_whole(s, &entry), walk, report, error);
        if (code)
            break;
    }
    statement_done(s);
    return code;
}

enum tk_code sqlite_verify_journal(struct sqlite_store *store, struct known_seals *seals,
                                   struct verify_report *report, struct tk_error *error)
{
    static const struct crypto_key none;
    struct walk walk = {.writer = store->writer, .seals = seals};
    enum tk_code code;

    walk.signs = !crypto_equal(&store->options.seal_seed, &none, sizeof none);
    if (walk.signs)
        crypto_ed25519_key(walk.public_key, &store->options.seal_seed);
    seek_seals(&walk);
    code = walk_entries(store, &walk, report, error);
    if (!code)
        code = turn_to_writer(store, &walk, store->writer, report, error);
    if (!code)
        code = check_heads(store, &walk.heads, report, error);
    if (!code)
        code = check_end(store, &walk, report, error);
    if (!code)
        code = check_unmet(&walk, report);
    free(walk.heads.items);
    return code;
}
