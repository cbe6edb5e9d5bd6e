#include "tests/sync/copy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/support/test.h"

struct sqlite_options copy_options(struct copy *copy)
{
    struct sqlite_options options = fixture_options(&copy->centre);

    options.path = copy->path;
    options.mirror = true;
    return options;
}

enum tk_code copy_open(struct copy *copy, struct tk_error *error)
{
    struct sqlite_options options = copy_options(copy);
    enum tk_code code = sqlite_store_open(&options, &copy->store, error);

    copy->mirror = code ? NULL : sqlite_store_mirror(copy->store);
    return code;
}

void copy_close(struct copy *copy)
{
    store_close(copy->store);
    copy->store = NULL;
}

void copy_init(struct copy *copy)
{
    struct tk_error error = {0};

    memset(copy, 0, sizeof *copy);
    fixture_init(&copy->centre);
    snprintf(copy->path, sizeof copy->path, "%s/till.db", copy->centre.folder);
    if (copy_open(copy, &error)) {
        fprintf(stderr, "copy: %s\n", error.message);
        abort();
    }
}

void copy_release(struct copy *copy)
{
    copy_close(copy);
    fixture_release(&copy->centre);
}

struct op_id copy_id(struct copy *copy)
{
    uint8_t noise[10];

    fixture_random(&copy->centre, noise, sizeof noise);
    return op_id_make(copy->centre.now / 1000, noise);
}

struct operation copy_operation(struct copy *copy, enum op_kind kind)
{
    struct operation operation = {.id = copy_id(copy), .kind = kind, .at = copy->centre.now};

    text_copy(operation.actor, sizeof operation.actor, "Noor");
    text_copy(operation.device, sizeof operation.device, COPY_DEVICE);
    operation.cut_off = kind != OP_RETURN && kind != OP_VOID;
    return operation;
}

enum tk_code copy_at_centre(struct copy *copy, const struct operation *operation)
{
    struct outcome outcome = {0};
    enum tk_code code = store_apply(copy->centre.store, operation, 1, &outcome, NULL);

    return code ? code : outcome.code;
}

static enum tk_code join(struct copy *copy)
{
    struct operation joins = copy_operation(copy, OP_JOIN);
    struct operation block = copy_operation(copy, OP_BLOCK);
    enum tk_code code;

    joins.cut_off = block.cut_off = false;
    joins.join.replica = copy->replica;
    text_copy(block.block.holder, DEVICE_SIZE, COPY_DEVICE);
    code = copy_at_centre(copy, &joins);
    return code ? code : copy_at_centre(copy, &block);
}

enum tk_code copy_adopt(struct copy *copy)
{
    struct mirror_identity identity = {.role = ROLE_CLERK};
    struct op_id before = copy_state(copy).replica;
    struct store_facts facts = {0};
    struct copy_reply reply;
    enum tk_code code = copy->centre.store->ops->facts(copy->centre.store, &facts, NULL);

    text_copy(identity.centre, sizeof identity.centre, facts.uuid);
    text_copy(identity.device, sizeof identity.device, COPY_DEVICE);
    identity.era = facts.era;
    identity.id_key = facts.id_key;
    copy->replica = copy_id(copy);
    if (!code)
        code = copy->mirror->ops->adopt(copy->mirror, &identity, &copy->replica, &before, NULL);
    if (!code)
        code = join(copy);
    if (code)
        return code;
    copy_ask(copy, false, 0, false, &reply);
    code = copy_take(copy, &reply, NULL);
    copy_reply_release(&reply);
    return code;
}

enum tk_code copy_renew(struct copy *copy)
{
    struct op_id before = copy_state(copy).replica;

    copy->replica = copy_id(copy);
    return copy->mirror->ops->renew(copy->mirror, &copy->replica, &before, NULL);
}

void copy_grant(struct copy *copy, int64_t slot, int64_t total)
{
    struct operation grant = copy_operation(copy, OP_GRANT);

    grant.cut_off = false;
    grant.grant.slot_id = slot;
    grant.grant.granted = total;
    text_copy(grant.grant.holder, DEVICE_SIZE, COPY_DEVICE);
    CU_ASSERT_EQUAL(copy_at_centre(copy, &grant), TK_OK);
}

/* --- exchanges --- */

static void push_queue(struct copy *copy, struct copy_reply *reply)
{
    struct mirror_entry_list entries = {0};

    CU_ASSERT_EQUAL(copy->mirror->ops->list_queue(copy->mirror, 0, 0, &entries, NULL), TK_OK);
    for (size_t i = 0; i < entries.count; i++) {
        struct mirror_answer answer = {.seq = entries.items[i].seq};

        CU_ASSERT_EQUAL(store_apply(copy->centre.store, &entries.items[i].operation, 1,
                                    &answer.outcome, NULL),
                        TK_OK);
        CU_ASSERT_EQUAL(mirror_answer_list_add(&reply->answers, &answer), TK_OK);
    }
    mirror_entry_list_release(&entries);
}

static void list_customers(struct store *store, struct mirror_rows *rows)
{
    for (size_t i = 0; i < rows->tickets.count; i++) {
        struct customer_query query = {.ids = &rows->tickets.items[i].customer_id, .id_count = 1};

        if (*query.ids)
            CU_ASSERT_EQUAL(store->ops->list_customers(store, &query, &rows->customers, NULL),
                            TK_OK);
    }
}

static void ask_slot(struct copy *copy, int64_t slot, bool whole, struct mirror_rows *rows)
{
    struct store *store = copy->centre.store;
    struct mirror_cursor cursor = copy_cursor(copy, slot);
    struct slot_query slots = SLOT_QUERY_ALL;
    struct ticket_query tickets = TICKET_QUERY_ALL;
    struct allotment_query allotments = {.slot_id = slot};
    struct slot_list found = {0};
    struct mirror_slot entry = {.whole = whole || !cursor.seq};

    slots.ids = &slot;
    slots.id_count = 1;
    CU_ASSERT_EQUAL(store->ops->list_slots(store, &slots, &found, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(found.count, 1);
    entry.slot = found.items[0];
    entry.through_seq = entry.slot.seq;
    tickets.slot_id = slot;
    if (!entry.whole) {
        tickets.after_seq = entry.from_seq = cursor.seq;
        tickets.after_id = entry.from_id = cursor.ticket_id;
    }
    CU_ASSERT_EQUAL(store->ops->list_allotments(store, &allotments, &rows->allotments, NULL), TK_OK);
    CU_ASSERT_EQUAL(store->ops->list_tickets(store, &tickets, &rows->tickets, NULL), TK_OK);
    CU_ASSERT_EQUAL(mirror_slot_list_add(&rows->slots, &entry), TK_OK);
    list_customers(store, rows);
    slot_list_release(&found);
}

void copy_ask(struct copy *copy, bool push, int64_t slot, bool whole, struct copy_reply *reply)
{
    struct store *store = copy->centre.store;

    *reply = (struct copy_reply){.state = copy_state(copy)};
    if (push)
        push_queue(copy, reply);
    if (slot)
        ask_slot(copy, slot, whole, &reply->rows);
    reply->state.rules = copy->centre.office.rules;
    reply->state.contact_at = reply->state.latest = copy->centre.now;
    reply->state.key_generation = 1;
    reply->state.version = 1;
    CU_ASSERT_EQUAL(store->ops->list_blocks(store, COPY_DEVICE, false, &reply->rows.blocks, NULL),
                    TK_OK);
}

enum tk_code copy_take(struct copy *copy, const struct copy_reply *reply,
                       struct mirror_report *report)
{
    return copy->mirror->ops->take(copy->mirror, &reply->rows, &reply->answers, &reply->state,
                                   report, NULL);
}

void copy_reply_release(struct copy_reply *reply)
{
    mirror_rows_release(&reply->rows);
    mirror_answer_list_release(&reply->answers);
}

void copy_sync(struct copy *copy, int64_t slot)
{
    struct copy_reply reply;

    for (int i = 0; i < 2; i++) {
        copy_ask(copy, true, slot, false, &reply);
        CU_ASSERT_EQUAL(copy_take(copy, &reply, NULL), TK_OK);
        copy_reply_release(&reply);
    }
}

/* --- doing --- */

enum tk_code copy_apply(struct copy *copy, struct operation *operation, struct outcome *outcome)
{
    struct outcome own = {0};
    enum tk_code code = copy->mirror->ops->apply(copy->mirror, operation, 1, copy->centre.now,
                                                 outcome ? outcome : &own, NULL);

    return code ? code : outcome ? outcome->code : own.code;
}

enum tk_code copy_sell(struct copy *copy, int64_t slot, int64_t count, uint64_t *first)
{
    struct operation book = copy_operation(copy, OP_BOOK);
    struct outcome outcome = {0};
    enum tk_code code;

    book.book.slot.id = slot;
    book.book.count = count;
    code = copy_apply(copy, &book, &outcome);
    if (first)
        *first = outcome.ticket_id;
    return code;
}

/* --- looking --- */

struct mirror_state copy_state(struct copy *copy)
{
    struct mirror_state state = {0};

    CU_ASSERT_EQUAL(copy->mirror->ops->state(copy->mirror, &state, NULL), TK_OK);
    return state;
}

int32_t copy_held(struct copy *copy, int64_t slot)
{
    struct slot_query query = SLOT_QUERY_ALL;
    struct slot_list list = {0};
    int32_t held;

    query.ids = &slot;
    query.id_count = 1;
    CU_ASSERT_EQUAL(copy->store->ops->list_slots(copy->store, &query, &list, NULL), TK_OK);
    held = list.count ? list.items[0].here : -1;
    slot_list_release(&list);
    return held;
}

bool copy_ticket(struct copy *copy, uint64_t id, struct ticket *ticket)
{
    struct ticket_query query = TICKET_QUERY_ALL;
    struct ticket_list list = {0};
    bool found;

    query.ids = &id;
    query.id_count = 1;
    CU_ASSERT_EQUAL(copy->store->ops->list_tickets(copy->store, &query, &list, NULL), TK_OK);
    found = list.count == 1;
    if (found && ticket)
        *ticket = list.items[0];
    ticket_list_release(&list);
    return found;
}

struct mirror_cursor copy_cursor(struct copy *copy, int64_t slot)
{
    struct mirror_cursor_list list = {0};
    struct mirror_cursor cursor = {0};

    CU_ASSERT_EQUAL(copy->mirror->ops->list_cursors(copy->mirror, &slot, 1, &list, NULL), TK_OK);
    if (list.count)
        cursor = list.items[0];
    mirror_cursor_list_release(&list);
    return cursor;
}

size_t copy_waiting(struct copy *copy)
{
    struct mirror_entry_list list = {0};
    size_t count;

    CU_ASSERT_EQUAL(copy->mirror->ops->list_queue(copy->mirror, 0, 0, &list, NULL), TK_OK);
    count = list.count;
    mirror_entry_list_release(&list);
    return count;
}

int64_t copy_verify(struct copy *copy)
{
    struct verify_report report = {0};
    int64_t found = -1;

    if (copy->store->ops->verify(copy->store, &report, NULL) == TK_OK)
        found = report.found;
    for (size_t i = 0; i < report.count; i++)
        printf("    verify: %s: %s\n", report.items[i].check, report.items[i].text);
    verify_report_release(&report);
    return found;
}
