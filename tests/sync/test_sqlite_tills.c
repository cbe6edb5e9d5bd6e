/* The SQLite engine with tills that are cut off: what is loaded, written and counted again. */
#include "data/sqlite/internal.h"
#include "data/sqlite/schema.h"

#include "core/text.h"
#include "core/time.h"
#include "tests/support/fixture.h"
#include "tests/support/test.h"

static struct op_id id_of(uint64_t number)
{
    struct op_id id = {.bytes = {1}};

    for (int i = 0; i < 8; i++)
        id.bytes[15 - i] = (uint8_t)(number >> (8 * i));
    return id;
}

static struct operation make(struct fixture *f, uint64_t number, enum op_kind kind,
                             const char *device)
{
    struct operation operation = {.id = id_of(number), .kind = kind, .at = f->now};

    text_copy(operation.actor, sizeof operation.actor, "Priya");
    text_copy(operation.device, sizeof operation.device, device);
    return operation;
}

static struct outcome apply(struct fixture *f, const struct operation *operation)
{
    struct outcome outcome = {.code = TK_INTERNAL};
    struct tk_error error = {0};

    if (store_apply(f->store, operation, 1, &outcome, &error))
        CU_FAIL(error.message);
    return outcome;
}

/* A till with a block of numbers and places: 4 of a slot of 10. Returns its first ticket's number. */
static uint64_t till_with_places(struct fixture *f, int64_t *slot)
{
    struct operation join = make(f, 101, OP_JOIN, "till-a");
    struct operation grant = make(f, 102, OP_GRANT, "centre");
    struct operation block = make(f, 103, OP_BLOCK, "centre");

    *slot = fixture_schedule(f, "Heat", TIME_HOUR / 2, 10);
    join.join.replica = id_of(7);
    grant.grant = (struct op_grant){.slot_id = *slot, .holder = "till-a", .granted = 4};
    text_copy(block.block.holder, sizeof block.block.holder, "till-a");
    CU_ASSERT_EQUAL(apply(f, &join).code, TK_OK);
    CU_ASSERT_EQUAL(apply(f, &grant).count, 4);
    return apply(f, &block).ticket_id;
}

static struct operation cut_off_sale(struct fixture *f, uint64_t number, int64_t slot,
                                     uint64_t first, int64_t count)
{
    struct operation book = make(f, number, OP_BOOK, "till-a");

    book.cut_off = true;
    book.book = (struct op_book){.slot = {.id = slot}, .count = count, .first_ticket = first};
    return book;
}

/* --- one by one and in batches --- */

/* Everything in a file, in order. */
static void dump_tables(const char *path, struct buffer *text)
{
    sqlite3_stmt *tables = NULL, *rows = NULL;
    sqlite3 *db = NULL;
    char sql[1000];

    CU_ASSERT_EQUAL_FATAL(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_prepare_v2(db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1", -1,
                       &tables, NULL);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(tables, 0);

        buffer_addf(text, "\n%s\n", name);
        /* a ticket as it is read: what its slot's expiry did to it may be written with it, or not */
        if (strcmp(name, "ticket") == 0)
            snprintf(sql, sizeof sql, TICKET_FROM "true ORDER BY 1");
        else if (strcmp(name, "record") == 0) /* a seal is made where a batch ends */
            snprintf(sql, sizeof sql,
                     "SELECT * FROM record WHERE key NOT GLOB 'seal/*' ORDER BY 1");
        else
            snprintf(sql, sizeof sql, "SELECT * FROM %s ORDER BY 1, 2", name);
        sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
        while (sqlite3_step(rows) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(rows); i++) {
                bool blob = sqlite3_column_type(rows, i) == SQLITE_BLOB;
                const unsigned char *value = blob ? sqlite3_column_blob(rows, i)
                                                  : sqlite3_column_text(rows, i);
                int size = sqlite3_column_bytes(rows, i);

                for (int j = 0; value && j < size; j++)
                    buffer_addf(text, blob ? "%02x" : "%c", value[j]);
                buffer_add(text, "|", 1);
            }
            buffer_add(text, "\n", 1);
        }
        sqlite3_finalize(rows);
    }
    sqlite3_finalize(tables);
    sqlite3_close(db);
}

static void print_difference(const char *a, const char *b)
{
    size_t at = 0, line = 0;

    for (; a[at] && a[at] == b[at]; at++)
        if (a[at] == '\n')
            line = at + 1;
    printf("\n    one by one: %.200s\n    in batches: %.200s\n", a + line, b + line);
}

/* What random operations are made from. */
struct town {
    struct fixture *f;
    uint64_t random, made;
    int64_t slots[4];
    uint64_t firsts[2];  /* of each till's block; 0: none yet */
    uint64_t used[2];    /* numbers of it that its sales took */
    uint64_t tickets[64];
    size_t ticket_count, sales;
    struct operation past[64];
    size_t past_count;
};

static const char *const devices[] = {"till-a", "till-b", "door"};

static uint64_t below(struct town *town, uint64_t bound)
{
    return test_random_below(&town->random, bound);
}

static uint64_t ticket_after(const struct town *town, uint64_t first, uint64_t more)
{
    const struct id_key *key = &((struct sqlite_store *)town->f->store)->id_key;

    return id_make(key, ID_TICKET, id_number(key, ID_TICKET, first) + more);
}

/* One that there is, or that a till may sell later. */
static uint64_t any_ticket(struct town *town)
{
    size_t till = below(town, 2);

    if (town->ticket_count && below(town, 3))
        return town->tickets[below(town, town->ticket_count)];
    return town->firsts[till]
               ? ticket_after(town, town->firsts[till], town->used[till] + below(town, 4))
               : 12345;
}

/* A number of the till's for a ticket or more, now and then one that is not its to give. */
static uint64_t issue(struct town *town, size_t till, int64_t count)
{
    uint64_t first = town->firsts[till];

    if (!first || !below(town, 8))
        return any_ticket(town);
    first = ticket_after(town, first, town->used[till]);
    town->used[till] += (uint64_t)count;
    return first;
}

static void fill_sale(struct town *town, struct operation *operation, size_t till, int64_t slot)
{
    operation->cut_off = till < 2 && below(town, 2);
    if (operation->kind == OP_REISSUE) {
        operation->reissue =
            (struct op_reissue){.ticket_id = any_ticket(town), .slot = {.id = slot}};
        if (operation->cut_off)
            operation->reissue.new_ticket = issue(town, till, 1);
        return;
    }
    operation->book = (struct op_book){.slot = {.id = slot}, .count = (int64_t)below(town, 3) + 1};
    if (operation->cut_off || !below(town, 8))
        operation->book.first_ticket = issue(town, till % 2, operation->book.count);
    if (below(town, 2)) {
        text_copy(operation->book.customer_name, CUSTOMER_NAME_SIZE, "Anna");
        snprintf(operation->book.customer_phone, CUSTOMER_PHONE_SIZE, "555%d",
                 (int)below(town, 5) + 1000);
    }
}

static void fill_ticket(struct town *town, struct operation *operation, int64_t slot)
{
    uint64_t ticket = any_ticket(town);

    operation->cut_off = below(town, 2);
    switch (operation->kind) {
    case OP_CANCEL:
        operation->cancel.ticket_id = ticket;
        break;
    case OP_PRINT:
        operation->copy.ticket_id = ticket;
        break;
    case OP_UNADMIT:
        operation->unadmit.ticket_id = ticket;
        break;
    default:
        operation->admit = (struct op_admit){.ticket_id = ticket, .slot_id = slot};
        if (operation->cut_off)
            operation->admit.admitted_at = operation->at;
        break;
    }
}

static void fill_till(struct town *town, struct operation *operation, int64_t slot)
{
    const char *holder = devices[below(town, 2)];
    const struct op_id any = id_of(below(town, town->made) + 1);

    switch (operation->kind) {
    case OP_JOIN:
        operation->join.replica = id_of(1000 + below(town, 3));
        break;
    case OP_GRANT:
        operation->grant = (struct op_grant){.slot_id = slot, .granted = (int64_t)below(town, 30)};
        text_copy(operation->grant.holder, DEVICE_SIZE, holder);
        break;
    case OP_RETURN:
        operation->give_back =
            (struct op_give_back){.slot_id = slot, .returned = (int64_t)below(town, 8)};
        break;
    case OP_WRITE_OFF:
        operation->write_off = (struct op_write_off){.slot_id = below(town, 4) ? slot : 0};
        text_copy(operation->write_off.holder, DEVICE_SIZE, holder);
        break;
    case OP_BLOCK:
        text_copy(operation->block.holder, DEVICE_SIZE, holder);
        break;
    case OP_MARK:
        operation->mark = (struct op_mark){.replica = id_of(1000 + below(town, 3)),
                                           .seq = (int64_t)below(town, 100)};
        break;
    case OP_QUARANTINE:
        text_copy(operation->quarantine.holder, DEVICE_SIZE, holder);
        break;
    case OP_VOID:
        operation->void_.operation = id_of(below(town, town->made + 3) + 1);
        break;
    case OP_CLOSE:
        operation->settle.dispute = any;
        text_copy(operation->settle.reason, DISPUTE_REASON_SIZE, "Had a word with the guest.");
        break;
    default:
        operation->expire = (struct op_expire){.slot_id = slot, .as_of = town->f->now};
        break;
    }
}

static struct operation any_operation(struct town *town)
{
    static const enum op_kind kinds[] = {
        OP_BOOK,   OP_BOOK,  OP_BOOK,    OP_BOOK,      OP_BOOK,  OP_REISSUE, OP_CANCEL,
        OP_CANCEL, OP_ADMIT, OP_ADMIT,   OP_ADMIT,     OP_PRINT, OP_UNADMIT, OP_JOIN,
        OP_GRANT,  OP_GRANT, OP_GRANT,   OP_RETURN,    OP_BLOCK, OP_MARK,    OP_WRITE_OFF,
        OP_VOID,   OP_VOID,  OP_CLOSE,   OP_CLOSE,     OP_EXPIRE};
    size_t till = below(town, 3);
    int64_t slot = town->slots[below(town, 4)];
    struct operation operation =
        make(town->f, ++town->made, kinds[below(town, sizeof kinds / sizeof *kinds)], devices[till]);

    if (!below(town, 200))
        operation.kind = OP_QUARANTINE;
    operation.at -= (int64_t)below(town, 3) * TIME_MINUTE;
    if (operation.kind == OP_BOOK || operation.kind == OP_REISSUE)
        fill_sale(town, &operation, till, slot);
    else if (operation.kind == OP_CANCEL || operation.kind == OP_PRINT ||
             operation.kind == OP_ADMIT || operation.kind == OP_UNADMIT)
        fill_ticket(town, &operation, slot);
    else
        fill_till(town, &operation, slot);
    if (town->past_count && !below(town, 12)) /* sent again, now and then with another body */
        operation = town->past[below(town, town->past_count)];
    if (!below(town, 30))
        operation.id = id_of(below(town, town->made) + 1);
    town->past[town->made % 64] = operation;
    if (town->past_count < 64)
        town->past_count = town->made % 64 + 1;
    return operation;
}

static void learn_ticket(struct town *town, const struct outcome *outcome)
{
    town->tickets[town->sales++ % 64] = outcome->ticket_id;
    town->ticket_count = town->sales < 64 ? town->sales : 64;
}

/* Numbers are told when the batch is through: nobody can have them before. */
static void learn_block(struct town *town, const struct operation *operation,
                        const struct outcome *outcome)
{
    size_t till = strcmp(operation->block.holder, devices[0]) != 0;

    town->firsts[till] = outcome->ticket_id;
    town->used[till] = 0;
}

static void learn(struct town *town, const struct operation *operations,
                  const struct outcome *outcomes, size_t count, bool blocks)
{
    for (size_t i = 0; i < count; i++) {
        enum op_kind kind = operations[i].kind;

        if (outcomes[i].code || outcomes[i].replayed)
            continue;
        if (blocks && kind == OP_BLOCK)
            learn_block(town, &operations[i], &outcomes[i]);
        else if (!blocks && (kind == OP_BOOK || kind == OP_REISSUE))
            learn_ticket(town, &outcomes[i]);
    }
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
    return a->code == b->code && a->replayed == b->replayed && a->slot_id == b->slot_id &&
           a->ticket_id == b->ticket_id && a->count == b->count && a->available == b->available &&
           a->old_ticket_id == b->old_ticket_id && a->customer_id == b->customer_id;
}

static bool same_files(struct fixture *one, struct fixture *many)
{
    struct buffer a, b;
    bool same;

    buffer_init(&a, 64 << 20);
    buffer_init(&b, 64 << 20);
    dump_tables(one->path, &a);
    dump_tables(many->path, &b);
    same = !a.failed && !b.failed && strcmp(buffer_text(&a), buffer_text(&b)) == 0;
    if (!same)
        print_difference(buffer_text(&a), buffer_text(&b));
    buffer_release(&a);
    buffer_release(&b);
    return same;
}

/* Applies a batch to both and tells whether they answer the same. */
static bool both_do(struct town *town, struct fixture *one, struct fixture *many, size_t count,
                    int64_t disputes[1])
{
    static struct operation operations[32];
    static struct outcome singly[32], together[32];
    struct tk_error error = {0};
    bool same = true;

    for (size_t i = 0; i < count; i++) {
        operations[i] = any_operation(town);
        singly[i] = apply(one, &operations[i]);
        learn(town, &operations[i], &singly[i], 1, false);
        disputes[0] += operations[i].cut_off && tk_code_is_refusal(singly[i].code);
    }
    learn(town, operations, singly, count, true);
    if (store_apply(many->store, operations, count, together, &error)) {
        printf("\n    %s\n", error.message);
        return false;
    }
    for (size_t i = 0; same && i < count; i++) {
        same = same_outcome(&singly[i], &together[i]);
        if (!same)
            printf("\n    %s: %s one by one, %s in a batch\n", op_kind_name(operations[i].kind),
                   tk_code_name(singly[i].code), tk_code_name(together[i].code));
    }
    return same;
}

/* Whatever a batch loads, it decides as its operations would one after another, down to the last row. */
static void test_batches(void)
{
    struct fixture one, many;
    struct town town = {.random = test_seed()};
    int64_t disputes = 0;
    int rounds = test_is_long() ? 2000 : 150;

    fixture_init(&one);
    fixture_init(&many);
    town.f = &one;
    for (int i = 0; i < 4; i++) {
        town.slots[i] = fixture_schedule(&one, "Heat", i * TIME_HOUR / 2, 20 + i * 20);
        CU_ASSERT_EQUAL(fixture_schedule(&many, "Heat", i * TIME_HOUR / 2, 20 + i * 20),
                        town.slots[i]);
    }
    for (int round = 0; round < rounds; round++) {
        one.now = many.now += (int64_t)below(&town, 8) * TIME_MINUTE * (150 / rounds + 1);
        CU_ASSERT_TRUE_FATAL(both_do(&town, &one, &many, below(&town, 24) + 1, &disputes));
        if (round % 10 == 0 || round == rounds - 1) {
            CU_ASSERT_TRUE_FATAL(same_files(&one, &many));
            CU_ASSERT_EQUAL_FATAL(fixture_verify(&one), 0);
        }
    }
    CU_ASSERT(disputes > 20);
    fixture_release(&one);
    fixture_release(&many);
}

/* What a batch sells is taken back in it from whoever sells cut off as well, though it was not there to be
   loaded. */
static void test_sold_and_canceled(void)
{
    struct operation batch[2], join, grant, block;
    struct outcome outcomes[2];
    struct fixture f;
    int64_t slot;
    uint64_t first, second;

    fixture_init(&f);
    first = till_with_places(&f, &slot);
    join = make(&f, 701, OP_JOIN, "till-b");
    join.join.replica = id_of(8);
    grant = make(&f, 702, OP_GRANT, "centre");
    grant.grant = (struct op_grant){.slot_id = slot, .holder = "till-b", .granted = 2};
    block = make(&f, 703, OP_BLOCK, "centre");
    text_copy(block.block.holder, DEVICE_SIZE, "till-b");
    CU_ASSERT(apply(&f, &join).code == TK_OK && apply(&f, &grant).code == TK_OK);
    second = apply(&f, &block).ticket_id;
    batch[0] = cut_off_sale(&f, 704, slot, second, 1);
    text_copy(batch[0].device, DEVICE_SIZE, "till-b");
    CU_ASSERT_EQUAL(apply(&f, &batch[0]).code, TK_OK);
    batch[0] = cut_off_sale(&f, 705, slot, first, 1);
    batch[1] = make(&f, 706, OP_CANCEL, "till-b");
    batch[1].cut_off = true;
    batch[1].cancel.ticket_id = first;
    CU_ASSERT_EQUAL(store_apply(f.store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_OK && outcomes[1].code == TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

/* A ticket that stands in the way of one sale is the one that the next operation is about. */
static void test_used_and_reissued(void)
{
    struct operation batch[2];
    struct outcome outcomes[2];
    struct fixture f;
    int64_t slot;
    uint64_t ticket = 0;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 10);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, "Anna", "5551234", &ticket), TK_OK);
    batch[0] = make(&f, 711, OP_BOOK, "till-a");
    batch[0].book = (struct op_book){.slot = {.id = slot}, .count = 1, .first_ticket = ticket};
    batch[1] = make(&f, 712, OP_REISSUE, "till-a");
    batch[1].reissue = (struct op_reissue){.ticket_id = ticket, .slot = {.id = slot}};
    CU_ASSERT_EQUAL(store_apply(f.store, batch, 2, outcomes, NULL), TK_OK);
    CU_ASSERT(outcomes[0].code == TK_NUMBER_USED && outcomes[1].code == TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0); /* the customer's tickets, too */
    fixture_release(&f);
}

/* A sale that was lost with its block ends where another till's numbers begin. */
static void test_into_a_block(void)
{
    struct operation book;
    const struct id_key *key;
    struct fixture f;
    int64_t slot;
    uint64_t first;
    sqlite3 *db = NULL;

    fixture_init(&f);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(f.path, &db), SQLITE_OK);
    sqlite3_exec(db, "UPDATE meta SET value = 5000 WHERE key = 'number_floor'", NULL, NULL, NULL);
    sqlite3_close(db);
    first = till_with_places(&f, &slot);
    key = &((struct sqlite_store *)f.store)->id_key;
    CU_ASSERT_EQUAL(id_number(key, ID_TICKET, first), 5000);
    book = make(&f, 720, OP_BOOK, "till-b");
    book.book = (struct op_book){
        .slot = {.id = slot}, .count = 2, .first_ticket = id_make(key, ID_TICKET, 4999)};
    CU_ASSERT_EQUAL(apply(&f, &book).code, TK_NUMBER_USED);
    book.id = id_of(721);
    book.book.first_ticket = id_make(key, ID_TICKET, 4998);
    CU_ASSERT_EQUAL(apply(&f, &book).code, TK_OK);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

/* --- lists --- */

static void test_allotments_paged(void)
{
    static const char *const holders[] = {"till-a", "till-b"};
    struct allotment_query query = {.limit = 1};
    struct allotment_list list = {0};
    struct fixture f;
    int64_t slots[3];
    uint64_t made = 200;

    fixture_init(&f);
    for (int i = 0; i < 2; i++) {
        struct operation join = make(&f, ++made, OP_JOIN, holders[i]);

        join.join.replica = id_of(made);
        CU_ASSERT_EQUAL(apply(&f, &join).code, TK_OK);
    }
    for (int i = 0; i < 6; i++) {
        struct operation grant = make(&f, ++made, OP_GRANT, "centre");

        if (i % 2 == 0)
            slots[i / 2] = fixture_schedule(&f, "Heat", i * TIME_HOUR + TIME_HOUR, 20);
        grant.grant = (struct op_grant){.slot_id = slots[i / 2], .granted = i + 1};
        text_copy(grant.grant.holder, DEVICE_SIZE, holders[1 - i % 2]);
        CU_ASSERT_EQUAL(apply(&f, &grant).code, TK_OK);
    }
    for (int i = 0; i < 6; i++) { /* by slot, then holder, one at a time */
        CU_ASSERT_EQUAL(f.store->ops->list_allotments(f.store, &query, &list, NULL), TK_OK);
        CU_ASSERT_EQUAL_FATAL(list.count, (size_t)i + 1);
        CU_ASSERT_EQUAL(list.items[i].slot_id, slots[i / 2]);
        CU_ASSERT_STRING_EQUAL(list.items[i].holder, holders[i % 2]);
        query.after_slot = list.items[i].slot_id;
        text_copy(query.after_holder, sizeof query.after_holder, list.items[i].holder);
    }
    CU_ASSERT_EQUAL(f.store->ops->list_allotments(f.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 6);
    allotment_list_release(&list);
    query = (struct allotment_query){.holder = "till-b", .after_slot = slots[0],
                                     .after_holder = "till-b"};
    CU_ASSERT_EQUAL(f.store->ops->list_allotments(f.store, &query, &list, NULL), TK_OK);
    CU_ASSERT(list.count == 2 && list.items[0].slot_id == slots[1] && list.items[1].granted == 5);
    allotment_list_release(&list);
    fixture_release(&f);
}

/* Those of one moment come in the order of their ids, and none is left out between two pages. */
static void test_disputes_paged(void)
{
    struct dispute_query query = {.limit = 2};
    struct dispute_list list = {0};
    struct fixture f;
    struct operation settle;
    struct op_id middle = id_of(303);
    int64_t slot;
    uint64_t first;

    fixture_init(&f);
    first = till_with_places(&f, &slot);
    for (uint64_t i = 5; i > 0; i--) {
        struct operation book = cut_off_sale(&f, 300 + i, slot, first, 9);

        CU_ASSERT_EQUAL(apply(&f, &book).code, TK_NOT_ALLOTTED);
    }
    for (size_t i = 0; i < 5; i += 2) {
        CU_ASSERT_EQUAL(f.store->ops->list_disputes(f.store, &query, &list, NULL), TK_OK);
        query.after_found_at = list.items[list.count - 1].found_at;
        query.after_id = list.items[list.count - 1].id;
    }
    CU_ASSERT_EQUAL_FATAL(list.count, 5);
    for (uint64_t i = 0; i < 5; i++) {
        struct op_id id = id_of(301 + i);

        CU_ASSERT(op_id_equal(&list.items[i].id, &id));
        CU_ASSERT(list.items[i].kind == OP_BOOK && list.items[i].code == TK_NOT_ALLOTTED &&
                  list.items[i].ticket_id == first && list.items[i].count == 9);
    }
    dispute_list_release(&list);
    settle = make(&f, 310, OP_CLOSE, "till-1");
    settle.settle.dispute = middle;
    text_copy(settle.settle.reason, DISPUTE_REASON_SIZE, "Seated in the balcony.");
    CU_ASSERT_EQUAL(apply(&f, &settle).code, TK_OK);
    query = (struct dispute_query){.open = true};
    CU_ASSERT_EQUAL(f.store->ops->list_disputes(f.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL(list.count, 4);
    dispute_list_release(&list);
    query = (struct dispute_query){.id = &middle};
    CU_ASSERT_EQUAL(f.store->ops->list_disputes(f.store, &query, &list, NULL), TK_OK);
    CU_ASSERT_EQUAL_FATAL(list.count, 1);
    CU_ASSERT_STRING_EQUAL(list.items[0].closed_by, "Priya");
    CU_ASSERT_STRING_EQUAL(list.items[0].reason, "Seated in the balcony.");
    dispute_list_release(&list);
    fixture_release(&f);
}

/* --- numbers --- */

/* The common numbers go on above those that a till was given, after the file was opened again too. */
static void test_numbers(void)
{
    struct fixture f;
    struct sqlite_options options;
    struct operation book;
    const struct id_key *key;
    int64_t slot;
    uint64_t first, other = 0;

    fixture_init(&f);
    first = till_with_places(&f, &slot);
    store_close(f.store);
    options = fixture_options(&f);
    CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &f.store, NULL), TK_OK);
    f.office.store = f.store;
    key = &((struct sqlite_store *)f.store)->id_key;
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 2, "Anna", "5551234", &other), TK_OK);
    CU_ASSERT_EQUAL(id_number(key, ID_TICKET, other),
                    id_number(key, ID_TICKET, first) + NUMBER_BLOCK_SIZE);
    book = cut_off_sale(&f, 400, slot, first, 2);
    text_copy(book.book.customer_name, CUSTOMER_NAME_SIZE, "Ben");
    text_copy(book.book.customer_phone, CUSTOMER_PHONE_SIZE, "5559999");
    CU_ASSERT_EQUAL(apply(&f, &book).ticket_id, first);
    book.id = id_of(401);
    CU_ASSERT_EQUAL(apply(&f, &book).code, TK_NUMBER_USED);
    CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    fixture_release(&f);
}

/* --- verify --- */

static void test_damage(void)
{
    static const struct {
        const char *damage, *repair, *check;
    } cases[] = {
        {"UPDATE allotment SET granted = granted + 1", "UPDATE allotment SET granted = granted - 1",
         "allotments"},
        {"UPDATE allotment SET written_off_at = 5", "UPDATE allotment SET written_off_at = 0",
         "allotments"},
        {"UPDATE slot SET allotted = allotted - 1, available = available + 1",
         "UPDATE slot SET allotted = allotted + 1, available = available - 1", "allotments"},
        {"INSERT INTO number_block VALUES (5, 10, 5, 'till-b', 1, 0)",
         "DELETE FROM number_block WHERE holder = 'till-b'", "numbers"},
        {"UPDATE number_block SET next = next - 1", "UPDATE number_block SET next = next + 1",
         "numbers"},
        {"UPDATE meta SET value = value - 1 WHERE key = 'number_floor'",
         "UPDATE meta SET value = value + 1 WHERE key = 'number_floor'", "numbers"},
        {"INSERT INTO early_admission SELECT number, slot_id, 5, 'door' FROM ticket",
         "DELETE FROM early_admission", "admitted"},
        {"INSERT INTO voided SELECT op_id FROM journal WHERE seq = 2", "DELETE FROM voided",
         "journal"},
        {"UPDATE dispute SET closed_at = 5, customer_name = 'Ada'",
         "UPDATE dispute SET closed_at = 0, customer_name = ''", "disputes"},
        {"UPDATE dispute SET code = 'no_such_code'", "UPDATE dispute SET code = 'not_allotted'",
         "disputes"},
    };
    struct fixture f;
    struct operation book;
    int64_t slot;
    uint64_t first;
    sqlite3 *db = NULL;

    fixture_init(&f);
    first = till_with_places(&f, &slot);
    book = cut_off_sale(&f, 500, slot, first, 1);
    CU_ASSERT_EQUAL(apply(&f, &book).code, TK_OK);
    book = cut_off_sale(&f, 501, slot, first, 9);
    CU_ASSERT_EQUAL(apply(&f, &book).code, TK_NOT_ALLOTTED);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(f.path, &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verify_report report = {0};

        CU_ASSERT_EQUAL(sqlite3_exec(db, cases[i].damage, NULL, NULL, NULL), SQLITE_OK);
        CU_ASSERT_EQUAL(f.store->ops->verify(f.store, &report, NULL), TK_OK);
        if (report.found != 1 || strcmp(report.items[0].check, cases[i].check) != 0) {
            printf("\n    %lld found after: %s\n", (long long)report.found, cases[i].damage);
            CU_FAIL("not found");
        }
        verify_report_release(&report);
        CU_ASSERT_EQUAL(sqlite3_exec(db, cases[i].repair, NULL, NULL, NULL), SQLITE_OK);
        CU_ASSERT_EQUAL(fixture_verify(&f), 0);
    }
    sqlite3_close(db);
    fixture_release(&f);
}

/* The file refuses by itself what no till can hold. */
static void test_constraints(void)
{
    static const char *const refused[] = {
        "UPDATE allotment SET sold = granted + 1",
        "UPDATE allotment SET sold = -1",
        "UPDATE allotment SET returned = -1, granted = granted + 9",
        "UPDATE allotment SET slot_id = 999999",
        "UPDATE slot SET here = -1",
        "UPDATE number_block SET next = first - 1",
        "UPDATE number_block SET next = first + count + 1",
        "UPDATE replica SET id = x'00'",
        "INSERT INTO voided VALUES (x'00')",
    };
    struct fixture f;
    int64_t slot;
    sqlite3 *db = NULL;

    fixture_init(&f);
    till_with_places(&f, &slot);
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(f.path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (sqlite3_exec(db, refused[i], NULL, NULL, NULL) != SQLITE_CONSTRAINT)
            CU_FAIL(refused[i]);
    sqlite3_close(db);
    fixture_release(&f);
}

/* --- the price --- */

/* Statements that run, by sqlite3_stmt_status; each resets its count. */
static int statements_run(struct fixture *f)
{
    struct sqlite_store *store = (struct sqlite_store *)f->store;
    int count = 0;

    for (int i = 0; i < SQL_VERIFY_FIRST; i++)
        count += sqlite3_stmt_status(store->statements[i], SQLITE_STMTSTATUS_RUN, 1);
    return count;
}

/* A plain sale runs no statement for the sake of tills. */
static void test_plain_sale(void)
{
    struct operation book, cancel;
    struct outcome outcome;
    struct fixture f;
    int64_t slot;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 10);
    statements_run(&f);
    book = make(&f, 600, OP_BOOK, "till-1");
    book.book = (struct op_book){.slot = {.id = slot}, .count = 1};
    outcome = apply(&f, &book);
    /* BEGIN, ids (6), seen, slot; slot, ticket, tally, head, chain, entry, chain, head, COMMIT */
    CU_ASSERT_EQUAL(statements_run(&f), 18);
    cancel = make(&f, 601, OP_CANCEL, "till-1");
    cancel.cancel.ticket_id = outcome.ticket_id;
    CU_ASSERT_EQUAL(apply(&f, &cancel).code, TK_OK);
    CU_ASSERT_EQUAL(statements_run(&f), 19); /* and the ticket */
    fixture_release(&f);
}

/* --- another file system --- */

static sqlite3_vfs counting;
static int files_opened;

static int count_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *taken)
{
    files_opened++;
    return sqlite3_vfs_find(NULL)->xOpen(vfs, name, file, flags, taken);
}

/* Every way in to the file is by the file system that was asked for. */
static void test_vfs(void)
{
    struct fixture f;
    struct sqlite_options options;
    struct store *store = NULL;
    char copy[200];

    fixture_init(&f);
    counting = *sqlite3_vfs_find(NULL);
    counting.zName = "counting";
    counting.pNext = NULL;
    counting.xOpen = count_open;
    sqlite3_vfs_register(&counting, 0);
    options = fixture_options(&f);
    options.vfs = "counting";
    for (int look = 0; look < 2; look++) {
        files_opened = 0;
        options.look_only = look;
        CU_ASSERT_EQUAL_FATAL(sqlite_store_open(&options, &store, NULL), TK_OK);
        CU_ASSERT(files_opened > 0);
        files_opened = 0;
        snprintf(copy, sizeof copy, "%s/copy-%d", f.folder, look);
        CU_ASSERT_EQUAL(store->ops->backup(store, copy, NULL, NULL, NULL), TK_OK);
        CU_ASSERT(files_opened > 0);
        store_close(store);
    }
    options.vfs = "no such one";
    CU_ASSERT_NOT_EQUAL(sqlite_store_open(&options, &store, NULL), TK_OK);
    sqlite3_vfs_unregister(&counting);
    fixture_release(&f);
}

/* Who keeps a copy needs the key by which numbers become what people see. */
static void test_facts(void)
{
    struct store_facts facts = {0};
    struct fixture f;
    int64_t slot;
    uint64_t ticket = 0;

    fixture_init(&f);
    slot = fixture_schedule(&f, "Heat", TIME_HOUR, 5);
    CU_ASSERT_EQUAL(fixture_book(&f, slot, 1, NULL, NULL, &ticket), TK_OK);
    CU_ASSERT_EQUAL(f.store->ops->facts(f.store, &facts, NULL), TK_OK);
    CU_ASSERT_EQUAL(id_make(&facts.id_key, ID_TICKET, 1), ticket);
    fixture_release(&f);
}

SUITE(sqlite_tills,
      {"operations do the same one by one and in batches, with tills that are cut off", test_batches},
      {"a batch takes back what it sold itself", test_sold_and_canceled},
      {"a ticket in the way of a sale is whole for the next operation", test_used_and_reissued},
      {"a lost sale does not run into a till's numbers", test_into_a_block},
      {"allotments come by slot and holder, page by page", test_allotments_paged},
      {"disputes come as they were found, page by page", test_disputes_paged},
      {"numbers that a till was given are nobody else's", test_numbers},
      {"verify finds each count of a till that does not add up", test_damage},
      {"the file refuses what no till can hold", test_constraints},
      {"a plain sale pays nothing for tills", test_plain_sale},
      {"the file system is the one that was asked for", test_vfs},
      {"facts tell the key of the numbers", test_facts})
