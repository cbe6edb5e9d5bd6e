/* The centre's half of sync: the reply. Its slots are in sync_reply_slots.c. */
#include "core/sync_reply.h"

#include <stdlib.h>
#include <string.h>

#include "core/text.h"

static void fill_identity(struct end *e)
{
    const struct store_facts *facts = &e->serving->facts;
    struct sync_reply *reply = e->reply;

    text_copy(reply->identity.centre, sizeof reply->identity.centre, facts->uuid);
    text_copy(reply->identity.device, sizeof reply->identity.device, e->request->device);
    reply->identity.era = facts->era;
    reply->identity.role = e->request->role;
    reply->identity.id_key = facts->id_key;
    reply->key_generation = facts->key_generation;
    reply->rules = e->centre->office->rules;
    reply->now = e->now;
    reply->standing = e->serving->standing;
    reply->taken_seq = e->serving->taken_seq;
}

static enum tk_code fill_answers(struct end *e, struct tk_error *error)
{
    const struct sync_serving *serving = e->serving;
    struct sync_reply *reply = e->reply;
    size_t taken = serving->entries + e->request->entries.count <= serving->count &&
                           (serving->standing == STANDING_GOOD ||
                            serving->standing == STANDING_STRANGER)
                       ? e->request->entries.count
                       : 0;

    if (serving->taken_seq < e->request->base_seq + (int64_t)e->request->entries.count)
        taken = 0;
    for (size_t i = 0; i < taken; i++) {
        struct mirror_answer answer = {.seq = e->request->base_seq + 1 + (int64_t)i,
                                       .outcome = serving->outcomes[serving->entries + i]};

        if (mirror_answer_list_add(&reply->answers, &answer))
            return tk_fail_code(error, TK_NO_MEMORY);
    }
    if (!serving->operation_count)
        return TK_OK;
    reply->outcomes = calloc(serving->operation_count, sizeof *reply->outcomes);
    if (!reply->outcomes)
        return tk_fail_code(error, TK_NO_MEMORY);
    memcpy(reply->outcomes, serving->outcomes + serving->first_operation,
           serving->operation_count * sizeof *reply->outcomes);
    reply->outcome_count = serving->operation_count;
    return TK_OK;
}

/* What the centre's own operations of the batch came to. */
static void fill_own(struct end *e)
{
    for (size_t i = 0; i < e->serving->count; i++) {
        const struct outcome *outcome = &e->serving->outcomes[i];

        if (e->serving->operations[i].kind == OP_GRANT && !outcome->code)
            e->reply->granted += outcome->count;
        if (e->serving->operations[i].kind == OP_JOIN && outcome->code == TK_SAME_TILL)
            e->reply->standing = STANDING_STRANGER;
    }
}

/* --- the rest of the rows --- */

/* The till's own numbers that are left, and all that doors deny. */
static enum tk_code add_blocks(struct end *e, struct tk_error *error)
{
    struct mirror_rows *rows = &e->reply->rows;
    struct number_block_list own = {0};
    enum tk_code code =
        e->store->ops->list_blocks(e->store, e->request->device, false, &own, error);

    for (size_t i = 0; !code && i < own.count; i++)
        if (!own.items[i].written_off_at &&
            own.items[i].next < own.items[i].first + (uint64_t)own.items[i].count)
            code = number_block_list_add(&rows->blocks, &own.items[i]);
    if (!code)
        code = e->store->ops->list_blocks(e->store, NULL, true, &rows->blocks, error);
    else
        tk_fail_code(error, code);
    rows->all_blocks = !code;
    number_block_list_release(&own);
    return code;
}

static enum tk_code add_disputes(struct end *e, struct tk_error *error)
{
    struct dispute_query query = {.open = true, .limit = SYNC_DISPUTES_MAX};
    enum tk_code code =
        e->store->ops->list_disputes(e->store, &query, &e->reply->rows.disputes, error);

    e->reply->rows.all_disputes = !code;
    for (size_t i = 0; !role_reads(e->request->role, ROLE_CLERK) && i < e->reply->rows.disputes.count; i++)
        dispute_hide_customer(&e->reply->rows.disputes.items[i]);
    return code;
}

static bool was_refused(const struct sync_reply *reply)
{
    for (size_t i = 0; i < reply->answers.count; i++)
        if (reply->answers.items[i].outcome.code)
            return true;
    return false;
}

/* Whoever closed a dispute is not told of it as open until the next review. */
static bool has_closed(const struct sync_request *request)
{
    for (size_t i = 0; i < request->operations.count; i++)
        if (request->operations.items[i].kind == OP_CLOSE)
            return true;
    return false;
}

/* Who sold it is for those who see to whom. */
static void hide_sellers(struct end *e)
{
    struct ticket_list *tickets = &e->reply->rows.tickets;

    for (size_t i = 0; !role_reads(e->request->role, ROLE_CLERK) && i < tickets->count; i++)
        tickets->items[i].seller = 0;
}

static enum tk_code fill_rows(struct end *e, struct tk_error *error)
{
    const struct sync_request *request = e->request;
    uint64_t version = 0;
    bool same;
    enum tk_code code = TK_OK;

    for (size_t i = 0; !code && i < request->cursors.count; i++)
        if (map_find(&e->cursors, (uint64_t)request->cursors.items[i].slot_id) == MAP_NONE)
            code = map_add(&e->cursors, (uint64_t)request->cursors.items[i].slot_id, i);
    if (code)
        return tk_fail_code(error, code);
    code = e->store->ops->version(e->store, &version, error); /* before anything is read */
    same = version && version == request->version;
    if (!code)
        code = reply_add_touched(e, error);
    if (!code && request->all && (!same || request->keys.count))
        code = reply_add_window(e, error);
    if (!code)
        code = reply_add_sold(e, error);
    if (!code && request->review)
        code = add_blocks(e, error);
    if (!code && (request->review || was_refused(e->reply) || has_closed(request)))
        code = add_disputes(e, error);
    if (!code)
        code = reply_add_records(e, same, error);
    hide_sellers(e);
    e->reply->version = request->all && !e->reply->more ? version : 0;
    return code;
}

enum tk_code sync_serve_end(const struct sync_centre *centre, const struct sync_request *request,
                            const struct sync_serving *serving, struct sync_reply *reply,
                            struct tk_error *error)
{
    struct end e = {.centre = centre, .request = request, .serving = serving, .reply = reply,
                    .store = centre->office->store, .now = office_now(centre->office)};
    enum tk_code code = TK_OK;

    *reply = (struct sync_reply){0};
    fill_identity(&e);
    if (!serving->stranger) {
        code = fill_answers(&e, error);
        if (!code) {
            fill_own(&e);
            code = fill_rows(&e, error);
        }
    }
    map_release(&e.cursors);
    map_release(&e.done);
    if (code)
        sync_reply_release(reply);
    return code;
}
