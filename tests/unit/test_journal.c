/*
 * The journal's check (core/journal): a journal that nobody touched is fine, and whatever is done
 * to one is found, and named.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/journal.h"
#include "core/text.h"
#include "tests/support/test.h"

#define ENTRIES 1000
#define DEVICES 5
#define SEALED_EVERY 100
#define TOGETHER 10 /* entries from one that is flipped to the next in one check */
#define SPARE 8     /* room for entries that are put in */

static const char uuid[] = "01980000-0000-7000-8000-000000000001";

/* A journal with its seals. */
struct paper {
    struct journal_entry items[ENTRIES + SPARE];
    size_t count;
    struct seal seals[ENTRIES / SEALED_EVERY + 2];
    size_t seal_count;
    struct crypto_key seed;
    uint8_t public_key[CRYPTO_PUBLIC_KEY_SIZE];
};

static void must(bool good)
{
    if (!good)
        abort();
}

static char *copy_text(const char *text)
{
    char *copy = strdup(text);

    must(copy != NULL);
    return copy;
}

static void write_seal(struct paper *paper, struct seal *seal, int64_t entries,
                       const uint8_t head[CRYPTO_HASH_SIZE])
{
    struct record record;

    *seal = (struct seal){.entries = entries, .made_at = 1000 * entries, .why = "entries"};
    memcpy(seal->head, head, CRYPTO_HASH_SIZE);
    must(seal_make(seal, uuid, &paper->seed, &record) == TK_OK);
}

static void write_entry(struct journal_entry *e, int64_t seq, uint64_t *random)
{
    static const char *const devices[DEVICES] = {"till-1", "till-2", "Foyer", "Tür 1", ""};
    char text[300];
    uint8_t noise[10];

    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)test_random(random);
    *e = (struct journal_entry){.seq = seq,
                                .id = op_id_make(1795370400000 + seq / 3, noise),
                                .kind = (enum op_kind)test_random_below(random, OP_KIND_COUNT),
                                .at = 1795370400000000 + seq * 1000,
                                .recorded_at = 1795370400000000 + seq / 4 * 4000};
    text_copy(e->device, sizeof e->device, devices[test_random_below(random, DEVICES)]);
    snprintf(e->actor, sizeof e->actor, "#%d", 1000 + (int)test_random_below(random, 7));
    snprintf(text, sizeof text, "{\"slotId\":\"%d\",\"numTickets\":%d}",
             100000 + (int)test_random_below(random, 50), 1 + (int)test_random_below(random, 6));
    e->body = copy_text(text);
    snprintf(text, sizeof text, "{\"code\":\"ok\",\"ticketId\":\"TKT%010d\"}",
             (int)test_random_below(random, 1000000));
    e->outcome = copy_text(text);
    for (size_t i = 0; i < sizeof e->digest; i++)
        e->digest[i] = (uint8_t)test_random(random);
}

/* The place of the last entry of the same device before `at`; -1: there is none. */
static int find_before(const struct paper *paper, size_t at)
{
    for (size_t i = at; i-- > 0;)
        if (strcmp(paper->items[i].device, paper->items[at].device) == 0)
            return (int)i;
    return -1;
}

/* Numbers and hashes the entry as the one after those before it. */
static void chain_entry(struct paper *paper, size_t at)
{
    static const uint8_t nothing[CRYPTO_HASH_SIZE];
    struct journal_entry *e = &paper->items[at];
    int before = find_before(paper, at);

    e->device_seq = before < 0 ? 1 : paper->items[before].device_seq + 1;
    must(journal_hash(e, before < 0 ? nothing : paper->items[before].hash, e->hash) == TK_OK);
}

static void paper_write(struct paper *paper, uint64_t seed)
{
    uint8_t head[CRYPTO_HASH_SIZE] = {0};

    memset(paper, 0, sizeof *paper);
    paper->seed.bytes[0] = 7;
    crypto_ed25519_key(paper->public_key, &paper->seed);
    for (paper->count = 0; paper->count < ENTRIES; paper->count++) {
        write_entry(&paper->items[paper->count], (int64_t)paper->count + 1, &seed);
        chain_entry(paper, paper->count);
        seal_head_add(head, paper->items[paper->count].hash, paper->items[paper->count].digest);
        if ((paper->count + 1) % SEALED_EVERY == 0)
            write_seal(paper, &paper->seals[paper->seal_count++], (int64_t)paper->count + 1, head);
    }
}

static void paper_release(struct paper *paper)
{
    for (size_t i = 0; i < paper->count; i++) {
        free(paper->items[i].body);
        free(paper->items[i].outcome);
    }
}

/* Borrows the texts of `from`, and never writes into them. */
static void paper_copy(struct paper *to, const struct paper *from)
{
    *to = *from;
}

static void renumber(struct paper *paper)
{
    for (size_t i = 0; i < paper->count; i++)
        paper->items[i].seq = (int64_t)i + 1;
}

static int list_order(const void *left, const void *right)
{
    const struct journal_entry *a = left, *b = right;

    return a->seq < b->seq ? -1 : a->seq > b->seq;
}

static void take_out(struct paper *paper, size_t at, size_t count)
{
    memmove(&paper->items[at], &paper->items[at + count],
            (paper->count - at - count) * sizeof paper->items[0]);
    paper->count -= count;
}

static void put_in(struct paper *paper, size_t at, const struct journal_entry *entry)
{
    memmove(&paper->items[at + 1], &paper->items[at], (paper->count - at) * sizeof *entry);
    paper->items[at] = *entry;
    paper->count++;
}

static struct journal_check *paper_open(const struct paper *paper)
{
    struct journal_check *check = journal_check_new(uuid, paper->public_key);

    must(check != NULL);
    for (size_t i = 0; i < paper->seal_count; i++)
        must(journal_check_seal(check, &paper->seals[i], false) == TK_OK);
    return check;
}

static void paper_read(const struct paper *paper, struct journal_check *check)
{
    for (size_t i = 0; i < paper->count; i++)
        must(journal_check_entry(check, &paper->items[i]) == TK_OK);
    must(journal_check_end(check) == TK_OK);
}

static struct journal_check *paper_check(const struct paper *paper)
{
    struct journal_check *check = paper_open(paper);

    paper_read(paper, check);
    return check;
}

static void print_problems(const struct journal_check *check)
{
    char text[JOURNAL_PROBLEM_TEXT];

    for (size_t i = 0; i < journal_check_kept(check) && i < 12; i++) {
        journal_problem_print(journal_check_problem(check, i), text);
        printf("\n      %s: %s", journal_fault_name(journal_check_problem(check, i)->fault), text);
    }
    printf("\n");
}

/* Whether some problem names the entry, as it is or as it was. */
static bool names(const struct journal_check *check, const struct journal_entry *entry)
{
    for (size_t i = 0; i < journal_check_kept(check); i++) {
        const struct journal_problem *p = journal_check_problem(check, i);

        if ((p->seq <= entry->seq && entry->seq <= p->last_seq) ||
            op_id_equal(&p->id, &entry->id) ||
            (strcmp(p->device, entry->device) == 0 && p->device_seq == entry->device_seq))
            return true;
    }
    return false;
}

static bool has(const struct journal_check *check, enum journal_fault fault)
{
    for (size_t i = 0; i < journal_check_kept(check); i++)
        if (journal_check_problem(check, i)->fault == fault)
            return true;
    return false;
}

/* That there is this one problem, with this entry and no other. */
static bool is_only(const struct journal_check *check, enum journal_fault fault, int64_t seq,
                    int64_t last)
{
    const struct journal_problem *p = journal_check_problem(check, 0);

    if (journal_check_found(check) == 1 && p->fault == fault && p->seq == seq &&
        p->last_seq == last)
        return true;
    printf("\n    seed %" PRIu64 ": %s of %" PRId64 " to %" PRId64 " is told as", test_seed(),
           journal_fault_name(fault), seq, last);
    print_problems(check);
    return false;
}

/* That this is told of the entry, and nothing of any that was not sealed with it. */
static bool is_told(const struct journal_check *check, enum journal_fault fault, int64_t seq)
{
    bool told = false;

    for (size_t i = 0; i < journal_check_kept(check); i++) {
        const struct journal_problem *p = journal_check_problem(check, i);

        told |= p->fault == fault && p->seq == seq && p->last_seq == seq;
        if (p->seq <= seq && seq <= p->last_seq)
            continue;
        told = false;
        break;
    }
    if (!told) {
        printf("\n    seed %" PRIu64 ": %s of %" PRId64 " is told as", test_seed(),
               journal_fault_name(fault), seq);
        print_problems(check);
    }
    return told;
}

static struct paper truth, paper;

/* --- nobody touched it --- */

static void test_untouched(void)
{
    struct journal_check *check;
    struct journal_head head;

    paper_write(&truth, test_seed());
    check = paper_check(&truth);
    CU_ASSERT_EQUAL(journal_check_found(check), 0);
    CU_ASSERT_EQUAL(journal_check_entries(check), ENTRIES);
    CU_ASSERT_EQUAL(journal_check_seals(check), ENTRIES / SEALED_EVERY);
    CU_ASSERT_FATAL(journal_check_writer(check, 0, &head));
    CU_ASSERT(head.known && head.entries == ENTRIES && head.writer == 0);
    CU_ASSERT_EQUAL(memcmp(head.head, truth.seals[truth.seal_count - 1].head, sizeof head.head), 0);
    CU_ASSERT_FALSE(journal_check_writer(check, 1, &head));
    journal_check_free(check);
    paper_release(&truth);
}

/* Two journals of two writers, as a database of two nodes lists them: one after the other, or by
 * turns. */
static void test_writers(void)
{
    static struct paper other;
    struct journal_check *check;

    paper_write(&truth, test_seed());
    paper_write(&other, test_seed() + 1);
    check = paper_open(&truth);
    for (size_t i = 0; i < other.seal_count; i++) {
        struct record record;

        other.seals[i].writer = 1;
        must(seal_make(&other.seals[i], uuid, &other.seed, &record) == TK_OK);
        must(journal_check_seal(check, &other.seals[i], i % 2) == TK_OK);
        must(journal_check_seal(check, &other.seals[i], false) == TK_OK);
    }
    for (size_t i = 0; i < ENTRIES; i++) {
        other.items[i].writer = 1;
        other.items[i].seq += 1000000;
        must(journal_check_entry(check, &truth.items[i]) == TK_OK);
        must(journal_check_entry(check, &other.items[i]) == TK_OK);
    }
    must(journal_check_end(check) == TK_OK);
    CU_ASSERT_EQUAL(journal_check_found(check), 0);
    journal_check_free(check);
    paper_release(&truth);
    paper_release(&other);
}

/* --- one byte is another --- */

/* The bytes of an entry as they are stored: numbers have 8, the kind is its name. */
static size_t count_bytes(const struct journal_entry *e)
{
    return 8 + strlen(e->device) + sizeof e->id + strlen(op_kind_name(e->kind)) + strlen(e->actor) +
           8 + 8 + strlen(e->body) + strlen(e->outcome) + sizeof e->hash;
}

/* Flips byte `at` by turning the bits of `mask`; new texts are put into `texts`. */
static void flip_byte(struct journal_entry *e, size_t at, uint8_t mask, char texts[2][400])
{
    size_t kind = strlen(op_kind_name(e->kind)), body = strlen(e->body), out = strlen(e->outcome);
    size_t device = strlen(e->device), actor = strlen(e->actor);

#define PART(size, flip) \
    if (at < (size)) {   \
        flip;            \
        return;          \
    }                    \
    at -= (size);
    PART(8, ((uint8_t *)&e->device_seq)[at] ^= mask)
    PART(device, e->device[at] = (char)(e->device[at] ^ mask))
    PART(sizeof e->id, e->id.bytes[at] ^= mask)
    PART(kind, e->kind = (enum op_kind)((unsigned)e->kind ^ OP_KIND_COUNT << 8))
    PART(actor, e->actor[at] = (char)(e->actor[at] ^ mask))
    PART(8, ((uint8_t *)&e->at)[at] ^= mask)
    PART(8, ((uint8_t *)&e->recorded_at)[at] ^= mask)
    PART(body, {
        text_copy(texts[0], 400, e->body);
        texts[0][at] = (char)(texts[0][at] ^ mask);
        e->body = texts[0];
    })
    PART(out, {
        text_copy(texts[1], 400, e->outcome);
        texts[1][at] = (char)(texts[1][at] ^ mask);
        e->outcome = texts[1];
    })
    PART(sizeof e->hash, e->hash[at] ^= mask)
#undef PART
}

/* One byte each of every tenth entry from `first` on; false when one of them is not named. */
static bool check_flips(size_t first, size_t byte, uint8_t mask, size_t *flipped)
{
    static char texts[ENTRIES][2][400];
    struct journal_check *check;
    bool found = true;
    size_t any = 0;

    paper_copy(&paper, &truth);
    for (size_t i = first; i < ENTRIES; i += TOGETHER)
        if (byte < count_bytes(&truth.items[i])) {
            flip_byte(&paper.items[i], byte, mask, texts[i]);
            any++;
        }
    if (!any)
        return true;
    check = paper_check(&paper);
    for (size_t i = first; found && i < ENTRIES; i += TOGETHER) {
        if (byte >= count_bytes(&truth.items[i]) || names(check, &truth.items[i]))
            continue;
        found = false;
        printf("\n    seed %" PRIu64 ": byte %zu of entry %zu, turned by %02x, is not named:",
               test_seed(), byte, i + 1, mask);
        print_problems(check);
    }
    journal_check_free(check);
    *flipped += any;
    return found;
}

static void test_flips(void)
{
    uint64_t random = test_seed();
    size_t step = test_is_long() ? 1 : 7, flipped = 0, longest = 0;
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t i = 0; i < ENTRIES; i++)
        if (count_bytes(&truth.items[i]) > longest)
            longest = count_bytes(&truth.items[i]);
    for (size_t first = 0; found && first < TOGETHER; first++)
        for (size_t byte = test_random_below(&random, step); found && byte < longest; byte += step)
            found =
                check_flips(first, byte, (uint8_t)(1 + test_random_below(&random, 255)), &flipped);
    CU_ASSERT_TRUE(found);
    CU_ASSERT(flipped > ENTRIES * 150 / step);
    paper_release(&truth);
}

/* A digest is in no entry's hash, but the head that was sealed is of it, too. */
static void test_digests(void)
{
    uint64_t random = test_seed();
    size_t step = test_is_long() ? 1 : 5;
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t at = test_random_below(&random, step); found && at < ENTRIES; at += step) {
        int64_t before = (int64_t)(at / SEALED_EVERY * SEALED_EVERY);
        struct journal_check *check;

        paper_copy(&paper, &truth);
        paper.items[at].digest[test_random_below(&random, CRYPTO_HASH_SIZE)] ^=
            (uint8_t)(1 + test_random_below(&random, 255));
        check = paper_check(&paper);
        found = is_only(check, JOURNAL_REWRITTEN, before + 1, before + SEALED_EVERY);
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* The two columns that no hash is of: where an entry stands, and who wrote it there. */
static void test_misplaced(void)
{
    uint64_t random = test_seed();
    size_t step = test_is_long() ? 1 : 7;
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t at = test_random_below(&random, step); found && at < 16 * ENTRIES; at += step) {
        struct journal_entry *entry = &paper.items[at / 16];
        int64_t *number = at % 16 < 8 ? &entry->seq : &entry->writer;
        struct journal_check *check;

        paper_copy(&paper, &truth);
        ((uint8_t *)number)[at % 8] ^= (uint8_t)(1 + test_random_below(&random, 255));
        if (entry->seq != truth.items[at / 16].seq && entry->seq > 0 && entry->seq <= ENTRIES)
            continue; /* another's number: the table takes none twice */
        qsort(paper.items, paper.count, sizeof paper.items[0], list_order);
        check = paper_check(&paper);
        found = journal_check_found(check) && names(check, &truth.items[at / 16]);
        if (!found) {
            printf("\n    seed %" PRIu64 ": number %zu of entry %zu is not named:", test_seed(),
                   at % 16, at / 16 + 1);
            print_problems(check);
        }
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* --- entries go, come, and change places --- */

static void test_removed(void)
{
    uint64_t random = test_seed();
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t at = 0; found && at < ENTRIES - 1; at++) {
        size_t count = at % 3 ? 1 : 1 + test_random_below(&random, 20);
        bool hidden = test_random_below(&random, 2);
        struct journal_check *check;

        if (at + count >= ENTRIES)
            count = 1;
        paper_copy(&paper, &truth);
        take_out(&paper, at, count);
        if (hidden)
            renumber(&paper);
        check = paper_check(&paper);
        found =
            has(check, JOURNAL_REMOVED) || has(check, JOURNAL_CUT) || has(check, JOURNAL_REWRITTEN);
        for (size_t i = 0; found && !hidden && at && i < count; i++)
            found = names(check, &truth.items[at + i]);
        if (found && !hidden && count == 1 && at)
            found = is_only(check, JOURNAL_REMOVED, (int64_t)at + 1, (int64_t)at + 1);
        if (!found) {
            printf("\n    seed %" PRIu64 ": %zu from entry %zu on%s:", test_seed(), count, at + 1,
                   hidden ? ", and the others moved up" : "");
            print_problems(check);
        }
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* Two entries change places: all but where they stand. */
static bool check_swap(size_t a, size_t b)
{
    struct journal_check *check;
    bool found;

    paper_copy(&paper, &truth);
    paper.items[a] = truth.items[b];
    paper.items[b] = truth.items[a];
    paper.items[a].seq = truth.items[a].seq;
    paper.items[b].seq = truth.items[b].seq;
    check = paper_check(&paper);
    found = names(check, &truth.items[a]) || names(check, &truth.items[b]);
    if (found && b == a + 1 && a % SEALED_EVERY != SEALED_EVERY - 1)
        found = has(check, JOURNAL_SWAPPED) && journal_check_found(check) == 1;
    if (!found) {
        printf("\n    seed %" PRIu64 ": entries %zu and %zu (%s and %s):", test_seed(), a + 1,
               b + 1, truth.items[a].device, truth.items[b].device);
        print_problems(check);
    }
    journal_check_free(check);
    return found;
}

static void test_swapped(void)
{
    uint64_t random = test_seed();
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t at = 0; found && at + 1 < ENTRIES; at++)
        found = check_swap(at, at + 1);
    for (size_t i = 0; found && i < 1000; i++) {
        size_t a = test_random_below(&random, ENTRIES - 1);

        found = check_swap(a, a + 1 + test_random_below(&random, ENTRIES - a - 1));
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* An entry that was there already comes once more: as it was, or numbered and hashed as if it
 * belonged there. */
static void test_repeated(void)
{
    uint64_t random = test_seed();
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t i = 0; found && i < 1000; i++) {
        size_t from = test_random_below(&random, ENTRIES - 1);
        size_t to = from + 1 + test_random_below(&random, ENTRIES - from);
        struct journal_check *check;

        paper_copy(&paper, &truth);
        put_in(&paper, to, &truth.items[from]);
        renumber(&paper);
        if (i % 2)
            chain_entry(&paper, to);
        check = paper_check(&paper);
        found = is_only(check, JOURNAL_REPEATED, (int64_t)to + 1, (int64_t)to + 1);
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* An entry that nobody wrote, numbered and hashed as if it belonged there, or with any hash. */
static void test_inserted(void)
{
    uint64_t random = test_seed();
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t i = 0; found && i < 1000; i++) {
        size_t to = test_random_below(&random, ENTRIES - SEALED_EVERY);
        struct journal_entry forged;
        struct journal_check *check;

        paper_copy(&paper, &truth);
        write_entry(&forged, 1, &random);
        put_in(&paper, to, &forged);
        renumber(&paper);
        chain_entry(&paper, to);
        if (i % 2)
            paper.items[to].hash[3] ^= 1;
        check = paper_check(&paper);
        found = is_told(check, JOURNAL_INSERTED, (int64_t)to + 1);
        journal_check_free(check);
        free(forged.body);
        free(forged.outcome);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* An entry is another, and all after it are hashed anew: only the seals know. */
static void test_rewritten(void)
{
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t at = 0; found && at < ENTRIES; at += 13) {
        int64_t from = (int64_t)(at / SEALED_EVERY) * SEALED_EVERY;
        struct journal_check *check;
        const struct journal_problem *p;

        paper_copy(&paper, &truth);
        paper.items[at].at++;
        for (size_t i = at; i < ENTRIES; i++)
            chain_entry(&paper, i);
        check = paper_check(&paper);
        p = journal_check_problem(check, 0);
        found = journal_check_found(check) && p->fault == JOURNAL_REWRITTEN && p->seq == from + 1 &&
                p->last_seq == from + SEALED_EVERY;
        if (!found)
            print_problems(check);
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* --- the end --- */

static void test_cut(void)
{
    bool found = true;

    paper_write(&truth, test_seed());
    for (size_t count = 1; found && count <= ENTRIES; count++) {
        struct journal_check *check;

        paper_copy(&paper, &truth);
        paper.count -= count;
        check = paper_check(&paper);
        found = is_only(check, JOURNAL_CUT, (int64_t)(ENTRIES - count) + 1, ENTRIES);
        journal_check_free(check);
    }
    CU_ASSERT_TRUE(found);
    paper_release(&truth);
}

/* The end is cut with the seals that know of it: what is kept elsewhere knows, or what somebody
 * noted. */
static void test_cut_with_seals(void)
{
    struct journal_check *check;
    const struct seal *last;
    uint8_t head[CRYPTO_HASH_SIZE];

    paper_write(&truth, test_seed());
    last = &truth.seals[truth.seal_count - 1];
    paper_copy(&paper, &truth);
    paper.count = 3 * SEALED_EVERY + 5;
    paper.seal_count = 3;
    check = paper_check(&paper);
    CU_ASSERT_EQUAL(journal_check_found(check), 0); /* by itself it tells nothing */
    journal_check_free(check);

    check = paper_open(&paper);
    must(journal_check_seal(check, last, true) == TK_OK);
    paper_read(&paper, check);
    CU_ASSERT_EQUAL(journal_check_found(check), 2);
    CU_ASSERT(has(check, JOURNAL_UNSEALED) && has(check, JOURNAL_CUT));
    journal_check_free(check);

    check = paper_open(&paper);
    must(journal_check_head(check, ENTRIES, last->head, 2 * CRYPTO_HASH_SIZE) == TK_OK);
    paper_read(&paper, check);
    CU_ASSERT(is_only(check, JOURNAL_CUT, ENTRIES, ENTRIES));
    journal_check_free(check);

    /* one that is there, and not only where a seal is */
    memcpy(head, truth.seals[1].head, sizeof head);
    for (size_t i = 2 * SEALED_EVERY; i < 2 * SEALED_EVERY + 7; i++)
        seal_head_add(head, truth.items[i].hash, truth.items[i].digest);
    check = paper_open(&paper);
    must(journal_check_head(check, 2 * SEALED_EVERY + 7, head, 2 * CRYPTO_HASH_SIZE) == TK_OK);
    paper_read(&paper, check);
    CU_ASSERT_EQUAL(journal_check_found(check), 0);
    journal_check_free(check);
    paper_release(&truth);
}

/* Nobody else's seals vouch for anything. */
static void test_forged(void)
{
    struct crypto_key other = {{8}};
    struct journal_check *check;
    struct record record;

    paper_write(&truth, test_seed());
    for (int way = 0; way < 5; way++) {
        struct seal seal = truth.seals[4];

        if (way == 0)
            must(seal_make(&seal, uuid, &other, &record) == TK_OK);
        if (way == 1)
            must(seal_make(&seal, "01980000-0000-7000-8000-000000000002", &truth.seed, &record) ==
                 TK_OK);
        if (way == 2)
            seal.entries++;
        if (way == 3)
            seal.writer = 1;
        if (way == 4)
            seal.head[31] ^= 1;
        paper_copy(&paper, &truth);
        paper.seals[4] = seal;
        check = paper_check(&paper);
        CU_ASSERT(is_only(check, JOURNAL_FORGED, seal.entries, seal.entries));
        journal_check_free(check);
    }
    paper_release(&truth);
}

SUITE(journal, {"a journal that nobody touched is fine, and its head is told", test_untouched},
      {"writers have heads of their own, in whatever order they are listed", test_writers},
      {"a byte of an entry that is another is found, and the entry named", test_flips},
      {"an entry with another place or writer is found, and named", test_misplaced},
      {"a digest that is another is found, between the seals around it", test_digests},
      {"entries that were taken out are named", test_removed},
      {"two entries in each other's places are named", test_swapped},
      {"an entry that is there once more is named", test_repeated},
      {"an entry that nobody wrote is named", test_inserted},
      {"a journal that was written anew is not the one that was signed", test_rewritten},
      {"an end that is cut off is found by its seals", test_cut},
      {"cut off with its seals it is found by those that are kept elsewhere", test_cut_with_seals},
      {"a seal that the house did not sign is forged", test_forged})
