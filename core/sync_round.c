/* The till's half of sync: rounds, exchange after exchange until nothing is left to push or to pull. */
#include <stdlib.h>
#include <string.h>

#include "core/sync_internal.h"

enum tk_code sync_exchange(struct sync_till *till, const struct sync_request *request,
                           struct sync_reply *reply, int timeout_ms, struct sync_report *report,
                           struct tk_error *error)
{
    int64_t sent_at = till->ports.now(till->ports.context);
    enum tk_code code = till->line->ops->exchange(till->line, request, reply, timeout_ms, error);

    sync_withdraw(till, request, code);
    if (code)
        return code;
    return sync_take(till, request, reply, sent_at, till->ports.now(till->ports.context), report,
                     error);
}

static enum tk_code exchange_once(struct sync_till *till, enum sync_what what,
                                  const struct operation *operations, size_t count,
                                  int timeout_ms, struct outcome *outcomes,
                                  struct sync_report *report, struct tk_error *error)
{
    struct sync_request request;
    struct sync_reply reply = {0};
    enum tk_code code = sync_make(till, what, operations, count, &request, error);

    if (code)
        return code;
    code = sync_exchange(till, &request, &reply, timeout_ms, report, error);
    if (!code && count && reply.outcome_count == count)
        memcpy(outcomes, reply.outcomes, count * sizeof *outcomes);
    sync_reply_release(&reply);
    sync_request_release(&request);
    return code;
}

/* A copy that says it may be an old one begins anew under another name. */
static enum tk_code settle_suspicion(struct sync_till *till, struct sync_report *report,
                                     struct tk_error *error)
{
    struct mirror_state state;
    enum tk_code code = till->mirror->ops->state(till->mirror, &state, error);

    return !code && state.adopted && state.suspect ? sync_renew(till, &state, report, error) : code;
}

static enum tk_code exchange_all(struct sync_till *till, enum sync_what what, int exchanges,
                                 int timeout_ms, struct sync_report *report,
                                 struct tk_error *error)
{
    enum tk_code code;
    int made = 0;

    do {
        code = exchange_once(till, what, NULL, 0, timeout_ms, NULL, report, error);
        if (what == SYNC_REVIEWED && !report->adopted)
            what = SYNC_ROUND;
        made++;
    } while (!code && report->more && (!exchanges || made < exchanges));
    return code;
}

/* Sales that the centre lost with the backup that it was put back from. */
static enum tk_code restore_lost(struct sync_till *till, int timeout_ms,
                                 struct sync_report *report, struct tk_error *error)
{
    struct mirror_entry_list lost = {0};
    struct operation *operations = NULL;
    struct outcome *outcomes = NULL;
    enum tk_code code =
        till->mirror->ops->list_lost(till->mirror, SYNC_OPERATIONS_MAX, &lost, error);

    if (code || !lost.count)
        goto out;
    operations = calloc(lost.count, sizeof *operations);
    outcomes = calloc(lost.count, sizeof *outcomes);
    code = operations && outcomes ? TK_OK : TK_NO_MEMORY;
    if (code)
        tk_fail_code(error, code);
    for (size_t i = 0; !code && i < lost.count; i++)
        operations[i] = lost.items[i].operation;
    for (size_t i = 0; !code && i < lost.count; i++)
        outcomes[i].code = TK_CODE_COUNT;
    if (!code)
        code = exchange_once(till, SYNC_SALE, operations, lost.count, timeout_ms, outcomes, report,
                             error);
    if (code || outcomes[0].code == TK_CODE_COUNT)
        goto out;
    for (size_t i = 0; i < lost.count; i++)
        report->restored += outcomes[i].code == TK_OK;
    report->lost += lost.count;
    report->more = true;
    code = till->mirror->ops->forget_lost(till->mirror, &lost, error);
out:
    free(operations);
    free(outcomes);
    mirror_entry_list_release(&lost);
    return code;
}

static enum tk_code finish_round(struct sync_till *till, int timeout_ms,
                                 struct sync_report *report, struct tk_error *error)
{
    struct mirror_state state;
    int64_t returned = 0;
    enum tk_code code = restore_lost(till, timeout_ms, report, error);

    if (!code)
        code = sync_return(till, SYNC_RETURN_UNNEEDED, 0, &returned, error);
    if (!code && returned)
        code = exchange_all(till, SYNC_ROUND, 1, timeout_ms, report, error);
    report->returned += returned;
    if (!code)
        code = till->mirror->ops->state(till->mirror, &state, error);
    if (!code && state.adopted)
        code = till->mirror->ops->purge(till->mirror, sync_now(till, &state) - SYNC_KEEP,
                                        &report->forgotten, error);
    return code;
}

/* Whoever is let in no more forgets what he knows. A token that is missing or mistyped says nothing. */
static void forget_all(struct sync_till *till)
{
    struct mirror_state state;

    if (till->mirror->ops->state(till->mirror, &state, NULL) == TK_OK && state.contact_at)
        till->mirror->ops->wipe(till->mirror, NULL);
}

enum tk_code sync_round(struct sync_till *till, enum sync_what what, int exchanges, int timeout_ms,
                        struct sync_report *report, struct tk_error *error)
{
    enum tk_code code = settle_suspicion(till, report, error);

    if (!code)
        code = exchange_all(till, what, exchanges, timeout_ms, report, error);
    if (!code && !report->more)
        code = finish_round(till, timeout_ms, report, error);
    if (code == TK_TOKEN_REVOKED)
        forget_all(till);
    return code;
}

enum tk_code sync_give_back(struct sync_till *till, struct sync_report *report,
                            struct tk_error *error)
{
    int64_t returned = 0;
    enum tk_code code = sync_return(till, SYNC_RETURN_ALL, 0, &returned, error);

    report->returned += returned;
    return code || !returned
               ? code
               : exchange_all(till, SYNC_ROUND, 0, SYNC_ANSWER_MS, report, error);
}
