/* The box office: what it does by itself: expires, archives, signs the journal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/box_office.h"
#include "core/text.h"

#define UPKEEP_PERIOD (10 * TIME_MINUTE)
#define UPKEEP_BATCH OP_BATCH_MAX /* slots in one transaction, at most … */
#define UPKEEP_TICKETS 16384      /* … and the tickets that it should not much exceed */
#define UPKEEP_STEP 32            /* slots, for those who must answer a key meanwhile … */
#define ARCHIVE_STEP 4            /* … of which each has all its tickets written */

/* The same from every program that looks after the box office by itself, for ten minutes: so what
   two of them do at once is done, and stands in the journal, once. After that it is tried anew. */
static struct op_id upkeep_id(const struct box_office *office, const char *uuid, enum op_kind kind,
                              int64_t slot_id)
{
    int64_t period = office_now(office) / UPKEEP_PERIOD;
    char text[OP_ID_TEXT_MAX + 80];
    uint8_t hash[CRYPTO_HASH_SIZE];

    snprintf(text, sizeof text, "upkeep %s %s %lld %lld", uuid, op_kind_name(kind),
             (long long)slot_id, (long long)period);
    crypto_digest(hash, NULL, text, strlen(text));
    return op_id_make(period * (UPKEEP_PERIOD / 1000), hash);
}

/* One batch of upkeep: what is due, each slot as one operation. *more tells whether to go on.
   shared: others may be at it. */
static enum tk_code upkeep_batch(struct box_office *office, const struct due_query *due,
                                 const struct operation *model, bool shared,
                                 struct upkeep_result *result, bool *more, struct tk_error *error)
{
    struct store_facts facts = {0};
    struct operation *operations = calloc(due->limit, sizeof *operations);
    struct outcome *outcomes = calloc(due->limit, sizeof *outcomes);
    struct id_list slots = {0};
    enum tk_code code = operations && outcomes ? TK_OK : TK_NO_MEMORY;
    int64_t done = 0;

    *more = false;
    if (code)
        tk_fail_code(error, code);
    else
        code = office->store->ops->list_due(office->store, due, &slots, error);
    if (!code && shared && slots.count)
        code = office_facts(office, &facts, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        operations[i] = *model;
        office_stamp(office, model->kind, &operations[i]);
        if (shared) /* the house does it, whoever is here */
            text_copy(operations[i].actor, sizeof operations[i].actor, office->actor);
        operations[i].id = shared ? upkeep_id(office, facts.uuid, model->kind, slots.items[i])
                                  : office_make_id(office);
        if (model->kind == OP_EXPIRE)
            operations[i].expire.slot_id = slots.items[i];
        else
            operations[i].archive.slot_id = slots.items[i];
    }
    if (!code)
        code = store_apply(office->store, operations, slots.count, outcomes, error);
    for (size_t i = 0; !code && i < slots.count; i++) {
        if (outcomes[i].replayed)
            continue;
        done += outcomes[i].code == TK_OK;
        result->tickets += outcomes[i].count;
    }
    result->slots += done;
    *more = slots.count == due->limit && done > 0;
    free(operations);
    free(outcomes);
    id_list_release(&slots);
    return code;
}

/* Expiry as of a time. False when nothing can be due. */
static bool expiry_of(const struct box_office *office, int64_t as_of, struct due_query *due,
                      struct operation *model)
{
    *model = (struct operation){.kind = OP_EXPIRE, .expire = {.as_of = as_of}};
    *due = (struct due_query){.ended_before = as_of - office->rules.expire_after,
                              .limit = UPKEEP_STEP};
    return due->ended_before > 0;
}

static bool archiving_of(const struct box_office *office, int64_t older_than, struct due_query *due,
                         struct operation *model)
{
    int64_t before = office_now(office) - older_than;

    *model = (struct operation){.kind = OP_ARCHIVE, .archive = {.before = before}};
    *due = (struct due_query){.settled_before = before, .limit = ARCHIVE_STEP};
    return before > 0;
}

/* All that is due, in batches that grow and shrink with the houses: many small ones in a commit,
   few large ones, so that others who sell never wait long. */
static enum tk_code upkeep_all(struct box_office *office, struct due_query *due,
                               const struct operation *model, struct upkeep_result *result,
                               struct tk_error *error)
{
    enum tk_code code;
    bool more;

    do {
        int64_t before = result->tickets, tickets;

        code = upkeep_batch(office, due, model, false, result, &more, error);
        tickets = result->tickets - before;
        if (tickets > 2 * UPKEEP_TICKETS && due->limit > 1)
            due->limit /= 2;
        else if (tickets < UPKEEP_TICKETS && due->limit < UPKEEP_BATCH)
            due->limit *= 2;
    } while (!code && more);
    return code;
}

enum tk_code office_expire(struct box_office *office, int64_t as_of, struct upkeep_result *result,
                           struct tk_error *error)
{
    struct operation model;
    struct due_query due;

    *result = (struct upkeep_result){0};
    if (!expiry_of(office, as_of ? as_of : office_now(office), &due, &model))
        return TK_OK;
    return upkeep_all(office, &due, &model, result, error);
}

enum tk_code office_archive(struct box_office *office, int64_t older_than,
                            struct upkeep_result *result, struct tk_error *error)
{
    struct operation model;
    struct due_query due;

    *result = (struct upkeep_result){0};
    if (!archiving_of(office, older_than, &due, &model))
        return TK_OK;
    return upkeep_all(office, &due, &model, result, error);
}

/* --- the journal, at midnight --- */

/* The same from every program, on one day of the venue's zone. */
static struct op_id midnight_id(const char *uuid, int64_t day)
{
    char text[OP_ID_TEXT_MAX + 80];
    uint8_t hash[CRYPTO_HASH_SIZE];

    snprintf(text, sizeof text, "midnight %s %lld", uuid, (long long)day);
    crypto_digest(hash, NULL, text, strlen(text));
    return op_id_make(day * (TIME_DAY / 1000), hash);
}

/* Whether anything was written before today: a box office of today has nothing to sign yet. */
static enum tk_code is_older(struct box_office *office, int64_t today, bool *older,
                             struct tk_error *error)
{
    struct journal_query query = {.limit = 1};
    struct journal_list list = {0};
    enum tk_code code = office_journal(office, &query, &list, error);

    if (!code)
        *older =
            list.count && time_day_number(list.items[0].recorded_at, &office->ports.zone) < today;
    journal_list_release(&list);
    return code;
}

/* Signs the journal once a day, whichever program is first. */
static enum tk_code seal_day(struct box_office *office, struct tk_error *error)
{
    int64_t today = time_day_number(office_now(office), &office->ports.zone);
    struct operation operation = {.seal = {.why = "midnight"}};
    struct store_facts facts = {0};
    struct outcome outcome;
    struct op_id id;
    bool older = false;
    enum tk_code code;

    if (office->sealed_day == today)
        return TK_OK;
    code = is_older(office, today, &older, error);
    if (!code && older)
        code = office_facts(office, &facts, error);
    if (!code && older) {
        id = midnight_id(facts.uuid, today);
        code = office_make(office, OP_SEAL, &id, &operation, error);
        text_copy(operation.actor, sizeof operation.actor, office->actor);
    }
    if (!code && older)
        code = store_apply(office->store, &operation, 1, &outcome, error);
    if (!code)
        office->sealed_day = today;
    return code;
}

enum tk_code office_upkeep(struct box_office *office, int64_t archive_older_than,
                           struct upkeep_result *result, struct tk_error *error)
{
    struct upkeep_result archived = {0};
    struct operation model;
    struct due_query due;
    enum tk_code code = TK_OK;

    *result = (struct upkeep_result){0};
    if (expiry_of(office, office_now(office), &due, &model))
        code = upkeep_batch(office, &due, &model, true, result, &result->more, error);
    if (!code && !result->more && archiving_of(office, archive_older_than, &due, &model))
        code = upkeep_batch(office, &due, &model, true, &archived, &result->more, error);
    if (!code && !result->more)
        code = seal_day(office, error);
    if (!code && !result->more && office->seals.keep)
        office->seals.keep(office->seals.context, office);
    return code;
}
