#include "core/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/journal_internal.h"
#include "core/list.h"
#include "core/text.h"

struct journal_check *journal_check_new(const char *uuid, const uint8_t *public_key)
{
    struct journal_check *check = calloc(1, sizeof *check);

    if (check && public_key) {
        check->signed_for = text_copy(check->uuid, sizeof check->uuid, uuid);
        memcpy(check->public_key, public_key, sizeof check->public_key);
    }
    return check;
}

void journal_check_free(struct journal_check *check)
{
    if (!check)
        return;
    for (size_t i = 0; i < check->writers.count; i++)
        free(check->writers.items[i].trail.items);
    free(check->writers.items);
    free(check->chains.items);
    free(check->stamps.items);
    free(check->problems.items);
    map_release(&check->chain_index);
    map_release(&check->ids);
    free(check);
}

enum tk_code journal_add_problem(struct journal_check *check, const struct journal_problem *problem,
                                 size_t *at)
{
    *at = NO_PROBLEM;
    check->found++;
    if (check->problems.count >= JOURNAL_PROBLEMS_KEPT)
        return TK_OK;
    *at = check->problems.count;
    return LIST_ADD(&check->problems, problem);
}

/* --- chains and writers --- */

/* No journal has so many entries: whoever says so has a number that was changed. */
#define JUMP_MAX (INT64_C(1) << 40)

static struct chain_writer *find_writer(struct journal_check *check, int64_t id)
{
    struct chain_writer made = {.id = id};

    for (size_t i = check->writers.count; i-- > 0;)
        if (check->writers.items[i].id == id)
            return &check->writers.items[i];
    return LIST_ADD(&check->writers, &made) ? NULL
                                            : &check->writers.items[check->writers.count - 1];
}

/* FNV-1a; chains whose keys meet stand side by side. */
static uint64_t chain_key(int64_t writer, const char *device)
{
    uint64_t key = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)writer;

    for (; *device; device++)
        key = (key ^ (uint8_t)*device) * UINT64_C(0x100000001b3);
    return key;
}

static bool is_chain(const struct chain *chain, int64_t writer, const char *device)
{
    return chain->writer == writer && strcmp(chain->device, device) == 0;
}

/* NULL without memory. */
static struct chain *find_chain(struct journal_check *check, int64_t writer, const char *device)
{
    struct chain made = {
        .writer = writer, .bad = NO_PROBLEM, .gap = NO_PROBLEM, .rival = NO_PROBLEM};
    uint64_t key;
    size_t at;

    if (check->last < check->chains.count &&
        is_chain(&check->chains.items[check->last], writer, device))
        return &check->chains.items[check->last];
    for (key = chain_key(writer, device); (at = map_find(&check->chain_index, key)) != MAP_NONE;
         key++)
        if (is_chain(&check->chains.items[at], writer, device)) {
            check->last = at;
            return &check->chains.items[at];
        }
    text_copy(made.device, sizeof made.device, device);
    check->last = check->chains.count;
    if (map_add(&check->chain_index, key, check->chains.count) || LIST_ADD(&check->chains, &made))
        return NULL;
    return &check->chains.items[check->last];
}

/* --- one entry --- */

/* Whether the entry's hash was made of it as it stands after `before`; *own is what it would be. */
static bool fits(const struct journal_entry *entry, const uint8_t before[CRYPTO_HASH_SIZE],
                 uint8_t own[CRYPTO_HASH_SIZE], enum tk_code *code)
{
    enum tk_code failed = journal_hash(entry, before, own);

    if (failed)
        *code = failed;
    return !failed && memcmp(own, entry->hash, CRYPTO_HASH_SIZE) == 0;
}

static struct journal_problem problem_of(const struct journal_entry *entry,
                                         enum journal_fault fault)
{
    struct journal_problem problem = {.fault = fault,
                                      .writer = entry->writer,
                                      .seq = entry->seq,
                                      .last_seq = entry->seq,
                                      .device_seq = entry->device_seq,
                                      .id = entry->id};

    text_copy(problem.device, sizeof problem.device, entry->device);
    return problem;
}

/* The chain goes on with the entry, which is number `seq` of it. */
static void move_chain(struct chain *chain, const struct journal_entry *entry, int64_t seq,
                       size_t bad, const uint8_t own[CRYPTO_HASH_SIZE])
{
    memcpy(chain->before, chain->hash, CRYPTO_HASH_SIZE);
    memcpy(chain->hash, entry->hash, CRYPTO_HASH_SIZE);
    memcpy(chain->own, own, CRYPTO_HASH_SIZE);
    chain->seq = seq;
    chain->bad = bad;
    chain->rival = NO_PROBLEM;
    chain->last = (struct journal_problem){.seq = entry->seq, .id = entry->id};
}

static enum tk_code note_changed(struct journal_check *check, struct chain *chain,
                                 const struct journal_entry *entry, int64_t seq,
                                 const uint8_t own[CRYPTO_HASH_SIZE])
{
    struct journal_problem problem = problem_of(entry, JOURNAL_CHANGED);
    size_t at;
    enum tk_code code = journal_add_problem(check, &problem, &at);

    move_chain(chain, entry, seq, at, own);
    check->fate = ENTRY_WRONG;
    return code;
}

/* An entry that is none of the journal's: the chain stays where it is. */
static enum tk_code note_extra(struct journal_check *check, const struct journal_entry *entry,
                               enum journal_fault fault, size_t *at)
{
    struct journal_problem problem = problem_of(entry, fault);

    check->fate = ENTRY_EXTRA;
    return journal_add_problem(check, &problem, at);
}

/* A chain of another writer begins with what is missing here: that entry was given to the wrong
 * one. */
static enum tk_code take_over(struct journal_check *check, struct chain *own,
                              const struct chain *other)
{
    struct journal_problem problem = {.fault = JOURNAL_CHANGED,
                                      .writer = other->writer,
                                      .seq = other->last.seq,
                                      .last_seq = other->last.seq,
                                      .device_seq = other->seq,
                                      .id = other->last.id};
    size_t at;

    memcpy(problem.device, other->device, sizeof problem.device);
    own->seq = other->seq;
    memcpy(own->hash, other->hash, sizeof own->hash);
    check->fate = ENTRY_WRONG;
    check->shift += own->seq;
    check->passed = 0;
    return journal_add_problem(check, &problem, &at);
}

/* With another place, device or writer than it says: then that was changed. Returns its true chain.
 */
static struct chain *find_true_chain(struct journal_check *check, const struct journal_entry *entry,
                                     struct chain *own, int64_t *seq, enum tk_code *code)
{
    struct journal_entry meant = *entry;
    uint8_t hash[CRYPTO_HASH_SIZE];

    meant.device_seq = own->seq + 1;
    if (meant.device_seq != entry->device_seq && fits(&meant, own->hash, hash, code)) {
        *seq = meant.device_seq;
        return own;
    }
    meant.device_seq = entry->device_seq;
    for (size_t i = 0; !*code && i < check->chains.count; i++) {
        struct chain *chain = &check->chains.items[i];

        if (chain == own || chain->seq + 1 != entry->device_seq)
            continue;
        memcpy(meant.device, chain->device, sizeof meant.device);
        if (fits(&meant, chain->hash, hash, code)) {
            *seq = entry->device_seq;
            return chain;
        }
    }
    return NULL;
}

/* What was found already since the chain's last entry, and tells why `missing` of it are not there:
   they are missing in the order of the writer as well, or the one has another device's name. */
static size_t find_explanation(const struct journal_check *check, const struct chain *chain,
                               int64_t writer, int64_t missing)
{
    for (size_t i = check->problems.count; i-- > 0;) {
        struct journal_problem *known = &check->problems.items[i];
        int64_t count = known->last_seq - known->seq + 1;

        if (known->writer != writer)
            continue;
        if (known->seq <= chain->last.seq)
            break;
        if (known->fault == JOURNAL_REMOVED && !known->device[0] && count >= missing) {
            if (count > missing)
                return i;
            memcpy(known->device, chain->device, sizeof known->device);
            known->device_seq = chain->seq + 1;
            known->device_last = chain->seq + missing;
            return i;
        }
        if (known->fault == JOURNAL_CHANGED && missing == 1 &&
            known->device_seq == chain->seq + 1 && strcmp(known->device, chain->device) != 0)
            return i;
    }
    return NO_PROBLEM;
}

/* Entries of the device before this one are not there. */
static enum tk_code note_gap(struct journal_check *check, struct chain *chain,
                             const struct journal_entry *entry, const uint8_t own[CRYPTO_HASH_SIZE])
{
    struct journal_problem problem = problem_of(entry, JOURNAL_REMOVED);
    int64_t missing = entry->device_seq - chain->seq - 1;
    bool here = check->passed == missing;
    size_t at = here ? NO_PROBLEM : find_explanation(check, chain, entry->writer, missing);
    enum tk_code code = TK_OK;

    if (at == NO_PROBLEM) {
        problem.id = (struct op_id){{0}};
        problem.device_seq = chain->seq + 1;
        problem.device_last = entry->device_seq - 1;
        problem.seq = here ? entry->seq - missing : chain->last.seq;
        problem.last_seq = here ? entry->seq - 1 : entry->seq;
        check->shift += missing;
        check->passed = here ? 0 : check->passed;
        code = journal_add_problem(check, &problem, &at);
    }
    memcpy(chain->gap_before, chain->hash, CRYPTO_HASH_SIZE);
    chain->gap_from = chain->seq + 1;
    chain->gap_to = entry->device_seq - 1;
    chain->gap_seq = entry->seq;
    move_chain(chain, entry, entry->device_seq, NO_PROBLEM, own);
    chain->gap = at;
    check->fate = ENTRY_WRONG;
    return code;
}

/* The one that was missing comes after the one that follows it. */
static void note_swapped(struct journal_check *check, struct chain *chain,
                         const struct journal_entry *entry)
{
    struct journal_problem *problem = &check->problems.items[chain->gap];

    *problem = problem_of(entry, JOURNAL_SWAPPED);
    problem->seq = chain->gap_seq;
    check->fate = ENTRY_LATE;
    check->shift -= 1;
    memcpy(chain->gap_before, entry->hash, CRYPTO_HASH_SIZE);
    if (chain->gap_from++ == chain->gap_to)
        chain->gap = NO_PROBLEM;
}

/* Two entries claim one place of a device. Which of them is the false one the next entry tells, if
   the first seemed good. */
static enum tk_code note_rival(struct journal_check *check, struct chain *chain,
                               const struct journal_entry *entry,
                               const uint8_t own[CRYPTO_HASH_SIZE])
{
    enum tk_code code;

    if (chain->bad == NO_PROBLEM) {
        code = note_extra(check, entry, JOURNAL_INSERTED, &chain->rival);
        memcpy(chain->rival_hash, entry->hash, CRYPTO_HASH_SIZE);
        return code;
    }
    check->problems.items[chain->bad].fault = JOURNAL_INSERTED;
    check->shift -= 1;
    memcpy(chain->hash, chain->before, CRYPTO_HASH_SIZE);
    move_chain(chain, entry, entry->device_seq, NO_PROBLEM, own);
    check->fate = ENTRY_WRONG;
    return TK_OK;
}

/* It fits the one that seemed to be inserted, so the other one was. */
static void take_rival(struct journal_check *check, struct chain *chain)
{
    struct journal_problem *problem = &check->problems.items[chain->rival];

    problem->seq = problem->last_seq = chain->last.seq;
    problem->id = chain->last.id;
}

/* An entry that is not simply the next one of its device. */
static enum tk_code judge_misfit(struct journal_check *check, struct chain *chain,
                                 const struct journal_entry *entry, bool known)
{
    uint8_t own[CRYPTO_HASH_SIZE];
    enum tk_code code = TK_OK;
    struct chain *other;
    size_t at;
    int64_t seq;

    if (known)
        return note_extra(check, entry, JOURNAL_REPEATED, &at);
    other = find_true_chain(check, entry, chain, &seq, &code);
    if (other && !chain->seq && strcmp(other->device, chain->device) == 0 && other != chain) {
        code = take_over(check, chain, other);
        move_chain(chain, entry, entry->device_seq, NO_PROBLEM, entry->hash);
        return code;
    }
    if (other)
        return note_changed(check, other, entry, seq, entry->hash);
    if (!code && chain->gap != NO_PROBLEM && entry->device_seq == chain->gap_from &&
        fits(entry, chain->gap_before, own, &code)) {
        note_swapped(check, chain, entry);
        return code;
    }
    if (!code && entry->device_seq == chain->seq && fits(entry, chain->before, own, &code))
        return note_rival(check, chain, entry, own);
    if (!code)
        fits(entry, chain->hash, own, &code);
    if (code)
        return code;
    if (entry->device_seq == chain->seq + 1 || entry->device_seq > chain->seq + JUMP_MAX)
        return note_changed(check, chain, entry, chain->seq + 1, own);
    if (entry->device_seq > chain->seq)
        return note_gap(check, chain, entry, own);
    return note_extra(check, entry, JOURNAL_INSERTED, &at);
}

/* Whether an entry of this id was there; it is from now on. 64 bits of it tell. */
static enum tk_code know_id(struct journal_check *check, const struct op_id *id, bool *known)
{
    uint64_t key, time;

    memcpy(&time, id->bytes, sizeof time);
    memcpy(&key, id->bytes + 8, sizeof key);
    key ^= time << 32 | time >> 32;
    *known = map_find(&check->ids, key) != MAP_NONE;
    return *known ? TK_OK : map_add(&check->ids, key, 0);
}

static enum tk_code judge_entry(struct journal_check *check, const struct journal_entry *entry)
{
    struct chain *chain = find_chain(check, entry->writer, entry->device);
    uint8_t own[CRYPTO_HASH_SIZE];
    bool known = false, good = false;
    enum tk_code code = chain ? know_id(check, &entry->id, &known) : TK_NO_MEMORY;

    check->fate = ENTRY_GOOD;
    if (code)
        return code;
    if (!known && entry->device_seq == chain->seq + 1) {
        good = fits(entry, chain->hash, own, &code);
        if (!good &&
            chain->bad != NO_PROBLEM) /* then its hash was changed, and not what it is of */
            good = fits(entry, chain->own, own, &code);
        if (!good && chain->rival != NO_PROBLEM && fits(entry, chain->rival_hash, own, &code)) {
            take_rival(check, chain);
            good = true;
        }
    }
    if (!code && !good)
        return judge_misfit(check, chain, entry, known);
    if (!code)
        move_chain(chain, entry, entry->device_seq, NO_PROBLEM, own);
    return code;
}

/* --- the order of a writer --- */

/* Numbers may be anything. */
static int64_t numbers_between(int64_t last, int64_t seq)
{
    uint64_t apart = (uint64_t)seq - (uint64_t)last;

    if (seq <= last)
        return 0;
    return apart > JUMP_MAX ? JUMP_MAX : (int64_t)apart - 1;
}

/* Each writer numbers his entries without a gap: notes one before the entry. */
static enum tk_code note_passed(struct journal_check *check, const struct chain_writer *writer,
                                const struct journal_entry *entry)
{
    struct journal_problem problem = {.fault = JOURNAL_REMOVED,
                                      .writer = entry->writer,
                                      .seq = writer->seq + 1,
                                      .last_seq = entry->seq - 1};
    size_t at;

    check->shift += check->passed;
    return check->passed ? journal_add_problem(check, &problem, &at) : TK_OK;
}

enum tk_code journal_check_entry(struct journal_check *check, const struct journal_entry *entry)
{
    struct chain_writer *writer;
    int64_t found = check->found;
    bool misplaced;
    enum tk_code code = check->began ? TK_OK : journal_begin(check);

    writer = code ? NULL : find_writer(check, entry->writer);
    if (!writer)
        return TK_NO_MEMORY;
    check->entries++;
    check->shift = 0;
    check->passed = writer->lane_count ? numbers_between(writer->seq, entry->seq) : 0;
    code = judge_entry(check, entry);
    /* one that does not belong there says nothing of what stood before it */
    misplaced = check->passed && (check->fate == ENTRY_LATE || check->fate == ENTRY_EXTRA);
    if (!code && !misplaced)
        code = note_passed(check, writer, entry);
    if (code)
        return code;
    code = journal_move_writer(check, writer, entry,
                               check->found != found || check->fate != ENTRY_GOOD);
    if (entry->seq > writer->seq && !misplaced)
        writer->seq = entry->seq;
    return code;
}

/* --- what was found --- */

int64_t journal_check_entries(const struct journal_check *check)
{
    return check->entries;
}

int64_t journal_check_seals(const struct journal_check *check)
{
    return check->seals;
}

int64_t journal_check_found(const struct journal_check *check)
{
    return check->found;
}

size_t journal_check_kept(const struct journal_check *check)
{
    return check->problems.count;
}

const struct journal_problem *journal_check_problem(const struct journal_check *check, size_t at)
{
    return &check->problems.items[at];
}

bool journal_check_writer(const struct journal_check *check, size_t at, struct journal_head *head)
{
    const struct chain_writer *writer;

    if (at >= check->writers.count)
        return false;
    writer = &check->writers.items[at];
    *head = (struct journal_head){
        .writer = writer->id, .entries = writer->lanes[0].count, .known = !writer->lanes[0].doubt};
    memcpy(head->head, writer->lanes[0].head, sizeof head->head);
    return true;
}
