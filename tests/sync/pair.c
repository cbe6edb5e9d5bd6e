#include "tests/sync/pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/support/test.h"

#define KEEP (14 * TIME_DAY)

static void must(enum tk_code code, const struct tk_error *error)
{
    if (!code)
        return;
    fprintf(stderr, "pair: %s\n", error->message);
    abort();
}

static int64_t till_now(void *context)
{
    struct pair_till *till = context;

    return till->centre->now + till->clock_off;
}

static void till_random(void *context, void *data, size_t size)
{
    fixture_random(((struct pair_till *)context)->centre, data, size);
}

/* --- the line --- */

static enum tk_code serve(struct pair_till *till, const struct sync_request *request,
                          struct sync_reply *reply, struct tk_error *error)
{
    struct sync_centre centre = {.office = &till->centre->office, .allotment = till->rule};
    struct sync_request mine = *request;

    if (till->refusal)
        return tk_fail_code(error, till->refusal);
    mine.role = till->role;
    mine.attended = till->attended;
    return sync_serve(&centre, &mine, reply, error);
}

static enum tk_code exchange(struct sync_line *line, const struct sync_request *request,
                             struct sync_reply *reply, int timeout_ms, struct tk_error *error)
{
    struct pair_till *till = (struct pair_till *)line;
    enum tk_code code;

    (void)timeout_ms;
    till->exchanges++;
    switch (till->manner) {
    case PAIR_CUT:
        return tk_fail_code(error, TK_UNAVAILABLE);
    case PAIR_HOLD:
        buffer_clear(&till->held);
        sync_request_print(&till->held, request);
        return tk_fail_code(error, TK_UNKNOWN);
    case PAIR_LOSE_REPLY:
        must(serve(till, request, reply, error), error);
        sync_reply_release(reply);
        return tk_fail_code(error, TK_UNKNOWN);
    case PAIR_TWICE:
        code = serve(till, request, reply, error);
        if (code)
            return code;
        sync_reply_release(reply);
        return serve(till, request, reply, error);
    default:
        return serve(till, request, reply, error);
    }
}

static const struct sync_line_ops line_ops = {.exchange = exchange};

void pair_deliver(struct pair_till *till)
{
    struct sync_request request = {0};
    struct sync_reply reply = {0};
    struct tk_error error = {0};
    struct json *json = NULL;

    must(json_read(buffer_text(&till->held), till->held.length, &json, &error), &error);
    must(sync_request_read(json, &request, &error), &error);
    text_copy(request.device, sizeof request.device, till->till.device);
    serve(till, &request, &reply, &error);
    sync_reply_release(&reply);
    sync_request_release(&request);
    json_free(json);
}

/* --- opening --- */

static void open_copy(struct pair_till *till)
{
    struct sqlite_options options = fixture_options(till->centre);
    struct tk_error error = {0};

    options.path = till->path;
    options.mirror = true;
    options.now = till_now;
    options.random = till_random;
    options.context = till;
    must(sqlite_store_open(&options, &till->store, &error), &error);
    till->till.mirror = sqlite_store_mirror(till->store);
}

void pair_open(struct pair_till *till, struct fixture *centre, const char *name)
{
    *till = (struct pair_till){.line = {&line_ops},
                               .centre = centre,
                               .role = ROLE_ADMIN,
                               .rule = ALLOTMENT_RULE_DEFAULT};
    buffer_init(&till->held, SYNC_REQUEST_MAX);
    snprintf(till->path, sizeof till->path, "%.100s/copy-%.60s.db", centre->folder, name);
    till->till = (struct sync_till){.line = &till->line,
                                    .ports = {.now = till_now, .random = till_random,
                                              .context = till},
                                    .ahead = KEEP,
                                    .holds = true};
    text_copy(till->till.device, sizeof till->till.device, name);
    open_copy(till);
}

void pair_open_again(struct pair_till *till)
{
    open_copy(till);
}

void pair_close(struct pair_till *till)
{
    store_close(till->store);
    buffer_release(&till->held);
}

/* --- doing --- */

enum tk_code pair_sync(struct pair_till *till, enum sync_what what, struct sync_report *report)
{
    struct sync_report own;
    struct tk_error error = {0};
    enum tk_code code;

    if (!report)
        report = &own;
    *report = (struct sync_report){0};
    code = sync_round(&till->till, what, 0, SYNC_ANSWER_MS, report, &error);
    if (!code)
        sync_link_answered(&till->link);
    return code;
}

struct operation pair_operation(struct pair_till *till, enum op_kind kind)
{
    struct operation operation = {.kind = kind, .at = till_now(till)};
    uint8_t random[10];

    till_random(till, random, sizeof random);
    operation.id = op_id_make(till->centre->now / 1000, random);
    text_copy(operation.actor, sizeof operation.actor, "Priya");
    text_copy(operation.device, sizeof operation.device, till->till.device);
    return operation;
}

enum tk_code pair_apply(struct pair_till *till, struct operation *operation,
                        struct outcome *outcome)
{
    struct tk_error error = {0};
    enum tk_code code;

    *outcome = (struct outcome){0};
    code = sync_apply(&till->till, &till->link, operation, 1, outcome, &error);
    return code ? code : outcome->code;
}

enum tk_code pair_book(struct pair_till *till, int64_t slot, int64_t count, uint64_t *first)
{
    struct operation operation = pair_operation(till, OP_BOOK);
    struct outcome outcome;
    enum tk_code code;

    operation.book.slot.id = slot;
    operation.book.count = count;
    code = pair_apply(till, &operation, &outcome);
    if (!code && first)
        *first = outcome.ticket_id;
    return code;
}

/* --- looking --- */

struct mirror_state pair_state(struct pair_till *till)
{
    struct mirror_state state;
    struct tk_error error = {0};

    must(till->till.mirror->ops->state(till->till.mirror, &state, &error), &error);
    return state;
}

struct slot pair_slot(struct pair_till *till, int64_t id)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    struct slot slot = {0};
    struct tk_error error = {0};

    query.ids = &id;
    query.id_count = 1;
    must(till->store->ops->list_slots(till->store, &query, &list, &error), &error);
    if (list.count)
        slot = list.items[0];
    slot_list_release(&list);
    return slot;
}

struct ticket pair_ticket(struct store *store, uint64_t id)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    struct ticket ticket = {0};
    struct tk_error error = {0};

    query.ids = &id;
    query.id_count = 1;
    must(store->ops->list_tickets(store, &query, &list, &error), &error);
    if (list.count)
        ticket = list.items[0];
    ticket_list_release(&list);
    return ticket;
}

int64_t pair_count_real(struct store *store, int64_t slot)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    struct tk_error error = {0};
    int64_t real = 0;

    query.slot_id = slot;
    must(store->ops->list_tickets(store, &query, &list, &error), &error);
    for (size_t i = 0; i < list.count; i++)
        real += !list.items[i].canceled_at;
    ticket_list_release(&list);
    return real;
}

int64_t pair_open_disputes(struct store *store)
{
    struct dispute_query query = {.open = true};
    struct dispute_list list = {0};
    struct tk_error error = {0};
    int64_t count;

    must(store->ops->list_disputes(store, &query, &list, &error), &error);
    count = (int64_t)list.count;
    dispute_list_release(&list);
    return count;
}
